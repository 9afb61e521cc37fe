"""Read a column of times of any dtype as wall times, and turn these into instants.

A wall time becomes an instant only where its zone is known; nothing is guessed. A wall time that clocks skip or show
twice is a problem.
"""

from __future__ import annotations

import re
from calendar import timegm
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.frames.clock_changes import is_repeated, midnights
from cronofy_frames.sheets.problems import Mask, Problems, quote_cell
from cronofy_frames.wire.endpoint import OMITTED
from cronofy_frames.writing.plan.cell_parsers import Cells, InvalidCellError
from cronofy_frames.writing.plan.fields import parse_column

Seconds = npt.NDArray[np.int64]
"""Seconds since 1970; `NAT` where there is no time."""

NAT = np.iinfo(np.int64).min
DAY = 86_400
FIRST_SECOND = timegm((1900, 1, 1, 0, 0, 0))
LAST_SECOND = timegm(
    (9998, 12, 30, 0, 0, 0)
)  # two days before the year's end, so that no offset leads into another year

MISSING, INSTANT, WALL, WHOLE_DAY, INVALID = range(5)
"""Types of cells."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|UTC|([+-])(\d\d)(?::?(\d\d))?)?)?",
    re.IGNORECASE | re.ASCII,
)
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


@dataclass(slots=True)
class TimeColumn:
    """The times of one column.

    Attributes
    ----------
    cell_types
        The kind of each cell.
    walls
        Wall times, as seconds since 1970 on a local clock.
    instants
        The instants, where they are known.
    fractional
        Which times have a fraction of a second.
    zones
        The zones that single cells name; None if no cell names one.
    zone
        The zone of the whole column.
    """

    cell_types: npt.NDArray[np.int8]
    walls: Seconds
    instants: Seconds
    fractional: Mask
    zones: Cells | None = None
    zone: Any = None

    @classmethod
    def blank(cls, count: int) -> TimeColumn:
        """Return a column of missing cells."""
        cell_types, fractional = np.full(count, MISSING, np.int8), np.zeros(count, np.bool_)
        return cls(cell_types, np.full(count, NAT), np.full(count, NAT), fractional)


# reading


def read_time_column(column: pd.Series[Any]) -> TimeColumn:
    """Read a column of times of any dtype."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        local = column.dt.tz_localize(None).to_numpy()
        instants, fractional = _whole_seconds(column.dt.tz_convert(None).to_numpy())
        cell_types = np.where(instants == NAT, MISSING, INSTANT).astype(np.int8)
        return TimeColumn(cell_types, _whole_seconds(local)[0], instants, fractional, zone=column.dtype.tz)
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "M":
        walls, fractional = _whole_seconds(column.to_numpy())
        cell_types = np.where(walls == NAT, MISSING, WALL).astype(np.int8)
        return TimeColumn(cell_types, walls, np.full(len(walls), NAT), fractional)
    return _read_cells(column)


def _whole_seconds(times: npt.NDArray[np.datetime64]) -> tuple[Seconds, Mask]:
    """Return whole seconds since 1970, and which times have a fraction as well."""
    raw = times.view(np.int64)
    seconds, rest = np.divmod(raw, _PER_SECOND[np.datetime_data(times.dtype)[0]])
    missing = raw == NAT
    return np.where(missing, NAT, seconds), (rest != 0) & ~missing


def _read_cells(column: pd.Series[Any]) -> TimeColumn:
    def on_invalid(position: int, *_: Any) -> None:
        times.cell_types[position] = INVALID

    times = TimeColumn.blank(len(column))
    cells = parse_column(column, _parse_cell, on_invalid)
    for position, cell in enumerate(cells.tolist()):
        if cell is not OMITTED:
            times.cell_types[position], times.walls[position], times.instants[position] = cell[:3]
            times.fractional[position], zone = cell[3:]
            if zone is not None:
                times.zones = np.full(len(column), None, object) if times.zones is None else times.zones
                times.zones[position] = zone
    return times


ParsedTime = tuple[int, int, int, bool, str | None]
"""Type, wall time, instant, whether it has a fraction of a second, and the zone that it names."""


def _parse_cell(value: Any) -> Any:
    try:
        if isinstance(value, str):
            return _parse_iso_text(value.strip()) if value.strip() else OMITTED
        if isinstance(value, np.datetime64):
            value = pd.Timestamp(value)
        if isinstance(value, datetime):
            return _parse_datetime(value)
        if isinstance(value, date):
            return WHOLE_DAY, timegm((value.year, value.month, value.day, 0, 0, 0)), NAT, False, None
    except (ValueError, OverflowError):
        raise InvalidCellError("a time") from None
    raise InvalidCellError("a time")


def _parse_iso_text(text: str) -> ParsedTime:
    match = _ISO.fullmatch(text)
    if match is None:
        raise ValueError
    parts = tuple(int(part or 0) for part in match.group(1, 2, 3, 4, 5, 6))
    wall = timegm(datetime(*parts).timetuple())  # type: ignore[arg-type]
    fractional = bool(int(match[7] or 0))
    if match[4] is None:
        return WHOLE_DAY, wall, NAT, False, None
    if match[8] is None:
        return WALL, wall, NAT, fractional, None
    hours, minutes = int(match[10] or 0), int(match[11] or 0)
    if hours > 23 or minutes > 59:
        raise ValueError
    offset = (hours * 60 + minutes) * (-60 if match[9] == "-" else 60)
    return INSTANT, wall, wall - offset, fractional, None


def _parse_datetime(value: datetime) -> ParsedTime:
    wall = timegm((value.year, value.month, value.day, value.hour, value.minute, value.second))
    fractional = bool(value.microsecond or getattr(value, "nanosecond", 0))
    offset = value.utcoffset()
    if offset is None:
        return WALL, wall, NAT, fractional, None
    instant = wall - int(offset.total_seconds())
    zone = getattr(value.tzinfo, "key", None)
    if zone is not None:
        local = (_EPOCH + timedelta(seconds=instant)).astimezone(value.tzinfo).replace(tzinfo=None)
        if local != datetime(*value.timetuple()[:6]):
            raise ValueError  # a datetime of Python's may have a wall time that clocks skip
    return INSTANT, wall, instant, fractional, zone


# resolving


def resolve_times(
    times: TimeColumn, name: str, all_day: npt.NDArray[np.int8], zones: Cells, frame: pd.DataFrame, problems: Problems
) -> None:
    """Turn the times of a column into instants and whole days, in place; what cannot be one becomes a problem.

    Parameters
    ----------
    times
        The column.
    name
        Its name: start or end.
    all_day
        1 for rows of whole days, 0 for timed rows, -1 for rows that do not say.
    zones
        The zone of the wall times of each row; None if it is not known.
    frame
        The frame with the column, for the cells that messages quote.
    problems
        The problems to add to.
    """
    _Resolver(times, name, frame, problems).resolve(all_day, zones)


class _Resolver:
    """Resolves one column; a time with a problem is no time from then on."""

    def __init__(self, times: TimeColumn, name: str, frame: pd.DataFrame, problems: Problems) -> None:
        self._times = times
        self._name = name
        self._frame = frame
        self._problems = problems

    def resolve(self, all_day: npt.NDArray[np.int8], zones: Cells) -> None:
        self._report_unusable()
        self._report(
            (self._times.cell_types == WHOLE_DAY) & (all_day == 0),
            "a time of day, because all_day is False for this row",
        )
        self._make_whole_days(all_day == 1)
        self._localize(zones)

    def _cell(self, position: int) -> Any:
        return self._frame[self._name].iloc[position]

    def _report(self, mask: Mask, expected: str) -> None:
        """Add a problem for each time of a mask, and take it for no time from then on."""
        if mask.any():
            self._problems.add_cells(mask, self._name, expected, self._cell)
            self._times.cell_types[mask] = INVALID
            self._times.walls[mask], self._times.instants[mask] = NAT, NAT

    def _report_unusable(self) -> None:
        """Report cells that are no times, missing ones, fractions of a second and years far away."""
        cell_types, walls = self._times.cell_types, self._times.walls
        expected = "a time such as 2026-03-04 09:00, or a date"
        self._problems.add_cells(cell_types == INVALID, self._name, expected, self._cell)
        if self._name in self._frame.columns:
            self._problems.add_cells(
                cell_types == MISSING, self._name, f"the time at which it {self._name}s", self._cell
            )
        self._report(self._times.fractional & (cell_types != WHOLE_DAY), "whole seconds")
        far = (cell_types != MISSING) & (cell_types != INVALID) & ((walls < FIRST_SECOND) | (walls > LAST_SECOND))
        self._report(far, "a year from 1900 to 9998")

    def _make_whole_days(self, all_day: Mask) -> None:
        """Turn the times of all-day rows into days; they have to be midnights."""
        times = self._times
        days = all_day & ((times.cell_types == INSTANT) | (times.cell_types == WALL))
        with_time = days & ~self._is_midnight(days)
        self._report(with_time, "a date without a time of day, because all_day is True for this row")
        days &= ~with_time
        times.walls[days] -= times.walls[days] % DAY
        times.cell_types[days] = WHOLE_DAY

    def _is_midnight(self, days: Mask) -> Mask:
        """Return which times are the first of their day, which is later than 00:00 where clocks skip midnight."""
        times = self._times
        is_midnight: Mask = times.walls % DAY == 0
        later = np.flatnonzero(days & ~is_midnight)
        if times.zone is not None and later.size:
            dates = times.walls[later] - times.walls[later] % DAY
            first = midnights(dates.view("M8[s]"), times.zone).tz_convert(None).to_numpy().astype("M8[s]")
            is_midnight[later] = first.view(np.int64) == times.instants[later]
        return is_midnight

    def _localize(self, zones: Cells) -> None:
        """Turn wall times into instants, zone by zone."""
        walls = self._times.cell_types == WALL
        if not walls.any():
            return
        expected = "a zone for wall times: give tz=, or a column tzid"
        if pd.isna(zones).all():
            self._problems.add_column(self._name, expected, quote_cell(self._cell(int(np.flatnonzero(walls)[0]))))
            self._times.cell_types[walls] = INVALID
            return
        without_zone = walls & pd.isna(zones)
        self._report(without_zone, expected)
        walls &= ~without_zone
        for zone in sorted(set(zones[walls])):
            self._localize_in(zone, walls & (zones == zone))

    def _localize_in(self, zone: str, mask: Mask) -> None:
        index = pd.DatetimeIndex(self._times.walls[mask].view("M8[s]"))
        instants = index.tz_localize(zone, ambiguous="NaT", nonexistent="NaT").tz_convert(None)
        self._times.instants[mask] = instants.to_numpy().astype("M8[s]").view(np.int64)
        unresolved, ambiguous = mask.copy(), mask.copy()
        unresolved[mask] = np.asarray(instants.isna())
        ambiguous[mask] = is_repeated(index, zone)
        self._report(unresolved & ~ambiguous, f"a time that exists: clocks in {zone} skip this one (they go forward)")
        self._report(
            unresolved & ambiguous, f"a time with its offset, such as +01:00: clocks in {zone} show this one twice"
        )
