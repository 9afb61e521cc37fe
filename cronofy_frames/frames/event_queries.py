"""The queries of events and of free/busy: arguments of the wire from those of the public functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cronofy_frames.argument_types import text_list
from cronofy_frames.frames.bounds import Bound, Window, instant
from cronofy_frames.frames.extra_columns import Extra, ExtraType, extra_types
from cronofy_frames.frames.query import Query
from cronofy_frames.wire.endpoint import ENDPOINTS, Endpoint
from cronofy_frames.wire.values import wire_value
from cronofy_frames.zones import tzid_of

EVENTS_INCLUDE = {"geo": "include_geo", "google_ids": "google_event_ids", "moved": "include_moved"}
FREE_BUSY_INCLUDE = {"ids": "include_ids", "free": "include_free"}


@dataclass(frozen=True, kw_only=True)
class EventOptions:
    """What a read of events or of free/busy asks, in the words of `read_events`, which says what they mean."""

    start: Bound | None = None
    end: Bound | None = None
    tz: str = "UTC"
    managed: bool = True
    deleted: bool = False
    localized: bool = False
    modified_since: Bound | None = None
    include: Sequence[str] = ()
    extra: Extra = None

    def arguments(self, window: Window, now: datetime, include: Mapping[str, str]) -> dict[str, Any]:
        """Return the arguments on the wire, where a read may include some things."""
        since = instant(self.modified_since, window.tz, "modified_since", now=now)
        return {
            "tzid": tzid_of(window.tz),
            **window.days,
            **({"include_managed": True} if self.managed else {}),
            **({"localized_times": True} if self.localized else {}),
            **({"last_modified": wire_value(since.to_pydatetime())} if since is not None else {}),
            **({"include_deleted": True} if self.deleted else {}),
            **_include_arguments(self.include, include),
        }


def events_query(options: EventOptions, now: datetime) -> Query:
    """Return the query of a read of events, at a time by the clock of the client.

    Raises
    ------
    ValueError
        For bounds, a zone, `include` or `extra` that make no sense.
    """
    return _query("read_events", options, now, EVENTS_INCLUDE)


def free_busy_query(options: EventOptions, now: datetime) -> Query:
    """Return the query of a read of free/busy, at a time by the clock of the client.

    Raises
    ------
    ValueError
        For bounds, a zone, `include` or `extra` that make no sense.
    """
    return _query("free_busy", options, now, FREE_BUSY_INCLUDE)


def _query(name: str, options: EventOptions, now: datetime, include: Mapping[str, str]) -> Query:
    endpoint = ENDPOINTS[name]
    window = Window.of(options.start, options.end, options.tz, now=now)
    arguments = options.arguments(window, now, include)
    # moved events are outside the window
    is_cut = EVENTS_INCLUDE["moved"] not in arguments
    return Query(endpoint, arguments, window, cut=is_cut, extra=extra_of(endpoint, options.extra))


def extra_of(endpoint: Endpoint, extra: Extra) -> dict[str, ExtraType]:
    """Return the types of extra columns of an endpoint's frame by their paths."""
    assert endpoint.table is not None
    return extra_types(extra, endpoint.table)


def _include_arguments(include: Sequence[str], known: Mapping[str, str]) -> dict[str, bool]:
    names = text_list("include", include, ", ".join(known))
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"include takes {', '.join(known)}; not {', '.join(map(repr, unknown))}.")
    return {known[name]: True for name in names}
