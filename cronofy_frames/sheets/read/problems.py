"""What could not be read: collected cell by cell, told once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.errors import FrameError
from cronofy_frames.sheets.read.values import text_of
from cronofy_frames.text import by_count, quantity, shorten

_LONGEST = 200
_QUOTED = 3


class Place(NamedTuple):
    """A column: our name of it, and the file's."""

    column: str
    header: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that could not be read; `at` is the row's position, None where it is the whole column."""

    at: int | None
    column: str
    expected: str
    came: str


class Problems:
    """Collects what could not be read; `labels` are those of the rows."""

    def __init__(self, labels: Iterable[Hashable]) -> None:
        self.labels = [_json(label) for label in labels]
        self._found: list[Problem] = []

    def cells(self, place: Place, where: npt.NDArray[np.bool_], expected: str, cells: Any) -> None:
        """Note the cells of a column at which something else was expected."""
        for at in np.flatnonzero(where).tolist():
            self.cell(place, at, expected, cells[at])

    def cell(self, place: Place, at: int, expected: str, came: Any) -> None:
        """Note one cell."""
        self._found.append(Problem(at, place.column, _placed(expected, place), shorten(text_of(came), _LONGEST)))

    def column(self, place: Place, expected: str, came: str) -> None:
        """Note a column that cannot be read at all until the caller says more."""
        self._found.append(Problem(None, place.column, _placed(expected, place), came))

    def plain(self) -> list[dict[str, Any]]:
        """Return them as plain JSON, those of columns first, then in the order of the rows."""
        ordered = sorted(self._found, key=lambda one: -1 if one.at is None else one.at)
        return [
            {
                "row": None if one.at is None else self.labels[one.at],
                "column": one.column,
                "expected": one.expected,
                "came": one.came,
            }
            for one in ordered
        ]

    @property
    def fatal(self) -> bool:
        """Whether a whole column cannot be read."""
        return any(one.at is None for one in self._found)


def told(problems: list[dict[str, Any]]) -> str:
    """Return what a warning says of problems of rows."""
    count = len(problems)
    more = "; …" if count > _QUOTED else ""
    return (
        f"{quantity(count, 'cell')} could not be read and {by_count(count, 'is', 'are')} missing: "
        f"{'; '.join(_sentence(one) for one in problems[:_QUOTED])}{more}. "
        "plan_events reports them again, with its own."
    )


def refusal(problems: list[dict[str, Any]], partial: pd.DataFrame) -> FrameError:
    """Return the error for a sheet of which whole columns cannot be read."""
    columns = [f"{one['column']}: expected {one['expected']}; {one['came']}" for one in problems if one["row"] is None]
    cells = len(problems) - len(columns)
    also = f" {quantity(cells, 'single cell')} could not be read either." if cells else ""
    error = FrameError(
        f"{' / '.join(columns)}.{also} Say so and read again; `.problems` has all of them, `.partial` the rest.",
        framed(problems),
    )
    error.partial = partial
    return error


def framed(problems: list[dict[str, Any]]) -> pd.DataFrame:
    """Return problems as a frame."""
    return pd.DataFrame(
        {
            "row": pd.Series([one["row"] for one in problems], dtype=object),
            **{
                name: pd.Series([one[name] for one in problems], dtype="str") for name in ("column", "expected", "came")
            },
        }
    )


def some(names: Iterable[str], most: int = 40) -> str:
    """Return names for a message, not too many of them."""
    listed = list(names)
    return ", ".join(listed[:most]) + (f" and {len(listed) - most} more" if len(listed) > most else "")


def _sentence(one: dict[str, Any]) -> str:
    return f"row {one['row']}, {one['column']}: expected {one['expected']}, came {one['came']!r}"


def _placed(expected: str, place: Place) -> str:
    said = place.header.strip().casefold() in (place.column.casefold(), place.column.replace("_", " "))
    return expected if said else f'{expected} (in "{place.header}")'


def _json(label: Hashable) -> Any:
    label = label.item() if isinstance(label, np.generic) else label
    return label if isinstance(label, int | str) else str(label)
