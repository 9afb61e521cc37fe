"""The listener to which the browser comes back: on 127.0.0.1, for one answer, and gone afterwards."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from cronofy_frames.errors import SignInError
from cronofy_frames.signin.machine import View
from cronofy_frames.signin.pages import page_of

log = logging.getLogger("cronofy_frames")

HOST = "127.0.0.1"
PATIENCE = 5.0  # seconds; browsers open connections ahead and leave them idle


class Listener:
    """Listens until an answer has come or `close` is called.

    Parameters
    ----------
    port
        Where; 0 is a port that is free.
    path
        The path that counts; all others are not found.
    take
        Is given the address that the browser asked for, and says what to show.
    bare
        Whether an address without a query is an answer too.

    Attributes
    ----------
    port
        Where it listens.

    Raises
    ------
    SignInError
        When the port is taken; `.reason` is port.
    """

    def __init__(self, port: int, path: str, take: Callable[[str], View], *, bare: bool = False) -> None:
        try:
            self._server = _Server((HOST, port), _Handler)
        except (OSError, OverflowError) as error:
            raise SignInError(
                "port",
                f"Cannot listen on {HOST}:{port}: {getattr(error, 'strerror', None) or error}. Close what uses the "
                "port, give another redirect_uri, or paste the address by hand: flow='paste'.",
            ) from error
        self._server.listener = self
        self.port = int(self._server.server_address[1])
        self.path, self.bare, self.take = path or "/", bare, take
        self._stopped = threading.Event()
        self._busy = 0
        self._idle = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="cronofy_frames sign-in", daemon=True)
        self._thread.start()

    def __repr__(self) -> str:
        return f"<Listener at {HOST}:{self.port}>"

    def stop(self) -> None:
        """Take no further connections; what is being answered is answered to its end."""
        self._stopped.set()

    def close(self) -> None:
        """Stop, and return when the last page was sent and the port is free again."""
        self.stop()
        self._thread.join()
        with self._idle:
            self._idle.wait_for(lambda: not self._busy, PATIENCE)

    def answering(self, step: int) -> None:
        """Count the pages that are being sent."""
        with self._idle:
            self._busy += step
            self._idle.notify_all()

    def _run(self) -> None:
        with self._server:
            while not self._stopped.is_set():
                self._server.handle_request()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = os.name == "posix"  # elsewhere it would let two programs share the port
    timeout = 0.1  # how long a stop may go unnoticed
    listener: Listener

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 -- socketserver's signature
        """Note what broke a connection: mostly a browser that hung up, which asks again."""
        log.debug("a connection of the sign-in listener broke", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    timeout = PATIENCE
    server: _Server

    def do_GET(self) -> None:
        """Answer the one request that counts."""
        listener = self.server.listener
        asked = urlsplit(self.path)
        if asked.path != listener.path or not (asked.query or listener.bare):
            self.send_error(404)
            return
        listener.answering(1)
        try:
            view = listener.take(f"http://{HOST}:{listener.port}{self.path}")
            content, headers = page_of(view)
            self.send_response(200 if view.status == "done" else 400)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(content)
            self.wfile.flush()
        finally:
            listener.answering(-1)

    def log_message(self, *_: Any) -> None:
        """Say nothing: the request's line holds the code."""
