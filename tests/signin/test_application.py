"""The check whether a data centre knows an application."""

import json
from typing import Any

import httpx
import pytest

from cronofy_frames.errors import SignInError
from cronofy_frames.signin import check_application
from cronofy_frames.tokens import MemoryStore
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.messages import Hosts

HOSTS = Hosts("https://api-de.cronofy.com", "https://app-de.cronofy.com")


def problem_of(status: int, body: Any = None) -> Any:
    """Return the problem that the check finds where each request gets this response; 0 is a lost connection."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/oauth/token/revoke"
        assert "secret-of-a-test" in request.content.decode()
        if not status:
            raise httpx.ConnectError("refused")
        return httpx.Response(status, content=b"" if body is None else json.dumps(body).encode())

    with Client(
        HOSTS,
        store=MemoryStore(),
        client_id="c",
        client_secret="secret-of-a-test",
        transport=httpx.MockTransport(answer),
        sleep=lambda _: None,
    ) as client:
        return check_application(client)


def test_a_known_application_has_no_problem() -> None:
    """The revocation of an authorization that does not exist is accepted."""
    assert problem_of(200) is None


@pytest.mark.parametrize(
    ("status", "body", "reason", "words"),
    [
        (400, {"error": "invalid_client"}, "application", "The data centre de knows no application"),
        (0, None, "network", "api-de.cronofy.com cannot be reached"),
    ],
)
def test_the_reason_of_a_problem(status: int, body: Any, reason: str, words: str) -> None:
    """An application that is not known there, and a data centre that does not respond, are told apart."""
    problem = problem_of(status, body)
    assert isinstance(problem, SignInError)
    assert problem.reason == reason
    assert words in str(problem)


@pytest.mark.parametrize(("status", "body"), [(400, {"error": "invalid_request"}), (403, {}), (500, {})])
def test_another_failure_is_no_verdict_on_the_application(status: int, body: Any) -> None:
    """A check that failed for another reason says neither that the application is known nor that it is not."""
    problem = problem_of(status, body)
    assert problem is not None
    assert not isinstance(problem, SignInError)
    assert "secret-of-a-test" not in str(problem)
