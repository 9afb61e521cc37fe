"""The metrics of `time_use`: definition and formula of each, and the arguments that change it.

A new metric needs an entry here, and a property of the same name in `metric_values.py` that computes it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: its name, unit, definition, formula, and the arguments of `time_use` that change it.

    `viva` and `google` say how Viva Insights and Google Calendar count the nearest number, where they have one.
    """

    name: str
    unit: str
    definition: str
    formula: str
    arguments: tuple[str, ...]
    viva: str | None = None
    google: str | None = None


_COUNTED = ("tentative", "all_day", "away")
_AT_WORK = (*_COUNTED, "working_hours", "holidays", "tz")

CATALOGUE = (
    Metric(
        "scheduled_hours",
        "hours",
        "Length of all rows that take time, added up; rows that overlap count in full. Time away does not count.",
        "sum(duration within the period)",
        _COUNTED,
    ),
    Metric(
        "busy_hours",
        "hours",
        "Time covered by at least one row; overlaps count once. Time away does not count.",
        "length(union of rows within the period)",
        _COUNTED,
    ),
    Metric(
        "conflict_hours",
        "hours",
        "Time scheduled on top of other rows: only the part that overlaps.",
        "scheduled_hours - busy_hours",
        _COUNTED,
        viva="Conflicting meeting hours have the whole length of meetings that overlap: conflicting_meeting_hours.",
    ),
    Metric(
        "meetings",
        "meetings",
        "Number of meetings that start: rows with an attendee and two different people among attendees, organizer "
        "and account; rows without information on attendees count.",
        "count(meetings that start in the period)",
        _COUNTED,
        viva="Meetings with at least one other person that the person did not decline.",
    ),
    Metric(
        "meeting_hours",
        "hours",
        "Time in meetings, which are rows with another person; meetings that overlap count once.",
        "length(union of meetings within the period)",
        _COUNTED,
        viva="Meeting hours: time in meetings with at least one other person.",
        google="Time in meetings, in shares of working hours: with one other person, with several, not yet answered.",
    ),
    Metric(
        "solo_hours",
        "hours",
        "Busy time in no meeting: rows without another person, such as blocks for oneself.",
        "busy_hours - meeting_hours",
        _COUNTED,
        google="Focus time, where the event is of that type.",
    ),
    Metric(
        "after_hours_meetings",
        "hours",
        "Time in meetings outside working hours on days with working hours.",
        "length(meetings on working days) - length(meetings within working hours)",
        _AT_WORK,
        viva="After-hours meeting hours: time in meetings outside working hours, those at weekends too.",
    ),
    Metric(
        "weekend_meeting_hours",
        "hours",
        "Time in meetings on days without working hours: weekends, holidays and whole days away.",
        "meeting_hours - length(meetings on working days)",
        _AT_WORK,
        viva="Meetings on Saturdays and Sundays; they count as after hours too.",
    ),
    Metric(
        "conflicting_meeting_hours",
        "hours",
        "Whole length of every meeting that overlaps another meeting of the person, added up; conflict_hours has only "
        "the time that overlaps.",
        "sum(duration within the period) over meetings that overlap another",
        _COUNTED,
        viva="Conflicting meeting hours: the same, of meetings that were not declined.",
    ),
    Metric(
        "attendees_hours",
        "person-hours",
        "Length of meetings times the people in them, without rooms and people who declined; NaN where the frame has "
        "no attendees. A meeting of several accounts counts once in a group, with per='account' once for each.",
        "sum(duration within the period * people) over meetings",
        ("per", *_COUNTED),
        viva="Attendee meeting hours: the hours of each attendee, added up for each meeting.",
    ),
    Metric(
        "recurring_share",
        "share",
        "Share of scheduled_hours in recurring series; NaN without scheduled hours or the column recurring.",
        "sum(duration of recurring rows) / scheduled_hours",
        _COUNTED,
    ),
    Metric(
        "external_share",
        "share",
        "Share of meeting hours with at least one external person who did not decline: the address is in none of "
        "own_domains. NaN without meetings or without own_domains.",
        "sum(duration of meetings with an external person) / sum(duration of meetings)",
        ("own_domains", *_COUNTED),
    ),
    Metric(
        "after_hours",
        "hours",
        "Busy time outside working hours on days with working hours.",
        "length(busy on working days) - length(busy within working hours)",
        _AT_WORK,
    ),
    Metric(
        "weekend_hours",
        "hours",
        "Busy time on days without working hours: weekends, holidays and whole days away.",
        "busy_hours - length(busy on working days)",
        _AT_WORK,
    ),
    Metric(
        "away_hours",
        "hours",
        "The part of working hours in which the person is away: in rows whose extended_transparency is out_of_office. "
        "0 with away='busy'.",
        "length(union of rows away within working hours)",
        ("tentative", "away", "working_hours", "holidays", "tz"),
        viva="Rows marked out of office count as any other row, unless a rule excludes them.",
    ),
    Metric(
        "focus_hours",
        "hours",
        "Working time without a meeting with others, in blocks of at least `focus`; rows for oneself are focus, time "
        "away is not. With focus='free', time that no row takes. Of a block that continues past the period, the part "
        "in it.",
        "sum(length of blocks without meetings >= focus)",
        ("focus", *_AT_WORK),
        viva="Focus hours: blocks of two hours or more between meetings.",
        google="Only events of the type focus time.",
    ),
    Metric(
        "longest_free_block",
        "hours",
        "Length of the longest block inside working hours that no row takes, within the period; of several accounts "
        "the mean. NaN where none has working hours.",
        "max(length of free blocks)",
        _AT_WORK,
    ),
    Metric(
        "back_to_back",
        "meetings",
        "Number of meetings that start at most 5 minutes after the end of another one.",
        "count(meetings with another end in [start - 5 min, start])",
        _COUNTED,
    ),
    Metric(
        "median_lead_time",
        "hours",
        "Median time from the creation of a meeting to its start; without recurring series, which are created once "
        "for all. NaN without such meetings or without the column created.",
        "median(start - created) over single meetings that start in the period",
        _COUNTED,
    ),
    Metric(
        "declined_share",
        "share",
        "Share of declined meetings among those that start and to which the account was invited: with a reply or "
        "waiting for one, not deleted or cancelled, and not organized by the account itself, if its label is an "
        "address. NaN without such meetings.",
        "count(declined) / count(invited)",
        ("all_day",),
    ),
)

NAMES = tuple(metric.name for metric in CATALOGUE)


def metrics() -> pd.DataFrame:
    """Return the catalogue of metrics: definition and formula of each number that `time_use` returns.

    Returns
    -------
    DataFrame
        name, unit, definition, formula and arguments, those of `time_use` that change it; viva and google, how Viva
        Insights and Google Calendar count the nearest number, NA where they have none or the same; in the order of its
        columns.

    Examples
    --------
    >>> cf.metrics().set_index("name")["formula"]["conflict_hours"]
    'scheduled_hours - busy_hours'
    """
    rows = [(m.name, m.unit, m.definition, m.formula, ", ".join(m.arguments), m.viva, m.google) for m in CATALOGUE]
    columns = ["name", "unit", "definition", "formula", "arguments", "viva", "google"]
    return pd.DataFrame(rows, columns=columns, dtype="str")


def metric_names(names: str | Iterable[str] | None) -> list[str]:
    """Return the names of metrics, checked; by default all.

    Raises
    ------
    ValueError
        For a name that the catalogue does not have.
    """
    selected = list(NAMES) if names is None else [names] if isinstance(names, str) else list(dict.fromkeys(names))
    for name in selected:
        if name not in NAMES:
            near = difflib.get_close_matches(str(name), NAMES, n=3) or list(NAMES)
            raise ValueError(f"{name!r} is not a metric; choose from {', '.join(near)}. metrics() explains them all.")
    return selected
