"""The query of the explorer: it reads events, and writes the Python code that reads the same frame."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from cronofy_frames.errors import CronofyError
from cronofy_frames.frames.accounts import Clients
from cronofy_frames.frames.bounds import DAYS_AHEAD, DAYS_BACK, Bound, instant
from cronofy_frames.frames.reading import attendees, read_events
from cronofy_frames.widgets.explore.date_ranges import range_text
from cronofy_frames.wire.client import Client
from cronofy_frames.zones import zone_name

NOT_READ = "# these events were set on the explorer: it has not read them"
TEXT_COLUMNS = ("summary", "description", "location_description")
PEOPLE_COLUMNS = ("email", "display_name")


@dataclass(frozen=True, slots=True)
class EventQuery:
    """Which events to read.

    Attributes
    ----------
    start, end
        Days, end exclusive; None is the end of Cronofy's window.
    tz
        The time zone.
    accounts
        Labels of the accounts to read, of a mapping of clients; None is all, or there is no mapping.
    calendars
        Ids of the calendars; None is all.
    """

    start: date | None
    end: date | None
    tz: str
    accounts: tuple[str, ...] | None = None
    calendars: tuple[str, ...] | None = None

    def read(self, client: Clients) -> pd.DataFrame:
        """Read the events."""
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError("The last day is before the first day: choose another.")
        if self.calendars is not None and not self.calendars:
            raise ValueError("No calendar is selected: select at least one.")
        if not isinstance(client, Mapping):
            return read_events(client, self.start, self.end, tz=self.tz, calendars=self.calendars, progress=False)
        if self.accounts is not None and not self.accounts:
            raise ValueError("No account is selected: select at least one.")
        events = read_events(self._clients(client), self.start, self.end, tz=self.tz, progress=False)
        return self.select_calendars(events, client)

    def select_calendars(self, events: pd.DataFrame, client: Clients) -> pd.DataFrame:
        """Return the events of the calendars of the query.

        An account refuses the calendar ids of other accounts: so with several accounts all calendars are read first.
        """
        if self.calendars is None or not isinstance(client, Mapping):
            return events
        selected: pd.DataFrame = events[events["calendar_id"].isin(self.calendars)]
        return selected

    def _clients(self, client: Mapping[str, Client]) -> Mapping[str, Client]:
        return client if self.accounts is None else {label: client[label] for label in self.accounts}

    def code(self, several: bool, search: str = "") -> str:
        """Return Python code that reads the same frame, where `client` is the argument of `explore`."""
        lines = [f"events = cf.read_events({', '.join(self._arguments(several))})"]
        if several and self.calendars is not None:
            lines.append(f'events = events[events["calendar_id"].isin({python_list(self.calendars)})]')
        if search:
            lines += search_code(search)
        return "\n".join(lines)

    def _arguments(self, several: bool) -> list[str]:
        client = "client"
        if several and self.accounts is not None:
            client = f"{{label: client[label] for label in {python_list(self.accounts)}}}"
        start = [] if self.start is None else [python_text(str(self.start))]
        end = [] if self.end is None else [("" if start else "end=") + python_text(str(self.end))]
        calendars = [] if several or self.calendars is None else [f"calendars={python_list(self.calendars)}"]
        return [client, *start, *end, f"tz={python_text(self.tz)}", *calendars]

    def error_text(self, error: CronofyError, today: date) -> str:
        """Return why a read failed; for days outside Cronofy's window, which days it returns."""
        first, last = today - timedelta(DAYS_BACK), today + timedelta(DAYS_AHEAD)
        early = self.start is not None and self.start < first
        late = self.end is not None and self.end > last
        if getattr(error, "status", None) != 422 or not (early or late):
            return str(error)
        days = f"from {first} on" if early else f"up to {last - timedelta(1)}"
        return f"Cronofy returns {DAYS_BACK} days back and {DAYS_AHEAD} ahead: choose days {days}."

    def __str__(self) -> str:
        return f"{range_text(self.start, self.end)}, {self.tz}"


def search_events(events: pd.DataFrame, search: str) -> pd.DataFrame:
    """Return the events with a text in title, description, location, or address or name of an attendee.

    The text is searched for literally, in upper or lower case. `search_code` writes the same as Python code.
    """
    if not search:
        return events
    guests = attendees(events.assign(event_uid=events.index.astype("str")))
    by_guest = guests.loc[_contains(guests, PEOPLE_COLUMNS, search), "event_uid"]
    by_text = _contains(events, TEXT_COLUMNS, search)
    selected: pd.DataFrame = events[by_text | events.index.astype("str").isin(by_guest)]
    return selected


def _contains(frame: pd.DataFrame, names: Sequence[str], text: str) -> Any:
    mask: Any = pd.Series(data=False, index=frame.index)
    for name in names:
        mask |= frame[name].str.contains(text, case=False, regex=False)
    return mask


def search_code(search: str) -> list[str]:
    """Return the lines of Python code that do the same as `search_events`."""
    people = " | ".join(f'guests["{name}"].str.contains(**text)' for name in PEOPLE_COLUMNS)
    return [
        f'text = {{"pat": {python_text(search)}, "case": False, "regex": False}}',
        'guests = cf.attendees(events.assign(event_uid=events.index.astype("str")))  # event_uid: the row',
        f'guests = guests.loc[{people}, "event_uid"]',
        "events = events[",
        '    events.index.astype("str").isin(guests)',
        *(f'    | events["{name}"].str.contains(**text)' for name in TEXT_COLUMNS),
        "]",
    ]


def python_text(text: str) -> str:
    """Return a text as a Python literal."""
    # JSON writes a text as Python does, always with double quotes; repr handles unprintable characters
    return json.dumps(text, ensure_ascii=False) if text.isprintable() else repr(text)


def python_list(texts: Sequence[str]) -> str:
    """Return texts as a Python list."""
    return f"[{', '.join(map(python_text, texts))}]"


def account_zone(client: Client) -> tuple[str, str]:
    """Return the time zone of an account and "", or UTC and the reason for it."""
    try:
        zone = client.user_info().get("zoneinfo")
        return ("UTC", "") if zone is None else (zone_name(zone), "")
    except CronofyError as error:
        return "UTC", f"Times are in UTC, because the time zone of the account could not be read: {error}"
    except ValueError:
        return "UTC", "Times are in UTC, because the time zone of the account is not known here."


def day_of(value: Bound | None, tz: str, name: str, now: datetime) -> date | None:
    """Return a bound as a day; `now` is the time that words such as `today` count from.

    Raises
    ------
    ValueError
        For one with a time of day, and for a value that is not a bound.
    """
    time = instant(value, tz, name, now=now)
    if time is None:
        return None
    if time != instant(time.date(), tz, name):
        raise ValueError(f"{name} is a day without a time of day, not {value!r}.")
    return time.date()


def file_size(count: int) -> str:
    """Return a number of bytes in words."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(count / 1e3, 0.1):.1f} kB"
