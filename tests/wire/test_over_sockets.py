"""Client and served sandbox over real sockets, with injected faults."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from cronofy_frames import errors
from cronofy_frames.frames.reading import read_events
from cronofy_frames.sandbox import serve
from cronofy_frames.tokens import MemoryStore
from cronofy_frames.wire.auth import Tokens
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.faults import Fault
from cronofy_frames.wire.messages import Hosts
from tests.small import WORK, small_box


@contextmanager
def client_with_faults(*faults: Fault, waits: list[float] | None = None) -> Iterator[Client]:
    """Yield a client of a served sandbox with these faults; its waits are recorded instead of slept."""
    box = small_box(page_size=2, rate_limit=False, faults=faults)
    with serve(box, sleep=lambda _: None) as served:
        tokens = box.tokens("ann@example.test")
        with Client(
            Hosts(served.url, served.url),
            store=MemoryStore(Tokens(tokens["access_token"], tokens["refresh_token"])),
            client_id=box.client_id,
            client_secret=box.client_secret,
            sleep=(waits if waits is not None else []).append,
            jitter=lambda: 0.0,
        ) as client:
            yield client
        assert served.errors == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault("drop before", "GET /v1/events", {1, 2}),
        Fault("drop after", "GET /v1/events", {2}),
        Fault("truncate", "GET /v1/events", {1, 3}),
        Fault("status", "GET /v1/events", {2}, status=503),
        Fault("status", "GET /v1/events", {1}, status=429, retry_after=2),
        Fault("html", "GET /v1/events", {2}, status=502),
        Fault("slow", "GET /v1/events", {1}, seconds=5),
    ],
    ids=lambda fault: f"{fault.kind} {fault.status}",
)
def test_a_read_survives_transient_faults(fault: Fault) -> None:
    """Lost connections, truncated bodies and server errors are retried, and no row is lost or duplicated."""
    with client_with_faults(fault) as client:
        events = read_events(client, "2026-03-01", "2026-04-01")
    assert events["summary"].tolist() == ["standup", "review", "dentist", "retreat"]


def test_retry_after_is_waited_for() -> None:
    """Retry-After sets the wait in seconds."""
    waits: list[float] = []
    with client_with_faults(Fault("status", "GET /v1/events", {1}, status=429, retry_after=7), waits=waits) as client:
        read_events(client)
    assert waits == [7.0]


def test_a_write_whose_answer_was_lost_is_done_once() -> None:
    """An upsert by event_id is repeated after a lost response, and the event exists once."""
    with client_with_faults(Fault("drop after", "POST /v1/calendars", {1})) as client:
        client.create_event(WORK, event_id="e", summary="Mine", start="2026-03-07", end="2026-03-08")
        assert read_events(client)["summary"].tolist().count("Mine") == 1


def test_a_calendar_is_not_made_twice() -> None:
    """A lost response to a call that is not repeatable is an error, and the call is not repeated."""
    with client_with_faults(Fault("drop after", "POST /v1/calendars", {1})) as client:
        with pytest.raises(errors.TransportError, match="create_calendar got no response"):
            client.create_calendar(profile_id="pro_ann", name="New")
        assert [calendar["calendar_name"] for calendar in client.list_calendars()].count("New") == 1


def test_an_expired_page_is_an_error_with_the_rows_so_far() -> None:
    """If a page URL has expired, the error has the rows read so far."""
    with client_with_faults(Fault("status", "GET /v1/events/pages", status=404)) as client:
        with pytest.raises(errors.NotFound) as caught:
            read_events(client)
        assert len(caught.value.partial) == 2


def test_a_refused_connection_names_the_host() -> None:
    """The error names the host and what to check."""
    client = Client(
        Hosts("http://127.0.0.1:9", "http://127.0.0.1:9"), store=MemoryStore(Tokens("a")), sleep=lambda _: None
    )
    with pytest.raises(errors.TransportError, match=r"from 127\.0\.0\.1.*base_url"):
        client.list_calendars()


class Compressing(BaseHTTPRequestHandler):
    """A server of calendars that compresses its responses and keeps connections open."""

    protocol_version = "HTTP/1.1"
    connections: ClassVar[set[object]] = set()
    accepted: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """Send the compressed response."""
        self.connections.add(self.client_address)
        self.accepted.append(self.headers.get("Accept-Encoding", ""))
        body = gzip.compress(b'{"calendars":[{"calendar_id":"cal_1"}]}')
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def test_one_connection_is_reused_with_gzip() -> None:
    """Ten calls use one connection, and gzip is requested and decoded."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Compressing)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        with Client(Hosts(url, url), store=MemoryStore(Tokens("a"))) as client:
            for _ in range(10):
                assert list(client.list_calendars()) == [{"calendar_id": "cal_1"}]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert len(Compressing.connections) == 1
    assert all("gzip" in encoding for encoding in Compressing.accepted)
