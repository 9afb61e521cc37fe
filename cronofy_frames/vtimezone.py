"""The rules of time zones in an iCalendar file (RFC 5545, 3.6.5).

The iCalendar library makes these too, but gives the onset of summer time by the clock that begins, not by the one
that ends, and passes over stretches as short as Morocco's Ramadan.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Timezone, TimezoneDaylight, TimezoneStandard

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_NONE = timedelta(0)


def add_zones(calendar: Calendar, times: Sequence[datetime]) -> None:
    """Add a VTIMEZONE for each zone that a calendar names, with what its clocks do around the given times."""
    if not times:
        return
    # what clocks do in years far off is anybody's guess, and there would be thousands of changes
    first, last = (min(max(time.year, 1900), 2100) for time in (min(times), max(times)))
    span = datetime(first - 1, 1, 1, tzinfo=UTC), datetime(last + 2, 1, 1, tzinfo=UTC)
    zones = [_component(tzid, *span) for tzid in sorted(calendar.get_missing_tzids())]
    calendar.subcomponents[:0] = zones


def _component(tzid: str, first: datetime, last: datetime) -> Timezone:
    zone = ZoneInfo(tzid)
    component = Timezone()
    component.add("TZID", tzid)
    found: dict[tuple[timedelta, timedelta, str, bool], list[datetime]] = defaultdict(list)
    for before, after in [(first, first), *_changes(zone, first, last)]:
        was, now = before.astimezone(zone), after.astimezone(zone)
        offset, summer = was.utcoffset() or _NONE, (now.dst() or _NONE) > _NONE
        key = (offset, now.utcoffset() or _NONE, now.tzname() or "", summer)
        found[key].append((after + offset).replace(tzinfo=None))
    for (offset_from, offset_to, name, summer), onsets in found.items():
        observance = TimezoneDaylight() if summer else TimezoneStandard()
        observance.add("DTSTART", onsets[0])
        observance.add("TZOFFSETFROM", offset_from)
        observance.add("TZOFFSETTO", offset_to)
        observance.add("TZNAME", name)
        if onsets[1:]:
            observance.add("RDATE", onsets[1:])
        component.add_component(observance)
    return component


def _changes(zone: ZoneInfo, first: datetime, last: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the last second of each setting of the clocks and the first of the next.

    Nowhere do they change twice within a day.
    """
    low, clock = first, _clock(zone, first)
    while low < last:
        high, then = low + _DAY, _clock(zone, low + _DAY)
        if then != clock:
            start, end = low, high
            while end - start > _SECOND:
                middle = start + (end - start) // _SECOND // 2 * _SECOND
                start, end = (middle, end) if _clock(zone, middle) == clock else (start, middle)
            yield start, end
        low, clock = high, then


def _clock(zone: ZoneInfo, when: datetime) -> tuple[timedelta | None, str | None]:
    local = when.astimezone(zone)
    return local.utcoffset(), local.tzname()
