"""Threads that read several accounts at once, and that do not hold up an interrupt."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from cronofy_frames.wire.waiting import Cancellation

FIRST_THREADS = 16  # what the rate limit serves where a request takes a third of a second
MAX_THREADS = 48
RATE = 50  # requests a second, the most that Cronofy allows an application
BUSY = 0.5  # the share of its time that a process computes, from which more threads would not help
TICK = 0.1  # seconds between two looks for Ctrl-C, which on Windows does not end a wait
GRACE = 6  # ticks that the threads have to end after an interrupt


Label = TypeVar("Label")


class Interruptible(Protocol):
    """What can be interrupted while it reads, as a client."""

    def interrupt(self) -> None:
        """End the requests that are on their way."""


class AccountThreads(Generic[Label]):
    """Reads accounts in threads, some at a time, each next account in its turn.

    There are as many threads as the rate limit can serve: where an account takes longer, more are on their way at the
    same time, as long as the process waits and does not compute.

    The threads are daemons: after an interrupt one that cannot be woken does not keep the process alive.

    Parameters
    ----------
    clients
        The clients by label, or what else is interrupted in their place.
    read
        Reads the account with a label.
    most
        The most threads.
    clock, cpu
        Seconds, and seconds that the process has computed.

    Attributes
    ----------
    results
        What was read, by label.
    """

    def __init__(
        self,
        clients: Mapping[Label, Interruptible],
        read: Callable[[Label], Any],
        *,
        most: int = MAX_THREADS,
        clock: Callable[[], float] = time.perf_counter,
        cpu: Callable[[], float] = time.process_time,
    ) -> None:
        self._clock, self._cpu = clock, cpu
        self._started, self._cpu_before = clock(), cpu()
        self._threads, self._durations = 0, list[float]()
        self.results: dict[Label, Any] = {}
        self._clients, self._read, self._most = clients, read, most
        self._waiting, self._running = deque(clients), set[Label]()
        self._failure: BaseException | None = None
        self._condition = threading.Condition()
        self._cancellation = Cancellation()

    def run(self) -> None:
        """Read all accounts, and raise what a thread raised; then, and after an interrupt, the threads end."""
        try:
            with self._condition:  # the first threads may end before the last of them has begun, and start more
                self._start_threads(min(FIRST_THREADS, self._most, len(self._clients)))
            while not self._wait():
                pass
        finally:
            self._cancel()
        if self._failure is not None:
            raise self._failure

    def _start_threads(self, count: int) -> None:
        """Start threads; the caller holds the condition."""
        for _ in range(count):
            self._threads += 1
            threading.Thread(target=self._work, name="cronofy_frames read", daemon=True).start()

    def _start_more(self) -> None:
        """Start as many more threads as the time that accounts took calls for; the caller holds the condition."""
        now = self._clock()
        share = (self._cpu() - self._cpu_before) / max(now - self._started, 1e-9)
        if share < BUSY and not self._cancellation.is_requested and self._failure is None:
            needed = math.ceil(RATE * sum(self._durations) / len(self._durations))
            self._start_threads(min(needed, self._most, self._threads + len(self._waiting)) - self._threads)

    def _work(self) -> None:
        self._cancellation.cover_thread()
        while (label := self._next_label()) is not None:
            started = self._clock()
            try:
                self.results[label] = self._read(label)
            except BaseException as error:  # also KeyboardInterrupt: the main thread raises it
                self._failure = error
            with self._condition:
                self._running.discard(label)
                self._durations.append(self._clock() - started)
                self._start_more()
                self._condition.notify_all()

    def _next_label(self) -> Label | None:
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
