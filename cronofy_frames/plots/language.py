"""The language of a picture: names of days and months, dates, numbers and its own words."""

from __future__ import annotations

import difflib
import gettext
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from cronofy_frames.plots.fonts import printable

if TYPE_CHECKING:
    from babel import Locale

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DOMAIN, CATALOGUES = "pictures", Path(__file__).parent / "locale"
# the patterns of dates in CLDR, the nearest of which a language has: a day, and a day with its year
DAY, DAY_AND_YEAR, SHORT_DAY, DATE, YEAR = "MMMEd", "yMMMEd", "Ed", "MMMd", "y"


@dataclass(frozen=True)
class Language:
    """A language to write a picture in; English, with dates as in Mon 2 Mar, by default.

    Attributes
    ----------
    days, months
        Short names of the days from Monday and the months from January.
    locale
        The form of dates and numbers; None for English.
    catalogue
        The translations of a picture's own words; English where there is none.
    """

    days: tuple[str, ...] = DAYS
    months: tuple[str, ...] = MONTHS
    locale: Locale | None = None
    catalogue: gettext.NullTranslations = field(default_factory=gettext.NullTranslations)

    def gettext(self, message: str, **values: object) -> str:
        """Return a text of the package in this language, with its values."""
        return printable(self.catalogue.gettext(message)).format(**values)

    def ngettext(self, singular: str, plural: str, count: int, **values: object) -> str:
        """Return a text of the package in this language in the form for a count, which it has as {count}."""
        text = printable(self.catalogue.ngettext(singular, plural, count))
        return text.format(count=self.number(count), **values)

    def number(self, value: float) -> str:
        """Return a number with the signs of this language, as in 12,5."""
        if self.locale is None:
            return f"{value:.6g}"
        from babel.numbers import format_decimal

        return printable(format_decimal(value, locale=self.locale, decimal_quantization=False))

    def day(self, date: pd.Timestamp) -> str:
        """Return a date as Mon 2 Mar."""
        return self._date(date, DAY) or f"{self.days[date.day_of_week]} {date.day} {self.months[date.month - 1]}"

    def day_and_year(self, date: pd.Timestamp) -> str:
        """Return a date as Mon 2 Mar 2026."""
        return self._date(date, DAY_AND_YEAR) or f"{self.day(date)} {date.year}"

    def short_day(self, date: pd.Timestamp) -> str:
        """Return a date as Mon 2."""
        return self._date(date, SHORT_DAY) or f"{self.days[date.day_of_week]} {date.day}"

    def date(self, date: pd.Timestamp) -> str:
        """Return a date as 2 Mar."""
        return self._date(date, DATE) or f"{date.day} {self.months[date.month - 1]}"

    def year(self, date: pd.Timestamp) -> str:
        """Return the year of a date."""
        return self._date(date, YEAR) or str(date.year)

    def span(self, start: pd.Timestamp, end: pd.Timestamp) -> str:
        """Return a window, end exclusive, as its first and last day."""
        last = end - pd.Timedelta(microseconds=1)
        if start.date() == last.date():
            return self.day_and_year(start)
        first, until = (isolate_direction(self.day_and_year(date)) for date in (start, last))
        return self.gettext("{first} to {last}", first=first, last=until)

    def _date(self, date: pd.Timestamp, pattern: str) -> str:
        """Return a date in the nearest form that the language has; "" in English and where it has none."""
        if self.locale is None:
            return ""
        from babel.dates import format_skeleton

        try:
            return printable(format_skeleton(pattern, date.date(), locale=self.locale))
        except KeyError:
            return ""


def language_of(locale: str | None) -> Language:
    """Return the language of a locale, such as "de", "pt-BR" or "ja_JP.UTF-8"; English by default.

    Of a country that is not known for a language, as in de_FR, the language counts. The picture's own words are in
    German, French, Spanish, Italian, Dutch, Portuguese and Japanese, else in English.

    Raises
    ------
    ValueError
        For an unknown locale, and for one whose words no installed font can write.
    """
    if locale is None:
        return Language()
    parsed = parse_locale(locale)
    if (parsed.language == "en" and parsed.territory in (None, "GB")) or parsed.variant == "POSIX":
        return Language()
    from babel.dates import get_day_names, get_month_names

    days = get_day_names("abbreviated", "stand-alone", parsed)
    months = get_month_names("abbreviated", "stand-alone", parsed)
    catalogue = gettext.translation(DOMAIN, CATALOGUES, [str(parsed), parsed.language], fallback=True)
    day_names, month_names = [days[n] for n in range(7)], [months[n] for n in range(1, 13)]
    printable(" ".join(day_names + month_names))  # a missing font is reported with all of them
    return Language(tuple(map(printable, day_names)), tuple(map(printable, month_names)), parsed, catalogue)


def parse_locale(locale: str) -> Locale:
    """Return a locale of CLDR; an unknown one is refused with near ones."""
    from babel import Locale, UnknownLocaleError

    text = str(locale).strip().replace("-", "_")
    plain = text.partition(".")[0].partition("@")[0]
    if plain.upper() in ("C", "POSIX"):
        return Locale("en")
    language, _, territory = plain.partition("_")
    for tag in (plain, language if territory.upper() in Locale("en").territories else plain):
        try:
            return Locale.parse(tag)
        except (ValueError, TypeError, UnknownLocaleError):
            continue
    near = _near_locales(plain)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise ValueError(f"locale is a language such as 'de' or 'pt_BR', not {locale!r}.{hint}")


def _near_locales(text: str) -> list[str]:
    """Return locales whose tag or name, in English or in the language itself, is like a text."""
    from babel import Locale, localedata

    tags = localedata.locale_identifiers()
    names = {tag.lower(): tag for tag in tags}
    for tag in tags:
        if "_" not in tag:
            names.update({name.lower(): tag for name in (Locale(tag).english_name, Locale(tag).display_name) if name})
    near = difflib.get_close_matches(text.lower(), names, n=3, cutoff=0.3)
    return list(dict.fromkeys(names[name] for name in near))


def letters_wide(text: str) -> int:
    """Return the width of a text in Latin letters: those of Chinese, Japanese and Korean count twice."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def gettext_noop(message: str) -> str:
    """Mark a text of the package that is translated where it is used."""
    return message


def isolate_direction(text: str) -> str:
    """Return a text that keeps its own direction inside another one, as an Arabic name in an English sentence."""
    is_mixed = any(unicodedata.bidirectional(sign) in ("R", "AL", "AN") for sign in text)
    return f"\u2068{text}\u2069" if is_mixed else text
