"""Cells -> columns of text, Booleans and numbers.

The law of this file: a cell is None, text, a number, a Boolean, or a date or time as a workbook holds them; and a
column is of one dtype, whatever its cells are.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.sheets.formatting import FORMULA

Mask = npt.NDArray[np.bool_]

_FORMULA = re.compile(FORMULA)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.IGNORECASE | re.ASCII)

# A spreadsheet in another language writes the Booleans of a file anew in that language.
_TRUE = "true yes y 1 x on wahr vrai verdadero vero prawda waar verdadeiro истина doğru sant ja oui si sí tak да evet"
_FALSE = "false no n 0 off falsch faux falso fałsz onwaar ложь yanliş yanlış falskt nein non nie нет hayir hayır"
WORDS: dict[str, bool] = {**dict.fromkeys(_TRUE.split(), True), **dict.fromkeys(_FALSE.split(), False)}


def restored(cells: list[Any]) -> list[Any]:
    """Take back the apostrophes that `export` puts before what a spreadsheet would take for a formula."""
    return [cell[1:] if isinstance(cell, str) and cell[:1] == "'" and _FORMULA.match(cell) else cell for cell in cells]


def text_of(cell: Any) -> str:
    """Return a cell as text: whole numbers without a point, times as ISO writes them, nothing for a blank one."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e21:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


def texts(cells: Sequence[Any] | pd.Series[Any]) -> pd.Series[Any]:
    """Return a column of text."""
    if isinstance(cells, pd.Series) and cells.dtype == "str":
        return cells
    return pd.Series([None if _missing(cell) else text_of(cell) for cell in cells], dtype="str")


def booleans(cells: Sequence[Any] | pd.Series[Any]) -> tuple[pd.Series[Any], Mask]:
    """Return a column of Booleans, and which cells hold none."""
    if isinstance(cells, pd.Series) and cells.dtype in ("bool", "boolean"):
        return cells.astype("boolean"), np.zeros(len(cells), np.bool_)
    return _each(cells, _boolean, "boolean")


def numbers(cells: Sequence[Any] | pd.Series[Any]) -> tuple[pd.Series[Any], Mask]:
    """Return a column of `float64`, and which cells hold no number."""
    if isinstance(cells, pd.Series) and cells.dtype == "float64":
        return cells, np.zeros(len(cells), np.bool_)
    return _each(cells, _number, "float64")


def integers(cells: Sequence[Any] | pd.Series[Any]) -> tuple[pd.Series[Any], Mask]:
    """Return a column of `int64`, and which cells hold no whole number; 0 stands for missing there."""
    if isinstance(cells, pd.Series) and cells.dtype == "int64":
        return cells, np.zeros(len(cells), np.bool_)
    found, unread = _each(cells, _integer, "Int64")
    return found.fillna(0).astype("int64"), unread


def as_they_are(cells: Sequence[Any] | pd.Series[Any], *, typed: bool) -> pd.Series[Any]:
    """Return a column that nobody knows: text from text files, else whatever all of its cells are."""
    if isinstance(cells, pd.Series):
        return cells
    there = [cell for cell in cells if not _missing(cell)]
    if typed and there:
        kinds = {type(cell) for cell in there}
        if kinds == {bool}:
            full = len(there) == len(cells)
            return pd.Series([_or_none(cell) for cell in cells], dtype="bool" if full else "boolean")
        if kinds <= {int, float}:
            return _numbers_kept(cells, there)
        if kinds <= {date, datetime} and all(_storable(cell) for cell in there):
            return pd.Series(pd.DatetimeIndex([_or_none(cell) for cell in cells]).as_unit("us"))
    return texts(cells)


def _numbers_kept(cells: Sequence[Any], there: list[Any]) -> pd.Series[Any]:
    whole = all(float(cell).is_integer() and abs(cell) < 2**53 for cell in there)
    if whole and len(there) == len(cells):
        return pd.Series([int(cell) for cell in cells], dtype="int64")
    return pd.Series([math.nan if _missing(cell) else float(cell) for cell in cells], dtype="float64")


def _storable(cell: Any) -> bool:
    return cell.year > 1 and getattr(cell, "tzinfo", None) is None


def _each(cells: Sequence[Any] | pd.Series[Any], read: Callable[[Any], Any], dtype: Any) -> tuple[pd.Series[Any], Mask]:
    """Read cells one by one; what cannot be read is None, as what is missing."""
    tidy = [_tidy(cell) for cell in cells]
    found = [None if cell is None else read(cell) for cell in tidy]
    unread = [one is None and cell is not None for one, cell in zip(found, tidy, strict=True)]
    return pd.Series(found, dtype=dtype), np.array(unread, np.bool_)


def _tidy(cell: Any) -> Any:
    """Return a cell without spaces around it, of whatever kind they are; None for a blank one."""
    if isinstance(cell, str):
        return " ".join(cell.split()) or None
    return None if _missing(cell) else cell


def _missing(cell: Any) -> bool:
    return cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and math.isnan(cell))


def _or_none(cell: Any) -> Any:
    return None if _missing(cell) else cell


def _boolean(cell: Any) -> bool | None:
    if isinstance(cell, str):
        # Python lowers the Turkish İ to an i and a dot of its own
        return WORDS.get(cell.lower().replace("\u0307", ""))
    return bool(cell) if isinstance(cell, int | float | np.bool_) and cell in (0, 1) else None


def _number(cell: Any) -> float | None:
    if isinstance(cell, bool | date | time | timedelta):
        return None
    if isinstance(cell, str) and not _NUMBER.fullmatch(cell):
        return None
    try:
        number = float(cell)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _integer(cell: Any) -> int | None:
    number = _number(cell)
    return int(number) if number is not None and number.is_integer() and abs(number) < 2**53 else None
