"""Editors, notebooks and type checkers know every argument of every endpoint."""

import inspect
import subprocess
import sys
from pathlib import Path

import jedi
import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

import cronofy_frames as cf
from cronofy_frames.wire.endpoint import ENDPOINTS

ROOT = Path(__file__).parent.parent


def arguments(name: str) -> set[str]:
    """Return the arguments of a method."""
    return set(list(inspect.signature(getattr(cf.Client, name)).parameters)[1:])


@pytest.mark.parametrize("name", ["read_events", "create_event", "free_busy", "request_access_token", "batch"])
def test_editors_complete_arguments(name: str) -> None:
    """Jedi, which reads only the source, shows the whole signature of a client's method."""
    code = f"import cronofy_frames as cf\nclient = cf.connect(sandbox=True)\nclient.{name}("
    shown = jedi.Script(code, path=str(ROOT / "example.py")).get_signatures(3, len(f"client.{name}("))
    assert {parameter.name for parameter in shown[0].params} - {"self"} == arguments(name)


@pytest.fixture(scope="module")
def shell() -> InteractiveShell:
    """An IPython shell with a client."""
    interactive = InteractiveShell.instance()
    interactive.user_ns["client"] = cf.connect(sandbox=True)
    return interactive


@pytest.mark.parametrize("name", sorted(ENDPOINTS))
def test_notebooks_complete_arguments(shell: InteractiveShell, name: str) -> None:
    """IPython offers each argument of each endpoint after Tab."""
    line = f"client.{name}("
    with provisionalcompleter():
        offered = {completion.text.rstrip("=") for completion in shell.Completer.completions(line, len(line))}
    assert arguments(name) <= offered


def test_mypy_flags_a_misspelt_argument(tmp_path: Path) -> None:
    """Mypy reports wrong names and wrong types, and accepts correct calls."""
    pytest.importorskip("mypy", reason="mypy is not in this environment")
    script = tmp_path / "script.py"
    script.write_text(
        "import cronofy_frames as cf\n"
        "client = cf.connect(sandbox=True)\n"
        "events = cf.read_events(client, tz='UTC')\n"
        "client.read_events(calendar_ids=['cal_1'])\n"
        "client.read_events(calender_ids=['cal_1'])\n"
        "client.read_events(include_deleted='yes')\n"
        "client.read_event()\n"
        "cf.read_events(client, timezone='UTC')\n"
    )
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(ROOT / ".mypy_cache"), str(script)]
    output = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False).stdout
    flagged = [int(line.split(":")[1]) for line in output.splitlines() if ": error:" in line]
    assert flagged == [5, 6, 7, 8], output
