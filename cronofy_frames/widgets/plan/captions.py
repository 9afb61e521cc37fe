"""Texts of a plan's widget: buttons, confirmation, journal and results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from cronofy_frames.text import quantity
from cronofy_frames.widgets.parts import Kind
from cronofy_frames.writing.plan.plans import Plan
from cronofy_frames.writing.plan.rendering import account_names, context_line, plan_title

ACTIONS = ("create", "update", "delete")
UNFINISHED = ("failed", "not sent")
CHECKING = {
    "apply": "Applying: comparing with the calendars …",
    "undo": "Undoing: comparing with the calendars …",
}
RUNNING = {"apply": "Applying", "undo": "Undoing"}
DONE = {"apply": "Applied", "undo": "Undone"}
CONTINUE = {
    "apply": "Press Apply again to continue: rows that are done are not repeated.",
    "undo": "Press Undo again to continue: rows that are undone are not repeated.",
}
UNDO_EFFECT = (
    "Created events are deleted, changed and deleted events are restored as they were before. "
    "Sent invitations cannot be recalled."
)

NO_REMOTE = (
    "The plan was made without a client: the events that it overwrites are not known, and Undo cannot restore them."
)


def rows_left(plan: Plan, kinds: Sequence[str] | None) -> int:
    """Return how many rows Apply would send; `kinds` are the outcomes of the rows, None before the plan was applied."""
    if kinds is None or not actions_text(plan.counts()):
        return sum(plan.counts().get(action, 0) for action in ACTIONS)
    return sum(kind in UNFINISHED for kind in kinds)


def apply_label(plan: Plan, kinds: Sequence[str] | None) -> str:
    """Return the text of the Apply button; for `kinds` see `rows_left`."""
    actions, left = actions_text(plan.counts()), rows_left(plan, kinds)
    if not actions:
        return "Nothing to apply"
    if kinds is None:
        return f"Apply: {actions}"
    return f"Apply again: {quantity(left, 'row')} left" if left else "All is applied"


def words_to_type(plan: Plan, operation: str) -> str:
    """Return the words to type as a confirmation; "" if nothing is deleted."""
    count = plan.counts().get("delete", 0) if operation == "apply" else 0
    return f"delete {count}" if count else ""


def operation_text(plan: Plan, operation: str, undoable: int) -> str:
    """Return what the Yes button does."""
    return actions_text(plan.counts()) if operation == "apply" else f"undo {undoable:,}"


def question_html(plan: Plan, operation: str, undoable: int) -> str:
    """Return the question to confirm, with the numbers of rows."""
    if operation == "undo":
        changes = quantity(undoable, "event or period", "events or periods")
        return f"Undo the changes of the plan that was applied last to {changes}? {UNDO_EFFECT}"
    counts = plan.counts()
    deletes = f" <b>{quantity(counts['delete'], 'row')} will be deleted.</b>" if counts.get("delete") else ""
    no_remote = f" {NO_REMOTE}" if plan.made_for is None else ""
    skipped = f" {quantity(counts['skip'], 'row')} with problems will be left out." if counts.get("skip") else ""
    note = None if plan.source is None else plan.source.change_note()
    changed = f" <b>{escape(note)}.</b>" if note else ""
    accounts = "" if plan.made_for is None else f" for {account_names(plan)}"
    return f"{escape(actions_text(counts).capitalize() + accounts)}?{deletes}{skipped}{changed}{no_remote}"


def result_text(operation: str, counts: Mapping[str, int]) -> tuple[str, Kind]:
    """Return the message at the end, and its kind."""
    unfinished = any(counts.get(kind) for kind in UNFINISHED)
    hint = " The rows that were not written are listed first, with the reason." if unfinished else ""
    text = f"{DONE[operation]}, {quantity(sum(counts.values()), 'row')}: {counts_text(counts)}.{hint}"
    return text, "bad" if unfinished else "good"


def heading_html(plan: Plan) -> str:
    """Return the title of a plan, its accounts and its notes."""
    notes = "".join(f"<li>{escape(note)}</li>" for note in plan.notes)
    listed = f'<ul style="margin:.3em 0;line-height:1.4">{notes}</ul>' if notes else ""
    return f"<b>{escape(plan_title(plan))}</b>, {escape(context_line(plan))}{listed}"


def journal_html(path: str | None, named: bool) -> str:
    """Return the location of the journal."""
    if path is None:
        return (
            "Journal, for Undo: Apply makes a file in a temporary folder. Use journal= to choose a permanent location."
        )
    hint = "" if named else " It is temporary: use journal= to choose a permanent location."
    return f"Journal, for Undo: <code>{escape(path)}</code>.{hint}"


def actions_text(counts: Mapping[str, int]) -> str:
    """Return the actions of a plan, as in "create 12, update 3 and delete 1"."""
    parts = [f"{action} {counts[action]:,}" for action in ACTIONS if counts.get(action)]
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def counts_text(counts: Mapping[str, int]) -> str:
    """Return the number of rows of each kind."""
    return ", ".join(f"{count:,} {kind}" for kind, count in counts.items()) or "no rows"
