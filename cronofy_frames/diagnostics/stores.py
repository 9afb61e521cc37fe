"""The accounts that are stored: how many, and whether their files are for their owner's eyes only.

Reading an account mends permissions that are too wide; a checkup changes nothing, so that it looks at them from
outside first, and does not read where there is something to mend.
"""

from __future__ import annotations

import importlib
import os
import shlex
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cronofy_frames.diagnostics import commands
from cronofy_frames.diagnostics.report import Finding
from cronofy_frames.errors import CronofyError
from cronofy_frames.text import quantity
from cronofy_frames.tokens import StoredAccount, list_accounts
from cronofy_frames.tokens.account_files import accounts_folder
from cronofy_frames.tokens.disk import POSIX
from cronofy_frames.tokens.keyring_store import is_recommended, system_keyring

CHECK = "accounts"
LISTED = 5  # names in a line


@dataclass(slots=True)
class Stored:
    """What is stored.

    Attributes
    ----------
    findings
        What there is to say.
    files
        How many accounts' files there are.
    kept
        The accounts, None where they were not read.
    """

    findings: list[Finding] = field(default_factory=list)
    files: int = 0
    kept: list[StoredAccount] | None = None


def stored(
    env: Mapping[str, str],
    *,
    backend: Any = None,
    importing: Callable[[str], Any] = importlib.import_module,
) -> Stored:
    """Look at the accounts that are stored.

    Parameters
    ----------
    env
        Says where.
    backend, importing
        As those of `KeyringStore`.
    """
    folder = accounts_folder(env)
    told = Stored()
    files = sorted(folder.glob("*.json")) if folder.is_dir() and not folder.is_symlink() else []
    told.files = len(files)
    told.findings += [one for one in (_folder(folder), *map(_file, files)) if one is not None]
    if any(one.verdict == "bad" for one in told.findings):
        told.findings.append(_left(told.files))
        return told
    told.kept = list_accounts(env, backend=backend)
    told.findings += [_unreadable(one) for one in told.kept if one.problem]
    told.findings.append(_counted(told.kept, folder))
    told.findings += [one for one in (_writable(folder), _keyring(told.kept, backend, importing)) if one is not None]
    return told


def _left(files: int) -> Finding:
    of = "" if not files else f" ({files} of them)"
    told = f"the stored accounts{of} were not read, because reading would mend the mode, and doctor leaves files alone"
    return Finding(CHECK, "note", told, "mend that, and call cf.doctor() again")


def _folder(folder: Path) -> Finding | None:
    try:
        seen = folder.lstat()
    except FileNotFoundError:
        return None
    except OSError as error:
        return Finding(CHECK, "bad", f"{folder} cannot be looked at: {error.strerror}", _elsewhere())
    if not stat.S_ISDIR(seen.st_mode):
        return _strange(folder, seen, "folder")
    return _own(folder, seen) or _wide(folder, seen, 0o700, "see which accounts there are in")


def _file(path: Path) -> Finding | None:
    try:
        seen = path.lstat()
    except OSError as error:
        return Finding(CHECK, "bad", f"{path} cannot be looked at: {error.strerror}", _elsewhere())
    if not stat.S_ISREG(seen.st_mode):
        return _strange(path, seen, "file")
    return _own(path, seen) or _wide(path, seen, 0o600, "read the tokens in")


def _wide(path: Path, seen: os.stat_result, mode: int, what: str) -> Finding | None:
    if not (POSIX and seen.st_mode & 0o077):
        return None
    told = f"other users of this machine can {what} {path} (mode {stat.S_IMODE(seen.st_mode):04o})"
    ended = "; if somebody may have, cf.logout(revoke=True) and sign in again" if mode == 0o600 else ""
    return Finding(CHECK, "bad", told, f"chmod {mode:o} {shlex.quote(str(path))}{ended}")


def _own(path: Path, seen: os.stat_result) -> Finding | None:
    if not POSIX or seen.st_uid == os.geteuid():
        return None
    return Finding(CHECK, "bad", f"{path} belongs to another user, so that nothing is read from it", _elsewhere())


def _strange(path: Path, seen: os.stat_result, wanted: str) -> Finding:
    what = "a symbolic link" if stat.S_ISLNK(seen.st_mode) else "something else"
    told = f"{path} is {what} where a {wanted} should be, so that nothing is read from it"
    return Finding(CHECK, "bad", told, f"find out who put it there; then rm {shlex.quote(str(path))}")


def _elsewhere() -> str:
    return "set CRONOFY_FRAMES_HOME to a folder of your own, as in: export CRONOFY_FRAMES_HOME=~/.cronofy_frames"


def _unreadable(one: StoredAccount) -> Finding:
    path = shlex.quote(str(one.file.file))
    return Finding(CHECK, "bad", one.problem, f"restore it from a backup; or rm {path}, and {commands.login()}")


def _counted(kept: list[StoredAccount], folder: Path) -> Finding:
    if not kept:
        return Finding(CHECK, "good", f"none is stored; cf.login() would keep one in {folder}")
    names = [f"{one.display_name} ({one.kind})" for one in kept if one.kind]
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    modes = ", for your eyes only" if POSIX else ""
    count = f"{quantity(len(kept), 'is', 'are')} stored in {folder}{modes}"
    return Finding(CHECK, "good", f"{count}: {', '.join(names[:LISTED])}{more}" if names else count)


def _writable(folder: Path) -> Finding | None:
    """Say where nothing can be kept: the nearest folder that is there says whether others can be made in it."""
    there = folder
    while not os.path.lexists(there) and there != there.parent:
        there = there.parent
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return None
    why = "cannot be written to" if there.is_dir() else "is no folder"
    told = f"{there} {why}, so that neither new nor renewed tokens can be kept in {folder}"
    return Finding(CHECK, "bad", told, _elsewhere())


def _keyring(kept: list[StoredAccount], backend: Any, importing: Callable[[str], Any]) -> Finding | None:
    """Say whether there is a keyring; it is asked only for accounts that rest there, for it may want a password."""
    resting = [one for one in kept if one.kind == "keyring"]
    try:
        for one in resting:
            one.load()
        ring = backend if backend is not None else system_keyring(importing)
    except CronofyError as error:
        if resting:
            return Finding("keyring", "bad", str(error), f"unlock it; or {commands.login(account=resting[0].name)}")
        return None  # that the package is missing is said with the others
    name = f"{type(ring).__module__}.{type(ring).__qualname__}"
    if is_recommended(ring):
        return Finding("keyring", "good", f'{name} is there, for store="keyring"')
    told = f"{name} is no keyring that keeps anything well: tokens go to files, which is the default"
    return Finding("keyring", "note", told, 'store="file" needs none; pypi.org/project/keyring says how to set one up')
