"""Parse availability queries and sequence queries out of requests.

Documented at docs.cronofy.com/developers/api/scheduling/availability and /sequenced-availability; see
`model.assumptions` for what is not documented. Errors are added to the fields, and `raise_errors` answers with them.
"""

from __future__ import annotations

from typing import get_args

from cronofy_frames.sandbox.availability.busy import ExcludedEvents
from cronofy_frames.sandbox.availability.durations import (
    parse_buffer_side,
    parse_duration,
    parse_instant,
    parse_spans,
)
from cronofy_frames.sandbox.availability.members import QueryContext, parse_buffer, parse_groups
from cronofy_frames.sandbox.availability.sequences import Distance, SequenceItem, SequenceQuery
from cronofy_frames.sandbox.availability.solver import MAX_RESULTS, AvailabilityQuery, ResponseFormat
from cronofy_frames.sandbox.availability.spans import Span, TimeSet, intersection, union
from cronofy_frames.sandbox.http.fields import RequestFields
from cronofy_frames.sandbox.model.times import epoch_seconds
from cronofy_frames.sandbox.model.world import World

RESPONSE_FORMATS: tuple[ResponseFormat, ...] = get_args(ResponseFormat)
PERIOD_NAMES = ("query_periods", "available_periods")
"""The current name of the query periods, and the older one."""

MAX_DAYS = 35
MAX_PERIODS = 50
MAX_ITEMS = 10
MIN_DURATION, MAX_DURATION = 1, 1440
"""Limits of `required_duration`, in minutes."""

START_INTERVALS = (5, 10, 15, 20, 30, 60)
"""Allowed values of `start_interval`, in minutes."""

_DAY = 86_400


def parse_query(fields: RequestFields, world: World) -> AvailabilityQuery | None:
    """Parse an availability query; return None if any of its fields is invalid.

    Parameters
    ----------
    fields
        The fields of the query, which may be nested in a request.
    world
        State of the sandbox.
    """
    errors_before = _error_count(fields)
    duration = _parse_required_duration(fields)
    periods, starts = _parse_periods_and_slots(fields)
    searched = _searched_time(periods, starts, duration)
    groups = parse_groups(fields, QueryContext(world, searched, _parse_excluded_events(fields)))
    interval = _parse_start_interval(fields)
    before, after = parse_buffer(fields)
    response_format = fields.choice("response_format", RESPONSE_FORMATS)
    max_results = _parse_max_results(fields)
    if _error_count(fields) > errors_before or duration is None:
        return None
    # A comparison with the literals, because mypy does not take the chosen text for a `ResponseFormat`.
    known_format: ResponseFormat = next((known for known in RESPONSE_FORMATS if known == response_format), "periods")
    return AvailabilityQuery(
        groups=groups,
        duration=duration,
        periods=periods,
        starts=starts,
        interval=interval,
        before=before or 0,
        after=after or 0,
        response_format=known_format,
        max_results=max_results,
    )


def parse_sequence_query(fields: RequestFields, world: World) -> SequenceQuery | None:
    """Parse a sequence query; return None if any of its fields is invalid.

    Parameters
    ----------
    fields
        The fields of the query, which may be nested in a request.
    world
        State of the sandbox.
    """
    errors_before = _error_count(fields)
    periods = _parse_periods(fields, required=True)
    entries = fields.nested_list("sequence", required=True, max_items=MAX_ITEMS)
    if entries is not None and not entries:
        fields.add_error("sequence", "required", "sequence must have at least one entry")
    parsed_items = [_parse_item(entry, periods or (), world) for entry in entries or []]
    items = tuple(item for item in parsed_items if item is not None)
    if len({item.sequence_id for item in items}) < len(items):
        fields.add_error("sequence", "duplicate", "sequence must not have a sequence_id twice")
    max_results = _parse_max_results(fields)
    if _error_count(fields) > errors_before or periods is None:
        return None
    return SequenceQuery(items=items, periods=periods, max_results=max_results)


def _error_count(fields: RequestFields) -> int:
    return sum(map(len, fields.errors.values()))


def _parse_required_duration(fields: RequestFields) -> int | None:
    duration = parse_duration(fields, "required_duration", required=True)
    if duration is not None and not MIN_DURATION * 60 <= duration <= MAX_DURATION * 60:
        description = f"required_duration must be between {MIN_DURATION} and {MAX_DURATION} minutes"
        fields.add_error("required_duration", "out_of_range", description)
    return duration


def _parse_periods_and_slots(fields: RequestFields) -> tuple[tuple[Span, ...] | None, tuple[int, ...] | None]:
    """Parse the query periods and the starts of query slots; a query must have one of them, not both."""
    has_slots = fields.values.get("query_slots") not in (None, [])
    periods = _parse_periods(fields, required=not has_slots)
    if has_slots and periods is not None:
        fields.add_error("query_slots", "not_supported", "query_slots and query_periods must not both be given")
    return periods, _parse_slot_starts(fields) if has_slots else None


def _parse_periods(fields: RequestFields, *, required: bool) -> tuple[Span, ...] | None:
    """Parse the query periods under either name; an empty array counts as missing."""
    names = [name for name in PERIOD_NAMES if fields.values.get(name) not in (None, [])]
    if not names:
        if required:
            fields.add_error("query_periods", "required", "query_periods must be specified")
        return None
    if len(names) > 1:
        description = "available_periods is query_periods: give only one of them"
        fields.add_error("available_periods", "not_supported", description)
    name = names[0]
    periods = parse_spans(fields, name, max_items=MAX_PERIODS)
    if sum(end - start for start, end in union(periods or ())) > MAX_DAYS * _DAY:
        fields.add_error(name, "out_of_range", f"{name} must not cover more than {MAX_DAYS} days")
    return periods


def _parse_slot_starts(fields: RequestFields) -> tuple[int, ...]:
    """Parse the query slots, at most as many as can be returned."""
    entries = fields.nested_list("query_slots", max_items=MAX_RESULTS)
    starts = [entry.read("start", parse_instant, required=True) for entry in entries or []]
    return tuple(epoch_seconds(start) for start in starts if start is not None)


def _searched_time(periods: tuple[Span, ...] | None, starts: tuple[int, ...] | None, duration: int | None) -> TimeSet:
    """Return the time of the query periods, or of the query slots."""
    if periods is not None:
        return union(periods)
    return union((start, start + (duration or 1)) for start in starts or ())


def _parse_start_interval(fields: RequestFields) -> int | None:
    interval = parse_duration(fields, "start_interval")
    if interval is not None and interval not in [minutes * 60 for minutes in START_INTERVALS]:
        description = f"start_interval must be {', '.join(map(str, START_INTERVALS))} minutes"
        fields.add_error("start_interval", "out_of_range", description)
    return interval


def _parse_max_results(fields: RequestFields) -> int | None:
    max_results = fields.integer("max_results", minimum=1)
    if max_results is not None and max_results > MAX_RESULTS:
        fields.add_error("max_results", "out_of_range", f"max_results must not be more than {MAX_RESULTS}")
    return max_results


def _parse_excluded_events(fields: RequestFields) -> ExcludedEvents:
    ids = set()
    for entry in fields.nested_list("excluded_events") or []:
        if not entry.has_value("event_id") and not entry.has_value("event_uid"):
            entry.add_error("event_id", "required", "event_id or event_uid must be specified")
        ids.add((entry.text("event_id"), entry.text("event_uid")))
    return ExcludedEvents(frozenset(ids - {(None, None)}))


def _parse_item(fields: RequestFields, query_periods: tuple[Span, ...], world: World) -> SequenceItem | None:
    """Parse one item of a sequence."""
    sequence_id = _parse_sequence_id(fields)
    periods = _parse_periods(fields, required=False)
    searched = union(query_periods)
    if periods is not None:
        searched = intersection(searched, union(periods))
    groups = parse_groups(fields, QueryContext(world, searched, ExcludedEvents()))
    duration = _parse_required_duration(fields)
    interval = _parse_start_interval(fields)
    ordinal = fields.integer("ordinal", minimum=-(2**31))
    buffer = fields.nested_fields("buffer")
    before, after = parse_buffer_side(buffer, "before"), parse_buffer_side(buffer, "after")
    if sequence_id is None or duration is None:
        return None
    return SequenceItem(
        sequence_id=sequence_id,
        groups=groups,
        duration=duration,
        ordinal=ordinal,
        interval=interval,
        before=before or Distance(),
        after=after or Distance(),
        periods=periods,
    )


def _parse_sequence_id(fields: RequestFields) -> str | int | None:
    """Parse the caller's id: text or, as one official client sends it, an integer."""
    if isinstance(fields.values.get("sequence_id"), str):
        return fields.text("sequence_id", required=True, allow_empty=False)
    return fields.integer("sequence_id", minimum=-(2**31), required=True)
