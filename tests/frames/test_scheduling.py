"""Availability, and the rules and periods that manage it, as frames."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pandas as pd
import pytest

from cronofy_frames import errors, schema
from cronofy_frames.connecting import connect
from cronofy_frames.frames.availability_query import minutes, participant_groups
from cronofy_frames.frames.decoder import UnreadWarning
from cronofy_frames.frames.reading import frame, read_free_busy
from cronofy_frames.frames.scheduling import (
    member_statuses,
    read_availability,
    read_availability_rules,
    read_available_periods,
    read_bookable_events,
)
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.sandbox.model.state import Account, Calendar, Event, Office, Profile
from cronofy_frames.tokens import MemoryStore
from cronofy_frames.wire.auth import Tokens
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.messages import Hosts
from tests.small import small_office

HOST = "https://api.cronofy.com"


def recording_client(answer: dict[str, Any]) -> tuple[Client, list[dict[str, Any]]]:
    """Return a client that always gets this response, and the list of bodies that it sends."""
    bodies: list[dict[str, Any]] = []

    def handle(request: httpx.Request) -> httpx.Response:
        bodies.append({"bearer": request.headers["Authorization"], **json.loads(request.content or b"{}")})
        return httpx.Response(200, json=answer)

    client = Client(
        Hosts(HOST, HOST), store=MemoryStore(Tokens("a")), client_secret="s", transport=httpx.MockTransport(handle)
    )
    return client, bodies


def test_arguments_become_the_request() -> None:
    """Subs become a group, durations minutes, bounds one query period in UTC; the client secret authorizes."""
    client, bodies = recording_client({"available_slots": []})
    read_availability(
        client,
        ["acc_a", {"sub": "acc_b", "managed_availability": True}],
        "2026-07-01",
        pd.Timestamp("2026-07-02 12:00"),
        tz="Europe/London",
        duration="1h",
        step=timedelta(minutes=15),
        buffer=("10min", pd.Timedelta("5min")),
        result="slots",
    )
    assert bodies == [
        {
            "bearer": "Bearer s",
            "participants": [
                {"members": [{"sub": "acc_a"}, {"sub": "acc_b", "managed_availability": True}], "required": "all"}
            ],
            "required_duration": {"minutes": 60},
            "query_periods": [{"start": "2026-06-30T23:00:00Z", "end": "2026-07-02T11:00:00Z"}],
            "response_format": "slots",
            "include_member_statuses": True,
            "start_interval": {"minutes": 15},
            "buffer": {"before": {"minutes": 10}, "after": {"minutes": 5}},
        }
    ]


def test_without_a_client_secret_the_access_token_is_used() -> None:
    """The endpoint accepts both, and the documented client secret is preferred."""
    client, bodies = recording_client({"available_periods": []})
    client.client_secret = None
    read_availability(client, ["acc_a"], "2026-07-01", "2026-07-02", duration="1h")
    assert bodies[0]["bearer"] == "Bearer a"


def test_an_answer_becomes_a_frame() -> None:
    """Slots have fixed columns, times in tz and participants as JSON; an empty response has the same dtypes."""
    row = {"start": "2026-07-01T09:00:00Z", "end": "2026-07-01T11:00:00Z", "participants": [{"sub": "acc_a"}]}
    span = ("2026-07-01", "2026-07-02")
    full = read_availability(
        recording_client({"available_periods": [row]})[0], ["acc_a"], *span, duration="1h", tz="Asia/Tokyo"
    )
    none = read_availability(
        recording_client({"available_periods": []})[0], ["acc_a"], *span, duration="1h", tz="Asia/Tokyo"
    )
    assert full.columns.tolist() == schema.AVAILABILITY.names
    assert full.loc[0, "start"] == pd.Timestamp("2026-07-01 18:00", tz="Asia/Tokyo")
    assert json.loads(full.loc[0, "participants"]) == [{"sub": "acc_a"}]
    assert none.dtypes.to_dict() == full.dtypes.to_dict()
    assert json.loads(json.dumps(full.attrs)) == full.attrs


def test_an_answer_without_its_list_is_an_error() -> None:
    """A response without the list is an error, not an empty frame."""
    with pytest.raises(errors.CronofyError, match="available_periods"):
        read_availability(
            recording_client({"available_slots": []})[0], ["acc_a"], "2026-07-01", "2026-07-02", duration="1h"
        )


@pytest.mark.parametrize(
    ("members", "required", "groups"),
    [
        (["a", "b"], "all", [(["a", "b"], "all")]),
        (["a", "b"], 1, [(["a", "b"], 1)]),
        ([["a"], ["r", "s"]], ["all", 1], [(["a"], "all"), (["r", "s"], 1)]),
        ([["a"], ["r", "s"]], "all", [(["a"], "all"), (["r", "s"], "all")]),
        (pd.Series(["a", "b"]).tolist(), "all", [(["a", "b"], "all")]),
    ],
)
def test_members_are_a_group_or_groups(members: Any, required: Any, groups: list[tuple[list[str], Any]]) -> None:
    """A flat list is one group; several groups have a required number each, or all members."""
    made = [
        ([member["sub"] for member in group["members"]], group["required"])
        for group in participant_groups(members, required)
    ]
    assert made == groups


@pytest.mark.parametrize(
    ("members", "required", "message"),
    [
        ([], "all", "at least one"),
        ("acc_a", "all", "a list of subs"),
        (["a", ["b"]], "all", "not a mix"),
        ([["a"], ["b"]], ["all", 1, 1], "3 entries for 2 groups"),
    ],
)
def test_invalid_members_are_refused(members: Any, required: Any, message: str) -> None:
    """Invalid members are refused before any request."""
    with pytest.raises(ValueError, match=message):
        participant_groups(members, required)


@pytest.mark.parametrize("length", ["soon", -5, "NaT", None, "90s"])
def test_a_length_is_whole_minutes(length: Any) -> None:
    """A duration is a text or timedelta of whole minutes; anything else is refused."""
    with pytest.raises(ValueError, match=r"30min|whole number of minutes"):
        minutes(length, "duration")
    assert minutes("1h30min", "duration") == {"minutes": 90}


def test_availability_needs_both_bounds() -> None:
    """Availability has no default window, so start and end are required."""
    with pytest.raises(ValueError, match="both start and end"):
        read_availability(recording_client({})[0], ["acc_a"], "2026-07-01", None, duration="1h")  # type: ignore[arg-type]


def test_further_arguments_become_the_request() -> None:
    """Starts to check take the place of the window, excluded events may be a frame, and statuses can be left out."""
    client, bodies = recording_client({"available_slots": []})
    events = pd.DataFrame({"event_uid": ["evt_1", None], "event_id": ["own-1", "own-2"]})
    frame = read_availability(
        client,
        ["acc_a"],
        query_slots=["2026-07-01 09:00", pd.Timestamp("2026-07-01 12:00", tz="UTC")],
        tz="Europe/London",
        duration="30min",
        result="slots",
        max_results=7,
        excluded_events=events,
        include_member_statuses=False,
    )
    assert bodies[0]["query_slots"] == [{"start": "2026-07-01T08:00:00Z"}, {"start": "2026-07-01T12:00:00Z"}]
    assert bodies[0]["excluded_events"] == [{"event_uid": "evt_1"}, {"event_id": "own-2"}]
    assert bodies[0]["max_results"] == 7
    assert not {"query_periods", "include_member_statuses"} & set(bodies[0])
    assert frame.attrs["cronofy"]["end"] == "2026-07-01T13:30:00+01:00"
    read_availability(client, ["acc_a"], "2026-07-01", "2026-07-02", duration="1h", result="slots", excluded_events=[])
    assert "excluded_events" not in bodies[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"query_slots": []}, "with at least one of them"),
        ({"query_slots": ["2026-07-01"], "start": "2026-07-01"}, "leave out start and end"),
        ({"query_slots": ["1/7/2026"]}, "query_slots is a date or time"),
        ({"start": "2026-07-01", "end": "2026-07-02", "excluded_events": ["evt_1"]}, "excluded_events is a frame"),
        ({"start": "2026-07-01", "end": "2026-07-02", "excluded_events": [{"event_uid": None}]}, "neither id"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(arguments: dict[str, Any], message: str) -> None:
    """Nothing is sent, and the message says what to give."""
    client, bodies = recording_client({"available_periods": []})
    with pytest.raises(ValueError, match=message):
        read_availability(client, ["acc_a"], duration="1h", **arguments)
    assert bodies == []


def test_members_whose_calendars_are_stale_are_named() -> None:
    """Cronofy answers for stale and disconnected calendars as for others: the frame warns, and lists each member."""
    statuses = [{"sub": "acc_a", "sync_status": "active"}, {"sub": "acc_b", "sync_status": "disconnected"}]
    client, _ = recording_client({"available_periods": [], "member_statuses": statuses})
    with pytest.warns(UserWarning, match=r"1 member are not up to date: acc_b \(disconnected\)\. Rows"):
        frame = read_availability(
            client, [["acc_a", "acc_b"], ["acc_c", "acc_a"]], "2026-07-01", "2026-07-02", duration="1h"
        )
    listed = member_statuses(frame)
    assert listed["sub"].tolist() == ["acc_a", "acc_b", "acc_c"]
    assert listed["sync_status"].tolist()[:2] == ["active", "disconnected"]
    assert pd.isna(listed["sync_status"][2])
    assert json.loads(json.dumps(frame.attrs)) == frame.attrs


def test_a_disconnected_account_of_the_sandbox_is_named() -> None:
    """In the sandbox too a disconnected profile warns, and the statuses survive a copy."""
    box = Sandbox(office=small_office(), now="2026-03-04T09:00:00Z")
    client = connect(sandbox=box)
    sub = box.accounts[0].sub
    free = read_availability(client, [sub], "2026-03-05", "2026-03-06", duration="1h")
    assert member_statuses(free.copy())["sync_status"].tolist() == ["active"]
    box.accounts[0].profiles[0].profile_connected = False
    with pytest.warns(UserWarning, match="disconnected"):
        read_availability(client, [sub], "2026-03-05", "2026-03-06", duration="1h")


def test_a_frame_without_statuses_has_none_to_list() -> None:
    """`member_statuses` of another frame, or of one read without statuses, says how to read it."""
    client, _ = recording_client({"available_periods": []})
    frame = read_availability(
        client, ["acc_a"], "2026-07-01", "2026-07-02", duration="1h", include_member_statuses=False
    )
    with pytest.raises(ValueError, match="include_member_statuses=True"):
        member_statuses(frame)


def test_bookable_events_with_free_places_are_a_frame() -> None:
    """Full, cancelled and past events are left out; unlimited capacity is NA, and an unknown event is refused."""
    client = connect(sandbox=Sandbox(office=small_office(), now="2026-03-04T09:00:00Z"))
    events = {"free": (8, "confirmed", 5), "open": (None, "confirmed", 6), "full": (1, "confirmed", 7)}
    events |= {"off": (3, "cancelled", 8), "past": (3, "confirmed", 2)}
    for name, (capacity, status, day) in events.items():
        client.create_bookable_event(
            bookable_event_id=name,
            start=f"2026-03-0{day}T09:00:00Z",
            end=f"2026-03-0{day}T12:00:00Z",
            status=status,
            registration={"capacity": capacity},
        )
    for name in ("free", "full"):
        client.upsert_registration_bookable_event(name, registration_id="a", status="accepted")
    frame = read_bookable_events(client, pd.Series(list(events)), tz="Europe/London")
    assert frame.columns.tolist() == schema.BOOKABLE_EVENTS.names
    assert frame["bookable_event_id"].tolist() == ["free", "open"]
    assert frame["registered_count"].tolist() == [1, 0]
    assert frame["capacity"].isna().tolist() == [False, True]
    assert frame["start"].dtype == "datetime64[us, Europe/London]"
    with pytest.raises(errors.Invalid, match="bookable_event_id must be of"):
        read_bookable_events(client, "unknown")
    with pytest.raises(errors.Invalid, match="must not both be given"):
        client.call(
            "availability", {"bookable_events": [{"bookable_event_id": "free"}], "participants": []}, auth="application"
        )
    with pytest.raises(errors.Forbidden):
        client.call("availability", {"bookable_events": [{"bookable_event_id": "free"}]}, auth="user")
    with pytest.raises(ValueError, match="takes either participants or bookable_events"):
        client.availability(required_duration={"minutes": 30})
    with pytest.raises(ValueError, match="at least one id"):
        read_bookable_events(client, [])


def test_people_are_free_where_free_busy_says_so() -> None:
    """In the seeded office no slot overlaps a busy period of its participants."""
    box = Sandbox(now="2026-03-02T09:00:00Z")
    people = [account.email for account in box.accounts if account.kind == "account"][:3]
    clients = {str(email): connect(sandbox=box, account=email) for email in people}
    subs = {name: client.user_info()["sub"] for name, client in clients.items()}
    span = ("2026-03-02", "2026-03-07")
    with pytest.warns(UserWarning, match="disconnected"):  # one of the office's people has to link a profile again
        slots = read_availability(
            clients[str(people[0])],
            list(subs.values()),
            *span,
            duration="30min",
            step="30min",
            result="overlapping_slots",
        )
    assert len(slots) > 20
    busy = read_free_busy(clients, *span)
    busy = busy[busy["free_busy_status"].isin(["busy", "tentative"]) & (busy["end"] > busy["start"])]
    for slot in slots.itertuples():
        listed = {name for name, sub in subs.items() if sub in slot.participants}
        assert listed == set(subs)
        hit = busy[busy["account"].isin(listed) & (busy["start"] < slot.end) & (busy["end"] > slot.start)]
        assert hit.empty, (slot, hit)


def test_rules_have_a_row_for_each_weekly_period(client: Client) -> None:
    """Several rules with several periods give a row each; `frame` gives the same."""
    week = [
        {"day": "monday", "start_time": "09:00", "end_time": "12:00"},
        {"day": "tuesday", "start_time": "13:00", "end_time": "17:00"},
    ]
    client.upsert_availability_rule(availability_rule_id="office", tzid="Europe/London", weekly_periods=week)
    client.upsert_availability_rule(availability_rule_id="phone", tzid="Asia/Tokyo", weekly_periods=week[:1])
    rules = read_availability_rules(client)
    assert rules.columns.tolist() == schema.AVAILABILITY_RULES.names
    rows = rules[["availability_rule_id", "tzid", "day", "start_time", "end_time"]].to_numpy().tolist()
    assert rows == [
        ["office", "Europe/London", "monday", "09:00", "12:00"],
        ["office", "Europe/London", "tuesday", "13:00", "17:00"],
        ["phone", "Asia/Tokyo", "monday", "09:00", "12:00"],
    ]
    assert frame(client.list_availability_rules()).equals(rules)


def test_periods_are_read_over_pages() -> None:
    """All pages are read, sorted by start and cut to the window, for several accounts too."""
    client = connect(sandbox=Sandbox(office=small_office(), now="2026-03-04T09:00:00Z", page_size=2))
    for day in range(5, 10):
        start = datetime(2026, 3, day, 9, tzinfo=UTC)
        client.upsert_available_period(available_period_id=f"p{day}", start=start, end=start + timedelta(hours=3))
    periods = read_available_periods(client, tz="Europe/London")
    assert periods["available_period_id"].tolist() == ["p5", "p6", "p7", "p8", "p9"]
    assert periods.attrs["cronofy"]["pages"] == 3
    assert periods["start"].dtype == "datetime64[us, Europe/London]"
    assert read_available_periods(client, "2026-03-06", "2026-03-08")["available_period_id"].tolist() == ["p6", "p7"]
    assert read_available_periods({"ann": client}).columns[0] == "account"


def crowd(people: int) -> Office:
    """Return an office of so many people with about 300 events each."""
    begin = datetime(2026, 3, 2, tzinfo=UTC)
    accounts = []
    for n in range(people):
        calendar = Calendar(f"cal_{n}", "Work", calendar_primary=True)
        events = {}
        for m in range(300):
            start = begin + timedelta(minutes=(m * 167 + n * 31) % (35 * 24 * 60) // 15 * 15)
            uid = f"evt_external_{n}_{m}"
            events[uid] = Event(calendar.calendar_id, uid, start, start + timedelta(minutes=30), uid, begin, begin)
        profile = Profile(f"pro_{n}", f"p{n}@example.test", "google", "gsuite", calendars=[calendar])
        accounts.append(Account(f"acc_{n}", email=f"p{n}@example.test", profiles=[profile], events=events))
    service = small_office().accounts[-1]
    return Office([*accounts, service])


def test_ten_people_over_five_weeks_take_one_request() -> None:
    """Slots in steps of 15 minutes over five weeks need a single request."""
    client = connect(sandbox=Sandbox(office=crowd(10), now="2026-03-02T00:00:00Z"))
    slots = read_availability(
        client,
        [f"acc_{n}" for n in range(10)],
        "2026-03-02",
        "2026-04-06",
        duration="30min",
        step="15min",
        result="overlapping_slots",
    )
    assert slots.attrs["cronofy"]["requests"] == 1
    assert len(slots) > 0


def test_rules_that_cannot_be_read_cost_only_themselves() -> None:
    """A rule that is no object is left out; one whose periods are no list has a row without a period."""
    good = {"availability_rule_id": "good", "tzid": "Etc/UTC", "weekly_periods": [{"day": "monday"}]}
    rules = [good, 5, {**good, "availability_rule_id": "bad", "weekly_periods": 7}]
    client, _ = recording_client({"availability_rules": rules})
    with pytest.warns(UnreadWarning, match="weekly_periods 1"):
        listed = read_availability_rules(client)
    assert listed["availability_rule_id"].tolist() == ["good", "bad"]
    assert listed["tzid"].tolist() == ["Etc/UTC", "Etc/UTC"]
