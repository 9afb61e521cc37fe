"""A plan in a notebook: look at every row, apply it after a question, see what became of it, take it back.

Pressed buttons work in a thread of their own, for the kernel does one thing at a time in its own: only so can Stop
be pressed, and the table be paged, while something is sent. What is written from there to the page goes the way that
ipywidgets shows for background work. A kernel's interrupt does not reach that thread; Stop does, between batches, and
what was sent is then answered and noted. Called from Python, `apply()` and `undo()` work in the caller's thread.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import traitlets
from ipywidgets import Layout, VBox  # type: ignore[import-untyped]

from cronofy_frames.errors import CronofyError, FrameError
from cronofy_frames.frames.accounts import Clients, clients_by_label
from cronofy_frames.sheets.export.files import csv_of
from cronofy_frames.text import quantity
from cronofy_frames.widgets.parts import download_html, failed, guarded, told
from cronofy_frames.widgets.plan import text as words
from cronofy_frames.widgets.plan.layout import Fields, shown
from cronofy_frames.widgets.plan.run import Stopped, Watched, makeshift, to_take_back
from cronofy_frames.widgets.plan.table import Listing, PlanRows, UndoneRows
from cronofy_frames.writing.apply.applying import OnConflict, apply
from cronofy_frames.writing.apply.journal import Journal
from cronofy_frames.writing.apply.undoing import undo
from cronofy_frames.writing.plan.plans import Plan

WORKS = ("", "apply", "undo")


def plan_widget(
    plan: Plan,
    *,
    client: Clients | None = None,
    journal: str | os.PathLike[str] | Journal | None = None,
    on_conflict: OnConflict = "fail",
) -> PlanWidget:
    """Look at a plan row by row, and with a client apply it, see what became of each row, and take it back.

    In a notebook, the last line of a cell shows it. Nothing is sent before Apply was pressed and its question
    answered; deletions want to be typed. `apply` and `undo` do the same without a widget.

    Parameters
    ----------
    plan
        What to do.
    client
        One client, or the mapping label -> client that the plan was made with; None only to look.
    journal
        The file that keeps what is sent and answered, for Undo and for going on. None makes one in a temporary
        folder when Apply is pressed, and shows where.
    on_conflict
        What to do with a row whose event has changed since the plan was made, as for `apply`.

    Returns
    -------
    PlanWidget
        `.outcomes` is what `apply` or `undo` returned; `.apply()` and `.undo()` are the buttons, without a question.

    Raises
    ------
    TypeError
        When it is given no plan, or no client.

    Examples
    --------
    >>> plan = cf.plan_events(sheet, calendar=primary, client=client)
    >>> widget = cf.plan_widget(plan, client=client, journal=folder / "offsite.journal")
    >>> widget.apply()
    >>> widget.outcomes["outcome"].tolist()
    ['created', 'created']
    >>> widget.undo()
    >>> widget.status.text
    'Taken back, 2 rows: 2 deleted.'
    """
    return PlanWidget(plan, client=client, journal=journal, on_conflict=on_conflict)


class PlanWidget(VBox):  # type: ignore[misc]  # ipywidgets has no types
    """The face of `plan_widget`. Its state lives in traits, of which the browser sees none.

    Attributes
    ----------
    plan
        What to do; another may be set, and goes into the same journal.
    filter
        The kind of rows shown: all, or one of those that there are, such as create, problem or failed.
    search
        What the rows shown have in their label, title, changes, note or an id.
    page
        The page shown, from 0.
    outcomes
        What became of each row, as `apply` or `undo` returned it or broke off with; None shows the plan.
    journal
        The path of the journal; None before there is one.
    asking, running
        What is asked about and what is being done: apply, undo, or "" for nothing.
    problem
        The exception of what went wrong last, with its traceback; None when all is well.
    status
        The line that says what happens: `.text` and `.kind`.
    """

    plan = traitlets.Instance(Plan)
    filter = traitlets.Unicode("all")
    search = traitlets.Unicode("")
    page = traitlets.Int(0)
    outcomes = traitlets.Instance(pd.DataFrame, allow_none=True)
    journal = traitlets.Unicode(None, allow_none=True)
    asking = traitlets.Enum(WORKS, "")
    running = traitlets.Enum(WORKS, "")
    problem = traitlets.Instance(BaseException, allow_none=True)

    def __init__(
        self,
        plan: Plan,
        *,
        client: Clients | None = None,
        journal: str | os.PathLike[str] | Journal | None = None,
        on_conflict: OnConflict = "fail",
    ) -> None:
        if not isinstance(plan, Plan):
            raise TypeError(
                f"plan_widget takes a plan, such as plan_events makes of a frame; not {type(plan).__name__}."
            )
        if client is not None:
            clients_by_label(client)
        self._client, self._on_conflict, self._named = client, on_conflict, journal is not None
        self._fields = Fields()
        self.status = self._fields.status
        self._back, self._chosen = 0, list[int]()
        self._halt, self._busy, self._drawing = threading.Event(), threading.Lock(), threading.RLock()
        self._thread: threading.Thread | None = None
        self._moving = self._applied = False
        super().__init__(self._fields.page(), layout=Layout(width="100%"))
        self._connect()
        self.plan = plan
        self._journaled()
        self.journal = None if journal is None else str(journal.path if isinstance(journal, Journal) else journal)
        self._greet()

    def __repr__(self) -> str:
        return f"<PlanWidget: {quantity(len(self.plan), 'row')}, {words.said_of(self._rows.counts())}>"

    def apply(self) -> None:
        """Apply the plan, here and without a question; what goes wrong is said in the status line and in `problem`."""
        self._begin("apply")
        self._carry("apply")

    def undo(self) -> None:
        """Take back what the journal knows, here and without a question; what goes wrong is said as by `apply`."""
        self._begin("undo")
        self._carry("undo")

    def stop(self) -> None:
        """Stop before the next batch is sent."""
        if self.running:
            self._halt.set()
            self.status.say("Stopping before the next batch …")

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until what a button began is done, so many seconds at most; return whether it is."""
        if self._thread is not None:
            self._thread.join(timeout)
        return not self.running

    # what is done

    def _begin(self, what: str) -> None:
        """Note that something begins; there is one thing at a time."""
        if self._client is None:
            raise ValueError("there is no client to do that with: give plan_widget(plan, client=client).")
        if not self._busy.acquire(blocking=False):
            raise CronofyError("something is still running: wait for it, or press Stop.")
        self.asking, self.problem, self.running = "", None, what
        self._halt.clear()

    def _carry(self, what: str) -> None:
        """Do it, and whatever happens leave the widget so that one can go on."""
        try:
            self.status.say(words.LOOKING[what])
            outcomes = self._does(what)
        except Exception as error:
            self._broke(what, error)
        except KeyboardInterrupt as error:
            self._broke(what, error)
            raise
        else:
            self._done(what, outcomes)
        finally:
            self.running = ""
            self._busy.release()

    def _does(self, what: str) -> pd.DataFrame:
        assert self._client is not None
        if self.journal is None:
            self.journal = str(makeshift())
        total = self._back if what == "undo" else sum(step in words.ACTIONS for step in self.plan.actions)
        self._fields.progress.value, self._fields.progress.max = 0, max(total, 1)
        book = Watched(self.journal, told=lambda count: self._tell(what, count, total), halt=self._halt)
        if what == "undo":
            return undo(book, self._client, progress=False)
        return apply(self.plan, self._client, journal=book, on_conflict=self._on_conflict, progress=False)

    def _tell(self, what: str, count: int, total: int) -> None:
        self._fields.progress.value = count
        if not self._halt.is_set():
            self.status.say(f"{words.TELLING[what]}: {count:,} of {quantity(total, 'row')} answered …")

    def _done(self, what: str, outcomes: pd.DataFrame) -> None:
        self._look()
        self.outcomes = outcomes
        self.status.say(*words.done_of(what, self._rows.counts()))

    def _broke(self, what: str, error: BaseException) -> None:
        """Show what was done before it broke off, and say how to go on."""
        again = words.AGAIN[what]
        self._look()
        if isinstance(error, CronofyError) and error.partial is not None:
            self.outcomes = error.partial
        if isinstance(error, Stopped):
            self.status.say(f"Stopped before the next batch was sent. {again}")
            return
        failed(self, error)
        if isinstance(error, KeyboardInterrupt):
            self.status.say(f"Interrupted; a batch may have been sent. {again}", "bad")
        elif not isinstance(error, FrameError):
            self.status.say(f"{told(error)} {again}", "bad")

    def _look(self) -> None:
        """Look how much there is to be taken back; a journal that cannot be read says so."""
        self._back = 0
        try:
            self._back = to_take_back(None if self.journal is None else Path(self.journal))
        except (FrameError, OSError) as error:
            failed(self, error)

    # what is pressed and set

    def _connect(self) -> None:
        fields = self._fields
        fields.apply.on_click(guarded(self, lambda _: self._ask("apply")))
        fields.undo.on_click(guarded(self, lambda _: self._ask("undo")))
        fields.yes.on_click(guarded(self, lambda _: self._agreed()))
        fields.no.on_click(guarded(self, lambda _: self._refused()))
        fields.stop.on_click(guarded(self, lambda _: self.stop()))
        fields.save.on_click(guarded(self, lambda _: self._save()))
        fields.back.on_click(guarded(self, lambda _: setattr(self, "outcomes", None)))
        self.observe(self._drawn(self._planned), "plan")
        self.observe(self._drawn(self._became), "outcomes")
        self.observe(self._drawn(self._journaled), "journal")
        self.observe(self._drawn(self._filtered), ["filter", "search"])
        self.observe(self._drawn(self._turned), "page")
        self.observe(self._drawn(self._move), ["asking", "running"])
        fields.typed.observe(self._drawn(self._move), "value")
        fields.search.observe(guarded(self, lambda change: setattr(self, "search", change["new"])), "value")
        fields.filter.observe(guarded(self, self._picked), "value")
        fields.pager.observe(guarded(self, lambda change: setattr(self, "page", change["new"])), "page")

    def _drawn(self, handler: Callable[[], None]) -> Callable[..., None]:
        """Return a callback that draws, one at a time: rows come from the thread that works, too."""

        def callback(*_: Any) -> None:
            with self._drawing:
                handler()

        return guarded(self, callback)

    def _greet(self) -> None:
        if self.status.kind == "bad":
            return
        if self._client is None:
            self.status.say("To look only. To apply it give a client: plan_widget(plan, client=client).")
        else:
            self.status.say("Nothing was sent yet.")

    def _ask(self, what: str) -> None:
        if self.running or self._client is None:
            return
        self._fields.typed.value = ""
        self.asking = what
        (self._fields.typed if self._word else self._fields.no).focus()

    def _agreed(self) -> None:
        """Begin what was asked about; a second press finds nothing asked."""
        what = self.asking
        if not what or not self._agrees:
            return
        self._begin(what)
        self._thread = threading.Thread(target=guarded(self, self._carry), args=(what,), daemon=True)
        self._thread.start()
        self._fields.stop.focus()

    def _refused(self) -> None:
        self.asking = ""
        self.status.say("Nothing was sent.")

    def _save(self) -> None:
        name = f"{Path(self.journal or 'plan').stem}_outcomes.csv"
        saved = self._rows.saved()
        self._fields.link.value = download_html(name, csv_of(saved), f"Save {name}: {quantity(len(saved), 'row')}")
        self.status.say(f"{name} has {quantity(len(saved), 'row')}: press its link to save it.", "good")

    def _picked(self, change: Any) -> None:
        if not self._moving:
            self.filter = change["new"] or "all"

    # what is shown

    def _planned(self) -> None:
        self._frame = self.plan.frame()
        self._fields.head.value = words.head_html(self.plan)
        self.asking = ""
        if self.outcomes is None:
            self._became()
        self.outcomes = None

    def _became(self) -> None:
        """Show the plan, or what became of it; of another plan, such as of the way back, what it tells itself."""
        self._fields.link.value = ""
        about = {} if self.outcomes is None else self.outcomes.attrs.get("cronofy", {})
        self._applied = about.get("plan") == self.plan.id
        if self.outcomes is None or self._applied:
            self._rows: Listing = PlanRows(self.plan, self._frame, self.outcomes)
        else:
            self._rows = UndoneRows(self.outcomes, self._frame)
        self._filtered()
        self._move()

    def _journaled(self) -> None:
        if self.journal is not None:
            self.journal = str(Path(self.journal).expanduser().absolute())
        self._look()
        self._fields.journal.value = words.journal_html(self.journal, self._named)
        self._move()

    def _filtered(self) -> None:
        if self.filter not in ("all", *self._rows.counts()):
            self.filter = "all"  # which comes here again
            return
        self._chosen = self._rows.chosen(self.filter, self.search)
        self._fields.search.value = self.search
        self._fields.pager.total = len(self._chosen)
        self.page = 0
        self._move_filter()
        self._turned()

    def _move_filter(self) -> None:
        counts = {"all": len(self._rows.kinds), **self._rows.counts()}
        options = [(f"{kind} {count:,}", kind) for kind, count in counts.items()]
        self._moving = True
        try:
            if tuple(options) != tuple(self._fields.filter.options):
                self._fields.filter.options = options
            self._fields.filter.value = self.filter
        finally:
            self._moving = False

    def _turned(self) -> None:
        self._fields.pager.page = self.page
        self.page = self._fields.pager.page  # which keeps within what there is
        self._fields.table.value = self._rows.html(self._chosen[self._fields.pager.rows])

    def _move(self) -> None:
        """Let the parts say and allow what is so."""
        fields = self._fields
        idle = self._client is not None and not self.running and not self.asking
        left = words.left_of(self.plan, self._rows.kinds if self._applied else None)
        fields.apply.description = left
        fields.apply.disabled = not idle or not left.startswith("Apply")
        fields.undo.description = f"Undo: take back {self._back:,}" if self._back else "Undo: nothing to take back"
        fields.undo.disabled = not idle or not self._back
        fields.save.disabled = self.outcomes is None
        shown(fields.back, self.outcomes is not None and not self.running)
        shown(fields.running, bool(self.running))
        shown(fields.asking, bool(self.asking))
        if self.asking:
            fields.question.value = words.question_html(self.plan, self.asking, self._back)
            fields.typed.description = f"Type “{self._word}”"
            shown(fields.typed, bool(self._word))
            fields.yes.description = f"Yes, {words.doing_of(self.plan, self.asking, self._back)}"
            fields.yes.button_style = "danger" if self._word or self.asking == "undo" else "primary"
            fields.yes.disabled = not self._agrees

    @property
    def _word(self) -> str:
        return words.word_of(self.plan, self.asking)

    @property
    def _agrees(self) -> bool:
        return " ".join(self._fields.typed.value.split()).casefold() == self._word
