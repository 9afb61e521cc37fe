"""Rate limiter of the application: docs.cronofy.com/developers/faqs/rate-limits."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

LIMITS = ((50, 1.0), (500, 60.0))
"""Pairs of a number of requests and the seconds in which so many are allowed."""


class RateLimiter:
    """Count requests in sliding windows; refused requests do not count.

    Parameters
    ----------
    tick
        Returns monotonic seconds.
    """

    def __init__(self, tick: Callable[[], float]) -> None:
        self._tick = tick
        self._times: deque[float] = deque(maxlen=max(count for count, _ in LIMITS))

    def try_request(self) -> bool:
        """Count a request if the limits allow it now; return whether they do."""
        now = self._tick()
        for count, seconds in LIMITS:
            if len(self._times) >= count and now - self._times[-count] < seconds:
                return False
        self._times.append(now)
        return True
