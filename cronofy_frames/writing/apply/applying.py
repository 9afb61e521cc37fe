"""Apply a plan: compare it with the current remote state, send what is still needed, and return the outcomes."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal

import pandas as pd

from cronofy_frames.caller import caller_level
from cronofy_frames.errors import CronofyError, FrameError
from cronofy_frames.frames.accounts import Clients, clients_by_label
from cronofy_frames.frames.progress import Progress
from cronofy_frames.recent_error import recording_errors
from cronofy_frames.sheets import SheetWarning
from cronofy_frames.text import single_line
from cronofy_frames.wire.client import Client
from cronofy_frames.writing.apply.archive_marks import MarkedArchive, marking
from cronofy_frames.writing.apply.journal import Journal, RunInfo
from cronofy_frames.writing.apply.journal_state import AccountTarget, EntryResponse
from cronofy_frames.writing.apply.outcomes import UnsentOutcome, attach_outcomes, outcome_frame
from cronofy_frames.writing.apply.sending import Sender
from cronofy_frames.writing.plan.accounts import identify_accounts, require_clients, require_same_accounts
from cronofy_frames.writing.plan.plans import Plan, Step
from cronofy_frames.writing.plan.remote_state import (
    Remote,
    Target,
    has_changed,
    is_probably_written,
    is_up_to_date,
    read_remote,
    target_of,
)

OnConflict = Literal["fail", "skip", "overwrite"]
READ_BACK_ATTEMPTS = 4  # providers show accepted writes some seconds later


def apply(
    plan: Plan,
    client: Clients,
    *,
    journal: str | os.PathLike[str] | Journal | None = None,
    on_conflict: OnConflict = "fail",
    verify: bool = False,
    dry_run: bool = False,
    archive: MarkedArchive | None = None,
    progress: bool | None = None,
) -> pd.DataFrame:
    """Apply a plan, in batches of fifty, and return the outcome of each row.

    A row that Cronofy refuses gets the outcome failed, and the others are still sent. Rows that get 429 or 5xx are
    sent again, and so is a batch without a complete response: each row has its own id, so nothing is written twice.

    With a journal, apply can be repeated with the same plan and journal after any interruption, even a killed
    process: rows with a final response are not sent again, failed and uncertain ones are. Several plans can share a
    journal; `undo` undoes the last of them, or as many as its `which` says.

    Parameters
    ----------
    plan
        The plan.
    client
        One client, or the mapping label -> client that the plan was made with.
    journal
        A file that records calls and responses, for `undo` and for resuming; created if it does not exist, readable
        by its owner only. Without a journal nothing can be undone.
    on_conflict
        What to do with an event that has changed since the plan was made with a client: "fail" gives its row the
        outcome failed, "skip" not_sent, "overwrite" writes it anyway.
    verify
        Read the events back afterwards, and add the column `verified`. Cronofy accepts writes first and carries them
        out later, so this may take some seconds.
    dry_run
        Check the accounts and compare with the remote state, but send nothing.
    archive
        An archive whose accounts are marked for its next sync, as Cronofy does not notify of an application's own
        writes.
    progress
        Whether to show a progress bar; None shows one in a notebook or terminal if it takes long.

    Returns
    -------
    DataFrame
        On the plan's index: outcome (created, updated, deleted, unchanged, failed or not_sent), status, error_key,
        error_field, message, event_id, calendar_id (for periods available_period_id), batch; before them `account`,
        if the plan has accounts. created and updated mean that Cronofy accepted the call (202).
        `attrs["cronofy"]` has the totals.

    Raises
    ------
    ApiError, TransportError, KeyboardInterrupt
        The credentials are refused, the service does not respond, or Ctrl-C; `.partial` has the outcomes so far.
    FrameError
        The plan or the journal was made for other accounts than those of the client; nothing was sent.

    Warns
    -----
    SheetWarning
        The file that the plan was made of has changed since.

    Examples
    --------
    >>> plan = cf.plan_events(sheet, calendar=primary, client=client)
    >>> done = cf.apply(plan, client, journal=folder / "offsite.journal")
    >>> done["outcome"].tolist()
    ['created', 'created']
    >>> cf.undo(folder / "offsite.journal", client)["outcome"].tolist()
    ['deleted', 'deleted']
    """
    if not isinstance(plan, Plan):
        raise TypeError(f"apply takes a plan, as plan_events returns it; not {type(plan).__name__}.")
    if on_conflict not in ("fail", "skip", "overwrite"):
        raise ValueError(f"on_conflict is fail, skip or overwrite; not {on_conflict!r}.")
    if plan.source is not None and (note := plan.source.change_note()):
        warnings.warn(single_line(note), SheetWarning, stacklevel=caller_level())
    clients = clients_by_label(client)
    with recording_errors():
        accounts = identify_accounts(clients)
    require_same_accounts(plan.made_for, accounts, "plan")
    with recording_errors(), open_journal(journal) as book:
        run = _ApplyRun(plan, clients, book, on_conflict)
        if book is not None:
            require_same_accounts(book.state.made_for, accounts, "journal")
            run.resume(book)
        with run.attaching_outcomes():
            run.compare()
            if dry_run:
                return run.outcomes(dry_run=True)
            if run.waiting:
                with marking(archive, accounts, clients):
                    run.send(accounts, progress)
            return run.outcomes(run.read_back() if verify else None)


@contextmanager
def open_journal(journal: str | os.PathLike[str] | Journal | None) -> Iterator[Journal | None]:
    """Open the journal, if there is one."""
    if journal is None:
        yield None
        return
    with journal if isinstance(journal, Journal) else Journal(journal) as book:
        yield book


def begin_run(
    book: Journal,
    operation: str,
    plan: Plan,
    accounts: Mapping[str, Any],
    clients: Mapping[str | None, Client],
    *,
    undoes: Sequence[int] = (),
) -> None:
    """Record the beginning of a run in the journal; `undoes` are the numbers of the plans that an undo undoes."""
    now = next(iter(clients.values())).clock()
    run = RunInfo(
        operation=operation,
        plan_id=plan.id,
        kind=plan.kind,
        tz=plan.tz,
        names=plan.names,
        compared=plan.compared,
        made_for=accounts,
        started_at=now.isoformat(timespec="seconds"),
        undoes=undoes,
    )
    book.begin_run(run)


class _ApplyRun:
    """One run of apply.

    Attributes
    ----------
    waiting
        The steps to send.
    done
        The steps that an earlier run has sent and Cronofy has accepted.
    responses
        The responses, by position.
    unsent
        The outcomes of rows that are not sent, by position.
    uncertain
        The events and periods that earlier runs may have written.
    """

    def __init__(
        self, plan: Plan, clients: Mapping[str | None, Client], book: Journal | None, on_conflict: OnConflict
    ) -> None:
        self._plan, self._clients, self._book, self._on_conflict = plan, clients, book, on_conflict
        self.waiting = [step for step in plan.steps() if step.sends]
        self.done: list[Step] = []
        self.responses: dict[int, EntryResponse] = {}
        self.unsent: dict[int, UnsentOutcome] = {}
        self.uncertain: set[AccountTarget] = set()
        self._batches = 0
        require_clients({step.account for step in self.waiting}, clients, "plan")

    def resume(self, book: Journal) -> None:
        """Take over the responses of earlier runs; rows that are uncertain, or were undone since, are sent again."""
        if book.state.undo is not None:
            raise FrameError(f"an undo of {book.path} did not finish: repeat undo() first, or choose another journal.")
        histories = book.state.histories
        self.uncertain = {target for target, history in histories.items() if history.effective}
        recorded = book.state.responses.get(self._plan.id, {})
        self.responses = {step.position: recorded[step.position] for step in self.waiting if step.position in recorded}
        accepted = {position for position, response in self.responses.items() if response.accepted}
        self.done = [step for step in self.waiting if step.position in accepted]
        self.waiting = [step for step in self.waiting if step.position not in accepted]

    # comparing

    def compare(self) -> None:
        """Compare with the current remote state, and decide about rows that have changed since the plan was made."""
        if not self._plan.compared or not (self.waiting or self.done):
            return
        unchanged = [step for step in self._plan.steps() if step.action == "unchanged"]
        remote = self._read([*self.waiting, *self.done, *unchanged])
        for step in unchanged:
            if not _is_done(step, remote[_account_target(step)]):
                self.unsent[step.position] = OUTDATED
        self._requeue_undone(remote)
        waiting = []
        for step in self.waiting:
            outcome, current = self._decide(step, remote[_account_target(step)])
            if outcome is None:
                waiting.append(current)
            else:
                self.unsent[step.position] = outcome
                self.responses.pop(step.position, None)
        self.waiting = waiting

    def _requeue_undone(self, remote: _RemoteByTarget) -> None:
        """Move accepted rows back to the waiting ones if their event is again as before the plan."""
        undone = {step.position for step in self.done if _is_undone(step, remote[_account_target(step)])}
        self.responses = {at: response for at, response in self.responses.items() if at not in undone}
        again = [step for step in self.done if step.position in undone]
        self.waiting = sorted([*self.waiting, *again], key=lambda step: step.position)

    def _decide(self, step: Step, remote: Remote | None) -> tuple[UnsentOutcome | None, Step]:
        """Return the outcome of a row without sending it, or None to send it; and the step with the current state."""
        maybe_written = _account_target(step) in self.uncertain
        if _is_done(step, remote):
            # an event that an earlier run may have written is sent again, so that its outcome is known
            return (None if maybe_written else ALREADY_DONE), step
        if not _has_moved(step, remote) or (
            maybe_written and remote is not None and is_probably_written(step.arguments, remote)
        ):
            return None, step
        if self._on_conflict == "overwrite":
            is_gone = remote is None and step.call == "update_external_event"
            return (GONE if is_gone else None), replace(step, before=remote)
        return (SKIPPED if self._on_conflict == "skip" else CHANGED), step

    # sending

    def send(self, accounts: Mapping[str, Any], progress: bool | None) -> None:
        """Send the waiting steps, as a run in the journal."""
        if self._book is not None:
            begin_run(self._book, "apply", self._plan, accounts, self._clients)
        with Progress(show=progress, unit="row") as bar:
            sender = Sender(self._clients, self._book, bar)
            try:
                sender.send(self.waiting)
            finally:
                self._batches = sender.batches
                self.responses.update(sender.responses)
        if self._book is not None:
            self._book.end_run()

    @contextmanager
    def attaching_outcomes(self) -> Iterator[None]:
        """Attach the outcomes so far to an error."""
        try:
            yield
        except (CronofyError, KeyboardInterrupt) as error:
            attach_outcomes(error, self.outcomes(), self._book)
            raise

    def read_back(self) -> dict[int, bool]:
        """Return for each accepted row whether its result is in the calendar, reading several times."""
        accepted = [
            step
            for step in self._plan.steps()
            if step.sends and (response := self.responses.get(step.position)) is not None and response.accepted
        ]
        missing = accepted
        for attempt in range(1, READ_BACK_ATTEMPTS + 1):
            if not missing:
                break
            if attempt > 1:
                self._clients[missing[0].account].pause(attempt - 1)
            remote = self._read(missing)
            missing = [step for step in missing if not _is_done(step, remote[_account_target(step)])]
        missing_positions = {step.position for step in missing}
        return {step.position: step.position not in missing_positions for step in accepted}

    def outcomes(self, verified: Mapping[int, bool] | None = None, *, dry_run: bool = False) -> pd.DataFrame:
        """Return the outcome of each row."""
        return outcome_frame(
            self._plan,
            self.responses,
            self.unsent,
            verified=verified,
            dry_run=dry_run,
            journal=None if self._book is None else str(self._book.path),
            batches=self._batches,
        )

    def _read(self, steps: list[Step]) -> _RemoteByTarget:
        """Return the remote state of some steps; None for an event that does not exist."""
        remote: _RemoteByTarget = {}
        for label in {step.account for step in steps}:
            targets = [_target(step) for step in steps if step.account == label]
            rows = read_remote(self._clients[label], targets)
            remote.update({(label, *target): rows.get(target) for target in targets})
        return remote


_RemoteByTarget = dict[AccountTarget, Remote | None]

ALREADY_DONE = UnsentOutcome("unchanged", message="is already as planned")
CHANGED = UnsentOutcome(
    "failed",
    "changed_since_plan",
    "has changed since the plan was made: plan again to see the changes, or apply with on_conflict='overwrite'",
)
OUTDATED = UnsentOutcome(
    "not_sent", "changed_since_plan", "was up to date when planned and has changed or gone since: plan again"
)
SKIPPED = UnsentOutcome("not_sent", "changed_since_plan", "has changed since the plan was made, and was not written")
GONE = UnsentOutcome("failed", "changed_since_plan", "does not exist any more, and an external event cannot be created")


def _account_target(step: Step) -> AccountTarget:
    return (step.account, *_target(step))


def _target(step: Step) -> Target:
    assert step.call is not None
    return target_of(step.call, step.arguments)


def _is_done(step: Step, remote: Remote | None) -> bool:
    """Return whether the remote state is as the step would make it."""
    if step.action == "delete":
        return remote is None
    return remote is not None and is_up_to_date(step.arguments, remote)


def _is_undone(step: Step, remote: Remote | None) -> bool:
    """Return whether the remote state is as before the step."""
    return not _is_done(step, remote) and not _has_moved(step, remote)


def _has_moved(step: Step, remote: Remote | None) -> bool:
    """Return whether the remote state has changed since the plan was made."""
    return has_changed({} if step.action == "delete" else step.arguments, step.before, remote)
