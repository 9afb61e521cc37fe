"""What an archive can be asked: changes, coverage, free and busy time, SQL."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import deltalake
import pandas as pd
import pytest

import cronofy_frames as cf
from cronofy_frames.errors import FrameError
from tests.archiving import ANN, Office, edited_client, plain
from tests.small import HOME, WORK

HOUR = timedelta(hours=1)


def test_what_was_there_before_is_no_change(team: Office) -> None:
    """The first sync, and what enters the window later, are no changes; what is made later is new."""
    team.sync()
    team.box.account(ANN).events[team.add("enters", days=201)].created = datetime(2026, 1, 1, tzinfo=UTC)
    team.clock.move(days=2)
    team.add("made", days=10)
    team.sync()
    changes = team.archive.changes()
    assert changes[["kind", "summary"]].to_numpy().tolist() == [["new", "made"]]
    assert changes["notice"][0] == timedelta(days=10)


def test_a_move_says_by_how_much_and_with_how_much_notice(team: Office) -> None:
    """A moved event has its times before and after, the shift, and the notice to the earlier of both starts."""
    uid = team.add("moved", days=3)
    team.sync()
    team.clock.move(days=1)
    start = team.clock.now + timedelta(days=1)
    team.edit(uid, start=start, end=start + 2 * HOUR, organizer={"email": "bob@example.test", "display_name": "Bob"})
    changed_at = team.clock.move(hours=3)
    team.sync()
    change = team.archive.changes(tz="Europe/London").iloc[0]
    assert (change["kind"], change["summary"], change["calendar_name"]) == ("moved", "moved", "Work")
    assert change["shift"] == timedelta(days=-1)
    assert change["notice"] == timedelta(days=1)
    assert change["changed_at"] == pd.Timestamp(changed_at)
    assert change["seen_at"] == pd.Timestamp(team.clock.now)
    assert change["start_before"] == pd.Timestamp(start + timedelta(days=1))
    assert change["fields"] == "start, end, organizer_email, organizer_display_name"
    assert str(change["start"].tz) == "Europe/London"


def test_each_kind_of_change(team: Office) -> None:
    """Events are renamed, deleted, restored and vanish; each is a row of its kind, in the order of knowing."""
    renamed, gone, lost = (team.add(name, days=2) for name in ("renamed", "gone", "lost"))
    team.sync()
    team.clock.move(hours=1)
    team.edit(renamed, summary="another name")
    team.remove(gone)
    team.purge(lost)
    team.sync(full=True)
    second = team.clock.move(hours=1)
    team.edit(gone, deleted=False)
    team.sync()
    changes = team.archive.changes()
    kinds = dict(zip(changes["kind"], changes["summary"], strict=True))
    assert kinds == {"changed": "another name", "deleted": "gone", "vanished": "lost", "reopened": "gone"}
    assert changes.set_index("kind")["fields"].dropna().to_dict() == {"changed": "summary", "reopened": ""}
    assert changes["kind"].tolist()[-1] == "reopened"
    ended = changes[changes["kind"] == "deleted"].iloc[0]
    assert pd.isna(ended["start"])
    assert ended["start_before"] == pd.Timestamp(team.clock.now - 2 * HOUR + timedelta(days=2))
    assert team.archive.changes(second + timedelta(minutes=1))["kind"].tolist() == ["reopened"]
    seen_at = changes["seen_at"].iloc[-1]
    assert team.archive.changes(seen_at)["kind"].tolist() == ["reopened"]
    assert len(team.archive.changes(None, seen_at)) == len(changes) - 1


@pytest.mark.parametrize("value", [True, False])
def test_a_value_that_was_missing_is_a_field_that_changed(team: Office, value: bool) -> None:
    """Also one of yes or no."""

    def without_value(path: str, _query: str, body: Any) -> Any:
        for row in body["events"] if path == "/v1/events" else []:
            row.pop("event_private", None)
        return body

    uid = team.add("private", event_private=value)
    team.archive.sync(edited_client(team.box, without_value))
    team.sync(full=True)
    changes = team.archive.changes().set_index("event_uid")
    assert changes.loc[uid, "fields"] == "event_private"


def test_changes_of_accounts(team: Office) -> None:
    """Changes of a mapping have the labels first, and can be chosen by them."""
    team.archive.sync({"ann": team.client})
    team.add("new")
    team.archive.sync({"ann": team.client})
    changes = team.archive.changes(account="ann")
    assert changes.columns[0] == "account"
    assert changes[["account", "kind"]].to_numpy().tolist() == [["ann", "new"]]


def test_changes_of_one_sync_are_in_the_order_of_their_starts(team: Office) -> None:
    """Of each account, whatever the files of the archive are."""
    for _ in range(5):
        team.clock.move(hours=1)
        for days in (5, 3, 9):
            team.add(f"in {days} days", days=days)
        team.sync()
    before = team.archive.changes()
    assert before["summary"].tolist() == ["in 3 days", "in 5 days", "in 9 days"] * 4
    team.archive.compact(keep_hours=0)
    pd.testing.assert_frame_equal(team.archive.changes(), before)


def test_no_change_has_the_same_columns(team: Office) -> None:
    """Without changes the frame has the same columns and dtypes."""
    team.sync()
    none = team.archive.changes()
    team.add("new")
    team.sync()
    pd.testing.assert_series_equal(none.dtypes, team.archive.changes().dtypes)


@pytest.mark.parametrize("include", [("ids",), ("ids", "free"), ()])
def test_free_busy_is_that_of_a_read(tmp_path: Path, include: tuple[str, ...]) -> None:
    """The free/busy periods equal those that Cronofy makes of the same events."""
    box = cf.Sandbox(now="2026-03-02T09:00:00Z")
    client = cf.connect(sandbox=box)
    window = {"start": "2026-03-01", "end": "2026-03-15", "tz": "Europe/London"}
    read = cf.read_free_busy(client, **window, include=include)
    with cf.Archive(tmp_path / "a") as archive:
        archive.sync(client)
        known = archive.free_busy(**window, include=include)
        with pytest.raises(ValueError, match="include takes ids, free"):
            archive.free_busy(include="names")
    columns = ["start", "calendar_id", "free_busy_status", "end"]
    read, known = (frame.sort_values(columns, ignore_index=True) for frame in (read, known))
    pd.testing.assert_frame_equal(known, read, check_like=False)


def test_days_are_known_once_they_were_read(team: Office) -> None:
    """Coverage is the window of each sync; days that a later sync could not read again are not known."""
    assert team.archive.coverage().empty
    team.sync()
    first = team.archive.coverage()
    assert first[["start", "end", "known"]].to_numpy().tolist() == [
        [pd.Timestamp("2026-01-21", tz="UTC"), pd.Timestamp("2026-09-21", tz="UTC"), True]
    ]
    assert team.archive.coverage("2026-09-21").empty
    team.clock.move(days=60)
    with pytest.warns(UserWarning, match="is not known"):
        team.sync()
    coverage = team.archive.coverage("2026-01-01", "2026-06-01")
    assert coverage.astype({"start": "str", "end": "str"})[["start", "end", "known"]].to_numpy().tolist() == [
        ["2026-01-01 00:00:00+00:00", "2026-01-21 00:00:00+00:00", False],
        ["2026-01-21 00:00:00+00:00", "2026-03-04 00:00:00+00:00", True],
        ["2026-03-04 00:00:00+00:00", "2026-03-22 00:00:00+00:00", False],
        ["2026-03-22 00:00:00+00:00", "2026-06-01 00:00:00+00:00", True],
    ]
    whole = team.archive.coverage()
    assert whole["known"].tolist() == [True, False, True]
    assert whole["start"].dt.strftime("%m-%d").tolist() == ["01-21", "03-04", "03-22"]
    as_of = team.archive.coverage("2026-03-05", "2026-03-20", as_of="2026-03-10")
    assert as_of["known"].tolist() == [True]


def test_an_analysis_takes_unknown_days_for_not_observed(team: Office) -> None:
    """Days that are not known are neither free nor busy."""
    team.sync()
    team.clock.move(days=60)
    with pytest.warns(UserWarning, match="is not known"):
        team.sync()
    events = team.archive.events("2026-03-01", "2026-04-01")
    gaps = cf.gaps(events, start="2026-03-01", end="2026-04-01")
    unknown = (gaps["start"] < pd.Timestamp("2026-03-22", tz="UTC")) & (
        gaps["end"] > pd.Timestamp("2026-03-04", tz="UTC")
    )
    assert not unknown.any()
    assert len(gaps)


def known_days(team: Office, **options: object) -> list[tuple[str, str]]:
    """Return the days of March that are known."""
    coverage = team.archive.coverage("2026-03-01", "2026-04-01", **options)
    known = coverage[coverage["known"]]
    return list(zip(known["start"].dt.strftime("%d"), known["end"].dt.strftime("%d"), strict=True))


def test_while_a_profile_cannot_be_read_days_are_not_known(team: Office) -> None:
    """From the last sync that read a profile on, days are not known; they are again once it is connected."""
    team.sync()
    assert known_days(team) == [("01", "01")]
    team.clock.move(days=2)
    team.box.connect_profile(ANN, "pro_ann", connected=False)
    team.sync()
    assert known_days(team) == [("01", "04")]
    assert known_days(team, as_of="2026-03-05") == [("01", "01")]
    team.clock.move(days=2)
    team.box.connect_profile(ANN, "pro_ann")
    team.sync()
    assert known_days(team) == [("01", "01")]


@pytest.mark.parametrize("kind", ["revoked", "deleted"])
def test_a_calendar_that_was_taken_away_no_longer_counts(team: Office, kind: str) -> None:
    """Days of the other calendars stay known; those of the calendar itself are known until it was read last."""
    team.archive.sync({"ann": team.client})
    team.clock.move(days=10)
    if kind == "revoked":
        team.box.revoke_calendar(ANN, HOME)
    else:
        team.box.account(ANN).profiles[0].calendars[1].calendar_deleted = True
    team.archive.sync({"ann": team.client})
    assert known_days(team, calendars=HOME, account="ann") == [("01", "04")]
    assert known_days(team, calendars=[WORK]) == [("01", "01")]
    assert known_days(team) == [("01", "04"), ("14", "01")]
    assert known_days(team, as_of="2026-03-05") == [("01", "01")]


def test_while_a_calendar_was_away_days_are_not_known(team: Office) -> None:
    """Days that had left the window when it came back are known of the other calendars only."""
    team.sync()
    team.box.revoke_calendar(ANN, HOME)
    team.clock.move(days=30)
    team.sync()
    assert known_days(team) == [("01", "04")]
    team.clock.move(days=30)
    team.box.grant_calendar(ANN, HOME)
    team.sync()
    assert known_days(team) == [("01", "04"), ("22", "01")]
    assert known_days(team, calendars=[WORK]) == [("01", "01")]


def test_windows_that_touch_are_one_run_of_days(team: Office) -> None:
    """A sync whose window begins on the day of the one before leaves no day unknown."""
    team.sync()
    team.clock.move(days=42)
    with pytest.warns(UserWarning, match="no day was missed"):
        team.sync()
    assert team.archive.coverage()["known"].tolist() == [True]


def test_a_calendar_that_was_granted_later_counts_from_then(team: Office) -> None:
    """Days before the window in which a calendar was first read are known by the calendars of that time."""
    team.box.revoke_calendar(ANN, HOME)
    team.sync()
    team.clock.move(days=3)
    team.box.grant_calendar(ANN, HOME)
    team.sync()
    assert team.archive.coverage()["known"].tolist() == [True]
    assert len(team.archive.coverage()) == 1


def test_sql_sees_events_and_versions(team: Office) -> None:
    """SQL has the current events with the names of their calendars, all versions, accounts, calendars and coverage."""
    uid = team.add("gone")
    team.archive.sync({"ann": team.client})
    team.clock.move(hours=1)
    team.remove(uid)
    team.archive.sync({"ann": team.client})
    sql = team.archive.sql
    assert sql("select count(*) as n from events")["n"][0] == len(team.archive.events())
    by_name = sql("select calendar_name, count(*) as n from events group by all order by all")
    assert by_name.to_numpy().tolist() == [["Home", 1], ["Work", 3]]
    assert sql("select state from versions where event_uid = ? order by seen_at", [uid])["state"].tolist() == [
        "open",
        "deleted",
    ]
    assert sql("select count(*) as n from events where account = $label", {"label": "ann"})["n"][0] == 4
    assert sql("select raw->>'summary' as s from versions where summary = 'review'")["s"][0] == "review"
    assert sql("from accounts")["account"].tolist() == ["ann"]
    assert len(sql("from calendars")) == 3
    assert len(sql("from coverage")) == 1
    assert sql("select start from events limit 1")["start"].dt.tz is not None


@pytest.mark.parametrize(
    "query",
    [
        "select * from read_csv('/etc/passwd')",
        "copy events to '/tmp/archive-events.csv'",
        "attach '/tmp/archive-attached.db'",
        "install httpfs",
        "set enable_external_access = true",
        "select * from nowhere",
    ],
)
def test_sql_reaches_nothing_else(team: Office, query: str) -> None:
    """A query reaches no file and no network, cannot undo that, and fails with the names of the tables."""
    with pytest.raises(FrameError, match="The tables are events, versions, accounts, calendars, coverage"):
        team.archive.sql(query)
    assert not list(Path("/tmp").glob("archive-[ea]*.csv")) + list(Path("/tmp").glob("archive-attached.db"))


def test_sql_does_not_change_the_archive(team: Office) -> None:
    """A statement that changes rows has no effect on the archive."""
    team.sync()
    with pytest.raises(FrameError):
        team.archive.sql("delete from events")
    assert team.archive.sql("create view mine as from events").empty
    assert len(team.archive.events()) == 4


def test_an_export_has_every_table(team: Office, tmp_path: Path) -> None:
    """An export is a Parquet file for each table, which the archive remembers, and never replaces files."""
    team.sync()
    copy = tmp_path / "copy"
    paths = team.archive.export(copy)
    assert [path.stem for path in paths] == ["events", "versions", "accounts", "calendars", "coverage"]
    events = pd.read_parquet(copy / "events.parquet")
    assert sorted(events["event_uid"]) == sorted(team.archive.events()["event_uid"])
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}
    assert team.archive._store.state.rows("select path from exports") == [(str(copy),)]
    with pytest.raises(FrameError, match="is not empty"):
        team.archive.export(copy)


def test_a_whole_archive_passes_its_checks(team: Office) -> None:
    """After syncs, ends and a compaction, all checks pass."""
    uid = team.add("gone")
    team.sync()
    team.clock.move(hours=1)
    team.remove(uid)
    team.sync()
    assert team.archive.check()["problem"].dropna().tolist() == []
    team.archive.compact(keep_hours=0)
    report = team.archive.check()
    assert report["check"].tolist() == ["state", "files", "content", "repeats", "index", "permissions"]
    assert report["ok"].all()


def test_checks_find_what_is_wrong(team: Office) -> None:
    """A missing file, a torn one, another index and a folder open to others are found, each with what to do."""
    team.sync()
    with team.archive._store.state.transaction() as connection:
        connection.execute("update current set state = 'deleted' where key like '%review'")
    team.folder.chmod(0o755)
    problems = team.archive.check()["problem"].dropna().tolist()
    assert len(problems) == 2
    assert "archive.compact() mends it" in problems[0]
    assert "chmod 700" in problems[1]
    team.archive.compact()
    assert team.archive.check()["ok"].tolist() == [True] * 5 + [False]
    parquet = next(team.folder.rglob("*.parquet"))
    parquet.write_bytes(parquet.read_bytes()[:100])
    assert any("cannot be read" in problem for problem in team.archive.check()["problem"].dropna())
    parquet.unlink()
    assert any("cannot be read (FileNotFoundError)" in problem for problem in team.archive.check()["problem"].dropna())


def test_compaction_keeps_every_version(team: Office) -> None:
    """Compaction makes one file of many, and everything stays as it was; it waits for no sync."""
    days = []
    for number in range(8):
        team.add(f"event {number}", days=number + 1)
        team.sync()
        days.append((team.clock.move(hours=1), team.read()))
    report = team.archive.compact(keep_hours=0)
    assert report["files"].is_monotonic_decreasing
    assert len(list((team.folder / "versions").glob("*.parquet"))) == 1
    for moment, read in days:
        pd.testing.assert_frame_equal(team.known(moment), read)
    assert team.sync()["new"] == 0
    with cf.Archive(team.folder) as other:
        lease = other._store.lease(team.archive.accounts()["sub"][0])
        assert lease.acquire()
        with pytest.raises(FrameError, match="a sync of this archive is running"):
            team.archive.compact()
        lease.release()
    assert len(team.archive.compact()) == 2


def test_frames_go_on_as_those_of_a_read(team: Office) -> None:
    """An archive's frame is analysed, combined and exported as that of a read."""
    team.archive.sync({"ann": team.client})
    events = team.archive.events("2026-03-02", "2026-03-09")
    read = cf.read_events({"ann": team.client}, "2026-03-02", "2026-03-09")
    pd.testing.assert_frame_equal(cf.busy(events), cf.busy(read), check_dtype=True)
    pd.testing.assert_frame_equal(cf.time_use(events), cf.time_use(read))
    assert len(plain(cf.concat([events, read]))) == len(read)


def test_many_small_files_become_few(team: Office) -> None:
    """Above a number of files, a table makes few of them by itself; no version is lost."""
    for number in range(4):
        team.add(f"event {number}")
        team.sync()
    versions, sub = team.archive._store.versions, team.archive.accounts()["sub"][0]
    team.archive._store.compact_if_many(4)
    assert len(versions.table().file_uris()) == 4
    team.archive._store.compact_if_many(3)
    assert len(versions.table().file_uris()) == 1
    assert versions.dataset().count_rows() == 8
    assert versions.sequence(sub) == 4


def test_columns_that_came_later_are_filled(team: Office) -> None:
    """A table of a version that had fewer columns gets them with the next sync, and old rows when it is compacted."""
    team.sync()
    store = team.archive._store
    older = store.versions.dataset().to_table().drop_columns(["summary", "url"])
    deltalake.write_deltalake(
        str(store.versions.folder), older, mode="overwrite", schema_mode="overwrite", configuration={}
    )
    store.state.save_setting("columns", "fewer")
    team.clock.move(hours=1)
    assert len(team.archive.events()) == 4
    team.add("new")
    assert team.sync()["new"] == 1
    summaries = "select distinct summary from versions order by all"
    assert team.archive.sql(summaries)["summary"].dropna().tolist() == ["new"]
    team.archive.compact()
    assert team.archive.sql(summaries)["summary"].tolist() == ["dentist", "new", "retreat", "review", "standup"]
    assert team.archive.check()["ok"].all()
    assert team.sync(full=True)["unchanged"] == 5
