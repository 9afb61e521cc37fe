"""Route handlers for smart invites: invitations that the application mails itself and gets the answers to.

Pages: docs.cronofy.com/developers/api/smart-invites/create-smart-invite, /invite-status, /cancel-invite,
/invite-callback, and /developers/api-alpha/smart-invites/multiple-recipients.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from cronofy_frames.sandbox.events.body import parse_event
from cronofy_frames.sandbox.http.fields import ErrorResponse, RequestFields
from cronofy_frames.sandbox.http.routes import Request, Response, handles
from cronofy_frames.sandbox.invites.rows import find_invite, find_recipient, recipients_row, reply_rows
from cronofy_frames.sandbox.model.state import Account, Calendar, Event, Invite, Invitee
from cronofy_frames.sandbox.model.times import is_instant
from cronofy_frames.sandbox.model.world import World

METHODS = ("request", "cancel", "remove")

# Fields of an invite's event: docs /developers/api/smart-invites/create-smart-invite and the official clients.
_EVENT_FIELDS = (
    "summary",
    "description",
    "start",
    "end",
    "tzid",
    "location",
    "url",
    "reminders",
    "transparency",
    "color",
    "event_private",
)


@handles(
    "POST /v1/smart_invites",
    auth="application",
    note="nothing is mailed, no calendar of the sandbox gets the event; every request has the whole event; without "
    "callback_url or organizer the old one stays; a new start or end, and a request after a cancellation, reset "
    "answers to pending; a request adds recipients, and only remove takes one out, except the last; SEQUENCE rises "
    "with each change",
)
def create_smart_invite(request: Request) -> Response:
    """Create or change a smart invite, cancel it, or remove one of several recipients."""
    fields = request.fields
    method = fields.choice("method", METHODS) or "request"
    smart_invite_id = fields.text("smart_invite_id", required=True, allow_empty=False) or ""
    emails, many = _parse_recipients(fields, single_only=method == "remove")
    if method == "remove":
        return _remove_recipient(request, smart_invite_id, emails)
    key = smart_invite_id, "" if many else "".join(emails).lower()
    if method == "cancel":
        return _cancel_invite(request, key)
    return _upsert_invite(request, key, emails, many=many)


def _parse_recipients(fields: RequestFields, *, single_only: bool) -> tuple[list[str], bool]:
    """Return the addresses of the recipients, and whether the request has the form for several."""
    many = fields.has_value("recipients")
    if many and (single_only or fields.has_value("recipient")):
        fields.add_error("recipients", "not_supported", "recipients must not be specified here")
    if not many:
        part = fields.nested_fields("recipient", required=True)
        email = part.email("email") if part is not None else None
        return ([] if email is None else [email]), False
    parts = fields.nested_list("recipients") or []
    if fields.values["recipients"] == []:
        fields.add_error("recipients", "required", "recipients must be specified")
    unique: dict[str, str] = {}  # by address in lower case
    for part in parts:
        email = part.email("email")
        if email is not None:
            unique.setdefault(email.lower(), email)
    return list(unique.values()), True


def _upsert_invite(request: Request, key: tuple[str, str], emails: list[str], *, many: bool) -> Response:
    fields, world = request.fields, request.world
    event = _parse_event(request, uid=f"{world.mint('invite', *key)[:24]}@example.com")
    callback_url = fields.web_address("callback_url", required=False)
    organizer = _parse_organizer(fields)
    fields.raise_errors()
    assert event is not None
    invite = world.invites.get(key)
    if invite is None:
        invite = Invite(key[0], event, [], many, callback_url, organizer)
        invite.recipients = [Invitee(email) for email in emails]
        world.invites[key] = invite
    else:
        invite.callback_url = callback_url or invite.callback_url
        _update_invite(invite, event, organizer or invite.organizer, emails)
    return _invite_response(request, invite, cancel=False)


def _update_invite(invite: Invite, event: Event, organizer: dict[str, str] | None, emails: list[str]) -> None:
    """Apply a request to an invite; without a change it keeps its sequence number and its answers."""
    old, known = invite.event, {recipient.email.lower() for recipient in invite.recipients}
    added = [Invitee(email) for email in emails if email.lower() not in known]
    is_same_event = replace(event, created=old.created, updated=old.updated) == old
    if is_same_event and not added and organizer == invite.organizer and invite.method == "request":
        return
    if (event.start, event.end) != (old.start, old.end) or invite.method == "cancel":
        # RFC 5546, 3.2.2.1: recipients must answer again
        invite.recipients = [Invitee(recipient.email) for recipient in invite.recipients]
        invite.replies = []
    event.created = old.created
    invite.event, invite.organizer, invite.method = event, organizer, "request"
    invite.recipients = [*invite.recipients, *added]
    invite.sequence += 1


def _cancel_invite(request: Request, key: tuple[str, str]) -> Response:
    request.fields.raise_errors()
    invite = request.world.invites.get(key)
    if invite is None:
        raise ErrorResponse(404)
    if invite.method != "cancel":
        _increment_sequence(invite, request.world)
        invite.method = "cancel"
    return _invite_response(request, invite, cancel=True)


def _remove_recipient(request: Request, smart_invite_id: str, emails: list[str]) -> Response:
    fields, world = request.fields, request.world
    fields.raise_errors()
    invite = world.invites.get((smart_invite_id, ""))
    removed = None if invite is None else find_recipient(invite, emails[0])
    if invite is None or removed is None:
        raise ErrorResponse(404)
    if invite.method == "cancel" or len(invite.recipients) == 1:
        description = "the last recipient, or one of a cancelled invite, must stay"
        fields.add_error("recipient", "not_supported", description)
        fields.raise_errors()
    _increment_sequence(invite, world)
    invite.recipients = [recipient for recipient in invite.recipients if recipient is not removed]
    invite.replies = [reply for reply in invite.replies if reply.email.lower() != removed.email.lower()]
    text = _invite_text(invite, cancel=False, now=world.now())
    cancel_text = _invite_text(invite, cancel=True, now=world.now(), recipients=[removed])
    attachments = {"icalendar": text, "removed": {"email": removed.email, "icalendar": cancel_text}}
    return Response(body=_invite_row(invite) | {"method": "remove", "attachments": attachments})


def _invite_response(request: Request, invite: Invite, *, cancel: bool) -> Response:
    text = _invite_text(invite, cancel=cancel, now=request.world.now())
    return Response(body=_invite_row(invite) | {"attachments": {"icalendar": text}})


def _increment_sequence(invite: Invite, world: World) -> None:
    invite.sequence += 1
    invite.event = replace(invite.event, updated=world.now())


def _parse_event(request: Request, *, uid: str) -> Event | None:
    """Parse the event of an invite: those fields of an event write that need no calendar."""
    part = request.fields.nested_fields("event", required=True)
    if part is None:
        return None
    values = {name: part.values[name] for name in _EVENT_FIELDS if name in part.values}
    changes = parse_event(RequestFields(values, path=part.path, errors=part.errors), Account(""), Calendar("", ""))
    if request.fields.errors:
        return None
    now = request.world.now()
    event = Event("", uid, created=now, updated=now, **{"description": None, **changes})
    if "transparency" not in event.write_only:
        event.transparency = "opaque" if is_instant(event.start) else "transparent"
    return event


def _parse_organizer(fields: RequestFields) -> dict[str, str] | None:
    part = fields.nested_fields("organizer")
    if part is None:
        return None
    organizer = {"name": part.text("name", required=True, allow_empty=False)}
    if part.has_value("email"):
        organizer["email"] = part.email("email")
    return {name: text for name, text in organizer.items() if text is not None}


@handles(
    "GET /v1/smart_invites",
    auth="application",
    note="recipient_email is left out for an invite to several, or names one of them; a space in it is read as the "
    "plus that the official Ruby client does not encode; unknown is 404",
)
def get_smart_invite(request: Request) -> Response:
    """Return an invite with its replies."""
    fields = request.fields
    smart_invite_id = fields.text("smart_invite_id", required=True, allow_empty=False)
    email = fields.text("recipient_email")
    fields.raise_errors()
    invite = find_invite(request.world, smart_invite_id or "", None if email is None else email.replace(" ", "+"))
    if invite is None:
        raise ErrorResponse(404)
    return Response(body=_invite_row(invite) | {"replies": reply_rows(invite)})


def _invite_row(invite: Invite) -> dict[str, Any]:
    """Return the part of an invite that all responses have."""
    row: dict[str, Any] = {**recipients_row(invite), "smart_invite_id": invite.smart_invite_id}
    if invite.callback_url is not None:
        row["callback_url"] = invite.callback_url
    return {**row, "method": invite.method, "event": _event_row(invite.event)}


def _event_row(event: Event) -> dict[str, Any]:
    """Return the fields of the event that the application sent; times are UTC, with their tzid."""
    row: dict[str, Any] = {"summary": event.summary}
    if event.description is not None:
        row["description"] = event.description
    row["start"] = {"time": event.start, "tzid": event.start_tzid}
    row["end"] = {"time": event.end, "tzid": event.end_tzid}
    for name in ("location", "url"):
        if getattr(event, name) is not None:
            row[name] = getattr(event, name)
    write_only = event.write_only
    row |= {name: write_only[name] for name in ("reminders", "transparency", "color") if name in write_only}
    return row | ({"event_private": True} if event.event_private else {})


def _invite_text(invite: Invite, *, cancel: bool, now: datetime, recipients: Iterable[Invitee] | None = None) -> str:
    from cronofy_frames.sandbox.invites.ics import invite_text  # loads the iCalendar library only when it is used

    return invite_text(invite, cancel=cancel, now=now, recipients=recipients)
