"""Ports and addresses of this machine at which nothing listens."""

import random
import socket
from contextlib import closing

BELOW_EPHEMERAL = range(20_000, 32_000)
"""Ports that no system gives to a connection or to a server that asks for any port."""


def free_port() -> int:
    """Return a port that no program uses, and that no other test gets by chance before it is used."""
    ports = (random.choice(BELOW_EPHEMERAL) for _ in BELOW_EPHEMERAL)
    return next(port for port in ports if is_free(port))


def is_free(port: int) -> bool:
    """Return whether a server could listen at a port."""
    try:
        with closing(socket.create_server(("127.0.0.1", port))):
            return True
    except OSError:
        return False


def free_address() -> str:
    """Return an address of this machine at which nothing listens."""
    return f"http://127.0.0.1:{free_port()}/"
