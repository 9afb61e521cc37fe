"""Fixtures of the tests of the command line: an office, and a shell in which its archive is synced."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cronofy_frames.sandbox import Sandbox
from tests.archive_shell import ArchiveShell, notifying_office, token_shell


@pytest.fixture
def office() -> Iterator[Sandbox]:
    """The small office, which sends its notifications."""
    with notifying_office() as office:
        yield office


@pytest.fixture
def shell(office: Sandbox, tmp_path: Path) -> Iterator[ArchiveShell]:
    """A shell with a token of Ann's account at that office."""
    with token_shell(office, tmp_path) as shell:
        yield shell
