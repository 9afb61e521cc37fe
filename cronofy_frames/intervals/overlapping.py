"""Rows of a frame that overlap: pairs of them, and how many at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cronofy_frames.frames.bounds import Bound
from cronofy_frames.frames.clock_changes import MINUTE
from cronofy_frames.frames.standard_dtypes import standard_dtypes
from cronofy_frames.intervals.counting import AllDay, BusyRows, By, busy_rows
from cronofy_frames.intervals.observation import Accounts
from cronofy_frames.intervals.spans import Micros, Spans, depth, overlaps, runs

MOST_PAIRS = 5_000_000


def conflicts(
    events: pd.DataFrame,
    *,
    by: By = None,
    tentative: bool = True,
    all_day: AllDay = "ignore",
    tz: str | None = None,
    start: Bound | None = None,
    end: Bound | None = None,
    accounts: Accounts = None,
) -> pd.DataFrame:
    """Return the pairs of rows that overlap, with the time that they share.

    What counts is what takes time, as in `busy`. Three rows at the same time are three pairs.

    Parameters
    ----------
    events
        Events, or anything with start and end.
    by
        A column or several: pairs within a group only. By default all rows form one group; with several accounts
        `by="account"` leaves out pairs of two people in the same meeting.
    tentative
        Whether tentative rows count.
    all_day
        ignore leaves all-day rows out; busy counts their days in `tz`.
    tz
        The zone of days and of the result; by default the frame's own.
    start, end
        Leave out time before and after; naive bounds are read in `tz`. Words such as "monday" or "-7d" are those of
        `read_events`, by the clock of the computer. By default all rows count.
    accounts
        The labels of all accounts; a row of another account is an error.

    Returns
    -------
    DataFrame
        The columns of `by`; first and second, the labels in the events' index, of which the first starts no later;
        first_summary and second_summary where the frame has a summary; start, end and minutes of the overlap.

    Raises
    ------
    ValueError
        For more than five million pairs, a frame without times, an unknown zone or column.

    Examples
    --------
    >>> events = cf.read_events(client, "2026-03-02", "2026-03-09")
    >>> cf.conflicts(events)[["first_summary", "second_summary", "minutes"]].head(1)
      first_summary second_summary  minutes
    0     All-hands  Maya / Daniel     30.0
    """
    events = standard_dtypes(events)
    counted = busy_rows(events, by, tz=tz, tentative=tentative, all_day=all_day, accounts=accounts)
    counted = counted.within(start, end)
    first, second, pairs = _overlapping_pairs(counted)
    rows = {"first": counted.rows[first], "second": counted.rows[second]}
    columns: dict[str, Any] = {name: _labels(events.index, at) for name, at in rows.items()}
    if "summary" in events:
        columns |= {f"{name}_summary": events["summary"].array.take(at) for name, at in rows.items()}
    result = counted.frame(pairs, **columns, minutes=pairs.length / MINUTE)
    return result[[*counted.keys.columns, *columns, "start", "end", "minutes"]]


def _overlapping_pairs(counted: BusyRows) -> tuple[Micros, Micros, Spans]:
    """Return the positions among the spans of the rows of each pair, and the time that the two share.

    Raises
    ------
    ValueError
        For more than five million pairs.
    """
    order, followers = overlaps(counted.spans)
    if followers.sum() > MOST_PAIRS:
        raise ValueError(
            f"{followers.sum():,} pairs overlap, more than {MOST_PAIRS:,}: group them, as in by='account', or pass "
            "fewer events."
        )
    # in the order of starts, a row overlaps those directly after it
    first, second = runs(np.arange(len(order)) + 1, followers)
    by_later_start = np.argsort(second, kind="stable")
    first, second = order[first[by_later_start]], order[second[by_later_start]]
    earlier, later = counted.spans.take(first), counted.spans.take(second)
    return first, second, Spans(earlier.group, later.start, np.minimum(earlier.end, later.end))


def concurrency(
    frame: pd.DataFrame,
    *,
    by: By = None,
    tentative: bool = True,
    unknown: bool = False,
    all_day: AllDay = "busy",
    tz: str | None = None,
    start: Bound | None = None,
    end: Bound | None = None,
    accounts: Accounts = None,
) -> pd.DataFrame:
    """Return how many rows take time at once, as steps: each change begins a new row.

    Parameters
    ----------
    frame
        Events, free/busy, or anything with start and end.
    by
        A column or several: each group on its own. By default all rows form one group, also those of several accounts.
    tentative, unknown, all_day
        What takes time, as in `busy`.
    tz
        The zone of days and of the result; by default the frame's own.
    start, end
        Leave out time before and after; naive bounds are read in `tz`. Words such as "monday" or "-7d" are those of
        `read_events`, by the clock of the computer. By default all rows count.
    accounts
        The labels of all accounts; a row of another account is an error.

    Returns
    -------
    DataFrame
        The columns of `by`, start, end and count, in order; free time has no row.

    Raises
    ------
    ValueError
        For a frame without times, an unknown zone or column.

    Examples
    --------
    >>> events = cf.read_events(client, "2026-03-02", "2026-03-09")
    >>> int(cf.concurrency(events)["count"].max())
    2
    """
    counted = busy_rows(frame, by, tz=tz, tentative=tentative, unknown=unknown, all_day=all_day, accounts=accounts)
    steps, counts = depth(counted.within(start, end).spans)
    return counted.frame(steps, count=counts)


def _labels(index: pd.Index[Any], at: Any) -> Any:
    labels = index.take(at)
    return labels.to_flat_index() if isinstance(labels, pd.MultiIndex) else labels.array
