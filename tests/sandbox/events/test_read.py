"""Reads of events and free/busy from the sandbox."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from cronofy_frames.sandbox.model.state import Event
from cronofy_frames.sandbox.model.world import SandboxSettings, World
from tests.sandbox.caller import (
    GONE,
    HOME,
    NOW,
    OUTLOOK,
    WORK,
    Caller,
    at,
    caller,
    event,
    office,
    refusals,
    with_scope,
)


def managed_event(uid: str, start: date, end: date, **fields: Any) -> Event:
    """Return a managed event."""
    managed = event(uid, start, end, event_id=f"id-{uid}", managed_by="anything", **fields)
    managed.event_uid = f"evt_{uid}"
    return managed


def test_event_has_the_documented_keys_in_the_documented_order() -> None:
    """An ordinary event has exactly these keys."""
    api = caller(
        event(
            "a",
            at(5, 9),
            at(5, 10),
            location={"description": "Room 4", "lat": "1.5", "long": "2.5"},
            organizer={"email": "b@example.test", "display_name": "B"},
            attendees=[{"email": "jane@example.test", "display_name": None, "status": "accepted"}],
        )
    )
    assert api.events() == [
        {
            "calendar_id": WORK,
            "event_uid": "evt_external_a",
            "summary": "a",
            "description": "",
            "start": "2026-03-05T09:00:00Z",
            "end": "2026-03-05T10:00:00Z",
            "deleted": False,
            "created": "2026-03-01T00:00:00Z",
            "updated": "2026-03-01T00:00:00Z",
            "location": {"description": "Room 4"},
            "participation_status": "accepted",
            "attendees": [{"email": "jane@example.test", "display_name": None, "status": "accepted"}],
            "organizer": {"email": "b@example.test", "display_name": "B"},
            "transparency": "opaque",
            "status": "confirmed",
            "categories": [],
            "recurring": False,
            "event_private": False,
            "options": {"delete": True, "update": True, "change_participation_status": True},
        }
    ]
    documented = (
        "calendar_id event_uid summary description start end deleted created updated location participation_status "
        "attendees organizer transparency status categories recurring event_private options"
    )
    assert list(api.events()[0]) == documented.split()


def test_keys_with_nothing_to_say_are_left_out_until_there_is_something() -> None:
    """Optional keys are present if the event has a value; Google ids and coordinates only on request."""
    rare = {
        "url": "https://x.test/1",
        "meeting_url": "https://meet.test/1",
        "conferencing": {"provider_name": "zoom", "join_url": "https://meet.test/1"},
        "extended_transparency": "out_of_office",
        "series_identifier": "s1",
    }
    place = {"description": "Pier", "lat": "1.5", "long": "0.1"}
    api = caller(event("a", at(5, 9), at(5, 10), recurring=True, google_event_id="g1", location=place, **rare))
    (row,) = api.events()
    assert {name: row[name] for name in rare} == rare
    assert "google_event_id" not in row
    assert row["location"] == {"description": "Pier"}
    (row,) = api.events(google_event_ids="true", include_geo="true")
    assert (row["google_event_id"], row["location"]) == ("g1", place)
    (bare,) = caller(event("b", at(5, 9), at(5, 10))).events(google_event_ids="true")
    assert not {*rare, "google_event_id", "location", "organizer", "event_id"} & set(bare)


def test_tzid_is_required_and_must_be_known() -> None:
    """Without tzid, or with an unknown one, the response is 422."""
    api = caller()
    answer = api.get("/v1/events")
    assert refusals(answer) == {"tzid": ["errors.required"]}
    assert answer.json["errors"]["tzid"][0]["description"] == "tzid must be specified"
    for tzid in ("Nowhere", "europe/paris", "../etc/passwd", "Europe"):
        assert refusals(api.get("/v1/events", tzid=tzid)) == {"tzid": ["errors.tzid_unrecognized"]}


@pytest.mark.parametrize(
    ("uid", "start", "end", "inside"),
    [
        ("ends as it begins", at(4, 22), at(5), True),
        ("ends before", at(4, 22), at(4, 23, 59), False),
        ("spans it", at(4), at(9), True),
        ("starts in it", at(6, 23, 59), at(8), True),
        ("starts as it ends", at(7), at(8), False),
        ("no length, at its start", at(5), at(5), True),
        ("day before, exclusive end", date(2026, 3, 4), date(2026, 3, 5), True),
        ("two days before", date(2026, 3, 3), date(2026, 3, 4), False),
        ("last day", date(2026, 3, 6), date(2026, 3, 7), True),
        ("day after", date(2026, 3, 7), date(2026, 3, 8), False),
    ],
)
def test_window_holds_what_starts_before_to_and_ends_on_or_after_from(
    uid: str, start: date, end: date, inside: bool
) -> None:
    """A read returns events that start before `to` and end on or after `from`."""
    api = caller(event(uid, start, end))
    assert api.uids(**{"from": "2026-03-05", "to": "2026-03-07"}) == ([uid] if inside else [])


def test_dates_of_the_window_are_read_in_tzid() -> None:
    """Dates mean other instants in another time zone, and the same whole days."""
    api = caller(event("evening", at(4, 20), at(4, 21)), event("off", date(2026, 3, 5), date(2026, 3, 6)))

    def found(tzid: str) -> list[str]:
        answer = api.get("/v1/events", **{"tzid": tzid, "from": "2026-03-05", "to": "2026-03-06"})
        return [row["summary"] for row in answer.json["events"]]

    assert found("Asia/Tokyo") == ["off", "evening"]
    assert found("Europe/London") == ["off"]


def test_bounds_may_be_times() -> None:
    """`from` and `to` may be times; whole days then start at midnight in tzid."""
    api = caller(event("a", at(5, 9), at(5, 10)), event("off", date(2026, 3, 6), date(2026, 3, 7)))
    assert api.uids(**{"from": "2026-03-05T10:00:01Z", "to": "2026-03-06T00:00:01Z"}) == ["off"]
    assert api.uids(**{"from": "2026-03-05T10:00:00Z", "to": "2026-03-06T00:00:00Z"}) == ["a"]


def test_default_window_is_42_days_back_and_201_ahead() -> None:
    """Without from and to, events further away are not returned."""
    api = caller(
        event("long ago", at(20, month=1), at(20, 1, month=1)),
        event("just in", at(21, 9, month=1), at(21, 10, month=1)),
        event("last", at(20, 23, month=9), at(20, 23, 30, month=9)),
        event("too far", at(21, month=9), at(21, 1, month=9)),
    )
    assert api.uids() == ["just in", "last"]


@pytest.mark.parametrize(
    ("bounds", "fields"),
    [
        ({"from": "2026-01-21"}, []),
        ({"from": "2026-01-20"}, ["from"]),
        ({"to": "2026-09-21"}, []),
        ({"to": "2026-09-22"}, ["to"]),
        ({"from": "2026-03-06", "to": "2026-03-05"}, ["to"]),
        ({"from": "soon", "to": "2026-02-30"}, ["from", "to"]),
    ],
)
def test_window_beyond_what_is_kept_is_refused(bounds: dict[str, str], fields: list[str]) -> None:
    """`from` more than 42 days back, `to` more than 201 days ahead and `to` before `from` are refused."""
    answer = caller().get("/v1/events", tzid="Etc/UTC", **bounds)
    assert list(refusals(answer)) == fields if fields else answer.status_code == 200


def test_window_can_be_cut_instead_of_refused() -> None:
    """With strict_window off, `to` beyond 201 days ahead is reduced to that."""
    api = caller(event("too far", at(1, month=10), at(1, 1, month=10)), strict_window=False)
    assert api.uids(to="2026-12-31") == []


def test_managed_events_come_when_asked_for() -> None:
    """By default external events are returned; include_managed adds managed ones, only_managed returns them alone."""
    api = caller(event("theirs", at(5, 9), at(5, 10)), managed_event("ours", at(5, 10), at(5, 11)))
    assert api.uids() == ["theirs"]
    assert api.uids(include_managed="true") == ["theirs", "evt_ours"]
    assert api.uids(only_managed="true") == ["evt_ours"]
    assert api.managed()["event_id"] == "id-ours"


def test_managed_events_are_not_bound_by_the_default_window() -> None:
    """Without from and to, managed events of all time are returned."""
    api = caller(managed_event("old", datetime(2020, 1, 1, tzinfo=NOW.tzinfo), datetime(2020, 1, 2, tzinfo=NOW.tzinfo)))
    assert api.uids(only_managed="true") == ["evt_old"]
    assert api.uids(include_managed="true") == ["evt_old"]
    assert api.uids(only_managed="true", to="2026-03-05") == []


def test_scope_read_events_is_needed_but_for_managed_events() -> None:
    """Without read_events all pages are 403, unless only_managed is set."""
    jane = caller(*(managed_event(f"m{n}", at(5 + n, 9), at(5 + n, 10)) for n in range(3)), page_size=2)
    api = with_scope(jane, "create_event")
    assert api.get("/v1/events", tzid="Etc/UTC").status_code == 403
    first = api.get("/v1/events", tzid="Etc/UTC", only_managed="true")
    assert first.status_code == 200
    assert api.get(first.json["pages"]["next_page"]).status_code == 200
    everything = jane.get("/v1/events", tzid="Etc/UTC", include_managed="true").json["pages"]["next_page"]
    assert api.get(everything).status_code == 403


def test_calendar_ids_restrict() -> None:
    """calendar_ids[] may be repeated; an unknown id is 422."""
    api = caller(
        event("w", at(5, 9), at(5, 10)),
        event("h", at(5, 10), at(5, 11), calendar_id=HOME),
        event("o", at(5, 11), at(5, 12), calendar_id=OUTLOOK),
    )
    assert api.uids(**{"calendar_ids[]": [WORK, OUTLOOK]}) == ["w", "o"]
    assert api.uids(calendar_ids=HOME) == ["h"]
    answer = api.get("/v1/events", **{"tzid": "Etc/UTC", "calendar_ids[]": "cal_other"})
    assert refusals(answer) == {"calendar_ids": ["errors.invalid_calendar_ids"]}


def test_events_of_a_deleted_calendar_are_not_there() -> None:
    """Events of a deleted calendar are not returned."""
    assert caller(event("a", at(5, 9), at(5, 10), calendar_id=GONE)).uids() == []


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02T08:00:00Z",
        "2026-03-02 08:00:00Z",
        "2026-03-02T08:00:00UTC",
        "2026-03-02T08:00:00+00:00",
        "2026-03-02T08:00:00 00:00",
        "2026-03-02T09:00:00+01:00",
        "2026-03-02T08:00:00.000Z",
    ],
)
def test_last_modified_is_inclusive_and_read_in_all_spellings(text: str) -> None:
    """Events updated at or after last_modified are returned, for each way in which clients write a time."""
    api = caller(
        event("before", at(5, 9), at(5, 10), updated=at(2, 8) - timedelta(seconds=1)),
        event("then", at(5, 9), at(5, 10), updated=at(2, 8)),
    )
    assert api.uids(last_modified=text) == ["then"]


@pytest.mark.parametrize(
    "text", ["2026-03-02", "2026-03-02T08:00:00.5Z", "2026-03-02T08:00:00", "now", "2026-13-01T00:00:00Z"]
)
def test_last_modified_that_is_no_time_is_refused(text: str) -> None:
    """A date, a fraction of a second and a time without an offset are 422."""
    answer = caller().get("/v1/events", tzid="Etc/UTC", last_modified=text)
    assert refusals(answer) == {"last_modified": ["errors.invalid_format"]}


def test_flags_are_read_in_any_case_and_refused_otherwise() -> None:
    """`True` is true, as the official Python client writes it; `yes` is 422; an empty flag counts as missing."""
    api = caller(managed_event("m", at(5, 9), at(5, 10)))
    assert api.uids(only_managed="True", include_deleted="False", include_moved="") == ["evt_m"]
    answer = api.get("/v1/events", tzid="Etc/UTC", include_moved="yes")
    assert refusals(answer) == {"include_moved": ["errors.must_be_boolean"]}


def test_deleted_events_come_on_request_as_tombstones() -> None:
    """A deleted event has only its ids, the flag and when it was deleted."""
    api = caller(
        event("gone", at(5, 9), at(5, 10), deleted=True, updated=at(3)),
        managed_event("ours", at(6, 9), at(6, 10), deleted=True, updated=at(3)),
    )
    assert api.events(include_managed="true") == []
    stone = {"calendar_id": WORK, "deleted": True, "updated": "2026-03-03T00:00:00Z"}
    assert api.events(include_managed="true", include_deleted="true") == [
        {**stone, "event_uid": "evt_external_gone"},
        {**stone, "event_uid": "evt_ours", "event_id": "id-ours"},
    ]


def test_moved_events_come_on_request() -> None:
    """include_moved adds events that were in the window before they were moved."""
    api = caller(event("a", at(20, 9), at(20, 10), earlier_times=[(at(5, 9), at(5, 10))]))
    window = {"from": "2026-03-05", "to": "2026-03-06"}
    assert api.uids(**window) == []
    assert api.uids(**window, include_moved="true") == ["a"]


def test_localized_times_carry_offset_and_zone() -> None:
    """Start and end have their own time zones; a whole day stays a date; UTC is `Z`."""
    api = caller(
        event("flight", at(5, 13), at(5, 20), start_tzid="America/New_York", end_tzid="Europe/Paris"),
        event("off", date(2026, 3, 6), date(2026, 3, 7), start_tzid="Europe/Paris", end_tzid="Europe/Paris"),
        event("utc", at(7, 8), at(7, 9)),
        event("odd", at(8, 8), at(8, 9), start_tzid="Mars/Base", end_tzid="Mars/Base"),
    )
    flight, off, utc, unknown = api.events(localized_times="true")
    assert flight["start"] == {"time": "2026-03-05T08:00:00-05:00", "tzid": "America/New_York"}
    assert flight["end"] == {"time": "2026-03-05T21:00:00+01:00", "tzid": "Europe/Paris"}
    assert off["start"] == {"time": "2026-03-06", "tzid": "Europe/Paris"}
    assert utc["start"] == {"time": "2026-03-07T08:00:00Z", "tzid": "Etc/UTC"}
    assert unknown["start"]["tzid"] == "Etc/UTC"
    assert [row["start"] for row in api.events()][:2] == ["2026-03-05T13:00:00Z", "2026-03-06"]


def test_order_is_start_then_calendar_then_uid() -> None:
    """All-day events are ordered by midnight in tzid."""
    api = caller(
        event("c", at(5, 9), at(5, 10)),
        event("b", at(5, 9), at(5, 10)),
        event("z", at(5, 9), at(5, 9, 30), calendar_id="cal_a"),
        event("day", date(2026, 3, 5), date(2026, 3, 6)),
        event("night", at(4, 23, 59), at(5, 1)),
    )
    api.sandbox.accounts[0].profiles[0].calendars[1].calendar_id = "cal_a"
    assert api.uids() == ["night", "day", "z", "b", "c"]


def test_pages_hold_page_size_rows_and_the_last_has_no_next_page() -> None:
    """The pages have every row once, in order; current counts from 1, and the last page has no next_page."""
    api = caller(*(event(f"{n:02}", at(5 + n, 9), at(5 + n, 10)) for n in range(7)), page_size=3)
    answer = api.get("/v1/events", tzid="Etc/UTC").json
    summaries, pages = [row["summary"] for row in answer["events"]], [answer["pages"]]
    while "next_page" in pages[-1]:
        answer = api.get(pages[-1]["next_page"]).json
        summaries += [row["summary"] for row in answer["events"]]
        pages.append(answer["pages"])
    assert summaries == [f"{n:02}" for n in range(7)]
    assert [(page["current"], page["total"]) for page in pages] == [(1, 3), (2, 3), (3, 3)]
    assert set(pages[-1]) == {"current", "total"}


def test_empty_answer_is_one_page() -> None:
    """An empty result is page 1 of 1."""
    assert caller().get("/v1/events", tzid="Etc/UTC").json == {"pages": {"current": 1, "total": 1}, "events": []}


def test_page_tokens_are_opaque_and_bound_to_account_and_kind() -> None:
    """A page keeps the filters of its read; another account, another list and an unknown token get 404."""
    api = caller(*(event(str(n), at(5 + n, 9), at(5 + n, 10)) for n in range(3)), page_size=1)
    url = api.get("/v1/events", tzid="Etc/UTC").json["pages"]["next_page"]
    assert [row["summary"] for row in api.get(url, only_managed="true", to="nonsense").json["events"]] == ["1"]
    omar = Caller(api.sandbox, api.sandbox.tokens("omar")["access_token"])
    assert omar.get(url).status_code == 404
    assert api.get(url.replace("/events/", "/free_busy/")).status_code == 404
    assert api.get("/v1/events/pages/nothing").status_code == 404


def test_page_can_be_read_again_and_its_token_repeats_for_the_same_question() -> None:
    """A token can be used again, and the same read of the same state returns the same token."""
    api = caller(*(event(str(n), at(5 + n, 9), at(5 + n, 10)) for n in range(3)), page_size=1)
    first = api.get("/v1/events", tzid="Etc/UTC").json["pages"]["next_page"]
    assert api.get(first).json == api.get(first).json
    assert api.get("/v1/events", tzid="Etc/UTC").json["pages"]["next_page"] == first
    api.write()
    assert api.get("/v1/events", tzid="Etc/UTC").json["pages"]["next_page"] != first


def test_event_deleted_between_pages_is_not_shown() -> None:
    """Further pages leave out events that were deleted since the read."""
    api = caller(*(event(str(n), at(5 + n, 9), at(5 + n, 10)) for n in range(3)), page_size=1)
    url = api.get("/v1/events", tzid="Etc/UTC").json["pages"]["next_page"]
    api.sandbox.remove_event("jane", "evt_external_1")
    assert api.get(url).json["events"] == []


def test_options_follow_permission_and_invitation() -> None:
    """An external event can be changed in an unrestricted calendar, unless it is part of a series."""
    guest = {"email": "JANE@example.test", "display_name": None, "status": "needs_action"}
    host = {"email": "omar@example.test", "display_name": None}
    own = {"email": "jane@example.test", "display_name": None}
    api = caller(
        event("free", at(5, 1), at(5, 2)),
        event("series", at(5, 2), at(5, 3), recurring=True, series_identifier="s"),
        event("sandboxed", at(5, 3), at(5, 4), calendar_id=HOME),
        event("invited", at(5, 4), at(5, 5), calendar_id=HOME, attendees=[guest], organizer=host),
        event("hosting", at(5, 5), at(5, 6), calendar_id=HOME, attendees=[guest], organizer=own),
        event("locked", at(5, 6), at(5, 7), calendar_id="cal_g_locked", attendees=[guest]),
        managed_event("ours", at(5, 7), at(5, 8), calendar_id=HOME),
    )
    options = {row["summary"]: tuple(row["options"].values()) for row in api.events(include_managed="true")}
    assert options == {
        "free": (True, True, False),
        "series": (False, False, False),
        "sandboxed": (False, False, False),
        "invited": (False, False, True),
        "hosting": (False, False, False),
        "locked": (False, False, False),
        "ours": (True, True, False),
    }


def free_busy(api: Caller, **query: Any) -> list[dict[str, Any]]:
    """Return all periods of a read with one page."""
    answer = api.get("/v1/free_busy", tzid="Etc/UTC", **query)
    assert answer.status_code == 200, answer.text
    return answer.json["free_busy"]


def test_free_busy_gives_a_period_for_each_event() -> None:
    """Periods are not merged, whole days stay dates, and ids are returned only on request."""
    api = caller(event("a", at(5, 9), at(5, 10)), event("b", date(2026, 3, 5), date(2026, 3, 6)))
    assert free_busy(api) == [
        {"calendar_id": WORK, "start": "2026-03-05", "end": "2026-03-06", "free_busy_status": "busy"},
        {
            "calendar_id": WORK,
            "start": "2026-03-05T09:00:00Z",
            "end": "2026-03-05T10:00:00Z",
            "free_busy_status": "busy",
        },
    ]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, "busy"),
        ({"transparency": "transparent"}, "free"),
        ({"status": "cancelled"}, "free"),
        ({"participation_status": "declined"}, "free"),
        ({"status": "tentative"}, "tentative"),
        ({"participation_status": "tentative"}, "tentative"),
        ({"extended_transparency": "tentative"}, "tentative"),
        ({"transparency": "unknown"}, "unknown"),
    ],
)
def test_free_busy_status_follows_the_event(fields: dict[str, str], status: str) -> None:
    """The status follows from the event; free periods are returned only with include_free."""
    api = caller(event("a", at(5, 9), at(5, 10), **fields))
    assert [row["free_busy_status"] for row in free_busy(api, include_free="true")] == [status]
    assert len(free_busy(api)) == (0 if status == "free" else 1)


def test_free_busy_options_add_ids_deleted_and_managed() -> None:
    """include_ids, include_deleted, include_managed and localized_times have their effect."""
    api = caller(
        event("gone", at(5, 9), at(5, 10), deleted=True),
        managed_event("ours", at(5, 10), at(5, 11), start_tzid="Europe/Paris"),
        managed_event("old", datetime(2020, 1, 1, tzinfo=NOW.tzinfo), datetime(2020, 1, 2, tzinfo=NOW.tzinfo)),
    )
    assert free_busy(api) == []
    (row,) = free_busy(api, include_deleted="true", include_ids="true")
    assert (row["deleted"], row["event_uid"]) == (True, "evt_external_gone")
    (row,) = free_busy(api, include_managed="true", include_ids="true", localized_times="true")
    assert (row["event_id"], row["event_uid"]) == ("id-ours", "evt_ours")
    assert row["start"] == {"time": "2026-03-05T11:00:00+01:00", "tzid": "Europe/Paris"}


def test_free_busy_is_paged_and_filtered_like_events() -> None:
    """Calendars, last_modified and pages work as for events."""
    api = caller(
        *(event(str(n), at(5 + n, 9), at(5 + n, 10), updated=at(3)) for n in range(3)),
        event("early", at(5, 9), at(5, 10)),
        event("home", at(5, 9), at(5, 10), calendar_id=HOME, updated=at(3)),
        page_size=2,
    )
    query = {"tzid": "Etc/UTC", "calendar_ids[]": [WORK], "last_modified": "2026-03-02T00:00:00Z"}
    first = api.get("/v1/free_busy", **query).json
    assert "/v1/free_busy/pages/" in first["pages"]["next_page"]
    second = api.get(first["pages"]["next_page"]).json
    starts = [row["start"] for row in first["free_busy"] + second["free_busy"]]
    assert starts == [f"2026-03-0{day}T09:00:00Z" for day in (5, 6, 7)]
    assert "next_page" not in second["pages"]


def test_free_busy_needs_its_scope_which_read_events_implies() -> None:
    """read_free_busy and read_events allow reading free/busy; read_free_busy does not allow reading events."""
    api = caller(event("a", at(5, 9), at(5, 10)))
    assert len(free_busy(with_scope(api, "read_events"))) == 1
    busy_only = with_scope(api, "free_busy")
    assert len(free_busy(busy_only)) == 1
    assert busy_only.get("/v1/events", tzid="Etc/UTC").status_code == 403
    assert with_scope(api, "create_event").get("/v1/free_busy", tzid="Etc/UTC").status_code == 403


def test_oldest_page_tokens_are_forgotten() -> None:
    """Only the latest 4096 page tokens are stored."""
    world = World(office(), clock=lambda: NOW, seed=0, settings=SandboxSettings())
    for n in range(5000):
        world.store_page(str(n), n)
    assert (len(world.pages), "0" in world.pages, world.pages["4999"]) == (4096, False, 4999)
