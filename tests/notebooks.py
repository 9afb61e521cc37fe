"""Removes what executed notebooks say of the machine: the state of widgets, and the files that cells ran as."""

import re
from pathlib import Path

import nbformat

FOLDER = Path(__file__).parent.parent / "notebooks"
PATHS = sorted(FOLDER.glob("*.ipynb"))


CELL_FILE = re.compile(r"\S+[/\\]ipykernel_\d+[/\\]\d+\.py:\d+")
"""How a warning names the cell that it is about."""


def remove_machine_state(path: Path) -> None:
    """Keep only the cells and outputs of a notebook; widgets may contain the URL of a page, and warnings a path."""
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                output.text = CELL_FILE.sub("this cell", output.text)
    nbformat.write(notebook, path)


if __name__ == "__main__":
    for path in PATHS:
        remove_machine_state(path)
