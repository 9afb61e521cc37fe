"""Decoder of pages of JSON into a DataFrame with the columns and dtypes of its table.

The columns and dtypes are those of `schema.py`, whatever the response holds. Rows do not stay in memory as Python
objects: a thousand at a time become pieces of columns, which are compact arrays.
"""

from __future__ import annotations

import copy
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa

from cronofy_frames.caller import caller_level
from cronofy_frames.frames.column_ordering import Ordering, whole_column
from cronofy_frames.frames.column_pieces import (
    ARROW,
    HEAP,
    NUMPY,
    TEXT,
    json_texts,
    missing_piece,
    numbers_of,
    valid_texts,
)
from cronofy_frames.frames.decoder_state import DecoderState
from cronofy_frames.frames.extra_columns import ExtraColumn, ExtraType
from cronofy_frames.frames.row_decoder import PageDecoder, ReadIssues
from cronofy_frames.frames.row_shape import Path, Values
from cronofy_frames.frames.standard_dtypes import standard_dtypes
from cronofy_frames.frames.tidy import Positions, tidy_positions
from cronofy_frames.frames.timestamps import Instants, Midnights, instants
from cronofy_frames.frames.unread_fields import UnreadFields, merge_counts
from cronofy_frames.schema import ATTENDEES, Column, Dtype, Table

# rows, and bytes of JSON, that become a piece together: enough that a call to Arrow costs nothing beside its values,
# and few enough to stay in the processor's cache
_PIECE_ROWS = 1_000
_PIECE_BYTES = 4_000_000
_LARGE_ROWS = 20_000  # from which on the memory that ordering frees is worth returning at once

_PERSON = Table("attendees", ATTENDEES.columns[-3:])


class UnreadWarning(UserWarning):
    """Some values of a response could not be read as they were sent; the message counts them."""


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
    extra
        The types of extra columns by their paths, as `extra_types` returns them.
    """

    def __init__(
        self, table: Table, *, rows: str, tz: str = "UTC", extra: Mapping[str, ExtraType] | None = None
    ) -> None:
        self._table = table
        self._dtype = pd.DatetimeTZDtype("us", tz)
        self._midnights = Midnights(tz)
        self._extra = [ExtraColumn.of(path, kind, table) for path, kind in (extra or {}).items()]
        self._unread = UnreadFields(table, [column.root + column.rest for column in self._extra])
        roots = list(dict.fromkeys(column.root for column in self._extra))
        self._pages = PageDecoder(table, rows=rows, watched=roots)
        self._state = DecoderState(self._pages.shape)
        self._ordering: Ordering | None = None

    @property
    def rows_read(self) -> int:
        """How many rows were added, repeated ones included."""
        return self._state.rows

    @property
    def pages_read(self) -> int:
        """How many pages were added."""
        return self._state.pages

    def unread_record(self) -> dict[str, dict[str, int]]:
        """Return the counts of unread fields as of the last `frame`, for `attrs`."""
        return self._unread.record(self._state.unread, self._pages.unwatched_rows)

    def add(self, page: bytes) -> None:
        """Add the rows of a page.

        Raises
        ------
        TransportError
            The page is not JSON.
        CronofyError
            The page has no list of rows.
        """
        rows = self._pages.decode(page)
        if self._ordering is not None:  # an interrupt has left rows that are sorted in part
            self._sorted_columns(self._state)
        state = self._state if self._state.shape is self._pages.shape else self._with_piece(self._state)
        state = state.with_page(rows, len(page), self._pages.shape)
        is_piece = len(state.pending) >= _PIECE_ROWS or state.pending_bytes >= _PIECE_BYTES
        self._state = self._with_piece(state) if is_piece else state

    def count_wrong_type(self, path: str, count: int = 1) -> None:
        """Count values of a path that are of another type than its column, for the warning."""
        if count:
            self._pages.issues.wrong_types[path] += count

    def frame(self) -> pd.DataFrame:
        """Return the rows added so far as a tidy frame; more pages may follow.

        Returns
        -------
        DataFrame
            The columns and dtypes of the table and the extra columns; each row once, in the table's order: see `tidy`.

        Warns
        -----
        UnreadWarning
            Some values could not be read; one warning counts all since the last call.
        """
        state = self._state = self._with_piece(self._state)
        if not state.pieces:
            state = self._state = state.with_whole(self._piece({}, 0) | self._extra_piece({}, 0)[0])
        whole = self._sorted_columns(state)
        columns = {column.name: self._array(whole[column.name], column.dtype) for column in self._table.columns}
        columns |= {extra.name: extra.array(whole[extra.name], self._dtype.tz) for extra in self._extra}
        issues, self._pages.issues = self._pages.issues, ReadIssues()
        _warn_of(issues)
        return pd.DataFrame(columns, copy=False)

    def _sorted_columns(self, state: DecoderState) -> dict[str, Any]:
        """Sort the rows, one column at a time, and return the columns.

        The pieces of a column are released when it is sorted, so that at most one column is in memory twice. After an
        interrupt, another call continues with the columns that are not sorted.
        """
        if self._ordering is None:
            self._ordering = Ordering(self._positions(state), is_large=state.rows >= _LARGE_ROWS)
        self._ordering.sort_all([*self._table.names, *(extra.name for extra in self._extra)], state.pieces)
        columns = self._ordering.columns
        # a copy, because after an interrupt here another call sorts again
        self._state = state.with_whole(dict(columns))
        self._ordering = None
        return columns

    def _positions(self, state: DecoderState) -> Positions | None:
        """Return the positions of the rows of the tidy frame; None if they are sorted and distinct."""
        names = {*self._table.order, "updated", *(part for key in self._table.key for part in key.split("|"))}
        keys = {
            column.name: self._array(whole_column([piece[column.name] for piece in state.pieces]), column.dtype)
            for column in self._table.columns
            if column.name in names
        }
        return tidy_positions(pd.DataFrame(keys, copy=False), self._table)

    def _with_piece(self, state: DecoderState) -> DecoderState:
        """Return the state with the pending rows converted to a piece of each column."""
        if not state.pending:
            return state
        by_path = state.shape.values_by_path(state.pending)
        piece = self._piece(by_path, len(state.pending))
        unread = self._unread.counts_of(by_path, self._pages.watched, piece)
        extra, unreadable = self._extra_piece(by_path, len(state.pending))
        return state.with_piece(piece | extra, merge_counts(state.unread, unread + unreadable))

    def _piece(self, by_path: dict[str, Values], count: int) -> dict[str, Any]:
        """Return a piece of each column from the values of rows by their paths."""
        pieces: dict[str, Any] = {}
        event_times: dict[str, Instants] = {}
        for column in self._table.columns:
            values = _column_values(by_path, column)
            if values is None:
                piece = missing_piece(column.dtype, count)
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

    def _extra_piece(self, by_path: dict[str, Values], count: int) -> tuple[dict[str, Any], Counter[str]]:
        """Return a piece of each extra column, and by path the number of values that are not of its type."""
        pieces: dict[str, Any] = {}
        unreadable: Counter[str] = Counter()
        roots: dict[Path, Values] = {}
        issues = self._pages.issues
        for column in self._extra:
            if column.root not in roots:
                values = by_path.get(".".join(column.root), [b""] * count)
                roots[column.root], _, invalid = valid_texts(values)
                issues.invalid_characters += invalid
            piece = column.piece(roots[column.root])
            pieces[column.name] = piece.values
            issues.invalid_characters += piece.invalid_characters
            if piece.unreadable:
                issues.extra[f"{column.name} as {column.kind}"] += piece.unreadable
                unreadable[column.name] = piece.unreadable
        return pieces, unreadable

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
            texts, invalid = json_texts(values)
            self._pages.issues.invalid_characters += invalid
            return texts
        if column.dtype in ARROW:
            return pa.array(values, ARROW[column.dtype], memory_pool=HEAP)
        if column.dtype == "number":
            numbers, unreadable = numbers_of(values)
            self.count_wrong_type(column.path, unreadable)
            return numbers
        missing = NUMPY[column.dtype]
        return np.array([missing if value is None else value for value in values], missing.dtype)

    def _array(self, whole: Any, dtype: Dtype) -> Any:
        if dtype in ARROW:
            kind: Any = pd.BooleanDtype() if dtype == "boolean" else TEXT
            return kind.__from_arrow__(whole)
        # the decoder keeps an array of its own, as the frame may be changed
        if dtype in ("time", "moment"):
            return pd.DatetimeIndex(whole.view("M8[us]"), copy=True).tz_localize("UTC").tz_convert(self._dtype.tz)
        return whole.copy()


def decode(pages: Iterable[bytes], table: Table, *, rows: str, tz: str = "UTC") -> pd.DataFrame:
    """Decode pages into a tidy frame: each row once, in the table's order.

    Parameters
    ----------
    pages
        The bodies of the responses, in order.
    table
        The columns.
    rows
        Key of the list in each page.
    tz
        The zone of the times, and of the midnights at which days start.

    Returns
    -------
    DataFrame
        The columns and dtypes of the table, whatever the pages hold.

    Warns
    -----
    UnreadWarning
        Some values could not be read; one warning counts them all.
    """
    decoder = Decoder(table, rows=rows, tz=tz)
    for page in pages:
        decoder.add(page)
    return decoder.frame()


def empty(table: Table, tz: str = "UTC", extra: Mapping[str, ExtraType] | None = None) -> pd.DataFrame:
    """Return a frame without rows, with the columns and dtypes of a table, and with extra columns."""
    return Decoder(table, rows="", tz=tz, extra=extra).frame()


def attendees(events: pd.DataFrame) -> pd.DataFrame:
    """Return a frame of the attendees of events, one row per event and attendee.

    Parameters
    ----------
    events
        A frame of events, or any part of its rows.

    Returns
    -------
    DataFrame
        The columns of `cronofy_frames.schema.ATTENDEES`, in the order of the events and of their lists, with an
        `account` column first if the events have one. `position` (`int64`) counts from 0 in each list. An entry that is
        not an object is a row of NA.

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
    """Return the entries of a JSON list; a text that is not a list has none, and is counted in the decoder."""
    if not isinstance(text, str) or text == "[]":
        return []
    page = text.encode("utf-8", "replace")
    try:
        return _RAW_LIST.decode(page)
    except (msgspec.DecodeError, UnicodeDecodeError):
        decoder.count_wrong_type("attendees")
        return []


def _column_values(by_path: dict[str, Values], column: Column) -> Values | None:
    """Return the values of a column, with those of its former path in place of missing ones; None if no row has any."""
    values = by_path.get(column.path)
    if column.was not in by_path:
        return values
    former = by_path[column.was]
    if values is None:
        return former
    return [old if value is None else value for value, old in zip(values, former, strict=True)]


def _warn_of(issues: ReadIssues) -> None:
    sentences = issues.sentences()
    if sentences:
        warnings.warn(" ".join(sentences), UnreadWarning, stacklevel=caller_level())
