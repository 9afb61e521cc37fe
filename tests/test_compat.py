"""The runs on other Pythons and with the lowest versions: which are chosen, and what pyproject.toml promises."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.compat import candidates, environments, find_python, lower_bounds, project

PYTHONS = {"3.11": Path("a"), "3.12": Path("b"), "3.13": Path("c")}


def test_each_dependency_has_a_lowest_version() -> None:
    """Also those of extras; each constraint is a version that the requirement allows."""
    table = project()
    bounds = dict(text.split("==") for text in lower_bounds(table))
    assert {"pandas", "httpx", "keyring"} <= set(bounds)
    for requirement in map(Requirement, table["dependencies"]):
        assert requirement.specifier.contains(bounds[requirement.name])


def test_a_dependency_without_a_lower_bound_is_refused() -> None:
    """Nothing is promised of it, so nothing can be tried."""
    with pytest.raises(ValueError, match="httpx has no lower bound"):
        lower_bounds({"name": "x", "dependencies": ["httpx"]})


def test_extras_of_the_project_itself_are_no_dependency() -> None:
    """`all` names the other extras."""
    extras = {"a": ["keyring>=25"], "all": ["x[a]"]}
    assert lower_bounds({"name": "x", "dependencies": [], "optional-dependencies": extras}) == ["keyring==25"]


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["all"], ["3.11-lowest", "3.11", "3.12", "3.13"]),
        (["lowest", "newest"], ["3.11-lowest", "3.13"]),
        (["newest", "3.13", "3.12"], ["3.13", "3.12"]),
    ],
)
def test_environments_are_chosen_by_name(names: list[str], chosen: list[str]) -> None:
    """Each once; the lowest versions are tried on the oldest Python."""
    assert [environment.name for environment in environments(PYTHONS, names)] == chosen


def test_a_python_that_is_not_there_is_refused() -> None:
    """The message says which there are."""
    with pytest.raises(ValueError, match=r"no Python 3\.99 was found; names are 3\.11, 3\.12, 3\.13, lowest"):
        environments(PYTHONS, ["3.99"])
    with pytest.raises(ValueError, match=r"no Python >=3\.11 was found"):
        environments({}, ["all"])


def test_a_shim_without_its_python_is_passed_over(tmp_path: Path) -> None:
    """An interpreter counts if it starts and is of that version; the newest release comes first."""
    for release in ("3.12.9", "3.12.10"):
        folder = tmp_path / "versions" / release / "bin"
        folder.mkdir(parents=True)
        (folder / "python3.12").write_text("#!/bin/sh\nexit 127\n")
        (folder / "python3.12").chmod(0o755)
    on_path = str(tmp_path / "versions" / "3.12.9" / "bin")
    environ = {"PYENV_ROOT": str(tmp_path), "PATH": on_path, "UV_PYTHON_INSTALL_DIR": str(tmp_path / "none")}
    assert [path.parent.parent.name for path in candidates("3.12", environ)] == ["3.12.9", "3.12.10", "3.12.9"]
    assert find_python("3.12", environ) is None
