"""The audit: what it finds, and that it does not pass what it could not check."""

from __future__ import annotations

import json
from email.message import Message

import pytest

from tests.audit import dependency_names, is_allowed, licence_of, licences, secrets_in, secrets_in_tree, vulnerabilities


def test_no_file_of_this_repository_has_a_secret() -> None:
    """Nothing under version control looks like a key or a token."""
    assert secrets_in_tree().failures == []


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("-----BEGIN RSA " + "PRIVATE KEY-----", "private key"),
        ("AKIA" + "ABCDEFGHIJKLMNOP", "key of AWS"),
        ("ghp_" + "a1B2" * 9, "token of GitHub"),
        ("Authorization: Bearer " + "a1B2" * 8, "bearer token"),
        ('CRONOFY_CLIENT_SECRET="' + "a1B2" * 8 + '"', "assignment"),
        ("refresh_token: " + "a1B2" * 8, "assignment"),
        ("eyJ" + "a" * 20 + ".eyJ" + "b" * 20, "JSON web token"),
    ],
)
def test_secrets_are_found_and_not_shown(line: str, kind: str) -> None:
    """The line and the kind are reported."""
    assert list(secrets_in(f"first\n{line}\n")) == [(2, kind)]


@pytest.mark.parametrize("line", ["access_token=None", 'token="YOUR SECRET"', "secret = mint_secret(name)", "Bearer x"])
def test_code_and_examples_are_no_secrets(line: str) -> None:
    """Names, calls and words are not reported."""
    assert list(secrets_in(line)) == []


def test_packages_that_could_not_be_looked_up_are_not_taken_as_safe() -> None:
    """pip-audit ends well where a mirror of the registry knows no advisories; the audit says so."""
    skipped = {"name": "a", "skip_reason": "not found"}
    safe = {"name": "b", "version": "1", "vulns": []}
    bad = {"name": "c", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}
    assert vulnerabilities(json.dumps({"dependencies": [skipped]})).checked.startswith(
        "COULD NOT BE CHECKED: none of 1"
    )
    assert (
        vulnerabilities(json.dumps({"dependencies": [skipped, safe]})).checked == "1 packages; 1 COULD NOT BE CHECKED"
    )
    assert vulnerabilities(json.dumps({"dependencies": [safe, bad]})).failures == ["c 2: PYSEC-1, mended in 3"]


@pytest.mark.parametrize(("output", "reason"), [("", "x\nno route to host"), ("[]", "no route to host"), ("{}", "")])
def test_an_audit_that_did_not_run_is_said_so(output: str, reason: str) -> None:
    """Without a network there is no JSON; the last line of the error is the reason."""
    report = vulnerabilities(output, reason)
    assert report.checked.startswith("COULD NOT BE CHECKED")
    assert ("no route to host" in report.checked) == bool(reason)
    assert report.failures == []


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("GPL-3.0-only OR MIT", True),
        ("GPL-3.0-only AND MIT", False),
        ("MPL-2.0 AND MIT", True),
        ("(MIT OR Apache-2.0) AND BSD-3-Clause", True),
        ("(MIT OR GPL-3.0-only) AND BSD-3-Clause", False),
        ("GPL-3.0-only", False),
        ("not stated", False),
    ],
)
def test_licences_are_held_against_the_list(expression: str, allowed: bool) -> None:
    """One side of OR is enough, all of AND are needed; with brackets every licence must be allowed."""
    assert is_allowed(expression) is allowed
    assert bool(licences({"package": expression}).failures) is not allowed


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        ([("License-Expression", "MIT"), ("License", "other")], "MIT"),
        ([("License", "BSD 3-Clause License")], "BSD-3-Clause"),
        (
            [("License", "Copyright ...\nall of its text"), ("Classifier", "License :: OSI Approved :: BSD License")],
            "BSD",
        ),
        (
            [
                ("License", "Dual License"),
                ("Classifier", "License :: OSI Approved :: BSD License"),
                ("Classifier", "License :: OSI Approved :: Apache Software License"),
            ],
            "BSD OR Apache-2.0",
        ),
        ([], "not stated"),
    ],
)
def test_licence_is_read_from_new_and_old_metadata(fields: list[tuple[str, str]], licence: str) -> None:
    """The expression, a short name, or the classifiers."""
    package = Message()
    for name, value in fields:
        package[name] = value.replace("\n", "\n ")
    assert licence_of(package) == licence


def test_dependencies_include_those_of_dependencies() -> None:
    """With httpx comes httpcore; the package itself and what only tests need are not in the list."""
    names = dependency_names()
    assert {"httpx", "httpcore", "pandas", "keyring"} <= set(names)
    assert not {"cronofy-frames", "pytest", "ruff"} & set(names)
