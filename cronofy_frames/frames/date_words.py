"""Words for days: today, tomorrow, yesterday, weekdays, days and weeks from today, and ISO weeks."""

from __future__ import annotations

import difflib
import re
from datetime import date, timedelta

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_NEAR_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_FROM_TODAY = re.compile(r"([+-]\d{1,6})([dw])")
_WITHOUT_SIGN = re.compile(r"(\d{1,6})([dw])")
_ISO_WEEK = re.compile(r"\d{4}-?w\d\d(-?[1-7])?")
_DAYS_IN = {"d": 1, "w": 7}

WORDS_TEXT = "today, tomorrow, yesterday, monday to sunday (of this week), -7d, +2w, 2026-03 or 2026-W10"


def day_of_word(text: str, today: date) -> date | None:
    """Return the day that a word means; None for a text that is no such word.

    A weekday is that of the current week, which begins on Monday: on a Sunday, `monday` is six days ago. Days and weeks
    with a sign count from today, and an ISO week is its Monday.

    Raises
    ------
    ValueError
        For a day outside the calendar, as in the 54th week of a year.

    Examples
    --------
    >>> friday = date(2026, 3, 6)
    >>> [str(day_of_word(word, friday)) for word in ("tomorrow", "monday", "sunday", "-7d", "+2w", "2026-W10")]
    ['2026-03-07', '2026-03-02', '2026-03-08', '2026-02-27', '2026-03-20', '2026-03-02']
    """
    word = text.strip().lower()
    if word in _NEAR_DAYS:
        return today + timedelta(days=_NEAR_DAYS[word])
    if word in WEEKDAYS:
        return today + timedelta(days=WEEKDAYS.index(word) - today.weekday())
    if match := _FROM_TODAY.fullmatch(word):
        return _days_from(today, int(match[1]) * _DAYS_IN[match[2]])
    return date.fromisoformat(word.upper()) if _ISO_WEEK.fullmatch(word) else None


def nearest_word(text: str) -> str:
    """Return the words that are nearest to a text, as the end of a message; empty where none is near.

    Examples
    --------
    >>> nearest_word("tomorow"), nearest_word("7d"), nearest_word("x")
    (' Did you mean tomorrow?', ' Did you mean -7d or +7d?', '')
    """
    word = text.strip().lower()
    if _WITHOUT_SIGN.fullmatch(word):
        return f" Did you mean -{word} or +{word}?"
    near = difflib.get_close_matches(word, [*_NEAR_DAYS, *WEEKDAYS], n=1)
    return f" Did you mean {near[0]}?" if near else ""


def is_weekday_name(value: object) -> bool:
    """Whether a value is the name of a weekday."""
    return isinstance(value, str) and value.strip().lower() in WEEKDAYS


def _days_from(today: date, days: int) -> date:
    try:
        return today + timedelta(days=days)
    except OverflowError:
        raise ValueError(f"{days} days from today is outside the calendar") from None
