"""An exported .ics file read as an office."""

import warnings
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest

from cronofy_frames.errors import FrameError
from cronofy_frames.sandbox.ics.parsing import IcsFile, parse_file
from cronofy_frames.sandbox.ics.reader import read_ics, suggest_now, time_range_of
from cronofy_frames.sandbox.ics.zones import iana_name

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


def calendar(*components: str, header: str = "", end: str = "\r\n") -> bytes:
    """Return the bytes of a file with these components."""
    text = "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//EN", header, *components, "END:VCALENDAR"])
    return "".join(line + end for line in text.split("\n") if line).encode()


def parsed(data: bytes) -> IcsFile:
    """Return a parsed file."""
    return parse_file(data, name="x.ics")


def vevent(lines: str, *, uid: str = "a@example.test", name: str = "VEVENT") -> str:
    """Return the text of a component."""
    return "\n".join([f"BEGIN:{name}", f"UID:{uid}", "DTSTAMP:20260101T000000Z", lines.strip(), f"END:{name}"])


def read(*components: str, header: str = "", **options):
    """Return the events by start, and the problems."""
    office = read_ics(calendar(*components, header=header), name="my.ics", now=NOW, **options)
    return in_order(office), office.problems


def in_order(office):
    """Return all events of an office, in order."""
    return sorted((e for a in office.accounts for e in a.events.values()), key=lambda e: str(e.start))


def one(*components: str, header: str = "", **options):
    """Return the only event of a file without problems."""
    events, problems = read(*components, header=header, **options)
    assert problems == []
    assert len(events) == 1
    return events[0]


def utc(*parts: int) -> datetime:
    """Return an instant in UTC."""
    return datetime(*parts, tzinfo=UTC)


SINGLE = "DTSTART:20260310T090000Z\nDTEND:20260310T100000Z\nSUMMARY:Review"
PARIS = """BEGIN:VTIMEZONE
TZID:{name}
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE"""


class TestTimes:
    def test_utc_stands_as_written(self):
        """A time in UTC is that instant, with the time zone of the file or UTC."""
        event = one(vevent(SINGLE))
        assert (event.start, event.end) == (utc(2026, 3, 10, 9), utc(2026, 3, 10, 10))
        assert (event.start_tzid, event.summary) == ("Etc/UTC", "Review")

    @pytest.mark.parametrize(
        ("header", "zone", "hour", "tzid"),
        [
            ("X-WR-TIMEZONE:America/New_York", "Asia/Tokyo", 13, "America/New_York"),
            ("X-WR-TIMEZONE:Eastern Standard Time", None, 13, "America/New_York"),
            ("", "Asia/Tokyo", 0, "Asia/Tokyo"),
            ("", None, 9, "Etc/UTC"),
        ],
    )
    def test_floating_times_take_the_calendars_zone(self, header, zone, hour, tzid):
        """A time without a time zone is read in X-WR-TIMEZONE, else in the given zone, else in UTC, with a problem."""
        events, problems = read(vevent("DTSTART:20260310T090000\nDTEND:20260310T093000"), header=header, zone=zone)
        event = events[0]
        assert ["zone=" in row["problem"] for row in problems] == ([] if header or zone else [True])
        assert (event.start.hour, event.start_tzid, event.end_tzid) == (hour, tzid, tzid)

    @pytest.mark.parametrize(
        ("tzid", "name"),
        [
            ("Europe/Berlin", "Europe/Berlin"),
            ("europe/berlin", "Europe/Berlin"),
            ("Romance Standard Time", "Europe/Paris"),
            ("/freeassociation.sourceforge.net/Europe/Berlin", "Europe/Berlin"),
            ("/vendor.example/20260101_1/America/Argentina/Ushuaia", "America/Argentina/Ushuaia"),
            ("tzone://Microsoft/Utc", "Etc/UTC"),
            ("GMT", "Etc/UTC"),
            ("Europe", None),
            ("Customized Time Zone", None),
            ("", None),
        ],
    )
    def test_zones_have_many_names(self, tzid, name):
        """IANA names, Windows names and names after a path are known; other names are not guessed."""
        assert iana_name(tzid) == name

    @pytest.mark.parametrize("tzid", ["Romance Standard Time", "Europe/Paris", '"Romance Standard Time"'])
    def test_named_zone_decides_the_instant(self, tzid):
        """10:00 in Paris is 09:00 UTC in March and 08:00 in April, with any name of the time zone."""
        lines = f"DTSTART;TZID={tzid}:20260310T100000\nRDATE;TZID={tzid}:20260410T100000\nDURATION:PT30M"
        events, problems = read(vevent(lines))
        assert problems == []
        assert [event.start for event in events] == [utc(2026, 3, 10, 9), utc(2026, 4, 10, 8)]
        assert {(event.start_tzid, event.end_tzid) for event in events} == {("Europe/Paris", "Europe/Paris")}

    @pytest.mark.parametrize(
        ("name", "tzid"),
        [
            ("Customized Time Zone", "Europe/"),
            ("(UTC+01:00) Brussels, Copenhagen, Madrid, Paris", "Europe/Paris"),
            ("(UTC+01:00) Amsterdam, Berlin, Rome", "Europe/Berlin"),
        ],
    )
    def test_described_zone_becomes_an_iana_zone(self, name, tzid):
        """A time zone of the file is identified by its rules, and by a city in its name."""
        event = one(PARIS.format(name=name), vevent(f'DTSTART;TZID="{name}":20260710T100000\nDURATION:PT1H'))
        assert event.start == utc(2026, 7, 10, 8)
        assert event.start_tzid.startswith(tzid)

    @pytest.mark.parametrize(
        ("tzid", "hour", "problems"),
        [
            ("GMT", 8, 1),
            ("UTC", 8, 1),
            ("Europe/London", 8, 1),
            ("Tokyo Standard Time", 8, 1),
            ("Romance Standard Time", 8, 0),
            ("romance standard time", 8, 0),
            ("Europe/Berlin", 8, 0),
            ("/citadel.org/20260101_1/Europe/Berlin", 8, 0),
        ],
    )
    def test_the_rules_of_the_file_count_before_a_name(self, tzid, hour, problems):
        """A name stands for a known zone only if the file's own rules agree; otherwise a problem names the zone."""
        lines = vevent(f'DTSTART;TZID="{tzid}":20260710T100000')
        events, named = read(PARIS.format(name=tzid), lines)
        assert (events[0].start, [row["uid"] for row in named]) == (utc(2026, 7, 10, hour), [tzid] * problems)
        assert (events[0].start_tzid == tzid) == (tzid == "Europe/Berlin")

    def test_rules_of_no_zone_still_give_the_instant(self):
        """A time zone with the rules of no place gives correct instants, and a problem for its name."""
        unknown_zone = PARIS.format(name="Odd").replace("+0200", "+0217").replace("+0100", "+0117")
        events, problems = read(unknown_zone, vevent("DTSTART;TZID=Odd:20260110T100000\nRRULE:FREQ=MONTHLY;COUNT=8"))
        assert utc(2026, 2, 10, 8, 43) in {event.start for event in events}
        assert utc(2026, 7, 10, 7, 43) in {event.start for event in events}
        assert [(row["component"], row["uid"]) for row in problems] == [("VTIMEZONE", "Odd")]

    def test_two_files_may_describe_one_name_differently(self):
        """The time zones of one file do not affect the next."""
        lines = vevent("DTSTART;TZID=Ours:20260710T100000")
        shifted = PARIS.format(name="Ours").replace("+0200", "+0500").replace("+0100", "+0500")
        assert one(PARIS.format(name="Ours"), lines).start == utc(2026, 7, 10, 8)
        assert one(shifted, lines).start == utc(2026, 7, 10, 5)

    def test_unknown_zone_is_reported(self):
        """A time zone that is neither known nor described is read as the calendar's, with a problem."""
        lines = vevent("DTSTART;TZID=Moon/Tycho:20260310T100000\nSUMMARY:Landing")
        events, problems = read(lines, header="X-WR-TIMEZONE:Europe/Berlin")
        assert events[0].start == utc(2026, 3, 10, 9)
        assert problems[0]["summary"] == "Landing"
        assert "Moon/Tycho" in problems[0]["problem"]

    def test_flight_keeps_both_zones(self):
        """Start and end may be in different time zones, in single events and in series."""
        lines = "DTSTART;TZID=Europe/London:20260310T110000\nDTEND;TZID=America/New_York:20260310T150000"
        for rule in ("", "\nRRULE:FREQ=WEEKLY;COUNT=1"):
            event = one(vevent(lines + rule))
            assert (event.start, event.end) == (utc(2026, 3, 10, 11), utc(2026, 3, 10, 19))
            assert (event.start_tzid, event.end_tzid) == ("Europe/London", "America/New_York")

    @pytest.mark.parametrize(
        ("lines", "start", "end"),
        [
            ("DTSTART;VALUE=DATE:20260310", date(2026, 3, 10), date(2026, 3, 11)),
            ("DTSTART:20260310", date(2026, 3, 10), date(2026, 3, 11)),
            ("DTSTART;VALUE=DATE:20260310\nDTEND;VALUE=DATE:20260313", date(2026, 3, 10), date(2026, 3, 13)),
            ("DTSTART;VALUE=DATE:20260310\nDTEND;VALUE=DATE:20260310", date(2026, 3, 10), date(2026, 3, 11)),
            ("DTSTART;VALUE=DATE:20260310\nDURATION:P2D", date(2026, 3, 10), date(2026, 3, 12)),
            ("DTSTART:20260310T090000Z", utc(2026, 3, 10, 9), utc(2026, 3, 10, 9)),
            ("DTSTART:20260310T090000Z\nDURATION:PT45M", utc(2026, 3, 10, 9), utc(2026, 3, 10, 9, 45)),
            ("DTSTART:20260310T220000Z\nDTEND:20260312T060000Z", utc(2026, 3, 10, 22), utc(2026, 3, 12, 6)),
            (
                "DTSTART;TZID=Europe/Berlin:20260328T120000\nDURATION:P1D",
                utc(2026, 3, 28, 11),
                utc(2026, 3, 29, 10),
            ),
            (
                "DTSTART;TZID=Europe/Berlin:20260328T230000\nDURATION:PT6H",
                utc(2026, 3, 28, 22),
                utc(2026, 3, 29, 4),
            ),
            (
                "DTSTART:20260310T000000\nDTEND:20260311T000000\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE",
                date(2026, 3, 10),
                date(2026, 3, 11),
            ),
        ],
    )
    def test_length_follows_the_standard(self, lines, start, end):
        """A missing end follows RFC 5545: a day, no duration, or the DURATION."""
        event = one(vevent(lines))
        assert (event.start, event.end) == (start, end)
        assert type(event.start) is type(start)


class TestSeries:
    WEEKLY = "DTSTART;TZID=Europe/London:20260302T090000\nDTEND;TZID=Europe/London:20260302T093000\nSUMMARY:1:1\n"

    def test_occurrences_keep_the_wall_clock(self):
        """A weekly meeting at 9 stays at 9 when clocks change; each occurrence has its own uid, all have one series."""
        events, problems = read(vevent(self.WEEKLY + "RRULE:FREQ=WEEKLY;COUNT=6"))
        assert problems == []
        assert [event.start.hour for event in events] == [9, 9, 9, 9, 8, 8]
        assert len({event.event_uid for event in events}) == 6
        assert len({event.series_identifier for event in events}) == 1
        assert all(event.recurring for event in events)

    def test_exceptions_and_additions(self):
        """EXDATE removes, RDATE adds, RECURRENCE-ID moves or cancels an occurrence."""
        moved = vevent(
            "RECURRENCE-ID;TZID=Europe/London:20260316T090000\nDTSTART;TZID=Europe/London:20260317T140000\n"
            "DTEND;TZID=Europe/London:20260317T150000\nSUMMARY:1:1 (moved)"
        )
        cancelled = vevent(
            "RECURRENCE-ID;TZID=Europe/London:20260323T090000\nDTSTART;TZID=Europe/London:20260323T090000\n"
            "DTEND;TZID=Europe/London:20260323T093000\nSTATUS:CANCELLED"
        )
        rules = "RRULE:FREQ=WEEKLY;COUNT=4\nEXDATE;TZID=Europe/London:20260309T090000\n"
        master = vevent(self.WEEKLY + rules + "RDATE;TZID=Europe/London:20260313T120000")
        events, problems = read(master, moved, cancelled)
        assert problems == []
        assert [(event.start, event.summary, event.status) for event in events] == [
            (utc(2026, 3, 2, 9), "1:1", "confirmed"),
            (utc(2026, 3, 13, 12), "1:1", "confirmed"),
            (utc(2026, 3, 17, 14), "1:1 (moved)", "confirmed"),
            (utc(2026, 3, 23, 9), None, "cancelled"),
        ]
        assert not any(event.deleted for event in events)

    def test_moving_keeps_the_uid(self):
        """The id of an occurrence depends on UID and RECURRENCE-ID, not on its time."""
        before, _ = read(vevent(self.WEEKLY + "RRULE:FREQ=WEEKLY;COUNT=2"))
        change = "RECURRENCE-ID;TZID=Europe/London:20260309T090000\nDTSTART:20260311T090000Z"
        after, _ = read(vevent(self.WEEKLY + "RRULE:FREQ=WEEKLY;COUNT=2"), vevent(change))
        assert [event.event_uid for event in before] == [event.event_uid for event in after]
        assert after[1].start == utc(2026, 3, 11, 9)

    def test_moving_a_single_event_keeps_its_uid(self):
        """The id of a single event does not depend on its time."""
        later = SINGLE.replace("20260310", "20260311")
        assert one(vevent(SINGLE)).event_uid == one(vevent(later)).event_uid
        assert not one(vevent(SINGLE)).recurring

    def test_endless_series_fill_the_window(self):
        """A daily series without an end is expanded for the visible time and a margin."""
        events, _ = read(vevent("DTSTART:20150101T080000Z\nRRULE:FREQ=DAILY"))
        days = {event.start.date() for event in events}
        assert {(NOW + timedelta(days=n)).date() for n in range(-42, 202)} <= days
        assert len(days) < 320

    def test_daily_all_day_series(self):
        """Occurrences of an all-day series are dates."""
        events, _ = read(vevent("DTSTART;VALUE=DATE:20260310\nRRULE:FREQ=YEARLY;COUNT=3"))
        assert [(event.start, event.end) for event in events] == [(date(2026, 3, 10), date(2026, 3, 11))]

    def test_change_without_its_series_is_shown(self):
        """A changed occurrence without its series is an event."""
        event = one(vevent("RECURRENCE-ID:20260310T090000Z\n" + SINGLE))
        assert event.start == utc(2026, 3, 10, 9)
        assert event.recurring

    def test_same_uid_on_other_dates_is_kept(self):
        """A series that is exported as events with one UID is read completely."""
        second = SINGLE.replace("20260310", "20260317")
        events, problems = read(vevent(SINGLE), vevent(second))
        assert len({event.event_uid for event in events}) == 2
        assert problems == []

    def test_older_sequence_and_copies_are_reported(self):
        """Of an event with two versions the newer is read, and the other is a problem."""
        events, problems = read(vevent(SINGLE + "\nSEQUENCE:1"), vevent(SINGLE + " 2\nSEQUENCE:2"), vevent(SINGLE))
        assert [event.summary for event in events] == ["Review 2"]
        assert len(problems) == 2
        events, problems = read(vevent(SINGLE), vevent(SINGLE))
        assert len(events) == len(problems) == 1

    def test_events_without_uid_are_told_apart(self):
        """Events without a UID are distinguished by their content, always with the same id."""
        parts = [vevent(SINGLE.replace("Review", name)).replace("UID:a@example.test\n", "") for name in ("A", "B")]
        first, second = read(*parts)[0], read(*parts)[0]
        assert sorted(event.summary for event in first) == ["A", "B"]
        assert [event.event_uid for event in first] == [event.event_uid for event in second]

    def test_a_change_of_this_and_future_occurrences_keeps_all(self):
        """RANGE=THISANDFUTURE changes the occurrence and all later ones, but not those with a change of their own."""
        master = vevent(self.WEEKLY + "RRULE:FREQ=WEEKLY;COUNT=8")
        change = (
            "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/London:{day}T090000\n"
            "DTSTART;TZID=Europe/London:{start}\nDTEND;TZID=Europe/London:{end}\nSUMMARY:{title}"
        )
        second = change.format(day="20260316", start="20260317T140000", end="20260317T150000", title="Later")
        third = change.format(day="20260413", start="20260413T080000", end="20260413T081500", title="Early")
        single = "RECURRENCE-ID;TZID=Europe/London:20260323T090000\nDTSTART:20260327T090000Z\nSUMMARY:Once"
        events, problems = read(master, vevent(third), vevent(second), vevent(single))
        assert problems == []
        assert [(event.start, event.end - event.start, event.summary) for event in events] == [
            (utc(2026, 3, 2, 9), timedelta(minutes=30), "1:1"),
            (utc(2026, 3, 9, 9), timedelta(minutes=30), "1:1"),
            (utc(2026, 3, 17, 14), timedelta(hours=1), "Later"),
            (utc(2026, 3, 27, 9), timedelta(0), "Once"),
            (utc(2026, 3, 31, 13), timedelta(hours=1), "Later"),  # 14:00 by the clock, which has changed
            (utc(2026, 4, 7, 13), timedelta(hours=1), "Later"),
            (utc(2026, 4, 13, 7), timedelta(minutes=15), "Early"),
            (utc(2026, 4, 20, 7), timedelta(minutes=15), "Early"),
        ]
        assert len({event.event_uid for event in events}) == 8

    def test_a_change_of_this_and_future_days(self):
        """All-day series can be moved as well; a change of a date that the rule lacks is an event of its own."""
        master = vevent("DTSTART;VALUE=DATE:20260310\nRRULE:FREQ=DAILY;COUNT=4\nSUMMARY:Duty")
        change = "RECURRENCE-ID;RANGE=THISANDFUTURE;VALUE=DATE:{0}\nDTSTART;VALUE=DATE:{1}\nSUMMARY:Late"
        events, _ = read(master, vevent(change.format("20260312", "20260314")))
        assert [event.start.day for event in events] == [10, 11, 14, 15]
        events, _ = read(master, vevent(change.format("20260401", "20260402")))
        assert [event.start.day for event in events] == [10, 11, 12, 13, 2]

    @pytest.mark.parametrize(
        ("start", "until", "count"),
        [
            ("DTSTART;TZID=America/New_York:20260309T210000", "20260313T210000", 5),
            ("DTSTART;TZID=America/New_York:20260309T210000", "20260313T205959", 4),
            ("DTSTART;TZID=America/New_York:20260309T210000", "20260313", 5),
            ("DTSTART;TZID=America/New_York:20260309T210000", "20260314T010000Z", 5),
            ("DTSTART;TZID=America/New_York:20260309T210000", "20260314T005959Z", 4),
            ("DTSTART:20260309T210000Z", "20260313", 5),
            ("DTSTART;VALUE=DATE:20260309", "20260313", 5),
            ("DTSTART;VALUE=DATE:20260309", "20260313T000000Z", 5),
            ("DTSTART;VALUE=DATE:20260309", "20260313T235959", 5),
        ],
    )
    def test_until_is_a_local_time_of_the_start(self, start, until, count):
        """Without Z it is a time by the clock of DTSTART, and a date includes its whole day there."""
        events, problems = read(vevent(f"{start}\nRRULE:FREQ=DAILY;UNTIL={until}"))
        assert (len(events), problems) == (count, [])

    @pytest.mark.parametrize("rule", ["RRULE:", "RRULE:FREQ=", "RRULE:COUNT=3", "RRULE:FREQ=FORTNIGHTLY"])
    def test_a_rule_without_a_frequency_leaves_a_single_event(self, rule):
        """The event stays, with a problem for its rule."""
        events, problems = read(vevent(f"{SINGLE}\n{rule}"))
        assert [event.start for event in events] == [utc(2026, 3, 10, 9)]
        assert len(problems) == 1

    @pytest.mark.parametrize(
        ("zone", "first", "length"),
        [
            ("Europe/Berlin", "20260328T023000", 30),
            ("Europe/Berlin", "20260328T023000", 90),
            ("America/New_York", "20260307T020000", 15),
            ("Australia/Lord_Howe", "20261003T021000", 30),
            ("Africa/Cairo", "20260423T003000", 45),
        ],
    )
    def test_an_occurrence_that_the_clocks_skip_keeps_its_length(self, zone, first, length):
        """It begins when the clocks have skipped its start, and is as long as the others."""
        start = datetime.strptime(first, "%Y%m%dT%H%M%S")
        end = f"{start + timedelta(minutes=length):%Y%m%dT%H%M%S}"
        text = vevent(f"DTSTART;TZID={zone}:{first}\nDTEND;TZID={zone}:{end}\nRRULE:FREQ=DAILY;COUNT=3")
        office = read_ics(calendar(text), name="x.ics", now=start.replace(tzinfo=UTC))
        assert {event.end - event.start for event in in_order(office)} == {timedelta(minutes=length)}
        assert len(in_order(office)) == 3

    @pytest.mark.parametrize(
        ("lines", "end"),
        [
            ("DTEND;TZID=Europe/Berlin:20260329T030000", utc(2026, 3, 29, 2)),
            ("DURATION:PT30M", utc(2026, 3, 29, 2)),
            ("DURATION:P1D", utc(2026, 3, 30, 0, 30)),
            ("DTEND;TZID=Europe/Berlin:20260329T023000", utc(2026, 3, 29, 1, 30)),
        ],
    )
    def test_an_event_whose_start_the_clocks_skip(self, lines, end):
        """A single event begins after the gap and keeps its length too; a day ends at the same time of the next."""
        event = one(vevent("DTSTART;TZID=Europe/Berlin:20260329T023000\n" + lines))
        assert (event.start, event.end) == (utc(2026, 3, 29, 1, 30), end)

    @pytest.mark.parametrize("title", ["Review", "Review (copy)"])
    def test_a_date_names_the_occurrence_of_that_day(self, title):
        """A RECURRENCE-ID as a date replaces the occurrence of a timed series, and a time that of a series of days."""
        timed = vevent(self.WEEKLY + "RRULE:FREQ=DAILY;COUNT=3")
        change = f"RECURRENCE-ID;VALUE=DATE:20260303\nDTSTART;TZID=Europe/London:20260303T200000\nSUMMARY:{title}"
        events, problems = read(timed, vevent(change))
        assert [(event.start, event.summary) for event in events] == [
            (utc(2026, 3, 2, 9), "1:1"),
            (utc(2026, 3, 3, 20), title),
            (utc(2026, 3, 4, 9), "1:1"),
        ]
        assert problems == []
        days = vevent("DTSTART;VALUE=DATE:20260310\nRRULE:FREQ=DAILY;COUNT=3\nSUMMARY:Duty")
        events, _ = read(days, vevent(f"RECURRENCE-ID:20260311T000000Z\nDTSTART;VALUE=DATE:20260320\nSUMMARY:{title}"))
        assert [(event.start.day, event.summary) for event in events] == [(10, "Duty"), (12, "Duty"), (20, title)]

    def test_events_of_one_uid_and_start_with_other_titles_stay(self):
        """They are two events; the same title is a copy, which is left out with a problem."""
        other = SINGLE.replace("Review", "Planning")
        events, problems = read(vevent(SINGLE), vevent(other), vevent(SINGLE))
        assert sorted(event.summary for event in events) == ["Planning", "Review"]
        assert len({event.event_uid for event in events}) == 2
        assert len(problems) == 1


_HOURS, _MINUTES = ",".join(map(str, range(24))), ",".join(map(str, range(60)))
_DATES = ",".join((datetime(1950, 1, 1) + timedelta(hours=3 * n)).strftime("%Y%m%dT%H%M%SZ") for n in range(40_000))


class TestLimits:
    @pytest.mark.parametrize(
        ("lines", "word", "count"),
        [
            (f"RRULE:FREQ=DAILY;BYHOUR={_HOURS};BYMINUTE={_MINUTES}", "dates", 1),
            (
                f"RRULE:FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR={_HOURS};BYMINUTE={_MINUTES};BYSECOND={_MINUTES}",
                "dates",
                1,
            ),
            (f"RRULE:FREQ=YEARLY;BYHOUR={_HOURS};BYMINUTE={_MINUTES};BYSECOND={_MINUTES};BYSETPOS=1", "dates", 1),
            (f"RRULE:FREQ=MINUTELY;COUNT=2;BYSECOND={_MINUTES}", None, 2),
            ("RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", "dates", 1),
            ("RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "no date", 1),
            ("RRULE:FREQ=DAILY;INTERVAL=7;BYDAY=SU", "no date", 1),
            ("RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29", None, 1),
            ("RRULE:FREQ=DAILY;INTERVAL=0;COUNT=3", "INTERVAL", 3),
            (f"RRULE:FREQ=DAILY;COUNT=3;BYSETPOS={','.join(['1'] * 3_000)}", "characters", 1),
            (f"RRULE:FREQ=DAILY;COUNT=3\nEXDATE:{_DATES}", "EXDATE", 3),
            ("RRULE:FREQ=DAILY;COUNT=3\n" + "\n".join(f"EXDATE:{date}" for date in _DATES.split(",")), "EXDATE", 3),
            (f"RDATE:{_DATES}", "RDATE", 1),
            ("DESCRIPTION:" + "a\\, " * 100_000, "DESCRIPTION", 1),
            ("\n".join(f"ATTENDEE:mailto:a{n}@example.org" for n in range(6_000)), "ATTENDEE", 1),
            ("X-UNKNOWN:" + "a\\, " * 100_000, None, 1),
        ],
        ids=range(16),
    )
    def test_what_would_take_long_is_limited_and_named(self, lines, word, count):
        """What a file repeats beyond any use is left out before it is parsed, and a problem says what."""
        events, problems = read(vevent(f"{SINGLE}\n{lines}"))
        assert len(events) >= count
        assert [word in row["problem"] for row in problems if row["component"] == "VEVENT"] == ([True] if word else [])

    def test_dates_that_are_listed_twice_count_once(self):
        """A list that repeats its dates is no longer than the dates in it."""
        repeated = "EXDATE:" + ",".join(["20260311T090000Z"] * 30_000)
        events, problems = read(vevent(f"{SINGLE}\nRRULE:FREQ=DAILY;COUNT=3\n{repeated}"))
        assert ([event.start.day for event in events], problems) == ([10, 12], [])


class TestFields:
    def test_everything_that_an_invitation_says(self):
        """People, replies, location, categories, privacy and conference are read."""
        event = one(
            vevent(
                SINGLE
                + "\nDESCRIPTION:One\\, two\\nthree\nLOCATION:Room 4\nGEO:51.5;-0.12\nCATEGORIES:Red\\, dark,Blue"
                "\nCATEGORIES:\nCLASS:PRIVATE\nSTATUS:TENTATIVE\nURL:https://intra.example/1"
                "\nORGANIZER;CN=Ann:mailto:ann@example.test"
                "\nATTENDEE;PARTSTAT=ACCEPTED;CN=ann@example.test:MAILTO:ann@example.test"
                "\nATTENDEE;PARTSTAT=NEEDS-ACTION;CN=Bo:mailto:bo@example.test"
                "\nATTENDEE;CN=Cy;EMAIL=cy@example.test:/principal/1\nATTENDEE;PARTSTAT=DELEGATED:invalid:nomail"
                "\nX-GOOGLE-CONFERENCE:https://call.example/abc"
                "\nCREATED:20260101T080000Z\nLAST-MODIFIED:20260202T080000Z"
            )
        )
        assert event.description == "One, two\nthree"
        assert event.location == {"description": "Room 4", "lat": "51.5", "long": "-0.12"}
        assert event.categories == ["Red, dark", "Blue"]
        assert event.event_private
        assert event.status == "tentative"
        assert event.url == "https://intra.example/1"
        assert event.organizer == {"email": "ann@example.test", "display_name": "Ann"}
        assert event.attendees == [
            {"email": "ann@example.test", "display_name": None, "status": "accepted"},
            {"email": "bo@example.test", "display_name": "Bo", "status": "needs_action"},
            {"email": "cy@example.test", "display_name": "Cy", "status": "needs_action"},
            {"email": None, "display_name": None, "status": "unknown"},
        ]
        assert event.meeting_url == "https://call.example/abc"
        assert event.conferencing == {"provider_name": "call.example", "join_url": "https://call.example/abc"}
        assert (event.created, event.updated) == (utc(2026, 1, 1, 8), utc(2026, 2, 2, 8))

    @pytest.mark.parametrize(
        ("lines", "transparency", "extended", "status"),
        [
            ("", "opaque", None, "confirmed"),
            ("TRANSP:TRANSPARENT", "transparent", None, "confirmed"),
            ("X-MICROSOFT-CDO-BUSYSTATUS:FREE", "transparent", "transparent", "confirmed"),
            ("X-MICROSOFT-CDO-BUSYSTATUS:OOF\nTRANSP:OPAQUE", "opaque", "out_of_office", "confirmed"),
            ("X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE", "opaque", "tentative", "tentative"),
            ("X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE\nTRANSP:TRANSPARENT",
             "transparent", "working_elsewhere", "confirmed"),
            ("STATUS:CANCELLED", "opaque", None, "cancelled"),
            ("STATUS:ODD", "opaque", None, "unknown"),
        ],
    )  # fmt: skip
    def test_busy_or_free(self, lines, transparency, extended, status):
        """Outlook's busy status, TRANSP and STATUS become transparency and status."""
        event = one(vevent(SINGLE + "\n" + lines))
        assert (event.transparency, event.extended_transparency, event.status) == (transparency, extended, status)

    def test_own_reply_is_found(self):
        """If the calendar is named by its owner's address, participation_status is the owner's reply."""
        lines = SINGLE + "\nATTENDEE;PARTSTAT=DECLINED:mailto:Jo@example.test\nATTENDEE:mailto:bo@example.test"
        office = read_ics(calendar(vevent(lines), header="X-WR-CALNAME:jo@example.test"), name="x.ics", now=NOW)
        assert office.accounts[0].email == "jo@example.test"
        assert in_order(office)[0].participation_status == "declined"

    def test_owner_is_who_is_in_every_meeting(self):
        """Otherwise the owner is the one person in nearly all meetings."""
        parts = [
            vevent(
                SINGLE
                + f"\nATTENDEE;CN=Jo;PARTSTAT=TENTATIVE:mailto:jo@example.test\nATTENDEE:mailto:p{n}@example.test",
                uid=f"{n}",
            )
            for n in range(4)
        ]
        office = read_ics(calendar(*parts, header="X-WR-CALNAME:Work"), name="x.ics", now=NOW)
        account = office.accounts[0]
        assert (account.email, account.name) == ("jo@example.test", "Jo")
        assert {event.participation_status for event in account.events.values()} == {"tentative"}

    def test_account_is_named_after_calendar_or_file(self):
        """The account has an address, a name, one profile and the calendar's time zone."""
        account = read_ics(
            calendar(vevent(SINGLE), header="X-WR-CALNAME:Bürger\\, Café\nX-WR-TIMEZONE:Europe/Berlin"),
            name="my.ics",
            now=NOW,
        ).accounts[0]
        assert [listed.calendar_name for listed in account.calendars] == ["Bürger, Café"]
        assert account.zoneinfo == account.calendars[0].tzid == "Europe/Berlin"
        assert account.email.endswith("@example.test")
        assert (account.sub[:4], account.calendars[0].calendar_primary) == ("acc_", True)
        unnamed = read_ics(calendar(vevent(SINGLE)), name="my.ics", now=NOW).accounts[0]
        assert [listed.calendar_name for listed in unnamed.calendars] == ["my"]

    def test_several_calendars_in_one_file(self):
        """Calendars with different names are separate, those with the same name are merged."""
        data = b"".join(
            calendar(vevent(SINGLE, uid=uid), header=f"X-WR-CALNAME:{name}")
            for uid, name in (("a", "Work"), ("b", "Home"), ("c", "Work"))
        )
        account = read_ics(data, name="x.ics", now=NOW).accounts[0]
        assert [listed.calendar_name for listed in account.calendars] == ["Work", "Home"]
        assert len(account.events) == 3
        assert [listed.calendar_primary for listed in account.calendars] == [True, False]

    def test_nothing_is_changed_after_now(self):
        """No event is created or updated after now."""
        event = one(vevent(SINGLE + "\nCREATED:20300101T000000Z\nLAST-MODIFIED:20310101T000000Z"))
        assert (event.created, event.updated) == (NOW, NOW)

    def test_cancelling_calendar_cancels(self):
        """METHOD:CANCEL cancels every event of the calendar."""
        assert one(vevent(SINGLE), header="METHOD:CANCEL").status == "cancelled"


class TestProblems:
    @pytest.mark.parametrize(
        ("lines", "word", "left"),
        [
            ("SUMMARY:No start", "no start", 0),
            ("DTSTART:tomorrow", "DTSTART", 0),
            ("DTSTART:20260310T090000Z\nDTEND:later", "DTEND", 1),
            ("DTSTART:20260310T090000Z\nDTEND:20260310T080000Z", "before its start", 1),
            ("DTSTART:20260310T090000Z\nDURATION:-PT1H", "negative", 1),
            ("DTSTART:20260310T090000Z\nDTEND:20260310T093000Z\nDURATION:PT1H", "both", 1),
            ("DTSTART:20260310T090000Z\nthis line is broken", "broken", 1),
            ("DTSTART:20260310T090000Z\nRRULE:FREQ=SOMETIMES", "RRULE", 1),
            ("DTSTART:20260310T090000Z\nRRULE:FREQ=WEEKLY;BYDAY=XX", "RRULE", 1),
            ("DTSTART:20260310T090000Z\nRRULE:FREQ=SECONDLY", "dates", 1),
            ("DTSTART:18000310T090000Z\nRRULE:FREQ=DAILY", "dates", 0),
            ("DTSTART;TZID=Asia/Tokyo:00010101T000000", "year 1;", 0),
            ("DTSTART;VALUE=DATE:20260310\nDTEND;VALUE=DATE:99991231", "year 9999", 0),
            ("DTSTART:20260310T090000Z\nRRULE:FREQ=SECONDLY;COUNT=9000000", "dates", 1),
            ("DTSTART:20260310T090000Z\nRRULE:FREQ=DAILY;COUNT=9;UNTIL=20260312T090000Z", "COUNT and UNTIL", 3),
            ("DTSTART:20260310T090000Z\nRRULE:FREQ=WEEKLY;UNTIL=20260401T;COUNT=2", "", 1),
            ("DTSTART:20260310T090000Z\nDTSTART:20260311T090000Z", "more than once", 1),
            ("DTSTART:20260310T090000Z\nEXRULE:FREQ=DAILY", "EXRULE", 1),
            ("DTSTART:20260310T090000Z\nGEO:here", "GEO", 1),
            ("DTSTART:20260310T090000Z\nSEQUENCE:two", "SEQUENCE", 1),
            ("DTSTART:20260310T090000Z\nCREATED:00001231T000000Z", "CREATED", 1),
            ("DTSTART:20260310T090000Z\nEND:VALARM", "END:VALARM", 1),
            ("DTSTART:20260310T090000Z\nBEGIN:VALARM\nACTION:DISPLAY", "no END", 1),
        ],
    )
    def test_what_is_broken_is_named(self, lines, word, left):
        """An invalid component is a problem with its uid, its valid parts are read, and the others are unaffected."""
        events, problems = read(vevent("SUMMARY:Bad\n" + lines, uid="bad"), vevent(SINGLE, uid="good"))
        assert {row["uid"] for row in problems} == {"bad"}
        assert {row["component"] for row in problems} == {"VEVENT"}
        assert any(word in row["problem"] for row in problems)
        assert len(events) == left + 1

    @pytest.mark.parametrize("name", ["VTODO", "VJOURNAL", "VFREEBUSY", "X-THING"])
    def test_what_is_no_event_is_named(self, name):
        """Tasks, journals and other components are problems with their kind."""
        events, problems = read(vevent("SUMMARY:Buy milk", uid="t", name=name), vevent(SINGLE))
        assert len(events) == 1
        assert [(row["component"], row["uid"], row["summary"]) for row in problems] == [(name, "t", "Buy milk")]

    def test_alarms_are_part_of_their_event(self):
        """An alarm within an event is no problem, and its summary is not that of the event."""
        alarm = "BEGIN:VALARM\nACTION:EMAIL\nSUMMARY:Wake up\nTRIGGER:-PT5M\nEND:VALARM"
        assert one(vevent(SINGLE + "\n" + alarm)).summary == "Review"

    def test_a_file_that_breaks_off_keeps_what_it_has(self):
        """A truncated file is read up to its end, with a problem."""
        data = calendar(vevent(SINGLE), vevent(SINGLE, uid="b"))
        office = read_ics(data[: data.rindex(b"SUMMARY")], name="x.ics", now=NOW)
        assert len(office.accounts[0].events) == 2
        assert [row["problem"] for row in office.problems] == ["the file breaks off inside it"]

    @pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\r\r\n"])
    @pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
    def test_line_ends_and_byte_order_marks(self, end, mark):
        """CRLF, LF and CR end lines, with or without a byte order mark."""
        data = mark + calendar(vevent(SINGLE + "\nDESCRIPTION:one\n  two"), end=end)
        office = read_ics(data, name="x.ics", now=NOW)
        assert office.problems == []
        assert in_order(office)[0].description == "one two"

    def test_utf_16_is_read(self):
        """A UTF-16 file is read."""
        data = calendar(vevent(SINGLE.replace("Review", "Prüfung"))).decode().encode("utf-16")
        assert in_order(read_ics(data, name="x.ics", now=NOW))[0].summary == "Prüfung"

    def test_other_bytes_are_read_as_western_text_and_reported(self):
        """Latin-1 lines are read beside UTF-8 lines, even if folded within a character."""
        data = calendar(vevent(SINGLE.replace("Review", "@@\nDESCRIPTION:##")))
        folded = "für".encode()[:2] + b"\r\n " + "für".encode()[2:]
        data = data.replace(b"@@", "Prüfung – 1".encode("cp1252")).replace(b"##", folded)
        office = read_ics(data, name="x.ics", now=NOW)
        assert (in_order(office)[0].summary, in_order(office)[0].description) == ("Prüfung – 1", "für")
        assert [row["problem"][:13] for row in office.problems] == ["1 of 12 lines"]

    @pytest.mark.parametrize(
        ("data", "description"),
        [
            (b"", "nothing"),
            (b"<!DOCTYPE html><html>Sign in</html>", "web page"),
            (b"BEGIN:VCARD\r\nFN:Jo\r\nEND:VCARD\r\n", "vCard"),
            (b'{"events": []}', "JSON"),
            (b"Subject,Start Date\r\nLunch,3/4/2026\r\n", "text"),
            (b"\x89PNG\x00\x01", "binary"),
        ],
    )
    def test_what_is_no_calendar_is_refused(self, data, description):
        """Other files raise ValueError, which describes the content without quoting it and says what to give."""
        with pytest.raises(ValueError, match=r"x\.ics is no iCalendar file.*Export the calendar as \.ics") as caught:
            read_ics(data, name="x.ics", now=NOW)
        assert description in str(caught.value)
        assert "Lunch" not in str(caught.value)

    def test_a_zip_archive_is_refused_also_where_its_files_can_be_read_as_text(self):
        """Google exports one; a file that is stored in it as it is would be read with what is around it."""
        content = BytesIO()
        with ZipFile(content, "w") as archive:
            archive.writestr("work.ics", calendar(vevent(SINGLE)))
        with pytest.raises(FrameError, match=r"x\.ics is a ZIP archive.*unpack it and give an \.ics file of it"):
            read_ics(content.getvalue(), name="x.ics", now=NOW)

    def test_events_without_calendar_are_taken(self):
        """An event outside a VCALENDAR is read, with a problem."""
        office = read_ics(vevent(SINGLE).encode(), name="x.ics", now=NOW)
        assert len(office.accounts[0].events) == 1
        assert "outside every calendar" in office.problems[0]["problem"]

    def test_any_line_may_be_lost_or_doubled(self):
        """If any line is missing, doubled or truncated, the other event is read and nothing raises."""
        rules = "RRULE:FREQ=WEEKLY;COUNT=3\nEXDATE:20260317T090000Z\nBEGIN:VALARM\nTRIGGER:-PT5M\nEND:VALARM"
        lines = (PARIS.format(name="Ours") + "\n" + vevent(SINGLE + "\n" + rules)).split("\n")
        for n, line in enumerate(lines):
            for instead in ([], [line, line], [line[: len(line) // 2]]):
                events, _ = read("\n".join(lines[:n] + instead + lines[n + 1 :]), vevent(SINGLE, uid="good"))
                assert any(not event.recurring for event in events), (line, instead)

    def test_unknown_zone_given_is_refused(self):
        """An unknown `zone` raises ValueError."""
        with pytest.raises(ValueError, match="Europe/London"):
            read(vevent(SINGLE), zone="Mars/Olympus")

    def test_naive_now_is_refused(self):
        """`now` without a time zone raises ValueError."""
        with pytest.raises(ValueError, match="no time zone"):
            read_ics(calendar(vevent(SINGLE)), name="x.ics", now=datetime(2026, 3, 4))

    def test_no_warning_leaks_out(self):
        """Warnings of the libraries are not shown."""
        with warnings.catch_warnings(record=True) as recorded:
            warnings.simplefilter("always")
            zone = vevent("DTSTART;TZID=/vendor.example/Europe/Berlin:20260310T090000\nRRULE:FREQ=DAILY;COUNT=3")
            read(zone, vevent("DTSTART:x", uid="b"), vevent(SINGLE, uid="c"))
        assert recorded == []


class TestClock:
    OLD = "DTSTART:2019{month:02d}10T090000Z\nDURATION:PT1H"

    def old(self, months):
        """Return a file with one event in each of these months of 2019."""
        return calendar(*(vevent(self.OLD.format(month=month), uid=f"m{month}") for month in months))

    def test_now_stays_when_it_shows_events(self):
        """The clock stays if events are visible now."""
        assert suggest_now(parsed(calendar(vevent(SINGLE))), NOW) == NOW

    def test_old_file_says_so_and_gives_its_span(self):
        """A file without visible events is read, and its problem names the time of its events."""
        office = read_ics(self.old([1, 5]), name="old.ics", now=NOW)
        assert office.accounts[0].events == {}
        assert "2019-01-10 to 2019-05-10" in office.problems[0]["problem"]
        assert time_range_of(parsed(self.old([1, 5]))) == (utc(2019, 1, 10, 9), utc(2019, 5, 10, 10))

    @pytest.mark.parametrize("months", [[5], [1, 2, 3, 4, 5, 6], range(1, 13)])
    def test_old_file_moves_the_clock_into_it(self, months):
        """At the suggested time the latest busy period is visible."""
        data = self.old(months)
        moment = suggest_now(parsed(data), NOW)
        assert moment.time() == NOW.time()
        office = read_ics(data, name="old.ics", now=moment)
        low, high = moment - timedelta(days=42), moment + timedelta(days=201)
        shown = [event.start for event in in_order(office) if low <= event.start < high]
        assert len(shown) == min(len(months), 8)
        assert max(shown) == max(event.start for event in in_order(office))
        assert office.problems == []

    def test_one_far_event_does_not_draw_the_clock(self):
        """A single event in 2099 does not move the clock."""
        data = calendar(
            *(vevent(self.OLD.format(month=month), uid=f"m{month}") for month in range(1, 7)),
            vevent("DTSTART;VALUE=DATE:20990101", uid="far"),
        )
        assert suggest_now(parsed(data), NOW).year in {2018, 2019}

    def test_finished_series_count_by_their_last_dates(self):
        """For a series that has ended the clock moves to its end."""
        data = calendar(vevent("DTSTART:20150105T090000Z\nRRULE:FREQ=WEEKLY;UNTIL=20190630T000000Z"))
        moment = suggest_now(parsed(data), NOW)
        assert utc(2018, 6, 1) < moment < utc(2019, 6, 30)
        assert len(in_order(read_ics(data, name="x.ics", now=moment))) > 30

    @pytest.mark.parametrize("until", ["00010101", "20180101", "99991231T235959Z"])
    def test_odd_ends_of_rules_do_no_harm(self, until):
        """A rule may end before it starts, or at the end of time."""
        data = calendar(vevent(f"DTSTART:20190105T090000Z\nRRULE:FREQ=WEEKLY;UNTIL={until}"), vevent(SINGLE, uid="b"))
        assert suggest_now(parsed(data), NOW) == NOW
        first, last = time_range_of(parsed(data))
        assert first in {utc(2019, 1, 5, 9), utc(2026, 3, 10, 9)}
        assert last in {None, utc(2026, 3, 10, 10)}

    def test_series_that_begins_later_is_reached(self):
        """An endless series that has not started moves the clock forward."""
        data = calendar(vevent("DTSTART:20300101T090000Z\nRRULE:FREQ=WEEKLY"))
        moment = suggest_now(parsed(data), NOW)
        assert len(in_order(read_ics(data, name="x.ics", now=moment))) > 20
        assert time_range_of(parsed(data)) == (utc(2030, 1, 1, 9), None)

    def test_empty_calendar_has_no_span(self):
        """A calendar without events is read, has no time range, and the clock stays."""
        assert time_range_of(parsed(calendar())) is None
        assert suggest_now(parsed(calendar()), NOW) == NOW
        office = read_ics(calendar(), name="x.ics", now=NOW)
        assert [row["problem"] for row in office.problems] == ["it has no events that can be read"]


def test_many_events_are_read():
    """2,000 events, a tenth of them long series, are read without a problem."""
    london = ZoneInfo("Europe/London")
    parts = [
        vevent(
            f"DTSTART;TZID={london.key}:{day:%Y%m%d}T100000\nDURATION:PT30M\nSUMMARY:Meeting {n}\n"
            + ("RRULE:FREQ=WEEKLY\n" if n % 10 == 0 else "")
            + "ATTENDEE;CN=Ann;PARTSTAT=ACCEPTED:mailto:ann@example.test",
            uid=f"u{n}",
        )
        for n in range(2000)
        for day in [NOW.date() - timedelta(days=n % 1000)]
    ]
    data = calendar(*parts)
    office = read_ics(data, name="big.ics", now=NOW)
    assert office.problems == []
    assert len(office.accounts[0].events) > 4_000


def test_same_file_gives_the_same_office():
    """Reading twice gives the same ids."""
    data = calendar(vevent(SINGLE), vevent("DTSTART:20260310T090000Z\nRRULE:FREQ=DAILY;COUNT=3", uid="b"))
    assert read_ics(data, name="x.ics", now=NOW) == read_ics(data, name="x.ics", now=NOW)
