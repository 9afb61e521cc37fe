"""File store: the tokens of an account in a private file."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from contextlib import AbstractContextManager

from cronofy_frames.caller import caller_level
from cronofy_frames.errors import CronofyError
from cronofy_frames.text import single_line
from cronofy_frames.tokens import disk
from cronofy_frames.tokens.account_document import AccountDocument, AccountFile, parse_document
from cronofy_frames.wire.credentials import Tokens


class FileStore:
    """Token store in a private file: one file for each account, readable by its owner only.

    The file is replaced atomically, so that a process that dies leaves the old one or the new one. Processes that
    share it renew tokens one at a time.

    Parameters
    ----------
    account
        A name for the account, such as its e-mail address; case does not matter.
    folder
        The folder whose subfolder `accounts` has the files; by default CRONOFY_FRAMES_HOME, or your user data folder.
    environment
        Environment variables; by default those of the process.

    Attributes
    ----------
    account
        The account's name.
    path
        Its file.

    Examples
    --------
    >>> store = cf.FileStore("ann@example.test", folder=folder / "mine")
    >>> store.save(cf.Tokens(access_token="a", refresh_token="r"))
    >>> cf.FileStore("Ann@Example.Test", folder=folder / "mine").load()
    <Tokens: access_token set, refresh_token set, scope None, sub None>
    """

    def __init__(
        self,
        account: str,
        *,
        folder: str | os.PathLike[str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._file = AccountFile.of(account, home=folder, environment=environment)
        self.account, self.path = self._file.account, self._file.file

    def __repr__(self) -> str:
        return f"<FileStore of {self._file.display_name} in {single_line(str(self._file.folder))}>"

    def load(self) -> Tokens | None:
        """Return the tokens in the file; None if there is no file.

        Raises
        ------
        CronofyError
            The file is damaged, a symbolic link, or belongs to another user. It is not changed.
        """
        document = read_document(self._file)
        return document.tokens if document is not None and not document.tokens.empty else None

    def save(self, tokens: Tokens) -> None:
        """Replace the tokens in the file; empty tokens delete the file."""
        with self.lock():
            if tokens.empty:
                disk.remove_file(self._file)
                return
            was_in_keyring = is_in_keyring(self._file)
            disk.replace_file(self._file, AccountDocument(self.account, "file", tokens).to_bytes())
        if was_in_keyring:
            warnings.warn(
                f"{self._file.display_name} was stored in the system's keyring and is now stored in a file. To delete "
                f"it from the keyring: cf.KeyringStore({self.account!r}).save(cf.Tokens()).",
                UserWarning,
                stacklevel=caller_level(),
            )

    def lock(self, seconds: float = disk.LONGEST_LOCK) -> AbstractContextManager[None]:
        """Return a context manager that locks the account against other threads and processes.

        Parameters
        ----------
        seconds
            How long to wait for the lock before a `CronofyError`.
        """
        return disk.lock_account(self._file, seconds)


def read_document(file: AccountFile) -> AccountDocument | None:
    """Return the content of an account's file; None if there is no file."""
    content = disk.read_file(file)
    return None if content is None else parse_document(content, file.stem, str(file.file))


def is_in_keyring(file: AccountFile) -> bool:
    """Return whether an account is stored in the keyring, by its file; False for a file that cannot be read."""
    try:
        document = read_document(file)
    except CronofyError:
        return False
    return document is not None and document.store == "keyring"
