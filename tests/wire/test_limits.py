"""Limits of one call: how long an answer and the waits may take, and how large a body may be."""

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from cronofy_frames import errors
from cronofy_frames.connecting import connect
from cronofy_frames.frames.reading import read_events
from cronofy_frames.wire.auth import Tokens
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.limits import Limits
from cronofy_frames.wire.memory_store import MemoryStore
from cronofy_frames.wire.messages import Hosts

HOST = "https://api.example.test"
EVENTS = b'{"pages": {"current": 1, "total": 1}, "events": []}'


class Body(httpx.SyncByteStream):
    """A body that arrives in pieces, each with an action before it."""

    def __init__(self, pieces: Iterator[bytes] | list[bytes], before: Callable[[], None] = lambda: None) -> None:
        self._pieces, self._before = pieces, before
        self.taken = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self._before()
            self.taken += 1
            yield piece


def client_of(handle: Callable[[httpx.Request], httpx.Response], limits: Limits, **more: Any) -> Client:
    """Return a client with limits, whose waits are recorded instead of slept."""
    return Client(
        Hosts(HOST, HOST),
        store=MemoryStore(Tokens("token")),
        transport=httpx.MockTransport(handle),
        limits=limits,
        jitter=lambda: 0.0,
        clock=lambda: datetime(2026, 3, 4, 9, tzinfo=UTC),
        **more,
    )


@pytest.mark.parametrize("encoding", ["identity", "gzip", "deflate"])
def test_a_body_that_is_too_large_is_not_read_to_its_end(encoding: str) -> None:
    """Unpacked bytes count, the request is sent once, and little more than the limit is ever unpacked."""
    whole = b" " * 50_000_000
    packed = {"identity": whole, "gzip": gzip.compress(whole), "deflate": zlib.compress(whole)}[encoding]
    body = Body([packed[at : at + 4096] for at in range(0, len(packed), 4096)])
    sent = []

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, headers={"Content-Encoding": encoding}, stream=body)

    client = client_of(handle, Limits(max_body=1_000_000), sleep=lambda _: None)
    with pytest.raises(errors.TransportError, match=r"more than 1,000,000 bytes.*max_body") as caught:
        read_events(client)
    assert caught.value.call.endpoint.name == "read_events"
    assert len(sent) == 1
    assert body.taken < len(packed) / 4096 or encoding != "identity"


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, lambda data: zlib.compress(data)[2:-4]])
def test_packed_bodies_are_unpacked(pack: Callable[[bytes], bytes]) -> None:
    """gzip, deflate, and deflate without its header, in pieces of any size."""
    packed = pack(EVENTS)
    name = "gzip" if packed[:2] == b"\x1f\x8b" else "deflate"
    for size in (1, 7, 10_000):
        pieces = [packed[at : at + size] for at in range(0, len(packed), size)]
        handle = lambda _: httpx.Response(200, headers={"Content-Encoding": name}, stream=Body(pieces))  # noqa: B023, E731
        assert len(read_events(client_of(handle, Limits()))) == 0


@pytest.mark.parametrize("cut", [1, 12, -9, -1])
def test_a_packed_body_that_is_cut_off_is_repeated(cut: int) -> None:
    """It is an answer that did not arrive, and is requested again."""
    packed = gzip.compress(EVENTS)
    answers = iter([packed[:cut], packed])
    handle = lambda _: httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=Body([next(answers)]))  # noqa: E731
    waits: list[float] = []
    assert len(read_events(client_of(handle, Limits(), sleep=waits.append))) == 0
    assert waits == [1.0]


def test_a_body_that_trickles_in_ends_at_the_deadline() -> None:
    """However slowly the bytes arrive, the call ends, and is not sent again."""
    now = [0.0]

    def pass_time() -> None:
        now[0] += 1.0

    bodies: list[Body] = []

    def handle(_: httpx.Request) -> httpx.Response:
        bodies.append(Body([b" "] * 1000, pass_time))
        return httpx.Response(200, stream=bodies[-1])

    client = client_of(handle, Limits(deadline=30, tick=lambda: now[0]), sleep=lambda _: None)
    with pytest.raises(errors.TransportError, match="within 30 s"):
        read_events(client)
    assert (len(bodies), bodies[0].taken) == (1, 31)


@contextmanager
def server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve connections on loopback with a function, each in a thread of its own; yield the address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

        def serve(connection: socket.socket) -> None:
            with connection:
                try:
                    connection.recv(65536)
                    answer(connection)
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def _trickle_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        connection.sendall(b"x")
        time.sleep(0.05)


def _trickle_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        connection.sendall(b" ")
        time.sleep(0.05)


def _say_nothing(connection: socket.socket) -> None:
    connection.recv(65536)


@pytest.mark.parametrize("answer", [_trickle_headers, _trickle_body, _say_nothing])
def test_a_real_server_that_never_ends_its_answer(answer: Callable[[socket.socket], None]) -> None:
    """Headers, a body or nothing: the call ends with an error of this package, and the client can be used again."""
    with server(answer) as url, connect(base_url=url, access_token="t", pace=None, deadline=0.5, patience=0) as client:
        for _ in range(2):
            with pytest.raises(errors.TransportError):
                client.user_info()


def test_a_renewal_that_hangs_gives_the_lock_back() -> None:
    """After the deadline another caller gets the lock of the account, and the error is that of the call."""
    with server(_trickle_headers) as url:
        store = MemoryStore(Tokens(None, "refresh"))
        client = Client(
            Hosts(url, url), store=store, client_id="i", client_secret="s", limits=Limits(deadline=0.3), retries=False
        )
        for _ in range(2):
            with client, pytest.raises(errors.CronofyError):
                client.user_info()
            client = Client(Hosts(url, url), store=store, client_id="i", client_secret="s", limits=Limits(deadline=0.3))
        client.close()
        with client.keeper.lock():
            assert store.load() == Tokens(None, "refresh")


@pytest.mark.parametrize(
    ("patience", "waits"), [(300, [299.0]), (600, [299.0, 299.0]), (299, [299.0]), (298, []), (0, [])]
)
def test_waits_are_capped(patience: float, waits: list[float]) -> None:
    """However often Retry-After asks for a wait; the error says how long was waited and when to come back."""
    slept: list[float] = []
    handle = lambda _: httpx.Response(429, headers={"Retry-After": "299"})  # noqa: E731 - short
    client = client_of(handle, Limits(patience=patience), sleep=slept.append)
    with pytest.raises(errors.RateLimited) as caught:
        client.user_info()
    assert slept == waits
    assert f"{sum(waits):.0f} s were waited for this call; patience= allows {patience:g} s" in str(caught.value)
    assert "Come back at 2026-03-04 09:04 UTC" in str(caught.value)


def test_other_threads_can_end_a_wait() -> None:
    """A client that waits for its next attempt raises as soon as its waits are interrupted."""
    waiting = threading.Event()

    def handle(_: httpx.Request) -> httpx.Response:
        waiting.set()
        return httpx.Response(429, headers={"Retry-After": "250"})

    client = client_of(handle, Limits())
    raised: list[BaseException] = []

    def call() -> None:
        try:
            client.user_info()
        except errors.CronofyError as error:
            raised.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    waiting.wait()
    while thread.is_alive():
        client.interrupt_waits()
        thread.join(0.01)
    assert "interrupted" in str(raised[0])


@pytest.mark.parametrize("more", [{"deadline": -1}, {"patience": float("nan")}, {"max_body": "1"}, {"deadline": True}])
def test_limits_are_numbers(more: dict[str, Any]) -> None:
    """Anything else is refused by name."""
    with pytest.raises(ValueError, match=next(iter(more))):
        connect(sandbox=True, **more)
