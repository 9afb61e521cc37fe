"""Two times in one cell, such as 09:00-10:30: a range, or a time with an offset from UTC."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from cronofy_frames.frames.timestamps import NAT
from cronofy_frames.sheets.problems import Mask, Problems
from cronofy_frames.sheets.read.file_column import FileColumn
from cronofy_frames.sheets.read.parsed_times import DAY, MICRO, WallTimes

ZoneAt = Callable[[int], "str | None"]
"""From a position to the zone of the row's wall times; None if it is not known."""


def with_clear_offsets(walls: WallTimes, column: FileColumn, zone_at: ZoneAt, problems: Problems) -> WallTimes:
    """Return times of which none is both a range and a time with an offset, and add problems where it is not known.

    22:00-06:00 is a time with the offset -06:00 only if its zone has that offset in its year; else it is a range. It is
    a problem if the zone is not known, or if the zone has the offset and the column has ranges.
    """
    positions = np.flatnonzero((walls.range_end != NAT) & (walls.offset != NAT)).tolist()
    if not positions:
        return walls
    zones = {position: zone_at(position) for position in positions}
    fits = {at: zone is not None and _has_offset(zone, walls, at) for at, zone in zones.items()}
    has_ranges = bool(((walls.range_end != NAT) & (walls.offset == NAT)).any()) or any(
        zone is not None and not fits[at] for at, zone in zones.items()
    )
    offset, range_end, unclear = walls.offset.copy(), walls.range_end.copy(), np.zeros(len(walls.micros), np.bool_)
    for at, zone in zones.items():
        if fits[at] and not has_ranges:
            range_end[at] = NAT
        elif fits[at] or (zone is None and not has_ranges):
            unclear[at] = True
        else:
            offset[at] = NAT
    return _without(replace(walls, offset=offset, range_end=range_end), unclear, column, problems)


def split_ranges(
    start: WallTimes, end: WallTimes | None, column: FileColumn, *, overnight: bool, problems: Problems
) -> tuple[WallTimes, WallTimes | None]:
    """Return the starts without ranges, and the ends with those of the ranges, on the day of their start.

    A range that ends before it starts ends on the next day if `overnight` says so; else it is a problem. It is one as
    well if the row has another end.
    """
    has_range = (start.range_end != NAT) & start.present
    if not has_range.any():
        return start, end
    end = WallTimes.missing(len(start.micros)) if end is None else end
    day = np.where(has_range, start.micros - start.micros % DAY, 0)
    range_end = np.where(has_range, day + start.range_end, NAT)
    if overnight:
        range_end = np.where(has_range & (range_end <= start.micros), range_end + DAY, range_end)
    other = end.present & (end.micros != np.where(end.timed, range_end, day))
    unclear = has_range & ((range_end <= start.micros) | other)
    start = _without(start, unclear, column, problems, argument=" or overnight=True")
    use = has_range & ~unclear
    end = replace(end, micros=np.where(use, range_end, end.micros), timed=end.timed | use)
    return replace(start, range_end=np.full(len(start.micros), NAT)), end


def without_ranges(walls: WallTimes, column: FileColumn, problems: Problems) -> WallTimes:
    """Return the times of a column that has no ranges; each of them becomes a problem."""
    return _without(walls, (walls.range_end != NAT) & walls.present, column, problems)


def _without(walls: WallTimes, mask: Mask, column: FileColumn, problems: Problems, *, argument: str = "") -> WallTimes:
    """Return the times without some ranges, and add a problem for each; `argument` mends those over midnight."""
    for position in np.flatnonzero(mask).tolist():
        first, last = _clock_text(int(walls.micros[position])), _clock_text(int(walls.range_end[position]))
        next_day, other_mend = (" of the next day", argument) if last <= first else ("", "")
        expected = (
            f"one time: is {first} to {last}{next_day} meant? Then give start and end their own columns{other_mend}; "
            f"an offset from UTC needs seconds before it, such as {first}:00-{last}"
        )
        column.report_cell(problems, position, expected)
    if not mask.any():
        return walls
    return replace(
        walls,
        micros=np.where(mask, NAT, walls.micros),
        timed=walls.timed & ~mask,
        range_end=np.where(mask, NAT, walls.range_end),
        unread=walls.unread | mask,
    )


def _clock_text(micros: int) -> str:
    minutes = micros // 60_000_000 % (24 * 60)
    return "24:00" if micros == DAY else f"{minutes // 60:02d}:{minutes % 60:02d}"


def _has_offset(zone: str, walls: WallTimes, position: int) -> bool:
    year = int(np.datetime64(int(walls.micros[position]), "us").astype("datetime64[Y]").astype(np.int64)) + 1970
    return int(walls.offset[position]) in _offsets(zone, year)


@functools.lru_cache(maxsize=1000)
def _offsets(zone: str, year: int) -> frozenset[int]:
    """Return the offsets of a zone in a year, in microseconds."""
    if not 1970 <= year <= 9000:
        return frozenset()
    days = (datetime(year, month, day, tzinfo=UTC) for month in range(1, 13) for day in (1, 15))
    offsets = (day.astimezone(ZoneInfo(zone)).utcoffset() for day in days)
    return frozenset(offset // MICRO for offset in offsets if offset is not None)
