"""A time zone as a VTIMEZONE: RFC 5545, 3.6.5, every change of the clocks by itself.

The iCalendar library makes these too, but gives the onset of summer time by the clock that begins, not by the one
that ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar

from cronofy_frames.sandbox.model.times import zone_of

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def zone_component(tzid: str, first: datetime, last: datetime) -> icalendar.Timezone:
    """Return what a zone's clocks do between two instants."""
    zone = zone_of(tzid)
    component = icalendar.Timezone()
    component.add("TZID", tzid)
    component.add_component(_observance(zone, first, first))
    for after in _changes(zone, first, last):
        component.add_component(_observance(zone, after - _SECOND, after))
    return component


def _observance(zone: ZoneInfo, before: datetime, after: datetime) -> icalendar.Component:
    """Return how the clocks stand from an instant on, and what they came from."""
    was, now = before.astimezone(zone), after.astimezone(zone)
    summer = (now.dst() or timedelta(0)) > timedelta(0)
    observance = icalendar.TimezoneDaylight() if summer else icalendar.TimezoneStandard()
    offset = was.utcoffset() or timedelta(0)
    observance.add("DTSTART", (after + offset).replace(tzinfo=None))
    observance.add("TZOFFSETFROM", offset)
    observance.add("TZOFFSETTO", now.utcoffset() or timedelta(0))
    observance.add("TZNAME", now.tzname() or "")
    return observance


def _changes(zone: ZoneInfo, first: datetime, last: datetime) -> Iterator[datetime]:
    """Yield the first second of each new setting of the clocks; nowhere do they change twice within a day."""
    day = first
    while day < last:
        low, high = day, day + _DAY
        if _clock(zone, low) != _clock(zone, high):
            while high - low > _SECOND:
                middle = low + (high - low) // 2
                middle = middle.replace(microsecond=0)
                low, high = (middle, high) if _clock(zone, middle) == _clock(zone, day) else (low, middle)
            yield high
        day += _DAY


def _clock(zone: ZoneInfo, when: datetime) -> tuple[timedelta | None, str | None]:
    local = when.astimezone(zone)
    return local.utcoffset(), local.tzname()
