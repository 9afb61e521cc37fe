"""The horizontal time axis: lines at midnight, and labels for hours, days or dates."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from cronofy_frames.frames.bounds import Window
from cronofy_frames.frames.clock_changes import midnights
from cronofy_frames.intervals.counting import micros
from cronofy_frames.intervals.observation import micro
from cronofy_frames.plots.canvas import LETTER, size_in_inches, tones_of, width_in_inches
from cronofy_frames.plots.language import Language

HOUR = 3_600_000_000

Hours = npt.NDArray[np.float64]


def set_time_axis(ax: Axes, window: Window, language: Language) -> None:
    """Make the horizontal axis one of hours since the start of the window, with labels for days or hours."""
    assert window.start is not None
    assert window.end is not None
    width = (micro(window.end) - micro(window.start)) / HOUR
    ax.set_xlim(0, width)
    ax.xaxis.tick_top()
    days = _days(window)
    at = _hours(days, window)
    per_day = size_in_inches(ax)[0] * 24 / width
    for edge in at[(at > 0) & (at < width)]:
        ax.axvline(edge, color=tones_of(ax).line, linewidth=0.8, zorder=1)
    if per_day >= 12 * (5 * LETTER + 0.15):
        _label_hours(ax, days, window, language, per_day)
    elif per_day >= 3 * LETTER:
        _label_days(ax, days, at, width, language, per_day)
    else:
        _label_dates(ax, days, at, width, language, per_day)
    ax.tick_params("x", labelsize="small")


def _days(window: Window) -> pd.DatetimeIndex:
    """Return the midnights of a window, from the last one up to its start to the first one from its end on."""
    assert window.start is not None
    assert window.end is not None
    last = window.end.tz_localize(None)
    walls = pd.date_range(window.start.tz_localize(None).normalize(), last.normalize() + pd.Timedelta("1D"), freq="D")
    edges = midnights(walls, window.tz)
    return edges[: -1 if edges[-2] >= window.end else len(edges)]


def _hours(times: pd.DatetimeIndex, window: Window) -> Hours:
    assert window.start is not None
    since: Hours = (micros(times.to_series()) - micro(window.start)) / HOUR
    return since


def _label_hours(ax: Axes, days: pd.DatetimeIndex, window: Window, language: Language, per_day: float) -> None:
    """Write hours, and above the first hour of each day its date."""
    every = next(n for n in (1, 2, 3, 4, 6, 12) if per_day / 24 * n >= 5 * LETTER + 0.15)
    walls = [
        day.tz_localize(None).normalize() + pd.Timedelta(hours=n) for day in days[:-1] for n in range(0, 24, every)
    ]
    index = pd.DatetimeIndex(walls).unique()
    first = np.ones(len(index), np.bool_)
    at = _hours(index.tz_localize(days.tz, ambiguous=first, nonexistent="NaT"), window)
    inside = (at >= 0) & (at <= ax.get_xlim()[1])
    labels, today = [], None
    for wall in index[inside]:
        day_line = f"{language.day(wall)}\n" if wall.date() != today else "\n"
        labels.append(f"{day_line}{wall:%H:%M}")
        today = wall.date()
    ax.set_xticks(at[inside], labels)
    for tick in at[inside]:
        ax.axvline(tick, color=tones_of(ax).line, linewidth=0.4, zorder=0.9)


def _label_days(ax: Axes, days: pd.DatetimeIndex, at: Hours, width: float, language: Language, per_day: float) -> None:
    """Write the name of each day in its middle."""
    edges = np.clip(at, 0, width)
    middles = (edges[:-1] + edges[1:]) / 2
    labels = []
    for n, day in enumerate(days[:-1]):
        month = language.months[day.month - 1] if n == 0 or day.day == 1 else ""
        wide, two = language.day(day), f"{language.days[day.day_of_week]}\n{language.date(day)}"
        if per_day >= width_in_inches(wide, "small") + 2 * LETTER:
            labels.append(wide)
        elif per_day >= width_in_inches(two, "small") + LETTER:
            labels.append(two)
        else:
            labels.append(f"{month}\n{day.day}")
    # a day that is mostly outside the window has no room for its name
    wide_enough = (edges[1:] - edges[:-1]) * per_day / 24 >= 0.6 * min(per_day, 10 * LETTER)
    ax.set_xticks(middles[wide_enough], [label for label, fits in zip(labels, wide_enough, strict=True) if fits])


def _label_dates(ax: Axes, days: pd.DatetimeIndex, at: Hours, width: float, language: Language, per_day: float) -> None:
    """Write the dates of some days where they begin: of Mondays, or of the first day of months."""
    label = max(width_in_inches(language.date(day), "small") for day in days[::28]) + 2 * LETTER
    weeks = [n for n, day in enumerate(days) if day.day_of_week == 0]
    months = [n for n, day in enumerate(days) if day.day == 1]
    chosen = weeks if per_day * 7 >= label else months
    every = max(int(np.ceil(label / (per_day * (7 if chosen is weeks else 30)))), 1)
    inside = [n for n in chosen[::every] if 0 <= at[n] <= width]
    ax.set_xticks(at[inside], [language.date(days[n]) for n in inside])
