"""State as rows of JSON: events, periods of free/busy, calendars, profiles.

Keys and their order: docs.cronofy.com/developers/api/events/read-events. Times stay datetimes here; the
encoder writes whole seconds with `Z`, or with the zone's offset where they are localized.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from cronofy_frames.sandbox.model.state import Account, Calendar, Event, Moment, Profile
from cronofy_frames.sandbox.model.times import zone_of


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a reader wants to see beside the usual."""

    localized: bool = False
    geo: bool = False
    google_ids: bool = False
    ids: bool = False


@cache
def _zone(tzid: str) -> ZoneInfo:
    return zone_of(tzid)


def wire_time(moment: Moment, tzid: str, *, localized: bool) -> Any:
    """Return an event time in the form asked for."""
    if not localized:
        return moment
    if isinstance(moment, datetime):
        return {"time": moment.astimezone(_zone(tzid)), "tzid": tzid}
    return {"time": moment, "tzid": tzid}


def options_of(event: Event, account: Account, calendar: Calendar | None, client_id: str) -> dict[str, bool]:
    """Return what the application may do with an event.

    One that it wrote it may change and delete, but for the later ones of a series; another's only where the
    calendar is unrestricted, and not one of a series; and it may reply where the account was invited.
    """
    writable = calendar is not None and not calendar.calendar_readonly and not calendar.calendar_deleted
    if event.managed_by == client_id:
        first = writable and event.event_id is not None
        return {"delete": first, "update": first, "change_participation_status": False}
    free = writable and not event.recurring and calendar is not None and calendar.permission_level == "unrestricted"
    return {"delete": free, "update": free, "change_participation_status": writable and invited(event, account)}


def invited(event: Event, account: Account) -> bool:
    """Say whether the account is among the attendees, and not the one who called the meeting."""
    own = own_addresses(account)
    caller = (event.organizer or {}).get("email") or ""
    return caller.lower() not in own and any((one.get("email") or "").lower() in own for one in event.attendees)


def own_addresses(account: Account) -> set[str]:
    """Return the addresses that an account is known by, in lower case."""
    names = [account.email, *(profile.profile_name for profile in account.profiles)]
    return {name.lower() for name in names if name}


def event_rows(events: Iterable[Event], account: Account, client_id: str, wishes: Wishes) -> list[dict[str, Any]]:
    """Return events as the wire has them."""
    calendars = {calendar.calendar_id: calendar for calendar in account.calendars}
    return [
        tombstone(event)
        if event.deleted
        else event_row(event, options_of(event, account, calendars.get(event.calendar_id), client_id), wishes)
        for event in events
    ]


def tombstone(event: Event) -> dict[str, Any]:
    """Return what is left of a deleted event: its ids and when it went."""
    row: dict[str, Any] = {"calendar_id": event.calendar_id, "event_uid": event.event_uid}
    if event.event_id is not None:
        row["event_id"] = event.event_id
    return {**row, "deleted": True, "updated": event.updated}


def event_row(event: Event, options: dict[str, bool], wishes: Wishes) -> dict[str, Any]:
    """Return one event; a key with nothing to say is left out."""
    row: dict[str, Any] = {
        "calendar_id": event.calendar_id,
        "event_uid": event.event_uid,
        "summary": event.summary,
        "description": event.description,
        "start": wire_time(event.start, event.start_tzid, localized=wishes.localized),
        "end": wire_time(event.end, event.end_tzid, localized=wishes.localized),
        "deleted": False,
        "created": event.created,
        "updated": event.updated,
    }
    if event.location is not None:
        row["location"] = event.location if wishes.geo else {"description": event.location.get("description", "")}
    row["participation_status"] = event.participation_status
    row["attendees"] = event.attendees
    if event.organizer is not None:
        row["organizer"] = event.organizer
    row["transparency"] = event.transparency
    row["status"] = event.status
    row["categories"] = event.categories
    row["recurring"] = event.recurring
    row["event_private"] = event.event_private
    row["options"] = options
    if wishes.google_ids and event.google_event_id is not None:
        row["google_event_id"] = event.google_event_id
    for name in _SOMETIMES:
        value = getattr(event, name)
        if value is not None:
            row[name] = value
    return row


_SOMETIMES = (
    "event_id",
    "extended_transparency",
    "series_identifier",
    "recurrence",
    "series_master",
    "url",
    "meeting_url",
    "conferencing",
)


def free_busy_status(event: Event) -> str:
    """Return how an event counts for the time of its owner; our reading of the four words."""
    if event.transparency == "transparent" or event.status == "cancelled" or event.participation_status == "declined":
        return "free"
    if "tentative" in (event.status, event.participation_status, event.extended_transparency):
        return "tentative"
    return "busy" if event.transparency == "opaque" else "unknown"


def free_busy_row(event: Event, wishes: Wishes) -> dict[str, Any]:
    """Return the period of one event."""
    row: dict[str, Any] = {
        "calendar_id": event.calendar_id,
        "start": wire_time(event.start, event.start_tzid, localized=wishes.localized),
        "end": wire_time(event.end, event.end_tzid, localized=wishes.localized),
        "free_busy_status": free_busy_status(event),
    }
    if wishes.ids:
        row["event_uid"] = event.event_uid
        if event.event_id is not None:
            row["event_id"] = event.event_id
    if event.deleted:
        row["deleted"] = True
    return row


def profile_row(profile: Profile, base: str) -> dict[str, Any]:
    """Return a profile; where it is not connected, with the page that connects it again."""
    row: dict[str, Any] = {
        "provider_name": profile.provider_name,
        "provider_service": profile.provider_service,
        "profile_id": profile.profile_id,
        "profile_name": profile.profile_name,
        "profile_connected": profile.profile_connected,
        "profile_initial_sync_required": profile.profile_initial_sync_required,
    }
    if not profile.profile_connected:
        row["profile_relink_url"] = f"{base}/relink/{profile.profile_id}"
    return row


def calendar_row(profile: Profile, calendar: Calendar) -> dict[str, Any]:
    """Return a calendar with the profile that it belongs to."""
    return {
        "provider_name": profile.provider_name,
        "profile_id": profile.profile_id,
        "profile_name": profile.profile_name,
        **calendar_part(calendar),
    }


def calendar_part(calendar: Calendar) -> dict[str, Any]:
    """Return a calendar without its profile, as userinfo has it."""
    return {
        "calendar_id": calendar.calendar_id,
        "calendar_name": calendar.calendar_name,
        "calendar_readonly": calendar.calendar_readonly,
        "calendar_deleted": calendar.calendar_deleted,
        "calendar_primary": calendar.calendar_primary,
        "calendar_integrated_conferencing_available": calendar.calendar_integrated_conferencing_available,
        "calendar_attachments_available": calendar.calendar_attachments_available,
        "permission_level": calendar.permission_level,
    }
