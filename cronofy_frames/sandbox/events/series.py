"""Series that the application wrote: the rule checked, and the occurrences that follow from it.

ALPHA at Cronofy (docs.cronofy.com/developers/api/events/upsert-event, `recurrence`); the shape of what is read
back is our reading.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cronofy_frames.sandbox.http.fields import Fields
from cronofy_frames.sandbox.model.state import Moment
from cronofy_frames.sandbox.model.times import read_moment

FREQUENCIES = ("daily", "weekly", "monthly", "yearly")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HORIZON = timedelta(days=366)  # a series without an end is laid out this far
MOST = 1000


def read_recurrence(fields: Fields) -> dict[str, Any] | None:
    """Return the recurrence of a body: None where there is none, `{"rules": []}` where it is to be removed."""
    recurrence = fields.part("recurrence")
    if recurrence is None:
        return None
    rules = recurrence.parts("rules", required=True) or []
    if len(rules) > 1:
        recurrence.refuse("rules", "max_recurrence_rules_exceeded", "rules must not have more than one entry")
    if recurrence.given.get("exceptions"):
        recurrence.refuse("exceptions", "not_supported", "the sandbox takes no exceptions")
    return {"rules": [_rule(rule) for rule in rules]}


def _rule(rule: Fields) -> dict[str, Any]:
    frequency = rule.choice("frequency", FREQUENCIES, required=True)
    until = rule.read("until", read_moment)
    count = rule.integer("count", least=1)
    if count is not None and until is not None:
        rule.refuse("count", "not_supported_count_until_combination", "count and until must not both be given")
    told = {
        "frequency": frequency,
        "interval": rule.integer("interval", least=1),
        "by_day": _by_day(rule, frequency),
        "count": count,
        "until": until,
    }
    return {name: value for name, value in told.items() if value is not None}


def _by_day(rule: Fields, frequency: str | None) -> list[Any] | None:
    """Return the days: names of weekdays with weekly, or objects with a day and, monthly, its place in the month."""
    days = rule.given.get("by_day")
    if days is None or days == []:
        return None
    if not isinstance(days, list) or frequency not in ("weekly", "monthly"):
        rule.refuse("by_day", "not_supported", "by_day must be an array, and frequency weekly or monthly")
        return None
    for day in days:
        name, nth = (day.get("day"), day.get("nth_of_period")) if isinstance(day, dict) else (day, None)
        placed = nth is None or (frequency == "monthly" and type(nth) is int and nth in (-1, 1, 2, 3, 4, 5))
        if name not in WEEKDAYS or not placed or (frequency == "monthly" and nth is None):
            rule.refuse("by_day", "not_recognized", "by_day must name weekdays; nth_of_period goes with monthly")
            return None
    return list(days)


def occurrences(
    start: Moment, end: Moment, tzid: str, recurrence: dict[str, Any], *, now: datetime
) -> list[tuple[Moment, Moment]]:
    """Return where the events of a series lie, the first included.

    Wall-clock times repeat in the zone of the start, so that a meeting stays at nine over a change of clocks.
    """
    # These load slowly, and only series that somebody writes need them.
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
    until = max(now, _as_time(start)) + HORIZON
    found = recurring_ical_events.of(calendar).between(_as_time(start) - timedelta(days=1), until)
    places = {_moment(one["DTSTART"].dt): _moment(one["DTEND"].dt) for one in found}
    places[start] = end  # the first is where it was put, even where the rule would not
    return sorted(places.items())[:MOST]


def _ical_rule(rule: dict[str, Any], start: Moment) -> dict[str, Any]:
    told: dict[str, Any] = {"freq": rule["frequency"], "interval": rule.get("interval", 1)}
    if "count" in rule:
        told["count"] = rule["count"]
    if "until" in rule:
        told["until"] = _until(rule["until"], start)
    if "by_day" in rule:
        told["byday"] = [_ical_day(day) for day in rule["by_day"]]
    return told


def _ical_day(day: Any) -> str:
    name, nth = (day["day"], day.get("nth_of_period")) if isinstance(day, dict) else (day, None)
    return f"{nth or ''}{name[:2].upper()}"


def _until(until: Moment, start: Moment) -> Moment:
    """Return the end of a rule in the kind of its start, which RFC 5545 asks for; a date means its whole day."""
    if not isinstance(start, datetime):
        return until.date() if isinstance(until, datetime) else until
    return until if isinstance(until, datetime) else _as_time(until) + timedelta(days=1, seconds=-1)


def _as_time(moment: Moment) -> datetime:
    return moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day, tzinfo=UTC)


def _moment(value: date | datetime) -> Moment:
    return value.astimezone(UTC) if isinstance(value, datetime) else value
