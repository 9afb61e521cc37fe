"""Leases: that two processes or threads do not sync one account at the same time.

Who holds leases keeps a file locked, which the operating system unlocks when the process ends in any way. A lease whose
owner's file is no longer locked is over, so that the next sync takes it over at once.
"""

from __future__ import annotations

import contextlib
import threading
import uuid
from pathlib import Path

import filelock

from cronofy_frames.archive.state import State

FOLDER = "leases"


class LeaseOwner:
    """The holder of the leases of one open archive; its file is locked as long as it holds any.

    Parameters
    ----------
    folder
        The archive's folder.

    Attributes
    ----------
    name
        What tells it from all others.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER
        self._guard = threading.Lock()
        self._renew()

    def _renew(self) -> None:
        self.name, self._count = uuid.uuid4().hex, 0
        self._file_lock = _file_lock(self._path(self.name))

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.lock"

    def add_lease(self) -> None:
        """Keep the file locked for one more lease."""
        with self._guard:
            if not self._count:
                self._folder.mkdir(mode=0o700, exist_ok=True)
                self._file_lock.acquire()
            self._count += 1

    def remove_lease(self) -> None:
        """Unlock the file, and delete it, after the last lease."""
        with self._guard:
            if self._count == 1:
                self._unlock()
            self._count = max(0, self._count - 1)

    def close(self) -> None:
        """End all leases; later ones are those of another owner, so that they can be of the same accounts."""
        with self._guard:
            if self._count:
                self._unlock()
                self._renew()

    def _unlock(self) -> None:
        self._file_lock.release()
        _delete_file(self._path(self.name))

    def is_running(self, name: str) -> bool:
        """Return whether an owner of leases is still there; the file of one that is not is deleted."""
        path = self._path(name)
        if name == self.name:
            return True
        if not path.exists():
            return False
        try:
            with _file_lock(path):
                pass
        except filelock.Timeout:
            return True
        _delete_file(path)
        return False


def _delete_file(path: Path) -> None:
    # Windows keeps a file that another process looks at, which deletes it then
    with contextlib.suppress(PermissionError):
        path.unlink(missing_ok=True)


def _file_lock(path: Path) -> filelock.BaseFileLock:
    # a thread may release what another one has acquired
    return filelock.FileLock(path, timeout=0, mode=0o600, thread_local=False)


class Lease:
    """The right to sync one account.

    Parameters
    ----------
    state
        The state of the archive.
    owner
        The holder.
    sub
        The account.
    """

    def __init__(self, state: State, owner: LeaseOwner, sub: str) -> None:
        self._state, self._owner, self._sub = state, owner, sub

    def acquire(self) -> bool:
        """Return whether the account may be read, which is then this lease's."""
        self._owner.add_lease()
        is_acquired = False
        try:
            # owners are looked at one at a time, as looking locks their file for a moment
            with self._state.transaction() as connection:
                row = connection.execute("select owner from leases where sub = ?", (self._sub,)).fetchone()
                if row is None or not self._owner.is_running(row[0]):
                    connection.execute("insert or replace into leases values (?, ?)", (self._sub, self._owner.name))
                    is_acquired = True
        finally:
            if not is_acquired:
                self._owner.remove_lease()
        return is_acquired

    def release(self) -> None:
        """Let others read the account."""
        with self._state.transaction() as connection:
            connection.execute("delete from leases where sub = ? and owner = ?", (self._sub, self._owner.name))
        self._owner.remove_lease()
