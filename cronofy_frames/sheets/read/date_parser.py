"""Date parser: cells of a spreadsheet as wall times, in the forms that people and programs write.

A wall time is what a clock shows, without a zone. The order of day and month is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.frames.clock_changes import Micros
from cronofy_frames.frames.timestamps import NAT
from cronofy_frames.sheets.read.decimal_times import TimeStyles, time_styles
from cronofy_frames.sheets.read.parsed_times import DAY as DAY
from cronofy_frames.sheets.read.parsed_times import (
    EPOCH,
    FIRST,
    LAST,
    MICRO,
    UNREAD,
    ParsedDateTime,
    WallTimes,
    as_micros,
)
from cronofy_frames.sheets.read.weekdays import split_weekday

_SECOND = 1_000_000
_SERIAL_OF_1970 = 25_569  # the number that spreadsheets store for 1970-01-01
_FIRST_YEAR, _LAST_YEAR = 1990, 2060  # of dates written as a number
_FIRST_SERIAL, _END_OF_SERIALS = 32_874, 58_807  # of these years
_FIRST_REAL_DATE = (datetime(1905, 1, 1) - EPOCH) // MICRO  # workbooks store a time of day with an earlier date


# forms of dates and times

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

_DATE_TIME = re.compile(
    rf"""(?:(?P<year>\d{{4}})(?P<gap>[-/.])(?P<month>\d{{1,2}})(?P=gap)(?P<day>\d{{1,2}})
    |(?P<one>\d{{1,2}})(?P<sep>[-/.])(?P<two>\d{{1,2}})(?P=sep)(?P<loose_year>\d{{4}}|\d\d)
    |(?P<dmy_day>\d{{1,2}})(?:st|nd|rd|th)?[.\s/-]*(?P<dmy_month>{_MONTH})\.?[,\s/-]+(?P<dmy_year>\d{{4}}|\d\d(?![:\d]))
    |(?P<mdy_month>{_MONTH})\.?\s*(?P<mdy_day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<mdy_year>\d{{4}}))
    (?P<clock>(?:T|\s*,?\s+(?:at\s+)?){_TIME})?""",
    _FLAGS,
)
_TIME_OF_DAY = re.compile(_TIME, _FLAGS)
_TIME_WITH_POINT = re.compile(rf"(?P<hour>\d{{1,2}})[.](?P<minute>\d\d){_ZONE}", _FLAGS)
_SERIAL_TEXT = re.compile(r"\d{5}(?:[.,]\d+)?", re.ASCII)
_COMPACT_ISO = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z)?)?", re.ASCII)
_FRACTION_OF_DAY = re.compile(r"0(?:[.,]\d+)?", re.ASCII)
_ISO = r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-](?:0\d|1[0-5]):[0-5]\d)?)?"


def parse_date_times(cells: Sequence[Any] | pd.Series[Any], dayfirst: bool | None) -> WallTimes:
    """Parse dates, and dates with times.

    Parameters
    ----------
    cells
        Texts, numbers, dates and times, as the file has them.
    dayfirst
        Whether 3/4/2026 is in April; with None such dates are ambiguous.
    """
    if isinstance(cells, pd.Series) and isinstance(cells.dtype, pd.DatetimeTZDtype):
        return WallTimes.of_series(cells)
    distinct, codes = _distinct_cells(cells)
    times = WallTimes.missing(len(distinct))
    texts = [at for at, cell in enumerate(distinct) if isinstance(cell, str)]
    for at, cell in enumerate(distinct):
        if cell is not None and not isinstance(cell, str):
            times.set_entry(at, _parse_value(cell))
    _parse_texts(times, texts, distinct, dayfirst)
    return times.take(codes)


def parse_times_of_day(cells: Sequence[Any] | pd.Series[Any], dayfirst: bool | None = None) -> tuple[WallTimes, Micros]:
    """Parse times of day; return them as times since midnight, and the day beside each, `NAT` if there is none."""
    distinct, codes = _distinct_cells(cells)
    styles = time_styles(distinct)
    times, days = WallTimes.missing(len(distinct)), np.full(len(distinct), NAT)
    for at, cell in enumerate(distinct):
        if cell is not None:
            parsed, days[at] = _parse_time_of_day(cell, dayfirst, styles)
            times.set_entry(at, parsed)
    return times.take(codes), days[codes]


class NumericDate(NamedTuple):
    """A date such as 3/4/2026: two numbers in either order, the digits of the year, and the weekday if it has one."""

    first: int
    second: int
    year: str
    weekday: int | None

    def date(self, *, dayfirst: bool) -> date | None:
        """Return the date in one order; None if there is none."""
        day, month = (self.first, self.second) if dayfirst else (self.second, self.first)
        try:
            return date(_full_year(self.year), month, day)
        except ValueError:
            return None


def numeric_date(text: str) -> NumericDate | None:
    """Return the date in a text whose day and month could be in either order; None for any other text."""
    match, weekday = _match_date(" ".join(text.split()))
    if match is None or not match["one"]:
        return None
    return NumericDate(int(match["one"]), int(match["two"]), match["loose_year"], weekday)


def ambiguous_parts(cell: Any) -> tuple[int, int] | None:
    """Return the first two numbers of a date whose day and month could be in either order; None for others."""
    numeric = numeric_date(str(cell))
    return None if numeric is None else (numeric.first, numeric.second)


def _match_date(text: str) -> tuple[re.Match[str] | None, int | None]:
    """Return the parts of a date with or without a time, and its weekday if it has one."""
    match = _DATE_TIME.fullmatch(text)
    if match is not None:
        return match, None
    weekday, rest = split_weekday(text)
    return (None, None) if weekday is None else (_DATE_TIME.fullmatch(rest), weekday)


def _distinct_cells(cells: Sequence[Any] | pd.Series[Any]) -> tuple[list[Any], npt.NDArray[np.int64]]:
    """Return the different cells, stripped and with None for blank ones, and the number of each cell among them."""
    numbers: dict[tuple[type, Any], int] = {}
    codes = np.fromiter(
        (numbers.setdefault((type(cell), cell), len(numbers)) for cell in cells), np.int64, count=len(cells)
    )
    return [_strip_cell(cell) for _, cell in numbers], codes


def _strip_cell(cell: Any) -> Any:
    if isinstance(cell, str):
        return " ".join(cell.split()) or None
    return None if cell is None or cell is pd.NaT or cell is pd.NA or cell != cell else cell


# texts


def _parse_texts(times: WallTimes, positions: list[int], distinct: list[Any], dayfirst: bool | None) -> None:
    """Parse texts: ISO 8601 all at once, because there are many of them, and the others one by one."""
    texts = pd.Series([distinct[at] for at in positions], index=positions, dtype="str")
    iso = texts[texts.str.fullmatch(_ISO).astype(bool)]
    offset = iso.str.extract(r"(?:Z|([+-]\d\d):(\d\d))$")
    has_offset = iso.str.contains(r"(?:Z|[+-]\d\d:\d\d)$").to_numpy(np.bool_)
    local = iso.str.replace(r"(?:Z|[+-]\d\d:\d\d)$", "", regex=True)
    micros = as_micros(pd.to_datetime(local, format="ISO8601", errors="coerce"))
    is_read = (micros >= FIRST) & (micros <= LAST)
    at = iso.index.to_numpy(np.int64)[is_read]
    times.micros[at], times.timed[at] = micros[is_read], (local.str.len() > 10).to_numpy(np.bool_)[is_read]
    times.offset[at] = np.where(has_offset, _offset_micros(offset), NAT)[is_read]
    for position in set(positions) - set(at.tolist()):
        times.set_entry(position, _parse_text(distinct[position], dayfirst))


def _offset_micros(parts: pd.DataFrame) -> Micros:
    hours, minutes = (pd.to_numeric(parts[name]).fillna(0).to_numpy(np.int64) for name in (0, 1))
    signs = np.where(parts[0].str.startswith("-").fillna(value=False).astype(bool), -1, 1)
    seconds: Micros = hours * 3600 + signs * minutes * 60
    return seconds * _SECOND


def _parse_text(text: str, dayfirst: bool | None) -> ParsedDateTime:
    if _SERIAL_TEXT.fullmatch(text):
        return _parse_serial(float(text.replace(",", ".")))
    if compact := _COMPACT_ISO.fullmatch(text):
        return _parse_compact(compact)
    match, weekday = _match_date(text)
    if match is None:
        return UNREAD
    if match["one"] and dayfirst is None:
        return ParsedDateTime(ambiguous=True)
    day = _day_micros(match, dayfirst)
    if day is None or (weekday is not None and weekday_of(day) != weekday):
        return UNREAD
    if match["clock"] is None:
        return ParsedDateTime(day)
    time_of_day = _time_micros(match)
    return UNREAD if time_of_day is None else ParsedDateTime(day + time_of_day[0], timed=True, offset=time_of_day[1])


def weekday_of(micros: int) -> int:
    """Return the weekday of a wall time, from 0 for Monday."""
    return (EPOCH + timedelta(microseconds=micros)).weekday()


def misfit_weekday(cell: Any, dayfirst: bool | None) -> date | None:
    """Return the date in a cell if its weekday does not fit; None for any other cell."""
    match, weekday = _match_date(" ".join(cell.split())) if isinstance(cell, str) else (None, None)
    day = None if match is None or (match["one"] and dayfirst is None) else _day_micros(match, dayfirst)
    if day is None or weekday in (None, weekday_of(day)):
        return None
    return (EPOCH + timedelta(microseconds=day)).date()


def _day_micros(match: re.Match[str], dayfirst: bool | None) -> int | None:
    if match["year"]:
        year, month, day = int(match["year"]), int(match["month"]), int(match["day"])
    elif match["one"]:
        first, second = int(match["one"]), int(match["two"])
        year, (day, month) = _full_year(match["loose_year"]), (first, second) if dayfirst else (second, first)
    elif match["dmy_day"]:
        year, month, day = _full_year(match["dmy_year"]), _month_number(match["dmy_month"]), int(match["dmy_day"])
    else:
        year, month, day = _full_year(match["mdy_year"]), _month_number(match["mdy_month"]), int(match["mdy_day"])
    try:
        return (datetime(year, month, day) - EPOCH) // MICRO
    except ValueError:
        return None


def _full_year(year: str) -> int:
    """Return a year; two digits stand for 1969 to 2068, as in POSIX."""
    if len(year) > 2:
        return int(year)
    return int(year) + (1900 if int(year) >= 69 else 2000)


def _month_number(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1


def _time_micros(match: re.Match[str]) -> tuple[int, int] | None:
    """Return a time of day and its offset; 24:00 is the midnight at the end of the day."""
    parts = match.groupdict()
    half = parts.get("half")
    names = ("h12", "m12", "s12", "f12") if half else ("hour", "minute", "second", "part")
    hour, minute, second = (int(parts.get(name) or 0) for name in names[:3])
    micros = int((parts.get(names[3]) or "").ljust(6, "0")[:6])
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    since_midnight = ((hour * 60 + minute) * 60 + second) * _SECOND + micros
    if minute > 59 or second > 59 or since_midnight > DAY:
        return None
    offset = _parse_offset(parts["zone"])
    return None if offset is None else (since_midnight, offset)


def _parse_offset(zone: str | None) -> int | None:
    """Return an offset; `NAT` if none is written, None if it is too large."""
    if zone is None:
        return NAT
    digits = re.sub(r"\D", "", zone).ljust(6, "0")
    hours, minutes, seconds = int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    if hours > 15 or minutes > 59 or seconds > 59:
        return None
    size = ((hours * 60 + minutes) * 60 + seconds) * _SECOND
    return -size if "-" in zone else size


# cells of workbooks


def _parse_value(cell: Any) -> ParsedDateTime:
    if isinstance(cell, datetime):
        offset = cell.utcoffset()
        wall = cell.replace(tzinfo=None)
        return ParsedDateTime((wall - EPOCH) // MICRO, timed=True, offset=NAT if offset is None else offset // MICRO)
    if isinstance(cell, date):
        return ParsedDateTime((datetime.combine(cell, time()) - EPOCH) // MICRO)
    if not _is_number(cell):
        return UNREAD
    compact = _COMPACT_ISO.fullmatch(str(int(cell))) if float(cell).is_integer() else None
    return _parse_compact(compact) if compact else _parse_serial(cell)


def _parse_serial(number: float) -> ParsedDateTime:
    """Parse the number that a spreadsheet stores for a date: days since the end of 1899, the time as a fraction.

    Years before 1990 and after 2060 are not read, nor a number such as 40526, which is also the date 4/05/26.
    """
    if not _FIRST_SERIAL <= number < _END_OF_SERIALS or _is_compact(number):
        return UNREAD
    seconds = round(number * 86_400)
    return ParsedDateTime((seconds - _SERIAL_OF_1970 * 86_400) * _SECOND, timed=bool(seconds % 86_400))


def _is_compact(number: float) -> bool:
    """Return whether a number is also a date without separators: d, mm, yy or m, dd, yy."""
    first, second = divmod(int(number) // 100, 100)
    return float(number).is_integer() and (1 <= second <= 12 or (1 <= first <= 12 and 1 <= second <= 31))


def is_number_of_date(cell: Any) -> bool:
    """Return whether a cell is a number, or a text of digits, that may have been meant as a date."""
    digits = cell.strip() if isinstance(cell, str) else str(int(cell)) if _is_number(cell) else ""
    return digits.isdecimal() and 5 <= len(digits) <= 8


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) < 1e9


def _parse_compact(match: re.Match[str]) -> ParsedDateTime:
    """Parse a date of eight digits in the order of ISO 8601, alone or with a time; other orders are never guessed."""
    year, month, day, hour, minute, second = (int(part or 0) for part in match.group(1, 2, 3, 4, 5, 6))
    try:
        wall = (datetime(year, month, day, hour, minute, second) - EPOCH) // MICRO
    except ValueError:
        return UNREAD
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return UNREAD
    return ParsedDateTime(wall, timed=match[4] is not None, offset=0 if match[7] else NAT)


# times of day


def _parse_time_of_day(cell: Any, dayfirst: bool | None, styles: TimeStyles) -> tuple[ParsedDateTime, int]:
    """Return the time of day in a cell, and the day beside it."""
    if isinstance(cell, str):
        return _parse_time_text(cell, dayfirst, styles)
    if isinstance(cell, time):
        return ParsedDateTime((datetime.combine(EPOCH, cell) - EPOCH) // MICRO, timed=True), NAT
    if isinstance(cell, timedelta):
        micros = cell // MICRO
        return (ParsedDateTime(micros, timed=True) if 0 <= micros <= DAY else UNREAD), NAT
    if isinstance(cell, int | float) and not isinstance(cell, bool) and 0 <= cell < 1:
        return (_parse_share(cell) if styles.number == "share" or cell == 0 else UNREAD), NAT
    return _split_time(_parse_value(cell))


def _parse_time_text(text: str, dayfirst: bool | None, styles: TimeStyles) -> tuple[ParsedDateTime, int]:
    share = float(text.replace(",", ".")) if _FRACTION_OF_DAY.fullmatch(text) else None
    if share is not None and (styles.text == "share" or share == 0):
        return _parse_share(share), NAT
    match = _TIME_OF_DAY.fullmatch(text) or (_TIME_WITH_POINT.fullmatch(text) if styles.text == "clock" else None)
    if match is None:
        return _split_time(_parse_text(text, dayfirst))
    parsed = _time_micros(match)
    return (UNREAD if parsed is None else ParsedDateTime(parsed[0], timed=True, offset=parsed[1])), NAT


def _parse_share(share: float) -> ParsedDateTime:
    return ParsedDateTime(round(share * 86_400) * _SECOND, timed=True)


def _split_time(parsed: ParsedDateTime) -> tuple[ParsedDateTime, int]:
    """Split a date with a time into both; a date before 1905 only comes from how a time of day is stored."""
    if parsed.micros == NAT or (not parsed.timed and parsed.micros >= _FIRST_REAL_DATE):
        return UNREAD, NAT
    since_midnight = parsed.micros % DAY
    day = NAT if parsed.micros < _FIRST_REAL_DATE else parsed.micros - since_midnight
    return ParsedDateTime(since_midnight, timed=True, offset=parsed.offset), day
