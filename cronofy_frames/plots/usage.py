"""Metrics of time use: bars or lines for each period, groups or metrics as colours."""

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

from cronofy_frames.measures.catalogue import CATALOGUE, NAMES, metric_names
from cronofy_frames.plots.canvas import LETTER, LINE, PALETTE, Target, axes_of, entitle, explain, inches
from cronofy_frames.plots.names import Labels, Names, called, named

UNITS = {one.name: one.unit for one in CATALOGUE}
HATCHES = ("", "////", "....", "xxxx")
DASHES: tuple[Literal["-", "--", ":", "-."], ...] = ("-", "--", ":", "-.")
MOST_BARS = 64
MOST_SERIES = len(PALETTE) * len(HATCHES)

Kind = Literal["auto", "bars", "lines"]


@dataclass(frozen=True, slots=True)
class Series:
    """One metric of one group: its values, and how it looks."""

    label: str
    values: npt.NDArray[np.float64]
    colour: str
    pattern: int


def plot_time_use(
    use: pd.DataFrame,
    *,
    ax: Target | None = None,
    metrics: str | Iterable[str] = ("busy_hours", "focus_hours"),
    kind: Kind = "auto",
    labels: Labels = None,
    locale: str | None = None,
    title: str | None = None,
) -> Axes:
    """Plot metrics of time use: a bar or a point for each period, groups as colours.

    Of a single period the groups are named at the side, with bars to the right.

    Parameters
    ----------
    use
        What `time_use` returned.
    ax
        Where to draw: axes, or a figure that is still empty; by default a new figure.
    metrics
        One or several of the same unit. With groups, metrics differ by hatching or dashes; without, by colour.
    kind
        bars, lines, or auto: lines where bars would be too thin.
    labels
        What groups are called, as in `dict(zip(calendars["calendar_id"], calendars["calendar_name"]))`.
    locale
        The language of day and month names, as in "fr" or "pt_BR"; English by default.
    title
        In place of metrics, span and zone.

    Returns
    -------
    Axes
        Zero is a line on the axis; a value that is not known (NaN) is a grey cross.

    Raises
    ------
    ValueError
        For a frame that `time_use` did not make, an unknown metric, metrics of different units, and for more series
        than can be told apart.

    Examples
    --------
    >>> events = cf.read_events(client, "2026-03-02", "2026-03-30", tz="Europe/London")
    >>> ax = cf.plot_time_use(cf.time_use(events), metrics=["busy_hours", "focus_hours"])
    >>> ax.get_ylabel()
    'hours a week'
    """
    if kind not in ("auto", "bars", "lines"):
        raise ValueError(f"kind is 'auto', 'bars' or 'lines', not {kind!r}.")
    names, asked = named(locale), _asked(use, metrics)
    groups = [str(name) for name in use.columns[: use.columns.get_loc("period")]]
    periods = pd.DatetimeIndex(use["period"].drop_duplicates().sort_values())
    series = _series(use, groups, periods, asked, labels)
    if len(periods) == 1 and groups:
        return _beside(use, ax, series, groups, asked, names, labels, title)
    bars = kind == "bars" or (kind == "auto" and len(periods) * len(series) <= MOST_BARS)
    axes = axes_of(ax, 3.8 + 0.17 * (len(series) // 4))
    (_bars if bars else _lines)(axes, series)
    _crosses(axes, series, bars)
    _scaled(axes.yaxis, axes, asked, periods, series)
    _periods(axes, periods, names)
    _tidy(axes, "y")
    _explained(axes, _keys(series, use, groups, asked, labels), bars, 3.0)
    entitle(axes, title if title is not None else _title(use, asked, names))
    return axes


def _asked(use: pd.DataFrame, metrics: str | Iterable[str]) -> list[str]:
    if "period" not in use or not set(NAMES) & set(use.columns):
        raise ValueError("this is no frame of time use: plot_time_use(time_use(events)) draws one.")
    asked = metric_names(metrics)
    if not asked:
        raise ValueError("metrics is empty: name one, such as 'busy_hours'.")
    lacking = [name for name in asked if name not in use]
    if lacking:
        have = [name for name in NAMES if name in use]
        raise ValueError(f"the frame has no {lacking[0]}: ask time_use for it, or plot {', '.join(have)}.")
    units = {UNITS[name]: name for name in asked}
    if len(units) > 1:
        told = " and ".join(f"{name} is in {unit}" for unit, name in units.items())
        raise ValueError(f"{told}: one axis has one unit, so plot them apart.")
    if not len(use):
        raise ValueError("the frame of time use has no rows: there is no period to draw.")
    return asked


def _series(
    use: pd.DataFrame, groups: list[str], periods: pd.DatetimeIndex, asked: list[str], labels: Labels
) -> list[Series]:
    parts: list[tuple[Any, pd.DataFrame]] = [((), use)]
    if groups:
        parts = list(use.groupby(groups, dropna=False, observed=True))
    if len(parts) * len(asked) > MOST_SERIES:
        raise ValueError(
            f"{len(parts)} groups with {len(asked)} metrics are more than the {MOST_SERIES} that can be told apart: "
            "choose some groups, such as those with the most busy_hours."
        )
    scale = 100 if UNITS[asked[0]] == "share" else 1
    found = []
    for n, ((key, part), (m, metric)) in enumerate(product(parts, enumerate(asked))):
        values = part.set_index("period")[metric].reindex(periods).to_numpy(np.float64) * scale
        group = called(key[0] if len(groups) == 1 else key, labels) if groups else ""
        label = f"{group}: {spelled(metric)}" if group and len(asked) > 1 else group or spelled(metric)
        one = n // len(asked) if groups else m
        # metrics of a group share its colour while patterns are left; else each series has its own look
        pattern = (m if groups else 0) + (one // len(PALETTE)) * len(asked)
        found.append(Series(label, values, PALETTE[one % len(PALETTE)], pattern % len(HATCHES)))
    return found


def _groups(use: pd.DataFrame, groups: list[str], labels: Labels) -> list[str]:
    keys = [key for key, _ in use.groupby(groups, dropna=False, observed=True)]
    return [called(key[0] if len(groups) == 1 else key, labels) for key in keys]


def spelled(metric: str) -> str:
    """Return a metric's name as words."""
    return metric.replace("_", " ")


def _face(one: Series) -> dict[str, Any]:
    return {"facecolor": one.colour, "edgecolor": "white" if one.pattern else one.colour, "hatch": HATCHES[one.pattern]}


def _bars(ax: Axes, series: list[Series]) -> None:
    wide = 0.8 / len(series)
    for n, one in enumerate(series):
        at = np.arange(len(one.values)) - 0.4 + (n + 0.5) * wide
        ax.bar(at, np.nan_to_num(one.values), wide * 0.92, linewidth=0, zorder=2, **_face(one))
        zero = one.values == 0
        if zero.any():
            ax.hlines(0.0 * at[zero], at[zero] - 0.46 * wide, at[zero] + 0.46 * wide, color=one.colour, linewidth=2.5)
    ax.set_xlim(-0.5, len(series[0].values) - 0.5)


def _lines(ax: Axes, series: list[Series]) -> None:
    for one in series:
        ax.plot(
            np.arange(len(one.values)), one.values, color=one.colour, linestyle=DASHES[one.pattern], linewidth=1.6,
            marker="o", markersize=3.5, zorder=2,
        )  # fmt: skip
    ax.set_xlim(-0.5, len(series[0].values) - 0.5)


def _crosses(ax: Axes, series: list[Series], bars: bool) -> None:
    """Mark what is not known."""
    for n, one in enumerate(series):
        at = np.flatnonzero(np.isnan(one.values)) + (-0.4 + (n + 0.5) * 0.8 / len(series) if bars else 0.0)
        if len(at):
            ax.plot(at, 0.0 * at, "x", color="#5B5B5B", markersize=5, zorder=3, clip_on=False)


def _scaled(axis: Any, ax: Axes, asked: list[str], periods: pd.DatetimeIndex, series: list[Series]) -> None:
    unit = UNITS[asked[0]]
    every = _every(periods)
    # a share or a median is of its period and does not add up over time
    summed = unit not in ("share",) and asked[0] not in ("median_lead_time", "longest_free_block")
    axis.set_label_text("%" if unit == "share" else f"{unit} {every}" if summed and every else unit)
    known = [value for one in series for value in one.values if not np.isnan(value)]
    bottom, top = min([0.0, *known]), max([0.0, *known])
    limit = (bottom * 1.05, top * 1.05 if top > 0 else 1.0)
    (ax.set_ylim if axis is ax.yaxis else ax.set_xlim)(*limit)


def _every(periods: pd.DatetimeIndex) -> str:
    if len(periods) < 2:
        return ""
    days = int(np.median(np.diff(periods.tz_localize(None).to_numpy("M8[D]").astype(np.int64))))
    return next(
        told for most, told in ((1, "a day"), (7, "a week"), (31, "a month"), (400, "a quarter")) if days <= most
    )


def _periods(ax: Axes, periods: pd.DatetimeIndex, names: Names) -> None:
    every = _every(periods)
    texts = _dated(periods, every, names)
    need = max(max(map(len, text.split("\n"))) for text in texts) * LETTER + 0.12
    step = max(int(np.ceil(need * len(periods) / inches(ax)[0])), 1)
    ax.set_xticks(np.arange(len(periods))[::step], _dated(periods[::step], every, names), fontsize="small")
    first = {"a week": "week from", "a day": "", "": "from"}.get(every, "")
    ax.set_xlabel(first)
    ax.tick_params("x", pad=6)


def _dated(periods: pd.DatetimeIndex, every: str, names: Names) -> list[str]:
    texts, year = [], 0
    for moment in periods:
        month = names.months[moment.month - 1]
        text = month if every in ("a month", "a quarter") else f"{moment.day} {month}"
        texts.append(f"{text}\n{moment.year}" if moment.year != year else text)
        year = moment.year
    return texts


def _tidy(ax: Axes, along: Literal["x", "y"]) -> None:
    ax.grid(axis=along, color=LINE, linewidth=0.6)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left" if along == "y" else "bottom"):
        ax.spines[side].set_visible(False)
    ax.tick_params(length=0)


def _keys(series: list[Series], use: pd.DataFrame, groups: list[str], asked: list[str], labels: Labels) -> list[Series]:
    """Return what the key explains: all series, or groups by colour and metrics by pattern where these are apart."""
    told = _groups(use, groups, labels) if groups else []
    if len(asked) == 1 or not 1 < len(told) <= len(PALETTE):
        return series
    unknown = np.array([np.nan for one in series if np.isnan(one.values).any()])
    own = [Series(group, unknown, PALETTE[n], 0) for n, group in enumerate(told)]
    return own + [Series(spelled(metric), unknown, "#5B5B5B", m % len(HATCHES)) for m, metric in enumerate(asked)]


def _explained(ax: Axes, series: list[Series], bars: bool, lines: float) -> None:
    keys: list[Artist] = []
    for one in series if len(series) > 1 else []:
        if bars:
            keys.append(Patch(**_face(one), linewidth=0, label=one.label))
        else:
            dashes = DASHES[one.pattern]
            keys.append(Line2D([], [], color=one.colour, linestyle=dashes, marker="o", markersize=3.5, label=one.label))
    if any(np.isnan(one.values).any() for one in series):
        keys.append(
            Line2D([], [], color="#5B5B5B", marker="x", linestyle="", markersize=5, label="not known or hidden")
        )
    explain(ax, keys, lines)


def _title(use: pd.DataFrame, asked: list[str], names: Names) -> str:
    what = ", ".join(spelled(one) for one in asked[:4]) + (" ..." if len(asked) > 4 else "")
    read = use.attrs.get("cronofy", {})
    says = what[:1].upper() + what[1:]
    if not {"start", "end", "tz"} <= set(read):
        return says
    since, until = (pd.Timestamp(read[name]).tz_convert(read["tz"]) for name in ("start", "end"))
    return f"{says}, {names.span(since, until)}, {read['tz']}"


def _beside(
    use: pd.DataFrame,
    ax: Target | None,
    series: list[Series],
    groups: list[str],
    asked: list[str],
    names: Names,
    labels: Labels,
    title: str | None,
) -> Axes:
    """Draw a single period: groups down, bars to the right, metrics as colours."""
    rows = len(series) // len(asked)
    axes = axes_of(ax, 1.5 + rows * max(0.3, 0.16 * len(asked)))
    wide = 0.8 / len(asked)
    shown = []
    for m, metric in enumerate(asked):
        values = np.array([one.values[0] for one in series[m :: len(asked)]])
        one = Series(spelled(metric), values, PALETTE[m % len(PALETTE)], m // len(PALETTE))
        at = np.arange(rows) - 0.4 + (m + 0.5) * wide
        axes.barh(at, np.nan_to_num(values), wide * 0.92, linewidth=0, zorder=2, **_face(one))
        zero, lost = values == 0, np.isnan(values)
        if zero.any():
            axes.vlines(0.0 * at[zero], at[zero] - 0.46 * wide, at[zero] + 0.46 * wide, color=one.colour, linewidth=2.5)
        if lost.any():
            axes.plot(0.0 * at[lost], at[lost], "x", color="#5B5B5B", markersize=5, zorder=3, clip_on=False)
        shown.append(one)
    told = [one.replace("$", r"\$") for one in _groups(use, groups, labels)]
    size = max(min(9.0, 0.65 * 72 * inches(axes)[1] / rows), 3.0)
    axes.set_yticks(np.arange(rows), told, fontsize=size)
    axes.set_ylim(rows - 0.5, -0.5)
    _scaled(axes.xaxis, axes, asked, pd.DatetimeIndex(use["period"].unique()), shown)
    _tidy(axes, "x")
    _explained(axes, shown, True, 2.4)
    entitle(axes, title if title is not None else _title(use, asked, names))
    return axes
