"""Notified accounts in the state of an archive, and how a sync takes them from the queue."""

import base64
import hashlib
import hmac
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import cronofy_frames as cf
from cronofy_frames.archive.migrations import MIGRATIONS
from cronofy_frames.archive.push_queue import notification_times
from cronofy_frames.archive.state import State
from cronofy_frames.archive.store import Store
from cronofy_frames.sandbox import Sandbox
from tests.small import small_box, small_office

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
BEFORE = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def box() -> Sandbox:
    """The small office, whose clock stands still."""
    return small_box()


def state_of(archive: cf.Archive) -> State:
    """Return the state of an archive, through a second connection."""
    return State(archive.folder)


def test_a_queue_survives_a_restart_and_ends_with_a_sync(tmp_path: Path, box: Sandbox) -> None:
    """The earliest time counts; after a sync the account is not queued any more, also while the clock stands still."""
    client = cf.connect(sandbox=box)
    archive = cf.Archive(tmp_path / "a", clock=box.now)
    archive.sync(client)
    sub = client.user_info()["sub"]
    for since in (NOW, BEFORE, None):
        archive.push.add_notified(sub, since)
    archive.close()
    again = cf.Archive(tmp_path / "a", clock=box.now)
    assert again.push.notified_subs() == [sub]
    waiting = notification_times(state_of(again), sub)
    assert waiting is not None
    assert waiting[0] == int(BEFORE.timestamp()) * 1_000_000
    again.sync(client)
    assert again.push.notified_subs() == []
    assert (again.push.label_of(sub), again.push.sub_of("")) == ("", sub)
    assert (again.push.label_of("acc_zoe"), again.push.sub_of("zoe")) == (None, None)


def test_what_is_notified_during_a_sync_stays_queued(tmp_path: Path, box: Sandbox) -> None:
    """It may be about a change that the sync has not read."""
    client = cf.connect(sandbox=box)
    sub = client.user_info()["sub"]

    def notify(step: str) -> None:
        if step == "compared":
            archive.push.add_notified(sub, NOW)

    archive = cf.Archive(tmp_path / "a", clock=box.now)
    archive.sync(client)
    archive.push.add_notified(sub, NOW)
    archive._store.step = notify
    archive.sync(client)
    assert archive.push.notified_subs() == [sub]


def test_a_sync_reads_from_the_time_of_the_notification(tmp_path: Path, box: Sandbox) -> None:
    """A provider may report a change later than it claims that it happened."""
    client = cf.connect(sandbox=box)
    archive = cf.Archive(tmp_path / "a")
    archive.sync(client)
    sub = client.user_info()["sub"]
    requests: list[str] = []
    listening = cf.connect(sandbox=box)
    listening._http.event_hooks["request"].append(lambda request: requests.append(str(request.url)))
    archive.push.add_notified(sub, BEFORE)
    archive.sync(listening)
    assert any("last_modified=2026-03-01T00%3A00%3A00Z" in url for url in requests)


def test_an_archive_checks_a_notification_for_an_application_of_ones_own(tmp_path: Path, box: Sandbox) -> None:
    """The status to answer with; only a signed notification of a known account is queued."""
    client = cf.connect(sandbox=box)
    archive = cf.Archive(tmp_path / "a")
    archive.sync(client)
    sub = client.user_info()["sub"]
    body = b'{"notification":{"type":"change"},"channel":{"callback_url":"https://x.test/?sub=%b"}}' % sub.encode()
    signature = base64.b64encode(hmac.digest(b"secret", body, hashlib.sha256)).decode()
    variables = {"CRONOFY_CLIENT_SECRET": "secret"}
    assert archive.notified(None, body, environment=variables) == 403
    assert archive.push.notified_subs() == []
    assert archive.notified(signature, body, client_secret=["old", "secret"]) == 200
    assert archive.notified(signature, body, environment=variables) == 200
    assert archive.push.notified_subs() == [sub]
    with pytest.raises(ValueError, match="set CRONOFY_CLIENT_SECRET"):
        archive.notified(signature, body, environment={})


def test_an_edit_reaches_the_archive_by_its_notification(tmp_path: Path) -> None:
    """From the sandbox's own notification to the event in the archive, and channels are remembered."""
    box = Sandbox(office=small_office(), now="2026-03-04T09:00:00Z")
    client = cf.connect(sandbox=box)
    archive = cf.Archive(tmp_path / "a", clock=box.now)
    archive.sync({"ann": client})
    app: Any = cf.notifications(archive, {"ann": client}, debounce=0)
    app.start = lambda: None  # this test reads in its own thread
    assert app.subscribe("https://hook.example.test/") == 1
    start = datetime(2026, 3, 6, 9, tzinfo=UTC)
    box.add_external_event("ann@example.test", summary="New", start=start, end=start.replace(hour=10))
    box.send_out()
    for delivery in box.outbox:
        assert (
            archive.notified(delivery.headers["Cronofy-HMAC-SHA256"], delivery.body, client_secret=box.client_secret)
            == 200
        )
    (sub,) = archive.push.notified_subs()
    assert archive.push.sub_of_channel(next(iter(client.list_notification_channels()))["channel_id"]) == sub
    app._plan(sub, 0)
    assert app.read_due() == ["ann"]
    assert "New" in archive.events()["summary"].tolist()
    assert app.read_due() == []


def test_a_store_of_the_first_schema_is_migrated(tmp_path: Path) -> None:
    """A folder that was written before channels were remembered gets their table."""
    Store(tmp_path / "a").close()
    (tmp_path / "a" / "state.sqlite").unlink()
    connection = sqlite3.connect(tmp_path / "a" / "state.sqlite")
    connection.executescript(f"{MIGRATIONS[0]} pragma user_version = 1;")
    connection.close()
    archive = cf.Archive(tmp_path / "a")
    archive.push.add_channels("acc_1", ["chn_1"])
    assert archive.push.sub_of_channel("chn_1") == "acc_1"
