"""Sequential read of one account: one page after the other, into one frame.

A query of hundreds of calendars is divided into parts, whose pages follow one another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from cronofy_frames.errors import CronofyError
from cronofy_frames.frames.division import Part, parts_of
from cronofy_frames.frames.progress import Progress
from cronofy_frames.frames.query import (
    Query,
    attach_partial,
    cut_to_window,
    usable_page,
    warn_of_missing_pages,
    with_source,
)
from cronofy_frames.wire.boundary import Boundary
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.paging import Rows


class PageIterator:
    """Iterator over the pages of a query, part after part, which knows how to resume after any of them.

    Parameters
    ----------
    query
        The query.
    send
        Sends the call of a part, and returns its rows.

    Attributes
    ----------
    pages, requests
        How many pages were fetched so far, and with how many requests.
    total
        How many pages there are, estimated from the first part; None if its response does not say.
    is_last
        Whether the current page is the last one.
    """

    def __init__(self, query: Query, send: Callable[[Part], Rows]) -> None:
        self._query, self._send = query, send
        self._parts = parts_of(query)
        # after so many pages: the position of the part to continue with, and the URL of its next page
        self._positions = [self._start_of(0)]
        self._missing: list[tuple[int, int | None]] = []
        self.pages = self.requests = 0
        self.total: int | None = None
        self.is_last = not self._parts

    @classmethod
    def of_client(cls, client: Client, query: Query) -> PageIterator:
        """Return an iterator over the pages that a client fetches."""
        return cls(query, lambda part: client.send(part.call(query.endpoint)))

    def __iter__(self) -> Iterator[bytes]:
        for position, part in enumerate(self._parts):
            yield from self._pages_of(position, part)

    def _pages_of(self, position: int, part: Part) -> Iterator[bytes]:
        rows = self._send(part)
        counted = 0
        for page in rows.raw():
            is_end = rows.next_page is None
            self._positions.append(self._start_of(position + 1) if is_end else (position, rows.next_page))
            self.is_last = is_end and part is self._parts[-1]
            if position == 0 and rows.total is not None:
                self.total = rows.total * len(self._parts)
            if is_end and not rows.complete:
                self._missing.append((rows.pages, rows.total))
            self.pages += 1
            self.requests += rows.requests - counted
            counted = rows.requests
            yield page

    def _start_of(self, position: int) -> tuple[int, str | None]:
        return position, self._parts[position].page if position < len(self._parts) else None

    @property
    def complete(self) -> bool:
        """Whether all pages were fetched."""
        return self.is_last and not self._missing

    def warn_of_missing(self) -> None:
        """Warn if a response ended before its last page."""
        if self._missing:
            warn_of_missing_pages(self._query, self._missing)

    def resume_data(self, read: int, error: BaseException | None = None) -> dict[str, Any] | None:
        """Return plain data from which the pages after the first `read` are read; None after the last page.

        With the error that ended the read, a page whose URL has expired is left out.
        """
        position, page = self._positions[read]
        if self._parts and position == len(self._parts):
            return None
        if error is not None:
            page = usable_page(error, self._query, page)
        resume = self._query.resume_data()
        if self._query.windows is None and len(self._parts) == 1:
            return {**resume, "next_page": page}
        remaining = [part.resume_data() for part in self._parts[position:]]
        for current in remaining[:1]:
            current["next_page"] = page
        return {**resume, "windows": remaining}


def read_account(client: Client, query: Query, progress: Progress) -> pd.DataFrame:
    """Read all pages of a query into a frame.

    Raises
    ------
    ApiError, TransportError, KeyboardInterrupt
        With `.partial` and `.resume`.
    """
    return read_pages(query, PageIterator.of_client(client, query), progress, client.clock)


def read_pages(
    query: Query,
    pages: PageIterator,
    progress: Progress,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> pd.DataFrame:
    """Read pages into a frame.

    Parameters
    ----------
    query
        The query that the pages answer.
    pages
        The pages.
    progress
        Counts the pages.
    clock
        The time at the server.

    Raises
    ------
    ApiError, TransportError, KeyboardInterrupt
        With `.partial` and `.resume`.
    """
    now, decoder = clock(), query.new_decoder()
    try:
        for page in pages:
            with Boundary(query.call, f"a page of {query.endpoint.name} could not be read"):
                decoder.add(page)
            progress.step(pages.total)
        frame = decoder.frame()
    except (CronofyError, KeyboardInterrupt) as error:
        # a page counts as read when the decoder has the whole of it
        resume = pages.resume_data(decoder.pages_read, error)
        partial = with_source(cut_to_window(decoder.frame(), query), query, pages, now, decoder.unread_record())
        attach_partial(error, partial, resume)
        raise
    pages.warn_of_missing()
    return with_source(cut_to_window(frame, query), query, pages, now, decoder.unread_record())
