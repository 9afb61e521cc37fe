"""A person with 260 calendars, behind a server that refuses long addresses, as most do."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import httpx

import cronofy_frames as cf
from cronofy_frames.connecting import SANDBOX_HOST
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.sandbox.model.state import Account, Calendar, Event, Office, Profile
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.credentials import Tokens
from cronofy_frames.wire.memory_store import MemoryStore
from cronofy_frames.wire.messages import Hosts
from cronofy_frames.wire.transport import InProcessTransport

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
CALENDARS = [f"cal_U9uuErStTG@EAAAB_{number:03}AsykA2DBTWqQTf-f0kJw" for number in range(260)]
CHOSEN = CALENDARS[7:250]


class ShortAddresses(httpx.BaseTransport):
    """The sandbox in process behind a server that refuses long addresses, as most do; some requests break.

    Parameters
    ----------
    box
        The sandbox.
    broken
        The numbers of the requests for events that break, once each.
    error
        How they break.
    """

    def __init__(self, box: Sandbox, broken: set[int], error: type[BaseException] = httpx.UnsupportedProtocol) -> None:
        self._inner, self._broken, self._error = InProcessTransport(cast("Any", box)), broken, error
        self.addresses: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        if len(str(request.url)) > 8_000:
            return httpx.Response(414, text="Request-URI Too Long")
        if request.url.path.startswith(("/v1/events", "/v1/free_busy")):
            self.addresses.append(str(request.url))
            if len(self.addresses) in self._broken:
                raise self._error("broken")
        return self._inner.handle_request(request)


def wide_box(**options: Any) -> Sandbox:
    """Return a sandbox of a person with 260 calendars, most of them with two events that month."""
    hour, first = timedelta(hours=1), datetime(2026, 3, 2, 9, tzinfo=UTC)
    old = {"created": NOW - timedelta(days=50), "updated": NOW - timedelta(days=50)}
    events = [
        Event(
            event_uid=f"evt_external_{n:03}",
            calendar_id=CALENDARS[n * 7 % 250],
            start=first + n % 90 * 5 * hour,
            end=first + (n % 90 * 5 + 1) * hour,
            summary=f"event {n}",
            deleted=n % 50 == 7,
            **old,
        )
        for n in range(400)
    ]
    profile = Profile("pro_1", "ann@example.test", "google", "gsuite")
    profile.calendars = [Calendar(calendar_id, f"Calendar {n}") for n, calendar_id in enumerate(CALENDARS)]
    ann = Account(
        "acc_ann",
        email="ann@example.test",
        name="Ann",
        zoneinfo="Europe/London",
        scope="read_account list_calendars read_events create_event delete_event read_free_busy",
        profiles=[profile],
        events={event.event_uid: event for event in events},
    )
    box = Sandbox(office=Office(accounts=[ann]), now=NOW, **options)
    with cf.connect(sandbox=box) as client:
        for n in range(10):
            start = NOW + timedelta(days=40 * n)
            own = {"event_id": f"own {n}", "summary": "own", "start": start, "end": start + hour}
            client.create_event(calendar_id=CALENDARS[n * 25 + 10], **own)
    return box


def client_of(box: Sandbox, broken: set[int] | None = None, **options: Any) -> Client:
    """Return a client behind a server that refuses long addresses."""
    transport = ShortAddresses(box, broken or set(), **options)
    store = MemoryStore(Tokens(box.access_token))
    return Client(Hosts(SANDBOX_HOST, SANDBOX_HOST), store=store, transport=transport, clock=box.now)


def addresses_of(client: Client) -> list[str]:
    """Return the addresses that a client has asked for."""
    return cast("ShortAddresses", client._transport).addresses
