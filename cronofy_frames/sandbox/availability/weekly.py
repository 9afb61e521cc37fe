"""Convert weekly availability rules, and daily or weekly limits, to spans of time.

Documented at docs.cronofy.com/developers/api/scheduling/availability-rules and /available-periods. Weekdays and times
are local to the rule's time zone; what they mean when clocks change is an assumption (see `model.assumptions`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from cronofy_frames.sandbox.availability.spans import ALL_TIME, Span, TimeSet, intersection, union
from cronofy_frames.sandbox.model.times import epoch_seconds, instant_at, zone_of
from cronofy_frames.zones import ETC_UTC

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00", re.ASCII)


@dataclass(frozen=True, slots=True)
class WeeklyPeriod:
    """A period of one weekday in local time.

    Attributes
    ----------
    weekday
        0 for Monday.
    start, end
        Minutes after midnight, from 0 to 1440; the end is after the start.
    """

    weekday: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class WeeklyRule:
    """Weekly periods in a time zone."""

    tzid: str
    periods: tuple[WeeklyPeriod, ...]


@dataclass(frozen=True, slots=True)
class StoredAvailability:
    """The availability rules and available periods of an account.

    Attributes
    ----------
    rules
        By `availability_rule_id`.
    periods
        The single available periods, in any order.
    """

    rules: Mapping[str, WeeklyRule] = field(default_factory=dict)
    periods: tuple[Span, ...] = ()


def parse_weekly_period(day: str, start_time: str, end_time: str) -> WeeklyPeriod:
    """Parse a weekly period; raise ValueError with a message that begins with the name of the invalid field.

    Parameters
    ----------
    day
        A weekday in lower case.
    start_time, end_time
        `HH:MM`; the end may be 24:00, the midnight that ends the day.
    """
    if day not in DAYS:
        raise ValueError(f"day must be one of {', '.join(DAYS)}")
    start, end = _parse_minutes(start_time, "start_time"), _parse_minutes(end_time, "end_time")
    if end <= start:
        raise ValueError("end_time must be after start_time")
    return WeeklyPeriod(DAYS.index(day), start, end)


def _parse_minutes(text: str, name: str) -> int:
    """Return a time of day as minutes after midnight."""
    if not _TIME_OF_DAY.fullmatch(text) or (text == "24:00" and name == "start_time"):
        raise ValueError(f"{name} must be a time of day such as 09:30")
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def rule_spans(rule: WeeklyRule, window: Span) -> TimeSet:
    """Return the time within a window that a weekly rule includes."""
    zone = zone_of(rule.tzid)
    periods_by_weekday: dict[int, list[WeeklyPeriod]] = {}
    for period in rule.periods:
        periods_by_weekday.setdefault(period.weekday, []).append(period)
    spans = [
        (start_second(day, period.start, zone), end_second(day, period.end, zone))
        for day in _local_days(window, zone)
        for period in periods_by_weekday.get(day.weekday(), ())
    ]
    return intersection(union(spans), union([window]))


def time_of_stored_availability(
    stored: StoredAvailability, window: Span, *, rule_ids: Sequence[str] | None = None
) -> TimeSet:
    """Return the time within a window that an account's rules and available periods include.

    Parameters
    ----------
    stored
        Rules and periods of the account.
    window
        Time to cover.
    rule_ids
        The rules to use, unknown ids ignored; None means all rules.
    """
    rules = [rule for rule_id, rule in stored.rules.items() if rule_ids is None or rule_id in rule_ids]
    weekly = union(*(rule_spans(rule, window) for rule in rules))
    single = intersection(union(stored.periods), union([window]))
    return union(weekly, single)


def allowed_spans(requested: tuple[Span, ...] | None, stored: TimeSet | None) -> TimeSet | None:
    """Return the only time in which a member is available; None means all time.

    Parameters
    ----------
    requested
        The member's `available_periods` in the query; None if the query has none.
    stored
        The result of `time_of_stored_availability`; None without managed availability.
    """
    if requested is None or stored is None:
        return stored if requested is None else union(requested)
    return intersection(union(requested), stored)


def full_days_or_weeks(
    starts: Iterable[int], *, unit: Literal["day", "week"], limit: int, tzid: str | None = None
) -> TimeSet:
    """Return the days or weeks in which a constraint's limit of events is reached.

    Parameters
    ----------
    starts
        Start seconds of the events that the constraint counts.
    unit
        Whether it counts per day or per week.
    limit
        Number of events at which the day or week is closed; 0 closes all time.
    tzid
        Time zone of the days; None means UTC.
    """
    if limit < 1:
        return ALL_TIME
    zone = zone_of(tzid or ETC_UTC)
    length = timedelta(days=1 if unit == "day" else 7)
    counts = Counter(_first_day(second, unit, zone) for second in starts)
    return union(
        (start_second(day, 0, zone), start_second(day + length, 0, zone))
        for day, count in counts.items()
        if count >= limit
    )


def _first_day(second: int, unit: str, zone: ZoneInfo) -> date:
    """Return the local day of a second, or the Monday of its week."""
    day = _local(second, zone).date()
    return day if unit == "day" else day - timedelta(days=day.weekday())


def start_second(day: date, minute: int, zone: ZoneInfo) -> int:
    """Return the first second at which a local clock shows a minute of a day.

    If clocks skip that minute, it is the first second after the skip.
    """
    wall_time = datetime.combine(day, time.min) + timedelta(minutes=minute)
    with_old_offset, with_new_offset = _seconds_by_offset(wall_time, zone)
    return (
        _end_of_skip(with_new_offset, with_old_offset, zone) if with_old_offset > with_new_offset else with_old_offset
    )


def end_second(day: date, minute: int, zone: ZoneInfo) -> int:
    """Return the second at which a period that ends at a minute of a day ends.

    If clocks skip that minute, it is the first second after the skip.
    If the second before it occurs twice, the period ends after the second occurrence. A period that ends at the time
    to which clocks go back ends when the clock first shows it, not an hour later.
    """
    wall_time = datetime.combine(day, time.min) + timedelta(minutes=minute)
    with_old_offset, with_new_offset = _seconds_by_offset(wall_time, zone)
    if with_old_offset > with_new_offset:
        return _end_of_skip(with_new_offset, with_old_offset, zone)
    first, last = _seconds_by_offset(wall_time - timedelta(seconds=1), zone)
    return last + 1 if first < last else with_old_offset


def _seconds_by_offset(wall_time: datetime, zone: ZoneInfo) -> tuple[int, int]:
    """Return the seconds of a wall time by the offset before and by the offset after a clock change.

    They are equal if the time exists once, ascending if it occurs twice and descending if it does not exist.
    """
    instants = (wall_time.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    before, after = map(epoch_seconds, instants)
    return before, after


def _end_of_skip(before: int, after: int, zone: ZoneInfo) -> int:
    """Return the second at which clocks go forward, which lies after `before` and not after `after`."""
    offset = _local(before, zone).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        is_unchanged = _local(middle, zone).utcoffset() == offset
        before, after = (middle, after) if is_unchanged else (before, middle)
    return after


def _local(second: int, zone: ZoneInfo) -> datetime:
    return instant_at(second).astimezone(zone)


def _local_days(window: Span, zone: ZoneInfo) -> Iterator[date]:
    """Yield the local days of a window, and one more on each side for time zones that skip or repeat a day."""
    day = _local(window[0], zone).date() - timedelta(days=1)
    last = _local(window[1], zone).date() + timedelta(days=1)
    while day <= last:
        yield day
        day += timedelta(days=1)
