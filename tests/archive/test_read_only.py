"""Archives that cannot be written, such as a backup: they are read, and all else says so before it does anything."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import cronofy_frames as cf
from cronofy_frames.writing.apply.applying import apply
from tests.archiving import office
from tests.read_only import read_only_copy

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the mode of a folder says nothing there")

Use = Callable[[cf.Archive], Any]

READS: dict[str, Use] = {
    "events": lambda archive: archive.events(),
    "changes": lambda archive: archive.changes(),
    "free_busy": lambda archive: archive.free_busy(),
    "calendars": lambda archive: archive.calendars(),
    "accounts": lambda archive: archive.accounts(),
    "coverage": lambda archive: archive.coverage(),
    "sql": lambda archive: archive.sql("select count(*) from events"),
    "check": lambda archive: archive.check(),
    "due": lambda archive: archive.due(),
    "absent": lambda archive: archive.absent(["ann"]),
}

WRITES: dict[str, Use] = {
    "compact": lambda archive: archive.compact(),
    "export": lambda archive: archive.export(archive.folder.parent / "copy"),
    "forget": lambda archive: archive.forget(email="bob@example.test"),
    "prune": lambda archive: archive.prune("1y"),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of an account, which no test changes; what reading needs is loaded."""
    with office(tmp_path_factory.mktemp("whole")) as team:
        team.sync()
        for read in READS.values():
            read(team.archive)
        team.archive.close()
        return team.folder


@pytest.fixture
def backup(whole: Path) -> Iterator[cf.Archive]:
    """That archive where it cannot be written."""
    with read_only_copy(whole) as folder, cf.Archive(folder) as archive:
        yield archive


@pytest.fixture
def plan(client: cf.Client) -> cf.Plan:
    """A plan of an event."""
    rows = [{"summary": "Offsite", "start": "2026-03-20 09:00", "end": "2026-03-20 10:00"}]
    return cf.plan_events(pd.DataFrame(rows), calendar="Work", client=client, tz="Europe/London")


@pytest.mark.parametrize("name", READS)
def test_it_is_read(backup: cf.Archive, name: str) -> None:
    """SQLite cannot create the files that it has beside its own, and needs none."""
    READS[name](backup)
    assert not list(backup.folder.glob("*-wal"))


def test_a_copy_is_read_that_has_files_of_a_reader(whole: Path, tmp_path: Path) -> None:
    """A reader leaves an empty file of waiting changes, and copies may lack the index of it."""
    folder = tmp_path / "team.archive"
    shutil.copytree(whole, folder)
    (folder / "state.sqlite-wal").touch()
    with read_only_copy(folder) as copy, cf.Archive(copy) as archive:
        assert len(archive.events()) == 4


def test_a_copy_with_changes_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    """They were copied while the archive was open, without their index; the message has the way out, which works."""
    with office(tmp_path) as team:
        team.sync()
        folder = tmp_path / "copies" / "team.archive"
        shutil.copytree(team.folder, folder, ignore=shutil.ignore_patterns("*-shm"))
    with read_only_copy(folder) as copy, pytest.raises(cf.FrameError, match=r"changes in state\.sqlite-wal .* a copy"):
        cf.Archive(copy).events()
    with cf.Archive(folder) as archive:
        assert len(archive.events()) == 4


def test_an_archive_of_an_earlier_release_says_that_it_needs_a_copy(whole: Path, tmp_path: Path) -> None:
    """It is brought up to date when it is opened, and the copy is."""
    folder = tmp_path / "team.archive"
    shutil.copytree(whole, folder)
    with closing(sqlite3.connect(folder / "state.sqlite")) as connection:
        connection.executescript("drop table absences; pragma user_version = 6; pragma wal_checkpoint(truncate)")
    with read_only_copy(folder) as copy, pytest.raises(cf.FrameError, match=r"earlier release.* open a copy of it"):
        cf.Archive(copy).events()
    with cf.Archive(folder) as archive:
        assert archive.coverage()["known"].tolist() == [True]


@pytest.mark.parametrize("name", WRITES)
def test_what_writes_says_that_it_cannot(backup: cf.Archive, name: str) -> None:
    """The message names the folder, and the way out."""
    with pytest.raises(cf.FrameError, match=r"team\.archive cannot be written .* work on a copy"):
        WRITES[name](backup)


@pytest.mark.parametrize("is_mapping", [False, True])
def test_a_sync_sends_nothing(backup: cf.Archive, client: cf.Client, is_mapping: bool) -> None:
    """No account is read that could not be stored."""
    clients: Any = {"ann": client} if is_mapping else client
    before = cf.usage()["calls"].sum()
    with pytest.raises(cf.FrameError, match=r"team\.archive cannot be written .* work on a copy"):
        backup.sync(clients)
    assert cf.usage()["calls"].sum() == before


def test_an_apply_that_cannot_mark_its_accounts_sends_nothing(
    plan: cf.Plan, backup: cf.Archive, client: cf.Client
) -> None:
    """Events that were written would be missing in the next sync."""
    with pytest.raises(cf.FrameError, match=r"team\.archive cannot be written"):
        apply(plan, client, archive=backup)
    assert "Offsite" not in cf.read_events(client)["summary"].tolist()


def test_an_application_for_notifications_does_not_start(backup: cf.Archive, client: cf.Client) -> None:
    """It would lose each notification."""
    with pytest.raises(cf.FrameError, match=r"team\.archive cannot be written"):
        cf.notifications(backup, client)


def test_a_new_archive_says_where_it_cannot_be_created(whole: Path) -> None:
    """The message names the folder."""
    with read_only_copy(whole) as folder, pytest.raises(cf.FrameError, match=r"new\.archive cannot be created"):
        cf.Archive(folder.parent / "new.archive")


def test_an_export_says_where_it_cannot_be_written(whole: Path, tmp_path: Path) -> None:
    """The archive takes note of no copy that there is not."""
    (tmp_path / "file").touch()
    shutil.copytree(whole, tmp_path / "team.archive")
    with cf.Archive(tmp_path / "team.archive") as archive:
        with pytest.raises(cf.FrameError, match=r"copy cannot be written .* another"):
            archive.export(tmp_path / "file" / "copy")
        assert archive._store.state.rows("select * from exports") == []
