"""All times of an archive are the server's, whatever the clocks of this computer and of the client say."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

import cronofy_frames as cf
from cronofy_frames.sandbox import serve
from tests.archiving import ANN, Office

SECOND = timedelta(seconds=1)


@pytest.fixture(params=[timedelta(days=-400), timedelta(0), timedelta(days=400)], ids=["behind", "equal", "ahead"])
def signed_in(team: Office, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Makes clients over HTTP, whose clock is that of this computer; the server's is behind it, equal or ahead."""
    team.clock.now = datetime.now(UTC).replace(microsecond=0) + request.param
    team.add("Always", days=1)
    with serve(team.box) as server:
        yield lambda: cf.connect(base_url=server.url, access_token=team.box.tokens(ANN)["access_token"])


def is_near(times: Any, now: datetime) -> bool:
    """Return whether times are those of the server's clock, which stands still while that of this computer goes on."""
    series = pd.Series(times)
    return bool(len(series) and series.between(now - SECOND, now + timedelta(minutes=5)).all())


def test_versions_and_syncs_have_the_time_of_the_server(team: Office, signed_in: Any) -> None:
    """Also calendars, coverage and what is notified; no version is from before the sync that read it."""
    team.archive.sync(signed_in())
    assert is_near(team.archive.sql("from versions")["seen_at"], team.clock.now)
    assert is_near(team.archive.accounts()["synced_at"], team.clock.now)
    assert is_near(team.archive.calendars()["granted_at"], team.clock.now)
    synced_at = team.archive.accounts()["synced_at"][0]
    assert (team.archive.sql("from versions")["seen_at"] >= synced_at).all()
    reads = team.archive._store.state.rows("select first_at, last_at from reads")
    assert is_near(pd.to_datetime([time for row in reads for time in row], unit="us", utc=True), team.clock.now)


def test_words_count_from_the_time_of_the_server(team: Office, signed_in: Any) -> None:
    """In an archive that is opened anew, too: changes of the last days are found, and what is known by tomorrow."""
    team.archive.sync(signed_in())
    team.clock.move(hours=1)
    uid = team.add("Moved", days=3)
    team.archive.sync(signed_in())
    team.clock.move(hours=1)
    team.edit(uid, summary="Moved on")
    team.archive.sync(signed_in())
    with cf.Archive(team.folder) as archive:
        assert archive.changes("-2d", "+2d")["kind"].tolist() == ["new", "changed"]
        assert archive.changes("-9d", "-3d").empty
        assert len(archive.events(as_of="+2d")) == len(archive.events())
        assert archive.events(as_of="-3d").empty
        assert archive.events("+2d", "+5d")["summary"].tolist().count("Moved on") == 1
        assert archive.coverage("-2d", "+2d")["known"].tolist() == [True]


def test_accounts_are_due_by_the_time_of_the_server(team: Office, signed_in: Any) -> None:
    """An account that was just read is not due; notifications are queued with the same clock."""
    team.archive.sync({"ann": signed_in()})
    assert team.archive.due() == []
    (sub,) = team.archive.accounts()["sub"]
    team.archive.push.add_notified(sub, None)
    ((notified_at,),) = team.archive._store.state.rows("select notified_at from notified")
    assert is_near([pd.Timestamp(notified_at, unit="us", tz="UTC")], team.clock.now)
    assert team.archive.due() == ["ann"]


def test_old_events_are_pruned_by_the_time_of_the_server(team: Office, signed_in: Any) -> None:
    """Nothing of the window is old, though this computer is in another year."""
    team.add("Lately", days=-30)
    team.archive.sync(signed_in())
    assert team.archive.prune("60d")["deleted"].tolist() == [0]


@pytest.mark.parametrize("minutes", [4, 57, 60 * 48], ids=["minutes", "an hour", "days"])
def test_no_change_is_missed_where_the_clock_of_the_server_goes_back(team: Office, minutes: int) -> None:
    """An event that changes after that has an older time than the last sync, and is read all the same."""
    uid = team.add("Far", days=100)
    team.sync()
    team.clock.move(minutes=-minutes)
    team.edit(uid, summary="Changed")
    team.clock.move(minutes=10)
    assert team.sync()["changed"] == 1
    assert team.sync()["changed"] == 0


def test_a_clock_is_for_now_and_not_for_what_is_stored(team: Office) -> None:
    """Versions have the time of the server, and words count from the clock."""
    later = team.clock.now + timedelta(days=10)
    with cf.Archive(team.folder.parent / "clocked.archive", clock=lambda: later) as archive:
        archive.sync(team.client)
        assert is_near(archive.sql("from versions")["seen_at"], team.clock.now)
        assert archive.events(as_of="-11d").empty
        assert not archive.events(as_of="-9d").empty
