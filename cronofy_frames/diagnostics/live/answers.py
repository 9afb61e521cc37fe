"""Answers of a real account, as they came: status, names of headers and the decoded body."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cronofy_frames.errors import CronofyError
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.endpoint import ENDPOINTS, Call
from cronofy_frames.wire.json_body import decode_json
from cronofy_frames.wire.messages import page_request, request_of

MOST_PAGES = 20
MOST_ATTEMPTS = 7  # of a request over the rate limit, which counts by the minute
TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer.

    Attributes
    ----------
    status
        The HTTP status.
    headers
        The names of its headers, in lower case.
    body
        The decoded body; None for an empty one, or one that is not JSON.
    is_empty
        Whether it had no body.
    """

    status: int
    headers: tuple[str, ...]
    body: Any
    is_empty: bool

    @property
    def pages(self) -> Mapping[str, Any]:
        """Its `pages` object."""
        pages = self.body.get("pages") if isinstance(self.body, dict) else None
        return pages if isinstance(pages, dict) else {}

    def rows(self, name: str | None) -> list[dict[str, Any]]:
        """Return the rows of its list."""
        rows = self.body.get(name) if isinstance(self.body, dict) and name else None
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


@dataclass(frozen=True, slots=True)
class Read:
    """The answers to one call, a page each, or the error that ended it.

    Attributes
    ----------
    call
        The call.
    answers
        Its pages, as far as they were read.
    error
        The class of the error that ended it; "" for none.
    is_cut
        Whether there are more pages than were read.
    """

    call: Call
    answers: tuple[Answer, ...]
    error: str = ""
    is_cut: bool = False

    @property
    def first(self) -> Answer | None:
        """The first page."""
        return self.answers[0] if self.answers else None

    @property
    def is_read(self) -> bool:
        """Whether the account answered with what was asked for."""
        return self.first is not None and self.first.status == 200

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of all pages."""
        return [row for answer in self.answers for row in answer.rows(self.call.endpoint.rows)]


class AnswerReader:
    """Sends calls that read, and keeps their answers whatever their status.

    Parameters
    ----------
    client
        The account's client.

    Attributes
    ----------
    api
        The host that answers.
    reads
        All reads so far.
    headers, statuses
        How often each header and each status was seen, those of repeated requests too.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self.api = client.hosts.api
        self.reads: list[Read] = []
        self.headers: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()

    def read(self, name: str, **arguments: Any) -> Read:
        """Send a call of an endpoint, and its further pages."""
        call = Call(ENDPOINTS[name], arguments)
        answers: list[Answer] = []
        request: Any = None
        try:
            request = request_of(call, self.api)
            while request is not None and len(answers) < MOST_PAGES:
                answers.append(self._fetch(call, request))
                request = self._next_request(answers[-1])
        except CronofyError as error:
            return self._add(Read(call, tuple(answers), type(error).__name__))
        return self._add(Read(call, tuple(answers), is_cut=request is not None))

    def _add(self, read: Read) -> Read:
        self.reads.append(read)
        return read

    def _fetch(self, call: Call, request: Any) -> Answer:
        """Send a request, again if it is over the rate limit: that says nothing about what was asked for."""
        answer = self._client.fetch(call, request, self._answer)
        for attempt in range(1, MOST_ATTEMPTS):
            if answer.status != TOO_MANY:
                break
            self._client.pause(attempt)
            answer = self._client.fetch(call, request, self._answer)
        return answer

    def _next_request(self, answer: Answer) -> Any:
        url = answer.pages.get("next_page")
        return page_request(url, self.api) if answer.status == 200 and isinstance(url, str) else None

    def _answer(self, response: Any, _: Call) -> Answer:
        names = tuple(sorted({name.lower() for name in response.headers}))
        self.headers.update(names)
        self.statuses[response.status_code] += 1
        body = None
        with suppress(ValueError):
            body = decode_json(response.content) if response.content else None
        return Answer(response.status_code, names, body, not response.content)
