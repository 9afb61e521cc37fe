"""Names of groups in pictures, and what the arguments of plots name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cronofy_frames.frames.provenance import calendar_names, origin_of, sources_of
from cronofy_frames.intervals.workdays import weekday
from cronofy_frames.plots.canvas import shorten_label
from cronofy_frames.plots.language import Language, isolate_direction

Labels = Mapping[Any, str] | None


def first_day(week_start: str | int) -> int:
    """Return the weekday on which a week starts, 0 for Monday."""
    try:
        return weekday(week_start)
    except ValueError:
        raise ValueError(f"week_start is 'monday', 'sunday' or 'saturday', not {week_start!r}.") from None


def group_label(value: Any, labels: Labels, language: Language, longest: int = 28) -> str:
    """Return the label of a group: the given one, else its value."""
    if labels is not None and value in labels:
        value = labels[value]
    elif isinstance(value, tuple):
        parts = [group_label(part, labels, language) for part in value]
        text = ", ".join(parts)
        return ", ".join(map(isolate_direction, parts)) if len(text) <= longest else shorten_label(text, longest)
    return language.gettext("(none)") if pd.isna(value) else shorten_label(str(value), longest)


def calendar_labels(frame: pd.DataFrame, by: str | None, labels: Labels) -> Labels:
    """Return labels for groups: the given ones, else the names of calendars where the groups are calendars."""
    return calendar_names(frame) if labels is None and by == "calendar_id" else labels


def account_count(frame: pd.DataFrame) -> int:
    """Return the number of accounts in a frame, including those without rows; 0 where it does not say."""
    labels = set(frame["account"].dropna()) if "account" in frame else set()
    return len(labels | set(sources_of(origin_of(frame))))


def mean_suffix(count: int, language: Language) -> str:
    """Return the end of a title of mean values: the number of accounts."""
    if count < 2:
        return ""
    return ", " + language.ngettext("mean of {count} account", "mean of {count} accounts", count)
