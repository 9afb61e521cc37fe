"""What stands there: read, compared with what is wanted, and turned into the call that brings it back.

The law of this file: only what a call says is compared, and only what reads return can be. Reminders, colours and
the like are written and never read (docs.cronofy.com/developers/api/events/read-events), so they neither make a
difference nor come back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from cronofy_frames.client import Client
from cronofy_frames.errors import PaymentRequired

Image = dict[str, Any]
"""A row of the wire: an event with localized times and coordinates, or an available period."""

Target = tuple[str, str, str]
"""What a call is about: (event, external or period; the calendar's id, "" for periods; its id)."""

KINDS = {
    "create_event": ("event", "event_id"),
    "delete_event": ("event", "event_id"),
    "update_external_event": ("external", "event_uid"),
    "delete_external_event": ("external", "event_uid"),
    "upsert_available_period": ("period", "available_period_id"),
    "delete_available_periods": ("period", "available_period_id"),
}

# fields that reads never return, so that a plan can neither compare nor restore them
UNREAD = (
    "reminders",
    "reminders_create_only",
    "color",
    "subscriptions",
    "attachments",
    "locale",
    "event_classes",
    "tags",
)


WITHOUT_GEO = "without_geo"
"""What marks an image whose coordinates nobody saw, as the subscription lacks them."""


def target_of(call: str, arguments: Mapping[str, Any]) -> Target:
    """Return what a call is about."""
    kind, name = KINDS[call]
    return kind, str(arguments.get("calendar_id", "")), str(arguments[name])


def standing(client: Client, targets: Iterable[Target]) -> dict[Target, Image]:
    """Read what stands there of all events of the application, of others' events, or periods, as far as asked for.

    Events of the application are read without bounds, which reaches those outside Cronofy's window too; events of
    others only within it, for nothing else can be read.

    Parameters
    ----------
    client
        Whose they are.
    targets
        What is looked for; others' events come back only where they are among these.

    Returns
    -------
    dict
        From each target that stands there to its image; more targets than asked for may be among them.
    """
    wanted = set(targets)
    found: dict[Target, Image] = {}
    for kind in sorted({target[0] for target in wanted}):
        calendars = sorted({target[1] for target in wanted if target[0] == kind})
        if kind == "period":
            rows = client.list_available_periods(localized_times=True)
            found.update({("period", "", row["available_period_id"]): row for row in rows})
        elif kind == "event":
            found.update(_events(client, calendars, managed=True))
        else:
            others = _events(client, calendars, managed=False)
            found.update({target: row for target, row in others.items() if target in wanted})
    return found


# the address of a request has to stay of a size that servers take
_CALENDARS_AT_ONCE = 40


def _events(client: Client, calendars: list[str], *, managed: bool) -> dict[Target, Image]:
    name = "event_id" if managed else "event_uid"
    some = calendars if len(calendars) <= _CALENDARS_AT_ONCE else None
    own = True if managed else None

    def read(*, geo: bool | None) -> list[Image]:
        return list(client.read_events(only_managed=own, localized_times=True, include_geo=geo, calendar_ids=some))

    try:
        rows = read(geo=True)
    except PaymentRequired:
        # coordinates are extra; without them they are neither compared nor brought back
        rows = [{**row, WITHOUT_GEO: True} for row in read(geo=None)]
    kind = "event" if managed else "external"
    return {
        (kind, row["calendar_id"], row[name]): row
        for row in rows
        if row.get(name) and not row.get("deleted") and (managed or not row.get("event_id"))
    }


def difference(arguments: Mapping[str, Any], image: Image) -> dict[str, tuple[Any, Any]]:
    """Return the fields in which what stands there is not what a call wants: before and after.

    Parameters
    ----------
    arguments
        Of create_event, update_external_event or upsert_available_period, under wire names.
    image
        What stands there.

    Returns
    -------
    dict
        From a field's wire name (dots for `location.description`) to what it is and what it would be.
    """
    wanted, stands = _comparable(arguments), _stands(arguments, image)
    unseen = ("location.lat", "location.long") if image.get(WITHOUT_GEO) else ()
    return {
        name: (stands.get(name), value)
        for name, value in wanted.items()
        if stands.get(name) != value and name not in unseen
    }


def changed(fields: Mapping[str, Any], before: Image | None, now: Image | None) -> bool:
    """Return whether what stands there has changed, in what a call is about to write; all of it for a deletion."""
    if before is None or now is None:
        return before is not now
    said = set(_comparable(fields)) or set(_everything(before)) | set(_everything(now))
    was, stands = _everything(before), _everything(now)
    return any(was.get(name) != stands.get(name) for name in said if name != "attendees") or (
        "attendees" in said and _people(before) != _people(now)
    )


def restoring(call: str, arguments: Mapping[str, Any], before: Image, now: Image | None) -> dict[str, Any]:
    """Return the arguments of the call that brings back what stood there.

    Parameters
    ----------
    call
        What was called: for a deletion everything comes back, else what the call said.
    arguments
        What it said.
    before
        What stood there.
    now
        What stands there, None for nothing.

    Returns
    -------
    dict
        Arguments for create_event, update_external_event or upsert_available_period.
    """
    kind, name = KINDS[call]
    back: dict[str, Any] = {name: arguments[name], "start": _moment(before["start"]), "end": _moment(before["end"])}
    if kind == "period":
        return back
    back = {"calendar_id": arguments["calendar_id"], **back, "summary": before.get("summary") or ""}
    whole = call == "delete_event" or now is None
    said = set(FIELDS) if whole else set(arguments)
    for field in FIELDS:
        if field in said:
            back.update(_brought_back(field, before, now))
    return back


FIELDS = (
    "description",
    "location",
    "url",
    "transparency",
    "extended_transparency",
    "event_private",
    "attendees",
    "conferencing",
    "recurrence",
)


def _brought_back(field: str, before: Image, now: Image | None) -> dict[str, Any]:
    value = before.get(field)
    if field == "description":
        return {field: value or ""}
    if field == "transparency":
        return {field: value} if value in ("opaque", "transparent") else {}
    if field == "event_private":
        return {field: bool(value)}
    if field == "attendees":
        return _guests_back(before, now)
    if field == "conferencing":
        return _conference_back(value, now)
    if field == "recurrence":
        return {field: value} if value else {}
    if field == "extended_transparency" and (value is None or value == "unknown"):
        return {}
    if now is None and value is None:
        return {}
    return {field: value}


def _guests_back(before: Image, now: Image | None) -> dict[str, Any]:
    was, stands = _people(before), _people(now or {})
    invite = [
        {"email": one["email"], **({"display_name": one["display_name"]} if one.get("display_name") else {})}
        for one in before.get("attendees") or []
        if isinstance(one, dict) and one.get("email") and one["email"].casefold() not in stands
    ]
    remove = [{"email": email} for email in sorted(stands.keys() - was.keys())]
    said = {"invite": invite, "remove": remove}
    return {"attendees": {name: people for name, people in said.items() if people}} if invite or remove else {}


def _conference_back(value: Any, now: Image | None) -> dict[str, Any]:
    if isinstance(value, dict) and value.get("join_url"):
        named = {"provider_description": value["provider_name"]} if value.get("provider_name") else {}
        return {"conferencing": {"profile_id": "explicit", "join_url": value["join_url"], **named}}
    return {"conferencing": {"profile_id": "none"}} if (now or {}).get("conferencing") else {}


def _moment(value: Any) -> Any:
    """Return a time as writes take it: localized as it was read, unless that names no zone."""
    return {"time": value["time"], "tzid": value["tzid"]} if isinstance(value, dict) and value.get("tzid") else value


def _comparable(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a call wants, field by field, in a form that can be compared."""
    wanted: dict[str, Any] = {}
    for name in ("summary", "description", "url", "transparency", "extended_transparency"):
        if name in arguments:
            wanted[name] = arguments[name] or None
    if "recurrence" in arguments:
        # no rules and no recurrence are the same
        wanted["recurrence"] = arguments["recurrence"] if (arguments["recurrence"] or {}).get("rules") else None
    if "event_private" in arguments:
        wanted["event_private"] = bool(arguments["event_private"])
    for name in ("start", "end"):
        if name in arguments:
            wanted[name], zone = _placed(arguments[name], arguments.get("tzid"))
            if zone:
                wanted[f"{name}.tzid"] = zone
    if "location" in arguments:
        place = arguments["location"] or {}
        wanted.update({f"location.{name}": _coordinate(name, text) for name, text in place.items()})
        if not place:
            wanted["location.description"] = None
    guests = arguments.get("attendees") or {}
    if guests:
        wanted["attendees"] = sorted(
            {one["email"].casefold() for one in guests.get("invite") or ()}
            - {one["email"].casefold() for one in guests.get("remove") or ()}
        )
    if arguments.get("conferencing"):
        wanted["conferencing"] = _conference(arguments["conferencing"])
    return wanted


def _stands(arguments: Mapping[str, Any], image: Image) -> dict[str, Any]:
    """Return what stands there in the same form; of guests those that the call speaks of."""
    stands = _everything(image)
    guests = arguments.get("attendees") or {}
    people = _people(image)
    named = {one["email"].casefold() for name in ("invite", "remove") for one in guests.get(name) or ()}
    stands["attendees"] = sorted(named & people.keys())
    asked = _conference(arguments["conferencing"]) if arguments.get("conferencing") else None
    stands["conferencing"] = _same_conference(asked, image.get("conferencing"))
    return stands


def _everything(image: Image) -> dict[str, Any]:
    place = image.get("location") or {}
    said = {name: image.get(name) for name in ("start", "end") if image.get(name) is not None}
    stands = _comparable({**_plain(image), **said})
    stands.update({f"location.{name}": _coordinate(name, text) for name, text in place.items()})
    stands["attendees"] = sorted(_people(image))
    return stands


def _plain(image: Image) -> dict[str, Any]:
    names = ("summary", "description", "url", "transparency", "extended_transparency", "recurrence", "event_private")
    return {name: image.get(name) for name in names}


def _placed(value: Any, tzid: str | None) -> tuple[Any, str | None]:
    """Return the instant or the date of an event time, and the zone that it, or the event, names."""
    text, zone = (value.get("time"), value.get("tzid") or tzid) if isinstance(value, dict) else (value, tzid)
    if not isinstance(text, str) or len(text) <= 10:
        return text, None  # a day is the same day in every zone
    moment = datetime.fromisoformat(text.replace("Z", "+00:00").replace("UTC", "+00:00"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat(), zone


def _coordinate(name: str, text: Any) -> Any:
    if name == "description":
        return text or None
    try:
        return round(float(text), 6)
    except (TypeError, ValueError):
        return text or None


def _people(image: Image) -> dict[str, Any]:
    people = image.get("attendees") or []
    return {one["email"].casefold(): one for one in people if isinstance(one, dict) and one.get("email")}


def _conference(asked: Mapping[str, Any]) -> Any:
    profile = asked.get("profile_id")
    return None if profile == "none" else asked.get("join_url") if profile == "explicit" else profile


def _same_conference(asked: Any, stands: Any) -> Any:
    """Return what was asked for where what stands there may be it: reads do not say which profile made a call."""
    if not isinstance(stands, dict):
        return None
    address = stands.get("join_url")
    return address if asked is None or str(asked).startswith(("http:", "https:")) else asked
