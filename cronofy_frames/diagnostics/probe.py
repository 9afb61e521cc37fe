"""A client for somebody who waits, and work with a time limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from cronofy_frames.wire.client import Client
from cronofy_frames.wire.endpoint import Call, Endpoint
from cronofy_frames.wire.messages import Hosts, request_of

T = TypeVar("T")

GRACE = 0.5  # seconds that work may take to say itself that its time is over


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host answered.

    Attributes
    ----------
    status
        The status.
    date
        The header `Date`; "" where there was none.
    at
        When it came, by the clock here.
    seconds
        How long it took.
    html
        Whether it was a page.
    """

    status: int
    date: str
    at: datetime
    seconds: float
    html: bool


class Brief(Client):
    """Sends each call once, and waits a few seconds for it.

    Parameters
    ----------
    hosts
        As for `Client`.
    seconds
        How long to wait for an answer.
    options
        As for `Client`.
    """

    def __init__(self, hosts: Hosts, *, seconds: float, **options: Any) -> None:
        super().__init__(hosts, timeout=seconds, retries=False, **options)

    def reach(self, host: str, path: str) -> Answer:
        """Ask a host for something without saying who asks, and return what it answers, whatever that is."""
        call = Call(Endpoint("a first request", "GET", path), {})
        began = time.perf_counter()
        response = self._send_once(call, request_of(call, host), None)
        took = time.perf_counter() - began
        kind = response.headers.get("Content-Type", "")
        return Answer(response.status_code, response.headers.get("Date", ""), self.clock(), took, "html" in kind)


class Task(Generic[T]):
    """Work in the background.

    Parameters
    ----------
    work
        What to do.
    abandon
        Whether the process may end while it is under way. What saves tokens must not be abandoned.
    """

    def __init__(self, work: Callable[[], T], *, abandon: bool = True) -> None:
        self._work = work
        self._outcome: Future[T] = Future()
        threading.Thread(target=self._run, name="cronofy_frames checkup", daemon=abandon).start()

    def _run(self) -> None:
        try:
            self._outcome.set_result(self._work())
        except BaseException as error:
            self._outcome.set_exception(error)

    def outcome(self, seconds: float) -> T | Exception:
        """Return what came of it, or what went wrong: `TimeoutError` where it takes longer, and then it goes on."""
        try:
            return self._outcome.result(seconds + GRACE)
        except Exception as error:
            return error
