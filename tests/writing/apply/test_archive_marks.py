"""Accounts of an archive that are marked after an application's own writes."""

from pathlib import Path

import pandas as pd
import pytest

import cronofy_frames as cf
from cronofy_frames.wire.faults import Fault
from tests.small import small_box


def sheet() -> pd.DataFrame:
    """Return one event."""
    start = pd.Series(pd.to_datetime(["2026-03-10 09:00"])).dt.tz_localize("Europe/London")
    return pd.DataFrame({"summary": ["Kick-off"], "start": start, "end": start + pd.Timedelta("1h")})


def test_own_writes_mark_the_account_for_the_next_sync(tmp_path: Path) -> None:
    """apply, undo and write_events do, a dry run and a plan without changes do not; the sync has the events."""
    box = small_box()
    client = cf.connect(sandbox=box)
    archive = cf.Archive(tmp_path / "a", clock=box.now)
    archive.sync(client)
    sub = client.user_info()["sub"]
    plan = cf.plan_events(sheet(), calendar="Work", client=client)
    journal = tmp_path / "j"
    cf.apply(plan, client, journal=journal, archive=archive, dry_run=True)
    assert archive.push.notified_subs() == []
    cf.apply(plan, client, journal=journal, archive=archive)
    assert archive.push.notified_subs() == [sub]
    archive.sync(client)
    assert archive.push.notified_subs() == []
    assert "Kick-off" in archive.events()["summary"].tolist()
    cf.apply(plan, client, journal=journal, archive=archive)
    assert archive.push.notified_subs() == []
    cf.undo(journal, client, archive=archive)
    assert archive.push.notified_subs() == [sub]
    archive.sync(client)
    cf.write_events(client, sheet(), calendar="Work", archive=archive)
    assert archive.push.notified_subs() == [sub]


def test_a_write_that_breaks_off_marks_the_account(tmp_path: Path) -> None:
    """Some of it may have been written."""
    box = small_box(faults=[Fault("status", "POST /v1/batch", status=401)])
    client = cf.connect(sandbox=box)
    archive = cf.Archive(tmp_path / "a", clock=box.now)
    archive.sync(client)
    plan = cf.plan_events(sheet(), calendar="Work", client=client)
    with pytest.raises(cf.CronofyError):
        cf.apply(plan, client, archive=archive)
    assert len(archive.push.notified_subs()) == 1
