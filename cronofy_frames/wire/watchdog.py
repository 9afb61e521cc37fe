"""Watchdogs: timeouts of whole requests, which one thread of the process enforces for all requests."""

from __future__ import annotations

import heapq
import itertools
import os
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

_IDLE = 60.0  # seconds that the thread waits at a time


class Watchdog:
    """Context manager with a timeout: it calls `stop` from another thread if the block takes too long.

    Parameters
    ----------
    seconds
        The timeout.
    stop
        Ends what the block waits for.

    Attributes
    ----------
    has_stopped
        Whether `stop` was called.
    """

    def __init__(self, seconds: float, stop: Callable[[], None]) -> None:
        self._seconds = seconds
        self._stop: Callable[[], None] | None = stop
        self.has_stopped = False

    def __enter__(self) -> Self:
        _state.schedule.add(self, time.monotonic() + self._seconds)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop = None  # the schedule drops the watchdog later, and must not keep the objects of `stop` until then

    @property
    def is_over(self) -> bool:
        """Whether the block has ended."""
        return self._stop is None

    def stop(self) -> None:
        """End the block, unless it has ended meanwhile."""
        stop = self._stop
        if stop is not None:
            self.has_stopped = True
            stop()


class Schedule:
    """Queue of watchdogs by their deadlines, and the thread that waits for the first of them.

    A new thread for each request would take a quarter of the time of a request, and so would waking a thread. The
    thread ends after a minute without watchdogs.

    Attributes
    ----------
    threads
        How many threads were started.
    """

    def __init__(self) -> None:
        self.threads = 0
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, Watchdog]] = []
        self._numbers = itertools.count()
        self._is_running = False
        self._wakes_at = 0.0

    def add(self, watchdog: Watchdog, when: float) -> None:
        """Add a watchdog with its deadline, in monotonic seconds."""
        with self._changed:
            self._drop_over()
            heapq.heappush(self._waiting, (when, next(self._numbers), watchdog))
            if not self._is_running:
                threading.Thread(target=self._run, name="cronofy_frames deadlines", daemon=True).start()
                self._is_running = True
                self.threads += 1
            elif when < self._wakes_at:
                self._changed.notify()

    def __len__(self) -> int:
        """Return the number of watchdogs in the queue, with those that are over and not dropped yet."""
        return len(self._waiting)

    def _drop_over(self) -> None:
        while self._waiting and self._waiting[0][2].is_over:
            heapq.heappop(self._waiting)

    def _run(self) -> None:
        with self._changed:
            while self._wait():
                while self._waiting and self._waiting[0][0] <= time.monotonic():
                    # in a thread of its own, because it closes connections while others become due
                    due = heapq.heappop(self._waiting)[2]
                    threading.Thread(target=due.stop, name="cronofy_frames deadline", daemon=True).start()
            self._is_running = False

    def _wait(self) -> bool:
        """Wait for the first deadline or an earlier one, at most a minute; return whether watchdogs are left."""
        self._drop_over()
        now = time.monotonic()
        remaining = self._waiting[0][0] - now if self._waiting else _IDLE
        if remaining > 0:
            self._wakes_at = now + min(remaining, _IDLE)
            self._changed.wait(min(remaining, _IDLE))
            self._drop_over()
        return bool(self._waiting)


class _State:
    """The schedule of the process; a forked process gets a new one, because threads are not inherited."""

    def __init__(self) -> None:
        self.schedule = Schedule()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        self.schedule = Schedule()


_state = _State()
