"""Threads in virtual time: one runs at a time, and the clock goes on when all of them sleep."""

import heapq
import itertools
import threading
from collections.abc import Callable, Iterable


class VirtualTime:
    """A clock for threads that wait with `sleep`; the order in which they run is the same in every run.

    Parameters
    ----------
    now
        The time at first.
    """

    def __init__(self, now: float = 0.0) -> None:
        self.now = now
        self._sleepers: list[tuple[float, int, threading.Semaphore]] = []
        self._order = itertools.count()
        self._all_sleep = threading.Semaphore(0)

    def __call__(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let the other threads run until so many seconds have passed."""
        wakes = threading.Semaphore(0)
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._order), wakes))
        self._all_sleep.release()
        wakes.acquire()

    def run(self, functions: Iterable[Callable[[], None]]) -> None:
        """Run each function in a thread, until all have returned."""

        def run_in_turn(function: Callable[[], None]) -> None:
            self.sleep(0)
            try:
                function()
            finally:
                self._all_sleep.release()

        threads = [threading.Thread(target=run_in_turn, args=(function,)) for function in functions]
        for thread in threads:
            thread.start()
            self._all_sleep.acquire()
        while self._sleepers:
            wakes_at, _, wakes = heapq.heappop(self._sleepers)
            self.now = max(self.now, wakes_at)
            wakes.release()
            self._all_sleep.acquire()
        for thread in threads:
            thread.join()
