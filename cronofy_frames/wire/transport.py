"""HTTP transports (the sandbox in process, fault injection), and the sender of a sandbox's callbacks."""

from __future__ import annotations

import ipaddress
import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx

from cronofy_frames.text import single_line
from cronofy_frames.wire.endpoint import SECRETS
from cronofy_frames.wire.faults import BATCH, NO_ENTRIES, Fault, Faults, merge_batch_answers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("cronofy_frames")

_SECRET_PARAMETER = re.compile(rf"(?<=[?&])({'|'.join(sorted(SECRETS))})=[^&#]*")


def redact_record(record: logging.LogRecord) -> bool:
    """Remove secrets from the addresses in a log record of the HTTP library; the record stays."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            _SECRET_PARAMETER.sub(r"\1=...", str(argument)) if isinstance(argument, httpx.URL) else argument
            for argument in record.args
        )
    return True


def without_query(url: str) -> str:
    """Return an address without its query, which may hold a password of the receiver."""
    return url.partition("?")[0]


# at INFO httpx logs each address, and one endpoint has a token in its query:
# docs /developers/api/scheduling/real-time-scheduling/status
logging.getLogger("httpx").addFilter(redact_record)


class InProcessTransport(httpx.BaseTransport):
    """Transport to a WSGI application in this process.

    httpx passes the path decoded, in which an id with a quoted slash would become two segments: the raw path is added
    as REQUEST_URI, as servers do.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the application's response."""
        raw = {"REQUEST_URI": request.url.raw_path.decode("ascii"), "cronofy_frames.in_process": True}

        def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            return self._app({**environ, **raw}, start_response)

        return httpx.WSGITransport(app=app).handle_request(request)


class CallbackSender:
    """Sends the callbacks of a sandbox in the background, so that no call waits for a receiver.

    Parameters
    ----------
    anywhere
        Whether to post to any host; by default only to loopback addresses of this machine.
    timeout
        Seconds that a receiver has to answer; seven, as Cronofy gives.
    """

    def __init__(self, *, anywhere: bool = False, timeout: float = 7.0) -> None:
        self._anywhere = anywhere
        self._http = httpx.Client(timeout=timeout, trust_env=False)
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="cronofy_frames callbacks")

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Post a callback.

        Raises
        ------
        PermissionError
            The address is not on this machine.
        """
        host = httpx.URL(url).host
        if not (self._anywhere or _is_loopback(host)):
            raise PermissionError(
                f"callbacks go to this machine only, not to {single_line(host)}: serve with --callbacks-anywhere"
            )
        self._threads.submit(self._post, url, dict(headers), body)

    def close(self) -> None:
        """Wait for callbacks that are being sent, and end all connections."""
        self._threads.shutdown()
        self._http.close()

    def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        try:
            status = self._http.post(url, headers=headers, content=body).status_code
        except httpx.HTTPError as lost:
            log.warning("callback to %s: %s", without_query(url), lost)
            return
        log.info("callback to %s: %d", without_query(url), status)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class FaultTransport(httpx.BaseTransport):
    """Transport that injects faults.

    Parameters
    ----------
    inner
        The transport for requests without a fault.
    faults
        The faults.
    sleep
        How to wait before a slow response.
    """

    def __init__(
        self, inner: httpx.BaseTransport, faults: Faults, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._inner, self._faults, self._sleep = inner, faults, sleep

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request, with the fault that is chosen for it."""
        fault = self._faults.pick(request.method, request.url.path)
        if fault is None:
            return self._forward(request)
        if fault.kind == "drop before":
            raise httpx.ConnectError("injected: the connection was lost before the request", request=request)
        if fault.kind in ("status", "html"):
            return self._error_response(fault)
        return self._damaged_response(fault, request)

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()

    @staticmethod
    def _error_response(fault: Fault) -> httpx.Response:
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        html: dict[str, Any] = {"html": "<html><h1>Bad gateway</h1></html>"} if fault.kind == "html" else {}
        return httpx.Response(fault.status, headers=headers, **html)

    def _damaged_response(self, fault: Fault, request: httpx.Request) -> httpx.Response:
        if fault.kind == "slow":
            self._sleep(fault.seconds)
        response = self._forward(request, short=fault.kind == "short")
        if fault.kind in ("slow", "short"):
            return response
        content = response.read()
        if fault.kind == "drop after":
            raise httpx.ReadError("injected: the connection was lost before the answer", request=request)
        return _with_content(response, content[: len(content) // 2])

    def _forward(self, request: httpx.Request, *, short: bool = False) -> httpx.Response:
        """Send the request; of a batch, only the entries without a fault."""
        if request.url.path != BATCH:
            return self._inner.handle_request(request)
        content, statuses = self._faults.split_faulty(request.read())
        if not statuses and not short:
            return self._inner.handle_request(request)
        if statuses and content == NO_ENTRIES:
            return httpx.Response(207, content=merge_batch_answers(b"", statuses, short=short))
        headers = {name: value for name, value in request.headers.items() if name != "content-length"}
        rest = httpx.Request(request.method, request.url, headers=headers, content=content)
        response = self._inner.handle_request(rest)
        if response.status_code != 207:
            return response
        return _with_content(response, merge_batch_answers(response.read(), statuses, short=short))


def _with_content(response: httpx.Response, content: bytes) -> httpx.Response:
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return httpx.Response(response.status_code, headers=headers, content=content)
