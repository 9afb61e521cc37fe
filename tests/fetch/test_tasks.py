"""`plan_fetch`: the tasks of a fetch and their minutes."""

from typing import Any

import pandas as pd
import pytest

import cronofy_frames as cf


def test_a_task_for_each_account_and_period() -> None:
    """Edges are midnights of the zone; only the first of an account keeps what began before."""
    tasks = cf.plan_fetch(["ann", "ben"], "2026-03-10", "2026-05-05 12:00", tz="Europe/London", freq="MS")
    assert tasks["account"].tolist() == ["ann"] * 3 + ["ben"] * 3
    assert tasks["start"].astype(str).tolist()[:3] == [
        "2026-03-10 00:00:00+00:00",
        "2026-04-01 00:00:00+01:00",
        "2026-05-01 00:00:00+01:00",
    ]
    assert tasks["end"].tolist()[:2] == tasks["start"].tolist()[1:3]
    assert tasks["end"][2] == pd.Timestamp("2026-05-05 12:00", tz="Europe/London")
    assert tasks["is_first"].tolist() == [True, False, False] * 2
    assert tasks.dtypes.astype(str).to_dict() == {
        "account": "str",
        "start": "datetime64[us, Europe/London]",
        "end": "datetime64[us, Europe/London]",
        "is_first": "bool",
        "requests": "int64",
        "minutes": "float64",
        "done_after": "float64",
    }


def test_midnights_that_do_not_exist_are_the_first_instant_of_the_day() -> None:
    """As everywhere: 26 April 2026 begins at one o'clock in Cairo's zone only in years with that change."""
    tasks = cf.plan_fetch(["ann"], "2026-04-23", "2026-04-26", tz="Africa/Cairo", freq="1D")
    assert tasks["start"].astype(str).tolist() == [
        "2026-04-23 00:00:00+02:00",
        "2026-04-24 01:00:00+03:00",
        "2026-04-25 00:00:00+03:00",
    ]


def test_minutes_are_those_of_the_limit() -> None:
    """Of requests a minute, or of a second where that is less; at least one request for a task."""
    tasks = cf.plan_fetch(["ann", "ben"], "2026-03-01", "2026-03-31", rows_per_day=10, page_size=100, pace=(50, 500))
    assert tasks["requests"].tolist() == [3, 3]
    assert tasks["minutes"].tolist() == [3 / 500] * 2
    assert tasks["done_after"].tolist() == [3 / 500, 6 / 500]
    slow = cf.plan_fetch(["ann"], "2026-03-01", "2026-03-02", pace=(1, 500))
    assert (slow["requests"].tolist(), slow["minutes"].tolist()) == ([1], [1 / 60])
    single = cf.plan_fetch(["ann"], "2026-03-01", "2026-03-02", page_size=1, rows_per_day=2.5)
    assert single["requests"].tolist() == [3]


@pytest.mark.parametrize(
    ("accounts", "options", "text"),
    [
        ([], {}, "at least one account"),
        ("ann", {}, r"a list of labels; for a single account \['ann'\]"),
        (["ann", "Ann"], {}, "'Ann' is listed twice"),
        (["ann", None], {}, "labels, which are texts; not None"),
        ([""], {}, "labels, which are texts"),
        (pd.DataFrame({"name": ["ann"]}), {}, "column account"),
        (["ann"], {"end": "2026-03-01"}, "must be after start"),
        (["ann"], {"end": None}, "give a start and an end"),
        (["ann"], {"freq": "fortnight"}, "pandas frequency"),
        (["ann"], {"freq": "6h"}, "whole days"),
        (["ann"], {"freq": "0D"}, "pandas frequency"),
        (["ann"], {"freq": "-1D"}, "pandas frequency"),
        (["ann"], {"tz": "Europe/Londn"}, "Did you mean"),
        (["ann"], {"rows_per_day": 0}, "above 0"),
        (["ann"], {"rows_per_day": True}, "above 0"),
        (["ann"], {"page_size": 0}, "page_size is a number from 1"),
        (["ann"], {"pace": 5}, "from 1"),
        (["ann"], {"pace": (0.5, 30)}, "from 1"),
        (["ann"], {"pace": ("5", 30)}, "from 1"),
        (["ann"], {"pace": None}, "from 1"),
    ],
)
def test_what_makes_no_sense_is_refused(accounts: Any, options: dict[str, Any], text: str) -> None:
    """With what to give instead."""
    arguments = {"start": "2026-03-01", "end": "2026-04-01", **options}
    with pytest.raises(ValueError, match=text):
        cf.plan_fetch(accounts, **arguments)


def test_accounts_of_a_frame_or_a_mapping() -> None:
    """A column account, as `accounts` returns it, and the keys of clients."""
    frame = pd.DataFrame({"account": ["ann", "ben"], "store": "file"})
    client = cf.connect(sandbox=True)
    of_frame = cf.plan_fetch(frame, "2026-03-01", "2026-04-01")
    pd.testing.assert_frame_equal(of_frame, cf.plan_fetch({"ann": client, "ben": client}, "2026-03-01", "2026-04-01"))
