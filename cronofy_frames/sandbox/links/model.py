"""Scheduling links: which times a visitor can choose, and the events that are written for the chosen one.

Pages: docs.cronofy.com/developers/api/scheduling/real-time-scheduling, /real-time-sequencing (beta) and
/developers/workflow-triggers/scheduling-triggers. Add to Calendar is known from the official clients alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from cronofy_frames.sandbox.availability.query_parsing import parse_query, parse_sequence_query
from cronofy_frames.sandbox.availability.sequences import ScheduledItem, SequenceItem, SequenceQuery, find_sequences
from cronofy_frames.sandbox.availability.solver import MAX_RESULTS, AvailabilityQuery, Opening, find_openings
from cronofy_frames.sandbox.availability.spans import ALL_TIME, TimeSet, intersection, union
from cronofy_frames.sandbox.events.body import parse_event
from cronofy_frames.sandbox.events.series import parse_recurrence
from cronofy_frames.sandbox.events.write import writable_calendar, write_event
from cronofy_frames.sandbox.http.fields import RequestFields
from cronofy_frames.sandbox.http.routes import Request
from cronofy_frames.sandbox.model.state import Link, Slot, TargetCalendar
from cronofy_frames.sandbox.model.times import epoch_seconds, instant_at
from cronofy_frames.wire.scopes import expand_scope

WIRE_NAMES: Mapping[str, str] = {"scheduling": "real_time_scheduling", "sequencing": "real_time_sequencing"}
PAGE_PATHS: Mapping[str, str] = {"scheduling": "rts", "sequencing": "sequencing", "adding": "add_to_calendar"}

Offer = tuple[Slot, ...]
"""What a visitor chooses at once: one slot, or a slot for each item of a sequence, in the order of time."""

ALL_SLOTS = 1_000_000  # a month in steps of five minutes has some nine thousand slots
SEQUENCE_ROUNDING = 300  # the earliest start of a sequence is a multiple of so many seconds


def link_url(link: Link, base_url: str) -> str:
    """Return the URL of a link's page; its token is the last part."""
    return f"{base_url}/{PAGE_PATHS[link.kind]}/{link.token}"


def link_row(link: Link, base_url: str) -> dict[str, Any]:
    """Return a link in its wire form; a completed one has the chosen times."""
    row: dict[str, Any] = {
        f"{WIRE_NAMES[link.kind]}_id": link.link_id,
        "url": link_url(link, base_url),
        "status": link.status,
        "event": _event_row(link),
    }
    if link.kind == "sequencing" and link.chosen_slots:
        row["sequence"] = _item_rows(link)
    return row


def item_event(link: Link, item: int = 0) -> dict[str, Any]:
    """Return the event of an item: the link's event, with the fields of the item's own event."""
    own_event = link.availability["sequence"][item].get("event") if link.kind == "sequencing" else None
    return {**link.event, **(own_event or {})}


def find_offers(link: Link, request: Request) -> list[Offer]:
    """Return the offers that a visitor can choose now, the earliest first; none if the query is no longer valid."""
    if link.kind == "sequencing":
        return _sequence_offers(link, request)
    query = _parse_link_query(link, request)
    if query is None:
        return []
    limit = MAX_RESULTS if query.max_results is None else query.max_results
    if query.response_format == "periods":
        query = replace(query, response_format="slots")
    openings = find_openings(replace(query, max_results=ALL_SLOTS))
    earliest = _earliest_start(link, request)
    future_openings = [opening for opening in openings if opening.start >= earliest]
    return [(_slot(opening),) for opening in future_openings[:limit]]


def find_offer(link: Link, request: Request, key: str) -> Offer | None:
    """Return the offer with a key, if the page has shown it and its times are still free."""
    if key not in link.offered_keys:
        return None
    starts = _parse_key(key)
    if next(iter(starts.values())) < _earliest_start(link, request):
        return None
    if link.kind == "sequencing":
        offers = _sequence_offers(link, request, starts=starts)
        return next((offer for offer in offers if offer_key(offer) == key), None)
    query = _parse_link_query(link, request)
    if query is None:
        return None
    slot_query = replace(query, response_format="overlapping_slots", starts=tuple(starts.values()), max_results=1)
    openings = find_openings(slot_query)
    return (_slot(openings[0]),) if openings else None


def offer_key(offer: Offer) -> str:
    """Return the text that identifies an offer in a form: item and start of each slot."""
    return " ".join(f"{slot.item}@{epoch_seconds(slot.start)}" for slot in offer)


def _parse_key(key: str) -> dict[int, int]:
    """Return the start of each item by its index, in the order of time."""
    pairs = (word.split("@") for word in key.split())
    return {int(item): int(start) for item, start in pairs}


def book_offer(link: Link, request: Request, offer: Offer, *, tzid: str) -> None:
    """Write the events of an offer, all of them or none, and complete the link.

    Parameters
    ----------
    link
        The link.
    request
        The visitor's request.
    offer
        The chosen offer.
    tzid
        The visitor's time zone.

    Raises
    ------
    ErrorResponse
        If an event cannot be written.
    """
    default_tzid = link.event.get("tzid") or link.tzid or tzid
    write_events(
        write_request(request, target, body)
        for slot in offer
        for target, body in _events_to_write(link, slot, item_event(link, slot.item).get("tzid") or default_tzid)
    )
    link.status, link.chosen_slots, link.chosen_tzid = "completed", offer, default_tzid
    message = {"event": _event_row(link), "participants": _participant_rows(offer), "user": {"tzid": tzid}}
    if link.kind == "sequencing":
        message["sequence"] = _item_rows(link)
    queue_link_callback(link, request, "completed_url", message)


def add_event(link: Link, request: Request, target: TargetCalendar) -> None:
    """Write the event of an Add to Calendar link into the chosen calendar."""
    write_events([write_request(request, target, link.event)])


def write_request(request: Request, target: TargetCalendar, body: dict[str, Any]) -> Request:
    """Return the request with which the application would write an event itself."""
    grants = request.world.grants.of_account(target.sub)
    grant = next((grant for grant in grants if "create_event" in expand_scope(grant.scope)), None)
    return Request(request.world, {"calendar_id": target.calendar_id}, body, request.base_url, grant=grant)


def write_events(requests: Iterable[Request]) -> None:
    """Write events; if any of them is invalid, write none and raise `ErrorResponse`."""
    all_requests = list(requests)
    for request in all_requests:
        calendar = writable_calendar(request)
        parse_event(request.fields, request.account, calendar, attachments=request.world.attachments)
        parse_recurrence(request.fields)
        request.fields.raise_errors()
    for request in all_requests:
        write_event(request)


def queue_link_callback(link: Link, request: Request, name: str, message: Mapping[str, Any]) -> None:
    """Queue a callback if the application gave a URL for it."""
    if name in link.callbacks:
        request.world.queue_callback(link.callbacks[name], message)


def queue_no_choice_callback(link: Link, request: Request, name: str, *, tzid: str) -> None:
    """Queue the callback that nothing was chosen; its content is our reading."""
    message = {WIRE_NAMES[link.kind]: link_row(link, request.base_url), "user": {"tzid": tzid}}
    queue_link_callback(link, request, name, message)


def _event_row(link: Link) -> dict[str, Any]:
    """Return the event as it was requested, with its times if they have been chosen."""
    row = {name: value for name, value in link.event.items() if name not in ("start", "end")}
    row["event_private"] = row.get("event_private") in (True, "true")
    if link.chosen_slots:
        row["start"] = _time_row(link.chosen_slots[0].start, link.chosen_tzid)
        row["end"] = _time_row(max(slot.end for slot in link.chosen_slots), link.chosen_tzid)
    return row


def _item_rows(link: Link) -> list[dict[str, Any]]:
    """Return the items of a completed sequence with their times; the form is our reading."""
    items = link.availability["sequence"]
    return [
        {
            "sequence_id": items[slot.item].get("sequence_id"),
            "start": _time_row(slot.start, link.chosen_tzid),
            "end": _time_row(slot.end, link.chosen_tzid),
            "participants": [{"sub": sub} for sub in slot.members],
            "event": items[slot.item].get("event") or {},
        }
        for slot in link.chosen_slots
    ]


def _time_row(instant: datetime, tzid: str) -> dict[str, Any]:
    return {"time": instant, "tzid": tzid}


def _participant_rows(offer: Offer) -> list[dict[str, str]]:
    return [{"sub": sub} for sub in dict.fromkeys(sub for slot in offer for sub in slot.members)]


def _earliest_start(link: Link, request: Request) -> int:
    return epoch_seconds(request.world.now()) + link.notice_seconds


def _parse_link_query(link: Link, request: Request) -> AvailabilityQuery | None:
    fields = RequestFields(link.availability, path="availability.")
    query = parse_query(fields, request.world)
    return None if fields.errors else query


def _sequence_offers(link: Link, request: Request, *, starts: Mapping[int, int] | None = None) -> list[Offer]:
    """Return the sequences that are free now, the earliest first; with `starts`, only the one with these starts."""
    fields = RequestFields(link.availability, path="availability.")
    query = parse_sequence_query(fields, request.world)
    if query is None or fields.errors:
        return []
    if starts is not None:
        items = tuple(_at_start(item, starts[n]) for n, item in enumerate(query.items))
        return _offers_of(replace(query, items=items))
    earliest = -(-_earliest_start(link, request) // SEQUENCE_ROUNDING) * SEQUENCE_ROUNDING
    future: TimeSet = ((earliest, ALL_TIME[0][1]),)
    return _offers_of(replace(query, periods=intersection(union(query.periods), future)))


def _at_start(item: SequenceItem, start: int) -> SequenceItem:
    """Return an item that can only start at one time."""
    return replace(item, periods=((start, start + item.duration),))


def _offers_of(query: SequenceQuery) -> list[Offer]:
    indexes = {item.sequence_id: n for n, item in enumerate(query.items)}
    return [tuple(_slot(item, indexes[item.sequence_id]) for item in sequence) for sequence in find_sequences(query)]


def _slot(opening: Opening | ScheduledItem, item: int = 0) -> Slot:
    return Slot(instant_at(opening.start), instant_at(opening.end), opening.members, item)


def _events_to_write(link: Link, slot: Slot, tzid: str) -> Iterator[tuple[TargetCalendar, dict[str, Any]]]:
    """Yield the calendars that get an event for a slot, and the body of the event write."""
    times = {"start": _time_text_row(slot.start, tzid), "end": _time_text_row(slot.end, tzid)}
    event = item_event(link, slot.item) | times
    if not link.single:
        yield from ((target, event) for target in _targets(link, slot))
    elif link.targets:
        organizer = next((target for target in link.targets if target.sub in slot.members), link.targets[0])
        yield organizer, _with_guests({**event, **organizer.event, **times}, link, slot, organizer)


def _time_text_row(instant: datetime, tzid: str) -> dict[str, str]:
    return {"time": f"{instant:%Y-%m-%dT%H:%M:%SZ}", "tzid": tzid}


def _with_guests(event: dict[str, Any], link: Link, slot: Slot, organizer: TargetCalendar) -> dict[str, Any]:
    """Return the body of an event that invites the owners of the other target calendars who are free."""
    guests = [
        target.attendee
        for target in link.targets
        if target is not organizer and target.attendee is not None and target.sub in slot.members
    ]
    if not guests:
        return event
    attendees = event.get("attendees") or {}
    return {**event, "attendees": {**attendees, "invite": [*(attendees.get("invite") or []), *guests]}}


def _targets(link: Link, slot: Slot) -> list[TargetCalendar]:
    """Return the calendars that get the event: all of them, or those of the item's participants.

    Owners who take part in no item of a sequence get the events of all items.
    """
    if link.kind != "sequencing":
        return link.targets
    subs_by_item = [_participant_subs(item) for item in link.availability["sequence"]]
    return [
        target
        for target in link.targets
        if target.sub in subs_by_item[slot.item] or not any(target.sub in subs for subs in subs_by_item)
    ]


def _participant_subs(item: Mapping[str, Any]) -> set[str]:
    return {member["sub"] for group in item["participants"] for member in group["members"]}
