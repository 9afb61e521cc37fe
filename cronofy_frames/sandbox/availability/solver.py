"""When people are free together: the query of availability, over plain spans of time.

Documented at docs.cronofy.com/developers/api/scheduling/availability and /developers/scheduling/buffers; what is not
documented is in `guesses`. A slot at `t` is legal for a member when the slot lies within one stretch of the
member's allowed time, and no busy time lies between the buffer's beginning before it and the buffer's end after it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from cronofy_frames.sandbox.availability.spans import (
    WHOLE,
    Span,
    Spans,
    at_least,
    difference,
    grown,
    intersection,
    span_at,
    starts_within,
    strata,
    union,
)

Form = Literal["periods", "slots", "overlapping_slots"]

DAY = 86_400

MOST_RESULTS = 512


@dataclass(frozen=True, slots=True)
class Member:
    """One person or resource that a group asks for.

    Attributes
    ----------
    sub
        Whose time it is.
    busy
        What takes the member's time, in any order.
    allowed
        The only time in which the member can be had; None is always.
    closed
        Time that constraints take away.
    before, after
        The member's own buffer in seconds; None is the query's.
    """

    sub: str
    busy: Spans = ()
    allowed: Spans | None = None
    closed: Spans = ()
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Members of whom some, or all, must be free.

    Attributes
    ----------
    members
        In the order of the request.
    required
        How many at least; "all" is every one.
    """

    members: tuple[Member, ...]
    required: int | Literal["all"] = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question for availability; all lengths are in seconds.

    Attributes
    ----------
    groups
        All of them must be satisfied at once.
    duration
        The length of a slot, the least length of a period.
    spans
        The query periods; None only where `starts` are given, and then a slot may be anywhere.
    starts
        The very starts that are asked about, in any order; None for all within the query periods.
    step
        The distance of the marks that slots and periods start on; None for no grid.
    before, after
        Time around a slot that must not be busy.
    form
        What is wanted.
    max_results
        How many openings at most; None is the limit.
    """

    groups: tuple[Group, ...]
    duration: int
    spans: Spans | None = None
    starts: tuple[int, ...] | None = None
    step: int | None = None
    before: int = 0
    after: int = 0
    form: Form = "periods"
    max_results: int | None = None

    def __post_init__(self) -> None:
        if self.duration < 1 or (self.step is not None and self.step < 1):
            raise ValueError("duration and step must be at least one second.")
        if self.spans is None and self.starts is None:
            raise ValueError("A query needs spans, or starts, or both.")

    @property
    def members(self) -> tuple[Member, ...]:
        """Every member of every group, in the order of the request."""
        return tuple(member for group in self.groups for member in group.members)


@dataclass(frozen=True, slots=True)
class Opening:
    """Time at which every group is satisfied.

    Attributes
    ----------
    start, end
        Seconds since 1970 UTC.
    members
        The sub of every member that is free throughout, in the order of the request.
    """

    start: int
    end: int
    members: tuple[str, ...]


def openings(query: Query) -> list[Opening]:
    """Return the openings that a query asks for, by start, then end, as many as it allows.

    Parameters
    ----------
    query
        The question.
    """
    found = _periods(query) if query.form == "periods" and query.starts is None else _slots(query)
    most = MOST_RESULTS if query.max_results is None else query.max_results
    return list(islice(found, max(most, 0)))


def windows(query: Query) -> Spans:
    """Return the query periods as they are searched: those that touch or overlap as one."""
    return WHOLE if query.spans is None else union(query.spans)


def legal_starts(query: Query) -> list[tuple[int, int, tuple[str, ...]]]:
    """Return first and last start, and who is free then, of every run of starts at which all groups are satisfied.

    A run ends where somebody else is free; two that touch differ in their members, or in the places these have.
    """
    within = starts_within(windows(query), query.duration)
    sets = [intersection(starts_within(zone, query.duration), within) for zone in _zones(query)]
    roll = _Roll(query)
    return [(first, end - 1, roll.names(mask)) for first, end, mask in strata(sets) if roll.enough(mask)]


def _zones(query: Query) -> list[Spans]:
    """Return for each member the stretches that a slot must lie within."""
    asked = union(windows(query))
    first, last = (asked[0][0], asked[-1][1]) if asked else (0, 0)
    zones = []
    for member in query.members:
        before = query.before if member.before is None else member.before
        after = query.after if member.after is None else member.after
        # A slot that ends `after` before the busy time, and one that starts `before` behind it, are the nearest.
        near = grown(_reaching(union(member.busy), first - before, last + after), before=after, after=before)
        allowed = WHOLE if member.allowed is None else union(member.allowed)
        zones.append(difference(difference(intersection(allowed, asked), union(member.closed)), near))
    return zones


def _reaching(spans: Spans, first: int, last: int) -> Spans:
    return tuple(span for span in spans if span[1] > first and span[0] < last)


class _Roll:
    """Who is meant by a mask of members, and whether they are enough; each mask is looked at once."""

    def __init__(self, query: Query) -> None:
        self._subs = [member.sub for member in query.members]
        self._needs: list[tuple[int, int]] = []
        place = 0
        for group in query.groups:
            size = len(group.members)
            self._needs.append((((1 << size) - 1) << place, size if group.required == "all" else group.required))
            place += size
        self._enough: dict[int, bool] = {}
        self._names: dict[int, tuple[str, ...]] = {}

    def enough(self, mask: int) -> bool:
        """Say whether every group is satisfied."""
        if mask not in self._enough:
            self._enough[mask] = all((mask & bits).bit_count() >= needed for bits, needed in self._needs)
        return self._enough[mask]

    def names(self, mask: int) -> tuple[str, ...]:
        """Return the subs."""
        if mask not in self._names:
            self._names[mask] = tuple(dict.fromkeys(sub for n, sub in enumerate(self._subs) if mask >> n & 1))
        return self._names[mask]


def _slots(query: Query) -> Iterator[Opening]:
    runs = legal_starts(query)
    stretches = union((first, last + 1) for first, last, _ in runs)
    firsts = [first for first, _, _ in runs]
    for start in _chosen(query, stretches):
        members = runs[bisect_right(firsts, start) - 1][2]
        yield Opening(start, start + query.duration, members)


def _chosen(query: Query, stretches: Spans) -> Iterable[int]:
    """Return the starts to give back, of those in the stretches."""
    apart = query.form == "slots"
    if query.starts is not None:
        return [start for start in sorted(set(query.starts)) if span_at(stretches, start)]
    if query.step is not None:
        marked = marks(stretches, query.step)
        return _spaced(marked, query.duration) if apart else marked
    return _back_to_back(stretches, query.duration, apart=apart)


def _spaced(starts: Iterable[int], duration: int) -> Iterator[int]:
    """Yield the first of the starts, and each next one that is not before the last one's end."""
    clear: int | None = None
    for start in starts:
        if clear is None or start >= clear:
            yield start
            clear = start + duration


def _back_to_back(stretches: Spans, duration: int, *, apart: bool) -> Iterator[int]:
    """Yield starts one duration after the other from each stretch's beginning; `apart` from other stretches' too."""
    clear: int | None = None
    for first, end in stretches:
        start = first if clear is None or not apart else max(first, clear)
        while start < end:
            yield start
            start += duration
            clear = start


def marks(stretches: Iterable[Span], step: int) -> Iterator[int]:
    """Yield every mark of the grid that is in the stretches."""
    for first, end in stretches:
        mark = next_mark(first, step)
        while mark < end:
            yield mark
            mark = next_mark(mark + 1, step)


def next_mark(moment: int, step: int) -> int:
    """Return the first mark at or after a moment; each UTC day begins the marks anew."""
    day = moment - moment % DAY
    return min(day - (day - moment) // step * step, day + DAY)


def _periods(query: Query) -> list[Opening]:
    # Time in which not even one slot fits is no free time of a member, and so splits nothing.
    free = [at_least(zone, query.duration) for zone in _zones(query)]
    roll = _Roll(query)
    found = (Opening(start, end, roll.names(mask)) for start, end, mask in _unchanging(free, roll))
    snapped = found if query.step is None else (_snapped(period, query.step) for period in found)
    return [period for period in snapped if period.end - period.start >= query.duration]


def _snapped(period: Opening, step: int) -> Opening:
    return replace(period, start=next_mark(period.start, step))


def _unchanging(free: list[Spans], roll: _Roll) -> Iterator[tuple[int, int, int]]:
    """Yield the stretches over which the same people are free and enough; of these the longest."""
    held: tuple[int, int, int] | None = None
    for start, end, mask in strata(free):
        if not roll.enough(mask):
            continue
        if held and held[1] == start and roll.names(held[2]) == roll.names(mask):
            held = (held[0], end, held[2])
            continue
        if held:
            yield held
        held = (start, end, mask)
    if held:
        yield held
