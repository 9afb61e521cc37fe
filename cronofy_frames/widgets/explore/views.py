"""The contents of the explorer's tabs as HTML: a table, and pictures with a description in words."""

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
from cronofy_frames.intervals.observation import observed_window
from cronofy_frames.measures import time_use
from cronofy_frames.plots import new_figure, plot_heatmap, plot_time_use, plot_week
from cronofy_frames.plots.canvas import group_colours
from cronofy_frames.plots.day_columns import DayColumns, EventBox, day_columns, event_boxes
from cronofy_frames.plots.language import Language
from cronofy_frames.text import quantity
from cronofy_frames.widgets.explore.date_ranges import DAY, monday
from cronofy_frames.widgets.parts import picture_html, status_html, table_html

LANGUAGE = Language()
LONG_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
USED = {"busy_hours": "busy", "scheduled_hours": "scheduled", "focus_hours": "focus"}
USE = ("scheduled_hours", "busy_hours", "conflict_hours", "meetings", "focus_hours")
INCOMPLETE = "Incomplete: not all events could be read."


@dataclass(frozen=True, slots=True)
class EventView:
    """The events that the tabs show.

    Attributes
    ----------
    events
        The events that match the search.
    names
        The names of calendars, by id.
    search
        The text of the search; "" for none.
    """

    events: pd.DataFrame
    names: Mapping[str, str]
    search: str = ""

    @property
    def tz(self) -> str:
        """The time zone of days and hours."""
        return str(self.events["start"].dt.tz)

    @property
    def several(self) -> bool:
        """Whether the events are of several accounts."""
        return "account" in self.events

    @property
    def complete(self) -> bool:
        """Whether all events could be read."""
        return bool(self.events.attrs.get("cronofy", {}).get("complete", True))

    @property
    def note(self) -> str:
        """A remark on pictures of the events, as HTML; "" if there is none."""
        filtered = f"Only events with “{self.search}” count here, as if there were no others."
        notes = [filtered] if self.search else []
        notes += [] if self.complete else [INCOMPLETE]
        return status_html(" ".join(notes)) if notes else ""


def count_text(matching: int, total: int, search: str) -> str:
    """Return the number of events, and how many of them match a search."""
    events = quantity(total, "event")
    return f"{matching:,} of {events} have “{search}”" if search else events


def events_table(view: EventView, rows: slice) -> str:
    """Return a page of the events as a table; all-day events have dates, the last day included."""
    page = view.events.iloc[rows]
    table = pd.DataFrame(
        {
            **({"Account": page["account"]} if view.several else {}),
            "Start": _times(page, "start"),
            "End": _times(page, "end"),
            "Title": page["summary"],
            "Calendar": page["calendar_id"].map(lambda calendar_id: view.names.get(calendar_id, calendar_id)),
            "Location": page["location_description"],
            "Attendees": _attendee_counts(page),
            "Status": page["status"],
            "Reply": page["participation_status"],
            "Shown as": page["transparency"].map({"opaque": "busy", "transparent": "free"}),
        },
        dtype="object",
    )
    return table_html(
        table,
        f"Events, times in {view.tz}; events without a time are all-day, their last day included."
        + ("" if view.complete else f" {INCOMPLETE}"),
    )


def _times(page: pd.DataFrame, name: str) -> Any:
    times: Any = page[name]
    all_day = page["all_day"]
    days = times if name == "start" else (times - pd.Timedelta(1, "us")).where(times > page["start"], times)
    texts = _format_times(times, "%H:%M").where(~all_day, _format_times(days, ""))
    if name == "start":
        return texts
    same_day = ~all_day & (times.dt.date == page["start"].dt.date)
    return texts.where(~same_day, times.dt.strftime("%H:%M"))


def _format_times(times: Any, clock_format: str) -> Any:
    # no-break spaces keep a time on one line
    days = [None if pd.isna(time) else f"{LANGUAGE.day(time)} {time.year}".replace(" ", "\u00a0") for time in times]
    texts = pd.Series(days, index=times.index, dtype="object")
    return texts + times.dt.strftime(f"\u00a0{clock_format}").astype("object") if clock_format else texts


def _attendee_counts(page: pd.DataFrame) -> Any:
    """Return the number of attendees of each event; None where it is not known."""
    guests = attendees(page.assign(event_uid=page.index.astype("str")))
    by_event = guests["event_uid"].value_counts()
    positions = pd.Series(page.index.astype("str"), index=page.index)
    counts = positions.map(by_event).fillna(0).astype("int64").astype("object")
    return counts.where(page["attendees"].notna(), None)


def group_column(view: EventView) -> str:
    """Return the column whose values have colours."""
    return "account" if view.several else "calendar_id"


def week_boxes(view: EventView, week: date) -> tuple[DayColumns, list[EventBox]]:
    """Return the days of a week, and the boxes that `plot_week` draws on them."""
    days = day_columns(view.events, pd.Timestamp(week), None, 7, None, 0)
    return days, event_boxes(view.events, days, group_column(view), tentative=True)


def colours(view: EventView, week: date) -> dict[str, str]:
    """Return the colours that `plot_week` gives to calendars, or to accounts, in a week."""
    _, boxes = week_boxes(view, week)
    by_group = group_colours(box.group for box in boxes)
    return {str(group): colour for group, colour in by_group.items()}


def week_picture(view: EventView, week: date) -> str:
    """Return a week as a picture."""
    columns, boxes = week_boxes(view, week)
    figure = new_figure()
    labels = None if view.several else {**view.names}
    plot_week(view.events, ax=figure, week=pd.Timestamp(week), by=group_column(view), labels=labels)
    per_day = Counter(day for box in boxes for day in range(box.day, box.last + 1))
    days = [f"{LANGUAGE.day(date)}: {per_day[n] or 'none'}" for n, date in enumerate(columns.dates)]
    alt = (
        f"Calendar of the week {LANGUAGE.span(columns.start, columns.end)}, {columns.tz}. "
        f"Events a day: {', '.join(days)}. The table has the same events in words."
    )
    return view.note + picture_html(figure, alt)


def heatmap_picture(view: EventView) -> str:
    """Return a picture of how busy each hour of the week is."""
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
    hours = [f"{LONG_DAYS[row.weekday]} {row.hour:02}:00, {100 * row.share:.0f} %" for row in _rows(top)]
    per_day = known.groupby("weekday")["busy_hours"].sum()
    free = [LONG_DAYS[int(day)] for day in per_day.index[per_day == 0]]
    return f"Busiest: {'; '.join(hours)}." + (f" Never busy: {', '.join(free)}." if free else "")


def _rows(frame: pd.DataFrame) -> Iterable[Any]:
    return frame.itertuples(index=False)


def time_use_page(view: EventView) -> str:
    """Return the hours of each week, as a picture and as a table."""
    use = time_use(view.events, by="account" if view.several else None)
    figure = new_figure()
    plot_time_use(use, ax=figure)
    total = use[list(USED)].sum()
    hours = ", ".join(f"{total[name]:.1f} {label}" for name, label in USED.items())
    alt = f"Busy and focus hours of each week, {_span(use)}. Hours in all: {hours}. The table has each week."
    groups = ["account"] if view.several else []
    table = use[[*groups, "period", *USE]].rename(columns=lambda name: name.replace("_", " ").capitalize())
    table["Period"] = [f"{LANGUAGE.day(day)} {day.year}" for day in use["period"]]
    table = table.rename(columns={"Period": "Week from"})
    numbers = table.select_dtypes("number").columns
    texts = table[numbers].map(lambda value: f"{value:.1f}".removesuffix(".0"))
    table[numbers] = texts.where(table[numbers].notna(), np.nan)
    caption = (
        "Overlaps count once in busy hours and in full in scheduled hours; focus hours are blocks of 2 h without a "
        "meeting between 9 and 5."
    )
    return view.note + picture_html(figure, alt) + table_html(table, caption)


def covered_days(view: EventView) -> tuple[date, date]:
    """Return the first day that the events cover, and the day after the last."""
    since, until = observed_window(view.events, None, None, view.tz)
    return since.date(), (until - pd.Timedelta(1, "us")).date() + DAY


def choose_week(view: EventView, week: date | None, today: date) -> date | None:
    """Return the week to draw: the current one if it was read, else today's, else the first; None without any."""
    try:
        first, end = covered_days(view)
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
    return f"{LANGUAGE.span(since, until)}, {read['tz']}"
