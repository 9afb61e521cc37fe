"""Whether the end of whole days is their last day, as people write it, or the day after, as programs do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from cronofy_frames.sheets.problems import Mask, Problems, label_text, python_label, quote_cell
from cronofy_frames.sheets.read.file_column import FileColumn
from cronofy_frames.sheets.read.parsed_times import DAY, WallTimes

LastDay = Literal["included", "excluded"]

_OUR_COLUMNS = frozenset({"all_day", "event_id", "event_uid", "calendar_id", "summary"})
_EXPECTED = (
    'last_day="included" or last_day="excluded", to say whether an event is still on the day of its end (included), or '
    "ends on the day before (excluded)"
)


def last_day_is_included(
    columns: Mapping[str, FileColumn], start: WallTimes, end: WallTimes, days: Mask, problems: Problems
) -> bool:
    """Return whether the column `end` names the last day, by what the file shows; else add a problem that asks.

    It is excluded in files with a column of ours under exactly its name, which people do not type: `all_day`, an id or
    `summary`. Else it is included if a row starts and ends on one day, which would otherwise be no day at all, and
    excluded if a column such as All day says which rows are whole days.

    Parameters
    ----------
    columns
        The columns of the file by our names.
    start, end
        The wall times of each row, with the end as the file has it.
    days
        Which rows are whole days.
    problems
        The problems to add to.
    """
    if any(name in _OUR_COLUMNS and column.header.strip() == name for name, column in columns.items()):
        return False
    days = days & end.present
    first_day = np.where(start.present, start.micros - start.micros % DAY, 0)
    if (days & (end.micros == first_day)).any():
        return True
    if "all_day" in columns:
        return False
    unclear = np.flatnonzero(days & (end.micros > first_day))
    if unclear.size:
        position = int(unclear[0])
        row = label_text(python_label(problems.index[position]))
        cell = quote_cell(columns["end"].cells[position])
        actual = f"it has {cell} (row {row}), and no row starts and ends on one day, which would show it"
        columns["end"].report_whole(problems, _EXPECTED, actual)
    return False
