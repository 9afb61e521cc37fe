"""A column of a file: what it is called in the file and in the frame, and its cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cronofy_frames.sheets.problems import Mask, Problems, label_text

_MOST_PROBLEMS = 100_000


@dataclass(frozen=True, slots=True)
class FileColumn:
    """A column of a file.

    Attributes
    ----------
    name
        The column of the frame that it becomes, or becomes a part of.
    header
        Its header in the file.
    cells
        Its cells.
    suffix
        What its header has in brackets after words about times.
    meaning
        Our name for its meaning, which may be a part of a column of the frame; "" for `name`.
    """

    name: str
    header: str
    cells: Sequence[Any] | pd.Series[Any]
    suffix: str = ""
    meaning: str = ""

    def report(self, problems: Problems, mask: Mask, expected: str) -> None:
        """Add a problem for each cell of a mask; one of the column if there would be too many to look through."""
        count = int(np.count_nonzero(mask))
        if count and len(problems) + count > _MOST_PROBLEMS:
            first = problems.index[int(np.argmax(mask))]
            self.report_whole(problems, expected, f"{count:,} cells are not, from row {label_text(first)} on")
            return
        problems.add_cells(mask, self.name, expected, lambda at: self.cells[at], header=self.header)

    def report_cell(self, problems: Problems, position: int, expected: str) -> None:
        """Add a problem of one cell; one of the column if there are too many to look through."""
        if len(problems) >= _MOST_PROBLEMS:
            if not any(problem.column == self.name for problem in problems.of_columns):
                first = label_text(problems.index[position])
                self.report_whole(problems, expected, f"too many cells to list are not, from row {first} on")
            return
        problems.add_cell(position, self.name, expected, self.cells[position], header=self.header)

    def report_whole(self, problems: Problems, expected: str, actual: str) -> None:
        """Add a problem of the whole column."""
        problems.add_column(self.name, expected, actual, header=self.header)
