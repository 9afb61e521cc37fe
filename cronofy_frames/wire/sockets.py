"""The sockets that calls wait for, which another thread can end without touching those of other calls."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any


class CallSockets:
    """The sockets that one call holds: of its request, and of the renewal of its token before that.

    To close a connection does not wake a thread that waits for its next byte; to shut down its socket does.

    Attributes
    ----------
    is_ended
        Whether the call was ended: it gets no further socket that works.
    """

    def __init__(self) -> None:
        self.is_ended = False
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()

    def hold(self, opened: socket.socket) -> None:
        """Hold a socket, on which the call is about to wait."""
        with self._lock:
            self._sockets.add(opened)
            if self.is_ended:
                _shut_down(opened)

    def release(self) -> None:
        """Hold none any more, before others may use the connection."""
        with self._lock:
            self._sockets.clear()

    def shut_down(self) -> None:
        """End the call; what it waits for fails as if the server had ended the connection."""
        with self._lock:
            self.is_ended = True
            for opened in self._sockets:
                _shut_down(opened)


def _shut_down(opened: socket.socket) -> None:
    with suppress(OSError):
        # the method of an SSLSocket would take away the encryption under the thread that is reading
        socket.socket.shutdown(opened, socket.SHUT_RDWR)


_CURRENT: ContextVar[CallSockets | None] = ContextVar("sockets", default=None)


def release_sockets() -> None:
    """Let the call of this thread hold no socket any more."""
    current = _CURRENT.get()
    if current is not None:
        current.release()


class OpenCalls:
    """The calls of one client that are on their way, in all threads."""

    def __init__(self) -> None:
        self._calls: set[CallSockets] = set()  # without a lock, which a forked process could inherit locked

    @contextmanager
    def call(self) -> Iterator[CallSockets]:
        """Hold the sockets of a call of this thread, while it is on its way."""
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
        """End all calls that are on their way."""
        for sockets in self._calls.copy():
            sockets.shut_down()


class HoldingBackend:
    """The network of the HTTP library, whose sockets are held by the calls that use them.

    A connection serves one call after the other, of any client: the call that writes to it holds its socket.

    Parameters
    ----------
    backend
        The library's own network backend.
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


_READ = 1 << 18  # bytes: a page of events in two reads and not in four, each of which passes through many layers


class HoldingStream:
    """A stream whose socket is held by the call that writes to it."""

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
        """Return what the library knows about the connection."""
        return self._stream.get_extra_info(info)

    def _hold(self) -> None:
        current = _CURRENT.get()
        if current is not None:
            current.hold(self._socket)
