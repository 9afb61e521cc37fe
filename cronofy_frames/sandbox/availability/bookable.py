"""Route handlers for bookable events: events with a number of places, and the registrations for them.

Pages: docs.cronofy.com/developers/api/bookable-events/create, /read, /upsert-registration, /remove-registration (beta).
"""

from __future__ import annotations

import re
from typing import Any

from cronofy_frames.sandbox.http.fields import ErrorResponse, RequestFields
from cronofy_frames.sandbox.http.paging import page_count, page_slice
from cronofy_frames.sandbox.http.routes import Request, Response, handles
from cronofy_frames.sandbox.model.state import BookableEvent, Registration
from cronofy_frames.sandbox.model.times import parse_time

MAX_CAPACITY = 256
MAX_METADATA_DEPTH = 16

_ID = re.compile(r"[A-Za-z0-9_-]+")
_ID_DESCRIPTION = "letters, digits, underscores and hyphens"


@handles(
    "POST /v1/bookable_events",
    auth="application",
    note="the same id again changes the event and keeps its registrations; a capacity of null is unlimited; a capacity "
    "below the number of accepted registrations is 422",
    stage="BETA",
)
def create_bookable_event(request: Request) -> Response:
    """Create or change a bookable event."""
    fields, world = request.fields, request.world
    bookable_event_id = fields.matching("bookable_event_id", _ID, "invalid_format", _ID_DESCRIPTION, required=True)
    start = fields.read("start", parse_time, required=True)
    end = fields.read("end", parse_time, required=True)
    if start is not None and end is not None and end <= start:
        fields.add_error("end", "invalid_time_pair", "end must be after start")
    status = fields.choice("status", ("confirmed", "cancelled"), required=True)
    existing = world.bookable_events.get(bookable_event_id or "")
    capacity = _parse_capacity(fields, accepted=0 if existing is None else accepted_count(existing))
    fields.raise_errors()
    assert bookable_event_id is not None
    assert start is not None
    assert end is not None
    assert status is not None
    registrations = {} if existing is None else existing.registrations
    event = BookableEvent(bookable_event_id, start, end, status, capacity, registrations)
    world.bookable_events[bookable_event_id] = event
    row = _event_row(request, event)
    del row["registration"]["total_count"], row["registration"]["pages"]  # the page of this call shows neither
    return Response(body=row)


def _parse_capacity(fields: RequestFields, *, accepted: int) -> int | None:
    part = fields.nested_fields("registration", required=True)
    if part is None or ("capacity" in part and part.values["capacity"] is None):
        return None
    capacity = part.integer("capacity", minimum=1, required=True)
    if capacity is not None and capacity > MAX_CAPACITY:
        part.add_error("capacity", "out_of_range", f"capacity must be between 1 and {MAX_CAPACITY}")
    elif capacity is not None and capacity < accepted:
        part.add_error("capacity", "out_of_range", f"capacity must not be below {accepted}, which are registered")
    return capacity


@handles("GET /v1/bookable_events/{bookable_event_id}", auth="application", stage="BETA")
def read_bookable_event(request: Request) -> Response:
    """Return a bookable event with the first page of its registrations."""
    return Response(body=_event_row(request, _find_event(request)))


@handles(
    "GET /v1/bookable_events/{bookable_event_id}/registrations/pages/{token}",
    auth="application",
    sureness="our reading",
    note="the event once more, with that page of its registrations; tokens do not age",
    stage="BETA",
)
def read_registrations_page(request: Request) -> Response:
    """Return a bookable event with a further page of its registrations."""
    event = _find_event(request)
    for number in range(2, _page_count(request, event) + 1):
        if _page_token(request, event, number) == request.path_args["token"]:
            return Response(body=_event_row(request, event, number))
    raise ErrorResponse(404)


@handles(
    "POST /v1/bookable_events/{bookable_event_id}/registrations",
    auth="application",
    note="status is pending, accepted or declined, and only accepted takes a place; one more than capacity is 422 "
    "with errors.capacity_exceeded on registration_id; a cancelled event takes none; without metadata the old metadata "
    "stays",
    stage="BETA",
)
def upsert_registration(request: Request) -> Response:
    """Create or change a registration, also one that was removed."""
    event, fields = _find_event(request), request.fields
    registration_id = fields.matching("registration_id", _ID, "invalid_format", _ID_DESCRIPTION, required=True)
    status = fields.choice("status", ("pending", "accepted", "declined"), required=True)
    metadata = fields.nested_fields("metadata")
    if metadata is not None and _is_deeper(metadata.values, MAX_METADATA_DEPTH):
        description = f"metadata must not be nested deeper than {MAX_METADATA_DEPTH}"
        fields.add_error("metadata", "invalid_format", description)
    existing = event.registrations.get(registration_id or "")
    _check_capacity(fields, event, existing, status)
    fields.raise_errors()
    assert registration_id is not None
    assert status is not None
    values = None if metadata is None else dict(metadata.values)
    if metadata is None and existing is not None and "metadata" not in fields:
        values = existing.metadata
    event.registrations[registration_id] = Registration(registration_id, status, values)
    return Response(body=_event_row(request, event))


def _check_capacity(
    fields: RequestFields, event: BookableEvent, existing: Registration | None, status: str | None
) -> None:
    """Add an error if the event is cancelled or has no place left for the registration."""
    others = accepted_count(event) - (existing is not None and existing.status == "accepted")
    if event.status == "cancelled":
        fields.add_error("registration_id", "not_supported", "the event is cancelled")
    elif status == "accepted" and event.capacity is not None and others >= event.capacity:
        fields.add_error("registration_id", "capacity_exceeded", f"all {event.capacity} places are taken")


@handles(
    "DELETE /v1/bookable_events/{bookable_event_id}/registrations/{registration_id}",
    auth="application",
    note="the entry stays, its status removed and its metadata null; removing it again changes nothing",
    stage="BETA",
)
def delete_registration(request: Request) -> Response:
    """Remove a registration."""
    event = _find_event(request)
    registration = event.registrations.get(request.path_args["registration_id"])
    if registration is None:
        raise ErrorResponse(404)
    registration.status, registration.metadata = "removed", None
    return Response(body=_event_row(request, event))


def find_free_places(request: Request) -> Response:
    """Return those of some bookable events that have free places: not cancelled, full or past.

    Page: docs.cronofy.com/developers/api/scheduling/bookable-events/availability (beta), which is a form of the
    availability query; that the others are left out is our reading.
    """
    fields, world = request.fields, request.world
    if request.grant is not None:
        raise ErrorResponse(403)
    if fields.has_value("participants"):
        fields.add_error("bookable_events", "not_supported", "bookable_events and participants must not both be given")
    events = [_known_event(request, entry) for entry in fields.nested_list("bookable_events") or []]
    if not events:
        fields.add_error("bookable_events", "required", "bookable_events must have at least one entry")
    fields.raise_errors()
    free = [event for event in events if event is not None and _has_free_place(event) and event.end > world.now()]
    return Response(body={"available_bookable_events": [_free_row(event) for event in free]})


def _known_event(request: Request, entry: RequestFields) -> BookableEvent | None:
    bookable_event_id = entry.text("bookable_event_id", required=True, allow_empty=False)
    event = request.world.bookable_events.get(bookable_event_id or "")
    if bookable_event_id is not None and event is None:
        entry.add_error("bookable_event_id", "not_recognized", "bookable_event_id must be of a bookable event")
    return event


def _has_free_place(event: BookableEvent) -> bool:
    is_full = event.capacity is not None and accepted_count(event) >= event.capacity
    return event.status == "confirmed" and not is_full


def _free_row(event: BookableEvent) -> dict[str, Any]:
    return {
        "bookable_event_id": event.bookable_event_id,
        "start": event.start,
        "end": event.end,
        "registration": {"capacity": event.capacity, "registered_count": accepted_count(event)},
    }


def accepted_count(event: BookableEvent) -> int:
    """Return the number of accepted registrations."""
    return sum(registration.status == "accepted" for registration in event.registrations.values())


def _find_event(request: Request) -> BookableEvent:
    event = request.world.bookable_events.get(request.path_args["bookable_event_id"])
    if event is None:
        raise ErrorResponse(404)
    return event


def _event_row(request: Request, event: BookableEvent, number: int = 1) -> dict[str, Any]:
    """Return the event with one page of its registrations, in the order in which they were made."""
    page = page_slice(list(event.registrations.values()), number, request.world.settings.page_size)
    registration = {
        "capacity": event.capacity,
        "registered_count": accepted_count(event),
        "total_count": len(event.registrations),
        "registrations": [_registration_row(registration) for registration in page],
        "pages": _pages_row(request, event, number),
    }
    return {
        "bookable_event_id": event.bookable_event_id,
        "start": event.start,
        "end": event.end,
        "status": event.status,
        "registration": registration,
    }


def _registration_row(registration: Registration) -> dict[str, Any]:
    return {
        "registration_id": registration.registration_id,
        "status": registration.status,
        "metadata": registration.metadata,
    }


def _pages_row(request: Request, event: BookableEvent, number: int) -> dict[str, Any]:
    total = _page_count(request, event)
    row: dict[str, Any] = {"current": number, "total": total}
    if number < total:
        path = f"/v1/bookable_events/{event.bookable_event_id}/registrations/pages"
        row["next_page"] = f"{request.base_url}{path}/{_page_token(request, event, number + 1)}"
    return row


def _page_count(request: Request, event: BookableEvent) -> int:
    return page_count(len(event.registrations), request.world.settings.page_size)


def _page_token(request: Request, event: BookableEvent, number: int) -> str:
    # In hexadecimal, as the token of the example in the documentation.
    return request.world.mint("registrations", event.bookable_event_id, number).encode().hex()


def _is_deeper(value: Any, max_depth: int) -> bool:
    """Return whether arrays and objects are nested deeper than `max_depth`; the encoder has a limit of its own."""
    layer = [value]
    for _ in range(max_depth):
        layer = [
            child
            for item in layer
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
    return any(isinstance(item, dict | list) for item in layer)
