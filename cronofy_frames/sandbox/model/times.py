"""Times as the wire writes them: read leniently where official clients differ, refused where the documentation refuses.

Forms and rules: docs.cronofy.com/developers/api/data-types.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from cronofy_frames.sandbox.model.state import Moment
from cronofy_frames.zones import zone_names

# The second, the zone and the letter between day and hour vary by client: `T` or a space (.NET's "u" form),
# `Z`, `+00:00`, `UTC` (the official Python client), and a plus that a query string has turned into a space.
_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d+))? ?(?:(Z|UTC)|([-+ ])(\d\d):?(\d\d))", re.ASCII
)
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_YEARS = range(2, 9999)  # a year's room on both sides, so that no zone's offset leaves the calendar

EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)


class Unreadable(ValueError):
    """A time that cannot be read: the key and the words that a 422 gives for it."""

    def __init__(self, key: str, description: str) -> None:
        super().__init__(description)
        self.key = key
        self.description = description


@dataclass(frozen=True, slots=True)
class Placed:
    """An event time and the zone that it was given in, None where none was."""

    moment: Moment
    tzid: str | None = None


def zone_of(tzid: Any) -> ZoneInfo:
    """Return the zone with this IANA id."""
    if not isinstance(tzid, str) or tzid not in zone_names():
        raise Unreadable("errors.tzid_unrecognized", "is not a known time zone")
    return ZoneInfo(tzid)


def read_time(text: Any) -> datetime:
    """Read a Time: ISO 8601 with a zone, whole seconds."""
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    if match is None or int(match[1]) not in _YEARS:
        raise Unreadable("errors.invalid_format", "must be an ISO 8601 time such as 2026-03-04T09:30:00Z")
    if match[7] and int(match[7]):
        raise Unreadable("errors.invalid_format", "must not have fractions of a second")
    try:
        local = datetime(*(int(part) for part in match.groups()[:6]), tzinfo=_offset(match))  # type: ignore[misc,arg-type]
    except ValueError as error:
        raise Unreadable("errors.invalid_format", f"is not a time: {error}") from None
    return local.astimezone(UTC)


def _offset(match: re.Match[str]) -> timezone:
    if match[8]:
        return UTC
    ahead = timedelta(hours=int(match[10]), minutes=int(match[11]))
    return timezone(-ahead if match[9] == "-" else ahead)


def read_date(text: Any) -> date:
    """Read a Date: ISO 8601, no time."""
    match = _DATE.fullmatch(text) if isinstance(text, str) else None
    if match is None or int(match[1]) not in _YEARS:
        raise Unreadable("errors.must_be_date", "must be an ISO 8601 date such as 2026-03-04")
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError as error:
        raise Unreadable("errors.must_be_date", f"is not a date: {error}") from None


def read_moment(value: Any) -> Moment:
    """Read a Time or a Date, whichever it is."""
    return read_date(value) if isinstance(value, str) and len(value) == len("2026-03-04") else read_time(value)


def read_placed(value: Any) -> Placed:
    """Read an event time in any of its three forms: Time, Date, or an object with a time and a tzid."""
    if not isinstance(value, dict):
        return Placed(read_moment(value))
    moment = read_moment(value.get("time"))
    tzid = value.get("tzid")
    return Placed(moment, None if tzid is None else zone_of(tzid).key)


def is_time(moment: Moment) -> bool:
    """Say whether it is an instant, not a whole day."""
    return isinstance(moment, datetime)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of a day: where midnight does not exist, the first that does."""
    try:
        return datetime.combine(day, time.min, zone).astimezone(UTC)
    except OverflowError:
        return EARLIEST if day.year == 1 else LATEST


def instant(moment: Moment, zone: ZoneInfo) -> datetime:
    """Return the instant at which a moment is reached in a zone."""
    return moment if isinstance(moment, datetime) else midnight(moment, zone)


def whole(moment: Moment) -> Moment:
    """Return the moment as the sandbox keeps it: UTC and whole seconds, or a plain date."""
    if not isinstance(moment, datetime):
        return moment
    if moment.tzinfo is None:
        raise ValueError(f"A time in the sandbox needs a zone; {moment!r} has none.")
    return moment.astimezone(UTC).replace(microsecond=0)
