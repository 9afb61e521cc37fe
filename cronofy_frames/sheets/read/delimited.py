"""Delimited text (CSV with any delimiter) as rows of cells."""

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

from cronofy_frames.sheets.read.headers import count_known, is_blank
from cronofy_frames.sheets.read.limits.file_limits import FileLimits

DELIMITERS = (",", ";", "\t", "|")

_END = "\x1e\x1f"
_SEPARATOR_LINE = re.compile(r"sep=(.)(?:\r\n|\r|\n|\Z)", re.IGNORECASE)  # a line for Excel
_SAMPLE_ROWS = 50


def parse_delimited(
    text: str, delimiter: str | None = None, *, limits: FileLimits | None = None
) -> tuple[list[list[Any]], str]:
    """Return the rows of a text, with None for blank cells, and the delimiter.

    A row can have several lines, because a cell can contain line breaks. A line `sep=;` at the start is not a row.

    Raises
    ------
    ValueError
        A quotation mark never closes, or `delimiter` cannot be one.
    LimitExceeded
        There are more cells than the limits allow.
    """
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise ValueError(f"delimiter is one character such as ';', not {delimiter!r}.")
    separator = _SEPARATOR_LINE.match(text)
    if separator:
        text = text[separator.end() :]
    chosen = delimiter or (separator and separator[1]) or detect_delimiter(text)
    rows, is_closed = _parse_rows(text, chosen, limits or FileLimits())
    if not is_closed:
        raise ValueError(
            f'the quotation mark (") that opens in row {len(rows)} never closes: close it in the file, or double it '
            "where it is part of the text."
        )
    return rows, chosen


def _parse_rows(text: str, delimiter: str, limits: FileLimits) -> tuple[list[list[Any]], bool]:
    """Return the rows, and whether all quotation marks are closed."""
    # the row that is added comes last on its own, unless a quotation mark is open
    end = "" if not text or text[-1] in "\r\n" else "\n"
    rows, count = list[list[Any]](), 0
    with _long_cells():
        for row in csv.reader(io.StringIO(f"{text}{end}{_END}", newline=""), delimiter=delimiter):
            rows.append([cell or None for cell in row])
            count += len(row)
            limits.check_cells(count - 1)  # without the row that is added
    return (rows[:-1], True) if rows[-1] == [_END] else (rows, False)


@contextmanager
def _long_cells() -> Iterator[None]:
    """Allow cells of any length; the csv module refuses more than 128 kB by default."""
    before = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        yield
    finally:
        csv.field_size_limit(before)


def detect_delimiter(text: str) -> str:
    """Return the delimiter that gives the most known headers; among those the most rows of equal width."""
    return max(DELIMITERS, key=lambda delimiter: _score(text, delimiter))


def _score(text: str, delimiter: str) -> tuple[int, float, int]:
    lines = csv.reader(io.StringIO(text[:200_000], newline=""), delimiter=delimiter)
    with _long_cells():
        rows = [row for row in itertools.islice(lines, _SAMPLE_ROWS) if not is_blank(row)]
    names = max((count_known(row) for row in rows if len(row) > 1), default=0)
    width, count = Counter(map(len, rows)).most_common(1)[0] if rows else (1, 0)
    return (names, count / len(rows), width) if width > 1 else (names, 0.0, 0)
