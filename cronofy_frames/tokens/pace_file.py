"""File in which the processes of a machine share when the requests of an application were sent."""

from __future__ import annotations

import errno
import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from cronofy_frames.errors import CronofyError
from cronofy_frames.tokens.account_document import accounts_folder
from cronofy_frames.tokens.disk import open_private_file, secure_folder

if sys.platform == "win32":  # pragma: no cover - only Windows lacks flock
    import msvcrt

    def _try_lock(file: int) -> None:
        os.lseek(file, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

    def _unlock(file: int) -> None:
        os.lseek(file, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _try_lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(file: int) -> None:
        # closing is not enough, as a process that was forked meanwhile has the file open too
        fcntl.flock(file, fcntl.LOCK_UN)


LONGEST = 1 << 16  # bytes; a state has some thousand
OLD = 86_400.0  # seconds after which the file of an application is deleted
_LOCKED_BYTE = LONGEST  # Windows locks bytes, and lets others read none that is locked
_BUSY = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)


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
        with self._locked() as file:
            content = change(os.read(file, LONGEST))
            os.lseek(file, 0, os.SEEK_SET)
            written = os.write(file, content)
            os.ftruncate(file, written)

    @contextmanager
    def _locked(self) -> Iterator[int]:
        file = open_private_file(self.path)
        try:
            self._lock(file)
            try:
                os.lseek(file, 0, os.SEEK_SET)
                yield file
            finally:
                _unlock(file)
        finally:
            os.close(file)

    def _lock(self, file: int) -> None:
        step = 0.002
        for _ in range(max(1, round(self._seconds / step))):
            try:
                _try_lock(file)
            except OSError as error:
                if error.errno not in _BUSY:
                    raise
                self._sleep(step)
            else:
                return
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
