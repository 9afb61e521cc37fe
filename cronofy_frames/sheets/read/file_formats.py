"""Open a file or buffer in any of the formats, and return its table.

The format is detected from the content, and from the name only if the content does not tell.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from cronofy_frames.errors import FrameError
from cronofy_frames.sheets.read.codepages import byte_order_mark, decode_text, start_as_utf8
from cronofy_frames.sheets.read.delimited import parse_delimited
from cronofy_frames.sheets.read.formula_texts import without_formulas
from cronofy_frames.sheets.read.limits.file_limits import FileLimits, LimitExceeded, Malformed, library_errors
from cronofy_frames.sheets.read.limits.parquet_size import check_parquet
from cronofy_frames.sheets.read.raw_table import FileOptions, RawTable, Unreadable, table_of_rows
from cronofy_frames.sheets.read.workbook_files import OLE_MAGIC, read_workbook
from cronofy_frames.sheets.read.wrong_encoding import NOTE as WRONG_ENCODING
from cronofy_frames.sheets.read.wrong_encoding import has_wrong_encoding, with_right_encoding
from cronofy_frames.text import join_names, single_line

Source = str | os.PathLike[str] | bytes | Any
Format = Literal["text", "workbook", "json", "parquet"]

LINES_OF_JSON = (".ndjson", ".jsonl")
"""The suffixes of files with one object of JSON on each line."""

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
    FrameError
        It cannot be read as a table, or is larger than the limits allow; the message ends with what to do.
    """
    content = _read_source(source, options.limits)
    file_format = _detect_format(content)
    with _errors_naming(content.title):
        try:
            table = _OPENERS[file_format](content, options)
        except _NotJson:
            file_format, table = "text", _open_text(content, options)
    _refuse_unused_options(file_format, options)
    defaults = {"name": content.name, "worksheet": None, "rows": len(table.labels), "encoding": None, "delimiter": None}
    table.facts = defaults | table.facts | _origin(content)
    return table


@contextmanager
def _errors_naming(title: str) -> Iterator[None]:
    """Turn the reasons why a file is not read into an error that names the file."""
    try:
        yield
    except (Unreadable, LimitExceeded) as error:
        raise FrameError(f"{title} cannot be read: {error}") from error.__cause__


class _NotJson(Exception):
    """A file that looked like JSON and is text."""


def _read_source(source: Source, limits: FileLimits) -> _Content:
    if isinstance(source, str | os.PathLike):
        return _read_path(source, limits)
    content = _read_buffer(source)
    with _errors_naming(content.title):
        limits.check_bytes(len(content.data))
    return content


def _read_buffer(source: Any) -> _Content:
    if isinstance(source, bytes | bytearray | memoryview):
        return _Content(bytes(source))
    if hasattr(source, "read"):
        data = source.read()
        if isinstance(data, str | bytes):
            name = getattr(source, "name", None)
            return _Content(data, Path(name).name if isinstance(name, str) else None)
    raise TypeError(f"source is a path, a buffer or bytes, not {type(source).__name__}.")


def _read_path(source: str | os.PathLike[str], limits: FileLimits) -> _Content:
    if str(source).startswith(("http://", "https://")):
        raise ValueError(f"{single_line(str(source))} is a URL: download it first, and give the file.")
    path = Path(source).expanduser()
    if not path.exists():
        raise FileNotFoundError(f"the file {single_line(str(path))} does not exist: check its name and folder.")
    if path.is_dir():
        raise ValueError(f"{single_line(str(path))} is a folder: give a file in it.")
    with _errors_naming(path.name):
        return _Content(limits.read_file(path), path.name, path)


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
        raise ValueError(f"{single_line(content.title)} is empty: save it again from the program that made it.")
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06", OLE_MAGIC)):
        return "workbook"
    if start.startswith(b"PAR1"):
        return "parquet"
    for magic, reason in _OTHER_FORMATS.items():
        if text.startswith(magic):
            raise ValueError(f"{single_line(content.title)} cannot be read: {reason}.")
    if text[:1] in (b"[", b"{") or content.suffix in (".json", *LINES_OF_JSON):
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
        rows, delimiter = parse_delimited(text.removeprefix("\ufeff"), options.delimiter, limits=options.limits)
    except ValueError as error:
        raise Unreadable(str(error)) from error
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
            raise Unreadable(f"{error}; save it as .xlsx or .csv, or give encoding=.") from error
    try:
        return data.decode(encoding), encoding
    except LookupError:
        raise ValueError(f"encoding is one that Python knows, such as cp1252, not {encoding!r}.") from None
    except UnicodeDecodeError as error:
        raise Unreadable(f"byte {error.start} is not {encoding}; give another encoding=, or none.") from error


# workbooks


def _open_workbook(content: _Content, options: FileOptions) -> RawTable:
    assert isinstance(content.data, bytes)
    return read_workbook(content.data, options)


# JSON and Parquet


_TOO_DEEP = "it is JSON with too many lists or objects in each other: give a list of objects with plain values."


def _open_json(content: _Content, options: FileOptions) -> RawTable:
    try:
        rows = _parse_json(content, options.encoding)
    except RecursionError as error:
        raise Unreadable(_TOO_DEEP) from error
    except ValueError as error:
        if content.path is None or content.suffix not in (".json", *LINES_OF_JSON):
            raise _NotJson from error
        raise Unreadable(f"it is not valid JSON ({error}): save it again from the program that made it.") from error
    if (headers := _headers_alone(rows)) is not None:
        columns: list[list[Any]] = [[] for _ in headers]
        return RawTable(headers, columns, pd.RangeIndex(0), typed=True, facts={"encoding": options.encoding})
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        keys = f" with the keys {join_names(rows)}" if isinstance(rows, dict) else ""
        raise Unreadable(f"it is JSON, but not a list of objects{keys}: give only the list.")
    headers = list(dict.fromkeys(name for row in rows for name in row))
    options.limits.check_table(len(rows), len(headers))
    columns = [[_json_cell(row.get(name)) for row in rows] for name in headers]
    return RawTable(headers, columns, pd.RangeIndex(len(rows)), typed=True, facts={"encoding": options.encoding})


def _parse_json(content: _Content, encoding: str | None) -> Any:
    """Return the value of a JSON text, or the list of the values of its lines."""
    data = content.data
    text = (data if isinstance(data, str) else _json_text(data, encoding)).removeprefix("\ufeff")
    try:
        value = json.loads(text)
    except ValueError:
        if content.suffix == ".json":
            raise
        return _parse_lines(text)
    return [value] if content.suffix in LINES_OF_JSON and isinstance(value, dict) else value


def _parse_lines(text: str) -> list[Any]:
    """Return the objects on the lines of a text, of which blank ones count for nothing."""
    rows = []
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            row = json.loads(line) if line.strip() else None
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from error
        if row is not None and not isinstance(row, dict):
            raise ValueError(f"line {number} is not an object")
        rows += [] if row is None else [row]
    return rows


def _headers_alone(content: Any) -> list[str] | None:
    """Return the columns of an export without rows; None for any other JSON."""
    if not isinstance(content, dict) or set(content) != {"columns", "index", "data"} or content["data"]:
        return None
    headers = content["columns"]
    return headers if isinstance(headers, list) and all(isinstance(name, str) for name in headers) else None


def _json_text(data: bytes, encoding: str | None) -> str:
    if encoding or byte_order_mark(data):
        return _decode(data, encoding)[0]
    return data.decode("utf-8", "surrogatepass")


def _json_cell(value: Any) -> Any:
    if not isinstance(value, list | dict):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except RecursionError as error:
        raise Unreadable(_TOO_DEEP) from error


def _open_parquet(content: _Content, options: FileOptions) -> RawTable:
    assert isinstance(content.data, bytes)
    try:
        with library_errors():
            check_parquet(content.data, options.limits)
            frame = pd.read_parquet(io.BytesIO(content.data))
    except Malformed as error:
        raise Unreadable(f"it is no complete Parquet file ({error}): write it again.") from error
    columns = [frame.iloc[:, at].reset_index(drop=True) for at in range(frame.shape[1])]
    names = [str(name) for name in frame.columns]
    return RawTable(names, columns, frame.index, typed=True, facts={}, attrs=frame.attrs)


_OPENERS: dict[Format, Callable[[_Content, FileOptions], RawTable]] = {
    "text": _open_text,
    "workbook": _open_workbook,
    "json": _open_json,
    "parquet": _open_parquet,
}
