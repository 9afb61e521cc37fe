"""Thread pool that reads several accounts at the same time, and that Ctrl-C ends at once."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from cronofy_frames.wire.waiting import Cancellation

FIRST_THREADS = 16  # what the rate limit serves if a request takes a third of a second
MAX_THREADS = 48
RATE = 50  # requests a second, the most that Cronofy allows an application
BUSY = 0.5  # the share of its time that the process computes, from which more threads do not help
TICK = 0.1  # seconds between two checks for Ctrl-C, which does not end a wait on Windows
GRACE = 6  # ticks that the threads have to end after an interrupt


Label = TypeVar("Label")


class Interruptible(Protocol):
    """Object whose requests another thread can end, such as a client."""

    def interrupt(self) -> None:
        """End the requests in flight."""


class AccountThreads(Generic[Label]):
    """Thread pool that reads accounts, as many at the same time as the rate limit can serve.

    It begins with `FIRST_THREADS` threads. Where accounts take long it starts more, as long as the process waits for
    responses and does not compute.

    The threads are daemons, so that a thread that an interrupt cannot wake does not keep the process alive.

    Parameters
    ----------
    clients
        The clients by label, or other objects that end the reads of their labels.
    read
        Reads the account with a label.
    most
        The most threads.
    clock, cpu
        Seconds, and seconds of processor time of the process.

    Attributes
    ----------
    results
        What `read` returned, by label.
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
        """Read all accounts; an error of a thread, or an interrupt, ends the other threads and is raised."""
        try:
            with self._condition:  # a thread that ends early may start more, but not before all of these have begun
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
        """Start the further threads that the rate limit can serve; the caller holds the condition."""
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
        """Wait for at most a tick, and return whether all threads are idle, or one has failed before the end."""
        with self._condition:
            return self._condition.wait_for(lambda: self._is_over(until_ended), TICK)

    def _is_over(self, until_ended: bool) -> bool:
        has_failed = self._failure is not None and not until_ended
        return has_failed or not (self._running or (self._waiting and not self._cancellation.is_requested))

    def _cancel(self) -> None:
        """Cancel further requests, and interrupt those in flight until the threads end, for at most `GRACE` ticks."""
        self._cancellation.request()
        for _ in range(GRACE):
            for label in tuple(self._running):
                self._clients[label].interrupt()
            if self._wait(until_ended=True):
                return
