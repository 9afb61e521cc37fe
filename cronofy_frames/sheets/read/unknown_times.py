"""Columns with an unknown header that hold times or dates: times of the events may be in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from cronofy_frames.sheets.problems import Mask, Problems, label_text, python_label, quote_cell
from cronofy_frames.sheets.read.cell_kinds import Kind, clear_kinds
from cronofy_frames.sheets.read.file_column import FileColumn
from cronofy_frames.sheets.read.start_end_columns import StartEnd

_NOUNS: dict[Kind, str] = {"time": "times of day", "date": "dates", "moment": "dates with times"}


class LackingTimes(NamedTuple):
    """The rows of a file that lack a time of day or an end, which another column may hold."""

    time_of_day: Mask
    end: Mask

    @classmethod
    def of(cls, times: StartEnd) -> LackingTimes:
        """Return the rows that lack something."""
        return cls(times.is_untimed, np.full(len(times.all_day), not times.has_end))


def report_unknown_times(columns: Sequence[FileColumn], lacking: LackingTimes, problems: Problems) -> None:
    """Add a problem for each column with an unknown header that holds what rows lack.

    A column of clock times is never ignored beside days, nor one of times or dates where there is no end: either would
    make another event of a row. Where start and end are complete, such a column is only named in a warning.
    """
    rows = lacking.time_of_day | lacking.end
    for column in columns if rows.any() else ():
        kinds = clear_kinds([cell if lacks else None for cell, lacks in zip(column.cells, rows, strict=True)])
        masks = {kind: np.array([other == kind for other in kinds], np.bool_) for kind in _NOUNS}
        has_date = masks["date"] | masks["moment"]
        for name, mask in (
            ("start_time", lacking.time_of_day & masks["time"]),
            ("end", lacking.end & (has_date | masks["time"])),
        ):
            if mask.any():
                _report_column(column, name, mask, kinds, problems)
                break


def _report_column(column: FileColumn, name: str, mask: Mask, kinds: Sequence[Kind | None], problems: Problems) -> None:
    position = int(np.flatnonzero(mask)[0])
    kind = kinds[position]
    assert kind is not None
    row = label_text(python_label(problems.index[position]))
    meaning = f"{name}_{kind}" if name == "end" and kind != "moment" else name
    header = _in_quotes(column.header)
    expected = (
        f"the meaning of the column {header}, such as columns={{{header}: {_in_quotes(meaning)}}}, or "
        f"columns={{{header}: None}} to leave it out"
    )
    cell = quote_cell(column.cells[position])
    actual = f"it holds {_NOUNS[kind]}, such as {cell} (row {row}), and its header is not known"
    column.report_whole(problems, expected, actual)


def _in_quotes(text: Any) -> str:
    return f'"{text}"'
