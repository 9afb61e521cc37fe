"""Texts for users about what could not be read in a file, or perhaps not as it was meant."""

from __future__ import annotations

import pandas as pd

from cronofy_frames.errors import FrameError
from cronofy_frames.sheets.problems import Problems
from cronofy_frames.sheets.read.headers import Heading
from cronofy_frames.text import by_count, join_names, quantity

_QUOTED = 3  # problems that a warning quotes
_COLUMNS = 10  # columns that an error quotes


def cell_warning(problems: Problems) -> str:
    """Return the warning about cells that could not be read."""
    count = len(problems)
    more = "; …" if count > _QUOTED else ""
    return (
        f"{quantity(count, 'cell')} could not be read and {by_count(count, 'is', 'are')} missing: "
        f"{'; '.join(problems.messages(_QUOTED))}{more}. A plan lists them again."
    )


def column_error(problems: Problems, partial: pd.DataFrame) -> FrameError:
    """Return the error for a table with columns that cannot be read without more arguments."""
    columns = [f"{problem.column}: expected {problem.expected}; {problem.actual}" for problem in problems.of_columns]
    cells = len(problems) - len(columns)
    if len(columns) > _COLUMNS:
        columns = [*columns[:_COLUMNS], f"{len(columns) - _COLUMNS} other columns"]
    also = f" {quantity(cells, 'single cell')} could not be read either." if cells else ""
    message = f"{' / '.join(columns)}.{also} Give this and read again; `.problems` lists all, `.partial` has the rest."
    error = FrameError(message, problems.frame())
    error.partial = partial
    return error


def unknown_columns(headings: list[Heading]) -> list[str]:
    """Return the warning about columns that are not known, if there are any."""
    # `export` writes the labels of a frame that we read as a column `row`
    unknown = [heading.name for heading in headings if not heading.is_known and heading.name != "row"]
    if not unknown:
        return []
    names = join_names(map(repr, unknown))
    if len(unknown) == len(headings):
        return [
            f"None of the columns is known: {names}. If these are not the headers, give their row as header=, or the "
            "worksheet as sheet=; otherwise give their meanings as columns={...}."
        ]
    columns = by_count(len(unknown), "a column that is", "columns that are")
    each = by_count(len(unknown), "it", "one of them")
    return [
        f"The file has {columns} not known, and kept as in the file: {names}. If {each} matters, give its meaning as "
        "columns={...}."
    ]
