"""The faults of the matrix: what a server, a proxy or a network can do to one request."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

Forward = Callable[[httpx.Request], httpx.Response]
Strike = Callable[[httpx.Request, Forward], httpx.Response]

FOREIGN = "https://evil.example.test"
MAX_BODY = 1_000_000


@dataclass(frozen=True, slots=True)
class Clock:
    """Virtual time in seconds, as a list of one number."""

    now: list[float]

    def tick(self) -> float:
        """Return the time."""
        return self.now[0]

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now[0] += seconds


class Drip(httpx.SyncByteStream):
    """A body of which one byte arrives in each second."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self._clock.advance(1.0)
            yield b" "


class Packed(httpx.SyncByteStream):
    """A body that is not read before it is asked for."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self._content


def lost_before(kind: type[httpx.RequestError], text: str) -> Strike:
    """Lose the connection before the server sees the request."""

    def strike(request: httpx.Request, _: Forward) -> httpx.Response:
        raise kind(text, request=request)

    return strike


def lost_after(kind: type[httpx.RequestError], text: str) -> Strike:
    """Lose the connection after the server has carried out the request."""

    def strike(request: httpx.Request, forward: Forward) -> httpx.Response:
        forward(request).read()
        raise kind(text, request=request)

    return strike


def status(code: int, body: Any = None, **headers: str) -> Strike:
    """Answer with a status in place of the server."""
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    raw = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return lambda _request, _forward: httpx.Response(code, content=content, headers=raw)


def body(change: Callable[[bytes], bytes], **headers: str) -> Strike:
    """Carry out the request, and change the body of the response."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def strike(request: httpx.Request, forward: Forward) -> httpx.Response:
        response = forward(request)
        return httpx.Response(response.status_code, headers=named, stream=Packed(change(response.read())))

    return strike


def pages(**links: Any) -> Strike:
    """Carry out the request, and change what the response says of its pages."""

    def change(content: bytes) -> bytes:
        decoded = json.loads(content or b"{}")
        if not isinstance(decoded, dict):
            return content
        return json.dumps({**decoded, "pages": {**decoded.get("pages", {}), **links}}).encode()

    return body(change)


def _same_page(request: httpx.Request, forward: Forward) -> httpx.Response:
    return pages(next_page=str(request.url))(request, forward)


def _drip(clock: Clock) -> Strike:
    return lambda _request, _forward: httpx.Response(200, stream=Drip(clock))


def _without_rows(content: bytes) -> bytes:
    decoded = json.loads(content or b"{}")
    rows = {name: [] if isinstance(value, list) else value for name, value in decoded.items()}
    return json.dumps(rows).encode()


DEEP = b"[" * 50_000 + b"]" * 50_000
WAITS = {
    "": {},
    " 1": {"Retry_After": "1"},
    " 299": {"Retry_After": "299"},
    " date": {"Retry_After": "Wed, 04 Mar 2026 09:00:05 GMT", "Date": "Wed, 04 Mar 2026 09:00:00 GMT"},
    " odd": {"Retry_After": "\xb2"},
    " negative": {"Retry_After": "-5"},
    " endless": {"Retry_After": "9" * 400},
}


def all_faults(clock: Clock) -> Mapping[str, Strike]:
    """Return the faults by name."""
    refusals = {f"{code}": status(code, {"error": "x"}) for code in (402, 403, 404, 413, 423)}
    failures = {f"{code}": status(code, b"<html>down</html>") for code in (500, 501, 502, 503, 504)}
    limited = {f"429{name}": status(429, None, **headers) for name, headers in WAITS.items()}
    return {
        "refused": lost_before(httpx.ConnectError, "refused"),
        "timed out before": lost_before(httpx.ConnectTimeout, "timed out"),
        "timed out after": lost_after(httpx.ReadTimeout, "timed out"),
        "reset after": lost_after(httpx.ReadError, "reset"),
        "TLS garbage": lost_before(httpx.ConnectError, "[SSL: WRONG_VERSION_NUMBER]"),
        "wrong length": lost_after(httpx.RemoteProtocolError, "peer closed connection without sending complete body"),
        "drip": _drip(clock),
        "401": status(401),
        **refusals,
        "422 with errors": status(422, {"errors": {"summary": [{"key": "errors.x", "description": "bad"}]}}),
        "422 without": status(422),
        **limited,
        **failures,
        "HTML": status(200, b"<html>sign in</html>"),
        "redirect": status(302, None, Location=f"{FOREIGN}/login"),
        "truncated JSON": body(lambda content: content[: len(content) // 2] or b"{"),
        "deep JSON": body(lambda _: b'{"more": ' + DEEP + b"}"),
        "a list": body(lambda _: b"[]"),
        "an empty object": body(lambda _: b"{}"),
        "a number": body(lambda _: b"1" * 400),
        "bad UTF-8": body(lambda content: content[:-1] + b', "more": "\xff\xfe"}' if content else b"\xff"),
        "nothing": body(lambda _: b""),
        "too large": body(lambda _: b" " * (MAX_BODY + 1)),
        "gzip cut off": body(lambda content: gzip.compress(content)[:-9], Content_Encoding="gzip"),
        "gzip bomb": body(lambda _: gzip.compress(b" " * (20 * MAX_BODY)), Content_Encoding="gzip"),
        "no gzip": body(lambda _: b"x" * 50, Content_Encoding="gzip"),
        "next page loop": _same_page,
        "next page foreign": pages(next_page=f"{FOREIGN}/v1/events"),
        "next page odd": pages(next_page="http://[::1"),
        "no page links": pages(next_page=None, total=None, current=None),
        "empty page": body(_without_rows),
    }
