"""Operations on the intervals of a frame: busy time, gaps, common free time.

A frame goes in and a new one comes out; all is vectorised. Intervals are half-open, so neighbours do not overlap.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from cronofy_frames.frames.bounds import Bound
from cronofy_frames.frames.standard_dtypes import standard_dtypes
from cronofy_frames.intervals.counting import (
    AllDay,
    BusyRows,
    By,
    busy_rows,
    columns_of,
    timestamps,
    with_provenance,
)
from cronofy_frames.intervals.observation import Accounts, Observation
from cronofy_frames.intervals.spans import (
    Flags,
    Spans,
    common_stretches,
    complement,
    concatenate,
    concatenate_groups,
    intersection,
    union,
)
from cronofy_frames.intervals.workdays import Hours, working_time


def busy(
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
    start, end
        Leave out time before and after; naive bounds are read in `tz`. Words such as "monday" or "-7d" are those of
        `read_events`, by the clock of the computer. By default all rows count.
    accounts
        The labels of all accounts; a row of another account is an error.

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
    counted = busy_rows(frame, by, tz=tz, tentative=tentative, unknown=unknown, all_day=all_day, accounts=accounts)
    return counted.frame(union(counted.within(start, end).spans))


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
    accounts: Accounts = None,
) -> pd.DataFrame:
    """Return the time that is free: what `busy` leaves of a window, or of the working hours in it.

    Parameters
    ----------
    frame
        Events, free/busy, or anything with start and end.
    start, end
        The window, half-open; naive bounds are read in `tz`. Words such as "monday" or "-7d" are those of
        `read_events`, by the clock of the computer. By default the time that was read (`attrs`), else from the first
        row to the last, with a warning. Time that was not read is not free.
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
    accounts
        The labels of all accounts, also of those without rows; by default those of the read (`attrs`), else those with
        rows, with a warning.

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
    counted = busy_rows(frame, by, tz=tz, tentative=tentative, unknown=unknown, all_day=all_day, accounts=accounts)
    observed = counted.observe(start, end)
    free = _free(counted, observed, working_hours)
    least = 0 if min_length is None else length_of(min_length, "min_length")
    return counted.frame(free.at_least(least), observed.window)


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
    accounts: Accounts = None,
) -> pd.DataFrame:
    """Return the times at which people are free together.

    Parameters
    ----------
    frame
        Events or free/busy of several accounts, as read with a mapping of clients.
    start, end
        The window, half-open; naive bounds are read in `tz`. Words such as "monday" or "-7d" are those of
        `read_events`, by the clock of the computer. By default the time that was read (`attrs`), else from the first
        row to the last, with a warning. Time that was not read is not free.
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
    accounts
        The labels of all accounts, also of those without rows; by default those of the read (`attrs`), else those with
        rows, with a warning.

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
    frame = standard_dtypes(frame)
    if not columns_of(frame, by):
        raise ValueError("by names the column that identifies people, such as 'account'; for one person use gaps.")
    counted = busy_rows(frame, by, tz=tz, tentative=tentative, unknown=unknown, all_day=all_day, accounts=accounts)
    people, minimum = len(counted.keys), length_of(duration, "duration")
    needed = people if required == "all" else 0 if isinstance(required, bool) else required
    if not isinstance(needed, int) or (people and not 1 <= needed <= people):
        raise ValueError(f"required is 'all' or a number from 1 to {people}, the number of people; not {required!r}.")
    observed = counted.observe(start, end)
    free = _free(counted, observed, working_hours).at_least(minimum)
    stretches, is_free = common_stretches(free, people, needed, minimum)
    start_times, end_times = (timestamps(times, counted.tz) for times in (stretches.start, stretches.end))
    result = pd.DataFrame({"start": start_times, "end": end_times})
    result = result.assign(free=is_free.sum(axis=1), participants=_participants(counted.keys, is_free))
    return with_provenance(result, counted, observed.window)


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


def _free(counted: BusyRows, observed: Observation, hours: Hours | None) -> Spans:
    """Return the time of a window that was read and that the rows leave free, within working hours if given."""
    start, end = observed.bounds
    taken = union(concatenate(counted.spans, observed.unread))
    free = complement(taken, len(counted.keys), start, end)
    if hours is None:
        return free
    if isinstance(hours, pd.DataFrame) and "account" in hours:
        if list(counted.keys.columns) == ["account"]:
            return intersection(free, _working_time_by_account(hours, counted, start, end))
        if hours["account"].nunique() > 1:
            raise ValueError(
                "working_hours has the rules of several accounts: group with by='account', or pass those of one."
            )
    return intersection(free, working_time(hours, start, end, tz=counted.tz), common=True)


def _working_time_by_account(rules: pd.DataFrame, counted: BusyRows, start: int, end: int) -> Spans:
    return concatenate_groups(
        [working_time(rules[rules["account"] == label], start, end, tz=counted.tz) for label in counted.keys["account"]]
    )


def _participants(keys: pd.DataFrame, is_free: Flags) -> pd.Series[str]:
    names = [tuple(None if pd.isna(part) else part for part in row) for row in keys.itertuples(index=False)]
    labels = [name[0] if len(name) == 1 else name for name in names]
    sets, index = np.unique(is_free, axis=0, return_inverse=True)
    texts = [
        json.dumps([labels[n] for n in np.flatnonzero(row)], ensure_ascii=False, separators=(",", ":"), default=str)
        for row in sets
    ]
    return pd.Series([texts[n] for n in index.reshape(-1)], dtype="str")
