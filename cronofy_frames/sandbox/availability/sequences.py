"""Several meetings one after the other: sequenced availability, over plain spans of time.

Documented at docs.cronofy.com/developers/api/scheduling/sequenced-availability; what is not documented is decided as
`guesses` lists.

The search first goes backwards: for each set of placed items and the last of them it works out from which of the
last one's starts the rest can follow, as spans of time, so that many starts cost no more than one. Then it goes
forward, by start, and takes only steps that lead to an end: a proposal costs a step for each item. It cannot run away,
because both parts are bounded by `SEARCH_STEPS`: when the first has used it up, steps that are not known to fail
are tried too; when the second has, the proposals found so far are the answer.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter

from cronofy_frames.sandbox.availability.solver import Group, Query, legal_starts, marks
from cronofy_frames.sandbox.availability.spans import WHOLE, Span, Spans, intersection, union

MOST_PROPOSALS = 50

SEARCH_STEPS = 1_000_000
"""Bounds the time of one query to some seconds."""

STEP = 900
"""Seconds between the starts that are tried for an item without `start_interval`."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Time on one side of an item, in seconds.

    Attributes
    ----------
    minimum
        At least so much, free of busy time and of the neighbouring item.
    maximum
        The neighbouring item is no further away; None is no bound.
    """

    minimum: int = 0
    maximum: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One meeting of a sequence; all lengths are in seconds.

    Attributes
    ----------
    sequence_id
        The caller's id for it.
    groups
        Who must be free.
    duration
        Its length.
    ordinal
        It comes before every item with a larger one; None leaves its place open.
    step
        The distance of the marks that it may start on; None leaves it open.
    before, after
        The gaps on both sides. A member's own buffer takes the place of the minimum against busy time.
    spans
        Where it must lie, beside the query periods of the sequence; None is no more than those.
    """

    sequence_id: str | int
    groups: tuple[Group, ...]
    duration: int
    ordinal: int | None = None
    step: int | None = None
    before: Gap = Gap()
    after: Gap = Gap()
    spans: Spans | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceQuery:
    """A question for sequences.

    Attributes
    ----------
    items
        What is to be placed, each once.
    spans
        The query periods.
    max_results
        How many proposals at most; None is the limit.
    """

    items: tuple[Item, ...]
    spans: Spans
    max_results: int | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """An item with its time.

    Attributes
    ----------
    sequence_id
        The caller's id for it.
    start, end
        Seconds since 1970 UTC.
    members
        The sub of every member that is free, in the order of the request.
    """

    sequence_id: str | int
    start: int
    end: int
    members: tuple[str, ...]


Proposal = tuple[Placed, ...]
"""Every item of a sequence, placed, in the order of time."""


def proposals(query: SequenceQuery, *, search_steps: int = SEARCH_STEPS) -> list[Proposal]:
    """Return whole sequences, ordered by the first start, then the first item's place in the request, then so on.

    From each beginning, which is an item and its start, it is the first in that order that is proposed.

    Parameters
    ----------
    query
        The question.
    search_steps
        How many spans of time are looked at; a tenth of it is how many placements are tried.
    """
    if not query.items:
        return []
    most = MOST_PROPOSALS if query.max_results is None else query.max_results
    search = _Search(query, search_steps)
    return [search.told(way) for way in islice(search.ways(), max(most, 0))]


LOOKS_PER_TRY = 10
"""How much longer it takes to try a step than to look at a span."""

Step = tuple[int, int]
"""A start, and which item starts then."""

Way = tuple[Step, ...]
"""Steps, the first one first."""


class _Search:
    """The items' possible starts, and the ways through them."""

    def __init__(self, query: SequenceQuery, search_steps: int) -> None:
        self._items = query.items
        asked = [_question(query, item) for item in query.items]
        self._runs = [legal_starts(one) for one in asked]
        self._steps = [item.step or STEP for item in query.items]
        stretches = [union((first, last + 1) for first, last, _ in runs) for runs in self._runs]
        self._starts = [_tried(*drawn) for drawn in zip(asked, stretches, self._steps, strict=True)]
        self._whole = [self._trimmed(n, spans) for n, spans in enumerate(stretches)]
        self._earlier = _earlier(query)
        self._all = (1 << len(query.items)) - 1
        self._hopes: dict[tuple[int, int], Spans] = {}
        self._looks = search_steps
        self._tries = self._looks // LOOKS_PER_TRY

    def told(self, way: Way) -> Proposal:
        """Return a way as a proposal."""
        return tuple(self._placed(start, n) for start, n in way)

    def _placed(self, start: int, n: int) -> Placed:
        item, runs = self._items[n], self._runs[n]
        members = runs[bisect_right(runs, start, key=itemgetter(0)) - 1][2]
        return Placed(item.sequence_id, start, start + item.duration, members)

    def ways(self) -> Iterator[Way]:
        """Yield the ways to be proposed."""
        for step in self._next((), 0):
            yield from islice(self._through((step,), 1 << step[1]), 1)

    def _through(self, way: Way, placed: int) -> Iterator[Way]:
        """Yield every completion of a way, in order."""
        if placed == self._all:
            yield way
            return
        for step in self._next(way, placed):
            yield from self._through((*way, step), placed | 1 << step[1])

    def _next(self, way: Way, placed: int) -> Iterator[Step]:
        """Yield what may come next, by start, then by place in the request, until the tries are used up."""
        last = way[-1] if way else None
        for step in heapq.merge(*(self._after(last, n, placed) for n in self._ready(placed))):
            self._tries -= 1
            if self._tries < 0:
                return
            yield step

    def _ready(self, placed: int) -> list[int]:
        """Return the items that may come next."""
        return [n for n, earlier in enumerate(self._earlier) if not placed >> n & 1 and earlier & placed == earlier]

    def _after(self, last: Step | None, n: int, placed: int) -> Iterator[Step]:
        """Yield the hopeful steps of one item that are neither too near to the last step nor too far."""
        first, beyond = WHOLE[0]
        if last is not None:
            nearest, farthest = self._distance(last[1], n)
            first = last[0] + nearest
            beyond = beyond if farthest is None else last[0] + farthest + 1
        starts, hopes = self._starts[n], self._hope(n, placed | 1 << n)
        for start, end in islice(hopes, bisect_right(hopes, first, key=itemgetter(1)), None):
            if start >= beyond:
                return
            for k in range(bisect_left(starts, max(start, first)), bisect_left(starts, min(end, beyond))):
                yield starts[k], n

    def _distance(self, n: int, m: int) -> tuple[int, int | None]:
        """Return the least and the most from one item's start to the next one's."""
        least, most = gap_between(self._items[n], self._items[m])
        length = self._items[n].duration
        return length + least, None if most is None else length + most

    def _hope(self, n: int, placed: int) -> Spans:
        """Return the starts of the item placed last from which the rest can follow; all, once no more may be looked at.

        Of a span every start is meant that is tried; first and last second are such starts.
        """
        if placed == self._all or self._looks < 0:
            return self._whole[n]
        if (n, placed) not in self._hopes:
            reached = [self._reaching(n, m, self._hope(m, placed | 1 << m)) for m in self._ready(placed)]
            self._looks -= 1 + sum(map(len, reached))
            self._hopes[n, placed] = self._trimmed(n, intersection(self._whole[n], union(*reached)))
        return self._hopes[n, placed]

    def _reaching(self, n: int, m: int, starts: Spans) -> list[Span]:
        """Return when one item can start so that the next one can start at one of its own starts."""
        nearest, farthest = self._distance(n, m)
        if farthest is None:
            return [(WHOLE[0][0], starts[-1][1] - nearest)] if starts else []
        # Starts that lie wider apart than the gap may vary leave holes between them.
        apart = starts if farthest - nearest + 1 >= self._steps[m] else self._singly(m, starts)
        return [(start - farthest, end - nearest) for start, end in apart]

    def _singly(self, n: int, spans: Spans) -> Iterable[Span]:
        listed = self._starts[n]
        bounds = [(bisect_left(listed, start), bisect_left(listed, end)) for start, end in spans]
        return [(start, start + 1) for first, last in bounds for start in listed[first:last]]

    def _trimmed(self, n: int, spans: Spans) -> Spans:
        """Return the spans from their first to their last start that is tried."""
        listed = self._starts[n]
        bounds = [(bisect_left(listed, start), bisect_left(listed, end)) for start, end in spans]
        return tuple((listed[first], listed[last - 1] + 1) for first, last in bounds if first < last)


def gap_between(before: Item, after: Item) -> tuple[int, int | None]:
    """Return the least and the most time between two items that follow each other; None is no bound.

    Parameters
    ----------
    before, after
        The items.
    """
    least = (before.after.minimum, after.before.minimum)
    most = [gap.maximum for gap in (before.after, after.before) if gap.maximum is not None]
    return max(least), min(most, default=None)


def _question(query: SequenceQuery, item: Item) -> Query:
    """Return the query for one item alone."""
    return Query(
        groups=item.groups,
        duration=item.duration,
        spans=_searched(query, item),
        step=item.step,
        before=item.before.minimum,
        after=item.after.minimum,
    )


def _searched(query: SequenceQuery, item: Item) -> Spans:
    if item.spans is None:
        return query.spans
    return intersection(union(query.spans), union(item.spans))


def _tried(query: Query, stretches: Spans, step: int) -> list[int]:
    """Return the starts that are tried for one item: the marks, and the beginnings of stretches where none are set."""
    marked = marks(stretches, step)
    return list(marked) if query.step else sorted({*marked, *(first for first, _ in stretches)})


def _earlier(query: SequenceQuery) -> list[int]:
    """Return for each item the mask of those that must come before it."""
    items = query.items
    return [sum(1 << m for m, other in enumerate(items) if _precedes(other, item)) for item in items]


def _precedes(one: Item, other: Item) -> bool:
    return one.ordinal is not None and other.ordinal is not None and one.ordinal < other.ordinal
