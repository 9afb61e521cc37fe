"""Parse durations, buffers and periods of availability queries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cronofy_frames.sandbox.availability.sequences import Distance
from cronofy_frames.sandbox.availability.spans import Span
from cronofy_frames.sandbox.http.fields import RequestFields
from cronofy_frames.sandbox.model.times import InvalidTime, epoch_seconds, parse_event_time

UNITS = {"minutes": 60, "hours": 3600}


def parse_instant_and_tzid(value: Any) -> tuple[datetime, str | None]:
    """Parse an event time that is an instant: a Time, or an object with a time and a tzid; return both."""
    parsed = parse_event_time(value)
    if not isinstance(parsed.time, datetime):
        raise InvalidTime("errors.invalid_format", "must be a time such as 2026-03-04T09:30:00Z, not a date")
    return parsed.time, parsed.tzid


def parse_instant(value: Any) -> datetime:
    """Parse an event time that is an instant, and ignore its tzid."""
    return parse_instant_and_tzid(value)[0]


def parse_duration(fields: RequestFields, name: str, *, required: bool = False) -> int | None:
    """Parse a duration object into seconds."""
    duration = fields.nested_fields(name, required=required)
    if duration is None:
        return None
    units = [unit for unit in UNITS if duration.has_value(unit)]
    if not units:
        duration.add_error("minutes", "required", "minutes must be specified")
        return None
    counts = [duration.integer(unit, minimum=0) for unit in units]
    return sum((count or 0) * UNITS[unit] for unit, count in zip(units, counts, strict=True))


def parse_buffer_side(buffer: RequestFields | None, name: str) -> Distance | None:
    """Parse one side of a buffer: a duration, or an object with a minimum and a maximum.

    Return None if it has no values: official clients send empty objects and nulls for what is not set.
    """
    side = None if buffer is None else buffer.nested_fields(name)
    if buffer is None or side is None or all(value is None for value in side.values.values()):
        return None
    if not any(side.has_value(bound) for bound in ("minimum", "maximum")):
        return Distance(parse_duration(buffer, name) or 0)
    if any(side.has_value(unit) for unit in UNITS):
        side.add_error("minimum", "not_supported", f"{name} must be either a duration or a minimum and a maximum")
    minimum, maximum = parse_duration(side, "minimum") or 0, parse_duration(side, "maximum")
    if maximum is not None and maximum < minimum:
        side.add_error("maximum", "out_of_range", "maximum must not be less than minimum")
    return Distance(minimum, maximum)


def parse_spans(fields: RequestFields, name: str, *, max_items: int | None = None) -> tuple[Span, ...] | None:
    """Parse an array of objects with start and end, in the order of the request; None if the field is missing."""
    entries = fields.nested_list(name, max_items=max_items)
    if entries is None:
        return None
    spans = [_parse_span(entry) for entry in entries]
    return tuple(span for span in spans if span is not None)


def _parse_span(entry: RequestFields) -> Span | None:
    start, end = (entry.read(bound, parse_instant, required=True) for bound in ("start", "end"))
    if start is None or end is None:
        return None
    if end <= start:
        entry.add_error("end", "invalid_time_pair", "end must be after start")
        return None
    return epoch_seconds(start), epoch_seconds(end)
