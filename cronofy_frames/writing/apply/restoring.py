"""From what stood there to the call that brings it back.

The law of this file: reads may lag behind what was accepted, so what a call said counts as much as what is seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cronofy_frames.writing.plan.remote_state import KINDS, Image, people_of

Said = tuple[str, Mapping[str, Any]]
"""A call and its arguments."""

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


def restoring(calls: Sequence[Said], before: Image, now: Image | None) -> dict[str, Any]:
    """Return the arguments of the call that brings back what stood there.

    Parameters
    ----------
    calls
        What was called, in order: what they said comes back; everything, where one of them was a deletion.
    before
        What stood there.
    now
        What stands there, None for nothing.

    Returns
    -------
    dict
        Arguments for create_event, update_external_event or upsert_available_period.
    """
    call, arguments = calls[-1]
    kind, name = KINDS[call]
    zoned = any("tzid" in said or isinstance(said.get("start"), Mapping) for _, said in calls)
    times = {end: _moment(before[end], zoned=zoned) for end in ("start", "end")}
    if kind == "period":
        return {name: arguments[name], **times}
    back = {"calendar_id": arguments["calendar_id"], name: arguments[name], **times}
    back["summary"] = before.get("summary") or ""
    whole = now is None or any(call.startswith("delete") for call, _ in calls)
    said = {field for _, one in calls for field in one}
    for field in FIELDS:
        if whole or field in said:
            back.update(_brought_back(field, [one for _, one in calls], before, now, whole=whole))
    return back


def _brought_back(
    field: str, said: Sequence[Mapping[str, Any]], before: Image, now: Image | None, *, whole: bool
) -> dict[str, Any]:
    value = before.get(field)
    if field == "description":
        return {field: value or ""}
    if field == "event_private":
        return {field: bool(value)}
    if field in ("transparency", "extended_transparency"):
        return _transparency_back(field, before, said)
    if field == "attendees":
        return _guests_back(said, before, now, whole=whole)
    if field == "conferencing":
        return _conference_back(said, value, now)
    if field == "recurrence":
        rules = any((one.get("recurrence") or {}).get("rules") for one in said)
        return {field: value} if value else {field: {"rules": []}} if rules else {}
    return {} if now is None and value is None else {field: value}


def _transparency_back(field: str, before: Image, said: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the transparency that stood there; writes know no word for none of the finer kind but the coarse one."""
    value = before.get(field)
    if value is None and any(one.get(field) for one in said):
        value = before.get("transparency")
    return {} if value is None or value == "unknown" else {field: value}


def _guests_back(said: Sequence[Mapping[str, Any]], before: Image, now: Image | None, *, whole: bool) -> dict[str, Any]:
    was, stands = people_of(before), people_of(now or {})
    came, went = (_named(said, name) for name in ("invite", "remove"))
    caller = ((before.get("organizer") or {}).get("email") or "").casefold()
    invite = [
        {"email": one["email"], **({"display_name": one["display_name"]} if one.get("display_name") else {})}
        for email, one in was.items()
        if whole or email not in stands or email in went
    ]
    remove = [{"email": email} for email in sorted((stands.keys() | came) - was.keys() - {caller})]
    people = {name: listed for name, listed in (("invite", invite), ("remove", remove)) if listed}
    return {"attendees": people} if people else {}


def _named(said: Sequence[Mapping[str, Any]], name: str) -> set[str]:
    return {str(one["email"]).casefold() for call in said for one in (call.get("attendees") or {}).get(name) or ()}


def _conference_back(said: Sequence[Mapping[str, Any]], value: Any, now: Image | None) -> dict[str, Any]:
    if isinstance(value, dict) and value.get("join_url"):
        named = {"provider_description": value["provider_name"]} if value.get("provider_name") else {}
        return {"conferencing": {"profile_id": "explicit", "join_url": value["join_url"], **named}}
    asked = any((one.get("conferencing") or {}).get("profile_id", "none") != "none" for one in said)
    return {"conferencing": {"profile_id": "none"}} if asked or (now or {}).get("conferencing") else {}


def _moment(value: Any, *, zoned: bool) -> Any:
    """Return a time as writes take it: in its zone, but for the one that is read where no zone is kept."""
    if not isinstance(value, dict) or not value.get("tzid"):
        return value
    if value["tzid"] == "Etc/UTC" and not zoned:
        return value["time"]
    return {"time": value["time"], "tzid": value["tzid"]}
