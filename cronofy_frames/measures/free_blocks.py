"""Blocks of working time that rows leave free: all of them for focus time, and the longest of each period."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cronofy_frames.intervals.spans import MOST_AT_ONCE, Micros, Spans, complement, intersection
from cronofy_frames.measures.period_sums import PeriodSums, Sums
from cronofy_frames.measures.schedules import Schedules, hours_of_people


def blocks_of(taken: Spans, schedules: Schedules, sums: PeriodSums) -> Iterator[tuple[Spans, Spans]]:
    """Yield the free blocks of some people at a time, and their working hours, both as far as they were read.

    Parameters
    ----------
    taken
        The time that is not free of each person, in order and disjoint.
    schedules
        When they work.
    sums
        The people, and the window.
    """
    start, end = sums.observation.bounds
    count = len(sums.people.group_of)
    most_hours = int(np.bincount(schedules.hours.group).max(initial=0))
    batch_size = max(1, MOST_AT_ONCE // (most_hours + 1))
    for low in range(0, count, batch_size):
        high = min(low + batch_size, count)
        batch = taken.take(slice(*np.searchsorted(taken.group, [low, high]).tolist()))
        free = complement(Spans(batch.group - low, batch.start, batch.end), high - low, start, end)
        free = sums.read_part(Spans(free.group + low, free.start, free.end))
        hours = hours_of_people(schedules, low, high)
        yield intersection(free, hours), hours


def longest_blocks(taken: Spans, schedules: Schedules, sums: PeriodSums) -> Sums:
    """Return the length of the longest free block in each cell, the mean of those who work then; NaN without any."""
    longest, workers = sums.zeros, sums.zeros
    for free, hours in blocks_of(taken, schedules, sums):
        span, period, length = sums.pieces(free)
        person, period, length = _longest(free.group[span], period, length)
        longest += np.bincount(sums.cells(person, period), length, sums.size)
        workers += sums.people_with(hours)
    return longest / np.where(workers > 0, workers, np.nan)


def _longest(person: Micros, period: Micros, length: Micros) -> tuple[Micros, Micros, Micros]:
    """Return of pieces in the order of people and periods the longest of each person and period."""
    new = np.ones(len(person), np.bool_)
    new[1:] = (person[1:] != person[:-1]) | (period[1:] != period[:-1])
    first = np.flatnonzero(new)
    most = np.maximum.reduceat(length, first) if len(first) else length
    return person[first], period[first], most
