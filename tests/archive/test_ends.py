"""How events end in an archive, and how they do not: deleted, vanished, left, unseen."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import cronofy_frames as cf
from cronofy_frames.archive.account_sync import VanishedError
from cronofy_frames.errors import TransportError
from cronofy_frames.sandbox.model.state import Calendar
from tests.archiving import ANN, Office, client_without_next_page, edited_client
from tests.small import HOME

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def states(team: Office, uid: str) -> list[str]:
    """Return the states of the versions of an event, in order."""
    versions = team.archive._store.versions.dataset().to_table().to_pandas()
    own = versions[versions["event_key"] == uid].sort_values("seen_at")
    return [str(state) for state in own["state"]]


def profile(team: Office) -> Any:
    """Return Ann's profile."""
    return team.box.account(ANN).profiles[0]


def test_a_tombstone_ends_an_event_once(team: Office) -> None:
    """A deleted event ends, and its tombstone, which is read again and again, makes no further version."""
    uid = team.add("gone")
    team.sync()
    team.clock.move(hours=1)
    team.remove(uid)
    assert team.sync()["deleted"] == 1
    assert team.sync()["deleted"] == 0
    assert team.sync(full=True)["deleted"] == 0
    assert states(team, uid) == ["open", "deleted"]
    assert uid not in set(team.archive.events()["event_uid"])


def test_an_event_that_comes_back_reopens(team: Office) -> None:
    """A deleted event that is there again is open again, with the same content or another one."""
    uid = team.add("back")
    team.sync()
    team.clock.move(hours=1)
    team.remove(uid)
    team.sync()
    team.clock.move(hours=1)
    team.edit(uid, deleted=False)
    report = team.sync()
    assert (report["reopened"], report["new"]) == (1, 0)
    assert states(team, uid) == ["open", "deleted", "open"]
    pd.testing.assert_frame_equal(team.known(), team.read())


def test_what_a_complete_read_does_not_show_has_vanished(team: Office) -> None:
    """An event without a tombstone ends with the next complete read of its window: at night near today, weekly else."""
    near, far = team.add("near", days=2), team.add("far", days=90)
    team.sync()
    team.clock.move(hours=1)
    team.purge(near)
    team.purge(far)
    assert team.sync()["vanished"] == 0
    team.clock.move(hours=23)
    report = team.sync()
    assert (report["vanished"], report["reads"]) == (1, "near, far end, leaving, changes")
    assert states(team, near) == ["open", "vanished"]
    team.clock.move(days=6)
    report = team.sync()
    assert (report["vanished"], report["reads"]) == (1, "whole, managed, changes")
    pd.testing.assert_frame_equal(team.known(), team.read())


def test_a_revoked_calendar_is_unseen(team: Office) -> None:
    """Events of a calendar that was taken away do not end, and it is read whole when it is granted again."""
    team.sync()
    team.clock.move(days=1)
    home = profile(team).calendars.pop(1)
    assert home.calendar_id == HOME
    report = team.sync(full=True)
    assert (report["unseen"], report["vanished"], report["deleted"]) == (1, 0, 0)
    assert HOME in set(team.archive.events()["calendar_id"])
    team.clock.move(days=1)
    team.box.add_external_event(
        ANN, "unnoticed", datetime(2026, 3, 20, 9, tzinfo=UTC), datetime(2026, 3, 20, 10, tzinfo=UTC), calendar_id=HOME
    ).updated = LONG_AGO
    profile(team).calendars.append(home)
    report = team.sync()
    assert (report["new"], report["unseen"]) == (1, 0)
    assert report["reads"].startswith("new calendars")
    pd.testing.assert_frame_equal(team.known(), team.read())
    assert team.sync()["reads"] == "changes"


def test_a_calendar_that_is_taken_away_while_it_is_read_ends_nothing(team: Office) -> None:
    """A read of it that shows no events is as complete as any other, so that it is looked at again."""
    team.sync()
    taken: list[str] = []

    def take_away(path: str, query: str, body: Any) -> Any:
        if path == "/v1/events":
            body["events"] = [row for row in body["events"] if row["calendar_id"] != HOME]
            if not taken:
                team.box.revoke_calendar(ANN, HOME)
                taken.append(query)
        return body

    report = team.archive.sync(edited_client(team.box, take_away), full=True).iloc[0]
    assert (report["vanished"], report["deleted"], len(taken)) == (0, 0, 1)
    assert HOME in set(team.archive.events()["calendar_id"])


def test_what_changes_during_the_first_sync_is_known_by_its_end(team: Office) -> None:
    """Its last read is that of changes since it began, as that of any later one."""
    edited: list[str] = []

    def rename(path: str, _query: str, body: Any) -> Any:
        if path == "/v1/events" and not edited:
            edited.extend(row["event_uid"] for row in body["events"])
            team.edit(edited[0], summary="renamed meanwhile")
        return body

    team.archive.sync(edited_client(team.box, rename))
    assert "renamed meanwhile" in set(team.archive.events()["summary"])


@pytest.mark.parametrize(("count", "name"), [(1, "new calendars"), (4, "new calendars"), (300, "whole")])
def test_new_calendars_are_one_read(team: Office, count: int, name: str) -> None:
    """However many were granted at once, they are one request; the whole window where their list would be too long."""
    requests: list[str] = []

    def note(path: str, query: str, body: Any) -> Any:
        requests.extend([query] if path == "/v1/events" and "last_modified" not in query else [])
        return body

    client = edited_client(team.box, note)
    team.archive.sync(client)
    calendars = [Calendar(f"cal_new_{number}", f"New {number}") for number in range(count)]
    profile(team).calendars.extend(calendars)
    start = team.clock.now + timedelta(days=100)
    for calendar in calendars:
        team.box.add_external_event(
            ANN, calendar.calendar_name, start, start + timedelta(hours=1), calendar_id=calendar.calendar_id
        ).updated = LONG_AGO
    requests.clear()
    report = team.archive.sync(client).iloc[0]
    assert report["reads"].split(",")[0] == name
    assert report["new"] == count
    assert len([query for query in requests if "only_managed" not in query]) == 1
    assert all(len(query) < 4_000 for query in requests)
    pd.testing.assert_frame_equal(team.known(), team.read(client))


@pytest.mark.parametrize("flag", [{"profile_connected": False}, {"profile_initial_sync_required": True}])
def test_a_profile_that_cannot_be_read_is_unseen(team: Office, flag: dict[str, bool]) -> None:
    """Without its connection, or before its first synchronisation, a profile that shows nothing ends nothing."""
    team.sync()
    team.clock.move(days=1)
    (name, value), events = *flag.items(), dict(team.box.account(ANN).events)
    setattr(profile(team), name, value)
    team.box.account(ANN).events.clear()
    report = team.sync(full=True)
    assert (report["unseen"], report["vanished"]) == (4, 0)
    assert team.archive.calendars()["unreadable_since"].notna().all()
    team.clock.move(days=1)
    setattr(profile(team), name, not value)
    team.box.account(ANN).events.update(events)
    report = team.sync()
    assert (report["unchanged"], report["new"], report["reopened"]) == (4, 0, 0)


def test_tombstones_of_a_calendar_that_cannot_be_read_end_nothing(team: Office) -> None:
    """Where a profile loses its connection and all its events are marked as deleted, they are unseen."""
    team.sync()
    team.clock.move(days=1)
    profile(team).profile_connected = False
    for uid in list(team.box.account(ANN).events):
        team.remove(uid)
    report = team.sync()
    assert (report["deleted"], report["unseen"]) == (0, 4)


def test_an_event_that_leaves_the_window_does_not_end(team: Office) -> None:
    """An event that slid out of the window is counted once, and stays."""
    uid = team.add("old", days=-41)
    team.sync()
    team.clock.move(days=2)
    assert team.sync()["left"] == 1
    team.clock.move(days=1)
    assert team.sync(full=True)["left"] == 0
    assert states(team, uid) == ["open"]
    assert uid in set(team.archive.events()["event_uid"])


def test_a_whole_day_leaves_with_its_end(team: Office) -> None:
    """A window that begins at the midnight at which it ends no longer shows it."""
    first = team.clock.now.date() - timedelta(days=42)
    team.box.add_external_event(ANN, "whole day", first, first + timedelta(days=1))
    team.sync()
    counts = []
    for _ in range(2):
        team.clock.move(days=1)
        counts.append(team.sync()["left"])
    assert counts == [1, 0]


def test_what_is_about_to_leave_gets_a_last_look(team: Office) -> None:
    """An event that a provider reported late is found before it leaves the window."""
    team.sync()
    team.clock.move(days=1)
    uid = team.add("late", days=-40.5)
    team.box.account(ANN).events[uid].updated = LONG_AGO
    assert team.sync()["new"] == 1


def test_what_enters_at_the_far_end_is_read(team: Office) -> None:
    """An event beyond the window is read on the day on which it enters, though nothing changed by then."""
    uid = team.add("far", days=203)
    team.sync()
    for _ in range(2):
        team.clock.move(days=1)
        assert team.sync()["new"] == 0
    team.clock.move(days=1)
    assert team.sync()["new"] == 1
    assert states(team, uid) == ["open"]


def test_no_day_is_missed_around_midnight(team: Office) -> None:
    """A sync right after midnight, when the server may still be in the day before, leaves the new day to the next."""
    team.sync()
    team.clock.now = datetime(2026, 3, 5, 0, 5, tzinfo=UTC)
    uid = team.add("far", days=201.6)
    team.box.account(ANN).events[uid].updated = LONG_AGO
    team.sync()
    team.clock.now = datetime(2026, 3, 5, 12, tzinfo=UTC)
    team.sync()
    team.clock.now = datetime(2026, 3, 6, 0, 5, tzinfo=UTC)
    team.sync()
    team.clock.now = datetime(2026, 3, 6, 12, tzinfo=UTC)
    assert team.sync()["vanished"] == 0
    assert states(team, uid) == ["open"]


def test_nothing_is_read_whole_while_nothing_can_be_read(team: Office) -> None:
    """While the only profile is disconnected, a sync reads changes alone."""
    team.sync()
    team.box.connect_profile(ANN, "pro_ann", connected=False)
    team.clock.move(days=9)
    assert team.sync()["reads"] == "changes"
    team.box.connect_profile(ANN, "pro_ann")
    assert team.sync()["reads"] == "whole, managed, changes"


def test_late_reports_are_found_at_night_and_weekly(team: Office) -> None:
    """A change with an old time is found near today by the next night, elsewhere within a week."""
    team.sync()
    near, far = team.add("near", days=1), team.add("far", days=60)
    for uid in (near, far):
        team.box.account(ANN).events[uid].updated = LONG_AGO
    assert team.sync()["new"] == 0
    team.clock.move(hours=21)
    assert team.sync()["new"] == 1
    team.clock.move(days=6)
    assert team.sync()["new"] == 1
    assert states(team, far) == ["open"]


def test_the_weekly_read_can_be_left_out(team: Office) -> None:
    """With full=False a sync reads changes and what is due each day, a week later, too."""
    team.sync()
    team.clock.move(days=8)
    assert team.sync(full=False)["reads"] == "near, far end, leaving, changes"
    assert team.sync()["reads"] == "whole, managed, changes"


def test_a_move_out_of_the_window_is_a_change(team: Office) -> None:
    """An event that was moved beyond the window has its new time, and does not vanish."""
    uid = team.add("moved")
    team.sync()
    team.clock.move(hours=1)
    later = team.clock.now + timedelta(days=300)
    team.edit(uid, start=later, end=later + timedelta(hours=1))
    assert team.sync()["changed"] == 1
    assert team.sync(full=True)["vanished"] == 0
    events = team.archive.events().set_index("event_uid")
    assert events.loc[uid, "start"] == pd.Timestamp(later)


def test_many_vanished_events_have_to_be_confirmed(team: Office) -> None:
    """Where more than a tenth vanishes at once, the account fails with the numbers, and the rest is kept."""
    uids = [team.add(f"event {number}", days=number) for number in range(1, 30)]
    team.sync()
    team.clock.move(days=1)
    for uid in uids[:5]:
        team.purge(uid)
    team.add("new")
    with pytest.raises(VanishedError, match=r"5 of 33 events are no longer there.*accept_vanished=True"):
        team.sync(full=True)
    assert "new" in set(team.archive.events()["summary"])
    assert len(team.archive.events()) == 34
    with pytest.raises(VanishedError):
        team.sync(full=True)
    assert team.sync(full=True, accept_vanished=True)["vanished"] == 5
    pd.testing.assert_frame_equal(team.known(), team.read())


@pytest.mark.parametrize(("full", "days"), [(True, range(30, 40)), (None, range(1, 6))], ids=["whole", "near"])
def test_a_confirmation_needs_no_other_argument(team: Office, full: bool | None, days: range) -> None:
    """The sync that confirms reads again what the one before it read, which was not due otherwise."""
    uids = [team.add(f"event {day}", days=day) for day in days]
    team.sync()
    team.clock.move(hours=1 if full else 21)
    for uid in uids:
        team.purge(uid)
    with pytest.raises(VanishedError):
        team.sync(full=full)
    team.clock.move(minutes=10)
    assert team.sync(accept_vanished=True)["vanished"] == len(uids)
    pd.testing.assert_frame_equal(team.known(), team.read())


def test_two_vanished_events_need_no_confirmation(team: Office) -> None:
    """In a small calendar one or two events may be more than a tenth, and are ended."""
    uids = [team.add(f"event {number}") for number in range(2)]
    team.sync()
    for uid in uids:
        team.purge(uid)
    assert team.sync(full=True)["vanished"] == 2


def test_a_gap_beyond_the_window_is_said_loudly(team: Office) -> None:
    """After more than 40 days a sync warns: which days were missed, or that none was."""
    team.sync()
    team.clock.move(days=41)
    with pytest.warns(UserWarning, match="was last synced 41 days ago; no day was missed"):
        team.sync()
    team.clock.move(days=50)
    with pytest.warns(UserWarning, match="from 2026-04-14 to 2026-04-21 is not known"):
        team.sync()


def test_a_truncated_read_ends_nothing(team: Office) -> None:
    """A read that breaks in the middle keeps nothing and ends nothing; the next one goes on from the same time."""
    team.sync()
    team.clock.move(days=1)
    uid = team.add("new")
    team.box.faults = (cf.Fault("truncate", route="GET /v1/events"),)
    broken = cf.connect(sandbox=team.box)
    broken._retries = False
    with pytest.raises(TransportError):
        team.archive.sync(broken, full=True)
    team.box.faults = ()
    assert len(team.archive.events()) == 4
    report = team.sync()
    assert (report["new"], report["vanished"]) == (1, 0)
    assert uid in set(team.archive.events()["event_uid"])


def test_a_read_that_lacks_pages_ends_nothing(tmp_path: Path) -> None:
    """Pages that were announced and did not come end nothing, and do not count as read."""
    with_pages = Office(tmp_path, page_size=2, token_life=10**8)
    with_pages.sync()
    with_pages.clock.move(days=8)

    short = client_without_next_page(with_pages.box)
    with pytest.raises(cf.CronofyError, match=r"read of whole ended after page 1 of 2: rows are missing"):
        with_pages.archive.sync(short)
    report = with_pages.sync()
    assert report["reads"].startswith("whole")
    assert len(with_pages.archive.events()) == 4


def test_a_read_of_changes_that_lacks_pages_is_read_again(tmp_path: Path) -> None:
    """From the same time on; the rows that came are kept."""
    team = Office(tmp_path, page_size=2, token_life=10**8)
    team.sync()
    team.clock.move(hours=1)
    uids = [team.add(f"event {number}") for number in range(5)]
    team.clock.move(minutes=30)

    with pytest.raises(cf.CronofyError, match="read of changes ended after page 1 of 3"):
        team.archive.sync(client_without_next_page(team.box, "last_modified"))
    assert len(team.archive.events()) == 4 + 2
    team.clock.move(minutes=30)
    assert team.sync()["new"] == 3
    assert set(uids) <= set(team.archive.events()["event_uid"])
    team.archive.close()
