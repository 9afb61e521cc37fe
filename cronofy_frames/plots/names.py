"""How days, spans of time and groups are called in a picture."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cronofy_frames.intervals.workdays import weekday
from cronofy_frames.plots.canvas import brief, known

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Labels = Mapping[Any, str] | None


@dataclass(frozen=True, slots=True)
class Names:
    """Days from Monday and months from January, short, in one language."""

    days: tuple[str, ...] = DAYS
    months: tuple[str, ...] = MONTHS

    def day(self, moment: pd.Timestamp) -> str:
        """Return a day as Mon 2 Mar."""
        return f"{self.days[moment.day_of_week]} {moment.day} {self.months[moment.month - 1]}"

    def span(self, start: pd.Timestamp, end: pd.Timestamp) -> str:
        """Return a span of time, end exclusive, by its first and last day."""
        last = end - pd.Timedelta(microseconds=1)
        if start.date() == last.date():
            return f"{self.day(start)} {start.year}"
        return f"{self.day(start)} {start.year} to {self.day(last)} {last.year}"


def named(locale: str | None) -> Names:
    """Return the names of a language, English by default.

    Raises
    ------
    ValueError
        For a locale that does not exist, and for one whose names the font cannot write.
    """
    if locale is None:
        return Names()
    from babel import Locale, UnknownLocaleError, localedata
    from babel.dates import get_day_names, get_month_names

    try:
        spoken = Locale.parse(locale.replace("-", "_"))
    except (ValueError, TypeError, AttributeError, UnknownLocaleError):
        near = difflib.get_close_matches(str(locale), localedata.locale_identifiers(), n=3, cutoff=0.3)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise ValueError(f"locale is a language such as 'de' or 'pt_BR', not {locale!r}.{hint}") from None
    days = get_day_names("abbreviated", "stand-alone", spoken)
    months = get_month_names("abbreviated", "stand-alone", spoken)
    names = Names(tuple(days[day] for day in range(7)), tuple(months[month] for month in range(1, 13)))
    lacking = sorted({sign for name in names.days + names.months for sign in name if not known(sign)})
    if lacking:
        raise ValueError(
            f"the font has no shapes for {''.join(lacking[:5])!r}, in which locale {locale!r} is written: set "
            "matplotlib.rcParams['font.family'] to a list with a font that has them, such as 'Noto Sans CJK JP'."
        )
    return names


def first_day(week_start: str | int) -> int:
    """Return the weekday that a week starts with, 0 for Monday."""
    try:
        return weekday(week_start)
    except ValueError:
        raise ValueError(f"week_start is 'monday', 'sunday' or 'saturday', not {week_start!r}.") from None


def called(value: Any, labels: Labels, most: int = 28) -> str:
    """Return what a group is called: by the labels that were given, else by itself."""
    if labels is not None and value in labels:
        value = labels[value]
    elif isinstance(value, tuple):
        value = ", ".join(called(one, labels) for one in value)
    return brief("(none)" if pd.isna(value) else str(value), most)


def people(frame: pd.DataFrame) -> int:
    """Return how many accounts a frame is of, also those without rows; 0 where it does not say."""
    own = set(frame["account"].dropna()) if "account" in frame else set()
    return len(own | set(frame.attrs.get("cronofy", {}).get("accounts", {})))


def mean_of(count: int) -> str:
    """Return the end of a title that says of how many it is the mean."""
    return f", mean of {count} accounts" if count > 1 else ""
