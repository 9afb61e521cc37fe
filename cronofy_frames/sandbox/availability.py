"""When people are free together: the query of availability, over plain spans of time.

Documented at docs.cronofy.com/developers/api/scheduling/availability and /developers/scheduling/buffers; what is not
documented is decided in `guesses`. A slot at `t` is legal for a member when the slot lies within one stretch of the
member's allowed time, and no busy time lies between the buffer's beginning before it and the buffer's end after it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from typing import Literal

from cronofy_frames.sandbox.guesses import DEFAULTS, Guesses
from cronofy_frames.sandbox.spans import (
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

DAY, HOUR = 86_400, 3_600


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
    guesses
        How the open questions are decided.
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
    guesses: Guesses = DEFAULTS

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
    most = query.guesses.limits.results if query.max_results is None else query.max_results
    return list(islice(found, max(most, 0)))


def windows(query: Query) -> Spans:
    """Return the query periods as they are searched: those that touch or overlap as one, unless guessed otherwise."""
    if query.spans is None:
        return WHOLE
    return union(query.spans) if query.guesses.merge_query_periods else tuple(sorted(set(query.spans)))


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
        seen = union(member.busy) if query.guesses.buffer_beyond_query else intersection(union(member.busy), asked)
        near = grown(_reaching(seen, first - before, last + after), before=after, after=before)
        allowed = WHOLE if member.allowed is None else union(member.allowed)
        zones.append(difference(difference(intersection(allowed, asked), union(member.closed)), near))
    return zones


def _reaching(spans: Spans, first: int, last: int) -> Spans:
    return tuple(span for span in spans if span[1] > first and span[0] < last)


class _Roll:
    """Who is meant by a mask of members, and whether they are enough; each mask is looked at once."""

    def __init__(self, query: Query) -> None:
        self._subs = [member.sub for member in query.members]
        self._once = query.guesses.repeated_subs == "once"
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
            subs = [sub for n, sub in enumerate(self._subs) if mask >> n & 1]
            self._names[mask] = tuple(dict.fromkeys(subs) if self._once else subs)
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
    guesses, apart = query.guesses, query.form == "slots"
    if query.starts is not None:
        listed = [start for start in sorted(set(query.starts)) if span_at(stretches, start)]
        return _spaced(listed, query.duration) if apart and not guesses.query_slots_overlap else listed
    step = query.step or (query.duration if guesses.grid_without_step == "origin" else None)
    if step is not None:
        marked = marks(stretches, grid(query, step))
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


def marks(stretches: Iterable[Span], following: Callable[[int], int]) -> Iterator[int]:
    """Yield every mark of a grid that is in the stretches."""
    for first, end in stretches:
        mark = following(first)
        while mark < end:
            yield mark
            mark = following(mark + 1)


def grid(query: Query, step: int) -> Callable[[int], int]:
    """Return what gives the first mark at or after a moment; each origin begins the marks anew."""
    if query.guesses.grid_origin == "query":
        origins = sorted({start for start, _ in windows(query)})
        return lambda moment: _mark_from(origins, moment, step)
    unit = DAY if query.guesses.grid_origin == "day" else HOUR
    return lambda moment: _mark(moment, moment - moment % unit, step, moment - moment % unit + unit)


def _mark(moment: int, origin: int, step: int, end: int | None) -> int:
    mark = origin - (origin - moment) // step * step
    return mark if end is None else min(mark, end)


def _mark_from(origins: list[int], moment: int, step: int) -> int:
    n = bisect_right(origins, moment)
    if n == 0:
        return origins[0]
    return _mark(moment, origins[n - 1], step, origins[n] if n < len(origins) else None)


def _periods(query: Query) -> list[Opening]:
    asked, roll, zones = windows(query), _Roll(query), _zones(query)
    parts: list[Spans] = [asked] if query.guesses.merge_query_periods else [(window,) for window in asked]
    found: set[Opening] = set()
    for part in parts:
        # Time in which not even one slot fits is no free time of a member, and so splits nothing.
        free = [at_least(intersection(zone, union(part)), query.duration) for zone in zones]
        whole = _unchanging(free, roll) if query.guesses.period_split == "change" else _longest(free, roll)
        found.update(Opening(start, end, roll.names(mask)) for start, end, mask in whole)
    following = grid(query, query.step) if query.step else None
    snapped = (_snapped(period, query, following) for period in found)
    wide = {period for period in snapped if period.end - period.start >= query.duration}
    return sorted(wide, key=lambda period: (period.start, period.end, _places(query, period.members)))


def _places(query: Query, subs: tuple[str, ...]) -> list[int]:
    """Return where in the request the subs are named, so that ties have an order."""
    order = [member.sub for member in query.members]
    return [order.index(sub) for sub in subs]


def _snapped(period: Opening, query: Query, following: Callable[[int], int] | None) -> Opening:
    if following is None or query.step is None:
        return period
    start, end = period.start, period.end
    if query.guesses.snap_period_start:
        start = following(start)
    if query.guesses.snap_period_end:
        end = max(marks([(end - query.step + 1, end + 1)], following), default=start)
    return Opening(start, end, period.members)


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


def _longest(free: list[Spans], roll: _Roll) -> Iterator[tuple[int, int, int]]:
    """Yield each stretch that a large enough set is free for and that cannot grow without losing one of them."""
    begun: dict[int, Span] = {}
    turns = sorted((start, 1 << n, end) for n, spans in enumerate(free) for start, end in spans)
    for start, beginning in groupby(turns, key=itemgetter(0)):
        fresh = {bit: (start, end) for _, bit, end in beginning}
        begun = {bit: span for bit, span in begun.items() if span[1] > start} | fresh
        for until in sorted({end for _, end in begun.values()}):
            held = {bit for bit, (_, end) in begun.items() if end >= until}
            if held & fresh.keys() and roll.enough(sum(held)):
                yield start, until, sum(held)
