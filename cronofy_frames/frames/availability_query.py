"""Arguments of an availability query in the forms that people give, as the API takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import pandas as pd

from cronofy_frames.frames.bounds import Bound, Window, instant
from cronofy_frames.wire.values import wire_value
from cronofy_frames.zones import zone_name

Members = Sequence[str | Mapping[str, Any]] | Sequence[Sequence[str | Mapping[str, Any]]]
Required = Literal["all"] | int | Sequence[Literal["all"] | int]
Duration = str | pd.Timedelta | Any
ExcludedEvents = Sequence[Mapping[str, str]] | pd.DataFrame

EVENT_IDS = ("event_uid", "event_id")


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


def searched_time(
    start: Bound | None, end: Bound | None, slots: Sequence[Bound] | None, duration: Duration, tz: str, now: datetime
) -> tuple[Window, dict[str, Any]]:
    """Return the window of a query, and its argument `query_periods`, or `query_slots` where starts are given.

    `now` is the time that words such as `today` count from.

    Raises
    ------
    ValueError
        Neither or both are given.
    """
    if slots is None:
        window = Window.of(start, end, tz, now=now)
        return window, {"query_periods": [{"start": _utc_text(window.start), "end": _utc_text(window.end)}]}
    if start is not None or end is not None:
        raise ValueError("query_slots has the starts to check: leave out start and end.")
    zone = zone_name(tz)
    starts = [time for slot in slots if (time := instant(slot, zone, "query_slots", now=now)) is not None]
    if not starts:
        raise ValueError("query_slots is a list of starts, with at least one of them.")
    window = Window(zone, min(starts), max(starts) + pd.Timedelta(duration))
    return window, {"query_slots": [{"start": _utc_text(time)} for time in starts]}


def excluded_event_ids(events: ExcludedEvents) -> list[dict[str, str]]:
    """Return events that do not count as busy as the API takes them: each by its event_uid, else its event_id.

    Raises
    ------
    ValueError
        For an event without either.
    """
    rows = events.to_dict("records") if isinstance(events, pd.DataFrame) else list(events)
    return [_event_id(row) for row in rows]


def _event_id(event: Any) -> dict[str, str]:
    known = dict(event) if isinstance(event, Mapping) else {}
    for name in EVENT_IDS:
        if isinstance(known.get(name), str) and known[name]:
            return {name: known[name]}
    raise ValueError(
        "excluded_events is a frame of events, or a list such as [{'event_uid': ...}] or [{'event_id': ...}]; an entry "
        "has neither id."
    )


def _utc_text(time: pd.Timestamp | None) -> str:
    if time is None:
        raise ValueError("availability needs both start and end, or query_slots.")
    text: str = wire_value(time)
    return text
