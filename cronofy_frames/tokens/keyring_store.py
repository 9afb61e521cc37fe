"""Tokens in the operating system's keyring: macOS's Keychain, Windows' Credential Manager, Linux's Secret Service."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from cronofy_frames.errors import CronofyError
from cronofy_frames.tokens import disk
from cronofy_frames.tokens.file_store import rests_in_keyring
from cronofy_frames.tokens.places import Document, Place, decoded, default_home
from cronofy_frames.wire.credentials import Tokens

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "cronofy_frames"


class KeyringStore:
    """Keeps an account's tokens in the operating system's keyring, which `pip install "cronofy-frames[keyring]"` adds.

    Beside it stands a file without any token that says that the account rests there, so that `connect(account=...)`
    and `accounts` find it.

    Parameters
    ----------
    account
        What you call the account, such as its e-mail address; case does not matter.
    backend
        The keyring; by default the one that the package `keyring` chooses.
    folder, environment
        As those of `FileStore`.
    importing
        How the package is found.

    Attributes
    ----------
    account
        What the account is called.
    path
        The file that says where it rests.

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
        self._place = Place.of(account, home=folder, environment=environment)
        self.account, self.path = self._place.account, self._place.file
        self._given, self._importing = backend, importing
        # one keyring, and maybe several folders in which an account has the same name
        home = self._place.folder.parent
        self._service = SERVICE if home == default_home() else f"{SERVICE} in {home}"

    def __repr__(self) -> str:
        return f"<KeyringStore of {self._place.shown}>"

    def load(self) -> Tokens | None:
        """Return the tokens in the keyring; None where there are none.

        Raises
        ------
        CronofyError
            When there is no keyring, or it is locked.
        """
        content = self._asked("read", lambda ring: ring.get_password(self._service, self._place.stem))
        if content is None:
            return None
        where = f"The entry {self._place.stem} of {self._service} in the keyring"
        tokens = decoded(content, self._place.stem, where).tokens
        return None if tokens.empty else tokens

    def save(self, tokens: Tokens) -> None:
        """Replace the entry; empty tokens remove it."""
        with self.lock():
            if tokens.empty:
                self._forget()
                return
            content = Document(self.account, "keyring", tokens).encoded().decode("ascii")
            self._asked("changed", lambda ring: ring.set_password(self._service, self._place.stem, content))
            if self._asked("read", lambda ring: ring.get_password(self._service, self._place.stem)) != content:
                raise _unusable("it does not keep what it is given")
            disk.replace(self._place, Document(self.account, "keyring", Tokens()).encoded())

    def lock(self, seconds: float = disk.LONGEST_HOLD) -> AbstractContextManager[None]:
        """Hold the account, as a context manager, against other threads and processes.

        Parameters
        ----------
        seconds
            How long to wait for another that holds it; then a `CronofyError` says so.
        """
        return disk.held(self._place, seconds)

    def usable(self) -> None:
        """Raise a `CronofyError` that says what to do where the keyring cannot be used."""
        self._asked("read", lambda ring: ring.get_password(self._service, self._place.stem))

    def _forget(self) -> None:
        def forgotten(ring: KeyringBackend) -> None:
            if ring.get_password(self._service, self._place.stem) is not None:
                ring.delete_password(self._service, self._place.stem)

        self._asked("changed", forgotten)
        if rests_in_keyring(self._place):
            disk.remove(self._place)

    def _asked(self, what: str, ask: Callable[[KeyringBackend], Any]) -> Any:
        ring = self._given if self._given is not None else system_keyring(self._importing)
        if _priority(ring) <= 0:
            raise _unusable("there is none that keeps anything")
        try:
            return ask(ring)
        except Exception as error:
            # whatever it is, its text is another program's and may quote what it was given
            raise _unusable(f"it could not be {what}: {type(error).__name__}") from None


def system_keyring(importing: Callable[[str], Any] = importlib.import_module) -> KeyringBackend:
    """Return the keyring that the package `keyring` chooses.

    Raises
    ------
    CronofyError
        When the package is not installed, or it finds no keyring.
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
        raise _unusable(type(error).__name__) from None
    return chosen


def recommended(ring: KeyringBackend) -> bool:
    """Return whether a keyring is a safer place than a file of one's own, which some are not."""
    return _priority(ring) >= 1


def _priority(ring: KeyringBackend) -> float:
    try:
        return float(ring.priority)
    except NotImplementedError:
        return 1.0  # one that says nothing of itself was chosen by somebody who knows it
    except Exception:
        return -1.0  # a keyring says in this way that it cannot be used here


def _unusable(why: str) -> CronofyError:
    return CronofyError(
        f'The system\'s keyring cannot be used ({why}). Unlock it, or set one up; without one use store="file", which '
        "keeps tokens in a file for your eyes only."
    )
