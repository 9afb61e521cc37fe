"""Parallel reads: the frame of a sequential read, with failures and edits in between."""

import json
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import httpx
import pandas as pd
import pytest
from werkzeug.http import http_date

from cronofy_frames.connecting import SANDBOX_HOST, connect
from cronofy_frames.errors import CronofyError
from cronofy_frames.frames.combining import concat
from cronofy_frames.frames.decoder import UnreadWarning
from cronofy_frames.frames.reading import read_events, read_free_busy
from cronofy_frames.frames.unread_fields import UnreadFieldWarning
from cronofy_frames.recent_error import last_error
from cronofy_frames.sandbox import Sandbox, serve
from cronofy_frames.sandbox.model.state import Account, Calendar, Event, Office, Profile
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.credentials import Tokens
from cronofy_frames.wire.memory_store import MemoryStore
from cronofy_frames.wire.messages import Hosts
from cronofy_frames.wire.transport import InProcessTransport

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
OLD = datetime(2026, 1, 1, tzinfo=UTC)
WORKERS = [4, 8, 16]
COUNTS = ("pages", "requests")

READS: dict[str, tuple[Callable[..., pd.DataFrame], dict[str, Any]]] = {
    "open": (read_events, {}),
    "without managed events": (read_events, {"managed": False}),
    "bounded": (read_events, {"start": "2026-02-10", "end": "2026-03-20"}),
    "half open": (read_events, {"start": "2026-02-20 09:30", "tz": "America/New_York"}),
    "open start": (read_events, {"end": "2026-04-01 12:00", "tz": "Asia/Kolkata"}),
    "over clock changes": (read_events, {"start": "2026-03-01", "end": "2026-04-20", "tz": "Europe/London"}),
    "localized": (read_events, {"localized": True, "include": ("geo", "google_ids")}),
    "one calendar": (read_events, {"calendars": ["cal_1"]}),
    "by name": (read_events, {"calendars": ["Calendar 0", "Calendar 2"]}),
    "extra": (read_events, {"extra": {"locale": "text"}}),
    "one day": (read_events, {"start": "2026-03-02", "end": "2026-03-03"}),
    "free/busy": (read_free_busy, {"start": "2026-02-10", "end": "2026-03-20"}),
    "free/busy with free": (read_free_busy, {"start": "2026-02-10", "include": ("ids", "free")}),
    "free/busy without ids": (read_free_busy, {"start": "2026-02-10", "include": ()}),
    "deleted": (read_events, {"deleted": True}),
    "moved": (read_events, {"include": ("moved",)}),
    "modified": (read_events, {"modified_since": "2025-12-01"}),
}


def new_event(number: int, start: Any, end: Any, **more: Any) -> Event:
    """Return an event in one of three calendars."""
    fields = {"calendar_id": f"cal_{number % 3}", "summary": f"event {number}", "created": OLD, "updated": OLD, **more}
    return Event(event_uid=f"evt_external_{number:03}", start=start, end=end, **fields)


def busy_office() -> Office:
    """Return a person with three calendars and events of all kinds, most of them in a few days."""
    day, hour = timedelta(days=1), timedelta(hours=1)
    first = datetime(2026, 1, 25, 7, tzinfo=UTC)
    events = [new_event(n, first + n * 7 * hour, first + (n * 7 + 1) * hour) for n in range(150)]
    dense = datetime(2026, 3, 2, 6, tzinfo=UTC)
    events += [new_event(n, dense + n % 16 * hour, dense + (n % 16 + 1) * hour) for n in range(150, 230)]
    events += [new_event(n, first + n % 20 * 3 * day, first + (n % 20 * 3 + 5) * day) for n in range(230, 260)]
    events += [
        new_event(n, date(2026, 2, 1) + (n - 260) * 2 * day, date(2026, 2, 2) + ((n - 260) * 2 + n % 4) * day)
        for n in range(260, 300)
    ]
    events += [new_event(n, first + n * hour, first + n * hour, transparency="transparent") for n in range(300, 320)]
    events += [new_event(n, first + n * hour, first + n * hour, deleted=True) for n in range(320, 330)]
    calendars = [Calendar(f"cal_{n}", f"Calendar {n}") for n in range(3)]
    ann = Account(
        "acc_ann",
        email="ann@example.test",
        name="Ann",
        zoneinfo="Europe/London",
        scope="read_account list_calendars read_events create_event delete_event read_free_busy",
        profiles=[Profile("pro_1", "ann@example.test", "google", "gsuite", calendars=calendars)],
        events={event.event_uid: event for event in events},
    )
    return Office(accounts=[ann])


def busy_box(**options: Any) -> Sandbox:
    """Return a sandbox with that office, and managed events of all time."""
    box = Sandbox(office=busy_office(), now=NOW, page_size=3, **options)
    with connect(sandbox=box) as client:
        for n in range(12):
            start = NOW + timedelta(days=40 * n)
            end = start + timedelta(hours=1)
            client.create_event(calendar_id="cal_0", event_id=f"own {n}", summary="own", start=start, end=end)
    return box


class Hooked(httpx.BaseTransport):
    """The sandbox in process; before some requests, by their number, something happens."""

    def __init__(self, box: Sandbox, hooks: Mapping[int, Callable[[], object]]) -> None:
        self.box = box
        self._inner, self._hooks, self._count = InProcessTransport(cast("Any", box)), hooks, 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        self._count += 1
        self._hooks.get(self._count, lambda: None)()
        return self._inner.handle_request(request)


def hooked_client(box: Sandbox, hooks: Mapping[int, Callable[[], object]]) -> Client:
    """Return a client before whose requests something happens."""
    store = MemoryStore(Tokens(box.access_token))
    return Client(Hosts(SANDBOX_HOST, SANDBOX_HOST), store=store, transport=Hooked(box, hooks), clock=box.now)


def provenance(frame: pd.DataFrame) -> dict[str, Any]:
    """Return where a frame comes from, without the number of pages and requests."""
    return {name: value for name, value in frame.attrs["cronofy"].items() if name not in COUNTS}


@pytest.fixture(scope="module")
def busy() -> Sandbox:
    """A sandbox with some hundred events, which no test changes."""
    return busy_box()


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("kind", READS)
def test_windows_give_the_frame_of_a_read_in_a_row(busy: Sandbox, kind: str, workers: int) -> None:
    """Rows, order, dtypes and provenance are the same for any number of workers."""
    read, arguments = READS[kind]
    with connect(sandbox=busy) as client:
        expected = read(client, **arguments, workers=1)
        frame = read(client, **arguments, workers=workers)
    pd.testing.assert_frame_equal(frame, expected)
    assert provenance(frame) == provenance(expected)
    assert len(frame) > 0


@pytest.mark.parametrize("kind", ["deleted", "moved", "modified", "free/busy without ids"])
def test_reads_that_are_no_union_of_windows_are_not_divided(busy: Sandbox, kind: str) -> None:
    """They cost the requests of a read in a row."""
    read, arguments = READS[kind]
    with connect(sandbox=busy) as client:
        in_a_row, divided = (read(client, **arguments, workers=workers) for workers in (1, 8))
    assert divided.attrs["cronofy"] == in_a_row.attrs["cronofy"]


def test_short_reads_cost_what_they_did() -> None:
    """Up to 24 pages are read one after the other, from the first request on."""
    box = Sandbox(office=busy_office(), now=NOW, page_size=14)
    with connect(sandbox=box) as client:
        in_a_row, short = (read_events(client, workers=workers) for workers in (1, 8))
    assert short.attrs["cronofy"] == in_a_row.attrs["cronofy"]
    assert 15 <= short.attrs["cronofy"]["pages"] < 25


@pytest.mark.parametrize("workers", [2, *WORKERS])
@pytest.mark.parametrize("page_size", [5, 10, 20])
def test_dividing_costs_few_requests(workers: int, page_size: int) -> None:
    """At most 15 % more than in a row, whatever the number of pages."""
    box = Sandbox(now="2026-03-02T09:00:00Z", page_size=page_size, seed=1)
    with connect(sandbox=box) as client:
        in_a_row = read_events(client, workers=1).attrs["cronofy"]["requests"]
        divided = read_events(client, workers=workers).attrs["cronofy"]["requests"]
    assert in_a_row < divided <= 1.15 * in_a_row


@pytest.mark.parametrize("share", [0, 10, 50, 100])
@pytest.mark.parametrize("weeks", [1, 3, 12])
def test_events_that_last_for_weeks_cost_few_requests(share: int, weeks: int) -> None:
    """Such an event is in several windows: the longer they last, the fewer windows are read."""
    first, hour = datetime(2026, 1, 25, 7, tzinfo=UTC), timedelta(hours=1)
    lasting = [weeks * 7 * 24 * hour if n % 100 < share else hour for n in range(600)]
    events = [new_event(n, first + 6 * n * hour, first + 6 * n * hour + lasting[n]) for n in range(600)]
    office = busy_office()
    office.accounts[0].events = {event.event_uid: event for event in events}
    with connect(sandbox=Sandbox(office=office, now=NOW, page_size=4, rate_limit=False)) as client:
        expected = read_events(client, workers=1)
        frame = read_events(client)
    pd.testing.assert_frame_equal(frame, expected)
    assert frame.attrs["cronofy"]["requests"] <= 1.2 * expected.attrs["cronofy"]["requests"]


class Recorded(Hooked):
    """The sandbox in process; the first pages of parts are recorded, and which addresses were requested.

    Attributes
    ----------
    parts
        The number of pages of each, and the address of its second one.
    requested
        The addresses.
    """

    def __init__(self, box: Sandbox) -> None:
        super().__init__(box, {})
        self.parts: list[tuple[int, str | None]] = []
        self.requested: set[str] = set()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        response = super().handle_request(request)
        self.requested.add(str(request.url))
        if request.url.params.get("from"):
            pages = json.loads(response.read())["pages"]
            self.parts.append((pages["total"], pages.get("next_page")))
        return response


@pytest.mark.parametrize("workers", [4, 8])
def test_the_busiest_days_are_divided_again(workers: int) -> None:
    """Of the first parts, none with many more pages than the others is read as it is, as all would wait for it."""
    first, dense, hour = datetime(2026, 1, 25, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC), timedelta(hours=1)
    starts = [first + 12 * n * hour for n in range(200)] + [dense + n * hour for n in range(200)]
    office = busy_office()
    office.accounts[0].events = {
        event.event_uid: event for event in (new_event(n, start, start + hour) for n, start in enumerate(starts))
    }
    transport = Recorded(Sandbox(office=office, now=NOW, page_size=2))
    store = MemoryStore(Tokens(transport.box.access_token))
    client = Client(Hosts(SANDBOX_HOST, SANDBOX_HOST), store=store, transport=transport, clock=transport.box.now)
    read_events(client, workers=workers, names=False)
    read = [total for total, address in transport.parts if address is None or address in transport.requested]
    divided = [
        total for total, address in transport.parts if address is not None and address not in transport.requested
    ]
    assert len(read) > 10
    assert max(divided) > max(read)


def test_a_day_with_many_events_is_divided_by_calendars(busy: Sandbox) -> None:
    """A read of one day has windows too."""
    with connect(sandbox=busy) as client:
        frame = read_events(client, "2026-03-02", "2026-03-03", workers=3)
    assert frame.attrs["cronofy"]["pages"] >= 20
    assert frame.attrs["cronofy"]["requests"] > frame.attrs["cronofy"]["pages"]


@pytest.mark.parametrize("workers", [1, *WORKERS])
@pytest.mark.parametrize("number", [1, 2, 5, 20, 60])
def test_a_read_that_breaks_goes_on(workers: int, number: int) -> None:
    """`.partial` and the rows of `resume=` are together the whole frame, and no page is read twice."""
    box = busy_box()
    with connect(sandbox=box) as client:
        expected = read_events(client, workers=1, names=False)
    hooks = {number: lambda: (_ for _ in ()).throw(httpx.UnsupportedProtocol("broken"))}
    client = hooked_client(box, hooks)
    with pytest.raises(CronofyError) as caught:
        read_events(client, workers=workers, names=False)
    error = caught.value
    assert error.partial is not None
    assert error.partial.attrs["cronofy"]["complete"] is False
    rest = read_events(client, workers=workers, names=False, resume=error.resume)
    assert rest.attrs["cronofy"]["complete"] is True
    pd.testing.assert_frame_equal(concat([error.partial, rest]), expected)
    pages = error.partial.attrs["cronofy"]["pages"] + rest.attrs["cronofy"]["pages"]
    assert pages <= 1.15 * expected.attrs["cronofy"]["pages"] + 1


def test_a_read_that_breaks_in_several_windows_goes_on(busy: Sandbox) -> None:
    """Several windows that fail at once are one error, and each goes on from its own page."""

    def fail() -> None:
        raise httpx.UnsupportedProtocol("broken")

    with pytest.raises(CronofyError) as caught:
        read_events(hooked_client(busy, dict.fromkeys(range(30, 60), fail)), workers=8, names=False)
    assert caught.value.resume is not None
    assert len(caught.value.resume["windows"]) > 1
    with connect(sandbox=busy) as client:
        rest = read_events(client, resume=caught.value.resume, names=False)
        expected = read_events(client, workers=1, names=False)
    pd.testing.assert_frame_equal(concat([caught.value.partial, rest]), expected)


class FailingChanges(Hooked):
    """The sandbox in process; the first request for changes fails."""

    has_failed = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        if "last_modified" in str(request.url) and not self.has_failed:
            self.has_failed = True
            return httpx.Response(501)
        return super().handle_request(request)


def test_a_closing_read_that_breaks_goes_on(busy: Sandbox) -> None:
    """All windows are in `.partial`, and `resume=` asks for the changes alone."""
    store = MemoryStore(Tokens(busy.access_token))
    transport = FailingChanges(busy, {})
    client = Client(Hosts(SANDBOX_HOST, SANDBOX_HOST), store=store, transport=transport, clock=busy.now)
    expected = read_events(client, workers=1, names=False)
    with pytest.raises(CronofyError, match="501") as caught:
        read_events(client, names=False)
    pd.testing.assert_frame_equal(caught.value.partial, expected)
    rest = read_events(client, names=False, resume=caught.value.resume)
    assert rest.attrs["cronofy"]["requests"] <= 5
    pd.testing.assert_frame_equal(concat([caught.value.partial, rest]), expected)


def test_a_page_whose_address_has_expired_is_read_from_the_first_of_its_part(busy: Sandbox) -> None:
    """`resume=` does not ask for that address again, and each row is in the frame once."""

    class Expired(Hooked):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if "/pages/" in request.url.path and self._count > 30:
                return httpx.Response(404)
            return super().handle_request(request)

    store = MemoryStore(Tokens(busy.access_token))
    client = Client(Hosts(SANDBOX_HOST, SANDBOX_HOST), store=store, transport=Expired(busy, {}), clock=busy.now)
    with pytest.raises(CronofyError, match="its address has expired") as caught:
        read_events(client, names=False)
    assert caught.value.resume is not None
    with connect(sandbox=busy) as client:
        rest = read_events(client, resume=caught.value.resume, names=False)
        expected = read_events(client, workers=1, names=False)
    requested = [part["next_page"] for part in caught.value.resume["windows"]]
    assert None in requested
    pd.testing.assert_frame_equal(concat([caught.value.partial, rest]), expected)


def test_a_change_that_cannot_be_read_is_a_warning(busy: Sandbox) -> None:
    """A row of the closing read that is no object is counted like one of a page."""

    class WithText(Hooked):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            response = super().handle_request(request)
            if "last_modified" not in str(request.url):
                return response
            return httpx.Response(200, json={**json.loads(response.read()), "events": ["text"]})

    store = MemoryStore(Tokens(busy.access_token))
    client = Client(Hosts(SANDBOX_HOST, SANDBOX_HOST), store=store, transport=WithText(busy, {}), clock=busy.now)
    with pytest.warns(UnreadWarning, match="1 value did not have the type of the column"):
        frame = read_events(client, names=False)
    with connect(sandbox=busy) as client:
        expected = read_events(client, workers=1, names=False)
    assert frame["event_uid"].dropna().tolist() == expected["event_uid"].tolist()


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("number", [2, 10, 40, 90])
def test_edits_during_a_read_are_in_its_frame(workers: int, number: int) -> None:
    """Whatever is moved, renamed, added or deleted while windows are read, the frame is that of a read afterwards."""
    box = busy_box()
    later = datetime(2026, 4, 20, 9, tzinfo=UTC)
    early = datetime(2026, 1, 26, 9, tzinfo=UTC)

    def edit() -> None:
        box.edit_event("Ann", "evt_external_003", start=later, end=later + timedelta(hours=1))
        box.edit_event("Ann", "evt_external_140", start=early, end=early + timedelta(hours=1))
        box.edit_event("Ann", "evt_external_200", summary="renamed")
        box.edit_event("Ann", "evt_external_020", start=later + timedelta(days=300), end=later + timedelta(days=301))
        own = next(uid for uid, event in box.accounts[0].events.items() if event.event_id == "own 2")
        box.edit_event("Ann", own, start=later + timedelta(days=300), end=later + timedelta(days=301))
        box.remove_event("Ann", "evt_external_050")
        box.remove_event("Ann", "evt_external_230")
        box.add_external_event("Ann", "added", early, later)
        box.add_external_event("Ann", "ends as the window begins", OLD, datetime(2026, 1, 21, tzinfo=UTC))

    bounds = {} if number != 10 else {"start": "2026-01-23"}
    frame = read_events(hooked_client(box, {number: edit}), **bounds, workers=workers, names=False)
    with connect(sandbox=box) as client:
        expected = read_events(client, **bounds, workers=1, names=False)
    pd.testing.assert_frame_equal(frame, expected)


def move_events(box: Sandbox) -> None:
    """Move events of several windows to a day of the first."""
    start = datetime(2026, 1, 26, 9, tzinfo=UTC)
    for n in (3, 60, 140, 200):
        box.edit_event("Ann", f"evt_external_{n:03}", start=start, end=start + timedelta(hours=1))


@pytest.mark.parametrize("number", [5, 30, 80])
def test_edits_before_a_read_goes_on_are_in_its_rows(number: int) -> None:
    """An event that moved meanwhile from a window that is still to be read to one that was is not lost."""
    box = busy_box()
    client = hooked_client(box, {number: lambda: (_ for _ in ()).throw(httpx.UnsupportedProtocol("broken"))})
    with pytest.raises(CronofyError) as caught:
        read_events(client, names=False)
    move_events(box)
    rest = read_events(client, names=False, resume=caught.value.resume)
    expected = read_events(client, names=False, workers=1)
    pd.testing.assert_frame_equal(concat([caught.value.partial, rest]), expected)


def test_edits_during_a_read_of_free_busy_are_in_its_frame() -> None:
    """Periods that move within the window or go are right."""
    box = busy_box()
    later = datetime(2026, 4, 20, 9, tzinfo=UTC)

    def edit() -> None:
        box.edit_event("Ann", "evt_external_003", start=later, end=later + timedelta(hours=1))
        box.remove_event("Ann", "evt_external_050")

    frame = read_free_busy(hooked_client(box, {40: edit}), "2026-01-22", "2026-05-01", names=False)
    with connect(sandbox=box) as client:
        expected = read_free_busy(client, "2026-01-22", "2026-05-01", workers=1, names=False)
    pd.testing.assert_frame_equal(frame, expected)


@pytest.mark.parametrize("number", [1, 2, 10, 60])
def test_an_interrupt_ends_all_windows(number: int) -> None:
    """An interrupt in any thread ends the read, with the rows so far, and it goes on from there."""
    box = busy_box()
    with connect(sandbox=box) as client:
        expected = read_events(client, workers=1, names=False)
    client = hooked_client(box, {number: lambda: (_ for _ in ()).throw(KeyboardInterrupt())})
    with pytest.raises(KeyboardInterrupt):
        read_events(client, names=False)
    stopped = last_error()
    assert stopped.partial.attrs["cronofy"]["complete"] is False
    rest = read_events(client, names=False, resume=stopped.resume)
    pd.testing.assert_frame_equal(concat([stopped.partial, rest]), expected)


def test_an_interrupt_while_calendars_are_listed_is_one_of_the_read() -> None:
    """A day is divided by calendars; the rows so far are events, and the read goes on."""
    box = busy_box()
    client = hooked_client(box, {2: lambda: (_ for _ in ()).throw(KeyboardInterrupt())})
    with pytest.raises(KeyboardInterrupt):
        read_events(client, "2026-03-02", "2026-03-03", workers=3)
    stopped = last_error()
    assert "event_uid" in stopped.partial
    rest = read_events(client, resume=stopped.resume)
    pd.testing.assert_frame_equal(rest, read_events(client, "2026-03-02", "2026-03-03", workers=1))


def test_a_mapping_is_read_in_windows_too(busy: Sandbox) -> None:
    """Several accounts with long reads share the workers, and give the same frame."""
    clients = {"ann": connect(sandbox=busy), "bob": connect(sandbox=busy)}
    expected = read_events(clients, workers=1)
    frame = read_events(clients, workers=8)
    pd.testing.assert_frame_equal(frame, expected)
    assert frame.attrs["cronofy"]["requests"] > expected.attrs["cronofy"]["requests"]


def test_a_new_field_is_one_warning(busy: Sandbox) -> None:
    """A field that no column has is reported once and counted as in a row, whichever windows have it."""

    class WithField(Hooked):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            response = super().handle_request(request)
            content = response.read().replace(b'"summary":', b'"window_field":1,"summary":')
            return httpx.Response(response.status_code, content=content)

    store = MemoryStore(Tokens(busy.access_token))
    client = Client(Hosts(SANDBOX_HOST, SANDBOX_HOST), store=store, transport=WithField(busy, {}), clock=busy.now)
    with pytest.warns(UnreadFieldWarning) as warned:
        frame = read_events(client, names=False)
    assert len(warned) == 1
    assert frame.attrs["cronofy"]["unread"] == read_events(client, workers=1, names=False).attrs["cronofy"]["unread"]


def test_windows_that_end_early_are_one_warning(busy: Sandbox) -> None:
    """Pages that a server announces and does not have are reported once, with their number."""

    class Short(Hooked):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            response = super().handle_request(request)
            content = response.read()
            if "/pages/" in request.url.path:
                content = content.replace(b'"next_page"', b'"no_page"')
            return httpx.Response(response.status_code, content=content)

    store = MemoryStore(Tokens(busy.access_token))
    client = Client(Hosts(SANDBOX_HOST, SANDBOX_HOST), store=store, transport=Short(busy, {}), clock=busy.now)
    with pytest.warns(UserWarning, match=r"read_events ended after page \d+ of \d+") as warned:
        frame = read_events(client, names=False)
    assert len(warned) == 1
    assert frame.attrs["cronofy"]["complete"] is False


def test_a_clock_that_is_wrong_does_no_harm() -> None:
    """Where windows of the computer's time are refused, an open read is read in a row."""
    box = busy_box()
    expected = read_events(connect(sandbox=box), workers=1, names=False)
    for days in (-400, 400):
        client = hooked_client(box, {})
        client.clock = lambda days=days: NOW + timedelta(days=days)  # type: ignore[misc]
        pd.testing.assert_frame_equal(read_events(client, names=False), expected)


def test_a_read_that_breaks_goes_on_with_the_clock_of_the_server() -> None:
    """Where that of the computer is wrong, an event that moved meanwhile is in the rows of `resume=` nevertheless."""

    class Dated(Hooked):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            response = super().handle_request(request)
            response.headers["Date"] = http_date(box.now())
            return response

    box = busy_box()
    transport = Dated(box, {30: lambda: (_ for _ in ()).throw(httpx.UnsupportedProtocol("broken"))})
    store, clock = MemoryStore(Tokens(box.access_token)), lambda: NOW + timedelta(days=400)
    client = Client(Hosts(SANDBOX_HOST, SANDBOX_HOST), store=store, transport=transport, clock=clock)
    with pytest.raises(CronofyError) as caught:
        read_events(client, names=False)
    move_events(box)
    rest = read_events(client, names=False, resume=caught.value.resume)
    pd.testing.assert_frame_equal(concat([caught.value.partial, rest]), read_events(client, names=False, workers=1))


@pytest.mark.parametrize("days", [0, 400])
@pytest.mark.parametrize("kind", ["events", "free/busy"])
def test_an_end_after_the_limit_of_the_server_is_read(kind: str, days: int) -> None:
    """A server that reduces `to` to its limit refuses windows after it; no read asks for these, or fails for them."""
    read, _ = READS[{"events": "bounded"}.get(kind, kind)]
    box = busy_box(strict_window=False)
    client = hooked_client(box, {})
    expected = read(client, "2026-01-22", "2028-03-01", workers=1)
    client.clock = lambda: NOW + timedelta(days=days)  # type: ignore[method-assign]
    for workers in WORKERS:
        frame = read(client, "2026-01-22", "2028-03-01", workers=workers)
        pd.testing.assert_frame_equal(frame, expected)
        is_divided = frame.attrs["cronofy"]["requests"] > expected.attrs["cronofy"]["requests"]
        assert is_divided is (days == 0)


def test_windows_keep_to_the_served_limit(caplog: pytest.LogCaptureFixture) -> None:
    """A served sandbox that counts answers no request of eight workers with 429."""
    box = busy_box()
    with (
        serve(box) as served,
        caplog.at_level(logging.WARNING),
        connect(base_url=served.url, access_token=box.access_token, client_id="windows", environment={}) as client,
    ):
        frame = read_events(client, "2026-01-22", "2026-06-01", names=False)
        counts = frame.attrs["cronofy"]
    with connect(sandbox=box) as client:
        expected = read_events(client, "2026-01-22", "2026-06-01", workers=1, names=False)
    pd.testing.assert_frame_equal(frame, expected)
    assert caplog.records == []
    assert counts["requests"] > expected.attrs["cronofy"]["requests"]


@pytest.mark.parametrize("workers", [0, -1, 1.5, "8", True, None])
def test_workers_is_a_whole_number(busy: Sandbox, workers: Any) -> None:
    """Anything else is refused before a request."""
    with connect(sandbox=busy) as client, pytest.raises(ValueError, match="workers is a whole number from 1"):
        read_events(client, workers=workers)
