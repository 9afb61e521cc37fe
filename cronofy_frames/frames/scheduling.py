"""Frames of availability, and of the rules and periods that manage it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

import msgspec
import pandas as pd

from cronofy_frames.frames.account_reader import Query, with_source
from cronofy_frames.frames.accounts import Clients, read_accounts
from cronofy_frames.frames.bounds import Bound, Window
from cronofy_frames.frames.decoder import Decoder
from cronofy_frames.schema import AVAILABILITY
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.endpoint import ENDPOINTS
from cronofy_frames.wire.values import wire_value
from cronofy_frames.zones import tzid_of

Members = Sequence[str | Mapping[str, Any]] | Sequence[Sequence[str | Mapping[str, Any]]]
Required = Literal["all"] | int | Sequence[Literal["all"] | int]
Duration = str | pd.Timedelta | Any
Result = Literal["periods", "slots", "overlapping_slots"]


def read_availability(
    client: Client,
    members: Members,
    start: Bound,
    end: Bound,
    *,
    duration: Duration,
    tz: str = "UTC",
    required: Required = "all",
    step: Duration | None = None,
    buffer: Duration | tuple[Duration, Duration] | None = None,
    result: Result = "periods",
) -> pd.DataFrame:
    """Read when people are free together into a frame.

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
        The stretch to search; start inclusive, end exclusive. Naive bounds are read in `tz`.
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

    Returns
    -------
    DataFrame
        start, end (`datetime64[us, tz]`) and participants: the JSON list of those who are free then.

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
    window = Window.of(start, end, tz)
    arguments: dict[str, Any] = {
        "participants": participant_groups(members, required),
        "required_duration": minutes(duration, "duration"),
        "query_periods": [{"start": _utc_text(window.start), "end": _utc_text(window.end)}],
        "response_format": result,
    }
    if step is not None:
        arguments["start_interval"] = minutes(step, "step")
    if buffer is not None:
        before, after = buffer if isinstance(buffer, tuple) else (buffer, buffer)
        arguments["buffer"] = {"before": minutes(before, "buffer"), "after": minutes(after, "buffer")}
    body = client.call("availability", arguments)
    rows = "available_periods" if result == "periods" else "available_slots"
    decoder = Decoder(AVAILABILITY, rows=rows, tz=window.tz)
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
        Rows that overlap this stretch; start inclusive, end exclusive. By default all.
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
    window = Window.of(start, end, tz)
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


def participant_groups(members: Members, required: Required) -> list[dict[str, Any]]:
    """Return members as the groups of participants that the API takes."""
    if isinstance(members, str) or not len(members):
        raise ValueError("members is a list of subs, or a list of such lists, with at least one of them.")
    nested = [isinstance(member, Sequence) and not isinstance(member, str) for member in members]
    if any(nested) and not all(nested):
        raise ValueError("members is a list of subs, or a list of groups; not a mix of both.")
    groups: list[Any] = list(members) if all(nested) else [members]
    counts = list(required) if isinstance(required, Sequence) and not isinstance(required, str) else [required]
    if len(counts) == 1:
        counts *= len(groups)
    if len(counts) != len(groups):
        raise ValueError(
            f"required has {len(counts)} entries for {len(groups)} groups: give one for each, or one for all."
        )
    return [
        {"members": [_member(member) for member in group], "required": count}
        for group, count in zip(groups, counts, strict=True)
    ]


def _member(member: str | Mapping[str, Any]) -> dict[str, Any]:
    return {"sub": member} if isinstance(member, str) else dict(member)


def minutes(duration: Duration, name: str) -> dict[str, int]:
    """Return a duration as the API takes it, in whole minutes; `name` is the argument, for messages."""
    try:
        delta = pd.Timedelta(duration)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{name} is a timedelta or text such as '30min', not {duration!r}.") from error
    if pd.isna(delta) or delta < pd.Timedelta(0):
        raise ValueError(f"{name} is a timedelta or text such as '30min', not {duration!r}.")
    wire: dict[str, int] = wire_value(delta)
    return wire


def _utc_text(instant: pd.Timestamp | None) -> str:
    if instant is None:
        raise ValueError("availability needs both start and end.")
    text: str = wire_value(instant)
    return text
