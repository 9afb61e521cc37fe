"""Which rows of a frame take time, and which group each belongs to.

These are the only rules of what counts as busy: every measure and picture of busy time goes through `busy_rows`.
"""

from __future__ import annotations

import copy
import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from cronofy_frames.frames.bounds import Bound, Window
from cronofy_frames.frames.provenance import origin_of, sources_of
from cronofy_frames.frames.standard_dtypes import standard_dtypes, zone_of
from cronofy_frames.frames.timestamps import NAT, no_zone_text, to_timezone
from cronofy_frames.intervals.observation import Accounts, Observation, account_labels, micro, observe
from cronofy_frames.intervals.spans import Flags, Micros, Spans
from cronofy_frames.text import join_names
from cronofy_frames.zones import zone_name

By = str | Sequence[str] | None
AllDay = Literal["busy", "ignore"]

NOT_BUSY = (
    ("transparency", "transparent"),
    ("status", "cancelled"),
    ("participation_status", "declined"),
)
AWAY = ("extended_transparency", "out_of_office")
EVER = np.iinfo(np.int64).max
TENTATIVE = (("status", "tentative"), ("participation_status", "tentative"))


@dataclass(frozen=True, slots=True, eq=False)
class BusyRows:
    """The rows of a frame that take time.

    Attributes
    ----------
    tz
        The zone of days and of results.
    times
        start, end, all_day and account of all rows in that zone, with the frame's `attrs`.
    keys
        One row for each group, in order: all groups of the frame, also those without a row that takes time.
    rows
        The positions in the frame of the rows that take time.
    spans
        Start and end of these rows, each in its group, not merged.
    accounts
        The accounts given, None for those of the frame.
    """

    tz: str
    times: pd.DataFrame
    keys: pd.DataFrame
    rows: Micros
    spans: Spans
    accounts: list[Any] | None = None

    def observe(self, start: Bound | None, end: Bound | None, *, bounds_may_be_wider: bool = False) -> Observation:
        """Return the window with these bounds, by default the one that the frame covers, and what was not read of it.

        Groups are those of `keys`; for the arguments see `observation.observe`.
        """
        labels = self.keys["account"].tolist() if "account" in self.keys else None
        observation = observe(
            self.times,
            start,
            end,
            self.tz,
            labels=labels,
            accounts=self.accounts,
            bounds_may_be_wider=bounds_may_be_wider,
        )
        if labels is not None:
            return observation
        unread = observation.unread
        groups = np.repeat(np.arange(len(self.keys)), len(unread))
        spans = Spans(groups, np.tile(unread.start, len(self.keys)), np.tile(unread.end, len(self.keys)))
        return Observation(observation.window, spans)

    def within(self, start: Bound | None, end: Bound | None) -> BusyRows:
        """Return the rows with the parts of their spans between bounds; None is open."""
        window = Window.of(start, end, self.tz)
        first = -EVER if window.start is None else micro(window.start)
        last = EVER if window.end is None else micro(window.end)
        spans = Spans(self.spans.group, np.maximum(self.spans.start, first), np.minimum(self.spans.end, last))
        inside = spans.end > spans.start
        return replace(self, rows=self.rows[inside], spans=spans.take(inside))

    def frame(self, spans: Spans, window: Window | None = None, **columns: Any) -> pd.DataFrame:
        """Return spans as a frame: the keys of their groups, start, end and further columns."""
        result = self.keys.iloc[spans.group].reset_index(drop=True)
        result["start"], result["end"] = timestamps(spans.start, self.tz), timestamps(spans.end, self.tz)
        return with_provenance(result.assign(**columns), self, window)


def busy_rows(
    frame: pd.DataFrame,
    by: By = None,
    *,
    tz: str | None = None,
    tentative: bool = True,
    unknown: bool = False,
    all_day: AllDay = "busy",
    accounts: Accounts = None,
) -> BusyRows:
    """Return the rows of a frame that take time, in groups.

    Parameters
    ----------
    frame
        Events, free/busy, or anything with start and end.
    by
        The columns that define groups; None makes one group of all rows.
    tz
        The zone of days; by default the frame's own. All-day rows keep their days.
    tentative, unknown, all_day
        As in `takes_time`.
    accounts
        The labels of all accounts, also of those without rows; by default those of the read.

    Raises
    ------
    ValueError
        For a frame without times, an unknown zone or column, and for rows of an account that is not in `accounts`.
    """
    frame = standard_dtypes(frame)
    zone = zone_of_frame(frame, tz)
    labels = None if accounts is None else [accounts] if isinstance(accounts, str) else list(accounts)
    if labels is not None:
        account_labels(frame, labels)  # raises where they do not fit the rows
    times = frame[[name for name in ("start", "end", "all_day", "account") if name in frame]]
    if any(str(times[name].dt.tz) != zone for name in ("start", "end")):
        times = to_timezone(times, zone)
    rows = np.flatnonzero(takes_time(frame, tentative=tentative, unknown=unknown, all_day=all_day))
    keys, group = _groups(frame, columns_of(frame, by), labels)
    starts, ends = (micros(times[name])[rows] for name in ("start", "end"))
    # days that a zone leaves out, such as the one that Samoa skipped, have no length there
    real = ends > starts
    return BusyRows(zone, times, keys, rows[real], Spans(group[rows], starts, ends).take(real), labels)


def takes_time(
    frame: pd.DataFrame, *, tentative: bool = True, unknown: bool = False, all_day: AllDay = "busy"
) -> Flags:
    """Return which rows take time.

    Events take time unless they are transparent, deleted, cancelled or declined by the account; free/busy rows when
    they are busy; in other frames with start and end all rows. Rows without times or with no length take none.

    Parameters
    ----------
    frame
        Events, free/busy, or anything with start and end.
    tentative
        Whether tentative rows count.
    unknown
        Whether free/busy rows with the status unknown count.
    all_day
        "busy": all-day rows take their days; "ignore" leaves them out.
    """
    if all_day not in ("busy", "ignore"):
        raise ValueError(f"all_day is 'busy' or 'ignore', not {all_day!r}.")
    if {"start", "end", "participants"} <= set(frame.columns) and "summary" not in frame:
        raise ValueError(
            "these rows say when people are free, not when they are busy: pass the frame of read_free_busy or "
            "read_events."
        )
    frame = standard_dtypes(frame)
    start, end = micros(frame["start"]), micros(frame["end"])
    takes: Flags = (start != NAT) & (end > start)
    for column, value in NOT_BUSY if tentative else NOT_BUSY + TENTATIVE:
        takes &= ~_equals(frame, column, value)
    for column in ("deleted", "all_day") if all_day == "ignore" else ("deleted",):
        if column in frame:
            takes &= ~frame[column].to_numpy(np.bool_, na_value=False)
    if "free_busy_status" in frame:
        states = ["busy", *(["tentative"] if tentative else []), *(["unknown"] if unknown else [])]
        counts = frame["free_busy_status"].isin(states).to_numpy(np.bool_)
        takes &= counts | frame["free_busy_status"].isna().to_numpy(np.bool_) if unknown else counts
    return takes


def is_away(frame: pd.DataFrame) -> Flags:
    """Return which rows are marked as time out of office."""
    return _equals(standard_dtypes(frame), *AWAY)


def with_provenance(result: pd.DataFrame, counted: BusyRows, window: Window | None) -> pd.DataFrame:
    """Return a result with the `attrs` of the frame that it was made from, and the window that it covers."""
    result.attrs = copy.deepcopy(counted.times.attrs)
    origin = origin_of(result)
    if counted.accounts is not None and (origin or window is not None):
        sources = sources_of(origin)
        origin |= {"accounts": {label: sources.get(label, {}) for label in counted.accounts}}
    if window is not None and window.start is not None and window.end is not None:
        origin |= {"start": window.start.isoformat(), "end": window.end.isoformat()}
    if origin:
        result.attrs["cronofy"] = origin | {"tz": counted.tz}
    return result


def micros(times: pd.Series[Any]) -> Micros:
    """Return times as microseconds UTC; `NAT` where a time is missing.

    Raises
    ------
    ValueError
        For times without a zone.
    """
    if not isinstance(times.dtype, pd.DatetimeTZDtype):
        raise ValueError(no_zone_text(str(times.name), times.dtype))
    instants: Micros = times.to_numpy("datetime64[us]").view(np.int64)
    return instants


def timestamps(times: Micros, tz: str) -> pd.DatetimeIndex:
    """Return microseconds UTC as times in a zone."""
    return pd.DatetimeIndex(times.view("M8[us]"), tz="UTC").tz_convert(tz)


def columns_of(frame: pd.DataFrame, by: By, units: Sequence[str] = ()) -> list[str]:
    """Return `by` as a list of names, each a column of the frame or one of the units."""
    single = isinstance(by, str) or not isinstance(by, Iterable)
    names: list[Any] = [] if by is None else [by] if single else list(dict.fromkeys(by))
    for name in names:
        if name in ("start", "end") or (name not in units and name not in frame):
            choices = [*units, *(str(column) for column in frame.columns if column not in ("start", "end"))]
            if name == "account":
                raise ValueError(
                    "the frame has no column account: read with a mapping label -> client to get one, or group by "
                    "another column with by=."
                )
            near = difflib.get_close_matches(str(name), choices, n=3, cutoff=0.5) or choices
            raise ValueError(f"by={name!r} is not a column to group by; choose from {join_names(near)}.")
    return names


def zone_of_frame(frame: pd.DataFrame, tz: str | None) -> str:
    """Return the zone given, else that of the times of a frame.

    Raises
    ------
    ValueError
        For a frame without start and end, for times without a zone or with a fixed offset, and for an unknown zone.
    """
    if not {"start", "end"} <= set(frame.columns):
        raise ValueError(
            "the frame has no columns start and end: pass events or free/busy, as read_events and read_free_busy "
            f"return them.{_rename_hint(frame)}"
        )
    for name in ("start", "end"):
        if not isinstance(frame[name].dtype, pd.DatetimeTZDtype):
            raise ValueError(no_zone_text(name, frame[name].dtype))
    return zone_name(tz) if tz is not None else zone_of(frame["start"].dt.tz)


def _rename_hint(frame: pd.DataFrame) -> str:
    """Return how to name columns of times that have other labels, such as numbers or those that merge makes."""
    times = [label for label, dtype in frame.dtypes.items() if isinstance(dtype, pd.DatetimeTZDtype | pd.ArrowDtype)]
    others = [label for label in frame.columns if not isinstance(label, str)]
    labels = (times if len(times) > 1 else others)[:2]
    if len(labels) < 2:
        return ""
    return f" Name them, as in frame.rename(columns={{{labels[0]!r}: 'start', {labels[1]!r}: 'end'}})."


def _groups(frame: pd.DataFrame, names: list[str], accounts: Accounts) -> tuple[pd.DataFrame, Micros]:
    """Return the keys of the groups in order, and the group of each row; missing keys form a group of their own."""
    if not names:
        return pd.DataFrame(index=pd.RangeIndex(1)), np.zeros(len(frame), np.int64)
    keys = frame[names]
    if names == ["account"]:
        keys = _with_empty_accounts(keys, accounts)
    group = group_numbers(keys)
    first = np.zeros(group.max(initial=-1) + 1, np.int64)
    first[group[::-1]] = np.arange(len(group))[::-1]
    return keys.iloc[first].reset_index(drop=True), group[: len(frame)]


def group_numbers(keys: pd.DataFrame) -> Micros:
    """Return the group number of each row, in the order of the keys; missing keys form the last group."""
    group = keys.groupby(list(keys.columns), dropna=False, observed=True).ngroup()
    return np.asarray(group.to_numpy(), np.int64)


def _with_empty_accounts(keys: pd.DataFrame, accounts: Accounts) -> pd.DataFrame:
    """Add the accounts that were read and have no rows, after the keys of the rows."""
    empty = account_labels(keys, accounts)
    if not empty:
        return keys
    return pd.concat(
        [keys, pd.DataFrame({"account": pd.Series(empty, dtype=keys["account"].dtype)})], ignore_index=True
    )


def _equals(frame: pd.DataFrame, column: str, value: str) -> Flags:
    if column not in frame:
        return np.zeros(len(frame), np.bool_)
    values = frame[column].str.lower()  # people write Cancelled
    return np.asarray(values.isin([value]).to_numpy(np.bool_))
