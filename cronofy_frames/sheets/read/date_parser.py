"""Date parser: cells of a spreadsheet as wall times, in the forms that people and programs write.

A wall time is what a clock shows, without a zone. The order of day and month is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.frames.clock_changes import Micros
from cronofy_frames.frames.timestamps import NAT
from cronofy_frames.sheets.read.date_texts import (
    RANGE,
    SECOND,
    TIME_OF_DAY,
    TIME_WITH_POINT,
    day_micros,
    is_whole_day,
    match_date,
    numeric_date,
    range_end_of,
    time_micros,
    weekday_of,
    with_colons,
)
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

_SERIAL_OF_1970 = 25_569  # the number that spreadsheets store for 1970-01-01
_FIRST_YEAR, _LAST_YEAR = 1990, 2060  # of dates written as a number
_FIRST_SERIAL, _END_OF_SERIALS = 32_874, 58_807  # of these years
_FIRST_REAL_DATE = (datetime(1905, 1, 1) - EPOCH) // MICRO  # workbooks store a time of day with an earlier date


_SERIAL_TEXT = re.compile(r"\d{5}(?:[.,]\d+)?", re.ASCII)
_COMPACT_ISO = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z)?)?", re.ASCII)
_FRACTION_OF_DAY = re.compile(r"0(?:[.,]\d+)?", re.ASCII)
# a minus after minutes may be that of a range
_ISO = (
    r"(?!.{10} \d\d:\d\d-)"
    r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-](?:0\d|1[0-5]):[0-5]\d)?)?"
)


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


def parse_times_of_day(
    cells: Sequence[Any] | pd.Series[Any], dayfirst: bool | None = None, *, beside: Iterable[Any] = ()
) -> tuple[WallTimes, Micros]:
    """Parse times of day; return them as times since midnight, and the day beside each, `NAT` if there is none.

    Parameters
    ----------
    cells
        Texts, numbers, dates and times, as the file has them.
    dayfirst
        Whether 3/4/2026 is in April; with None such dates are ambiguous.
    beside
        The cells of other columns of times, which may show what decimal numbers are.
    """
    distinct, codes = _distinct_cells(cells)
    distinct = [None if isinstance(cell, str) and is_whole_day(cell) else cell for cell in distinct]
    styles = time_styles(distinct, beside)
    times, days = WallTimes.missing(len(distinct)), np.full(len(distinct), NAT)
    for at, cell in enumerate(distinct):
        if cell is not None:
            parsed, days[at] = _parse_time_of_day(cell, dayfirst, styles)
            times.set_entry(at, parsed)
    return times.take(codes), days[codes]


def ambiguous_parts(cell: Any) -> tuple[int, int] | None:
    """Return the first two numbers of a date whose day and month could be in either order; None for others."""
    numeric = numeric_date(str(cell))
    return None if numeric is None else (numeric.first, numeric.second)


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
    return seconds * SECOND


def _parse_text(text: str, dayfirst: bool | None) -> ParsedDateTime:
    if _SERIAL_TEXT.fullmatch(text):
        return _parse_serial(float(text.replace(",", ".")))
    if compact := _COMPACT_ISO.fullmatch(text):
        return _parse_compact(compact)
    text = with_colons(text)
    parsed = _parse_date(text, dayfirst)
    return _parse_range(text, lambda head: _parse_date(head, dayfirst)) if parsed == UNREAD else parsed


def _parse_date(text: str, dayfirst: bool | None) -> ParsedDateTime:
    match, weekday = match_date(text)
    if match is None:
        return UNREAD
    if match["one"] and dayfirst is None:
        return ParsedDateTime(ambiguous=True)
    day = day_micros(match, dayfirst)
    if day is None or (weekday is not None and weekday_of(day) != weekday):
        return UNREAD
    if match["clock"] is None:
        return ParsedDateTime(day)
    time_of_day = time_micros(match)
    if time_of_day is None:
        return UNREAD
    range_end = NAT if match["clock"].startswith(("T", "t")) else range_end_of(match, has_date=True)
    return ParsedDateTime(day + time_of_day[0], timed=True, offset=time_of_day[1], range_end=range_end)


def _parse_range(text: str, parse: Callable[[str], ParsedDateTime]) -> ParsedDateTime:
    """Parse a range of two times of day, such as 9:00 – 10:30, with or without a date before it."""
    match = RANGE.fullmatch(text)
    last = match and (TIME_OF_DAY.fullmatch(match["end"]) or TIME_WITH_POINT.fullmatch(match["end"]))
    end = time_micros(last) if last else None
    if match is None or end is None:
        return UNREAD
    parsed = parse(match["head"])
    is_range = parsed.ambiguous or (parsed.timed and parsed.offset == NAT and end[1] == NAT)
    return replace(parsed, range_end=end[0]) if is_range else UNREAD


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
    return ParsedDateTime((seconds - _SERIAL_OF_1970 * 86_400) * SECOND, timed=bool(seconds % 86_400))


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
    text = with_colons(text)
    parsed = _parse_clock(text, with_point=styles.text == "clock")
    if parsed == UNREAD:
        parsed = _parse_range(text, lambda head: _parse_clock(head, with_point=True))
    return (parsed, NAT) if parsed != UNREAD else _split_time(_parse_text(text, dayfirst))


def _parse_clock(text: str, *, with_point: bool) -> ParsedDateTime:
    match = TIME_OF_DAY.fullmatch(text) or (TIME_WITH_POINT.fullmatch(text) if with_point else None)
    parsed = None if match is None else time_micros(match)
    if match is None or parsed is None:
        return UNREAD
    return ParsedDateTime(parsed[0], timed=True, offset=parsed[1], range_end=range_end_of(match, has_date=False))


def _parse_share(share: float) -> ParsedDateTime:
    return ParsedDateTime(round(share * 86_400) * SECOND, timed=True)


def _split_time(parsed: ParsedDateTime) -> tuple[ParsedDateTime, int]:
    """Split a date with a time into both; a date before 1905 only comes from how a time of day is stored."""
    if parsed.micros == NAT or (not parsed.timed and parsed.micros >= _FIRST_REAL_DATE):
        return UNREAD, NAT
    since_midnight = parsed.micros % DAY
    day = NAT if parsed.micros < _FIRST_REAL_DATE else parsed.micros - since_midnight
    return ParsedDateTime(since_midnight, timed=True, offset=parsed.offset, range_end=parsed.range_end), day
