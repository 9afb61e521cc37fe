"""Having a person say yes in their browser, as often as it takes: what `login` and `authorize` have in common."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Any, Protocol

from cronofy_frames.errors import SignInError
from cronofy_frames.signin.attempt import Attempt, View
from cronofy_frames.signin.environment import Route
from cronofy_frames.signin.listener import PATIENCE, Listener

TICK = 0.05  # seconds between looks at a clock that is about to strike

_starting = threading.Lock()
_listening: weakref.WeakValueDictionary[int, Visit] = weakref.WeakValueDictionary()  # by port


class SignIn(Protocol):
    """What `login` and `authorize` return: what is asked of a person, and what came of it.

    Attributes
    ----------
    client
        What came of it, None as long as nothing has: for `login` a `Client`, for `authorize` what the page sent back.
    url
        The page for the person.
    status
        waiting, finishing, done or failed.
    message
        What there is to say.
    """

    @property
    def client(self) -> Any:
        """What came of it."""

    @property
    def url(self) -> str:
        """The page for the person."""

    @property
    def status(self) -> str:
        """How far it is."""

    @property
    def message(self) -> str:
        """What there is to say."""

    def take(self, came: str) -> View:
        """Take the address that the person was sent back to, or the code in it."""

    def cancel(self) -> None:
        """Give up."""

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the person, and return what came of it."""


class Visit:
    """An attempt with its listener and its time limit.

    Parameters
    ----------
    make
        Makes the attempt for the address that people are sent back to.
    route
        How the answer comes back.
    bare
        Whether an address without a query is an answer.
    fall_back
        A route without a listener, for when the port is taken; None makes that an error.

    Raises
    ------
    SignInError
        When the port is taken and there is nothing to fall back on.
    """

    def __init__(
        self,
        make: Callable[[str], Attempt],
        route: Route,
        *,
        bare: bool = False,
        fall_back: Route | None = None,
    ) -> None:
        self.attempt: Attempt
        self.note = ""
        self.listener: Listener | None = None
        self._ready = threading.Event()
        with _starting:
            self._begin(make, route, bare, fall_back)
        self._ready.set()
        self.attempt.watch(self._ended)
        threading.Thread(target=self._limit, name="cronofy_frames time limit", daemon=True).start()

    def _begin(self, make: Callable[[str], Attempt], route: Route, bare: bool, fall_back: Route | None) -> None:
        if route.port is not None:
            before = _listening.get(route.port)
            if before is not None:
                # a cell that is run again is one more attempt at the same port
                before.attempt.fail(SignInError("cancelled", "Another attempt was started in its place: use that one."))
                before.close()
            try:
                self.listener = Listener(route, self._take, bare=bare)
            except SignInError as taken:
                if fall_back is None:
                    raise
                self.note, route = str(taken), fall_back
        port = self.listener.port if self.listener is not None else route.port
        self.redirect_uri = route.redirect_uri.replace("{port}", str(port))
        try:
            self.attempt = make(self.redirect_uri)
        except BaseException:
            self.close()
            raise
        if self.listener is not None:
            _listening[self.listener.port] = self

    def _limit(self) -> None:
        while not self.attempt.wait(max(self.attempt.left, TICK)):
            self.attempt.expire()

    def close(self) -> None:
        """End the listener, after its last page."""
        if self.listener is not None:
            self.listener.close()

    def _take(self, came: str) -> View:
        self._ready.wait(PATIENCE)  # the port is known before the attempt is made
        return self.attempt.take(came)

    def _ended(self, view: View) -> None:
        if view.over and self.listener is not None:
            self.listener.stop()


def said(view: View) -> str:
    """Return a view in words: while waiting, what was wrong with the latest answer stands before what to do."""
    return view.text if view.error is None or view.over else f"{view.error} {view.text}"


class Consent:
    """What is asked of a person, and what came of it. `result` waits for it.

    Parameters
    ----------
    begin
        Begins a new attempt.
    changed
        Called with each new view, in the thread that brought it.

    Attributes
    ----------
    visit
        The attempt that counts now; None before `start`.
    """

    def __init__(self, begin: Callable[[], Visit], *, changed: Callable[[View], None] | None = None) -> None:
        self._begin = begin
        self._changed = changed
        self._telling = threading.RLock()
        self.visit: Visit | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.view.status}>"

    @property
    def view(self) -> View:
        """What there is to show now."""
        return self.visit.attempt.view if self.visit is not None else View("waiting", "Not started.")

    @property
    def status(self) -> str:
        """How far it is."""
        return self.view.status

    @property
    def message(self) -> str:
        """What there is to say."""
        return said(self.view)

    @property
    def url(self) -> str:
        """The page for the person; "" before there is one."""
        return self.visit.attempt.url if self.visit is not None else ""

    @property
    def client(self) -> Any:
        """What came of it; None as long as nothing has."""
        return self.visit.attempt.result if self.visit is not None and self.view.status == "done" else None

    def start(self) -> None:
        """Begin an attempt; one that is under way is given up.

        Raises
        ------
        SignInError
            When the port for the answer is taken.
        """
        before, self.visit = self.visit, self._begin()
        if before is not None:
            before.attempt.cancel()
            before.close()
        visit = self.visit
        visit.attempt.watch(lambda _: self._tell(visit))
        self._tell(visit)

    def _tell(self, visit: Visit) -> None:
        """Have the face show how it stands now: of several threads each shows the latest, and of old attempts none."""
        with self._telling:
            if self._changed is not None and visit is self.visit:
                self._changed(visit.attempt.view)

    def take(self, came: str) -> View:
        """Take the address that the person was sent back to, or the code in it."""
        return self.view if self.visit is None else self.visit.attempt.take(came)

    def cancel(self) -> None:
        """Give up."""
        if self.visit is not None:
            self.visit.attempt.cancel()

    def close(self) -> None:
        """Give up, and end the listener."""
        if self.visit is not None:
            self.visit.attempt.cancel()
            self.visit.close()

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the person, and return what came of it.

        Parameters
        ----------
        timeout
            Seconds to wait at most; None waits as long as the attempt lasts.

        Raises
        ------
        SignInError
            When the attempt failed; `.reason` says why.
        TimeoutError
            When `timeout` is over and the attempt is not: it goes on.
        """
        if self.visit is None:
            raise SignInError("application", "Nothing was started yet: fill in what is missing first.")
        attempt = self.visit.attempt
        if not attempt.wait(timeout):
            raise TimeoutError("nobody has answered yet; the attempt goes on, and so may you wait on.")
        self.visit.close()
        if attempt.view.error is not None:
            raise attempt.view.error.with_traceback(None)
        return attempt.result
