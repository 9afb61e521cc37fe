"""Paginator: the rows of a list endpoint over all its pages. The function that fetches a page is an argument."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from cronofy_frames import errors
from cronofy_frames.wire.endpoint import Call, Endpoint
from cronofy_frames.wire.json_body import decode_json
from cronofy_frames.wire.messages import Page

MOST_PAGES = 100_000  # ten million rows


class Rows:
    """The rows of a list endpoint over all its pages; the first page is already fetched.

    Iterating gives each row as a dict. Each iteration starts at the first page and fetches the others again, so that
    only the first page and the current one are in memory.

    Attributes
    ----------
    call
        The call.
    pages
        The number of pages read so far, in the iteration that read most.
    total
        The number of pages that the response announces; None if it does not.
    requests
        The number of requests so far, with retries and renewals of the token.
    next_page
        The URL of the page after the current one; None after the last page.
    resume_page
        The URL of the page to start from after an error: the first that the caller has not finished with; None for the
        first page of the list.
    complete
        Whether all announced pages were read.
    answered_at
        The time at the server when it sent the first page; None if the response does not say.
    """

    def __init__(self, call: Call, first: Page, fetch: Callable[[str], Page], *, url: str | None = None) -> None:
        self.call = call
        self._first, self._url = first, url
        self._fetch = fetch
        self.pages = 1
        self.requests = first.requests
        self.total = first.total
        self.next_page = first.next_page
        self.resume_page: str | None = None
        self.answered_at = first.answered_at
        self._page_number = first.current or 1

    def __repr__(self) -> str:
        of = f" of {self.total}" if self.total else ""
        return f"<Rows of {self.endpoint.name}: {self.pages}{of} pages read; iterate, or cronofy_frames.frame(rows)>"

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint that was called."""
        return self.call.endpoint

    @property
    def body(self) -> Any:
        """The first page, decoded."""
        return decode_json(self._first.content)

    @property
    def complete(self) -> bool:
        """Whether all announced pages were read; False if an endpoint with pages announces no number of them."""
        if self.total is None:
            return self.next_page is None and not self.endpoint.paged
        return self.next_page is None and self._page_number >= self.total

    def raw(self) -> Iterator[bytes]:
        """Yield the bytes of each page."""
        page, read, visited = self._first, 1, {self._url}
        self.resume_page = None
        while True:
            self.next_page = page.next_page
            self.pages = max(self.pages, read)
            self._page_number = page.current or read
            self.total = page.total if page.total is not None else self.total
            yield page.content
            url = page.next_page
            if url is None:
                return
            # only now, because the caller may have found the page before to be unreadable
            self.resume_page = url
            if reason := self._endless_reason(url, read, visited):
                raise errors.TransportError(
                    f"{self.endpoint.name} {reason}, after {read} pages; to follow it might never end. Read again from "
                    "the start, or in shorter windows.",
                    self.call,
                    again=False,
                )
            visited.add(url)
            page = self._fetch(url)
            self.requests += page.requests
            read += 1

    def _endless_reason(self, url: str, read: int, visited: set[str | None]) -> str | None:
        """Return why the next page is not fetched, as pages might never end; None if it is fetched."""
        if url in visited:
            return "was answered with the same next page twice"
        if self.total is not None and self._page_number >= self.total:
            return f"announced {self.total} pages and named another one after the last"
        return f"has more than {MOST_PAGES:,} pages" if read >= MOST_PAGES else None

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for content in self.raw():
            body = decode_json(content)
            rows = body.get(self.endpoint.rows) if isinstance(body, dict) else None
            if not isinstance(rows, list):
                raise errors.TransportError(
                    f"the response to {self.endpoint.name} has no list {self.endpoint.rows!r}. "
                    "Check base_url, and read again.",
                    self.call,
                    again=False,
                )
            if not all(isinstance(row, dict) for row in rows):
                raise errors.TransportError(
                    f"the response to {self.endpoint.name} has rows that are no objects. "
                    "Check base_url, and read again.",
                    self.call,
                    again=False,
                )
            yield from rows
