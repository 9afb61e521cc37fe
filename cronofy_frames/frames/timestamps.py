"""Times as Cronofy writes them -> instants; days -> the local midnights that stand for them.

The law of this file: an instant is a number of microseconds since 1970 in UTC, and a day is a day: it
never passes through a zone on its way to the midnight at which it starts.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cronofy_frames.zones import zone_name

Micros = npt.NDArray[np.int64]
"""Microseconds since 1970; `NAT` where there is no time."""

NAT = np.iinfo(np.int64).min
_EPOCH = datetime(1970, 1, 1)
_MICRO = timedelta(microseconds=1)
_DAY = 86_400_000_000
# pandas holds the years 1 and 9999 but fails to show them in zones that push them over the edge
_FIRST = (datetime(2, 1, 1) - _EPOCH) // _MICRO
_LAST = (datetime(9999, 1, 1) - _EPOCH) // _MICRO - 1
_FAR = _FIRST - 1

_WRITTEN = re.compile(
    r"""\s*(?P<year>[+-]?\d{4,6})-(?P<month>\d\d)-(?P<day>\d\d)
    (?P<clock>(?:[Tt]|\ +)(?P<hour>\d\d)(?::?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,](?P<part>\d{1,12}))?)?)?
    \s*(?P<zone>[Zz]|UTC|(?P<sign>[+-])(?P<hours>\d\d)(?::?(?P<minutes>\d\d))?)?)?\s*""",
    re.VERBOSE | re.ASCII,
)
_CLOCK = ("year", "month", "day", "hour", "minute", "second")


@dataclass(frozen=True, slots=True)
class Instants:
    """A column of times.

    Attributes
    ----------
    micros
        The instants; for days those of midnight UTC.
    dated
        Which of them are days.
    unread
        How many texts are neither time nor date.
    far
        How many lie before the year 2 or after 9998.
    """

    micros: Micros
    dated: npt.NDArray[np.bool_]
    unread: int
    far: int


def instants(texts: Sequence[str | None], *, zones: Sequence[str | None] | None = None) -> Instants:
    """Read a column of times and dates.

    Parameters
    ----------
    texts
        Times and dates; None is a missing one.
    zones
        The zone that stands beside each text, for times that have no offset of their own; UTC where there is none.

    Returns
    -------
    What was read.
    """
    column = pa.array(texts, pa.large_string())
    unread = 0
    try:
        micros, dated = _cast(column)
    except pa.ArrowInvalid:
        pairs = zip(texts, zones or [None] * len(texts), strict=True)
        read = [(NAT, False) if text is None else _parse(text, zone) for text, zone in pairs]
        unread = sum(one is None for one in read)
        micros = np.array([NAT if one is None else one[0] for one in read], np.int64)
        dated = np.array([one is not None and one[1] for one in read], np.bool_)
    far = ((micros < _FIRST) | (micros > _LAST)) & (micros != NAT)
    if far.any():
        micros = np.where(far, NAT, micros)
    return Instants(micros, dated, unread, int(far.sum()))


def _cast(column: Any) -> tuple[Micros, npt.NDArray[np.bool_]]:
    # a date has ten characters and a time, in any form that Arrow takes, more
    is_date = pc.fill_null(pc.equal(pc.binary_length(column), pa.scalar(10)), False)
    dated = is_date.to_numpy(zero_copy_only=False)
    if not dated.any():
        return _micros(column), dated
    nothing = pa.scalar(None, column.type)
    micros = _micros(pc.if_else(is_date, nothing, column))
    days: Any = pc.if_else(is_date, column, nothing).cast(pa.date32()).cast(pa.int32()).cast(pa.int64())
    return np.where(dated, days.fill_null(0).to_numpy() * _DAY, micros), dated


def _micros(column: Any) -> Micros:
    times: Any = column.cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    found: Micros = times.fill_null(NAT).to_numpy()
    return found


def _parse(text: str, zone: str | None) -> tuple[int, bool] | None:
    """Return the instant, and whether it is a day; None for a text that is neither time nor date."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    dated = found["clock"] is None
    if not 1 <= int(found["year"]) <= 9999:
        return _FAR, dated
    year, month, day, hour, minute, second = (int(one or 0) for one in found.group(*_CLOCK))
    try:
        wall = datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None
    hours, minutes = int(found["hours"] or 0), int(found["minutes"] or 0)
    if hours > 23 or minutes > 59:
        return None
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if found["sign"] == "-" else 1)
    if zone and not dated and not found["zone"]:
        offset = _offset(wall, zone)
    return (wall - _EPOCH - offset) // _MICRO + int((found["part"] or "").ljust(6, "0")[:6]), dated


def _offset(wall: datetime, zone: str) -> timedelta:
    try:
        return wall.replace(tzinfo=ZoneInfo(zone)).utcoffset() or timedelta()
    except (ZoneInfoNotFoundError, ValueError, OSError, OverflowError):
        return timedelta()


class Midnights:
    """Remembers the midnights of one zone, for an answer names the same days again and again."""

    def __init__(self, tz: str) -> None:
        self._tz = tz
        self._known: dict[int, int] = {NAT: NAT}

    def of(self, days: Micros) -> Micros:
        """Return the instants at which days start, given as instants of midnight UTC."""
        wanted = days.tolist()
        new = np.array([day for day in set(wanted) if day not in self._known], np.int64)
        if new.size:
            at = midnights(new.view("M8[us]"), self._tz).tz_convert(None).to_numpy().view(np.int64)
            self._known.update(zip(new.tolist(), at.tolist(), strict=True))
        return np.array([self._known[day] for day in wanted], np.int64)


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
    `datetime64[us, tz]`. A midnight that does not exist, where clocks go forward at that hour, is the first
    instant of that day; one that comes twice is the first of the two.
    """
    walls = pd.DatetimeIndex(days).as_unit("us").normalize()
    first = np.ones(len(walls), np.bool_)
    return walls.tz_localize(tz, ambiguous=first, nonexistent="shift_forward").rename(None)


def to_timezone(frame: pd.DataFrame, tz: str) -> pd.DataFrame:
    """Return the frame with its times in another zone.

    Timed rows are converted: the same instants under other clocks. All-day rows keep their days and so stand
    at the local midnights of the new zone: a day off never becomes 19:00 the evening before.

    Parameters
    ----------
    frame
        Any frame with times; `start` and `end` of the rows whose `all_day` is True are days.
    tz
        The zone, an IANA name.

    Returns
    -------
    DataFrame
        A new frame; `attrs` are kept, and `attrs["cronofy"]["tz"]`, where present, says the new zone.

    Raises
    ------
    ValueError
        For an unknown zone.

    Examples
    --------
    >>> events = cf.read_events(client, "2026-03-02", "2026-03-09")
    >>> cf.to_timezone(events, "Asia/Tokyo")["start"].dtype
    datetime64[us, Asia/Tokyo]
    """
    tz = zone_name(tz)
    columns: dict[str, Any] = {}
    for name, dtype in frame.dtypes.items():
        if isinstance(dtype, pd.DatetimeTZDtype):
            times = frame[name]
            columns[str(name)] = times.dt.tz_convert(tz)
            if name in ("start", "end") and "all_day" in frame.columns:
                columns[str(name)] = _anchored(times, frame["all_day"].to_numpy(np.bool_, na_value=False), tz)
    moved = frame.assign(**columns)
    moved.attrs = copy.deepcopy(frame.attrs)
    origin = moved.attrs.get("cronofy")
    if isinstance(origin, dict) and "tz" in origin:
        origin["tz"] = tz
    return moved


def _anchored(times: pd.Series[Any], all_day: npt.NDArray[np.bool_], tz: str) -> pd.Series[Any]:
    moved: pd.Series[Any] = times.dt.tz_convert(tz)
    at = np.flatnonzero(all_day & times.notna().to_numpy())
    days = pd.DatetimeIndex(times.iloc[at])
    walls = days.tz_localize(None)
    # the end of an all-day row may be a time after all: then it is an instant like any other
    whole = midnights(walls, str(days.tz)) == days
    moved.iloc[at[whole]] = midnights(walls[whole], tz)
    return moved
