"""A column of dates and wall times, parsed from cells; a wall time is what a clock shows, without a zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.frames.clock_changes import Micros
from cronofy_frames.frames.timestamps import NAT
from cronofy_frames.sheets.problems import Mask

DAY = 86_400_000_000
EPOCH = datetime(1970, 1, 1)
MICRO = timedelta(microseconds=1)
FIRST, LAST = (datetime(2, 1, 1) - EPOCH) // MICRO, (datetime(9999, 1, 1) - EPOCH) // MICRO - 1
"""The first and the last wall time that is read."""


@dataclass(frozen=True, slots=True)
class WallTimes:
    """A column of dates and wall times.

    Attributes
    ----------
    micros
        Microseconds since 1970 on a local clock; midnight for a date; `NAT` where there is nothing.
    timed
        Which have a time of day.
    offset
        The offset from UTC in microseconds, where one is written; else `NAT`.
    unread
        Which cells hold something that is not read.
    ambiguous
        Which of these are dates whose day and month could be in either order.
    range_end
        The second time of day of cells such as 09:00-10:30, in microseconds since midnight; else `NAT`. If there is
        also an offset, it is not clear which of the two is meant.
    """

    micros: Micros
    timed: Mask
    offset: Micros
    unread: Mask
    ambiguous: Mask
    range_end: Micros

    @staticmethod
    def missing(count: int) -> WallTimes:
        """Return a column without values."""
        unread, ambiguous = np.zeros((2, count), np.bool_)
        micros, offset, range_end = np.full((3, count), NAT)
        return WallTimes(micros, np.zeros(count, np.bool_), offset, unread, ambiguous, range_end)

    @staticmethod
    def of_series(times: pd.Series[Any]) -> WallTimes:
        """Return a column of times with a zone."""
        present = times.notna().to_numpy(np.bool_)
        none = np.zeros(len(times), np.bool_)
        walls = as_micros(times.dt.tz_localize(None))
        utc = as_micros(times.dt.tz_convert("UTC").dt.tz_localize(None))
        return WallTimes(walls, present, np.where(present, walls - utc, NAT), none, none, np.full(len(times), NAT))

    def take(self, positions: npt.NDArray[np.int64]) -> WallTimes:
        """Return the entries at some positions."""
        return WallTimes(
            self.micros[positions],
            self.timed[positions],
            self.offset[positions],
            self.unread[positions],
            self.ambiguous[positions],
            self.range_end[positions],
        )

    def set_entry(self, position: int, parsed: ParsedDateTime) -> None:
        """Set one entry; a year outside 2 to 9998 is not read."""
        if parsed.micros != NAT and not FIRST <= parsed.micros <= LAST:
            parsed = UNREAD
        self.micros[position], self.timed[position], self.offset[position] = parsed.micros, parsed.timed, parsed.offset
        self.unread[position], self.ambiguous[position] = parsed.micros == NAT, parsed.ambiguous
        self.range_end[position] = parsed.range_end

    @property
    def present(self) -> Mask:
        """Which entries have a value."""
        present: Mask = self.micros != NAT
        return present


@dataclass(frozen=True, slots=True)
class ParsedDateTime:
    """One date or time; `NAT` if the cell holds neither."""

    micros: int = NAT
    timed: bool = False
    offset: int = NAT
    ambiguous: bool = False
    range_end: int = NAT


UNREAD = ParsedDateTime()


def as_micros(times: pd.Series[Any]) -> Micros:
    """Return times without a zone as microseconds since 1970."""
    micros: Micros = times.to_numpy("datetime64[us]").view(np.int64)
    return micros
