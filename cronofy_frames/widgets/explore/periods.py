"""Spans of days that people ask for by name, and how spans are called."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from cronofy_frames.frames.bounds import DAYS_AHEAD, DAYS_BACK
from cronofy_frames.plots.names import Names

DAY = timedelta(days=1)

Span = tuple[date | None, date | None]


def monday(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def this_week(today: date) -> Span:
    """Return the week from its Monday, end exclusive."""
    return monday(today), monday(today) + 7 * DAY


def last_week(today: date) -> Span:
    """Return the week before this one."""
    return monday(today) - 7 * DAY, monday(today)


def this_month(today: date) -> Span:
    """Return the month from its first day, end exclusive."""
    first = today.replace(day=1)
    return first, (first + 31 * DAY).replace(day=1)


def last_month(today: date) -> Span:
    """Return the month before this one, as far back as Cronofy shows it."""
    first = today.replace(day=1)
    return max((first - DAY).replace(day=1), today - DAYS_BACK * DAY), first


SHORTCUTS: dict[str, Callable[[date], Span]] = {
    "Today": lambda today: (today, today + DAY),
    "This week": this_week,
    "Last week": last_week,
    "This month": this_month,
    "Last month": last_month,
    "Next 4 weeks": lambda today: (today, today + 28 * DAY),
    "Everything": lambda _: (None, None),
}

TOOLTIPS = {
    "Last month": f"The month before this one, as far as Cronofy shows it: {DAYS_BACK} days back",
    "Everything": f"All that Cronofy shows: from {DAYS_BACK} days ago to {DAYS_AHEAD} days ahead",
}


def spelled(start: date | None, end: date | None) -> str:
    """Return a span, end exclusive, in words: by its first and last day."""
    first = None if start is None else _day(start)
    last = None if end is None else _day(end - DAY)
    if first is None and last is None:
        return "all that Cronofy shows"
    if first is None:
        return f"until {last}"
    if last is None:
        return f"from {first}"
    return first if first == last else f"{first} to {last}"


def _day(day: date) -> str:
    names = Names()
    return f"{names.days[day.weekday()]} {day.day} {names.months[day.month - 1]} {day.year}"


def file_name(start: date | None, end: date | None, suffix: str) -> str:
    """Return what a file with the events of a span is called: by its first and last day."""
    parts = ["events", *days_of(start, end)]
    return f"{'_'.join(parts)}.{suffix}"


def days_of(start: date | None, end: date | None) -> list[str]:
    """Return the first day and the last, with a word where one of them is open."""
    if start is None:
        return [] if end is None else ["until", str(end - DAY)]
    return ["from", str(start)] if end is None else [str(start), str(end - DAY)]
