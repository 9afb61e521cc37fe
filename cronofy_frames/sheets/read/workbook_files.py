"""Workbooks (.xlsx, .xlsb, .xls, .ods) as tables, read by a library in Rust."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

from cronofy_frames.sheets.formatting import decode_cell_text
from cronofy_frames.sheets.read.date_system import has_1904_dates
from cronofy_frames.sheets.read.headers import has_header, is_blank
from cronofy_frames.sheets.read.hidden_parts import hidden_parts
from cronofy_frames.sheets.read.limits.file_limits import FileLimits, Malformed, library_errors
from cronofy_frames.sheets.read.limits.xls_files import checked_xls
from cronofy_frames.sheets.read.limits.zip_files import checked_zip
from cronofy_frames.sheets.read.raw_table import FileOptions, RawTable, Unreadable, table_of_rows
from cronofy_frames.sheets.read.uncomputed_cells import uncomputed_cells
from cronofy_frames.sheets.read.worksheet_xml import worksheet_xml
from cronofy_frames.sheets.read.wrong_encoding import NOTE as WRONG_ENCODING
from cronofy_frames.sheets.read.wrong_encoding import has_wrong_encoding, with_right_encoding
from cronofy_frames.text import join_names

OLE_MAGIC = b"\xd0\xcf\x11\xe0"
# marks of workbooks with a password, which their reader detects only by the name of the file: the stream of an
# encrypted .xlsx ([MS-OFFCRYPTO] 2.3.4.4), and the record FilePass at the start of an .xls ([MS-XLS] 2.4.117)
_ENCRYPTED = re.compile(
    re.escape("EncryptedPackage".encode("utf-16-le")) + rb"|\x09\x08\x10\x00.{16}(?:\x86\x00\x00\x00)?\x2f\x00",
    re.DOTALL,
)
_NEEDS_PASSWORD = "it needs a password: open it in a spreadsheet program and save it without one."

CellReader = Callable[[Any], Any]


def read_workbook(data: bytes, options: FileOptions) -> RawTable:
    """Return the table of a workbook.

    Raises
    ------
    LimitExceeded
        It is larger than the limits allow.
    Unreadable
        It is no workbook, needs a password, or has no cells.
    """
    if data.startswith(OLE_MAGIC) and _ENCRYPTED.search(data):
        raise Unreadable(_NEEDS_PASSWORD)
    try:
        return _read_measured(_measured_copy(data, options.limits), options)
    except Malformed as error:
        raise Unreadable(
            f"it is no workbook ({error}): open it in a spreadsheet program and save it as .xlsx or .csv."
        ) from error


def _measured_copy(data: bytes, limits: FileLimits) -> bytes:
    with library_errors():
        return checked_xls(data, limits) if data.startswith(OLE_MAGIC) else checked_zip(data, limits)


def _read_measured(data: bytes, options: FileOptions) -> RawTable:
    from python_calamine import PasswordError, load_workbook

    try:
        with library_errors(own=PasswordError):
            book = load_workbook(io.BytesIO(data))
    except PasswordError as error:
        raise Unreadable(_NEEDS_PASSWORD) from error
    with book:
        name, rows, notes = _read_worksheet(_Book(book, _cell_reader(data), options.limits), options)
    if has_wrong_encoding(rows):
        rows, notes = with_right_encoding(rows), [*notes, WRONG_ENCODING]
    with library_errors():
        xml = worksheet_xml(data, name)
        for row, at, uncomputed in uncomputed_cells(xml):
            if row < len(rows) and at < len(rows[row]) and rows[row][at] is None:
                rows[row][at] = uncomputed
        hidden = hidden_parts(xml, len(rows), max(map(len, rows), default=0))
        is_1904 = has_1904_dates(data)
    table = table_of_rows(rows, options, typed=True)
    table.facts, table.notes = {"worksheet": name}, [*table.notes, *notes]
    table.hidden, table.has_1904_dates = hidden, is_1904
    return table


def _cell_reader(data: bytes) -> CellReader:
    """Return the function that turns a cell of the workbook library into the cell as it was written."""
    is_xlsx = data.startswith(b"PK") and b"mimetype" not in data[:100]

    def read_cell(cell: Any) -> Any:
        if cell == "":
            return None
        return decode_cell_text(cell) if is_xlsx and isinstance(cell, str) else cell

    return read_cell


class _Book:
    """An open workbook; all that is read of it counts against the limits."""

    def __init__(self, book: Any, read_cell: CellReader, limits: FileLimits) -> None:
        from python_calamine import SheetTypeEnum, SheetVisibleEnum

        worksheets = [sheet for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
        self.names = [sheet.name for sheet in worksheets]
        self.visible = [sheet.name for sheet in worksheets if sheet.visible == SheetVisibleEnum.Visible]
        self._book = book
        self._read_cell = read_cell
        self._limits = limits
        self._cells = 0

    def rows(self, name: str) -> list[list[Any]]:
        """Return the rows of a worksheet."""
        with library_errors():
            rows = self._book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        self._cells += len(rows) * max(map(len, rows), default=0)
        self._limits.check_cells(self._cells)
        return [[self._read_cell(cell) for cell in row] for row in rows]


def _read_worksheet(book: _Book, options: FileOptions) -> tuple[str, list[list[Any]], list[str]]:
    """Return the name and the rows of the worksheet to read, and a warning if there are others."""
    if options.sheet is not None:
        name = _given_worksheet(book.names, options.sheet)
        return name, book.rows(name), []
    return _first_worksheet(book, options)


def _given_worksheet(names: list[str], chosen: str | int) -> str:
    if isinstance(chosen, str) and chosen in names:
        return chosen
    if isinstance(chosen, int) and 0 <= chosen < len(names):
        return names[chosen]
    raise ValueError(f"sheet= names {chosen!r}, which the workbook does not have; it has {join_names(names)}.")


def _first_worksheet(book: _Book, options: FileOptions) -> tuple[str, list[list[Any]], list[str]]:
    """Return the first visible worksheet with a header row, else the first that is not empty."""
    rows_by_name = {name: book.rows(name) for name in book.visible}
    filled = {name: rows for name, rows in rows_by_name.items() if any(not is_blank(row) for row in rows)}
    if not filled:
        names = join_names(book.names)
        raise Unreadable(f"its worksheets ({names}) are empty: fill one, or give sheet= for a hidden one.")
    name = next((name for name, rows in filled.items() if has_header(rows, options.meanings)), next(iter(filled)))
    others = [repr(other) for other in filled if other != name]
    others += [f"{other!r} (hidden)" for other in _hidden_worksheets(book, options)]
    note = f"Only the worksheet {name!r} was read, not {join_names(others)}: give sheet= for another."
    return name, filled[name], [note] if others else []


def _hidden_worksheets(book: _Book, options: FileOptions) -> list[str]:
    """Return the hidden worksheets that have a header row; others are lists that a workbook needs for itself."""
    hidden = [name for name in book.names if name not in book.visible]
    return [name for name in hidden if (rows := book.rows(name)) and has_header(rows, options.meanings)]
