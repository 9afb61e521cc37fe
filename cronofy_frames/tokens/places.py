"""Where an account's file is, and what is in it: names and bytes, nothing that is opened."""

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
LONGEST = 100  # characters of a name in a message

HOMELESS = (
    f"There is no folder that accounts could be stored in, as the system knows no home of this user: set {HOME} to the "
    "whole path of a folder of your own."
)


def key_of(name: str) -> str:
    """Return what tells two names of accounts apart: neither case, nor the way in which accents are stored."""
    # canonical caseless matching, The Unicode Standard 3.13
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def stem_of(name: str) -> str:
    """Return the name of an account's file, without its suffix: some letters for people, and a hash for the rest."""
    key = key_of(name)
    readable = re.sub(r"[^a-z0-9]+", "_", key)[:40].strip("_") or "account"
    return f"{readable}-{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:20]}"


def folder_of(environment: Mapping[str, str] | None = None, home: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder of the accounts.

    As with HOME, the process's own variable counts where the given environment has none.

    Raises
    ------
    CronofyError
        When nothing says where it is, as for a user that the system does not know.
    """
    named = home or (environment or {}).get(HOME) or os.environ.get(HOME)
    found = _expanded(Path(named)) if named else default_home()
    if found is None:
        raise CronofyError(HOMELESS)
    return found / "accounts"


def homeless(environment: Mapping[str, str] | None = None) -> bool:
    """Return whether nothing says where accounts are kept, so that none can be."""
    return not ((environment or {}).get(HOME) or os.environ.get(HOME) or default_home())


def default_home() -> Path | None:
    """Return where everything of this package is kept for this user; None where the system knows no home of theirs."""
    from platformdirs import user_data_path

    try:
        found = user_data_path("cronofy_frames", appauthor=False)
    except RuntimeError:  # as its newer versions have it; in older ones the tilde of a home stays
        return None
    return found if found.is_absolute() else None


def _expanded(path: Path) -> Path | None:
    try:
        return path.expanduser().absolute()
    except RuntimeError:
        return None


@dataclass(frozen=True, slots=True)
class Place:
    """Where one account is kept.

    Attributes
    ----------
    account
        Its name, as it was typed.
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
    ) -> Place:
        """Return the place of an account."""
        if not isinstance(account, str):
            raise TypeError(f"an account's name is a text, not a {type(account).__name__}.")
        name = account.strip()
        if not name:
            raise ValueError("an account needs a name, such as an e-mail address; this one is blank.")
        return cls(name, folder_of(environment, home), stem_of(name))

    @property
    def shown(self) -> str:
        """Its name as messages have it."""
        return shorten(self.account, LONGEST)

    @property
    def file(self) -> Path:
        """The file of the account."""
        return self.folder / f"{self.stem}.json"

    @property
    def fresh(self) -> Path:
        """What is to take the file's place, while it is being written."""
        return self.folder / f"{self.stem}.new"

    @property
    def lock(self) -> Path:
        """The file that is locked; its name gives nobody's away, for it stays when the account goes."""
        return self.folder / f"{self.stem.rpartition('-')[2]}.lock"


@dataclass(frozen=True, slots=True)
class Document:
    """What is in an account's file; in a keyring's entry too.

    Attributes
    ----------
    account
        The account's name.
    store
        Where its tokens rest: file, or keyring, and then they are not in the file.
    tokens
        The tokens.
    """

    account: str
    store: str
    tokens: Tokens

    def encoded(self) -> bytes:
        """Return it as a file has it."""
        told: dict[str, Any] = {"cronofy_frames": VERSION, "account": self.account, "store": self.store}
        if not self.tokens.empty:
            told["tokens"] = self.tokens.to_dict()
        return json.dumps(told, indent=1).encode("ascii") + b"\n"


def decoded(content: bytes | str, stem: str, where: str) -> Document:
    """Return what is in an account's file or entry.

    Raises
    ------
    CronofyError
        When it cannot be read. The message quotes nothing of it.
    """
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        raise damaged(where, "it is not JSON") from None
    if not isinstance(told, dict):
        raise damaged(where, "it is no object")
    account, store, known = told.get("account"), told.get("store"), told.get("tokens", {})
    if isinstance(version := told.get("cronofy_frames"), int) and version > VERSION:
        raise CronofyError(f"{where} was written by a newer cronofy_frames: upgrade to use it.")
    if not isinstance(account, str) or store not in ("file", "keyring"):
        raise damaged(where, "it names no account and store")
    if stem_of(account) != stem:
        raise damaged(where, "it is about another account than its name says")
    try:
        return Document(account, store, Tokens.from_dict(known))
    except CronofyError as error:
        raise damaged(where, str(error).rstrip(".")) from None


def damaged(where: str, how: str) -> CronofyError:
    """Return the error for what cannot be read."""
    return CronofyError(
        f"{where} cannot be read as a stored account ({how}). It was left as it is: restore it from a backup, or "
        f"{SIGN_IN}."
    )
