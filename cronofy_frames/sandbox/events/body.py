"""Parse the body of an event write into changes of an event.

Fields and limits: docs.cronofy.com/developers/api/events/upsert-event. A missing field keeps its value, null clears it;
that is documented for `url`, `conferencing` and `recurrence`, and our reading for the other fields.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Any
from urllib.parse import urlsplit

from cronofy_frames.contract import EXTENDED_TRANSPARENCIES
from cronofy_frames.sandbox.http.fields import RequestFields
from cronofy_frames.sandbox.model.state import Account, Calendar
from cronofy_frames.sandbox.model.times import is_instant

MAX_SUMMARY = 1024
MAX_DESCRIPTION = 4096
MAX_REMINDERS = 5

TRANSPARENCIES = ("opaque", "transparent")
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
_LOCALE = re.compile(r"[A-Za-z]{2}")


def parse_event(
    fields: RequestFields, account: Account, calendar: Calendar, *, attachments: Container[str] = ()
) -> dict[str, Any]:
    """Return the changes of a body by attribute of `Event`; errors are added to the fields.

    `attendees` is a pair: the attendees to invite and the addresses to remove. `conferencing` is the requested
    conference.
    """
    changes: dict[str, Any] = {}
    changes["summary"] = fields.text("summary", required=True, max_length=MAX_SUMMARY)
    changes["write_only"] = _parse_write_only(fields, attachments)
    if "description" in fields:
        changes["description"] = fields.text("description", max_length=MAX_DESCRIPTION) or ""
    if "location" in fields:
        changes["location"] = _parse_location(fields)
    if "url" in fields:
        changes["url"] = _parse_url(fields)
    _parse_times(fields, changes)
    _parse_visibility(fields, changes)
    if fields.has_value("attendees"):
        changes["attendees"] = _parse_attendees(fields, account)
    if fields.has_value("conferencing"):
        changes["conferencing"] = _parse_conferencing(fields, account, calendar)
    return changes


def _parse_times(fields: RequestFields, changes: dict[str, Any]) -> None:
    tzid = fields.tzid("tzid")
    start, end = fields.event_time("start"), fields.event_time("end")
    if start is None or end is None:
        return
    if is_instant(start.time) != is_instant(end.time):
        fields.add_error("end", "invalid_time_pair", "start and end must both be times or both be dates")
        return
    if end.time < start.time:
        fields.add_error("end", "invalid_time_pair", "end must be after start")
    changes["start"], changes["end"] = start.time, end.time
    tzids = {"start_tzid": start.tzid or tzid, "end_tzid": end.tzid or tzid}
    changes |= {name: value for name, value in tzids.items() if value is not None}


def _parse_visibility(fields: RequestFields, changes: dict[str, Any]) -> None:
    transparency = fields.choice("transparency", TRANSPARENCIES)
    if transparency is not None:
        changes["transparency"] = changes["write_only"]["transparency"] = transparency
    if "extended_transparency" in fields:
        changes["extended_transparency"] = fields.choice("extended_transparency", EXTENDED_TRANSPARENCIES)
    is_private = fields.boolean("event_private", default=None)
    if is_private is not None:
        changes["event_private"] = is_private


def _parse_location(fields: RequestFields) -> dict[str, str] | None:
    location = fields.nested_fields("location")
    if location is None:
        return None
    texts = {name: location.text(name) for name in ("description", "lat", "long")}
    for name in ("lat", "long"):
        if texts[name] and not re.fullmatch(r"[-+]?\d{1,3}(\.\d{1,32})?", texts[name] or "", re.ASCII):
            location.add_error(name, "invalid_format", f"{name} must be degrees, as a string")
    return {name: text for name, text in texts.items() if text is not None} or None


def _parse_url(fields: RequestFields) -> str | None:
    url = fields.text("url")
    if not url:
        return None
    try:
        is_uri = bool(urlsplit(url).scheme) and not re.search(r"\s", url)
    except ValueError:
        is_uri = False
    if not is_uri:
        fields.add_error("url", "invalid_format", "url must be a URI")
    return url


def _parse_write_only(fields: RequestFields, attachment_ids: Container[str]) -> dict[str, Any]:
    """Return the fields that writes accept and reads never return."""
    values: dict[str, Any] = {}
    create_only = fields.boolean("reminders_create_only", default=None)
    if create_only is not None:
        values["reminders_create_only"] = create_only
    reminders = fields.nested_list("reminders", max_items=MAX_REMINDERS)
    if reminders is not None:
        values["reminders"] = [
            {"minutes": reminder.integer("minutes", minimum=0, required=True)} for reminder in reminders
        ]
    if fields.has_value("color"):
        values["color"] = fields.matching("color", _COLOR, "invalid_format", "a color as #49BED8", required=False)
    if fields.has_value("locale"):
        values["locale"] = fields.matching("locale", _LOCALE, "invalid_format", "two letters", required=False)
    values |= _parse_subscriptions(fields) | _parse_meeting_agent(fields)
    attachments = fields.nested_list("attachments")
    if attachments is not None:
        ids = [_parse_attachment_id(attachment, attachment_ids) for attachment in attachments]
        values["attachments"] = [{"attachment_id": attachment_id} for attachment_id in ids]
    for name in ("event_classes", "tags"):  # their shape is not verified: stored as they are
        if name in fields:
            values[name] = fields.values[name]
    return values


def _parse_subscriptions(fields: RequestFields) -> dict[str, Any]:
    subscriptions = fields.nested_list("subscriptions")
    if subscriptions is None:
        return {}
    for subscription in subscriptions:
        subscription.choice("type", ("webhook",), required=True)
        subscription.web_address("uri")
        for transition in subscription.nested_list("transitions") or []:
            _check_transition(transition)
    return {"subscriptions": [dict(subscription.values) for subscription in subscriptions]}


def _parse_meeting_agent(fields: RequestFields) -> dict[str, Any]:
    """Return the agent of an event; without one, the event keeps the one that it has."""
    agent = fields.nested_fields("meeting_agent")
    if agent is None:
        return {}
    profile_id = agent.choice("profile_id", ("cronofy", "none"), required=True)
    return {"meeting_agent": {"profile_id": profile_id, "display_name": agent.text("display_name")}}


def _check_transition(transition: RequestFields) -> None:
    """Check when an event trigger is due: docs /developers/api/event-triggers (beta)."""
    names = [name for name in ("before", "after") if transition.has_value(name)]
    if len(names) != 1:
        transition.add_error("before", "required", "exactly one of before and after must be specified")
    for name in names:
        transition.choice(name, ("event_start", "event_end"))
    offset = transition.nested_fields("offset", required=True)
    if offset is not None:
        offset.integer("minutes", minimum=0, required=True)


def _parse_attachment_id(fields: RequestFields, known: Container[str]) -> str | None:
    attachment_id = fields.text("attachment_id", required=True)
    if attachment_id is not None and attachment_id not in known:
        fields.add_error("attachment_id", "not_recognized", "attachment_id must be of an attachment")
    return attachment_id


def _parse_attendees(fields: RequestFields, account: Account) -> tuple[list[dict[str, str | None]], set[str]]:
    """Return the attendees to invite and the addresses to remove; some official clients send `reject` for `remove`."""
    attendees = fields.nested_fields("attendees")
    if attendees is None:
        return [], set()
    invited = [
        {"email": attendee.email("email"), "display_name": attendee.text("display_name")}
        for attendee in attendees.nested_list("invite") or []
    ]
    removed = [
        attendee.email("email") or "" for name in ("remove", "reject") for attendee in attendees.nested_list(name) or []
    ]
    if account.kind == "application_calendar" and (invited or removed):
        fields.add_error("attendees", "event.cannot_set_attendees", "an application calendar cannot invite attendees")
    return invited, {email.lower() for email in removed}


def _parse_conferencing(fields: RequestFields, account: Account, calendar: Calendar) -> dict[str, str]:
    """Return the requested conference: its profile, and provider and URL of an explicit one."""
    conferencing = fields.nested_fields("conferencing")
    profile_id = None
    if conferencing is not None:
        profile_id = conferencing.text("profile_id", required=True, allow_empty=False)
    if conferencing is None or profile_id is None:
        return {"profile_id": "none"}
    requested = {"profile_id": profile_id}
    if profile_id == "explicit":
        requested["provider_name"] = conferencing.text("provider_description") or "explicit"
        requested["join_url"] = conferencing.text("join_url", required=True, allow_empty=False) or ""
    elif profile_id == "integrated" and not calendar.calendar_integrated_conferencing_available:
        key = "integrated_conferencing_not_available"
        conferencing.add_error("profile_id", key, "this calendar has no conferencing")
    elif profile_id not in ("default", "integrated", "none"):
        known = [profile["profile_id"] for profile in account.conferencing_profiles]
        if profile_id not in known:
            conferencing.add_error("profile_id", "not_recognized", "profile_id must be a conferencing profile")
    return requested
