"""Write a frame as an Excel workbook."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from cronofy_frames.sheets.formatting import (
    all_day_mask,
    date_texts,
    encode_cell_text,
    escape_formula,
    has_repeated_wall_time,
    in_one_zone,
    wall_time_texts,
    without_formulas,
)

ROWS, COLUMNS, CHARACTERS = 1_048_576, 16_384, 32_767  # the limits of a worksheet and a cell
MIN_WIDTH, MAX_WIDTH = 8, 60
SPARE_ROWS = 1_000  # blank rows below the last that offer the known values of their column
DATE_FORMAT, TIME_FORMAT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"

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

# Excel takes 1900 for a leap year, so its day numbers are right only from this day on
_FIRST, _LAST = np.datetime64("1900-03-01"), np.datetime64("9999-01-01")
_ZERO = np.datetime64("1899-12-30")
_LARGEST_INTEGER = 2**53  # Excel cannot hold every integer beyond it


class DateNumber(NamedTuple):
    """A time or a date as Excel stores it: a number of days, and the number format."""

    days: float
    number_format: str


CellValue = str | bool | int | float | DateNumber | None


def workbook_bytes(frame: pd.DataFrame, tz: str | None = None) -> bytes:
    """Return a frame as an Excel workbook of one worksheet.

    Raises
    ------
    ValueError
        It has more rows or columns, or a longer text, than Excel can hold; the zone is unknown; or it has times and a
        column `tzid`.
    """
    shown = without_formulas(in_one_zone(frame, tz))
    if len(shown) >= ROWS or len(shown.columns) > COLUMNS:
        raise ValueError(
            f"the frame has {len(shown):,} rows and {len(shown.columns):,} columns; a worksheet holds "
            f"{ROWS - 1:,} rows below its header, and {COLUMNS:,} columns. Write .csv or .parquet."
        )
    days = all_day_mask(shown)
    columns = [_values(shown[name], days if name in ("start", "end") else None) for name in shown.columns]
    names = [str(name) for name in shown.columns]
    book = Workbook(write_only=True)
    book.properties.creator = "cronofy_frames"
    sheet: Any = book.create_sheet("events" if {"summary", "start", "end"} <= set(names) else "rows")
    _set_layout(sheet, names, columns)
    _offer_known_values(sheet, shown)
    sheet.append([_header_cell(sheet, name) for name in names])
    for row in zip(*(_cells(sheet, values) for values in columns), strict=True):
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _values(column: pd.Series[Any], days: npt.NDArray[np.bool_] | None) -> list[CellValue]:
    """Return the cells of a column; `days` tells which times are whole days."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return _times(column, np.zeros(len(column), np.bool_) if days is None else days)
    if pd.api.types.is_datetime64_dtype(column.dtype):
        return _times(column.dt.tz_localize("UTC"), np.zeros(len(column), np.bool_))
    missing = column.isna().to_numpy()
    values = [None if none else _value(value) for value, none in zip(column.tolist(), missing, strict=True)]
    for n, value in enumerate(values):
        # characters outside the basic plane count twice
        if isinstance(value, str) and (2 * len(value) > CHARACTERS and len(value.encode("utf-16-le")) > 2 * CHARACTERS):
            raise ValueError(
                f"row {column.index[n]!r}, column {column.name!r}: its text has {len(value):,} characters as Excel "
                f"stores them, and a cell can hold {CHARACTERS:,}. Shorten it, or write .csv or .parquet."
            )
    return values


def _value(value: Any) -> CellValue:
    if isinstance(value, str):
        return encode_cell_text(value) or None
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) <= _LARGEST_INTEGER:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    return encode_cell_text(escape_formula(str(value))) or None


def _times(times: pd.Series[Any], days: npt.NDArray[np.bool_]) -> list[CellValue]:
    """Return date numbers, and text for times that Excel cannot hold or cannot tell from another time."""
    walls = times.dt.tz_localize(None).to_numpy("datetime64[us]")
    midnights = walls.astype("datetime64[D]")
    fits = (
        (walls >= _FIRST)
        & (walls < _LAST)
        & (days | ((walls == walls.astype("datetime64[s]")) & ~has_repeated_wall_time(times)))
    )
    since = (walls - _ZERO) / np.timedelta64(1, "D")
    # readers tell a time from a date by its fraction: a timed midnight gets a fraction too small to be shown
    fraction = np.maximum(2e-11, 2 * np.spacing(since))
    since = np.where(days, np.floor(since), np.where(walls == midnights, since + fraction, since))
    numbers = zip(since.tolist(), days.tolist(), strict=True)
    values: list[CellValue] = [DateNumber(count, DATE_FORMAT if is_day else TIME_FORMAT) for count, is_day in numbers]
    for n in np.flatnonzero(~fits).tolist():
        text = (date_texts if days[n] else wall_time_texts)(times.iloc[n : n + 1]).iloc[0]
        values[n] = None if pd.isna(text) else text
    return values


def _set_layout(sheet: Any, names: list[str], columns: list[list[CellValue]]) -> None:
    """Set the widths of columns, the frozen header and the filters; openpyxl needs this before the first row."""
    sheet.freeze_panes = "A2"
    for n, (name, values) in enumerate(zip(names, columns, strict=True), 1):
        # the header also contains the filter button
        longest = max(len(name) + 3, *map(_length, values)) if values else len(name) + 3
        sheet.column_dimensions[get_column_letter(n)].width = min(max(longest + 1, MIN_WIDTH), MAX_WIDTH)
    if names:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(names))}{len(columns[0]) + 1}"


def _length(value: CellValue) -> int:
    if isinstance(value, str):
        return len(value) if "\n" not in value else max(map(len, value.split("\n")))
    if isinstance(value, DateNumber):
        return len(value.number_format)
    return 0 if value is None else len(str(value))


def _offer_known_values(sheet: Any, frame: pd.DataFrame) -> None:
    """Offer the known values in columns with few values, also in some blank rows below."""
    last = min(len(frame) + 1 + SPARE_ROWS, ROWS)
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
    cell = _text(sheet, encode_cell_text(name))
    cell.font = Font(bold=True)
    return cell


def _cells(sheet: Any, values: Iterable[CellValue]) -> Iterator[Any]:
    """Yield the cells of a column; cells with a style are reused, as each is written before the next is made."""
    plain = _number(sheet)
    styled = {number_format: _number(sheet, number_format) for number_format in (DATE_FORMAT, TIME_FORMAT)}
    for value in values:
        if isinstance(value, DateNumber | float):
            cell, number = (
                (styled[value.number_format], value.days) if isinstance(value, DateNumber) else (plain, value)
            )
            cell.value = repr(number)  # openpyxl would write only sixteen digits of a number
            cell.data_type = "n"
            yield cell
        elif isinstance(value, str) and (value[0] == "=" or value in ERROR_CODES):
            yield _text(sheet, value)
        else:
            yield value


def _number(sheet: Any, number_format: str = "General") -> Any:
    cell = WriteOnlyCell(sheet)
    cell.number_format = number_format
    return cell


def _text(sheet: Any, text: str) -> Any:
    """Return a cell of text, even if the text looks like a formula or an error."""
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    return cell
