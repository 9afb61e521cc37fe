"""Time from left to right: where days begin on the axis, and what is written there."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from cronofy_frames.frames.bounds import Window
from cronofy_frames.frames.timestamps import midnights
from cronofy_frames.intervals.counting import micro, micros
from cronofy_frames.plots.canvas import LETTER, LINE, inches
from cronofy_frames.plots.names import Names

HOUR = 3_600_000_000

Hours = npt.NDArray[np.float64]


def lay_time(ax: Axes, window: Window, names: Names) -> None:
    """Set an axis from left to right in hours since the window's start, days or hours named above."""
    assert window.start is not None
    assert window.end is not None
    width = (micro(window.end) - micro(window.start)) / HOUR
    ax.set_xlim(0, width)
    ax.xaxis.tick_top()
    days = _days(window)
    at = _hours(days, window)
    per_day = inches(ax)[0] * 24 / width
    for edge in at[(at > 0) & (at < width)]:
        ax.axvline(edge, color=LINE, linewidth=0.8, zorder=1)
    if per_day >= 12 * (5 * LETTER + 0.15):
        _clock(ax, days, window, names, per_day)
    elif per_day >= 3 * LETTER:
        _named(ax, days, at, width, names, per_day)
    else:
        _dates(ax, days, at, width, names, per_day)
    ax.tick_params("x", labelsize="small")


def _days(window: Window) -> pd.DatetimeIndex:
    """Return the midnights of a window's days, from that at or before its start to that at or after its end."""
    assert window.start is not None
    assert window.end is not None
    last = window.end.tz_localize(None)
    walls = pd.date_range(window.start.tz_localize(None).normalize(), last.normalize() + pd.Timedelta("1D"), freq="D")
    found = midnights(walls, window.tz)
    return found[: -1 if found[-2] >= window.end else len(found)]


def _hours(moments: pd.DatetimeIndex, window: Window) -> Hours:
    assert window.start is not None
    since: Hours = (micros(moments.to_series()) - micro(window.start)) / HOUR
    return since


def _clock(ax: Axes, days: pd.DatetimeIndex, window: Window, names: Names, per_day: float) -> None:
    """Write hours, and under the first of each day which day it is."""
    every = next(n for n in (1, 2, 3, 4, 6, 12) if per_day / 24 * n >= 5 * LETTER + 0.15)
    walls = [
        day.tz_localize(None).normalize() + pd.Timedelta(hours=n) for day in days[:-1] for n in range(0, 24, every)
    ]
    index = pd.DatetimeIndex(walls).unique()
    first = np.ones(len(index), np.bool_)
    at = _hours(index.tz_localize(days.tz, ambiguous=first, nonexistent="NaT"), window)
    shown = (at >= 0) & (at <= ax.get_xlim()[1])
    labels, today = [], None
    for wall in index[shown]:
        told = f"{names.day(wall)}\n" if wall.date() != today else "\n"
        labels.append(f"{told}{wall:%H:%M}")
        today = wall.date()
    ax.set_xticks(at[shown], labels)
    for tick in at[shown]:
        ax.axvline(tick, color=LINE, linewidth=0.4, zorder=0.9)


def _named(ax: Axes, days: pd.DatetimeIndex, at: Hours, width: float, names: Names, per_day: float) -> None:
    """Write every day's name in its middle."""
    edges = np.clip(at, 0, width)
    middles = (edges[:-1] + edges[1:]) / 2
    labels = []
    for n, day in enumerate(days[:-1]):
        month = names.months[day.month - 1] if n == 0 or day.day == 1 else ""
        wide, two = names.day(day), f"{names.days[day.day_of_week]}\n{day.day} {names.months[day.month - 1]}"
        if per_day >= (len(wide) + 2) * LETTER:
            labels.append(wide)
        elif per_day >= (max(map(len, two.splitlines())) + 1) * LETTER:
            labels.append(two)
        else:
            labels.append(f"{month}\n{day.day}")
    # a day of which the window has only a bit has no room for its name
    wide_enough = (edges[1:] - edges[:-1]) * per_day / 24 >= 0.6 * min(per_day, 10 * LETTER)
    ax.set_xticks(middles[wide_enough], [label for label, fits in zip(labels, wide_enough, strict=True) if fits])


def _dates(ax: Axes, days: pd.DatetimeIndex, at: Hours, width: float, names: Names, per_day: float) -> None:
    """Write some days' dates where they begin: Mondays, or the first of months."""
    label = (6 + 2) * LETTER
    weeks = [n for n, day in enumerate(days) if day.day_of_week == 0]
    months = [n for n, day in enumerate(days) if day.day == 1]
    chosen = weeks if per_day * 7 >= label else months
    every = max(int(np.ceil(label / (per_day * (7 if chosen is weeks else 30)))), 1)
    shown = [n for n in chosen[::every] if 0 <= at[n] <= width]
    ax.set_xticks(at[shown], [f"{days[n].day} {names.months[days[n].month - 1]}" for n in shown])


def seen_by(frame: pd.DataFrame) -> tuple[int, int] | None:
    """Return the time that a read could see, in microseconds UTC.

    None where the frame does not say, or where all of its rows are outside: then these are what is known.
    """
    bounds = frame.attrs.get("cronofy", {}).get("observed")
    if not bounds or None in bounds:
        return None
    first, last = (micro(pd.Timestamp(one)) for one in bounds)
    if len(frame) and not ((micros(frame["start"]) < last) & (micros(frame["end"]) > first)).any():
        return None
    return first, last
