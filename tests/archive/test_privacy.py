"""What an archive leaves out, whom it gives pseudonyms, and how it forgets people and old events."""

import json
import re
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import cronofy_frames as cf
from tests.archiving import ANN, Office, texts_of

KEY = b"a key of sixteen bytes, or more"
BOB = {"email": "Bob.Jones@Example.test", "display_name": "Bob Jones", "status": "accepted"}
SECRETS = ("bob.jones", "bob jones")


def invite_bob(team: Office) -> str:
    """Add an event that has Bob in all its places, and one without him."""
    team.add("Nothing to hide", days=2)
    return team.add(
        "Bob Jones / Ann",
        description="Write to bob.jones+team@example.test. BOB JONES brings cake.",
        location={"description": "Bob Jones's office"},
        organizer={"email": BOB["email"], "display_name": BOB["display_name"]},
        attendees=[BOB, {"email": "ann@example.test", "display_name": "Ann Example", "status": "accepted"}],
    )


def reopened(team: Office, **options: Any) -> cf.Archive:
    """Open the team's archive with options."""
    team.archive.close()
    team.archive = cf.Archive(team.folder, **options)
    return team.archive


def test_people_are_stored_under_pseudonyms(team: Office) -> None:
    """No file has an address or a name; the frame is that of `pseudonymise`, and a second sync changes nothing."""
    invite_bob(team)
    archive = cf.Archive(team.folder.parent / "pseudonyms", pseudonyms=KEY)
    archive.sync({ANN: team.client})
    assert not [secret for secret in (*SECRETS, "ann@example") if secret in texts_of(archive)]
    again = archive.sync({ANN: team.client}).iloc[0]
    assert (again["new"], again["changed"]) == (0, 0)
    read = cf.pseudonymise(cf.read_events({ANN: team.client}), KEY)
    known = archive.events()
    columns = ["account", "summary", "description", "organizer_email", "organizer_display_name"]
    pd.testing.assert_frame_equal(known[columns], read[columns])
    assert archive.check()["ok"].all()


def test_an_archive_of_pseudonyms_is_synced_with_its_key_only(team: Office) -> None:
    """Without it the archive can be read; another key and a plain archive are refused."""
    folder = team.folder.parent / "pseudonyms"
    cf.Archive(folder, pseudonyms=KEY, keep_domain=True).sync(team.client)
    plain = cf.Archive(folder)
    assert len(plain.events()) > 0
    with pytest.raises(cf.FrameError, match=r"pseudonyms=key"):
        plain.sync(team.client)
    for options in ({"pseudonyms": KEY * 2}, {"pseudonyms": KEY, "keep_domain": False}):
        with pytest.raises(cf.FrameError, match="make a new archive"):
            cf.Archive(folder, **options)
    team.sync()
    with pytest.raises(cf.FrameError, match="make a new archive"):
        reopened(team, pseudonyms=KEY)


def test_dropped_columns_are_never_stored(team: Office) -> None:
    """They are missing in frames and files, also when the archive is opened without them later."""
    invite_bob(team)
    folder = team.folder.parent / "dropped"
    columns = ("description", "location_description", "attendees", "summary", "organizer_email")
    cf.Archive(folder, drop=columns).sync(team.client)
    archive = cf.Archive(folder)
    report = archive.sync(team.client).iloc[0]
    assert (report["new"], report["changed"]) == (0, 0)
    events = archive.events()
    assert events[list(columns)].isna().all(axis=None)
    assert "Bob Jones" in events["organizer_display_name"].tolist()
    assert "cake" not in texts_of(archive)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"drop": "start"}, "'start' is none"),
        ({"drop": ("Description",)}, "It can have: summary"),
        ({"pseudonyms": b"short"}, "needs at least 16"),
        ({"retain": "forever"}, "such as '3y'"),
        ({"retain": "30d"}, "60d"),
        ({"retain": "100000y"}, "at most '1000y'"),
        ({"retain": "99999999999d"}, "Leave it out to keep all events"),
    ],
)
def test_what_an_archive_cannot_do_is_refused(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    """With the values that it takes."""
    with pytest.raises(ValueError, match=re.escape(message)):
        cf.Archive(tmp_path / "a", **options)


def test_a_forgotten_person_is_in_no_byte_of_the_folder(team: Office) -> None:
    """Every file is searched, Delta log, SQLite and its log included; the rest of the history stays."""
    uid = invite_bob(team)
    team.sync()
    team.clock.move(days=1)
    team.edit(uid, summary="Bob Jones II")
    team.sync()
    assert all(secret in texts_of(team.archive) for secret in SECRETS)
    versions = len(team.archive.sql("from versions"))
    gone = team.archive.forget(email=" bob.jones+x@EXAMPLE.test")
    assert gone.to_dict("records")[0] == {"place": "versions", "rows": 2, "forgotten": True}
    assert not [secret for secret in SECRETS if secret in texts_of(team.archive)]
    assert len(team.archive.sql("from versions")) == versions
    event = team.archive.events().set_index("event_uid").loc[uid]
    assert event["summary"] == "Forgotten II"
    assert event["organizer_email"] == "forgotten@pseudonym.invalid"
    assert [person["display_name"] for person in json.loads(event["attendees"])] == ["Forgotten", "Ann Example"]
    assert team.archive.check()["ok"].all()


def test_the_next_sync_does_not_bring_a_person_back(team: Office) -> None:
    """Neither what is read again nor what is new names them, and what was known makes no version."""
    uid = invite_bob(team)
    team.sync()
    team.archive.forget(email=BOB["email"])
    archive = reopened(team)
    report = team.sync(full=True)
    assert (report["new"], report["changed"], report["vanished"]) == (0, 0, 0)
    team.edit(uid, summary="Bob Jones III")
    team.add("New", attendees=[BOB])
    report = team.sync()
    assert (report["new"], report["changed"]) == (1, 1)
    assert not [secret for secret in SECRETS if secret in texts_of(archive)]


def test_a_person_behind_a_pseudonym_is_forgotten(team: Office) -> None:
    """By their address, with the key of the archive; without it this is an error."""
    invite_bob(team)
    folder = team.folder.parent / "pseudonyms"
    archive = cf.Archive(folder, pseudonyms=KEY)
    archive.sync(team.client)
    before = set(archive.events()["organizer_email"].dropna())
    with pytest.raises(cf.FrameError, match="pseudonyms=key"):
        cf.Archive(folder).forget(email=BOB["email"])
    archive.forget(email=BOB["email"])
    assert set(archive.events()["organizer_email"].dropna()) == {"forgotten@pseudonym.invalid"} != before
    assert archive.sync(team.client, full=True).iloc[0]["changed"] == 0


def test_exports_are_out_of_reach(team: Office, tmp_path: Path) -> None:
    """They are listed, not forgotten."""
    invite_bob(team)
    team.sync()
    team.archive.export(tmp_path / "copy")
    gone = team.archive.forget(email=BOB["email"])
    assert gone.iloc[-1].to_dict() == {"place": f"export {tmp_path / 'copy'}", "rows": 0, "forgotten": False}


def test_an_account_is_forgotten_on_request(team: Office) -> None:
    """Its whole history goes, and a later sync of it fails without stopping others."""
    team.archive.sync({ANN: team.client})
    with pytest.raises(cf.FrameError, match="delete_account=True"):
        team.archive.forget(email=ANN)
    gone = team.archive.forget(email=ANN, delete_account=True)
    with pytest.warns(match="forgotten"):
        report = team.archive.sync({ANN: team.client})
    assert gone["place"].tolist()[0] == "account"
    assert ANN not in texts_of(team.archive)
    assert report["status"].tolist() == ["failed"]


def test_an_address_in_an_id_is_said_to_remain(team: Office) -> None:
    """Ids are not rewritten, which is an error that names the place."""
    own = {"event_id": "bob.jones@example.test", "summary": "Own", "description": ""}
    times = {"start": "2026-03-06T09:00:00Z", "end": "2026-03-06T10:00:00Z"}
    team.client.create_event(calendar_id="cal_ann_home", **own, **times)
    team.sync()
    with pytest.raises(cf.FrameError, match=r"column event_id.*an id of a calendar or an event"):
        team.archive.forget(email="bob.jones@example.test")


def test_old_events_are_pruned(team: Office) -> None:
    """Those that ended longer ago go with all their versions, also from the files; the next sync brings none back."""
    uid = team.add("Long past")
    team.sync()
    team.edit(uid, summary="Long past II")
    team.sync()
    team.clock.move(days=20)
    team.add("Still kept", days=-1)
    team.sync()
    team.clock.move(days=30)
    team.sync()
    team.clock.move(days=25)
    archive = reopened(team, retain="60d", clock=team.clock)
    team.sync()
    deleted = archive.prune()
    assert deleted["deleted"].tolist()[0] >= 2
    assert "long past" not in texts_of(archive)
    assert "Still kept" in archive.events()["summary"].tolist()
    report = team.sync(full=True)
    assert (report["new"], report["reopened"]) == (0, 0)
    assert archive.check()["ok"].all()
    assert archive.prune("3y")["deleted"].tolist() == [0]
    with pytest.raises(ValueError, match="prune"):
        reopened(team).prune()


@pytest.mark.parametrize("all_day", [False, True], ids=["times", "days"])
def test_events_that_were_pruned_do_not_come_back(team: Office, all_day: bool) -> None:
    """Those of the application are read of all time; one that moves to a later time is new."""
    start = team.clock.now - timedelta(days=800)
    times = (start.date(), start.date() + timedelta(days=1)) if all_day else (start, start + timedelta(hours=1))
    own = {"managed_by": team.box.client_id, "event_id": "own"}
    uid = team.box.add_external_event(ANN, "Own", *times, **own).event_uid
    team.sync()
    assert team.archive.prune("2y")["deleted"].tolist() == [1]
    team.clock.move(days=8)
    assert (team.sync()["new"], team.sync(full=True)["new"]) == (0, 0)
    assert team.archive.prune("3y")["deleted"].tolist() == [0]
    assert team.sync(full=True)["new"] == 0
    tomorrow = team.clock.now + timedelta(days=1)
    team.edit(uid, start=tomorrow, end=tomorrow + timedelta(hours=1))
    assert team.sync()["new"] == 1


def test_changes_of_events_that_stay_are_the_same_after_pruning(team: Office) -> None:
    """Also where nothing is left of the first sync: what came after it is new."""
    events = team.box.account(ANN).events
    events.clear()
    team.add("First")
    team.sync()
    team.clock.move(days=1)
    team.add("Second", days=150)
    team.sync()
    before = team.archive.changes()
    assert before[["kind", "summary"]].to_numpy().tolist() == [["new", "Second"]]
    for _ in range(3):
        team.clock.move(days=30)
        team.sync()
    for _ in range(2):
        team.archive.prune("60d")
        assert team.archive.events()["summary"].tolist() == ["Second"]
        pd.testing.assert_frame_equal(team.archive.changes(), before)
        team.clock.move(days=1)
        team.sync()


def test_two_spellings_of_an_address_are_no_two_labels(team: Office) -> None:
    """With pseudonyms they would be one, so that an account would be left out and not said."""
    with cf.Archive(team.folder.with_name("private.archive"), pseudonyms="k" * 16) as archive:
        with pytest.raises(ValueError, match=r"'Ann@example.test' and 'ann@example.test' are one address.*label"):
            archive.sync({"Ann@example.test": team.client, "ann@example.test": team.client})
        assert archive.sync({"Ann@example.test": team.client})["status"].tolist() == ["synced"]
        assert archive.sync({"ann@example.test": team.client})["new"].tolist() == [0]


def test_nothing_is_forgotten_or_pruned_during_a_sync(team: Office) -> None:
    """The error says so, and nothing has changed."""
    invite_bob(team)
    team.sync()
    failures: list[str] = []

    def interfere(step: str) -> None:
        if step == "compared":
            for act in (lambda: team.archive.forget(email=BOB["email"]), lambda: team.archive.prune("3y")):
                with pytest.raises(cf.FrameError) as caught:
                    act()
                failures.append(str(caught.value))

    team.archive._store.step = interfere
    team.clock.move(**{"minutes": timedelta(minutes=5).seconds / 60})
    team.sync()
    assert ["a sync of this archive is running" in text for text in failures] == [True, True]
    assert "Bob Jones / Ann" in team.archive.events()["summary"].tolist()


def test_notifications_find_the_account_behind_a_pseudonym(team: Office) -> None:
    """Labels of clients are addresses, and those of the archive pseudonyms of them."""
    archive = cf.Archive(team.folder.parent / "pseudonyms", pseudonyms=KEY, clock=team.clock)
    archive.sync({ANN: team.client})
    app: Any = cf.notifications(archive, {ANN: team.client}, debounce=0)
    assert app.subscribe("https://hook.example.test/") == 1
    (sub,) = archive.accounts()["sub"]
    archive.push.add_notified(sub, None)
    app._plan(sub, 0)
    assert app.read_due() == archive.accounts()["account"].tolist()
    assert archive.push.notified_subs() == []


def test_a_thread_in_a_transaction_waits_for_no_other(team: Office) -> None:
    """Two threads look up who is forgotten, one of them within a transaction for which the other waits: both end."""
    state, privacy = team.archive._store.state, team.archive._store.privacy
    privacy.changes()
    other = threading.Thread(target=lambda: privacy.forgotten, daemon=True)

    def within_a_transaction() -> None:
        with state.transaction():
            other.start()
            other.join(0.2)
            privacy.calendar({"calendar_name": "Work"})

    first = threading.Thread(target=within_a_transaction, daemon=True)
    first.start()
    for thread in (first, other):
        thread.join(30)
        assert not thread.is_alive()
