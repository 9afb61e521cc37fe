"""Keyring store: tokens in macOS Keychain, Windows Credential Manager or the Secret Service of Linux."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from cronofy_frames.errors import CronofyError
from cronofy_frames.tokens import disk
from cronofy_frames.tokens.account_document import AccountDocument, AccountFile, default_home, parse_document
from cronofy_frames.tokens.file_store import is_in_keyring
from cronofy_frames.wire.credentials import Tokens

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "cronofy_frames"


class KeyringStore:
    """Token store in the operating system's keyring; it needs `pip install "cronofy-frames[keyring]"`.

    A file without tokens records that the account is in the keyring, so that `connect(account=...)` and `accounts`
    find it.

    Parameters
    ----------
    account
        A name for the account, such as its e-mail address; case does not matter.
    backend
        The keyring; by default the one that the package `keyring` chooses.
    folder, environment
        As for `FileStore`.
    importing
        Imports the package `keyring`.

    Attributes
    ----------
    account
        The account's name.
    path
        The file that records that it is in the keyring.

    Examples
    --------
    >>> store = cf.KeyringStore("ann@example.test", backend=backend, folder=folder / "mine")
    >>> store.save(cf.Tokens(access_token="a", refresh_token="r"))
    >>> store.load()
    <Tokens: access_token set, refresh_token set, scope None, sub None>
    """

    def __init__(
        self,
        account: str,
        *,
        backend: KeyringBackend | None = None,
        folder: str | os.PathLike[str] | None = None,
        environment: Mapping[str, str] | None = None,
        importing: Callable[[str], Any] = importlib.import_module,
    ) -> None:
        self._file = AccountFile.of(account, home=folder, environment=environment)
        self.account, self.path = self._file.account, self._file.file
        self._backend, self._importing = backend, importing
        # folders may have accounts of the same name, and share the keyring
        home = self._file.folder.parent
        self._service = SERVICE if home == default_home() else f"{SERVICE} in {home}"

    def __repr__(self) -> str:
        return f"<KeyringStore of {self._file.display_name}>"

    def load(self) -> Tokens | None:
        """Return the tokens in the keyring; None where there are none.

        Raises
        ------
        CronofyError
            When there is no keyring, or it is locked.
        """
        content = self._use_keyring("read", lambda ring: ring.get_password(self._service, self._file.stem))
        if content is None:
            return None
        where = f"The entry {self._file.stem} of {self._service} in the keyring"
        tokens = parse_document(content, self._file.stem, where).tokens
        return None if tokens.empty else tokens

    def save(self, tokens: Tokens) -> None:
        """Replace the tokens in the keyring; empty tokens delete the entry."""
        with self.lock():
            if tokens.empty:
                self._delete_entry()
                return
            content = AccountDocument(self.account, "keyring", tokens).to_bytes().decode("ascii")
            self._use_keyring("changed", lambda ring: ring.set_password(self._service, self._file.stem, content))
            if self._use_keyring("read", lambda ring: ring.get_password(self._service, self._file.stem)) != content:
                raise _unusable_error("it does not store what it is given")
            disk.replace_file(self._file, AccountDocument(self.account, "keyring", Tokens()).to_bytes())

    def lock(self, seconds: float = disk.LONGEST_LOCK) -> AbstractContextManager[None]:
        """Return a context manager that locks the account against other threads and processes.

        Parameters
        ----------
        seconds
            How long to wait for the lock before a `CronofyError`.
        """
        return disk.lock_account(self._file, seconds)

    def usable(self) -> None:
        """Raise a `CronofyError` with the next step if the keyring cannot be used."""
        self._use_keyring("read", lambda ring: ring.get_password(self._service, self._file.stem))

    def _delete_entry(self) -> None:
        def delete(ring: KeyringBackend) -> None:
            if ring.get_password(self._service, self._file.stem) is not None:
                ring.delete_password(self._service, self._file.stem)

        self._use_keyring("changed", delete)
        if is_in_keyring(self._file):
            disk.remove_file(self._file)

    def _use_keyring(self, action: str, operation: Callable[[KeyringBackend], Any]) -> Any:
        ring = self._backend if self._backend is not None else system_keyring(self._importing)
        if _priority(ring) <= 0:
            raise _unusable_error("none is available")
        try:
            return operation(ring)
        except Exception as error:
            # its text comes from another program, and may quote the tokens
            raise _unusable_error(f"it could not be {action}: {type(error).__name__}") from None


def system_keyring(importing: Callable[[str], Any] = importlib.import_module) -> KeyringBackend:
    """Return the keyring that the package `keyring` chooses.

    Raises
    ------
    CronofyError
        The package is not installed, or finds no keyring.
    """
    try:
        library = importing("keyring")
    except ImportError:
        raise CronofyError(
            'The keyring needs a package that is not installed: pip install "cronofy-frames[keyring]"; or use '
            'store="file".'
        ) from None
    try:
        chosen: KeyringBackend = library.get_keyring()
    except Exception as error:
        raise _unusable_error(type(error).__name__) from None
    return chosen


def is_recommended(ring: KeyringBackend) -> bool:
    """Return whether a keyring is safer than a private file; some are not."""
    return _priority(ring) >= 1


def _priority(ring: KeyringBackend) -> float:
    try:
        return float(ring.priority)
    except NotImplementedError:
        return 1.0  # a keyring without a priority was chosen by the user
    except Exception:
        return -1.0  # so a keyring reports that it cannot be used


def _unusable_error(reason: str) -> CronofyError:
    return CronofyError(
        f'The system\'s keyring cannot be used ({reason}). Unlock it, or set one up; or use store="file", '
        "which keeps tokens in a private file."
    )
