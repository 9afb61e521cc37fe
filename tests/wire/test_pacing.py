"""The rate limiter: even spacing, the share of other processes, and half the rate after a 429."""

import functools
import itertools
import logging
import os
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cronofy_frames.errors import CronofyError, RateLimited
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.messages import Hosts
from cronofy_frames.wire.pacing import PACE, Pacer, PaceState, pacer_for
from tests.virtual_time import VirtualTime

HOSTS = Hosts("https://a.test", "https://a.test")


class Clock:
    """A clock that only sleeping advances."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Memory:
    """Shared bytes of this process; `error` is raised in place of an exchange, `before` is called once before it."""

    def __init__(self, content: bytes = b"", error: Exception | None = None) -> None:
        self.content, self.error, self.exchanges = content, error, 0
        self.before: Callable[[], object] | None = None

    def exchange(self, change: Callable[[bytes], bytes]) -> None:
        self.exchanges += 1
        before, self.before = self.before, None
        if before is not None:
            before()
        if self.error is not None:
            raise self.error
        self.content = change(self.content)


def send_times(pacer: Pacer, clock: Clock, count: int) -> list[float]:
    """Return when each of so many requests is sent."""
    times = []
    for _ in range(count):
        pacer.wait()
        times.append(clock.now)
    return times


def pacer_and_clock(pace: tuple[int, int] | None = PACE, shared: Memory | None = None) -> tuple[Pacer, Clock]:
    """Return a pacer in virtual time, and its clock."""
    clock = Clock()
    return Pacer(pace, clock=clock, sleep=clock.sleep, shared=shared), clock


def most_in(times: list[float], seconds: float) -> int:
    """Return the most requests in any window of so many seconds."""
    return max(sum(start <= time < start + seconds for time in times) for start in times)


@given(st.integers(1, 60), st.integers(1, 90), st.integers(1, 200))
@example(6, 34, 69)
def test_no_second_and_no_minute_has_too_many(per_second: int, per_minute: int, count: int) -> None:
    """In every window of a second and of a minute, at most the allowed number is sent."""
    times = send_times(*pacer_and_clock((per_second, per_minute)), count)
    assert most_in(times, 1) <= per_second
    assert most_in(times, 60) <= per_minute


@given(st.lists(st.floats(0, 30), min_size=1, max_size=80))
def test_irregular_requests_keep_to_the_pace(pauses: list[float]) -> None:
    """Whatever the pauses between requests, no second and no minute has too many."""
    pacer, clock = pacer_and_clock((12, 30))
    times = []
    for pause in pauses:
        clock.sleep(pause)
        times += send_times(pacer, clock, 3)
    assert most_in(times, 1) <= 12
    assert most_in(times, 60) <= 30


def test_requests_in_a_row_never_wait() -> None:
    """A read whose pages take 23 ms or more never waits for its turn."""
    pacer, clock = pacer_and_clock()
    for _ in range(300):
        assert pacer.wait() == 0
        clock.sleep(0.023)


def test_many_requests_are_spaced_evenly() -> None:
    """From the first on, requests are the same time apart, and 300 take less than seven seconds."""
    times = send_times(*pacer_and_clock(), 300)
    gaps = {round(after - before, 4) for before, after in itertools.pairwise(times)}
    assert gaps == {round(1 / 45, 4)}
    assert times[-1] < 6.7


def test_requests_that_miss_their_turn_do_not_go_at_once() -> None:
    """After the process stood still for half a second, six requests whose turns are over are evenly spaced again."""
    clock = Clock()
    stalls, times = [0.0] * 6 + [0.5], list[float]()
    pacer = Pacer(clock=clock)

    def sleep(seconds: float) -> None:
        if not stalls:
            clock.sleep(seconds)
        elif stall := stalls.pop(0):
            clock.sleep(stall)
        else:  # another thread takes its turn while this one sleeps
            pacer.wait(sleep)
            times.append(clock.now)

    pacer.wait(sleep)
    pacer.wait(sleep)
    assert len(times) == 6
    gaps = [after - before for before, after in itertools.pairwise(times)]
    assert min(gaps) > 0.022


def test_the_minute_is_used_to_its_end() -> None:
    """As soon as a request is a minute old, another may be sent: 1,000 take two minutes, and not more."""
    times = send_times(*pacer_and_clock(), 1000)
    assert 120 < times[-1] < 125


def test_threads_share_one_pace() -> None:
    """With any number of threads each slot is used once."""
    waits: list[float] = []
    pacer = Pacer((2, 100), clock=lambda: 0.0, sleep=waits.append)
    threads = [threading.Thread(target=pacer.wait) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == pytest.approx([0.5, 1.0, 1.5, 2.0, 2.5], abs=1e-3)


def test_a_pace_is_none_or_two_limits() -> None:
    """None means no limit; an invalid pace is refused."""
    pacer, clock = pacer_and_clock(None)
    assert send_times(pacer, clock, 1000)[-1] == 0
    with pytest.raises(ValueError, match="at least 1"):
        pacer.set((0, 5))


@pytest.mark.parametrize("pace", [5, (5,), (0, 1), "fast"])
def test_an_invalid_pace_is_refused(pace: Any) -> None:
    """The message says what a pace is."""
    with pytest.raises(ValueError, match="requests a second, requests a minute"):
        Pacer(pace)


def test_one_application_has_one_pacer() -> None:
    """Clients of one application share a pacer, those of another do not."""
    first = pacer_for("https://a.test", "app", (5, 50))
    assert pacer_for("https://a.test", "app", (6, 60)) is first
    assert pacer_for("https://a.test", "other", (5, 50)) is not first


def test_a_pace_that_was_set_stays_until_another_is_given() -> None:
    """A client without a pace argument does not change the pace that was set."""
    pacer = pacer_for("https://a.test", "careful", (2, 10))
    assert pacer_for("https://a.test", "careful") is pacer
    assert pacer._pace == (2, 10)
    assert pacer_for("https://a.test", "careful", None)._pace is None


def test_processes_share_one_pace() -> None:
    """Pacers with the same state send as many as one alone, whichever sends."""
    memory, clock = Memory(), Clock()
    pacers = [Pacer(clock=clock, sleep=clock.sleep, shared=memory) for _ in range(4)]
    times = []
    for turn in range(400):
        pacers[turn % 4].wait()
        times.append(clock.now)
    assert times == send_times(*pacer_and_clock(), 400)


def test_the_state_of_many_requests_is_small() -> None:
    """It is read and written for each request, so that requests of a quarter of a second are counted together."""
    memory = Memory()
    send_times(*pacer_and_clock(shared=memory), 400)
    assert sum(count for _, count in PaceState.from_bytes(memory.content).counts) == 400
    assert len(memory.content) < 600


def test_each_process_keeps_to_its_own_pace() -> None:
    """A process with a lower pace counts the requests of the others, and does not slow them down."""
    memory, clock = Memory(), Clock()
    fast = Pacer((45, 450), clock=clock, sleep=clock.sleep, shared=memory)
    careful = Pacer((45, 20), clock=clock, sleep=clock.sleep, shared=memory)
    send_times(fast, clock, 20)
    assert fast.wait() < 1
    assert careful.wait() > 58


@pytest.mark.parametrize("pace", [(10, 20), (2, 450), (45, 5)])
def test_a_lower_pace_blocks_no_turns_of_others(pace: tuple[int, int]) -> None:
    """While eight threads of a process with a lower pace wait for it, another process sends without waiting."""
    time, memory = VirtualTime(), Memory()
    careful = Pacer(pace, clock=time, sleep=time.sleep, shared=memory)
    fast = Pacer(clock=time, sleep=time.sleep, shared=memory)
    waits: list[float] = []
    sent: list[float] = []

    def send_carefully() -> None:
        for _ in range(4):
            careful.wait()
            sent.append(time())

    def send_now_and_then() -> None:
        for _ in range(100):
            waits.append(fast.wait())
            time.sleep(0.3)

    time.run([send_now_and_then, *[send_carefully] * 8])
    assert max(waits) < 0.1
    assert len(sent) == 32
    assert most_in(sent, 60) <= pace[1]


@given(
    paces=st.lists(st.sampled_from([(2, 10), (5, 20), (45, 100), (1, 60), (30, 30)]), min_size=1, max_size=3),
    pauses=st.lists(st.sampled_from([0.0, 0.05, 1.0, 20.0]), min_size=1, max_size=8),
)
def test_threads_of_processes_with_other_paces_keep_to_the_largest(
    paces: list[tuple[int, int]], pauses: list[float]
) -> None:
    """No second and no minute has more requests than the largest pace allows, and every thread comes to its end."""
    time, memory = VirtualTime(1e4), Memory()
    pacers = [Pacer(pace, clock=time, sleep=time.sleep, shared=memory) for pace in paces]
    sent: list[float] = []

    def send(pacer: Pacer, pause: float) -> None:
        for _ in range(12):
            pacer.wait()
            sent.append(time())
            time.sleep(pause)

    time.run(functools.partial(send, pacer, pause) for pacer in pacers for pause in pauses)
    assert len(sent) == 12 * len(paces) * len(pauses)
    assert most_in(sent, 1) <= max(pace[0] for pace in paces)
    assert most_in(sent, 60) <= max(pace[1] for pace in paces)


@pytest.mark.parametrize("seconds", [0.05, 0.5, 5.0])
def test_requests_that_others_count_meanwhile_stay_counted(seconds: float) -> None:
    """A process that waited until it could change the shared state does not take the clock for one set back."""
    memory, clock = Memory(), Clock(100.0)
    waiting = Pacer((45, 10), clock=clock, sleep=clock.sleep, shared=memory)
    other = Pacer((45, 10), clock=clock, sleep=clock.sleep, shared=memory)
    send_times(other, clock, 9)

    def send_meanwhile() -> None:
        clock.sleep(seconds)
        other.wait()

    memory.before = send_meanwhile
    assert waiting.wait() == pytest.approx(60 - seconds, abs=0.5)


def test_after_a_429_all_go_at_half_the_rate_for_a_minute() -> None:
    """A 429 of one process halves the rate of all, and after a minute it is the whole again."""
    memory, clock = Memory(), Clock()
    refused = Pacer((40, 4000), clock=clock, sleep=clock.sleep, shared=memory)
    other = Pacer((40, 4000), clock=clock, sleep=clock.sleep, shared=memory)
    full = send_times(other, clock, 1000)
    refused.slow_down()
    halved = send_times(other, clock, 1000)
    clock.now = halved[0] + 61
    again = send_times(other, clock, 1000)
    assert halved[-1] - halved[0] == pytest.approx(2 * (full[-1] - full[0]), rel=0.02)
    assert again[-1] - again[0] == pytest.approx(full[-1] - full[0], rel=0.02)


def test_after_a_429_half_the_requests_of_a_minute_are_sent() -> None:
    """The limit of a minute is halved too."""
    pacer, clock = pacer_and_clock((50, 100))
    pacer.slow_down()
    assert sum(time < 60 for time in send_times(pacer, clock, 60)) == 50


def test_a_client_slows_its_application_down() -> None:
    """A response with 429 halves the rate of the pacer; other errors do not."""
    clock, statuses = Clock(), iter([200, 500, 429])
    pacer = Pacer((1, 100), clock=clock, sleep=clock.sleep)
    transport = httpx.MockTransport(lambda _: httpx.Response(next(statuses), json={}))
    with Client(HOSTS, client_id="a", client_secret="b", transport=transport, pacer=pacer, retries=False) as client:
        client.call("GET /v1/x", auth="client")
        with pytest.raises(CronofyError):
            client.call("GET /v1/x", auth="client")
        assert clock.now == pytest.approx(1)
        with pytest.raises(RateLimited):
            client.call("GET /v1/x", auth="client")
    pacer.wait()
    assert pacer.wait() == pytest.approx(2, rel=1e-3)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), CronofyError("locked")])
def test_without_the_state_of_others_pacing_goes_on(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """A state that cannot be read or written is reported once, tried again after a minute, and nothing else changes."""
    memory = Memory(error=error)
    pacer, clock = pacer_and_clock(shared=memory)
    assert send_times(pacer, clock, 2000) == send_times(*pacer_and_clock(), 2000)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert 2 <= memory.exchanges <= 6
    memory.error = None
    clock.sleep(61)
    pacer.wait()
    assert PaceState.from_bytes(memory.content).counts


@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 40, b"CFP2", b"{}", PaceState(5.0, 5.0, 5.0, [(5.0, 3)]).to_bytes()[:-1], b"x" * 60_000],
    ids=["empty", "zeros", "cut off", "foreign", "torn", "long"],
)
def test_a_state_that_is_none_is_begun_anew(content: bytes) -> None:
    """Whatever the shared bytes are, requests are paced, and the next process reads a state again."""
    memory = Memory(content)
    pacer, clock = pacer_and_clock(shared=memory)
    assert send_times(pacer, clock, 40) == send_times(*pacer_and_clock(), 40)
    assert sum(count for _, count in PaceState.from_bytes(memory.content).counts) == 40


def test_a_state_is_read_as_it_was_written() -> None:
    """All its times and counts are in its bytes; a changed bit is noticed."""
    state = PaceState(1.5, 2.5, 3.5, [(1.25, 3), (2.0, 1)], 0.5, (45, 450))
    content = state.to_bytes()
    assert PaceState.from_bytes(content) == state
    assert PaceState.from_bytes(content[:-1] + bytes([content[-1] ^ 1])) == PaceState()


def test_a_clock_that_was_set_back_makes_nobody_wait() -> None:
    """Times from before the clock was set back are forgotten, in the process and in the shared state."""
    memory = Memory()
    pacer, clock = pacer_and_clock((2, 10), shared=memory)
    clock.now = 1e6
    send_times(pacer, clock, 10)
    pacer.slow_down()
    clock.now = 50.0
    other = Pacer((2, 10), clock=clock, sleep=clock.sleep, shared=memory)
    assert [pacer.wait(), other.wait()] == pytest.approx([0, 0.5], abs=1e-3)


@pytest.mark.parametrize("now", [0.0, 1e4])
def test_a_wait_longer_than_patience_is_not_believed(now: float) -> None:
    """Where the shared state asks for a longer wait than patience, only the requests of this process count."""
    memory = Memory(PaceState(now, now + 5000).to_bytes())
    pacer, clock = pacer_and_clock(shared=memory)
    clock.now = now
    assert pacer.wait(patience=300) == 0
    assert pacer.wait() == pytest.approx(5000, rel=1e-3)


def test_an_interrupt_ends_the_wait_for_the_pace() -> None:
    """A thread that waits for its turn ends at once when its client is interrupted."""
    pacer = Pacer((1, 1))
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={}))
    client = Client(HOSTS, client_id="a", client_secret="b", transport=transport, pacer=pacer)
    client.call("GET /v1/x", auth="client")
    errors: list[BaseException] = []

    def call() -> None:
        try:
            client.call("GET /v1/x", auth="client")
        except CronofyError as error:
            errors.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    while thread.is_alive():
        client.interrupt_waits()
        thread.join(0.01)
    assert len(errors) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows does not fork")
def test_a_forked_process_is_not_blocked() -> None:
    """A child that was forked while another thread held the lock can send."""
    pacer, _ = pacer_and_clock()
    with pacer._lock:
        child = os.fork()
        if child == 0:
            os._exit(0 if pacer.wait() == 0 else 1)
    assert os.waitpid(child, 0)[1] == 0
