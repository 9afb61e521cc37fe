"""A month of churn: the archive equals a model of everything that was ever seen."""

import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest

import cronofy_frames as cf
from cronofy_frames.archive.account_sync import Options
from cronofy_frames.archive.store import Store
from cronofy_frames.archive.sync import sync_accounts
from cronofy_frames.errors import CronofyError
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.credentials import Tokens
from cronofy_frames.wire.faults import Faults
from cronofy_frames.wire.memory_store import MemoryStore
from cronofy_frames.wire.messages import Hosts
from cronofy_frames.wire.transport import FaultTransport, InProcessTransport
from tests.archiving import ANN, Office, office
from tests.small import HOME, WORK

DAYS = 30
STEPS = ("leased", "before changes", "read", "compared", "before commit", "committed", "saved")


class Killed(BaseException):
    """The process was killed."""


def faulty_client(team: Office, *faults: cf.Fault) -> Client:
    """Return a client of Ann's account whose requests suffer faults; it does not wait between attempts."""
    inner = InProcessTransport(team.box)
    transport: httpx.BaseTransport = FaultTransport(inner, Faults(faults, random.Random(1)))
    tokens = Tokens(access_token=team.box.access_token)
    hosts = Hosts.of(None)
    return Client(
        hosts, store=MemoryStore(tokens), transport=transport, clock=team.box.now, sleep=lambda _seconds: None
    )


class Month:
    """Ann's calendars through a month, and what a reader of each day has seen.

    Attributes
    ----------
    days
        The time of each sync, with what a read showed then of the calendars that could be read.
    """

    def __init__(self, team: Office, seed: int) -> None:
        self.team, self.random = team, random.Random(seed)
        self.days: list[tuple[datetime, frozenset[str], pd.DataFrame]] = []
        self.seen: set[str] = set()
        self._number = 0
        self._is_home_granted = self._is_connected = True
        for _ in range(50):
            self._create()
        for number in range(10):
            self.team.add(f"old {number}", days=-4 * number - 1, calendar_id=HOME if number % 2 else WORK)
        self._series = [self._create(series_identifier="series", recurring=True) for _ in range(4)]
        for number in range(20):
            own = {"managed_by": team.box.client_id, "event_id": f"own {number}"}
            self.seen.add(self.team.add(f"own {number}", days=-300 - number, calendar_id=WORK, **own))

    def live(self) -> list[str]:
        """Return the events that the model may change: those near today, in a calendar that can be read."""
        now = self.team.clock.now
        return [
            uid
            for uid, event in self.team.box.account(ANN).events.items()
            if not event.deleted
            and isinstance(event.start, datetime)
            and abs(event.start - now) < timedelta(days=30)
            and event.calendar_id in self.readable()
        ]

    def readable(self) -> frozenset[str]:
        """Return the calendars that can be read."""
        names = {WORK, HOME, "cal_ann_holidays"} - (set() if self._is_home_granted else {HOME})
        return frozenset(names) if self._is_connected else frozenset()

    def _create(self, **fields: Any) -> str:
        self._number += 1
        days = self.random.uniform(-40, 230) if self._number % 3 == 0 else self.random.uniform(-10, 25)
        calendar_id = HOME if self._is_home_granted and self._number % 5 == 0 else WORK
        return self.team.add(f"event {self._number}", days=days, **{"calendar_id": calendar_id, **fields})

    def _move(self) -> None:
        uid = self.random.choice(self.live())
        start = self.team.clock.now + timedelta(days=self.random.choice([-3, 2, 9, 60, 260]), hours=1)
        self.team.edit(uid, start=start, end=start + timedelta(hours=1))

    def _rename(self) -> None:
        self._number += 1
        self.team.edit(self.random.choice(self.live()), summary=f"renamed {self._number}")

    def _delete(self) -> None:
        self.team.remove(self.random.choice(self.live()))

    def _restore(self) -> None:
        account = self.team.box.account(ANN)
        gone = [uid for uid, event in account.events.items() if event.deleted and event.calendar_id in self.readable()]
        if gone:
            self.team.edit(self.random.choice(gone), deleted=False)

    def _change_series(self) -> None:
        for uid in set(self._series) & set(self.live()):
            self.team.edit(uid, description=f"changed {self._number}")

    def _purge(self) -> None:
        now, events = self.team.clock.now, self.team.box.account(ANN).events
        near = [uid for uid in self.live() if abs(events[uid].start - now) < timedelta(days=6)]
        if near:
            self.team.purge(self.random.choice(near))

    def _purge_own(self) -> None:
        """Make an event of the application that is outside the window vanish."""
        events = self.team.box.account(ANN).events
        own = [uid for uid, event in events.items() if event.managed_by and event.start < self.team.clock.now]
        if own:
            self.team.purge(self.random.choice(own))

    def _toggle_home(self) -> None:
        self._is_home_granted = not self._is_home_granted
        change = self.team.box.grant_calendar if self._is_home_granted else self.team.box.revoke_calendar
        change(ANN, HOME)

    def _toggle_connection(self) -> None:
        self._is_connected = not self._is_connected
        self.team.box.connect_profile(ANN, "pro_ann", connected=self._is_connected)

    def pass_day(self) -> None:
        """Let a day pass, with a few changes at random hours."""
        kinds = [self._create, self._move, self._rename, self._delete, self._restore, self._change_series]
        kinds += [self._purge, self._purge_own]
        self.team.clock.move(hours=self.random.uniform(1, 8))
        if self.random.random() < (0.1 if self._is_home_granted else 0.5):
            self._toggle_home()
        if self.random.random() < (0.1 if self._is_connected else 0.7):
            self._toggle_connection()
        for _ in range(self.random.randint(0, 5)):
            if self._is_connected:
                self.random.choice(kinds)()
            self.team.clock.move(minutes=20)
        day = self.team.clock.now.date() + timedelta(days=1)
        self.team.clock.now = self.team.clock.now.replace(year=day.year, month=day.month, day=day.day, hour=9, minute=0)

    def take_note(self) -> None:
        """Take note of what a read of this moment shows."""
        read = self.team.read()
        readable = self.readable()
        shown = read[read["calendar_id"].isin(readable)].reset_index(drop=True)
        self.days.append((self.team.clock.now, readable, shown))
        self.seen |= set(shown["event_uid"])

    def open_events(self) -> set[str]:
        """Return the events that were ever seen and are still there, whether they can be seen now or not."""
        world = self.team.box._world
        events = dict(self.team.box.account(ANN).events)
        for revoked in world.revoked.values():
            events |= revoked.events
        return {uid for uid in self.seen if uid in events and not events[uid].deleted}


def disturb(month: Month) -> None:
    """Let a sync fail before the good one of the day: by a kill, a truncated page, or missing answers."""
    team, kind = month.team, month.random.choice(["kill", "truncate", "status", "none", "none"])
    before = len(team.archive.events())
    if kind == "kill":
        step = month.random.choice(STEPS)

        def kill(name: str) -> None:
            if name == step:
                raise Killed

        store = Store(team.folder, step=kill)
        with suppress(Killed):  # without a version there is no commit
            sync_accounts(store, team.client, None, Options(accept_vanished=True), progress=False)
        store.close()
    elif kind != "none":
        details = {"times": {1, 2, 3, 4, 5, 6, 7, 8}} if kind == "truncate" else {"status": 503}
        broken = faulty_client(team, cf.Fault(kind, route="GET /v1/events", **details))
        with pytest.raises(CronofyError):
            team.archive.sync(broken, full=True)
        assert len(team.archive.events()) == before


@pytest.fixture
def month(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Month]:
    """A month of churn, with faults and kills, that is synced each day."""
    with office(tmp_path, page_size=10, token_life=10**8) as team:
        made = Month(team, request.param)
        team.sync()
        made.take_note()
        for _ in range(DAYS):
            made.pass_day()
            disturb(made)
            team.sync(accept_vanished=True)
            made.take_note()
            again = team.sync(accept_vanished=True)
            assert not sum(again[name] for name in ("new", "changed", "deleted", "vanished", "reopened"))
            if made.random.random() < 0.1:
                team.archive.compact(keep_hours=0)
        team.sync(full=True, accept_vanished=True)
        yield made


@pytest.mark.parametrize("month", [1, 2], indirect=True)
def test_the_archive_equals_everything_that_was_seen(month: Month) -> None:
    """As of each day the archive is that day's read; at the end it has all events that were seen and did not end."""
    team = month.team
    for moment, readable, read in month.days:
        known = team.known(moment)
        known = known[known["calendar_id"].isin(readable)].reset_index(drop=True)
        pd.testing.assert_frame_equal(known, read, obj=f"as of {moment}")
    if month.readable():
        assert set(team.archive.events()["event_uid"]) == month.open_events()
    assert team.archive.check()["problem"].dropna().tolist() == []


def test_a_long_read_is_divided(tmp_path: Path) -> None:
    """A first sync of many pages reads windows at the same time, for few further requests, with the same result."""
    with office(tmp_path, page_size=1) as team:
        for number in range(100):
            team.add(f"event {number}", days=number)
        team.clock.move(hours=1)
        report = team.sync()
        assert report["new"] == 104
        assert 104 < report["requests"] <= 1.15 * (104 + 4) + 4
        pd.testing.assert_frame_equal(team.known(), team.read())


def test_an_incremental_sync_costs_three_percent_of_a_full_read(tmp_path: Path) -> None:
    """After 1 % churn, a sync of an account of 300 pages sends at most 3 % of the requests of a full read."""
    with office(tmp_path, page_size=1) as team:
        uids = [team.add(f"event {number}", days=number / 2) for number in range(296)]
        team.clock.move(hours=1)
        full = team.sync()
        assert full["new"] == 300
        team.clock.move(hours=1)
        for uid in uids[:3]:
            team.edit(uid, summary="changed")
        report = team.sync()
        assert report["changed"] == 3
        requests = cf.read_events(team.client, workers=1).attrs["cronofy"]["requests"]
        assert requests == 300
        assert report["requests"] <= 0.03 * requests
