"""What would mislead an analysis: each check on rows of its own, and the fixes carried out."""

import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cronofy_frames as cf
from cronofy_frames.frames.decoder import empty
from cronofy_frames.intervals.overlapping import conflicts
from cronofy_frames.measures.quality_report import CHECKS, quality, quality_rows
from cronofy_frames.measures.use import time_use
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.schema import EVENTS
from tests.event_rows import event, events, events_from_minutes, people
from tests.small import WORK

# what a warning says of frames without attrs has tests of its own, in tests/intervals/test_observation.py
pytestmark = pytest.mark.filterwarnings("ignore::cronofy_frames.intervals.observation.AssumedWarning")

NINE, TEN, ELEVEN = "2026-03-02 09:00", "2026-03-02 10:00", "2026-03-02 11:00"
LONDON = {"time": "2026-03-02T09:00:00Z", "tzid": "Europe/London"}


def rows_of_check(frame: pd.DataFrame, check: str) -> list[Any]:
    """Return the labels of the rows that a check finds."""
    report = quality(frame)
    rows = report.loc[report["check"] == check, "rows"]
    return json.loads(rows.iloc[0]) if len(rows) else []


def series(*rows: list[dict[str, str]], organizer: str = "bob", name: str = "s1") -> list[dict[str, Any]]:
    """Return the occurrences of a series, with the attendees of each."""
    return [
        event(f"2026-03-0{n} 09:00", f"2026-03-0{n} 10:00", *attendees, organizer=organizer,
              recurring=True, series_identifier=name, summary=name)
        for n, attendees in enumerate(rows, 2)
    ]  # fmt: skip


CASES: dict[str, tuple[list[dict[str, Any]], list[int]]] = {
    "duplicates": (
        [
            event(NINE, TEN, summary="Review", event_id="e1"),
            event(NINE, TEN, summary=" review "),  # made by another application, so it stays
            event(NINE, TEN, summary="Review", calendar_id="cal_2"),
            event(NINE, ELEVEN, summary="Review"),
            event(NINE, TEN, summary="Review", status="cancelled"),
            event(NINE, TEN, summary="Review", participation_status="declined"),
            event(NINE, TEN, summary="Review", transparency="transparent", event_id="e2"),
            event(TEN, ELEVEN),
            event(TEN, ELEVEN),  # without titles these may be different events
        ],
        [0],
    ),
    "same_meeting": (
        [
            event(NINE, TEN, summary="Review", organizer="bob", account="a"),
            event(NINE, TEN, summary="Review", organizer="bob", account="b"),
            event(NINE, TEN, summary="Lunch", account="a"),
            event(NINE, TEN, summary="Lunch", account="b"),
            event(TEN, ELEVEN, summary="Lunch", event_uid="evt_9", account="a"),
            event(NINE, TEN, summary="Pause", event_uid="evt_9", account="b"),
        ],
        [1, 5],
    ),
    "double_bookings": (
        [
            event(NINE, ELEVEN, summary="a"),
            event(TEN, ELEVEN, summary="b"),
            event(ELEVEN, "2026-03-02 12:00", summary="c"),
            event(NINE, TEN, summary="d", transparency="transparent"),
            event("2026-03-02", "2026-03-03", summary="e"),
        ],
        [0, 1],
    ),
    "zero_length": ([event(NINE, NINE), event(NINE, TEN), event(TEN, TEN, deleted=True)], [0]),
    "negative": ([event(TEN, NINE), event(NINE, TEN)], [0]),
    "no_end": ([event(NINE, TEN), {**event(NINE, TEN), "end": None}, {**event(NINE, TEN), "start": None}], [1]),
    "no_start": ([event(NINE, TEN), {**event(NINE, TEN), "end": None}, {**event(NINE, TEN), "start": None}], [2]),
    "all_day_holds": (
        [
            event("2026-03-02", "2026-03-03"),
            event("2026-03-02", "2026-03-03", extended_transparency="out_of_office"),
            event("2026-03-02", "2026-03-03", transparency="transparent"),
            event(NINE, TEN),
        ],
        [0],
    ),
    "long_rows": (
        [
            event("2026-03-02 08:00", "2026-03-02 20:00"),
            event("2026-03-02 08:00", "2026-03-02 19:59"),
            event("2026-03-02 08:00", "2026-03-04 20:00", extended_transparency="Out_of_office"),
            event("2026-03-02 08:00", "2026-03-02 20:00", transparency="transparent"),
            event("2026-03-02", "2026-03-03"),
        ],
        [0],
    ),
    "missing_zones": (
        [
            {**event(NINE, TEN), "start": LONDON},
            {**event(NINE, TEN), "start": LONDON, "end": {**LONDON, "time": "2026-03-02T10:00:00Z"}},
            event("2026-03-03 09:00", "2026-03-03 10:00"),
            event("2026-03-04", "2026-03-05"),
        ],
        [0, 2],  # of the first the end has none
    ),
    "ghosts": (
        [
            *series(people("bob", ann="declined", dee="needs_action"), people("bob", ann="declined"), name="nobody"),
            *series(people("bob", ann="declined"), people("bob", "ann"), name="once"),
            *series(people("bob", ann="unknown"), name="not known"),
            *series(people("ann", bob="declined"), name="without bob"),
            *series(people("ann", "dee"), organizer="", name="orphan"),
            *series(people("ann"), organizer="", name="own"),
            *series([], name="alone"),
        ],
        [0, 1, 5, 6],
    ),
    "no_title": ([event(NINE, TEN), event(NINE, TEN, summary=" "), event(NINE, TEN, summary="x")], [0, 1]),
    "far_away": (
        [
            event(NINE, TEN, updated="2026-03-02T00:00:00Z"),
            event("2026-09-19 00:00", "2026-09-20 00:00"),
            event("2026-09-20 00:00", "2026-09-20 01:00"),
            event("2206-03-02 09:00", "2206-03-02 10:00"),
            event("2025-03-02 09:00", "2025-03-02 10:00"),
        ],
        [2, 3, 4],
    ),
}


@pytest.mark.parametrize("check", CASES)
def test_each_check_finds_its_rows(check: str) -> None:
    """A check finds exactly the rows in the table of cases."""
    rows, expected = CASES[check]
    frame = events(*rows)
    uids = [row.get("event_uid", f"evt_{n:04}") for n, row in enumerate(rows)]
    if "account" in rows[0]:
        frame = with_accounts(rows)
    else:
        frame.index = pd.Index([uids.index(uid) for uid in frame["event_uid"]])
    assert sorted(rows_of_check(frame, check)) == expected


def with_accounts(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return rows of several accounts, in the order given, whose ids may be the same."""
    parts = [events({**row, "event_uid": row.get("event_uid", f"evt_{n:04}")}) for n, row in enumerate(rows)]
    return pd.concat(parts, ignore_index=True)


def test_there_is_a_case_for_each_check() -> None:
    """The table of cases and the checks have the same names, and the docstring has them all."""
    assert list(CASES) == [check.name for check in CHECKS]
    assert all(check.name in (quality.__doc__ or "") for check in CHECKS)


def test_columns_do_not_depend_on_what_is_found() -> None:
    """Without findings there are no rows, with the same columns and dtypes; attrs stay plain JSON."""
    result, nothing = quality(events(event(NINE, NINE))), quality(empty(EVENTS))
    assert result.columns.tolist() == ["check", "severity", "message", "count", "rows", "fix"]
    pd.testing.assert_series_equal(result.dtypes, nothing.dtypes)
    assert len(nothing) == 0
    assert set(result["severity"]) <= {"note", "warning"}
    json.dumps(result.attrs)


LOOKED_AT = [
    *("account", "calendar_id", "event_uid", "event_id", "summary", "all_day", "start_tzid", "status"),
    *("transparency", "recurring", "series_identifier", "deleted", "created", "updated", "organizer_email"),
    *("attendees", "options_delete", "options_update"),
]


def test_a_frame_may_lack_columns() -> None:
    """Checks whose columns are missing find nothing, and the others work."""
    frame = pd.concat([events(*rows) for rows, _ in CASES.values()], ignore_index=True)
    for name in LOOKED_AT:
        assert "negative" in quality(frame.drop(columns=name), tz="UTC")["check"].tolist()
    assert "negative" in quality(frame[["start", "end"]], tz="UTC")["check"].tolist()


def test_a_frame_without_times_is_refused() -> None:
    """A frame without start and end is not a frame of events."""
    with pytest.raises(ValueError, match="no columns start and end"):
        quality(pd.DataFrame({"summary": ["x"]}))
    with pytest.raises(ValueError, match="choose from duplicates"):
        quality_rows(events(), "duplicate")


def test_labels_are_those_of_the_index() -> None:
    """The rows of a finding are labels: text, numbers or several levels, whatever the index has."""
    frame = events(event(NINE, NINE, summary="x"))
    for index, label in ((["first"], "first"), ([7], 7), (pd.MultiIndex.from_tuples([("a", 1)]), ["a", 1])):
        assert rows_of_check(frame.set_axis(index), "zero_length") == [label]


def test_an_incomplete_read_is_reported() -> None:
    """A read that stopped early is a finding without rows, which names the incomplete accounts."""
    frame = events(event(NINE, TEN, summary="x"))
    frame.attrs["cronofy"] = {"complete": False, "accounts": {"ann": {"complete": True}, "bob": {"complete": False}}}
    result = quality(frame).set_index("check").loc["incomplete_read"]
    assert (result["severity"], result["count"], result["rows"]) == ("warning", 0, "[]")
    assert "bob" in result["message"]
    assert "ann" not in result["message"]
    assert len(quality_rows(frame, "incomplete_read")) == 0


SPAN = st.tuples(st.integers(0, 600), st.integers(0, 120), st.sampled_from("ab"), st.booleans())


@settings(max_examples=15)
@given(st.lists(SPAN, max_size=10))
def test_double_bookings_are_the_rows_of_conflicts(rows: list[tuple[int, int, str, bool]]) -> None:
    """A row is double booked exactly when `conflicts` has it in a pair of its account."""
    frame = events_from_minutes(rows) if rows else empty(EVENTS)
    by = "account" if "account" in frame else None
    pairs = conflicts(frame, by=by)
    assert rows_of_check(frame, "double_bookings") == sorted({*pairs["first"].tolist(), *pairs["second"].tolist()})


@settings(max_examples=15)
@given(st.lists(SPAN, min_size=1, max_size=10))
def test_without_double_bookings_nothing_conflicts(rows: list[tuple[int, int, str, bool]]) -> None:
    """conflict_hours is zero without the rows that the check finds, and not zero where it finds some."""
    frame = events_from_minutes(rows)
    labels = rows_of_check(frame, "double_bookings")
    window = {"start": "2026-03-23", "end": "2026-03-30", "metrics": "conflict_hours"}
    assert (time_use(frame, **window)["conflict_hours"].iloc[0] > 0) == bool(labels)
    assert time_use(frame.drop(index=labels), **window)["conflict_hours"].iloc[0] == 0


def write_and_read(client: cf.Client, *rows: dict[str, Any]) -> pd.DataFrame:
    """Write events as the application's own, and return what reading gives."""
    frame = pd.DataFrame(list(rows))
    for name in ("start", "end"):
        frame[name] = pd.to_datetime(frame[name]).dt.tz_localize("UTC")
    done = cf.write_events(client, frame, calendar=WORK)
    assert set(done["outcome"]) == {"created"}
    return cf.read_events(client, "2026-03-02", "2026-03-30", localized=True)


def test_duplicates_are_deleted(client: cf.Client) -> None:
    """Applying the plan for duplicates leaves each event once, and events of others."""
    row = {"summary": "Twice", "start": "2026-03-10 09:00", "end": "2026-03-10 10:00"}
    review = {"summary": "review", "start": "2026-03-05 14:00", "end": "2026-03-05 15:00", "event_id": "mine"}
    read = write_and_read(client, {**row, "event_id": "one"}, {**row, "event_id": "two"}, review)
    result = quality(read).set_index("check").loc["duplicates"]
    assert (result["count"], result["fix"]) == (2, "plan_deletes")
    cf.apply(cf.plan_deletes(quality_rows(read, "duplicates"), client=client), client)
    left = cf.read_events(client, "2026-03-02", "2026-03-30")
    assert rows_of_check(left, "duplicates") == []
    assert left["summary"].tolist().count("Twice") == 1
    assert left.loc[left["summary"] == "review", "event_id"].isna().tolist() == [True]


def test_duplicates_of_others_have_no_fix() -> None:
    """Only single events of this application are deleted: no events of others, no series, none that are protected."""
    row = event(NINE, TEN, summary="Review")
    rows = [
        row,
        row,
        {**row, "event_id": "a", "recurring": True},
        {**row, "event_id": "b", "options": {"delete": False}},
        {**row, "event_id": "c"},
    ]
    frame = events(*rows)
    result = quality(frame).set_index("check").loc["duplicates"]
    assert (result["count"], result["fix"]) == (4, "plan_deletes")
    assert quality_rows(frame, "duplicates")["event_id"].tolist() == ["c"]
    assert quality(frame[:2])["fix"].isna().all()


def test_missing_zones_are_filled(client: cf.Client) -> None:
    """With tz= the plan for missing_zones writes the zone; without it there is no fix."""
    row = {"start": "2026-03-10 09:00", "end": "2026-03-10 10:00", "tzid": "Europe/Paris"}
    read = write_and_read(client, {"summary": "One", "event_id": "one", **row})
    lost = read["event_id"] == "one"
    read.loc[lost, ["start_tzid", "end_tzid"]] = pd.NA
    read.loc[~lost, ["start_tzid", "end_tzid"]] = "Europe/London"
    assert quality(read).set_index("check").loc[["missing_zones"], "fix"].isna().all()
    result = quality(read, tz="Asia/Tokyo").set_index("check").loc["missing_zones"]
    assert (result["count"], result["fix"]) == (1, "plan_events")
    rows = quality_rows(read, "missing_zones", tz="Asia/Tokyo")
    assert rows.index.tolist() == read.index[lost].tolist()
    cf.apply(cf.plan_events(rows, client=client), client)
    after = cf.read_events(client, "2026-03-02", "2026-03-30", localized=True).set_index("event_id").loc["one"]
    assert (after["start_tzid"], after["end_tzid"]) == ("Asia/Tokyo", "Asia/Tokyo")
    assert after["start"] == pd.Timestamp("2026-03-10 09:00", tz="UTC")


def test_the_seeded_office_is_realistic() -> None:
    """In the seeded office only double bookings are warnings, and meetings are in several accounts."""
    box = Sandbox(now="2026-03-02T09:00:00Z")
    clients = {account.email: cf.connect(sandbox=box, account=account.email) for account in box.accounts[:3]}
    result = quality(cf.read_events(clients, "2026-03-02", "2026-03-30"))
    assert set(result.loc[result["severity"] == "warning", "check"]) == {"double_bookings"}
    assert "same_meeting" in set(result["check"])
