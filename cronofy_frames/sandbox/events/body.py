"""The body of an event write, checked field by field and turned into changes of the state.

Fields and limits: docs.cronofy.com/developers/api/events/upsert-event. A field left out is left as it was,
null empties it; that is documented for `url`, `conferencing` and `recurrence`, and our reading for the rest.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Any
from urllib.parse import urlsplit

from cronofy_frames.sandbox.http.fields import Fields
from cronofy_frames.sandbox.model.state import Account, Calendar
from cronofy_frames.sandbox.model.times import Placed, is_time

LONGEST_SUMMARY = 1024
LONGEST_DESCRIPTION = 4096
MOST_REMINDERS = 5

TRANSPARENCIES = ("opaque", "transparent")
EXTENDED_TRANSPARENCIES = ("opaque", "transparent", "working_elsewhere", "tentative", "out_of_office", "unknown")
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
_LOCALE = re.compile(r"[A-Za-z]{2}")


def read_event(
    fields: Fields, account: Account, calendar: Calendar, *, attachments: Container[str] = ()
) -> dict[str, Any]:
    """Return what a body changes, under the names of `Event`; the caller checks for errors.

    `attendees` is a pair: whom to invite, whom to remove. `conferencing` and `recurrence` are what was asked for.
    """
    changes: dict[str, Any] = {}
    changes["summary"] = fields.text("summary", required=True, longest=LONGEST_SUMMARY)
    changes["written"] = _written(fields, attachments)
    if "description" in fields:
        changes["description"] = fields.text("description", longest=LONGEST_DESCRIPTION) or ""
    if "location" in fields:
        changes["location"] = _location(fields)
    if "url" in fields:
        changes["url"] = _url(fields)
    _when(fields, changes)
    _visibility(fields, changes)
    if fields.given.get("attendees") is not None:
        changes["attendees"] = _attendees(fields, account)
    if fields.given.get("conferencing") is not None:
        changes["conferencing"] = _conferencing(fields, account, calendar)
    return changes


def _when(fields: Fields, changes: dict[str, Any]) -> None:
    tzid = fields.tzid("tzid")
    start, end = fields.placed("start"), fields.placed("end")
    if start is None or end is None:
        return
    if is_time(start.moment) != is_time(end.moment):
        fields.refuse("end", "invalid_time_pair", "start and end must both be times or both be dates")
        return
    if end.moment < start.moment:
        fields.refuse("end", "invalid_time_pair", "end must be after start")
    changes["start"], changes["end"] = start.moment, end.moment
    for name, placed in (("start_tzid", start), ("end_tzid", end)):
        if _tzid(placed, tzid) is not None:
            changes[name] = _tzid(placed, tzid)


def _tzid(placed: Placed, tzid: str | None) -> str | None:
    return placed.tzid or tzid


def _visibility(fields: Fields, changes: dict[str, Any]) -> None:
    transparency = fields.choice("transparency", TRANSPARENCIES)
    if transparency is not None:
        changes["transparency"] = changes["written"]["transparency"] = transparency
    if "extended_transparency" in fields:
        changes["extended_transparency"] = fields.choice("extended_transparency", EXTENDED_TRANSPARENCIES)
    private = fields.boolean("event_private", default=None)
    if private is not None:
        changes["event_private"] = private


def _location(fields: Fields) -> dict[str, str] | None:
    location = fields.part("location")
    if location is None:
        return None
    told = {name: location.text(name) for name in ("description", "lat", "long")}
    for name in ("lat", "long"):
        if told[name] and not re.fullmatch(r"[-+]?\d{1,3}(\.\d{1,32})?", told[name] or "", re.ASCII):
            location.refuse(name, "invalid_format", f"{name} must be degrees, as a string")
    return {name: text for name, text in told.items() if text is not None} or None


def _url(fields: Fields) -> str | None:
    url = fields.text("url")
    if not url:
        return None
    try:
        good = bool(urlsplit(url).scheme) and not re.search(r"\s", url)
    except ValueError:
        good = False
    if not good:
        fields.refuse("url", "invalid_format", "url must be a URI")
    return url


def _written(fields: Fields, known: Container[str]) -> dict[str, Any]:
    """Return the fields that writes take and reads never give."""
    written: dict[str, Any] = {}
    create_only = fields.boolean("reminders_create_only", default=None)
    if create_only is not None:
        written["reminders_create_only"] = create_only
    reminders = fields.parts("reminders", most=MOST_REMINDERS)
    if reminders is not None:
        written["reminders"] = [{"minutes": one.integer("minutes", least=0, required=True)} for one in reminders]
    if fields.given.get("color") is not None:
        written["color"] = fields.matching("color", _COLOR, "invalid_format", "a color as #49BED8", required=False)
    if fields.given.get("locale") is not None:
        written["locale"] = fields.matching("locale", _LOCALE, "invalid_format", "two letters", required=False)
    subscriptions = fields.parts("subscriptions")
    if subscriptions is not None:
        for one in subscriptions:
            one.choice("type", ("webhook",), required=True)
            one.web_address("uri")
        written["subscriptions"] = [dict(one.given) for one in subscriptions]
    attachments = fields.parts("attachments")
    if attachments is not None:
        written["attachments"] = [{"attachment_id": _attachment_id(one, known)} for one in attachments]
    for name in ("event_classes", "tags"):  # their shape is not verified: taken as they are
        if name in fields:
            written[name] = fields.given[name]
    return written


def _attachment_id(fields: Fields, known: Container[str]) -> str | None:
    attachment_id = fields.text("attachment_id", required=True)
    if attachment_id is not None and attachment_id not in known:
        fields.refuse("attachment_id", "not_recognized", "attachment_id must be of an attachment")
    return attachment_id


def _attendees(fields: Fields, account: Account) -> tuple[list[dict[str, str | None]], set[str]]:
    """Return whom to invite and whom to remove; `reject` is what some official clients say for `remove`."""
    attendees = fields.part("attendees")
    if attendees is None:
        return [], set()
    invite = [
        {"email": one.email("email"), "display_name": one.text("display_name")}
        for one in attendees.parts("invite") or []
    ]
    leavers = [one.email("email") or "" for name in ("remove", "reject") for one in attendees.parts(name) or []]
    if account.kind == "application_calendar" and (invite or leavers):
        fields.refuse("attendees", "event.cannot_set_attendees", "an application calendar cannot invite attendees")
    return invite, {email.lower() for email in leavers}


def _conferencing(fields: Fields, account: Account, calendar: Calendar) -> dict[str, str]:
    """Return the conference asked for: which profile, and what an explicit one says of itself."""
    conferencing = fields.part("conferencing")
    profile_id = conferencing.text("profile_id", required=True, empty=False) if conferencing is not None else None
    if conferencing is None or profile_id is None:
        return {"profile_id": "none"}
    asked = {"profile_id": profile_id}
    if profile_id == "explicit":
        asked["provider_name"] = conferencing.text("provider_description") or "explicit"
        asked["join_url"] = conferencing.text("join_url", required=True, empty=False) or ""
    elif profile_id == "integrated" and not calendar.calendar_integrated_conferencing_available:
        conferencing.refuse("profile_id", "integrated_conferencing_not_available", "this calendar has no conferencing")
    elif profile_id not in ("default", "integrated", "none"):
        known = [profile["profile_id"] for profile in account.conferencing_profiles]
        if profile_id not in known:
            conferencing.refuse("profile_id", "not_recognized", "profile_id must be a conferencing profile")
    return asked
