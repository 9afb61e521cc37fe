"""Watchdogs: what takes too long is ended from another thread, one for all requests of a process."""

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
    """A context that ends what takes too long: it calls `stop` from another thread.

    Parameters
    ----------
    seconds
        The time until then.
    stop
        Ends what is waited for.

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
        self._stop = None  # the schedule forgets it later, and must not keep what it would stop

    @property
    def is_over(self) -> bool:
        """Whether there is nothing to end any more."""
        return self._stop is None

    def stop(self) -> None:
        """End what takes too long."""
        stop = self._stop
        if stop is not None:
            self.has_stopped = True
            stop()


class Schedule:
    """Watchdogs by their time, and the thread that waits for the first of them.

    A thread for each request would cost a quarter of the request, and so would waking one. The thread ends after a
    minute without watchdogs.

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
        """Let a watchdog stop at a time, in monotonic seconds."""
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
        """Return how many watchdogs are held, also those that are over and not forgotten yet."""
        return len(self._waiting)

    def _drop_over(self) -> None:
        while self._waiting and self._waiting[0][2].is_over:
            heapq.heappop(self._waiting)

    def _run(self) -> None:
        with self._changed:
            while self._wait():
                while self._waiting and self._waiting[0][0] <= time.monotonic():
                    # in a thread of its own: it closes connections, and others are due in the meantime
                    due = heapq.heappop(self._waiting)[2]
                    threading.Thread(target=due.stop, name="cronofy_frames deadline", daemon=True).start()
            self._is_running = False

    def _wait(self) -> bool:
        """Wait for the first watchdog, or for one that is added; return whether there is any after a minute."""
        self._drop_over()
        now = time.monotonic()
        remaining = self._waiting[0][0] - now if self._waiting else _IDLE
        if remaining > 0:
            self._wakes_at = now + min(remaining, _IDLE)
            self._changed.wait(min(remaining, _IDLE))
            self._drop_over()
        return bool(self._waiting)


class _State:
    """The schedule of the process; a forked one has none of the threads of its parent."""

    def __init__(self) -> None:
        self.schedule = Schedule()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        self.schedule = Schedule()


_state = _State()
