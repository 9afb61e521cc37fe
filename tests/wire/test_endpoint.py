"""The table of endpoints and the decorator that fills it."""

import inspect
import pickle
from typing import Any

import pytest

from cronofy_frames.connecting import connect
from cronofy_frames.errors import NotFound
from cronofy_frames.sandbox import coverage
from cronofy_frames.wire.api import Api
from cronofy_frames.wire.endpoint import ENDPOINTS, OMITTED, Call, Endpoint
from cronofy_frames.wire.messages import path_of
from cronofy_frames.wire.recorder import Recorder

CORE = [
    "request_access_token",
    "refresh_access_token",
    "revoke_authorization",
    "elevated_permissions",
    "authorize_with_service_account",
    "delegated_authorizations",
    "link_token",
    "application_calendar",
    "revoke_profile_authorization",
    "account_information",
    "profile_information",
    "user_info",
    "list_calendars",
    "create_calendar",
    "list_accessible_calendars",
    "list_resources",
    "read_events",
    "create_event",
    "update_external_event",
    "delete_event",
    "delete_external_event",
    "bulk_delete_events",
    "change_participation_status",
    "free_busy",
    "create_notification_channel",
    "list_notification_channels",
    "delete_notification_channel",
    "batch",
    "conferencing_service_authorizations",
]


def recorded_call(method: str, *args: Any, **kwargs: Any) -> Call:
    """Return the call that a method makes."""
    recorder = Recorder()
    getattr(recorder, method)(*args, **kwargs)
    return recorder.calls[0]


@pytest.mark.parametrize("name", CORE)
def test_core_functions_are_declared(name: str) -> None:
    """The official SDK's core functions exist under the same names in snake_case."""
    assert name in ENDPOINTS
    assert hasattr(Api, name)


@pytest.mark.parametrize("name", sorted(ENDPOINTS))
def test_every_endpoint_is_documented(name: str) -> None:
    """Each docstring has a sentence as its first line and an example; the endpoint links its documentation page."""
    text = inspect.getdoc(getattr(Api, name)) or ""
    assert text.splitlines()[0].endswith((".", "`."))
    assert ">>> " in text
    assert ENDPOINTS[name].docs.startswith("/developers/")


@pytest.mark.parametrize("name", sorted(ENDPOINTS))
def test_every_argument_is_explained(name: str) -> None:
    """Each argument is in the docstring's list of parameters."""
    text = inspect.getdoc(getattr(Api, name)) or ""
    listed = {word for line in text.splitlines() if not line.startswith(" ") for word in line.split(", ")}
    arguments = set(list(inspect.signature(getattr(Api, name)).parameters)[1:])
    assert arguments <= listed


def test_arguments_that_are_none_are_left_out() -> None:
    """Omitted arguments are not sent."""
    assert recorded_call("create_calendar", profile_id="pro_1", name="A").arguments == {
        "profile_id": "pro_1",
        "name": "A",
    }


def test_null_is_sent_where_it_means_something() -> None:
    """A url of None is sent, since it removes the url; an omitted url is not sent."""
    event = {"event_id": "e", "summary": "S", "start": "2026-03-02", "end": "2026-03-03"}
    assert recorded_call("create_event", "cal_1", **event, url=None).arguments["url"] is None
    assert "url" not in recorded_call("create_event", "cal_1", **event).arguments
    assert repr(OMITTED) == "OMITTED"


def test_from_is_sent_under_its_own_name() -> None:
    """`from_` is sent as `from`, a reserved word in Python."""
    assert recorded_call("read_events", from_="2026-03-01").arguments == {"tzid": "Etc/UTC", "from": "2026-03-01"}


def test_a_next_page_url_is_not_changed() -> None:
    """Defaults are not added to a next page URL, which contains its options."""
    assert recorded_call("read_events", next_page="https://h/p").arguments == {"next_page": "https://h/p"}


def test_unknown_arguments_are_refused_on_the_line_that_has_them() -> None:
    """A misspelt argument raises TypeError at the call, as with any Python function."""
    with pytest.raises(TypeError, match="calender_ids"):
        Recorder().read_events(calender_ids=["cal_1"])  # type: ignore[call-arg]


def test_signatures_survive_the_decorator() -> None:
    """Decorated methods show their real signatures."""
    parameters = inspect.signature(Api.read_events).parameters
    assert "localized_times" in parameters
    assert parameters["localized_times"].kind is inspect.Parameter.KEYWORD_ONLY


def test_a_call_shows_no_values() -> None:
    """An argument may be a secret, so the repr of a call has names only."""
    assert repr(recorded_call("revoke_authorization", token="s3cret")) == "<Call revoke_authorization(token)>"


def test_only_safe_calls_are_repeatable() -> None:
    """A call that creates something new each time is not repeatable."""
    never = {"create_calendar", "create_notification_channel", "request_access_token", "refresh_access_token"}
    assert not any(ENDPOINTS[name].repeatable for name in never)
    assert all(row.repeatable for row in ENDPOINTS.values() if row.verb == "GET")


@pytest.mark.parametrize("row", [row for row in ENDPOINTS.values() if row.stage], ids=lambda row: row.name)
def test_the_stage_is_documented(row: Endpoint) -> None:
    """An endpoint in BETA or ALPHA says so in the first line of its docstring, and the sandbox agrees."""
    assert f"({row.stage})" in (inspect.getdoc(getattr(Api, row.name)) or "").splitlines()[0]
    assert {"route": row.route, "stage": row.stage} in [
        {"route": covered["route"], "stage": covered["stage"]} for covered in coverage()
    ]


def test_an_account_to_act_as_is_no_argument_of_the_body() -> None:
    """`impersonate` becomes part of the call and not of its body; it survives pickling, and no batch takes it."""
    call = recorded_call("cancel_scheduling_request", scheduling_request_id="srq_1", impersonate="acc_1")
    assert (call.arguments, call.impersonate) == ({"scheduling_request_id": "srq_1"}, "acc_1")
    assert pickle.loads(pickle.dumps(call)).impersonate == "acc_1"
    recorder = Recorder()
    recorder.send(Call(ENDPOINTS["delete_event"], {"calendar_id": "c", "event_id": "e"}, "acc_1"))
    with pytest.raises(ValueError, match="no header of its own"):
        recorder.entries()


@pytest.mark.parametrize(
    ("given", "mistake"),
    [
        ({}, "takes either token or real_time_scheduling_id: none was given"),
        ({"token": None}, "none was given"),
        ({"token": "a", "real_time_scheduling_id": "b"}, "not token and real_time_scheduling_id"),
    ],
)
def test_one_of_two_arguments_is_needed(given: dict[str, Any], mistake: str) -> None:
    """Where one of two arguments is needed, neither and both are refused before anything is sent."""
    with pytest.raises(ValueError, match=mistake):
        recorded_call("real_time_scheduling_status", **given)


def test_the_argument_chooses_the_path() -> None:
    """An endpoint with two paths takes the one whose arguments are given, also through `call`."""
    client = connect(sandbox=True)
    made = recorded_call("real_time_scheduling_status", real_time_scheduling_id="sch_1")
    assert path_of(made) == "/v1/real_time_scheduling/sch_1"
    assert path_of(recorded_call("real_time_scheduling_status", token="t")) == "/v1/real_time_scheduling"
    with pytest.raises(NotFound):
        client.call("real_time_scheduling_status", {"real_time_scheduling_id": "sch_unknown"})


def test_a_response_is_wrapped_where_it_is_bare() -> None:
    """Two pages show the same object bare and under a key; the result has the key in both cases."""
    endpoint = ENDPOINTS["read_scheduling_conversation"]
    for body in ({"status": "completed"}, {"scheduling_conversation": {"status": "completed"}}):
        assert endpoint.with_wrapper(body) == {"scheduling_conversation": {"status": "completed"}}
