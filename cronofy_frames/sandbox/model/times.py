"""Parsers for times on the wire, and conversions between days, instants and seconds.

They accept what official clients send and refuse what docs.cronofy.com/developers/api/data-types refuses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from cronofy_frames.sandbox.model.state import EventTime
from cronofy_frames.zones import zone_names

# Between day and hour is `T` or a space (.NET's "u" format); the offset is `Z`, `+00:00`, `UTC` (the official Python
# client), or has a space where a query string decoded its plus.
_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d+))? ?(?:(Z|UTC)|([-+ ])(\d\d):?(\d\d))", re.ASCII
)
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_YEARS = range(2, 9999)  # a year less on both sides, so that no offset overflows a datetime

EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


class InvalidTime(ValueError):
    """A value that is no time, date or time zone, with the error key and description for the 422 response."""

    def __init__(self, key: str, description: str) -> None:
        super().__init__(description)
        self.key = key
        self.description = description


@dataclass(frozen=True, slots=True)
class ParsedTime:
    """An event time and its tzid, None where the value has none."""

    time: EventTime
    tzid: str | None = None


def zone_of(tzid: Any) -> ZoneInfo:
    """Return the time zone with this IANA id."""
    if not isinstance(tzid, str) or tzid not in zone_names():
        raise InvalidTime("errors.tzid_unrecognized", "is not a known time zone")
    return ZoneInfo(tzid)


def parse_time(text: Any) -> datetime:
    """Parse a Time: ISO 8601 with an offset and whole seconds."""
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    if match is None or int(match[1]) not in _YEARS:
        raise InvalidTime("errors.invalid_format", "must be an ISO 8601 time such as 2026-03-04T09:30:00Z")
    if match[7] and int(match[7]):
        raise InvalidTime("errors.invalid_format", "must not have fractions of a second")
    try:
        local = datetime(*(int(part) for part in match.groups()[:6]), tzinfo=_offset(match))  # type: ignore[misc,arg-type]
    except ValueError as error:
        raise InvalidTime("errors.invalid_format", f"is not a time: {error}") from None
    return local.astimezone(UTC)


def _offset(match: re.Match[str]) -> timezone:
    if match[8]:
        return UTC
    offset = timedelta(hours=int(match[10]), minutes=int(match[11]))
    return timezone(-offset if match[9] == "-" else offset)


def parse_date(text: Any) -> date:
    """Parse a Date: ISO 8601 without a time."""
    match = _DATE.fullmatch(text) if isinstance(text, str) else None
    if match is None or int(match[1]) not in _YEARS:
        raise InvalidTime("errors.must_be_date", "must be an ISO 8601 date such as 2026-03-04")
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError as error:
        raise InvalidTime("errors.must_be_date", f"is not a date: {error}") from None


def parse_time_or_date(value: Any) -> EventTime:
    """Parse a Time or a Date."""
    return parse_date(value) if isinstance(value, str) and len(value) == len("2026-03-04") else parse_time(value)


def parse_event_time(value: Any) -> ParsedTime:
    """Parse an event time in any of its three forms: Time, Date, or an object with a time and a tzid."""
    if not isinstance(value, dict):
        return ParsedTime(parse_time_or_date(value))
    time_or_date = parse_time_or_date(value.get("time"))
    tzid = value.get("tzid")
    return ParsedTime(time_or_date, None if tzid is None else zone_of(tzid).key)


def is_instant(event_time: EventTime) -> bool:
    """Return whether an event time is an instant, not a whole day."""
    return isinstance(event_time, datetime)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of a day: where midnight does not exist, the first time that does."""
    try:
        return datetime.combine(day, time.min, zone).astimezone(UTC)
    except OverflowError:
        return EARLIEST if day.year == 1 else LATEST


def instant_of(event_time: EventTime, zone: ZoneInfo) -> datetime:
    """Return an instant unchanged, and a day as its midnight in a time zone."""
    return event_time if isinstance(event_time, datetime) else midnight(event_time, zone)


def normalize_time(event_time: EventTime) -> EventTime:
    """Return an event time as the sandbox stores it: in UTC and whole seconds, or a date."""
    if not isinstance(event_time, datetime) or (event_time.tzinfo is UTC and not event_time.microsecond):
        return event_time
    if event_time.tzinfo is None:
        raise ValueError(f"A time in the sandbox needs a time zone; {event_time!r} has none.")
    return event_time.astimezone(UTC).replace(microsecond=0)


def epoch_seconds(instant: datetime) -> int:
    """Return an instant as seconds since 1970 UTC."""
    return (instant - _EPOCH) // _SECOND


def instant_at(seconds: int) -> datetime:
    """Return the instant that is so many seconds after 1970 UTC."""
    return _EPOCH + seconds * _SECOND
