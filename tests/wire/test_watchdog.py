"""Watchdogs of requests, and the thread that they share."""

import os
import threading
import time

import pytest

from cronofy_frames.wire.watchdog import Schedule, Watchdog

SAFETY = 60  # seconds until a test that hangs fails


def test_what_takes_too_long_is_ended() -> None:
    """The function is called from another thread, once its time has come."""
    stopped = threading.Event()
    with Watchdog(0.01, stopped.set) as watchdog:
        assert stopped.wait(SAFETY)
        assert watchdog.has_stopped


def test_what_was_in_time_is_not_ended() -> None:
    """A watchdog that is over calls nothing, even if it is due."""
    calls: list[str] = []
    with Watchdog(1000, lambda: calls.append("called")) as watchdog:
        pass
    watchdog.stop()
    assert (calls, watchdog.has_stopped) == ([], False)


def test_the_earliest_is_first() -> None:
    """A shorter deadline does not wait for a longer one that was set before, and neither holds up a third."""
    stopped = {name: threading.Event() for name in ("short", "middle", "long")}
    is_held = threading.Event()

    def hold() -> None:
        stopped["short"].set()
        is_held.wait(SAFETY)

    with Watchdog(1000, stopped["long"].set), Watchdog(0.02, stopped["middle"].set), Watchdog(0.01, hold):
        assert stopped["short"].wait(SAFETY)
        assert stopped["middle"].wait(SAFETY)
        assert not stopped["long"].is_set()
        is_held.set()


def test_a_thousand_requests_share_one_thread() -> None:
    """No thread is started for a request, and those that are over are forgotten."""
    schedule = Schedule()
    for _ in range(1_000):
        watchdog = Watchdog(1000, lambda: None)
        schedule.add(watchdog, time.monotonic() + 1000)
        watchdog.__exit__(None, None, None)
    assert schedule.threads == 1
    assert len(schedule) == 1


def test_a_deadline_may_be_far() -> None:
    """A time beyond what a thread can wait for is waited for in parts of a minute."""
    with Watchdog(1e12, lambda: None) as watchdog:
        assert not watchdog.has_stopped


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_has_a_thread_of_its_own() -> None:
    """A deadline holds in the child, which has none of the threads of its parent."""
    with Watchdog(1000, lambda: None):
        read, write = os.pipe()
        child = _fork()
        if child == 0:
            with Watchdog(0.01, lambda: _end(write)):
                time.sleep(SAFETY)
            os._exit(1)
        os.close(write)
        assert os.read(read, 7) == b"stopped"
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        os.close(read)


def _end(pipe: int) -> None:
    os.write(pipe, b"stopped")
    os._exit(0)


def _fork() -> int:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads in a process that forks
        return os.fork()
