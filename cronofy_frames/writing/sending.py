"""Rows into batches, batches to Cronofy, answers into the journal.

docs.cronofy.com/developers/api/batch: up to 50 entries, answered one by one and not all or nothing. Every call made
here may be made twice without harm: it is keyed by an id of ours, or names what is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cronofy_frames.client import Client
from cronofy_frames.collecting import Progress
from cronofy_frames.endpoint import ENDPOINTS, Call
from cronofy_frames.errors import RateLimited, ServerError, TransportError
from cronofy_frames.wire import BATCH_LIMIT, body_of, path_of
from cronofy_frames.writing.journal import Answer, Journal
from cronofy_frames.writing.plans import Step

ATTEMPTS = {429: 8}  # how often an entry is sent: as often as a call of its own, the limit counting by the minute
OTHER_ATTEMPTS = 5
HALF_ANSWERED = 4


class Sender:
    """Sends steps, and keeps what was answered.

    Parameters
    ----------
    clients
        By label.
    journal
        Where everything is noted before and after; None keeps it in memory only.
    bar
        Shows how far it is.

    Attributes
    ----------
    answers
        By position, the latest answer; one without a status where a row was sent and nothing came back.
    batches
        How many were sent.
    """

    def __init__(self, clients: Mapping[str | None, Client], journal: Journal | None, bar: Progress) -> None:
        self.answers: dict[int, Answer] = {}
        self.batches = 0
        self._clients, self._journal, self._bar = clients, journal, bar
        self._attempts: dict[int, int] = {}
        self._total = 0

    def send(self, steps: list[Step]) -> None:
        """Send steps in batches until each has its answer.

        What was answered with 429 or 5xx is sent again after a pause, as is a whole batch that got no answer.

        Raises
        ------
        TransportError, ServerError, RateLimited
            When one batch after another gets no answer.
        ApiError
            When the credentials are refused.
        """
        waiting, round_ = steps, 0
        self._total = len(steps)
        while waiting:
            round_ += 1
            waiting = self._round(waiting, round_)
            if waiting:
                self._clients[waiting[0].account].pause(round_)

    def _round(self, steps: list[Step], number: int) -> list[Step]:
        """Send each step once; return those that want to be sent again."""
        again: list[Step] = []
        lost = 0
        for group in batches_of(steps):
            try:
                found = self._batch(group)
            except (TransportError, ServerError, RateLimited):
                lost += 1
                # the client has tried for a while by itself: two batches in a row mean that nobody is there
                if lost > 1 or number >= OTHER_ATTEMPTS or (number == 1 and len(group) == len(steps)):
                    raise
                again += group
                continue
            lost = 0
            again += [step for step in group if self._wants_again(step, found[step.position])]
        return again

    def _wants_again(self, step: Step, answer: Answer) -> bool:
        sent = self._attempts[step.position] = self._attempts.get(step.position, 0) + 1
        return answer.transient and sent < ATTEMPTS.get(answer.status or 0, OTHER_ATTEMPTS)

    def _batch(self, steps: list[Step]) -> dict[int, Answer]:
        client = self._clients[steps[0].account]
        entries = [entry_of(step) for step in steps]
        number = self._noted(steps)
        said = self._asked(client, entries)
        found = {
            step.position: Answer(one["status"], one.get("data"), number) for step, one in zip(steps, said, strict=True)
        }
        if self._journal is not None:
            self._journal.answered(found)
        self.answers.update(found)
        self._bar.step(self._total, sum(not one.transient for one in found.values()))
        return found

    def _noted(self, steps: list[Step]) -> int:
        self.batches += 1
        number = self.batches if self._journal is None else self._journal.sending(steps)
        self.answers.update({step.position: Answer(batch=number) for step in steps})
        return number

    def _asked(self, client: Client, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the answers of a batch; one that has too few counts as none, and is asked for again."""
        for attempt in range(1, HALF_ANSWERED + 1):
            body = client.batch(batch=entries)
            said = body.get("batch") if isinstance(body, dict) else None
            if _whole(said, len(entries)):
                assert isinstance(said, list)
                return said
            if attempt < HALF_ANSWERED:
                client.pause(attempt)
        raise TransportError(
            f"a batch of {len(entries)} was answered {HALF_ANSWERED} times without an answer for each: the rows of it "
            "may have been written. Apply again with the same journal, which sends them again without harm.",
            Call(ENDPOINTS["batch"], {}),
        )


def _whole(said: Any, count: int) -> bool:
    return (
        isinstance(said, list)
        and len(said) == count
        and all(isinstance(one, dict) and isinstance(one.get("status"), int) for one in said)
    )


def batches_of(steps: list[Step]) -> Iterator[list[Step]]:
    """Yield groups that go into one request each: of one account, up to fifty, in order."""
    by_account: dict[str | None, list[Step]] = {}
    for step in steps:
        by_account.setdefault(step.account, []).append(step)
    for group in by_account.values():
        for first in range(0, len(group), BATCH_LIMIT):
            yield group[first : first + BATCH_LIMIT]


def entry_of(step: Step) -> dict[str, Any]:
    """Return a step as an entry of a batch."""
    assert step.call is not None
    call = Call(ENDPOINTS[step.call], step.arguments)
    return {"method": call.endpoint.verb, "relative_url": path_of(call), "data": body_of(call)}
