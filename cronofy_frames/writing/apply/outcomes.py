"""What became of each row, as a frame on the index of what was planned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from cronofy_frames.writing.apply.journal import Answer
from cronofy_frames.writing.plan.plans import Plan, Step

Word = Literal["created", "updated", "deleted", "unchanged", "failed", "not_sent"]

DONE: dict[str, Word] = {"create": "created", "update": "updated", "delete": "deleted", "unchanged": "unchanged"}

NO_ANSWER = "sent, and no answer came: apply again with the same journal to find out"
NOT_REACHED = "was not reached"
UNKNOWN = (NO_ANSWER, NOT_REACHED)

ADVICE = {
    401: "the credentials were refused",
    402: "the subscription lacks what this needs",
    403: "the calendar is read-only, not unrestricted, or the scope does not reach this far",
    404: "the calendar or event is not there, or not this account's",
    423: "the profile takes no writes for now: apply again later",
    429: "over the rate limit: apply again later",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided about a row without sending it."""

    word: Word
    key: str | None = None
    message: str | None = None


def outcomes_of(
    plan: Plan,
    answers: Mapping[int, Answer],
    verdicts: Mapping[int, Verdict],
    *,
    verified: Mapping[int, bool] | None = None,
    dry_run: bool = False,
    **attrs: Any,
) -> pd.DataFrame:
    """Return the outcome of every row of a plan.

    Parameters
    ----------
    plan
        What was to be done.
    answers
        By position, what was answered.
    verdicts
        By position, what was decided without an answer.
    verified
        By position, whether what was accepted was seen; None where nobody looked.
    dry_run
        Whether to say what would be done.
    attrs
        What `attrs["cronofy"]` says beside the counts of outcomes.

    Returns
    -------
    DataFrame
        On the plan's index: outcome, status, error_key, error_field, message, the ids, batch; and verified where
        somebody looked.
    """
    steps = list(plan.steps())
    ids = _ids(plan, steps)
    rows = [_row(step, answers.get(step.position), verdicts.get(step.position), ids) for step in steps]
    if dry_run:
        rows = [_told(step, row) for step, row in zip(steps, rows, strict=True)]
    names = ["outcome", "status", "error_key", "error_field", "message", *ids, "batch"]
    numbers = {"status": "Int64", "batch": "Int64"}
    columns = {
        name: pd.Series([row.get(name) for row in rows], dtype=numbers.get(name, "str"), index=plan.index)
        for name in names
    }
    frame = pd.DataFrame(columns, index=plan.index)
    if plan.by_account:
        frame.insert(0, "account", pd.Series([step.account for step in steps], dtype="str", index=plan.index))
    if verified is not None:
        frame["verified"] = pd.array([verified.get(n) for n in range(len(plan))], dtype="boolean")
    counts = {str(word): int(count) for word, count in frame["outcome"].value_counts().items()}
    frame.attrs["cronofy"] = {**attrs, "plan": plan.id, "rows": len(plan), "outcomes": counts}
    return frame


def _ids(plan: Plan, steps: list[Step]) -> list[str]:
    """Return the columns of ids: a journal that is taken back may be of events, of periods or of both."""
    periods = [step.call in ("upsert_available_period", "delete_available_periods") for step in steps]
    both = ["event_id", "calendar_id"], ["available_period_id"]
    if plan.kind != "undo" or not any(periods):
        return both[plan.kind == "available_periods"]
    return both[1] if all(periods) else both[0] + both[1]


def _told(step: Step, row: dict[str, Any]) -> dict[str, Any]:
    """Return an outcome that says what would be done, where something would."""
    if row["message"] not in UNKNOWN or not step.sends:
        return row
    note = f"; {step.note}" if step.note else ""
    return {**row, "message": f"would be {DONE[step.action]}{note}"}


def _row(step: Step, answer: Answer | None, verdict: Verdict | None, ids: list[str]) -> dict[str, Any]:
    row = {name: step.arguments.get(name) for name in ids}
    if answer is not None and answer.status is not None:
        row.update(status=answer.status, batch=answer.batch)
        done = {"outcome": DONE[step.action], "message": step.note}
        return {**row, **(done if answer.accepted else refused(answer))}
    if verdict is not None:
        return {**row, "outcome": verdict.word, "error_key": verdict.key, "message": verdict.message}
    if step.action == "unchanged":
        return {**row, "outcome": "unchanged", "message": step.note}
    if answer is not None:
        return {**row, "outcome": "not_sent", "batch": answer.batch, "message": NO_ANSWER}
    return {**row, "outcome": "not_sent", "message": step.note if step.action == "skip" else NOT_REACHED}


def refused(answer: Answer) -> dict[str, Any]:
    """Return why a row was refused: the first error's key and field, and all of them in words."""
    errors = answer.data.get("errors") if isinstance(answer.data, dict) else None
    told = [
        (str(name), one if isinstance(one, dict) else {"key": str(one)})
        for name, listed in (errors.items() if isinstance(errors, dict) else ())
        for one in (listed if isinstance(listed, list) else [listed])
    ]
    message = "; ".join(f"{name}: {one.get('description') or one.get('key', 'refused')}" for name, one in told)
    assert answer.status is not None
    advice = ADVICE.get(answer.status, "the server failed: apply again later" if answer.status >= 500 else "refused")
    first = told[0] if told else (None, {})
    return {
        "outcome": "failed",
        "error_key": first[1].get("key"),
        "error_field": first[0],
        "message": (message or advice).encode("utf-8", "replace").decode(),
    }
