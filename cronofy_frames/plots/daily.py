"""Busy time of each day, or of the working hours of each day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.frames.bounds import Bound, Window
from cronofy_frames.intervals.counting import BusyRows, busy_rows, micro, timestamps
from cronofy_frames.intervals.operations import gaps
from cronofy_frames.intervals.shares import occupancy
from cronofy_frames.intervals.workdays import Hours, working_time
from cronofy_frames.plots.names import account_count
from cronofy_frames.plots.time_axis import read_window

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
        Number of accounts of which it is the mean.
    unread
        Whether some of the days were not read.
    missing_label
        The legend entry for days whose value is NaN.
    """

    dates: pd.DatetimeIndex
    share: Values
    hours: Values
    tz: str
    window: tuple[pd.Timestamp, pd.Timestamp] | None
    people: int
    unread: bool
    missing_label: str


def daily_values(
    frame: pd.DataFrame,
    start: Bound | None,
    end: Bound | None,
    *,
    tz: str | None,
    hours: Hours | None,
    tentative: bool,
    all_day: Literal["busy", "ignore"],
) -> DailyValues:
    """Return the busy time of each day; the arguments are those of `plot_days`."""
    if "share" in frame and "start" not in frame:
        if any(argument is not None for argument in (start, end, tz, hours)):
            raise ValueError(
                "start, end, tz and working_hours cannot be applied to a result of occupancy: pass events instead."
            )
        return _on_all_dates(frame, frame, None, False)
    counted = busy_rows(frame, "account" if "account" in frame else None, tz=tz, tentative=tentative, all_day=all_day)
    window = counted.window(start, end)
    inside = _read_part(window, read_window(frame))
    bounds = {"start": inside.start, "end": inside.end, "tz": window.tz}
    if hours is None:
        table = occupancy(frame, by="date", tentative=tentative, all_day=all_day, **bounds)  # type: ignore[arg-type]
    else:
        table = _share_of_working_hours(frame, counted, inside, hours, tentative=tentative, all_day=all_day)
    return _on_all_dates(table, frame, window, hours is not None)


def _read_part(window: Window, read: tuple[int, int] | None) -> Window:
    """Return the part of a window that was read; all of it if none was, because then only the rows are known."""
    assert window.start is not None
    assert window.end is not None
    if read is None:
        return window
    first, last = (pd.Timestamp(bound) for bound in timestamps(np.array(read), window.tz))
    if first >= window.end or last <= window.start:
        return window
    return Window(window.tz, max(first, window.start), min(last, window.end))


def _share_of_working_hours(
    frame: pd.DataFrame,
    counted: BusyRows,
    window: Window,
    hours: Hours,
    *,
    tentative: bool,
    all_day: Literal["busy", "ignore"],
) -> pd.DataFrame:
    """Return the same columns as `occupancy`, for days that consist of working hours only."""
    group = "account" if "account" in counted.keys else None
    free = gaps(
        frame, window.start, window.end, by=group, working_hours=hours, tz=window.tz, tentative=tentative,
        all_day=all_day,
    )  # fmt: skip
    accounts = counted.keys["account"] if group else [None]
    worked = pd.concat([_working_hours_of(hours, account, window) for account in accounts])
    whole, left = (
        occupancy(times, by=["account", "date"], start=window.start, end=window.end, tz=window.tz)
        .groupby("date")["busy_hours"].sum()
        for times in (worked, free.assign(account=free.get("account", "")))
    )  # fmt: skip
    left = left.reindex(whole.index, fill_value=0.0)
    table = pd.DataFrame({"busy_hours": whole - left, "share": (whole - left) / whole.where(whole > 0)}).reset_index()
    return table.assign(busy_hours=table["busy_hours"].where(table["share"].notna()))


def _working_hours_of(hours: Hours, account: str | None, window: Window) -> pd.DataFrame:
    assert window.start is not None
    assert window.end is not None
    rules = hours
    if isinstance(hours, pd.DataFrame) and "account" in hours and account is not None:
        rules = hours[hours["account"] == account]
    spans = working_time(rules, micro(window.start), micro(window.end), tz=window.tz)
    times = {"start": timestamps(spans.start, window.tz), "end": timestamps(spans.end, window.tz)}
    return pd.DataFrame({"account": account or "", **times})


def _on_all_dates(table: pd.DataFrame, frame: pd.DataFrame, window: Window | None, worked: bool) -> DailyValues:
    if "date" not in table:
        raise ValueError("plot_days needs a share for each date: pass occupancy(frame, freq='1D', by='date').")
    if table["date"].duplicated().any():
        raise ValueError("the frame has several shares for a day: select one group, or leave the groups out of by=.")
    walls = pd.DatetimeIndex(table["date"]).tz_localize(None).normalize()
    origin = frame.attrs.get("cronofy", {})
    tz = window.tz if window is not None else str(table["date"].dt.tz)
    bounds: tuple[pd.Timestamp, pd.Timestamp] | None = None
    if window is not None and window.start is not None and window.end is not None:
        bounds = window.start, window.end
    elif {"start", "end"} <= set(origin):
        bounds = pd.Timestamp(origin["start"]).tz_convert(tz), pd.Timestamp(origin["end"]).tz_convert(tz)
    dates = _dates(walls, bounds)
    people = max(account_count(frame), 1)
    values = table.set_index(walls)[["share", "busy_hours"]].astype(np.float64).reindex(dates)
    unread = bool((~dates.isin(walls)).any())
    missing = "no working hours, or not read" if worked and unread else "no working hours" if worked else "not read"
    share, busy = values["share"].to_numpy(), values["busy_hours"].to_numpy() / people
    return DailyValues(dates, share, busy, tz, bounds, people, unread, missing)


def _dates(walls: pd.DatetimeIndex, bounds: tuple[pd.Timestamp, pd.Timestamp] | None) -> pd.DatetimeIndex:
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
