"""HTTP server for the results of delegated authorizations, which Cronofy posts to a callback URL."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from cronofy_frames.errors import SignInError
from cronofy_frames.signin.http_server import HttpServer, RequestHandler

MOST_BYTES = 65_536
IDLE_SECONDS = 10.0


class CallbackServer:
    """Receives results in a thread, until it is closed.

    Parameters
    ----------
    address
        The host and the port to listen at; port 0 is a free one.
    take
        Called with each result, the object `authorization` of a request; returns whether it was expected.

    Attributes
    ----------
    port
        The port.

    Raises
    ------
    SignInError
        The port is in use; `.reason` is port.
    """

    def __init__(self, address: tuple[str, int], take: Callable[[Mapping[str, Any]], bool]) -> None:
        try:
            self._server = _CallbackServer(address, _CallbackHandler)
        except (OSError, OverflowError) as error:
            raise SignInError("port", f"cannot listen at {address[0]}:{address[1]}: {error}; give listen=.") from error
        self._server.take = take
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="cronofy_frames", daemon=True
        )
        self._thread.start()

    def __enter__(self) -> CallbackServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _CallbackServer(HttpServer):
    take: Callable[[Mapping[str, Any]], bool]


class _CallbackHandler(RequestHandler):
    timeout = IDLE_SECONDS
    server: _CallbackServer

    def do_POST(self) -> None:  # noqa: N802 - the name that http.server calls
        """Pass a result on; what is no result, or none that is expected, is not found."""
        result = _result_of(self.rfile.read(self._length()))
        is_expected = result is not None and self.server.take(result)
        self.send_answer(200 if is_expected else 404)

    def _length(self) -> int:
        text = self.headers.get("Content-Length", "")
        length = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
        return length if length <= MOST_BYTES else 0


def _result_of(body: bytes) -> Mapping[str, Any] | None:
    """Return the result in the body of a request: /developers/api/enterprise-connect/delegated-access."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    result = content.get("authorization") if isinstance(content, dict) else None
    return result if isinstance(result, dict) else None
