"""Pages of one read of a sync; a long window is read by several threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd

from cronofy_frames.archive.pieces import WindowPiece
from cronofy_frames.errors import CronofyError
from cronofy_frames.frames.bounds import Window
from cronofy_frames.frames.division import Division
from cronofy_frames.frames.page_threads import PageThreads
from cronofy_frames.frames.query import Query
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.endpoint import ENDPOINTS, Call
from cronofy_frames.wire.paging import Rows

_EVENTS = ENDPOINTS["read_events"]


class PieceReader:
    """Reads the pieces of one account.

    What moves between windows while they are read is in the read of changes, which comes last in every sync.

    Parameters
    ----------
    client
        The account's client.
    workers
        How many requests may be on their way at the same time.
    on_page
        Called for each page with the number of pages of its read.

    Attributes
    ----------
    requests
        How many requests other threads have sent.
    """

    def __init__(self, client: Client, workers: int, on_page: Callable[[int | None], None]) -> None:
        self._client, self._workers, self._on_page = client, workers, on_page
        self.requests = 0

    def pages(self, piece: WindowPiece) -> Iterator[bytes]:
        """Yield the pages of a piece, of hundreds of calendars in groups, one after the other.

        Raises
        ------
        IncompleteError
            After the last page that came, where others were announced.
        """
        for group in piece.groups:
            yield from self._pages_of_group(group)

    def _pages_of_group(self, piece: WindowPiece) -> Iterator[bytes]:
        rows: Rows = self._client.send(Call(_EVENTS, piece.arguments))
        division = self._division(piece, rows)
        if division is not None:
            yield from self._pages_of_windows(piece, division, rows.total)
            return
        for page in rows.raw():
            yield page
            self._on_page(rows.total)
        if not rows.complete:
            raise IncompleteError(piece, rows.pages, rows.total)

    def _division(self, piece: WindowPiece, rows: Rows) -> Division | None:
        """Return how a read is divided into windows; None where it is read in a row."""
        if piece.start is None or piece.end is None or self._workers == 1:
            return None
        window = Window("UTC", pd.Timestamp(piece.start, tz="UTC"), pd.Timestamp(piece.end, tz="UTC"))
        query = Query(_EVENTS, piece.arguments, window)
        now = rows.answered_at or self._client.clock()
        division = Division(query, rows.total or 0, now, self._workers, lambda: sorted(piece.calendar_ids))
        return division if division.parts else None

    def _pages_of_windows(self, piece: WindowPiece, division: Division, total: int | None) -> Iterator[bytes]:
        threads = PageThreads(self._client, _EVENTS, division.parts, division.divide, self._workers)
        failure: BaseException | None = None
        for page in threads.pages():
            self.requests += page.requests
            if page.error is not None:
                failure = failure or page.error
            elif page.missing is not None:
                failure = failure or IncompleteError(piece, *page.missing)
            if page.content is not None:
                yield page.content
                self._on_page(total)
        if failure is not None:
            raise failure


class IncompleteError(CronofyError):
    """A read ended before its last page."""

    def __init__(self, piece: WindowPiece, pages: int, total: int | None) -> None:
        of_total = "" if total is None else f" of {total}"
        super().__init__(
            f"the read of {piece.name} ended after page {pages}{of_total}: rows are missing. Those that came were "
            "kept, and no event was ended. Sync again."
        )
