"""A folder of a fetch has the rows of its manifest, and no others."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import cronofy_frames as cf
from cronofy_frames.fetch.manifest import NAME
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.wire.client import Client
from tests.cronofy_server import row, rows_client


def march(number: int = 1) -> Client:
    """Return a client with an event of March."""
    return rows_client([[row(number)]])


def run(folder: Path, freq: str | None = None, **clients: Client) -> pd.DataFrame:
    """Read March and April of these clients."""
    tasks = cf.plan_fetch(clients, "2026-03-01", "2026-05-01", freq=freq)
    return cf.run_fetch(tasks, clients, folder, names=False)


def test_a_task_whose_file_is_gone_runs_again(tmp_path: Path) -> None:
    """The others are skipped."""
    run(tmp_path, ann=march(), ben=march(2))
    shutil.rmtree(tmp_path / "account=ann")
    assert run(tmp_path, ann=march(), ben=march(2))["outcome"].tolist() == ["done", "skipped"]
    assert len(pd.read_parquet(tmp_path)) == 2


def test_files_of_a_task_that_was_not_finished_go(tmp_path: Path) -> None:
    """Other tasks may read the same rows, which would come twice."""
    run(tmp_path, ann=march())
    manifest = tmp_path / NAME
    manifest.write_bytes(manifest.read_bytes()[:-20])
    assert run(tmp_path, "MS", ann=march())["outcome"].tolist() == ["done", "done"]
    assert len(list(tmp_path.rglob("*.parquet"))) == len(pd.read_parquet(tmp_path)) == 1


def test_half_files_of_a_killed_run_go(tmp_path: Path) -> None:
    """They would stay for good, with rows of people in them."""
    run(tmp_path, ann=march())
    half = tmp_path / "account=ann" / "month=2026-03" / ".20260301T000000Z-20260501T000000Z.parquet.4711.part"
    half.write_bytes(b"half")
    assert run(tmp_path, ann=march())["outcome"].tolist() == ["skipped"]
    assert not half.exists()


def test_a_line_that_was_cut_off_is_no_damage_later(tmp_path: Path) -> None:
    """It is taken out, so that lines after it can be read."""
    run(tmp_path, ann=march())
    manifest = tmp_path / NAME
    manifest.write_bytes(manifest.read_bytes()[:-20])
    run(tmp_path, ann=march())
    assert run(tmp_path, ann=march())["outcome"].tolist() == ["skipped"]


def test_a_head_that_was_cut_off_is_written_again(tmp_path: Path) -> None:
    """A run that ended while it began its manifest has no rows yet, and the same call continues it."""
    run(tmp_path, ann=march())
    shutil.rmtree(tmp_path / "account=ann")
    manifest = tmp_path / NAME
    manifest.write_bytes(manifest.read_bytes()[:30])
    assert run(tmp_path, ann=march())["outcome"].tolist() == ["done"]
    assert run(tmp_path, ann=march())["outcome"].tolist() == ["skipped"]


@pytest.mark.parametrize("size", [0, 30])
def test_a_manifest_without_lines_deletes_no_rows(tmp_path: Path, size: int) -> None:
    """Files of tasks show that it had lines: the time of their rows may be out of Cronofy's window by now."""
    run(tmp_path, ann=march())
    manifest = tmp_path / NAME
    manifest.write_bytes(manifest.read_bytes()[:size])
    with pytest.raises(cf.FrameError, match=r"line 1 of .* is damaged: restore the file from a copy, or choose"):
        run(tmp_path, ann=march())
    assert len(pd.read_parquet(tmp_path)) == 1


@pytest.mark.parametrize("damage", [b"{garbage\n", b"[]\n", b'{"account": "ann"}\n', b"\0\0\n"])
def test_a_damaged_line_is_refused(tmp_path: Path, damage: bytes) -> None:
    """The rows of its task stay, as Cronofy may not have them any more."""
    run(tmp_path, ann=march())
    manifest = tmp_path / NAME
    head, line = manifest.read_bytes().splitlines(keepends=True)
    manifest.write_bytes(head + damage + line)
    with pytest.raises(cf.FrameError, match=r"line 2 of .* is damaged: restore the file from a copy, or choose"):
        run(tmp_path, ann=march())
    assert len(pd.read_parquet(tmp_path)) == 1


@pytest.mark.parametrize(
    ("number", "name", "value"),
    [
        (1, "version", None),
        (1, "query", None),
        (2, "account", 5),
        (2, "start", "soon"),
        (2, "end", None),
        (2, "since", "2026-03-02T00:00:00"),
        (2, "files", None),
        (2, "files", [[1]]),
    ],
)
def test_a_value_of_another_kind_is_damage(tmp_path: Path, number: int, name: str, value: Any) -> None:
    """A manifest that was edited is refused with the number of the line; a value of None is left out of it."""
    run(tmp_path, ann=march())
    manifest = tmp_path / NAME
    lines = [json.loads(line) for line in manifest.read_text().splitlines()]
    lines[number - 1] |= {name: value}
    if value is None:
        del lines[number - 1][name]
    manifest.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    with pytest.raises(
        cf.FrameError, match=rf"line {number} of .* is damaged: restore the file from a copy, or choose"
    ):
        run(tmp_path, ann=march())
    assert len(pd.read_parquet(tmp_path)) == 1


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda folder: folder.write_text("x"), "is a file: give a folder"),
        (
            lambda folder: (folder.mkdir(), (folder / "notes.txt").write_text("x")),
            r"has other files, such as notes.txt",
        ),
        (lambda folder: (folder / "account=ann").mkdir(parents=True), "has other files, such as account=ann"),
        (lambda folder: (folder / NAME).mkdir(parents=True), "is not a manifest of run_fetch"),
        (lambda folder: (folder.mkdir(), (folder / NAME).write_text("x")), "is not a manifest of run_fetch"),
    ],
)
def test_another_folder_is_refused(tmp_path: Path, change: Callable[[Path], Any], text: str) -> None:
    """Readers would take its files for rows, or fail on them."""
    change(tmp_path / "out")
    with pytest.raises(cf.FrameError, match=text):
        run(tmp_path / "out", ann=march())


def test_a_new_folder_may_be_in_new_folders(tmp_path: Path) -> None:
    """All of them are made; below a file there can be none, which the error says with what to do."""
    assert run(tmp_path / "new" / "newer", ann=march())["outcome"].tolist() == ["done"]
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(cf.FrameError, match=r"notes.txt.out cannot be written \([A-Z].*\): make room"):
        run(tmp_path / "notes.txt" / "out", ann=march())


def test_hidden_files_are_no_rows(tmp_path: Path) -> None:
    """Such as those of a file manager."""
    (tmp_path / ".DS_Store").write_text("x")
    assert run(tmp_path, ann=march())["outcome"].tolist() == ["done"]


@pytest.mark.parametrize(
    ("label", "text"), [("é" * 130, "give the account a shorter one"), ("x" * 248, "a shorter one")]
)
def test_a_label_that_is_no_name_of_a_folder_is_refused(tmp_path: Path, label: str, text: str) -> None:
    """Before anything is sent."""
    with pytest.raises(cf.FrameError, match=text):
        run(tmp_path / "out", **{label: march()})
    assert not (tmp_path / "out").exists()


def test_labels_of_another_plan_differ_in_more_than_case(tmp_path: Path) -> None:
    """Some file systems have one folder for both."""
    run(tmp_path, ann=march())
    with pytest.raises(cf.FrameError, match="'ann' and 'Ann' differ in upper and lower case alone"):
        run(tmp_path, Ann=march())


@pytest.mark.parametrize(
    ("clients", "text"),
    [
        (march(), r"not a Client: give {label: client}"),
        (lambda _: None, r"returned a NoneType for 'ann': return what cf.connect\(\) does"),
    ],
)
def test_clients_that_are_none_are_refused(tmp_path: Path, clients: Any, text: str) -> None:
    """With what to give in their place."""
    with pytest.raises(TypeError, match=text):
        cf.run_fetch(cf.plan_fetch(["ann"], "2026-03-01", "2026-05-01"), clients, tmp_path)


def test_deleted_events_without_times_can_be_read(tmp_path: Path) -> None:
    """Their month is unknown, which pandas reads as any other."""
    gone = {"calendar_id": "cal_1", "event_uid": "evt_gone", "deleted": True}
    clients = {"ann": rows_client([[row(1), gone]])}
    tasks = cf.plan_fetch(clients, "2026-03-01", "2026-05-01")
    cf.run_fetch(tasks, clients, tmp_path, names=False, deleted=True)
    assert sorted(pd.read_parquet(tmp_path)["month"]) == ["2026-03", "unknown"]


LIMITED = """
import resource, signal, sys
import cronofy_frames as cf
from cronofy_frames.sandbox import Sandbox
folder, most = sys.argv[1], int(sys.argv[2])
box = Sandbox(now="2026-03-02T09:00:00Z", seed=1)
person = str(box.accounts[0].email)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
tasks = cf.plan_fetch([person], "2026-03-02", "2026-05-04", freq="7D")
try:
    report = cf.run_fetch(tasks, lambda label: cf.connect(sandbox=box, account=label), folder, errors="report")
except cf.FrameError as error:
    print(error)
    report = error.partial
print(report["outcome"].value_counts().to_dict())
"""


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="this system has no limit on the size of files")
@pytest.mark.parametrize("most", [400, 12_000])
def test_a_full_disk_ends_the_run(tmp_path: Path, most: int) -> None:
    """The error has the report, nothing is half written, and the same call goes on when there is room."""
    outputs = [
        subprocess.run(
            [sys.executable, "-c", LIMITED, tmp_path, limit], capture_output=True, text=True, check=True
        ).stdout
        for limit in (str(most), "-1")
    ]
    assert "cannot be written (File too large): make room" in outputs[0]
    assert "'not_run'" in outputs[0] or most > 400
    assert "failed" not in outputs[1]
    assert not list(tmp_path.rglob("*.part"))
    rows = pd.read_parquet(tmp_path)
    box = Sandbox(now="2026-03-02T09:00:00Z", seed=1)
    person = str(box.accounts[0].email)
    assert len(rows) == len(cf.read_events(cf.connect(sandbox=box, account=person), "2026-03-02", "2026-05-04"))
