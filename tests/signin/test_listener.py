"""The listener for the browser's redirect, its page, and attempts that run with it."""

import socket
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import httpx
import pytest

from cronofy_frames.errors import SignInError
from cronofy_frames.signin import Attempt, View
from cronofy_frames.signin.answers import read_code
from cronofy_frames.signin.consent import Consent, RunningAttempt
from cronofy_frames.signin.environment import Place, Route, choose_route
from cronofy_frames.signin.listener import Listener
from tests.free_port import free_port

CODE = "abcdefghijklmnopqrstuvwxyz012345"
DONE_VIEW = View("done", "Signed in as <b>Ann</b>.")


@contextmanager
def listen(view: View = DONE_VIEW, path: str = "/", **options: Any) -> Iterator[tuple[Listener, list[str]]]:
    """Start a listener, and yield it with the list of queries that it passed on."""
    taken: list[str] = []

    def take(address: str) -> View:
        taken.append(address)
        return view

    listener = Listener(Route("http://127.0.0.1:{port}/", 0, path), take, **options)
    try:
        yield listener, taken
    finally:
        listener.close()


def open_page(listener: Listener, path: str) -> httpx.Response:
    """Return the response to a browser."""
    return httpx.get(f"http://127.0.0.1:{listener.port}{path}")


def test_the_query_is_passed_on_and_the_page_shows_the_result() -> None:
    """The page is complete, accessible HTML, with the message escaped and secure headers."""
    with listen() as (listener, took):
        answer = open_page(listener, "/?code=abcdef&state=s")
    assert took == ["?code=abcdef&state=s"]
    assert answer.status_code == 200
    assert "You can close this tab" in answer.text
    assert "&lt;b&gt;Ann&lt;/b&gt;" in answer.text
    assert '<html lang="en">' in answer.text
    assert "abcdef" not in answer.text
    assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_the_page_of_an_error_is_an_alert() -> None:
    """The error is on the page as an alert for screen readers, and the status is 400."""
    with listen(View("failed", "Access was denied.")) as (listener, _):
        answer = open_page(listener, "/?error=access_denied&state=s")
    assert answer.status_code == 400
    assert '<p role="alert">Access was denied.</p>' in answer.text


@pytest.mark.parametrize("path", ["/favicon.ico", "/", "/other?code=abcdef&state=s", "/cb/?code=x&state=s"])
def test_other_requests_of_a_browser_are_not_found(path: str) -> None:
    """Icons, prefetched pages and other paths are not responses."""
    with listen(path="/cb") as (listener, took):
        assert open_page(listener, path).status_code == 404
    assert took == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
        {"Host": "evil.example"},
        {"Host": "evil.example:80"},
        {"Host": ""},
    ],
)
def test_other_pages_cannot_answer(headers: dict[str, str]) -> None:
    """Requests started by other pages, and requests with another Host, are refused."""
    with listen(accept_empty=True) as (listener, took):
        address = f"http://127.0.0.1:{listener.port}/?granted=everything"
        assert httpx.get(address, headers=headers).status_code == 404
        browser = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Host": f"localhost:{listener.port}"}
        assert httpx.get(address, headers=browser).status_code == 200
    assert len(took) == 1


def test_a_redirect_without_parameters_may_be_accepted() -> None:
    """If no parameters are expected, the redirect itself is the response."""
    with listen(accept_empty=True) as (listener, took):
        assert open_page(listener, "/").status_code == 200
    assert len(took) == 1


def test_the_listener_is_local_and_frees_its_port() -> None:
    """It listens on 127.0.0.1 only, and after closing the port is free."""
    with listen() as (listener, _):
        open_page(listener, "/?code=abcdef&state=s")
        with closing(socket.socket()) as probe:
            assert probe.connect_ex(("127.0.0.1", listener.port)) == 0
        assert [server.server_address[0] for server in listener._servers] == ["127.0.0.1"]
    with closing(socket.socket()) as probe:
        assert probe.connect_ex(("127.0.0.1", listener.port)) != 0
    again = Listener(Route("", listener.port), lambda _: DONE_VIEW)
    again.close()


def test_an_idle_connection_blocks_nothing() -> None:
    """Browsers open connections in advance and send nothing; other requests are answered all the same."""
    with listen() as (listener, took), closing(socket.create_connection(("127.0.0.1", listener.port))):
        assert open_page(listener, "/?code=abcdef&state=s").status_code == 200
        listener.close()  # while the idle connection is still open
    assert len(took) == 1


def test_a_broken_connection_is_neither_printed_nor_fatal(capfd: pytest.CaptureFixture[str]) -> None:
    """A browser that resets its connection leaves no traceback on the screen, and is answered when it tries again."""
    with listen() as (listener, took):
        for _ in range(3):
            with closing(socket.create_connection(("127.0.0.1", listener.port))) as broken:
                broken.send(b"GET /?code=abcdef")
                broken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing resets it
        assert open_page(listener, "/?code=abcdef&state=s").status_code == 200
    assert len(took) == 1
    assert "".join(capfd.readouterr()) == ""


def test_an_attempt_that_cannot_be_made_frees_its_port() -> None:
    """If the link cannot be made, as for an invalid option, the error is raised and nothing listens."""
    ports: list[int] = []

    def make(redirect_uri: str) -> Attempt:
        ports.append(httpx.URL(redirect_uri).port or 0)
        raise ValueError("no such option")

    with pytest.raises(ValueError, match="no such option"):
        RunningAttempt(make, RANDOM)
    with closing(socket.socket()) as probe:
        assert probe.connect_ex(("127.0.0.1", ports[0])) != 0


def test_a_taken_port_is_an_error_with_next_steps() -> None:
    """If another program uses the port, the error names it and the alternatives."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SignInError, match=f"{port}.*paste") as caught:
            Listener(Route("", port), lambda _: DONE_VIEW)
    assert caught.value.reason == "port"


def start_attempt(
    route: Route, *, timeout: float = 30, finish: Any = lambda code: (code, "Signed in."), **options: Any
) -> RunningAttempt:
    """Start an attempt whose state is s."""

    def make(redirect_uri: str) -> Attempt:
        return Attempt(
            f"https://app.example.test/?redirect_uri={redirect_uri}",
            read=lambda address: read_code(address, state="s", redirect_uri=redirect_uri),
            finish=finish,
            timeout=timeout,
        )

    return RunningAttempt(make, route, **options)


RANDOM = Route("http://127.0.0.1:{port}/", 0)


def test_the_redirect_uri_has_the_port_of_the_listener() -> None:
    """With port 0 the redirect_uri is complete once the listener runs, and it works."""
    running = start_attempt(RANDOM)
    assert running.listener is not None
    assert running.redirect_uri == f"http://127.0.0.1:{running.listener.port}/"
    assert httpx.get(running.redirect_uri, params={"code": "abcdef", "state": "s"}).status_code == 200
    running.close()
    assert (running.attempt.view.status, running.attempt.result) == ("done", "abcdef")


@pytest.mark.parametrize(
    ("redirect_uri", "comes_to"),
    [
        ("http://localhost:{port}/", "http://127.0.0.1:{port}/"),
        ("http://localhost:{port}/", "http://localhost:{port}/"),
        ("http://127.0.0.1:{port}", "http://127.0.0.1:{port}/"),
        ("http://127.0.0.1:{port}/cb?tenant=7", "http://127.0.0.1:{port}/cb?tenant=7"),
        ("https://hub.example.test/user/ann/proxy/{port}/", "http://127.0.0.1:{port}/"),
        ("https://hub.example.test/user/ann/proxy/{port}/cb", "http://127.0.0.1:{port}/cb"),
    ],
)
def test_every_form_of_redirect_uri_works(redirect_uri: str, comes_to: str) -> None:
    """With any spelling of the redirect_uri, and with a proxy between, the browser's response is accepted."""
    port = free_port()
    named = redirect_uri.replace("{port}", str(port))
    running = start_attempt(choose_route("loopback", named, Place("here", notebook=False, near=True)))
    assert running.redirect_uri == named
    arrives = httpx.URL(comes_to.replace("{port}", str(port))).copy_merge_params({"code": "abcdef", "state": "s"})
    answer = httpx.get(arrives, headers={"Host": httpx.URL(named).host})
    running.close()
    assert (answer.status_code, running.attempt.result) == (200, "abcdef")


def test_localhost_needs_both_addresses() -> None:
    """Localhost may be IPv4 or IPv6, so a port that another program uses on either of them is taken."""
    try:
        other = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6 on loopback")
    with closing(other):
        port = other.getsockname()[1]
        with pytest.raises(SignInError, match=str(port)):
            Listener(Route(f"http://localhost:{port}/", port), lambda _: DONE_VIEW)
    with closing(socket.socket()) as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_many_threads_may_start_at_one_port() -> None:
    """Of attempts started at once at a fixed port the last one listens, and none fails."""
    port = free_port()
    route = Route(f"http://127.0.0.1:{port}/", port)
    with ThreadPoolExecutor(6) as pool:
        attempts = list(pool.map(lambda _: start_attempt(route), range(6)))
    assert sum(running.attempt.view.status == "waiting" for running in attempts) == 1
    for running in attempts:
        running.attempt.cancel()
        running.close()


def test_a_request_with_a_wrong_state_ends_nothing() -> None:
    """It gets an error page and the attempt keeps waiting; the valid response still works."""
    running = start_attempt(RANDOM)
    answer = httpx.get(running.redirect_uri, params={"code": "stolen", "state": "guess"})
    assert (answer.status_code, running.attempt.view.status) == (400, "waiting")
    assert "another attempt" in answer.text
    assert httpx.get(running.redirect_uri, params={"code": "abcdef", "state": "s"}).status_code == 200
    running.close()
    assert running.attempt.result == "abcdef"


def test_time_closes_the_listener() -> None:
    """After the timeout the attempt fails and the port is freed, without a waiting caller."""
    running = start_attempt(RANDOM, timeout=0.2)
    assert running.attempt.wait(10)
    assert running.listener is not None
    for thread in running.listener._threads:
        thread.join(10)
    with closing(socket.socket()) as probe:
        assert probe.connect_ex(("127.0.0.1", running.listener.port)) != 0
    assert isinstance(running.attempt.view.error, SignInError)
    assert running.attempt.view.error.reason == "timeout"


def test_a_taken_port_falls_back_on_pasting() -> None:
    """If the flow allows both, a taken port means pasting, with a note that says why."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        address = f"http://127.0.0.1:{port}/"
        running = start_attempt(Route(address, port), fallback=Route(address))
        with pytest.raises(SignInError):
            start_attempt(Route(address, port))
    assert running.listener is None
    assert str(port) in running.note
    running.attempt.cancel()


def test_a_new_attempt_replaces_one_at_the_same_port() -> None:
    """Running the cell again at a fixed port cancels the first attempt and listens in its place."""
    port = free_port()
    route = Route(f"http://127.0.0.1:{port}/", port)
    first, second = start_attempt(route), start_attempt(route)
    assert isinstance(first.attempt.view.error, SignInError)
    assert first.attempt.view.error.reason == "cancelled"
    assert second.listener is not None
    assert httpx.get(second.redirect_uri, params={"code": "abcdef", "state": "s"}).status_code == 200
    second.close()


def test_the_page_waits_until_the_code_was_exchanged() -> None:
    """The page shows the result of the exchange, also when it fails."""
    held = threading.Event()

    def finish(_: str) -> Any:
        held.wait(10)
        raise SignInError("code", "Cronofy does not take this code.")

    running = start_attempt(RANDOM, finish=finish)
    threading.Timer(0.1, held.set).start()
    answer = httpx.get(running.redirect_uri, params={"code": "abcdef", "state": "s"})
    running.close()
    assert (answer.status_code, "does not take" in answer.text) == (400, True)


def test_waiting_can_be_repeated() -> None:
    """A wait that times out does not change the attempt; a later wait returns the result or raises its error."""
    consent = Consent(lambda: start_attempt(RANDOM))
    with pytest.raises(SignInError, match="started"):
        consent.result()
    consent.start()
    with pytest.raises(TimeoutError):
        consent.result(0.01)
    assert consent.client is None
    consent.take(CODE)
    assert (consent.result(), consent.client, consent.status) == (CODE, CODE, "done")
    consent.start()
    consent.cancel()
    with pytest.raises(SignInError, match="Cancelled"):
        consent.result()
    consent.close()
