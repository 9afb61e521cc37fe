"""Cells that `read_sheet` could not read, as plain data in `frame.attrs`, so that a plan can report them again.

A record has the row's label, the column, what was expected, the raw value of the cell, and under `left` the cells
of the frame that were left as they are because of it. It holds for as long as one of these cells is unchanged. `also`
names columns of the row that are missing for no reason of their own: a mend of the cell brings them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from cronofy_frames.sheets.problems import Problem, Problems, is_missing, json_label, python_cell, quote_cell

# the cells of a frame that need a zone which is named in another column
_NEED_ZONE = {
    "tzid": ("start", "end", "start_tzid", "end_tzid"),
    "start_tzid": ("start_tzid", "start"),
    "end_tzid": ("end_tzid", "end"),
}


def records_of(problems: Problems, frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the problems of reading a frame as plain JSON."""
    return [
        {
            "row": json_label(problems.label(problem)),
            "column": problem.column,
            "expected": problem.expected,
            "came": problem.actual,
            "value": _json_value(problem.value),
            "left": _left_cells(problem, frame),
            "also": problems.also_missing(problem),
        }
        for problem in problems
    ]


def _left_cells(problem: Problem, frame: pd.DataFrame) -> dict[str, Any]:
    """Return the cells that reading left missing, or at a default, because of a problem."""
    if problem.position is None:
        return {}
    names = [name for name in _NEED_ZONE.get(problem.column, (problem.column,)) if name in frame.columns]
    cells = {name: _json_value(frame[name].iloc[problem.position]) for name in names}
    return {name: None for name, value in cells.items() if value is None} if problem.column in _NEED_ZONE else cells


def _json_value(value: Any) -> Any:
    if is_missing(value):
        return None
    plain = python_cell(value)
    if isinstance(plain, float) and not math.isfinite(plain):
        return str(plain)
    if isinstance(plain, str):
        return str(plain)
    return plain if isinstance(plain, bool | int | float) else quote_cell(plain)


def add_unread_cells(problems: Problems, frame: pd.DataFrame) -> None:
    """Add the problems of reading that still hold in a frame to those of planning it."""
    records = list(_records_in(frame))
    if not records:
        return
    # pandas copies attrs whenever a column is taken
    frame = frame.copy(deep=False)
    frame.attrs = {}
    positions: dict[Any, list[int]] = {}
    for position, label in enumerate(frame.index):
        positions.setdefault(_hashable(json_label(label)), []).append(position)
    for record in records:
        for position in positions.get(_hashable(record["row"]), ()):
            if _still_holds(record, frame, position):
                column, expected = str(record["column"]), str(record["expected"])
                problem = Problem(position, column, expected, str(record.get("came")), record.get("value"))
                problems.add(problem, explains=[*record["left"], *record["also"]])


def headers_of(frame: pd.DataFrame) -> dict[str, list[str]]:
    """Return the headers that the columns of a frame have in its file; none for a frame that was made by hand."""
    origin = frame.attrs.get("cronofy")
    headers = origin.get("headers") if isinstance(origin, dict) else None
    items = headers.items() if isinstance(headers, dict) else ()
    return {str(name): list(map(str, texts)) for name, texts in items if isinstance(texts, list | tuple)}


def _records_in(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield the records of cells in a frame's attrs, which anybody can have written."""
    origin = frame.attrs.get("cronofy")
    records = origin.get("problems") if isinstance(origin, dict) else None
    for record in records if isinstance(records, list) else ():
        if isinstance(record, dict) and {"row", "column", "expected"} <= record.keys() and record["row"] is not None:
            left = record.get("left", {record["column"]: None})
            also = record.get("also")
            yield {
                **record,
                "left": left if isinstance(left, dict) else {},
                "also": also if isinstance(also, list) else [],
            }


def _still_holds(record: Mapping[str, Any], frame: pd.DataFrame, position: int) -> bool:
    """Return whether a cell is as reading left it; a column that was dropped since has no cells to mend."""
    left: Mapping[str, Any] = record["left"]
    if left:
        return any(name in frame.columns and _is_unchanged(frame, name, position, left[name]) for name in left)
    column = record["column"]
    return column not in frame.columns or is_missing(frame[column].iloc[position])


def _is_unchanged(frame: pd.DataFrame, column: str, position: int, value: Any) -> bool:
    return bool(_json_value(frame[column].iloc[position]) == value)


def _hashable(label: Any) -> Any:
    return tuple(map(_hashable, label)) if isinstance(label, Iterable) and not isinstance(label, str) else label
