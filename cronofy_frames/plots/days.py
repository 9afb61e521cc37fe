"""A calendar, one cell a day: how busy each day is, over weeks, months or a year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.colors import Normalize
from matplotlib.patches import Rectangle

from cronofy_frames.frames.bounds import Bound
from cronofy_frames.intervals.workdays import Hours
from cronofy_frames.plots.canvas import (
    INK,
    LETTER,
    UNSEEN,
    UNSEEN_HATCH,
    UNSEEN_LINES,
    WIDTH,
    Target,
    axes_of,
    entitle,
    explain,
    inches,
    plain,
    unseen,
)
from cronofy_frames.plots.daily import Days, daily
from cronofy_frames.plots.names import Names, first_day, mean_of, named

FEW_WEEKS = 8
UNITS = {"share": "busy (% of {})", "hours": "busy (hours)"}
GAP = 0.06  # of a cell's width

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Grid:
    """Where each day's cell lies: weeks in one direction, weekdays in the other."""

    week: Numbers
    day: Numbers
    across: bool
    first: int

    @classmethod
    def of(cls, dates: pd.DatetimeIndex, first: int, weeks: str) -> Grid:
        """Lay days out, few weeks down the page and many across, if not told otherwise."""
        day = (dates.day_of_week.to_numpy(np.int64) - first) % 7
        week = (np.arange(len(dates)) + day[:1].sum()) // 7
        across = weeks == "across" or (weeks == "auto" and bool(week.max(initial=0) >= FEW_WEEKS))
        return cls(week, day, across, first)

    @property
    def x(self) -> Numbers:
        """Which column each day is in."""
        return self.week if self.across else self.day

    @property
    def y(self) -> Numbers:
        """Which row each day is in."""
        return self.day if self.across else self.week

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return int(self.week.max()) + 1 if self.across else 7

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return 7 if self.across else int(self.week.max()) + 1


def plot_days(
    frame: pd.DataFrame,
    *,
    ax: Target | None = None,
    start: Bound | None = None,
    end: Bound | None = None,
    tz: str | None = None,
    unit: Literal["share", "hours"] = "share",
    working_hours: Hours | None = None,
    weeks: Literal["auto", "across", "down"] = "auto",
    tentative: bool = True,
    all_day: Literal["busy", "ignore"] = "busy",
    cmap: str = "YlGnBu",
    vmin: float = 0.0,
    vmax: float | None = None,
    cbar: bool = True,
    week_start: str = "monday",
    locale: str | None = None,
    title: str | None = None,
) -> Axes:
    """Plot how busy each day is, as a calendar: one cell a day.

    What counts is what takes time, as in `busy`. With an `account` column it is the mean of the accounts.

    Parameters
    ----------
    frame
        Events or free/busy, as `read_events` and `read_free_busy` return them; or what `occupancy` made of them, by
        date.
    ax
        Where to draw: axes, or a figure that is still empty; by default a new figure.
    start, end
        The days that are drawn; by default those of the read (`attrs`), else from the first row to the last.
    tz
        The zone of days; by default the frame's own.
    unit
        share of the day that is busy, or hours.
    working_hours
        As in `gaps`: what is busy of them, in place of the whole day; days without any are left grey.
    weeks
        across, weekdays down, as for a year; down, weekdays across, as on a calendar's page; auto is down up to eight
        weeks.
    tentative, all_day
        What takes time, as in `busy`.
    cmap, vmin, vmax
        Matplotlib's colours, and the values at their ends: shares from 0 to 1, or hours; by default from 0 to the
        largest.
    cbar
        Whether to draw a colour bar.
    week_start
        The first day of a week: monday, sunday, saturday.
    locale
        The language of day and month names, as in "fr" or "pt_BR"; English by default.
    title
        In place of span and zone.

    Returns
    -------
    Axes
        Days that are not known are grey and hatched, days that were free have the lowest colour.

    Raises
    ------
    ValueError
        For a frame without times, for one without rows when neither `start` and `end` nor `attrs` say what was
        observed; for bounds, hours, a zone, a weekday or a locale that make no sense.

    Examples
    --------
    >>> events = cf.read_events(client, "2026-03-01", "2026-06-01", tz="Europe/London")
    >>> ax = cf.plot_days(events, working_hours=("09:00", "17:00"))
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
    """
    if unit not in UNITS or weeks not in ("auto", "across", "down"):
        raise ValueError(f"unit is 'share' or 'hours', weeks 'auto', 'across' or 'down'; not {unit!r}, {weeks!r}.")
    names, first = named(locale), first_day(week_start)
    days = daily(frame, start, end, tz=tz, hours=working_hours, tentative=tentative, all_day=all_day)
    values = 100 * days.share if unit == "share" else days.hours
    grid, scale = Grid.of(days.dates, first, weeks), 100 if unit == "share" else 1
    axes = axes_of(ax, _height(grid))
    top = scale * vmax if vmax is not None else max(float(np.nanmax(values, initial=0.0)), scale * vmin + 0.01)
    colours = ScalarMappable(Normalize(scale * vmin, top), cmap)
    _cells(axes, grid, values, colours)
    _lines(axes, grid, days.dates)
    _weekdays(axes, grid, names)
    _months(axes, grid, days.dates, names)
    if not grid.across:
        _numbers(axes, grid, days.dates, values, colours)
    plain(axes)
    entitle(axes, title if title is not None else _title(days, unit, names, working_hours is not None))
    if np.isnan(values).any():
        explain(axes, [unseen(days.lacking)], 0.2)
    if cbar:
        colours.set_array(values)
        bar = axes.figure.colorbar(colours, ax=axes, pad=0.02, aspect=12 if grid.across else 20)
        bar.set_label(UNITS[unit].format("working hours" if working_hours is not None else "the day"), fontsize="small")
        bar.outline.set_visible(False)
    return axes


def _height(grid: Grid) -> float:
    if grid.across:
        return 1.1 + 7 * min(0.32, max(WIDTH * 0.8 / grid.columns, 0.15))
    return max(1.0 + 0.5 * grid.rows, 2.3)


def _cells(ax: Axes, grid: Grid, values: npt.NDArray[np.float64], colours: ScalarMappable) -> None:
    boxes = [Rectangle((x + GAP / 2, y + GAP / 2), 1 - GAP, 1 - GAP) for x, y in zip(grid.x, grid.y, strict=True)]
    missing = np.isnan(values)
    known = PatchCollection([box for box, lost in zip(boxes, missing, strict=True) if not lost], linewidth=0, zorder=1)
    known.set_facecolor([(red, green, blue) for red, green, blue, _ in colours.to_rgba(values[~missing])])
    ax.add_collection(known)
    lacking = [box for box, lost in zip(boxes, missing, strict=True) if lost]
    style: dict[str, Any] = {"facecolor": UNSEEN, "edgecolor": UNSEEN_LINES, "hatch": UNSEEN_HATCH}
    ax.add_collection(PatchCollection(lacking, linewidth=0, zorder=1, **style))
    ax.set_xlim(-0.05, grid.columns + 0.05)
    ax.set_ylim(grid.rows + 0.05, -0.05)


def _lines(ax: Axes, grid: Grid, dates: pd.DatetimeIndex) -> None:
    """Draw lines between months, along the sides of cells."""
    month = {(int(x), int(y)): (day.year, day.month) for x, y, day in zip(grid.x, grid.y, dates, strict=True)}
    lines = []
    for (x, y), own in month.items():
        if month.get((x + 1, y), own) != own:
            lines.append([(x + 1, y), (x + 1, y + 1)])
        if month.get((x, y + 1), own) != own:
            lines.append([(x, y + 1), (x + 1, y + 1)])
    ax.add_collection(LineCollection(lines, colors=INK, linewidths=1.2, zorder=2, capstyle="projecting"))


def _weekdays(ax: Axes, grid: Grid, names: Names) -> None:
    labels = [names.days[(grid.first + day) % 7] for day in range(7)]
    if not grid.across:
        ax.xaxis.tick_top()
        ax.set_xticks(np.arange(7) + 0.5, labels)
        return
    room = 72 * inches(ax)[1] / 7
    ax.set_yticks(np.arange(7) + 0.5, labels, fontsize=max(min(9.0, 0.85 * room), 3.0))


def _months(ax: Axes, grid: Grid, dates: pd.DatetimeIndex, names: Names) -> None:
    """Write each month's name in the middle of its weeks, where there is room, and the year where it begins."""
    span: dict[tuple[int, int], list[int]] = {}
    for week, day in zip(grid.week.tolist(), dates, strict=True):
        span.setdefault((day.year, day.month), []).append(week)
    size = inches(ax)[0] / grid.columns if grid.across else inches(ax)[1] / grid.rows
    places, labels, years, until = [], [], set[int](), -1.0
    for (year, month), weeks in span.items():
        middle = (min(weeks) + max(weeks) + 1) / 2
        name = names.months[month - 1]
        full = f"{name}\n{year}" if year not in years else name
        need = (max(map(len, full.split("\n"))) + 0.5) * LETTER / size if grid.across else 0.32 / size
        if middle - need / 2 < until or len(weeks) < (3 if grid.across else 1):
            continue
        places.append(middle)
        labels.append(full)
        years.add(year)
        until = middle + need / 2
    if grid.across:
        ax.xaxis.tick_top()
        # all in two lines, so that months without a year stand beside those with one
        ax.set_xticks(places, [one if "\n" in one else f"{one}\n" for one in labels], fontsize="small")
    else:
        ax.set_yticks(places, labels, fontsize="small")


def _numbers(
    ax: Axes, grid: Grid, dates: pd.DatetimeIndex, values: npt.NDArray[np.float64], colours: ScalarMappable
) -> None:
    """Write each day's number into its cell."""
    size = max(min(8.0, 0.4 * 72 * inches(ax)[1] / grid.rows), 3.0)
    shades = colours.to_rgba(values)
    for x, y, day, value, shade in zip(grid.x, grid.y, dates, values, shades, strict=True):
        red, green, blue = shade[:3]
        dark = not np.isnan(value) and 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
        ax.text(x + 0.08, y + 0.12, str(day.day), va="top", fontsize=size, color="white" if dark else INK, clip_on=True)


def _title(days: Days, unit: str, names: Names, working: bool) -> str:
    what = "working hours" if working else "time"
    says = f"Share of {what} busy" if unit == "share" else f"Busy {'working ' if working else ''}hours a day"
    if days.window is None:
        return says
    return f"{says}, {names.span(*days.window)}, {days.tz}{mean_of(days.people)}"
