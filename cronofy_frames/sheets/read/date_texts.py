"""Forms of dates and times in text, and the numbers in them."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from cronofy_frames.frames.timestamps import NAT
from cronofy_frames.sheets.read.parsed_times import DAY, EPOCH, MICRO
from cronofy_frames.sheets.read.weekdays import WEEKDAY_NAMES, split_weekday

SECOND = 1_000_000

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
TIME_OF_DAY = re.compile(_TIME, _FLAGS)
TIME_WITH_POINT = re.compile(rf"(?P<hour>\d{{1,2}})[.](?P<minute>\d\d){_ZONE}", _FLAGS)
RANGE = re.compile(
    r"(?:(?:from|von|de|dalle|van)\s)?\s*(?P<head>.*\S)"
    r"(?:\s*[-\u2010-\u2015\u2212]\s*|\s(?:to|until|till|bis|à|a|alle|tot)\s)(?P<end>\d[\w:. ]*)",
    re.IGNORECASE,
)


_HOURS = re.compile(r"(?<!\w)(\d{1,2}) ?h(?: ?(\d\d))?(?!\w)", re.IGNORECASE)  # 9h30
_UHR = re.compile(r"(?<!\w)(\d{1,2})(?:[:.](\d\d))? ?uhr(?!\w)", re.IGNORECASE)  # 9:30 Uhr
_LETTERS = re.compile(r"[hn]|mid", re.IGNORECASE)  # without one of them nothing changes
_NOON = re.compile(r"(?<!\w)(?:12 )?(?:noon|midday)(?!\w)", re.IGNORECASE)
_WHOLE_DAY = re.compile(
    r"(?:all|whole|full)[ -]?day|ganzt(?:ä|ae)gig|(?:toute la )?journ[ée]e(?: enti[èe]re)?", re.IGNORECASE
)


def with_colons(text: str) -> str:
    """Return a text with its times of day in the usual form: 9h30, 9:30 Uhr and noon with a colon."""
    if text.isascii() and not _LETTERS.search(text):
        return text
    for pattern in (_HOURS, _UHR):
        text = pattern.sub(lambda match: f"{match[1]}:{match[2] or '00'}", text)
    return _NOON.sub("12:00", text)


def is_whole_day(text: str) -> bool:
    """Return whether a text in the place of a time of day says that there is none."""
    return _WHOLE_DAY.fullmatch(text) is not None


BEGINNINGS = (*_MONTHS, *(name[:2] for name in WEEKDAY_NAMES), "from", "von")
"""Letters with which dates and times can begin."""


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
    plain = " ".join(text.split())
    match, weekday = match_date(plain)
    if match is None and (range_match := RANGE.fullmatch(plain)):
        match, weekday = match_date(range_match["head"])
    if match is None or not match["one"]:
        return None
    return NumericDate(int(match["one"]), int(match["two"]), match["loose_year"], weekday)


def match_date(text: str) -> tuple[re.Match[str] | None, int | None]:
    """Return the parts of a date with or without a time, and its weekday if it has one."""
    match = _DATE_TIME.fullmatch(text)
    if match is not None:
        return match, None
    weekday, rest = split_weekday(text)
    return (None, None) if weekday is None else (_DATE_TIME.fullmatch(rest), weekday)


def day_micros(match: re.Match[str], dayfirst: bool | None) -> int | None:
    """Return the midnight of a date; None if there is no such date."""
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


def time_micros(match: re.Match[str]) -> tuple[int, int] | None:
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
    since_midnight = ((hour * 60 + minute) * 60 + second) * SECOND + micros
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
    size = ((hours * 60 + minutes) * 60 + seconds) * SECOND
    return -size if "-" in zone else size


def range_end_of(clock: re.Match[str], *, has_date: bool) -> int:
    """Return the time of day in the text of an offset, which may be the end of a range; `NAT` if it is none.

    An offset with a plus or of four digits is always one, and so is one without seconds after a date and seconds.
    """
    parts = clock.groupdict()
    zone = (parts["zone"] or "").strip()
    match = re.fullmatch(r"-(\d\d)(?::(\d\d)(?::(\d\d))?)?", zone)
    if match is None or (has_date and match[3] is None and (parts.get("second") or parts.get("s12"))):
        return NAT
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    micros = ((hours * 60 + minutes) * 60 + seconds) * SECOND
    return micros if micros <= DAY else NAT


def weekday_of(micros: int) -> int:
    """Return the weekday of a wall time, from 0 for Monday."""
    return (EPOCH + timedelta(microseconds=micros)).weekday()


def misfit_weekday(cell: Any, dayfirst: bool | None) -> date | None:
    """Return the date in a cell if its weekday does not fit; None for any other cell."""
    match, weekday = match_date(" ".join(cell.split())) if isinstance(cell, str) else (None, None)
    day = None if match is None or (match["one"] and dayfirst is None) else day_micros(match, dayfirst)
    if day is None or weekday in (None, weekday_of(day)):
        return None
    return (EPOCH + timedelta(microseconds=day)).date()
