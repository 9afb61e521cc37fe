"""What takes an account's time: the events that make it busy, and the days or weeks that are used up.

Documented at docs.cronofy.com/developers/scheduling/ignoring-calendar-events and
/developers/api/scheduling/availability; what is not documented is in `guesses`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from cronofy_frames.sandbox.availability.durations import second_of
from cronofy_frames.sandbox.availability.spans import Spans, union
from cronofy_frames.sandbox.availability.weekly import closed_spans
from cronofy_frames.sandbox.model.json_rows import free_busy_status
from cronofy_frames.sandbox.model.state import Account, Event, Moment
from cronofy_frames.sandbox.model.times import Unreadable, instant, zone_of

NEAR = 9 * 86_400
"""Events further than that from what is searched lie in none of its weeks."""

Tag = tuple[str, str]
"""Kind and value, as in `{"private": [{"value": "interview"}]}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """Which events make a member busy.

    Attributes
    ----------
    calendar_ids
        Those in these calendars.
    only_managed
        Only those of the application.
    ignore_tentative
        None that are tentative.
    ignored
        None with these values of `extended_transparency`.
    """

    calendar_ids: frozenset[str]
    only_managed: bool = False
    ignore_tentative: bool = False
    ignored: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Constraint:
    """How many of the application's events a member may have in a day or week.

    Attributes
    ----------
    period
        What is counted over.
    limit
        From how many on the member cannot be had.
    tzid
        The zone of the days; None is the usual one.
    tags
        What an event must carry to count; none counts every one.
    """

    period: Literal["day", "week"]
    limit: int
    tzid: str | None = None
    tags: frozenset[Tag] = frozenset()


@dataclass(frozen=True, slots=True)
class Excluded:
    """Events that are left aside, as when one of them is to be moved.

    Attributes
    ----------
    ids
        Pairs of `event_id` and `event_uid`, None for what was not given; of both, both must be an event's.
    """

    ids: frozenset[tuple[str | None, str | None]] = frozenset()

    def __contains__(self, event: Event) -> bool:
        own = (event.event_id, event.event_uid)
        return bool(self.ids) and not self.ids.isdisjoint({own, (own[0], None), (None, own[1])})


class Calendars:
    """The calendars of an account, as a question for availability sees them.

    Parameters
    ----------
    account
        Whose they are.
    client_id
        The application.
    excluded
        Events that are left aside.
    """

    def __init__(self, account: Account, *, client_id: str, excluded: Excluded) -> None:
        self._events, self._client_id = account.events, client_id
        self._excluded = excluded
        self._zones = {one.calendar_id: _zone(one.tzid) for one in account.calendars if not one.calendar_deleted}

    @property
    def calendar_ids(self) -> frozenset[str]:
        """The calendars that are there."""
        return frozenset(self._zones)

    def busy(self, counting: Counting) -> Spans:
        """Return the time that is taken, in any order."""
        counted = counting.calendar_ids & self.calendar_ids
        return tuple(
            (self._second(event.start, event), self._second(event.end, event))
            for event in self._events.values()
            if event.calendar_id in counted
            and not (counting.only_managed and event.managed_by != self._client_id)
            and takes_time(event, counting)
            and event not in self._excluded
        )

    def closed(self, constraints: Iterable[Constraint], searched: Spans) -> Spans:
        """Return the days and weeks in which the application has placed as many events as it may."""
        listed = list(self._placed(searched)) if searched else []
        return union(
            *(
                closed_spans(
                    (start for start, tags in listed if one.tags <= tags),
                    period=one.period,
                    limit=one.limit,
                    tzid=one.tzid,
                )
                for one in constraints
            )
        )

    def _placed(self, searched: Spans) -> Iterator[tuple[int, frozenset[Tag]]]:
        """Yield start and tags of the application's events near the time that is searched."""
        first, last = searched[0][0] - NEAR, searched[-1][1] + NEAR
        for event in self._events.values():
            if event.managed_by != self._client_id or event.deleted or event.calendar_id not in self._zones:
                continue
            if event in self._excluded:
                continue
            start = self._second(event.start, event)
            if first < start < last:
                yield start, tags_of(event.written.get("tags"))

    def _second(self, moment: Moment, event: Event) -> int:
        return second_of(instant(moment, self._zones[event.calendar_id]))


def takes_time(event: Event, counting: Counting) -> bool:
    """Say whether an event makes its owner busy, whatever calendar it is in."""
    if event.deleted or event.transparency != "opaque" or event.extended_transparency in counting.ignored:
        return False
    status = free_busy_status(event)
    return status == "busy" or (status == "tentative" and not counting.ignore_tentative)


def tags_of(told: Any) -> frozenset[Tag]:
    """Return the tags in what an event was written with, which may be anything; what is no tag is none."""
    kinds = told.items() if isinstance(told, dict) else ()
    return frozenset(
        (kind, one["value"])
        for kind, listed in kinds
        if isinstance(listed, list)
        for one in listed
        if isinstance(one, dict) and isinstance(one.get("value"), str)
    )


@cache
def _zone(tzid: str) -> ZoneInfo:
    try:
        return zone_of(tzid)
    except Unreadable:  # calendars may come from anywhere
        return ZoneInfo("Etc/UTC")
