"""A result of `time_use`, with what is drawn of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from cronofy_frames.frames.provenance import calendar_names
from cronofy_frames.measures.catalogue import CATALOGUE, NAMES, metric_names
from cronofy_frames.plots.canvas import colours_of
from cronofy_frames.plots.language import Language
from cronofy_frames.plots.names import Labels, group_label
from cronofy_frames.plots.others import Part, join_others
from cronofy_frames.plots.people import PerPerson, group_columns, mean_of_people, people_suffix

UNITS = {metric.name: metric.unit for metric in CATALOGUE}


@dataclass(frozen=True, eq=False)
class UseTable:
    """A result of `time_use`, with what is drawn of it.

    Attributes
    ----------
    frame
        The result.
    groups
        Its columns before the period.
    periods
        Its periods, in order.
    metrics
        The metrics to draw, all of one unit.
    labels
        Labels for the values of groups.
    per
        "person" for the mean of the accounts.
    suffix
        The end of the title: how the values of several accounts were combined.
    language
        The language of words, dates and numbers.
    """

    frame: pd.DataFrame
    groups: list[Any]
    periods: pd.DatetimeIndex
    metrics: list[str]
    labels: Labels
    per: PerPerson
    suffix: str
    language: Language

    @classmethod
    def of(
        cls,
        frame: pd.DataFrame,
        metrics: str | Iterable[str],
        labels: Labels,
        per: PerPerson,
        language: Language,
    ) -> UseTable:
        """Return the table of a frame, checked."""
        names = _checked_metrics(frame, metrics)
        suffix = people_suffix(frame, names, language)
        if per == "person":
            frame, suffix = mean_of_people(frame, names, language)
        periods = pd.DatetimeIndex(frame["period"].drop_duplicates().sort_values())
        labels = calendar_names(frame) if labels is None else labels
        return cls(frame, group_columns(frame), periods, names, labels, per, suffix, language)

    @property
    def unit(self) -> str:
        """The unit of the metrics."""
        return UNITS[self.metrics[0]]

    @cached_property
    def every(self) -> list[Part]:
        """The label and the rows of each group; a single part without a label when there are no groups."""
        if not self.groups:
            return [("", self.frame)]
        keyed = self.frame.groupby(self.groups, dropna=False, observed=True)
        keys = ((key[0] if len(self.groups) == 1 else key, part) for key, part in keyed)
        return [(group_label(key, self.labels, self.language), part) for key, part in keys]

    @property
    def colours(self) -> list[str]:
        """The colours of groups."""
        return colours_of(len(self.every))

    def parts(self) -> list[Part]:
        """Return what is drawn: each group, where groups are rows, else those that have a colour, and the others."""
        return self.every if len(self.periods) == 1 else join_others(self.every, self.metrics, self.language)


def _checked_metrics(use: pd.DataFrame, metrics: str | Iterable[str]) -> list[str]:
    """Return the names of metrics that the frame has and that one axis can show."""
    if "period" not in use or not set(NAMES) & set(use.columns):
        raise ValueError("the frame is not a result of time_use: call plot_time_use(time_use(events)).")
    names = metric_names(metrics)
    if not names:
        raise ValueError("metrics is empty: name at least one, such as 'busy_hours'.")
    if missing := [name for name in names if name not in use]:
        columns = [name for name in NAMES if name in use]
        raise ValueError(f"the frame has no {missing[0]}: add it to time_use(metrics=), or plot {', '.join(columns)}.")
    units = {UNITS[name]: name for name in names}
    if len(units) > 1:
        differences = " and ".join(f"{name} is in {unit}" for unit, name in units.items())
        raise ValueError(f"{differences}: one axis has one unit, so make a plot for each.")
    if not len(use):
        raise ValueError("the frame of time use has no rows: there is no period to draw.")
    return names
