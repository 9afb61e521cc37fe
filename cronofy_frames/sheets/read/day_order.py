"""Whether 3/4/2026 is in April or in March: the order of day and month in a file, by what its dates show."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import pandas as pd

from cronofy_frames.sheets.problems import is_missing, label_text, python_label
from cronofy_frames.sheets.read.date_texts import NumericDate, numeric_date
from cronofy_frames.sheets.read.file_column import FileColumn
from cronofy_frames.sheets.read.program_headers import DOTTED_DAY_FIRST, languages_of
from cronofy_frames.text import by_count

_LIKELY_YEARS = range(2015, 2045)  # of a date with a year of two digits
_MOST_ROWS = 5  # that a warning names
_DAY_FIRST_FORM = re.compile(r"[dtj]{1,2}[-./ ]?m", re.IGNORECASE)  # dd/mm/yyyy, TT.MM.JJJJ, jj/mm/aaaa
_MONTH_FIRST_FORM = re.compile(r"m{1,2}[-./ ]?[dtj]", re.IGNORECASE)


class DatedCell(NamedTuple):
    """A cell with a date such as 3/4/2026, and its place."""

    column: FileColumn
    position: int
    date: NumericDate

    @property
    def text(self) -> str:
        """The text of the cell."""
        return str(self.column.cells[self.position]).strip()


def day_order(
    columns: Iterable[FileColumn], dayfirst: bool | None, index: pd.Index[Any]
) -> tuple[bool | None, list[str]]:
    """Return whether the day is first in the dates of a file, None if that is not known, and notes on it.

    `dayfirst` decides. Without it the columns show the order if one of their dates can only be read in one way, and
    none only in the other: because its first or second number is no month, because of its weekday, or by a header such
    as Date (dd/mm/yyyy). Dates with dots under a header of a language such as German have the day first as well. The
    columns of a file are taken together, as one person writes them in one way.

    Parameters
    ----------
    columns
        The columns with dates.
    dayfirst
        The argument of the caller.
    index
        The labels of the rows.
    """
    columns = list(columns)
    if dayfirst is not None:
        return dayfirst, []
    cells = [cell for column in columns for cell in _dated_cells(column)]
    if not any(cell.date.first != cell.date.second for cell in cells):
        return True, []  # 5/5/2026 is the same in both orders
    by_order = {order: [cell for cell in cells if only_order(cell.date) is order] for order in (True, False)}
    forms = {order for column in columns if (order := _order_of_header(column)) is not None}
    orders = {order for order, evidence in by_order.items() if evidence} | forms
    if not orders and _are_dotted(cells):
        return True, [_dotted_note(cells[0].column.header)]
    if len(orders) != 1:
        return None, []
    order = orders.pop()
    return order, [_note(order, by_order[order], index)]


def _note(order: bool, evidence: Sequence[DatedCell], index: pd.Index[Any]) -> str:
    first, other = ("day", "False") if order else ("month", "True")
    reason = "the header says so"
    if evidence:
        cell = evidence[0]
        reason = f'"{cell.text}" ({_row_text(index, cell.position)}) can only be read so'
    return f"Dates are read with the {first} first, because {reason}; dayfirst={other} reads them the other way."


def _are_dotted(cells: Sequence[DatedCell]) -> bool:
    """Return whether all dates have dots, under headers of a language that writes such dates with the day first."""
    has_language = any(languages_of(cell.column.header) & DOTTED_DAY_FIRST for cell in cells)
    return has_language and all("." in cell.text for cell in cells)


def _dotted_note(header: str) -> str:
    return (
        f'Dates are read with the day first, because they have dots and their headers are not English ("{header}"); '
        "dayfirst=False reads them the other way."
    )


def _order_of_header(column: FileColumn) -> bool | None:
    if _DAY_FIRST_FORM.match(column.suffix):
        return True
    return False if _MONTH_FIRST_FORM.match(column.suffix) else None


@functools.lru_cache(maxsize=10_000)
def only_order(numeric: NumericDate) -> bool | None:
    """Return True for a date that is only a date with the day first, False with the month first, None for both.

    A year of two digits counts only if it is a likely one: 26-05-04 may begin with the year.
    """
    fits = {dayfirst: _fits(numeric.date(dayfirst=dayfirst), numeric.weekday) for dayfirst in (True, False)}
    if fits[True] == fits[False] or may_start_with_year(numeric):
        return None
    return fits[True]


def _fits(day: date | None, weekday: int | None) -> bool:
    return day is not None and weekday in (None, day.weekday())


def may_start_with_year(numeric: NumericDate) -> bool:
    """Return whether a date with a year of two digits is more likely in another order: year, month, day."""
    if len(numeric.year) > 2:
        return False
    last = 2000 + int(numeric.year)
    return last not in _LIKELY_YEARS and 2000 + numeric.first in _LIKELY_YEARS


def _dated_cells(column: FileColumn) -> Iterator[DatedCell]:
    """Yield the different cells of a column with a date such as 3/4/2026, each where it is first."""
    if isinstance(column.cells, pd.Series) and column.cells.dtype.kind == "M":
        return
    first_positions: dict[str, int] = {}
    for position, cell in enumerate(column.cells):
        if isinstance(cell, str) and not cell[:4].isdecimal():
            first_positions.setdefault(cell, position)
    for text, position in first_positions.items():
        if (numeric := numeric_date(text)) is not None:
            yield DatedCell(column, position, numeric)


def half_converted_note(column: FileColumn, index: pd.Index[Any]) -> str | None:
    """Return a warning if a spreadsheet program seems to have turned some texts of a column into dates.

    Opened under another language, it reads 04/05/2026 as 5 April and leaves 13/05/2026 as text. So real dates with a
    day up to 12, beside texts that all fit one order only, may have day and month exchanged.
    """
    positions = [position for position, cell in enumerate(column.cells) if _can_be_exchanged(cell)]
    texts = list(_dated_cells(column)) if positions else []
    orders = {only_order(cell.date) for cell in texts}
    if len(orders) != 1 or None in orders:
        return None
    noun = by_count(len(positions), "row", "rows")
    rows = ", ".join(label_text(python_label(index[position])) for position in positions[:_MOST_ROWS])
    more = f" and {len(positions) - _MOST_ROWS} more" if len(positions) > _MOST_ROWS else ""
    example = column.cells[positions[0]]
    swapped = example.replace(day=example.month, month=example.day)
    return (
        f'The column "{column.header}" has real dates beside texts such as "{texts[0].text}" '
        f"({_row_text(index, texts[0].position)}), so a spreadsheet program may have exchanged day and month where it "
        f"could: check that row {label_text(python_label(index[positions[0]]))} is {example:%Y-%m-%d} and not "
        f"{swapped:%Y-%m-%d}, and so on (real dates to check: {noun} {rows}{more}). If they are exchanged, import the "
        "original file again with this column as text."
    )


def _can_be_exchanged(cell: Any) -> bool:
    """Return whether a cell is a real date that is also one with day and month exchanged."""
    return isinstance(cell, date) and not is_missing(cell) and cell.day <= 12 and cell.day != cell.month


def _row_text(index: pd.Index[Any], position: int) -> str:
    return f"row {label_text(python_label(index[position]))}"
