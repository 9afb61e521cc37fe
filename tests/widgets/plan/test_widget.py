"""A plan's widget through its comm: what a browser sends and is told, with a sandbox on the other side."""

import io
import re
import stat
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cronofy_frames.errors import CronofyError, FrameError, TransportError
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.sheets import read_sheet
from cronofy_frames.widgets.plan.table import PlanRows, UndoRows
from cronofy_frames.widgets.plan.widget import PlanWidget, plan_widget
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.faults import Fault
from cronofy_frames.writing.apply.applying import apply
from cronofy_frames.writing.apply.journal import Journal
from cronofy_frames.writing.apply.undoing import undo
from cronofy_frames.writing.plan.planning import plan_available_periods, plan_events
from cronofy_frames.writing.plan.plans import Plan
from tests.small import WORK
from tests.widget_browser import (
    Page,
    RecordingComm,
    browser_state,
    enter,
    parts,
    press,
    send_message,
    states,
    visible_parts,
)
from tests.writes import CountingTransport, client_of, event, events, managed_events, plan_of, remote_events, writes

EVIL = "<img src=x onerror=alert(1)></td><script>\"'&"
SOON = 30  # seconds, for what takes milliseconds


def sheet(count: int, **more: Any) -> pd.DataFrame:
    """Return rows to plan."""
    starts = pd.date_range("2026-03-10T09:00", periods=count, freq="h", tz="Europe/London")
    names = {"event_id": [f"e{n:04}" for n in range(count)], "summary": [f"Session {n}" for n in range(count)]}
    return pd.DataFrame({**names, "start": starts, "end": starts + pd.Timedelta("30min"), **more})


@pytest.fixture
def mixed_plan(client: Client) -> Plan:
    """A plan that creates one row, changes two, leaves one alone, deletes none, and has a problem with one."""
    before = sheet(3, location_description="Pier")
    apply(plan_events(before, calendar="Work", client=client), client)
    rows = sheet(4, location_description="Pier")
    rows.loc[1, "summary"], rows.loc[2, "location_description"], rows.loc[4] = EVIL, "Roof", rows.loc[3]
    rows.loc[4, ["summary", "event_id"]] = [None, "e0004"]
    return plan_events(rows, calendar="Work", client=client, skip_bad=True)


MakeWidget = Callable[..., PlanWidget]


@pytest.fixture
def make_widget(tmp_path: Path) -> MakeWidget:
    """Makes a widget whose journal is in the test's own folder."""

    def make(plan: Plan, client: Any, **more: Any) -> PlanWidget:
        return plan_widget(plan, client=client, journal=tmp_path / "journal", **more)

    return make


def labels(widget: PlanWidget) -> list[str]:
    """Return the labels of the rows that are shown."""
    return re.findall(r'<th scope="row"[^>]*>(.*?)</th>', widget._fields.table.value)


def cells(widget: PlanWidget) -> str:
    """Return what is written in the table."""
    return Page(widget._fields.table.value).text


def confirm(widget: PlanWidget, button: str) -> None:
    """Press Apply or Undo, and Yes, and wait until that is done."""
    press(getattr(widget._fields, button))
    press(widget._fields.yes)
    assert widget.wait(SOON)


class Gate:
    """Lets answers to batches through one by one.

    Attributes
    ----------
    answered
        How many batches came to be answered.
    """

    def __init__(self) -> None:
        self.answered = 0
        self._arrived, self._may = threading.Semaphore(0), threading.Semaphore(0)

    def __call__(self, body: bytes) -> bytes:
        """Hold an answer back until it may pass."""
        self.answered += 1
        self._arrived.release()
        assert self._may.acquire(timeout=SOON)
        return body

    def wait(self) -> None:
        """Wait until an answer is held back."""
        assert self._arrived.acquire(timeout=SOON)

    def open(self, count: int = 1) -> None:
        """Let answers pass."""
        self._may.release(count)


@pytest.fixture
def gated_client(box: Sandbox) -> Iterator[tuple[Client, CountingTransport, Gate]]:
    """A client whose batches are answered when the test says so."""
    gate = Gate()
    client, counted = client_of(box, rewritten=("/v1/batch", gate))
    yield client, counted, gate
    gate.open(100)


def test_the_plan_is_a_table_in_which_nothing_is_markup(mixed_plan: Plan) -> None:
    """Each row has its action, changes and problems, and titles are escaped."""
    widget = plan_widget(mixed_plan)
    shown = Page(widget._fields.table.value)
    assert {name for name, _ in shown.elements} <= {
        *("div", "table", "caption", "thead", "tbody", "tr", "th", "td", "del", "ins", "br")
    }
    assert EVIL in shown.text
    assert labels(widget) == ["0", "1", "2", "3", "4"]
    assert "location.description: 'Pier' → 'Roof'" in shown.text
    assert "summary: expected a title, came nothing" in shown.text
    assert {heading["scope"] for heading in shown.all("th")} == {"row", "col"}
    assert shown.text.startswith("For acc_ann, times in Europe/London")
    assert widget._fields.head.value.startswith("<b>Plan of events, 5 rows</b>")


def test_rows_are_filtered_with_counts(mixed_plan: Plan) -> None:
    """Each kind of row has a button with its number, which shows only its rows."""
    widget = plan_widget(mixed_plan)
    names = [name for name, _ in widget._fields.filter.options]
    assert names == ["all 5", "create 1", "update 2", "problem 1", "unchanged 1"]
    enter(widget._fields.filter, index=2)
    assert (widget.filter, labels(widget)) == ("update", ["1", "2"])
    widget.filter = "problem"
    assert (widget._fields.filter.index, labels(widget)) == (3, ["4"])
    widget.filter = "delete"
    assert (widget.filter, widget._fields.filter.index, len(labels(widget))) == ("all", 0, 5)


@pytest.mark.parametrize(
    ("text", "expected_labels"),
    [
        ("roof", ["2"]),
        ("ONERROR=ALERT(1)", ["1"]),
        ("session", ["0", "1", "2", "3"]),
        ("e0003", ["3"]),
        ("expected a", ["4"]),
    ],
)
def test_rows_are_searched(mixed_plan: Plan, text: str, expected_labels: list[str]) -> None:
    """The search is literal, in any case, in titles, changes, notes and ids; it combines with the filter."""
    widget = plan_widget(mixed_plan)
    enter(widget._fields.search, value=text)
    assert (widget.search, labels(widget)) == (text, expected_labels)
    widget.filter = "create"
    assert labels(widget) == [label for label in expected_labels if label == "3"]
    widget.search = ".*"
    assert (widget._fields.search.value, labels(widget)) == (".*", [])
    assert "no rows" in widget._fields.pager.label.value


def test_many_rows_have_pages() -> None:
    """There are 25 rows a page; the page can be set by buttons and by the trait."""
    widget = plan_widget(plan_of(writes(events(60))))
    assert labels(widget) == [str(n + 2) for n in range(25)]
    press(widget._fields.pager.next)
    assert (widget.page, labels(widget)[0]) == (1, "27")
    widget.page = 9
    assert (widget.page, len(labels(widget)), widget._fields.pager.next.disabled) == (2, 10, True)
    widget.search = "e0001"
    assert (widget.page, labels(widget)) == (0, ["3"])


def test_without_a_client_it_is_view_only() -> None:
    """Nothing can be applied or undone, and the widget says why."""
    widget = plan_widget(plan_of(writes(events(2))))
    assert widget._fields.apply.disabled
    assert widget._fields.undo.disabled
    assert "client=" in widget.status.text
    with pytest.raises(ValueError, match="client="):
        widget.apply()
    send_message(widget._fields.apply, {"method": "custom", "content": {"event": "click"}})
    assert (widget.asking, widget.running) == ("", "")


@pytest.mark.parametrize("value", ["a plan", None])
def test_it_takes_a_plan_and_a_client(value: Any, client: Client) -> None:
    """Other arguments are refused."""
    with pytest.raises(TypeError, match="plan"):
        plan_widget(value)
    with pytest.raises(TypeError, match="client"):
        plan_widget(plan_of(writes(events(1)), client), client="me")


def test_apply_is_confirmed(box: Sandbox, make_widget: MakeWidget) -> None:
    """Apply asks with the numbers of rows, and sends after Yes; Cancel sends nothing."""
    client, counted = client_of(box)
    apply(plan_of(writes([event("e0001")])), client)
    plan = plan_of(writes([event("e0000"), event("e0001", summary="new"), event("e0002")]), client)
    widget = make_widget(plan, client)
    fields = widget._fields
    assert fields.apply.description == "Apply: create 2 and update 1"
    counted.requests.clear()
    press(fields.apply)
    assert (widget.asking, fields.asking in visible_parts(widget), fields.apply.disabled) == ("apply", True, True)
    assert fields.question.value == "Create 2 and update 1 for acc_ann?"
    assert fields.typed not in visible_parts(widget)
    press(fields.no)
    assert (widget.asking, fields.asking in visible_parts(widget), widget.status.text) == (
        "",
        False,
        "Nothing was sent.",
    )
    assert counted.requests == []
    press(fields.apply)
    assert fields.yes.description == "Yes, create 2 and update 1"
    press(fields.yes)
    assert widget.wait(SOON)
    assert widget.status.text == "Applied, 3 rows: 2 created, 1 updated."
    assert widget.status.kind == "good"
    assert managed_events(client).keys() == {"e0000", "e0001", "e0002"}
    assert widget.outcomes is not None
    assert widget.outcomes["outcome"].tolist() == ["created", "updated", "created"]
    assert (fields.apply.description, fields.apply.disabled) == ("All is applied", True)


def test_deletions_are_confirmed_by_typing(box: Sandbox, make_widget: MakeWidget) -> None:
    """Yes is disabled until the words with the number of deletions are typed."""
    client, counted = client_of(box)
    apply(plan_of(writes(events(3))), client)
    gone = [("delete_event", {"calendar_id": WORK, "event_id": f"e000{n}"}) for n in range(2)]
    widget = make_widget(plan_of([*gone, *writes([event("new")])], client), client)
    fields = widget._fields
    assert fields.apply.description == "Apply: create 1 and delete 2"
    press(fields.apply)
    assert "2 rows will be deleted" in fields.question.value
    assert (fields.typed.description, fields.yes.disabled, fields.typed in visible_parts(widget)) == (
        "Type “delete 2”",
        True,
        True,
    )
    enter(fields.typed, value="delete 3")
    assert fields.yes.disabled
    send_message(fields.yes, {"method": "custom", "content": {"event": "click"}})
    assert (widget.asking, counted.batches) == ("apply", 1)
    enter(fields.typed, value=" Delete  2 ")
    press(fields.yes)
    assert widget.wait(SOON)
    assert managed_events(client).keys() == {"e0002", "new"}
    confirm(widget, "undo")
    assert managed_events(client).keys() == {"e0000", "e0001", "e0002"}


def test_pressing_twice_applies_once(
    gated_client: tuple[Client, CountingTransport, Gate], make_widget: MakeWidget
) -> None:
    """A second press of Yes, during or after sending, sends nothing."""
    client, counted, gate = gated_client
    widget = make_widget(plan_of(writes(events(3)), client), client)
    press(widget._fields.apply)
    click = {"method": "custom", "content": {"event": "click"}}
    for _ in range(3):
        send_message(widget._fields.yes, click)
    gate.wait()
    send_message(widget._fields.yes, click)
    send_message(widget._fields.apply, click)
    assert (widget.running, widget.asking) == ("apply", "")
    with pytest.raises(CronofyError, match="still running"):
        widget.apply()
    gate.open()
    assert widget.wait(SOON)
    send_message(widget._fields.yes, click)
    assert widget.wait(SOON)
    assert (counted.batches, widget.problem) == (1, None)


def test_the_kernel_is_free_while_it_is_applied(
    gated_client: tuple[Client, CountingTransport, Gate], make_widget: MakeWidget
) -> None:
    """Progress is shown after each batch; meanwhile pages can be turned, and no other operation starts."""
    client, _, gate = gated_client
    widget = make_widget(plan_of(writes(events(120)), client), client)
    fields = widget._fields
    sent: list[tuple[str, dict[str, Any]]] = []
    fields.progress.comm = RecordingComm(sent, "progress")
    press(fields.apply)
    press(fields.yes)
    gate.wait()
    assert widget.status.text == "Applying: comparing with the calendars …"
    assert all(button.disabled for button in (fields.apply, fields.undo))
    assert fields.running in visible_parts(widget)
    press(fields.pager.next)
    assert labels(widget)[0] == "27"
    assert not widget.wait(0)
    gate.open()
    gate.wait()
    assert widget.status.text == "Applying: 50 of 120 rows answered …"
    gate.open(2)
    assert widget.wait(SOON)
    assert [state["value"] for _, state in sent if "value" in state] == [50, 100, 120]
    assert fields.progress.max == 120
    assert fields.running not in visible_parts(widget)


def test_stop_stops_before_the_next_batch(
    gated_client: tuple[Client, CountingTransport, Gate], make_widget: MakeWidget
) -> None:
    """Sent rows are answered and shown; Apply sends the others later, and none twice."""
    client, counted, gate = gated_client
    widget = make_widget(plan_of(writes(events(120)), client), client)
    press(widget._fields.apply)
    press(widget._fields.yes)
    gate.wait()
    press(widget._fields.stop)
    assert "Stopping" in widget.status.text
    gate.open()
    assert widget.wait(SOON)
    assert (counted.batches, widget.problem, widget.running) == (1, None, "")
    assert "Press Apply again" in widget.status.text
    assert widget._rows.counts() == {"not sent": 70, "created": 50}
    assert labels(widget)[0] == "52"
    assert widget._fields.apply.description == "Apply again: 70 rows left"
    gate.open(2)
    confirm(widget, "apply")
    assert (counted.batches, widget.status.text) == (3, "Applied, 120 rows: 120 created.")
    assert len(managed_events(client)) == 120


def failing_client(box: Sandbox, error: BaseException) -> tuple[Client, CountingTransport]:
    """Return a client on which the answer to the second batch does something else once."""
    count = 0

    def change(body: bytes) -> bytes:
        nonlocal count
        count += 1
        if count == 2:
            raise error
        return body

    return client_of(box, rewritten=("/v1/batch", change))


@pytest.mark.parametrize("error", [RuntimeError("no more"), OSError(28, "No space left on device")], ids=repr)
def test_apply_continues_after_an_error(box: Sandbox, error: Exception, make_widget: MakeWidget) -> None:
    """The error is shown with the next step, and rows that are done are not repeated."""
    client, counted = failing_client(box, error)
    widget = make_widget(plan_of(writes(events(120)), client), client)
    confirm(widget, "apply")
    assert (widget.status.kind, widget.running) == ("bad", "")
    assert str(error) in widget.status.text
    assert widget.status.text.endswith("Press Apply again to continue: rows that are done are not repeated.")
    assert widget.problem is error
    assert widget.problem.__traceback__ is not None
    assert widget._fields.undo.description == "Undo 100"
    widget.outcomes = None
    confirm(widget, "apply")
    assert (counted.batches, widget.problem) == (4, None)
    assert widget._rows.counts() == {"created": 120}
    assert len(managed_events(client)) == 120


def test_an_interrupt_leaves_it_usable(box: Sandbox, make_widget: MakeWidget) -> None:
    """An interrupt stops a call from Python, is shown, and Apply continues."""
    client, counted = failing_client(box, KeyboardInterrupt())
    widget = make_widget(plan_of(writes(events(120)), client), client)
    with pytest.raises(KeyboardInterrupt):
        widget.apply()
    assert widget.status.text.startswith("Interrupted")
    assert "Press Apply again" in widget.status.text
    assert isinstance(widget.problem, KeyboardInterrupt)
    confirm(widget, "apply")
    assert (counted.batches, widget.problem, len(managed_events(client))) == (4, None, 120)


def test_a_dead_connection_keeps_the_outcomes_so_far(box: Sandbox, make_widget: MakeWidget) -> None:
    """Answered rows are shown; the others are listed first, and the next press sends them."""
    client, _ = client_of(box, Fault("drop before", "POST /v1/batch"))
    widget = make_widget(plan_of(writes(events(60)), client), client)
    confirm(widget, "apply")
    assert isinstance(widget.problem, TransportError)
    assert "Press Apply again" in widget.status.text
    assert widget._rows.counts() == {"not sent": 60}
    assert widget._fields.apply.description == "Apply again: 60 rows left"


def test_failed_rows_are_first(box: Sandbox, make_widget: MakeWidget) -> None:
    """A refused row is counted, listed first, and has the reason."""
    client, _ = client_of(box)
    rows = [event("e1"), event("e2", calendar_id="cal_ann_holidays"), event("e3")]
    widget = make_widget(plan_of(writes(rows), client), client)
    confirm(widget, "apply")
    assert labels(widget) == ["3", "2", "4"]
    assert [name for name, _ in widget._fields.filter.options] == ["all 3", "failed 1", "created 2"]
    assert (widget.status.kind, widget.problem) == ("bad", None)
    assert "failed" in cells(widget)
    assert "read-only" in cells(widget)
    assert (widget._fields.apply.description, widget._fields.apply.disabled) == ("Apply again: 1 row left", False)
    press(widget._fields.back)
    assert (widget.outcomes, labels(widget)) == (None, ["2", "3", "4"])


def offered_file(widget: PlanWidget) -> tuple[str, pd.DataFrame]:
    """Return the name and the content of the file that is offered."""
    (link,) = Page(widget._fields.link.value).all("a")
    content = b64decode(link["href"].partition(",")[2])
    return link["download"], pd.read_csv(io.BytesIO(content), dtype="str", keep_default_na=False)


def test_outcomes_can_be_saved(mixed_plan: Plan, client: Client, tmp_path: Path) -> None:
    """The CSV has each row with label, title and outcome, without formulas; a new run removes the link."""
    widget = plan_widget(mixed_plan, client=client, journal=tmp_path / "offsite.journal")
    assert widget._fields.save.disabled
    confirm(widget, "apply")
    assert widget._fields.link.value == ""
    press(widget._fields.save)
    name, table = offered_file(widget)
    assert name == "offsite_outcomes.csv"
    assert table["row"].tolist() == ["0", "1", "2", "3", "4"]
    assert table["outcome"].tolist() == ["unchanged", "updated", "updated", "created", "not_sent"]
    assert table["summary"].tolist() == ["Session 0", EVIL, "Session 2", "Session 3", ""]
    assert "5 rows" in widget._fields.link.value
    confirm(widget, "undo")
    assert widget._fields.link.value == ""
    press(widget._fields.save)
    _, table = offered_file(widget)
    assert sorted(table["outcome"]) == ["deleted", "updated", "updated"]
    assert set(table["summary"]) == {EVIL, "Session 2", "Session 3"}


def test_undo_restores_everything(mixed_plan: Plan, client: Client, tmp_path: Path) -> None:
    """Undo asks, restores the events, and then Apply can be pressed again."""
    before = remote_events(client)
    journal = tmp_path / "offsite.journal"
    widget = plan_widget(mixed_plan, client=client, journal=journal)
    fields = widget._fields
    assert (fields.undo.description, fields.undo.disabled) == ("Nothing to undo", True)
    assert str(journal) in fields.journal.value
    assert not journal.exists()
    confirm(widget, "apply")
    assert fields.undo.description == "Undo 3"
    press(fields.undo)
    assert "applied last to 3 events" in fields.question.value
    assert fields.yes.description == "Yes, undo 3"
    press(fields.yes)
    assert widget.wait(SOON)
    assert widget.status.text == "Undone, 3 rows: 2 updated, 1 deleted."
    assert remote_events(client) == before
    assert EVIL in cells(widget)
    assert (fields.undo.disabled, fields.apply.description) == (True, "Apply: create 1 and update 2")
    confirm(widget, "apply")
    assert widget._rows.counts() == {"problem": 1, "created": 1, "updated": 2, "unchanged": 1}


def test_an_existing_journal_can_be_undone(client: Client, tmp_path: Path) -> None:
    """A new widget can undo what the journal has, also of other plans."""
    journal = tmp_path / "offsite.journal"
    apply(plan_of(writes(events(3)), client), client, journal=journal)
    widget = plan_widget(plan_of(writes([event("x")]), client), client=client, journal=Journal(journal))
    assert widget.journal == str(journal)
    assert widget._fields.undo.description == "Undo 3"
    widget.undo()
    assert managed_events(client) == {}
    assert isinstance(widget._rows, UndoRows)
    assert labels(widget) == ["2", "3", "4"]


def test_a_temporary_journal_is_made_by_apply(client: Client) -> None:
    """Looking makes no file; Apply makes one that only its owner can read, and shows its path."""
    widget = plan_widget(plan_of(writes(events(2)), client), client=client)
    assert widget.journal is None
    assert "temporary folder" in widget._fields.journal.value
    widget.apply()
    assert widget.journal is not None
    make = Path(widget.journal)
    assert widget.journal in widget._fields.journal.value
    assert stat.S_IMODE(make.stat().st_mode) == 0o600
    assert stat.S_IMODE(make.parent.stat().st_mode) == 0o700
    assert undo(make, client)["outcome"].tolist() == ["deleted", "deleted"]
    make.unlink()
    make.parent.rmdir()


@pytest.mark.parametrize("kind", ["text", "folder", "nowhere"])
def test_an_unusable_journal_is_reported(client: Client, tmp_path: Path, kind: str) -> None:
    """The widget shows the error, and neither Apply nor Undo sends anything."""
    path = {"text": tmp_path / "notes.txt", "folder": tmp_path, "nowhere": tmp_path / "no" / "journal"}[kind]
    if kind == "text":
        path.write_text("dear diary")
    widget = plan_widget(plan_of(writes(events(2)), client), client=client, journal=path)
    assert widget._fields.undo.disabled
    assert (widget.status.kind == "bad") is (kind != "nowhere")
    confirm(widget, "apply")
    assert widget.status.kind == "bad"
    assert isinstance(widget.problem, FrameError | OSError)
    assert managed_events(client) == {}


def test_a_plan_for_another_account_sends_nothing(client: Client, make_widget: MakeWidget) -> None:
    """The error is shown, and the outcomes stay as they are."""
    plan = plan_of(writes(events(2)), client)
    made_for = {**(plan.made_for or {}), "accounts": {"": "acc_bob"}}
    widget = make_widget(Plan(plan.steps(), kind="events", made_for=made_for), client)
    confirm(widget, "apply")
    assert "acc_bob" in widget.status.text
    assert isinstance(widget.problem, FrameError)
    assert (widget.outcomes, managed_events(client)) == (None, {})


@pytest.mark.parametrize(("on_conflict", "kinds"), [("fail", {"failed": 1}), ("overwrite", {"updated": 1})])
def test_on_conflict_is_respected(
    client: Client, make_widget: MakeWidget, on_conflict: Any, kinds: dict[str, int]
) -> None:
    """An event that was changed after planning fails, or is overwritten with on_conflict."""
    apply(plan_of(writes([event("e")])), client)
    plan = plan_of(writes([event("e", summary="mine")]), client)
    apply(plan_of(writes([event("e", summary="theirs")])), client)
    widget = make_widget(plan, client, on_conflict=on_conflict)
    confirm(widget, "apply")
    assert widget._rows.counts() == kinds


def test_another_plan_may_be_set(client: Client, make_widget: MakeWidget) -> None:
    """The widget shows the new plan, and Undo undoes it first, then the one before."""
    widget = make_widget(plan_of(writes(events(30)), client), client)
    widget.apply()
    widget.page, widget.filter = 1, "created"
    widget.plan = plan_of(writes([event("x"), event("e0000", summary="new")]), client)
    assert (widget.outcomes, widget.page, widget.filter, len(labels(widget))) == (None, 0, "all", 2)
    assert widget._fields.apply.description == "Apply: create 1 and update 1"
    widget.apply()
    assert widget._fields.undo.description == "Undo 2"
    widget.undo()
    assert widget._fields.undo.description == "Undo 30"
    widget.undo()
    assert managed_events(client) == {}


def test_a_plan_that_is_older_than_its_sheet_is_named(client: Client, make_widget: MakeWidget, tmp_path: Path) -> None:
    """The question before Apply says that the sheet has changed since the plan was made."""
    file = tmp_path / "offsite.csv"
    file.write_text("summary,start,end\nA,2026-03-10T09:00Z,2026-03-10T10:00Z\n")
    widget = make_widget(plan_events(read_sheet(file), calendar=WORK, client=client), client)
    file.write_text(file.read_text().replace("A", "B"))
    widget._fields.apply.click()
    assert "offsite.csv has changed since the plan was made" in widget._fields.question.value


def test_a_plan_with_nothing_to_do_cannot_be_applied(client: Client, make_widget: MakeWidget) -> None:
    """The Apply button says so, and is disabled."""
    apply(plan_of(writes(events(2))), client)
    widget = make_widget(plan_of(writes(events(2)), client), client)
    assert (widget._fields.apply.description, widget._fields.apply.disabled) == ("Nothing to apply", True)
    assert make_widget(plan_of([], client), client)._fields.apply.disabled


def test_a_plan_without_a_client_says_what_undo_cannot(client: Client, make_widget: MakeWidget) -> None:
    """The confirmation says that overwritten events cannot be restored."""
    widget = make_widget(plan_of(writes(events(2))), client)
    press(widget._fields.apply)
    assert "cannot restore them" in widget._fields.question.value


def test_available_periods_are_shown_with_their_ids(client: Client, make_widget: MakeWidget) -> None:
    """A plan of available periods is shown, applied and undone like one of events."""
    when = {"start": ["2026-03-10T09:00Z"], "end": ["2026-03-10T17:00Z"]}
    periods = make_widget(plan_available_periods(pd.DataFrame(when), client=client), client)
    periods.apply()
    assert periods.status.text == "Applied, 1 row: 1 created."
    assert "Period" in cells(periods)
    periods.undo()
    assert periods.status.text == "Undone, 1 row: 1 deleted."


def test_accounts_are_named_and_calendars_where_they_differ(client: Client, make_widget: MakeWidget) -> None:
    """A plan for several accounts shows the account of each row, and is applied with the mapping."""
    several = sheet(2, account="ann", calendar_id=[WORK, "cal_ann_home"])
    widget = make_widget(plan_events(several, client={"ann": client}), {"ann": client})
    assert all(text in cells(widget) for text in ("Account", "Calendar", "cal_ann_home"))
    widget.apply()
    widget.undo()
    assert widget.status.text == "Undone, 2 rows: 2 deleted."


def test_no_secret_is_sent_to_the_browser(box: Sandbox, client: Client, make_widget: MakeWidget) -> None:
    """No token and no secret is in the state of a part, in a repr or in a trait."""
    widget = make_widget(plan_of(writes(events(2)), client), client)
    confirm(widget, "apply")
    press(widget._fields.save)
    tokens = box.tokens("ann@example.test")
    state = browser_state(widget) + repr(widget)
    assert "Session" not in state
    assert not [secret for secret in (*tokens.values(), box.client_secret) if str(secret) in state]
    assert not {"plan", "outcomes", "journal", "problem"} & widget.get_state().keys()


def test_everything_has_a_name_for_screen_readers(mixed_plan: Plan, client: Client, make_widget: MakeWidget) -> None:
    """Buttons have texts and fields have labels; the status line is read aloud."""
    widget = make_widget(mixed_plan, client)
    press(widget._fields.apply)
    kinds = ("Button", "Text", "ToggleButtons", "IntProgress")
    named = [part for part in parts(widget) if type(part).__name__ in kinds]
    assert len(named) >= 11
    assert all(part.description.strip() for part in named)
    assert {"role": "status", "aria-live": "polite"}.items() <= Page(widget.status.value).all("div")[0].items()


def test_repeated_use_makes_no_more_widgets(client: Client, make_widget: MakeWidget) -> None:
    """Applying and undoing again and again leaves as many widgets as before."""
    widget = make_widget(plan_of(writes(events(30)), client), client)
    confirm(widget, "apply")
    count = len(states())
    for _ in range(5):
        confirm(widget, "undo")
        confirm(widget, "apply")
        press(widget._fields.pager.next)
        press(widget._fields.save)
    assert len(states()) == count


def test_callbacks_never_raise(client: Client, capsys: pytest.CaptureFixture[str], make_widget: MakeWidget) -> None:
    """Unexpected errors are shown and kept, and nothing is printed."""
    widget = make_widget(plan_of(writes(events(2)), client), client)
    widget.outcomes = pd.DataFrame({"nothing": [1]})
    assert isinstance(widget.problem, KeyError)
    assert ".problem" in widget.status.text
    widget.outcomes = None
    assert len(labels(widget)) == 2
    confirm(widget, "apply")
    assert capsys.readouterr() == ("", "")


def test_rows_of_outcomes_stay_with_their_plan(mixed_plan: Plan, client: Client) -> None:
    """Outcomes are counted by kind, and rows with problems stay problems."""
    done = apply(mixed_plan, client)
    rows = PlanRows(mixed_plan, outcomes=done)
    assert rows.counts() == {"problem": 1, "created": 1, "updated": 2, "unchanged": 1}
    assert rows.select("all", "") == [4, 3, 1, 2, 0]
