"""What the package says of itself: version, classifiers, and the files around it."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import metadata
from pathlib import Path

import pytest

import cronofy_frames

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
VERSION = PROJECT["project"]["version"]


def test_the_version_is_that_of_pyproject() -> None:
    """The package, its metadata and the citation say the version that is written in pyproject.toml."""
    assert cronofy_frames.__version__ == metadata("cronofy-frames")["Version"] == VERSION
    assert f"\nversion: {VERSION}\n" in (ROOT / "CITATION.cff").read_text()
    assert re.search(rf"^## {re.escape(VERSION)}\b", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)


def test_no_module_has_a_version_of_its_own() -> None:
    """The version is not written in the package."""
    paths = (ROOT / "cronofy_frames").rglob("*.py")
    assert [path for path in paths if f'"{VERSION}"' in path.read_text()] == []


def test_the_version_costs_nothing_until_it_is_asked_for() -> None:
    """Importing the package does not read the metadata of distributions."""
    code = "import sys, cronofy_frames; print('importlib.metadata' in sys.modules, cronofy_frames.__version__)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert result.stdout.split() == ["False", VERSION]


def test_lists_are_in_order_and_say_each_once() -> None:
    """Keywords and classifiers are sorted, and every supported Python has its classifier."""
    project = PROJECT["project"]
    for listed in (project["keywords"], project["classifiers"]):
        assert listed == sorted(set(listed))
    assert "Programming Language :: Python :: 3.11" in project["classifiers"]
    assert project["requires-python"] == ">=3.11"


FILES = (
    *("README.md", "LICENSE", "CHANGELOG.md", "CITATION.cff", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "SECURITY.md"),
    *(".github/PULL_REQUEST_TEMPLATE.md", ".github/ISSUE_TEMPLATE/bug.md"),
)


@pytest.mark.parametrize("name", FILES)
def test_the_files_of_a_public_project_exist(name: str) -> None:
    """Each is there, and the commands that it names are commands of the Makefile."""
    text, makefile = (ROOT / name).read_text(), (ROOT / "Makefile").read_text()
    for command in re.findall(r"(?:^ {4}|`)make (\w+)", text, flags=re.MULTILINE):
        assert re.search(rf"^{command}:", makefile, flags=re.MULTILINE), command


def test_the_recipe_for_conda_requires_what_the_package_requires() -> None:
    """Under the names of conda-forge, with the same versions, and the version of the package."""
    names = {"matplotlib-base": "matplotlib", "python-tzdata": "tzdata"}
    text = (ROOT / "recipe" / "meta.yaml").read_text()
    listed = re.search(r"^  run:\n((?:    - .*\n)+)", text, flags=re.MULTILINE)
    assert listed is not None
    pairs = [line.removeprefix("    - ").split(" ", 1) for line in listed[1].splitlines()]
    required = {f"{names.get(name, name)}{bounds}" for name, bounds in pairs}
    project = PROJECT["project"]
    assert required == {*project["dependencies"], f"python{project['requires-python']}"}
    assert f'{{% set version = "{VERSION}" %}}' in text
