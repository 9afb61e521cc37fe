"""Formulas in a text file: a quoted text as ="Workshop 1", a HYPERLINK with its text, and others, which have no value.

Programs write ="0123" so that a spreadsheet program keeps the text as it is. `export` puts an apostrophe before texts
that look like a formula, so that they are none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from cronofy_frames.sheets.read.uncomputed_cells import UncomputedCell

_QUOTED = r'"((?:[^"]|"")*)"'
_TEXT = re.compile(rf"=\s*{_QUOTED}\s*")
_LINK = re.compile(rf"=\s*HYPERLINK\(\s*{_QUOTED}\s*(?:[,;]\s*{_QUOTED}\s*)?\)\s*", re.IGNORECASE)
_FORMULA = re.compile(
    r"=\s*(?:[A-Z_][A-Z0-9_.]*\(.*\)|\$?[A-Z]{1,3}\$?\d{1,7}(?:\s*[-+*/&^:,].*)?|\"(?:[^\"]|\"\")*\"\s*&.*)\s*",
    re.IGNORECASE | re.DOTALL,
)


def without_formulas(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Return the rows of a text file with the texts of formulas that are one, and with marks for the others."""
    return [[_value(cell) if isinstance(cell, str) and cell[:1] == "=" else cell for cell in row] for row in rows]


def _value(cell: str) -> Any:
    if match := _TEXT.fullmatch(cell):
        return match[1].replace('""', '"') or None
    if match := _LINK.fullmatch(cell):
        return (match[1] if match[2] is None else match[2]).replace('""', '"') or None
    return UncomputedCell(cell) if _FORMULA.fullmatch(cell) else cell
