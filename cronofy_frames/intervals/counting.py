"""Which rows of a frame take time, which group each belongs to, and which window the frame covers.

These are the only rules of what counts as busy: every measure and picture of busy time goes through `busy_rows`.
"""

from __future__ import annotations

import copy
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from cronofy_frames.frames.bounds import Bound, Window
from cronofy_frames.frames.timestamps import NAT, to_timezone
from cronofy_frames.intervals.spans import Flags, Micros, Spans
from cronofy_frames.zones import zone_name

By = str | Sequence[str] | None
AllDay = Literal["busy", "ignore"]

NOT_BUSY = (
    ("transparency", "transparent"),
    ("status", "cancelled"),
    ("participation_status", "declined"),
)
TENTATIVE = (("status", "tentative"), ("participation_status", "tentative"))


@dataclass(frozen=True, slots=True, eq=False)
class BusyRows:
    """The rows of a frame that take time.

    Attributes
    ----------
    tz
        The zone of days and of results.
    times
        start, end and all_day of all rows in that zone, with the frame's `attrs`.
    keys
        One row for each group, in order: all groups of the frame, also those without a row that takes time.
    rows
        The positions in the frame of the rows that take time.
    spans
        Start and end of these rows, each in its group, not merged.
    """

    tz: str
    times: pd.DataFrame
    keys: pd.DataFrame
    rows: Micros
    spans: Spans

    def window(self, start: Bound | None, end: Bound | None) -> Window:
        """Return the window with these bounds; by default the one that the frame covers."""
        return Window(self.tz, *observed_window(self.times, start, end, self.tz))

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

    Raises
    ------
    ValueError
        For a frame without times, an unknown zone or column.
    """
    zone = _zone(frame, tz)
    times = frame[[name for name in ("start", "end", "all_day") if name in frame]]
    if any(str(times[name].dt.tz) != zone for name in ("start", "end")):
        times = to_timezone(times, zone)
    rows = np.flatnonzero(takes_time(frame, tentative=tentative, unknown=unknown, all_day=all_day))
    keys, group = _groups(frame, columns_of(frame, by))
    starts, ends = (micros(times[name])[rows] for name in ("start", "end"))
    # days that a zone leaves out, such as the one that Samoa skipped, have no length there
    real = ends > starts
    return BusyRows(zone, times, keys, rows[real], Spans(group[rows], starts, ends).take(real))


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
    start, end = micros(frame["start"]), micros(frame["end"])
    takes: Flags = (start != NAT) & (end > start)
    for column, value in NOT_BUSY if tentative else NOT_BUSY + TENTATIVE:
        takes &= ~_equals(frame, column, value)
    for column in ("deleted", "all_day") if all_day == "ignore" else ("deleted",):
        if column in frame:
            takes &= ~_is_true(frame[column])
    if "free_busy_status" in frame:
        states = ["busy", *(["tentative"] if tentative else []), *(["unknown"] if unknown else [])]
        counts = frame["free_busy_status"].isin(states).to_numpy(np.bool_)
        takes &= counts | frame["free_busy_status"].isna().to_numpy(np.bool_) if unknown else counts
    return takes


def observed_window(
    frame: pd.DataFrame, start: Bound | None, end: Bound | None, tz: str
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the window that a frame covers: the given bounds, else those of the read, else its first to last row."""
    read = frame.attrs.get("cronofy", {})
    covered = read.get("observed", (None, None))
    first, last = frame["start"].min(), frame["end"].max()
    has_times = not pd.isna(first) and not pd.isna(last)
    if (
        covered[0] is not None
        and has_times
        and not (first < pd.Timestamp(covered[1]) and last > pd.Timestamp(covered[0]))
    ):
        covered = (None, None)  # the clock of the read was another one, as in the sandbox: trust the rows
    since = _first_present(start, read.get("start"), covered[0], first)
    until = _first_present(end, read.get("end"), covered[1], last)
    if since is None or until is None:
        raise ValueError("the frame has no rows, and its attrs do not say which window was read: give start= and end=.")
    window = Window.of(since, until, tz)
    assert window.start is not None
    assert window.end is not None
    return window.start, window.end


def with_provenance(result: pd.DataFrame, counted: BusyRows, window: Window | None) -> pd.DataFrame:
    """Return a result with the `attrs` of the frame that it was made from, and the window that it covers."""
    result.attrs = copy.deepcopy(counted.times.attrs)
    origin = result.attrs.get("cronofy", {})
    if window is not None and window.start is not None and window.end is not None:
        origin |= {"start": window.start.isoformat(), "end": window.end.isoformat()}
    if origin:
        result.attrs["cronofy"] = origin | {"tz": counted.tz}
    return result


def micros(times: pd.Series[Any]) -> Micros:
    """Return times as microseconds UTC; `NAT` where a time is missing."""
    instants: Micros = times.to_numpy("datetime64[us]").view(np.int64)
    return instants


def micro(instant: pd.Timestamp | None) -> int:
    """Return a bound of a closed window as microseconds UTC."""
    assert instant is not None
    return int(instant.tz_convert(None).to_datetime64().astype("M8[us]").astype(np.int64))


def timestamps(times: Micros, tz: str) -> pd.DatetimeIndex:
    """Return microseconds UTC as times in a zone."""
    return pd.DatetimeIndex(times.view("M8[us]"), tz="UTC").tz_convert(tz)


def columns_of(frame: pd.DataFrame, by: By, units: Sequence[str] = ()) -> list[str]:
    """Return `by` as a list of names, each a column of the frame or one of the units."""
    names = [] if by is None else [by] if isinstance(by, str) else list(dict.fromkeys(by))
    for name in names:
        if name in ("start", "end") or (name not in units and name not in frame):
            choices = [*units, *(str(column) for column in frame.columns if column not in ("start", "end"))]
            if name == "account":
                raise ValueError(
                    "the frame has no column account: read with a mapping label -> client to get one, or group by "
                    "another column with by=."
                )
            near = difflib.get_close_matches(str(name), choices, n=3, cutoff=0.5) or choices
            raise ValueError(f"by={name!r} is not a column to group by; choose from {', '.join(near)}.")
    return names


def _zone(frame: pd.DataFrame, tz: str | None) -> str:
    if not {"start", "end"} <= set(frame.columns):
        raise ValueError(
            "the frame has no columns start and end: pass events or free/busy, as read_events and read_free_busy "
            "return them."
        )
    for name in ("start", "end"):
        if not isinstance(frame[name].dtype, pd.DatetimeTZDtype):
            raise ValueError(
                f"{name} has no times with a zone (dtype {frame[name].dtype}). read_sheet reads such times from files; "
                f"pd.to_datetime(frame[{name!r}], utc=True) converts times with an offset, and "
                f"pd.to_datetime(frame[{name!r}]).dt.tz_localize('Europe/London') times without one."
            )
    return zone_name(tz) if tz is not None else zone_name(str(frame["start"].dt.tz))


def _groups(frame: pd.DataFrame, names: list[str]) -> tuple[pd.DataFrame, Micros]:
    """Return the keys of the groups in order, and the group of each row; missing keys form a group of their own."""
    if not names:
        return pd.DataFrame(index=pd.RangeIndex(1)), np.zeros(len(frame), np.int64)
    keys = frame[names]
    if names == ["account"]:
        keys = _with_empty_accounts(keys, frame.attrs)
    group = group_numbers(keys)
    first = np.zeros(group.max(initial=-1) + 1, np.int64)
    first[group[::-1]] = np.arange(len(group))[::-1]
    return keys.iloc[first].reset_index(drop=True), group[: len(frame)]


def group_numbers(keys: pd.DataFrame) -> Micros:
    """Return the group number of each row, in the order of the keys; missing keys form the last group."""
    group = keys.groupby(list(keys.columns), dropna=False, observed=True).ngroup()
    return np.asarray(group.to_numpy(), np.int64)


def _with_empty_accounts(accounts: pd.DataFrame, attrs: Mapping[Any, Any]) -> pd.DataFrame:
    """Add the accounts that were read and have no rows.

    Where an account that had rows is missing, the frame was filtered by account since the read, and none is added.
    """
    sources = attrs.get("cronofy", {}).get("accounts", {})
    known = set(accounts["account"].unique())
    missing = {label: source.get("rows") for label, source in sources.items() if label not in known}
    empty = [] if any(missing.values()) else list(missing)
    if not empty:
        return accounts
    return pd.concat([accounts, pd.DataFrame({"account": pd.Series(empty, dtype="str")})], ignore_index=True)


def _is_true(column: pd.Series[Any]) -> Flags:
    """Return which cells are true; text counts as true when it is true, 1 or yes, as spreadsheets write it."""
    if pd.api.types.is_string_dtype(column.dtype):
        return np.asarray(column.str.strip().str.lower().isin(["true", "1", "yes"]).to_numpy(np.bool_))
    return column.to_numpy(np.bool_, na_value=False)


def _equals(frame: pd.DataFrame, column: str, value: str) -> Flags:
    if column not in frame:
        return np.zeros(len(frame), np.bool_)
    values: Any = frame[column]
    if pd.api.types.is_string_dtype(values.dtype):
        values = values.str.lower()  # people write Cancelled
    return np.asarray(values.isin([value]).to_numpy(np.bool_))


def _first_present(*values: Any) -> Any:
    return next((value for value in values if value is not None and value is not pd.NaT), None)
