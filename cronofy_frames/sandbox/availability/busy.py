"""Busy time of an account, and days or weeks that a constraint closes.

Documented at docs.cronofy.com/developers/scheduling/ignoring-calendar-events and
/developers/api/scheduling/availability; see `model.assumptions` for what is not documented.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from cronofy_frames.sandbox.availability.spans import Span, TimeSet, union
from cronofy_frames.sandbox.availability.weekly import full_days_or_weeks
from cronofy_frames.sandbox.model.json_rows import free_busy_status
from cronofy_frames.sandbox.model.state import Account, Event, EventTime
from cronofy_frames.sandbox.model.times import InvalidTime, epoch_seconds, instant_of, zone_of
from cronofy_frames.zones import ETC_UTC

CONSTRAINT_MARGIN = 9 * 86_400
"""A week, and a day on each side for time zones: events further from the searched time are in none of its weeks."""

Tag = tuple[str, str]
"""Kind and value, as in `{"private": [{"value": "interview"}]}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyFilter:
    """Which events make a member busy.

    Attributes
    ----------
    calendar_ids
        Only events in these calendars.
    only_managed
        Only events of the application.
    ignore_tentative
        No tentative events.
    ignored_transparencies
        No events with these values of `extended_transparency`.
    """

    calendar_ids: frozenset[str]
    only_managed: bool = False
    ignore_tentative: bool = False
    ignored_transparencies: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Constraint:
    """Limit of the application's events that a member may have per day or week.

    Attributes
    ----------
    unit
        Whether events are counted per day or per week.
    limit
        Number of events at which the member is no longer available.
    tzid
        Time zone of the days; None means UTC.
    tags
        Tags that an event must all have to count; if empty, every event counts.
    """

    unit: Literal["day", "week"]
    limit: int
    tzid: str | None = None
    tags: frozenset[Tag] = frozenset()


@dataclass(frozen=True, slots=True)
class ExcludedEvents:
    """Events that a query ignores, for example because they are to be moved.

    Attributes
    ----------
    ids
        Pairs of `event_id` and `event_uid`, with None for a missing one; an event must match both.
    """

    ids: frozenset[tuple[str | None, str | None]] = frozenset()

    def __contains__(self, event: Event) -> bool:
        event_id, event_uid = event.event_id, event.event_uid
        keys = {(event_id, event_uid), (event_id, None), (None, event_uid)}
        return bool(self.ids) and not self.ids.isdisjoint(keys)


class AccountCalendars:
    """Events of an account's calendars as an availability query sees them.

    Parameters
    ----------
    account
        The account.
    client_id
        The application.
    excluded
        Events to ignore.
    """

    def __init__(self, account: Account, *, client_id: str, excluded: ExcludedEvents) -> None:
        self._events, self._client_id = account.events, client_id
        self._excluded = excluded
        existing = [calendar for calendar in account.calendars if not calendar.calendar_deleted]
        self._zones = {calendar.calendar_id: _zone_or_utc(calendar.tzid) for calendar in existing}

    @property
    def calendar_ids(self) -> frozenset[str]:
        """Ids of the calendars that are not deleted."""
        return frozenset(self._zones)

    def busy_spans(self, busy_filter: BusyFilter) -> tuple[Span, ...]:
        """Return the spans of the events that make the account busy, in any order."""
        calendar_ids = busy_filter.calendar_ids & self.calendar_ids
        return tuple(
            (self._to_seconds(event.start, event), self._to_seconds(event.end, event))
            for event in self._events.values()
            if event.calendar_id in calendar_ids
            and not (busy_filter.only_managed and event.managed_by != self._client_id)
            and has_busy_status(event, busy_filter)
            and event not in self._excluded
        )

    def time_closed_by_limits(self, constraints: Iterable[Constraint], searched: TimeSet) -> TimeSet:
        """Return the days and weeks around the searched time in which a constraint's limit is reached."""
        starts = list(self._managed_starts(searched)) if searched else []
        return union(
            *(
                full_days_or_weeks(
                    (start for start, tags in starts if constraint.tags <= tags),
                    unit=constraint.unit,
                    limit=constraint.limit,
                    tzid=constraint.tzid,
                )
                for constraint in constraints
            )
        )

    def _managed_starts(self, searched: TimeSet) -> Iterator[tuple[int, frozenset[Tag]]]:
        """Yield start and tags of the application's events near the searched time."""
        first, last = searched[0][0] - CONSTRAINT_MARGIN, searched[-1][1] + CONSTRAINT_MARGIN
        for event in self._events.values():
            if event.managed_by != self._client_id or event.deleted or event.calendar_id not in self._zones:
                continue
            start = self._to_seconds(event.start, event)
            if first < start < last and event not in self._excluded:
                yield start, tags_of(event.write_only.get("tags"))

    def _to_seconds(self, event_time: EventTime, event: Event) -> int:
        return epoch_seconds(instant_of(event_time, self._zones[event.calendar_id]))


def has_busy_status(event: Event, busy_filter: BusyFilter) -> bool:
    """Return whether status and transparency of an event make its owner busy; its calendar is not looked at."""
    if event.deleted or event.transparency != "opaque":
        return False
    if event.extended_transparency in busy_filter.ignored_transparencies:
        return False
    status = free_busy_status(event)
    return status == "busy" or (status == "tentative" and not busy_filter.ignore_tentative)


def tags_of(value: Any) -> frozenset[Tag]:
    """Return the tags in the `tags` field of an event write; ignore whatever does not have the form of a tag."""
    kinds = value.items() if isinstance(value, dict) else ()
    return frozenset(
        (kind, tag["value"])
        for kind, tags in kinds
        if isinstance(tags, list)
        for tag in tags
        if isinstance(tag, dict) and isinstance(tag.get("value"), str)
    )


@cache
def _zone_or_utc(tzid: str) -> ZoneInfo:
    """Return the time zone of a calendar, UTC for the unknown tzid of an imported one."""
    try:
        return zone_of(tzid)
    except InvalidTime:
        return ZoneInfo(ETC_UTC)
