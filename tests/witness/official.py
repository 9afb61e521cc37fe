"""The official Python client, and a served sandbox that records its requests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import pycronofy
import pytest
from pycronofy.exceptions import PyCronofyRequestError

from cronofy_frames.connecting import connect
from cronofy_frames.sandbox import Sandbox, Served, serve
from cronofy_frames.wire.client import Client

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ANN = "ann@example.test"
BACK = "http://127.0.0.1:8765/back"


@dataclass(frozen=True)
class Heard:
    """One recorded request."""

    verb: str
    path: str
    query: dict[str, list[str]]
    body: bytes
    authorization: str | None
    agent: str

    @property
    def json(self) -> Any:
        """The decoded body, or None."""
        return json.loads(self.body) if self.body else None


class Listening(Sandbox):
    """A sandbox that records its requests."""

    def __init__(self, **own: Any) -> None:
        super().__init__(**own)
        self.heard: list[Heard] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Record the request and answer it."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        parts = urlsplit(str(environ["REQUEST_URI"]))
        self.heard.append(
            Heard(
                environ["REQUEST_METHOD"],
                parts.path,
                parse_qs(parts.query, keep_blank_values=True),
                body,
                environ.get("HTTP_AUTHORIZATION"),
                environ.get("HTTP_USER_AGENT", ""),
            )
        )
        return super().__call__({**environ, "wsgi.input": BytesIO(body)}, start_response)


@dataclass(frozen=True)
class Stage:
    """A served sandbox, and clients for it."""

    box: Listening
    served: Served
    person: str
    doors: ExitStack

    @property
    def heard(self) -> Heard:
        """The latest request."""
        return self.box.heard[-1]

    def heard_by(self, path: str) -> Any:
        """Return the body of the latest request to a path."""
        return next(request.json for request in reversed(self.box.heard) if request.path == path)

    def official(self, person: str | None = None, **own: Any) -> pycronofy.Client:
        """Return the official client for a person."""
        tokens = self.box.tokens(person or self.person)
        secrets = {"client_id": self.box.client_id, "client_secret": self.box.client_secret}
        client = pycronofy.Client(**{**secrets, **tokens, **own})
        client.request_handler.base_url = client.app_base_url = self.served.url
        return client

    def ours(self, person: str | None = None) -> Client:
        """Return this package's client for a person, for the same server."""
        tokens = self.box.tokens(person or self.person)
        client = connect(
            base_url=self.served.url,
            client_id=self.box.client_id,
            client_secret=self.box.client_secret,
            environment={},
            pace=None,
            **tokens,
        )
        return self.doors.enter_context(client)


@contextmanager
def serve_stage(box: Listening, person: str) -> Iterator[Stage]:
    """Serve a sandbox; check at the end that no internal error occurred."""
    with serve(box) as served, ExitStack() as doors:
        yield Stage(box, served, person, doors)
        assert served.errors == []


class Form(HTMLParser):
    """The fields that a browser would submit of a page's form: hidden ones, and the checked person."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.people: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Handle one element."""
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = values.get("action", "")
        elif tag == "input" and values["type"] == "hidden":
            self.fields[values["name"]] = values["value"]
        elif tag == "input":
            self.people.append(values["value"])
            if "checked" in values:
                self.fields[values["name"]] = values["value"]


def decide(url: str, decision: str = "approve", **fields: str) -> dict[str, str]:
    """Open a page, submit its form, and return the query of the redirect."""
    page = httpx.get(url)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    form = Form(page.text)
    sent = httpx.post(urljoin(url, form.action), data={**form.fields, "decision": decision, **fields})
    assert sent.status_code == 302, sent.text
    assert sent.headers["Location"].startswith(BACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(sent.headers["Location"]).query).items()}


def refusal(error: pytest.ExceptionInfo[PyCronofyRequestError]) -> tuple[int, list[str]]:
    """Return the status and the refused fields of an error of the official client."""
    response = error.value.response
    return response.status_code, sorted(response.json()["errors"]) if response.content else []
