"""Reading a question about availability out of a request, for every call that has one in it.

Documented at docs.cronofy.com/developers/api/scheduling/availability and /sequenced-availability; what is not is
decided as `guesses` lists. What cannot be used is noted in the fields, and `Fields.check` refuses it.
"""

from __future__ import annotations

from typing import get_args

from cronofy_frames.sandbox.availability.busy import Excluded
from cronofy_frames.sandbox.availability.durations import read_gap, read_instant, read_length, read_stretches, second_of
from cronofy_frames.sandbox.availability.members import Setting, read_buffer, read_groups
from cronofy_frames.sandbox.availability.sequences import Gap, Item, Proposal, SequenceQuery, proposals
from cronofy_frames.sandbox.availability.solver import MOST_RESULTS, Form, Opening, Query, openings
from cronofy_frames.sandbox.availability.spans import Spans, intersection, union
from cronofy_frames.sandbox.http.fields import Fields
from cronofy_frames.sandbox.http.routes import Question

FORMS: tuple[Form, ...] = get_args(Form)
PERIODS = ("query_periods", "available_periods")
"""The name, and the older one."""

MOST_DAYS = 35
MOST_PERIODS = 50
MOST_ITEMS = 10
SHORTEST, LONGEST = 1, 1440
"""Bounds of `required_duration`, in minutes."""

START_INTERVALS = (5, 10, 15, 20, 30, 60)
"""What `start_interval` may be, in minutes."""

_DAY = 86_400


def read_query(fields: Fields, question: Question) -> Query | None:
    """Read a question for availability; None where something is wrong, which is then noted in the fields.

    Parameters
    ----------
    fields
        The arguments: those of the request, or of the part that holds the question.
    question
        The request; whom it may ask about depends on its token.
    """
    noted = _noted(fields)
    duration = _duration(fields)
    slots = fields.given.get("query_slots") not in (None, [])
    spans = _periods(fields, required=not slots)
    if slots and spans is not None:
        fields.refuse("query_slots", "not_supported", "query_slots and query_periods must not both be given")
    starts = _starts(fields) if slots else None
    searched = union((start, start + (duration or 1)) for start in starts or ()) if spans is None else union(spans)
    groups = read_groups(fields, Setting(question, searched, _excluded(fields)))
    step = _step(fields)
    before, after = read_buffer(fields)
    form = fields.choice("response_format", FORMS)
    most = _most(fields)
    if _noted(fields) > noted or duration is None:
        return None
    return Query(
        groups=groups,
        duration=duration,
        spans=spans,
        starts=starts,
        step=step,
        before=before or 0,
        after=after or 0,
        form=next((one for one in FORMS if one == form), "periods"),
        max_results=most,
    )


def found(query: Query) -> list[Opening]:
    """Return the openings that a query asks for, by start."""
    return openings(query)


def read_sequence(fields: Fields, question: Question) -> SequenceQuery | None:
    """Read a question for sequences; None where something is wrong, which is then noted in the fields.

    Parameters
    ----------
    fields
        The arguments: those of the request, or of the part that holds the question.
    question
        The request; whom it may ask about depends on its token.
    """
    noted = _noted(fields)
    spans = _periods(fields, required=True)
    entries = fields.parts("sequence", required=True, most=MOST_ITEMS)
    if entries is not None and not entries:
        fields.refuse("sequence", "required", "sequence must have at least one entry")
    items = [_item(entry, question, spans or ()) for entry in entries or []]
    names = [item.sequence_id for item in items if item is not None]
    if len(set(names)) < len(names):
        fields.refuse("sequence", "duplicate", "sequence must not have a sequence_id twice")
    most = _most(fields)
    if _noted(fields) > noted or spans is None:
        return None
    told = tuple(item for item in items if item is not None)
    return SequenceQuery(items=told, spans=spans, max_results=most)


def found_sequences(query: SequenceQuery) -> list[Proposal]:
    """Return the sequences that a query asks for, by their first start."""
    return proposals(query)


def _noted(fields: Fields) -> int:
    return sum(map(len, fields.errors.values()))


def _duration(fields: Fields) -> int | None:
    duration = read_length(fields, "required_duration", required=True)
    if duration is not None and not SHORTEST * 60 <= duration <= LONGEST * 60:
        words = f"required_duration must be between {SHORTEST} and {LONGEST} minutes"
        fields.refuse("required_duration", "out_of_range", words)
    return duration


def _periods(fields: Fields, *, required: bool) -> Spans | None:
    """Read the query periods under either name; an empty list is none."""
    given = [name for name in PERIODS if fields.given.get(name) not in (None, [])]
    if not given:
        if required:
            fields.refuse("query_periods", "required", "query_periods must be specified")
        return None
    if len(given) > 1:
        fields.refuse("available_periods", "not_supported", "available_periods is query_periods: give only one of them")
    spans = read_stretches(fields, given[0], most=MOST_PERIODS)
    if sum(end - start for start, end in union(spans or ())) > MOST_DAYS * _DAY:
        fields.refuse(given[0], "out_of_range", f"{given[0]} must not cover more than {MOST_DAYS} days")
    return spans


def _starts(fields: Fields) -> tuple[int, ...]:
    """Read the query slots; as many may be asked about as may be given back."""
    entries = fields.parts("query_slots", most=MOST_RESULTS)
    starts = [entry.read("start", read_instant, required=True) for entry in entries or []]
    return tuple(second_of(start) for start in starts if start is not None)


def _step(fields: Fields) -> int | None:
    step = read_length(fields, "start_interval")
    if step is not None and step not in [minutes * 60 for minutes in START_INTERVALS]:
        words = f"start_interval must be {', '.join(map(str, START_INTERVALS))} minutes"
        fields.refuse("start_interval", "out_of_range", words)
    return step


def _most(fields: Fields) -> int | None:
    most = fields.integer("max_results", least=1)
    if most is not None and most > MOST_RESULTS:
        fields.refuse("max_results", "out_of_range", f"max_results must not be more than {MOST_RESULTS}")
    return most


def _excluded(fields: Fields) -> Excluded:
    """Read the events that are left aside."""
    ids = set()
    for entry in fields.parts("excluded_events") or []:
        if entry.given.get("event_id") is None and entry.given.get("event_uid") is None:
            entry.refuse("event_id", "required", "event_id or event_uid must be specified")
        ids.add((entry.text("event_id"), entry.text("event_uid")))
    return Excluded(frozenset(ids - {(None, None)}))


def _item(fields: Fields, question: Question, asked: Spans) -> Item | None:
    """Read one meeting of a sequence."""
    sequence_id = _sequence_id(fields)
    own = _periods(fields, required=False)
    searched = union(asked) if own is None else intersection(union(asked), union(own))
    groups = read_groups(fields, Setting(question, searched, Excluded()))
    duration = _duration(fields)
    step = _step(fields)
    ordinal = fields.integer("ordinal", least=-(2**31))
    buffer = fields.part("buffer")
    before, after = read_gap(buffer, "before") or Gap(), read_gap(buffer, "after") or Gap()
    if sequence_id is None or duration is None:
        return None
    return Item(
        sequence_id=sequence_id,
        groups=groups,
        duration=duration,
        ordinal=ordinal,
        step=step,
        before=before,
        after=after,
        spans=own,
    )


def _sequence_id(fields: Fields) -> str | int | None:
    """Read the caller's id, text or, as one official client has it, an integer."""
    if isinstance(fields.given.get("sequence_id"), str):
        return fields.text("sequence_id", required=True, empty=False)
    return fields.integer("sequence_id", least=-(2**31), required=True)
