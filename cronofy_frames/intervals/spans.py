"""Sets of intervals as NumPy arrays: start and end in microseconds UTC and a group number for each; half-open.

No function loops over spans. All groups are in one set of arrays, so a thousand people cost as much as one person with
as many spans; and group numbers are never added to times, which would overflow with dates far away.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Micros = npt.NDArray[np.int64]
"""Microseconds since 1970, or plain whole numbers."""

Flags = npt.NDArray[np.bool_]

MOST_AT_ONCE = 4_000_000
"""How many numbers to work on at once where there could be very many."""


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Intervals of several groups.

    Attributes
    ----------
    group
        The group number of each: 0, 1, 2 ...
    start, end
        Its bounds, the end exclusive.
    """

    group: Micros
    start: Micros
    end: Micros

    @classmethod
    def of(cls, start: Micros, end: Micros) -> Spans:
        """Return the spans of a single group."""
        return cls(np.zeros(len(start), np.int64), start, end)

    def __len__(self) -> int:
        return len(self.start)

    @property
    def length(self) -> Micros:
        """The length of each."""
        return self.end - self.start

    def take(self, index: Micros | Flags | slice) -> Spans:
        """Return some of the spans."""
        return Spans(self.group[index], self.start[index], self.end[index])

    def at_least(self, length: int) -> Spans:
        """Return the spans of at least this length."""
        return self.take(self.length >= length)

    def clip(self, start: int, end: int) -> Spans:
        """Return the parts of the spans within a window."""
        inside = Spans(self.group, np.maximum(self.start, start), np.minimum(self.end, end))
        return inside.take(inside.end > inside.start)


def concatenate_groups(groups: list[Spans]) -> Spans:
    """Return the spans of several sets, those of the n-th as group n."""
    nothing = np.zeros(0, np.int64)
    group = np.repeat(np.arange(len(groups)), [len(spans) for spans in groups]).astype(np.int64)
    start = np.concatenate([nothing, *(spans.start for spans in groups)])
    end = np.concatenate([nothing, *(spans.end for spans in groups)])
    return Spans(group, start, end)


def concatenate(first: Spans, second: Spans) -> Spans:
    """Return the spans of two sets with the same groups, in no order."""
    group, start, end = (
        np.concatenate([getattr(first, name), getattr(second, name)]) for name in ("group", "start", "end")
    )
    return Spans(group, start, end)


def order_of(group: Micros, times: Micros) -> Micros:
    """Return the order by group, then time; ties keep their order."""
    order = np.argsort(times, kind="stable")
    if not group.any():
        return order
    # numpy sorts short integers by radix, many times faster than long ones
    short = group[order].astype(np.uint16 if group.max() < 2**16 else np.int64)
    sorted_by_group: Micros = order[np.argsort(short, kind="stable")]
    return sorted_by_group


def union(spans: Spans) -> Spans:
    """Return the union of each group's spans, in order: the results neither overlap nor touch."""
    spans = spans.take(spans.end > spans.start)
    if not len(spans):
        return spans
    group, starts, ends = spans.group, np.sort(spans.start), np.sort(spans.end)
    if group.any():
        by_start, by_end = order_of(group, spans.start), order_of(group, spans.end)
        group, starts, ends = group[by_start], spans.start[by_start], spans.end[by_end]
    # a part begins with a group's nth start where all n before it have ended, that is where the nth end came before
    first = np.ones(len(group), np.bool_)
    first[1:] = (group[1:] != group[:-1]) | (starts[1:] > ends[:-1])
    return Spans(group[first], starts[first], ends[np.append(first[1:], True)])


def depth(spans: Spans) -> tuple[Spans, Micros]:
    """Return intervals with the number of spans that cover each, in order; neighbours differ, and no number is 0."""
    spans = spans.take(spans.end > spans.start)
    group, times = np.concatenate([spans.group, spans.group]), np.concatenate([spans.start, spans.end])
    order = order_of(group, times)
    group, times, step = group[order], times[order], np.where(order < len(spans), 1, -1)
    new = np.ones(len(group), np.bool_)
    new[1:] = (group[1:] != group[:-1]) | (times[1:] != times[:-1])
    at = np.flatnonzero(new)
    steps = np.add.reduceat(step, at) if len(at) else step
    at, steps = at[steps != 0], steps[steps != 0]
    group, times, count = group[at], times[at], np.cumsum(steps)
    # each group's last step is down to 0, so what is above 0 goes on to the next step of the same group
    up = np.flatnonzero(count > 0)
    return Spans(group[up], times[up], times[up + 1]), count[up]


def complement(taken: Spans, groups: int, start: int, end: int) -> Spans:
    """Return what is left of a window for each group, given a `union` of taken time and the number of groups."""
    taken = taken.clip(start, end)
    every = np.arange(groups)
    first, last = np.searchsorted(taken.group, every), np.searchsorted(taken.group, every, "right")
    rest = Spans(
        np.insert(taken.group, first, every), np.insert(taken.end, first, start), np.insert(taken.start, last, end)
    )
    return rest.take(rest.end > rest.start)


def seek(group: Micros, times: Micros, target_group: Micros, target: Micros, *, right: bool = False) -> Micros:
    """Return insertion points like `numpy.searchsorted`, but within groups; `times` are sorted by group, then time."""
    if not group.any() and not target_group.any():
        return np.searchsorted(times, target, "right" if right else "left")
    low, high = np.searchsorted(group, target_group), np.searchsorted(group, target_group, "right")
    while (unsure := low < high).any():
        middle = (low + high) // 2
        probe = times[np.minimum(middle, len(times) - 1)]
        before = unsure & ((probe <= target) if right else (probe < target))
        low, high = np.where(before, middle + 1, low), np.where(unsure & ~before, middle, high)
    return low


def runs(first: Micros, count: Micros) -> tuple[Micros, Micros]:
    """Return ranges of consecutive integers as one array: for each integer its range, and the integer itself.

    Range n has `count[n]` integers from `first[n]` on.
    """
    run = np.repeat(np.arange(len(count)), count)
    within = np.arange(len(run)) - np.repeat(np.cumsum(count) - count, count)
    return run, first[run] + within


def crossings(spans: Spans, parts: Spans, *, common: bool = False) -> tuple[Micros, Micros]:
    """Return for each span the first part that it overlaps, and how many parts it overlaps.

    Parameters
    ----------
    spans
        Any spans.
    parts
        In order and disjoint, as `union` returns them.
    common
        Whether the parts, then all in group 0, apply to every group of the spans.
    """
    group = np.zeros_like(spans.group) if common else spans.group
    first = seek(parts.group, parts.end, group, spans.start, right=True)
    return first, np.maximum(seek(parts.group, parts.start, group, spans.end) - first, 0)


def pieces(spans: Spans, parts: Spans, *, common: bool = False) -> tuple[Spans, Micros]:
    """Return the spans cut at the bounds of the parts, and the part of each piece; for arguments see `crossings`."""
    return cut(spans, parts, *crossings(spans, parts, common=common))


def cut(spans: Spans, parts: Spans, first: Micros, count: Micros) -> tuple[Spans, Micros]:
    """Return the result of `pieces`, given the result of `crossings`."""
    span, part = runs(first, count)
    start, end = np.maximum(spans.start[span], parts.start[part]), np.minimum(spans.end[span], parts.end[part])
    return Spans(spans.group[span], start, end), part


def intersection(spans: Spans, parts: Spans, *, common: bool = False) -> Spans:
    """Return the time of spans that lies within parts; for arguments see `crossings`."""
    inside, _ = pieces(spans, parts, common=common)
    return inside.take(inside.end > inside.start)


def overlaps(spans: Spans) -> tuple[Micros, Micros]:
    """Return an order of the spans, and for each in that order with how many of the directly following it overlaps."""
    order = order_of(spans.group, spans.start)
    placed = spans.take(order)
    reach = seek(placed.group, placed.start, placed.group, placed.end)
    return order, reach - np.arange(len(order)) - 1


def overlapping(spans: Spans) -> Flags:
    """Return which spans overlap another of their group."""
    order, followers = overlaps(spans)
    at = np.arange(len(order))
    # each overlaps those that follow it: one up where these begin, one down after them
    steps = np.bincount(at + 1, minlength=len(at) + 1) - np.bincount(at + 1 + followers, minlength=len(at) + 1)
    mask = np.zeros(len(spans), np.bool_)
    mask[order] = (np.cumsum(steps)[: len(at)] > 0) | (followers > 0)
    return mask


def common_stretches(
    free: Spans, groups: int, required: int, length: int, *, most: int = MOST_AT_ONCE
) -> tuple[Spans, Flags]:
    """Return the longest intervals in which the same groups are free, at least `required` of them, in order.

    Parameters
    ----------
    free
        The free time of each group, in order and disjoint.
    groups, required
        How many groups there are, and how many are needed.
    length
        The least length of an interval.
    most
        How many numbers to work on at once.

    Returns
    -------
    The intervals, none within another, and for each the groups that are free throughout, as a row of Booleans.
    """
    levels, count = depth(Spans.of(free.start, free.end))
    begins, _ = pieces(Spans.of(starts := np.unique(free.start), starts + 1), levels.take(count >= required))
    bounds = np.searchsorted(free.group, np.arange(groups + 1))
    block, reached = max(1, most // max(groups, 1)), np.iinfo(np.int64).min
    results: list[tuple[Micros, Micros, Flags]] = [
        (begins.start[:0], begins.start[:0], np.zeros((0, groups), np.bool_))
    ]
    for first in range(0, len(begins), block):
        instants = begins.start[first : first + block]
        until = _until(free, bounds, instants)
        ends = np.partition(until, groups - required, axis=1)[:, groups - required]
        # what starts later and ends no later lies within an earlier one
        before = np.maximum.accumulate(np.append(reached, ends))
        new = (ends > before[:-1]) & (ends - instants >= length)
        results.append((instants[new], ends[new], until[new] >= ends[new, None]))
        reached = before[-1]
    start, end, is_free = (np.concatenate(parts) for parts in zip(*results, strict=True))
    return Spans.of(start, end), is_free


def _until(free: Spans, bounds: Micros, instants: Micros) -> Micros:
    """Return until when each group is free from each instant on; the least integer where it is not free."""
    until = np.full((len(instants), len(bounds) - 1), np.iinfo(np.int64).min)
    for group, (low, high) in enumerate(pairwise(bounds)):
        if low < high:
            starts, ends = free.start[low:high], free.end[low:high]
            at = np.minimum(np.searchsorted(ends, instants, "right"), high - low - 1)
            inside = (starts[at] <= instants) & (instants < ends[at])
            until[inside, group] = ends[at][inside]
    return until
