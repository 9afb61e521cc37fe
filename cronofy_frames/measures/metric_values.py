"""The values of the metrics of `time_use`, each computed when it is first needed.

A property named like a metric is that metric: one number for each group and period, all periods of the first group
first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from cronofy_frames.frames.timestamps import NAT
from cronofy_frames.intervals.counting import BusyRows, micros
from cronofy_frames.intervals.spans import Flags, Micros, Spans, order_of, overlapping, seek, union
from cronofy_frames.measures.free_blocks import blocks_of, longest_blocks
from cronofy_frames.measures.meetings import Domains, Meetings, meetings_in, repeats_of_accounts
from cronofy_frames.measures.period_sums import HOUR, PeriodSums, Sums
from cronofy_frames.measures.periods import within
from cronofy_frames.measures.schedules import People, Schedules

BACK_TO_BACK = 5 * 60_000_000  # a meeting that starts so soon after another one


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
        Which of these take time and are not time away, and to which the account was invited.
    sums
        Adds up the time of people over groups and periods.
    people, schedules
        Whose the rows are, and when they work.
    focus
        The least length of a block of focus time.
    own_blocks_are_focus
        Whether rows without another person leave time for focus.
    counts_copies
        Whether a meeting of several accounts counts in each of them.
    own_domains
        The domains whose addresses are internal.
    """

    events: pd.DataFrame
    timed: BusyRows
    takes: Flags
    invites: Flags
    sums: PeriodSums
    people: People
    schedules: Schedules
    focus: int
    own_blocks_are_focus: bool
    counts_copies: bool
    own_domains: Domains

    @cached_property
    def attendance(self) -> Meetings:
        """Which rows are meetings, and of whom."""
        return meetings_in(self.events, self.own_domains)

    @cached_property
    def scheduled_hours(self) -> Sums:
        """Length of all rows."""
        return self.sums.hours(self._spans)

    @cached_property
    def busy_hours(self) -> Sums:
        """Time covered by at least one row."""
        return self.sums.hours(self._busy)

    @cached_property
    def conflict_hours(self) -> Sums:
        """Time scheduled on top of other rows."""
        return self.scheduled_hours - self.busy_hours

    @cached_property
    def meeting_hours(self) -> Sums:
        """Time in meetings."""
        return self.sums.hours(self._in_meetings)

    @cached_property
    def solo_hours(self) -> Sums:
        """Busy time without a meeting."""
        return self.busy_hours - self.meeting_hours

    @cached_property
    def after_hours_meetings(self) -> Sums:
        """Time in meetings on working days, outside working hours."""
        return self._on_working_days(self._in_meetings) - self._in_working_hours(self._in_meetings)

    @cached_property
    def weekend_meeting_hours(self) -> Sums:
        """Time in meetings on other days."""
        return self.meeting_hours - self._on_working_days(self._in_meetings)

    @cached_property
    def conflicting_meeting_hours(self) -> Sums:
        """Whole length of the meetings that overlap another one."""
        return self.sums.hours(self._meetings.take(overlapping(self._meetings)))

    @cached_property
    def meetings(self) -> Sums:
        """Number of meetings that start."""
        return self.sums.count(self._meetings)

    @cached_property
    def attendees_hours(self) -> Sums:
        """Length of meetings times the people in them."""
        if not self.attendance.known:
            return self._unknown
        first = np.ones(len(self._meetings), np.bool_)
        if not self.counts_copies:
            group = self.people.group_of[self._meetings.group]
            first = ~repeats_of_accounts(self.events.iloc[self._meeting_rows], group)
        return self.sums.hours(self._meetings.take(first), self.attendance.people[self._meeting_rows[first]])

    @cached_property
    def recurring_share(self) -> Sums:
        """Share of recurring series."""
        if "recurring" not in self.events:
            return self._unknown
        recurring = self.events["recurring"].to_numpy(np.bool_, na_value=False)[self._rows]
        return _ratio(self.sums.hours(self._spans.take(recurring)), self.scheduled_hours)

    @cached_property
    def external_share(self) -> Sums:
        """Share of meetings with external people."""
        if self.own_domains is None or not self.attendance.known:
            return self._unknown
        outside = self.attendance.outside[self._meeting_rows]
        return _ratio(self.sums.hours(self._meetings.take(outside)), self.sums.hours(self._meetings))

    @cached_property
    def after_hours(self) -> Sums:
        """Busy time on working days, outside working hours."""
        return self._on_working_days(self._busy) - self._in_working_hours(self._busy)

    @cached_property
    def weekend_hours(self) -> Sums:
        """Busy time on other days."""
        return self.busy_hours - self._on_working_days(self._busy)

    @cached_property
    def away_hours(self) -> Sums:
        """Working hours of people who are away."""
        return self.sums.hours(within(self.schedules.away, self.schedules.contract, self.people.account_of))

    @cached_property
    def focus_hours(self) -> Sums:
        """Working time in blocks without a meeting that are long enough."""
        taken = self._in_meetings if self.own_blocks_are_focus else self._busy
        blocks = (free for free, _ in blocks_of(taken, self.schedules, self.sums))
        return sum((self.sums.hours(free.at_least(self.focus)) for free in blocks), self.sums.zeros)

    @cached_property
    def longest_free_block(self) -> Sums:
        """Length of the longest free block."""
        return longest_blocks(self._busy, self.schedules, self.sums) / HOUR

    @cached_property
    def back_to_back(self) -> Sums:
        """Number of meetings that start right after another."""
        spans = self._meetings
        ends = spans.take(order_of(spans.group, spans.end))
        before = seek(ends.group, ends.end, spans.group, spans.start - BACK_TO_BACK)
        until = seek(ends.group, ends.end, spans.group, spans.start, right=True)
        return self.sums.count(spans.take(until > before))

    @cached_property
    def median_lead_time(self) -> Sums:
        """Median time from creation to start of single meetings."""
        if "created" not in self.events:
            return self._unknown
        created = micros(self.events["created"])[self._meeting_rows]
        single = created != NAT
        if "recurring" in self.events:
            single &= ~self.events["recurring"].to_numpy(np.bool_, na_value=False)[self._meeting_rows]
        spans = self._meetings.take(single)
        cell = self.sums.cell_of(spans)
        inside = cell >= 0
        return _medians(cell[inside], (spans.start - created[single])[inside], self.sums.size) / HOUR

    @cached_property
    def declined_share(self) -> Sums:
        """Share of invitations that were declined."""
        if "participation_status" not in self.events:
            return self._unknown
        invited = self.invites & self.attendance.meeting[self.timed.rows]
        declined = self.events["participation_status"].isin(["declined"]).to_numpy(np.bool_)[self.timed.rows]
        spans = self.timed.spans
        return _ratio(self.sums.count(spans.take(invited & declined)), self.sums.count(spans.take(invited)))

    @cached_property
    def accounts(self) -> Sums:
        """Number of accounts with rows that take time."""
        return self.sums.people_with(self._spans)

    @cached_property
    def _rows(self) -> Micros:
        """The positions in the frame of the rows that take time."""
        return self.timed.rows[self.takes]

    @cached_property
    def _spans(self) -> Spans:
        """The time of these rows, each in the group of its person, not merged."""
        return self.timed.spans.take(self.takes)

    @cached_property
    def _busy(self) -> Spans:
        """The time in which each person has at least one row."""
        return union(self._spans)

    @cached_property
    def _meeting_rows(self) -> Micros:
        """The positions in the frame of the rows that take time and have another person."""
        return self._rows[self.attendance.meeting[self._rows]]

    @cached_property
    def _meetings(self) -> Spans:
        """The time of these rows, not merged."""
        return self._spans.take(self.attendance.meeting[self._rows])

    @cached_property
    def _in_meetings(self) -> Spans:
        """The time in which each person has at least one meeting."""
        return union(self._meetings)

    def _on_working_days(self, spans: Spans) -> Sums:
        return self.sums.hours(within(spans, self.schedules.days, self.schedules.of_person))

    def _in_working_hours(self, spans: Spans) -> Sums:
        return self.sums.hours(within(spans, self.schedules.hours, self.schedules.of_person))

    @property
    def _unknown(self) -> Sums:
        """NaN for each group and period: the frame does not have what the metric needs."""
        return np.full(self.sums.size, np.nan)


def _ratio(part: Sums, whole: Sums) -> Sums:
    """Return the part by the whole, NaN where the whole is zero."""
    return part / np.where(whole > 0, whole, np.nan)


def _medians(cell: Micros, values: Micros, size: int) -> Sums:
    """Return the median of the values of each cell, NaN for a cell without any."""
    order = np.lexsort((values, cell))
    values, count = values[order], np.bincount(cell, minlength=size)
    some = np.flatnonzero(count)
    first = (np.cumsum(count) - count)[some]
    medians = np.full(size, np.nan)
    medians[some] = (values[first + (count[some] - 1) // 2] + values[first + count[some] // 2]) / 2
    return medians
