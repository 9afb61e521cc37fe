"""The accounts that are kept, by name."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cronofy_frames.errors import CronofyError, UnknownAccount
from cronofy_frames.text import shorten, single_line
from cronofy_frames.tokens import disk
from cronofy_frames.tokens.file_store import FileStore, documented, rests_in_keyring
from cronofy_frames.tokens.keyring_store import KeyringStore, recommended, system_keyring
from cronofy_frames.tokens.places import LONGEST, Place, folder_of, key_of, stem_of
from cronofy_frames.wire.credentials import SIGN_IN, Tokens, TokenStore
from cronofy_frames.wire.memory_store import EnvironmentStore, MemoryStore

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

WORDS = ("memory", "file", "keyring", "env", "auto")
WHOLE = "give the whole name"


@dataclass(frozen=True, slots=True)
class Kept:
    """An account that is kept.

    Attributes
    ----------
    name
        What it is called; where its file cannot be read, the file's name.
    kind
        file or keyring; "" where its file cannot be read.
    place
        Where its file is.
    store
        Where its tokens rest; None where its file cannot be read.
    problem
        Why it cannot be read; "" where it can.
    """

    name: str
    kind: str
    place: Place
    store: FileStore | KeyringStore | None
    problem: str = ""

    @property
    def shown(self) -> str:
        """Its name as messages have it."""
        return shorten(self.name, LONGEST)

    def opened(self) -> tuple[TokenStore, Tokens]:
        """Return where its tokens rest, and the tokens.

        Raises
        ------
        CronofyError
            When there are none, or they cannot be read.
        """
        if self.store is None:
            raise CronofyError(self.problem)
        tokens = self.store.load()
        if tokens is None:
            raise UnknownAccount(f"{self.shown} is listed, but its {self.kind} holds no tokens any more; {SIGN_IN}.")
        return self.store, tokens

    def forget(self) -> None:
        """Remove what is kept of it."""
        if self.store is not None:
            self.store.save(Tokens())
            return
        with disk.held(self.place):
            disk.remove(self.place)


def kept_accounts(
    environment: Mapping[str, str] | None = None,
    *,
    folder: str | os.PathLike[str] | None = None,
    backend: KeyringBackend | None = None,
) -> list[Kept]:
    """Return the accounts that are kept, in order of their names.

    Parameters
    ----------
    environment, folder
        As those of `FileStore`.
    backend
        The keyring for those that rest in one.
    """
    where = folder_of(environment, folder)
    if not disk.secure(where, make=False):
        return []
    found = [_kept(Place(path.stem, where, path.stem), backend) for path in where.glob("*.json")]
    return sorted((one for one in found if one is not None), key=lambda one: (key_of(one.name), one.place.stem))


def _kept(place: Place, backend: KeyringBackend | None) -> Kept | None:
    try:
        document = documented(place)
    except (CronofyError, OSError) as error:
        return Kept(place.account, "", place, None, str(error))
    if document is None:
        return None  # removed since the folder was read
    home = place.folder.parent
    if document.store == "keyring":
        ring = KeyringStore(document.account, backend=backend, folder=home)
        return Kept(document.account, "keyring", place, ring)
    return Kept(document.account, "file", place, FileStore(document.account, folder=home))


def account_named(name: str, kept: Sequence[Kept], *, whole: bool = False) -> Kept:
    """Return the account that is meant: by its name, else its profile's name or sub, else what is before the @ there.

    Parameters
    ----------
    name
        What it is called; case does not matter.
    kept
        The accounts that are kept.
    whole
        Whether what is before the @ is not enough, as where something is lost if another account was meant.

    Raises
    ------
    UnknownAccount
        When there is none, or several; it says which there are.
    """
    key = key_of(name.strip())
    for one in kept:
        if one.place.stem == stem_of(name.strip()) or key_of(one.name) == key:
            return one
    called = [(one, *_called(one)) for one in kept]
    for candidates in (
        [one for one, names, sub in called if key and key in (*names, sub)],
        [one for one, names, _ in called if not whole and key and key in map(_before_at, names)],
    ):
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            raise UnknownAccount(f"{shorten(repr(name), LONGEST)} may be any of {listed(candidates)}: {WHOLE}.")
    there = f"Stored are {listed(kept)}" if kept else "None is stored"
    step = WHOLE if whole and kept else "sign in with cf.login(), or cronofy-frames login"
    raise UnknownAccount(f"No account is stored as {shorten(repr(name), LONGEST)}. {there}; {step}.")


def _called(one: Kept) -> tuple[set[str], str]:
    """Return the keys of an account's names, also as frames have them, and of its sub."""
    names, sub = {one.name, single_line(one.name)}, ""
    try:
        _, tokens = one.opened()
    except (CronofyError, OSError):
        return set(map(key_of, names)), sub  # what cannot be read has no other name
    names |= {tokens.profile_name, single_line(tokens.profile_name)} if tokens.profile_name else set()
    return set(map(key_of, names)), key_of(tokens.sub or "")


def _before_at(key: str) -> str | None:
    first, at, _ = key.partition("@")
    return first if at else None


def listed(kept: Iterable[Kept]) -> str:
    """Return the names of accounts, for a message."""
    return ", ".join(one.shown for one in kept)


def store_named(
    word: str,
    account: str | None = None,
    environment: Mapping[str, str] | None = None,
    *,
    backend: KeyringBackend | None = None,
    importing: Callable[[str], Any] = importlib.import_module,
) -> TokenStore:
    """Return the store that a word stands for; nothing is written yet.

    Parameters
    ----------
    word
        memory, file, keyring, env, or auto: where the account is kept already, else the keyring if there is one that
        can be used, else a file.
    account
        The account's name, for those that keep several.
    environment
        Looked up in place of the process's own.
    backend, importing
        As those of `KeyringStore`.

    Raises
    ------
    ValueError
        For another word, or without a name where one is needed.
    CronofyError
        When the keyring was asked for and cannot be used.
    """
    if word not in WORDS:
        raise ValueError(f"store is {', '.join(WORDS)}, or a store of your own; not {word!r}.")
    if word == "memory":
        return MemoryStore()
    if word == "env":
        return EnvironmentStore(environment)
    if account is None:
        raise ValueError(f"store={word!r} keeps several accounts: say which with account=.")
    place = Place.of(account, environment=environment)
    file = FileStore(account, environment=environment)
    ring = KeyringStore(account, backend=backend, environment=environment, importing=importing)
    if word == "keyring" or (word == "auto" and rests_in_keyring(place)):
        ring.usable()
        return ring
    if word == "file" or disk.read(place) is not None:
        return file
    return ring if _better(ring, backend, importing) else file


def _better(ring: KeyringStore, backend: KeyringBackend | None, importing: Callable[[str], Any]) -> bool:
    try:
        ring.usable()
        return recommended(backend if backend is not None else system_keyring(importing))
    except CronofyError:
        return False
