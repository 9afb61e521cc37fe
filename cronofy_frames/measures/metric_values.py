"""The values of the metrics of `time_use`, each computed when it is first needed.

A property named like a metric is that metric: one number for each group and period, all periods of the first group
first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.frames.bounds import Window
from cronofy_frames.frames.timestamps import NAT
from cronofy_frames.intervals.counting import BusyRows, micro, micros
from cronofy_frames.intervals.spans import (
    BLOCK,
    Flags,
    Micros,
    Spans,
    complement,
    crossings,
    order_of,
    runs,
    seek,
    union,
)
from cronofy_frames.measures.meetings import Domains, Meetings, meetings_in
from cronofy_frames.measures.periods import Periods, WorkingTime, within

Sums = npt.NDArray[np.float64]

HOUR = 3_600_000_000
BACK_TO_BACK = 5 * 60_000_000  # a meeting that starts so soon after another one


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """The accounts of each group: a person is one account that has rows in a group.

    Attributes
    ----------
    groups
        A row for each group.
    group
        The group of each person.
    account
        The position of each person's account in `accounts`.
    accounts
        The labels of the accounts; a single None without labels.
    """

    groups: pd.DataFrame
    group: Micros
    account: Micros
    accounts: list[Any]


def people_of(keys: pd.DataFrame, groups: list[str]) -> People:
    """Return the people of rows with these keys."""
    account = np.zeros(len(keys), np.int64)
    accounts: list[Any] = [None]
    if "account" in keys:
        codes, labels = pd.factorize(keys["account"], use_na_sentinel=False)
        account, accounts = codes.astype(np.int64), list(labels)
    if not groups:
        return People(pd.DataFrame(index=pd.RangeIndex(1)), np.zeros(len(keys), np.int64), account, accounts)
    group = np.asarray(keys.groupby(groups, dropna=False, observed=True).ngroup(), np.int64)
    return People(keys[groups].drop_duplicates(ignore_index=True), group, account, accounts)


@dataclass(frozen=True, kw_only=True, eq=False)
class MetricValues:
    """The rows to measure, and the metrics computed from them.

    Attributes
    ----------
    events
        The frame.
    timed
        Its rows with a length, each in the group of its person.
    takes, invites
        Which of these take time, and to which the account was invited.
    window, periods
        The window, and the periods that it is cut into.
    people, work
        Whose the rows are, and when they work.
    focus
        The least length of a block of focus time.
    own_domains
        The domains whose addresses are internal.
    """

    events: pd.DataFrame
    timed: BusyRows
    takes: Flags
    invites: Flags
    window: Window
    periods: Periods
    people: People
    work: WorkingTime
    focus: int
    own_domains: Domains

    @cached_property
    def attendance(self) -> Meetings:
        """Which rows are meetings, and of whom."""
        return meetings_in(self.events, self.own_domains)

    @cached_property
    def scheduled_hours(self) -> Sums:
        """Length of all rows."""
        return self._hours(self._spans)

    @cached_property
    def busy_hours(self) -> Sums:
        """Time covered by at least one row."""
        return self._hours(self._busy)

    @cached_property
    def conflict_hours(self) -> Sums:
        """Time scheduled on top of other rows."""
        return self.scheduled_hours - self.busy_hours

    @cached_property
    def meetings(self) -> Sums:
        """Number of meetings that start."""
        return self._count(self._meetings)

    @cached_property
    def attendees_hours(self) -> Sums:
        """Length of meetings times the people in them."""
        if not self.attendance.known:
            return self._nan_values
        return self._hours(self._meetings, self.attendance.people[self._meeting_rows])

    @cached_property
    def recurring_share(self) -> Sums:
        """Share of recurring series."""
        if "recurring" not in self.events:
            return self._nan_values
        recurring = self.events["recurring"].to_numpy(np.bool_, na_value=False)[self._rows]
        return _share(self._hours(self._spans.take(recurring)), self.scheduled_hours)

    @cached_property
    def external_share(self) -> Sums:
        """Share of meetings with external people."""
        if self.own_domains is None or not self.attendance.known:
            return self._nan_values
        outside = self.attendance.outside[self._meeting_rows]
        return _share(self._hours(self._meetings.take(outside)), self._hours(self._meetings))

    @cached_property
    def after_hours(self) -> Sums:
        """Busy time on working days, outside working hours."""
        return self._on_working_days - self._hours(within(self._busy, self.work.hours, self.people.account))

    @cached_property
    def weekend_hours(self) -> Sums:
        """Busy time on other days."""
        return self.busy_hours - self._on_working_days

    @property
    def focus_hours(self) -> Sums:
        """Time in free blocks that are long enough."""
        return self._blocks[0]

    @property
    def longest_free_block(self) -> Sums:
        """Length of the longest free block."""
        return self._blocks[1]

    @cached_property
    def back_to_back(self) -> Sums:
        """Number of meetings that start right after another."""
        spans = self._meetings
        ends = spans.take(order_of(spans.group, spans.end))
        before = seek(ends.group, ends.end, spans.group, spans.start - BACK_TO_BACK)
        until = seek(ends.group, ends.end, spans.group, spans.start, right=True)
        return self._count(spans.take(until > before))

    @cached_property
    def median_lead_time(self) -> Sums:
        """Median time from creation to start of single meetings."""
        if "created" not in self.events:
            return self._nan_values
        created = micros(self.events["created"])[self._meeting_rows]
        single = created != NAT
        if "recurring" in self.events:
            single &= ~self.events["recurring"].to_numpy(np.bool_, na_value=False)[self._meeting_rows]
        spans = self._meetings.take(single)
        cell = self._cell_of(spans)
        inside = cell >= 0
        return _medians(cell[inside], (spans.start - created[single])[inside], self._size) / HOUR

    @cached_property
    def declined_share(self) -> Sums:
        """Share of invitations that were declined."""
        if "participation_status" not in self.events:
            return self._nan_values
        invited = self.invites & self.attendance.meeting[self.timed.rows]
        declined = self.events["participation_status"].isin(["declined"]).to_numpy(np.bool_)[self.timed.rows]
        spans = self.timed.spans
        return _share(self._count(spans.take(invited & declined)), self._count(spans.take(invited)))

    @cached_property
    def accounts(self) -> Sums:
        """Number of accounts with rows that take time."""
        span, part, _ = self._pieces(self._spans)
        person, period = np.divmod(np.unique(self._spans.group[span] * len(self.periods) + part), len(self.periods))
        cells = self.people.group[person] * len(self.periods) + period
        return np.bincount(cells, minlength=self._size).astype(np.float64)

    @cached_property
    def _rows(self) -> Micros:
        return self.timed.rows[self.takes]

    @cached_property
    def _spans(self) -> Spans:
        return self.timed.spans.take(self.takes)

    @cached_property
    def _busy(self) -> Spans:
        return union(self._spans)

    @cached_property
    def _meeting_rows(self) -> Micros:
        return self._rows[self.attendance.meeting[self._rows]]

    @cached_property
    def _meetings(self) -> Spans:
        return self._spans.take(self.attendance.meeting[self._rows])

    @cached_property
    def _on_working_days(self) -> Sums:
        return self._hours(within(self._busy, self.work.days, self.people.account))

    @cached_property
    def _blocks(self) -> tuple[Sums, Sums]:
        """Return the hours in free blocks that are long enough, and the longest block of each period."""
        long, longest, workers = (np.zeros(self._size) for _ in range(3))
        for free, people in self._free():
            long += self._hours(free.at_least(self.focus))
            span, part, length = self._pieces(free)
            cell = free.group[span] * len(self.periods) + part
            first = np.flatnonzero(np.append(True, cell[1:] != cell[:-1])[: len(cell)])
            if len(first):
                cells = self.people.group[free.group[span[first]]] * len(self.periods) + part[first]
                longest += np.bincount(cells, np.maximum.reduceat(length, first), self._size)
            person, period = np.nonzero(self._at_work[self.people.account[people]])
            cells = self.people.group[people][person] * len(self.periods) + period
            workers += np.bincount(cells, minlength=self._size)
        return long, _share(longest / HOUR, workers)

    def _free(self) -> Iterator[tuple[Spans, slice]]:
        """Yield the free blocks within working hours of some people at a time, and the slice of these people."""
        start, end = micro(self.window.start), micro(self.window.end)
        count = len(self.people.group)
        block = max(1, BLOCK // (len(self.work.hours) + 1))
        for low in range(0, count, block):
            high = min(low + block, count)
            some = slice(*np.searchsorted(self._busy.group, [low, high]).tolist())
            taken = self._busy.take(some)
            free = complement(Spans(taken.group - low, taken.start, taken.end), high - low, start, end)
            free = Spans(free.group + low, free.start, free.end)
            yield within(free, self.work.hours, self.people.account), slice(low, high)

    @cached_property
    def _at_work(self) -> Flags:
        """Which accounts have working hours in which periods."""
        span, part, _ = self._pieces(self.work.hours)
        mask = np.zeros((len(self.people.accounts), len(self.periods)), np.bool_)
        mask[self.work.hours.group[span], part] = True
        return mask

    @property
    def _size(self) -> int:
        return len(self.people.groups) * len(self.periods)

    @property
    def _nan_values(self) -> Sums:
        return np.full(self._size, np.nan)

    def _pieces(self, spans: Spans) -> tuple[Micros, Micros, Micros]:
        """Return the pieces of spans cut by periods: the span, the period and the length of each."""
        parts = self.periods.parts
        span, part = runs(*crossings(spans, parts, common=True))
        length = np.minimum(spans.end[span], parts.end[part]) - np.maximum(spans.start[span], parts.start[part])
        return span, part, length

    def _hours(self, spans: Spans, times: Micros | None = None) -> Sums:
        """Return the hours of people's spans in each group and period, multiplied by a factor for each span."""
        span, part, length = self._pieces(spans)
        cells = self.people.group[spans.group[span]] * len(self.periods) + part
        weights = length if times is None else length * times[span]
        # microseconds add up without rounding, hours would not
        return np.bincount(cells, weights, self._size) / HOUR

    def _cell_of(self, spans: Spans) -> Micros:
        """Return the group and period in which people's spans start, as one number; -1 outside the window."""
        period = self.periods.of(spans.start)
        return np.where(period < 0, -1, self.people.group[spans.group] * len(self.periods) + period)

    def _count(self, spans: Spans) -> Sums:
        cells = self._cell_of(spans)
        return np.bincount(cells[cells >= 0], minlength=self._size).astype(np.float64)


def _share(part: Sums, whole: Sums) -> Sums:
    """Return shares, NaN where the whole is zero."""
    return part / np.where(whole > 0, whole, np.nan)


def _medians(cell: Micros, values: Micros, size: int) -> Sums:
    order = np.lexsort((values, cell))
    values, count = values[order], np.bincount(cell, minlength=size)
    some = np.flatnonzero(count)
    first = (np.cumsum(count) - count)[some]
    medians = np.full(size, np.nan)
    medians[some] = (values[first + (count[some] - 1) // 2] + values[first + count[some] // 2]) / 2
    return medians
