"""Coverage: which days of which account and calendar are known, and as of when.

The rule: a day is known when a sync read it, and either that day was over by then or no later sync could still read it
anew: of the days ahead only those of the newest sync are known, as older ones may be out of date. Days whose events
were pruned are not known any more, at whatever time.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import msgspec
import pandas as pd

from cronofy_frames.archive.accounts import is_deleted_calendar
from cronofy_frames.archive.pieces import SyncSchedule
from cronofy_frames.archive.pruned import pruned_before
from cronofy_frames.archive.state import State
from cronofy_frames.archive.times import time_of
from cronofy_frames.frames.bounds import Window

Days = tuple[date, date]
"""A first day and the day after the last."""


@dataclass(frozen=True, slots=True)
class SavedRead:
    """A window that was known whole at some time, in microseconds."""

    first_at: int
    last_at: int
    start: date
    end: date
    calendar_ids: tuple[str, ...]


def save_read(connection: sqlite3.Connection, sub: str, at: int, schedule: SyncSchedule) -> None:
    """Keep what a good sync of an account knows; a later one on the same day only moves the time."""
    calendars = msgspec.json.encode(sorted(schedule.readable)).decode()
    window = schedule.start.isoformat(), schedule.end.isoformat()
    updated = connection.execute(
        "update reads set last_at = max(last_at, ?) where sub = ? and calendars = ? and start = ? and end = ?",
        (at, sub, calendars, *window),
    )
    if not updated.rowcount:
        connection.execute("insert into reads values (?, ?, ?, ?, ?, ?)", (sub, at, calendars, at, *window))


def saved_reads(state: State, sub: str, as_of: int | None) -> list[SavedRead]:
    """Return the windows that were known of an account at a time, the oldest first."""
    rows = state.rows(
        "select first_at, last_at, start, end, calendars from reads where sub = ? order by first_at", (sub,)
    )
    reads = [
        SavedRead(first, last, date.fromisoformat(start), date.fromisoformat(end), tuple(msgspec.json.decode(ids)))
        for first, last, start, end, ids in rows
        if as_of is None or first <= as_of
    ]
    if as_of is None:
        return reads
    return [replace(read, last_at=min(read.last_at, as_of)) for read in reads]


def known_days(reads: Iterable[SavedRead], stale: Collection[str]) -> dict[str, list[Days]]:
    """Return the days that are known of each calendar; of those that are stale, none after they were read."""
    by_calendar: dict[str, list[SavedRead]] = defaultdict(list)
    for read in reads:
        for calendar_id in read.calendar_ids:
            by_calendar[calendar_id].append(read)
    return {calendar_id: _known_of(saved, calendar_id in stale) for calendar_id, saved in by_calendar.items()}


def _known_of(reads: list[SavedRead], is_stale: bool) -> list[Days]:
    newest = max(reads, key=lambda read: read.last_at)
    days = [] if is_stale else [(newest.start, newest.end)]
    days += [(read.start, min(read.end, time_of(read.last_at).date())) for read in reads]
    return union(days)


def union(days: Iterable[Days]) -> list[Days]:
    """Return days in order, those that overlap or touch as one."""
    merged: list[Days] = []
    for start, end in sorted(window for window in days if window[0] < window[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, end))
    return merged


def without(days: list[Days], others: list[Days]) -> list[Days]:
    """Return the days that are in no other window; both lists are in order and apart."""
    for start, end in others:
        days = [
            part
            for first, last in days
            for part in ((first, min(last, start)), (max(first, end), last))
            if part[0] < part[1]
        ]
    return days


def account_days(state: State, sub: str, as_of: int | None, calendar_ids: Iterable[str] | None = None) -> list[Days]:
    """Return the days on which all events of an account are known, or those in some of its calendars.

    Parameters
    ----------
    state
        The state of the archive.
    sub
        The account.
    as_of
        When it was known, in microseconds; None is now.
    calendar_ids
        The calendars that count. By default all, each from its first day that was read until it was taken away.
    """
    days = _read_days(state, sub, as_of, calendar_ids)
    before = pruned_before(state)
    if before is None:
        return days
    # the day itself is partly deleted, and whole days of another zone reach into the next one
    return without(days, [(date.min, time_of(before).date() + timedelta(days=2))])


def _read_days(state: State, sub: str, as_of: int | None, calendar_ids: Iterable[str] | None) -> list[Days]:
    """Return the days that were read, those included whose events were pruned since."""
    ends = _calendar_ends(state, sub, as_of)
    known = known_days(saved_reads(state, sub, as_of), ends)
    if calendar_ids is not None:
        return _common([known.get(calendar_id, []) for calendar_id in calendar_ids])
    days = union(window for windows in known.values() for window in windows)
    for calendar_id, windows in known.items():
        last = ends.get(calendar_id) or date.max
        days = without(days, without([(windows[0][0], last)], windows)) if windows else days
    return days


def _calendar_ends(state: State, sub: str, as_of: int | None) -> dict[str, date | None]:
    """Return the calendars that cannot be read: the day on which each was taken away; None where it may come back."""
    absences: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    rows = state.rows("select calendar_id, row, revoked_at, unreadable_since from calendars where sub = ?", (sub,))
    for calendar_id, row, revoked_at, unreadable_since in rows:
        if revoked_at is not None:
            absences[calendar_id].append((revoked_at, True))
        if unreadable_since is not None:
            absences[calendar_id].append((unreadable_since, is_deleted_calendar(row)))
    if as_of is not None:
        query = "select calendar_id, since, is_away from absences where sub = ? and until > ?"
        for calendar_id, since, is_away in state.rows(query, (sub, as_of)):
            absences[calendar_id].append((since, bool(is_away)))
    ends: dict[str, date | None] = {}
    for calendar_id, periods in absences.items():
        begun = [(since, is_away) for since, is_away in periods if as_of is None or since <= as_of]
        if begun:
            first = min(since for since, _ in begun)
            ends[calendar_id] = time_of(first).date() if any(is_away for _, is_away in begun) else None
    return ends


def _common(lists: list[list[Days]]) -> list[Days]:
    if not lists:
        return []
    common = lists[0]
    for days in lists[1:]:
        common = union((max(a, c), min(b, d)) for a, b in common for c, d in days)
    return common


def coverage_frame(
    state: State,
    accounts: Sequence[tuple[str, str]],
    window: Window,
    *,
    as_of: int | None,
    calendar_ids: Mapping[str, list[str]] | None,
) -> pd.DataFrame:
    """Return which days of accounts are known, in order, one row for each run of days.

    Parameters
    ----------
    state
        The state of the archive.
    accounts
        The accounts, as sub and label.
    window
        The days that are looked at; open ends are the first and the last that are known.
    as_of
        When they were known, in microseconds; None is now.
    calendar_ids
        The calendars that count, by sub; None is all.
    """
    rows = []
    for sub, label in accounts:
        known = account_days(state, sub, as_of, None if calendar_ids is None else calendar_ids[sub])
        first = _day(window.start, known[0][0] if known else date.max)
        last = _day_after(window.end, known[-1][1] if known else date.min)
        known = [(max(start, first), min(end, last)) for start, end in known if start < last and end > first]
        unknown = without([(first, last)], known) if first < last else []
        rows += [(label, start, end, True) for start, end in known]
        rows += [(label, start, end, False) for start, end in unknown]
    rows.sort()
    frame = pd.DataFrame(rows, columns=["account", "start", "end", "known"])
    dtype = pd.DatetimeTZDtype("us", window.tz)
    bounds: Any = (window.start, window.end)
    times = {name: pd.to_datetime(frame[name]).dt.tz_localize("UTC") for name in ("start", "end")}
    frame = frame.assign(**{name: time.astype(dtype).clip(*bounds) for name, time in times.items()})
    frame = frame.astype({"account": "str", "known": "bool"})
    return frame if state.has_labels else frame.drop(columns="account")


def _day(time: pd.Timestamp | None, other: date) -> date:
    return other if time is None else time.tz_convert("UTC").date()


def _day_after(time: pd.Timestamp | None, other: date) -> date:
    """Return the first day that begins at a time or later."""
    return other if time is None else time.tz_convert("UTC").ceil("D").date()
