"""Rows of a sheet whose year, length or hour is far from the others: they may be slips, and get a note in the plan."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.sheets.problems import Mask
from cronofy_frames.text import quantity
from cronofy_frames.writing.plan.start_end import RowTimes
from cronofy_frames.writing.plan.wall_times import NAT, Seconds

_DAY = 86_400
_FAR_YEARS = 2 * 365 * _DAY  # a gap that no plan of rows about one time has
_FAR_SEASON, _SEASON, _FEWEST_OF_SEASON = 300 * _DAY, 100 * _DAY, 3  # a year beside a plan of some weeks
_LONG, _MUCH_LONGER = 30 * _DAY, 3
_FAR_HOUR, _FEWEST_HOURS = 5 * 3600, 5
_FEW = 10  # one row in so many is still an exception


def far_row_notes(times: RowTimes) -> dict[int, str]:
    """Return a note for each row that is far from the others, by its position.

    Few rows, at most a tenth or one, count as far: if more than two years are between them and the others, or 300 days
    where the others are within 100; if a row lasts longer than 30 days and three times as long as half of the others;
    and if on the clock of their zone more than five hours are between their starts and all others, of at least five.

    Parameters
    ----------
    times
        Start and end of all rows.
    """
    notes: dict[int, list[str]] = {}
    for texts in (_year_notes(times), _length_notes(times), _hour_notes(times)):
        for position, text in texts.items():
            notes.setdefault(position, []).append(text)
    return {position: "; ".join(texts) for position, texts in notes.items()}


def _year_notes(times: RowTimes) -> dict[int, str]:
    positions = np.flatnonzero(times.start != NAT)
    starts = times.start[positions]
    far = _exceptions(_clusters(starts, _FAR_YEARS))
    if not far.any():
        far = _exceptions(_clusters(starts, _FAR_SEASON))
        others = starts[~far]
        in_season = len(others) >= _FEWEST_OF_SEASON and others.max() - others.min() <= _SEASON
        far &= in_season
    notes = {}
    for at in np.flatnonzero(far).tolist():
        others = np.delete(starts, at) if far.all() else starts[~far]
        years = f"{_date(others.min()):%Y-%m}", f"{_date(others.max()):%Y-%m}"
        span = years[0] if years[0] == years[1] else " to ".join(years)
        notes[int(positions[at])] = f"starts in {_date(starts[at]):%Y-%m} and the other rows in {span}: check the year"
    return notes


def _length_notes(times: RowTimes) -> dict[int, str]:
    known = (times.start != NAT) & (times.end != NAT)
    positions = np.flatnonzero(known)
    lengths = times.end[positions] - times.start[positions]
    notes = {}
    for at in np.flatnonzero(lengths > _LONG).tolist():
        others = np.delete(lengths, at)
        if not len(others) or lengths[at] > _MUCH_LONGER * np.median(others):
            days = quantity(round(int(lengths[at]) / _DAY), "day")
            notes[int(positions[at])] = f"lasts {days}: check start and end"
    return notes


def _hour_notes(times: RowTimes) -> dict[int, str]:
    positions = np.flatnonzero((times.start != NAT) & ~times.all_day)
    if len(positions) < _FEWEST_HOURS:
        return {}
    clocks = _clock_seconds(times, positions)
    first, order = _after_largest_gap(clocks)
    far = _exceptions(_clusters(order, _FAR_HOUR))
    if not far.any() or far.all():
        return {}
    others = (order[~far] + first) % _DAY
    span = f"{_clock(others[np.argmin(order[~far])])} and {_clock(others[np.argmax(order[~far])])}"
    return {
        int(positions[at]): f"starts at {_clock(clocks[at])} and the other rows between {span}: check the hour"
        for at in np.flatnonzero(far).tolist()
    }


def _clock_seconds(times: RowTimes, positions: npt.NDArray[np.int64]) -> Seconds:
    """Return the seconds since midnight at which rows start, on the clock of their zone."""
    zones = pd.Series(times.zones[0][positions]).fillna(times.tz)
    clocks = np.zeros(len(positions), np.int64)
    for zone in zones.unique():
        at = np.flatnonzero(zones == zone)
        local = pd.DatetimeIndex(times.start[positions[at]].view("M8[s]")).tz_localize("UTC").tz_convert(ZoneInfo(zone))
        clocks[at] = (local.hour * 3600 + local.minute * 60 + local.second).to_numpy(np.int64)
    return clocks


def _after_largest_gap(clocks: Seconds) -> tuple[int, Seconds]:
    """Return where the largest gap of a day ends, and the times of day counted from there."""
    ordered = np.unique(clocks)
    gaps = np.diff(ordered, append=ordered[0] + _DAY)
    first = int(ordered[(int(np.argmax(gaps)) + 1) % len(ordered)])
    return first, (clocks - first) % _DAY


def _clusters(values: Seconds, gap: int) -> Seconds:
    """Return the number of the cluster of each value: neighbours within a gap are in one."""
    order = np.argsort(values, kind="stable")
    numbers = np.zeros(len(values), np.int64)
    numbers[order] = np.cumsum(np.diff(values[order], prepend=values[order][:1]) > gap)
    return numbers


def _exceptions(clusters: Seconds) -> Mask:
    """Return which values are in a cluster of few, beside a larger one or as one of two."""
    sizes = np.bincount(clusters)[clusters] if len(clusters) else clusters
    few = sizes <= max(1, len(clusters) // _FEW)
    has_others = len(np.unique(clusters)) > 1
    return few & has_others & (not few.all() or len(clusters) == 2)


def _date(seconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds))


def _clock(seconds: int) -> str:
    return f"{int(seconds) // 3600:02}:{int(seconds) // 60 % 60:02}"
