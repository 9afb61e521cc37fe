"""The metrics of `time_use`: what each is, how it is counted, and what changes it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: its name, unit, definition, formula, and the arguments of `time_use` that change it."""

    name: str
    unit: str
    definition: str
    formula: str
    arguments: tuple[str, ...]


_COUNTED = ("tentative", "all_day")
_AT_WORK = (*_COUNTED, "working_hours", "holidays", "tz")

CATALOGUE = (
    Metric(
        "scheduled_hours",
        "hours",
        "How long all rows that take time are together; those that overlap count each.",
        "sum(duration within the period)",
        _COUNTED,
    ),
    Metric(
        "busy_hours",
        "hours",
        "How long at least one row takes time; what overlaps counts once.",
        "length(union of rows within the period)",
        _COUNTED,
    ),
    Metric(
        "conflict_hours",
        "hours",
        "How much is scheduled on top of other rows.",
        "scheduled_hours - busy_hours",
        _COUNTED,
    ),
    Metric(
        "meetings",
        "meetings",
        "How many meetings start: rows with an attendee and two different people among attendees, organizer and "
        "account; rows that do not say who attends count.",
        "count(meetings that start in the period)",
        _COUNTED,
    ),
    Metric(
        "attendees_hours",
        "person-hours",
        "How long meetings last times the people in them, without those who declined and without rooms; NaN where the "
        "frame has no attendees. A meeting of several accounts counts in each.",
        "sum(duration within the period * people) over meetings",
        _COUNTED,
    ),
    Metric(
        "recurring_share",
        "share",
        "Which share of scheduled_hours belongs to series; NaN without scheduled hours or the column recurring.",
        "sum(duration of recurring rows) / scheduled_hours",
        _COUNTED,
    ),
    Metric(
        "external_share",
        "share",
        "Which share of the hours in meetings is with somebody, who did not decline, whose address is of none of "
        "own_domains; NaN without meetings or without own_domains.",
        "sum(duration of meetings with somebody from outside) / sum(duration of meetings)",
        ("own_domains", *_COUNTED),
    ),
    Metric(
        "after_hours",
        "hours",
        "How long one is busy outside working hours on days that have such.",
        "length(busy on working days) - length(busy within working hours)",
        _AT_WORK,
    ),
    Metric(
        "weekend_hours",
        "hours",
        "How long one is busy on days without working hours: weekends and holidays.",
        "busy_hours - length(busy on working days)",
        _AT_WORK,
    ),
    Metric(
        "focus_hours",
        "hours",
        "How much time is free in blocks of at least `focus` inside working hours; of a block that goes on past the "
        "period, the part in it.",
        "sum(length of free blocks >= focus)",
        ("focus", *_AT_WORK),
    ),
    Metric(
        "longest_free_block",
        "hours",
        "How long the longest free block inside working hours is, within the period; of several accounts the mean, "
        "NaN where none has working hours.",
        "max(length of free blocks)",
        _AT_WORK,
    ),
    Metric(
        "back_to_back",
        "meetings",
        "How many meetings start at most 5 minutes after another one's end.",
        "count(meetings with another end in [start - 5 min, start])",
        _COUNTED,
    ),
    Metric(
        "median_lead_time",
        "hours",
        "How long before its start a meeting was made, in the middle of all; series are left out, for theirs says when "
        "the series was made. NaN without such meetings or without the column created.",
        "median(start - created) over single meetings that start in the period",
        _COUNTED,
    ),
    Metric(
        "declined_share",
        "share",
        "Which share was declined of the meetings that start and one was invited to: with a reply or waiting for one, "
        "neither deleted nor cancelled, not called by the account itself as far as its label is an address; NaN "
        "without such.",
        "count(declined) / count(invited)",
        ("all_day",),
    ),
)

NAMES = tuple(one.name for one in CATALOGUE)


def metrics() -> pd.DataFrame:
    """Return the catalogue of metrics: what each number of `time_use` is and how it is counted.

    Returns
    -------
    DataFrame
        name, unit, definition, formula and arguments, those of `time_use` that change it; in the order of its columns.

    Examples
    --------
    >>> cf.metrics().set_index("name")["formula"]["conflict_hours"]
    'scheduled_hours - busy_hours'
    """
    rows = [(one.name, one.unit, one.definition, one.formula, ", ".join(one.arguments)) for one in CATALOGUE]
    return pd.DataFrame(rows, columns=["name", "unit", "definition", "formula", "arguments"], dtype="str")


def wanted(names: str | Iterable[str] | None) -> list[str]:
    """Return which metrics are asked for; all by default.

    Raises
    ------
    ValueError
        For one that the catalogue does not have.
    """
    asked = list(NAMES) if names is None else [names] if isinstance(names, str) else list(dict.fromkeys(names))
    for name in asked:
        if name not in NAMES:
            near = difflib.get_close_matches(str(name), NAMES, n=3) or list(NAMES)
            raise ValueError(f"{name!r} is no metric; there is {', '.join(near)}. metrics() explains them all.")
    return asked
