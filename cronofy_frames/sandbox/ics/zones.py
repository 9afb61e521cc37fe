"""Map the time zones of an .ics file to IANA time zones, by name or by their rules."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import icalendar

from cronofy_frames.sandbox.ics.lexer import Component, split_property
from cronofy_frames.zones import common_zones, iana_name, zone_names


class CalendarZones:
    """The time zones of one calendar.

    Parameters
    ----------
    components
        The calendar's VTIMEZONE components, for names that are not known.
    around
        The time around which the rules of a VTIMEZONE are compared with IANA time zones.

    Attributes
    ----------
    unnamed
        The tzids of which only the rules are known.
    """

    def __init__(self, components: Iterable[Component], around: datetime) -> None:
        self._components = {component.text("TZID"): component for component in components}
        self._sample_times = [around + timedelta(days=days) for days in range(-63, 231, 7)]
        self._names: dict[str, str | None] = {}
        self.unnamed: list[str] = []

    def name(self, tzid: str) -> str | None:
        """Return a name that icalendar knows: an IANA name if possible, otherwise one for the calendar's own rules."""
        if tzid not in self._names:
            self._names[tzid] = iana_name(tzid) or self._name_by_rules(tzid)
        return self._names[tzid]

    def _name_by_rules(self, tzid: str) -> str | None:
        component = self._components.get(tzid)
        if component is None:
            return None
        if name := iana_name(component.text("X-LIC-LOCATION")):
            return name
        own_name, zone = _build_zone(component)
        if zone is None:
            return None
        name = _equivalent_iana_name(zone, tzid, self._sample_times)
        if name is None:
            self.unnamed.append(tzid)
        return name or own_name


def _build_zone(component: Component) -> tuple[str, tzinfo | None]:
    """Return the time zone of a VTIMEZONE, None if it is invalid, and the name under which icalendar stores it.

    icalendar stores time zones by name for the whole process, and two files may use one name for different rules; so
    the name is derived from the rules.
    """
    rules = [line for line in component.lines if split_property(line)[0] not in {"TZID", "LAST-MODIFIED", "TZURL"}]
    name = "rules-" + hashlib.sha256("\n".join(rules).encode()).hexdigest()[:16]
    text = "\r\n".join(["BEGIN:VTIMEZONE", f"TZID:{name}", *rules, "END:VTIMEZONE", ""])
    try:
        timezone: Any = icalendar.Timezone.from_ical(text)
        zone: tzinfo = timezone.to_tz(lookup_tzid=False)
        zone.utcoffset(datetime(2000, 1, 1))
    except Exception:  # arbitrary input to two libraries: whatever fails, the rules are invalid
        return name, None
    return name, zone


def _equivalent_iana_name(zone: tzinfo, tzid: str, times: Sequence[datetime]) -> str | None:
    """Return the IANA time zone with the same offsets, preferably one whose city is part of the tzid."""
    offsets = [time.astimezone(zone).utcoffset() for time in times]
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
