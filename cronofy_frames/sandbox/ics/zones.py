"""Map the time zones of an .ics file to IANA time zones, by name or by their rules."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import icalendar

from cronofy_frames.sandbox.ics.lexer import Component, property_name
from cronofy_frames.zones import common_zones, iana_name, zone_names


class CalendarZones:
    """The time zones of one calendar.

    The rules that a file gives a zone count, and not what its name resembles: GMT, or "Customized Time Zone", can have
    the rules of any place. A name stands for the zone of this name only if the file does not describe it, or describes
    the same rules.

    Parameters
    ----------
    components
        The calendar's VTIMEZONE components.
    sample_times
        The times at which the rules of a VTIMEZONE are compared with those of IANA time zones.

    Attributes
    ----------
    problems
        What cannot be kept of a zone, by tzid.
    """

    def __init__(self, components: Iterable[Component], sample_times: Sequence[datetime]) -> None:
        self._components = {component.text("TZID"): component for component in components}
        self._sample_times = sample_times
        self._names: dict[str, str | None] = {}
        self.problems: dict[str, str] = {}

    def name(self, tzid: str) -> str | None:
        """Return a name that icalendar knows: an IANA name if possible, otherwise one for the calendar's own rules."""
        if tzid not in self._names:
            component = self._components.get(tzid)
            self._names[tzid] = iana_name(tzid) if component is None else self._described_name(tzid, component)
        return self._names[tzid]

    def _described_name(self, tzid: str, component: Component) -> str | None:
        """Return the name of a zone that the file describes."""
        named, place = iana_name(tzid), iana_name(component.text("X-LIC-LOCATION"))
        own_name, zone = _build_zone(component)
        if zone is None:
            return named or place
        offsets = [time.astimezone(zone).utcoffset() for time in self._sample_times]
        for name in (tzid if tzid in zone_names() else None, named, place):
            if name is not None and _has_offsets(ZoneInfo(name), self._sample_times, offsets):
                return name
        equivalent = _equivalent_iana_name(offsets, tzid, self._sample_times)
        if named is not None:
            as_read = equivalent or "its own rules"
            self.problems[tzid] = f"the file describes it with other rules than {named} has; it is read as {as_read}"
        elif equivalent is None:
            self.problems[tzid] = "no IANA time zone has its rules; its times are right, but its name is lost"
        return equivalent or own_name


def _build_zone(component: Component) -> tuple[str, tzinfo | None]:
    """Return the time zone of a VTIMEZONE, None if it is invalid, and the name under which icalendar stores it.

    icalendar stores time zones by name for the whole process, and two files may use one name for different rules; so
    the name is derived from the rules.
    """
    rules = [line for line in component.lines if property_name(line) not in {"TZID", "LAST-MODIFIED", "TZURL"}]
    name = "rules-" + hashlib.sha256("\n".join(rules).encode()).hexdigest()[:16]
    text = "\r\n".join(["BEGIN:VTIMEZONE", f"TZID:{name}", *rules, "END:VTIMEZONE", ""])
    try:
        timezone: Any = icalendar.Timezone.from_ical(text)
        zone: tzinfo = timezone.to_tz(lookup_tzid=False)
        zone.utcoffset(datetime(2000, 1, 1))
    except Exception:  # arbitrary input to two libraries: whatever fails, the rules are invalid
        return name, None
    return name, zone


def _equivalent_iana_name(offsets: Sequence[timedelta | None], tzid: str, times: Sequence[datetime]) -> str | None:
    """Return the IANA time zone with these offsets, preferably one whose city is part of the tzid."""
    names = [name for name in _candidates() if _has_offsets(ZoneInfo(name), times, offsets)]
    mentioned = [name for name in names if name.rpartition("/")[2].replace("_", " ").casefold() in tzid.casefold()]
    return next(iter(mentioned or names), None)


def _has_offsets(zone: tzinfo, times: Sequence[datetime], offsets: Sequence[timedelta | None]) -> bool:
    return all(time.astimezone(zone).utcoffset() == offset for time, offset in zip(times, offsets, strict=True))


@functools.cache
def _candidates() -> tuple[str, ...]:
    """Return the IANA time zones of Windows' places, then whole-hour offsets."""
    offsets = [f"Etc/GMT{hours:+d}" for hours in range(-14, 13) if hours]
    return tuple(name for name in (*common_zones(), *offsets) if name in zone_names())


_DATE_PROPERTIES = frozenset({"DTSTART", "DTEND", "RECURRENCE-ID", "RDATE"})
_MOST_YEARS = 12  # more would take long; a file of many years has them in its latest ones as well


def sample_times(components: Iterable[Component]) -> list[datetime]:
    """Return a time in each week of the years in which a calendar has dates, and of the year after each."""
    years: set[int] = set()
    for component in components:
        lines = (line for line in component.own_lines if property_name(line) in _DATE_PROPERTIES)
        years.update(int(year) for line in lines if component.name == "VEVENT" for year in _YEAR.findall(line))
    sensible = sorted(year for first in years for year in (first, first + 1) if 1970 <= year < 2100)
    latest = sorted(set(sensible))[-_MOST_YEARS:] or [2026]
    return [datetime(year, 1, 1, tzinfo=UTC) + timedelta(weeks=week) for year in latest for week in range(53)]


_YEAR = re.compile(r"[:,](\d{4})\d{4}")
