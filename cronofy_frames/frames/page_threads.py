"""Thread pool that fetches the parts of one read, and queues their pages for the thread that decodes them."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cronofy_frames.frames.account_threads import GRACE, TICK
from cronofy_frames.frames.division import Part
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.endpoint import Endpoint
from cronofy_frames.wire.paging import Rows
from cronofy_frames.wire.waiting import Cancellation, refuse_cancelled


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """A page of a part, or the reason why there is none.

    Attributes
    ----------
    part
        The part.
    content
        The page; None if the part is divided, or failed.
    next_page
        The URL of the page after it; None after the last page.
    requests
        The requests since the page before.
    missing
        The pages read and announced of a part that ended before its last page; None for others.
    parts
        The parts that replace this one, which was divided.
    error
        Why the part could not be read.
    """

    part: Part
    content: bytes | None = None
    next_page: str | None = None
    requests: int = 0
    missing: tuple[int, int | None] | None = None
    parts: Sequence[Part] = ()
    error: BaseException | None = None


class PageThreads:
    """Thread pool that reads the parts of one account.

    The threads are daemons, so that a thread that an interrupt cannot wake does not keep the process alive.

    Parameters
    ----------
    client
        The account's client.
    endpoint
        The list endpoint.
    parts
        The parts.
    divide
        Returns the parts that replace a part, by the total of pages that its first page announces; none if it is not
        divided.
    workers
        How many parts are read at the same time.
    """

    def __init__(
        self,
        client: Client,
        endpoint: Endpoint,
        parts: Sequence[Part],
        divide: Callable[[Part, int | None], list[Part]],
        workers: int,
    ) -> None:
        self._client, self._endpoint = client, endpoint
        self._waiting, self._divide, self._workers = deque(parts), divide, workers
        self._running = 0
        self._is_stopped = False
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._pages: queue.SimpleQueue[FetchedPage] = queue.SimpleQueue()
        self._cancellation = Cancellation()

    def pages(self) -> Iterator[FetchedPage]:
        """Yield the pages of all parts as they arrive; after an error only those in flight."""
        threads = [
            threading.Thread(target=self._work, name="cronofy_frames part", daemon=True) for _ in range(self._workers)
        ]
        try:
            for thread in threads:
                thread.start()
            while not self._is_over():
                refuse_cancelled()
                try:
                    yield self._pages.get(timeout=TICK)
                except queue.Empty:
                    continue
        finally:
            self._cancel(threads)

    def stop(self) -> None:
        """Let the threads fetch no further page."""
        self._is_stopped = True

    def _is_over(self) -> bool:
        with self._lock:
            is_idle = not self._running and (self._is_stopped or not self._waiting)
            return is_idle and self._pages.empty()

    def _work(self) -> None:
        self._cancellation.cover_thread()
        while (part := self._next_part()) is not None:
            try:
                self._read(part)
            except BaseException as error:  # also KeyboardInterrupt: the thread that decodes raises it
                self.stop()
                self._pages.put(FetchedPage(part, error=error))
            with self._idle:
                self._running -= 1
                self._idle.notify_all()

    def _next_part(self) -> Part | None:
        """Return the next part; wait for one while others are read, because these may be divided."""
        with self._idle:
            while not self._waiting and self._running and not self._is_stopped:
                self._idle.wait(TICK)
            if self._is_stopped or not self._waiting:
                return None
            self._running += 1
            return self._waiting.popleft()

    def _read(self, part: Part) -> None:
        rows: Rows = part.first or self._client.send(part.call(self._endpoint))
        if parts := self._divide(part, rows.total):
            self._pages.put(FetchedPage(part, requests=rows.requests, parts=parts))
            with self._idle:
                self._waiting.extendleft(reversed(parts))
                self._idle.notify_all()
            return
        counted = 0
        for content in rows.raw():
            is_last = rows.next_page is None
            missing = (rows.pages, rows.total) if is_last and not rows.complete else None
            self._pages.put(FetchedPage(part, content, rows.next_page, rows.requests - counted, missing))
            counted = rows.requests
            if self._is_stopped:
                return

    def _cancel(self, threads: Sequence[threading.Thread]) -> None:
        """Stop the threads, and interrupt their requests and waits for as long as they run, at most `GRACE` ticks."""
        self.stop()
        self._cancellation.request()
        for _ in range(GRACE):
            running = [thread for thread in threads if thread.is_alive()]
            if not running:
                return
            with self._lock:
                is_reading = bool(self._running)
                self._idle.notify_all()
            if is_reading:
                self._client.interrupt()
            running[0].join(TICK)
