"""Ends of rows that have a duration in place of an end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from cronofy_frames.frames.clock_changes import Micros
from cronofy_frames.frames.timestamps import NAT
from cronofy_frames.sheets.problems import Problems
from cronofy_frames.sheets.read.date_parser import DAY
from cronofy_frames.sheets.read.durations import EXPECTED, EXPECTED_UNIT, is_number, parse_durations
from cronofy_frames.sheets.read.file_column import FileColumn
from cronofy_frames.sheets.read.headers import DURATION, is_blank
from cronofy_frames.sheets.read.parsed_times import WallTimes
from cronofy_frames.sheets.read.start_end_columns import StartEnd


def with_durations(times: StartEnd, columns: Mapping[str, FileColumn], problems: Problems) -> tuple[StartEnd, Micros]:
    """Return the times with the ends of days that have a duration, and the durations of the other rows.

    A timed row ends a duration after the instant of its start, whatever clocks do meanwhile. A row with an end of its
    own keeps it.

    Parameters
    ----------
    times
        Start and end of each row.
    columns
        The columns of the file by our names.
    problems
        The problems to add to.
    """
    count = len(times.all_day)
    column = columns.get(DURATION)
    if column is None or times.start is None:
        return times, np.full(count, NAT)
    lengths, unread = parse_durations(list(column.cells), column.header)
    ends = [columns[name].cells for name in ("end", "end_date", "end_time") if name in columns]
    has_end = np.array(
        [not is_blank(cells) for cells in zip(*ends, strict=True)] if ends else [False] * count, np.bool_
    )
    unread &= ~has_end
    lengths = np.where(has_end, NAT, lengths)
    numbers = np.array([is_number(cell) for cell in column.cells], np.bool_)
    column.report(problems, unread & numbers, EXPECTED_UNIT)
    column.report(problems, unread & ~numbers, EXPECTED)
    days = times.all_day & times.start.present & (lengths != NAT)
    broken = days & (lengths % DAY != 0)
    column.report(problems, broken, "a whole number of days, because the row has no time of day")
    end = times.end or WallTimes.missing(count)
    micros = np.where(days & ~broken, times.start.micros - times.start.micros % DAY + lengths, end.micros)
    micros = np.where(broken | (unread & times.all_day), NAT, micros)
    end = replace(end, micros=micros, unread=end.unread | unread | broken)
    return replace(times, end=end, has_end=True), np.where(times.all_day, NAT, lengths)
