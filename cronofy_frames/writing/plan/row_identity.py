"""Which event or period each row is: by its id, as somebody else's, or by an id derived from its key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cronofy_frames.sheets.problems import Mask
from cronofy_frames.wire.endpoint import OMITTED
from cronofy_frames.writing.plan.calendars import Places
from cronofy_frames.writing.plan.cell_parsers import Cells, boolean, identifier, said_text
from cronofy_frames.writing.plan.comparing import EXTERNAL, NO_EXTERNAL
from cronofy_frames.writing.plan.fields import cells_of, noting
from cronofy_frames.writing.plan.ids import canonical, derived
from cronofy_frames.writing.plan.plan_builder import Sheet
from cronofy_frames.writing.plan.start_end import When

ID_NAMES = {
    "create_event": "event_id",
    "delete_event": "event_id",
    "update_external_event": "event_uid",
    "delete_external_event": "event_uid",
    "upsert_available_period": "available_period_id",
}


@dataclass(slots=True)
class Which:
    """What each row is about.

    Attributes
    ----------
    calls
        The endpoint for each row.
    ids
        The id that the endpoint gets; None where there is none.
    external
        Which rows are somebody else's events.
    derived
        Which ids are derived from the key.
    notes
        What a person should know of each row; None for nothing.
    """

    calls: Cells
    ids: Cells
    external: Mask
    derived: Mask
    notes: Cells


def events_of(sheet: Sheet, key: list[str], when: When) -> Which:
    """Return which event each row is: by its event_id, else its event_uid, else an id derived from its key."""
    ids, uids = sheet.read("event_id", identifier), sheet.read("event_uid", said_text)
    external = (ids == OMITTED) & (uids != OMITTED)
    _refuse_own(sheet, uids, external)
    which = with_derived(sheet, ids, external, key, when, "create_event")
    which.calls[external], which.ids[external] = "update_external_event", uids[external]
    _refuse_recurring(sheet, external, "update")
    series = external & said_column(sheet, "recurrence")
    sheet.problems.add_cells(series, "recurrence", "nothing, for somebody else's event", sheet.came("recurrence"))
    return which


def said_column(sheet: Sheet, name: str) -> Mask:
    """Return which cells of a column hold anything."""
    if name not in sheet.frame.columns:
        return np.zeros(len(sheet.frame), np.bool_)
    rows: Mask = sheet.frame[name].notna().to_numpy(np.bool_)
    return rows


def _refuse_own(sheet: Sheet, uids: Cells, external: Mask) -> None:
    """Refuse uids that are not of somebody else's events, as far as that can be told without looking."""
    if sheet.accounts is None:
        own = external & np.array([one is not OMITTED and not one.startswith(EXTERNAL) for one in uids], np.bool_)
        sheet.problems.add_cells(own, "event_uid", NO_EXTERNAL, lambda at: uids[at])


def _refuse_recurring(sheet: Sheet, external: Mask, verb: str) -> None:
    if sheet.accounts is not None:
        return  # what stands there says it
    series = external & (sheet.read("recurring", boolean, only=external) == True)  # noqa: E712 - cell by cell
    words = f"an event that is not one of a series, to {verb} it"
    sheet.problems.add_cells(series, "event_uid", words, sheet.came("event_uid"))


def deletions_of(sheet: Sheet) -> Which:
    """Return which event each row is: by its event_id, else by the event_uid of somebody else's event."""
    count = len(sheet.frame)
    ids, uids = sheet.read("event_id", identifier), sheet.read("event_uid", said_text)
    external = (ids == OMITTED) & (uids != OMITTED)
    _refuse_own(sheet, uids, external)
    _refuse_recurring(sheet, external, "delete")
    nothing = (ids == OMITTED) & ~external
    words = "an event_id, or the event_uid of somebody else's event; the frame() of a plan has those it derived"
    if nothing.all() and count and not {"event_id", "event_uid"} & set(sheet.frame.columns):
        sheet.problems.add_column("event_id", words, "no such column")
    else:
        sheet.problems.add_cells(nothing, "event_id", words, sheet.came("event_id"))
    calls = np.full(count, "delete_event", object)
    calls[external] = "delete_external_event"
    found = np.where(external, uids, ids)
    found[nothing] = None
    return Which(calls, found, external, np.zeros(count, np.bool_), np.full(count, None, object))


def with_derived(sheet: Sheet, ids: Cells, other: Mask, key: list[str], when: When, call: str) -> Which:
    """Return which thing each row is, with ids derived where it has none and is not another's."""
    rows = (ids == OMITTED) & ~other & ~sheet.problems.closed
    found = ids.copy()
    found[ids == OMITTED] = None
    if rows.any():
        parts = {name: _key_cells(sheet, name, rows, when) for name in key}
        if all(cells is not None for cells in parts.values()):
            found[rows] = derived({name: cells[rows] for name, cells in parts.items() if cells is not None})
    return Which(np.full(len(ids), call, object), found, other, rows, np.full(len(ids), None, object))


def _key_cells(sheet: Sheet, name: str, rows: Mask, when: When) -> Cells | None:
    """Return a key column in canonical form; None where there is no such column."""
    if name in ("start", "end"):
        return when.texts(name)
    if name not in sheet.frame.columns:
        if name != "summary":
            sheet.problems.add_column(name, "such a column, as key= names it", "none")
        return None
    cells = cells_of(sheet.frame[name], canonical, noting(sheet.problems, name), only=rows)
    words = "a value, as the id is derived from it"
    sheet.problems.add_cells(rows & (cells == OMITTED), name, words, sheet.came(name))
    return cells


def refuse_twice(sheet: Sheet, which: Which, places: Places, key: Sequence[str]) -> None:
    """Refuse rows that are about the same thing as one above them, for which would win is a race."""
    rows = zip(places.labels, places.ids, which.calls, which.ids, strict=True)
    keys = [None if one[1] is None or one[3] is None else one for one in rows]

    def told(at: int, other: str) -> tuple[str, str]:
        if which.derived[at]:
            names = ", ".join(key)
            return key[0], f"another {names} than in row {other}: name more columns in key=, or give each row an id"
        name = ID_NAMES[which.calls[at]]
        return name, f"an {name} of its own: row {other} has it as well"

    sheet.refuse_repeated(keys, told)


def check_options(sheet: Sheet, which: Which, option: str) -> None:
    """Note which events of others may not be touched; where nobody says, that they may be refused."""
    allowed = sheet.read(option, boolean, only=which.external)
    if sheet.accounts is not None:
        return
    verb = option.removeprefix("options_")
    words = f"True, for without it this event may not be {verb}d"
    sheet.problems.add_cells(which.external & (allowed == False), option, words, sheet.came(option))  # noqa: E712
    which.notes[which.external & (allowed == OMITTED)] = f"may be refused: {option} is not known"
