"""Wire times as instants: columns of times and dates, and the local midnights at which days start.

An instant is a number of microseconds since 1970 in UTC. A date never passes through a zone on the way to the
midnight at which it starts.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cronofy_frames.frames.clock_changes import DAY, Micros, midnights
from cronofy_frames.frames.standard_dtypes import standard_dtypes, zone_of
from cronofy_frames.zones import zone_name

NAT = np.iinfo(np.int64).min
"""A missing time among microseconds."""

_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
# pandas holds the years 1 and 9999 but fails to show them in zones that push them over the edge
_FIRST = (datetime(2, 1, 1) - _EPOCH) // _MICROSECOND
_LAST = (datetime(9999, 1, 1) - _EPOCH) // _MICROSECOND - 1
_OUT_OF_RANGE = _FIRST - 1

_TIME_OR_DATE = re.compile(
    r"""\s*(?P<year>[+-]?\d{4,6})-(?P<month>\d\d)-(?P<day>\d\d)
    (?P<clock>(?:[Tt]|\ +)(?P<hour>\d\d)(?::?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,](?P<part>\d{1,12}))?)?)?
    \s*(?P<zone>[Zz]|UTC|(?P<sign>[+-])(?P<hours>\d\d)(?::?(?P<minutes>\d\d))?)?)?\s*""",
    re.VERBOSE | re.ASCII,
)
_PARTS = ("year", "month", "day", "hour", "minute", "second")


@dataclass(frozen=True, slots=True)
class Instants:
    """A column of wire times, read.

    Attributes
    ----------
    micros
        The instants; for dates those of midnight UTC.
    is_date
        Which of them are dates.
    unreadable
        How many texts are neither a time nor a date.
    out_of_range
        How many lie before the year 2 or after 9998.
    """

    micros: Micros
    is_date: npt.NDArray[np.bool_]
    unreadable: int
    out_of_range: int


def instants(texts: Sequence[str | None], *, zones: Sequence[str | None] | None = None) -> Instants:
    """Read a column of wire times and dates.

    Source of the forms: docs.cronofy.com/developers/api/data-types.

    Parameters
    ----------
    texts
        Times and dates; None is a missing one.
    zones
        The zone of each text, for times without an offset; UTC where it is None.
    """
    column = pa.array(texts, pa.large_string())
    unreadable = 0
    try:
        micros, is_date = _cast(column)
    except pa.ArrowInvalid:
        pairs = zip(texts, zones or [None] * len(texts), strict=True)
        parsed = [(NAT, False) if text is None else _parse(text, zone) for text, zone in pairs]
        unreadable = sum(result is None for result in parsed)
        micros = np.array([NAT if result is None else result[0] for result in parsed], np.int64)
        is_date = np.array([result is not None and result[1] for result in parsed], np.bool_)
    out_of_range = ((micros < _FIRST) | (micros > _LAST)) & (micros != NAT)
    if out_of_range.any():
        micros = np.where(out_of_range, NAT, micros)
    return Instants(micros, is_date, unreadable, int(out_of_range.sum()))


def _cast(column: Any) -> tuple[Micros, npt.NDArray[np.bool_]]:
    """Return the microseconds and which are dates, by Arrow's reader; it raises for any unusual form."""
    # a date has ten characters and a time, in any form that Arrow takes, more
    is_date = pc.binary_length(column).to_numpy(zero_copy_only=False) == 10
    if not is_date.any():
        return _cast_times(column), is_date
    date_mask, null = pa.array(is_date), pa.scalar(None, column.type)
    micros = _cast_times(pc.if_else(date_mask, null, column))
    days: Any = pc.if_else(date_mask, column, null).cast(pa.date32()).view(pa.int32()).fill_null(0)
    return np.where(is_date, days.to_numpy().astype(np.int64) * DAY, micros), is_date


def _cast_times(column: Any) -> Micros:
    times: Any = column.cast(pa.timestamp("us", "UTC")).view(pa.int64())
    micros: Micros = (times.fill_null(NAT) if times.null_count else times).to_numpy()
    return micros


def _parse(text: str, zone: str | None) -> tuple[int, bool] | None:
    """Return the microseconds, and whether it is a date; None for a text that is neither a time nor a date."""
    match = _TIME_OR_DATE.fullmatch(text)
    if match is None:
        return None
    is_date = match["clock"] is None
    if not 1 <= int(match["year"]) <= 9999:
        return _OUT_OF_RANGE, is_date
    year, month, day, hour, minute, second = (int(part or 0) for part in match.group(*_PARTS))
    try:
        wall = datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None
    hours, minutes = int(match["hours"] or 0), int(match["minutes"] or 0)
    if hours > 23 or minutes > 59:
        return None
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if match["sign"] == "-" else 1)
    if zone and not is_date and not match["zone"]:
        offset = _offset_in(zone, wall)
    return (wall - _EPOCH - offset) // _MICROSECOND + int((match["part"] or "").ljust(6, "0")[:6]), is_date


def _offset_in(zone: str, wall: datetime) -> timedelta:
    try:
        return wall.replace(tzinfo=ZoneInfo(zone)).utcoffset() or timedelta()
    except (ZoneInfoNotFoundError, ValueError, OSError, OverflowError):
        return timedelta()


def has_offset(text: str) -> bool:
    """Return whether a text is a time with an offset from UTC, which a date and a wall time do not have."""
    match = _TIME_OR_DATE.fullmatch(text)
    return match is not None and bool(match["zone"])


def parse_time(text: str) -> datetime | date:
    """Return a time as Cronofy writes it as a datetime in UTC, and a date as a date.

    Raises
    ------
    ValueError
        The text is neither.
    """
    if len(text) <= len("2026-03-04"):
        return date.fromisoformat(text)
    try:
        time = datetime.fromisoformat(text)  # reads nearly all of them, and fast
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        parsed = _parse(text, None)
        if parsed is None or parsed[1] or not _FIRST <= parsed[0] <= _LAST:
            raise ValueError(f"a time is written as 2026-03-04T09:00:00Z, not {text!r}.") from None
        return (_EPOCH + timedelta(microseconds=parsed[0])).replace(tzinfo=UTC)


class Midnights:
    """The instants at which days start in one zone, remembered: an answer names the same days again and again."""

    def __init__(self, tz: str) -> None:
        self._tz = tz
        self._known: dict[int, int] = {NAT: NAT}

    def of(self, days: Micros) -> Micros:
        """Return the instants at which days start; days are given as instants of midnight UTC."""
        listed = days.tolist()
        new = np.array([day for day in set(listed) if day not in self._known], np.int64)
        if new.size:
            starts = midnights(new.view("M8[us]"), self._tz).tz_convert(None).to_numpy().view(np.int64)
            self._known.update(zip(new.tolist(), starts.tolist(), strict=True))
        return np.array([self._known[day] for day in listed], np.int64)


def to_timezone(frame: pd.DataFrame, tz: str) -> pd.DataFrame:
    """Return the frame with its times in another zone.

    Timed rows are converted: the same instants in the new local time. All-day rows keep their days and start at the
    local midnights of the new zone: a day off never becomes 19:00 the evening before.

    Parameters
    ----------
    frame
        Any frame with times; `start` and `end` of the rows whose `all_day` is True are days.
    tz
        The zone, an IANA name.

    Returns
    -------
    DataFrame
        A new frame; `attrs` are kept, with the new zone in `attrs["cronofy"]["tz"]` where that is present.

    Raises
    ------
    ValueError
        For an unknown zone, and for a start or end without a zone.

    Examples
    --------
    >>> events = cf.read_events(client, "2026-03-02", "2026-03-09")
    >>> cf.to_timezone(events, "Asia/Tokyo")["start"].dtype
    datetime64[us, Asia/Tokyo]
    """
    tz, converted = zone_name(tz), standard_dtypes(frame).copy(deep=False)
    for name in ("start", "end"):
        if name in converted and not isinstance(converted[name].dtype, pd.DatetimeTZDtype):
            raise ValueError(no_zone_text(name, converted[name].dtype))
    all_day: Any = converted["all_day"].to_numpy(np.bool_, na_value=False) if "all_day" in converted else None
    for label, dtype in converted.dtypes.items():
        if isinstance(dtype, pd.DatetimeTZDtype):
            times = converted[label]
            keeps_days = label in ("start", "end") and all_day is not None
            converted[label] = _keep_days(times, all_day, tz) if keeps_days else times.dt.tz_convert(tz)
    converted.attrs = copy.deepcopy(frame.attrs)
    source = converted.attrs.get("cronofy")
    if isinstance(source, dict) and "tz" in source:
        source["tz"] = tz
    return converted


def _keep_days(times: pd.Series[Any], all_day: npt.NDArray[np.bool_], tz: str) -> pd.Series[Any]:
    """Return times in a zone, those of all-day rows at the midnights of the same days there."""
    converted: pd.Series[Any] = times.dt.tz_convert(tz)
    positions = np.flatnonzero(all_day & times.notna().to_numpy())
    starts = pd.DatetimeIndex(times.iloc[positions])
    walls = starts.tz_localize(None)
    # the end of an all-day row may be a time after all: then it is an instant like any other
    at_midnight = _is_midnight(starts)
    converted.iloc[positions[at_midnight]] = midnights(walls[at_midnight], tz)
    return converted


def _is_midnight(times: pd.DatetimeIndex) -> npt.NDArray[np.bool_]:
    """Return which times are the start of a day in their own zone, which may be a fixed offset."""
    walls = times.tz_localize(None)
    try:
        zone = zone_of(times.tz)
    except ValueError:
        return np.asarray(walls == walls.normalize())
    return np.asarray(midnights(walls, zone) == times)


def no_zone_text(name: str, dtype: Any) -> str:
    """Return the text of the error for a column whose times have no zone, with the functions that add it."""
    return (
        f"{name} has no times with a zone (dtype {dtype}). read_sheet reads such times from files; "
        f"pd.to_datetime(frame[{name!r}], utc=True) converts times with an offset, and "
        f"pd.to_datetime(frame[{name!r}]).dt.tz_localize('Europe/London') times without one."
    )
