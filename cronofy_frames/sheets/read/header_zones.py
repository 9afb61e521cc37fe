"""The zone that the header of a column of times names in brackets, as in "Start time (ET)"."""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cronofy_frames.sheets.problems import Problems
from cronofy_frames.sheets.read.file_column import FileColumn
from cronofy_frames.sheets.read.zone_columns import parse_zone

_UTC_WORDS = frozenset({"UTC", "GMT", "Z"})
_ABBREVIATIONS = (
    "EST EDT ET CST CDT CT MST MDT MT PST PDT PT AKST AKDT HST BST IST CET CEST EET EEST WET WEST MEZ MESZ MSK JST SGT "
    "AEST AEDT ACST AWST NZST NZDT SAST"
)
_GERMAN = {"MEZ": "CET", "MESZ": "CEST"}
_OFFSET = re.compile(r"(?:UTC|GMT)?\s*[+\-\u2212]\s*\d{1,2}(?::?\d\d)?", re.IGNORECASE)


def header_zone(column: FileColumn, tz: str | None, problems: Problems) -> str | None:
    """Return the zone of a column's wall times by its header; None if the header names none, or the zone of `tz`.

    UTC and names of zones count before `tz`, which then is only the zone of the frame. An abbreviation has to be one of
    `tz`: many mean several zones, so that it is a problem where `tz` is missing or another zone.
    """
    text = column.suffix.strip()
    if text.upper() in _UTC_WORDS:
        return "UTC"
    is_abbreviation = text.upper() in _ABBREVIATIONS.split()
    if is_abbreviation and tz is not None and _GERMAN.get(text.upper(), text.upper()) in _abbreviations_of(tz):
        return None
    zone, expected = (None, "") if is_abbreviation or not text else parse_zone(text)
    if zone is None and (is_abbreviation or _OFFSET.fullmatch(text)):
        _report_zone(column, text, tz, expected, problems)
    return zone


def _report_zone(column: FileColumn, text: str, tz: str | None, expected: str, problems: Problems) -> None:
    other = "" if tz is None else f", which is none of {tz}"
    needed = f"tz= with the IANA zone that ({text}) means"
    hint = f", {expected}" if expected else ""
    header = column.header.replace('"', "'")
    also = f'; or columns={{"{header}": "{column.meaning}"}} if the times are in the zone of tz='
    column.report_whole(problems, f"{needed}{hint}{also}", f'the header "{header}" names the zone {text}{other}')


@functools.lru_cache(maxsize=100)
def _abbreviations_of(zone: str) -> frozenset[str]:
    """Return the abbreviations of a zone in winter and summer, and the general one, such as ET for EST and EDT."""
    months = [datetime(2026, month, 1, tzinfo=UTC).astimezone(ZoneInfo(zone)).tzname() or "" for month in (1, 7)]
    general = months[0][0] + months[0][-1] if months[0].isalpha() and months[0] != months[1] else ""
    return frozenset({*months, general})
