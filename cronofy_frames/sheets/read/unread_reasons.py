"""Why a date or a time in a cell was not read, where there is more to say than what was expected."""

from __future__ import annotations

import re
from typing import Any

from cronofy_frames.sheets.read.date_parser import is_number_of_date, parse_date_times, parse_times_of_day
from cronofy_frames.sheets.read.date_texts import misfit_weekday
from cronofy_frames.sheets.read.decimal_times import is_decimal
from cronofy_frames.sheets.read.weekdays import WEEKDAYS
from cronofy_frames.zone_texts import zone_of_text
from cronofy_frames.zones import UnknownZone

EXPECTED_DATE = "a date such as 2026-04-03"
EXPECTED_TIME_OF_DAY = "a time of day such as 09:00"

_LAST_WORD = re.compile(r"(.*[\dmM.])\s*[(\[]?([A-Z][\w/+-]{1,40})[)\]]?", re.ASCII)


def reason_unread(cell: Any, dayfirst: bool | None, *, is_time_of_day: bool) -> str | None:
    """Return what a cell should hold, if there is a special reason why it was not read; else None.

    Parameters
    ----------
    cell
        The cell.
    dayfirst
        Whether 3/4/2026 is in April; None if it is not known.
    is_time_of_day
        Whether its column has times of day.
    """
    day = misfit_weekday(cell, dayfirst)
    if day is not None:
        return f"a weekday that fits the date: {day} is a {WEEKDAYS[day.weekday()]}"
    if is_time_of_day and is_decimal(cell):
        return f"{EXPECTED_TIME_OF_DAY}, with a colon: in this column it is not clear what decimal numbers are"
    if not is_time_of_day and is_number_of_date(cell):
        return f"{EXPECTED_DATE}: it is not clear which date the digits are"
    return _reason_of_zone(cell, dayfirst) if isinstance(cell, str) else None


def _reason_of_zone(cell: str, dayfirst: bool | None) -> str | None:
    """Return what a cell should hold that is a time with the name of a zone."""
    match = _LAST_WORD.fullmatch(cell.strip())
    if match is None or not _is_zone(match[2]):
        return None
    is_time = parse_date_times([match[1]], dayfirst).timed[0] or parse_times_of_day([match[1]])[0].present[0]
    return (
        f"a time without a zone: give {match[2]} in a column Time zone, or the zone of all times as tz="
        if is_time
        else None
    )


def _is_zone(text: str) -> bool:
    try:
        return bool(zone_of_text(text))
    except UnknownZone as unknown:
        return unknown.has_meanings
