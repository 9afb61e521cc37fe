"""The axis of periods: days, weeks, months or quarters from left to right."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cronofy_frames.plots.canvas import LETTER, size_in_inches
from cronofy_frames.plots.names import Names


def period_length(periods: pd.DatetimeIndex) -> str:
    """Return the length of periods in words, such as "a week"; "" for a single one."""
    if len(periods) < 2:
        return ""
    days = int(np.median(np.diff(periods.tz_localize(None).to_numpy("M8[D]").astype(np.int64))))
    lengths = ((1, "a day"), (7, "a week"), (31, "a month"), (400, "a quarter"))
    return next(length for most, length in lengths if days <= most)


def label_periods(ax: Axes, periods: pd.DatetimeIndex, names: Names) -> None:
    """Label the axis with the starts of periods, as many as there is room for."""
    length = period_length(periods)
    texts = _period_labels(periods, length, names)
    need = max(max(map(len, text.split("\n"))) for text in texts) * LETTER + 0.12
    step = max(int(np.ceil(need * len(periods) / size_in_inches(ax)[0])), 1)
    ax.set_xticks(np.arange(len(periods))[::step], _period_labels(periods[::step], length, names), fontsize="small")
    ax.set_xlabel({"a week": "week from", "a day": "", "": "from"}.get(length, ""))
    ax.tick_params("x", pad=6)


def _period_labels(periods: pd.DatetimeIndex, length: str, names: Names) -> list[str]:
    """Return a label for each period; the first one of a year has the year under it."""
    texts, year = [], 0
    for start in periods:
        month = names.months[start.month - 1]
        text = month if length in ("a month", "a quarter") else f"{start.day} {month}"
        texts.append(f"{text}\n{start.year}" if start.year != year else text)
        year = start.year
    return texts
