"""`run_fetch`: tasks to Parquet files, with a manifest from which a run goes on."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import cronofy_frames as cf
from cronofy_frames.fetch.manifest import NAME, Manifest
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.wire.client import Client
from tests.cronofy_server import row, rows_client
from tests.small import small_box

WINDOW = ("2026-03-02", "2026-05-10")


@pytest.fixture(scope="module")
def team() -> dict[str, Client]:
    """Three people of one office; a label has signs that no folder may have."""
    box = Sandbox(now="2026-03-02T09:00:00Z")
    people = [str(account.email) for account in box.accounts if account.kind == "account"][:3]
    clients = [cf.connect(sandbox=box, account=email) for email in people]
    return dict(zip([people[0], "a/b: c=d%", "Zoë"], clients, strict=True))


def fetched(folder: Path, clients: dict[str, Client]) -> pd.DataFrame:
    """Return what a folder has, with the columns and order of a read of all accounts."""
    rows = pd.read_parquet(folder)
    rows["account"] = rows["account"].astype("str")
    columns = ["account", *[name for name in rows.columns if name not in ("account", "month")]]
    order = {label: place for place, label in enumerate(clients)}
    rows = rows[columns]
    keys = rows.assign(place=rows["account"].map(order)).sort_values(["start", "calendar_id", "event_uid", "place"])
    return rows.loc[keys.index].reset_index(drop=True)


@pytest.mark.parametrize("freq", [None, "MS", "7D"])
def test_the_files_have_the_rows_of_a_read(team: dict[str, Client], tmp_path: Path, freq: str | None) -> None:
    """Each event once, also those over the edge of two tasks, by account and month of its start."""
    tasks = cf.plan_fetch(team, *WINDOW, tz="Europe/London", freq=freq)
    report = cf.run_fetch(tasks, team, tmp_path / "out")
    assert set(report["outcome"]) == {"done"}
    read = cf.read_events(team, *WINDOW, tz="Europe/London")
    rows = fetched(tmp_path / "out", team)
    expected = read.sort_values(["start", "calendar_id", "event_uid"], kind="stable").reset_index(drop=True)
    expected.attrs = {}
    assert_frame_equal(rows, expected)
    assert report["rows"].sum() == len(read)
    months = pd.read_parquet(tmp_path / "out", columns=["start", "month"])
    assert (months["start"].dt.strftime("%Y-%m") == months["month"].astype("str")).all()


def test_other_readers_take_the_folder_as_one_table(team: dict[str, Client], tmp_path: Path) -> None:
    """DuckDB finds account and month in the names of folders, and passes over the manifest."""
    tasks = cf.plan_fetch(team, *WINDOW, freq="MS")
    report = cf.run_fetch(tasks, team, tmp_path)
    query = (
        f"SELECT account, count(*) FROM read_parquet('{tmp_path}/**/*.parquet', hive_partitioning = true) GROUP BY 1"
    )
    counts = dict(duckdb.sql(query).fetchall())
    assert counts == report.groupby("account")["rows"].sum().to_dict()


def test_a_second_run_reads_nothing_again(team: dict[str, Client], tmp_path: Path) -> None:
    """Tasks of the manifest are skipped, whatever the order of the frame; others are added."""
    tasks = cf.plan_fetch(team, *WINDOW, freq="MS")
    cf.run_fetch(tasks.iloc[:4], team, tmp_path)
    report = cf.run_fetch(tasks.iloc[::-1], team, tmp_path)
    assert report["outcome"].tolist() == ["done"] * (len(tasks) - 4) + ["skipped"] * 4
    assert report["requests"].isna().tolist() == [False] * (len(tasks) - 4) + [True] * 4
    assert cf.run_fetch(tasks, team, tmp_path)["outcome"].unique().tolist() == ["skipped"]


def events(number: int) -> Client:
    """Return a client with an event of March and one of April."""
    return rows_client([[row(number), row(number + 1, start="2026-04-01T01:00:00Z", end="2026-04-01T02:00:00Z")]])


def test_a_task_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    """The error names it and has the report; the same call runs only what failed."""
    clients = {"ann": events(1), "ben": rows_client([403]), "cat": events(3)}
    tasks = cf.plan_fetch(clients, "2026-03-01", "2026-05-01")
    with pytest.raises(cf.Forbidden, match=r"1 of 3 tasks failed, of ben; .*The others are written") as caught:
        cf.run_fetch(tasks, clients, tmp_path, names=False)
    assert caught.value.partial["outcome"].tolist() == ["done", "failed", "done"]
    report = cf.run_fetch(tasks, clients, tmp_path, names=False, errors="report")
    assert report["outcome"].tolist() == ["skipped", "failed", "skipped"]
    assert "403" in report["message"][1]
    mended = cf.run_fetch(tasks, {**clients, "ben": events(5)}, tmp_path, names=False)
    assert mended["outcome"].tolist() == ["skipped", "done", "skipped"]
    assert len(pd.read_parquet(tmp_path)) == 6


def test_of_several_tasks_that_fail_the_first_is_the_error(tmp_path: Path) -> None:
    """In the order of the tasks; all their accounts are named."""
    clients = {"ann": events(1), "ben": rows_client([404]), "cat": rows_client([403])}
    tasks = cf.plan_fetch(clients, "2026-03-01", "2026-05-01")
    with pytest.raises(cf.NotFound, match=r"2 of 3 tasks failed, of ben, cat; the first: .*404"):
        cf.run_fetch(tasks, clients, tmp_path, names=False)


def test_an_answer_that_ends_early_is_not_done(tmp_path: Path) -> None:
    """Nothing of it is written."""
    cut = b'{"events": [{"calendar_id": "c", "event_uid": "e", "start": "2026-03-02", "end": "2026-03-03"}]}'
    clients = {"ann": rows_client([cut])}
    tasks = cf.plan_fetch(clients, "2026-03-01", "2026-05-01")
    with pytest.warns(UserWarning, match="ended after page 1"):
        report = cf.run_fetch(tasks, clients, tmp_path, names=False, errors="report")
    assert report["outcome"].tolist() == ["failed"]
    assert not list(tmp_path.rglob("*.parquet"))


@pytest.mark.parametrize(
    ("times", "status", "outcome", "has_names"),
    [({1}, 501, "done", True), ({1, 2}, 501, "failed", True), (range(1, 99), 403, "done", False)],
    ids=["once", "twice", "never allowed"],
)
def test_names_of_calendars_belong_to_a_task(
    times: Any, status: int, outcome: str, has_names: bool, tmp_path: Path
) -> None:
    """A task that lacks them is not done, as it would never be read again, unless the account may not list them."""
    box = Sandbox(now="2026-03-02T09:00:00Z", faults=[cf.Fault("status", "GET /v1/calendars", times, status=status)])
    clients = {"ann": cf.connect(sandbox=box)}
    tasks = cf.plan_fetch(clients, *WINDOW)
    report = cf.run_fetch(tasks, clients, tmp_path, errors="report")
    assert report["outcome"].tolist() == [outcome]
    if outcome == "failed":
        assert report["message"].str.contains(r"list_calendars was answered 501").all()
        assert cf.run_fetch(tasks, clients, tmp_path)["outcome"].tolist() == ["done"]
    assert pd.read_parquet(tmp_path)["calendar_name"].notna().all() == has_names


@pytest.mark.parametrize("label", ["007", "12", "-3", "2026-03-01"])
def test_a_label_that_readers_take_for_a_number_is_refused(label: str, tmp_path: Path) -> None:
    """Pandas reads 007 as 7, and DuckDB a date as one, so that the account would be another one."""
    clients = {label: events(1)}
    tasks = cf.plan_fetch(clients, "2026-03-01", "2026-05-01")
    with pytest.raises(cf.FrameError, match=f"the label '{label}' would be a number .* such as 'person {label}'"):
        cf.run_fetch(tasks, clients, tmp_path, names=False)
    cf.run_fetch(tasks.assign(account=f"person {label}"), {f"person {label}": events(1)}, tmp_path, names=False)
    assert pd.read_parquet(tmp_path)["account"].unique().tolist() == [f"person {label}"]


def test_a_function_returns_the_client_of_a_label(tmp_path: Path) -> None:
    """It is called for each task, and its client is closed after it; what it raises is the failure of the task."""
    opened: list[Client] = []

    def client_of(label: str) -> Client:
        if label == "ben":
            raise cf.UnknownAccount("no such account")
        opened.append(events(1))
        return opened[-1]

    tasks = cf.plan_fetch(["ann", "ben"], "2026-03-01", "2026-05-01", freq="MS")
    report = cf.run_fetch(tasks, client_of, tmp_path, names=False, errors="report")
    assert report["outcome"].tolist() == ["done", "done", "failed", "failed"]
    assert len(opened) == 2
    for client in opened:
        with pytest.raises(cf.CronofyError, match="closed"):
            client.user_info()


def test_an_account_that_a_function_does_not_know_is_named(tmp_path: Path) -> None:
    """The text of a KeyError is the key alone."""
    clients = {"ann": events(1)}
    tasks = cf.plan_fetch(["ann", "ben"], "2026-03-01", "2026-05-01")
    report = cf.run_fetch(tasks, lambda label: clients[label], tmp_path, names=False, errors="report")
    assert report["outcome"].tolist() == ["done", "failed"]
    assert report["message"][1] == "the function for clients raised KeyError('ben')"


def test_an_account_without_a_calendar_stops_no_other(team: dict[str, Client], tmp_path: Path) -> None:
    """Its task fails with the name of the calendar, and those of accounts that have it are done."""
    clients = {"ben": team["Zoë"], "ann": cf.connect(sandbox=small_box())}
    tasks = cf.plan_fetch(clients, "2026-03-01", "2026-04-01")
    report = cf.run_fetch(tasks, clients, tmp_path / "out", calendars="Home", errors="report")
    assert report["outcome"].tolist() == ["failed", "done"]
    assert "'Home'" in report["message"][0]


def test_what_a_run_left_half_is_written_again(tmp_path: Path) -> None:
    """Files without a line, in months that the task no longer has, go; a line that was cut off counts as none."""
    clients = {"ann": events(1)}
    tasks = cf.plan_fetch(clients, "2026-03-01", "2026-05-01")
    cf.run_fetch(tasks, clients, tmp_path, names=False)
    manifest = tmp_path / NAME
    lines = manifest.read_bytes().splitlines(keepends=True)
    manifest.write_bytes(lines[0] + lines[1][:25])
    report = cf.run_fetch(tasks, {"ann": rows_client([[row(7)]])}, tmp_path, names=False)
    assert report["outcome"].tolist() == ["done"]
    assert pd.read_parquet(tmp_path)["event_uid"].tolist() == ["evt_007"]
    assert [path.parent.name for path in tmp_path.rglob("*.parquet")] == ["month=2026-03"]
    assert json.loads(manifest.read_bytes().splitlines()[-1])["rows"] == 1


KILLED = """
import os, sys
import cronofy_frames as cf
from cronofy_frames.sandbox import Sandbox
box = Sandbox(now="2026-03-02T09:00:00Z")
people = [str(account.email) for account in box.accounts if account.kind == "account"]
clients = {{email: cf.connect(sandbox=box, account=email) for email in people}}
tasks = cf.plan_fetch(clients, "2026-03-02", "2026-05-10", freq="MS")
opened = []
def client_of(label):
    if len(opened) == {after}:
        os.kill(os.getpid(), 9)
    opened.append(label)
    return cf.connect(sandbox=box, account=label)
cf.run_fetch(tasks, client_of, sys.argv[1], workers=1)
print("done")
"""


def test_a_killed_run_goes_on(tmp_path: Path) -> None:
    """Tasks before the kill are not read again, and the table is that of a run in one go."""
    killed = subprocess.run([sys.executable, "-c", KILLED.format(after=5), tmp_path / "a"], capture_output=True)
    assert killed.returncode == -9
    done = [json.loads(line) for line in (tmp_path / "a" / NAME).read_bytes().splitlines()][1:]
    assert len(done) == 5
    for folder in "ab":
        whole = subprocess.run([sys.executable, "-c", KILLED.format(after=-1), tmp_path / folder], capture_output=True)
        assert whole.stdout == b"done\n", whole.stderr
    lines = (tmp_path / "a" / NAME).read_bytes().splitlines()
    assert [json.loads(line) for line in lines[1:6]] == done
    keys = ["account", "start", "calendar_id", "event_uid"]
    tables = [pd.read_parquet(tmp_path / folder).sort_values(keys).reset_index(drop=True) for folder in "ab"]
    assert_frame_equal(*tables)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda tasks: tasks.drop(columns=["is_first"]), "lacks is_first"),
        (lambda tasks: tasks.assign(start=tasks["start"].astype(str)), "start of tasks is a time with a zone"),
        (lambda tasks: tasks.assign(end=tasks["start"]), "an end after it"),
        (lambda tasks: pd.concat([tasks, tasks], ignore_index=True), "two tasks of ann overlap"),
        (lambda tasks: tasks.assign(account="dora"), "lacks dora"),
    ],
)
def test_other_frames_are_refused(change: Callable[[pd.DataFrame], pd.DataFrame], text: str, tmp_path: Path) -> None:
    """Before anything is sent or written."""
    clients = {"ann": events(1)}
    tasks = cf.plan_fetch(clients, "2026-03-01", "2026-05-01", freq="MS")
    with pytest.raises(cf.FrameError, match=text):
        cf.run_fetch(change(tasks), clients, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"kind": "calendars"}, ValueError, "kind is events or free_busy"),
        ({"errors": "ignore"}, ValueError, "errors is raise or report"),
        ({"workers": 0}, ValueError, "workers is a whole number"),
        ({"workers": 1.5}, ValueError, "workers is a whole number"),
        ({"workers": True}, ValueError, "workers is a whole number"),
        ({"calender": "Work"}, TypeError, r"run_fetch\(\) got .*'calender'. Did you mean 'calendars'\?"),
        ({"worker": 3}, TypeError, r"'worker'. Did you mean 'workers'\?"),
        ({"tz": "UTC"}, TypeError, "unexpected keyword argument 'tz'"),
    ],
)
def test_other_options_are_refused(options: dict[str, Any], error: type[Exception], text: str, tmp_path: Path) -> None:
    """Zone and window are those of the tasks."""
    clients = {"ann": events(1)}
    with pytest.raises(error, match=text):
        cf.run_fetch(cf.plan_fetch(clients, "2026-03-01", "2026-05-01"), clients, tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_a_folder_has_the_rows_of_one_query(tmp_path: Path) -> None:
    """Other options, another kind or zone, and windows that overlap what is there, are refused with the difference."""
    clients = {"ann": events(1)}
    tasks = cf.plan_fetch(clients, "2026-03-01", "2026-05-01")
    cf.run_fetch(tasks, clients, tmp_path, names=False)
    with pytest.raises(cf.FrameError, match=r"other options: options {'names': False}, now {'deleted': True}"):
        cf.run_fetch(tasks, clients, tmp_path, deleted=True)
    with pytest.raises(cf.FrameError, match="kind 'events', now 'free_busy'"):
        cf.run_fetch(tasks, clients, tmp_path, names=False, kind="free_busy")
    with pytest.raises(
        cf.FrameError, match=r"the folder has ann from 2026-03-01 .* plan the time that the folder lacks"
    ):
        cf.run_fetch(cf.plan_fetch(clients, "2026-04-01", "2026-06-01"), clients, tmp_path, names=False)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {"extra": None, "deleted": False, "include": (), "names": True, "calendars": None}),
        ({"extra": ["custom"]}, {"extra": {"custom": "json"}}),
        ({"include": ["geo", "google_ids"]}, {"include": ("google_ids", "geo")}),
        ({"include": "geo"}, {"include": {"geo"}}),
    ],
)
def test_options_of_one_meaning_go_on_in_a_folder(
    tmp_path: Path, first: dict[str, Any], second: dict[str, Any]
) -> None:
    """However they are written, and whether a default is given or left out."""
    clients = {"ann": events(1)}
    tasks = cf.plan_fetch(clients, "2026-03-01", "2026-05-01")
    cf.run_fetch(tasks, clients, tmp_path, **first)
    assert cf.run_fetch(tasks, clients, tmp_path, **second)["outcome"].tolist() == ["skipped"]
    assert cf.run_fetch(tasks, clients, tmp_path, **first)["outcome"].tolist() == ["skipped"]


def test_moved_events_are_read_in_one_window(tmp_path: Path) -> None:
    """Cronofy gives them with each window that they were in, so that files of several would have them twice."""
    clients = {"ann": events(1)}
    windows = cf.plan_fetch(clients, "2026-03-01", "2026-05-01", freq="MS")
    with pytest.raises(cf.FrameError, match=r"ann has 2 windows.*use one window for an account \(no freq=\)"):
        cf.run_fetch(windows, clients, tmp_path / "out", include=["moved"])
    assert not (tmp_path / "out").exists()
    for number, outcome in enumerate(["done", "skipped"]):
        report = cf.run_fetch(windows.head(1), clients, tmp_path / "out", include="moved")
        assert report["outcome"].tolist() == [outcome], number
    with pytest.raises(cf.FrameError, match="ann has 2 windows"):
        cf.run_fetch(windows.tail(1), clients, tmp_path / "out", include="moved")


def test_two_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    """The second says so at once."""
    query = {"kind": "events", "tz": "UTC", "options": {}}
    with Manifest(tmp_path, query), pytest.raises(cf.FrameError, match="another run writes to"):
        Manifest(tmp_path, query)
    with Manifest(tmp_path, query):
        pass


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"a,b\n1,2\n", "is not a manifest"),
        (b'{"is": "fetch", "version": 9, "query": {}}\n', "version 9"),
    ],
)
def test_a_file_that_is_no_manifest_is_left_alone(content: bytes, text: str, tmp_path: Path) -> None:
    """Of a newer version likewise."""
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(cf.FrameError, match=text):
        Manifest(tmp_path, {})
    assert (tmp_path / NAME).read_bytes() == content


def test_an_interrupt_reports_what_is_done(tmp_path: Path) -> None:
    """And the same call goes on."""
    stop: list[bool] = [True]

    def client_of(label: str) -> Client:
        if label == "ben" and stop:
            raise KeyboardInterrupt
        return events(1)

    tasks = cf.plan_fetch(["ann", "ben", "cat"], "2026-03-01", "2026-05-01")
    with pytest.raises(KeyboardInterrupt) as caught:
        cf.run_fetch(tasks, client_of, tmp_path, names=False, workers=1)
    assert caught.value.__notes__ == [
        "Interrupted: 1 of 3 tasks are done, and the same call continues with the others."
    ]
    assert cf.last_error().partial["outcome"].tolist() == ["done", "not_run", "not_run"]
    stop.clear()
    assert cf.run_fetch(tasks, client_of, tmp_path, names=False)["outcome"].tolist() == ["skipped", "done", "done"]


def test_free_busy_is_fetched_too(team: dict[str, Client], tmp_path: Path) -> None:
    """With its own columns."""
    tasks = cf.plan_fetch(team, *WINDOW)
    cf.run_fetch(tasks, team, tmp_path, kind="free_busy")
    assert len(pd.read_parquet(tmp_path)) == len(cf.read_free_busy(team, *WINDOW))
