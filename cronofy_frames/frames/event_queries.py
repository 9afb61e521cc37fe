"""The queries of events and of free/busy: arguments of the wire from those of the public functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from cronofy_frames.frames.account_reader import Query
from cronofy_frames.frames.bounds import Bound, Window, instant
from cronofy_frames.frames.extra_columns import Extra, ExtraType, extra_types
from cronofy_frames.wire.endpoint import ENDPOINTS, Endpoint
from cronofy_frames.wire.values import wire_value
from cronofy_frames.zones import tzid_of

EVENTS_INCLUDE = {"geo": "include_geo", "google_ids": "google_event_ids", "moved": "include_moved"}
FREE_BUSY_INCLUDE = {"ids": "include_ids", "free": "include_free"}


def events_query(
    now: datetime,
    start: Bound | None,
    end: Bound | None,
    *,
    tz: str = "UTC",
    managed: bool = True,
    deleted: bool = False,
    localized: bool = False,
    modified_since: Bound | None = None,
    include: Sequence[str] = (),
    extra: Extra = None,
) -> Query:
    """Return the query of a read of events; the arguments are those of `read_events`, and `now` the client's time.

    Raises
    ------
    ValueError
        For bounds, a zone, `include` or `extra` that make no sense.
    """
    window = Window.of(start, end, tz, now=now)
    since = instant(modified_since, window.tz, "modified_since", now=now)
    arguments = {
        **_common_arguments(window, managed=managed, localized=localized, modified_since=since),
        **({"include_deleted": True} if deleted else {}),
        **_include_arguments(include, EVENTS_INCLUDE),
    }
    endpoint = ENDPOINTS["read_events"]
    return Query(endpoint, arguments, window, cut="moved" not in include, extra=extra_of(endpoint, extra))


def free_busy_query(
    now: datetime,
    start: Bound | None,
    end: Bound | None,
    *,
    tz: str = "UTC",
    managed: bool = True,
    include: Sequence[str] = ("ids",),
    extra: Extra = None,
) -> Query:
    """Return the query of a read of free/busy; the arguments are those of `read_free_busy`.

    Raises
    ------
    ValueError
        For bounds, a zone, `include` or `extra` that make no sense.
    """
    window = Window.of(start, end, tz, now=now)
    arguments = {
        **_common_arguments(window, managed=managed, localized=False, modified_since=None),
        **_include_arguments(include, FREE_BUSY_INCLUDE),
    }
    endpoint = ENDPOINTS["free_busy"]
    return Query(endpoint, arguments, window, extra=extra_of(endpoint, extra))


def extra_of(endpoint: Endpoint, extra: Extra) -> dict[str, ExtraType]:
    """Return the types of extra columns of an endpoint's frame by their paths."""
    assert endpoint.table is not None
    return extra_types(extra, endpoint.table)


def _common_arguments(
    window: Window, *, managed: bool, localized: bool, modified_since: pd.Timestamp | None
) -> dict[str, Any]:
    return {
        "tzid": tzid_of(window.tz),
        **window.days,
        **({"include_managed": True} if managed else {}),
        **({"localized_times": True} if localized else {}),
        **({"last_modified": wire_value(modified_since.to_pydatetime())} if modified_since is not None else {}),
    }


def _include_arguments(include: Sequence[str], known: Mapping[str, str]) -> dict[str, bool]:
    names = (include,) if isinstance(include, str) else tuple(include)
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"include takes {', '.join(known)}; not {', '.join(map(repr, unknown))}.")
    return {known[name]: True for name in names}
