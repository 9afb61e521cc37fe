"""Names of calendars in events and free/busy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pandas as pd
import pytest

from cronofy_frames import errors
from cronofy_frames.frames.reading import read_calendars, read_events, read_free_busy
from cronofy_frames.tokens import MemoryStore
from cronofy_frames.wire.auth import Tokens
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.messages import Hosts
from tests.cronofy_server import rows_client

HOST = "https://api.cronofy.com"
CALENDARS = [
    {"provider_name": "google", "calendar_id": "cal_1", "calendar_name": "Work", "calendar_deleted": False},
    {"provider_name": "exchange", "calendar_id": "cal_2", "calendar_name": "Team", "calendar_deleted": True},
]


class Account:
    """An account whose events are in some calendars, and a count of the requests for its lists."""

    def __init__(self, events_in: list[str], answer: Callable[[], httpx.Response] | None = None) -> None:
        self.events_in = events_in
        self.calendars = list(CALENDARS)
        self.lists = 0
        self.pages = 1
        self.now = datetime(2026, 3, 4, 9, tzinfo=UTC)
        self._answer = answer

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        if request.url.path == "/v1/calendars":
            self.lists += 1
            return self._answer() if self._answer else httpx.Response(200, json={"calendars": self.calendars})
        if "page" in request.url.params:
            return httpx.Response(400, json={})
        rows = [
            {"calendar_id": calendar, "event_uid": f"e{n}", "start": "2026-03-04", "end": "2026-03-05"}
            for n, calendar in enumerate(self.events_in)
        ]
        name = "free_busy" if "free_busy" in request.url.path else "events"
        pages: dict[str, Any] = {"current": 1, "total": self.pages}
        if self.pages > 1:
            pages["next_page"] = f"{HOST}/v1/events?page=2"
        return httpx.Response(200, json={"pages": pages, name: rows})

    def client(self) -> Client:
        """Return a client of the account that never sleeps."""
        return Client(
            Hosts(HOST, HOST),
            store=MemoryStore(Tokens("a")),
            transport=httpx.MockTransport(self.handle),
            sleep=lambda _: None,
            jitter=lambda: 0.0,
            clock=lambda: self.now,
        )


def names(frame: pd.DataFrame) -> list[Any]:
    """Return the names in a frame, None where there is none."""
    return frame["calendar_name"].astype(object).where(frame["calendar_name"].notna(), None).tolist()


def test_events_have_the_names_of_calendar_and_provider() -> None:
    """Also of a deleted calendar; the frame says what, when and where before any id."""
    events = read_events(Account(["cal_1", "cal_2"]).client())
    assert names(events) == ["Work", "Team"]
    assert events["provider_name"].tolist() == ["google", "exchange"]
    assert events.columns[:5].tolist() == ["start", "end", "all_day", "summary", "calendar_name"]
    assert all(name.endswith(("_id", "_uid", "_identifier")) for name in events.columns[-5:])


def test_free_busy_has_the_names_of_calendars() -> None:
    """The dtype is that of every text."""
    busy = read_free_busy(Account(["cal_2"]).client())
    assert names(busy) == ["Team"]
    assert busy["calendar_name"].dtype == "str"


def test_the_list_is_read_once_in_five_minutes() -> None:
    """Reads of events and of free/busy share it; another client has its own."""
    account = Account(["cal_1"])
    client = account.client()
    read_events(client)
    read_free_busy(client)
    account.now += timedelta(minutes=4, seconds=59)
    read_events(client)
    assert account.lists == 1
    account.now += timedelta(seconds=1)
    read_events(client)
    assert account.lists == 2
    read_events(account.client())
    assert account.lists == 3


def test_a_calendar_that_is_not_listed_yet_is_looked_up() -> None:
    """A calendar made since has its name at once; one that is never listed has none."""
    account = Account(["cal_1"])
    client = account.client()
    read_events(client)
    account.events_in = ["cal_3", "cal_1"]
    account.calendars.append({"calendar_id": "cal_3", "calendar_name": "New"})
    assert sorted(names(read_events(client))) == ["New", "Work"]
    account.events_in = ["cal_unlisted"]
    assert names(read_events(client)) == [None]


def test_without_rows_and_without_names_no_list_is_read() -> None:
    """The columns and dtypes are the same."""
    account = Account(["cal_1"])
    bare = read_events(account.client(), names=False)
    assert names(bare) == [None]
    account.events_in = []
    nothing = read_events(account.client())
    assert account.lists == 0
    assert bare.dtypes.to_dict() == nothing.dtypes.to_dict()


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_list_that_cannot_be_read_costs_no_rows(status: int) -> None:
    """Names are missing, `attrs` say why, and the list is not requested at each read."""
    account = Account(["cal_1"], lambda: httpx.Response(status, json={}))
    client = account.client()
    events = read_events(client)
    requests = account.lists
    assert names(events) == [None]
    assert events.attrs["cronofy"]["complete"]
    assert events.attrs["cronofy"]["names"].startswith("not read: ")
    read_events(client)
    assert account.lists == requests


def test_calendars_by_name_share_the_list() -> None:
    """To find a calendar by its name, the list is read anew, and it names the rows."""
    account = Account(["cal_1"])
    assert names(read_events(account.client(), calendars="Work")) == ["Work"]
    assert account.lists == 1


def test_rows_before_a_break_have_names_that_are_known() -> None:
    """A server that failed is not asked for more."""
    account = Account(["cal_1"])
    client = account.client()
    read_events(client)
    account.pages = 2
    with pytest.raises(errors.CronofyError) as caught:
        read_events(client)
    assert names(caught.value.partial) == ["Work"]
    with pytest.raises(errors.CronofyError) as caught:
        read_events(account.client())
    assert names(caught.value.partial) == [None]
    assert account.lists == 1


def test_several_accounts_have_names_of_their_own() -> None:
    """Each account's list names its rows."""
    ann, bob = Account(["cal_1"]), Account(["cal_1"])
    bob.calendars = [{"calendar_id": "cal_1", "calendar_name": "Bob's"}]
    events = read_events({"ann": ann.client(), "bob": bob.client()})
    assert dict(zip(events["account"], events["calendar_name"], strict=True)) == {"ann": "Work", "bob": "Bob's"}


def test_a_list_that_was_read_for_itself_names_rows() -> None:
    """After read_calendars, reads of events need no request for names; another frame of it cannot change them."""
    account = Account(["cal_1"])
    client = account.client()
    calendars = read_calendars(client)
    calendars["calendar_name"] = "changed"
    assert names(read_events(client)) == ["Work"]
    assert account.lists == 1


def test_a_calendar_of_an_account_without_calendars_is_a_question() -> None:
    """The message says that there are none, and where to look."""
    with pytest.raises(ValueError, match=r"'Work' .* no calendars \(read_profiles lists its profiles\)"):
        read_events(rows_client([[]]), calendars="Work")
