"""Durations in place of an end: cells such as 90, 1:30, 01:30:00 or 1h 30m, and the unit that a header names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np

from cronofy_frames.frames.clock_changes import Micros
from cronofy_frames.frames.timestamps import NAT
from cronofy_frames.sheets.problems import Mask, is_missing

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_MICRO = timedelta(microseconds=1)
_UNITS = {
    "second": (
        timedelta(seconds=1),
        "s sec secs second seconds sekunden seconde secondes segundos secondi seconden 秒",
    ),
    "minute": (
        _MINUTE,
        "m mn min mins minute minutes minuten minuto minutos minuti minuut minuten 分 分間",
    ),
    "hour": (
        _HOUR,
        "h hr hrs hour hours std stunde stunden heure heures hora horas ora ore uur uren u 時間",
    ),
    "day": (
        timedelta(days=1),
        "d day days tag tage tagen jour jours día días dia dias giorno giorni dag dagen 日 日間",
    ),
    "week": (timedelta(weeks=1), "w week weeks woche wochen semaine semaines semana semanas settimana settimane weken"),
}
_LENGTHS = {word: length for length, words in _UNITS.values() for word in words.split()}
_HEADERS = frozenset(
    {
        *("duration", "length", "dauer", "durée", "duree", "duración", "duracion", "durata", "duração", "duracao"),
        *("duur", "所要時間"),
    }
)
_WORD = re.compile(r"[^\W\d_]+")
_PART = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*([^\W\d_]+)\.?,?\s*(?:and|und|et|y|e|en)?\s*", re.IGNORECASE)
_BARE_END = re.compile(r"(.*?([^\W\d_]+)\.?)\s*(\d{1,2})")  # 1h30: minutes after hours
_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d)(?::([0-5]\d)(?:[.,]0+)?)?", re.ASCII)
_ISO = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.IGNORECASE | re.ASCII)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?", re.ASCII)
_MOST_CLOCK_HOURS = 48  # more in the form 90:00 are rather minutes and seconds
_LONGEST_TEXT = 60
_MOST_HOURS = 24  # a whole number above it counts minutes
_FIRST_REAL_DATE = datetime(1905, 1, 1)  # a workbook stores a duration as a date near its epoch
_EPOCHS = (datetime(1899, 12, 30), datetime(1904, 1, 1))

EXPECTED = 'a duration such as "90 min", 1:30 or "1 h 30 min"'
EXPECTED_UNIT = f"{EXPECTED}, or the unit of numbers in the header, as in Duration (min)"


def is_duration_header(header: str) -> bool:
    """Return whether a header means a duration, with a unit or without: Duration, Dauer (Std.), duration_minutes."""
    words = _WORD.findall(header.casefold().replace("_", " "))
    rest = [word for word in words[1:] if word not in ("in", "en", "hh", "mm", "ss", "of", "event")]
    is_meters = words[:1] == ["length"] and rest == ["m"]
    return bool(words) and words[0] in _HEADERS and all(word in _LENGTHS for word in rest) and not is_meters


def header_unit(header: str) -> timedelta | None:
    """Return the unit that a header of durations names; None if it names none, or a form such as h:mm."""
    words = _WORD.findall(header.casefold().replace("_", " "))
    units = [_LENGTHS[word] for word in words if word in _LENGTHS]
    return units[0] if len(units) == 1 and "mm" not in words else None


def parse_durations(cells: Sequence[Any], header: str) -> tuple[Micros, Mask]:
    """Return the durations of a column in microseconds, `NAT` where there is none, and which cells hold none.

    A number without a unit counts that of the header, else minutes, if a number of its column can be nothing else: 8
    may be hours or minutes.
    """
    unit = header_unit(header)
    counts_minutes = unit is None and _count_minutes(cells)
    lengths = np.full(len(cells), NAT)
    unread = np.zeros(len(cells), np.bool_)
    for position, cell in enumerate(cells):
        if is_missing(cell) or (isinstance(cell, str) and not cell.strip()):
            continue
        length = _parse_duration(cell, _MINUTE if counts_minutes else unit)
        if length is None or length <= timedelta():
            unread[position] = True
        else:
            lengths[position] = length // _MICRO
    return lengths, unread


def _count_minutes(cells: Iterable[Any]) -> bool:
    """Return whether the numbers of a column without a unit are minutes: whole ones, one above a day's hours or so."""
    numbers = [number for cell in cells if (number := _number(cell)) is not None]
    are_whole = all(number.is_integer() for number in numbers)
    return are_whole and any(number > _MOST_HOURS or number in (15, 20) for number in numbers)


def is_number(cell: Any) -> bool:
    """Return whether a cell is a number, whose unit has to be known."""
    return _number(cell) is not None


def _number(cell: Any) -> float | None:
    if isinstance(cell, str):
        return float(cell.strip().replace(",", ".")) if _NUMBER.fullmatch(cell.strip()) else None
    return float(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) and cell == cell else None


def _parse_duration(cell: Any, unit: timedelta | None) -> timedelta | None:
    number = _number(cell)
    if number is not None:
        return None if unit is None else number * unit
    if isinstance(cell, timedelta):
        return cell
    if isinstance(cell, str):
        return _parse_text(cell.strip())
    if isinstance(cell, datetime):
        return _since_epoch(cell)
    if isinstance(cell, time):
        return datetime.combine(date.min, cell) - datetime.min
    return None


def _since_epoch(cell: datetime) -> timedelta | None:
    """Return the duration that a workbook stores as a date and time near the start of its calendar."""
    if cell.tzinfo is not None or cell >= _FIRST_REAL_DATE:
        return None
    return min((cell - epoch for epoch in _EPOCHS if cell >= epoch), default=None)


def _parse_text(text: str) -> timedelta | None:
    if len(text) > _LONGEST_TEXT:
        return None
    if match := _CLOCK.fullmatch(text):
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        clear = match[3] or hours <= _MOST_CLOCK_HOURS
        return timedelta(hours=hours, minutes=minutes, seconds=seconds) if clear else None
    if (match := _ISO.fullmatch(text)) and any(match.groups()):
        weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return _parse_units(text)


def _parse_units(text: str) -> timedelta | None:
    """Parse a text such as 1 h 30 min; a number after hours without a unit is minutes."""
    match = _BARE_END.fullmatch(text)
    if match and _LENGTHS.get(match[2].casefold()) == _HOUR:
        text = f"{match[1]} {match[3]} min"
    total, position = timedelta(), 0
    while position < len(text):
        part = _PART.match(text, position)
        length = _LENGTHS.get(part[2].casefold()) if part else None
        if part is None or length is None:
            return None
        total += float(part[1].replace(",", ".")) * length
        position = part.end()
    return total
