"""From the components of an .ics file to single events and series, and from those to occurrences.

What cannot be read is noted on the way and never dropped in silence. Rules are expanded by
recurring-ical-events alone.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

from cronofy_frames.sandbox.ics.lexer import Block, property_of
from cronofy_frames.sandbox.ics.zones import Zones
from cronofy_frames.sandbox.model.state import Moment

_DATES = frozenset({"DTSTART", "DTEND", "RECURRENCE-ID", "RDATE", "EXDATE"})
_ONCE = _DATES - {"RDATE", "EXDATE"} | {
    *("UID", "SUMMARY", "DESCRIPTION", "LOCATION", "STATUS", "TRANSP", "CLASS", "SEQUENCE", "DURATION", "URL", "GEO"),
    *("CREATED", "LAST-MODIFIED", "DTSTAMP", "ORGANIZER", "X-MICROSOFT-CDO-BUSYSTATUS", "X-GOOGLE-CONFERENCE"),
}
_WANTED = (
    _ONCE
    | {"RDATE", "EXDATE", "RRULE", "EXRULE", "CATEGORIES", "ATTENDEE", "CONFERENCE"}
    | {
        *("X-MICROSOFT-CDO-ALLDAYEVENT", "X-MICROSOFT-SKYPETEAMSMEETINGURL", "X-APPLE-STRUCTURED-LOCATION"),
    }
)
_RULES = ("RRULE", "RDATE", "EXDATE")
_PERIODS = {
    "SECONDLY": timedelta(seconds=1),
    "MINUTELY": timedelta(minutes=1),
    "HOURLY": timedelta(hours=1),
    "DAILY": timedelta(days=1),
    "WEEKLY": timedelta(days=7),
    "MONTHLY": timedelta(days=28),
    "YEARLY": timedelta(days=365),
}
_STEPS = 50_000  # a daily rule of 136 years; more is a mistake, and would take long to follow
END_TZID = "X-SANDBOX-END-TZID"

Span = tuple[datetime, datetime]


class Notes:
    """The problems of one file, as the office lists them."""

    def __init__(self) -> None:
        self.rows: list[dict[str, str]] = []

    def add(self, component: str, problem: str, *, uid: str = "", summary: str = "") -> None:
        """Note one problem."""
        row = {"component": component, "uid": uid, "problem": problem}
        self.rows.append(row | ({"summary": summary} if summary else {}))

    def about(self, event: Any, problem: str) -> None:
        """Note one problem of a parsed event."""
        self.add("VEVENT", problem, uid=str(event.get("UID", "")), summary=str(event.get("SUMMARY", "")))


@dataclass(slots=True)
class Series:
    """What shares one UID: an event with or without rules, and the occurrences that were changed."""

    uid: str
    master: Any | None
    changed: list[Any] = field(default_factory=list)

    @property
    def recurs(self) -> bool:
        """Whether it is more than one event as written."""
        return self.master is None or bool(self.changed) or any(name in self.master for name in _RULES)

    @property
    def until(self) -> datetime | None:
        """The moment that its rules are bound by, if by one."""
        rules = _listed(self.master.get("RRULE")) if self.master is not None else []
        return max((until for rule in rules if (until := _until(rule)) is not None), default=None)

    @property
    def endless(self) -> bool:
        """Whether a rule goes on without COUNT and UNTIL, or for more than a lifetime."""
        rules = _listed(self.master.get("RRULE")) if self.master is not None else []
        far = self.first + timedelta(days=36_525)
        return any(not rule.get("COUNT") and (_until(rule) or datetime.max.replace(tzinfo=UTC)) > far for rule in rules)

    @property
    def first(self) -> datetime:
        """When the earliest of what is written out starts."""
        written = (self.master, *self.changed)
        return min(instant(event["DTSTART"].dt, UTC) for event in written if event is not None)


@dataclass(slots=True)
class Occurrence:
    """One event on the time line, with the component that says all the rest."""

    source: Any
    start: Moment
    end: Moment
    start_tzid: str | None  # None: given in UTC
    end_tzid: str | None
    recurrence_id: str  # "" for an event that is none of a series


def events_of(blocks: Iterable[Block], *, zones: Zones, home: str, horizon: datetime, notes: Notes) -> list[Any]:
    """Parse the VEVENT blocks; what is something else, or cannot be read, is noted.

    Parameters
    ----------
    blocks
        The components of one calendar.
    zones
        The zones that it names.
    home
        IANA name of the zone of its floating times.
    horizon
        How far its rules will be followed.
    notes
        Takes the problems.
    """
    events = []
    for block in blocks:
        if block.name == "VEVENT":
            event = _parsed(block, zones=zones, home=home, horizon=horizon, notes=notes)
            if event is not None:
                events.append(event)
        elif block.name != "VTIMEZONE":
            problem = "not an event; the sandbox holds events only"
            notes.add(block.name, problem, uid=block.text("UID"), summary=block.text("SUMMARY"))
    return events


def _parsed(block: Block, *, zones: Zones, home: str, horizon: datetime, notes: Notes) -> Any | None:
    uid, summary = block.text("UID"), block.text("SUMMARY")
    lines, wrong = [], list(block.notes)
    for line in block.own:
        name = property_of(line)[0]
        if not name:
            wrong.append("a line is broken: it has no colon; left out")
        elif name in _DATES:
            lines.append(_zoned(line, zones=zones, home=home, wrong=wrong))
        elif name in _WANTED:
            lines.append(line)
    if not uid:
        # Those without a UID are told apart by what they say.
        lines.append("UID:" + hashlib.sha256("\n".join(block.own).encode()).hexdigest()[:24])
    try:
        event: Any = icalendar.Event.from_ical("\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT", ""]))
        readable = _mended(event, horizon, wrong)
    except Exception as error:  # anyone's data in a library's hands: whatever breaks is this component's problem
        wrong.append(f"cannot be read ({type(error).__name__}); left out")
        readable = False
    for problem in wrong:
        notes.add("VEVENT", problem, uid=uid, summary=summary)
    return event if readable else None


def _zoned(line: str, *, zones: Zones, home: str, wrong: list[str]) -> str:
    """Give a date line the IANA name of its zone: its own where it has one, `home` for floating times."""
    head, _, value = line.rpartition(":")
    given = re.search(r';TZID=("[^"]*"|[^";]*)', head, re.IGNORECASE)
    plain = head if given is None else head.replace(given[0], "")
    if not re.search(r"T\d{6}(?![\dZ])", value):  # a date, or UTC
        return f"{plain}:{value}"
    if given is None:
        return f"{plain};TZID={home}:{value}"
    tzid = given[1].strip('"')
    name = zones.name(tzid)
    if name is None:
        wrong.append(f"the zone {tzid!r} is unknown and not described; read as {home}")
    return f"{plain};TZID={name or home}:{value}"


def _mended(event: Any, horizon: datetime, wrong: list[str]) -> bool:
    """Take out what cannot be read and say so; return whether there is an event left."""
    for name, error in event.errors:
        wrong.append(f"{name or 'a line'} cannot be read ({str(error)[:80]}); left out")
        if name:
            event.pop(name, None)
    for name in [name for name in event if name in _ONCE and isinstance(event[name], list)]:
        wrong.append(f"{name} stands there more than once; the first is taken")
        event[name] = event[name][0]
    if "DTSTART" not in event:
        wrong.append("it has no start that can be read; left out")
        return False
    for name in ("DTSTART", "DTEND", "RECURRENCE-ID"):
        # Nearer to either end of the calendar, zones and margins step over it.
        if name in event and not 1000 <= event[name].dt.year < 9000:
            wrong.append(f"its {name} is in the year {event[name].dt.year}; left out")
            return False
    _mend_end(event, wrong)
    _mend_rules(event, horizon, wrong)
    return True


def _mend_end(event: Any, wrong: list[str]) -> None:
    if "DTEND" in event and "DURATION" in event:
        wrong.append("it has both an end and a duration; the end is taken")
        event.pop("DURATION")
    if "DURATION" in event and event["DURATION"].dt < timedelta(0):
        wrong.append("its duration is negative; left out")
        event.pop("DURATION")
    if "DTEND" not in event:
        return
    zone = getattr(event["DTEND"].dt, "tzinfo", None)
    if instant(event["DTEND"].dt, zone) < instant(event["DTSTART"].dt, zone):
        wrong.append("its end comes before its start; the end is left out")
        event.pop("DTEND")
    else:
        event[END_TZID] = getattr(zone, "key", "") or ""


def _mend_rules(event: Any, horizon: datetime, wrong: list[str]) -> None:
    if "EXRULE" in event:
        wrong.append("its EXRULE (withdrawn by RFC 5545) is not applied")
    rules = _listed(event.get("RRULE"))
    for rule in rules:
        if rule.get("COUNT") and rule.get("UNTIL"):
            wrong.append("its rule has both COUNT and UNTIL; UNTIL is taken")
            rule.pop("COUNT")
    if any(_steps(rule, instant(event["DTSTART"].dt), horizon) > _STEPS for rule in rules):
        wrong.append(f"its rule has more than {_STEPS:,} dates; only the first is taken")
        event.pop("RRULE")


def _steps(rule: Any, start: datetime, horizon: datetime) -> float:
    """Return how many steps the rule takes from its start to the horizon."""
    if rule.get("COUNT"):
        return float(rule["COUNT"][0])
    period = _PERIODS.get(str(rule["FREQ"][0]).upper(), timedelta(days=1)) * max(1, int(rule.get("INTERVAL", [1])[0]))
    return (min(_until(rule) or horizon, horizon) - start) / period


def _until(rule: Any) -> datetime | None:
    until = rule.get("UNTIL")
    return instant(until[0]) if until else None


def series_of(events: Iterable[Any], *, notes: Notes) -> list[Series]:
    """Group events by UID (RFC 5545, 3.8.4.4 and 3.8.7.4)."""
    groups: dict[str, list[Any]] = {}
    for event in events:
        groups.setdefault(str(event["UID"]), []).append(event)
    return [series for uid, group in groups.items() for series in _grouped(uid, group, notes)]


def _grouped(uid: str, group: list[Any], notes: Notes) -> list[Series]:
    changed = [event for event in group if "RECURRENCE-ID" in event]
    masters: dict[str, Any] = {}
    newest = max((_sequence(event) for event in group if "RECURRENCE-ID" not in event), default=0)
    for event in group:
        if "RECURRENCE-ID" in event:
            continue
        start = stamp(event["DTSTART"].dt)
        if _sequence(event) < newest:
            notes.about(event, "another with the same UID and a higher SEQUENCE replaces it")
        elif start in masters:
            notes.about(event, "a second one with the same UID and start; left out")
        else:
            masters[start] = event
    if not masters:
        return [Series(uid, None, changed)]
    # Some exporters give every date of a series as an event of its own under one UID.
    return [
        Series(uid if n == 0 else f"{uid} {start}", event, changed if n == 0 else [])
        for n, (start, event) in enumerate(masters.items())
    ]


def occurrences(series: Series, span: Span, *, notes: Notes) -> list[Occurrence]:
    """Return what of a series touches the span."""
    try:
        return _occurrences(series, span)
    except Exception as error:  # as above
        parts = [part for part in (series.master, *series.changed) if part is not None]
        if not series.recurs:
            notes.about(parts[0], f"cannot be placed in time ({type(error).__name__}); left out")
            return []
        problem = f"its rule cannot be followed ({type(error).__name__}); only what is written out is taken"
        notes.about(parts[0], problem)
        singles = [_single(series.uid, part) for part in parts]
        return [found for single in singles for found in occurrences(single, span, notes=notes)]


def _single(uid: str, event: Any) -> Series:
    """Return one component of a series as an event by itself."""
    moment = event.pop("RECURRENCE-ID", event["DTSTART"]).dt
    for name in _RULES:
        event.pop(name, None)
    return Series(f"{uid} {stamp(moment)}", event)


def _occurrences(series: Series, span: Span) -> list[Occurrence]:
    if not series.recurs:
        found = _occurrence(series.master, recurrence_id="")
        return [found] if touches(found, span) else []
    calendar = icalendar.Calendar()
    for event in (series.master, *series.changed):
        if event is not None:
            calendar.add_component(event)
    expanded = recurring_ical_events.of(calendar).between(*span)
    return [_occurrence(event, recurrence_id=stamp(event["RECURRENCE-ID"].dt)) for event in expanded]


def _occurrence(event: Any, *, recurrence_id: str) -> Occurrence:
    start = event["DTSTART"].dt
    end = event["DTEND"].dt if "DTEND" in event else _implied_end(start, event.get("DURATION"))
    start_tzid = _tzid(start)
    end_tzid = str(event.get(END_TZID, "")) or _tzid(end) or start_tzid
    if _all_day(event, start, end):
        start, end = _day(start), max(_day(end), _day(start) + timedelta(days=1))
    else:
        zone = getattr(start, "tzinfo", None) or getattr(end, "tzinfo", None)
        start, end = instant(start, zone), instant(end, zone)
    return Occurrence(event, start, end, start_tzid, end_tzid, recurrence_id)


def _implied_end(start: Moment, duration: Any) -> Moment:
    """Return the end of an event without DTEND (RFC 5545, 3.6.1)."""
    length: timedelta | None = None if duration is None else duration.dt
    if not isinstance(start, datetime):
        return start + timedelta(days=1 if length is None else max(1, math.ceil(length / timedelta(days=1))))
    if length is None:
        return start
    # Days are nominal, hours exact (RFC 5545, 3.3.6); 24 hours are a day, for a timedelta does not tell them apart.
    days, rest = timedelta(days=length.days), timedelta(seconds=length.seconds)
    return (((start + days).astimezone(UTC)) + rest).astimezone(start.tzinfo) if rest else start + days


def _all_day(event: Any, start: Moment, end: Moment) -> bool:
    if not isinstance(start, datetime) and not isinstance(end, datetime):
        return True
    flagged = str(event.get("X-MICROSOFT-CDO-ALLDAYEVENT", "")).strip().upper() == "TRUE"
    return flagged and all(not isinstance(one, datetime) or one.time() == time(0) for one in (start, end))


def _day(moment: Moment) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def instant(moment: Moment, zone: Any = UTC) -> datetime:
    """Return the moment in UTC to the second; a date is its midnight in `zone`."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(0), zone or UTC)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone or UTC)).astimezone(UTC).replace(microsecond=0)


def _tzid(moment: Moment) -> str | None:
    """Return the IANA name of a moment's zone; None for UTC, dates and zones that have no such name."""
    zone = moment.tzinfo if isinstance(moment, datetime) else None
    return zone.key if isinstance(zone, ZoneInfo) and zone.key not in {"UTC", "Etc/UTC"} else None


def touches(found: Occurrence, span: Span) -> bool:
    """Whether an occurrence has any of its time in the span."""
    start, end = instant(found.start, UTC), instant(found.end, UTC)
    return start < span[1] and (span[0] < end or span[0] <= start)


def _sequence(event: Any) -> int:
    return int(event.get("SEQUENCE", 0))


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def stamp(moment: Moment) -> str:
    """Return a moment as text that is the same however its zone was written."""
    return instant(moment, UTC).isoformat() if isinstance(moment, datetime) else moment.isoformat()
