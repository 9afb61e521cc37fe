"""Bookable events: a session with a number of places, and who registered for it.

Pages: docs.cronofy.com/developers/api/bookable-events/create, /read, /upsert-registration, /remove-registration (beta).
"""

from __future__ import annotations

import re
from typing import Any

from cronofy_frames.sandbox.http.fields import Fields, Refused
from cronofy_frames.sandbox.http.routes import Question, Reply, answers
from cronofy_frames.sandbox.model.state import BookableEvent, Registration
from cronofy_frames.sandbox.model.times import read_time

MOST_PLACES = 256
DEEPEST_METADATA = 16

_ID = re.compile(r"[A-Za-z0-9_-]+")
_ID_WORDS = "letters, digits, underscores and hyphens"


@answers(
    "POST /v1/bookable_events",
    auth="application",
    note="the same id again changes the event and keeps its registrations; a capacity of null has no end; a capacity "
    "below the number of accepted registrations is 422",
)
def create_bookable_event(question: Question) -> Reply:
    """Create or change a bookable event."""
    fields, world = question.fields, question.world
    bookable_event_id = fields.matching("bookable_event_id", _ID, "invalid_format", _ID_WORDS, required=True)
    start = fields.read("start", read_time, required=True)
    end = fields.read("end", read_time, required=True)
    if start is not None and end is not None and end <= start:
        fields.refuse("end", "invalid_time_pair", "end must be after start")
    status = fields.choice("status", ("confirmed", "cancelled"), required=True)
    known = world.bookable_events.get(bookable_event_id or "")
    capacity = _capacity(fields, taken=0 if known is None else registered(known))
    fields.check()
    assert bookable_event_id is not None
    assert start is not None
    assert end is not None
    assert status is not None
    event = BookableEvent(bookable_event_id, start, end, status, capacity, {} if known is None else known.registrations)
    world.bookable_events[bookable_event_id] = event
    row = _row(question, event)
    del row["registration"]["total_count"], row["registration"]["pages"]  # the page of this call shows neither
    return Reply(body=row)


def _capacity(fields: Fields, *, taken: int) -> int | None:
    part = fields.part("registration", required=True)
    if part is None or ("capacity" in part and part.given["capacity"] is None):
        return None
    capacity = part.integer("capacity", least=1, required=True)
    if capacity is not None and capacity > MOST_PLACES:
        part.refuse("capacity", "out_of_range", f"capacity must be between 1 and {MOST_PLACES}")
    elif capacity is not None and capacity < taken:
        part.refuse("capacity", "out_of_range", f"capacity must not be below {taken}, which are registered")
    return capacity


@answers("GET /v1/bookable_events/{bookable_event_id}", auth="application")
def read_bookable_event(question: Question) -> Reply:
    """Answer with a bookable event and the first page of its registrations."""
    return Reply(body=_row(question, _event(question)))


@answers(
    "GET /v1/bookable_events/{bookable_event_id}/registrations/pages/{token}",
    auth="application",
    sure="our reading",
    note="the event once more, with that page of its registrations; tokens do not age",
)
def registrations_page(question: Question) -> Reply:
    """Answer with a further page of registrations."""
    event = _event(question)
    for number in range(2, _pages(question, event) + 1):
        if _token(question, event, number) == question.places["token"]:
            return Reply(body=_row(question, event, number))
    raise Refused(404)


@answers(
    "POST /v1/bookable_events/{bookable_event_id}/registrations",
    auth="application",
    note="status is pending, accepted or declined, and accepted alone takes a place; one more than capacity is 422 "
    "with errors.capacity_exceeded on registration_id; a cancelled event takes none; metadata left out stays as it was",
)
def upsert_registration(question: Question) -> Reply:
    """Register somebody, or change a registration; one that was removed is there again."""
    event, fields = _event(question), question.fields
    registration_id = fields.matching("registration_id", _ID, "invalid_format", _ID_WORDS, required=True)
    status = fields.choice("status", ("pending", "accepted", "declined"), required=True)
    metadata = fields.part("metadata")
    if metadata is not None and _deeper(metadata.given, DEEPEST_METADATA):
        fields.refuse("metadata", "invalid_format", f"metadata must not be nested deeper than {DEEPEST_METADATA}")
    known = event.registrations.get(registration_id or "")
    taken = registered(event) - (known is not None and known.status == "accepted")
    if event.status == "cancelled":
        fields.refuse("registration_id", "not_supported", "the event is cancelled")
    elif status == "accepted" and event.capacity is not None and taken >= event.capacity:
        fields.refuse("registration_id", "capacity_exceeded", f"all {event.capacity} places are taken")
    fields.check()
    assert registration_id is not None
    assert status is not None
    kept = known.metadata if known is not None and "metadata" not in fields else None
    told = dict(metadata.given) if metadata is not None else kept
    event.registrations[registration_id] = Registration(registration_id, status, told)
    return Reply(body=_row(question, event))


@answers(
    "DELETE /v1/bookable_events/{bookable_event_id}/registrations/{registration_id}",
    auth="application",
    note="the entry stays, its status removed and its metadata null; removing it again changes nothing",
)
def delete_registration(question: Question) -> Reply:
    """Remove a registration."""
    event = _event(question)
    registration = event.registrations.get(question.places["registration_id"])
    if registration is None:
        raise Refused(404)
    registration.status, registration.metadata = "removed", None
    return Reply(body=_row(question, event))


def registered(event: BookableEvent) -> int:
    """Return how many places are taken."""
    return sum(one.status == "accepted" for one in event.registrations.values())


def _event(question: Question) -> BookableEvent:
    event = question.world.bookable_events.get(question.places["bookable_event_id"])
    if event is None:
        raise Refused(404)
    return event


def _row(question: Question, event: BookableEvent, number: int = 1) -> dict[str, Any]:
    """Return the event with one page of its registrations, which stay in the order in which they came."""
    size, total = question.world.manners.page_size, _pages(question, event)
    entries = list(event.registrations.values())[(number - 1) * size : number * size]
    pages: dict[str, Any] = {"current": number, "total": total}
    if number < total:
        token = _token(question, event, number + 1)
        pages["next_page"] = f"{question.base}/v1/bookable_events/{event.bookable_event_id}/registrations/pages/{token}"
    registration = {
        "capacity": event.capacity,
        "registered_count": registered(event),
        "total_count": len(event.registrations),
        "registrations": [
            {"registration_id": one.registration_id, "status": one.status, "metadata": one.metadata} for one in entries
        ],
        "pages": pages,
    }
    return {
        "bookable_event_id": event.bookable_event_id,
        "start": event.start,
        "end": event.end,
        "status": event.status,
        "registration": registration,
    }


def _pages(question: Question, event: BookableEvent) -> int:
    return max(1, -(-len(event.registrations) // question.world.manners.page_size))


def _token(question: Question, event: BookableEvent, number: int) -> str:
    return question.world.mint("registrations", event.bookable_event_id, number).encode().hex()


def _deeper(value: Any, levels: int) -> bool:
    """Say whether arrays and objects stand in one another more often than that; what is answered must be encoded."""
    layer = [value]
    for _ in range(levels):
        layer = [
            inner
            for one in layer
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return any(isinstance(one, dict | list) for one in layer)
