"""What the explorer asks for, as a call and as the Python line that makes the same frame."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from cronofy_frames.errors import CronofyError
from cronofy_frames.frames.accounts import Clients
from cronofy_frames.frames.bounds import DAYS_AHEAD, DAYS_BACK, Bound, instant
from cronofy_frames.frames.reading import attendees, read_events
from cronofy_frames.widgets.explore.periods import spelled
from cronofy_frames.wire.client import Client
from cronofy_frames.zones import zone_name

UNREAD = "# these events were given to the explorer: it has not read them"
FIELDS = ("summary", "description", "location_description")
PEOPLE = ("email", "display_name")


@dataclass(frozen=True, slots=True)
class Asked:
    """A read of events.

    Attributes
    ----------
    start, end
        Days, end exclusive; None is the end of Cronofy's window.
    tz
        The zone.
    accounts
        The labels that are read of a mapping of clients; None is all, or there is no mapping.
    calendars
        The ids of calendars; None is all.
    """

    start: date | None
    end: date | None
    tz: str
    accounts: tuple[str, ...] | None = None
    calendars: tuple[str, ...] | None = None

    def frame(self, client: Clients) -> pd.DataFrame:
        """Read the events."""
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError("the last day is before the first: choose another.")
        if self.calendars is not None and not self.calendars:
            raise ValueError("No calendar is chosen.")
        if not isinstance(client, Mapping):
            return read_events(client, self.start, self.end, tz=self.tz, calendars=self.calendars, progress=False)
        if self.accounts is not None and not self.accounts:
            raise ValueError("no account is chosen: choose at least one.")
        events = read_events(self._clients(client), self.start, self.end, tz=self.tz, progress=False)
        return self.cut(events, client)

    def cut(self, events: pd.DataFrame, client: Clients) -> pd.DataFrame:
        """Return the events of the calendars that were asked for.

        A calendar's id is of one account, and the others refuse it: so of several accounts all is read first.
        """
        if self.calendars is None or not isinstance(client, Mapping):
            return events
        cut: pd.DataFrame = events[events["calendar_id"].isin(self.calendars)]
        return cut

    def _clients(self, client: Mapping[str, Client]) -> Mapping[str, Client]:
        return client if self.accounts is None else {label: client[label] for label in self.accounts}

    def line(self, several: bool, search: str = "") -> str:
        """Return Python that makes the same frame, where `client` is what the explorer was given."""
        lines = [f"events = cf.read_events({', '.join(self._arguments(several))})"]
        if several and self.calendars is not None:
            lines.append(f'events = events[events["calendar_id"].isin({listed(self.calendars)})]')
        if search:
            lines += search_lines(search)
        return "\n".join(lines)

    def _arguments(self, several: bool) -> list[str]:
        client = "client"
        if several and self.accounts is not None:
            client = f"{{label: client[label] for label in {listed(self.accounts)}}}"
        start = [] if self.start is None else [quoted(str(self.start))]
        end = [] if self.end is None else [("" if start else "end=") + quoted(str(self.end))]
        calendars = [] if several or self.calendars is None else [f"calendars={listed(self.calendars)}"]
        return [client, *start, *end, f"tz={quoted(self.tz)}", *calendars]

    def reason(self, error: CronofyError, today: date) -> str:
        """Return why a read broke: where Cronofy does not show the days, which it shows."""
        first, last = today - timedelta(DAYS_BACK), today + timedelta(DAYS_AHEAD)
        early = self.start is not None and self.start < first
        late = self.end is not None and self.end > last
        if getattr(error, "status", None) != 422 or not (early or late):
            return str(error)
        days = f"from {first} on" if early else f"up to {last - timedelta(1)}"
        return f"Cronofy shows {DAYS_BACK} days back and {DAYS_AHEAD} ahead: choose days {days}."

    def __str__(self) -> str:
        return f"{spelled(self.start, self.end)}, {self.tz}"


def matching(events: pd.DataFrame, search: str) -> pd.DataFrame:
    """Return the events with a text in title, description, place, or in an attendee's address or name.

    The text is taken as it is, in any case. It does what `search_lines` say.
    """
    if not search:
        return events
    guests = attendees(events.assign(event_uid=events.index.astype("str")))
    found = guests.loc[_has(guests, PEOPLE, search), "event_uid"]
    left: pd.DataFrame = events[_has(events, FIELDS, search) | events.index.astype("str").isin(found)]
    return left


def _has(frame: pd.DataFrame, names: Sequence[str], text: str) -> Any:
    found: Any = pd.Series(data=False, index=frame.index)
    for name in names:
        found |= frame[name].str.contains(text, case=False, regex=False)
    return found


def search_lines(search: str) -> list[str]:
    """Return the lines of Python that do what `matching` does."""
    people = " | ".join(f'guests["{name}"].str.contains(**text)' for name in PEOPLE)
    return [
        f'text = {{"pat": {quoted(search)}, "case": False, "regex": False}}',
        'guests = cf.attendees(events.assign(event_uid=events.index.astype("str")))  # event_uid: the row',
        f'guests = guests.loc[{people}, "event_uid"]',
        "events = events[",
        '    events.index.astype("str").isin(guests)',
        *(f'    | events["{name}"].str.contains(**text)' for name in FIELDS),
        "]",
    ]


def quoted(text: str) -> str:
    """Return a text as it stands in Python."""
    # JSON writes a text as Python does, with the same quotes everywhere; a half of a sign is left to Python
    return json.dumps(text, ensure_ascii=False) if text.isprintable() else repr(text)


def listed(texts: Sequence[str]) -> str:
    """Return texts as a list in Python."""
    return f"[{', '.join(map(quoted, texts))}]"


def checked(client: Clients) -> Clients:
    """Return the client, or a copy of the mapping of clients.

    Raises
    ------
    TypeError, ValueError
        For anything else, and for an empty mapping.
    """
    several = dict(client) if isinstance(client, Mapping) else {"": client}
    if not several:
        raise ValueError("the mapping of clients is empty: give at least one label -> client.")
    for one in several.values():
        if not isinstance(one, Client):
            raise TypeError(f"client is a Client, or a mapping label -> Client; not {type(one).__name__}.")
    return several if isinstance(client, Mapping) else client


def own_zone(client: Client) -> tuple[str, str]:
    """Return the zone that an account says it lives in, or UTC and why."""
    try:
        told = client.user_info().get("zoneinfo")
        return ("UTC", "") if told is None else (zone_name(told), "")
    except CronofyError as error:
        return "UTC", f"Times are in UTC, for the account's own zone could not be read: {error}"
    except ValueError:
        return "UTC", "Times are in UTC, for the account's own zone is not known here."


def day_of(value: Bound | None, tz: str, name: str) -> date | None:
    """Return a bound as a day.

    Raises
    ------
    ValueError
        For one that has a time of day, and for what is none.
    """
    moment = instant(value, tz, name)
    if moment is None:
        return None
    if moment != instant(moment.date(), tz, name):
        raise ValueError(f"{name} is a day here, without a time of day; not {value!r}.")
    return moment.date()


def weight(count: int) -> str:
    """Return how large a file is, in words."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(count / 1e3, 0.1):.1f} kB"
