"""What a journal tells, taken back: undo."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import pandas as pd

from cronofy_frames.errors import CronofyError, FrameError
from cronofy_frames.frames.accounts import Clients
from cronofy_frames.frames.progress import Progress
from cronofy_frames.wire.client import Client
from cronofy_frames.writing.apply.applying import begin, carry
from cronofy_frames.writing.apply.journal import Deed, Journal, Line, Place
from cronofy_frames.writing.apply.outcomes import Verdict, outcomes_of
from cronofy_frames.writing.apply.restoring import restoring
from cronofy_frames.writing.apply.sending import Sender
from cronofy_frames.writing.plan.accounts import clients_of, identity, same_people
from cronofy_frames.writing.plan.plans import Plan, Step
from cronofy_frames.writing.plan.remote_state import Image, as_wanted, changed, more_than, standing

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
        raise FileNotFoundError(
            f"there is no journal {book.path}: give the file that apply() was given. An apply that had nothing to "
            "send leaves none, and nothing to take back."
        )
    clients = clients_of(client)
    here = identity(clients)
    with book:
        same_people(book.past.made_for, here, "journal")
        back = _Back(book, clients, on_conflict)
        if dry_run or not len(back.plan):
            return back.outcomes(dry_run=dry_run)
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
        made_for = book.past.made_for
        labels = [_label(deed.done[-1].line) for deed in deeds.values()]
        levels = {len(label) if isinstance(label, tuple) else 1 for label in labels}
        names = book.past.names if levels == {len(book.past.names)} else [None]
        self.plan = Plan(self._steps(deeds), kind="undo", tz=book.past.tz, made_for=made_for, names=names)
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
        """Whether everything that can and is to be taken back was."""
        waits = [verdict for verdict in self.verdicts.values() if verdict.word == "failed"]
        return not waits and all(answer.accepted for answer in self.answers.values())

    def outcomes(self, *, dry_run: bool = False) -> pd.DataFrame:
        """Return what became of each row."""
        return outcomes_of(self.plan, self.answers, self.verdicts, dry_run=dry_run, journal=str(self.book.path))

    def _steps(self, deeds: Mapping[Place, Deed]) -> Iterator[Step]:
        for position, ((account, *rest), deed) in enumerate(deeds.items()):
            target = (rest[0], rest[1], rest[2])
            way = _Way(deed, self._images[account].get(target))
            step = way.step(position, account, target[0])
            if (verdict := way.verdict(step, self._on_conflict)) is not None:
                self.verdicts[position] = verdict
            yield step


class _Way:
    """The way back for one event or period."""

    def __init__(self, deed: Deed, now: Image | None) -> None:
        self._done, self._now = deed.done, now
        self._last = deed.done[-1].line
        self._calls = [(one.line["call"], one.line["arguments"]) for one in deed.done]
        first = deed.first
        self._known, self._before = first.compared, first.line["before"]
        self._sure = any(one.answer.accepted for one in deed.done)

    def step(self, position: int, account: str | None, kind: str) -> Step:
        """Return the call that takes everything back."""
        said, label = self._last["arguments"], _label(self._last)
        if not self._known or self._before is None:
            own = {name: said[name] for name in ID_NAMES if name in said}
            note = None if self._known else UNKNOWN
            return Step(position, label, "delete", account, DELETIONS[kind], own, self._now, note)
        arguments = restoring(self._calls, self._before, self._now)
        action: Any = "create" if self._now is None else "update"
        note = GUESTS if "attendees" in arguments else None
        return Step(position, label, action, account, WRITES[kind], arguments, self._now, note)

    def verdict(self, step: Step, on_conflict: str) -> Verdict | None:
        """Return what is decided without sending; None for sending it."""
        deleted = self._last["action"] == "delete"
        if not self._known and (deleted or step.call == "delete_external_event"):
            return UNKNOWN_BEFORE
        if deleted and step.action == "delete" and self._now is None:
            return Verdict("unchanged", message="was not there before either")
        if self._last["call"] == "delete_external_event" or (
            self._now is None and step.call == "update_external_event"
        ):
            return Verdict("not_sent", "external", "another's event that is gone cannot be made anew")
        touched = self._touched()
        if touched and not self._sure:
            return UNSURE
        if touched and on_conflict != "overwrite":
            return KEPT if on_conflict == "skip" else TOUCHED
        return None

    def _touched(self) -> bool:
        """Return whether what stands there is neither what was written nor what stood there before."""
        now, said = self._now, self._last["arguments"]
        if self._last["action"] == "delete":
            return now is not None and changed({}, self._before, now)
        if now is None:
            return False  # somebody was quicker, or it is still to come
        written = {name: value for _, one in self._calls for name, value in one.items()}
        if as_wanted(said, now):
            return self._before is None and more_than(written, now)
        return not self._known or changed(said, self._before, now)


ID_NAMES = ("calendar_id", "event_id", "event_uid", "available_period_id")

KEPT = Verdict("not_sent", "changed_since", "somebody has changed it since, and it was left alone")
TOUCHED = Verdict("failed", "changed_since", "somebody has changed it since: undo with on_conflict='overwrite'")
UNSURE = Verdict(
    "not_sent",
    "unknown",
    "nobody knows whether it was written, for no answer came, and it is not as it would be: it was left alone",
)


def _label(line: Line) -> Any:
    return tuple(line["row"]) if isinstance(line["row"], list) else line["row"]
