"""Sockets of the calls in flight, so that another thread can end one call and no others."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any


class CallSockets:
    """Sockets of one call: of its request, and of the renewal of its token before it.

    A thread that waits for the next byte wakes if the socket is shut down, and not if the connection is closed.

    Attributes
    ----------
    is_ended
        Whether the call was ended: then each further socket is shut down at once.
    """

    def __init__(self) -> None:
        self.is_ended = False
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()

    def hold(self, opened: socket.socket) -> None:
        """Add a socket, on which the call is about to wait."""
        with self._lock:
            self._sockets.add(opened)
            if self.is_ended:
                _shut_down(opened)

    def release(self) -> None:
        """Forget the sockets, before other calls may use the connection."""
        with self._lock:
            self._sockets.clear()

    def shut_down(self) -> None:
        """End the call: its request fails as if the server had closed the connection."""
        with self._lock:
            self.is_ended = True
            for opened in self._sockets:
                _shut_down(opened)


def _shut_down(opened: socket.socket) -> None:
    with suppress(OSError):
        # the method of SSLSocket would also remove the encryption, under the thread that is reading
        socket.socket.shutdown(opened, socket.SHUT_RDWR)


_CURRENT: ContextVar[CallSockets | None] = ContextVar("sockets", default=None)


def release_sockets() -> None:
    """Release the sockets of the call of this thread."""
    current = _CURRENT.get()
    if current is not None:
        current.release()


class OpenCalls:
    """The calls of one client in flight, of all threads."""

    def __init__(self) -> None:
        self._calls: set[CallSockets] = set()  # without a lock, which a forked process could inherit locked

    @contextmanager
    def call(self) -> Iterator[CallSockets]:
        """Register a call of this thread while it is in flight, and yield its sockets."""
        sockets = CallSockets()
        self._calls.add(sockets)
        token = _CURRENT.set(sockets)
        try:
            yield sockets
        finally:
            _CURRENT.reset(token)
            self._calls.discard(sockets)
            sockets.release()

    def shut_down(self) -> None:
        """End all calls in flight."""
        for sockets in self._calls.copy():
            sockets.shut_down()


class HoldingBackend:
    """Network backend for httpx, which assigns sockets to the calls that use them.

    A connection serves calls of any client, one after the other: its socket is assigned to the call that writes to it.

    Parameters
    ----------
    backend
        The network backend of httpx.
    """

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    def connect_tcp(self, *arguments: Any, **options: Any) -> HoldingStream:
        """Connect, and return the stream."""
        return HoldingStream(self._backend.connect_tcp(*arguments, **options))

    def connect_unix_socket(self, *arguments: Any, **options: Any) -> HoldingStream:
        """Connect to a socket in the file system, and return the stream."""
        return HoldingStream(self._backend.connect_unix_socket(*arguments, **options))

    def sleep(self, seconds: float) -> None:
        """Wait before another attempt to connect."""
        self._backend.sleep(seconds)


_READ = 1 << 18  # bytes: fewer reads of a page, each of which passes through many layers


class HoldingStream:
    """Stream that assigns its socket to the call that writes to it."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._socket = stream, stream.get_extra_info("socket")

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return the next bytes."""
        content: bytes = self._stream.read(max(max_bytes, _READ), timeout)
        return content

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send bytes."""
        self._hold()
        self._stream.write(buffer, timeout)

    def start_tls(self, *arguments: Any, **options: Any) -> HoldingStream:
        """Encrypt the connection, and return the new stream."""
        self._hold()
        return HoldingStream(self._stream.start_tls(*arguments, **options))

    def close(self) -> None:
        """Close the socket."""
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        """Return information on the connection, such as its socket."""
        return self._stream.get_extra_info(info)

    def _hold(self) -> None:
        current = _CURRENT.get()
        if current is not None:
            current.hold(self._socket)
