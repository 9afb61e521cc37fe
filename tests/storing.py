"""Keyrings for tests, and processes that share a folder of accounts; these are run in children."""

import os
import signal
import sys
import threading
from types import FrameType
from typing import Any

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from cronofy_frames.connecting import connect
from cronofy_frames.tokens import FileStore
from cronofy_frames.wire.auth import Tokens

OLD, NEW = Tokens("old-access", "old-refresh"), Tokens("new-access", "new-refresh", "read_events")

STEPS = ("lock_account", "replace_file", "_write_file", "_sync_folder")


class MemoryKeyring(KeyringBackend):
    """Keeps what it is given as long as it lives."""

    priority = 5  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.entries.pop((service, username), None) is None:
            raise PasswordDeleteError("there is no such entry")


class LockedKeyring(MemoryKeyring):
    """Is locked, and says what it was asked to keep."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked(f"{service} {username} is locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked(f"cannot keep {password} of {username} in {service}")


class ForgetfulKeyring(MemoryKeyring):
    """Takes everything and keeps nothing, as a null keyring that does not say so."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Forget it at once."""


def save_and_die(home: str, last: int) -> None:
    """Save new tokens, and die before the last of so many lines of the code that changes files."""
    lines = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal lines
        code = frame.f_code
        if not code.co_filename.endswith("disk.py") or code.co_name not in STEPS:
            return None
        lines += event == "line"
        if lines == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    store = FileStore("ann", folder=home)
    sys.settrace(trace)
    store.save(NEW)


def save_often(home: str, letter: str, times: int) -> None:
    """Save tokens that are made of one letter, of lengths that differ."""
    store = FileStore("ann", folder=home)
    for n in range(times):
        store.save(Tokens(letter * (50 + 997 * (n % 7)), letter, sub=letter))


def call_at_once(home: str, threads: int) -> None:
    """Let several threads of a client call at once, and fail if one of them did."""
    failures: list[BaseException] = []
    ready = threading.Barrier(threads)

    def one() -> None:
        try:
            ready.wait()
            assert len(list(client.list_calendars())) == 3
        except BaseException as error:
            failures.append(error)

    with connect(account="ann", environment={"CRONOFY_FRAMES_HOME": home}) as client:
        running = [threading.Thread(target=one) for _ in range(threads)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
    if failures:
        raise failures[0]
