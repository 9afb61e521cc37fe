"""Sign-in attempts: their states, the responses that they accept, and the routes of the redirect."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from cronofy_frames.errors import CronofyError, SignInError
from cronofy_frames.signin import Attempt, Place, View, choose_route, detect_place
from cronofy_frames.signin.answers import read_code, read_parameters

REDIRECT_URI = "http://127.0.0.1:8765/"
NEAR = Place("a notebook on this machine", notebook=True, near=True)
FAR = Place("Google Colab", notebook=True, near=False)
HUB = Place("JupyterHub", notebook=True, near=False, proxy="https://hub.example.test/user/ann/proxy/{port}/")


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


CODE = "abcdefghijklmnopqrstuvwxyz012345"


def make_attempt(finish: Any = lambda code: (f"client of {code}", "Signed in."), **options: Any) -> Attempt:
    """Return an attempt whose state is s."""
    return Attempt(
        "https://app.example.test/oauth/authorize",
        read=lambda address: read_code(address, state="s", redirect_uri=REDIRECT_URI),
        finish=finish,
        **{"timeout": 300, **options},
    )


def test_a_valid_response_is_finished_once() -> None:
    """The first valid response signs in; the same URL again, as from a reload, changes nothing."""
    calls: list[str] = []
    attempt = make_attempt(lambda code: (calls.append(code), "Signed in."))
    assert attempt.take(f"{REDIRECT_URI}?code=abcdef&state=s") == View("done", "Signed in.")
    again = attempt.take(f"{REDIRECT_URI}?code=abcdef&state=s")
    assert (again.status, calls, attempt.view.status) == ("failed", ["abcdef"], "done")
    assert "has ended" in again.text


@pytest.mark.parametrize(
    ("address", "reason", "words"),
    [
        (f"{REDIRECT_URI}?code=abcdef&state=other", "state", "another attempt"),
        (f"{REDIRECT_URI}?code=abcdef", "state", "state"),
        (f"{REDIRECT_URI}?error=access_denied&state=other", "state", "another attempt"),
        (f"{REDIRECT_URI}?state=s", "address", "no code"),
        (REDIRECT_URI, "address", "whole address"),
        ("http://127.0.0.1:9999/?code=abcdef&state=s", "redirect_uri", REDIRECT_URI),
        ("https://app.cronofy.com/oauth/authorize?client_id=x&state=s", "address", "approve there first"),
        ("hello there", "address", "no response"),
        ("http://[::1", "address", "address"),
        ("localhost", "address", "no response"),
        ("cancel", "address", "no response"),
        ("127.0.0.1", "address", "no response"),
        ("", "address", "whole address"),
    ],
)
def test_an_invalid_response_is_refused_and_changes_nothing(address: str, reason: str, words: str) -> None:
    """A response of another attempt, or no response at all, has its own message, and the attempt keeps waiting."""
    attempt = make_attempt()
    view = attempt.take(address)
    assert isinstance(view.error, SignInError)
    assert (view.error.reason, attempt.view.status) == (reason, "waiting")
    assert words in view.text
    assert attempt.take(f"{REDIRECT_URI}?code=abcdef&state=s").status == "done"


@pytest.mark.parametrize(
    "address",
    [
        f"{REDIRECT_URI}?code=abcdef&state=s",
        f"  <{REDIRECT_URI}?code=abcdef&state=s>\n",
        f'"{REDIRECT_URI}?state=s&code=abcdef"',
        "?code=abcdef&state=s",
        "code=abcdef&state=s",
        CODE,
        f"{REDIRECT_URI}?tenant=7&code=abcdef&state=s#",
        "127.0.0.1:8765/?code=abcdef&state=s",
        "HTTP://127.0.0.1:8765?code=abcdef&state=s",
    ],
)
def test_codes_are_found_in_pasted_texts(address: str) -> None:
    """The whole URL, its query or the code alone is accepted, also with quotes, blanks and changed case."""
    assert read_code(address, state="s", redirect_uri=REDIRECT_URI) in ("abcdef", CODE)


@pytest.mark.parametrize(
    ("address", "reason", "words"),
    [
        (f"{REDIRECT_URI}?error=access_denied&state=s", "denied", "denied"),
        (f"{REDIRECT_URI}?error=invalid_scope&error_description=a+scope+is+not+known&state=s", "refused", "not known"),
    ],
)
def test_an_error_response_of_the_attempt_ends_it(address: str, reason: str, words: str) -> None:
    """A denied consent ends the attempt, and the page's error description is in the message."""
    attempt = make_attempt()
    view = attempt.take(address)
    assert view.status == attempt.view.status == "failed"
    assert isinstance(attempt.view.error, SignInError)
    assert attempt.view.error.reason == reason
    assert words in view.text


def test_time_runs_out() -> None:
    """After the timeout the message has the given text, and responses are no longer accepted."""
    clock = Clock()
    attempt = make_attempt(timeout=10, timeout_message="Add it to the list.", clock=clock)
    assert not attempt.expire()
    clock.now = 10.5
    assert attempt.expire()
    assert (attempt.view.status, attempt.view.text) == ("failed", "Add it to the list.")
    assert attempt.take(f"{REDIRECT_URI}?code=abcdef&state=s").status == "failed"


def test_cancelling_is_final() -> None:
    """A cancelled attempt accepts no response, and cancelling again changes nothing."""
    attempt = make_attempt()
    assert attempt.cancel()
    assert not attempt.cancel()
    assert attempt.take(CODE).status == "failed"
    assert attempt.result is None


def test_errors_while_finishing() -> None:
    """The package's own errors are shown in full, any other by its type only, since its text may quote tokens."""

    def refuse(_: str) -> Any:
        raise SignInError("code", "used")

    def break_down(_: str) -> Any:
        raise RuntimeError("no such luck")

    attempt, other = make_attempt(refuse), make_attempt(break_down)
    assert (attempt.take(CODE).text, attempt.view.status) == ("used", "failed")
    text = other.take(CODE).text
    assert "RuntimeError" in text
    assert "no such luck" not in text
    assert isinstance(other.view.error, CronofyError)
    assert (other.view.error.__cause__, other.view.error.__context__) == (None, None)


def test_of_many_threads_one_finishes() -> None:
    """Responses that arrive at the same time, from the listener and the paste box, are finished once."""
    calls: list[str] = []
    start = threading.Barrier(8)
    attempt = make_attempt(lambda code: (calls.append(code), "Signed in."))

    def give() -> None:
        start.wait()
        attempt.take(CODE)

    threads = [threading.Thread(target=give) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (calls, attempt.view.status) == ([CODE], "done")


def test_watchers_see_each_view() -> None:
    """A watcher gets every state, in order."""
    statuses: list[str] = []
    attempt = make_attempt()
    attempt.watch(lambda view: statuses.append(view.status))
    attempt.take("?code=abcdef&state=other")
    attempt.take(CODE)
    assert statuses == ["waiting", "finishing", "done"]


def test_a_failing_watcher_is_ignored() -> None:
    """If a watcher raises, the attempt is finished and the next watcher is called."""
    statuses: list[str] = []
    attempt = make_attempt()
    attempt.watch(lambda _: 1 / 0)
    attempt.watch(lambda view: statuses.append(view.status))
    assert attempt.take(CODE).status == "done"
    assert statuses == ["finishing", "done"]


def test_a_finished_attempt_says_why_it_accepts_nothing() -> None:
    """The message differs between an attempt that has a result and one that was cancelled."""
    taken, given_up = make_attempt(), make_attempt()
    taken.take(CODE)
    given_up.cancel()
    assert "Another response was used" in taken.take(CODE).text
    assert "Cancelled" in given_up.take(CODE).text


def test_redirects_without_a_code_return_parameters() -> None:
    """A consent page without a code returns its query parameters; a refusal is an error."""
    assert read_parameters(f"{REDIRECT_URI}?last_linked_profile_id=pro_1", redirect_uri=REDIRECT_URI) == {
        "last_linked_profile_id": "pro_1"
    }
    assert read_parameters("?", redirect_uri=None) == {}
    assert read_parameters("last_linked_profile_id=pro_1&X=1&a=%1b[2J", redirect_uri=None) == {
        "last_linked_profile_id": "pro_1"
    }
    for word in ("no", "http://["):
        with pytest.raises(SignInError):
            read_parameters(word, redirect_uri=None)
    with pytest.raises(SignInError, match="answered an error"):
        read_parameters("?error=%1b]0;owned", redirect_uri=None)
    with pytest.raises(SignInError, match="declined"):
        read_parameters(f"{REDIRECT_URI}?error=access_denied", redirect_uri=REDIRECT_URI)
    with pytest.raises(SignInError, match="redirect_uri"):
        read_parameters("http://127.0.0.1:1/?x=1", redirect_uri=REDIRECT_URI)


@pytest.mark.parametrize(
    ("flow", "redirect_uri", "place", "expected"),
    [
        ("auto", None, NEAR, ("http://127.0.0.1:{port}/", 0, "/")),
        ("auto", "http://127.0.0.1:8765/cb", NEAR, ("http://127.0.0.1:8765/cb", 8765, "/cb")),
        ("auto", "http://localhost:8765", NEAR, ("http://localhost:8765", 8765, "/")),
        ("auto", "https://app.example.test/cb", NEAR, ("https://app.example.test/cb", None, "/")),
        ("auto", "https://127.0.0.1:8765/", NEAR, ("https://127.0.0.1:8765/", None, "/")),
        ("auto", None, FAR, (REDIRECT_URI, None, "/")),
        ("auto", "http://127.0.0.1:8765/", FAR, (REDIRECT_URI, None, "/")),
        ("loopback", None, FAR, ("http://127.0.0.1:{port}/", 0, "/")),
        ("auto", None, HUB, ("https://hub.example.test/user/ann/proxy/{port}/", 0, "/")),
        (
            "auto",
            "https://hub.example.test/user/ann/proxy/8765/cb",
            HUB,
            ("https://hub.example.test/user/ann/proxy/8765/cb", 8765, "/cb"),
        ),
        ("paste", None, NEAR, (REDIRECT_URI, None, "/")),
        ("paste", "http://127.0.0.1:1234/", NEAR, ("http://127.0.0.1:1234/", None, "/")),
    ],
)
def test_the_route_fits_the_place(flow: Any, redirect_uri: str | None, place: Place, expected: Any) -> None:
    """If the browser can reach this machine, a listener at the redirect_uri's port; otherwise the URL is pasted."""
    route = choose_route(flow, redirect_uri, place)
    assert (route.redirect_uri, route.port, route.path) == expected


@pytest.mark.parametrize(
    ("flow", "redirect_uri", "words"),
    [
        ("fast", None, "auto, loopback, paste"),
        ("loopback", "https://app.example.test/cb", "paste"),
        ("auto", "127.0.0.1:8765", "address such as"),
        ("auto", "http://127.0.0.1:99999/", "address such as"),
        ("auto", "http://127.0.0.1:0/", "address such as"),
        ("paste", "ftp://127.0.0.1/", "address such as"),
    ],
)
def test_impossible_routes_are_refused(flow: Any, redirect_uri: str | None, words: str) -> None:
    """A route that cannot work is an error with the next step."""
    with pytest.raises(ValueError, match=words):
        choose_route(flow, redirect_uri, NEAR)


KERNEL = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=object()))
TERMINAL = SimpleNamespace(get_ipython=lambda: SimpleNamespace())


@pytest.mark.parametrize(
    ("environment", "modules", "notebook", "near"),
    [
        ({}, {}, False, True),
        ({}, {"IPython": TERMINAL}, False, True),
        ({}, {"IPython": KERNEL}, True, True),
        ({"VSCODE_PID": "1"}, {"IPython": KERNEL}, True, True),
        ({}, {"IPython": KERNEL, "google.colab": object()}, True, False),
        ({"COLAB_RELEASE_TAG": "x"}, {"IPython": KERNEL}, True, False),
        ({"JUPYTERHUB_SERVICE_PREFIX": "/user/ann/"}, {"IPython": KERNEL}, True, False),
        ({"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, {}, False, False),
    ],
)
def test_places_are_detected(
    environment: dict[str, str], modules: dict[str, Any], *, notebook: bool, near: bool
) -> None:
    """Kernels show widgets; in the cloud, on a hub or over ssh the browser is on another machine."""
    place = detect_place(environment, modules=modules, has_proxy=False)
    assert (place.notebook, place.near, place.proxy) == (notebook, near, None)


def test_a_hub_that_knows_its_address_is_reached_through_its_proxy() -> None:
    """With jupyter-server-proxy and the hub's public URL, the browser can reach a port."""
    hub = {
        "JUPYTERHUB_SERVICE_PREFIX": "/user/ann/",
        "JUPYTERHUB_PUBLIC_URL": "https://hub.example.test/user/ann/",
    }
    assert detect_place(hub, modules={}, has_proxy=True).proxy == "https://hub.example.test/user/ann/proxy/{port}/"
    assert detect_place(hub, modules={}, has_proxy=False).proxy is None
