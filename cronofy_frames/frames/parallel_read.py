"""Parallel read of one account: several threads fetch the parts of a query into the frame of a sequential read.

The parts are days of a long read, the calendars of a busy day, or groups of hundreds of calendars.

While days are read in parallel, an event may move from a part that is not fetched yet to one that is. So a read that
was divided by days ends with a closing read: it requests what was modified since the read began, deleted and moved
events included, and its rows replace those of the parts.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pandas as pd

from cronofy_frames.errors import CronofyError, Invalid
from cronofy_frames.frames.calendars import list_calendars
from cronofy_frames.frames.division import (
    FEWEST_PAGES,
    Division,
    Part,
    is_divisible,
    is_unbounded,
    mean_event_days,
    parts_of,
)
from cronofy_frames.frames.page_threads import FetchedPage, PageThreads
from cronofy_frames.frames.progress import Progress
from cronofy_frames.frames.query import (
    Query,
    attach_partial,
    cut_to_window,
    empty_frame,
    usable_page,
    warn_of_missing_pages,
    with_source,
)
from cronofy_frames.frames.sequential_read import PageIterator, read_pages
from cronofy_frames.frames.tidy import keys_of, tidy
from cronofy_frames.frames.unread_fields import total_unread
from cronofy_frames.wire.boundary import Boundary
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.endpoint import Call
from cronofy_frames.wire.paging import Rows
from cronofy_frames.wire.values import wire_value
from cronofy_frames.wire.waiting import Cancelled

OVERLAP = timedelta(minutes=5)
"""How far before the start of a read its closing read looks back, because clocks differ."""


def read_query(client: Client, query: Query, progress: Progress, workers: int) -> pd.DataFrame:
    """Read a query into a frame, with several threads if it is long or of many calendars.

    Parameters
    ----------
    client
        The account's client.
    query
        The query.
    progress
        Counts the pages.
    workers
        How many parts are read at the same time; 1 reads one page after the other.

    Raises
    ------
    ApiError, TransportError, KeyboardInterrupt
        With `.partial` and `.resume`.
    """
    now = client.clock()
    if query.windows is not None:
        return _ParallelRead(client, query, progress, workers).read(parts_of(query))
    if workers == 1 or not is_divisible(query):
        return _read_undivided(client, query, progress, workers, now)
    try:
        first: Rows = client.send(query.groups[0].call)
        started = first.answered_at or now
        division = _divide(client, query, first, started, workers)
    except (CronofyError, KeyboardInterrupt) as error:
        attach_partial(error, empty_frame(query, now), query.resume_data())
        raise
    if not division.parts:
        return _read_undivided(client, query, progress, workers, now, first)
    divided = replace(query, since=wire_value(started - OVERLAP))
    parallel_read = _ParallelRead(client, divided, progress, workers, division, first)
    try:
        return parallel_read.read(division.parts)
    except Invalid:
        if not parallel_read.is_part_refused:
            raise
        # the server's limits are not those that its clock, or that of this computer, says
        return _read_undivided(client, query, progress, workers, now, first)


def _read_undivided(
    client: Client, query: Query, progress: Progress, workers: int, now: datetime, first: Rows | None = None
) -> pd.DataFrame:
    """Read a query that is not divided by days; `first` are the rows of its first group of calendars, if fetched."""
    parts = parts_of(query)
    parts[0].first = first
    if len(parts) > 1:
        return _ParallelRead(client, query, progress, workers).read(parts)
    pages = PageIterator(query, lambda part: first or client.send(part.call(query.endpoint)))
    return read_pages(query, pages, progress, lambda: now)


def _divide(client: Client, query: Query, first: Rows, started: datetime, workers: int) -> Division:
    total = first.total or 0
    days = _mean_event_days(first, query, started) if total >= FEWEST_PAGES else 0.0
    return Division(query, total, started, workers, lambda: current_calendars(client), days)


def _mean_event_days(rows: Rows, query: Query, started: datetime) -> float:
    """Return how many days the events of the first page last on average; 0 if the page cannot be read."""
    with suppress(ValueError):  # a page that cannot be read is an error when it is decoded
        body = rows.body
        page = body.get(rows.endpoint.rows) if isinstance(body, dict) else None
        since = query.window.observed_at(started)[0].date()
        return mean_event_days(page, since) if isinstance(page, list) else 0.0
    return 0.0


def current_calendars(client: Client) -> list[str]:
    """Return the ids of an account's calendars that were not deleted; none where they cannot be read."""
    try:
        calendars = list_calendars(client)
    except Cancelled:
        raise
    except CronofyError:
        return []
    return [str(row["calendar_id"]) for row in calendars if not row["calendar_deleted"]]


@dataclass
class _Counts:
    """How much was read, and whether that is all."""

    pages: int = 0
    requests: int = 0
    complete: bool = True


class _ParallelRead:
    """A read of one account in parts; a query with `since` was divided by days, and ends with a closing read.

    Attributes
    ----------
    is_part_refused
        Whether the server refused the arguments of a part, although it answered those of the whole query.
    """

    def __init__(
        self,
        client: Client,
        query: Query,
        progress: Progress,
        workers: int,
        division: Division | None = None,
        first: Rows | None = None,
    ) -> None:
        self._client, self._query, self._progress, self._workers = client, query, progress, workers
        self._division = division
        self._now = client.clock()
        self._server_time = first.answered_at if first is not None else None
        self._total = first.total * len(query.groups) if first is not None and first.total is not None else None
        self._counts = _Counts(requests=first.requests if first is not None else 0)
        self._missing: list[tuple[int, int | None]] = []
        self._parts: list[Part] = []
        self._decoder, self._closing = query.new_decoder(), query.new_decoder()
        self._repeats = _Repeats(str(query.endpoint.rows))
        self._pending: tuple[Part, str | None, int] | None = None
        self._is_closed = False
        self.is_part_refused = False

    def read(self, parts: list[Part]) -> pd.DataFrame:
        """Read all parts, and return the frame."""
        self._parts = list(parts)
        self._total = self._total or len(parts)
        try:
            self._read_parts()
            self._read_changes()
            frame = self._frame()
        except (CronofyError, KeyboardInterrupt) as error:
            self._mark_read()
            is_all = self._has_all_rows() and isinstance(error, KeyboardInterrupt)
            attach_partial(error, self._partial(), None if is_all else self._resume_data())
            raise
        if self._missing:
            warn_of_missing_pages(self._query, self._missing)
        return frame

    def _read_parts(self) -> None:
        """Read all parts; the first error is raised when the pages in flight have arrived."""
        threads = PageThreads(self._client, self._query.endpoint, self._parts, self._divide, self._workers)
        failure: BaseException | None = None
        for page in threads.pages():
            if page.error is not None:
                failure = failure or page.error
                self.is_part_refused |= isinstance(page.error, Invalid) and page.part.page is None
                if isinstance(page.error, CronofyError):
                    page.part.page = usable_page(page.error, self._query, page.part.page)
                continue
            self._add(page)
        if failure is not None:
            raise failure

    def _divide(self, part: Part, total: int | None) -> list[Part]:
        return [] if self._division is None else self._division.divide(part, total)

    def _add(self, page: FetchedPage) -> None:
        self._mark_read()
        self._counts.requests += page.requests
        if page.content is None:
            position = self._parts.index(page.part)
            self._parts[position : position + 1] = page.parts
            return
        is_by_days = self._query.since is not None
        content = self._repeats.without(page.content, page.part) if is_by_days else page.content
        self._pending = (page.part, page.next_page, self._decoder.pages_read)
        with Boundary(Call(self._query.endpoint, {}), f"a page of {self._query.endpoint.name} could not be read"):
            self._decoder.add(content)
        self._mark_read()
        if page.missing is not None:
            self._missing.append(page.missing)
        self._progress.step(self._total)

    def _mark_read(self) -> None:
        """Mark the pending page as read if the decoder has the whole of it; an interrupt may have come before that."""
        if self._pending is None:
            return
        (part, next_page, pages), self._pending = self._pending, None
        if self._decoder.pages_read > pages:
            part.page, part.is_done = next_page, next_page is None

    def _read_changes(self) -> None:
        """Read what was modified since the read began: the closing read."""
        query = self._query
        moved = {"include_moved": True} if query.endpoint.name == "read_events" else {}
        changes = {"include_deleted": True, **moved, "last_modified": query.since}
        for group in query.groups if query.since is not None else []:
            rows: Rows = self._client.send(Call(query.endpoint, {**group.arguments, **changes}))
            self._server_time = self._server_time or rows.answered_at
            for content in rows.raw():
                self._closing.add(self._repeats.changes_in(content))
            self._counts.requests += rows.requests
            self._counts.pages += rows.pages
            if not rows.complete:
                self._missing.append((rows.pages, rows.total))
        self._is_closed = True

    def _frame(self) -> pd.DataFrame:
        """Return the rows of the parts, with those of the closing read in place of their former versions."""
        query = self._query
        frame, changed = self._decoder.frame(), self._closing.frame()
        deleted = self._repeats.deleted
        repeated, inside = self._repeats.repeated, self._is_inside(frame)
        if len(changed) or deleted or repeated:
            replaced = deleted | set(keys_of(changed, query.table))
            keys = keys_of(frame, query.table)
            stays = [
                key not in replaced and (is_inside or key not in repeated)
                for key, is_inside in zip(keys, inside, strict=True)
            ]
            frame = tidy(pd.concat([frame[stays], changed[self._is_inside(changed)]]), query.table)
        return self._with_source(cut_to_window(frame, query), is_all=not self._missing)

    def _is_inside(self, frame: pd.DataFrame) -> pd.Series:
        """Return a mask of the rows that the query selects; a changed event may have left its window.

        An unbounded query selects managed events of all time.
        """
        query = self._query
        start, end = query.window.observed_at(self._server_time or self._now)
        inside = (frame["start"] < end) & (frame["end"] >= start) | frame["start"].isna() | frame["end"].isna()
        is_of_all_time = query.endpoint.name == "read_events" and is_unbounded(query)
        return inside | frame["event_id"].notna() if is_of_all_time else inside

    def _partial(self) -> pd.DataFrame:
        is_all = self._has_all_rows() and not self._missing
        return self._with_source(cut_to_window(self._decoder.frame(), self._query), is_all=is_all)

    def _has_all_rows(self) -> bool:
        """Return whether the parts alone are the whole answer: the rows of a closing read are not among theirs."""
        return self._is_closed and self._query.since is None

    def _with_source(self, frame: pd.DataFrame, *, is_all: bool) -> pd.DataFrame:
        pages = self._decoder.pages_read + self._counts.pages
        unread = total_unread([self._decoder.unread_record(), self._closing.unread_record()])
        counts = _Counts(pages, self._counts.requests, is_all)
        return with_source(frame, self._query, counts, self._now, unread)

    def _resume_data(self) -> dict[str, Any]:
        """Return plain data from which the parts that are not done are read."""
        windows = [part.resume_data() for part in self._parts if not part.is_done]
        return {**self._query.resume_data(), "windows": windows, "since": self._query.since}


class _Identity(msgspec.Struct):
    """The identifiers of a row, and whether it was deleted."""

    calendar_id: Any = None
    event_uid: Any = None
    event_id: Any = None
    deleted: Any = None


class _Repeats:
    """Drops rows that another part has, too: events that span two parts, and unchanged rows of the closing read.

    Parameters
    ----------
    rows
        Key of the list in each page.

    Attributes
    ----------
    deleted
        The keys of the rows that are deleted in the closing read.
    repeated
        The keys of the rows of the closing read that a part has in the same version.
    """

    def __init__(self, rows: str) -> None:
        self._rows = rows
        page = msgspec.defstruct("Page", [("rows", list[msgspec.Raw])], rename={"rows": rows})
        self._page: msgspec.json.Decoder[Any] = msgspec.json.Decoder(page)
        self._identity = msgspec.json.Decoder(_Identity)
        self._seen: dict[bytes, Part] = {}
        self.deleted: set[tuple[Any, ...]] = set()
        self.repeated: set[tuple[Any, ...]] = set()

    def without(self, content: bytes, part: Part) -> bytes:
        """Return a page of a part without the rows that another part has."""
        rows = self._rows_of(content)
        if rows is None:
            return content
        new = [row for row in rows if self._seen.setdefault(_digest(row), part) is part]
        return content if len(new) == len(rows) else self._page_of(new)

    def changes_in(self, content: bytes) -> bytes:
        """Return a page of the closing read with only the rows that are new or changed."""
        rows = self._rows_of(content)
        if rows is None:
            return content
        return self._page_of([row for row in rows if self._is_change(row)])

    def _rows_of(self, content: bytes) -> list[msgspec.Raw] | None:
        """Return the rows of a page; None for a page that the decoder has to refuse or repair."""
        try:
            rows: list[msgspec.Raw] = self._page.decode(content).rows
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        return rows

    def _is_change(self, row: msgspec.Raw) -> bool:
        """Return whether a row of the closing read is new or changed; the keys of other rows are recorded.

        A row whose key cannot be read is one for the decoder; a row without a key replaces none, and is dropped.
        """
        try:
            identity = self._identity.decode(row)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return True
        key = (identity.calendar_id, identity.event_uid or identity.event_id)
        is_repeated = _digest(row) in self._seen
        if None in key or not (is_repeated or identity.deleted is True):
            return None not in key
        (self.repeated if is_repeated else self.deleted).add(key)
        return False

    def _page_of(self, rows: list[msgspec.Raw]) -> bytes:
        return b'{"%s":[%s]}' % (self._rows.encode(), b",".join(map(bytes, rows)))


def _digest(row: msgspec.Raw) -> bytes:
    return hashlib.blake2b(row, digest_size=16).digest()
