"""What a report may show of an answer: names of fields and values of enumerations, and no text of the account."""

from __future__ import annotations

import re
from collections.abc import Iterable

HIDDEN = "(hidden)"

_IDENTIFIER = re.compile(r"[a-z]{2,24}(_[a-z]{1,24}){0,5}")
_WORDS = re.compile(r"[^\W_]+")


class Privacy:
    """Decides which keys and values look like those of an API; whatever occurs in the account's texts is hidden.

    Parameters
    ----------
    texts
        The texts of the account.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        folded = [text.casefold() for text in texts]
        self._texts = set(folded)
        self._words = {word for text in folded for word in _WORDS.findall(text)}

    def is_shown(self, text: str) -> bool:
        """Return whether a key or value may be shown: an identifier that is not made of the account's own words."""
        is_own = text in self._texts or all(part in self._words for part in text.split("_"))
        return _IDENTIFIER.fullmatch(text) is not None and not is_own

    def value(self, text: str) -> str:
        """Return a value of an enumeration, or that it is hidden."""
        return text if self.is_shown(text) else HIDDEN

    def path(self, path: str) -> str:
        """Return the path of an unknown key, whose last key may be hidden; those above are the contract's."""
        parent, slash, key = path.rpartition("/")
        return f"{parent}{slash}{self.value(key)}"
