"""Where this runs, and on what: the way in which `login` works here, versions, and what shows widgets."""

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
NAMED = ("pandas", "pyarrow", "httpx", "ipywidgets", "matplotlib")  # what people ask for when something looks odd
_VSCODE = ("VSCODE_PID", "VSCODE_CWD", "VSCODE_IPC_HOOK_CLI", "VSCODE_NLS_CONFIG")

_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}


def place_of(place: Place, env: Mapping[str, str]) -> Finding:
    """Say where this runs, and which way the answer of a sign-in takes there."""
    given = env.get("CRONOFY_REDIRECT_URI") or None
    try:
        way = choose_route("auto", given, place)
    except ValueError:
        return Finding(
            "place",
            "bad",
            f"{place.name}; CRONOFY_REDIRECT_URI is no address, so that cf.login() cannot begin",
            commands.setting(place, "CRONOFY_REDIRECT_URI", "http://127.0.0.1:8765/"),
        )
    if way.port is not None:
        why = "which runs on the same machine" if place.near else "which comes back through jupyter-server-proxy"
        return Finding("place", "good", f'{place.name}; cf.login() waits for your browser (flow="loopback"), {why}')
    why = "nothing here can listen at CRONOFY_REDIRECT_URI" if place.near else "your browser is on another machine"
    hub = "; with jupyter-server-proxy and JUPYTERHUB_PUBLIC_URL it would come back by itself"
    more = hub if place.name == "JupyterHub" and place.proxy is None else ""
    return Finding(
        "place",
        "good",
        f'{place.name}; cf.login() has you paste the address where your browser ends (flow="paste"), for {why}{more}',
    )


@dataclass(frozen=True, slots=True)
class Needed:
    """One line of a package's requirements.

    Attributes
    ----------
    name
        What is required.
    spec
        In which versions, as in `>=3.0,<4`.
    extra
        For which extra; "" where it is always needed.
    """

    name: str
    spec: str
    extra: str = ""

    @classmethod
    def of(cls, line: str) -> Needed:
        """Read a line as a package's metadata has it."""
        said, _, marker = line.partition(";")
        name = re.match(r"[\w.-]+", said.strip())
        extra = re.search(r"extra\s*==\s*['\"]([^'\"]+)", marker)
        spec = re.sub(r"^[\w.-]+\s*(\[[^]]*\])?", "", said.strip()).strip(" ()")
        return cls(name[0] if name else "", ",".join(sorted(spec.split(","), reverse=True)), extra[1] if extra else "")

    def fits(self, found: str) -> bool:
        """Say whether a version will do; what cannot be compared will."""
        for one in filter(None, (part.strip() for part in self.spec.split(","))):
            sign = re.match(r"[<>=!~]+", one)
            test = _TESTS.get(sign[0]) if sign else None
            if sign and test is not None and not test(*_even(_release(found), _release(one[len(sign[0]) :]))):
                return False
        return True


def _release(text: str) -> tuple[int, ...]:
    found = re.match(r"\s*(\d+(?:\.\d+)*)", text)
    return tuple(map(int, found[1].split("."))) if found else ()


def _even(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return two versions with as many numbers each: 3 is 3.0."""
    length = max(len(one), len(other))
    return one + (0,) * (length - len(one)), other + (0,) * (length - len(other))


def versions(
    place: Place,
    *,
    required: Sequence[str] | None = None,
    version_of: Callable[[str], str] = version,
    python: str | None = None,
    python_needed: str | None = None,
) -> Iterator[Finding]:
    """Compare what is installed with what the package's own metadata asks for.

    Parameters
    ----------
    place
        Where this runs.
    required
        The requirements; by default those of the metadata.
    version_of
        Returns the version of an installed package.
    python, python_needed
        Which Python this is, and which is needed.
    """
    own = python or ".".join(map(str, sys.version_info[:3]))
    wanted = python_needed or metadata(PACKAGE)["Requires-Python"] or ""
    needed = [Needed.of(line) for line in (requires_of(PACKAGE) or [] if required is None else required)]
    if not Needed("python", wanted).fits(own):
        yield Finding("versions", "bad", f"this is Python {own}, and {wanted} is needed", "install a newer Python")
    wrong = [problem for one in needed if not one.extra and (problem := _wrong(one, place, version_of))]
    yield from wrong
    if not wrong:
        told = [f"{name} {found}" for name in NAMED if (found := _found(name, version_of))]
        rest = sum(not one.extra for one in needed)
        yield Finding(
            "versions",
            "good",
            f"Python {own}, {PACKAGE} {_found(PACKAGE, version_of)}, {', '.join(told)}; "
            f"all {rest} packages that it needs are there and new enough",
        )
    for one in needed:
        if one.extra and one.name != PACKAGE and (problem := _wrong(one, place, version_of)):
            yield Finding("extras", "note", f"{problem.found} for the extra {one.extra}", problem.fix)


def _wrong(one: Needed, place: Place, version_of: Callable[[str], str]) -> Finding | None:
    found = _found(one.name, version_of)
    if found is not None and one.fits(found):
        return None
    extra = f"{PACKAGE}[{one.extra}]"
    fix = commands.pip(place, extra if one.extra else f"{one.name}{one.spec}")
    if found is None:
        return Finding("versions", "bad", f"{one.name} is not installed, and {one.spec or 'it'} is needed", fix)
    return Finding("versions", "bad", f"{one.name} {found} is installed, and {one.spec} is needed", fix)


def _found(name: str, version_of: Callable[[str], str]) -> str | None:
    try:
        return version_of(name)
    except PackageNotFoundError:
        return None


def widgets(place: Place, env: Mapping[str, str], *, version_of: Callable[[str], str] = version) -> Iterator[Finding]:
    """Say, in a notebook, whether its page can show widgets."""
    if not place.notebook:
        return
    own = "Google Colab" if place.name == "Google Colab" else "VS Code" if any(env.get(one) for one in _VSCODE) else ""
    if own:
        yield Finding("widgets", "good", f"{own} brings its own part of ipywidgets")
        return
    found = _found("jupyterlab_widgets", version_of)
    if found is not None:
        yield Finding("widgets", "good", f"jupyterlab_widgets {found} is installed in this kernel's environment")
        return
    yield Finding(
        "widgets",
        "note",
        "jupyterlab_widgets is not in this kernel's environment: widgets show only if it is where Jupyter itself runs",
        'pip install "jupyterlab_widgets>=3" in the environment that JupyterLab was started from, then reload the page',
    )
