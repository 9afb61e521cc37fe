"""Paths and content of account files; nothing is opened here."""

from __future__ import annotations

import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cronofy_frames.errors import CronofyError
from cronofy_frames.text import shorten
from cronofy_frames.wire.credentials import SIGN_IN, Tokens

HOME = "CRONOFY_FRAMES_HOME"
VERSION = 1
LONGEST_NAME = 100  # characters of an account name in a message

NO_HOME = (
    f"There is no folder for stored accounts, as this user has no home folder: set {HOME} to the absolute path of a "
    "folder of your own."
)


def name_key(name: str) -> str:
    """Return the key by which names of accounts are compared: without case, and with accents normalised."""
    # canonical caseless matching, The Unicode Standard 3.13
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def file_stem(name: str) -> str:
    """Return the file name of an account without its suffix: a readable part, and a hash of the whole name."""
    key = name_key(name)
    readable = re.sub(r"[^a-z0-9]+", "_", key)[:40].strip("_") or "account"
    return f"{readable}-{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:20]}"


def accounts_folder(environment: Mapping[str, str] | None = None, home: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder of the stored accounts.

    The variable of the process is used where the given environment lacks it, as with HOME.

    Raises
    ------
    CronofyError
        The user has no home folder, and no variable names a folder.
    """
    named = home or (environment or {}).get(HOME) or os.environ.get(HOME)
    folder = _absolute(Path(named)) if named else default_home()
    if folder is None:
        raise CronofyError(NO_HOME)
    return folder / "accounts"


def lacks_home(environment: Mapping[str, str] | None = None) -> bool:
    """Return whether there is no folder in which accounts could be stored."""
    try:
        accounts_folder(environment)
    except CronofyError:
        return True
    return False


def default_home() -> Path | None:
    """Return the data folder of this package for the user; None where the user has no home folder."""
    from platformdirs import user_data_path

    try:
        folder = user_data_path("cronofy_frames", appauthor=False)
    except RuntimeError:  # newer versions raise; older ones leave the tilde in the path
        return None
    return folder if folder.is_absolute() else None


def _absolute(path: Path) -> Path | None:
    try:
        return path.expanduser().absolute()
    except RuntimeError:
        return None


@dataclass(frozen=True, slots=True)
class AccountFile:
    """Paths of the files of one stored account.

    Attributes
    ----------
    account
        The account's name, as it was typed.
    folder
        The folder of the accounts.
    stem
        The name of its file, without suffix.
    """

    account: str
    folder: Path
    stem: str

    @classmethod
    def of(
        cls,
        account: str,
        *,
        home: str | os.PathLike[str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> AccountFile:
        """Return the paths for an account."""
        if not isinstance(account, str):
            raise TypeError(f"an account's name is a text, not a {type(account).__name__}.")
        name = account.strip()
        if not name:
            raise ValueError("an account needs a name, such as an e-mail address; this one is blank.")
        return cls(name, accounts_folder(environment, home), file_stem(name))

    @property
    def display_name(self) -> str:
        """The account's name, shortened for messages."""
        return shorten(self.account, LONGEST_NAME)

    @property
    def file(self) -> Path:
        """The file with the account's tokens."""
        return self.folder / f"{self.stem}.json"

    @property
    def temporary(self) -> Path:
        """The temporary file that is written before it replaces `file`."""
        return self.folder / f"{self.stem}.new"

    @property
    def lock(self) -> Path:
        """The lock file; it remains when the account is deleted, so its name contains no name of a person."""
        return self.folder / f"{self.stem.rpartition('-')[2]}.lock"


@dataclass(frozen=True, slots=True)
class AccountDocument:
    """Content of an account's file, or of its entry in a keyring.

    Attributes
    ----------
    account
        The account's name.
    store
        Where the tokens are stored: file or keyring; for keyring the file has none.
    tokens
        The tokens.
    """

    account: str
    store: str
    tokens: Tokens

    def to_bytes(self) -> bytes:
        """Return the document as JSON bytes."""
        fields: dict[str, Any] = {"cronofy_frames": VERSION, "account": self.account, "store": self.store}
        if not self.tokens.empty:
            fields["tokens"] = self.tokens.to_dict()
        return json.dumps(fields, indent=1).encode("ascii") + b"\n"


def parse_document(content: bytes | str, stem: str, source: str) -> AccountDocument:
    """Parse the content of an account's file or keyring entry.

    Parameters
    ----------
    content
        The content.
    stem
        The name of the file or entry, which must be the account's.
    source
        The file or entry, for messages.

    Raises
    ------
    CronofyError
        The content is not such a document. The message quotes nothing of it.
    """
    try:
        fields = json.loads(content)
    except (ValueError, RecursionError):
        raise damaged_error(source, "it is not JSON") from None
    if not isinstance(fields, dict):
        raise damaged_error(source, "it is not an object")
    account, store, tokens = fields.get("account"), fields.get("store"), fields.get("tokens", {})
    if isinstance(version := fields.get("cronofy_frames"), int) and version > VERSION:
        raise CronofyError(f"{source} was written by a newer cronofy_frames: upgrade to use it.")
    if not isinstance(account, str) or store not in ("file", "keyring"):
        raise damaged_error(source, "it has no account and store")
    if file_stem(account) != stem:
        raise damaged_error(source, "its content belongs to another account than its name")
    try:
        return AccountDocument(account, store, Tokens.from_dict(tokens))
    except CronofyError as error:
        raise damaged_error(source, str(error).rstrip(".")) from None


def damaged_error(source: str, reason: str) -> CronofyError:
    """Return the error for a file or entry that cannot be read."""
    return CronofyError(
        f"{source} cannot be read as a stored account ({reason}). It was not changed: restore it from a backup, or "
        f"{SIGN_IN}."
    )
