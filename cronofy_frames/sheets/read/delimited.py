"""Text -> records, whatever stands between their cells."""

from __future__ import annotations

import csv
import io
import itertools
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cronofy_frames.sheets.read.headers import blank, known

DELIMITERS = (",", ";", "\t", "|")

_END = "\x1e\x1f"
_TOLD = re.compile(r"sep=(.)(?:\r\n|\r|\n|\Z)", re.IGNORECASE)  # Excel takes this line for itself
_LOOKED_AT = 50


def records(text: str, delimiter: str | None = None) -> tuple[list[list[Any]], str]:
    """Return the records of a text, blank cells as None, and what stands between the cells.

    Records count, not lines: a cell may hold line breaks. A line `sep=;` at the start is not a record.

    Raises
    ------
    ValueError
        A quotation mark opens and never closes, or `delimiter` is none.
    """
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise ValueError(f"delimiter is one character such as ';', not {delimiter!r}.")
    told = _TOLD.match(text)
    if told:
        text = text[told.end() :]
    between = delimiter or (told and told[1]) or detected(text)
    rows, closed = _parsed(text, between)
    if not closed:
        raise ValueError(
            f'the quotation mark (") that opens in row {len(rows)} never closes: close it in the file, or double it '
            "where it is part of the text."
        )
    return rows, between


def _parsed(text: str, delimiter: str) -> tuple[list[list[Any]], bool]:
    # the record that is added stands alone at the end, unless a quotation mark is open
    end = "" if not text or text[-1] in "\r\n" else "\n"
    with _long_cells():
        rows = [
            [cell or None for cell in row]
            for row in csv.reader(io.StringIO(f"{text}{end}{_END}", newline=""), delimiter=delimiter)
        ]
    return (rows[:-1], True) if rows[-1] == [_END] else (rows, False)


@contextmanager
def _long_cells() -> Iterator[None]:
    """Let cells be as long as they are: the reader refuses more than 128 kB otherwise."""
    before = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        yield
    finally:
        csv.field_size_limit(before)


def detected(text: str) -> str:
    """Return what stands between the cells: it gives the most names that we know, then the most even rows."""
    return max(DELIMITERS, key=lambda one: _evidence(text, one))


def _evidence(text: str, delimiter: str) -> tuple[int, float, int]:
    lines = csv.reader(io.StringIO(text[:200_000], newline=""), delimiter=delimiter)
    with _long_cells():
        rows = [row for row in itertools.islice(lines, _LOOKED_AT) if not blank(row)]
    names = max((known(row) for row in rows if len(row) > 1), default=0)
    width, times = Counter(map(len, rows)).most_common(1)[0] if rows else (1, 0)
    return (names, times / len(rows), width) if width > 1 else (names, 0.0, 0)
