"""A plan in a notebook: look at every row, apply it after a confirmation, look at the outcomes, undo it.

Buttons start a thread, because the kernel runs one thing at a time in its own: only so can Stop be pressed, and pages
be turned, while rows are sent. The thread writes to the page as the ipywidgets documentation shows for background work.
Interrupting the kernel does not reach the thread; Stop does, between batches, and the answer to a sent batch is always
recorded. `apply()` and `undo()`, called from Python, run in the thread of the caller.
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
from cronofy_frames.sheets.export.files import csv_bytes
from cronofy_frames.text import quantity
from cronofy_frames.widgets.parts import download_html, error_text, report_error, safe_callback
from cronofy_frames.widgets.plan import captions
from cronofy_frames.widgets.plan.layout import PlanFields, set_visible
from cronofy_frames.widgets.plan.run import Stopped, WatchedJournal, temporary_journal, undoable_count
from cronofy_frames.widgets.plan.table import PlanRows, RowTable, UndoRows
from cronofy_frames.writing.apply.applying import OnConflict, apply
from cronofy_frames.writing.apply.journal import Journal
from cronofy_frames.writing.apply.undoing import undo
from cronofy_frames.writing.plan.plans import Plan

OPERATIONS = ("", "apply", "undo")


def plan_widget(
    plan: Plan,
    *,
    client: Clients | None = None,
    journal: str | os.PathLike[str] | Journal | None = None,
    on_conflict: OnConflict = "fail",
) -> PlanWidget:
    """Look at a plan row by row, and with a client apply it, look at the outcomes, and undo it.

    In a notebook, the last line of a cell shows the widget. Nothing is sent before Apply was pressed and confirmed;
    deletions are confirmed by typing. `apply` and `undo` do the same without a widget.

    Parameters
    ----------
    plan
        The plan.
    client
        One client, or the mapping label -> client that the plan was made with; None only to look.
    journal
        The file that records what is sent and answered, for Undo and to continue. None makes one in a temporary folder
        when Apply is pressed, and shows its path.
    on_conflict
        What to do with a row whose event has changed since it was planned, as for `apply`.

    Returns
    -------
    PlanWidget
        `.outcomes` is the result of `apply` or `undo`; `.apply()` and `.undo()` do the same as the buttons, without
        a confirmation.

    Raises
    ------
    TypeError
        If the argument is not a plan, or not a client.

    Examples
    --------
    >>> plan = cf.plan_events(sheet, calendar=primary, client=client)
    >>> widget = cf.plan_widget(plan, client=client, journal=folder / "offsite.journal")
    >>> widget.apply()
    >>> widget.outcomes["outcome"].tolist()
    ['created', 'created']
    >>> widget.undo()
    >>> widget.status.text
    'Undone, 2 rows: 2 deleted.'
    """
    return PlanWidget(plan, client=client, journal=journal, on_conflict=on_conflict)


class PlanWidget(VBox):  # type: ignore[misc]  # ipywidgets has no types
    """The widget that `plan_widget` returns. Its state is in traits, which are not sent to the browser.

    Attributes
    ----------
    plan
        The plan; another one may be set, and uses the same journal.
    filter
        The kind of rows shown: all, or a kind in the table, such as create, problem or failed.
    search
        The text to search for in label, title, changes, note and ids.
    page
        The number of the page shown, from 0.
    outcomes
        The outcomes of the rows, as `apply` or `undo` returned them, also partially; None shows the plan.
    journal
        The path of the journal; None if there is none yet.
    asking, running
        The operation to confirm, and the one that is running: apply, undo, or "" for none.
    problem
        The last exception, with its traceback; None after a success.
    status
        The status line: `.text` and `.kind`.
    """

    plan = traitlets.Instance(Plan)
    filter = traitlets.Unicode("all")
    search = traitlets.Unicode("")
    page = traitlets.Int(0)
    outcomes = traitlets.Instance(pd.DataFrame, allow_none=True)
    journal = traitlets.Unicode(None, allow_none=True)
    asking = traitlets.Enum(OPERATIONS, "")
    running = traitlets.Enum(OPERATIONS, "")
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
            raise TypeError(f"plan_widget takes a plan, such as the result of plan_events, not {type(plan).__name__}.")
        if client is not None:
            clients_by_label(client)
        self._client, self._on_conflict, self._named = client, on_conflict, journal is not None
        self._fields = PlanFields()
        self.status = self._fields.status
        self._undoable, self._positions = 0, list[int]()
        self._stop, self._busy, self._drawing = threading.Event(), threading.Lock(), threading.RLock()
        self._thread: threading.Thread | None = None
        self._updating = self._applied = False
        super().__init__(self._fields.page(), layout=Layout(width="100%"))
        self._connect()
        self.plan = plan
        self._on_journal()
        self.journal = None if journal is None else str(journal.path if isinstance(journal, Journal) else journal)
        self._show_first_status()

    def __repr__(self) -> str:
        return f"<PlanWidget: {quantity(len(self.plan), 'row')}, {captions.counts_text(self._rows.counts())}>"

    def apply(self) -> None:
        """Apply the plan in this thread, without a confirmation; errors go to the status line and to `problem`."""
        self._begin("apply")
        self._run("apply")

    def undo(self) -> None:
        """Undo what the journal records in this thread, without a confirmation; errors as in `apply`."""
        self._begin("undo")
        self._run("undo")

    def stop(self) -> None:
        """Stop before the next batch is sent."""
        if self.running:
            self._stop.set()
            self.status.say("Stopping before the next batch …")

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until a button's operation has ended, at most so many seconds; return whether it has."""
        if self._thread is not None:
            self._thread.join(timeout)
        return not self.running

    def _begin(self, operation: str) -> None:
        """Mark an operation as running; there is one at a time."""
        if self._client is None:
            raise ValueError("the widget has no client: create it with plan_widget(plan, client=client).")
        if not self._busy.acquire(blocking=False):
            raise CronofyError("an operation is still running: wait for it, or press Stop.")
        self.asking, self.problem, self.running = "", None, operation
        self._stop.clear()

    def _run(self, operation: str) -> None:
        """Run an operation; after an error the widget can continue."""
        try:
            self.status.say(captions.CHECKING[operation])
            outcomes = self._call(operation)
        except Exception as error:
            self._report_failure(operation, error)
        except KeyboardInterrupt as error:
            self._report_failure(operation, error)
            raise
        else:
            self._report_result(operation, outcomes)
        finally:
            self.running = ""
            self._busy.release()

    def _call(self, operation: str) -> pd.DataFrame:
        """Call `apply` or `undo` with a journal that reports progress."""
        assert self._client is not None
        if self.journal is None:
            self.journal = str(temporary_journal())
        applying = operation == "apply"
        total = sum(action in captions.ACTIONS for action in self.plan.actions) if applying else self._undoable
        self._fields.progress.value, self._fields.progress.max = 0, max(total, 1)
        journal = WatchedJournal(
            self.journal, on_progress=lambda count: self._show_progress(operation, count, total), stop=self._stop
        )
        if not applying:
            return undo(journal, self._client, progress=False)
        return apply(self.plan, self._client, journal=journal, on_conflict=self._on_conflict, progress=False)

    def _show_progress(self, operation: str, count: int, total: int) -> None:
        self._fields.progress.value = count
        if not self._stop.is_set():
            self.status.say(f"{captions.RUNNING[operation]}: {count:,} of {quantity(total, 'row')} answered …")

    def _report_result(self, operation: str, outcomes: pd.DataFrame) -> None:
        self._count_undoable()
        self.outcomes = outcomes
        self.status.say(*captions.result_text(operation, self._rows.counts()))

    def _report_failure(self, operation: str, error: BaseException) -> None:
        """Show the outcomes before an error, and how to continue."""
        hint = captions.CONTINUE[operation]
        self._count_undoable()
        if (outcomes := getattr(error, "partial", None)) is not None:
            self.outcomes = outcomes
        if isinstance(error, Stopped):
            self.status.say(f"Stopped before the next batch was sent. {hint}")
            return
        report_error(self, error)
        if isinstance(error, KeyboardInterrupt):
            self.status.say(f"Interrupted; a batch may have been sent. {hint}", "bad")
        elif not isinstance(error, FrameError):
            self.status.say(f"{error_text(error)} {hint}", "bad")

    def _count_undoable(self) -> None:
        """Count what can be undone; report a journal that cannot be read."""
        self._undoable = 0
        try:
            self._undoable = undoable_count(None if self.journal is None else Path(self.journal))
        except (FrameError, OSError) as error:
            report_error(self, error)

    def _connect(self) -> None:
        fields = self._fields
        fields.apply.on_click(safe_callback(self, lambda _: self._ask("apply")))
        fields.undo.on_click(safe_callback(self, lambda _: self._ask("undo")))
        fields.yes.on_click(safe_callback(self, lambda _: self._confirm()))
        fields.no.on_click(safe_callback(self, lambda _: self._cancel()))
        fields.stop.on_click(safe_callback(self, lambda _: self.stop()))
        fields.save.on_click(safe_callback(self, lambda _: self._save()))
        fields.back.on_click(safe_callback(self, lambda _: setattr(self, "outcomes", None)))
        self.observe(self._drawing_callback(self._on_plan), "plan")
        self.observe(self._drawing_callback(self._on_outcomes), "outcomes")
        self.observe(self._drawing_callback(self._on_journal), "journal")
        self.observe(self._drawing_callback(self._on_filter), ["filter", "search"])
        self.observe(self._drawing_callback(self._on_page), "page")
        self.observe(self._drawing_callback(self._update_parts), ["asking", "running"])
        fields.typed.observe(self._drawing_callback(self._update_parts), "value")
        fields.search.observe(safe_callback(self, lambda change: setattr(self, "search", change["new"])), "value")
        fields.filter.observe(safe_callback(self, self._on_filter_button), "value")
        fields.pager.observe(safe_callback(self, lambda change: setattr(self, "page", change["new"])), "page")

    def _drawing_callback(self, handler: Callable[[], None]) -> Callable[..., None]:
        """Return a callback that draws; one draws at a time, because the thread of an operation draws too."""

        def callback(*_: Any) -> None:
            with self._drawing:
                handler()

        return safe_callback(self, callback)

    def _show_first_status(self) -> None:
        view_only = "View only: to apply the plan, create the widget with plan_widget(plan, client=client)."
        if self.status.kind != "bad":
            self.status.say(view_only if self._client is None else "Nothing was sent yet.")

    def _ask(self, operation: str) -> None:
        if self.running or self._client is None:
            return
        self._fields.typed.value = ""
        self.asking = operation
        (self._fields.typed if self._words_to_type else self._fields.no).focus()

    def _confirm(self) -> None:
        """Start the operation to confirm; pressing the button twice starts it once."""
        operation = self.asking
        if not operation or self._fields.typed_words != self._words_to_type:
            return
        self._begin(operation)
        self._thread = threading.Thread(target=safe_callback(self, self._run), args=(operation,), daemon=True)
        self._thread.start()
        self._fields.stop.focus()

    def _cancel(self) -> None:
        self.asking = ""
        self.status.say("Nothing was sent.")

    def _save(self) -> None:
        name = f"{Path(self.journal or 'plan').stem}_outcomes.csv"
        rows = self._rows.file_rows()
        self._fields.link.value = download_html(name, csv_bytes(rows), f"Save {name}: {quantity(len(rows), 'row')}")
        self.status.say(f"{name} has {quantity(len(rows), 'row')}: press its link to save it.", "good")

    def _on_filter_button(self, change: Any) -> None:
        if not self._updating:
            self.filter = change["new"] or "all"

    def _on_plan(self) -> None:
        self._frame = self.plan.frame()
        self._fields.head.value = captions.heading_html(self.plan)
        self.asking = ""
        if self.outcomes is None:
            self._on_outcomes()
        self.outcomes = None

    def _on_outcomes(self) -> None:
        """Show the plan, or its outcomes; outcomes of another plan, such as of an undo, have rows of their own."""
        self._fields.link.value = ""
        source = {} if self.outcomes is None else self.outcomes.attrs.get("cronofy", {})
        self._applied = source.get("plan") == self.plan.id
        if self.outcomes is None or self._applied:
            self._rows: RowTable = PlanRows(self.plan, self._frame, self.outcomes)
        else:
            self._rows = UndoRows(self.outcomes, self._frame)
        self._on_filter()
        self._update_parts()

    def _on_journal(self) -> None:
        if self.journal is not None:
            self.journal = str(Path(self.journal).expanduser().absolute())
        self._count_undoable()
        self._fields.journal.value = captions.journal_html(self.journal, self._named)
        self._update_parts()

    def _on_filter(self) -> None:
        if self.filter not in ("all", *self._rows.counts()):
            self.filter = "all"  # its callback comes here again
            return
        self._positions = self._rows.select(self.filter, self.search)
        self._fields.search.value = self.search
        self._fields.pager.total = len(self._positions)
        self.page = 0
        self._update_filter_buttons()
        self._on_page()

    def _update_filter_buttons(self) -> None:
        counts = {"all": len(self._rows.kinds), **self._rows.counts()}
        options = [(f"{kind} {count:,}", kind) for kind, count in counts.items()]
        self._updating = True
        try:
            if tuple(options) != tuple(self._fields.filter.options):
                self._fields.filter.options = options
            self._fields.filter.value = self.filter
        finally:
            self._updating = False

    def _on_page(self) -> None:
        self._fields.pager.page = self.page
        self.page = self._fields.pager.page  # the pager keeps it within the pages that exist
        self._fields.table.value = self._rows.html(self._positions[self._fields.pager.rows])

    def _update_parts(self) -> None:
        """Update the buttons and the visible parts."""
        fields = self._fields
        idle = self._client is not None and not self.running and not self.asking
        outcomes = self._rows.kinds if self._applied else None
        fields.apply.description = captions.apply_label(self.plan, outcomes)
        fields.apply.disabled = not idle or not captions.rows_left(self.plan, outcomes)
        fields.undo.description = f"Undo {self._undoable:,}" if self._undoable else "Nothing to undo"
        fields.undo.disabled = not idle or not self._undoable
        fields.save.disabled = self.outcomes is None
        set_visible(fields.back, self.outcomes is not None and not self.running)
        set_visible(fields.running, bool(self.running))
        set_visible(fields.asking, bool(self.asking))
        if self.asking:
            self._update_question()

    def _update_question(self) -> None:
        fields = self._fields
        fields.question.value = captions.question_html(self.plan, self.asking, self._undoable)
        fields.show_words_to_type(self._words_to_type)
        fields.yes.description = f"Yes, {captions.operation_text(self.plan, self.asking, self._undoable)}"
        fields.yes.button_style = "danger" if self._words_to_type or self.asking == "undo" else "primary"
        fields.yes.disabled = self._fields.typed_words != self._words_to_type

    @property
    def _words_to_type(self) -> str:
        return captions.words_to_type(self.plan, self.asking)
