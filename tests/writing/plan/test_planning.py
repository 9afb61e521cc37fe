"""Planning: the call of each row, compared with the remote state."""

import json
import os
import stat
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from cronofy_frames.connecting import connect
from cronofy_frames.errors import FrameError
from cronofy_frames.frames.clock_changes import midnights
from cronofy_frames.frames.reading import read_events
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.sheets import SheetWarning, read_sheet
from cronofy_frames.wire.client import Client
from cronofy_frames.writing.apply.applying import apply
from cronofy_frames.writing.apply.bulk import write_events
from cronofy_frames.writing.plan.planning import plan_available_periods, plan_deletes, plan_events
from cronofy_frames.writing.plan.plans import Plan, load_plan
from tests.small import HOME, WORK
from tests.writes import client_of

GOOD = {"summary": "Kick-off", "start": "2026-03-10T09:00:00Z", "end": "2026-03-10T10:00:00Z"}


def sheet(*rows: dict[str, Any], index: Any = None) -> pd.DataFrame:
    """Return a sheet of good rows, each changed; several have titles of their own."""
    titles = [{"summary": f"Event {n}"} if len(rows) > 1 else {} for n in range(len(rows))]
    made = [{**GOOD, **title, **value} for title, value in zip(titles, rows, strict=True)]
    return pd.DataFrame(made, index=index, dtype=object)


def calls_of(frame: pd.DataFrame, **cells: Any) -> list[dict[str, Any]]:
    """Return what the rows of a plan would send, without where."""
    plan = plan_events(frame, **{"calendar": WORK, **cells})
    hidden = ("calendar_id", "event_id", "summary")
    return [{name: value for name, value in step.arguments.items() if name not in hidden} for step in plan.steps()]


def wrote(client: Client, frame: pd.DataFrame, **cells: Any) -> None:
    """Write the rows of a frame, all of which are accepted."""
    done = apply(plan_events(frame, client=client, **{"calendar": WORK, **cells}), client)
    assert done["outcome"].isin(["created", "updated", "unchanged"]).all()


UTC_TIMES = {"start": "2026-03-10T09:00:00Z", "end": "2026-03-10T10:00:00Z"}
LONDON = ZoneInfo("Europe/London")
PARIS = pd.to_datetime(["2026-03-10 10:00", "2026-03-10 11:00"]).tz_localize("Europe/Paris")

WHEN: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "text in UTC": ({}, {}, UTC_TIMES),
    "text with an offset": ({"start": "2026-03-10T10:00+01:00"}, {}, UTC_TIMES),
    "text in tz": (
        {"start": "2026-03-10 09:00", "end": "2026-03-10 10:00"},
        {"tz": "Europe/London"},
        {**UTC_TIMES, "tzid": "Europe/London"},
    ),
    "text in the row's zone": (
        {"start": "2026-03-10 10:00", "end": "2026-03-10 11:00", "tzid": "Europe/Paris"},
        {"tz": "Europe/London"},
        {**UTC_TIMES, "tzid": "Europe/Paris"},
    ),
    "Python's datetimes": (
        {"start": datetime(2026, 3, 10, 9, tzinfo=LONDON), "end": datetime(2026, 3, 10, 10, tzinfo=UTC)},
        {},
        {**UTC_TIMES, "tzid": "Europe/London"},
    ),
    "Timestamps of two zones": (
        {"start": PARIS[0], "end": pd.Timestamp("2026-03-10 10:00", tz="Europe/London")},
        {},
        {
            "start": {"time": "2026-03-10T10:00:00+01:00", "tzid": "Europe/Paris"},
            "end": {"time": "2026-03-10T10:00:00+00:00", "tzid": "Europe/London"},
        },
    ),
    "one zone for two": ({"end_tzid": "Europe/Paris"}, {}, {**UTC_TIMES, "tzid": "Europe/Paris"}),
    "UTC by name": ({"tzid": "UTC"}, {}, {**UTC_TIMES, "tzid": "Etc/UTC"}),
    "the row before tz": ({"tzid": "Asia/Tokyo"}, {"tz": "Europe/Paris"}, {**UTC_TIMES, "tzid": "Asia/Tokyo"}),
    "dates": (
        {"start": date(2026, 3, 10), "end": "2026-03-12"},
        {"tz": "Asia/Tokyo"},
        {"start": "2026-03-10", "end": "2026-03-12"},
    ),
    "dates of a zone": (
        {"start": "2026-03-10", "end": "2026-03-12", "tzid": "Asia/Tokyo"},
        {},
        {"start": "2026-03-10", "end": "2026-03-12", "tzid": "Asia/Tokyo"},
    ),
    "midnights that are days": (
        {"start": "2026-03-10 00:00", "end": "2026-03-11T00:00+09:00", "all_day": "yes"},
        {},
        {"start": "2026-03-10", "end": "2026-03-11"},
    ),
    "no length at all": ({"end": GOOD["start"]}, {}, {**UTC_TIMES, "end": GOOD["start"]}),
}


@pytest.mark.parametrize(("cells", "how", "expected"), WHEN.values(), ids=WHEN.keys())
def test_times_are_sent_in_utc_with_their_zone(
    cells: dict[str, Any], how: dict[str, Any], expected: dict[str, Any]
) -> None:
    """Times are sent in UTC with their zone, days as dates, and times of different zones each with its own."""
    assert calls_of(sheet(cells), **how) == [expected]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_columns_of_times(unit: str) -> None:
    """A column with a zone gives it to events that name none; one in UTC, or with an offset alone, gives none."""
    frame = sheet({}).assign(start=PARIS[:1].as_unit(unit), end=PARIS[1:].as_unit(unit))
    assert calls_of(frame) == [{**UTC_TIMES, "tzid": "Europe/Paris"}]
    assert calls_of(frame.assign(start=frame["start"].dt.tz_convert("UTC"), end=frame["end"].dt.tz_convert("UTC"))) == [
        UTC_TIMES
    ]
    assert calls_of(
        frame.assign(start=pd.to_datetime(["2026-03-10T10:00+01:00"]), end=pd.to_datetime(["2026-03-10T11:00+01:00"]))
    ) == [UTC_TIMES]
    walls = frame.assign(start=frame["start"].dt.tz_localize(None), end=frame["end"].dt.tz_localize(None))
    assert calls_of(walls, tz="Europe/Paris") == [{**UTC_TIMES, "tzid": "Europe/Paris"}]


@pytest.mark.parametrize("zone", ["Africa/Cairo", "America/Havana", "Asia/Beirut", "Pacific/Chatham"])
def test_days_never_pass_through_a_zone(zone: str) -> None:
    """All-day rows go out as the dates at whose local midnight they stand, where midnight is skipped or doubled too."""
    days = pd.date_range("2026-01-01", "2026-12-31", freq="D")
    frame = pd.DataFrame(
        {
            "summary": "Day",
            "start": midnights(days, zone),
            "end": midnights(days + pd.Timedelta(days=1), zone),
            "all_day": True,
        }
    )
    assert [call["start"] for call in calls_of(frame)] == days.strftime("%Y-%m-%d").tolist()
    assert [call["end"] for call in calls_of(frame)] == (days + pd.Timedelta(days=1)).strftime("%Y-%m-%d").tolist()


AFTER = {"after": "event_end", "offset": {"minutes": 5}}
FIELDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing": ({"description": None, "url": pd.NA, "reminders": np.nan, "attendees": None, "color": None}, {}),
    "emptied notes": (
        {"description": "", "location_description": ""},
        {"description": "", "location": {"description": ""}},
    ),
    "an address": ({"url": " https://example.org "}, {"url": "https://example.org"}),
    "no address any more": ({"url": ""}, {"url": None}),
    "a place": (
        {"location_description": "Pier", "location_lat": 51.5, "location_long": -0.0000001},
        {"location": {"description": "Pier", "lat": "51.5", "long": "-0.0000001"}},
    ),
    "reminders": ({"reminders": "10, 30"}, {"reminders": [{"minutes": 10}, {"minutes": 30}]}),
    "reminders as JSON": ({"reminders": '[{"minutes": 10}, 30]'}, {"reminders": [{"minutes": 10}, {"minutes": 30}]}),
    "a reminder as a number": ({"reminders": 15.0}, {"reminders": [{"minutes": 15}]}),
    "no reminders": ({"reminders": ""}, {"reminders": []}),
    "no reminders as JSON": ({"reminders": "[]"}, {"reminders": []}),
    "Booleans in words": (
        {"event_private": "yes", "reminders_create_only": 0},
        {"reminders_create_only": False, "event_private": True},
    ),
    "what reads call unknown": (
        {"transparency": "unknown", "extended_transparency": "unknown", "status": "unknown"},
        {},
    ),
    "words": (
        {"transparency": "Opaque", "extended_transparency": "out_of_office"},
        {"transparency": "opaque", "extended_transparency": "out_of_office"},
    ),
    "guests": (
        {"attendees": 'a@x.org; Bob <b@y.org>\n"Doe, Jane; Dr." <c@z.org>, A@X.org'},
        {
            "attendees": {
                "invite": [
                    {"email": "a@x.org"},
                    {"email": "b@y.org", "display_name": "Bob"},
                    {"email": "c@z.org", "display_name": "Doe, Jane; Dr."},
                ]
            }
        },
    ),
    "guests as reads give them": (
        {
            "attendees": '[{"email":"a@x.org","display_name":null,"status":"accepted"},'
            '{"email":"b@y.org","display_name":"Bob"}]'
        },
        {"attendees": {"invite": [{"email": "a@x.org"}, {"email": "b@y.org", "display_name": "Bob"}]}},
    ),
    "no attendees": ({"attendees": "[]"}, {}),
    "one attendee less": ({"attendees_remove": "a@x.org"}, {"attendees": {"remove": [{"email": "a@x.org"}]}}),
    "a conference": (
        {"conferencing_profile_id": "default", "conferencing_join_url": "https://x.org"},
        {"conferencing": {"profile_id": "default"}},
    ),
    "a conference of reads": ({"conferencing_join_url": "https://x.org", "conferencing_provider_name": "zoom"}, {}),
    "an explicit conference": (
        {
            "conferencing_profile_id": "explicit",
            "conferencing_join_url": "https://x.org",
            "conferencing_provider_description": "Jitsi",
        },
        {"conferencing": {"profile_id": "explicit", "provider_description": "Jitsi", "join_url": "https://x.org"}},
    ),
    "a meeting agent": (
        {"meeting_agent": "Yes", "meeting_agent_display_name": "Note taker"},
        {"meeting_agent": {"profile_id": "cronofy", "display_name": "Note taker"}},
    ),
    "no meeting agent": ({"meeting_agent": False}, {"meeting_agent": {"profile_id": "none"}}),
    "a meeting agent by its profile": ({"meeting_agent": "cronofy"}, {"meeting_agent": {"profile_id": "cronofy"}}),
    "a trigger after the event": (
        {"subscriptions": f'[{{"type":"webhook","uri":"https://x.org","transitions":[{json.dumps(AFTER)}]}}]'},
        {"subscriptions": [{"type": "webhook", "uri": "https://x.org", "transitions": [AFTER]}]},
    ),
    "JSON": (
        {"tags": '[{"value": "a"}]', "event_classes": ["b"], "recurrence": '{"rules": []}'},
        {"recurrence": {"rules": []}, "tags": [{"value": "a"}], "event_classes": ["b"]},
    ),
    "blanks that set nothing": (
        {
            "event_private": " ",
            "transparency": "",
            "locale": " ",
            "color": "",
            "location_lat": " ",
            "location_long": "",
        },
        {},
    ),
    "a weekly series": (
        {"recurrence": '{"rules": [{"frequency": "weekly", "until": "2026-12-31", "by_day": ["monday", "friday"]}]}'},
        {"recurrence": {"rules": [{"frequency": "weekly", "until": "2026-12-31", "by_day": ["monday", "friday"]}]}},
    ),
    "a monthly series": (
        {"recurrence": '{"rules":[{"frequency":"monthly","count":3,"by_day":[{"day":"monday","nth_of_period":-1}]}]}'},
        {
            "recurrence": {
                "rules": [{"frequency": "monthly", "count": 3, "by_day": [{"day": "monday", "nth_of_period": -1}]}]
            }
        },
    ),
    "a subscription": (
        {
            "subscriptions": '[{"type": "webhook", "uri": "https://x.org", "interactions": [],'
            ' "transitions": [{"before": "event_start", "offset": {"minutes": 30}}]}]'
        },
        {
            "subscriptions": [
                {
                    "type": "webhook",
                    "uri": "https://x.org",
                    "interactions": [],
                    "transitions": [{"before": "event_start", "offset": {"minutes": 30}}],
                }
            ]
        },
    ),
    "a locale and a colour": ({"locale": "en", "color": "#49bed8"}, {"color": "#49bed8", "locale": "en"}),
}


@pytest.mark.parametrize(("cells", "expected"), FIELDS.values(), ids=FIELDS.keys())
def test_fields_are_sent_as_the_api_has_them(cells: dict[str, Any], expected: dict[str, Any]) -> None:
    """A missing cell is never sent; a blank one empties or removes a field where the API can do that."""
    assert calls_of(sheet(cells)) == [{**UTC_TIMES, **expected}]
    typed = sheet(cells).convert_dtypes() if "event_classes" not in cells else sheet(cells)
    assert calls_of(typed) == [{**UTC_TIMES, **expected}]


INDEXES = [
    pd.Index([3, 3], name="row"),
    pd.date_range("2026-03-01", periods=2, tz="Europe/Paris"),
    pd.MultiIndex.from_tuples([("a", 1), ("a", 2)], names=["team", None]),
    pd.Index(["x", "y"]),
    pd.Index([date(2026, 3, 1), None], dtype=object),
]


@pytest.mark.parametrize("index", INDEXES, ids=lambda value: type(value).__name__)
def test_labels_are_kept(index: pd.Index) -> None:
    """For any index the plan has its labels and names."""
    frame = sheet({"event_id": "a"}, {"event_id": "b"}).set_axis(index)
    assert plan_events(frame, calendar=WORK).frame().index.equals(index)
    assert plan_events(frame, calendar=WORK).frame().index.names == index.names


def test_an_empty_frame_is_an_empty_plan(client: Client) -> None:
    """With and without columns, with and without a client."""
    for frame in (pd.DataFrame(), sheet({}).iloc[:0]):
        for plan in (
            plan_events(frame),
            plan_events(frame, client=client),
            plan_deletes(frame),
            plan_available_periods(frame),
        ):
            assert len(plan) == 0
            assert plan.counts() == {}
            assert len(plan.frame()) == 0


def test_unused_columns_are_named() -> None:
    """One note names unknown columns; those of our own frames, and those of the key, are known."""
    frame = sheet({"Budget": 5, "Owner": "Ann", 7: "seven", "organizer_email": "ann@example.test", "updated": None})
    assert (
        plan_events(frame, calendar=WORK, key=["summary", "Owner"]).notes[0] == "unknown columns, not used: Budget, 7"
    )


def test_without_a_client_all_rows_are_new() -> None:
    """Nothing is read, and a note says that nothing was compared."""
    plan = plan_events(sheet({}), calendar=WORK)
    assert plan.counts() == {"create": 1}
    assert plan.made_for is None
    assert plan.notes == ["not compared with the calendar, so every row counts as new: give client= to compare"]


def test_midnights_are_times_unless_all_day_says_otherwise() -> None:
    """A column of midnights is planned as times, with a note."""
    frame = sheet({}).assign(start=pd.to_datetime(["2026-03-10"]), end=pd.to_datetime(["2026-03-11"]))
    plan = plan_events(frame, calendar=WORK, tz="Europe/Paris")
    assert "all_day" in plan.notes[-1]
    assert not plan.frame()["all_day"].any()
    assert plan_events(frame.assign(all_day=True), calendar=WORK).frame()["all_day"].all()


def test_names_of_calendars_are_looked_up(client: Client) -> None:
    """A row goes to its calendar_id, else its calendar, else calendar_name, else to that of the call."""
    rows = [
        {"calendar_id": HOME, "calendar": "Work"},
        {"calendar": "Home"},
        {"calendar_name": "Home"},
        {"calendar": ""},
    ]
    frame = plan_events(sheet(*rows), calendar="Work", client=client).frame()
    assert frame["calendar_id"].tolist() == [HOME, HOME, HOME, WORK]


def test_the_same_sheet_twice_changes_nothing(client: Client) -> None:
    """A row that was written is unchanged when planned again, and the plan is for the client's account."""
    frame = sheet(
        {"attendees": "a@x.org", "location_description": "Pier", "tzid": "Asia/Tokyo"}, {"url": "", "description": ""}
    )
    wrote(client, frame)
    plan = plan_events(frame, calendar=WORK, client=client)
    assert plan.counts() == {"unchanged": 2}
    assert plan.made_for == {"application": client.client_id, "accounts": {"": "acc_ann"}}
    assert plan.compared


def test_what_is_read_is_planned_unchanged(client: Client) -> None:
    """All events of a calendar, read in any zone, are unchanged: own and external ones, protected or not."""
    wrote(
        client,
        sheet({"tzid": "Asia/Tokyo"}, {"start": "2026-03-10", "end": "2026-03-11"}, {"attendees": "Bob <b@y.org>"}),
    )
    for tz in ("UTC", "America/New_York"):
        events = read_events(client, "2026-03-01", "2026-04-01", tz=tz)
        assert len(events) == 7
        plan = plan_events(events, client=client)
        assert plan.counts() == {"unchanged": 7}, plan.frame()["changes"].dropna().tolist()


def test_a_zone_of_the_column_moves_nothing(client: Client) -> None:
    """An event keeps its zone when the sheet names none of its own, also when it changes; tz= and rows may move it."""
    wrote(client, sheet({"tzid": "Asia/Tokyo", "event_id": "e1"}))
    times = {"start": PARIS[:1], "end": PARIS[1:]}
    same = sheet({"event_id": "e1"}).assign(**times)
    assert plan_events(same, calendar=WORK, client=client).counts() == {"unchanged": 1}
    (step,) = plan_events(same.assign(summary="Other"), calendar=WORK, client=client).steps()
    assert (step.action, step.arguments["tzid"]) == ("update", "Asia/Tokyo")
    (step,) = plan_events(same, calendar=WORK, client=client, tz="Europe/Paris").steps()
    assert (step.action, step.arguments["tzid"]) == ("update", "Europe/Paris")


def test_changes_are_named(client: Client) -> None:
    """An update says which fields change, from what to what, in the zone of the plan."""
    frame = sheet({"location_description": "Room 1", "tzid": "Europe/London", "event_id": "e1"})
    wrote(client, frame)
    moved = frame.assign(start="2026-03-10 10:00", end="2026-03-10T11:30Z", location_description="Room 2")
    (row,) = plan_events(moved, calendar=WORK, client=client, tz="Europe/London").frame().itertuples()
    assert row.action == "update"
    assert row.changes.split("; ") == [
        "start: 2026-03-10 09:00 -> 2026-03-10 10:00",
        "end: 2026-03-10 10:00 -> 2026-03-10 11:30",
        "location.description: 'Room 1' -> 'Room 2'",
    ]


def test_attendees_who_are_not_listed_are_removed(client: Client) -> None:
    """The event gets exactly the listed attendees, but the organizer is never removed; a blank cell changes nothing."""
    wrote(client, sheet({"attendees": "a@x.org; b@y.org; ann@example.test", "event_id": "e1"}))
    for cell, invited, removed in [
        ("a@x.org; c@z.org", ["a@x.org", "c@z.org"], ["b@y.org"]),
        ("[]", [], ["a@x.org", "b@y.org"]),
    ]:
        plan = plan_events(sheet({"attendees": cell, "event_id": "e1"}), calendar=WORK, client=client)
        (step,) = plan.steps()
        people = step.arguments["attendees"]
        assert [person["email"] for person in people.get("invite", ())] == invited
        assert [person["email"] for person in people["remove"]] == removed
        assert "invitations cannot be taken back once they are sent" in plan.notes
    assert plan_events(sheet({"attendees": None, "event_id": "e1"}), calendar=WORK, client=client).counts() == {
        "unchanged": 1
    }


def test_a_location_keeps_its_coordinates(client: Client) -> None:
    """A location is replaced as a whole, so its coordinates are repeated while its description is the same."""
    wrote(client, sheet({"location_description": "Pier", "location_lat": 1.5, "location_long": 2.5, "event_id": "e1"}))
    for place, expected_location in [
        ("Pier", {"description": "Pier", "lat": "1.5", "long": "2.5"}),
        ("Park", {"description": "Park"}),
    ]:
        frame = sheet({"location_description": place, "summary": "Other", "event_id": "e1"})
        (step,) = plan_events(frame, calendar=WORK, client=client).steps()
        assert step.arguments["location"] == expected_location


def test_write_only_fields_are_noted(client: Client) -> None:
    """Fields that cannot be compared are named, and a row that has only those is unchanged."""
    wrote(client, sheet({"event_id": "e1"}))
    plan = plan_events(sheet({"reminders": "10", "color": "#49BED8", "event_id": "e1"}), calendar=WORK, client=client)
    assert plan.counts() == {"unchanged": 1}
    assert plan.notes == [
        "reminders, color cannot be compared or restored, because reads do not return them: they are written only in "
        "rows that change something else"
    ]


EXTERNAL = {
    "event_uid": "evt_external_review",
    "start": "2026-03-05T14:00Z",
    "end": "2026-03-05T15:00Z",
    "summary": "review",
}


def test_an_external_event_is_changed_and_never_copied(client: Client) -> None:
    """A row with its event_uid and no event_id becomes the call that changes it."""
    plan = plan_events(sheet({**EXTERNAL, "summary": "Review"}), calendar=WORK, client=client)
    (step,) = plan.steps()
    assert (step.call, step.action, step.arguments["event_uid"]) == (
        "update_external_event",
        "update",
        "evt_external_review",
    )
    assert "event_id" not in step.arguments
    assert plan.frame()["event_uid"].tolist() == ["evt_external_review"]
    apply(plan, client)
    assert "Review" in read_events(client, "2026-03-05", "2026-03-06")["summary"].tolist()


def test_protected_events_are_problems(client: Client) -> None:
    """To change or delete an external event that Cronofy protects is a problem; to leave it as it is is none."""
    dentist = {
        "event_uid": "evt_external_dentist",
        "summary": "dentist",
        "start": "2026-03-06T08:00Z",
        "end": "2026-03-06T09:00Z",
        "calendar": HOME,
    }
    assert plan_events(sheet(dentist), client=client).counts() == {"unchanged": 1}
    with pytest.raises(FrameError, match="options_update True"):
        plan_events(sheet({**dentist, "summary": "Dentist"}), client=client)
    with pytest.raises(FrameError, match="options_delete True"):
        plan_deletes(sheet(dentist), client=client)
    with pytest.raises(FrameError, match="gone"):
        plan_events(sheet({**EXTERNAL, "event_uid": "evt_external_gone"}), client=client, calendar=WORK)
    with pytest.raises(FrameError, match="your application's own"):
        plan_events(sheet({**EXTERNAL, "event_uid": "evt_1"}), client=client, calendar=WORK)


def test_external_events_without_a_client() -> None:
    """The frame's columns decide: a series and options_update False are problems, and a missing option is noted."""
    (step,) = plan_events(sheet(EXTERNAL), calendar=WORK).steps()
    assert (step.call, step.action, step.note) == (
        "update_external_event",
        "update",
        "may be refused: options_update is not known",
    )
    (step,) = plan_events(sheet({**EXTERNAL, "options_update": True}), calendar=WORK).steps()
    assert step.note is None
    for cells in ({"options_update": False}, {"recurring": True}):
        with pytest.raises(FrameError):
            plan_events(sheet({**EXTERNAL, **cells}), calendar=WORK)
        plan_events(sheet({**cells, "event_id": "e1"}), calendar=WORK)


MOVED = [
    ({"start": "2026-03-10T11:00Z", "end": "2026-03-10T12:00Z"}, "Kick-off"),
    ({"start": "2026-03-12T09:00Z", "end": "2026-03-12T10:00Z"}, "Kick-off"),
]


@pytest.mark.parametrize(("cells", "title"), MOVED, ids=str)
def test_a_changed_key_is_noted(cells: dict[str, str], title: str, client: Client) -> None:
    """A row that would appear beside the event it was says so and gives its id, which then moves it."""
    wrote(client, sheet({}))
    plan = plan_events(sheet(cells), calendar=WORK, client=client)
    (step,) = plan.steps()
    assert step.action == "create"
    assert f"creates a second event beside '{title}' at 2026-03-10 09:00" in step.note
    assert any("second event" in note for note in plan.notes)
    known = step.note.rpartition("event_id ")[2].split()[0]
    (step,) = plan_events(sheet({**cells, "event_id": known}), calendar=WORK, client=client).steps()
    assert (step.action, step.note) == ("update", None)


QUIET = [
    {"start": "2026-06-11T09:00Z", "end": "2026-06-11T10:00Z"},
    {"summary": "Start"},
    {"summary": "Start", "end": "2026-03-10T12:00Z"},
    {"event_id": "mine", "start": "2026-03-10T11:00Z", "end": "2026-03-10T12:00Z"},
    {"calendar_id": HOME, "summary": "Start"},
]


@pytest.mark.parametrize("cells", QUIET, ids=str)
def test_other_events_are_no_duplicates(cells: dict[str, str], client: Client) -> None:
    """Events of another day, time or calendar are no duplicates, nor are those that the sheet itself writes."""
    wrote(client, sheet({}))
    assert plan_events(sheet(cells), calendar=WORK, client=client).frame()["note"].isna().all()
    both = sheet({}, {"summary": "Start"})
    assert (
        plan_events(both.assign(summary=["Kick-off", "Start"]), calendar=WORK, client=client)
        .frame()["note"]
        .isna()
        .all()
    )


def test_a_row_with_another_key_is_another_event(client: Client) -> None:
    """With a key of the sheet's own, the title and day may be the same: only times that moved within a key count."""
    first = sheet({}).assign(ref="R1")
    for key, moved in ((["ref"], False), (["ref", "start"], True)):
        write_events(client, first, calendar=WORK, key=key)
        later = sheet({"start": "2026-03-10T11:00Z", "end": "2026-03-10T12:00Z"}).assign(ref="R2")
        assert plan_events(later, calendar=WORK, client=client, key=key).frame()["note"].isna().all()
        same_ref = plan_events(later.assign(ref="R1"), calendar=WORK, client=client, key=key).frame()
        assert same_ref["note"].notna().tolist() == [moved]


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda body: body.replace(b'"tzid":"Europe/Rome"', b'"tzid":"Etc/UTC"'),
        lambda body: body.replace(b',"tzid":"Europe/Rome"', b""),
        lambda body: body.replace(b'"tzid":"Europe/Rome"', b'"tzid":"Europe/Berlin"'),
        lambda body: body.replace(b'"tzid":"Asia/Kolkata"', b'"tzid":"Asia/Calcutta"'),
    ],
    ids=["as UTC", "not at all", "another zone with the same clock", "an old name"],
)
def test_the_same_sheet_twice_changes_nothing_on_every_provider(rewrite: Any, box: Sandbox) -> None:
    """Where a calendar does not keep the zones that it was given, equal instants are unchanged; other changes count."""
    client, _ = client_of(box, rewritten=("/v1/events", rewrite))
    rows = sheet({"tzid": "Europe/Rome"}, {"tzid": "Asia/Kolkata", "summary": "B"}, {"tzid": "Etc/UTC", "summary": "C"})
    write_events(client, rows, calendar=WORK)
    zones = {row["start"].get("tzid") for row in client.read_events(only_managed=True, localized_times=True)}
    assert zones != {"Europe/Rome", "Asia/Kolkata", "Etc/UTC"}
    assert plan_events(rows, calendar=WORK, client=client).counts() == {"unchanged": 3}
    assert write_events(client, rows, calendar=WORK)["outcome"].tolist() == ["unchanged"] * 3
    ends = rows.assign(end="2026-03-10T10:30Z", location_description="Room 2")
    assert plan_events(ends, calendar=WORK, client=client).counts() == {"update": 3}


def test_a_zone_with_another_clock_is_a_change(client: Client) -> None:
    """Where the calendar keeps zones, a row can move an event to a zone whose clock differs."""
    write_events(client, sheet({"tzid": "Europe/Rome"}), calendar=WORK)
    plan = plan_events(sheet({"tzid": "Europe/London"}), calendar=WORK, client=client)
    assert "start.tzid: 'Europe/Rome' -> 'Europe/London'" in plan.frame()["changes"].iloc[0]


def test_a_key_column_that_is_missing_is_named_for_periods() -> None:
    """A period has no title, so key= cannot name it."""
    periods = pd.DataFrame({"start": ["2026-03-10T09:00Z"], "end": ["2026-03-10T10:00Z"]})
    with pytest.raises(FrameError, match="key= names it"):
        plan_available_periods(periods, key="summary")


def test_plans_delete_what_they_created(client: Client) -> None:
    """The frame of a plan, with its derived ids, can be deleted; an event that does not exist is unchanged."""
    frame = sheet({}, {})
    wrote(client, frame)
    plan = plan_events(frame, calendar=WORK, client=client)
    deletes = plan_deletes(plan.frame(), client=client)
    assert deletes.counts() == {"delete": 2}
    assert all(step.before for step in deletes.steps())
    assert deletes.frame()["summary"].tolist() == ["Event 0", "Event 1"]
    assert apply(deletes, client)["outcome"].tolist() == ["deleted"] * 2
    assert plan_deletes(plan.frame(), client=client).counts() == {"unchanged": 2}
    assert plan_deletes(plan.frame()).counts() == {"delete": 2}


def test_deletions_of_external_events(client: Client) -> None:
    """They go by event_uid, and a note says that they cannot be undone."""
    events = read_events(client, "2026-03-05", "2026-03-06")
    plan = plan_deletes(events, client=client)
    assert [step.call for step in plan.steps()] == ["delete_external_event"]
    assert plan.notes == ["deletions of external events cannot be undone"]
    with pytest.raises(FrameError, match="an event_id, or the event_uid"):
        plan_deletes(sheet({}), calendar=WORK)
    with pytest.raises(FrameError, match="options_delete"):
        plan_deletes(events.assign(options_delete=False))


def test_available_periods(client: Client) -> None:
    """Their ids are derived from start and end, and periods that exist already are unchanged."""
    frame = sheet({}, {"start": "2026-03-11 09:00", "end": "2026-03-11 10:00", "tzid": "Asia/Tokyo"})
    frame = frame.drop(columns="summary")
    plan = plan_available_periods(frame, client=client)
    assert [step.arguments["start"] for step in plan.steps()] == [
        "2026-03-10T09:00:00Z",
        {"time": "2026-03-11T09:00:00+09:00", "tzid": "Asia/Tokyo"},
    ]
    apply(plan, client)
    assert plan_available_periods(frame, client=client).counts() == {"unchanged": 2}
    made = plan.frame()
    assert made.columns.tolist() == ["action", "available_period_id", "start", "end", "changes", "note"]
    later = made.assign(end=made["end"] + pd.Timedelta(hours=1)).drop(columns=["action", "changes", "note"])
    again = plan_available_periods(later, client=client)
    assert again.counts() == {"update": 2}
    assert again.frame()["changes"].str.startswith("end: ").all()
    moved = later.assign(
        start=later["start"].dt.tz_convert("Europe/Paris"), end=later["end"].dt.tz_convert("Europe/Paris")
    )
    zones = [step.arguments["end"]["tzid"] for step in plan_available_periods(moved, client=client).steps()]
    assert zones == ["Etc/UTC", "Asia/Tokyo"]
    with pytest.raises(FrameError, match="another start, end than row 0"):
        plan_available_periods(pd.concat([frame, frame], ignore_index=True).iloc[[0, 2]].reset_index(drop=True))


def test_rows_of_several_accounts(client: Client) -> None:
    """With a mapping each row goes to the client of its account, and names are those of that account."""
    rows = sheet({"account": "ann"}, {"account": "bob", "calendar": "Home"})
    plan = plan_events(rows, calendar="Work", client={"ann": client, "bob": client, "cy": client})
    assert [step.account for step in plan.steps()] == ["ann", "bob"]
    assert plan.made_for["accounts"] == {"ann": "acc_ann", "bob": "acc_ann"}
    assert plan.frame()[["account", "calendar_id"]].to_numpy().tolist() == [["ann", WORK], ["bob", HOME]]
    same = rows.assign(summary="One", event_id="e1", calendar="Work")
    assert len(plan_events(same, client={"ann": client, "bob": client})) == 2
    for frame_or_key, words in [
        ({"account": "eve"}, "labels of client=: ann"),
        ({"account": None}, "an account"),
        ({}, "a column account"),
    ]:
        with pytest.raises(FrameError, match=words):
            plan_events(sheet(frame_or_key), calendar="Work", client={"ann": client})
    with pytest.raises(FrameError, match="in the account ann"):
        plan_events(sheet({"account": "ann"}), calendar="Team", client={"ann": client})


def test_each_account_is_read_once(box: Sandbox) -> None:
    """For any number of rows and calendars: the user, the calendars, and the remote events."""
    client, counted = client_of(box)
    frame = sheet(*({"calendar": ["Work", "Home"][n % 2]} for n in range(40)))
    plan_events(frame, client=client)
    assert sorted(counted.requests) == ["GET /v1/calendars", "GET /v1/events", "GET /v1/userinfo"]


def test_clients_are_clients() -> None:
    """Anything else is refused with its type."""
    with pytest.raises(TypeError, match="client is a Client"):
        plan_events(sheet({}), client="token", calendar=WORK)
    with pytest.raises(TypeError, match="calendar= is"):
        plan_events(sheet({}), calendar=7)


def test_an_application_calendar_cannot_invite(box: Sandbox) -> None:
    """Its rows with guests are problems, as the service would refuse them."""
    with connect(sandbox=box) as client:
        tokens = client.application_calendar(application_calendar_id="rooms")
        with connect(sandbox=box, access_token=tokens["access_token"]) as rooms:
            (calendar,) = rooms.list_calendars()
            with pytest.raises(FrameError, match="cannot invite"):
                plan_events(sheet({"attendees": "a@x.org"}), calendar=calendar["calendar_id"], client=rooms)


def test_a_plan_is_the_same_after_a_file(tmp_path: Any, client: Client) -> None:
    """A plan that was saved and loaded has the same digest."""
    plan = plan_events(sheet({"attendees": "a@x.org"}, {}, index=[4, 9]), calendar=WORK, client=client)
    read = load_plan(plan.save(tmp_path / "a.plan"))
    assert isinstance(read, Plan)
    assert read.id == plan.id
    pd.testing.assert_frame_equal(read.frame(), plan.frame())


def test_many_rows_are_planned() -> None:
    """Twenty thousand rows are checked and planned, one event for each."""
    count = 20_000
    start = pd.date_range("2026-03-01", periods=count, freq="13min", tz="Europe/London")
    frame = pd.DataFrame(
        {
            "summary": [f"Meeting {n}" for n in range(count)],
            "start": start,
            "end": start + pd.Timedelta(minutes=30),
            "location_description": [f"Room {n % 50}" for n in range(count)],
            "reminders": "10, 30",
            "attendees": [f"p{n % 99}@example.org; Bob <bob@example.org>" for n in range(count)],
            "event_private": True,
            "color": "#49BED8",
        }
    )
    plan = plan_events(frame, calendar=WORK)
    assert plan.counts() == {"create": count}
    assert plan.frame()["event_id"].nunique() == count


def test_an_event_moved_to_another_day_is_noticed(client: Client) -> None:
    """The same title some days later would be a second event, and the note says how to move the first."""
    before = sheet({"summary": "Offsite"}, index=[2])
    before = before.assign(start=pd.to_datetime(before["start"]), end=pd.to_datetime(before["end"]))
    write_events(client, before, calendar=WORK)
    old = plan_events(before, calendar=WORK, client=client).frame()["event_id"].iloc[0]
    moved = before.assign(start=before["start"] + pd.Timedelta("3D"), end=before["end"] + pd.Timedelta("3D"))
    note = plan_events(moved, calendar=WORK, client=client).frame()["note"].iloc[0]
    assert old in note
    later = before.assign(start=before["start"] + pd.Timedelta("90D"), end=before["end"] + pd.Timedelta("90D"))
    assert plan_events(later, calendar=WORK, client=client).frame()["note"].isna().all()
    both = pd.concat([before, moved])
    assert plan_events(both, calendar=WORK, client=client).frame()["note"].isna().all()


def test_rows_of_several_accounts_need_several_clients(client: Client) -> None:
    """With one client the rows of all accounts would go to it, which is refused."""
    frame = sheet({"account": "ann"}, {"account": "ben", "summary": "B"})
    with pytest.raises(FrameError, match="mapping label -> client"):
        plan_events(frame, calendar=WORK, client=client)
    assert len(plan_events(frame.head(1), calendar=WORK, client=client)) == 1


def test_tzid_is_the_zone_of_the_sheet_and_start_tzid_that_of_the_event() -> None:
    """A sheet shows its times in the zone `tzid`, and its events keep the zones `start_tzid` and `end_tzid`."""
    sheet = pd.DataFrame({"summary": ["A"], "start": ["2031-03-04 09:00"], "end": ["2031-03-04 10:00"]})
    sheet = sheet.assign(tzid="Europe/Berlin", start_tzid="America/New_York", end_tzid="America/New_York")
    arguments = next(plan_events(sheet, calendar="cal_ann_home").steps()).arguments
    assert (arguments["start"], arguments["tzid"]) == ("2031-03-04T08:00:00Z", "America/New_York")


def test_a_plan_file_is_private(tmp_path: Path) -> None:
    """Only its owner can read it, whatever the umask, and even where it replaces a file that others could read."""
    plan = plan_events(sheet({}), calendar=WORK)
    (tmp_path / "open.plan").write_text("")
    (tmp_path / "open.plan").chmod(0o644)
    for umask in (0o000, 0o022, 0o777):
        before = os.umask(umask)
        try:
            files = [plan.save(tmp_path / name) for name in (f"{umask}.plan", "open.plan")]
        finally:
            os.umask(before)
        assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600, 0o600]


def test_a_plan_knows_the_file_that_it_was_made_of(client: Client, tmp_path: Path) -> None:
    """Applying it warns once the file has changed, also from a plan that was saved; not after the file is gone."""
    file = tmp_path / "offsite.csv"
    file.write_text("summary,start,end\nA,2026-03-10T09:00Z,2026-03-10T10:00Z\n")
    plan = load_plan(plan_events(read_sheet(file), calendar=WORK, client=client).save(tmp_path / "p"))
    assert plan.made_at == client.clock().isoformat(timespec="seconds")
    assert apply(plan, client, dry_run=True)["outcome"].tolist() == ["not_sent"]
    file.write_text(file.read_text().replace("A", "B"))
    with pytest.warns(SheetWarning, match=r"offsite\.csv has changed since the plan was made"):
        apply(plan, client, dry_run=True)
    file.unlink()
    apply(plan, client, dry_run=True)
    assert plan_events(sheet({}), calendar=WORK).source is None


@pytest.mark.parametrize(
    ("cells", "column", "expected"),
    [
        ({"meeting_agent_display_name": "Note taker"}, "meeting_agent", "meeting_agent_display_name has a name"),
        ({"meeting_agent": "yes", "conferencing_profile_id": "none"}, "meeting_agent", "joins an online meeting"),
        ({"meeting_agent": "perhaps"}, "meeting_agent", "yes or no"),
    ],
)
def test_a_meeting_agent_that_cannot_come_is_a_problem(cells: dict[str, Any], column: str, expected: str) -> None:
    """A name without an agent, an agent without a conference, and a word that is neither yes nor no are refused."""
    with pytest.raises(FrameError) as caught:
        plan_events(sheet(cells), calendar=WORK)
    assert caught.value.problems["column"].tolist() == [column]
    assert expected in caught.value.problems["expected"][0]
