"""Web server for a WSGI application: threads, with a limit on how long a request may take."""

from __future__ import annotations

import logging
import os
import socket
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from cronofy_frames.errors import CronofyError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger("cronofy_frames")

REQUEST_SECONDS = 10.0


class ThreadingServer(ThreadingMixIn, WSGIServer):
    """A server whose requests do not wait for each other."""

    daemon_threads = True
    allow_reuse_address = os.name == "posix"  # on Windows it would let two programs share the port

    def __init__(self, host: str, port: int) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 -- socketserver's signature
        """Log a broken connection."""
        log.debug("a connection failed", exc_info=True)


class Handler(WSGIRequestHandler):
    """A handler that ends slow connections, and logs without printing."""

    timeout = REQUEST_SECONDS

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- http.server's signature
        """Log a request."""
        log.info(format, *args)

    def get_stderr(self) -> Any:
        """Return where errors of the application are written."""
        return _LogFile()


class _LogFile:
    """A file whose lines are logged."""

    def write(self, text: str) -> None:
        """Log a text."""
        if text.strip():
            log.warning("%s", text.rstrip())

    def writelines(self, lines: list[str]) -> None:
        """Log lines."""
        self.write("".join(lines))

    def flush(self) -> None:
        """Do nothing: nothing is held back."""


def open_server(app: WSGIApplication, host: str, port: int) -> WSGIServer:
    """Return a server that listens, and serves once its `serve_forever` is called; port 0 takes a free one.

    Raises
    ------
    CronofyError
        The port is in use, or this computer has no such address.
    """
    try:
        server = ThreadingServer(host, port)
    except OSError as error:
        raise CronofyError(
            f"Cannot listen on {host}, port {port}: {error}. Choose another port with --port, 0 for a free one; --host "
            "is an address of this computer."
        ) from error
    server.set_app(app)
    return server
