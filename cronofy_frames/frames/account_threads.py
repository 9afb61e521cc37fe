"""Threads that read several accounts at once, and that do not hold up an interrupt."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from cronofy_frames.wire.client import Client
from cronofy_frames.wire.waiting import Cancellation

MAX_THREADS = 8
TICK = 0.1  # seconds between two looks for Ctrl-C, which on Windows does not end a wait
GRACE = 6  # ticks that the threads have to end after an interrupt


class AccountThreads:
    """Reads accounts in threads, some at a time.

    The threads are daemons: after an interrupt one that cannot be woken does not keep the process alive.

    Parameters
    ----------
    clients
        The clients by label.
    read
        Reads the account with a label.

    Attributes
    ----------
    results
        What was read, by label.
    """

    def __init__(self, clients: Mapping[str, Client], read: Callable[[str], Any]) -> None:
        self.results: dict[str, Any] = {}
        self._clients, self._read = clients, read
        self._waiting, self._running = deque(clients), set[str]()
        self._failure: BaseException | None = None
        self._condition = threading.Condition()
        self._cancellation = Cancellation()

    def run(self) -> None:
        """Read all accounts, and raise what a thread raised; then, and after an interrupt, the threads end."""
        try:
            for _ in range(min(MAX_THREADS, len(self._clients))):
                threading.Thread(target=self._work, name="cronofy_frames read", daemon=True).start()
            while not self._wait():
                pass
        finally:
            self._cancel()
        if self._failure is not None:
            raise self._failure

    def _work(self) -> None:
        self._cancellation.cover_thread()
        while (label := self._next_label()) is not None:
            try:
                self.results[label] = self._read(label)
            except BaseException as error:  # also KeyboardInterrupt: the main thread raises it
                self._failure = error
            with self._condition:
                self._running.discard(label)
                self._condition.notify_all()

    def _next_label(self) -> str | None:
        with self._condition:
            if self._failure is not None or self._cancellation.is_requested or not self._waiting:
                return None
            label = self._waiting.popleft()
            self._running.add(label)
            return label

    def _wait(self, *, until_ended: bool = False) -> bool:
        """Wait for a tick; return whether nothing is left to wait for."""
        with self._condition:
            return self._condition.wait_for(lambda: self._is_over(until_ended), TICK)

    def _is_over(self, until_ended: bool) -> bool:
        has_failed = self._failure is not None and not until_ended
        return has_failed or not (self._running or (self._waiting and not self._cancellation.is_requested))

    def _cancel(self) -> None:
        """End the reads of all threads: those that have not begun, and those that wait or are about to."""
        self._cancellation.request()
        for _ in range(GRACE):
            for label in tuple(self._running):
                self._clients[label].interrupt()
            if self._wait(until_ended=True):
                return
