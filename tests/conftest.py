"""Fixtures and settings of all tests."""

import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

# before anything else: no test sees the accounts that a developer has stored, in a file or in a keyring
HOME = tempfile.mkdtemp(prefix="cronofy_frames-")
os.environ["CRONOFY_FRAMES_HOME"] = HOME
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
os.environ["BROWSER"] = "true"  # a program that does nothing, in place of the developer's browser

import matplotlib as mpl  # noqa: E402 - as above
import pytest  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

from cronofy_frames.connecting import connect  # noqa: E402
from cronofy_frames.sandbox import Sandbox, serve  # noqa: E402
from cronofy_frames.sandbox.server import Served  # noqa: E402
from cronofy_frames.wire.client import Client  # noqa: E402
from tests.small import small_box  # noqa: E402

mpl.use("Agg")

# no example has a time limit: how fast a machine is says nothing about the code, and `make bench` measures speed
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


SLOW_FILES = (
    "tests/cli/test_cli.py",
    "tests/cli/test_writes.py",
    "tests/widgets/explore/test_widget.py",
    "tests/test_completion.py",
    "tests/cli/test_accounts.py",
    "tests/writing/apply/test_crashes.py",
    "tests/cli/test_verbosity.py",
    "tests/widgets/test_parts.py",
    "tests/cli/test_archive_sync.py",
    "tests/cli/test_archive.py",
    "tests/writing/apply/test_bulk.py",
    "tests/test_mutants.py",
    "tests/test_secrets.py",
    "tests/browser/test_accessibility.py",
    "tests/archive/test_churn.py",
    "notebooks/07_history.ipynb",
)
"""Files that take long for their number of tests, the longest first; `pytest --durations=50` shows which they are."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let several processes begin with the slow files, and then those of most tests, so that they end together."""
    if not hasattr(config, "workerinput"):
        return
    counts = Counter(item.path for item in items)
    places = {config.rootpath / name: place for place, name in enumerate(SLOW_FILES)}
    items.sort(key=lambda item: (places.get(item.path, len(places)), -counts[item.path]))


def pytest_unconfigure() -> None:
    """Remove the temporary home."""
    shutil.rmtree(HOME, ignore_errors=True)


@pytest.fixture(autouse=True)
def _closed_figures() -> Iterator[None]:
    """Close the figures that a test leaves open, since other tests count them."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture
def box() -> Sandbox:
    """A sandbox with the small office."""
    return small_box()


@pytest.fixture
def client(box: Sandbox) -> Iterator[Client]:
    """Ann's client of that sandbox."""
    with connect(sandbox=box) as client:
        yield client


@pytest.fixture
def served(box: Sandbox) -> Iterator[Served]:
    """That sandbox, served."""
    with serve(box) as server:
        yield server
    assert server.errors == []


@pytest.fixture
def environment(served: Served, box: Sandbox, tmp_path: Path) -> dict[str, str]:
    """The environment variables of an analyst: the application, and here the sandbox's URL."""
    return {
        "CRONOFY_API_URL": served.url,
        "CRONOFY_APP_URL": served.url,
        "CRONOFY_CLIENT_ID": box.client_id,
        "CRONOFY_CLIENT_SECRET": box.client_secret,
        "CRONOFY_FRAMES_HOME": str(tmp_path / "home"),
    }
