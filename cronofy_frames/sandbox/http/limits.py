"""The application's rate limit: docs.cronofy.com/developers/faqs/rate-limits."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

LIMITS = ((50, 1.0), (500, 60.0))
"""How many requests in how many seconds."""


class RateLimit:
    """Counts requests over windows that slide; one that is refused does not count.

    Parameters
    ----------
    tick
        Gives seconds that only grow.
    """

    def __init__(self, tick: Callable[[], float]) -> None:
        self._tick = tick
        self._seen: deque[float] = deque(maxlen=max(most for most, _ in LIMITS))

    def allows(self) -> bool:
        """Say whether another request may pass now, and count it if so."""
        now = self._tick()
        for most, seconds in LIMITS:
            if len(self._seen) >= most and now - self._seen[-most] < seconds:
                return False
        self._seen.append(now)
        return True
