"""Loopback listener for the redirect of the browser: on this machine only, for one response."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from urllib.parse import urlsplit

from cronofy_frames.errors import SignInError
from cronofy_frames.signin.attempt import View
from cronofy_frames.signin.environment import LOOPBACK, Route
from cronofy_frames.signin.http_server import HttpServer, RequestHandler
from cronofy_frames.signin.pages import result_page

HOST, HOST6 = "127.0.0.1", "::1"
IDLE_LIMIT = 5.0  # seconds; browsers open connections in advance and leave them idle


class Listener:
    """HTTP server that passes each response to `take`, until `stop` or `close` is called.

    Parameters
    ----------
    route
        The port, 0 for a free one, and the path; other paths are not found. For a redirect to localhost it listens at
        the IPv4 and the IPv6 address, so that no other program can listen at one of them.
    take
        Called with the query of the redirect; returns the view to show.
    accept_empty
        Whether an address without a query is a response.

    Attributes
    ----------
    port
        The port.

    Raises
    ------
    SignInError
        The port is in use; `.reason` is port.
    """

    def __init__(self, route: Route, take: Callable[[str], View], *, accept_empty: bool = False) -> None:
        self.route, self.accept_empty, self.take = route, accept_empty, take
        self._servers = _open_servers(route)
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
        """Accept no more connections; requests in progress are answered."""
        self._stopped.set()

    def close(self) -> None:
        """Stop, and wait until the last page was sent and the port is free again."""
        self.stop()
        for thread in self._threads:
            thread.join()
        with self._idle:
            self._idle.wait_for(lambda: not self._busy, IDLE_LIMIT)

    def change_in_progress(self, by: int) -> None:
        """Change the number of responses that are being sent."""
        with self._idle:
            self._busy += by
            self._idle.notify_all()

    def accepts(self, handler: _Handler) -> bool:
        """Return whether a request is a redirect of the browser, and not a request made by another page."""
        address, headers = urlsplit(handler.path), handler.headers
        # w3.org/TR/fetch-metadata: only a navigation of the user has the destination document
        fetch_metadata = (headers.get("Sec-Fetch-Mode") or "navigate", headers.get("Sec-Fetch-Dest") or "document")
        name = urlsplit(f"//{headers.get('Host', '')}").hostname
        is_own_name = self.route.proxied or name in (
            *LOOPBACK,
            HOST6,
        )  # another host name may be DNS rebinding
        return (
            is_own_name
            and fetch_metadata == ("navigate", "document")
            and address.path == self.route.path
            and bool(address.query or self.accept_empty)
        )

    def _run(self, server: _Server) -> None:
        with server:
            while not self._stopped.is_set():
                server.handle_request()


def _open_servers(route: Route) -> list[_Server]:
    """Open the servers at the address to which the browser is redirected."""
    port = route.port or 0
    try:
        first = _Server((HOST, port), _Handler)
    except (OSError, OverflowError) as error:
        raise _port_error(port, error) from error
    if urlsplit(route.redirect_uri).hostname != "localhost":
        return [first]
    try:
        return [first, _Server6((HOST6, port), _Handler)]
    except OSError as error:
        if not _has_ipv6():
            return [first]
        first.server_close()
        raise _port_error(port, error) from error


def _has_ipv6() -> bool:
    try:
        with socket.create_server((HOST6, 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def _port_error(port: int, error: Exception) -> SignInError:
    return SignInError(
        "port",
        f"Cannot listen at port {port} of this machine: {getattr(error, 'strerror', None) or error}. Close what uses "
        "it, give another redirect_uri, or paste the address: flow='paste'.",
    )


class _Server(HttpServer):
    timeout = 0.1  # seconds until a stop is noticed
    listener: Listener


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Handler(RequestHandler):
    timeout = IDLE_LIMIT
    server: _Server

    def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
        """Answer the redirect of the browser, and refuse any other request."""
        listener = self.server.listener
        if not listener.accepts(self):
            self.send_error(404)
            return
        listener.change_in_progress(1)
        try:
            view = listener.take(f"?{urlsplit(self.path).query}")
            content, headers = result_page(view)
            self.send_answer(200 if view.status == "done" else 400, content, headers)
        finally:
            listener.change_in_progress(-1)
