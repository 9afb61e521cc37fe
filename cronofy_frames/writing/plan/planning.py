"""From a frame to a plan: every row read, checked against the whole contract and compared with what stands there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from cronofy_frames.frames.accounts import Clients
from cronofy_frames.sheets.problems import Mask
from cronofy_frames.text import quantity
from cronofy_frames.wire.endpoint import OMITTED
from cronofy_frames.writing.plan.calendars import Places, check_abilities, read_labels, read_places
from cronofy_frames.writing.plan.cell_parsers import boolean, period_identifier
from cronofy_frames.writing.plan.comparing import Draft, Neighbours, check_external, compared, gone, images_of
from cronofy_frames.writing.plan.fields import Body, read_fields
from cronofy_frames.writing.plan.ids import key_of
from cronofy_frames.writing.plan.plan_builder import Sheet
from cronofy_frames.writing.plan.plans import Plan, Step
from cronofy_frames.writing.plan.remote_state import Image, Target, target_of
from cronofy_frames.writing.plan.row_identity import (
    ID_NAMES,
    Which,
    check_options,
    deletions_of,
    events_of,
    refuse_twice,
    with_derived,
)
from cronofy_frames.writing.plan.start_end import read_when, zone_of_column
from cronofy_frames.zones import zone_name

__all__ = ["plan_available_periods", "plan_deletes", "plan_events"]


def plan_events(
    frame: pd.DataFrame,
    *,
    calendar: str | None = None,
    client: Clients | None = None,
    key: str | Sequence[str] | None = None,
    tz: str | None = None,
    skip_bad: bool = False,
) -> Plan:
    """Plan to write the rows of a frame as events; nothing is sent yet.

    Every row is checked against everything that Cronofy is known to refuse, before the first call. What stands in a
    row is wanted, what is missing (NA) stays as it is. An event is the one with the same event_id in the same
    calendar: the column `event_id`, else an id derived from the `key` columns, so that the same sheet planned twice
    changes nothing. A row with the event_uid of somebody else's event (and no event_id) changes that event.

    Source: docs.cronofy.com/developers/api/events/upsert-event.

    Parameters
    ----------
    frame
        What `read_sheet` and `read_events` give, or one made by hand: summary, start and end, and any of description,
        all_day, tzid, start_tzid, end_tzid, location_description, location_lat, location_long, url, reminders ("10,
        30"), reminders_create_only, transparency, extended_transparency, event_private, color, attendees ("a@x.org;
        Bob <b@y.org>": who should be there), attendees_remove, conferencing_profile_id,
        conferencing_provider_description, conferencing_join_url, subscriptions, recurrence, attachments, tags,
        event_classes (JSON), locale, event_id, event_uid, calendar_id, calendar, account. Other columns are left
        alone. Dates, or all_day True, are whole days, the end being the day after the last.
    calendar
        The id or name of the calendar of rows that name none.
    client
        Compares with what stands there, and looks up names of calendars: one client, or a mapping label -> client
        for a frame with a column `account`.
    key
        The columns that tell two events apart; by default summary and start.
    tz
        The zone in which times without one are read, and in which events are shown whose row names none. By default
        the zone of the column; that of an event which stands there already is kept.
    skip_bad
        Leaves rows with problems out, instead of raising.

    Returns
    -------
    Plan
        What `apply` carries out; `Plan.frame` shows it row by row.

    Raises
    ------
    FrameError
        With all problems of all rows in `.problems`: row, column, expected, came.
    ValueError
        For an unknown zone, a column that comes twice, or a key that is no key.
    ApiError, TransportError
        When what stands there cannot be read.

    Examples
    --------
    >>> plan = cf.plan_events(sheet, calendar=primary, client=client)
    >>> plan.counts()
    {'create': 2}
    """
    tz = None if tz is None else zone_name(tz)
    names = key_of(key, ("summary", "start"))
    sheet = Sheet(frame, client, ("summary", "start", "end"))
    _refuse_deleted(sheet)
    places = read_places(frame, calendar, sheet.accounts, sheet.problems)
    when = read_when(frame, sheet.problems, tz=tz)
    body = read_fields(frame, sheet.problems)
    _require(sheet, body, "summary", "a title")
    which = events_of(sheet, names, when)
    refuse_twice(sheet, which, places, names)
    if sheet.accounts is not None:
        check_abilities(sheet.accounts, body, places, sheet.problems)
    check_options(sheet, which, "options_update")
    sheet.note_fields(body, names)
    drafts = _drafts(sheet, {**body, **when.wire()}, which, places, when.weak)
    return sheet.plan("events", _carried(sheet, drafts, when.tz, bool(which.external.any()), skip_bad), when.tz)


def plan_deletes(
    frame: pd.DataFrame, *, calendar: str | None = None, client: Clients | None = None, skip_bad: bool = False
) -> Plan:
    """Plan to delete the events of a frame; nothing is sent yet.

    A row with an event_id is an event of this application; one with the event_uid of somebody else's event, and no
    event_id, is that event, whose deletion cannot be taken back.

    Source: docs.cronofy.com/developers/api/events/delete-event, /delete-external-event.

    Parameters
    ----------
    frame
        Rows with event_id or event_uid, and calendar_id or calendar: of `read_events`, or `Plan.frame()` of the plan
        that made them.
    calendar
        The id or name of the calendar of rows that name none.
    client
        Looks at what stands there, which `undo` needs to bring it back: one client, or a mapping label -> client for
        a frame with a column `account`.
    skip_bad
        Leaves rows with problems out, instead of raising.

    Returns
    -------
    Plan
        What `apply` carries out. What does not stand there any more is unchanged.

    Raises
    ------
    FrameError
        With all problems of all rows in `.problems`.
    ApiError, TransportError
        When what stands there cannot be read.

    Examples
    --------
    >>> made = cf.plan_events(sheet, calendar=primary)
    >>> cf.plan_deletes(made.frame()).counts()
    {'delete': 2}
    """
    sheet = Sheet(frame, client, ())
    _refuse_deleted(sheet)
    places = read_places(frame, calendar, sheet.accounts, sheet.problems)
    which = deletions_of(sheet)
    refuse_twice(sheet, which, places, ())
    check_options(sheet, which, "options_delete")
    if which.external.any():
        sheet.notes.append("deletions of others' events cannot be taken back")
    tz = zone_of_column(frame, "start")
    drafts = _drafts(sheet, {}, which, places, np.zeros(len(frame), np.bool_))
    return sheet.plan("deletes", _carried(sheet, drafts, tz, bool(which.external.any()), skip_bad), tz)


def plan_available_periods(
    frame: pd.DataFrame,
    *,
    client: Clients | None = None,
    key: str | Sequence[str] | None = None,
    tz: str | None = None,
    skip_bad: bool = False,
) -> Plan:
    """Plan to write the rows of a frame as available periods; nothing is sent yet.

    Source: docs.cronofy.com/developers/api/scheduling/available-periods/upsert.

    Parameters
    ----------
    frame
        Rows with start and end, which are times and no days; available_period_id, else the id is derived from the
        `key` columns; and any of tzid, start_tzid, end_tzid, account.
    client
        Compares with what stands there: one client, or a mapping label -> client for a frame with a column `account`.
    key
        The columns that tell two periods apart; by default start and end.
    tz
        The zone in which times without one are read, and of periods that name none; by default that of the column.
    skip_bad
        Leaves rows with problems out, instead of raising.

    Returns
    -------
    Plan
        What `apply` carries out.

    Raises
    ------
    FrameError
        With all problems of all rows in `.problems`.
    ValueError
        For an unknown zone, a column that comes twice, or a key that is no key.
    ApiError, TransportError
        When what stands there cannot be read.

    Examples
    --------
    >>> cf.plan_available_periods(sheet[["start", "end"]], client=client).counts()
    {'create': 2}
    """
    tz = None if tz is None else zone_name(tz)
    names = key_of(key, ("start", "end"))
    sheet = Sheet(frame, client, ("start", "end"))
    places = Places(read_labels(frame, sheet.accounts, sheet.problems), np.full(len(frame), "", object))
    when = read_when(frame, sheet.problems, tz=tz, timed=True)
    ids = sheet.read("available_period_id", period_identifier)
    which = with_derived(sheet, ids, np.zeros(len(frame), np.bool_), names, when, "upsert_available_period")
    refuse_twice(sheet, which, places, names)
    sheet.note_unknown(names)
    drafts = _drafts(sheet, when.wire_apart(), which, places, when.weak)
    return sheet.plan("available_periods", _carried(sheet, drafts, when.tz, False, skip_bad), when.tz)


def _refuse_deleted(sheet: Sheet) -> None:
    """Refuse rows that are deleted; nothing else is said of them, for they have little more than their ids."""
    gone = sheet.read("deleted", boolean) == True  # noqa: E712 - cell by cell
    sheet.problems.add_cells(gone, "deleted", "an event that was not deleted", sheet.came("deleted"))
    sheet.problems.closed |= gone


def _require(sheet: Sheet, body: Body, name: str, expected: str) -> None:
    if name in body:
        sheet.problems.add_cells(body[name] == OMITTED, name, expected, sheet.came(name))


def _drafts(sheet: Sheet, body: Body, which: Which, places: Places, weak: Mask) -> Iterator[Draft]:
    """Yield what each row without problems asks for."""
    ordered = sorted(body, key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER))
    fields = [(name, body[name].tolist()) for name in ordered]
    labels = list(sheet.frame.index)
    for at in np.flatnonzero(~sheet.problems.bad).tolist():
        call, calendar_id = which.calls[at], places.ids[at]
        arguments = {"calendar_id": calendar_id} if calendar_id else {}
        arguments[ID_NAMES[call]] = which.ids[at]
        for name, cells in fields:
            if cells[at] is not OMITTED:
                arguments[name] = cells[at]
        yield Draft(at, labels[at], places.labels[at], call, arguments, bool(weak[at]), which.notes[at])


# what a call does where nobody looked at what stands there
_ACTIONS = {
    "create_event": "create",
    "delete_event": "delete",
    "update_external_event": "update",
    "delete_external_event": "delete",
    "upsert_available_period": "create",
}

_ORDER = ("summary", "start", "end", "tzid")  # what a person looks for first

Images = dict[str | None, dict[Target, Image]]
"""What stands there, by account."""


def _carried(sheet: Sheet, drafts: Iterable[Draft], tz: str, external: bool, skip_bad: bool) -> Iterable[Step]:
    """Return the rows of the plan, compared where there is a client; raise what is wrong."""
    if sheet.accounts is None:
        sheet.check(skip_bad=skip_bad)
        return (one.step(_ACTIONS[one.call]) for one in drafts)
    if not external:
        sheet.check(skip_bad=skip_bad)
    steps = _compared(sheet, list(drafts), tz)
    sheet.check(skip_bad=skip_bad)
    return steps


def _compared(sheet: Sheet, drafts: list[Draft], tz: str) -> list[Step]:
    assert sheet.accounts is not None
    images = images_of(drafts, sheet.accounts)
    steps = []
    for one in drafts:
        image = images[one.account].get(target_of(one.call, one.arguments))
        step = _step(one, image, sheet)
        if not sheet.problems.bad[one.at]:
            steps.append(step)
    sheet.note_invitations(sent=any(one.sends and "attendees" in one.arguments for one in steps))
    return _beside_others(sheet, steps, images, tz)


def _step(draft: Draft, image: Image | None, sheet: Sheet) -> Step:
    """Return what becomes of a row; what others made and may not be touched is a problem if it would be."""
    if draft.call.startswith("delete"):
        step = draft.step("unchanged" if image is None else "delete", image)
    else:
        step = compared(draft, image)
    if draft.call == "update_external_event" and image is None:
        sheet.problems.add_cell(draft.at, "event_uid", gone(draft), draft.arguments["event_uid"])
    elif draft.call.endswith("external_event") and image is not None and step.sends:
        check_external(draft, image, sheet.problems)
    return step


def _beside_others(sheet: Sheet, steps: list[Step], images: Images, tz: str) -> list[Step]:
    """Say of which rows a second event would come, because what their id is derived from has changed."""
    new = [one for one in steps if one.call == "create_event" and one.action == "create"]
    if not new:
        return steps
    claimed = {target_of(one.call, one.arguments) for one in steps if one.call is not None}
    others = {label: Neighbours(found, claimed, tz) for label, found in images.items()}
    told = {one.position: others[one.account].note(one) for one in new}
    count = sum(note is not None for note in told.values())
    if count:
        sheet.notes.append(
            f"{quantity(count, 'row')} would make a second event beside one that an earlier sheet made: see their notes"
        )
    return [replace(one, note=told[one.position]) if told.get(one.position) else one for one in steps]
