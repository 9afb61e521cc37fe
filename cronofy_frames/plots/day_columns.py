"""Lay out events as boxes in columns of days: which day, and which hours of local time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from cronofy_frames.frames.bounds import Bound, instant
from cronofy_frames.frames.clock_changes import midnights
from cronofy_frames.frames.timestamps import NAT, to_timezone
from cronofy_frames.intervals.counting import NOT_BUSY, TENTATIVE, micros, timestamps, zone_of_frame
from cronofy_frames.intervals.observation import micro, observed_window, read_spans
from cronofy_frames.intervals.spans import complement
from cronofy_frames.plots.language import Language, gettext_noop

MOST_DAYS = 14
STEP = pd.Timedelta("15min")  # clocks change at quarters of an hour
MICRO = pd.Timedelta(1, "us")
DAY = 24.0

STATUSES = {
    "busy": gettext_noop("busy"),
    "tentative": gettext_noop("tentative"),
    "free": gettext_noop("free"),
    "unknown": gettext_noop("not known"),
}

Kind = Literal["busy", "tentative", "free"]


@dataclass(frozen=True, slots=True)
class ClockChange:
    """A change of the clocks: the hours of a day that are skipped or repeated.

    Attributes
    ----------
    day
        The column of the day.
    low, high
        The hours of local time that are skipped or repeated.
    skipped
        Whether they are skipped; else they are repeated.
    at
        The instant of the change.
    """

    day: int
    low: float
    high: float
    skipped: bool
    at: pd.Timestamp


@dataclass(frozen=True, slots=True)
class DayColumns:
    """The days of a picture.

    Attributes
    ----------
    edges
        The midnights at which the days begin, and the one at which the last day ends.
    changes
        The changes of the clocks.
    unread
        Time that was not read: day, first hour, last hour.
    """

    tz: str
    edges: pd.DatetimeIndex
    changes: tuple[ClockChange, ...]
    unread: tuple[tuple[int, float, float], ...]

    @property
    def count(self) -> int:
        """The number of days."""
        return len(self.edges) - 1

    @property
    def start(self) -> pd.Timestamp:
        """The start of the first day."""
        return pd.Timestamp(self.edges[0])

    @property
    def end(self) -> pd.Timestamp:
        """The end of the last day."""
        return pd.Timestamp(self.edges[-1])

    @property
    def dates(self) -> list[pd.Timestamp]:
        """The midnight of each day."""
        return [pd.Timestamp(edge) for edge in self.edges[:-1]]


@dataclass(frozen=True, slots=True)
class EventBox:
    """An event, or the part of it on one day; all-day boxes reach from `day` to `last`."""

    day: int
    last: int
    low: float
    high: float
    all_day: bool
    kind: Kind
    group: object
    title: str


def day_columns(
    frame: pd.DataFrame, week: Bound | None, start: Bound | None, days: int, tz: str | None, first: int
) -> DayColumns:
    """Return the days for `plot_week` to draw; weeks begin on weekday `first`."""
    zone = zone_of_frame(frame, tz)
    if week is not None and start is not None:
        raise ValueError("give week= or start=, not both.")
    if not isinstance(days, int) or not 1 <= days <= MOST_DAYS:
        raise ValueError(f"days is a number from 1 to {MOST_DAYS}, not {days!r}.")
    begin = instant(start, zone, "start") or instant(week, zone, "week") or _read_start(frame, zone)
    wall = begin.tz_localize(None).normalize()
    if start is None:
        wall -= pd.Timedelta(days=(wall.day_of_week - first) % 7)
    edges = midnights(pd.date_range(wall, periods=days + 1, freq="D"), zone)
    return DayColumns(zone, edges, tuple(_clock_changes(edges)), tuple(_unread(frame, edges)))


def _read_start(frame: pd.DataFrame, zone: str) -> pd.Timestamp:
    """Return the start of the window that was read, else of the first row."""
    try:
        return observed_window(frame, None, None, zone)[0]
    except ValueError:
        raise ValueError("the frame has no rows, and its attrs do not say which window was read: give week=.") from None


def _clock_changes(edges: pd.DatetimeIndex) -> Iterator[ClockChange]:
    steps = pd.date_range(edges[0], edges[-1], freq=STEP)
    walls = steps.tz_localize(None)
    for n in np.flatnonzero(np.diff(walls) != STEP.to_timedelta64()).tolist():
        before, after = walls[n] + STEP, walls[n + 1]
        low, high = min(before, after), max(before, after)
        day = int(edges.tz_localize(None).normalize().searchsorted(low.normalize(), "right")) - 1
        hours = (low - low.normalize()) / pd.Timedelta("1h")
        until = min(hours + (high - low) / pd.Timedelta("1h"), DAY)
        yield ClockChange(day, hours, until, bool(after > before), steps[n + 1])


def _unread(frame: pd.DataFrame, edges: pd.DatetimeIndex) -> Iterator[tuple[int, float, float]]:
    """Yield the hours of each day of which not every account was read."""
    read = read_spans(frame)
    if read is None:
        return
    missing = complement(read, 1, micro(edges[0]), micro(edges[-1]))
    starts, ends = (timestamps(times, str(edges.tz)) for times in (missing.start, missing.end))
    for day in range(len(edges) - 1):
        begin, end = pd.Timestamp(edges[day]), pd.Timestamp(edges[day + 1])
        for start, until in zip(starts, ends, strict=True):
            if start < end and until > begin:
                low = 0.0 if start <= begin else _hour(start, begin, upper=False)
                yield day, low, DAY if until >= end else _hour(until, begin, upper=True)


def event_boxes(
    frame: pd.DataFrame, days: DayColumns, by: str | None, *, tentative: bool, language: Language | None = None
) -> list[EventBox]:
    """Return the boxes of the rows to draw, in the order of the rows."""
    times = frame[[name for name in ("start", "end", "all_day") if name in frame]]
    if any(str(times[name].dtype.tz) != days.tz for name in ("start", "end")):  # type: ignore[union-attr]
        times = to_timezone(times, days.tz)
    language = language or Language()
    kinds = _kinds(frame)
    keep = _is_within(times, days) & (kinds != "") & (tentative | (kinds != "tentative"))
    boxes: list[EventBox] = []
    all_day = (
        times["all_day"].to_numpy(np.bool_, na_value=False) if "all_day" in times else np.zeros(len(times), np.bool_)
    )
    for n in np.flatnonzero(keep).tolist():
        start, end = times["start"].iloc[n], times["end"].iloc[n]
        group = frame[by].iloc[n] if by is not None else ""
        boxes += _boxes_of_row(days, start, end, bool(all_day[n]), (kinds[n], group, _title(frame, n, language)))
    return boxes


def _is_within(times: pd.DataFrame, days: DayColumns) -> Any:
    start, end = micros(times["start"]), micros(times["end"])
    low, high = micro(days.start), micro(days.end)
    inside = (start < high) & ((end > low) | ((start == end) & (start >= low)))
    return (start != NAT) & (end >= start) & inside


def _kinds(frame: pd.DataFrame) -> Any:
    """Return the kind of each row; "" for rows that are not drawn."""
    kinds = np.full(len(frame), "busy", dtype=object)
    for column, value in TENTATIVE:
        if column in frame:
            kinds[frame[column].str.lower().isin([value]).to_numpy(np.bool_)] = "tentative"
    if "free_busy_status" in frame:
        kinds[frame["free_busy_status"].isin(["tentative", "unknown"]).to_numpy(np.bool_)] = "tentative"
        kinds[frame["free_busy_status"].isin(["free"]).to_numpy(np.bool_)] = "free"
    for column, value in NOT_BUSY:
        if column in frame:
            kinds[frame[column].str.lower().isin([value]).to_numpy(np.bool_)] = (
                "free" if column == "transparency" else ""
            )
    if "deleted" in frame:
        kinds[frame["deleted"].to_numpy(np.bool_, na_value=False)] = ""
    return kinds


def _title(frame: pd.DataFrame, n: int, language: Language) -> str:
    for column in ("summary", "free_busy_status"):
        if column in frame:
            text = frame[column].iloc[n]
            if pd.isna(text) or not str(text).strip():
                return language.gettext("(no title)")
            is_status = column == "free_busy_status" and text in STATUSES
            return language.gettext(STATUSES[text]) if is_status else str(text)
    return ""


def _boxes_of_row(
    days: DayColumns, start: pd.Timestamp, end: pd.Timestamp, all_day: bool, content: tuple[Kind, object, str]
) -> Iterator[EventBox]:
    """Yield the boxes of a row: one for each day that it touches, or a single one across for an all-day row."""
    first = max(int(days.edges.searchsorted(start, "right")) - 1, 0)
    last = min(max(int(days.edges.searchsorted(end, "left")) - 1, first), days.count - 1)
    if all_day or end - start >= pd.Timedelta("24h"):
        yield EventBox(first, last, 0.0, DAY, True, *content)
        return
    for day in range(first, last + 1):
        begin, until = pd.Timestamp(days.edges[day]), pd.Timestamp(days.edges[day + 1])
        low, high = _hours(days, day, max(start, begin), min(end, until), begin)
        yield EventBox(day, day, low, high, False, *content)


def _hours(
    days: DayColumns, day: int, start: pd.Timestamp, end: pd.Timestamp, midnight: pd.Timestamp
) -> tuple[float, float]:
    """Return the lowest and highest hour of local time between two instants of a day."""
    low, high = _hour(start, midnight, upper=False), _hour(end, midnight, upper=end > start)
    for change in days.changes:
        if change.day == day and not change.skipped and start < change.at < end:
            low, high = min(low, change.low), max(high, change.high)
    return low, max(low, high)


def _hour(time: pd.Timestamp, midnight: pd.Timestamp, *, upper: bool) -> float:
    """Return the hour of local time; of an end at a clock change the hour before the change."""
    wall = (time - MICRO).tz_localize(None) + MICRO if upper else time.tz_localize(None)
    return float((wall - midnight.tz_localize(None).normalize()) / pd.Timedelta("1h"))
