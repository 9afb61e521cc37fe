"""One attempt at having a person say yes in their browser, as a state machine.

It knows the address to open, what an answer must look like and what to do with a good one. It knows neither widgets nor
sockets: a listener and a paste box both hand it what came, a clock and a button end it, and a face shows what it says.
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

SLICE = 1.0  # seconds

Status = Literal["waiting", "finishing", "done", "failed"]


@dataclass(frozen=True, slots=True)
class View:
    """What there is to show.

    Attributes
    ----------
    status
        waiting for the person, finishing what they allowed, done, or failed.
    text
        What to tell them: a sentence or more.
    error
        What went wrong: the latest answer that could not be used while waiting, or why the attempt failed.
    """

    status: Status
    text: str
    error: CronofyError | None = None

    @property
    def over(self) -> bool:
        """Whether nothing will change any more."""
        return self.status in ("done", "failed")


class Attempt:
    """One attempt, from the link to what comes of it. Any thread may call any method.

    The first good answer counts and no other. An answer that belongs to another attempt, or is none, is told to
    whoever gave it and changes nothing: the attempt goes on waiting, so that nobody who finds the port can end it.

    Parameters
    ----------
    url
        The page for the person.
    read
        Makes an answer of what came back (an address or a code), or raises `SignInError`.
    finish
        Does what is to be done with an answer and returns what came of it, with the words to say so.
    timeout
        Seconds until it is given up.
    late
        What to say then.
    clock
        Seconds that only grow.
    """

    def __init__(
        self,
        url: str,
        *,
        read: Callable[[str], Any],
        finish: Callable[[Any], tuple[Any, str]],
        timeout: float,
        late: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.url = url
        self.result: Any = None
        self._read, self._finish = read, finish
        self._late = late
        self._clock, self._deadline = clock, clock() + timeout
        self._view = View("waiting", "Waiting for you to approve in the browser.")
        self._changed = threading.Condition()
        self._watchers: list[Callable[[View], None]] = []

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._view.status}>"

    @property
    def view(self) -> View:
        """What there is to show now."""
        return self._view

    @property
    def left(self) -> float:
        """Seconds until it is given up."""
        return max(0.0, self._deadline - self._clock())

    def watch(self, watcher: Callable[[View], None]) -> None:
        """Have a function called with each new view, in the thread that brought it."""
        self._watchers.append(watcher)

    def take(self, came: str) -> View:
        """Take what came back from the browser and return what there is to show for it.

        Parameters
        ----------
        came
            The address that the person was sent back to, or the code in it.
        """
        try:
            answer = self._read(came)
        except SignInError as error:
            return self._unusable(error)
        if not self._move(View("finishing", "Approved. Fetching tokens …"), only_from=("waiting",)):
            return self._late_answer()
        try:
            self.result, text = self._finish(answer)
        except CronofyError as error:
            view = View("failed", str(error), error)
        except Exception as error:
            # whatever it is, the person waits for a word; its own words may quote tokens
            text = f"What was approved could not be finished: {type(error).__name__}. Start again; if it happens "
            text += "again, it is a defect: please report it."
            log.error("what was approved could not be finished: %s", type(error).__name__)
            view = View("failed", text, CronofyError(text))
        else:
            view = View("done", text)
        self._move(view, only_from=("finishing",))
        return view

    def fail(self, error: CronofyError) -> bool:
        """Give up; return whether that changed anything."""
        return self._move(View("failed", str(error), error), only_from=("waiting",))

    def cancel(self) -> bool:
        """Give up because the person wishes so."""
        return self.fail(SignInError("cancelled", "Cancelled. Nothing was signed in; start again when you like."))

    def expire(self) -> bool:
        """Give up if time is over."""
        return self.left <= 0 and self.fail(SignInError("timeout", self._late or "Nobody answered in time."))

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is over; return whether it is."""
        end = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while not self._view.over and (end is None or time.monotonic() < end):
                # in slices, for on Windows nothing interrupts a wait without a limit
                self._changed.wait(SLICE if end is None else min(SLICE, max(0.0, end - time.monotonic())))
            return self._view.over

    def _unusable(self, error: SignInError) -> View:
        """Say what is wrong with what came; a refusal that belongs to this attempt ends it."""
        if error.reason in ("denied", "refused"):
            return self._view if self.fail(error) else self._late_answer()
        self._move(View("waiting", self._view.text, error), only_from=("waiting",))
        return View(self._view.status, str(error), error)

    def _late_answer(self) -> View:
        taken = self._view.status in ("finishing", "done")
        text = f"This attempt is over: {'an answer was taken, and one counts' if taken else 'it was given up'}. "
        text += "Go back to where you started."
        return View("failed", text, SignInError("code", text))

    def _move(self, view: View, *, only_from: tuple[Status, ...]) -> bool:
        with self._changed:
            if self._view.status not in only_from:
                return False
            self._view = view
            self._changed.notify_all()
        for watcher in self._watchers:
            try:
                watcher(view)
            except Exception as error:
                # a face that fails must not keep the attempt from its end
                log.warning("a watcher of the sign-in failed: %s", type(error).__name__)
        return True
