"""What a sheet wants beside what stands there: create, update or unchanged.

The law of this file: of what stands there, nothing is touched that the sheet does not speak of.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from cronofy_frames.sheets.problems import QUOTE_LENGTH, Problems
from cronofy_frames.text import shorten
from cronofy_frames.writing.plan.calendars import Accounts
from cronofy_frames.writing.plan.ids import PREFIX
from cronofy_frames.writing.plan.plans import Step
from cronofy_frames.writing.plan.remote_state import Image, Target, difference, standing, target_of
from cronofy_frames.writing.plan.start_end import placed

EXTERNAL = "evt_external_"
"""What the event_uid of somebody else's event starts with."""

NO_EXTERNAL = "the event_id of an event of yours, for only others' events go by event_uid"


@dataclass(frozen=True, slots=True)
class Draft:
    """What one row asks for, before anybody looked at what stands there.

    Attributes
    ----------
    at, label, account
        Its place, its label and the label of its account.
    call, arguments
        The endpoint that does it and what that gets.
    weak
        Whether the zone of its times is no more than that of the column.
    note
        What a person should know of it.
    """

    at: int
    label: Any
    account: str | None
    call: str
    arguments: dict[str, Any]
    weak: bool = False
    note: str | None = None

    def step(self, action: Any, before: Image | None = None) -> Step:
        """Return the row of the plan, without lists of people in which nobody is."""
        arguments = dict(self.arguments)
        if "attendees" in arguments:
            people = {name: some for name, some in arguments.pop("attendees").items() if some}
            arguments |= {"attendees": people} if people else {}
        return Step(self.at, self.label, action, self.account, self.call, arguments, before, self.note)


def images_of(drafts: Iterable[Draft], accounts: Accounts) -> dict[str | None, dict[Target, Image]]:
    """Read what stands there, once for each account."""
    wanted: dict[str | None, list[Target]] = {}
    for one in drafts:
        wanted.setdefault(one.account, []).append(target_of(one.call, one.arguments))
    return {label: standing(accounts.clients[label], targets) for label, targets in wanted.items()}


def compared(draft: Draft, image: Image | None) -> Step:
    """Return what becomes of a row that creates or updates."""
    if image is None:
        return draft.step("create")
    adapted = replace(draft, arguments=_adapted(draft, image))
    return adapted.step("update" if difference(adapted.arguments, image) else "unchanged", image)


def _adapted(draft: Draft, image: Image) -> dict[str, Any]:
    """Return the arguments with what has to be said to leave the rest as it stands."""
    arguments = dict(draft.arguments)
    if draft.weak:
        arguments |= _in_place(arguments, image)
    if "invite" in arguments.get("attendees", {}):
        arguments["attendees"] = _guests(arguments["attendees"], image)
    place, stands = arguments.get("location"), image.get("location") or {}
    if place and place.get("description") == stands.get("description") and not {"lat", "long"} & place.keys():
        # a location is written whole: without its coordinates it would lose them
        kept = {name: str(stands[name]) for name in ("lat", "long") if stands.get(name) not in (None, "")}
        arguments["location"] = {**place, **kept}
    return arguments


def _in_place(arguments: Mapping[str, Any], image: Image) -> dict[str, Any]:
    """Return times in the zones in which the event stands, where the sheet wishes for no other."""
    zones = {name: image[name].get("tzid") for name in ("start", "end") if isinstance(image.get(name), dict)}
    if None in zones.values() or len(zones) < 2:
        return {}
    if "tzid" in arguments and zones["start"] == zones["end"]:
        return {"tzid": zones["start"]}
    moved = {name: _rezoned(arguments[name], str(zone)) for name, zone in zones.items()}
    return {**moved, **({"tzid": zones["start"]} if "tzid" in arguments else {})}


def _rezoned(value: Any, zone: str) -> Any:
    text = value["time"] if isinstance(value, dict) else value
    return placed(_utc(text), zone)


def _utc(text: str) -> str:
    """Return a time in UTC with Z; a date stays one."""
    if len(text) <= len("2026-03-04"):
        return text
    at = datetime.fromisoformat(text.replace("Z", "+00:00").replace("UTC", "+00:00"))
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def _guests(guests: Mapping[str, Any], image: Image) -> dict[str, Any]:
    """Return whom to invite and whom to remove, so that those listed are there and nobody else."""
    listed = {one["email"].casefold() for one in guests["invite"]}
    named = {one["email"].casefold() for one in guests.get("remove", ())}
    caller = ((image.get("organizer") or {}).get("email") or "").casefold()
    others = [
        {"email": one["email"]}
        for one in image.get("attendees") or ()
        if one.get("email") and one["email"].casefold() not in listed | named | {caller}
    ]
    return {**guests, "remove": [*guests.get("remove", ()), *others]}


def gone(draft: Draft) -> str:
    """Return what was expected of an event_uid under which nothing stands there."""
    if draft.arguments["event_uid"].startswith(EXTERNAL):
        return "an event that stands there: this one is gone, in another calendar, or outside what Cronofy reads"
    return NO_EXTERNAL


def check_external(draft: Draft, image: Image, problems: Problems) -> None:
    """Note what keeps somebody else's event from being changed or deleted."""
    verb = "delete" if draft.call == "delete_external_event" else "update"
    uid = draft.arguments["event_uid"]
    if image.get("recurring"):
        problems.add_cell(draft.at, "event_uid", f"an event that is not one of a series, to {verb} it", uid)
    elif not (image.get("options") or {}).get(verb):
        problems.add_cell(
            draft.at, "event_uid", f"an event with options_{verb} True, for this one may not be {verb}d", uid
        )


MOVED = 14  # days


class Neighbours:
    """Events that earlier sheets made and this one does not speak of: what a changed key leaves behind.

    Parameters
    ----------
    images
        What stands there.
    claimed
        What the sheet speaks of.
    tz
        The zone in which days are told apart.
    """

    def __init__(self, images: Mapping[Target, Image], claimed: set[Target], tz: str) -> None:
        self.tz = tz
        self._titled: dict[tuple[str, str, str], Image] = {}
        self._timed: dict[tuple[str, Any, Any], Image] = {}
        self._near: dict[tuple[str, str], list[Image]] = {}
        for target, image in images.items():
            if target[2].startswith(PREFIX) and target[0] == "event" and target not in claimed:
                start, day = self._moment(image["start"])
                self._titled.setdefault((target[1], _title(image), day), image)
                self._timed.setdefault((target[1], start, self._moment(image["end"])[0]), image)
                self._near.setdefault((target[1], _title(image)), []).append(image)

    def note(self, step: Step) -> str | None:
        """Return what to say of a row that would make a second event."""
        said = step.arguments
        start, day = self._moment(said["start"])
        calendar, title = said["calendar_id"], _title(said)
        near = (
            self._titled.get((calendar, title, day))
            or self._timed.get((calendar, start, self._moment(said["end"])[0]))
            or self._moved(self._near.get((calendar, title), []), day)
        )
        if near is None:
            return None
        name = shorten(near.get("summary") or "", QUOTE_LENGTH)
        return (
            f"a second event would appear beside {name!r} at {self._spoken(near['start'])}: "
            f"to move that one instead, put its event_id {near['event_id']} into this row"
        )

    def _moved(self, images: list[Image], day: str) -> Image | None:
        """Return the nearest of events with the same title, within the days that an event is likely to be moved."""
        new = date.fromisoformat(day)
        far = {abs((date.fromisoformat(self._moment(one["start"])[1]) - new).days): one for one in images}
        nearest = min(far, default=MOVED + 1)
        return far[nearest] if nearest <= MOVED else None

    def _moment(self, value: Any) -> tuple[str, str]:
        """Return a moment in its canonical form, and its day."""
        text = _utc(value["time"] if isinstance(value, dict) else value)
        return text, self._spoken(value)[: len("2026-03-04")]

    def _spoken(self, value: Any) -> str:
        text = _utc(value["time"] if isinstance(value, dict) else value)
        if len(text) <= len("2026-03-04"):
            return text
        local = datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(ZoneInfo(self.tz))
        return local.strftime("%Y-%m-%d %H:%M")


def _title(said: Mapping[str, Any]) -> str:
    return unicodedata.normalize("NFC", said.get("summary") or "").strip()
