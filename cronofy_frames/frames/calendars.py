"""Calendars by id or by name, and the names of the calendars that rows are in.

A client's list of calendars is read again after five minutes, or for a calendar that it lacks. Names of calendars are
for people to read: if the list cannot be read, rows have none, and their read is complete nevertheless.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

import pandas as pd

from cronofy_frames.errors import CronofyError
from cronofy_frames.frames.bounds import Window
from cronofy_frames.frames.extra_columns import ExtraType
from cronofy_frames.frames.progress import Progress
from cronofy_frames.frames.query import Query
from cronofy_frames.frames.sequential_read import read_account
from cronofy_frames.text import single_line
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.endpoint import ENDPOINTS
from cronofy_frames.wire.waiting import Cancelled

CalendarRow = Mapping[str, Any]
"""A row of `read_calendars` as a mapping; None where nothing is known."""

MOST_NAMES = 10

NAME_COLUMNS = ("calendar_name", "provider_name")
"""Columns of events and free/busy that come from the list of calendars."""

LIFETIME = timedelta(minutes=5)
"""For how long a list of calendars names the calendars of rows."""


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
    if not listed:
        raise NoSuchCalendar(name, "none: this account has no calendars (read_profiles lists its profiles)")
    more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
    raise NoSuchCalendar(name, f"the id or name of a calendar: {', '.join(names[:MOST_NAMES])}{more}")


@dataclass(frozen=True)
class CalendarList:
    """The calendars of an account as they were read at a time, or why they could not be read."""

    frame: pd.DataFrame
    read_at: datetime
    error: str | None = None

    def is_current(self, now: datetime) -> bool:
        """Return whether the list may still be used; a clock that was turned back ends it too."""
        return abs(now - self.read_at) < LIFETIME

    def has_all(self, ids: pd.Series) -> bool:
        """Return whether each id is listed; a list that could not be read lacks none, so that it is not asked again."""
        return self.error is not None or bool(ids.isin(self.frame["calendar_id"]).all())


_LISTS: WeakKeyDictionary[Client, CalendarList] = WeakKeyDictionary()
_LOCK = threading.Lock()


def read_calendar_list(client: Client, extra: Mapping[str, ExtraType] | None = None) -> pd.DataFrame:
    """Read the calendars of an account, and keep them, or why they cannot be read, for the names of rows."""
    query = Query(ENDPOINTS["list_calendars"], {}, Window("UTC"), extra=extra or {})
    try:
        frame = read_account(client, query, Progress(show=False))
    except Cancelled:
        raise
    except CronofyError as error:
        _cache_list(client, CalendarList(pd.DataFrame(), client.clock(), f"not read: {type(error).__name__}"))
        raise
    _cache_list(client, CalendarList(frame.copy(), client.clock()))
    return frame


def _cache_list(client: Client, listed: CalendarList) -> None:
    with _LOCK:
        _LISTS[client] = listed


def _cached_list(client: Client) -> CalendarList | None:
    with _LOCK:
        return _LISTS.get(client)


def list_calendars(client: Client) -> list[CalendarRow]:
    """Return the calendars of an account as rows of `read_calendars`."""
    frame = read_calendar_list(client)
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


def with_names(frame: pd.DataFrame, client: Client, *, send: bool) -> pd.DataFrame:
    """Return rows of an account with the names of their calendars, in the columns that the frame has for them.

    Parameters
    ----------
    frame
        Events or free/busy of one account.
    client
        The account's client.
    send
        Whether the list of calendars may be requested; otherwise a list that was read before names them.
    """
    ids = frame["calendar_id"].dropna()
    if ids.empty:
        return frame
    listed = _current_list(client, ids) if send else _cached_list(client)
    if listed is None:
        if send:
            frame.attrs["cronofy"]["names"] = "not read: the read was interrupted"
        return frame
    if listed.error is not None:
        frame.attrs["cronofy"]["names"] = listed.error
        return frame
    known = listed.frame.drop_duplicates("calendar_id", keep="last").set_index("calendar_id")
    for name in NAME_COLUMNS:
        if name in frame:
            frame[name] = frame["calendar_id"].map(known[name]).astype(frame[name].dtype)
    return frame


def _current_list(client: Client, ids: pd.Series) -> CalendarList | None:
    """Return the list of calendars, read anew if it is old or lacks one of the ids."""
    listed = _cached_list(client)
    if listed is not None and listed.is_current(client.clock()) and listed.has_all(ids):
        return listed
    with suppress(CronofyError):
        read_calendar_list(client)
    return _cached_list(client)
