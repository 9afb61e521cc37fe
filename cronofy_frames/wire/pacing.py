"""Rate limiter: spaces the requests of an application evenly, over all threads and all processes of the machine.

The API counts the requests of an application in any second and in any minute, whichever thread or process sends them.
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

PACE = (45, 450)  # just under the documented 50 a second and 500 a minute: docs /developers/faqs/rate-limits
SLOW = 60.0  # seconds at half the rate after a 429, as the limit counts by the minute
AGAIN = 60.0  # seconds until state that could not be shared is tried again

_MINUTE = 60.001  # seconds in which the requests of a minute are counted: a little more, for what clocks round
_GRAIN = 0.25  # seconds whose requests are counted together
_TOLERANCE = 0.1  # seconds by which the clocks of two processes may differ
_MARGIN = 1e-6  # of an interval, so that rounding never lets one request too many through
_MAGIC = b"CFP1"
_HEAD, _PAIR = struct.Struct("<4sIddd"), struct.Struct("<dI")


@dataclass
class PaceState:
    """When requests were sent, or will be: all that a pace needs to know.

    Attributes
    ----------
    changed_at
        When it was last changed.
    next_at
        When the next request is due at the even rate (the theoretical arrival time of the generic cell rate
        algorithm).
    slow_until
        Until when half the rate holds.
    counts
        Times, in order, and how many requests were sent since the time before.
    """

    changed_at: float = 0.0
    next_at: float = -math.inf
    slow_until: float = -math.inf
    counts: list[tuple[float, int]] = field(default_factory=list)

    @classmethod
    def from_bytes(cls, content: bytes) -> PaceState:
        """Return the state that `to_bytes` has written; a new one for anything else."""
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
        """Forget what no longer matters, and everything if the clock was set back."""
        if self.changed_at > now + _TOLERANCE:
            self.next_at = self.slow_until = -math.inf
            self.counts = []
        self.changed_at = now
        self.counts = [pair for pair in self.counts if pair[0] > now - _MINUTE]

    def earliest(self, now: float, pace: tuple[int, int]) -> float:
        """Return when the next request may be sent."""
        _, per_minute = self._rates(now, pace)
        send_at, sent = max(now, self.next_at), 0
        for at, count in reversed(self.counts):
            sent += count
            if sent >= per_minute:
                return max(send_at, at + _MINUTE)
        return send_at

    def record(self, send_at: float, now: float, pace: tuple[int, int]) -> None:
        """Count a request."""
        interval, _ = self._rates(now, pace)
        self.next_at = max(self.next_at, send_at) + interval
        if self.counts and self.counts[-1][0] // _GRAIN == send_at // _GRAIN:
            self.counts[-1] = send_at, self.counts[-1][1] + 1
        else:
            self.counts.append((send_at, 1))

    def slow_down(self, now: float) -> None:
        """Let half the rate hold for a minute."""
        self.slow_until = now + SLOW

    def _rates(self, now: float, pace: tuple[int, int]) -> tuple[float, int]:
        """Return the interval between requests, and how many may be sent in a minute."""
        per_second, per_minute = pace
        interval = (1 + _MARGIN) / per_second
        return (interval, per_minute) if now >= self.slow_until else (2 * interval, max(1, per_minute // 2))


class SharedBytes(Protocol):
    """Bytes that all processes of the machine share."""

    def exchange(self, change: Callable[[bytes], bytes]) -> None:
        """Replace the bytes with what `change` makes of them, while no other process can.

        Raises
        ------
        OSError, CronofyError
            They cannot be read or written now.
        """


class Pacing(Protocol):
    """What a client asks before each request."""

    def wait(self, sleep: Callable[[float], None] = time.sleep, *, patience: float = math.inf) -> float:
        """Wait until the next request may be sent, and return the seconds waited."""

    def slow_down(self) -> None:
        """Let half the rate hold for a minute: a request got 429."""


class Pacer:
    """Rate limiter: delays requests so that they are spaced evenly, and no second and no minute has too many.

    None go at once: the more did, the more slowly those after them would have to go, and a read that sends its requests
    one after the other waits for the network longer than for its turn. After a 429 half the rate holds for a minute.
    Where the state of other processes cannot be read, the requests of this process are still paced.

    Parameters
    ----------
    pace
        Requests a second and a minute; None is no limit.
    clock, sleep
        Monotonic seconds, the same for all processes of the machine; and how to wait, by default as the caller of
        `wait` says.
    shared
        The state that processes share; None paces this process alone.
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
        """Change the limit for the next requests."""
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
            How to wait, unless the pacer has a way of its own.
        patience
            Seconds of the longest wait that is believed of other processes; with a longer one only the requests of
            this process count.
        """
        seconds = self.reserve(patience)
        if seconds > 0:
            (self._sleep or sleep)(seconds)
        return seconds

    def reserve(self, patience: float = math.inf) -> float:
        """Count the next request, and return the seconds until it may be sent; `patience` as for `wait`."""
        with self._lock:
            if self._pace is None:
                return 0.0
            now = self._clock()
            return self._reserve(now, self._pace, patience) - now

    def slow_down(self) -> None:
        """Let half the rate hold for a minute, here and in the other processes: a request got 429."""
        with self._lock:
            now = self._clock()
            self._state.update(now)
            self._state.slow_down(now)
            self._exchange(now, lambda state: state.slow_down(now))

    def _reserve(self, now: float, pace: tuple[int, int], patience: float) -> float:
        """Return when the request is sent, after counting it here and in the shared state."""
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
        """Change the shared state; if that fails, leave it alone for a minute."""
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
    """Return the pacer that all clients of this process share for one application in one data centre.

    The API counts requests per application. The pace that was given last holds for all its clients. `shared` is the
    state of a new pacer.
    """
    with _pacers_lock:
        pacer = _pacers.get((host, application))
        if pacer is None:
            pacer = _pacers[host, application] = Pacer(shared=shared)
    if not isinstance(pace, Omitted):
        pacer.set(pace)
    return pacer
