"""A file or buffer -> columns of raw cells, with the rows' labels.

The law of this file: what a file is, its content says; its name only where that says nothing. Cells come as the file
has them, blank ones as None.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from cronofy_frames.sheets.formatting import text_of_cell
from cronofy_frames.sheets.problems import Problems
from cronofy_frames.sheets.read.codepages import beginning, decoded, mark_of
from cronofy_frames.sheets.read.delimited import records
from cronofy_frames.sheets.read.file_column import FileColumn
from cronofy_frames.sheets.read.headers import blank, header_row, header_text, letter, named
from cronofy_frames.sheets.read.uncomputed_cells import lost_cells
from cronofy_frames.sheets.read.values import restored
from cronofy_frames.text import join_names, quantity

Source = str | os.PathLike[str] | bytes | Any
Kind = Literal["text", "workbook", "json", "parquet"]

_COMPOUND = b"\xd0\xcf\x11\xe0"
# What workbooks with a password have, which their reader only tells apart by the name of the file: the stream that
# holds an encrypted .xlsx ([MS-OFFCRYPTO] 2.3.4.4), and the record FilePass at the start of an .xls ([MS-XLS] 2.4.117).
_LOCKED = re.compile(
    re.escape("EncryptedPackage".encode("utf-16-le")) + rb"|\x09\x08\x10\x00.{16}(?:\x86\x00\x00\x00)?\x2f\x00",
    re.DOTALL,
)
_UNLOCK = "it needs a password: open it in a spreadsheet program and save it without."

_NOT_SPREADSHEETS = {
    b"%PDF": "it is a PDF: export the table from where it was made",
    b"BEGIN:VCALENDAR": "it is an iCalendar file: connect(sandbox=path) reads it",
    b"<": "it is HTML or XML: open it in a spreadsheet program and save it as .xlsx",
}


@dataclass(slots=True)
class Sheet:
    """A table as the file has it.

    Attributes
    ----------
    headers
        The names of the columns.
    columns
        The cells of each; those of Parquet as they were.
    labels
        The rows' labels.
    typed
        Whether the file itself tells numbers and times from text.
    facts
        Where it came from, plain JSON.
    notes
        What the reader of the file should be told.
    problems
        What could not be read.
    attrs
        What the file says of itself.
    """

    headers: list[str]
    columns: list[Any]
    labels: pd.Index[Any]
    typed: bool
    facts: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    attrs: dict[Any, Any] = field(default_factory=dict)
    problems: Problems = field(init=False)

    def __post_init__(self) -> None:
        self.problems = Problems(self.labels)

    def leave_out(self, places: set[int]) -> None:
        """Take columns out."""
        self.headers = [one for at, one in enumerate(self.headers) if at not in places]
        self.columns = [one for at, one in enumerate(self.columns) if at not in places]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the caller says of the file."""

    columns: Mapping[str, str]
    sheet: str | int | None
    header: int | None
    encoding: str | None
    delimiter: str | None


def opened(source: Source, choices: Choices) -> Sheet:
    """Return the table that is in a file or buffer.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        It cannot be read as a table; the message ends with what to do.
    """
    content, name, path = _content(source)
    called = name or "the buffer"
    kind = _kind(content, Path(name or "").suffix.lower(), called)
    try:
        sheet = _OPENERS[kind](content, choices, path)
    except _Fallback:
        kind, sheet = "text", _text(content, choices, path)
    except _Unreadable as unread:
        raise ValueError(f"{called} cannot be read: {unread}") from unread.__cause__
    _refuse_idle(kind, choices)
    sheet.facts = {"name": name, "worksheet": None, "rows": len(sheet.labels), "encoding": None, "delimiter": None} | (
        sheet.facts
    )
    return sheet


class _Unreadable(Exception):
    """Why a file is no table, and what to do."""


class _Fallback(Exception):
    """A file that looked like JSON and is text."""


def _content(source: Source) -> tuple[bytes | str, str | None, Path | None]:
    """Return what is in a source, its name, and its path."""
    if isinstance(source, str | os.PathLike):
        if str(source).startswith(("http://", "https://")):
            raise ValueError(f"{source} is an address: download it first, and give the file.")
        path = Path(source).expanduser()
        if not path.exists():
            raise FileNotFoundError(f"there is no file {path}: check its name and folder.")
        if path.is_dir():
            raise ValueError(f"{path} is a folder: name the file in it.")
        return path.read_bytes(), path.name, path
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source), None, None
    if hasattr(source, "read"):
        content = source.read()
        if isinstance(content, str | bytes):
            name = getattr(source, "name", None)
            return content, Path(name).name if isinstance(name, str) else None, None
    raise TypeError(f"source is a path, a buffer or bytes, not {type(source).__name__}.")


def _kind(content: bytes | str, suffix: str, called: str) -> Kind:
    start = content[:1000].encode("utf-8", "replace") if isinstance(content, str) else content[:1000]
    bare = beginning(start).lstrip()
    if not bare and not content[1000:].strip():
        raise ValueError(f"{called} is empty: save it again from where it was made.")
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06", _COMPOUND)):
        return "workbook"
    if start.startswith(b"PAR1"):
        return "parquet"
    for sign, why in _NOT_SPREADSHEETS.items():
        if bare.startswith(sign):
            raise ValueError(f"{called} cannot be read: {why}.")
    if bare[:1] in (b"[", b"{") or suffix == ".json":
        return "json"
    return "text"


def _refuse_idle(kind: Kind, choices: Choices) -> None:
    """Refuse choices that this kind of file does not have: they would be passed over in silence."""
    kinds: dict[Kind, dict[str, Any]] = {
        "text": {"sheet": choices.sheet},
        "workbook": {"encoding": choices.encoding, "delimiter": choices.delimiter},
        "json": {"sheet": choices.sheet, "header": choices.header, "delimiter": choices.delimiter},
        "parquet": vars_of(choices),
    }
    given = [name for name, value in kinds[kind].items() if value is not None]
    if given:
        raise ValueError(f"{', '.join(given)}= has no meaning for this file, which is {_CALLED[kind]}: leave it out.")


_CALLED = {"text": "text", "workbook": "a workbook", "json": "JSON", "parquet": "Parquet"}


def vars_of(choices: Choices) -> dict[str, Any]:
    """Return the choices that say how a file is laid out."""
    return {name: getattr(choices, name) for name in ("sheet", "header", "encoding", "delimiter")}


def _text(content: bytes | str, choices: Choices, _: Path | None) -> Sheet:
    text, encoding = _decoded(content, choices.encoding)
    rows, delimiter = _unless_broken(records, text.removeprefix("\ufeff"), choices.delimiter)
    sheet = table(rows, choices)
    sheet.facts = {"encoding": encoding, "delimiter": delimiter}
    if encoding and not encoding.startswith("utf") and not choices.encoding:
        sheet.notes.append(
            f"The file is not UTF-8; its letters were taken for {encoding}. If they look wrong, say encoding=."
        )
    return sheet


def _decoded(content: bytes | str, encoding: str | None) -> tuple[str, str | None]:
    if isinstance(content, str):
        return content, None
    if encoding is None:
        try:
            return decoded(content)
        except ValueError as unread:
            raise _Unreadable(f"{unread}; save it as .xlsx or .csv, or say encoding=.") from unread
    try:
        return content.decode(encoding), encoding
    except LookupError:
        raise ValueError(f"encoding is one that Python knows, such as cp1252, not {encoding!r}.") from None
    except UnicodeDecodeError as broken:
        raise _Unreadable(f"byte {broken.start} is not {encoding}; say another encoding=, or none.") from broken


def _unless_broken(read: Any, text: str, delimiter: str | None) -> Any:
    try:
        return read(text, delimiter)
    except ValueError as broken:
        raise _Unreadable(str(broken)) from broken


def table(rows: Sequence[Sequence[Any]], choices: Choices, *, typed: bool = False) -> Sheet:
    """Return the table that stands in a grid, whose rows are numbered from 1."""
    top = header_row(rows, choices.columns) if choices.header is None else _chosen_row(rows, choices.header)
    header = restored(list(rows[top])) if rows else []
    width = max((at + 1 for at, cell in enumerate(header) if not blank([cell])), default=0)
    numbers = [at for at in range(top + 1, len(rows)) if not blank(rows[at])]
    body = [rows[at] for at in numbers]
    widest = max((len(row) for row in body), default=0)
    cells = [[row[at] if at < len(row) else None for row in body] for at in range(max(width, widest))]
    used = [at for at in range(width) if not blank([header[at]]) or not blank(cells[at])]
    labels = pd.Index([at + 1 for at in numbers], dtype="int64", name="row")
    sheet = Sheet([header_text(header[at], at) for at in used], [restored(cells[at]) for at in used], labels, typed, {})
    for at in range(width, widest):
        there = np.array([not blank([cell]) for cell in cells[at]], np.bool_)
        name = f"column {letter(at)}"
        expected = f"no cell there, for the header ends at column {letter(width - 1)}"
        FileColumn(name, name, cells[at]).report(sheet.problems, there, expected)
    return sheet


def _chosen_row(rows: Sequence[Sequence[Any]], number: int) -> int:
    if not 1 <= number <= len(rows) or blank(rows[number - 1]):
        count = quantity(len(rows), "row")
        raise ValueError(f"header= names row {number}, which is blank or not there: the file has {count}.")
    return number - 1


def _workbook(content: bytes | str, choices: Choices, _: Path | None) -> Sheet:
    from python_calamine import CalamineError, PasswordError, load_workbook

    assert isinstance(content, bytes)
    if content.startswith(_COMPOUND) and _LOCKED.search(content):
        raise _Unreadable(_UNLOCK)
    try:
        with load_workbook(io.BytesIO(content)) as book:
            name, rows, notes = _worksheet(book, choices, _cells_of(content))
    except PasswordError as locked:
        raise _Unreadable(_UNLOCK) from locked
    except (CalamineError, OSError) as broken:
        raise _Unreadable(
            f"it is no workbook ({broken}): open it in a spreadsheet program and save it as .xlsx or .csv."
        ) from broken
    for row, at, what in lost_cells(content, name):
        if row < len(rows) and at < len(rows[row]) and rows[row][at] is None:
            rows[row][at] = what
    sheet = table(rows, choices, typed=True)
    sheet.facts, sheet.notes = {"worksheet": name}, [*sheet.notes, *notes]
    return sheet


def _cells_of(content: bytes) -> Callable[[Any], Any]:
    """Return what makes of a cell, as the workbook's reader gives it, what was written."""
    written_by_excel = content.startswith(b"PK") and b"mimetype" not in content[:100]

    def cell_of(cell: Any) -> Any:
        if cell == "":
            return None
        return text_of_cell(cell) if written_by_excel and isinstance(cell, str) else cell

    return cell_of


def _worksheet(book: Any, choices: Choices, cell_of: Callable[[Any], Any]) -> tuple[str, list[list[Any]], list[str]]:
    """Return the name and the rows of a worksheet, and what to say of the others.

    The chosen one; else the first that can be seen and has a row of names that are known, else has anything.
    """
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    shown = [one for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
    names, chosen = [one.name for one in shown], choices.sheet
    if chosen is not None:
        if isinstance(chosen, str) and chosen in names:
            return chosen, _rows(book, chosen, cell_of), []
        if isinstance(chosen, int) and 0 <= chosen < len(names):
            return names[chosen], _rows(book, names[chosen], cell_of), []
        raise ValueError(f"sheet= names {chosen!r}, which the workbook does not have; it has {join_names(names)}.")
    visible = [one.name for one in shown if one.visible == SheetVisibleEnum.Visible]
    full = [name for name in visible if book.get_sheet_by_name(name).height]
    read = {name: _rows(book, name, cell_of) for name in full}
    filled = [name for name, rows in read.items() if any(not blank(row) for row in rows)]
    if not filled:
        raise _Unreadable(f"its worksheets ({join_names(names)}) are empty: fill one, or say sheet= for a hidden one.")
    name = next((one for one in filled if named(read[one], choices.columns)), filled[0])
    others = [repr(one) for one in filled if one != name]
    told = f"Only the worksheet {name!r} was read, not {join_names(others)}: say sheet= for another."
    return name, read[name], [told] if others else []


def _rows(book: Any, name: str, cell_of: Callable[[Any], Any]) -> list[list[Any]]:
    rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return [[cell_of(cell) for cell in row] for row in rows]


def _json(content: bytes | str, choices: Choices, path: Path | None) -> Sheet:
    try:
        text = content if isinstance(content, str) else _json_text(content, choices.encoding)
        found = json.loads(text.removeprefix("\ufeff"))
    except ValueError as broken:
        if path is None or path.suffix.lower() != ".json":
            raise _Fallback from broken
        raise _Unreadable(f"it is no JSON ({broken}): save it again from where it was made.") from broken
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        keys = f" with the keys {join_names(found)}" if isinstance(found, dict) else ""
        raise _Unreadable(f"it is JSON, but no list of objects{keys}: give the list alone.")
    headers = list(dict.fromkeys(name for one in found for name in one))
    columns = [[_plain(one.get(name)) for one in found] for name in headers]
    return Sheet(headers, columns, pd.RangeIndex(len(found)), True, {"encoding": choices.encoding})


def _json_text(content: bytes, encoding: str | None) -> str:
    if encoding or mark_of(content):
        return _decoded(content, encoding)[0]
    return content.decode("utf-8", "surrogatepass")


def _plain(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if isinstance(value, list | dict) else value


def _parquet(content: bytes | str, _: Choices, __: Path | None) -> Sheet:
    assert isinstance(content, bytes)
    try:
        frame = pd.read_parquet(io.BytesIO(content))
    except (OSError, ValueError) as broken:
        raise _Unreadable(f"it is no whole Parquet file ({broken}): write it again.") from broken
    columns = [frame.iloc[:, at].reset_index(drop=True) for at in range(frame.shape[1])]
    return Sheet([str(name) for name in frame.columns], columns, frame.index, True, {}, attrs=frame.attrs)


_OPENERS = {"text": _text, "workbook": _workbook, "json": _json, "parquet": _parquet}
