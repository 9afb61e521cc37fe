"""Headers of columns, as people and programs write them, and the columns of a frame that they mean.

Case, spaces, underscores and hyphens do not matter. An unknown header is kept as the name of its column. A word such as
From or Time means a start or an end only where the cells are times, because it can mean other things as well.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

from cronofy_frames import schema
from cronofy_frames.schema import Dtype, Table
from cronofy_frames.sheets.read.cell_kinds import CellKinds, cell_kinds
from cronofy_frames.sheets.read.durations import is_duration_header
from cronofy_frames.sheets.read.header_labels import header_labels
from cronofy_frames.sheets.read.program_headers import TRANSLATED
from cronofy_frames.sheets.read.time_words import can_mean_else, suffix_of, time_name
from cronofy_frames.sheets.read.zone_words import position_of_zones
from cronofy_frames.text import join_names, single_line

TABLES = tuple(value for value in vars(schema).values() if isinstance(value, Table))

# fields that events are written with, and that reads never return: docs.cronofy.com/developers/api/events/upsert-event.
_WRITTEN: dict[str, Dtype] = {
    **dict.fromkeys(
        (
            *("account", "calendar", "reminders", "color", "locale", "attendees_remove", "conferencing_profile_id"),
            *("conferencing_provider_description", "subscriptions", "recurrence", "attachments", "tags"),
            *("event_classes", "meeting_agent", "meeting_agent_display_name"),
        ),
        "text",
    ),
    "reminders_create_only": "boolean",
}

DTYPES: dict[str, Dtype] = {column.name: column.dtype for table in TABLES for column in table.columns} | _WRITTEN

PARTS = ("start_date", "start_time", "end_date", "end_time")
"""Columns that are joined to `start` and `end`."""

REMINDER = ("reminder_on", "reminder_date", "reminder_time")

DURATION = "duration"
"""The column of durations in place of an end."""

OUTLOOK = (*REMINDER, "required_attendees", "optional_attendees", "sensitivity", "show_time_as")
"""Columns of Outlook that become columns of ours."""

# Google: support.google.com/calendar/answer/37118. Outlook: the columns of its CSV export.
_WORDS = {
    "Title": "summary",
    "Titel": "summary",
    "Titre": "summary",
    "Subject": "summary",
    "Event": "summary",
    "Event name": "summary",
    "Event title": "summary",
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
_ENDS = {"end", "end_date", "end_time"}
_TIME_NAMES = _STARTS | _ENDS
_RULE_NAMES = {"day"}  # of availability rules, where a day is a weekday
_LONGEST_HEADER = 60  # of words about times


def header_key(text: str) -> str:
    """Return the form of a header in which names are compared."""
    return re.sub(r"[\s_\-]+", "", text.casefold())


KNOWN_HEADERS = {header_key(name): name for name in (*DTYPES, *PARTS, *OUTLOOK, DURATION, "tzid")} | {
    header_key(word): name for word, name in _WORDS.items()
}

_TRANSLATED = {header_key(header): name for header, name in TRANSLATED.items()}


@dataclass(frozen=True, slots=True)
class Heading:
    """The header of a column in the file, and its name in the frame; unknown columns keep their header as name.

    `suffix` is what a header about times has in brackets, unless the caller gave its meaning.
    """

    header: str
    name: str
    is_known: bool = True
    suffix: str = ""


# the header row


def has_header(rows: Sequence[Sequence[Any]], meanings: Mapping[str, str]) -> bool:
    """Return whether one of the first rows has at least two known names."""
    return _header_position(rows, meanings) is not None


def header_row(rows: Sequence[Sequence[Any]], meanings: Mapping[str, str]) -> int:
    """Return the position of the header row; a file may have titles above it."""
    position = _header_position(rows, meanings)
    if position is not None:
        return position
    return next((at for at, row in enumerate(rows) if not is_blank(row)), 0)


def _header_position(rows: Sequence[Sequence[Any]], meanings: Mapping[str, str]) -> int | None:
    keys = {header_key(header) for header in meanings}
    return next((at for at, row in enumerate(rows[:20]) if count_known(row, keys) >= 2), None)


def count_known(row: Sequence[Any], more_keys: Set[str] = frozenset()) -> int:
    """Return the number of different known headers among the cells of a row, and of those that `more_keys` names."""
    headers = {header_key(text): text for text in (cell.lstrip("'") for cell in row if isinstance(cell, str))}
    return sum(
        key in KNOWN_HEADERS
        or key in _TRANSLATED
        or key in more_keys
        or (len(text) <= _LONGEST_HEADER and time_name(text) is not None)
        for key, text in headers.items()
    )


def is_blank(row: Sequence[Any]) -> bool:
    """Return whether all cells of a row are blank."""
    return not any(cell is not None and (not isinstance(cell, str) or cell.strip()) for cell in row)


# names of columns


def excluded_positions(headers: Sequence[str], columns: Mapping[str, str | None] | None) -> set[int]:
    """Return the positions of the columns to leave out, whose meaning is None.

    Raises
    ------
    ValueError
        The file does not have one of them.
    """
    return {_position_of(header, headers) for header, meaning in (columns or {}).items() if meaning is None}


def read_headings(
    headers: Sequence[str], columns: Sequence[Sequence[Any]], meanings: Mapping[str, str] | None = None
) -> list[Heading]:
    """Return the heading of each column.

    Parameters
    ----------
    headers
        The headers of the file.
    columns
        The cells of each column.
    meanings
        The names that the caller gives to headers.

    Raises
    ------
    ValueError
        Two columns have one meaning, or the caller names a header or a column that does not exist.
    """
    meanings = meanings or {}
    _refuse_twins(headers, meanings)
    chosen = {_position_of(header, headers): _known_name(header, name) for header, name in meanings.items()}
    kinds = functools.cache(lambda at: cell_kinds(columns[at]))
    names = [
        chosen[at] if at in chosen else _name_of(header, functools.partial(kinds, at))
        for at, header in enumerate(headers)
    ]
    names = [chosen.get(at, name) for at, name in enumerate(_without_rivals(names, headers, kinds))]
    names = _names_of_twins(names, kinds)
    names = _names_in_context(names, chosen)
    names = _names_by_cells(names, kinds)
    names = _with_durations(names, columns)
    if "tzid" not in names:
        at = position_of_zones([None if name else header for name, header in zip(names, headers, strict=True)], columns)
        names = ["tzid" if position == at else name for position, name in enumerate(names)]
    headings = [
        Heading(label, label, is_known=False)
        if name is None
        else Heading(
            label, name, suffix="" if at in chosen or header_key(header) in KNOWN_HEADERS else suffix_of(header)
        )
        for at, (label, header, name) in enumerate(zip(header_labels(headers), headers, names, strict=True))
    ]
    _refuse_duplicates(headings)
    return _with_unique_names(headings)


def _name_of(header: str, kinds: Callable[[], CellKinds]) -> str | None:
    """Return what a header means; words that can mean something else count only if the column has times."""
    known = KNOWN_HEADERS.get(header_key(header))
    if known is not None and known not in _RULE_NAMES:
        return known
    name = _TRANSLATED.get(header_key(header))
    if name is not None and name not in _TIME_NAMES:
        return name
    name = name or time_name(header)
    if name is None:
        return DURATION if is_duration_header(header) else known
    if not can_mean_else(header):
        return name
    return name if kinds().has_times or (kinds().can_be_times and not name.endswith("_date")) else known


def _without_rivals(
    names: list[str | None], headers: Sequence[str], kinds: Callable[[int], CellKinds]
) -> list[str | None]:
    """Return the names without those of columns that hold no times, where another column has the times.

    So a column Time with "two hours" is no start beside Start time; alone its cells are problems.
    """
    doubtful = {
        at
        for at, (name, header) in enumerate(zip(names, headers, strict=True))
        if name in _TIME_NAMES and header_key(header) not in KNOWN_HEADERS and not kinds(at).has_times
    }
    clear = [at for at, name in enumerate(names) if name in _TIME_NAMES and at not in doubtful]
    return [
        None if at in doubtful and any(_is_rival(names[other], name, kinds(other)) for other in clear) else name
        for at, name in enumerate(names)
    ]


def _is_rival(other: str | None, name: str | None, kinds: CellKinds) -> bool:
    """Return whether a column has what another with the given name would have."""
    side = (name or "").partition("_")[0]
    return other == name or (other == side and bool(kinds.time + kinds.moment))


def _names_of_twins(names: list[str | None], kinds: Callable[[int], CellKinds]) -> list[str | None]:
    """Return the names with two columns for the start, or for the end, as date and time of day where they hold these.

    Such are Début and Début in French versions of Outlook, or Starts on and Starts at.
    """
    for side in ("start", "end"):
        twins = [at for at, name in enumerate(names) if name == side]
        dates = [at for at in twins if kinds(at).are_all("date")]
        times = [at for at in twins if kinds(at).are_all("time")]
        if len(twins) == 2 and len(dates) == len(times) == 1:
            names[dates[0]], names[times[0]] = f"{side}_date", f"{side}_time"
    return names


def _with_durations(names: list[str | None], columns: Sequence[Sequence[Any]]) -> list[str | None]:
    """Return the names without durations that nothing needs, because the file has the ends or no start.

    Of several columns with durations, the first one counts.
    """
    ends = [columns[at] for at, name in enumerate(names) if name in _ENDS]
    lacks_end = not ends or any(is_blank(cells) for cells in zip(*ends, strict=True))
    needed = lacks_end and bool(_STARTS & set(names))
    first = names.index(DURATION) if needed and DURATION in names else -1
    return [None if name == DURATION and at != first else name for at, name in enumerate(names)]


def _refuse_twins(headers: Sequence[str], meanings: Mapping[str, str]) -> None:
    """Raise an error if the caller gives a meaning to a header that several columns have, and to no second of them."""
    counts = Counter(headers)
    for header in meanings:
        if counts[header] > 1 and f"{header} (2)" not in meanings:
            raise ValueError(
                f"columns= names {header!r}, which the file has {counts[header]} times: name "
                f"'{single_line(header)} (2)' as well, with its meaning."
            )


def _position_of(header: str, headers: Sequence[str]) -> int:
    """Return the position of a column that the caller names by its header; a second one of a name is Start (2)."""
    labels = header_labels(headers)
    if header in labels:
        return labels.index(header)
    positions = [at for at, other in enumerate(labels) if header_key(other) == header_key(header)]
    if not positions:
        raise ValueError(f"columns= names {header!r}, which the file does not have; it has {join_names(labels)}.")
    if len(positions) > 1:
        raise ValueError(
            f"columns= names {header!r}, which the file has {len(positions)} times: give one as it is there."
        )
    return positions[0]


def _known_name(header: str, name: Any) -> str:
    """Return the column that the caller gives as the meaning of a header."""
    key = header_key(str(name))
    known = KNOWN_HEADERS.get(key) or _TRANSLATED.get(key)
    if known is not None:
        return known
    near = difflib.get_close_matches(str(name), sorted({*DTYPES, *PARTS, *OUTLOOK, DURATION}), n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else "give a column of a frame, such as summary or start_date."
    raise ValueError(f"columns= gives {header!r} the meaning {name!r}, which is not a known column: {hint}")


def _names_in_context(names: list[str | None], chosen: Mapping[int, str]) -> list[str | None]:
    """Return the names with those changed whose meaning depends on the other columns."""
    if "availability_rule_id" in names:
        return names
    of_rules = {"day"} if {"event_uid", "event_id"} & set(names) else {"day", "position"}
    named = [None if name in of_rules and at not in chosen else name for at, name in enumerate(names)]
    if not _STARTS & set(named):
        # without a start there is nothing to be reminded of
        named = [None if name in REMINDER else name for name in named]
    renamed = _part_names(set(named))
    return [renamed.get(name or "", name) for name in named]


def _part_names(names: Set[str | None]) -> dict[str, str]:
    """Return the columns of times that have another meaning beside the other columns of times."""
    if not {"start", "start_date"} & names:
        # a lone "Start time" is mostly a date and time
        return {f"{side}_time": side for side in ("start", "end") if not {side, f"{side}_date"} & names}
    if {"start", "start_date"} <= names and "start_time" not in names:
        # beside a column Date, Start and End are times of day
        return {side: f"{side}_time" for side in ("start", "end") if f"{side}_time" not in names}
    return {side: f"{side}_date" for side in ("start", "end") if f"{side}_time" in names and side in names}


def _names_by_cells(names: list[str | None], kinds: Callable[[int], CellKinds]) -> list[str | None]:
    """Return the names with an end of times of day, or of dates beside times of the start, as a part of the end."""
    if "end" not in names or not _STARTS & set(names) or {"end_date", "end_time"} & set(names):
        return names
    at = names.index("end")
    if kinds(at).are_all("time"):
        names[at] = "end_time"
    elif kinds(at).are_all("date") and "start_time" in names:
        names[at] = "end_date"
    return names


def _refuse_duplicates(headings: list[Heading]) -> None:
    """Raise an error if two columns have one meaning."""
    by_name: dict[str, Heading] = {}
    for heading in headings:
        if not heading.is_known:
            continue
        for name in (heading.name, *_OVERLAPS.get(heading.name, ())):
            if name in by_name:
                meaning = heading.name if name in (*PARTS, *OUTLOOK) else name
                raise ValueError(
                    f"the columns {by_name[name].header!r} and {heading.header!r} both mean {single_line(meaning)}: "
                    "rename or remove one, or give it another meaning: "
                    f'columns={{"{single_line(heading.header)}": None}} leaves it out.'
                )
        by_name[heading.name] = heading


_OVERLAPPING_PAIRS = (
    *(("start", "start_date"), ("start", "start_time"), ("end", "end_date"), ("end", "end_time")),
    *(("attendees", "required_attendees"), ("attendees", "optional_attendees")),
    *(("transparency", "show_time_as"), ("extended_transparency", "show_time_as")),
    *(("reminders", "reminder_on"), ("reminders", "reminder_date")),
)
_OVERLAPS: dict[str, tuple[str, ...]] = {
    name: tuple(right if left == name else left for left, right in _OVERLAPPING_PAIRS if name in (left, right))
    for name in {name for pair in _OVERLAPPING_PAIRS for name in pair}
}


def _with_unique_names(headings: list[Heading]) -> list[Heading]:
    """Return the headings with a number after the name of an unknown column that another has already."""
    used = {heading.name for heading in headings if heading.is_known}
    unique: list[Heading] = []
    for heading in headings:
        name, count = heading.name, 1
        while not heading.is_known and name in used:
            count += 1
            name = f"{heading.name} ({count})"
        used.add(name)
        unique.append(replace(heading, name=name))
    return unique
