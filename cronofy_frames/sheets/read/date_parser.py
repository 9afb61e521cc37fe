"""Cells -> wall times, as people and programs write them.

The law of this file: a wall time is what a clock shows, without a zone; and no order of day and month is ever guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.frames.offsets import Micros
from cronofy_frames.frames.timestamps import NAT

Mask = npt.NDArray[np.bool_]

DAY = 86_400_000_000
_SECOND = 1_000_000
_EPOCH = datetime(1970, 1, 1)
_MICRO = timedelta(microseconds=1)
_FIRST, _LAST = (datetime(2, 1, 1) - _EPOCH) // _MICRO, (datetime(9999, 1, 1) - _EPOCH) // _MICRO - 1
_SERIALS = 25_569  # days from the one from which spreadsheets count to 1970
_TIME_ALONE = (datetime(1905, 1, 1) - _EPOCH) // _MICRO  # before that a date is what a time of day is stored with


@dataclass(frozen=True, slots=True)
class Walls:
    """A column of dates and times.

    Attributes
    ----------
    micros
        What the clock shows, in microseconds since 1970; midnight for a date; `NAT` where there is nothing.
    timed
        Which of them have a time of day.
    offset
        How far the clock is east of UTC, in microseconds, where that was written; else `NAT`.
    unread
        Which cells hold something else.
    loose
        Which of these are dates whose day and month could be either way round.
    """

    micros: Micros
    timed: Mask
    offset: Micros
    unread: Mask
    loose: Mask

    @staticmethod
    def missing(count: int) -> Walls:
        """Return a column with nothing in it."""
        return Walls(
            np.full(count, NAT), np.zeros(count, np.bool_), np.full(count, NAT), *np.zeros((2, count), np.bool_)
        )

    @staticmethod
    def of(times: pd.Series[Any]) -> Walls:
        """Return a column of times in a zone."""
        there = times.notna().to_numpy(np.bool_)
        none = np.zeros(len(times), np.bool_)
        walls = _as_micros(times.dt.tz_localize(None))
        utc = _as_micros(times.dt.tz_convert("UTC").dt.tz_localize(None))
        return Walls(walls, there, np.where(there, walls - utc, NAT), none, none)

    def taken(self, codes: npt.NDArray[np.int64]) -> Walls:
        """Return the entries at some positions."""
        return Walls(self.micros[codes], self.timed[codes], self.offset[codes], self.unread[codes], self.loose[codes])

    def set(self, at: int, read: Written) -> None:
        """Put one entry in."""
        if read.micros != NAT and not _FIRST <= read.micros <= _LAST:
            read = _UNREAD
        self.micros[at], self.timed[at], self.offset[at] = read.micros, read.timed, read.offset
        self.unread[at], self.loose[at] = read.micros == NAT, read.loose

    @property
    def there(self) -> Mask:
        """Which entries have something."""
        found: Mask = self.micros != NAT
        return found


@dataclass(frozen=True, slots=True)
class Written:
    """One date or time; `NAT` where it is none."""

    micros: int = NAT
    timed: bool = False
    offset: int = NAT
    loose: bool = False


_UNREAD = Written()
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_ZONE = r"(?P<zone>\s*(?:Z|UTC|GMT)|\s*[+-]\d\d(?::?\d\d(?::?\d\d)?)?)?"
_HALF = r"\s*(?P<half>[ap])\.?\s?m\.?"
_TIME = rf"""(?:(?P<h12>\d{{1,2}})(?::(?P<m12>\d\d)(?::(?P<s12>\d\d)(?:[.,](?P<f12>\d{{1,9}}))?)?)?{_HALF}
    |(?P<hour>\d{{1,2}}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<part>\d{{1,9}}))?)?){_ZONE}"""
_FLAGS = re.VERBOSE | re.IGNORECASE | re.ASCII

_MOMENT = re.compile(
    rf"""(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?
    (?:(?P<year>\d{{4}})(?P<gap>[-/.])(?P<month>\d{{1,2}})(?P=gap)(?P<day>\d{{1,2}})
    |(?P<one>\d{{1,2}})(?P<sep>[-/.])(?P<two>\d{{1,2}})(?P=sep)(?P<loose_year>\d{{4}}|\d\d)
    |(?P<dmy_day>\d{{1,2}})(?:st|nd|rd|th)?[.\s/-]*(?P<dmy_month>{_MONTH})\.?[,\s/-]+(?P<dmy_year>\d{{4}}|\d\d(?![:\d]))
    |(?P<mdy_month>{_MONTH})\.?\s*(?P<mdy_day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<mdy_year>\d{{4}}))
    (?P<clock>(?:T|\s*,?\s+(?:at\s+)?){_TIME})?""",
    _FLAGS,
)
_CLOCK = re.compile(_TIME, _FLAGS)
_POINTED = re.compile(rf"(?P<hour>\d{{1,2}})[.](?P<minute>\d\d){_ZONE}", _FLAGS)
_SERIAL = re.compile(r"\d{5}(?:[.,]\d+)?", re.ASCII)
_SHARE = re.compile(r"0(?:[.,]\d+)?", re.ASCII)
_ISO = r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-](?:0\d|1[0-5]):[0-5]\d)?)?"


def moments(cells: Sequence[Any] | pd.Series[Any], dayfirst: bool | None) -> Walls:
    """Read dates, and dates with times.

    Parameters
    ----------
    cells
        Text, numbers, dates and times as a file has them.
    dayfirst
        Whether 3/4/2026 is in April; with None it is not read.
    """
    if isinstance(cells, pd.Series) and isinstance(cells.dtype, pd.DatetimeTZDtype):
        return Walls.of(cells)
    distinct, codes = _distinct(cells)
    walls = Walls.missing(len(distinct))
    texts = [at for at, cell in enumerate(distinct) if isinstance(cell, str)]
    for at, cell in enumerate(distinct):
        if cell is not None and not isinstance(cell, str):
            walls.set(at, _cell(cell))
    _texts(walls, texts, distinct, dayfirst)
    return walls.taken(codes)


def times_of_day(cells: Sequence[Any] | pd.Series[Any]) -> tuple[Walls, Micros]:
    """Read times of day; with each the day that was written beside it, `NAT` where there was none."""
    distinct, codes = _distinct(cells)
    walls, days = Walls.missing(len(distinct)), np.full(len(distinct), NAT)
    for at, cell in enumerate(distinct):
        if cell is None:
            continue
        read, day = _time_of_day(cell)
        walls.set(at, read)
        days[at] = day
    return walls.taken(codes), days[codes]


def order_of(cell: Any) -> tuple[int, int] | None:
    """Return the first two numbers of a date whose day and month could be either way round."""
    found = _MOMENT.fullmatch(" ".join(str(cell).split()))
    return (int(found["one"]), int(found["two"])) if found and found["one"] else None


def _distinct(cells: Sequence[Any] | pd.Series[Any]) -> tuple[list[Any], npt.NDArray[np.int64]]:
    """Return the different cells, texts without spaces around them and blank ones as None, and which is where."""
    places: dict[tuple[type, Any], int] = {}
    codes = np.fromiter(
        (places.setdefault((type(cell), cell), len(places)) for cell in cells), np.int64, count=len(cells)
    )
    return [_tidy(cell) for _, cell in places], codes


def _tidy(cell: Any) -> Any:
    if isinstance(cell, str):
        return " ".join(cell.split()) or None
    return None if cell is None or cell is pd.NaT or cell is pd.NA or cell != cell else cell


def _texts(walls: Walls, places: list[int], distinct: list[Any], dayfirst: bool | None) -> None:
    """Read texts: those that ISO writes all at once, as there are many of them, and the others one by one."""
    texts = pd.Series([distinct[at] for at in places], index=places, dtype="str")
    written = texts[texts.str.fullmatch(_ISO).astype(bool)]
    offset = written.str.extract(r"(?:Z|([+-]\d\d):(\d\d))$")
    aware = written.str.contains(r"(?:Z|[+-]\d\d:\d\d)$").to_numpy(np.bool_)
    local = written.str.replace(r"(?:Z|[+-]\d\d:\d\d)$", "", regex=True)
    micros = _as_micros(pd.to_datetime(local, format="ISO8601", errors="coerce"))
    read = (micros >= _FIRST) & (micros <= _LAST)
    at = written.index.to_numpy(np.int64)[read]
    walls.micros[at], walls.timed[at] = micros[read], (local.str.len() > 10).to_numpy(np.bool_)[read]
    walls.offset[at] = np.where(aware, _offsets(offset), NAT)[read]
    for place in set(places) - set(at.tolist()):
        walls.set(place, _text(distinct[place], dayfirst))


def _offsets(parts: pd.DataFrame) -> Micros:
    hours, minutes = (pd.to_numeric(parts[name]).fillna(0).to_numpy(np.int64) for name in (0, 1))
    signs = np.where(parts[0].str.startswith("-").fillna(value=False).astype(bool), -1, 1)
    seconds: Micros = hours * 3600 + signs * minutes * 60
    return seconds * _SECOND


def _as_micros(times: pd.Series[Any]) -> Micros:
    found: Micros = times.to_numpy("datetime64[us]").view(np.int64)
    return found


def _cell(cell: Any) -> Written:
    if isinstance(cell, datetime):
        offset = cell.utcoffset()
        wall = cell.replace(tzinfo=None)
        return Written((wall - _EPOCH) // _MICRO, timed=True, offset=NAT if offset is None else offset // _MICRO)
    if isinstance(cell, date):
        return Written((datetime.combine(cell, time()) - _EPOCH) // _MICRO)
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return _UNREAD
    return _serial(cell)


def _serial(number: float) -> Written:
    """Read what a spreadsheet keeps for a date: the days since the end of 1899, and the share of a day."""
    if not 20_000 <= number <= 80_000:
        return _UNREAD
    seconds = round(number * 86_400)
    return Written((seconds - _SERIALS * 86_400) * _SECOND, timed=bool(seconds % 86_400))


def _text(text: str, dayfirst: bool | None) -> Written:
    if _SERIAL.fullmatch(text):
        return _serial(float(text.replace(",", ".")))
    found = _MOMENT.fullmatch(text)
    if found is None:
        return _UNREAD
    if found["one"] and dayfirst is None:
        return Written(loose=True)
    day = _day(found, dayfirst)
    if day is None or found["clock"] is None:
        return _UNREAD if day is None else Written(day)
    clock = _clock(found)
    return _UNREAD if clock is None else Written(day + clock[0], timed=True, offset=clock[1])


def _day(found: re.Match[str], dayfirst: bool | None) -> int | None:
    if found["year"]:
        year, month, day = int(found["year"]), int(found["month"]), int(found["day"])
    elif found["one"]:
        first, second = int(found["one"]), int(found["two"])
        year, (day, month) = _full(found["loose_year"]), (first, second) if dayfirst else (second, first)
    elif found["dmy_day"]:
        year, month, day = _full(found["dmy_year"]), _month(found["dmy_month"]), int(found["dmy_day"])
    else:
        year, month, day = _full(found["mdy_year"]), _month(found["mdy_month"]), int(found["mdy_day"])
    try:
        return (datetime(year, month, day) - _EPOCH) // _MICRO
    except ValueError:
        return None


def _full(year: str) -> int:
    """Return a year; one of two digits as POSIX has it, from 1969 to 2068."""
    if len(year) > 2:
        return int(year)
    return int(year) + (1900 if int(year) >= 69 else 2000)


def _month(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1


def _clock(found: re.Match[str]) -> tuple[int, int] | None:
    """Return a time of day and its offset; 24:00 is the midnight at the end of the day."""
    parts = found.groupdict()
    half = parts.get("half")
    names = ("h12", "m12", "s12", "f12") if half else ("hour", "minute", "second", "part")
    hour, minute, second = (int(parts.get(name) or 0) for name in names[:3])
    micros = int((parts.get(names[3]) or "").ljust(6, "0")[:6])
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    of_day = ((hour * 60 + minute) * 60 + second) * _SECOND + micros
    if minute > 59 or second > 59 or of_day > DAY:
        return None
    offset = _offset(parts["zone"])
    return None if offset is None else (of_day, offset)


def _offset(zone: str | None) -> int | None:
    """Return an offset; `NAT` where none is written, None where it is too large."""
    if zone is None:
        return NAT
    digits = re.sub(r"\D", "", zone).ljust(6, "0")
    hours, minutes, seconds = int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    if hours > 15 or minutes > 59 or seconds > 59:
        return None
    size = ((hours * 60 + minutes) * 60 + seconds) * _SECOND
    return -size if "-" in zone else size


def _time_of_day(cell: Any) -> tuple[Written, int]:
    """Return the time of day in a cell, and the day that stands with it."""
    if isinstance(cell, str):
        return _written_time(cell)
    if isinstance(cell, time):
        return Written((datetime.combine(_EPOCH, cell) - _EPOCH) // _MICRO, timed=True), NAT
    if isinstance(cell, timedelta):
        micros = cell // _MICRO
        return (Written(micros, timed=True) if 0 <= micros <= DAY else _UNREAD), NAT
    if isinstance(cell, int | float) and not isinstance(cell, bool) and 0 <= cell < 1:
        return Written(round(cell * 86_400) * _SECOND, timed=True), NAT
    return _split(_cell(cell))


def _written_time(text: str) -> tuple[Written, int]:
    if _SHARE.fullmatch(text):
        return Written(round(float(text.replace(",", ".")) * 86_400) * _SECOND, timed=True), NAT
    found = _CLOCK.fullmatch(text) or _POINTED.fullmatch(text)
    if found is None:
        return _split(_text(text, None))
    clock = _clock(found)
    return (_UNREAD if clock is None else Written(clock[0], timed=True, offset=clock[1])), NAT


def _split(read: Written) -> tuple[Written, int]:
    """Take the time of day from a date with one; before 1905 the day is only what the time is stored with."""
    if read.micros == NAT or (not read.timed and read.micros >= _TIME_ALONE):
        return _UNREAD, NAT
    of_day = read.micros % DAY
    day = NAT if read.micros < _TIME_ALONE else read.micros - of_day
    return Written(of_day, timed=True, offset=read.offset), day
