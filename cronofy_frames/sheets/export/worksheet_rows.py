"""Rows of a frame as the XML of a worksheet (ECMA-376, 18.3.1.73): whole columns at a time.

openpyxl builds an object and an element for each cell, which takes most of the time that a large file needs.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cronofy_frames.sheets.export.cells import LARGE, content_of, join_texts, text_array
from cronofy_frames.sheets.formatting import (
    date_texts,
    encode_cell_text,
    escape_formula,
    has_repeated_wall_time,
    wall_time_texts,
)

CHARACTERS = 32_767  # the limit of a cell
DATE_FORMAT, TIME_FORMAT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"

# Excel takes 1900 for a leap year, so its day numbers are right only from this day on
_FIRST, _LAST = np.datetime64("1900-03-01"), np.datetime64("9999-01-01")
_ZERO = np.datetime64("1899-12-30")
_LARGEST_INTEGER = 2**53  # Excel cannot hold every integer beyond it
# texts that `encode_cell_text` may change; those without a letter or digit may be blank
_TO_ENCODE = "[\\x00-\\x08\\x0b-\\x1f\ufffe\uffff]|_x|FFF"
_NOT_BLANK = "[0-9A-Za-z]"


class DateNumber(NamedTuple):
    """A time or a date as Excel stores it: a number of days, and the number format."""

    days: float
    number_format: str


CellValue = str | bool | int | float | DateNumber | None


class Cells(NamedTuple):
    """The cells of a column.

    Attributes
    ----------
    ends
        The XML of each from the row's number on; missing for a blank cell.
    width
        The characters of the longest line.
    """

    ends: Any
    width: int


def column_cells(column: pd.Series[Any], days: npt.NDArray[np.bool_] | None, styles: dict[str, int]) -> Cells:
    """Return the cells of a column; `days` tells which times are whole days, `styles` has the ids of number formats.

    Raises
    ------
    ValueError
        A text is longer than Excel can hold.
    """
    if column.dtype == "str":
        return _text_cells(column)
    values = _values(column, days)
    ends = [None if value is None else _end(value, styles) for value in values]
    return Cells(pa.array(ends, LARGE), max(map(_length, values), default=0))


def row_elements(cells: list[Any], letters: list[str], first: int) -> memoryview:
    """Return rows as XML; `first` is the number of the first."""
    if not cells:
        return memoryview(b"")
    numbers = pa.array(np.arange(first, first + len(cells[0]))).cast(LARGE)
    parts = ['<row r="', numbers, '">']
    for ends, letter in zip(cells, letters, strict=True):
        parts.append(join_texts([f'<c r="{letter}', numbers, ends]))
    return content_of(join_texts([*parts, "</row>"], missing=""))


def _text_cells(column: pd.Series[Any]) -> Cells:
    texts = text_array(column)
    unsure = pc.or_(pc.match_substring_regex(texts, _TO_ENCODE), pc.invert(pc.match_substring_regex(texts, _NOT_BLANK)))
    unsure = pc.fill_null(unsure, False)
    encoded = [encode_cell_text(text) or None for text in texts.filter(unsure).to_pylist()]
    texts = pc.replace_with_mask(texts, unsure, pa.array(encoded, LARGE))
    _check_lengths(texts, column)
    escaped = _escape_xml(texts)
    # a reader may drop white space around a text that does not ask to keep it
    opening = pc.if_else(
        _is_padded(texts),
        pa.scalar('" t="inlineStr"><is><t xml:space="preserve">', LARGE),
        pa.scalar('" t="inlineStr"><is><t>', LARGE),
    )
    return Cells(join_texts([opening, escaped, "</t></is></c>"]), _longest_line(texts))


def _is_padded(texts: Any) -> Any:
    """Return which texts start or end with white space."""
    candidates = pc.fill_null(pc.match_substring_regex(texts, "^[^!-~]|[^!-~]$"), False)
    padded = pa.array([text != text.strip() for text in texts.filter(candidates).to_pylist()], pa.bool_())
    return pc.replace_with_mask(candidates, candidates, padded)


def _escape_xml(texts: Any) -> Any:
    content = np.frombuffer(content_of(texts), np.uint8)
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        if (content == ord(character)).any():
            texts = pc.replace_substring(texts, character, entity)
    return texts


def _check_lengths(texts: Any, column: pd.Series[Any]) -> None:
    lengths = pc.fill_null(pc.utf8_length(texts), 0).to_numpy()
    for n in np.flatnonzero(2 * lengths > CHARACTERS).tolist():
        _check_length(texts[n].as_py(), column, n)


def _check_length(text: str, column: pd.Series[Any], position: int) -> None:
    # characters outside the basic plane count twice
    if len(text.encode("utf-16-le")) > 2 * CHARACTERS:
        raise ValueError(
            f"row {column.index[position]!r}, column {column.name!r}: its text has {len(text):,} characters as Excel "
            f"stores them, and a cell can hold {CHARACTERS:,}. Shorten it, or write .csv or .parquet."
        )


def _longest_line(texts: Any) -> int:
    lines = pc.list_flatten(pc.split_pattern(texts, "\n")) if b"\n" in bytes(content_of(texts)) else texts
    longest: int | None = pc.max(pc.utf8_length(lines)).as_py()
    return longest or 0


def _values(column: pd.Series[Any], days: npt.NDArray[np.bool_] | None) -> list[CellValue]:
    """Return the values of a column that is not of texts only."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return _times(column, np.zeros(len(column), np.bool_) if days is None else days)
    if pd.api.types.is_datetime64_dtype(column.dtype):
        return _times(column.dt.tz_localize("UTC"), np.zeros(len(column), np.bool_))
    missing = column.isna().to_numpy()
    values = [None if none else _value(value) for value, none in zip(column.tolist(), missing, strict=True)]
    for n, value in enumerate(values):
        if isinstance(value, str):
            _check_length(value, column, n)
    return values


def _value(value: Any) -> CellValue:
    if isinstance(value, str):
        return encode_cell_text(value) or None
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) <= _LARGEST_INTEGER:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    return encode_cell_text(escape_formula(str(value))) or None


def _times(times: pd.Series[Any], days: npt.NDArray[np.bool_]) -> list[CellValue]:
    """Return date numbers, and text for times that Excel cannot hold or cannot tell from another time."""
    walls = times.dt.tz_localize(None).to_numpy("datetime64[us]")
    midnights = walls.astype("datetime64[D]")
    fits = (
        (walls >= _FIRST)
        & (walls < _LAST)
        & (days | ((walls == walls.astype("datetime64[s]")) & ~has_repeated_wall_time(times)))
    )
    since = (walls - _ZERO) / np.timedelta64(1, "D")
    # readers tell a time from a date by its fraction: a timed midnight gets a fraction too small to be shown
    fraction = np.maximum(2e-11, 2 * np.spacing(since))
    since = np.where(days, np.floor(since), np.where(walls == midnights, since + fraction, since))
    numbers = zip(since.tolist(), days.tolist(), strict=True)
    values: list[CellValue] = [DateNumber(count, DATE_FORMAT if is_day else TIME_FORMAT) for count, is_day in numbers]
    for n in np.flatnonzero(~fits).tolist():
        text = (date_texts if days[n] else wall_time_texts)(times.iloc[n : n + 1]).iloc[0]
        values[n] = None if pd.isna(text) else text
    return values


def _end(value: str | bool | int | float | DateNumber, styles: dict[str, int]) -> str:
    """Return the XML of a cell after its row's number."""
    if isinstance(value, DateNumber):
        return f'" s="{styles[value.number_format]}" t="n"><v>{value.days!r}</v></c>'
    if isinstance(value, bool):
        return f'" t="b"><v>{value:d}</v></c>'
    if isinstance(value, int | float):
        return f'" t="n"><v>{value!r}</v></c>'
    space = ' xml:space="preserve"' if value != value.strip() else ""
    return f'" t="inlineStr"><is><t{space}>{escape(value)}</t></is></c>'


def _length(value: CellValue) -> int:
    if isinstance(value, str):
        return max(map(len, value.split("\n")))
    if isinstance(value, DateNumber):
        return len(value.number_format)
    return 0 if value is None else len(str(value))
