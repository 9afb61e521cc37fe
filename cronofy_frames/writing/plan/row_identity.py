"""The event or available period of each row: given by its id, by the event_uid of an external event, or derived.

An external event is one that another person or application made. It has an event_uid and no event_id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cronofy_frames.sheets.problems import Mask
from cronofy_frames.wire.endpoint import OMITTED
from cronofy_frames.writing.plan.calendars import Destinations
from cronofy_frames.writing.plan.cell_parsers import Cells, parse_boolean, parse_event_id, parse_nonblank_text
from cronofy_frames.writing.plan.comparing import EXTERNAL_PREFIX, OWN_EVENT_EXPECTED
from cronofy_frames.writing.plan.fields import parse_column, problem_recorder
from cronofy_frames.writing.plan.ids import canonical_text, derive_ids
from cronofy_frames.writing.plan.plan_builder import PlanBuilder
from cronofy_frames.writing.plan.remote_state import TARGET_TYPES
from cronofy_frames.writing.plan.start_end import RowTimes


@dataclass(slots=True)
class RowIdentities:
    """The event or period of each row.

    Attributes
    ----------
    calls
        The endpoint to call for each row.
    ids
        The id that the endpoint gets; None where there is none.
    external
        Which rows are external events.
    derived
        Which ids are derived from the key columns.
    notes
        A note for the plan on each row; None for no note.
    key_cells
        The key columns in canonical form, from which ids are derived; empty if none are.
    """

    calls: Cells
    ids: Cells
    external: Mask
    derived: Mask
    notes: Cells
    key_cells: dict[str, Cells] = field(default_factory=dict)

    def key_at(self, position: int) -> dict[str, Any] | None:
        """Return the key of a row; None if its id is not derived."""
        return {name: cells[position] for name, cells in self.key_cells.items()} if self.derived[position] else None


def identify_events(builder: PlanBuilder, key: list[str], times: RowTimes) -> RowIdentities:
    """Return the event of each row: by its event_id, else by its event_uid, else by an id derived from its key."""
    ids, uids, external = _read_ids(builder)
    identities = identify_or_derive(builder, ids, external, key, times, "create_event")
    identities.calls[external], identities.ids[external] = "update_external_event", uids[external]
    _report_events_of_series(builder, external, "update")
    recurring = external & _has_values(builder, "recurrence")
    expected = "no recurrence for an external event"
    builder.problems.add_cells(recurring, "recurrence", expected, builder.cell_getter("recurrence"))
    return identities


def identify_deletions(builder: PlanBuilder) -> RowIdentities:
    """Return the event that each row deletes: by its event_id, else by the event_uid of an external event."""
    count = len(builder.frame)
    ids, uids, external = _read_ids(builder)
    _report_events_of_series(builder, external, "delete")
    unknown = (ids == OMITTED) & ~external
    expected = "an event_id, or the event_uid of an external event; Plan.frame() has the ids that a plan derived"
    if unknown.all() and count and not {"event_id", "event_uid"} & set(builder.frame.columns):
        builder.problems.add_column("event_id", expected, "no such column")
    else:
        builder.problems.add_cells(unknown, "event_id", expected, builder.cell_getter("event_id"))
    calls = np.full(count, "delete_event", object)
    calls[external] = "delete_external_event"
    all_ids = np.where(external, uids, ids)
    all_ids[unknown] = None
    return RowIdentities(calls, all_ids, external, np.zeros(count, np.bool_), np.full(count, None, object))


def _read_ids(builder: PlanBuilder) -> tuple[Cells, Cells, Mask]:
    """Return the event_ids, the event_uids, and which rows are external events."""
    ids, uids = builder.read("event_id", parse_event_id), builder.read("event_uid", parse_nonblank_text)
    external = (ids == OMITTED) & (uids != OMITTED)
    if builder.accounts is None:
        # with a client the remote state tells whether an event is external; without, its prefix does
        own = external & np.array(
            [uid is not OMITTED and not uid.startswith(EXTERNAL_PREFIX) for uid in uids], np.bool_
        )
        builder.problems.add_cells(own, "event_uid", OWN_EVENT_EXPECTED, lambda position: uids[position])
    return ids, uids, external


def _has_values(builder: PlanBuilder, name: str) -> Mask:
    """Return which cells of a column are not missing."""
    if name not in builder.frame.columns:
        return np.zeros(len(builder.frame), np.bool_)
    present: Mask = builder.frame[name].notna().to_numpy(np.bool_)
    return present


def _report_events_of_series(builder: PlanBuilder, external: Mask, verb: str) -> None:
    """Add a problem for each external event that is one of a series, if the frame says so."""
    if builder.accounts is not None:
        return  # the remote state is checked instead
    recurring = external & (builder.read("recurring", parse_boolean, rows=external) == True)  # noqa: E712 - by cell
    expected = f"an event outside a series: Cronofy does not {verb} one event of a series"
    builder.problems.add_cells(recurring, "event_uid", expected, builder.cell_getter("event_uid"))


def identify_or_derive(
    builder: PlanBuilder, ids: Cells, external: Mask, key: list[str], times: RowTimes, call: str
) -> RowIdentities:
    """Return the identity of each row by its id, or by an id derived from the key columns.

    Parameters
    ----------
    builder
        The plan being built.
    ids
        The ids that the rows give; `OMITTED` where there is none.
    external
        Which rows are external events, which get no id.
    key
        The columns to derive ids from.
    times
        Start and end of the rows.
    call
        The endpoint to call.
    """
    derived = (ids == OMITTED) & ~external & ~builder.problems.silenced
    all_ids = ids.copy()
    all_ids[ids == OMITTED] = None
    parts: dict[str, Cells] = {}
    if derived.any():
        parts = {name: cells for name in key if (cells := _key_cells(builder, name, derived, times)) is not None}
        if len(parts) == len(set(key)):
            all_ids[derived] = derive_ids({name: cells[derived] for name, cells in parts.items()})
    calls, notes = np.full(len(ids), call, object), np.full(len(ids), None, object)
    return RowIdentities(calls, all_ids, external, derived, notes, parts)


def _key_cells(builder: PlanBuilder, name: str, rows: Mask, times: RowTimes) -> Cells | None:
    """Return a key column in canonical form; None if there is no such column."""
    if name in ("start", "end"):
        return times.texts(name)
    if name not in builder.frame.columns:
        if name not in {problem.column for problem in builder.problems.of_columns}:
            builder.problems.add_column(name, "a column of this name, because key= names it", "no such column")
        return None
    recorder = problem_recorder(builder.problems, name)
    cells = parse_column(builder.frame[name], canonical_text, recorder, rows=rows)
    expected = "a value, because the id is derived from it"
    builder.problems.add_cells(rows & (cells == OMITTED), name, expected, builder.cell_getter(name))
    return cells


def report_same_targets(
    builder: PlanBuilder, identities: RowIdentities, destinations: Destinations, key: Sequence[str]
) -> None:
    """Add a problem for each row with the same target as a row above it: which one wins would be chance."""
    rows = zip(destinations.accounts, destinations.calendar_ids, identities.calls, identities.ids, strict=True)
    targets = [
        None if calendar_id is None or own_id is None else (label, calendar_id, call, own_id)
        for label, calendar_id, call, own_id in rows
    ]

    def describe(position: int, other: str) -> tuple[str, str]:
        if identities.derived[position]:
            names = ", ".join(key)
            expected = f"another {names} than row {other}: name more columns in key=, or give each row an id"
            return key[0], expected
        _, name = TARGET_TYPES[identities.calls[position]]
        return name, f"an {name} of its own: row {other} has the same"

    builder.report_same_targets(targets, describe)


def report_protected_events(builder: PlanBuilder, identities: RowIdentities, option: str) -> None:
    """Add a problem for each external event whose row says that Cronofy may not change it.

    Where the row does not say, `identities` gets a note.
    """
    allowed = builder.read(option, parse_boolean, rows=identities.external)
    if builder.accounts is not None:
        return  # the remote state is checked instead
    verb = option.removeprefix("options_")
    refused = identities.external & (allowed == False)  # noqa: E712 - cell by cell
    expected = f"True: otherwise Cronofy may not {verb} this event"
    builder.problems.add_cells(refused, option, expected, builder.cell_getter(option))
    identities.notes[identities.external & (allowed == OMITTED)] = f"may be refused: {option} is not known"
