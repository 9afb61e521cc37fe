"""Registry of stored accounts: list them, find one by name, and make the store for an account."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cronofy_frames.errors import CronofyError, UnknownAccount
from cronofy_frames.text import shorten, single_line
from cronofy_frames.tokens import disk
from cronofy_frames.tokens.account_document import LONGEST_NAME, AccountFile, accounts_folder, file_stem, name_key
from cronofy_frames.tokens.file_store import FileStore, is_in_keyring, read_document
from cronofy_frames.tokens.keyring_store import KeyringStore, is_recommended, system_keyring
from cronofy_frames.wire.credentials import SIGN_IN, Tokens, TokenStore
from cronofy_frames.wire.memory_store import EnvironmentStore, MemoryStore

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

STORE_NAMES = ("memory", "file", "keyring", "env", "auto")
WHOLE_NAME = "give the whole name"


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """One stored account.

    Attributes
    ----------
    name
        Its name; the file's name where the file cannot be read.
    kind
        file or keyring; "" where its file cannot be read.
    file
        The paths of its files.
    store
        The store of its tokens; None where its file cannot be read.
    problem
        Why its file cannot be read; "" where it can.
    """

    name: str
    kind: str
    file: AccountFile
    store: FileStore | KeyringStore | None
    problem: str = ""

    @property
    def display_name(self) -> str:
        """Its name, shortened for messages."""
        return shorten(self.name, LONGEST_NAME)

    def load(self) -> tuple[TokenStore, Tokens]:
        """Return its store and its tokens.

        Raises
        ------
        CronofyError
            There are no tokens, or they cannot be read.
        """
        if self.store is None:
            raise CronofyError(self.problem)
        tokens = self.store.load()
        if tokens is None:
            raise UnknownAccount(
                f"{self.display_name} is listed, but its {self.kind} holds no tokens any more; {SIGN_IN}."
            )
        return self.store, tokens

    def forget(self) -> None:
        """Delete its tokens and its file."""
        if self.store is not None:
            self.store.save(Tokens())
            return
        with disk.lock_account(self.file):
            disk.remove_file(self.file)


def list_accounts(
    environment: Mapping[str, str] | None = None,
    *,
    folder: str | os.PathLike[str] | None = None,
    backend: KeyringBackend | None = None,
) -> list[StoredAccount]:
    """Return the stored accounts, sorted by name.

    Parameters
    ----------
    environment, folder
        As for `FileStore`.
    backend
        The keyring of the accounts that are in one.
    """
    home = accounts_folder(environment, folder)
    if not disk.secure_folder(home, create=False):
        return []
    accounts = [_read_account(AccountFile(path.stem, home, path.stem), backend) for path in home.glob("*.json")]
    return sorted(
        (account for account in accounts if account is not None),
        key=lambda account: (name_key(account.name), account.file.stem),
    )


def _read_account(file: AccountFile, backend: KeyringBackend | None) -> StoredAccount | None:
    try:
        document = read_document(file)
    except (CronofyError, OSError) as error:
        return StoredAccount(file.account, "", file, None, str(error))
    if document is None:
        return None  # removed since the folder was read
    home = file.folder.parent
    if document.store == "keyring":
        ring = KeyringStore(document.account, backend=backend, folder=home)
        return StoredAccount(document.account, "keyring", file, ring)
    return StoredAccount(document.account, "file", file, FileStore(document.account, folder=home))


def find_account(name: str, accounts: Sequence[StoredAccount], *, whole: bool = False) -> StoredAccount:
    """Return the account with a name: its own, else its profile's name or its sub, else the part of one before the @.

    Parameters
    ----------
    name
        The name; case does not matter.
    accounts
        The stored accounts.
    whole
        Whether the part before the @ is not enough, as where the account is to be deleted.

    Raises
    ------
    UnknownAccount
        No account matches, or several do; the message lists them.
    """
    key = name_key(name.strip())
    for account in accounts:
        if account.file.stem == file_stem(name.strip()) or name_key(account.name) == key:
            return account
    named = [(account, *_other_names(account)) for account in accounts]
    for candidates in (
        [account for account, names, sub in named if key and key in (*names, sub)],
        [account for account, names, _ in named if not whole and key and key in map(_local_part, names)],
    ):
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            raise UnknownAccount(
                f"{shorten(repr(name), LONGEST_NAME)} may be any of {account_list(candidates)}: {WHOLE_NAME}."
            )
    stored = f"Stored are {account_list(accounts)}" if accounts else "None is stored"
    step = WHOLE_NAME if whole and accounts else "sign in with cf.login(), or cronofy-frames login"
    raise UnknownAccount(f"No account is stored as {shorten(repr(name), LONGEST_NAME)}. {stored}; {step}.")


def _other_names(account: StoredAccount) -> tuple[set[str], str]:
    """Return the keys of an account's names, also as frames show them, and the key of its sub."""
    names, sub = {account.name, single_line(account.name)}, ""
    try:
        _, tokens = account.load()
    except (CronofyError, OSError):
        return set(map(name_key, names)), sub  # an account that cannot be read has no other names
    names |= {tokens.profile_name, single_line(tokens.profile_name)} if tokens.profile_name else set()
    return set(map(name_key, names)), name_key(tokens.sub or "")


def _local_part(key: str) -> str | None:
    first, at, _ = key.partition("@")
    return first if at else None


def account_list(accounts: Iterable[StoredAccount]) -> str:
    """Return the names of accounts as a list for a message."""
    return ", ".join(account.display_name for account in accounts)


def make_store(
    kind: str,
    account: str | None = None,
    environment: Mapping[str, str] | None = None,
    *,
    backend: KeyringBackend | None = None,
    importing: Callable[[str], Any] = importlib.import_module,
) -> TokenStore:
    """Return a token store by the name of its kind; nothing is written yet.

    Parameters
    ----------
    kind
        memory, file, keyring, env, or auto: where the account is stored already, else the keyring if it can be used,
        else a file.
    account
        The account's name, for kinds that store several.
    environment
        Environment variables; by default those of the process.
    backend, importing
        As for `KeyringStore`.

    Raises
    ------
    ValueError
        For another kind, or without a name where one is needed.
    CronofyError
        The keyring was chosen and cannot be used.
    """
    if kind not in STORE_NAMES:
        raise ValueError(f"store is {', '.join(STORE_NAMES)}, or a token store; not {kind!r}.")
    if kind == "memory":
        return MemoryStore()
    if kind == "env":
        return EnvironmentStore(environment)
    if account is None:
        raise ValueError(f"store={kind!r} holds several accounts: name one with account=.")
    place = AccountFile.of(account, environment=environment)
    file = FileStore(account, environment=environment)
    ring = KeyringStore(account, backend=backend, environment=environment, importing=importing)
    if kind == "keyring" or (kind == "auto" and is_in_keyring(place)):
        ring.usable()
        return ring
    if kind == "file" or disk.read_file(place) is not None:
        return file
    return ring if _prefers_keyring(ring, backend, importing) else file


def _prefers_keyring(ring: KeyringStore, backend: KeyringBackend | None, importing: Callable[[str], Any]) -> bool:
    try:
        ring.usable()
        return is_recommended(backend if backend is not None else system_keyring(importing))
    except CronofyError:
        return False
