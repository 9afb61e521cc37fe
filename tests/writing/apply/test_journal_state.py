"""The state of a journal: what calls mean for an event, and which plans are left to undo."""

import pytest

from cronofy_frames.writing.apply.journal_state import (
    AccountTarget,
    AppliedPlan,
    EntryResponse,
    JournalState,
    SentCall,
    TargetHistory,
    UnfinishedUndo,
    merged_histories,
)

A: AccountTarget = (None, "event", "cal_1", "a")
B: AccountTarget = (None, "event", "cal_1", "b")
ACCEPTED, REFUSED, UNKNOWN = EntryResponse(202), EntryResponse(404), EntryResponse()


def history(*calls: tuple[bool, EntryResponse]) -> TargetHistory:
    """Return calls, each compared or not and with its response, in batches from 1."""
    sent = {
        batch: SentCall({"position": batch}, "p", compared, response)
        for batch, (compared, response) in enumerate(calls, 1)
    }
    return TargetHistory(sent)


def applied(number: int, histories: dict[AccountTarget, TargetHistory]) -> AppliedPlan:
    """Return a plan that was applied."""
    return AppliedPlan(number, f"p{number}", "events", "UTC", [None], "2026-03-04T09:00:00+00:00", histories)


@pytest.mark.parametrize(
    ("calls", "batch"),
    [
        ([(True, ACCEPTED), (True, ACCEPTED)], 1),
        ([(True, UNKNOWN), (True, ACCEPTED)], 1),  # it was read just before, so that state is known
        ([(False, ACCEPTED), (True, ACCEPTED)], 1),  # it was certainly written, over a state that nobody knows
        ([(False, UNKNOWN), (True, ACCEPTED)], 2),  # it may not have arrived: the later comparison knows
        ([(False, UNKNOWN), (False, ACCEPTED)], 2),
        ([(False, UNKNOWN), (False, UNKNOWN)], 1),
        ([(True, REFUSED), (True, ACCEPTED)], 2),  # a refused call has changed nothing
    ],
)
def test_the_call_that_tells_the_state_before(calls: list[tuple[bool, EntryResponse]], batch: int) -> None:
    """It is the first that was compared or accepted, among those that may have been carried out."""
    assert history(*calls).baseline.line["position"] == batch


def test_a_plan_without_effect_is_not_the_last() -> None:
    """The last plan is the latest with something left to undo; numbers stay those of the file."""
    first, second = applied(1, {A: history((True, ACCEPTED))}), applied(2, {A: history((True, REFUSED)), B: history()})
    state = JournalState(applied=[first, second])
    assert state.last_applied() is first
    assert state.plans_numbered([2, 1, 9]) == [first, second]
    assert state.plans_numbered([2]) == [second]
    assert JournalState(applied=[second]).last_applied() is None


def test_calls_of_several_plans_are_one_history() -> None:
    """They are in the order of their batches, and the histories of the plans stay as they are."""
    first, second = applied(1, {A: history((True, ACCEPTED))}), applied(2, {})
    second.histories = {
        A: TargetHistory({2: SentCall({"position": 0}, "p2", True, ACCEPTED)}),
        B: history((True, UNKNOWN)),
    }
    merged = merged_histories([first, second])
    assert {target: list(made.calls) for target, made in merged.items()} == {A: [1, 2], B: [1]}
    assert list(first.histories[A].calls) == [1]


@pytest.mark.parametrize(
    ("undone", "numbers", "left", "unfinished"),
    [
        ([1], [1], [A, B], True),  # the same undo goes on
        ([1], [2], [B], False),
        ([1], [1, 2], [B], False),
    ],
)
def test_an_unfinished_undo_of_other_plans_ends(
    undone: list[int], numbers: list[int], left: list[AccountTarget], unfinished: bool
) -> None:
    """What it undid is undone, and the rest can be undone later."""
    plans = [applied(n, {A: history((True, ACCEPTED)), B: history((True, ACCEPTED))}) for n in (1, 2)]
    state = JournalState(applied=plans, undo=UnfinishedUndo(undone, {A: ACCEPTED, B: REFUSED}))
    state.settle_other_undo(numbers)
    assert list(plans[0].histories) == left
    assert list(plans[1].histories) == [A, B]
    assert (state.undo is not None) == unfinished


def test_the_latest_call_of_a_row_is_its_response() -> None:
    """A row that was sent again has its last response, and another row is not mixed with it."""
    calls = {
        1: SentCall({"position": 4}, "p", True, EntryResponse(503, None, 1)),
        2: SentCall({"position": 4}, "p", True, EntryResponse(202, None, 2)),
    }
    state = JournalState(applied=[applied(1, {A: TargetHistory(calls), B: history((True, UNKNOWN))})])
    assert state.responses == {"p": {4: EntryResponse(202, None, 2), 1: UNKNOWN}}
