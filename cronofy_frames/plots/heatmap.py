"""How busy each hour of the week is: weekdays down, hours across."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from cronofy_frames.frames.bounds import Bound
from cronofy_frames.intervals.counting import busy_rows
from cronofy_frames.intervals.shares import occupancy
from cronofy_frames.plots.canvas import (
    LETTER,
    UNSEEN,
    UNSEEN_HATCH,
    UNSEEN_LINES,
    Target,
    axes_of,
    entitle,
    explain,
    inches,
    plain,
    unseen,
)
from cronofy_frames.plots.names import Names, first_day, mean_of, named, people

HEIGHT = 3.6


def plot_heatmap(
    frame: pd.DataFrame,
    *,
    ax: Target | None = None,
    start: Bound | None = None,
    end: Bound | None = None,
    tz: str | None = None,
    tentative: bool = True,
    cmap: str = "YlGnBu",
    vmin: float = 0.0,
    vmax: float | None = None,
    cbar: bool = True,
    week_start: str = "monday",
    locale: str | None = None,
    title: str | None = None,
) -> Axes:
    """Plot how busy each hour of the week is: weekday by hour, the share of time busy.

    Overlaps count once. Events count when they are not transparent, neither deleted nor cancelled, and not declined;
    free/busy rows when busy or tentative. All-day rows count as whole days. With an `account` column it is the
    mean of the accounts.

    Parameters
    ----------
    frame
        Events or free/busy, as `read_events` and `read_free_busy` return them; or what `occupancy` made of them, by
        weekday and hour or time.
    ax
        Where to draw: axes, or a figure that is still empty; by default a new figure.
    start, end
        The time observed; by default that of the read (`attrs`), else from the first row to the last. A frame that
        was filtered is still a share of the time that was read.
    tz
        The zone of weekdays and hours; by default the frame's own.
    tentative
        Whether tentative rows count.
    cmap, vmin, vmax
        Matplotlib's colours, and the shares from 0 to 1 at their ends; by default from 0 to the largest.
    cbar
        Whether to draw a colour bar.
    week_start
        The weekday at the top: monday, sunday, saturday.
    locale
        The language of day and month names, as in "fr" or "pt_BR"; English by default.
    title
        In place of span and zone.

    Returns
    -------
    Axes
        Hours that were not observed are grey and hatched, hours that were free have the lowest colour.

    Raises
    ------
    ValueError
        For a frame without times, for one without rows when neither `start` and `end` nor `attrs` say what was
        observed, for an end that is not after its start, and for an unknown zone, weekday or locale.

    Examples
    --------
    >>> ax = cf.plot_heatmap(cf.read_free_busy(client, "2026-03-02", "2026-03-30"))
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('hour of day', '')
    """
    names, first = named(locale), first_day(week_start)
    shares = _shares(frame, start, end, tz, tentative)
    table = _table(shares).loc[[(first + day) % 7 for day in range(7)]].to_numpy(np.float64)
    axes = axes_of(ax, HEIGHT)
    found = float(np.nanmax(table, initial=0.0))
    top = vmax if vmax is not None else max(found, vmin + 0.01)
    mesh = axes.pcolormesh(
        np.linspace(0, 24, table.shape[1] + 1), np.arange(8), 100 * table, cmap=cmap, vmin=100 * vmin, vmax=100 * top,
        edgecolors="white", linewidth=0.5,
    )  # fmt: skip
    axes.set_facecolor(UNSEEN)
    backdrop = Rectangle((0, 0), 24, 7, facecolor=UNSEEN, edgecolor=UNSEEN_LINES, hatch=UNSEEN_HATCH, linewidth=0)
    axes.add_patch(backdrop).set_zorder(-1)
    every = _every(inches(axes)[0])
    axes.set_xticks(np.arange(0, 25, every), [f"{hour:02}:00" for hour in range(0, 25, every)])
    axes.set_yticks(np.arange(7) + 0.5, [names.days[(first + day) % 7] for day in range(7)])
    axes.set_ylim(7, 0)
    plain(axes)
    axes.set_xlabel("hour of day")
    entitle(axes, title if title is not None else _title(frame, shares, names))
    if np.isnan(table).any():
        explain(axes, [unseen("not observed")], 2.4)
    if cbar:
        bar = axes.figure.colorbar(mesh, ax=axes, pad=0.02, extend="max" if found > top else "neither")
        bar.set_label("share of time busy (%)")
        bar.outline.set_visible(False)
    return axes


def _shares(
    frame: pd.DataFrame, start: Bound | None, end: Bound | None, tz: str | None, tentative: bool
) -> pd.DataFrame:
    if "share" not in frame or "start" in frame:
        busy_rows(frame.iloc[:0], tz=tz)  # says what is wrong with a frame that is none
        return occupancy(frame, start=start, end=end, tz=tz, tentative=tentative)
    if any(one is not None for one in (start, end, tz)):
        raise ValueError("start, end and tz were settled when occupancy made this frame: give them to occupancy.")
    return frame


def _table(shares: pd.DataFrame) -> pd.DataFrame:
    """Return shares as a table: all weekdays down, the times of day across."""
    clock = next((name for name in ("time", "hour") if name in shares), None)
    if clock is None or "weekday" not in shares:
        raise ValueError("a heatmap is of weekdays and hours: occupancy(frame, by=('weekday', 'hour')) makes these.")
    if shares.duplicated(["weekday", clock]).any():
        others = [
            name for name in shares if name not in ("weekday", "hour", "time", "share", "busy_hours", "observed_hours")
        ]
        raise ValueError(
            f"the frame has several shares for an hour of the week ({', '.join(map(str, others)) or 'rows twice'}): "
            "choose one group, or leave it out of by=."
        )
    return shares.pivot(index="weekday", columns=clock, values="share").reindex(range(7))


def _every(width: float) -> int:
    least = 24 * 6 * LETTER / max(width, 0.1)
    return next((hours for hours in (1, 2, 3, 4, 6, 12) if hours >= max(3, math.ceil(least))), 24)


def _title(frame: pd.DataFrame, shares: pd.DataFrame, names: Names) -> str:
    read = shares.attrs.get("cronofy", {})
    if not {"start", "end", "tz"} <= set(read):
        return "Share of time busy"
    since, until = (pd.Timestamp(read[name]).tz_convert(read["tz"]) for name in ("start", "end"))
    return f"Share of time busy, {names.span(since, until)}, {read['tz']}{mean_of(people(frame))}"
