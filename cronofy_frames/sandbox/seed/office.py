"""The office that a sandbox begins with: the same for the same moment and seed, on every machine.

What is certain stands in `people` and `habits`; what a working life adds is drawn here.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cronofy_frames.sandbox.model.state import Account, Calendar, Office, Profile
from cronofy_frames.sandbox.seed.builder import Desk, Diary, Meeting, Seat, off_season
from cronofy_frames.sandbox.seed.data import ENTRIES, HABITS, Entry, Habit
from cronofy_frames.sandbox.seed.people import (
    AGENDAS,
    CALLS,
    COLLEAGUES,
    CUSTOMERS,
    DELETED_CALENDARS,
    DOMAIN,
    PEOPLE,
    ROOMS,
    SCOPE,
    SERVICE_SCOPE,
    TALKS,
    UNRESTRICTED_CALENDARS,
    WORK,
    Connection,
    Person,
    address_of,
)

BACK, AHEAD = 60, 220  # days around now that hold events; more than the API shows
DAY = timedelta(days=1)

_HOURS = {9: 0.6, 10: 1.3, 11: 1.2, 12: 0.25, 13: 0.5, 14: 1.3, 15: 1.1, 16: 0.8, 17: 0.25, 18: 0.1}
_LENGTHS = {25: 1, 30: 5, 45: 2, 50: 1, 60: 4, 90: 1}
_MINUTES = {0: 6, 30: 4, 15: 1, 45: 1}
_FAR = ((7, 1.0), (21, 0.75), (60, 0.45), (120, 0.3), (AHEAD, 0.2))  # days ahead: how much is called already


def seed_office(now: datetime, *, seed: int = 0) -> Office:
    """Make a small office in five time zones, whose first account is the one that newcomers see.

    Parameters
    ----------
    now
        The sandbox's clock, with a time zone; events lie from 60 days before it to 220 after.
    seed
        Another seed gives the same people other weeks.

    Returns
    -------
    Office
        Five people and, last, the service account that two of them were authorized through.
    """
    if now.tzinfo is None:
        raise ValueError("now has no time zone. Give an aware datetime, as in datetime.now(UTC).")
    rng = random.Random(seed)
    diary = Diary(now.astimezone(UTC).replace(microsecond=0), rng)
    service = _service_account(rng)
    for person in PEOPLE:
        diary.desks[person.key] = _desk(person, rng, diary.now, service)
    for desk in diary.desks.values():
        _public_holidays(diary, desk)
    for entry in ENTRIES:
        _plan(diary, entry)
    for habit in HABITS:
        _repeat(diary, habit)
    for desk in diary.desks.values():
        _fill(diary, desk)
    return Office([*(desk.account for desk in diary.desks.values()), service])


def _service_account(rng: random.Random) -> Account:
    return Account(
        sub=f"ser_{rng.getrandbits(96):024x}",
        kind="service_account",
        email=f"calendar.admin@{DOMAIN}",
        name="Quillmark calendars",
        zoneinfo=PEOPLE[0].zone,
        scope=SERVICE_SCOPE,
        domain=DOMAIN,
        resources=[{"email": f"{local}@{DOMAIN}", "name": name} for name, local, _ in ROOMS],
    )


def _desk(person: Person, rng: random.Random, now: datetime, service: Account) -> Desk:
    account = Account(
        sub=f"acc_{rng.getrandbits(96):024x}",
        email=person.email,
        name=person.name,
        zoneinfo=person.zone,
        scope=SCOPE,
        profiles=[_profile(person, connection, rng) for connection in person.connections],
        authorized_by=service.sub if person.delegated else None,
    )
    if person is PEOPLE[0]:
        profile = {"provider_name": "zoom", "profile_id": f"pro_{rng.getrandbits(48):012x}"}
        account.conferencing_profiles.append(profile | {"profile_name": person.email, "profile_connected": True})
    return Desk(person, account, _holidays(person, (now - BACK * DAY).date(), (now + AHEAD * DAY).date()))


def _profile(person: Person, connection: Connection, rng: random.Random) -> Profile:
    part = f"{rng.getrandbits(48):012x}"
    at_work = connection.service in {"gsuite", "office365"}
    calendars = []
    for n, name in enumerate(connection.calendars):
        public = name == person.holidays
        own = f"{person.country.lower()}.holidays@calendars.example" if public else f"{rng.getrandbits(48):012x}"
        calendars.append(
            Calendar(
                calendar_id=f"cal_{part}_{own}",
                calendar_name=name,
                calendar_readonly=public,
                calendar_deleted=name in DELETED_CALENDARS,
                calendar_primary=n == 0,
                calendar_integrated_conferencing_available=at_work and not public,
                calendar_attachments_available=at_work and not public,
                permission_level="unrestricted" if (person.key, name) in UNRESTRICTED_CALENDARS else "sandbox",
                tzid=person.zone,
            )
        )
    return Profile(
        f"pro_{part}",
        connection.address,
        connection.provider,
        connection.service,
        profile_connected=connection.connected,
        calendars=calendars,
    )


def _holidays(person: Person, first: date, last: date) -> dict[date, str]:
    # Imported here: it loads a country's history, which only a sandbox that is really made needs.
    import holidays

    with warnings.catch_warnings():
        # Some countries' moon holidays are known for some years only, and the package says so by a warning.
        warnings.simplefilter("ignore")
        found = holidays.country_holidays(
            person.country,
            subdiv=person.subdivision,
            years=range(first.year, last.year + 1),
            language="en_US",
        )
    return {day: name for day, name in sorted(found.items()) if first <= day <= last}


def _public_holidays(diary: Diary, desk: Desk) -> None:
    for day, name in desk.holidays.items():
        made = datetime(day.year - 1, 1, 4, 6, tzinfo=UTC)
        diary.put(
            desk,
            Meeting(name, day, day + DAY, calendar=desk.person.holidays),
            Seat(created=min(made, diary.now - 200 * DAY), fixed={"transparency": "transparent"}),
        )


def _plan(diary: Diary, entry: Entry) -> None:
    """Enter something that happens once; work moves on from a day off to the next working day."""
    desk = diary.desks[entry.who]
    day = diary.today + entry.day * DAY
    while entry.weekday is not None and day.weekday() != entry.weekday:
        day += DAY
    private = entry.calendar not in {WORK, "Team"}
    while entry.at and not private and entry.weekday not in {5, 6} and not desk.works(day):
        day += DAY
    start: date | datetime
    end: date | datetime
    if not entry.at:
        start, end = day, day + entry.days * DAY
    else:
        start = desk.at(day, entry.at, zone=entry.zone)
        end = start + timedelta(minutes=entry.minutes)
    if entry.until is not None:
        zone, landing = entry.until
        end = desk.at(day, landing, zone=zone)
        end = end if end > start else desk.at(day + DAY, landing, zone=zone)
    meeting = Meeting(
        entry.title,
        start,
        end,
        calendar=entry.calendar,
        zone=entry.zone or desk.person.zone,
        end_zone=entry.until[0] if entry.until else None,
        series=diary.digits(96) if entry.extra.get("recurring") else None,
        location=_place(entry.place, entry.lat, entry.long),
    )
    diary.put(desk, meeting, Seat(fixed=entry.extra))
    if entry.away:
        last = end - DAY if not isinstance(end, datetime) else end.date()
        first = start.date() if isinstance(start, datetime) else start
        desk.away.update(first + n * DAY for n in range((last - first).days + 1))


def _repeat(diary: Diary, habit: Habit) -> None:
    """Hold a series through the whole time."""
    rng, host = diary.rng, diary.desks[habit.who[0]]
    others = [_colleague(name) for name in rng.sample(COLLEAGUES, habit.others)]
    series, call = diary.digits(96), _call(diary) if habit.call else {}
    created = diary.now - (BACK + rng.randint(5, 300)) * DAY - timedelta(seconds=rng.randrange(86400))
    agenda = rng.choice(AGENDAS)
    phase = rng.randrange(habit.every)
    day = diary.today - BACK * DAY
    while day <= diary.today + AHEAD * DAY:
        if day.weekday() in habit.days and _in_turn(day, habit.every, phase) and not _skipped(diary, habit, host, day):
            start = host.at(day, habit.at) if habit.at else day
            end = start + timedelta(minutes=habit.minutes) if isinstance(start, datetime) else day + 5 * DAY
            meeting = Meeting(
                habit.title,
                start,
                end,
                calendar=habit.calendar,
                zone=host.person.zone,
                series=series,
                others=others,
                call=call,
                description=agenda if len(habit.who) > 1 or others else "",
                location=_place(habit.room),
            )
            diary.hold(meeting, habit.who, created=created, fixed=habit.extra)
        day += DAY


def _in_turn(day: date, every: int, phase: int) -> bool:
    if every >= 4:
        return day.day <= 7
    return (day.toordinal() // 7 + phase) % every == 0


def _skipped(diary: Diary, habit: Habit, host: Desk, day: date) -> bool:
    drawn = diary.rng.random() < habit.skipped
    if habit.calendar in {WORK, "Team"}:
        # Three or more meet without the one who is away, who declines.
        alone = day in host.away and habit.at != "" and len(habit.who) < 3
        free = not host.works(day) or alone
        return drawn or free or off_season(day) < 0.1
    schools_closed = (day.month, day.day) >= (12, 20) or (day.month, day.day) <= (1, 4) or day.month == 8
    return drawn or day in host.away or (habit.term and schools_closed)


def _fill(diary: Diary, desk: Desk) -> None:
    """Call the meetings that no plan foresaw, more of them on busy weekdays and in the near future."""
    day = diary.today - BACK * DAY
    while day <= diary.today + AHEAD * DAY:
        if desk.works(day) and day not in desk.away:
            ahead = (day - diary.today).days
            share = next(share for days, share in _FAR if ahead <= days) * off_season(day)
            expected = desk.person.load[day.weekday()] * share
            for _ in range(int(expected) + (diary.rng.random() < expected % 1)):
                _call_meeting(diary, desk, day)
        day += DAY


def _call_meeting(diary: Diary, desk: Desk, day: date) -> None:
    rng, person = diary.rng, desk.person
    span = _slot(diary, desk, day)
    if span is None:
        return
    who, location, call = [person.key], None, _call(diary)
    if rng.random() < person.customers:
        company, domain, contacts = rng.choice(CUSTOMERS)
        title, categories = rng.choice(CALLS).format(company), ["Customer"]
        guests = rng.sample(contacts, rng.randint(1, 2))
        others = [
            {"email": address_of(name.removeprefix("Dr "), domain), "display_name": rng.choice((name, name, None))}
            for name in guests
        ]
    else:
        title, categories = rng.choice(TALKS), rng.choice(([], [], ["Internal"]))
        who += [key for key in _in_reach(diary, desk, span) if rng.random() < 0.4]
        others = [_colleague(name) for name in rng.sample(COLLEAGUES, rng.randint(1, 4))]
        if rng.random() < 0.4:
            rooms = [name for name, _, city in ROOMS if city == person.city]
            location, call = _place(rng.choice(rooms), person.lat, person.long), {}
    meeting = Meeting(
        title,
        *span,
        zone=person.zone,
        others=others,
        caller=others[0] if rng.random() < 0.4 else None,
        call=call,
        location=location,
        description=rng.choice(AGENDAS),
        categories=categories,
    )
    diary.hold(meeting, tuple(who), fixed={"event_private": rng.random() < 0.03})


def _slot(diary: Diary, desk: Desk, day: date) -> tuple[datetime, datetime] | None:
    """Find a time on this day; one in eight people book over what is there."""
    rng = diary.rng
    careless = rng.random() < 0.12
    for _ in range(6):
        length = timedelta(minutes=_drawn(rng, _LENGTHS))
        start = desk.at(day, f"{_drawn(rng, _HOURS):02d}:{_drawn(rng, _MINUTES):02d}")
        if desk.in_hours(start, start + length) and (careless or desk.is_free(start, start + length)):
            return start, start + length
    return None


def _in_reach(diary: Diary, desk: Desk, span: tuple[datetime, datetime]) -> list[str]:
    """Return the others who work at that time and have it free."""
    return [
        key
        for key, other in diary.desks.items()
        if other is not desk and other.in_hours(*span) and other.is_free(*span) and span[0].date() not in other.away
    ]


def _drawn(rng: random.Random, weights: Mapping[int, float]) -> int:
    return rng.choices(list(weights), list(weights.values()))[0]


def _colleague(name: str) -> dict[str, str | None]:
    return {"email": address_of(name), "display_name": name}


def _call(diary: Diary) -> dict[str, Any]:
    url = f"https://meet.{DOMAIN}/j/{diary.rng.randrange(10**9, 10**10)}"
    provider = diary.rng.choice(("zoom", "zoom", "ms_teams"))
    return {"meeting_url": url, "conferencing": {"provider_name": provider, "join_url": url}}


def _place(text: str | None, lat: str = "", long: str = "") -> dict[str, str] | None:
    if text is None:
        return None
    return {"description": text} | ({"lat": lat, "long": long} if lat else {})
