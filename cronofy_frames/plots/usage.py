"""Plot the metrics of `time_use`: bars or lines over periods, with groups or metrics as colours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from cronofy_frames.plots.canvas import (
    PALETTE,
    Rgb,
    Target,
    Tones,
    add_legend,
    axes_of,
    set_title,
    size_in_inches,
    tones_of,
)
from cronofy_frames.plots.fonts import Font, use_font, with_own_fonts
from cronofy_frames.plots.language import Language, isolate_direction, language_of
from cronofy_frames.plots.metric_words import metric_label, unit_label
from cronofy_frames.plots.names import Labels
from cronofy_frames.plots.people import PerPerson, check_per
from cronofy_frames.plots.period_axis import label_periods, period_length, write_numbers
from cronofy_frames.plots.use_table import UseTable

HATCHES = ("", "////", "....", "xxxx")
DASHES: tuple[Literal["-", "--", ":", "-."], ...] = ("-", "--", ":", "-.")
MOST_BARS = 64
MOST_ROWS = 200

Kind = Literal["auto", "bars", "lines"]


@dataclass(frozen=True, slots=True)
class PlottedSeries:
    """One metric of one group: its values and its look."""

    label: str
    values: npt.NDArray[np.float64]
    colour: str | Rgb
    pattern: int

    def face(self, tones: Tones) -> dict[str, Any]:
        """Return the style of its bars."""
        edge = tones.background if self.pattern else self.colour
        return {"facecolor": self.colour, "edgecolor": edge, "hatch": HATCHES[self.pattern]}


@with_own_fonts
def plot_time_use(
    use: pd.DataFrame,
    *,
    ax: Target | None = None,
    metrics: str | Iterable[str] = ("busy_hours", "focus_hours"),
    kind: Kind = "auto",
    per: PerPerson = None,
    labels: Labels = None,
    locale: str | None = None,
    font: Font | None = None,
    title: str | None = None,
) -> Axes:
    """Plot metrics of time use: a bar or a point for each period, groups as colours.

    For a single period, groups are rows with horizontal bars. Over periods, up to eight groups have a colour each; of
    more, the seven with the most of the first metric have, and the mean of the others is grey.

    Parameters
    ----------
    use
        A result of `time_use`.
    ax
        Where to draw: axes, or an empty figure; by default a new figure.
    metrics
        One or several with the same unit. With groups, metrics differ by hatching or dashes; without, by colour.
    kind
        "bars", "lines", or "auto": lines where bars would be too thin.
    per
        "person" draws the mean of the accounts, also of a result by account; by default the values are those of the
        result, and the title says that they are the sum of several accounts. The argument of the same name of
        `time_use` is another: it says how attendees_hours counts.
    labels
        Labels for groups; by default the names of calendars.
    locale
        The language of dates, numbers and the picture's own words, as in "fr" or "pt_BR"; English by default. Words
        are translated to German, French, Spanish, Italian, Dutch, Portuguese and Japanese.
    font
        The name of an installed font, or a font file, to write with first; by default the font that matplotlib is set
        to. What it lacks is written with an installed font that has it.
    title
        Replaces the default title, which has the metrics, the dates and the zone.

    Returns
    -------
    Axes
        Zero is a line on the axis; an unknown value (NaN) is a grey cross.

    Raises
    ------
    ValueError
        For a frame that is not a result of `time_use`; for an unknown metric, metrics of different units, and more
        metrics or groups than can be distinguished; for a mean that the result cannot give, such as that of shares of
        all accounts together.

    Examples
    --------
    >>> events = cf.read_events(client, "2026-03-02", "2026-03-30", tz="Europe/London")
    >>> ax = cf.plot_time_use(cf.time_use(events), metrics=["busy_hours", "focus_hours"])
    >>> ax.get_ylabel()
    'hours a week'
    """
    if kind not in ("auto", "bars", "lines"):
        raise ValueError(f"kind is 'auto', 'bars' or 'lines', not {kind!r}.")
    check_per(per)
    use_font(font)
    language = language_of(locale)
    table = UseTable.of(use, metrics, labels, per, language)
    series = _series(table)
    if len(table.periods) == 1 and table.groups:
        axes = _plot_single_period(table, ax, series)
    else:
        bars = kind == "bars" or (kind == "auto" and len(table.periods) * len(series) <= MOST_BARS)
        axes = _plot_periods(table, ax, series, bars)
    set_title(axes, title if title is not None else _title(table))
    return axes


def _series(table: UseTable) -> list[PlottedSeries]:
    """Return the series of each group and metric, in order."""
    most = len(HATCHES) if table.groups and len(table.periods) > 1 else len(PALETTE) * len(HATCHES)
    if len(table.metrics) > most:
        raise ValueError(
            f"{len(table.metrics)} metrics of each group are more than the {most} that can be distinguished: "
            "choose fewer."
        )
    cells = product(enumerate(table.parts()), enumerate(table.metrics))
    return [_series_of(table, n, group, part, m) for (n, (group, part)), (m, _) in cells]


def _series_of(table: UseTable, n: int, group: str, part: pd.DataFrame, m: int) -> PlottedSeries:
    """Return the series of group `n` and metric `m`: groups differ by colour; without any, metrics do."""
    metric = table.metrics[m]
    scale = 100 if table.unit == "share" else 1
    values = part.set_index("period")[metric].reindex(table.periods).to_numpy(np.float64) * scale
    words = metric_label(metric, table.language)
    label = f"{isolate_direction(group)}: {words}" if group and len(table.metrics) > 1 else group or words
    if table.groups:
        return PlottedSeries(label, values, table.colours[n % len(PALETTE)], m % len(HATCHES))
    return PlottedSeries(label, values, PALETTE[m % len(PALETTE)], m // len(PALETTE))


def _plot_periods(table: UseTable, ax: Target | None, series: list[PlottedSeries], bars: bool) -> Axes:
    """Draw several periods from left to right, as bars or lines."""
    axes = axes_of(ax, 3.8 + 0.17 * (len(series) // 4))
    (_draw_bars if bars else _draw_lines)(axes, series)
    _mark_unknown(axes, series, bars)
    axes.set_ylabel(_value_label(table))
    axes.set_ylim(*_value_limits(series))
    label_periods(axes, table.periods, table.language)
    _style_grid(axes, "y")
    write_numbers(axes.yaxis, table.language)
    _add_series_legend(axes, _legend_series(series, table, tones_of(axes)), bars, 3.0, table.language)
    return axes


def _draw_bars(ax: Axes, series: list[PlottedSeries]) -> None:
    width = 0.8 / len(series)
    for n, line in enumerate(series):
        at = np.arange(len(line.values)) - 0.4 + (n + 0.5) * width
        ax.bar(at, np.nan_to_num(line.values), width * 0.92, linewidth=0, zorder=2, **line.face(tones_of(ax)))
        zero = line.values == 0
        if zero.any():
            ax.hlines(
                0.0 * at[zero], at[zero] - 0.46 * width, at[zero] + 0.46 * width, color=line.colour, linewidth=2.5
            )
    ax.set_xlim(-0.5, len(series[0].values) - 0.5)


def _draw_lines(ax: Axes, series: list[PlottedSeries]) -> None:
    for line in series:
        ax.plot(
            np.arange(len(line.values)), line.values, color=line.colour, linestyle=DASHES[line.pattern], linewidth=1.6,
            marker="o", markersize=3.5, zorder=2,
        )  # fmt: skip
    ax.set_xlim(-0.5, len(series[0].values) - 0.5)


def _mark_unknown(ax: Axes, series: list[PlottedSeries], bars: bool) -> None:
    """Draw a cross for each unknown value."""
    for n, line in enumerate(series):
        at = np.flatnonzero(np.isnan(line.values)) + (-0.4 + (n + 0.5) * 0.8 / len(series) if bars else 0.0)
        if len(at):
            ax.plot(at, 0.0 * at, "x", color=tones_of(ax).grey, markersize=5, zorder=3, clip_on=False)


def _value_label(table: UseTable) -> str:
    """Return the label of the axis of values."""
    adds_up = table.unit != "share" and table.metrics[0] not in ("median_lead_time", "longest_free_block")
    length = period_length(table.periods) if adds_up else ""
    return unit_label(table.unit, length, table.language, per_person=table.per is not None)


def _value_limits(series: list[PlottedSeries]) -> tuple[float, float]:
    known = [value for line in series for value in line.values if not np.isnan(value)]
    bottom, top = min([0.0, *known]), max([0.0, *known])
    return bottom * 1.05, top * 1.05 if top > 0 else 1.0


def _style_grid(ax: Axes, along: Literal["x", "y"]) -> None:
    ax.grid(axis=along, color=tones_of(ax).line, linewidth=0.6)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left" if along == "y" else "bottom"):
        ax.spines[side].set_visible(False)
    ax.tick_params(length=0)


def _legend_series(series: list[PlottedSeries], table: UseTable, tones: Tones) -> list[PlottedSeries]:
    """Return the series for the legend: all, or where possible one for each group and one for each metric."""
    groups = [label for label, _ in table.parts()] if table.groups else []
    if len(table.metrics) == 1 or len(groups) < 2:
        return series
    # the grey of the others is another one than that of metrics
    grey = tones.unread_lines if len(table.every) > len(PALETTE) and not tones.is_dark else tones.grey
    # these stand for a colour or pattern; a NaN among them makes the legend explain crosses
    values = np.array([np.nan for line in series if np.isnan(line.values).any()])
    by_group = [PlottedSeries(group, values, table.colours[n], 0) for n, group in enumerate(groups)]
    return by_group + [
        PlottedSeries(metric_label(metric, table.language), values, grey, m % len(HATCHES))
        for m, metric in enumerate(table.metrics)
    ]


def _add_series_legend(ax: Axes, series: list[PlottedSeries], bars: bool, lines: float, language: Language) -> None:
    handles: list[Artist] = []
    for line in series if len(series) > 1 else []:
        if bars:
            handles.append(Patch(**line.face(tones_of(ax)), linewidth=0, label=line.label))
        else:
            style: dict[str, Any] = {"color": line.colour, "linestyle": DASHES[line.pattern], "marker": "o"}
            handles.append(Line2D([], [], markersize=3.5, label=line.label, **style))
    if any(np.isnan(line.values).any() for line in series):
        label = language.gettext("not known or hidden")
        handles.append(Line2D([], [], color=tones_of(ax).grey, marker="x", linestyle="", markersize=5, label=label))
    add_legend(ax, handles, lines)


def _title(table: UseTable) -> str:
    metrics = ", ".join(metric_label(metric, table.language) for metric in table.metrics[:4])
    metrics += " ..." if len(table.metrics) > 4 else ""
    read = table.frame.attrs.get("cronofy", {})
    title = metrics[:1].upper() + metrics[1:]
    if not {"start", "end", "tz"} <= set(read):
        return title + table.suffix
    since, until = (pd.Timestamp(read[name]).tz_convert(read["tz"]) for name in ("start", "end"))
    return f"{title}, {table.language.span(since, until)}, {read['tz']}{table.suffix}"


def _plot_single_period(table: UseTable, ax: Target | None, series: list[PlottedSeries]) -> Axes:
    """Draw a single period: groups as rows, bars to the right, metrics as colours."""
    groups = [label.replace("$", r"\$") for label, _ in table.parts()]
    if len(groups) > MOST_ROWS:
        raise ValueError(
            f"{len(groups)} groups are more than the {MOST_ROWS} rows that can be distinguished: choose some groups, "
            "such as those with the most busy_hours."
        )
    axes = axes_of(ax, 1.5 + len(groups) * max(0.3, 0.16 * len(table.metrics)))
    metrics = [_all_groups(series, m, table) for m in range(len(table.metrics))]
    for m, bars in enumerate(metrics):
        _draw_horizontal_bars(axes, bars, m, 0.8 / len(metrics))
    size = max(min(9.0, 0.65 * 72 * size_in_inches(axes)[1] / len(groups)), 3.0)
    axes.set_yticks(np.arange(len(groups)), groups, fontsize=size)
    axes.set_ylim(len(groups) - 0.5, -0.5)
    axes.set_xlabel(_value_label(table))
    axes.set_xlim(*_value_limits(metrics))
    _style_grid(axes, "x")
    write_numbers(axes.xaxis, table.language)
    _add_series_legend(axes, metrics, True, 2.4, table.language)
    return axes


def _all_groups(series: list[PlottedSeries], m: int, table: UseTable) -> PlottedSeries:
    """Return one series with the value of each group for metric `m`."""
    values = np.array([line.values[0] for line in series[m :: len(table.metrics)]])
    return PlottedSeries(
        metric_label(table.metrics[m], table.language), values, PALETTE[m % len(PALETTE)], m // len(PALETTE)
    )


def _draw_horizontal_bars(ax: Axes, bars: PlottedSeries, m: int, width: float) -> None:
    at = np.arange(len(bars.values)) - 0.4 + (m + 0.5) * width
    ax.barh(at, np.nan_to_num(bars.values), width * 0.92, linewidth=0, zorder=2, **bars.face(tones_of(ax)))
    zero, unknown = bars.values == 0, np.isnan(bars.values)
    if zero.any():
        ax.vlines(0.0 * at[zero], at[zero] - 0.46 * width, at[zero] + 0.46 * width, color=bars.colour, linewidth=2.5)
    if unknown.any():
        ax.plot(0.0 * at[unknown], at[unknown], "x", color=tones_of(ax).grey, markersize=5, zorder=3, clip_on=False)
