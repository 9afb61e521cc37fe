"""Busy time, gaps, conflicts and common time, against minute by minute and against staircase."""

import json
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
import staircase as sc
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from cronofy_frames.frames.reading import read_events, read_free_busy
from cronofy_frames.intervals.observation import micro
from cronofy_frames.intervals.operations import busy, common_free, gaps
from cronofy_frames.intervals.overlapping import concurrency, conflicts
from cronofy_frames.intervals.spans import Spans, common_stretches, complement, union
from tests.brute_intervals import (
    NIGHTS,
    Night,
    busy_frame,
    common_spans,
    concurrency_steps,
    covered_minutes,
    instant,
    minute_of,
    office_clients,
    runs,
    spans_of,
    working_minutes,
)

# what a warning says of frames without attrs has tests of its own, in tests/intervals/test_observation.py
pytestmark = pytest.mark.filterwarnings("ignore::cronofy_frames.intervals.observation.AssumedWarning")

LENGTH = 2160
PEOPLE = ["ann", "bob", "cy", "dee"]
NINE_TO_FIVE = {day: [(540, 1020)] for day in range(5)}

nights = st.sampled_from(NIGHTS)
spans = st.lists(
    st.tuples(st.integers(0, LENGTH), st.integers(0, 300)).map(lambda pair: (pair[0], min(sum(pair), LENGTH))),
    max_size=12,
)
crowds = st.lists(st.tuples(st.sampled_from(PEOPLE), spans), max_size=6)


def crowd(night: Night, rows: list[tuple[str, list[tuple[int, int]]]]) -> tuple[pd.DataFrame, dict[str, set[int]]]:
    """Return the busy periods of several people, and each one's minutes."""
    flat = [(name, span) for name, own in rows for span in own]
    frame = busy_frame(night, [span for _, span in flat])
    # decoding sorts by start, and ties as they came
    names = [name for name, span in sorted(flat, key=lambda row: row[1][0])]
    frame.insert(0, "account", pd.Series(names, dtype="str"))
    minutes = {
        name: covered_minutes(span for label, span in flat if label == name) for name in {label for label, _ in flat}
    }
    return frame, minutes


def window(night: Night, start: int = 0, end: int = LENGTH) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return two minutes as bounds."""
    return instant(night, start), instant(night, end)


@settings(max_examples=40)
@given(nights, crowds)
def test_busy_is_what_any_row_covers(night: Night, rows: list[tuple[str, list[tuple[int, int]]]]) -> None:
    """Overlaps count once, and results neither overlap nor touch; with by= each account is merged on its own."""
    frame, minutes = crowd(night, rows)
    assert spans_of(night, busy(frame)) == runs(set().union(*minutes.values()))
    each = busy(frame, by="account")
    assert each["account"].is_monotonic_increasing
    for name, own in minutes.items():
        assert spans_of(night, each[each["account"] == name]) == runs(own)


@settings(max_examples=30)
@given(nights, crowds, st.sampled_from([None, "account"]))
def test_busy_of_busy_is_busy(night: Night, rows: list[tuple[str, list[tuple[int, int]]]], by: str | None) -> None:
    """A second call finds nothing to merge."""
    once = busy(crowd(night, rows)[0], by=by)
    assert_frame_equal(busy(once, by=by), once)


@settings(max_examples=40)
@given(nights, crowds, st.tuples(st.integers(0, LENGTH - 1), st.integers(1, 600)))
def test_busy_and_gaps_are_the_window(
    night: Night, rows: list[tuple[str, list[tuple[int, int]]]], within: tuple[int, int]
) -> None:
    """Busy time and gaps together cover the window once, for each group."""
    frame, minutes = crowd(night, rows)
    start, end = within[0], min(sum(within), LENGTH)
    bounds = window(night, start, end)
    assert spans_of(night, gaps(frame, *bounds)) == runs(set(range(start, end)) - set().union(*minutes.values()))
    taken, free = busy(frame, by="account"), gaps(frame, *bounds, by="account")
    assert set(free["account"]) <= set(frame["account"])
    for name in minutes:
        own = taken[taken["account"] == name].assign(
            start=lambda rows: rows["start"].clip(*bounds), end=lambda rows: rows["end"].clip(*bounds)
        )
        parts = pd.concat([own[own["end"] > own["start"]], free[free["account"] == name]]).sort_values("start")
        assert spans_of(night, parts)[0][0] == start
        assert spans_of(night, parts)[-1][1] == end
        assert all(earlier[1] == later[0] for earlier, later in pairwise(spans_of(night, parts)))


@settings(max_examples=40)
@given(nights, spans, st.integers(1, 200))
def test_gaps_within_working_hours(night: Night, given_spans: list[tuple[int, int]], length: int) -> None:
    """Gaps are the free time within working hours in local time; shorter ones can be left out."""
    frame = busy_frame(night, given_spans)
    free = working_minutes(night, NINE_TO_FIVE, range(LENGTH)) - covered_minutes(given_spans)
    result = gaps(frame, *window(night), working_hours=("09:00", "17:00"))
    assert spans_of(night, result) == runs(free)
    long = gaps(frame, *window(night), working_hours=("09:00", "17:00"), min_length=pd.Timedelta(minutes=length))
    assert spans_of(night, long) == [span for span in runs(free) if span[1] - span[0] >= length]


@settings(max_examples=40)
@given(nights, crowds)
def test_conflicts_are_all_pairs_that_overlap(night: Night, rows: list[tuple[str, list[tuple[int, int]]]]) -> None:
    """Every pair of a group once, the earlier first, with the minutes that both cover; touching is no overlap."""
    frame, _ = crowd(night, rows)
    frame.index = pd.Index([f"row {n}" for n in range(len(frame))], dtype="str")
    at = dict(zip(frame.index, spans_of(night, frame), strict=True))
    result = conflicts(frame, by="account")
    expected = {
        (first_row, second_row): max(
            0, min(at[first_row][1], at[second_row][1]) - max(at[first_row][0], at[second_row][0])
        )
        for first_row, second_row in combinations(frame.index, 2)
        if frame.at[first_row, "account"] == frame.at[second_row, "account"]
    }
    pairs = dict(zip(zip(result["first"], result["second"], strict=True), result["minutes"], strict=True))
    assert pairs == {pair: shared for pair, shared in expected.items() if shared}
    assert len(result) == len(pairs)
    for first, second, span in zip(result["first"], result["second"], spans_of(night, result), strict=True):
        assert span == (max(at[first][0], at[second][0]), min(at[first][1], at[second][1]))
        assert at[first][0] <= at[second][0]


@settings(max_examples=40)
@given(nights, crowds)
def test_concurrency_is_how_many_at_once(night: Night, rows: list[tuple[str, list[tuple[int, int]]]]) -> None:
    """Steps are as long as possible and never 0; with by= each account is counted on its own."""
    frame, minutes = crowd(night, rows)
    flat = [span for _, own in rows for span in own]
    steps = concurrency(frame)
    assert [(*span, n) for span, n in zip(spans_of(night, steps), steps["count"], strict=True)] == concurrency_steps(
        flat
    )
    each = concurrency(frame, by="account")
    for name in minutes:
        own = each[each["account"] == name]
        assert [(*span, n) for span, n in zip(spans_of(night, own), own["count"], strict=True)] == concurrency_steps(
            span for label, spans_of_label in rows if label == name for span in spans_of_label
        )


@settings(max_examples=40)
@given(nights, crowds, st.integers(1, 4), st.integers(1, 240))
def test_common_free_is_when_enough_of_the_same_are_free(
    night: Night, rows: list[tuple[str, list[tuple[int, int]]]], required: int, length: int
) -> None:
    """Rows are the longest intervals in which the same people are free, with all who are free throughout."""
    frame, minutes = crowd(night, rows)
    free = {name: set(range(LENGTH)) - own for name, own in minutes.items()}
    duration = pd.Timedelta(minutes=length)
    for needed in ("all", min(required, len(free))):
        if not free:
            assert common_free(frame, *window(night), duration=duration).empty
            continue
        result = common_free(frame, *window(night), duration=duration, required=needed or "all")
        names = [tuple(json.loads(text)) for text in result["participants"]]
        expected = common_spans(free, range(LENGTH), len(free) if needed == "all" else needed, length)
        assert [(*span, people) for span, people in zip(spans_of(night, result), names, strict=True)] == expected
        assert result["free"].tolist() == [len(people) for people in names]


@settings(max_examples=40)
@given(st.lists(spans, min_size=1, max_size=4), st.integers(1, 4), st.integers(1, 240), st.integers(1, 20))
def test_common_time_is_the_same_in_small_blocks(
    people: list[list[tuple[int, int]]], required: int, length: int, most: int
) -> None:
    """The number of values processed at once does not change the result."""
    rows = [(group, *span) for group, own in enumerate(people) for span in own]
    taken = union(Spans(*(np.array([row[n] for row in rows], np.int64) for n in range(3))))
    free = complement(taken, len(people), 0, LENGTH)
    needed = min(required, len(people))
    (whole, free_in_whole), (blocks, free_in_blocks) = (
        common_stretches(free, len(people), needed, length, **more) for more in ({}, {"most": most})
    )
    assert whole.start.tolist() == blocks.start.tolist()
    assert whole.end.tolist() == blocks.end.tolist()
    assert free_in_whole.tolist() == free_in_blocks.tolist()


@settings(max_examples=30)
@given(nights, spans, st.integers(1, 240))
def test_one_persons_common_time_is_their_gaps(night: Night, given_spans: list[tuple[int, int]], length: int) -> None:
    """Common free time of a single person is the same as the gaps."""
    frame = busy_frame(night, given_spans or [(0, 1)])
    frame.insert(0, "account", "ann")
    options: dict[str, Any] = {"working_hours": ("08:00", "20:00")}
    duration = pd.Timedelta(minutes=length)
    alone = common_free(frame, *window(night), duration=duration, **options)
    own = gaps(frame, *window(night), min_length=duration, **options)
    assert_frame_equal(alone[["start", "end"]], own)


@settings(max_examples=40)
@given(spans)
def test_staircase_says_the_same(given_spans: list[tuple[int, int]]) -> None:
    """The staircase library counts the same concurrency and the same length of the union."""
    night = NIGHTS[0]
    frame = busy_frame(night, given_spans)
    stairs = sc.Stairs(start=[start for start, _ in given_spans], end=[end for _, end in given_spans])
    taken = busy(frame)
    length = (taken["end"] - taken["start"]).sum()
    assert length == pd.Timedelta(minutes=float((stairs > 0).agg(["integral"], where=(-1, LENGTH + 1))["integral"]))
    steps = concurrency(frame)
    theirs = stairs.to_frame().query("value > 0").itertuples(index=False, name=None)
    assert [(*span, n) for span, n in zip(spans_of(night, steps), steps["count"], strict=True)] == list(theirs)


def test_all_day_rows_are_days_of_the_zone() -> None:
    """An all-day row is its day in the given zone, of 23 hours when clocks go forward; or it is ignored."""
    frame = busy_frame(NIGHTS[0], [(pd.Timestamp("2026-03-08").date(), pd.Timestamp("2026-03-09").date())])
    day = busy(frame, tz="America/Havana")
    assert (day["end"] - day["start"]).tolist() == [pd.Timedelta("23h")]
    assert day["start"].iloc[0] == pd.Timestamp("2026-03-08 01:00", tz="America/Havana")
    assert busy(frame, all_day="ignore").empty
    assert len(conflicts(pd.concat([frame, frame]))) == 0
    assert len(conflicts(pd.concat([frame, frame], ignore_index=True), all_day="busy")) == 1


def test_far_dates_and_many_groups_do_not_mix() -> None:
    """Events until the year 9998 in a thousand groups do not overflow into each other."""
    count = 1000
    start = pd.DatetimeIndex(np.repeat(np.array(["0002-02-01"], "M8[us]"), count), tz="UTC")
    end = pd.DatetimeIndex(np.repeat(np.array(["9998-02-01"], "M8[us]"), count), tz="UTC")
    frame = pd.DataFrame({"account": [f"{n:04}" for n in range(count)], "start": start, "end": end})
    assert len(busy(pd.concat([frame, frame]), by="account")) == count
    assert concurrency(pd.concat([frame, frame]), by="account")["count"].unique().tolist() == [2]
    assert len(conflicts(pd.concat([frame, frame], ignore_index=True), by="account")) == count
    assert gaps(frame, "2026-01-01", "2027-01-01", by="account").empty
    assert len(gaps(frame, "9998-01-01", "9998-03-01", by="account", working_hours=("09:00", "17:00"))) == count * 20


def test_more_groups_than_short_integers_hold() -> None:
    """More than 65,536 groups stay separate."""
    group = np.arange(70_000)[::-1].copy()
    merged = union(Spans(np.append(group, group), np.zeros(140_000, np.int64), np.full(140_000, 5)))
    assert np.array_equal(merged.group, np.arange(70_000))


def test_conflicts_name_the_rows() -> None:
    """Rows are named by label and summary; three overlapping rows are three pairs; a MultiIndex gives tuples."""
    frame = busy_frame(NIGHTS[0], [(0, 60), (30, 90), (45, 50), (90, 100)]).assign(summary=list("abcd"))
    result = conflicts(frame)
    assert result.columns.tolist() == ["first", "second", "first_summary", "second_summary", "start", "end", "minutes"]
    assert result[["first_summary", "second_summary", "minutes"]].to_numpy().tolist() == [
        ["a", "b", 30.0],
        ["a", "c", 5.0],
        ["b", "c", 5.0],
    ]
    nested = frame.set_index(pd.MultiIndex.from_product([["x", "y"], [1, 2]]))
    assert conflicts(nested)["first"].tolist() == [("x", 1), ("x", 1), ("x", 2)]


def test_too_many_pairs_are_refused_before_they_are_made() -> None:
    """Four thousand overlapping rows are eight million pairs: the message says how to get fewer."""
    frame = busy_frame(NIGHTS[0], [(0, 60)])
    crowded = frame.loc[frame.index.repeat(4000)].reset_index(drop=True)
    with pytest.raises(ValueError, match=r"7,998,000 pairs.*by='account'"):
        conflicts(crowded)
    assert conflicts(crowded.assign(room=np.arange(4000) // 2), by="room")["minutes"].tolist() == [60.0] * 2000


def test_a_week_counted_by_hand() -> None:
    """Results for a realistic week are the same as counted minute by minute."""
    events = read_events(next(iter(office_clients().values())), "2026-03-02", "2026-03-09", tz="Europe/London")
    start = pd.Timestamp("2026-03-02", tz="Europe/London")
    taken, twice = set(), 0
    for row in events.to_dict("records"):
        if row["transparency"] == "transparent" or row["status"] == "cancelled" or row["deleted"]:
            continue
        if row["participation_status"] == "declined":
            continue
        first, last = (int((row[name] - start).total_seconds() // 60) for name in ("start", "end"))
        for minute in range(max(first, 0), min(last, 7 * 1440)):
            twice += minute in taken
            taken.add(minute)
    result = busy(events)
    hours = (result["end"].clip(upper=start + pd.Timedelta("7D")) - result["start"].clip(lower=start)).sum()
    assert hours == pd.Timedelta(minutes=len(taken))
    assert len(taken) > 20 * 60
    assert conflicts(events, all_day="busy")["minutes"].sum() >= twice > 0
    free = gaps(events)
    assert (free["end"] - free["start"]).sum() == pd.Timedelta("7D") - hours


def test_everybody_together() -> None:
    """Common free time of all accounts is time that is in the gaps of each; required=5 of 5 is the same."""
    people = office_clients()
    frame = read_free_busy(people, "2026-03-02", "2026-03-09", tz="Europe/London")
    options: dict[str, Any] = {"working_hours": ("09:00", "17:00")}
    result = common_free(frame, duration="30min", **options)
    assert_frame_equal(result, common_free(frame, duration="30min", required=len(people), **options))
    assert_frame_equal(result[["start", "end"]], gaps(frame, min_length="30min", **options))
    assert result["participants"].unique().tolist() == [json.dumps(sorted(people), separators=(",", ":"))]
    some = common_free(frame, duration="30min", required=2, **options)
    assert (some["end"] - some["start"]).sum() > (result["end"] - result["start"]).sum()
    assert some["free"].between(2, len(people)).all()
    assert set(some["free"]) - {2, len(people)}


def test_each_account_may_have_hours_of_its_own() -> None:
    """With working hours by account, nine to eleven in London and in New York have no hour in common."""
    night = NIGHTS[0]
    frame = busy_frame(night, [(0, 1), (0, 1)])
    frame.insert(0, "account", pd.Series(["ann", "bob"], dtype="str"))
    rules = pd.DataFrame(
        {
            "account": ["ann", "bob", "bob"],
            "tzid": ["Europe/London", "America/New_York", "America/New_York"],
            "day": ["monday", "monday", "tuesday"],
            "start_time": ["09:00", "09:00", "05:00"],
            "end_time": ["11:00", "11:00", "07:00"],
        }
    )
    day = ("2026-03-02", "2026-03-03")
    free = gaps(frame, *day, by="account", working_hours=rules)
    assert free["account"].tolist() == ["ann", "bob"]
    assert free["start"].dt.hour.tolist() == [9, 14]
    assert common_free(frame, *day, duration="30min", working_hours=rules).empty
    later = rules.assign(start_time=["09:00", "05:00", "05:00"])
    assert common_free(frame, *day, duration="30min", working_hours=later)["start"].dt.hour.tolist() == [10]
    with pytest.raises(ValueError, match="rules of several accounts"):
        gaps(frame, *day, working_hours=rules)
    assert len(gaps(frame, *day, working_hours=rules[:1])) == 1


def test_accounts_without_rows_are_free() -> None:
    """An account that was read and has no rows is free for the whole window."""
    frame = busy_frame(NIGHTS[0], [(0, 60)])
    frame.insert(0, "account", pd.Series(["ann"], dtype="str"))
    frame.attrs["cronofy"] = {"accounts": {"ann": {}, "bob": {}}}
    free = gaps(frame, *window(NIGHTS[0], 0, 120), by="account")
    assert free["account"].tolist() == ["ann", "bob"]
    assert spans_of(NIGHTS[0], free) == [(60, 120), (0, 120)]
    result = common_free(frame, *window(NIGHTS[0], 0, 120), duration="10min")
    assert result["participants"].tolist() == ['["ann","bob"]']


def test_people_may_be_identified_by_several_columns() -> None:
    """Then a participant is a list of labels, with null for missing ones."""
    frame = busy_frame(NIGHTS[0], [(0, 60), (0, 30)])
    frame.insert(0, "account", pd.Series(["ann", None], dtype="str"))
    result = common_free(frame, *window(NIGHTS[0], 0, 120), duration="10min", by=["calendar_id", "account"], required=1)
    assert [json.loads(text) for text in result["participants"]] == [[["cal_1", None]]]


EMPTY = busy_frame(NIGHTS[0], [])
BOUNDS = {"start": "2026-03-02", "end": "2026-03-03"}
TIMES = {"start": "datetime64[us, UTC]", "end": "datetime64[us, UTC]"}


@pytest.mark.parametrize(
    ("result", "more"),
    [
        (busy(EMPTY, by="calendar_id"), {"calendar_id": "str"}),
        (gaps(EMPTY, **BOUNDS, by="calendar_id"), {"calendar_id": "str"}),
        (concurrency(EMPTY), {"count": "int64"}),
        (common_free(EMPTY, **BOUNDS, duration="1h", by="calendar_id"), {"free": "int64", "participants": "str"}),
        (conflicts(EMPTY), {"first": "int64", "second": "int64", "minutes": "float64"}),
    ],
    ids=["busy", "gaps", "concurrency", "common_free", "conflicts"],
)
def test_nothing_in_nothing_out(result: pd.DataFrame, more: dict[str, str]) -> None:
    """An empty frame gives an empty result with the usual columns and dtypes."""
    assert result.empty
    assert result.dtypes.astype(str).to_dict() == TIMES | more


def test_dtypes_do_not_depend_on_the_data() -> None:
    """Full and empty results have the same dtypes."""
    frame = busy_frame(NIGHTS[0], [(0, 60), (30, 90)])
    for make in (
        lambda frame: busy(frame, by="calendar_id"),
        lambda frame: gaps(frame, **BOUNDS, by="calendar_id"),
        concurrency,
        lambda frame: common_free(frame, **BOUNDS, duration="1h", by="calendar_id"),
        conflicts,
    ):
        assert make(frame).dtypes.to_dict() == make(EMPTY).dtypes.to_dict()
        assert len(make(frame))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"duration": "soon"}, "duration is a timedelta or text such as '30min'"),
        ({"duration": "-1h"}, "above zero"),
        ({"duration": pd.NaT}, "above zero"),
        ({"duration": "1h", "required": 0}, "a number from 1 to 2"),
        ({"duration": "1h", "required": 3}, "a number from 1 to 2"),
        ({"duration": "1h", "required": "most"}, "not 'most'"),
        ({"duration": "1h", "by": []}, "for one person use gaps"),
        ({"duration": "1h", "by": "acount"}, "choose from account"),
        ({"duration": "1h", "end": "2026-03-01"}, "must be after start"),
    ],
)
def test_invalid_arguments_are_refused(options: dict[str, Any], message: str) -> None:
    """The message names the argument and the values it takes."""
    frame = busy_frame(NIGHTS[0], [(0, 60), (30, 90)])
    frame.insert(0, "account", pd.Series(["ann", "bob"], dtype="str"))
    with pytest.raises(ValueError, match=message):
        common_free(frame, **(BOUNDS | options))


def test_gaps_record_their_window() -> None:
    """The attrs of a result have its window, so that its occupancy is a share of that window."""
    frame = busy_frame(NIGHTS[0], [(0, 60)])
    frame.attrs["cronofy"] = {"endpoint": "free_busy", "tz": "UTC", "start": None, "end": None}
    free = gaps(frame, **BOUNDS)
    assert free.attrs["cronofy"]["start"] == "2026-03-02T00:00:00+00:00"
    assert_frame_equal(gaps(free), gaps(free, **BOUNDS))
    assert minute_of(NIGHTS[0], pd.Timestamp(free.attrs["cronofy"]["end"])) - 720 == 1440
    assert micro(pd.Timestamp("9998-01-01", tz="UTC")) > 2**57
