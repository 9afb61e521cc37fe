"""What calendar programs call time zones, and what the IANA database calls them."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import icalendar

from cronofy_frames.sandbox.ics.lexer import Block, property_of
from cronofy_frames.zones import common_zones, iana_name, zone_names


class Zones:
    """The zones that one calendar names.

    Parameters
    ----------
    blocks
        The calendar's VTIMEZONE components, for names that say nothing by themselves.
    around
        The moment around which a zone's own rules are compared with the IANA zones.
    """

    def __init__(self, blocks: Iterable[Block], around: datetime) -> None:
        self._blocks = {block.text("TZID"): block for block in blocks}
        self._moments = [around + timedelta(days=days) for days in range(-63, 231, 7)]
        self._found: dict[str, str | None] = {}
        self.unnamed: list[str] = []  # zones of which only the rules are known

    def name(self, tzid: str) -> str | None:
        """Return a name that icalendar understands: IANA where possible, else one for the calendar's own rules."""
        if tzid not in self._found:
            self._found[tzid] = iana_name(tzid) or self._by_rules(tzid)
        return self._found[tzid]

    def _by_rules(self, tzid: str) -> str | None:
        block = self._blocks.get(tzid)
        if block is None:
            return None
        if located := iana_name(block.text("X-LIC-LOCATION")):
            return located
        own_name, zone = _zone_of(block)
        if zone is None:
            return None
        same = _same_zone(zone, tzid, self._moments)
        if same is None:
            self.unnamed.append(tzid)
        return same or own_name


def _zone_of(block: Block) -> tuple[str, tzinfo | None]:
    """Build the zone that a VTIMEZONE describes, and the name under which icalendar knows it from now on.

    icalendar keeps zones by name for the whole process; two files may give the same name to different
    rules, so the name is made from the rules.
    """
    rules = [line for line in block.lines if property_of(line)[0] not in {"TZID", "LAST-MODIFIED", "TZURL"}]
    name = "rules-" + hashlib.sha256("\n".join(rules).encode()).hexdigest()[:16]
    text = "\r\n".join(["BEGIN:VTIMEZONE", f"TZID:{name}", *rules, "END:VTIMEZONE", ""])
    try:
        component: Any = icalendar.Timezone.from_ical(text)
        zone: tzinfo = component.to_tz(lookup_tzid=False)
        zone.utcoffset(datetime(2000, 1, 1))
    except Exception:  # a stranger's rules, through two libraries: whatever breaks, they cannot be read
        return name, None
    return name, zone


def _same_zone(zone: tzinfo, tzid: str, moments: Sequence[datetime]) -> str | None:
    """Return the IANA zone with the same offsets, the one whose city the name mentions before others."""
    own = [moment.astimezone(zone).utcoffset() for moment in moments]
    same = [
        name
        for name in _candidates()
        if all(
            moment.astimezone(other).utcoffset() == offset
            for other in [ZoneInfo(name)]
            for moment, offset in zip(moments, own, strict=True)
        )
    ]
    named = [name for name in same if name.rpartition("/")[2].replace("_", " ").casefold() in tzid.casefold()]
    return next(iter(named or same), None)


@functools.cache
def _candidates() -> tuple[str, ...]:
    """The zones of the places that Windows lists, then whole-hour offsets."""
    offsets = [f"Etc/GMT{hours:+d}" for hours in range(-14, 13) if hours]
    return tuple(name for name in (*common_zones(), *offsets) if name in zone_names())
