"""Stored availability of the sandbox: weekly rules and single periods."""

from __future__ import annotations

from typing import Any

import pycronofy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cronofy_frames.sandbox import Sandbox, serve
from cronofy_frames.sandbox.model.state import Office
from tests.sandbox.availability.people import application, member_with, period, person, spans
from tests.sandbox.bodies import invalid_variants, is_documented
from tests.sandbox.caller import Caller, refusals

RULES, PERIODS = "/v1/availability_rules", "/v1/available_periods"
RULE = {
    "availability_rule_id": "default",
    "tzid": "America/Chicago",
    "calendar_ids": ["cal_a"],
    "weekly_periods": [
        {"day": "monday", "start_time": "09:30", "end_time": "12:30"},
        {"day": "monday", "start_time": "14:00", "end_time": "17:00"},
    ],
}
PERIOD = {"available_period_id": "p1", **period("15:30-17:00")}


def holder(**options: Any) -> Caller:
    """Return a caller with a's token; b is in the same sandbox."""
    sandbox = Sandbox(
        office=Office([person("a"), person("b")]), now="2026-03-01T12:00:00Z", rate_limit=False, **options
    )
    return Caller(sandbox)


def of_b(api: Caller) -> Caller:
    """Return a caller with b's token for the same sandbox."""
    return Caller(api.sandbox, api.sandbox.tokens("acc_b")["access_token"])


def period_ids(api: Caller) -> list[str]:
    """Return the ids of the stored periods."""
    return [row["available_period_id"] for row in api.get(PERIODS).json["available_periods"]]


def store_period(api: Caller, name: str, text: str = "15:30-17:00", day: str = "2026-03-02") -> None:
    """Store a period."""
    answer = api.post(PERIODS, {"available_period_id": name, **period(text, day)})
    assert (answer.status_code, answer.data) == (202, b"")


def test_rules_are_answered_in_the_documented_shape() -> None:
    """Creating, reading and listing return the same rule."""
    api = holder()
    for answer in (api.post(RULES, RULE), api.get(f"{RULES}/default")):
        assert (answer.status_code, answer.json) == (200, {"availability_rule": RULE})
    assert api.get(RULES).json == {"availability_rules": [RULE]}


def test_rule_without_calendars_has_none_in_the_answer() -> None:
    """calendar_ids may be left out or null; the key is then missing in responses."""
    for calendars in ({}, {"calendar_ids": None}):
        bare = {name: value for name, value in RULE.items() if name != "calendar_ids"}
        assert holder().post(RULES, bare | calendars).json == {"availability_rule": bare}


def test_rule_is_replaced_by_its_id() -> None:
    """The same id again replaces the whole rule, another id creates another, and the order stays."""
    api = holder()
    new = {**RULE, "tzid": "Etc/UTC", "weekly_periods": RULE["weekly_periods"][:1]}
    del new["calendar_ids"]
    for rule in (RULE, {**RULE, "availability_rule_id": "b"}, new):
        api.post(RULES, rule)
    assert api.get(RULES).json == {"availability_rules": [new, {**RULE, "availability_rule_id": "b"}]}


def test_rule_is_deleted() -> None:
    """Deleting is 202 with an empty body; then, and for an unknown id, it is 404."""
    api = holder()
    api.post(RULES, RULE)
    answer = api.delete(f"{RULES}/default", {"availability_rule_id": "default"})
    assert (answer.status_code, answer.data) == (202, b"")
    assert api.delete(f"{RULES}/default").status_code == 404
    assert api.get(f"{RULES}/default").status_code == 404
    assert api.get(RULES).json == {"availability_rules": []}


def test_what_is_stored_belongs_to_one_account() -> None:
    """Another account neither sees nor deletes it, and the client secret is refused."""
    api = holder()
    api.post(RULES, RULE)
    store_period(api, "p1")
    other = of_b(api)
    assert other.get(RULES).json == {"availability_rules": []}
    assert other.delete(f"{RULES}/default").status_code == 404
    assert other.delete(PERIODS, {"delete_all": True}).status_code == 202
    assert period_ids(other) == []
    assert period_ids(api) == ["p1"]
    for path in (RULES, f"{RULES}/default", PERIODS):
        assert Caller(api.sandbox, api.sandbox.client_secret).get(path).status_code == 401
        assert Caller(api.sandbox, api.sandbox.service_account_token).get(path).status_code == 403


@pytest.mark.parametrize("name", ["x" * 64, "a b/c?d#e", "%2F", "Büro"])
def test_ids_are_ascii_of_some_length(name: str) -> None:
    """An id of 64 ASCII characters, also with slashes, is accepted; others are refused."""
    api = holder()
    answer = api.post(RULES, {**RULE, "availability_rule_id": name})
    if not name.isascii():
        assert refusals(answer) == {"availability_rule_id": ["errors.invalid_format"]}
        return
    quoted = "".join(f"%{ord(letter):02X}" for letter in name)
    read = api.ask("GET", "/", environ_overrides={"RAW_URI": f"{RULES}/{quoted}"})
    assert read.json["availability_rule"]["availability_rule_id"] == name


WEEK = "weekly_periods[0]"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"availability_rule_id": None}, {"availability_rule_id": ["errors.required"]}),
        ({"availability_rule_id": ""}, {"availability_rule_id": ["errors.required"]}),
        ({"availability_rule_id": "x" * 65}, {"availability_rule_id": ["errors.too_long"]}),
        ({"availability_rule_id": "a\n"}, {"availability_rule_id": ["errors.invalid_format"]}),
        ({"tzid": None}, {"tzid": ["errors.required"]}),
        ({"tzid": "Mars/Olympus"}, {"tzid": ["errors.tzid_unrecognized"]}),
        ({"calendar_ids": []}, {"calendar_ids": ["errors.invalid_calendar_ids"]}),
        ({"calendar_ids": ["cal_b"]}, {"calendar_ids": ["errors.invalid_calendar_ids"]}),
        ({"calendar_ids": "cal_a"}, {"calendar_ids": ["errors.invalid_format"]}),
        ({"weekly_periods": None}, {"weekly_periods": ["errors.required"]}),
        ({"weekly_periods": []}, {"weekly_periods": ["errors.required"]}),
        (
            {"weekly_periods": [{}]},
            {f"{WEEK}.{name}": ["errors.required"] for name in ("day", "start_time", "end_time")},
        ),
    ],
)
def test_wrong_rule_is_refused_field_by_field(changed: dict[str, Any], expected: dict[str, list[str]]) -> None:
    """Each invalid field has an error, and nothing is stored."""
    api = holder()
    assert refusals(api.post(RULES, {**RULE, **changed})) == expected
    assert api.get(RULES).json == {"availability_rules": []}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"day": "Monday"}, {f"{WEEK}.day": ["errors.not_recognized"]}),
        ({"start_time": "9:30"}, {f"{WEEK}.start_time": ["errors.invalid_format"]}),
        ({"end_time": "25:00"}, {f"{WEEK}.end_time": ["errors.invalid_format"]}),
        ({"end_time": "09:30"}, {f"{WEEK}.end_time": ["errors.invalid_format"]}),
        ({"end_time": "00:00"}, {f"{WEEK}.end_time": ["errors.invalid_format"]}),
        ({"end_time": "24:00"}, {}),
    ],
)
def test_wrong_week_is_refused(changed: dict[str, Any], expected: dict[str, list[str]]) -> None:
    """Days are in lower case, times have four digits, and the end, at most 24:00, is after the start."""
    answer = holder().post(RULES, {**RULE, "weekly_periods": [RULE["weekly_periods"][0] | changed]})
    assert (refusals(answer) if expected else answer.status_code) == (expected or 200)


def test_a_day_ends_at_24_00() -> None:
    """24:00 is accepted as the end of a day and returned unchanged; 00:00 is not after the start."""
    late = [{"day": "monday", "start_time": "22:00", "end_time": "24:00"}]
    answer = holder().post(RULES, {**RULE, "weekly_periods": late})
    assert answer.json["availability_rule"]["weekly_periods"] == late
    early = [{"day": "monday", "start_time": "22:00", "end_time": "00:00"}]
    refused = refusals(holder().post(RULES, {**RULE, "weekly_periods": early}))
    assert refused == {"weekly_periods[0].end_time": ["errors.invalid_format"]}


@pytest.mark.parametrize(
    ("tzid", "day", "clocks", "query", "expected"),
    [
        ("Europe/London", "sunday", ("01:30", "03:30"), ("2026-03-29", "00:00-05:00"), ["01:00-02:30"]),
        ("Europe/London", "sunday", ("01:00", "02:00"), ("2026-10-25", "00:00-00:30"), ["00:00-00:30"]),
        ("Europe/London", "sunday", ("01:00", "02:00"), ("2026-10-25", "00:00-03:00"), ["00:00-02:00"]),
        ("America/Chicago", "friday", ("09:00", "17:00"), ("2026-03-06", "00:00-23:59"), ["15:00-23:00"]),
        ("America/Chicago", "monday", ("09:00", "17:00"), ("2026-03-09", "00:00-23:59"), ["14:00-22:00"]),
        ("Asia/Tokyo", "monday", ("08:00", "09:00"), ("2026-03-01", "00:00-23:59"), ["23:00-23:59"]),
    ],
)
def test_rules_follow_the_clocks_of_their_zone(
    tzid: str, day: str, clocks: tuple[str, str], query: tuple[str, str], expected: list[str]
) -> None:
    """Weekdays and times are local to the rule's time zone, also when clocks change."""
    api = holder()
    weekly = [{"day": day, "start_time": clocks[0], "end_time": clocks[1]}]
    assert api.post(RULES, {**RULE, "tzid": tzid, "weekly_periods": weekly}).status_code == 200
    member = member_with("a", managed_availability=True)
    assert spans(api, member, query_periods=[period(query[1], query[0])]) == expected


@pytest.mark.parametrize(("end", "expected"), [("24:00", ["22:00-06:00"]), ("23:59", ["22:00-23:59", "00:00-06:00"])])
def test_rules_over_midnight_touch_or_leave_a_hole(end: str, expected: list[str]) -> None:
    """Two entries that touch at midnight are one span; a missing minute separates them."""
    api = holder()
    weekly = [
        {"day": "monday", "start_time": "22:00", "end_time": end},
        {"day": "tuesday", "start_time": "00:00", "end_time": "06:00"},
    ]
    api.post(RULES, {**RULE, "tzid": "Etc/UTC", "weekly_periods": weekly})
    night = [{"start": "2026-03-02T12:00:00Z", "end": "2026-03-03T12:00:00Z"}]
    assert spans(api, member_with("a", managed_availability=True), query_periods=night) == expected


def test_overlapping_entries_and_rules_are_one() -> None:
    """Overlapping entries, rules and single periods are merged."""
    api = holder()
    weekly = [{"day": "monday", "start_time": a, "end_time": b} for a, b in (("09:00", "10:00"), ("09:30", "10:30"))]
    api.post(RULES, {**RULE, "tzid": "Etc/UTC", "weekly_periods": weekly})
    store_period(api, "p1", "10:30-11:00")
    assert spans(api, member_with("a", managed_availability=True)) == ["09:00-11:00"]


def test_periods_are_answered_in_the_documented_shape() -> None:
    """The response is a page of periods, and the last page has no next_page."""
    api = holder()
    answer = api.post(PERIODS, PERIOD)
    assert (answer.status_code, answer.data) == (202, b"")
    assert api.get(PERIODS).json == {"pages": {"current": 1, "total": 1}, "available_periods": [PERIOD]}


def test_period_is_changed_by_its_id() -> None:
    """The same id again changes the period; localized times have the time zones of the request."""
    api = holder()
    store_period(api, "p1", "09:00-10:00")
    places = [{"time": f"2026-03-02T{hour}:30:00Z", "tzid": "America/Chicago"} for hour in (15, 16)]
    api.post(PERIODS, {"available_period_id": "p1", "start": places[0], "end": places[1]})
    (row,) = api.get(PERIODS).json["available_periods"]
    assert row == {"available_period_id": "p1", **period("15:30-16:30")}
    (row,) = api.get(PERIODS, localized_times="true").json["available_periods"]
    assert row["start"] == {"time": "2026-03-02T09:30:00-06:00", "tzid": "America/Chicago"}
    store_period(api, "p1", "09:00-10:00")
    (row,) = api.get(PERIODS, localized_times="true").json["available_periods"]
    assert row["end"] == {"time": "2026-03-02T10:00:00Z", "tzid": "Etc/UTC"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "abc"),
        ({"from": "2026-03-02"}, "abc"),
        ({"from": "2026-03-03"}, "bc"),
        ({"to": "2026-03-02"}, ""),
        ({"to": "2026-03-03"}, "a"),
        ({"to": "2026-03-04"}, "abc"),
        ({"from": "2026-03-03", "to": "2026-03-03"}, ""),
        ({"to": "2026-03-03", "tzid": "America/Chicago"}, "ab"),
        ({"from": "2026-03-03", "tzid": "America/Chicago"}, "c"),
        ({"from": "2026-03-03", "tzid": "Asia/Tokyo"}, "abc"),
        ({"from": "2026-03-03T04:00:00Z"}, "c"),
        ({"from": "", "to": "", "tzid": ""}, "abc"),
    ],
)
def test_periods_are_chosen_by_what_they_overlap(query: dict[str, str], expected: str) -> None:
    """A read returns periods that start before `to` and end on or after `from`; dates are days in tzid."""
    api = holder()
    store_period(api, "c", "09:00-10:00", "2026-03-03")
    store_period(api, "b", "00:00-03:00", "2026-03-03")
    store_period(api, "a", "15:30-17:00")
    rows = api.get(PERIODS, **query).json["available_periods"]
    assert "".join(row["available_period_id"] for row in rows) == expected


def test_many_periods_come_in_pages() -> None:
    """next_page is an absolute URL, the pages have every period once, and another account gets 404."""
    api = holder(page_size=2)
    for n in (3, 1, 5, 2, 4):
        store_period(api, f"p{n}", f"0{n}:00-10:00")
    body, ids, pages = api.get(PERIODS).json, [], []
    while True:
        ids += [row["available_period_id"] for row in body["available_periods"]]
        pages.append((body["pages"]["current"], body["pages"]["total"]))
        if "next_page" not in body["pages"]:
            break
        address = body["pages"]["next_page"]
        assert address.startswith(f"http://localhost{PERIODS}/pages/")
        path = address.removeprefix("http://localhost")
        assert of_b(api).get(path).status_code == 404
        assert api.get(path.replace("available_periods", "events")).status_code == 404
        body = api.get(path).json
    assert ids == ["p1", "p2", "p3", "p4", "p5"]
    assert pages == [(1, 3), (2, 3), (3, 3)]
    assert api.get(f"{PERIODS}/pages/00").status_code == 404


def test_pages_of_events_are_no_pages_of_periods() -> None:
    """A page token is valid only for the list that it came from."""
    api = holder(page_size=1)
    for n in "12":
        api.write("cal_a", event_id=n)
    path = api.get("/v1/events", tzid="Etc/UTC", include_managed="true").json["pages"]["next_page"]
    path = path.removeprefix("http://localhost")
    assert api.get(path).status_code == 200
    assert api.get(path.replace("events", "available_periods")).status_code == 404


def test_pages_leave_out_what_was_deleted_since() -> None:
    """A page shows the current state of its periods, without those deleted since the read."""
    api = holder(page_size=1)
    for name in ("p1", "p2", "p3"):
        store_period(api, name, f"1{name[1]}:00-20:00")
    path = api.get(PERIODS).json["pages"]["next_page"].removeprefix("http://localhost")
    api.delete(PERIODS, {"available_period_id": "p2"})
    body = api.get(path).json
    assert body["available_periods"] == []
    assert api.get(body["pages"]["next_page"].removeprefix("http://localhost")).json["available_periods"] == [
        {"available_period_id": "p3", **period("13:00-20:00")}
    ]


def test_periods_are_deleted_one_by_one_or_all() -> None:
    """Deleting is 202 with an empty body, also for an unknown id and with a trailing slash in the path."""
    api = holder()
    for name in ("p1", "p2", "p3"):
        store_period(api, name)
    for path, body, left in (
        (f"{PERIODS}/", {"available_period_id": "p1"}, ["p2", "p3"]),
        (PERIODS, {"available_period_id": "p1"}, ["p2", "p3"]),
        (PERIODS, {"delete_all": True}, []),
        (PERIODS, {"delete_all": True}, []),
    ):
        answer = api.delete(path, body)
        assert (answer.status_code, answer.data) == (202, b"")
        assert period_ids(api) == left


@pytest.mark.parametrize("body", [b"[]", b"{}", b""])
def test_a_period_is_deleted_by_its_path_as_the_php_sdk_does(body: bytes) -> None:
    """The period of the path is deleted, and no other; the empty body names none; an unknown id is accepted too."""
    api = holder()
    for name in ("p1", "p2"):
        store_period(api, name)
    for _ in range(2):
        answer = api.ask("DELETE", f"{PERIODS}/p1", data=body, content_type="application/json; charset=utf-8")
        assert (answer.status_code, answer.data) == (202, b"")
        assert period_ids(api) == ["p2"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"available_period_id": ["errors.required"]}),
        ({"delete_all": True, "available_period_id": "p1"}, {"available_period_id": ["errors.required"]}),
        ({"delete_all": False}, {"delete_all": ["errors.must_be_boolean"]}),
        ({"delete_all": ""}, {"delete_all": ["errors.must_be_boolean"]}),
        ({"available_period_id": ""}, {"available_period_id": ["errors.required"]}),
        ({"available_period_id": 5}, {"available_period_id": ["errors.invalid_format"]}),
    ],
)
def test_wrong_deletion_is_refused(body: dict[str, Any], expected: dict[str, list[str]]) -> None:
    """Exactly one of id and delete_all must be given, and delete_all must be true."""
    api = holder()
    store_period(api, "p1")
    assert refusals(api.delete(PERIODS, body)) == expected
    assert period_ids(api) == ["p1"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"available_period_id": None}, {"available_period_id": ["errors.required"]}),
        ({"available_period_id": "x" * 65}, {"available_period_id": ["errors.too_long"]}),
        ({"start": None, "end": None}, {"start": ["errors.required"], "end": ["errors.required"]}),
        ({"start": "2026-03-02"}, {"start": ["errors.invalid_format"]}),
        ({"end": PERIOD["start"]}, {"end": ["errors.invalid_time_pair"]}),
        ({"end": {"time": PERIOD["end"], "tzid": "Mars"}}, {"end": ["errors.tzid_unrecognized"]}),
    ],
)
def test_wrong_period_is_refused_field_by_field(changed: dict[str, Any], expected: dict[str, list[str]]) -> None:
    """Each invalid field has an error, and nothing is stored."""
    api = holder()
    assert refusals(api.post(PERIODS, {**PERIOD, **changed})) == expected
    assert period_ids(api) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"from": "today"}, {"from": ["errors.invalid_format"]}),
        ({"to": "2026-02-30"}, {"to": ["errors.must_be_date"]}),
        ({"from": "2026-03-03", "to": "2026-03-02"}, {"to": ["errors.invalid_time_pair"]}),
        ({"tzid": "Mars"}, {"tzid": ["errors.tzid_unrecognized"]}),
        ({"localized_times": "maybe"}, {"localized_times": ["errors.must_be_boolean"]}),
    ],
)
def test_wrong_reading_is_refused(query: dict[str, str], expected: dict[str, list[str]]) -> None:
    """Each invalid argument has an error."""
    assert refusals(holder().get(PERIODS, **query)) == expected


def test_periods_go_into_a_batch() -> None:
    """Writes and deletions of periods are allowed in a batch; reads, and rules, are not."""
    api = holder()
    store_period(api, "old")
    entries = [
        {"method": "POST", "relative_url": PERIODS, "data": PERIOD},
        {"method": "POST", "relative_url": PERIODS, "data": {**PERIOD, "end": PERIOD["start"]}},
        {"method": "DELETE", "relative_url": PERIODS, "data": {"available_period_id": "old"}},
        {"method": "POST", "relative_url": RULES, "data": RULE},
    ]
    responses = api.post("/v1/batch", {"batch": entries}).json["batch"]
    assert [entry["status"] for entry in responses] == [202, 422, 202, 404]
    assert list(responses[1]["data"]["errors"]) == ["end"]
    assert period_ids(api) == ["p1"]


def test_availability_follows_what_is_stored() -> None:
    """A rule and a period count as soon as they are stored, until they are deleted."""
    api = holder()
    member = member_with("a", managed_availability=True)
    assert spans(api, member, span="12:00-23:00") == []
    api.post(RULES, RULE)
    assert spans(api, member, span="12:00-23:00") == ["15:30-18:30", "20:00-23:00"]
    store_period(api, "p1", "18:30-20:00")
    assert spans(api, member, span="12:00-23:00") == ["15:30-23:00"]
    api.delete(f"{RULES}/default")
    api.delete(PERIODS, {"delete_all": True})
    assert spans(api, member, span="12:00-23:00") == []


def test_official_python_client_keeps_rules() -> None:
    """Its four calls for rules are accepted."""
    api = holder()
    with serve(api.sandbox) as served:
        client = pycronofy.Client(access_token=api.token)
        client.request_handler.base_url = served.url
        assert client.upsert_availability_rule(RULE) == RULE
        assert client.list_availability_rules() == [RULE]
        assert client.get_availability_rule("default") == RULE
        client.delete_availability_rule("default")
        assert client.list_availability_rules() == []
    assert served.errors == []


TEXT = st.text(st.characters(codec="utf-8"), max_size=8)


@settings(max_examples=150)
@given(
    rule=invalid_variants(RULE),
    single=invalid_variants(PERIOD),
    name=TEXT,
    query=st.dictionaries(st.sampled_from(["from", "to", "tzid", "localized_times", "from[]"]), TEXT),
    gone=invalid_variants({"available_period_id": "p1"}) | invalid_variants({"delete_all": True}),
)
def test_no_value_breaks_what_is_stored(
    rule: dict[str, Any], single: dict[str, Any], name: str, query: dict[str, str], gone: dict[str, Any]
) -> None:
    """Any value in any field or path gets a documented response, and everything can still be read and queried."""
    api = holder()
    for answer in (
        api.post(RULES, rule),
        api.post(PERIODS, single),
        api.get(PERIODS, **query),
        api.ask("GET", f"{RULES}/x{name}"),
        api.delete(f"{RULES}/x{name}"),
        api.post("/v1/availability", ASKED),
        api.delete(PERIODS, gone),
        api.get(RULES),
        api.get(PERIODS, localized_times="true"),
    ):
        assert is_documented(answer)


ASKED = {
    "participants": [{"members": [member_with("a", managed_availability=True)], "required": "all"}],
    "required_duration": {"minutes": 30},
    "query_periods": [period("09:00-13:00")],
}


def test_the_ends_of_time_can_be_stored() -> None:
    """Periods from the first to the last year of the wire are returned, localized too."""
    api = holder()
    far = {"available_period_id": "far", "start": "0002-01-01T00:00:00Z", "end": "9998-12-31T23:59:59Z"}
    assert api.post(PERIODS, far).status_code == 202
    assert api.get(PERIODS, **{"from": "0002-01-01", "to": "9998-12-31", "tzid": "Pacific/Apia"}).json[
        "available_periods"
    ] == [far]
    assert spans(api, member_with("a", managed_availability=True)) == ["09:00-13:00"]


def test_rules_of_an_office_made_by_hand_are_the_same() -> None:
    """Rules and periods in the initial state are read and used like posted ones."""
    made, prepared = holder(), application(person("a"))
    made.post(RULES, RULE)
    prepared.sandbox.accounts[0].availability_rules = made.sandbox.accounts[0].availability_rules
    assert Caller(prepared.sandbox).get(RULES).json == {"availability_rules": [RULE]}
    assert spans(prepared, member_with("a", managed_availability=True), span="12:00-23:00") == [
        "15:30-18:30",
        "20:00-23:00",
    ]
