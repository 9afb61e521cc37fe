"""The exception classes: their messages, and that they can be pickled and copied."""

import copy
import inspect
import json
import pickle
from typing import Any
from urllib.parse import urlencode

import httpx
import pandas as pd
import pytest

from cronofy_frames import errors
from cronofy_frames.text import single_line
from cronofy_frames.wire.api import Api
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.endpoint import ENDPOINTS, Call
from cronofy_frames.wire.messages import Hosts, read_body

KINDS = [kind for kind in vars(errors).values() if inspect.isclass(kind) and issubclass(kind, errors.CronofyError)]


def error_of(kind: type[errors.CronofyError]) -> errors.CronofyError:
    """Return an error of this class, with every attribute set."""
    call = Call(ENDPOINTS["create_event"], {"calendar_id": "cal_1"})
    error: Any
    if issubclass(kind, errors.ApiError):
        error = kind(418, {"errors": {"a": [{"key": "errors.b"}]}}, call)
    elif kind is errors.TransportError:
        error = kind("lost", call)
    elif kind is errors.SignInError:
        error = kind("denied", "told")
    else:
        error = kind("told")
    error.partial = pd.DataFrame({"a": [1]})
    error.resume = {"next_page": "u"}
    return error


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("copy_error", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy, copy.deepcopy])
def test_errors_travel_between_processes(kind: type[errors.CronofyError], copy_error: Any) -> None:
    """An error raised in a worker process arrives with type, text, data and partial frame."""
    before = error_of(kind)
    after = copy_error(before)
    assert type(after) is kind
    assert str(after) == str(before)
    assert vars(after).keys() == vars(before).keys()
    assert after.partial.equals(before.partial)
    assert after.resume == before.resume


def message_of(name: str, status: int) -> str:
    """Return the message of a call's error for this status."""
    with pytest.raises(errors.ApiError) as caught:
        read_body(httpx.Response(status), Call(ENDPOINTS[name], {}))
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("create_event", ["lacks create_event", "calendar_readonly"]),
        ("update_external_event", ["lacks create_event", "elevated_permissions"]),
        ("list_resources", ["service account"]),
        ("account_information", ["read_account", "application calendar"]),
        ("bulk_delete_events", ["lacks delete_event"]),
        ("link_token", ["whose it is"]),
    ],
)
def test_403_names_possible_causes(name: str, words: list[str]) -> None:
    """The message names the scope that the call needs, and other possible causes."""
    message = message_of(name, 403)
    assert all(word in message for word in words), message


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("create_event", "list_calendars()"),
        ("delete_notification_channel", "list_notification_channels()"),
        ("change_participation_status", "read_events()"),
        ("user_info", "base_url"),
    ],
)
def test_404_says_where_to_look(name: str, call: str) -> None:
    """The message names the call that lists the ids; for calls without ids it names the host."""
    assert call in message_of(name, 404)


@pytest.mark.parametrize("name", sorted(ENDPOINTS))
def test_a_scope_that_is_asked_for_is_documented(name: str) -> None:
    """The scope in the message is in the docstring too."""
    for scope in ENDPOINTS[name].scope.split(" or ")[:1]:
        assert not scope or f"`{scope}`" in (inspect.getdoc(getattr(Api, name)) or "")


@pytest.mark.parametrize("lookup", sorted({row.lookup for row in ENDPOINTS.values() if row.lookup}))
def test_lookup_calls_exist(lookup: str) -> None:
    """The call that a message recommends for looking up ids exists."""
    assert lookup in ENDPOINTS


# ---- control characters and secrets in responses

ODD = "Ann\x1b[2J\r\nerror: forged\x07\x9b31m\u202eevil\u2066\u2028\ud800"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 418, 422, 429, 500])
@pytest.mark.parametrize(
    "answer",
    [
        json.dumps({"error": "invalid_grant", "error_description": ODD}),
        json.dumps({"errors": {ODD: [{"key": "errors.required", "description": ODD}]}}),
        ODD,
    ],
)
def test_an_answer_cannot_write_on_the_terminal(status: int, answer: str) -> None:
    """Whatever text a response contains, the message is one printable line."""
    response = httpx.Response(status, content=answer.encode("utf-8", "replace"))
    with pytest.raises(errors.ApiError) as caught:
        read_body(response, Call(ENDPOINTS["create_event"], {"calendar_id": "cal_1"}))
    assert str(caught.value) == single_line(str(caught.value))


SECRET = "pl4nted/'secret\"+\\%"


def echo(request: httpx.Request, form: str) -> bytes:
    """Return a response body that repeats the request in this form."""
    sent = json.loads(request.content)
    forms = {
        "json": lambda: json.dumps({"errors": {"request": [{"description": json.dumps(sent)}]}, "you sent": sent}),
        "text": lambda: f"Refused: {request.content.decode()}",
        "repr": lambda: f"Refused: {sent!r}",
        "address": lambda: f"Refused: {urlencode(sent)}",
        "headers": lambda: str(dict(request.headers)),
        "value": lambda: " ".join(str(value) for value in sent.values()),
    }
    return forms[form]().encode()


@pytest.mark.parametrize("status", [400, 403, 422, 500])
@pytest.mark.parametrize("form", ["json", "text", "repr", "address", "headers", "value"])
def test_no_message_repeats_a_secret_that_was_sent(status: int, form: str) -> None:
    """Servers and proxies quote rejected requests in many forms; the error message removes the secrets."""
    answers = httpx.MockTransport(lambda request: httpx.Response(status, content=echo(request, form)))
    hosts = Hosts("https://api.example.test", "https://app.example.test")
    with Client(hosts, client_id="c", client_secret=SECRET, transport=answers, sleep=lambda _: None) as client:
        for attempt in (
            lambda: client.refresh_access_token(refresh_token=f"{SECRET}-r"),
            lambda: client.request_access_token(code=f"{SECRET}-c", redirect_uri="http://127.0.0.1/"),
            lambda: client.revoke_authorization(token=f"{SECRET}-t"),
        ):
            with pytest.raises(errors.ApiError, match=f"answered {status} ") as caught:
                attempt()
            assert "pl4nted" not in str(caught.value)
            assert str(caught.value.args) == str(pickle.loads(pickle.dumps(caught.value)).args)


def test_a_secret_of_a_few_letters_does_not_spoil_the_message() -> None:
    """Very short secrets are not removed, since they occur in ordinary words."""
    call = Call(ENDPOINTS["refresh_access_token"], {"client_secret": "in", "refresh_token": "r"})
    with pytest.raises(errors.TokenError, match="invalid_client"):
        read_body(httpx.Response(400, json={"error": "invalid_client"}), call)


class RequestError(Exception):
    """An exception of another library, with a request in it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.request = {"Authorization": f"Bearer {SECRET}"}


def chained_error(*, hidden: bool) -> errors.CronofyError:
    """Return an error of this package that another one of it led to, which one of another library led to."""
    try:
        try:
            try:
                raise RequestError("lost")
            except RequestError as lost:
                raise errors.FrameError("inner") from (None if hidden else lost)
        except errors.FrameError as inner:
            raise errors.CronofyError("outer") from inner
    except errors.CronofyError as outer:
        return outer


@pytest.mark.parametrize("hidden", [False, True])
def test_an_error_is_pickled_without_what_may_have_secrets(hidden: bool) -> None:
    """Distributed pickles the causes and contexts of errors: requests in them, and hidden ones, may have tokens."""
    error = chained_error(hidden=hidden)
    assert copy.copy(error).__cause__ is None
    assert error.__cause__ is not None
    assert error.__cause__.__context__ is not None
    assert SECRET.encode() not in pickle.dumps(error)
    assert isinstance(error.__cause__, errors.FrameError)
