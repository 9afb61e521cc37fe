"""Who is in each row of a frame of events, and whether that makes it a meeting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cronofy_frames.frames.decoder import attendees
from cronofy_frames.intervals.spans import Flags, Micros, runs

ROOMS = ("calendar.google.com",)  # where Google gives rooms and shared calendars their addresses
REPLIES = ("needs_action", "accepted", "tentative", "declined")

Domains = str | Iterable[str] | None


@dataclass(frozen=True, slots=True, eq=False)
class Meetings:
    """What the rows of a frame say of people.

    Attributes
    ----------
    known
        Whether the frame has attendees at all.
    meeting
        Which rows are meetings.
    people
        How many people each row is for: those who are listed and did not decline, at least one.
    outside
        Which rows have somebody from outside among these.
    """

    known: bool
    meeting: Flags
    people: Micros
    outside: Flags


def meetings_in(events: pd.DataFrame, own_domains: Domains = None) -> Meetings:
    """Return which rows are meetings, and for how many people.

    A meeting lists at least one attendee, and two different addresses among attendees, organizer and account; the
    account is known where its label is an address. Rows that do not say who attends are meetings, for what is not
    known counts. Rooms are not people.
    """
    if "attendees" not in events:
        every = np.ones(len(events), np.bool_)
        return Meetings(False, every, every.astype(np.int64), ~every)
    listed = listed_people(events)
    names, count = listed.names, len(events)
    entry = listed.row * max(len(names), 1) + listed.person
    pairs = np.unique(entry)
    row, person = np.divmod(pairs, max(len(names), 1))
    comes = ~np.isin(pairs, entry[listed.status == "declined"])
    invited = np.bincount(listed.row[listed.attends], minlength=count) > 0
    meeting = events["attendees"].isna().to_numpy(np.bool_) | (invited & (np.bincount(row, minlength=count) > 1))
    strange = ~_own(names, own_domains)[person] & comes
    people = np.maximum(np.bincount(row[comes], minlength=count), 1).astype(np.int64)
    return Meetings(True, meeting, people, np.bincount(row[strange], minlength=count) > 0)


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """People beside the rows that list them: attendees, organizers, and accounts that are labelled by an address.

    Attributes
    ----------
    row, person
        Which row, and who: the place in `names`.
    status
        The reply of an attendee; "" for the others.
    names
        Addresses in small letters, or names where there is no address.
    """

    row: Micros
    person: Micros
    status: Any
    names: pd.Index[Any]

    @property
    def attends(self) -> Flags:
        """Which entries are of attendees."""
        found: Flags = self.status != ""
        return found


def listed_people(events: pd.DataFrame) -> Listed:
    """Return everybody whom rows list."""
    rows, who, status = _attending(events)
    parts = [(rows, who, status)]
    for column in ("organizer_email", "account"):
        if column in events:
            texts = events[column].astype("str")
            at = np.flatnonzero(texts.str.contains("@", na=False).to_numpy(np.bool_))
            parts.append((at, texts.iloc[at].to_numpy(object), np.full(len(at), "", object)))
    row, names, status = (np.concatenate(one) for one in zip(*parts, strict=True))
    person, known = pd.factorize(pd.Series(names, dtype="str"))
    # the same address in other letters is the same person
    folded, plain = pd.factorize(_folded(pd.Series(known, dtype="str")))
    person, index = folded[person], pd.Index(plain)
    room = index.str.endswith(ROOMS) if len(index) else np.zeros(0, np.bool_)
    human = ~np.asarray(room, np.bool_)[person]
    return Listed(row[human].astype(np.int64), person[human].astype(np.int64), status[human], index)


def _attending(events: pd.DataFrame) -> tuple[Micros, Any, Any]:
    """Return the rows, addresses and replies of all attendees; lists that come again and again are read once."""
    codes, texts = pd.factorize(events["attendees"])
    ids = pd.Series(np.arange(len(texts)).astype(str), dtype="str")
    once = pd.DataFrame({"calendar_id": ids, "event_uid": ids, "event_id": ids, "attendees": pd.Series(texts)})
    found = attendees(once)
    found = found[found["email"].notna() | found["display_name"].notna()]
    of = found["event_uid"].to_numpy(object).astype(np.int64)
    first, last = np.searchsorted(of, codes), np.searchsorted(of, codes, "right")
    run, at = runs(first, np.where(codes < 0, 0, last - first))
    names = found["email"].fillna(found["display_name"]).to_numpy(object)
    return run, names[at], found["status"].fillna("unknown").replace("", "unknown").to_numpy(object)[at]


def domains_of(domains: Domains) -> tuple[str, ...]:
    """Return domains in small letters.

    Raises
    ------
    ValueError
        For what is no domain.
    """
    given = [domains] if isinstance(domains, str) else [] if domains is None else list(domains)
    if not all(isinstance(one, str) and "." in one for one in given):
        raise ValueError(f"own_domains is a domain such as 'example.org', or a list of such; not {domains!r}.")
    return tuple(one.strip().casefold().lstrip("@") for one in given)


def _own(names: pd.Index[Any], domains: Domains) -> Flags:
    """Return which people are of own domains, those below them included; who has no address is not outside."""
    ends = domains_of(domains)
    hosts = [str(name).rpartition("@")[2] if "@" in str(name) else None for name in names]
    inside = [host is None or any(host == one or host.endswith(f".{one}") for one in ends) for host in hosts]
    return np.array(inside, np.bool_)


def organized(events: pd.DataFrame) -> Flags:
    """Return which rows the account called itself, as far as its label says."""
    if not {"account", "organizer_email"} <= set(events.columns):
        return np.zeros(len(events), np.bool_)
    organizer, account = (_folded(events[name].astype("str")) for name in ("organizer_email", "account"))
    found: Flags = (organizer == account).to_numpy(np.bool_)
    return found


def _folded(names: pd.Series[Any]) -> pd.Series[Any]:
    return names.str.strip().str.casefold()
