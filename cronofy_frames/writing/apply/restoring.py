"""The arguments of the call that restores an earlier state of an event or period.

Reads may lag behind accepted writes, so the fields that calls have set count as much as the current remote state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cronofy_frames.writing.plan.remote_state import TARGET_TYPES, Remote, attendees_by_email

CallMade = tuple[str, Mapping[str, Any]]
"""An endpoint and its arguments."""

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


def restoring_arguments(calls: Sequence[CallMade], before: Remote, remote: Remote | None) -> dict[str, Any]:
    """Return the arguments of the call that restores an event or period.

    Parameters
    ----------
    calls
        The calls to undo, in order. The fields that they set are restored; all fields, if one of them is a deletion.
    before
        The state before them.
    remote
        The current remote state; None if it does not exist.

    Returns
    -------
    dict
        Arguments for create_event, update_external_event or upsert_available_period.
    """
    call, arguments = calls[-1]
    target_type, id_name = TARGET_TYPES[call]
    made = [fields for _, fields in calls]
    zoned = any("tzid" in fields or isinstance(fields.get("start"), Mapping) for fields in made)
    times = {name: _writable_time(before[name], zoned=zoned) for name in ("start", "end")}
    if target_type == "period":
        return {id_name: arguments[id_name], **times}
    restored = {"calendar_id": arguments["calendar_id"], id_name: arguments[id_name], **times}
    restored["summary"] = before.get("summary") or ""
    is_whole = remote is None or any(name.startswith("delete") for name, _ in calls)
    restoration = _Restoration(made, before, remote, is_whole=is_whole)
    written = {name for fields in made for name in fields}
    for name in FIELDS:
        if is_whole or name in written:
            restored.update(restoration.field(name))
    return restored


@dataclass(frozen=True, slots=True)
class _Restoration:
    """The fields that restore an event.

    Attributes
    ----------
    made
        The arguments of the calls to undo.
    before
        The state to restore.
    remote
        The current remote state.
    is_whole
        Whether the event is restored as a whole, and not only the fields that calls have set.
    """

    made: Sequence[Mapping[str, Any]]
    before: Remote
    remote: Remote | None
    is_whole: bool

    def field(self, name: str) -> dict[str, Any]:
        """Return a field with its former value; nothing if it needs no restoring."""
        value = self.before.get(name)
        if name == "description":
            return {name: value or ""}
        if name == "event_private":
            return {name: bool(value)}
        if name in ("transparency", "extended_transparency"):
            return self._transparency(name)
        if name == "attendees":
            return self._attendees()
        if name == "conferencing":
            return self._conferencing()
        if name == "recurrence":
            return self._recurrence()
        return {} if self.remote is None and value is None else {name: value}

    def _transparency(self, name: str) -> dict[str, Any]:
        """Return a transparency; an extended one that was not set is written as the plain one."""
        value = self.before.get(name)
        if value is None and any(fields.get(name) for fields in self.made):
            value = self.before.get("transparency")
        return {} if value is None or value == "unknown" else {name: value}

    def _recurrence(self) -> dict[str, Any]:
        if value := self.before.get("recurrence"):
            return {"recurrence": value}
        has_rules = any((fields.get("recurrence") or {}).get("rules") for fields in self.made)
        return {"recurrence": {"rules": []}} if has_rules else {}

    def _attendees(self) -> dict[str, Any]:
        """Return the attendees to invite again and those to remove."""
        before, remote = attendees_by_email(self.before), attendees_by_email(self.remote or {})
        invited, removed = self._emails("invite"), self._emails("remove")
        organizer = ((self.before.get("organizer") or {}).get("email") or "").casefold()
        invite = [
            {name: attendee[name] for name in ("email", "display_name") if attendee.get(name)}
            for email, attendee in before.items()
            if self.is_whole or email not in remote or email in removed
        ]
        remove = [{"email": email} for email in sorted((remote.keys() | invited) - before.keys() - {organizer})]
        attendees = {name: people for name, people in (("invite", invite), ("remove", remove)) if people}
        return {"attendees": attendees} if attendees else {}

    def _emails(self, name: str) -> set[str]:
        return {
            str(person["email"]).casefold()
            for fields in self.made
            for person in (fields.get("attendees") or {}).get(name) or ()
        }

    def _conferencing(self) -> dict[str, Any]:
        """Return the former conference as an explicit one, which keeps its join URL; or none, if there was none."""
        value = self.before.get("conferencing")
        if isinstance(value, dict) and value.get("join_url"):
            provider = {"provider_description": value["provider_name"]} if value.get("provider_name") else {}
            return {"conferencing": {"profile_id": "explicit", "join_url": value["join_url"], **provider}}
        was_set = any((fields.get("conferencing") or {}).get("profile_id", "none") != "none" for fields in self.made)
        return {"conferencing": {"profile_id": "none"}} if was_set or (self.remote or {}).get("conferencing") else {}


def _writable_time(value: Any, *, zoned: bool) -> Any:
    """Return a time as writes take it.

    Reads return Etc/UTC for events without a zone, so this zone is only written if a call has set one.
    """
    if not isinstance(value, dict) or not value.get("tzid"):
        return value
    if value["tzid"] == "Etc/UTC" and not zoned:
        return value["time"]
    return {"time": value["time"], "tzid": value["tzid"]}
