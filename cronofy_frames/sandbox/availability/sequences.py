"""Find sequences of meetings in which enough members of every meeting are free: sequenced availability.

Documented at docs.cronofy.com/developers/api/scheduling/sequenced-availability; see `model.assumptions` for what is not
documented. All times are seconds since 1970 UTC, all lengths are seconds.

The search has two parts. The backward part computes, for each set of scheduled items and the last of them, the starts
of that item from which the remaining items can follow. It works on spans, so many starts cost no more than one. The
forward part goes through the starts in order, and takes only steps that lead to a complete sequence. Both parts are
limited by `MAX_SPANS_EXAMINED`: when the limit of the backward part is reached, the forward part also tries steps that
may fail; when its own limit is reached, the sequences found so far are the result.

A step is one move of the search: it adds an item and its start to a path.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter, itemgetter
from typing import NamedTuple

from cronofy_frames.sandbox.availability.solver import (
    AvailabilityQuery,
    Group,
    StartRun,
    find_start_runs,
    grid_marks,
)
from cronofy_frames.sandbox.availability.spans import ALL_TIME, Span, TimeSet, intersection, union

MAX_SEQUENCES = 50

MAX_SPANS_EXAMINED = 1_000_000
"""Number of spans of time that one query may examine, which takes some seconds."""

DEFAULT_INTERVAL = 900
"""Seconds between the starts that are tried for an item without `start_interval`."""

SPANS_PER_TRY = 10
"""Number of spans that can be examined in the time that it takes to try one start."""


@dataclass(frozen=True, slots=True)
class Distance:
    """Required time on one side of an item.

    Attributes
    ----------
    minimum
        Minimum time to busy time and to the neighbouring item.
    maximum
        Maximum time to the neighbouring item; None means no maximum.
    """

    minimum: int = 0
    maximum: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceItem:
    """One meeting of a sequence.

    Attributes
    ----------
    sequence_id
        The caller's id.
    groups
        Groups that must have enough free members.
    duration
        Length of the meeting.
    ordinal
        The item comes before all items with a larger ordinal; None means any position.
    interval
        Distance of the grid marks on which it may start; None means `DEFAULT_INTERVAL` and the starts of free time.
    before, after
        Required distances on both sides. A member's own buffer replaces the minimum to busy time.
    periods
        Time in which the item must lie, in any order, in addition to the query periods; None means only those.
    """

    sequence_id: str | int
    groups: tuple[Group, ...]
    duration: int
    ordinal: int | None = None
    interval: int | None = None
    before: Distance = Distance()
    after: Distance = Distance()
    periods: tuple[Span, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceQuery:
    """A query for sequences.

    Attributes
    ----------
    items
        The meetings; each sequence has every one once.
    periods
        The query periods, in any order.
    max_results
        Maximum number of sequences; None means `MAX_SEQUENCES`.
    """

    items: tuple[SequenceItem, ...]
    periods: tuple[Span, ...]
    max_results: int | None = None


@dataclass(frozen=True, slots=True)
class ScheduledItem:
    """An item with its time.

    Attributes
    ----------
    sequence_id
        The caller's id.
    start, end
        Seconds since 1970 UTC.
    members
        The subs of all free members, in the order of the request.
    """

    sequence_id: str | int
    start: int
    end: int
    members: tuple[str, ...]


ItemSequence = tuple[ScheduledItem, ...]
"""All items of a query, scheduled, in the order of time."""


class SequenceStep(NamedTuple):
    """A start, and the index of the item that starts then."""

    start: int
    item_index: int


Path = tuple[SequenceStep, ...]
"""Steps in the order of time."""


def find_sequences(query: SequenceQuery, *, max_spans_examined: int = MAX_SPANS_EXAMINED) -> list[ItemSequence]:
    """Return the earliest sequence for each first item and its start, ordered by start, then position in the request.

    Parameters
    ----------
    query
        The query.
    max_spans_examined
        Number of spans that may be examined; a tenth as many starts may be tried.
    """
    if not query.items:
        return []
    limit = MAX_SEQUENCES if query.max_results is None else query.max_results
    search = _SequenceSearch(query, max_spans_examined)
    return [search.to_sequence(path) for path in islice(search.complete_paths(), max(limit, 0))]


class _ItemStarts:
    """The starts at which one item can be scheduled by itself.

    Attributes
    ----------
    interval
        Largest distance of two consecutive starts that are tried within free time.
    starts
        The starts that are tried, sorted.
    spans
        Spans that include all of them; each begins and ends with one.
    """

    def __init__(self, query: SequenceQuery, item: SequenceItem) -> None:
        item_query = _item_query(query, item)
        self._runs: list[StartRun] = find_start_runs(item_query)
        legal_starts = union((run.first, run.last + 1) for run in self._runs)
        self.interval = item.interval or DEFAULT_INTERVAL
        marks = grid_marks(legal_starts, self.interval)
        self.starts = list(marks) if item.interval else sorted({*marks, *(first for first, _ in legal_starts)})
        self.spans = self.trim(legal_starts)

    def members_at(self, start: int) -> tuple[str, ...]:
        """Return the subs that are free at a start."""
        return self._runs[bisect_right(self._runs, start, key=attrgetter("first")) - 1].members

    def trim(self, spans: TimeSet) -> TimeSet:
        """Return each span from the first to the last start that is tried in it; drop spans without one."""
        return tuple(
            (self.starts[first], self.starts[last - 1] + 1) for first, last in self._index_ranges(spans) if first < last
        )

    def single_starts(self, spans: TimeSet) -> Iterable[Span]:
        """Return each start that is tried in the spans as a span of one second."""
        return [(start, start + 1) for first, last in self._index_ranges(spans) for start in self.starts[first:last]]

    def _index_ranges(self, spans: TimeSet) -> list[tuple[int, int]]:
        return [(bisect_left(self.starts, start), bisect_left(self.starts, end)) for start, end in spans]


class _SequenceSearch:
    """Search for the paths that schedule all items; items are numbered as in the request, sets of items are masks."""

    def __init__(self, query: SequenceQuery, max_spans_examined: int) -> None:
        self._items = query.items
        self._item_starts = [_ItemStarts(query, item) for item in query.items]
        self._predecessors = [_predecessor_mask(query, item) for item in query.items]
        self._all_items = (1 << len(query.items)) - 1
        self._viable_starts: dict[tuple[int, int], TimeSet] = {}
        self._spans_left = max_spans_examined
        self._tries_left = max_spans_examined // SPANS_PER_TRY

    def to_sequence(self, path: Path) -> ItemSequence:
        """Return the scheduled items of a path."""
        return tuple(self._scheduled_item(step) for step in path)

    def _scheduled_item(self, step: SequenceStep) -> ScheduledItem:
        item, members = self._items[step.item_index], self._item_starts[step.item_index].members_at(step.start)
        return ScheduledItem(item.sequence_id, step.start, step.start + item.duration, members)

    def complete_paths(self) -> Iterator[Path]:
        """Yield the first complete path for each first step."""
        for step in self._next_steps((), 0):
            path = self._complete((step,), 1 << step.item_index)
            if path is not None:
                yield path

    def _complete(self, path: Path, scheduled: int) -> Path | None:
        """Return the first complete path that begins with a path, or None."""
        if scheduled == self._all_items:
            return path
        for step in self._next_steps(path, scheduled):
            complete_path = self._complete((*path, step), scheduled | 1 << step.item_index)
            if complete_path is not None:
                return complete_path
        return None

    def _next_steps(self, path: Path, scheduled: int) -> Iterator[SequenceStep]:
        """Yield the possible next steps by start, then item, until no tries are left."""
        last = path[-1] if path else None
        for step in heapq.merge(*(self._item_steps(last, index, scheduled) for index in self._next_items(scheduled))):
            self._tries_left -= 1
            if self._tries_left < 0:
                return
            yield step

    def _next_items(self, scheduled: int) -> list[int]:
        """Return the items that may come next: not scheduled yet, and all predecessors scheduled."""
        return [
            item_index
            for item_index, predecessors in enumerate(self._predecessors)
            if not scheduled >> item_index & 1 and predecessors & scheduled == predecessors
        ]

    def _item_steps(self, last: SequenceStep | None, item_index: int, scheduled: int) -> Iterator[SequenceStep]:
        """Yield the viable steps of one item within the allowed distance from the last step."""
        first, end = self._allowed_starts(last, item_index)
        starts, viable = (
            self._item_starts[item_index].starts,
            self._find_viable_starts(item_index, scheduled | 1 << item_index),
        )
        first_index = bisect_right(viable, first, key=itemgetter(1))
        for span_start, span_end in islice(viable, first_index, None):
            if span_start >= end:
                return
            indexes = range(bisect_left(starts, max(span_start, first)), bisect_left(starts, min(span_end, end)))
            yield from (SequenceStep(starts[index], item_index) for index in indexes)

    def _allowed_starts(self, last: SequenceStep | None, item_index: int) -> Span:
        """Return the span in which an item may start after the last step."""
        if last is None:
            return ALL_TIME[0]
        nearest, farthest = self._start_offsets(last.item_index, item_index)
        return last.start + nearest, ALL_TIME[0][1] if farthest is None else last.start + farthest + 1

    def _start_offsets(self, item_index: int, following_index: int) -> tuple[int, int | None]:
        """Return the minimum and maximum seconds from the start of an item to the start of the following one."""
        minimum, maximum = gap_between(self._items[item_index], self._items[following_index])
        duration = self._items[item_index].duration
        return duration + minimum, None if maximum is None else duration + maximum

    def _find_viable_starts(self, item_index: int, scheduled: int) -> TimeSet:
        """Return the starts of the item scheduled last from which the remaining items can follow.

        Of a span only the starts that are tried count; its first and last second are such starts. When no more spans
        may be examined, return all starts of the item.
        """
        if scheduled == self._all_items or self._spans_left < 0:
            return self._item_starts[item_index].spans
        if (item_index, scheduled) not in self._viable_starts:
            reachable = [
                self._starts_leading_to(
                    item_index,
                    following_index,
                    self._find_viable_starts(following_index, scheduled | 1 << following_index),
                )
                for following_index in self._next_items(scheduled)
            ]
            self._spans_left -= 1 + sum(map(len, reachable))
            viable = intersection(self._item_starts[item_index].spans, union(*reachable))
            self._viable_starts[item_index, scheduled] = self._item_starts[item_index].trim(viable)
        return self._viable_starts[item_index, scheduled]

    def _starts_leading_to(self, item_index: int, following_index: int, following_starts: TimeSet) -> list[Span]:
        """Return the starts of an item after which the following one can begin at one of `following_starts`."""
        nearest, farthest = self._start_offsets(item_index, following_index)
        if farthest is None:
            return [(ALL_TIME[0][0], following_starts[-1][1] - nearest)] if following_starts else []
        starts: Iterable[Span] = following_starts
        if farthest - nearest + 1 < self._item_starts[following_index].interval:
            # A span also includes seconds that are not tried as a start. If the distance may vary by less than the
            # interval, none of the starts that are tried may be at an allowed distance, so take each start by itself.
            starts = self._item_starts[following_index].single_starts(following_starts)
        return [(start - farthest, end - nearest) for start, end in starts]


def gap_between(earlier: SequenceItem, later: SequenceItem) -> tuple[int, int | None]:
    """Return the minimum and maximum seconds between two consecutive items; None means no maximum."""
    sides = (earlier.after, later.before)
    maximums = [side.maximum for side in sides if side.maximum is not None]
    return max(side.minimum for side in sides), min(maximums, default=None)


def _item_query(query: SequenceQuery, item: SequenceItem) -> AvailabilityQuery:
    """Return the availability query for one item by itself."""
    periods = query.periods
    if item.periods is not None:
        periods = intersection(union(query.periods), union(item.periods))
    return AvailabilityQuery(
        groups=item.groups,
        duration=item.duration,
        periods=periods,
        interval=item.interval,
        before=item.before.minimum,
        after=item.after.minimum,
    )


def _predecessor_mask(query: SequenceQuery, item: SequenceItem) -> int:
    """Return the mask of the items that must come before an item: those with a smaller ordinal."""
    if item.ordinal is None:
        return 0
    return sum(
        1 << item_index
        for item_index, other in enumerate(query.items)
        if other.ordinal is not None and other.ordinal < item.ordinal
    )
