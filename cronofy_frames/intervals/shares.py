"""Busy time as a share of the time observed: for each hour of the week, each day, each group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.frames.bounds import Bound
from cronofy_frames.intervals.cells import WORDS, Cells, cells, step_of
from cronofy_frames.intervals.counting import AllDay, Counted, columns_of, count, micro, numbered, sourced
from cronofy_frames.intervals.offsets import HOUR
from cronofy_frames.intervals.spans import BLOCK, Micros, Spans, crossings, cut, union

MOST_CELLS = 20_000_000

Sums = npt.NDArray[np.float64]


def occupancy(
    frame: pd.DataFrame,
    *,
    freq: str | pd.Timedelta = "1h",
    by: str | Sequence[str] | None = ("weekday", "hour"),
    start: Bound | None = None,
    end: Bound | None = None,
    tz: str | None = None,
    tentative: bool = True,
    unknown: bool = False,
    all_day: AllDay = "busy",
) -> pd.DataFrame:
    """Return which share of the time observed was busy, for each hour of the week or any other cell.

    Overlaps count once. Time is split where the clock of `tz` enters another cell, overnight and on days of 23 and 25
    hours too: an hour that comes twice was observed for two hours, one that is skipped not at all. With an `account`
    column and no account in `by`, it is the mean of the accounts, and hours are added over them.

    Parameters
    ----------
    frame
        Events, free/busy, or anything with start and end.
    freq
        How long a cell of the day is, a length that divides a day: "15min", "1h", "1D".
    by
        What tells cells apart: weekday (0 is Monday), hour, time (HH:MM), date, week (its Monday), month (its first
        day), and columns of the frame, each group of which is measured on its own; None is one cell of all.
    start, end
        The time observed, half-open; naive bounds are read in `tz`. By default the time that was read (`attrs`), else
        from the first row to the last. A frame that was filtered is still a share of the time that was read.
    tz
        The zone of the clock; by default the frame's own.
    tentative, unknown, all_day
        What takes time, as in `busy`.

    Returns
    -------
    DataFrame
        The columns of `by`; share from 0 to 1, NaN where nothing was observed and 0 where all of it was free;
        busy_hours; observed_hours. All weekdays and times of day are there, and the dates of the window.

    Raises
    ------
    ValueError
        For a frame that does not say what was observed when no bounds are given; for a window of too many cells; for
        bounds, a freq, a zone or columns that make no sense.

    Examples
    --------
    >>> free_busy = cf.read_free_busy(client, "2026-03-02", "2026-03-30", tz="Europe/London")
    >>> cf.occupancy(free_busy).shape
    (168, 5)
    >>> cf.occupancy(free_busy, by="week")["observed_hours"].tolist()
    [168.0, 168.0, 168.0, 167.0]
    """
    step, names = step_of(freq), columns_of(frame, by, WORDS)
    groups = [name for name in names if name not in WORDS]
    person = ["account"] if "account" in frame and "account" not in groups else []
    counted = count(frame, groups + person, tz=tz, tentative=tentative, unknown=unknown, all_day=all_day)
    window = counted.window(start, end)
    grid = cells(
        micro(window.start), micro(window.end), tz=counted.tz, step=step,
        words=tuple(name for name in names if name in WORDS),
    )  # fmt: skip
    keys, people, taken = _people(counted, groups)
    if len(keys) * len(grid.table) > MOST_CELLS:
        raise ValueError(f"{len(keys) * len(grid.table):,} cells are too many: narrow the window, or by={names}.")
    told = keys.merge(grid.table, how="cross") if groups else grid.table.copy()
    seen = np.bincount(grid.cell, weights=grid.end - grid.start, minlength=len(grid.table))
    told["observed_hours"] = np.outer(people, seen).ravel() / HOUR
    told["busy_hours"] = _busy(taken, grid, len(keys)) / HOUR
    told["share"] = told["busy_hours"] / told["observed_hours"].where(told["observed_hours"] > 0)
    told = told[[*names, "share", "busy_hours", "observed_hours"]]
    if names:
        told = told.sort_values(names, kind="stable", ignore_index=True)
    return sourced(told, counted, window)


def _people(counted: Counted, groups: list[str]) -> tuple[pd.DataFrame, Micros, Spans]:
    """Return the groups without their accounts, how many accounts each has, and the busy time in each group."""
    taken = union(counted.spans)
    if list(counted.keys.columns) == groups:
        return counted.keys, np.ones(len(counted.keys), np.int64), taken
    if not groups:
        return pd.DataFrame(index=pd.RangeIndex(1)), np.array([len(counted.keys)]), Spans.of(taken.start, taken.end)
    of = numbered(counted.keys[groups])
    keys = counted.keys[groups].drop_duplicates(ignore_index=True)
    people = np.bincount(of, minlength=len(keys)).astype(np.int64)
    return keys, people, Spans(of[taken.group], taken.start, taken.end)


def _busy(taken: Spans, grid: Cells, groups: int) -> Sums:
    """Return how long each group is busy in each cell."""
    size, parts = len(grid.table), Spans.of(grid.start, grid.end)
    first, count = crossings(taken, parts, common=True)
    busy = np.zeros(groups * size)
    for some in _blocks(count):
        found, part = cut(taken.take(some), parts, first[some], count[some])
        busy += np.bincount(found.group * size + grid.cell[part], weights=found.length, minlength=len(busy))
    return busy


def _blocks(count: Micros) -> Iterator[slice]:
    """Yield the spans a few at a time, given how many pieces each has, so that the pieces fit into memory."""
    bounds = np.flatnonzero(np.diff(np.cumsum(count) // BLOCK)) + 1
    for low, high in pairwise([0, *bounds.tolist(), len(count)]):
        yield slice(low, high)
