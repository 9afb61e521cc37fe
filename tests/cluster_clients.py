"""Clients for the workers of a cluster: processes that share nothing but a folder of accounts."""

import os
import time
from pathlib import Path

from cronofy_frames.tokens import FileStore
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.credentials import Tokens
from cronofy_frames.wire.messages import Hosts


class LocklessStore:
    """A token store without a lock, as a plain database is, and slow enough for two renewals to meet."""

    def __init__(self, store: FileStore) -> None:
        self._store = store

    def load(self) -> Tokens | None:
        """Return the stored tokens."""
        return self._store.load()

    def save(self, tokens: Tokens) -> None:
        """Store tokens after a while."""
        time.sleep(0.2)
        self._store.save(tokens)


def connect_to_sandbox(account: str) -> Client:
    """Return the client of an account in the sandbox that the environment names, without a pace of its own."""
    url = os.environ["CRONOFY_API_URL"]
    return Client(
        Hosts(url, url),
        store=LocklessStore(FileStore(account)),
        client_id=os.environ["CRONOFY_CLIENT_ID"],
        client_secret=os.environ["CRONOFY_CLIENT_SECRET"],
    )


def store_accounts(home: Path, tokens: dict[str, Tokens]) -> None:
    """Store the tokens of accounts."""
    for label, known in tokens.items():
        FileStore(label, environment={"CRONOFY_FRAMES_HOME": str(home)}).save(known)
