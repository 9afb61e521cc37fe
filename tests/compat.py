"""The suite on every Python of this machine, and with the lowest versions that pyproject.toml allows. Run: make compat.

Each runs in an environment of its own under .compat/: a Python with the newest versions of all dependencies, or, as
`lowest`, the oldest supported Python with each direct dependency (also of the extras) at its lower bound. What only the
tests need is always the newest, as no user installs it.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

ROOT = Path(__file__).parent.parent
ENVIRONMENTS = ROOT / ".compat"
NEWEST_MINOR = 30
"""The minor version of Python at which the search ends."""


@dataclass(frozen=True)
class Environment:
    """A Python to run the suite on, and whether its dependencies are at their lower bounds."""

    python: Path
    version: str
    lowest: bool = False

    @property
    def name(self) -> str:
        """Return the name of its folder, which is also that in the report."""
        return f"{self.version}-lowest" if self.lowest else self.version

    @property
    def bin(self) -> Path:
        """Return the folder of its programs."""
        return ENVIRONMENTS / self.name / ("Scripts" if os.name == "nt" else "bin")


def project() -> dict[str, Any]:
    """Return the project table of pyproject.toml."""
    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return table


def lower_bounds(table: dict[str, Any]) -> list[str]:
    """Return a constraint for each direct dependency, at the lowest version that is allowed.

    Raises
    ------
    ValueError
        A dependency has no lower bound, so that nothing is promised of it.
    """
    extras = [text for texts in table.get("optional-dependencies", {}).values() for text in texts]
    requirements = [Requirement(text) for text in (*table["dependencies"], *extras)]
    return sorted({lower_bound(item) for item in requirements if item.name != table["name"]})


def lower_bound(requirement: Requirement) -> str:
    """Return the lowest version of a requirement as a constraint."""
    bounds = [item.version for item in requirement.specifier if item.operator in {">=", "==", "~="}]
    if len(bounds) != 1:
        raise ValueError(f"{requirement} has no lower bound: write the lowest version, as {requirement.name}>=1.")
    return f"{requirement.name}=={bounds[0]}"


def supported_pythons(requires: str) -> dict[str, Path]:
    """Return the Pythons of this machine that the project supports, by version (3.11), the oldest first."""
    versions = (f"3.{minor}" for minor in range(NEWEST_MINOR))
    paths = {version: find_python(version) for version in versions if Version(version) in SpecifierSet(requires)}
    return {version: path for version, path in paths.items() if path is not None}


def find_python(version: str, environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return an interpreter of a version: from PATH, or from where pyenv or uv keep theirs."""
    return next((path for path in candidates(version, environ) if runs(path, version)), None)


def candidates(version: str, environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield where an interpreter may be, the preferred one first."""
    name, home = f"python{version}", Path.home()
    if on_path := shutil.which(name, path=environ.get("PATH")):
        yield Path(on_path)
    pyenv = Path(environ.get("PYENV_ROOT", home / ".pyenv"), "versions")
    uv = Path(environ.get("UV_PYTHON_INSTALL_DIR", home / ".local/share/uv/python"))
    for folder in (pyenv, uv):
        yield from sorted(folder.glob(f"*/bin/{name}"), key=release, reverse=True)


def release(path: Path) -> tuple[int, ...]:
    """Return the numbers of the release in a path, to put 3.12.10 after 3.12.9."""
    return tuple(map(int, re.findall(r"\d+", path.parent.parent.name)))


def runs(python: Path, version: str) -> bool:
    """Return whether an interpreter starts and is of a version; a shim may exist without one."""
    command = [str(python), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.returncode == 0 and result.stdout.strip() == version


def environments(pythons: dict[str, Path], names: Iterable[str]) -> list[Environment]:
    """Return the environments of names: `lowest`, `newest`, `all`, or versions.

    Raises
    ------
    ValueError
        A Python of that name is not on this machine, or none is.
    """
    if not pythons:
        raise ValueError(f"no Python {project()['requires-python']} was found: install one.")
    ordered = list(pythons)
    groups = {"all": ordered, "newest": ordered[-1:]}
    versions = [version for name in names if name != "lowest" for version in groups.get(name, [name])]
    if unknown := [version for version in versions if version not in pythons]:
        raise ValueError(f"no Python {', '.join(unknown)} was found; names are {', '.join(pythons)}, lowest, newest.")
    chosen = [Environment(pythons[version], version) for version in dict.fromkeys(versions)]
    if {"all", "lowest"} & set(names):
        chosen.insert(0, Environment(pythons[ordered[0]], ordered[0], lowest=True))
    return chosen


def install(environment: Environment) -> None:
    """Make an environment and install the package, with what the tests need."""
    folder = ENVIRONMENTS / environment.name
    run([str(environment.python), "-m", "venv", "--clear", str(folder)])
    pip = [str(environment.bin / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--upgrade", "pip"])
    constraints: list[str] = []
    if environment.lowest:
        (folder / "lowest.txt").write_text("\n".join(lower_bounds(project())) + "\n")
        constraints = ["--constraint", str(folder / "lowest.txt")]
    run([*pip, "--editable", ".[all]", "--group", "test", *constraints])


def warning_filters(environment: Environment) -> list[str]:
    """Return arguments of pytest: old releases of dependencies use what their own newer dependencies deprecate."""
    return ["-W", "ignore::DeprecationWarning"] if environment.lowest else []


def run(command: Sequence[str]) -> None:
    """Run a command in the project's folder; its failure ends the run."""
    subprocess.run(command, cwd=ROOT, check=True)


def run_suite(environment: Environment, arguments: Sequence[str]) -> bool:
    """Run the tests in an environment; return whether all passed."""
    workers = ["--numprocesses", "auto", "--maxprocesses", "4", "--dist", "loadfile"]
    filters = warning_filters(environment)
    python = [str(environment.bin / "python"), *filters]
    command = [*python, "-m", "pytest", "-p", "no:cacheprovider", *workers, *filters, *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def report(text: str) -> None:
    """Write a line at once, between the lines of pytest."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def try_environment(environment: Environment, arguments: Sequence[str]) -> bool:
    """Install an environment and run the tests in it; return whether both went well."""
    report(f"--- Python {environment.name}")
    started = time.monotonic()
    try:
        install(environment)
    except subprocess.CalledProcessError as error:
        report(f"--- Python {environment.name}: {error.cmd[-1]} could not be installed")
        return False
    passed = run_suite(environment, arguments)
    minutes = (time.monotonic() - started) / 60
    report(f"--- Python {environment.name}: {'passed' if passed else 'FAILED'} in {minutes:.1f} minutes")
    return passed


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the named environments, one after the other; return 1 if one of them failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.compat", description=__doc__)
    parser.add_argument("names", nargs="*", default=["all"], help="lowest, newest, all (the default), or 3.12 ...")
    parser.add_argument("--tests", default="", help="arguments of pytest")
    options = parser.parse_args(arguments)
    chosen = environments(supported_pythons(project()["requires-python"]), options.names)
    results = {environment.name: try_environment(environment, options.tests.split()) for environment in chosen}
    report("\n".join(f"{name:16}{'passed' if passed else 'FAILED'}" for name, passed in results.items()))
    return 0 if all(results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
