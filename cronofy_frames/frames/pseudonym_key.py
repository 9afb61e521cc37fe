"""Pseudonyms of people: keyed hashes of e-mail addresses and names."""

from __future__ import annotations

import hashlib
import hmac
import re

from cronofy_frames.frames.addresses import is_address, normal_address
from cronofy_frames.frames.people_rewriter import PeopleRewriter

SHORTEST_KEY = 16
DOMAIN = "pseudonym.invalid"
"""The domain of pseudonyms without their own; no mail is ever delivered to `.invalid`."""

ROOM_DOMAIN = "calendar.google.com"
"""The domain of Google's rooms and shared calendars: it names no organisation, and measures recognise rooms by it."""

HASH_DIGITS = 24
CHECK_DIGITS = 8
_PSEUDONYM = re.compile(rf"p-([0-9a-f]{{{HASH_DIGITS}}})([0-9a-f]{{{CHECK_DIGITS}}})(?:@(.+))?")
_PERSON = re.compile(rf"Person ([0-9a-f]{{{CHECK_DIGITS}}})([0-9a-f]{{{CHECK_DIGITS}}})")


def key_bytes(key: bytes | str) -> bytes:
    """Return a key as bytes.

    Raises
    ------
    TypeError
        It is neither bytes nor text.
    ValueError
        It has fewer than 16 bytes.
    """
    content = key.encode() if isinstance(key, str) else key
    if not isinstance(content, bytes | bytearray):
        raise TypeError(f"key is bytes or text; not {type(key).__name__}: pass secrets.token_bytes(32).")
    if len(content) < SHORTEST_KEY:
        raise ValueError(
            f"key has {len(content)} bytes and needs at least {SHORTEST_KEY}, because a short key can be guessed, and "
            "reveals people: make one with secrets.token_bytes(32), and store it as you store passwords."
        )
    return bytes(content)


class PseudonymKey(PeopleRewriter):
    """Makes pseudonyms with a key: the same for all spellings of an address, in every process.

    A pseudonym contains a checksum that only this key can make. So pseudonyms of this key stay the same when they are
    pseudonymised again, and those of another key are hashed like addresses.

    Parameters
    ----------
    key
        At least 16 bytes.
    keep_domain
        Whether a pseudonym ends with the domain of its address.
    """

    def __init__(self, key: bytes | str, *, keep_domain: bool) -> None:
        self._key = key_bytes(key)
        self._keep_domain = keep_domain
        self._addresses: dict[str, str] = {}

    def address(self, text: str) -> str:
        """Return the pseudonym of an address; any other text is hashed as a whole."""
        if (pseudonym := self._addresses.get(text)) is None:
            pseudonym = self._addresses[text] = self._address(text)
        return pseudonym

    def _address(self, text: str) -> str:
        own = _PSEUDONYM.fullmatch(text)
        if own and self._check(own[1]) == own[2]:
            return f"p-{own[1]}{own[2]}@{(self._keep_domain and own[3]) or DOMAIN}"
        plain = normal_address(text)
        own_domain = plain.rpartition("@")[2] if "@" in plain else ""
        is_kept = own_domain and (self._keep_domain or own_domain.endswith(ROOM_DOMAIN))
        return f"{self._identifier(plain)}@{own_domain if is_kept else DOMAIN}"

    def identifier(self, text: str) -> str:
        """Return the pseudonym of a text that is neither an address nor a name, such as an id."""
        own = _PSEUDONYM.fullmatch(text)
        return text if own and self._check(own[1]) == own[2] else self._identifier(text)

    def _identifier(self, plain: str) -> str:
        digits = self._digest(f"address:{plain}")[:HASH_DIGITS]
        return f"p-{digits}{self._check(digits)}"

    def name(self, text: str, address: str | None = None) -> str:
        """Return the pseudonym of a person's name: that of their address where it is known."""
        if is_address(text):
            return self.address(text)
        own = _PERSON.fullmatch(text)
        if own and self._check(own[1]) == own[2]:
            return text
        if address:
            digits = self.address(address)[2 : 2 + CHECK_DIGITS]
        else:
            digits = self._digest(f"name:{' '.join(text.casefold().split())}")[:CHECK_DIGITS]
        return f"Person {digits}{self._check(digits)}"

    def _digest(self, text: str) -> str:
        return hmac.new(self._key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def _check(self, digits: str) -> str:
        return self._digest(f"check:{digits}")[:CHECK_DIGITS]
