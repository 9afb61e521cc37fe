"""Names of days, months, spans of time and groups in pictures."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cronofy_frames.frames.provenance import calendar_names, origin_of, sources_of
from cronofy_frames.intervals.workdays import weekday
from cronofy_frames.plots.canvas import has_glyph, shorten_label

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Labels = Mapping[Any, str] | None


@dataclass(frozen=True, slots=True)
class Names:
    """Short names of the days from Monday and the months from January, in one language."""

    days: tuple[str, ...] = DAYS
    months: tuple[str, ...] = MONTHS

    def day(self, date: pd.Timestamp) -> str:
        """Return a date as Mon 2 Mar."""
        return f"{self.days[date.day_of_week]} {date.day} {self.months[date.month - 1]}"

    def span(self, start: pd.Timestamp, end: pd.Timestamp) -> str:
        """Return a window, end exclusive, as its first and last day."""
        last = end - pd.Timedelta(microseconds=1)
        if start.date() == last.date():
            return f"{self.day(start)} {start.year}"
        return f"{self.day(start)} {start.year} to {self.day(last)} {last.year}"


def locale_names(locale: str | None) -> Names:
    """Return the names in a language, English by default.

    Raises
    ------
    ValueError
        For an unknown locale, and for one whose names the font cannot write.
    """
    if locale is None:
        return Names()
    from babel import Locale, UnknownLocaleError, localedata
    from babel.dates import get_day_names, get_month_names

    try:
        parsed = Locale.parse(locale.replace("-", "_"))
    except (ValueError, TypeError, AttributeError, UnknownLocaleError):
        near = difflib.get_close_matches(str(locale), localedata.locale_identifiers(), n=3, cutoff=0.3)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise ValueError(f"locale is a language such as 'de' or 'pt_BR', not {locale!r}.{hint}") from None
    days = get_day_names("abbreviated", "stand-alone", parsed)
    months = get_month_names("abbreviated", "stand-alone", parsed)
    names = Names(tuple(days[day] for day in range(7)), tuple(months[month] for month in range(1, 13)))
    missing = sorted({sign for name in names.days + names.months for sign in name if not has_glyph(sign)})
    if missing:
        raise ValueError(
            f"the font lacks the characters {''.join(missing[:5])!r} of locale {locale!r}: set "
            "matplotlib.rcParams['font.family'] to a list with a font that has them, such as 'Noto Sans CJK JP'."
        )
    return names


def first_day(week_start: str | int) -> int:
    """Return the weekday on which a week starts, 0 for Monday."""
    try:
        return weekday(week_start)
    except ValueError:
        raise ValueError(f"week_start is 'monday', 'sunday' or 'saturday', not {week_start!r}.") from None


def group_label(value: Any, labels: Labels, longest: int = 28) -> str:
    """Return the label of a group: the given one, else its value."""
    if labels is not None and value in labels:
        value = labels[value]
    elif isinstance(value, tuple):
        value = ", ".join(group_label(part, labels) for part in value)
    return shorten_label("(none)" if pd.isna(value) else str(value), longest)


def calendar_labels(frame: pd.DataFrame, by: str | None, labels: Labels) -> Labels:
    """Return labels for groups: the given ones, else the names of calendars where the groups are calendars."""
    return calendar_names(frame) if labels is None and by == "calendar_id" else labels


def account_count(frame: pd.DataFrame) -> int:
    """Return the number of accounts in a frame, including those without rows; 0 where it does not say."""
    labels = set(frame["account"].dropna()) if "account" in frame else set()
    return len(labels | set(sources_of(origin_of(frame))))


def mean_suffix(count: int) -> str:
    """Return the end of a title of mean values: the number of accounts."""
    return f", mean of {count} accounts" if count > 1 else ""
