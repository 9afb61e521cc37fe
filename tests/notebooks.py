"""Takes out of executed notebooks what belongs to one run: the state of widgets, which may hold a page's address."""

from pathlib import Path

import nbformat

FOLDER = Path(__file__).parent.parent / "notebooks"
PATHS = sorted(FOLDER.glob("*.ipynb"))


def tidy(path: Path) -> None:
    """Leave a notebook with its cells and outputs alone."""
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.pop("widgets", None)
    nbformat.write(notebook, path)


if __name__ == "__main__":
    for path in PATHS:
        tidy(path)
