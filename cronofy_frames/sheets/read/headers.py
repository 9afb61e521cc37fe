"""Names that people and programs give to columns -> our names.

The law of this file: case, spaces, underscores and hyphens never tell two names apart, and what is not known
keeps its own name.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from cronofy_frames import schema
from cronofy_frames.schema import Dtype, Table
from cronofy_frames.sheets.read.values import text_of
from cronofy_frames.text import join_names

TABLES = tuple(one for one in vars(schema).values() if isinstance(one, Table))

# What an event is written with and never read back: docs.cronofy.com/developers/api/events/upsert-event.
_WRITTEN: dict[str, Dtype] = {
    **dict.fromkeys(
        (
            *("account", "calendar", "reminders", "color", "locale", "attendees_remove", "conferencing_profile_id"),
            *("conferencing_provider_description", "subscriptions", "recurrence", "attachments", "tags"),
            "event_classes",
        ),
        "text",
    ),
    "reminders_create_only": "boolean",
}

DTYPES: dict[str, Dtype] = {column.name: column.dtype for table in TABLES for column in table.columns} | _WRITTEN

PARTS = ("start_date", "start_time", "end_date", "end_time")
"""Columns that make `start` and `end` together."""

REMINDER = ("reminder_on", "reminder_date", "reminder_time")

OUTLOOK = (*REMINDER, "required_attendees", "optional_attendees", "sensitivity", "show_time_as")
"""Columns of Outlook's that become columns of ours."""

# Google's: support.google.com/calendar/answer/37118. Outlook's: the columns that its export to CSV writes.
_WORDS = {
    "Title": "summary",
    "Subject": "summary",
    "Date": "start_date",
    "All Day Event": "all_day",
    "Location": "location_description",
    "Private": "event_private",
    "Notes": "description",
    "Time zone": "tzid",
    "tz": "tzid",
    "Start time zone": "start_tzid",
    "End time zone": "end_tzid",
    "Colour": "color",
    "Invitees": "attendees",
    "Guests": "attendees",
    "Link": "url",
    "Reminder on/off": "reminder_on",
}

_STARTS = {"start", "start_date", "start_time"}


def key(text: str) -> str:
    """Return what tells one name from another."""
    return re.sub(r"[\s_\-]+", "", text.casefold())


KNOWN = {key(name): name for name in (*DTYPES, *PARTS, *OUTLOOK, "tzid")} | {
    key(word): name for word, name in _WORDS.items()
}


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's header in the file, and its name here; `known` is False for what we have no word for."""

    header: str
    name: str
    known: bool = True


def named(rows: Sequence[Sequence[Any]], told: Mapping[str, str]) -> bool:
    """Whether one of the first rows has at least two names that are known."""
    words = KNOWN.keys() | {key(header) for header in told}
    return any(known(row, words) >= 2 for row in rows[:20])


def header_row(rows: Sequence[Sequence[Any]], told: Mapping[str, str]) -> int:
    """Return the position of the row that holds the names: messy files have a title above it."""
    words = KNOWN.keys() | {key(header) for header in told}
    for at, row in enumerate(rows[:20]):
        if known(row, words) >= 2:
            return at
    return next((at for at, row in enumerate(rows) if not blank(row)), 0)


def known(row: Sequence[Any], words: Set[str] | None = None) -> int:
    """Return how many different names among the cells of a row are known."""
    return len({key(cell.lstrip("'")) for cell in row if isinstance(cell, str)} & (words or KNOWN.keys()))


def blank(row: Sequence[Any]) -> bool:
    """Whether a row has nothing in it."""
    return not any(cell is not None and (not isinstance(cell, str) or cell.strip()) for cell in row)


def dropped(headers: Sequence[str], told: Mapping[str, str | None] | None) -> set[int]:
    """Return the positions of the columns that the caller wants left out.

    Raises
    ------
    ValueError
        One of them is not there.
    """
    places = _told(headers, {header: "summary" for header, target in (told or {}).items() if target is None})
    return set(places)


def headings(headers: Sequence[str], told: Mapping[str, str] | None = None) -> list[Heading]:
    """Return the name of each column.

    Parameters
    ----------
    headers
        The file's.
    told
        What the caller says they mean.

    Raises
    ------
    ValueError
        Two columns mean the same; or something told does not exist.
    """
    meant = _told(headers, told or {})
    names = [meant.get(at, KNOWN.get(key(header))) for at, header in enumerate(headers)]
    names = _in_context(names, meant)
    found = [
        Heading(header, header, known=False) if name is None else Heading(header, name)
        for header, name in zip(headers, names, strict=True)
    ]
    _refuse_twins(found)
    return _apart(found)


def _told(headers: Sequence[str], told: Mapping[str, str]) -> dict[int, str]:
    """Return the names that the caller gives, by the position of the column."""
    meant: dict[int, str] = {}
    for header, target in told.items():
        places = [at for at, one in enumerate(headers) if one == header]
        places = places or [at for at, one in enumerate(headers) if key(one) == key(header)]
        if not places:
            raise ValueError(f"columns= names {header!r}, which the file does not have; it has {join_names(headers)}.")
        if len(places) > 1:
            raise ValueError(f"columns= names {header!r}, which the file has {len(places)} times: rename one there.")
        name = KNOWN.get(key(str(target)))
        if name is None:
            known = sorted({*DTYPES, *PARTS, *OUTLOOK})
            near = difflib.get_close_matches(str(target), known, n=3)
            hint = f"did you mean {' or '.join(near)}?" if near else f"take one of {join_names(known, 200)}."
            raise ValueError(f"columns= makes {header!r} {target!r}, which is no column of ours: {hint}")
        meant[places[0]] = name
    return meant


def _in_context(names: list[str | None], meant: Mapping[int, str]) -> list[str | None]:
    """Take back what a name means only in company."""
    if "availability_rule_id" in names:
        return names
    foreign = {"day"} if {"event_uid", "event_id"} & set(names) else {"day", "position"}
    named = [None if name in foreign and at not in meant else name for at, name in enumerate(names)]
    if not _STARTS & set(named):
        # minutes before the start need one
        named = [None if name in REMINDER else name for name in named]
    are = _parts_of(set(named))
    return [are.get(name or "", name) for name in named]


def _parts_of(names: Set[str | None]) -> dict[str, str]:
    """Return what the names of times are parts of, which their company tells."""
    if not {"start", "start_date"} & names:
        # "Start time" alone is mostly a date and time
        return {f"{side}_time": side for side in ("start", "end") if not {side, f"{side}_date"} & names}
    if {"start", "start_date"} <= names and "start_time" not in names:
        # with a column Date, what Start and End hold is the time of day
        return {side: f"{side}_time" for side in ("start", "end") if f"{side}_time" not in names}
    return {side: f"{side}_date" for side in ("start", "end") if f"{side}_time" in names and side in names}


def _refuse_twins(found: list[Heading]) -> None:
    seen: dict[str, Heading] = {}
    for heading in found:
        if not heading.known:
            continue
        for one in (heading.name, *_ALIKE.get(heading.name, ())):
            if one in seen:
                raise ValueError(
                    f"the columns {seen[one].header!r} and {heading.header!r} both mean "
                    f"{heading.name if one in (*PARTS, *OUTLOOK) else one}: rename or remove one."
                )
        seen[heading.name] = heading


_ALIKE_PAIRS = (
    *(("start", "start_date"), ("start", "start_time"), ("end", "end_date"), ("end", "end_time")),
    *(("attendees", "required_attendees"), ("attendees", "optional_attendees")),
    *(("transparency", "show_time_as"), ("extended_transparency", "show_time_as")),
    *(("reminders", "reminder_on"), ("reminders", "reminder_date")),
)
_ALIKE: dict[str, tuple[str, ...]] = {
    one: tuple(right if left == one else left for left, right in _ALIKE_PAIRS if one in (left, right))
    for one in {name for pair in _ALIKE_PAIRS for name in pair}
}


def _apart(found: list[Heading]) -> list[Heading]:
    """Number unknown columns that have a name which another has already."""
    taken = {heading.name for heading in found if heading.known}
    apart: list[Heading] = []
    for heading in found:
        name, count = heading.name, 1
        while not heading.known and name in taken:
            count += 1
            name = f"{heading.name} ({count})"
        taken.add(name)
        apart.append(Heading(heading.header, name, heading.known))
    return apart


def header_text(cell: Any, at: int) -> str:
    """Return a header's text; a blank one is named for its letter."""
    text = text_of(cell)
    return text if text.strip() else f"column {letter(at)}"


def letter(at: int) -> str:
    """Return the letters by which spreadsheets call the column at a position from 0."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
