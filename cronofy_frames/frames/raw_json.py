"""Raw JSON: objects with values that stay JSON, and texts with characters that are not valid."""

from __future__ import annotations

import re

import msgspec

# a surrogate pair, half a pair (the group), or any other escape, so that an escaped backslash never starts a match
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
_RAW_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


def object_entries(raw: msgspec.Raw | bytes) -> dict[str, msgspec.Raw]:
    """Return the keys of an object and their values as JSON; none for any other value."""
    if bytes(memoryview(raw)[:1]) != b"{":
        return {}
    try:
        return _RAW_OBJECT.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):  # a key cut in the middle of a character
        return _RAW_OBJECT.decode(replace_invalid_characters(bytes(raw))[0])


def replace_invalid_characters(page: bytes) -> tuple[bytes, int]:
    """Return a page with U+FFFD for each invalid character, and how many there were.

    Half a surrogate pair, and bytes that are not UTF-8, occur where a provider cut a text in the middle.
    """
    text = page.decode("utf-8-sig", "replace")
    invalid = text.count("\ufffd") - page.count("\ufffd".encode())
    half_pairs = 0

    def replace(match: re.Match[bytes]) -> bytes:
        nonlocal half_pairs
        if match[1] is None:
            return match[0]
        half_pairs += 1
        return b"\\ufffd"

    return _ESCAPE.sub(replace, text.encode()), invalid + half_pairs
