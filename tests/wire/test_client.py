"""The client: retries, renewal, paging, and recording calls."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from cronofy_frames import errors
from cronofy_frames.tokens import MemoryStore
from cronofy_frames.wire.api import Api, find_endpoint
from cronofy_frames.wire.auth import Tokens
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.endpoint import ENDPOINTS
from cronofy_frames.wire.messages import Hosts
from cronofy_frames.wire.paging import Rows
from cronofy_frames.wire.recorder import Recorder

HOST = "https://api.cronofy.com"
Handler = Callable[[httpx.Request], httpx.Response]


def client_of(handler: Handler, *, waits: list[float] | None = None, **own: Any) -> Client:
    """Return a client whose requests a function answers, and whose waits are recorded instead of slept."""
    return Client(
        Hosts(HOST, HOST),
        **{
            "store": MemoryStore(Tokens("a", "r")),
            "client_id": "c",
            "client_secret": "s3cret",
            "transport": httpx.MockTransport(handler),
            "sleep": (waits if waits is not None else []).append,
            "jitter": lambda: 0.0,
            **own,
        },
    )


def script(*answers: httpx.Response | Exception) -> tuple[Handler, list[httpx.Request]]:
    """Return a handler that gives these responses in turn, and the list of requests it received."""
    requests: list[httpx.Request] = []
    left = list(answers)

    def handle(request: httpx.Request) -> httpx.Response:
        # a copy, for the client signs the same request anew after a renewal
        requests.append(httpx.Request(request.method, request.url, headers=request.headers, content=request.content))
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return handle, requests


CALENDARS = httpx.Response(200, json={"calendars": [{"calendar_id": "cal_1"}]})


@pytest.mark.parametrize(
    ("failures", "waits"),
    [
        ([httpx.Response(429)], [1.0]),
        ([httpx.Response(429)] * 7, [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0]),
        ([httpx.Response(429, headers={"Retry-After": "11"})] * 2, [11.0, 11.0]),
        ([httpx.Response(502), httpx.Response(503), httpx.Response(504)], [1.0, 2.0, 4.0]),
        ([httpx.ConnectError("gone"), httpx.ReadTimeout("slow")], [1.0, 2.0]),
        ([httpx.RemoteProtocolError("peer closed connection")], [1.0]),
        ([httpx.Response(200, content=b'{"calendars":[{"cal')], [1.0]),
    ],
)
def test_transient_failures_are_retried(failures: list[Any], waits: list[float]) -> None:
    """After a rate limit, a server error, a lost connection or a truncated body the call is sent again."""
    handle, requests = script(*failures, CALENDARS)
    slept: list[float] = []
    assert list(client_of(handle, waits=slept).list_calendars()) == [{"calendar_id": "cal_1"}]
    assert slept == waits
    assert len(requests) == len(failures) + 1


@pytest.mark.parametrize(
    ("failure", "kind", "times"),
    [
        (httpx.Response(429), errors.RateLimited, 8),
        (httpx.Response(503), errors.ServerError, 5),
        (httpx.ConnectError("gone"), errors.TransportError, 4),
        (httpx.Response(500), errors.ServerError, 5),
        (httpx.Response(501), errors.ServerError, 1),
        (httpx.Response(429, headers=[(b"Retry-After", b"\xb2")]), errors.RateLimited, 8),
        (httpx.Response(429, headers={"Retry-After": "3600"}), errors.RateLimited, 1),
        (httpx.Response(423), errors.Locked, 1),
        (httpx.Response(422, json={}), errors.Invalid, 1),
        (httpx.Response(200, text="<html></html>"), errors.TransportError, 1),
    ],
)
def test_permanent_failures_are_raised(failure: Any, kind: type[Exception], times: int) -> None:
    """An error that a retry cannot fix is raised, at once or after the last retry."""
    handle, requests = script(*[failure] * times)
    with pytest.raises(kind):
        client_of(handle).list_calendars()
    assert len(requests) == times


def test_rate_limit_waits_exceed_a_minute() -> None:
    """The limit counts per minute, so the waits together are longer than a minute."""
    handle, _ = script(*[httpx.Response(429)] * 8)
    slept: list[float] = []
    with pytest.raises(errors.RateLimited):
        client_of(handle, waits=slept).list_calendars()
    assert sum(slept) > 60


@pytest.mark.parametrize("failure", [httpx.Response(503), httpx.ReadError("gone"), httpx.Response(200, content=b"{")])
@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.create_calendar(profile_id="pro_1", name="A"),
        lambda client: client.create_notification_channel(callback_url="https://example.test"),
        lambda client: client.refresh_access_token(),
        lambda client: client.request_access_token(code="c", redirect_uri="u"),
        lambda client: client.application_calendar(application_calendar_id="a"),
    ],
)
def test_calls_that_are_not_repeatable_are_sent_once(failure: Any, ask: Callable[[Client], Any]) -> None:
    """A lost response to a creating call is an error; sent again it might create a duplicate."""
    handle, requests = script(failure)
    with pytest.raises(errors.CronofyError):
        ask(client_of(handle))
    assert len(requests) == 1


def test_a_write_by_the_callers_id_is_sent_again() -> None:
    """An upsert by event_id is retried."""
    handle, requests = script(httpx.ReadError("gone"), httpx.Response(202))
    client_of(handle).create_event("cal_1", event_id="e", summary="S", start="2026-03-02", end="2026-03-03")
    assert [request.content for request in requests] == [requests[0].content] * 2


def test_a_lost_connection_says_what_to_check() -> None:
    """The error names the call and the host, and no secret."""
    handle, _ = script(*[httpx.ConnectError("Name or service not known")] * 4)
    with pytest.raises(errors.TransportError, match=r"list_calendars got no response from api\.cronofy\.com.*proxies"):
        client_of(handle).list_calendars()


def test_an_expired_token_is_renewed_and_saved() -> None:
    """After a 401 the token is renewed, the call repeated and the new tokens stored."""
    store = MemoryStore(Tokens("a", "r"))
    handle, requests = script(httpx.Response(401), httpx.Response(200, json={"access_token": "b"}), CALENDARS)
    client_of(handle, store=store).list_calendars()
    assert [request.headers.get("Authorization") for request in requests] == ["Bearer a", None, "Bearer b"]
    assert store.load() == Tokens("b", "r")
    assert json.loads(requests[1].content) == {
        "client_id": "c",
        "client_secret": "s3cret",
        "refresh_token": "r",
        "grant_type": "refresh_token",
    }


def test_a_second_401_is_raised() -> None:
    """A call is renewed once only."""
    handle, requests = script(httpx.Response(401), httpx.Response(200, json={"access_token": "b"}), httpx.Response(401))
    with pytest.raises(errors.AuthError, match="data_center"):
        client_of(handle).list_calendars()
    assert len(requests) == 3


def test_a_lost_renewal_is_not_sent_again() -> None:
    """A token request whose response was lost is not repeated, since it may have been processed."""
    handle, requests = script(httpx.Response(401), httpx.ReadError("gone"))
    with pytest.raises(errors.TransportError, match="renewal of the access token"):
        client_of(handle).list_calendars()
    assert len(requests) == 2


def test_eight_threads_renew_once() -> None:
    """If many calls are refused at once, one renews and all succeed."""
    renewals = []
    barrier = threading.Barrier(8)

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            renewals.append(request)
            return httpx.Response(200, json={"access_token": "b"})
        if request.headers["Authorization"] == "Bearer a":
            barrier.wait(timeout=10)
            return httpx.Response(401)
        return httpx.Response(200, json={"calendars": []})

    client = client_of(handle)
    answers: list[list[Any]] = []
    threads = [threading.Thread(target=lambda: answers.append(list(client.list_calendars()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert len(renewals) == 1


def paged_response(request: httpx.Request) -> httpx.Response:
    """Answer three pages of two rows, the middle one empty."""
    number = int(request.url.path.rsplit("/", 1)[-1]) if "/pages/" in request.url.path else 1
    pages: dict[str, Any] = {"current": number, "total": 3}
    if number < 3:
        pages["next_page"] = f"{HOST}/v1/events/pages/{number + 1}"
    rows = [] if number == 2 else [{"event_uid": f"e{number}{letter}"} for letter in "ab"]
    return httpx.Response(200, json={"pages": pages, "events": rows})


def test_all_pages_are_read() -> None:
    """Iteration reads all pages, also after an empty one, and can be repeated."""
    rows = client_of(paged_response).read_events()
    assert rows.pages == 1
    assert not rows.complete
    assert [row["event_uid"] for row in rows] == ["e1a", "e1b", "e3a", "e3b"]
    assert len(list(rows)) == 4
    assert (rows.pages, rows.total, rows.complete) == (3, 3, True)
    assert len(list(rows.raw())) == 3
    assert rows.body["pages"]["current"] == 1


def test_the_first_page_is_fetched_at_once() -> None:
    """The call itself fetches the first page, so that an invalid token fails there; later pages are lazy."""
    requests = []

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request.url.path)
        return paged_response(request)

    rows = client_of(handle).read_events()
    assert requests == ["/v1/events"]
    next(iter(rows))
    assert requests == ["/v1/events"]


def test_each_page_is_retried_separately() -> None:
    """A failure on page 2 repeats page 2 only, and requests are counted."""
    failures = [httpx.Response(503)]

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/2") and failures:
            return failures.pop()
        return paged_response(request)

    rows = client_of(handle).read_events()
    assert len(list(rows)) == 4
    assert rows.requests == 4


def test_a_next_page_elsewhere_gets_no_token() -> None:
    """A next page on another host is an error, and no request is sent there."""
    requests = []

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request.url.host)
        return httpx.Response(200, json={"pages": {"next_page": "https://evil.test/v1/events/pages/2"}, "events": []})

    with pytest.raises(errors.TransportError, match="another host"):
        list(client_of(handle).read_events())
    assert requests == ["api.cronofy.com"]


def test_a_repeated_next_page_is_an_error() -> None:
    """A page whose next page is itself would never end."""

    def handle(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"pages": {"next_page": f"{HOST}/v1/events/pages/2"}, "events": [{}]})

    with pytest.raises(errors.TransportError, match="same next page twice"):
        list(client_of(handle).read_events())


def test_an_answer_without_its_list_is_an_error() -> None:
    """A response without the list is not an empty list."""
    with pytest.raises(errors.TransportError, match="no list 'calendars'"):
        list(client_of(script(httpx.Response(200, json={"kalender": []}))[0]).list_calendars())


def test_configured_credentials_fill_in() -> None:
    """The client's credentials are added to calls that need them; an explicit argument takes precedence."""
    handle, requests = script(*[httpx.Response(200, json={"sub": "apc_1"})] * 2)
    client = client_of(handle)
    client.application_calendar(application_calendar_id="a")
    client.application_calendar(application_calendar_id="a", client_id="other")
    bodies = [json.loads(request.content) for request in requests]
    assert [(body["client_id"], body["client_secret"]) for body in bodies] == [("c", "s3cret"), ("other", "s3cret")]
    assert "Authorization" not in requests[0].headers


def test_tokens_from_a_code_are_used() -> None:
    """After a code exchange the client uses the new tokens."""
    store = MemoryStore()
    handle, requests = script(
        httpx.Response(200, json={"access_token": "n", "refresh_token": "m", "sub": "acc_1"}), CALENDARS
    )
    client = client_of(handle, store=store)
    client.request_access_token(code="c", redirect_uri="u")
    client.list_calendars()
    assert requests[1].headers["Authorization"] == "Bearer n"
    assert store.load() == Tokens("n", "m", None, "acc_1")


def test_revoking_ones_own_authorization_forgets_it() -> None:
    """Without arguments the client's own refresh token is revoked and deleted; another token leaves it unchanged."""
    store = MemoryStore(Tokens("a", "r"))
    handle, requests = script(httpx.Response(200), httpx.Response(200))
    client = client_of(handle, store=store)
    client.revoke_authorization(token="somebody else's")
    assert store.load() == Tokens("a", "r")
    client.revoke_authorization()
    assert json.loads(requests[1].content)["token"] == "r"
    assert store.load() == Tokens()


def test_a_call_without_credentials_says_how_to_get_them() -> None:
    """No request is sent, and the message names the arguments of connect."""
    client = client_of(script()[0], store=MemoryStore(), client_secret=None)
    with pytest.raises(errors.CronofyError, match="access token and this client has none"):
        client.list_calendars()
    with pytest.raises(errors.CronofyError, match="needs client_secret"):
        client.application_calendar(application_calendar_id="a")


def test_any_route_can_be_called() -> None:
    """A call by name or route accepts any arguments."""
    handle, requests = script(httpx.Response(200, json={"new": 1}), CALENDARS, httpx.Response(202))
    client = client_of(handle)
    assert client.call("GET /v1/brand_new/{id}", {"id": "a b", "x": True}) == {"new": 1}
    assert requests[0].url.raw_path == b"/v1/brand_new/a%20b?x=true"
    assert isinstance(client.call("GET /v1/calendars"), Rows)
    assert client.call("create_event", {"calendar_id": "cal_1", "brand_new": [1]}) is None
    assert json.loads(requests[2].content) == {"brand_new": [1]}


def test_the_account_to_act_as_goes_with_every_request_but_a_renewal() -> None:
    """The header is on each page and on the call after a renewal, not on the renewal itself, and a call has its own."""
    page = {"events": [], "pages": {"current": 1, "total": 2, "next_page": f"{HOST}/v1/events/pages/2"}}
    handle, requests = script(
        httpx.Response(401),
        httpx.Response(200, json={"access_token": "n", "refresh_token": "m"}),
        httpx.Response(200, json=page),
        httpx.Response(200, json={"events": [], "pages": {"current": 2, "total": 2}}),
        httpx.Response(202),
    )
    client = client_of(handle, impersonate="acc_1")
    list(client.read_events())
    client.call("POST /v1/brand_new", impersonate="acc_2")
    sent = [request.headers.get("Cronofy-Impersonate") for request in requests]
    assert sent == ["acc_1", None, "acc_1", "acc_1", "acc_2"]


@pytest.mark.parametrize(
    ("tokens", "secret", "header"),
    [
        (Tokens("a"), "s3cret", "Bearer a"),
        (Tokens("a", scope="organizational_unit_scheduler"), "s3cret", "Bearer a"),
        (Tokens("a", scope="read_events"), "s3cret", "Bearer s3cret"),
        (Tokens("a", scope="read_events"), None, "Bearer a"),
        (Tokens(), "s3cret", "Bearer s3cret"),
    ],
)
def test_an_organizational_unit_sends_its_token_or_the_secret(tokens: Tokens, secret: str | None, header: str) -> None:
    """The token of a unit goes first; a token with another scope is not sent where there is a client secret."""
    handle, requests = script(httpx.Response(202))
    client_of(handle, store=MemoryStore(tokens), client_secret=secret).cancel_scheduling_request(
        scheduling_request_id="srq_1"
    )
    assert requests[0].headers["Authorization"] == header


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        ("user", "Bearer a"),
        ("service", "Bearer a"),
        ("application", "Bearer s3cret"),
        ("admin", "Bearer k"),
        ("client", None),
    ],
)
def test_any_route_can_be_called_with_any_credentials(auth: Any, header: str | None) -> None:
    """`auth` decides what is sent, for a new route and for a known endpoint; the admin's key leaves the body."""
    for name in ("POST /v1/brand_new", "GET /v1/events/brand_new", "availability"):
        handle, requests = script(httpx.Response(200, json={}))
        client_of(handle).call(name, {"api_key": "k"} if auth == "admin" else {}, auth=auth)
        assert requests[0].headers.get("Authorization") == header
        assert b'"k"' not in requests[0].content
        if auth == "client" and requests[0].method == "POST":
            assert json.loads(requests[0].content) == {"client_id": "c", "client_secret": "s3cret"}


@pytest.mark.parametrize(
    ("route", "auth"),
    [
        ("GET /v1/brand_new", "user"),
        ("POST /v1/smart_invites/brand_new", "application"),
        ("GET /v1/bookable_events/first-aid", "application"),
        ("GET /v1/bookable_events/first-aid/registrations/pages/2", "application"),
        ("PUT /v1/availability/brand_new", "application or user"),
        ("DELETE /v1/real_time_scheduling/sch_1", "application"),
        ("GET /v1/resources/brand_new", "service"),
        ("POST /v1/applications/brand_new", "admin"),
        ("POST /oauth/token/brand_new", "client"),
        ("GET /v1/calendars/cal_1/brand_new", "user"),
        ("GET /v1/availability_brand_new", "user"),
    ],
)
def test_a_route_below_a_known_path_takes_its_auth(route: str, auth: str) -> None:
    """The longest known path above a route decides; one that only starts with the same letters does not."""
    assert find_endpoint(route).auth == auth


def test_credentials_that_do_not_exist_are_refused() -> None:
    """An unknown auth and an admin call without its key end before anything is sent."""
    with pytest.raises(ValueError, match="auth must be one of user, service, application, client, admin, not 'key'"):
        client_of(script()[0]).call("GET /v1/brand_new", auth="key")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="needs api_key"):
        client_of(script()[0]).call("POST /v1/brand_new", {"a": 1}, auth="admin")


@pytest.mark.parametrize("name", ["read_event", "FETCH /v1/events", "GET v1/events", ""])
def test_what_is_neither_endpoint_nor_route_is_refused(name: str) -> None:
    """The message lists the endpoints."""
    with pytest.raises(ValueError, match="read_events"):
        find_endpoint(name)


def test_unknown_writes_are_not_repeated() -> None:
    """An unknown write is not assumed to be repeatable."""
    assert find_endpoint("GET /v1/brand_new").repeatable
    assert not find_endpoint("POST /v1/brand_new").repeatable


def test_nothing_secret_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    """Neither repr nor log nor error contains a token or a secret."""
    caplog.set_level("DEBUG")
    planted = Tokens("planted-access", "planted-refresh")
    handle, _ = script(httpx.Response(401), httpx.Response(400, json={"error": "invalid_grant"}))
    client = client_of(handle, store=MemoryStore(planted), client_secret="planted-secret")
    with pytest.raises(errors.TokenError) as caught:
        client.list_calendars()
    texts = repr(client) + str(caught.value) + repr(caught.value) + repr(caught.value.call) + caplog.text
    assert "planted" not in texts


def test_a_recorder_makes_a_batch() -> None:
    """Recorded calls become batch entries with their JSON bodies."""
    recorder = Recorder()
    recorder.create_event("cal_a@b", event_id="e", summary="S", start="2026-03-02", end="2026-03-03")
    recorder.delete_external_event("cal_1", "evt_external_1")
    assert recorder.entries() == [
        {
            "method": "POST",
            "relative_url": "/v1/calendars/cal_a@b/events",
            "data": {"event_id": "e", "summary": "S", "start": "2026-03-02", "end": "2026-03-03"},
        },
        {
            "method": "DELETE",
            "relative_url": "/v1/calendars/cal_1/events",
            "data": {"event_uid": "evt_external_1"},
        },
    ]


def test_what_cannot_be_batched_is_refused() -> None:
    """The message names the call, and the calls that can be batched."""
    recorder = Recorder()
    recorder.list_calendars()
    with pytest.raises(ValueError, match=r"create_event.*not list_calendars"):
        recorder.entries()


def test_only_documented_calls_can_be_batched() -> None:
    """Exactly the four calls that docs.cronofy.com/developers/api/batch lists can be batched."""
    batched = {name for name, row in ENDPOINTS.items() if row.batch}
    assert batched >= {"create_event", "delete_event", "update_external_event", "delete_external_event"}
    assert not batched & {"read_events", "bulk_delete_events", "change_participation_status"}


def test_every_request_has_a_time_limit_and_takes_gzip() -> None:
    """Every request, including next pages and renewals, has a timeout and accepts gzip."""
    requests: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        if len(requests) == 1:
            return httpx.Response(401)
        if request.url.path == "/oauth/token":
            return httpx.Response(200, json={"access_token": "b"})
        return paged_response(request)

    list(client_of(handle).read_events())
    assert len(requests) == 5
    for request in requests:
        assert request.extensions["timeout"]["read"] == 30.0
        assert "gzip" in request.headers["Accept-Encoding"]
        assert request.headers["User-Agent"].startswith("cronofy_frames ")


def test_a_client_paces_its_requests() -> None:
    """Every request passes the pacer, renewals too."""
    waited = []

    class Counting:
        def wait(self, _: Any, *, patience: float) -> float:
            waited.append(patience)
            return 0.0

    handle, _ = script(httpx.Response(401), httpx.Response(200, json={"access_token": "b"}), CALENDARS)
    client_of(handle, pacer=Counting()).list_calendars()
    assert waited == [300, 300, 300]


def test_rows_that_are_no_objects_are_an_error() -> None:
    """Not a row of another kind."""
    handle, _ = script(httpx.Response(200, json={"calendars": [{"calendar_id": "cal_1"}, 5]}))
    with pytest.raises(errors.TransportError, match="rows that are no objects"):
        list(client_of(handle).list_calendars())


@pytest.mark.parametrize("depth", [99, 100, 101, 100_000])
def test_an_answer_may_be_nested_a_hundred_levels_deep(depth: int) -> None:
    """A deeper one would end code that follows its levels: it is an error, as one that is no JSON."""
    client = client_of(lambda _: httpx.Response(200, content="[" * depth + "]" * depth))
    if depth <= 100:
        assert str(client.call("GET /v1/new")).count("[") == depth
        return
    with pytest.raises(errors.TransportError, match="is incomplete or not JSON"):
        client.call("GET /v1/new")


def test_a_recorder_shows_its_calls() -> None:
    """Their number and names, and no value; a call that cannot be sent is not recorded."""
    recorder = Recorder()
    recorder.delete_event("planted", event_id="planted")
    recorder.delete_event("planted", event_id="other")
    recorder.list_calendars()
    with pytest.raises(ValueError, match="missing value"):
        recorder.delete_event("planted", event_id=float("nan"))  # type: ignore[arg-type]
    assert repr(recorder) == "<Recorder of 3 calls: delete_event, list_calendars>"


def test_an_api_sends_nothing_by_itself() -> None:
    """A subclass decides what becomes of a call."""
    with pytest.raises(NotImplementedError):
        Api().list_calendars()


def test_the_key_of_an_administrator_signs_its_calls() -> None:
    """It is in the header and not in the body."""
    handle, requests = script(httpx.Response(200, json={}))
    client_of(handle).create_application(name="n", url="https://example.test", api_key="planted")
    assert requests[0].headers["Authorization"] == "Bearer planted"
    assert b"planted" not in requests[0].content


def test_a_client_knows_when_its_token_expires() -> None:
    """As the store has it now."""
    store = MemoryStore(Tokens("a"))
    client = client_of(script()[0], store=store)
    assert client.expires_at is None
    store.save(Tokens("a", expires_at=datetime(2026, 3, 4, 9, tzinfo=UTC)))
    assert client.expires_at == datetime(2026, 3, 4, 9, tzinfo=UTC)
