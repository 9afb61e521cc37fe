"""What stacks into an `httpx.Client`: pacing, the sandbox in process, faults.

A transport is given a request and gives a response; each of these wraps another.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import httpx

from cronofy_frames.faults import Fault, Faults

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PACE = (45, 450)  # just under the documented 50 a second and 500 a minute: docs /developers/faqs/rate-limits


class Pacer:
    """Holds requests back so that no second and no minute has too many, however many threads ask.

    Parameters
    ----------
    pace
        Requests a second and a minute; None lifts the limit.
    clock, sleep
        Seconds that only grow, and how to wait.
    """

    def __init__(
        self,
        pace: tuple[int, int] | None = PACE,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._sent: deque[float] = deque()
        self._rates: tuple[tuple[int, float], ...] = ()
        self.set(pace)

    def set(self, pace: tuple[int, int] | None) -> None:
        """Change the limit from here on."""
        if pace is not None and min(pace) < 1:
            raise ValueError(f"pace is (requests a second, requests a minute), each at least 1, or None; not {pace!r}.")
        with self._lock:
            self._rates = () if pace is None else ((pace[0], 1.0), (pace[1], 60.0))

    def wait(self) -> None:
        """Return when the next request may go."""
        with self._lock:
            now = self._clock()
            at = max([now, *(self._sent[-count] + span for count, span in self._rates if len(self._sent) >= count)])
            self._sent.append(at)
            keep = max((count for count, _ in self._rates), default=0)
            while len(self._sent) > keep:
                self._sent.popleft()
        if at > now:
            self._sleep(at - now)


_pacers: dict[tuple[str, str], Pacer] = {}
_pacers_lock = threading.Lock()


def pacer_for(host: str, application: str, pace: tuple[int, int] | None) -> Pacer:
    """Return the pacer that all clients of this process share for one application in one data centre.

    Cronofy counts per application; the pace given last holds for all of them.
    """
    with _pacers_lock:
        pacer = _pacers.setdefault((host, application), Pacer(pace))
    pacer.set(pace)
    return pacer


class InProcess(httpx.BaseTransport):
    """Answers from a WSGI application in this process.

    httpx hands the path over decoded, so that an id with a quoted slash would fall apart: the raw path goes along
    as REQUEST_URI, where servers put it too.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Have the application answer."""
        raw = {"REQUEST_URI": request.url.raw_path.decode("ascii"), "cronofy_frames.in_process": True}

        def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            return self._app({**environ, **raw}, start_response)

        return httpx.WSGITransport(app=app).handle_request(request)


class Faulty(httpx.BaseTransport):
    """Does to requests what the faults say.

    Parameters
    ----------
    inner
        The transport that answers where nothing goes wrong.
    faults
        Which request suffers what.
    sleep
        How a slow answer waits.
    """

    def __init__(
        self, inner: httpx.BaseTransport, faults: Faults, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._inner, self._faults, self._sleep = inner, faults, sleep

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request, unless a fault befalls it."""
        fault = self._faults.pick(request.method, request.url.path)
        if fault is None:
            return self._inner.handle_request(request)
        if fault.kind == "drop before":
            raise httpx.ConnectError("injected: the connection was lost before the request", request=request)
        if fault.kind in ("status", "html"):
            return self._refusal(fault)
        return self._spoilt(fault, request)

    def close(self) -> None:
        """Close the transport within."""
        self._inner.close()

    @staticmethod
    def _refusal(fault: Fault) -> httpx.Response:
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        html: dict[str, Any] = {"html": "<html><h1>Bad gateway</h1></html>"} if fault.kind == "html" else {}
        return httpx.Response(fault.status, headers=headers, **html)

    def _spoilt(self, fault: Fault, request: httpx.Request) -> httpx.Response:
        if fault.kind == "slow":
            self._sleep(fault.seconds)
        response = self._inner.handle_request(request)
        if fault.kind == "slow":
            return response
        content = response.read()
        if fault.kind == "drop after":
            raise httpx.ReadError("injected: the connection was lost before the answer", request=request)
        headers = {name: value for name, value in response.headers.items() if name != "content-length"}
        return httpx.Response(response.status_code, headers=headers, content=content[: len(content) // 2])
