"""Probe client: short timeouts and no retries; and background tasks with a time limit."""

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

GRACE_SECONDS = 0.5  # for a task to report its own timeout


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """Response of a host to a probe.

    Attributes
    ----------
    status
        The HTTP status.
    date
        The header `Date`; "" if there was none.
    at
        When it was received, by the local clock.
    seconds
        How long it took.
    html
        Whether it was an HTML page.
    """

    status: int
    date: str
    at: datetime
    seconds: float
    html: bool


class ProbeClient(Client):
    """Client that sends each call once, with a short timeout.

    Parameters
    ----------
    hosts
        As for `Client`.
    seconds
        The timeout.
    options
        As for `Client`.
    """

    def __init__(self, hosts: Hosts, *, seconds: float, **options: Any) -> None:
        super().__init__(hosts, timeout=seconds, retries=False, **options)

    def reach(self, host: str, path: str) -> ProbeResult:
        """Send a GET request without credentials, and return the response, whatever its status."""
        call = Call(Endpoint("a first request", "GET", path), {})
        started = time.perf_counter()
        response = self._send_once(call, request_of(call, host), None)
        seconds = time.perf_counter() - started
        kind = response.headers.get("Content-Type", "")
        return ProbeResult(
            response.status_code, response.headers.get("Date", ""), self.clock(), seconds, "html" in kind
        )


class BackgroundTask(Generic[T]):
    """A function that runs in a thread.

    Parameters
    ----------
    work
        The function.
    abandon
        Whether the process may end while it runs; False for work that saves tokens.
    """

    def __init__(self, work: Callable[[], T], *, abandon: bool = True) -> None:
        self._work = work
        self._outcome: Future[T] = Future()
        threading.Thread(target=self._run, name="cronofy_frames doctor", daemon=abandon).start()

    def _run(self) -> None:
        try:
            self._outcome.set_result(self._work())
        except BaseException as error:
            self._outcome.set_exception(error)

    def outcome(self, seconds: float) -> T | Exception:
        """Return the result or the exception; `TimeoutError` if it takes longer, while the task keeps running."""
        try:
            return self._outcome.result(seconds + GRACE_SECONDS)
        except Exception as error:
            return error
