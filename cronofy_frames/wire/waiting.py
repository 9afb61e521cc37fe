"""Waits between the attempts of a call, which another thread can end."""

from __future__ import annotations

import threading

from cronofy_frames.errors import CronofyError


class Waits:
    """The waits of one client.

    `time.sleep` in a worker thread cannot be ended: after Ctrl-C the main thread would wait for it.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._interruptions = 0

    def sleep(self, seconds: float) -> None:
        """Wait so many seconds.

        Raises
        ------
        CronofyError
            Another thread has called `interrupt` meanwhile.
        """
        with self._condition:
            before = self._interruptions
            if self._condition.wait_for(lambda: self._interruptions != before, seconds):
                raise CronofyError("the wait for another attempt was interrupted: call again.")

    def interrupt(self) -> None:
        """End all waits."""
        with self._condition:
            self._interruptions += 1
            self._condition.notify_all()
