"""Time zones as people and programs write them in cells and arguments: abbreviations, offsets, cities, Windows names.

A text is understood if it names one zone. A text that can mean several is a question: `UnknownZone` with the zones that
it can mean. EST, MST and HST are IANA names of clocks without summer time, but people mean Eastern, Mountain and Hawaii
time by them; so they are questions, too.
"""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cronofy_frames.zones import NOT_PLACES, UnknownZone, common_zones, windows_zone, zone_name, zone_names

# abbreviations with one meaning; the American ones stand for standard and daylight time
_ZONE_BY_ABBREVIATION = {
    "ET": "America/New_York",
    "CT": "America/Chicago",
    "MT": "America/Denver",
    "PT": "America/Los_Angeles",
    "AKT": "America/Anchorage",
    "NZT": "Pacific/Auckland",
    "MSK": "Europe/Moscow",
    "TRT": "Europe/Istanbul",
    "PKT": "Asia/Karachi",
    "WIB": "Asia/Jakarta",
    "SGT": "Asia/Singapore",
    "HKT": "Asia/Hong_Kong",
    "JST": "Asia/Tokyo",
    "KST": "Asia/Seoul",
    "AWST": "Australia/Perth",
    "SAST": "Africa/Johannesburg",
    "EAT": "Africa/Nairobi",
    "WAT": "Africa/Lagos",
    "CAT": "Africa/Maputo",
    "BRT": "America/Sao_Paulo",
    "ART": "America/Argentina/Buenos_Aires",
    "COT": "America/Bogota",
}

# abbreviations with several meanings, the most likely first: those of half a year mean a zone, or its time in that half
_MEANINGS = {
    "EST": ("America/New_York", "America/Panama", "Australia/Sydney"),
    "EDT": ("America/New_York", "Australia/Sydney"),
    "CST": ("America/Chicago", "America/Regina", "Asia/Shanghai"),
    "CDT": ("America/Chicago", "America/Havana"),
    "MST": ("America/Denver", "America/Phoenix"),
    "MDT": ("America/Denver",),
    "PST": ("America/Los_Angeles", "Asia/Manila"),
    "PDT": ("America/Los_Angeles",),
    "HST": ("Pacific/Honolulu", "America/Adak"),
    "AST": ("America/Halifax", "America/Puerto_Rico", "Asia/Riyadh"),
    "BST": ("Europe/London", "Asia/Dhaka"),
    "IST": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
    "IDT": ("Asia/Jerusalem",),
    "GST": ("Asia/Dubai", "Atlantic/South_Georgia"),
    "ADT": ("America/Halifax",),
    **dict.fromkeys(("AKST", "AKDT"), ("America/Anchorage",)),
    **dict.fromkeys(("NST", "NDT"), ("America/St_Johns",)),
    **dict.fromkeys(("NZST", "NZDT"), ("Pacific/Auckland",)),
    **dict.fromkeys(("CEST", "MEZ", "MESZ"), ("Europe/Berlin", "Europe/Paris", "Europe/Madrid")),
    **dict.fromkeys(("WEST", "WESZ"), ("Europe/Lisbon", "Atlantic/Canary")),
    **dict.fromkeys(("EEST", "OEZ", "OESZ"), ("Europe/Athens", "Europe/Helsinki", "Europe/Bucharest")),
    **dict.fromkeys(("ACST", "ACDT", "ACT"), ("Australia/Adelaide", "Australia/Darwin")),
    **dict.fromkeys(("AEST", "AEDT", "AET"), ("Australia/Sydney", "Australia/Brisbane")),
}

# the zones to suggest first for an offset
_WELL_KNOWN = (
    *("Europe/London", "Europe/Berlin", "Europe/Athens", "Europe/Moscow", "Asia/Dubai", "Asia/Karachi"),
    *("Asia/Kolkata", "Asia/Kathmandu", "Asia/Dhaka", "Asia/Yangon", "Asia/Bangkok", "Asia/Shanghai", "Asia/Tokyo"),
    *("Australia/Sydney", "Australia/Adelaide", "Australia/Darwin", "Pacific/Auckland", "America/Sao_Paulo"),
    *("America/St_Johns", "America/Halifax", "America/New_York", "America/Chicago", "America/Denver"),
    *("America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu", "Asia/Tehran", "Asia/Kabul", "Australia/Eucla"),
    *("Pacific/Marquesas", "Australia/Lord_Howe", "Pacific/Chatham", "Atlantic/Azores"),
)

# names of regions in calendar programs, and cities that are no IANA name
_ZONE_BY_REGION = {
    "central european": "CET",
    "mitteleuropäische zeit": "CET",
    "heure d'europe centrale": "CET",
    "eastern european": "EET",
    "western european": "WET",
    "eastern": "America/New_York",
    "central": "America/Chicago",
    "mountain": "America/Denver",
    "pacific": "America/Los_Angeles",
    "alaska": "America/Anchorage",
    "hawaii": "Pacific/Honolulu",
    "arizona": "America/Phoenix",
    "indiana (east)": "America/Indiana/Indianapolis",
    "atlantic (canada)": "America/Halifax",
    "newfoundland": "America/St_Johns",
    "saskatchewan": "America/Regina",
    "central america": "America/Guatemala",
    "british summer": "Europe/London",
    "uk": "Europe/London",
    "india": "Asia/Kolkata",
    "japan": "Asia/Tokyo",
    "osaka": "Asia/Tokyo",
    "sapporo": "Asia/Tokyo",
    "beijing": "Asia/Shanghai",
    "chennai": "Asia/Kolkata",
    "mumbai": "Asia/Kolkata",
    "new delhi": "Asia/Kolkata",
    "abu dhabi": "Asia/Dubai",
    "kuwait": "Asia/Riyadh",
    "islamabad": "Asia/Karachi",
    "hanoi": "Asia/Bangkok",
    "kuala lumpur": "Asia/Singapore",
    "canberra": "Australia/Sydney",
    "melbourne": "Australia/Melbourne",
    "wellington": "Pacific/Auckland",
    "edinburgh": "Europe/London",
    "bern": "Europe/Zurich",
    "pretoria": "Africa/Johannesburg",
    "harare": "Africa/Johannesburg",
    "west central africa": "Africa/Lagos",
    "brasilia": "America/Sao_Paulo",
    "georgetown": "America/La_Paz",
    "quito": "America/Bogota",
    "greenland": "America/Nuuk",
    "st. petersburg": "Europe/Moscow",
}

_OFFSET = re.compile(
    r"(?P<prefix>UTC|GMT)?\s*(?P<sign>[+\-\u2212])\s*(?P<hours>\d{1,2})(?::?(?P<minutes>\d\d))?", re.ASCII
)
_LABEL = re.compile(r"\(\s*(?:UTC|GMT)\s*(?P<offset>[+\-\u2212]\s*\d{1,2}(?::?\d\d)?)?\s*\)\s*(?P<places>.*)", re.ASCII)
_UTC_TEXTS = frozenset({"utc", "z", "gmt", "coordinated universal time", "greenwich mean time", "zulu"})
_SEASON = re.compile(r"\b(?:daylight|summer)\s+time\b")
_TIME_WORDS = re.compile(r"\s+time\b|\s*\((?:us (?:&|and) canada|us|usa)\)")
_CONTINENTS = frozenset({"Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"})
_NO_CITIES = frozenset({"Australia/North", "Australia/South", "Australia/West", "Australia/ACT", "Australia/NSW"})
_HALF_YEARS = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))


def zone_of_text(zone: Any) -> str:
    """Return the IANA name of a zone as people and programs write it; a ZoneInfo is taken as it is.

    Parameters
    ----------
    zone
        A text, a ZoneInfo or `datetime.UTC`.

    Raises
    ------
    UnknownZone
        The text names no zone, or may name several: `near` has them.
    """
    if not isinstance(zone, str):
        return zone_name(zone)
    name = _zone_of_text(" ".join(zone.split()))
    if isinstance(name, str):
        return name
    raise UnknownZone(zone, name)


def is_like_zone(text: str) -> bool:
    """Return whether a text names a zone, or may name one of several."""
    return bool(_zone_of_text(" ".join(text.split())))


@functools.lru_cache(maxsize=1000)
def _zone_of_text(text: str) -> str | tuple[str, ...] | None:
    """Return the zone of a text, or those that it may mean; None if it is like no zone."""
    abbreviation = text.upper()
    if abbreviation in _MEANINGS:
        return _MEANINGS[abbreviation]
    if abbreviation in _ZONE_BY_ABBREVIATION:
        return _ZONE_BY_ABBREVIATION[abbreviation]
    if match := _OFFSET.fullmatch(abbreviation):
        return _zone_of_offset(match)
    if label := _LABEL.fullmatch(text):
        return _zone_of_label(label["offset"], label["places"])
    return _zone_of_name(text) or _zones_of_places(text) or None


def _zone_of_name(text: str) -> str | None:
    """Return the zone of an IANA name in any case, of a Windows name or a region, or UTC; None for any other text."""
    plain = text.casefold()
    if text in _iana_names().values():
        return text
    if plain in _UTC_TEXTS:
        return "UTC"
    windows = windows_zone(plain) or windows_zone(_SEASON.sub("standard time", plain))
    region = _TIME_WORDS.sub("", plain)
    return (
        windows
        or _iana_names().get(plain.replace(" ", "_"))
        or _ZONE_BY_REGION.get(region)
        or _zone_by_city().get(region.replace(" ", "_"))
    )


def _zone_of_offset(match: re.Match[str]) -> str | tuple[str, ...] | None:
    """Return the zone without summer time that has an offset; those that may be meant if there is none.

    GMT+2 is a question: people write it for places that have this offset in winter or in summer only, and the IANA name
    is Etc/GMT-2, with the other sign.
    """
    offset = _offset_of(match)
    if match["prefix"] == "GMT" and offset:
        return _zones_at(offset)
    return _fixed_zone(offset) or _zones_at(offset)


def _offset_of(match: re.Match[str]) -> timedelta:
    size = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))
    return size if match["sign"] == "+" else -size


def _fixed_zone(offset: timedelta) -> str | None:
    """Return the zone of a whole number of hours; in its name the sign is the other one."""
    hours, rest = divmod(offset, timedelta(hours=1))
    name = f"Etc/GMT{-hours:+d}" if hours else "UTC"
    return name if not rest and name in zone_names() else None


def _zones_at(offset: timedelta) -> tuple[str, ...]:
    """Return some zones with an offset: without summer time, in winter, and in summer."""
    fixed = _fixed_zone(offset)
    in_winter = next((name for name in _WELL_KNOWN if _offsets_of(name)[0] == offset), None)
    in_summer = next((name for name in _WELL_KNOWN if _offsets_of(name)[1] == offset), None)
    return tuple(dict.fromkeys(name for name in (fixed, in_winter, in_summer) if name))


@functools.lru_cache(maxsize=1000)
def _offsets_of(name: str) -> tuple[timedelta, timedelta]:
    """Return the smaller and the larger offset of a zone in a year: those of winter and summer."""
    offsets = sorted(time.astimezone(ZoneInfo(name)).utcoffset() or timedelta() for time in _HALF_YEARS)
    return offsets[0], offsets[1]


def _zone_of_label(offset_text: str | None, places: str) -> str | tuple[str, ...] | None:
    """Return the zone of a label such as "(UTC+01:00) Amsterdam, Berlin, Rome", if it has the offset.

    Of several places it is the one that stands for its zone in the list of common zones.
    """
    match = _OFFSET.fullmatch(offset_text or "+0")
    assert match is not None
    offset = _offset_of(match)
    zones = [zone for zone in _zones_of_places(places) if offset in _offsets_of(zone)]
    if zones:
        return next((zone for zone in zones if zone in common_zones()), zones[0])
    return _zones_at(offset) if places else _zone_of_offset(match)


def _zones_of_places(text: str) -> tuple[str, ...]:
    """Return the zones of the places that a text names between commas, semicolons and dashes."""
    places = [place.strip() for place in (text, *re.split(r"[,;]|\s[-\u2013]\s", text))]
    return tuple(dict.fromkeys(zone for place in places if (zone := _zone_of_name(place))))


@functools.cache
def _iana_names() -> dict[str, str]:
    """Return the IANA names of zones by their form in lower case."""
    return {name.casefold(): name for name in sorted(zone_names() - NOT_PLACES)}


@functools.cache
def _zone_by_city() -> dict[str, str]:
    """Return the zones of cities by the name of the city, in lower case."""
    names = [name.split("/") for name in sorted(zone_names()) if name not in _NO_CITIES]
    return {parts[1].casefold(): "/".join(parts) for parts in names if len(parts) == 2 and parts[0] in _CONTINENTS}
