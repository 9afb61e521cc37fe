"""Shares of busy time, against minute by minute and against staircase."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
import staircase as sc
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from cronofy_frames.frames.reading import read_free_busy
from cronofy_frames.intervals.operations import busy, gaps
from cronofy_frames.intervals.shares import occupancy
from tests.brute_intervals import NIGHTS, Night, busy_frame, covered_minutes, instant, office_clients, shares

# what a warning says of frames without attrs has tests of its own, in tests/intervals/test_observation.py
pytestmark = pytest.mark.filterwarnings("ignore::cronofy_frames.intervals.observation.AssumedWarning")

LENGTH = 2160

nights = st.sampled_from(NIGHTS)
spans = st.lists(
    st.tuples(st.integers(0, LENGTH), st.integers(0, 300)).map(lambda pair: (pair[0], sum(pair))), max_size=12
)
windows = st.tuples(st.integers(0, LENGTH - 1), st.integers(1, LENGTH)).map(
    lambda pair: range(pair[0], min(sum(pair), LENGTH))
)


def midnight(wall: datetime) -> datetime:
    """Return the midnight before a time."""
    return datetime(wall.year, wall.month, wall.day)


LABELS: dict[tuple[str | tuple[str, ...], str], Callable[[datetime], Any]] = {
    (("weekday", "hour"), "1h"): lambda wall: (wall.weekday(), wall.hour),
    (("weekday", "hour"), "15min"): lambda wall: (wall.weekday(), wall.hour),
    (("hour", "weekday"), "6h"): lambda wall: (wall.hour // 6 * 6, wall.weekday()),
    (("weekday", "time"), "20min"): lambda wall: (wall.weekday(), f"{wall.hour:02}:{wall.minute // 20 * 20:02}"),
    (("date", "hour"), "1h"): lambda wall: (midnight(wall), wall.hour),
    ("date", "1D"): midnight,
    (("week", "weekday"), "1h"): lambda wall: (midnight(wall) - timedelta(days=wall.weekday()), wall.weekday()),
    (("month", "date", "weekday"), "1h"): lambda wall: (midnight(wall).replace(day=1), midnight(wall), wall.weekday()),
    ("time", "30min"): lambda wall: f"{wall.hour:02}:{wall.minute // 30 * 30:02}",
    (("hour", "time"), "90min"): lambda wall: (
        (wall.hour * 60 + wall.minute) // 90 * 90 // 60,
        "{:02}:{:02}".format(*divmod((wall.hour * 60 + wall.minute) // 90 * 90, 60)),
    ),
    ("month", "1h"): lambda wall: midnight(wall).replace(day=1),
}
"""What tells cells apart, and the label of a time by plain means."""


def hours_by_label(cells: pd.DataFrame, names: list[str]) -> dict[Any, tuple[float, float]]:
    """Return busy and observed hours for each label, dates as days."""
    # where midnight does not exist a date stands at the first instant of its day
    dates = {
        name: cells[name].dt.tz_localize(None).dt.normalize() for name in ("date", "week", "month") if name in names
    }
    rows = cells.assign(**dates)[[*names, "busy_hours", "observed_hours"]].itertuples(index=False, name=None)
    return {(tuple(key) if len(names) > 1 else key[0]): (taken, observed) for *key, taken, observed in rows if observed}


@settings(max_examples=100)
@given(nights, spans, windows, st.sampled_from(list(LABELS)))
def test_each_cell_has_its_share(
    night: Night, given_spans: list[tuple[int, int]], window: range, cell: tuple[Any, str]
) -> None:
    """Busy and observed hours are the same as counted by minutes, for any cells and zone, also when clocks change."""
    by, freq = cell
    names = [by] if isinstance(by, str) else list(by)
    result = occupancy(
        busy_frame(night, given_spans),
        by=by,
        freq=freq,
        start=instant(night, window.start),
        end=instant(night, window.stop),
    )
    expected = shares(night, covered_minutes(given_spans), window, LABELS[cell])
    ours = hours_by_label(result, names)
    assert set(ours) == set(expected)
    assert all(ours[label] == pytest.approx(expected[label]) for label in expected)
    assert not result.duplicated(names).any()
    assert_frame_equal(result, result.sort_values(names, ignore_index=True))
    assert (result["share"].isna() == (result["observed_hours"] == 0)).all()
    assert result["share"].dropna().between(0, 1).all()


@settings(max_examples=40)
@given(nights, spans, windows, st.sampled_from([("weekday", "hour"), "date", ("week", "time"), None]))
def test_hours_add_up_to_busy(night: Night, given_spans: list[tuple[int, int]], window: range, by: Any) -> None:
    """For any cells, busy hours add up to the union and observed hours to the window."""
    bounds = instant(night, window.start), instant(night, window.stop)
    frame = busy_frame(night, given_spans)
    result = occupancy(frame, by=by, start=bounds[0], end=bounds[1])
    taken = busy(frame)
    hours = (taken["end"].clip(*bounds) - taken["start"].clip(*bounds)).sum() / pd.Timedelta("1h")
    assert result["busy_hours"].sum() == pytest.approx(hours)
    assert result["observed_hours"].sum() == pytest.approx(len(window) / 60)


@settings(max_examples=25)
@given(spans)
def test_staircase_says_the_same(given_spans: list[tuple[int, int]]) -> None:
    """The staircase library computes the same means, hour by hour."""
    night = NIGHTS[0]
    result = occupancy(
        busy_frame(night, given_spans), by=("date", "hour"), start=instant(night, 0), end=instant(night, LENGTH)
    )
    taken = sc.Stairs(start=[start for start, _ in given_spans], end=[end for _, end in given_spans]) > 0
    theirs = taken.slice(list(range(0, LENGTH + 1, 60))).mean()
    np.testing.assert_allclose(result["share"].dropna(), theirs, atol=1e-12)


@settings(max_examples=25)
@given(nights, st.lists(st.tuples(st.sampled_from("abc"), spans), min_size=1, max_size=5), windows)
def test_groups_are_measured_on_their_own(
    night: Night, rows: list[tuple[str, list[tuple[int, int]]]], window: range
) -> None:
    """The cells of a group count its rows only; without accounts in by= shares are the mean of the accounts."""
    flat = [(name, span) for name, own in rows for span in [*own, (0, 0)]]
    frame = busy_frame(night, [span for _, span in flat])
    names = [name for name, span in sorted(flat, key=lambda row: row[1][0])]
    bounds: dict[str, Any] = {"start": instant(night, window.start), "end": instant(night, window.stop)}
    each = occupancy(frame.assign(team=names), by=("team", "weekday", "hour"), **bounds)
    assert each["team"].unique().tolist() == sorted(set(names))
    for name, own in each.groupby("team"):
        alone = occupancy(frame[np.array(names) == name], **bounds)
        assert_frame_equal(own.drop(columns="team").reset_index(drop=True), alone)
    common_spans = occupancy(frame.assign(account=names), **bounds)
    mean = each.groupby(["weekday", "hour"])["share"].mean()
    np.testing.assert_allclose(common_spans["share"], mean, atol=1e-12)
    assert common_spans["busy_hours"].sum() == pytest.approx(each["busy_hours"].sum())


def test_the_nights_the_clocks_change() -> None:
    """A skipped hour was not observed; a repeated one was observed for two hours."""
    for day, hour, observed in (("2026-03-29", 1, 0), ("2026-10-25", 1, 2)):
        start = pd.Timestamp(day, tz="Europe/London")
        frame = pd.DataFrame({"start": [start + pd.Timedelta("1h")], "end": [start + pd.Timedelta("2h")]})
        result = occupancy(frame, start=start, end=start + pd.DateOffset(days=1)).set_index(["weekday", "hour"])
        assert result.loc[(6, hour), "observed_hours"] == observed
        assert result["observed_hours"].sum() == 24 - 1 + observed
    assert result.loc[(6, 1), "share"] == 0.5


def test_clocks_that_jump_at_one_past_midnight() -> None:
    """On 11 March 2007 St. John's had one minute of hour 0 and 59 of hour 1."""
    start = pd.Timestamp("2007-03-11", tz="America/St_Johns")
    frame = pd.DataFrame({"start": [start], "end": [start + pd.Timedelta("2h")]})
    result = occupancy(frame, by="hour", start=start, end=start + pd.Timedelta("2h"))
    assert (result["observed_hours"].head(4) * 60).round(6).tolist() == [1, 59, 60, 0]


def test_what_was_not_observed_is_not_free() -> None:
    """Hours outside the window are NaN, free hours in it are 0, and all hours have a row."""
    result = occupancy(busy_frame(NIGHTS[0], []), start="2026-03-02", end="2026-03-02 00:30")
    assert len(result) == 168
    assert result["share"].dropna().tolist() == [0.0]
    assert result["observed_hours"].sum() == 0.5


def test_all_day_rows_are_days_of_the_zone() -> None:
    """An all-day row fills its weekday in any zone, or is ignored."""
    frame = busy_frame(NIGHTS[0], [(datetime(2026, 3, 3).date(), datetime(2026, 3, 4).date())])
    for tz in ("UTC", "Asia/Tokyo", "America/Havana"):
        result = occupancy(frame, by="weekday", tz=tz, start="2026-03-02", end="2026-03-09")
        assert result["share"].tolist() == [0, 1, 0, 0, 0, 0, 0]
    ignored = occupancy(frame, by="weekday", start="2026-03-02", end="2026-03-09", all_day="ignore")
    assert ignored["share"].sum() == 0


def test_accounts_without_rows_are_averaged_too() -> None:
    """One of two accounts busy is a share of a half; a third account without rows makes it a third."""
    frame = busy_frame(NIGHTS[0], [(720, 780), (780, 840)])
    frame.insert(0, "account", pd.Series(["ann", "bob"], dtype="str"))
    monday: dict[str, Any] = {"start": "2026-03-02", "end": "2026-03-02 02:00"}
    assert occupancy(frame, **monday)["share"].dropna().tolist() == [0.5, 0.5]
    frame.attrs["cronofy"] = {"accounts": {"ann": {}, "bob": {}, "cy": {}}}
    assert occupancy(frame, **monday)["share"].dropna().tolist() == pytest.approx([1 / 3, 1 / 3])
    assert occupancy(frame, **monday)["observed_hours"].sum() == 6
    own = occupancy(frame, by="account", **monday)
    assert own[["account", "share"]].to_numpy().tolist() == [["ann", 0.5], ["bob", 0.5], ["cy", 0.0]]
    nothing_busy = occupancy(frame.iloc[:0], **monday)
    assert nothing_busy["share"].dropna().tolist() == [0.0, 0.0]
    nothing_busy.attrs.clear()
    frame.attrs.clear()
    assert occupancy(frame.iloc[:0], **monday)["share"].isna().all()


def test_accounts_are_averaged_within_their_group() -> None:
    """A team's share is the mean of those who have rows in it."""
    frame = busy_frame(NIGHTS[0], [(720, 780), (720, 780), (720, 750)])
    frame = frame.assign(account=["ann", "bob", "cy"], team=["x", "y", "y"])
    result = occupancy(frame, by="team", start="2026-03-02", end="2026-03-02 01:00")
    assert result["share"].tolist() == [1.0, 0.75]
    assert result["observed_hours"].tolist() == [1.0, 2.0]


def test_missing_groups_are_measured_as_one() -> None:
    """Rows with a missing key are measured as the last group."""
    frame = busy_frame(NIGHTS[0], [(720, 780), (720, 750)]).assign(team=pd.Series([None, "x"], dtype="str"))
    result = occupancy(frame, by="team", start="2026-03-02", end="2026-03-02 01:00")
    assert result["share"].tolist() in ([0.5, 1.0], [1.0, 0.5])
    assert result["team"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("by", "freq", "dtypes"),
    [
        (("weekday", "hour"), "1h", ["int64", "int64"]),
        (("calendar_id", "date", "time"), "30min", ["str", "datetime64[us, UTC]", "str"]),
        (("week", "month"), "1h", ["datetime64[us, UTC]", "datetime64[us, UTC]"]),
        (None, "1h", []),
    ],
)
def test_dtypes_do_not_depend_on_the_data(by: Any, freq: str, dtypes: list[str]) -> None:
    """Empty and full results have the same dtypes; without groups also the same rows."""
    options: dict[str, Any] = {"by": by, "freq": freq, "start": "2026-03-02", "end": "2026-03-09"}
    full, empty = (occupancy(busy_frame(NIGHTS[0], rows), **options) for rows in ([(720, 780)], []))
    assert full.dtypes.astype(str).tolist() == [*dtypes, "float64", "float64", "float64"]
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()
    assert len(empty) == (0 if by and "calendar_id" in by else len(full))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"freq": "7h"}, "divides a day"),
        ({"freq": "90s"}, "divides a day"),
        ({"freq": "W"}, "divides a day"),
        ({"freq": "2D"}, "divides a day"),
        ({"freq": "often"}, "divides a day"),
        ({"freq": "0h"}, "divides a day"),
        ({"by": "weekdays"}, "choose from weekday"),
        ({"by": ("weekday", "end")}, "by='end' is not a column"),
        ({"start": "0002-02-01", "end": "9998-02-01"}, "years has too many cells"),
        ({"start": "2026-03-02", "end": "2026-03-01"}, "must be after start"),
        ({}, "give start= and end="),
    ],
)
def test_invalid_arguments_are_refused(options: dict[str, Any], message: str) -> None:
    """The message names the argument and the values it takes."""
    with pytest.raises(ValueError, match=message):
        occupancy(busy_frame(NIGHTS[0], []), **options)


def test_too_many_cells_are_refused_before_they_are_made() -> None:
    """A thousand groups times every quarter of an hour of a year: the message says how to narrow."""
    frame = busy_frame(NIGHTS[0], [(0, 1)] * 1000).assign(room=np.arange(1000))
    with pytest.raises(ValueError, match=r"35,040,000 cells are too many: .*, or group by fewer than \['room'"):
        occupancy(frame, by=("room", "date", "time"), freq="15min", start="2026-01-01", end="2027-01-01")


def test_frequencies_have_several_forms() -> None:
    """A bare unit, a pandas offset and a timedelta mean the same hour."""
    frame, bounds = busy_frame(NIGHTS[0], [(720, 730)]), {"start": "2026-03-02", "end": "2026-03-03"}
    expected = occupancy(frame, freq="1h", by="time", **bounds)
    for freq in ("h", "60min", pd.Timedelta("1h")):
        assert_frame_equal(occupancy(frame, freq=freq, by="time", **bounds), expected)


def test_shares_of_gaps_and_busy_time_add_up_to_one() -> None:
    """Gaps record their window, so their share and that of busy time add up to one."""
    frame, bounds = busy_frame(NIGHTS[2], [(30, 100), (700, 1800)]), {"start": "2026-03-28", "end": "2026-03-31"}
    both = occupancy(frame, **bounds)["share"] + occupancy(gaps(frame, **bounds))["share"]
    np.testing.assert_allclose(both.dropna(), 1.0)
    assert both.notna().sum() == 71


def test_an_office_counted_by_hand() -> None:
    """For five people and a week, shares are the same as counted by minutes."""
    clients = office_clients()
    frame = read_free_busy(clients, "2026-03-02", "2026-03-09", tz="Europe/London")
    start = pd.Timestamp("2026-03-02", tz="Europe/London")
    minutes: dict[str, set[int]] = {name: set() for name in clients}
    for row in frame.to_dict("records"):
        if row["free_busy_status"] in ("busy", "tentative"):
            first, last = (int((row[name] - start).total_seconds() // 60) for name in ("start", "end"))
            minutes[row["account"]].update(range(max(first, 0), min(last, 7 * 1440)))
    table = occupancy(frame).pivot(index="weekday", columns="hour", values="share")
    for weekday in range(7):
        for hour in range(24):
            begin = weekday * 1440 + hour * 60
            taken = [len(own.intersection(range(begin, begin + 60))) / 60 for own in minutes.values()]
            assert table.loc[weekday, hour] == pytest.approx(sum(taken) / len(clients))
    assert table.to_numpy().max() > 0.3


def test_results_are_right_across_blocks() -> None:
    """Five hundred people who are busy all year are busy in every hour of it."""
    frame = pd.DataFrame({"account": [f"{n:03}" for n in range(500)]})
    frame["start"] = pd.Timestamp("2025-12-01", tz="Europe/London")
    frame["end"] = pd.Timestamp("2027-01-01", tz="Europe/London")
    result = occupancy(frame, by=("account", "weekday", "hour"), start="2026-01-01", end="2027-01-01")
    assert (result["share"] == 1).all()
    assert result["busy_hours"].sum() == 500 * 365 * 24


def test_many_intervals_add_up() -> None:
    """200,000 intervals of 1,000 accounts over five years: the shares of cells have the hours of the unions."""
    random = np.random.default_rng(7)
    count = 200_000
    minute = np.sort(random.integers(0, 5 * 365 * 1440, count)) + 26_297_280
    start = pd.DatetimeIndex((minute * 60_000_000).view("M8[us]"), tz="UTC").tz_convert("Europe/London")
    frame = pd.DataFrame(
        {
            "account": pd.Series(random.integers(0, 1000, count)).astype("str"),
            "start": start,
            "end": start + pd.to_timedelta(random.integers(1, 240, count), unit="min").as_unit("us"),
        }
    )
    union = busy(frame, by="account")
    cells = occupancy(frame, by=("account", "weekday", "hour"))
    assert len(cells) == 1000 * 7 * 24
    assert cells["busy_hours"].sum() == pytest.approx((union["end"] - union["start"]).sum() / pd.Timedelta("1h"))
