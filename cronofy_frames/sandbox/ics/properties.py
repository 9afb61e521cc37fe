"""Convert the properties of a parsed VEVENT to attributes of an event."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from cronofy_frames.sandbox.ics.times import as_list, utc_instant

_REPLIES = {
    "NEEDS-ACTION": "needs_action",
    "ACCEPTED": "accepted",
    "DECLINED": "declined",
    "TENTATIVE": "tentative",
}
_STATUSES = {"CONFIRMED": "confirmed", "TENTATIVE": "tentative", "CANCELLED": "cancelled", "CANCELED": "cancelled"}
_BUSY_STATUSES = {
    "FREE": "transparent",
    "TENTATIVE": "tentative",
    "BUSY": "opaque",
    "OOF": "out_of_office",
    "WORKINGELSEWHERE": "working_elsewhere",
}
_PROVIDERS_BY_HOST = {
    "zoom.us": "zoom",
    "teams.microsoft.com": "ms_teams",
    "meet.google.com": "google_meet",
    "goto.com": "go_to",
}
_CONFERENCE_PROPERTIES = ("X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL", "CONFERENCE")


def event_attributes(vevent: Any, *, owner: str, now: datetime) -> dict[str, Any]:
    """Return the attributes of an event other than ids and times.

    Parameters
    ----------
    vevent
        The parsed VEVENT.
    owner
        Address of the calendar's owner, whose reply is the event's participation_status.
    now
        Latest value of created and updated.
    """
    attendees = [_attendee(value) for value in as_list(vevent.get("ATTENDEE"))]
    own = (attendee["status"] for attendee in attendees if str(attendee["email"]).casefold() == owner.casefold())
    organizer = vevent.get("ORGANIZER")
    return {
        "summary": _text(vevent, "SUMMARY"),
        "description": _text(vevent, "DESCRIPTION") or "",
        "location": _location(vevent),
        "organizer": None if organizer is None else email_and_name(organizer),
        "attendees": attendees,
        "participation_status": next(own, None) or "accepted",
        "categories": _categories(vevent),
        "event_private": str(vevent.get("CLASS", "")).strip().upper() in {"PRIVATE", "CONFIDENTIAL"},
        "url": _text(vevent, "URL") or None,
        **_busy_attributes(vevent),
        **_conference_attributes(vevent),
        **_created_and_updated(vevent, now),
    }


def _attendee(value: Any) -> dict[str, str | None]:
    partstat = _parameter(value, "PARTSTAT", "NEEDS-ACTION").upper()
    return email_and_name(value) | {"status": _REPLIES.get(partstat, "unknown")}


def email_and_name(value: Any) -> dict[str, str | None]:
    """Return e-mail address and name of an ATTENDEE or ORGANIZER; None where there is no valid one."""
    address = re.sub(r"^mailto:", "", str(value).strip(), flags=re.IGNORECASE)
    # For contacts, Apple writes a path as the value, and the address as a parameter.
    email = address if is_address(address) else _parameter(value, "EMAIL", "")
    name = _parameter(value, "CN", "").strip("'\" ")
    return {"email": email or None, "display_name": name if name and name.casefold() != email.casefold() else None}


def is_address(text: str) -> bool:
    """Return whether a text is an e-mail address."""
    return re.fullmatch(r"[^@\s:/]+@[^@\s:/]+", text) is not None


def _busy_attributes(vevent: Any) -> dict[str, Any]:
    """Return status and transparency; Outlook's busy status is more precise than TRANSP and STATUS."""
    extended = _BUSY_STATUSES.get(str(vevent.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).strip().upper())
    is_transparent = str(vevent.get("TRANSP", "OPAQUE")).strip().upper() == "TRANSPARENT"
    if extended in {"transparent", "opaque", "tentative", "out_of_office"}:
        is_transparent = extended == "transparent"
    default_status = "tentative" if extended == "tentative" else "confirmed"
    status = str(vevent.get("STATUS", "")).strip().upper()
    return {
        "transparency": "transparent" if is_transparent else "opaque",
        "extended_transparency": extended,
        "status": _STATUSES.get(status, "unknown") if status else default_status,
    }


def _location(vevent: Any) -> dict[str, str] | None:
    description, geo = _text(vevent, "LOCATION"), vevent.get("GEO")
    location = {} if description is None else {"description": description}
    if geo is not None:
        location |= {"lat": str(geo.latitude), "long": str(geo.longitude)}
    elif match := re.match(r"geo:([-\d.]+),([-\d.]+)", _first_text(vevent, "X-APPLE-STRUCTURED-LOCATION")):
        location |= {"lat": match[1], "long": match[2]}
    return {"description": "", **location} if location else None


def _categories(vevent: Any) -> list[str]:
    values = as_list(vevent.get("CATEGORIES"))
    texts = (str(text) for value in values for text in getattr(value, "cats", [value]))
    return [text.strip() for text in texts if text.strip()]


def _conference_attributes(vevent: Any) -> dict[str, Any]:
    url = next((text for name in _CONFERENCE_PROPERTIES if (text := _first_text(vevent, name).strip())), None)
    if url is None:
        return {}
    host = urlsplit(url).hostname or ""
    known = (name for domain, name in _PROVIDERS_BY_HOST.items() if f".{host}".endswith(f".{domain}"))
    return {"meeting_url": url, "conferencing": {"provider_name": next(known, host or "unknown"), "join_url": url}}


def _created_and_updated(vevent: Any, now: datetime) -> dict[str, datetime]:
    names = ("CREATED", "LAST-MODIFIED", "DTSTAMP")
    instants = {name: utc_instant(vevent[name].dt) for name in names if name in vevent}
    updated = instants.get("LAST-MODIFIED") or instants.get("CREATED") or instants.get("DTSTAMP") or now
    updated = min(updated, now)
    return {"created": min(instants.get("CREATED", updated), updated), "updated": updated}


def _text(vevent: Any, name: str) -> str | None:
    return str(vevent[name]) if name in vevent else None


def _first_text(vevent: Any, name: str) -> str:
    return str(next(iter(as_list(vevent.get(name))), ""))


def _parameter(value: Any, name: str, default: str) -> str:
    return str(getattr(value, "params", {}).get(name, default))
