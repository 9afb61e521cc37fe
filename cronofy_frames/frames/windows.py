"""Division of a long read into windows that can be read at the same time: by days, and a single day by calendars.

The rule: only a read that is the union of its windows is divided by days. The API selects events by their times, so
that holds for windows of days that touch: an event that spans a border is in both. It need not hold for deleted and
moved events, and for those since a time, which are read in a row.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from cronofy_frames.frames.account_reader import Query
from cronofy_frames.frames.calendar_groups import ARGUMENT, calendar_groups
from cronofy_frames.wire.endpoint import Call, Endpoint
from cronofy_frames.wire.paging import Rows

FEWEST_PAGES = 25
"""Reads of fewer pages are not divided, so that they cost no request more."""

EXTRA_SHARE = 0.12
"""The share of further requests that dividing a read may cost, beside those for events that span a border."""

_UNEVEN = 1.4  # times the average pages from which a window is divided again
_UNDIVIDED = {"include_deleted", "include_moved", "last_modified", "only_managed"}
_MANAGED = "include_managed"


@dataclass(eq=False)
class Part:
    """One window of a read.

    Attributes
    ----------
    arguments
        Its arguments on the wire.
    start, end
        Its first day, and the day after its last; None where it cannot be divided.
    page
        The address of the page to read next; None for the first.
    is_done
        Whether its last page was read.
    first
        Its rows, if its first page was requested already.
    """

    arguments: Mapping[str, Any]
    start: date | None = None
    end: date | None = None
    page: str | None = None
    is_done: bool = False
    first: Rows | None = None

    def call(self, endpoint: Endpoint) -> Call:
        """Return the call from which the window is read, or read on."""
        return Call(endpoint, self.arguments if self.page is None else {"next_page": self.page})

    def resume_data(self) -> dict[str, Any]:
        """Return plain data from which the window is read on."""
        return {"arguments": dict(self.arguments), "next_page": self.page}

    def by_days(self, count: int) -> list[Part]:
        """Return at most so many windows of whole days; the outer bounds stay as they are, or open."""
        assert self.start is not None
        assert self.end is not None
        days = (self.end - self.start).days
        count = min(count, days)
        borders = [self.start + timedelta(days=days * number // count) for number in range(count + 1)]
        parts = []
        for number in range(count):
            bounds = {
                "from": self.arguments.get("from") if number == 0 else borders[number].isoformat(),
                "to": self.arguments.get("to") if number == count - 1 else borders[number + 1].isoformat(),
            }
            rest = {name: value for name, value in self.arguments.items() if name not in bounds}
            stated = {name: value for name, value in bounds.items() if value is not None}
            parts.append(Part({**rest, **stated}, borders[number], borders[number + 1]))
        return parts

    def by_calendars(self, count: int, ids: Sequence[str]) -> list[Part]:
        """Return so many parts with some of the calendars each, or more where an address takes fewer calendars."""
        count = min(count, len(ids))
        groups = [group for number in range(count) for group in calendar_groups(ids[number::count])]
        return [Part({**self.arguments, ARGUMENT: group}, self.start, self.end) for group in groups]


def parts_of(query: Query) -> list[Part]:
    """Return what of a query is left to read: one part, or windows where the read broke, or groups of calendars."""
    if query.windows is not None:
        return [Part(window["arguments"], page=window["next_page"]) for window in query.windows]
    return [Part(group.arguments, page=group.page) for group in query.groups]


def is_divisible(query: Query) -> bool:
    """Return whether a query is the union of windows: see the rule above."""
    arguments = query.arguments
    if query.page is not None or _UNDIVIDED & arguments.keys():
        return False
    if query.endpoint.name == "free_busy":
        # without ids rows of two windows cannot be told apart, and no argument asks for managed periods alone
        return "include_ids" in arguments and not (is_unbounded(query) and _MANAGED in arguments)
    return query.endpoint.name == "read_events"


def is_unbounded(query: Query) -> bool:
    """Return whether a query has neither a start nor an end: then managed events of all time are in it."""
    return not {"from", "to"} & query.arguments.keys()


def is_open(query: Query) -> bool:
    """Return whether a query has an open end, which is that of the server's own window."""
    return not {"from", "to"} <= query.arguments.keys()


class Division:
    """Divides a read, and its windows again where they are larger than others, within a number of further requests.

    Parameters
    ----------
    query
        The read.
    total
        The pages of its answer, or of that to its first group of calendars.
    now
        The time at the server, from which open ends count.
    workers
        How many windows are read at the same time.
    calendar_ids
        Returns the ids of the account's calendars.
    mean_days
        How many days an event lasts on average: it is read once more for each border of windows in it.

    Attributes
    ----------
    parts
        The windows to begin with; empty where the read is not worth dividing.
    """

    def __init__(
        self,
        query: Query,
        total: int,
        now: datetime,
        workers: int,
        calendar_ids: Callable[[], Sequence[str]],
        mean_days: float = 0.0,
    ) -> None:
        self._lock = threading.Lock()
        self._calendar_ids = calendar_ids
        self.parts: list[Part] = []
        groups = query.groups
        total *= len(groups)
        managed = [part for group in groups for part in managed_part(group)]
        start, end = (time.tz_convert(query.window.tz).date() for time in query.window.observed_at(now))
        days = query.window.days
        end = date.fromisoformat(days["to"]) if "to" in days else end
        # of a window: its last page is not full, and it has the events that span its border again
        length = (end - start).days
        self._cost = 1 + total * min(1.0, mean_days / length) if length > 1 else 1.0
        # a closing read, and one for managed events of all time
        self._spare: float = int(EXTRA_SHARE * total) - len(groups) - len(managed)
        most = int(self._spare / self._cost)
        count = max(min(4 * workers, 2 * most // 3), min(workers, most))
        self._usual = total / max(count, 1)
        if total < FEWEST_PAGES or count <= 1:
            return
        left_out = {_MANAGED} if managed else set()
        wholes = [Part(_without(group.arguments, left_out), start, end) for group in groups]
        divided = self._divide(wholes[0], count) if len(groups) == 1 else wholes
        self.parts = [*managed, *divided] if divided else []

    def divide(self, part: Part, total: int | None) -> list[Part]:
        """Return the windows that are read in place of one with so many pages; none where it is read as it is."""
        if part.start is None or part.page is not None or (total or 0) <= _UNEVEN * self._usual:
            return []
        with self._lock:
            return self._divide(part, -(-(total or 0) // max(1, int(self._usual))))

    def _divide(self, part: Part, count: int) -> list[Part]:
        """Return at most so many windows, as many as the further requests allow."""
        assert part.start is not None
        assert part.end is not None
        is_by_days = (part.end - part.start).days > 1
        cost = self._cost if is_by_days else 1.0
        count = min(count, int(self._spare / cost))
        if count < 2:
            return []
        if is_by_days:
            parts = part.by_days(count)
        else:
            parts = part.by_calendars(count, part.arguments.get(ARGUMENT) or self._calendar_ids())
        if not 2 <= len(parts) <= self._spare / cost:
            return []
        self._spare -= cost * len(parts)
        return parts


def mean_days(rows: Iterable[Any], since: date) -> float:
    """Return how many days the events of some rows last on average, of those that start from a day on.

    Of the events at a point in time long ones are more than of all, so that those which began before do not count,
    unless all of them did.
    """
    spans = [span for row in rows if (span := _span(row)) is not None]
    spans = [(start, end) for start, end in spans if start >= since] or spans
    return sum(max(0, (end - start).days) for start, end in spans) / max(1, len(spans))


def _span(row: Any) -> tuple[date, date] | None:
    """Return the first day and the last one of a row as it is on the wire; None where it has none that can be read."""
    try:
        start, end = (time["time"] if isinstance(time, dict) else time for time in (row["start"], row["end"]))
        is_whole_days = len(end) == len("2026-03-04")
        last = date.fromisoformat(end[:10]) - timedelta(days=is_whole_days)
        return date.fromisoformat(start[:10]), last
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def managed_part(query: Query) -> list[Part]:
    """Return the read of managed events of all time that an unbounded read needs beside its windows, if it does."""
    if query.endpoint.name != "read_events" or not is_unbounded(query) or _MANAGED not in query.arguments:
        return []
    return [Part({**_without(query.arguments, {_MANAGED}), "only_managed": True})]


def _without(arguments: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name not in names}
