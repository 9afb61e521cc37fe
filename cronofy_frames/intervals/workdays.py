"""Working hours: weekly rules in local time, expanded to intervals over a window."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

import numpy as np
import pandas as pd

from cronofy_frames.frames.clock_changes import DAY, MINUTE, offset_table, weekday_of
from cronofy_frames.intervals.spans import Micros, Spans, union
from cronofy_frames.zones import zone_name

TimeOfDay = str | time
Stretch = tuple[TimeOfDay, TimeOfDay]
Hours = Stretch | Mapping[str | int, Stretch | Sequence[Stretch] | None] | pd.DataFrame

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
RULE_COLUMNS = ("day", "start_time", "end_time")

_TIME_TEXT = re.compile(r"(\d{1,2}):([0-5]\d)(?::00)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shift:
    """Working hours on one weekday.

    Attributes
    ----------
    tz
        The zone of its local time.
    day
        The weekday, 0 for Monday.
    start, end
        Minutes after midnight of that day; the end is after the start, and past 1440 when it is on the next day.
    """

    tz: str
    day: int
    start: int
    end: int


def working_time(hours: Hours, start: int, end: int, *, tz: str) -> Spans:
    """Return the time of a window within working hours.

    Parameters
    ----------
    hours
        `("09:00", "17:00")` is Monday to Friday; a mapping from weekday, by name or by number from 0 for Monday, to
        a stretch or list of stretches; or a frame that `read_availability_rules` returns, each row in its own zone.
        An end that is not after its start is on the next day; "24:00" is the midnight at the end of a day.
    start, end
        The window, in microseconds UTC.
    tz
        The zone of hours without one.

    Returns
    -------
    Spans of one group, in order, within the window. Where clocks change, a stretch lasts from the first instant with
    the wall time of its start to the last instant before the wall time of its end; a skipped wall time is the instant
    of the change.

    Raises
    ------
    ValueError
        For hours in another form.
    """
    expanded = [_expand(shift, start, end) for shift in set(_shifts(hours, zone_name(tz)))]
    nothing = np.zeros(0, np.int64)
    starts, ends = (np.concatenate(times) for times in zip(*expanded, (nothing, nothing), strict=True))
    return union(Spans.of(starts, ends).clip(start, end))


def _shifts(hours: Hours, tz: str) -> Iterable[Shift]:
    if isinstance(hours, pd.DataFrame):
        return _shifts_of_rules(hours, tz)
    if isinstance(hours, Mapping):
        days = [(weekday(name), pair) for name, stretches in hours.items() for pair in _stretch_list(stretches)]
    else:
        days = [(day, hours) for day in range(5)]
    return [Shift(tz, day, *_stretch_minutes(pair)) for day, pair in days]


def _stretch_list(stretches: Stretch | Sequence[Stretch] | None) -> Sequence[Any]:
    if stretches is None or isinstance(stretches, str):
        return () if stretches is None else (stretches,)
    single = len(stretches) == 2 and all(isinstance(part, str | time) for part in stretches)
    return (stretches,) if single else stretches


def _shifts_of_rules(rules: pd.DataFrame, tz: str) -> Iterable[Shift]:
    if missing := [name for name in RULE_COLUMNS if name not in rules]:
        raise ValueError(
            f"a frame of working hours has the columns {', '.join(RULE_COLUMNS)}, as read_availability_rules returns "
            f"them; this one has no {', '.join(missing)}."
        )
    zones = rules["tzid"] if "tzid" in rules else pd.Series(None, index=rules.index, dtype="str")
    rows = zip(zones, *(rules[name] for name in RULE_COLUMNS), strict=True)
    # a rule without weekly periods is one row without a day
    return [
        Shift(tz if pd.isna(zone) else _zone(zone), weekday(day), *_stretch_minutes((start, end)))
        for zone, day, start, end in rows
        if not pd.isna(day)
    ]


def _zone(tzid: str) -> str:
    return "UTC" if tzid == "Etc/UTC" else zone_name(tzid)


def weekday(name: str | int) -> int:
    """Return a weekday as a number, 0 for Monday, from a number, a name or the first three letters of a name."""
    if isinstance(name, int | np.integer) and 0 <= name < 7:
        return int(name)
    if isinstance(name, str):
        text = name.strip().lower()
        for number, known in enumerate(WEEKDAYS):
            if text in (known, known[:3]):
                return number
    raise ValueError(f"a weekday is a name such as 'monday' or 'Mon', or a number from 0 for Monday, not {name!r}.")


def _stretch_minutes(stretch: Any) -> tuple[int, int]:
    if isinstance(stretch, str) or not isinstance(stretch, Sequence) or len(stretch) != 2:
        raise ValueError(
            f"working_hours is a pair such as ('09:00', '17:00'), a mapping of weekdays to such pairs, or a frame as "
            f"read_availability_rules returns it, not {stretch!r}."
        )
    start, end = minutes(stretch[0]), minutes(stretch[1])
    if start == 1440:
        raise ValueError("working hours cannot start at 24:00: write 00:00 of the next day.")
    return start, end if end > start else end + 1440


def minutes(time_of_day: TimeOfDay) -> int:
    """Return a time of day as minutes after midnight; "24:00" is 1440."""
    text = time_of_day.isoformat("minutes") if isinstance(time_of_day, time) else time_of_day
    match = _TIME_TEXT.fullmatch(text.strip()) if isinstance(text, str) else None
    count = int(match[1]) * 60 + int(match[2]) if match else -1
    if not 0 <= count <= 1440:
        raise ValueError(f"a time of day is text such as '09:30', from '00:00' to '24:00', not {time_of_day!r}.")
    return count


def _expand(shift: Shift, start: int, end: int) -> tuple[Micros, Micros]:
    # a shift may begin two days before the window: on the day before, in a zone that is 14 hours ahead
    table = offset_table(shift.tz, start - 3 * DAY, end + 3 * DAY)
    days = np.arange(start // DAY - 2, end // DAY + 3)
    midnight = days[weekday_of(days) == shift.day] * DAY
    return table.first_instants(midnight + shift.start * MINUTE), table.last_instants(midnight + shift.end * MINUTE)
