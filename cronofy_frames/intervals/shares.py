"""Busy time as a share of observed time, for each group and each hour, day or other cell of local time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.frames.bounds import Bound
from cronofy_frames.frames.clock_changes import HOUR
from cronofy_frames.intervals.cells import UNITS, CellGrid, cut_window, step_of
from cronofy_frames.intervals.counting import (
    AllDay,
    BusyRows,
    busy_rows,
    columns_of,
    group_numbers,
    micro,
    with_provenance,
)
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
    """Return which share of the observed time was busy, for each hour of the week or any other cell.

    Overlaps count once. Time is split where local time in `tz` enters another cell, overnight and on days of 23 and 25
    hours too: an hour that is repeated was observed for two hours, one that is skipped for none. With an `account`
    column and no account in `by`, the share is the mean of the accounts, and hours are added over them.

    Parameters
    ----------
    frame
        Events, free/busy, or anything with start and end.
    freq
        The length of a cell within a day, one that divides a day: "15min", "1h", "1D".
    by
        The columns that identify a cell: weekday (0 is Monday), hour, time (HH:MM), date, week (its Monday), month
        (its first day), and columns of the frame, each group of which is measured on its own; None is one cell.
    start, end
        The observed window, half-open; naive bounds are read in `tz`. By default the window that was read (`attrs`),
        else from the first row to the last. After filtering, shares are still of the window that was read.
    tz
        The zone of local time; by default the frame's own.
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
        If no bounds are given and the frame does not say which window was read; for a window of too many cells; for
        bounds, a freq, a zone or columns that are not valid.

    Examples
    --------
    >>> free_busy = cf.read_free_busy(client, "2026-03-02", "2026-03-30", tz="Europe/London")
    >>> cf.occupancy(free_busy).shape
    (168, 5)
    >>> cf.occupancy(free_busy, by="week")["observed_hours"].tolist()
    [168.0, 168.0, 168.0, 167.0]
    """
    step, names = step_of(freq), columns_of(frame, by, UNITS)
    groups = [name for name in names if name not in UNITS]
    person = ["account"] if "account" in frame and "account" not in groups else []
    counted = busy_rows(frame, groups + person, tz=tz, tentative=tentative, unknown=unknown, all_day=all_day)
    window = counted.window(start, end)
    grid = cut_window(
        micro(window.start), micro(window.end), tz=counted.tz, step=step,
        units=tuple(name for name in names if name in UNITS),
    )  # fmt: skip
    keys, people, taken = _people(counted, groups)
    if len(keys) * len(grid.table) > MOST_CELLS:
        raise ValueError(
            f"{len(keys) * len(grid.table):,} cells are too many: narrow the window, or group by fewer than {names}."
        )
    result = keys.merge(grid.table, how="cross") if groups else grid.table.copy()
    observed = np.bincount(grid.cell, weights=grid.end - grid.start, minlength=len(grid.table))
    result["observed_hours"] = np.outer(people, observed).ravel() / HOUR
    result["busy_hours"] = _busy(taken, grid, len(keys)) / HOUR
    result["share"] = result["busy_hours"] / result["observed_hours"].where(result["observed_hours"] > 0)
    result = result[[*names, "share", "busy_hours", "observed_hours"]]
    if names:
        result = result.sort_values(names, kind="stable", ignore_index=True)
    return with_provenance(result, counted, window)


def _people(counted: BusyRows, groups: list[str]) -> tuple[pd.DataFrame, Micros, Spans]:
    """Return the groups without their accounts, how many accounts each has, and the busy time in each group."""
    taken = union(counted.spans)
    if list(counted.keys.columns) == groups:
        return counted.keys, np.ones(len(counted.keys), np.int64), taken
    if not groups:
        return pd.DataFrame(index=pd.RangeIndex(1)), np.array([len(counted.keys)]), Spans.of(taken.start, taken.end)
    group = group_numbers(counted.keys[groups])
    keys = counted.keys[groups].drop_duplicates(ignore_index=True)
    people = np.bincount(group, minlength=len(keys)).astype(np.int64)
    return keys, people, Spans(group[taken.group], taken.start, taken.end)


def _busy(taken: Spans, grid: CellGrid, groups: int) -> Sums:
    """Return the busy time of each group in each cell, in microseconds."""
    size, parts = len(grid.table), Spans.of(grid.start, grid.end)
    first, count = crossings(taken, parts, common=True)
    busy = np.zeros(groups * size)
    for block in _blocks(count):
        piece, part = cut(taken.take(block), parts, first[block], count[block])
        busy += np.bincount(piece.group * size + grid.cell[part], weights=piece.length, minlength=len(busy))
    return busy


def _blocks(count: Micros) -> Iterator[slice]:
    """Yield slices of spans, given the number of pieces of each, such that the pieces of a slice fit into memory."""
    bounds = np.flatnonzero(np.diff(np.cumsum(count) // BLOCK)) + 1
    for low, high in pairwise([0, *bounds.tolist(), len(count)]):
        yield slice(low, high)
