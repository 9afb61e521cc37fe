"""How one event or period is undone: the call, or why there is none, and what is different from what was written."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cronofy_frames.sandbox import Sandbox
from cronofy_frames.writing.apply.applying import apply
from cronofy_frames.writing.apply.undoing import undo
from tests.small import WORK
from tests.writes import client_of, event, plan_of

OLD, NEW, THEIRS = event("a", summary="old"), event("a", summary="new"), event("a", summary="theirs")
DELETION = {"calendar_id": WORK, "event_id": "a"}
WRITE, DELETE = ("create_event", NEW), ("delete_event", DELETION)

Call = tuple[str, dict[str, Any]]

# the event before, the call that is undone, what others have called since, and what undo would do
CALLS: dict[str, tuple[dict[str, Any] | None, Call, list[Call], dict[str, Any]]] = {
    "created": (None, WRITE, [], {"message": "would be deleted", "summary": "new"}),
    "created, and others have changed the title": (
        None,
        WRITE,
        [("create_event", THEIRS)],
        {
            "outcome": "failed",
            "message": "has changed",
            "summary": "theirs",
            "changed_since": "summary: 'new' -> 'theirs'",
        },
    ),
    "created, and others have added a text": (
        None,
        WRITE,
        [("create_event", {**NEW, "description": "Bring it"})],
        {"outcome": "failed", "message": "has changed", "changed_since": "description: nothing -> 'Bring it'"},
    ),
    "created, and others have deleted it": (
        None,
        WRITE,
        [DELETE],
        {"message": "would be deleted", "summary": "new", "changed_since": "deleted"},
    ),
    "updated": (OLD, WRITE, [], {"message": "would be updated", "summary": "old"}),
    "updated, and others have restored it": (
        OLD,
        WRITE,
        [("create_event", OLD)],
        {"message": "would be updated", "summary": "old", "changed_since": "summary: 'new' -> 'old'"},
    ),
    "updated, and others have changed it": (
        OLD,
        WRITE,
        [("create_event", THEIRS)],
        {
            "outcome": "failed",
            "message": "has changed",
            "summary": "old",
            "changed_since": "summary: 'new' -> 'theirs'",
        },
    ),
    "updated, and others have deleted it": (
        OLD,
        WRITE,
        [DELETE],
        {"outcome": "failed", "message": "was deleted", "summary": "old", "changed_since": "deleted"},
    ),
    "deleted": (OLD, DELETE, [], {"message": "would be created", "summary": "old"}),
    "deleted, and others have created it again": (
        OLD,
        DELETE,
        [("create_event", OLD)],
        {"message": "would be updated", "summary": "old"},
    ),
    "deleted, and others have created another": (
        OLD,
        DELETE,
        [("create_event", THEIRS)],
        {"outcome": "failed", "message": "has changed", "summary": "old", "changed_since": "created again"},
    ),
}


def preview(
    box: Sandbox,
    journal: Path,
    before: dict[str, Any] | None,
    call: Call,
    others: Sequence[Call] = (),
    *,
    compared: bool = True,
    **options: Any,
) -> "pd.Series[Any]":
    """Return what undo would do after one call, and after what others have done since."""
    client, _ = client_of(box)
    if before is not None:
        client.call("create_event", before)
    apply(plan_of([call], client if compared else None), client, journal=journal)
    for name, arguments in others:
        client.call(name, arguments)
    return undo(journal, client, dry_run=True, **options).iloc[0]


@pytest.mark.parametrize(("before", "call", "others", "expected"), CALLS.values(), ids=CALLS.keys())
def test_a_compared_call_is_undone(
    box: Sandbox, tmp_path: Path, before: Any, call: Any, others: Any, expected: dict[str, Any]
) -> None:
    """The state before is restored, unless others have written since; the row says what they have changed."""
    row = preview(box, tmp_path / "j", before, call, others)
    assert row["outcome"] == expected.get("outcome", "not_sent")
    assert row["message"].startswith(expected["message"])
    assert (None if pd.isna(row["changed_since"]) else row["changed_since"]) == expected.get("changed_since")
    assert row["summary"] == expected.get("summary", "new")


@pytest.mark.parametrize(
    ("on_conflict", "outcome", "error_key", "message"),
    [
        ("fail", "failed", "changed_since", "has changed since it was written"),
        ("skip", "not_sent", "changed_since", "has changed since it was written"),
        ("overwrite", "not_sent", None, "would be updated"),
    ],
)
def test_what_others_have_written_is_left_or_overwritten(
    box: Sandbox, tmp_path: Path, on_conflict: str, outcome: str, error_key: str | None, message: str
) -> None:
    """The argument decides, and the row says what would be lost in each case."""
    row = preview(box, tmp_path / "j", OLD, WRITE, [("create_event", THEIRS)], on_conflict=on_conflict)
    assert (row["outcome"], None if pd.isna(row["error_key"]) else row["error_key"]) == (outcome, error_key)
    assert row["message"].startswith(message)
    assert row["changed_since"] == "summary: 'new' -> 'theirs'"


@pytest.mark.parametrize(
    ("call", "others", "outcome", "message"),
    [
        (WRITE, [], "not_sent", "would be deleted; deleted; what it replaced, if anything, is not known"),
        (WRITE, [("create_event", THEIRS)], "failed", "has changed since it was written"),
        (WRITE, [DELETE], "not_sent", "would be deleted"),
        (DELETE, [], "not_sent", "cannot be restored: its state before is not known"),
        (DELETE, [("create_event", THEIRS)], "not_sent", "cannot be restored: its state before is not known"),
    ],
)
def test_a_call_that_was_not_compared_is_undone_as_far_as_known(
    box: Sandbox, tmp_path: Path, call: Call, others: list[Call], outcome: str, message: str
) -> None:
    """What a call without a comparison has written is deleted, and what it has deleted cannot be restored."""
    row = preview(box, tmp_path / "j", OLD, call, others, compared=False)
    assert row["outcome"] == outcome
    assert row["message"].startswith(message)
