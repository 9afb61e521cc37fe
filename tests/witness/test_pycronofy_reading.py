"""Reads of the official client, compared row by row with the frames."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import pytest

import cronofy_frames as cf
from tests.small import HOME, NOW, READONLY, WORK
from tests.witness.official import Stage

WINDOWS = [
    pytest.param(None, None, "Etc/UTC", id="all"),
    pytest.param("2026-03-02", "2026-03-09", "Europe/London", id="a week"),
    pytest.param("2026-03-04", "2026-03-05", "America/Los_Angeles", id="a day far away"),
    pytest.param("2026-03-27", "2026-03-31", "Europe/London", id="over the change of the clocks"),
    pytest.param("2026-08-10", "2026-08-11", "Asia/Singapore", id="hardly anything"),
]
UNREAD = {"recurrence", "series_master"}  # what rows have and frames do not show


def flat(row: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return a row with paths as names: `location.description` is location_description."""
    values: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict) and name not in ("start", "end"):
            values |= flat(value, f"{prefix}{name}_")
        else:
            values[prefix + name] = value
    return values


def moment(value: Any, tz: str) -> pd.Timestamp:
    """Return the instant of a wire time; a date is midnight in the time zone."""
    text = value["time"] if isinstance(value, dict) else value
    return pd.Timestamp(text, tz=tz) if len(text) == 10 else pd.Timestamp(text).tz_convert(tz)


def expected_cells(row: dict[str, Any], tz: str) -> dict[str, Any]:
    """Return the cells that the frame should have for a row of the official client."""
    values = flat({name: value for name, value in row.items() if name not in UNREAD})
    cells: dict[str, Any] = {"deleted": False, "all_day": False, **values}
    for name in {"start", "end"} & row.keys():
        cells[name] = moment(row[name], tz)
        text = row[name]["time"] if isinstance(row[name], dict) else row[name]
        cells["all_day"] = len(text) == 10
        if isinstance(row[name], dict):
            cells[f"{name}_tzid"] = row[name]["tzid"]
    for name in {"created", "updated"} & row.keys():
        cells[name] = pd.Timestamp(row[name])
    return cells


def same(value: Any, expected: Any) -> bool:
    """Return whether a cell equals a wire value; lists are JSON in cells."""
    if expected is None:
        return bool(pd.isna(value))
    if isinstance(expected, list):
        return bool(json.loads(value) == expected)
    return bool(value == expected)


def agree(frame: pd.DataFrame, rows: list[dict[str, Any]], tz: str, start: str | None) -> None:
    """Check that a frame has exactly those rows, cell by cell."""
    expected = {(row["calendar_id"], row["event_uid"]): expected_cells(row, tz) for row in rows}
    assert len(expected) == len(rows)
    if start is not None:  # the wire counts what ends on the first instant in, a frame does not
        first = moment(start, tz)
        expected = {
            key: cells_
            for key, cells_ in expected.items()
            if "end" not in cells_ or cells_["end"] > first or cells_["start"] >= first
        }
    assert set(zip(frame["calendar_id"], frame["event_uid"], strict=True)) == set(expected)
    assert len(frame) == len(expected)
    for cells in frame.to_dict("records"):
        expected_row = expected[cells["calendar_id"], cells["event_uid"]]
        assert expected_row.keys() <= cells.keys()
        differences = {
            name: (value, expected_row.get(name))
            for name, value in cells.items()
            if not same(value, expected_row.get(name))
        }
        assert differences == {}


def write_events(stage: Stage) -> None:
    """Write an event in the window, one long after it, and one that is deleted again."""
    client = stage.official()
    calendar = next(calendar_ for calendar_ in client.list_calendars() if calendar_["calendar_primary"])["calendar_id"]
    days = {"soon": date(2026, 3, 5), "later": date(2027, 3, 5), "gone": date(2026, 3, 6)}
    for event_id, day in days.items():
        client.upsert_event(
            calendar,
            {"event_id": event_id, "summary": event_id, "start": day, "end": date(day.year, day.month, day.day + 1)},
        )
    client.delete_event(calendar, "gone")


@pytest.mark.parametrize("deleted", [False, True], ids=["", "with deleted ones"])
@pytest.mark.parametrize("localized", [False, True], ids=["", "localized"])
@pytest.mark.parametrize(("start", "end", "tz"), WINDOWS)
def test_events_are_the_same(
    either: Stage, start: str | None, end: str | None, tz: str, localized: bool, deleted: bool
) -> None:
    """`read_events` gives exactly the rows of the official client, in every cell."""
    write_events(either)
    rows = list(
        either.official().read_events(
            from_date=start, to_date=end, tzid=tz, localized_times=localized, include_deleted=deleted
        )
    )
    frame = cf.read_events(either.ours(), start, end, tz=tz, localized=localized, deleted=deleted, names=False)
    agree(frame, rows, tz, start)
    assert deleted or not any(row["deleted"] for row in rows)
    assert frame.attrs["cronofy"]["complete"]


def test_deleted_events_are_read_as_what_is_left_of_them(stage: Stage) -> None:
    """A deleted event has its ids and the time of its deletion in both reads."""
    write_events(stage)
    rows = [row for row in stage.official().read_events(include_deleted=True) if row["deleted"]]
    uid = rows[0]["event_uid"]
    assert rows == [
        {
            "calendar_id": WORK,
            "event_uid": uid,
            "event_id": "gone",
            "deleted": True,
            "updated": "2026-03-04T09:00:00Z",
        }
    ]
    frame = cf.read_events(stage.ours(), deleted=True).set_index("event_uid").loc[uid]
    assert frame["deleted"]
    assert frame["updated"] == pd.Timestamp(NOW)
    assert frame[["start", "summary", "options_delete"]].isna().all()


def test_options_of_a_read_mean_the_same(either: Stage) -> None:
    """Calendars, coordinates, only_managed and last_modified have the same effect in both reads."""
    write_events(either)
    official, ours = either.official(), either.ours()
    calendar = official.list_calendars()[0]["calendar_id"]
    agree(
        cf.read_events(ours, calendars=calendar, names=False),
        list(official.read_events(calendar_ids=[calendar])),
        "UTC",
        None,
    )
    agree(
        cf.read_events(ours, include=["geo"], names=False),
        geo(list(official.read_events(include_geo=True))),
        "UTC",
        None,
    )
    agree(
        cf.read_events(ours, managed=False, names=False), list(official.read_events(include_managed=False)), "UTC", None
    )
    since = datetime(2026, 3, 1, tzinfo=UTC)
    fresh = list(official.read_events(last_modified=since))
    agree(cf.read_events(ours, modified_since=since, names=False), fresh, "UTC", None)
    assert {"soon", "later"} <= {row.get("event_id") for row in fresh}
    only = list(official.read_events(only_managed=True))
    assert [row["event_id"] for row in only] == ["soon", "later"]
    assert only == list(ours.read_events(only_managed=True))
    moved = list(official.read_events(from_date="2026-03-02", to_date="2026-03-09", include_moved=True))
    agree(cf.read_events(ours, "2026-03-02", "2026-03-09", include=["moved"], names=False), moved, "UTC", None)


def geo(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows with their latitudes and longitudes as numbers, as frames have them."""
    for row in rows:
        for name in {"lat", "long"} & (row.get("location") or {}).keys():
            row["location"][name] = float(row["location"][name])
    return rows


@pytest.mark.parametrize("localized", [False, True], ids=["", "localized"])
@pytest.mark.parametrize(("start", "end", "tz"), WINDOWS)
def test_free_busy_is_the_same(either: Stage, start: str | None, end: str | None, tz: str, localized: bool) -> None:
    """`read_free_busy` gives exactly the periods of the official client."""
    write_events(either)
    rows = list(either.official().read_free_busy(from_date=start, to_date=end, tzid=tz, localized_times=localized))
    expected = [
        (row["calendar_id"], moment(row["start"], tz), moment(row["end"], tz), row["free_busy_status"]) for row in rows
    ]
    if start is not None:
        expected = [period for period in expected if period[2] > moment(start, tz)]
    frame = cf.read_free_busy(either.ours(), start, end, tz=tz, include=(), names=False)
    got = list(zip(frame["calendar_id"], frame["start"], frame["end"], frame["free_busy_status"], strict=True))
    assert sorted(got) == sorted(expected)
    assert [period[1] for period in got] == sorted(period[1] for period in expected)


def test_free_busy_has_known_values(stage: Stage) -> None:
    """In the small office the three timed events are busy, and transparent whole days are not returned."""
    rows = list(stage.official().read_free_busy())
    assert [(row["calendar_id"], row["start"], row["end"], row["free_busy_status"]) for row in rows] == [
        (WORK, "2026-03-04T09:00:00Z", "2026-03-04T09:15:00Z", "busy"),
        (WORK, "2026-03-05T14:00:00Z", "2026-03-05T15:00:00Z", "busy"),
        (HOME, "2026-03-06T08:00:00Z", "2026-03-06T09:00:00Z", "busy"),
    ]
    assert all(len(row) == 4 for row in rows)


def test_events_have_known_values(stage: Stage) -> None:
    """The official client reads the small office as it was built."""
    rows = list(stage.official().read_events())
    assert [(row["summary"], row["start"], row["end"]) for row in rows] == [
        ("standup", "2026-03-04T09:00:00Z", "2026-03-04T09:15:00Z"),
        ("review", "2026-03-05T14:00:00Z", "2026-03-05T15:00:00Z"),
        ("dentist", "2026-03-06T08:00:00Z", "2026-03-06T09:00:00Z"),
        ("retreat", "2026-03-09", "2026-03-12"),
    ]
    assert rows[0]["attendees"] == [{"email": "ann@example.test", "display_name": "Ann", "status": "needs_action"}]
    assert rows[0]["options"] == {"delete": True, "update": True, "change_participation_status": True}
    localized = stage.official().read_events(localized_times=True)
    assert localized[0]["start"] == {"time": "2026-03-04T09:00:00Z", "tzid": "Etc/UTC"}


def test_pages_turn_by_themselves(either: Stage) -> None:
    """Iterating, `all()` and turning pages by hand give the same rows, in as many pages as the response says."""
    client, size = either.official(), 2 if either.person.startswith("ann") else 25
    rows = list(client.read_events())
    assert client.read_events().all() == rows
    by_hand = client.read_events(automatic_pagination=False)
    total, turned = by_hand.total, list(by_hand.current_page())
    assert total == -(-len(rows) // size) > 1
    assert by_hand.json()["pages"]["next_page"].startswith(f"{either.served.url}/v1/events/pages/")
    while by_hand.current < by_hand.total:
        by_hand.fetch_next_page()
        turned += by_hand.current_page()
    assert turned == rows
    assert by_hand.next_page_url is None
    ours = either.ours().read_events(include_managed=True)
    assert list(ours) == rows
    assert (ours.pages, ours.total, ours.complete) == (total, total, True)


def test_an_empty_reading_is_one_page(stage: Stage) -> None:
    """An empty window has one page without rows."""
    pages = stage.official().read_events(from_date="2026-08-01", to_date="2026-08-02")
    assert (list(pages), pages.current, pages.total, pages.next_page_url) == ([], 1, 1, None)


def test_calendars_are_the_same(either: Stage) -> None:
    """`list_calendars` gives the same as `read_calendars`."""
    rows = either.official().list_calendars()
    frame = cf.read_calendars(either.ours())
    assert [{name: row.get(name) for name in frame if row.get(name) is not None} for row in rows] == [
        {name: value for name, value in cells.items() if not pd.isna(value)} for cells in frame.to_dict("records")
    ]


def test_calendars_have_known_values(stage: Stage) -> None:
    """The official client reads Ann's three calendars."""
    rows = stage.official().list_calendars()
    assert [(row["calendar_id"], row["calendar_name"]) for row in rows] == [
        (WORK, "Work"),
        (HOME, "Home"),
        (READONLY, "Holidays"),
    ]
    assert [row["calendar_readonly"] for row in rows] == [False, False, True]
    assert [row["permission_level"] for row in rows] == ["unrestricted", "sandbox", "sandbox"]


def test_profiles_are_the_same(either: Stage) -> None:
    """`list_profiles` gives the same as `read_profiles`."""
    rows = either.official().list_profiles()
    frame = cf.read_profiles(either.ours())
    assert rows == [
        {name: value for name, value in cells.items() if not pd.isna(value)} for cells in frame.to_dict("records")
    ]


def test_account_and_userinfo_are_ann(stage: Stage) -> None:
    """`account` and `userinfo` are those of the token, and the same for both clients."""
    official, ours = stage.official(), stage.ours()
    account = official.account()
    assert (account["account_id"], account["email"], account["default_tzid"]) == (
        "acc_ann",
        "ann@example.test",
        "Europe/London",
    )
    assert ours.account_information() == {"account": account}
    info = official.userinfo()
    assert (info["sub"], info["name"], info["zoneinfo"]) == ("acc_ann", "Ann Example", "Europe/London")
    calendars = info["cronofy.data"]["profiles"][0]["profile_calendars"]
    assert [calendar["calendar_id"] for calendar in calendars] == [WORK, HOME, READONLY]
    assert ours.user_info() == info
