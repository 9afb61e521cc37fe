"""README.md is correct: its examples run, and print what it shows."""

import io
import re
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from tests.site.examples import examples_of

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
MOST_LINES = 70  # about a screen of a browser


@pytest.fixture
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, as a reader has who tries the examples."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_examples_run_and_print_what_is_shown(working_folder: Path) -> None:
    """Each block runs after the previous ones, and prints the text below it."""
    namespace: dict[str, Any] = {}
    examples = examples_of(README)
    assert examples
    for example in examples:
        output = io.StringIO()
        with redirect_stdout(output):
            exec(example.code, namespace)
        assert output.getvalue() == (example.shown or "")
    assert len(namespace["busy"]) > 100
    assert {file.name for file in working_folder.iterdir()} == {"events.csv", "heatmap.png"}


@pytest.mark.usefixtures("working_folder")
def test_its_picture_is_that_of_the_example() -> None:
    """It is the file that the example writes, but for the edges of letters, which differ from machine to machine.

    Where it is not, run the example of README.md and move heatmap.png to notebooks.
    """
    exec(examples_of(README)[0].code, {})
    written, shown = (Image.open(path).convert("RGB") for path in ("heatmap.png", ROOT / "notebooks" / "heatmap.png"))
    assert written.size == shown.size
    assert max(ImageStat.Stat(ImageChops.difference(written, shown)).rms) < 12


def test_it_is_one_screen() -> None:
    """The details are in docs."""
    assert len(README.splitlines()) <= MOST_LINES


def test_the_two_commands_come_first() -> None:
    """README.md starts with the demo and the test command, and the Makefile has every command that it names."""
    makefile = (ROOT / "Makefile").read_text()
    assert README.index("make demo") < README.index("make test") < README.index("```")
    commands = re.findall(r"(?:^    |`)make (\w+)", README, flags=re.MULTILINE)
    assert {"demo", "test", "docs"} <= set(commands)
    for command in commands:
        assert re.search(rf"^{command}:", makefile, flags=re.MULTILINE)


def test_the_files_that_it_names_exist() -> None:
    """The pictures and pages that README.md names exist."""
    paths = {ROOT / link for link in re.findall(r"\]\(([\w/.]+)\)", README)}
    assert len(paths) >= 10
    assert [path for path in paths if not path.exists()] == []
