"""What messages and arguments call the columns of a file: by their header, or by their letter if they have none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cronofy_frames.sheets.read.values import cell_text


def header_labels(headers: Sequence[str]) -> list[str]:
    """Return the headers with a number after each that another has already: Start, Start (2)."""
    labels: list[str] = []
    used = set(headers)
    for header in headers:
        label, count = header, 1
        while label in labels or (count > 1 and label in used):
            count += 1
            label = f"{header} ({count})"
        labels.append(label)
    return labels


def header_text(cell: Any, at: int) -> str:
    """Return the text of a header; a blank one is called after the letter of its column."""
    text = cell_text(cell)
    return text if text.strip() else f"column {column_letter(at)}"


def column_letter(at: int) -> str:
    """Return the letters of the column at a position from 0, as spreadsheets show them."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
