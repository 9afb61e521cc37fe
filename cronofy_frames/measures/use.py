"""Time use: named metrics of events for each day, week or month, for people and groups.

The counting rules are in `catalogue`; each group is measured as if it were alone in the frame.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
import pandas as pd

from cronofy_frames.frames.bounds import Bound
from cronofy_frames.frames.provenance import calendar_names, sources_of
from cronofy_frames.frames.standard_dtypes import standard_dtypes
from cronofy_frames.intervals.counting import (
    AllDay,
    BusyRows,
    By,
    busy_rows,
    columns_of,
    is_away,
    takes_time,
    with_provenance,
    zone_of_frame,
)
from cronofy_frames.intervals.observation import Accounts
from cronofy_frames.intervals.operations import length_of
from cronofy_frames.intervals.spans import Flags
from cronofy_frames.intervals.workdays import Hours
from cronofy_frames.measures.catalogue import NAMES, metric_names
from cronofy_frames.measures.catalogue import metrics as metrics
from cronofy_frames.measures.meetings import REPLIES, Domains, domains_of, organized_by_account
from cronofy_frames.measures.metric_values import MetricValues
from cronofy_frames.measures.period_sums import PeriodSums, Sums
from cronofy_frames.measures.periods import Freq, Holidays, periods, working_time_of
from cronofy_frames.measures.schedules import people_of, schedules_of

Focus = str | pd.Timedelta | tuple[str, str | pd.Timedelta]
Away = Literal["off", "busy"]
Per = Literal["meeting", "account"]

MOST_ROWS = 5_000_000
SHORTEST_FOCUS = "2h"


def time_use(
    events: pd.DataFrame,
    *,
    freq: Freq = "W",
    by: By = None,
    start: Bound | None = None,
    end: Bound | None = None,
    tz: str | None = None,
    working_hours: Hours = ("09:00", "17:00"),
    holidays: Holidays = None,
    own_domains: Domains = None,
    focus: Focus = "2h",
    tentative: bool = True,
    all_day: AllDay = "ignore",
    min_group: int | None = None,
    metrics: str | Iterable[str] | None = None,
    away: Away = "off",
    per: Per = "meeting",
    accounts: Accounts = None,
) -> pd.DataFrame:
    """Return how time is used, period by period: `metrics()` says how each number is counted.

    What takes time counts, as in `busy`. Rows that cross local midnight are split there. With an `account` column each
    account is measured on its own: hours and counts are added over accounts, shares are of those sums, medians over
    all meetings, and longest_free_block is the mean; a meeting of two accounts counts in both, but once in
    attendees_hours.

    Parameters
    ----------
    events
        Events, or free/busy, in which every row counts as a meeting.
    freq
        D, W (from Monday), MS (months), QS (quarters), or None for the whole window.
    by
        A column or several, such as "account", "calendar_id" or "organizer_email": each group is measured as if it
        were alone, so time taken by other groups is free, and their meetings are not back to back with its own.
    start, end
        The window, half-open; naive bounds are read in `tz`. Words such as "monday" or "-7d" are those of
        `read_events`, by the clock of the computer. By default the window that was read (`attrs`), else from the first
        row to the last, with a warning. The first and last period count as far as they lie in the window, and only
        time that was read counts.
    tz
        The zone of days; by default the frame's own.
    working_hours
        As in `gaps`: `("09:00", "17:00")` is Monday to Friday; a frame with an `account` column gives each its own.
    holidays
        Days without working hours: dates, a mapping of dates, or a frame of all-day events, such as a calendar of
        public holidays; with an `account` column each account has its own.
    own_domains
        Domains such as "example.org", including their subdomains; needed for external_share.
    focus
        The least length of a block for focus_hours, which is working time without a meeting with others; "free" counts
        free time instead, which no row takes, in blocks of two hours, and ("free", "90min") in longer or shorter ones.
    tentative
        Whether tentative rows count.
    all_day
        ignore leaves all-day rows out; busy counts their days, 24 hours each. Time away counts as away in both.
    min_group
        Replace by NaN all metrics of a period and group in which fewer accounts than this have rows that count;
        `attrs["cronofy"]["hidden"]` is the number of hidden rows.
    metrics
        The metrics, by default all.
    away
        off: rows whose extended_transparency is out_of_office, timed or in days, are time away: not busy, not a
        meeting, and no working hours for the person. busy counts them as any other row.
    per
        meeting: attendees_hours has a meeting of several accounts once; account: once for each of them.
    accounts
        The labels of all accounts, also of those without rows; by default those of the read (`attrs`), else those with
        rows, with a warning.

    Returns
    -------
    DataFrame
        The columns of `by`, period (when it starts) and a `float64` column for each metric; for each group every
        period of the window, zero where there are no events, NaN where a metric is not defined.

    Raises
    ------
    ValueError
        If no bounds are given and the frame does not say which window was read; for arguments that are not valid; for
        min_group without accounts.

    Examples
    --------
    >>> events = cf.read_events(client, "2026-03-02", "2026-03-16", tz="Europe/London")
    >>> used = cf.time_use(events, metrics=["scheduled_hours", "busy_hours", "meetings"])
    >>> used.set_index("period").round(2)
                               scheduled_hours  busy_hours  meetings
    period
    2026-03-02 00:00:00+00:00            26.17       25.42      22.0
    2026-03-09 00:00:00+00:00            17.17       17.17      17.0
    """
    events = standard_dtypes(events)
    tz = zone_of_frame(events, tz)
    names, (own_blocks_are_focus, least) = metric_names(metrics), _focus_rule(focus)
    groups = columns_of(events, by)
    _check_choices(events, groups, away, per, min_group)
    timed = _timed_rows(events, groups, tz, accounts)
    observation = timed.observe(start, end)
    window = observation.window
    parts, people = periods(window, freq), people_of(timed.keys, groups)
    if (size := len(people.groups) * len(parts)) > MOST_ROWS:
        raise ValueError(f"{size:,} rows are too many: narrow the window, or take a longer freq or fewer groups.")
    takes = takes_time(events, tentative=tentative, all_day=all_day)[timed.rows]
    off = _away_rows(events, tentative, away)[timed.rows]
    work = working_time_of(window, working_hours, holidays, people.labels)
    values = MetricValues(
        events=events,
        timed=timed,
        takes=takes & ~off,
        invites=_invites(events, all_day)[timed.rows],
        sums=PeriodSums(people=people, periods=parts, observation=observation),
        people=people,
        schedules=schedules_of(work, people, timed.spans.take(off)),
        focus=least,
        own_blocks_are_focus=own_blocks_are_focus,
        counts_copies=per == "account",
        own_domains=None if own_domains is None else domains_of(own_domains),
    )
    hidden = None if min_group is None else values.accounts < min_group
    return _table(values, names, hidden)


def _focus_rule(focus: Focus) -> tuple[bool, int]:
    """Return whether blocks for oneself are focus time, and the least length of a block."""
    if isinstance(focus, str) and focus == "free":
        return False, length_of(SHORTEST_FOCUS, "focus")
    if isinstance(focus, tuple):
        if len(focus) != 2 or focus[0] != "free":
            raise ValueError(f"focus is a length such as '2h', 'free', or ('free', '90min'), not {focus!r}.")
        return False, length_of(focus[1], "focus")
    return True, length_of(focus, "focus")


def _check_choices(events: pd.DataFrame, groups: list[str], away: Away, per: Per, min_group: int | None) -> None:
    if taken := sorted({"period", *NAMES} & set(groups)):
        raise ValueError(f"by={taken[0]!r} is also the name of a column of the result: rename it in the frame.")
    if away not in ("off", "busy"):
        raise ValueError(f"away is 'off' or 'busy', not {away!r}.")
    if per not in ("meeting", "account"):
        hint = " plot_time_use(per='person') draws the mean of persons." if str(per) == "person" else ""
        raise ValueError(f"per is 'meeting' or 'account', not {per!r}.{hint}")
    if min_group is not None and (isinstance(min_group, bool) or not isinstance(min_group, int) or min_group < 1):
        raise ValueError(f"min_group is a number of accounts, at least 1, not {min_group!r}.")
    if min_group is not None and "account" not in events:
        raise ValueError("min_group counts accounts, and the frame has no column account: read with a mapping.")


def _timed_rows(events: pd.DataFrame, groups: list[str], tz: str | None, accounts: Accounts) -> BusyRows:
    """Return all rows with a length, whether or not they take time, each in the group of its account."""
    person = ["account"] if "account" in events and "account" not in groups else []
    needed = [*groups, *person, *(name for name in ("start", "end", "all_day", "account") if name in events)]
    return busy_rows(events[list(dict.fromkeys(needed))], groups + person, tz=tz, accounts=accounts)


def _away_rows(events: pd.DataFrame, tentative: bool, away: Away) -> Flags:
    """Return the rows that are time away, whatever `all_day` says: none where away time counts as busy."""
    if away == "busy":
        return np.zeros(len(events), np.bool_)
    return is_away(events) & takes_time(events, tentative=tentative, all_day="busy")


def _invites(events: pd.DataFrame, all_day: AllDay) -> Flags:
    """Return the rows to which the account was invited: not deleted or cancelled, and organized by another person."""
    if "participation_status" not in events:
        return np.zeros(len(events), np.bool_)
    bare = events[[name for name in ("start", "end", "all_day", "deleted") if name in events]]
    invited = takes_time(bare, all_day=all_day) & events["participation_status"].isin(REPLIES).to_numpy(np.bool_)
    if "status" in events:
        invited &= ~events["status"].isin(["cancelled"]).to_numpy(np.bool_)
    return invited & ~organized_by_account(events)


def _table(values: MetricValues, names: list[str], hidden: Flags | None) -> pd.DataFrame:
    groups, parts = values.people.groups, values.sums.periods
    table = groups.iloc[np.repeat(np.arange(len(groups)), len(parts))].reset_index(drop=True)
    table["period"] = parts.start[np.tile(np.arange(len(parts)), len(groups))]
    columns: dict[str, Sums] = {name: getattr(values, name) for name in names}
    if hidden is not None:
        columns = {name: np.where(hidden, np.nan, column) for name, column in columns.items()}
    table = with_provenance(table.assign(**columns), values.timed, values.sums.observation.window)
    _record_accounts(table, values.people.labels)
    notes: dict[str, Any] = {} if hidden is None else {"hidden": int(hidden.sum())}
    if "calendar_id" in groups:
        notes["calendar_names"] = calendar_names(values.events)
    if notes:
        table.attrs["cronofy"] = {**table.attrs.get("cronofy", {}), **notes}
    return table


def _record_accounts(table: pd.DataFrame, labels: list[Any]) -> None:
    """Record in `attrs` of which accounts a result is, so that a picture can say that it has their sum."""
    if labels != [None] and "cronofy" in table.attrs:
        sources = sources_of(table.attrs["cronofy"])
        table.attrs["cronofy"] = table.attrs["cronofy"] | {"accounts": {name: sources.get(name, {}) for name in labels}}
