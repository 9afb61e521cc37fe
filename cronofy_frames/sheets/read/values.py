"""Columns of text, Booleans and numbers, parsed from the cells of a file.

A cell is None, a text, a number, a Boolean, or a date or time as a workbook has them. A column has one dtype,
whatever its cells are.
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

# spreadsheet programs save Booleans in their language, and Outlook has other words for them: Ein, Aus, Vrai, オン
_TRUE = """true yes y 1 x on wahr vrai verdadero vero prawda waar verdadeiro истина doğru sant ja oui si sí tak да evet
ein an aktiviert actif activé activado attivato ativado ativada aan オン はい 真"""
_FALSE = """false no n 0 off falsch faux falso fałsz onwaar ложь yanliş yanlış falskt nein non nie нет hayir hayır aus
deaktiviert inactif désactivé desactivado disattivato desativado desativada uit nee não nao nej オフ いいえ 偽"""
BOOLEAN_WORDS: dict[str, bool] = {**dict.fromkeys(_TRUE.split(), True), **dict.fromkeys(_FALSE.split(), False)}


def unescape_formulas(cells: list[Any]) -> list[Any]:
    """Return cells without the apostrophes that `export` puts before texts that look like a formula."""
    return [cell[1:] if isinstance(cell, str) and cell[:1] == "'" and _FORMULA.match(cell) else cell for cell in cells]


def cell_text(cell: Any) -> str:
    """Return a cell as text: whole numbers without a decimal point, times in ISO 8601, "" for a missing one."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e21:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


def text_column(cells: Sequence[Any] | pd.Series[Any]) -> pd.Series[Any]:
    """Return a column of text."""
    if isinstance(cells, pd.Series) and cells.dtype == "str":
        return cells
    return pd.Series([None if _is_missing(cell) else cell_text(cell) for cell in cells], dtype="str")


def boolean_column(cells: Sequence[Any] | pd.Series[Any]) -> tuple[pd.Series[Any], Mask]:
    """Return a column of Booleans, and which cells are none."""
    if isinstance(cells, pd.Series) and cells.dtype in ("bool", "boolean"):
        return cells.astype("boolean"), np.zeros(len(cells), np.bool_)
    return _parse_each(cells, _boolean, "boolean")


def number_column(cells: Sequence[Any] | pd.Series[Any]) -> tuple[pd.Series[Any], Mask]:
    """Return a column of `float64`, and which cells are no number."""
    if isinstance(cells, pd.Series) and cells.dtype == "float64":
        return cells, np.zeros(len(cells), np.bool_)
    return _parse_each(cells, _number, "float64")


def integer_column(cells: Sequence[Any] | pd.Series[Any]) -> tuple[pd.Series[Any], Mask]:
    """Return a column of `int64` with 0 for missing cells, and which cells are no whole number."""
    if isinstance(cells, pd.Series) and cells.dtype == "int64":
        return cells, np.zeros(len(cells), np.bool_)
    values, unread = _parse_each(cells, _integer, "Int64")
    return values.fillna(0).astype("int64"), unread


def untyped_column(cells: Sequence[Any] | pd.Series[Any], *, typed: bool) -> pd.Series[Any]:
    """Return an unknown column: text from a text file, else in the type that all its cells have."""
    if isinstance(cells, pd.Series):
        return cells
    present = [cell for cell in cells if not _is_missing(cell)]
    if typed and present:
        kinds = {type(cell) for cell in present}
        if kinds == {bool}:
            is_full = len(present) == len(cells)
            return pd.Series([_or_none(cell) for cell in cells], dtype="bool" if is_full else "boolean")
        if kinds <= {int, float}:
            return _untyped_numbers(cells, present)
        if kinds <= {date, datetime} and all(_storable(cell) for cell in present):
            return pd.Series(pd.DatetimeIndex([_or_none(cell) for cell in cells]).as_unit("us"))
    return text_column(cells)


def _untyped_numbers(cells: Sequence[Any], present: list[Any]) -> pd.Series[Any]:
    are_whole = all(float(cell).is_integer() and abs(cell) < 2**53 for cell in present)
    if are_whole and len(present) == len(cells):
        return pd.Series([int(cell) for cell in cells], dtype="int64")
    return pd.Series([math.nan if _is_missing(cell) else float(cell) for cell in cells], dtype="float64")


def _storable(cell: Any) -> bool:
    return cell.year > 1 and getattr(cell, "tzinfo", None) is None


def _parse_each(
    cells: Sequence[Any] | pd.Series[Any], parse: Callable[[Any], Any], dtype: Any
) -> tuple[pd.Series[Any], Mask]:
    """Parse cells one by one; return them with None for missing and unread cells, and which are unread."""
    stripped = [_strip_cell(cell) for cell in cells]
    values = [None if cell is None else parse(cell) for cell in stripped]
    unread = [value is None and cell is not None for value, cell in zip(values, stripped, strict=True)]
    return pd.Series(values, dtype=dtype), np.array(unread, np.bool_)


def _strip_cell(cell: Any) -> Any:
    """Return a cell without spaces around it, of any kind; None for a blank one."""
    if isinstance(cell, str):
        return " ".join(cell.split()) or None
    return None if _is_missing(cell) else cell


def _is_missing(cell: Any) -> bool:
    return cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and math.isnan(cell))


def _or_none(cell: Any) -> Any:
    return None if _is_missing(cell) else cell


def _boolean(cell: Any) -> bool | None:
    if isinstance(cell, str):
        # Python lowers the Turkish İ to an i and a combining dot
        return BOOLEAN_WORDS.get(cell.lower().replace("\u0307", ""))
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
