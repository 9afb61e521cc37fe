"""Writes of the official client, read back by both clients."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from pycronofy.batch import BatchBuilder
from pycronofy.exceptions import PyCronofyPartialSuccessError, PyCronofyRequestError
from requests.exceptions import JSONDecodeError

import cronofy_frames as cf
from tests.small import HOME, READONLY, WORK
from tests.witness.official import Stage, refusal

LUNCH = {
    "event_id": "lunch",
    "summary": "Lunch",
    "description": "Bring a coat",
    "location": {"description": "Pier", "lat": "51.5", "long": "-0.1"},
    "start": "2026-03-05T12:00:00Z",
    "end": "2026-03-05T13:00:00Z",
    "reminders": [{"minutes": 30}],
    "transparency": "opaque",
}


def own(stage: Stage) -> list[dict[str, Any]]:
    """Return the managed events."""
    return list(stage.official().read_events(only_managed=True))


def test_upsert_creates_and_changes(stage: Stage) -> None:
    """`upsert_event` makes one event of an id, and the same id again changes it."""
    client = stage.official()
    assert client.upsert_event(WORK, {**LUNCH}) is None
    (made,) = own(stage)
    assert {name: made[name] for name in ("event_id", "summary", "description", "start", "end")} == {
        name: LUNCH[name] for name in ("event_id", "summary", "description", "start", "end")
    }
    assert made["location"] == {"description": "Pier"}
    client.upsert_event(WORK, {**LUNCH, "summary": "Late lunch"})
    (changed,) = own(stage)
    assert (changed["summary"], changed["event_uid"]) == ("Late lunch", made["event_uid"])
    frame = cf.read_events(stage.ours(), "2026-03-05", "2026-03-06").set_index("event_id")
    assert frame.loc["lunch", "summary"] == "Late lunch"


TIMES = [
    pytest.param(datetime(2026, 3, 5, 12, tzinfo=UTC), "2026-03-05T12:00:00Z", id="utc"),
    pytest.param(datetime(2026, 3, 5, 12), "2026-03-05T12:00:00Z", id="naive, which it takes for utc"),
    pytest.param(
        datetime(2026, 3, 5, 13, tzinfo=timezone(timedelta(hours=1))), "2026-03-05T12:00:00Z", id="another zone"
    ),
    pytest.param("2026-03-05T12:00:00+00:00", "2026-03-05T12:00:00Z", id="text with an offset"),
    pytest.param("2026-03-05T12:00:00UTC", "2026-03-05T12:00:00Z", id="text with UTC"),
    pytest.param(date(2026, 3, 5), "2026-03-05", id="a day"),
    pytest.param({"time": "2026-03-05T13:00:00+01:00", "tzid": "Europe/Paris"}, "2026-03-05T12:00:00Z", id="localized"),
    pytest.param(
        {"time": datetime(2026, 3, 5, 12, tzinfo=UTC), "tzid": "Europe/Paris"}, "2026-03-05T12:00:00Z", id="mixed"
    ),
]


@pytest.mark.parametrize(("start", "wire"), TIMES)
def test_every_form_of_time_arrives(stage: Stage, start: Any, wire: str) -> None:
    """Each form of time that the official client accepts is written as the same instant."""
    ends = {"2026-03-05": "2026-03-06", "2026-03-05T12:00:00Z": "2026-03-05T13:00:00Z"}
    end = {"time": ends[wire], "tzid": "Etc/UTC"} if isinstance(start, dict) else ends[wire]
    client, event = stage.official(), {"event_id": "e", "summary": "S", "start": start, "end": end}
    if not isinstance(start, dict):
        client.validate("upsert_event", WORK, {**event, "description": "", "tzid": "Etc/UTC"})
    client.upsert_event(WORK, event)
    assert [(row["start"], row["end"]) for row in own(stage)] == [(wire, ends[wire])]


def test_delete_event_takes_its_own_away(stage: Stage) -> None:
    """`delete_event` deletes a managed event; a second time is no error."""
    client = stage.official()
    client.upsert_event(WORK, {**LUNCH})
    client.delete_event(WORK, "lunch")
    assert (stage.heard.verb, stage.heard.json) == ("DELETE", {"event_id": "lunch"})
    assert own(stage) == []
    client.delete_event(WORK, "lunch")


def test_external_events_are_edited_and_deleted(stage: Stage) -> None:
    """An external event can be changed and deleted by uid in an unrestricted calendar; else it is 403."""
    client = stage.official()
    longer = {"summary": "Longer", "start": "2026-03-05T14:00:00Z", "end": "2026-03-05T16:00:00Z"}
    client.upsert_event(WORK, {"event_uid": "evt_external_review", **longer})
    (review,) = client.read_events(from_date="2026-03-05", to_date="2026-03-06").all()
    assert {name: review[name] for name in longer} == longer
    client.delete_external_event(WORK, "evt_external_review")
    assert stage.heard.json == {"event_uid": "evt_external_review"}
    assert client.read_events(from_date="2026-03-05", to_date="2026-03-06").all() == []
    with pytest.raises(PyCronofyRequestError) as caught:
        client.delete_external_event(HOME, "evt_external_dentist")
    assert refusal(caught) == (403, [])


def test_delete_all_events_of_the_application(stage: Stage) -> None:
    """`delete_all_events` sends its arguments in the query; only managed events are deleted."""
    client = stage.official()
    for calendar_id in (WORK, HOME):
        client.upsert_event(calendar_id, {**LUNCH})
    client.delete_all_events(calendar_ids=[HOME])
    assert (stage.heard.query, stage.heard.json) == ({"calendar_ids[]": [HOME]}, {})
    assert [row["calendar_id"] for row in own(stage)] == [WORK]
    client.delete_all_events()
    assert (stage.heard.path, stage.heard.query, stage.heard.json) == ("/v1/events", {"delete_all": ["True"]}, {})
    assert own(stage) == []
    assert len(client.read_events().all()) == 4


def test_participation_is_changed(stage: Stage) -> None:
    """`change_participation_status` changes the status of the event and of the attendee."""
    client = stage.official()
    client.change_participation_status(WORK, "evt_external_standup", "tentative")
    assert stage.heard.path == f"/v1/calendars/{WORK}/events/evt_external_standup/participation_status"
    standup = client.read_events()[0]
    assert (standup["participation_status"], standup["attendees"][0]["status"]) == ("tentative", "tentative")
    people = cf.attendees(cf.read_events(stage.ours()))
    assert people["status"].tolist() == ["tentative"]
    with pytest.raises(PyCronofyRequestError) as caught:
        client.change_participation_status(WORK, "evt_external_standup", "perhaps")
    assert refusal(caught) == (422, ["status"])


def test_refused_writes_say_why(stage: Stage) -> None:
    """A refused field is 422 with its name, an unknown calendar 404, a read-only one 403."""
    client = stage.official()
    for calendar_id, changed, expected in [
        (WORK, {"summary": None}, (422, ["summary"])),
        (WORK, {"end": "2026-03-05T11:00:00Z"}, (422, ["end"])),
        ("cal_unknown", {}, (404, [])),
        (READONLY, {}, (403, [])),
    ]:
        with pytest.raises(PyCronofyRequestError) as caught:
            client.upsert_event(calendar_id, {**LUNCH, **changed})
        assert refusal(caught) == expected


def test_batch_is_answered_entry_by_entry(stage: Stage) -> None:
    """`batch` with a builder writes and deletes, and each entry has its own status."""
    client = stage.official()
    client.upsert_event(WORK, {**LUNCH, "event_id": "old"})
    builder = BatchBuilder()
    builder.upsert_event(WORK, {**LUNCH, "start": datetime(2026, 3, 5, 12, tzinfo=UTC)})
    builder.delete_event(WORK, "old").delete_external_event(WORK, "evt_external_review")
    result = client.batch(builder)
    assert [entry.status() for entry in result.entries] == [202, 202, 202]
    assert [row["event_id"] for row in own(stage)] == ["lunch"]
    assert [row["summary"] for row in client.read_events()] == ["standup", "Lunch", "dentist", "retreat"]
    recorder = cf.Recorder()
    recorder.create_event(WORK, **{**LUNCH, "start": datetime(2026, 3, 5, 12, tzinfo=UTC)})
    recorder.delete_event(WORK, "old")
    recorder.delete_external_event(WORK, "evt_external_review")
    assert recorder.entries() == builder.build() == stage.heard_by("/v1/batch")["batch"]


def test_batch_with_refused_entries_is_a_partial_success(stage: Stage) -> None:
    """Refused entries are returned with their errors, and the others are applied."""
    builder = BatchBuilder()
    builder.upsert_event(WORK, {**LUNCH})
    builder.upsert_event(WORK, {**LUNCH, "event_id": "no title", "summary": None})
    builder.delete_event("cal_unknown", "lunch")
    with pytest.raises(PyCronofyPartialSuccessError, match="Batch contains 2 errors") as caught:
        stage.official().batch(builder)
    result = caught.value.batch_response
    assert [entry.status() for entry in result.entries] == [202, 422, 404]
    assert [entry.request["data"]["event_id"] for entry in result.errors()] == ["no title", "lunch"]
    assert result.entries[1].response["data"]["errors"]["summary"][0]["key"] == "errors.required"
    assert [row["event_id"] for row in own(stage)] == ["lunch"]
    assert stage.ours().batch(builder.build()) == {"batch": [entry.response for entry in result.entries]}


def test_calendars_are_created(stage: Stage) -> None:
    """`create_calendar` returns seven keys, and the calendar is listed."""
    client = stage.official()
    made = client.create_calendar("pro_ann", "Offsite")
    assert made.keys() == {"calendar"}
    assert {name: value for name, value in made["calendar"].items() if name != "calendar_id"} == {
        "provider_name": "google",
        "profile_id": "pro_ann",
        "profile_name": "ann@example.test",
        "calendar_name": "Offsite",
        "calendar_readonly": False,
        "calendar_deleted": False,
    }
    listed = client.list_calendars()[-1]
    assert listed["calendar_id"] == made["calendar"]["calendar_id"]
    client.upsert_event(listed["calendar_id"], {**LUNCH})
    assert [row["calendar_id"] for row in own(stage)] == [listed["calendar_id"]]


def test_duplicate_calendars_are_told_apart(office: Stage) -> None:
    """Exchange refuses a second calendar of one name; on request `create_calendar` returns the first."""
    client = office.official()
    team = next(calendar for calendar in client.list_calendars() if calendar["calendar_name"] == "Team")
    assert team["provider_name"] == "exchange"
    with pytest.raises(PyCronofyRequestError) as caught:
        client.create_calendar(team["profile_id"], "Team")
    assert caught.value.response.json()["errors"]["name"][0]["key"] == "errors.duplicate_calendar_name"
    assert client.create_calendar(team["profile_id"], "Team", error_on_duplicate=False) == team


def test_create_calendar_stumbles_over_other_refusals(stage: Stage) -> None:
    """`create_calendar` expects a duplicate name: other refusals become other errors, or none."""
    client = stage.official()
    assert client.create_calendar("pro_ann", "") is None
    assert stage.box.account("Ann").calendars[-1].calendar_id == READONLY
    with pytest.raises(KeyError, match="name"):
        client.create_calendar("", "Offsite")
    with pytest.raises(JSONDecodeError):
        client.create_calendar("pro_unknown", "Offsite")
    assert [(request.json["profile_id"], request.json["name"]) for request in stage.box.heard] == [
        ("pro_ann", ""),
        ("", "Offsite"),
        ("pro_unknown", "Offsite"),
    ]
