"""Rows into batches, batches to Cronofy, answers into the journal.

docs.cronofy.com/developers/api/batch: up to 50 entries, answered one by one and not all or nothing. Every call made
here may be made twice without harm: it is keyed by an id of ours, or names what is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cronofy_frames.errors import (
    ApiError,
    AuthError,
    CronofyError,
    RateLimited,
    ServerError,
    TokenError,
    TransportError,
)
from cronofy_frames.frames.progress import Progress
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.endpoint import ENDPOINTS, Call
from cronofy_frames.wire.messages import BATCH_LIMIT, body_of, path_of
from cronofy_frames.writing.apply.journal import Answer, Journal
from cronofy_frames.writing.plan.plans import Step

ATTEMPTS = {429: 8}  # how often an entry is sent: as often as a call of its own, the limit counting by the minute
OTHER_ATTEMPTS = 5
HALF_ANSWERED = 4
DIVISIBLE = (413, 422)  # what a single row may have brought upon the whole batch


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

        What was answered with 429 or 5xx is sent again after a pause, as is a whole batch that got no answer. An
        account that fails does not keep the others waiting.

        Raises
        ------
        TransportError, ServerError, RateLimited
            When one batch after another gets no answer.
        AuthError, TokenError
            When the credentials are refused.
        """
        self._total = len(steps)
        failed: dict[str | None, CronofyError] = {}
        for label, own in _by_account(steps).items():
            try:
                self._send(own)
            except CronofyError as error:
                failed[label] = error
        if failed:
            raise _first_of(failed)

    def _send(self, steps: list[Step]) -> None:
        waiting, number = steps, 0
        while waiting:
            number += 1
            waiting = self._round(waiting, number)
            if waiting:
                self._clients[waiting[0].account].pause(number)

    def _round(self, steps: list[Step], number: int) -> list[Step]:
        """Send each step once; return those that want to be sent again."""
        again: list[Step] = []
        lost = 0
        for first in range(0, len(steps), BATCH_LIMIT):
            group = steps[first : first + BATCH_LIMIT]
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
        number = self._noted(steps)
        try:
            said = self._asked(self._clients[steps[0].account], [entry_of(step) for step in steps])
        except ApiError as refused:
            return self._refused(steps, refused, number)
        found = {
            step.position: Answer(int(float(one["status"])), one.get("data"), number)
            for step, one in zip(steps, said, strict=True)
        }
        return self._settled(found)

    def _refused(self, steps: list[Step], error: ApiError, number: int) -> dict[int, Answer]:
        """Settle a batch that was refused as a whole: nothing of it was carried out."""
        found = {step.position: Answer(error.status, error.body, number) for step in steps}
        if isinstance(error, ServerError):
            raise error  # of which nobody knows
        if error.status in DIVISIBLE and len(steps) > 1:
            self._note_answers(found)
            half = len(steps) // 2
            return {**self._batch(steps[:half]), **self._batch(steps[half:])}
        if isinstance(error, AuthError | TokenError | RateLimited):
            self._note_answers(found)
            self.answers = {position: one for position, one in self.answers.items() if position not in found}
            raise error
        return self._settled(found)

    def _settled(self, found: dict[int, Answer]) -> dict[int, Answer]:
        self._note_answers(found)
        self.answers.update(found)
        self._bar.step(self._total, sum(not one.transient for one in found.values()))
        return found

    def _note_answers(self, found: dict[int, Answer]) -> None:
        if self._journal is not None:
            self._journal.answered(found)

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
            "may have been written.",
            Call(ENDPOINTS["batch"], {}),
        )


def _whole(said: Any, count: int) -> bool:
    return (
        isinstance(said, list)
        and len(said) == count
        and all(isinstance(one, dict) and str(one.get("status")).partition(".")[0].isdigit() for one in said)
    )


def _by_account(steps: list[Step]) -> dict[str | None, list[Step]]:
    by_account: dict[str | None, list[Step]] = {}
    for step in steps:
        by_account.setdefault(step.account, []).append(step)
    return by_account


def _first_of(failed: Mapping[str | None, CronofyError]) -> CronofyError:
    """Return one error for all accounts that failed: the first, naming each."""
    label, error = next(iter(failed.items()))
    if label is not None:
        others = [f"{name} ({type(one).__name__})" for name, one in failed.items() if name != label]
        also = f" Also failed: {', '.join(others)}." if others else ""
        error.args = (f"account {label}: {error}{also}",)
    return error


def entry_of(step: Step) -> dict[str, Any]:
    """Return a step as an entry of a batch."""
    assert step.call is not None
    call = Call(ENDPOINTS[step.call], step.arguments)
    return {"method": call.endpoint.verb, "relative_url": path_of(call), "data": body_of(call)}
