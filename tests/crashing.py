"""Applying and undoing plans in a child process that kills itself at a chosen write."""

import os
import signal

from cronofy_frames.tokens import MemoryStore
from cronofy_frames.wire.auth import Tokens
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.messages import Hosts
from cronofy_frames.writing.apply.applying import apply
from cronofy_frames.writing.apply.journal import Journal
from cronofy_frames.writing.apply.undoing import undo
from cronofy_frames.writing.plan.plans import load_plan

DIED = -signal.SIGKILL


def client_at(url: str, tokens: dict[str, str], app: tuple[str, str]) -> Client:
    """Return a client of a served sandbox that never sleeps."""
    return Client(
        Hosts(url, url),
        store=MemoryStore(Tokens(tokens["access_token"], tokens["refresh_token"])),
        client_id=app[0],
        client_secret=app[1],
        sleep=lambda _: None,
        jitter=lambda: 0.0,
    )


def run(
    operation: str,
    url: str,
    tokens: dict[str, str],
    app: tuple[str, str],
    plan: str,
    journal: str,
    last: int,
    at: str,
) -> None:
    """Apply a plan or undo a journal, and kill this process before, within, or after the last write to the journal."""
    written = 0

    def put(file: int, content: bytes) -> int:
        nonlocal written
        written += 1
        if written == last and at == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        if written == last and at == "within":
            os.write(file, content[: len(content) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        count = os.write(file, content)
        if written == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return count

    with client_at(url, tokens, app) as client:
        book = Journal(journal, put=put)
        if operation == "apply":
            apply(load_plan(plan), client, journal=book)
        else:
            undo(book, client)
