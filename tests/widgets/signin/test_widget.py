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
from tests.consent_pages import answer_page, elevated_permissions_page
from tests.free_port import free_port
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
        link_text="Sign in with Cronofy",
        request=asking,
    )
    FACES.append(widget)
    return widget


def visible_text(widget: ConsentWidget) -> str:
    """Return what a person sees."""
    return " ".join(getattr(part, "value", "") or getattr(part, "description", "") for part in visible_parts(widget))


def test_it_shows_link_status_and_field_at_once(environment: dict[str, str]) -> None:
    """No button has to be pressed first; the link opens a new tab without access to the notebook."""
    widget = consent_widget(environment)
    assert widget.status == "waiting"
    assert 'target="_blank" rel="noopener noreferrer"' in widget.link.value
    assert {widget.link, widget.paste, widget.use, widget.stop, widget.line} <= set(visible_parts(widget))
    assert not {widget.again, widget.form, widget.finished} & set(visible_parts(widget))
    assert 'role="status"' in widget.line.value
    assert (widget.client, widget.url[:4]) == (None, "http")


def test_approval_sets_the_client(environment: dict[str, str]) -> None:
    """The browser comes back to the listener; the widget shows the account, and the link is gone."""
    widget = consent_widget(environment)
    httpx.get(answer_page(widget.url))
    assert wait_for_status(widget) == "done"
    assert widget.client.user_info()["email"] == "ann@example.test"
    assert widget.result() is widget.client
    assert "Signed in as ann@example.test" in visible_text(widget)
    assert widget.link.value == ""
    assert not {widget.link, widget.pasting, widget.stop, widget.again} & set(visible_parts(widget))


def test_pasted_addresses_are_removed_at_once(environment: dict[str, str]) -> None:
    """A valid address signs in, an invalid one is explained; the field is empty after both."""
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


def test_an_empty_field_is_explained(environment: dict[str, str]) -> None:
    """Pressing Use address without an address says what to paste."""
    widget = consent_widget(environment, FAR)
    press(widget.use)
    assert "Paste the whole address first" in visible_text(widget)


def test_a_denied_attempt_can_be_repeated(environment: dict[str, str]) -> None:
    """The new attempt has another state, and the first link is no longer valid."""
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


def test_cancel_and_timeout_are_shown(environment: dict[str, str]) -> None:
    """Both end the attempt and offer to start again."""
    widget, other = consent_widget(environment), consent_widget(environment, timeout=0.2)
    press(widget.stop)
    assert (widget.status, widget.again in visible_parts(widget)) == ("failed", True)
    assert "Cancelled" in visible_text(widget)
    assert wait_for_status(other) == "failed"
    assert "There was no response" in visible_text(other)


def test_the_application_is_asked_for(environment: dict[str, str], box: Sandbox) -> None:
    """Without an application there is a form; missing fields are named, and the secret is removed at once."""
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


def test_an_unknown_application_can_be_corrected(environment: dict[str, str], box: Sandbox) -> None:
    """The message says that the data centre does not know the application."""
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
    """An error in a button is shown in the widget and kept with its traceback."""
    widget = consent_widget(environment)

    def broken() -> None:
        raise RuntimeError("no such luck")

    widget._consent.start = broken  # type: ignore[method-assign, union-attr]
    press(widget.stop)
    press(widget.again)
    assert "no such luck" in visible_text(widget)
    assert isinstance(widget.problem, RuntimeError)


def test_a_page_without_redirect_has_a_button(served: Any, box: Sandbox) -> None:
    """`authorize` without a redirect_uri shows a button to say that it is done."""
    with cf.connect(access_token=box.access_token, base_url=served.url, environment={}) as client:
        url = elevated_permissions_page(client, "https://app.example.test/")
    widget = ConsentWidget(
        lambda _, changed: redirect_page_consent(
            url, redirect_uri=None, flow="auto", timeout=30, place=NOTEBOOK, changed=changed
        ),
        link_text="Open the page",
        has_nothing_to_paste=True,
    )
    FACES.append(widget)
    assert widget.finished in visible_parts(widget)
    assert "come back and press" in visible_text(widget)
    press(widget.finished)
    assert (widget.status, widget.result()) == ("done", {})


def test_everything_has_a_name_for_screen_readers(environment: dict[str, str]) -> None:
    """Fields and buttons have texts, and the field of the secret hides its value."""
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
    """Code, tokens and secret are in no widget state, repr, log or output."""
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


def test_a_port_in_use_can_be_retried(environment: dict[str, str]) -> None:
    """With flow loopback only the message and the button for another attempt are shown."""
    port = free_port()
    with closing(socket.create_server(("127.0.0.1", port))):
        address = f"http://127.0.0.1:{port}/"
        widget = consent_widget(environment, flow="loopback", redirect_uri=address)
        assert widget.status == "failed"
        assert "Cannot listen" in visible_text(widget)
        assert not {widget.form, widget.link, widget.pasting, widget.stop} & set(visible_parts(widget))
        with pytest.raises(cf.SignInError, match="Cannot listen"):
            widget.result()
    press(widget.again)
    assert widget.status == "waiting"


def test_an_abandoned_attempt_is_ignored(environment: dict[str, str]) -> None:
    """After Start again an answer to the first link changes nothing."""
    widget = consent_widget(environment, FAR)
    first = widget._consent.running.attempt  # type: ignore[union-attr]
    address = answer_page(widget.url)
    widget.start()
    first.take(address)
    assert (widget.status, widget.client) == ("waiting", None)
    assert widget.link.value


def test_closing_frees_the_port(environment: dict[str, str]) -> None:
    """A closed widget no longer listens, and has no thread."""
    widget = consent_widget(environment)
    address = urlsplit(parse_qs(urlsplit(widget.url).query)["redirect_uri"][0])
    widget.close()
    with closing(httpx.Client()) as browser, pytest.raises(httpx.ConnectError):
        browser.get(address.geturl())
    assert not [thread for thread in threading.enumerate() if thread.name == "cronofy_frames sign-in"]
