"""What a journal tells, taken back: undo."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import pandas as pd

from cronofy_frames.client import Client
from cronofy_frames.collecting import Clients, Progress
from cronofy_frames.errors import CronofyError, FrameError
from cronofy_frames.writing.accounts import clients_of, identity, same_people
from cronofy_frames.writing.applying import begin, carry
from cronofy_frames.writing.images import Image, Target, changed, difference, restoring, standing
from cronofy_frames.writing.journal import Deed, Journal, Line, Place
from cronofy_frames.writing.outcomes import Verdict, outcomes_of
from cronofy_frames.writing.plans import Plan, Step
from cronofy_frames.writing.sending import Sender

DELETIONS = {"event": "delete_event", "external": "delete_external_event", "period": "delete_available_periods"}
WRITES = {"event": "create_event", "external": "update_external_event", "period": "upsert_available_period"}

UNKNOWN = "deleted; what stood here before, if anything, is not known: the plan was made without client="
UNKNOWN_BEFORE = Verdict(
    "not_sent", "unknown", "nobody knows what stood here: the plan was made without client=, so it cannot be restored"
)
GUESTS = "its guests are asked anew: invitations and cancellations cannot be taken back"


def undo(
    journal: str | os.PathLike[str] | Journal,
    client: Clients,
    *,
    on_conflict: Literal["overwrite", "skip", "fail"] = "overwrite",
    dry_run: bool = False,
    progress: bool | None = None,
) -> pd.DataFrame:
    """Take back everything that a journal says was written, and return what became of each row.

    What was created is deleted; what was changed or deleted is brought back as it stood when the plan was made with
    a client. What cannot be brought back says so: others' events that were deleted, everything that a plan without
    a client wrote over, and fields that reads never return, such as reminders. Invitations that were sent stay sent.

    It is noted in the same journal, with what stood there before it, so that it can be called again after anything.
    A journal that was taken back is as good as new.

    Parameters
    ----------
    journal
        The file that `apply` was given.
    client
        The client that it was given.
    on_conflict
        What to do with an event that somebody has changed since: "overwrite" takes it back all the same (the journal
        keeps what is lost), "skip" gives it the outcome not_sent, "fail" failed.
    dry_run
        Say what would be done and send nothing.
    progress
        True or False to show a progress bar or not; None shows one in a notebook or terminal when it takes a while.

    Returns
    -------
    DataFrame
        Like that of `apply`, a row for each event or period, on the labels that the rows had: deleted is what was
        created, updated what was changed, created what was deleted.

    Raises
    ------
    ApiError, TransportError
        When the credentials are refused or nobody answers; `.partial` has the outcomes so far.
    FrameError
        When the file is no journal, or was made for others than this client; nothing was sent.
    FileNotFoundError
        When there is no such file.

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
        raise FileNotFoundError(f"there is no journal {book.path}: give the file that apply() was given.")
    clients = clients_of(client)
    here = identity(clients)
    with book:
        same_people(book.past.made_for, here, "journal")
        back = _Back(book, clients, on_conflict)
        if dry_run or not back.plan:
            return back.outcomes()
        begin(book, "undo", back.plan, here, clients)
        back.send(progress)
        if back.finished:
            book.end()
        return back.outcomes()


class _Back:
    """One way back: a plan made of what was done and what stands there."""

    def __init__(self, book: Journal, clients: Mapping[str | None, Client], on_conflict: str) -> None:
        self.book, self._clients, self._on_conflict = book, clients, on_conflict
        self.verdicts: dict[int, Verdict] = {}
        deeds = {place: deed for place, deed in book.past.deeds.items() if deed.done}
        if lost := sorted({str(place[0]) for place in deeds if place[0] not in clients}):
            raise FrameError(f"the journal writes to the accounts {', '.join(lost)}, which client= lacks.")
        self._images = {
            label: standing(clients[label], [place[1:] for place in deeds if place[0] == label])
            for label in {place[0] for place in deeds}
        }
        kind: Any = "available_periods" if book.past.kind == "available_periods" else "undo"
        made_for = book.past.made_for
        self.plan = Plan(self._steps(deeds), kind=kind, tz=book.past.tz, made_for=made_for)
        before = book.past.undoing or {}
        self.answers = {
            n: answer
            for n, place in enumerate(deeds)
            if (answer := before.get(place)) is not None and answer.accepted and n not in self.verdicts
        }

    def send(self, progress: bool | None) -> None:
        """Send what is to be sent; what breaks it off carries the outcomes so far."""
        left = self.answers.keys() | self.verdicts.keys()
        waiting = [step for step in self.plan.steps() if step.sends and step.position not in left]
        with Progress(show=progress, unit="row") as bar:
            sender = Sender(self._clients, self.book, bar)
            try:
                sender.send(waiting)
            except CronofyError as error:
                self.answers.update(sender.answers)
                carry(error, self.outcomes(), self.book)
                raise
            self.answers.update(sender.answers)

    @property
    def finished(self) -> bool:
        """Whether everything that can be taken back was."""
        waits = [verdict for verdict in self.verdicts.values() if verdict.key == "changed_since"]
        return not waits and all(answer.accepted for answer in self.answers.values())

    def outcomes(self) -> pd.DataFrame:
        """Return what became of each row."""
        return outcomes_of(self.plan, self.answers, self.verdicts, journal=str(self.book.path))

    def _steps(self, deeds: Mapping[Place, Deed]) -> Iterator[Step]:
        for position, ((account, *rest), deed) in enumerate(deeds.items()):
            target = (rest[0], rest[1], rest[2])
            now = self._images[account].get(target)
            step = self._step(position, account, target, deed, now)
            if (verdict := self._judged(step, deed, now)) is not None:
                self.verdicts[position] = verdict
            yield step

    def _step(self, position: int, account: str | None, target: Target, deed: Deed, now: Image | None) -> Step:
        (first, compared), (last, _) = deed.done[0], deed.done[-1]
        kind, label = target[0], _label(last)
        before = first["before"]
        own = {name: last["arguments"][name] for name in ID_NAMES if name in last["arguments"]}
        if not compared or before is None:
            note = None if compared else UNKNOWN
            return Step(position, label, "delete", account, DELETIONS[kind], own, now, note)
        # the latest call says which fields were written, for a deletion all of them
        arguments = restoring(last["call"], {**first["arguments"], **last["arguments"]}, before, now)
        action: Any = "create" if now is None else "update"
        note = GUESTS if "attendees" in arguments else None
        return Step(position, label, action, account, WRITES[kind], arguments, now, note)

    def _judged(self, step: Step, deed: Deed, now: Image | None) -> Verdict | None:
        (first, compared), (last, _) = deed.done[0], deed.done[-1]
        if not compared and (last["action"] == "delete" or step.call == "delete_external_event"):
            return UNKNOWN_BEFORE
        if last["action"] == "delete" and step.action == "delete" and now is None:
            return Verdict("unchanged", message="was not there before either")
        if last["call"] == "delete_external_event" or (now is None and step.call == "update_external_event"):
            return Verdict("not_sent", "external", "another's event that is gone cannot be made anew")
        if self._on_conflict != "overwrite" and compared and _touched(first, last, now):
            word: Any = "failed" if self._on_conflict == "fail" else "not_sent"
            return Verdict(word, "changed_since", "somebody has changed it since; undo with on_conflict='overwrite'")
        return None


ID_NAMES = ("calendar_id", "event_id", "event_uid", "available_period_id")


def _label(line: Line) -> Any:
    return tuple(line["row"]) if isinstance(line["row"], list) else line["row"]


def _touched(first: Line, last: Line, now: Image | None) -> bool:
    """Return whether what stands there is neither what was written nor what stood there before."""
    if last["action"] == "delete":
        return now is not None and changed({}, first["before"], now)
    written = now is not None and not difference(last["arguments"], now)
    return not written and changed(last["arguments"], first["before"], now)
