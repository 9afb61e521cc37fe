"""Base classes of the HTTP servers of a sign-in: a thread for each connection, one request each, nothing logged."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

log = logging.getLogger("cronofy_frames")


class HttpServer(ThreadingHTTPServer):
    """HTTP server with daemon threads, which does not share its port with another program."""

    daemon_threads = True
    allow_reuse_address = os.name == "posix"  # on Windows two programs could share the port

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 -- socketserver's signature
        """Log a broken connection at debug level only, because browsers try again."""
        log.debug("a connection of the sign-in failed", exc_info=True)


class RequestHandler(BaseHTTPRequestHandler):
    """Request handler that closes the connection after its response."""

    def send_answer(self, status: int, content: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        """Send a response, and announce that the connection is closed after it."""
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        """Log nothing, because requests contain authorization codes."""
