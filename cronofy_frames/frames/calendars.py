"""Calendars by id or by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cronofy_frames.frames.account_reader import Query, read_account
from cronofy_frames.frames.bounds import Window
from cronofy_frames.frames.progress import Progress
from cronofy_frames.text import single_line
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.endpoint import ENDPOINTS

CalendarRow = Mapping[str, Any]
"""A row of `read_calendars` as a mapping; None where nothing is known."""

MOST_NAMES = 10


class NoSuchCalendar(ValueError):
    """A calendar that cannot be used: unknown, ambiguous or deleted.

    Attributes
    ----------
    name
        The id or name that was given.
    expected
        What should be given in its place.
    """

    def __init__(self, name: str, expected: str) -> None:
        super().__init__(name, expected)
        self.name = name
        self.expected = single_line(expected)

    def __str__(self) -> str:
        return f"{self.name!r} cannot be used as a calendar: give {self.expected}."


def is_calendar_id(text: str) -> bool:
    """Return whether a text is the id of a calendar and not a name."""
    return text.startswith("cal_")


def find_calendar(calendars: Iterable[CalendarRow], name: str) -> CalendarRow:
    """Return the calendar with an id or a name.

    Parameters
    ----------
    calendars
        The calendars of one account.
    name
        An id, or the exact name of a calendar that was not deleted.

    Raises
    ------
    NoSuchCalendar
        No calendar has that id or name, several have the name, or only deleted ones.
    """
    listed = list(calendars)
    by_id = {row["calendar_id"]: row for row in listed}
    if name in by_id:
        return by_id[name]
    named = [row for row in listed if row["calendar_name"] == name]
    current = [row for row in named if not row["calendar_deleted"]]
    if len(current) == 1:
        return current[0]
    if current:
        ids = ", ".join(f"{row['calendar_id']} ({row['profile_name']})" for row in current)
        raise NoSuchCalendar(name, f"the id of a calendar, as {len(current)} have this name: {ids}")
    if named:
        ids = " and ".join(str(row["calendar_id"]) for row in named)
        raise NoSuchCalendar(name, f"a calendar that was not deleted (deleted ones with this name: {ids})")
    names = sorted(
        {str(row["calendar_name"]) for row in listed if row["calendar_name"] and not row["calendar_deleted"]}
    )
    more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
    raise NoSuchCalendar(name, f"the id or name of a calendar: {', '.join(names[:MOST_NAMES])}{more}")


def list_calendars(client: Client) -> list[CalendarRow]:
    """Return the calendars of an account as rows of `read_calendars`."""
    query = Query(ENDPOINTS["list_calendars"], {}, Window("UTC"))
    frame = read_account(client, query, Progress(show=False))
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def calendar_ids(client: Client, names: Sequence[str]) -> list[str]:
    """Return the ids of calendars given by id or by name; names are looked up in the account.

    Raises
    ------
    NoSuchCalendar
        For a name that no calendar has, or several.
    """
    if all(is_calendar_id(name) for name in names):
        return list(names)
    calendars = list_calendars(client)
    return [str(find_calendar(calendars, name)["calendar_id"]) for name in names]
