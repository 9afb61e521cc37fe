"""Texts of a UTF-8 file that another program has read in a Windows code page, before it saved them again.

The mark at the start of the file shows it: its bytes are the letters "ï»¿" there. LibreOffice converts a .csv file in
this way unless it is told the encoding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_MARK = "\ufeff".encode().decode("cp1252")
NOTE = (
    "The texts of the file were saved in a wrong encoding by another program, and are read in the right one. If "
    "letters look wrong, import the original file again."
)


def has_wrong_encoding(rows: Sequence[Sequence[Any]]) -> bool:
    """Return whether the first cell of the first rows begins with the mark of UTF-8 in a wrong encoding."""
    return any(isinstance(row[0], str) and row[0].startswith(_MARK) for row in rows[:1] if row)


def with_right_encoding(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Return the rows with their texts as they were in the UTF-8 file."""
    return [[_repaired_text(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]


def _repaired_text(text: str) -> str | None:
    if text.isascii():
        return text
    try:
        return b"".join(map(_byte_of, text)).decode("utf-8").removeprefix("\ufeff") or None
    except UnicodeError:
        return text


def _byte_of(letter: str) -> bytes:
    """Return the byte that a letter was; bytes without a letter in the code page became control characters."""
    return letter.encode("latin-1" if "\x80" <= letter <= "\x9f" else "cp1252")
