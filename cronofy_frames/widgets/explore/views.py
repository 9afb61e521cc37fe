"""The explorer's tabs as HTML: a table, and pictures with what they show in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from cronofy_frames.frames.reading import attendees
from cronofy_frames.intervals import occupancy
from cronofy_frames.intervals.counting import observed_window
from cronofy_frames.measures import time_use
from cronofy_frames.plots import new_figure, plot_heatmap, plot_time_use, plot_week
from cronofy_frames.plots.canvas import group_colours
from cronofy_frames.plots.day_columns import DayColumns, EventBox, day_columns, event_boxes
from cronofy_frames.plots.names import Names
from cronofy_frames.widgets.explore.periods import DAY, monday
from cronofy_frames.widgets.parts import picture_html, said, table_html

NAMES = Names()
LONG_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
USED = {"busy_hours": "busy", "scheduled_hours": "scheduled", "focus_hours": "free for focus"}
USE = ("scheduled_hours", "busy_hours", "conflict_hours", "meetings", "focus_hours")
INCOMPLETE = "Incomplete: not all of it could be read."


@dataclass(frozen=True, slots=True)
class View:
    """What the tabs show.

    Attributes
    ----------
    events
        The events, those that the search left.
    names
        What calendars are called.
    search
        What was searched for, if anything.
    """

    events: pd.DataFrame
    names: Mapping[str, str]
    search: str = ""

    @property
    def tz(self) -> str:
        """The zone of days and hours."""
        return str(self.events["start"].dt.tz)

    @property
    def several(self) -> bool:
        """Whether the events are of several accounts."""
        return "account" in self.events

    @property
    def complete(self) -> bool:
        """Whether all of them could be read."""
        return bool(self.events.attrs.get("cronofy", {}).get("complete", True))

    @property
    def note(self) -> str:
        """What one must know of a picture of the events, as HTML; empty where there is nothing."""
        only = f"Only events that have “{self.search}” count here, as though there were no others."
        told = [only] if self.search else []
        told += [] if self.complete else [INCOMPLETE]
        return said(" ".join(told)) if told else ""


def table_of(view: View, rows: slice) -> str:
    """Return a page of the events as a table; whole days are dates, and end on their last."""
    page = view.events.iloc[rows]
    shown = pd.DataFrame(
        {
            **({"Account": page["account"]} if view.several else {}),
            "Start": _times(page, "start"),
            "End": _times(page, "end"),
            "Title": page["summary"],
            "Calendar": page["calendar_id"].map(lambda one: view.names.get(one, one)),
            "Location": page["location_description"],
            "Attendees": _counted(page),
            "Status": page["status"],
            "Reply": page["participation_status"],
            "Shown as": page["transparency"].map({"opaque": "busy", "transparent": "free"}),
        },
        dtype="object",
    )
    return table_html(
        shown,
        f"Events, times in {view.tz}; days without a time are whole days, the last one included."
        + ("" if view.complete else f" {INCOMPLETE}"),
    )


def _times(page: pd.DataFrame, name: str) -> Any:
    times: Any = page[name]
    whole = page["all_day"]
    days = times if name == "start" else (times - pd.Timedelta(1, "us")).where(times > page["start"], times)
    spelled = _spelled(times, "%H:%M").where(~whole, _spelled(days, ""))
    if name == "start":
        return spelled
    same = ~whole & (times.dt.date == page["start"].dt.date)
    return spelled.where(~same, times.dt.strftime("%H:%M"))


def _spelled(times: Any, clock: str) -> Any:
    # no line is broken within a time
    day = [None if pd.isna(one) else f"{NAMES.day(one)} {one.year}".replace(" ", "\u00a0") for one in times]
    texts = pd.Series(day, index=times.index, dtype="object")
    return texts + times.dt.strftime(f"\u00a0{clock}").astype("object") if clock else texts


def _counted(page: pd.DataFrame) -> Any:
    """Return how many attendees each event has; nothing where it does not say."""
    guests = attendees(page.assign(event_uid=page.index.astype("str")))
    counts = guests["event_uid"].value_counts()
    found = pd.Series(page.index.astype("str"), index=page.index).map(counts).fillna(0).astype("int64").astype("object")
    return found.where(page["attendees"].notna(), None)


def by_of(view: View) -> str:
    """Return the column that gives colours."""
    return "account" if view.several else "calendar_id"


def drawn(view: View, week: date) -> tuple[DayColumns, list[EventBox]]:
    """Return the days of a week, and what `plot_week` draws on them."""
    sheet = day_columns(view.events, pd.Timestamp(week), None, 7, None, 0)
    return sheet, event_boxes(view.events, sheet, by_of(view), tentative=True)


def colours(view: View, week: date) -> dict[str, str]:
    """Return the colours that `plot_week` gives to calendars, or to accounts, in a week."""
    shown = group_colours(sorted({one.group for one in drawn(view, week)[1]}, key=str))
    return {str(group): colour for group, colour in shown.items()}


def week_of(view: View, week: date) -> str:
    """Return a week as a picture."""
    sheet, shown = drawn(view, week)
    figure = new_figure()
    labels = None if view.several else {**view.names}
    plot_week(view.events, ax=figure, week=pd.Timestamp(week), by=by_of(view), labels=labels)
    per_day = Counter(day for one in shown for day in range(one.day, one.last + 1))
    days = [f"{NAMES.day(day)}: {per_day[n] or 'none'}" for n, day in enumerate(sheet.dates)]
    alt = (
        f"Calendar of the week {NAMES.span(sheet.start, sheet.end)}, {sheet.tz}. Events a day: {', '.join(days)}."
        " The table has the same events in words."
    )
    return view.note + picture_html(figure, alt)


def heatmap_of(view: View) -> str:
    """Return how busy each hour of the week is, as a picture."""
    shares = occupancy(view.events)
    figure = new_figure()
    plot_heatmap(view.events, ax=figure)
    alt = f"Share of time busy for each hour of the week, {_span(shares)}. {_busiest(shares)}"
    return view.note + picture_html(figure, alt)


def _busiest(shares: pd.DataFrame) -> str:
    known = shares.dropna(subset=["share"])
    if not len(known) or not known["share"].max():
        return "No time is busy."
    top = known.nlargest(3, "share")
    told = [f"{LONG_DAYS[row.weekday]} {row.hour:02}:00, {100 * row.share:.0f} %" for row in _rows(top)]
    per_day = known.groupby("weekday")["busy_hours"].sum()
    free = [LONG_DAYS[int(day)] for day in per_day.index[per_day == 0]]
    return f"Busiest: {'; '.join(told)}." + (f" Never busy: {', '.join(free)}." if free else "")


def _rows(frame: pd.DataFrame) -> Iterable[Any]:
    return frame.itertuples(index=False)


def time_use_of(view: View) -> str:
    """Return hours a week, as a picture and as a table."""
    use = time_use(view.events, by="account" if view.several else None)
    figure = new_figure()
    plot_time_use(use, ax=figure)
    total = use[list(USED)].sum()
    told = ", ".join(f"{total[name]:.1f} {words}" for name, words in USED.items())
    alt = f"Busy and focus hours of each week, {_span(use)}. Hours in all: {told}. The table has each week."
    groups = ["account"] if view.several else []
    shown = use[[*groups, "period", *USE]].rename(columns=lambda name: name.replace("_", " ").capitalize())
    shown["Period"] = [f"{NAMES.day(day)} {day.year}" for day in use["period"]]
    shown = shown.rename(columns={"Period": "Week from"})
    hours = shown.select_dtypes("number").columns
    shown[hours] = shown[hours].map(lambda value: f"{value:.1f}".removesuffix(".0")).where(shown[hours].notna(), np.nan)
    caption = (
        "Overlaps count once in busy hours, each time in scheduled hours; focus hours are free blocks of 2 h, 9 to 5."
    )
    return view.note + picture_html(figure, alt) + table_html(shown, caption)


def seen(view: View) -> tuple[date, date]:
    """Return the first day that was looked at, and the one after the last."""
    since, until = observed_window(view.events, None, None, view.tz)
    return since.date(), (until - pd.Timedelta(1, "us")).date() + DAY


def week_in(view: View, week: date | None, today: date) -> date | None:
    """Return the week to draw: the one that was, if it was read, else today's, else the first; None without any."""
    try:
        first, end = seen(view)
    except ValueError:
        return None
    for day in (week, today):
        if day is not None and monday(first) <= monday(day) < end:
            return monday(day)
    return monday(first)


def _span(frame: pd.DataFrame) -> str:
    read = frame.attrs.get("cronofy", {})
    if not {"start", "end", "tz"} <= set(read):
        return "all events"
    since, until = (pd.Timestamp(read[name]).tz_convert(read["tz"]) for name in ("start", "end"))
    return f"{NAMES.span(since, until)}, {read['tz']}"
