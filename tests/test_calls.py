"""Every endpoint, tested from call to request, from request to response, in process and through the command line."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from typer.testing import CliRunner

from cronofy_frames.cli.base import app
from cronofy_frames.connecting import connect
from cronofy_frames.errors import ApiError, CronofyError, TokenError
from cronofy_frames.sandbox import Sandbox, coverage, serve
from cronofy_frames.tokens import MemoryStore
from cronofy_frames.wire.auth import Tokens
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.endpoint import ENDPOINTS
from cronofy_frames.wire.messages import Hosts
from cronofy_frames.wire.paging import Rows
from cronofy_frames.wire.transport import InProcessTransport
from tests.calls import CALLS, Case
from tests.small import small_box

HOST = "https://api.cronofy.com"
OWN = {"client_id", "client_secret", "refresh_token"}

each = pytest.mark.parametrize("case", CALLS, ids=[f"{n}-{case.name}" for n, case in enumerate(CALLS)])


def own_fields(body: Any) -> Any:
    """Return a body without the credentials that the client adds."""
    return {name: value for name, value in body.items() if name not in OWN} if isinstance(body, dict) else body


def result_data(result: Any) -> Any:
    """Return the result of a method, rows as a list."""
    return list(result) if isinstance(result, Rows) else result


def test_every_endpoint_has_its_entry() -> None:
    """Every endpoint is in the table of calls."""
    assert {case.name for case in CALLS} == set(ENDPOINTS)


def test_the_sandbox_answers_every_endpoint() -> None:
    """The sandbox has the route of every endpoint."""
    assert {row.route for row in ENDPOINTS.values()} <= {row["route"] for row in coverage()}


@each
def test_forward(case: Case) -> None:
    """The method sends the expected request, and the response becomes the expected result."""
    requests: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(case.status, json=case.answer) if case.answer is not None else httpx.Response(case.status)

    client = Client(
        Hosts(HOST, HOST),
        store=MemoryStore(Tokens("a", "r")),
        client_id="c",
        client_secret="s",
        transport=httpx.MockTransport(handle),
    )
    result = result_data(getattr(client, case.name)(**case.arguments))
    verb, path = case.request.split()
    assert (requests[0].method, requests[0].url.raw_path.decode().partition("?")[0]) == (verb, path)
    assert parse_qs(requests[0].url.query.decode()) == case.query
    assert (own_fields(json.loads(requests[0].content)) if requests[0].content else None) == case.body
    assert result == case.result


@each
def test_backward(case: Case) -> None:
    """The sandbox accepts the same request, written by hand."""
    box = small_box()
    verb, path = case.request.split()
    body = {**(case.body or {})}
    headers = {"Authorization": f"Bearer {box.tokens(case.account)['access_token']}"}
    if ENDPOINTS[case.name].auth.startswith(("application", "organization")):
        headers = {"Authorization": f"Bearer {box.client_secret}"}
    if ENDPOINTS[case.name].auth == "admin":
        headers = {"Authorization": "Bearer k"}
    if ENDPOINTS[case.name].auth == "client":
        headers = {}
        body |= {"client_id": box.client_id, "client_secret": box.client_secret}
    if case.name == "refresh_access_token":
        body["refresh_token"] = box.tokens(case.account)["refresh_token"]
    with httpx.Client(transport=InProcessTransport(box), base_url=HOST) as http:
        content = None if verb == "GET" else json.dumps(body).encode()
        answer = http.request(verb, path, params=case.query or None, content=content, headers=headers)
    assert answer.status_code == (case.sandbox or case.status), answer.text


@each
def test_across(case: Case) -> None:
    """The client's call to the sandbox succeeds or fails as expected, and the result has the documented keys."""
    client = connect(sandbox=small_box(), account=case.account)
    if case.sandbox is not None:
        with pytest.raises(ApiError) as caught:
            getattr(client, case.name)(**case.arguments)
        assert caught.value.status == case.sandbox
        assert isinstance(caught.value, TokenError) == (case.sandbox == 400)
        return
    result = result_data(getattr(client, case.name)(**case.arguments))
    assert isinstance(result, type(case.result))
    if isinstance(result, dict):
        assert set(case.result) <= set(result)


@pytest.fixture
def served() -> Iterator[tuple[Sandbox, str]]:
    """A served sandbox for the command line, and its URL."""
    box = small_box(rate_limit=False)
    with serve(box) as running:
        yield box, running.url
        assert running.errors == []


COMMAND_LINE_CASES = [
    case
    for case in CALLS
    if case.account == "ann@example.test" and case.name not in ("revoke_profile_authorization", "refresh_access_token")
]


def words_of(case: Case) -> list[str]:
    """Return the arguments of a case under their API names, as the command line takes them."""
    values = {**{name: value for name, value in case.arguments.items() if name != "from_"}, **(case.body or {})}
    for name, value in case.query.items():
        values[name.removesuffix("[]")] = value if name.endswith("[]") else value[0]
    # the access token in the environment is a user's, and no organizational unit's
    credentials = ["--auth", "application"] if ENDPOINTS[case.name].auth == "organization" else []
    return [*credentials, *(f"{name}:={json.dumps(value)}" for name, value in values.items())]


@pytest.fixture
def shell(served: tuple[Sandbox, str]) -> dict[str, str]:
    """The environment of a shell with Ann's token."""
    box, url = served
    return {
        "CRONOFY_API_URL": url,
        "CRONOFY_ACCESS_TOKEN": box.tokens("ann@example.test")["access_token"],
        "CRONOFY_CLIENT_ID": box.client_id,
        "CRONOFY_CLIENT_SECRET": box.client_secret,
    }


@pytest.mark.parametrize("case", COMMAND_LINE_CASES, ids=lambda case: case.name)
def test_through_the_command_line(case: Case, shell: dict[str, str]) -> None:
    """`cronofy-frames call` makes every call, and prints its result, or ends with an error of one line."""
    result = CliRunner().invoke(app, ["call", case.name, *words_of(case)], env=shell)
    if (case.sandbox or case.status) < 300:
        assert result.exit_code == 0, result.exception
        assert (type(json.loads(result.stdout)) if result.stdout.strip() else type(None)) is type(case.result)
    else:
        assert isinstance(result.exception, CronofyError)
        assert "\n" not in str(result.exception)


@pytest.mark.parametrize(("name", "code"), [("user_info", 0), ("list_calendars", 0), ("list_resources", 1)])
def test_through_a_shell(name: str, code: int, shell: dict[str, str]) -> None:
    """The process prints the result, or one line of error, and has the exit code."""
    process = run_call(["call", name], shell)
    assert process.returncode == code, process.stderr
    assert (process.stdout.count("\n") > 0) == (code == 0)
    assert process.stderr.startswith("error: ") == (code == 1)
    assert process.stderr.count("\n") == code


def run_call(words: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the command line, and return the finished process."""
    command = [sys.executable, "-m", "cronofy_frames", *words]
    return subprocess.run(command, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", **environment})
