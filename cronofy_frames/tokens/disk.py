"""Files for their owner's eyes only: read with care, replaced as a whole, locked across processes.

The laws of this file: whatever the umask, files are 0600 and their folder 0700; nothing is read or written through a
symbolic link or where another user owns it; a file is replaced at once or not at all, whenever the process dies.
"""

from __future__ import annotations

import errno
import os
import stat
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cronofy_frames.errors import CronofyError
from cronofy_frames.tokens.places import Place

POSIX = os.name == "posix"
LONGEST_HOLD = 60.0  # seconds; a renewal waits half of that for an answer
LARGEST = 1 << 20  # no account's file comes near a megabyte
WAITS = (0.01, 0.02, 0.04, 0.08, 0.15, 0.2, 0.25, 0.25)  # seconds, one in all: a reader needs far less than the first

# a binary mode of its own is what Windows asks for; not blocking, for a pipe in the file's place would never end
_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_FLAGS |= getattr(os, "O_CLOEXEC", 0)


def secure(folder: Path, *, make: bool) -> bool:
    """Return whether the folder is there, for its owner only; make it if so wished."""
    if make:
        for parent in reversed(folder.parents):
            _made(parent)
        make = _made(folder)
    try:
        seen = folder.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    if not stat.S_ISDIR(seen.st_mode):
        raise _strange(folder, seen, "a folder")
    _own(folder, seen)
    if POSIX and not make and seen.st_mode & 0o077:
        _tighten(folder, folder, 0o700, warn=False)
    return True


def _made(folder: Path) -> bool:
    """Return whether the folder was not there and is now, for its owner only."""
    if os.path.lexists(folder):
        return False
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        return False
    if POSIX:
        _tighten(folder, folder, 0o700, warn=False)  # whatever the umask
    return True


def read(place: Place) -> bytes | None:
    """Return what is in an account's file; None where there is none.

    A file that others could read is tightened, with a warning.
    """
    if not secure(place.folder, make=False):
        return None
    check(place.file)
    try:
        file = os.open(place.file, os.O_RDONLY | _FLAGS)
    except FileNotFoundError:
        return None
    try:
        seen = os.fstat(file)
        _plain(place.file, seen)
        if POSIX and seen.st_mode & 0o077:
            _tighten(file, place.file, 0o600, warn=True)
        return b"".join(iter(lambda: os.read(file, LARGEST), b"")) if seen.st_size < LARGEST else b""
    finally:
        os.close(file)


def replace(place: Place, content: bytes, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Put this in the place of an account's file; the account is to be held."""
    check(place.file)
    place.fresh.unlink(missing_ok=True)  # what a process left that was killed here
    try:
        _write(place.fresh, content)
        patiently(lambda: place.fresh.replace(place.file), sleep=sleep)
    except BaseException:
        place.fresh.unlink(missing_ok=True)
        raise
    _settle(place.folder)


def remove(place: Place, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Remove an account's file, and what a killed process may have left of one; the account is to be held."""
    check(place.file)
    place.fresh.unlink(missing_ok=True)
    patiently(lambda: place.file.unlink(missing_ok=True), sleep=sleep)
    _settle(place.folder)


def patiently(
    act: Callable[[], object],
    *,
    sleep: Callable[[float], None] = time.sleep,
    patient: bool = not POSIX,
) -> None:
    """Change a file that somebody may be reading, which Windows forbids: try again for up to a second.

    Parameters
    ----------
    act
        What changes it.
    sleep
        How to wait in between.
    patient
        Whether to try again; elsewhere a refusal stays one.
    """
    for seconds in WAITS if patient else ():
        try:
            act()
        except PermissionError:
            sleep(seconds)
        else:
            return
    act()


@contextmanager
def held(place: Place, seconds: float = LONGEST_HOLD) -> Iterator[None]:
    """Hold an account: nobody else does meanwhile, in this process or another. A thread may do so twice.

    Raises
    ------
    CronofyError
        When somebody else holds it for longer than that.
    """
    import filelock  # takes a while to load, and most clients never renew

    secure(place.folder, make=True)
    check(place.lock)
    lock = filelock.FileLock(place.lock, mode=0o600, is_singleton=True)
    try:
        lock.acquire(timeout=seconds)
    except filelock.Timeout:
        raise CronofyError(
            f"The account {place.shown} is held by another thread or process for more than {seconds:g} s: wait until "
            "it is done, or end it; then try again."
        ) from None
    try:
        yield
    finally:
        lock.release()


def check(path: Path) -> None:
    """Refuse what is no plain file of this user's; nothing at all is fine."""
    try:
        _plain(path, path.lstat())
    except FileNotFoundError:
        return


def _plain(path: Path, seen: os.stat_result) -> None:
    if not stat.S_ISREG(seen.st_mode):
        raise _strange(path, seen, "a file")
    _own(path, seen)


def _own(path: Path, seen: os.stat_result) -> None:
    if POSIX and seen.st_uid != os.geteuid():
        raise CronofyError(
            f"{path} belongs to another user, so nothing is read from it or written to it: have it removed, or set "
            "CRONOFY_FRAMES_HOME to a folder of your own."
        )


def _strange(path: Path, seen: os.stat_result, wanted: str) -> CronofyError:
    link = stat.S_ISLNK(seen.st_mode)
    return CronofyError(
        f"{path} is {'a symbolic link' if link else 'something else'} where {wanted} should be, so nothing is read "
        "from it or written to it: find out who put it there and remove it, or set CRONOFY_FRAMES_HOME to another "
        "folder."
    )


def _tighten(file: int | Path, path: Path, mode: int, *, warn: bool) -> None:
    try:
        os.chmod(file, mode)  # noqa: PTH101 - of what is open, whatever became of its name
        told = (
            "which is mended. If one of them may have done so, end what they have with cf.logout(revoke=True) and sign "
            "in again"
        )
    except OSError as error:
        told, warn = f"and that could not be mended ({error.strerror}): take their permission away", True
    if warn:
        warnings.warn(f"Other users of this machine could read {path}, {told}.", UserWarning, stacklevel=2)


def _write(path: Path, content: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS, 0o600)
    try:
        if POSIX:
            os.fchmod(file, 0o600)  # whatever the umask
        while content:
            content = content[os.write(file, content) :]
        os.fsync(file)
    finally:
        os.close(file)


def _settle(folder: Path) -> None:
    """Make sure that a name's change survives a power cut, where the system can."""
    if not POSIX:
        return
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # not every file system knows how
            raise
    finally:
        os.close(file)
