"""Undo applied plans of a journal: delete what was created, and restore what was updated or deleted."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import pandas as pd

from cronofy_frames.errors import CronofyError, FrameError
from cronofy_frames.frames.accounts import Clients, clients_by_label
from cronofy_frames.frames.progress import Progress
from cronofy_frames.recent_error import recording_errors
from cronofy_frames.text import quantity, single_line
from cronofy_frames.wire.client import Client
from cronofy_frames.writing.apply.applying import begin_run
from cronofy_frames.writing.apply.archive_marks import MarkedArchive, marking
from cronofy_frames.writing.apply.journal import Journal
from cronofy_frames.writing.apply.journal_state import (
    AccountTarget,
    AppliedPlan,
    Histories,
    JournalState,
    TargetHistory,
    merged_histories,
)
from cronofy_frames.writing.apply.outcomes import UnsentOutcome, attach_outcomes, outcome_frame
from cronofy_frames.writing.apply.reversal import CHANGED_SINCE, Reversal, row_label
from cronofy_frames.writing.apply.sending import Sender
from cronofy_frames.writing.plan.accounts import identify_accounts, require_clients, require_same_accounts
from cronofy_frames.writing.plan.plans import Plan, Step
from cronofy_frames.writing.plan.remote_state import (
    read_remote,
)

Which = Literal["last", "all"] | int
"""Which applied plans of a journal an undo takes: the last, all, or the one with a number."""


def undo(
    journal: str | os.PathLike[str] | Journal,
    client: Clients,
    *,
    which: Which = "last",
    on_conflict: Literal["fail", "skip", "overwrite"] = "fail",
    dry_run: bool = False,
    archive: MarkedArchive | None = None,
    progress: bool | None = None,
) -> pd.DataFrame:
    """Undo the plan that was applied last, and return the outcome of each row; a second undo takes the one before.

    Created events are deleted. Updated and deleted ones are restored as they were when the plan was made, if it was
    made with a client. Some things cannot be restored, and their outcome says so: deleted external events, everything
    that a plan without a client replaced, and fields that reads never return, such as reminders. Invitations that
    were sent stay sent.

    The undo is recorded in the same journal, with the state before it, so it can be repeated after any interruption.
    Rows that it leaves, because their event has changed since or the service refuses them, can be undone later. A
    journal that was undone can be used again.

    Parameters
    ----------
    journal
        The journal that `apply` was given.
    client
        The client that `apply` was given.
    which
        "last" undoes the latest applied plan that has rows left to undo, "all" every plan of the journal, and a number
        the plan with this number, counted from 1 in the order in which they were applied.
    on_conflict
        What to do with an event that was changed or deleted since it was written, or was written again by a later plan
        of the journal: "fail" gives its row the outcome failed, "skip" not_sent, "overwrite" undoes it anyway (the
        journal keeps the changes).
    dry_run
        Say what would be done, and send nothing.
    archive
        An archive whose accounts are marked, as for `apply`.
    progress
        Whether to show a progress bar; None shows one in a notebook or terminal if it takes long.

    Returns
    -------
    DataFrame
        As `apply` returns it, with a row for each event or period, on the labels of the rows that wrote them. The
        outcome is deleted for what was created, updated for what was updated, created for what was deleted. Beside it
        summary, start, end and all_day (for periods start and end), as `Plan.frame` shows them, and `changed_since`,
        what is different from what was written. `attrs["cronofy"]["undoes"]` has the numbers of the plans.

    Raises
    ------
    ApiError, TransportError, KeyboardInterrupt
        The credentials are refused, the service does not respond, or Ctrl-C; `.partial` has the outcomes so far.
    FrameError
        The file is no journal, was made for other accounts than those of the client, or has no plan with this number;
        nothing was sent.
    FileNotFoundError
        The file does not exist.

    Examples
    --------
    >>> done = cf.apply(cf.plan_events(sheet, calendar=primary, client=client), client, journal=folder / "j")
    >>> cf.undo(folder / "j", client, dry_run=True)[["summary", "message"]].iloc[0].tolist()
    ['Kick-off', 'would be deleted']
    >>> cf.undo(folder / "j", client)["outcome"].tolist()
    ['deleted', 'deleted']
    """
    _check_arguments(which, on_conflict)
    book = journal if isinstance(journal, Journal) else Journal(journal)
    if not book.path.exists() and not book.path.is_symlink():
        raise FileNotFoundError(
            f"the journal {single_line(str(book.path))} does not exist: give the file that apply() was given. If "
            "apply() had nothing to send, it created no journal, and there is nothing to undo."
        )
    clients = clients_by_label(client)
    with recording_errors():
        accounts = identify_accounts(clients)
    with recording_errors(), book:
        require_same_accounts(book.state.made_for, accounts, "journal")
        run = _UndoRun(book, clients, plans_to_undo(book.state, which), on_conflict)
        if dry_run or not len(run.plan):
            return run.outcomes(dry_run=dry_run)
        begin_run(book, "undo", run.plan, accounts, clients, undoes=run.numbers)
        with marking(archive, accounts, clients):
            run.send(progress)
        if run.is_finished:
            book.end_run(run.left)
        return run.outcomes()


def _check_arguments(which: Which, on_conflict: str) -> None:
    if which not in ("last", "all") and (isinstance(which, bool) or not isinstance(which, int)):
        raise ValueError(f"which is last, all or the number of an applied plan; not {which!r}.")
    if on_conflict not in ("overwrite", "skip", "fail"):
        raise ValueError(f"on_conflict is fail, skip or overwrite; not {on_conflict!r}.")


def plans_to_undo(state: JournalState, which: Which) -> list[AppliedPlan]:
    """Return the applied plans that an undo takes; those of an undo that did not finish come first.

    Raises
    ------
    FrameError
        There is no plan with this number.
    """
    if which == "all":
        return state.applied
    if which == "last":
        if state.undo is not None:
            return state.plans_numbered(state.undo.numbers)
        last = state.last_applied()
        return [] if last is None else [last]
    chosen = state.plans_numbered([which])
    if not chosen:
        raise FrameError(
            f"the journal has {quantity(len(state.applied), 'applied plan')}, and none with the number {which}. "
            f"{_list_in_words(state.applied)}"
        )
    return chosen


def _list_in_words(plans: list[AppliedPlan]) -> str:
    """Return the applied plans with their numbers, times and rows, as a text for a message."""
    texts = [
        f"{plan.number} of {plan.applied_at}, {quantity(len(plan.undoable), 'row')} left to undo" for plan in plans
    ]
    return f"Give one of these: {'; '.join(texts)}." if texts else "Nothing was applied."


class _UndoRun:
    """One run of undo: a plan made from the calls of a journal and the current remote state.

    Attributes
    ----------
    numbers
        The numbers of the applied plans that are undone.
    plan
        The plan of the calls that undo them.
    """

    def __init__(
        self, book: Journal, clients: Mapping[str | None, Client], applied: list[AppliedPlan], on_conflict: str
    ) -> None:
        self._book, self._clients, self._on_conflict = book, clients, on_conflict
        self.numbers = [plan.number for plan in applied]
        book.state.settle_other_undo(self.numbers)
        self._unsent: dict[int, UnsentOutcome] = {}
        histories = {target: history for target, history in merged_histories(applied).items() if history.effective}
        require_clients({target[0] for target in histories}, clients, "journal")
        self._remote = {
            label: read_remote(clients[label], [target[1:] for target in histories if target[0] == label])
            for label in {target[0] for target in histories}
        }
        self._targets = list(histories)
        self._reversals = [self._reversal(target, history) for target, history in histories.items()]
        latest = applied[-1] if applied else AppliedPlan(0, "", "undo", "UTC", [None], "")
        self._tz, self._names = latest.tz, _index_names(latest.names, histories)
        self.plan = self._plan(self._steps())
        unfinished = book.state.undo
        earlier = {} if unfinished is None else unfinished.responses
        self._responses = {
            position: response
            for position, target in enumerate(histories)
            if (response := earlier.get(target)) is not None and response.accepted and position not in self._unsent
        }

    def _plan(self, steps: Iterable[Step]) -> Plan:
        return Plan(steps, kind="undo", tz=self._tz, made_for=self._book.state.made_for, names=self._names)

    def _reversal(self, target: AccountTarget, history: TargetHistory) -> Reversal:
        """Return how an event or period is undone, with the plans that wrote to it before and after."""
        others = [plan for plan in self._book.state.applied if target in plan.undoable]
        before = [plan for plan in others if plan.number < min(self.numbers)]
        after = [plan.number for plan in others if plan.number not in self.numbers and plan.number > min(self.numbers)]
        account, *target_in_account = target
        remote = self._remote[account].get((target_in_account[0], target_in_account[1], target_in_account[2]))
        return Reversal(history, remote, merged_histories(before).get(target), next(iter(after), None))

    def _steps(self) -> Iterator[Step]:
        """Yield the step that undoes each event or period, and decide which are not sent."""
        for position, (target, reversal) in enumerate(zip(self._targets, self._reversals, strict=True)):
            step = reversal.step(position, target[0], target[1])
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
            except (CronofyError, KeyboardInterrupt) as error:
                self._responses.update(sender.responses)
                attach_outcomes(error, self.outcomes(), self._book)
                raise
            self._responses.update(sender.responses)

    @property
    def is_finished(self) -> bool:
        """Whether every row that was sent has a final response."""
        return not any(response.maybe_carried_out and not response.accepted for response in self._responses.values())

    @property
    def left(self) -> list[AccountTarget]:
        """The events and periods that can be undone later: they have changed since, or the service refused the call."""
        refused = {position for position, response in self._responses.items() if not response.accepted}
        changed = {at for at, outcome in self._unsent.items() if outcome.error_key == CHANGED_SINCE}
        return [target for position, target in enumerate(self._targets) if position in refused | changed]

    def outcomes(self, *, dry_run: bool = False) -> pd.DataFrame:
        """Return the outcome of each event or period, with its title and times and what has changed since."""
        path = str(self._book.path)
        frame = outcome_frame(
            self.plan, self._responses, self._unsent, dry_run=dry_run, journal=path, undoes=self.numbers
        )
        described = self._plan(map(Reversal.with_written_values, self._reversals, self.plan.steps())).frame()
        for name in ("summary", "start", "end", "all_day"):
            if name in described:
                frame[name] = described[name]
        texts = [reversal.changed_since(self._tz) for reversal in self._reversals]
        frame["changed_since"] = pd.Series(texts, index=frame.index, dtype="str")
        return frame


def _index_names(names: list[str | None], histories: Histories) -> list[str | None]:
    """Return the names of the index levels, if all labels have as many levels."""
    labels = [row_label(history.effective[-1].line) for history in histories.values()]
    levels = {len(label) if isinstance(label, tuple) else 1 for label in labels}
    return names if levels == {len(names)} else [None]
