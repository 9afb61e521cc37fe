"""Build the office: add meetings to the calendars of their attendees, with ids, replies and times of creation."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from cronofy_frames.sandbox.model.state import Account, Calendar, Event, EventTime, Profile
from cronofy_frames.sandbox.seed.people import WORK, Person

BACK, AHEAD = 60, 220  # days around now that have events; more than the API returns
DAY = timedelta(days=1)
_GOOGLE_ALPHABET = "0123456789abcdefghijklmnopqrstuv"
_CHANGES = (("unchanged", 0.945), ("cancelled", 0.965), ("moved", 0.985), ("deleted", 1.0))

Participant = dict[str, str | None]
"""Organizer or attendee: email, display_name and, for attendees, status."""


def season_factor(day: date) -> float:
    """Return how busy a time of the year is, from 0 to 1."""
    month_day = (day.month, day.day)
    if month_day >= (12, 24) or month_day == (1, 1):
        return 0.0
    if month_day >= (12, 16) or month_day <= (1, 5):
        return 0.45
    return 0.6 if day.month == 8 else 1.0


class Meeting(Struct):
    """What all attendees of a meeting share."""

    title: str
    start: EventTime
    end: EventTime
    calendar: str = WORK
    zone: str = "Etc/UTC"
    end_zone: str | None = None
    series: str | None = None
    others: Sequence[Participant] = ()  # attendees without an account
    organizer: Participant | None = None  # one of the others; None: the first person of the office
    conference: Mapping[str, Any] = {}
    location: dict[str, str] | None = None
    description: str = ""
    categories: Sequence[str] = ()


class Attendance(Struct):
    """What differs between the attendees of a meeting."""

    reply: str = "accepted"
    created: datetime | None = None
    attributes: Mapping[str, Any] = {}  # attributes of the event that are already decided
    organizer: Participant | None = None
    attendees: Sequence[Participant] = ()


@dataclass(slots=True)
class Employee:
    """A person of the office with their account, days off and busy time."""

    person: Person
    account: Account
    holidays: dict[date, str]
    away: set[date] = field(default_factory=set)
    busy: dict[date, list[tuple[datetime, datetime]]] = field(default_factory=lambda: defaultdict(list))
    zone: ZoneInfo = field(init=False)
    calendars: dict[str, tuple[Profile, Calendar]] = field(init=False)  # by name, with the profile

    def __post_init__(self) -> None:
        self.zone = ZoneInfo(self.person.zone)
        self.calendars = {
            calendar.calendar_name: (profile, calendar)
            for profile in self.account.profiles
            for calendar in profile.calendars
        }

    def instant_at(self, day: date, time_of_day: str, *, zone: str | None = None) -> datetime:
        """Return the instant of a local time of day."""
        return datetime.combine(day, _parse_time(time_of_day), ZoneInfo(zone) if zone else self.zone).astimezone(UTC)

    def local(self, instant: datetime) -> datetime:
        """Return an instant in the person's time zone."""
        return instant.astimezone(self.zone)

    def works_on(self, day: date) -> bool:
        """Return whether a day is a working day for the person."""
        return day.weekday() < 5 and day not in self.holidays

    def is_in_hours(self, start: datetime, end: datetime) -> bool:
        """Return whether a time is within the working hours of one day."""
        first, last = self.local(start), self.local(end)
        opens, closes = first.hour + first.minute / 60, last.hour + last.minute / 60
        is_working_day = first.date() == last.date() and self.works_on(first.date())
        return is_working_day and self.person.opens <= opens and closes <= self.person.closes

    def is_free(self, start: datetime, end: datetime) -> bool:
        """Return whether no event overlaps a time."""
        return not any(
            start < busy_end and busy_start < end
            for day in _days_of(start, end)
            for busy_start, busy_end in self.busy.get(day, ())
        )


class OfficeBuilder:
    """Collects the employees and adds events to their calendars; all randomness comes from one generator.

    Attributes
    ----------
    days
        The days that have events.
    """

    def __init__(self, now: datetime, rng: random.Random) -> None:
        self.now = now
        self.today = now.date()
        self.days = [self.today + n * DAY for n in range(-BACK, AHEAD + 1)]
        self.rng = rng
        self.employees: dict[str, Employee] = {}

    def draw_id(self, bits: int) -> str:
        """Draw the hexadecimal digits of an id."""
        return f"{self.rng.getrandbits(bits):0{bits // 4}x}"

    def add_meeting(
        self,
        meeting: Meeting,
        keys: tuple[str, ...],
        *,
        created: datetime | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> None:
        """Add a meeting to the calendars of all people who work on that day; the first person is the host."""
        employees = [self.employees[key] for key in keys]
        host = employees[0].person
        replies = [self._draw_reply(employee, meeting, host=host) for employee in employees]
        if replies[0] is None:
            return
        attendees = self._attendees(meeting, employees, replies)
        created = created or self._draw_created(meeting.start)
        changes = self._draw_changes(meeting, host) if attendees else {}
        organizer = meeting.organizer or {"email": host.email, "display_name": host.name}
        for employee, reply in zip(employees, replies, strict=True):
            if reply is not None:
                decided = {**changes, **(attributes or {})}
                attendance = Attendance(reply, created, decided, organizer if attendees else None, attendees)
                self.add_event(employee, meeting, attendance)

    def _attendees(self, meeting: Meeting, employees: list[Employee], replies: list[str | None]) -> list[Participant]:
        """Return all attendees with their replies; none for an event of one person."""
        if len(employees) == 1 and not meeting.others:
            return []
        attendees: list[Participant] = [
            {"email": employee.person.email, "display_name": employee.person.name, "status": reply or "declined"}
            for employee, reply in zip(employees, replies, strict=True)
        ]
        attendees += [
            {**other, "status": "accepted" if other is meeting.organizer else self._draw_answer(meeting.start)}
            for other in meeting.others
        ]
        return attendees

    def add_event(self, employee: Employee, meeting: Meeting, attendance: Attendance) -> None:
        """Add the event of one attendee to their calendar."""
        profile, calendar = employee.calendars[meeting.calendar]
        created = attendance.created or self._draw_created(meeting.start)
        is_all_day = not isinstance(meeting.start, datetime)
        event = Event(
            calendar_id=calendar.calendar_id,
            event_uid=f"evt_external_{self.draw_id(96)}",
            start=meeting.start,
            end=meeting.end,
            summary=meeting.title,
            created=created,
            updated=self._draw_updated(created, meeting.start),
            start_tzid=employee.person.zone if is_all_day else meeting.zone,
            end_tzid=employee.person.zone if is_all_day else meeting.end_zone or meeting.zone,
            description=meeting.description,
            location=None if meeting.location is None else dict(meeting.location),
            organizer=None if attendance.organizer is None else dict(attendance.organizer),
            attendees=[dict(attendee) for attendee in attendance.attendees],
            participation_status=attendance.reply,
            categories=list(meeting.categories) if profile.provider_name == "exchange" else [],
            recurring=meeting.series is not None,
            series_identifier=meeting.series,
            google_event_id=self._draw_google_id(meeting) if profile.provider_name == "google" else None,
            **meeting.conference,
        )
        for name, value in attendance.attributes.items():
            setattr(event, name, value)
        extended = event.extended_transparency or event.transparency
        event.extended_transparency = extended if profile.provider_name == "exchange" else None
        employee.account.events[event.event_uid] = event
        _add_busy_time(employee, event)

    def _draw_reply(self, employee: Employee, meeting: Meeting, *, host: Person) -> str | None:
        """Draw a person's reply; None if the meeting does not get into their calendar."""
        first, last = meeting.start, meeting.start
        if isinstance(meeting.start, datetime) and isinstance(meeting.end, datetime):
            first, last = employee.local(meeting.start).date(), employee.local(meeting.end).date()
        if first in employee.holidays or last in employee.holidays:
            return None
        if first in employee.away:
            return "declined"
        if meeting.organizer is not None:
            return self._draw_answer(meeting.start, accepted=0.75)
        return "accepted" if employee.person is host else self._draw_answer(meeting.start, accepted=0.93)

    def _draw_answer(self, start: EventTime, *, accepted: float = 0.8) -> str:
        """Draw an answer to an invitation; the later the meeting, the more are still open."""
        ahead = _instant_of(start) - self.now
        open_weight = 0.5 if ahead > 14 * DAY else 0.3 if ahead > timedelta(0) else 0.1
        if self.rng.random() < accepted:
            return "accepted"
        return self.rng.choices(("needs_action", "tentative", "declined"), (open_weight, 0.25, 0.25))[0]

    def _draw_created(self, start: EventTime) -> datetime:
        """Draw when a meeting was created: before it starts, and before now."""
        latest = min(_instant_of(start), self.now)
        days = self.rng.choice((0, 1, 2, 3, 5, 6, 8, 12, 19, 33))
        return latest - timedelta(days=days, seconds=self.rng.randrange(3600, DAY.days * 86400))

    def _draw_updated(self, created: datetime, start: EventTime) -> datetime:
        """Draw when a meeting was last changed: after it was created, before it starts and before now."""
        latest = min(_instant_of(start), self.now)
        if latest <= created or self.rng.random() < 0.55:
            return created + timedelta(seconds=self.rng.randrange(50))
        seconds = int((latest - created).total_seconds())
        return created + timedelta(seconds=self.rng.randrange(seconds))

    def _draw_changes(self, meeting: Meeting, host: Person) -> dict[str, Any]:
        """Draw whether a meeting was cancelled, moved or deleted; return the attributes that change."""
        number = self.rng.random()
        change = next(name for name, limit in _CHANGES if number < limit)
        if change == "cancelled":
            # Outlook prefixes the title for all attendees; Google does not change it.
            title = f"Canceled: {meeting.title}" if host.connections[0].provider == "exchange" else meeting.title
            return {"status": "cancelled", "transparency": "transparent", "summary": title}
        if change == "moved":
            shift = self.rng.choice((-DAY, DAY, timedelta(hours=1)))
            return {"earlier_times": [(meeting.start - shift, meeting.end - shift)]}
        return {"deleted": True} if change == "deleted" else {}

    def _draw_google_id(self, meeting: Meeting) -> str:
        """Return an id in Google's form: letters a to v and digits, and for a series the start."""
        if meeting.series is None:
            return "".join(self.rng.choices(_GOOGLE_ALPHABET, k=26))
        return f"{_google_series_id(meeting.series)}_{_instant_of(meeting.start):%Y%m%dT%H%M%SZ}"


def _add_busy_time(employee: Employee, event: Event) -> None:
    is_busy = event.transparency == "opaque" and event.status != "cancelled" and not event.deleted
    if not is_busy or event.participation_status == "declined":
        return
    if isinstance(event.start, datetime) and isinstance(event.end, datetime):
        for day in _days_of(event.start, event.end):
            employee.busy[day].append((event.start, event.end))


def _days_of(start: datetime, end: datetime) -> Iterator[date]:
    """Yield the days that a time in UTC touches."""
    day, last = start.date(), end.date()
    while day <= last:
        yield day
        day += DAY


def _instant_of(event_time: EventTime) -> datetime:
    return event_time if isinstance(event_time, datetime) else datetime.combine(event_time, time(0), UTC)


@cache
def _parse_time(text: str) -> time:
    hour, minute = text.split(":")
    return time(int(hour), int(minute))


@cache
def _google_series_id(series: str) -> str:
    number = int(series, 16)
    return "".join(_GOOGLE_ALPHABET[number >> (5 * n) & 31] for n in range(19))
