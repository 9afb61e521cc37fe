"""Threads that read accounts: their results, their failures, and how they end."""

import threading

import httpx
import pytest

from cronofy_frames.errors import CronofyError
from cronofy_frames.frames.account_threads import FIRST_THREADS, MAX_THREADS, AccountThreads
from cronofy_frames.tokens import MemoryStore
from cronofy_frames.wire.auth import Tokens
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.messages import Hosts

HOST = "https://api.cronofy.com"


def clients_of(count: int) -> dict[str, Client]:
    """Return clients that send nothing."""
    transport = httpx.MockTransport(lambda _: httpx.Response(500))
    return {f"account {n}": Client(Hosts(HOST, HOST), transport=transport) for n in range(count)}


def test_all_accounts_are_read_a_few_at_a_time() -> None:
    """Each once, in as many threads as are allowed."""
    running, most = set[str](), []
    lock = threading.Lock()

    def read(label: str) -> str:
        with lock:
            running.add(label)
            most.append(len(running))
        with lock:
            running.discard(label)
        return label.upper()

    threads = AccountThreads(clients_of(30), read)
    threads.run()
    assert threads.results == {f"account {n}": f"ACCOUNT {n}" for n in range(30)}
    assert max(most) <= MAX_THREADS


def test_no_accounts_are_no_results() -> None:
    """And no threads are begun."""
    threads = AccountThreads({}, lambda label: label)
    threads.run()
    assert threads.results == {}


@pytest.mark.parametrize("kind", [OSError, KeyboardInterrupt])
def test_what_a_thread_raises_ends_the_others(kind: type[BaseException]) -> None:
    """Accounts that have not begun are not read, and the error is raised where the read was called."""
    begun: list[str] = []
    release = threading.Event()

    def read(label: str) -> None:
        begun.append(label)
        if label == "account 0":
            raise kind("own")
        release.wait(0.01)

    with pytest.raises(kind, match="own"):
        AccountThreads(clients_of(200), read).run()
    assert len(begun) < 200


def test_a_cancelled_thread_sends_nothing_more() -> None:
    """A request that it would send after the interrupt is refused before it is sent."""
    clients = clients_of(2)
    refused: list[str] = []
    begun, interrupted = threading.Event(), threading.Event()

    def read(label: str) -> None:
        if label == "account 0":
            begun.wait(60)
            raise KeyboardInterrupt
        begun.set()
        while not interrupted.wait(0.001):
            try:
                clients[label].call("GET /v1/userinfo")
            except CronofyError as error:
                if "interrupted" in str(error):
                    refused.append(label)
                    interrupted.set()

    clients["account 1"] = Client(
        Hosts(HOST, HOST),
        transport=httpx.MockTransport(lambda _: httpx.Response(200, json={})),
        store=MemoryStore(Tokens(access_token="t")),
    )
    with pytest.raises(KeyboardInterrupt):
        AccountThreads(clients, read).run()
    assert interrupted.wait(60)
    assert refused == ["account 1"]


class Wait:
    """Reads of accounts that take so many seconds of virtual time, a share of which the process computes."""

    def __init__(self, seconds: float, share: float) -> None:
        self.now = self.computed = 0.0
        self._seconds, self._share = seconds, share
        self._lock = threading.Lock()
        self.threads: set[int] = set()
        self.order: list[str] = []

    def __call__(self, label: str) -> str:
        with self._lock:
            self.threads.add(threading.get_ident())
            self.order.append(label)
            self.now += self._seconds
            self.computed += self._seconds * self._share
        threading.Event().wait(0.002)
        return label


@pytest.mark.parametrize(("seconds", "share", "grows"), [(0.3, 0.01, True), (0.3, 0.9, False), (0.001, 0.01, False)])
def test_slow_accounts_get_more_threads(seconds: float, share: float, *, grows: bool) -> None:
    """More than at first where accounts take long and the process waits, not where it computes or waits for nothing."""
    wait = Wait(seconds, share)
    threads = AccountThreads(clients_of(200), wait, clock=lambda: wait.now, cpu=lambda: wait.computed)
    threads.run()
    assert len(threads.results) == 200
    assert (threads._threads > FIRST_THREADS) is grows
    assert threads._threads <= MAX_THREADS


def test_accounts_are_begun_in_turn() -> None:
    """In the order of the mapping, so that none waits for one after it."""
    wait = Wait(0.001, 0.9)
    AccountThreads(clients_of(40), wait, clock=lambda: wait.now, cpu=lambda: wait.computed).run()
    positions = [int(label.split()[1]) for label in wait.order]
    assert all(abs(position - n) < 2 * FIRST_THREADS for n, position in enumerate(positions))
