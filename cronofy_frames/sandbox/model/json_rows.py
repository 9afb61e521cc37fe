"""Convert state to JSON rows: events, free/busy periods, calendars, profiles.

Keys and their order: docs.cronofy.com/developers/api/events/read-events. Times stay datetimes here; the JSON encoder
writes whole seconds with `Z`, or with the offset of the time zone for localized times.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from cronofy_frames.sandbox.model.state import Account, Calendar, Event, EventTime, Profile
from cronofy_frames.sandbox.model.times import zone_of


@dataclass(frozen=True, slots=True)
class RowOptions:
    """Options of a read that change how rows look."""

    localized: bool = False
    geo: bool = False
    google_ids: bool = False
    ids: bool = False


@cache
def _zone(tzid: str) -> ZoneInfo:
    return zone_of(tzid)


def wire_time(event_time: EventTime, tzid: str, *, localized: bool) -> Any:
    """Return an event time in its wire form, as an object with a tzid if it is to be localized."""
    if not localized:
        return event_time
    if isinstance(event_time, datetime):
        return {"time": event_time.astimezone(_zone(tzid)), "tzid": tzid}
    return {"time": event_time, "tzid": tzid}


def event_options(event: Event, own: Set[str], calendar: Calendar | None, client_id: str) -> dict[str, bool]:
    """Return what the application may do with an event of an account that has these addresses.

    It may change and delete its own events, except the later ones of a series. It may change and delete other events
    that are not part of a series if the calendar is unrestricted. It may reply where the account was invited.
    """
    is_writable = calendar is not None and not calendar.calendar_readonly and not calendar.calendar_deleted
    if event.managed_by == client_id:
        may_write = is_writable and event.event_id is not None
        return {"delete": may_write, "update": may_write, "change_participation_status": False}
    is_unrestricted = calendar is not None and calendar.permission_level == "unrestricted"
    may_write = is_writable and is_unrestricted and not event.recurring
    may_reply = is_writable and is_invited(event, own)
    return {"delete": may_write, "update": may_write, "change_participation_status": may_reply}


def is_invited(event: Event, own: Set[str]) -> bool:
    """Return whether an account that has these addresses is an attendee and not the organizer."""
    organizer = (event.organizer or {}).get("email") or ""
    return organizer.lower() not in own and any(
        (attendee.get("email") or "").lower() in own for attendee in event.attendees
    )


def own_addresses(account: Account) -> set[str]:
    """Return the e-mail addresses and profile names of an account, in lower case."""
    names = [account.email, *(profile.profile_name for profile in account.profiles)]
    return {name.lower() for name in names if name}


def event_rows(events: Iterable[Event], account: Account, client_id: str, options: RowOptions) -> list[dict[str, Any]]:
    """Return events in their wire form."""
    calendars = {calendar.calendar_id: calendar for calendar in account.calendars}
    own = own_addresses(account)
    return [
        deleted_event_row(event)
        if event.deleted
        else event_row(event, event_options(event, own, calendars.get(event.calendar_id), client_id), options)
        for event in events
    ]


def deleted_event_row(event: Event) -> dict[str, Any]:
    """Return the row of a deleted event: its ids and when it was deleted."""
    row: dict[str, Any] = {"calendar_id": event.calendar_id, "event_uid": event.event_uid}
    if event.event_id is not None:
        row["event_id"] = event.event_id
    return {**row, "deleted": True, "updated": event.updated}


def event_row(event: Event, permissions: dict[str, bool], options: RowOptions) -> dict[str, Any]:
    """Return the row of one event; optional keys without a value are left out."""
    row: dict[str, Any] = {
        "calendar_id": event.calendar_id,
        "event_uid": event.event_uid,
        "summary": event.summary,
        "description": event.description,
        "start": wire_time(event.start, event.start_tzid, localized=options.localized),
        "end": wire_time(event.end, event.end_tzid, localized=options.localized),
        "deleted": False,
        "created": event.created,
        "updated": event.updated,
    }
    if event.location is not None:
        row["location"] = event.location if options.geo else {"description": event.location.get("description", "")}
    row["participation_status"] = event.participation_status
    row["attendees"] = event.attendees
    if event.organizer is not None:
        row["organizer"] = event.organizer
    row["transparency"] = event.transparency
    row["status"] = event.status
    row["categories"] = event.categories
    row["recurring"] = event.recurring
    row["event_private"] = event.event_private
    row["options"] = permissions
    if options.google_ids and event.google_event_id is not None:
        row["google_event_id"] = event.google_event_id
    optional = zip(_OPTIONAL_KEYS, _optional_values(event), strict=True)
    row.update({name: value for name, value in optional if value is not None})
    return row


_OPTIONAL_KEYS = (
    "event_id",
    "extended_transparency",
    "series_identifier",
    "recurrence",
    "series_master",
    "url",
    "meeting_url",
    "conferencing",
)
_optional_values = attrgetter(*_OPTIONAL_KEYS)


def free_busy_status(event: Event) -> str:
    """Return whether an event makes its owner free, busy, tentative or unknown; the mapping is our reading."""
    if event.transparency == "transparent" or event.status == "cancelled" or event.participation_status == "declined":
        return "free"
    if "tentative" in (event.status, event.participation_status, event.extended_transparency):
        return "tentative"
    return "busy" if event.transparency == "opaque" else "unknown"


def free_busy_row(event: Event, options: RowOptions) -> dict[str, Any]:
    """Return the free/busy period of one event."""
    row: dict[str, Any] = {
        "calendar_id": event.calendar_id,
        "start": wire_time(event.start, event.start_tzid, localized=options.localized),
        "end": wire_time(event.end, event.end_tzid, localized=options.localized),
        "free_busy_status": free_busy_status(event),
    }
    if options.ids:
        row["event_uid"] = event.event_uid
        if event.event_id is not None:
            row["event_id"] = event.event_id
    if event.deleted:
        row["deleted"] = True
    return row


def profile_row(profile: Profile, base_url: str) -> dict[str, Any]:
    """Return a profile in its wire form; a disconnected one has the URL of the page that reconnects it."""
    row: dict[str, Any] = {
        "provider_name": profile.provider_name,
        "provider_service": profile.provider_service,
        "profile_id": profile.profile_id,
        "profile_name": profile.profile_name,
        "profile_connected": profile.profile_connected,
        "profile_initial_sync_required": profile.profile_initial_sync_required,
    }
    if not profile.profile_connected:
        row["profile_relink_url"] = f"{base_url}/relink/{profile.profile_id}"
    return row


def calendar_row(profile: Profile, calendar: Calendar) -> dict[str, Any]:
    """Return a calendar in its wire form, with the fields of its profile."""
    return {
        "provider_name": profile.provider_name,
        "profile_id": profile.profile_id,
        "profile_name": profile.profile_name,
        **calendar_fields(calendar),
    }


def calendar_fields(calendar: Calendar) -> dict[str, Any]:
    """Return a calendar without the fields of its profile, as userinfo has it."""
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
