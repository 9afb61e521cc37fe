"""E-mail addresses: search in texts, and a normal form for all spellings of an address."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Callable
from urllib.parse import unquote

# other domains of a provider for the same mailboxes, and its first one
DOMAIN_ALIASES = {
    "googlemail.com": "gmail.com",
    "mac.com": "icloud.com",
    "me.com": "icloud.com",
    "pm.me": "proton.me",
    "protonmail.com": "proton.me",
    "ya.ru": "yandex.ru",
    "yandex.com": "yandex.ru",
}
WITHOUT_DOTS = frozenset({"gmail.com"})
"""Domains that ignore dots before the @."""

# the lookbehind fixes where the part before the @ begins, so that a long text without an address takes linear time
_LOCAL = r"\w.!#$^`{|}~+'%&*-"
_ADDRESS = re.compile(rf"(?<![{_LOCAL}])([{_LOCAL}]+)(@|%40)([\w-]+(?:\.[\w-]+)+)", re.IGNORECASE)
_LEADING = re.compile(r"^(?:%(?!40)[0-9a-f]{2}|[^\w%]|%)+", re.IGNORECASE)
_AROUND = "\"' \t\r\n\xa0"
_WITH_NAME = re.compile(r"[^<]*<([^<>]*)>\s*")
_SCHEME = re.compile(r"^\s*(?:mailto|smtp|sip)\s*:", re.IGNORECASE)


def is_address(text: str) -> bool:
    """Return whether a text is one e-mail address, with or without a scheme such as mailto.

    Examples
    --------
    >>> is_address("mailto:ann@example.test"), is_address("Ann <ann@example.test>")
    (True, False)
    """
    return _ADDRESS.fullmatch(_SCHEME.sub("", text).strip()) is not None


def normal_address(text: str) -> str:
    """Return an e-mail address in a form that is equal for all its spellings.

    Case, a plus-tag, the scheme, a name before it, quotes, the other domains of a provider (googlemail.com) and the
    dots of Gmail make no difference. A text without an @ is only case-folded and stripped.

    Examples
    --------
    >>> normal_address("Ann.Lee+news@GoogleMail.com"), normal_address("mailto:ann.lee@example.test")
    ('annlee@gmail.com', 'ann.lee@example.test')
    >>> normal_address("Ann Lee <ann.lee@example.test>")
    'ann.lee@example.test'
    """
    named = _WITH_NAME.fullmatch(text)
    bare = named[1] if named and "@" in named[1] else text
    plain = unicodedata.normalize("NFKC", _SCHEME.sub("", bare).strip(_AROUND)).casefold()
    local, at, domain = plain.rpartition("@")
    if not at:
        return plain
    domain = normal_domain(domain)
    local = local.strip(_AROUND)
    local = local.partition("+")[0] or local  # an address that begins with + has no tag
    return f"{local.replace('.', '') if domain in WITHOUT_DOTS else local}@{domain}"


def normal_domain(domain: str) -> str:
    """Return a domain in a form that is equal for all its spellings: case-folded ASCII, without aliases."""
    plain = domain.strip().strip(".").casefold()
    with contextlib.suppress(UnicodeError):  # not a valid domain
        plain = plain.encode("idna").decode("ascii")
    return DOMAIN_ALIASES.get(plain, plain)


def replace_addresses(text: str, replacement: Callable[[str], str]) -> str:
    """Return a text with each e-mail address in it replaced.

    Addresses that are percent-encoded in a URL (`ann%40example.test`) are decoded before they are replaced.

    Parameters
    ----------
    text
        Any text.
    replacement
        Returns the replacement of an address.

    Examples
    --------
    >>> replace_addresses("Call Ann (ann@example.test) today", lambda address: address.upper())
    'Call Ann (ANN@EXAMPLE.TEST) today'
    """

    def replace(match: re.Match[str]) -> str:
        local, at, domain = match.groups()
        leading = _LEADING.match(local)
        before, local = (leading[0], local[leading.end() :]) if leading else ("", local)
        if not local:
            return match[0]
        is_quoted = at != "@" or "%" in local
        return before + replacement(unquote(f"{local}{at}{domain}") if is_quoted else f"{local}{at}{domain}")

    # most texts have no address, and to look for the mark of one is faster than the search
    return _ADDRESS.sub(replace, text) if "@" in text or "%40" in text else text
