"""Coverage at an earlier time: as it was then, whatever calendars have come back since."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pandas as pd
import pytest

from cronofy_frames.archive import Archive
from cronofy_frames.sandbox.model.state import Calendar, Profile
from tests.archiving import ANN, Office
from tests.small import HOME

WINDOW = ("2026-02-01", "2026-08-01")
Change = Callable[[Office], object]

REVOKED: tuple[Change, Change] = (
    lambda team: team.box.revoke_calendar(ANN, HOME),
    lambda team: team.box.grant_calendar(ANN, HOME),
)
DISCONNECTED: tuple[Change, Change] = (
    lambda team: team.box.connect_profile(ANN, "pro_ann", connected=False),
    lambda team: team.box.connect_profile(ANN, "pro_ann"),
)


def deleted(team: Office, is_deleted: bool) -> None:
    """Delete a calendar of Ann's, or restore it."""
    (calendar,) = [row for row in team.box.account(ANN).profiles[0].calendars if row.calendar_id == HOME]
    calendar.calendar_deleted = is_deleted


DELETED: tuple[Change, Change] = (lambda team: deleted(team, True), lambda team: deleted(team, False))


def synced_days(team: Office, changes: list[Change | None]) -> Iterator[tuple[datetime, pd.DataFrame]]:
    """Yield the time and the coverage of a sync a day, each after a change."""
    for change in changes:
        team.clock.move(days=1)
        if change is not None:
            change(team)
        team.sync()
        yield team.clock.now, team.archive.coverage(*WINDOW)


@pytest.mark.parametrize("kind", [REVOKED, DISCONNECTED, DELETED], ids=["revoked", "disconnected", "deleted"])
def test_coverage_of_an_earlier_time_is_what_it_was_then(team: Office, kind: tuple[Change, Change]) -> None:
    """A calendar that could not be read then is not taken for one that could, though it has come back since."""
    away, back = kind
    days = list(synced_days(team, [None, away, None, back, None, away, back]))
    for moment, then in days:
        pd.testing.assert_frame_equal(team.archive.coverage(*WINDOW, as_of=moment), then)
        windows = team.archive.events(*WINDOW, as_of=moment).attrs["cronofy"]["windows"]
        ends = [min(pd.Timestamp(end), pd.Timestamp(WINDOW[1], tz="UTC")) for _, end in windows]
        assert ends == then.loc[then["known"], "end"].tolist()
    assert team.archive.check()["ok"].all()


def test_days_of_a_calendar_that_is_taken_away_later_were_not_known(team: Office) -> None:
    """While one of several profiles is disconnected, the days ahead are unknown, though it is taken away later."""
    other = Profile("pro_other", "other@example.test", "apple", "icloud", calendars=[Calendar("cal_other", "Other")])
    team.box.account(ANN).profiles.append(other)

    def disconnect(team: Office) -> None:
        team.box.connect_profile(ANN, "pro_other", connected=False)

    def revoke(team: Office) -> None:
        team.box.revoke_calendar(ANN, "cal_other")

    days = list(synced_days(team, [None, disconnect, None, revoke]))[:3]
    assert [then["known"].iloc[-1] for _, then in days] == [True, False, False]
    for moment, then in days:
        pd.testing.assert_frame_equal(team.archive.coverage(*WINDOW, as_of=moment), then)


def test_what_is_deleted_of_an_account_includes_its_absences(team: Office) -> None:
    """Nothing of an account whose history was deleted is left in the state of the archive."""
    list(synced_days(team, [None, *REVOKED]))
    state = team.archive._store.state
    assert state.rows("select sub, calendar_id from absences") == [("acc_ann", HOME)]
    team.archive.forget(email=ANN, delete_account=True)
    assert state.rows("select * from absences") == []


@pytest.mark.parametrize("tz", ["UTC", "Pacific/Kiritimati"])
def test_days_whose_events_were_pruned_are_not_known(team: Office, tz: str) -> None:
    """What was deleted does not count as free, now and at any time before; what was kept is known as before."""
    team.archive.close()
    with Archive(team.folder.with_name("pruned"), tz=tz, clock=team.clock) as archive:
        team.archive = archive
        team.add("old", days=-40)
        *_, (moment, _) = synced_days(team, [None])
        for _ in range(2):
            team.clock.move(days=31)
            team.sync()
        assert archive.coverage(*WINDOW)["known"].all()
        archive.prune("60d")
        for as_of in (None, moment):
            coverage = archive.coverage(*WINDOW, as_of=as_of)
            assert coverage["known"].tolist() == [False, True]
            assert coverage["start"].iloc[1] == pd.Timestamp("2026-03-09", tz="UTC").tz_convert(tz)
            events = archive.events(*WINDOW, as_of=as_of)
            assert events.attrs["cronofy"]["windows"][0][0] == "2026-03-09T00:00:00+00:00"
