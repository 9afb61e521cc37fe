"""Public functions that read the lists of an account (events, free/busy, calendars ...) into frames.

Functions take a client first, always; a mapping label -> client reads all its accounts at once and puts an
`account` column first. Start is inclusive, end exclusive. Frames hold no client.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cronofy_frames.frames.accounts import Calendars, Clients, clock_time, read_accounts
from cronofy_frames.frames.bounds import Bound, Window
from cronofy_frames.frames.decoder import attendees
from cronofy_frames.frames.event_queries import EventOptions, events_query, extra_of, free_busy_query
from cronofy_frames.frames.extra_columns import Extra
from cronofy_frames.frames.progress import Progress
from cronofy_frames.frames.query import Query
from cronofy_frames.frames.sequential_read import PageIterator, read_pages
from cronofy_frames.frames.timestamps import to_timezone
from cronofy_frames.frames.unread_fields import warn_of_unread_fields
from cronofy_frames.recent_error import recording_errors
from cronofy_frames.wire.endpoint import ENDPOINTS
from cronofy_frames.wire.paging import Rows
from cronofy_frames.zones import zone_name

__all__ = [
    "attendees",
    "frame",
    "read_calendars",
    "read_channels",
    "read_events",
    "read_free_busy",
    "read_profiles",
    "to_timezone",
]


def read_events(
    client: Clients,
    start: Bound | None = None,
    end: Bound | None = None,
    *,
    tz: str = "UTC",
    calendars: Calendars = None,
    managed: bool = True,
    deleted: bool = False,
    localized: bool = False,
    modified_since: Bound | None = None,
    include: Sequence[str] = (),
    names: bool = True,
    extra: Extra = None,
    resume: Mapping[str, Any] | None = None,
    progress: bool | None = None,
    workers: int = 8,
) -> pd.DataFrame:
    """Read events into a frame, one row each, all pages.

    Source: docs.cronofy.com/developers/api/events/read-events. Series come as their occurrences.

    Parameters
    ----------
    client
        One client, or a mapping label -> client.
    start, end
        Rows that overlap this window; start inclusive, end exclusive. A str, date, datetime, Timestamp or
        Period; naive ones are read in `tz`. Also a word: "today", "tomorrow", "yesterday"; "monday" to "sunday"
        are those of this week (Monday to Sunday); "-7d" and "+2w" count from today; "2026-03" and "2026-W10" are
        a month and an ISO week. Today is the day in `tz` by the clock of the client. A month, a week and a Period
        are their first instant, as an end too: `start="2026-03", end="2026-04"` is March. By default Cronofy's
        window, from 42 days ago to 201 days ahead.
    tz
        The IANA zone of the frame's times. All-day rows start at its midnights.
    calendars
        Ids or names of the calendars to read; None is all. Hundreds of them are read in groups, as no server takes an
        address with all of their ids; the frame is that of one request.
    managed
        Also events that this application wrote; without bounds those of all time.
    deleted
        Also events that were deleted; such a row may have little more than its ids.
    localized
        Fills start_tzid and end_tzid.
    modified_since
        Only events modified at or after this; a time or a word, as `start`.
    include
        geo (location_lat, location_long), google_ids (google_event_id), moved (events that were once in the
        window and are no longer).
    names
        Whether rows have the name of their calendar and its provider. The list of calendars is read for it, once
        for a client and five minutes. False leaves them NA; so they are if the list cannot be read, and
        `attrs["cronofy"]["names"]` says why.
    extra
        Further fields of events to read into columns, which come last: a mapping of paths to their types, as
        `{"custom.path": "text"}`, or paths alone, which are read as JSON. text is `str`, and has numbers and
        Booleans as they were sent; time is `datetime64[us, tz]` and needs an offset; number is `Float64`; json is
        the JSON text of anything. A value that its type cannot hold exactly is NA, and a warning counts it.
    resume
        `.resume` of an error: reads on from there, with the options of that read.
    progress
        True or False to show a progress bar or not; None shows one in a notebook or terminal when there is
        more than a page.
    workers
        How many requests for one account may be on their way at the same time; several accounts share them. A read of
        25 pages or more is divided into windows, which gives the same frame for about 15 % more requests at most: the
        longer events last, the fewer windows there are, as they share events. 1 reads page after page.

    Returns
    -------
    DataFrame
        The same columns and dtypes on every day (`cronofy_frames.schema.EVENTS` says what they mean), ordered by
        start. Text is `str`, start, end, created and updated are `datetime64[us, tz]`, missing is NA.
        `attrs["cronofy"]` says where it came from.
        `attrs["cronofy"]["unread"]` counts the rows by the path of each field that Cronofy sent and no column has,
        `attendees[].key` for a key in a list. New ones are an `UnreadFieldWarning`, each once in a process.

    Raises
    ------
    ApiError, TransportError
        With `.partial`, the frame so far, and `.resume`, to go on from there.
    KeyboardInterrupt
        After Ctrl-C; `last_error` has both of them too.
    ValueError
        For bounds, a zone, calendars, `extra` or `workers` that make no sense; nothing was sent.

    Examples
    --------
    >>> events = cf.read_events(client, "2026-03-02", "2026-03-09", tz="Europe/London")
    >>> events[["summary", "start", "end"]].dtypes.astype(str).to_dict()
    {'summary': 'str', 'start': 'datetime64[us, Europe/London]', 'end': 'datetime64[us, Europe/London]'}
    """
    options = EventOptions(
        start=start,
        end=end,
        tz=tz,
        managed=managed,
        deleted=deleted,
        localized=localized,
        modified_since=modified_since,
        include=include,
        extra=extra,
    )
    query = events_query(options, clock_time(client))
    return read_accounts(
        client, query, calendars=calendars, names=names, resume=resume, progress=progress, workers=workers
    )


def read_free_busy(
    client: Clients,
    start: Bound | None = None,
    end: Bound | None = None,
    *,
    tz: str = "UTC",
    calendars: Calendars = None,
    managed: bool = True,
    include: Sequence[str] = ("ids",),
    names: bool = True,
    extra: Extra = None,
    resume: Mapping[str, Any] | None = None,
    progress: bool | None = None,
    workers: int = 8,
) -> pd.DataFrame:
    """Read when people are free or busy into a frame, one row per event, not merged, all pages.

    Source: docs.cronofy.com/developers/api/events/free-busy.

    Parameters
    ----------
    client
        One client, or a mapping label -> client.
    start, end
        Rows that overlap this window; start inclusive, end exclusive. A str, date, datetime, Timestamp or
        Period; naive ones are read in `tz`. Also a word: "today", "tomorrow", "yesterday"; "monday" to "sunday"
        are those of this week (Monday to Sunday); "-7d" and "+2w" count from today; "2026-03" and "2026-W10" are
        a month and an ISO week. Today is the day in `tz` by the clock of the client. A month, a week and a Period
        are their first instant, as an end too: `start="2026-03", end="2026-04"` is March. By default Cronofy's
        window, from 42 days ago to 201 days ahead.
    tz
        The IANA zone of the frame's times. All-day rows start at its midnights.
    calendars
        Ids or names of the calendars to read; None is all. Hundreds of them are read in groups, as no server takes an
        address with all of their ids; the frame is that of one request.
    managed
        Also events that this application wrote.
    include
        ids (event_uid, event_id), free (periods that are free).
    names
        Whether rows have the name of their calendar. The list of calendars is read for it, once
        for a client and five minutes. False leaves them NA; so they are if the list cannot be read, and
        `attrs["cronofy"]["names"]` says why.
    extra
        Further fields of the rows to read into columns, which come last: a mapping of paths to their types, as
        `{"custom.path": "text"}`, or paths alone, which are read as JSON. text is `str`, and has numbers and
        Booleans as they were sent; time is `datetime64[us, tz]` and needs an offset; number is `Float64`; json is
        the JSON text of anything. A value that its type cannot hold exactly is NA, and a warning counts it.
    resume
        `.resume` of an error: reads on from there, with the options of that read.
    progress
        True or False to show a progress bar or not; None shows one in a notebook or terminal when there is
        more than a page.
    workers
        How many requests for one account may be on their way at the same time; several accounts share them. A read of
        25 pages or more is divided into windows, which gives the same frame for about 15 % more requests at most: the
        longer events last, the fewer windows there are, as they share events. 1 reads page after page.

    Returns
    -------
    DataFrame
        The same columns and dtypes on every day (`cronofy_frames.schema.FREE_BUSY`), ordered by start.
        free_busy_status is busy, tentative, free or unknown. `attrs["cronofy"]["unread"]` is that of `read_events`.

    Raises
    ------
    ApiError, TransportError
        With `.partial`, the frame so far, and `.resume`, to go on from there.
    KeyboardInterrupt
        After Ctrl-C; `last_error` has both of them too.
    ValueError
        For bounds, a zone, calendars, `extra` or `workers` that make no sense; nothing was sent.

    Examples
    --------
    >>> cf.read_free_busy(client, "2026-03-02", "2026-03-09").columns[:5].tolist()
    ['start', 'end', 'all_day', 'free_busy_status', 'calendar_name']
    >>> two_weeks = cf.read_free_busy(client, "monday", "+2w", tz="Europe/London")
    """
    options = EventOptions(start=start, end=end, tz=tz, managed=managed, include=include, extra=extra)
    query = free_busy_query(options, clock_time(client))
    return read_accounts(
        client, query, calendars=calendars, names=names, resume=resume, progress=progress, workers=workers
    )


def read_calendars(client: Clients, *, extra: Extra = None) -> pd.DataFrame:
    """Read the list of calendars into a frame, one row each.

    Source: docs.cronofy.com/developers/api/calendars/list-calendars. Deleted calendars stay listed, and names may
    come twice: calendar_id tells them apart.

    Parameters
    ----------
    client
        One client, or a mapping label -> client.
    extra
        Further fields of calendars to read into columns, which come last: a mapping of paths to their types, as
        `{"custom.path": "text"}`, or paths alone, which are read as JSON. text is `str`, and has numbers and
        Booleans as they were sent; time is `datetime64[us, tz]` and needs an offset; number is `Float64`; json is
        the JSON text of anything. A value that its type cannot hold exactly is NA, and a warning counts it.

    Returns
    -------
    DataFrame
        The columns of `cronofy_frames.schema.CALENDARS`, in Cronofy's order. Flags that an answer lacks are NA.

    Raises
    ------
    ApiError, TransportError
        When Cronofy refuses or does not answer.
    ValueError
        For an unknown type of `extra`, and for a path that is a column already; nothing was sent.

    Examples
    --------
    >>> cf.read_calendars(client)["calendar_name"].dtype
    <StringDtype(na_value=nan)>
    """
    endpoint = ENDPOINTS["list_calendars"]
    return read_accounts(client, Query(endpoint, {}, Window("UTC"), extra=extra_of(endpoint, extra)))


def read_profiles(client: Clients) -> pd.DataFrame:
    """Read the list of connected profiles into a frame, one row each.

    Source: docs.cronofy.com/developers/api/identity/profile. profile_connected False means that its calendars are
    stale; profile_initial_sync_required True that they may still be empty.

    Parameters
    ----------
    client
        One client, or a mapping label -> client.

    Returns
    -------
    DataFrame
        The columns of `cronofy_frames.schema.PROFILES`.

    Raises
    ------
    ApiError, TransportError
        When Cronofy refuses or does not answer.

    Examples
    --------
    >>> cf.read_profiles(client)["profile_connected"].dtype
    BooleanDtype
    """
    return read_accounts(client, Query(ENDPOINTS["profile_information"], {}, Window("UTC")))


def read_channels(client: Clients) -> pd.DataFrame:
    """Read the list of push notification channels into a frame, one row each.

    Source: docs.cronofy.com/developers/api/push-notifications.

    Parameters
    ----------
    client
        One client, or a mapping label -> client.

    Returns
    -------
    DataFrame
        channel_id, callback_url, filters_calendar_ids (JSON list), filters_only_managed.

    Raises
    ------
    ApiError, TransportError
        When Cronofy refuses or does not answer.

    Examples
    --------
    >>> cf.read_channels(client).columns.tolist()
    ['channel_id', 'callback_url', 'filters_calendar_ids', 'filters_only_managed']
    """
    return read_accounts(client, Query(ENDPOINTS["list_notification_channels"], {}, Window("UTC")))


def frame(rows: Rows, *, tz: str = "UTC") -> pd.DataFrame:
    """Make a frame of any list that a client's method returned, all pages.

    Parameters
    ----------
    rows
        What a list endpoint returned, as in `client.list_resources()`.
    tz
        The IANA zone of the frame's times.

    Returns
    -------
    DataFrame
        The fixed columns of that list.

    Raises
    ------
    TypeError
        For anything but such rows.

    Examples
    --------
    >>> cf.frame(client.list_calendars()).columns[:2].tolist()
    ['provider_name', 'provider_service']
    """
    if not isinstance(rows, Rows):
        raise TypeError(
            f"frame takes what a list endpoint returned, such as client.list_resources(), not {type(rows).__name__}."
        )
    query = Query(rows.endpoint, rows.call.arguments, Window(zone_name(tz)), cut=False)
    with recording_errors():
        read = read_pages(query, PageIterator(query, lambda _: rows), Progress(show=False))
    warn_of_unread_fields(read)
    return read
