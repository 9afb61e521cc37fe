"""What the clock on the wall of a zone shows: exact where it jumps, by a whole day or at one minute past midnight.

pandas rounds where clocks jump at 00:01 and where a zone skips a day, so walls and instants are counted here from the
changes themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from cronofy_frames.intervals.spans import Flags, Micros

DAY, HOUR, MINUTE = 86_400_000_000, 3_600_000_000, 60_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Clock:
    """Stretches of time over which a clock does not jump.

    Attributes
    ----------
    begin, end
        The stretches in microseconds UTC, in order and without gaps.
    offset
        What the clock is ahead of UTC in each.
    """

    begin: Micros
    end: Micros
    offset: Micros

    def shown(self, instants: Micros) -> Micros:
        """Return what the clock shows, as microseconds since it showed 1970."""
        at = np.searchsorted(self.begin, instants, "right") - 1
        shown: Micros = instants + self.offset[np.maximum(at, 0)]
        return shown

    def first(self, walls: Micros) -> Micros:
        """Return when the clock first shows these times; what it jumps over is the jump."""
        at = np.searchsorted(self.end + self.offset, walls, "right").clip(max=len(self.begin) - 1)
        begin: Micros = np.maximum(self.begin[at], walls - self.offset[at])
        return begin

    def last(self, walls: Micros) -> Micros:
        """Return until when the clock shows what comes before these times; what it jumps over is the jump.

        Where that comes twice, it is the second time; but what ends at the first of two 01:00, the minute before it
        coming once, ends there.
        """
        at = (np.searchsorted(self.begin + self.offset, walls) - 1).clip(min=0)
        end: Micros = np.minimum(self.end[at], walls - self.offset[at])
        return end


@lru_cache(maxsize=64)
def clock(tz: str, start: int, end: int) -> Clock:
    """Return the clock of a zone over a window, given in microseconds UTC.

    Parameters
    ----------
    tz
        The zone.
    start, end
        The window; times that the clock shows outside of it are not known.
    """
    days = np.append(np.arange(start, end, DAY), end)
    offsets = _offsets(days, tz)
    at = np.flatnonzero(offsets[1:] != offsets[:-1])
    low, high, before = days[at], days[at + 1], offsets[at]
    while (high - low > 1).any():
        middle = (low + high) // 2
        same: Flags = _offsets(middle, tz) == before
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    begin = np.append(start, high[high < end])
    return Clock(begin, np.append(begin[1:], end), _offsets(begin, tz))


def weekday_of(day: Micros) -> Micros:
    """Return the weekday, 0 for Monday, of days counted from 1970, which began on a Thursday."""
    return (day + 3) % 7


def _offsets(micros: Micros, tz: str) -> Micros:
    walls = pd.DatetimeIndex(micros.view("M8[us]"), tz="UTC").tz_convert(tz).tz_localize(None)
    shown: Micros = walls.to_numpy("M8[us]").view(np.int64)
    return shown - micros
