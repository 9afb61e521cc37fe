"""The listener to which the browser comes back: on this machine alone, for one answer, and gone afterwards."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from cronofy_frames.errors import SignInError
from cronofy_frames.signin.attempt import View
from cronofy_frames.signin.environment import LOOPBACK, Route
from cronofy_frames.signin.pages import page_of

log = logging.getLogger("cronofy_frames")

HOST, HOST6 = "127.0.0.1", "::1"
PATIENCE = 5.0  # seconds; browsers open connections ahead and leave them idle


class Listener:
    """Listens until an answer has come or `close` is called.

    Parameters
    ----------
    route
        Where, port 0 being one that is free, and the path that counts; all others are not found. Where the browser is
        sent to localhost, it listens at both addresses that this may be, so that nobody else can at one of them.
    take
        Is given the query that the browser came with, and says what to show.
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

    def __init__(self, route: Route, take: Callable[[str], View], *, bare: bool = False) -> None:
        self.route, self.bare, self.take = route, bare, take
        self._servers = _servers(route)
        for server in self._servers:
            server.listener = self
        self.port = int(self._servers[0].server_address[1])
        self._stopped = threading.Event()
        self._busy = 0
        self._idle = threading.Condition()
        self._threads = [
            threading.Thread(target=self._run, args=(server,), name="cronofy_frames sign-in", daemon=True)
            for server in self._servers
        ]
        for thread in self._threads:
            thread.start()

    def __repr__(self) -> str:
        return f"<Listener at {HOST}:{self.port}>"

    def stop(self) -> None:
        """Take no further connections; what is being answered is answered to its end."""
        self._stopped.set()

    def close(self) -> None:
        """Stop, and return when the last page was sent and the port is free again."""
        self.stop()
        for thread in self._threads:
            thread.join()
        with self._idle:
            self._idle.wait_for(lambda: not self._busy, PATIENCE)

    def answering(self, step: int) -> None:
        """Count the pages that are being sent."""
        with self._idle:
            self._busy += step
            self._idle.notify_all()

    def counts(self, handler: _Handler) -> bool:
        """Return whether a request is a browser that comes back, and not what some page had it fetch."""
        asked, headers = urlsplit(handler.path), handler.headers
        # /TR/fetch-metadata: a browser says what it asks for; only what a person sees is a document
        seen = (headers.get("Sec-Fetch-Mode") or "navigate", headers.get("Sec-Fetch-Dest") or "document")
        name = urlsplit(f"//{headers.get('Host', '')}").hostname
        here = self.route.proxied or name in (*LOOPBACK, HOST6)  # another name for this machine is somebody's trick
        return (
            here
            and seen == ("navigate", "document")
            and asked.path == self.route.path
            and bool(asked.query or self.bare)
        )

    def _run(self, server: _Server) -> None:
        with server:
            while not self._stopped.is_set():
                server.handle_request()


def _servers(route: Route) -> list[_Server]:
    """Listen where the browser will come back to."""
    port = route.port or 0
    try:
        first = _Server((HOST, port), _Handler)
    except (OSError, OverflowError) as error:
        raise _taken(port, error) from error
    if urlsplit(route.redirect_uri).hostname != "localhost":
        return [first]
    try:
        return [first, _Server6((HOST6, port), _Handler)]
    except OSError as error:
        if not _has_ipv6():
            return [first]
        first.server_close()
        raise _taken(port, error) from error


def _has_ipv6() -> bool:
    try:
        with socket.create_server((HOST6, 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def _taken(port: int, error: Exception) -> SignInError:
    return SignInError(
        "port",
        f"Cannot listen at port {port} of this machine: {getattr(error, 'strerror', None) or error}. Close what uses "
        "it, give another redirect_uri, or paste the address by hand: flow='paste'.",
    )


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = os.name == "posix"  # elsewhere it would let two programs share the port
    timeout = 0.1  # how long a stop may go unnoticed
    listener: Listener

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 -- socketserver's signature
        """Note what broke a connection: mostly a browser that hung up, which asks again."""
        log.debug("a connection of the sign-in listener broke", exc_info=True)


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Handler(BaseHTTPRequestHandler):
    timeout = PATIENCE
    server: _Server

    def do_GET(self) -> None:
        """Answer the one request that counts."""
        listener = self.server.listener
        if not listener.counts(self):
            self.send_error(404)
            return
        listener.answering(1)
        try:
            view = listener.take(f"?{urlsplit(self.path).query}")
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
