"""Serve the sandbox on loopback: werkzeug's threaded server, with persistent connections and injected faults."""

from __future__ import annotations

import random
import re
import socket
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from io import BytesIO
from types import TracebackType
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.test import run_wsgi_app

from cronofy_frames.errors import CronofyError
from cronofy_frames.sandbox.app import Sandbox
from cronofy_frames.wire.faults import BATCH, NO_ENTRIES, Fault, Faults, merge_batch_answers

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

HTML = b"<!doctype html><title>Bad gateway</title><h1>Bad gateway</h1><p>The server is taking a rest.</p>"

_HttpResponse = tuple[int, list[tuple[str, str]], bytes]
"""Status, headers and body."""


class _SandboxServer(ThreadedWSGIServer):
    """WSGI server that stores the faults to inject, its open connections and errors."""

    def __init__(
        self, host: str, port: int, app: WSGIApplication, *, faults: Faults, sleep: Callable[[float], None]
    ) -> None:
        super().__init__(host, port, app, _SandboxHandler)
        self.faults, self.sleep = faults, sleep
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
    always is, so the next request can follow.
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

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002 -- http.server's
        """Store a log line without the query, which may hold personal data or tokens."""
        method, _, rest = self.requestline.partition(" ")
        self.server.lines.append(f"{method} {re.split(r'[? ]', rest, maxsplit=1)[0]} {code}")

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002, ARG002 -- werkzeug's signature
        """Store a log message instead of printing it."""
        self.server.lines.append(message % args)

    def run_wsgi(self) -> None:
        """Answer one request, or apply the fault that is injected into it."""
        fault = self.server.faults.pick(self.command, self.path.partition("?")[0])
        kind = None if fault is None else fault.kind
        self.environ = self.make_environ()
        if fault is not None and kind in ("status", "html"):
            self._read_body()
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
        content, faulty = self.server.faults.split_faulty(self._read_body())
        self.environ.update({"wsgi.input": BytesIO(content), "CONTENT_LENGTH": str(len(content))})
        self.environ.pop("wsgi.input_terminated", None)
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
            self.close_connection = True  # it is unknown how much of the body was read
            return 500, [("Content-Length", "0"), ("Connection", "close")], b""
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

    def _read_body(self) -> bytes:
        """Read the body to its end."""
        if self.environ.get("wsgi.input_terminated"):
            return bytes(self.environ["wsgi.input"].read())
        length = self.environ.get("CONTENT_LENGTH") or "0"
        return self.rfile.read(int(length) if length.isdigit() else 0)

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
        host = server.host if ":" not in server.host else f"[{server.host}]"
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
    seed: int = 0,
    sleep: Callable[[float], None] = time.sleep,
) -> Served:
    """Serve a sandbox in a thread, and return at once.

    Parameters
    ----------
    host, port
        Address to listen on; port 0 chooses a free one.
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
    return Served(_SandboxServer(host, port, sandbox, faults=faults, sleep=sleep))
