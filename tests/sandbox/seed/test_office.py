"""The seeded office of a sandbox."""

import gc
import hashlib
import itertools
import json
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cronofy_frames.sandbox.model.state import Account, Event
from cronofy_frames.sandbox.seed.office import seed_office
from cronofy_frames.sandbox.seed.people import PEOPLE, WORK

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
WINDOW = (NOW - timedelta(days=42), NOW + timedelta(days=201))


@pytest.fixture(scope="module")
def office():
    """The office at one time."""
    return seed_office(NOW)


@pytest.fixture(scope="module")
def people(office):
    """The accounts of people."""
    return [account for account in office.accounts if account.kind == "account"]


@pytest.fixture(scope="module")
def maya(people):
    """The first account."""
    return people[0]


def instant(moment):
    """Return a time, or a date as its midnight in UTC."""
    return moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day, tzinfo=UTC)


def timed_events(account: Account) -> list[Event]:
    """Return the events that are not all-day."""
    return [event for event in account.events.values() if isinstance(event.start, datetime)]


def at_work(account: Account) -> list[Event]:
    """Return the timed events of the work calendar."""
    work = {calendar.calendar_id for calendar in account.calendars if calendar.calendar_name == WORK}
    return [event for event in timed_events(account) if event.calendar_id in work]


def public_holidays(account: Account) -> set[date]:
    """Return the days of the calendar of public holidays."""
    ids = {
        calendar.calendar_id for calendar in account.calendars if calendar.calendar_name.startswith("Public holidays")
    }
    return {event.start for event in account.events.values() if event.calendar_id in ids}


PRINT = (
    "import hashlib; from datetime import datetime, UTC; from cronofy_frames.sandbox.seed.office import seed_office;"
    "print(hashlib.sha256(repr(seed_office(datetime(2026, 3, 4, 9, 30, tzinfo=UTC))).encode()).hexdigest())"
)


def test_same_moment_and_seed_give_the_same_office_in_every_process():
    """The office depends only on time and seed, not on the hash seed of the process."""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", PRINT], env={**os.environ, "PYTHONHASHSEED": salt}, capture_output=True, check=True
        ).stdout
        for salt in ("1", "2")
    }
    assert len(outputs) == 1
    assert seed_office(NOW) == seed_office(NOW.astimezone(ZoneInfo("Asia/Tokyo")))


def test_the_office_is_the_same_with_every_release():
    """The whole office of a day in the past, whose time zones change no more, is as it was."""
    accounts = [asdict(account) for account in seed_office(datetime(2024, 6, 5, 7, 8, 9, tzinfo=UTC)).accounts]
    digest = hashlib.sha256(json.dumps(accounts, default=repr).encode()).hexdigest()
    assert digest.startswith("5309c5736b313840ff96")


@pytest.mark.parametrize("enabled", [True, False])
def test_building_leaves_the_garbage_collector_as_it_was(enabled):
    """The garbage collector is as before when the office is built."""
    was_enabled = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        seed_office(NOW)
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if was_enabled else gc.disable)()


def test_another_seed_gives_the_same_people_other_weeks(office):
    """Another seed changes the meetings, not the people."""
    other = seed_office(NOW, seed=1)
    assert [account.email for account in other.accounts] == [account.email for account in office.accounts]
    assert other.accounts[0].events.keys() != office.accounts[0].events.keys()


def test_a_moment_without_zone_is_refused():
    """`now` without a time zone raises ValueError."""
    with pytest.raises(ValueError, match="no time zone"):
        seed_office(datetime(2026, 3, 4, 9, 30))


@pytest.mark.parametrize("year", [2025, 2028, 2050])
def test_any_year_will_do(year):
    """The office can be built for any year, also where lunar holidays are not known."""
    office = seed_office(datetime(year, 12, 31, 23, 59, tzinfo=UTC))
    assert all(len(account.events) > 300 for account in office.accounts[:5])


def test_people_live_in_several_zones_and_countries(people):
    """There are at least four people in three time zones, each with two calendars and 300 events or more."""
    assert len(people) >= 4
    assert len({account.zoneinfo for account in people}) >= 3
    for account in people:
        assert len(account.profiles) >= 2
        shown = [e for e in account.events.values() if instant(e.start) < WINDOW[1] and instant(e.end) > WINDOW[0]]
        assert len(shown) >= 300


def test_service_account_has_rooms_and_people(office):
    """The last account is a service account with rooms, and some people are authorized through it."""
    service = office.accounts[-1]
    assert service.kind == "service_account"
    assert service.domain
    assert len(service.resources) >= 4
    assert [account.authorized_by for account in office.accounts].count(service.sub) == 2


def test_ids_have_the_prefixes_of_the_wire(office):
    """Ids have Cronofy's prefixes and are unique, and one calendar id has an @."""
    calendars = [calendar for account in office.accounts for calendar in account.calendars]
    profiles = [profile for account in office.accounts for profile in account.profiles]
    events = [event for account in office.accounts for event in account.events.values()]
    assert all(re.match("acc_|ser_", account.sub) for account in office.accounts)
    assert all(profile.profile_id.startswith("pro_") for profile in profiles)
    assert all(calendar.calendar_id.startswith("cal_") for calendar in calendars)
    assert all(re.fullmatch("evt_external_[0-9a-f]{24}", event.event_uid) for event in events)
    assert any("@" in calendar.calendar_id for calendar in calendars)
    for ids in ([c.calendar_id for c in calendars], [p.profile_id for p in profiles], [e.event_uid for e in events]):
        assert len(set(ids)) == len(ids)


def test_calendars_are_of_every_kind(people):
    """There are a read-only, a deleted and an unrestricted calendar and a disconnected profile; most are ordinary."""
    calendars = [calendar for account in people for calendar in account.calendars]
    assert Counter(calendar.permission_level for calendar in calendars)["unrestricted"] == 1
    assert sum(calendar.calendar_deleted for calendar in calendars) == 1
    assert sum(calendar.calendar_readonly for calendar in calendars) == len(people)
    assert sum(not profile.profile_connected for account in people for profile in account.profiles) == 1
    assert sum(bool(account.conferencing_profiles) for account in people) == 1
    services = {profile.provider_service for account in people for profile in account.profiles}
    assert {"gsuite", "office365", "icloud"} <= services
    for account in people:
        for profile in account.profiles:
            assert [calendar.calendar_primary for calendar in profile.calendars].count(True) == 1


def test_events_lie_in_calendars_of_their_account(people):
    """Every event is in a calendar of its account that is not deleted."""
    for account in people:
        live = {calendar.calendar_id for calendar in account.calendars if not calendar.calendar_deleted}
        assert {event.calendar_id for event in account.events.values()} <= live
        assert all(key == event.event_uid for key, event in account.events.items())


def test_times_are_whole_seconds_in_utc_and_never_backwards(people):
    """Times are in UTC and whole seconds, ends are not before starts, and both have one type."""
    for account in people:
        for event in account.events.values():
            assert type(event.start) is type(event.end)
            assert event.start <= event.end
            for moment in (event.start, event.end, event.created, event.updated):
                if isinstance(moment, datetime):
                    assert moment.tzinfo is UTC
                    assert moment.microsecond == 0
            assert ZoneInfo(event.start_tzid)
            assert ZoneInfo(event.end_tzid)


def test_nothing_was_made_in_the_future(people):
    """An event is created before it is updated, and both are before now."""
    for account in people:
        for event in account.events.values():
            assert event.created <= event.updated <= NOW
            assert event.created < NOW


def test_no_meetings_on_public_holidays(people):
    """There are no meetings in the work calendar on a person's public holidays."""
    for account in people:
        zone, off = ZoneInfo(account.zoneinfo), public_holidays(account)
        assert len(off) >= 3
        for event in at_work(account):
            if event.attendees:
                assert not {event.start.astimezone(zone).date(), event.end.astimezone(zone).date()} & off, event.summary


def test_public_holidays_are_real(maya):
    """England's public holidays are all-day, transparent events in a read-only calendar."""
    readonly = {calendar.calendar_id for calendar in maya.calendars if calendar.calendar_readonly}
    holidays = {event.summary: event for event in maya.events.values() if event.calendar_id in readonly}
    assert holidays["Good Friday"].start == date(2026, 4, 3)
    assert holidays["Good Friday"].end == date(2026, 4, 4)
    assert {event.transparency for event in holidays.values()} == {"transparent"}


def test_meetings_keep_to_working_hours(people):
    """Meetings with others are within each person's working hours; a release at night is not."""
    hours = {person.email: (person.opens, person.closes) for person in PEOPLE}
    for account in people:
        zone = ZoneInfo(account.zoneinfo)
        opens, closes = hours[account.email]
        for event in at_work(account):
            if not event.attendees or "Release window" in event.summary:
                continue
            if event.participation_status == "declined":
                continue
            start, end = event.start.astimezone(zone), event.end.astimezone(zone)
            assert start.weekday() < 5
            assert start.date() == end.date()
            assert opens <= start.hour + start.minute / 60, (account.name, event.summary, start)
            assert end.hour + end.minute / 60 <= closes, (account.name, event.summary, end)


def test_shared_meetings_stand_in_every_calendar(people):
    """A meeting of several people is in each of their calendars, with the same title and time and its own id."""
    by_mail = {account.email: account for account in people}
    standups = [event for event in at_work(people[0]) if event.summary == "Stand-up" and not event.deleted]
    assert len(standups) > 50
    for event in standups:
        for attendee in event.attendees:
            other = by_mail.get(attendee["email"])
            if other is None or other is people[0]:
                continue
            copies = [
                copy
                for copy in at_work(other)
                if copy.series_identifier == event.series_identifier and copy.start == event.start
            ]
            off = event.start.astimezone(ZoneInfo(other.zoneinfo)).date() in public_holidays(other)
            assert len(copies) == (0 if off else 1)
            for copy in copies:
                assert (copy.summary, copy.end, copy.attendees) == (event.summary, event.end, event.attendees)
                assert copy.event_uid != event.event_uid
                assert copy.participation_status == attendee["status"]


def test_own_reply_is_the_one_among_the_attendees(people):
    """participation_status equals the status of the account among the attendees."""
    for account in people:
        for event in account.events.values():
            own = [attendee["status"] for attendee in event.attendees if attendee["email"] == account.email]
            assert not event.attendees or own == [event.participation_status]


def test_first_account_shows_every_feature(maya):
    """The first account has events and calendars with every feature of the API."""
    events = list(maya.events.values())
    shown = [e for e in events if instant(e.start) < WINDOW[1] and instant(e.end) > WINDOW[0]]
    days = [e for e in shown if not isinstance(e.start, datetime)]
    hours = [e for e in shown if isinstance(e.start, datetime)]
    assert {e.status for e in shown} == {"confirmed", "tentative", "cancelled"}
    assert {e.participation_status for e in shown} >= {"accepted", "declined", "tentative", "needs_action"}
    assert {e.extended_transparency for e in shown} >= {"tentative", "out_of_office", "working_elsewhere"}
    assert {e.transparency for e in shown} == {"opaque", "transparent"}
    assert any(e.end - e.start == timedelta(days=1) for e in days)
    assert any(e.end - e.start >= timedelta(days=5) for e in days)
    assert any(e.start == e.end for e in hours)
    assert any(e.end - e.start > timedelta(days=1) for e in hours)
    assert any(e.start_tzid != e.end_tzid for e in hours)
    assert any(e.event_private for e in shown)
    assert any(e.deleted for e in shown)
    assert any(e.earlier_times for e in shown)
    assert any(e.categories for e in shown)
    assert any(e.url for e in shown)
    assert any("lat" in (e.location or {}) for e in shown)
    assert any(e.conferencing and e.conferencing["join_url"] == e.meeting_url for e in shown)
    assert any(attendee["display_name"] is None for e in shown for attendee in e.attendees)
    assert any(
        local.hour >= 20 and e.end.astimezone(local.tzinfo).date() > local.date()
        for e in at_work(maya)
        for local in [e.start.astimezone(ZoneInfo(maya.zoneinfo))]
    )


def test_some_meetings_overlap(maya):
    """Some meetings overlap, but most of the time is booked once."""
    taken = sorted((e.start, e.end) for e in at_work(maya) if e.transparency == "opaque" and e.start < e.end)
    overlaps = sum(later[0] < earlier[1] for earlier, later in itertools.pairwise(taken))
    assert 5 < overlaps < len(taken) / 4


def test_series_share_an_identifier(people):
    """Events of a series have one series_identifier and different uids; single events have none."""
    for account in people:
        series = Counter(e.series_identifier for e in account.events.values() if e.recurring)
        assert None not in series
        assert max(series.values()) > 20
        assert all(e.series_identifier is None for e in account.events.values() if not e.recurring)


def test_load_differs_by_weekday_and_season(maya):
    """Fridays are quieter than Tuesdays, weekends nearly empty, and there are no meetings after Christmas."""
    met = [event for event in at_work(maya) if event.attendees]
    by_weekday = Counter(event.start.weekday() for event in met)
    assert by_weekday[4] < by_weekday[1] / 1.5
    assert by_weekday[5] + by_weekday[6] == 0
    winter = seed_office(datetime(2026, 11, 20, 9, 0, tzinfo=UTC)).accounts[0]
    quiet = [event for event in at_work(winter) if date(2026, 12, 24) <= event.start.date() <= date(2027, 1, 1)]
    assert [event for event in quiet if event.attendees] == []


def test_addresses_are_of_reserved_domains(office):
    """Every address, host and URL has a domain that RFC 2606 reserves."""
    text = repr([asdict(account) for account in office.accounts])
    hosts = re.findall(r"@([\w.-]+\w)", text) + re.findall(r"https?://([\w.-]+)", text)
    assert len(hosts) > 1000
    assert {host.rpartition(".")[2] for host in hosts} == {"test", "example"}


def test_only_google_has_google_ids_and_only_exchange_categories(people):
    """Fields of one provider are missing with the others."""
    for account in people:
        provider = {
            calendar.calendar_id: profile.provider_name
            for profile in account.profiles
            for calendar in profile.calendars
        }
        for event in account.events.values():
            assert (event.google_event_id is not None) == (provider[event.calendar_id] == "google")
            assert not event.categories or provider[event.calendar_id] == "exchange"
            assert (event.extended_transparency is not None) == (provider[event.calendar_id] == "exchange")
