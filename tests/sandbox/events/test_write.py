"""Writes of managed and external events to the sandbox, and replies to invitations."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.sandbox.caller import (
    GONE,
    HOME,
    LOCKED,
    NOW,
    OUTLOOK,
    WORK,
    Caller,
    at,
    caller,
    event,
    refusals,
    with_scope,
)


def test_write_is_accepted_empty_and_seen_at_once() -> None:
    """The response is 202 and empty; the event has its id, a uid, and both permissions."""
    api = caller()
    answer = api.write(description="Bring pins", tzid="Europe/Paris", location={"description": "Shop"})
    assert (answer.status_code, answer.data) == (202, b"")
    row = api.managed(localized_times="true")
    assert (row["event_id"], row["summary"], row["description"]) == ("e1", "Fitting", "Bring pins")
    assert row["event_uid"].startswith("evt_")
    assert not row["event_uid"].startswith("evt_external_")
    assert row["start"] == {"time": "2026-03-05T11:00:00+01:00", "tzid": "Europe/Paris"}
    assert row["location"] == {"description": "Shop"}
    assert row["created"] == row["updated"] == "2026-03-04T09:00:00Z"
    assert row["options"] == {"delete": True, "update": True, "change_participation_status": False}


def test_write_is_an_upsert_by_calendar_and_event_id() -> None:
    """The same id in the same calendar is the same event, in another calendar another one."""
    api = caller()
    api.write()
    api.write(summary="Second fitting", start="2026-03-05T10:30:00Z")
    api.write(HOME)
    rows = api.events(only_managed="true")
    assert [(row["calendar_id"], row["summary"]) for row in rows] == [(HOME, "Fitting"), (WORK, "Second fitting")]
    assert len({row["event_uid"] for row in rows}) == 2


def test_same_write_again_changes_nothing() -> None:
    """A write without a change keeps `updated`."""
    time = [NOW]
    api = caller(now=lambda: time[0])
    api.write()
    time[0] += timedelta(minutes=5)
    api.write()
    assert api.managed()["updated"] == "2026-03-04T09:00:00Z"
    api.write(summary="Other")
    assert (api.managed()["created"], api.managed()["updated"]) == ("2026-03-04T09:00:00Z", "2026-03-04T09:05:00Z")


def test_fields_left_out_stay_and_null_empties() -> None:
    """A missing field keeps its value, null clears it."""
    api = caller()
    api.write(description="D", url="https://x.test/1", location={"description": "L"}, event_private=True)
    api.write()
    row = api.managed()
    assert (row["description"], row["url"], row["location"]) == ("D", "https://x.test/1", {"description": "L"})
    assert row["event_private"] is True
    api.write(description=None, url=None, location=None)
    row = api.managed()
    assert row["description"] == ""
    assert not {"url", "location"} & set(row)


def test_transparency_follows_the_kind_of_time_until_it_is_given() -> None:
    """Timed events are opaque, all-day events transparent, unless the application set it."""
    api = caller()
    api.write()
    assert api.managed()["transparency"] == "opaque"
    api.write(start="2026-03-05", end="2026-03-06")
    assert (api.managed()["transparency"], api.managed()["start"]) == ("transparent", "2026-03-05")
    api.write(start="2026-03-05", end="2026-03-06", transparency="opaque", extended_transparency="out_of_office")
    api.write(start="2026-03-05", end="2026-03-06")
    assert (api.managed()["transparency"], api.managed()["extended_transparency"]) == ("opaque", "out_of_office")


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-05T10:00:00Z",
        "2026-03-05 10:00:00Z",
        "2026-03-05T10:00:00UTC",
        "2026-03-05T10:00:00+00:00",
        "2026-03-05T12:00:00+02:00",
        "2026-03-05T10:00:00.000Z",
        {"time": "2026-03-05T10:00:00Z", "tzid": "Europe/Paris"},
        {"time": "2026-03-05 10:00:00Z"},
    ],
)
def test_times_are_read_in_all_spellings(text: Any) -> None:
    """Every way in which official clients write a time is accepted."""
    api = caller()
    assert api.write(start=text).status_code == 202
    assert api.managed()["start"] == "2026-03-05T10:00:00Z"


def test_zones_of_start_and_end_go_before_the_event_s() -> None:
    """The tzid of start or end counts before that of the body, then the old one, then UTC."""
    api = caller()
    api.write(start={"time": "2026-03-05T10:00:00Z", "tzid": "America/New_York"}, tzid="Europe/Paris")
    row = api.managed(localized_times="true")
    assert (row["start"]["tzid"], row["end"]["tzid"]) == ("America/New_York", "Europe/Paris")
    api.write()
    assert api.managed(localized_times="true")["start"]["tzid"] == "America/New_York"
    api.write(event_id="e2")
    assert api.events(only_managed="true", localized_times="true")[1]["start"]["tzid"] == "Etc/UTC"


BAD = [
    ({"event_id": None}, {"event_id": ["errors.required"]}),
    ({"event_id": ""}, {"event_id": ["errors.required"]}),
    ({"event_id": 7}, {"event_id": ["errors.invalid_format"]}),
    ({"summary": None}, {"summary": ["errors.required"]}),
    ({"summary": "x" * 1025}, {"summary": ["errors.too_long"]}),
    ({"description": "x" * 4097}, {"description": ["errors.too_long"]}),
    ({"description": ["x"]}, {"description": ["errors.invalid_format"]}),
    ({"start": None, "end": None}, {"start": ["errors.required"], "end": ["errors.required"]}),
    ({"start": "2026-03-05T10:00:00.5Z"}, {"start": ["errors.invalid_format"]}),
    ({"start": "2026-03-05T10:00:00"}, {"start": ["errors.invalid_format"]}),
    ({"start": "2026-03-05T25:00:00Z"}, {"start": ["errors.invalid_format"]}),
    ({"start": "2026-03-05T10:00:00+25:00"}, {"start": ["errors.invalid_format"]}),
    ({"start": "0000-12-29T00:00:00Z"}, {"start": ["errors.invalid_format"]}),
    ({"start": "2026-02-30", "end": "2026-03-01"}, {"start": ["errors.must_be_date"]}),
    ({"start": {}, "end": 5}, {"start": ["errors.invalid_format"], "end": ["errors.invalid_format"]}),
    ({"start": {"time": "2026-03-05T10:00:00Z", "tzid": "Paris"}}, {"start": ["errors.tzid_unrecognized"]}),
    ({"tzid": "Mars/Base"}, {"tzid": ["errors.tzid_unrecognized"]}),
    ({"tzid": 5}, {"tzid": ["errors.tzid_unrecognized"]}),
    ({"end": "2026-03-05T09:59:59Z"}, {"end": ["errors.invalid_time_pair"]}),
    ({"end": "2026-03-06"}, {"end": ["errors.invalid_time_pair"]}),
    ({"location": "Shop"}, {"location": ["errors.invalid_format"]}),
    ({"location": {"lat": 1.5}}, {"location.lat": ["errors.invalid_format"]}),
    ({"location": {"long": "east"}}, {"location.long": ["errors.invalid_format"]}),
    ({"url": "no scheme"}, {"url": ["errors.invalid_format"]}),
    ({"url": "http://["}, {"url": ["errors.invalid_format"]}),
    ({"reminders": [{"minutes": 1}] * 6}, {"reminders": ["errors.too_many"]}),
    ({"reminders": [{}]}, {"reminders[0].minutes": ["errors.required"]}),
    ({"reminders": [{"minutes": 1}, {"minutes": -1}]}, {"reminders[1].minutes": ["errors.must_be_integer"]}),
    ({"reminders": [{"minutes": 2**31}]}, {"reminders[0].minutes": ["errors.must_be_integer"]}),
    ({"reminders": [5]}, {"reminders": ["errors.invalid_format"]}),
    ({"reminders_create_only": "maybe"}, {"reminders_create_only": ["errors.must_be_boolean"]}),
    ({"transparency": "glassy"}, {"transparency": ["errors.not_recognized"]}),
    ({"extended_transparency": "glassy"}, {"extended_transparency": ["errors.not_recognized"]}),
    ({"event_private": 1}, {"event_private": ["errors.must_be_boolean"]}),
    ({"color": "red"}, {"color": ["errors.invalid_format"]}),
    ({"locale": "eng"}, {"locale": ["errors.invalid_format"]}),
    ({"attendees": []}, {"attendees": ["errors.invalid_format"]}),
    ({"attendees": {"invite": [{"email": "nobody"}]}}, {"attendees.invite[0].email": ["errors.invalid_email"]}),
    ({"attendees": {"remove": [{}]}}, {"attendees.remove[0].email": ["errors.required"]}),
    ({"subscriptions": [{"type": "x", "uri": "http://x.test"}]}, {"subscriptions[0].type": ["errors.not_recognized"]}),
    ({"subscriptions": [{"type": "webhook", "uri": "x"}]}, {"subscriptions[0].uri": ["errors.invalid_url"]}),
    (
        {"subscriptions": [{"type": "webhook", "uri": "https://x.test", "transitions": [{"offset": {"minutes": 5}}]}]},
        {"subscriptions[0].transitions[0].before": ["errors.required"]},
    ),
    (
        {
            "subscriptions": [
                {"type": "webhook", "uri": "https://x.test", "transitions": [{"after": "noon", "offset": {}}]}
            ]
        },
        {
            "subscriptions[0].transitions[0].after": ["errors.not_recognized"],
            "subscriptions[0].transitions[0].offset.minutes": ["errors.required"],
        },
    ),
    ({"attachments": [{}]}, {"attachments[0].attachment_id": ["errors.required"]}),
    ({"conferencing": {}}, {"conferencing.profile_id": ["errors.required"]}),
    ({"conferencing": {"profile_id": "pro_none"}}, {"conferencing.profile_id": ["errors.not_recognized"]}),
    ({"conferencing": {"profile_id": "explicit"}}, {"conferencing.join_url": ["errors.required"]}),
    ({"include_userinfo": "x"}, {"include_userinfo": ["errors.must_be_boolean"]}),
]


@pytest.mark.parametrize(("fields", "expected"), BAD, ids=[str(fields)[:60] for fields, _ in BAD])
def test_wrong_fields_are_refused_by_name(fields: dict[str, Any], expected: dict[str, list[str]]) -> None:
    """Each invalid field has an error with its path, and nothing is written."""
    api = caller()
    assert refusals(api.write(**fields)) == expected
    assert api.events(only_managed="true") == []


def test_missing_field_is_told_in_the_documented_words() -> None:
    """The description of a missing field is `X must be specified`."""
    answer = caller().post(f"/v1/calendars/{WORK}/events", {})
    assert answer.json["errors"]["summary"] == [{"key": "errors.required", "description": "summary must be specified"}]
    assert set(refusals(answer)) == {"event_id", "summary", "start", "end"}


def test_edges_that_are_allowed() -> None:
    """The longest texts, an empty summary, no duration, and five reminders are accepted."""
    api = caller()
    for fields in (
        {"summary": "x" * 1024, "description": "y" * 4096},
        {"summary": ""},
        {"end": "2026-03-05T10:00:00Z"},
        {"start": "2026-03-05", "end": "2026-03-05"},
        {"reminders": [{"minutes": n} for n in range(5)]},
        {"color": "#49BED8", "locale": "en", "tags": [1], "event_classes": {"a": 1}, "brand_new": 5},
        {"subscriptions": [{"type": "webhook", "uri": "https://x.test/h", "interactions": []}], "attachments": []},
        {"location": {"description": "Pier", "lat": "-1.25", "long": "179.9"}},
    ):
        assert api.write(**fields).status_code == 202, fields


def test_geo_and_write_only_fields_are_kept() -> None:
    """Coordinates are returned as written; reminders and colour are never returned."""
    api = caller()
    api.write(
        location={"description": "Pier", "lat": "-1.25", "long": "0"}, reminders=[{"minutes": 5}], color="#000000"
    )
    row = api.managed(include_geo="true")
    assert row["location"] == {"description": "Pier", "lat": "-1.25", "long": "0"}
    assert not {"reminders", "color", "written"} & set(row)
    api.write(reminders=[{"minutes": 9}], reminders_create_only=True)
    stored = api.sandbox.account("jane").events[row["event_uid"]].write_only
    assert (stored["reminders"], stored["color"]) == ([{"minutes": 5}], "#000000")


def test_attendees_are_a_delta() -> None:
    """Invitations add attendees, removals remove them, a second invitation keeps the reply; `reject` is `remove`."""
    api = caller()
    api.write(attendees={"invite": [{"email": "a@x.test", "display_name": "A"}, {"email": "b@x.test"}]})
    row = api.managed()
    assert row["attendees"] == [
        {"email": "a@x.test", "display_name": "A", "status": "needs_action"},
        {"email": "b@x.test", "display_name": None, "status": "needs_action"},
    ]
    assert row["organizer"] == {"email": "jane@example.test", "display_name": "Jane Doe"}
    api.sandbox.account("jane").events[row["event_uid"]].attendees[0]["status"] = "accepted"
    api.write(attendees={"invite": [{"email": "A@x.test"}, {"email": "c@x.test"}], "remove": [{"email": "B@x.test"}]})
    assert [
        (attendee["email"], attendee["display_name"], attendee["status"]) for attendee in api.managed()["attendees"]
    ] == [
        ("A@x.test", "A", "accepted"),
        ("c@x.test", None, "needs_action"),
    ]
    api.write(attendees={"reject": [{"email": "c@x.test"}]})
    assert [attendee["email"] for attendee in api.managed()["attendees"]] == ["A@x.test"]
    api.write()
    assert len(api.managed()["attendees"]) == 1


def test_conferencing_is_assigned_kept_and_removed() -> None:
    """A conference may be a profile's, the calendar's or an explicit URL; missing keeps it, none removes it."""
    api = caller()
    profile = {"provider_name": "zoom", "profile_id": "pro_zoom", "profile_name": "j", "profile_connected": True}
    api.sandbox.account("jane").conferencing_profiles.append(profile)
    for profile_id, provider in (("integrated", "integrated"), ("pro_zoom", "zoom"), ("default", "zoom")):
        api.write(conferencing={"profile_id": profile_id})
        row = api.managed()
        assert row["conferencing"]["provider_name"] == provider
        assert row["meeting_url"] == row["conferencing"]["join_url"]
    api.write()
    assert api.managed()["conferencing"]["provider_name"] == "zoom"
    own = {"profile_id": "explicit", "provider_description": "Ours", "join_url": "https://meet.test/7"}
    api.write(conferencing=own)
    assert api.managed()["conferencing"] == {"provider_name": "Ours", "join_url": "https://meet.test/7"}
    api.write(conferencing={"profile_id": "none"})
    assert "conferencing" not in api.managed()
    api.write(event_id="old", start="2026-03-01", end="2026-03-02", conferencing={"profile_id": "default"})
    assert all("conferencing" not in row for row in api.events(only_managed="true"))
    answer = api.write(HOME, conferencing={"profile_id": "integrated"})
    assert refusals(answer) == {"conferencing.profile_id": ["errors.integrated_conferencing_not_available"]}


def test_userinfo_comes_along_on_request() -> None:
    """With include_userinfo the response to a write or a deletion has userinfo."""
    api = caller()
    assert api.write(include_userinfo=True).json["userinfo"] == api.get("/v1/userinfo").json
    answer = api.delete(f"/v1/calendars/{WORK}/events", {"event_id": "e1", "include_userinfo": True})
    assert (answer.status_code, answer.json["userinfo"]["sub"]) == (202, "acc_jane")


@pytest.mark.parametrize(
    ("calendar_id", "status"), [("cal_none", 404), (GONE, 404), (LOCKED, 403), (HOME, 202), ("cal_o", 404)]
)
def test_calendar_must_be_there_and_writable(calendar_id: str, status: int) -> None:
    """An unknown, deleted or other account's calendar is 404, a read-only one 403."""
    api = caller()
    assert api.write(calendar_id).status_code == status
    assert api.delete(f"/v1/calendars/{calendar_id}/events", {"event_id": "e1"}).status_code == status


def test_calendar_of_a_disconnected_profile_is_locked() -> None:
    """A calendar is 423 until its profile is connected again."""
    api = caller()
    api.post("/v1/profiles/pro_x/revoke")
    assert api.write(OUTLOOK).status_code == 423


def test_writes_need_their_scopes() -> None:
    """create_event, delete_event and change_participation_status are each required for their call."""
    api = with_scope(caller(event("a", at(5, 9), at(5, 10))), "read_only")
    assert api.write().status_code == 403
    assert api.delete(f"/v1/calendars/{WORK}/events", {"event_id": "e1"}).status_code == 403
    assert api.delete("/v1/events", {"delete_all": True}).status_code == 403
    reply = f"/v1/calendars/{WORK}/events/evt_external_a/participation_status"
    assert api.post(reply, {"status": "accepted"}).status_code == 403


def test_delete_leaves_a_tombstone_and_writing_again_revives() -> None:
    """A deleted event is returned only with include_deleted, and exists again after another write."""
    api = caller()
    api.write()
    uid = api.managed()["event_uid"]
    for _ in range(2):
        answer = api.delete(f"/v1/calendars/{WORK}/events", {"event_id": "e1"})
        assert (answer.status_code, answer.data) == (202, b"")
    assert api.events(only_managed="true") == []
    assert api.managed(include_deleted="true")["deleted"] is True
    api.write()
    assert (api.managed()["event_uid"], api.managed()["deleted"]) == (uid, False)


def test_deleting_what_is_not_there_is_accepted() -> None:
    """An unknown event_id is 202, a missing one 422."""
    api = caller()
    assert api.delete(f"/v1/calendars/{WORK}/events", {"event_id": "none"}).status_code == 202
    assert refusals(api.delete(f"/v1/calendars/{WORK}/events", {})) == {"event_id": ["errors.required"]}


def test_moved_event_is_found_where_it_was() -> None:
    """A moved event is still returned at its old time with include_moved."""
    api = caller()
    api.write()
    api.write(start="2026-04-05T10:00:00Z", end="2026-04-05T11:00:00Z")
    window = {"from": "2026-03-05", "to": "2026-03-06", "only_managed": "true"}
    assert api.uids(**window) == []
    assert len(api.uids(**window, include_moved="true")) == 1


def external(api: Caller, **fields: Any) -> Any:
    """Return the response to an edit of the event `a`."""
    body = {
        "event_uid": "evt_external_a",
        "summary": "New",
        "start": "2026-03-05T12:00:00Z",
        "end": "2026-03-05T13:00:00Z",
    }
    return api.post(f"/v1/calendars/{fields.pop('calendar_id', WORK)}/events", {**body, **fields})


def test_external_event_is_edited_in_an_unrestricted_calendar() -> None:
    """The event stays external, with the same uid and its new time."""
    api = caller(event("a", at(5, 9), at(5, 10), transparency="transparent"))
    assert external(api).status_code == 202
    (row,) = api.events()
    assert (row["event_uid"], row["summary"], row["start"]) == ("evt_external_a", "New", "2026-03-05T12:00:00Z")
    assert (row["updated"], row["transparency"]) == ("2026-03-04T09:00:00Z", "transparent")


def test_external_writes_need_permission_and_an_event_that_is_there() -> None:
    """403 without unrestricted permission; 422 for a uid of no external event; 404 for editing a deleted one."""
    api = caller(
        event("a", at(5, 9), at(5, 10), calendar_id=HOME),
        event("b", at(5, 9), at(5, 10), deleted=True),
        event("s", at(5, 9), at(5, 10), recurring=True),
    )
    path = f"/v1/calendars/{WORK}/events"
    api.write()
    own = api.managed()["event_uid"]
    assert external(api, calendar_id=HOME).status_code == 403
    assert api.delete(f"/v1/calendars/{HOME}/events", {"event_uid": "evt_external_a"}).status_code == 403
    must = {"event_uid": ["errors.must_be_external_event_uid"]}
    for uid in ("evt_external_none", own, "evt_external_a"):
        assert refusals(external(api, event_uid=uid)) == must
        assert refusals(api.delete(path, {"event_uid": uid})) == must
    assert external(api, event_uid="evt_external_b").status_code == 404
    assert api.delete(path, {"event_uid": "evt_external_b"}).status_code == 202
    assert refusals(external(api, event_uid="evt_external_s")) == {"event_uid": ["errors.not_supported"]}
    assert refusals(api.delete(path, {"event_uid": 5})) == {
        "event_uid": ["errors.invalid_format", "errors.must_be_external_event_uid"]
    }


def test_external_event_is_deleted() -> None:
    """A deletion by event_uid leaves a deleted event."""
    api = caller(event("a", at(5, 9), at(5, 10)))
    assert api.delete(f"/v1/calendars/{WORK}/events", {"event_uid": "evt_external_a"}).status_code == 202
    assert api.events() == []
    assert api.uids(include_deleted="true") == ["a"]


def test_event_id_goes_before_event_uid() -> None:
    """A row with both ids updates the managed event."""
    api = caller()
    api.write()
    assert api.write(event_uid=api.managed()["event_uid"], summary="Back").status_code == 202
    assert api.managed()["summary"] == "Back"


def test_bulk_delete_takes_all_or_some_calendars() -> None:
    """Only managed events are deleted, in all calendars or in those named."""
    api = caller(event("a", at(5, 9), at(5, 10)))
    api.write()
    api.write(HOME)
    assert api.delete("/v1/events", {"calendar_ids": [HOME]}).status_code == 202
    assert [row["calendar_id"] for row in api.events(only_managed="true")] == [WORK]
    assert api.delete("/v1/events", {"delete_all": True}).status_code == 202
    assert api.events(only_managed="true") == []
    assert api.uids() == ["a"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"delete_all": ["errors.required"]}),
        ({"delete_all": True, "calendar_ids": [WORK]}, {"delete_all": ["errors.required"]}),
        ({"delete_all": "all"}, {"delete_all": ["errors.must_be_boolean"]}),
        ({"delete_all": False}, {"delete_all": ["errors.must_be_boolean"]}),
        ({"calendar_ids": []}, {"calendar_ids": ["errors.invalid_calendar_ids"]}),
        ({"calendar_ids": ["cal_none"]}, {"calendar_ids": ["errors.invalid_calendar_ids"]}),
        ({"calendar_ids": {"a": 1}}, {"calendar_ids": ["errors.invalid_calendar_ids"]}),
    ],
)
def test_bulk_delete_wants_exactly_one_choice(body: dict[str, Any], expected: dict[str, list[str]]) -> None:
    """Neither, both, and invalid arguments are 422, and nothing is deleted."""
    api = caller()
    api.write()
    assert refusals(api.delete("/v1/events", body)) == expected
    assert len(api.events(only_managed="true")) == 1


@pytest.mark.parametrize("query", [{"delete_all": "True"}, {"calendar_ids[]": [WORK]}])
def test_bulk_delete_choice_may_stand_in_the_query(query: dict[str, Any]) -> None:
    """The arguments may be in the query, as the official Python client sends them."""
    api = caller()
    api.write()
    assert api.ask("DELETE", "/v1/events", query_string=query, json={}).status_code == 202
    assert api.events(only_managed="true") == []


def invitation(**fields: Any) -> Any:
    """Return an event that Jane was invited to."""
    attendees = [
        {"email": "jane@example.test", "display_name": None, "status": "needs_action"},
        {"email": "omar@example.test", "display_name": None, "status": "accepted"},
    ]
    host = {"email": "omar@example.test", "display_name": "Omar"}
    defaults = {"participation_status": "needs_action", **fields}
    return event("a", at(5, 9), at(5, 10), attendees=attendees, organizer=host, **defaults)


@pytest.mark.parametrize("status", ["accepted", "tentative", "declined"])
def test_reply_changes_the_event_and_the_attendee(status: str) -> None:
    """The account's own status changes, those of others do not."""
    api = caller(invitation())
    path = f"/v1/calendars/{WORK}/events/evt_external_a/participation_status"
    answer = api.post(path, {"status": status})
    assert (answer.status_code, answer.data) == (202, b"")
    (row,) = api.events()
    assert (row["participation_status"], row["updated"]) == (status, "2026-03-04T09:00:00Z")
    assert [attendee["status"] for attendee in row["attendees"]] == [status, "accepted"]


def test_reply_is_refused_where_there_is_nothing_to_reply_to() -> None:
    """An unknown event is 404; an unknown status, and an event without an invitation, are 422."""
    api = caller(invitation(), event("b", at(6, 9), at(6, 10)))
    base = f"/v1/calendars/{WORK}/events"
    assert api.post(f"{base}/evt_external_none/participation_status", {"status": "accepted"}).status_code == 404
    elsewhere = f"/v1/calendars/{HOME}/events/evt_external_a/participation_status"
    assert api.post(elsewhere, {"status": "accepted"}).status_code == 404
    assert refusals(api.post(f"{base}/evt_external_a/participation_status", {"status": "maybe"})) == {
        "status": ["errors.not_recognized"]
    }
    assert refusals(api.post(f"{base}/evt_external_b/participation_status", {"status": "accepted"})) == {
        "status": ["errors.not_supported"]
    }


def test_declining_on_office_365_deletes() -> None:
    """On Office 365 a declined event is deleted."""
    api = caller(invitation(calendar_id=OUTLOOK))
    api.post(f"/v1/calendars/{OUTLOOK}/events/evt_external_a/participation_status", {"status": "declined"})
    assert api.events() == []
    assert api.uids(include_deleted="true") == ["a"]


def weekly(api: Caller, **rule: Any) -> list[str]:
    """Write a series from Thursday 26 March at nine in Paris; return its starts."""
    values = {"frequency": "weekly", **rule}
    answer = api.write(
        start="2026-03-26T08:00:00Z",
        end="2026-03-26T09:00:00Z",
        tzid="Europe/Paris",
        recurrence={"rules": [{name: value for name, value in values.items() if value is not None}]},
    )
    assert answer.status_code == 202, answer.text
    return [row["start"] for row in api.events(only_managed="true")]


def test_series_repeats_at_the_same_time_of_day() -> None:
    """The local time stays when clocks change, and the first event has id and rule."""
    api = caller()
    assert weekly(api, count=3) == ["2026-03-26T08:00:00Z", "2026-04-02T07:00:00Z", "2026-04-09T07:00:00Z"]
    first, *rest = api.events(only_managed="true")
    assert first["recurrence"] == {"rules": [{"frequency": "weekly", "count": 3}]}
    assert {row["recurring"] for row in (first, *rest)} == {True}
    assert len({row["series_identifier"] for row in (first, *rest)}) == 1
    assert len({row["event_uid"] for row in (first, *rest)}) == 3
    for row in rest:
        assert row["series_master"] == {"event_id": "e1", "event_uid": first["event_uid"]}
        assert not {"event_id", "recurrence"} & set(row)
        assert row["options"]["update"] is False


@pytest.mark.parametrize(
    ("rule", "starts"),
    [
        ({"frequency": "daily", "interval": 2, "count": 3}, ["26", "28", "30"]),
        ({"frequency": "daily", "until": "2026-03-28"}, ["26", "27", "28"]),
        ({"frequency": "daily", "until": "2026-03-28T08:00:00Z"}, ["26", "27", "28"]),
        ({"by_day": ["thursday", "friday"], "until": "2026-03-31"}, ["26", "27"]),
        ({"by_day": [{"day": "thursday"}, {"day": "monday"}], "until": "2026-03-31"}, ["26", "30"]),
        ({"frequency": "monthly", "count": 1}, ["26"]),
    ],
)
def test_rules_say_where_the_events_lie(rule: dict[str, Any], starts: list[str]) -> None:
    """Frequency, interval, count, until and by_day are each applied."""
    assert [start[8:10] for start in weekly(caller(), **rule)] == starts


def test_monthly_on_the_last_thursday() -> None:
    """nth_of_period counts weekdays of the month."""
    rule = {"frequency": "monthly", "by_day": [{"day": "thursday", "nth_of_period": -1}], "count": 3}
    assert [start[:10] for start in weekly(caller(), **rule)] == ["2026-03-26", "2026-04-30", "2026-05-28"]


def test_series_of_whole_days_and_yearly() -> None:
    """Whole days repeat as dates; a series without an end is expanded for a year."""
    api = caller()
    rules = {"rules": [{"frequency": "weekly", "until": "2026-03-20T00:00:00Z"}]}
    api.write(start="2026-03-06", end="2026-03-08", recurrence=rules)
    rows = api.events(only_managed="true")
    assert [(row["start"], row["end"]) for row in rows] == [
        ("2026-03-06", "2026-03-08"),
        ("2026-03-13", "2026-03-15"),
        ("2026-03-20", "2026-03-22"),
    ]
    api.write(start="2026-03-06", end="2026-03-08", recurrence={"rules": [{"frequency": "yearly"}]})
    assert [row["start"] for row in api.events(only_managed="true")] == ["2026-03-06", "2027-03-06"]


def test_series_is_kept_changed_and_removed_with_its_first_event() -> None:
    """Missing recurrence keeps the series, empty rules end it, and deleting the first event deletes all."""
    api = caller()
    weekly(api, count=3)
    moved = {"start": "2026-03-26T10:00:00Z", "end": "2026-03-26T11:00:00Z"}
    api.write(**moved, summary="Later")
    rows = api.events(only_managed="true")
    assert [(row["summary"], row["start"][11:13]) for row in rows] == [
        ("Later", "10"),
        ("Later", "09"),
        ("Later", "09"),
    ]
    api.write(**moved, recurrence={"rules": []})
    row = api.managed()
    assert (row["recurring"], "series_identifier" in row, "recurrence" in row) == (False, False, False)
    assert len(api.events(only_managed="true", include_deleted="true")) == 3
    assert len(weekly(api, count=2)) == 2
    api.delete(f"/v1/calendars/{WORK}/events", {"event_id": "e1"})
    assert api.events(only_managed="true") == []


RULES = [
    ({"rules": [{"frequency": "daily"}] * 2}, {"recurrence.rules": ["errors.max_recurrence_rules_exceeded"]}),
    ({}, {"recurrence.rules": ["errors.required"]}),
    ("daily", {"recurrence": ["errors.invalid_format"]}),
    ({"rules": [{}]}, {"recurrence.rules[0].frequency": ["errors.required"]}),
    ({"rules": [{"frequency": "hourly"}]}, {"recurrence.rules[0].frequency": ["errors.not_recognized"]}),
    (
        {"rules": [{"frequency": "daily", "interval": 0}]},
        {"recurrence.rules[0].interval": ["errors.must_be_integer_greater_than_zero"]},
    ),
    (
        {"rules": [{"frequency": "daily", "count": 2, "until": "2026-04-01"}]},
        {"recurrence.rules[0].count": ["errors.not_supported_count_until_combination"]},
    ),
    ({"rules": [{"frequency": "daily", "until": "soon"}]}, {"recurrence.rules[0].until": ["errors.invalid_format"]}),
    (
        {"rules": [{"frequency": "daily", "by_day": ["monday"]}]},
        {"recurrence.rules[0].by_day": ["errors.not_supported"]},
    ),
    (
        {"rules": [{"frequency": "weekly", "by_day": "monday"}]},
        {"recurrence.rules[0].by_day": ["errors.not_supported"]},
    ),
    (
        {"rules": [{"frequency": "weekly", "by_day": ["mon"]}]},
        {"recurrence.rules[0].by_day": ["errors.not_recognized"]},
    ),
    ({"rules": [{"frequency": "weekly", "by_day": [5]}]}, {"recurrence.rules[0].by_day": ["errors.not_recognized"]}),
    ({"rules": [], "exceptions": ["2026-04-01"]}, {"recurrence.exceptions": ["errors.not_supported"]}),
]


@pytest.mark.parametrize(("recurrence", "expected"), RULES, ids=[str(rule) for rule, _ in RULES])
def test_rules_that_cannot_be_followed_are_refused(recurrence: Any, expected: dict[str, list[str]]) -> None:
    """More than one rule, both count and until, and unknown values are 422."""
    assert refusals(caller().write(recurrence=recurrence)) == expected


def test_series_belongs_to_managed_events_only() -> None:
    """An external event cannot get a rule."""
    api = caller(event("a", at(5, 9), at(5, 10)))
    answer = external(api, recurrence={"rules": [{"frequency": "daily", "count": 2}]})
    assert refusals(answer) == {"recurrence": ["errors.not_supported"]}


def test_people_s_own_edits_change_what_is_read() -> None:
    """Events can be added, moved and deleted from outside, as by their owner."""
    api = caller()
    added = api.sandbox.add_external_event("jane", "Dentist", at(5, 9), at(5, 10), description="Bring card")
    day = api.sandbox.add_external_event("jane", "Off", date(2026, 3, 9), date(2026, 3, 10), calendar_id=HOME)
    assert [(row["summary"], row["calendar_id"], row["transparency"]) for row in api.events()] == [
        ("Dentist", WORK, "opaque"),
        ("Off", HOME, "transparent"),
    ]
    api.sandbox.edit_event("jane", added.event_uid, start=at(6, 9), end=at(6, 10))
    window = {"from": "2026-03-05", "to": "2026-03-06"}
    assert api.uids(**window) == []
    assert len(api.uids(**window, include_moved="true")) == 1
    api.sandbox.remove_event("jane", day.event_uid)
    assert [row["summary"] for row in api.events()] == ["Dentist"]
    with pytest.raises(LookupError, match="no calendar"):
        api.sandbox.add_external_event("IT", "x", at(5), at(6))
