"""Cut a window into cells by local time: hours, days, weeks, months of a time zone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cronofy_frames.frames.clock_changes import DAY, MINUTE, midnights, offset_table, weekday_of
from cronofy_frames.intervals.spans import Micros

TIME_UNITS = ("hour", "time")
DATE_UNITS = ("date", "week", "month")
UNITS = ("weekday", *DATE_UNITS, *TIME_UNITS)
MOST_PIECES = 5_000_000  # of one window: 570 years of hours


@dataclass(frozen=True, slots=True, eq=False)
class CellGrid:
    """A window cut into stretches, and the table of cells to which the stretches belong.

    Attributes
    ----------
    start, end
        The stretches, in order and without gaps.
    cell
        The row of the table for each stretch.
    table
        The cells: a column for each unit.
    """

    start: Micros
    end: Micros
    cell: Micros
    table: pd.DataFrame


def step_of(freq: str | pd.Timedelta) -> int:
    """Return a frequency in microseconds.

    Raises
    ------
    ValueError
        If it is not a whole number of minutes that divides a day.
    """
    text = f"1{freq}" if isinstance(freq, str) and not freq[:1].isdigit() else freq
    try:
        step = pd.Timedelta(text) // pd.Timedelta(1, "us")
    except (ValueError, TypeError):
        step = 0
    if step <= 0 or step % MINUTE or DAY % step:
        raise ValueError(f"freq is a length that divides a day, such as '15min', '30min', '1h' or '1D'; not {freq!r}.")
    return int(step)


def cut_window(start: int, end: int, *, tz: str, step: int, units: tuple[str, ...]) -> CellGrid:
    """Cut a window into cells.

    Parameters
    ----------
    start, end
        The window, in microseconds UTC.
    tz
        The zone of local time.
    step
        The length of a cell within a day, in microseconds of local time.
    units
        The columns that identify a cell: weekday, hour, time, date, week, month.

    Returns
    -------
    The stretches, and every possible cell: all weekdays and times of day, and the dates of the window.

    Raises
    ------
    ValueError
        For a window of too many cells.
    """
    fine = step if set(units) & set(TIME_UNITS) else DAY
    begins, walls = _cuts(start, end, tz, fine)
    day, part = walls // DAY, walls % DAY // fine
    axes = [
        _dates(day, [unit for unit in units if unit in DATE_UNITS or (unit == "weekday" and "date" in units)], tz),
        _weekdays(day) if "weekday" in units and "date" not in units else None,
        _times(part, fine, [unit for unit in units if unit in TIME_UNITS]),
    ]
    code, table = np.zeros(len(begins), np.int64), pd.DataFrame(index=pd.RangeIndex(1))
    for axis in axes:
        if axis is not None:
            code = code * len(axis[1]) + axis[0]
            table = table.merge(axis[1], how="cross") if len(table.columns) else axis[1]
    new = np.append(True, code[1:] != code[:-1])
    begins, code = begins[new], code[new]
    return CellGrid(begins, np.append(begins[1:], end), code, table[list(units)])


def _dates(day: Micros, units: list[str], tz: str) -> tuple[Micros, pd.DataFrame] | None:
    if not units:
        return None
    known, index = np.unique(day, return_inverse=True)
    values_by_unit = {
        "date": known,
        "week": known - weekday_of(known),
        "month": known.astype("M8[D]").astype("M8[M]").astype("M8[D]").astype(np.int64),
        "weekday": weekday_of(known),
    }
    values = np.stack([values_by_unit[unit] for unit in units], axis=1)
    rows, code = np.unique(values, axis=0, return_inverse=True)
    columns = {
        unit: column if unit == "weekday" else midnights(column.astype("M8[D]"), tz)
        for unit, column in zip(units, rows.T, strict=True)
    }
    return code.reshape(-1)[index.reshape(-1)], pd.DataFrame(columns)


def _weekdays(day: Micros) -> tuple[Micros, pd.DataFrame]:
    return weekday_of(day), pd.DataFrame({"weekday": np.arange(7)})


def _times(part: Micros, step: int, units: list[str]) -> tuple[Micros, pd.DataFrame] | None:
    if not units:
        return None
    minutes = np.arange(0, DAY, step) // MINUTE
    hours = minutes // 60
    if units == ["hour"]:
        known, index = np.unique(hours, return_inverse=True)
        return index.reshape(-1)[part], pd.DataFrame({"hour": known})
    texts = pd.Series([f"{minute // 60:02}:{minute % 60:02}" for minute in minutes], dtype="str")
    return part, pd.DataFrame({"time": texts, "hour": hours})[units]


def _cuts(start: int, end: int, tz: str, step: int) -> tuple[Micros, Micros]:
    """Return the instants at which local time is a multiple of the step or jumps, and the wall time of each."""
    if (end - start) // step > MOST_PIECES:
        raise ValueError(
            f"the window of {(end - start) / (365.2425 * DAY):,.0f} years has too many cells: "
            "narrow it with start= and end=, or take a longer freq."
        )
    table = offset_table(tz, start, end)
    instants = [table.begin]
    for begin, until, offset in zip(table.begin.tolist(), table.end.tolist(), table.offset.tolist(), strict=True):
        instants.append(np.arange(((begin + offset) // step + 1) * step - offset, until, step))
    cuts = np.sort(np.concatenate(instants))
    return cuts, table.wall_times(cuts)
