"""Which calls are sent again after which errors, and how often."""

from __future__ import annotations

from cronofy_frames import errors
from cronofy_frames.wire.endpoint import Call

LONGEST_RETRY_AFTER = 300.0  # a person had better decide about a longer one


def worth_repeating(error: BaseException) -> bool:
    """Return whether the call that failed so may be sent again, and may then fare better."""
    if isinstance(error, errors.TransportError):
        again = error.again
    elif isinstance(error, errors.RateLimited | errors.ServerError):
        # 500 may be of the call's own making; where it has fifty of them in one, one more try is cheaper than doubt
        batch = isinstance(error.call, Call) and error.call.endpoint.name == "batch"
        passing = (429, 500, 502, 503, 504) if batch else (429, 502, 503, 504)
        again = error.status in passing and (error.retry_after or 0) <= LONGEST_RETRY_AFTER
    else:
        return False
    return again and isinstance(error.call, Call) and error.call.endpoint.repeatable


def tries(error: BaseException) -> int:
    """Return how often a call is sent when it fails so each time.

    The waits between are 1, 2, 4 ... seconds: two minutes in all over the limit, as it counts by the minute, a
    quarter of a minute for a failing server, and seven seconds for a lost connection.
    """
    if isinstance(error, errors.RateLimited):
        return 8
    return 5 if isinstance(error, errors.ServerError) else 4
