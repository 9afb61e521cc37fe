"""How many requests a sync takes, by how much changed: the figures of the docs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.archiving import ANN, Office, office

PAGES, ROWS_OF_PAGE, DAYS = 300, 2, 243
A_DAY = PAGES * ROWS_OF_PAGE / DAYS
CHURN = PAGES * ROWS_OF_PAGE // 100
LISTS = 2
"""Calendars and profiles, once a sync."""


class Quarter:
    """An account with 300 pages of events, evenly over the days that can be read and some after them."""

    def __init__(self, team: Office) -> None:
        self.team = team
        start = team.clock.now.replace(hour=0) - timedelta(days=42)
        for number in range(int((DAYS + 10) * A_DAY)):
            begin = start + timedelta(days=number / A_DAY)
            event = team.box.add_external_event(ANN, f"event {number}", begin, begin + timedelta(minutes=30))
            event.updated = datetime(2026, 1, 1, tzinfo=UTC)
        self.uids = sorted(team.box.account(ANN).events)
        self._number = 0
        self.first = self.sync()

    def sync(self, changed: int = 0, **time: float) -> int:
        """Let time pass, change events, sync, and return how many requests that took."""
        self.team.clock.move(**time)
        for _ in range(changed):
            self._number += 7
            self.team.edit(self.uids[self._number % len(self.uids)], summary=f"changed {self._number}")
        self.team.clock.move(minutes=10)  # later than the overlap of two syncs
        return int(str(self.team.sync()["requests"]))


@pytest.fixture(scope="module")
def quarter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quarter]:
    """The account, which has been read whole."""
    with office(tmp_path_factory.mktemp("quarter"), page_size=ROWS_OF_PAGE, token_life=10**9) as team:
        yield Quarter(team)


def test_requests_of_a_day(quarter: Quarter) -> None:
    """Hours, a night and a week of 1 % churn a day; each read has the pages of its days and no others."""
    assert PAGES <= quarter.first <= 1.15 * PAGES  # windows that are read at the same time
    assert quarter.sync(hours=1) == LISTS + 1
    assert quarter.sync(changed=ROWS_OF_PAGE, hours=1) == LISTS + 1
    assert quarter.sync(changed=CHURN, hours=1) == LISTS + CHURN // ROWS_OF_PAGE
    night = [round(days * A_DAY / ROWS_OF_PAGE) for days in (15, 1, 2)] + [CHURN // ROWS_OF_PAGE]
    for _ in range(3):
        count = quarter.sync(changed=CHURN, days=1, minutes=-10)
        assert LISTS + sum(night) <= count <= LISTS + sum(night) + 2 * len(night)  # pages that are not full
        assert count < 0.11 * PAGES
    assert quarter.sync(days=7) >= PAGES


def test_the_night_finds_what_was_reported_late(quarter: Quarter) -> None:
    """What the days around today are read for: a change of long ago, and an event that is gone without a tombstone."""
    team = quarter.team
    near = [
        uid
        for uid, event in team.box.account(ANN).events.items()
        if isinstance(event.start, datetime) and timedelta() < event.start - team.clock.now < timedelta(days=5)
    ]
    team.edit(near[0], summary="reported late")
    team.box.account(ANN).events[near[0]].updated = datetime(2026, 1, 2, tzinfo=UTC)
    team.purge(near[1])
    assert quarter.sync(hours=1) == LISTS + 1
    assert "reported late" not in team.archive.events()["summary"].tolist()
    team.clock.move(days=1)
    report = team.sync(full=False)
    assert (report["changed"], report["vanished"]) == (1, 1)
    assert "reported late" in team.archive.events()["summary"].tolist()
