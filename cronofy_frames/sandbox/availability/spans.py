"""Sets of time as spans of whole seconds since 1970 UTC: half-open, sorted, neither overlapping nor touching."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

Span = tuple[int, int]
"""From the first second to before the second."""

Spans = tuple[Span, ...]
"""A set of time; what `union` gives."""

WHOLE: Spans = ((-(2**62), 2**62),)
"""The whole line."""


def union(*sets: Iterable[Span]) -> Spans:
    """Return the time that is in any of the sets, which may be in any order; spans without length are none."""
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


def intersection(one: Spans, other: Spans) -> Spans:
    """Return the time that is in both sets."""
    shared: list[Span] = []
    n = m = 0
    while n < len(one) and m < len(other):
        start, end = max(one[n][0], other[m][0]), min(one[n][1], other[m][1])
        if start < end:
            shared.append((start, end))
        if one[n][1] < other[m][1]:
            n += 1
        else:
            m += 1
    return tuple(shared)


def difference(one: Spans, other: Spans) -> Spans:
    """Return the time that is in the first set and not in the second."""
    if not other:
        return one
    edges = [WHOLE[0][0], *(edge for span in other for edge in span), WHOLE[0][1]]
    gaps = tuple((start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end)
    return intersection(one, gaps)


def grown(spans: Iterable[Span], *, before: int, after: int) -> Spans:
    """Return the spans, each reaching further back and further ahead."""
    return union((start - before, end + after) for start, end in spans if start < end)


def at_least(spans: Iterable[Span], length: int) -> Spans:
    """Return the spans that are long enough."""
    return tuple(span for span in spans if span[1] - span[0] >= length)


def starts_within(spans: Iterable[Span], length: int) -> Spans:
    """Return the seconds at which something of that length can start and stay within one span."""
    return union((start, end - length + 1) for start, end in spans)


def span_at(spans: Spans, moment: int) -> Span | None:
    """Return the span that a moment is in, None where it is in none."""
    n = bisect_right(spans, moment, key=lambda span: span[0])
    return spans[n - 1] if n and moment < spans[n - 1][1] else None


def strata(sets: Sequence[Spans]) -> Iterator[tuple[int, int, int]]:
    """Yield start, end and mask of every stretch in which the same sets hold: bit n stands for the nth.

    Stretches in which none holds are left out.
    """
    turns: dict[int, int] = {}
    for n, spans in enumerate(sets):
        for span in spans:
            for edge in span:
                turns[edge] = turns.get(edge, 0) ^ (1 << n)
    mask, before = 0, 0
    for edge in sorted(turns):
        if mask:
            yield before, edge, mask
        mask ^= turns[edge]
        before = edge
