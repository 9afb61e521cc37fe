"""Accounts in a shell: login, accounts, status, logout, each a process of its own against a served sandbox."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from cronofy_frames.sandbox import Sandbox
from cronofy_frames.tokens import FileStore
from cronofy_frames.wire.auth import Tokens
from tests.consent_pages import answer_page


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    """A shell that knows the application and where it is, and nothing else."""
    return {"PATH": "/usr/bin:/bin", "COLUMNS": "200", **environment}


def command(*words: str) -> list[str]:
    """Return what to start."""
    return [sys.executable, "-m", "cronofy_frames", *words]


def run_command(environment: dict[str, str], *words: str) -> tuple[int, str, str]:
    """Run a command without a terminal, and return exit code, stdout and stderr."""
    done = subprocess.run(
        command(*words), stdin=subprocess.DEVNULL, capture_output=True, env=environment, timeout=120, text=True
    )
    return done.returncode, done.stdout, done.stderr


def signed_in(environment: dict[str, str], *words: str, paste: bool = False, **answer: str) -> tuple[int, str, str]:
    """Run login, answer its page, and return exit code, what it said, and the page at which the browser ended."""
    page = ""
    with subprocess.Popen(
        command("login", *words),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert process.stdin is not None
        output = ""
        while not re.search(r"Ctrl-C cancels.*:\n", output):
            line = process.stderr.readline()
            assert line, output
            output += line
        match = re.search(r"  (http\S+)", output)
        assert match is not None
        address = answer_page(match[1], **answer)
        if paste:
            process.stdin.write(address + "\n")
            process.stdin.flush()
        else:
            page = httpx.get(address).text
        out, rest = process.communicate(timeout=60)
        assert out == ""
    return process.returncode, output + rest, page


def test_an_account_from_login_to_logout(environment: dict[str, str], served: Any) -> None:
    """Sign in, list the account, use it, revoke its authorization, and sign out."""
    before = len(list(served.app._world.grants.of_account("acc_ann")))
    code, output, page = signed_in(environment)
    assert code == 0, output
    assert "Signed in as ann@example.test" in output
    assert "You can close this tab" in page, "the process ends after the browser has its page"
    code, out, _ = run_command(environment, "accounts")
    assert (code, "ann@example.test" in out, "google" in out) == (0, True, True)
    code, out, _ = run_command(environment, "status")
    assert (code, "ann@example.test" in out, served.url in out, "connected" in out) == (0, True, True, True)
    code, out, _ = run_command(environment, "calendars", "--account", "ann", "--format", "csv")
    assert (code, "Work" in out) == (0, True)
    code, out, _ = run_command(environment, "logout", "--revoke")
    assert (code, out) == (0, "ann@example.test is signed out, and its authorization is revoked.\n")
    code, _, output = run_command(environment, "accounts")
    assert (code, "cronofy-frames login" in output) == (1, True)
    assert len(list(served.app._world.grants.of_account("acc_ann"))) == before


def test_the_address_may_come_through_a_pipe(environment: dict[str, str]) -> None:
    """With flow paste the address is read from standard input, and the account can have a name."""
    code, output, _ = signed_in(environment, "--flow", "paste", "--account", "Work", paste=True)
    assert code == 0, output
    assert "cf.connect(account='Work')" in output
    assert run_command(environment, "status", "--account", "work")[0] == 0


def test_declining_is_one_readable_line_and_exit_code_1(environment: dict[str, str]) -> None:
    """A denied sign-in ends with an error line, and stores no account."""
    code, output, page = signed_in(environment, decision="deny")
    assert code == 1
    assert output.splitlines()[-1].startswith("error: Access was denied")
    assert "denied" in page
    assert run_command(environment, "accounts")[0] == 1


@pytest.mark.parametrize(
    ("words", "without", "code", "message"),
    [
        (["login", "--timeout", "0.2", "--no-browser"], (), 1, "There was no response within"),
        (["login", "--flow", "paste"], (), 1, "No address was pasted"),
        (["login", "--client-id", "nobody"], ("CRONOFY_CLIENT_ID",), 1, "knows no application"),
        (["login"], ("CRONOFY_CLIENT_SECRET",), 1, "CRONOFY_CLIENT_SECRET"),
        (["login", "--data-center", "eu"], (), 2, "data centre is de"),
        (["login", "--redirect-uri", "nowhere"], (), 2, "redirect_uri"),
        (["logout"], (), 1, "No account is stored"),
        (["logout", "bob"], (), 1, "bob"),
        (["status"], ("CRONOFY_CLIENT_ID",), 1, "login"),
        (["events", "--account", "bob"], (), 1, "bob"),
        (["calendars"], (), 1, "no account is signed in: run cronofy-frames login"),
        (["status"], (), 1, "no account is signed in: run cronofy-frames login"),
        (["call", "list_calendars"], (), 1, "no account is signed in: run cronofy-frames login"),
        (["call", "read_event"], (), 2, "neither an endpoint nor a route"),
    ],
)
def test_errors_are_one_line_with_the_next_step(
    environment: dict[str, str], words: list[str], without: tuple[str, ...], code: int, message: str
) -> None:
    """The exit code tells a failure from wrong usage, and there is no traceback."""
    known = {name: value for name, value in environment.items() if name not in without}
    ended, _, output = run_command(known, *words)
    assert ended == code, output
    assert output.splitlines()[-1].startswith("error: ")
    assert message in output.splitlines()[-1]
    assert "Traceback" not in output


def test_the_application_alone_can_make_some_calls(environment: dict[str, str]) -> None:
    """Calls that need only the application work without an account."""
    code, out, errors = run_command(environment, "call", "application_calendar", "application_calendar_id=room-7")
    assert code == 0, errors
    assert '"access_token"' in out


def test_one_of_several_accounts_is_required(environment: dict[str, str]) -> None:
    """The message names the option of the command line."""
    for name in ("ann", "bob"):
        FileStore(name, environment=environment).save(Tokens("a"))
    for words in (["calendars"], ["status"]):
        code, _, errors = run_command(environment, *words)
        assert (code, "Several accounts are stored: ann, bob" in errors, "--account" in errors) == (1, True, True)
    code, _, errors = run_command(environment, "logout")
    assert (code, "cronofy-frames logout" in errors) == (1, True)
    assert run_command(environment, "logout", "an")[0] == 1
    assert run_command(environment, "logout", "ANN")[:2] == (0, "ann is signed out.\n")


def test_linking_options_are_in_the_address(environment: dict[str, str]) -> None:
    """Whether accounts are merged, or which account the new one is added to."""
    words = ["login", "--no-browser", "--timeout", "0.2"]
    for options, parameter in (
        (["--avoid-linking"], "avoid_linking=true"),
        (["--link-token", "tied"], "link_token=tied"),
    ):
        assert parameter in run_command(environment, *words, *options)[2]
        assert parameter.partition("=")[0] not in run_command(environment, *words)[2]


def test_names_cannot_control_the_terminal(environment: dict[str, str]) -> None:
    """Names of accounts and profiles are printed in one line, without control characters."""
    name = "Ann\x1b[2J\nerror: \u202eforged\x9b"
    FileStore(name, environment=environment).save(Tokens("a", provider_name=name))
    outputs = [
        *run_command(environment, "accounts")[1:],
        *run_command(environment, "doctor")[1:],
        *run_command(environment, "calendars", "--account", name)[1:],
        *run_command(environment, "logout", name)[1:],
    ]
    output = "".join(outputs)
    assert output.count("forged") >= 3
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]|^error: forged", output, re.MULTILINE)


def test_nothing_secret_is_printed(environment: dict[str, str], box: Sandbox) -> None:
    """No token and no secret is in the output of any command."""
    _, output, page = signed_in(environment)
    outputs = [
        output,
        page,
        *(part for words in ("accounts", "status", "doctor") for part in run_command(environment, words)[1:]),
    ]
    stored = "".join(
        path.read_text() for path in Path(environment["CRONOFY_FRAMES_HOME"]).rglob("*") if path.suffix == ".json"
    )
    secrets = [box.client_secret, *re.findall(r'_token": ?"([^"]+)"', stored)]
    assert len(secrets) >= 3
    assert not [secret for secret in secrets for text in outputs if secret in text]
