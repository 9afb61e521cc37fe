"""What of a frame takes time, whose it is, and which time the frame speaks of.

The rules of counting stand here and nowhere else: every measure and picture of busy time goes through `count`.
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
from cronofy_frames.frames.timestamps import NAT, to_timezone, zone_named
from cronofy_frames.intervals.spans import Flags, Micros, Spans

By = str | Sequence[str] | None
AllDay = Literal["busy", "ignore"]

DISMISSED = (
    ("transparency", "transparent"),
    ("status", "cancelled"),
    ("participation_status", "declined"),
)
HELD = (("status", "tentative"), ("participation_status", "tentative"))


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """The rows of a frame that take time.

    Attributes
    ----------
    tz
        The zone of days and of results.
    times
        start, end and all_day of all rows in that zone, with the frame's `attrs`.
    keys
        One row for each group, in order: all of the frame's groups, whether or not anything of theirs counts.
    rows
        The places in the frame of those that count.
    spans
        When these are, each in its group, not merged.
    """

    tz: str
    times: pd.DataFrame
    keys: pd.DataFrame
    rows: Micros
    spans: Spans

    def window(self, start: Bound | None, end: Bound | None) -> Window:
        """Return the time that is looked at: as given, else the one that the frame speaks of."""
        return Window(self.tz, *observed(self.times, start, end, self.tz))

    def frame(self, spans: Spans, window: Window | None = None, **columns: Any) -> pd.DataFrame:
        """Return spans as a frame: the groups' keys, start, end and what else is given."""
        told = self.keys.iloc[spans.group].reset_index(drop=True)
        told["start"], told["end"] = moments(spans.start, self.tz), moments(spans.end, self.tz)
        return sourced(told.assign(**columns), self, window)


def count(
    frame: pd.DataFrame,
    by: By = None,
    *,
    tz: str | None = None,
    tentative: bool = True,
    unknown: bool = False,
    all_day: AllDay = "busy",
) -> Counted:
    """Return the rows of a frame that take time.

    Parameters
    ----------
    frame
        Events, free/busy, or anything with start and end.
    by
        The columns that tell groups apart; None makes one group of all.
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
    return Counted(zone, times, keys, rows[real], Spans(group[rows], starts, ends).take(real))


def takes_time(
    frame: pd.DataFrame, *, tentative: bool = True, unknown: bool = False, all_day: AllDay = "busy"
) -> Flags:
    """Return which rows take time.

    Events do when they are not transparent, neither deleted nor cancelled, and not declined by the account; free/busy
    rows when they are busy; of other frames with start and end all rows. Rows without times or without length take
    none.

    Parameters
    ----------
    frame
        Events, free/busy, or anything with start and end.
    tentative
        Whether tentative rows count.
    unknown
        Whether free/busy rows count of which it is not known.
    all_day
        Whether all-day rows make their days busy, or ignore.
    """
    if all_day not in ("busy", "ignore"):
        raise ValueError(f"all_day is 'busy' or 'ignore', not {all_day!r}.")
    if {"start", "end", "participants"} <= set(frame.columns) and "summary" not in frame:
        raise ValueError(
            "these rows say when people are free, not when they are busy: give what read_free_busy or read_events read."
        )
    start, end = micros(frame["start"]), micros(frame["end"])
    takes: Flags = (start != NAT) & (end > start)
    for column, word in DISMISSED if tentative else DISMISSED + HELD:
        takes &= ~_is(frame, column, word)
    for column in ("deleted", "all_day") if all_day == "ignore" else ("deleted",):
        if column in frame:
            takes &= ~_true(frame[column])
    if "free_busy_status" in frame:
        states = ["busy", *(["tentative"] if tentative else []), *(["unknown"] if unknown else [])]
        counts = frame["free_busy_status"].isin(states).to_numpy(np.bool_)
        takes &= counts | frame["free_busy_status"].isna().to_numpy(np.bool_) if unknown else counts
    return takes


def observed(frame: pd.DataFrame, start: Bound | None, end: Bound | None, tz: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the time that a frame speaks of: as given, else as read, else from its first row to its last."""
    read = frame.attrs.get("cronofy", {})
    seen = read.get("observed", (None, None))
    first, last = frame["start"].min(), frame["end"].max()
    placed = not pd.isna(first) and not pd.isna(last)
    if seen[0] is not None and placed and not (first < pd.Timestamp(seen[1]) and last > pd.Timestamp(seen[0])):
        seen = (None, None)  # a clock that is not ours: rows count more than what should have been seen
    since = _first(start, read.get("start"), seen[0], first)
    until = _first(end, read.get("end"), seen[1], last)
    if since is None or until is None:
        raise ValueError("the frame has no rows and does not say what was observed: give start= and end=.")
    window = Window.of(since, until, tz)
    assert window.start is not None
    assert window.end is not None
    return window.start, window.end


def sourced(told: pd.DataFrame, counted: Counted, window: Window | None) -> pd.DataFrame:
    """Return a result with its frame's `attrs`, and the window that it speaks of."""
    told.attrs = copy.deepcopy(counted.times.attrs)
    origin = told.attrs.get("cronofy", {})
    if window is not None and window.start is not None and window.end is not None:
        origin |= {"start": window.start.isoformat(), "end": window.end.isoformat()}
    if origin:
        told.attrs["cronofy"] = origin | {"tz": counted.tz}
    return told


def micros(times: pd.Series[Any]) -> Micros:
    """Return times as microseconds UTC; `NAT` where there is none."""
    found: Micros = times.to_numpy("datetime64[us]").view(np.int64)
    return found


def micro(moment: pd.Timestamp | None) -> int:
    """Return a bound of a window that has both as microseconds UTC."""
    assert moment is not None
    return int(moment.tz_convert(None).to_datetime64().astype("M8[us]").astype(np.int64))


def moments(times: Micros, tz: str) -> pd.DatetimeIndex:
    """Return microseconds UTC as times of a zone."""
    return pd.DatetimeIndex(times.view("M8[us]"), tz="UTC").tz_convert(tz)


def columns_of(frame: pd.DataFrame, by: By, known: Sequence[str] = ()) -> list[str]:
    """Return by as a list of columns that the frame has, or of other words that are known."""
    names = [] if by is None else [by] if isinstance(by, str) else list(dict.fromkeys(by))
    for name in names:
        if name in ("start", "end") or (name not in known and name not in frame):
            have = [*known, *(str(one) for one in frame.columns if one not in ("start", "end"))]
            if name == "account":
                raise ValueError(
                    "the frame has no column account that tells people apart: read with a mapping label -> client, or "
                    "give by= another column."
                )
            near = difflib.get_close_matches(str(name), have, n=3, cutoff=0.5) or have
            raise ValueError(f"by={name!r} is no column to group by; there is {', '.join(near)}.")
    return names


def _zone(frame: pd.DataFrame, tz: str | None) -> str:
    if not {"start", "end"} <= set(frame.columns):
        raise ValueError(
            "the frame has no columns start and end: give events or free/busy, as read_events and read_free_busy "
            "return them."
        )
    for name in ("start", "end"):
        if not isinstance(frame[name].dtype, pd.DatetimeTZDtype):
            raise ValueError(
                f"{name} has no times with a zone ({frame[name].dtype}): read_sheet reads files so; else "
                f"pd.to_datetime(frame[{name!r}], utc=True) takes times with an offset, and "
                f"pd.to_datetime(frame[{name!r}]).dt.tz_localize('Europe/London') those without."
            )
    return zone_named(tz) if tz is not None else zone_named(str(frame["start"].dt.tz))


def _groups(frame: pd.DataFrame, names: list[str]) -> tuple[pd.DataFrame, Micros]:
    """Return the groups in order, and the group of each row; what is NA is a group of its own."""
    if not names:
        return pd.DataFrame(index=pd.RangeIndex(1)), np.zeros(len(frame), np.int64)
    whole = frame[names]
    if names == ["account"]:
        whole = _with_silent(whole, frame.attrs)
    group = numbered(whole)
    first = np.zeros(group.max(initial=-1) + 1, np.int64)
    first[group[::-1]] = np.arange(len(group))[::-1]
    return whole.iloc[first].reset_index(drop=True), group[: len(frame)]


def numbered(keys: pd.DataFrame) -> Micros:
    """Return the number of each row's group, by the order of their keys; what is NA is a group of its own, the last."""
    group = keys.groupby(list(keys.columns), dropna=False, observed=True).ngroup()
    return np.asarray(group.to_numpy(), np.int64)


def _with_silent(accounts: pd.DataFrame, attrs: Mapping[Any, Any]) -> pd.DataFrame:
    """Add the accounts that were read and have no rows.

    Where one that had rows is missing, the frame was narrowed to some people since, and nobody is added.
    """
    sources = attrs.get("cronofy", {}).get("accounts", {})
    known = set(accounts["account"].unique())
    missing = {label: source.get("rows") for label, source in sources.items() if label not in known}
    silent = [] if any(missing.values()) else list(missing)
    if not silent:
        return accounts
    return pd.concat([accounts, pd.DataFrame({"account": pd.Series(silent, dtype="str")})], ignore_index=True)


def _true(column: pd.Series[Any]) -> Flags:
    """Return which cells are true; text is read as a spreadsheet writes it."""
    if pd.api.types.is_string_dtype(column.dtype):
        return np.asarray(column.str.strip().str.lower().isin(["true", "1", "yes"]).to_numpy(np.bool_))
    return column.to_numpy(np.bool_, na_value=False)


def _is(frame: pd.DataFrame, column: str, word: str) -> Flags:
    if column not in frame:
        return np.zeros(len(frame), np.bool_)
    words: Any = frame[column]
    if pd.api.types.is_string_dtype(words.dtype):
        words = words.str.lower()  # people write Cancelled
    return np.asarray(words.isin([word]).to_numpy(np.bool_))


def _first(*values: Any) -> Any:
    return next((one for one in values if one is not None and one is not pd.NaT), None)
