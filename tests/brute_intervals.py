"""Busy time counted minute by minute: slow, plain, and written without a look at the arrays.

A minute is a whole number counted from the base of its night; time is a set of the minutes in it. What the clock on the
wall shows comes from `zoneinfo` alone.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pandas as pd

from cronofy_frames.connecting import connect
from cronofy_frames.frames.decoder import decode
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.schema import FREE_BUSY
from cronofy_frames.wire.client import Client

Minutes = set[int]


class Night(NamedTuple):
    """A zone, and an instant half a day before its clocks change."""

    tz: str
    base: datetime


def _night(tz: str, base: str) -> Night:
    return Night(tz, datetime.fromisoformat(base).replace(tzinfo=UTC))


NIGHTS = [
    _night("UTC", "2026-03-01T12:00"),
    _night("Asia/Kathmandu", "2026-02-28T12:00"),
    _night("Europe/Lisbon", "2026-03-28T12:00"),
    _night("Europe/Lisbon", "2026-10-24T12:00"),
    _night("Europe/London", "2026-10-24T12:00"),
    _night("Australia/Lord_Howe", "2026-04-04T03:00"),  # by half an hour
    _night("Australia/Lord_Howe", "2026-10-03T03:00"),
    _night("America/Havana", "2026-03-07T17:00"),  # at midnight
    _night("America/Havana", "2026-10-31T17:00"),
    _night("Africa/Cairo", "2026-04-23T10:00"),
    _night("America/St_Johns", "2007-03-10T15:00"),  # at one minute past midnight
    _night("America/St_Johns", "2007-11-03T15:00"),
    _night("Pacific/Apia", "2011-12-29T22:00"),  # a day that there was not
]
"""Nights on which clocks change, and two on which they do not."""


@cache
def wall_times(night: Night, length: int) -> tuple[datetime, ...]:
    """Return the wall time of each minute."""
    zone = ZoneInfo(night.tz)
    return tuple(
        (night.base + timedelta(minutes=minute)).astimezone(zone).replace(tzinfo=None) for minute in range(length)
    )


def instant(night: Night, minute: int) -> pd.Timestamp:
    """Return the instant of a minute."""
    return pd.Timestamp(night.base + timedelta(minutes=minute)).tz_convert(night.tz)


def minute_of(night: Night, moment: pd.Timestamp) -> int:
    """Return the minute of an instant, which must be a whole one."""
    minute, rest = divmod(moment.to_pydatetime() - night.base, timedelta(minutes=1))
    assert not rest
    return minute


def busy_frame(night: Night, spans: Iterable[tuple[Any, Any]]) -> pd.DataFrame:
    """Return busy periods, from minutes or from dates."""

    def wire(when: Any) -> str:
        if isinstance(when, date):
            return when.isoformat()
        return (night.base + timedelta(minutes=when)).strftime("%Y-%m-%dT%H:%M:%SZ")

    rows = [
        {"calendar_id": "cal_1", "start": wire(start), "end": wire(end), "free_busy_status": "busy"}
        for start, end in spans
    ]
    return decode([json.dumps({"free_busy": rows}).encode()], FREE_BUSY, rows="free_busy", tz=night.tz)


def office_clients() -> dict[str, Client]:
    """Return a client for each person in the seeded office, by label."""
    box = Sandbox(now="2026-03-02T09:00:00Z")
    clients = [connect(sandbox=box, account=client.email) for client in box.accounts if client.kind == "account"]
    return {client.account_information()["account"]["name"]: client for client in clients}


def spans_of(night: Night, frame: pd.DataFrame) -> list[tuple[int, int]]:
    """Return the rows of a frame as minutes."""
    return [
        (minute_of(night, start), minute_of(night, end))
        for start, end in zip(frame["start"], frame["end"], strict=True)
    ]


def covered_minutes(spans: Iterable[tuple[int, int]]) -> Minutes:
    """Return every minute that a span covers."""
    return {minute for start, end in spans for minute in range(start, end)}


def runs(minutes: Iterable[int]) -> list[tuple[int, int]]:
    """Return minutes as maximal spans."""
    spans: list[tuple[int, int]] = []
    for minute in sorted(minutes):
        if spans and spans[-1][1] == minute:
            spans[-1] = (spans[-1][0], minute + 1)
        else:
            spans.append((minute, minute + 1))
    return spans


def concurrency_steps(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Return the spans of constant concurrency, with their number."""
    count = Counter(minute for start, end in spans for minute in range(start, end))
    levels = {level: runs(minute for minute in count if count[minute] == level) for level in set(count.values())}
    return sorted((start, end, level) for level, level_spans in levels.items() for start, end in level_spans)


def shares(
    night: Night, busy: Minutes, window: range, label: Callable[[datetime], Any]
) -> dict[Any, tuple[float, float]]:
    """Return busy and observed hours for each label of a wall time."""
    clock = wall_times(night, window.stop)
    observed = Counter(label(clock[minute]) for minute in window)
    taken = Counter(label(clock[minute]) for minute in window if minute in busy)
    return {name: (taken[name] / 60, observed[name] / 60) for name in observed}


def working_minutes(night: Night, week: dict[int, list[tuple[int, int]]], window: range) -> Minutes:
    """Return the minutes in working hours, given in minutes after midnight for each weekday; some end past 1440.

    A stretch lasts from the first minute at which the clock shows one of its times to the last.
    """
    clock = wall_times(night, window.stop)
    days = {(wall + timedelta(days=shift)).date() for wall in clock for shift in (-1, 0)}
    minutes: Minutes = set()
    for day in days:
        midnight = datetime.combine(day, time.min)
        for start, end in week.get(day.weekday(), []):
            first, last = midnight + timedelta(minutes=start), midnight + timedelta(minutes=end)
            shown = [minute for minute, wall in enumerate(clock) if first <= wall < last]
            if shown:
                minutes |= set(range(shown[0], shown[-1] + 1))
    return minutes & set(window)


def common_spans(
    free: dict[str, Minutes], window: range, required: int, length: int
) -> list[tuple[int, int, tuple[str, ...]]]:
    """Return the stretches over which the same people are free, enough of them, none within another."""
    last = {name: {window.stop: window.stop} for name in free}
    for name, minutes in free.items():
        for minute in reversed(window):
            last[name][minute] = last[name][minute + 1] if minute in minutes else minute
    stretches: list[tuple[int, int, tuple[str, ...]]] = []
    reached = window.start
    for start in window:
        end = sorted((last[name][start] for name in free), reverse=True)[required - 1]
        if end - start >= length and end > reached:
            stretches.append((start, end, tuple(sorted(name for name in free if last[name][start] >= end))))
        reached = max(reached, end)
    return stretches
