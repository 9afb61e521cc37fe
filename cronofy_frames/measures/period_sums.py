"""Sums over groups of people and periods: hours of their time, and counts of their rows.

A cell is a group and a period, as one number: all periods of the first group first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from cronofy_frames.intervals.observation import Observation
from cronofy_frames.intervals.spans import Micros, Spans, crossings, cut, runs
from cronofy_frames.measures.periods import Periods
from cronofy_frames.measures.schedules import People

Sums = npt.NDArray[np.float64]

HOUR = 3_600_000_000


@dataclass(frozen=True, kw_only=True, eq=False)
class PeriodSums:
    """Adds up the time of people over groups and periods, as far as it was read.

    Attributes
    ----------
    people
        The people, and the group of each.
    periods
        The periods that the window is cut into.
    observation
        The window, and the time that was not read of each person.
    """

    people: People
    periods: Periods
    observation: Observation

    @property
    def size(self) -> int:
        """How many cells there are."""
        return len(self.people.groups) * len(self.periods)

    @property
    def zeros(self) -> Sums:
        """A zero for each cell."""
        return np.zeros(self.size)

    @cached_property
    def is_all_read(self) -> bool:
        """Whether the whole window was read of everybody."""
        return not len(self.observation.unread)

    @cached_property
    def _parts(self) -> tuple[Spans, Micros]:
        """The parts of periods that were read, and the period of each: of all people, or of each person apart."""
        parts = self.periods.parts
        if self.is_all_read:
            return parts, np.arange(len(parts))
        read = self.observation.read(len(self.people.group_of))
        return cut(read, parts, *crossings(read, parts, common=True))

    def pieces(self, spans: Spans) -> tuple[Micros, Micros, Micros]:
        """Return the pieces of people's spans cut by periods: the span, the period and the length of each."""
        parts, period = self._parts
        span, part = runs(*crossings(spans, parts, common=self.is_all_read))
        length = np.minimum(spans.end[span], parts.end[part]) - np.maximum(spans.start[span], parts.start[part])
        return span, period[part], length

    def read_part(self, spans: Spans) -> Spans:
        """Return the time of people's spans that was read."""
        if self.is_all_read:
            return spans
        read = self.observation.read(len(self.people.group_of))
        return cut(spans, read, *crossings(spans, read))[0]

    def cells(self, people: Micros, period: Micros) -> Micros:
        """Return the cell of each pair of a person and a period."""
        cells: Micros = self.people.group_of[people] * len(self.periods) + period
        return cells

    def hours(self, spans: Spans, factor: Micros | None = None) -> Sums:
        """Return the hours of people's spans in each cell, those of each span multiplied by its factor."""
        span, period, length = self.pieces(spans)
        weights = length if factor is None else length * factor[span]
        # microseconds add up without rounding, hours would not
        return np.bincount(self.cells(spans.group[span], period), weights, self.size) / HOUR

    def cell_of(self, spans: Spans) -> Micros:
        """Return the cell in which each span of a person starts; -1 outside the window and in time not read."""
        cell = np.full(len(spans), -1, np.int64)
        span, period, _ = self.pieces(Spans(spans.group, spans.start, spans.start + 1))
        cell[span] = self.cells(spans.group[span], period)
        return cell

    def count(self, spans: Spans) -> Sums:
        """Return how many spans start in each cell."""
        cell = self.cell_of(spans)
        return np.bincount(cell[cell >= 0], minlength=self.size).astype(np.float64)

    def people_with(self, spans: Spans) -> Sums:
        """Return of how many people there are spans in each cell."""
        span, period, _ = self.pieces(spans)
        has_time = np.zeros((len(self.people.group_of), len(self.periods)), np.bool_)
        has_time[spans.group[span], period] = True
        person, period = np.nonzero(has_time)
        return np.bincount(self.cells(person, period), minlength=self.size).astype(np.float64)
