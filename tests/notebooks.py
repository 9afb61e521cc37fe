"""Removes the state of widgets from executed notebooks, since it may contain the URL of a page."""

from pathlib import Path

import nbformat

FOLDER = Path(__file__).parent.parent / "notebooks"
PATHS = sorted(FOLDER.glob("*.ipynb"))


def remove_widget_state(path: Path) -> None:
    """Keep only the cells and outputs of a notebook."""
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.pop("widgets", None)
    nbformat.write(notebook, path)


if __name__ == "__main__":
    for path in PATHS:
        remove_widget_state(path)
