"""Keyrings for tests, and functions for child processes that share a folder of accounts."""

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

STEPS = ("lock_account", "replace_file", "_write_file", "sync_folder")


class MemoryKeyring(KeyringBackend):
    """A keyring in memory."""

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
    """A locked keyring, whose errors quote the password."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked(f"{service} {username} is locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked(f"cannot keep {password} of {username} in {service}")


class ForgetfulKeyring(MemoryKeyring):
    """A keyring that accepts passwords and stores none, as some null backends do."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Forget it at once."""


def save_and_die(home: str, last: int) -> None:
    """Save new tokens, and kill this process before the given line of the code that changes files."""
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
    """Save tokens that consist of one letter, with varying lengths."""
    store = FileStore("ann", folder=home)
    for n in range(times):
        store.save(Tokens(letter * (50 + 997 * (n % 7)), letter, sub=letter))


def call_at_once(home: str, threads: int) -> None:
    """Call the API from several threads of one client at once, and raise the first error."""
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
