"""Boxes that would lie on each other get lanes beside each other, as calendars do it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a box lies: from one lane to another, of so many."""

    first: int
    end: int
    of: int


def packed(spans: Sequence[tuple[float, float]]) -> list[Lane]:
    """Return a lane for each span: those that overlap lie in different lanes, and reach as far as there is room.

    Parameters
    ----------
    spans
        Start and end of each, half-open.
    """
    order = sorted(range(len(spans)), key=lambda n: (spans[n][0], -spans[n][1]))
    lanes: dict[int, Lane] = {}
    cluster: list[int] = []
    until = float("-inf")
    for n in order:
        if cluster and spans[n][0] >= until:
            lanes |= _beside(spans, cluster)
            cluster, until = [], float("-inf")
        cluster.append(n)
        until = max(until, spans[n][1])
    lanes |= _beside(spans, cluster)
    return [lanes[n] for n in range(len(spans))]


def _beside(spans: Sequence[tuple[float, float]], cluster: Sequence[int]) -> dict[int, Lane]:
    """Return the lanes of spans that hang together, which are in order of their starts."""
    ends: list[float] = []
    lane: dict[int, int] = {}
    for n in cluster:
        lane[n] = next((at for at, end in enumerate(ends) if end <= spans[n][0]), len(ends))
        ends[lane[n] : lane[n] + 1] = [spans[n][1]]
    return {n: Lane(lane[n], _reach(spans, cluster, lane, n, len(ends)), len(ends)) for n in cluster}


def _reach(
    spans: Sequence[tuple[float, float]], cluster: Sequence[int], lane: dict[int, int], n: int, count: int
) -> int:
    start, end = spans[n]
    right = [lane[m] for m in cluster if lane[m] > lane[n] and spans[m][0] < end and spans[m][1] > start]
    return min(right, default=count)
