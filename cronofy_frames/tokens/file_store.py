"""Tokens in a file of their own."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from contextlib import AbstractContextManager

from cronofy_frames.errors import CronofyError
from cronofy_frames.text import single_line
from cronofy_frames.tokens import disk
from cronofy_frames.tokens.places import Document, Place, decoded
from cronofy_frames.wire.credentials import Tokens


class FileStore:
    """Keeps an account's tokens in a file for its owner's eyes only.

    The file is replaced as a whole, so that a process that dies leaves the old one or the new one, and processes that
    share it renew one at a time.

    Parameters
    ----------
    account
        What you call the account, such as its e-mail address; case does not matter.
    folder
        Where accounts are kept, in a folder `accounts` of it; by default CRONOFY_FRAMES_HOME, or your user data folder.
    environment
        Looked up in place of the process's own.

    Attributes
    ----------
    account
        What the account is called.
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
        self._place = Place.of(account, home=folder, environment=environment)
        self.account, self.path = self._place.account, self._place.file

    def __repr__(self) -> str:
        return f"<FileStore of {self._place.shown} in {single_line(str(self._place.folder))}>"

    def load(self) -> Tokens | None:
        """Return the tokens in the file; None where there is none.

        Raises
        ------
        CronofyError
            When the file is damaged, a symbolic link, or another user's. It is left as it is.
        """
        document = documented(self._place)
        return document.tokens if document is not None and not document.tokens.empty else None

    def save(self, tokens: Tokens) -> None:
        """Replace the file; empty tokens remove it."""
        with self.lock():
            if tokens.empty:
                disk.remove(self._place)
                return
            moved = rests_in_keyring(self._place)
            disk.replace(self._place, Document(self.account, "file", tokens).encoded())
        if moved:
            warnings.warn(
                f"{self._place.shown} rested in the system's keyring and rests in a file from now on. What the keyring "
                f"still has of it goes with cf.KeyringStore({self.account!r}).save(cf.Tokens()).",
                UserWarning,
                stacklevel=2,
            )

    def lock(self, seconds: float = disk.LONGEST_HOLD) -> AbstractContextManager[None]:
        """Hold the account, as a context manager, against other threads and processes.

        Parameters
        ----------
        seconds
            How long to wait for another that holds it; then a `CronofyError` says so.
        """
        return disk.held(self._place, seconds)


def documented(place: Place) -> Document | None:
    """Return what an account's file says; None where there is none."""
    content = disk.read(place)
    return None if content is None else decoded(content, place.stem, str(place.file))


def rests_in_keyring(place: Place) -> bool:
    """Return whether an account's file says so; what cannot be read says nothing."""
    try:
        document = documented(place)
    except CronofyError:
        return False
    return document is not None and document.store == "keyring"
