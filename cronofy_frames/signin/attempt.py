"""State machine of one sign-in attempt, from the link to its result.

It has the address to open, a reader of responses and an action for a valid one. It has neither widgets nor sockets: a
listener and a paste box pass it responses, a clock and a button end it, and watchers show its view.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from cronofy_frames.errors import CronofyError, SignInError

log = logging.getLogger("cronofy_frames")

WAIT_SLICE = 1.0  # seconds

Status = Literal["waiting", "finishing", "done", "failed"]


@dataclass(frozen=True, slots=True)
class View:
    """What to show of an attempt.

    Attributes
    ----------
    status
        waiting for the user, finishing after their consent, done, or failed.
    text
        The message for the user.
    error
        The problem: the last response that could not be used while waiting, or why the attempt failed.
    """

    status: Status
    text: str
    error: CronofyError | None = None

    @property
    def is_over(self) -> bool:
        """Whether the attempt has ended."""
        return self.status in ("done", "failed")


class Attempt:
    """One attempt, from the link to its result. Any thread may call any method.

    Only the first valid response is used. A response that is invalid, or belongs to another attempt, is refused to its
    sender and changes nothing: the attempt keeps waiting, so that a program that finds the port cannot end it.

    Parameters
    ----------
    url
        The page for the user.
    read
        Reads a response (an address or a code), or raises `SignInError`.
    finish
        Uses a valid response, and returns the result and a message.
    timeout
        Seconds until the attempt fails.
    timeout_message
        The message then.
    clock
        Monotonic seconds.
    """

    def __init__(
        self,
        url: str,
        *,
        read: Callable[[str], Any],
        finish: Callable[[Any], tuple[Any, str]],
        timeout: float,
        timeout_message: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.url = url
        self.result: Any = None
        self._read, self._finish = read, finish
        self._timeout_message = timeout_message
        self._clock, self._deadline = clock, clock() + timeout
        self._view = View("waiting", "Waiting for you to approve in the browser.")
        self._changed = threading.Condition()
        self._watchers: list[Callable[[View], None]] = []

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._view.status}>"

    @property
    def view(self) -> View:
        """The current view."""
        return self._view

    @property
    def seconds_left(self) -> float:
        """Seconds until the attempt fails."""
        return max(0.0, self._deadline - self._clock())

    def watch(self, watcher: Callable[[View], None]) -> None:
        """Add a function that is called with each new view, in the thread that changed it."""
        self._watchers.append(watcher)

    def take(self, response: str) -> View:
        """Use the response of the browser, and return the view for its sender.

        Parameters
        ----------
        response
            The address to which the browser was redirected, or the code in it.
        """
        try:
            content = self._read(response)
        except SignInError as error:
            return self._reject(error)
        if not self._change_view(View("finishing", "Approved. Fetching tokens …"), only_from=("waiting",)):
            return self._too_late()
        try:
            self.result, text = self._finish(content)
        except CronofyError as error:
            view = View("failed", str(error), error)
        except Exception as error:
            # the user waits for a message; that of the exception may quote tokens
            text = (
                f"The sign-in failed after approval: {type(error).__name__}. Start again; if it happens again, it is "
            )
            text += "a defect: please report it."
            log.error("the sign-in failed after approval: %s", type(error).__name__)
            view = View("failed", text, CronofyError(text))
        else:
            view = View("done", text)
        self._change_view(view, only_from=("finishing",))
        return view

    def fail(self, error: CronofyError) -> bool:
        """End the attempt with an error; return whether it was still waiting."""
        return self._change_view(View("failed", str(error), error), only_from=("waiting",))

    def cancel(self) -> bool:
        """End the attempt because the user cancelled it."""
        return self.fail(SignInError("cancelled", "Cancelled. No account was signed in; start again when you like."))

    def expire(self) -> bool:
        """End the attempt if its time is over; return whether it ended now."""
        return self.seconds_left <= 0 and self.fail(
            SignInError("timeout", self._timeout_message or "There was no response in time. Start again.")
        )

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the attempt ends; return whether it has ended."""
        end = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while not self._view.is_over and (end is None or time.monotonic() < end):
                # in slices, as on Windows nothing interrupts a wait without a limit
                self._changed.wait(WAIT_SLICE if end is None else min(WAIT_SLICE, max(0.0, end - time.monotonic())))
            return self._view.is_over

    def _reject(self, error: SignInError) -> View:
        """Return the view for an invalid response; a refusal that belongs to this attempt ends it."""
        if error.reason in ("denied", "refused"):
            return self._view if self.fail(error) else self._too_late()
        self._change_view(View("waiting", self._view.text, error), only_from=("waiting",))
        return View(self._view.status, str(error), error)

    def _too_late(self) -> View:
        was_used = self._view.status in ("finishing", "done")
        reason = "Another response was used already." if was_used else self._view.text
        text = f"This attempt has ended. {reason} Go back to where you started."
        return View("failed", text, SignInError("code", text))

    def _change_view(self, view: View, *, only_from: tuple[Status, ...]) -> bool:
        with self._changed:
            if self._view.status not in only_from:
                return False
            self._view = view
            self._changed.notify_all()
        for watcher in self._watchers:
            try:
                watcher(view)
            except Exception as error:
                # a display that fails must not stop the attempt
                log.warning("a watcher of the sign-in failed: %s", type(error).__name__)
        return True
