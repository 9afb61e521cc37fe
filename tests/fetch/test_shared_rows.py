"""Events over the border of two tasks are in a folder once, whichever plans the tasks are of."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

import cronofy_frames as cf
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.wire.client import Client

PLANS = {
    "touching": [("2026-03-02", "2026-03-16"), ("2026-03-16", "2026-04-10")],
    "apart": [("2026-03-02", "2026-03-16"), ("2026-03-18", "2026-04-10")],
    "three": [("2026-03-12", "2026-03-16"), ("2026-03-16", "2026-03-20"), ("2026-03-20", "2026-04-10")],
}


@pytest.fixture(scope="module")
def ann() -> Client:
    """A person with events that span days at the borders of the plans."""
    box = Sandbox(now="2026-03-02T09:00:00Z", seed=1)
    who = str(box.accounts[0].email)
    spans = [((2, 25), (3, 3)), ((3, 10), (3, 25)), ((3, 17), (3, 19)), ((3, 15), (3, 17)), ((3, 16), (3, 18))]
    for number, (first, last) in enumerate(spans):
        box.add_external_event(who, f"span {number}", date(2026, *first), date(2026, *last))
    return cf.connect(sandbox=box, account=who)


def rows_of(ann: Client, windows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the events of windows, each once."""
    frames = [cf.read_events(ann, *window) for window in windows]
    return sorted(set(pd.concat(frames)[["event_uid", "calendar_id"]].itertuples(index=False, name=None)))


def written(folder: Path) -> list[tuple[str, str]]:
    """Return the events of a folder."""
    return sorted(pd.read_parquet(folder)[["event_uid", "calendar_id"]].itertuples(index=False, name=None))


@pytest.mark.parametrize("freq", [None, "7D"])
@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("name", PLANS)
def test_a_folder_grows_by_other_plans(ann: Client, tmp_path: Path, name: str, order: int, freq: str | None) -> None:
    """Later and earlier time is added in any order, and also as one frame."""
    windows = PLANS[name]
    plans = [cf.plan_fetch(["ann"], *window, freq=freq) for window in windows[::order]]
    for plan in plans:
        cf.run_fetch(plan, {"ann": ann}, tmp_path / "grown")
    cf.run_fetch(pd.concat(plans), {"ann": ann}, tmp_path / "whole")
    assert written(tmp_path / "grown") == written(tmp_path / "whole") == rows_of(ann, windows)


def test_a_task_whose_files_are_gone_has_the_same_rows_again(ann: Client, tmp_path: Path) -> None:
    """The rows that an earlier task left to it are in it, too."""
    early, late = (cf.plan_fetch(["ann"], *window) for window in PLANS["touching"])
    cf.run_fetch(late, {"ann": ann}, tmp_path)
    cf.run_fetch(early, {"ann": ann}, tmp_path)
    rows = written(tmp_path)
    for path in tmp_path.rglob("20260316*.parquet"):
        path.unlink()
    report = cf.run_fetch(pd.concat([early, late]), {"ann": ann}, tmp_path)
    assert report["outcome"].tolist() == ["skipped", "done"]
    assert written(tmp_path) == rows


@pytest.mark.parametrize("later_first", [True, False])
def test_no_row_comes_twice_after_files_are_gone_and_another_plan_ran(
    ann: Client, tmp_path: Path, *, later_first: bool
) -> None:
    """The other plan leaves to the task whose files are missing the rows that this task writes again."""
    plans = [cf.plan_fetch(["ann"], *window) for window in PLANS["touching"]]
    first, second = plans[::-1] if later_first else plans
    cf.run_fetch(first, {"ann": ann}, tmp_path)
    for path in tmp_path.rglob("*.parquet"):
        path.unlink()
    cf.run_fetch(second, {"ann": ann}, tmp_path)
    cf.run_fetch(first, {"ann": ann}, tmp_path)
    rows = rows_of(ann, PLANS["touching"])
    assert written(tmp_path) == rows
    for path in tmp_path.rglob("*.parquet"):
        path.unlink()
    for plan in plans:
        cf.run_fetch(plan, {"ann": ann}, tmp_path)
    assert written(tmp_path) == rows


def test_the_time_of_missing_files_may_be_planned_anew(ann: Client, tmp_path: Path) -> None:
    """Tasks of another plan for that time have all its rows, in whichever order they run."""
    early, late = PLANS["touching"]
    cf.run_fetch(cf.plan_fetch(["ann"], *late), {"ann": ann}, tmp_path)
    for path in tmp_path.rglob("*.parquet"):
        path.unlink()
    for plan in (cf.plan_fetch(["ann"], *late, freq="7D"), cf.plan_fetch(["ann"], *early)):
        cf.run_fetch(plan, {"ann": ann}, tmp_path)
        for path in tmp_path.rglob("20260316*.parquet"):
            path.unlink()
        cf.run_fetch(plan, {"ann": ann}, tmp_path)
    cf.run_fetch(cf.plan_fetch(["ann"], *late, freq="7D"), {"ann": ann}, tmp_path)
    assert written(tmp_path) == rows_of(ann, [early, late])
