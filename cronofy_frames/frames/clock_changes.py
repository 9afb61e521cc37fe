"""Changes of the clocks: instants of wall times and local midnights, and the UTC offsets of a zone.

pandas moves a skipped wall time by an hour or a day, whatever the change was, so that such times are converted here
from the changes themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Micros = npt.NDArray[np.int64]
"""Microseconds since 1970."""

DAY, HOUR, MINUTE = 86_400_000_000, 3_600_000_000, 60_000_000


@dataclass(frozen=True, slots=True, eq=False)
class OffsetTable:
    """Stretches of time with a constant UTC offset.

    Attributes
    ----------
    begin, end
        The stretches in microseconds UTC, in order and without gaps.
    offset
        Local time minus UTC in each stretch, in microseconds.
    """

    begin: Micros
    end: Micros
    offset: Micros

    def wall_times(self, instants: Micros) -> Micros:
        """Return the wall times of instants, as microseconds since 1970 in local time."""
        at = np.searchsorted(self.begin, instants, "right") - 1
        walls: Micros = instants + self.offset[np.maximum(at, 0)]
        return walls

    def first_instants(self, walls: Micros) -> Micros:
        """Return the first instant of each wall time; for a skipped wall time the instant of the clock change."""
        at = np.searchsorted(self.end + self.offset, walls, "right").clip(max=len(self.begin) - 1)
        begin: Micros = np.maximum(self.begin[at], walls - self.offset[at])
        return begin

    def last_instants(self, walls: Micros) -> Micros:
        """Return the instant at which time before each wall time ends; for a skipped one that of the clock change.

        In a repeated hour use the second occurrence, unless the wall time is the first instant of the repeated hour:
        then the first.
        """
        at = (np.searchsorted(self.begin + self.offset, walls) - 1).clip(min=0)
        end: Micros = np.minimum(self.end[at], walls - self.offset[at])
        return end


def is_repeated(walls: pd.DatetimeIndex, tz: str | tzinfo | None) -> npt.NDArray[np.bool_]:
    """Return which wall times clocks in a zone show twice."""
    as_first = np.ones(len(walls), np.bool_)
    first = walls.tz_localize(tz, ambiguous=as_first, nonexistent="NaT").asi8
    second = walls.tz_localize(tz, ambiguous=~as_first, nonexistent="NaT").asi8
    repeated: npt.NDArray[np.bool_] = first != second
    return repeated


def instants_of(walls: pd.DatetimeIndex, tz: str) -> pd.DatetimeIndex:
    """Return the instants of wall times in a zone.

    Parameters
    ----------
    walls
        Naive times; missing ones stay missing.
    tz
        The zone.

    Returns
    -------
    `datetime64[us, tz]`. A repeated wall time is the first of the two instants. A skipped one is the instant of the
    clock change, at which the next wall time that exists is shown.
    """
    walls = walls.as_unit("us")
    repeated_as_first = np.ones(len(walls), np.bool_)
    instants = walls.tz_localize(tz, ambiguous=repeated_as_first, nonexistent="NaT")
    skipped = np.flatnonzero(np.asarray(instants.isna()) & np.asarray(walls.notna()))
    if not skipped.size:
        return instants
    micros = instants.tz_convert(None).to_numpy("M8[us]").view(np.int64).copy()
    micros[skipped] = [_change_over(wall, tz) for wall in walls[skipped].to_numpy("M8[us]").view(np.int64).tolist()]
    return pd.DatetimeIndex(micros.view("M8[us]")).tz_localize("UTC").tz_convert(tz)


def midnights(days: Any, tz: str) -> pd.DatetimeIndex:
    """Return the instant at which each day starts in a zone.

    Parameters
    ----------
    days
        Naive dates: an array of `datetime64`, a Series or an Index; a time of day is dropped.
    tz
        The zone.

    Returns
    -------
    `datetime64[us, tz]`. A midnight that the clocks skip is the first instant after it, and one that they repeat is
    the first of the two.
    """
    return instants_of(pd.DatetimeIndex(days).as_unit("us").normalize(), tz).rename(None)


def _change_over(wall: int, tz: str) -> int:
    """Return the instant of the clock change that skips a wall time."""
    table = offset_table(tz, wall - 2 * DAY, wall + 2 * DAY)  # offsets are less than a day
    return int(table.first_instants(np.array([wall]))[0])


@lru_cache(maxsize=64)
def offset_table(tz: str, start: int, end: int) -> OffsetTable:
    """Return the UTC offsets of a zone over a window.

    Parameters
    ----------
    tz
        The zone.
    start, end
        The window in microseconds UTC; offsets outside it are not known.
    """
    days = np.append(np.arange(start, end, DAY), end)
    offsets = _offsets(days, tz)
    at = np.flatnonzero(offsets[1:] != offsets[:-1])
    low, high, before = days[at], days[at + 1], offsets[at]
    while (high - low > 1).any():
        middle = (low + high) // 2
        same: npt.NDArray[np.bool_] = _offsets(middle, tz) == before
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    begin = np.append(start, high[high < end])
    return OffsetTable(begin, np.append(begin[1:], end), _offsets(begin, tz))


def weekday_of(day: Micros) -> Micros:
    """Return the weekday, 0 for Monday, of days counted from 1 January 1970, a Thursday."""
    return (day + 3) % 7


def _offsets(micros: Micros, tz: str) -> Micros:
    walls = pd.DatetimeIndex(micros.view("M8[us]"), tz="UTC").tz_convert(tz).tz_localize(None)
    local: Micros = walls.to_numpy("M8[us]").view(np.int64)
    return local - micros
