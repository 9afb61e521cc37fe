"""Consent of a user in their browser, over one or more attempts: shared by `login` and `authorize`."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Any, Protocol

from cronofy_frames.errors import SignInError
from cronofy_frames.signin.attempt import Attempt, View
from cronofy_frames.signin.environment import Route
from cronofy_frames.signin.listener import IDLE_LIMIT, Listener

CLOCK_INTERVAL = 0.05  # seconds between checks of the time limit near its end

_start_lock = threading.Lock()
_by_port: weakref.WeakValueDictionary[int, RunningAttempt] = weakref.WeakValueDictionary()  # by port


class SignIn(Protocol):
    """Protocol of what `login` and `authorize` return: a request for consent, and its result.

    Attributes
    ----------
    client
        The result, None until there is one: for `login` a `Client`, for `authorize` the parameters of the redirect.
        `result` waits for it.
    url
        The page for the user.
    status
        waiting, finishing, done or failed.
    message
        The message for the user.
    """

    @property
    def client(self) -> Any:
        """The result."""

    @property
    def url(self) -> str:
        """The page for the user."""

    @property
    def status(self) -> str:
        """The status of the attempt."""

    @property
    def message(self) -> str:
        """The message for the user."""

    def take(self, response: str) -> View:
        """Use the address to which the browser was redirected, or the code in it."""

    def cancel(self) -> None:
        """Cancel the attempt."""

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the user, and return the result."""


class RunningAttempt:
    """An attempt with its listener and its time limit.

    Parameters
    ----------
    make
        Makes the attempt for a redirect address.
    route
        How the response returns.
    accept_empty
        Whether an address without a query is a response.
    fallback
        A route without a listener, if the port is in use; None makes that an error.

    Raises
    ------
    SignInError
        The port is in use and there is no fallback.
    """

    def __init__(
        self,
        make: Callable[[str], Attempt],
        route: Route,
        *,
        accept_empty: bool = False,
        fallback: Route | None = None,
    ) -> None:
        self.attempt: Attempt
        self.note = ""
        self.listener: Listener | None = None
        self._ready = threading.Event()
        with _start_lock:
            self._listen_and_begin(make, route, accept_empty, fallback)
        self._ready.set()
        self.attempt.watch(self._stop_listener)
        threading.Thread(target=self._expire_in_time, name="cronofy_frames time limit", daemon=True).start()

    def _listen_and_begin(
        self, make: Callable[[str], Attempt], route: Route, accept_empty: bool, fallback: Route | None
    ) -> None:
        if route.port is not None:
            previous = _by_port.get(route.port)
            if previous is not None:
                # a cell that is run again starts another attempt at the same port
                previous.attempt.fail(SignInError("cancelled", "Another attempt has replaced this one: use that one."))
                previous.close()
            try:
                self.listener = Listener(route, self._take, accept_empty=accept_empty)
            except SignInError as taken:
                if fallback is None:
                    raise
                self.note, route = str(taken), fallback
        port = self.listener.port if self.listener is not None else route.port
        self.redirect_uri = route.redirect_uri.replace("{port}", str(port))
        try:
            self.attempt = make(self.redirect_uri)
        except BaseException:
            self.close()
            raise
        if self.listener is not None:
            _by_port[self.listener.port] = self

    def _expire_in_time(self) -> None:
        while not self.attempt.wait(max(self.attempt.seconds_left, CLOCK_INTERVAL)):
            self.attempt.expire()

    def close(self) -> None:
        """Close the listener, after its last page was sent."""
        if self.listener is not None:
            self.listener.close()

    def _take(self, response: str) -> View:
        self._ready.wait(IDLE_LIMIT)  # the port is known before the attempt is made
        return self.attempt.take(response)

    def _stop_listener(self, view: View) -> None:
        if view.is_over and self.listener is not None:
            self.listener.stop()


def view_text(view: View) -> str:
    """Return the message of a view; while waiting, the problem of the last response is put first."""
    return view.text if view.error is None or view.is_over else f"{view.error} {view.text}"


class Consent:
    """A request for the consent of a user, and its result, for which `result` waits.

    Parameters
    ----------
    begin
        Begins a new attempt.
    changed
        Called with each new view, in the thread that changed it.

    Attributes
    ----------
    running
        The current attempt; None before `start`.
    """

    def __init__(self, begin: Callable[[], RunningAttempt], *, changed: Callable[[View], None] | None = None) -> None:
        self._begin_attempt = begin
        self._changed = changed
        self._view_lock = threading.RLock()
        self.running: RunningAttempt | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.view.status}>"

    @property
    def view(self) -> View:
        """The current view."""
        return self.running.attempt.view if self.running is not None else View("waiting", "Not started.")

    @property
    def status(self) -> str:
        """The status of the attempt."""
        return self.view.status

    @property
    def message(self) -> str:
        """The message for the user."""
        return view_text(self.view)

    @property
    def url(self) -> str:
        """The page for the user; "" before `start`."""
        return self.running.attempt.url if self.running is not None else ""

    @property
    def client(self) -> Any:
        """The result; None until there is one."""
        return self.running.attempt.result if self.running is not None and self.view.status == "done" else None

    def start(self) -> None:
        """Begin an attempt, and cancel the previous one.

        Raises
        ------
        SignInError
            The port for the response is in use.
        """
        previous, self.running = self.running, self._begin_attempt()
        if previous is not None:
            previous.attempt.cancel()
            previous.close()
        running = self.running
        running.attempt.watch(lambda _: self._show(running))
        self._show(running)

    def _show(self, running: RunningAttempt) -> None:
        """Report the current view; of an attempt that was replaced nothing is reported."""
        with self._view_lock:
            if self._changed is not None and running is self.running:
                self._changed(running.attempt.view)

    def take(self, response: str) -> View:
        """Use the address to which the browser was redirected, or the code in it."""
        return self.view if self.running is None else self.running.attempt.take(response)

    def cancel(self) -> None:
        """Cancel the attempt."""
        if self.running is not None:
            self.running.attempt.cancel()

    def close(self) -> None:
        """Cancel the attempt, and close the listener."""
        if self.running is not None:
            self.running.attempt.cancel()
            self.running.close()

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the user, and return the result.

        Parameters
        ----------
        timeout
            The most seconds to wait; None waits until the attempt ends.

        Raises
        ------
        SignInError
            The attempt failed; `.reason` says why.
        TimeoutError
            `timeout` is over and the attempt is still waiting.
        """
        if self.running is None:
            raise SignInError(
                "application", "The sign-in has not started: enter client_id and client_secret, and start it."
            )
        attempt = self.running.attempt
        if not attempt.wait(timeout):
            raise TimeoutError("there is no response yet; the attempt is still waiting: call result() again.")
        self.running.close()
        if attempt.view.error is not None:
            raise attempt.view.error.with_traceback(None)
        return attempt.result
