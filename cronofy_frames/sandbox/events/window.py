"""Which events a read returns: query arguments, time window, filters and order.

Rules: docs.cronofy.com/developers/api/events/read-events and /free-busy.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cronofy_frames.sandbox.http.fields import RequestFields
from cronofy_frames.sandbox.http.routes import Request
from cronofy_frames.sandbox.model.state import Account, Event, EventTime
from cronofy_frames.sandbox.model.times import instant_of, midnight, parse_time_or_date, zone_of

DAYS_BACK = timedelta(days=42)
DAYS_AHEAD = timedelta(days=201)


@dataclass(frozen=True, slots=True)
class ReadWindow:
    """Time window of a read; it includes events that start before its end and end on or after its start.

    All-day events are compared by day, so that they are on the same day in every time zone.
    """

    start: datetime
    end: datetime
    start_day: date
    end_day: date

    @classmethod
    def between(cls, start: EventTime, end: EventTime, zone: ZoneInfo) -> ReadWindow:
        """Return the window from start to end; dates are days in a time zone."""
        return cls(
            instant_of(start, zone),
            instant_of(end, zone),
            _first_day_from(start, zone),
            _first_day_from(end, zone),
        )

    def includes(self, start: EventTime, end: EventTime) -> bool:
        """Return whether the window includes an event from start to end."""
        if isinstance(start, datetime):
            return start < self.end and end >= self.start
        return start < self.end_day and end >= self.start_day


def _first_day_from(event_time: EventTime, zone: ZoneInfo) -> date:
    """Return the first day that begins, in a time zone, at or after an event time."""
    if not isinstance(event_time, datetime):
        return event_time
    local = event_time.astimezone(zone)
    return local.date() if local.time() == time.min else local.date() + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class EventsQuery:
    """Arguments that reads of events and of free/busy share.

    Attributes
    ----------
    zone
        Time zone of the dates in `from` and `to`, and of the order of all-day events.
    window, managed_window
        Windows for external and managed events; None means all time.
    managed
        Whether to return managed events: "without", "with" or "only".
    calendar_ids
        The calendars to read; None means all.
    deleted
        Whether to return deleted events.
    moved
        Whether to return events that were in the window before they were moved.
    modified_since
        Return only events updated at or after this instant.
    """

    zone: ZoneInfo
    window: ReadWindow
    managed_window: ReadWindow | None
    managed: str
    calendar_ids: frozenset[str] | None
    deleted: bool
    moved: bool
    modified_since: datetime | None


def parse_events_query(request: Request, *, managed_window: bool) -> EventsQuery:
    """Parse the arguments that events and free/busy share; errors are added to the fields.

    Without `managed_window`, the default window does not apply to managed events.
    """
    fields = request.fields
    zone = fields.read("tzid", zone_of, required=True) or ZoneInfo("Etc/UTC")
    window = _parse_window(request, zone)
    is_bounded = managed_window or any(fields.has_value(name) for name in ("from", "to"))
    return EventsQuery(
        zone=zone,
        window=window,
        managed_window=window if is_bounded else None,
        managed=_parse_managed(fields),
        calendar_ids=_parse_calendar_ids(request),
        deleted=bool(fields.boolean("include_deleted")),
        moved=bool(fields.boolean("include_moved")),
        modified_since=fields.time("last_modified"),
    )


def _parse_managed(fields: RequestFields) -> str:
    if fields.boolean("only_managed"):
        return "only"
    return "with" if fields.boolean("include_managed") else "without"


def _parse_window(request: Request, zone: ZoneInfo) -> ReadWindow:
    """Parse `from` and `to`; each defaults to its limit.

    Clients count the limits from today's date in UTC or in the time zone; both dates are accepted.
    """
    now, fields = request.world.now(), request.fields
    days = sorted({now.date(), now.astimezone(zone).date()})
    earliest, latest = days[0] - DAYS_BACK, days[-1] + DAYS_AHEAD
    today = now.astimezone(zone).date()
    start: EventTime = fields.read("from", parse_time_or_date) or today - DAYS_BACK
    end: EventTime = fields.read("to", parse_time_or_date) or today + DAYS_AHEAD
    if instant_of(start, zone) < midnight(earliest, zone):
        fields.add_error("from", "out_of_range", f"from must not be before {earliest}, 42 days ago")
    if instant_of(end, zone) > midnight(latest, zone):
        if request.world.settings.strict_window:
            fields.add_error("to", "out_of_range", f"to must not be after {latest}, 201 days ahead")
        end = latest
    if instant_of(end, zone) < instant_of(start, zone):
        fields.add_error("to", "invalid_time_pair", "to must not be before from")
    return ReadWindow.between(start, end, zone)


def _parse_calendar_ids(request: Request) -> frozenset[str] | None:
    fields = request.fields
    calendar_ids = fields.values.get("calendar_ids")
    if isinstance(calendar_ids, str):  # one id without brackets
        calendar_ids = [calendar_ids]
    if calendar_ids is None:
        return None
    known = {calendar.calendar_id for calendar in request.account.calendars}
    if not isinstance(calendar_ids, list) or not all(isinstance(item, str) and item in known for item in calendar_ids):
        description = "calendar_ids must be ids of this account's calendars"
        fields.add_error("calendar_ids", "invalid_calendar_ids", description)
        return None
    return frozenset(calendar_ids)


def select_events(account: Account, query: EventsQuery, client_id: str) -> list[Event]:
    """Return the events that match a query, ordered by start, calendar_id, event_uid."""
    deleted_ids = {calendar.calendar_id for calendar in account.calendars if calendar.calendar_deleted}
    selected = [
        event
        for event in account.events.values()
        if event.calendar_id not in deleted_ids and _matches(event, query, client_id)
    ]
    selected.sort(key=_EventOrder(query.zone))
    return selected


def _matches(event: Event, query: EventsQuery, client_id: str) -> bool:
    is_managed = event.managed_by == client_id
    return (
        (query.deleted or not event.deleted)
        and (query.managed == "with" or is_managed == (query.managed == "only"))
        and (query.modified_since is None or event.updated >= query.modified_since)
        and (query.calendar_ids is None or event.calendar_id in query.calendar_ids)
        and _is_in_window(event, query.managed_window if is_managed else query.window, moved=query.moved)
    )


def _is_in_window(event: Event, window: ReadWindow | None, *, moved: bool) -> bool:
    if window is None or window.includes(event.start, event.end):
        return True
    return moved and any(window.includes(start, end) for start, end in event.earlier_times)


class _EventOrder:
    """Sort key of events: start instant, calendar_id, event_uid; all-day events start at midnight in a time zone."""

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
