"""Availability, links, invites and element tokens with the official client."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import httpx
import icalendar
import pandas as pd
import pycronofy
import pytest
from pycronofy.exceptions import PyCronofyRequestError, PyCronofyValidationError

import cronofy_frames as cf
from cronofy_frames.frames.availability_query import minutes, participant_groups
from cronofy_frames.sandbox.model.state import Account, Calendar, Event, Office, Profile
from tests.small import NOW, SCOPE
from tests.witness.official import ANN, BACK, Form, Listening, Stage, decide, refusal, serve_stage

ANN_SUB, BOB_SUB, CY_SUB = "acc_ann", "acc_bob", "acc_cy"
TRIO = [ANN_SUB, BOB_SUB, CY_SUB]
THURSDAY, FRIDAY = "2026-03-05", "2026-03-06"
BUSY = {
    ANN_SUB: [(THURSDAY, 10, 11, "opaque"), (FRIDAY, 12, 13, "opaque")],
    BOB_SUB: [(THURSDAY, 11, 12, "opaque")],
    CY_SUB: [(THURSDAY, 9, 13, "transparent")],
}
GUEST, OTHER = {"email": "guest@example.test"}, {"email": "other+1@example.test"}


def at(day: str, hour: float) -> datetime:
    """Return an hour of a day, UTC."""
    return datetime.fromisoformat(f"{day}T00:00:00Z") + timedelta(hours=hour)


def somebody(sub: str) -> Account:
    """Return an account with one calendar and its events."""
    name = sub.removeprefix("acc_")
    calendar = Calendar(f"cal_{name}", "Work", calendar_primary=True, tzid="Europe/London")
    email = f"{name}@example.test"
    events = {
        f"evt_{n}": Event(f"cal_{name}", f"evt_{n}", at(day, start), at(day, end), "Busy", NOW, NOW, transparency=how)
        for n, (day, start, end, how) in enumerate(BUSY[sub])
    }
    profile = Profile(f"pro_{name}", email, "google", "gsuite", calendars=[calendar])
    return Account(
        sub,
        email=email,
        name=name.title(),
        zoneinfo="Europe/London",
        scope=SCOPE,
        profiles=[profile],
        events=events,
    )


@pytest.fixture
def trio() -> Iterator[Stage]:
    """Three people on a Thursday: Ann is busy from ten to eleven, Bob the hour after that, Cy is free."""
    office = Office([somebody(sub) for sub in TRIO])
    with serve_stage(Listening(office=office, now=NOW, page_size=2, rate_limit=False), ANN) as running:
        yield running


def stretch(day: str, start: float, end: float) -> dict[str, Any]:
    """Return a part of a day as the official client takes it, which turns the times into text."""
    return {"start": at(day, start), "end": at(day, end)}


def opening_texts(rows: list[dict[str, Any]]) -> list[str]:
    """Return periods or slots as `09:00-10:00 ann bob`."""
    return [
        f"{row['start'][11:16]}-{row['end'][11:16]} "
        + " ".join(participant["sub"].removeprefix("acc_") for participant in row["participants"])
        for row in rows
    ]


def starts(rows: list[dict[str, Any]]) -> list[str]:
    """Return the starts of slots."""
    return [row["start"][11:16] for row in rows]


def test_two_people_have_the_hours_that_neither_is_busy(trio: Stage) -> None:
    """`availability` with a person's token returns the common free periods of all members."""
    rows = trio.official().availability(
        participants={"members": [ANN_SUB, BOB_SUB]},
        required_duration=30,
        available_periods=[stretch(THURSDAY, 9, 13)],
    )
    assert opening_texts(rows) == ["09:00-10:00 ann bob", "12:00-13:00 ann bob"]
    assert trio.heard.json == {
        "participants": [{"members": [{"sub": ANN_SUB}, {"sub": BOB_SUB}], "required": "all"}],
        "required_duration": {"minutes": 30},
        "buffer": {},
        "available_periods": [{"start": f"{THURSDAY}T09:00:00Z", "end": f"{THURSDAY}T13:00:00Z"}],
    }
    assert trio.heard.authorization == f"Bearer {trio.box.tokens(ANN)['access_token']}"
    again = trio.official(access_token=trio.box.client_secret).availability(
        participants=participant_groups([ANN_SUB, BOB_SUB], "all"),
        required_duration={"minutes": 30},
        available_periods=[stretch(THURSDAY, 9, 13)],
    )
    assert again == rows


FORMS = [
    pytest.param("slots", 30, None, ["09:00", "09:30", "12:00", "12:30"], id="slots"),
    pytest.param("slots", 60, 15, ["09:00", "12:00"], id="slots on a grid"),
    pytest.param("overlapping_slots", 30, 15, ["09:00", "09:15", "09:30", "12:00", "12:15", "12:30"], id="overlapping"),
    pytest.param("periods", 45, None, ["09:00", "12:00"], id="periods"),
    pytest.param(None, 90, None, [], id="too long"),
]


@pytest.mark.parametrize(("form", "duration", "step", "expected"), FORMS)
def test_slots_come_in_the_form_asked_for(
    trio: Stage, form: str | None, duration: int, step: int | None, expected: list[str]
) -> None:
    """`response_format` and `start_interval` decide on periods or slots, and on the grid."""
    rows = trio.official().availability(
        participants=[{"members": [ANN_SUB, BOB_SUB], "required": "all"}],
        required_duration=duration,
        available_periods=[stretch(THURSDAY, 9, 13)],
        start_interval=step,
        response_format=form,
    )
    assert starts(rows) == expected
    lengths = {datetime.fromisoformat(row["end"]) - datetime.fromisoformat(row["start"]) for row in rows}
    assert lengths <= {timedelta(hours=1) if form == "periods" else timedelta(minutes=duration)}


@pytest.mark.parametrize("form", ["slots", "overlapping_slots", None])
def test_certain_slots_are_checked(trio: Stage, form: str | None) -> None:
    """`query_slots` are returned if all are free, off any grid, and without a format as periods."""
    rows = trio.official().availability(
        participants={"members": [ANN_SUB, BOB_SUB]},
        required_duration=30,
        query_slots=[{"start": at(THURSDAY, hour)} for hour in (9, 9.75, 12.25, 10.5)],
        response_format=form,
    )
    assert trio.heard.json["query_slots"][1] == {"start": f"{THURSDAY}T09:45:00Z"}
    assert opening_texts(rows) == ["09:00-09:30 ann bob", "12:15-12:45 ann bob"]


BUFFERS = [
    pytest.param({}, {}, "11:00", "13:00", id="none"),
    pytest.param({"before": 30}, {}, "11:00", "13:30", id="before"),
    pytest.param({"after": 15}, {}, "10:30", "13:00", id="after"),
    pytest.param({"before": {"minimum": 30}, "after": {"minimum": {"minutes": 15}}}, {}, "10:30", "13:30", id="both"),
    pytest.param({}, {ANN_SUB: {"before": {"minutes": 30}}}, "11:00", "13:30", id="of the one who is busy"),
    pytest.param({}, {BOB_SUB: {"before": {"minutes": 30}}}, "11:00", "13:00", id="of another"),
]


@pytest.mark.parametrize(("buffer", "own", "last", "first"), BUFFERS)
def test_buffers_keep_clear_of_busy_time(
    trio: Stage, buffer: dict[str, Any], own: dict[str, Any], last: str, first: str
) -> None:
    """A buffer moves the last slot before an event and the first after it, as docs /developers/scheduling/buffers."""
    members = [{"sub": sub, **({"buffer": own[sub]} if sub in own else {})} for sub in (ANN_SUB, BOB_SUB)]
    rows = trio.official().availability(
        participants={"members": members},
        required_duration=60,
        available_periods=[stretch(FRIDAY, 9, 18)],
        start_interval=30,
        buffer=buffer,
        response_format="overlapping_slots",
    )
    starts_ = starts(rows)
    assert (starts_[0], starts_[-1]) == ("09:00", "17:00")
    assert (max(start for start in starts_ if start < "12:00"), min(start for start in starts_ if start > "12:00")) == (
        last,
        first,
    )


def test_some_of_many_are_enough(trio: Stage) -> None:
    """With two of three required, each slot lists all free members, and all groups must be satisfied."""
    client = trio.official()
    arguments = {"required_duration": 60, "available_periods": [stretch(THURSDAY, 9, 13)], "response_format": "slots"}
    rows = client.availability(participants={"members": [*TRIO], "required": 2}, **arguments)
    assert opening_texts(rows) == [
        "09:00-10:00 ann bob cy",
        "10:00-11:00 bob cy",
        "11:00-12:00 ann cy",
        "12:00-13:00 ann bob cy",
    ]
    groups = [{"members": [ANN_SUB]}, {"members": [BOB_SUB, CY_SUB], "required": 1}]
    assert opening_texts(client.availability(participants=groups, **arguments)) == [
        "09:00-10:00 ann bob cy",
        "11:00-12:00 ann cy",
        "12:00-13:00 ann bob cy",
    ]
    first = client.availability(participants={"members": [*TRIO], "required": 2}, max_results=2, **arguments)
    assert first == rows[:2]


def test_members_bring_their_own_hours(trio: Stage) -> None:
    """A member's periods limit the result, and a member with an empty list of calendars is never busy."""
    members = [
        {"sub": ANN_SUB, "calendar_ids": []},
        {"sub": BOB_SUB, "available_periods": [stretch(THURSDAY, 10.5, 12.5)]},
    ]
    rows = trio.official().availability(
        participants={"members": members}, required_duration=30, available_periods=[stretch(THURSDAY, 9, 13)]
    )
    assert opening_texts(rows) == ["10:30-11:00 ann bob", "12:00-12:30 ann bob"]


def rule(**more: Any) -> dict[str, Any]:
    """Return Ann's rule for Thursdays."""
    return {
        "availability_rule_id": "thursdays",
        "tzid": "Europe/Paris",
        "calendar_ids": ["cal_ann"],
        "weekly_periods": [{"day": "thursday", "start_time": "10:00", "end_time": "12:30"}],
        **more,
    }


def test_rules_are_kept(trio: Stage) -> None:
    """Rules are created, read, listed, replaced and deleted, and the frame has a row per weekly period."""
    client = trio.official()
    assert client.upsert_availability_rule(rule()) == rule()
    more = rule(
        availability_rule_id="fridays",
        weekly_periods=[
            {"day": "friday", "start_time": "09:00", "end_time": "12:00"},
            {"day": "friday", "start_time": "13:00", "end_time": "17:00"},
        ],
    )
    client.upsert_availability_rule(more)
    assert client.get_availability_rule("fridays") == more
    assert client.list_availability_rules() == [rule(), more]
    frame = cf.read_availability_rules(trio.ours())
    assert frame["day"].tolist() == ["thursday", "friday", "friday"]
    flat = [{**rule_, **period} for rule_ in [rule(), more] for period in rule_.pop("weekly_periods")]
    expected = [{**rule_, "calendar_ids": json.dumps(rule_["calendar_ids"])} for rule_ in flat]
    assert frame.to_dict("records") == [{name: rule_[name] for name in frame.columns} for rule_ in expected]
    client.upsert_availability_rule(rule(tzid="Etc/UTC"))
    assert client.get_availability_rule("thursdays") == rule(tzid="Etc/UTC")
    assert client.delete_availability_rule("fridays") is None
    assert (trio.heard.verb, trio.heard.path) == ("DELETE", "/v1/availability_rules/fridays")
    assert trio.official("bob@example.test").list_availability_rules() == []
    assert [rule_["availability_rule_id"] for rule_ in client.list_availability_rules()] == ["thursdays"]
    for call in (client.get_availability_rule, client.delete_availability_rule):
        with pytest.raises(PyCronofyRequestError) as caught:
            call("fridays")
        assert refusal(caught) == (404, [])


def test_rules_limit_when_somebody_can_be_had(trio: Stage) -> None:
    """With managed availability Ann is available within her rules, or within the listed ones."""
    client = trio.official()
    client.upsert_availability_rule(rule())
    client.upsert_availability_rule(
        rule(
            availability_rule_id="late",
            weekly_periods=[{"day": "thursday", "start_time": "17:00", "end_time": "18:00"}],
        )
    )
    arguments = {"required_duration": 30, "available_periods": [stretch(THURSDAY, 6, 20)]}
    member = {"sub": ANN_SUB, "managed_availability": True}
    assert opening_texts(client.availability(participants={"members": [{**member}]}, **arguments)) == [
        "09:00-10:00 ann",
        "11:00-11:30 ann",
        "16:00-17:00 ann",
    ]
    chosen = {**member, "availability_rule_ids": ["late"]}
    assert opening_texts(client.availability(participants={"members": [chosen]}, **arguments)) == ["16:00-17:00 ann"]


def test_a_refused_query_says_why(trio: Stage) -> None:
    """An invalid query is 422 with the field, in both clients."""
    client = trio.official()
    with pytest.raises(PyCronofyRequestError) as caught:
        client.availability(required_duration=30, available_periods=[stretch(THURSDAY, 9, 13)])
    assert refusal(caught) == (422, ["participants"])
    with pytest.raises(PyCronofyRequestError) as over:
        client.availability(
            participants={"members": [ANN_SUB]},
            required_duration=30,
            available_periods=[stretch(THURSDAY, 9, 13)],
            max_results=513,
        )
    assert refusal(over) == (422, ["max_results"])
    with pytest.raises(cf.Invalid) as ours:
        trio.ours().availability(participants=[], required_duration=timedelta(minutes=30))
    assert "participants" in ours.value.fields


QUERIES = [
    {"duration": "30min"},
    {"duration": "1h", "required": 1},
    {"duration": "1h", "required": 2, "result": "slots"},
    {"duration": "45min", "step": "15min", "result": "overlapping_slots", "tz": "America/New_York"},
    {"duration": "30min", "buffer": "15min", "result": "slots", "step": "30min", "tz": "Asia/Tokyo"},
    {"duration": "30min", "buffer": ("10min", "25min"), "required": 2, "tz": "Europe/London"},
    {"duration": "8h", "result": "slots"},
]


def official_rows(client: pycronofy.Client, members: list[str], start: date, end: date, query: dict[str, Any]) -> Any:
    """Return the rows of the official client for the arguments of `read_availability`."""
    length = {
        name: int(pd.Timedelta(query[name]).total_seconds() // 60) for name in ("duration", "step") if name in query
    }
    buffer = query.get("buffer", ())
    before, after = buffer if isinstance(buffer, tuple) and buffer else (buffer, buffer)
    tz = query.get("tz", "UTC")
    return client.availability(
        participants={"members": [*members], "required": query.get("required", "all")},
        required_duration=length["duration"],
        start_interval=length.get("step"),
        buffer={"before": minutes(before, "buffer"), "after": minutes(after, "buffer")} if buffer else (),
        available_periods=[
            {"start": pd.Timestamp(start, tz=tz).to_pydatetime(), "end": pd.Timestamp(end, tz=tz).to_pydatetime()}
        ],
        response_format=query.get("result"),
    )


def agree(frame: pd.DataFrame, rows: list[dict[str, Any]], tz: str) -> None:
    """Check that a frame has those periods or slots, row by row, in its zone."""
    assert frame.columns.tolist() == ["start", "end", "participants"]
    assert {str(frame[name].dt.tz) for name in ("start", "end")} == {tz}
    records = [
        {"start": record["start"], "end": record["end"], "participants": json.loads(record["participants"])}
        for record in frame.to_dict("records")
    ]
    assert records == [
        {"start": pd.Timestamp(row["start"]), "end": pd.Timestamp(row["end"]), "participants": row["participants"]}
        for row in rows
    ]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: " ".join(str(value) for value in query.values()))
def test_availability_is_the_same(trio: Stage, office: Stage, query: dict[str, Any]) -> None:
    """`read_availability` has exactly the rows of the official client, for three people and for an office."""
    people = [account.sub for account in office.box.accounts if account.kind == "account"][:3]
    for stage, members in ((trio, TRIO), (office, people)):
        rows = official_rows(stage.official(), members, date(2026, 3, 4), date(2026, 3, 7), query)
        frame = cf.read_availability(
            stage.ours(), members, "2026-03-04", "2026-03-07", include_member_statuses=False, **query
        )
        agree(frame, rows, query.get("tz", "UTC"))
        assert rows or query["duration"] == "8h"


def meeting(sequence_id: str, *members: str, **more: Any) -> dict[str, Any]:
    """Return one item of a sequence."""
    return {"sequence_id": sequence_id, "participants": {"members": [*members]}, "required_duration": 60, **more}


def test_meetings_follow_each_other(trio: Stage) -> None:
    """`sequenced_availability` returns sequences in which every item fits its members and buffers."""
    sequence = [
        meeting("first", ANN_SUB, ordinal=1, buffer={"after": {"minimum": 30, "maximum": 60}}),
        meeting("second", BOB_SUB, ordinal=2, start_interval=30),
    ]
    rows = trio.official().sequenced_availability(sequence, [stretch(THURSDAY, 9, 15)])
    body = trio.heard.json["sequence"]
    assert body[0]["buffer"] == {"after": {"minimum": {"minutes": 30}, "maximum": {"minutes": 60}}}
    assert (body[0]["start_interval"], body[1]["buffer"]) == (None, {})
    assert rows
    for proposal in rows:
        first, second = proposal["sequence"]
        assert (first["sequence_id"], second["sequence_id"]) == ("first", "second")
        assert (first["participants"], second["participants"]) == ([{"sub": ANN_SUB}], [{"sub": BOB_SUB}])
        gap = datetime.fromisoformat(second["start"]) - datetime.fromisoformat(first["end"])
        assert timedelta(minutes=30) <= gap <= timedelta(minutes=60)
        assert not first["start"] < f"{THURSDAY}T11:00:00Z" < first["end"]
        assert not second["start"] < f"{THURSDAY}T12:00:00Z" < second["end"]
    begins = [proposal["sequence"][0]["start"] for proposal in rows]
    assert begins == sorted(begins)
    period = {"start": f"{THURSDAY}T09:00:00Z", "end": f"{THURSDAY}T15:00:00Z"}
    assert trio.ours().sequenced_availability(sequence=body, query_periods=[period]) == {"sequences": rows}


def test_the_mappings_say_what_this_package_says(trio: Stage) -> None:
    """Short forms of the official client mean the same in this package, and the sandbox accepts them."""
    client = trio.official()
    group, half = participant_groups([ANN_SUB, BOB_SUB], "all"), minutes("30min", "duration")
    assert client.map_availability_member(ANN_SUB) == {"sub": ANN_SUB} == group[0]["members"][0]
    assert client.map_availability_participants_group({"members": [ANN_SUB, BOB_SUB]}) == group[0]
    assert client.map_availability_participants({"members": [ANN_SUB, BOB_SUB]}) == group
    assert client.map_availability_duration(30) == half
    assert client.map_buffer_details({"minimum": 30}) == {"minimum": half}
    buffer = client.map_availability_buffer({"before": 30, "after": {"maximum": 30}})
    assert buffer == {"before": half, "after": {"maximum": half}}
    periods, slots = [stretch(THURSDAY, 9, 13)], [{"start": at(THURSDAY, 9)}]
    client.translate_available_periods(periods)
    client.translate_query_slots(slots)
    assert periods[0]["start"] == slots[0]["start"] == f"{THURSDAY}T09:00:00Z"
    item = client.map_sequence_item(meeting("a", ANN_SUB, buffer={"before": 30}))
    assert client.map_availability_sequence([meeting("a", ANN_SUB, buffer={"before": 30})]) == [item]
    ours = trio.ours()
    arguments = {"participants": group, "required_duration": half}
    body = ours.call("availability", {**arguments, "buffer": buffer, "available_periods": periods})
    assert opening_texts(body["available_periods"]) == [
        "09:00-10:00 ann bob",
        "12:30-13:00 ann bob",
    ]
    body = ours.call("availability", {**arguments, "query_slots": slots, "response_format": "slots"})
    assert opening_texts(body["available_slots"]) == ["09:00-09:30 ann bob"]
    body = ours.call("sequenced_availability", {"sequence": [item], "available_periods": periods})
    assert starts(body["sequences"][0]["sequence"]) == ["09:00"]


def link_arguments() -> dict[str, Any]:
    """Return the arguments of a link: an hour with Bob on Thursday, to be written to his calendar."""
    return {
        "availability": {
            "participants": {"members": [BOB_SUB]},
            "required_duration": 60,
            "available_periods": [stretch(THURSDAY, 9, 13)],
            "response_format": "slots",
            "max_results": 5,
        },
        "oauth": {"redirect_uri": BACK},
        "event": {"event_id": "demo", "summary": "Demo", "tzid": "Europe/London"},
        "target_calendars": [{"sub": BOB_SUB, "calendar_id": "cal_bob"}],
    }


def test_links_are_made_and_looked_up(trio: Stage) -> None:
    """A link of `real_time_scheduling` has the same status by token, by id, and for this package."""
    client = trio.official()
    made = client.real_time_scheduling(**link_arguments(), minimum_notice={"hours": 2}, event_creation="single")
    link = made["real_time_scheduling"]
    assert (link["status"], link["event"]["summary"], made["url"]) == ("open", "Demo", link["url"])
    assert link["url"].startswith(trio.served.url)
    request = trio.heard
    assert request.authorization == f"Bearer {trio.box.client_secret}"
    assert (request.json["availability"]["start_interval"], request.json["availability"]["buffer"]) == (None, {})
    assert request.json["minimum_notice"] == {"hours": 2}
    token = link["url"].rsplit("/", 1)[-1]
    by_token = client.get_real_time_scheduling_status(token=token)
    assert trio.heard.query == {"token": [token]}
    by_id = client.get_real_time_scheduling_status(real_time_scheduling_id=link["real_time_scheduling_id"])
    assert by_token == by_id == {"real_time_scheduling": link}
    assert trio.ours().real_time_scheduling_status(token=token) == by_token
    for ids in ({}, {"token": token, "real_time_scheduling_id": link["real_time_scheduling_id"]}):
        with pytest.raises(PyCronofyValidationError):
            client.get_real_time_scheduling_status(**ids)
    for unknown in ({"token": "unknown"}, {"real_time_scheduling_id": "sch_unknown"}):
        with pytest.raises(PyCronofyRequestError) as caught:
            client.get_real_time_scheduling_status(**unknown)
        assert refusal(caught) == (404, [])


def test_a_time_is_chosen_at_a_link(trio: Stage) -> None:
    """Choosing a time at a link writes the event, posts the callback and completes the link."""
    client, bob = trio.official(), trio.official("bob@example.test")
    urls = {"callback_urls": {"completed_url": f"{BACK}/done"}, "redirect_urls": {"completed_url": f"{BACK}/thanks"}}
    link = client.real_time_scheduling(**link_arguments(), **urls)["real_time_scheduling"]
    page = Form(httpx.get(link["url"]).text)
    assert len(page.people) == 3
    assert decide(link["url"], slot=page.people[1]) == {}
    status = client.get_real_time_scheduling_status(real_time_scheduling_id=link["real_time_scheduling_id"])
    done = status["real_time_scheduling"]
    assert done["status"] == "completed"
    (written,) = bob.read_events(only_managed=True)
    assert (written["summary"], written["start"]) == ("Demo", f"{THURSDAY}T10:00:00Z")
    assert done["event"]["start"]["time"] == written["start"]
    (posted,) = trio.box.outbox
    assert (posted.url, posted.json["event"]["start"]["time"]) == (f"{BACK}/done", written["start"])
    assert client.hmac_valid(posted.headers["Cronofy-HMAC-SHA256"], posted.body.decode())
    with pytest.raises(PyCronofyRequestError) as caught:
        client.disable_real_time_scheduling_link(link["real_time_scheduling_id"], "Too late.")
    assert refusal(caught)[0] == 422


def test_links_are_disabled(trio: Stage) -> None:
    """A disabled link has that status, its page shows the message, and a missing message is refused."""
    client = trio.official()
    link = client.real_time_scheduling(**link_arguments())["real_time_scheduling"]
    with pytest.raises(PyCronofyRequestError) as caught:
        client.disable_real_time_scheduling_link(link["real_time_scheduling_id"], "")
    assert refusal(caught) == (422, ["display_message"])
    gone = client.disable_real_time_scheduling_link(link["real_time_scheduling_id"], "No longer <needed>.")
    assert gone["real_time_scheduling"] == {**link, "status": "disabled"}
    status = client.get_real_time_scheduling_status(real_time_scheduling_id=link["real_time_scheduling_id"])
    assert status == gone
    assert "No longer &lt;needed&gt;." in httpx.get(link["url"]).text


def test_sequences_are_offered_at_a_link(trio: Stage) -> None:
    """`real_time_sequencing` returns a link for several meetings, which this package can disable."""
    event = {"event_id": "day", "summary": "Interviews"}
    made = trio.official().real_time_sequencing(
        availability={
            "sequence": [
                meeting("one", ANN_SUB, ordinal=1, event={"event_id": "one", "summary": "One"}),
                meeting("two", BOB_SUB, ordinal=2, event={"event_id": "two", "summary": "Two"}),
            ],
            "available_periods": [stretch(THURSDAY, 9, 15)],
        },
        oauth={"redirect_uri": BACK},
        event=event,
        target_calendars=[{"sub": ANN_SUB, "calendar_id": "cal_ann"}],
        minimum_notice=30,
    )
    link = made["real_time_sequencing"]
    assert (trio.heard.json["minimum_notice"], made["url"]) == ({"minutes": 30}, link["url"])
    assert httpx.get(link["url"]).status_code == 200
    gone = trio.ours().disable_real_time_sequencing(link["real_time_sequencing_id"], display_message="Sorry.")
    told_of = gone["real_time_sequencing"]
    assert (told_of["real_time_sequencing_id"], told_of["status"]) == (link["real_time_sequencing_id"], "disabled")


def board(**more: Any) -> dict[str, Any]:
    """Return an event that people are invited to."""
    times = stretch(THURSDAY, 9.5, 10)
    return {"summary": "Board", "description": "Plans", "tzid": "Europe/London", **times, **more}


def calendar_of(text: str) -> tuple[str, Any]:
    """Return the method and the event of an iCalendar text."""
    read = icalendar.Calendar.from_ical(text)
    (event,) = read.walk("VEVENT")
    return str(read["METHOD"]), event


def test_somebody_is_invited(stage: Stage) -> None:
    """`upsert_smart_invite` returns the text to mail and `get_smart_invite` the status, the same for both clients."""
    client = stage.official()
    made = client.upsert_smart_invite("board", {**GUEST}, board(), callback_url=BACK, organizer={"name": "Ann"})
    assert stage.heard.authorization == f"Bearer {stage.box.client_secret}"
    assert (made["recipient"], made["method"], made["callback_url"]) == (
        {**GUEST, "status": "pending"},
        "request",
        BACK,
    )
    assert made["event"]["start"] == {"time": f"{THURSDAY}T09:30:00Z", "tzid": "Europe/London"}
    method, event = calendar_of(made["attachments"]["icalendar"])
    assert (method, str(event["SUMMARY"]), event["DTSTART"].dt) == ("REQUEST", "Board", at(THURSDAY, 9.5))
    invite = client.get_smart_invite("board", GUEST["email"])
    assert invite == {**{name: value for name, value in made.items() if name != "attachments"}, "replies": []}
    assert stage.ours().get_smart_invite(smart_invite_id="board", recipient_email=GUEST["email"]) == invite
    later = client.upsert_smart_invite("board", {**GUEST}, board(end=at(THURSDAY, 11)))
    assert later["event"]["end"]["time"] == f"{THURSDAY}T11:00:00Z"
    assert calendar_of(later["attachments"]["icalendar"])[1]["UID"] == event["UID"]


def test_an_invitation_is_called_off(stage: Stage) -> None:
    """`cancel_smart_invite` returns the cancellation; an unknown invite is 404, an invalid one 422."""
    client = stage.official()
    made = client.upsert_smart_invite("board", {**GUEST}, board(), callback_url=BACK)
    gone = client.cancel_smart_invite("board", {**GUEST})
    assert stage.heard.json == {"smart_invite_id": "board", "method": "cancel", "recipient": GUEST}
    method, event = calendar_of(gone["attachments"]["icalendar"])
    assert (method, str(event["STATUS"])) == ("CANCEL", "CANCELLED")
    assert event["UID"] == calendar_of(made["attachments"]["icalendar"])[1]["UID"]
    assert client.get_smart_invite("board", GUEST["email"])["method"] == gone["method"]
    for call, expected in [
        (lambda: client.cancel_smart_invite("unknown", {**GUEST}), (404, [])),
        (lambda: client.get_smart_invite("board", OTHER["email"]), (404, [])),
        (lambda: client.upsert_smart_invite("board", {"email": "nobody"}, board()), (422, ["recipient.email"])),
        (lambda: client.upsert_smart_invite("board", {**GUEST}, board(end=at(THURSDAY, 9))), (422, ["event.end"])),
    ]:
        with pytest.raises(PyCronofyRequestError) as caught:
            call()
        assert refusal(caught) == expected


def test_several_are_invited_at_once(stage: Stage) -> None:
    """A list of recipients is one invite, found by any address and cancelled for all."""
    client = stage.official()
    made = client.upsert_smart_invite("board", [{**GUEST}, {**OTHER}], board(), callback_url=BACK)
    assert stage.heard.json["recipients"] == [GUEST, OTHER]
    assert made["recipients"] == [{**attendee, "status": "pending"} for attendee in (GUEST, OTHER)]
    _, event = calendar_of(made["attachments"]["icalendar"])
    assert sorted(str(attendee) for attendee in event["ATTENDEE"]) == sorted(
        f"mailto:{attendee['email']}" for attendee in (GUEST, OTHER)
    )
    invite = client.get_smart_invite("board", OTHER["email"])
    assert stage.heard.query["recipient_email"] == [OTHER["email"]]
    assert invite["recipients"] == made["recipients"]
    assert client.get_smart_invite("board", None) == invite
    gone = client.cancel_smart_invite("board", [{**GUEST}, {**OTHER}])
    assert calendar_of(gone["attachments"]["icalendar"])[0] == "CANCEL"
    assert gone["recipients"] == made["recipients"]


def test_element_tokens_are_given(stage: Stage) -> None:
    """`get_ui_element_token` returns a token for an origin and the requested permissions."""
    client = stage.official()
    made = client.get_ui_element_token(["agenda", "availability"], ["acc_ann"], "http://127.0.0.1")
    assert stage.heard.json == {
        "permissions": ["agenda", "availability"],
        "subs": ["acc_ann"],
        "origin": "http://127.0.0.1",
        "version": "1",
    }
    token = made["element_token"]
    assert {name: token[name] for name in ("permissions", "origin", "expires_in")} == {
        "permissions": ["agenda", "availability"],
        "origin": "http://127.0.0.1",
        "expires_in": 64800,
    }
    ours = stage.ours().request_element_token(permissions=["agenda"], subs=["acc_ann"], origin="http://127.0.0.1")
    assert ours["element_token"].keys() == token.keys()
    assert ours["element_token"]["token"] != token["token"]
    with pytest.raises(PyCronofyRequestError) as caught:
        client.get_ui_element_token(["everything"], ["acc_ann"], "http://127.0.0.1")
    assert refusal(caught) == (422, ["permissions[0]"])
