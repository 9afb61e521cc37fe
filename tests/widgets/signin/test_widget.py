"""The sign-in widget through its comm: what a browser sends and is told, with the served sandbox on the other side."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

import cronofy_frames as cf
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.signin import Place, consent, errand, wanted
from cronofy_frames.widgets.signin.widget import ConsentWidget
from tests.faces import enter, press, seen, told
from tests.people import answered
from tests.signin.test_login import page_for

NOTEBOOK = Place("a notebook on this machine", notebook=True, near=True)
FAR = Place("Google Colab", notebook=True, near=False)
FACES: list[ConsentWidget] = []


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    """Give back ports, connections and widgets after each test."""
    yield
    for one in FACES:
        if isinstance(one.client, cf.Client):
            one.client.close()
        one.close()
    FACES.clear()


def face(environment: dict[str, str], place: Place = NOTEBOOK, **options: Any) -> ConsentWidget:
    """Return the widget as `login` shows it in a notebook."""
    asking = wanted(environment=environment, **options)
    one = ConsentWidget(
        lambda told, changed: consent(told or asking, place, changed=changed),
        press="Sign in with Cronofy",
        asking=asking,
    )
    FACES.append(one)
    return one


def ended(one: ConsentWidget) -> str:
    """Wait until an attempt is over, and return how."""
    consented = one._consent
    assert consented is not None
    assert consented.visit is not None
    assert consented.visit.attempt.wait(20)
    return one.status


def words(one: ConsentWidget) -> str:
    """Return what a person sees."""
    return " ".join(getattr(part, "value", "") or getattr(part, "description", "") for part in seen(one))


def test_it_shows_a_link_and_a_line_and_a_box_at_once(environment: dict[str, str]) -> None:
    """Nothing has to be pressed first: the link opens a new tab that cannot reach back, and all else is there."""
    one = face(environment)
    assert one.status == "waiting"
    assert 'target="_blank" rel="noopener noreferrer"' in one.link.value
    assert {one.link, one.paste, one.use, one.stop, one.line} <= set(seen(one))
    assert not {one.again, one.form, one.finished} & set(seen(one))
    assert 'role="status"' in one.line.value
    assert (one.client, one.url[:4]) == (None, "http")


def test_a_click_on_approve_fills_in_the_client(environment: dict[str, str]) -> None:
    """The browser comes back to the listener; the widget says who it is, and the link is gone."""
    one = face(environment)
    httpx.get(answered(one.url))
    assert ended(one) == "done"
    assert one.client.user_info()["email"] == "ann@example.test"
    assert one.result() is one.client
    assert "Signed in as ann@example.test" in words(one)
    assert one.link.value == ""
    assert not {one.link, one.pasting, one.stop, one.again} & set(seen(one))


def test_what_is_pasted_leaves_the_widget_at_once(environment: dict[str, str]) -> None:
    """A good address signs in, a bad one is told with what to do; the box is empty after either."""
    one = face(environment, FAR)
    assert "cannot be opened" in words(one)
    enter(one.paste, value="http://127.0.0.1:8765/?state=x&code=abcdef")
    assert "another attempt" in words(one)
    assert one.paste.value == ""
    back = answered(one.url)
    enter(one.paste, value=back)
    press(one.use)
    assert one.status == "done"
    assert parse_qs(urlsplit(back).query)["code"][0] not in told(one)


def test_an_empty_box_is_told(environment: dict[str, str]) -> None:
    """Use it with nothing to use says what to paste."""
    one = face(environment, FAR)
    press(one.use)
    assert "Paste the whole address first" in words(one)


def test_declining_and_starting_again(environment: dict[str, str]) -> None:
    """A denied attempt offers another, with another state, and the first link no longer counts."""
    one = face(environment)
    first = one.url
    httpx.get(answered(first, decision="deny"))
    assert ended(one) == "failed"
    assert "denied" in words(one)
    with pytest.raises(cf.SignInError, match="denied"):
        one.result()
    press(one.again)
    assert one.status == "waiting"
    assert one.url != first
    httpx.get(answered(one.url))
    assert ended(one) == "done"


def test_cancel_and_time_are_told(environment: dict[str, str]) -> None:
    """Cancel gives up and offers to start again; so does time."""
    one, other = face(environment), face(environment, timeout=0.2)
    press(one.stop)
    assert (one.status, one.again in seen(one)) == ("failed", True)
    assert "Cancelled" in words(one)
    assert ended(other) == "failed"
    assert "Nobody answered" in words(other)


def test_the_application_is_asked_for(environment: dict[str, str], box: Sandbox) -> None:
    """Without an application there is a form; what is missing is named, and the secret leaves the widget at once."""
    known = {name: value for name, value in environment.items() if not name.startswith("CRONOFY_CLIENT")}
    one = face(known)
    assert one.form in seen(one)
    assert (one.status, one.client, one.url) == ("", None, "")
    enter(one.client_id, value=box.client_id)
    press(one.go_on)
    assert "client_secret" in words(one)
    enter(one.client_secret, value=f" {box.client_secret} ")
    assert box.client_secret in told(one), "what is typed is there until the button is pressed"
    press(one.go_on)
    assert box.client_secret not in told(one)
    httpx.get(answered(one.url))
    assert ended(one) == "done"


def test_a_wrong_application_is_told_and_can_be_typed_again(environment: dict[str, str], box: Sandbox) -> None:
    """A typed application that the data centre does not know is said to be that, and may be put right."""
    known = {name: value for name, value in environment.items() if not name.startswith("CRONOFY_CLIENT")}
    one = face(known)
    enter(one.client_id, value=box.client_id)
    enter(one.client_secret, value="wrong")
    press(one.go_on)
    assert ended(one) == "failed"
    assert "knows no application" in words(one)
    assert one.form in seen(one)
    enter(one.client_secret, value=box.client_secret)
    press(one.go_on)
    assert one.status == "waiting"
    httpx.get(answered(one.url))
    assert ended(one) == "done"


def test_a_callback_never_raises(environment: dict[str, str]) -> None:
    """What goes wrong in a button is said in the widget and kept with its traceback."""
    one = face(environment)

    def broken() -> None:
        raise RuntimeError("no such luck")

    one._consent.start = broken  # type: ignore[method-assign, union-attr]
    press(one.stop)
    press(one.again)
    assert "no such luck" in words(one)
    assert isinstance(one.problem, RuntimeError)


def test_a_page_without_an_address_is_done_when_the_person_says_so(served: Any, box: Sandbox) -> None:
    """`authorize` without a redirect_uri shows a button for it; with one it waits for the browser."""
    with cf.connect(access_token=box.access_token, base_url=served.url, environment={}) as client:
        url = page_for(client, "https://app.example.test/")
    one = ConsentWidget(
        lambda _, changed: errand(url, redirect_uri=None, flow="auto", timeout=30, place=NOTEBOOK, changed=changed),
        press="Open the page",
        bare=True,
    )
    FACES.append(one)
    assert one.finished in seen(one)
    assert "come back and press" in words(one)
    press(one.finished)
    assert (one.status, one.result()) == ("done", {})


def test_everything_has_a_name_for_who_cannot_see_it(environment: dict[str, str]) -> None:
    """Fields and buttons are named in words, and the secret's field hides what is typed."""
    one = face({name: value for name, value in environment.items() if name != "CRONOFY_CLIENT_SECRET"})
    for part in (one.client_id, one.client_secret, one.paste, one.use, one.stop, one.again, one.go_on, one.finished):
        assert part.description
    assert type(one.client_secret).__name__ == "Password"


def test_nothing_secret_reaches_the_browser(
    environment: dict[str, str], box: Sandbox, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Code, tokens and secret are in no widget's state, repr, log or output, before or after."""
    with caplog.at_level(logging.DEBUG):
        one = face(environment, FAR)
        before = told(one)
        back = answered(one.url)
        enter(one.paste, value=back)
        client = one.result()
    kept = client.tokens
    assert kept is not None
    ours = "\n".join(line.getMessage() for line in caplog.records if line.name.startswith("cronofy"))
    out = "".join(capfd.readouterr())
    said = [before, told(one), repr(one), one.message, ours, out]
    code = parse_qs(urlsplit(back).query)["code"][0]
    for secret in (code, kept.access_token, kept.refresh_token, box.client_secret):
        assert secret
        assert not any(secret in text for text in said)


def test_a_port_that_is_taken_is_said_and_can_be_tried_again(environment: dict[str, str]) -> None:
    """With flow loopback there is no other way: only the words and the button for another try are shown."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        one = face(environment, flow="loopback", redirect_uri=address)
        assert one.status == "failed"
        assert "Cannot listen" in words(one)
        assert not {one.form, one.link, one.pasting, one.stop} & set(seen(one))
        with pytest.raises(cf.SignInError, match="Cannot listen"):
            one.result()
    press(one.again)
    assert one.status == "waiting"


def test_an_attempt_that_was_left_shows_nothing_any_more(environment: dict[str, str]) -> None:
    """After Start again an answer to the first link is nobody's, whatever thread brings it."""
    one = face(environment, FAR)
    first = one._consent.visit.attempt  # type: ignore[union-attr]
    back = answered(one.url)
    one.start()
    first.take(back)
    assert (one.status, one.client) == ("waiting", None)
    assert one.link.value


def test_closing_gives_the_port_back(environment: dict[str, str]) -> None:
    """A widget that is closed no longer listens, and no thread of it is left."""
    one = face(environment)
    address = urlsplit(parse_qs(urlsplit(one.url).query)["redirect_uri"][0])
    one.close()
    with closing(httpx.Client()) as browser, pytest.raises(httpx.ConnectError):
        browser.get(address.geturl())
    assert not [thread for thread in threading.enumerate() if thread.name == "cronofy_frames sign-in"]
