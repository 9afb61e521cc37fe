"""Seed data: recurring meetings and one-off events of the office's people.

Times are local to the first person named, who organizes the meeting.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)


class RecurringMeeting(Struct, frozen=True):
    """A meeting that is held every week, every few weeks or every month."""

    title: str
    people: tuple[str, ...]
    weekdays: tuple[int, ...]
    at: str  # "" is all day
    minutes: int
    every: int = 1  # weeks; 4 or more: only in the first seven days of a month
    calendar: str = "Calendar"
    others: int = 0  # number of colleagues without an account who attend
    room: str | None = None
    online: bool = False  # has a video call
    term: bool = False  # only while schools are open
    skipped: float = 0.05  # share of the dates that are left out
    attributes: Mapping[str, Any] = field(default_factory=dict)  # other attributes of the events


class OneOffEvent(Struct, frozen=True):
    """An event that happens once."""

    title: str
    person: str
    days_ahead: int  # from today, then moved to the next `weekday`
    at: str = ""  # "" is all day
    minutes: int = 0
    days: int = 1  # length of an all-day event
    weekday: int | None = None
    calendar: str = "Calendar"
    place: str | None = None
    lat: str = ""
    long: str = ""
    zone: str | None = None  # time zone of the start, if not the person's
    until: tuple[str, str] | None = None  # time zone and local time at which a flight lands
    away: bool = False  # meetings on these days are declined
    attributes: Mapping[str, Any] = field(default_factory=dict)  # other attributes of the event


_FREE = {"transparency": "transparent", "extended_transparency": "transparent"}
_PRIVATE = {"event_private": True}
_HOLD = {"status": "tentative", "extended_transparency": "tentative"}
_OUT = {"extended_transparency": "out_of_office"}
_ALL_DAY_OUT = {"transparency": "opaque", "extended_transparency": "out_of_office"}
_BIRTHDAY = {"transparency": "transparent", "recurring": True}

RECURRING_MEETINGS = (
    RecurringMeeting(
        "Stand-up", ("maya", "lena", "weiling", "arjun"), (MON, TUE, WED, THU), "09:30", 15, online=True, others=2
    ),
    RecurringMeeting("All-hands", ("maya", "lena", "daniel"), (WED,), "14:30", 60, every=4, online=True, others=6),
    RecurringMeeting(
        "All-hands (Asia and Europe)", ("maya", "weiling", "arjun", "lena"), (THU,), "09:00", 45, every=4, online=True
    ),
    RecurringMeeting("Maya / Lena", ("maya", "lena"), (TUE,), "10:30", 30, online=True),
    RecurringMeeting("Maya / Daniel", ("maya", "daniel"), (WED,), "15:00", 30, online=True),
    RecurringMeeting("Maya / Wei Ling", ("maya", "weiling"), (MON,), "09:00", 30, online=True),
    RecurringMeeting("Maya / Arjun", ("maya", "arjun"), (TUE,), "11:15", 30, every=2, online=True),
    RecurringMeeting("Lena / Arjun", ("lena", "arjun"), (WED,), "13:30", 30, online=True),
    RecurringMeeting(
        "Weekly business review", ("maya", "lena"), (FRI,), "10:00", 50, others=3, room="Guillemot (London, 14)"
    ),
    RecurringMeeting("Pipeline review", ("daniel", "maya"), (MON,), "11:00", 45, online=True, others=2),
    RecurringMeeting(
        "Support queue triage", ("maya",), (MON, THU), "14:00", 30, others=2, room="Kittiwake (London, 6)"
    ),
    RecurringMeeting("Focus time", ("maya",), (TUE, THU), "15:30", 90, skipped=0.15),
    RecurringMeeting("Lunch", ("maya",), (MON, TUE, THU), "12:30", 45, skipped=0.12),
    RecurringMeeting("Submit expenses", ("maya",), (FRI,), "16:30", 0, every=2, attributes=_FREE),
    RecurringMeeting(
        "Release window: Kestrel", ("lena", "maya"), (THU,), "22:00", 240, every=4, online=True, skipped=0
    ),
    RecurringMeeting(
        "Support rota", ("maya", "weiling"), (MON,), "", 0, every=2, calendar="Team", attributes=_FREE, skipped=0
    ),
    RecurringMeeting(
        "School run", ("maya",), (MON, FRI), "08:15", 40, calendar="Family", term=True, attributes=_PRIVATE
    ),
    RecurringMeeting("Pick up Ada", ("maya",), (THU,), "17:30", 30, calendar="Family", term=True, attributes=_PRIVATE),
    RecurringMeeting("Running club", ("maya",), (TUE,), "18:45", 75, calendar="Personal", skipped=0.2),
    RecurringMeeting("Swimming lesson (Ada)", ("maya",), (SAT,), "09:30", 45, calendar="Family", term=True),
    RecurringMeeting("Sales stand-up", ("daniel",), (TUE, THU), "09:15", 15, others=4, online=True),
    RecurringMeeting("Forecast call", ("daniel",), (FRI,), "10:00", 45, others=3, online=True),
    RecurringMeeting("Deal desk", ("daniel",), (WED,), "14:00", 60, others=2, room="Hudson (New York, 8)"),
    RecurringMeeting("Prospecting", ("daniel",), (MON, WED), "13:00", 60, skipped=0.15),
    RecurringMeeting("Lunch", ("daniel",), (TUE, THU), "12:15", 45, skipped=0.1),
    RecurringMeeting("Gym", ("daniel",), (MON, WED), "07:00", 60, calendar="Home", skipped=0.25),
    RecurringMeeting("Practice", ("daniel",), (SAT,), "10:00", 90, calendar="Little League", term=True, skipped=0.1),
    RecurringMeeting("Submit forecast", ("daniel",), (THU,), "17:00", 0, attributes=_FREE),
    RecurringMeeting("Sprint planning", ("lena", "arjun"), (MON,), "11:00", 90, every=2, others=4, online=True),
    RecurringMeeting(
        "Sprint review and retrospective", ("lena", "arjun"), (FRI,), "11:30", 75, every=2, others=4, online=True
    ),
    RecurringMeeting("Architecture forum", ("lena",), (THU,), "14:00", 60, others=4, room="Spree (Berlin, 10)"),
    RecurringMeeting("Bug triage", ("lena", "arjun"), (TUE, THU), "13:00", 30, others=1, online=True),
    RecurringMeeting("Deep work", ("lena",), (WED,), "09:15", 180, skipped=0.1),
    RecurringMeeting("Mittagessen", ("lena",), (MON, TUE, THU, FRI), "12:15", 40, skipped=0.15),
    RecurringMeeting("Kita abholen", ("lena",), (MON, WED), "16:30", 45, calendar="Familie", attributes=_PRIVATE),
    RecurringMeeting("Chor", ("lena",), (TUE,), "19:30", 120, calendar="Familie", term=True),
    RecurringMeeting("Hand-over Asia", ("weiling",), (MON, TUE, WED, THU, FRI), "09:15", 15, others=3, online=True),
    RecurringMeeting("Ticket review", ("weiling",), (WED,), "14:00", 60, others=2, room="Orchid (Singapore, 5)"),
    RecurringMeeting("Customer health", ("weiling",), (TUE,), "11:00", 45, others=2, online=True),
    RecurringMeeting("Writing block", ("weiling",), (FRI,), "14:00", 120, skipped=0.15),
    RecurringMeeting("Swim", ("weiling",), (MON, THU), "19:00", 60, calendar="Personal", skipped=0.2),
    RecurringMeeting("Dinner at Mum's", ("weiling",), (SUN,), "18:00", 120, calendar="Personal", attributes=_PRIVATE),
    RecurringMeeting("Build health", ("arjun",), (MON, WED, FRI), "11:00", 30, others=3, room="Cubbon (Bengaluru, 8)"),
    RecurringMeeting("On-call hand-over", ("arjun",), (MON,), "10:30", 15, others=1, online=True),
    RecurringMeeting("Code review hour", ("arjun",), (TUE, THU), "14:00", 60, skipped=0.1),
    RecurringMeeting("Chess club", ("arjun",), (WED,), "19:30", 120, calendar="Personal", skipped=0.15),
)

ONE_OFF_EVENTS = (
    OneOffEvent("Annual leave", "maya", -37, days=2, weekday=THU, away=True, attributes=_ALL_DAY_OUT),
    OneOffEvent("Half-term: Norfolk", "maya", -37, days=4, weekday=THU, calendar="Family", attributes=_FREE),
    OneOffEvent(
        "Dentist",
        "maya",
        8,
        "08:20",
        50,
        weekday=WED,
        calendar="Personal",
        place="14 Tabard Row, London SE1",
        lat="51.5021",
        long="-0.0935",
        attributes=_PRIVATE,
    ),
    OneOffEvent(
        "Hygienist",
        "maya",
        190,
        "08:20",
        40,
        weekday=TUE,
        calendar="Personal",
        place="14 Tabard Row, London SE1",
        lat="51.5021",
        long="-0.0935",
        attributes=_PRIVATE,
    ),
    OneOffEvent("Parents' evening", "maya", 15, "17:30", 60, weekday=TUE, calendar="Family", place="School hall"),
    OneOffEvent("Boiler service", "maya", -12, "08:00", 120, weekday=FRI, calendar="Family", attributes=_FREE),
    OneOffEvent("Ada's birthday", "maya", 33, calendar="Family", attributes=_BIRTHDAY),
    OneOffEvent("Dad's 70th", "maya", 124, calendar="Family", attributes=_BIRTHDAY),
    OneOffEvent("Grandma's birthday", "maya", -20, calendar="Family", attributes=_BIRTHDAY),
    OneOffEvent("Birthday party (Ada)", "maya", 34, "14:00", 180, weekday=SAT, calendar="Family", place="Village hall"),
    OneOffEvent(
        "Flight LHR – JFK",
        "maya",
        21,
        "11:20",
        weekday=SUN,
        until=("America/New_York", "14:25"),
        place="Terminal 3",
        lat="51.4706",
        long="-0.4619",
        attributes=_OUT,
    ),
    OneOffEvent(
        "Support Leaders Summit",
        "maya",
        22,
        days=3,
        weekday=MON,
        place="Pier 57, New York",
        lat="40.7435",
        long="-74.0106",
        away=True,
        attributes={"transparency": "transparent", "url": "https://summit.example/agenda"},
    ),
    OneOffEvent(
        "Workshop: running a follow-the-sun desk",
        "maya",
        23,
        "09:00",
        24 * 60 + 450,
        weekday=TUE,
        zone="America/New_York",
        place="Pier 57, New York",
        lat="40.7435",
        long="-74.0106",
        attributes=_OUT,
    ),
    OneOffEvent(
        "Dinner with Daniel", "maya", 22, "19:00", 120, weekday=MON, zone="America/New_York", calendar="Personal"
    ),
    OneOffEvent(
        "Flight JFK – LHR",
        "maya",
        24,
        "20:30",
        weekday=WED,
        zone="America/New_York",
        until=("Europe/London", "08:25"),
        place="JFK, Terminal 8",
        lat="40.6446",
        long="-73.7797",
        attributes=_OUT,
    ),
    OneOffEvent("Lisbon", "maya", 66, days=9, weekday=SAT, calendar="Family", away=True, attributes=_FREE),
    OneOffEvent("Out of office", "maya", 68, days=5, weekday=MON, away=True, attributes=_ALL_DAY_OUT),
    OneOffEvent(
        "Offsite", "maya", 47, days=2, weekday=WED, calendar="Team", place="Abbey Barn, Kent", attributes=_FREE
    ),
    OneOffEvent("HOLD: budget workshop", "maya", 12, "13:30", 120, weekday=THU, attributes=_HOLD),
    OneOffEvent("HOLD: Halden Clinics go-live", "maya", 26, "10:00", 180, weekday=FRI, attributes=_HOLD),
    OneOffEvent("HOLD: board prep", "maya", 40, "13:00", 90, weekday=MON, attributes=_HOLD),
    OneOffEvent("Renew passport", "maya", 5, "12:00", 0, weekday=FRI, calendar="Personal", attributes=_FREE),
    OneOffEvent(
        "Working from Bristol",
        "maya",
        18,
        days=1,
        weekday=WED,
        attributes={"transparency": "transparent", "extended_transparency": "working_elsewhere"},
    ),
    OneOffEvent(
        "Site visit: Oakridge Foods",
        "maya",
        -9,
        "10:00",
        240,
        weekday=WED,
        place="Unit 7, Mill Lane, Reading",
        lat="51.4551",
        long="-0.9787",
    ),
    OneOffEvent("Wedding: Jo and Chidi", "maya", 94, "13:00", 600, weekday=SAT, calendar="Personal", place="Bath"),
    OneOffEvent("Vacation", "daniel", 52, days=7, weekday=SAT, calendar="Home", away=True, attributes=_FREE),
    OneOffEvent("OOO", "daniel", 54, days=5, weekday=MON, away=True, attributes=_ALL_DAY_OUT),
    OneOffEvent(
        "Flight LGA – ORD",
        "daniel",
        16,
        "07:45",
        weekday=TUE,
        until=("America/Chicago", "09:20"),
        place="LGA, Terminal B",
        lat="40.7769",
        long="-73.8740",
        attributes=_OUT,
    ),
    OneOffEvent(
        "Onsite: Copperline Rail",
        "daniel",
        16,
        "11:00",
        240,
        weekday=TUE,
        zone="America/Chicago",
        place="Union Station, Chicago",
        lat="41.8787",
        long="-87.6403",
    ),
    OneOffEvent(
        "Flight ORD – LGA",
        "daniel",
        16,
        "18:10",
        weekday=TUE,
        zone="America/Chicago",
        until=("America/New_York", "21:25"),
        attributes=_OUT,
    ),
    OneOffEvent("Eye exam", "daniel", 11, "08:00", 45, weekday=THU, calendar="Home", attributes=_PRIVATE),
    OneOffEvent("Elena's birthday", "daniel", 27, calendar="Home", attributes=_BIRTHDAY),
    OneOffEvent("Quarter close", "daniel", 29, days=3, weekday=MON, calendar="Team", attributes=_FREE),
    OneOffEvent("HOLD: Merrow Books signature", "daniel", 10, "15:00", 60, weekday=WED, attributes=_HOLD),
    OneOffEvent("Urlaub", "lena", 80, days=14, weekday=SAT, away=True, attributes=_ALL_DAY_OUT),
    OneOffEvent(
        "Platform conference",
        "lena",
        36,
        "09:30",
        2 * 24 * 60 + 420,
        weekday=MON,
        place="Kongresshalle, Leipzig",
        lat="51.3427",
        long="12.3747",
        away=True,
        attributes=_OUT,
    ),
    OneOffEvent("Zahnarzt", "lena", 13, "08:00", 40, weekday=FRI, calendar="Familie", attributes=_PRIVATE),
    OneOffEvent("Elternabend", "lena", 20, "19:00", 90, weekday=THU, calendar="Familie"),
    OneOffEvent("Geburtstag Oma", "lena", 44, calendar="Familie", attributes=_BIRTHDAY),
    OneOffEvent("Seminar", "lena", -30, "10:00", 120, weekday=SAT, calendar="Kalender"),
    OneOffEvent("Alumni evening", "lena", -45, "18:00", 180, weekday=FRI, calendar="Kalender"),
    OneOffEvent("Leave: Hokkaido", "weiling", 58, days=9, weekday=SAT, away=True, attributes=_ALL_DAY_OUT),
    OneOffEvent(
        "Flight SIN – SYD",
        "weiling",
        30,
        "20:45",
        weekday=SUN,
        until=("Australia/Sydney", "06:30"),
        place="Changi, Terminal 1",
        lat="1.3616",
        long="103.9900",
        attributes=_OUT,
    ),
    OneOffEvent(
        "Pacific Lantern: on site",
        "weiling",
        31,
        "10:00",
        300,
        weekday=MON,
        zone="Australia/Sydney",
        place="Level 9, Sussex Street, Sydney",
        lat="-33.8703",
        long="151.2035",
        attributes=_OUT,
    ),
    OneOffEvent("Health screening", "weiling", 9, "09:00", 90, weekday=FRI, calendar="Personal", attributes=_PRIVATE),
    OneOffEvent("Mum's birthday", "weiling", 38, calendar="Personal", attributes=_BIRTHDAY),
    OneOffEvent("HOLD: audit", "weiling", 17, "13:00", 180, weekday=THU, attributes=_HOLD),
    OneOffEvent("Leave", "arjun", 61, days=5, weekday=MON, away=True, attributes=_ALL_DAY_OUT),
    OneOffEvent("Cousin's wedding, Jaipur", "arjun", 61, days=4, weekday=WED, calendar="Personal", attributes=_FREE),
    OneOffEvent("Tech talk: queues that drain", "arjun", 14, "16:00", 60, weekday=THU, place="Cubbon (Bengaluru, 8)"),
    OneOffEvent("Car service", "arjun", 6, "09:00", 60, weekday=TUE, calendar="Personal", attributes=_FREE),
    OneOffEvent("Anniversary", "arjun", 25, calendar="Personal", attributes=_BIRTHDAY),
    OneOffEvent("HOLD: load test", "arjun", 19, "14:00", 180, weekday=FRI, attributes=_HOLD),
)
