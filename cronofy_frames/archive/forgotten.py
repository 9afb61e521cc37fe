"""People who are forgotten: known by keyed hashes of their addresses and names only, and taken out of events."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

from cronofy_frames.frames.addresses import is_address, normal_address
from cronofy_frames.frames.people_names import Words, is_full_name, name_words, replace_names
from cronofy_frames.frames.people_rewriter import PeopleRewriter
from cronofy_frames.frames.pseudonym_key import DOMAIN, PseudonymKey

FORGOTTEN_ADDRESS = f"forgotten@{DOMAIN}"
FORGOTTEN_NAME = "Forgotten"

_REMEMBERED_TEXTS = 10_000


class ForgottenPeople(PeopleRewriter):
    """Takes out people whose addresses and names are known by their hashes only.

    Parameters
    ----------
    key
        The key of the hashes, in hexadecimal digits.
    addresses
        Hashes of the addresses, and of the accounts that were deleted.
    names
        Hashes of the names, with how many words each has.
    """

    def __init__(self, key: str, addresses: Collection[str] = (), names: Mapping[str, int] | None = None) -> None:
        self._key, self._addresses = PseudonymKey(key, keep_domain=False), frozenset(addresses)
        self._digest_key = bytes.fromhex(key)
        self._names = names or {}
        self._lengths = frozenset(self._names.values())
        self._without_names = lru_cache(_REMEMBERED_TEXTS)(self._replaced_names)

    def address_hash(self, text: str) -> str:
        """Return the hash of an address, the same for all its spellings."""
        return self._key.address(text)

    def name_hash(self, words: Words) -> str:
        """Return the hash of a name, the same for all its spellings."""
        content = " ".join(words).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(content, key=self._digest_key, digest_size=16).hexdigest()

    def account_hash(self, sub: str) -> str:
        """Return the hash of an account."""
        return self._key.identifier(f"account {sub}")

    def has_account(self, sub: str) -> bool:
        """Return whether an account is that of a forgotten person, and its history was deleted."""
        return self.account_hash(sub) in self._addresses

    def has(self, text: str) -> bool:
        """Return whether an address is that of a forgotten person."""
        return self.address_hash(text) in self._addresses

    def is_label_of(self, text: str) -> bool:
        """Return whether a label is the address or the full name of a forgotten person."""
        if is_address(text):
            return self.has(text)
        return is_full_name(text) and self.name_hash(name_words(text)) in self._names

    def address(self, text: str) -> str:
        """Return the address, or that of all who are forgotten."""
        return FORGOTTEN_ADDRESS if self.has(text) else text

    def name(self, text: str, address: str | None = None) -> str:
        """Return the name, or that of all who are forgotten."""
        is_forgotten = self.has(address) if address else is_address(text) and self.has(text)
        return FORGOTTEN_NAME if is_forgotten else self._without_names(text)

    def text(self, text: str, names: Mapping[Words, str] | None = None) -> str:
        """Return a text without forgotten people, those of its event included."""
        return self._without_names(super().text(text, names))

    def _replaced_names(self, text: str) -> str:
        return replace_names(text, self._lengths, self._instead) if self._names else text

    def _instead(self, words: Words) -> str | None:
        return FORGOTTEN_NAME if self.name_hash(words) in self._names else None

    def event(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return an event without forgotten people; the same where it has none."""
        rewritten = super().event(row)
        return dict(row) if rewritten == row else rewritten


class NameCollector(PeopleRewriter):
    """Collects the full names that a person has beside their address, and changes nothing.

    Parameters
    ----------
    addresses
        The addresses under which the person is known.

    Attributes
    ----------
    collected
        The names.
    has_address
        Whether the address is anywhere.
    """

    def __init__(self, addresses: Iterable[str]) -> None:
        self._addresses = frozenset(map(normal_address, addresses))
        self.collected: set[str] = set()
        self.has_address = False

    def address(self, text: str) -> str:
        """Return the address, and take note where it is the person's."""
        self.has_address = self.has_address or normal_address(text) in self._addresses
        return text

    def name(self, text: str, address: str | None = None) -> str:
        """Return the name, and collect it."""
        is_theirs = address is not None and normal_address(address) in self._addresses
        if is_theirs and is_full_name(text) and not is_address(text):
            self.collected.add(text)
        return text
