"""Cancellation of the requests of threads, and waits before retries that another thread can end."""

from __future__ import annotations

import threading
from contextvars import ContextVar

from cronofy_frames.errors import CronofyError


class Cancelled(CronofyError):
    """The read that a call belongs to was interrupted."""


class Cancellation:
    """Cancellation of the requests of some threads: they send no further requests, and end their waits.

    Attributes
    ----------
    is_requested
        Whether the requests are cancelled.
    """

    def __init__(self) -> None:
        self.is_requested = False

    def request(self) -> None:
        """Cancel further requests; current waits end when `Waits.interrupt` is called."""
        self.is_requested = True

    def cover_thread(self) -> None:
        """Apply to all further requests of this thread."""
        _CURRENT.set(self)


_CURRENT: ContextVar[Cancellation | None] = ContextVar("cancellation", default=None)


def is_cancelled() -> bool:
    """Return whether the requests of this thread are cancelled."""
    cancellation = _CURRENT.get()
    return cancellation is not None and cancellation.is_requested


def refuse_cancelled() -> None:
    """Raise `Cancelled` if the requests of this thread are cancelled."""
    if is_cancelled():
        raise Cancelled("the read was interrupted: read again.")


class Waits:
    """Interruptible waits of one client.

    `time.sleep` in a worker thread cannot be ended, so that the main thread would wait for it after Ctrl-C.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._interruptions = 0

    def sleep(self, seconds: float) -> None:
        """Wait some seconds.

        Raises
        ------
        Cancelled
            The requests of this thread are cancelled.
        CronofyError
            Another thread has called `interrupt`.
        """
        with self._condition:
            before = self._interruptions
            if self._condition.wait_for(lambda: self._interruptions != before or is_cancelled(), seconds):
                refuse_cancelled()
                raise CronofyError("the wait for another attempt was interrupted: call again.")

    def interrupt(self) -> None:
        """End all waits."""
        with self._condition:
            self._interruptions += 1
            self._condition.notify_all()
