"""The operations of the matrix, each on a sandbox of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from cronofy_frames.connecting import connect
from cronofy_frames.frames.reading import read_calendars, read_events, read_free_busy
from cronofy_frames.frames.scheduling import read_availability
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.tokens import MemoryStore
from cronofy_frames.wire.auth import Tokens
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.limits import Limits
from cronofy_frames.wire.messages import Hosts
from cronofy_frames.wire.transport import InProcessTransport
from cronofy_frames.writing.apply.applying import apply
from cronofy_frames.writing.apply.undoing import undo
from tests.matrix.faults import MAX_BODY, Clock, Strike
from tests.small import WORK, small_box
from tests.writes import event, events, plan_of, writes

HOST = "https://sandbox.cronofy.test"


class Striking(httpx.BaseTransport):
    """A transport to a sandbox, which strikes requests of one route: one of them, or that and all later ones."""

    def __init__(self, box: Sandbox) -> None:
        self._inner = InProcessTransport(box)
        self.strike: Strike | None = None
        self.route, self.at, self.is_forever = "", 1, False
        self.requests = 0
        self.hosts: set[str] = set()
        self._matched = 0

    def begin(self, operation: Operation, strike: Strike, *, forever: bool) -> None:
        """Strike from now on."""
        self.strike, self.route, self.at, self.is_forever = strike, operation.route, operation.at, forever
        self.requests = self._matched = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, struck or not."""
        self.requests += 1
        self.hosts.add(request.url.host)
        verb, _, path = self.route.partition(" ")
        if self.strike is None or request.method != verb or not request.url.path.startswith(path):
            return self._inner.handle_request(request)
        self._matched += 1
        if self._matched == self.at or (self.is_forever and self._matched > self.at):
            return self.strike(request, self._inner.handle_request)
        return self._inner.handle_request(request)


@dataclass
class Bench:
    """A sandbox, a client of it and the transport between them, in virtual time."""

    folder: Path
    clock: Clock = field(default_factory=lambda: Clock([0.0]))
    code: str = ""
    box: Sandbox = field(default_factory=lambda: small_box(page_size=2))

    def __post_init__(self) -> None:
        self.transport = Striking(self.box)
        tokens = self.box.tokens("ann@example.test")
        self.store = MemoryStore(Tokens(tokens["access_token"], tokens["refresh_token"]))
        self.client = Client(
            Hosts(HOST, HOST),
            store=self.store,
            client_id=self.box.client_id,
            client_secret=self.box.client_secret,
            transport=self.transport,
            limits=Limits(max_body=MAX_BODY, tick=self.clock.tick),
            sleep=self.clock.advance,
            jitter=lambda: 0.0,
            clock=self.box.now,
        )

    @property
    def journal(self) -> Path:
        """The journal of apply and undo."""
        return self.folder / "j"

    def state(self) -> str:
        """Return what the sandbox holds of the application: its events, by id."""
        rows = self.box._world.people()[0].events.values()
        own = sorted(str(row.event_id) for row in rows if row.event_id and not row.deleted)
        return " ".join(own) or "nothing"


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation.

    Attributes
    ----------
    run
        Carries it out.
    route
        The route of the requests that are struck.
    at
        The number of the first request that is struck, from 1.
    prepare
        Carried out before, without faults.
    """

    run: Callable[[Bench], Any]
    route: str
    at: int = 1
    prepare: Callable[[Bench], Any] = lambda _: None


def _apply(bench: Bench) -> Any:
    return apply(plan_of(writes(events(3)), None), bench.client, journal=bench.journal)


def _expire(bench: Bench) -> None:
    bench.box.expire(bench.store.load().access_token)  # type: ignore[union-attr, arg-type]


def _availability(bench: Bench) -> Any:
    sub = bench.client.user_info()["sub"]
    return read_availability(bench.client, [sub], "2026-03-05T09:00Z", "2026-03-05T17:00Z", duration="1h")


CALLBACK = "http://127.0.0.1:8765/hook"


def _authorize(bench: Bench) -> None:
    """Let a service account request access to an account, which gives a code to exchange."""
    service = connect(sandbox=bench.box, account="service account")
    access = {"email": "ann@example.test", "callback_url": CALLBACK, "scope": "read_write"}
    service.call("authorize_with_service_account", {"service_account_authorizations": [access], "state": "s"})
    bench.code = bench.box.outbox[-1].json["authorization"]["code"]


def _exchange(bench: Bench) -> Any:
    return bench.client.request_access_token(code=bench.code, redirect_uri=CALLBACK)


BATCH = [{"method": "POST", "relative_url": f"/v1/calendars/{WORK}/events", "data": event("b")}]

OPERATIONS = {
    "read_events": Operation(lambda bench: read_events(bench.client, "2026-03-01", "2026-03-31"), "GET /v1/events", 2),
    "read_free_busy": Operation(
        lambda bench: read_free_busy(bench.client, "2026-03-01", "2026-03-31"), "GET /v1/free_busy", 2
    ),
    "read_calendars": Operation(lambda bench: read_calendars(bench.client), "GET /v1/calendars"),
    "read_availability": Operation(_availability, "POST /v1/availability"),
    "create_event": Operation(lambda bench: bench.client.call("create_event", event("a")), "POST /v1/calendars"),
    "batch": Operation(lambda bench: bench.client.batch(batch=BATCH), "POST /v1/batch"),
    "apply": Operation(_apply, "POST /v1/batch"),
    "undo": Operation(lambda bench: undo(bench.journal, bench.client), "POST /v1/batch", prepare=_apply),
    "userinfo in apply": Operation(_apply, "GET /v1/userinfo"),
    "token exchange": Operation(_exchange, "POST /oauth/token", prepare=_authorize),
    "renewal": Operation(lambda bench: bench.client.user_info(), "POST /oauth/token", prepare=_expire),
}
