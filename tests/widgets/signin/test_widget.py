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
from cronofy_frames.signin import Place, make_consent, redirect_page_consent, sign_in_request
from cronofy_frames.widgets.signin.widget import ConsentWidget
from tests.consent_pages import answer_page
from tests.signin.test_login import page_for
from tests.widget_browser import browser_state, enter, press, visible_parts, wait_for_status

NOTEBOOK = Place("a notebook on this machine", notebook=True, near=True)
FAR = Place("Google Colab", notebook=True, near=False)
FACES: list[ConsentWidget] = []


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    """Give back ports, connections and widgets after each test."""
    yield
    for widget in FACES:
        if isinstance(widget.client, cf.Client):
            widget.client.close()
        widget.close()
    FACES.clear()


def consent_widget(environment: dict[str, str], place: Place = NOTEBOOK, **options: Any) -> ConsentWidget:
    """Return the widget as `login` shows it in a notebook."""
    asking = sign_in_request(environment=environment, **options)
    widget = ConsentWidget(
        lambda application, changed: make_consent(application or asking, place, changed=changed),
        press="Sign in with Cronofy",
        asking=asking,
    )
    FACES.append(widget)
    return widget


def visible_text(widget: ConsentWidget) -> str:
    """Return what a person sees."""
    return " ".join(getattr(part, "value", "") or getattr(part, "description", "") for part in visible_parts(widget))


def test_it_shows_a_link_and_a_line_and_a_box_at_once(environment: dict[str, str]) -> None:
    """Nothing has to be pressed first: the link opens a new tab that cannot reach back, and all else is there."""
    widget = consent_widget(environment)
    assert widget.status == "waiting"
    assert 'target="_blank" rel="noopener noreferrer"' in widget.link.value
    assert {widget.link, widget.paste, widget.use, widget.stop, widget.line} <= set(visible_parts(widget))
    assert not {widget.again, widget.form, widget.finished} & set(visible_parts(widget))
    assert 'role="status"' in widget.line.value
    assert (widget.client, widget.url[:4]) == (None, "http")


def test_a_click_on_approve_fills_in_the_client(environment: dict[str, str]) -> None:
    """The browser comes back to the listener; the widget says who it is, and the link is gone."""
    widget = consent_widget(environment)
    httpx.get(answer_page(widget.url))
    assert wait_for_status(widget) == "done"
    assert widget.client.user_info()["email"] == "ann@example.test"
    assert widget.result() is widget.client
    assert "Signed in as ann@example.test" in visible_text(widget)
    assert widget.link.value == ""
    assert not {widget.link, widget.pasting, widget.stop, widget.again} & set(visible_parts(widget))


def test_what_is_pasted_leaves_the_widget_at_once(environment: dict[str, str]) -> None:
    """A good address signs in, a bad one is told with what to do; the box is empty after either."""
    widget = consent_widget(environment, FAR)
    assert "cannot be opened" in visible_text(widget)
    enter(widget.paste, value="http://127.0.0.1:8765/?state=x&code=abcdef")
    assert "another attempt" in visible_text(widget)
    assert widget.paste.value == ""
    address = answer_page(widget.url)
    enter(widget.paste, value=address)
    press(widget.use)
    assert widget.status == "done"
    assert parse_qs(urlsplit(address).query)["code"][0] not in browser_state(widget)


def test_an_empty_box_is_told(environment: dict[str, str]) -> None:
    """Use it with nothing to use says what to paste."""
    widget = consent_widget(environment, FAR)
    press(widget.use)
    assert "Paste the whole address first" in visible_text(widget)


def test_declining_and_starting_again(environment: dict[str, str]) -> None:
    """A denied attempt offers another, with another state, and the first link no longer counts."""
    widget = consent_widget(environment)
    first = widget.url
    httpx.get(answer_page(first, decision="deny"))
    assert wait_for_status(widget) == "failed"
    assert "denied" in visible_text(widget)
    with pytest.raises(cf.SignInError, match="denied"):
        widget.result()
    press(widget.again)
    assert widget.status == "waiting"
    assert widget.url != first
    httpx.get(answer_page(widget.url))
    assert wait_for_status(widget) == "done"


def test_cancel_and_time_are_told(environment: dict[str, str]) -> None:
    """Cancel gives up and offers to start again; so does time."""
    widget, other = consent_widget(environment), consent_widget(environment, timeout=0.2)
    press(widget.stop)
    assert (widget.status, widget.again in visible_parts(widget)) == ("failed", True)
    assert "Cancelled" in visible_text(widget)
    assert wait_for_status(other) == "failed"
    assert "There was no response" in visible_text(other)


def test_the_application_is_asked_for(environment: dict[str, str], box: Sandbox) -> None:
    """Without an application there is a form; what is missing is named, and the secret leaves the widget at once."""
    known = {name: value for name, value in environment.items() if not name.startswith("CRONOFY_CLIENT")}
    widget = consent_widget(known)
    assert widget.form in visible_parts(widget)
    assert (widget.status, widget.client, widget.url) == ("", None, "")
    enter(widget.client_id, value=box.client_id)
    press(widget.go_on)
    assert "client_secret" in visible_text(widget)
    enter(widget.client_secret, value=f" {box.client_secret} ")
    assert box.client_secret in browser_state(widget), "what is typed is there until the button is pressed"
    press(widget.go_on)
    assert box.client_secret not in browser_state(widget)
    httpx.get(answer_page(widget.url))
    assert wait_for_status(widget) == "done"


def test_a_wrong_application_is_told_and_can_be_typed_again(environment: dict[str, str], box: Sandbox) -> None:
    """A typed application that the data centre does not know is said to be that, and may be put right."""
    known = {name: value for name, value in environment.items() if not name.startswith("CRONOFY_CLIENT")}
    widget = consent_widget(known)
    enter(widget.client_id, value=box.client_id)
    enter(widget.client_secret, value="wrong")
    press(widget.go_on)
    assert wait_for_status(widget) == "failed"
    assert "knows no application" in visible_text(widget)
    assert widget.form in visible_parts(widget)
    enter(widget.client_secret, value=box.client_secret)
    press(widget.go_on)
    assert widget.status == "waiting"
    httpx.get(answer_page(widget.url))
    assert wait_for_status(widget) == "done"


def test_a_callback_never_raises(environment: dict[str, str]) -> None:
    """What goes wrong in a button is said in the widget and kept with its traceback."""
    widget = consent_widget(environment)

    def broken() -> None:
        raise RuntimeError("no such luck")

    widget._consent.start = broken  # type: ignore[method-assign, union-attr]
    press(widget.stop)
    press(widget.again)
    assert "no such luck" in visible_text(widget)
    assert isinstance(widget.problem, RuntimeError)


def test_a_page_without_an_address_is_done_when_the_person_says_so(served: Any, box: Sandbox) -> None:
    """`authorize` without a redirect_uri shows a button for it; with one it waits for the browser."""
    with cf.connect(access_token=box.access_token, base_url=served.url, environment={}) as client:
        url = page_for(client, "https://app.example.test/")
    widget = ConsentWidget(
        lambda _, changed: redirect_page_consent(
            url, redirect_uri=None, flow="auto", timeout=30, place=NOTEBOOK, changed=changed
        ),
        press="Open the page",
        bare=True,
    )
    FACES.append(widget)
    assert widget.finished in visible_parts(widget)
    assert "come back and press" in visible_text(widget)
    press(widget.finished)
    assert (widget.status, widget.result()) == ("done", {})


def test_everything_has_a_name_for_who_cannot_see_it(environment: dict[str, str]) -> None:
    """Fields and buttons are named in words, and the secret's field hides what is typed."""
    widget = consent_widget({name: value for name, value in environment.items() if name != "CRONOFY_CLIENT_SECRET"})
    for part in (
        widget.client_id,
        widget.client_secret,
        widget.paste,
        widget.use,
        widget.stop,
        widget.again,
        widget.go_on,
        widget.finished,
    ):
        assert part.description
    assert type(widget.client_secret).__name__ == "Password"


def test_nothing_secret_reaches_the_browser(
    environment: dict[str, str], box: Sandbox, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Code, tokens and secret are in no widget's state, repr, log or output, before or after."""
    with caplog.at_level(logging.DEBUG):
        widget = consent_widget(environment, FAR)
        before = browser_state(widget)
        address = answer_page(widget.url)
        enter(widget.paste, value=address)
        client = widget.result()
    tokens = client.tokens
    assert tokens is not None
    ours = "\n".join(line.getMessage() for line in caplog.records if line.name.startswith("cronofy"))
    out = "".join(capfd.readouterr())
    texts = [before, browser_state(widget), repr(widget), widget.message, ours, out]
    code = parse_qs(urlsplit(address).query)["code"][0]
    for secret in (code, tokens.access_token, tokens.refresh_token, box.client_secret):
        assert secret
        assert not any(secret in text for text in texts)


def test_a_port_that_is_taken_is_said_and_can_be_tried_again(environment: dict[str, str]) -> None:
    """With flow loopback there is no other way: only the words and the button for another try are shown."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        widget = consent_widget(environment, flow="loopback", redirect_uri=address)
        assert widget.status == "failed"
        assert "Cannot listen" in visible_text(widget)
        assert not {widget.form, widget.link, widget.pasting, widget.stop} & set(visible_parts(widget))
        with pytest.raises(cf.SignInError, match="Cannot listen"):
            widget.result()
    press(widget.again)
    assert widget.status == "waiting"


def test_an_attempt_that_was_left_shows_nothing_any_more(environment: dict[str, str]) -> None:
    """After Start again an answer to the first link is nobody's, whatever thread brings it."""
    widget = consent_widget(environment, FAR)
    first = widget._consent.running.attempt  # type: ignore[union-attr]
    address = answer_page(widget.url)
    widget.start()
    first.take(address)
    assert (widget.status, widget.client) == ("waiting", None)
    assert widget.link.value


def test_closing_gives_the_port_back(environment: dict[str, str]) -> None:
    """A widget that is closed no longer listens, and no thread of it is left."""
    widget = consent_widget(environment)
    address = urlsplit(parse_qs(urlsplit(widget.url).query)["redirect_uri"][0])
    widget.close()
    with closing(httpx.Client()) as browser, pytest.raises(httpx.ConnectError):
        browser.get(address.geturl())
    assert not [thread for thread in threading.enumerate() if thread.name == "cronofy_frames sign-in"]
