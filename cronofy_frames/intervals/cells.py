"""A window cut where the wall clock of a zone enters another cell: an hour, a day, a month."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cronofy_frames.frames.timestamps import midnights
from cronofy_frames.intervals.offsets import DAY, MINUTE, clock, weekday_of
from cronofy_frames.intervals.spans import Micros

CLOCK = ("hour", "time")
DATES = ("date", "week", "month")
WORDS = ("weekday", *DATES, *CLOCK)
MOST = 5_000_000  # pieces of a window: 570 years of hours


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """A window cut into stretches, and the table of cells that they lie in.

    Attributes
    ----------
    start, end
        The stretches, in order and without gaps.
    cell
        The row of the table that each lies in.
    table
        The cells: a column for each of the words asked for.
    """

    start: Micros
    end: Micros
    cell: Micros
    table: pd.DataFrame


def step_of(freq: str | pd.Timedelta) -> int:
    """Return a frequency as microseconds.

    Raises
    ------
    ValueError
        For one that is not in whole minutes or does not divide a day.
    """
    text = f"1{freq}" if isinstance(freq, str) and not freq[:1].isdigit() else freq
    try:
        step = pd.Timedelta(text) // pd.Timedelta(1, "us")
    except (ValueError, TypeError):
        step = 0
    if step <= 0 or step % MINUTE or DAY % step:
        raise ValueError(f"freq is a length that divides a day, such as '15min', '30min', '1h' or '1D'; not {freq!r}.")
    return int(step)


def cells(start: int, end: int, *, tz: str, step: int, words: tuple[str, ...]) -> Cells:
    """Cut a window.

    Parameters
    ----------
    start, end
        The window, in microseconds UTC.
    tz
        The zone of the clock.
    step
        How long a cell of the day is on the clock.
    words
        What tells cells apart: weekday, hour, time, date, week, month.

    Returns
    -------
    The stretches, and every cell there is: all weekdays and times of day, those dates that the window has.

    Raises
    ------
    ValueError
        For a window of too many cells.
    """
    fine = step if set(words) & set(CLOCK) else DAY
    begins, walls = _cuts(start, end, tz, fine)
    day, part = walls // DAY, walls % DAY // fine
    axes = [
        _dates(day, [word for word in words if word in DATES or (word == "weekday" and "date" in words)], tz),
        _weekdays(day) if "weekday" in words and "date" not in words else None,
        _times(part, fine, [word for word in words if word in CLOCK]),
    ]
    code, table = np.zeros(len(begins), np.int64), pd.DataFrame(index=pd.RangeIndex(1))
    for axis in axes:
        if axis is not None:
            code = code * len(axis[1]) + axis[0]
            table = table.merge(axis[1], how="cross") if len(table.columns) else axis[1]
    new = np.append(True, code[1:] != code[:-1])
    begins, code = begins[new], code[new]
    return Cells(begins, np.append(begins[1:], end), code, table[list(words)])


def _dates(day: Micros, words: list[str], tz: str) -> tuple[Micros, pd.DataFrame] | None:
    if not words:
        return None
    known, of = np.unique(day, return_inverse=True)
    whole = {
        "date": known,
        "week": known - weekday_of(known),
        "month": known.astype("M8[D]").astype("M8[M]").astype("M8[D]").astype(np.int64),
        "weekday": weekday_of(known),
    }
    values = np.stack([whole[word] for word in words], axis=1)
    rows, code = np.unique(values, axis=0, return_inverse=True)
    columns = {
        word: column if word == "weekday" else midnights(column.astype("M8[D]"), tz)
        for word, column in zip(words, rows.T, strict=True)
    }
    return code.reshape(-1)[of.reshape(-1)], pd.DataFrame(columns)


def _weekdays(day: Micros) -> tuple[Micros, pd.DataFrame]:
    return weekday_of(day), pd.DataFrame({"weekday": np.arange(7)})


def _times(part: Micros, step: int, words: list[str]) -> tuple[Micros, pd.DataFrame] | None:
    if not words:
        return None
    minutes = np.arange(0, DAY, step) // MINUTE
    hours = minutes // 60
    if words == ["hour"]:
        known, of = np.unique(hours, return_inverse=True)
        return of.reshape(-1)[part], pd.DataFrame({"hour": known})
    texts = pd.Series([f"{minute // 60:02}:{minute % 60:02}" for minute in minutes], dtype="str")
    return part, pd.DataFrame({"time": texts, "hour": hours})[words]


def _cuts(start: int, end: int, tz: str, step: int) -> tuple[Micros, Micros]:
    """Return where on the window the clock stands at a multiple of a step or jumps, and what it shows then."""
    if (end - start) // step > MOST:
        raise ValueError(
            f"the window of {(end - start) / (365.2425 * DAY):,.0f} years has too many cells: "
            "narrow it with start= and end=, or take a longer freq."
        )
    zone = clock(tz, start, end)
    found = [zone.begin]
    for begin, until, offset in zip(zone.begin.tolist(), zone.end.tolist(), zone.offset.tolist(), strict=True):
        found.append(np.arange(((begin + offset) // step + 1) * step - offset, until, step))
    cuts = np.sort(np.concatenate(found))
    return cuts, zone.shown(cuts)
