"""What stands there: read, and compared with what is wanted.

The law of this file: only what a call says is compared, and only what reads return can be. Reminders, colours and
the like are written and never read (docs.cronofy.com/developers/api/events/read-events), so they neither make a
difference.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from cronofy_frames.errors import PaymentRequired, TransportError
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.paging import Rows

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
            rows = _whole(client.list_available_periods(localized_times=True))
            found.update({("period", "", row["available_period_id"]): row for row in rows})
        elif kind == "event":
            found.update(_events(client, calendars, managed=True))
        else:
            others = _events(client, calendars, managed=False)
            found.update({target: row for target, row in others.items() if target in wanted})
    return found


def _whole(rows: Rows) -> list[Image]:
    """Return all rows of an answer, in text that can be written down.

    Raises
    ------
    TransportError
        When pages are missing: what is not seen would be taken for what is not there.
    """
    found = [_writable(row) for row in rows]
    if not rows.complete:
        raise TransportError(
            f"{rows.endpoint.name} ended after page {rows.pages} of {rows.total}: what stands there is not known. "
            "Try again.",
            rows.call,
        )
    return found


def _writable(row: Image) -> Image:
    """Return a row without halves of characters, which JSON lets through and no file takes."""
    try:
        msgspec.json.encode(row)
    except UnicodeEncodeError:
        mended: Image = json.loads(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace"))
        return mended
    return row


# the address of a request has to stay of a size that servers take
_CALENDARS_AT_ONCE = 40


def _events(client: Client, calendars: list[str], *, managed: bool) -> dict[Target, Image]:
    name = "event_id" if managed else "event_uid"
    some = calendars if len(calendars) <= _CALENDARS_AT_ONCE else None
    own = True if managed else None

    def read(*, geo: bool | None) -> list[Image]:
        return _whole(client.read_events(only_managed=own, localized_times=True, include_geo=geo, calendar_ids=some))

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


def as_wanted(arguments: Mapping[str, Any], image: Image) -> bool:
    """Return whether what stands there is what a call wants, as far as reads tell.

    Providers that keep no zone read back Etc/UTC (docs.cronofy.com/developers/api/events/read-events), which is no
    difference that writing once more could mend.
    """
    found = difference(arguments, image)
    return all(name.endswith(".tzid") and was == "Etc/UTC" for name, (was, _) in found.items())


def alike(arguments: Mapping[str, Any], image: Image) -> bool:
    """Return whether what stands there may well be what a call wrote, though providers put it into words of theirs."""
    found = difference(arguments, image)
    titles = [str(one.get("summary") or "").strip().casefold() for one in (arguments, image)]
    return titles[0] == titles[1] and "start" not in found and "end" not in found


def changed(fields: Mapping[str, Any], before: Image | None, now: Image | None) -> bool:
    """Return whether what stands there has changed, in what a call is about to write; all of it for a deletion.

    A guest's reply is no change of the event, and neither is the address of a call that was still to come.
    """
    if before is None or now is None:
        return before is not now
    was, stands = _everything(before), _everything(now)
    said = set(_comparable(fields)) or was.keys() | stands.keys()
    if (before.get("conferencing") or {}).get("pending"):
        said -= {"conferencing"}
    return any(was.get(name) != stands.get(name) for name in said)


def more_than(fields: Mapping[str, Any], now: Image) -> bool:
    """Return whether something stands there that a call said nothing of: somebody has added to it."""
    stands, said = _everything(now), set(_comparable(fields))
    telling = ("description", "url", "location.description", "attendees", "conferencing", "recurrence")
    return any(stands.get(name) for name in telling if name not in said)


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
    people = people_of(image)
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
    stands["attendees"] = sorted(people_of(image))
    stands["conferencing"] = (image.get("conferencing") or {}).get("join_url")
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


def people_of(image: Image) -> dict[str, Any]:
    """Return the guests of an event by their addresses."""
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
