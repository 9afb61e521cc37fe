"""Anybody's .ics file as an office of one account.

The wire shows occurrences, so series are expanded here, within the time that the sandbox can show.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import PurePath
from typing import Any

from cronofy_frames.sandbox.ics.fields import event_fields, is_address, person
from cronofy_frames.sandbox.ics.lexer import Sheet, sheets_of
from cronofy_frames.sandbox.ics.occurrences import (
    Notes,
    Occurrence,
    Series,
    Span,
    events_of,
    instant,
    occurrences,
    series_of,
    touches,
)
from cronofy_frames.sandbox.ics.zones import Zones
from cronofy_frames.sandbox.model.state import Account, Calendar, Event, Office, Profile
from cronofy_frames.sandbox.seed.people import SCOPE
from cronofy_frames.zones import ETC_UTC, iana_name

BACK, AHEAD = timedelta(days=42), timedelta(days=201)  # docs.cronofy.com/developers/api/events/read-events
MARGIN = timedelta(days=30)

_PROVIDERS = {
    "google": ("google", "gsuite"),
    "outlook": ("exchange", "office365"),
    "microsoft": ("exchange", "office365"),
}


@dataclass(slots=True)
class _Part:
    """What one calendar of the file holds."""

    name: str
    zone: str | None
    header: Sheet
    series: list[Series]


def read_ics(data: bytes, *, name: str, now: datetime, zone: str | None = None) -> Office:
    """Read an exported calendar as an office of one account, from 72 days before now to 231 days after.

    Parameters
    ----------
    data
        The bytes of an .ics file, as Google, Outlook and Apple export them.
    name
        The file's name; the calendar and its owner are called so where the file does not say.
    now
        The sandbox's clock, with a time zone.
    zone
        IANA name of the zone of times that have none, where the file does not say; else UTC.

    Returns
    -------
    Office
        `problems` lists, by component, all that could not be read.

    Raises
    ------
    ValueError
        If the file is no calendar, or `zone` is unknown.
    """
    now = _second(now)
    notes = Notes()
    parts = _parts(data, name=name, now=now, zone=zone, notes=notes)
    shown, span = (now - BACK, now + AHEAD), (now - BACK - MARGIN, now + AHEAD + MARGIN)
    found = [[(series, occurrences(series, span, notes=notes)) for series in part.series] for part in parts]
    if not any(touches(one, shown) for of_part in found for _, listed in of_part for one in listed):
        notes.add("VCALENDAR", _nothing(parts, shown))
    account = _account(parts, name=name)
    for part, of_part in zip(parts, found, strict=True):
        calendar = _calendar(account, part)
        for series, listed in of_part:
            for occurrence in listed:
                try:
                    event = _event(occurrence, series, calendar=calendar, account=account, part=part, now=now)
                except Exception as error:  # anyone's data: whatever breaks is this component's problem
                    notes.about(occurrence.source, f"cannot be read ({type(error).__name__}); left out")
                else:
                    account.events[event.event_uid] = event
    return Office([account], notes.rows)


def span_of(data: bytes, *, zone: str | None = None) -> tuple[datetime, datetime | None] | None:
    """Return when the first event starts and when the last ends, None for an end that never comes.

    Parameters
    ----------
    data
        The bytes of an .ics file.
    zone
        As in `read_ics`.

    Returns
    -------
    tuple or None
        None where there are no events at all.

    Raises
    ------
    ValueError
        If the file is no calendar, or `zone` is unknown.
    """
    parts = _parts(data, name="The file", now=datetime(2000, 1, 1, tzinfo=UTC), zone=zone, notes=Notes())
    return _span(parts)


def suggest_now(data: bytes, now: datetime) -> datetime:
    """Return a moment at which a sandbox shows events of this file: `now` where that will do.

    Else it is the same time of another day, so that the last stretch of the file's events lies in
    what can be read from there.

    Parameters
    ----------
    data
        The bytes of an .ics file.
    now
        The moment to stay at if possible, with a time zone.

    Raises
    ------
    ValueError
        If the file is no calendar.
    """
    now = _second(now)
    parts = _parts(data, name="The file", now=now, zone=None, notes=Notes())
    notes = Notes()
    chains = [series for part in parts for series in part.series]
    here = (now - BACK, now + AHEAD)
    if any(occurrences(series, here, notes=notes) for series in chains):
        return now
    starts = sorted(instant(one.start) for series in chains for one in _written_out(series, notes))
    if not starts:
        return now
    return now + timedelta(days=_shift(starts, now))


def _shift(starts: list[datetime], now: datetime) -> int:
    """Return the days to go from now so that the last stretch with many events is in the window.

    The very last event may be one birthday in 2099, so stretches are weighed by what they hold: the
    latest that holds half as much as the fullest. As late in it as loses none of its start.
    """
    width = BACK + AHEAD - timedelta(days=2)
    firsts = [bisect_left(starts, last - width) for last in starts]
    held = [n + 1 - first for n, first in enumerate(firsts)]
    n = max(n for n, count in enumerate(held) if 2 * count >= max(held))
    return (min(starts[firsts[n]] + BACK - timedelta(days=1), starts[n]) - now).days


def _written_out(series: Series, notes: Notes) -> list[Occurrence]:
    """Return a series' occurrences: of a long one, those of a window's width at its ends."""
    width, day = BACK + AHEAD, timedelta(days=2)
    spans = [(series.first - day, series.first + width)]
    if not series.endless:
        until = None if series.until is None else max(series.until, series.first)
        last = datetime(9000, 1, 1, tzinfo=UTC)
        spans = [(series.first - day, last)] if until is None else [*spans, (until - width, until + day)]
    found = {one.recurrence_id: one for span in spans for one in occurrences(series, span, notes=notes)}
    return list(found.values())


def _span(parts: list[_Part]) -> tuple[datetime, datetime | None] | None:
    chains = [series for part in parts for series in part.series]
    found = [one for series in chains for one in _written_out(series, Notes())]
    if not found:
        return None
    last = None if any(series.endless for series in chains) else max(instant(one.end) for one in found)
    return min(instant(one.start) for one in found), last


def _nothing(parts: list[_Part], span: Span) -> str:
    between = f"between {span[0]:%Y-%m-%d} and {span[1]:%Y-%m-%d}, which is what the sandbox can show at this time"
    whole = _span(parts)
    if whole is None:
        return "it has no events that can be read"
    until = "without end" if whole[1] is None else f"to {whole[1]:%Y-%m-%d}"
    return f"no event lies {between}; its events go from {whole[0]:%Y-%m-%d} {until}: set the sandbox's clock into them"


def _parts(data: bytes, *, name: str, now: datetime, zone: str | None, notes: Notes) -> list[_Part]:
    """Read all calendars of the file, those of the same name as one."""
    if zone is not None and iana_name(zone) is None:
        raise ValueError(f"zone is {zone!r}, which is no time zone's name. Give an IANA name, as in 'Europe/London'.")
    sheets, wrong = sheets_of(data, name=name)
    for problem in wrong:
        notes.add("VCALENDAR", problem)
    merged: dict[str, _Part] = {}
    for sheet in sheets:
        title = sheet.header.text("X-WR-CALNAME").strip() or sheet.header.text("NAME").strip() or _stem(name)
        part = merged.setdefault(title, _Part(title, None, sheet, []))
        own_zone, events = _events(sheet, now=now, zone=zone, notes=notes)
        part.zone = part.zone or own_zone
        part.series += series_of(events, notes=notes)
    return list(merged.values())


def _events(sheet: Sheet, *, now: datetime, zone: str | None, notes: Notes) -> tuple[str | None, list[Any]]:
    named = sheet.header.text("X-WR-TIMEZONE").strip()
    own_zone = iana_name(named) if named else None
    if named and own_zone is None:
        notes.add("VCALENDAR", f"its zone {named!r} is unknown; times without a zone are read as {zone or ETC_UTC}")
    if sheet.header.text("CALSCALE").strip().upper() not in {"", "GREGORIAN"}:
        notes.add("VCALENDAR", "its dates are of another calendar than the Gregorian; they are read as Gregorian")
    own_zone = own_zone or (iana_name(zone) if zone else None)
    zones = Zones((block for block in sheet.blocks if block.name == "VTIMEZONE"), now)
    events = events_of(sheet.blocks, zones=zones, home=own_zone or ETC_UTC, horizon=now + AHEAD + MARGIN, notes=notes)
    if sheet.header.text("METHOD").strip().upper() == "CANCEL":
        for event in events:
            event["STATUS"] = "CANCELLED"
    for tzid in zones.unnamed:
        notes.add("VTIMEZONE", "no IANA zone has its rules; times are right, the zone's name is lost", uid=tzid)
    return own_zone, events


def _account(parts: list[_Part], *, name: str) -> Account:
    title = parts[0].name if parts else _stem(name)
    email, display_name = _owner(parts, title)
    key = _digest(name, email)
    header = parts[0].header.header if parts else None
    product = header.text("PRODID").casefold() if header else ""
    provider = next((pair for word, pair in _PROVIDERS.items() if word in product), ("apple", "icloud"))
    return Account(
        sub=f"acc_{key}",
        email=email,
        name=display_name,
        zoneinfo=next((part.zone for part in parts if part.zone), None) or _usual_zone(parts) or ETC_UTC,
        scope=SCOPE,
        profiles=[Profile(f"pro_{key[:12]}", email, *provider)],
    )


def _owner(parts: list[_Part], title: str) -> tuple[str, str]:
    """Return whose calendar it is: its name if that is an address, else who is in nearly all of its meetings."""
    if is_address(title):
        return title, title.partition("@")[0]
    masters = (series.master or series.changed[0] for part in parts for series in part.series)
    meetings = [event for event in masters if "ATTENDEE" in event]
    seen: Counter[str] = Counter()
    names: dict[str, str] = {}
    for event in meetings:
        people = [person(value) for key in ("ORGANIZER", "ATTENDEE") for value in _listed(event.get(key))]
        met = {str(one["email"]).casefold(): one["display_name"] for one in people if one["email"]}
        seen.update(met.keys())
        names |= {email: shown for email, shown in met.items() if shown}
    top = seen.most_common(2)
    if len(meetings) >= 3 and top[0][1] >= 0.8 * len(meetings) and (len(top) == 1 or top[1][1] < top[0][1]):
        return top[0][0], names.get(top[0][0], title)
    return f"{_slug(title)}@example.test", title


def _usual_zone(parts: list[_Part]) -> str | None:
    starts = (series.master["DTSTART"].dt for part in parts for series in part.series if series.master is not None)
    zones = Counter(str(start.tzinfo) for start in starts if isinstance(start, datetime))
    return next((found for name, _ in zones.most_common() if (found := iana_name(name))), None)


def _calendar(account: Account, part: _Part) -> Calendar:
    profile = account.profiles[0]
    calendar = Calendar(
        calendar_id=f"cal_{profile.profile_id[4:]}_{_digest(account.sub, part.name)[:12]}",
        calendar_name=part.name,
        calendar_primary=not profile.calendars,
        tzid=part.zone or account.zoneinfo,
    )
    profile.calendars.append(calendar)
    return calendar


def _event(
    one: Occurrence, series: Series, *, calendar: Calendar, account: Account, part: _Part, now: datetime
) -> Event:
    uid = _digest(calendar.calendar_id, series.uid, one.recurrence_id)
    shown = part.zone or ETC_UTC
    return Event(
        calendar_id=calendar.calendar_id,
        event_uid=f"evt_external_{uid}",
        start=one.start,
        end=one.end,
        start_tzid=one.start_tzid or shown,
        end_tzid=one.end_tzid or one.start_tzid or shown,
        recurring=bool(one.recurrence_id),
        series_identifier=_digest(calendar.calendar_id, series.uid) if one.recurrence_id else None,
        **event_fields(one.source, owner=str(account.email), now=now),
    )


def _second(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise ValueError("now has no time zone. Give an aware datetime, as in datetime.now(UTC).")
    return now.astimezone(UTC).replace(microsecond=0)


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _stem(name: str) -> str:
    return re.sub(r"\.ic(s|al|alendar)$", "", PurePath(name).name, flags=re.IGNORECASE) or "Calendar"


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", ".", title.casefold()).strip(".") or "calendar"


def _digest(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:24]
