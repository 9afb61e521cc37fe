"""A smart invite as the iCalendar text that the application mails: RFC 5545, and RFC 5546 for its methods."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
from icalendar.prop import vInline

from cronofy_frames.sandbox.model.state import Event, Invite, Invitee, Moment
from cronofy_frames.sandbox.model.times import zone_of
from cronofy_frames.vtimezone import zone_component

PRODUCT = "-//cronofy-frames//sandbox//EN"
ADDRESS = "invites@example.com"
"""Where answers go unless the organizer has an address."""

PARTSTATS = {"pending": "NEEDS-ACTION", "accepted": "ACCEPTED", "tentative": "TENTATIVE", "declined": "DECLINED"}
MOST_LOCAL_YEARS = 2
"""Longer events are written in UTC, for a VTIMEZONE lists every change of the clocks."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # RFC 5545, 3.1 allows none of them


def invite_text(invite: Invite, *, cancel: bool, now: datetime, recipients: Iterable[Invitee] | None = None) -> str:
    """Return the calendar that tells recipients of an invite, or that it is cancelled.

    Parameters
    ----------
    invite
        The invite.
    cancel
        Whether the method is CANCEL; else it is REQUEST.
    now
        When the text is made.
    recipients
        To whom; all of the invite's by default.
    """
    calendar = icalendar.Calendar()
    calendar.add("PRODID", PRODUCT)
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", "CANCEL" if cancel else "REQUEST")
    told = _event(invite, cancel=cancel, now=now)
    for one in invite.recipients if recipients is None else recipients:
        told.add("ATTENDEE", _attendee(one))
    for zone in _zones(told, invite.event):
        calendar.add_component(zone)
    calendar.add_component(told)
    text: bytes = calendar.to_ical()
    return text.decode()


def _event(invite: Invite, *, cancel: bool, now: datetime) -> icalendar.Event:
    event, told = invite.event, icalendar.Event()
    told.add("UID", event.event_uid)
    told.add("SEQUENCE", invite.sequence)
    told.add("DTSTAMP", now)
    told.add("CREATED", event.created)
    told.add("LAST-MODIFIED", event.updated)
    long = event.end.year - event.start.year > MOST_LOCAL_YEARS
    told.add("DTSTART", _placed(event.start, event.start_tzid, long=long))
    if event.end != event.start:  # RFC 5545, 3.8.2.2: an end is after the start; without one it is that day or instant
        told.add("DTEND", _placed(event.end, event.end_tzid, long=long))
    told.add("SUMMARY", cleaned(event.summary or ""))
    if event.description:
        told.add("DESCRIPTION", cleaned(event.description))
    _where(told, event)
    told.add("STATUS", "CANCELLED" if cancel else "CONFIRMED")
    told.add("TRANSP", event.transparency.upper())
    if event.event_private:
        told.add("CLASS", "PRIVATE")
    told.add("ORGANIZER", _organizer(invite))
    for reminder in () if cancel else event.written.get("reminders", ()):
        told.add_component(_alarm(reminder["minutes"], event))
    return told


def _placed(moment: Moment, tzid: str, *, long: bool) -> Moment:
    """Return a moment as it is to be written: a date, a local time, or UTC.

    UTC is for long events, and for the second of two equal local times: RFC 5545, 3.3.5 reads those as the first.
    """
    if not isinstance(moment, datetime):
        return moment
    local = moment.astimezone(zone_of(tzid))
    return moment if tzid in ("Etc/UTC", "UTC") or local.fold or long else local


def _zones(told: icalendar.Event, event: Event) -> Iterable[icalendar.Timezone]:
    """Return the zones that the event's times name, over the years that they lie in."""
    tzids = [told[name].params.get("TZID") for name in ("DTSTART", "DTEND") if name in told]
    first = datetime(max(event.start.year - 1, 1), 1, 2, tzinfo=UTC)
    last = datetime(min(event.end.year + 1, 9999), 12, 30, tzinfo=UTC)
    return [zone_component(zone_of(tzid), first, last) for tzid in dict.fromkeys(tzids) if tzid is not None]


def _where(told: icalendar.Event, event: Event) -> None:
    location = event.location or {}
    if location.get("description"):
        told.add("LOCATION", cleaned(location["description"]))
    lat, long = (float(location[name]) if location.get(name) else None for name in ("lat", "long"))
    if lat is not None and long is not None and abs(lat) <= 90 and abs(long) <= 180:
        # icalendar writes small numbers with an exponent, which RFC 5545 does not have
        told.add("GEO", vInline(f"{lat:.6f};{long:.6f}"))
    if event.url:
        told.add("URL", cleaned(event.url))


def _alarm(minutes: int, event: Event) -> icalendar.Alarm:
    alarm = icalendar.Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("DESCRIPTION", cleaned(event.summary or ""))
    alarm.add("TRIGGER", timedelta(minutes=-minutes))
    return alarm


def _organizer(invite: Invite) -> Any:
    organizer = invite.organizer or {}
    address = icalendar.vCalAddress(f"mailto:{cleaned(organizer.get('email') or ADDRESS)}")
    if organizer.get("name"):
        address.params["CN"] = re.sub(r"\s+", " ", cleaned(organizer["name"]))
    return address


def _attendee(one: Invitee) -> Any:
    address = icalendar.vCalAddress(f"mailto:{cleaned(one.email)}")
    address.params["CUTYPE"] = "INDIVIDUAL"
    address.params["ROLE"] = "REQ-PARTICIPANT"
    address.params["PARTSTAT"] = PARTSTATS[one.status]
    address.params["RSVP"] = "TRUE"
    return address


def cleaned(text: str) -> str:
    """Return a text without what iCalendar cannot say, its line breaks made alike."""
    return _CONTROLS.sub("", re.sub(r"\r\n?", "\n", text))
