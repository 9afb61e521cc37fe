"""Working hours -> spans of time: a week on the wall clock, laid out over a window in its zone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

import numpy as np
import pandas as pd

from cronofy_frames.frames.timestamps import zone_named
from cronofy_frames.intervals.offsets import DAY, MINUTE, clock, weekday_of
from cronofy_frames.intervals.spans import Micros, Spans, union

Clock = str | time
Stretch = tuple[Clock, Clock]
Hours = Stretch | Mapping[str | int, Stretch | Sequence[Stretch] | None] | pd.DataFrame

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
RULE = ("day", "start_time", "end_time")

_WRITTEN = re.compile(r"(\d{1,2}):([0-5]\d)(?::00)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shift:
    """A stretch of one weekday.

    Attributes
    ----------
    tz
        The zone of its clock.
    day
        0 for Monday.
    start, end
        In minutes after that day's midnight; the end after the start, past 1440 on the next day.
    """

    tz: str
    day: int
    start: int
    end: int


def working(hours: Hours, start: int, end: int, *, tz: str) -> Spans:
    """Return the time that lies in working hours.

    Parameters
    ----------
    hours
        `("09:00", "17:00")` is Monday to Friday; a mapping gives each weekday, by name or by number from 0 for
        Monday, its stretch or list of stretches; a frame is one that `read_availability_rules` returns, each row in
        its own zone. An end that is not after its start is on the next day; "24:00" is the midnight that ends a day.
    start, end
        The window, in microseconds UTC.
    tz
        The zone of hours that name none.

    Returns
    -------
    Spans of one group, in order, within the window. Where clocks change, a stretch lasts from the first moment that
    the wall clock shows its start to the last before it shows its end; a time that is jumped over is the first
    after the jump.

    Raises
    ------
    ValueError
        For hours that are none of these.
    """
    laid = [_laid(shift, start, end) for shift in set(_shifts(hours, zone_named(tz)))]
    nothing = np.zeros(0, np.int64)
    starts, ends = (np.concatenate(times) for times in zip(*laid, (nothing, nothing), strict=True))
    return union(Spans.of(starts, ends).clipped(start, end))


def _shifts(hours: Hours, tz: str) -> Iterable[Shift]:
    if isinstance(hours, pd.DataFrame):
        return _ruled(hours, tz)
    if isinstance(hours, Mapping):
        days = [(weekday(name), one) for name, ones in hours.items() for one in _several(ones)]
    else:
        days = [(day, hours) for day in range(5)]
    return [Shift(tz, day, *_stretch(one)) for day, one in days]


def _several(stretches: Stretch | Sequence[Stretch] | None) -> Sequence[Any]:
    if stretches is None or isinstance(stretches, str):
        return () if stretches is None else (stretches,)
    single = len(stretches) == 2 and all(isinstance(one, str | time) for one in stretches)
    return (stretches,) if single else stretches


def _ruled(rules: pd.DataFrame, tz: str) -> Iterable[Shift]:
    if lost := [name for name in RULE if name not in rules]:
        raise ValueError(
            f"a frame of working hours has the columns {', '.join(RULE)}, as read_availability_rules returns them; "
            f"this one lacks {', '.join(lost)}."
        )
    zones = rules["tzid"] if "tzid" in rules else pd.Series(None, index=rules.index, dtype="str")
    rows = zip(zones, *(rules[name] for name in RULE), strict=True)
    # a rule without weekly periods is one row without a day
    return [
        Shift(tz if pd.isna(zone) else _zone(zone), weekday(day), *_stretch((start, end)))
        for zone, day, start, end in rows
        if not pd.isna(day)
    ]


def _zone(tzid: str) -> str:
    return "UTC" if tzid == "Etc/UTC" else zone_named(tzid)


def weekday(name: str | int) -> int:
    """Return a weekday as a number, 0 for Monday, given by number, name or the name's first three letters."""
    if isinstance(name, int | np.integer) and 0 <= name < 7:
        return int(name)
    if isinstance(name, str):
        wanted = name.strip().lower()
        for number, known in enumerate(WEEKDAYS):
            if wanted in (known, known[:3]):
                return number
    raise ValueError(f"a weekday is a name such as 'monday' or 'Mon', or a number from 0 for Monday; not {name!r}.")


def _stretch(given: Any) -> tuple[int, int]:
    if isinstance(given, str) or not isinstance(given, Sequence) or len(given) != 2:
        raise ValueError(
            f"working_hours is a pair such as ('09:00', '17:00'), a mapping of weekdays to such pairs, or a frame as "
            f"read_availability_rules returns it; not {given!r}."
        )
    start, end = minutes(given[0]), minutes(given[1])
    if start == 1440:
        raise ValueError("working hours start before 24:00: the midnight that begins a day is 00:00.")
    return start, end if end > start else end + 1440


def minutes(clock: Clock) -> int:
    """Return a time of day as minutes after midnight; "24:00" is 1440."""
    text = clock.isoformat("minutes") if isinstance(clock, time) else clock
    found = _WRITTEN.fullmatch(text.strip()) if isinstance(text, str) else None
    count = int(found[1]) * 60 + int(found[2]) if found else -1
    if not 0 <= count <= 1440:
        raise ValueError(f"a time of day is text such as '09:30', from '00:00' to '24:00'; not {clock!r}.")
    return count


def _laid(shift: Shift, start: int, end: int) -> tuple[Micros, Micros]:
    # a shift may begin two days before the window: on the day before, in a zone that is 14 hours ahead
    zone = clock(shift.tz, start - 3 * DAY, end + 3 * DAY)
    days = np.arange(start // DAY - 2, end // DAY + 3)
    midnight = days[weekday_of(days) == shift.day] * DAY
    return zone.first(midnight + shift.start * MINUTE), zone.last(midnight + shift.end * MINUTE)
