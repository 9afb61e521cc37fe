"""Start, end and all_day of each row, from the columns that a file has for them.

A day is not converted here: only `time_columns` turns it into the midnight of a zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cronofy_frames.frames.clock_changes import Micros
from cronofy_frames.frames.timestamps import NAT
from cronofy_frames.sheets.problems import Mask, Problems, json_label
from cronofy_frames.sheets.read.date_parser import (
    parse_date_times,
    parse_times_of_day,
)
from cronofy_frames.sheets.read.date_texts import numeric_date
from cronofy_frames.sheets.read.day_order import may_start_with_year, only_order
from cronofy_frames.sheets.read.file_column import FileColumn
from cronofy_frames.sheets.read.last_day import LastDay, last_day_is_included
from cronofy_frames.sheets.read.parsed_times import DAY, WallTimes
from cronofy_frames.sheets.read.time_ranges import ZoneAt, split_ranges, with_clear_offsets, without_ranges
from cronofy_frames.sheets.read.unread_reasons import EXPECTED_DATE, EXPECTED_TIME_OF_DAY, reason_unread
from cronofy_frames.sheets.read.values import boolean_column, cell_text

_ORDER_NAMES = {True: "day first", False: "month first"}
EXPECTED_TIME = "a date and time such as 2026-04-03 09:00, or a date"


@dataclass(frozen=True, slots=True)
class StartEnd:
    """Start and end of each row.

    Attributes
    ----------
    start, end
        Wall times; None if the file has no column for them. `end` is exclusive.
    all_day
        Which rows are whole days.
    has_days
        Whether rows can be whole days, so that the frame needs a column all_day.
    is_untimed
        Which rows have a start without a time of day, and are no whole days by a column that says so.
    has_end
        Whether the file has a column for the end.
    """

    start: WallTimes | None
    end: WallTimes | None
    all_day: Mask
    has_days: bool
    is_untimed: Mask
    has_end: bool


class StartEndReader:
    """Reads the columns for start and end.

    Parameters
    ----------
    columns
        The columns of the file by our names, or the names of parts such as start_date.
    count
        The number of rows.
    dayfirst
        Whether 3/4/2026 is in April; None if it is not known.
    last_day
        Whether the end of whole days is their last day or the day after; None if it is not known.
    allow_days
        Whether rows can be whole days; available periods cannot.
    zone_at
        Returns the zone of a row's wall times, to tell offsets from ranges.
    overnight
        Whether a range that ends before it starts ends on the next day.
    problems
        The problems to add to.
    """

    def __init__(
        self,
        columns: Mapping[str, FileColumn],
        count: int,
        *,
        dayfirst: bool | None,
        last_day: LastDay | None,
        allow_days: bool,
        zone_at: ZoneAt,
        overnight: bool,
        problems: Problems,
    ) -> None:
        self._columns = columns
        self._count = count
        self._dayfirst = dayfirst
        self._last_day = last_day
        self._allow_days = allow_days
        self._zone_at = zone_at
        self._overnight = overnight
        self._problems = problems

    def read(self) -> StartEnd:
        """Return start and end of each row."""
        has_parts = self._has_parts("start") or self._has_parts("end")
        start = self._read_start()
        end = self._read_end(start)
        has_end = end is not None or (start is not None and bool((start.range_end != NAT).any()))
        if start is not None:
            start, end = split_ranges(
                start, end, self.time_column("start"), overnight=self._overnight, problems=self._problems
            )
        own, has_own = self._read_all_day()
        derived = self._derive_all_day(start, end)
        untimed = np.zeros(self._count, np.bool_) if start is None else start.present & ~start.timed & ~own
        all_day = np.where(has_own, own, derived) & self._allow_days
        if start is not None:
            start = self._check_times_of_day("start", start, all_day)
            end = None if end is None else self._check_times_of_day("end", end, all_day)
            end = None if end is None else self._check_lone_dates(start, end, all_day | has_own)
            end = self._exclusive_end(start, end, all_day, has_parts=has_parts)
        has_days = self._allow_days and (has_parts or bool(derived.any()))
        return StartEnd(start, end, all_day, has_days, untimed, has_end)

    def read_times(self, name: str) -> WallTimes:
        """Read a column of dates and times, of which none is a range."""
        return without_ranges(self._read_moments(name), self._columns[name], self._problems)

    def _read_moments(self, name: str) -> WallTimes:
        column = self._columns[name]
        times = parse_date_times(column.cells, self._dayfirst)
        unread = times.unread & ~times.ambiguous
        if unread.any() and not (times.present | times.ambiguous).any() and self._are_times_of_day(column, unread):
            expected = 'a date as well, or columns={"...": "start_date"} for the column with the date'
            actual = f"there are only times of day, such as {_first_text(column)}"
            column.report_whole(self._problems, expected, actual)
        else:
            self._report_unread(times, column, EXPECTED_TIME)
        return with_clear_offsets(times, column, self._zone_at, self._problems)

    def _are_times_of_day(self, column: FileColumn, rows: Mask) -> bool:
        times, _ = parse_times_of_day(_select(column.cells, rows))
        return bool(times.present.all())

    def time_column(self, side: str) -> FileColumn:
        """Return the column with the times of day of start or end; that of start for ends in ranges."""
        names = (f"{side}_time", side, f"{side}_date", "start_time", "start", "start_date")
        return next(self._columns[name] for name in names if name in self._columns)

    # columns for date and time of day

    def join_parts(self, date: FileColumn | None, time: FileColumn | None, default: Micros | None = None) -> WallTimes:
        """Return the dates of one column with the times of day of another, of which none is a range.

        A time of day without a date is on the day of `default`.
        """
        column = time or date
        walls = self._join_parts(date, time, default)
        return walls if column is None else without_ranges(walls, column, self._problems)

    def _join_parts(self, date: FileColumn | None, time: FileColumn | None, default: Micros | None) -> WallTimes:
        dates = WallTimes.missing(self._count) if date is None else parse_date_times(date.cells, self._dayfirst)
        if date is not None:
            self._report_unread(dates, date, EXPECTED_DATE)
        # programs write a midnight into dates that have no time
        is_midnight = dates.micros % DAY == 0
        dates = replace(dates, timed=dates.timed & ~is_midnight)
        walls = dates if time is None else self._add_times_of_day(dates, date, time, default)
        column = time or date
        return walls if column is None else with_clear_offsets(walls, column, self._zone_at, self._problems)

    def _add_times_of_day(
        self, dates: WallTimes, date: FileColumn | None, time: FileColumn, default: Micros | None
    ) -> WallTimes:
        others = (self._columns[name] for name in ("start_time", "end_time") if name in self._columns)
        beside = (cell for column in others for cell in column.cells)
        times, own_dates = parse_times_of_day(time.cells, self._dayfirst, beside=beside)
        self._report_unread(times, time, EXPECTED_TIME_OF_DAY)
        undated = times.present & ~dates.present & ~dates.unread
        without_date = undated & (own_dates == NAT)
        if default is None:
            (date or time).report(self._problems, without_date, f"{EXPECTED_DATE}, beside its time of day")
        else:
            self._problems.add_also_missing(without_date & (default == NAT), "end", because="start")
        other_dates = own_dates if default is None else np.where(own_dates == NAT, default, own_dates)
        time_in_date = np.where(dates.present, dates.micros % DAY, 0)
        day = np.where(undated, other_dates, dates.micros - time_in_date)
        present = (day != NAT) & (dates.present | undated)
        contradicts = present & times.present & dates.timed & (time_in_date != times.micros)
        contradicts |= present & (own_dates != NAT) & (own_dates != day)
        time.report(self._problems, contradicts, f"{EXPECTED_TIME_OF_DAY} that agrees with the date column")
        unread = dates.unread | times.unread | contradicts
        micros = np.where(times.present, day + times.micros, dates.micros)
        return WallTimes(
            np.where(present & ~unread, micros, NAT),
            (dates.timed | times.present) & present & ~unread,
            np.where(times.present & (times.offset != NAT), times.offset, dates.offset),
            unread,
            dates.ambiguous,
            np.where(times.present, times.range_end, dates.range_end),
        )

    def _has_parts(self, side: str) -> bool:
        return f"{side}_date" in self._columns or f"{side}_time" in self._columns

    def _read_start(self) -> WallTimes | None:
        if "start" in self._columns:
            return self._read_moments("start")
        if not self._has_parts("start"):
            return None
        return self._join_parts(self._columns.get("start_date"), self._columns.get("start_time"), None)

    def _read_end(self, start: WallTimes | None) -> WallTimes | None:
        if "end" in self._columns:
            return self.read_times("end")
        if not self._has_parts("end"):
            return None
        start_day = None if start is None else np.where(start.present, start.micros - start.micros % DAY, NAT)
        return self.join_parts(self._columns.get("end_date"), self._columns.get("end_time"), start_day)

    # whole days

    def _read_all_day(self) -> tuple[Mask, Mask]:
        """Return the column all_day, and which of its cells have a value."""
        column = self._columns.get("all_day")
        if column is None:
            return np.zeros(self._count, np.bool_), np.zeros(self._count, np.bool_)
        values, unread = boolean_column(column.cells)
        column.report(self._problems, unread, "True or False")
        return values.to_numpy(np.bool_, na_value=False), values.notna().to_numpy(np.bool_)

    def _derive_all_day(self, start: WallTimes | None, end: WallTimes | None) -> Mask:
        """Return which rows have dates without a time of day."""
        if start is None or not self._allow_days:
            return np.zeros(self._count, np.bool_)
        untimed: Mask = start.present & ~start.timed
        return untimed if end is None else untimed & ~end.timed

    def _check_times_of_day(self, side: str, times: WallTimes, all_day: Mask) -> WallTimes:
        """Return the times without those that all-day rows cannot have, and those that timed rows lack."""
        column = self.time_column(side)
        rejected = all_day & times.timed & times.present & (times.micros % DAY != 0)
        column.report(self._problems, rejected, "no time of day, because the row is all day")
        if side == "start" and self._has_parts(side):
            lacking = ~all_day & times.present & ~times.timed
            column.report(self._problems, lacking, f"{EXPECTED_TIME_OF_DAY}, because the row is not all day")
            rejected = rejected | lacking
        micros = np.where(rejected, NAT, times.micros)
        return replace(times, micros=micros, timed=times.timed & ~rejected, unread=times.unread | rejected)

    def _exclusive_end(
        self, start: WallTimes, end: WallTimes | None, all_day: Mask, *, has_parts: bool
    ) -> WallTimes | None:
        """Return the ends as exclusive ones; whole days without an end last a day, timed rows have none."""
        days = all_day & start.present
        if end is None and not has_parts and not days.any():
            return None
        end = WallTimes.missing(self._count) if end is None else end
        first_day = np.where(start.present, start.micros - start.micros % DAY, 0)
        micros = np.where(days & ~end.present & ~end.unread, first_day + DAY, end.micros)
        if self._last_day_is_included(start, end, days):
            is_early = days & end.present & (end.micros < first_day)
            self.time_column("end").report(self._problems, is_early, "the day of the start, or a later one")
            end = replace(end, unread=end.unread | is_early)
            micros = np.where(is_early, NAT, micros)
            # the end may be the midnight after the last day, as Outlook writes it
            is_exclusive = end.timed & (end.micros > first_day)
            micros = np.where(
                all_day & (micros != NAT) & end.present & ~is_exclusive, end.micros - end.micros % DAY + DAY, micros
            )
        if "end" not in self._columns:
            micros = np.where(~all_day & ~end.timed, NAT, micros)
        return replace(end, micros=micros)

    def _last_day_is_included(self, start: WallTimes, end: WallTimes, days: Mask) -> bool:
        """Return whether the end of whole days is their last day, as in Google's files, and not the day after."""
        if self._last_day is not None or "end" not in self._columns:
            return self._last_day != "excluded"
        return last_day_is_included(self._columns, start, end, days, self._problems)

    def _check_lone_dates(self, start: WallTimes, end: WallTimes, exempt: Mask) -> WallTimes:
        """Return the ends without typed dates beside a start with a time of day; date cells can be midnights."""
        column = self._columns.get("end")
        if column is None:
            return end
        is_text = np.array([isinstance(cell, str) for cell in column.cells], np.bool_)
        rejected = is_text & start.timed & end.present & ~end.timed & ~exempt
        column.report(self._problems, rejected, "a time of day as well, because the start has one")
        return replace(end, micros=np.where(rejected, NAT, end.micros), unread=end.unread | rejected)

    # problems

    def _report_unread(self, times: WallTimes, column: FileColumn, expected: str) -> None:
        for position in np.flatnonzero(times.unread & ~times.ambiguous).tolist():
            is_time_of_day = expected == EXPECTED_TIME_OF_DAY
            reason = reason_unread(column.cells[position], self._dayfirst, is_time_of_day=is_time_of_day)
            column.report_cell(self._problems, position, reason or expected)
        if times.ambiguous.any():
            labels = [json_label(label) for label in self._problems.index[times.ambiguous]]
            cells = _select(column.cells, times.ambiguous)
            expected = "dayfirst=True or dayfirst=False, to say whether 3/4/2026 is in April"
            dates = [numeric for cell in cells if (numeric := numeric_date(str(cell)))]
            if any(map(may_start_with_year, dates)):
                expected += "; or years of four digits in the sheet, if the year comes first"
            column.report_whole(self._problems, expected, _evidence(cells, labels))


def _select(cells: Iterable[Any], mask: Mask) -> list[Any]:
    every = list(cells)
    return [every[position] for position in np.flatnonzero(mask).tolist()]


def _first_text(column: FileColumn) -> str:
    return repr(next((cell_text(cell) for cell in column.cells if cell_text(cell).strip()), ""))


def _evidence(cells: list[Any], labels: list[Any]) -> str:
    """Return examples of ambiguous dates, with those that can have only one order of day and month."""
    dates = [numeric_date(str(cell)) for cell in cells]
    orders = [None if numeric is None else only_order(numeric) for numeric in dates]
    clear = [(orders.index(order), name) for order, name in _ORDER_NAMES.items() if order in orders]
    shown = list(dict.fromkeys([*(at for at, _ in clear), *range(len(cells))]))[:2]
    examples = " and ".join(f"{cell_text(cells[at])!r} (row {labels[at]})" for at in sorted(shown))
    hints = [f"row {labels[at]} can only be {name}" for at, name in clear]
    return f"it has {examples}; {' and '.join(hints) if hints else 'no row shows which comes first'}"
