"""A real server whose answers the test decides, and which counts its connections."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n" + b'{"sub":"acc"}'


@dataclass
class ScriptedServer:
    """What a server has seen.

    Attributes
    ----------
    answer
        Answers a request, given its head and the connection.
    url
        Its address.
    requests
        The heads of the requests.
    opened, closed
        How many connections were opened, and how many of them the clients have closed.
    changed
        Is notified of each of these.
    """

    answer: Callable[[bytes, socket.socket], None]
    url: str = ""
    requests: list[bytes] = field(default_factory=list)
    opened: int = 0
    closed: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def reaches(self, condition: Callable[[], bool]) -> bool:
        """Wait until something holds, and return whether it does."""
        with self.changed:
            return self.changed.wait_for(condition, 30)

    def count(self, **more: int) -> None:
        """Add to the counts."""
        with self.changed:
            for name, number in more.items():
                setattr(self, name, getattr(self, name) + number)
            self.changed.notify_all()

    def serve(self, connection: socket.socket) -> None:
        """Answer the requests of a connection until its client closes it."""
        self.count(opened=1)
        with connection, suppress(OSError):
            while head := read_head(connection):
                with self.changed:
                    self.requests.append(head)
                    self.changed.notify_all()
                self.answer(head, connection)
        self.count(closed=1)


def read_head(connection: socket.socket) -> bytes:
    """Return a request without a body; nothing after the last one."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        part = connection.recv(65_536)
        if not part:
            return b""
        head += part
    return head


@contextmanager
def scripted_server(answer: Callable[[bytes, socket.socket], None]) -> Iterator[ScriptedServer]:
    """Serve on a free port of this machine."""
    server = ScriptedServer(answer)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server.url = f"http://127.0.0.1:{listening.getsockname()[1]}"

        def accept() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=server.serve, args=(listening.accept()[0],), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield server
        listening.shutdown(socket.SHUT_RDWR)
