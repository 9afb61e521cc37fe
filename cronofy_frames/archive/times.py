"""Times as the archive stores them: in microseconds since 1970."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(time: datetime) -> int:
    """Return a time in microseconds since 1970."""
    return (time.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)


def time_of(micro: int) -> datetime:
    """Return microseconds since 1970 as a time in UTC."""
    return _EPOCH + timedelta(microseconds=micro)


def midnight_micros(day: date) -> int:
    """Return the first instant of a day in UTC, in microseconds since 1970."""
    return (day - _EPOCH.date()) // timedelta(microseconds=1)
