"""Meetings put into the calendars of those who come: ids, replies, and when they were made."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from cronofy_frames.sandbox.model.state import Account, Calendar, Event, Moment, Profile
from cronofy_frames.sandbox.seed.people import WORK, Person

DAY = timedelta(days=1)
_CHANGES = (("held", 0.945), ("cancelled", 0.965), ("moved", 0.985), ("deleted", 1.0))


def off_season(day: date) -> float:
    """Return how busy a time of the year is, from 0 to 1."""
    month_day = (day.month, day.day)
    if month_day >= (12, 24) or month_day == (1, 1):
        return 0.0
    if month_day >= (12, 16) or month_day <= (1, 5):
        return 0.45
    return 0.6 if day.month == 8 else 1.0


@dataclass(slots=True)
class Meeting:
    """What all who come have in common."""

    title: str
    start: Moment
    end: Moment
    calendar: str = WORK
    zone: str = "Etc/UTC"
    end_zone: str | None = None
    series: str | None = None
    others: Sequence[dict[str, str | None]] = ()
    caller: dict[str, str | None] | None = None  # one of the others who called it; None: the first of the office
    call: Mapping[str, Any] = field(default_factory=dict)
    location: dict[str, str] | None = None
    description: str = ""
    categories: Sequence[str] = ()


@dataclass(slots=True)
class Seat:
    """What is one person's own of a meeting."""

    reply: str = "accepted"
    created: datetime | None = None
    fixed: Mapping[str, Any] = field(default_factory=dict)  # fields of the event as they are to be
    organizer: dict[str, str | None] | None = None
    attendees: Sequence[dict[str, str | None]] = ()


@dataclass(slots=True)
class Desk:
    """A person at work: the account, the days off, and the time that is taken."""

    person: Person
    account: Account
    holidays: dict[date, str]
    away: set[date] = field(default_factory=set)
    taken: list[tuple[datetime, datetime]] = field(default_factory=list)

    def at(self, day: date, clock: str, *, zone: str | None = None) -> datetime:
        """Return the moment of a local time of day, in UTC."""
        return _moment(day, clock, zone or self.person.zone)

    def local(self, moment: datetime) -> datetime:
        """Return a moment on this person's clock."""
        return moment.astimezone(_zone(self.person.zone))

    def works(self, day: date) -> bool:
        """Whether it is a working day here."""
        return day.weekday() < 5 and day not in self.holidays

    def in_hours(self, start: datetime, end: datetime) -> bool:
        """Whether a time lies in one working day here."""
        first, last = self.local(start), self.local(end)
        hours = first.hour + first.minute / 60, last.hour + last.minute / 60
        same = first.date() == last.date() and self.works(first.date())
        return same and self.person.opens <= hours[0] and hours[1] <= self.person.closes

    def is_free(self, start: datetime, end: datetime) -> bool:
        """Whether nothing is in the diary then."""
        return not any(start < to and since < end for since, to in self.taken)

    def calendar(self, name: str) -> tuple[Profile, Calendar]:
        """Return the calendar of this name, with its profile."""
        return next(
            (profile, calendar)
            for profile in self.account.profiles
            for calendar in profile.calendars
            if calendar.calendar_name == name
        )


class Diary:
    """All desks, and the one source of chance."""

    def __init__(self, now: datetime, rng: random.Random) -> None:
        self.now = now
        self.today = now.date()
        self.rng = rng
        self.desks: dict[str, Desk] = {}

    def digits(self, bits: int) -> str:
        """Draw the hexadecimal digits of an id."""
        return f"{self.rng.getrandbits(bits):0{bits // 4}x}"

    def hold(
        self,
        meeting: Meeting,
        who: tuple[str, ...],
        *,
        created: datetime | None = None,
        fixed: Mapping[str, Any] | None = None,
    ) -> None:
        """Put a meeting into the calendar of everybody who works that day."""
        desks = [self.desks[key] for key in who]
        host = desks[0].person
        replies = [self._reply(desk, meeting, host=host) for desk in desks]
        if replies[0] is None:
            return
        attendees: list[dict[str, str | None]] = []
        if len(desks) > 1 or meeting.others:
            attendees = [
                {"email": desk.person.email, "display_name": desk.person.name, "status": reply or "declined"}
                for desk, reply in zip(desks, replies, strict=True)
            ]
            attendees += [
                {**other, "status": "accepted" if other is meeting.caller else self._answer(meeting.start)}
                for other in meeting.others
            ]
        created = created or self._made(meeting.start)
        changed = self._changed(meeting, host) if attendees else {}
        organizer = meeting.caller or {"email": host.email, "display_name": host.name}
        for desk, reply in zip(desks, replies, strict=True):
            if reply is None:
                continue
            seat = Seat(reply, created, {**changed, **(fixed or {})}, organizer, attendees)
            self.put(desk, meeting, replace(seat, organizer=organizer if attendees else None))

    def put(self, desk: Desk, meeting: Meeting, seat: Seat) -> None:
        """Make one event of one person's calendar."""
        profile, calendar = desk.calendar(meeting.calendar)
        created = seat.created or self._made(meeting.start)
        all_day = not isinstance(meeting.start, datetime)
        event = Event(
            calendar_id=calendar.calendar_id,
            event_uid=f"evt_external_{self.digits(96)}",
            start=meeting.start,
            end=meeting.end,
            summary=meeting.title,
            created=created,
            updated=self._touched(created, meeting.start),
            start_tzid=desk.person.zone if all_day else meeting.zone,
            end_tzid=desk.person.zone if all_day else meeting.end_zone or meeting.zone,
            description=meeting.description,
            location=None if meeting.location is None else dict(meeting.location),
            organizer=None if seat.organizer is None else dict(seat.organizer),
            attendees=[dict(one) for one in seat.attendees],
            participation_status=seat.reply,
            categories=list(meeting.categories) if profile.provider_name == "exchange" else [],
            recurring=meeting.series is not None,
            series_identifier=meeting.series,
            google_event_id=self._google_id(meeting) if profile.provider_name == "google" else None,
            **meeting.call,
        )
        for name, value in seat.fixed.items():
            setattr(event, name, value)
        if profile.provider_name == "exchange":
            event.extended_transparency = event.extended_transparency or event.transparency
        else:
            event.extended_transparency = None
        desk.account.events[event.event_uid] = event
        self._take(desk, event)

    def _take(self, desk: Desk, event: Event) -> None:
        busy = event.transparency == "opaque" and event.status != "cancelled" and not event.deleted
        if not busy or event.participation_status == "declined":
            return
        if isinstance(event.start, datetime) and isinstance(event.end, datetime):
            desk.taken.append((event.start, event.end))

    def _reply(self, desk: Desk, meeting: Meeting, *, host: Person) -> str | None:
        """Return what a person of the office answers; None where it never enters the calendar."""
        first, last = meeting.start, meeting.start
        if isinstance(meeting.start, datetime) and isinstance(meeting.end, datetime):
            first, last = desk.local(meeting.start).date(), desk.local(meeting.end).date()
        if first in desk.holidays or last in desk.holidays:
            return None
        if first in desk.away:
            return "declined"
        if meeting.caller is not None:
            return self._answer(meeting.start, sure=0.75)
        return "accepted" if desk.person is host else self._answer(meeting.start, sure=0.93)

    def _answer(self, start: Moment, *, sure: float = 0.8) -> str:
        ahead = _instant(start) - self.now
        open_share = 0.5 if ahead > 14 * DAY else 0.3 if ahead > timedelta(0) else 0.1
        if self.rng.random() < sure:
            return "accepted"
        return self.rng.choices(("needs_action", "tentative", "declined"), (open_share, 0.25, 0.25))[0]

    def _made(self, start: Moment) -> datetime:
        """Draw when a meeting was called: before it, and before now."""
        latest = min(_instant(start), self.now)
        return latest - timedelta(days=self.rng.choice((0, 1, 2, 3, 5, 6, 8, 12, 19, 33)), seconds=self._seconds())

    def _touched(self, created: datetime, start: Moment) -> datetime:
        """Draw when a meeting was last changed, from its making on."""
        latest = min(_instant(start), self.now)
        if latest <= created or self.rng.random() < 0.55:
            return created + timedelta(seconds=self.rng.randrange(50))
        span = int((latest - created).total_seconds())
        return created + timedelta(seconds=self.rng.randrange(span))

    def _seconds(self) -> int:
        return self.rng.randrange(3600, DAY.days * 86400)

    def _changed(self, meeting: Meeting, host: Person) -> dict[str, Any]:
        """Draw what became of a meeting with others: most are held as they were called."""
        drawn = self.rng.random()
        change = next(name for name, upto in _CHANGES if drawn < upto)
        if change == "cancelled":
            # Outlook puts the word before the title for everybody; Google leaves the title as it is.
            title = f"Canceled: {meeting.title}" if host.connections[0].provider == "exchange" else meeting.title
            return {"status": "cancelled", "transparency": "transparent", "summary": title}
        if change == "moved":
            shift = self.rng.choice((-DAY, DAY, timedelta(hours=1)))
            return {"places": [(meeting.start - shift, meeting.end - shift)]}
        return {"deleted": True} if change == "deleted" else {}

    def _google_id(self, meeting: Meeting) -> str:
        """Make an id as Google does: letters a to v and digits, and the moment for one of a series."""
        alphabet = "0123456789abcdefghijklmnopqrstuv"
        if meeting.series is None:
            return "".join(self.rng.choices(alphabet, k=26))
        number = int(meeting.series, 16)
        own = "".join(alphabet[number >> (5 * n) & 31] for n in range(19))
        return f"{own}_{_instant(meeting.start):%Y%m%dT%H%M%SZ}"


def _instant(moment: Moment) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time(0), UTC)


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _moment(day: date, clock: str, zone: str) -> datetime:
    hour, minute = clock.split(":")
    return datetime.combine(day, time(int(hour), int(minute)), _zone(zone)).astimezone(UTC)
