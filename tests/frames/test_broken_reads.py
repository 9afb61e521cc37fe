"""Reads that break: every page, by everything that a server can do to it, and what the read goes on from."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pandas as pd
import pytest

from cronofy_frames import errors
from cronofy_frames.frames.reading import read_events
from cronofy_frames.wire.auth import Tokens
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.memory_store import MemoryStore
from cronofy_frames.wire.messages import Hosts

HOST = "https://api.example.test"
COUNT = 4

Handler = Callable[[httpx.Request], httpx.Response]


def client_of(handle: Handler) -> Client:
    """Return a client of a server, which does not wait."""
    store = MemoryStore(Tokens("token"))
    return Client(
        Hosts(HOST, HOST), store=store, transport=httpx.MockTransport(handle), sleep=lambda _: None, jitter=lambda: 0.0
    )


def page(number: int, **more: Any) -> dict[str, Any]:
    """Return a page with two events."""
    rows = [
        {
            "calendar_id": "cal_1",
            "event_uid": f"evt_{number}_{n}",
            "start": f"2026-03-0{number}T0{n}:00:00Z",
            "end": f"2026-03-0{number}T0{n}:30:00Z",
        }
        for n in range(2)
    ]
    links = {"current": number, "total": COUNT}
    if number < COUNT:
        links["next_page"] = f"{HOST}/v1/events/pages/{number + 1}"  # type: ignore[assignment]
    return {"pages": {**links, **more.pop("pages", {})}, "events": rows, **more}


def server(broken: int = 0, answer: Callable[[int], httpx.Response] | None = None) -> Handler:
    """Return a server of four pages, of which one is answered otherwise."""

    def handle(request: httpx.Request) -> httpx.Response:
        number = int(request.url.path.rpartition("/")[2]) if "/pages/" in request.url.path else 1
        if number == broken and answer is not None:
            return answer(number)
        return httpx.Response(200, json=page(number))

    return handle


def raw(content: bytes | str) -> Callable[[int], httpx.Response]:
    """Return an answer with this body."""
    return lambda _: httpx.Response(200, content=content)


def changed(**more: Any) -> Callable[[int], httpx.Response]:
    """Return an answer with some keys of the page replaced."""
    return lambda number: httpx.Response(200, content=json.dumps({**page(number), **more}))


DEEP = "[" * 100_000 + "]" * 100_000

UNREADABLE = {
    "no rows": changed(events=None),
    "an empty object": raw("{}"),
    "rows that are an object": changed(events={}),
    "a list": raw("[]"),
    "a number": raw("1"),
    "nothing": raw(""),
    "HTML": raw("<html></html>"),
    "truncated": raw(json.dumps(page(1))[:-30]),
    "deep": raw('{"events": ' + DEEP + "}"),
    "deep elsewhere": raw('{"events": [], "more": ' + DEEP + "}"),
    "deep in a row": raw('{"events": [{"summary": ' + DEEP + "}]}"),
    "no UTF-8": raw(b'{"events": \xff\xfe}'),
    "an error": lambda _: httpx.Response(501, text="no"),
    "a deep error": lambda _: httpx.Response(501, text=DEEP),
    "an unreadable wait": lambda _: httpx.Response(429, headers=[(b"Retry-After", b"\xb2")]),
    "no compression": lambda _: httpx.Response(
        200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"x")
    ),
}


@pytest.mark.parametrize("number", range(1, COUNT + 1))
@pytest.mark.parametrize("name", UNREADABLE)
def test_a_read_goes_on_at_the_page_that_was_not_taken_in(name: str, number: int) -> None:
    """What was read and what resume reads are together the whole, each row once."""
    whole = read_events(client_of(server()), "2026-03-01", "2026-04-01")
    with pytest.raises(errors.CronofyError) as caught:
        read_events(client_of(server(number, UNREADABLE[name])), "2026-03-01", "2026-04-01")
    partial = caught.value.partial
    assert partial["event_uid"].tolist() == whole["event_uid"].tolist()[: 2 * (number - 1)]
    assert partial.attrs["cronofy"]["complete"] is False
    rest = read_events(client_of(server()), resume=json.loads(json.dumps(caught.value.resume)))
    assert rest.attrs["cronofy"]["complete"] is True
    assert pd.concat([partial, rest])["event_uid"].tolist() == whole["event_uid"].tolist()


ADDRESSES = {
    "another host": "https://evil.example.test/v1/events/pages/2",
    "a port that is none": f"{HOST}:99999999/v1/events/pages/2",
    "a port that is a word": f"{HOST}:http/v1/events/pages/2",
    "a host that is none": "https://[::1/v1/events",
    "half a character": HOST + "/v1/events/\ud800",
    "a control character": HOST + "/v1/events/\x00\x1b",
    "too long": HOST + "/v1/events/" + "x" * 2_000_000,
    "no address": "events",
}


@pytest.mark.filterwarnings("ignore:1 invalid character")
@pytest.mark.parametrize("name", ADDRESSES)
def test_an_address_that_cannot_be_requested_ends_the_read(name: str) -> None:
    """The rows so far stay, nothing is sent there, and resume starts from the first page."""
    links = {"current": 2, "total": COUNT, "next_page": ADDRESSES[name]}
    with pytest.raises(errors.TransportError) as caught:
        read_events(client_of(server(2, changed(pages=links))), "2026-03-01", "2026-04-01")
    assert len(str(caught.value)) < 500
    assert len(caught.value.partial) == 4
    assert len(read_events(client_of(server()), resume=caught.value.resume)) == 2 * COUNT


def test_more_pages_than_announced_are_an_error() -> None:
    """After the last page that the response announces another one is not followed; the rows so far stay."""
    links = {"current": 4, "total": 4, "next_page": f"{HOST}/v1/events/pages/9"}
    with pytest.raises(errors.TransportError, match="announced 4 pages and named another one") as caught:
        read_events(client_of(server(4, changed(pages=links))), "2026-03-01", "2026-04-01")
    assert len(caught.value.partial) == 2 * COUNT


@pytest.mark.parametrize("links", [None, {}, {"pages": None}, {"pages": {}}, {"pages": []}])
def test_an_answer_without_pages_is_not_known_to_be_complete(links: dict[str, Any] | None) -> None:
    """Its rows are returned, with a warning that more may be missing."""
    content = {"events": page(1)["events"], **(links or {})}
    with pytest.warns(UserWarning, match="did not say how many"):
        frame = read_events(client_of(server(1, raw(json.dumps(content)))), "2026-03-01", "2026-04-01")
    assert (len(frame), frame.attrs["cronofy"]["complete"]) == (2, False)


def test_of_several_accounts_the_healthy_ones_stay() -> None:
    """Whatever happens to one account, the rows of the others are in `.partial`."""
    clients = {"ann": client_of(server()), "ben": client_of(server(2, raw('{"events": ' + DEEP + "}")))}
    with pytest.raises(errors.CronofyError) as caught:
        read_events(clients, "2026-03-01", "2026-04-01")
    assert caught.value.partial["account"].value_counts().to_dict() == {"ann": 2 * COUNT, "ben": 2}
    clients["ben"] = client_of(server())
    assert len(read_events(clients, resume=caught.value.resume)) == 2 * (COUNT - 1)


def test_a_closed_client_says_so() -> None:
    """The error is one of this package, and says what to do."""
    client = client_of(server())
    client.close()
    with pytest.raises(errors.CronofyError, match="connect again"):
        read_events(client)


@pytest.mark.parametrize("body", [{}, [], None, "x", {"sub": None}, {"sub": 7}])
def test_an_account_without_an_id_is_refused(body: Any) -> None:
    """A plan is not made, and nothing is applied, for an account of which it is not known whose it is."""
    from cronofy_frames.writing.plan.planning import plan_events

    client = client_of(lambda _: httpx.Response(200, json=body))
    rows = pd.DataFrame({"summary": ["A"], "start": ["2026-03-04T09:00Z"], "end": ["2026-03-04T10:00Z"]})
    with pytest.raises(errors.TransportError, match="has no sub"):
        plan_events(rows, calendar="cal_1", client=client)


@pytest.mark.parametrize("identifier", ["x" * 100_000, "\x00", "a/../b"])
def test_an_id_that_no_address_can_hold_is_refused(identifier: str) -> None:
    """The error is one of this package; an id with a slash is quoted, and sent."""
    client = client_of(lambda _: httpx.Response(202))
    call = ("delete_event", {"calendar_id": identifier, "event_id": "e"})
    if len(identifier) < 1000:
        assert client.call(*call) is None
        return
    with pytest.raises(errors.TransportError, match="100,0") as refused:
        client.call(*call)
    assert len(str(refused.value)) < 500


def test_half_a_character_in_an_argument_is_not_quoted() -> None:
    """A token with a lone surrogate is in no argument of the exception, nor of the one before it."""
    client = client_of(server())
    with pytest.raises(ValueError, match="lone surrogate") as caught:
        client.call("POST /v1/anything", {"token": "secret\ud800"})
    error: BaseException | None = caught.value
    while error is not None:
        assert "secret" not in repr(error.args)
        error = error.__context__
