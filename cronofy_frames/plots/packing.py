"""Put overlapping boxes side by side in lanes, as calendars do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lane:
    """The place of a box: its first lane, the lane after its last one, and the number of lanes."""

    first: int
    end: int
    of: int


def pack_lanes(spans: Sequence[tuple[float, float]]) -> list[Lane]:
    """Return a lane for each span: overlapping spans get different lanes, and each is as wide as there is room.

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
            lanes |= _lanes_of_cluster(spans, cluster)
            cluster, until = [], float("-inf")
        cluster.append(n)
        until = max(until, spans[n][1])
    lanes |= _lanes_of_cluster(spans, cluster)
    return [lanes[n] for n in range(len(spans))]


def _lanes_of_cluster(spans: Sequence[tuple[float, float]], cluster: Sequence[int]) -> dict[int, Lane]:
    """Return the lanes of spans that overlap in a chain, given in order of their starts."""
    ends: list[float] = []
    lane: dict[int, int] = {}
    for n in cluster:
        lane[n] = next((at for at, end in enumerate(ends) if end <= spans[n][0]), len(ends))
        ends[lane[n] : lane[n] + 1] = [spans[n][1]]
    return {n: Lane(lane[n], _lane_end(spans, cluster, lane, n, len(ends)), len(ends)) for n in cluster}


def _lane_end(
    spans: Sequence[tuple[float, float]], cluster: Sequence[int], lane: dict[int, int], n: int, count: int
) -> int:
    start, end = spans[n]
    right = [lane[m] for m in cluster if lane[m] > lane[n] and spans[m][0] < end and spans[m][1] > start]
    return min(right, default=count)
