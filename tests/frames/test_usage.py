"""What the process has sent, as a frame."""

import threading
from typing import Any

import httpx
import pandas as pd
import pytest

import cronofy_frames as cf
from cronofy_frames.errors import CronofyError
from cronofy_frames.frames.usage import usage
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.credentials import Tokens
from cronofy_frames.wire.memory_store import MemoryStore
from cronofy_frames.wire.messages import Hosts
from cronofy_frames.wire.pacing import Pacer
from cronofy_frames.wire.usage import Usage

HOSTS = Hosts("https://a.test", "https://a.test")
DTYPES = {
    "application": "str",
    "endpoint": "str",
    "calls": "int64",
    "retries": "int64",
    "waited": "float64",
    "bytes": "int64",
}


def client_of(responses: list[httpx.Response], counted: Usage, **options: Any) -> Client:
    """Return a client that is answered with these responses, and waits for nothing."""
    answers = iter(responses)
    return Client(
        HOSTS,
        client_id="app",
        client_secret="secret",
        store=MemoryStore(Tokens("a", "r")),
        transport=httpx.MockTransport(lambda _: next(answers)),
        usage=counted,
        sleep=lambda _: None,
        jitter=lambda: 0.0,
        **options,
    )


def test_nothing_sent_is_an_empty_frame() -> None:
    """Columns and dtypes are fixed."""
    frame = usage(counted=Usage())
    assert frame.dtypes.astype(str).to_dict() == DTYPES
    assert frame.empty


def test_calls_retries_waits_and_bytes_are_counted() -> None:
    """By endpoint: an attempt that fails is a retry with its wait, and each response counts with its bytes."""
    counted = Usage()
    busy, good = httpx.Response(503, content=b"12345"), httpx.Response(200, content=b'{"calendars":[]}')
    client_of([busy, busy, good], counted).list_calendars()
    frame = usage(counted=counted)
    assert frame.dtypes.astype(str).to_dict() == DTYPES
    assert frame.to_dict("records") == [
        {"application": "app", "endpoint": "list_calendars", "calls": 1, "retries": 2, "waited": 3.0, "bytes": 26}
    ]


def test_a_renewal_is_a_call_of_its_own() -> None:
    """The renewal of a token that a call waits for is counted beside it."""
    counted = Usage()
    renewed = httpx.Response(200, json={"access_token": "b"})
    client_of(
        [httpx.Response(401), renewed, httpx.Response(200, content=b'{"calendars":[]}')], counted
    ).list_calendars()
    assert usage(counted=counted).set_index("endpoint")["calls"].to_dict() == {
        "list_calendars": 1,
        "refresh_access_token": 1,
    }


def test_a_call_that_fails_is_counted() -> None:
    """Refused calls count as the others do."""
    counted = Usage()
    with pytest.raises(CronofyError):
        client_of([httpx.Response(404)], counted).list_calendars()
    assert usage(counted=counted)["calls"].tolist() == [1]


def test_the_waits_of_the_pace_are_counted() -> None:
    """The seconds that a request waits for its turn are in `waited`."""
    counted = Usage()
    pacer = Pacer((1, 100), clock=lambda: 0.0, sleep=lambda _: None)
    client = client_of([httpx.Response(200, json={"calendars": []}) for _ in range(3)], counted, pacer=pacer)
    for _ in range(3):
        client.list_calendars()
    assert usage(counted=counted)["waited"].tolist() == pytest.approx([3.0], rel=1e-3)


def test_threads_lose_no_count() -> None:
    """Counts of several threads add up."""
    counted = Usage()

    def add() -> None:
        for _ in range(500):
            counted.add("app", "x", calls=1)

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert usage(counted=counted)["calls"].tolist() == [4000]


def test_reset_begins_again() -> None:
    """`reset=True` returns the counts a last time; the next ones begin at zero."""
    counted = Usage()
    counted.add("app", "x", calls=1)
    counted.add("", "b", calls=2)
    frame = usage(reset=True, counted=counted)
    assert frame[["application", "endpoint", "calls"]].to_numpy().tolist() == [["", "b", 2], ["app", "x", 1]]
    assert usage(counted=counted).empty


def test_reads_of_the_process_are_counted(box: Sandbox) -> None:
    """All clients count together by default: a read of events is a call for each page."""
    cf.usage(reset=True)
    with cf.connect(sandbox=box) as client:
        frame = cf.read_events(client, names=False)
    counts = cf.usage().set_index(["application", "endpoint"])
    assert counts.loc[(box.client_id, "read_events"), "calls"] == frame.attrs["cronofy"]["requests"]
    assert (counts["bytes"] > 0).all()
    assert isinstance(counts, pd.DataFrame)


def test_each_thread_has_counts_of_its_own() -> None:
    """What one thread has sent can be told from the rest, and counted from any moment on."""
    counted = Usage()
    other = threading.Thread(target=lambda: counted.add("app", "x", calls=5, waited=1.0))
    other.start()
    other.join()
    counted.add("app", "x", calls=1, retries=1)
    before = counted.of_thread()
    counted.add("app", "y", calls=2, waited=0.5, size=10)
    since = counted.of_thread().since(before)
    assert (before.calls, before.retries, before.waited) == (1, 1, 0.0)
    assert (since.calls, since.retries, since.waited, since.size) == (2, 0, 0.5, 10)
