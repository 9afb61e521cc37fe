"""Processes that wait for a response, and are interrupted while they do: the server holds it until the test ends."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

SAFETY = 120  # seconds until a test that hangs fails


class Hold:
    """How a served sandbox waits before a slow response: until the test lets go."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self._let_go = threading.Event()

    def __call__(self, _: float) -> None:
        self.begun.release()
        self._let_go.wait(SAFETY)

    def __enter__(self) -> "Hold":
        return self

    def __exit__(self, *_: object) -> None:
        self._let_go.set()

    def wait_for(self, count: int) -> None:
        """Wait until so many responses are held."""
        for _ in range(count):
            assert self.begun.acquire(timeout=SAFETY)


def start_process(*words: str, folder: Path | None = None, **environment: str) -> "subprocess.Popen[bytes]":
    """Start Python with arguments, in a process that Ctrl-C interrupts."""
    command = [sys.executable, *words]
    env = {"PATH": "/usr/bin:/bin", "COLUMNS": "200", **environment}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, cwd=folder)


def interrupt(process: "subprocess.Popen[bytes]") -> tuple[int, str, str]:
    """Interrupt a process as Ctrl-C does; return its exit code and output once it has ended by itself."""
    process.send_signal(signal.SIGINT)
    try:
        out, err = process.communicate(timeout=SAFETY)
    finally:
        process.kill()
    return process.returncode, out.decode(), err.decode()
