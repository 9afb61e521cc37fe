"""What the cells of a column look like: times of day, dates, dates with times, or something else."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from datetime import date, time, timedelta
from typing import Any, Literal, NamedTuple

import pandas as pd

from cronofy_frames.frames.timestamps import NAT
from cronofy_frames.sheets.problems import is_missing
from cronofy_frames.sheets.read.date_parser import parse_date_times, parse_times_of_day
from cronofy_frames.sheets.read.date_texts import BEGINNINGS

Kind = Literal["time", "date", "moment"]

_MOST_CELLS = 500  # different cells that are looked at
_NUMBER = re.compile(r"\d*[.,]?\d*", re.ASCII)
_LONGEST = 60  # of a text with a date and a time
_BEGINNING = re.compile(rf"\s*(?:\d|(?:{'|'.join(BEGINNINGS)})[^\W\d_]*[.,]?\s*\d)|noon|midday", re.IGNORECASE)
_NUMBER_OF_TIME = re.compile(r"\d{1,2}[.,]\d+", re.ASCII)


_HOUR = re.compile(r"(?:[01]?\d|2[0-4])(?:\.0)?|(?:[01]?\d|2[0-3])[0-5]\d", re.ASCII)


class CellKinds(NamedTuple):
    """How many different cells of a column are times of day, dates, dates with times, numbers, and something else.

    A number is one that can be an hour or a time of day without a colon, such as 9 or 0930.
    """

    time: int
    date: int
    moment: int
    number: int
    other: int

    @property
    def has_times(self) -> bool:
        """Whether most cells have to do with time."""
        return self.time + self.date + self.moment > self.number + self.other

    @property
    def can_be_times(self) -> bool:
        """Whether most cells have to do with time, or can be hours."""
        return self.time + self.date + self.moment + self.number > self.other

    def are_all(self, kind: Kind) -> bool:
        """Return whether most cells are of one kind, and no others have to do with time."""
        return self.has_times and getattr(self, kind) == self.time + self.date + self.moment


def cell_kinds(cells: Iterable[Any]) -> CellKinds:
    """Return the kinds of the different cells of a column; in a column of times a number can be a time of day."""
    filled = [cell for cell in cells if isinstance(cell, Hashable) and not _is_blank(cell)]
    distinct = [cell for _, cell in dict.fromkeys((type(cell), cell) for cell in filled)]
    sample = distinct[:_MOST_CELLS]
    kinds: list[str] = [kind or _kind_of_number(cell) for cell, kind in zip(sample, clear_kinds(sample), strict=True)]
    return CellKinds(*(kinds.count(kind) for kind in CellKinds._fields))


def clear_kinds(cells: Sequence[Any] | pd.Series[Any]) -> list[Kind | None]:
    """Return the kind of each cell that can only be a time or a date, whatever its column; numbers can be anything."""
    distinct = [cell for _, cell in dict.fromkeys((type(cell), cell) for cell in filter(_can_be_time, cells))]
    kinds: dict[Any, Kind] = {}
    for dayfirst in (True, False):
        parsed = parse_date_times(distinct, dayfirst)
        dated = zip(distinct, parsed.present.tolist(), parsed.timed.tolist(), strict=True)
        kinds |= {cell: "moment" if timed else "date" for cell, present, timed in dated if present}
    rest = [cell for cell in distinct if cell not in kinds]
    times, days = parse_times_of_day(rest)
    kinds |= {cell: "time" for cell, is_time in zip(rest, times.present & (days == NAT), strict=True) if is_time}
    return [kinds.get(cell) if _can_be_time(cell) else None for cell in cells]


def _is_blank(cell: Any) -> bool:
    return not cell.strip() if isinstance(cell, str) else is_missing(cell)


def _can_be_time(cell: Any) -> bool:
    if isinstance(cell, str):
        return len(cell) <= _LONGEST and _BEGINNING.match(cell) is not None and not _NUMBER.fullmatch(cell.strip())
    return isinstance(cell, date | time | timedelta) and not is_missing(cell)


def _kind_of_number(cell: Any) -> str:
    """Return what a cell that is no clear time or date can be in a column of times."""
    text = cell.strip() if isinstance(cell, str) else str(cell) if isinstance(cell, int | float) else ""
    if isinstance(cell, str) and _NUMBER_OF_TIME.fullmatch(text):
        return "time"
    if isinstance(cell, float) and 0 <= cell < 1:
        return "time"
    return "number" if _HOUR.fullmatch(text) else "other"
