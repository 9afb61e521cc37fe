"""Waits between the attempts of a call, and reads in other threads, which the main thread can end."""

from __future__ import annotations

import threading
from contextvars import ContextVar

from cronofy_frames.errors import CronofyError


class Cancelled(CronofyError):
    """The read that a call belongs to was interrupted."""


class Cancellation:
    """Whether the requests of some threads are cancelled: then they send no further ones, and wait for none.

    Attributes
    ----------
    is_requested
        Whether the requests are cancelled.
    """

    def __init__(self) -> None:
        self.is_requested = False

    def request(self) -> None:
        """Cancel the requests; waits end when they are interrupted."""
        self.is_requested = True

    def cover_thread(self) -> None:
        """Make it hold for all further requests of this thread."""
        _CURRENT.set(self)


_CURRENT: ContextVar[Cancellation | None] = ContextVar("cancellation", default=None)


def is_cancelled() -> bool:
    """Return whether the requests of this thread are cancelled."""
    cancellation = _CURRENT.get()
    return cancellation is not None and cancellation.is_requested


def refuse_cancelled() -> None:
    """Raise an error if the requests of this thread are cancelled."""
    if is_cancelled():
        raise Cancelled("the read was interrupted: read again.")


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
            if self._condition.wait_for(lambda: self._interruptions != before or is_cancelled(), seconds):
                refuse_cancelled()
                raise CronofyError("the wait for another attempt was interrupted: call again.")

    def interrupt(self) -> None:
        """End all waits."""
        with self._condition:
            self._interruptions += 1
            self._condition.notify_all()
