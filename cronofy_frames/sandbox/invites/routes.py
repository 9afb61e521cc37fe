"""Smart invites: invitations that the application mails itself, and whose answers it is told.

Pages: docs.cronofy.com/developers/api/smart-invites/create-smart-invite, /invite-status, /cancel-invite,
/invite-callback, and /developers/api-alpha/smart-invites/multiple-recipients.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cronofy_frames.sandbox.events.body import read_event
from cronofy_frames.sandbox.http.fields import Fields, Refused
from cronofy_frames.sandbox.http.routes import Question, Reply, answers
from cronofy_frames.sandbox.invites.ics import invite_text
from cronofy_frames.sandbox.model.json_rows import wire_time
from cronofy_frames.sandbox.model.state import Account, Calendar, Event, Invite, Invitee
from cronofy_frames.sandbox.model.times import is_time
from cronofy_frames.sandbox.model.world import World

METHODS = ("request", "cancel", "remove")

# What an invite's event may say: docs /developers/api/smart-invites/create-smart-invite and the official clients.
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


@answers(
    "POST /v1/smart_invites",
    auth="application",
    note="nothing is mailed, no calendar here gets the event; the event is given whole each time; callback_url and "
    "organizer left out stay as they were; a new start or end, and a request after a cancellation, set answers back to "
    "pending; recipients are added by a request and go by remove alone, the last one not at all; SEQUENCE rises where "
    "something changed",
)
def create_smart_invite(question: Question) -> Reply:
    """Invite, call it off, or take one recipient out of several."""
    fields = question.fields
    method = fields.choice("method", METHODS) or "request"
    smart_invite_id = fields.text("smart_invite_id", required=True, empty=False) or ""
    emails, many = _whom(fields, one_only=method == "remove")
    if method == "remove":
        return _remove(question, smart_invite_id, emails)
    key = smart_invite_id, "" if many else "".join(emails).lower()
    if method == "cancel":
        return _cancel(question, key)
    return _request(question, key, emails, many=many)


def _whom(fields: Fields, *, one_only: bool) -> tuple[list[str], bool]:
    """Return the addresses of the recipients, and whether it is the form for several."""
    several = fields.given.get("recipients") is not None
    if several and (one_only or fields.given.get("recipient") is not None):
        fields.refuse("recipients", "not_supported", "recipients must not be specified here")
    if not several:
        part = fields.part("recipient", required=True)
        email = part.email("email") if part is not None else None
        return ([] if email is None else [email]), False
    parts = fields.parts("recipients") or []
    if fields.given["recipients"] == []:
        fields.refuse("recipients", "required", "recipients must be specified")
    read = [part.email("email") for part in parts]
    once: dict[str, str] = {}  # an address that is named twice is one
    for email in read:
        if email is not None:
            once.setdefault(email.lower(), email)
    return list(once.values()), True


def _request(question: Question, key: tuple[str, str], emails: list[str], *, many: bool) -> Reply:
    fields, world = question.fields, question.world
    event = _event(question, uid=f"{world.mint('invite', *key)[:24]}@example.com")
    callback_url = fields.web_address("callback_url", required=False)
    organizer = _organizer(fields)
    fields.check()
    assert event is not None
    invite = world.invites.get(key)
    if invite is None:
        invite = Invite(key[0], event, [], many, callback_url, organizer)
        invite.recipients = [Invitee(email) for email in emails]
        world.invites[key] = invite
    else:
        invite.callback_url = callback_url or invite.callback_url
        _change(invite, event, organizer or invite.organizer, emails)
    return Reply(body=_row(invite) | {"attachments": {"icalendar": invite_text(invite, cancel=False, now=world.now())}})


def _change(invite: Invite, event: Event, organizer: dict[str, str] | None, emails: list[str]) -> None:
    """Bring an invite to what was asked for; one that does not change keeps its sequence and its answers."""
    was, known = invite.event, {one.email.lower() for one in invite.recipients}
    new = [Invitee(email) for email in emails if email.lower() not in known]
    same = replace(event, created=was.created, updated=was.updated) == was
    if same and not new and organizer == invite.organizer and invite.method == "request":
        return
    if (event.start, event.end) != (was.start, was.end) or invite.method == "cancel":
        invite.recipients = [Invitee(one.email) for one in invite.recipients]  # RFC 5546, 3.2.2.1: ask again
        invite.replies = []
    event.created = was.created
    invite.event, invite.organizer, invite.method = event, organizer, "request"
    invite.recipients = [*invite.recipients, *new]
    invite.sequence += 1


def _cancel(question: Question, key: tuple[str, str]) -> Reply:
    question.fields.check()
    world, invite = question.world, question.world.invites.get(key)
    if invite is None:
        raise Refused(404)
    if invite.method != "cancel":
        _touch(invite, world)
        invite.method = "cancel"
    return Reply(body=_row(invite) | {"attachments": {"icalendar": invite_text(invite, cancel=True, now=world.now())}})


def _remove(question: Question, smart_invite_id: str, emails: list[str]) -> Reply:
    fields, world = question.fields, question.world
    fields.check()
    invite = world.invites.get((smart_invite_id, ""))
    gone = None if invite is None else _recipient(invite, emails[0])
    if invite is None or gone is None:
        raise Refused(404)
    if invite.method == "cancel" or len(invite.recipients) == 1:
        fields.refuse("recipient", "not_supported", "the last recipient, or one of a cancelled invite, must stay")
        fields.check()
    _touch(invite, world)
    invite.recipients = [one for one in invite.recipients if one is not gone]
    invite.replies = [one for one in invite.replies if one.email.lower() != gone.email.lower()]
    attachments = {
        "icalendar": invite_text(invite, cancel=False, now=world.now()),
        "removed": {
            "email": gone.email,
            "icalendar": invite_text(invite, cancel=True, now=world.now(), recipients=[gone]),
        },
    }
    return Reply(body=_row(invite) | {"method": "remove", "attachments": attachments})


def _touch(invite: Invite, world: World) -> None:
    invite.sequence += 1
    invite.event = replace(invite.event, updated=world.now())


def _event(question: Question, *, uid: str) -> Event | None:
    """Return the event of an invite; its fields are those of an event write that need no calendar."""
    part = question.fields.part("event", required=True)
    if part is None:
        return None
    given = {name: part.given[name] for name in _EVENT_FIELDS if name in part.given}
    read = read_event(Fields(given, path=part.path, errors=part.errors), Account(""), Calendar("", ""))
    if question.fields.errors:
        return None
    now = question.world.now()
    event = Event("", uid, created=now, updated=now, **{"description": None, **read})
    if "transparency" not in event.written:
        event.transparency = "opaque" if is_time(event.start) else "transparent"
    return event


def _organizer(fields: Fields) -> dict[str, str] | None:
    part = fields.part("organizer")
    if part is None:
        return None
    told = {"name": part.text("name", required=True, empty=False)}
    if part.given.get("email") is not None:
        told["email"] = part.email("email")
    return {name: text for name, text in told.items() if text is not None}


@answers(
    "GET /v1/smart_invites",
    auth="application",
    note="recipient_email is left out for an invite to several, or names one of them; a space in it is read as the "
    "plus that the official Ruby client does not encode; unknown is 404",
)
def get_smart_invite(question: Question) -> Reply:
    """Answer with an invite and what was answered to it."""
    fields = question.fields
    smart_invite_id = fields.text("smart_invite_id", required=True, empty=False)
    email = fields.text("recipient_email")
    fields.check()
    invite = find_invite(question.world, smart_invite_id or "", None if email is None else email.replace(" ", "+"))
    if invite is None:
        raise Refused(404)
    return Reply(body=_row(invite) | {"replies": replies_of(invite)})


def find_invite(world: World, smart_invite_id: str, email: str | None) -> Invite | None:
    """Return the invite to this recipient: one of its own, or one to several; without an address, that to several."""
    own = None if email is None else world.invites.get((smart_invite_id, email.lower()))
    several = world.invites.get((smart_invite_id, ""))
    if own is not None or several is None or email is None:
        return own or several
    return several if _recipient(several, email) is not None else None


def _recipient(invite: Invite, email: str) -> Invitee | None:
    return next((one for one in invite.recipients if one.email.lower() == email.lower()), None)


def _row(invite: Invite) -> dict[str, Any]:
    """Return an invite as all calls have it."""
    row: dict[str, Any] = {**recipients_of(invite), "smart_invite_id": invite.smart_invite_id}
    if invite.callback_url is not None:
        row["callback_url"] = invite.callback_url
    return {**row, "method": invite.method, "event": _event_row(invite.event)}


def recipients_of(invite: Invite) -> dict[str, Any]:
    """Return whom an invite is to: `recipient`, or `recipients` where there may be several."""
    rows = [invitee_row(one, invite.event) for one in invite.recipients]
    return {"recipients": rows} if invite.many else {"recipient": rows[0]}


def replies_of(invite: Invite) -> list[dict[str, Any]]:
    """Return everybody's last answer, those of people it was passed on to as well."""
    return [invitee_row(one, invite.event) for one in invite.replies]


def invitee_row(one: Invitee, event: Event) -> dict[str, Any]:
    """Return one person's answer; a proposal is in the event's zones."""
    row: dict[str, Any] = {"email": one.email, "status": one.status}
    if one.comment is not None:
        row["comment"] = one.comment
    if one.proposal is not None:
        start, end = one.proposal
        row["proposal"] = {
            "start": wire_time(start, event.start_tzid, localized=True),
            "end": wire_time(end, event.end_tzid, localized=True),
        }
    return row


def _event_row(event: Event) -> dict[str, Any]:
    """Return what the application said of the event, and no more; times are UTC, beside their zone."""
    row: dict[str, Any] = {"summary": event.summary}
    if event.description is not None:
        row["description"] = event.description
    row["start"] = {"time": event.start, "tzid": event.start_tzid}
    row["end"] = {"time": event.end, "tzid": event.end_tzid}
    for name in ("location", "url"):
        if getattr(event, name) is not None:
            row[name] = getattr(event, name)
    row |= {name: event.written[name] for name in ("reminders", "transparency", "color") if name in event.written}
    return row | ({"event_private": True} if event.event_private else {})
