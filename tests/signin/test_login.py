"""Signing in against a served sandbox, from a shell or a notebook, with its results and error messages."""

import io
import json
import logging
import os
import re
import socket
import sys
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

import cronofy_frames as cf
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.signin import (
    Consent,
    Place,
    ask_missing,
    make_consent,
    open_page,
    prompt,
    redirect_page_consent,
    run,
    sign_in_request,
)
from cronofy_frames.signin.shell import InputLines, write_line
from tests.consent_pages import answer_page, elevated_permissions_page
from tests.free_port import free_address
from tests.shell import FAR, HERE, Shell

CONSENTS: list[Consent] = []


def new_consent(environment: dict[str, str], place: Place = HERE, **options: Any) -> Consent:
    """Return a sign-in that has not started; its ports and connections are closed after the test."""
    consent = make_consent(sign_in_request(environment=environment, **options), place)
    CONSENTS.append(consent)
    return consent


def started_consent(environment: dict[str, str], place: Place = HERE, **options: Any) -> Consent:
    """Return a sign-in that has started."""
    consent = new_consent(environment, place, **options)
    consent.start()
    return consent


@pytest.fixture(autouse=True)
def close_consents() -> Iterator[None]:
    """Close ports and connections after each test."""
    yield
    for consent in CONSENTS:
        if isinstance(consent.client, cf.Client):
            consent.client.close()
        consent.close()
    CONSENTS.clear()


def reason_of(consent: Consent) -> str:
    """Wait for a sign-in to fail, and return the reason."""
    with pytest.raises(cf.SignInError) as caught:
        consent.result(20)
    return caught.value.reason


def test_sign_in_with_a_browser(environment: dict[str, str]) -> None:
    """After approval the browser is redirected, and the result is a client that reads."""
    consent = started_consent(environment)
    page = httpx.get(answer_page(consent.url))
    client = consent.result(20)
    assert "You can close this tab" in page.text
    assert len(cf.read_calendars(client))
    assert "ann@example.test" in consent.message
    assert "cf.connect(account='ann@example.test')" in consent.message


def test_the_account_is_there_for_the_next_process(environment: dict[str, str], box: Sandbox) -> None:
    """A signed-in account is found by its name, its part before the @ and as the only one; its token is renewed."""
    consent = started_consent(environment)
    httpx.get(answer_page(consent.url))
    consent.result(20)
    for account in ("ann@example.test", "ann", None):
        with cf.connect(account=account, environment=environment) as client:
            assert client.user_info()["email"] == "ann@example.test"
            token = client.tokens
            assert token is not None
            assert token.client_secret is None, "a secret from the environment stays there"
            box.expire(token.access_token)
            assert client.user_info()["email"] == "ann@example.test"


def test_a_typed_secret_is_stored_with_the_tokens(environment: dict[str, str], box: Sandbox) -> None:
    """Without a secret in the environment, the typed one is stored and renews the tokens later."""
    known = {name: value for name, value in environment.items() if not name.startswith("CRONOFY_CLIENT")}
    asking = ask_missing(
        sign_in_request(environment=known),
        read=lambda _: box.client_id,
        read_secret=lambda _: box.client_secret,
        write=str,
    )
    consent = make_consent(asking, HERE)
    CONSENTS.append(consent)
    consent.start()
    httpx.get(answer_page(consent.url))
    consent.result(20)
    bare = {"CRONOFY_FRAMES_HOME": environment["CRONOFY_FRAMES_HOME"]}
    with cf.connect(account="ann", environment=bare) as later:
        box.expire(later.tokens.access_token)
        assert later.user_info()["email"] == "ann@example.test"


def test_a_denied_consent_fails(environment: dict[str, str]) -> None:
    """Browser and caller see that access was denied, and nothing is stored."""
    consent = started_consent(environment)
    page = httpx.get(answer_page(consent.url, decision="deny"))
    assert "denied" in page.text
    assert reason_of(consent) == "denied"
    assert cf.accounts(environment=environment).empty


def test_a_wrong_state_is_refused_and_the_attempt_goes_on(environment: dict[str, str]) -> None:
    """A response of another attempt is refused as such; approving the right link still signs in."""
    consent, other = started_consent(environment), started_consent(environment)
    swapped = answer_page(other.url).replace(other.running.redirect_uri, consent.running.redirect_uri)  # type: ignore[union-attr]
    assert "another attempt" in httpx.get(swapped).text
    assert "another attempt" in consent.message
    httpx.get(answer_page(consent.url))
    assert consent.result(20) is not None
    other.close()


def test_a_used_code_is_named(environment: dict[str, str]) -> None:
    """If Cronofy refuses a code, the message says that a code works once."""
    consent = started_consent(environment, flow="paste")
    consent.take("used" * 8)
    assert "a code works once" in consent.message
    assert reason_of(consent) == "code"


def test_a_wrong_redirect_uri_is_named(environment: dict[str, str]) -> None:
    """The message shows the expected redirect_uri, and the corrected URL is accepted."""
    consent = started_consent(environment, flow="paste", redirect_uri="http://127.0.0.1:8765/cb")
    address = answer_page(consent.url)
    view = consent.take(address.replace("8765", "8766"))
    assert view.error is not None
    assert view.error.reason == "redirect_uri"  # type: ignore[attr-defined]
    assert "http://127.0.0.1:8765/cb" in view.text
    consent.take(address)
    assert consent.result(20) is not None


def test_the_timeout_names_possible_causes(environment: dict[str, str]) -> None:
    """The message lists what may have prevented the redirect."""
    consent = started_consent(environment, timeout=0.2)
    assert reason_of(consent) == "timeout"
    assert "redirect_uri" in consent.message
    assert "data_center" in consent.message


@pytest.mark.parametrize("name", ["client_id", "client_secret"])
def test_an_unknown_application_fails_before_the_page(environment: dict[str, str], box: Sandbox, name: str) -> None:
    """A wrong application, or one of another data center, fails at once and the message names the data center."""
    consent = started_consent(
        environment, **{"client_id": box.client_id, "client_secret": box.client_secret, name: "wrong"}
    )
    assert reason_of(consent) == "application"
    assert "data_center" in consent.message
    assert "app-de.cronofy.com" in consent.message


def test_an_unreachable_data_center_fails_at_once(environment: dict[str, str]) -> None:
    """Without a network the sign-in fails at once and names the host."""
    closed = {**environment, "CRONOFY_API_URL": "http://127.0.0.1:9"}
    consent = started_consent(closed)
    with pytest.raises(cf.SignInError, match=r"127\.0\.0\.1") as caught:
        consent.result(60)
    assert caught.value.reason == "network"


def test_a_service_account_is_connected(environment: dict[str, str]) -> None:
    """delegated_scope opens the administrator's page, and the client belongs to the service account."""
    consent = started_consent(environment, delegated_scope="read_write")
    assert "/enterprise_connect/" in consent.url
    httpx.get(answer_page(consent.url))
    client = consent.result(20)
    assert client.user_info()["cronofy.type"] == "service_account"


def test_page_options_are_in_the_link(environment: dict[str, str]) -> None:
    """provider_name, avoid_linking, link_token and scope are in the link."""
    consent = started_consent(
        environment, provider_name="google", avoid_linking=True, link_token="lnk", scope=["read_events"]
    )
    for words in ("provider_name=google", "avoid_linking=true", "link_token=lnk", "scope=read_events&"):
        assert words in consent.url
    consent.close()


def test_missing_scopes_are_named(environment: dict[str, str]) -> None:
    """A person who grants less is signed in, and the message names the missing scopes."""
    consent = started_consent(environment)
    httpx.get(answer_page(consent.url, scope="read_account list_calendars read_events"))
    assert consent.result(20) is not None
    assert "create_event, delete_event is missing" in consent.message


def test_tokens_that_cannot_be_stored_are_used(environment: dict[str, str], tmp_path: Path) -> None:
    """If the home cannot be written, the client works, and the message says that nothing was stored."""
    (tmp_path / "home").write_text("a file where the folder should be")
    consent = started_consent(environment)
    httpx.get(answer_page(consent.url))
    client = consent.result(20)
    assert client.user_info()["email"] == "ann@example.test"
    assert "could not be stored" in consent.message


def test_memory_keeps_nothing_on_disk(environment: dict[str, str], tmp_path: Path) -> None:
    """store="memory" writes no file, and a store object gets the tokens."""
    consent = started_consent(environment, store="memory")
    httpx.get(answer_page(consent.url))
    consent.result(20)
    assert not (tmp_path / "home").exists()
    own = cf.MemoryStore()
    other = started_consent(environment, store=own)
    httpx.get(answer_page(other.url))
    other.result(20)
    tokens = own.load()
    assert tokens is not None
    assert tokens.profile_name == "ann@example.test"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"timeout": 0}, "seconds"),
        ({"timeout": float("inf")}, "finite"),
        ({"scope": " "}, "scope"),
        ({"flow": "fast"}, "paste"),
        ({"store": "cloud"}, "memory"),
        ({"data_center": "eu"}, "de"),
        ({"redirect_uri": "nowhere"}, "address"),
    ],
)
def test_invalid_arguments_are_refused_at_once(options: dict[str, Any], words: str) -> None:
    """Invalid arguments are an error before anything is shown or opened."""
    with pytest.raises(ValueError, match=words):
        sign_in_request("id", "secret", environment={}, **options)


def test_a_shell_waits_for_the_browser(environment: dict[str, str]) -> None:
    """The link is printed and opened, and approving it ends the wait."""
    shell, opened = Shell(), []

    def show(url: str) -> bool:
        opened.append(url)
        threading.Thread(target=lambda: httpx.get(answer_page(url))).start()
        return True

    consent = new_consent(environment)
    run(consent, HERE, write=shell.write, next_line=shell.next_line, open_in_browser=show)
    assert opened == [shell.url]
    assert consent.result().user_info()["email"] == "ann@example.test"
    assert "up to 5 minutes; Ctrl-C" in shell.text
    assert "Signed in as ann@example.test" in shell.printed[-1]


def test_a_shell_accepts_a_pasted_url(environment: dict[str, str]) -> None:
    """Without a local browser none is opened; an invalid line gets a message, and the right one signs in."""
    lines = iter(["nonsense here\n", "later"])
    shell = Shell(lambda url: next(lines).replace("later", answer_page(url) + "\n"))
    consent = new_consent(environment, FAR)
    run(
        consent,
        FAR,
        write=shell.write,
        next_line=shell.next_line,
        open_in_browser=lambda _: pytest.fail("there is no browser here"),
    )
    assert "text contains no response" in shell.text
    assert consent.result() is not None
    assert shell.printed[-1] == consent.message


def test_a_shell_without_input_fails_at_once(environment: dict[str, str]) -> None:
    """Without input and listener the sign-in fails at once and does not hang."""
    shell = Shell(lambda _: "")
    consent = new_consent(environment, FAR)
    run(consent, FAR, write=shell.write, next_line=shell.next_line)
    assert reason_of(consent) == "address"
    assert "loopback" in consent.message
    assert consent.message not in shell.text, "who called it says so"


def test_ctrl_c_cancels(environment: dict[str, str]) -> None:
    """Ctrl-C ends the attempt and frees the port."""

    def interrupt(_: float) -> str | None:
        raise KeyboardInterrupt

    consent = new_consent(environment)
    with pytest.raises(KeyboardInterrupt):
        run(consent, HERE, write=lambda _: None, next_line=interrupt, open_in_browser=None)
    assert reason_of(consent) == "cancelled"


def test_lines_are_read_from_a_pipe() -> None:
    """A stream gives a line if there is one, None if there is none yet, and an empty text at its end."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as stream, os.fdopen(writing, "w") as typing:
        keyboard = InputLines(stream)
        assert keyboard.line(0.01) is None
        typing.write("hello\n")
        typing.flush()
        assert keyboard.line(5) == "hello\n"
        typing.close()
        assert keyboard.line(5) == ""
    assert InputLines(None).line(0) == ""
    text = InputLines(io.StringIO("no file"))
    assert (text.line(5), text.line(5)) == ("no file", "")


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no terminals of this kind")
def test_lines_are_read_from_a_terminal() -> None:
    """A terminal gives a typed line once it is complete, and keeps the lines after it for whatever reads next."""
    outer, inner = os.openpty()
    with os.fdopen(inner) as stream, os.fdopen(outer, "wb", buffering=0) as typing:
        keyboard = InputLines(stream)
        assert keyboard.line(0.01) is None
        typing.write(b"hello\nnext\n")
        assert keyboard.line(5) == "hello\n"
        assert stream.readline() == "next\n"
        stream.close()
        assert keyboard.line(0) == ""


class UnreadableInput(io.StringIO):
    """An input that fails to read, and to say what it is, as one that a program has detached."""

    def isatty(self) -> bool:
        raise ValueError("I/O operation on closed file")

    def readline(self, *_: Any) -> str:
        raise OSError(5, "Input/output error")


def test_an_input_that_cannot_be_read_has_ended() -> None:
    """A broken input is an ended one."""
    assert InputLines(UnreadableInput()).line(5) == ""


@pytest.mark.parametrize(
    ("environment", "opens"),
    [({"DISPLAY": ":0"}, True), ({"WAYLAND_DISPLAY": "w"}, True), ({"BROWSER": "x"}, True), ({"DISPLAY": ""}, False)],
)
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a browser")
def test_a_browser_is_opened_where_there_is_a_screen(environment: dict[str, str], opens: bool) -> None:
    """Without a screen nothing is started, because a text browser would take over the shell."""
    opened: list[str] = []

    def open_tab(url: str) -> bool:
        opened.append(url)
        return True

    assert open_page("http://x/", environment=environment, open_tab=open_tab) is opens
    assert opened == ["http://x/"] * opens


def test_a_browser_that_cannot_be_started_is_not_needed() -> None:
    """The user is shown the link in any case."""

    def open_tab(_: str) -> bool:
        raise webbrowser.Error("could not locate runnable browser")

    assert not open_page("http://x/", environment={"DISPLAY": ":0"}, open_tab=open_tab)


def test_an_incomplete_line_does_not_block() -> None:
    """A pipe that holds a line without its end is waited for only until the timeout."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as stream, os.fdopen(writing, "w") as typing:
        keyboard = InputLines(stream)
        typing.write("half")
        typing.flush()
        assert keyboard.line(0.05) is None  # the rest of the line is not written yet
        typing.write(" a line\n")
        typing.close()
        assert keyboard.line(5) == "half a line\n"


def test_the_account_of_another_person_is_not_replaced(environment: dict[str, str], box: Sandbox) -> None:
    """Signing in with the name of another person's account creates a second one, and the message says so."""
    for sub in ("acc_team", "acc_ann"):
        cf.FileStore("Work", environment=environment).save(cf.Tokens("a", "r", sub=sub, client_id=box.client_id))
        consent = started_consent(environment, account="Work")
        httpx.get(answer_page(consent.url))
        consent.result(20)
        names = sorted(cf.accounts(environment=environment)["account"])
        if sub == "acc_team":
            assert names == ["Work", "Work acc_ann"]
            assert "Another account, acc_team, has that name and was not changed" in consent.message
            cf.logout("Work acc_ann", environment=environment)
        else:
            assert names == ["Work"]
            assert "already" not in consent.message


class EchoingStore:
    """A user-written store whose errors quote the tokens."""

    def __init__(self, kind: type[Exception]) -> None:
        self.kind = kind
        self.saved = ""

    def load(self) -> cf.Tokens | None:
        return None

    def save(self, tokens: cf.Tokens) -> None:
        self.saved = str(tokens.to_dict())
        raise self.kind(self.saved)


@pytest.mark.parametrize("kind", [RuntimeError, OSError, cf.CronofyError])
def test_a_store_that_raises_is_not_quoted(
    environment: dict[str, str], kind: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    """The client works all the same, and the text of the store's error is not shown."""
    store = EchoingStore(kind)
    with caplog.at_level(logging.DEBUG):
        consent = started_consent(environment, store=store)
        page = httpx.get(answer_page(consent.url)).text
        client = consent.result(20)
    assert client.user_info()["email"] == "ann@example.test"
    assert f"save of EchoingStore raised {kind.__name__}" in consent.message
    token = client.tokens.access_token
    assert token in store.saved
    logged = "\n".join(line.getMessage() for line in caplog.records if line.name.startswith("cronofy"))
    assert not any(token in text for text in (consent.message, page, logged))


@pytest.mark.parametrize("body", [{}, {"access_token": None}, {"access_token": ""}, [], None])
def test_a_response_without_a_token_is_refused(environment: dict[str, str], body: Any) -> None:
    """A 200 without a token fails, and the stored account is unchanged."""
    cf.FileStore("me", environment=environment).save(cf.Tokens("a", "r"))
    with token_server([(200, body)]) as url:
        consent = started_consent({**environment, "CRONOFY_API_URL": url}, account="me")
        consent.take("c" * 32)
        assert reason_of(consent) == "refused"
    assert cf.FileStore("me", environment=environment).load() == cf.Tokens("a", "r")


@pytest.mark.parametrize(("status", "reason"), [(429, "refused"), (503, "refused"), (500, "refused")])
def test_a_busy_token_endpoint_is_retried(environment: dict[str, str], status: int, reason: str) -> None:
    """After a 429 or 503 the code is sent again; after a 500 the message says to start again."""
    good = {"access_token": "t" * 32, "sub": "acc_ann"}
    with token_server([(status, {}), (200, good)]) as url:
        consent = started_consent({**environment, "CRONOFY_API_URL": url}, store="memory")
        consent.take("c" * 32)
        if status == 500:
            assert reason_of(consent) == reason
            assert "Start again" in consent.message
        else:
            consent.result(20)
            assert "acc_ann" in consent.message


@contextmanager
def token_server(answers: list[tuple[int, Any]]) -> Iterator[str]:
    """Serve token calls with these responses in turn, repeating the last one; 0 is no response; revocations get 200."""
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status, body = (200, None) if self.path.endswith("revoke") else left[0]
            if not self.path.endswith("revoke") and len(left) > 1:
                left.pop(0)
            if not status:
                return  # without a response
            content = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_the_secret_of_the_environment_is_for_its_application(environment: dict[str, str]) -> None:
    """Another client_id does not use it: its secret is missing."""
    assert sign_in_request("other", environment=environment).missing == ["client_secret"]
    assert sign_in_request(environment=environment).missing == []
    alone = {name: value for name, value in environment.items() if name != "CRONOFY_CLIENT_ID"}
    assert sign_in_request("other", environment=alone).missing == []


def fail_to_open(_: str) -> bool:
    """Fail the test: no browser may be opened."""
    pytest.fail("the browser was opened")


def test_no_browser_is_opened_if_the_port_is_taken(environment: dict[str, str]) -> None:
    """If the port is taken, a note says so and the page is not opened."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        shell = Shell(lambda _: "")
        consent = new_consent(environment, redirect_uri=address)
        run(
            consent,
            HERE,
            write=shell.write,
            next_line=shell.next_line,
            open_in_browser=lambda _: pytest.fail("it was opened"),
        )
    assert "Cannot listen at port" in shell.text


def test_control_characters_are_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters in a name or an error are shown as blanks."""
    write_line("Signed in as \x1b[2Jann\x07.\nline")
    assert capsys.readouterr().err == "Signed in as  [2Jann .\nline\n"


def test_a_missing_application_is_an_error() -> None:
    """Without an application and without input the error says what to set, and names the sandbox."""

    def nobody(_: str) -> str:
        raise EOFError

    with pytest.raises(cf.SignInError, match=r"CRONOFY_CLIENT_ID.*sandbox=True"):
        ask_missing(sign_in_request(environment={}), read=nobody, read_secret=nobody, write=lambda _: None)


def test_a_complete_application_is_not_asked_for(environment: dict[str, str]) -> None:
    """Nothing is asked if nothing is missing, and the secret alone if the client_id is there."""
    request = sign_in_request(environment=environment)
    assert ask_missing(request, read=fail_to_read, read_secret=fail_to_read, write=fail_to_read) is request
    asked = ask_missing(
        sign_in_request("id", environment={}), read=fail_to_read, read_secret=lambda _: " s ", write=lambda _: None
    )
    assert (asked.client_id, asked.client_secret, asked.missing) == ("id", "s", [])


def fail_to_read(_: str) -> str:
    """Fail the test: nothing may be asked."""
    pytest.fail("the user was asked")


def test_cancelling_too_late_says_so(environment: dict[str, str]) -> None:
    """Ctrl-C while the code is exchanged cannot take the sign-in back; the message says that it has happened."""
    shell = Shell()
    consent = new_consent(environment)

    def interrupt(_: float) -> str | None:
        httpx.get(answer_page(consent.url))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(consent, HERE, write=shell.write, next_line=interrupt, open_in_browser=None)
    assert shell.printed[-1].startswith("Too late to cancel: Signed in as ann@example.test")
    assert consent.result() is not None


def test_the_browser_is_awaited_after_the_end_of_input(environment: dict[str, str]) -> None:
    """With a listener the end of the input, as of a command in a pipe, ends nothing; blank lines are no response."""
    lines = iter(["\n", ""])
    shell = Shell()
    consent = new_consent(environment)

    def next_line(_: float) -> str | None:
        line = next(lines)
        if line == "":
            threading.Timer(0.3, lambda: httpx.get(answer_page(consent.url))).start()
        return line

    run(consent, HERE, write=shell.write, next_line=next_line, open_in_browser=None)
    assert "Signed in as ann@example.test" in shell.printed[-1]
    assert not any("text contains no response" in text for text in shell.printed)


def test_a_notebook_asks_until_the_response_is_valid(environment: dict[str, str]) -> None:
    """Blank and invalid texts are asked for again, and the right one gives the client."""
    consent = started_consent(environment, FAR)
    lines = iter(["", " ", "nonsense here", answer_page(consent.url)])
    prompts: list[str] = []

    def read(text: str) -> str:
        prompts.append(text)
        return next(lines)

    assert prompt(consent, read=read).user_info()["email"] == "ann@example.test"
    assert len(prompts) == 4
    assert all("not shown" in text for text in prompts)


def test_before_the_start_there_is_nothing_to_cancel(environment: dict[str, str]) -> None:
    """A sign-in that has not started has no page and no result, and can be cancelled, closed and started."""
    consent = new_consent(environment)
    consent.cancel()
    consent.close()
    assert (consent.url, consent.client, consent.status) == ("", None, "waiting")
    assert consent.take("c" * 32).status == "waiting"
    assert reason_of(consent) == "application"
    consent.start()
    assert consent.url


@pytest.mark.parametrize(
    ("answer", "reason", "words"),
    [
        ((400, {"error": "invalid_client"}), "application", "knows no application"),
        ((400, {"error": "unsupported_grant_type"}), "refused", "unsupported_grant_type"),
        ((0, None), "network", "Start again: approve again"),
    ],
)
def test_a_code_that_gives_no_tokens_says_why(
    environment: dict[str, str], answer: tuple[int, Any], reason: str, words: str
) -> None:
    """An unknown application, another refusal and a lost connection have a reason each."""
    with token_server([answer]) as url:
        consent = started_consent({**environment, "CRONOFY_API_URL": url}, store="memory")
        consent.take("c" * 32)
        assert reason_of(consent) == reason
    assert words in consent.message


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"url": "/permissions"}, "url is the address in the response"),
        ({"url": "ftp://app.example.test/x"}, "url is the address in the response"),
        ({"flow": "loopback", "redirect_uri": None}, "needs the redirect_uri"),
        ({"flow": "carrier pigeon"}, "flow is one of auto, loopback, paste"),
        ({"timeout": 0}, "timeout is seconds"),
    ],
)
def test_invalid_arguments_of_a_consent_page_are_refused_at_once(options: dict[str, Any], words: str) -> None:
    """Nothing is opened or shown for an address that is none, an unknown flow, or a listener without an address."""
    usual = {"url": "https://app.example.test/x", "redirect_uri": "http://127.0.0.1:8765/", "flow": "auto"}
    with pytest.raises(ValueError, match=words):
        redirect_page_consent(**{"timeout": 30, "place": HERE, **usual, **options})


def permissions_page(served: Any, box: Sandbox, redirect_uri: str) -> str:
    """Return the URL of the page for elevated permissions."""
    with cf.connect(access_token=box.access_token, base_url=served.url, environment={}) as client:
        return elevated_permissions_page(client, redirect_uri)


@pytest.mark.parametrize("decision", ["approve", "deny"])
def test_elevated_permissions_are_waited_for(served: Any, box: Sandbox, decision: str) -> None:
    """A page without a code redirects to the listener, granted or denied."""
    address = free_address()
    consent = redirect_page_consent(
        permissions_page(served, box, address), redirect_uri=address, flow="auto", timeout=30, place=HERE
    )
    consent.start()
    httpx.get(answer_page(consent.url, decision=decision))
    if decision == "approve":
        assert consent.result(20) == {}
    else:
        assert reason_of(consent) == "denied"


def test_without_a_redirect_enter_ends_the_wait(served: Any, box: Sandbox) -> None:
    """If there is no redirect to this machine, Enter in the shell confirms."""
    page = permissions_page(served, box, "https://app.example.test/")
    consent = redirect_page_consent(page, redirect_uri=None, flow="auto", timeout=30, place=HERE)
    shell = Shell(lambda _: "\n")
    run(consent, HERE, write=shell.write, next_line=shell.next_line, open_in_browser=None)
    assert "Press Enter" in shell.text
    assert consent.result() == {}


def test_no_secret_is_shown(
    environment: dict[str, str], box: Sandbox, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Code, tokens and secret are in no message, repr, DEBUG log or page."""
    with caplog.at_level(logging.DEBUG):
        consent = started_consent(environment)
        address = answer_page(consent.url)
        page = httpx.get(address)
        client = consent.result(20)
        client.user_info()
    tokens = client.tokens
    assert tokens is not None
    code = re.search(r"code=([^&]+)", address)
    assert code is not None
    secrets = [code[1], tokens.access_token, tokens.refresh_token, box.client_secret]
    ours = "\n".join(line.getMessage() for line in caplog.records if line.name.startswith("cronofy"))
    out = "".join(capfd.readouterr())
    texts = [
        repr(consent),
        repr(consent.running),
        repr(client),
        consent.message,
        page.text,
        ours,
        out,
        repr(consent.view),
    ]
    for secret in secrets:
        assert secret
        assert not any(secret in text for text in texts)
