"""Audit of what is shipped: known vulnerabilities, licences of dependencies, secrets in the tree. Run: make audit.

What could not be checked is said and is no failure: without a network, the other checks are still worth their time.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
PACKAGE, EXTRAS = "cronofy-frames", ("all",)

ALLOWED_LICENCES = frozenset(
    {
        *("0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0", "MIT-CMU"),
        *("PSF-2.0", "Unlicense", "Zlib"),
        # copyleft of files or of a library: what imports them unchanged keeps its own licence
        *("MPL-2.0", "LGPL-3.0-or-later"),
    }
)
LICENCE_NAMES = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 3-Clause License": "BSD-3-Clause",
    "BSD License": "BSD",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "ISC license": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""Names in older metadata, and their SPDX identifiers."""

SECRETS = {
    "private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "key of AWS": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "token of GitHub": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_[A-Za-z0-9_]{40}"),
    "token of PyPI": re.compile(r"\bpypi-[A-Za-z0-9_-]{50}"),
    "token of Slack": re.compile(r"\bxox[abpr]-[A-Za-z0-9-]{10}"),
    "key of Google": re.compile(r"\bAIza[0-9A-Za-z_-]{35}"),
    "JSON web token": re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}"),
    "bearer token": re.compile(r"\bBearer [A-Za-z0-9+/_=-]{24,}"),
    "assignment": re.compile(
        r"(?:secret|token|password|api_key)[\"']?\s*[:=]\s*[\"']?(?=[^\s\"']*[0-9])(?=[^\s\"']*[A-Z])[A-Za-z0-9+/_=-]{24,}",
        re.IGNORECASE,
    ),
}
"""What keys and tokens look like; a secret for an example is shorter, or made of words."""


@dataclass
class Report:
    """The result of one check.

    Attributes
    ----------
    checked
        What was checked, or why it could not be.
    failures
        What has to be mended.
    """

    checked: str
    failures: list[str] = field(default_factory=list)


def vulnerabilities(output: str, reason: str = "") -> Report:
    """Return what pip-audit found in its JSON; packages that it could not look up are counted and not taken as safe.

    Parameters
    ----------
    output
        What it wrote.
    reason
        What it wrote of an error.
    """
    try:
        dependencies = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = (reason.strip().splitlines() or ["no output"])[-1]
        return Report(f"COULD NOT BE CHECKED: pip-audit did not run to its end ({last[:200]})")
    known = [row for row in dependencies if "skip_reason" not in row]
    failures = [
        f"{row['name']} {row['version']}: {vulnerability['id']}, mended in "
        f"{', '.join(vulnerability.get('fix_versions') or ['no version'])}"
        for row in known
        for vulnerability in row.get("vulns", ())
    ]
    unknown = len(dependencies) - len(known)
    if not known:
        return Report(f"COULD NOT BE CHECKED: none of {unknown} packages was found at the advisory database")
    rest = f"; {unknown} COULD NOT BE CHECKED" if unknown else ""
    return Report(f"{len(known)} packages{rest}", failures)


def run_pip_audit() -> Report:
    """Return the known vulnerabilities of what is installed."""
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        "--local",
        "--skip-editable",
        "--progress-spinner=off",
        "--format=json",
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    except subprocess.TimeoutExpired:
        return vulnerabilities("", "no answer within ten minutes")
    return vulnerabilities(done.stdout, done.stderr)


def dependency_names(package: str = PACKAGE, extras: Iterable[str] = EXTRAS) -> list[str]:
    """Return the names of everything that is installed with a package, in order."""
    found: set[tuple[str, str]] = set()
    waiting = [(package, extra) for extra in ("", *extras)]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in found:
            continue
        found.add((name, extra))
        for text in metadata.requires(name) or ():
            required = Requirement(text)
            if required.marker is None or required.marker.evaluate({"extra": extra}):
                key = re.sub(r"[-_.]+", "-", required.name).lower()
                waiting += [(key, more) for more in ("", *required.extras)]
    return sorted({name for name, _ in found} - {package})


def licence_of(package: Any) -> str:
    """Return the licence in the metadata of a package, as an SPDX expression where it has one."""
    if expression := package.get("License-Expression"):
        return str(expression)
    classifiers = [
        text.rpartition(" :: ")[2] for text in package.get_all("Classifier", []) if text.startswith("License")
    ]
    text = str(package.get("License") or "").strip()
    is_name = text.count("\n") == 0 and 0 < len(text) < 60 and text not in ("UNKNOWN", "Dual License")
    names = [text] if is_name else classifiers
    return " OR ".join(LICENCE_NAMES.get(name, name) for name in names) or "not stated"


def is_allowed(expression: str) -> bool:
    """Return whether an expression allows a use under licences of the list: one side of OR, and all of AND."""
    if "(" in expression and expression not in ALLOWED_LICENCES:
        return all(name in ALLOWED_LICENCES for name in re.split(r"\s*(?:\(|\)|\bAND\b|\bOR\b)\s*", expression) if name)
    choices = (choice.split(" AND ") for choice in expression.split(" OR "))
    return any(all(name.strip() in ALLOWED_LICENCES for name in choice) for choice in choices)


def licences(expressions: Mapping[str, str]) -> Report:
    """Return the packages of each licence, and those whose licence is not allowed."""
    by_licence: dict[str, list[str]] = {}
    for name, expression in expressions.items():
        by_licence.setdefault(expression, []).append(name)
    lines = [f"  {expression}: {', '.join(names)}" for expression, names in sorted(by_licence.items())]
    failures = [
        f"{name}: {expression} is not in ALLOWED_LICENCES of tests/audit.py"
        for name, expression in expressions.items()
        if not is_allowed(expression)
    ]
    return Report("\n".join([f"{len(expressions)} dependencies", *lines]), failures)


def secrets_in(text: str) -> Iterator[tuple[int, str]]:
    """Yield line number and kind of what looks like a secret; the secret itself is not shown."""
    for number, line in enumerate(text.splitlines(), 1):
        yield from ((number, kind) for kind, pattern in SECRETS.items() if pattern.search(line))


def secrets_in_tree(root: Path = ROOT) -> Report:
    """Return the places in the files under version control that look like a secret."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=False)
    names = [name for name in done.stdout.decode().split("\0") if name]
    if not names:
        return Report("COULD NOT BE CHECKED: git lists no files here")
    failures = [
        f"{name}:{number}: looks like a secret ({kind})"
        for name in names
        if (root / name).is_file()
        for number, kind in secrets_in((root / name).read_text(encoding="utf-8", errors="replace"))
    ]
    return Report(f"{len(names)} files", failures)


def main() -> int:
    """Print all reports; return 1 if something has to be mended."""
    expressions = {name: licence_of(metadata.metadata(name)) for name in dependency_names()}
    reports = {"secrets": secrets_in_tree(), "licences": licences(expressions), "vulnerabilities": run_pip_audit()}
    for title, report in reports.items():
        sys.stdout.write(f"{title}: {report.checked}\n")
        sys.stdout.writelines(f"  FAILED {failure}\n" for failure in report.failures)
    return int(any(report.failures for report in reports.values()))


if __name__ == "__main__":
    sys.exit(main())
