"""Bounds of a read: start, end and zone as users give them, and the whole days that the API is asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd

from cronofy_frames.frames.clock_changes import instants_of
from cronofy_frames.frames.date_words import WORDS_TEXT, day_of_word, nearest_word
from cronofy_frames.text import single_line
from cronofy_frames.zones import zone_name

Bound = str | date | datetime | pd.Timestamp | pd.Period

# /developers/api/events/read-events
DAYS_BACK, DAYS_AHEAD = 42, 201

FIRST_YEAR, LAST_YEAR = 2, 9998
"""The years that frames have: others fail in zones that push them over the edge."""

_ISO = re.compile(r"\d{4}-\d\d(-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?\s*(Z|[+-]\d\d(:?\d\d)?)?)?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Window:
    """A period in one zone: start inclusive, end exclusive; None is an open end."""

    tz: str
    start: pd.Timestamp | None = None
    end: pd.Timestamp | None = None

    @classmethod
    def of(cls, start: Bound | None, end: Bound | None, tz: str, *, now: datetime | None = None) -> Window:
        """Return the window between two bounds; naive ones are local times of `tz`.

        `now` is the time that words such as `today` count from; None is that of the computer's clock.

        Raises
        ------
        ValueError
            For a bound that is not a date or time, an unknown zone, or an end that is not after the start.
        """
        zone = zone_name(tz)
        now = now or datetime.now(UTC)
        window = cls(zone, instant(start, zone, "start", now=now), instant(end, zone, "end", now=now))
        if window.start is not None and window.end is not None and window.end <= window.start:
            raise ValueError(
                f"end ({window.end}) must be after start ({window.start}); it is exclusive, so one day is from that "
                "day to the next, and a month ends with the first day of the next one."
            )
        return window

    @property
    def days(self) -> dict[str, str]:
        """The whole days that cover the window, as the wire's `from` and `to`."""
        days = {}
        if self.start is not None:
            days["from"] = self.start.date().isoformat()
        if self.end is not None:
            day = self.end.date()
            is_midnight = self.end <= _midnight(day, self.tz)
            days["to"] = (day if is_midnight else day + timedelta(days=1)).isoformat()
        return days

    def observed_at(self, now: datetime) -> tuple[pd.Timestamp, pd.Timestamp]:
        """Return the window as the API reads it: open ends are 42 days back and 201 days ahead."""
        today = pd.Timestamp(now).tz_convert(self.tz).date()
        start = self.start if self.start is not None else _midnight(today - timedelta(days=DAYS_BACK), self.tz)
        end = self.end if self.end is not None else _midnight(today + timedelta(days=DAYS_AHEAD), self.tz)
        return start, end

    def cut(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the rows that overlap the window, and those without times.

        The API answers in whole days, and includes events that end at the first instant.
        """
        keep = pd.Series(data=True, index=frame.index)
        if self.end is not None:
            keep &= frame["start"] < self.end
        if self.start is not None:
            keep &= (frame["end"] > self.start) | (frame["start"] >= self.start)
        keep |= frame["start"].isna() | frame["end"].isna()
        return frame if keep.all() else frame.loc[keep].reset_index(drop=True)


def instant(value: Bound | None, tz: str, name: str, *, now: datetime | None = None) -> pd.Timestamp | None:
    """Return a bound as an instant in `tz`.

    This is the rule for every bound, in Python and on the command line. A day, a month (`2026-03`), an ISO week and a
    Period are their first instant, as a start and as an end: an end is exclusive, so `2026-03` as an end leaves March
    out.

    Parameters
    ----------
    value
        A date, a time or their text; a Period; or a word: today, tomorrow, yesterday, monday to sunday (of the
        current week, which begins on Monday), days or weeks from today (-7d, +2w), or an ISO week (2026-W10). None
        stays None. A skipped local time is the instant of the clock change, and a repeated one the first of the two.
    tz
        The zone of naive values, and of today.
    name
        The argument, for messages.
    now
        The time that words count from; None is that of the computer's clock.

    Raises
    ------
    ValueError
        For anything else.
    """
    if value is None:
        return None
    try:
        time = _timestamp(value, pd.Timestamp(now or datetime.now(UTC)).tz_convert(tz).date())
    except (ValueError, TypeError):
        raise ValueError(
            f"{name} is a date or time such as '2026-03-01', '2026-03-01 09:00' or a Timestamp, or a word: "
            f"{WORDS_TEXT}; not {value!r}.{nearest_word(value) if isinstance(value, str) else ''}"
        ) from None
    if pd.isna(time):
        raise ValueError(f"{name} is missing ({value!r}); leave it out for no bound.")
    if not FIRST_YEAR <= time.year <= LAST_YEAR:
        raise ValueError(
            f"{name} is in a year from {FIRST_YEAR} to {LAST_YEAR}; not {single_line(str(value))}. Leave it out for no "
            "bound."
        )
    if time.tzinfo is not None:
        return time.tz_convert(tz)
    return pd.Timestamp(instants_of(pd.DatetimeIndex([time]), tz)[0])


def _timestamp(value: object, today: date) -> pd.Timestamp:
    if isinstance(value, str):
        value = day_of_word(value, today) or value
    if isinstance(value, pd.Period):
        value = value.start_time
    # pandas would read 01/02/2026 as it is read in America, and a number as nanoseconds
    iso = not isinstance(value, str) or _ISO.fullmatch(value.strip()) is not None
    if not iso or not isinstance(value, str | date | np.datetime64):
        raise ValueError
    return pd.Timestamp(value)


def _midnight(day: date, tz: str) -> pd.Timestamp:
    return pd.Timestamp(instants_of(pd.DatetimeIndex([pd.Timestamp(day)]), tz)[0])
