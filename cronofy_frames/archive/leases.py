"""Leases: that two processes do not sync one account at the same time."""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Callable

from cronofy_frames.archive.state import State

SECONDS = 900.0
"""How long a lease lasts without being renewed: longer than one call may take, with all its retries."""


class Lease:
    """The right to sync one account.

    Parameters
    ----------
    state
        The state of the archive.
    sub
        The account.
    now
        Seconds since 1970.
    """

    def __init__(self, state: State, sub: str, now: Callable[[], float] = time.time) -> None:
        self._state, self._sub, self._now = state, sub, now
        self._owner, self._host = uuid.uuid4().hex, socket.gethostname()
        self._renewed_at = 0.0

    def acquire(self) -> bool:
        """Return whether the account may be read, which is then this lease's."""
        now = self._now()
        with self._state.transaction() as connection:
            query = "select host, pid, expires_at from leases where sub = ?"
            row = connection.execute(query, (self._sub,)).fetchone()
            if row is not None and not self._is_over(*row):
                return False
            values = self._sub, self._owner, self._host, os.getpid(), now + SECONDS
            connection.execute("insert or replace into leases values (?, ?, ?, ?, ?)", values)
        self._renewed_at = now
        return True

    def renew(self) -> None:
        """Let the lease last longer, where a part of its time is over."""
        now = self._now()
        if now - self._renewed_at > SECONDS / 10:
            with self._state.transaction() as connection:
                query = "update leases set expires_at = ? where sub = ? and owner = ?"
                connection.execute(query, (now + SECONDS, self._sub, self._owner))
            self._renewed_at = now

    def is_held(self) -> bool:
        """Return whether the account is still this lease's."""
        row = self._state.row("select owner from leases where sub = ?", (self._sub,))
        return row is not None and row[0] == self._owner

    def release(self) -> None:
        """Let others read the account."""
        with self._state.transaction() as connection:
            connection.execute("delete from leases where sub = ? and owner = ?", (self._sub, self._owner))

    def _is_over(self, host: str, pid: int, expires_at: float) -> bool:
        return self._now() > expires_at or (host == self._host and not _is_running(pid))


def _is_running(pid: int) -> bool:
    """Return whether a process of this computer may be running."""
    if os.name == "nt":  # there, a signal of 0 would end it
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
