"""The archive as people use it: sync, and read what is and what was."""

import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import cronofy_frames as cf
from cronofy_frames.archive import Archive
from cronofy_frames.archive.migrations import MIGRATIONS
from cronofy_frames.archive.state import State
from cronofy_frames.errors import FrameError
from tests.archiving import ANN, Office, edited_client, plain
from tests.small import HOME, NOW, WORK

FORBIDDEN = cf.Fault("status", status=403, route="GET /v1/events")


@pytest.mark.parametrize("tz", ["UTC", "Europe/London", "Pacific/Auckland"])
def test_events_are_those_of_a_read(team: Office, tz: str) -> None:
    """After a sync, the archive's frame equals that of a read, in any zone."""
    team.sync()
    window = ("2026-02-01", "2026-06-01")
    read = cf.read_events(team.client, *window, tz=tz)
    known = team.archive.events(*window, tz=tz)
    pd.testing.assert_frame_equal(known, read)


def test_a_mapping_puts_the_account_first(team: Office) -> None:
    """An archive of a mapping of clients has the labels in a column account, as a read has."""
    clients = {"ann": team.client}
    team.archive.sync(clients)
    window = ("2026-02-01", "2026-06-01")
    pd.testing.assert_frame_equal(team.archive.events(*window), cf.read_events(clients, *window))
    assert team.archive.accounts()["account"].tolist() == ["ann"]


def test_syncing_twice_changes_nothing(team: Office) -> None:
    """A second sync reads only changes, and makes no version and no file."""
    first = team.sync()
    files = sorted(path.name for path in team.folder.rglob("*.parquet"))
    second = team.sync()
    third = team.sync(full=True)
    assert (first["new"], first["reads"]) == (4, "whole, managed, changes")
    assert (second["new"], second["changed"], second["reads"]) == (0, 0, "changes")
    assert (third["unchanged"], third["new"], third["changed"]) == (4, 0, 0)
    assert sorted(path.name for path in team.folder.rglob("*.parquet")) == files


def test_as_of_gives_what_was_known(team: Office) -> None:
    """Every version stays: as of a time before a change, a move and a deletion, the frame is that of then."""
    moved, gone = team.add("moved"), team.add("gone", days=2)
    team.sync()
    before, first = team.clock.move(hours=2), team.read()
    team.edit(moved, start=datetime(2026, 3, 20, 9, tzinfo=UTC), end=datetime(2026, 3, 20, 10, tzinfo=UTC))
    team.remove(gone)
    team.add("new", days=3)
    report = team.sync()
    assert (report["new"], report["changed"], report["deleted"]) == (1, 1, 1)
    pd.testing.assert_frame_equal(team.known(before), first)
    pd.testing.assert_frame_equal(team.known(), team.read())


def test_as_of_by_the_time_of_the_provider(team: Office) -> None:
    """By `updated`, what had happened by then counts even where it became known later."""
    team.sync()
    team.clock.move(hours=1)
    uid = team.add("late")
    happened = team.clock.move(hours=3)
    team.sync()
    as_of = happened.replace(minute=30)
    assert uid not in set(team.archive.events(as_of=as_of)["event_uid"])
    assert uid in set(team.archive.events(as_of=as_of, by="updated")["event_uid"])
    with pytest.raises(ValueError, match="seen_at"):
        team.archive.events(as_of=as_of, by="created")  # type: ignore[arg-type]


def test_by_the_time_of_the_provider_the_order_of_knowing_holds(team: Office) -> None:
    """An event that is restored or changed with an old time is so from when that was known."""
    uid = team.add("event")
    team.sync()
    made = team.clock.move(hours=1)
    team.remove(uid)
    team.sync()
    team.clock.move(hours=1)
    team.edit(uid, deleted=False, summary="restored")
    team.box.account(ANN).events[uid].updated = made
    team.sync(full=True)

    def summaries(**time: float) -> list[str]:
        events = team.archive.events(as_of=made + timedelta(**time), by="updated")
        return [str(summary) for summary in events[events["event_uid"] == uid]["summary"]]

    assert summaries(minutes=30) == ["event"]
    assert summaries(minutes=90) == []
    assert summaries(hours=3) == ["restored"]


def test_a_day_without_a_sync_is_empty(team: Office) -> None:
    """Before the first sync nothing is known, and the frame says so."""
    team.sync()
    events = team.archive.events("2026-03-01", "2026-03-08", as_of="2026-03-01")
    assert events.empty
    assert list(events.columns) == list(cf.read_events(team.client).columns)
    assert cf.gaps(events, start="2026-03-02", end="2026-03-03").empty
    assert len(cf.gaps(team.archive.events("2026-03-02", "2026-03-03"))) == 1


def test_unchanged_content_makes_no_version(team: Office) -> None:
    """A newer `updated` alone is no change: the content decides."""
    uid = team.add("same")
    team.sync()
    team.clock.move(hours=1)
    team.edit(uid, summary="same")
    assert team.sync()["unchanged"] == 1


def test_one_label_is_one_account(team: Office) -> None:
    """Another account under a known label is refused, and so is another label for a known account."""
    other = cf.connect(sandbox=cf.Sandbox(now=NOW, seed=3))
    team.archive.sync({"ann": team.client})
    with pytest.warns(UserWarning, match="their histories would mix"):
        report = team.archive.sync({"ann": other})
    assert report["status"].tolist() == ["failed"]
    with pytest.warns(UserWarning, match="use that label"):
        team.archive.sync({"anna": team.client})
    with Archive(team.folder.with_name("single.archive")) as single:
        single.sync(team.client)
        with pytest.raises(FrameError, match="their histories would mix"):
            single.sync(other)


@pytest.mark.parametrize("label", [3, "", " "])
def test_labels_are_texts(team: Office, label: object) -> None:
    """A label that is no text, or an empty one, is refused before anything is sent."""
    with pytest.raises(ValueError, match="labels of an archive are texts"):
        team.archive.sync({label: team.client})  # type: ignore[dict-item]


def test_a_single_client_may_get_a_label_later(team: Office) -> None:
    """The history of a single client goes on under the label of a mapping, and that of a label under the client."""
    team.sync()
    team.archive.sync({"ann": team.client})
    assert team.sync()["new"] == 0
    assert set(team.archive.events()["account"]) == {"ann"}


def test_a_failing_account_stops_no_other(team: Office) -> None:
    """The report names the account that failed, with its error, and the others are synced."""
    broken = cf.connect(sandbox=cf.Sandbox(now=NOW, seed=3, faults=[FORBIDDEN]))
    with pytest.warns(UserWarning, match="1 of 2 accounts could not be synced"):
        report = team.archive.sync({"broken": broken, "ann": team.client}).set_index("account")
    assert report["status"].to_dict() == {"broken": "failed", "ann": "synced"}
    assert "403" in report.loc["broken", "error"]
    assert report.loc["ann", "new"] == 4


def test_whatever_is_wrong_with_an_account_stops_no_other(team: Office) -> None:
    """An account whose answers break the sync itself fails alone."""

    def without_rows(path: str, _query: str, body: Any) -> Any:
        return {**body, "calendars": [3]} if path == "/v1/calendars" else body

    strange = edited_client(cf.Sandbox(now=NOW, seed=3), without_rows)
    with pytest.warns(UserWarning, match="1 of 2 accounts could not be synced"):
        report = team.archive.sync({"strange": strange, "ann": team.client})
    assert report["status"].tolist() == ["failed", "synced"]


def test_a_single_client_raises_its_error(team: Office) -> None:
    """A sync of one client that fails raises, and keeps nothing."""
    broken = cf.connect(sandbox=cf.Sandbox(now=NOW, seed=3, faults=[FORBIDDEN]))
    with pytest.raises(cf.Forbidden):
        team.archive.sync(broken)
    assert team.archive.events().empty


def test_some_calendars_have_a_watermark_of_their_own(team: Office) -> None:
    """A sync of some calendars, by name, reads those alone; a later one of all reads the others whole."""
    assert team.sync(calendars="Home")["new"] == 1
    assert set(team.archive.events()["calendar_id"]) == {HOME}
    assert team.sync(calendars=[HOME])["reads"] == "changes"
    assert team.sync()["new"] == 3
    pd.testing.assert_frame_equal(team.known(), team.read())
    with pytest.raises(ValueError, match="cannot be used as a calendar"):
        team.sync(calendars="Nowhere")


def test_events_of_some_calendars(team: Office) -> None:
    """Events can be chosen by the names of calendars, and by labels."""
    team.archive.sync({"ann": team.client})
    assert set(team.archive.events(calendars="Home")["calendar_id"]) == {HOME}
    assert set(team.archive.events(calendars=["Work"], account="ann")["calendar_id"]) == {WORK}
    with pytest.raises(ValueError, match="Nowhere"):
        team.archive.events(calendars="Nowhere")
    with pytest.raises(ValueError, match=r"label of the archive \(ann\)"):
        team.archive.events(account="bob")


def test_the_zone_is_fixed(team: Office) -> None:
    """An archive has the zone that it was created with, and another one is refused."""
    folder = team.folder.with_name("london.archive")
    with Archive(folder, tz="Europe/London") as archive:
        archive.sync(team.client)
    with Archive(folder) as archive:
        assert archive.tz == "Europe/London"
    with pytest.raises(ValueError, match="has the zone Europe/London"):
        Archive(folder, tz="UTC")


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    """A folder with other files is not made into an archive."""
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FrameError, match="is not an archive"):
        Archive(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("name", ["a%20b", "100%25", "team [2026]", "a|b", "a^b", "new\nline", "a\\b"])
def test_a_folder_whose_name_delta_tables_cannot_have_is_refused(team: Office, tmp_path: Path, name: str) -> None:
    """Also above the archive; the error names what is wrong, nothing is created, and no other folder is read."""
    with Archive(tmp_path / "a b") as other:
        other.sync(team.client)
    (tmp_path / name).mkdir()
    for folder in (tmp_path / name, tmp_path / name / "team.archive"):
        with pytest.raises(FrameError, match=r"an archive cannot be (written )?in a folder with .*rename that"):
            Archive(folder)
    assert list((tmp_path / name).iterdir()) == []


def test_a_copy_in_a_folder_that_cannot_be_written_is_read(team: Office, tmp_path: Path) -> None:
    """Each method that writes refuses the name of the folder, before anything is sent or written."""
    team.sync()
    team.archive.close()
    with Archive(shutil.copytree(team.folder, tmp_path / "copy [2026]" / "team.archive")) as copy:
        assert (len(copy.events()), copy.check()["ok"].all()) == (4, True)
        writes: list[Callable[[], object]] = [lambda: copy.sync(team.client), copy.compact, lambda: copy.prune("2y")]
        for write in (*writes, lambda: copy.forget(email="bob@example.test")):
            with pytest.raises(FrameError, match=r"an archive cannot be written in a folder with '\['"):
                write()
        assert len(copy.events()) == 4


@pytest.mark.parametrize("name", ["a b", "50% off", "x#y?z=1", "Büro 日本", "it's (a) {b} ~ & + @ ; , = !", "a:b", "*"])
def test_a_folder_may_have_any_other_name(team: Office, tmp_path: Path, name: str) -> None:
    """Such as spaces, signs of URLs and letters of any language."""
    with Archive(tmp_path / name / "team.archive") as archive:
        assert archive.sync(team.client)["new"].tolist() == [4]
        archive.compact(keep_hours=0)
        assert len(archive.events()) == 4
        assert archive.check()["ok"].all()


def test_a_folder_of_a_newer_version_is_refused(team: Office) -> None:
    """A schema from the future is refused with the next step."""
    with team.archive._store.state.transaction() as connection:
        connection.execute("pragma user_version = 99")
    team.archive.close()
    with pytest.raises(FrameError, match="newer cronofy-frames: its schema is 99"):
        Archive(team.folder)


def test_only_the_owner_reads_the_files(team: Office) -> None:
    """The folder is 0700, and all files are 0600, also those that compaction and pruning make."""
    team.add("with Bob", attendees=[{"email": "bob@example.test", "display_name": "Bob", "status": "accepted"}])
    acts: list[Callable[[], object]] = [team.sync, lambda: team.archive.compact(keep_hours=0)]
    acts += [lambda: team.archive.prune("2y"), lambda: team.archive.forget(email="bob@example.test")]
    for act in acts:
        act()
        assert team.folder.stat().st_mode & 0o777 == 0o700
        assert {path.stat().st_mode & 0o777 for path in team.folder.rglob("*") if path.is_file()} == {0o600}


def test_all_day_events_are_stored_as_dates(team: Office) -> None:
    """The table of versions has the dates of whole days, whatever the zone."""
    team.sync()
    versions = team.archive._store.versions.dataset().to_table().to_pandas().set_index("summary")
    assert versions.loc["retreat", "start_date"] == date(2026, 3, 9)
    assert versions.loc["retreat", "end_date"] == date(2026, 3, 12)
    assert versions["start_date"].notna().sum() == 1


def test_calendars_keep_when_they_were_granted(team: Office) -> None:
    """The list of calendars has those that were taken away, with the time."""
    team.sync()
    team.clock.move(days=1)
    profile = team.box.account(ANN).profiles[0]
    home = next(calendar for calendar in profile.calendars if calendar.calendar_id == HOME)
    profile.calendars.remove(home)
    report = team.sync()
    calendars = team.archive.calendars().set_index("calendar_id")
    assert report["unseen"] == 1
    assert calendars["revoked_at"].notna().to_dict() == {WORK: False, HOME: True, "cal_ann_holidays": False}
    assert calendars.loc[HOME, "granted_at"] == pd.Timestamp(NOW)
    assert HOME in set(team.archive.events()["calendar_id"])


def test_nothing_of_the_extra_is_loaded_before() -> None:
    """Importing the package, and the module of the archive, loads neither engine."""
    code = (
        "import sys, cronofy_frames as cf; cf.Archive; "
        "print([name for name in ('duckdb', 'deltalake') if name in sys.modules])"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert output.stdout.strip() == "[]"


def test_a_missing_extra_names_the_line_that_installs_it(tmp_path: Path) -> None:
    """Without the extra, making an archive raises with the pip line, and creates nothing."""
    code = (
        "import sys; sys.modules['deltalake'] = None; import cronofy_frames as cf\n"
        f"try: cf.Archive({str(tmp_path / 'a')!r})\nexcept ImportError as error: print(error)"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "cronofy-frames[archive]"' in output.stdout
    assert not (tmp_path / "a").exists()


def test_an_empty_archive_has_frames(team: Office) -> None:
    """Before any sync, all frames are there, without rows."""
    assert team.archive.events().empty
    assert team.archive.accounts().empty
    assert team.archive.calendars().empty
    assert "0 accounts" in repr(team.archive)
    assert plain(team.archive.events()).columns[0] == "start"


def test_the_log_of_the_table_names_nobody(team: Office) -> None:
    """The log of the Delta table, which outlives rows that are forgotten, has no text of events or people."""
    team.archive.sync({"ann@example.test": team.client})
    for log in (team.folder / "versions" / "_delta_log").iterdir():
        text = log.read_bytes()
        assert b"example.test" not in text
        assert b"standup" not in text


def test_frames_have_the_zone_of_the_archive(team: Office) -> None:
    """Without another zone, frames have that of the archive, and naive bounds are its times."""
    with Archive(team.folder.with_name("auckland.archive"), tz="Pacific/Auckland") as archive:
        archive.sync(team.client)
        read = cf.read_events(team.client, "2026-03-05", "2026-03-07", tz="Pacific/Auckland")
        pd.testing.assert_frame_equal(archive.events("2026-03-05", "2026-03-07"), read)
        assert str(archive.accounts()["synced_at"].dt.tz) == "Pacific/Auckland"
        assert str(archive.changes()["seen_at"].dt.tz) == "Pacific/Auckland"
        assert str(archive.coverage()["start"].dt.tz) == "Pacific/Auckland"
        assert str(archive.calendars()["granted_at"].dt.tz) == "Pacific/Auckland"
        assert str(archive.free_busy()["start"].dt.tz) == "Pacific/Auckland"
        assert str(archive.events(tz="UTC")["start"].dt.tz) == "UTC"


def test_the_report_of_a_sync_counts_retries(tmp_path: Path) -> None:
    """The report of an archive has the requests, retries and waits of each account."""
    box = cf.Sandbox(now="2026-03-02T09:00:00Z", faults=[cf.Fault("status", route="GET /v1/events", times={1})])
    with cf.connect(sandbox=box) as client, cf.Archive(tmp_path / "a") as archive:
        report = archive.sync(client).iloc[0]
    assert (report["status"], report["retries"]) == ("synced", 1)
    assert report["waited"] > 0


def test_one_archive_is_created_by_several_at_once(tmp_path: Path) -> None:
    """Each gets the same empty archive, as when two scheduled syncs begin with the same new folder."""
    for number in range(5):
        folder, barrier = tmp_path / f"{number}.archive", threading.Barrier(8)

        def create(folder: Path = folder, barrier: threading.Barrier = barrier) -> int:
            barrier.wait()
            with cf.Archive(folder) as archive:
                return len(archive.accounts())

        with ThreadPoolExecutor(8) as pool:
            futures = [pool.submit(create) for _ in range(8)]
            assert [future.result() for future in futures] == [0] * 8
        assert cf.Archive(folder).check()["ok"].all()


@pytest.mark.parametrize("before", range(len(MIGRATIONS)))
def test_an_older_process_never_sets_the_schema_back(tmp_path: Path, before: int) -> None:
    """One that waits while another process brings the schema up to date finds nothing left to do."""
    first, second = State(tmp_path), State(tmp_path)

    def migrate_to(connection: sqlite3.Connection, last: int) -> None:
        for version in range(first.check_schema(), last):
            for statement in MIGRATIONS[version].split(";\n"):
                connection.execute(statement)
            connection.execute(f"pragma user_version = {version + 1}")

    with first.transaction() as connection:
        migrate_to(connection, before)
    with first.transaction() as connection:
        waiting = threading.Thread(target=second.migrate)
        waiting.start()
        waiting.join(0.2)
        migrate_to(connection, len(MIGRATIONS))
    waiting.join()
    assert first.check_schema() == second.check_schema() == len(MIGRATIONS)
    first.close()
    second.close()
