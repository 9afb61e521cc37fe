"""The days, weeks, months or quarters of a window in a time zone, and the working time in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.frames.bounds import Bound, Window, instant
from cronofy_frames.frames.clock_changes import midnights
from cronofy_frames.frames.date_words import is_weekday_name
from cronofy_frames.frames.standard_dtypes import standard_dtypes
from cronofy_frames.intervals.counting import micros
from cronofy_frames.intervals.observation import micro
from cronofy_frames.intervals.spans import (
    Flags,
    Micros,
    Spans,
    complement,
    concatenate_groups,
    crossings,
    intersection,
    runs,
    union,
)
from cronofy_frames.intervals.workdays import Hours, working_time

Freq = Literal["D", "W", "MS", "QS"] | None
Holidays = pd.DataFrame | Iterable[Bound] | Mapping[Any, Any] | None
Days = npt.NDArray[np.datetime64]

FREQS = ("D", "W", "MS", "QS")
_DAY, _WEEK = np.timedelta64(1, "D"), np.timedelta64(7, "D")


@dataclass(frozen=True, slots=True, eq=False)
class Periods:
    """The periods of a window, in order and without gaps.

    Attributes
    ----------
    start
        The first day of each, as a time; that of the first period may lie before the window.
    parts
        The part of each that lies in the window.
    """

    start: pd.DatetimeIndex
    parts: Spans

    def __len__(self) -> int:
        return len(self.parts)


def periods(window: Window, freq: Freq) -> Periods:
    """Cut a window at the local midnights at which a period begins.

    Raises
    ------
    ValueError
        For any other freq.
    """
    if freq is not None and freq not in FREQS:
        raise ValueError(f"freq is 'D', 'W' (from Monday), 'MS' (months), 'QS' (quarters) or None, not {freq!r}.")
    start, end = micro(window.start), micro(window.end)
    if freq is None:
        return Periods(pd.DatetimeIndex([window.start]).as_unit("us"), Spans.of(np.array([start]), np.array([end])))
    labels = _labels(*_first_and_last(window), freq)
    begins = midnights(labels, window.tz)
    edges = np.clip(_in_order(begins), start, end)
    edges[-1] = end
    # a day that a zone skips, such as 30 December 2011 in Samoa, is no period
    real = np.flatnonzero(edges[1:] > edges[:-1])
    return Periods(begins[real], Spans.of(edges[real], edges[real + 1]))


def _in_order(begins: pd.DatetimeIndex) -> Micros:
    """Return midnights as microseconds UTC; a day that a zone skips begins when the next one begins."""
    at: Micros = begins.tz_convert(None).to_numpy("M8[us]").view(np.int64)
    return np.minimum.accumulate(at[::-1])[::-1]


def _first_and_last(window: Window) -> tuple[Any, Any]:
    """Return the first and the last day of a window."""
    assert window.start is not None
    assert window.end is not None
    return np.datetime64(window.start.date()), np.datetime64((window.end - pd.Timedelta(1, "us")).date())


def _labels(first: Any, last: Any, freq: str) -> Days:
    """Return the days on which periods begin, from that of the first day to the one after the last day."""
    if freq == "D":
        return np.arange(first, last + 2 * _DAY, _DAY)
    if freq == "W":
        monday = first - (first.astype(np.int64) + 3) % 7 * _DAY  # the first of 1970 was a Thursday
        return np.arange(monday, last + _WEEK + _DAY, _WEEK)
    step = 1 if freq == "MS" else 3
    month = first.astype("M8[M]").astype(np.int64)
    months = np.arange(month - month % step, last.astype("M8[M]").astype(np.int64) + step + 1, step)
    return months.astype("M8[M]").astype("M8[D]")


@dataclass(frozen=True, slots=True, eq=False)
class WorkingTime:
    """Working time and working days of each of several accounts.

    Attributes
    ----------
    hours
        The working hours of each, in order; the days at both ends of the window are whole.
    days
        The local days with working hours.
    """

    hours: Spans
    days: Spans


def working_time_of(window: Window, hours: Hours, holidays: Holidays, accounts: list[Any]) -> WorkingTime:
    """Return the working time of accounts: their working hours without their holidays.

    Parameters
    ----------
    window
        The window.
    hours
        As in `gaps`; a frame with an `account` column gives each its own.
    holidays
        Days without working hours: dates, a mapping of dates such as the `holidays` library makes, or a frame of
        all-day events; with an `account` column, each account has its own.
    accounts
        The labels; None for an account without one.
    """
    if None in accounts and isinstance(hours, pd.DataFrame) and "account" in hours and hours["account"].nunique() > 1:
        raise ValueError(
            "working_hours has the rules of several accounts, but the events have no account: pass those of one."
        )
    days = _days(window)
    start, end = int(days.start[0]), int(days.end[-1])
    computed: dict[tuple[Any, Any], tuple[Spans, Spans]] = {}
    pairs: list[tuple[Spans, Spans]] = []
    for label in accounts:
        rules, off = _rows_of_account(hours, label), _rows_of_account(holidays, label)
        key = (label if rules is not hours else None, label if off is not holidays else None)
        if key not in computed:
            free = union(_spans(_dates(off, window), window.tz))
            at_work = intersection(working_time(rules, start, end, tz=window.tz), complement(free, 1, start, end))
            _, count = crossings(days, at_work)
            computed[key] = at_work, days.take(count > 0)
        pairs.append(computed[key])
    return WorkingTime(*(concatenate_groups([pair[n] for pair in pairs]) for n in (0, 1)))


def within(spans: Spans, parts: Spans, group_of: Micros) -> Spans:
    """Return the time of spans within parts, those of the group of parts that belongs to the group of each span.

    Parameters
    ----------
    spans
        Any spans.
    parts
        In order and disjoint, such as the working hours of each account.
    group_of
        For each group of spans, its group of parts.
    """
    span, part = runs(*crossings(Spans(group_of[spans.group], spans.start, spans.end), parts))
    start, end = np.maximum(spans.start[span], parts.start[part]), np.minimum(spans.end[span], parts.end[part])
    return Spans(spans.group[span], start, end).take(end > start)


def _days(window: Window) -> Spans:
    """Return the whole days that cover a window."""
    first, last = _first_and_last(window)
    edges = _in_order(midnights(np.arange(first, last + 2 * _DAY, _DAY), window.tz))
    edges = np.append(edges[:-1], max(edges[-1], micro(window.end)))
    real: Flags = edges[1:] > edges[:-1]
    return Spans.of(edges[:-1][real], edges[1:][real])


def _rows_of_account(table: Any, label: Any) -> Any:
    """Return the rows of an account in a frame with an account column, else the argument unchanged."""
    if label is None or not isinstance(table, pd.DataFrame) or "account" not in table:
        return table
    return table[table["account"] == label]


def _dates(holidays: Holidays, window: Window) -> tuple[Days, Days]:
    """Return the first days of holidays and the days after their last."""
    if isinstance(holidays, pd.DataFrame):
        return _all_days(standard_dtypes(holidays))
    if holidays is None or isinstance(holidays, str | date):
        holidays = [] if holidays is None else [holidays]
    if isinstance(holidays, Mapping):
        first, last = _first_and_last(window)
        # the holidays library works out a year when it is asked for one of its days
        public = [day for day in pd.date_range(first, last).date if day in holidays]
        holidays = [*holidays, *public]
    holidays = list(holidays)
    if names := [day for day in holidays if is_weekday_name(day)]:
        raise ValueError(
            f"a holiday is a date, not {names[0]!r}: working_hours= says which weekdays are worked, and a date such as "
            "'2026-12-25' is one day."
        )
    instants = {instant(day, window.tz, "a holiday") for day in holidays}
    days: Days = np.array(sorted(start.date() for start in instants if start is not None), "M8[D]")
    return days, days + _DAY


def _all_days(frame: pd.DataFrame) -> tuple[Days, Days]:
    if missing := [name for name in ("start", "end", "all_day") if name not in frame]:
        raise ValueError(
            f"a frame of holidays has all-day events, as from read_events; this one has no {', '.join(missing)}."
        )
    counts = frame["all_day"].to_numpy(np.bool_, na_value=False) & (micros(frame["end"]) > micros(frame["start"]))
    counts &= frame["start"].notna().to_numpy(np.bool_)
    if "deleted" in frame:
        counts &= ~frame["deleted"].to_numpy(np.bool_, na_value=False)
    first, after = (frame.loc[counts, name].dt.tz_localize(None).to_numpy("M8[D]") for name in ("start", "end"))
    return first, after


def _spans(dates: tuple[Days, Days], tz: str) -> Spans:
    start, end = (midnights(days, tz).tz_convert(None).to_numpy("M8[us]").view(np.int64) for days in dates)
    return Spans.of(start, end)
