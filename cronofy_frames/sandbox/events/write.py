"""Route handlers that write events: managed ones by event_id, external ones by event_uid, and replies to invitations.

Pages: docs.cronofy.com/developers/api/events/upsert-event, /delete-event, /edit-external-events,
/delete-external-event, /bulk-delete-events, /participation-status.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cronofy_frames.sandbox.auth.identity import userinfo_body
from cronofy_frames.sandbox.events.body import parse_event
from cronofy_frames.sandbox.events.series import occurrences, parse_recurrence
from cronofy_frames.sandbox.http.fields import ErrorResponse
from cronofy_frames.sandbox.http.routes import Request, Response, handles
from cronofy_frames.sandbox.model.json_rows import is_invited, own_addresses
from cronofy_frames.sandbox.model.state import Account, Calendar, Event
from cronofy_frames.sandbox.model.times import is_instant
from cronofy_frames.sandbox.model.triggers import has_triggers, watch_triggers
from cronofy_frames.sandbox.model.world import find_calendar

REPLIES = ("accepted", "tentative", "declined")


@handles(
    "POST /v1/calendars/{calendar_id}/events",
    batch=True,
    note="applied at once; a missing field keeps its value; a series is expanded 366 days ahead; attendees get no "
    "copy; event triggers are sent at the first request after they are due; a read-only or not unrestricted calendar "
    "is 403, one of a disconnected profile 423",
)
def write_event(request: Request) -> Response:
    """Create or update a managed event, or edit an external one."""
    request.require_scope("create_event")
    calendar = writable_calendar(request)
    fields = request.fields
    if _names_external_event(request):
        event = _external_event(request, calendar, fields.text("event_uid") or "", edit=True)
    else:
        event = _managed_event(request, calendar, fields.text("event_id", required=True, allow_empty=False))
    changes = parse_event(fields, request.account, calendar, attachments=request.world.attachments)
    recurrence = parse_recurrence(fields)
    if recurrence is not None and event is not None and event.managed_by is None:
        fields.add_error("recurrence", "not_supported", "recurrence goes with event_id only")
    include_userinfo = fields.boolean("include_userinfo")
    fields.raise_errors()
    assert event is not None
    _apply_changes(request, event, changes, recurrence)
    return _accepted_response(request, include_userinfo=bool(include_userinfo))


@handles(
    "DELETE /v1/calendars/{calendar_id}/events",
    batch=True,
    note="an unknown event_id is accepted; an external event in a calendar that is not unrestricted is 403",
)
def delete_event(request: Request) -> Response:
    """Delete a managed or an external event."""
    request.require_scope("delete_event")
    calendar = writable_calendar(request)
    fields = request.fields
    if _names_external_event(request):
        event = _external_event(request, calendar, fields.text("event_uid") or "", edit=False)
    else:
        event_id = fields.text("event_id", required=True, allow_empty=False)
        event = request.account.events.get(managed_uid(request, calendar, event_id or ""))
    include_userinfo = fields.boolean("include_userinfo")
    fields.raise_errors()
    if event is not None:
        _delete(request, event)
    return _accepted_response(request, include_userinfo=bool(include_userinfo))


def _names_external_event(request: Request) -> bool:
    return request.fields.has_value("event_uid") and not request.fields.has_value("event_id")


@handles("DELETE /v1/events", note="the arguments may be in the query, as the official Python client sends them")
def bulk_delete_events(request: Request) -> Response:
    """Delete all managed events, or those of some calendars."""
    request.require_scope("delete_event")
    calendar_ids = _parse_bulk_calendar_ids(request)
    request.fields.raise_errors()
    for event in list(request.account.events.values()):
        if event.managed_by == request.world.client_id and event.calendar_id in calendar_ids:
            _delete(request, event)
    return Response(202)


def _parse_bulk_calendar_ids(request: Request) -> set[str]:
    """Return the calendars of which to delete the managed events."""
    fields = request.fields
    if fields.has_value("delete_all") == fields.has_value("calendar_ids"):
        fields.add_error("delete_all", "required", "either delete_all or calendar_ids must be specified")
        fields.raise_errors()
    known = {calendar.calendar_id for calendar in request.account.calendars}
    if fields.has_value("delete_all"):
        if fields.boolean("delete_all", default=None) is False:
            fields.add_error("delete_all", "must_be_boolean", "delete_all must be true")
        return known
    calendar_ids = fields.values["calendar_ids"]
    is_list = isinstance(calendar_ids, list) and bool(calendar_ids)
    if is_list and all(isinstance(item, str) and item in known for item in calendar_ids):
        return set(calendar_ids)
    description = "calendar_ids must be ids of this account's calendars"
    fields.add_error("calendar_ids", "invalid_calendar_ids", description)
    return set()


@handles(
    "POST /v1/calendars/{calendar_id}/events/{event_uid}/participation_status",
    note="on Exchange and Office 365 a declined event is deleted",
)
def change_participation_status(request: Request) -> Response:
    """Reply to an invitation."""
    request.require_scope("change_participation_status")
    calendar = writable_calendar(request)
    account, fields = request.account, request.fields
    event = account.events.get(request.path_args["event_uid"])
    if event is None or event.deleted or event.calendar_id != calendar.calendar_id:
        raise ErrorResponse(404)
    status = fields.choice("status", REPLIES, required=True)
    if event.managed_by == request.world.client_id or not is_invited(event, own_addresses(account)):
        fields.add_error("status", "not_supported", "the account was not invited to this event")
    fields.raise_errors()
    assert status is not None
    _set_own_status(event, account, status)
    event.updated = request.world.now()
    pair = find_calendar(account, calendar.calendar_id)
    if status == "declined" and pair is not None and pair[0].provider_name in ("exchange", "office365"):
        event.deleted = True
    return Response(202)


def _set_own_status(event: Event, account: Account, status: str) -> None:
    own = own_addresses(account)
    event.attendees = [
        {**attendee, "status": status} if (attendee.get("email") or "").lower() in own else attendee
        for attendee in event.attendees
    ]
    event.participation_status = status


def writable_calendar(request: Request) -> Calendar:
    """Return the calendar in the path; answer with an error if it cannot be written to.

    404 if it is unknown or deleted, 423 if its profile is disconnected, 403 if it is read-only; of these only the 404
    is documented.
    """
    pair = find_calendar(request.account, request.path_args["calendar_id"])
    if pair is None or pair[1].calendar_deleted:
        raise ErrorResponse(404)
    profile, calendar = pair
    if not profile.profile_connected:
        raise ErrorResponse(423)
    if calendar.calendar_readonly:
        raise ErrorResponse(403)
    return calendar


def managed_uid(request: Request, calendar: Calendar, event_id: str) -> str:
    """Return the event_uid of the managed event with this event_id, or the one that a new event gets."""
    known = request.world.managed_uids.get((request.account.sub, calendar.calendar_id, event_id))
    return known or f"evt_{request.world.mint('event', calendar.calendar_id, event_id)[:24]}"


def _managed_event(request: Request, calendar: Calendar, event_id: str | None) -> Event | None:
    """Return the managed event to write, a new one if it does not exist or was deleted."""
    if event_id is None:
        return None
    uid = managed_uid(request, calendar, event_id)
    event = request.account.events.get(uid)
    if event is not None and not event.deleted:
        return event
    now = request.world.now()
    return Event(
        calendar_id=calendar.calendar_id,
        event_uid=uid,
        start=now,
        end=now,
        summary=None,
        created=now,
        updated=now,
        event_id=event_id,
        managed_by=request.world.client_id,
    )


def _external_event(request: Request, calendar: Calendar, event_uid: str, *, edit: bool) -> Event | None:
    """Return the external event to edit or delete; a deleted event cannot be edited."""
    event = request.account.events.get(event_uid)
    fields = request.fields
    if event is None or event.managed_by is not None or event.calendar_id != calendar.calendar_id:
        fields.add_error("event_uid", "must_be_external_event_uid", "event_uid must be of an external event")
        return None
    if calendar.permission_level != "unrestricted":
        raise ErrorResponse(403)
    if event.deleted and edit:
        raise ErrorResponse(404)
    if event.recurring:
        fields.add_error("event_uid", "not_supported", "events of a series cannot be changed")
    return event


def _apply_changes(request: Request, event: Event, changes: dict[str, Any], recurrence: dict[str, Any] | None) -> None:
    """Apply changes to an event, store it and expand its series; `updated` changes only if anything else does."""
    account, before = request.account, replace(event)
    is_new = event.event_uid not in account.events or account.events[event.event_uid].deleted
    if not is_new and changes["write_only"].get("reminders_create_only"):
        changes["write_only"].pop("reminders", None)
    event.write_only = {**event.write_only, **changes.pop("write_only")}
    if has_triggers(event.write_only.get("subscriptions") or []):
        watch_triggers(request.world)
    _set_attributes(request, event, changes)
    if not is_new and (before.start, before.end) != (event.start, event.end):
        event.earlier_times = [*event.earlier_times, (before.start, before.end)]
    account.events[event.event_uid] = event
    if event.event_id is not None:
        request.world.managed_uids[account.sub, event.calendar_id, event.event_id] = event.event_uid
    if recurrence is not None or event.recurrence is not None:
        _expand_series(request, event, event.recurrence if recurrence is None else recurrence)
    if event != before:
        event.updated = request.world.now()


def _set_attributes(request: Request, event: Event, changes: dict[str, Any]) -> None:
    account = request.account
    if "attendees" in changes:
        event.attendees = _merge_attendees(event.attendees, *changes.pop("attendees"))
        if event.attendees and event.organizer is None:
            event.organizer = {"email": account.email, "display_name": account.name}
    conference = changes.pop("conferencing", None)
    for name, value in changes.items():
        setattr(event, name, value)
    if "transparency" not in event.write_only and event.managed_by is not None:
        event.transparency = "opaque" if is_instant(event.start) else "transparent"
    if conference is not None:
        _set_conference(request, event, conference)


def _merge_attendees(
    attendees: list[dict[str, str | None]], invited: list[dict[str, str | None]], removed: set[str]
) -> list[dict[str, str | None]]:
    """Return the attendees with some invited and others removed; existing attendees keep their status."""
    merged = {(attendee.get("email") or "").lower(): attendee for attendee in attendees}
    for attendee in invited:
        key = (attendee["email"] or "").lower()
        existing = merged.get(key, {})
        has_name = attendee["display_name"] is not None
        merged[key] = {
            "email": attendee["email"],
            "display_name": attendee["display_name"] if has_name else existing.get("display_name"),
            "status": existing.get("status") or "needs_action",
        }
    return [attendee for key, attendee in merged.items() if key not in removed]


def _set_conference(request: Request, event: Event, conference: dict[str, str]) -> None:
    """Give an event its conference at once; an event that is over gets none (docs /conferencing-services/create)."""
    profile_id, now = conference["profile_id"], request.world.now()
    is_over = event.end < now if is_instant(event.end) else event.end < now.date()
    if profile_id == "none":
        event.conferencing = event.meeting_url = None
    elif profile_id == "explicit":
        event.conferencing = {"provider_name": conference["provider_name"], "join_url": conference["join_url"]}
        event.meeting_url = conference["join_url"]
    elif not is_over:
        provider = _conference_provider(request.account, profile_id)
        room = request.world.mint("room", event.event_uid, provider)[:12]
        event.conferencing = {"provider_name": provider, "join_url": f"https://meet.example.com/{provider}/{room}"}
        event.meeting_url = event.conferencing["join_url"]


def _conference_provider(account: Account, profile_id: str) -> str:
    profiles = account.conferencing_profiles
    providers: dict[str, str] = {profile["profile_id"]: profile["provider_name"] for profile in profiles}
    if profile_id == "default":
        return next(iter(providers.values()), "integrated")
    return providers.get(profile_id, "integrated")


def _expand_series(request: Request, first: Event, recurrence: dict[str, Any] | None) -> None:
    """Create, move or delete the later events of a series."""
    world = request.world
    rules = (recurrence or {}).get("rules") or []
    later_events = {event.event_uid: event for event in _later_events(request.account, first)}
    first.recurrence = recurrence if rules else None
    first.recurring = bool(rules)
    first.series_identifier = world.mint("series", first.event_uid)[:24] if rules else None
    if recurrence is not None and rules:
        times = occurrences(first.start, first.end, first.start_tzid, recurrence, now=world.now())
        for number, (start, end) in enumerate(times[1:], start=2):
            uid = f"evt_{world.mint('occurrence', first.event_uid, number)[:24]}"
            occurrence = replace(first, event_uid=uid, start=start, end=end)
            _put_occurrence(request, occurrence, first, later_events.pop(uid, None))
    for event in later_events.values():
        _mark_deleted(request, event)


def _put_occurrence(request: Request, occurrence: Event, first: Event, existing: Event | None) -> None:
    """Store a later event of a series, keeping what an existing one has of its own."""
    now = request.world.now()
    occurrence.event_id = occurrence.recurrence = None
    occurrence.series_master = {"event_id": first.event_id or "", "event_uid": first.event_uid}
    if existing is None:
        occurrence.earlier_times, occurrence.updated = [], now
    else:
        occurrence.created, occurrence.updated = existing.created, existing.updated
        occurrence.earlier_times = existing.earlier_times
        times_before = existing.start, existing.end
        if times_before != (occurrence.start, occurrence.end):
            occurrence.earlier_times = [*existing.earlier_times, times_before]
        if occurrence != existing:
            occurrence.updated = now
    request.account.events[occurrence.event_uid] = occurrence


def _later_events(account: Account, first: Event) -> list[Event]:
    """Return the events of a series other than the first."""
    if first.series_identifier is None:
        return []
    events = account.events.values()
    return [event for event in events if (event.series_master or {}).get("event_uid") == first.event_uid]


def _delete(request: Request, event: Event) -> None:
    """Delete an event and, if it is the first of a series, the later ones."""
    for deleted_event in (event, *_later_events(request.account, event)):
        _mark_deleted(request, deleted_event)


def _mark_deleted(request: Request, event: Event) -> None:
    if not event.deleted:
        event.deleted, event.updated = True, request.world.now()


def _accepted_response(request: Request, *, include_userinfo: bool) -> Response:
    return Response(202, {"userinfo": userinfo_body(request)} if include_userinfo else None)
