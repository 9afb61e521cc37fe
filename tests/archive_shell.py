"""A served office and the environment of a shell, for the tests of the commands of an archive."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cronofy_frames.sandbox import Sandbox, serve
from cronofy_frames.wire.transport import CallbackSender
from tests.command_line import run_command
from tests.small import small_office

NOW = "2026-03-04T09:00:00Z"


@contextmanager
def notifying_office() -> Iterator[Sandbox]:
    """Yield the small office, which sends its notifications."""
    sender = CallbackSender()
    yield Sandbox(office=small_office(), now=NOW, deliver=sender)
    sender.close()


@contextmanager
def shell_of(box: Sandbox, home: Path) -> Iterator[dict[str, str]]:
    """Yield the environment of a shell with a token of Ann's account, at that office while it is served."""
    with serve(box) as served:
        yield {
            "CRONOFY_API_URL": served.url,
            "CRONOFY_APP_URL": served.url,
            "CRONOFY_ACCESS_TOKEN": box.tokens("ann@example.test")["access_token"],
            "CRONOFY_CLIENT_ID": box.client_id,
            "CRONOFY_CLIENT_SECRET": box.client_secret,
            "HOME": str(home),
        }


def run(words: list[str], shell: dict[str, str], folder: Path) -> tuple[int, str, str]:
    """Run a command, and return exit code, stdout and stderr."""
    done = run_command(*words, folder=folder, **shell)
    return done.returncode, done.stdout.decode(), done.stderr.decode()
