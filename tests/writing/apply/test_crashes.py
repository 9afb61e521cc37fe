"""Processes that are killed lose nothing and double nothing."""

from pathlib import Path

import pytest

from cronofy_frames.writing.apply.applying import apply
from cronofy_frames.writing.apply.undoing import undo
from cronofy_frames.writing.plan.plans import load_plan
from tests.crash_office import ALLOW_CHILDREN, Office, office
from tests.writes import event, events, managed_events, plan_of, remote_events, writes

pytestmark = ALLOW_CHILDREN

PLACES = ["before", "within", "after"]


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
