"""What a VEVENT says of itself, in the words of the sandbox's state."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from cronofy_frames.sandbox.ics.occurrences import instant

_REPLIES = {
    "NEEDS-ACTION": "needs_action",
    "ACCEPTED": "accepted",
    "DECLINED": "declined",
    "TENTATIVE": "tentative",
}
_STATUSES = {"CONFIRMED": "confirmed", "TENTATIVE": "tentative", "CANCELLED": "cancelled", "CANCELED": "cancelled"}
_BUSY = {
    "FREE": "transparent",
    "TENTATIVE": "tentative",
    "BUSY": "opaque",
    "OOF": "out_of_office",
    "WORKINGELSEWHERE": "working_elsewhere",
}
_HOSTS = {"zoom.us": "zoom", "teams.microsoft.com": "ms_teams", "meet.google.com": "google_meet", "goto.com": "go_to"}
_CALLS = ("X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL", "CONFERENCE")


def event_fields(event: Any, *, owner: str, now: datetime) -> dict[str, Any]:
    """Return all but ids and times of an event.

    Parameters
    ----------
    event
        The parsed VEVENT.
    owner
        The address of the calendar's owner, whose reply is the event's participation_status.
    now
        Nothing was created or changed after it.
    """
    attendees = [
        person(value) | {"status": _REPLIES.get(_parameter(value, "PARTSTAT", "NEEDS-ACTION").upper(), "unknown")}
        for value in _listed(event.get("ATTENDEE"))
    ]
    own = (one["status"] for one in attendees if str(one["email"]).casefold() == owner.casefold())
    organizer = event.get("ORGANIZER")
    return {
        "summary": _text(event, "SUMMARY"),
        "description": _text(event, "DESCRIPTION") or "",
        "location": _location(event),
        "organizer": None if organizer is None else person(organizer),
        "attendees": attendees,
        "participation_status": next(own, None) or "accepted",
        "categories": _categories(event),
        "event_private": str(event.get("CLASS", "")).strip().upper() in {"PRIVATE", "CONFIDENTIAL"},
        "url": _text(event, "URL") or None,
        **_busy_fields(event),
        **_call_fields(event),
        **_history(event, now),
    }


def person(value: Any) -> dict[str, str | None]:
    """Return e-mail and name of an ATTENDEE or ORGANIZER; what is no address gives None."""
    address = re.sub(r"^mailto:", "", str(value).strip(), flags=re.IGNORECASE)
    # Apple writes a path for people it knows, and the address beside it.
    email = address if is_address(address) else _parameter(value, "EMAIL", "")
    name = _parameter(value, "CN", "").strip("'\" ")
    return {"email": email or None, "display_name": name if name and name.casefold() != email.casefold() else None}


def is_address(text: str) -> bool:
    """Whether a text is an e-mail address."""
    return re.fullmatch(r"[^@\s:/]+@[^@\s:/]+", text) is not None


def _busy_fields(event: Any) -> dict[str, Any]:
    """Status and transparency; Outlook's own word is finer than TRANSP and stands over it when it says free."""
    extended = _BUSY.get(str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).strip().upper())
    transparent = str(event.get("TRANSP", "OPAQUE")).strip().upper() == "TRANSPARENT"
    if extended in {"transparent", "opaque", "tentative", "out_of_office"}:
        transparent = extended == "transparent"
    unsaid = "tentative" if extended == "tentative" else "confirmed"
    said = str(event.get("STATUS", "")).strip().upper()
    return {
        "transparency": "transparent" if transparent else "opaque",
        "extended_transparency": extended,
        "status": _STATUSES.get(said, "unknown") if said else unsaid,
    }


def _location(event: Any) -> dict[str, str] | None:
    described, place = _text(event, "LOCATION"), event.get("GEO")
    found = {} if described is None else {"description": described}
    if place is not None:
        found |= {"lat": str(place.latitude), "long": str(place.longitude)}
    elif match := re.match(r"geo:([-\d.]+),([-\d.]+)", str(_first(event, "X-APPLE-STRUCTURED-LOCATION"))):
        found |= {"lat": match[1], "long": match[2]}
    return {"description": "", **found} if found else None


def _categories(event: Any) -> list[str]:
    texts = (str(text) for value in _listed(event.get("CATEGORIES")) for text in getattr(value, "cats", [value]))
    return [text.strip() for text in texts if text.strip()]


def _call_fields(event: Any) -> dict[str, Any]:
    url = next((text for name in _CALLS if (text := str(_first(event, name)).strip())), None)
    if url is None:
        return {}
    host = urlsplit(url).hostname or ""
    known = (name for end, name in _HOSTS.items() if f".{host}".endswith(f".{end}"))
    return {"meeting_url": url, "conferencing": {"provider_name": next(known, host or "unknown"), "join_url": url}}


def _history(event: Any, now: datetime) -> dict[str, datetime]:
    known = {name: instant(event[name].dt) for name in ("CREATED", "LAST-MODIFIED", "DTSTAMP") if name in event}
    updated = min(known.get("LAST-MODIFIED") or known.get("CREATED") or known.get("DTSTAMP") or now, now)
    return {"created": min(known.get("CREATED", updated), updated), "updated": updated}


def _text(event: Any, name: str) -> str | None:
    return str(event[name]) if name in event else None


def _first(event: Any, name: str) -> Any:
    return next(iter(_listed(event.get(name))), "")


def _parameter(value: Any, name: str, default: str) -> str:
    return str(getattr(value, "params", {}).get(name, default))


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]
