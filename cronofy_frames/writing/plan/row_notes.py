"""Notes on the rows of a plan: a second event beside an earlier one, and rows far from the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from cronofy_frames.text import by_count, quantity
from cronofy_frames.writing.plan.comparing import LeftBehindEvents
from cronofy_frames.writing.plan.plan_builder import PlanBuilder
from cronofy_frames.writing.plan.plans import Step
from cronofy_frames.writing.plan.remote_state import Remote, Target, target_of
from cronofy_frames.writing.plan.row_identity import RowIdentities

RemoteByAccount = Mapping[str | None, dict[Target, Remote]]
"""The remote state, by the label of the account."""


def with_left_behind_notes(
    builder: PlanBuilder, steps: list[Step], identities: RowIdentities, remote: RemoteByAccount, tz: str
) -> list[Step]:
    """Return the steps, with a note on each that would create a second event because its row has a new id."""
    new = [step for step in steps if step.call == "create_event" and step.action == "create"]
    if not new:
        return steps
    claimed = {target_of(step.call, step.arguments) for step in steps if step.call is not None}
    left_behind = {label: LeftBehindEvents(rows, claimed, tz) for label, rows in remote.items()}
    pairs = ((step.position, left_behind[step.account].note(step, identities.key_at(step.position))) for step in new)
    notes = {position: note for position, note in pairs if note is not None}
    if notes:
        creates = by_count(len(notes), "creates", "create")
        builder.notes.append(
            f"{quantity(len(notes), 'row')} {creates} a second event beside one of the same title from an earlier "
            "sheet: see the notes on each"
        )
    return [_with_note(step, notes) for step in steps]


def with_far_row_notes(builder: PlanBuilder, steps: Iterable[Step], texts: Mapping[int, str]) -> Iterable[Step]:
    """Return the steps, with a note on each row that is far from the others, if it changes something.

    Parameters
    ----------
    builder
        The plan in the making.
    steps
        The steps of its rows.
    texts
        The notes of `far_row_notes`, by the position of the row.
    """
    if builder.accounts is None:
        changing = set(np.flatnonzero(~builder.problems.bad).tolist())
    else:
        steps = list(steps)
        changing = {step.position for step in steps if step.sends}
    notes = {position: text for position, text in texts.items() if position in changing}
    if notes:
        are_far = by_count(len(notes), "is", "are")
        builder.notes.append(
            f"{quantity(len(notes), 'row')} {are_far} far from the others in year, length or hour: see the notes on "
            "each"
        )
    return (_with_note(step, notes) for step in steps)


def _with_note(step: Step, notes: Mapping[int, str]) -> Step:
    note = notes.get(step.position)
    return step if note is None else replace(step, note="; ".join(filter(None, [step.note, note])))
