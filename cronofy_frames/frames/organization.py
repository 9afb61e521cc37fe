"""Frames of an organizational unit: its members, and the requests of its Scheduler."""

from __future__ import annotations

import warnings
from collections.abc import Iterable

import pandas as pd

from cronofy_frames.caller import caller_level
from cronofy_frames.frames.accounts import Clients, read_accounts
from cronofy_frames.frames.bounds import Window
from cronofy_frames.frames.query import Query
from cronofy_frames.text import join_names, quantity, single_line
from cronofy_frames.wire.endpoint import ENDPOINTS
from cronofy_frames.zones import zone_name


def read_organizational_unit_members(client: Clients) -> pd.DataFrame:
    """Read the members of the organizational unit of an internal application into a frame (ALPHA), all pages.

    Source: docs.cronofy.com/developers/api-alpha/organizational-unit-members.

    Parameters
    ----------
    client
        One client, or a mapping label -> client; each with the client_secret of an internal application.

    Returns
    -------
    DataFrame
        sub, email, roles (JSON list), scheduler_enabled and scheduler_public_url, one row for each person.

    Raises
    ------
    ApiError, TransportError
        With `.partial`, the frame so far.

    Examples
    --------
    >>> bool(cf.read_organizational_unit_members(client)["scheduler_enabled"].all())
    True
    """
    query = Query(ENDPOINTS["list_organizational_unit_members"], {}, Window("UTC"), cut=False)
    return read_accounts(client, query, progress=False)


def read_scheduling_requests(
    client: Clients, scheduling_request_ids: Iterable[str], *, tz: str = "UTC"
) -> pd.DataFrame:
    """Read scheduling requests into a frame (BETA). A request that the answer leaves out is a warning.

    Source: docs.cronofy.com/developers/api/scheduling-requests/query.

    Parameters
    ----------
    client
        One client, or a mapping label -> client; each of an organizational unit.
    scheduling_request_ids
        The ids, as `create_scheduling_request` returned them; a column of a frame will do.
    tz
        The IANA zone of the frame's times.

    Returns
    -------
    DataFrame
        scheduling_request_id, summary, slot_selection (pending, complete ...), start and end once chosen, recipients
        and others, one row for each request.

    Raises
    ------
    ApiError, TransportError
        With `.partial`, the frame so far.
    ValueError
        There are no ids.

    Examples
    --------
    >>> sub = cf.read_organizational_unit_members(client)["sub"][0]
    >>> made = client.create_scheduling_request(
    ...     host={"sub": sub}, recipients=[{"email": "guest@example.test"}], event={"summary": "Interview"}
    ... )
    >>> ids = [made["scheduling_request"]["scheduling_request_id"]]
    >>> cf.read_scheduling_requests(client, ids)["slot_selection"].tolist()
    ['pending']
    """
    listed = [scheduling_request_ids] if isinstance(scheduling_request_ids, str) else scheduling_request_ids
    ids = list(dict.fromkeys(listed))
    if not ids:
        raise ValueError("scheduling_request_ids is empty: give at least one id; no call lists all requests.")
    arguments = {"scheduling_request_ids": ids}
    query = Query(ENDPOINTS["query_scheduling_requests"], arguments, Window(zone_name(tz)), cut=False)
    frame = read_accounts(client, query, progress=False)
    if missing := sorted(set(ids) - set(frame["scheduling_request_id"])):
        text = f"the answer leaves out {quantity(len(missing), 'request')}: {join_names(missing)}. Check the ids."
        warnings.warn(single_line(text), stacklevel=caller_level())
    return frame
