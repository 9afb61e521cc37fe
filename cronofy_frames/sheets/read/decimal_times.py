"""Whether decimal numbers such as 0.30 in a column of times of day are clock times, or shares of a day."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import time, timedelta
from typing import Any, Literal, NamedTuple

TimeStyle = Literal["clock", "share", "unclear"]

_DECIMAL = re.compile(r"\d{0,2}[.,]\d+|0", re.ASCII)
_CLOCK = re.compile(r"(?:[01]?\d|2[0-3])\.[0-5]\d|24\.00", re.ASCII)
_SHARE = re.compile(r"0(?:[.,]\d+)?", re.ASCII)
_LARGEST = 100  # larger numbers are dates
_ROUND = 288  # parts of a day of five minutes


class TimeStyles(NamedTuple):
    """What the decimal numbers of a column are, as text and as numbers of a workbook."""

    text: TimeStyle
    number: TimeStyle


def time_styles(cells: Iterable[Any], beside: Iterable[Any] = ()) -> TimeStyles:
    """Return what all decimal numbers among the cells of a column are: clock times with a point, or shares of a day.

    A text such as 16.30 is only a clock time, and 0.375 only a share. Texts of both kinds in one column, a text that is
    neither, or none but texts that are both, such as 0.30, are unclear. A workbook keeps times of day as shares, and
    0.30 that a person types as 0.3: so its numbers are unclear if one is 1 or more, or if none is a likely share, and
    no real time of day is beside them.

    Parameters
    ----------
    cells
        The cells of the column.
    beside
        Those of the other columns of times, which decide for texts that are both.
    """
    cells = list(cells)
    texts = _decimal_texts(cells)
    style = _style_of_texts(texts)
    if style == "unclear" and all(map(_CLOCK.fullmatch, texts)) and all(map(_SHARE.fullmatch, texts)):
        style = _style_of_texts([*texts, *_decimal_texts(beside)])
    numbers = [float(cell) for cell in cells if not isinstance(cell, str) and is_decimal(cell) and cell]
    has_times = any(isinstance(cell, time | timedelta) for cell in cells)
    is_share = all(number < 1 for number in numbers) and (
        has_times or not numbers or any(map(_is_likely_share, numbers))
    )
    return TimeStyles(style, "share" if is_share else "unclear")


def is_decimal(cell: Any) -> bool:
    """Return whether a cell is a decimal number that could be a time of day."""
    if isinstance(cell, str):
        return _DECIMAL.fullmatch(cell.strip()) is not None
    return isinstance(cell, int | float) and not isinstance(cell, bool) and 0 <= cell < _LARGEST


def _decimal_texts(cells: Iterable[Any]) -> list[str]:
    texts = (cell.strip() for cell in cells if isinstance(cell, str) and is_decimal(cell))
    return [text for text in texts if _value(text)]


def _value(text: str) -> float:
    return float(text.replace(",", "."))


def _style_of_texts(texts: list[str]) -> TimeStyle:
    are_clocks, are_shares = (all(map(pattern.fullmatch, texts)) for pattern in (_CLOCK, _SHARE))
    if are_clocks and (not texts or not are_shares):
        return "clock"
    return "share" if are_shares and not are_clocks else "unclear"


def _is_likely_share(number: float) -> bool:
    """Return whether a number has more digits than the time that a person types, or is a round time of day."""
    return round(number * 100, 6) % 1 > 0 or round(number * _ROUND, 6) % 1 == 0
