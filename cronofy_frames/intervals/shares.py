"""Busy time as a share of observed time, for each group and each hour, day or other cell of local time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.frames.bounds import Bound
from cronofy_frames.frames.clock_changes import HOUR
from cronofy_frames.frames.standard_dtypes import standard_dtypes
from cronofy_frames.intervals.cells import UNITS, CellGrid, cut_window, step_of
from cronofy_frames.intervals.counting import (
    AllDay,
    BusyRows,
    busy_rows,
    columns_of,
    group_numbers,
    with_provenance,
)
from cronofy_frames.intervals.observation import Accounts, Observation
from cronofy_frames.intervals.spans import MOST_AT_ONCE, Micros, Spans, crossings, cut, intersection, union

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
    accounts: Accounts = None,
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
        The observed window, half-open; naive bounds are read in `tz`. Words such as "monday" or "-7d" are those of
        `read_events`, by the clock of the computer. By default the window that was read (`attrs`),
        else from the first row to the last, with a warning. After filtering, shares are still of the window that was
        read.
    tz
        The zone of local time; by default the frame's own.
    tentative, unknown, all_day
        What takes time, as in `busy`.
    accounts
        The labels of all accounts, also of those without rows; by default those of the read (`attrs`), else those with
        rows, with a warning.

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
    frame = standard_dtypes(frame)
    step, names = step_of(freq), columns_of(frame, by, UNITS)
    groups = [name for name in names if name not in UNITS]
    person = ["account"] if "account" in frame and "account" not in groups else []
    counted = busy_rows(
        frame, groups + person, tz=tz, tentative=tentative, unknown=unknown, all_day=all_day, accounts=accounts
    )
    observed = counted.observe(start, end)
    cell_units = tuple(name for name in names if name in UNITS)
    grid = cut_window(*observed.bounds, tz=counted.tz, step=step, units=cell_units)
    keys, group = _without_accounts(counted, groups)
    if len(keys) * len(grid.table) > MOST_CELLS:
        raise ValueError(
            f"{len(keys) * len(grid.table):,} cells are too many: narrow the window, or group by fewer than {names}."
        )
    result = keys.merge(grid.table, how="cross") if groups else grid.table.copy()
    result["observed_hours"] = _observed_time(observed, group, grid, len(keys)) / HOUR
    result["busy_hours"] = _time_in_cells(_read_part(union(counted.spans), observed, group), grid, len(keys)) / HOUR
    result["share"] = result["busy_hours"] / result["observed_hours"].where(result["observed_hours"] > 0)
    result = result[[*names, "share", "busy_hours", "observed_hours"]]
    if names:
        result = result.sort_values(names, kind="stable", ignore_index=True)
    return with_provenance(result, counted, observed.window)


def _without_accounts(counted: BusyRows, groups: list[str]) -> tuple[pd.DataFrame, Micros]:
    """Return the groups without their accounts, and of each account in a group the number of its group."""
    people = np.arange(len(counted.keys))
    if list(counted.keys.columns) == groups:
        return counted.keys, people
    if not groups:
        return pd.DataFrame(index=pd.RangeIndex(1)), np.zeros_like(people)
    return counted.keys[groups].drop_duplicates(ignore_index=True), group_numbers(counted.keys[groups])


def _read_part(taken: Spans, observed: Observation, group: Micros) -> Spans:
    """Return the time of accounts that was read, in their groups."""
    if len(observed.unread):
        taken = intersection(taken, observed.read(len(group)))
    return Spans(group[taken.group], taken.start, taken.end)


def _observed_time(observed: Observation, group: Micros, grid: CellGrid, groups: int) -> Sums:
    """Return the time of each group in each cell that was read, added over its accounts, in microseconds."""
    whole = np.bincount(grid.cell, weights=grid.end - grid.start, minlength=len(grid.table))
    hours: Sums = np.outer(np.bincount(group, minlength=groups), whole).astype(np.float64).ravel()
    unread = observed.unread
    return (
        hours - _time_in_cells(Spans(group[unread.group], unread.start, unread.end), grid, groups)
        if len(unread)
        else hours
    )


def _time_in_cells(taken: Spans, grid: CellGrid, groups: int) -> Sums:
    """Return the time of spans of each group in each cell, in microseconds."""
    size, parts = len(grid.table), Spans.of(grid.start, grid.end)
    first, count = crossings(taken, parts, common=True)
    busy = np.zeros(groups * size)
    for block in _memory_slices(count):
        piece, part = cut(taken.take(block), parts, first[block], count[block])
        busy += np.bincount(piece.group * size + grid.cell[part], weights=piece.length, minlength=len(busy))
    return busy


def _memory_slices(count: Micros) -> Iterator[slice]:
    """Yield slices of spans, given the number of pieces of each, such that the pieces of a slice fit into memory."""
    bounds = np.flatnonzero(np.diff(np.cumsum(count) // MOST_AT_ONCE)) + 1
    for low, high in pairwise([0, *bounds.tolist(), len(count)]):
        yield slice(low, high)
