"""Processes that are killed lose nothing and double nothing."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cronofy_frames.sandbox import Sandbox, Served, serve
from cronofy_frames.wire.faults import Fault
from cronofy_frames.writing.apply.applying import apply
from cronofy_frames.writing.apply.undoing import undo
from cronofy_frames.writing.plan.plans import load_plan
from tests import crashing
from tests.small import small_box
from tests.writes import event, events, managed_events, plan_of, remote_events, writes

# children share what was imported, so that a death costs a few milliseconds
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.crashing", "pandas"])

# the children's parent is reached through a socket of this machine's file system
pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1", ".*/pymp-.*"])

PLACES = ["before", "within", "after"]


class Office:
    """A served sandbox, a client of it, and children that write to it."""

    def __init__(self, box: Sandbox, served: Served, folder: Path) -> None:
        tokens = box.tokens("ann@example.test")
        self.place = (served.url, tokens, (box.client_id, box.client_secret))
        self.served = served
        self.client = crashing.client_at(*self.place)
        self.plan, self.journal = folder / "plan", folder / "journal"

    def child(self, operation: str, last: int, where: str) -> Any:
        """Start a process that dies at the last write."""
        arguments = (operation, *self.place, str(self.plan), str(self.journal), last, where)
        child = CONTEXT.Process(target=crashing.run, args=arguments)
        child.start()
        return child

    def dies(self, operation: str, last: int, where: str) -> bool:
        """Run such a process, and say whether it died."""
        child = self.child(operation, last, where)
        child.join(60)
        assert child.exitcode in (0, crashing.DIED)
        return bool(child.exitcode == crashing.DIED)


@contextmanager
def office(folder: Path, *faults: Fault, page_size: int = 100) -> Iterator[Office]:
    """Serve a small office."""
    box = small_box(rate_limit=False, faults=faults, page_size=page_size)
    with serve(box, sleep=lambda _: None) as served:
        setup = Office(box, served, folder)
        with setup.client:
            yield setup
        assert served.errors == []


def prepare(setup: Office) -> None:
    """Write some events that a plan of 120 rows changes in part, and save the plan."""
    apply(plan_of(writes([event("e0007", summary="old"), event("e0119", summary="old"), event("x")])), setup.client)
    plan_of(
        [*writes(events(120)), ("delete_event", {"calendar_id": event("x")["calendar_id"], "event_id": "x"})],
        setup.client,
    ).save(setup.plan)


@pytest.mark.parametrize("where", PLACES)
def test_a_process_killed_at_any_write_can_be_resumed(tmp_path: Path, where: str) -> None:
    """Whichever write it was: applying again completes the plan, writes nothing twice, and undo undoes all of it."""
    died = 0
    for last in range(1, 20):
        folder = tmp_path / str(last)
        folder.mkdir()
        with office(folder) as setup:
            prepare(setup)
            before = remote_events(setup.client)
            if not setup.dies("apply", last, where):
                break
            died += 1
            done = apply(load_plan(setup.plan), setup.client, journal=setup.journal)
            assert set(done["outcome"]) == {"created", "updated", "deleted"}
            assert managed_events(setup.client).keys() == {f"e{n:04}" for n in range(120)}
            assert {row["summary"] for row in managed_events(setup.client).values()} == {
                f"Event e{n:04}" for n in range(120)
            }
            undo(setup.journal, setup.client)
            assert remote_events(setup.client) == before
    assert died == 8  # the run, three batches sent and answered, the end


@pytest.mark.parametrize("where", PLACES)
def test_an_undo_killed_at_any_write_can_be_repeated(tmp_path: Path, where: str) -> None:
    """For each write to the journal: repeating the undo leaves the calendar as it was."""
    died = 0
    for last in range(1, 20):
        folder = tmp_path / str(last)
        folder.mkdir()
        with office(folder) as setup:
            prepare(setup)
            before = remote_events(setup.client)
            apply(load_plan(setup.plan), setup.client, journal=setup.journal)
            if not setup.dies("undo", last, where):
                break
            died += 1
            undo(setup.journal, setup.client)
            assert remote_events(setup.client) == before
    assert died == 8
