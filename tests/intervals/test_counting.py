"""What counts as busy, whose it is, and which time a frame speaks of."""

import json

import numpy as np
import pandas as pd
import pytest

from cronofy_frames.frames.decoder import decode
from cronofy_frames.intervals import busy, common_free, occupancy
from cronofy_frames.intervals.counting import busy_rows, takes_time
from cronofy_frames.intervals.observation import observed_window
from cronofy_frames.schema import EVENTS, FREE_BUSY

TIMED = {"calendar_id": "c", "start": "2026-03-02T09:00:00Z", "end": "2026-03-02T10:00:00Z"}
DAY = {"calendar_id": "c", "start": "2026-03-02", "end": "2026-03-03"}


def events(*rows: dict[str, object]) -> pd.DataFrame:
    """Return events as Cronofy writes them."""
    return decode([json.dumps({"events": rows}).encode()], EVENTS, rows="events")


def free_busy(*rows: dict[str, object]) -> pd.DataFrame:
    """Return free/busy rows as Cronofy writes them."""
    return decode([json.dumps({"free_busy": rows}).encode()], FREE_BUSY, rows="free_busy")


def uids(frame: pd.DataFrame, **options: object) -> set[str]:
    """Return what of a frame takes time."""
    return set(frame.loc[takes_time(frame, **options), "event_uid"])  # type: ignore[arg-type]


def test_events_that_take_no_time_do_not_count() -> None:
    """Transparent, deleted, cancelled, declined, empty and reversed events do not count; tentative ones may."""
    frame = events(
        {**TIMED, "event_uid": "plain"},
        {**TIMED, "event_uid": "opaque", "transparency": "opaque", "status": "confirmed"},
        {**TIMED, "event_uid": "unsure", "transparency": "unknown", "participation_status": "needs_action"},
        {**TIMED, "event_uid": "maybe", "participation_status": "tentative"},
        {**TIMED, "event_uid": "hold", "status": "tentative"},
        {**DAY, "event_uid": "day"},
        {**TIMED, "event_uid": "transparent", "transparency": "transparent"},
        {**TIMED, "event_uid": "declined", "participation_status": "declined"},
        {**TIMED, "event_uid": "cancelled", "status": "cancelled"},
        {**TIMED, "event_uid": "deleted", "deleted": True},
        {**TIMED, "event_uid": "empty", "end": TIMED["start"]},
        {**TIMED, "event_uid": "reversed", "end": "2026-03-02T08:00:00Z"},
        {**TIMED, "event_uid": "endless", "end": None},
        {"calendar_id": "c", "event_uid": "beginningless", "end": TIMED["end"]},
        {"calendar_id": "c", "event_uid": "tombstone", "deleted": True},
    )
    sure = {"plain", "opaque", "unsure", "day"}
    assert uids(frame) == sure | {"maybe", "hold"}
    assert uids(frame, tentative=False) == sure
    assert uids(frame, tentative=False, all_day="ignore") == sure - {"day"}


def test_free_busy_counts_by_its_status() -> None:
    """Busy rows always count; tentative and unknown rows are optional, and a missing status is unknown."""
    states = ("busy", "tentative", "free", "unknown", None)
    frame = free_busy(*({**TIMED, "event_uid": str(state), "free_busy_status": state} for state in states))
    assert uids(frame) == {"busy", "tentative"}
    assert uids(frame, tentative=False) == {"busy"}
    assert uids(frame, unknown=True) == {"busy", "tentative", "unknown", "None"}


def test_any_frame_with_start_and_end_is_accepted() -> None:
    """Without Cronofy's columns all rows count; nanoseconds and nullable Booleans are accepted."""
    start = pd.Series(pd.to_datetime(["2026-03-02 09:00", "2026-03-02 09:30", None])).dt.tz_localize("UTC")
    frame = pd.DataFrame({"start": start.astype("datetime64[ns, UTC]"), "end": start + pd.Timedelta("1h")})
    assert takes_time(frame).tolist() == [True, True, False]
    frame["deleted"] = pd.array([None, True, False], dtype="boolean")
    assert takes_time(frame).tolist() == [True, False, False]


def test_all_day_rows_are_the_days_of_the_zone() -> None:
    """All-day rows keep their dates in another zone, and timed rows their instants."""
    frame = events({**DAY, "event_uid": "off"}, {**TIMED, "event_uid": "met"})
    counted = busy_rows(frame, tz="Asia/Tokyo")
    result = counted.frame(counted.spans)
    assert result["start"].tolist() == [
        pd.Timestamp("2026-03-02", tz="Asia/Tokyo"),
        pd.Timestamp("2026-03-02 18:00", tz="Asia/Tokyo"),
    ]


def test_a_day_that_a_zone_skips_takes_no_time_there() -> None:
    """Samoa had no 30 December 2011."""
    frame = events({"calendar_id": "c", "event_uid": "off", "start": "2011-12-30", "end": "2011-12-31"})
    assert len(busy_rows(frame).spans) == 1
    assert len(busy_rows(frame, tz="Pacific/Apia").spans) == 0


def test_all_rows_define_the_groups() -> None:
    """A group exists even if none of its rows counts; rows with a missing key form the last group."""
    frame = events(*({**TIMED, "event_uid": str(n)} for n in range(4)))
    frame["team"] = pd.Series(["b", None, "a", "b"], dtype="str")
    frame["deleted"] = [False, False, True, False]
    counted = busy_rows(frame, "team")
    assert counted.keys["team"].fillna("none").tolist() == ["a", "b", "none"]
    assert counted.spans.group.tolist() == [1, 2, 1]
    assert counted.rows.tolist() == [0, 1, 3]


def test_groups_of_several_columns() -> None:
    """Only combinations in the frame are groups, each once, in the order of the columns."""
    frame = events(*({**TIMED, "event_uid": str(n)} for n in range(4)))
    frame = frame.assign(team=["y", "x", "y", "x"], level=pd.Categorical(["low", "high", "low", "low"]))
    keys = busy_rows(frame, ["team", "level"]).keys
    assert keys.to_numpy().tolist() == [["x", "high"], ["x", "low"], ["y", "low"]]


def test_accounts_without_rows_are_known_from_the_read() -> None:
    """An account that was read and has no rows is a group, unless the frame was filtered by account since."""
    frame = events({**TIMED, "event_uid": "1"})
    frame.insert(0, "account", pd.Series(["bob"], dtype="str"))
    frame.attrs["cronofy"] = {"accounts": {"ann": {"pages": 1}, "bob": {"rows": 1}}}
    assert busy_rows(frame, "account").keys["account"].tolist() == ["ann", "bob"]
    assert busy_rows(frame, "account").spans.group.tolist() == [1]
    frame.attrs["cronofy"]["accounts"]["cy"] = {"rows": 7}
    assert busy_rows(frame, "account").keys["account"].tolist() == ["bob"]
    assert len(busy_rows(frame).keys) == 1


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda frame: frame.drop(columns="end"), {}, "read_events and read_free_busy"),
        (lambda frame: frame.assign(start=frame["start"].dt.tz_localize(None)), {}, "tz_localize"),
        (lambda frame: frame.assign(end="2026-03-02"), {}, "end has no times with a zone"),
        (lambda frame: frame, {"tz": "Europe/Londn"}, "Did you mean Europe/London"),
        (lambda frame: frame, {"by": "calender_id"}, "choose from calendar_id"),
        (lambda frame: frame, {"by": ["calendar_id", "start"]}, "by='start'"),
        (lambda frame: frame, {"all_day": "hours"}, "'busy' or 'ignore'"),
    ],
)
def test_invalid_arguments_are_refused(change: object, options: dict[str, object], message: str) -> None:
    """The message names the argument and the next step."""
    frame = change(events({**TIMED, "event_uid": "1"}))  # type: ignore[operator]
    with pytest.raises(ValueError, match=message):
        busy_rows(frame, **options)  # type: ignore[arg-type]


def test_the_observed_window_comes_from_arguments_or_read_or_rows() -> None:
    """Each bound on its own: the argument, else the read's, else what it saw if rows are there, else the rows'."""
    frame = events({**TIMED, "event_uid": "1"})
    rows = pd.Timestamp("2026-03-02 09:00", tz="UTC"), pd.Timestamp("2026-03-02 10:00", tz="UTC")
    assert observed_window(frame, None, None, "UTC") == rows
    frame.attrs["cronofy"] = {"start": None, "end": None, "observed": ["2026-01-01T00:00+00:00", "2026-09-01T00:00Z"]}
    window = pd.Timestamp("2026-01-01", tz="UTC"), pd.Timestamp("2026-09-01", tz="UTC")
    assert observed_window(frame, None, None, "UTC") == window
    frame.attrs["cronofy"]["end"] = "2026-04-01T00:00:00+00:00"
    assert observed_window(frame, None, None, "UTC") == (window[0], pd.Timestamp("2026-04-01", tz="UTC"))
    elsewhere = frame.copy()
    elsewhere.attrs["cronofy"] = {"observed": ["2020-01-01T00:00:00Z", "2020-09-01T00:00:00Z"]}
    assert observed_window(elsewhere, None, None, "UTC") == rows
    assert observed_window(frame, "2026-03-01", pd.Period("2026-03-05"), "Europe/London")[0].tz.key == "Europe/London"


def test_rows_without_times_do_not_hide_what_was_observed() -> None:
    """A read that returned deleted rows only has still observed its window."""
    frame = events({"calendar_id": "c", "event_uid": "tombstone", "deleted": True})
    with pytest.raises(ValueError, match="start= and end="):
        observed_window(frame, None, None, "UTC")
    frame.attrs["cronofy"] = {"observed": ["2026-01-01T00:00:00Z", "2026-09-01T00:00:00Z"]}
    assert observed_window(frame, None, None, "UTC")[0] == pd.Timestamp("2026-01-01", tz="UTC")


def test_results_keep_their_provenance() -> None:
    """The attrs of the frame are copied as plain JSON, with the window and the zone of the result."""
    frame = events({**TIMED, "event_uid": "1"})
    frame.attrs["cronofy"] = {"endpoint": "read_events", "tz": "UTC", "start": None}
    counted = busy_rows(frame, tz="Europe/London")
    result = counted.frame(counted.spans, counted.observe("2026-03-02", "2026-03-03").window)
    assert json.loads(json.dumps(result.attrs["cronofy"])) == {
        "endpoint": "read_events",
        "tz": "Europe/London",
        "start": "2026-03-02T00:00:00+00:00",
        "end": "2026-03-03T00:00:00+00:00",
    }
    assert frame.attrs["cronofy"]["start"] is None
    assert np.array_equal(result.columns, ["start", "end"])


def test_a_filtered_frame_has_no_other_accounts() -> None:
    """Accounts without rows are free, but not if the frame was filtered by account since the read."""
    frame = read_of({"ann": 3, "ben": 2, "cleo": 0})
    assert occupancy(frame, by="account")["account"].nunique() == 3
    narrowed = frame[frame["account"] == "ann"]
    assert occupancy(narrowed, by="account")["account"].unique().tolist() == ["ann"]
    assert common_free(narrowed, duration="8h")["participants"].unique().tolist() == ['["ann"]']


def read_of(counts: dict[str, int]) -> pd.DataFrame:
    """Return what a read of several accounts gives, with so many rows of each."""
    start = pd.Timestamp("2026-03-02T09:00Z")
    rows = [
        {"account": label, "start": start + pd.Timedelta(f"{n}D"), "end": start + pd.Timedelta(f"{n}D1h")}
        for label, count in counts.items()
        for n in range(count)
    ]
    frame = pd.DataFrame(rows).assign(free_busy_status="busy", all_day=False)
    bounds = {"start": "2026-03-02T00:00:00+00:00", "end": "2026-03-09T00:00:00+00:00"}
    frame.attrs["cronofy"] = {**bounds, "accounts": {label: {"rows": count} for label, count in counts.items()}}
    return frame


@pytest.mark.parametrize("length", [30, 30.0, "30", True, "0min", "soon"])
def test_a_bare_number_is_no_length(length: object) -> None:
    """Pandas would take it for nanoseconds."""
    with pytest.raises(ValueError, match="such as '30min'"):
        common_free(read_of({"ann": 2}), duration=length)  # type: ignore[arg-type]


def test_availability_is_refused_as_busy_time() -> None:
    """A frame of read_availability has free time, and the message says so."""
    frame = read_of({"ann": 2}).drop(columns=["free_busy_status", "account"]).assign(participants="[]")
    with pytest.raises(ValueError, match="when people are free"):
        busy(frame)


def test_values_count_in_any_case() -> None:
    """People write Cancelled, and text files False."""
    frame = read_of({"ann": 4}).drop(columns="free_busy_status")
    frame["status"] = ["Cancelled", "confirmed", None, "CONFIRMED"]
    frame["deleted"] = ["False", "false", "True", "FALSE"]
    assert len(busy(frame)) == 2


def test_a_frame_without_accounts_says_how_to_get_them() -> None:
    """The message for a frame of one account says how to read several."""
    with pytest.raises(ValueError, match="mapping label -> client"):
        common_free(read_of({"ann": 2}).drop(columns="account"), duration="1h")
    with pytest.raises(ValueError, match="required"):
        common_free(read_of({"ann": 2}), duration="1h", required=True)
