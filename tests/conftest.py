"""What the tests share."""

from collections.abc import Iterator

import matplotlib as mpl
import pytest

from cronofy_frames.client import Client
from cronofy_frames.connecting import connect
from cronofy_frames.sandbox import Sandbox
from tests.small import small_box

mpl.use("Agg")


@pytest.fixture
def box() -> Sandbox:
    """A sandbox with the small office."""
    return small_box()


@pytest.fixture
def client(box: Sandbox) -> Iterator[Client]:
    """Ann's client on that sandbox."""
    with connect(sandbox=box) as one:
        yield one
