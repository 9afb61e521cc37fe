"""Serve the sandbox on loopback: werkzeug's threaded server, with persistent connections and injected faults."""

from __future__ import annotations

import random
import re
import socket
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable
from email.errors import FirstHeaderLineIsContinuationDefect, MissingHeaderBodySeparatorDefect
from http import HTTPStatus
from io import BytesIO
from types import TracebackType
from typing import TYPE_CHECKING, Any

from werkzeug.http import http_date
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.test import run_wsgi_app

from cronofy_frames.errors import CronofyError
from cronofy_frames.sandbox.app import Sandbox
from cronofy_frames.sandbox.http.fields import ErrorResponse
from cronofy_frames.sandbox.http.framing import read_body
from cronofy_frames.sandbox.http.hosts import HostPolicy
from cronofy_frames.wire.faults import BATCH, NO_ENTRIES, Fault, Faults, merge_batch_answers

if TYPE_CHECKING:
    pass

HTML = b"<!doctype html><title>Bad gateway</title><h1>Bad gateway</h1><p>The server is taking a rest.</p>"

_HEADER_DEFECTS = (MissingHeaderBodySeparatorDefect, FirstHeaderLineIsContinuationDefect)

LINGER = 1.0
"""Seconds to wait for more of a refused request."""
MAX_DISCARDED = 8_000_000
"""Bytes of a refused request to read."""

_HttpResponse = tuple[int, list[tuple[str, str]], bytes]
"""Status, headers and body."""


class _SandboxServer(ThreadedWSGIServer):
    """WSGI server that stores the faults to inject, its open connections and errors."""

    def __init__(
        self,
        host: str,
        port: int,
        app: Sandbox,
        *,
        faults: Faults,
        sleep: Callable[[float], None],
        allowed_hosts: Iterable[str] = (),
    ) -> None:
        self.host_policy = HostPolicy(host, allowed_hosts)
        super().__init__(host, port, app, _SandboxHandler)
        self.sandbox, self.faults, self.sleep = app, faults, sleep
        self.errors: list[str] = []
        self.lines: deque[str] = deque(maxlen=10_000)
        self.open: set[socket.socket] = set()
        self.idle = threading.Condition()

    def server_bind(self) -> None:
        """Bind the port; werkzeug would end the whole process if it is in use."""
        try:
            super().server_bind()
        except OSError as error:
            raise CronofyError(
                f"Cannot listen on {self.host}:{self.port}: {error}. Choose another port, or 0."
            ) from error

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 -- socketserver's signature
        """Store an error that no handler caught."""
        self.errors.append(traceback.format_exc())

    def close_connections(self) -> None:
        """Close all open connections and wait until their threads have finished."""
        with self.idle:
            for connection in self.open:
                _shut_down(connection)
            self.idle.wait_for(lambda: not self.open, timeout=5)


class _SandboxHandler(WSGIRequestHandler):
    """Request handler that keeps the connection open.

    Werkzeug's own closes it after each request, because it cannot know whether the body was read to its end. Here it
    is read before anything else, so the next request can follow. A request of which the end is unknown, or that may
    come from a page in a browser, is refused, and its connection closed.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _SandboxServer

    def setup(self) -> None:
        """Register the connection."""
        super().setup()
        with self.server.idle:
            self.server.open.add(self.connection)

    def finish(self) -> None:
        """Unregister the connection."""
        super().finish()
        with self.server.idle:
            self.server.open.discard(self.connection)
            self.server.idle.notify_all()

    def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002 -- http.server's
        """Return the time in the sandbox, by which clients know what it shows."""
        return http_date(self.server.sandbox.now())

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002 -- http.server's
        """Store a log line without the query, which may hold personal data or tokens."""
        method, _, rest = self.requestline.partition(" ")
        self.server.lines.append(f"{method} {re.split(r'[? ]', rest, maxsplit=1)[0]} {code}")

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002, ARG002 -- werkzeug's signature
        """Store a log message instead of printing it."""
        self.server.lines.append(message % args)

    def run_wsgi(self) -> None:
        """Answer one request, or refuse it."""
        try:
            self.environ = self._checked_environ()
        except ErrorResponse as error:
            self._refuse(error.status, error.text or "")
        else:
            self._answer()

    def _checked_environ(self) -> dict[str, Any]:
        """Return the environment of the request with its body, which is read to its end."""
        if self.request_version == "HTTP/0.9":
            raise ErrorResponse(400, text="The sandbox speaks HTTP/1.0 and HTTP/1.1.\n")
        if any(isinstance(defect, _HEADER_DEFECTS) for defect in self.headers.defects):
            raise ErrorResponse(400, text="A line of the headers is not a header.\n")
        if self.request_version != "HTTP/1.0" and "Host" not in self.headers:
            raise ErrorResponse(400, text="A request of HTTP/1.1 has a Host header.\n")
        try:
            environ = self.make_environ()
        except ValueError:
            raise ErrorResponse(400, text="The target of the request is not a URL.\n") from None
        body = read_body(self.headers, self.rfile)
        self.server.host_policy.check(self.headers, environ.get("HTTP_HOST"))
        for name in ("wsgi.input_terminated", "HTTP_TRANSFER_ENCODING"):
            environ.pop(name, None)
        return {**environ, "wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse a request that http.server cannot parse; its own pages quote the request."""
        self._refuse(code, f"{explain or message or HTTPStatus(code).phrase}\n")

    def _refuse(self, status: int, text: str) -> None:
        """Send an error and close the connection, of which the rest cannot be understood."""
        self.close_connection = True
        self.request_version = self.protocol_version  # without one, http.server leaves out the status line
        payload = text.encode()
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(payload)))]
        self._write(status, [*headers, ("Connection", "close")], b"" if self.command == "HEAD" else payload)
        self._discard_rest()

    def _discard_rest(self) -> None:
        """Read what the client still sends: closing at once would reset the connection and lose the response."""
        try:
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(LINGER)
            for _ in range(MAX_DISCARDED // 65536):
                if not self.connection.recv(65536):
                    return
        except OSError:
            return  # the client does not end, or has gone

    def _answer(self) -> None:
        """Answer a request, or apply the fault that is injected into it."""
        fault = self.server.faults.pick(self.command, self.path.partition("?")[0])
        kind = None if fault is None else fault.kind
        if fault is not None and kind in ("status", "html"):
            self._write_fault(fault)
            return
        if kind == "drop before":
            self._drop_connection()
            return
        status, headers, body = self._run_request(short=kind == "short")
        if fault is not None and kind == "slow":
            self.server.sleep(fault.seconds)
        if kind == "drop after":
            self._drop_connection()
        elif kind == "truncate":
            self._write(status, headers, body[: len(body) // 2])
            self._drop_connection()
        else:
            self._write(status, headers, body)

    def _run_request(self, *, short: bool) -> _HttpResponse:
        """Return the application's response; entries of a batch with an injected fault are not sent to it."""
        if self.path.partition("?")[0] != BATCH:
            return self._call_app()
        content, faulty = self.server.faults.split_faulty(self.environ["wsgi.input"].read())
        self.environ.update({"wsgi.input": BytesIO(content), "CONTENT_LENGTH": str(len(content))})
        if faulty and content == NO_ENTRIES:
            status, headers, body = 207, [("Content-Type", "application/json; charset=utf-8")], b""
        else:
            status, headers, body = self._call_app()
        if status != 207 or not (faulty or short):
            return status, headers, body
        body = merge_batch_answers(body, faulty, short=short)
        return status, _with_length(headers, len(body)), body

    def _call_app(self) -> _HttpResponse:
        """Return the application's response; an exception is stored and answered with 500."""
        try:
            chunks, status, headers = run_wsgi_app(self.server.app, self.environ, buffered=True)
        except ConnectionError:
            raise
        except Exception:
            self.server.errors.append(traceback.format_exc())
            return 500, [("Content-Length", "0")], b""
        return int(status.split()[0]), list(headers), b"".join(chunks)

    def _write_fault(self, fault: Fault) -> None:
        """Send the status and body of a fault."""
        body = HTML if fault.kind == "html" else b""
        headers = [("Content-Length", str(len(body)))]
        if body:
            headers.append(("Content-Type", "text/html; charset=utf-8"))
        if fault.retry_after is not None:
            headers.append(("Retry-After", str(fault.retry_after)))
        self._write(fault.status, headers, b"" if self.command == "HEAD" else body)

    def _write(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Send headers and body at once: the second of two packets would wait for the client's acknowledgement."""
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        head = b"".join(self._headers_buffer) + b"\r\n"
        self._headers_buffer: list[bytes] = []
        self.wfile.write(head + body)

    def _drop_connection(self) -> None:
        self.close_connection = True
        _shut_down(self.connection)


def _with_length(headers: list[tuple[str, str]], length: int) -> list[tuple[str, str]]:
    others = [(name, value) for name, value in headers if name.lower() != "content-length"]
    return [*others, ("Content-Length", str(length))]


def _shut_down(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the client has closed it already


class Served:
    """A running server of a sandbox, and a context manager that stops it.

    Attributes
    ----------
    url
        Base URL, without a slash at the end.
    app
        The sandbox.
    errors
        Tracebacks of internal errors; none are expected.
    lines
        One log line for each of the latest requests, without its query.
    """

    def __init__(self, server: _SandboxServer) -> None:
        self._server = server
        self.app = server.app
        # A wildcard address is one to listen on; clients need an address to connect to.
        address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(server.host, server.host)
        host = address if ":" not in address else f"[{address}]"
        self.url = f"http://{host}:{server.port}"
        self.errors = server.errors
        self.lines = server.lines
        self._thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="cronofy_frames sandbox", daemon=True
        )
        self._thread.start()

    def __repr__(self) -> str:
        return f"<Served at {self.url}>"

    def run(self) -> None:
        """Wait until Ctrl-C is pressed or `close` is called in another thread."""
        try:
            self.wait()
        except KeyboardInterrupt:
            self.close()

    def wait(self) -> None:
        """Wait until `close` is called in another thread."""
        self._thread.join()

    def close(self) -> None:
        """Stop the server and close all connections; a second call does nothing."""
        self._server.shutdown()
        self._thread.join()
        self._server.close_connections()

    def __enter__(self) -> Served:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def serve(
    sandbox: Sandbox,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    allowed_hosts: Iterable[str] = (),
    seed: int = 0,
    sleep: Callable[[float], None] = time.sleep,
) -> Served:
    """Serve a sandbox in a thread, and return at once.

    Pages in a browser cannot use it: requests are answered if their Host header, and their Origin header where they
    have one, name localhost, a loopback address, `host` or one of `allowed_hosts`.

    Parameters
    ----------
    host, port
        Address to listen on; port 0 chooses a free one. On 0.0.0.0, everybody in the network can connect.
    allowed_hosts
        More names and addresses at which clients reach the sandbox, such as `host.docker.internal`.
    seed
        Seed of the random choice of requests for faults with a share.
    sleep
        Called to delay a slow response.

    Examples
    --------
    >>> import cronofy_frames as cf
    >>> from cronofy_frames.sandbox import serve
    >>> with serve(cf.Sandbox()) as served:
    ...     served.url.startswith("http://127.0.0.1:")
    True
    """
    faults = Faults(sandbox.faults, random.Random(seed))
    server = _SandboxServer(host, port, sandbox, faults=faults, sleep=sleep, allowed_hosts=allowed_hosts)
    return Served(server)
