"""Route handlers that read events and free/busy, page by page.

Pages: docs.cronofy.com/developers/api/events/read-events and /free-busy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from cronofy_frames.sandbox.events.window import EventsQuery, parse_events_query, select_events
from cronofy_frames.sandbox.http.paging import page_slice, pages_row, stored_page
from cronofy_frames.sandbox.http.routes import Request, Response, handles
from cronofy_frames.sandbox.model.json_rows import RowOptions, event_rows, free_busy_row, free_busy_status
from cronofy_frames.sandbox.model.state import Event


@dataclass(frozen=True, slots=True)
class ListFormat:
    """How the events of a read become the rows of its pages.

    Attributes
    ----------
    key
        Name of the rows in the response, and part of the path of its pages.
    scopes
        Scopes of which one is needed for every page; none if empty.
    include
        Whether to return an event; asked again for each page, as events may be deleted in between.
    rows
        Makes rows from events.
    """

    key: str
    scopes: tuple[str, ...]
    include: Callable[[Event], bool]
    rows: Callable[[list[Event]], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class EventsListing:
    """Result of a read, stored so that its pages can be requested: the account, the format and all events."""

    sub: str
    format: ListFormat
    events: list[Event]
    token_seed: str  # page tokens are derived from it

    @property
    def path(self) -> str:
        """Path of its pages."""
        return f"/v1/{self.format.key}/pages"


@handles(
    "GET /v1/events",
    note="from before 42 days back is 422, to beyond 201 days ahead too unless strict_window is off; events are "
    "ordered by start, calendar_id, event_uid; a deleted event keeps its ids, deleted and updated",
)
def read_events(request: Request) -> Response:
    """Return the first page of events."""
    query = parse_events_query(request, managed_window=False)
    fields = request.fields
    options = RowOptions(
        localized=bool(fields.boolean("localized_times")),
        geo=bool(fields.boolean("include_geo")),
        google_ids=bool(fields.boolean("google_event_ids")),
    )
    account, client_id = request.account, request.world.client_id
    list_format = ListFormat(
        key="events",
        scopes=() if query.managed == "only" else ("read_events",),
        include=lambda event: query.deleted or not event.deleted,
        rows=lambda events: event_rows(events, account, client_id, options),
    )
    return _first_page(request, query, list_format)


@handles("GET /v1/events/pages/{token}", note="tokens do not age; a token of another account is 404")
def read_events_page(request: Request) -> Response:
    """Return a further page of events."""
    return _further_page(request, "/v1/events/pages")


@handles(
    "GET /v1/free_busy",
    note="free rows come with include_free only; managed events keep to the default window",
)
def read_free_busy(request: Request) -> Response:
    """Return the first page of free/busy periods."""
    query = parse_events_query(request, managed_window=True)
    fields = request.fields
    options = RowOptions(localized=bool(fields.boolean("localized_times")), ids=bool(fields.boolean("include_ids")))
    include_free = bool(fields.boolean("include_free"))

    def include(event: Event) -> bool:
        return (include_free or free_busy_status(event) != "free") and (query.deleted or not event.deleted)

    list_format = ListFormat(
        key="free_busy",
        scopes=("read_free_busy",),
        include=include,
        rows=lambda events: [free_busy_row(event, options) for event in events],
    )
    return _first_page(request, query, list_format)


@handles("GET /v1/free_busy/pages/{token}", note="tokens do not age; a token of another account is 404")
def read_free_busy_page(request: Request) -> Response:
    """Return a further page of free/busy periods."""
    return _further_page(request, "/v1/free_busy/pages")


def _first_page(request: Request, query: EventsQuery, list_format: ListFormat) -> Response:
    if list_format.scopes:
        request.require_scope(*list_format.scopes)
    request.fields.raise_errors()
    world, account = request.world, request.account
    arguments = msgspec.json.encode(request.arguments, order="sorted").decode()
    events = select_events(account, query, world.client_id)
    listing = EventsListing(
        sub=account.sub,
        format=list_format,
        events=[event for event in events if list_format.include(event)],
        token_seed=world.mint("listing", list_format.key, account.sub, arguments, world.change_count),
    )
    return _page(request, listing, 1)


def _further_page(request: Request, path: str) -> Response:
    listing, number = stored_page(request, EventsListing, path)
    if listing.format.scopes:
        request.require_scope(*listing.format.scopes)
    return _page(request, listing, number)


def _page(request: Request, listing: EventsListing, number: int) -> Response:
    """Return one page; only its own events are made into rows."""
    page_events = page_slice(listing.events, number, request.world.settings.page_size)
    rows = listing.format.rows([event for event in page_events if listing.format.include(event)])
    return Response(body={"pages": pages_row(request, listing, number, len(listing.events)), listing.format.key: rows})
