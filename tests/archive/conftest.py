"""Fixtures of the tests of the archive."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.archiving import Office, office


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Office]:
    """Ann's office with an archive."""
    with office(tmp_path) as made:
        yield made
