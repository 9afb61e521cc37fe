"""Operations on the intervals of a frame: busy time, gaps, conflicts, concurrency, common free time.

A frame goes in and a new one comes out; all is vectorised. Intervals are half-open, so neighbours do not overlap.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from cronofy_frames.frames.bounds import Bound, Window
from cronofy_frames.frames.clock_changes import MINUTE
from cronofy_frames.intervals.counting import (
    AllDay,
    BusyRows,
    By,
    busy_rows,
    columns_of,
    micro,
    timestamps,
    with_provenance,
)
from cronofy_frames.intervals.spans import (
    Flags,
    Spans,
    common_stretches,
    complement,
    concatenate_groups,
    depth,
    intersection,
    overlaps,
    runs,
    union,
)
from cronofy_frames.intervals.workdays import Hours, working_time

MOST_PAIRS = 5_000_000


def busy(
    frame: pd.DataFrame,
    *,
    by: By = None,
    tentative: bool = True,
    unknown: bool = False,
    all_day: AllDay = "busy",
    tz: str | None = None,
) -> pd.DataFrame:
    """Return the time that is taken: overlaps count once.

    Events count unless they are transparent, deleted, cancelled or declined by the account; free/busy rows when they
    are busy; in other frames with start and end all rows. Rows without times or with no length take none.

    Parameters
    ----------
    frame
        Events, free/busy, or anything with start and end.
    by
        A column or several: each group is merged on its own, rows with a missing key too. By default all rows form
        one group, also those of several accounts.
    tentative
        Whether tentative rows count.
    unknown
        Whether free/busy rows with the status unknown count.
    all_day
        busy: all-day rows take their days in `tz`; ignore leaves them out.
    tz
        The zone of days and of the result; by default the frame's own.

    Returns
    -------
    DataFrame
        The columns of `by`, start and end; in order within a group, neither overlapping nor touching.

    Raises
    ------
    ValueError
        For a frame without times, an unknown zone or column.

    Examples
    --------
    >>> free_busy = cf.read_free_busy(client, "2026-03-02", "2026-03-09")
    >>> taken = cf.busy(free_busy)
    >>> bool((taken["start"].iloc[1:].to_numpy() > taken["end"].iloc[:-1].to_numpy()).all())
    True
    """
    counted = busy_rows(frame, by, tz=tz, tentative=tentative, unknown=unknown, all_day=all_day)
    return counted.frame(union(counted.spans))


def gaps(
    frame: pd.DataFrame,
    start: Bound | None = None,
    end: Bound | None = None,
    *,
    by: By = None,
    working_hours: Hours | None = None,
    tz: str | None = None,
    min_length: str | pd.Timedelta | None = None,
    tentative: bool = True,
    unknown: bool = False,
    all_day: AllDay = "busy",
) -> pd.DataFrame:
    """Return the time that is free: what `busy` leaves of a window, or of the working hours in it.

    Parameters
    ----------
    frame
        Events, free/busy, or anything with start and end.
    start, end
        The window, half-open; naive bounds are read in `tz`. By default the time that was read (`attrs`), else from
        the first row to the last.
    by
        A column or several: each group on its own. By default all rows form one group, also those of several
        accounts. With "account", an account that was read and has no rows is free.
    working_hours
        `("09:00", "17:00")` is Monday to Friday in `tz`; a mapping gives each weekday, as in
        `{"monday": ("09:00", "12:00"), "tuesday": [("09:00", "12:00"), ("13:00", "17:00")]}`; a frame is one that
        `read_availability_rules` returns, each rule in its own zone; with `by="account"` each account has its own.
        An end that is not after its start is on the next day.
    tz
        The zone of days and of the result; by default the frame's own.
    min_length
        Leave out shorter gaps, as in "30min".
    tentative, unknown, all_day
        What takes time, as in `busy`.

    Returns
    -------
    DataFrame
        The columns of `by`, start and end; in order within a group, neither overlapping nor touching.

    Raises
    ------
    ValueError
        If no bounds are given and the frame does not say which window was read; for bounds, hours, a zone or columns
        that are not valid.

    Examples
    --------
    >>> free_busy = cf.read_free_busy(client, "2026-03-02", "2026-03-07", tz="Europe/London")
    >>> free = cf.gaps(free_busy, working_hours=("09:00", "17:00"), min_length="1h")
    >>> bool(((free["end"] - free["start"]) >= pd.Timedelta("1h")).all())
    True
    """
    counted = busy_rows(frame, by, tz=tz, tentative=tentative, unknown=unknown, all_day=all_day)
    window = counted.window(start, end)
    free = _free(counted, window, working_hours)
    return counted.frame(free if min_length is None else free.at_least(length_of(min_length, "min_length")), window)


def conflicts(
    events: pd.DataFrame,
    *,
    by: By = None,
    tentative: bool = True,
    all_day: AllDay = "ignore",
    tz: str | None = None,
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
    counted = busy_rows(events, by, tz=tz, tentative=tentative, all_day=all_day)
    order, followers = overlaps(counted.spans)
    if followers.sum() > MOST_PAIRS:
        raise ValueError(
            f"{followers.sum():,} pairs overlap, more than {MOST_PAIRS:,}: group them, as in by='account', or pass "
            "fewer events."
        )
    first, second = runs(np.arange(len(order)) + 1, followers)
    in_order = np.argsort(second, kind="stable")
    first, second = order[first[in_order]], order[second[in_order]]
    earlier, later = counted.spans.take(first), counted.spans.take(second)
    pairs = Spans(earlier.group, later.start, np.minimum(earlier.end, later.end))
    rows = {"first": counted.rows[first], "second": counted.rows[second]}
    columns: dict[str, Any] = {name: _labels(events.index, at) for name, at in rows.items()}
    if "summary" in events:
        columns |= {f"{name}_summary": events["summary"].array.take(at) for name, at in rows.items()}
    result = counted.frame(pairs, **columns, minutes=pairs.length / MINUTE)
    return result[[*counted.keys.columns, *columns, "start", "end", "minutes"]]


def common_free(
    frame: pd.DataFrame,
    start: Bound | None = None,
    end: Bound | None = None,
    *,
    duration: str | pd.Timedelta,
    by: str | Sequence[str] = "account",
    required: Literal["all"] | int = "all",
    working_hours: Hours | None = None,
    tz: str | None = None,
    tentative: bool = True,
    unknown: bool = False,
    all_day: AllDay = "busy",
) -> pd.DataFrame:
    """Return the times at which people are free together.

    Parameters
    ----------
    frame
        Events or free/busy of several accounts, as read with a mapping of clients.
    start, end
        The window, half-open; naive bounds are read in `tz`. By default the time that was read (`attrs`), else from
        the first row to the last.
    duration
        The least length, as in "30min".
    by
        The column that identifies people. With "account", an account that was read and has no rows is free.
    required
        "all", or how many of them are needed; the same people for the whole time.
    working_hours
        As in `gaps`: hours for all, or a frame with an `account` column that gives each account its own.
    tz
        The zone of days and of the result; by default the frame's own.
    tentative, unknown, all_day
        What takes time, as in `busy`.

    Returns
    -------
    DataFrame
        start, end, free (how many people are free throughout) and participants (the JSON list of them), in order.
        Each row is as long as possible: with some of many required two rows may overlap, with other people in each.

    Raises
    ------
    ValueError
        If no bounds are given and the frame does not say which window was read; for more people required than there
        are; for bounds, hours, a zone or columns that are not valid.

    Examples
    --------
    >>> ana, ben = (cf.connect(sandbox=box, account=account.email) for account in box.accounts[:2])
    >>> free_busy = cf.read_free_busy({"ana": ana, "ben": ben}, "2026-03-02", "2026-03-07")
    >>> cf.common_free(free_busy, duration="1h", working_hours=("09:00", "17:00"))["participants"].unique().tolist()
    ['["ana","ben"]']
    """
    if not columns_of(frame, by):
        raise ValueError("by names the column that identifies people, such as 'account'; for one person use gaps.")
    counted = busy_rows(frame, by, tz=tz, tentative=tentative, unknown=unknown, all_day=all_day)
    people, minimum = len(counted.keys), length_of(duration, "duration")
    needed = people if required == "all" else 0 if isinstance(required, bool) else required
    if not isinstance(needed, int) or (people and not 1 <= needed <= people):
        raise ValueError(f"required is 'all' or a number from 1 to {people}, the number of people; not {required!r}.")
    window = counted.window(start, end)
    free = _free(counted, window, working_hours).at_least(minimum)
    stretches, is_free = common_stretches(free, people, needed, minimum)
    start_times, end_times = (timestamps(times, counted.tz) for times in (stretches.start, stretches.end))
    result = pd.DataFrame({"start": start_times, "end": end_times})
    result = result.assign(free=is_free.sum(axis=1), participants=_participants(counted.keys, is_free))
    return with_provenance(result, counted, window)


def concurrency(
    frame: pd.DataFrame,
    *,
    by: By = None,
    tentative: bool = True,
    unknown: bool = False,
    all_day: AllDay = "busy",
    tz: str | None = None,
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
    counted = busy_rows(frame, by, tz=tz, tentative=tentative, unknown=unknown, all_day=all_day)
    steps, counts = depth(counted.spans)
    return counted.frame(steps, count=counts)


def length_of(length: str | pd.Timedelta, name: str) -> int:
    """Return a length in microseconds.

    Raises
    ------
    ValueError
        If it is not a length, or not above zero.
    """
    # pandas would take a bare number for nanoseconds
    has_unit = not isinstance(length, str) or any(character.isalpha() or character == ":" for character in length)
    try:
        if not has_unit or isinstance(length, int | float):
            raise ValueError
        delta = pd.Timedelta(length)
    except (ValueError, TypeError):
        delta = pd.Timedelta(0)
    if pd.isna(delta) or delta <= pd.Timedelta(0):
        raise ValueError(f"{name} is a timedelta or text such as '30min', above zero, not {length!r}.")
    return int(delta // pd.Timedelta(1, "us"))


def _free(counted: BusyRows, window: Window, hours: Hours | None) -> Spans:
    """Return the time of a window that the rows leave free, within working hours if given."""
    start, end = micro(window.start), micro(window.end)
    free = complement(union(counted.spans), len(counted.keys), start, end)
    if hours is None:
        return free
    if not (isinstance(hours, pd.DataFrame) and "account" in hours):
        return intersection(free, working_time(hours, start, end, tz=counted.tz), common=True)
    if list(counted.keys.columns) == ["account"]:
        return intersection(free, _working_time_by_account(hours, counted, start, end))
    if hours["account"].nunique() > 1:
        raise ValueError(
            "working_hours has the rules of several accounts: group with by='account', or pass those of one account."
        )
    return intersection(free, working_time(hours, start, end, tz=counted.tz), common=True)


def _working_time_by_account(rules: pd.DataFrame, counted: BusyRows, start: int, end: int) -> Spans:
    return concatenate_groups(
        [working_time(rules[rules["account"] == label], start, end, tz=counted.tz) for label in counted.keys["account"]]
    )


def _labels(index: pd.Index[Any], at: Any) -> Any:
    labels = index.take(at)
    return labels.to_flat_index() if isinstance(labels, pd.MultiIndex) else labels.array


def _participants(keys: pd.DataFrame, is_free: Flags) -> pd.Series[str]:
    names = [tuple(None if pd.isna(part) else part for part in row) for row in keys.itertuples(index=False)]
    labels = [name[0] if len(name) == 1 else name for name in names]
    sets, index = np.unique(is_free, axis=0, return_inverse=True)
    texts = [
        json.dumps([labels[n] for n in np.flatnonzero(row)], ensure_ascii=False, separators=(",", ":"), default=str)
        for row in sets
    ]
    return pd.Series([texts[n] for n in index.reshape(-1)], dtype="str")
