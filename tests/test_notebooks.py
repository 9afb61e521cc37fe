"""The stored notebooks contain the outputs of a whole run, and nothing of the machine that ran them."""

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.notebooks import FOLDER, PATHS

NAMES = ["01_explore", "02_export", "03_bulk_create", "04_free_busy", "05_availability", "06_sign_in", "07_history"]


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    """The path of each notebook."""
    notebook: Path = request.param
    return notebook


@pytest.fixture
def notebook(path: Path) -> Any:
    """The content of the notebook."""
    return nbformat.read(path, as_version=4)


def test_the_notebooks_are_those_of_the_design() -> None:
    """There are seven numbered notebooks."""
    assert [path.stem for path in PATHS] == NAMES


def test_the_first_cell_installs_what_is_missing(path: Path, notebook: Any) -> None:
    """Colab and Binder begin without the package; elsewhere the cell installs nothing."""
    first = next(cell.source for cell in notebook.cells if cell.cell_type == "code")
    package = '"cronofy-frames[archive]"' if path.stem == "07_history" else "cronofy-frames"
    assert first.splitlines()[0] == "try:"
    assert f"    %pip install --quiet {package}" in first.splitlines()


def test_outputs_are_of_one_run_from_top_to_bottom(notebook: Any) -> None:
    """Every code cell was run in order, and none raised an error."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not [output for cell in cells for output in cell.outputs if output.output_type == "error"]


def test_nothing_of_the_machine_is_kept(path: Path, notebook: Any) -> None:
    """Notebooks contain no folder of the machine and no widget state."""
    assert "widgets" not in notebook.metadata
    assert not re.search(r"/tmp/|/home/|/root/|/Users/|\\\\Users\\\\", path.read_text(encoding="utf-8"))


def test_pictures_that_are_named_are_there(notebook: Any) -> None:
    """Each picture in a text exists beside the notebook and has alternative text."""
    for cell in notebook.cells:
        for words, file in re.findall(r"!\[(.*?)\]\((.*?)\)", cell.source):
            assert words
            assert (FOLDER / file).exists(), file
