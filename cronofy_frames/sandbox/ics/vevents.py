"""Parse the VEVENT components of an .ics file, and repair or report what is invalid in them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import icalendar

from cronofy_frames.sandbox.ics.lexer import Component, property_name
from cronofy_frames.sandbox.ics.rules import repair_rules
from cronofy_frames.sandbox.ics.size_limits import limit_lines
from cronofy_frames.sandbox.ics.times import utc_instant
from cronofy_frames.sandbox.ics.zones import CalendarZones

_DATE_PROPERTIES = frozenset({"DTSTART", "DTEND", "RECURRENCE-ID", "RDATE", "EXDATE"})
_SINGLE_PROPERTIES = _DATE_PROPERTIES - {"RDATE", "EXDATE"} | {
    *("UID", "SUMMARY", "DESCRIPTION", "LOCATION", "STATUS", "TRANSP", "CLASS", "SEQUENCE", "DURATION", "URL", "GEO"),
    *("CREATED", "LAST-MODIFIED", "DTSTAMP", "ORGANIZER", "X-MICROSOFT-CDO-BUSYSTATUS", "X-GOOGLE-CONFERENCE"),
}
_KNOWN_PROPERTIES = _SINGLE_PROPERTIES | {
    *("RDATE", "EXDATE", "RRULE", "EXRULE", "CATEGORIES", "ATTENDEE", "CONFERENCE"),
    *("X-MICROSOFT-CDO-ALLDAYEVENT", "X-MICROSOFT-SKYPETEAMSMEETINGURL", "X-APPLE-STRUCTURED-LOCATION"),
}
END_TZID = "X-SANDBOX-END-TZID"


class ProblemList:
    """Collects the problems of one file."""

    def __init__(self) -> None:
        self.rows: list[dict[str, str]] = []

    def copy(self) -> ProblemList:
        """Return a list with the same problems, to which others can be added."""
        copied = ProblemList()
        copied.rows = list(self.rows)
        return copied

    def add(self, component: str, problem: str, *, uid: str = "", summary: str = "") -> None:
        """Add one problem of a component."""
        row = {"component": component, "uid": uid, "problem": problem}
        self.rows.append(row | ({"summary": summary} if summary else {}))

    def add_for_event(self, vevent: Any, problem: str) -> None:
        """Add one problem of a parsed VEVENT."""
        self.add("VEVENT", problem, uid=str(vevent.get("UID", "")), summary=str(vevent.get("SUMMARY", "")))


@dataclass(frozen=True, slots=True)
class ParseContext:
    """What the VEVENTs of one calendar need to be parsed.

    Attributes
    ----------
    zones
        The time zones of the calendar.
    default_tzid
        IANA name of the time zone of times without one.
    problems
        Collects the problems.
    floating
        Collects the lines of times that have no zone.
    """

    zones: CalendarZones
    default_tzid: str
    problems: ProblemList
    floating: list[str] = field(default_factory=list)


def parse_events(components: Iterable[Component], context: ParseContext) -> list[Any]:
    """Parse the VEVENTs of a calendar; record a problem for other components and for what cannot be read."""
    vevents = []
    for component in components:
        if component.name == "VEVENT":
            vevent = _parse_event(component, context)
            if vevent is not None:
                vevents.append(vevent)
        elif component.name != "VTIMEZONE":
            problem = "not an event; the sandbox holds events only"
            uid, summary = component.text("UID"), component.text("SUMMARY")
            context.problems.add(component.name, problem, uid=uid, summary=summary)
    return vevents


def _parse_event(component: Component, context: ParseContext) -> Any | None:
    """Return the parsed VEVENT, or None if it is unusable."""
    uid, summary = component.text("UID"), component.text("SUMMARY")
    problems = list(component.problems)
    lines = _prepare_lines(component, context, problems)
    if not uid:
        # Without a UID, the content identifies the event.
        lines.append("UID:" + hashlib.sha256("\n".join(component.own_lines).encode()).hexdigest()[:24])
    try:
        vevent: Any = icalendar.Event.from_ical("\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT", ""]))
        is_usable = _repair_event(vevent, problems)
    except Exception as error:  # arbitrary input to a library: whatever fails is a problem of this component
        problems.append(f"cannot be read ({type(error).__name__}); left out")
        is_usable = False
    for problem in problems:
        context.problems.add("VEVENT", problem, uid=uid, summary=summary)
    return vevent if is_usable else None


def _prepare_lines(component: Component, context: ParseContext, problems: list[str]) -> list[str]:
    """Return the lines of the properties that are used, dates with an IANA time zone."""
    lines = []
    is_flagged_all_day = component.text("X-MICROSOFT-CDO-ALLDAYEVENT").strip().upper() == "TRUE"
    used = (line for line in component.own_lines if property_name(line) in _KNOWN_PROPERTIES or not property_name(line))
    for line in limit_lines(used, problems):
        name = property_name(line)
        if not name:
            problems.append("a line is broken: it has no colon; left out")
        elif name in _DATE_PROPERTIES:
            lines.append(_with_iana_tzid(line, context, problems, is_day=is_flagged_all_day))
        else:
            lines.append(line)
    return lines


def _with_iana_tzid(line: str, context: ParseContext, problems: list[str], *, is_day: bool) -> str:
    """Return a date line with the IANA name of its time zone, or of the default one for times without one."""
    head, _, value = line.rpartition(":")
    parameter = re.search(r';TZID=("[^"]*"|[^";]*)', head, re.IGNORECASE)
    head_without_tzid = head if parameter is None else head.replace(parameter[0], "")
    if not re.search(r"T\d{6}(?![\dZ])", value):  # a date, or UTC
        return f"{head_without_tzid}:{value}"
    if parameter is None:
        if not is_day:
            context.floating.append(line)
        return f"{head_without_tzid};TZID={context.default_tzid}:{value}"
    tzid = parameter[1].strip('"')
    name = context.zones.name(tzid)
    if name is None:
        problems.append(f"the time zone {tzid!r} is unknown and not described; read as {context.default_tzid}")
    return f"{head_without_tzid};TZID={name or context.default_tzid}:{value}"


def _repair_event(vevent: Any, problems: list[str]) -> bool:
    """Remove what cannot be read, and add a problem for it; return whether the event is usable."""
    for name, error in vevent.errors:
        problems.append(f"{name or 'a line'} cannot be read ({str(error)[:80]}); left out")
        if name:
            vevent.pop(name, None)
    for name in [name for name in vevent if name in _SINGLE_PROPERTIES and isinstance(vevent[name], list)]:
        problems.append(f"{name} occurs more than once; the first is taken")
        vevent[name] = vevent[name][0]
    if "DTSTART" not in vevent:
        problems.append("it has no start that can be read; left out")
        return False
    for name in ("DTSTART", "DTEND", "RECURRENCE-ID"):
        # Near the limits of datetime, time zones and margins overflow.
        if name in vevent and not 1000 <= vevent[name].dt.year < 9000:
            problems.append(f"its {name} is in the year {vevent[name].dt.year}; left out")
            return False
    _repair_end(vevent, problems)
    repair_rules(vevent, problems)
    return True


def _repair_end(vevent: Any, problems: list[str]) -> None:
    if "DTEND" in vevent and "DURATION" in vevent:
        problems.append("it has both an end and a duration; the end is taken")
        vevent.pop("DURATION")
    if "DURATION" in vevent and vevent["DURATION"].dt < timedelta(0):
        problems.append("its duration is negative; left out")
        vevent.pop("DURATION")
    if "DTEND" not in vevent:
        return
    start, end = vevent["DTSTART"].dt, vevent["DTEND"].dt
    zone = getattr(end, "tzinfo", None)
    # by the clock in one zone: where clocks skip the start, the instants are in the other order
    in_one_zone = zone is not None and getattr(start, "tzinfo", None) == zone
    if (
        end.replace(tzinfo=None) < start.replace(tzinfo=None)
        if in_one_zone
        else utc_instant(end, zone) < utc_instant(start, zone)
    ):
        problems.append("its end comes before its start; the end is left out")
        vevent.pop("DTEND")
    else:
        vevent[END_TZID] = getattr(zone, "key", "") or ""
