"""How the calls that wrote an event or period are undone: the call that reverses them, or why none is sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from cronofy_frames.writing.apply.journal_state import Line, TargetHistory
from cronofy_frames.writing.apply.outcomes import UnsentOutcome
from cronofy_frames.writing.apply.restoring import CallMade, restoring_arguments
from cronofy_frames.writing.plan.field_changes import changes_text, field_changes
from cronofy_frames.writing.plan.plans import Action, Step
from cronofy_frames.writing.plan.remote_state import (
    Remote,
    additions,
    differences,
    has_additions,
    has_changed,
    is_up_to_date,
)

DELETE_CALLS = {"event": "delete_event", "external": "delete_external_event", "period": "delete_available_periods"}
WRITE_CALLS = {"event": "create_event", "external": "update_external_event", "period": "upsert_available_period"}
TARGET_ARGUMENTS = ("calendar_id", "event_id", "event_uid", "available_period_id")
"""The arguments of a call that name its target."""

STATE_UNKNOWN_NOTE = "deleted; what it replaced, if anything, is not known, because the plan was made without client="
INVITATIONS_NOTE = "its attendees are invited again: invitations and cancellations cannot be taken back"


class Reversal:
    """How one event or period is undone.

    Parameters
    ----------
    history
        The calls to undo.
    remote
        Its current remote state; None if it does not exist.
    earlier
        The calls of plans before, which stay; None if there are none.
    later
        The number of a later plan that wrote to it and stays; None if there is none.
    """

    def __init__(
        self, history: TargetHistory, remote: Remote | None, earlier: TargetHistory | None, later: int | None
    ) -> None:
        self._remote_row, self._later = remote, later
        self._calls = _calls_made(history)
        self._earlier = _fields_after([] if earlier is None else _calls_made(earlier))
        self._last = history.effective[-1].line
        baseline = history.baseline
        self._is_compared, self._before = baseline.compared, baseline.line["before"]
        self._is_accepted = any(call.response.accepted for call in history.effective)

    def step(self, position: int, account: str | None, target_type: str) -> Step:
        """Return the step that restores the state before all calls, or deletes what they created."""
        label, arguments = row_label(self._last), self._last["arguments"]
        action: Action = "create" if self._remote_row is None else "update"
        if not self._is_compared and self._earlier:
            call = WRITE_CALLS[target_type]
            return Step(position, label, action, account, call, self._earlier, self._remote_row, EARLIER_PLAN_NOTE)
        if not self._is_compared or self._before is None:
            ids = {name: arguments[name] for name in TARGET_ARGUMENTS if name in arguments}
            note = None if self._is_compared else STATE_UNKNOWN_NOTE
            return Step(position, label, "delete", account, DELETE_CALLS[target_type], ids, self._remote_row, note)
        restored = restoring_arguments(self._calls, self._before, self._remote_row)
        note = INVITATIONS_NOTE if "attendees" in restored else None
        return Step(position, label, action, account, WRITE_CALLS[target_type], restored, self._remote_row, note)

    def unsent_outcome(self, step: Step, on_conflict: str) -> UnsentOutcome | None:
        """Return the outcome if the step is not sent; None if it is."""
        was_deleted = self._last["action"] == "delete"
        if not self._is_compared and not self._earlier and (was_deleted or step.call == "delete_external_event"):
            return STATE_UNKNOWN
        if was_deleted and step.action == "delete" and self._remote_row is None:
            return UnsentOutcome("unchanged", message="did not exist before either")
        if self._last["call"] == "delete_external_event" or (
            self._remote_row is None and step.call == "update_external_event"
        ):
            return EXTERNAL_GONE
        if self._later is not None:
            return _conflict(on_conflict, f"was written again by plan {self._later} of this journal: undo that first")
        if not self._has_changed_since():
            return None
        if not self._is_accepted:
            return UNCERTAIN
        gone = "was deleted" if self._remote_row is None else "has changed"
        return _conflict(on_conflict, f"{gone} since it was written: to undo it anyway, use on_conflict='overwrite'")

    def _has_changed_since(self) -> bool:
        """Return whether the remote state is neither what was written nor the state before."""
        remote, arguments = self._remote_row, self._last["arguments"]
        if self._last["action"] == "delete":
            return remote is not None and has_changed({}, self._before, remote)
        if remote is None:
            # an event that was created may not be shown yet, or was deleted: deleting it is right for both
            return self._is_accepted and self._is_compared and self._before is not None
        written = {name: value for _, call in self._calls for name, value in call.items()}
        if is_up_to_date(arguments, remote):
            return self._before is None and has_additions(written, remote)
        return not self._is_compared or has_changed(arguments, self._before, remote)

    def changed_since(self, tz: str) -> str | None:
        """Return what is different from what was written, as text; None for nothing."""
        if self._last["action"] == "delete":
            return None if self._remote_row is None or not self._has_changed_since() else "created again"
        if self._remote_row is None:
            return "deleted" if self._is_accepted else None
        written = {name: value for _, call in self._calls for name, value in call.items()}
        changes = {name: (old, now) for name, (now, old) in differences(written, self._remote_row).items()}
        if self._before is None:
            changes |= {name: (None, value) for name, value in additions(written, self._remote_row).items()}
        return changes_text(field_changes(changes, tz)) or None

    def with_written_values(self, step: Step) -> Step:
        """Return the step with the title and times that were written, where the remote state has none."""
        return step if step.before is not None else replace(step, before=self._last["arguments"])


EARLIER_PLAN_NOTE = "written again as the plan before wrote it; what only the undone plan set stays"
CHANGED_SINCE = "changed_since"
"""The error_key of a row whose event was changed since it was written."""

STATE_UNKNOWN = UnsentOutcome(
    "not_sent",
    "unknown",
    "cannot be restored: its state before is not known, because the plan was made without client=",
)
EXTERNAL_GONE = UnsentOutcome("not_sent", "external", "an external event that was deleted cannot be created again")
UNCERTAIN = UnsentOutcome(
    "not_sent",
    "unknown",
    "may not have been written, because no response was received, and differs from what was sent: kept as it is",
)


def _conflict(on_conflict: str, reason: str) -> UnsentOutcome | None:
    """Return the outcome of a row whose event is not as it was written; None to undo it anyway."""
    if on_conflict == "overwrite":
        return None
    return UnsentOutcome("failed" if on_conflict == "fail" else "not_sent", CHANGED_SINCE, reason)


def _calls_made(history: TargetHistory) -> list[CallMade]:
    return [(call.line["call"], call.line["arguments"]) for call in history.effective]


def _fields_after(calls: Iterable[CallMade]) -> dict[str, Any]:
    """Return the arguments that write an event as some calls left it; empty if the last of them deleted it."""
    fields: dict[str, Any] = {}
    for call, arguments in calls:
        fields = {} if call.startswith("delete") else {**fields, **arguments}
    return fields


def row_label(line: Line) -> Any:
    """Return the label of the row that a call belongs to."""
    return tuple(line["row"]) if isinstance(line["row"], list) else line["row"]
