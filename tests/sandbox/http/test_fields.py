"""Parsing of arguments, bodies and times, scopes and the rate limit of the sandbox."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cronofy_frames.sandbox import Sandbox
from cronofy_frames.sandbox.http.body import parse_body
from cronofy_frames.sandbox.http.fields import ErrorResponse, RequestFields, nest_pairs
from cronofy_frames.sandbox.http.limits import RateLimiter
from cronofy_frames.sandbox.http.route_modules import all_routes
from cronofy_frames.sandbox.http.routes import Request, check_credentials
from cronofy_frames.sandbox.model.times import midnight, parse_time_or_date
from cronofy_frames.sandbox.model.world import SandboxSettings, World
from cronofy_frames.wire.scopes import expand_scope, is_within
from tests.sandbox.bodies import JSON
from tests.sandbox.caller import HOME, LOCKED, NOW, WORK, Caller, event, office


@pytest.mark.parametrize(
    ("pairs", "tree"),
    [
        ([("a", "1"), ("a", "2")], {"a": "2"}),
        ([("a[]", "1"), ("a[]", "2")], {"a": ["1", "2"]}),
        ([("a[b]", "1"), ("a[c][]", "2")], {"a": {"b": "1", "c": ["2"]}}),
        ([("a[][b]", "1"), ("a[][c]", "2"), ("a[][b]", "3")], {"a": [{"b": "1", "c": "2"}, {"b": "3"}]}),
        ([("a[", "1"), ("[b]", "2"), ("a]b", "3")], {"a[": "1", "[b]": "2", "a]b": "3"}),
        ([("a", "1"), ("a[b]", "2"), ("a[]", "3")], {"a": "1"}),
        ([("a" + "[b]" * 9, "1")], {"a" + "[b]" * 9: "1"}),
        ([("a[][]", "1")], {"a": ["1"]}),
    ],
)
def test_brackets_stand_for_arrays_and_objects(pairs: list[tuple[str, str]], tree: dict[str, Any]) -> None:
    """Names with brackets are parsed as Rails and the official clients write them."""
    assert nest_pairs(pairs) == tree


def test_integers_may_be_text_and_have_32_bits() -> None:
    """Digits of a form are an integer; a fraction, a Boolean and a large number are not."""
    fields = RequestFields({"a": "12", "b": 1.5, "c": True, "d": 2**31, "e": "9" * 40})
    assert fields.integer("a", minimum=0) == 12
    assert [fields.integer(name, minimum=0) for name in "bcde"] == [None] * 4
    assert set(fields.errors) == set("bcde")


@pytest.mark.parametrize(
    ("day", "zone", "first"),
    [
        (date(2026, 3, 5), "Europe/Paris", datetime(2026, 3, 4, 23, tzinfo=UTC)),
        (date(2026, 4, 24), "Africa/Cairo", datetime(2026, 4, 23, 22, tzinfo=UTC)),
        (date(2026, 11, 1), "America/Havana", datetime(2026, 11, 1, 4, tzinfo=UTC)),
    ],
)
def test_day_begins_at_its_first_instant(day: date, zone: str, first: datetime) -> None:
    """A day starts at its first instant if midnight does not exist (Cairo) or occurs twice (Havana)."""
    assert midnight(day, ZoneInfo(zone)) == first


def test_days_at_the_ends_of_the_calendar_have_a_midnight() -> None:
    """No day overflows in any time zone."""
    assert midnight(date.min, ZoneInfo("Asia/Tokyo")) == datetime.min.replace(tzinfo=UTC)
    assert midnight(date.max, ZoneInfo("America/New_York")) >= datetime(9999, 12, 31, tzinfo=UTC)


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC)))
def test_every_time_reads_back_as_it_was_written(when: datetime) -> None:
    """Parsing ISO text of whole seconds returns the time it was written from."""
    whole = when.replace(microsecond=0)
    assert parse_time_or_date(whole.isoformat().replace("+00:00", "Z")) == whole
    assert parse_time_or_date(whole.date().isoformat()) == whole.date()


@pytest.mark.parametrize(
    ("body", "mimetype", "expected"),
    [
        (b"", "", {}),
        (b'{"a": 1}', "", {"a": 1}),
        (b'{"a": 1}', "application/x-www-form-urlencoded", {"a": 1}),
        (b"a=1&b[]=2", "", {"a": "1", "b": ["2"]}),
        (b"a=%ff", "application/x-www-form-urlencoded", {"a": "\ufffd"}),
    ],
)
def test_bodies_are_told_apart_by_what_they_are(body: bytes, mimetype: str, expected: dict[str, Any]) -> None:
    """JSON is parsed as JSON even if the header declares a form, or nothing."""
    assert parse_body(body, mimetype, oauth=False) == expected


@pytest.mark.parametrize(
    ("coarse", "has", "has_not"),
    [
        ("read_only", {"read_events", "read_free_busy"}, {"create_event"}),
        ("write_only", {"create_event", "delete_event"}, {"read_events"}),
        ("read_write", {"read_events", "create_event", "change_participation_status"}, set()),
        ("free_busy", {"read_free_busy"}, {"read_events", "create_event"}),
        ("free_busy_write", {"read_free_busy", "create_event"}, {"read_events"}),
        ("read_events", {"read_free_busy"}, {"list_calendars"}),
    ],
)
def test_coarse_scopes_are_spelt_out(coarse: str, has: set[str], has_not: set[str]) -> None:
    """Each coarse scope includes the scopes of its name."""
    assert has <= expand_scope(coarse)
    assert has_not.isdisjoint(expand_scope(coarse))


def test_scope_is_held_against_a_limit() -> None:
    """A scope must be within the delegated scope; without one any scope is allowed."""
    assert is_within("read_events", "read_only")
    assert not is_within("create_event", "read_only")
    assert is_within("create_event", None)


def test_application_key_is_the_client_secret() -> None:
    """Application calls require the client secret, and accept a person's token only where the route says so."""
    world = World(office(), clock=lambda: NOW, seed=0, settings=SandboxSettings())
    secret = Request(world, {}, {}, "", bearer=world.client_secret)
    check_credentials(secret, "application")
    assert secret.grant is None
    person = Request(world, {}, {}, "", bearer=next(iter(next(world.grants.of_account("acc_jane")).access)))
    check_credentials(person, "user or application")
    assert person.account.sub == "acc_jane"
    with pytest.raises(ErrorResponse) as caught:
        check_credentials(person, "application")
    assert caught.value.status == 403


def test_rate_limit_windows_slide() -> None:
    """A request is allowed when the fiftieth before it is a second old; refused requests do not count."""
    now = [0.0]
    limiter = RateLimiter(lambda: now[0])
    assert [limiter.try_request() for _ in range(60)] == [True] * 50 + [False] * 10
    now[0] = 0.999
    assert not limiter.try_request()
    now[0] = 1.0
    assert limiter.try_request()


NAMES = [
    "attendees",
    "batch",
    "calendar_ids",
    "callback_url",
    "conferencing",
    "delete_all",
    "email",
    "end",
    "event_id",
    "event_uid",
    "filters",
    "from",
    "include_managed",
    "last_modified",
    "location",
    "name",
    "permissions",
    "profile_id",
    "recurrence",
    "reminders",
    "scope",
    "start",
    "status",
    "subscriptions",
    "summary",
    "to",
    "token",
    "tzid",
    "url",
    "service_account_authorizations",
    "grant_type",
    "code",
    "redirect_uri",
]
ROUTES = [route for route in all_routes() if "GET" not in route]
PLACES = {
    "{calendar_id}": WORK,
    "{event_uid}": "evt_external_a",
    "{profile_id}": "pro_g",
    "{channel_id}": "chn_x",
}


@settings(max_examples=300)
@given(
    route=st.sampled_from(ROUTES),
    body=st.dictionaries(st.sampled_from(NAMES), JSON, max_size=6),
    good=st.booleans(),
    service=st.booleans(),
)
def test_no_value_of_any_type_in_any_field_breaks_a_handler(
    route: str, body: dict[str, Any], good: bool, service: bool
) -> None:
    """Any value in any field gets a documented status."""
    box = Sandbox(now=NOW, office=office(event("a", NOW, NOW)), rate_limit=False)
    verb, path = route.split()
    for name, place in PLACES.items():
        path = path.replace(name, place)
    start = {"summary": "s", "event_id": "e", "start": "2026-03-05", "end": "2026-03-06"} if good else {}
    client = {"client_id": box.client_id, "client_secret": box.client_secret}
    value = Caller(box, box.service_account_token if service else None)
    answer = value.ask(verb, path, json={**client, **start, **body})
    assert answer.status_code in (200, 202, 207, 302, 400, 401, 403, 404, 422, 423)
    after = Caller(box, box.tokens("jane")["access_token"])
    assert after.get("/v1/events", tzid="Etc/UTC", include_managed="true", include_deleted="true").status_code == 200


def test_calendars_of_the_setting_are_what_the_tests_rely_on() -> None:
    """Of the calendars one is unrestricted, one is not, one is read-only."""
    rows = {
        row["calendar_id"]: row
        for row in Caller(Sandbox(now=NOW, office=office())).get("/v1/calendars").json["calendars"]
    }
    assert rows[WORK]["permission_level"] == "unrestricted"
    assert rows[HOME]["permission_level"] == "sandbox"
    assert rows[LOCKED]["calendar_readonly"] is True
