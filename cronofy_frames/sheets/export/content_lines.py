"""Content lines of iCalendar (RFC 5545, 3.1): properties with parameters, escaped and folded.

The iCalendar library builds an object for each value, which takes most of the time that a large file needs. Tests
compare these lines with those that it writes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_LIMIT = 74  # octets of a line; a continuation has a space before them, and none has more than 75
# RFC 5545, 3.1: no control characters but the tab and, escaped, the line feed; lone surrogates are not UTF-8
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_SPECIAL = re.compile(r"[\\;,\n]")
_IN_QUOTES = re.compile("[,;:’]")
_ESCAPED_PARAMETER = {"^": "^^", '"': "^'", "\n": "^n"}  # RFC 6868


def allowed_text(text: str) -> str:
    """Return a text without the characters that a file cannot hold, and with line feeds as its line breaks."""
    if not _FORBIDDEN.search(text):
        return text
    return _FORBIDDEN.sub("", re.sub(r"\r\n?", "\n", text))


def escape_text(text: str) -> str:
    r"""Return a text as RFC 5545, 3.3.11 escapes it; nothing in it is taken for an escape, as the \N of C:\News."""
    if not _SPECIAL.search(text):
        return text
    return re.sub(r"([\\;,])", r"\\\1", text).replace("\n", "\\n")


def content_line(name: str, value: str, parameters: Mapping[str, str] | None = None) -> bytes:
    """Return a property as the bytes of its lines.

    Parameters
    ----------
    name
        Its name, in capitals.
    value
        Its value, a text escaped.
    parameters
        Its parameters in the order of their names.
    """
    options = "".join(f";{key}={_parameter_value(key, text)}" for key, text in (parameters or {}).items())
    return fold_line(f"{name}{options}:{value}".encode())


def _parameter_value(key: str, text: str) -> str:
    escaped = re.sub('[\\^"\n]', lambda match: _ESCAPED_PARAMETER[match[0]], text)
    in_quotes = _IN_QUOTES.search(escaped) or (key == "CN" and (" " in text or "'" in text))
    return f'"{escaped}"' if in_quotes else escaped


def fold_line(line: bytes) -> bytes:
    """Return a content line in lines of at most 75 octets, with an end; characters and escapes stay whole."""
    if len(line) <= _LIMIT:
        return line + b"\r\n"
    pieces = []
    start = 0
    while len(line) - start > _LIMIT:
        end = start + _LIMIT
        while line[end] & 0xC0 == 0x80:  # within a character
            end -= 1
        if line[end - 1] in b"\\^":
            end -= 1
        pieces.append(line[start:end])
        start = end
    return b"\r\n ".join([*pieces, line[start:]]) + b"\r\n"
