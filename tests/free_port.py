"""Ports and addresses of this machine at which nothing listens."""

import socket
from contextlib import closing


def free_port() -> int:
    """Return a port that no program uses at the moment."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return int(server.getsockname()[1])


def free_address() -> str:
    """Return an address of this machine at which nothing listens."""
    return f"http://127.0.0.1:{free_port()}/"
