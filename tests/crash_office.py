"""A served sandbox with child processes that write to it and are killed."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cronofy_frames.sandbox import Sandbox, Served, serve
from cronofy_frames.wire.faults import Fault
from tests import crashing
from tests.small import small_box

# children share what was imported, so that a death costs a few milliseconds
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.crashing", "pandas"])

# the children's parent is reached through a socket of this machine's file system
ALLOW_CHILDREN = pytest.mark.block_network(allowed_hosts=["127.0.0.1", ".*/pymp-.*"])


class Office:
    """A served sandbox, its client, and child processes that write to it."""

    def __init__(self, box: Sandbox, served: Served, folder: Path) -> None:
        tokens = box.tokens("ann@example.test")
        self.place = (served.url, tokens, (box.client_id, box.client_secret))
        self.served = served
        self.client = crashing.client_at(*self.place)
        self.plan, self.journal = folder / "plan", folder / "journal"

    def child(self, operation: str, last: int, where: str) -> Any:
        """Start a process that is killed at the given write."""
        arguments = (operation, *self.place, str(self.plan), str(self.journal), last, where)
        child = CONTEXT.Process(target=crashing.run, args=arguments)
        child.start()
        return child

    def dies(self, operation: str, last: int, where: str) -> bool:
        """Run such a process, and return whether it was killed."""
        child = self.child(operation, last, where)
        child.join(60)
        assert child.exitcode in (0, crashing.DIED)
        return bool(child.exitcode == crashing.DIED)


@contextmanager
def office(folder: Path, *faults: Fault, page_size: int = 100) -> Iterator[Office]:
    """Serve a small office with a client."""
    box = small_box(rate_limit=False, faults=faults, page_size=page_size)
    with serve(box, sleep=lambda _: None) as served:
        setup = Office(box, served, folder)
        with setup.client:
            yield setup
        assert served.errors == []
