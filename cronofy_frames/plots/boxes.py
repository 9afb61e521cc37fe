"""The rows of a few days as boxes on a sheet of paper: which day, from which hour on the clock to which."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from cronofy_frames.frames.bounds import Bound, instant
from cronofy_frames.frames.timestamps import NAT, midnights, to_timezone
from cronofy_frames.intervals.counting import NOT_BUSY, TENTATIVE, micro, micros, observed_window
from cronofy_frames.plots.scale import seen_by
from cronofy_frames.zones import zone_name

MOST_DAYS = 14
STEP = pd.Timedelta("15min")  # clocks change at quarters of an hour
MICRO = pd.Timedelta(1, "us")
DAY = 24.0

Kind = Literal["busy", "tentative", "free"]


@dataclass(frozen=True, slots=True)
class Turn:
    """When clocks change: the hours of a day that are skipped, or come twice."""

    day: int
    low: float
    high: float
    skipped: bool
    at: pd.Timestamp


@dataclass(frozen=True, slots=True)
class Sheet:
    """The days that are drawn.

    Attributes
    ----------
    edges
        The midnights at which the days begin, and that at which the last ends.
    turns
        Where clocks change.
    unread
        What was not read: day, from which hour, to which.
    """

    tz: str
    edges: pd.DatetimeIndex
    turns: tuple[Turn, ...]
    unread: tuple[tuple[int, float, float], ...]

    @property
    def days(self) -> int:
        """How many days there are."""
        return len(self.edges) - 1

    @property
    def start(self) -> pd.Timestamp:
        """When the first day begins."""
        return pd.Timestamp(self.edges[0])

    @property
    def end(self) -> pd.Timestamp:
        """When the last day ends."""
        return pd.Timestamp(self.edges[-1])

    @property
    def dates(self) -> list[pd.Timestamp]:
        """The days."""
        return [pd.Timestamp(edge) for edge in self.edges[:-1]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A row, or what of it lies on one day; whole ones reach from `day` to `last`."""

    day: int
    last: int
    low: float
    high: float
    whole: bool
    kind: Kind
    group: object
    title: str


def sheet_of(
    frame: pd.DataFrame, week: Bound | None, start: Bound | None, days: int, tz: str | None, first: int
) -> Sheet:
    """Return the days that `plot_week` is to draw."""
    zone = zone_name(tz) if tz is not None else zone_name(str(frame["start"].dt.tz))
    if week is not None and start is not None:
        raise ValueError("give week= or start=, not both.")
    if not isinstance(days, int) or not 1 <= days <= MOST_DAYS:
        raise ValueError(f"days is a number from 1 to {MOST_DAYS}, not {days!r}.")
    begin = instant(start, zone, "start") or instant(week, zone, "week") or _first(frame, zone)
    wall = begin.tz_localize(None).normalize()
    if start is None:
        wall -= pd.Timedelta(days=(wall.day_of_week - first) % 7)
    edges = midnights(pd.date_range(wall, periods=days + 1, freq="D"), zone)
    return Sheet(zone, edges, tuple(_turns(edges)), tuple(_unread(frame, edges)))


def _first(frame: pd.DataFrame, zone: str) -> pd.Timestamp:
    """Return when what was read begins: the window that was asked for, else the first row."""
    try:
        return observed_window(frame, None, None, zone)[0]
    except ValueError:
        raise ValueError("the frame has no rows and does not say what was read: give week=.") from None


def _turns(edges: pd.DatetimeIndex) -> Iterator[Turn]:
    steps = pd.date_range(edges[0], edges[-1], freq=STEP)
    walls = steps.tz_localize(None)
    for n in np.flatnonzero(np.diff(walls) != STEP.to_timedelta64()).tolist():
        before, after = walls[n] + STEP, walls[n + 1]
        low, high = min(before, after), max(before, after)
        day = int(edges.tz_localize(None).normalize().searchsorted(low.normalize(), "right")) - 1
        hours = (low - low.normalize()) / pd.Timedelta("1h")
        yield Turn(day, hours, min(hours + (high - low) / pd.Timedelta("1h"), DAY), bool(after > before), steps[n + 1])


def _unread(frame: pd.DataFrame, edges: pd.DatetimeIndex) -> Iterator[tuple[int, float, float]]:
    seen = seen_by(frame)
    if seen is None or seen[1] <= micro(edges[0]) or seen[0] >= micro(edges[-1]):
        if seen is not None:
            yield from ((day, 0.0, DAY) for day in range(len(edges) - 1))
        return
    first, last = (pd.Timestamp(one, unit="us", tz="UTC").tz_convert(edges.tz) for one in seen)
    for day in range(len(edges) - 1):
        begin, end = pd.Timestamp(edges[day]), pd.Timestamp(edges[day + 1])
        if first > begin:
            yield day, 0.0, _hour(min(first, end), begin, upper=True)
        if last < end:
            yield day, _hour(max(last, begin), begin, upper=False), DAY


def entries(frame: pd.DataFrame, sheet: Sheet, by: str | None, *, tentative: bool) -> list[Entry]:
    """Return what of a frame is drawn on a sheet, in the order of its rows."""
    times = frame[[name for name in ("start", "end", "all_day") if name in frame]]
    if any(str(times[name].dtype.tz) != sheet.tz for name in ("start", "end")):  # type: ignore[union-attr]
        times = to_timezone(times, sheet.tz)
    kinds = _kinds(frame)
    keep = _on(times, sheet) & (kinds != "") & (tentative | (kinds != "tentative"))
    found: list[Entry] = []
    whole = (
        times["all_day"].to_numpy(np.bool_, na_value=False) if "all_day" in times else np.zeros(len(times), np.bool_)
    )
    for n in np.flatnonzero(keep).tolist():
        start, end = times["start"].iloc[n], times["end"].iloc[n]
        group = frame[by].iloc[n] if by is not None else ""
        found += _pieces(sheet, start, end, bool(whole[n]), (kinds[n], group, _title(frame, n)))
    return found


def _on(times: pd.DataFrame, sheet: Sheet) -> Any:
    start, end = micros(times["start"]), micros(times["end"])
    low, high = micro(sheet.start), micro(sheet.end)
    inside = (start < high) & ((end > low) | ((start == end) & (start >= low)))
    return (start != NAT) & (end >= start) & inside


def _kinds(frame: pd.DataFrame) -> Any:
    """Return what each row is; nothing for one that is not drawn."""
    kinds = np.full(len(frame), "busy", dtype=object)
    for column, word in TENTATIVE:
        if column in frame:
            kinds[frame[column].isin([word]).to_numpy(np.bool_)] = "tentative"
    if "free_busy_status" in frame:
        kinds[frame["free_busy_status"].isin(["tentative", "unknown"]).to_numpy(np.bool_)] = "tentative"
        kinds[frame["free_busy_status"].isin(["free"]).to_numpy(np.bool_)] = "free"
    for column, word in NOT_BUSY:
        if column in frame:
            kinds[frame[column].isin([word]).to_numpy(np.bool_)] = "free" if column == "transparency" else ""
    if "deleted" in frame:
        kinds[frame["deleted"].to_numpy(np.bool_, na_value=False)] = ""
    return kinds


def _title(frame: pd.DataFrame, n: int) -> str:
    for column in ("summary", "free_busy_status"):
        if column in frame:
            text = frame[column].iloc[n]
            return "(no title)" if pd.isna(text) or not str(text).strip() else str(text)
    return ""


def _pieces(
    sheet: Sheet, start: pd.Timestamp, end: pd.Timestamp, whole: bool, told: tuple[Kind, object, str]
) -> Iterator[Entry]:
    """Yield a row's boxes: one for each day that it touches, or one on top."""
    first = max(int(sheet.edges.searchsorted(start, "right")) - 1, 0)
    last = min(max(int(sheet.edges.searchsorted(end, "left")) - 1, first), sheet.days - 1)
    if whole or end - start >= pd.Timedelta("24h"):
        yield Entry(first, last, 0.0, DAY, True, *told)
        return
    for day in range(first, last + 1):
        begin, until = pd.Timestamp(sheet.edges[day]), pd.Timestamp(sheet.edges[day + 1])
        low, high = _span(sheet, day, max(start, begin), min(end, until), begin)
        yield Entry(day, day, low, high, False, *told)


def _span(
    sheet: Sheet, day: int, start: pd.Timestamp, end: pd.Timestamp, midnight: pd.Timestamp
) -> tuple[float, float]:
    """Return from which hour to which the clock goes between two moments of a day."""
    low, high = _hour(start, midnight, upper=False), _hour(end, midnight, upper=end > start)
    for turn in sheet.turns:
        if turn.day == day and not turn.skipped and start < turn.at < end:
            low, high = min(low, turn.low), max(high, turn.high)
    return low, max(low, high)


def _hour(moment: pd.Timestamp, midnight: pd.Timestamp, *, upper: bool) -> float:
    """Return what the clock shows; at an end, what it shows when it gets there and not what it jumps to."""
    wall = (moment - MICRO).tz_localize(None) + MICRO if upper else moment.tz_localize(None)
    return float((wall - midnight.tz_localize(None).normalize()) / pd.Timedelta("1h"))
