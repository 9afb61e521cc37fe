"""Parse an .ics file once: its calendars with their series of events, and what could not be read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from cronofy_frames.sandbox.ics.lexer import CalendarText, split_calendars
from cronofy_frames.sandbox.ics.occurrences import EventSeries, group_series
from cronofy_frames.sandbox.ics.vevents import ParseContext, ProblemList, parse_events
from cronofy_frames.sandbox.ics.zones import CalendarZones, sample_times
from cronofy_frames.text import quantity
from cronofy_frames.zones import ETC_UTC, iana_name


@dataclass(slots=True)
class ParsedCalendar:
    """One calendar of the file.

    Attributes
    ----------
    name
        Its name.
    tzid
        IANA name of its time zone, if it has one.
    text
        Its properties and components.
    series
        Its events.
    """

    name: str
    tzid: str | None
    text: CalendarText
    series: list[EventSeries]


@dataclass(frozen=True, slots=True)
class IcsFile:
    """A parsed file.

    Attributes
    ----------
    name
        Its name; calendar and owner get it if the file names neither.
    calendars
        Its calendars; those with the same name are merged.
    problems
        What could not be read as written.
    """

    name: str
    calendars: list[ParsedCalendar]
    problems: ProblemList


def parse_file(data: bytes, *, name: str, zone: str | None = None) -> IcsFile:
    """Parse an exported calendar.

    Parameters
    ----------
    data
        The bytes of an .ics file, as Google, Outlook and Apple export them.
    name
        The name of the file.
    zone
        Name of the time zone of times that have none, if the file does not name one; by default UTC.

    Raises
    ------
    FrameError
        The file has no calendar.
    ValueError
        `zone` is unknown.
    """
    if zone is not None and iana_name(zone) is None:
        raise ValueError(f"zone is {zone!r}, which is not a time zone. Give an IANA name, as in 'Europe/London'.")
    problems = ProblemList()
    texts, file_problems = split_calendars(data, name=name)
    for problem in file_problems:
        problems.add("VCALENDAR", problem)
    calendars: dict[str, ParsedCalendar] = {}
    for text in texts:
        title = text.header.text("X-WR-CALNAME").strip() or text.header.text("NAME").strip() or title_of_file(name)
        calendar = calendars.setdefault(title, ParsedCalendar(title, None, text, []))
        tzid = _parse_tzid(text, zone, problems)
        calendar.tzid = calendar.tzid or tzid
        calendar.series += group_series(_parse_vevents(text, tzid, problems), problems=problems)
    return IcsFile(name, list(calendars.values()), problems)


def _parse_tzid(text: CalendarText, zone: str | None, problems: ProblemList) -> str | None:
    """Return the IANA name of a calendar's time zone, or of the given one; None if there is neither."""
    name = text.header.text("X-WR-TIMEZONE").strip()
    tzid = iana_name(name) if name else None
    if name and tzid is None:
        problems.add(
            "VCALENDAR", f"its time zone {name!r} is unknown; times without a time zone are read as {zone or ETC_UTC}"
        )
    return tzid or (iana_name(zone) if zone else None)


def _parse_vevents(text: CalendarText, tzid: str | None, problems: ProblemList) -> list[Any]:
    """Parse the events of one calendar."""
    if text.header.text("CALSCALE").strip().upper() not in {"", "GREGORIAN"}:
        problem = "its dates are of another calendar than the Gregorian; they are read as Gregorian"
        problems.add("VCALENDAR", problem)
    described = [component for component in text.components if component.name == "VTIMEZONE"]
    zones = CalendarZones(described, sample_times(text.components) if described else [])
    context = ParseContext(zones, tzid or ETC_UTC, problems)
    vevents = parse_events(text.components, context)
    if text.header.text("METHOD").strip().upper() == "CANCEL":
        for vevent in vevents:
            vevent["STATUS"] = "CANCELLED"
    for name, problem in zones.problems.items():
        problems.add("VTIMEZONE", problem, uid=name)
    if context.floating and tzid is None:
        problems.add("VCALENDAR", _floating_problem(len(context.floating)))
    return vevents


def _floating_problem(count: int) -> str:
    return (
        f"{quantity(count, 'time')} without a time zone, and the file names none: read as UTC; give their zone as "
        "Sandbox(zone=...), or as --tz in a shell"
    )


def title_of_file(name: str) -> str:
    """Return the name of a file without its suffix."""
    return re.sub(r"\.ic(s|al|alendar)$", "", PurePath(name).name, flags=re.IGNORECASE) or "Calendar"
