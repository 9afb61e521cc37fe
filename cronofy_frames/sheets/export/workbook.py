"""Write a frame as an Excel workbook."""

from __future__ import annotations

import io
import shutil
import tempfile
import zipfile
from itertools import zip_longest
from typing import Any, BinaryIO

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from cronofy_frames.sheets.export.parts import parts_of
from cronofy_frames.sheets.export.worksheet_rows import DATE_FORMAT, TIME_FORMAT, column_cells, row_elements
from cronofy_frames.sheets.formatting import all_day_mask, encode_cell_text, in_one_zone, without_formulas

ROWS, COLUMNS = 1_048_576, 16_384  # the limits of a worksheet
WORKSHEET = "xl/worksheets/sheet1.xml"
MIN_WIDTH, MAX_WIDTH = 8, 60
SPARE_ROWS = 1_000  # blank rows below the last that offer the known values of their column
_REPLIES = ("needs_action", "accepted", "declined", "tentative", "unknown")
KNOWN_VALUES: dict[str, tuple[str, ...]] = {
    "transparency": ("opaque", "transparent", "unknown"),
    "extended_transparency": (
        *("opaque", "transparent", "working_elsewhere", "tentative", "out_of_office", "unknown"),
    ),
    "status": ("tentative", "confirmed", "cancelled", "unknown"),
    "participation_status": _REPLIES,
    "free_busy_status": ("tentative", "busy", "free", "unknown"),
    "permission_level": ("sandbox", "unrestricted"),
    "calendar_type": ("resource", "unknown"),
    "day": ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
}
"""The known values of columns that have few; other values are allowed, because Cronofy may add some."""


def workbook_bytes(frame: pd.DataFrame, tz: str | None = None) -> bytes:
    """Return a frame as an Excel workbook: see `write_workbook`."""
    content = io.BytesIO()
    write_workbook(frame, tz, content)
    return content.getvalue()


def write_workbook(frame: pd.DataFrame, tz: str | None, file: BinaryIO) -> None:
    """Write a frame as an Excel workbook of one worksheet.

    The rows go through a temporary file: the widths of the columns come before them.

    Raises
    ------
    ValueError
        It has more rows or columns, or a longer text, than Excel can hold; the zone is unknown; or it has times and a
        column `tzid`.
    """
    if len(frame) >= ROWS or len(frame.columns) + frame.index.nlevels + 1 > COLUMNS:
        _check_size(len(frame), without_formulas(in_one_zone(frame.iloc[:1], tz)))
    book = Workbook(write_only=True)
    book.properties.creator = "cronofy_frames"
    sheet: Any = book.create_sheet("rows")
    with tempfile.TemporaryFile() as rows:
        shown, widths = _write_rows(frame, tz, _style_ids(sheet), rows)
        _set_layout(sheet, [str(name) for name in shown.columns], widths, len(frame))
        _offer_known_values(sheet, shown, len(frame))
        sheet.append([_header_cell(sheet, str(name)) for name in shown.columns])
        template = io.BytesIO()
        book.save(template)
        with zipfile.ZipFile(template) as parts:
            _write_with_rows(parts, rows, file)


def _check_size(rows: int, shown: pd.DataFrame) -> None:
    """Refuse more rows or columns than Excel can hold."""
    if rows >= ROWS or len(shown.columns) > COLUMNS:
        raise ValueError(
            f"the frame has {rows:,} rows and {len(shown.columns):,} columns; a worksheet holds "
            f"{ROWS - 1:,} rows below its header, and {COLUMNS:,} columns. Write .csv or .parquet."
        )


def _style_ids(sheet: Any) -> dict[str, int]:
    """Return the ids of the styles of dates and times, by number format."""
    ids = {}
    for number_format in (DATE_FORMAT, TIME_FORMAT):
        cell = WriteOnlyCell(sheet)
        cell.number_format = number_format
        ids[number_format] = cell.style_id
    return ids


def _write_rows(
    frame: pd.DataFrame, tz: str | None, styles: dict[str, int], file: BinaryIO
) -> tuple[pd.DataFrame, list[int]]:
    """Write the rows below the header as XML; return a frame with the columns of the sheet, and their widths."""
    shown, widths, row = frame, [0] * len(frame.columns), 2
    for part in parts_of(frame, tz):
        shown = without_formulas(in_one_zone(part.rows, part.zone))
        days = all_day_mask(shown)
        columns = [
            column_cells(shown[name], days if name in ("start", "end") else None, styles) for name in shown.columns
        ]
        letters = [get_column_letter(n) for n in range(1, len(columns) + 1)]
        file.write(row_elements([cells.ends for cells in columns], letters, row))
        widths = [max(pair) for pair in zip_longest(widths, (cells.width for cells in columns), fillvalue=0)]
        row += len(shown)
    return shown, widths


def _write_with_rows(template: zipfile.ZipFile, rows: BinaryIO, file: BinaryIO) -> None:
    """Write a workbook with rows after those that its worksheet has."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        for member in template.infolist():
            content = template.read(member)
            if member.filename != WORKSHEET:
                book.writestr(member, content, zipfile.ZIP_DEFLATED)
                continue
            head, end, tail = content.rpartition(b"</sheetData>")
            info = zipfile.ZipInfo(WORKSHEET, member.date_time)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.file_size = len(content) + rows.tell()  # decides on the format of files beyond 2 GiB
            rows.seek(0)
            with book.open(info, "w") as sheet:
                sheet.write(head)
                shutil.copyfileobj(rows, sheet)
                sheet.write(end + tail)


def _set_layout(sheet: Any, names: list[str], widths: list[int], rows: int) -> None:
    """Set title, widths of columns, frozen header and filters; openpyxl needs this before the first row."""
    if {"summary", "start", "end"} <= set(names):
        sheet.title = "events"
    sheet.freeze_panes = "A2"
    for n, (name, width) in enumerate(zip(names, widths, strict=True), 1):
        # the header also contains the filter button
        longest = max(len(name) + 3, width)
        sheet.column_dimensions[get_column_letter(n)].width = min(max(longest + 1, MIN_WIDTH), MAX_WIDTH)
    if names:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(names))}{rows + 1}"


def _offer_known_values(sheet: Any, frame: pd.DataFrame, rows: int) -> None:
    """Offer the known values in columns with few values, also in some blank rows below."""
    last = min(rows + 1 + SPARE_ROWS, ROWS)
    for n, (name, dtype) in enumerate(frame.dtypes.items(), 1):
        known = KNOWN_VALUES.get(str(name), ()) if dtype == "str" else ()  # the status of an outcome is a number
        values = ("TRUE", "FALSE") if pd.api.types.is_bool_dtype(dtype) else known
        if name == "status" and "position" in frame.columns:  # of attendees
            values = _REPLIES
        if values:
            letter = get_column_letter(n)
            validation = DataValidation(
                type="list", formula1=f'"{",".join(values)}"', sqref=f"{letter}2:{letter}{last}"
            )
            validation.allow_blank = True
            validation.showErrorMessage = True
            validation.errorStyle = "warning"
            validation.errorTitle = str(name)
            validation.error = f"Known values are {', '.join(values)}."
            sheet.data_validations.append(validation)


def _header_cell(sheet: Any, name: str) -> Any:
    """Return a bold cell of text, even if the text looks like a formula or an error."""
    cell = WriteOnlyCell(sheet, encode_cell_text(name))
    cell.data_type = "s"
    cell.font = Font(bold=True)
    return cell
