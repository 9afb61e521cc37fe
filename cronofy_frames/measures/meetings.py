"""The people in each row of an events frame, and which rows are meetings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cronofy_frames.frames.decoder import attendees
from cronofy_frames.frames.pseudonym_key import DOMAIN
from cronofy_frames.intervals.counting import micros
from cronofy_frames.intervals.spans import Flags, Micros, runs
from cronofy_frames.text import join_names

ROOMS = ("calendar.google.com",)  # where Google gives rooms and shared calendars their addresses
REPLIES = ("needs_action", "accepted", "tentative", "declined")

Domains = str | Iterable[str] | None


@dataclass(frozen=True, slots=True, eq=False)
class Meetings:
    """Which rows of a frame are meetings, and how many people are in each.

    Attributes
    ----------
    known
        Whether the frame has attendees at all.
    meeting
        Mask of the rows that are meetings.
    people
        Number of people in each row: those listed who did not decline, at least one.
    outside
        Mask of the rows with an external person among these.
    """

    known: bool
    meeting: Flags
    people: Micros
    outside: Flags


def meetings_in(events: pd.DataFrame, own_domains: Domains = None) -> Meetings:
    """Return which rows are meetings, and how many people are in each.

    A meeting lists at least one attendee, and two different addresses among attendees, organizer and account; the
    account counts if its label is an address. Rows without information on attendees are meetings, because what is not
    known counts. Rooms are not people.
    """
    if "attendees" not in events:
        all_rows = np.ones(len(events), np.bool_)
        return Meetings(False, all_rows, all_rows.astype(np.int64), ~all_rows)
    listed = listed_people(events)
    names, count = listed.names, len(events)
    entry = listed.row * max(len(names), 1) + listed.person
    pairs = np.unique(entry)
    row, person = np.divmod(pairs, max(len(names), 1))
    comes = ~np.isin(pairs, entry[listed.status == "declined"])
    invited = np.bincount(listed.row[listed.attends], minlength=count) > 0
    meeting = events["attendees"].isna().to_numpy(np.bool_) | (invited & (np.bincount(row, minlength=count) > 1))
    external = ~_is_internal(names, own_domains)[person] & comes
    people = np.maximum(np.bincount(row[comes], minlength=count), 1).astype(np.int64)
    return Meetings(True, meeting, people, np.bincount(row[external], minlength=count) > 0)


@dataclass(frozen=True, slots=True, eq=False)
class Participants:
    """The people listed by rows: attendees, organizers, and accounts whose label is an address.

    Attributes
    ----------
    row, person
        The position of the row, and of the person in `names`.
    status
        The reply of an attendee; "" for the others.
    names
        Addresses in lower case, or names where there is no address.
    """

    row: Micros
    person: Micros
    status: Any
    names: pd.Index[Any]

    @property
    def attends(self) -> Flags:
        """Mask of the entries that are attendees."""
        mask: Flags = self.status != ""
        return mask


def listed_people(events: pd.DataFrame) -> Participants:
    """Return all people that rows list."""
    rows, people, status = _attendee_lists(events)
    parts = [(rows, people, status)]
    for column in ("organizer_email", "account"):
        if column in events:
            texts = events[column].astype("str")
            at = np.flatnonzero(texts.str.contains("@", na=False).to_numpy(np.bool_))
            parts.append((at, texts.iloc[at].to_numpy(object), np.full(len(at), "", object)))
    row, names, status = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    person, known = pd.factorize(pd.Series(names, dtype="str"))
    # the same address in other letters is the same person
    folded, plain = pd.factorize(_fold_case(pd.Series(known, dtype="str")))
    person, index = folded[person], pd.Index(plain)
    room = index.str.endswith(ROOMS) if len(index) else np.zeros(0, np.bool_)
    human = ~np.asarray(room, np.bool_)[person]
    return Participants(row[human].astype(np.int64), person[human].astype(np.int64), status[human], index)


def _attendee_lists(events: pd.DataFrame) -> tuple[Micros, Any, Any]:
    """Return row, address and reply of all attendees; each distinct list is parsed once."""
    codes, texts = pd.factorize(events["attendees"])
    ids = pd.Series(np.arange(len(texts)).astype(str), dtype="str")
    once = pd.DataFrame({"calendar_id": ids, "event_uid": ids, "event_id": ids, "attendees": pd.Series(texts)})
    parsed = attendees(once)
    parsed = parsed[parsed["email"].notna() | parsed["display_name"].notna()]
    of = parsed["event_uid"].to_numpy(object).astype(np.int64)
    first, last = np.searchsorted(of, codes), np.searchsorted(of, codes, "right")
    run, at = runs(first, np.where(codes < 0, 0, last - first))
    names = parsed["email"].fillna(parsed["display_name"]).to_numpy(object)
    return run, names[at], parsed["status"].fillna("unknown").replace("", "unknown").to_numpy(object)[at]


def titles_of(events: pd.DataFrame) -> pd.Series[Any]:
    """Return titles for comparison, without surrounding blanks and upper case; NA for none."""
    if "summary" not in events:
        return pd.Series(np.nan, index=events.index, dtype="str")
    titles = events["summary"].astype("str").str.strip().str.casefold()
    return titles.where(titles != "")


def meeting_keys(events: pd.DataFrame, *names: str) -> pd.DataFrame:
    """Return what identifies a meeting: title, start, end, and further columns where the frame has them."""
    known = {name: events[name].to_numpy() for name in names if name in events}
    return pd.DataFrame(
        {"title": titles_of(events).to_numpy(), "start": micros(events["start"]), "end": micros(events["end"]), **known}
    )


def repeats_of_accounts(events: pd.DataFrame, group: Micros) -> Flags:
    """Return which rows are of a meeting that an earlier account of the group has too.

    The same meeting has the same id, or the same title, time and organizer. Two rows of one account are no repeat.

    Parameters
    ----------
    events
        The rows.
    group
        The group of each.
    """
    again = np.zeros(len(events), np.bool_)
    if "account" not in events:
        return again
    account = pd.factorize(events["account"], use_na_sentinel=False)[0]
    keys = [meeting_keys(events, "organizer_email")] if "organizer_email" in events else []
    keys += [events[["event_uid"]].reset_index(drop=True)] if "event_uid" in events else []
    for key in keys:
        known = np.flatnonzero(key.notna().all(axis=1).to_numpy())
        meeting = key.iloc[known].assign(group=group[known]).groupby(["group", *key.columns]).ngroup().to_numpy()
        first = pd.Series(account[known]).groupby(meeting).transform("first").to_numpy()
        again[known] |= account[known] != first
    return again


def domains_of(domains: Domains) -> tuple[str, ...]:
    """Return domains in lower case.

    Raises
    ------
    ValueError
        For text that is not a domain.
    """
    names = [domains] if isinstance(domains, str) else [] if domains is None else list(domains)
    if not all(isinstance(name, str) and "." in name for name in names):
        raise ValueError(f"own_domains is a domain such as 'example.org', or a list of domains, not {domains!r}.")
    return tuple(name.strip().casefold().lstrip("@") for name in names)


def _is_internal(names: pd.Index[Any], domains: Domains) -> Flags:
    """Return which people are in own domains or their subdomains, or have no address."""
    own = domains_of(domains)
    hosts = [str(name).rpartition("@")[2] if "@" in str(name) else None for name in names]
    if own and DOMAIN in hosts:
        raise ValueError(
            f"addresses of the frame are pseudonyms without their domain, so that own_domains={join_names(own)} cannot "
            "tell who is external: use pseudonymise(..., keep_domain=True), or leave out own_domains."
        )
    inside = [host is None or any(host == domain or host.endswith(f".{domain}") for domain in own) for host in hosts]
    return np.array(inside, np.bool_)


def organized_by_account(events: pd.DataFrame) -> Flags:
    """Return which rows the account organized itself, as far as its label is an address."""
    if not {"account", "organizer_email"} <= set(events.columns):
        return np.zeros(len(events), np.bool_)
    organizer, account = (_fold_case(events[name].astype("str")) for name in ("organizer_email", "account"))
    mask: Flags = (organizer == account).to_numpy(np.bool_)
    return mask


def _fold_case(names: pd.Series[Any]) -> pd.Series[Any]:
    return names.str.strip().str.casefold()
