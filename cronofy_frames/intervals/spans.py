"""Sets of time as arrays: spans of microseconds UTC, each in a group. Half-open, pure, numpy alone.

The law of this file: no loop over spans. A set of groups lies in one set of arrays, so a thousand people cost what
one with as many spans does; and no arithmetic joins a group's number to a time, for with far dates it would overflow.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Micros = npt.NDArray[np.int64]
"""Microseconds since 1970, or plain whole numbers."""

Flags = npt.NDArray[np.bool_]

BLOCK = 4_000_000
"""How many numbers are worked on at once where they could be very many."""


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Stretches of time.

    Attributes
    ----------
    group
        Whose each is: 0, 1, 2 ...
    start, end
        From when, inclusive, to when, exclusive.
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
        """How long each is."""
        return self.end - self.start

    def take(self, which: Micros | Flags | slice) -> Spans:
        """Return some of them."""
        return Spans(self.group[which], self.start[which], self.end[which])

    def at_least(self, length: int) -> Spans:
        """Return those that are so long or longer."""
        return self.take(self.length >= length)

    def clipped(self, start: int, end: int) -> Spans:
        """Return what of them lies within a window."""
        inside = Spans(self.group, np.maximum(self.start, start), np.minimum(self.end, end))
        return inside.take(inside.end > inside.start)


def order_of(group: Micros, times: Micros) -> Micros:
    """Return the order by group, then time; ties stay as they are."""
    order = np.argsort(times, kind="stable")
    if not group.any():
        return order
    # numpy sorts short integers by radix, many times faster than long ones
    short = group[order].astype(np.uint16 if group.max() < 2**16 else np.int64)
    found: Micros = order[np.argsort(short, kind="stable")]
    return found


def union(spans: Spans) -> Spans:
    """Return the time that any span of a group covers, in order: parts neither overlap nor touch."""
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
    """Return stretches in order and how many spans of the group cover each; neighbours differ, none has 0."""
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
    """Return the rest of a window for each of so many groups; `taken` is what `union` gives."""
    taken = taken.clipped(start, end)
    every = np.arange(groups)
    first, last = np.searchsorted(taken.group, every), np.searchsorted(taken.group, every, "right")
    rest = Spans(
        np.insert(taken.group, first, every), np.insert(taken.end, first, start), np.insert(taken.start, last, end)
    )
    return rest.take(rest.end > rest.start)


def seek(group: Micros, times: Micros, wanted_group: Micros, wanted: Micros, *, right: bool = False) -> Micros:
    """Return where in times, sorted by group and then time, others belong: `numpy.searchsorted` within each group."""
    if not group.any() and not wanted_group.any():
        return np.searchsorted(times, wanted, "right" if right else "left")
    low, high = np.searchsorted(group, wanted_group), np.searchsorted(group, wanted_group, "right")
    while (unsure := low < high).any():
        middle = (low + high) // 2
        found = times[np.minimum(middle, len(times) - 1)]
        before = unsure & ((found <= wanted) if right else (found < wanted))
        low, high = np.where(before, middle + 1, low), np.where(unsure & ~before, middle, high)
    return low


def runs(first: Micros, count: Micros) -> tuple[Micros, Micros]:
    """Return the numbers of runs of consecutive numbers, `count` of them from `first` on, and the run of each."""
    run = np.repeat(np.arange(len(count)), count)
    within = np.arange(len(run)) - np.repeat(np.cumsum(count) - count, count)
    return run, first[run] + within


def crossings(spans: Spans, parts: Spans, *, common: bool = False) -> tuple[Micros, Micros]:
    """Return the first part that each span reaches into, and how many it does.

    Parameters
    ----------
    spans
        Any.
    parts
        In order and disjoint, as `union` gives them.
    common
        Whether the parts, then all of group 0, are those of every group.
    """
    group = np.zeros_like(spans.group) if common else spans.group
    first = seek(parts.group, parts.end, group, spans.start, right=True)
    return first, np.maximum(seek(parts.group, parts.start, group, spans.end) - first, 0)


def pieces(spans: Spans, parts: Spans, *, common: bool = False) -> tuple[Spans, Micros]:
    """Return the spans cut by parts, and the part that each piece lies in; the arguments are those of `crossings`."""
    return cut(spans, parts, *crossings(spans, parts, common=common))


def cut(spans: Spans, parts: Spans, first: Micros, count: Micros) -> tuple[Spans, Micros]:
    """Return the same as `pieces`, given what `crossings` found."""
    span, part = runs(first, count)
    start, end = np.maximum(spans.start[span], parts.start[part]), np.minimum(spans.end[span], parts.end[part])
    return Spans(spans.group[span], start, end), part


def intersection(spans: Spans, parts: Spans, *, common: bool = False) -> Spans:
    """Return the time of spans that lies within parts; the arguments are those of `crossings`."""
    found, _ = pieces(spans, parts, common=common)
    return found.take(found.end > found.start)


def overlaps(spans: Spans) -> tuple[Micros, Micros]:
    """Return an order of spans, and with how many of those after it in that order each overlaps: those that follow."""
    order = order_of(spans.group, spans.start)
    placed = spans.take(order)
    reach = seek(placed.group, placed.start, placed.group, placed.end)
    return order, reach - np.arange(len(order)) - 1


def shared(free: Spans, groups: int, required: int, length: int, *, most: int = BLOCK) -> tuple[Spans, Flags]:
    """Return the longest stretches over which the same groups are free, at least so many of them, in order.

    Parameters
    ----------
    free
        What each group has, in order and disjoint.
    groups, required
        How many there are, and how many are needed.
    length
        How long a stretch has to be.
    most
        How many numbers to work on at once.

    Returns
    -------
    The stretches, none within another, and for each which groups are free throughout.
    """
    levels, count = depth(Spans.of(free.start, free.end))
    begins, _ = pieces(Spans.of(starts := np.unique(free.start), starts + 1), levels.take(count >= required))
    bounds = np.searchsorted(free.group, np.arange(groups + 1))
    block, reached = max(1, most // max(groups, 1)), np.iinfo(np.int64).min
    found: list[tuple[Micros, Micros, Flags]] = [(begins.start[:0], begins.start[:0], np.zeros((0, groups), np.bool_))]
    for first in range(0, len(begins), block):
        moments = begins.start[first : first + block]
        until = _until(free, bounds, moments)
        ends = np.partition(until, groups - required, axis=1)[:, groups - required]
        # what starts later and ends no later lies within an earlier one
        before = np.maximum.accumulate(np.append(reached, ends))
        new = (ends > before[:-1]) & (ends - moments >= length)
        found.append((moments[new], ends[new], until[new] >= ends[new, None]))
        reached = before[-1]
    start, end, who = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return Spans.of(start, end), who


def _until(free: Spans, bounds: Micros, moments: Micros) -> Micros:
    """Return until when each group is free from each moment on; the least of numbers where it is not."""
    until = np.full((len(moments), len(bounds) - 1), np.iinfo(np.int64).min)
    for group, (low, high) in enumerate(pairwise(bounds)):
        if low < high:
            starts, ends = free.start[low:high], free.end[low:high]
            at = np.minimum(np.searchsorted(ends, moments, "right"), high - low - 1)
            inside = (starts[at] <= moments) & (moments < ends[at])
            until[inside, group] = ends[at][inside]
    return until
