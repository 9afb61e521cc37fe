"""How events of the application itself end in an archive where they lie outside the window of reads."""

from typing import Any

import pandas as pd
import pytest

import cronofy_frames as cf
from cronofy_frames.archive.account_sync import VanishedError
from tests.archiving import ANN, Office, client_without_next_page, edited_client
from tests.small import HOME

OLD, FAR = -400, 300
"""Days from now that are outside the window."""


def add_own(team: Office, name: str, *, days: float, **fields: object) -> str:
    """Add an event of the application, so many days from now, and return its uid."""
    return team.add(name, days=days, **{"managed_by": team.box.client_id, "event_id": name, **fields})


def own_events(team: Office, count: int, *, days: int = OLD) -> list[str]:
    """Add events of the application that no window shows, and return their uids."""
    return [add_own(team, f"own {number}", days=days - number) for number in range(count)]


@pytest.mark.parametrize("days", [OLD, FAR])
@pytest.mark.parametrize("full", [True, None])
def test_an_own_event_of_any_time_vanishes(team: Office, days: int, full: bool | None) -> None:
    """A weekly sync reads the application's events of all time, and ends one that is gone without a tombstone."""
    uid, other = add_own(team, "gone", days=days), add_own(team, "stays", days=days)
    assert team.sync()["new"] == 6
    team.purge(uid)
    team.clock.move(hours=1)
    assert team.sync()["vanished"] == 0
    team.clock.move(days=7)
    report = team.sync(full=full)
    assert (report["vanished"], report["reads"]) == (1, "whole, managed, changes")
    known = set(team.archive.events()["event_uid"])
    assert (uid in known, other in known) == (False, True)
    assert team.archive.changes(account="").query("kind == 'vanished'")["event_uid"].tolist() == [uid]


def test_an_own_event_that_comes_back_reopens(team: Office) -> None:
    """Also outside the window, and with the same content."""
    uid = add_own(team, "back", days=OLD)
    team.sync()
    event = team.box.account(ANN).events[uid]
    team.purge(uid)
    assert team.sync(full=True)["vanished"] == 1
    team.box.account(ANN).events[uid] = event
    report = team.sync(full=True)
    assert (report["reopened"], report["new"]) == (1, 0)
    assert uid in set(team.archive.events()["event_uid"])


def test_other_events_outside_the_window_do_not_vanish(team: Office) -> None:
    """The read of the application's events shows no other, so that one that left the window stays."""
    uid = team.add("external", days=-41)
    add_own(team, "own", days=-41)
    team.sync()
    team.clock.move(days=8)
    team.purge(uid)
    assert team.sync(full=True)["vanished"] == 0
    assert {"external", "own"} <= set(team.archive.events()["summary"])


def test_only_calendars_that_are_read_end_own_events(team: Office) -> None:
    """In one that was taken away, or that was not chosen, they stay; in one that was chosen they end."""
    home = add_own(team, "home", days=OLD, calendar_id=HOME)
    team.sync()
    team.purge(home)
    profile = team.box.account(ANN).profiles[0]
    by_id = {calendar.calendar_id: calendar for calendar in profile.calendars}
    taken, other = by_id.pop(HOME), next(iter(by_id))
    profile.calendars.remove(taken)
    assert team.sync(full=True)["vanished"] == 0
    profile.calendars.append(taken)
    assert team.sync(full=True, calendars=other)["vanished"] == 0
    assert team.sync(full=True, calendars=HOME)["vanished"] == 1


def test_a_disconnected_profile_ends_no_own_events(team: Office) -> None:
    """It shows none of them, and they are unseen."""
    own_events(team, 2)
    team.sync()
    team.box.account(ANN).profiles[0].profile_connected = False
    team.box.account(ANN).events.clear()
    assert team.sync(full=True)["vanished"] == 0


def test_a_truncated_read_of_own_events_ends_nothing(tmp_path: Any) -> None:
    """Where announced pages of it did not come, the account fails, and the next sync reads it again."""
    team = Office(tmp_path, page_size=3, token_life=10**8)
    own_events(team, 8)
    team.sync()
    team.clock.move(days=8)

    with pytest.raises(cf.CronofyError, match="read of managed ended after page 1 of 3: rows are missing"):
        team.archive.sync(client_without_next_page(team.box, "only_managed"))
    assert len(team.archive.events()) == 12
    assert team.sync()["vanished"] == 0


@pytest.mark.parametrize("count", [2, 3])
def test_many_own_events_have_to_be_confirmed(team: Office, count: int) -> None:
    """More than a tenth of those outside the window, and more than two, fail with the numbers until confirmed."""
    uids = own_events(team, 12)
    for day in range(1, 100):
        team.add(f"event {day}", days=day)
    team.sync()
    for uid in uids[:count]:
        team.purge(uid)
    if count > 2:
        with pytest.raises(VanishedError, match=r"^3 of 12 events of the application outside the window are no longer"):
            team.sync(full=True)
        assert set(uids) <= set(team.archive.events()["event_uid"])
    assert team.sync(full=True, accept_vanished=True)["vanished"] == count


def test_own_events_do_not_raise_the_limit_of_the_window(team: Office) -> None:
    """Events outside the window are no reason to end more of those in it."""
    own_events(team, 100)
    uids = [team.add(f"event {day}", days=day) for day in range(1, 10)]
    team.sync()
    for uid in uids[:5]:
        team.purge(uid)
    with pytest.raises(VanishedError, match=r"^5 of 13 events are no longer there"):
        team.sync(full=True)


def test_ids_of_other_applications_end_no_events(team: Office) -> None:
    """Where a window shows events with an id that the read of own events does not, that read is no proof."""
    foreign = {"managed_by": "another application"}
    uid = add_own(team, "left", days=-41, **foreign)
    add_own(team, "here", days=1, **foreign)
    team.sync()
    team.clock.move(days=8)
    assert team.sync(full=True)["vanished"] == 0
    assert uid in set(team.archive.events()["event_uid"])


def test_an_own_event_that_is_deleted_during_a_sync_is_no_doubt(team: Office) -> None:
    """Its tombstone says why the read of own events does not show it any more, and another one vanishes."""
    old, near = add_own(team, "old", days=OLD), add_own(team, "near", days=1)
    team.sync()
    team.purge(old)

    def remove_near(path: str, query: str, body: Any) -> Any:
        if path == "/v1/events" and "only_managed" not in query and "last_modified" not in query:
            team.remove(near)
        return body

    report = team.archive.sync(edited_client(team.box, remove_near), full=True).iloc[0]
    assert (report["vanished"], report["deleted"]) == (1, 1)
    pd.testing.assert_frame_equal(team.known(), team.read(managed=True))
