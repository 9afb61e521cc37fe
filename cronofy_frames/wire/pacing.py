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
_MAGIC = b"CFP2"
_HEAD, _PAIR = struct.Struct("<4sIdddddd"), struct.Struct("<dI")

Pace = tuple[int, int]


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
    wide_at
        When the largest pace was last used.
    wide
        The largest pace of the last minute: requests a second and a minute.
    """

    changed_at: float = 0.0
    next_at: float = -math.inf
    slow_until: float = -math.inf
    counts: list[tuple[float, int]] = field(default_factory=list)
    wide_at: float = -math.inf
    wide: tuple[float, float] = (0, 0)

    @classmethod
    def from_bytes(cls, content: bytes) -> PaceState:
        """Return the state from the bytes of `to_bytes`; a new state for any other bytes."""
        if len(content) < _HEAD.size or (len(content) - _HEAD.size) % _PAIR.size:
            return cls()
        magic, checksum, changed_at, next_at, slow_until, wide_at, *wide = _HEAD.unpack_from(content)
        if magic != _MAGIC or checksum != zlib.crc32(content[8:]):
            return cls()
        counts = list(_PAIR.iter_unpack(content[_HEAD.size :]))
        return cls(changed_at, next_at, slow_until, counts, wide_at, (wide[0], wide[1]))

    def to_bytes(self) -> bytes:
        """Return the state as bytes with a checksum."""
        pairs = b"".join(_PAIR.pack(*pair) for pair in self.counts)
        times = self.changed_at, self.next_at, self.slow_until, self.wide_at
        content = _HEAD.pack(_MAGIC, 0, *times, *self.wide) + pairs
        return content[:4] + struct.pack("<I", zlib.crc32(content[8:])) + content[8:]

    def update(self, now: float) -> None:
        """Drop counts of more than a minute ago, and the whole state if the clock was set back."""
        if self.changed_at > now + _TOLERANCE:
            self.next_at = self.slow_until = self.wide_at = -math.inf
            self.counts = []
        self.changed_at = now
        self.counts = [pair for pair in self.counts if pair[0] > now - _MINUTE]

    def widen(self, now: float, pace: Pace) -> tuple[float, float]:
        """Return the larger of a pace and of those that were used within a minute, for each of the two limits."""
        wide = self.wide if self.wide_at > now - _MINUTE else (0, 0)
        if pace[0] >= wide[0] and pace[1] >= wide[1]:
            self.wide, self.wide_at = pace, now
        return max(pace[0], wide[0]), max(pace[1], wide[1])

    def earliest(self, now: float, pace: tuple[float, float]) -> float:
        """Return the earliest time at which the next request may be sent."""
        per_minute = pace[1] if now >= self.slow_until else max(1, pace[1] // 2)
        send_at, sent = max(now, self.next_at), 0
        for at, count in reversed(self.counts):
            sent += count
            if sent >= per_minute:
                return max(send_at, at + _MINUTE)
        return send_at

    def advance(self, send_at: float, now: float, pace: tuple[float, float]) -> None:
        """Set when the request after one that is sent at a time is due at the even rate."""
        interval = (1 + _MARGIN) / pace[0] * (1 if now >= self.slow_until else 2)
        self.next_at = max(self.next_at, send_at) + interval

    def record(self, send_at: float, now: float, pace: tuple[float, float]) -> None:
        """Count a request that is sent at a time."""
        self.advance(send_at, now, pace)
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
        has_own_turn = False
        for turn in range(_TURNS):
            send_at, is_taken = self._take_turn(patience, has_own_turn=has_own_turn, is_last=turn == _TURNS - 1)
            seconds = send_at - self._clock()
            if seconds > 0:
                (self._sleep or sleep)(seconds)
                waited += seconds
            is_late = seconds > 0 and self._clock() - send_at > _LATE
            if is_taken and not is_late:
                break
            has_own_turn = not is_taken
        return waited

    def reserve(self, patience: float = math.inf) -> float:
        """Count the next request, and return the seconds until it may be sent; `patience` is that of `wait`."""
        return max(0.0, self._take_turn(patience, is_last=True)[0] - self._clock())

    def _take_turn(self, patience: float, *, has_own_turn: bool = False, is_last: bool = False) -> tuple[float, bool]:
        """Return when the next request may be sent, and whether that turn was taken.

        The rule: a turn is taken among all processes unless the pace of this one is lower than another's and makes it
        later. That would block the turns before it for the others. So the request has its turn in this process only,
        and asks for one among all when it has come.

        Parameters
        ----------
        patience
            As in `wait`.
        has_own_turn
            Whether the request was counted in this process before, and its turn has come.
        is_last
            Whether the turn is taken in any case: where others use up the lower pace, as soon as they may send.
        """
        with self._lock:
            pace = self._pace
            now = self._clock()
            if pace is None:
                return now, True
            self._state.update(now)
            own = send_at = now if has_own_turn else self._state.earliest(now, pace)
            is_taken = True

            def take(state: PaceState, now: float) -> None:
                nonlocal send_at, is_taken
                wide = state.widen(now, pace)
                open_at = state.earliest(now, wide)
                turn_at = max(own, state.earliest(now, pace))
                if turn_at > open_at and wide != pace:
                    is_taken = is_last
                    turn_at = max(own, open_at) if is_last else turn_at
                if turn_at - now > max(patience, own - now):
                    is_taken = True
                    return
                send_at = turn_at
                if is_taken:
                    state.record(turn_at, now, wide)

            self._exchange(take)
            if not has_own_turn:
                self._state.record(send_at, now, pace)
            elif not is_taken:  # requests that wait once more are spaced again, and were counted
                send_at = max(send_at, self._state.next_at)
                self._state.advance(send_at, now, pace)
            return send_at, is_taken

    def slow_down(self) -> None:
        """Halve the rate for a minute, here and in the other processes, after a response with status 429."""
        with self._lock:
            now = self._clock()
            self._state.update(now)
            self._state.slow_down(now)
            self._exchange(PaceState.slow_down)

    def _exchange(self, change: Callable[[PaceState, float], None]) -> None:
        """Change the shared state by the time at which no other process can; if that fails, not for a minute."""
        now = self._clock()
        if self._shared is None or (now < self._share_at <= now + AGAIN):
            return

        def update_state(content: bytes) -> bytes:
            # others may have changed the state while this process waited for it: an earlier time would be taken for a
            # clock that was set back
            now = self._clock()
            state = PaceState.from_bytes(content)
            state.update(now)
            change(state, now)
            return state.to_bytes()

        try:
            self._shared.exchange(update_state)
        except (OSError, CronofyError) as error:
            self._share_at = self._clock() + AGAIN
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
