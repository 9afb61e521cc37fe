"""Sending in batches: what is sent again, how often, and when a service counts as down."""

from typing import Any

import pytest

from cronofy_frames import errors
from cronofy_frames.frames.progress import Progress
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.wire.faults import Fault
from cronofy_frames.writing.apply.applying import apply
from cronofy_frames.writing.apply.sending import Sender
from tests.writes import client_of, events, managed_events, plan_of, writes

BATCH = "POST /v1/batch"

LOST, FAILED, LIMITED = {"kind": "drop before"}, {"kind": "status", "status": 500}, {"kind": "status", "status": 429}
TRIES = [
    pytest.param(LOST, errors.TransportError, 4, id="lost"),
    pytest.param(FAILED, errors.ServerError, 5, id="500"),
    pytest.param(LIMITED, errors.RateLimited, 8, id="429"),
]
"""How a batch fails, its error, and how often the client sends it before it gives up."""


def failing(fault: dict[str, Any], requests: set[int] | None = None) -> Fault:
    """Return the fault for these batches, counted from 1 with their repetitions; for all by default."""
    return Fault(route=BATCH, times=requests or set(), **fault)


@pytest.mark.parametrize(("fault", "tries"), [(LOST, 4), (FAILED, 5), (LIMITED, 8)])
def test_a_batch_that_fails_between_others_is_sent_again(box: Sandbox, fault: dict[str, Any], tries: int) -> None:
    """The batches after it are sent first, and then it once more; each event exists once."""
    waits: list[float] = []
    client, counted = client_of(box, failing(fault, set(range(2, tries + 2))), waits=waits)
    done = apply(plan_of(writes(events(200))), client)
    assert done["outcome"].tolist() == ["created"] * 200
    assert done["batch"].value_counts().to_dict() == {1: 50, 3: 50, 4: 50, 5: 50}
    assert set(done["batch"].iloc[50:100]) == {5}
    assert counted.batches == 4 + tries
    assert len(waits) == tries, "a pause before each repetition"
    assert len(managed_events(client)) == 200


def test_two_failures_apart_do_not_stop_the_others(box: Sandbox) -> None:
    """The second and the fourth batch fail, and the third and the fifth are sent: the service is there."""
    client, counted = client_of(box, failing(LOST, {2, 3, 4, 5, 7, 8, 9, 10}))
    done = apply(plan_of(writes(events(250))), client)
    assert done["outcome"].tolist() == ["created"] * 250
    assert counted.batches == 3 + 2 * 4 + 2


@pytest.mark.parametrize(("fault", "error", "tries"), TRIES)
def test_two_failures_in_a_row_end_the_run(
    box: Sandbox, fault: dict[str, Any], error: type[errors.CronofyError], tries: int
) -> None:
    """The service is down: the batches after them are not tried, and rows without a response are told apart."""
    client, counted = client_of(box, failing(fault, set(range(2, 999))))
    with pytest.raises(error) as caught:
        apply(plan_of(writes(events(250))), client)
    assert counted.batches == 1 + 2 * tries
    assert "200 of 250 rows have no response" in str(caught.value)
    partial = caught.value.partial
    assert partial["outcome"].tolist() == ["created"] * 50 + ["not_sent"] * 200
    assert set(partial["message"].iloc[150:]) == {"was not reached"}


@pytest.mark.parametrize(("fault", "error", "tries"), TRIES)
def test_an_only_batch_is_not_sent_in_more_rounds(
    box: Sandbox, fault: dict[str, Any], error: type[errors.CronofyError], tries: int
) -> None:
    """The client has repeated it already."""
    client, counted = client_of(box, failing(fault))
    with pytest.raises(error):
        apply(plan_of(writes(events(50))), client)
    assert counted.batches == tries


def test_a_batch_that_fails_in_every_round_ends_the_run(box: Sandbox) -> None:
    """The others are written in the first round; after five rounds the error is raised."""
    client, counted = client_of(box, failing(LOST, set(range(2, 6)) | set(range(7, 999))))
    with pytest.raises(errors.TransportError) as caught:
        apply(plan_of(writes(events(150))), client)
    assert counted.batches == 2 + 5 * 4
    assert caught.value.partial["outcome"].tolist() == ["created"] * 50 + ["not_sent"] * 50 + ["created"] * 50


def test_a_row_over_the_limit_is_sent_as_often_as_a_call(box: Sandbox) -> None:
    """A row with 429 is sent eight times, because the limit is per minute; then it has failed."""
    waits: list[float] = []
    client, counted = client_of(box, Fault("status", "entry", status=429), waits=waits)
    done = apply(plan_of(writes(events(2))), client)
    assert done["status"].tolist() == [429, 429]
    assert set(done["message"]) == {"over the rate limit: apply again later"}
    assert counted.batches == 8
    assert sum(waits) > 60


def test_a_batch_answered_for_some_rows_only_is_sent_four_times(box: Sandbox) -> None:
    """A response without an entry for each row tells nothing about any; the error says that they may be written."""
    waits: list[float] = []
    client, counted = client_of(box, Fault("short", BATCH), waits=waits)
    with pytest.raises(errors.TransportError, match="answered 4 times without a response for each row"):
        apply(plan_of(writes(events(3))), client)
    assert (counted.batches, waits) == (4, [1.0, 2.0, 4.0])


def test_two_rows_that_are_refused_together_are_sent_alone(box: Sandbox) -> None:
    """A batch of two is divided like any other, and a row alone is not sent again."""
    client, counted = client_of(box, failing({"kind": "status", "status": 413}, {1, 3}))
    done = apply(plan_of(writes(events(2))), client)
    assert done["outcome"].tolist() == ["created", "failed"]
    assert counted.batches == 3


class RecordingProgress(Progress):
    """Progress that records its steps."""

    def __init__(self) -> None:
        super().__init__(show=False)
        self.steps: list[tuple[int | None, int]] = []

    def step(self, total: int | None, count: int = 1) -> None:
        """Record a step."""
        self.steps.append((total, count))


def test_progress_counts_each_row_once(box: Sandbox) -> None:
    """A row counts when it has a final response, and not when it has to be sent again."""
    client, _ = client_of(box, Fault("status", "entry", {2, 3}, status=503))
    bar = RecordingProgress()
    Sender({None: client}, None, bar).send(list(plan_of(writes(events(60))).steps()))
    assert bar.steps == [(60, 48), (60, 10), (60, 2)]
