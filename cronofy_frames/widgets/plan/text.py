"""What a plan's widget says: on its buttons, in its question, about its journal and when it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from cronofy_frames.text import quantity
from cronofy_frames.widgets.parts import Kind
from cronofy_frames.writing.plan.plans import Plan
from cronofy_frames.writing.plan.rendering import purpose, totals

ACTIONS = ("create", "update", "delete")
LACKING = ("failed", "not sent")
LOOKING = {
    "apply": "Applying: looking at what stands there now …",
    "undo": "Taking back: looking at what stands there now …",
}
TELLING = {"apply": "Applying", "undo": "Taking back"}
DONE = {"apply": "Applied", "undo": "Taken back"}
AGAIN = {
    "apply": "Press Apply again to go on: what was done is not done twice.",
    "undo": "Press Undo again to go on: what was taken back is not taken back twice.",
}
BACK = (
    "What was created is deleted, what was changed or deleted is brought back as it stood before. "
    "Invitations that were sent stay sent."
)

UNKNOWN = "The plan was made without a client: what it writes over is not known, and Undo cannot bring that back."


def left_of(plan: Plan, kinds: Sequence[str] | None) -> str:
    """Return what Apply says: what it would do, or how many of the rows are left; kinds is None before it ran."""
    if not spoken(plan.counts()):
        return "Nothing to apply"
    if kinds is None:
        return f"Apply: {spoken(plan.counts())}"
    left = sum(kind in LACKING for kind in kinds)
    return f"Apply again: {quantity(left, 'row')} left" if left else "All is applied"


def word_of(plan: Plan, what: str) -> str:
    """Return what has to be typed; nothing where nothing is deleted."""
    count = plan.counts().get("delete", 0) if what == "apply" else 0
    return f"delete {count}" if count else ""


def doing_of(plan: Plan, what: str, back: int) -> str:
    """Return what Yes would do."""
    return spoken(plan.counts()) if what == "apply" else f"take back {back:,}"


def question_html(plan: Plan, what: str, back: int) -> str:
    """Return what is asked, with the numbers."""
    if what == "undo":
        return f"Take back what was written to {quantity(back, 'event or period', 'events or periods')}? {BACK}"
    counts = plan.counts()
    deletes = f" <b>{quantity(counts['delete'], 'row')} will be deleted.</b>" if counts.get("delete") else ""
    unknown = f" {UNKNOWN}" if plan.made_for is None else ""
    skipped = f" {quantity(counts['skip'], 'row')} with problems will be left out." if counts.get("skip") else ""
    whose = "" if plan.made_for is None else f" {purpose(plan).rpartition(', times in ')[0]}"
    return f"{escape(spoken(counts).capitalize() + whose)}?{deletes}{skipped}{unknown}"


def done_of(what: str, counts: Mapping[str, int]) -> tuple[str, Kind]:
    """Return what is said at the end, and whether all is well."""
    lacking = any(counts.get(kind) for kind in LACKING)
    first = " What is lacking is listed first, and says why." if lacking else ""
    text = f"{DONE[what]}, {quantity(sum(counts.values()), 'row')}: {said_of(counts)}.{first}"
    return text, "bad" if lacking else "good"


def head_html(plan: Plan) -> str:
    """Return what a plan is, and what a person should know of the whole."""
    notes = "".join(f"<li>{escape(note)}</li>" for note in plan.notes)
    listed = f'<ul style="margin:.3em 0;line-height:1.4">{notes}</ul>' if notes else ""
    what, _, _ = totals(plan).partition(":")  # how many rows there are of each kind is said where one may filter
    return f"<b>{escape(what)}</b>, {escape(purpose(plan))}{listed}"


def journal_html(path: str | None, named: bool) -> str:
    """Return where the journal is, which is what everything is taken back with."""
    if path is None:
        return "Journal, for Undo: a file in a temporary folder, made by Apply. Give journal= to choose a place for it."
    lasts = "" if named else " It is temporary: give journal= to choose a place that lasts."
    return f"Journal, for Undo: <code>{escape(path)}</code>.{lasts}"


def spoken(counts: Mapping[str, int]) -> str:
    """Return what will be done, as in "create 12, update 3 and delete 1"."""
    parts = [f"{action} {counts[action]:,}" for action in ACTIONS if counts.get(action)]
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def said_of(counts: Mapping[str, int]) -> str:
    """Return how many rows became what, in words."""
    return ", ".join(f"{count:,} {kind}" for kind, count in counts.items()) or "no rows"
