"""The sandbox served on loopback: connections, faults, and the official Python client against it."""

from __future__ import annotations

import http.client
import io
import json
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.http import http_date

from cronofy_frames.errors import CronofyError
from cronofy_frames.sandbox import Sandbox, Served, serve
from cronofy_frames.sandbox.server import _SandboxServer
from cronofy_frames.wire.faults import Fault, Faults
from tests.sandbox.caller import NOW, WORK, at, event, office

EVENTS = "/v1/events?tzid=Etc/UTC"


@pytest.fixture
def served() -> Iterator[Served]:
    """Serve an office with five events on pages of two; check that no internal error occurred."""
    events = [event(str(n), at(5 + n, 9), at(5 + n, 10)) for n in range(5)]
    with serve(Sandbox(now=NOW, office=office(*events), page_size=2, rate_limit=False)) as running:
        yield running
    assert running.errors == []


def token_of(served: Served) -> str:
    """Return Jane's token."""
    app: Any = served.app
    return str(app.access_token)


def connect(served: Served) -> http.client.HTTPConnection:
    """Return a connection to the server."""
    return http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=5)


def ask(
    connection: http.client.HTTPConnection, served: Served, verb: str = "GET", path: str = EVENTS, **how: Any
) -> Any:
    """Return the response to one request, read to its end."""
    headers = {"Authorization": f"Bearer {token_of(served)}", **how.pop("headers", {})}
    connection.request(verb, path, headers=headers, **how)
    answer = connection.getresponse()
    return answer, answer.read()


def test_pages_are_followed_at_the_address_that_was_asked(served: Served) -> None:
    """next_page is an absolute URL of this server, and can be requested there."""
    url, uids = served.url + EVENTS, []
    while url:
        assert url.startswith(served.url)
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token_of(served)}"})
        with urllib.request.urlopen(request, timeout=5) as answer:
            body = json.load(answer)
        uids += [row["summary"] for row in body["events"]]
        url = body["pages"].get("next_page")
    assert uids == ["0", "1", "2", "3", "4"]


def test_connection_is_kept_for_the_next_request(served: Served) -> None:
    """Several requests, also refused ones with a body, use one connection."""
    connection = connect(served)
    ask(connection, served)
    first = connection.sock
    assert ask(connection, served, "POST", "/v1/nothing", body=b"x" * 10_000)[0].status == 404
    assert ask(connection, served, "POST", "/v1/channels", body=b"{}")[0].status == 422
    assert ask(connection, served, "HEAD")[1] == b""
    assert ask(connection, served)[0].status == 200
    assert connection.sock is first
    connection.close()


def test_chunked_bodies_are_read(served: Served) -> None:
    """A chunked body is read to its end, and the connection can be used again."""
    connection = connect(served)
    body = iter([b'{"callback_url":', b' "https://x.test/h"}'])
    assert ask(connection, served, "POST", "/v1/channels", body=body, encode_chunked=True)[0].status == 200
    assert ask(connection, served)[0].status == 200
    connection.close()


def test_client_that_waits_to_send_its_body_is_told_to_go_on(served: Served) -> None:
    """`Expect: 100-continue` is answered before the body is read."""
    parts = urlsplit(served.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as wire:
        head = f"POST /v1/nothing HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        wire.sendall(head.encode())
        assert wire.recv(1024).startswith(b"HTTP/1.1 100 Continue")
        wire.sendall(b"{}")
        assert wire.recv(1024).startswith(b"HTTP/1.1 404")


def test_ids_with_slashes_reach_the_sandbox(served: Served) -> None:
    """A calendar id with slashes is read from the undecoded path."""
    connection = connect(served)
    assert ask(connection, served, "DELETE", "/v1/calendars/cal%2Fx/events", body=b"{}")[0].status == 404
    body = json.dumps({"event_id": "x"})
    assert (
        ask(connection, served, "DELETE", f"/v1/calendars/{WORK.replace('_', '%5F')}/events", body=body)[0].status
        == 202
    )
    connection.close()


def test_each_request_leaves_a_line_and_nothing_is_printed(served: Served, capfd: Any) -> None:
    """A log line has method, path and status, but not the query, which may contain a token."""
    connection = connect(served)
    ask(connection, served)
    connection.close()
    assert list(served.lines) == ["GET /v1/events 200"]
    assert capfd.readouterr() == ("", "")


def test_request_that_is_no_http_is_refused(served: Served) -> None:
    """A malformed request line is answered with 400 and logged."""
    parts = urlsplit(served.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as wire:
        wire.sendall(b"GET / HTTP/9.9\r\n\r\n")
        assert b"505" in wire.recv(1024)
    assert any("505" in line for line in served.lines)


def raw_answer(served: Served, request: bytes) -> tuple[int, bytes]:
    """Send bytes, end the sending side, and return the status and the rest of the response."""
    parts = urlsplit(served.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as wire:
        wire.sendall(request)
        wire.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: wire.recv(65536), b""))
    version, status, _ = answer.split(b" ", 2)
    assert version == b"HTTP/1.1"
    return int(status), answer


HEAD = b" HTTP/1.1\r\nHost: localhost\r\n"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param(b"POST /v1/channels" + HEAD + b"Content-Length: abc\r\n\r\n", 400, id="length of letters"),
        pytest.param(b"POST /v1/channels" + HEAD + b"Content-Length: -5\r\n\r\n", 400, id="length below zero"),
        pytest.param(b"POST /v1/channels" + HEAD + b"Content-Length: 9\r\n\r\n{}", 400, id="body ends early"),
        pytest.param(b"POST /v1/channels" + HEAD + b"Content-Length: 99999999999\r\n\r\n", 413, id="length too large"),
        pytest.param(
            b"POST /v1/channels" + HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400, id="two lengths"
        ),
        pytest.param(
            b"POST /v1/batch" + HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
            400,
            id="size of chunk",
        ),
        pytest.param(
            b"POST /v1/channels" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}X0\r\n\r\n", 400, id="end of chunk"
        ),
        pytest.param(b"POST /v1/channels" + HEAD + b"Transfer-Encoding: gzip\r\n\r\n", 501, id="coding"),
        pytest.param(b"GET /" + b"x" * 70_000 + HEAD + b"\r\n", 414, id="request line too long"),
        pytest.param(b"GET /" + HEAD + b"X: " + b"x" * 70_000 + b"\r\n\r\n", 431, id="header too long"),
        pytest.param(b"GET /" + HEAD + b"X: x\r\n" * 200 + b"\r\n", 431, id="too many headers"),
        pytest.param(b"GET /" + HEAD + b"no header\r\nX: x\r\n\r\n", 400, id="line that is no header"),
        pytest.param(b"GET /\r\n", 400, id="HTTP/0.9"),
        pytest.param(b"GET http://[" + HEAD + b"\r\n", 400, id="target that is no URL"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400, id="TLS"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", 400, id="no Host"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400, id="two Hosts"),
        pytest.param(b"GET http://evil.test/v1/events" + HEAD + b"\r\n", 421, id="target elsewhere"),
    ],
)
def test_malformed_requests_are_refused_and_the_server_goes_on(served: Served, request_: bytes, status: int) -> None:
    """They get a status and a short text, leave no traceback, and the next client is answered."""
    answered, answer = raw_answer(served, request_)
    assert answered == status
    assert b"Connection: close" in answer
    assert b"Traceback" not in answer
    assert served.errors == []
    assert raw_answer(served, b"GET /v1/events" + HEAD + b"Connection: close\r\n\r\n")[0] == 401


def test_pages_of_other_sites_are_refused_with_a_valid_token(served: Served) -> None:
    """A name that was made to resolve to this machine is in Host, a page's site in Origin; nothing is carried out."""
    connection = connect(served)
    body = b'{"callback_url": "https://x.test/h"}'
    for headers, status in (({"Host": "evil.test"}, 421), ({"Origin": "https://evil.test"}, 403)):
        answer, text = ask(connection, served, "POST", "/v1/channels", body=body, headers=headers)
        assert (answer.status, answer.headers["Connection"]) == (status, "close")
        assert b"--allow-host" in text
    own = {"Origin": served.url.replace("127.0.0.1", "localhost")}
    answer, text = ask(connection, served, path="/v1/channels", headers=own)
    assert (answer.status, json.loads(text)) == (200, {"channels": []})
    connection.close()


def test_names_are_allowed_and_a_wildcard_address_has_a_url() -> None:
    """`allowed_hosts` adds names; the URL of a server on all addresses can be opened on this machine."""
    box = Sandbox(now=NOW, office=office())
    with serve(box, host="0.0.0.0", allowed_hosts=["mybox.lan"]) as running:
        assert running.url.startswith("http://127.0.0.1:")
        connection = connect(running)
        assert ask(connection, running, headers={"Host": "mybox.lan:80"})[0].status == 200
        assert ask(connection, running, headers={"Host": "other.lan"})[0].status == 421
        connection.close()


def test_many_clients_at_once(served: Served) -> None:
    """Concurrent clients all get their responses."""
    counts: list[int] = []

    def work() -> None:
        connection = connect(served)
        counts.extend(ask(connection, served)[0].status for _ in range(10))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [200] * 80


def test_closing_ends_idle_connections_and_the_thread() -> None:
    """`close` ends idle connections and the thread, and a second call does nothing."""
    running = serve(Sandbox(now=NOW, office=office()))
    connection = connect(running)
    assert ask(connection, running)[0].status == 200
    running.close()
    running.close()
    with pytest.raises(OSError):  # noqa: PT011 -- refused, reset or closed: all mean that nobody is there
        ask(connection, running)
    connection.close()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(running.url, timeout=5)


def test_run_waits_until_closed() -> None:
    """`run` returns when another thread calls `close`."""
    running = serve(Sandbox(now=NOW, office=office()))
    waiting = threading.Thread(target=running.run)
    waiting.start()
    running.close()
    waiting.join(timeout=5)
    assert not waiting.is_alive()


def test_run_ends_at_ctrl_c() -> None:
    """Ctrl-C during `run` closes the server."""

    class Interrupted(Served):
        def wait(self) -> None:
            raise KeyboardInterrupt

    sandbox = Sandbox(now=NOW, office=office())
    running = Interrupted(serve_quietly(sandbox))
    running.run()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(running.url, timeout=5)


def serve_quietly(app: Any) -> _SandboxServer:
    """Return a server whose thread has not been waited for."""
    return _SandboxServer("127.0.0.1", 0, app, faults=Faults((), None), sleep=[].append)


def test_port_that_is_taken_is_said_so() -> None:
    """A port in use raises an error that names the next step, and the process continues."""
    with serve(Sandbox(now=NOW, office=office())) as running:
        port = urlsplit(running.url).port
        with pytest.raises(CronofyError, match="Choose another port"):
            serve(Sandbox(now=NOW, office=office()), port=port or 0)


def test_what_goes_wrong_inside_is_kept_and_answered_with_500() -> None:
    """An internal error is answered with 500, its traceback is in `errors`, and the server continues."""
    sandbox = Sandbox(now=NOW, office=office(), deliver=None)
    sandbox.account("jane").profiles = None  # type: ignore[assignment]
    with serve(sandbox) as running:
        connection = connect(running)
        assert ask(connection, running, path="/v1/profiles")[0].status == 500
        assert ask(connection, running, path="/v1/channels")[0].status == 200
        connection.close()
        assert len(running.errors) == 1
        assert "Traceback" in running.errors[0]


def faulty(*faults: Fault, slept: list[float] | None = None) -> Served:
    """Serve with these faults."""
    sandbox = Sandbox(now=NOW, office=office(event("a", at(5, 9), at(5, 10))), faults=faults)
    return serve(sandbox, sleep=(slept if slept is not None else []).append)


def test_status_fault_refuses_before_anything_is_done() -> None:
    """Status and Retry-After are those of the fault, the body is empty, and the request is not carried out."""
    with faulty(Fault("status", route="POST /v1/channels", times=(1,), status=429, retry_after=7)) as running:
        connection = connect(running)
        body = b'{"callback_url": "https://x.test/h"}'
        answer, payload = ask(connection, running, "POST", "/v1/channels", body=body)
        assert (answer.status, answer.headers["Retry-After"], payload) == (429, "7", b"")
        assert json.loads(ask(connection, running, path="/v1/channels")[1]) == {"channels": []}
        chunks = iter([body])
        assert ask(connection, running, "POST", "/v1/channels", body=chunks, encode_chunked=True)[0].status == 200
        connection.close()


def test_status_fault_reads_a_chunked_body_to_its_end() -> None:
    """After a fault the next request on the connection is answered."""
    with faulty(Fault("status", route="POST /v1/channels", status=503)) as running:
        connection = connect(running)
        chunks = iter([b"x" * 1000, b"y" * 1000])
        assert ask(connection, running, "POST", "/v1/channels", body=chunks, encode_chunked=True)[0].status == 503
        assert ask(connection, running)[0].status == 200
        connection.close()


def test_html_fault_answers_with_a_page() -> None:
    """The body is HTML, as from a proxy in front of the server."""
    with faulty(Fault("html", status=502)) as running:
        connection = connect(running)
        answer, payload = ask(connection, running)
        assert (answer.status, answer.headers["Content-Type"]) == (502, "text/html; charset=utf-8")
        assert payload.startswith(b"<!doctype html>")
        connection.close()


def test_truncate_fault_breaks_the_body_off() -> None:
    """Content-Length is that of the whole body, and only half of it is sent."""
    with faulty(Fault("truncate")) as running:
        connection = connect(running)
        with pytest.raises(http.client.IncompleteRead) as caught:
            ask(connection, running)
        assert caught.value.partial.startswith(b'{"pages"')
        assert caught.value.expected
        connection.close()


@pytest.mark.parametrize(("kind", "channels"), [("drop before", 0), ("drop after", 1)])
def test_drop_fault_closes_without_an_answer(kind: Any, channels: int) -> None:
    """The connection is closed before or after the request is carried out."""
    with faulty(Fault(kind, route="POST")) as running:
        connection = connect(running)
        with pytest.raises(ConnectionError):
            ask(connection, running, "POST", "/v1/channels", body=b'{"callback_url": "https://x.test/h"}')
        connection.close()
        body = json.loads(ask(connection, running, path="/v1/channels")[1])
        assert len(body["channels"]) == channels
        connection.close()


def test_slow_fault_waits_and_then_answers() -> None:
    """The server waits for the seconds of the fault."""
    slept: list[float] = []
    with faulty(Fault("slow", seconds=2.5), slept=slept) as running:
        connection = connect(running)
        assert ask(connection, running)[0].status == 200
        connection.close()
    assert slept == [2.5]


class TestPycronofy:
    """The official Python client against the served sandbox."""

    @pytest.fixture
    def client(self, served: Served) -> Any:
        """Return the official client with Jane's tokens and the client credentials."""
        import pycronofy

        app: Any = served.app
        official = pycronofy.Client(app.client_id, app.client_secret, app.access_token, app.refresh_token)
        official.request_handler.base_url = served.url
        official.app_base_url = served.url
        return official

    def test_reads_over_all_pages(self, client: Any) -> None:
        """Its iteration follows the pages."""
        events = client.read_events(from_date="2026-03-05", to_date="2026-03-31", include_deleted=True)
        assert [row["summary"] for row in events] == ["0", "1", "2", "3", "4"]
        periods = client.read_free_busy(calendar_ids=(WORK,), localized_times=True).all()
        assert [row["free_busy_status"] for row in periods] == ["busy"] * 5

    def test_writes_and_deletes(self, client: Any) -> None:
        """Its upsert, both of its bulk deletions and its batches are accepted."""
        from pycronofy.batch import BatchBuilder

        written = {"event_id": "p1", "summary": "P", "start": at(5, 9), "end": at(5, 10)}
        client.upsert_event(WORK, dict(written))
        assert len(client.read_events(only_managed=True).all()) == 1
        client.delete_all_events((WORK,))
        assert client.read_events(only_managed=True).all() == []
        client.upsert_event(WORK, dict(written))
        client.delete_all_events()
        assert client.read_events(only_managed=True).all() == []
        result = client.batch(BatchBuilder().upsert_event(WORK, dict(written)).delete_event(WORK, "p1"))
        assert [entry.status() for entry in result.entries] == [202, 202]

    def test_knows_who_it_speaks_for(self, client: Any) -> None:
        """Its identity and calendar calls are answered."""
        assert client.account()["account_id"] == client.userinfo()["sub"] == "acc_jane"
        assert client.list_calendars()[0]["calendar_id"] == WORK
        assert client.list_profiles()[0]["profile_id"] == "pro_g"

    def test_renews_and_revokes(self, client: Any) -> None:
        """A refresh returns a valid token; a revocation by access token ends it."""
        old = client.auth.access_token
        client.refresh_authorization()
        assert client.auth.access_token != old
        assert client.userinfo()["sub"] == "acc_jane"
        client.revoke_authorization()
        client.auth.update(access_token=old)
        with pytest.raises(Exception, match="401"):
            client.userinfo()

    def test_sign_in_and_application_calendar(self, client: Any) -> None:
        """Its link shows the consent page, its code is exchanged, and its application calendar is an account."""
        link = client.user_auth_link("https://app.example.test/cb")
        with urllib.request.urlopen(link, timeout=5) as page:
            assert b"Connect your calendar" in page.read()
        redirect = approve(link)
        client.get_authorization_from_code(redirect.partition("code=")[2].partition("&")[0])
        assert client.userinfo()["sub"] == "acc_omar"
        assert client.application_calendar("desk")["sub"].startswith("apc_")


def approve(link: str) -> str:
    """Return the redirect URL after Omar's approval on that page."""
    parts = urlsplit(link)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    form = "decision=approve&account=acc_omar"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", f"{parts.path}?{parts.query}", body=io.BytesIO(form.encode()), headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 302
    return str(answer.headers["Location"])


def test_the_date_of_responses_is_that_of_the_sandbox(served: Served) -> None:
    """Responses have one Date, by the sandbox's clock, which says what its window shows."""
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{served.url}/v1/calendars")
    assert refused.value.headers.get_all("Date") == [http_date(NOW)]
    refused.value.close()
