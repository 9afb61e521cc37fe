"""A server of chosen rows: pages of events, free/busy and calendars with any keys, as a later version may send them."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx

from cronofy_frames.wire.auth import Tokens
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.memory_store import MemoryStore
from cronofy_frames.wire.messages import Hosts

HOST = "https://api.example.test"

Pages = Sequence[Sequence[Mapping[str, Any]] | bytes | int]


def rows_client(pages: Pages, *, calendars: Sequence[Mapping[str, Any]] = ()) -> Client:
    """Return a client of a server with these pages of rows, for whichever list is requested.

    A page is its rows, or its bytes, or the status of an error.
    """

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/calendars"):
            return httpx.Response(200, json={"calendars": list(calendars)})
        kind = request.url.path.split("/")[2]
        number = int(request.url.path.rpartition("/")[2]) if "/pages/" in request.url.path else 1
        page = pages[number - 1]
        if isinstance(page, int):
            return httpx.Response(page)
        if isinstance(page, bytes):
            return httpx.Response(200, content=page)
        links: dict[str, Any] = {"current": number, "total": len(pages)}
        if number < len(pages):
            links["next_page"] = f"{HOST}/v1/{kind}/pages/{number + 1}"
        return httpx.Response(200, content=json.dumps({"pages": links, kind: list(page)}))

    return answering_client(handle)


def answering_client(handle: Callable[[httpx.Request], httpx.Response]) -> Client:
    """Return a client whose requests a function answers, and that never sleeps."""
    store = MemoryStore(Tokens("token"))
    return Client(
        Hosts(HOST, HOST), store=store, transport=httpx.MockTransport(handle), sleep=lambda _: None, jitter=lambda: 0.0
    )


def row(number: int = 1, **more: Any) -> dict[str, Any]:
    """Return an event with further keys."""
    times = {"start": f"2026-03-02T{number:02}:00:00Z", "end": f"2026-03-02T{number:02}:30:00Z"}
    return {"calendar_id": "cal_1", "event_uid": f"evt_{number:03}", **times, **more}
