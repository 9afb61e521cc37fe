"""Retry policy: which calls are sent again after which errors, and how often."""

from __future__ import annotations

from cronofy_frames import errors
from cronofy_frames.wire.endpoint import Call

MAX_RETRY_AFTER = 300.0  # seconds; a longer wait is left to the user


def is_retryable(error: BaseException) -> bool:
    """Return whether a call that failed with an error may be sent again, and may then succeed."""
    if isinstance(error, errors.TransportError):
        may_succeed = error.again
    elif isinstance(error, errors.RateLimited | errors.ServerError):
        # 500 may be caused by the call itself; but a batch carries fifty calls, so it is worth another attempt
        batch = isinstance(error.call, Call) and error.call.endpoint.name == "batch"
        transient_statuses = (429, 500, 502, 503, 504) if batch else (429, 502, 503, 504)
        may_succeed = error.status in transient_statuses and (error.retry_after or 0) <= MAX_RETRY_AFTER
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
