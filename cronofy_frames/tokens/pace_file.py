"""File in which the processes of a machine share when the requests of an application were sent."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from cronofy_frames.errors import CronofyError
from cronofy_frames.tokens.account_document import accounts_folder
from cronofy_frames.tokens.disk import open_private_file, secure_folder

LONGEST = 1 << 16  # bytes; a state has some thousand
OLD = 86_400.0  # seconds after which the file of an application is deleted


class PaceFile:
    """Bytes in a private file that the processes of a machine change one after the other.

    The file contains times and counts: no token, no secret, no name.

    Parameters
    ----------
    path
        The file; created with its folder when it is first used.
    seconds
        The longest wait for another process that is changing it.
    sleep
        How to wait for that.
    """

    def __init__(self, path: Path, *, seconds: float = 1.0, sleep: Callable[[float], None] = time.sleep) -> None:
        self.path = path
        self._seconds, self._sleep = seconds, sleep
        self._has_folder = False

    def exchange(self, change: Callable[[bytes], bytes]) -> None:
        """Replace the content with what `change` makes of it, while no other process can.

        Raises
        ------
        OSError, CronofyError
            The file cannot be read or written, or another process does not release it.
        """
        if not self._has_folder:
            secure_folder(self.path.parent, create=True)
            remove_old(self.path.parent)
            self._has_folder = True
        with self._locked_file() as file:
            content = change(os.read(file, LONGEST))
            os.lseek(file, 0, os.SEEK_SET)
            written = os.write(file, content)
            os.ftruncate(file, written)

    @contextmanager
    def _locked_file(self) -> Iterator[int]:
        from filelock import unlock_descriptor  # takes a while to load, and is not needed without a pace

        try:
            file = open_private_file(self.path)
        except FileNotFoundError:  # someone has deleted the folder, which the next exchange creates again
            self._has_folder = False
            raise
        try:
            self._lock(file)
            try:
                yield file
            finally:
                # closing is not enough, as a process that was forked meanwhile has the file open too
                unlock_descriptor(file)
        finally:
            os.close(file)

    def _lock(self, file: int) -> None:
        from filelock import lock_descriptor

        step = 0.002
        for _ in range(max(1, round(self._seconds / step))):
            if lock_descriptor(file, blocking=False):
                return
            self._sleep(step)
        raise CronofyError(f"another process has not released {self.path} within {self._seconds:g} s")


def pace_file(host: str, application: str, environment: Mapping[str, str] | None = None) -> PaceFile | None:
    """Return the file of an application in a data centre; None where there is no folder for it."""
    try:
        folder = accounts_folder(environment).parent / "pace"
    except CronofyError:
        return None
    key = hashlib.sha256(f"{host}\n{application}".encode("utf-8", "surrogatepass")).hexdigest()
    return PaceFile(folder / f"{key[:32]}.pace")


def remove_old(folder: Path, *, now: Callable[[], float] = time.time) -> None:
    """Delete the files of applications that have sent nothing for a day."""
    for path in folder.glob("*.pace"):
        with suppress(OSError):
            if path.lstat().st_mtime < now() - OLD:
                path.unlink()
