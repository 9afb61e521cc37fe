"""Send the steps of a plan in batches, and record each batch and its responses in the journal.

docs.cronofy.com/developers/api/batch: up to 50 entries, each with its own response; one can fail without the others.
Every call can be repeated safely, because it is keyed by an id that the caller chose, or names an existing event.
"""

from __future__ import annotations

import re
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
from cronofy_frames.frames.accounts import combined_error
from cronofy_frames.frames.progress import Progress
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.endpoint import ENDPOINTS, Call
from cronofy_frames.wire.messages import BATCH_LIMIT, body_of, path_of
from cronofy_frames.writing.apply.journal import Journal
from cronofy_frames.writing.apply.journal_state import EntryResponse
from cronofy_frames.writing.plan.plans import Step

ATTEMPTS = {429: 8}  # per entry and status: as often as a single call, because the limit is per minute
OTHER_ATTEMPTS = 5
BATCH_ATTEMPTS = 4  # of a batch that is answered without a response for each entry
DIVISIBLE = (413, 422)  # statuses of a whole batch that a single entry may have caused


class Sender:
    """Sends steps and collects the responses.

    Parameters
    ----------
    clients
        The clients by label.
    journal
        Records batches and responses; None to record nothing.
    bar
        The progress bar.

    Attributes
    ----------
    responses
        The latest response by position; without a status if the step was sent and no response was received.
    batches
        The number of batches that were sent.
    """

    def __init__(self, clients: Mapping[str | None, Client], journal: Journal | None, bar: Progress) -> None:
        self.responses: dict[int, EntryResponse] = {}
        self.batches = 0
        self._clients, self._journal, self._bar = clients, journal, bar
        self._attempts: dict[int, int] = {}
        self._total = 0

    def send(self, steps: list[Step]) -> None:
        """Send steps in batches until each has a final response.

        Entries that get 429 or 5xx are sent again after a pause, and so is a batch that gets no response. If one
        account fails, the others are still sent.

        Raises
        ------
        TransportError, ServerError, RateLimited
            Several batches in a row got no response.
        AuthError, TokenError
            The credentials were refused.
        """
        self._total = len(steps)
        failures: dict[str | None, CronofyError] = {}
        for label, own_steps in _by_account(steps).items():
            try:
                self._send_for_account(own_steps)
            except CronofyError as error:
                failures[label] = error
        if failures:
            raise combined_error(failures)

    def _send_for_account(self, steps: list[Step]) -> None:
        waiting, round_number = steps, 0
        while waiting:
            round_number += 1
            waiting = self._send_once(waiting, round_number)
            if waiting:
                self._clients[waiting[0].account].pause(round_number)

    def _send_once(self, steps: list[Step], round_number: int) -> list[Step]:
        """Send each step once; return those to send again."""
        again: list[Step] = []
        failed_in_a_row = 0
        for first in range(0, len(steps), BATCH_LIMIT):
            group = steps[first : first + BATCH_LIMIT]
            try:
                responses = self._send_batch(group)
            except (TransportError, ServerError, RateLimited):
                failed_in_a_row += 1
                # the client has retried each batch itself: two failures in a row mean that the service is down
                is_only_batch = round_number == 1 and len(group) == len(steps)
                if failed_in_a_row > 1 or round_number >= OTHER_ATTEMPTS or is_only_batch:
                    raise
                again += group
                continue
            failed_in_a_row = 0
            again += [step for step in group if self._needs_retry(step, responses[step.position])]
        return again

    def _needs_retry(self, step: Step, response: EntryResponse) -> bool:
        attempts = self._attempts[step.position] = self._attempts.get(step.position, 0) + 1
        return response.transient and attempts < ATTEMPTS.get(response.status or 0, OTHER_ATTEMPTS)

    def _send_batch(self, steps: list[Step]) -> dict[int, EntryResponse]:
        number = self._record_batch(steps)
        try:
            entries = self._post(self._clients[steps[0].account], [batch_entry(step) for step in steps])
        except ApiError as error:
            return self._handle_refusal(steps, error, number)
        responses = {
            step.position: EntryResponse(_status_of(entry), entry.get("data"), number)
            for step, entry in zip(steps, entries, strict=True)
        }
        return self._accept(responses)

    def _handle_refusal(self, steps: list[Step], error: ApiError, number: int) -> dict[int, EntryResponse]:
        """Handle a batch that was refused as a whole: none of it was carried out."""
        if isinstance(error, ServerError):
            raise error  # it may have been carried out
        responses = {step.position: EntryResponse(error.status, error.body, number) for step in steps}
        if error.status in DIVISIBLE and len(steps) > 1:
            self._record_responses(responses)
            half = len(steps) // 2
            return {**self._send_batch(steps[:half]), **self._send_batch(steps[half:])}
        if isinstance(error, AuthError | TokenError | RateLimited):
            self._record_responses(responses)
            self.responses = {at: response for at, response in self.responses.items() if at not in responses}
            raise error
        return self._accept(responses)

    def _accept(self, responses: dict[int, EntryResponse]) -> dict[int, EntryResponse]:
        self._record_responses(responses)
        self.responses.update(responses)
        self._bar.step(self._total, sum(not response.transient for response in responses.values()))
        return responses

    def _record_responses(self, responses: dict[int, EntryResponse]) -> None:
        if self._journal is not None:
            self._journal.record_responses(responses)

    def _record_batch(self, steps: list[Step]) -> int:
        self.batches += 1
        number = self.batches if self._journal is None else self._journal.record_batch(steps)
        self.responses.update({step.position: EntryResponse(batch=number) for step in steps})
        return number

    def _post(self, client: Client, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Send a batch and return the responses to its entries; if any are missing, the batch is sent again."""
        for attempt in range(1, BATCH_ATTEMPTS + 1):
            body = client.batch(batch=entries)
            responses = body.get("batch") if isinstance(body, dict) else None
            if _is_complete(responses, len(entries)):
                assert isinstance(responses, list)
                return responses
            if attempt < BATCH_ATTEMPTS:
                client.pause(attempt)
        raise TransportError(
            f"a batch of {len(entries)} was answered {BATCH_ATTEMPTS} times without a response for each row: its rows "
            "may have been written.",
            Call(ENDPOINTS["batch"], {}),
        )


def _is_complete(responses: Any, count: int) -> bool:
    """Return whether there is a response with a status for each entry."""
    return (
        isinstance(responses, list)
        and len(responses) == count
        and all(isinstance(entry, dict) and _status_of(entry) is not None for entry in responses)
    )


def _status_of(entry: Mapping[str, Any]) -> int | None:
    """Return the HTTP status of an entry, which may be a number or a text; None for anything else."""
    match = re.fullmatch(r"([1-5][0-9]{2})(\.0*)?", str(entry.get("status"))[:20])
    return None if match is None else int(match[1])


def _by_account(steps: list[Step]) -> dict[str | None, list[Step]]:
    by_account: dict[str | None, list[Step]] = {}
    for step in steps:
        by_account.setdefault(step.account, []).append(step)
    return by_account


def batch_entry(step: Step) -> dict[str, Any]:
    """Return a step as an entry of a batch."""
    assert step.call is not None
    call = Call(ENDPOINTS[step.call], step.arguments)
    return {"method": call.endpoint.verb, "relative_url": path_of(call), "data": body_of(call)}
