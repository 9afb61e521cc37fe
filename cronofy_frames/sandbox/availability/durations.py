"""Reading lengths, stretches of time and gaps: what every question about availability is made of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from cronofy_frames.sandbox.availability.sequences import Gap
from cronofy_frames.sandbox.availability.spans import Span
from cronofy_frames.sandbox.http.fields import Fields
from cronofy_frames.sandbox.model.times import Unreadable, read_placed

UNITS = {"minutes": 60, "hours": 3600}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


def second_of(moment: datetime) -> int:
    """Return an instant as seconds since 1970 UTC."""
    return (moment - _EPOCH) // _SECOND


def time_of(second: int) -> datetime:
    """Return the instant so many seconds after 1970 began in UTC."""
    return _EPOCH + second * _SECOND


def read_timed(value: Any) -> tuple[datetime, str | None]:
    """Read an event time that is an instant: a Time, or an object with a time and a tzid; return both."""
    placed = read_placed(value)
    if not isinstance(placed.moment, datetime):
        raise Unreadable("errors.invalid_format", "must be a time such as 2026-03-04T09:30:00Z, not a date")
    return placed.moment, placed.tzid


def read_instant(value: Any) -> datetime:
    """Read an event time that is an instant, whatever its zone."""
    return read_timed(value)[0]


def read_length(fields: Fields, name: str, *, required: bool = False) -> int | None:
    """Read a duration object; return its seconds."""
    part = fields.part(name, required=required)
    if part is None:
        return None
    units = [unit for unit in UNITS if part.given.get(unit) is not None]
    if not units:
        part.refuse("minutes", "required", "minutes must be specified")
        return None
    counts = [part.integer(unit, least=0) for unit in units]
    return sum((count or 0) * UNITS[unit] for unit, count in zip(units, counts, strict=True))


def read_gap(buffer: Fields | None, name: str) -> Gap | None:
    """Read one side of a buffer, a duration or bounds of one; None where nothing is said of it.

    Official clients send empty objects and nulls for what was not asked for.
    """
    side = None if buffer is None else buffer.part(name)
    if buffer is None or side is None or all(value is None for value in side.given.values()):
        return None
    if not any(side.given.get(bound) is not None for bound in ("minimum", "maximum")):
        return Gap(read_length(buffer, name) or 0)
    if any(side.given.get(unit) is not None for unit in UNITS):
        side.refuse("minimum", "not_supported", f"{name} must be either a duration or a minimum and a maximum")
    minimum, maximum = read_length(side, "minimum") or 0, read_length(side, "maximum")
    if maximum is not None and maximum < minimum:
        side.refuse("maximum", "out_of_range", "maximum must not be less than minimum")
    return Gap(minimum, maximum)


def read_stretches(fields: Fields, name: str, *, most: int | None = None) -> tuple[Span, ...] | None:
    """Read an array of objects with start and end; None where there is none."""
    entries = fields.parts(name, most=most)
    if entries is None:
        return None
    spans: list[Span] = []
    for entry in entries:
        start, end = (entry.read(bound, read_instant, required=True) for bound in ("start", "end"))
        if start is None or end is None:
            continue
        if end <= start:
            entry.refuse("end", "invalid_time_pair", "end must be after start")
        else:
            spans.append((second_of(start), second_of(end)))
    return tuple(spans)
