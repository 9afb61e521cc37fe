"""What the office's people do every week, and what they have planned: plain data.

Times are the local ones of the first person named, who calls the meeting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)


@dataclass(frozen=True, slots=True)
class Habit:
    """A series."""

    title: str
    who: tuple[str, ...]
    days: tuple[int, ...]
    at: str
    minutes: int
    every: int = 1  # weeks; 4 and more count from the month's first
    calendar: str = "Calendar"
    others: int = 0  # colleagues without an account who come too
    room: str | None = None
    call: bool = False
    term: bool = False  # only while schools are open
    skipped: float = 0.05  # share of the dates on which it is left out
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happens once."""

    title: str
    who: str
    day: int  # days from today, moved to the next `weekday`
    at: str = ""  # "" is all day
    minutes: int = 0
    days: int = 1  # of an all-day entry
    weekday: int | None = None
    calendar: str = "Calendar"
    place: str | None = None
    lat: str = ""
    long: str = ""
    zone: str | None = None  # where it starts, if not at home
    until: tuple[str, str] | None = None  # where and when a flight lands, on the local clock
    away: bool = False  # meetings on these days are declined
    extra: Mapping[str, Any] = field(default_factory=dict)


_FREE = {"transparency": "transparent", "extended_transparency": "transparent"}
_PRIVATE = {"event_private": True}
_HOLD = {"status": "tentative", "extended_transparency": "tentative"}
_OUT = {"extended_transparency": "out_of_office"}
_ALL_DAY_OUT = {"transparency": "opaque", "extended_transparency": "out_of_office"}
_BIRTHDAY = {"transparency": "transparent", "recurring": True}

HABITS = (
    Habit("Stand-up", ("maya", "lena", "weiling", "arjun"), (MON, TUE, WED, THU), "09:30", 15, call=True, others=2),
    Habit("All-hands", ("maya", "lena", "daniel"), (WED,), "14:30", 60, every=4, call=True, others=6),
    Habit("All-hands (Asia and Europe)", ("maya", "weiling", "arjun", "lena"), (THU,), "09:00", 45, every=4, call=True),
    Habit("Maya / Lena", ("maya", "lena"), (TUE,), "10:30", 30, call=True),
    Habit("Maya / Daniel", ("maya", "daniel"), (WED,), "15:00", 30, call=True),
    Habit("Maya / Wei Ling", ("maya", "weiling"), (MON,), "09:00", 30, call=True),
    Habit("Maya / Arjun", ("maya", "arjun"), (TUE,), "11:15", 30, every=2, call=True),
    Habit("Lena / Arjun", ("lena", "arjun"), (WED,), "13:30", 30, call=True),
    Habit("Weekly business review", ("maya", "lena"), (FRI,), "10:00", 50, others=3, room="Guillemot (London, 14)"),
    Habit("Pipeline review", ("daniel", "maya"), (MON,), "11:00", 45, call=True, others=2),
    Habit("Support queue triage", ("maya",), (MON, THU), "14:00", 30, others=2, room="Kittiwake (London, 6)"),
    Habit("Focus time", ("maya",), (TUE, THU), "15:30", 90, skipped=0.15),
    Habit("Lunch", ("maya",), (MON, TUE, THU), "12:30", 45, skipped=0.12),
    Habit("Submit expenses", ("maya",), (FRI,), "16:30", 0, every=2, extra=_FREE),
    Habit("Release window: Kestrel", ("lena", "maya"), (THU,), "22:00", 240, every=4, call=True, skipped=0),
    Habit("Support rota", ("maya", "weiling"), (MON,), "", 0, every=2, calendar="Team", extra=_FREE, skipped=0),
    Habit("School run", ("maya",), (MON, FRI), "08:15", 40, calendar="Family", term=True, extra=_PRIVATE),
    Habit("Pick up Ada", ("maya",), (THU,), "17:30", 30, calendar="Family", term=True, extra=_PRIVATE),
    Habit("Running club", ("maya",), (TUE,), "18:45", 75, calendar="Personal", skipped=0.2),
    Habit("Swimming lesson (Ada)", ("maya",), (SAT,), "09:30", 45, calendar="Family", term=True),
    Habit("Sales stand-up", ("daniel",), (TUE, THU), "09:15", 15, others=4, call=True),
    Habit("Forecast call", ("daniel",), (FRI,), "10:00", 45, others=3, call=True),
    Habit("Deal desk", ("daniel",), (WED,), "14:00", 60, others=2, room="Hudson (New York, 8)"),
    Habit("Prospecting", ("daniel",), (MON, WED), "13:00", 60, skipped=0.15),
    Habit("Lunch", ("daniel",), (TUE, THU), "12:15", 45, skipped=0.1),
    Habit("Gym", ("daniel",), (MON, WED), "07:00", 60, calendar="Home", skipped=0.25),
    Habit("Practice", ("daniel",), (SAT,), "10:00", 90, calendar="Little League", term=True, skipped=0.1),
    Habit("Submit forecast", ("daniel",), (THU,), "17:00", 0, extra=_FREE),
    Habit("Sprint planning", ("lena", "arjun"), (MON,), "11:00", 90, every=2, others=4, call=True),
    Habit("Sprint review and retrospective", ("lena", "arjun"), (FRI,), "11:30", 75, every=2, others=4, call=True),
    Habit("Architecture forum", ("lena",), (THU,), "14:00", 60, others=4, room="Spree (Berlin, 10)"),
    Habit("Bug triage", ("lena", "arjun"), (TUE, THU), "13:00", 30, others=1, call=True),
    Habit("Deep work", ("lena",), (WED,), "09:15", 180, skipped=0.1),
    Habit("Mittagessen", ("lena",), (MON, TUE, THU, FRI), "12:15", 40, skipped=0.15),
    Habit("Kita abholen", ("lena",), (MON, WED), "16:30", 45, calendar="Familie", extra=_PRIVATE),
    Habit("Chor", ("lena",), (TUE,), "19:30", 120, calendar="Familie", term=True),
    Habit("Hand-over Asia", ("weiling",), (MON, TUE, WED, THU, FRI), "09:15", 15, others=3, call=True),
    Habit("Ticket review", ("weiling",), (WED,), "14:00", 60, others=2, room="Orchid (Singapore, 5)"),
    Habit("Customer health", ("weiling",), (TUE,), "11:00", 45, others=2, call=True),
    Habit("Writing block", ("weiling",), (FRI,), "14:00", 120, skipped=0.15),
    Habit("Swim", ("weiling",), (MON, THU), "19:00", 60, calendar="Personal", skipped=0.2),
    Habit("Dinner at Mum's", ("weiling",), (SUN,), "18:00", 120, calendar="Personal", extra=_PRIVATE),
    Habit("Build health", ("arjun",), (MON, WED, FRI), "11:00", 30, others=3, room="Cubbon (Bengaluru, 8)"),
    Habit("On-call hand-over", ("arjun",), (MON,), "10:30", 15, others=1, call=True),
    Habit("Code review hour", ("arjun",), (TUE, THU), "14:00", 60, skipped=0.1),
    Habit("Chess club", ("arjun",), (WED,), "19:30", 120, calendar="Personal", skipped=0.15),
)

ENTRIES = (
    Entry("Annual leave", "maya", -37, days=2, weekday=THU, away=True, extra=_ALL_DAY_OUT),
    Entry("Half-term: Norfolk", "maya", -37, days=4, weekday=THU, calendar="Family", extra=_FREE),
    Entry(
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
        extra=_PRIVATE,
    ),
    Entry(
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
        extra=_PRIVATE,
    ),
    Entry("Parents' evening", "maya", 15, "17:30", 60, weekday=TUE, calendar="Family", place="School hall"),
    Entry("Boiler service", "maya", -12, "08:00", 120, weekday=FRI, calendar="Family", extra=_FREE),
    Entry("Ada's birthday", "maya", 33, calendar="Family", extra=_BIRTHDAY),
    Entry("Dad's 70th", "maya", 124, calendar="Family", extra=_BIRTHDAY),
    Entry("Grandma's birthday", "maya", -20, calendar="Family", extra=_BIRTHDAY),
    Entry("Birthday party (Ada)", "maya", 34, "14:00", 180, weekday=SAT, calendar="Family", place="Village hall"),
    Entry(
        "Flight LHR – JFK",
        "maya",
        21,
        "11:20",
        weekday=SUN,
        until=("America/New_York", "14:25"),
        place="Terminal 3",
        lat="51.4706",
        long="-0.4619",
        extra=_OUT,
    ),
    Entry(
        "Support Leaders Summit",
        "maya",
        22,
        days=3,
        weekday=MON,
        place="Pier 57, New York",
        lat="40.7435",
        long="-74.0106",
        away=True,
        extra={"transparency": "transparent", "url": "https://summit.example/agenda"},
    ),
    Entry(
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
        extra=_OUT,
    ),
    Entry("Dinner with Daniel", "maya", 22, "19:00", 120, weekday=MON, zone="America/New_York", calendar="Personal"),
    Entry(
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
        extra=_OUT,
    ),
    Entry("Lisbon", "maya", 66, days=9, weekday=SAT, calendar="Family", away=True, extra=_FREE),
    Entry("Out of office", "maya", 68, days=5, weekday=MON, away=True, extra=_ALL_DAY_OUT),
    Entry("Offsite", "maya", 47, days=2, weekday=WED, calendar="Team", place="Abbey Barn, Kent", extra=_FREE),
    Entry("HOLD: budget workshop", "maya", 12, "13:30", 120, weekday=THU, extra=_HOLD),
    Entry("HOLD: Halden Clinics go-live", "maya", 26, "10:00", 180, weekday=FRI, extra=_HOLD),
    Entry("HOLD: board prep", "maya", 40, "13:00", 90, weekday=MON, extra=_HOLD),
    Entry("Renew passport", "maya", 5, "12:00", 0, weekday=FRI, calendar="Personal", extra=_FREE),
    Entry(
        "Working from Bristol",
        "maya",
        18,
        days=1,
        weekday=WED,
        extra={"transparency": "transparent", "extended_transparency": "working_elsewhere"},
    ),
    Entry(
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
    Entry("Wedding: Jo and Chidi", "maya", 94, "13:00", 600, weekday=SAT, calendar="Personal", place="Bath"),
    Entry("Vacation", "daniel", 52, days=7, weekday=SAT, calendar="Home", away=True, extra=_FREE),
    Entry("OOO", "daniel", 54, days=5, weekday=MON, away=True, extra=_ALL_DAY_OUT),
    Entry(
        "Flight LGA – ORD",
        "daniel",
        16,
        "07:45",
        weekday=TUE,
        until=("America/Chicago", "09:20"),
        place="LGA, Terminal B",
        lat="40.7769",
        long="-73.8740",
        extra=_OUT,
    ),
    Entry(
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
    Entry(
        "Flight ORD – LGA",
        "daniel",
        16,
        "18:10",
        weekday=TUE,
        zone="America/Chicago",
        until=("America/New_York", "21:25"),
        extra=_OUT,
    ),
    Entry("Eye exam", "daniel", 11, "08:00", 45, weekday=THU, calendar="Home", extra=_PRIVATE),
    Entry("Elena's birthday", "daniel", 27, calendar="Home", extra=_BIRTHDAY),
    Entry("Quarter close", "daniel", 29, days=3, weekday=MON, calendar="Team", extra=_FREE),
    Entry("HOLD: Merrow Books signature", "daniel", 10, "15:00", 60, weekday=WED, extra=_HOLD),
    Entry("Urlaub", "lena", 80, days=14, weekday=SAT, away=True, extra=_ALL_DAY_OUT),
    Entry(
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
        extra=_OUT,
    ),
    Entry("Zahnarzt", "lena", 13, "08:00", 40, weekday=FRI, calendar="Familie", extra=_PRIVATE),
    Entry("Elternabend", "lena", 20, "19:00", 90, weekday=THU, calendar="Familie"),
    Entry("Geburtstag Oma", "lena", 44, calendar="Familie", extra=_BIRTHDAY),
    Entry("Seminar", "lena", -30, "10:00", 120, weekday=SAT, calendar="Kalender"),
    Entry("Alumni evening", "lena", -45, "18:00", 180, weekday=FRI, calendar="Kalender"),
    Entry("Leave: Hokkaido", "weiling", 58, days=9, weekday=SAT, away=True, extra=_ALL_DAY_OUT),
    Entry(
        "Flight SIN – SYD",
        "weiling",
        30,
        "20:45",
        weekday=SUN,
        until=("Australia/Sydney", "06:30"),
        place="Changi, Terminal 1",
        lat="1.3616",
        long="103.9900",
        extra=_OUT,
    ),
    Entry(
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
        extra=_OUT,
    ),
    Entry("Health screening", "weiling", 9, "09:00", 90, weekday=FRI, calendar="Personal", extra=_PRIVATE),
    Entry("Mum's birthday", "weiling", 38, calendar="Personal", extra=_BIRTHDAY),
    Entry("HOLD: audit", "weiling", 17, "13:00", 180, weekday=THU, extra=_HOLD),
    Entry("Leave", "arjun", 61, days=5, weekday=MON, away=True, extra=_ALL_DAY_OUT),
    Entry("Cousin's wedding, Jaipur", "arjun", 61, days=4, weekday=WED, calendar="Personal", extra=_FREE),
    Entry("Tech talk: queues that drain", "arjun", 14, "16:00", 60, weekday=THU, place="Cubbon (Bengaluru, 8)"),
    Entry("Car service", "arjun", 6, "09:00", 60, weekday=TUE, calendar="Personal", extra=_FREE),
    Entry("Anniversary", "arjun", 25, calendar="Personal", extra=_BIRTHDAY),
    Entry("HOLD: load test", "arjun", 19, "14:00", 180, weekday=FRI, extra=_HOLD),
)
