"""The in-process sandbox, and injected faults."""

import json
import logging
import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import httpx
import pytest

from cronofy_frames.connecting import connect
from cronofy_frames.sandbox import serve
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.faults import Fault, Faults
from cronofy_frames.wire.transport import (
    CallbackSender,
    FaultTransport,
    InProcessTransport,
    redact_record,
)
from tests.small import WORK, small_box


def answer(transport: httpx.BaseTransport, path: str = "/v1/events") -> httpx.Response:
    """Return the response to a GET."""
    with httpx.Client(transport=transport) as client:
        return client.get("https://h.test" + path)


def test_the_raw_path_reaches_the_application() -> None:
    """An in-process application can distinguish a slash from an escaped one, and knows that it is in process."""
    environment: dict[str, Any] = {}

    def app(environ: dict[str, Any], start: Any) -> list[bytes]:
        environment.update(environ)
        start("200 OK", [])
        return [b""]

    answer(InProcessTransport(app), "/v1/a%2Fb?x=1")
    assert environment["REQUEST_URI"] == "/v1/a%2Fb?x=1"
    assert environment["cronofy_frames.in_process"] is True


def faulty(*faults: Fault, sleeps: list[float] | None = None) -> httpx.BaseTransport:
    """Return a transport that answers ten bytes, unless a fault applies."""
    good = httpx.MockTransport(lambda _: httpx.Response(200, content=b"0123456789"))
    return FaultTransport(good, Faults(faults, random.Random(0)), sleep=(sleeps if sleeps is not None else []).append)


def test_each_fault_does_what_it_says() -> None:
    """Each kind of fault has its effect: status, HTML, truncated body, lost connection, slow response."""
    sleeps: list[float] = []
    refused = answer(faulty(Fault("status", status=429, retry_after=3)))
    assert (refused.status_code, refused.headers["Retry-After"], refused.content) == (429, "3", b"")
    assert answer(faulty(Fault("html", status=502))).text.startswith("<html>")
    assert answer(faulty(Fault("truncate"))).content == b"01234"
    assert answer(faulty(Fault("slow", seconds=2.0), sleeps=sleeps)).content == b"0123456789"
    assert sleeps == [2.0]
    with pytest.raises(httpx.ConnectError):
        answer(faulty(Fault("drop before")))
    with pytest.raises(httpx.ReadError):
        answer(faulty(Fault("drop after")))


def test_faults_apply_to_matching_requests() -> None:
    """Faults match by route and request number; the first match applies."""
    transport = faulty(Fault("status", route="GET /v1/events", times={2}, status=503), Fault("status", status=401))
    assert [answer(transport).status_code for _ in range(3)] == [401, 503, 401]
    assert answer(faulty(Fault("status", route="POST ")), "/v1/events").status_code == 200


def test_a_share_of_requests_fails() -> None:
    """Shares are drawn from the injected random source, so that a run is repeatable."""
    transport = faulty(Fault("status", share=0.3))
    failed = sum(answer(transport).status_code == 503 for _ in range(300))
    assert 60 < failed < 120


@pytest.mark.parametrize(
    "arguments", [{"kind": "nope"}, {"kind": "status", "share": 2}, {"kind": "status", "times": 3}]
)
def test_an_invalid_fault_is_refused(arguments: dict[str, Any]) -> None:
    """An unknown kind or an invalid share is an error."""
    with pytest.raises(ValueError, match=r"kind is one of|share is from 0 to 1"):
        Fault(**arguments)


def test_callbacks_go_to_this_machine_only() -> None:
    """By default no callback is sent to another host."""
    with closing(CallbackSender()) as post, pytest.raises(PermissionError, match="this machine only"):
        post("https://example.test/hook", {}, b"{}")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_a_receiver_on_this_machine_is_called(host: str, caplog: pytest.LogCaptureFixture) -> None:
    """By its name or its address; where it does not answer, that is logged without the query."""
    with closing(CallbackSender()) as post:
        post(f"http://{host}:9/hook?token=planted", {}, b"{}")
    assert f"callback to http://{host}:9/hook: " in caplog.text
    assert "planted" not in caplog.text


@pytest.mark.parametrize("arguments", [None, (), ({"url": "x"},)])
def test_other_log_records_stay_as_they_are(arguments: Any) -> None:
    """Only addresses among the arguments are changed."""
    record = logging.LogRecord("httpx", logging.INFO, "", 0, "text", arguments, None)
    before = record.args
    assert redact_record(record)
    assert record.args == before


@pytest.mark.parametrize("body", [b"[]", b"{}", b"not JSON", b'{"batch": 5}', b'{"batch": [{"method": "GET"}]}'])
def test_what_is_no_batch_goes_to_the_server(body: bytes) -> None:
    """Faults of entries leave it as it is, and the server refuses it."""
    bodies: list[bytes] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        bodies.append(request.read())
        return httpx.Response(422)

    transport = FaultTransport(
        httpx.MockTransport(refuse), Faults([Fault("status", "entry", status=500)], random.Random(0))
    )
    response = transport.handle_request(httpx.Request("POST", "https://api.example.test/v1/batch", content=body))
    assert (response.status_code, bodies) == (422, [body])


def test_a_refused_batch_has_no_entries_of_faults() -> None:
    """A response to the whole batch is passed on."""
    refusing = httpx.MockTransport(lambda _: httpx.Response(401, content=b"whole"))
    transport = FaultTransport(refusing, Faults([Fault("status", "entry", {1}, status=500)], random.Random(0)))
    body = json.dumps({"batch": batch_of(2)})
    response = transport.handle_request(httpx.Request("POST", "https://api.example.test/v1/batch", content=body))
    assert (response.status_code, response.read()) == (401, b"whole")


def batch_of(count: int) -> list[dict[str, Any]]:
    """Return entries that create one event each."""
    when = {"start": "2026-03-10T09:00:00Z", "end": "2026-03-10T10:00:00Z"}
    url = f"/v1/calendars/{WORK}/events"
    return [
        {"method": "POST", "relative_url": url, "data": {"event_id": f"e{n}", "summary": "A", **when}}
        for n in range(count)
    ]


@contextmanager
def writer(served: bool, *faults: Fault) -> Iterator[Client]:
    """Yield a client whose writes meet faults, in process or over a socket."""
    box = small_box(faults=faults, rate_limit=False)
    if not served:
        yield connect(sandbox=box)
        return
    with serve(box) as server, connect(base_url=server.url, access_token=box.access_token, pace=None) as client:
        yield client


@pytest.mark.parametrize("served", [False, True])
def test_faults_apply_to_entries_of_a_batch(served: bool) -> None:
    """Entries with a fault get its status in their places and are not executed; the others are."""
    with writer(served, Fault("status", "entry POST /v1/calendars", {2, 3}, status=429)) as client:
        assert [entry["status"] for entry in client.batch(batch=batch_of(4))["batch"]] == [202, 429, 429, 202]
        assert {entry["event_id"] for entry in client.read_events(only_managed=True)} == {"e0", "e3"}


@pytest.mark.parametrize("served", [False, True])
def test_a_batch_with_only_faults_is_answered(served: bool) -> None:
    """If every entry has a fault, the batch is answered and nothing is executed."""
    with writer(served, Fault("status", "entry", status=500)) as client:
        assert client.batch(batch=batch_of(2))["batch"] == [{"status": 500}, {"status": 500}]
        assert not list(client.read_events(only_managed=True))


@pytest.mark.parametrize("served", [False, True])
def test_a_short_answer_lacks_its_last_entry(served: bool) -> None:
    """All entries are executed, but the response lacks the last one."""
    with writer(served, Fault("short", "POST /v1/batch", {1})) as client:
        assert len(client.batch(batch=batch_of(3))["batch"]) == 2
        assert len(list(client.read_events(only_managed=True))) == 3


def test_entry_faults_are_statuses_only() -> None:
    """A fault of an entry can only be a status."""
    with pytest.raises(ValueError, match="status"):
        Fault("drop after", "entry POST")
