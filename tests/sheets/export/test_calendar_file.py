"""From a frame to an iCalendar file."""

import json
import warnings
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cronofy_frames.connecting import connect
from cronofy_frames.frames.decoder import decode
from cronofy_frames.frames.reading import read_calendars, read_events, read_free_busy
from cronofy_frames.frames.scheduling import read_available_periods
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.schema import EVENTS
from cronofy_frames.sheets.export.calendar_file import calendar_bytes
from cronofy_frames.sheets.export.files import export
from cronofy_frames.wire.client import Client
from tests.zone_rules import onsets

TIMED = {"summary": "A", "start": "2026-07-04T08:00:00Z", "end": "2026-07-04T09:30:00Z"}
ZONES = ("Europe/London", "America/St_Johns", "Asia/Kathmandu", "Africa/Accra", "Australia/Lord_Howe", "Africa/Cairo")


def events_of(*rows: dict[str, object], tz: str = "UTC") -> pd.DataFrame:
    """Return events as they would be read."""
    records = [{"calendar_id": "cal_1", "event_uid": f"evt_{n}", **row} for n, row in enumerate(rows)]
    return decode([json.dumps({"events": records}).encode()], EVENTS, rows="events", tz=tz)


def components(frame: pd.DataFrame, tz: str | None = None, **more: Any) -> list[Any]:
    """Return the events that icalendar reads from a frame's file."""
    return list(icalendar.Calendar.from_ical(calendar_bytes(frame, tz, **more)).walk("VEVENT"))


def component(row: dict[str, object], **more: Any) -> Any:
    """Return the one event that icalendar reads."""
    (event,) = components(events_of(row), **more)
    return event


def localized_time(when: str, tzid: str) -> dict[str, str]:
    """Return a time as Cronofy gives it with its zone."""
    return {"time": when, "tzid": tzid}


def test_the_file_is_a_calendar() -> None:
    """What RFC 5545 wants of one is there, lines end and fold as it says, and its zone has a name."""
    content = calendar_bytes(events_of({**TIMED, "description": "ü" * 100}, tz="Europe/Paris"))
    calendar: Any = icalendar.Calendar.from_ical(content)
    assert (calendar["VERSION"], calendar["X-WR-TIMEZONE"]) == ("2.0", "Europe/Paris")
    assert "cronofy_frames" in calendar["PRODID"]
    lines = content.split(b"\r\n")
    assert lines[-1] == b""
    assert max(map(len, lines)) <= 75
    assert b"\n" not in b"".join(lines)


def test_times_are_in_their_own_zones() -> None:
    """Start and end may have different zones; without one they are in the frame's, and UTC is Z."""
    flight = {
        "start": localized_time("2026-07-04T10:00:00Z", "Europe/London"),
        "end": localized_time("2026-07-04T18:00:00Z", "US/Eastern"),
    }
    own = component(flight)
    assert own["DTSTART"].to_ical() == b"20260704T110000"
    assert (own["DTSTART"].params["TZID"], own["DTEND"].params["TZID"]) == ("Europe/London", "US/Eastern")
    assert component(TIMED, tz="Asia/Tokyo")["DTSTART"].params["TZID"] == "Asia/Tokyo"
    assert component(TIMED)["DTSTART"].to_ical() == b"20260704T080000Z"
    etc = component({**TIMED, "start": localized_time("2026-07-04T08:00:00Z", "Etc/UTC")})
    assert etc["DTSTART"].to_ical() == b"20260704T080000Z"


def test_an_unknown_zone_is_ignored() -> None:
    """The instant is right anyway, in the frame's zone."""
    event = component({**TIMED, "start": localized_time("2026-07-04T08:00:00Z", "Mars/Olympus")}, tz="Asia/Tokyo")
    assert event["DTSTART"].dt == datetime(2026, 7, 4, 8, tzinfo=UTC)
    assert event["DTSTART"].params["TZID"] == "Asia/Tokyo"


def test_all_day_rows_are_dates() -> None:
    """They are dates in every zone, with an exclusive end; without an end the event lasts a day."""
    event = component({"start": "2026-07-04", "end": "2026-07-06"}, tz="America/New_York")
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2026, 7, 4), date(2026, 7, 6))
    assert b"DTSTART;VALUE=DATE:20260704" in event.to_ical()
    assert "DTEND" not in component({"start": "2026-07-04", "end": "2026-07-04"})
    assert components(events_of({"start": "2026-04-24", "end": "2026-04-25"}, tz="Africa/Cairo"))[0][
        "DTSTART"
    ].dt == date(2026, 4, 24)


def test_the_second_of_two_wall_times_is_in_utc() -> None:
    """A wall time that comes twice means the first of the two (RFC 5545, 3.3.5)."""
    night = {"start": "2026-10-25T00:30:00Z", "end": "2026-10-25T01:30:00Z"}
    event = component(night, tz="Europe/London")
    assert event["DTSTART"].to_ical() == b"20261025T013000"
    assert event["DTEND"].to_ical() == b"20261025T013000Z"
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(hours=1)


@pytest.mark.parametrize("tzid", [*ZONES, "Africa/Casablanca", "Europe/Dublin", "America/Havana"])
def test_the_rules_of_zones_are_right(tzid: str) -> None:
    """The VTIMEZONE components give the offset of every hour of three years."""
    frame = events_of(TIMED, {**TIMED, "start": "2026-12-31T23:00:00Z", "end": "2027-01-01T01:00:00Z"}, tz=tzid)
    calendar: Any = icalendar.Calendar.from_ical(calendar_bytes(frame))
    (zone,) = calendar.walk("VTIMEZONE")
    changes = sorted(
        ((when - part["TZOFFSETFROM"].td), part["TZOFFSETTO"].td)
        for part in zone.subcomponents
        for when in onsets(part)
    )
    hours = pd.date_range("2025-02-01", "2027-12-31", freq="h")
    positions = np.searchsorted([event[0] for event in changes], hours.to_pydatetime(), side="right") - 1
    expected = [event.utcoffset() for event in hours.tz_localize("UTC").tz_convert(tzid)]
    assert [changes[n][1] for n in positions] == expected


def test_uids_come_from_the_events() -> None:
    """A UID comes from Cronofy's id, else the application's, else the content; a second export has the same UIDs."""
    rows = {**TIMED, "event_id": "mine"}, {**TIMED, "event_uid": None, "event_id": "mine"}, {**TIMED, "event_uid": None}
    first, second, third = (str(component(row)["UID"]) for row in rows)
    assert (first, second) == ("evt_0@cronofy", "mine@cronofy")
    assert third == str(component({**TIMED, "event_uid": None}, tz="Asia/Tokyo")["UID"])
    assert third != str(component({**TIMED, "event_uid": None, "summary": "B"})["UID"])
    assert third.endswith("@cronofy")


def test_an_event_in_two_calendars_is_two() -> None:
    """Programs take rows of one UID for one event, so calendars, or else numbers, make them different."""
    frame = events_of(*[{**TIMED, "event_uid": "evt", "calendar_id": name} for name in ("cal_1", "cal_2")], TIMED)
    assert sorted(str(event["UID"]) for event in components(frame)) == [
        "evt.cal_1@cronofy",
        "evt.cal_2@cronofy",
        "evt_2@cronofy",
    ]
    twice = pd.concat([frame, frame], ignore_index=True)
    assert len({str(event["UID"]) for event in components(twice)}) == 6


def test_the_stamp_is_never_the_clock() -> None:
    """It is the time of the last change, else of creation, else of reading, else a default, so files are the same."""
    made, changed = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"
    assert component({**TIMED, "created": made, "updated": changed})["DTSTAMP"].dt == datetime(2026, 2, 1, tzinfo=UTC)
    assert component({**TIMED, "created": made})["DTSTAMP"].dt == datetime(2026, 1, 1, tzinfo=UTC)
    frame = events_of(TIMED)
    records = datetime(2020, 1, 1, tzinfo=UTC)
    assert components(frame, default_stamp=records)[0]["DTSTAMP"].dt == records
    frame.attrs["cronofy"] = {"fetched_at": "2026-03-04T09:00:00+00:00"}
    assert components(frame)[0]["DTSTAMP"].dt == datetime(2026, 3, 4, 9, tzinfo=UTC)
    for stamp_text in ("someday", "2026-03-04T09:00:00", None):
        frame.attrs["cronofy"] = {"fetched_at": stamp_text}
        assert components(frame, default_stamp=records)[0]["DTSTAMP"].dt == records


FULL = {
    **TIMED,
    "description": "one\ntwo; three, \\n",
    "location": {"description": "Room 1, left", "lat": "52.5", "long": "-0.125"},
    "url": "https://example.test/a,b;c",
    "status": "tentative",
    "transparency": "transparent",
    "extended_transparency": "working_elsewhere",
    "event_private": True,
    "categories": ["a,b", "c"],
    "organizer": {"email": "o@example.test", "display_name": 'O "the" boss; & co: x'},
    "attendees": [
        {"email": "a@example.test", "display_name": "A", "status": "needs_action"},
        {"email": None, "display_name": "no address"},
        {"email": "b@example.test", "display_name": None, "status": "unknown"},
    ],
    "created": "2026-01-01T00:00:00Z",
    "updated": "2026-02-01T00:00:00Z",
    "conferencing": {"provider_name": "zoom", "join_url": "https://zoom.test/j/1?pwd=a,b"},
}


def test_each_column_has_its_property() -> None:
    """Each column that iCalendar has a property for is written, escaped as the property needs it."""
    event = component(FULL)
    assert (event["SUMMARY"], event["DESCRIPTION"], event["LOCATION"]) == ("A", FULL["description"], "Room 1, left")
    assert (event["GEO"].latitude, event["GEO"].longitude) == (52.5, -0.125)
    assert (event["URL"], event["CONFERENCE"]) == (FULL["url"], "https://zoom.test/j/1?pwd=a,b")
    assert event["CONFERENCE"].params["VALUE"] == "URI"
    assert (event["STATUS"], event["TRANSP"], event["CLASS"]) == ("TENTATIVE", "TRANSPARENT", "PRIVATE")
    assert event["X-MICROSOFT-CDO-BUSYSTATUS"] == "WORKINGELSEWHERE"
    assert [str(word) for word in event["CATEGORIES"].cats] == ["a,b", "c"]
    assert (event["CREATED"].dt, event["LAST-MODIFIED"].dt) == (
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 2, 1, tzinfo=UTC),
    )
    assert (event["ORGANIZER"], event["ORGANIZER"].params["CN"]) == ("mailto:o@example.test", 'O "the" boss; & co: x')
    texts = [(str(person), dict(person.params)) for person in event["ATTENDEE"]]
    assert texts == [
        ("mailto:a@example.test", {"CN": "A", "PARTSTAT": "NEEDS-ACTION"}),
        ("mailto:b@example.test", {}),
    ]


def test_missing_values_are_left_out() -> None:
    """Missing and unknown values have no line; an empty title is a title."""
    event = component(
        {**TIMED, "status": "unknown", "transparency": "unknown", "event_private": False, "attendees": []}
    )
    assert set(event) == {"SUMMARY", "DTSTART", "DTEND", "DTSTAMP", "UID"}
    assert component({**TIMED, "summary": ""})["SUMMARY"] == ""
    assert "SUMMARY" not in component({**TIMED, "summary": None})
    assert component({**TIMED, "status": "cancelled"})["STATUS"] == "CANCELLED"
    assert component({**TIMED, "meeting_url": "https://meet.test/x"})["CONFERENCE"] == "https://meet.test/x"


def test_lists_written_by_people_are_read() -> None:
    """A sheet may have words between commas where Cronofy has JSON."""
    frame = events_of(TIMED).assign(attendees="a@example.test; b@example.test, no address", categories="red, blue")
    (event,) = components(frame)
    assert [str(person) for person in event["ATTENDEE"]] == ["mailto:a@example.test", "mailto:b@example.test"]
    assert [str(word) for word in event["CATEGORIES"].cats] == ["red", "blue"]
    (bare,) = components(frame.assign(attendees="{}", categories=" "))
    assert not {"ATTENDEE", "CATEGORIES"} & set(bare)


def test_rows_that_are_no_events_are_left_out() -> None:
    """Deleted ones and those without a start, counted in one warning that names the caller's line."""
    gone = {**TIMED, "deleted": True}, {"deleted": True}, {"summary": "no start"}
    with pytest.warns(UserWarning, match=r"^3 rows are deleted or have no start, and were left out\.$"):
        assert [event["SUMMARY"] for event in components(events_of(TIMED, *gone))] == ["A"]
    with pytest.warns(UserWarning, match="1 row ends before its start, and was written without an end") as texts:
        assert "DTEND" not in component({**TIMED, "end": "2026-07-03T08:00:00Z"})
    assert len(texts) == 1


def test_the_warning_names_the_callers_line(tmp_path: Any) -> None:
    """Who exports sees their own line, not one of ours."""
    with pytest.warns(UserWarning, match="no start") as texts:
        export(events_of({"summary": "no start"}), tmp_path / "x.ics")
    assert texts[0].filename == __file__


def test_a_missing_end_is_left_out() -> None:
    """A timed event without an end has no duration, as in RFC 5545."""
    frame = events_of(TIMED)
    frame["end"] = pd.NaT
    frame["end"] = frame["end"].dt.tz_localize("UTC")
    assert "DTEND" not in components(frame)[0]


def test_free_busy_rows_are_events() -> None:
    """Their status is the title, and decides whether they are opaque."""
    rows = [
        {"start": TIMED["start"], "end": TIMED["end"], "free_busy_status": word}
        for word in ("busy", "tentative", "free")
    ]
    frame = events_of(*rows)[["start", "end", "all_day"]].assign(
        free_busy_status=["busy", "tentative", "free"], calendar_id="cal_1", event_uid=["a", "b", "c"]
    )
    texts = [(event["SUMMARY"], event["TRANSP"], event.get("STATUS")) for event in components(frame)]
    assert texts == [("Busy", "OPAQUE", None), ("Tentative", "OPAQUE", "TENTATIVE"), ("Free", "TRANSPARENT", None)]


def test_frames_of_the_sandbox_become_calendars(client: Client) -> None:
    """Free/busy and available periods are written too, with all their rows."""
    client.upsert_available_period(available_period_id="p1", start="2026-03-05T09:00:00Z", end="2026-03-05T12:00:00Z")
    periods, busy = read_available_periods(client), read_free_busy(client)
    (event,) = components(periods)
    assert (event["SUMMARY"], event["UID"], event["TRANSP"]) == ("Available", "p1@cronofy", "TRANSPARENT")
    assert len(components(busy)) == len(busy) > 0


def test_frames_without_times_are_refused(client: Client) -> None:
    """The message says what is missing and what to do."""
    for frame in (read_calendars(client), events_of(TIMED).drop(columns="end"), events_of(TIMED).assign(start="x")):
        with pytest.raises(
            ValueError, match=r"none in (start|end): write \.csv, \.xlsx or \.parquet, or give a frame of"
        ):
            calendar_bytes(frame)


def test_a_calendar_without_events_is_valid() -> None:
    """A frame without rows gives a file too."""
    calendar = icalendar.Calendar.from_ical(calendar_bytes(events_of()))
    assert not calendar.walk("VEVENT")


def test_texts_are_not_escaped_for_spreadsheets() -> None:
    """Apostrophes are only for spreadsheets."""
    assert component({**TIMED, "summary": "=1+1"})["SUMMARY"] == "=1+1"


def test_texts_cannot_break_the_format() -> None:
    """Line breaks in addresses, names and ids start no new line."""
    evil = "x\r\nBEGIN:VALARM\nEND:VEVENT"
    event = component(
        {
            **TIMED,
            "event_uid": evil,
            "summary": evil,
            "url": f"https://a/{evil}",
            "meeting_url": evil,
            "conferencing": {"provider_name": evil, "join_url": evil},
            "organizer": {"email": evil, "display_name": evil},
            "attendees": [{"email": evil, "display_name": evil, "status": evil}],
            "categories": [evil],
        }
    )
    assert not event.subcomponents
    assert event["SUMMARY"] == "x\nBEGIN:VALARM\nEND:VEVENT"
    assert event["ORGANIZER"] == "mailto:xBEGIN:VALARMEND:VEVENT"


MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)).map(lambda event: event.replace(microsecond=0))


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """Return an event as Cronofy would give it."""
    title = draw(st.text(st.characters(exclude_categories=["Cs"])) | st.text(st.sampled_from("\\n,;:\"^'N\r\n\t\x00 ")))
    start, length = draw(MOMENTS), draw(st.integers(1, 100_000))
    if draw(st.booleans()):
        day = start.date()
        return {"summary": title, "start": str(day), "end": str(day + timedelta(days=length % 400 + 1))}
    end = start + timedelta(minutes=length)
    first, last = draw(st.sampled_from(ZONES)), draw(st.sampled_from(ZONES))
    return {
        "summary": title,
        "start": localized_time(f"{start.isoformat()}Z", first),
        "end": localized_time(f"{end.isoformat()}Z", last),
    }


def plain(text: str) -> str:
    """Return what RFC 5545 lets through of a text."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(event for event in text if event in "\t\n" or (ord(event) >= 32 and ord(event) != 127))


@given(st.lists(rows(), min_size=1, max_size=6), st.sampled_from(["UTC", *ZONES]))
def test_icalendar_reads_the_same(records: list[dict[str, Any]], tz: str) -> None:
    """Titles, instants, days and zones come back, whatever is in them."""
    by_id = {str(event["UID"]): event for event in components(events_of(*records, tz=tz))}
    for n, row in enumerate(records):
        event = by_id[f"evt_{n}@cronofy"]
        assert str(event["SUMMARY"]) == plain(row["summary"])
        for name, read in (("start", event["DTSTART"]), ("end", event["DTEND"])):
            if isinstance(row[name], str):
                assert read.dt == date.fromisoformat(row[name])
                continue
            # Python calls a repeated wall time unequal to every time of another zone (PEP 495)
            assert read.dt.astimezone(UTC) == datetime.fromisoformat(row[name]["time"])
            local = read.dt.astimezone(ZoneInfo(row[name]["tzid"]))
            assert local.fold or read.params["TZID"] == row[name]["tzid"]


def comparable_rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Return what the sandbox should know of events it took from a file."""
    names = ["start", "end", "all_day", "summary", "start_tzid", "status", "transparency", "event_private", "attendees"]
    return sorted(frame[names].fillna("").itertuples(index=False, name=None), key=str)


def test_the_sandbox_reads_the_office() -> None:
    """A whole made-up year is exported and read: titles, instants, zones and attendees."""
    now = "2026-03-02T09:00:00Z"
    with connect(sandbox=Sandbox(now=now)) as client:
        office = read_events(client, tz="Europe/London", localized=True)
    content = calendar_bytes(office)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        box = Sandbox(ics=content, now=now)
    assert not box.problems
    with connect(sandbox=box) as other:
        again = read_events(other, tz="Europe/London", localized=True)
    assert len(office) > 300
    assert comparable_rows(again) == comparable_rows(office)
    assert calendar_bytes(office) == content
