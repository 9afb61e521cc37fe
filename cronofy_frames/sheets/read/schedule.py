"""Start, end and whether a row is given in whole days: out of the columns that a sheet has for them.

The law of this file: a day is a day. It meets a zone only where its midnight becomes an instant, at the very end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cronofy_frames.frames.offsets import Micros
from cronofy_frames.frames.timestamps import NAT
from cronofy_frames.sheets.problems import Mask, Problems, json_label
from cronofy_frames.sheets.read.date_parser import DAY, Walls, moments, order_of, times_of_day
from cronofy_frames.sheets.read.file_column import FileColumn
from cronofy_frames.sheets.read.values import booleans, text_of

MOMENT = "a date and time such as 2026-04-03 09:00, or a date"
_DATE = "a date such as 2026-04-03"
_TIME = "a time of day such as 09:00"


@dataclass(frozen=True, slots=True)
class Schedule:
    """When rows start and end.

    Attributes
    ----------
    start, end
        Dates and times; None where the file has no column for them. `end` is exclusive.
    all_day
        Which rows are given in whole days.
    asked
        Whether the file gives days at all, so that a frame of it should say which rows these are.
    """

    start: Walls | None
    end: Walls | None
    all_day: Mask
    asked: bool


class Scheduler:
    """Reads the columns that say when.

    Parameters
    ----------
    columns
        The file's columns by our names, or the names of parts.
    count
        How many rows there are.
    dayfirst
        Whether 3/4/2026 is in April; None where nobody said.
    whole_days
        Whether a row may be given in whole days: periods in which somebody can be booked may not.
    problems
        Takes what cannot be read.
    """

    def __init__(
        self,
        columns: Mapping[str, FileColumn],
        count: int,
        *,
        dayfirst: bool | None,
        whole_days: bool,
        problems: Problems,
    ) -> None:
        self._columns = columns
        self._count = count
        self._dayfirst = dayfirst
        self._whole_days = whole_days
        self._problems = problems

    def read(self) -> Schedule:
        """Return when rows start and end."""
        parts = self._in_parts("start") or self._in_parts("end")
        start = self._start()
        end = self._end(start)
        given, said = self._said()
        derived = self._derived(start, end)
        all_day = np.where(said, given, derived) & self._whole_days
        if start is not None:
            start = self._timed("start", start, all_day)
            end = None if end is None else self._timed("end", end, all_day)
            end = self._closed(start, end, all_day, parts=parts)
        return Schedule(start, end, all_day, self._whole_days and (parts or bool(derived.any())))

    def moment(self, name: str) -> Walls:
        """Read one column of dates and times."""
        column = self._columns[name]
        walls = moments(column.cells, self._dayfirst)
        strange = walls.unread & ~walls.loose
        if strange.any() and not (walls.there | walls.loose).any():
            clocks, _ = times_of_day(_only(column.cells, strange))
            if clocks.there.all():
                expected = 'a date as well, or columns={"...": "start_date"} for the column that has it'
                column.report_whole(self._problems, expected, f"there are only times of day, such as {_first(column)}")
                return walls
        self._note(walls, column, MOMENT)
        return walls

    def column_of(self, side: str) -> FileColumn:
        """Return the column that has the times of day of one side."""
        return next(self._columns[name] for name in (f"{side}_time", side, f"{side}_date") if name in self._columns)

    def parts(self, date: FileColumn | None, time: FileColumn | None, default: Micros | None = None) -> Walls:
        """Return the dates of one column with the times of day of another.

        Where there is a time of day and no date the day is that of `default`.
        """
        days = Walls.missing(self._count) if date is None else moments(date.cells, self._dayfirst)
        if date is not None:
            self._note(days, date, _DATE)
        # programs write a midnight to dates that have no time
        midnight = days.micros % DAY == 0
        days = Walls(days.micros, days.timed & ~midnight, days.offset, days.unread, days.loose)
        return days if time is None else self._joined(days, date, time, default)

    def _joined(self, days: Walls, date: FileColumn | None, time: FileColumn, default: Micros | None) -> Walls:
        clocks, beside = times_of_day(time.cells)
        self._note(clocks, time, _TIME)
        undated = clocks.there & ~days.there & ~days.unread
        if default is None:
            column, homeless = date or time, undated & (beside == NAT)
            column.report(self._problems, homeless, f"{_DATE}, beside its time of day")
        of_day = np.where(days.there, days.micros % DAY, 0)
        other = beside if default is None else np.where(beside == NAT, default, beside)
        day = np.where(undated, other, days.micros - of_day)
        there = (day != NAT) & (days.there | undated)
        twice = there & clocks.there & days.timed & (of_day != clocks.micros)
        twice |= there & (beside != NAT) & (beside != day)
        time.report(self._problems, twice, f"{_TIME}, and no other than stands with the date")
        unread = days.unread | clocks.unread | twice
        micros = np.where(clocks.there, day + clocks.micros, days.micros)
        return Walls(
            np.where(there & ~unread, micros, NAT),
            (days.timed | clocks.there) & there & ~unread,
            np.where(clocks.there, clocks.offset, days.offset),
            unread,
            days.loose,
        )

    def _in_parts(self, side: str) -> bool:
        return f"{side}_date" in self._columns or f"{side}_time" in self._columns

    def _start(self) -> Walls | None:
        if "start" in self._columns:
            return self.moment("start")
        if not self._in_parts("start"):
            return None
        return self.parts(self._columns.get("start_date"), self._columns.get("start_time"))

    def _end(self, start: Walls | None) -> Walls | None:
        if "end" in self._columns:
            return self.moment("end")
        if not self._in_parts("end"):
            return None
        day = None if start is None else np.where(start.there, start.micros - start.micros % DAY, NAT)
        return self.parts(self._columns.get("end_date"), self._columns.get("end_time"), day)

    def _said(self) -> tuple[Mask, Mask]:
        """Return what the column all_day says, and where it says anything."""
        column = self._columns.get("all_day")
        if column is None:
            return np.zeros(self._count, np.bool_), np.zeros(self._count, np.bool_)
        given, unread = booleans(column.cells)
        column.report(self._problems, unread, "True or False")
        return given.to_numpy(np.bool_, na_value=False), given.notna().to_numpy(np.bool_)

    def _derived(self, start: Walls | None, end: Walls | None) -> Mask:
        """Return which rows start at a date without a time of day, and end at none either."""
        if start is None or not self._whole_days:
            return np.zeros(self._count, np.bool_)
        untimed: Mask = start.there & ~start.timed
        return untimed if end is None else untimed & ~end.timed

    def _timed(self, side: str, walls: Walls, all_day: Mask) -> Walls:
        """Refuse times of day in rows of whole days, but for midnight; and dates alone where parts lack a time."""
        wrong = all_day & walls.timed & walls.there & (walls.micros % DAY != 0)
        column = self.column_of(side)
        column.report(self._problems, wrong, "no time of day, since the row is all day")
        if side == "start" and self._in_parts(side):
            lacking = ~all_day & walls.there & ~walls.timed
            column.report(self._problems, lacking, f"{_TIME}, since the row is not all day")
            wrong = wrong | lacking
        micros = np.where(wrong, NAT, walls.micros)
        return Walls(micros, walls.timed & ~wrong, walls.offset, walls.unread | wrong, walls.loose)

    def _closed(self, start: Walls, end: Walls | None, all_day: Mask, *, parts: bool) -> Walls | None:
        """Return exclusive ends: those of whole days too, and none where a timed row has no time to end at."""
        days = all_day & start.there
        if end is None and not parts and not days.any():
            return None
        end = Walls.missing(self._count) if end is None else end
        first = np.where(start.there, start.micros - start.micros % DAY, 0)
        micros = np.where(days & ~end.there & ~end.unread, first + DAY, end.micros)
        if "end" not in self._columns:
            # the last day counts, as in Google's files, unless its midnight is the end, as Outlook writes it
            exclusive = end.timed & (end.micros > first)
            micros = np.where(all_day & end.there & ~exclusive, end.micros - end.micros % DAY + DAY, micros)
            micros = np.where(~all_day & ~end.timed, NAT, micros)
        return Walls(micros, end.timed, end.offset, end.unread, end.loose)

    def _note(self, walls: Walls, column: FileColumn, expected: str) -> None:
        """Note what could not be read in a column."""
        column.report(self._problems, walls.unread & ~walls.loose, expected)
        if walls.loose.any():
            labels = [json_label(label) for label in self._problems.index[walls.loose]]
            column.report_whole(self._problems, *_evidence(_only(column.cells, walls.loose), labels))


def _only(cells: Iterable[Any], where: Mask) -> list[Any]:
    listed = list(cells)
    return [listed[at] for at in np.flatnonzero(where).tolist()]


def _first(column: FileColumn) -> str:
    return repr(next((text_of(cell) for cell in column.cells if text_of(cell).strip()), ""))


def _evidence(cells: list[Any], labels: list[Any]) -> tuple[str, str]:
    """Return what is expected of dates with day and month either way round, and what speaks for which."""
    orders = [order_of(cell) or (0, 0) for cell in cells]
    day_first = next((at for at, (one, two) in enumerate(orders) if one > 12 >= two), None)
    month_first = next((at for at, (one, two) in enumerate(orders) if two > 12 >= one), None)
    telling = [at for at in (day_first, month_first) if at is not None]
    shown = list(dict.fromkeys([*telling, *range(len(cells))]))[:2]
    quoted = " and ".join(f"{text_of(cells[at])!r} (row {labels[at]})" for at in sorted(shown))
    said = [
        f"row {labels[at]} can only be {order}"
        for at, order in ((day_first, "day first"), (month_first, "month first"))
        if at is not None
    ]
    evidence = " and ".join(said) if said else "no row tells which comes first"
    return "dayfirst=True or dayfirst=False, to say whether 3/4/2026 is in April", f"it has {quoted}; {evidence}"
