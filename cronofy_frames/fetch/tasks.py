"""Tasks of a fetch: windows of accounts, with estimates of their requests and minutes at the rate limit."""

from __future__ import annotations

import itertools
import math
import numbers
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from cronofy_frames.argument_types import check_label
from cronofy_frames.errors import FrameError
from cronofy_frames.frames.accounts import clock_time
from cronofy_frames.frames.bounds import Bound, Window, instant
from cronofy_frames.text import join_names
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.pacing import PACE

TaskKey = tuple[str, str, str]
COLUMNS = ("account", "start", "end", "is_first")


@dataclass(frozen=True, slots=True)
class Task:
    """One read of a fetch: an account from `start` to `end`.

    Attributes
    ----------
    account
        The label of the account.
    start, end
        The window, start inclusive, end exclusive.
    is_first
        Whether rows that begin before `start` are kept; the later tasks of an account leave them to the task before.
    """

    account: str
    start: pd.Timestamp
    end: pd.Timestamp
    is_first: bool

    @property
    def key(self) -> TaskKey:
        """The account and the window as text, the same in every zone."""
        start, end = (time.tz_convert("UTC").strftime("%Y%m%dT%H%M%SZ") for time in (self.start, self.end))
        return self.account, start, end


def plan_fetch(
    accounts: Mapping[str, Client] | Iterable[str] | pd.DataFrame,
    start: Bound,
    end: Bound,
    *,
    tz: str = "UTC",
    freq: str | None = None,
    rows_per_day: float = 10,
    page_size: int = 100,
    pace: tuple[int, int] = PACE,
) -> pd.DataFrame:
    """Divide a read of many accounts into tasks, and estimate how long they take at the rate limit.

    Nothing is sent: the number of requests is estimated from the rows that an account has a day. `run_fetch` runs the
    tasks. The frame can be filtered, ordered and split among machines like any other.

    The list of calendars, for their names, is not counted: a request for a client and five minutes. So it is one for
    each task where a function returns the clients, as for Dask; `names=False` in the read does without.

    Parameters
    ----------
    accounts
        Labels; the keys of a mapping label -> client; or the column `account` of a frame, such as `accounts` returns.
    start, end
        The window, start inclusive, end exclusive; as in `read_events`.
    tz
        The IANA zone of the window and of the tasks.
    freq
        A task for each period of this pandas frequency in whole days, such as "MS" (months) or "7D"; None is one task
        for an account. More tasks are more requests, and less to repeat after a failure.
    rows_per_day
        Events of an account on a day, for the estimate.
    page_size
        Rows of a page, for the estimate; Cronofy does not document it.
    pace
        Requests a second and a minute that the application may send: docs.cronofy.com/developers/faqs/rate-limits.

    Returns
    -------
    DataFrame
        A row for each task: account (`str`), start and end (`datetime64[us, tz]`), is_first (`bool`: whether rows that
        begin before `start` are kept, as only the first task of an account does, so that no row is written twice),
        requests (`int64`), minutes (`float64`), and done_after (`float64`: the minutes after which this task and all
        before it can be done).

    Raises
    ------
    ValueError
        For no accounts, one label twice, bounds, a zone or a frequency that make no sense, and for estimates that are
        not positive numbers.

    Examples
    --------
    >>> tasks = cf.plan_fetch(["ann", "ben"], "2026-03-01", "2026-06-01", freq="MS")
    >>> tasks[["account", "requests"]].head(4).values.tolist()
    [['ann', 4], ['ann', 3], ['ann', 4], ['ben', 4]]
    >>> float(cf.plan_fetch([f"person {n}" for n in range(50_000)], "-42d", "+201d")["done_after"].max().round())
    2778.0
    """
    labels = _labels(accounts)
    now = clock_time(accounts) if isinstance(accounts, Mapping) else datetime.now(UTC)
    window = Window.of(start, end, tz, now=now)
    if window.start is None or window.end is None:
        raise ValueError("give a start and an end: the window of each account.")
    _check_estimate(rows_per_day, page_size, pace)
    edges = [window.start, *_edges(window, freq), window.end]
    pieces = pd.DataFrame({"start": edges[:-1], "end": edges[1:], "is_first": [True] + [False] * (len(edges) - 2)})
    days = [(end - start) / pd.Timedelta(days=1) for start, end in itertools.pairwise(edges)]
    pieces["requests"] = [math.ceil(count * rows_per_day / page_size) for count in days]
    tasks = pd.DataFrame({"account": pd.Series(labels, dtype="str")}).merge(pieces, how="cross")
    for name in ("start", "end"):
        tasks[name] = tasks[name].astype(pd.DatetimeTZDtype("us", window.tz))
    per_minute = min(pace[1], 60 * pace[0])
    tasks["minutes"] = tasks["requests"] / per_minute
    tasks["done_after"] = tasks["requests"].cumsum() / per_minute
    return tasks


def _check_estimate(rows_per_day: Any, page_size: Any, pace: Any) -> None:
    if not (_is_number(rows_per_day) and rows_per_day > 0):
        raise ValueError(f"rows_per_day is a number above 0; not {rows_per_day!r}.")
    if not (_is_number(page_size) and page_size >= 1):
        raise ValueError(f"page_size is a number from 1, of rows; not {page_size!r}.")
    if not (isinstance(pace, tuple | list) and len(pace) == 2 and all(_is_number(rate) and rate >= 1 for rate in pace)):
        raise ValueError(f"pace is requests a second and a minute, two numbers from 1; not {pace!r}.")


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _labels(accounts: Any) -> list[str]:
    if isinstance(accounts, pd.DataFrame):
        if "account" not in accounts:
            raise ValueError("accounts as a frame has a column account, as cf.accounts() returns it.")
        accounts = accounts["account"].tolist()
    if isinstance(accounts, str):
        raise ValueError(f"accounts is a list of labels; for a single account [{accounts!r}].")
    labels = list(accounts) if isinstance(accounts, Iterable) else [accounts]
    if others := [label for label in labels if not isinstance(label, str) or not label]:
        raise ValueError(f"accounts takes labels, which are texts; not {others[0]!r}.")
    if not labels:
        raise ValueError("accounts has no label: give at least one account.")
    for label in labels:
        check_label(label)
    folded = pd.Series(labels).str.casefold()
    if folded.duplicated().any():
        first = labels[int(folded.duplicated().to_numpy().argmax())]
        raise ValueError(
            f"the account {first!r} is listed twice, upper and lower case aside: leave one out, or give it another "
            "label."
        )
    return labels


def _edges(window: Window, freq: str | None) -> list[pd.Timestamp]:
    """Return the midnights inside a window at which the periods of a frequency begin."""
    assert window.start is not None
    assert window.end is not None
    if freq is None:
        return []
    first, last = (pd.Timestamp(bound.date()) for bound in (window.start, window.end))
    try:
        offset = pd.tseries.frequencies.to_offset(freq)
        if offset.n < 1:
            raise ValueError("periods go forward")
        days = pd.date_range(first, last, freq=offset)
    except (ValueError, TypeError) as error:
        raise ValueError(f"freq is a pandas frequency such as 'MS' or '7D', or None; not {freq!r}.") from error
    if (days != days.normalize()).any():
        raise ValueError(f"freq has whole days, because the API takes dates; not {freq!r}: use '1D' or longer.")
    midnights = [instant(day.date(), window.tz, "freq") for day in days]
    return [time for time in midnights if time is not None and window.start < time < window.end]


def tasks_of(frame: pd.DataFrame) -> list[Task]:
    """Return the tasks of a frame, in its order.

    Raises
    ------
    FrameError
        The frame is not one of `plan_fetch`, or windows of an account overlap.
    """
    if not isinstance(frame, pd.DataFrame):
        raise FrameError(f"tasks is a frame of plan_fetch; not {frame!r}.")
    if missing := [name for name in COLUMNS if name not in frame]:
        raise FrameError(f"tasks is a frame of plan_fetch; it lacks {join_names(missing)}.")
    for name in ("start", "end"):
        if not isinstance(frame[name].dtype, pd.DatetimeTZDtype):
            raise FrameError(
                f"{name} of tasks is a time with a zone; not {frame[name].dtype}: use the frame of plan_fetch."
            )
    if frame[list(COLUMNS)].isna().any(axis=None) or (frame["end"] <= frame["start"]).any():
        raise FrameError("each task has an account, a start and an end after it: use the frame of plan_fetch.")
    rows = frame[list(COLUMNS)].itertuples(index=False, name=None)
    tasks = [Task(str(account), start, end, bool(is_first)) for account, start, end, is_first in rows]
    _check_overlaps(tasks)
    return tasks


def _check_overlaps(tasks: Iterable[Task]) -> None:
    """Raise if two windows of one account overlap, because their events would be read twice.

    Raises
    ------
    FrameError
        With the account and the two windows.
    """
    for task, following in _overlaps(tasks):
        raise FrameError(
            f"two tasks of {task.account} overlap: {task.start} to {task.end}, and {following.start} to "
            f"{following.end}. Their events would be read twice: leave one of the tasks out."
        )


def check_written(tasks: Iterable[Task], written: Iterable[Task]) -> None:
    """Raise if the window of a task overlaps one of the same account whose rows are written.

    Raises
    ------
    FrameError
        With the account and the two windows.
    """
    new = set(tasks)
    for pair in _overlaps([*new, *written]):
        task, old = pair if pair[0] in new else reversed(pair)
        raise FrameError(
            f"the folder has {task.account} from {old.start} to {old.end} already, and a task is from {task.start} to "
            f"{task.end}. Its events would be written twice: plan the time that the folder lacks, or give a new folder."
        )


def _overlaps(tasks: Iterable[Task]) -> Iterator[tuple[Task, Task]]:
    ordered = sorted(tasks, key=lambda task: (task.account, task.start))
    for task, following in itertools.pairwise(ordered):
        if task.account == following.account and following.start < task.end:
            yield task, following
