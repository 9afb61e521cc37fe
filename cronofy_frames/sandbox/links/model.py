"""What can be chosen at a link, and what choosing does.

Pages: docs.cronofy.com/developers/api/scheduling/real-time-scheduling, /real-time-sequencing (beta) and
/developers/workflow-triggers/scheduling-triggers. Add to Calendar is known from the official clients alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from cronofy_frames.sandbox.availability.durations import second_of, time_of
from cronofy_frames.sandbox.availability.requests import read_query, read_sequence
from cronofy_frames.sandbox.availability.sequences import Item, Placed, proposals
from cronofy_frames.sandbox.availability.solver import MOST_RESULTS, Opening, Query, openings
from cronofy_frames.sandbox.availability.spans import WHOLE, intersection, union
from cronofy_frames.sandbox.events.body import read_event
from cronofy_frames.sandbox.events.series import read_recurrence
from cronofy_frames.sandbox.events.write import writable_calendar, write_event
from cronofy_frames.sandbox.http.fields import Fields
from cronofy_frames.sandbox.http.routes import Question
from cronofy_frames.sandbox.model.state import Link, Slot, Target
from cronofy_frames.wire.scopes import spelt_out

NAMES: Mapping[str, str] = {"scheduling": "real_time_scheduling", "sequencing": "real_time_sequencing"}
PATHS: Mapping[str, str] = {"scheduling": "rts", "sequencing": "sequencing", "adding": "add_to_calendar"}

Offer = tuple[Slot, ...]
"""What is chosen at once: one slot, or a slot for each item of a sequence, in the order of time."""

EVERY = 1_000_000  # a month in steps of five minutes has some nine thousand slots
ROUND = 300  # the earliest start of a sequence is a multiple of so many seconds


def url_of(link: Link, base: str) -> str:
    """Return the address of a link's page; its token is the last part."""
    return f"{base}/{PATHS[link.kind]}/{link.token}"


def link_row(link: Link, base: str) -> dict[str, Any]:
    """Return a link as all calls have it; a completed one says when."""
    row: dict[str, Any] = {
        f"{NAMES[link.kind]}_id": link.link_id,
        "url": url_of(link, base),
        "status": link.status,
        "event": _event_row(link),
    }
    if link.kind == "sequencing" and link.chosen:
        row["sequence"] = _items(link)
    return row


def event_of(link: Link, item: int = 0) -> dict[str, Any]:
    """Return the event of an item, with what all the items' events have in common."""
    own = link.availability["sequence"][item].get("event") if link.kind == "sequencing" else None
    return {**link.event, **(own or {})}


def offers(link: Link, question: Question) -> list[Offer]:
    """Return what can be chosen now, the earliest first; nothing where the query can no longer be answered."""
    if link.kind == "sequencing":
        return _sequences(link, question)
    query = _query(link, question)
    if query is None:
        return []
    most = MOST_RESULTS if query.max_results is None else query.max_results
    form = query.form if query.form == "overlapping_slots" else "slots"
    found = openings(replace(query, form=form, max_results=EVERY))
    earliest = _earliest(link, question)
    later = [one for one in found if one.start >= earliest]
    told: list[Offer] = [(_slot(one),) for one in later[:most]]
    return told


def offer_of(link: Link, question: Question, key: str) -> Offer | None:
    """Return what a visitor chose, if it has been on the page and can still be had."""
    if key not in link.offered:
        return None
    wanted = [(int(item), int(start)) for item, _, start in (word.partition("@") for word in key.split())]
    if wanted[0][1] < _earliest(link, question):
        return None
    if link.kind == "sequencing":
        return next((offer for offer in _sequences(link, question, pinned=dict(wanted)) if key_of(offer) == key), None)
    query = _query(link, question)
    if query is None:
        return None
    free = openings(replace(query, form="overlapping_slots", starts=(wanted[0][1],), max_results=1))
    return (_slot(free[0]),) if free else None


def key_of(offer: Offer) -> str:
    """Return the text that stands for an offer in a form."""
    return " ".join(f"{slot.item}@{second_of(slot.start)}" for slot in offer)


def book(link: Link, question: Question, offer: Offer, *, tzid: str) -> None:
    """Write the events of an offer, all of them or none, and complete the link.

    Parameters
    ----------
    link
        Where it was chosen.
    question
        The visitor's request.
    offer
        What was chosen.
    tzid
        The zone in which the visitor saw it.

    Raises
    ------
    Refused
        Where an event cannot be written.
    """
    zone = link.event.get("tzid") or link.tzid or tzid
    write(
        writing(question, target, body)
        for slot in offer
        for target, body in _events(link, slot, event_of(link, slot.item).get("tzid") or zone)
    )
    link.status, link.chosen, link.chosen_tzid = "completed", offer, zone
    message = {"event": _event_row(link), "participants": _people(offer), "user": {"tzid": tzid}}
    if link.kind == "sequencing":
        message["sequence"] = _items(link)
    tell(link, question, "completed_url", message)


def add(link: Link, question: Question, target: Target) -> None:
    """Write the event of a link to Add to Calendar into the calendar that was chosen."""
    write([writing(question, target, link.event)])


def writing(question: Question, target: Target, body: dict[str, Any]) -> Question:
    """Return the request that writes an event, as the application would send it itself."""
    grants = question.world.grants.of(target.sub)
    grant = next((one for one in grants if "create_event" in spelt_out(one.scope)), None)
    return Question(question.world, {"calendar_id": target.calendar_id}, body, question.base, grant=grant)


def write(asked: Iterable[Question]) -> None:
    """Write events, all of them or, with `Refused`, none."""
    every = list(asked)
    for one in every:
        calendar = writable_calendar(one)
        read_event(one.fields, one.account, calendar, attachments=one.world.attachments)
        read_recurrence(one.fields)
        one.fields.check()
    for one in every:
        write_event(one)


def tell(link: Link, question: Question, what: str, message: Mapping[str, Any]) -> None:
    """Post a callback, where the application asked for it."""
    if what in link.callbacks:
        question.world.post(link.callbacks[what], message)


def tell_of_no_choice(link: Link, question: Question, what: str, *, tzid: str) -> None:
    """Post that nothing was chosen; what such a callback says is our reading."""
    tell(link, question, what, {NAMES[link.kind]: link_row(link, question.base), "user": {"tzid": tzid}})


def _event_row(link: Link) -> dict[str, Any]:
    """Return the event as it was given, and when it is, once that was chosen."""
    row = {name: value for name, value in link.event.items() if name not in ("start", "end")}
    row["event_private"] = row.get("event_private") in (True, "true")
    if link.chosen:
        row["start"] = _wire(link.chosen[0].start, link.chosen_tzid)
        row["end"] = _wire(max(slot.end for slot in link.chosen), link.chosen_tzid)
    return row


def _items(link: Link) -> list[dict[str, Any]]:
    """Return the items of a sequence with their times; how a completed one is told is our reading."""
    return [
        {
            "sequence_id": link.availability["sequence"][slot.item].get("sequence_id"),
            "start": _wire(slot.start, link.chosen_tzid),
            "end": _wire(slot.end, link.chosen_tzid),
            "participants": [{"sub": sub} for sub in slot.members],
            "event": link.availability["sequence"][slot.item].get("event") or {},
        }
        for slot in link.chosen
    ]


def _wire(moment: datetime, tzid: str) -> dict[str, Any]:
    return {"time": moment, "tzid": tzid}


def _people(offer: Offer) -> list[dict[str, str]]:
    return [{"sub": sub} for sub in dict.fromkeys(sub for slot in offer for sub in slot.members)]


def _earliest(link: Link, question: Question) -> int:
    return second_of(question.world.now()) + link.notice


def _query(link: Link, question: Question) -> Query | None:
    fields = Fields(link.availability, path="availability.")
    query = read_query(fields, question)
    return None if fields.errors else query


def _sequences(link: Link, question: Question, *, pinned: Mapping[int, int] | None = None) -> list[Offer]:
    """Return sequences, the earliest first; with `pinned`, the one whose items start then, if it can be had."""
    fields = Fields(link.availability, path="availability.")
    query = read_sequence(fields, question)
    if query is None or fields.errors:
        return []
    first = -(-_earliest(link, question) // ROUND) * ROUND if pinned is None else WHOLE[0][0]
    items = query.items
    if pinned is not None:
        items = tuple(_held(item, pinned[n]) for n, item in enumerate(items))
    later = intersection(union(query.spans), ((first, WHOLE[0][1]),))
    places = {item.sequence_id: n for n, item in enumerate(items)}
    found = proposals(replace(query, items=items, spans=later))
    return [tuple(_slot(placed, places[placed.sequence_id]) for placed in proposal) for proposal in found]


def _held(item: Item, start: int) -> Item:
    """Return an item that can be nowhere else."""
    return replace(item, spans=((start, start + item.duration),))


def _slot(found: Opening | Placed, item: int = 0) -> Slot:
    return Slot(time_of(found.start), time_of(found.end), found.members, item)


def _events(link: Link, slot: Slot, tzid: str) -> Iterator[tuple[Target, dict[str, Any]]]:
    """Yield the calendars that a slot is written to, and the event there."""
    when = {"start": _wire_text(slot.start, tzid), "end": _wire_text(slot.end, tzid)}
    event = event_of(link, slot.item) | when
    if not link.single:
        yield from ((target, event) for target in _targets(link, slot))
    elif link.targets:
        chosen = next((target for target in link.targets if target.sub in slot.members), link.targets[0])
        yield chosen, _with_guests({**event, **chosen.event, **when}, link, slot, chosen)


def _wire_text(moment: datetime, tzid: str) -> dict[str, str]:
    return {"time": moment.isoformat().replace("+00:00", "Z"), "tzid": tzid}


def _with_guests(event: dict[str, Any], link: Link, slot: Slot, organizer: Target) -> dict[str, Any]:
    """Return the event with the others who are free invited to it, where it was said how."""
    guests = [
        target.attendee
        for target in link.targets
        if target is not organizer and target.attendee is not None and target.sub in slot.members
    ]
    attendees = event.get("attendees") or {}
    invited = {"attendees": {**attendees, "invite": [*(attendees.get("invite") or []), *guests]}} if guests else {}
    return {**event, **invited}


def _targets(link: Link, slot: Slot) -> list[Target]:
    """Return who gets the event: everybody; of a sequence those asked for this item, or for none of them."""
    if link.kind != "sequencing":
        return link.targets
    asked = [_asked_for(item) for item in link.availability["sequence"]]
    return [one for one in link.targets if one.sub in asked[slot.item] or not any(one.sub in subs for subs in asked)]


def _asked_for(item: Mapping[str, Any]) -> set[str]:
    return {member["sub"] for group in item["participants"] for member in group["members"]}
