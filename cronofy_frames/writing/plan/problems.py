"""What is wrong with a sheet: collected cell by cell, told once.

The law of this file: of each cell the first problem counts, all of them are found before anything is said, and no
message holds more of a cell than a person needs to find it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.errors import FrameError
from cronofy_frames.text import quantity, shorten

Mask = npt.NDArray[np.bool_]
Cells = npt.NDArray[np.object_]

LONGEST_QUOTE = 80
_QUOTED = 5
_LONGEST_WORD = 64  # bits


class Problems:
    """Collects what is wrong with the rows of a frame.

    Parameters
    ----------
    index
        The labels of the rows.

    Attributes
    ----------
    bad
        Which rows have a problem.
    quiet
        Rows of which nothing further is noted, for one reason is enough to leave them out.
    """

    def __init__(self, index: pd.Index) -> None:
        self.index = index
        self.bad: Mask = np.zeros(len(index), np.bool_)
        self.quiet: Mask = np.zeros(len(index), np.bool_)
        self._cells: dict[tuple[int, str], tuple[str, str]] = {}
        self._columns: list[tuple[str, str, str]] = []

    def __bool__(self) -> bool:
        return bool(self._columns or self._cells)

    @property
    def of_columns(self) -> bool:
        """Whether some concern no row, so that leaving rows out does not help."""
        return bool(self._columns)

    def cell(self, at: int, column: str, expected: str, came: Any) -> None:
        """Note that something else was expected in one cell."""
        if not self.quiet[at]:
            self._cells.setdefault((at, column), (expected, quoted(came)))
            self.bad[at] = True

    def cells(self, where: Mask, column: str, expected: str, came: Callable[[int], Any]) -> None:
        """Note the same for all rows of a mask."""
        for at in np.flatnonzero(where).tolist():
            self.cell(at, column, expected, came(at))

    def column(self, column: str, expected: str, came: Any) -> None:
        """Note a problem that concerns no row."""
        self._columns.append((column, expected, quoted(came)))

    def notes(self) -> dict[int, str]:
        """Return what is wrong with each row that has a problem."""
        notes: dict[int, list[str]] = {}
        for (at, column), told in self._cells.items():
            notes.setdefault(at, []).append(_told(column, *told))
        return {at: "; ".join(parts) for at, parts in notes.items()}

    def frame(self) -> pd.DataFrame:
        """Return a row for each problem: those of no row first, then in the order of the rows."""
        labels = [None] * len(self._columns)
        ordered = sorted(self._cells.items(), key=lambda one: one[0][0])
        rows = [*self._columns, *((column, *told) for (_, column), told in ordered)]
        found = pd.DataFrame(rows, columns=["column", "expected", "came"], dtype="str")
        everyone = np.empty(len(rows), object)  # filled one by one, for a label may be a tuple
        for place, label in enumerate([*labels, *(plain(self.index[at]) for (at, _), _ in ordered)]):
            everyone[place] = label
        found.insert(0, "row", pd.Series(everyone, dtype=object))
        return found

    def error(self) -> FrameError:
        """Return the error that says all of them."""
        ordered = sorted(self._cells.items(), key=lambda one: one[0][0])
        told = [f"column {_told(*one)}" for one in self._columns]
        told += [f"row {self._label(at)}, {_told(column, *one)}" for (at, column), one in ordered[:_QUOTED]]
        count, rows = len(self._columns) + len(self._cells), int(self.bad.sum())
        where = f" in {rows:,} of {quantity(len(self.index), 'row')}" if rows else ""
        more = f"; and {count - _QUOTED:,} more" if count > _QUOTED else ""
        step = (
            "Mend this and plan again; `.problems` lists all."
            if self.of_columns
            else "Mend these rows, or leave them out with skip_bad=True; `.problems` lists all."
        )
        head = f"{quantity(count, 'problem')}{where}, and nothing was sent: "
        return FrameError(f"{head}{'; '.join(told[:_QUOTED])}{more}. {step}", self.frame())

    def _label(self, at: int) -> str:
        label = plain(self.index[at])
        return shorten(", ".join(map(str, label)) if isinstance(label, tuple) else str(label), LONGEST_QUOTE)


def _told(column: str, expected: str, came: str) -> str:
    return f"{column}: expected {expected}, came {came}"


def plain(label: Any) -> Any:
    """Return a row's label without the number types of arrays."""
    if isinstance(label, tuple):
        return tuple(plain(one) for one in label)
    return label.item() if isinstance(label, np.generic) else label


def quoted(value: Any) -> str:
    """Return a cell as a person would say it."""
    if isinstance(value, str):
        return shorten(value, LONGEST_QUOTE).strip() or "blank text"
    if missing(value):
        return "nothing"
    if isinstance(value, datetime):
        wall = value.replace(tzinfo=None)
        fine = value.second or value.microsecond or getattr(value, "nanosecond", 0)
        return wall.isoformat(sep=" ", timespec="auto" if fine else "minutes")
    if isinstance(value, date):
        return value.isoformat()
    return shorten(str(ordinary(value)), LONGEST_QUOTE)


def ordinary(value: Any) -> Any:
    """Return a cell without types of arrays, and numbers of more digits than Python prints as a Decimal."""
    if isinstance(value, np.generic) and not isinstance(value, np.datetime64):
        value = value.item()
    return Decimal(value) if isinstance(value, int) and value.bit_length() > _LONGEST_WORD else value


def missing(value: Any) -> bool:
    """Return whether a cell holds nothing: None, NaN, NaT, NA."""
    if value is None:
        return True
    if isinstance(value, str | bool | int) or pd.api.types.is_list_like(value):
        return False
    return bool(pd.isna(value))


def repeated(keys: Sequence[Any]) -> dict[int, int]:
    """Return the positions whose key came before, and where it came first; None is no key."""
    first: dict[Any, int] = {}
    again: dict[int, int] = {}
    for at, key in enumerate(keys):
        if key is not None and first.setdefault(key, at) != at:
            again[at] = first[key]
    return again
