"""Group parsed VEVENTs into series, and expand series into occurrences.

What fails is recorded as a problem. Recurrence rules are expanded by recurring-ical-events alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

from cronofy_frames.sandbox.ics.range_changes import RangeChanges, is_range_change
from cronofy_frames.sandbox.ics.rules import MOST_RECURRENCES, recurrence_count, rule_until
from cronofy_frames.sandbox.ics.times import as_list, local_date, time_key, utc_instant
from cronofy_frames.sandbox.ics.vevents import END_TZID, ProblemList
from cronofy_frames.sandbox.model.state import EventTime

_RECURRENCE_PROPERTIES = ("RRULE", "RDATE", "EXDATE")

TimeRange = tuple[datetime, datetime]


@dataclass(slots=True)
class EventSeries:
    """The VEVENTs with one UID: an event, with or without a recurrence rule, and its changed occurrences."""

    uid: str
    master: Any | None
    changed: list[Any] = field(default_factory=list)

    @property
    def vevents(self) -> list[Any]:
        """The master, if any, and the changed occurrences."""
        return [vevent for vevent in (self.master, *self.changed) if vevent is not None]

    @property
    def is_recurring(self) -> bool:
        """Whether it needs to be expanded."""
        return self.master is None or bool(self.changed) or any(name in self.master for name in _RECURRENCE_PROPERTIES)

    @property
    def rules(self) -> list[Any]:
        """The recurrence rules."""
        return as_list(self.master.get("RRULE")) if self.master is not None else []

    @property
    def until(self) -> datetime | None:
        """The latest UNTIL of its rules, if any has one."""
        return max((until for rule in self.rules if (until := rule_until(rule)) is not None), default=None)

    @property
    def is_endless(self) -> bool:
        """Whether a rule has neither COUNT nor UNTIL, or an UNTIL more than a hundred years later."""
        far = self.first + timedelta(days=36_525)
        return any(
            not rule.get("COUNT") and (rule_until(rule) or datetime.max.replace(tzinfo=UTC)) > far
            for rule in self.rules
        )

    @property
    def first(self) -> datetime:
        """The earliest start of its VEVENTs."""
        return min(utc_instant(vevent["DTSTART"].dt, UTC) for vevent in self.vevents)


@dataclass(slots=True)
class Occurrence:
    """One occurrence of an event.

    Attributes
    ----------
    vevent
        The VEVENT with all other properties.
    start, end
        Times in UTC, or dates.
    start_tzid, end_tzid
        Time zones of start and end; None for UTC.
    recurrence_id
        Identifies it in its series; "" for a single event.
    """

    vevent: Any
    start: EventTime
    end: EventTime
    start_tzid: str | None
    end_tzid: str | None
    recurrence_id: str


def group_series(vevents: Iterable[Any], *, problems: ProblemList) -> list[EventSeries]:
    """Group VEVENTs by UID into series (RFC 5545, 3.8.4.4 and 3.8.7.4)."""
    groups: dict[str, list[Any]] = {}
    for vevent in vevents:
        groups.setdefault(str(vevent["UID"]), []).append(vevent)
    return [series for uid, group in groups.items() for series in _series_of_uid(uid, group, problems)]


def _series_of_uid(uid: str, group: list[Any], problems: ProblemList) -> list[EventSeries]:
    changed = [vevent for vevent in group if "RECURRENCE-ID" in vevent]
    masters = _masters([vevent for vevent in group if "RECURRENCE-ID" not in vevent], problems)
    if not masters:
        return [EventSeries(uid, None, changed)]
    for vevent in changed:
        _align_recurrence_id(vevent, next(iter(masters.values())))
    # Some programs export every date of a series as an event of its own with the same UID.
    return [
        EventSeries(uid if n == 0 else f"{uid} {key}", vevent, changed if n == 0 else [])
        for n, (key, vevent) in enumerate(masters.items())
    ]


def _masters(vevents: list[Any], problems: ProblemList) -> dict[str, Any]:
    """Return the newest VEVENTs by start, and by title where several have one start; record a problem for others."""
    newest = max((_sequence_number(vevent) for vevent in vevents), default=0)
    masters: dict[str, Any] = {}
    titles_by_start: dict[str, set[str]] = {}
    for vevent in vevents:
        start = time_key(vevent["DTSTART"].dt)
        title = str(vevent.get("SUMMARY", ""))
        titles = titles_by_start.setdefault(start, set())
        if _sequence_number(vevent) < newest:
            problems.add_for_event(vevent, "another with the same UID and a higher SEQUENCE replaces it")
        elif title in titles:
            problems.add_for_event(vevent, "a second one with the same UID and start; left out")
        else:
            masters[f"{start} {title}" if titles else start] = vevent
            titles.add(title)
    return masters


def _align_recurrence_id(vevent: Any, master: Any) -> None:
    """Give the RECURRENCE-ID of a change the type that DTSTART of its series has.

    A date on a timed series is the occurrence of that day, and a time on a series of days is its date.
    """
    recurrence_id, start = vevent["RECURRENCE-ID"].dt, master["DTSTART"].dt
    if isinstance(start, datetime) and not isinstance(recurrence_id, datetime):
        vevent["RECURRENCE-ID"].dt = datetime.combine(recurrence_id, start.timetz())
    elif isinstance(recurrence_id, datetime) and not isinstance(start, datetime):
        vevent["RECURRENCE-ID"].dt = local_date(recurrence_id)


def expand_series(series: EventSeries, time_range: TimeRange, *, problems: ProblemList) -> list[Occurrence]:
    """Return the occurrences of a series that overlap a time range; record a problem if that fails."""
    try:
        if _has_too_many_dates(series, time_range):
            problem = f"its rule has more than {MOST_RECURRENCES:,} dates; only the first is taken"
            problems.add_for_event(series.master, problem)
            return expand_series(_as_single_event(series.uid, series.master), time_range, problems=problems)
        return _expand(series, time_range)
    except Exception as error:  # arbitrary input to a library, as in `vevents`
        vevents = series.vevents
        if not series.is_recurring:
            problems.add_for_event(vevents[0], f"cannot be placed in time ({type(error).__name__}); left out")
            return []
        problem = f"its rule cannot be expanded ({type(error).__name__}); only the written-out events are taken"
        problems.add_for_event(vevents[0], problem)
        single_events = [_as_single_event(series.uid, vevent) for vevent in vevents]
        return [item for single in single_events for item in expand_series(single, time_range, problems=problems)]


def _as_single_event(uid: str, vevent: Any) -> EventSeries:
    """Return one VEVENT of a series as an event of its own."""
    vevent = vevent.copy()
    event_time = vevent.pop("RECURRENCE-ID", vevent["DTSTART"]).dt
    for name in _RECURRENCE_PROPERTIES:
        vevent.pop(name, None)
    return EventSeries(f"{uid} {time_key(event_time)}", vevent)


def _expand(series: EventSeries, time_range: TimeRange) -> list[Occurrence]:
    if not series.is_recurring:
        occurrence = _occurrence(series.master, recurrence_id="")
        return [occurrence] if overlaps(occurrence, time_range) else []
    calendar = icalendar.Calendar()
    range_changes = RangeChanges(series.changed)
    for vevent in series.vevents:
        if not is_range_change(vevent):
            calendar.add_component(vevent)
    expanded = recurring_ical_events.of(calendar).between(*range_changes.widened_range(time_range))
    occurrences = [
        _occurrence(vevent, recurrence_id=recurrence_id)
        for recurrence_id, vevent in range_changes.changed_occurrences(expanded)
    ]
    return [occurrence for occurrence in occurrences if overlaps(occurrence, time_range)]


def _has_too_many_dates(series: EventSeries, time_range: TimeRange) -> bool:
    """Return whether a rule of a series has so many dates, before the end of a time range, that it is a mistake."""
    return any(recurrence_count(rule, series.first, time_range[1]) > MOST_RECURRENCES for rule in series.rules)


def _occurrence(vevent: Any, *, recurrence_id: str) -> Occurrence:
    start = vevent["DTSTART"].dt
    end = vevent["DTEND"].dt if "DTEND" in vevent else _implied_end(start, vevent.get("DURATION"))
    start_tzid = _tzid(start)
    end_tzid = str(vevent.get(END_TZID, "")) or _tzid(end) or start_tzid
    if _is_all_day(vevent, start, end):
        start, end = local_date(start), max(local_date(end), local_date(start) + timedelta(days=1))
    else:
        zone = getattr(start, "tzinfo", None) or getattr(end, "tzinfo", None)
        length = _length_over_gap(start, end) if "DTEND" in vevent else None
        start, end = utc_instant(start, zone), utc_instant(end, zone)
        end = end if length is None else start + length
    return Occurrence(vevent, start, end, start_tzid, end_tzid, recurrence_id)


def _length_over_gap(start: EventTime, end: EventTime) -> timedelta | None:
    """Return the length by the clock of an event whose start the clocks skip; None for other events.

    Such an event begins later than it says, and would otherwise lose its length, or end before it starts.
    """
    if not (isinstance(start, datetime) and isinstance(end, datetime)) or start.tzinfo is None:
        return None
    shown = start.astimezone(UTC).astimezone(start.tzinfo)
    if shown.replace(tzinfo=None) == start.replace(tzinfo=None) or end.tzinfo != start.tzinfo:
        return None
    return end.replace(tzinfo=None) - start.replace(tzinfo=None)


def _implied_end(start: EventTime, duration: Any) -> EventTime:
    """Return the end of an event without DTEND (RFC 5545, 3.6.1)."""
    length: timedelta | None = None if duration is None else duration.dt
    if not isinstance(start, datetime):
        return start + timedelta(days=1 if length is None else max(1, math.ceil(length / timedelta(days=1))))
    if length is None:
        return start
    # Days are local days, hours are exact (RFC 5545, 3.3.6); 24 hours are a day, as a timedelta cannot tell them apart.
    days, seconds = timedelta(days=length.days), timedelta(seconds=length.seconds)
    return ((start + days).astimezone(UTC) + seconds).astimezone(start.tzinfo) if seconds else start + days


def _is_all_day(vevent: Any, start: EventTime, end: EventTime) -> bool:
    if not isinstance(start, datetime) and not isinstance(end, datetime):
        return True
    is_flagged = str(vevent.get("X-MICROSOFT-CDO-ALLDAYEVENT", "")).strip().upper() == "TRUE"
    return is_flagged and all(not isinstance(edge, datetime) or edge.time() == time(0) for edge in (start, end))


def _tzid(event_time: EventTime) -> str | None:
    """Return the IANA name of a time's zone; None for UTC, dates and zones without an IANA name."""
    zone = event_time.tzinfo if isinstance(event_time, datetime) else None
    return zone.key if isinstance(zone, ZoneInfo) and zone.key not in {"UTC", "Etc/UTC"} else None


def overlaps(occurrence: Occurrence, time_range: TimeRange) -> bool:
    """Return whether any of an occurrence is in a time range."""
    start, end = utc_instant(occurrence.start, UTC), utc_instant(occurrence.end, UTC)
    return start < time_range[1] and (time_range[0] < end or time_range[0] <= start)


def _sequence_number(vevent: Any) -> int:
    return int(vevent.get("SEQUENCE", 0))
