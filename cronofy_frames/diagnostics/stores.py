"""Stored accounts: how many there are, and whether their files are private and readable.

Reading an account restricts permissions that are too open. The doctor changes nothing, so it checks the permissions
first, and does not read accounts where they would be changed.
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
from cronofy_frames.tokens.account_document import accounts_folder
from cronofy_frames.tokens.disk import POSIX
from cronofy_frames.tokens.keyring_store import is_recommended, system_keyring

CHECK = "accounts"
LISTED = 5  # names in a finding


@dataclass(slots=True)
class StoredReport:
    """The stored accounts, and findings about them.

    Attributes
    ----------
    findings
        The findings.
    files
        The number of account files.
    accounts
        The accounts; None if they were not read.
    """

    findings: list[Finding] = field(default_factory=list)
    files: int = 0
    accounts: list[StoredAccount] | None = None


def stored_report(
    env: Mapping[str, str],
    *,
    backend: Any = None,
    importing: Callable[[str], Any] = importlib.import_module,
) -> StoredReport:
    """Check the stored accounts.

    Parameters
    ----------
    env
        Environment variables, which may name the folder.
    backend, importing
        As for `KeyringStore`.
    """
    folder = accounts_folder(env)
    report = StoredReport()
    files = sorted(folder.glob("*.json")) if folder.is_dir() and not folder.is_symlink() else []
    report.files = len(files)
    report.findings += [
        finding for finding in (_folder_finding(folder), *map(_file_finding, files)) if finding is not None
    ]
    if any(finding.verdict == "bad" for finding in report.findings):
        report.findings.append(_not_read(report.files))
        return report
    report.accounts = list_accounts(env, backend=backend)
    report.findings += [_unreadable_account(finding) for finding in report.accounts if finding.problem]
    report.findings.append(_count_finding(report.accounts, folder))
    report.findings += [
        finding
        for finding in (_not_writable(folder), _keyring_finding(report.accounts, backend, importing))
        if finding is not None
    ]
    return report


def _not_read(files: int) -> Finding:
    count = "" if not files else f" ({files} of them)"
    text = (
        f"the stored accounts{count} were not read, because reading would change their mode, and doctor changes nothing"
    )
    return Finding(CHECK, "note", text, "fix that, and call cf.doctor() again")


def _folder_finding(folder: Path) -> Finding | None:
    try:
        info = folder.lstat()
    except FileNotFoundError:
        return None
    except OSError as error:
        return Finding(CHECK, "bad", f"{folder} cannot be checked: {error.strerror}", _home_fix())
    if not stat.S_ISDIR(info.st_mode):
        return _wrong_type(folder, info, "folder")
    return _not_owned(folder, info) or _too_open(folder, info, 0o700, "see the accounts in")


def _file_finding(path: Path) -> Finding | None:
    try:
        info = path.lstat()
    except OSError as error:
        return Finding(CHECK, "bad", f"{path} cannot be checked: {error.strerror}", _home_fix())
    if not stat.S_ISREG(info.st_mode):
        return _wrong_type(path, info, "file")
    return _not_owned(path, info) or _too_open(path, info, 0o600, "read the tokens in")


def _too_open(path: Path, info: os.stat_result, mode: int, action: str) -> Finding | None:
    if not (POSIX and info.st_mode & 0o077):
        return None
    text = f"other users of this machine can {action} {path} (mode {stat.S_IMODE(info.st_mode):04o})"
    advice = "; if another user may have read it, cf.logout(revoke=True) and sign in again" if mode == 0o600 else ""
    return Finding(CHECK, "bad", text, f"chmod {mode:o} {shlex.quote(str(path))}{advice}")


def _not_owned(path: Path, info: os.stat_result) -> Finding | None:
    if not POSIX or info.st_uid == os.geteuid():
        return None
    return Finding(CHECK, "bad", f"{path} belongs to another user, so it is not read", _home_fix())


def _wrong_type(path: Path, info: os.stat_result, expected: str) -> Finding:
    kind = "a symbolic link" if stat.S_ISLNK(info.st_mode) else "something else"
    text = f"{path} is {kind} where a {expected} should be, so it is not read"
    return Finding(CHECK, "bad", text, f"find out who put it there; then rm {shlex.quote(str(path))}")


def _home_fix() -> str:
    return "set CRONOFY_FRAMES_HOME to a folder of your own, as in: export CRONOFY_FRAMES_HOME=~/.cronofy_frames"


def _unreadable_account(account: StoredAccount) -> Finding:
    path = shlex.quote(str(account.file.file))
    return Finding(CHECK, "bad", account.problem, f"restore it from a backup; or rm {path}, and {commands.login()}")


def _count_finding(accounts: list[StoredAccount], folder: Path) -> Finding:
    if not accounts:
        return Finding(CHECK, "good", f"none is stored; cf.login() would store one in {folder}")
    names = [f"{account.display_name} ({account.kind})" for account in accounts if account.kind]
    rest = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    modes = ", readable by you only" if POSIX else ""
    count = f"{quantity(len(accounts), 'is', 'are')} stored in {folder}{modes}"
    return Finding(CHECK, "good", f"{count}: {', '.join(names[:LISTED])}{rest}" if names else count)


def _not_writable(folder: Path) -> Finding | None:
    """Return a finding if nothing can be stored: if the nearest existing folder cannot be written to."""
    existing = folder
    while not os.path.lexists(existing) and existing != existing.parent:
        existing = existing.parent
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return None
    reason = "cannot be written to" if existing.is_dir() else "is not a folder"
    text = f"{existing} {reason}, so neither new nor renewed tokens can be stored in {folder}"
    return Finding(CHECK, "bad", text, _home_fix())


def _keyring_finding(accounts: list[StoredAccount], backend: Any, importing: Callable[[str], Any]) -> Finding | None:
    """Return the finding about the keyring; it is read only for accounts in it, as it may ask for a password."""
    in_keyring = [account for account in accounts if account.kind == "keyring"]
    try:
        for account in in_keyring:
            account.load()
        keyring = backend if backend is not None else system_keyring(importing)
    except CronofyError as error:
        if in_keyring:
            return Finding("keyring", "bad", str(error), f"unlock it; or {commands.login(account=in_keyring[0].name)}")
        return None  # a missing package is reported with the versions
    name = f"{type(keyring).__module__}.{type(keyring).__qualname__}"
    if is_recommended(keyring):
        return Finding("keyring", "good", f'{name} is available, for store="keyring"')
    text = f"{name} is not a safe keyring: tokens are stored in files, which is the default"
    return Finding(
        "keyring", "note", text, 'store="file" needs no keyring; pypi.org/project/keyring explains how to set one up'
    )
