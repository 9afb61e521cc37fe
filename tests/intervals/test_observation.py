"""Which time and which accounts a frame covers, and what analysis says where it does not know."""

import warnings
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import cronofy_frames as cf
from cronofy_frames.intervals.observation import AssumedWarning
from cronofy_frames.sandbox import Sandbox
from tests.brute_measures import compare_intervals
from tests.event_rows import event, events

WINDOW = {"start": "2026-03-02", "end": "2026-03-09"}
ROWS = events(
    event("2026-03-03 09:00", "2026-03-03 10:00", account="ann"),
    event("2026-03-05 09:00", "2026-03-05 10:00", account="bob"),
)
TEAMS = pd.DataFrame({"status": ["confirmed", "tentative"], "team": ["x", "y"]})
EXTRA = events(event("2026-03-03 09:00", "2026-03-03 10:00"))
ANALYSES: dict[str, Callable[..., Any]] = {
    "gaps": lambda frame, **options: cf.gaps(frame, by="account", **options),
    "common_free": lambda frame, **options: cf.common_free(frame, duration="1h", **options),
    "occupancy": cf.occupancy,
    "time_use": cf.time_use,
    "plot_heatmap": cf.plot_heatmap,
    "plot_days": cf.plot_days,
    "plot_days in working hours": lambda frame, **options: cf.plot_days(
        frame, working_hours=("09:00", "17:00"), **options
    ),
    "plot_timeline": cf.plot_timeline,
}


@pytest.mark.parametrize("name", ANALYSES)
def test_an_unknown_window_is_assumed_with_one_warning(name: str) -> None:
    """Analysis of a frame without attrs warns once, and says which window and accounts it assumed."""
    with pytest.warns(AssumedWarning) as warned:
        ANALYSES[name](ROWS)
    assert len(warned) == 1
    text = str(warned[0].message)
    for part in ("2026-03-03 09:00", "2026-03-05 10:00", "ann, bob", "start=, end= and accounts=", "cf.concat"):
        assert part in text
    assert warned[0].filename == __file__


@pytest.mark.parametrize("name", ANALYSES)
def test_arguments_say_what_was_read(name: str) -> None:
    """With start, end and accounts nothing is assumed."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ANALYSES[name](ROWS, **WINDOW, accounts=["ann", "bob", "cy"])
    assert [str(warning.message) for warning in caught] == []


@pytest.mark.parametrize("name", ANALYSES)
def test_rows_of_other_accounts_are_refused(name: str) -> None:
    """Accounts are all accounts: rows of another one are neither dropped nor counted in silence."""
    with pytest.raises(ValueError, match="does not have bob"):
        ANALYSES[name](ROWS, **WINDOW, accounts="ann")


@pytest.mark.parametrize("function", [cf.busy, cf.conflicts, cf.concurrency])
def test_bounds_cut_and_accounts_are_checked(function: Callable[..., pd.DataFrame]) -> None:
    """What needs no window takes one: time outside is left out, without a warning by default."""
    twice = events(event("2026-03-03 09:00", "2026-03-03 11:00"), event("2026-03-03 09:00", "2026-03-03 11:00"))
    assert (function(twice)["end"] - function(twice)["start"]).sum() == pd.Timedelta("2h")
    part = function(twice, start="2026-03-03 10:30", end="2026-03-03 10:45")
    assert (part["end"] - part["start"]).sum() == pd.Timedelta("15min")
    assert not len(function(twice, start="2026-03-04"))
    with pytest.raises(ValueError, match="does not have bob"):
        function(ROWS, accounts=["ann"])


@pytest.mark.parametrize("seed", range(12))
def test_random_calendars_with_unread_time(seed: int) -> None:
    """Free time, common time and shares are as counted minute by minute, also where accounts have other windows."""
    compare_intervals(seed)


def test_accounts_without_rows_count() -> None:
    """A share of two accounts of which one has no rows is half as much, and that account is free."""
    rows = ROWS[ROWS["account"] == "ann"]
    alone, both = (
        cf.occupancy(rows, by=None, **WINDOW, accounts=labels)["share"].iloc[0] for labels in ("ann", ["ann", "bob"])
    )
    assert both == alone / 2 == 1 / 168 / 2
    free = cf.gaps(rows, **WINDOW, by="account", accounts=["ann", "bob"])
    assert free[free["account"] == "bob"]["end"].iloc[0] - free[free["account"] == "bob"]["start"].iloc[0] == (
        pd.Timedelta("7D")
    )
    assert cf.time_use(rows, **WINDOW, accounts=["ann", "bob"], metrics="focus_hours")["focus_hours"].tolist() == [80]


def test_accounts_need_a_column() -> None:
    """Accounts of a frame without that column are an error that says how to get it."""
    with pytest.raises(ValueError, match="mapping label -> client"):
        cf.occupancy(ROWS.drop(columns="account"), **WINDOW, accounts=["ann"])


@pytest.mark.parametrize("lose", [lambda frame: pd.concat([frame, EXTRA]), lambda frame: frame.merge(TEAMS)])
def test_a_lost_window_changes_no_number_in_silence(client: cf.Client, lose: Any) -> None:
    """After concat or merge the share of the same rows is of another window, and a warning says so."""
    read = cf.read_events(client, "2026-03-02", "2026-03-09")
    known = cf.occupancy(read, by=None)["observed_hours"].iloc[0]
    with pytest.warns(AssumedWarning, match="assumed: start"):
        lost = cf.occupancy(lose(read), by=None)["observed_hours"].iloc[0]
    assert known == 168 > lost
    again = cf.occupancy(lose(read), by=None, start="2026-03-02", end="2026-03-09")
    assert again["observed_hours"].iloc[0] == 168


def test_time_that_was_not_read_is_not_free(client: cf.Client) -> None:
    """Bounds beyond the read warn, and what lies outside is neither free nor busy."""
    read = cf.read_events(client, "2026-03-02", "2026-03-09")
    with pytest.warns(AssumedWarning, match="read from 2026-03-02 00:00 to 2026-03-09 00:00 UTC"):
        free = cf.gaps(read, "2026-03-01", "2026-04-01")
    assert free["start"].min() >= pd.Timestamp("2026-03-02", tz="UTC")
    assert free["end"].max() == pd.Timestamp("2026-03-09", tz="UTC")
    with pytest.warns(AssumedWarning, match="not known"):
        assert cf.occupancy(read, by="week", start="2026-03-02", end="2026-03-16")["observed_hours"].tolist() == [
            168,
            0,
        ]


def test_a_column_of_one_account_needs_no_labels(client: cf.Client) -> None:
    """A frame of one client with a column account of one label is known."""
    read = cf.read_events(client, "2026-03-02", "2026-03-09").assign(account="ann")
    assert cf.time_use(read, by="account")["account"].tolist() == ["ann"]


def test_results_keep_the_accounts_given() -> None:
    """The attrs of a result have the accounts, so that an analysis of the result knows them."""
    rows = ROWS[ROWS["account"] == "ann"]
    free = cf.gaps(rows, **WINDOW, by="account", accounts=["ann", "bob"])
    assert set(free.attrs["cronofy"]["accounts"]) == {"ann", "bob"}
    assert cf.occupancy(free[free["account"] == "ann"], by="account")["account"].nunique() == 2


def test_quality_names_a_frame_of_unknown_window() -> None:
    """Quality has a finding for rows that do not say what was read, and none where arguments say it."""
    report = cf.quality(ROWS)
    assert report.loc[report["check"] == "unknown_read", "message"].str.contains(
        "start=, end=, accounts="
    ).tolist() == [True]
    assert "unknown_read" not in cf.quality(ROWS, **WINDOW, accounts=["ann", "bob"])["check"].tolist()
    assert len(cf.quality_rows(ROWS, "unknown_read")) == 0


def test_reads_without_bounds_are_known(box: Sandbox) -> None:
    """A read of the default window, 42 days back and 201 ahead, needs no arguments."""
    ann = cf.connect(sandbox=box)
    hours = cf.occupancy(cf.read_free_busy({"ann": ann, "bob": ann}), by="account")["observed_hours"]
    assert hours.nunique() == 1
    assert hours.iloc[0] == (42 + 201) * 24
