"""Recurring events that the application writes: validate the rule and compute the occurrences.

ALPHA at Cronofy (docs.cronofy.com/developers/api/events/upsert-event, `recurrence`); what reads return of a series is
our reading.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cronofy_frames.sandbox.http.fields import RequestFields
from cronofy_frames.sandbox.model.state import EventTime
from cronofy_frames.sandbox.model.times import parse_time_or_date

FREQUENCIES = ("daily", "weekly", "monthly", "yearly")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HORIZON = timedelta(days=366)  # a series without an end is expanded so far
MAX_OCCURRENCES = 1000


def parse_recurrence(fields: RequestFields) -> dict[str, Any] | None:
    """Return the recurrence of a body: None if there is none, `{"rules": []}` to remove it."""
    recurrence = fields.nested_fields("recurrence")
    if recurrence is None:
        return None
    rules = recurrence.nested_list("rules", required=True) or []
    if len(rules) > 1:
        recurrence.add_error("rules", "max_recurrence_rules_exceeded", "rules must not have more than one entry")
    if recurrence.values.get("exceptions"):
        recurrence.add_error("exceptions", "not_supported", "the sandbox takes no exceptions")
    return {"rules": [_parse_rule(rule) for rule in rules]}


def _parse_rule(rule: RequestFields) -> dict[str, Any]:
    frequency = rule.choice("frequency", FREQUENCIES, required=True)
    until = rule.read("until", parse_time_or_date)
    count = rule.integer("count", minimum=1)
    if count is not None and until is not None:
        rule.add_error("count", "not_supported_count_until_combination", "count and until must not both be given")
    values = {
        "frequency": frequency,
        "interval": rule.integer("interval", minimum=1),
        "by_day": _parse_by_day(rule, frequency),
        "count": count,
        "until": until,
    }
    return {name: value for name, value in values.items() if value is not None}


def _parse_by_day(rule: RequestFields, frequency: str | None) -> list[Any] | None:
    """Return the weekdays: names for a weekly rule, or objects with a day and, monthly, its position in the month."""
    days = rule.values.get("by_day")
    if days is None or days == []:
        return None
    if not isinstance(days, list) or frequency not in ("weekly", "monthly"):
        rule.add_error("by_day", "not_supported", "by_day must be an array, and frequency weekly or monthly")
        return None
    if not all(_is_valid_day(day, frequency) for day in days):
        rule.add_error("by_day", "not_recognized", "by_day must name weekdays; nth_of_period goes with monthly")
        return None
    return list(days)


def _is_valid_day(day: Any, frequency: str) -> bool:
    name, nth = (day.get("day"), day.get("nth_of_period")) if isinstance(day, dict) else (day, None)
    if name not in WEEKDAYS:
        return False
    if frequency == "monthly":
        return type(nth) is int and nth in (-1, 1, 2, 3, 4, 5)
    return nth is None


def occurrences(
    start: EventTime, end: EventTime, tzid: str, recurrence: dict[str, Any], *, now: datetime
) -> list[tuple[EventTime, EventTime]]:
    """Return start and end of each event of a series, the first included.

    Local times repeat in the time zone of the start, so that a meeting stays at nine when clocks change.
    """
    # Imported here because they load slowly and only recurring events need them.
    import icalendar
    import recurring_ical_events

    zone = ZoneInfo(tzid)
    event = icalendar.Event()
    event.add("uid", "series")
    event.add("dtstart", start.astimezone(zone) if isinstance(start, datetime) else start)
    event.add("dtend", end.astimezone(zone) if isinstance(end, datetime) else end)
    event.add("rrule", _ical_rule(recurrence["rules"][0], start))
    calendar = icalendar.Calendar()
    calendar.add_component(event)
    until = max(now, _as_instant(start)) + HORIZON
    repeated_events = recurring_ical_events.of(calendar).between(_as_instant(start) - timedelta(days=1), until)
    ends = {_in_utc(repeat["DTSTART"].dt): _in_utc(repeat["DTEND"].dt) for repeat in repeated_events}
    ends[start] = end  # the first event keeps its times even if the rule does not include them
    return sorted(ends.items())[:MAX_OCCURRENCES]


def _ical_rule(rule: dict[str, Any], start: EventTime) -> dict[str, Any]:
    ical_rule: dict[str, Any] = {"freq": rule["frequency"], "interval": rule.get("interval", 1)}
    if "count" in rule:
        ical_rule["count"] = rule["count"]
    if "until" in rule:
        ical_rule["until"] = _until(rule["until"], start)
    if "by_day" in rule:
        ical_rule["byday"] = [_ical_day(day) for day in rule["by_day"]]
    return ical_rule


def _ical_day(day: Any) -> str:
    name, nth = (day["day"], day.get("nth_of_period")) if isinstance(day, dict) else (day, None)
    return f"{nth or ''}{name[:2].upper()}"


def _until(until: EventTime, start: EventTime) -> EventTime:
    """Return the end of a rule with the type of its start, as RFC 5545 demands; a date includes the whole day."""
    if not isinstance(start, datetime):
        return until.date() if isinstance(until, datetime) else until
    return until if isinstance(until, datetime) else _as_instant(until) + timedelta(days=1, seconds=-1)


def _as_instant(event_time: EventTime) -> datetime:
    if isinstance(event_time, datetime):
        return event_time
    return datetime(event_time.year, event_time.month, event_time.day, tzinfo=UTC)


def _in_utc(value: date | datetime) -> EventTime:
    return value.astimezone(UTC) if isinstance(value, datetime) else value
