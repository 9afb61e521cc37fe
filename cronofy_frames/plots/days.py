"""Calendar with one cell for each day: how busy the days of weeks, months or a year are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.colors import Normalize
from matplotlib.patches import Rectangle

from cronofy_frames.frames.bounds import Bound
from cronofy_frames.intervals.observation import Accounts
from cronofy_frames.intervals.workdays import Hours
from cronofy_frames.plots.canvas import (
    LETTER,
    WIDTH,
    Target,
    Tones,
    add_legend,
    axes_of,
    brightness,
    remove_frame,
    set_title,
    size_in_inches,
    tones_of,
    unread_patch,
    width_in_inches,
)
from cronofy_frames.plots.colour_scale import LEAST_HOURS, LEAST_SHARE, ScaleEnd, add_colour_bar, colour_map, scale_end
from cronofy_frames.plots.daily import DailyValues, daily_values
from cronofy_frames.plots.fonts import Font, use_font, with_own_fonts
from cronofy_frames.plots.language import Language, gettext_noop, language_of
from cronofy_frames.plots.names import first_day, mean_suffix

FEW_WEEKS = 8
# unit, and whether of working hours -> the label of the scale, and the title
SCALES = {
    ("share", False): gettext_noop("busy (% of the day)"),
    ("share", True): gettext_noop("busy (% of working hours)"),
    ("hours", False): gettext_noop("busy (hours)"),
    ("hours", True): gettext_noop("busy (hours)"),
}
TITLES = {
    ("share", False): gettext_noop("Share of time busy"),
    ("share", True): gettext_noop("Share of working hours busy"),
    ("hours", False): gettext_noop("Busy hours a day"),
    ("hours", True): gettext_noop("Busy working hours a day"),
}
GAP = 0.06  # of a cell's width

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the cell of each day lies: weeks in one direction, weekdays in the other."""

    week: Numbers
    day: Numbers
    across: bool
    first: int

    @classmethod
    def of(cls, dates: pd.DatetimeIndex, first: int, weeks: str) -> Grid:
        """Lay out days; by default few weeks as rows and many weeks as columns."""
        day = (dates.day_of_week.to_numpy(np.int64) - first) % 7
        week = (np.arange(len(dates)) + day[:1].sum()) // 7
        across = weeks == "across" or (weeks == "auto" and bool(week.max(initial=0) >= FEW_WEEKS))
        return cls(week, day, across, first)

    @property
    def x(self) -> Numbers:
        """The column of each day."""
        return self.week if self.across else self.day

    @property
    def y(self) -> Numbers:
        """The row of each day."""
        return self.day if self.across else self.week

    @property
    def columns(self) -> int:
        """The number of columns."""
        return int(self.week.max()) + 1 if self.across else 7

    @property
    def rows(self) -> int:
        """The number of rows."""
        return 7 if self.across else int(self.week.max()) + 1


@with_own_fonts
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
    accounts: Accounts = None,
    cmap: str | None = None,
    vmin: float = 0.0,
    vmax: ScaleEnd = None,
    cbar: bool = True,
    week_start: str = "monday",
    locale: str | None = None,
    font: Font | None = None,
    title: str | None = None,
) -> Axes:
    """Plot how busy each day is, as a calendar with one cell a day.

    What counts is what takes time, as in `busy`. With an `account` column it is the mean of the accounts.

    Parameters
    ----------
    frame
        Events or free/busy, as `read_events` and `read_free_busy` return them; or the result of `occupancy` by date.
    ax
        Where to draw: axes, or an empty figure; by default a new figure.
    start, end
        The days to draw; by default those of the read (`attrs`), else from the first row to the last, with a warning.
    tz
        The zone of days; by default the frame's own.
    unit
        "share" of the day that is busy, or busy "hours".
    working_hours
        As in `gaps`: the busy part of these, instead of the whole day; days without any are grey.
    weeks
        "across" puts weekdays on rows, as for a year; "down" puts weekdays on columns, as on a calendar page; "auto"
        is "down" up to eight weeks.
    tentative, all_day
        What takes time, as in `busy`.
    accounts
        The labels of all accounts, also of those without rows; by default those of the read (`attrs`), else those with
        rows, with a warning.
    cmap, vmin, vmax
        Matplotlib colour map, by default YlGnBu, reversed on a dark background, and the values at its ends: shares
        from 0 to 1, or hours; by default from 0 to the highest, but at least to 0.5 or to 4 hours, so that an almost
        empty day does not look full. vmax="max" ends at the highest in any case.
    cbar
        Whether to draw a colour bar.
    week_start
        The first day of a week: monday, sunday, saturday.
    locale
        The language of dates, numbers and the picture's own words, as in "fr" or "pt_BR"; English by default. Words
        are translated to German, French, Spanish, Italian, Dutch, Portuguese and Japanese.
    font
        The name of an installed font, or a font file, to write with first; by default the font that matplotlib is set
        to. What it lacks is written with an installed font that has it.
    title
        Replaces the default title, which has the dates and the zone.

    Returns
    -------
    Axes
        Unknown days are grey and hatched, free days have the lowest colour.

    Raises
    ------
    ValueError
        For a frame without times; for one without rows when neither `start` and `end` nor `attrs` give a window; for
        bounds, hours, a zone, a weekday or a locale that are not valid.

    Examples
    --------
    >>> events = cf.read_events(client, "2026-03-01", "2026-06-01", tz="Europe/London")
    >>> ax = cf.plot_days(events, working_hours=("09:00", "17:00"))
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
    """
    if unit not in ("share", "hours") or weeks not in ("auto", "across", "down"):
        raise ValueError(f"unit is 'share' or 'hours', weeks 'auto', 'across' or 'down', not {unit!r}, {weeks!r}.")
    use_font(font)
    language, first = language_of(locale), first_day(week_start)
    days = daily_values(
        frame, start, end, tz=tz, hours=working_hours, tentative=tentative, all_day=all_day, accounts=accounts
    )
    grid, share, working = Grid.of(days.dates, first, weeks), unit == "share", working_hours is not None
    raw, scale = (days.share, 100) if share else (days.hours, 1)
    highest = float(np.nanmax(raw, initial=0.0))
    values, top = scale * raw, scale_end(highest, vmin, vmax, LEAST_SHARE if share else LEAST_HOURS)
    axes = axes_of(ax, _height(grid))
    tones = tones_of(axes)
    colours = ScalarMappable(Normalize(scale * vmin, scale * top), colour_map(cmap, tones))
    _draw_cells(axes, grid, values, colours, tones)
    _draw_month_lines(axes, grid, days.dates)
    _label_weekdays(axes, grid, language)
    _label_months(axes, grid, days.dates, language)
    if not grid.across:
        _write_day_numbers(axes, grid, days.dates, values, colours)
    remove_frame(axes)
    set_title(axes, title if title is not None else _title(days, TITLES[unit, working], language))
    if np.isnan(values).any():
        add_legend(axes, [unread_patch(tones, _missing_label(days, working, language))], 0.2)
    if cbar:
        colours.set_array(values)
        add_colour_bar(
            axes, colours, scale * highest, language,
            label=SCALES[unit, working], size="small", aspect=12 if grid.across else 20,
        )  # fmt: skip
    return axes


def _height(grid: Grid) -> float:
    if grid.across:
        return 1.1 + 7 * min(0.32, max(WIDTH * 0.8 / grid.columns, 0.15))
    return max(1.0 + 0.5 * grid.rows, 2.3)


def _draw_cells(ax: Axes, grid: Grid, values: npt.NDArray[np.float64], colours: ScalarMappable, tones: Tones) -> None:
    boxes = [Rectangle((x + GAP / 2, y + GAP / 2), 1 - GAP, 1 - GAP) for x, y in zip(grid.x, grid.y, strict=True)]
    missing = np.isnan(values)
    known = PatchCollection(
        [box for box, is_nan in zip(boxes, missing, strict=True) if not is_nan], linewidth=0, zorder=1
    )
    known.set_facecolor([(red, green, blue) for red, green, blue, _ in colours.to_rgba(values[~missing])])
    ax.add_collection(known)
    unknown = [box for box, is_nan in zip(boxes, missing, strict=True) if is_nan]
    ax.add_collection(PatchCollection(unknown, zorder=1, **tones.unread_style))
    ax.set_xlim(-0.05, grid.columns + 0.05)
    ax.set_ylim(grid.rows + 0.05, -0.05)


def _draw_month_lines(ax: Axes, grid: Grid, dates: pd.DatetimeIndex) -> None:
    """Draw lines between months, along the sides of cells."""
    month = {(int(x), int(y)): (day.year, day.month) for x, y, day in zip(grid.x, grid.y, dates, strict=True)}
    lines = []
    for (x, y), own in month.items():
        if month.get((x + 1, y), own) != own:
            lines.append([(x + 1, y), (x + 1, y + 1)])
        if month.get((x, y + 1), own) != own:
            lines.append([(x, y + 1), (x + 1, y + 1)])
    ax.add_collection(LineCollection(lines, colors=tones_of(ax).ink, linewidths=1.2, zorder=2, capstyle="projecting"))


def _label_weekdays(ax: Axes, grid: Grid, language: Language) -> None:
    labels = [language.days[(grid.first + day) % 7] for day in range(7)]
    if not grid.across:
        ax.xaxis.tick_top()
        ax.set_xticks(np.arange(7) + 0.5, labels)
        return
    room = 72 * size_in_inches(ax)[1] / 7
    ax.set_yticks(np.arange(7) + 0.5, labels, fontsize=max(min(9.0, 0.85 * room), 3.0))


def _label_months(ax: Axes, grid: Grid, dates: pd.DatetimeIndex, language: Language) -> None:
    """Write the name of each month in the middle of its weeks, where it fits, and the year with its first month."""
    span: dict[tuple[int, int], list[int]] = {}
    for week, day in zip(grid.week.tolist(), dates, strict=True):
        span.setdefault((day.year, day.month), []).append(week)
    size = size_in_inches(ax)[0] / grid.columns if grid.across else size_in_inches(ax)[1] / grid.rows
    places, labels, years, until = [], [], set[int](), -1.0
    for (year, month), weeks in span.items():
        middle = (min(weeks) + max(weeks) + 1) / 2
        name = language.months[month - 1]
        full = f"{name}\n{language.year(pd.Timestamp(year, month, 1))}" if year not in years else name
        need = (width_in_inches(full, "small") + LETTER / 2) / size if grid.across else 0.32 / size
        if middle - need / 2 < until or len(weeks) < (3 if grid.across else 1):
            continue
        places.append(middle)
        labels.append(full)
        years.add(year)
        until = middle + need / 2
    if grid.across:
        ax.xaxis.tick_top()
        # all in two lines, so that months with and without a year are at the same height
        ax.set_xticks(places, [label if "\n" in label else f"{label}\n" for label in labels], fontsize="small")
    else:
        ax.set_yticks(places, labels, fontsize="small")


def _write_day_numbers(
    ax: Axes, grid: Grid, dates: pd.DatetimeIndex, values: npt.NDArray[np.float64], colours: ScalarMappable
) -> None:
    """Write the number of each day into its cell."""
    size = max(min(8.0, 0.4 * 72 * size_in_inches(ax)[1] / grid.rows), 3.0)
    shades, ink = colours.to_rgba(values), tones_of(ax).ink
    for x, y, day, value, shade in zip(grid.x, grid.y, dates, values, shades, strict=True):
        red, green, blue = shade[:3]
        colour = ink if np.isnan(value) else "white" if brightness((red, green, blue)) < 0.5 else "#222222"
        ax.text(x + 0.08, y + 0.12, str(day.day), va="top", fontsize=size, color=colour, clip_on=True)


def _missing_label(days: DailyValues, working: bool, language: Language) -> str:
    """Return the legend entry of days without a value."""
    if not working:
        return language.gettext("not read")
    if days.unread:
        return language.gettext("no working hours, or not read")
    return language.gettext("no working hours")


def _title(days: DailyValues, quantity: str, language: Language) -> str:
    if days.window is None:
        return language.gettext(quantity)
    span = language.span(*days.window)
    return f"{language.gettext(quantity)}, {span}, {days.tz}{mean_suffix(days.people, language)}"
