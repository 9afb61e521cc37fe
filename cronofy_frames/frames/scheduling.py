"""Frames of availability, and of the rules and periods that manage it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Literal

import msgspec
import pandas as pd

from cronofy_frames.caller import caller_level
from cronofy_frames.frames.accounts import Clients, clock_time, read_accounts
from cronofy_frames.frames.availability_query import (
    Duration,
    ExcludedEvents,
    Members,
    Required,
    excluded_event_ids,
    minutes,
    participant_groups,
    searched_time,
)
from cronofy_frames.frames.bounds import Bound, Window
from cronofy_frames.frames.decoder import Decoder, decode
from cronofy_frames.frames.provenance import origin_of
from cronofy_frames.frames.query import Query, with_source
from cronofy_frames.frames.unread_fields import warn_of_unread_fields
from cronofy_frames.recent_error import recording_errors
from cronofy_frames.schema import AVAILABILITY, BOOKABLE_EVENTS, MEMBER_STATUSES
from cronofy_frames.text import join_names, quantity, single_line
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.endpoint import ENDPOINTS
from cronofy_frames.zones import tzid_of, zone_name

Result = Literal["periods", "slots", "overlapping_slots"]

UP_TO_DATE = "active"


def read_availability(
    client: Client,
    members: Members,
    start: Bound | None = None,
    end: Bound | None = None,
    *,
    duration: Duration,
    tz: str = "UTC",
    required: Required = "all",
    step: Duration | None = None,
    buffer: Duration | tuple[Duration, Duration] | None = None,
    result: Result = "periods",
    include_member_statuses: bool = True,
    query_slots: Sequence[Bound] | None = None,
    max_results: int | None = None,
    excluded_events: ExcludedEvents | None = None,
) -> pd.DataFrame:
    """Read when people are free together into a frame.

    A member whose calendars are stale or disconnected is free as far as Cronofy last knew, so that rows may be wrong:
    that is a warning, and `member_statuses` lists who it is.

    Source: docs.cronofy.com/developers/api/scheduling/availability. `Client.availability` has every option.

    Parameters
    ----------
    client
        One client; with a client_secret it may ask for any account that authorized the application.
    members
        Subs of the people who are needed; or groups, each a list of subs, all of which must be satisfied. In
        place of a sub a mapping with that member's own options, as in
        `{"sub": ..., "managed_availability": True}`.
    start, end
        The stretch to search; start inclusive, end exclusive. Naive bounds are read in `tz`; words
        such as "monday" or "+2w" are those of `read_events`.
    duration
        How long: a timedelta, or text such as "30min" or "1h".
    tz
        The IANA zone of the frame's times.
    required
        all, or how many members of a group must be free; a list has one for each group.
    step
        The grid on which starts lie, as in "15min".
    buffer
        Free time around: one length for both sides, or (before, after).
    result
        periods (the longest stretches), slots (which do not overlap), overlapping_slots (one at each step).
    include_member_statuses
        Whether to ask if the members' calendars are up to date. Without it nothing says whether they are.
    query_slots
        The starts to check, in place of `start` and `end`: a list of times; naive ones are read in `tz`.
    max_results
        How many rows to return at most, the earliest; 1 to 512.
    excluded_events
        Events that do not count as busy: a frame with the column event_uid or event_id, or a list such as
        `[{"event_uid": ...}]`.

    Returns
    -------
    DataFrame
        start, end (`datetime64[us, tz]`) and participants: the JSON list of those who are free then. The statuses of
        the members are in `attrs["cronofy"]["member_statuses"]`.

    Raises
    ------
    Invalid
        For a stretch, a length or members that Cronofy refuses.
    ValueError
        For members, lengths or bounds that make no sense; nothing was sent.

    Examples
    --------
    >>> me = client.user_info()["sub"]
    >>> cf.read_availability(client, [me], "2026-03-02", "2026-03-07", duration="1h").columns.tolist()
    ['start', 'end', 'participants']
    """
    length = minutes(duration, "duration")
    window, searched = searched_time(start, end, query_slots, duration, tz, client.clock())
    arguments: dict[str, Any] = {
        "participants": participant_groups(members, required),
        "required_duration": length,
        **searched,
        "response_format": result,
        **({"include_member_statuses": True} if include_member_statuses else {}),
        **({} if max_results is None else {"max_results": max_results}),
    }
    if excluded_events is not None and len(excluded_events):
        arguments["excluded_events"] = excluded_event_ids(excluded_events)
    if step is not None:
        arguments["start_interval"] = minutes(step, "step")
    if buffer is not None:
        before, after = buffer if isinstance(buffer, tuple) else (buffer, buffer)
        arguments["buffer"] = {"before": minutes(before, "buffer"), "after": minutes(after, "buffer")}
    with recording_errors():
        body = client.call("availability", arguments)
    rows = "available_periods" if result == "periods" else "available_slots"
    decoder = Decoder(AVAILABILITY, rows=rows, tz=window.tz)
    decoder.add(msgspec.json.encode(body))
    query = Query(ENDPOINTS["availability"], arguments, window, cut=False)
    frame = with_source(decoder.frame(), query, None, client.clock(), decoder.unread_record())
    frame.attrs["cronofy"] |= {"pages": 1, "requests": 1}
    warn_of_unread_fields(frame)
    if include_member_statuses:
        frame.attrs["cronofy"]["member_statuses"] = _statuses_of(arguments["participants"], body)
        _warn_of_stale_members(frame)
    return frame


def _statuses_of(groups: list[dict[str, Any]], body: Any) -> list[dict[str, Any]]:
    """Return the status of each member, each once; None where the answer does not say."""
    listed = body.get("member_statuses") if isinstance(body, dict) else None
    rows = [row for row in listed or [] if isinstance(row, dict)]
    statuses = {row.get("sub"): row.get("sync_status") for row in rows}
    subs = dict.fromkeys(str(member.get("sub")) for group in groups for member in group["members"])
    return [{"sub": sub, "sync_status": statuses.get(sub)} for sub in subs]


def _warn_of_stale_members(frame: pd.DataFrame) -> None:
    statuses = frame.attrs["cronofy"]["member_statuses"]
    stale = [row for row in statuses if row["sync_status"] not in (None, UP_TO_DATE)]
    if stale:
        names = join_names(f"{row['sub']} ({row['sync_status']})" for row in stale)
        text = (
            f"the calendars of {quantity(len(stale), 'member')} are not up to date: {names}. Rows that have them as "
            "free may be wrong: connect those accounts again, or wait for their first synchronisation, and read again. "
            "cf.member_statuses(frame) lists all members."
        )
        warnings.warn(single_line(text), stacklevel=caller_level())


def member_statuses(availability: pd.DataFrame) -> pd.DataFrame:
    """Return whether the calendars of each member of an availability query were up to date.

    Source: docs.cronofy.com/developers/api/scheduling/availability.

    Parameters
    ----------
    availability
        A frame that `read_availability` returned.

    Returns
    -------
    DataFrame
        sub and sync_status, one row for each member: `active` is up to date, `pending` has not finished its first
        synchronisation, `disconnected` has to be linked again. NA is a member that the answer did not list.

    Raises
    ------
    ValueError
        The frame does not say, because it was read without statuses or is of another function.

    Examples
    --------
    >>> me = client.user_info()["sub"]
    >>> free = cf.read_availability(client, [me], "2026-03-02", "2026-03-07", duration="1h")
    >>> cf.member_statuses(free)["sync_status"].tolist()
    ['active']
    """
    rows = origin_of(availability).get("member_statuses")
    if rows is None:
        raise ValueError(
            "this frame has no statuses of members: give one that read_availability returned, read with "
            "include_member_statuses=True."
        )
    return decode([msgspec.json.encode({"member_statuses": rows})], MEMBER_STATUSES, rows="member_statuses")


def read_bookable_events(client: Client, bookable_event_ids: Iterable[str], *, tz: str = "UTC") -> pd.DataFrame:
    """Read which bookable events have free places into a frame (BETA).

    Source: docs.cronofy.com/developers/api/scheduling/bookable-events/availability. Events that are full, cancelled or
    past are not in the answer (our reading).

    Parameters
    ----------
    client
        One client, with a client_secret.
    bookable_event_ids
        The events to look at; a column of a frame will do.
    tz
        The IANA zone of the frame's times.

    Returns
    -------
    DataFrame
        bookable_event_id, start, end, capacity (NA is unlimited) and registered_count.

    Raises
    ------
    Invalid
        For an unknown event.
    ValueError
        There are no ids.

    Examples
    --------
    >>> first_aid = client.create_bookable_event(
    ...     bookable_event_id="first-aid", status="confirmed", registration={"capacity": 8},
    ...     start="2026-05-04T09:00:00Z", end="2026-05-04T12:00:00Z",
    ... )
    >>> cf.read_bookable_events(client, ["first-aid"])["capacity"].tolist()
    [8.0]
    """
    listed = [bookable_event_ids] if isinstance(bookable_event_ids, str) else bookable_event_ids
    ids = list(dict.fromkeys(listed))
    if not ids:
        raise ValueError("bookable_event_ids is empty: give at least one id.")
    window = Window(zone_name(tz))
    arguments = {"bookable_events": [{"bookable_event_id": bookable_event_id} for bookable_event_id in ids]}
    with recording_errors():
        body = client.call("availability", arguments, auth="application")
    decoder = Decoder(BOOKABLE_EVENTS, rows="available_bookable_events", tz=window.tz)
    decoder.add(msgspec.json.encode(body))
    query = Query(ENDPOINTS["availability"], arguments, window, cut=False)
    frame = with_source(decoder.frame(), query, None, client.clock())
    frame.attrs["cronofy"] |= {"pages": 1, "requests": 1}
    return frame


def read_available_periods(
    client: Clients, start: date | str | None = None, end: date | str | None = None, *, tz: str = "UTC"
) -> pd.DataFrame:
    """Read the single stretches in which accounts may be booked into a frame, all pages.

    Source: docs.cronofy.com/developers/api/scheduling/available-periods/read.

    Parameters
    ----------
    client
        One client, or a mapping label -> client.
    start, end
        Rows that overlap this stretch; start inclusive, end exclusive; words such as "monday" or "+2w" are those of
        `read_events`. By default all.
    tz
        The IANA zone of the frame's times.

    Returns
    -------
    DataFrame
        available_period_id, start, end, start_tzid, end_tzid.

    Raises
    ------
    ApiError, TransportError
        With `.partial`, the frame so far.

    Examples
    --------
    >>> cf.read_available_periods(client).columns.tolist()
    ['available_period_id', 'start', 'end', 'start_tzid', 'end_tzid']
    """
    window = Window.of(start, end, tz, now=clock_time(client))
    arguments = {"tzid": tzid_of(window.tz), **window.days, "localized_times": True}
    return read_accounts(client, Query(ENDPOINTS["list_available_periods"], arguments, window))


def read_availability_rules(client: Clients) -> pd.DataFrame:
    """Read the weekly rules of when accounts may be booked into a frame, one row for each weekly period.

    Source: docs.cronofy.com/developers/api/scheduling/availability-rules/list-availability-rules.

    Parameters
    ----------
    client
        One client, or a mapping label -> client.

    Returns
    -------
    DataFrame
        availability_rule_id, tzid, day, start_time, end_time, calendar_ids (JSON list).

    Raises
    ------
    ApiError, TransportError
        When Cronofy refuses or does not answer.

    Examples
    --------
    >>> cf.read_availability_rules(client)["day"].dtype
    <StringDtype(na_value=nan)>
    """
    return read_accounts(client, Query(ENDPOINTS["list_availability_rules"], {}, Window("UTC")), progress=False)
