"""README.md is correct: its examples run, and print what it shows."""

import io
import re
import threading
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import httpx
import pytest
from matplotlib import pyplot as plt

from cronofy_frames.sandbox import Sandbox, serve
from cronofy_frames.wire.endpoint import ENDPOINTS
from tests.consent_pages import answer_page
from tests.endpoints import with_current_table

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```)?", README, flags=re.DOTALL)


@pytest.fixture
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, as a reader has who tries the examples."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_examples_run_and_print_what_is_shown(working_folder: Path) -> None:
    """Each block runs after the previous ones, and prints the text below it."""
    box = Sandbox()
    output = io.StringIO()
    namespace: dict[str, Any] = {}
    with serve(box) as served, redirect_stderr(ApprovingUser()):
        namespace["known"] = {
            "CRONOFY_API_URL": served.url,
            "CRONOFY_APP_URL": served.url,
            "CRONOFY_FRAMES_HOME": str(working_folder / "home"),
        }
        for code, shown in BLOCKS:
            before = len(output.getvalue())
            with redirect_stdout(output):
                exec(with_real_values(code, box), namespace)
            assert not shown or output.getvalue()[before:] == shown
        namespace["client"].close()
        assert served.errors == []
    plt.close("all")
    assert len(namespace["events"]) > 100
    files = {"events.csv", "heatmap.png", "offsite.csv", "offsite.journal", "home"}
    assert {file.name for file in working_folder.iterdir()} == files


class ApprovingUser(io.StringIO):
    """A user who opens each printed authorization URL and approves."""

    def write(self, text: str) -> int:
        if match := re.search(r"http\S+/oauth/authorize\S+", text):
            threading.Thread(target=lambda: httpx.get(answer_page(match[0]))).start()
        return super().write(text)


def with_real_values(code: str, box: Sandbox) -> str:
    """Return a block with real credentials, and the served sandbox in place of a data center."""
    code = code.replace("YOUR ID", box.client_id).replace("YOUR SECRET", box.client_secret)
    return code.replace('data_center="de"', "environment=known")


def test_the_two_commands_come_first() -> None:
    """README.md starts with the demo and the test command, and the Makefile has every command it names."""
    makefile = (ROOT / "Makefile").read_text()
    assert README.index("make demo") < README.index("make test") < README.index("```")
    for command in re.findall(r"^    make (\w+)", README, flags=re.MULTILINE):
        assert f"\n{command}:" in makefile


def test_the_files_that_it_names_exist() -> None:
    """The pictures, folders and modules that README.md names exist."""
    references = re.findall(r"\]\(([\w/.]+)\)|`((?:tests|cassettes|cronofy_frames)/[\w/.]*)`", README)
    paths = {ROOT / (link or quoted) for link, quoted in references}
    assert len(paths) >= 4
    assert all(path.exists() for path in paths)


def test_the_table_of_endpoints_is_current() -> None:
    """The endpoint table in README.md is the one generated from the code."""
    assert with_current_table(README) == README
    assert README.count("| `") >= len(ENDPOINTS)
