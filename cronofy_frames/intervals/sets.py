"""Intervals in frames with start and end: busy time, gaps, conflicts, time that people have in common.

Frame in, frame out: vectorised, pure. Intervals are half-open, so what touches does not overlap.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from cronofy_frames.frames.bounds import Bound, Window
from cronofy_frames.intervals.counting import AllDay, By, Counted, columns_of, count, micro, moments, sourced
from cronofy_frames.intervals.offsets import MINUTE
from cronofy_frames.intervals.spans import Flags, Spans, complement, depth, intersection, overlaps, runs, shared, union
from cronofy_frames.intervals.workdays import Hours, working

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

    Events count when they are not transparent, neither deleted nor cancelled, and not declined by the account;
    free/busy rows when they are busy; of other frames with start and end all rows. Rows without times or without
    length take none.

    Parameters
    ----------
    frame
        Events, free/busy, or anything with start and end.
    by
        A column or several: each group on its own, what is NA too. By default all is one, also over accounts.
    tentative
        Whether tentative rows count.
    unknown
        Whether free/busy rows count of which it is not known.
    all_day
        busy: all-day rows take their days, those of `tz`; ignore leaves them out.
    tz
        The zone of days and of the result; by default the frame's own.

    Returns
    -------
    DataFrame
        The columns of `by`, start and end; within a group in order, neither overlapping nor touching.

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
    counted = count(frame, by, tz=tz, tentative=tentative, unknown=unknown, all_day=all_day)
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
        A column or several: each group on its own. By default all is one, also over accounts. By account, one that
        was read and has no rows is free.
    working_hours
        `("09:00", "17:00")` is Monday to Friday in `tz`; a mapping gives each weekday, as in
        `{"monday": ("09:00", "12:00"), "tuesday": [("09:00", "12:00"), ("13:00", "17:00")]}`; a frame is one that
        `read_availability_rules` returns, each rule in its own zone; with `by="account"` each account has its own.
        An end that is not after its start is on the next day.
    tz
        The zone of days and of the result; by default the frame's own.
    min_length
        Leaves out what is shorter, as in "30min".
    tentative, unknown, all_day
        What takes time, as in `busy`.

    Returns
    -------
    DataFrame
        The columns of `by`, start and end; within a group in order, neither overlapping nor touching.

    Raises
    ------
    ValueError
        For a frame that does not say what was observed when no bounds are given; for bounds, hours, a zone or columns
        that make no sense.

    Examples
    --------
    >>> free_busy = cf.read_free_busy(client, "2026-03-02", "2026-03-07", tz="Europe/London")
    >>> free = cf.gaps(free_busy, working_hours=("09:00", "17:00"), min_length="1h")
    >>> bool(((free["end"] - free["start"]) >= pd.Timedelta("1h")).all())
    True
    """
    counted = count(frame, by, tz=tz, tentative=tentative, unknown=unknown, all_day=all_day)
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

    What counts is what takes time, as in `busy`. Three rows at once are three pairs.

    Parameters
    ----------
    events
        Events, or anything with start and end.
    by
        A column or several: pairs within a group only. By default all is one; with several accounts `by="account"`
        leaves out that two people are in the same meeting.
    tentative
        Whether tentative rows count.
    all_day
        ignore leaves all-day rows out; busy counts them as their days, those of `tz`.
    tz
        The zone of days and of the result; by default the frame's own.

    Returns
    -------
    DataFrame
        The columns of `by`; first and second, the labels of the events' index, of which the first starts no later;
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
    counted = count(events, by, tz=tz, tentative=tentative, all_day=all_day)
    order, followers = overlaps(counted.spans)
    if followers.sum() > MOST_PAIRS:
        raise ValueError(
            f"{followers.sum():,} pairs overlap, more than {MOST_PAIRS:,}: group them, as in by='account', or take "
            "fewer events."
        )
    one, other = runs(np.arange(len(order)) + 1, followers)
    in_order = np.argsort(other, kind="stable")
    one, other = order[one[in_order]], order[other[in_order]]
    earlier, later = counted.spans.take(one), counted.spans.take(other)
    pairs = Spans(earlier.group, later.start, np.minimum(earlier.end, later.end))
    rows = {"first": counted.rows[one], "second": counted.rows[other]}
    columns: dict[str, Any] = {name: _labels(events.index, at) for name, at in rows.items()}
    if "summary" in events:
        columns |= {f"{name}_summary": events["summary"].array.take(at) for name, at in rows.items()}
    told = counted.frame(pairs, **columns, minutes=pairs.length / MINUTE)
    return told[[*counted.keys.columns, *columns, "start", "end", "minutes"]]


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
    """Return when people are free together.

    Parameters
    ----------
    frame
        Events or free/busy of several accounts, as read with a mapping of clients.
    start, end
        The window, half-open; naive bounds are read in `tz`. By default the time that was read (`attrs`), else from
        the first row to the last.
    duration
        How long at least, as in "30min".
    by
        What tells people apart. By account, one that was read and has no rows is free.
    required
        all, or how many of them are needed; the same ones for the whole stretch.
    working_hours
        As in `gaps`: hours for all, or a frame with an `account` column, and each has its own.
    tz
        The zone of days and of the result; by default the frame's own.
    tentative, unknown, all_day
        What takes time, as in `busy`.

    Returns
    -------
    DataFrame
        start, end, free (how many are free throughout) and participants (the JSON list of them), in order. Each
        stretch is as long as it can be: with some of many required two may overlap, with other people in each.

    Raises
    ------
    ValueError
        For a frame that does not say what was observed when no bounds are given; for a number of people that there
        are not; for bounds, hours, a zone or columns that make no sense.

    Examples
    --------
    >>> ana, ben = (cf.connect(sandbox=box, account=one.email) for one in box.accounts[:2])
    >>> free_busy = cf.read_free_busy({"ana": ana, "ben": ben}, "2026-03-02", "2026-03-07")
    >>> cf.common_free(free_busy, duration="1h", working_hours=("09:00", "17:00"))["participants"].unique().tolist()
    ['["ana","ben"]']
    """
    if not columns_of(frame, by):
        raise ValueError("by names the columns that tell people apart, such as 'account'; gaps is for one person.")
    counted = count(frame, by, tz=tz, tentative=tentative, unknown=unknown, all_day=all_day)
    people, least = len(counted.keys), length_of(duration, "duration")
    needed = people if required == "all" else 0 if isinstance(required, bool) else required
    if not isinstance(needed, int) or (people and not 1 <= needed <= people):
        raise ValueError(f"required is 'all' or a number from 1 to {people}, the people there are; not {required!r}.")
    window = counted.window(start, end)
    free = _free(counted, window, working_hours).at_least(least)
    found, who = shared(free, people, needed, least)
    told = pd.DataFrame({"start": moments(found.start, counted.tz), "end": moments(found.end, counted.tz)})
    return sourced(told.assign(free=who.sum(axis=1), participants=_participants(counted.keys, who)), counted, window)


def concurrency(
    frame: pd.DataFrame,
    *,
    by: By = None,
    tentative: bool = True,
    unknown: bool = False,
    all_day: AllDay = "busy",
    tz: str | None = None,
) -> pd.DataFrame:
    """Return how many rows take time at once, as steps: where it changes, a new row begins.

    Parameters
    ----------
    frame
        Events, free/busy, or anything with start and end.
    by
        A column or several: each group on its own. By default all is one, also over accounts.
    tentative, unknown, all_day
        What takes time, as in `busy`.
    tz
        The zone of days and of the result; by default the frame's own.

    Returns
    -------
    DataFrame
        The columns of `by`, start, end and count, in order; time at which there is nothing has no row.

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
    counted = count(frame, by, tz=tz, tentative=tentative, unknown=unknown, all_day=all_day)
    steps, counts = depth(counted.spans)
    return counted.frame(steps, count=counts)


def length_of(length: str | pd.Timedelta, name: str) -> int:
    """Return a length as microseconds.

    Raises
    ------
    ValueError
        For one that is none, or not above zero.
    """
    # pandas would take a bare number for nanoseconds
    unit = not isinstance(length, str) or any(one.isalpha() or one == ":" for one in length)
    try:
        if not unit or isinstance(length, int | float):
            raise ValueError
        delta = pd.Timedelta(length)
    except (ValueError, TypeError):
        delta = pd.Timedelta(0)
    if pd.isna(delta) or delta <= pd.Timedelta(0):
        raise ValueError(f"{name} is a timedelta or text such as '30min', above zero; not {length!r}.")
    return int(delta // pd.Timedelta(1, "us"))


def _free(counted: Counted, window: Window, hours: Hours | None) -> Spans:
    """Return what the counted rows leave of a window, or of the working hours in it."""
    start, end = micro(window.start), micro(window.end)
    free = complement(union(counted.spans), len(counted.keys), start, end)
    if hours is None:
        return free
    if not (isinstance(hours, pd.DataFrame) and "account" in hours):
        return intersection(free, working(hours, start, end, tz=counted.tz), common=True)
    if list(counted.keys.columns) == ["account"]:
        return intersection(free, _each(hours, counted, start, end))
    if hours["account"].nunique() > 1:
        raise ValueError("working_hours has the rules of several accounts: say by='account', or give those of one.")
    return intersection(free, working(hours, start, end, tz=counted.tz), common=True)


def _each(rules: pd.DataFrame, counted: Counted, start: int, end: int) -> Spans:
    own = [working(rules[rules["account"] == label], start, end, tz=counted.tz) for label in counted.keys["account"]]
    group = np.repeat(np.arange(len(own)), [len(one) for one in own])
    nothing = Spans.of(np.zeros(0, np.int64), np.zeros(0, np.int64))
    start_of, end_of = (np.concatenate([getattr(one, name) for one in [nothing, *own]]) for name in ("start", "end"))
    return Spans(group, start_of, end_of)


def _labels(index: pd.Index[Any], at: Any) -> Any:
    taken = index.take(at)
    return taken.to_flat_index() if isinstance(taken, pd.MultiIndex) else taken.array


def _participants(keys: pd.DataFrame, who: Flags) -> pd.Series[str]:
    names = [tuple(None if pd.isna(part) else part for part in row) for row in keys.itertuples(index=False)]
    labels = [name[0] if len(name) == 1 else name for name in names]
    sets, of = np.unique(who, axis=0, return_inverse=True)
    texts = [
        json.dumps([labels[n] for n in np.flatnonzero(one)], ensure_ascii=False, separators=(",", ":"), default=str)
        for one in sets
    ]
    return pd.Series([texts[n] for n in of.reshape(-1)], dtype="str")
