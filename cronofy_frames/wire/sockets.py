"""The sockets of a client's connections, which another thread can end."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from weakref import WeakSet


class OpenSockets:
    """The sockets of one client, which another thread can shut down.

    To close a connection does not wake a thread that waits for its next byte; to shut down its socket does.
    """

    def __init__(self) -> None:
        self._sockets: WeakSet[socket.socket] = WeakSet()
        self._lock = threading.Lock()

    def trace(self, event: str, details: Mapping[str, Any]) -> None:
        """Take note of a new socket; the HTTP library calls this for each step of a request."""
        if not event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            return
        opened = details["return_value"].get_extra_info("socket")
        if isinstance(opened, socket.socket):
            with self._lock:
                self._sockets.add(opened)

    def shut_down(self) -> None:
        """End what waits for these sockets; it fails as if the server had ended the connection."""
        with self._lock:
            sockets = list(self._sockets)
        for opened in sockets:
            with suppress(OSError):
                # the method of an SSLSocket would take away the encryption under the thread that is reading
                socket.socket.shutdown(opened, socket.SHUT_RDWR)
