"""Retry policy: which calls are sent again after which errors, how often, and the Retry-After header."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

from cronofy_frames import errors
from cronofy_frames.wire.endpoint import Call
from cronofy_frames.wire.waiting import is_cancelled, refuse_cancelled

if TYPE_CHECKING:
    import tenacity

T = TypeVar("T")

log = logging.getLogger("cronofy_frames")

MAX_BACKOFF = 60.0  # seconds: the rate limit counts by the minute

LONGEST_WAIT = 1e9
"""Seconds that stand for a wait without an end: thirty years."""


def is_retryable(error: BaseException) -> bool:
    """Return whether a call that failed with an error may be sent again, and may then succeed."""
    if isinstance(error, errors.TransportError):
        may_succeed = error.again
    elif isinstance(error, errors.RateLimited | errors.ServerError):
        # 500 may be caused by the call itself, and is repeated only where another attempt can do no harm
        may_succeed = error.status in (429, 500, 502, 503, 504)
    else:
        return False
    return may_succeed and isinstance(error.call, Call) and error.call.endpoint.repeatable


def max_attempts(error: BaseException) -> int:
    """Return how many times a call is sent that keeps failing with an error.

    The waits between are 1, 2, 4 ... seconds: two minutes in all over the rate limit, which counts by the minute,
    15 seconds for a failing server, and 7 seconds for a lost connection.
    """
    if isinstance(error, errors.RateLimited):
        return 8
    return 5 if isinstance(error, errors.ServerError) else 4


def add_patience_note(
    error: errors.CronofyError, statistics: Mapping[str, Any], patience: float, now: datetime
) -> None:
    """Add to an error how long was waited for its call, and when to come back, if patience has ended the call.

    Parameters
    ----------
    error
        The error of the last attempt.
    statistics
        The number of attempts, and the seconds waited between them.
    patience
        The most seconds to wait.
    now
        The time at the server.
    """
    if not is_retryable(error) or statistics["attempt_number"] >= max_attempts(error):
        return
    wait = getattr(error, "retry_after", None)
    after = "" if wait is None else f" Come back at {now + timedelta(seconds=wait):%Y-%m-%d %H:%M} UTC."
    error.args = (
        f"{error} {statistics['idle_for']:.0f} s were waited for this call; patience= allows {patience:g} s.{after}",
    )


def retry_after(response: httpx.Response) -> float | None:
    """Return the seconds to wait by the `Retry-After` header; None where it is absent or unreadable.

    Both forms of RFC 9110 are read. A date counts from the response's own `Date`, so that the local clock does not
    matter; a date in the past is 0 seconds. No wait is longer than LONGEST_WAIT.
    """
    text = response.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]+", text):
        return min(float(text), LONGEST_WAIT)
    then, now = _http_date(text), answered_at(response)
    if then is None or now is None:
        return None
    return min(max(0.0, (then - now).total_seconds()), LONGEST_WAIT)


def answered_at(response: httpx.Response) -> datetime | None:
    """Return the time at the server by the `Date` header; None where it is absent or unreadable."""
    return _http_date(response.headers.get("Date", ""))


def _http_date(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None


def failure_of(state: tenacity.RetryCallState) -> BaseException:
    """Return the error of the attempt before."""
    outcome = state.outcome
    error = outcome.exception() if outcome is not None else None
    return error if error is not None else RuntimeError("a call that did not fail is not retried")


def log_retry(call: Call, state: tenacity.RetryCallState) -> float:
    """Log why a call is sent again, and when; return the seconds until then."""
    error, wait = failure_of(state), state.next_action.sleep if state.next_action else 0.0
    reason = getattr(error, "status", None) or "no usable response"
    log.warning("%s: %s; retrying in %.1f s", call.endpoint.name, reason, wait)
    return float(wait)


def backoff(attempt: int, jitter: float) -> float:
    """Return the seconds to wait after so many attempts; `jitter` is a number from 0 to 1."""
    return float(min(MAX_BACKOFF, 2.0 ** (attempt - 1)) * (1 + jitter / 4))


def retry_wait(error: BaseException, attempt: int, jitter: float) -> float:
    """Return the seconds to wait after an error: those that it asks for, else those of `backoff`."""
    asked_for: float | None = getattr(error, "retry_after", None)
    return backoff(attempt, jitter) if asked_for is None else asked_for


def send_again(
    call: Call,
    first: errors.CronofyError,
    send_once: Callable[[], T],
    *,
    sleep: Callable[[float], None],
    jitter: Callable[[], float],
    patience: float,
    clock: Callable[[], datetime],
    count: Callable[[str, float], None],
) -> T:
    """Go on with a call whose first attempt has failed, and return its result.

    Parameters
    ----------
    call, first
        The call, and the error of its first attempt.
    send_once
        Sends it.
    sleep, jitter, clock
        Waits, draws a number from 0 to 1, and tells the time at the server.
    patience
        The most seconds to wait in all.
    count
        Counts a retry of an endpoint, and the seconds until then.
    """
    import tenacity  # takes long to load, and nearly all calls succeed at once

    failures = [first]

    def attempt() -> T:
        if failures:
            raise failures.pop()
        return send_once()

    attempts = tenacity.Retrying(
        retry=tenacity.retry_if_exception(lambda error: is_retryable(error) and not is_cancelled()),
        stop=lambda state: (
            state.attempt_number >= max_attempts(failure_of(state)) or state.idle_for + state.upcoming_sleep > patience
        ),
        wait=lambda state: retry_wait(failure_of(state), state.attempt_number, jitter()),
        sleep=sleep,
        before_sleep=lambda state: count(call.endpoint.name, log_retry(call, state)),
        reraise=True,
    )
    try:
        return attempts(attempt)
    except errors.CronofyError as error:
        refuse_cancelled()
        add_patience_note(error, attempts.statistics, patience, clock())
        # the traceback through the retries says nothing to the user
        raise error.with_traceback(None)  # noqa: B904 - it is the same error, with its own cause
