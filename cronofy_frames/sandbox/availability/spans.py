"""Set operations on spans of time: half-open pairs of seconds since 1970 UTC.

A set of time is a sorted tuple of spans that neither overlap nor touch, as `union` returns it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

Span = tuple[int, int]
"""First second, and first second after the end."""

TimeSet = tuple[Span, ...]
"""A set of time."""

ALL_TIME: TimeSet = ((-(2**62), 2**62),)
"""The set of all time."""


def union(*sets: Iterable[Span]) -> TimeSet:
    """Return the time that is in any of the sets; they may be unsorted, and empty spans are dropped."""
    merged: list[Span] = []
    first = last = 0
    for start, end in sorted(span for spans in sets for span in spans if span[0] < span[1]):
        if last > first and start <= last:
            last = max(last, end)
        else:
            if last > first:
                merged.append((first, last))
            first, last = start, end
    if last > first:
        merged.append((first, last))
    return tuple(merged)


def intersection(left: TimeSet, right: TimeSet) -> TimeSet:
    """Return the time that is in both sets."""
    shared: list[Span] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if start < end:
            shared.append((start, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(shared)


def difference(left: TimeSet, right: TimeSet) -> TimeSet:
    """Return the time that is in the left set and not in the right."""
    if not right:
        return left
    edges = [ALL_TIME[0][0], *(edge for span in right for edge in span), ALL_TIME[0][1]]
    complement = tuple((start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end)
    return intersection(left, complement)


def widen(spans: Iterable[Span], *, before: int, after: int) -> TimeSet:
    """Return the spans, each starting and ending so many seconds earlier and later."""
    return union((start - before, end + after) for start, end in spans if start < end)


def spans_of_length(spans: Iterable[Span], length: int) -> TimeSet:
    """Return the spans that have at least this length."""
    return tuple(span for span in spans if span[1] - span[0] >= length)


def possible_starts(spans: Iterable[Span], length: int) -> TimeSet:
    """Return the seconds at which an event of this length can start and stay within one span."""
    return union((start, end - length + 1) for start, end in spans)


def span_at(spans: TimeSet, second: int) -> Span | None:
    """Return the span that includes a second, or None."""
    index = bisect_right(spans, second, key=lambda span: span[0]) - 1
    return spans[index] if index >= 0 and second < spans[index][1] else None


def membership_segments(sets: Sequence[TimeSet]) -> Iterator[tuple[int, int, int]]:
    """Cut time wherever the sets that include it change; yield start, end and mask of each segment.

    Bit n of the mask says whether the nth set includes the segment. Time in no set is not yielded.
    """
    flips: dict[int, int] = {}
    for set_index, spans in enumerate(sets):
        for span in spans:
            for edge in span:
                flips[edge] = flips.get(edge, 0) ^ (1 << set_index)
    mask, start = 0, 0
    for edge in sorted(flips):
        if mask:
            yield start, edge, mask
        mask ^= flips[edge]
        start = edge
