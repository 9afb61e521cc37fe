"""Division of a long read into parts that are read in parallel: by days, and a single busy day by calendars.

The rule: a read is divided by days only if its rows are the union of the rows of its parts. The API selects events by
their times, so that this holds for adjacent days: an event that spans two parts is in both. It need not hold for
deleted and moved events, and for events modified since a time; these reads are sequential.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from cronofy_frames.frames.calendar_groups import ARGUMENT, calendar_groups
from cronofy_frames.frames.query import Query
from cronofy_frames.wire.endpoint import Call, Endpoint
from cronofy_frames.wire.paging import Rows

FEWEST_PAGES = 25
"""Reads of fewer pages are not divided, because dividing takes further requests."""

EXTRA_SHARE = 0.12
"""The further requests that dividing a read may take, as a share of its pages.

Requests for long events, which are in several parts, count among them.
"""

_UNEVEN = 1.4  # times the average pages of a part, from which it is divided again
_UNDIVIDED = {"include_deleted", "include_moved", "last_modified", "only_managed"}
_MANAGED = "include_managed"


@dataclass(eq=False)
class Part:
    """One part of a read: some days, or some calendars.

    Attributes
    ----------
    arguments
        Its arguments under their wire names.
    start, end
        Its first day, and the day after its last; None where it cannot be divided.
    page
        The URL of the page to read next; None for the first page.
    is_done
        Whether its last page was read.
    first
        Its rows, if its first page was fetched already.
    """

    arguments: Mapping[str, Any]
    start: date | None = None
    end: date | None = None
    page: str | None = None
    is_done: bool = False
    first: Rows | None = None

    def call(self, endpoint: Endpoint) -> Call:
        """Return the call that fetches the next page."""
        return Call(endpoint, self.arguments if self.page is None else {"next_page": self.page})

    def resume_data(self) -> dict[str, Any]:
        """Return plain data from which the part is resumed."""
        return {"arguments": dict(self.arguments), "next_page": self.page}

    def by_days(self, count: int) -> list[Part]:
        """Return at most `count` parts of whole days each; the outer bounds stay as they are, or open."""
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
            closed = {name: value for name, value in bounds.items() if value is not None}
            parts.append(Part({**rest, **closed}, borders[number], borders[number + 1]))
        return parts

    def by_calendars(self, count: int, ids: Sequence[str]) -> list[Part]:
        """Return `count` parts with some of the calendars each, or more where the ids would make a URL too long."""
        count = min(count, len(ids))
        groups = [group for number in range(count) for group in calendar_groups(ids[number::count])]
        return [Part({**self.arguments, ARGUMENT: group}, self.start, self.end) for group in groups]


def parts_of(query: Query) -> list[Part]:
    """Return the parts of a query: the unfinished parts of a resumed read, or its groups of calendars, usually one."""
    if query.windows is not None:
        return [Part(window["arguments"], page=window["next_page"]) for window in query.windows]
    return [Part(group.arguments, page=group.page) for group in query.groups]


def is_divisible(query: Query) -> bool:
    """Return whether a query may be divided by days: see the rule of this module."""
    arguments = query.arguments
    if query.page is not None or _UNDIVIDED & arguments.keys():
        return False
    if query.endpoint.name == "free_busy":
        # without ids equal rows of two parts cannot be recognised, and no argument selects managed periods alone
        return "include_ids" in arguments and not (is_unbounded(query) and _MANAGED in arguments)
    return query.endpoint.name == "read_events"


def is_unbounded(query: Query) -> bool:
    """Return whether a query has neither a start nor an end: then it has managed events of all time."""
    return not {"from", "to"} & query.arguments.keys()


class Division:
    """Divides a read into parts, and large parts again, within a budget of further requests.

    Parameters
    ----------
    query
        The query.
    total
        The pages of its response; of several groups of calendars, those of the first group.
    now
        The time at the server, which sets the default window of a query without bounds.
    workers
        How many parts are read at the same time.
    calendar_ids
        Returns the ids of the account's calendars.
    mean_days
        How many days an event lasts on average: it is read once more for each border between parts that it spans.

    Attributes
    ----------
    parts
        The parts to begin with; empty if the read is not worth dividing.
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
        start, limit = (
            time.tz_convert(query.window.tz).date() for time in replace(query.window, end=None).observed_at(now)
        )
        # days after the limit have no rows; some servers reduce `to` to it, and would refuse parts that begin there
        end = min(limit, date.fromisoformat(query.window.days.get("to", limit.isoformat())))
        length = (end - start).days
        # requests of one more part: its last page is not full, and it repeats the events that span its border
        self._cost = 1 + total * min(1.0, mean_days / length) if length > 1 else 1.0
        # the closing read and the read of managed events of all time are further requests, too
        self._budget: float = int(EXTRA_SHARE * total) - len(groups) - len(managed)
        most = int(self._budget / self._cost)
        # at most two thirds of the budget, so that large parts can be divided again; but a part for each worker
        count = max(min(4 * workers, 2 * most // 3), min(workers, most))
        self._mean_pages = total / max(count, 1)
        if total < FEWEST_PAGES or count <= 1:
            return
        omitted = {_MANAGED} if managed else set()
        wholes = [Part(_without(group.arguments, omitted), start, end) for group in groups]
        divided = self._divide(wholes[0], count) if len(groups) == 1 else wholes
        self.parts = [*managed, *divided] if divided else []

    def divide(self, part: Part, total: int | None) -> list[Part]:
        """Return the parts that replace a part with `total` pages; none if it is not divided again."""
        if part.start is None or part.page is not None or (total or 0) <= _UNEVEN * self._mean_pages:
            return []
        with self._lock:
            return self._divide(part, -(-(total or 0) // max(1, int(self._mean_pages))))

    def _divide(self, part: Part, count: int) -> list[Part]:
        """Return at most `count` parts, as many as the budget allows, or none."""
        assert part.start is not None
        assert part.end is not None
        is_by_days = (part.end - part.start).days > 1
        cost = self._cost if is_by_days else 1.0
        count = min(count, int(self._budget / cost))
        if count < 2:
            return []
        if is_by_days:
            parts = part.by_days(count)
        else:
            parts = part.by_calendars(count, part.arguments.get(ARGUMENT) or self._calendar_ids())
        if not 2 <= len(parts) <= self._budget / cost:
            return []
        self._budget -= cost * len(parts)
        return parts


def mean_event_days(rows: Iterable[Any], since: date) -> float:
    """Return how many days events last on average, by the rows of a page of the wire.

    Only events that start on the day `since` or later count, unless there are none: of the events that are running when
    a window begins, more are long than of all events.
    """
    spans = [span for row in rows if (span := _span(row)) is not None]
    spans = [(start, end) for start, end in spans if start >= since] or spans
    return sum(max(0, (end - start).days) for start, end in spans) / max(1, len(spans))


def _span(row: Any) -> tuple[date, date] | None:
    """Return the first and the last day of a row of the wire; None if they cannot be read."""
    try:
        start, end = (time["time"] if isinstance(time, dict) else time for time in (row["start"], row["end"]))
        is_whole_days = len(end) == len("2026-03-04")
        last = date.fromisoformat(end[:10]) - timedelta(days=is_whole_days)
        return date.fromisoformat(start[:10]), last
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def managed_part(query: Query) -> list[Part]:
    """Return the part for managed events of all time, which an unbounded query has beside its days; else none."""
    if query.endpoint.name != "read_events" or not is_unbounded(query) or _MANAGED not in query.arguments:
        return []
    return [Part({**_without(query.arguments, {_MANAGED}), "only_managed": True})]


def _without(arguments: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name not in names}
