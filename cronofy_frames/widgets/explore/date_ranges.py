"""Date ranges: shortcuts such as "last month", and ranges in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from cronofy_frames.frames.bounds import DAYS_AHEAD, DAYS_BACK
from cronofy_frames.plots.language import Language

DAY = timedelta(days=1)

DateRange = tuple[date | None, date | None]


def monday(day: date) -> date:
    """Return the Monday of the week of a day."""
    return day - timedelta(days=day.weekday())


def this_week(today: date) -> DateRange:
    """Return the week from its Monday, end exclusive."""
    return monday(today), monday(today) + 7 * DAY


def last_week(today: date) -> DateRange:
    """Return the week before this one."""
    return monday(today) - 7 * DAY, monday(today)


def this_month(today: date) -> DateRange:
    """Return the month from its first day, end exclusive."""
    first = today.replace(day=1)
    return first, (first + 31 * DAY).replace(day=1)


def last_month(today: date) -> DateRange:
    """Return the month before this one, as far back as Cronofy returns events."""
    first = today.replace(day=1)
    return max((first - DAY).replace(day=1), today - DAYS_BACK * DAY), first


SHORTCUTS: dict[str, Callable[[date], DateRange]] = {
    "Today": lambda today: (today, today + DAY),
    "This week": this_week,
    "Last week": last_week,
    "This month": this_month,
    "Last month": last_month,
    "Next 4 weeks": lambda today: (today, today + 28 * DAY),
    "Everything": lambda _: (None, None),
}

TOOLTIPS = {
    "Last month": f"The month before this one, at most the last {DAYS_BACK} days",
    "Everything": f"All events that Cronofy returns: from {DAYS_BACK} days ago to {DAYS_AHEAD} days ahead",
}


def range_text(start: date | None, end: date | None) -> str:
    """Return a range, end exclusive, in words: its first and last day."""
    first = None if start is None else _day(start)
    last = None if end is None else _day(end - DAY)
    if first is None and last is None:
        return "all days that Cronofy returns"
    if first is None:
        return f"until {last}"
    if last is None:
        return f"from {first}"
    return first if first == last else f"{first} to {last}"


def _day(day: date) -> str:
    language = Language()
    return f"{language.days[day.weekday()]} {day.day} {language.months[day.month - 1]} {day.year}"


def file_name(start: date | None, end: date | None, suffix: str) -> str:
    """Return the name of a file with the events of a range: it has the first and last day."""
    parts = ["events", *_days_in_name(start, end)]
    return f"{'_'.join(parts)}.{suffix}"


def _days_in_name(start: date | None, end: date | None) -> list[str]:
    """Return the first and the last day, with a word where the range is open."""
    if start is None:
        return [] if end is None else ["until", str(end - DAY)]
    return ["from", str(start)] if end is None else [str(start), str(end - DAY)]
