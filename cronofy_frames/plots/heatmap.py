"""Heat map of the week: how busy each hour is, with weekdays as rows and hours as columns."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from cronofy_frames.frames.bounds import Bound
from cronofy_frames.intervals.observation import Accounts
from cronofy_frames.intervals.shares import occupancy
from cronofy_frames.plots.canvas import (
    LETTER,
    Target,
    add_legend,
    axes_of,
    remove_frame,
    set_title,
    size_in_inches,
    tones_of,
    unread_patch,
)
from cronofy_frames.plots.colour_scale import LEAST_SHARE, ScaleEnd, add_colour_bar, colour_map, scale_end
from cronofy_frames.plots.fonts import Font, use_font, with_own_fonts
from cronofy_frames.plots.language import Language, gettext_noop, language_of
from cronofy_frames.plots.names import account_count, first_day, mean_suffix
from cronofy_frames.text import join_names

HEIGHT = 3.6


@with_own_fonts
def plot_heatmap(
    frame: pd.DataFrame,
    *,
    ax: Target | None = None,
    start: Bound | None = None,
    end: Bound | None = None,
    tz: str | None = None,
    tentative: bool = True,
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
    """Plot how busy each hour of the week is: weekday by hour, the share of time busy.

    Overlaps count once. Events count unless they are transparent, deleted, cancelled or declined; free/busy rows when
    busy or tentative. All-day rows count as whole days. With an `account` column the share is the mean of the
    accounts.

    Parameters
    ----------
    frame
        Events or free/busy, as `read_events` and `read_free_busy` return them; or the result of `occupancy` by weekday
        and hour or time.
    ax
        Where to draw: axes, or an empty figure; by default a new figure.
    start, end
        The observed window; by default that of the read (`attrs`), else from the first row to the last, with a
        warning. After filtering, shares are still of the window that was read.
    tz
        The zone of weekdays and hours; by default the frame's own.
    tentative
        Whether tentative rows count.
    accounts
        The labels of all accounts, also of those without rows; by default those of the read (`attrs`), else those with
        rows, with a warning.
    cmap, vmin, vmax
        Matplotlib colour map, by default YlGnBu, reversed on a dark background, and the shares from 0 to 1 at its
        ends; by default from 0 to the highest, but at least to 0.5, so that an almost empty week does not look full.
        vmax="max" ends at the highest in any case.
    cbar
        Whether to draw a colour bar.
    week_start
        The weekday at the top: monday, sunday, saturday.
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
        Hours that were not observed are grey and hatched, free hours have the lowest colour.

    Raises
    ------
    ValueError
        For a frame without times; for one without rows when neither `start` and `end` nor `attrs` give a window; for
        an end that is not after its start; for an unknown zone, weekday or locale.

    Examples
    --------
    >>> ax = cf.plot_heatmap(cf.read_free_busy(client, "2026-03-02", "2026-03-30"))
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('hour of day', '')
    """
    use_font(font)
    language, first = language_of(locale), first_day(week_start)
    shares = _shares(frame, start, end, tz, tentative, accounts)
    table = _table(shares).loc[[(first + day) % 7 for day in range(7)]].to_numpy(np.float64)
    axes = axes_of(ax, HEIGHT)
    tones = tones_of(axes)
    highest = float(np.nanmax(table, initial=0.0))
    top = scale_end(highest, vmin, vmax, LEAST_SHARE)
    mesh = axes.pcolormesh(
        np.linspace(0, 24, table.shape[1] + 1), np.arange(8), 100 * table, cmap=colour_map(cmap, tones),
        vmin=100 * vmin, vmax=100 * top, edgecolors=tones.background, linewidth=0.5,
    )  # fmt: skip
    backdrop = Rectangle((0, 0), 24, 7, **tones.unread_style)
    axes.add_patch(backdrop).set_zorder(-1)
    step = _hours_between_ticks(size_in_inches(axes)[0])
    axes.set_xticks(np.arange(0, 25, step), [f"{hour:02}:00" for hour in range(0, 25, step)])
    axes.set_yticks(np.arange(7) + 0.5, [language.days[(first + day) % 7] for day in range(7)])
    axes.set_ylim(7, 0)
    remove_frame(axes)
    axes.set_xlabel(language.gettext("hour of day"))
    set_title(axes, title if title is not None else _title(frame, shares, language))
    if np.isnan(table).any():
        add_legend(axes, [unread_patch(tones, language.gettext("not observed"))], 2.4)
    if cbar:
        add_colour_bar(axes, mesh, 100 * highest, language, label=gettext_noop("share of time busy (%)"))
    return axes


def _shares(
    frame: pd.DataFrame,
    start: Bound | None,
    end: Bound | None,
    tz: str | None,
    tentative: bool,
    accounts: Accounts,
) -> pd.DataFrame:
    if "share" not in frame or "start" in frame:
        return occupancy(frame, start=start, end=end, tz=tz, tentative=tentative, accounts=accounts)
    if any(argument is not None for argument in (start, end, tz, accounts)):
        raise ValueError(
            "start, end, tz and accounts cannot be applied to a result of occupancy: pass them to occupancy."
        )
    return frame


def _table(shares: pd.DataFrame) -> pd.DataFrame:
    """Return shares as a table: weekdays as rows, times of day as columns."""
    column = next((name for name in ("time", "hour") if name in shares), None)
    if column is None or "weekday" not in shares:
        raise ValueError("a heat map needs shares by weekday and hour: pass occupancy(frame, by=('weekday', 'hour')).")
    if shares.duplicated(["weekday", column]).any():
        others = [
            name for name in shares if name not in ("weekday", "hour", "time", "share", "busy_hours", "observed_hours")
        ]
        listed = join_names(map(str, others)) or "repeated rows"
        raise ValueError(
            f"the frame has several shares for an hour of the week ({listed}): "
            "select one group, or leave the groups out of by=."
        )
    return shares.pivot(index="weekday", columns=column, values="share").reindex(range(7))


def _hours_between_ticks(width: float) -> int:
    least = 24 * 6 * LETTER / max(width, 0.1)
    return next((hours for hours in (1, 2, 3, 4, 6, 12) if hours >= max(3, math.ceil(least))), 24)


def _title(frame: pd.DataFrame, shares: pd.DataFrame, language: Language) -> str:
    read = shares.attrs.get("cronofy", {})
    quantity = language.gettext("Share of time busy")
    if not {"start", "end", "tz"} <= set(read):
        return quantity
    since, until = (pd.Timestamp(read[name]).tz_convert(read["tz"]) for name in ("start", "end"))
    count = account_count(shares if "account" not in frame else frame)
    return f"{quantity}, {language.span(since, until)}, {read['tz']}{mean_suffix(count, language)}"
