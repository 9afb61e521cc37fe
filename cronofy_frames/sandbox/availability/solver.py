"""Find the times at which enough members of every group are free.

Documented at docs.cronofy.com/developers/api/scheduling/availability and /developers/scheduling/buffers; see
`model.assumptions` for what is not documented. All times are seconds since 1970 UTC, all lengths are seconds.

A member is free for a slot if the slot lies within one span of the member's allowed time, and no busy time lies between
the start of the buffer before the slot and the end of the buffer after it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from cronofy_frames.sandbox.availability.spans import (
    ALL_TIME,
    Span,
    TimeSet,
    difference,
    intersection,
    membership_segments,
    possible_starts,
    span_at,
    spans_of_length,
    union,
    widen,
)

ResponseFormat = Literal["periods", "slots", "overlapping_slots"]

DAY = 86_400

MAX_RESULTS = 512


@dataclass(frozen=True, slots=True)
class Member:
    """One person or resource of a group.

    Attributes
    ----------
    sub
        The account.
    busy
        Spans of busy time, in any order.
    allowed
        The only time in which the member is available, in any order; None means all time.
    closed_by_limits
        Time in which the limit of a constraint is reached, in any order.
    before, after
        The member's own buffer in seconds; None means the query's.
    """

    sub: str
    busy: tuple[Span, ...] = ()
    allowed: tuple[Span, ...] | None = None
    closed_by_limits: tuple[Span, ...] = ()
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Members of whom all, or a number, must be free.

    Attributes
    ----------
    members
        In the order of the request.
    required
        How many members must be free, or "all".
    """

    members: tuple[Member, ...]
    required: int | Literal["all"] = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailabilityQuery:
    """A query for times at which every group has enough free members.

    Attributes
    ----------
    groups
        The groups.
    duration
        Length of a slot, and minimum length of a period.
    periods
        Query periods, in any order; None means all time, and is allowed only with `starts`.
    starts
        The only slot starts to check, in any order; None means all starts within the query periods.
    interval
        Distance of the grid marks on which slots and periods start; None means no grid.
    before, after
        Buffer around a slot that must not be busy.
    response_format
        Whether to return periods, slots or overlapping slots.
    max_results
        Maximum number of openings; None means `MAX_RESULTS`.
    """

    groups: tuple[Group, ...]
    duration: int
    periods: tuple[Span, ...] | None = None
    starts: tuple[int, ...] | None = None
    interval: int | None = None
    before: int = 0
    after: int = 0
    response_format: ResponseFormat = "periods"
    max_results: int | None = None

    def __post_init__(self) -> None:
        if self.duration < 1 or (self.interval is not None and self.interval < 1):
            raise ValueError("duration and interval must be at least one second.")
        if self.periods is None and self.starts is None:
            raise ValueError("A query needs periods, or starts, or both.")

    @property
    def members(self) -> tuple[Member, ...]:
        """The members of all groups, in the order of the request."""
        return tuple(member for group in self.groups for member in group.members)

    @property
    def searched(self) -> TimeSet:
        """The time to search: the query periods, merged where they touch or overlap."""
        return ALL_TIME if self.periods is None else union(self.periods)


@dataclass(frozen=True, slots=True)
class Opening:
    """A slot or period in which every group has enough free members.

    Attributes
    ----------
    start, end
        Seconds since 1970 UTC.
    members
        The subs of all members that are free throughout, in the order of the request.
    """

    start: int
    end: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StartRun:
    """Consecutive slot starts at which the same members are free, and enough of every group.

    Attributes
    ----------
    first, last
        First and last start.
    members
        The subs of the free members.
    """

    first: int
    last: int
    members: tuple[str, ...]


def find_openings(query: AvailabilityQuery) -> list[Opening]:
    """Return the openings that a query asks for, ordered by start and limited to its maximum number."""
    as_periods = query.response_format == "periods" and query.starts is None
    openings = _find_periods(query) if as_periods else _find_slots(query)
    limit = MAX_RESULTS if query.max_results is None else query.max_results
    return list(islice(openings, max(limit, 0)))


def find_start_runs(query: AvailabilityQuery) -> list[StartRun]:
    """Return the slot starts at which every group has enough free members, as runs with the same free members."""
    starts = [possible_starts(free, query.duration) for free in _free_time(query)]
    masks = _MemberMasks(query)
    return [
        StartRun(first, end - 1, masks.subs(mask))
        for first, end, mask in membership_segments(starts)
        if masks.is_enough(mask)
    ]


def _free_time(query: AvailabilityQuery) -> list[TimeSet]:
    """Return for each member the time within which a slot must lie."""
    searched = query.searched
    return [_member_free_time(member, query, searched) for member in query.members]


def _member_free_time(member: Member, query: AvailabilityQuery, searched: TimeSet) -> TimeSet:
    """Return the searched time in which a member is available and at least a buffer away from busy time."""
    if not searched:
        return ()
    before = query.before if member.before is None else member.before
    after = query.after if member.after is None else member.after
    first, last = searched[0][0] - before, searched[-1][1] + after
    busy = [span for span in union(member.busy) if span[1] > first and span[0] < last]
    # A slot must end `after` before busy time starts, and start `before` after it ends.
    blocked = widen(busy, before=after, after=before)
    allowed = ALL_TIME if member.allowed is None else union(member.allowed)
    available = difference(intersection(allowed, searched), union(member.closed_by_limits))
    return difference(available, blocked)


class _MemberMasks:
    """Interpret a mask of members, bit n for the nth: their subs, and whether they are enough for every group.

    Results are cached, as few masks occur many times.
    """

    def __init__(self, query: AvailabilityQuery) -> None:
        self._subs = [member.sub for member in query.members]
        self._required: list[tuple[int, int]] = []  # mask of a group, and how many of it must be free
        position = 0
        for group in query.groups:
            size = len(group.members)
            group_mask = ((1 << size) - 1) << position
            self._required.append((group_mask, size if group.required == "all" else group.required))
            position += size
        self._enough_by_mask: dict[int, bool] = {}
        self._subs_by_mask: dict[int, tuple[str, ...]] = {}

    def is_enough(self, mask: int) -> bool:
        """Return whether the members of a mask are enough for every group."""
        if mask not in self._enough_by_mask:
            counts = (((mask & group_mask).bit_count(), required) for group_mask, required in self._required)
            self._enough_by_mask[mask] = all(count >= required for count, required in counts)
        return self._enough_by_mask[mask]

    def subs(self, mask: int) -> tuple[str, ...]:
        """Return the subs of a mask, each once, in the order of the request."""
        if mask not in self._subs_by_mask:
            subs = (sub for n, sub in enumerate(self._subs) if mask >> n & 1)
            self._subs_by_mask[mask] = tuple(dict.fromkeys(subs))
        return self._subs_by_mask[mask]


def _find_slots(query: AvailabilityQuery) -> Iterator[Opening]:
    """Yield the slots of a query, in order."""
    runs = find_start_runs(query)
    legal_starts = union((run.first, run.last + 1) for run in runs)
    first_starts = [run.first for run in runs]
    for start in _slot_starts(query, legal_starts):
        run = runs[bisect_right(first_starts, start) - 1]
        yield Opening(start, start + query.duration, run.members)


def _slot_starts(query: AvailabilityQuery, legal_starts: TimeSet) -> Iterable[int]:
    """Return the starts of the slots to return, in order: of the query's own starts, of the grid, or back to back."""
    overlapping = query.response_format == "overlapping_slots"
    if query.starts is not None:
        return [start for start in sorted(set(query.starts)) if span_at(legal_starts, start)]
    if query.interval is not None:
        marks = grid_marks(legal_starts, query.interval)
        return marks if overlapping else _without_overlaps(marks, query.duration)
    return _back_to_back_starts(legal_starts, query.duration, overlapping=overlapping)


def _without_overlaps(starts: Iterable[int], duration: int) -> Iterator[int]:
    """Yield the first start, and then each next one that is not before the end of the slot before it."""
    end: int | None = None
    for start in starts:
        if end is None or start >= end:
            yield start
            end = start + duration


def _back_to_back_starts(legal_starts: TimeSet, duration: int, *, overlapping: bool) -> Iterator[int]:
    """Yield starts one duration apart from the beginning of each span.

    Unless `overlapping`, a span begins no earlier than the end of the last slot of the span before it.
    """
    slot_end: int | None = None
    for first, end in legal_starts:
        start = first if slot_end is None or overlapping else max(first, slot_end)
        while start < end:
            yield start
            start += duration
            slot_end = start


def grid_marks(spans: Iterable[Span], interval: int) -> Iterator[int]:
    """Yield every grid mark within the spans."""
    for first, end in spans:
        mark = next_mark(first, interval)
        while mark < end:
            yield mark
            mark = next_mark(mark + 1, interval)


def next_mark(second: int, interval: int) -> int:
    """Return the first grid mark at or after a second; the grid starts anew at each UTC midnight."""
    midnight = second - second % DAY
    count = -(-(second - midnight) // interval)
    return min(midnight + count * interval, midnight + DAY)


def _find_periods(query: AvailabilityQuery) -> list[Opening]:
    """Return the periods in which the same members are free, and enough of every group, in order."""
    # A span too short for one slot does not make a member free, so it must not split a period of the others.
    free_time = [spans_of_length(free, query.duration) for free in _free_time(query)]
    periods = _merge_segments(free_time, _MemberMasks(query))
    if query.interval is not None:
        interval = query.interval
        periods = (replace(period, start=next_mark(period.start, interval)) for period in periods)
    return [period for period in periods if period.end - period.start >= query.duration]


def _merge_segments(free_time: list[TimeSet], masks: _MemberMasks) -> Iterator[Opening]:
    """Yield the periods in which enough members are free; adjacent ones with the same subs are one period."""
    period: Opening | None = None
    for start, end, mask in membership_segments(free_time):
        if not masks.is_enough(mask):
            continue
        subs = masks.subs(mask)
        if period is not None and period.end == start and period.members == subs:
            period = replace(period, end=end)
            continue
        if period is not None:
            yield period
        period = Opening(start, end, subs)
    if period is not None:
        yield period
