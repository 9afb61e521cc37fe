"""A sync that is killed at any moment loses nothing, and leaves nothing half."""

import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from cronofy_frames.archive import Archive
from cronofy_frames.archive.account_sync import Options
from cronofy_frames.archive.store import Store
from cronofy_frames.archive.sync import sync_accounts
from cronofy_frames.connecting import connect
from cronofy_frames.sandbox import Sandbox, serve
from tests.archiving import ANN, Office, texts_of

STEPS = (
    "listed",
    "leased",
    "before whole",
    "before changes",
    "read",
    "compared",
    "before commit",
    "committed",
    "saved",
)


class Killed(BaseException):
    """The process was killed."""


def sync_killed_at(team: Office, step: str) -> None:
    """Sync in a process of its own, so to say, which is killed at a step."""

    def kill(name: str) -> None:
        if name == step:
            raise Killed

    store = Store(team.folder, step=kill)
    with pytest.raises(Killed):
        sync_accounts(store, team.client, None, Options(full=True), progress=False)
    store.close()


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_any_step_loses_nothing(team: Office, step: str) -> None:
    """After a kill at any step, the next sync gives what the calendar has, and each version once."""
    changed, gone = team.add("before"), team.add("gone", days=2)
    team.sync()
    before, known = team.clock.move(hours=1), team.read()
    team.edit(changed, summary="after")
    team.remove(gone)
    team.add("new", days=3)
    sync_killed_at(team, step)
    pd.testing.assert_frame_equal(team.known(before), known)
    team.sync()
    pd.testing.assert_frame_equal(team.known(), team.read())
    pd.testing.assert_frame_equal(team.known(before), known)
    versions = team.archive._store.versions.dataset().to_table(columns=["event_key", "state", "hash"]).to_pandas()
    assert len(versions) == 4 + 2 + 3
    assert not versions.duplicated(["event_key", "state", "hash"]).any()


@pytest.mark.parametrize("act", ["prune", "forget"])
def test_a_kill_while_versions_are_replaced(team: Office, act: str) -> None:
    """The next sync makes no version, and ends an event that is gone; the same call ends what it began."""
    start, person = team.clock.now - timedelta(days=800), {"email": "bo@example.test", "display_name": "Bo Nguyen"}
    own = {"managed_by": team.box.client_id, "event_id": "own"}
    old = team.box.add_external_event(ANN, "Old", start, start + timedelta(hours=1), **own).event_uid
    team.add("With Bo Nguyen", days=3, attendees=[{**person, "status": "accepted"}])
    team.sync()

    def kill(name: str) -> None:
        if name == "replaced":
            raise Killed

    def act_on(archive: Archive) -> None:
        if act == "prune":
            archive.prune("2y")
        else:
            archive.forget(email=person["email"])

    with Archive(team.folder) as archive:
        archive._store.step = kill
        with pytest.raises(Killed):
            act_on(archive)
    team.clock.move(hours=1)
    team.remove(old)
    report = team.sync(full=True)
    assert (report["new"], report["changed"], report["vanished"]) == (0, 0, 0)
    assert report["deleted"] == (act == "forget")
    act_on(team.archive)
    assert team.archive.check()["ok"].all()
    assert "Old" not in set(team.archive.events()["summary"])
    assert ("bo@example.test" in texts_of(team.archive)) == (act == "prune")


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_within_the_first_sync(team: Office, step: str) -> None:
    """The first sync may be killed, too."""
    sync_killed_at(team, step)
    team.sync()
    pd.testing.assert_frame_equal(team.known(), team.read())
    assert team.archive._store.versions.dataset().count_rows() == 4


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_within_a_round_of_two_accounts(team: Office, step: str) -> None:
    """Whichever account is killed first, and whatever the other one had come to, nothing is lost or there twice."""
    clients = {"ann": team.client, "other": connect(sandbox=Sandbox(now=team.clock, seed=3))}
    lock = threading.Lock()

    def kill(name: str) -> None:
        if name == step and lock.acquire(blocking=False):
            raise Killed

    store = Store(team.folder, step=kill)
    with pytest.raises(Killed):
        sync_accounts(store, clients, None, Options(), progress=False)
    store.close()
    report = team.archive.sync(clients)
    assert report["status"].tolist() == ["synced", "synced"]
    for label, client in clients.items():
        pd.testing.assert_frame_equal(team.known(account=label).drop(columns="account"), team.read(client))
    assert team.archive.check()["problem"].dropna().tolist() == []


KILLED = """
import os, signal, sys
import cronofy_frames as cf
from cronofy_frames.archive.account_sync import Options
from cronofy_frames.archive.store import Store
from cronofy_frames.archive.sync import sync_accounts
from pathlib import Path

def kill(name):
    if name == sys.argv[4]:
        os._exit(9) if os.name == 'nt' else os.kill(os.getpid(), signal.SIGKILL)

client = cf.connect(base_url=sys.argv[1], access_token=sys.argv[2], environment={})
store = Store(Path(sys.argv[3]), step=kill)
sync_accounts(store, client, None, Options(), progress=False)
"""


def test_a_process_that_is_killed_leaves_its_lease_behind(team: Office) -> None:
    """After kill -9 between commit and watermark, the next sync takes the lease over at once and goes on."""
    with serve(team.box) as served:
        command = [sys.executable, "-c", KILLED, served.url, team.box.access_token, str(team.folder), "committed"]
        done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode in (-9, 9), done.stderr
    assert team.archive._store.state.rows("select count(*) from leases") == [(1,)]
    assert len(list((team.folder / "leases").iterdir())) == 1
    report = team.sync()
    assert team.archive._store.state.rows("select count(*) from leases") == [(0,)]
    assert not list((team.folder / "leases").iterdir())
    assert (report["status"], report["new"], report["unchanged"]) == ("synced", 0, 4)
    pd.testing.assert_frame_equal(team.known(), team.read())


def test_the_report_says_that_an_account_is_leased(team: Office) -> None:
    """The report of the second sync has the status leased, and nothing was read."""
    team.sync()
    lease = team.archive._store.lease(team.archive.accounts()["sub"][0])
    assert lease.acquire()
    report = team.sync()
    assert (report["status"], report["reads"], report["requests"]) == ("leased", "", 2)
    lease.release()
    assert team.sync()["status"] == "synced"


READER = """
import sys
import threading
from pathlib import Path
import cronofy_frames as cf
archive = cf.Archive(sys.argv[1])
sizes = []
print("ready", flush=True)
while not Path(sys.argv[1] + ".stop").exists():
    events = archive.events()
    assert not events.duplicated(["calendar_id", "event_uid"]).any()
    sizes.append(len(events))
assert sizes == sorted(sizes) and sizes[0] >= 4
print(len(sizes))
"""


def test_a_process_reads_beside_a_sync(team: Office) -> None:
    """A reader process sees whole syncs only, while another one syncs again and again, and neither fails."""
    team.sync()
    command = [sys.executable, "-c", READER, str(team.folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
        for number in range(20):
            team.add(f"event {number}", days=number)
            assert team.sync()["new"] == 1
        Path(f"{team.folder}.stop").touch()
        count = int(reader.stdout.readline())
    assert reader.returncode == 0
    assert count > 1


def test_only_one_process_compacts_at_a_time(team: Office) -> None:
    """Two compactions at the same time would keep every version twice: the second one is left out."""
    for number in range(6):
        team.add(f"event {number}")
        team.sync()
    stores = [Store(team.folder) for _ in range(4)]
    threads = [threading.Thread(target=store.compact_if_many, args=(1,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert team.archive._store.versions.dataset().count_rows() == 4 + 6
    lease = stores[1].lease()
    assert lease.acquire()
    team.add("new")
    team.sync()
    stores[0].compact_if_many(1)
    assert len(stores[0].versions.table().file_uris()) == 2
    lease.release()
    for store in stores:
        store.close()


def test_files_of_no_commit_are_deleted_by_compaction_and_forgetting(team: Office) -> None:
    """A kill before a commit leaves the file of its rows behind, which has people in it and is read by nothing."""
    team.add("with Bob", attendees=[{"email": "bob@example.test", "display_name": "Bob", "status": "accepted"}])
    team.sync()
    versions = team.folder / "versions"
    for act in (lambda: team.archive.compact(keep_hours=0), lambda: team.archive.forget(email="bob@example.test")):
        left = versions / "part-00000-00000000-0000-4000-8000-000000000000-c000.zstd.parquet"
        left.write_bytes(next(versions.glob("*.parquet")).read_bytes())
        act()
        assert not left.exists()
    assert team.archive.check()["ok"].all()
