"""Busy time, counted against minute by minute."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cronofy_frames.decode import decode
from cronofy_frames.intervals import busy_rows, union, week_occupancy
from cronofy_frames.schema import EVENTS, FREE_BUSY

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def periods(*spans: tuple[int, int], tz: str = "UTC", base: datetime = MONDAY) -> pd.DataFrame:
    """Return busy periods given in minutes after a Monday's midnight."""
    base = base.astimezone(UTC)
    rows = [
        {
            "calendar_id": "cal_1",
            "start": (base + timedelta(minutes=start)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "end": (base + timedelta(minutes=end)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "free_busy_status": "busy",
        }
        for start, end in spans
    ]
    return decode([json.dumps({"free_busy": rows}).encode()], FREE_BUSY, rows="free_busy", tz=tz)


def minutes(*spans: tuple[int, int]) -> set[int]:
    """Return every minute that some span covers."""
    return {minute for start, end in spans for minute in range(start, end)}


spans = st.lists(
    st.tuples(st.integers(0, 3000), st.integers(0, 200)).map(lambda pair: (pair[0], sum(pair))), max_size=12
)


@given(spans)
def test_the_union_covers_what_any_row_covers(given_: list[tuple[int, int]]) -> None:
    """Overlaps count once, and the parts of the union neither overlap nor touch."""
    starts, ends = union(busy_rows(periods(*given_)))
    begin = pd.Timestamp(MONDAY).value // 1000
    parts = [
        ((one - begin) // 60_000_000, (other - begin) // 60_000_000) for one, other in zip(starts, ends, strict=True)
    ]
    assert minutes(*parts) == minutes(*given_)
    assert all(before[1] < after[0] for before, after in pairwise(parts))


@settings(deadline=None, max_examples=50)
@given(spans, st.sampled_from(["UTC", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"]))
def test_each_hour_has_its_share(given_: list[tuple[int, int]], tz: str) -> None:
    """The share of each weekday and hour is what counting minutes gives, in zones of any offset."""
    start, end = pd.Timestamp(MONDAY).tz_convert(tz), pd.Timestamp(MONDAY + timedelta(minutes=3000)).tz_convert(tz)
    share = week_occupancy(periods(*given_, tz=tz), start=start, end=end)
    clock = pd.date_range(start, end, freq="min", inclusive="left")
    covered = minutes(*given_)
    counted = pd.DataFrame(
        {"weekday": clock.day_of_week, "hour": clock.hour, "busy": [float(n in covered) for n in range(len(clock))]}
    )
    wanted = counted.groupby(["weekday", "hour"])["busy"].mean().unstack()
    wanted = wanted.reindex(index=range(7), columns=range(24))
    np.testing.assert_allclose(share.to_numpy(), wanted.to_numpy(), atol=1e-9)


@pytest.mark.parametrize(("day", "hour", "length"), [("2026-03-29", 1, None), ("2026-10-25", 1, 2)])
def test_the_nights_the_clocks_change(day: str, hour: int, length: int | None) -> None:
    """The missing hour was not observed; the hour that comes twice has two hours to be busy in."""
    start = pd.Timestamp(day, tz="Europe/London")
    end = start + pd.DateOffset(days=1)
    share = week_occupancy(periods((0, 60), base=start.to_pydatetime(), tz="Europe/London"), start=start, end=end)
    assert share.loc[6, 0] == 1.0
    if length is None:
        assert np.isnan(share.loc[6, hour])
    else:
        twice = periods((60, 120), base=start.to_pydatetime(), tz="Europe/London")
        assert week_occupancy(twice, start=start, end=end).loc[6, hour] == 1 / length


def test_what_was_not_observed_is_not_free() -> None:
    """Hours outside the window are NaN, hours inside without rows are 0."""
    share = week_occupancy(periods(), start=pd.Timestamp(MONDAY), end=pd.Timestamp(MONDAY) + pd.Timedelta("30min"))
    assert share.loc[0, 0] == 0.0
    assert share.notna().sum().sum() == 1


def test_the_window_may_start_within_an_hour() -> None:
    """Only the observed part of an hour counts."""
    start = pd.Timestamp(MONDAY) + pd.Timedelta("7min")
    share = week_occupancy(periods((7, 30)), start=start, end=start + pd.Timedelta("46min"))
    assert share.loc[0, 0] == 0.5


def test_accounts_are_averaged() -> None:
    """One of two people busy is half a busy hour."""
    frame = periods((0, 60), (60, 120))
    frame.insert(0, "account", ["ann", "bob"])
    share = week_occupancy(frame, start=pd.Timestamp(MONDAY), end=pd.Timestamp(MONDAY) + pd.Timedelta("2h"))
    assert share.loc[0, [0, 1]].tolist() == [0.5, 0.5]


def test_rows_that_take_no_time_do_not_count() -> None:
    """Free, transparent, deleted, cancelled, declined and empty rows; tentative ones by choice."""
    timed = {"calendar_id": "c", "start": "2026-03-02T09:00:00Z", "end": "2026-03-02T10:00:00Z"}
    rows = [
        {**timed, "event_uid": "plain"},
        {**timed, "event_uid": "tentative", "participation_status": "tentative"},
        {**timed, "event_uid": "transparent", "transparency": "transparent"},
        {**timed, "event_uid": "declined", "participation_status": "declined"},
        {**timed, "event_uid": "cancelled", "status": "cancelled"},
        {**timed, "event_uid": "deleted", "deleted": True},
        {**timed, "event_uid": "empty", "end": timed["start"]},
        {"calendar_id": "c", "event_uid": "tombstone", "deleted": True},
    ]
    events = decode([json.dumps({"events": rows}).encode()], EVENTS, rows="events")
    assert set(busy_rows(events)["event_uid"]) == {"plain", "tentative"}
    assert set(busy_rows(events, tentative=False)["event_uid"]) == {"plain"}
    states = [{**timed, "free_busy_status": state} for state in ("busy", "tentative", "free", "unknown")]
    busy = decode([json.dumps({"free_busy": states}).encode()], FREE_BUSY, rows="free_busy")
    assert busy_rows(busy)["free_busy_status"].tolist() == ["busy", "tentative"]
    assert busy_rows(busy, tentative=False)["free_busy_status"].tolist() == ["busy"]
