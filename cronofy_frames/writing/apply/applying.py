"""A plan carried out: apply."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal

import pandas as pd

from cronofy_frames.errors import CronofyError, FrameError
from cronofy_frames.frames.accounts import Clients
from cronofy_frames.frames.progress import Progress
from cronofy_frames.wire.client import Client
from cronofy_frames.writing.apply.journal import Answer, Journal, Place
from cronofy_frames.writing.apply.outcomes import UNKNOWN, Verdict, outcomes_of
from cronofy_frames.writing.apply.sending import Sender
from cronofy_frames.writing.plan.accounts import clients_of, identity, same_people
from cronofy_frames.writing.plan.plans import Plan, Step
from cronofy_frames.writing.plan.remote_state import (
    Image,
    Target,
    alike,
    as_wanted,
    changed,
    difference,
    standing,
    target_of,
)

OnConflict = Literal["fail", "skip", "overwrite"]
READS_BACK = 4  # how often it is looked for what was accepted: providers follow later


def apply(
    plan: Plan,
    client: Clients,
    *,
    journal: str | os.PathLike[str] | Journal | None = None,
    on_conflict: OnConflict = "fail",
    verify: bool = False,
    dry_run: bool = False,
    progress: bool | None = None,
) -> pd.DataFrame:
    """Carry out a plan, in batches of fifty, and return what became of each row.

    A row that Cronofy refuses is data. What is answered with 429 or 5xx is sent again; so is a batch that gets no
    answer, or half a one: every row has an id of its own, so nothing is written twice.

    With a journal, apply may be called again with the same plan and journal after anything, a killed process
    included: rows that were answered are not sent again, those that failed or are in doubt are. Another plan may go
    into the same journal, too: `undo` takes all of it back.

    Parameters
    ----------
    plan
        What to do.
    client
        One client, or the mapping label -> client that the plan was made with.
    journal
        A file that keeps what is sent and answered, for `undo` and for going on; made when it is not there, readable
        by its owner only. None keeps nothing, and then nothing can be taken back.
    on_conflict
        What to do with a row whose event has changed since the plan was made with a client: "fail" gives it the
        outcome failed, "skip" not_sent, "overwrite" writes it all the same.
    verify
        Read back afterwards: adds the column `verified`. Cronofy accepts first and writes later, so this may take
        some seconds.
    dry_run
        Check the accounts and what has changed, and send nothing.
    progress
        True or False to show a progress bar or not; None shows one in a notebook or terminal when it takes a while.

    Returns
    -------
    DataFrame
        On the plan's index: outcome (created, updated, deleted, unchanged, failed or not_sent), status, error_key,
        error_field, message, event_id, calendar_id (for periods available_period_id), batch; first `account` where
        the plan has accounts. created and updated mean that Cronofy accepted the call (202).
        `attrs["cronofy"]` sums up.

    Raises
    ------
    ApiError, TransportError
        When the credentials are refused or nobody answers; `.partial` has the outcomes so far.
    FrameError
        When the plan or the journal was made for others than this client; nothing was sent.

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
        raise TypeError(f"apply takes a plan, such as plan_events makes of a frame; not {type(plan).__name__}.")
    if on_conflict not in ("fail", "skip", "overwrite"):
        raise ValueError(f"on_conflict is fail, skip or overwrite; not {on_conflict!r}.")
    clients = clients_of(client)
    here = identity(clients)
    same_people(plan.made_for, here, "plan")
    with opened(journal) as book:
        run = _Run(plan, clients, book, on_conflict)
        if book is not None:
            same_people(book.past.made_for, here, "journal")
            run.recall(book)
        with run.carrying():
            run.compare()
            if dry_run:
                return run.outcomes(dry_run=True)
            if run.waiting:
                if book is not None:
                    begin(book, "apply", plan, here, clients)
                with Progress(show=progress, unit="row") as bar:
                    run.send(bar)
                if book is not None:
                    book.end()
            return run.outcomes(run.seen() if verify else None)


@contextmanager
def opened(journal: str | os.PathLike[str] | Journal | None) -> Iterator[Journal | None]:
    """Open the journal, where there is one."""
    if journal is None:
        yield None
        return
    with journal if isinstance(journal, Journal) else Journal(journal) as book:
        yield book


def begin(book: Journal, what: str, plan: Plan, here: Mapping[str, Any], clients: Mapping[str | None, Client]) -> None:
    """Note in the journal that a run begins, of which plan and for whom."""
    now = next(iter(clients.values())).clock()
    at = now.isoformat(timespec="seconds")
    said: dict[str, Any] = {"plan": plan.id, "kind": plan.kind, "tz": plan.tz, "names": plan.names, "at": at}
    book.begin(what, **said, made_for=here, compared=plan.compared)


class _Run:
    """One application of a plan: which rows are still to be sent, and what is known of the others."""

    def __init__(
        self, plan: Plan, clients: Mapping[str | None, Client], book: Journal | None, on_conflict: OnConflict
    ) -> None:
        self.plan, self.clients, self.book, self.on_conflict = plan, clients, book, on_conflict
        self.waiting = [step for step in plan.steps() if step.sends]
        self.answers: dict[int, Answer] = {}
        self.verdicts: dict[int, Verdict] = {}
        self.doubtful: set[Place] = set()
        self.done: list[Step] = []
        self.batches = 0
        if lost := {step.account for step in self.waiting} - clients.keys():
            named = ", ".join(sorted(str(label) for label in lost if label is not None))
            told = f"writes to {named}, which client= lacks" if named else "names no accounts, and client= is a mapping"
            raise FrameError(f"the plan {told}; nothing was sent. Give client= as the plan was made with.")

    def recall(self, book: Journal) -> None:
        """Take from the journal what was answered; what is in doubt, or was undone since, stays to be sent."""
        if book.past.undoing is not None:
            raise FrameError(
                f"{book.path} is being taken back: finish that with undo() first, or choose another journal."
            )
        deeds = book.past.deeds
        self.doubtful = {place for place, deed in deeds.items() if deed.done}
        known = book.past.answers.get(self.plan.id, {})
        latest = {
            step.position: known[step.position]
            for step in self.waiting
            if step.position in known and known[step.position].batch == max(deeds[_place(step)].sent)
        }
        self.answers = latest
        self.done = [step for step in self.waiting if step.position in latest and latest[step.position].accepted]
        kept = {step.position for step in self.done}
        self.waiting = [step for step in self.waiting if step.position not in kept]

    def compare(self) -> None:
        """Look at what stands there now, and decide about what has changed since the plan was made."""
        if not self.plan.compared or not (self.waiting or self.done):
            return
        standing_still = [step for step in self.plan.steps() if step.action == "unchanged"]
        looked = [*self.waiting, *self.done, *standing_still]
        images = {label: self._images(label, looked) for label in {step.account for step in looked}}
        self.verdicts.update(
            (step.position, ELSEWISE)
            for step in standing_still
            if not _there(step, images[step.account].get(_target(step)))
        )
        # what was accepted once and stands there as before the plan is no longer there, whoever took it away
        lost = {step.position for step in self.done if _lacking(step, images[step.account].get(_target(step)))}
        self.answers = {position: one for position, one in self.answers.items() if position not in lost}
        again = [step for step in self.done if step.position in lost]
        kept = []
        for step in sorted([*self.waiting, *again], key=lambda step: step.position):
            verdict, judged = self._judged(step, images[step.account].get(_target(step)))
            if verdict is None:
                kept.append(judged)
            else:
                self.verdicts[step.position] = verdict
                self.answers.pop(step.position, None)
        self.waiting = kept

    def send(self, bar: Progress) -> None:
        """Send what is to be sent."""
        sender = Sender(self.clients, self.book, bar)
        try:
            sender.send(self.waiting)
        finally:
            self.batches = sender.batches
            self.answers.update(sender.answers)

    @contextmanager
    def carrying(self) -> Iterator[None]:
        """Let what breaks off carry the outcomes so far."""
        try:
            yield
        except CronofyError as error:
            carry(error, self.outcomes(), self.book)
            raise

    def seen(self) -> dict[int, bool]:
        """Return of each row that was accepted whether it is there, looking several times."""
        accepted = [
            step
            for step in self.plan.steps()
            if step.sends and (answer := self.answers.get(step.position)) is not None and answer.accepted
        ]
        missing = accepted
        for attempt in range(1, READS_BACK + 1):
            if not missing:
                break
            if attempt > 1:
                self.clients[missing[0].account].pause(attempt - 1)
            images = {label: self._images(label, missing) for label in {step.account for step in missing}}
            missing = [step for step in missing if not _there(step, images[step.account].get(_target(step)))]
        lacking = {step.position for step in missing}
        return {step.position: step.position not in lacking for step in accepted}

    def outcomes(self, verified: Mapping[int, bool] | None = None, *, dry_run: bool = False) -> pd.DataFrame:
        """Return what became of each row."""
        path = None if self.book is None else str(self.book.path)
        return outcomes_of(
            self.plan,
            self.answers,
            self.verdicts,
            verified=verified,
            dry_run=dry_run,
            journal=path,
            batches=self.batches,
        )

    def _images(self, label: str | None, steps: list[Step]) -> dict[Target, Image]:
        return standing(self.clients[label], [_target(step) for step in steps if step.account == label])

    def _judged(self, step: Step, now: Image | None) -> tuple[Verdict | None, Step]:
        """Return what is decided about a row, None for sending it; and the row, with a newer image where it has one."""
        ours = _place(step) in self.doubtful
        if _there(step, now, exactly=True):
            # one that may be our own doing, before a crash, is sent once more, so that its outcome is known
            return (None if ours else Verdict("unchanged", message="is as wanted already")), step
        if not _moved(step, now) or (ours and now is not None and alike(step.arguments, now)):
            return None, step
        if self.on_conflict == "overwrite":
            impossible = now is None and step.call == "update_external_event"
            return (GONE if impossible else None), replace(step, before=now)
        return (SKIPPED if self.on_conflict == "skip" else CHANGED), step


CHANGED = Verdict(
    "failed",
    "changed_since_plan",
    "has changed since the plan was made: plan again to see how, or apply with on_conflict='overwrite'",
)
ELSEWISE = Verdict(
    "not_sent", "changed_since_plan", "stood there as wanted when the plan was made, and does no more: plan again"
)
SKIPPED = Verdict("not_sent", "changed_since_plan", "has changed since the plan was made, and was left alone")
GONE = Verdict("failed", "changed_since_plan", "is not there any more, and another's event cannot be made anew")


def carry(error: CronofyError, outcomes: pd.DataFrame, book: Journal | None) -> None:
    """Let an error carry what became of the rows before it, and say how to go on."""
    error.partial = outcomes
    lacking = int(outcomes["message"].isin(UNKNOWN).sum())
    how = "with the same journal" if book is not None else "again: rows that were written are not doubled"
    error.args = (
        f"{error} {lacking} of {len(outcomes)} rows have no answer; `.partial` has the outcomes so far. To go on, "
        f"call it {how}.",
    )


def _place(step: Step) -> Place:
    return (step.account, *_target(step))


def _target(step: Step) -> Target:
    assert step.call is not None
    return target_of(step.call, step.arguments)


def _there(step: Step, now: Image | None, *, exactly: bool = False) -> bool:
    """Return whether what stands there is what the row wants, as far as reads tell or exactly."""
    if step.action == "delete":
        return now is None
    if now is None:
        return False
    return not difference(step.arguments, now) if exactly else as_wanted(step.arguments, now)


def _lacking(step: Step, now: Image | None) -> bool:
    """Return whether nothing is to be seen of what was done."""
    return not _there(step, now) and not _moved(step, now)


def _moved(step: Step, now: Image | None) -> bool:
    """Return whether what stands there is no longer what the plan saw."""
    return changed({} if step.action == "delete" else step.arguments, step.before, now)
