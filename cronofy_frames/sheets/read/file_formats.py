"""Open a file or buffer in any of the formats, and return its table.

The format is detected from the content, and from the name only if the content does not tell.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from cronofy_frames.sheets.formatting import decode_cell_text
from cronofy_frames.sheets.read.codepages import byte_order_mark, decode_text, start_as_utf8
from cronofy_frames.sheets.read.date_system import has_1904_dates
from cronofy_frames.sheets.read.delimited import parse_delimited
from cronofy_frames.sheets.read.formula_texts import without_formulas
from cronofy_frames.sheets.read.headers import has_header, is_blank
from cronofy_frames.sheets.read.hidden_parts import hidden_parts
from cronofy_frames.sheets.read.raw_table import FileOptions, RawTable, table_of_rows
from cronofy_frames.sheets.read.uncomputed_cells import uncomputed_cells
from cronofy_frames.sheets.read.worksheet_xml import worksheet_xml
from cronofy_frames.sheets.read.wrong_encoding import NOTE as WRONG_ENCODING
from cronofy_frames.sheets.read.wrong_encoding import has_wrong_encoding, with_right_encoding
from cronofy_frames.text import join_names

Source = str | os.PathLike[str] | bytes | Any
Format = Literal["text", "workbook", "json", "parquet"]

_OLE_MAGIC = b"\xd0\xcf\x11\xe0"
# marks of workbooks with a password, which their reader detects only by the name of the file: the stream of an
# encrypted .xlsx ([MS-OFFCRYPTO] 2.3.4.4), and the record FilePass at the start of an .xls ([MS-XLS] 2.4.117)
_ENCRYPTED = re.compile(
    re.escape("EncryptedPackage".encode("utf-16-le")) + rb"|\x09\x08\x10\x00.{16}(?:\x86\x00\x00\x00)?\x2f\x00",
    re.DOTALL,
)
_NEEDS_PASSWORD = "it needs a password: open it in a spreadsheet program and save it without one."

_OTHER_FORMATS = {
    b"%PDF": "it is a PDF: export the table from the program that made it",
    b"BEGIN:VCALENDAR": "it is an iCalendar file: connect(sandbox=path) reads it",
    b"<": "it is HTML or XML: open it in a spreadsheet program and save it as .xlsx",
}


@dataclass(frozen=True, slots=True)
class _Content:
    """The content of a file or buffer, its name, and its path."""

    data: bytes | str
    name: str | None = None
    path: Path | None = None

    @property
    def title(self) -> str:
        """What messages call it."""
        return self.name or "the buffer"

    @property
    def suffix(self) -> str:
        """The suffix of its name."""
        return Path(self.name or "").suffix.lower()


def open_table(source: Source, options: FileOptions) -> RawTable:
    """Return the table in a file or buffer.

    Raises
    ------
    FileNotFoundError
        The file does not exist.
    ValueError
        It cannot be read as a table; the message ends with what to do.
    """
    content = _read_source(source)
    file_format = _detect_format(content)
    try:
        try:
            table = _OPENERS[file_format](content, options)
        except _NotJson:
            file_format, table = "text", _open_text(content, options)
    except _Unreadable as error:
        raise ValueError(f"{content.title} cannot be read: {error}") from error.__cause__
    _refuse_unused_options(file_format, options)
    defaults = {"name": content.name, "worksheet": None, "rows": len(table.labels), "encoding": None, "delimiter": None}
    table.facts = defaults | table.facts | _origin(content)
    return table


class _Unreadable(Exception):
    """A file that is no table; the message says why, and what to do."""


class _NotJson(Exception):
    """A file that looked like JSON and is text."""


def _read_source(source: Source) -> _Content:
    if isinstance(source, str | os.PathLike):
        return _read_path(source)
    if isinstance(source, bytes | bytearray | memoryview):
        return _Content(bytes(source))
    if hasattr(source, "read"):
        data = source.read()
        if isinstance(data, str | bytes):
            name = getattr(source, "name", None)
            return _Content(data, Path(name).name if isinstance(name, str) else None)
    raise TypeError(f"source is a path, a buffer or bytes, not {type(source).__name__}.")


def _read_path(source: str | os.PathLike[str]) -> _Content:
    if str(source).startswith(("http://", "https://")):
        raise ValueError(f"{source} is a URL: download it first, and give the file.")
    path = Path(source).expanduser()
    if not path.exists():
        raise FileNotFoundError(f"the file {path} does not exist: check its name and folder.")
    if path.is_dir():
        raise ValueError(f"{path} is a folder: give a file in it.")
    return _Content(path.read_bytes(), path.name, path)


def _origin(content: _Content) -> dict[str, str]:
    """Return the path of a file and the digest of its content, by which a plan notices later changes."""
    if content.path is None or not isinstance(content.data, bytes):
        return {}
    return {"path": str(content.path.absolute()), "sha256": hashlib.sha256(content.data).hexdigest()}


def _detect_format(content: _Content) -> Format:
    data = content.data
    start = data[:1000].encode("utf-8", "replace") if isinstance(data, str) else data[:1000]
    text = start_as_utf8(start).lstrip()
    if not text and not data[1000:].strip():
        raise ValueError(f"{content.title} is empty: save it again from the program that made it.")
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06", _OLE_MAGIC)):
        return "workbook"
    if start.startswith(b"PAR1"):
        return "parquet"
    for magic, reason in _OTHER_FORMATS.items():
        if text.startswith(magic):
            raise ValueError(f"{content.title} cannot be read: {reason}.")
    if text[:1] in (b"[", b"{") or content.suffix == ".json":
        return "json"
    return "text"


def _refuse_unused_options(file_format: Format, options: FileOptions) -> None:
    """Raise an error for options that this format does not use: they would be ignored silently."""
    unused: dict[Format, tuple[str, ...]] = {
        "text": ("sheet",),
        "workbook": ("encoding", "delimiter"),
        "json": ("sheet", "header", "delimiter"),
        "parquet": ("sheet", "header", "encoding", "delimiter"),
    }
    names = [name for name in unused[file_format] if getattr(options, name) is not None]
    if names:
        title = _FORMAT_NAMES[file_format]
        raise ValueError(f"{', '.join(names)}= has no meaning for this file, which is {title}: leave it out.")


_FORMAT_NAMES = {"text": "text", "workbook": "a workbook", "json": "JSON", "parquet": "Parquet"}


# text


def _open_text(content: _Content, options: FileOptions) -> RawTable:
    text, encoding = _decode(content.data, options.encoding)
    try:
        rows, delimiter = parse_delimited(text.removeprefix("\ufeff"), options.delimiter)
    except ValueError as error:
        raise _Unreadable(str(error)) from error
    is_wrong = has_wrong_encoding(rows)
    table = table_of_rows(without_formulas(with_right_encoding(rows) if is_wrong else rows), options)
    table.facts = {"encoding": encoding, "delimiter": delimiter}
    table.notes += [WRONG_ENCODING] if is_wrong else []
    if encoding and not encoding.startswith("utf") and not options.encoding:
        table.notes.append(
            f"The file is not UTF-8, and was read as {encoding}. If its letters look wrong, give encoding=."
        )
    return table


def _decode(data: bytes | str, encoding: str | None) -> tuple[str, str | None]:
    """Return a text and its encoding; None if it was a text already."""
    if isinstance(data, str):
        return data, None
    if encoding is None:
        try:
            return decode_text(data)
        except ValueError as error:
            raise _Unreadable(f"{error}; save it as .xlsx or .csv, or give encoding=.") from error
    try:
        return data.decode(encoding), encoding
    except LookupError:
        raise ValueError(f"encoding is one that Python knows, such as cp1252, not {encoding!r}.") from None
    except UnicodeDecodeError as error:
        raise _Unreadable(f"byte {error.start} is not {encoding}; give another encoding=, or none.") from error


# workbooks

CellReader = Callable[[Any], Any]


def _open_workbook(content: _Content, options: FileOptions) -> RawTable:
    from python_calamine import CalamineError, PasswordError, load_workbook

    data = content.data
    assert isinstance(data, bytes)
    if data.startswith(_OLE_MAGIC) and _ENCRYPTED.search(data):
        raise _Unreadable(_NEEDS_PASSWORD)
    try:
        with load_workbook(io.BytesIO(data)) as book:
            name, rows, notes = _read_worksheet(book, options, _cell_reader(data))
    except PasswordError as error:
        raise _Unreadable(_NEEDS_PASSWORD) from error
    except (CalamineError, OSError) as error:
        raise _Unreadable(
            f"it is no workbook ({error}): open it in a spreadsheet program and save it as .xlsx or .csv."
        ) from error
    if has_wrong_encoding(rows):
        rows, notes = with_right_encoding(rows), [*notes, WRONG_ENCODING]
    xml = worksheet_xml(data, name)
    for row, at, uncomputed in uncomputed_cells(xml):
        if row < len(rows) and at < len(rows[row]) and rows[row][at] is None:
            rows[row][at] = uncomputed
    table = table_of_rows(rows, options, typed=True)
    table.facts, table.notes = {"worksheet": name}, [*table.notes, *notes]
    table.hidden = hidden_parts(xml, len(rows), max(map(len, rows), default=0))
    table.has_1904_dates = has_1904_dates(data)
    return table


def _cell_reader(data: bytes) -> CellReader:
    """Return the function that turns a cell of the workbook library into the cell as it was written."""
    is_xlsx = data.startswith(b"PK") and b"mimetype" not in data[:100]

    def read_cell(cell: Any) -> Any:
        if cell == "":
            return None
        return decode_cell_text(cell) if is_xlsx and isinstance(cell, str) else cell

    return read_cell


def _read_worksheet(book: Any, options: FileOptions, read_cell: CellReader) -> tuple[str, list[list[Any]], list[str]]:
    """Return the name and the rows of the worksheet to read, and a warning if there are others."""
    from python_calamine import SheetTypeEnum

    worksheets = [sheet for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    if options.sheet is not None:
        name = _given_worksheet([sheet.name for sheet in worksheets], options.sheet)
        return name, _read_rows(book, name, read_cell), []
    return _first_worksheet(book, worksheets, options, read_cell)


def _given_worksheet(names: list[str], chosen: str | int) -> str:
    if isinstance(chosen, str) and chosen in names:
        return chosen
    if isinstance(chosen, int) and 0 <= chosen < len(names):
        return names[chosen]
    raise ValueError(f"sheet= names {chosen!r}, which the workbook does not have; it has {join_names(names)}.")


def _first_worksheet(
    book: Any, worksheets: Sequence[Any], options: FileOptions, read_cell: CellReader
) -> tuple[str, list[list[Any]], list[str]]:
    """Return the first visible worksheet with a header row, else the first that is not empty."""
    from python_calamine import SheetVisibleEnum

    visible = [sheet.name for sheet in worksheets if sheet.visible == SheetVisibleEnum.Visible]
    rows_by_name = {name: _read_rows(book, name, read_cell) for name in visible if book.get_sheet_by_name(name).height}
    filled = {name: rows for name, rows in rows_by_name.items() if any(not is_blank(row) for row in rows)}
    if not filled:
        names = join_names(sheet.name for sheet in worksheets)
        raise _Unreadable(f"its worksheets ({names}) are empty: fill one, or give sheet= for a hidden one.")
    name = next((name for name, rows in filled.items() if has_header(rows, options.meanings)), next(iter(filled)))
    others = [repr(other) for other in filled if other != name]
    others += [f"{other!r} (hidden)" for other in _hidden_worksheets(book, worksheets, options, read_cell)]
    note = f"Only the worksheet {name!r} was read, not {join_names(others)}: give sheet= for another."
    return name, filled[name], [note] if others else []


def _hidden_worksheets(book: Any, worksheets: Sequence[Any], options: FileOptions, read_cell: CellReader) -> list[str]:
    """Return the hidden worksheets that have a header row; others are lists that a workbook needs for itself."""
    from python_calamine import SheetVisibleEnum

    names = [sheet.name for sheet in worksheets if sheet.visible != SheetVisibleEnum.Visible]
    return [
        name
        for name in names
        if book.get_sheet_by_name(name).height and has_header(_read_rows(book, name, read_cell), options.meanings)
    ]


def _read_rows(book: Any, name: str, read_cell: CellReader) -> list[list[Any]]:
    rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return [[read_cell(cell) for cell in row] for row in rows]


# JSON and Parquet


def _open_json(content: _Content, options: FileOptions) -> RawTable:
    data = content.data
    try:
        text = data if isinstance(data, str) else _json_text(data, options.encoding)
        rows = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        if content.path is None or content.suffix != ".json":
            raise _NotJson from error
        raise _Unreadable(f"it is not valid JSON ({error}): save it again from the program that made it.") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        keys = f" with the keys {join_names(rows)}" if isinstance(rows, dict) else ""
        raise _Unreadable(f"it is JSON, but not a list of objects{keys}: give only the list.")
    headers = list(dict.fromkeys(name for row in rows for name in row))
    columns = [[_json_cell(row.get(name)) for row in rows] for name in headers]
    return RawTable(headers, columns, pd.RangeIndex(len(rows)), typed=True, facts={"encoding": options.encoding})


def _json_text(data: bytes, encoding: str | None) -> str:
    if encoding or byte_order_mark(data):
        return _decode(data, encoding)[0]
    return data.decode("utf-8", "surrogatepass")


def _json_cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if isinstance(value, list | dict) else value


def _open_parquet(content: _Content, _: FileOptions) -> RawTable:
    assert isinstance(content.data, bytes)
    try:
        frame = pd.read_parquet(io.BytesIO(content.data))
    except (OSError, ValueError) as error:
        raise _Unreadable(f"it is no complete Parquet file ({error}): write it again.") from error
    columns = [frame.iloc[:, at].reset_index(drop=True) for at in range(frame.shape[1])]
    names = [str(name) for name in frame.columns]
    return RawTable(names, columns, frame.index, typed=True, facts={}, attrs=frame.attrs)


_OPENERS: dict[Format, Callable[[_Content, FileOptions], RawTable]] = {
    "text": _open_text,
    "workbook": _open_workbook,
    "json": _open_json,
    "parquet": _open_parquet,
}
