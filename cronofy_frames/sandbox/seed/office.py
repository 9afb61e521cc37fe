"""Build the seeded office of a sandbox: always the same for the same time and seed, on every machine.

The people are in `people.py` and their fixed events in `meetings.py`; the others are drawn at random here.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Any

from cronofy_frames.sandbox.model.grants import ACCOUNT_SCOPE
from cronofy_frames.sandbox.model.state import Account, Calendar, EventTime, Office, Profile
from cronofy_frames.sandbox.model.world import SERVICE_SCOPES
from cronofy_frames.sandbox.seed.builder import (
    AHEAD,
    BACK,
    DAY,
    Attendance,
    Employee,
    Meeting,
    OfficeBuilder,
    Participant,
    season_factor,
)
from cronofy_frames.sandbox.seed.meetings import (
    ONE_OFF_EVENTS,
    RECURRING_MEETINGS,
    SAT,
    SUN,
    OneOffEvent,
    RecurringMeeting,
)
from cronofy_frames.sandbox.seed.people import (
    AGENDAS,
    CALLS,
    COLLEAGUES,
    CUSTOMERS,
    DELETED_CALENDARS,
    DOMAIN,
    PEOPLE,
    ROOMS,
    TALKS,
    TEAM,
    UNRESTRICTED_CALENDARS,
    WORK,
    Connection,
    Person,
    address_of,
)
from cronofy_frames.sandbox.seed.public_holidays import holidays_of


def _cumulative_weights(weights: Mapping[int, float]) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Return values and their cumulative weights."""
    return tuple(weights), tuple(accumulate(weights.values()))


_HOURS = _cumulative_weights(
    {9: 0.6, 10: 1.3, 11: 1.2, 12: 0.25, 13: 0.5, 14: 1.3, 15: 1.1, 16: 0.8, 17: 0.25, 18: 0.1}
)
_LENGTHS = _cumulative_weights({25: 1, 30: 5, 45: 2, 50: 1, 60: 4, 90: 1})
_MINUTES = _cumulative_weights({0: 6, 30: 4, 15: 1, 45: 1})
# (days ahead, share of the usual meetings that are already planned so far ahead)
_PLANNED_SHARES = ((7, 1.0), (21, 0.75), (60, 0.45), (120, 0.3), (AHEAD, 0.2))


def seed_office(now: datetime, *, seed: int = 0) -> Office:
    """Build a small office in five time zones.

    Parameters
    ----------
    now
        The sandbox's current time, with a time zone; events are from 60 days before to 220 days after.
    seed
        Another seed gives the same people other meetings.

    Returns
    -------
    Office
        Five people and, last, the service account through which two of them are authorized.
    """
    if now.tzinfo is None:
        raise ValueError("now has no time zone. Give an aware datetime, as in datetime.now(UTC).")
    with collection_paused():
        return _build_office(now.astimezone(UTC).replace(microsecond=0), random.Random(seed))


@contextmanager
def collection_paused() -> Iterator[None]:
    """Pause the garbage collector: while many objects are made to stay, it would look at all objects of the process."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _build_office(now: datetime, rng: random.Random) -> Office:
    builder = OfficeBuilder(now, rng)
    service = _service_account(rng)
    for person in PEOPLE:
        builder.employees[person.key] = _employee(person, rng, builder.now, service)
    for employee in builder.employees.values():
        _add_public_holidays(builder, employee)
    for event in ONE_OFF_EVENTS:
        _add_one_off_event(builder, event)
    for recurring in RECURRING_MEETINGS:
        _add_recurring_meeting(builder, recurring)
    for employee in builder.employees.values():
        _add_random_meetings(builder, employee)
    return Office([*(employee.account for employee in builder.employees.values()), service])


def _service_account(rng: random.Random) -> Account:
    return Account(
        sub=f"ser_{rng.getrandbits(96):024x}",
        kind="service_account",
        email=f"calendar.admin@{DOMAIN}",
        name="Quillmark calendars",
        zoneinfo=PEOPLE[0].zone,
        scope=SERVICE_SCOPES,
        domain=DOMAIN,
        resources=[{"email": f"{local}@{DOMAIN}", "name": name} for name, local, _ in ROOMS],
    )


def _employee(person: Person, rng: random.Random, now: datetime, service: Account) -> Employee:
    account = Account(
        sub=f"acc_{rng.getrandbits(96):024x}",
        email=person.email,
        name=person.name,
        zoneinfo=person.zone,
        scope=ACCOUNT_SCOPE,
        profiles=[_profile(person, connection, rng) for connection in person.connections],
        authorized_by=service.sub if person.delegated else None,
    )
    if person is PEOPLE[0]:
        profile = {"provider_name": "zoom", "profile_id": f"pro_{rng.getrandbits(48):012x}"}
        account.conferencing_profiles.append(profile | {"profile_name": person.email, "profile_connected": True})
    return Employee(person, account, _holidays(person, (now - BACK * DAY).date(), (now + AHEAD * DAY).date()))


def _profile(person: Person, connection: Connection, rng: random.Random) -> Profile:
    profile_part = f"{rng.getrandbits(48):012x}"
    return Profile(
        f"pro_{profile_part}",
        connection.address,
        connection.provider,
        connection.service,
        profile_connected=connection.connected,
        calendars=[_calendar(person, connection, name, profile_part, rng) for name in connection.calendars],
    )


def _calendar(person: Person, connection: Connection, name: str, profile_part: str, rng: random.Random) -> Calendar:
    is_public = name == person.holidays
    own_part = f"{person.country.lower()}.holidays@calendars.example" if is_public else f"{rng.getrandbits(48):012x}"
    has_work_features = connection.service in {"gsuite", "office365"} and not is_public
    return Calendar(
        calendar_id=f"cal_{profile_part}_{own_part}",
        calendar_name=name,
        calendar_readonly=is_public,
        calendar_deleted=name in DELETED_CALENDARS,
        calendar_primary=name == connection.calendars[0],
        calendar_integrated_conferencing_available=has_work_features,
        calendar_attachments_available=has_work_features,
        permission_level="unrestricted" if (person.key, name) in UNRESTRICTED_CALENDARS else "sandbox",
        tzid=person.zone,
    )


def _holidays(person: Person, first: date, last: date) -> dict[date, str]:
    names = holidays_of(person.region, range(first.year, last.year + 1))
    return {day: name for day, name in names.items() if first <= day <= last}


def _add_public_holidays(builder: OfficeBuilder, employee: Employee) -> None:
    for day, name in employee.holidays.items():
        created = datetime(day.year - 1, 1, 4, 6, tzinfo=UTC)
        builder.add_event(
            employee,
            Meeting(name, day, day + DAY, calendar=employee.person.holidays),
            Attendance(created=min(created, builder.now - 200 * DAY), attributes={"transparency": "transparent"}),
        )


def _add_one_off_event(builder: OfficeBuilder, event: OneOffEvent) -> None:
    employee = builder.employees[event.person]
    start, end = _one_off_times(builder, event, employee)
    meeting = Meeting(
        event.title,
        start,
        end,
        calendar=event.calendar,
        zone=event.zone or employee.person.zone,
        end_zone=event.until[0] if event.until else None,
        series=builder.draw_id(96) if event.attributes.get("recurring") else None,
        location=_location(event.place, event.lat, event.long),
    )
    builder.add_event(employee, meeting, Attendance(attributes=event.attributes))
    if event.away:
        last = end - DAY if not isinstance(end, datetime) else end.date()
        first = start.date() if isinstance(start, datetime) else start
        employee.away.update(first + n * DAY for n in range((last - first).days + 1))


def _one_off_times(builder: OfficeBuilder, event: OneOffEvent, employee: Employee) -> tuple[EventTime, EventTime]:
    """Return start and end of an event; work on a day off moves to the next working day."""
    day = builder.today + event.days_ahead * DAY
    while event.weekday is not None and day.weekday() != event.weekday:
        day += DAY
    is_work = event.calendar in {WORK, TEAM}
    while event.at and is_work and event.weekday not in {SAT, SUN} and not employee.works_on(day):
        day += DAY
    if not event.at:
        return day, day + event.days * DAY
    start = employee.instant_at(day, event.at, zone=event.zone)
    if event.until is None:
        return start, start + timedelta(minutes=event.minutes)
    zone, landing = event.until
    end = employee.instant_at(day, landing, zone=zone)
    return start, end if end > start else employee.instant_at(day + DAY, landing, zone=zone)


def _add_recurring_meeting(builder: OfficeBuilder, recurring: RecurringMeeting) -> None:
    """Add a recurring meeting on all of its dates."""
    rng, host = builder.rng, builder.employees[recurring.people[0]]
    others = [_colleague(name) for name in rng.sample(COLLEAGUES, recurring.others)]
    series, conference = builder.draw_id(96), _draw_conference(rng) if recurring.online else {}
    created = builder.now - (BACK + rng.randint(5, 300)) * DAY - timedelta(seconds=rng.randrange(86400))
    agenda = rng.choice(AGENDAS)
    phase = rng.randrange(recurring.every)
    for day in builder.days:
        is_due = day.weekday() in recurring.weekdays and _is_in_turn(day, recurring.every, phase)
        if not is_due or _is_skipped(builder, recurring, host, day):
            continue
        start = host.instant_at(day, recurring.at) if recurring.at else day
        end = start + timedelta(minutes=recurring.minutes) if isinstance(start, datetime) else day + 5 * DAY
        meeting = Meeting(
            recurring.title,
            start,
            end,
            calendar=recurring.calendar,
            zone=host.person.zone,
            series=series,
            others=others,
            conference=conference,
            description=agenda if len(recurring.people) > 1 or others else "",
            location=_location(recurring.room),
        )
        builder.add_meeting(meeting, recurring.people, created=created, attributes=recurring.attributes)


def _is_in_turn(day: date, every: int, phase: int) -> bool:
    """Return whether a recurring meeting is held in this week, or in this week of the month."""
    if every >= 4:
        return day.day <= 7
    return (day.toordinal() // 7 + phase) % every == 0


def _is_skipped(builder: OfficeBuilder, recurring: RecurringMeeting, host: Employee, day: date) -> bool:
    """Draw whether a date is left out; it always is on the host's days off."""
    is_drawn = builder.rng.random() < recurring.skipped
    if recurring.calendar in {WORK, TEAM}:
        # Three or more people meet without a host who is away and declines.
        needs_host = recurring.at != "" and len(recurring.people) < 3
        is_day_off = not host.works_on(day) or (day in host.away and needs_host)
        return is_drawn or is_day_off or season_factor(day) < 0.1
    schools_closed = (day.month, day.day) >= (12, 20) or (day.month, day.day) <= (1, 4) or day.month == 8
    return is_drawn or day in host.away or (recurring.term and schools_closed)


def _add_random_meetings(builder: OfficeBuilder, employee: Employee) -> None:
    """Add meetings at random, more of them on busy weekdays and in the near future."""
    for day in builder.days:
        if employee.works_on(day) and day not in employee.away:
            days_ahead = (day - builder.today).days
            share = next(share for days, share in _PLANNED_SHARES if days_ahead <= days) * season_factor(day)
            expected = employee.person.load[day.weekday()] * share
            for _ in range(int(expected) + (builder.rng.random() < expected % 1)):
                _add_random_meeting(builder, employee, day)


def _add_random_meeting(builder: OfficeBuilder, employee: Employee, day: date) -> None:
    """Add a meeting with customers or colleagues, if a time is found."""
    rng, person = builder.rng, employee.person
    times = _draw_times(builder, employee, day)
    if times is None:
        return
    keys, location, conference = [person.key], None, _draw_conference(rng)
    if rng.random() < person.customers:
        title, others = _draw_customer_meeting(rng)
        categories = ["Customer"]
    else:
        title, categories = rng.choice(TALKS), rng.choice(([], [], ["Internal"]))
        keys += [key for key in _available_keys(builder, employee, times) if rng.random() < 0.4]
        others = [_colleague(name) for name in rng.sample(COLLEAGUES, rng.randint(1, 4))]
        if rng.random() < 0.4:
            rooms = [name for name, _, city in ROOMS if city == person.city]
            location, conference = _location(rng.choice(rooms), person.lat, person.long), {}
    meeting = Meeting(
        title,
        *times,
        zone=person.zone,
        others=others,
        organizer=others[0] if rng.random() < 0.4 else None,
        conference=conference,
        location=location,
        description=rng.choice(AGENDAS),
        categories=categories,
    )
    builder.add_meeting(meeting, tuple(keys), attributes={"event_private": rng.random() < 0.03})


def _draw_customer_meeting(rng: random.Random) -> tuple[str, list[Participant]]:
    """Draw the title of a meeting with a customer, and the customer's attendees."""
    company, domain, contacts = rng.choice(CUSTOMERS)
    title = rng.choice(CALLS).format(company)
    names = rng.sample(contacts, rng.randint(1, 2))
    return title, [
        {"email": address_of(name.removeprefix("Dr "), domain), "display_name": rng.choice((name, name, None))}
        for name in names
    ]


def _draw_times(builder: OfficeBuilder, employee: Employee, day: date) -> tuple[datetime, datetime] | None:
    """Draw a time on a day; one in eight meetings ignores what is already booked."""
    rng = builder.rng
    ignore_busy = rng.random() < 0.12
    for _ in range(6):
        length = timedelta(minutes=_draw_weighted(rng, *_LENGTHS))
        time_of_day = f"{_draw_weighted(rng, *_HOURS):02d}:{_draw_weighted(rng, *_MINUTES):02d}"
        start = employee.instant_at(day, time_of_day)
        end = start + length
        if employee.is_in_hours(start, end) and (ignore_busy or employee.is_free(start, end)):
            return start, end
    return None


def _available_keys(builder: OfficeBuilder, employee: Employee, times: tuple[datetime, datetime]) -> list[str]:
    """Return the keys of the other employees who work and are free at that time."""
    return [
        key
        for key, other in builder.employees.items()
        if other is not employee
        and other.is_in_hours(*times)
        and other.is_free(*times)
        and times[0].date() not in other.away
    ]


def _draw_weighted(rng: random.Random, values: tuple[int, ...], cumulative: tuple[float, ...]) -> int:
    return rng.choices(values, cum_weights=cumulative)[0]


def _colleague(name: str) -> Participant:
    return {"email": address_of(name), "display_name": name}


def _draw_conference(rng: random.Random) -> dict[str, Any]:
    url = f"https://meet.{DOMAIN}/j/{rng.randrange(10**9, 10**10)}"
    provider = rng.choice(("zoom", "zoom", "ms_teams"))
    return {"meeting_url": url, "conferencing": {"provider_name": provider, "join_url": url}}


def _location(description: str | None, lat: str = "", long: str = "") -> dict[str, str] | None:
    if description is None:
        return None
    return {"description": description} | ({"lat": lat, "long": long} if lat else {})
