"""The axis of periods (days, weeks, months or quarters from left to right), and that of values."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter

from cronofy_frames.plots.canvas import size_in_inches, width_in_inches
from cronofy_frames.plots.language import Language, gettext_noop


def period_length(periods: pd.DatetimeIndex) -> str:
    """Return the length of periods, such as "week"; "" for a single one."""
    if len(periods) < 2:
        return ""
    days = int(np.median(np.diff(periods.tz_localize(None).to_numpy("M8[D]").astype(np.int64))))
    lengths = ((1, "day"), (7, "week"), (31, "month"), (400, "quarter"))
    return next(length for most, length in lengths if days <= most)


def write_numbers(axis: Axis, language: Language) -> None:
    """Write the numbers of an axis with the signs of a language."""
    if language.locale is not None:
        axis.set_major_formatter(FuncFormatter(lambda value, _: language.number(value)))


def label_periods(ax: Axes, periods: pd.DatetimeIndex, language: Language) -> None:
    """Label the axis with the starts of periods, as many as there is room for."""
    length = period_length(periods)
    texts = _period_labels(periods, length, language)
    need = max(width_in_inches(text, "small") for text in texts) + 0.12
    step = max(int(np.ceil(need * len(periods) / size_in_inches(ax)[0])), 1)
    ax.set_xticks(np.arange(len(periods))[::step], _period_labels(periods[::step], length, language), fontsize="small")
    label = {"week": gettext_noop("week from"), "": gettext_noop("from")}.get(length)
    ax.set_xlabel(language.gettext(label) if label else "")
    ax.tick_params("x", pad=6)


def _period_labels(periods: pd.DatetimeIndex, length: str, language: Language) -> list[str]:
    """Return a label for each period; the first one of a year has the year under it."""
    texts, year = [], 0
    for start in periods:
        text = language.months[start.month - 1] if length in ("month", "quarter") else language.date(start)
        texts.append(f"{text}\n{language.year(start)}" if start.year != year else text)
        year = start.year
    return texts
