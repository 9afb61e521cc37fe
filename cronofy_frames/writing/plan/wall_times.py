"""Columns of times, of any dtype -> what clocks on the wall showed, and the instants that this means.

The law of this file: a time is an instant only when its zone is known; nothing is guessed, and an hour that clocks
leave out or show twice is a problem.
"""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.frames.timestamps import midnights
from cronofy_frames.sheets.problems import Mask, Problems, quoted
from cronofy_frames.wire.endpoint import OMITTED
from cronofy_frames.writing.plan.cell_parsers import Cells, Unfit
from cronofy_frames.writing.plan.fields import cells_of

Seconds = npt.NDArray[np.int64]
"""Seconds since 1970; `NAT` where there is no time."""

NAT = np.iinfo(np.int64).min
DAY = 86_400
FIRST = timegm((1900, 1, 1, 0, 0, 0))
LAST = timegm((9998, 12, 30, 0, 0, 0))  # two days' room, so that no zone's offset leads into another year

NOTHING, INSTANT, WALL, WHOLE_DAY, WRONG = range(5)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|UTC|([+-])(\d\d)(?::?(\d\d))?)?)?",
    re.IGNORECASE | re.ASCII,
)
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


@dataclass(slots=True)
class Clock:
    """One column of times as it stands in the sheet.

    Attributes
    ----------
    kinds
        What each cell is.
    walls
        What a clock on the wall showed, as seconds since 1970.
    at
        The instants, where they are known.
    fine
        Which have a fraction of a second.
    zones
        The zones that single cells name; None where none does.
    zone
        The zone of all of them.
    """

    kinds: npt.NDArray[np.int8]
    walls: Seconds
    at: Seconds
    fine: Mask
    zones: Cells | None = None
    zone: Any = None

    @classmethod
    def blank(cls, count: int) -> Clock:
        """Return a column without any time."""
        kinds, fine = np.full(count, NOTHING, np.int8), np.zeros(count, np.bool_)
        return cls(kinds, np.full(count, NAT), np.full(count, NAT), fine)


def read_clock(column: pd.Series[Any]) -> Clock:
    """Read a column of times of any dtype, each cell for itself."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        local = column.dt.tz_localize(None).to_numpy()
        at, fine = _seconds(column.dt.tz_convert(None).to_numpy())
        kinds = np.where(at == NAT, NOTHING, INSTANT).astype(np.int8)
        return Clock(kinds, _seconds(local)[0], at, fine, zone=column.dtype.tz)
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "M":
        walls, fine = _seconds(column.to_numpy())
        kinds = np.where(walls == NAT, NOTHING, WALL).astype(np.int8)
        return Clock(kinds, walls, np.full(len(walls), NAT), fine)
    return _read_cells(column)


def _seconds(times: npt.NDArray[np.datetime64]) -> tuple[Seconds, Mask]:
    """Return whole seconds since 1970, and which times have a fraction as well."""
    raw = times.view(np.int64)
    seconds, rest = np.divmod(raw, _PER_SECOND[np.datetime_data(times.dtype)[0]])
    nothing = raw == NAT
    return np.where(nothing, NAT, seconds), (rest != 0) & ~nothing


def _read_cells(column: pd.Series[Any]) -> Clock:
    def unread(at: int, *_: Any) -> None:
        clock.kinds[at] = WRONG

    clock = Clock.blank(len(column))
    cells = cells_of(column, _read_cell, unread)
    for at, read in enumerate(cells.tolist()):
        if read is not OMITTED:
            clock.kinds[at], clock.walls[at], clock.at[at], clock.fine[at], zone = read
            if zone is not None:
                clock.zones = np.full(len(column), None, object) if clock.zones is None else clock.zones
                clock.zones[at] = zone
    return clock


Read = tuple[int, int, int, bool, str | None]
"""Kind, wall, instant, whether it has a fraction, and the zone that it names."""


def _read_cell(value: Any) -> Any:
    try:
        if isinstance(value, str):
            return _read_text(value.strip()) if value.strip() else OMITTED
        if isinstance(value, np.datetime64):
            value = pd.Timestamp(value)
        if isinstance(value, datetime):
            return _read_datetime(value)
        if isinstance(value, date):
            return WHOLE_DAY, timegm((value.year, value.month, value.day, 0, 0, 0)), NAT, False, None
    except (ValueError, OverflowError):
        raise Unfit("a time") from None
    raise Unfit("a time")


def _read_text(text: str) -> Read:
    found = _ISO.fullmatch(text)
    if found is None:
        raise ValueError
    clock = tuple(int(one or 0) for one in found.group(1, 2, 3, 4, 5, 6))
    wall = timegm(datetime(*clock).timetuple())  # type: ignore[arg-type]
    fine = bool(int(found[7] or 0))
    if found[4] is None:
        return WHOLE_DAY, wall, NAT, False, None
    if found[8] is None:
        return WALL, wall, NAT, fine, None
    hours, minutes = int(found[10] or 0), int(found[11] or 0)
    if hours > 23 or minutes > 59:
        raise ValueError
    offset = (hours * 60 + minutes) * (-60 if found[9] == "-" else 60)
    return INSTANT, wall, wall - offset, fine, None


def _read_datetime(value: datetime) -> Read:
    wall = timegm((value.year, value.month, value.day, value.hour, value.minute, value.second))
    fine = bool(value.microsecond or getattr(value, "nanosecond", 0))
    offset = value.utcoffset()
    if offset is None:
        return WALL, wall, NAT, fine, None
    at = wall - int(offset.total_seconds())
    zone = getattr(value.tzinfo, "key", None)
    if zone is not None and (_EPOCH + timedelta(seconds=at)).astimezone(value.tzinfo).replace(tzinfo=None) != datetime(
        *value.timetuple()[:6]
    ):
        raise ValueError  # Python's own datetimes may stand where clocks went forward
    return INSTANT, wall, at, fine, zone


Came = Callable[[int], Any]


def settle(
    clock: Clock, name: str, whole: npt.NDArray[np.int8], zones: Cells, frame: pd.DataFrame, problems: Problems
) -> None:
    """Make days of what all_day says, and instants of what clocks on the wall showed; note what is wrong."""

    def came(at: int) -> Any:
        return frame[name].iloc[at]

    kinds = clock.kinds
    problems.add_cells(kinds == WRONG, name, "a time such as 2026-03-04 09:00, or a date", came)
    if name in frame.columns:
        problems.add_cells(kinds == NOTHING, name, f"when it {name}s", came)
    fine = clock.fine & (kinds != WHOLE_DAY)
    _drop(clock, fine, problems, name, "whole seconds", came)
    far = (kinds != NOTHING) & (kinds != WRONG) & ((clock.walls < FIRST) | (clock.walls > LAST))
    _drop(clock, far, problems, name, "a year from 1900 to 9998", came)
    _drop(clock, (kinds == WHOLE_DAY) & (whole == 0), problems, name, "a time of day, as all_day is False", came)
    days = (whole == 1) & ((kinds == INSTANT) | (kinds == WALL))
    odd = days & ~_at_midnight(clock, days)
    _drop(clock, odd, problems, name, "a day, without a time of day, as all_day is True", came)
    days &= ~odd
    clock.walls[days] -= clock.walls[days] % DAY
    kinds[days] = WHOLE_DAY
    _localize(clock, name, zones, problems, came)


def _drop(clock: Clock, where: Mask, problems: Problems, name: str, expected: str, came: Came) -> None:
    if where.any():
        problems.add_cells(where, name, expected, came)
        clock.kinds[where], clock.walls[where], clock.at[where] = WRONG, NAT, NAT


def _at_midnight(clock: Clock, days: Mask) -> Mask:
    """Return which times are the first of their day; where midnight does not exist, that is the first that does."""
    good: Mask = clock.walls % DAY == 0
    late = np.flatnonzero(days & ~good)
    if clock.zone is not None and late.size:
        walls = clock.walls[late] - clock.walls[late] % DAY
        first = midnights(walls.view("M8[s]"), clock.zone).tz_convert(None).to_numpy().astype("M8[s]")
        good[late] = first.view(np.int64) == clock.at[late]
    return good


def _localize(clock: Clock, name: str, zones: Cells, problems: Problems, came: Came) -> None:
    """Make instants of wall times, zone by zone; hours that clocks leave out or show twice are problems."""
    walls = clock.kinds == WALL
    if not walls.any():
        return
    nowhere = walls & pd.isna(zones)
    wanted = "a zone for times that have none: give tz=, or a column tzid"
    if pd.isna(zones).all():
        problems.add_column(name, wanted, quoted(came(int(np.flatnonzero(walls)[0]))))
        clock.kinds[walls] = WRONG
        return
    _drop(clock, nowhere, problems, name, wanted, came)
    walls &= ~nowhere
    for zone in sorted(set(zones[walls])):
        at = np.flatnonzero(walls & (zones == zone))
        index = pd.DatetimeIndex(clock.walls[at].view("M8[s]"))
        exact = index.tz_localize(zone, ambiguous="NaT", nonexistent="NaT").tz_convert(None)
        clock.at[at] = exact.to_numpy().astype("M8[s]").view(np.int64)
        twice = np.asarray(index.tz_localize(zone, ambiguous="NaT", nonexistent="shift_forward").isna())
        lost = np.asarray(exact.isna())
        _amiss(clock, at[lost & ~twice], problems, name, f"a time that exists: clocks in {zone} skip it", came)
        words = f"a time with its offset, such as +01:00: clocks in {zone} show it twice"
        _amiss(clock, at[lost & twice], problems, name, words, came)


def _amiss(clock: Clock, rows: npt.NDArray[Any], problems: Problems, name: str, expected: str, came: Came) -> None:
    where = np.zeros(len(clock.kinds), np.bool_)
    where[rows] = True
    _drop(clock, where, problems, name, expected, came)
