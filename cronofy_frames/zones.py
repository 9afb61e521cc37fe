"""Names of time zones: IANA names, the names that Windows and calendar programs use, and the spellings of UTC."""

from __future__ import annotations

import difflib
import functools
import re
import zoneinfo
from datetime import MAXYEAR, UTC, date, datetime, timedelta
from typing import Any

ETC_UTC = "Etc/UTC"
EXPECTED_ZONE = "an IANA zone such as Europe/London"
UTC_NAMES = frozenset({"UTC", "Etc/UTC", "UCT", "Etc/UCT", "Universal", "Etc/Universal", "Zulu", "Etc/Zulu"})

_UTC_IN_CALENDARS = frozenset({"utc", "z", "gmt", "etc/utc", "etc/gmt", "microsoft/utc", "coordinated universal time"})
_SHORTEST_TYPO = 5  # a shorter name is an abbreviation, and those that resemble it mean other zones
NOT_PLACES = frozenset({"localtime", "Factory", "posixrules"})


class UnknownZone(ValueError):
    """A name that is not an IANA time zone, or not clearly one.

    Parameters
    ----------
    name
        The name.
    meanings
        The IANA names of the zones that it can mean, the most likely first.

    Attributes
    ----------
    name
        The name.
    """

    def __init__(self, name: Any, meanings: tuple[str, ...] | None = None) -> None:
        super().__init__(name, meanings)
        self.name = name
        self._meanings = meanings

    @functools.cached_property
    def near(self) -> tuple[str, ...]:
        """The IANA names that it can mean, else at most three that resemble it, the closest first."""
        text = str(self.name)
        if self._meanings is not None:
            return self._meanings
        by_lower = {name.lower(): name for name in zone_names() - NOT_PLACES}
        if (other_case := by_lower.get(text.lower())) is not None:
            return (other_case,)
        if len(text) < _SHORTEST_TYPO:
            return ()
        return tuple(by_lower[name] for name in difflib.get_close_matches(text.lower(), by_lower, n=3))

    @property
    def has_meanings(self) -> bool:
        """Whether it can mean several zones, as EST can."""
        return bool(self._meanings)

    @property
    def expected(self) -> str:
        """What a cell should hold in place of the name, with the names that it can mean or that resemble it."""
        hint = f" (did you mean {' or '.join(self.near)}?)" if self.near else ""
        return f"{EXPECTED_ZONE}{hint}"

    def __str__(self) -> str:
        hint = f" Did you mean {' or '.join(self.near)}?" if self.near else ""
        return f"a time zone is an IANA name such as Europe/London, not {self.name!r}.{hint}"


@functools.cache
def zone_names() -> frozenset[str]:
    """Return the names of all IANA zones: looking them up walks through a thousand files."""
    return frozenset(zoneinfo.available_timezones())


def zone_name(zone: Any) -> str:
    """Return the IANA name of a zone.

    Parameters
    ----------
    zone
        An IANA name, a ZoneInfo, or `datetime.UTC`.

    Raises
    ------
    UnknownZone
        For any other name or object; names are case-sensitive.
    """
    name = getattr(zone, "key", zone)
    if name is UTC:
        return "UTC"
    # file systems that ignore case would take any spelling, so the list decides
    if not isinstance(name, str) or name not in zone_names():
        raise UnknownZone(name)
    try:
        zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise UnknownZone(name) from None
    return name


_CHECKED_WEEKS = 105
"""The weeks in which two clocks are compared: two years have every change that rules of today make."""


def have_same_clock(first: str, second: str, start: date) -> bool:
    """Return whether two zones show the same time, in two years from a day on.

    Programs replace a zone by another with the same clock: Exchange keeps Europe/Berlin for Europe/Rome, and an old
    name such as Asia/Calcutta is returned as Asia/Kolkata.
    """
    if first == second:
        return True
    if not {first, second} <= zone_names():
        return False
    year_start = datetime(min(start.year, MAXYEAR - 2), 1, 1, tzinfo=UTC)
    return _have_same_offsets(first, second, year_start)


@functools.lru_cache(maxsize=1024)
def _have_same_offsets(first: str, second: str, start: datetime) -> bool:
    zones = zoneinfo.ZoneInfo(first), zoneinfo.ZoneInfo(second)
    instants = (start + timedelta(weeks=week) for week in range(_CHECKED_WEEKS))
    return all(
        instant.astimezone(zones[0]).utcoffset() == instant.astimezone(zones[1]).utcoffset() for instant in instants
    )


def tzid_of(zone: str) -> str:
    """Return a zone's name as the API writes it: UTC is `Etc/UTC` there.

    Source: docs.cronofy.com/developers/api/data-types.
    """
    return ETC_UTC if zone == "UTC" else zone


def windows_zone(name: str) -> str | None:
    """Return the IANA name of a zone that Windows names, in any case, by the table of CLDR; None for any other name."""
    return _by_windows_name().get(name.casefold())


@functools.cache
def _by_windows_name() -> dict[str, str]:
    # loading icalendar takes a while, and few files name zones in this way
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    return {name.casefold(): zone for name, zone in WINDOWS_TO_OLSON.items()}


def common_zones() -> tuple[str, ...]:
    """Return the IANA zones that Windows names stand for: one for each set of rules in use today."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    return tuple(dict.fromkeys(name for name in WINDOWS_TO_OLSON.values() if not name.startswith("Etc/")))


def iana_name(name: str) -> str | None:
    """Return the IANA name for the name of a zone in a calendar file, or None where the name alone does not tell.

    Understood are IANA names in any case, Windows names ("Romance Standard Time"), spellings of UTC, and names to
    which a program added a path ("/freeassociation.sourceforge.net/Europe/Berlin").
    """
    plain = re.sub(r"^tzone:/*", "", name.strip().strip('"')).strip("/")
    if plain.casefold() in _UTC_IN_CALENDARS:
        return ETC_UTC
    if windows := windows_zone(plain):
        return windows
    parts = plain.casefold().split("/")
    paths = ("/".join(parts[start:]) for start in range(len(parts)))
    return next((known for path in paths if (known := _by_lower_case().get(path))), None)


@functools.cache
def _by_lower_case() -> dict[str, str]:
    return {name.casefold(): name for name in sorted(zone_names() - NOT_PLACES)}
