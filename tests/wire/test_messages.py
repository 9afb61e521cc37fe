"""Calls become requests; responses become bodies, pages and errors."""

import json
from array import array
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cronofy_frames import errors
from cronofy_frames.wire.endpoint import ENDPOINTS, Call
from cronofy_frames.wire.messages import (
    DATA_CENTERS,
    Hosts,
    Page,
    page_request,
    path_of,
    query_of,
    read_body,
    read_page,
    request_of,
    retry_after,
)
from cronofy_frames.wire.paging import Rows
from cronofy_frames.wire.recorder import Recorder
from cronofy_frames.wire.values import wire_value

HOST = "https://api.cronofy.com"
CALL = Call(ENDPOINTS["read_events"], {})


def request(method: str, *args: Any, **kwargs: Any) -> httpx.Request:
    """Return the request that a method makes."""
    recorder = Recorder()
    getattr(recorder, method)(*args, **kwargs)
    return request_of(recorder.calls[0], HOST)


@pytest.mark.parametrize("center", DATA_CENTERS)
def test_each_data_center_has_its_hosts(center: str) -> None:
    """All six data centers are known, `us` has no suffix, and case is ignored."""
    suffix = "" if center == "us" else f"-{center}"
    assert Hosts.of(center.upper()) == Hosts(f"https://api{suffix}.cronofy.com", f"https://app{suffix}.cronofy.com")
    assert Hosts.of(None) == Hosts.of("us")


def test_an_unknown_data_center_is_refused_with_the_list() -> None:
    """The message names all six, and suggests de for eu."""
    with pytest.raises(ValueError, match=r"us, de, uk, au, ca, sg.*de"):
        Hosts.of("eu")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (datetime(2026, 3, 4, 9, 30, 15, 999_999, UTC), "2026-03-04T09:30:15Z"),
        (datetime(2026, 3, 4, 10, 30, tzinfo=ZoneInfo("Europe/Paris")), "2026-03-04T09:30:00Z"),
        (datetime(2026, 3, 4, 10, 30, tzinfo=timezone(timedelta(hours=-5))), "2026-03-04T15:30:00Z"),
        (datetime(312, 3, 4, 10, 30, tzinfo=UTC), "0312-03-04T10:30:00Z"),
        (pd.Timestamp("2026-03-04 09:30", tz="Asia/Kathmandu"), "2026-03-04T03:45:00Z"),
        (date(2026, 3, 4), "2026-03-04"),
        (timedelta(hours=1, minutes=30), {"minutes": 90}),
        (pd.Timedelta("30min"), {"minutes": 30}),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.timedelta64(90, "m").astype("timedelta64[ns]"), {"minutes": 90}),
        (np.array([0, 60], dtype="timedelta64[s]"), [{"minutes": 0}, {"minutes": 1}]),
        (array("d", [0.5]), [0.5]),
        (pd.Series(["a", "b"]), ["a", "b"]),
        (("a", date(2026, 3, 4)), ["a", "2026-03-04"]),
        ({"time": date(2026, 3, 4), "tzid": "Europe/Paris"}, {"time": "2026-03-04", "tzid": "Europe/Paris"}),
        ("2026-03-04 as it is", "2026-03-04 as it is"),
        (None, None),
    ],
)
def test_python_values_become_json(value: Any, expected: Any) -> None:
    """Instants are UTC with Z and no fraction, dates are dates, durations are minutes, texts are unchanged."""
    assert wire_value(value) == expected


def test_a_naive_datetime_is_refused_with_the_fix() -> None:
    """A time without a zone is not an instant; the message shows how to add a zone."""
    with pytest.raises(ValueError, match=r"no time zone.*value\.replace\(tzinfo=ZoneInfo"):
        wire_value(datetime(2026, 3, 4, 9, 30))


@pytest.mark.parametrize("unit", ["s", "us", "ns"])
def test_a_time_of_numpy_is_naive_in_every_unit(unit: str) -> None:
    """NumPy's times have no zone; those in nanoseconds are not sent as integers."""
    time = np.datetime64("2026-03-04T09:30:00", unit)
    for value in (time, np.array([time])):
        with pytest.raises(ValueError, match=r"2026-03-04 09:30:00 has no time zone"):
            wire_value(value)


@pytest.mark.parametrize("value", [b"bytes", 1j, object()])
def test_what_the_api_cannot_take_is_refused(value: object) -> None:
    """The message has the type and not the value."""
    with pytest.raises(ValueError, match=rf"the API takes texts, numbers.*not a {type(value).__name__}\."):
        wire_value([value])


MISSING = [
    pd.NaT,
    float("nan"),
    pd.NA,
    float("inf"),
    pd.Timedelta("NaT"),
    np.datetime64("NaT", "ns"),
    np.timedelta64("NaT", "ns"),
]
MISSING += [np.array(["2026-03-04", "NaT"], dtype="datetime64[ns]"), pd.Series([1.5, None])]


@pytest.mark.parametrize("missing", MISSING, ids=repr)
def test_missing_values_are_refused(missing: Any) -> None:
    """NaT and NaN are not sent as text."""
    with pytest.raises(ValueError, match="missing"):
        wire_value(missing)


def test_a_duration_finer_than_a_minute_is_refused() -> None:
    """Cronofy's durations are whole minutes; others are refused, not rounded."""
    with pytest.raises(ValueError, match="whole number of minutes"):
        wire_value(timedelta(seconds=90))


def test_arrays_and_booleans_in_a_query() -> None:
    """Arrays are sent as repeated `key[]=`, Booleans in lower case."""
    url = request("read_events", calendar_ids=["cal_a", "cal_b@c"], include_deleted=True, include_managed=False).url
    assert url.params.get_list("calendar_ids[]") == ["cal_a", "cal_b@c"]
    assert (url.params["include_deleted"], url.params["include_managed"]) == ("true", "false")
    assert url.params["tzid"] == "Etc/UTC"


def test_an_empty_array_in_a_query_is_refused() -> None:
    """An empty list of calendars cannot be sent in a query, where it would mean all calendars."""
    with pytest.raises(ValueError, match="calendar_ids is empty"):
        request("read_events", calendar_ids=[])


def test_a_mapping_in_a_query_is_refused() -> None:
    """A query takes only plain values and lists of them."""
    with pytest.raises(ValueError, match="plain values"):
        query_of({"a": {"b": 1}})


@pytest.mark.parametrize("method", ["delete_event", "delete_external_event"])
def test_deletes_carry_a_json_body(method: str) -> None:
    """DELETE has its arguments in a JSON body."""
    made = request(method, "cal_1", "x")
    assert made.method == "DELETE"
    assert list(json.loads(made.content).values()) == ["x"]
    assert made.headers["Content-Type"] == "application/json; charset=utf-8"


def test_fixed_arguments_are_always_sent() -> None:
    """The grant type is sent without being an argument."""
    body = json.loads(request("request_access_token", code="c", redirect_uri="r").content)
    assert body == {"code": "c", "redirect_uri": "r", "grant_type": "authorization_code"}


@pytest.mark.parametrize(
    ("calendar_id", "path"),
    [("cal_a@b", "cal_a@b"), ("cal/a", "cal%2Fa"), ("cal ä?#%", "cal%20%C3%A4%3F%23%25")],
)
def test_ids_survive_in_paths(calendar_id: str, path: str) -> None:
    """An @ in an id is not escaped, and a slash is, so that the id stays one part of the path."""
    made = request("delete_event", calendar_id, "e")
    assert made.url.raw_path.decode() == f"/v1/calendars/{path}/events"


@pytest.mark.parametrize("calendar_id", ["", "  ", ".", "..", None, 7])
def test_ids_that_would_change_the_path_are_refused(calendar_id: Any) -> None:
    """An empty id, a dot path or a value that is not a text cannot change the route of a call."""
    with pytest.raises(ValueError, match="needs calendar_id"):
        path_of(Call(ENDPOINTS["delete_event"], {"calendar_id": calendar_id, "event_id": "e"}))


@given(st.text(min_size=1).filter(lambda text: text.strip() and text not in (".", "..")))
def test_any_id_comes_back_from_its_path(calendar_id: str) -> None:
    """Any id can be decoded from its path."""
    from urllib.parse import unquote

    try:
        calendar_id.encode()
    except UnicodeEncodeError:
        return
    parts = path_of(Call(ENDPOINTS["delete_event"], {"calendar_id": calendar_id, "event_id": "e"})).split("/")
    assert len(parts) == 5
    assert unquote(parts[3]) == calendar_id


def test_more_than_fifty_entries_are_refused_before_sending() -> None:
    """A batch over Cronofy's limit is an error that names the limit."""
    with pytest.raises(ValueError, match="up to 50 entries, not 51; nothing was sent"):
        request("batch", [{"method": "POST"}] * 51)
    assert len(json.loads(request("batch", [{"method": "POST"}] * 50).content)["batch"]) == 50


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.test/v1/events/pages/1",
        "http://api.cronofy.com/v1/events/pages/1",
        "https://api.cronofy.com:8443/v1/events/pages/1",
        "https://api.cronofy.com.evil.test/v1",
        "https://api.cronofy.com@evil.test/v1",
        "/v1/events/pages/1",
    ],
)
def test_a_next_page_elsewhere_is_refused(url: str) -> None:
    """A token is sent to the configured host only, however the URL is written."""
    with pytest.raises(errors.TransportError, match="another host") as caught:
        page_request(url, HOST)
    assert not caught.value.again


def test_options_beside_a_next_page_are_merged_into_its_query() -> None:
    """Arguments passed with a page URL are added to its query, as in the official SDK."""
    made = request("read_events", next_page=f"{HOST}/v1/events/pages/1", calendar_ids=["cal_1"])
    assert str(made.url) == f"{HOST}/v1/events/pages/1?calendar_ids%5B%5D=cal_1"


def test_the_default_port_is_the_same_host() -> None:
    """A URL with an explicit port 443 is on the same host."""
    assert page_request("https://api.cronofy.com:443/v1/events/pages/1", HOST).url.path == "/v1/events/pages/1"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, errors.AuthError),
        (402, errors.PaymentRequired),
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (422, errors.Invalid),
        (423, errors.Locked),
        (429, errors.RateLimited),
        (500, errors.ServerError),
        (503, errors.ServerError),
        (302, errors.ApiError),
        (418, errors.ApiError),
    ],
)
@pytest.mark.parametrize(
    "content", [b"", b"<html><h1>Oops</h1></html>", b'{"errors":{}}', b"[1]", b"nonsense", b"\xff"]
)
def test_each_status_has_its_error_whatever_the_body(status: int, kind: type[errors.ApiError], content: bytes) -> None:
    """Bodies that are empty, HTML or invalid JSON still give the error of the status, with a next step."""
    with pytest.raises(errors.ApiError) as caught:
        read_body(httpx.Response(status, content=content), CALL)
    assert type(caught.value) is kind
    assert caught.value.status == status
    assert caught.value.call is CALL
    assert str(caught.value).startswith(f"read_events was answered {status}")
    assert str(caught.value).endswith(".")
    assert "<" not in str(caught.value)


def test_a_refused_field_is_named() -> None:
    """A 422 lists fields and descriptions, in the message and as data."""
    body = {"errors": {"summary": [{"key": "errors.required", "description": "summary must be specified"}]}}
    with pytest.raises(errors.Invalid, match="summary: summary must be specified") as caught:
        read_body(httpx.Response(422, json=body), CALL)
    assert caught.value.fields["summary"][0]["key"] == "errors.required"
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    "body", [{}, {"errors": None}, {"errors": {"a": "b"}}, {"errors": {"a": []}}, {"errors": {"a": ["x"]}}, []]
)
def test_an_unusual_422_body_is_still_invalid(body: Any) -> None:
    """A 422 body of any shape raises Invalid, with the fields that can be read."""
    with pytest.raises(errors.Invalid) as caught:
        read_body(httpx.Response(422, json=body), CALL)
    assert isinstance(caught.value.fields, dict)


def test_not_found_is_a_lookup_error() -> None:
    """A 404 can be caught as LookupError."""
    with pytest.raises(LookupError):
        read_body(httpx.Response(404), CALL)


def test_token_calls_have_an_error_of_their_own() -> None:
    """A 400 of a token call has the RFC 6749 error code and a matching next step."""
    call = Call(ENDPOINTS["request_access_token"], {})
    with pytest.raises(errors.TokenError, match="redirect_uri differs") as caught:
        read_body(httpx.Response(400, json={"error": "invalid_grant"}), call)
    assert caught.value.error == "invalid_grant"


def test_a_good_status_without_json_is_no_answer() -> None:
    """HTML with status 200 is an error, and is not retried."""
    with pytest.raises(errors.TransportError, match="HTML page instead of JSON") as caught:
        read_body(httpx.Response(200, text="<html>sign in</html>"), CALL)
    assert not caught.value.again


@pytest.mark.parametrize("read", [read_body, read_page])
def test_a_truncated_body_is_transient(read: Any) -> None:
    """Truncated JSON counts as a lost response."""
    with pytest.raises(errors.TransportError, match="is incomplete or not JSON") as caught:
        read(httpx.Response(200, content=b'{"pages":{"current":1},"events":[{"a":'), CALL)
    assert caught.value.again


def test_half_a_character_spoils_no_answer() -> None:
    """A split surrogate pair or invalid UTF-8 in a title leaves the rest readable."""
    halves = b'{"pages":{"current":1},"events":[{"summary":"\\ud83d","description":"\xff"}]}'
    event = read_body(httpx.Response(200, content=halves), CALL)["events"][0]
    assert (event["summary"], event["description"]) == ("\ud83d", "\ufffd")
    rows = Rows(CALL, read_page(httpx.Response(200, content=halves), CALL), lambda _: Page(b""))
    assert next(iter(rows))["description"] == "\ufffd"
    assert rows.body["pages"] == {"current": 1}


def test_an_empty_body_is_none() -> None:
    """A 202 without a body gives None."""
    assert read_body(httpx.Response(202), CALL) is None


def test_a_page_has_its_number_and_next_page() -> None:
    """Number, total and next URL are read; a missing next page is the last one."""
    page = read_page(
        httpx.Response(200, json={"pages": {"current": 1, "total": 2, "next_page": "u"}, "events": []}), CALL
    )
    assert (page.current, page.total, page.next_page) == (1, 2, "u")
    assert read_page(httpx.Response(200, json={"calendars": []}), CALL).next_page is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "Wed, 04 Mar 2026 09:30:30 GMT", "Date": "Wed, 04 Mar 2026 09:30:00 GMT"}, 30.0),
        ({"Retry-After": "Wed, 04 Mar 2026 09:29:00 GMT", "Date": "Wed, 04 Mar 2026 09:30:00 GMT"}, 0.0),
        ({"Retry-After": "Wed, 04 Mar 2026 09:30:30 GMT"}, None),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_both_forms(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds or a date relative to the response's date; a past date is no wait, anything else None."""
    assert retry_after(httpx.Response(429, headers=headers)) == seconds
