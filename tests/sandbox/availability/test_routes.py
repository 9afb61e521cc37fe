"""The availability route: worked cases, and what official clients send."""

from __future__ import annotations

import copy
from collections.abc import ValuesView
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pycronofy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cronofy_frames.sandbox import Sandbox, serve
from cronofy_frames.sandbox.model.state import (
    Account,
    Event,
    Office,
)
from tests.sandbox.availability.people import (
    DAY,
    OTHER,
    PATH,
    application,
    every,
    group,
    keeper,
    meeting,
    member_with,
    members,
    moment,
    opening_texts,
    period,
    person,
    query,
    rows,
    spans,
    starts,
    two,
)
from tests.sandbox.bodies import invalid_variants, is_documented
from tests.sandbox.caller import Caller, refusals, with_scope


def test_periods_are_answered_in_the_documented_shape() -> None:
    """By default the response has periods with start and end in UTC and the free members."""
    answer = two().post(PATH, query("a", "b"))
    assert answer.status_code == 200
    both = [{"sub": "acc_a"}, {"sub": "acc_b"}]
    assert answer.json == {
        "available_periods": [
            {**period("09:00-10:00"), "participants": both},
            {**period("12:00-13:00"), "participants": both},
        ]
    }


@pytest.mark.parametrize("form", ["slots", "overlapping_slots"])
def test_slots_are_answered_in_the_documented_shape(form: str) -> None:
    """Both kinds of slots have the required length and one key, also in an empty response."""
    answer = two().post(PATH, query("a", "b", response_format=form, span="09:30-10:30"))
    both = [{"sub": "acc_a"}, {"sub": "acc_b"}]
    assert answer.json == {"available_slots": [{**period("09:30-10:00"), "participants": both}]}
    assert two().post(PATH, query("a", response_format=form, span="10:00-11:00")).json == {"available_slots": []}


def test_all_are_free_where_nobody_is_busy() -> None:
    """A period is free time of all members, and slots of half an hour fill it."""
    assert spans(two(), "a", "b") == ["09:00-10:00", "12:00-13:00"]
    slots = spans(two(), "a", "b", response_format="slots", start_interval={"minutes": 30})
    assert slots == ["09:00-09:30", "09:30-10:00", "12:00-12:30", "12:30-13:00"]


def test_some_of_a_group_are_enough() -> None:
    """With two of three required, each period and slot lists the members that are free for all of it."""
    api, groups = two(person("c")), group("a", "b", "c", required=2)
    expected = [("09:00-10:00", "abc"), ("10:00-11:00", "bc"), ("11:00-12:00", "ac"), ("12:00-13:00", "abc")]
    assert opening_texts(api, groups) == expected
    assert opening_texts(api, groups, minutes=60, response_format="slots") == expected


def test_every_free_room_is_listed() -> None:
    """A second group that requires one lists all free members, resources like people."""
    rooms = [person("q"), person("r", "09:00-18:00"), person("s")]
    rooms[0].sub = "res_q"
    groups = [group("a", "b"), {"members": [{"sub": "res_q"}, *members("r", "s")], "required": 1}]
    answer = two(*rooms).post(PATH, query(participants=groups, span="09:00-10:00"))
    assert [free["sub"] for free in answer.json["available_periods"][0]["participants"]] == [
        "acc_a",
        "acc_b",
        "res_q",
        "acc_s",
    ]


def test_slots_overlap_only_where_they_may() -> None:
    """In two free hours, slots of an hour have five overlapping starts per quarter, or two without overlaps."""
    how = {"minutes": 60, "span": "09:00-11:00", "start_interval": {"minutes": 15}}
    assert starts(two(), "b", **how) == every("09:00", "10:00", 15)
    assert starts(two(), "b", response_format="slots", **how) == ["09:00", "10:00"]


@pytest.mark.parametrize("form", ["periods", "slots", "overlapping_slots"])
def test_starts_are_on_the_grid(form: str) -> None:
    """With free time from 09:10, the first start on a quarter is 09:15."""
    api = application(person("a", "08:00-09:10"))
    assert starts(api, "a", response_format=form, start_interval={"minutes": 15})[0] == "09:15"


def test_query_periods_that_touch_are_one() -> None:
    """An hour and a half fits across two query periods that touch, and not across a gap."""
    touching, apart = [[period("09:00-10:00"), period(other)] for other in ("10:00-11:00", "10:15-11:00")]
    assert spans(application(person("a")), "a", minutes=90, query_periods=touching) == ["09:00-11:00"]
    assert spans(application(person("a")), "a", minutes=90, query_periods=apart) == []


def test_a_slot_may_lie_across_midnight() -> None:
    """Around midnight UTC each whole hour is a slot."""
    night = [{"start": moment("22:00"), "end": moment("02:00", "2026-03-03")}]
    how = {"query_periods": night, "minutes": 60, "start_interval": {"minutes": 60}, "response_format": "slots"}
    assert starts(application(person("a")), "a", **how) == ["22:00", "23:00", "00:00", "01:00"]


NOON = {"minutes": 60, "span": "09:00-18:00", "start_interval": {"minutes": 30}}
BEFORE, AFTER = {"before": {"minutes": 30}}, {"after": {"minutes": 15}}
LATE = every("13:30", "17:00", 30)


EARLY, AFTERNOON = every("09:00", "11:00", 30), every("13:00", "17:00", 30)
BOUNDS = {"minimum": {"minutes": 30}, "maximum": {"hours": 1}}


@pytest.mark.parametrize(
    ("people", "how", "expected"),
    [
        (["a"], {}, EARLY + AFTERNOON),
        (["a"], {"buffer": BEFORE}, EARLY + LATE),
        (["a"], {"buffer": AFTER}, EARLY[:-1] + AFTERNOON),
        (["a"], {"buffer": BEFORE | AFTER}, EARLY[:-1] + LATE),
        ([member_with("a", buffer=BEFORE), "b"], {}, EARLY + LATE),
        (["a", member_with("b", buffer=BEFORE)], {}, EARLY + AFTERNOON),
        ([member_with("a", buffer={"before": {"minutes": 0}})], {"buffer": BEFORE}, EARLY + AFTERNOON),
        ([member_with("a", buffer={"after": None})], {"buffer": BEFORE}, EARLY + LATE),
        (["a"], {"buffer": {"before": BOUNDS}}, EARLY + LATE),
        (["a"], {"buffer": {"before": BOUNDS | {"maximum": None}}}, EARLY + LATE),
        (["a"], {"buffer": {"before": {}, "after": {"minutes": None}}}, EARLY + AFTERNOON),
    ],
)
def test_a_buffer_keeps_time_around_a_slot_free(people: list[Any], how: dict[str, Any], expected: list[str]) -> None:
    """A buffer of the query or of a member, in either form, keeps busy time away; a member's own of zero counts."""
    api = application(person("a", "12:00-13:00"), person("b"))
    assert starts(api, *people, **NOON, **how) == expected


def test_a_buffer_looks_beyond_the_query() -> None:
    """With busy time until 08:45 and a buffer of half an hour, the first start on the grid is 09:30."""
    api = application(person("a", "08:00-08:45"))
    assert starts(api, "a", **NOON, buffer=BEFORE)[0] == "09:30"


HOME = meeting("10:00-11:00", key="a", calendar_id="cal_a_home")
OWN = {"managed_by": "the application", "event_id": "e1"}

BUSY = {
    "an opaque one": (meeting("10:00-11:00", key="a"), {}, True),
    "a transparent one": (meeting("10:00-11:00", key="a", transparency="transparent"), {}, False),
    "one of unknown transparency": (meeting("10:00-11:00", key="a", transparency="unknown"), {}, False),
    "a deleted one": (meeting("10:00-11:00", key="a", deleted=True), {}, False),
    "a cancelled one": (meeting("10:00-11:00", key="a", status="cancelled"), {}, False),
    "a declined one": (meeting("10:00-11:00", key="a", participation_status="declined"), {}, False),
    "an unanswered one": (meeting("10:00-11:00", key="a", participation_status="needs_action"), {}, True),
    "a tentative one": (meeting("10:00-11:00", key="a", status="tentative"), {}, True),
    "a tentative one, ignored": (
        meeting("10:00-11:00", key="a", status="tentative"),
        {"ignore_tentative": True},
        False,
    ),
    "a tentative reply, ignored": (
        meeting("10:00-11:00", key="a", participation_status="tentative"),
        {"ignore_tentative": True},
        False,
    ),
    "another's, managed only": (meeting("10:00-11:00", key="a"), {"only_managed_events": True}, False),
    "the application's, managed only": (meeting("10:00-11:00", key="a", **OWN), {"only_managed_events": True}, True),
    "one in another calendar": (HOME, {}, True),
    "one in a calendar not asked for": (HOME, {"calendar_ids": ["cal_a"]}, False),
    "one in the calendar asked for": (HOME, {"calendar_ids": ["cal_a_home"]}, True),
    "one, with no calendar": (meeting("10:00-11:00", key="a"), {"calendar_ids": []}, False),
    "an elsewhere, ignored": (
        meeting("10:00-11:00", key="a", extended_transparency="working_elsewhere"),
        {"ignored_extended_transparency": ["working_elsewhere", "tentative"]},
        False,
    ),
    "an elsewhere, another ignored": (
        meeting("10:00-11:00", key="a", extended_transparency="working_elsewhere"),
        {"ignored_extended_transparency": ["tentative"]},
        True,
    ),
    "nulls": (
        meeting("10:00-11:00", key="a"),
        dict.fromkeys(("calendar_ids", "ignore_tentative", "only_managed_events", "buffer", "available_periods")),
        True,
    ),
}


@pytest.mark.parametrize("case", BUSY)
def test_events_make_busy_or_not(case: str) -> None:
    """Opaque events in the calendars that count make a member busy, unless the query ignores them."""
    event, options, busy = BUSY[case]
    api = application(person("a", copy.deepcopy(event)))
    expected = ["09:00-10:00", "11:00-13:00"] if busy else ["09:00-13:00"]
    assert spans(api, member_with("a", **options)) == expected


def test_events_of_deleted_calendars_do_not_count() -> None:
    """Events of a deleted calendar do not count, and naming it is no error."""
    somebody = person("a", "10:00-11:00")
    somebody.calendars[0].calendar_deleted = True
    for options in ({}, {"calendar_ids": ["cal_a"]}):
        assert spans(application(somebody), member_with("a", **options)) == ["09:00-13:00"]


def whole(first: date, days: int = 1, **fields: Any) -> Event:
    """Return an event of whole days."""
    return meeting("", key="a", start=first, end=first + timedelta(days=days), **fields)


@pytest.mark.parametrize(
    ("tzid", "expected"),
    [
        ("Etc/UTC", ["00:00-00:00"]),
        ("America/New_York", ["05:00-05:00"]),
        ("Mars/Olympus", ["00:00-00:00"]),
    ],
)
def test_a_day_off_is_a_day_where_the_calendar_is(tzid: str, expected: list[str]) -> None:
    """An opaque all-day event lasts from midnight to midnight in the calendar's time zone."""
    api = application(person("a", whole(date(2026, 3, 3)), tzid=tzid, zoneinfo="Asia/Tokyo"))
    free = rows(
        api.post(PATH, query("a", query_periods=[{"start": moment("00:00"), "end": moment("00:00", "2026-03-06")}]))
    )
    assert [f"{free[0]['end'][11:16]}-{free[1]['start'][11:16]}"] == expected
    assert datetime.fromisoformat(free[1]["start"]) - datetime.fromisoformat(free[0]["end"]) == timedelta(days=1)


def test_a_day_off_that_does_not_count_leaves_all_free() -> None:
    """A transparent all-day event, and one in a calendar that does not count, take no time."""
    assert spans(application(person("a", whole(date(2026, 3, 2), transparency="transparent"))), "a") == ["09:00-13:00"]
    api = application(person("a", whole(date(2026, 3, 1), 3)))
    assert spans(api, "a") == []
    assert spans(api, member_with("a", calendar_ids=[])) == ["09:00-13:00"]


def test_members_have_periods_of_their_own() -> None:
    """A member's available_periods limit only that member, and an empty list leaves no time."""
    own = member_with("a", available_periods=[period("09:30-12:00"), period("12:30-20:00")])
    assert spans(two(), own, "b") == ["09:30-10:00", "12:30-13:00"]
    assert opening_texts(two(), group(own, "b", required=1), span="09:00-10:00") == [
        ("09:00-09:30", "b"),
        ("09:30-10:00", "ab"),
    ]
    assert spans(two(), member_with("a", available_periods=[])) == []


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["09:00-13:00"]),
        ({"managed_availability": False, "availability_rule_ids": ["week"]}, ["09:00-13:00"]),
        ({"managed_availability": True}, ["10:00-13:00"]),
        ({"managed_availability": True, "availability_rule_ids": None}, ["10:00-13:00"]),
        ({"managed_availability": True, "availability_rule_ids": ["week"]}, ["10:00-11:30", "12:00-13:00"]),
        ({"managed_availability": True, "availability_rule_ids": ["no such"]}, ["12:00-13:00"]),
        ({"managed_availability": True, "availability_rule_ids": []}, ["12:00-13:00"]),
        ({"managed_availability": True, "available_periods": [period("09:00-10:45")]}, ["10:00-10:45"]),
    ],
)
def test_managed_availability_bounds_a_member(options: dict[str, Any], expected: list[str]) -> None:
    """Rules and single periods are combined; availability_rule_ids selects rules, and available_periods limit them."""
    assert spans(application(keeper()), member_with("a", **options)) == expected


def test_nothing_stored_is_never_available() -> None:
    """A member with managed availability but without rules and periods is never available."""
    member = member_with("a", managed_availability=True)
    assert spans(application(person("a")), member) == []


@pytest.mark.parametrize(
    ("options", "counted"),
    [
        ({}, "work home"),
        ({"managed_availability": True, "availability_rule_ids": ["week"]}, "home"),
        ({"managed_availability": True, "availability_rule_ids": ["other"]}, "work home"),
        ({"managed_availability": True}, "work home"),
        ({"managed_availability": True, "availability_rule_ids": []}, "work home"),
        ({"managed_availability": True, "availability_rule_ids": ["week"], "calendar_ids": ["cal_a"]}, "work"),
        ({"managed_availability": True, "calendar_ids": []}, ""),
    ],
)
def test_rules_name_the_calendars_that_count(options: dict[str, Any], counted: str) -> None:
    """Without calendar_ids the calendars of the rules count; a rule without calendars means all."""
    home = meeting("12:30-12:45", key="a", calendar_id="cal_a_home")
    api = application(keeper("12:15-12:30", home))
    gaps = {"work home": ["12:45-13:00"], "home": ["12:45-13:00"], "work": ["12:30-13:00"], "": ["12:00-13:00"]}
    first = {"work home": "12:00-12:15", "home": "12:00-12:30", "work": "12:00-12:15", "": "12:00-13:00"}
    free = spans(api, member_with("a", **options), span="12:00-13:00", minutes=15)
    assert (free[0], free[-1:]) == (first[counted], gaps[counted])


def test_a_rule_without_calendars_means_all() -> None:
    """If no rule names a calendar, events of every calendar count."""
    api = application(keeper("12:00-12:30", rules=(OTHER,)))
    assert spans(api, member_with("a", managed_availability=True)) == ["11:30-12:00", "12:30-13:00"]


def test_listed_slots_are_checked_one_by_one() -> None:
    """Query slots off the grid or overlapping are returned if they are free."""
    slots = [{"start": moment(clock)} for clock in ("09:05", "09:00", "09:45", "11:00")]
    how = {"query_periods": None, "query_slots": slots, "response_format": "slots"}
    assert spans(two(), "a", **how) == ["09:00-09:30", "09:05-09:35", "11:00-11:30"]
    assert spans(two(), "a", **how, start_interval={"minutes": 15})[1] == "09:05-09:35"


def test_listed_slots_go_with_managed_availability() -> None:
    """Rules are applied around each query slot, however far apart the slots are."""
    slots = [
        {"start": moment("10:00")},
        {"start": moment("09:00", "2031-03-03")},
        {"start": moment("10:00", "2031-03-03")},
    ]
    body = query(member_with("a", managed_availability=True), query_periods=None, query_slots=slots)
    answer = application(keeper()).post(PATH, body)
    assert [row["start"] for row in rows(answer)] == [slots[0]["start"], slots[2]["start"]]


def test_the_first_results_are_kept() -> None:
    """max_results returns the earliest."""
    how = {"start_interval": {"minutes": 15}, "span": "09:00-12:00"}
    assert starts(application(person("a")), "a", **how, max_results=3) == ["09:00", "09:15", "09:30"]


@pytest.mark.parametrize(
    "excluded", [{"event_id": "e1"}, {"event_uid": "evt_e1"}, {"event_id": "e1", "event_uid": "evt_e1"}]
)
def test_excluded_events_make_nobody_busy(excluded: dict[str, str]) -> None:
    """An event excluded by either id, or by both, does not count; events with other ids do."""
    own = meeting("10:00-11:00", key="a", **OWN)
    own.event_uid = "evt_e1"
    api = application(person("a", own, "12:00-12:30"))
    assert spans(api, "a", excluded_events=[excluded]) == ["09:00-12:00", "12:30-13:00"]
    assert len(spans(api, "a", excluded_events=[{**excluded, "event_uid": "evt_e2"}])) == 3
    assert len(spans(api, "a", excluded_events=[{"event_id": "e2"}])) == 3


def managed_meeting(**fields: Any) -> Event:
    """Return a managed event."""
    return meeting("10:00-11:00", key="a", **OWN, **fields)


OPEN = ["09:00-10:00", "11:00-13:00"]
INTERVIEW, LUNCH = {"value": "interview"}, {"value": "lunch"}


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        ({"period": "day", "limit": 1}, []),
        ({"period": "day", "limit": 2}, OPEN),
        ({"period": "week", "limit": 1}, []),
        ({"period": "day", "limit": 0}, []),
        ({"period": "day", "limit": 1, "tags": {"private": [INTERVIEW]}}, []),
        ({"period": "day", "limit": 1, "tags": {"private": [LUNCH]}}, OPEN),
        ({"period": "day", "limit": 1, "tags": {"private": [INTERVIEW, LUNCH]}}, OPEN),
        ({"period": "day", "limit": 1, "tags": {"public": [INTERVIEW]}}, OPEN),
        ({"period": "day", "limit": 1, "tags": {}, "tzid": None}, []),
    ],
)
def test_a_constraint_closes_days_and_weeks(constraint: dict[str, Any], expected: list[str]) -> None:
    """A day or week is closed when it has as many managed events with all the tags as the limit."""
    event = managed_meeting(write_only={"tags": {"private": [{"value": "interview"}, {"value": "first"}]}})
    api = application(person("a", event))
    assert spans(api, member_with("a", availability_constraints=[constraint])) == expected


def test_a_constraint_closes_a_day_of_its_zone() -> None:
    """In London a closed day starts at midnight UTC in winter and an hour earlier in summer."""
    for day, closed in (("2026-03-02", ("00:00", "00:00")), ("2026-07-06", ("23:00", "23:00"))):
        start = datetime.fromisoformat(moment("10:00", day))
        event = meeting("", key="a", start=start, end=start + timedelta(minutes=30), transparency="transparent", **OWN)
        member = member_with("a", availability_constraints=[{"period": "day", "limit": 1, "tzid": "Europe/London"}])
        around = {"start": (start - timedelta(days=1)).isoformat(), "end": (start + timedelta(days=2)).isoformat()}
        free = rows(application(person("a", event)).post(PATH, query(member, query_periods=[around])))
        assert (free[0]["end"][11:16], free[1]["start"][11:16]) == closed


def test_others_events_use_nothing_up() -> None:
    """External, deleted and excluded events do not count, and all constraints must hold."""
    member = member_with("a", availability_constraints=[{"period": "day", "limit": 1}, {"period": "week", "limit": 5}])
    assert spans(application(person("a", "10:00-11:00")), member) == ["09:00-10:00", "11:00-13:00"]
    assert spans(application(person("a", managed_meeting(deleted=True))), member) == ["09:00-13:00"]
    assert spans(application(person("a", managed_meeting())), member, excluded_events=[{"event_id": "e1"}]) == [
        "09:00-13:00"
    ]
    assert spans(application(person("a", managed_meeting())), member) == []


def test_excluded_events_are_looked_up_in_all_calendars() -> None:
    """An event_id also excludes an event of a calendar that does not count for the member."""
    member = member_with("a", calendar_ids=["cal_a_home"], availability_constraints=[{"period": "day", "limit": 1}])
    how = {"excluded_events": [{"event_id": "e1"}]}
    assert spans(application(person("a", managed_meeting())), member, **how) == ["09:00-13:00"]


def test_constraints_count_what_the_application_writes() -> None:
    """A written event with its tags counts at once, and no longer after its deletion."""
    sandbox = application(person("a")).sandbox
    api, application_ = Caller(sandbox), Caller(sandbox, sandbox.client_secret)
    member = member_with(
        "a", availability_constraints=[{"period": "day", "limit": 1, "tags": {"private": [{"value": "interview"}]}}]
    )
    assert spans(application_, member) == ["09:00-13:00"]
    assert api.write("cal_a", **period("15:00-16:00"), tags={"private": [{"value": "interview"}]}).status_code == 202
    assert spans(application_, member) == []
    assert api.delete("/v1/calendars/cal_a/events", {"event_id": "e1"}).status_code == 202
    assert spans(application_, member) == ["09:00-13:00"]


def test_member_statuses_are_added() -> None:
    """Each member has one status: active, pending or disconnected; events of disconnected profiles still count."""
    pending, gone = person("c"), person("d", "09:00-10:00")
    pending.profiles[0].profile_initial_sync_required = True
    gone.profiles[0].profile_connected = False
    body = query(group("a", "c"), group("d", "a", required=1), include_member_statuses=True, span="09:00-10:00")
    answer = two(pending, gone).post(PATH, body)
    assert answer.json["member_statuses"] == [
        {"sub": "acc_a", "sync_status": "active"},
        {"sub": "acc_c", "sync_status": "pending"},
        {"sub": "acc_d", "sync_status": "disconnected"},
    ]
    assert [row["participants"] for row in answer.json["available_periods"]] == [members("a", "c")]
    assert list(answer.json) == ["available_periods", "member_statuses"]


def test_application_calendars_can_be_asked_about() -> None:
    """An application calendar can be a member, and its events make it busy."""
    api = application(person("a"))
    client = {"client_id": api.sandbox.client_id, "client_secret": api.sandbox.client_secret}
    made = api.post("/v1/application_calendars", {**client, "application_calendar_id": "room"}).json
    room = Caller(api.sandbox, made["access_token"])
    calendar_id = room.get("/v1/calendars").json["calendars"][0]["calendar_id"]
    assert room.write(calendar_id, **period("10:00-11:00")).status_code == 202
    assert spans(api, {"sub": made["sub"]}) == ["09:00-10:00", "11:00-13:00"]


def test_both_kinds_of_token_may_ask() -> None:
    """The client secret and any person's access token may query all accounts, other credentials none."""
    sandbox = two().sandbox
    good = [Caller(sandbox, token) for token in (sandbox.client_secret, sandbox.access_token)]
    assert [spans(api, "a", "b") for api in good] == [["09:00-10:00", "12:00-13:00"]] * 2
    bad = [Caller(sandbox, token) for token in ("", "wrong", sandbox.service_account_token)]
    assert [api.post(PATH, query("a")).status_code for api in bad] == [401, 401, 403]


def test_who_has_not_authorized_is_refused() -> None:
    """Unknown subs, service accounts and people whose grants were revoked are 422 on participants."""
    api = two()
    service = next(account.sub for account in api.sandbox.accounts if account.kind == "service_account")
    for sub in ("acc_unknown", service):
        assert refusals(api.post(PATH, query({"sub": sub}, "a"))) == {"participants": ["errors.not_recognized"]}
    client = {"client_id": api.sandbox.client_id, "client_secret": api.sandbox.client_secret}
    assert api.post("/oauth/token/revoke", {**client, "sub": "acc_b"}).status_code == 200
    assert refusals(api.post(PATH, query("a", "b"))) == {"participants": ["errors.not_recognized"]}


ONE = "participants[0].members[0]"


def only(**options: Any) -> dict[str, Any]:
    """Return a query for one member with options."""
    return {"participants": [group(member_with("a", **options))]}


def member_with_tags(tags: Any) -> dict[str, Any]:
    """Return a query for one member with a constraint for tags."""
    return only(availability_constraints=[{"period": "day", "limit": 1, "tags": tags}])


POSITIVE = ["errors.must_be_integer_greater_than_zero"]
REQUIRED, UNREADABLE, TOO_MANY = ["errors.required"], ["errors.invalid_format"], ["errors.too_many"]
OUT, UNKNOWN, TWICE = ["errors.out_of_range"], ["errors.not_recognized"], ["errors.not_supported"]

BAD: list[tuple[dict[str, Any], dict[str, list[str]]]] = [
    ({"participants": None}, {"participants": REQUIRED}),
    ({"participants": []}, {"participants": REQUIRED}),
    ({"participants": "all"}, {"participants": UNREADABLE}),
    ({"participants": [group()]}, {"participants[0].members": REQUIRED}),
    ({"participants": [{"members": members("a")}]}, {"participants[0].required": REQUIRED}),
    ({"participants": [group("a", required=0)]}, {"participants[0].required": POSITIVE}),
    ({"participants": [group("a", required="any")]}, {"participants[0].required": POSITIVE}),
    ({"participants": [group("a", required=2)]}, {"participants[0].required": OUT}),
    ({"participants": [group({})]}, {f"{ONE}.sub": REQUIRED}),
    ({"participants": [group("a"), group({"sub": 5})]}, {"participants[1].members[0].sub": UNREADABLE}),
    ({"participants": [group(*"ab" * 5), group("a")]}, {"participants": TOO_MANY}),
    (only(calendar_ids=["cal_b"]), {f"{ONE}.calendar_ids": ["errors.invalid_calendar_ids"]}),
    (only(calendar_ids="cal_a"), {f"{ONE}.calendar_ids": UNREADABLE}),
    (
        only(available_periods=[period("10:00-09:00")]),
        {f"{ONE}.available_periods[0].end": ["errors.invalid_time_pair"]},
    ),
    (only(managed_availability="yes"), {f"{ONE}.managed_availability": ["errors.must_be_boolean"]}),
    (only(availability_rule_ids=[1]), {f"{ONE}.availability_rule_ids": UNREADABLE}),
    (only(ignored_extended_transparency=["away"]), {f"{ONE}.ignored_extended_transparency": UNKNOWN}),
    (only(buffer={"before": {"minutes": -1}}), {f"{ONE}.buffer.before.minutes": ["errors.must_be_integer"]}),
    (
        only(availability_constraints=[{"period": "month", "limit": -1, "tzid": "Mars"}]),
        {
            f"{ONE}.availability_constraints[0].period": UNKNOWN,
            f"{ONE}.availability_constraints[0].limit": ["errors.must_be_integer"],
            f"{ONE}.availability_constraints[0].tzid": ["errors.tzid_unrecognized"],
        },
    ),
    (member_with_tags({"private": ["x"]}), {f"{ONE}.availability_constraints[0].tags.private": UNREADABLE}),
    (member_with_tags({"private": [{}]}), {f"{ONE}.availability_constraints[0].tags.private[0].value": REQUIRED}),
    ({"required_duration": None}, {"required_duration": REQUIRED}),
    ({"required_duration": 30}, {"required_duration": UNREADABLE}),
    ({"required_duration": {}}, {"required_duration.minutes": REQUIRED}),
    ({"required_duration": {"minutes": 0}}, {"required_duration": OUT}),
    ({"required_duration": {"hours": 24, "minutes": 1}}, {"required_duration": OUT}),
    ({"query_periods": None}, {"query_periods": REQUIRED}),
    ({"query_periods": []}, {"query_periods": REQUIRED}),
    ({"query_periods": [{}]}, {"query_periods[0].start": REQUIRED, "query_periods[0].end": REQUIRED}),
    ({"query_periods": [period("10:00-10:00")]}, {"query_periods[0].end": ["errors.invalid_time_pair"]}),
    ({"query_periods": [{"start": DAY, "end": moment("10:00")}]}, {"query_periods[0].start": UNREADABLE}),
    ({"query_periods": [period("09:00-10:00")] * 51}, {"query_periods": TOO_MANY}),
    ({"query_periods": [{"start": moment("09:00"), "end": moment("09:01", "2026-04-06")}]}, {"query_periods": OUT}),
    ({"available_periods": [period("09:00-10:00")]}, {"available_periods": TWICE}),
    ({"query_slots": [{"start": moment("09:00")}]}, {"query_slots": TWICE}),
    ({"query_periods": None, "query_slots": [{}]}, {"query_slots[0].start": REQUIRED}),
    ({"query_periods": None, "query_slots": [{"start": moment("09:00")}] * 513}, {"query_slots": TOO_MANY}),
    ({"start_interval": {"minutes": 7}}, {"start_interval": OUT}),
    ({"start_interval": {}}, {"start_interval.minutes": REQUIRED}),
    ({"buffer": {"before": {"minutes": 5, "minimum": {"minutes": 5}}}}, {"buffer.before.minimum": TWICE}),
    ({"buffer": {"after": {"minimum": {"hours": 1}, "maximum": {"minutes": 5}}}}, {"buffer.after.maximum": OUT}),
    ({"buffer": {"after": {"seconds": 5}}}, {"buffer.after.minutes": REQUIRED}),
    ({"buffer": 30}, {"buffer": UNREADABLE}),
    ({"response_format": "json"}, {"response_format": UNKNOWN}),
    ({"max_results": 0}, {"max_results": POSITIVE}),
    ({"max_results": 513}, {"max_results": OUT}),
    ({"include_member_statuses": "maybe"}, {"include_member_statuses": ["errors.must_be_boolean"]}),
    ({"excluded_events": [{}]}, {"excluded_events[0].event_id": REQUIRED}),
]


@pytest.mark.parametrize(("changed", "expected"), BAD, ids=[str(changed)[:60] for changed, _ in BAD])
def test_wrong_query_is_refused_field_by_field(changed: dict[str, Any], expected: dict[str, list[str]]) -> None:
    """Each invalid field has an error."""
    assert refusals(two().post(PATH, query("a", "b") | changed)) == expected


def test_all_that_is_wrong_is_said_at_once() -> None:
    """An empty query has an error for every missing field."""
    expected = ["participants", "query_periods", "required_duration"]
    assert sorted(refusals(two().post(PATH, {})).items()) == [(name, REQUIRED) for name in expected]


def test_query_periods_need_no_order() -> None:
    """Query periods may be in any order, as they are merged."""
    unordered = [period("11:00-12:00"), period("09:00-10:00")]
    assert spans(two(), "a", query_periods=unordered) == ["09:00-10:00", "11:00-12:00"]


def test_a_maximum_of_a_buffer_binds_nothing_without_a_sequence() -> None:
    """Without a sequence only the minimum of a buffer counts."""
    maximum = {"before": {"minimum": {"minutes": 5}, "maximum": {"minutes": 10}}}
    assert spans(two(), "a", buffer=maximum) == spans(two(), "a", buffer={"before": {"minutes": 5}})


def test_members_are_counted_over_all_groups() -> None:
    """Eleven members are too many in any number of groups."""
    body = query(participants=[group(*"ab" * 5), group("a")])
    assert refusals(two().post(PATH, body)) == {"participants": ["errors.too_many"]}
    assert two().post(PATH, query(participants=[group(*"ab" * 4), group("a", "b")])).status_code == 200


def test_old_name_of_query_periods_is_the_same() -> None:
    """available_periods is accepted as the older name of query_periods."""
    old = query("a", "b", available_periods=[period("09:00-13:00")], query_periods=None)
    assert two().post(PATH, old).json == two().post(PATH, query("a", "b")).json


def test_times_in_other_forms_are_read() -> None:
    """Times with a space for T, as the C# client writes them, and objects with a tzid are accepted."""
    forms = [
        {"start": "2026-03-02 09:00:00Z", "end": "2026-03-02 10:00:00Z"},
        {"start": "2026-03-02T10:00:00+01:00", "end": {"time": "2026-03-02T10:00:00Z", "tzid": "Europe/Paris"}},
    ]
    for form in forms:
        assert spans(two(), "a", query_periods=[form]) == ["09:00-10:00"]


def test_the_csharp_clients_simple_buffer_is_read() -> None:
    """A buffer with only a minimum, as the C# client sends it, is accepted, and times have no fractions."""
    api = application(person("a", "12:00-13:00"))
    how = {**NOON, "buffer": {"before": {"minimum": {"minutes": 30}}}}
    assert starts(api, "a", **how) == every("09:00", "11:00", 30) + LATE
    row = rows(api.post(PATH, query("a")))[0]
    assert datetime.strptime(row["start"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def test_a_form_is_read_like_json() -> None:
    """A form body is accepted, with numbers as text and lists in brackets."""
    form = {
        "participants[][members][][sub]": "acc_a",
        "participants[][required]": "1",
        "required_duration[minutes]": "30",
        "query_periods[][start]": moment("09:00"),
        "query_periods[][end]": moment("13:00"),
        "response_format": "slots",
        "max_results": "1",
    }
    answer = two().ask("POST", PATH, data=form)
    assert [row["start"] for row in rows(answer)] == [moment("09:00")]


def test_official_python_client_asks() -> None:
    """Its empty buffers, nulls and slots without a response format are accepted."""
    sandbox = two().sandbox
    with serve(sandbox) as served:
        client = pycronofy.Client(sandbox.client_id, sandbox.client_secret, access_token=sandbox.access_token)
        client.request_handler.base_url = served.url
        arguments = {"participants": {"members": ["acc_a", "acc_b"]}, "required_duration": 30}
        spread = [{"start": datetime(2026, 3, 2, 9, tzinfo=UTC), "end": datetime(2026, 3, 2, 13, tzinfo=UTC)}]

        def ask(**how: Any) -> list[str]:
            openings = client.availability(**copy.deepcopy(arguments), **copy.deepcopy(how))
            return [row["start"][11:16] for row in openings]

        assert ask(available_periods=spread) == ["09:00", "12:00"]
        slots = {"available_periods": spread, "response_format": "slots", "start_interval": 30}
        assert ask(**slots) == ["09:00", "09:30", "12:00", "12:30"]
        assert ask(**slots, max_results=2) == ["09:00", "09:30"]
        assert ask(**slots, buffer={"before": 30}) == ["09:00", "09:30", "12:30"]
        assert ask(**slots, buffer={"before": {"minimum": 30, "maximum": 60}, "after": None}) == [
            "09:00",
            "09:30",
            "12:30",
        ]
        listed = [{"start": datetime(2026, 3, 2, hour, tzinfo=UTC)} for hour in (9, 10)]
        assert ask(query_slots=listed) == ["09:00"]
    assert served.errors == []


FULL = query(
    group(
        member_with(
            "a",
            calendar_ids=["cal_a"],
            available_periods=[period("09:00-12:00")],
            managed_availability=True,
            availability_rule_ids=["week"],
            only_managed_events=False,
            ignore_tentative=True,
            ignored_extended_transparency=["tentative"],
            buffer={"before": {"minutes": 5}, "after": {"minimum": {"minutes": 5}, "maximum": {"hours": 1}}},
            availability_constraints=[
                {"period": "day", "limit": 3, "tzid": "Europe/London", "tags": {"private": [{"value": "x"}]}}
            ],
        ),
        required=1,
    ),
    buffer={"before": {"minutes": 10}, "after": {"minimum": {"minutes": 15}}},
    start_interval={"minutes": 15},
    response_format="slots",
    max_results=5,
    include_member_statuses=True,
    excluded_events=[{"event_id": "e1", "event_uid": "evt_1"}],
)
LISTED = {**FULL, "query_periods": None, "query_slots": [{"start": moment("09:00")}, {"start": moment("10:00")}]}


@settings(max_examples=150)
@given(body=invalid_variants(FULL) | invalid_variants(LISTED))
def test_no_value_in_a_question_breaks_it(body: dict[str, Any]) -> None:
    """Any value in any field gets a documented response."""
    api = application(keeper("10:00-11:00", managed_meeting(write_only={"tags": ["odd", {"private": 5}]})))
    assert is_documented(api.post(PATH, body))


FAR = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)).map(lambda when: f"{when:%Y-%m-%dT%H:%M:%SZ}".zfill(20))


@settings(max_examples=50)
@given(
    slots=st.lists(FAR, min_size=1, max_size=5), zone=st.sampled_from(["Pacific/Apia", "Pacific/Kiritimati", "Etc/UTC"])
)
def test_the_ends_of_time_can_be_asked_about(slots: list[str], zone: str) -> None:
    """Any time of the wire may be queried, with rules and constraints of any time zone."""
    somebody = keeper(managed_meeting())
    somebody.availability_rules["week"].tzid = zone
    constraints = [{"period": "week", "limit": 1, "tzid": zone}]
    member = member_with("a", managed_availability=True, availability_constraints=constraints)
    body = query(member, query_periods=None, query_slots=[{"start": slot} for slot in slots], minutes=1440)
    assert application(somebody).post(PATH, body).status_code == 200


def test_what_is_open_overlaps_no_busy_time() -> None:
    """In the seeded office no slot overlaps a busy or tentative free/busy row of its members."""
    sandbox = Sandbox(now="2026-03-02T08:00:00Z", rate_limit=False)
    api = Caller(sandbox, sandbox.client_secret)
    people = [account for account in sandbox.accounts if account.kind == "account"]
    first, last = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)
    span = {"start": f"{first:%Y-%m-%dT%H:%M:%SZ}", "end": f"{last:%Y-%m-%dT%H:%M:%SZ}"}
    body = {
        "participants": [{"members": [{"sub": account.sub} for account in people], "required": 1}],
        "required_duration": {"minutes": 30},
        "query_periods": [span],
        "start_interval": {"minutes": 30},
        "response_format": "overlapping_slots",
    }
    openings = rows(api.post(PATH, body))
    assert len(openings) == 512
    checked = 0
    for account in people:
        busy = busy_times(sandbox, account)
        for row in openings:
            start, end = (datetime.fromisoformat(row[name]) for name in ("start", "end"))
            if {"sub": account.sub} in row["participants"]:
                checked += 1
                assert not any(begin < end and start < stop for begin, stop in busy)
            else:
                assert any(begin < end and start < stop for begin, stop in busy)
    assert checked > 512


def busy_times(sandbox: Sandbox, account: Account) -> list[tuple[datetime, datetime]]:
    """Return the busy and tentative times of an account's free/busy, whole days in the calendar's time zone."""
    api = Caller(sandbox, sandbox.tokens(account.sub)["access_token"])
    times: list[tuple[datetime, datetime]] = []
    for zone in {calendar.tzid for calendar in account.calendars}:
        calendar_ids = [calendar.calendar_id for calendar in account.calendars if calendar.tzid == zone]
        path = "/v1/free_busy"
        query_string: dict[str, Any] = {"tzid": zone, "include_managed": "true", "calendar_ids[]": calendar_ids}
        while path:
            told_rows = api.ask("GET", path, query_string=query_string).json
            times += [row_instants(row, zone) for row in told_rows["free_busy"] if row["free_busy_status"] != "free"]
            path, query_string = told_rows["pages"].get("next_page", "").removeprefix("http://localhost"), {}
    return times


def row_instants(row: dict[str, Any], zone: str) -> tuple[datetime, datetime]:
    """Return start and end of a free/busy row as instants."""
    start, end = (datetime.fromisoformat(row[name]) for name in ("start", "end"))
    if start.tzinfo is None:
        return start.replace(tzinfo=ZoneInfo(zone)), end.replace(tzinfo=ZoneInfo(zone))
    return start, end


class CountedEvents(dict[str, Event]):
    """Events of an account that count how often they are iterated."""

    reads = 0

    def values(self) -> ValuesView[Event]:
        CountedEvents.reads += 1
        return super().values()


def test_ten_people_over_five_weeks_are_looked_at_twice() -> None:
    """A query with an interval of 15 minutes iterates the thousand events of each of ten members twice."""
    people = [person(key) for key in "abcdefghij"]
    for number, somebody in enumerate(people):
        for n in range(1000):
            start = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(minutes=70 * n + 7 * number)
            event = meeting("", key=somebody.name or "", start=start, end=start + timedelta(minutes=25))
            somebody.events[event.event_uid] = event
        somebody.events = CountedEvents(somebody.events)
    api = application(*people)
    everybody = {"participants": [group(*"abcdefghij", required=4)], "required_duration": {"minutes": 15}}
    span = [{"start": moment("00:00"), "end": moment("00:00", "2026-04-06")}]
    body = {
        **everybody,
        "query_periods": span,
        "start_interval": {"minutes": 15},
        "response_format": "overlapping_slots",
    }
    CountedEvents.reads = 0
    openings = rows(api.post(PATH, body))
    assert CountedEvents.reads <= 2 * len(people)
    assert len(openings) > 100


def test_a_token_of_small_scope_may_ask() -> None:
    """Any access token may query, as no scope is documented."""
    api = with_scope(Caller(Sandbox(office=Office([person("jane")]), now="2026-03-01T12:00:00Z")), "create_event")
    assert spans(api, "jane") == ["09:00-13:00"]
