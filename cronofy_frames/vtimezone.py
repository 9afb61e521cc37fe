"""VTIMEZONE components (RFC 5545, 3.6.5): what the clocks of a zone do over a period, every change listed.

The iCalendar library makes these too, but gives the start of summer time by the clock that begins, not by the one
that ends, and misses periods as short as Ramadan in Morocco.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Component, Timezone, TimezoneDaylight, TimezoneStandard

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_ZERO = timedelta(0)


class _Observance(NamedTuple):
    """What a change of the clocks sets them to, and from which offset."""

    offset_from: timedelta
    offset_to: timedelta
    name: str
    summer: bool


def zone_component(zone: ZoneInfo, first: datetime, last: datetime) -> Timezone:
    """Return the VTIMEZONE of a zone.

    Parameters
    ----------
    zone
        The zone; its key becomes the TZID.
    first, last
        The period, as instants: the state of the clocks at its start, and each change until its end.

    Returns
    -------
    A component with an observance for each combination of offsets and name, the later onsets as RDATE.
    """
    onsets: dict[_Observance, list[datetime]] = defaultdict(list)
    for before, after in [(first, first), *_changes(zone, first, last)]:
        observance = _observance(zone, before, after)
        onsets[observance].append((after + observance.offset_from).replace(tzinfo=None))
    component = Timezone()
    component.add("TZID", zone.key)
    for observance, times in onsets.items():
        component.add_component(_observance_component(observance, times))
    return component


def _observance(zone: ZoneInfo, before: datetime, after: datetime) -> _Observance:
    old, new = before.astimezone(zone), after.astimezone(zone)
    summer = (new.dst() or _ZERO) > _ZERO
    return _Observance(old.utcoffset() or _ZERO, new.utcoffset() or _ZERO, new.tzname() or "", summer)


def _observance_component(observance: _Observance, onsets: list[datetime]) -> Component:
    component = TimezoneDaylight() if observance.summer else TimezoneStandard()
    component.add("DTSTART", onsets[0])
    component.add("TZOFFSETFROM", observance.offset_from)
    component.add("TZOFFSETTO", observance.offset_to)
    component.add("TZNAME", observance.name)
    for onset in onsets[1:]:
        component.add("RDATE", onset)  # a line each: ical.js reads only the first value of a list
    return component


def _changes(zone: ZoneInfo, first: datetime, last: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the last second before each change of the clocks, and the first second after it.

    No zone changes its clocks twice within a day.
    """
    low, clock = first, _clock(zone, first)
    while low < last:
        high, next_clock = low + _DAY, _clock(zone, low + _DAY)
        if next_clock != clock:
            start, end = low, high
            while end - start > _SECOND:
                middle = start + (end - start) // _SECOND // 2 * _SECOND
                start, end = (middle, end) if _clock(zone, middle) == clock else (start, middle)
            yield start, end
        low, clock = high, next_clock


def _clock(zone: ZoneInfo, instant: datetime) -> tuple[timedelta | None, str | None]:
    local = instant.astimezone(zone)
    return local.utcoffset(), local.tzname()
