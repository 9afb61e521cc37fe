"""The order of the floors, and the walls between them."""

import ast
import graphlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "cronofy_frames"

FLOORS = [
    *("errors", "schema", "endpoint", "scopes", "faults"),
    *("wire", "rows", "api", "credentials", "auth"),
    *("tokens", "transport", "repeating", "client"),
    *("moments", "pages", "decode", "windows", "collecting", "reading", "booking", "sheets"),
    *("intervals", "measures", "writing"),
    *("plots", "printing", "sandbox", "accounting", "connecting", "signin", "checkup", "widgets", "cli", "__main__"),
]

SANDBOX_MAY = {"errors", "schema", "endpoint", "scopes", "faults", "wire", "api", "auth", "sandbox"}

WALLS = {
    "httpx": {"wire", "auth", "transport", "client", "connecting"},
    "pandas": set(FLOORS[FLOORS.index("moments") :]) - {"sandbox"},
    "pyarrow": {"moments", "pages", "decode"},
    "matplotlib": {"plots"},
    "ipywidgets": {"widgets"},
    "werkzeug": {"sandbox"},
    "tenacity": {"client"},
    "tqdm": {"collecting"},
    "typer": {"cli"},
    "openpyxl": {"sheets"},
    "python_calamine": {"sheets"},
    "charset_normalizer": {"sheets"},
    "icalendar": {"sheets", "sandbox"},
    "filelock": {"tokens", "writing"},
    "keyring": {"tokens"},
    "platformdirs": {"tokens"},
    "http": {"sandbox", "signin"},
    "socket": {"sandbox", "signin"},
    "requests": set(),
}

FILES = sorted(PACKAGE.rglob("*.py"))
MODULES = [path for path in FILES if path != PACKAGE / "__init__.py"]


def floor_of(path: Path) -> str:
    """Return the floor that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """Yield every module that a file imports, inside functions and under TYPE_CHECKING too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} has a relative import"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def inner(path: Path) -> set[str]:
    """Return the floors of this package that a file imports."""
    return {name.split(".")[1] for name in imports(path) if name.startswith("cronofy_frames.")}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path: Path) -> None:
    """A module imports only from floors above it in the list; the sandbox only from ground and wire."""
    own = floor_of(path)
    above = set(FLOORS[: FLOORS.index(own)])
    assert inner(path) <= (SANDBOX_MAY if own == "sandbox" else above | {own})


def test_every_module_has_its_floor() -> None:
    """The list names each module, and nothing that is gone."""
    assert {floor_of(path) for path in MODULES} == set(FLOORS)


PACKAGES = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))


@pytest.mark.parametrize("name", PACKAGES)
def test_packages_have_no_knot(name: str) -> None:
    """Inside a floor of several modules imports go one way too."""
    graph = {
        path.stem: {
            found.split(".")[2]
            for found in imports(path)
            if found.startswith(f"cronofy_frames.{name}.") and (PACKAGE / name / f"{found.split('.')[2]}.py").exists()
        }
        for path in (PACKAGE / name).glob("*.py")
        if path.stem != "__init__"
    }
    assert list(graphlib.TopologicalSorter(graph).static_order())


@pytest.mark.parametrize("library", sorted(WALLS))
def test_libraries_stay_behind_their_walls(library: str) -> None:
    """Each library is imported only where the design says."""
    users = {floor_of(path) for path in MODULES if any(name.split(".")[0] == library for name in imports(path))}
    assert users <= WALLS[library]


OPENS_FILES = {"tokens", "sheets", "writing", "cli", "sandbox"}
OPENING = {"open", "read_text", "read_bytes", "write_text", "write_bytes"}


def test_files_are_opened_in_few_places() -> None:
    """Only these floors touch the file system; in the sandbox it is the .ics file it is given."""
    users = {
        floor_of(path)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and (node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")) in OPENING
    }
    assert users <= OPENS_FILES


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_stay_small(path: Path) -> None:
    """About four hundred lines; the declarations of endpoints may be more."""
    assert len(path.read_text().splitlines()) <= (2500 if path.stem == "api" else 420)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_is_left_for_later(path: Path) -> None:
    """No note of work to do, and no exception that is swallowed without a word."""
    text = path.read_text()
    assert not re.search(r"\b(TODO|FIXME|XXX)\b", text)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ExceptHandler):
            assert not all(isinstance(line, ast.Pass) for line in node.body), f"line {node.lineno}"
