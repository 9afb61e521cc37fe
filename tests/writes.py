"""Helpers of the tests of apply and undo: plans made by hand, clients that count requests, and remote events."""

from collections.abc import Callable, Iterable
from typing import Any

import httpx

from cronofy_frames.connecting import SANDBOX_HOST
from cronofy_frames.frames.accounts import clients_by_label
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.tokens import MemoryStore
from cronofy_frames.wire.auth import Tokens
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.faults import Fault, Faults
from cronofy_frames.wire.messages import Hosts
from cronofy_frames.wire.transport import FaultTransport, InProcessTransport
from cronofy_frames.writing.plan.accounts import identify_accounts
from cronofy_frames.writing.plan.plans import Plan, Step
from cronofy_frames.writing.plan.remote_state import differences, read_remote, target_of
from tests.small import WORK


class CountingTransport(httpx.BaseTransport):
    """A transport that records the verb and path of each request."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner
        self.requests: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Record the request and pass it on."""
        self.requests.append(f"{request.method} {request.url.path}")
        return self.inner.handle_request(request)

    @property
    def batches(self) -> int:
        """The number of batches sent."""
        return self.requests.count("POST /v1/batch")


class Draws:
    """A random source that repeats the same numbers."""

    def __init__(self, *numbers: float) -> None:
        self._numbers = numbers
        self._drawn = 0

    def random(self) -> float:
        """Return the next number."""
        self._drawn += 1
        return self._numbers[(self._drawn - 1) % len(self._numbers)]


class RewritingTransport(httpx.BaseTransport):
    """A transport that changes the response bodies of one path."""

    def __init__(self, inner: httpx.BaseTransport, path: str, change: Callable[[bytes], bytes]) -> None:
        self._inner, self._path, self._change = inner, path, change

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on, and change the response body."""
        answer = self._inner.handle_request(request)
        if request.url.path != self._path:
            return answer
        return httpx.Response(answer.status_code, content=self._change(answer.read()))


def client_of(
    box: Sandbox,
    *faults: Fault,
    waits: list[float] | None = None,
    email: str = "ann@example.test",
    rewritten: tuple[str, Callable[[bytes], bytes]] | None = None,
) -> tuple[Client, CountingTransport]:
    """Return a client of a sandbox, whose waits are recorded instead of slept, and its counting transport."""
    tokens = box.tokens(email)
    inner: httpx.BaseTransport = (
        InProcessTransport(box) if rewritten is None else RewritingTransport(InProcessTransport(box), *rewritten)
    )
    counted = CountingTransport(FaultTransport(inner, Faults(faults, Draws(0.0, 0.9)), sleep=lambda _: None))
    client = Client(
        Hosts(SANDBOX_HOST, SANDBOX_HOST),
        store=MemoryStore(Tokens(tokens["access_token"], tokens["refresh_token"])),
        client_id=box.client_id,
        client_secret=box.client_secret,
        transport=counted,
        sleep=([] if waits is None else waits).append,
        jitter=lambda: 0.0,
        clock=box.now,
    )
    return client, counted


def event(event_id: str, **more: Any) -> dict[str, Any]:
    """Return the arguments of create_event."""
    when = {"start": "2026-03-10T09:00:00Z", "end": "2026-03-10T10:00:00Z"}
    return {"calendar_id": WORK, "event_id": event_id, "summary": f"Event {event_id}", **when, **more}


def events(count: int) -> list[dict[str, Any]]:
    """Return so many events."""
    return [event(f"e{n:04}") for n in range(count)]


CallArguments = tuple[str, dict[str, Any]]


def writes(arguments: Iterable[dict[str, Any]]) -> list[CallArguments]:
    """Return calls that write these events."""
    return [("create_event", fields) for fields in arguments]


def plan_of(requested: Iterable[CallArguments], client: Client | None = None) -> Plan:
    """Return a plan of calls, compared with the remote state if there is a client."""
    calls = list(requested)
    targets = [target_of(call, arguments) for call, arguments in calls]
    stands = {} if client is None else read_remote(client, targets)
    steps = [
        Step(n, n + 2, _action(call, arguments, stands.get(targets[n])), None, call, arguments, stands.get(targets[n]))
        for n, (call, arguments) in enumerate(calls)
    ]
    made_for = None if client is None else identify_accounts(clients_by_label(client))
    return Plan(steps, kind="events", made_for=made_for)


def _action(call: str, arguments: dict[str, Any], image: dict[str, Any] | None) -> Any:
    if call.startswith("delete"):
        return "delete"
    if image is None:
        return "create"
    return "update" if differences(arguments, image) else "unchanged"


# who called a meeting stays named when its last guest is gone
FLEETING = ("updated", "created", "event_uid", "organizer")


def remote_events(client: Client) -> list[dict[str, Any]]:
    """Return the events of all calendars, without the fields that every write changes."""
    rows = client.read_events(include_managed=True, localized_times=True, include_geo=True)
    known = [{name: value for name, value in row.items() if name not in FLEETING} for row in rows]
    return sorted(
        known, key=lambda row: (row["calendar_id"], row.get("event_id", ""), str(row["start"]), row["summary"])
    )


def managed_events(client: Client) -> dict[str, dict[str, Any]]:
    """Return the application's events by their ids."""
    return {row["event_id"]: row for row in client.read_events(only_managed=True)}


Put = Callable[[int, bytes], int]
