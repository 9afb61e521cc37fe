"""Write a smart invite as iCalendar text: RFC 5545, and RFC 5546 for its methods."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
from icalendar.prop import vInline

from cronofy_frames.sandbox.model.state import Event, EventTime, Invite, Invitee
from cronofy_frames.sandbox.model.times import zone_of
from cronofy_frames.vtimezone import zone_component

PRODUCT = "-//cronofy-frames//sandbox//EN"
REPLY_ADDRESS = "invites@example.com"
"""E-mail address of an organizer without one."""

PARTSTATS = {"pending": "NEEDS-ACTION", "accepted": "ACCEPTED", "tentative": "TENTATIVE", "declined": "DECLINED"}
MAX_LOCAL_YEARS = 2
"""Longer events are written in UTC, because a VTIMEZONE lists every clock change."""

_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # RFC 5545, 3.1 forbids them


def invite_text(invite: Invite, *, cancel: bool, now: datetime, recipients: Iterable[Invitee] | None = None) -> str:
    """Return the iCalendar text that invites recipients, or cancels the invite.

    Parameters
    ----------
    invite
        The invite.
    cancel
        Whether the method is CANCEL; otherwise it is REQUEST.
    now
        Timestamp of the text.
    recipients
        The recipients; all of the invite's by default.
    """
    calendar = icalendar.Calendar()
    calendar.add("PRODID", PRODUCT)
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", "CANCEL" if cancel else "REQUEST")
    vevent = _vevent(invite, cancel=cancel, now=now)
    for recipient in invite.recipients if recipients is None else recipients:
        vevent.add("ATTENDEE", _attendee_address(recipient))
    for zone in _zone_components(vevent, invite.event):
        calendar.add_component(zone)
    calendar.add_component(vevent)
    text: bytes = calendar.to_ical()
    return text.decode()


def _vevent(invite: Invite, *, cancel: bool, now: datetime) -> icalendar.Event:
    event, vevent = invite.event, icalendar.Event()
    vevent.add("UID", event.event_uid)
    vevent.add("SEQUENCE", invite.sequence)
    vevent.add("DTSTAMP", now)
    vevent.add("CREATED", event.created)
    vevent.add("LAST-MODIFIED", event.updated)
    _add_times(vevent, event)
    vevent.add("SUMMARY", clean_text(event.summary or ""))
    if event.description:
        vevent.add("DESCRIPTION", clean_text(event.description))
    _add_location(vevent, event)
    vevent.add("STATUS", "CANCELLED" if cancel else "CONFIRMED")
    vevent.add("TRANSP", event.transparency.upper())
    if event.event_private:
        vevent.add("CLASS", "PRIVATE")
    vevent.add("ORGANIZER", _organizer_address(invite))
    for reminder in () if cancel else event.write_only.get("reminders", ()):
        vevent.add_component(_alarm(reminder["minutes"], event))
    return vevent


def _add_times(vevent: icalendar.Event, event: Event) -> None:
    in_utc = event.end.year - event.start.year > MAX_LOCAL_YEARS
    vevent.add("DTSTART", _local_time(event.start, event.start_tzid, in_utc=in_utc))
    if event.end != event.start:  # RFC 5545, 3.8.2.2: the end is after the start, or left out
        vevent.add("DTEND", _local_time(event.end, event.end_tzid, in_utc=in_utc))


def _local_time(event_time: EventTime, tzid: str, *, in_utc: bool) -> EventTime:
    """Return an event time as it is written: a date, a local time, or UTC.

    The second occurrence of a repeated local time is written in UTC: RFC 5545, 3.3.5 reads such a local time as the
    first.
    """
    if not isinstance(event_time, datetime):
        return event_time
    local = event_time.astimezone(zone_of(tzid))
    return event_time if tzid in ("Etc/UTC", "UTC") or local.fold or in_utc else local


def _zone_components(vevent: icalendar.Event, event: Event) -> Iterable[icalendar.Timezone]:
    """Return the VTIMEZONE of each tzid that the event's times refer to, for the years around them."""
    tzids = [vevent[name].params.get("TZID") for name in ("DTSTART", "DTEND") if name in vevent]
    first = datetime(max(event.start.year - 1, 1), 1, 2, tzinfo=UTC)
    last = datetime(min(event.end.year + 1, 9999), 12, 30, tzinfo=UTC)
    return [zone_component(zone_of(tzid), first, last) for tzid in dict.fromkeys(tzids) if tzid is not None]


def _add_location(vevent: icalendar.Event, event: Event) -> None:
    location = event.location or {}
    if location.get("description"):
        vevent.add("LOCATION", clean_text(location["description"]))
    lat, long = (float(location[name]) if location.get(name) else None for name in ("lat", "long"))
    if lat is not None and long is not None and abs(lat) <= 90 and abs(long) <= 180:
        # icalendar writes small numbers with an exponent, which RFC 5545 does not have
        vevent.add("GEO", vInline(f"{lat:.6f};{long:.6f}"))
    if event.url:
        vevent.add("URL", clean_text(event.url))


def _alarm(minutes: int, event: Event) -> icalendar.Alarm:
    alarm = icalendar.Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("DESCRIPTION", clean_text(event.summary or ""))
    alarm.add("TRIGGER", timedelta(minutes=-minutes))
    return alarm


def _organizer_address(invite: Invite) -> Any:
    organizer = invite.organizer or {}
    address = icalendar.vCalAddress(f"mailto:{clean_text(organizer.get('email') or REPLY_ADDRESS)}")
    if organizer.get("name"):
        address.params["CN"] = re.sub(r"\s+", " ", clean_text(organizer["name"]))
    return address


def _attendee_address(recipient: Invitee) -> Any:
    address = icalendar.vCalAddress(f"mailto:{clean_text(recipient.email)}")
    address.params["CUTYPE"] = "INDIVIDUAL"
    address.params["ROLE"] = "REQ-PARTICIPANT"
    address.params["PARTSTAT"] = PARTSTATS[recipient.status]
    address.params["RSVP"] = "TRUE"
    return address


def clean_text(text: str) -> str:
    """Return a text without control characters, and with uniform line breaks."""
    return _CONTROL_CHARACTERS.sub("", re.sub(r"\r\n?", "\n", text))
