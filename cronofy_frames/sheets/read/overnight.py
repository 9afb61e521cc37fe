"""Ends that are before their start on the same date, as of a night shift from 22:00 to 06:00."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from cronofy_frames.frames.timestamps import NAT
from cronofy_frames.sheets.problems import Mask, Problems
from cronofy_frames.sheets.read.date_parser import DAY
from cronofy_frames.sheets.read.file_column import FileColumn
from cronofy_frames.sheets.read.parsed_times import WallTimes
from cronofy_frames.sheets.read.start_end_columns import StartEnd
from cronofy_frames.sheets.read.zone_columns import ZoneColumn


def with_overnight_ends(
    times: StartEnd,
    zones: Mapping[str, ZoneColumn],
    columns: Mapping[str, FileColumn],
    *,
    overnight: bool,
    problems: Problems,
) -> StartEnd:
    """Return the times with ends before their start on the next day, if `overnight` says so; else they are problems.

    Without `overnight` an end with its own date is left to the plan, which refuses it: a frame may hold such a row.
    Only wall times of one date and zone are compared, because between two zones such a row can be right. From 00:00 to
    00:00 without a date of the end counts as well: an event at midnight rarely has no length.

    Parameters
    ----------
    times
        Start and end of each row.
    zones
        The zones of start and end.
    columns
        The columns of the file by our names.
    overnight
        Whether such rows end on the next day.
    problems
        The problems to add to.
    """
    start, end = times.start, times.end
    if start is None or end is None:
        return times
    same_clock = (zones["start"].names == zones["end"].names) & (start.offset == end.offset)
    timed = start.timed & end.timed & start.present & end.present & ~times.all_day
    same_date = start.micros // DAY == end.micros // DAY
    has_end_date = _has_end_date(columns, len(start.micros))
    is_whole_day = (end.micros == start.micros) & (start.micros % DAY == 0) & ~has_end_date
    mask = timed & same_date & same_clock & ((end.micros < start.micros) | is_whole_day)
    if overnight:
        return replace(times, end=replace(end, micros=np.where(mask, end.micros + DAY, end.micros)))
    mask &= ~has_end_date
    _report(mask, end, columns, problems)
    return replace(times, end=replace(end, micros=np.where(mask, NAT, end.micros), unread=end.unread | mask))


def _has_end_date(columns: Mapping[str, FileColumn], count: int) -> Mask:
    column = columns.get("end_date", columns.get("end"))
    if column is None:
        return np.zeros(count, np.bool_)
    return np.array([cell is not None and bool(str(cell).strip()) for cell in column.cells], np.bool_)


def _report(mask: Mask, end: WallTimes, columns: Mapping[str, FileColumn], problems: Problems) -> None:
    """Add a problem for each end of a mask, with what to write in the sheet instead."""
    if not mask.any():
        return
    column = next(columns[name] for name in ("end_time", "end_date") if name in columns)
    date_column = columns.get("end_date")
    next_day = (
        f'the next day in "{date_column.header}"' if date_column else "the date of the next day in a column End date"
    )
    midnight = mask & (end.micros % DAY == 0)
    for rows, mend in ((mask & ~midnight, next_day), (midnight, f"24:00 for midnight, or {next_day}")):
        expected = f"a time after the start; if the row ends on the next day: {mend}, or overnight=True"
        column.report(problems, rows, expected)
