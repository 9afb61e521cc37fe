"""Pages of a read in a row, group of calendars after group, and the position from which it is read on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cronofy_frames.errors import CronofyError
from cronofy_frames.frames.account_reader import Query, usable_page, warn_of_missing_pages
from cronofy_frames.frames.windows import Part, parts_of
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.paging import Rows


class PartPages:
    """Iterator over the pages of a query; each counts as read when `mark_read` was called.

    Parameters
    ----------
    client
        The account's client.
    query
        What is asked.

    Attributes
    ----------
    pages, requests
        How many pages there were so far, and how many requests.
    total
        How many pages there may be, by the first response; None where it says nothing.
    is_last
        Whether no page follows.
    """

    def __init__(self, client: Client, query: Query) -> None:
        self._client, self._query = client, query
        self._parts = parts_of(query)
        self._part = self._parts[0] if self._parts else None
        self._next_page: str | None = None
        self._missing: list[tuple[int, int | None]] = []
        self.pages = self.requests = 0
        self.total: int | None = None
        self.is_last = False

    def __iter__(self) -> Iterator[bytes]:
        for part in self._parts:
            self._part = part
            yield from self._pages_of(part)

    def _pages_of(self, part: Part) -> Iterator[bytes]:
        rows: Rows = self._client.send(part.call(self._query.endpoint))
        if not self.pages and rows.total is not None:
            self.total = rows.total * len(self._parts)
        counted = 0
        for page in rows.raw():
            self._next_page = rows.next_page
            self.is_last = rows.next_page is None and part is self._parts[-1]
            self.pages += 1
            self.requests += rows.requests - counted
            counted = rows.requests
            yield page
        if not rows.complete:
            self._missing.append((rows.pages, rows.total))

    @property
    def complete(self) -> bool:
        """Whether all pages were read."""
        return not self._missing and all(part.is_done for part in self._parts)

    def mark_read(self) -> None:
        """Take note that the rows of the current page are in a frame, or will be."""
        assert self._part is not None
        self._part.page, self._part.is_done = self._next_page, self._next_page is None

    def warn_of_missing(self) -> None:
        """Warn if an answer ended before its last page."""
        if self._missing:
            warn_of_missing_pages(self._query, self._missing)

    def resume_data(self) -> dict[str, Any]:
        """Return plain data from which the pages that are not read yet are read."""
        resume = self._query.resume_data(None)
        if self._query.windows is None and len(self._parts) == 1:
            return {**resume, "next_page": self._parts[0].page}
        return {**resume, "windows": [part.resume_data() for part in self._parts if not part.is_done]}

    def resume_data_after(self, error: CronofyError) -> dict[str, Any]:
        """Return plain data from which a read that broke is read on: the address of a page may have expired."""
        if self._part is not None:
            self._part.page = usable_page(error, self._query, self._part.page)
        return self.resume_data()
