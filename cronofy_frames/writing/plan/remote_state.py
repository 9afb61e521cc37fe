"""Remote state: what the calendars hold now, read and compared with what a call would write.

Only fields that a call sets are compared, and only those that reads return. Reminders, colors and the like are
written and never returned (docs.cronofy.com/developers/api/events/read-events), so they cannot make a difference.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from cronofy_frames.errors import PaymentRequired, TransportError
from cronofy_frames.frames.calendar_groups import calendar_groups
from cronofy_frames.frames.timestamps import parse_time
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.paging import Rows
from cronofy_frames.zones import UTC_NAMES, have_same_clock

Remote = dict[str, Any]
"""A row as the API returns it: an event with localized times and coordinates, or an available period."""

Target = tuple[str, str, str]
"""What a call writes to: its type (event, external or period), the calendar's id ("" for periods), its own id."""

TARGET_TYPES = {
    "create_event": ("event", "event_id"),
    "delete_event": ("event", "event_id"),
    "update_external_event": ("external", "event_uid"),
    "delete_external_event": ("external", "event_uid"),
    "upsert_available_period": ("period", "available_period_id"),
    "delete_available_periods": ("period", "available_period_id"),
}
"""The type of the target of each endpoint, and the argument that holds its id."""

WRITE_ONLY = (
    "reminders",
    "reminders_create_only",
    "color",
    "subscriptions",
    "attachments",
    "locale",
    "event_classes",
    "tags",
    "meeting_agent",
)
"""Fields that reads never return, so that a plan can neither compare nor restore them."""

WITHOUT_GEO = "without_geo"
"""Marks an event whose coordinates were not returned, because the subscription does not include them."""


def target_of(call: str, arguments: Mapping[str, Any]) -> Target:
    """Return the target of a call."""
    target_type, name = TARGET_TYPES[call]
    return target_type, str(arguments.get("calendar_id", "")), str(arguments[name])


# reading


def read_remote(client: Client, targets: Iterable[Target]) -> dict[Target, Remote]:
    """Read the remote state of the calendars, or available periods, that the targets are in.

    The application's own events are read without bounds, which includes those outside Cronofy's window. Events of
    others can only be read within it.

    Parameters
    ----------
    client
        The client of the account.
    targets
        The targets to look for.

    Returns
    -------
    dict
        The remote row of each target that exists; for own events, all events of these calendars, and for periods,
        all periods.
    """
    looked_for = set(targets)
    remote: dict[Target, Remote] = {}
    for target_type in sorted({target[0] for target in looked_for}):
        calendars = sorted({target[1] for target in looked_for if target[0] == target_type})
        if target_type == "period":
            rows = _all_rows(client.list_available_periods(localized_times=True))
            remote.update({("period", "", row["available_period_id"]): row for row in rows})
        elif target_type == "event":
            remote.update(_read_events(client, calendars, managed=True))
        else:
            external = _read_events(client, calendars, managed=False)
            remote.update({target: row for target, row in external.items() if target in looked_for})
    return remote


def _all_rows(rows: Rows) -> list[Remote]:
    """Return all rows of a list, each of them encodable.

    Raises
    ------
    TransportError
        Pages are missing, and events on them would be taken for deleted ones.
    """
    listed = [_encodable(row) for row in rows]
    if not rows.complete:
        raise TransportError(
            f"{rows.endpoint.name} ended after page {rows.pages} of {rows.total}, so the remote state is not fully "
            "known. Try again.",
            rows.call,
        )
    return listed


def _encodable(row: Remote) -> Remote:
    """Return a row that UTF-8 can encode: JSON may hold lone surrogates, which no file takes."""
    try:
        msgspec.json.encode(row)
    except UnicodeEncodeError:
        replaced: Remote = json.loads(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace"))
        return replaced
    return row


def _read_events(client: Client, calendars: list[str], *, managed: bool) -> dict[Target, Remote]:
    """Return the events of some calendars: the application's own ones, or those of others."""
    calendar_ids = calendars if len(calendar_groups(calendars)) == 1 else None

    def read(*, geo: bool | None) -> list[Remote]:
        rows = client.read_events(
            only_managed=True if managed else None, localized_times=True, include_geo=geo, calendar_ids=calendar_ids
        )
        return _all_rows(rows)

    try:
        events = read(geo=True)
    except PaymentRequired:
        # coordinates cost extra; without them they are neither compared nor restored
        events = [{**event, WITHOUT_GEO: True} for event in read(geo=None)]
    target_type, name = ("event", "event_id") if managed else ("external", "event_uid")
    return {
        (target_type, event["calendar_id"], event[name]): event
        for event in events
        if event.get(name) and not event.get("deleted") and (managed or not event.get("event_id"))
    }


# comparing


def differences(arguments: Mapping[str, Any], remote: Remote) -> dict[str, tuple[Any, Any]]:
    """Return the fields that a call would change.

    A zone is no difference where the calendar does not keep zones (Etc/UTC, or none, is returned for every event:
    docs.cronofy.com/developers/api/events/read-events), or keeps a zone of its own with the same clock, as Exchange
    does. Writing again would change neither, so that planning the same sheet twice would never end.

    Parameters
    ----------
    arguments
        The arguments of create_event, update_external_event or upsert_available_period, under wire names.
    remote
        The event or period as it is now.

    Returns
    -------
    dict
        The value of each field now and after the call, by wire name (with a dot in `location.description`).
    """
    after, before = _fields_after(arguments), _fields_before(arguments, remote)
    unknown = ("location.lat", "location.long") if remote.get(WITHOUT_GEO) else ()
    changes = {
        name: (before.get(name), value)
        for name, value in after.items()
        if before.get(name) != value and name not in unknown
    }
    unchanged = [name for name in ("start", "end") if name not in changes]
    settled = [f"{name}.tzid" for name in unchanged if _zone_is_settled(after, before, name)]
    return {name: values for name, values in changes.items() if name not in settled}


def _zone_is_settled(after: Mapping[str, Any], before: Mapping[str, Any], name: str) -> bool:
    """Return whether the zone of a time that stays the same can be left as the calendar returns it."""
    old, new = before.get(f"{name}.tzid"), after.get(f"{name}.tzid")
    if old is None or old in UTC_NAMES or new is None:
        return True
    return have_same_clock(old, new, parse_time(after[name]))


def is_up_to_date(arguments: Mapping[str, Any], remote: Remote) -> bool:
    """Return whether an event or period is already as a call would make it."""
    return not differences(arguments, remote)


def is_probably_written(arguments: Mapping[str, Any], remote: Remote) -> bool:
    """Return whether an event looks like the result of a call: providers may rewrite everything but title and time."""
    changes = differences(arguments, remote)
    titles = [str(fields.get("summary") or "").strip().casefold() for fields in (arguments, remote)]
    return titles[0] == titles[1] and "start" not in changes and "end" not in changes


def has_changed(arguments: Mapping[str, Any], before: Remote | None, remote: Remote | None) -> bool:
    """Return whether an event or period has changed between two reads.

    Only the fields that a call is about to write count, or all of them for a call without fields (a deletion). A
    reply of an attendee is no change, and neither is the join URL of a conference that was still being created.
    """
    if before is None or remote is None:
        return before is not remote
    old, new = _fields_of(before), _fields_of(remote)
    names = set(_fields_after(arguments)) or old.keys() | new.keys()
    if (before.get("conferencing") or {}).get("pending"):
        names -= {"conferencing"}
    return any(old.get(name) != new.get(name) for name in names)


def has_additions(arguments: Mapping[str, Any], remote: Remote) -> bool:
    """Return whether an event has content that a call did not set: a person has added it since."""
    return bool(additions(arguments, remote))


def additions(arguments: Mapping[str, Any], remote: Remote) -> dict[str, Any]:
    """Return the content of an event that a call did not set, by field."""
    fields, set_by_call = _fields_of(remote), set(_fields_after(arguments))
    names = ("description", "url", "location.description", "attendees", "conferencing", "recurrence")
    return {name: fields[name] for name in names if name not in set_by_call and fields.get(name)}


def attendees_by_email(event: Remote) -> dict[str, Any]:
    """Return the attendees of an event by their lower-case email addresses."""
    attendees = event.get("attendees") or []
    return {
        attendee["email"].casefold(): attendee
        for attendee in attendees
        if isinstance(attendee, dict) and attendee.get("email")
    }


# fields in a form that can be compared

_TEXTS = ("summary", "description", "url", "transparency", "extended_transparency")


def _fields_after(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that a call sets."""
    fields: dict[str, Any] = {name: arguments[name] or None for name in _TEXTS if name in arguments}
    if "recurrence" in arguments:
        fields["recurrence"] = _recurrence(arguments["recurrence"])
    if "event_private" in arguments:
        fields["event_private"] = bool(arguments["event_private"])
    fields |= _times(arguments)
    if "location" in arguments:
        fields |= _location(arguments["location"])
    if attendees := arguments.get("attendees"):
        fields["attendees"] = sorted(_emails(attendees, "invite") - _emails(attendees, "remove"))
    if conferencing := arguments.get("conferencing"):
        fields["conferencing"] = _conferencing(conferencing)
    return fields


def _fields_before(arguments: Mapping[str, Any], remote: Remote) -> dict[str, Any]:
    """Return the fields of an event; of its attendees only those that a call names."""
    fields = _fields_of(remote)
    attendees = arguments.get("attendees") or {}
    named = _emails(attendees, "invite") | _emails(attendees, "remove")
    fields["attendees"] = sorted(named & attendees_by_email(remote).keys())
    after = _conferencing(arguments["conferencing"]) if arguments.get("conferencing") else None
    fields["conferencing"] = _conferencing_before(after, remote.get("conferencing"))
    return fields


def _fields_of(remote: Remote) -> dict[str, Any]:
    """Return all fields of an event or period that can be compared."""
    fields: dict[str, Any] = {name: remote.get(name) or None for name in _TEXTS}
    fields["recurrence"] = _recurrence(remote.get("recurrence"))
    fields["event_private"] = bool(remote.get("event_private"))
    fields |= _times({name: remote[name] for name in ("start", "end") if remote.get(name) is not None})
    fields |= {f"location.{name}": _location_value(name, text) for name, text in (remote.get("location") or {}).items()}
    fields["attendees"] = sorted(attendees_by_email(remote))
    fields["conferencing"] = (remote.get("conferencing") or {}).get("join_url")
    return fields


def _recurrence(recurrence: Any) -> Any:
    # no rules and no recurrence mean the same
    return recurrence if (recurrence or {}).get("rules") else None


def _times(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return start and end as instants or dates, and the zones that they name."""
    fields: dict[str, Any] = {}
    for name in ("start", "end"):
        if name in arguments:
            fields[name], zone = _time_and_zone(arguments[name], arguments.get("tzid"))
            if zone:
                fields[f"{name}.tzid"] = zone
    return fields


def _time_and_zone(value: Any, tzid: str | None) -> tuple[Any, str | None]:
    """Return an event time as an instant or a date, and its zone; that of the event if it names none."""
    text, zone = (value.get("time"), value.get("tzid") or tzid) if isinstance(value, dict) else (value, tzid)
    if not isinstance(text, str) or len(text) <= len("2026-03-04"):
        return text, None  # a date is the same date in every zone
    return parse_time(text).isoformat(), zone


def _location(location: Mapping[str, Any] | None) -> dict[str, Any]:
    if not location:
        return {"location.description": None}
    return {f"location.{name}": _location_value(name, text) for name, text in location.items()}


def _location_value(name: str, text: Any) -> Any:
    """Return the description of a location, or one of its coordinates as a number."""
    if name == "description":
        return text or None
    try:
        return round(float(text), 6)
    except (TypeError, ValueError):
        return text or None


def _emails(attendees: Mapping[str, Any], name: str) -> set[str]:
    return {attendee["email"].casefold() for attendee in attendees.get(name) or ()}


def _conferencing(conferencing: Mapping[str, Any]) -> Any:
    """Return the join URL of an explicit conference, else the conferencing profile; None for no conference."""
    profile = conferencing.get("profile_id")
    return None if profile == "none" else conferencing.get("join_url") if profile == "explicit" else profile


def _conferencing_before(after: Any, conferencing: Any) -> Any:
    """Return the conference of an event in the form of the desired one, to compare the two.

    If a profile is desired and the event has any conference, return the desired profile (reads do not name it); else
    the join URL.
    """
    if not isinstance(conferencing, dict):
        return None
    is_profile = after is not None and not str(after).startswith(("http:", "https:"))
    return after if is_profile else conferencing.get("join_url")
