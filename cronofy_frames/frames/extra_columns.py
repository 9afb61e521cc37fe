"""Extra columns: fields of Cronofy's rows that no column of a table has, read by their path and type.

The rule: an extra column has the dtype of its type for any answer, and a value that this type cannot hold exactly as
it was sent is missing and counted, never changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa

from cronofy_frames.argument_types import text_list
from cronofy_frames.frames.column_pieces import HEAP, TEXT
from cronofy_frames.frames.raw_json import object_entries, replace_invalid_characters
from cronofy_frames.frames.row_shape import Path, Values, is_watchable
from cronofy_frames.frames.timestamps import has_offset, instants
from cronofy_frames.schema import Column, Table
from cronofy_frames.text import join_names

ExtraType = Literal["text", "time", "number", "json"]
Extra = Mapping[str, ExtraType] | Iterable[str] | None
"""Paths of further fields to read, with the type of each; without types they are read as JSON text."""

TYPES: tuple[ExtraType, ...] = get_args(ExtraType)

ACCOUNT = "account"  # the column that a mapping of clients adds

_INTEGER = re.compile(r"-?\d+", re.ASCII)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)


def extra_types(extra: Extra, table: Table) -> dict[str, ExtraType]:
    """Return the type of each extra path.

    Parameters
    ----------
    extra
        A mapping path -> type, or paths, which are read as JSON text.
    table
        The table that they are added to.

    Raises
    ------
    ValueError
        For an unknown type, and for a path that has a column already or cannot be one.
    """
    paths: Any = () if extra is None else extra
    is_typed = isinstance(paths, Mapping)
    types = dict(paths) if is_typed else dict.fromkeys(text_list("extra", paths, "paths such as 'custom.path'"), "json")
    for path, kind in types.items():
        if not isinstance(path, str):
            raise ValueError(f"extra takes paths such as 'custom.path', texts; not {path!r}.")
        if kind not in TYPES:
            raise ValueError(f"extra={{{path!r}: {kind!r}}} has an unknown type: use {join_names(TYPES)}.")
        _check_path(path, table)
    return cast("dict[str, ExtraType]", types)


def _check_path(path: str, table: Table) -> None:
    """Refuse a path that has a column, or that lies in the value of one."""
    if path in (*table.names, ACCOUNT):
        raise ValueError(f"extra: {path!r} is already a column of the frame: leave it out.")
    for column in table.columns:
        for known in filter(None, (column.path, column.was, f"{column.path}.time" if _is_event_time(column) else None)):
            if path == known:
                raise ValueError(f"extra: {path!r} is already the column {column.name!r} of the frame: leave it out.")
            if path.startswith((f"{known}.", f"{known}[")) and (known != column.path or not _is_event_time(column)):
                raise ValueError(f"extra: {path!r} lies in the column {column.name!r}, which has the whole value.")
    if inner := [column.name for column in table.columns if column.path.startswith(f"{path}.")]:
        raise ValueError(
            f"extra: {path!r} is an object that the frame has in parts, {join_names(inner)}: give the path of a "
            f"further key in it, such as '{path}.newkey'."
        )
    if not all(map(is_watchable, path.split("."))) or "[" in path:
        raise ValueError(
            f"extra: {path!r} is no path: give keys with dots between them, such as 'custom.path'. A list is read as "
            "a whole, by the path of the list."
        )


def _is_event_time(column: Column) -> bool:
    return column.dtype in ("moment", "dated")


@dataclass(frozen=True, slots=True)
class ExtraColumn:
    """An extra column.

    Attributes
    ----------
    name, kind
        Its path, and the type of its values.
    root, rest
        The path of the first key that the table does not have, and the keys from there to the value.
    """

    name: str
    kind: ExtraType
    root: Path
    rest: Path

    @classmethod
    def of(cls, name: str, kind: ExtraType, table: Table) -> ExtraColumn:
        """Return the extra column of a path that `extra_types` has checked."""
        objects = {tuple(column.path.split(".")) for column in table.columns if _is_event_time(column)}
        for column in table.columns:
            parts = tuple(column.path.split("."))
            objects |= {parts[:length] for length in range(1, len(parts))}
        path = tuple(name.split("."))
        length = next(length for length in range(1, len(path) + 1) if path[:length] not in objects)
        return cls(name, kind, path[:length], path[length:])

    def piece(self, values: Values) -> Piece:
        """Return the column of some rows from the JSON values of its root."""
        raws = [_value_at(value, self.rest) if len(value) else None for value in values]
        return READERS[self.kind](raws)

    def array(self, whole: Any, zone: Any) -> Any:
        """Return the whole column for a frame; `zone` is that of its times."""
        if self.kind in ("text", "json"):
            return TEXT.__from_arrow__(whole)
        if self.kind == "time":
            return pd.DatetimeIndex(whole.view("M8[us]"), copy=True).tz_localize("UTC").tz_convert(zone)
        return pd.arrays.FloatingArray(whole.copy(), np.isnan(whole))


@dataclass(frozen=True, slots=True)
class Piece:
    """A column of some rows; how many of its values could not be read, and how many characters were not valid."""

    values: Any
    unreadable: int = 0
    invalid_characters: int = 0


Raws = Sequence[msgspec.Raw | bytes | None]


def _value_at(raw: msgspec.Raw | bytes, keys: Path) -> msgspec.Raw | bytes | None:
    """Return the value at a path in a JSON value; None where it is missing or null."""
    value: msgspec.Raw | bytes | None = raw
    for key in keys:
        value = object_entries(value).get(key) if value is not None else None
    return None if value is None or bytes(value) == b"null" else value


def _json_piece(raws: Raws) -> Piece:
    texts = [None if raw is None else bytes(raw).decode() for raw in raws]
    return Piece(_text_array(texts))


def _text_piece(raws: Raws) -> Piece:
    """Return texts, and numbers and Booleans as they are written; a list or an object is unreadable."""
    texts: list[str | None] = []
    unreadable = invalid = 0
    for raw in raws:
        text = None if raw is None else bytes(raw)
        if text is not None and text[:1] in b"[{":
            unreadable, text = unreadable + 1, None
        string, count = ("", 0) if text is None else _string(text)
        invalid += count
        texts.append(None if text is None else string)
    return Piece(_text_array(texts), unreadable, invalid)


def _number_piece(raws: Raws) -> Piece:
    numbers = np.full(len(raws), np.nan)
    unreadable = 0
    for n, raw in enumerate(raws):
        text = "" if raw is None else _string(bytes(raw))[0]
        if text and (number := _number(text)) is not None:
            numbers[n] = number
        unreadable += bool(text) and bool(np.isnan(numbers[n]))
    return Piece(numbers, unreadable)


def _number(text: str) -> float | None:
    """Return the number that a text is; None for other texts, and for one that a float does not hold.

    A whole number beyond 2**53 may have no float of its own: the nearest would be another number.
    """
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    is_held = not np.isinf(number) and (not _INTEGER.fullmatch(text) or int(number) == int(text))
    return number if is_held else None


def _time_piece(raws: Raws) -> Piece:
    """Return times as instants; a date, and a time without an offset, are none and thus unreadable."""
    texts = [None if raw is None else _time_text(raw) for raw in raws]
    readable = [text if text and has_offset(text) else None for text in texts]
    column = instants(readable)
    without_offset = sum(bool(text) and not has_offset(text) for text in texts if text is not None)
    return Piece(column.micros, without_offset + column.unreadable + column.out_of_range)


def _time_text(raw: msgspec.Raw | bytes) -> str:
    """Return the text of a time, also of a localized one, which is an object with time and tzid."""
    time = object_entries(raw).get("time", raw)
    return _string(bytes(time))[0]


def _string(text: bytes) -> tuple[str, int]:
    """Return the string that a JSON text is, and how many of its characters were not valid; other JSON as it is."""
    if text[:1] != b'"':
        return text.decode(), 0
    try:
        return msgspec.json.decode(text, type=str), 0
    except (msgspec.DecodeError, UnicodeDecodeError):
        valid, invalid = replace_invalid_characters(text)
        return msgspec.json.decode(valid, type=str), invalid


def _text_array(texts: Sequence[str | None]) -> Any:
    return pa.array(texts, pa.large_string(), memory_pool=HEAP)


READERS: dict[ExtraType, Callable[[Raws], Piece]] = {
    "text": _text_piece,
    "time": _time_piece,
    "number": _number_piece,
    "json": _json_piece,
}
