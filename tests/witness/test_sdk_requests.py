"""The requests of the official Ruby and PHP clients, sent to the sandbox."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.sandbox.caller import Caller, caller, event
from tests.witness.sdk_requests import PHP, RUBY, SdkRequest


def hour(day: int) -> tuple[datetime, datetime]:
    """Return an hour of a day in March 2026."""
    return datetime(2026, 3, day, 10, tzinfo=UTC), datetime(2026, 3, day, 11, tzinfo=UTC)


def office_of_two() -> Caller:
    """Return a caller for Jane, who has three events, one of them with an invitation to her."""
    invitation = [{"email": "jane@example.test", "display_name": "Jane", "status": "needs_action"}]
    invited = event("invited", *hour(9), attendees=invitation)
    return caller(event("first", *hour(6)), event("second", *hour(7)), invited)


def fill(value: Any, known: dict[str, str]) -> Any:
    """Return a value with the values of earlier responses in its texts."""
    if isinstance(value, str):
        for name, text in known.items():
            value = value.replace("{" + name + "}", text)
        return value
    if isinstance(value, dict):
        return {name: fill(item, known) for name, item in value.items()}
    return [fill(item, known) for item in value] if isinstance(value, list) else value


def send(api: Caller, request: SdkRequest, known: dict[str, str]) -> TestResponse:
    """Send a request with the headers that its client sends."""
    token = {"user": known["access_token"], "service": known["service_account_token"], "none": None}.get(
        request.auth, known["client_secret"]
    )
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    body = fill(request.body, known)
    if body is None or request.form:
        return api.client.open(fill(request.path, known), method=request.verb, headers=headers, data=body)
    content = {"data": json.dumps(body), "content_type": "application/json; charset=utf-8"}
    return api.client.open(fill(request.path, known), method=request.verb, headers=headers, **content)


def read(answer: Any, path: str) -> Any:
    """Return what a dotted path leads to."""
    for name in path.split("."):
        answer = answer[int(name) if name.isdigit() else name]
    return answer


@pytest.mark.parametrize("requests", [RUBY, PHP], ids=["Ruby", "PHP"])
def test_each_request_of_an_official_client_is_answered(requests: tuple[SdkRequest, ...]) -> None:
    """Each has the status of its contract, and the key that the client reads."""
    api = office_of_two()
    names = ("client_id", "client_secret", "access_token", "refresh_token", "service_account_token")
    known = {name: getattr(api.sandbox, name) for name in names}
    for request in requests:
        answer = send(api, request, known)
        assert answer.status_code == request.status, (request.method, answer.text)
        if request.read:
            value = read(answer.json, request.read)
            assert value not in (None, ""), request.method
            known |= {request.kept: value} if request.kept else {}
