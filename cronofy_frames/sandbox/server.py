"""The sandbox on loopback: werkzeug's threaded server, keeping connections open, with faults at the wire."""

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
from cronofy_frames.wire.faults import BATCH, NO_ENTRIES, Fault, Faults, rejoined

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

HTML = b"<!doctype html><title>Bad gateway</title><h1>Bad gateway</h1><p>The server is taking a rest.</p>"

_Answer = tuple[int, list[tuple[str, str]], bytes]


class _Server(ThreadedWSGIServer):
    """Knows its faults, its open connections and what went wrong."""

    def __init__(
        self, host: str, port: int, app: WSGIApplication, *, faults: Faults, sleep: Callable[[float], None]
    ) -> None:
        super().__init__(host, port, app, _Handler)
        self.faults, self.sleep = faults, sleep
        self.errors: list[str] = []
        self.lines: deque[str] = deque(maxlen=10_000)
        self.open: set[socket.socket] = set()
        self.idle = threading.Condition()

    def server_bind(self) -> None:
        """Take the port; werkzeug would end the whole process where it is taken."""
        try:
            super().server_bind()
        except OSError as error:
            raise CronofyError(
                f"Cannot listen on {self.host}:{self.port}: {error}. Choose another port, or 0."
            ) from error

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 -- socketserver's signature
        """Keep what no handler caught."""
        self.errors.append(traceback.format_exc())

    def hang_up(self) -> None:
        """End all open connections and wait until their threads are done with them."""
        with self.idle:
            for connection in self.open:
                _shut(connection)
            self.idle.wait_for(lambda: not self.open, timeout=5)


class _Handler(WSGIRequestHandler):
    """Answers request after request on one connection.

    Werkzeug's own closes after each, because it cannot know whether the body was read to its end; here it always
    is, so that the next request begins where this one ended.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        """Note the connection."""
        super().setup()
        with self.server.idle:
            self.server.open.add(self.connection)

    def finish(self) -> None:
        """Forget the connection."""
        super().finish()
        with self.server.idle:
            self.server.open.discard(self.connection)
            self.server.idle.notify_all()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002 -- http.server's
        """Keep a line without the query, which may hold what is nobody's business."""
        verb, _, rest = self.requestline.partition(" ")
        self.server.lines.append(f"{verb} {re.split(r'[? ]', rest, maxsplit=1)[0]} {code}")

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002, ARG002 -- werkzeug's signature
        """Keep what else there is to say; nothing is printed."""
        self.server.lines.append(message % args)

    def run_wsgi(self) -> None:
        """Answer one request, or let happen to it what the faults say."""
        fault = self.server.faults.pick(self.command, self.path.partition("?")[0])
        kind = None if fault is None else fault.kind
        self.environ = self.make_environ()
        if fault is not None and kind in ("status", "html"):
            self._read_body()
            self._refuse(fault)
            return
        if kind == "drop before":
            self._hang_up()
            return
        status, headers, body = self._carried_out(short=kind == "short")
        if fault is not None and kind == "slow":
            self.server.sleep(fault.seconds)
        if kind == "drop after":
            self._hang_up()
        elif kind == "truncate":
            self._write(status, headers, body[: len(body) // 2])
            self._hang_up()
        else:
            self._write(status, headers, body)

    def _carried_out(self, *, short: bool) -> _Answer:
        """Ask the application; of a batch, what no fault befalls."""
        if self.path.partition("?")[0] != BATCH:
            return self._ask()
        asked = self._read_body()
        content, struck = self.server.faults.strike(asked)
        self.environ.update({"wsgi.input": BytesIO(content), "CONTENT_LENGTH": str(len(content))})
        self.environ.pop("wsgi.input_terminated", None)
        if struck and content == NO_ENTRIES:
            status, headers, body = 207, [("Content-Type", "application/json; charset=utf-8")], b""
        else:
            status, headers, body = self._ask()
        if status != 207 or not (struck or short):
            return status, headers, body
        body = rejoined(body, struck, short=short)
        return status, _sized(headers, len(body)), body

    def _ask(self) -> _Answer:
        """Return what the application says; what it did not catch is kept, and answered with 500."""
        try:
            chunks, status, headers = run_wsgi_app(self.server.app, self.environ, buffered=True)
        except ConnectionError:
            raise
        except Exception:
            self.server.errors.append(traceback.format_exc())
            self.close_connection = True  # nobody knows how much of the body was read
            return 500, [("Content-Length", "0"), ("Connection", "close")], b""
        return int(status.split()[0]), list(headers), b"".join(chunks)

    def _refuse(self, fault: Fault) -> None:
        body = HTML if fault.kind == "html" else b""
        headers = [("Content-Length", str(len(body)))]
        if body:
            headers.append(("Content-Type", "text/html; charset=utf-8"))
        if fault.retry_after is not None:
            headers.append(("Retry-After", str(fault.retry_after)))
        self._write(fault.status, headers, b"" if self.command == "HEAD" else body)

    def _read_body(self) -> bytes:
        """Read the body, up to where the next request begins."""
        if self.environ.get("wsgi.input_terminated"):
            return bytes(self.environ["wsgi.input"].read())
        length = self.environ.get("CONTENT_LENGTH") or "0"
        return self.rfile.read(int(length) if length.isdigit() else 0)

    def _write(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Send head and body in one go: in two, the second would wait for the other side's acknowledgement."""
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        head = b"".join(self._headers_buffer) + b"\r\n"
        self._headers_buffer: list[bytes] = []
        self.wfile.write(head + body)

    def _hang_up(self) -> None:
        self.close_connection = True
        _shut(self.connection)


def _sized(headers: list[tuple[str, str]], length: int) -> list[tuple[str, str]]:
    return [*(one for one in headers if one[0].lower() != "content-length"), ("Content-Length", str(length))]


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other side was quicker


class Served:
    """A sandbox that is being served; a context manager that stops at its end.

    Attributes
    ----------
    url
        Where it is, without a slash at the end.
    app
        The sandbox.
    errors
        What went wrong inside; must stay empty.
    lines
        A line for each of the latest requests, without its query.
    """

    def __init__(self, server: _Server) -> None:
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
        """Wait until somebody presses Ctrl-C or `close` is called elsewhere."""
        try:
            self.wait()
        except KeyboardInterrupt:
            self.close()

    def wait(self) -> None:
        """Wait until `close` is called elsewhere."""
        self._thread.join()

    def close(self) -> None:
        """Stop serving and end all connections; a second time does nothing."""
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()

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
    """Serve a sandbox in a thread of its own, and return at once.

    Parameters
    ----------
    host, port
        Where to listen; port 0 is one that is free.
    seed
        Draws which requests suffer a fault that has a share.
    sleep
        How a slow answer waits.

    Examples
    --------
    >>> import cronofy_frames as cf
    >>> from cronofy_frames.sandbox import serve
    >>> with serve(cf.Sandbox()) as served:
    ...     served.url.startswith("http://127.0.0.1:")
    True
    """
    faults = Faults(sandbox.faults, random.Random(seed))
    return Served(_Server(host, port, sandbox, faults=faults, sleep=sleep))
