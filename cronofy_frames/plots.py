"""From a frame to a picture. Functions take a frame first, return the Axes, and never fetch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cronofy_frames.intervals import week_occupancy
from cronofy_frames.moments import zone_named
from cronofy_frames.windows import Bound, Window

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
NOT_OBSERVED = "#d9d9d9"
SIZE = (9, 3.6)  # inches: a notebook's width


def plot_heatmap(
    frame: pd.DataFrame,
    *,
    ax: Axes | None = None,
    start: Bound | None = None,
    end: Bound | None = None,
    tz: str | None = None,
    tentative: bool = True,
    cmap: str = "YlGnBu",
    vmin: float = 0.0,
    vmax: float | None = None,
    cbar: bool = True,
    title: str | None = None,
) -> Axes:
    """Plot how busy each hour of the week is: weekday by hour, the share of time busy.

    Overlaps count once. Events count when they are opaque, neither deleted nor cancelled, and not declined;
    free/busy rows when busy or tentative. All-day rows count as whole days. With an `account` column it is the
    mean of the accounts.

    Parameters
    ----------
    frame
        Events or free/busy, as `read_events` and `read_free_busy` return them.
    ax
        Where to draw; by default a new figure.
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
    title
        In place of span and zone.

    Returns
    -------
    Axes
        Hours that were not observed are grey, hours that were free have the lowest colour.

    Raises
    ------
    ValueError
        For a frame without times, for one without rows when neither `start` and `end` nor `attrs` say what was
        observed, and for an end that is not after its start.

    Examples
    --------
    >>> ax = cf.plot_heatmap(cf.read_free_busy(client, "2026-03-02", "2026-03-30"))
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('hour of day', '')
    """
    if not {"start", "end"} <= set(frame.columns):
        raise ValueError("the frame has no columns start and end: plot events or free/busy.")
    zone = zone_named(tz) if tz else str(frame["start"].dt.tz)
    since, until = observed(frame, start, end, zone)
    share = week_occupancy(frame, start=since, end=until, tentative=tentative)
    axes = _axes() if ax is None else ax
    top = vmax if vmax is not None else max(float(np.nanmax(share.to_numpy(), initial=0.0)), 0.01)
    mesh = axes.pcolormesh(
        np.arange(25), np.arange(8), 100 * share.to_numpy(), cmap=cmap, vmin=100 * vmin, vmax=100 * top,
        edgecolors="white", linewidth=0.5,
    )  # fmt: skip
    axes.set_facecolor(NOT_OBSERVED)
    axes.set_xticks(np.arange(0, 25, 3), [f"{hour:02}:00" for hour in range(0, 25, 3)])
    axes.set_yticks(np.arange(7) + 0.5, WEEKDAYS)
    axes.tick_params(length=0)
    axes.invert_yaxis()
    axes.set_xlabel("hour of day")
    axes.set_title(title if title is not None else _title(frame, since, until, zone), loc="left", fontsize="medium")
    for spine in axes.spines.values():
        spine.set_visible(False)
    if cbar:
        bar = axes.figure.colorbar(mesh, ax=axes, pad=0.02)
        bar.set_label("share of time busy (%)")
        bar.outline.set_visible(False)
    return axes


def observed(frame: pd.DataFrame, start: Bound | None, end: Bound | None, tz: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the time that a frame speaks of: as given, else as read, else from its first row to its last."""
    read = frame.attrs.get("cronofy", {})
    seen = read.get("observed", (None, None))
    first, last = frame["start"].min(), frame["end"].max()
    if seen[0] is not None and len(frame) and not (first < pd.Timestamp(seen[1]) and last > pd.Timestamp(seen[0])):
        seen = (None, None)  # a clock that is not ours: rows count more than what should have been seen
    since = _first(start, read.get("start"), seen[0], first)
    until = _first(end, read.get("end"), seen[1], last)
    if since is None or until is None:
        raise ValueError("the frame has no rows and does not say what was observed: give start= and end=.")
    window = Window.of(since, until, tz)
    assert window.start is not None
    assert window.end is not None
    return window.start, window.end


def _first(*values: Any) -> Any:
    return next((one for one in values if one is not None and one is not pd.NaT), None)


def canvas() -> Figure:
    """Return a new figure that needs no screen, to be saved to a file."""
    from matplotlib.figure import Figure

    return Figure(figsize=SIZE, layout="constrained")


def _axes() -> Axes:
    # pyplot is what shows a new figure in a notebook; with an ax given it is not needed
    from matplotlib import pyplot as plt

    _, axes = plt.subplots(figsize=SIZE, layout="constrained")
    return axes


def _title(frame: pd.DataFrame, since: pd.Timestamp, until: pd.Timestamp, tz: str) -> str:
    last = until - pd.Timedelta(microseconds=1)
    accounts = frame["account"].nunique() if "account" in frame else 1
    who = f", mean of {accounts} accounts" if accounts > 1 else ""
    return f"Share of time busy, {_day(since)} to {_day(last)}, {tz}{who}"


def _day(moment: pd.Timestamp) -> str:
    return f"{WEEKDAYS[moment.day_of_week]} {moment.day} {moment.strftime('%b %Y')}"
