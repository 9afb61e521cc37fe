"""From a frame to a worksheet of Excel."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from cronofy_frames.sheets.formatting import cell_text, dates, harmless, harmless_text, twice, wall, whole_days, zoned

ROWS, COLUMNS, CHARACTERS = 1_048_576, 16_384, 32_767  # what a worksheet and a cell of Excel hold
NARROW, WIDE = 8, 60
FURTHER = 1_000  # rows below the last that offer the values of their column
DAY, TIME = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"

_REPLIES = ("needs_action", "accepted", "declined", "tentative", "unknown")
VALUES: dict[str, tuple[str, ...]] = {
    "transparency": ("opaque", "transparent", "unknown"),
    "extended_transparency": (
        *("opaque", "transparent", "working_elsewhere", "tentative", "out_of_office", "unknown"),
    ),
    "status": ("tentative", "confirmed", "cancelled", "unknown"),
    "participation_status": _REPLIES,
    "free_busy_status": ("tentative", "busy", "free", "unknown"),
    "permission_level": ("sandbox", "unrestricted"),
    "calendar_type": ("resource", "unknown"),
    "day": ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
}
"""What columns hold that have few values; Cronofy may add to them, so others are let in."""

# Excel takes 1900 for a leap year: from this day on it counts days as everybody does.
_FIRST, _LAST = np.datetime64("1900-03-01"), np.datetime64("9999-01-01")
_ZERO = np.datetime64("1899-12-30")
_EXACT = 2**53  # beyond it, not every whole number is one of Excel's


class Stamp(NamedTuple):
    """A time or a day as Excel holds it: a number of days, and the format that shows it."""

    days: float
    shown: str


Value = str | bool | int | float | Stamp | None


def workbook_of(frame: pd.DataFrame, tz: str | None = None) -> bytes:
    """Return a frame as an Excel workbook of one worksheet.

    Raises
    ------
    ValueError
        If it has more rows, or a text more characters, than Excel holds; or for an unknown zone, or times and a
        column `tzid` of its own.
    """
    shown = harmless(zoned(frame, tz))
    if len(shown) >= ROWS or len(shown.columns) > COLUMNS:
        raise ValueError(
            f"the frame has {len(shown):,} rows and {len(shown.columns):,} columns; a worksheet holds "
            f"{ROWS - 1:,} rows below its header, and {COLUMNS:,} columns. Write .csv or .parquet."
        )
    days = whole_days(shown)
    columns = [_values(shown[name], days if name in ("start", "end") else None) for name in shown.columns]
    names = [str(name) for name in shown.columns]
    book = Workbook(write_only=True)
    book.properties.creator = "cronofy_frames"
    sheet: Any = book.create_sheet("events" if {"summary", "start", "end"} <= set(names) else "rows")
    _set_out(sheet, names, columns)
    _offer(sheet, shown)
    sheet.append([_title(sheet, name) for name in names])
    for row in zip(*(_cells(sheet, values) for values in columns), strict=True):
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _values(column: pd.Series[Any], days: npt.NDArray[np.bool_] | None) -> list[Value]:
    """Return a column's values as Excel holds them; `days` says which are days, where some may be."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return _times(column, np.zeros(len(column), np.bool_) if days is None else days)
    if pd.api.types.is_datetime64_dtype(column.dtype):
        return _times(column.dt.tz_localize("UTC"), np.zeros(len(column), np.bool_))
    missing = column.isna().to_numpy()
    values = [None if gone else _value(value) for value, gone in zip(column.tolist(), missing, strict=True)]
    for n, value in enumerate(values):
        # a character beyond the first 65,536 counts twice
        if isinstance(value, str) and (2 * len(value) > CHARACTERS and len(value.encode("utf-16-le")) > 2 * CHARACTERS):
            raise ValueError(
                f"row {column.index[n]!r}, column {column.name!r}: its text has {len(value):,} characters as Excel "
                f"writes them, and a cell holds {CHARACTERS:,}. Shorten it, or write .csv or .parquet."
            )
    return values


def _value(value: Any) -> Value:
    if isinstance(value, str):
        return cell_text(value) or None
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) <= _EXACT:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    return cell_text(harmless_text(str(value))) or None


def _times(times: pd.Series[Any], days: npt.NDArray[np.bool_]) -> list[Value]:
    """Return stamps, and texts for times that Excel cannot hold or that it would show like another."""
    walls = times.dt.tz_localize(None).to_numpy("datetime64[us]")
    midnights = walls.astype("datetime64[D]")
    fits = (walls >= _FIRST) & (walls < _LAST) & (days | ((walls == walls.astype("datetime64[s]")) & ~twice(times)))
    since = (walls - _ZERO) / np.timedelta64(1, "D")
    # readers tell a time from a day by its fraction alone: a timed midnight has one too small to show
    hair = np.maximum(2e-11, 2 * np.spacing(since))
    since = np.where(days, np.floor(since), np.where(walls == midnights, since + hair, since))
    stamps = zip(since.tolist(), days.tolist(), strict=True)
    values: list[Value] = [Stamp(count, DAY if day else TIME) for count, day in stamps]
    for n in np.flatnonzero(~fits).tolist():
        text = (dates if days[n] else wall)(times.iloc[n : n + 1]).iloc[0]
        values[n] = None if pd.isna(text) else text
    return values


def _set_out(sheet: Any, names: list[str], columns: list[list[Value]]) -> None:
    """Say how wide columns are, what stays in sight, and what filters; in this mode before the first row."""
    sheet.freeze_panes = "A2"
    for n, (name, values) in enumerate(zip(names, columns, strict=True), 1):
        # the header also has a button in it
        longest = max(len(name) + 3, *map(_length, values)) if values else len(name) + 3
        sheet.column_dimensions[get_column_letter(n)].width = min(max(longest + 1, NARROW), WIDE)
    if names:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(names))}{len(columns[0]) + 1}"


def _length(value: Value) -> int:
    if isinstance(value, str):
        return len(value) if "\n" not in value else max(map(len, value.split("\n")))
    if isinstance(value, Stamp):
        return len(value.shown)
    return 0 if value is None else len(str(value))


def _offer(sheet: Any, frame: pd.DataFrame) -> None:
    """Let the cells of columns with few values offer these, some rows below the last too."""
    last = min(len(frame) + 1 + FURTHER, ROWS)
    for n, (name, dtype) in enumerate(frame.dtypes.items(), 1):
        words = VALUES.get(str(name), ()) if dtype == "str" else ()  # the status of an outcome is a number
        values = ("TRUE", "FALSE") if pd.api.types.is_bool_dtype(dtype) else words
        if name == "status" and "position" in frame.columns:  # an attendee's
            values = _REPLIES
        if values:
            letter = get_column_letter(n)
            offered = DataValidation(type="list", formula1=f'"{",".join(values)}"', sqref=f"{letter}2:{letter}{last}")
            offered.allow_blank = True
            offered.showErrorMessage = True
            offered.errorStyle = "warning"
            offered.errorTitle = str(name)
            offered.error = f"Known values are {', '.join(values)}."
            sheet.data_validations.append(offered)


def _title(sheet: Any, name: str) -> Any:
    cell = _text(sheet, cell_text(name))
    cell.font = Font(bold=True)
    return cell


def _cells(sheet: Any, values: Iterable[Value]) -> Iterator[Any]:
    """Yield a column's cells; each is written before the next is asked for, so that those with a style serve again."""
    plain = _number(sheet)
    styled = {shown: _number(sheet, shown) for shown in (DAY, TIME)}
    for value in values:
        if isinstance(value, Stamp | float):
            cell, number = (styled[value.shown], value.days) if isinstance(value, Stamp) else (plain, value)
            cell.value = repr(number)  # of a number itself openpyxl would write sixteen digits
            cell.data_type = "n"
            yield cell
        elif isinstance(value, str) and (value[0] == "=" or value in ERROR_CODES):
            yield _text(sheet, value)
        else:
            yield value


def _number(sheet: Any, shown: str = "General") -> Any:
    cell = WriteOnlyCell(sheet)
    cell.number_format = shown
    return cell


def _text(sheet: Any, text: str) -> Any:
    """Return a cell of text, whatever the text looks like."""
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    return cell
