"""Outcomes of the rows of a plan, as a frame on the plan's index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from cronofy_frames.recent_error import RecentError, describe_interrupt
from cronofy_frames.writing.apply.journal import Journal
from cronofy_frames.writing.apply.journal_state import EntryResponse
from cronofy_frames.writing.plan.plans import Plan, Step

Outcome = Literal["created", "updated", "deleted", "unchanged", "failed", "not_sent"]

SUCCESS: dict[str, Outcome] = {"create": "created", "update": "updated", "delete": "deleted", "unchanged": "unchanged"}
"""The outcome of an accepted call, by action."""

NO_RESPONSE = "sent, but no response was received: apply again with the same journal to find out"
NOT_REACHED = "was not reached"
UNKNOWN = (NO_RESPONSE, NOT_REACHED)
"""Messages of rows that wait for another run."""

ADVICE = {
    401: "the credentials were refused",
    402: "the subscription does not include this",
    403: "the calendar is read-only, or the token's scope does not allow this",
    404: "the calendar or event does not exist, or belongs to another account",
    423: "the profile does not accept writes at the moment: apply again later",
    429: "over the rate limit: apply again later",
}


@dataclass(frozen=True, slots=True)
class UnsentOutcome:
    """The outcome of a row that is decided without sending it."""

    outcome: Outcome
    error_key: str | None = None
    message: str | None = None


def outcome_frame(
    plan: Plan,
    responses: Mapping[int, EntryResponse],
    unsent: Mapping[int, UnsentOutcome],
    *,
    verified: Mapping[int, bool] | None = None,
    dry_run: bool = False,
    **attrs: Any,
) -> pd.DataFrame:
    """Return the outcome of each row of a plan.

    Parameters
    ----------
    plan
        The plan.
    responses
        The responses, by position.
    unsent
        The outcomes that were decided without sending, by position.
    verified
        Whether the result of an accepted call was found in the calendar, by position; None if it was not read back.
    dry_run
        Whether to say what would be done.
    attrs
        What `attrs["cronofy"]` holds beside the counts of outcomes.

    Returns
    -------
    DataFrame
        On the plan's index: outcome, status, error_key, error_field, message, the ids, batch; and verified, if given.
    """
    steps = list(plan.steps())
    ids = _id_columns(plan, steps)
    rows = [_outcome_row(step, responses.get(step.position), unsent.get(step.position), ids) for step in steps]
    if dry_run:
        rows = [_dry_run_row(step, row) for step, row in zip(steps, rows, strict=True)]
    frame = _frame_of_rows(rows, ids, plan.index)
    if plan.by_account:
        frame.insert(0, "account", pd.Series([step.account for step in steps], dtype="str", index=plan.index))
    if verified is not None:
        frame["verified"] = pd.array([verified.get(position) for position in range(len(plan))], dtype="boolean")
    counts = {str(outcome): int(count) for outcome, count in frame["outcome"].value_counts().items()}
    frame.attrs["cronofy"] = {**attrs, "plan": plan.id, "rows": len(plan), "outcomes": counts}
    return frame


def _frame_of_rows(rows: Sequence[Mapping[str, Any]], ids: Sequence[str], index: pd.Index[Any]) -> pd.DataFrame:
    names = ["outcome", "status", "error_key", "error_field", "message", *ids, "batch"]
    integers = {"status": "Int64", "batch": "Int64"}
    columns = {
        name: pd.Series([row.get(name) for row in rows], dtype=integers.get(name, "str"), index=index) for name in names
    }
    return pd.DataFrame(columns, index=index)


def _id_columns(plan: Plan, steps: Sequence[Step]) -> list[str]:
    """Return the columns of ids: a plan to undo can have events, periods or both."""
    are_periods = [step.call in ("upsert_available_period", "delete_available_periods") for step in steps]
    of_events, of_periods = ["event_id", "calendar_id"], ["available_period_id"]
    if plan.kind != "undo" or not any(are_periods):
        return of_periods if plan.kind == "available_periods" else of_events
    return of_periods if all(are_periods) else of_events + of_periods


def _dry_run_row(step: Step, row: dict[str, Any]) -> dict[str, Any]:
    """Return an outcome that says what would be done, if a call would be sent."""
    if row["message"] not in UNKNOWN or not step.sends:
        return row
    note = f"; {step.note}" if step.note else ""
    return {**row, "message": f"would be {SUCCESS[step.action]}{note}"}


def _outcome_row(
    step: Step, response: EntryResponse | None, unsent: UnsentOutcome | None, ids: Sequence[str]
) -> dict[str, Any]:
    row = {name: step.arguments.get(name) for name in ids}
    if response is not None and response.status is not None:
        row.update(status=response.status, batch=response.batch)
        success = {"outcome": SUCCESS[step.action], "message": step.note}
        return {**row, **(success if response.accepted else failure(response))}
    if unsent is not None:
        return {**row, "outcome": unsent.outcome, "error_key": unsent.error_key, "message": unsent.message}
    if step.action == "unchanged":
        return {**row, "outcome": "unchanged", "message": step.note}
    if response is not None:
        return {**row, "outcome": "not_sent", "batch": response.batch, "message": NO_RESPONSE}
    return {**row, "outcome": "not_sent", "message": step.note if step.action == "skip" else NOT_REACHED}


def failure(response: EntryResponse) -> dict[str, Any]:
    """Return the columns of a refused call: key and field of its first error, and all errors in the message."""
    errors = _errors_in(response.data)
    message = "; ".join(f"{name}: {error.get('description') or error.get('key', 'refused')}" for name, error in errors)
    field, first = errors[0] if errors else (None, {})
    return {
        "outcome": "failed",
        "error_key": _text_cell(first.get("key")),
        "error_field": _text_cell(field),
        "message": _text_cell(message or _advice(response)),
    }


def _text_cell(value: Any) -> str | None:
    """Return a value of a response as text; without lone surrogates, which no column of texts takes."""
    return None if value is None else str(value).encode("utf-8", "replace").decode()


def _errors_in(body: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return the errors that a response lists, each with its field."""
    by_field = body.get("errors") if isinstance(body, dict) else None
    return [
        (str(name), error if isinstance(error, dict) else {"key": str(error)})
        for name, errors in (by_field.items() if isinstance(by_field, dict) else ())
        for error in (errors if isinstance(errors, list) else [errors])
    ]


def _advice(response: EntryResponse) -> str:
    assert response.status is not None
    default = "the server failed: apply again later" if response.status >= 500 else "refused"
    return ADVICE.get(response.status, default)


def attach_outcomes(error: RecentError, outcomes: pd.DataFrame, book: Journal | None) -> None:
    """Attach the outcomes so far to an error or interrupt, and say how to continue: in its message, or in a note."""
    unknown = int(outcomes["message"].isin(UNKNOWN).sum())
    how = "with the same journal" if book is not None else "again: rows that were written are not duplicated"
    rest = f"{unknown} of {len(outcomes)} rows have no response"
    step = f"To continue, call it {how}."
    if isinstance(error, KeyboardInterrupt):
        note = f"Interrupted: {rest}; cf.last_error().partial has the outcomes so far. {step}"
        describe_interrupt(error, note, partial=outcomes, resume=None)
        return
    error.partial = outcomes
    error.args = (f"{error} {rest}; `.partial` has the outcomes so far. {step}",)
