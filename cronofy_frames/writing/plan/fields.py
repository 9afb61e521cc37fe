"""The columns of a sheet and the fields of the wire that they become, one row each.

A cell without a value is not said and so not sent: what stands there stays. What a blank text means is the reader's
to say: it empties a description, removes a url, and says nothing of the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cronofy_frames import schema
from cronofy_frames.sheets.problems import Mask, Problems, is_missing, python_cell
from cronofy_frames.wire.endpoint import OMITTED
from cronofy_frames.writing.plan import cell_parsers
from cronofy_frames.writing.plan.cell_parsers import Cells, Read, Unfit
from cronofy_frames.writing.plan.people import people_of


@dataclass(frozen=True, slots=True)
class Field:
    """One column: the field that it becomes, with dots inside objects, and how its cells are read."""

    column: str
    path: str
    read: Read


FIELDS = (
    Field("summary", "summary", cell_parsers.text_up_to(cell_parsers.LONGEST_SUMMARY)),
    Field("description", "description", cell_parsers.text_up_to(cell_parsers.LONGEST_DESCRIPTION)),
    Field("location_description", "location.description", cell_parsers.text_of),
    Field("location_lat", "location.lat", cell_parsers.degrees(90)),
    Field("location_long", "location.long", cell_parsers.degrees(180)),
    Field("url", "url", cell_parsers.removable_address),
    Field("reminders", "reminders", cell_parsers.reminders),
    Field("reminders_create_only", "reminders_create_only", cell_parsers.boolean),
    Field("transparency", "transparency", cell_parsers.choice(cell_parsers.TRANSPARENCIES)),
    Field("extended_transparency", "extended_transparency", cell_parsers.choice(cell_parsers.EXTENDED_TRANSPARENCIES)),
    Field("event_private", "event_private", cell_parsers.boolean),
    Field("color", "color", cell_parsers.color),
    Field("attendees", "attendees.invite", cell_parsers.blank_or(people_of)),
    Field("attendees_remove", "attendees.remove", cell_parsers.blank_or(people_of)),
    Field("conferencing_profile_id", "conferencing.profile_id", cell_parsers.said_text),
    Field("conferencing_provider_description", "conferencing.provider_description", cell_parsers.said_text),
    Field("conferencing_join_url", "conferencing.join_url", cell_parsers.said_text),
    Field("subscriptions", "subscriptions", cell_parsers.blank_or(cell_parsers.subscriptions)),
    Field("recurrence", "recurrence", cell_parsers.blank_or(cell_parsers.recurrence)),
    Field("attachments", "attachments", cell_parsers.blank_or(cell_parsers.attachments)),
    Field("tags", "tags", cell_parsers.blank_or(cell_parsers.anything)),
    Field("event_classes", "event_classes", cell_parsers.blank_or(cell_parsers.anything)),
    Field("locale", "locale", cell_parsers.locale),
)

# what else is understood: when, where, which, and what reads, plans and outcomes put beside it
_OTHERS = (
    *("all_day", "tzid", "calendar", "account", "options_update", "options_delete", "available_period_id"),
    *("action", "changes", "note", "outcome", "status", "error_key", "error_field", "message", "batch"),
)
KNOWN = frozenset(
    [
        *(field.column for field in FIELDS),
        *_OTHERS,
        *(name for table in (schema.EVENTS, schema.CALENDARS, schema.AVAILABLE_PERIODS) for name in table.names),
    ]
)

Body = dict[str, Cells]
"""From a field of the wire to its value in each row; `OMITTED` where it is not said."""


def cells_of(
    column: pd.Series[Any], read: Read, unfit: Callable[[int, Unfit, Any], None], *, only: Mask | None = None
) -> Cells:
    """Return what a reader makes of a column; `OMITTED` for missing cells and those that cannot be used.

    Parameters
    ----------
    column
        Cells of any dtype; equal ones are read once.
    read
        Reads one cell.
    unfit
        Is told of each cell that cannot be used: position, why, and the cell.
    only
        The rows that count; all by default.
    """
    codes, uniques = _distinct(column)
    values = np.full(len(uniques) + 1, OMITTED, object)
    wrong: dict[int, Unfit] = {}
    for code, cell in enumerate(uniques):
        try:
            values[code] = read(cell)
        except Unfit as error:
            wrong[code] = error
    if wrong:
        bad = np.isin(codes, list(wrong))
        for at in np.flatnonzero(bad if only is None else bad & only).tolist():
            why = wrong[codes[at]]
            unfit(at, why, uniques[codes[at]] if why.came is OMITTED else why.came)
    found: Cells = values[codes]
    if only is not None:
        found[~only] = OMITTED
    return found


def _distinct(column: pd.Series[Any]) -> tuple[Any, list[Any]]:
    """Return a number for each cell, -1 for missing ones, and the cells that the numbers stand for."""
    if column.dtype != object:
        try:
            found, different = pd.factorize(column)
            return found, [python_cell(one) for one in different]
        except (TypeError, ValueError, NotImplementedError):
            column = column.astype(object)
    # cells of mixed types one by one: True and 1 would be the same, and lists have no hash
    codes: Any = np.full(len(column), -1)
    uniques: list[Any] = []
    for at, cell in enumerate(column.array):
        if not is_missing(cell):
            codes[at] = len(uniques)
            uniques.append(python_cell(cell))
    return codes, uniques


def read_fields(frame: pd.DataFrame, problems: Problems) -> Body:
    """Read all columns that become fields of an event, and check what goes together."""
    parts: Body = {}
    for field in FIELDS:
        if field.column in frame.columns:
            cells = cells_of(frame[field.column], field.read, noting(problems, field.column))
            parts[field.path] = cells
    _place(frame, parts, problems)
    _guests(parts, problems)
    _conference(parts, problems)
    return {name: cells for name, cells in parts.items() if "." not in name}


def noting(problems: Problems, column: str) -> Callable[[int, Unfit, Any], None]:
    """Return what notes the cells of a column that cannot be used."""
    return lambda at, error, came: problems.add_cell(at, column, error.expected, came)


def _place(frame: pd.DataFrame, parts: Body, problems: Problems) -> None:
    names = [name for name in ("description", "lat", "long") if f"location.{name}" in parts]
    if not names:
        return
    for name, other in (("lat", "long"), ("long", "lat")):
        alone = said(parts.get(f"location.{name}"), problems) & ~said(parts.get(f"location.{other}"), problems)
        column = f"location_{other}"
        for at in np.flatnonzero(alone).tolist():
            came = frame[column].iloc[at] if column in frame.columns else None
            problems.add_cell(at, column, "latitude and longitude, or neither", came)
    parts["location"] = together({name: parts[f"location.{name}"] for name in names})


def _guests(parts: Body, problems: Problems) -> None:
    names = [name for name in ("invite", "remove") if f"attendees.{name}" in parts]
    if len(names) == 2:
        both = said(parts["attendees.invite"], problems) & said(parts["attendees.remove"], problems)
        for at in np.flatnonzero(both).tolist():
            coming = {one["email"].casefold() for one in parts["attendees.invite"][at]}
            for one in parts["attendees.remove"][at]:
                if one["email"].casefold() in coming:
                    problems.add_cell(at, "attendees_remove", "nobody whom attendees names too", one["email"])
    if names:
        parts["attendees"] = together({name: parts[f"attendees.{name}"] for name in names})


def _conference(parts: Body, problems: Problems) -> None:
    """Put a conference together; an address of one without a profile is what reads say, and not sent."""
    if "conferencing.profile_id" not in parts:
        return
    profiles = parts["conferencing.profile_id"]
    nothing = np.full(len(profiles), OMITTED, object)
    names, urls = (parts.get(f"conferencing.{name}", nothing) for name in ("provider_description", "join_url"))
    asked = nothing.copy()
    for at in np.flatnonzero(profiles != OMITTED).tolist():
        asked[at] = {"profile_id": profiles[at]}
        if profiles[at] == "explicit":
            asked[at] |= {"provider_description": names[at]} if names[at] is not OMITTED else {}
            asked[at] |= _join_url(at, urls[at], problems)
    parts["conferencing"] = asked


def _join_url(at: int, url: Any, problems: Problems) -> dict[str, str]:
    try:
        return {"join_url": cell_parsers.address(url)}
    except Unfit as error:
        came = None if url is OMITTED else url
        problems.add_cell(at, "conferencing_join_url", f"{error.expected}, as the profile is explicit", came)
        return {}


def said(cells: Cells | None, problems: Problems) -> Mask:
    """Return which rows say something in a field."""
    return np.zeros(len(problems.bad), np.bool_) if cells is None else cells != OMITTED


def together(parts: Body) -> Cells:
    """Return an object for each row, of those parts that it says; `OMITTED` where it says none."""
    listed = [(name, cells.tolist()) for name, cells in parts.items()]
    count = len(listed[0][1])
    found = np.full(count, OMITTED, object)
    for at in range(count):
        whole = {name: cells[at] for name, cells in listed if cells[at] is not OMITTED}
        if whole:
            found[at] = whole
    return found
