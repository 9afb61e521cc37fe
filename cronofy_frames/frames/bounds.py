"""What a person means by start, end and tz, and what the wire is asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd

from cronofy_frames.frames.timestamps import midnights
from cronofy_frames.zones import zone_name

Bound = str | date | datetime | pd.Timestamp | pd.Period

# /developers/api/events/read-events
DAYS_BACK, DAYS_AHEAD = 42, 201

_ISO = re.compile(r"\d{4}-\d\d(-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?\s*(Z|[+-]\d\d(:?\d\d)?)?)?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time in one zone, start inclusive, end exclusive; None is open."""

    tz: str
    start: pd.Timestamp | None = None
    end: pd.Timestamp | None = None

    @classmethod
    def of(cls, start: Bound | None, end: Bound | None, tz: str) -> Window:
        """Return the window that two bounds mean; naive ones are read in `tz`."""
        zone = zone_name(tz)
        window = cls(zone, instant(start, zone, "start"), instant(end, zone, "end"))
        if window.start is not None and window.end is not None and window.end <= window.start:
            raise ValueError(
                f"end ({window.end}) must be after start ({window.start}); it is exclusive, so one day is from that "
                "day to the next."
            )
        return window

    @property
    def days(self) -> dict[str, str]:
        """The whole days that cover the window, as the wire's `from` and `to`."""
        said = {}
        if self.start is not None:
            said["from"] = self.start.date().isoformat()
        if self.end is not None:
            day = self.end.date()
            whole = self.end <= _midnight(day, self.tz)
            said["to"] = (day if whole else day + timedelta(days=1)).isoformat()
        return said

    def seen_at(self, now: datetime) -> tuple[pd.Timestamp, pd.Timestamp]:
        """Return the window with open ends where Cronofy's are: 42 days back, 201 ahead."""
        today = pd.Timestamp(now).tz_convert(self.tz).date()
        start = self.start if self.start is not None else _midnight(today - timedelta(days=DAYS_BACK), self.tz)
        end = self.end if self.end is not None else _midnight(today + timedelta(days=DAYS_AHEAD), self.tz)
        return start, end

    def cut(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the rows that overlap the window, and those without times.

        Cronofy takes whole days, and counts what ends on the first instant in.
        """
        keep = pd.Series(data=True, index=frame.index)
        if self.end is not None:
            keep &= frame["start"] < self.end
        if self.start is not None:
            keep &= (frame["end"] > self.start) | (frame["start"] >= self.start)
        keep |= frame["start"].isna() | frame["end"].isna()
        return frame if keep.all() else frame.loc[keep].reset_index(drop=True)


def instant(value: Bound | None, tz: str, name: str) -> pd.Timestamp | None:
    """Return a bound as an instant in `tz`; a Period stands for its first instant, `today` for today."""
    if value is None:
        return None
    if isinstance(value, str) and value.strip().lower() == "today":
        value = pd.Timestamp.now(tz).date()
    if isinstance(value, pd.Period):
        value = value.start_time
    # pandas would read 01/02/2026 as it is read in America, and a number as nanoseconds
    iso = not isinstance(value, str) or _ISO.fullmatch(value.strip()) is not None
    try:
        if not iso or not isinstance(value, str | date | np.datetime64):
            raise ValueError
        moment = pd.Timestamp(value)
    except (ValueError, TypeError):
        raise ValueError(
            f"{name} is a date or time such as '2026-03-01', '2026-03-01 09:00', 'today' or a Timestamp, not {value!r}."
        ) from None
    if pd.isna(moment):
        raise ValueError(f"{name} is missing ({value!r}); leave it out for the end of Cronofy's window.")
    if moment.tzinfo is not None:
        return moment.tz_convert(tz)
    if moment == moment.normalize():
        return _midnight(moment.date(), tz)
    return moment.tz_localize(tz, ambiguous=True, nonexistent="shift_forward")


def _midnight(day: date, tz: str) -> pd.Timestamp:
    return pd.Timestamp(midnights(pd.Series([day], dtype="datetime64[s]"), tz)[0])
