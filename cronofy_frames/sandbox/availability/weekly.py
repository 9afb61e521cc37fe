"""Weeks and days in somebody's zone, laid out as spans of time: availability rules, stored periods, constraints.

Documented at docs.cronofy.com/developers/api/scheduling/availability-rules and /available-periods. A weekday is one of
the rule's own zone; what a wall time means when clocks change is an assumption, as `guesses` lists.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from cronofy_frames.sandbox.availability.spans import WHOLE, Span, Spans, intersection, union
from cronofy_frames.sandbox.model.times import zone_of

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

CONSTRAINT_TZID = "Etc/UTC"

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class WeeklyPeriod:
    """A stretch of one weekday, in minutes after its midnight as the clock on the wall shows them.

    Attributes
    ----------
    day
        0 for Monday.
    start, end
        From 0 to 1440, the end after the start.
    """

    day: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A recurring rule of an account.

    Attributes
    ----------
    tzid
        The zone of its weekdays and times.
    weekly
        When the account is available.
    """

    tzid: str
    weekly: tuple[WeeklyPeriod, ...]


@dataclass(frozen=True, slots=True)
class Managed:
    """What an account has stored of its availability.

    Attributes
    ----------
    rules
        By `availability_rule_id`.
    periods
        The one-off available periods, in any order.
    """

    rules: Mapping[str, Rule] = field(default_factory=dict)
    periods: Spans = ()


def read_weekly_period(day: str, start_time: str, end_time: str) -> WeeklyPeriod:
    """Return a weekly period as the wire writes it; ValueError says what is wrong with one that is none.

    Parameters
    ----------
    day
        A weekday in lower case.
    start_time, end_time
        `HH:MM`; the end may be 24:00, the midnight that ends the day.
    """
    if day not in DAYS:
        raise ValueError(f"day must be one of {', '.join(DAYS)}")
    start, end = _minutes(start_time, "start_time"), _minutes(end_time, "end_time")
    if end <= start:
        raise ValueError("end_time must be after start_time")
    return WeeklyPeriod(DAYS.index(day), start, end)


def _minutes(clock: str, name: str) -> int:
    if not _CLOCK.fullmatch(clock) or (clock == "24:00" and name == "start_time"):
        raise ValueError(f"{name} must be a time of day such as 09:30")
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def expand(rule: Rule, window: Span) -> Spans:
    """Return when a rule makes available, within a window.

    Parameters
    ----------
    rule
        The rule.
    window
        What to cover.
    """
    zone = zone_of(rule.tzid)
    on: dict[int, list[WeeklyPeriod]] = {}
    for period in rule.weekly:
        on.setdefault(period.day, []).append(period)
    spans = [
        (begin(day, period.start, zone), finish(day, period.end, zone))
        for day in _days(window, zone)
        for period in on.get(day.weekday(), ())
    ]
    return intersection(union(spans), union([window]))


def managed_spans(stored: Managed, window: Span, *, rule_ids: Sequence[str] | None = None) -> Spans:
    """Return when an account is available by what it has stored, within a window.

    Parameters
    ----------
    stored
        Its rules and periods.
    window
        What to cover.
    rule_ids
        The rules that count, those it does not have left aside; None is all, and none of them may be meant.
    """
    chosen = [rule for name, rule in stored.rules.items() if rule_ids is None or name in rule_ids]
    weeks = union(*(expand(rule, window) for rule in chosen))
    once = intersection(union(stored.periods), union([window]))
    return union(weeks, once)


def allowed_spans(own: Spans | None, managed: Spans | None) -> Spans | None:
    """Return when a member may be had at all; None is always.

    Parameters
    ----------
    own
        The `available_periods` that the query gives for the member; None where it gives none.
    managed
        What `managed_spans` gives; None without managed availability.
    """
    if own is None or managed is None:
        return managed if own is None else union(own)
    return intersection(union(own), managed)


def closed_spans(
    instants: Iterable[int],
    *,
    period: Literal["day", "week"],
    limit: int,
    tzid: str | None = None,
) -> Spans:
    """Return the whole days or weeks that have used up a constraint.

    Parameters
    ----------
    instants
        When the events start that the constraint counts.
    period
        What it counts over.
    limit
        From how many on there is no more availability; 0 is never any.
    tzid
        The zone of its days; None is the usual one.
    """
    if limit < 1:
        return WHOLE
    zone = zone_of(CONSTRAINT_TZID if tzid is None else tzid)
    length = timedelta(days=1 if period == "day" else 7)
    counted = Counter(_first_day(instant, period, zone) for instant in instants)
    return union(
        (begin(day, 0, zone), begin(day + length, 0, zone)) for day, count in counted.items() if count >= limit
    )


def _first_day(instant: int, period: str, zone: ZoneInfo) -> date:
    day = _local_day(instant, zone)
    return day if period == "day" else day - timedelta(days=day.weekday())


def begin(day: date, minute: int, zone: ZoneInfo) -> int:
    """Return the instant from which the wall clock shows a minute of a day: the first, where it comes twice."""
    wall = datetime.combine(day, time.min) + timedelta(minutes=minute)
    early, late = _passes(wall, zone)
    return _after_gap(early, late, zone) if early > late else early


def finish(day: date, minute: int, zone: ZoneInfo) -> int:
    """Return the instant before which the wall clock shows what comes before a minute of a day.

    Where that comes twice, it is the second time. A minute that comes twice is itself no
    such case while the minute before it comes once: what ends at the first 01:00 does not last until the second.
    """
    wall = datetime.combine(day, time.min) + timedelta(minutes=minute)
    early, late = _passes(wall, zone)
    if early > late:
        return _after_gap(early, late, zone)
    first, last = _passes(wall - _SECOND, zone)
    if first < last:
        return last + 1
    return early


def _passes(wall: datetime, zone: ZoneInfo) -> tuple[int, int]:
    """Return when the clock shows this by the offset before a change and by the one after it.

    Out of order they say that it never does, the same that it does so once.
    """
    return _seconds(wall.replace(tzinfo=zone, fold=0)), _seconds(wall.replace(tzinfo=zone, fold=1))


def _after_gap(late: int, early: int, zone: ZoneInfo) -> int:
    """Return what stands for a wall time that clocks jump over: the jump is after `early` and not after `late`."""
    before = _offset(early, zone)
    while late - early > 1:
        middle = (early + late) // 2
        early, late = (middle, late) if _offset(middle, zone) == before else (early, middle)
    return late


def _seconds(moment: datetime) -> int:
    return (moment.astimezone(UTC) - _EPOCH) // _SECOND


def _local(instant: int, zone: ZoneInfo) -> datetime:
    return (_EPOCH + timedelta(seconds=instant)).astimezone(zone)


def _offset(instant: int, zone: ZoneInfo) -> timedelta | None:
    return _local(instant, zone).utcoffset()


def _local_day(instant: int, zone: ZoneInfo) -> date:
    return _local(instant, zone).date()


def _days(window: Span, zone: ZoneInfo) -> Iterator[date]:
    """Yield the days that a window reaches into, and one on each side, for zones that skip or repeat a day."""
    day = _local_day(window[0], zone) - timedelta(days=1)
    last = _local_day(window[1], zone) + timedelta(days=1)
    while day <= last:
        yield day
        day += timedelta(days=1)
