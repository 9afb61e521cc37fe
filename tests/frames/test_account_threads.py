"""Threads that read accounts: their results, their failures, and how they end."""

import threading

import httpx
import pytest

from cronofy_frames.errors import CronofyError
from cronofy_frames.frames.account_threads import MAX_THREADS, AccountThreads
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
