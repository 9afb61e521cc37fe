"""Marks of accounts of an archive after writes, because Cronofy does not notify of an application's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

from cronofy_frames.wire.client import Client


class Marks(Protocol):
    """The part of an archive that remembers which accounts have to be read."""

    def require_writable(self) -> None:
        """Raise an error unless it can remember anything."""

    def add_notified(self, sub: str, changes_since: datetime | None) -> None:
        """Remember that an account has to be read."""


class MarkedArchive(Protocol):
    """An archive, as `cf.Archive` makes it."""

    @property
    def push(self) -> Marks:
        """Its queue of accounts."""


@contextmanager
def marking(
    archive: MarkedArchive | None, accounts: Mapping[str, Any], clients: Mapping[str | None, Client]
) -> Iterator[None]:
    """Mark the accounts for the next sync of an archive once they were written to, also where that broke off.

    Parameters
    ----------
    archive
        The archive; None marks nothing.
    accounts
        The accounts as a plan records them.
    clients
        Their clients, by whose clock the writes began.

    Raises
    ------
    FrameError
        The archive cannot be written; nothing was sent.
    """
    if archive is not None:
        archive.push.require_writable()
    began_at = next(iter(clients.values())).clock()
    try:
        yield
    finally:
        if archive is not None:
            for sub in accounts["accounts"].values():
                archive.push.add_notified(sub, began_at)
