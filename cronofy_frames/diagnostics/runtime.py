"""Runtime checks: the environment and how `login` works in it, versions of packages, and widgets."""

from __future__ import annotations

import operator
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata, version
from importlib.metadata import requires as requires_of
from typing import Any

from cronofy_frames.diagnostics import commands
from cronofy_frames.diagnostics.report import Finding
from cronofy_frames.signin import Place, choose_route

PACKAGE = "cronofy-frames"
REPORTED_PACKAGES = (
    "pandas",
    "pyarrow",
    "httpx",
    "ipywidgets",
    "matplotlib",
)  # reported because bug reports need them
_VSCODE = ("VSCODE_PID", "VSCODE_CWD", "VSCODE_IPC_HOOK_CLI", "VSCODE_NLS_CONFIG")

_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}


def place_finding(place: Place, env: Mapping[str, str]) -> Finding:
    """Return the finding about the environment, and how the response of a sign-in returns there."""
    redirect_uri = env.get("CRONOFY_REDIRECT_URI") or None
    try:
        route = choose_route("auto", redirect_uri, place)
    except ValueError:
        return Finding(
            "place",
            "bad",
            f"{place.name}; CRONOFY_REDIRECT_URI is not an address, so cf.login() cannot start",
            commands.set_variable(place, "CRONOFY_REDIRECT_URI", "http://127.0.0.1:8765/"),
        )
    if route.port is not None:
        reason = "which runs on the same machine" if place.near else "which is reached through jupyter-server-proxy"
        return Finding("place", "good", f'{place.name}; cf.login() waits for your browser (flow="loopback"), {reason}')
    reason = "nothing here can listen at CRONOFY_REDIRECT_URI" if place.near else "your browser is on another machine"
    hub_hint = "; with jupyter-server-proxy and JUPYTERHUB_PUBLIC_URL nothing would have to be pasted"
    hint = hub_hint if place.name == "JupyterHub" and place.proxy is None else ""
    return Finding(
        "place",
        "good",
        f'{place.name}; cf.login() asks for the address at which your browser ends (flow="paste"): {reason}{hint}',
    )


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement in a package's metadata.

    Attributes
    ----------
    name
        The required package.
    spec
        The versions, as in `>=3.0,<4`.
    extra
        The extra that needs it; "" if it is always needed.
    """

    name: str
    spec: str
    extra: str = ""

    @classmethod
    def of(cls, line: str) -> Requirement:
        """Parse a line of a package's metadata."""
        requirement, _, marker = line.partition(";")
        name = re.match(r"[\w.-]+", requirement.strip())
        extra = re.search(r"extra\s*==\s*['\"]([^'\"]+)", marker)
        spec = re.sub(r"^[\w.-]+\s*(\[[^]]*\])?", "", requirement.strip()).strip(" ()")
        return cls(name[0] if name else "", ",".join(sorted(spec.split(","), reverse=True)), extra[1] if extra else "")

    def fits(self, installed: str) -> bool:
        """Return whether a version satisfies the requirement; one that cannot be compared does."""
        for condition in filter(None, (part.strip() for part in self.spec.split(","))):
            sign = re.match(r"[<>=!~]+", condition)
            test = _TESTS.get(sign[0]) if sign else None
            if sign and test is not None and not test(*_pad(_release(installed), _release(condition[len(sign[0]) :]))):
                return False
        return True


def _release(text: str) -> tuple[int, ...]:
    match = re.match(r"\s*(\d+(?:\.\d+)*)", text)
    return tuple(map(int, match[1].split("."))) if match else ()


def _pad(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return two versions padded to the same length: 3 is 3.0."""
    length = max(len(first), len(second))
    return first + (0,) * (length - len(first)), second + (0,) * (length - len(second))


def versions(
    place: Place,
    *,
    required: Sequence[str] | None = None,
    version_of: Callable[[str], str] = version,
    python: str | None = None,
    python_needed: str | None = None,
) -> Iterator[Finding]:
    """Yield findings about the installed packages, compared with the requirements of this package.

    Parameters
    ----------
    place
        The environment in which this runs.
    required
        The requirements; by default those of the metadata.
    version_of
        Returns the version of an installed package.
    python, python_needed
        The version of Python, and the required one.
    """
    this_python = python or ".".join(map(str, sys.version_info[:3]))
    required_python = python_needed or metadata(PACKAGE)["Requires-Python"] or ""
    requirements = [Requirement.of(line) for line in (requires_of(PACKAGE) or [] if required is None else required)]
    if not Requirement("python", required_python).fits(this_python):
        yield Finding(
            "versions",
            "bad",
            f"this is Python {this_python}, but {required_python} is required",
            "install a newer Python",
        )
    problems = [
        problem
        for requirement in requirements
        if not requirement.extra and (problem := _requirement_problem(requirement, place, version_of))
    ]
    yield from problems
    if not problems:
        packages = [
            f"{name} {installed}" for name in REPORTED_PACKAGES if (installed := _installed_version(name, version_of))
        ]
        count = sum(not requirement.extra for requirement in requirements)
        yield Finding(
            "versions",
            "good",
            f"Python {this_python}, {PACKAGE} {_installed_version(PACKAGE, version_of)}, {', '.join(packages)}; "
            f"all {count} required packages are installed in the right versions",
        )
    extras = [requirement for requirement in requirements if requirement.extra and requirement.name != PACKAGE]
    # the extra `all` repeats what the others need
    own = {requirement.name for requirement in extras if requirement.extra != "all"}
    for requirement in extras:
        is_repeated = requirement.extra == "all" and requirement.name in own
        if not is_repeated and (problem := _requirement_problem(requirement, place, version_of)):
            yield Finding("extras", "note", f"{problem.found} for the extra {requirement.extra}", problem.fix)


def _requirement_problem(requirement: Requirement, place: Place, version_of: Callable[[str], str]) -> Finding | None:
    installed = _installed_version(requirement.name, version_of)
    if installed is not None and requirement.fits(installed):
        return None
    extra = f"{PACKAGE}[{requirement.extra}]"
    fix = commands.pip(place, extra if requirement.extra else f"{requirement.name}{requirement.spec}")
    if installed is None:
        return Finding(
            "versions", "bad", f"{requirement.name} is not installed, and {requirement.spec or 'it'} is needed", fix
        )
    return Finding(
        "versions", "bad", f"{requirement.name} {installed} is installed, and {requirement.spec} is needed", fix
    )


def _installed_version(name: str, version_of: Callable[[str], str]) -> str | None:
    try:
        return version_of(name)
    except PackageNotFoundError:
        return None


def widgets(place: Place, env: Mapping[str, str], *, version_of: Callable[[str], str] = version) -> Iterator[Finding]:
    """Yield a finding about whether a notebook can show widgets."""
    if not place.notebook:
        return
    host = (
        "Google Colab"
        if place.name == "Google Colab"
        else "VS Code"
        if any(env.get(variable) for variable in _VSCODE)
        else ""
    )
    if host:
        yield Finding("widgets", "good", f"{host} has its own support for ipywidgets")
        return
    installed = _installed_version("jupyterlab_widgets", version_of)
    if installed is not None:
        yield Finding("widgets", "good", f"jupyterlab_widgets {installed} is installed in this kernel's environment")
        return
    yield Finding(
        "widgets",
        "note",
        "jupyterlab_widgets is not in this kernel's environment: widgets need it where Jupyter itself runs",
        'pip install "jupyterlab_widgets>=3" in the environment that JupyterLab was started from, then reload the page',
    )
