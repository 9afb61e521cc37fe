"""The order of the package's modules, and the libraries that each may import."""

import ast
import functools
import graphlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.floors import FLOORS, PACKAGE, SANDBOX_MAY, WALLS

FILES = sorted(PACKAGE.rglob("*.py"))
MODULES = [path for path in FILES if path != PACKAGE / "__init__.py"]
FOLDERS = sorted({path.parent for path in FILES})


def place_of(path: Path) -> tuple[str, ...]:
    """Return the parts of a file's path in the package; a folder's `__init__.py` counts as part of the folder."""
    return path.relative_to(PACKAGE).with_suffix("").parts


@functools.cache
def imports(path: Path) -> list[str]:
    """Return every module that a file imports, inside functions and under TYPE_CHECKING too."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} has a relative import"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def imported_places(path: Path) -> Iterator[tuple[str, ...]]:
    """Yield the modules of this package that a file imports, as parts of paths."""
    for name in imports(path):
        if name.startswith("cronofy_frames."):
            yield tuple(name.split(".")[1:])


def import_graph(folder: Path) -> dict[str, set[str]]:
    """Return which files and folders directly in a folder import which others of that folder."""
    level = len(folder.relative_to(PACKAGE).parts)
    prefix = folder.relative_to(PACKAGE).parts
    children = {path.stem for path in folder.glob("*.py")} | {path.name for path in folder.iterdir() if path.is_dir()}
    graph: dict[str, set[str]] = {}
    for path in folder.rglob("*.py"):
        child = place_of(path)[level]
        targets = {place[level] for place in imported_places(path) if place[:level] == prefix and len(place) > level}
        if child != "__init__":
            graph.setdefault(child, set()).update((targets & children) - {child})
    return graph


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path: Path) -> None:
    """A module imports only modules above its own in FLOORS; the sandbox only those in SANDBOX_MAY."""
    own = place_of(path)[0]
    above = set(FLOORS[: FLOORS.index(own)])
    assert {place[0] for place in imported_places(path)} <= (SANDBOX_MAY if own == "sandbox" else above | {own})


def test_every_module_has_its_floor() -> None:
    """FLOORS lists exactly the files and folders of the package."""
    assert {place_of(path)[0] for path in MODULES} == set(FLOORS)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_folders_have_no_circle(folder: Path) -> None:
    """Inside each folder, imports between its files and subfolders have no cycle."""
    assert list(graphlib.TopologicalSorter(import_graph(folder)).static_order())


@pytest.mark.parametrize("library", sorted(WALLS))
def test_libraries_stay_behind_their_walls(library: str) -> None:
    """Each library in WALLS is imported only where WALLS allows it."""
    for path in MODULES:
        if any(name.split(".")[0] == library for name in imports(path)):
            place = place_of(path)
            assert {"/".join(place[:depth]) for depth in range(1, len(place) + 1)} & WALLS[library], path


OPENS_FILES = {"archive", "fetch", "tokens", "sheets", "writing", "cli", "sandbox"}
OPENING = {"open", "read_text", "read_bytes", "write_text", "write_bytes"}


def test_files_are_opened_in_few_places() -> None:
    """Only these floors touch the file system; in the sandbox it is the .ics file it is given."""
    users = {
        place_of(path)[0]
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and (node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")) in OPENING
    }
    assert users <= OPENS_FILES


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_stay_small(path: Path) -> None:
    """About four hundred lines; the declarations of endpoints may be more."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= (2500 if path.stem == "api" else 400)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_is_left_for_later(path: Path) -> None:
    """No file has a note of work to do, or an except that only passes."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\b(TODO|FIXME|XXX)\b", text)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ExceptHandler):
            assert not all(isinstance(line, ast.Pass) for line in node.body), f"line {node.lineno}"


TESTS = Path(__file__).parent


@pytest.mark.parametrize("path", sorted(TESTS.rglob("*.py")), ids=lambda path: path.relative_to(TESTS).as_posix())
def test_no_test_file_is_imported(path: Path) -> None:
    """What several tests use is in a helper module; no file imports a test file."""
    parts = [part for name in imports(path) for part in name.split(".")[:-1]]
    assert not [part for part in parts if part.startswith("test_")]
