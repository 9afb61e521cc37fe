"""The zone that the header of a column of times names in brackets, as in "Start time (ET)"."""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cronofy_frames.sheets.problems import Problems
from cronofy_frames.sheets.read.file_column import FileColumn
from cronofy_frames.zone_texts import zone_of_text
from cronofy_frames.zones import UnknownZone

_GERMAN = {"MEZ": "CET", "MESZ": "CEST"}


def header_zone(column: FileColumn, tz: str | None, problems: Problems) -> str | None:
    """Return the zone of a column's wall times by its header; None if the header names none, or the zone of `tz`.

    A text that names one zone counts before `tz`, which then is only the zone of the frame. A text that can mean
    several, such as BST, has to be one of `tz`: it is a problem where `tz` is missing or another zone. Any other text
    is no zone.
    """
    text = column.suffix
    if not text or (tz is not None and _GERMAN.get(text.upper(), text.upper()) in _abbreviations_of(tz)):
        return None
    try:
        return zone_of_text(text)
    except UnknownZone as unknown:
        if unknown.has_meanings and tz not in unknown.near:
            _report_zone(column, unknown, tz, problems)
        return None


def _report_zone(column: FileColumn, unknown: UnknownZone, tz: str | None, problems: Problems) -> None:
    other = "" if tz is None else f", and tz= is {tz}"
    header = column.header.replace('"', "'")
    expected = (
        f'tz= with the zone of the times, such as {" or ".join(unknown.near[:3])}, or columns={{"{header}": '
        f'"{column.meaning}"}} to read them in the zone of tz='
    )
    column.report_whole(problems, expected, f"the header names the zone {unknown.name}{other}")


@functools.lru_cache(maxsize=100)
def _abbreviations_of(zone: str) -> frozenset[str]:
    """Return the abbreviations of a zone in winter and summer, without GMT and UTC, which mean no summer time."""
    months = (datetime(2026, month, 1, tzinfo=UTC).astimezone(ZoneInfo(zone)).tzname() for month in (1, 7))
    return frozenset(name for name in months if name) - {"GMT", "UTC"}
