"""Undo the runs of a journal: delete what was created, and restore what was updated or deleted."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import pandas as pd

from cronofy_frames.errors import CronofyError
from cronofy_frames.frames.accounts import Clients, clients_by_label
from cronofy_frames.frames.progress import Progress
from cronofy_frames.wire.client import Client
from cronofy_frames.writing.apply.applying import attach_outcomes, begin_run
from cronofy_frames.writing.apply.journal import Journal
from cronofy_frames.writing.apply.journal_state import AccountTarget, Line, TargetHistory
from cronofy_frames.writing.apply.outcomes import UnsentOutcome, outcome_frame
from cronofy_frames.writing.apply.restoring import restoring_arguments
from cronofy_frames.writing.apply.sending import Sender
from cronofy_frames.writing.plan.accounts import identify_accounts, require_clients, require_same_accounts
from cronofy_frames.writing.plan.plans import Plan, Step
from cronofy_frames.writing.plan.remote_state import Remote, has_additions, has_changed, is_up_to_date, read_remote

DELETE_CALLS = {"event": "delete_event", "external": "delete_external_event", "period": "delete_available_periods"}
WRITE_CALLS = {"event": "create_event", "external": "update_external_event", "period": "upsert_available_period"}
TARGET_ARGUMENTS = ("calendar_id", "event_id", "event_uid", "available_period_id")
"""The arguments of a call that name its target."""

STATE_UNKNOWN_NOTE = "deleted; what it replaced, if anything, is not known, because the plan was made without client="
INVITATIONS_NOTE = "its attendees are invited again: invitations and cancellations cannot be taken back"


def undo(
    journal: str | os.PathLike[str] | Journal,
    client: Clients,
    *,
    on_conflict: Literal["overwrite", "skip", "fail"] = "overwrite",
    dry_run: bool = False,
    progress: bool | None = None,
) -> pd.DataFrame:
    """Undo everything that a journal records as written, and return the outcome of each row.

    Created events are deleted. Updated and deleted ones are restored as they were when the plan was made, if it was
    made with a client. Some things cannot be restored, and their outcome says so: deleted external events, everything
    that a plan without a client replaced, and fields that reads never return, such as reminders. Invitations that
    were sent stay sent.

    The undo is recorded in the same journal, with the state before it, so it can be repeated after any interruption.
    A journal that was undone can be used again.

    Parameters
    ----------
    journal
        The journal that `apply` was given.
    client
        The client that `apply` was given.
    on_conflict
        What to do with an event that has changed since it was written: "overwrite" undoes it anyway (the journal keeps
        the changes), "skip" gives its row the outcome not_sent, "fail" failed.
    dry_run
        Say what would be done, and send nothing.
    progress
        Whether to show a progress bar; None shows one in a notebook or terminal if it takes long.

    Returns
    -------
    DataFrame
        As `apply` returns it, with a row for each event or period, on the labels of the rows that wrote them. The
        outcome is deleted for what was created, updated for what was updated, created for what was deleted.

    Raises
    ------
    ApiError, TransportError
        The credentials are refused, or the service does not respond; `.partial` has the outcomes so far.
    FrameError
        The file is no journal, or was made for other accounts than those of the client; nothing was sent.
    FileNotFoundError
        The file does not exist.

    Examples
    --------
    >>> done = cf.apply(cf.plan_events(sheet, calendar=primary, client=client), client, journal=folder / "j")
    >>> cf.undo(folder / "j", client)["outcome"].tolist()
    ['deleted', 'deleted']
    """
    if on_conflict not in ("overwrite", "skip", "fail"):
        raise ValueError(f"on_conflict is overwrite, skip or fail; not {on_conflict!r}.")
    book = journal if isinstance(journal, Journal) else Journal(journal)
    if not book.path.exists():
        raise FileNotFoundError(
            f"the journal {book.path} does not exist: give the file that apply() was given. If apply() had nothing to "
            "send, it created no journal, and there is nothing to undo."
        )
    clients = clients_by_label(client)
    accounts = identify_accounts(clients)
    with book:
        require_same_accounts(book.state.made_for, accounts, "journal")
        run = _UndoRun(book, clients, on_conflict)
        if dry_run or not len(run.plan):
            return run.outcomes(dry_run=dry_run)
        begin_run(book, "undo", run.plan, accounts, clients)
        run.send(progress)
        if run.is_finished:
            book.end_run()
        return run.outcomes()


class _UndoRun:
    """One run of undo: a plan made from the calls of a journal and the current remote state."""

    def __init__(self, book: Journal, clients: Mapping[str | None, Client], on_conflict: str) -> None:
        self._book, self._clients, self._on_conflict = book, clients, on_conflict
        self._unsent: dict[int, UnsentOutcome] = {}
        histories = {target: history for target, history in book.state.histories.items() if history.effective}
        require_clients({target[0] for target in histories}, clients, "journal")
        self._remote = {
            label: read_remote(clients[label], [target[1:] for target in histories if target[0] == label])
            for label in {target[0] for target in histories}
        }
        self.plan = Plan(
            self._steps(histories),
            kind="undo",
            tz=book.state.tz,
            made_for=book.state.made_for,
            names=_index_names(book.state.names, histories),
        )
        earlier = book.state.undo_responses or {}
        self._responses = {
            position: response
            for position, target in enumerate(histories)
            if (response := earlier.get(target)) is not None and response.accepted and position not in self._unsent
        }

    def _steps(self, histories: Mapping[AccountTarget, TargetHistory]) -> Iterator[Step]:
        """Yield the step that undoes each event or period, and decide which are not sent."""
        for position, ((account, target_type, calendar_id, own_id), history) in enumerate(histories.items()):
            reversal = _Reversal(history, self._remote[account].get((target_type, calendar_id, own_id)))
            step = reversal.step(position, account, target_type)
            if (outcome := reversal.unsent_outcome(step, self._on_conflict)) is not None:
                self._unsent[position] = outcome
            yield step

    def send(self, progress: bool | None) -> None:
        """Send the steps; an error carries the outcomes so far."""
        decided = self._responses.keys() | self._unsent.keys()
        waiting = [step for step in self.plan.steps() if step.sends and step.position not in decided]
        with Progress(show=progress, unit="row") as bar:
            sender = Sender(self._clients, self._book, bar)
            try:
                sender.send(waiting)
            except CronofyError as error:
                self._responses.update(sender.responses)
                attach_outcomes(error, self.outcomes(), self._book)
                raise
            self._responses.update(sender.responses)

    @property
    def is_finished(self) -> bool:
        """Whether everything is undone that can be and is not to be skipped."""
        has_failed = any(outcome.outcome == "failed" for outcome in self._unsent.values())
        return not has_failed and all(response.accepted for response in self._responses.values())

    def outcomes(self, *, dry_run: bool = False) -> pd.DataFrame:
        """Return the outcome of each event or period."""
        path = str(self._book.path)
        return outcome_frame(self.plan, self._responses, self._unsent, dry_run=dry_run, journal=path)


def _index_names(names: list[str | None], histories: Mapping[AccountTarget, TargetHistory]) -> list[str | None]:
    """Return the names of the index levels, if all labels have as many levels."""
    labels = [_label(history.effective[-1].line) for history in histories.values()]
    levels = {len(label) if isinstance(label, tuple) else 1 for label in labels}
    return names if levels == {len(names)} else [None]


class _Reversal:
    """How one event or period is undone.

    Parameters
    ----------
    history
        The calls that wrote to it.
    remote
        Its current remote state; None if it does not exist.
    """

    def __init__(self, history: TargetHistory, remote: Remote | None) -> None:
        self._remote_row = remote
        self._calls = [(call.line["call"], call.line["arguments"]) for call in history.effective]
        self._last = history.effective[-1].line
        baseline = history.baseline
        self._is_compared, self._before = baseline.compared, baseline.line["before"]
        self._is_accepted = any(call.response.accepted for call in history.effective)

    def step(self, position: int, account: str | None, target_type: str) -> Step:
        """Return the step that restores the state before all calls, or deletes what they created."""
        label, arguments = _label(self._last), self._last["arguments"]
        if not self._is_compared or self._before is None:
            ids = {name: arguments[name] for name in TARGET_ARGUMENTS if name in arguments}
            note = None if self._is_compared else STATE_UNKNOWN_NOTE
            return Step(position, label, "delete", account, DELETE_CALLS[target_type], ids, self._remote_row, note)
        restored = restoring_arguments(self._calls, self._before, self._remote_row)
        action: Any = "create" if self._remote_row is None else "update"
        note = INVITATIONS_NOTE if "attendees" in restored else None
        return Step(position, label, action, account, WRITE_CALLS[target_type], restored, self._remote_row, note)

    def unsent_outcome(self, step: Step, on_conflict: str) -> UnsentOutcome | None:
        """Return the outcome if the step is not sent; None if it is."""
        was_deleted = self._last["action"] == "delete"
        if not self._is_compared and (was_deleted or step.call == "delete_external_event"):
            return STATE_UNKNOWN
        if was_deleted and step.action == "delete" and self._remote_row is None:
            return UnsentOutcome("unchanged", message="did not exist before either")
        if self._last["call"] == "delete_external_event" or (
            self._remote_row is None and step.call == "update_external_event"
        ):
            return EXTERNAL_GONE
        if not self._has_changed_since():
            return None
        if not self._is_accepted:
            return UNCERTAIN
        return {"overwrite": None, "skip": KEPT, "fail": CHANGED}[on_conflict]

    def _has_changed_since(self) -> bool:
        """Return whether the remote state is neither what was written nor the state before."""
        remote, arguments = self._remote_row, self._last["arguments"]
        if self._last["action"] == "delete":
            return remote is not None and has_changed({}, self._before, remote)
        if remote is None:
            return False  # deleted meanwhile, or not created yet
        written = {name: value for _, call in self._calls for name, value in call.items()}
        if is_up_to_date(arguments, remote):
            return self._before is None and has_additions(written, remote)
        return not self._is_compared or has_changed(arguments, self._before, remote)


STATE_UNKNOWN = UnsentOutcome(
    "not_sent",
    "unknown",
    "cannot be restored: its state before is not known, because the plan was made without client=",
)
EXTERNAL_GONE = UnsentOutcome("not_sent", "external", "an external event that was deleted cannot be created again")
KEPT = UnsentOutcome("not_sent", "changed_since", "has changed since it was written, and was kept as it is")
CHANGED = UnsentOutcome(
    "failed", "changed_since", "has changed since it was written: undo with on_conflict='overwrite' to undo it anyway"
)
UNCERTAIN = UnsentOutcome(
    "not_sent",
    "unknown",
    "may not have been written, because no response was received, and differs from what was sent: kept as it is",
)


def _label(line: Line) -> Any:
    return tuple(line["row"]) if isinstance(line["row"], list) else line["row"]
