"""Writing events: the application's own by event_id, others' by event_uid, and replies to invitations.

Pages: docs.cronofy.com/developers/api/events/upsert-event, /delete-event, /edit-external-events,
/delete-external-event, /bulk-delete-events, /participation-status.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cronofy_frames.sandbox.auth.identity import userinfo_of
from cronofy_frames.sandbox.events.body import read_event
from cronofy_frames.sandbox.events.series import occurrences, read_recurrence
from cronofy_frames.sandbox.http.fields import Refused
from cronofy_frames.sandbox.http.routes import Question, Reply, answers
from cronofy_frames.sandbox.model.json_rows import invited, own_addresses
from cronofy_frames.sandbox.model.state import Account, Calendar, Event
from cronofy_frames.sandbox.model.times import is_time
from cronofy_frames.sandbox.model.world import calendar_of

REPLIES = ("accepted", "tentative", "declined")


@answers(
    "POST /v1/calendars/{calendar_id}/events",
    batch=True,
    note="applied at once; a field left out stays as it was; a series is laid out 366 days ahead; attendees get no "
    "copy; webhooks of subscriptions are not sent; a read-only or not unrestricted calendar is 403, one of a "
    "disconnected profile 423",
)
def write_event(question: Question) -> Reply:
    """Create or update the application's event, or edit another's."""
    question.need_scope("create_event")
    calendar = writable_calendar(question)
    fields = question.fields
    event_uid = fields.given.get("event_uid")
    if event_uid is not None and fields.given.get("event_id") is None:
        event = _external(question, calendar, fields.text("event_uid") or "", edit=True)
    else:
        event = _managed(question, calendar, fields.text("event_id", required=True, empty=False))
    changes = read_event(fields, question.account, calendar, attachments=question.world.attachments)
    recurrence = read_recurrence(fields)
    if recurrence is not None and event is not None and event.managed_by is None:
        fields.refuse("recurrence", "not_supported", "recurrence goes with event_id only")
    include_userinfo = fields.boolean("include_userinfo")
    fields.check()
    assert event is not None
    _put(question, event, changes, recurrence)
    return _accepted(question, include_userinfo=bool(include_userinfo))


@answers(
    "DELETE /v1/calendars/{calendar_id}/events",
    batch=True,
    note="an event_id that is not there is accepted; another's event in a calendar that is not unrestricted is 403",
)
def delete_event(question: Question) -> Reply:
    """Delete the application's event, or another's."""
    question.need_scope("delete_event")
    calendar = writable_calendar(question)
    fields = question.fields
    if fields.given.get("event_uid") is not None and fields.given.get("event_id") is None:
        event = _external(question, calendar, fields.text("event_uid") or "", edit=False)
    else:
        event_id = fields.text("event_id", required=True, empty=False)
        event = question.account.events.get(managed_uid(question, calendar, event_id or ""))
    include_userinfo = fields.boolean("include_userinfo")
    fields.check()
    if event is not None:
        _remove(question, event)
    return _accepted(question, include_userinfo=bool(include_userinfo))


@answers("DELETE /v1/events", note="the choice may stand in the query, as the official Python client sends it")
def bulk_delete(question: Question) -> Reply:
    """Delete the application's events, all of them or those in some calendars."""
    question.need_scope("delete_event")
    fields = question.fields
    everything = fields.given.get("delete_all") is not None
    some = fields.given.get("calendar_ids") is not None
    if everything == some:
        fields.refuse("delete_all", "required", "either delete_all or calendar_ids must be specified")
        fields.check()
    doomed = {calendar.calendar_id for calendar in question.account.calendars}
    if some:
        listed = fields.given["calendar_ids"]
        good = isinstance(listed, list) and listed and all(isinstance(one, str) and one in doomed for one in listed)
        if not good:
            fields.refuse(
                "calendar_ids", "invalid_calendar_ids", "calendar_ids must be ids of this account's calendars"
            )
        doomed = set(listed) if good else set()
    elif fields.boolean("delete_all", default=None) is False:
        fields.refuse("delete_all", "must_be_boolean", "delete_all must be true")
    fields.check()
    for event in list(question.account.events.values()):
        if event.managed_by == question.world.client_id and event.calendar_id in doomed:
            _remove(question, event)
    return Reply(202)


@answers(
    "POST /v1/calendars/{calendar_id}/events/{event_uid}/participation_status",
    note="on Exchange and Office 365 a declined event is deleted",
)
def change_participation_status(question: Question) -> Reply:
    """Reply to an invitation."""
    question.need_scope("change_participation_status")
    calendar = writable_calendar(question)
    account, fields = question.account, question.fields
    event = account.events.get(question.places["event_uid"])
    if event is None or event.deleted or event.calendar_id != calendar.calendar_id:
        raise Refused(404)
    status = fields.choice("status", REPLIES, required=True)
    if event.managed_by == question.world.client_id or not invited(event, account):
        fields.refuse("status", "not_supported", "the account was not invited to this event")
    fields.check()
    assert status is not None
    own = own_addresses(account)
    event.attendees = [
        {**one, "status": status} if (one.get("email") or "").lower() in own else one for one in event.attendees
    ]
    event.participation_status, event.updated = status, question.world.now()
    found = calendar_of(account, calendar.calendar_id)
    if status == "declined" and found is not None and found[0].provider_name in ("exchange", "office365"):
        event.deleted = True
    return Reply(202)


def writable_calendar(question: Question) -> Calendar:
    """Return the calendar in the path, refused where nothing can be written to it.

    404 where it is unknown or gone, 423 where its profile is disconnected, 403 where it is read-only; of these
    only the 404 is documented.
    """
    found = calendar_of(question.account, question.places["calendar_id"])
    if found is None or found[1].calendar_deleted:
        raise Refused(404)
    if not found[0].profile_connected:
        raise Refused(423)
    if found[1].calendar_readonly:
        raise Refused(403)
    return found[1]


def managed_uid(question: Question, calendar: Calendar, event_id: str) -> str:
    """Return the event_uid of the application's event with this event_id: the one that stands there, or would."""
    known = question.world.managed.get((question.account.sub, calendar.calendar_id, event_id))
    return known or f"evt_{question.world.mint('event', calendar.calendar_id, event_id)[:24]}"


def _managed(question: Question, calendar: Calendar, event_id: str | None) -> Event | None:
    """Return the event that a write is for, a new one where there is none or it was deleted."""
    if event_id is None:
        return None
    uid = managed_uid(question, calendar, event_id)
    event = question.account.events.get(uid)
    if event is not None and not event.deleted:
        return event
    now = question.world.now()
    return Event(
        calendar.calendar_id,
        uid,
        now,
        now,
        None,
        created=now,
        updated=now,
        event_id=event_id,
        managed_by=question.world.client_id,
    )


def _external(question: Question, calendar: Calendar, event_uid: str, *, edit: bool) -> Event | None:
    """Return another's event for an edit or a deletion; a deleted one is not there to be edited."""
    event = question.account.events.get(event_uid)
    fields = question.fields
    if event is None or event.managed_by is not None or event.calendar_id != calendar.calendar_id:
        fields.refuse("event_uid", "must_be_external_event_uid", "event_uid must be of an external event")
        return None
    if calendar.permission_level != "unrestricted":
        raise Refused(403)
    if event.deleted and edit:
        raise Refused(404)
    if event.recurring:
        fields.refuse("event_uid", "not_supported", "events of a series cannot be changed")
    return event


def _put(question: Question, event: Event, changes: dict[str, Any], recurrence: dict[str, Any] | None) -> None:
    """Apply the changes to an event and what follows it; one that does not change keeps its `updated`."""
    account, now = question.account, question.world.now()
    before = replace(event)
    new = event.event_uid not in account.events or account.events[event.event_uid].deleted
    if not new and changes["written"].get("reminders_create_only"):
        changes["written"].pop("reminders", None)
    event.written = {**event.written, **changes.pop("written")}
    if "attendees" in changes:
        event.attendees = _with(event.attendees, *changes.pop("attendees"))
        if event.attendees and event.organizer is None:
            event.organizer = {"email": account.email, "display_name": account.name}
    asked = changes.pop("conferencing", None)
    for name, value in changes.items():
        setattr(event, name, value)
    if "transparency" not in event.written and event.managed_by is not None:
        event.transparency = "opaque" if is_time(event.start) else "transparent"
    if asked is not None:
        _confer(question, event, asked)
    if not new and (before.start, before.end) != (event.start, event.end):
        event.places = [*event.places, (before.start, before.end)]
    account.events[event.event_uid] = event
    if event.event_id is not None:
        question.world.managed[account.sub, event.calendar_id, event.event_id] = event.event_uid
    if recurrence is not None or event.recurrence is not None:
        _lay_out(question, event, event.recurrence if recurrence is None else recurrence)
    if event != before:
        event.updated = now


def _with(
    attendees: list[dict[str, str | None]], invite: list[dict[str, str | None]], leavers: set[str]
) -> list[dict[str, str | None]]:
    """Return the attendees after some were invited and others removed; who is there already keeps the reply."""
    kept = {(one.get("email") or "").lower(): one for one in attendees}
    for one in invite:
        key = (one["email"] or "").lower()
        was = kept.get(key, {})
        name = one["display_name"] if one["display_name"] is not None else was.get("display_name")
        status = was.get("status") or "needs_action"
        kept[key] = {"email": one["email"], "display_name": name, "status": status}
    return [one for key, one in kept.items() if key not in leavers]


def _confer(question: Question, event: Event, asked: dict[str, str]) -> None:
    """Give an event its conference at once; one that is over gets none (docs /conferencing-services/create)."""
    profile_id, now = asked["profile_id"], question.world.now()
    past = event.end < now if is_time(event.end) else event.end < now.date()
    if profile_id == "none":
        event.conferencing = event.meeting_url = None
    elif profile_id == "explicit":
        event.conferencing = {"provider_name": asked["provider_name"], "join_url": asked["join_url"]}
        event.meeting_url = asked["join_url"]
    elif not past:
        profiles = {one["profile_id"]: one["provider_name"] for one in question.account.conferencing_profiles}
        default = next(iter(profiles.values()), "integrated")
        provider = default if profile_id == "default" else profiles.get(profile_id, "integrated")
        room = question.world.mint("room", event.event_uid, provider)[:12]
        event.conferencing = {"provider_name": provider, "join_url": f"https://meet.example.com/{provider}/{room}"}
        event.meeting_url = event.conferencing["join_url"]


def _lay_out(question: Question, first: Event, recurrence: dict[str, Any] | None) -> None:
    """Make, move or remove the later events of a series."""
    account, now = question.account, question.world.now()
    rest = {one.event_uid: one for one in _followers(account, first)}
    rules = (recurrence or {}).get("rules") or []
    first.recurrence = recurrence if rules else None
    first.recurring = bool(rules)
    first.series_identifier = question.world.mint("series", first.event_uid)[:24] if rules else None
    if recurrence is not None and rules:
        places = occurrences(first.start, first.end, first.start_tzid, recurrence, now=now)
        for number, (start, end) in enumerate(places[1:], start=2):
            uid = f"evt_{question.world.mint('occurrence', first.event_uid, number)[:24]}"
            was = rest.pop(uid, None)
            follower = replace(
                first,
                event_uid=uid,
                event_id=None,
                start=start,
                end=end,
                recurrence=None,
                series_master={"event_id": first.event_id or "", "event_uid": first.event_uid},
                created=first.created if was is None else was.created,
                updated=now if was is None else was.updated,
                places=[] if was is None else was.places,
            )
            if was is not None and (was.start, was.end) != (start, end):
                follower.places = [*was.places, (was.start, was.end)]
            if follower != was:
                follower.updated = now
            account.events[uid] = follower
    for one in rest.values():
        if not one.deleted:
            one.deleted, one.updated = True, now


def _followers(account: Account, first: Event) -> list[Event]:
    if first.series_identifier is None:
        return []
    return [one for one in account.events.values() if (one.series_master or {}).get("event_uid") == first.event_uid]


def _remove(question: Question, event: Event) -> None:
    """Delete an event and, where it is the first of a series, what follows."""
    for one in (event, *_followers(question.account, event)):
        if not one.deleted:
            one.deleted, one.updated = True, question.world.now()


def _accepted(question: Question, *, include_userinfo: bool) -> Reply:
    return Reply(202, {"userinfo": userinfo_of(question)} if include_userinfo else None)
