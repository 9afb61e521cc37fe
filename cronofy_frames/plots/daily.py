"""What is busy of each day, or of each day's working hours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.frames.bounds import Bound, Window
from cronofy_frames.intervals.counting import BusyRows, busy_rows, micro, timestamps
from cronofy_frames.intervals.sets import gaps
from cronofy_frames.intervals.shares import occupancy
from cronofy_frames.intervals.workdays import Hours, working_time
from cronofy_frames.plots.names import people
from cronofy_frames.plots.scale import seen_by

Values = npt.NDArray[np.float64]

MOST_DAYS = 54 * 7


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """One value for each day.

    Attributes
    ----------
    dates
        All days from the first to the last, naive.
    share, hours
        What is busy of each; NaN where it is not known, or where there is nothing to be busy in.
    tz, window
        The zone of days, and from when to when; None where it is not known.
    people
        Of how many accounts it is the mean.
    unread
        Whether a day is among them that was not read.
    lacking
        What a day is called whose value is NaN.
    """

    dates: pd.DatetimeIndex
    share: Values
    hours: Values
    tz: str
    window: tuple[pd.Timestamp, pd.Timestamp] | None
    people: int
    unread: bool
    lacking: str


def daily(
    frame: pd.DataFrame,
    start: Bound | None,
    end: Bound | None,
    *,
    tz: str | None,
    hours: Hours | None,
    tentative: bool,
    all_day: Literal["busy", "ignore"],
) -> Days:
    """Return what is busy of each day; the arguments are those of `plot_days`."""
    if "share" in frame and "start" not in frame:
        if any(one is not None for one in (start, end, tz, hours)):
            raise ValueError(
                "start, end, tz and working_hours do not go with a frame that occupancy made: give it events."
            )
        return _laid(frame, frame, None, False)
    counted = busy_rows(frame, "account" if "account" in frame else None, tz=tz, tentative=tentative, all_day=all_day)
    window = counted.window(start, end)
    seen = seen_by(frame)
    inside = _within(window, seen)
    bounds = {"start": inside.start, "end": inside.end, "tz": window.tz}
    if hours is None:
        found = occupancy(frame, by="date", tentative=tentative, all_day=all_day, **bounds)  # type: ignore[arg-type]
    else:
        found = _of_working_hours(frame, counted, inside, hours, tentative=tentative, all_day=all_day)
    return _laid(found, frame, window, hours is not None)


def _within(window: Window, seen: tuple[int, int] | None) -> Window:
    """Return what of a window was read; all of it if nothing was, for then the rows are all that is known."""
    assert window.start is not None
    assert window.end is not None
    if seen is None:
        return window
    first, last = (pd.Timestamp(one) for one in timestamps(np.array(seen), window.tz))
    if first >= window.end or last <= window.start:
        return window
    return Window(window.tz, max(first, window.start), min(last, window.end))


def _of_working_hours(
    frame: pd.DataFrame,
    counted: BusyRows,
    window: Window,
    hours: Hours,
    *,
    tentative: bool,
    all_day: Literal["busy", "ignore"],
) -> pd.DataFrame:
    """Return what `occupancy` would of a day that has only working hours."""
    group = "account" if "account" in counted.keys else None
    free = gaps(
        frame, window.start, window.end, by=group, working_hours=hours, tz=window.tz, tentative=tentative,
        all_day=all_day,
    )  # fmt: skip
    worked = pd.concat([_worked(hours, key, window) for key in (counted.keys["account"] if group else [None])])
    whole, left = (
        occupancy(one, by=["account", "date"], start=window.start, end=window.end, tz=window.tz)
        .groupby("date")["busy_hours"].sum()
        for one in (worked, free.assign(account=free.get("account", "")))
    )  # fmt: skip
    left = left.reindex(whole.index, fill_value=0.0)
    table = pd.DataFrame({"busy_hours": whole - left, "share": (whole - left) / whole.where(whole > 0)}).reset_index()
    return table.assign(busy_hours=table["busy_hours"].where(table["share"].notna()))


def _worked(hours: Hours, account: str | None, window: Window) -> pd.DataFrame:
    assert window.start is not None
    assert window.end is not None
    own = hours
    if isinstance(hours, pd.DataFrame) and "account" in hours and account is not None:
        own = hours[hours["account"] == account]
    spans = working_time(own, micro(window.start), micro(window.end), tz=window.tz)
    times = {"start": timestamps(spans.start, window.tz), "end": timestamps(spans.end, window.tz)}
    return pd.DataFrame({"account": account or "", **times})


def _laid(found: pd.DataFrame, frame: pd.DataFrame, window: Window | None, worked: bool) -> Days:
    if "date" not in found:
        raise ValueError("a picture of days is of dates: occupancy(frame, freq='1D', by='date') makes these.")
    if found["date"].duplicated().any():
        raise ValueError("the frame has several shares for a day: choose one group, or leave it out of by=.")
    walls = pd.DatetimeIndex(found["date"]).tz_localize(None).normalize()
    origin = frame.attrs.get("cronofy", {})
    tz = window.tz if window is not None else str(found["date"].dt.tz)
    bounds: tuple[pd.Timestamp, pd.Timestamp] | None = None
    if window is not None and window.start is not None and window.end is not None:
        bounds = window.start, window.end
    elif {"start", "end"} <= set(origin):
        bounds = pd.Timestamp(origin["start"]).tz_convert(tz), pd.Timestamp(origin["end"]).tz_convert(tz)
    dates = _dates(walls, bounds)
    count_of = max(people(frame), 1)
    table = found.set_index(walls)[["share", "busy_hours"]].astype(np.float64).reindex(dates)
    unread = bool((~dates.isin(walls)).any())
    lacking = "no working hours, or not read" if worked and unread else "no working hours" if worked else "not read"
    share, busy = table["share"].to_numpy(), table["busy_hours"].to_numpy() / count_of
    return Days(dates, share, busy, tz, bounds, count_of, unread, lacking)


def _dates(walls: pd.DatetimeIndex, bounds: tuple[pd.Timestamp, pd.Timestamp] | None) -> pd.DatetimeIndex:
    if bounds is None:
        if not len(walls):
            raise ValueError("the frame has no rows: nothing says which days to draw.")
        first, last = walls.min(), walls.max()
    else:
        first, last = bounds[0], bounds[1] - pd.Timedelta(microseconds=1)
        first, last = first.tz_localize(None).normalize(), last.tz_localize(None).normalize()
    dates = pd.date_range(first, last, freq="D")
    if len(dates) > MOST_DAYS:
        raise ValueError(f"{len(dates):,} days are too many for one picture: give start= and end= within a year.")
    return dates
