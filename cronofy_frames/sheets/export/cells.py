"""The cells of a frame as texts of CSV and JSON: whole columns at a time, as Arrow arrays that are joined to lines.

Only columns in a dtype of this package (see `parts`) are written here, exactly as pandas and `json` write them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

LARGE: Any = pa.large_string()
_QUOTED = b',"\r\n'  # what makes the quotes of a CSV cell necessary (RFC 4180)
# lists without numbers, which each library writes in a way of its own
_WITHOUT_NUMBERS = msgspec.json.Decoder(list[str | bool | dict[str, str | bool | None] | None])
_STRING = json.JSONEncoder(ensure_ascii=False).encode


def text_array(column: pd.Series[Any]) -> Any:
    """Return a column of texts as one Arrow array."""
    array = pa.array(column, LARGE, from_pandas=True)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def csv_lines(frame: pd.DataFrame) -> memoryview:
    """Return the rows of a frame with plain dtypes as lines of CSV, as `to_csv` writes them."""
    columns = [_csv_cells(frame[name]) for name in frame.columns]
    if len(columns) == 1:  # a line without a cell would be no row
        is_blank = pc.fill_null(pc.equal(pc.binary_length(columns[0]), pa.scalar(0)), True)
        columns = [pc.if_else(is_blank, pa.scalar('""', LARGE), columns[0])]
    columns[-1] = join_texts([columns[-1], ""], "\r\n", missing="")
    return content_of(join_texts(columns, ",", missing=""))


def _csv_cells(column: pd.Series[Any]) -> Any:
    if column.dtype == "str":
        return _quoted(text_array(column))
    values = pa.array(column, from_pandas=True)
    if pa.types.is_boolean(values.type):
        return pc.if_else(values, pa.scalar("True", LARGE), pa.scalar("False", LARGE))
    if pa.types.is_floating(values.type):
        return pa.array([None if number is None else repr(number) for number in values.to_pylist()], LARGE)
    return values.cast(LARGE)


def _quoted(texts: Any) -> Any:
    """Return texts in quotes where CSV needs them."""
    content = _bytes(texts)
    if not _has_any(content, _QUOTED):
        return texts
    escaped = pc.replace_substring(texts, '"', '""') if _has_any(content, b'"') else texts
    needed = pc.match_substring_regex(texts, f"[{_QUOTED.decode()}]")
    return pc.if_else(needed, join_texts(['"', escaped, '"']), texts)


def json_objects(frame: pd.DataFrame, lists: Sequence[str], indent: int | None) -> memoryview:
    """Return the rows of a frame with plain dtypes as JSON objects, each on lines of its own.

    Parameters
    ----------
    frame
        The rows.
    lists
        The columns with the JSON texts of lists and objects, which are written as such.
    indent
        None for an object a line, as NDJSON has it; else the objects are elements of a list, with a comma after each.
    """
    opening, key, colon, closing = ("{", ",", ":", "}\n") if indent is None else (" {\n  ", ",\n  ", ": ", "\n },\n")
    parts: list[Any] = []
    for n, name in enumerate(frame.columns):
        parts.append(f"{key if n else opening}{_STRING(str(name))}{colon}")
        parts.append(_json_lists(frame[name], indent) if name in lists else _json_cells(frame[name]))
    return content_of(join_texts([*parts, closing], missing="null"))


def _json_cells(column: pd.Series[Any]) -> Any:
    if column.dtype == "str":
        return _json_strings(text_array(column))
    values = pa.array(column, from_pandas=True)
    if pa.types.is_floating(values.type):
        return pa.array(_json_numbers(column), LARGE)
    return values.cast(LARGE)


def _json_numbers(column: pd.Series[Any]) -> list[str | None]:
    """Return numbers as pandas writes them, with fifteen digits; None for those that are not finite."""
    rounded = json.loads(column.to_frame().to_json(orient="values", double_precision=15))
    pairs = zip((number for (number,) in rounded), column.tolist(), strict=True)
    # the largest numbers are infinite with fifteen digits
    return [None if number is None else repr(number if math.isfinite(number) else exact) for number, exact in pairs]


def _json_strings(texts: Any) -> Any:
    content = _bytes(texts)
    quoted = join_texts(['"', texts, '"'])
    if not (_has_any(content, b'"\\') or (content < 0x20).any()):
        return quoted
    special = pc.fill_null(pc.match_substring_regex(texts, '["\\\\\\x00-\\x1f]'), False)
    escaped = [_STRING(text) for text in texts.filter(special).to_pylist()]
    return pc.replace_with_mask(quoted, special, pa.array(escaped, LARGE))


def _json_lists(column: pd.Series[Any], indent: int | None) -> Any:
    if column.dtype != "str":
        return _json_cells(column)
    write = partial(_json_list, indent=indent)
    return pa.array([None if text is None else write(text) for text in text_array(column).to_pylist()], LARGE)


def _json_list(text: str, indent: int | None) -> str:
    """Return the list or object of a JSON text as JSON; any other text as a string."""
    if text == "[]":
        return text
    compact = _compact(text)
    if compact is None:
        written = _json_by_python(text, indent)
    else:
        written = (compact if indent is None else msgspec.json.format(compact, indent=indent)).decode()
    return written if indent is None else written.replace("\n", "\n" + " " * (2 * indent))


def _json_by_python(text: str, indent: int | None) -> str:
    """Return the list or object of a JSON text, or another text as a string, as Python writes it."""
    separators = (",", ":") if indent is None else None
    written = json.dumps(json_value(text), ensure_ascii=False, indent=indent, separators=separators)
    # half of a character has no UTF-8, and stays the escape that it was
    return re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", written)


def _compact(text: str) -> bytes | None:
    """Return the JSON text of a list without white space, fast; None for one that `json_value` has to read."""
    try:
        return msgspec.json.encode(_WITHOUT_NUMBERS.decode(text))
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None


def json_value(text: Any) -> Any:
    """Return the list or object of a JSON text; any other text as it is."""
    if not isinstance(text, str):
        return text
    try:
        value = json.loads(text)
        json.dumps(value, allow_nan=False)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, list | dict) else text


def join_texts(parts: Sequence[Any], separator: str = "", missing: str | None = None) -> Any:
    """Return texts joined row by row; where one is missing, `missing` in its place, or nothing at all."""
    how: Any = "emit_null" if missing is None else "replace"
    columns: list[Any] = [pa.scalar(part, LARGE) if isinstance(part, str) else part for part in (*parts, separator)]
    return pc.binary_join_element_wise(*columns, null_handling=how, null_replacement=missing or "")


def _bytes(texts: Any) -> Any:
    """Return the UTF-8 of all texts of an Arrow array as numbers."""
    return np.frombuffer(content_of(texts), np.uint8)


def content_of(texts: Any) -> memoryview:
    """Return the UTF-8 of all texts of an Arrow array, one after the other."""
    _, offsets, content = texts.buffers()
    if content is None:
        return memoryview(b"")
    bounds = np.frombuffer(offsets, np.int64)
    return memoryview(content)[bounds[texts.offset] : bounds[texts.offset + len(texts)]]


def _has_any(content: Any, characters: bytes) -> bool:
    return any((content == character).any() for character in characters)
