"""Problems of a table: cells and columns that cannot be used, collected while it is read or planned.

For each cell the first problem counts. Messages quote at most a few words of a cell.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.text import shorten, single_line

Mask = npt.NDArray[np.bool_]

QUOTE_LENGTH = 80  # characters of a cell in a message
_PRINTABLE_BITS = 64  # Python refuses to print integers of very many digits
_EXACT_FLOAT = 1e21  # larger ones are written with an exponent


@dataclass(frozen=True, slots=True)
class Problem:
    """A cell or a column that cannot be used.

    Attributes
    ----------
    position
        The row, counted from 0; None for a whole column.
    column
        The column of the frame.
    expected
        What the cell should hold, or what is needed to read the column.
    actual
        What it holds, as text for a message.
    value
        The cell itself; None for a column.
    """

    position: int | None
    column: str
    expected: str
    actual: str
    value: Any = None

    @property
    def message(self) -> str:
        """The problem in words and on one line, without its row."""
        return single_line(f"{self.column}: expected {self.expected}, came {self.actual}")


class Problems:
    """The problems of one table.

    Parameters
    ----------
    index
        The labels of the rows.
    headers
        The headers in the file of columns of the frame, where they are known.

    Attributes
    ----------
    headers
        These headers.
    bad
        Which rows have a problem.
    silenced
        Rows that get no more problems, because one reason is enough to leave them out. The planner sets it for deleted
        rows.
    """

    def __init__(self, index: pd.Index[Any], headers: Mapping[str, Sequence[str]] | None = None) -> None:
        self.index = index
        self.headers: Mapping[str, Sequence[str]] = headers or {}
        self.bad: Mask = np.zeros(len(index), np.bool_)
        self.silenced: Mask = np.zeros(len(index), np.bool_)
        self._of_cells: dict[tuple[int, str, str], Problem] = {}
        self._of_columns: list[Problem] = []
        self._explained: set[tuple[int, str]] = set()
        self._also_missing: dict[tuple[int, str], set[str]] = {}

    def __len__(self) -> int:
        return len(self._of_columns) + len(self._of_cells)

    def __iter__(self) -> Iterator[Problem]:
        """Yield the problems of columns, then those of cells in the order of the rows."""
        yield from self._of_columns
        yield from sorted(self._of_cells.values(), key=lambda problem: problem.position or 0)

    @property
    def of_columns(self) -> list[Problem]:
        """The problems that concern no single row, so that leaving rows out does not help."""
        return list(self._of_columns)

    def add_cell(self, position: int, column: str, expected: str, value: Any, *, header: str = "") -> None:
        """Add a problem of one cell.

        Parameters
        ----------
        position
            The row, counted from 0.
        column
            The column of the frame.
        expected
            What the cell should hold.
        value
            What it holds.
        header
            The column's header in the file; by default that of `headers`.
        """
        if not self.silenced[position] and (position, column) not in self._explained:
            headers = (header,) if header else self.headers.get(column, ())
            problem = Problem(position, column, _with_headers(expected, column, headers), quote_cell(value), value)
            self._of_cells.setdefault((position, column, header), problem)
            self.bad[position] = True

    def add_cells(
        self, mask: Mask, column: str, expected: str, value_at: Callable[[int], Any], *, header: str = ""
    ) -> None:
        """Add the same problem for each row of a mask; `value_at` returns the cell at a position."""
        for position in np.flatnonzero(mask).tolist():
            self.add_cell(position, column, expected, value_at(position), header=header)

    def add_column(self, column: str, expected: str, actual: str, *, header: str = "") -> None:
        """Add a problem of a whole column."""
        self._of_columns.append(Problem(None, column, _with_headers(expected, column, (header,)), actual))

    def add(self, problem: Problem, explains: Iterable[str] = ()) -> None:
        """Add a problem of a cell that was found before, and for which other cells of the row are missing.

        Parameters
        ----------
        problem
            The problem.
        explains
            The columns whose cells are missing because of it: they get no problem of their own.
        """
        assert problem.position is not None
        self._of_cells.setdefault((problem.position, problem.column, problem.expected), problem)
        self.bad[problem.position] = True
        self._explained |= {(problem.position, column) for column in (problem.column, *explains)}

    def add_also_missing(self, mask: Mask, column: str, because: str) -> None:
        """Record cells that are missing only because another column of the same row has a problem."""
        for position in np.flatnonzero(mask).tolist():
            self._also_missing.setdefault((position, because), set()).add(column)

    def also_missing(self, problem: Problem) -> list[str]:
        """Return the columns whose cells are missing only because of a problem."""
        return sorted(self._also_missing.get((problem.position or 0, problem.column), ()))

    def label(self, problem: Problem) -> Any:
        """Return the label of a problem's row, without NumPy's types; None for a column."""
        return None if problem.position is None else python_label(self.index[problem.position])

    def messages(self, most: int) -> list[str]:
        """Return the first problems in words, each with its row."""
        return [
            f"column {problem.message}"
            if problem.position is None
            else f"row {label_text(self.label(problem))}, {problem.message}"
            for problem, _ in zip(self, range(most), strict=False)
        ]

    def row_notes(self) -> dict[int, str]:
        """Return the problems of each bad row in words, by position."""
        notes: dict[int, list[str]] = {}
        for problem in self._of_cells.values():
            assert problem.position is not None
            notes.setdefault(problem.position, []).append(problem.message)
        return {position: "; ".join(messages) for position, messages in notes.items()}

    def frame(self) -> pd.DataFrame:
        """Return a row for each problem: row, column, expected, came."""
        listed = list(self)
        labels = np.empty(len(listed), object)  # filled one by one, as a label may be a tuple
        for at, problem in enumerate(listed):
            labels[at] = self.label(problem)
        texts = [(problem.column, single_line(problem.expected), problem.actual) for problem in listed]
        frame = pd.DataFrame(texts, columns=["column", "expected", "came"], dtype="str")
        frame.insert(0, "row", pd.Series(labels, dtype=object))
        return frame


def _with_headers(expected: str, column: str, headers: Sequence[str]) -> str:
    """Return what a cell should hold, with the headers of its column in the file if they are not its name."""
    same = ("", column.casefold(), column.replace("_", " "))
    others = [f'"{header}"' for header in headers if header.strip().casefold() not in same]
    return f"{expected} (in {' and '.join(others)})" if others else expected


def python_label(label: Any) -> Any:
    """Return a row's label without NumPy's types."""
    if isinstance(label, tuple):
        return tuple(python_label(level) for level in label)
    return label.item() if isinstance(label, np.generic) else label


def json_label(label: Hashable) -> Any:
    """Return a row's label as JSON has it: numbers and texts as they are, several levels as a list, others as text."""
    plain = python_label(label)
    if isinstance(plain, tuple):
        return [json_label(level) for level in plain]
    return plain if isinstance(plain, str | int | float | bool) or plain is None else str(plain)


def label_text(label: Any) -> str:
    """Return a row's label for a message."""
    return shorten(", ".join(map(str, label)) if isinstance(label, tuple) else str(label), QUOTE_LENGTH)


def quote_cell(value: Any) -> str:
    """Return a cell as a message quotes it."""
    if isinstance(value, str):
        return shorten(value, QUOTE_LENGTH).strip() or "blank text"
    if is_missing(value):
        return "nothing"
    if isinstance(value, datetime):
        wall = value.replace(tzinfo=None)
        fine = value.second or value.microsecond or getattr(value, "nanosecond", 0)
        return wall.isoformat(sep=" ", timespec="auto" if fine else "minutes")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_FLOAT:
        return str(int(value))
    return shorten(str(python_cell(value)), QUOTE_LENGTH)


def python_cell(value: Any) -> Any:
    """Return a cell without NumPy's types, and an integer that Python may refuse to print as a Decimal."""
    if isinstance(value, np.generic) and not isinstance(value, np.datetime64):
        value = value.item()
    return Decimal(value) if isinstance(value, int) and value.bit_length() > _PRINTABLE_BITS else value


def is_missing(value: Any) -> bool:
    """Return whether a cell holds nothing: None, NaN, NaT or NA."""
    if value is None:
        return True
    if isinstance(value, str | bool | int) or pd.api.types.is_list_like(value):
        return False
    return bool(pd.isna(value))
