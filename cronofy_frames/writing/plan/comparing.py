"""Compare the call that a row asks for with the remote state: create, update or unchanged.

A call changes only what the row sets. Where the API replaces a whole object, the call repeats the parts of it that
the row does not set.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from cronofy_frames.frames.timestamps import parse_time
from cronofy_frames.sheets.problems import QUOTE_LENGTH, Problems
from cronofy_frames.text import shorten
from cronofy_frames.writing.plan.calendars import TargetAccounts
from cronofy_frames.writing.plan.ids import PREFIX, derive_id, utc_text
from cronofy_frames.writing.plan.plans import Step
from cronofy_frames.writing.plan.remote_state import Remote, Target, differences, read_remote, target_of
from cronofy_frames.writing.plan.start_end import time_with_zone

EXTERNAL_PREFIX = "evt_external_"
"""What the event_uid of an external event starts with."""

OWN_EVENT_EXPECTED = "an event_id, because this event is your application's own; event_uid is for events of others"


@dataclass(frozen=True, slots=True)
class Draft:
    """The call that one row asks for, before it is compared with the remote state.

    Attributes
    ----------
    position, label, account
        The row's position and label, and the label of its account.
    call, arguments
        The endpoint, and its arguments under wire names.
    zone_assumed
        True if neither the row nor tz= names a zone; it is the zone of the column's dtype.
    note
        A note for the plan.
    """

    position: int
    label: Any
    account: str | None
    call: str
    arguments: dict[str, Any]
    zone_assumed: bool = False
    note: str | None = None

    def step(self, action: Any, before: Remote | None = None) -> Step:
        """Return the step of the plan, without empty lists of attendees."""
        arguments = dict(self.arguments)
        if "attendees" in arguments:
            attendees = {name: people for name, people in arguments.pop("attendees").items() if people}
            arguments |= {"attendees": attendees} if attendees else {}
        return Step(self.position, self.label, action, self.account, self.call, arguments, before, self.note)


def read_remote_by_account(drafts: Iterable[Draft], accounts: TargetAccounts) -> dict[str | None, dict[Target, Remote]]:
    """Read the remote state that the drafts are compared with, once for each account."""
    targets: dict[str | None, list[Target]] = {}
    for draft in drafts:
        targets.setdefault(draft.account, []).append(target_of(draft.call, draft.arguments))
    return {label: read_remote(accounts.clients[label], own) for label, own in targets.items()}


def compare(draft: Draft, remote: Remote | None) -> Step:
    """Return the step of a row that creates or updates."""
    if remote is None:
        return draft.step("create")
    complete = replace(draft, arguments=_complete_arguments(draft, remote))
    return complete.step("update" if differences(complete.arguments, remote) else "unchanged", remote)


# arguments that keep what a row does not set


def _complete_arguments(draft: Draft, remote: Remote) -> dict[str, Any]:
    """Return the arguments with what has to be repeated so that the rest of the event stays."""
    arguments = dict(draft.arguments)
    if draft.zone_assumed:
        arguments |= _times_in_remote_zones(arguments, remote)
    if "invite" in arguments.get("attendees", {}):
        arguments["attendees"] = _complete_attendees(arguments["attendees"], remote)
    location, remote_location = arguments.get("location") or {}, remote.get("location") or {}
    same_place = bool(location) and location.get("description") == remote_location.get("description")
    if same_place and not {"lat", "long"} & location.keys():
        # the API replaces the whole location: without its coordinates it would lose them
        coordinates = {
            name: str(remote_location[name]) for name in ("lat", "long") if remote_location.get(name) not in (None, "")
        }
        arguments["location"] = {**location, **coordinates}
    return arguments


def _times_in_remote_zones(arguments: Mapping[str, Any], remote: Remote) -> dict[str, Any]:
    """Return the times in the zones that the event has now."""
    zones = {name: remote[name].get("tzid") for name in ("start", "end") if isinstance(remote.get(name), dict)}
    if None in zones.values() or len(zones) < 2:
        return {}
    if "tzid" in arguments and zones["start"] == zones["end"]:
        return {"tzid": zones["start"]}
    times = {name: time_with_zone(_utc_text(arguments[name]), str(zone)) for name, zone in zones.items()}
    return {**times, **({"tzid": zones["start"]} if "tzid" in arguments else {})}


def _utc_text(value: Any) -> str:
    """Return an event time as UTC text with Z, years with four digits; a date as it is."""
    text: str = value["time"] if isinstance(value, dict) else value
    time = parse_time(text)
    return utc_text(time) if isinstance(time, datetime) else text


def _complete_attendees(attendees: Mapping[str, Any], remote: Remote) -> dict[str, Any]:
    """Return the people to invite and to remove, so that the event has exactly those that the row lists."""
    invited = {person["email"].casefold() for person in attendees["invite"]}
    removed = {person["email"].casefold() for person in attendees.get("remove", ())}
    organizer = ((remote.get("organizer") or {}).get("email") or "").casefold()
    others = [
        {"email": person["email"]}
        for person in remote.get("attendees") or ()
        if person.get("email") and person["email"].casefold() not in invited | removed | {organizer}
    ]
    return {**attendees, "remove": [*attendees.get("remove", ()), *others]}


# external events


def expected_event_uid(draft: Draft) -> str:
    """Return what a message expects in event_uid where the external event does not exist."""
    if draft.arguments["event_uid"].startswith(EXTERNAL_PREFIX):
        return "an event that exists; this one was deleted, is in another calendar, or is outside Cronofy's window"
    return OWN_EVENT_EXPECTED


def report_missing_permission(draft: Draft, remote: Remote, problems: Problems) -> None:
    """Add a problem if an external event may not be updated or deleted."""
    verb = "delete" if draft.call == "delete_external_event" else "update"
    if remote.get("recurring"):
        expected = f"an event outside a series: Cronofy does not {verb} one event of a series"
    elif not (remote.get("options") or {}).get(verb):
        expected = f"an event with options_{verb} True: Cronofy may not {verb} this one"
    else:
        return
    problems.add_cell(draft.position, "event_uid", expected, draft.arguments["event_uid"])


# left-behind events

MOST_DAYS_MOVED = 14  # an event with the same title further away is taken for another one


class LeftBehindEvents:
    """Events of earlier sheets whose row has a new id now, so that a second event would be created.

    They have a derived id that no row of the frame writes to. A row may have left one behind by a change of its times,
    if its title is the same and its key differs in nothing else: with the times of the event, the row would get the
    event's id. Any other event is not offered, because a person who follows the note would overwrite it.

    Parameters
    ----------
    remote
        The remote state.
    claimed
        The targets that the rows write to.
    tz
        The zone in which days are told apart.
    """

    def __init__(self, remote: Mapping[Target, Remote], claimed: set[Target], tz: str) -> None:
        self._zone = ZoneInfo(tz)
        self._by_title: dict[tuple[str, str], list[Remote]] = {}
        for target, event in remote.items():
            target_type, calendar, event_id = target
            if target_type == "event" and event_id.startswith(PREFIX) and target not in claimed:
                self._by_title.setdefault((calendar, _title(event)), []).append(event)

    def note(self, step: Step, key: Mapping[str, Any] | None) -> str | None:
        """Return the note for a row that may be an event that was moved; None if no event was left behind.

        Parameters
        ----------
        step
            The step that creates an event.
        key
            The values of its key columns; None if its id is not derived from them.
        """
        if key is None:
            return None
        of_title = self._by_title.get((step.arguments["calendar_id"], _title(step.arguments)), [])
        near = self._nearest_first(of_title, self._day(step.arguments["start"]))
        event = next((event for event in near if _has_key(event, key)), None)
        if event is None:
            return None
        name = shorten(event.get("summary") or "", QUOTE_LENGTH)
        return (
            f"creates a second event beside {name!r} at {self._local_text(event['start'])}, from an earlier sheet: if "
            f"this row moves that one, put its event_id {event['event_id']} into this row"
        )

    def _nearest_first(self, events: list[Remote], day: str) -> list[Remote]:
        """Return the events that are near enough to a day to be one that was moved, the nearest first."""
        new = date.fromisoformat(day)
        distances = [abs((date.fromisoformat(self._day(event["start"])) - new).days) for event in events]
        near = [position for position, distance in enumerate(distances) if distance <= MOST_DAYS_MOVED]
        return [events[position] for position in sorted(near, key=distances.__getitem__)]

    def _day(self, value: Any) -> str:
        return self._local_text(value)[: len("2026-03-04")]

    def _local_text(self, value: Any) -> str:
        text: str = value["time"] if isinstance(value, dict) else value
        time = parse_time(text)
        return time.astimezone(self._zone).strftime("%Y-%m-%d %H:%M") if isinstance(time, datetime) else text


def _has_key(event: Remote, key: Mapping[str, Any]) -> bool:
    """Return whether the id of an event is derived from a key with the times of the event in place of its own."""
    times = {name: _utc_text(event[name]) for name in ("start", "end") if name in key}
    return bool(derive_id({**key, **times}) == event["event_id"])


def _title(fields: Mapping[str, Any]) -> str:
    return unicodedata.normalize("NFC", fields.get("summary") or "").strip()
