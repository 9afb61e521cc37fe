"""Busy time of each day, or of the working hours of each day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.frames.bounds import Bound, Window
from cronofy_frames.frames.clock_changes import midnights
from cronofy_frames.frames.provenance import Bounds, origin_of, windows_of
from cronofy_frames.frames.standard_dtypes import standard_dtypes
from cronofy_frames.intervals.counting import AllDay, BusyRows, busy_rows, micros
from cronofy_frames.intervals.observation import Accounts, Observation, trusted_origin
from cronofy_frames.intervals.operations import gaps
from cronofy_frames.intervals.shares import occupancy
from cronofy_frames.intervals.spans import Spans, concatenate_groups, intersection, pieces
from cronofy_frames.intervals.workdays import Hours, working_time
from cronofy_frames.plots.names import account_count

Values = npt.NDArray[np.float64]

MOST_DAYS = 54 * 7


@dataclass(frozen=True, slots=True, eq=False)
class DailyValues:
    """Busy time of each day.

    Attributes
    ----------
    dates
        All days from the first to the last, naive.
    share, hours
        Busy time of each; NaN where it is not known, or where the day has no working hours.
    tz, window
        The zone of days, and the window; None where it is not known.
    people
        Number of accounts of which it is the mean, the most of any day.
    unread
        Whether some of the days were not read.
    """

    dates: pd.DatetimeIndex
    share: Values
    hours: Values
    tz: str
    window: Bounds | None
    people: int
    unread: bool


def daily_values(
    frame: pd.DataFrame,
    start: Bound | None,
    end: Bound | None,
    *,
    tz: str | None,
    hours: Hours | None,
    tentative: bool,
    all_day: AllDay,
    accounts: Accounts = None,
) -> DailyValues:
    """Return the busy time of each day; the arguments are those of `plot_days`."""
    if "share" in frame and "start" not in frame:
        if any(argument is not None for argument in (start, end, tz, hours, accounts)):
            raise ValueError(
                "start, end, tz, working_hours and accounts cannot be applied to a result of occupancy: pass events "
                "instead."
            )
        return _values_of_result(frame)
    frame = standard_dtypes(frame)
    by = "account" if "account" in frame else None
    counted = busy_rows(frame, by, tz=tz, tentative=tentative, all_day=all_day, accounts=accounts)
    observed = counted.observe(start, end, bounds_may_be_wider=True)
    inside = _read_part(observed.window, frame)
    labels = counted.keys["account"].tolist() if by else None
    options: dict[str, Any] = {"tentative": tentative, "all_day": all_day, "accounts": labels}
    bounds: dict[str, Any] = {"start": inside.start, "end": inside.end, "tz": inside.tz}
    if hours is None:
        table = occupancy(frame, by="date", **options, **bounds)
    else:
        table = _share_of_working_hours(frame, counted, observed, inside, hours, options)
    dates = _dates(_days_of(table), _bounds_of(observed.window))
    people = _accounts_read(observed, dates, len(counted.keys))
    return _values(table, dates, people, observed.window.tz, _bounds_of(observed.window))


def _bounds_of(window: Window) -> Bounds:
    assert window.start is not None
    assert window.end is not None
    return window.start, window.end


def _read_part(window: Window, frame: pd.DataFrame) -> Window:
    """Return the part of a window from the first to the last instant that was read; all of it where none was."""
    windows = windows_of(trusted_origin(frame)) or []
    start, end = _bounds_of(window)
    if not windows or windows[0][0] >= end or windows[-1][1] <= start:
        return window
    return Window.of(max(windows[0][0], start), min(windows[-1][1], end), window.tz)


def _share_of_working_hours(
    frame: pd.DataFrame,
    counted: BusyRows,
    observed: Observation,
    window: Window,
    hours: Hours,
    options: dict[str, Any],
) -> pd.DataFrame:
    """Return the same columns as `occupancy`, for days that consist of working hours only."""
    labels = options["accounts"]
    free = gaps(
        frame, window.start, window.end, by=None if labels is None else "account", working_hours=hours, tz=window.tz,
        **options,
    )  # fmt: skip
    worked = counted.frame(_working_time(hours, labels, observed))
    whole, left = (
        occupancy(
            times if labels else times.assign(account=""), by=["account", "date"], start=window.start, end=window.end,
            tz=window.tz, accounts=labels or [""],
        )
        .groupby("date")["busy_hours"].sum()
        for times in (worked, free)
    )  # fmt: skip
    left = left.reindex(whole.index, fill_value=0.0)
    table = pd.DataFrame({"busy_hours": whole - left, "share": (whole - left) / whole.where(whole > 0)}).reset_index()
    return table.assign(busy_hours=table["busy_hours"].where(table["share"].notna()))


def _working_time(hours: Hours, labels: list[Any] | None, observed: Observation) -> Spans:
    """Return the working time of each account that was read."""
    spans = [
        working_time(_hours_of(hours, label), *observed.bounds, tz=observed.window.tz) for label in labels or [None]
    ]
    return intersection(concatenate_groups(spans), observed.read(len(spans)))


def _hours_of(hours: Hours, label: Any) -> Hours:
    if label is None or not isinstance(hours, pd.DataFrame) or "account" not in hours:
        return hours
    rules: pd.DataFrame = hours[hours["account"] == label]
    return rules


def _accounts_read(observed: Observation, dates: pd.DatetimeIndex, accounts: int) -> Values:
    """Return of how many accounts each day was read, in part at least."""
    if not len(observed.unread):
        return np.full(len(dates), max(accounts, 1), np.float64)
    edges = micros(midnights(dates.append(dates[-1:] + pd.Timedelta("1D")), observed.window.tz).to_series())
    piece, day = pieces(observed.read(accounts), Spans.of(edges[:-1], edges[1:]), common=True)
    pairs = np.unique(np.stack([day, piece.group]), axis=1)
    return np.bincount(pairs[0], minlength=len(dates)).astype(np.float64)


def _values_of_result(table: pd.DataFrame) -> DailyValues:
    """Return the values of a result of `occupancy`."""
    origin = origin_of(table)
    walls, zone = _days_of(table), str(table["date"].dt.tz)
    bounds: Bounds | None = None
    if {"start", "end"} <= set(origin):
        bounds = pd.Timestamp(origin["start"]).tz_convert(zone), pd.Timestamp(origin["end"]).tz_convert(zone)
    dates = _dates(walls, bounds)
    people = np.full(len(dates), max(account_count(table), 1), np.float64)
    return _values(table, dates, people, zone, bounds)


def _days_of(table: pd.DataFrame) -> pd.DatetimeIndex:
    """Return the dates of a table of shares, naive; a table with other rows is refused."""
    if "date" not in table:
        raise ValueError("plot_days needs a share for each date: pass occupancy(frame, freq='1D', by='date').")
    if table["date"].duplicated().any():
        raise ValueError("the frame has several shares for a day: select one group, or leave the groups out of by=.")
    return pd.DatetimeIndex(table["date"]).tz_localize(None).normalize()


def _values(
    table: pd.DataFrame, dates: pd.DatetimeIndex, people: Values, tz: str, bounds: Bounds | None
) -> DailyValues:
    walls = _days_of(table)
    values = table.set_index(walls)[["share", "busy_hours"]].astype(np.float64).reindex(dates)
    share = values["share"].to_numpy()
    read = people > 0
    unread = bool((~(dates.isin(walls) & read)).any())
    busy = np.where(read & ~np.isnan(share), values["busy_hours"].to_numpy() / np.maximum(people, 1), np.nan)
    return DailyValues(dates, share, busy, tz, bounds, int(people.max(initial=1)), unread)


def _dates(walls: pd.DatetimeIndex, bounds: Bounds | None) -> pd.DatetimeIndex:
    if bounds is None:
        if not len(walls):
            raise ValueError(
                "the frame has no rows, and its attrs do not say which days to draw: give start= and end=."
            )
        first, last = walls.min(), walls.max()
    else:
        first, last = bounds[0], bounds[1] - pd.Timedelta(microseconds=1)
        first, last = first.tz_localize(None).normalize(), last.tz_localize(None).normalize()
    dates = pd.date_range(first, last, freq="D")
    if len(dates) > MOST_DAYS:
        raise ValueError(f"{len(dates):,} days are too many for one picture: give start= and end= within a year.")
    return dates
