"""A shell in a folder with an archive, for the tests of its commands."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cronofy_frames.sandbox import Sandbox, serve
from cronofy_frames.tokens import FileStore
from cronofy_frames.wire.credentials import Tokens
from cronofy_frames.wire.transport import CallbackSender
from tests.command_line import run_command
from tests.small import small_office

NOW = "2026-03-04T09:00:00Z"
ARCHIVE = "a.archive"


@dataclass(frozen=True)
class ArchiveShell:
    """A shell in a folder with an archive.

    Attributes
    ----------
    folder
        Its working directory, in which the archive is `a.archive`.
    environment
        Its environment variables.
    """

    folder: Path
    environment: dict[str, str]

    def run(self, *words: str) -> tuple[int, str, str]:
        """Run a command, and return exit code, stdout and stderr."""
        done = run_command(*words, folder=self.folder, **self.environment)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def sync(self, *options: str) -> tuple[int, str, str]:
        """Sync the archive, and return exit code, stdout and stderr."""
        return self.run("sync", ARCHIVE, *options)

    def store_token(self, account: str, token: str, api_url: str, client_id: str | None = None) -> None:
        """Sign an account in with a token, at an address of the API."""
        tokens = Tokens(access_token=token, api_url=api_url, client_id=client_id)
        FileStore(account, environment=self.environment).save(tokens)


def stored_shell(folder: Path) -> ArchiveShell:
    """Return a shell whose accounts are those that are stored in its home, none yet."""
    return ArchiveShell(folder, {"CRONOFY_FRAMES_HOME": str(folder / "home"), "HOME": str(folder)})


@contextmanager
def notifying_office() -> Iterator[Sandbox]:
    """Yield the small office, which sends its notifications."""
    sender = CallbackSender()
    yield Sandbox(office=small_office(), now=NOW, deliver=sender)
    sender.close()


@contextmanager
def token_shell(office: Sandbox, folder: Path) -> Iterator[ArchiveShell]:
    """Yield a shell with a token of Ann's account in its environment, at an office while it is served."""
    with serve(office) as served:
        environment = {
            "CRONOFY_API_URL": served.url,
            "CRONOFY_APP_URL": served.url,
            "CRONOFY_ACCESS_TOKEN": office.tokens("ann@example.test")["access_token"],
            "CRONOFY_CLIENT_ID": office.client_id,
            "CRONOFY_CLIENT_SECRET": office.client_secret,
            "HOME": str(folder),
        }
        yield ArchiveShell(folder, environment)
