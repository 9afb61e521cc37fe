"""Which events a read returns: the window, the filters and the order.

Rules: docs.cronofy.com/developers/api/events/read-events and /free-busy.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cronofy_frames.sandbox.http.fields import Fields
from cronofy_frames.sandbox.http.routes import Question
from cronofy_frames.sandbox.model.state import Account, Event, Moment
from cronofy_frames.sandbox.model.times import instant, midnight, read_moment, zone_of

BACK = timedelta(days=42)
AHEAD = timedelta(days=201)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time; what starts before its end and ends on or after its start is in it.

    Whole days are held against days, so that a day off is the same day in every zone.
    """

    first: datetime
    last: datetime
    first_day: date
    last_day: date

    @classmethod
    def between(cls, start: Moment, end: Moment, zone: ZoneInfo) -> Window:
        """Return the window from start to end, dates read in a zone."""
        return cls(instant(start, zone), instant(end, zone), _day_at_or_after(start, zone), _day_at_or_after(end, zone))

    def holds(self, start: Moment, end: Moment) -> bool:
        """Say whether an event from start to end is in it."""
        if isinstance(start, datetime):
            return start < self.last and end >= self.first
        return start < self.last_day and end >= self.first_day


def _day_at_or_after(moment: Moment, zone: ZoneInfo) -> date:
    """Return the first day whose beginning in a zone is not before the moment."""
    if not isinstance(moment, datetime):
        return moment
    local = moment.astimezone(zone)
    return local.date() if local.time() == time.min else local.date() + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Query:
    """What a read asks for.

    Attributes
    ----------
    window, managed_window
        Where external and managed events must lie; None is all time.
    managed
        Whether managed events are wanted: "without", "with" or "only".
    """

    zone: ZoneInfo
    window: Window
    managed_window: Window | None
    managed: str
    calendar_ids: frozenset[str] | None
    deleted: bool
    moved: bool
    since: datetime | None


def read_query(question: Question, *, managed_window: bool) -> Query:
    """Read the arguments that events and free/busy share; the caller checks for errors.

    With `managed_window` false, managed events are not bound by the default window.
    """
    fields = question.fields
    zone = fields.read("tzid", zone_of, required=True) or ZoneInfo("Etc/UTC")
    window = _window(question, fields, zone)
    bounded = managed_window or any(fields.given.get(name) is not None for name in ("from", "to"))
    only = bool(fields.boolean("only_managed"))
    managed = "only" if only else "with" if fields.boolean("include_managed") else "without"
    return Query(
        zone=zone,
        window=window,
        managed_window=window if bounded else None,
        managed=managed,
        calendar_ids=_calendar_ids(question, fields),
        deleted=bool(fields.boolean("include_deleted")),
        moved=bool(fields.boolean("include_moved")),
        since=fields.time("last_modified"),
    )


def _window(question: Question, fields: Fields, zone: ZoneInfo) -> Window:
    """Read `from` and `to`; either defaults to its limit.

    What is today differs between a client that counts in UTC and one that counts in the zone: both are let through.
    """
    now = question.world.now()
    days = sorted({now.date(), now.astimezone(zone).date()})
    earliest, latest = days[0] - BACK, days[-1] + AHEAD
    today = now.astimezone(zone).date()
    start: Moment = fields.read("from", read_moment) or today - BACK
    end: Moment = fields.read("to", read_moment) or today + AHEAD
    if instant(start, zone) < midnight(earliest, zone):
        fields.refuse("from", "out_of_range", f"from must not be before {earliest}, 42 days ago")
    if instant(end, zone) > midnight(latest, zone):
        if question.world.manners.strict_window:
            fields.refuse("to", "out_of_range", f"to must not be after {latest}, 201 days ahead")
        end = latest
    if instant(end, zone) < instant(start, zone):
        fields.refuse("to", "invalid_time_pair", "to must not be before from")
    return Window.between(start, end, zone)


def _calendar_ids(question: Question, fields: Fields) -> frozenset[str] | None:
    listed = fields.given.get("calendar_ids")
    if isinstance(listed, str):  # one id without brackets
        listed = [listed]
    if listed is None:
        return None
    known = {calendar.calendar_id for calendar in question.account.calendars}
    if not isinstance(listed, list) or not all(isinstance(one, str) and one in known for one in listed):
        fields.refuse("calendar_ids", "invalid_calendar_ids", "calendar_ids must be ids of this account's calendars")
        return None
    return frozenset(listed)


def select(account: Account, query: Query, client_id: str) -> list[Event]:
    """Return the events that a query asks for, in the order of start, calendar_id, event_uid."""
    gone = {calendar.calendar_id for calendar in account.calendars if calendar.calendar_deleted}
    chosen = [
        event
        for event in account.events.values()
        if (query.deleted or not event.deleted)
        and (query.managed == "with" or (event.managed_by == client_id) == (query.managed == "only"))
        and (query.since is None or event.updated >= query.since)
        and (event.calendar_id in query.calendar_ids if query.calendar_ids is not None else True)
        and event.calendar_id not in gone
        and _lies_in(event, query.managed_window if event.managed_by == client_id else query.window, moved=query.moved)
    ]
    chosen.sort(key=_Order(query.zone))
    return chosen


def _lies_in(event: Event, window: Window | None, *, moved: bool) -> bool:
    if window is None or window.holds(event.start, event.end):
        return True
    return moved and any(window.holds(start, end) for start, end in event.places)


class _Order:
    """The place of an event in a reading: by instant, whole days at the midnight of the zone."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._midnights: dict[date, datetime] = {}

    def __call__(self, event: Event) -> tuple[Any, ...]:
        start = event.start
        if not isinstance(start, datetime):
            if start not in self._midnights:
                self._midnights[start] = midnight(start, self._zone)
            start = self._midnights[start]
        return start, event.calendar_id, event.event_uid
