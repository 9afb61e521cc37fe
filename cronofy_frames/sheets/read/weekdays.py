"""Names of weekdays in dates such as "Mon 4 May 2026" or "2026-05-04 (Mo)": English, German and French."""

from __future__ import annotations

import re

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_NAMES = (
    "monday mon montag mo lundi lun",
    "tuesday tue tues dienstag di mardi mar",
    "wednesday wed weds mittwoch mi mercredi mer",
    "thursday thu thur thurs donnerstag do jeudi jeu",
    "friday fri freitag fr vendredi ven",
    "saturday sat samstag sonnabend sa samedi sam",
    "sunday sun sonntag so dimanche dim",
)
_NUMBER_OF = {name: number for number, names in enumerate(_NAMES) for name in names.split()}
_LETTER = re.compile(r"[^\W\d_]{2}")
WEEKDAY_NAMES = tuple(_NUMBER_OF)
_WEEKDAY = re.compile(rf"[\s,(]*(?<![^\W_])({'|'.join(_NUMBER_OF)})(?![^\W\d_])\.?[\s,)]*", re.IGNORECASE)


def split_weekday(text: str) -> tuple[int | None, str]:
    """Return the weekday in a text, from 0 for Monday, and the rest of the text; None if it has none or several."""
    matches = list(_WEEKDAY.finditer(text)) if _LETTER.search(text) else []
    if len(matches) != 1:
        return None, text
    match = matches[0]
    return _NUMBER_OF[match[1].lower()], f"{text[: match.start()]} {text[match.end() :]}".strip()
