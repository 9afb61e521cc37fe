"""Event times as iCalendar writes them: dates, wall times with a zone, and instants."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from cronofy_frames.sandbox.model.state import EventTime


def utc_instant(event_time: EventTime, zone: Any = UTC) -> datetime:
    """Return an event time in UTC and whole seconds; a date is its midnight in the time zone."""
    if not isinstance(event_time, datetime):
        event_time = datetime.combine(event_time, time(0), zone or UTC)
    aware = event_time if event_time.tzinfo else event_time.replace(tzinfo=zone or UTC)
    return aware.astimezone(UTC).replace(microsecond=0)


def as_list(value: Any) -> list[Any]:
    """Return the values of a property, which icalendar gives as None, one value or a list."""
    return [] if value is None else value if isinstance(value, list) else [value]


def time_key(event_time: EventTime) -> str:
    """Return an event time as text that does not depend on the time zone in which it was written."""
    return utc_instant(event_time, UTC).isoformat() if isinstance(event_time, datetime) else event_time.isoformat()


def local_date(event_time: EventTime) -> date:
    """Return the date of an event time, as its own clock shows it."""
    return event_time.date() if isinstance(event_time, datetime) else event_time
