"""Which accounts a sync should read now."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import cronofy_frames as cf
from tests.archiving import ANN, Office, office


@pytest.fixture
def ann(tmp_path: Path) -> Iterator[Office]:
    """An office with an archive by its own clock, and nobody in it yet."""
    with office(tmp_path) as opened:
        opened.archive.close()
        opened.archive = type(opened.archive)(opened.folder, clock=opened.clock)
        yield opened


def test_accounts_that_change_are_due_often_and_others_once_a_day(ann: Office) -> None:
    """A new account is due at once, and for a week after a change every hour; then every day."""
    due = ann.archive.due
    assert due(["ann"]) == ["ann"]
    ann.archive.sync({"ann": ann.client})
    assert due(["ann"]) == []
    ann.clock.move(minutes=59)
    assert due(["ann"]) == []
    ann.clock.move(minutes=1)
    assert due(["ann"]) == due() == ["ann"]
    ann.clock.move(days=7)
    ann.archive.sync({"ann": ann.client})
    ann.clock.move(hours=1)
    assert due(["ann"]) == []
    assert due(["ann"], active="30D") == due(["ann"], active="30d") == due(["ann"], active="29 d 24h") == ["ann"]
    ann.clock.move(hours=23)
    assert due(["ann"]) == ["ann"]
    ann.add("New")
    ann.archive.sync({"ann": ann.client})
    ann.clock.move(hours=1)
    assert due(["ann"]) == ["ann"]


@pytest.mark.parametrize("days", [2, 400])
def test_a_clock_that_was_ahead_stops_no_history(ann: Office, days: int) -> None:
    """An account whose last sync is in the future is due, and not only when that time has come."""
    ann.clock.move(days=days)
    ann.archive.sync({"ann": ann.client})
    ann.clock.move(seconds=-20)
    assert ann.archive.due(["ann"]) == []
    ann.clock.move(days=-days)
    assert ann.archive.due(["ann"]) == ann.archive.due() == ["ann"]


def test_notified_accounts_are_first(ann: Office) -> None:
    """Then those that were never read, then the one that was read longest ago; others of the archive are left out."""
    ann.archive.sync({"ann": ann.client})
    sub = ann.archive.accounts()["sub"][0]
    ann.archive.push.add_notified(sub, None)
    assert ann.archive.due(["new", "ann"]) == ["ann", "new"]
    assert ann.archive.due(["new"]) == ["new"]
    ann.archive.sync({"ann": ann.client})
    assert ann.archive.due(["ann", "new"]) == ["new"]


def test_accounts_that_were_read_longest_ago_are_first(ann: Office) -> None:
    """In whatever order their labels are."""
    lena = cf.connect(sandbox=cf.Sandbox(now=ann.clock), account="Lena")
    for clients in ({"lena": lena}, {"ann": ann.client}):
        ann.archive.sync(clients)
        ann.clock.move(hours=2)
    assert ann.archive.due(["ann", "lena"]) == ann.archive.due(["lena", "ann"]) == ["lena", "ann"]


def test_addresses_with_pseudonyms_are_known(tmp_path: Path) -> None:
    """The labels that are returned are those that were given."""
    with office(tmp_path) as opened:
        archive = type(opened.archive)(tmp_path / "other", clock=opened.clock, pseudonyms="a key of sixteen bytes")
        archive.sync({ANN: opened.client})
        assert archive.due([ANN]) == []
        opened.clock.move(hours=2)
        assert archive.due([ANN]) == [ANN]
        archive.close()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"often": "soon"}, "often is a duration with its unit, such as '1h' or '7D'; not 'soon'"),
        ({"often": "3600"}, "often is a duration with its unit"),
        ({"active": 3600}, "active is a duration with its unit"),
        ({"idle": None}, "idle is a duration with its unit"),
        ({"idle": "-1h"}, "idle is a duration above zero; not '-1h'"),
        ({"idle": "0h"}, "idle is a duration above zero"),
    ],
)
def test_what_is_no_duration_is_refused(ann: Office, options: dict[str, Any], text: str) -> None:
    """With an example of one; a number without a unit might be anything."""
    with pytest.raises(ValueError, match=text):
        ann.archive.due(["ann"], **options)


@pytest.mark.parametrize("often", ["90m", "01:30:00", timedelta(minutes=90)])
def test_durations_are_texts_with_a_unit_or_times(ann: Office, often: Any) -> None:
    """An account is due when its last read is as long ago as that, and not before."""
    ann.archive.sync({"ann": ann.client})
    ann.clock.move(minutes=89)
    assert ann.archive.due(["ann"], often=often) == []
    ann.clock.move(minutes=1)
    assert ann.archive.due(["ann"], often=often) == ["ann"]
