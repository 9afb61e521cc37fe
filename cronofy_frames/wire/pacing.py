"""Rate limiter, which spaces the requests of an application evenly, over all threads and processes of the machine.

The API limits the requests of an application in any second and in any minute, from all threads and processes together.
"""

from __future__ import annotations

import logging
import math
import struct
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from cronofy_frames.errors import CronofyError
from cronofy_frames.wire.credentials import after_fork
from cronofy_frames.wire.endpoint import OMITTED, Omitted

log = logging.getLogger("cronofy_frames")

PACE = (45, 450)  # just under the 50 a second and 500 a minute of docs.cronofy.com/developers/faqs/rate-limits
SLOW = 60.0  # seconds at half the rate after a 429, because the limit counts by the minute
AGAIN = 60.0  # seconds until shared state that failed is used again

_MINUTE = 60.001  # seconds in which the requests of a minute are counted: a little more, because clocks round
_GRAIN = 0.25  # seconds whose requests are counted together
_LATE = 0.1  # seconds after its turn from which a request takes another one; fewer are within the margin of PACE
_TURNS = 5  # of a request: where each of them is missed, it is sent late
_TOLERANCE = 0.1  # seconds by which the clocks of two processes may differ
_MARGIN = 1e-6  # of an interval, so that rounding never lets a request too many through
_MAGIC = b"CFP1"
_HEAD, _PAIR = struct.Struct("<4sIddd"), struct.Struct("<dI")


@dataclass
class PaceState:
    """State of a rate limiter: when requests were sent, or will be.

    Attributes
    ----------
    changed_at
        When the state was last changed.
    next_at
        When the next request is due at the even rate (the theoretical arrival time of the generic cell rate
        algorithm).
    slow_until
        Until when the rate is halved.
    counts
        Pairs of a time and the number of requests since the time before, in order.
    """

    changed_at: float = 0.0
    next_at: float = -math.inf
    slow_until: float = -math.inf
    counts: list[tuple[float, int]] = field(default_factory=list)

    @classmethod
    def from_bytes(cls, content: bytes) -> PaceState:
        """Return the state from the bytes of `to_bytes`; a new state for any other bytes."""
        if len(content) < _HEAD.size or (len(content) - _HEAD.size) % _PAIR.size:
            return cls()
        magic, checksum, changed_at, next_at, slow_until = _HEAD.unpack_from(content)
        if magic != _MAGIC or checksum != zlib.crc32(content[8:]):
            return cls()
        return cls(changed_at, next_at, slow_until, list(_PAIR.iter_unpack(content[_HEAD.size :])))

    def to_bytes(self) -> bytes:
        """Return the state as bytes with a checksum."""
        pairs = b"".join(_PAIR.pack(*pair) for pair in self.counts)
        content = _HEAD.pack(_MAGIC, 0, self.changed_at, self.next_at, self.slow_until) + pairs
        return content[:4] + struct.pack("<I", zlib.crc32(content[8:])) + content[8:]

    def update(self, now: float) -> None:
        """Drop counts of more than a minute ago, and the whole state if the clock was set back."""
        if self.changed_at > now + _TOLERANCE:
            self.next_at = self.slow_until = -math.inf
            self.counts = []
        self.changed_at = now
        self.counts = [pair for pair in self.counts if pair[0] > now - _MINUTE]

    def earliest(self, now: float, pace: tuple[int, int]) -> float:
        """Return the earliest time at which the next request may be sent."""
        per_minute = pace[1] if now >= self.slow_until else max(1, pace[1] // 2)
        send_at, sent = max(now, self.next_at), 0
        for at, count in reversed(self.counts):
            sent += count
            if sent >= per_minute:
                return max(send_at, at + _MINUTE)
        return send_at

    def record(self, send_at: float, now: float, pace: tuple[int, int]) -> None:
        """Count a request that is sent at a time."""
        interval = (1 + _MARGIN) / pace[0] * (1 if now >= self.slow_until else 2)
        self.next_at = max(self.next_at, send_at) + interval
        if self.counts and self.counts[-1][0] // _GRAIN == send_at // _GRAIN:
            self.counts[-1] = send_at, self.counts[-1][1] + 1
        else:
            self.counts.append((send_at, 1))

    def slow_down(self, now: float) -> None:
        """Halve the rate for a minute."""
        self.slow_until = now + SLOW


class SharedBytes(Protocol):
    """Bytes that all processes of the machine share."""

    def exchange(self, change: Callable[[bytes], bytes]) -> None:
        """Replace the bytes with the result of `change`, under a lock against other processes.

        Raises
        ------
        OSError, CronofyError
            The bytes cannot be read or written now.
        """


class Pacing(Protocol):
    """Protocol of a rate limiter."""

    def wait(self, sleep: Callable[[float], None] = time.sleep, *, patience: float = math.inf) -> float:
        """Wait until the next request may be sent, and return the seconds waited."""

    def slow_down(self) -> None:
        """Halve the rate for a minute, after a response with status 429."""


class Pacer:
    """Rate limiter that delays requests so that they are spaced evenly, and no second and no minute has too many.

    There are no bursts: after a burst the even rate would have to be lower, and a read that sends one request after the
    other waits longer for the network than for the rate limiter. After a response with status 429 the rate is halved
    for a minute. If the state of other processes cannot be read, the requests of this process are still limited.

    A request that starts late, because the process was busy, waits for another turn: without that, all requests that
    were waiting would be sent at once.

    Parameters
    ----------
    pace
        Requests a second and a minute; None is no limit.
    clock
        Monotonic seconds, the same for all processes of the machine.
    sleep
        How to wait; None waits as the caller of `wait` says.
    shared
        The state that processes share; None limits this process alone.
    """

    def __init__(
        self,
        pace: tuple[int, int] | None = PACE,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] | None = None,
        shared: SharedBytes | None = None,
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._shared, self._share_at, self._has_warned = shared, -math.inf, False
        self._state = PaceState()
        self._renew_lock()
        after_fork(self, Pacer._renew_lock)
        self.set(pace)

    def _renew_lock(self) -> None:
        self._lock = threading.Lock()

    def set(self, pace: tuple[int, int] | None) -> None:
        """Change the limits for further requests.

        Raises
        ------
        ValueError
            The pace is neither None nor two numbers from 1.
        """
        fits = pace is None or (isinstance(pace, tuple | list) and len(pace) == 2 and min(pace) >= 1)
        if not fits:
            raise ValueError(f"pace is (requests a second, requests a minute), each at least 1, or None; not {pace!r}.")
        with self._lock:
            self._pace = None if pace is None else (pace[0], pace[1])

    def wait(self, sleep: Callable[[float], None] = time.sleep, *, patience: float = math.inf) -> float:
        """Wait until the next request may be sent, and return the seconds waited.

        Parameters
        ----------
        sleep
            How to wait, unless the pacer has its own `sleep`.
        patience
            The longest wait in seconds for requests of other processes; if it would be longer, their state is taken for
            wrong, and only the requests of this process count.
        """
        waited = 0.0
        for _ in range(_TURNS):
            seconds = self.reserve(patience)
            if seconds <= 0:
                break
            started = self._clock()
            (self._sleep or sleep)(seconds)
            waited += seconds
            if self._clock() - started - seconds <= _LATE:
                break
        return waited

    def reserve(self, patience: float = math.inf) -> float:
        """Count the next request, and return the seconds until it may be sent; `patience` is that of `wait`."""
        with self._lock:
            if self._pace is None:
                return 0.0
            now = self._clock()
            return self._reserve(now, self._pace, patience) - now

    def slow_down(self) -> None:
        """Halve the rate for a minute, here and in the other processes, after a response with status 429."""
        with self._lock:
            now = self._clock()
            self._state.update(now)
            self._state.slow_down(now)
            self._exchange(now, lambda state: state.slow_down(now))

    def _reserve(self, now: float, pace: tuple[int, int], patience: float) -> float:
        """Count the next request here and in the shared state, and return when to send it."""
        self._state.update(now)
        own = send_at = self._state.earliest(now, pace)

        def take(state: PaceState) -> None:
            nonlocal send_at
            shared = max(own, state.earliest(now, pace))
            if shared - now <= max(patience, own - now):
                send_at = shared
                state.record(send_at, now, pace)

        self._exchange(now, take)
        self._state.record(send_at, now, pace)
        return send_at

    def _exchange(self, now: float, change: Callable[[PaceState], None]) -> None:
        """Change the shared state; if that fails, do not use it for a minute."""
        if self._shared is None or (now < self._share_at <= now + AGAIN):
            return

        def update_state(content: bytes) -> bytes:
            state = PaceState.from_bytes(content)
            state.update(now)
            change(state)
            return state.to_bytes()

        try:
            self._shared.exchange(update_state)
        except (OSError, CronofyError) as error:
            self._share_at = now + AGAIN
            if not self._has_warned:
                log.warning("only the requests of this process are paced, not those of others beside it: %s", error)
            self._has_warned = True


_pacers: dict[tuple[str, str], Pacer] = {}
_pacers_lock = threading.Lock()


def pacer_for(
    host: str,
    application: str,
    pace: tuple[int, int] | Omitted | None = OMITTED,
    *,
    shared: SharedBytes | None = None,
) -> Pacer:
    """Return the rate limiter that all clients of this process share for one application in one data centre.

    Parameters
    ----------
    host
        The host of the API.
    application
        The client_id, or another key of the application.
    pace
        A new limit for all clients of the application; without it the last one stays, which is `PACE` at first.
    shared
        The state that processes share, for a new rate limiter.
    """
    with _pacers_lock:
        pacer = _pacers.get((host, application))
        if pacer is None:
            pacer = _pacers[host, application] = Pacer(shared=shared)
    if not isinstance(pace, Omitted):
        pacer.set(pace)
    return pacer
