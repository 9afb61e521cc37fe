"""The table of a file: headers, columns of raw cells, and labels of the rows.

Cells are as the file has them; blank ones are None.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from cronofy_frames.sheets.problems import Problems
from cronofy_frames.sheets.read.file_column import FileColumn
from cronofy_frames.sheets.read.header_labels import column_letter, header_text
from cronofy_frames.sheets.read.headers import header_row, is_blank
from cronofy_frames.sheets.read.hidden_parts import HiddenParts, hidden_note
from cronofy_frames.sheets.read.limits.file_limits import FileLimits
from cronofy_frames.sheets.read.values import unescape_formulas
from cronofy_frames.text import quantity


class Unreadable(Exception):
    """A file that is no table; the message says why, and what to do."""


@dataclass(slots=True)
class RawTable:
    """The table of a file, with its cells as they are.

    Attributes
    ----------
    headers
        The header of each column.
    columns
        The cells of each column; Series for Parquet.
    labels
        The labels of the rows.
    typed
        Whether the file itself distinguishes numbers and times from text.
    facts
        Facts about the file, as plain JSON.
    notes
        Warnings for the user.
    attrs
        The attrs that the file holds.
    has_1904_dates
        Whether numbers of dates count from 1904.
    positions
        The position of each column in the file, from 0.
    hidden
        The rows and columns of the file that are hidden.
    problems
        The cells that cannot be read.
    """

    headers: list[str]
    columns: list[Any]
    labels: pd.Index[Any]
    typed: bool
    facts: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    attrs: dict[Any, Any] = field(default_factory=dict)
    has_1904_dates: bool = False
    positions: list[int] = field(default_factory=list)
    hidden: HiddenParts = field(default_factory=HiddenParts)
    problems: Problems = field(init=False)

    def __post_init__(self) -> None:
        self.problems = Problems(self.labels)
        self.positions = self.positions or list(range(len(self.headers)))

    def drop_columns(self, positions: set[int]) -> None:
        """Remove the columns at some positions."""
        self.headers = [header for at, header in enumerate(self.headers) if at not in positions]
        self.columns = [cells for at, cells in enumerate(self.columns) if at not in positions]
        self.positions = [position for at, position in enumerate(self.positions) if at not in positions]

    def note_hidden_parts(self) -> None:
        """Add a note on the hidden rows and columns that were read."""
        note = hidden_note(self.hidden, self.labels.tolist(), dict(zip(self.positions, self.headers, strict=True)))
        self.notes += [note] if note else []


@dataclass(frozen=True, slots=True)
class FileOptions:
    """The arguments of `read_sheet` about the file."""

    meanings: Mapping[str, str]
    sheet: str | int | None
    header: int | None
    encoding: str | None
    delimiter: str | None
    limits: FileLimits = field(default_factory=FileLimits)


def table_of_rows(rows: Sequence[Sequence[Any]], options: FileOptions, *, typed: bool = False) -> RawTable:
    """Return the table in the rows of a worksheet or text file; the labels are the row numbers, from 1."""
    top = header_row(rows, options.meanings) if options.header is None else _given_header_row(rows, options.header)
    header = unescape_formulas(list(rows[top])) if rows else []
    width = max((at + 1 for at, cell in enumerate(header) if not is_blank([cell])), default=0)
    positions = [at for at in range(top + 1, len(rows)) if not is_blank(rows[at])]
    body = [rows[at] for at in positions]
    full_width = max(width, max((len(row) for row in body), default=0))
    options.limits.check_table(len(body), full_width)
    columns = [[row[at] if at < len(row) else None for row in body] for at in range(full_width)]
    used = [at for at in range(width) if not is_blank([header[at]]) or not is_blank(columns[at])]
    table = RawTable(
        headers=[header_text(header[at], at) for at in used],
        columns=[unescape_formulas(columns[at]) for at in used],
        labels=pd.Index([at + 1 for at in positions], dtype="int64", name="row"),
        typed=typed,
        facts={},
        positions=used,
    )
    _report_stray_cells(table, columns, width)
    return table


def _report_stray_cells(table: RawTable, columns: Sequence[list[Any]], width: int) -> None:
    """Add a problem for each cell to the right of the header: its row was probably shifted."""
    for at in range(width, len(columns)):
        mask = np.array([not is_blank([cell]) for cell in columns[at]], np.bool_)
        name = f"column {column_letter(at)}"
        expected = f"no cell here, because the header ends at column {column_letter(width - 1)}"
        FileColumn(name, name, columns[at]).report(table.problems, mask, expected)


def _given_header_row(rows: Sequence[Sequence[Any]], number: int) -> int:
    if not 1 <= number <= len(rows) or is_blank(rows[number - 1]):
        count = quantity(len(rows), "row")
        raise ValueError(f"header= names row {number}, which is blank or does not exist: the file has {count}.")
    return number - 1
