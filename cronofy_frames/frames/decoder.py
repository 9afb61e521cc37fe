"""Pages of JSON bytes -> columns -> DataFrame.

The law of this file: which columns a frame has and of which dtype is for `schema.py` to say, whatever came;
and a whole answer is never held as Python objects: rows become columns some thousand at a time.
"""

from __future__ import annotations

import copy
import functools
import math
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cronofy_frames.errors import CronofyError
from cronofy_frames.frames.row_decoder import Pages, Tally, Values
from cronofy_frames.frames.timestamps import NAT, Instants, Midnights, instants
from cronofy_frames.schema import ATTENDEES, Column, Dtype, Table

_TEXT = pd.StringDtype(na_value=np.nan)
# Arrow's arrays where a missing value needs a mark of its own, numpy's elsewhere: what stands for missing there.
_ARROW: dict[Dtype, Any] = {"text": pa.large_string(), "list": pa.large_string(), "boolean": pa.bool_()}
_NUMPY: dict[Dtype, Any] = {
    "time": np.int64(NAT),
    "moment": np.int64(NAT),
    "dated": np.False_,
    "bool": np.False_,
    "number": np.float64("nan"),
    "integer": np.int64(0),
}

# Pieces of columns are small and live long: in the heap they lie beside Python's own objects, while Arrow's default
# pool would keep pages of its own for them.
_HEAP = pa.system_memory_pool()

# Rows, and bytes of JSON, that become columns together: enough that the cost of a call to Arrow is nothing beside
# that of a value, and few enough to stay in the processor's cache.
_ROWS = 1_000
_BYTES = 4_000_000

_PERSON = Table("attendees", ATTENDEES.columns[-3:])
_PACKAGE = Path(__file__).parent


class UnreadWarning(UserWarning):
    """Some values of an answer could not be read as they came; the message counts them."""


class Decoder:
    """Makes a frame of pages, as they come.

    Parameters
    ----------
    table
        The columns.
    rows
        Key of the list in each page.
    tz
        The zone in which times are shown and at whose midnights days start.

    Attributes
    ----------
    rows_read
        How many rows have come so far, those that came twice included.
    """

    def __init__(self, table: Table, *, rows: str, tz: str = "UTC") -> None:
        self.rows_read = 0
        self._table = table
        self._dtype = pd.DatetimeTZDtype("us", tz)
        self._midnights = Midnights(tz)
        self._pages = Pages(table, rows=rows)
        self._waiting: list[msgspec.Struct] = []
        self._size = 0
        self._pieces: dict[str, list[Any]] = {name: [] for name in table.names}

    def add(self, page: bytes) -> None:
        """Take in a page.

        Raises
        ------
        TransportError
            The page is not JSON.
        CronofyError
            The page has no list of rows.
        """
        rows = self._pages.read(page)
        self._waiting += rows
        self.rows_read += len(rows)
        self._size += len(page)
        if len(self._waiting) >= _ROWS or self._size >= _BYTES:
            self._settle()

    def frame(self) -> pd.DataFrame:
        """Return what has come so far as a tidy frame; more pages may follow.

        Returns
        -------
        The same columns and dtypes whatever came, each row once, in the table's order: see `tidy`.

        Warns
        -----
        UnreadWarning
            Some values could not be read; one warning counts all that came since the last call.
        """
        self._settle()
        columns: dict[str, Any] = {}
        for column in self._table.columns:
            pieces = self._pieces[column.name] or [_missing(column.dtype, 0)]
            columns[column.name] = self._array(pieces, column.dtype)
        tally, self._pages.tally = self._pages.tally, Tally()
        _tell(tally)
        return tidy(pd.DataFrame(columns, index=pd.RangeIndex(self.rows_read), copy=False), self._table)

    def _settle(self) -> None:
        """Turn the rows that wait into a piece of each column."""
        if not self._waiting:
            return
        found = self._pages.shape.spread(self._waiting)
        count = len(self._waiting)
        self._waiting, self._size = [], 0
        moments: dict[str, Instants] = {}
        for column in self._table.columns:
            values = _values(found, column)
            if values is None:
                piece = _missing(column.dtype, count)
            elif column.dtype in ("moment", "dated"):
                if column.path not in moments:
                    moments[column.path] = self._instants(values, column.path, found.get(f"{column.path}.tzid"))
                piece = self._moment(moments[column.path], column.dtype)
            elif column.dtype == "time":
                piece = self._instants(values, column.path).micros
            else:
                piece = self._plain(values, column)
            self._pieces[column.name].append(piece)

    def _instants(self, values: Values, path: str, zones: Values | None = None) -> Instants:
        read = instants(values, zones=zones)
        self._count(path, read.unread)
        self._pages.tally.far += read.far
        return read

    def _moment(self, read: Instants, dtype: Dtype) -> Any:
        if dtype == "dated":
            return read.dated
        micros = read.micros.copy()
        micros[read.dated] = self._midnights.of(read.micros[read.dated])
        return micros

    def _plain(self, values: Values, column: Column) -> Any:
        if column.dtype == "list":
            texts, broken = _texts(values)
            self._pages.tally.broken += broken
            return texts
        if column.dtype in _ARROW:
            return pa.array(values, _ARROW[column.dtype], memory_pool=_HEAP)
        if column.dtype == "number":
            numbers, unread = _numbers(values)
            self._count(column.path, unread)
            return numbers
        missing = _NUMPY[column.dtype]
        return np.array([missing if one is None else one for one in values], missing.dtype)

    def _count(self, path: str, unread: int) -> None:
        if unread:
            self._pages.tally.unread[path] += unread

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
    """Make a tidy frame of pages: every row once, in the table's order.

    Parameters
    ----------
    pages
        The bodies of the answers, in the order in which they came; taken one by one.
    table
        The columns.
    rows
        Key of the list in each page.
    tz
        The zone in which times are shown and at whose midnights days start.

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


def tidy(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return the frame with each row once, in the table's order.

    Rows with the same key (and the same `account`, where the frame has that column) are the same: the newest
    `updated` wins, and where that does not tell, or the table has none, the one read last. Rows without a complete
    key all stay. Rows that compare alike keep their order; missing values come last.

    Parameters
    ----------
    frame
        A frame of the table, maybe of several reads.
    table
        Says what the key and the order are.

    Returns
    -------
    A new frame on a RangeIndex.
    """
    once = _once(frame, table)
    if table.order and len(once) > 1:
        sortable = pa.table({name: pa.array(once[name], from_pandas=True) for name in table.order})
        keys: list[Any] = [(name, "ascending") for name in table.order]
        order = pc.sort_indices(sortable, sort_keys=keys).to_numpy()  # stable, and missing values come last
        if (order[1:] < order[:-1]).any():
            once = once.take(order)
    return once.reset_index(drop=True)


def _once(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    if not table.key:
        return frame
    parts = ["account", *table.key] if "account" in frame else table.key
    keys = pd.DataFrame({part: _first(frame, part) for part in parts}, copy=False)
    twice = np.flatnonzero(keys.duplicated(keep=False) & keys.notna().all(axis=1))
    if "updated" in frame:
        # as numbers, for there a missing time is the smallest
        updated = frame["updated"].iloc[twice].dt.tz_convert(None).to_numpy().view(np.int64)
        twice = twice[np.argsort(updated, kind="stable")]
    stays = np.ones(len(frame), np.bool_)
    stays[twice[keys.iloc[twice].duplicated(keep="last").to_numpy()]] = False
    return frame if stays.all() else frame[stays]


def _first(frame: pd.DataFrame, part: str) -> pd.Series[Any]:
    """Return the values of a part of a key: the first that is not missing of "a|b"."""
    name, *others = part.split("|")
    values = frame[name]
    for other in others:
        if values.hasnans:
            values = values.fillna(frame[other])
    return values


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
        no object keeps its row, NA.

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
    ids = [name for name in ATTENDEES.names if name not in _PERSON.names and name != "position"]
    ids = ["account", *ids] if "account" in events else ids
    decoder = Decoder(_PERSON, rows="attendees")
    counts = np.array([_listed(decoder, text) for text in events["attendees"]], np.int64)
    frame = events[ids].take(np.repeat(np.arange(len(events)), counts)).reset_index(drop=True)
    frame["position"] = np.arange(len(frame)) - np.repeat(np.cumsum(counts) - counts, counts)
    frame = pd.concat([frame, decoder.frame()], axis=1)
    frame.attrs = copy.deepcopy(events.attrs)
    return frame


def _listed(decoder: Decoder, text: Any) -> int:
    """Give a list's text to a decoder; return how many entries it had."""
    before = decoder.rows_read
    if isinstance(text, str) and text != "[]":
        try:
            decoder.add(b'{"attendees":%b}' % text.encode("utf-8", "replace"))
        except CronofyError:
            decoder._count("attendees", 1)
    return decoder.rows_read - before


def _values(found: dict[str, Values], column: Column) -> Values | None:
    """Return a column's values, those under its old path where the new one has none; None if no row has one."""
    values = found.get(column.path)
    if column.was not in found:
        return values
    old = found[column.was]
    return old if values is None else [was if one is None else one for one, was in zip(values, old, strict=True)]


@functools.lru_cache(maxsize=64)
def _missing(dtype: Dtype, count: int) -> Any:
    """Return a piece without values; columns share it, so that those that never occur cost nothing."""
    return pa.nulls(count, _ARROW[dtype]) if dtype in _ARROW else np.full(count, _NUMPY[dtype])


def _texts(values: Values) -> tuple[Any, int]:
    """Return the JSON texts of a column of lists, and how many of their characters were none."""
    texts, broken = b"".join(values), 0
    try:
        texts.decode()  # the JSON reader passes over lists without a look at their UTF-8
    except UnicodeDecodeError:
        mended = [bytes(one).decode("utf-8", "replace") for one in values]
        broken = sum(text.count("\ufffd") for text in mended) - texts.count("\ufffd".encode())
        values = [text.encode() for text in mended]
        texts = b"".join(values)
    ends = np.zeros(len(values) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, values), np.int64, len(values)), out=ends[1:])
    lengths = np.diff(ends)
    missing = lengths == 0
    missing[[n for n in np.flatnonzero(lengths == 4).tolist() if bytes(values[n]) == b"null"]] = True
    valid = pa.py_buffer(np.packbits(~missing, bitorder="little").tobytes()) if missing.any() else None
    parts = [valid, pa.py_buffer(ends.tobytes()), pa.py_buffer(texts)]
    return pa.Array.from_buffers(pa.large_string(), len(values), parts), broken


def _numbers(values: Values) -> tuple[npt.NDArray[np.float64], int]:
    """Return numbers of numbers and of texts that hold one, and how many texts hold none."""
    numbers = np.full(len(values), np.nan)
    unread = 0
    for n, value in enumerate(values):
        try:
            number = math.nan if value is None or value == "" else float(value)
        except ValueError:
            number = math.inf
        if math.isinf(number):
            unread += 1
        else:
            numbers[n] = number
    return numbers, unread


def _tell(tally: Tally) -> None:
    told = tally.sentences()
    if told:
        warnings.warn(" ".join(told), UnreadWarning, stacklevel=outside())


def outside() -> int:
    """Return the stack level of the first caller outside this package, whose line a warning should name."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and Path(frame.f_code.co_filename).is_relative_to(_PACKAGE):
        level, frame = level + 1, frame.f_back
    return level
