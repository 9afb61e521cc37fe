"""Private files on disk: permissions, atomic replacement, and locks across processes.

Whatever the umask, files are 0600 and their folder 0700. Nothing is read or written through a symbolic link, or in a
file of another user. A file is replaced completely or not at all, whenever the process dies.
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

from cronofy_frames.caller import caller_level
from cronofy_frames.errors import CronofyError
from cronofy_frames.tokens.account_document import AccountFile

POSIX = os.name == "posix"
LONGEST_LOCK = 60.0  # seconds; a renewal waits half of that for a response
LARGEST_FILE = 1 << 20  # bytes; no account comes near a megabyte
WAITS = (
    0.01,
    0.02,
    0.04,
    0.08,
    0.15,
    0.2,
    0.25,
    0.25,
)  # seconds; one in all

# Windows needs a binary mode; non-blocking, because reading a pipe in place of the file would never end
_FLAGS = 0
for _name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"):
    _FLAGS |= getattr(os, _name, 0)


def secure_folder(folder: Path, *, create: bool) -> bool:
    """Return whether a folder exists, and make it private; create it if asked to.

    Raises
    ------
    CronofyError
        It is not a folder, or belongs to another user.
    """
    if create:
        for parent in reversed(folder.parents):
            _make_folder(parent)
        create = _make_folder(folder)
    try:
        info = folder.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    if not stat.S_ISDIR(info.st_mode):
        raise _wrong_type_error(folder, info, "a folder")
    _require_own(folder, info)
    if POSIX and not create and info.st_mode & 0o077:
        _tighten(folder, folder, 0o700, warn=False)
    return True


def _make_folder(folder: Path) -> bool:
    """Create a private folder; return False if it exists already."""
    if os.path.lexists(folder):
        return False
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        return False
    if POSIX:
        _tighten(folder, folder, 0o700, warn=False)  # whatever the umask
    return True


def read_file(account: AccountFile) -> bytes | None:
    """Return the content of an account's file; None if there is no file.

    If others could read the file, its permissions are restricted, with a warning.
    """
    if not secure_folder(account.folder, create=False):
        return None
    refuse_foreign_file(account.file)
    try:
        file = os.open(account.file, os.O_RDONLY | _FLAGS)
    except FileNotFoundError:
        return None
    try:
        info = os.fstat(file)
        _require_plain_file(account.file, info)
        if POSIX and info.st_mode & 0o077:
            _tighten(file, account.file, 0o600, warn=True)
        return b"".join(iter(lambda: os.read(file, LARGEST_FILE), b"")) if info.st_size < LARGEST_FILE else b""
    finally:
        os.close(file)


def open_private_file(path: Path) -> int:
    """Open a file that only this user can read, for reading and writing; create it if it does not exist."""
    refuse_foreign_file(path)
    file = os.open(path, os.O_RDWR | os.O_CREAT | _FLAGS, 0o600)
    try:
        info = os.fstat(file)
        _require_plain_file(path, info)
        if POSIX and info.st_mode & 0o077:
            _tighten(file, path, 0o600, warn=False)
    except BaseException:
        os.close(file)
        raise
    return file


def replace_file(account: AccountFile, content: bytes, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Replace the content of an account's file, atomically; the caller holds the account's lock."""
    refuse_foreign_file(account.file)
    account.temporary.unlink(missing_ok=True)  # left by a process that was killed at this point
    try:
        _write_file(account.temporary, content)
        retry_while_open(lambda: account.temporary.replace(account.file), sleep=sleep)
    except BaseException:
        account.temporary.unlink(missing_ok=True)
        raise
    sync_folder(account.folder)


def remove_file(account: AccountFile, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Delete an account's file, and a temporary one of a killed process; the caller holds the account's lock."""
    refuse_foreign_file(account.file)
    account.temporary.unlink(missing_ok=True)
    retry_while_open(lambda: account.file.unlink(missing_ok=True), sleep=sleep)
    sync_folder(account.folder)


def retry_while_open(
    change: Callable[[], object],
    *,
    sleep: Callable[[float], None] = time.sleep,
    retry: bool = not POSIX,
) -> None:
    """Change a file; if another process is reading it, which Windows forbids, retry for up to a second.

    Parameters
    ----------
    change
        Changes the file.
    sleep
        How to wait between attempts.
    retry
        Whether to retry; by default on Windows only.
    """
    for seconds in WAITS if retry else ():
        try:
            change()
        except PermissionError:
            sleep(seconds)
        else:
            return
    change()


@contextmanager
def lock_account(account: AccountFile, seconds: float = LONGEST_LOCK) -> Iterator[None]:
    """Lock an account against other threads and processes; the same thread may lock it again.

    Raises
    ------
    CronofyError
        Another thread or process holds the lock for longer than `seconds`.
    """
    import filelock  # takes a while to load, and most clients never renew

    secure_folder(account.folder, create=True)
    refuse_foreign_file(account.lock)
    lock = filelock.FileLock(account.lock, mode=0o600, is_singleton=True)
    try:
        lock.acquire(timeout=seconds)
    except filelock.Timeout:
        raise CronofyError(
            f"The account {account.display_name} is locked by another thread or process and was not released within "
            f"{seconds:g} s: wait until it is done, or end it; then try again."
        ) from None
    try:
        yield
    finally:
        lock.release()


def refuse_foreign_file(path: Path) -> None:
    """Raise unless a path is a plain file of this user, or does not exist."""
    try:
        _require_plain_file(path, path.lstat())
    except FileNotFoundError:
        return


def _require_plain_file(path: Path, info: os.stat_result) -> None:
    if not stat.S_ISREG(info.st_mode):
        raise _wrong_type_error(path, info, "a file")
    _require_own(path, info)


def _require_own(path: Path, info: os.stat_result) -> None:
    if POSIX and info.st_uid != os.geteuid():
        raise CronofyError(
            f"{path} belongs to another user, so it is neither read nor written: have it removed, or set "
            "CRONOFY_FRAMES_HOME to a folder of your own."
        )


def _wrong_type_error(path: Path, info: os.stat_result, expected: str) -> CronofyError:
    link = stat.S_ISLNK(info.st_mode)
    return CronofyError(
        f"{path} is {'a symbolic link' if link else 'something else'} where {expected} should be, so it is not "
        "read or written: find out who put it there and remove it, or set CRONOFY_FRAMES_HOME to another folder."
    )


def _tighten(file: int | Path, path: Path, mode: int, *, warn: bool) -> None:
    try:
        os.chmod(file, mode)  # noqa: PTH101 - the open file, even if its name has changed
        consequence = (
            "which is now prevented. If one of them may have read it, end the authorization with "
            "cf.logout(revoke=True) and sign in again"
        )
    except OSError as error:
        consequence, warn = f"and that could not be prevented ({error.strerror}): remove their permission", True
    if warn:
        warnings.warn(
            f"Other users of this machine could read {path}, {consequence}.", UserWarning, stacklevel=caller_level()
        )


def _write_file(path: Path, content: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS, 0o600)
    try:
        if POSIX:
            os.fchmod(file, 0o600)  # whatever the umask
        while content:
            content = content[os.write(file, content) :]
        os.fsync(file)
    finally:
        os.close(file)


def sync_folder(folder: Path, *, sync: Callable[[int], None] = os.fsync) -> None:
    """Make the change of a file name durable across a power failure, where the system can.

    Parameters
    ----------
    folder
        The folder of the file.
    sync
        Synchronises an open folder to disk.
    """
    if not POSIX:
        return
    file = os.open(folder, os.O_RDONLY)
    try:
        sync(file)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # not every file system can
            raise
    finally:
        os.close(file)
