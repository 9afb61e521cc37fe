"""The examples in docstrings run, so that a reader can copy them."""

import doctest
import inspect
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib import pyplot as plt

import cronofy_frames as cf
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.wire.api import Api
from cronofy_frames.wire.endpoint import ENDPOINTS
from tests.storing import MemoryKeyring

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
FUNCTIONS = [name for name in cf.__all__ if inspect.isfunction(getattr(cf, name))]
CLASSES = ["Archive", "Client", "FileStore", "KeyringStore", "MemoryStore", "Plan", "Recorder", "Sandbox", "Tokens"]
ARCHIVE_METHODS = [name for name, _ in inspect.getmembers(cf.Archive, inspect.isfunction) if name[0] != "_"]
ARCHIVE_METHODS.remove("close")


@pytest.fixture
def namespace(tmp_path: Path) -> dict[str, Any]:
    """The names that the examples use without defining them, new for each example."""
    box = Sandbox(now="2026-03-02T09:00:00Z")
    client = cf.connect(sandbox=box)
    primary = next(calendar["calendar_id"] for calendar in client.list_calendars() if calendar["calendar_primary"])
    start = pd.Series(pd.to_datetime(["2031-03-04 09:00", "2031-03-05 14:00"])).dt.tz_localize("Europe/London")
    sheet = pd.DataFrame({"summary": ["Kick-off", "Review"], "start": start, "end": start + pd.Timedelta("1h")})
    return {
        "sheet": sheet,
        "cf": cf,
        "pd": pd,
        "box": box,
        "client": client,
        "primary": primary,
        "folder": tmp_path,
        "backend": MemoryKeyring(),
    }


def run_examples(thing: Any, name: str, namespace: dict[str, Any]) -> int:
    """Run the examples of an object and return their number."""
    tests = doctest.DocTestFinder(recurse=False).find(thing, name, globs=namespace)
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    output: list[str] = []
    for test in tests:
        runner.run(test, out=output.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(output)
    return runner.tries


@pytest.mark.parametrize("name", list(ENDPOINTS))
def test_examples_of_endpoints(name: str, namespace: dict[str, Any]) -> None:
    """Each endpoint's example runs on a new sandbox, so that it needs no other example."""
    assert run_examples(getattr(Api, name), name, namespace) > 0


@pytest.mark.parametrize("name", FUNCTIONS + CLASSES)
def test_examples_of_public_names(name: str, namespace: dict[str, Any]) -> None:
    """Each public function and class has examples, and they run."""
    assert run_examples(getattr(cf, name), name, namespace) > 0
    plt.close("all")


@pytest.mark.parametrize("name", ARCHIVE_METHODS)
def test_examples_of_the_archive(name: str, namespace: dict[str, Any]) -> None:
    """Each method of an archive but that for its connections has examples, and they run on a new archive."""
    assert run_examples(getattr(cf.Archive, name), name, namespace) > 0


@pytest.mark.parametrize("name", cf.__all__)
def test_every_public_name_is_explained(name: str) -> None:
    """Each public name has a docstring whose first line is a sentence."""
    assert (inspect.getdoc(getattr(cf, name)) or "").splitlines()[0].endswith(".")


@pytest.mark.parametrize("path", sorted(Path(cf.__file__).parent.rglob("*.py")), ids=lambda path: path.name)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    """Each module starts with its docstring."""
    assert path.read_text(encoding="utf-8").startswith(('"""', "# mypy"))
