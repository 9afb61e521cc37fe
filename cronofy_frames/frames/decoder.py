"""Decoder: pages of JSON to a DataFrame with the columns and dtypes of its table.

The columns and dtypes are those of `schema.py`, whatever the answer holds. A whole answer is never held as Python
objects: rows become pieces of columns, some thousand at a time.
"""

from __future__ import annotations

import copy
import functools
import math
import warnings
from collections.abc import Iterable
from itertools import chain
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from cronofy_frames.caller import caller_level
from cronofy_frames.frames.added_pages import Added
from cronofy_frames.frames.row_decoder import PageDecoder, ReadIssues, Values
from cronofy_frames.frames.standard_dtypes import standard_dtypes
from cronofy_frames.frames.tidy import tidy
from cronofy_frames.frames.timestamps import NAT, Instants, Midnights, instants
from cronofy_frames.schema import ATTENDEES, Column, Dtype, Table

_TEXT = pd.StringDtype(na_value=np.nan)
# Arrow's arrays where a missing value needs a mark of its own, NumPy's elsewhere, with the value that means missing
_ARROW: dict[Dtype, Any] = {"text": pa.large_string(), "list": pa.large_string(), "boolean": pa.bool_()}
_NUMPY: dict[Dtype, Any] = {
    "time": np.int64(NAT),
    "moment": np.int64(NAT),
    "dated": np.False_,
    "bool": np.False_,
    "number": np.float64("nan"),
    "integer": np.int64(0),
}

# pieces of columns are small and live long: in the heap they share pages with Python's own objects, while Arrow's
# default pool would keep pages of its own for them
_HEAP = pa.system_memory_pool()

# rows, and bytes of JSON, that become a piece together: enough that a call to Arrow costs nothing beside its values,
# and few enough to stay in the processor's cache
_PIECE_ROWS = 1_000
_PIECE_BYTES = 4_000_000

_PERSON = Table("attendees", ATTENDEES.columns[-3:])


class UnreadWarning(UserWarning):
    """Some values of an answer could not be read as they were sent; the message counts them."""


class Decoder:
    """Builds a frame from pages, one after the other.

    Parameters
    ----------
    table
        The columns.
    rows
        Key of the list in each page.
    tz
        The zone of the times, and of the midnights at which days start.

    """

    def __init__(self, table: Table, *, rows: str, tz: str = "UTC") -> None:
        self._table = table
        self._dtype = pd.DatetimeTZDtype("us", tz)
        self._midnights = Midnights(tz)
        self._pages = PageDecoder(table, rows=rows)
        self._added = Added()

    @property
    def rows_read(self) -> int:
        """How many rows were added, repeated ones included."""
        return self._added.rows

    @property
    def pages_read(self) -> int:
        """How many pages were added."""
        return self._added.pages

    def add(self, page: bytes) -> None:
        """Add the rows of a page.

        Raises
        ------
        TransportError
            The page is not JSON.
        CronofyError
            The page has no list of rows.
        """
        added = self._added.with_page(self._pages.decode(page), len(page))
        is_piece = len(added.pending) >= _PIECE_ROWS or added.pending_bytes >= _PIECE_BYTES
        self._added = self._with_piece(added) if is_piece else added

    def count_wrong_type(self, path: str, count: int = 1) -> None:
        """Count values of a path that could not be read, for the warning."""
        if count:
            self._pages.issues.wrong_types[path] += count

    def frame(self) -> pd.DataFrame:
        """Return the rows added so far as a tidy frame; more pages may follow.

        Returns
        -------
        The same columns and dtypes for any answer, each row once, in the table's order: see `tidy`.

        Warns
        -----
        UnreadWarning
            Some values could not be read; one warning counts all since the last call.
        """
        added = self._added = self._with_piece(self._added)
        columns: dict[str, Any] = {}
        for column in self._table.columns:
            pieces = [piece[column.name] for piece in added.pieces] or [_missing(column.dtype, 0)]
            columns[column.name] = self._array(pieces, column.dtype)
        issues, self._pages.issues = self._pages.issues, ReadIssues()
        _warn_of(issues)
        return tidy(pd.DataFrame(columns, index=pd.RangeIndex(added.rows), copy=False), self._table)

    def _with_piece(self, added: Added) -> Added:
        """Return the rows with the pending ones as a piece of each column."""
        if not added.pending:
            return added
        by_path = self._pages.shape.values_by_path(added.pending)
        return added.with_piece(self._piece(by_path, len(added.pending)))

    def _piece(self, by_path: dict[str, Values], count: int) -> dict[str, Any]:
        """Return rows as a piece of each column."""
        pieces: dict[str, Any] = {}
        event_times: dict[str, Instants] = {}
        for column in self._table.columns:
            values = _column_values(by_path, column)
            if values is None:
                piece = _missing(column.dtype, count)
            elif column.dtype in ("moment", "dated"):
                if column.path not in event_times:
                    zones = by_path.get(f"{column.path}.tzid")
                    event_times[column.path] = self._instants(values, column.path, zones)
                piece = self._event_time_piece(event_times[column.path], column.dtype)
            elif column.dtype == "time":
                piece = self._instants(values, column.path).micros
            else:
                piece = self._plain_piece(values, column)
            pieces[column.name] = piece
        return pieces

    def _instants(self, values: Values, path: str, zones: Values | None = None) -> Instants:
        column = instants(values, zones=zones)
        self.count_wrong_type(path, column.unreadable)
        self._pages.issues.out_of_range += column.out_of_range
        return column

    def _event_time_piece(self, column: Instants, dtype: Dtype) -> Any:
        if dtype == "dated":
            return column.is_date
        micros = column.micros.copy()
        micros[column.is_date] = self._midnights.of(column.micros[column.is_date])
        return micros

    def _plain_piece(self, values: Values, column: Column) -> Any:
        if column.dtype == "list":
            texts, invalid = _json_texts(values)
            self._pages.issues.invalid_characters += invalid
            return texts
        if column.dtype in _ARROW:
            return pa.array(values, _ARROW[column.dtype], memory_pool=_HEAP)
        if column.dtype == "number":
            numbers, unreadable = _numbers(values)
            self.count_wrong_type(column.path, unreadable)
            return numbers
        missing = _NUMPY[column.dtype]
        return np.array([missing if value is None else value for value in values], missing.dtype)

    def _array(self, pieces: list[Any], dtype: Dtype) -> Any:
        if dtype in _ARROW:
            # Arrow's columns may consist of many pieces, which spares a second copy of the texts
            kind: Any = pd.BooleanDtype() if dtype == "boolean" else _TEXT
            return kind.__from_arrow__(pa.chunked_array(pieces))
        whole = np.concatenate(pieces)
        if dtype in ("time", "moment"):
            return pd.DatetimeIndex(whole.view("M8[us]"), copy=False).tz_localize("UTC").tz_convert(self._dtype.tz)
        return whole


def decode(pages: Iterable[bytes], table: Table, *, rows: str, tz: str = "UTC") -> pd.DataFrame:
    """Return a tidy frame of pages: every row once, in the table's order.

    Parameters
    ----------
    pages
        The bodies of the responses in order; taken one by one.
    table
        The columns.
    rows
        Key of the list in each page.
    tz
        The zone of the times, and of the midnights at which days start.

    Returns
    -------
    The frame; the same columns and dtypes for any answer.

    Warns
    -----
    UnreadWarning
        Some values could not be read; one warning counts them all.
    """
    decoder = Decoder(table, rows=rows, tz=tz)
    for page in pages:
        decoder.add(page)
    return decoder.frame()


def empty(table: Table, tz: str = "UTC") -> pd.DataFrame:
    """Return a frame of the table's columns and dtypes without rows."""
    return Decoder(table, rows="", tz=tz).frame()


def attendees(events: pd.DataFrame) -> pd.DataFrame:
    """Return one row per event and attendee.

    Parameters
    ----------
    events
        A frame of events, or any part of its rows.

    Returns
    -------
    DataFrame
        The columns of `cronofy_frames.schema.ATTENDEES`, in the order of the events and of their lists, with an
        `account` column first where the events have one. `position` counts from 0 in each list. An entry that is
        not an object keeps its row, NA.

    Raises
    ------
    ValueError
        For a frame without attendees, and for values that are neither lists nor their JSON texts.

    Warns
    -----
    UnreadWarning
        Some lists, or values in them, could not be read; one warning counts them all.

    Examples
    --------
    >>> events = cf.read_events(client, "2026-03-02", "2026-03-09")
    >>> cf.attendees(events).columns.tolist()
    ['calendar_id', 'event_uid', 'event_id', 'position', 'email', 'display_name', 'status']
    """
    if "attendees" not in events:
        raise ValueError("the frame has no column attendees: pass events, as read_events returns them.")
    events = standard_dtypes(events)
    ids = [name for name in ATTENDEES.names if name not in _PERSON.names and name != "position"]
    ids = ["account", *ids] if "account" in events else ids
    decoder = Decoder(_PERSON, rows="attendees")
    lists = [_list_entries(text, decoder) for text in events["attendees"]]
    counts = np.array([len(entries) for entries in lists], np.int64)
    decoder.add(b'{"attendees":[%b]}' % b",".join(chain.from_iterable(lists)))
    frame = events[ids].take(np.repeat(np.arange(len(events)), counts)).reset_index(drop=True)
    frame["position"] = np.arange(len(frame)) - np.repeat(np.cumsum(counts) - counts, counts)
    frame = pd.concat([frame, decoder.frame()], axis=1)
    frame.attrs = copy.deepcopy(events.attrs)
    return frame


_RAW_LIST = msgspec.json.Decoder(list[msgspec.Raw])


def _list_entries(text: Any, decoder: Decoder) -> list[msgspec.Raw]:
    """Return the entries of a list's JSON text; none, and a count in the decoder, where it is not a list."""
    if not isinstance(text, str) or text == "[]":
        return []
    page = text.encode("utf-8", "replace")
    try:
        return _RAW_LIST.decode(page)
    except (msgspec.DecodeError, UnicodeDecodeError):
        decoder.count_wrong_type("attendees")
        return []


def _column_values(by_path: dict[str, Values], column: Column) -> Values | None:
    """Return the values of a column, those of its former path where it has none; None if no row has one."""
    values = by_path.get(column.path)
    if column.was not in by_path:
        return values
    former = by_path[column.was]
    if values is None:
        return former
    return [old if value is None else value for value, old in zip(values, former, strict=True)]


@functools.lru_cache(maxsize=64)
def _missing(dtype: Dtype, count: int) -> Any:
    """Return a piece without values; columns share it, so that absent columns cost nothing."""
    return pa.nulls(count, _ARROW[dtype]) if dtype in _ARROW else np.full(count, _NUMPY[dtype])


def _json_texts(values: Values) -> tuple[Any, int]:
    """Return the JSON texts of a column of lists, and how many of their characters were invalid."""
    texts, invalid = b"".join(values), 0
    try:
        texts.decode()  # the JSON reader skips lists without checking their UTF-8
    except UnicodeDecodeError:
        replaced = [bytes(value).decode("utf-8", "replace") for value in values]
        invalid = sum(text.count("\ufffd") for text in replaced) - texts.count("\ufffd".encode())
        values = [text.encode() for text in replaced]
        texts = b"".join(values)
    ends = np.zeros(len(values) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, values), np.int64, len(values)), out=ends[1:])
    lengths = np.diff(ends)
    missing = lengths == 0
    missing[[n for n in np.flatnonzero(lengths == 4).tolist() if bytes(values[n]) == b"null"]] = True
    valid = pa.py_buffer(np.packbits(~missing, bitorder="little").tobytes()) if missing.any() else None
    parts = [valid, pa.py_buffer(ends.tobytes()), pa.py_buffer(texts)]
    return pa.Array.from_buffers(pa.large_string(), len(values), parts), invalid


def _numbers(values: Values) -> tuple[npt.NDArray[np.float64], int]:
    """Return numbers from numbers and from texts that hold one, and how many texts hold none."""
    numbers = np.full(len(values), np.nan)
    unreadable = 0
    for n, value in enumerate(values):
        try:
            number = math.nan if value is None or value == "" else float(value)
        except ValueError:
            number = math.inf
        if math.isinf(number):
            unreadable += 1
        else:
            numbers[n] = number
    return numbers, unreadable


def _warn_of(issues: ReadIssues) -> None:
    sentences = issues.sentences()
    if sentences:
        warnings.warn(" ".join(sentences), UnreadWarning, stacklevel=caller_level())
