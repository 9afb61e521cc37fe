"""Tokens, the authorization URL, token renewal and signatures of notifications."""

import base64
import hashlib
import hmac
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from cronofy_frames.connecting import connect, logout
from cronofy_frames.errors import CronofyError, SignInError, TokenError, TransportError
from cronofy_frames.tokens import EnvironmentStore, MemoryStore
from cronofy_frames.wire.auth import RenewingAuth, Tokens, authorize_url, code_of, hmac_valid
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.messages import Hosts

HOST = "https://api.cronofy.com"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ASK = {"client_id": "c 1", "redirect_uri": "http://127.0.0.1:8765/done?a=b", "state": "s&t"}
SECRET = "pDY0Oi7TJSP2hfNmZNkm5"
VECTOR = "6r2/HjBkqymGegX0wOfifieeUXbbHwtV/LohHS+jv6c="
BODY = '{"example":"well-known"}'


def test_the_documented_vector_is_valid() -> None:
    """The signature in Cronofy's documentation and C# tests is accepted, for text and for bytes."""
    assert hmac_valid(VECTOR, BODY, SECRET)
    assert hmac_valid(VECTOR, BODY.encode(), SECRET)


@pytest.mark.parametrize("header", [f"abc,{VECTOR}", f"{VECTOR} , abc", f" {VECTOR}"])
def test_one_of_several_signatures_is_enough(header: str) -> None:
    """An application with several active secrets gets several signatures in the header; one match is enough."""
    assert hmac_valid(header, BODY, SECRET)


@pytest.mark.parametrize("header", ["", None, ",", "abc", VECTOR[:-1], VECTOR.lower(), "é", ",".join("abc")])
def test_invalid_signatures_are_refused(header: str | None) -> None:
    """A missing, empty, shortened or wrong signature is refused."""
    assert not hmac_valid(header, BODY, SECRET)


def test_a_changed_body_is_not_valid() -> None:
    """A signature is valid only for the exact bytes that were received."""
    assert not hmac_valid(VECTOR, BODY + " ", SECRET)
    own = base64.b64encode(hmac.digest(b"k", b"x", hashlib.sha256)).decode()
    assert hmac_valid(own, b"x", "k")


def test_the_authorization_url_has_every_parameter() -> None:
    """Every parameter can be read unchanged from the query."""
    url = authorize_url(**ASK, scope=["read_events", "create_event"], data_center="DE", avoid_linking=True)
    parts = urlsplit(url)
    assert (parts.netloc, parts.path) == ("app-de.cronofy.com", "/oauth/authorize")
    assert parse_qs(parts.query) == {
        "response_type": ["code"],
        "client_id": ["c 1"],
        "redirect_uri": [ASK["redirect_uri"]],
        "scope": ["read_events create_event"],
        "state": ["s&t"],
        "avoid_linking": ["true"],
    }


def test_enterprise_connect_has_a_page_of_its_own() -> None:
    """A service account uses another page, with a delegated scope."""
    url = authorize_url(
        **ASK,
        scope="service_account/accounts/manage",
        delegated_scope=["read_write"],
        enterprise_connect=True,
        app_url="http://127.0.0.1:5000/",
    )
    assert url.startswith("http://127.0.0.1:5000/enterprise_connect/oauth/authorize?")
    assert parse_qs(urlsplit(url).query)["delegated_scope"] == ["read_write"]


def test_the_code_is_read_from_the_redirect_url() -> None:
    """The code is returned if the state is the one that was sent."""
    assert code_of("http://127.0.0.1:8765/done?a=b&code=abc%2B1&state=s%26t", state="s&t") == "abc+1"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("?code=abc&state=other", "state in this address is not that"),
        ("?code=abc", "state in this address is not that"),
        ("?error=access_denied&state=s", "declined"),
        ("?error=invalid_scope&state=s", "invalid_scope"),
        ("?state=s", "no code"),
        ("", "address"),
    ],
)
def test_a_redirect_url_without_a_valid_code_says_why(query: str, message: str) -> None:
    """A different state, a declined consent and a missing code each have their own message."""
    with pytest.raises(CronofyError, match=message):
        code_of(f"http://127.0.0.1:8765/{query}", state="s")


@pytest.mark.parametrize(
    ("query", "end"),
    [
        ("error=invalid_client", "answered invalid_client. Check client_id"),
        ("error=invalid_client&error_description=Unknown+client.", "answered invalid_client (Unknown client). Check"),
        (f"error={'e' * 60}&error_description={'d' * 200}", f"answered {'e' * 60} ({'d' * 200}). Check"),
        (f"error={'e' * 61}&error_description={'d' * 201}", f"answered {'e' * 59}… ({'d' * 199}…). Check"),
    ],
)
def test_a_refusal_of_the_page_is_quoted(query: str, end: str) -> None:
    """With its description, and no longer than a line or two."""
    with pytest.raises(SignInError) as caught:
        code_of(f"http://127.0.0.1:8765/?state=s&{query}", state="s")
    assert end in str(caught.value)
    assert caught.value.reason == "refused"


def test_a_renewal_that_arrives_in_pieces_is_read() -> None:
    """The token is taken from the whole body."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            return httpx.Response(200, stream=Pieces([b'{"access_', b'token": "b"}']))
        return httpx.Response(200, json={"sub": authorization(request)})

    auth, store = renewing_auth(Tokens(None, "r"))
    with httpx.Client(transport=httpx.MockTransport(answer), auth=auth) as client:
        assert client.get(HOST).json() == {"sub": "Bearer b"}
    assert store.load() == Tokens("b", "r")


class Pieces(httpx.SyncByteStream):
    """A body that is not read until it is iterated."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.pieces)


def test_tokens_show_no_token() -> None:
    """The repr says whether a token is set, without showing it."""
    assert "secret" not in repr(Tokens("secret-a", "secret-b"))
    assert "not set" in repr(Tokens("secret-a"))


def test_renewed_tokens_keep_what_the_answer_leaves_out() -> None:
    """Fields that a refresh response lacks, such as sub and refresh token, keep their values."""
    unchanged = {"profile_name": "p", "provider_name": "google", "client_id": "c", "client_secret": "s", "api_url": "u"}
    tokens = Tokens("a", "r", "read_events", "acc_1", **unchanged)
    assert tokens.renewed({"access_token": "b", "scope": "s"}, NOW) == Tokens("b", "r", "s", "acc_1", **unchanged)


@pytest.mark.parametrize(
    ("answer", "ends"),
    [
        ({"access_token": "b", "expires_in": 3600}, NOW + timedelta(hours=1)),
        ({"access_token": "b", "expires_in": "60"}, NOW + timedelta(minutes=1)),
        ({"access_token": "b"}, None),
        ({"access_token": "b", "expires_in": None}, None),
        ({"access_token": "b", "expires_in": True}, None),
        ({"access_token": "b", "expires_in": 1e300}, None),
        ({"access_token": "a", "scope": "s"}, NOW),
        ({"access_token": "a", "expires_in": 60}, NOW + timedelta(minutes=1)),
    ],
)
def test_expires_in_counts_from_the_response(answer: dict[str, Any], ends: datetime | None) -> None:
    """expires_in becomes an instant; without it the expiry of a new token is unknown."""
    assert Tokens("a", expires_at=NOW).renewed(answer, NOW).expires_at == ends


def test_the_response_names_the_account_of_the_tokens() -> None:
    """Profile names and sub are taken from the response, a service account's id as sub; invalid values are ignored."""
    profile = {"provider_name": "google", "profile_id": "pro_1", "profile_name": "ann@example.test"}
    tokens = Tokens().renewed({"access_token": "b", "sub": "acc_1", "linking_profile": profile}, NOW)
    assert (tokens.sub, tokens.profile_name, tokens.provider_name) == ("acc_1", "ann@example.test", "google")
    assert tokens.renewed({"access_token": "c", "linking_profile": None}, NOW).profile_name == "ann@example.test"
    assert Tokens().renewed({"access_token": "b", "service_account_id": "ser_1"}, NOW).sub == "ser_1"
    assert Tokens("a").renewed({"access_token": 5, "scope": ["x"], "linking_profile": "p"}, NOW) == Tokens("a")


def test_nothing_of_one_account_stays_with_another() -> None:
    """If the response is for another account, only the application and its hosts are kept."""
    tokens = Tokens("a", "r", "s", "acc_1", NOW, "ann@example.test", "google", "c", "x", "api", "app")
    renewed = tokens.renewed({"access_token": "b", "sub": "acc_2"}, NOW)
    assert renewed == Tokens("b", sub="acc_2", client_id="c", client_secret="x", api_url="api", app_url="app")


def test_expires_at_is_an_instant() -> None:
    """expires_at is converted to UTC and shown in the repr; a naive time is refused."""
    paris = datetime(2026, 3, 2, 11, tzinfo=timezone(timedelta(hours=1)))
    assert repr(Tokens(expires_at=paris)).endswith("sub None, expires 2026-03-02 10:00 UTC>")
    assert Tokens(expires_at=paris) == Tokens(expires_at=datetime(2026, 3, 2, 10, tzinfo=UTC))
    with pytest.raises(ValueError, match="zone"):
        Tokens(expires_at=datetime(2026, 3, 2))


def test_the_environment_is_a_store() -> None:
    """EnvironmentStore reads tokens from variables, and has none without them."""
    assert EnvironmentStore({"CRONOFY_REFRESH_TOKEN": "r"}).load() == Tokens(None, "r")
    assert EnvironmentStore({"CRONOFY_ACCESS_TOKEN": ""}).load() is None


@pytest.mark.parametrize("value", [" a ", "a\n", '"a"', "'a'", ' "a" ', '" a "'])
def test_blanks_and_quotes_around_variables_are_stripped(value: str) -> None:
    """Blanks and quotation marks around a value are removed; an empty rest means not set."""
    assert EnvironmentStore({"CRONOFY_ACCESS_TOKEN": value}).load() == Tokens("a")
    for blank in (" ", '""', "' '", "\t\n"):
        assert EnvironmentStore({"CRONOFY_ACCESS_TOKEN": blank, "CRONOFY_REFRESH_TOKEN": blank}).load() is None
        with pytest.raises(CronofyError, match="Nothing to connect with"):
            connect(environment={"CRONOFY_ACCESS_TOKEN": blank, "CRONOFY_CLIENT_ID": "c"})
    named = {"CRONOFY_ACCESS_TOKEN": "a", "CRONOFY_CLIENT_ID": f"{value}\n", "CRONOFY_CLIENT_SECRET": value}
    assert connect(environment=named).client_id == "a"


def renewing_auth(tokens: Tokens, **own: Any) -> tuple[RenewingAuth, MemoryStore]:
    """Return a renewing auth over a store with these tokens."""
    store = MemoryStore(tokens)
    return RenewingAuth(store, HOST, **{"client_id": "c", "client_secret": "s", **own}), store


def authorization(request: httpx.Request) -> str:
    """Return the Authorization header of a request."""
    return request.headers.get("Authorization", "")


def test_a_good_token_is_used_as_it_is() -> None:
    """A valid token needs one request."""
    auth, _ = renewing_auth(Tokens("a", "r"))
    flow = auth.auth_flow(httpx.Request("GET", HOST))
    assert authorization(next(flow)) == "Bearer a"
    with pytest.raises(StopIteration):
        flow.send(httpx.Response(200))


def test_a_refused_token_is_renewed_once() -> None:
    """A 401 causes a renewal and a second request; a second 401 is the result."""
    auth, store = renewing_auth(Tokens("a", "r"))
    flow = auth.auth_flow(httpx.Request("GET", HOST))
    next(flow)
    renewal = flow.send(httpx.Response(401))
    assert (renewal.url.path, authorization(renewal)) == ("/oauth/token", "")
    again = flow.send(httpx.Response(200, json={"access_token": "b", "refresh_token": "r2"}))
    assert authorization(again) == "Bearer b"
    assert store.load() == Tokens("b", "r2")
    with pytest.raises(StopIteration):
        flow.send(httpx.Response(401))


def test_without_an_access_token_renewal_comes_first() -> None:
    """With only a refresh token, the access token is requested before the first call."""
    auth, _ = renewing_auth(Tokens(None, "r"))
    flow = auth.auth_flow(httpx.Request("GET", HOST))
    assert next(flow).url.path == "/oauth/token"


@pytest.mark.parametrize("own", [{"client_secret": None}, {"client_id": None}])
def test_without_application_nothing_is_renewed(own: dict[str, Any]) -> None:
    """Without client_id and client_secret the 401 is the result."""
    auth, _ = renewing_auth(Tokens("a", "r"), **own)
    flow = auth.auth_flow(httpx.Request("GET", HOST))
    next(flow)
    with pytest.raises(StopIteration):
        flow.send(httpx.Response(401))


def test_a_token_renewed_elsewhere_is_used() -> None:
    """The store is read again before renewing, so that a refresh token is not used twice."""
    auth, store = renewing_auth(Tokens("a", "r"))
    flow = auth.auth_flow(httpx.Request("GET", HOST))
    next(flow)
    store.save(Tokens("new", "r"))
    assert authorization(flow.send(httpx.Response(401))) == "Bearer new"


def test_a_refused_renewal_is_a_token_error() -> None:
    """A revoked refresh token raises TokenError and the lock is released."""
    auth, _ = renewing_auth(Tokens("a", "r"))
    for _ in range(2):
        flow = auth.auth_flow(httpx.Request("GET", HOST))
        next(flow)
        flow.send(httpx.Response(401))
        with pytest.raises(TokenError, match=r"authorization page again.*sign in again: cf\.login\(\), or cronofy-f"):
            flow.send(httpx.Response(400, json={"error": "invalid_grant"}))


GRANTED = httpx.Response(200, json={"access_token": "b", "refresh_token": "r2", "expires_in": 60})


def test_a_renewed_token_is_saved_with_its_expiry() -> None:
    """The expiry is computed with the injected clock, and tokens are saved before they are used."""
    auth, store = renewing_auth(Tokens("a", "r"), clock=lambda: NOW)
    flow = auth.auth_flow(httpx.Request("GET", HOST))
    next(flow)
    flow.send(httpx.Response(401))
    assert authorization(flow.send(GRANTED)) == "Bearer b"
    assert store.load() == Tokens("b", "r2", expires_at=NOW + timedelta(minutes=1))


@pytest.mark.parametrize("body", ["null", "[]", "{}", '{"access_token": null}', '{"access_token": 5}', ""])
def test_an_answer_without_a_token_is_no_renewal(body: str) -> None:
    """A response without a token is an error, and the stored tokens stay."""
    auth, store = renewing_auth(Tokens("a", "r"))
    flow = auth.auth_flow(httpx.Request("GET", HOST))
    next(flow)
    flow.send(httpx.Response(401))
    with pytest.raises(TransportError, match="has no access token"):
        flow.send(httpx.Response(200, text=body))
    assert store.load() == Tokens("a", "r")


class TwoMethods:
    """A user-written store without a lock; saving fails as often as requested."""

    def __init__(self, tokens: Tokens | None, *failures: Exception) -> None:
        self.tokens = tokens
        self.failures = list(failures)

    def load(self) -> Tokens | None:
        return self.tokens

    def save(self, tokens: Tokens) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.tokens = tokens


def renewing_at(store: Any) -> RenewingAuth:
    """Return a renewing auth over this store."""
    return RenewingAuth(store, HOST, client_id="c", client_secret="s", clock=lambda: NOW)


def test_tokens_saved_concurrently_are_used() -> None:
    """Without a lock two clients may use one refresh token; the later one continues with the other's tokens."""
    store = TwoMethods(Tokens("a", "r"))
    flow = renewing_at(store).auth_flow(httpx.Request("GET", HOST))
    next(flow)
    flow.send(httpx.Response(401))
    store.tokens = Tokens("others", "r2")
    assert authorization(flow.send(httpx.Response(400, json={"error": "invalid_grant"}))) == "Bearer others"


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (OSError(28, "No space left on device", "/planted"), "OSError: No space left on device"),
        (RuntimeError("planted"), "RuntimeError"),
        (CronofyError("The folder is read-only: mend it."), "The folder is read-only"),
    ],
)
def test_a_store_that_cannot_save_loses_no_token(
    caplog: pytest.LogCaptureFixture, failure: Exception, message: str
) -> None:
    """The call and later ones use the new tokens, a warning is logged, and the next renewal saves again."""
    store = TwoMethods(Tokens("a", "r"), failure)
    auth = renewing_at(store)
    flow = auth.auth_flow(httpx.Request("GET", HOST))
    next(flow)
    flow.send(httpx.Response(401))
    assert authorization(flow.send(GRANTED)) == "Bearer b"
    flow.close()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert message in caplog.text
    assert "client.refresh_access_token()" in caplog.text
    assert "planted" not in caplog.text
    assert store.tokens == Tokens("a", "r")
    flow = auth.auth_flow(httpx.Request("GET", HOST))
    assert authorization(next(flow)) == "Bearer b"
    renewal = flow.send(httpx.Response(401))
    assert b'"r2"' in renewal.content
    flow.send(httpx.Response(200, json={"access_token": "c"}))
    assert store.tokens == Tokens("c", "r2")


def test_stored_tokens_replace_unsaved_ones() -> None:
    """If the account was signed in or out in the meantime, the stored state is used."""
    store = TwoMethods(Tokens("a", "r"), OSError(28, "full"), OSError(28, "full"))
    auth = renewing_at(store)
    flow = auth.auth_flow(httpx.Request("GET", HOST))
    next(flow)
    flow.send(httpx.Response(401))
    flow.send(GRANTED)
    flow.close()
    store.tokens = Tokens("others")
    assert authorization(next(auth.auth_flow(httpx.Request("GET", HOST)))) == "Bearer others"
    store.tokens = None
    with pytest.raises(CronofyError, match="sign in again"):
        next(auth.auth_flow(httpx.Request("GET", HOST)))


class Locked(TwoMethods):
    """A store that counts how often it is locked, or that cannot be locked."""

    def __init__(self, tokens: Tokens | None, failure: Exception | None = None) -> None:
        super().__init__(tokens)
        self.failure = failure
        self.held: list[str] = []

    @contextmanager
    def lock(self) -> Iterator[None]:
        if self.failure is not None:
            raise self.failure
        self.held.append("taken")
        try:
            yield
        finally:
            self.held.append("given")


@pytest.mark.parametrize("end", ["closed", "thrown", "refused", "renewed"])
def test_no_lock_is_left_behind(end: str) -> None:
    """However the renewal request ends, the lock is released before the call is sent again."""
    store = Locked(Tokens("a", "r"))
    flow = renewing_at(store).auth_flow(httpx.Request("GET", HOST))
    next(flow)
    assert store.held == []
    flow.send(httpx.Response(401))
    assert store.held == ["taken"]
    if end == "closed":
        flow.close()
    elif end == "thrown":
        with pytest.raises(KeyboardInterrupt):
            flow.throw(KeyboardInterrupt)
    elif end == "refused":
        with pytest.raises(TokenError):
            flow.send(httpx.Response(400, json={"error": "invalid_client"}))
    else:
        flow.send(GRANTED)
    assert store.held == ["taken", "given"]


def test_a_store_that_cannot_be_locked_is_renewed_all_the_same() -> None:
    """An error of the lock does not prevent renewal, but a timeout on another holder is raised."""
    store = Locked(Tokens("a", "r"), OSError(30, "Read-only file system"))
    flow = renewing_at(store).auth_flow(httpx.Request("GET", HOST))
    next(flow)
    flow.send(httpx.Response(401))
    assert authorization(flow.send(GRANTED)) == "Bearer b"
    store = Locked(Tokens("a", "r"), CronofyError("held by another process"))
    flow = renewing_at(store).auth_flow(httpx.Request("GET", HOST))
    next(flow)
    with pytest.raises(CronofyError, match="held by another"):
        flow.send(httpx.Response(401))


class Broken(Locked):
    """A user-written store with one failing method, whose error quotes its argument."""

    def __init__(self, method: str, tokens: Tokens | None = None) -> None:
        super().__init__(tokens or Tokens("planted-a", "planted-r"))
        self.method = method

    def fail(self, method: str) -> None:
        if method == self.method:
            raise RuntimeError(f"no connection for {self.tokens}: planted")

    def load(self) -> Tokens | None:
        self.fail("load")
        return super().load()

    def save(self, tokens: Tokens) -> None:
        self.fail("save")
        super().save(tokens)

    @contextmanager
    def lock(self) -> Iterator[None]:
        self.fail("lock")
        with super().lock():
            yield
        self.fail("end")


def over(store: Any) -> Client:
    """Return a client over a store, whose access token is refused until it is renewed."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            return httpx.Response(200, json={"access_token": "new"})
        return httpx.Response(200 if authorization(request) == "Bearer new" else 401, json={"sub": "acc_1"})

    return Client(
        Hosts(HOST, HOST), store=store, client_id="c", client_secret="s", transport=httpx.MockTransport(answer)
    )


@pytest.mark.parametrize("method", ["load", "lock"])
def test_a_failing_store_is_named(method: str) -> None:
    """The error has the store's method and the exception type, but not its text; so does logout."""
    store = Broken(method)
    attempts = [over(store).user_info, lambda: logout(store=store)]
    if method == "load":
        attempts += [lambda: connect(store=store, environment={})]
    for attempt in attempts:
        with pytest.raises(CronofyError, match=rf"Broken\.{method}\(\) raised RuntimeError.*fix the store") as caught:
            attempt()
        assert "planted" not in "".join(traceback.format_exception(caught.value))


def test_a_store_that_cannot_forget_says_so() -> None:
    """If saving empty tokens fails, logout raises; otherwise the account would seem to be deleted."""
    with pytest.raises(CronofyError, match=r"Broken\.save\(\) raised RuntimeError") as caught:
        logout(store=Broken("save"))
    assert "planted" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("method", "message"), [("save", "could not save new tokens"), ("end", "could not release its lock")]
)
def test_errors_after_renewal_do_not_fail_the_call(caplog: pytest.LogCaptureFixture, method: str, message: str) -> None:
    """If saving or unlocking fails after renewal, the new tokens are used and a warning is logged."""
    assert over(Broken(method)).user_info() == {"sub": "acc_1"}
    assert message in caplog.text
    assert "(RuntimeError)" in caplog.text
    assert "planted" not in caplog.text


@pytest.mark.parametrize("failure", [RuntimeError("planted"), OSError(5, "planted"), CronofyError("x"), KeyError("k")])
def test_a_client_can_always_be_shown(failure: Exception) -> None:
    """The repr of a client works even if its store raises."""

    class Failing(TwoMethods):
        def load(self) -> Tokens | None:
            raise failure

    assert "cannot be read (" in repr(over(Failing(None)))
    assert "planted" not in repr(over(Failing(None)))


def test_a_lock_receives_the_error_of_its_renewal() -> None:
    """The lock's `__exit__` gets the exception, as in a with statement."""
    exceptions: list[type[BaseException] | None] = []

    class Undoing(TwoMethods):
        def lock(self) -> Any:
            return self

        def __enter__(self) -> None:
            """Do nothing."""

        def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
            exceptions.append(kind)
            return True

    over(Undoing(Tokens("a", "r"))).user_info()
    flow = renewing_at(Undoing(Tokens("a", "r"))).auth_flow(httpx.Request("GET", HOST))
    next(flow)
    flow.send(httpx.Response(401))
    with pytest.raises(TokenError):
        flow.send(httpx.Response(400, json={"error": "invalid_grant"}))
    assert exceptions == [None, TokenError]


@pytest.mark.parametrize("token", ["planted secret", "planted\nsecret", "plånted", "planted\x00"])
def test_what_cannot_be_a_token_is_refused_unquoted(token: str) -> None:
    """An HTTP library would quote an invalid header in its error; our message does not."""
    auth, _ = renewing_auth(Tokens(token))
    with pytest.raises(CronofyError, match="spaces, line breaks") as caught:
        next(auth.auth_flow(httpx.Request("GET", HOST)))
    assert "planted" not in str(caught.value)


def test_a_line_break_at_the_end_of_a_token_is_stripped() -> None:
    """A token read from a file may end in a line break."""
    auth, _ = renewing_auth(Tokens("token\n"))
    assert authorization(next(auth.auth_flow(httpx.Request("GET", HOST)))) == "Bearer token"


def test_the_authorization_url_follows_the_environment() -> None:
    """Data center and app host are read from the variables, as in connect; arguments take precedence."""
    environment = {"CRONOFY_DATA_CENTER": "de", "CRONOFY_APP_URL": "http://127.0.0.1:5/"}
    assert authorize_url(**ASK, environment=environment).startswith("http://127.0.0.1:5/oauth/authorize?")
    assert authorize_url(**ASK, environment={"CRONOFY_DATA_CENTER": "de"}).startswith("https://app-de.cronofy.com/")
    assert authorize_url(**ASK, environment=environment, data_center="uk").startswith("https://app-uk.cronofy.com/")
    assert authorize_url(**ASK, environment=environment, data_centre="uk").startswith("https://app-uk.cronofy.com/")


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "state"])
def test_an_authorization_url_needs_its_parameters(name: str) -> None:
    """An empty parameter is refused at once, not later by the page."""
    with pytest.raises(ValueError, match=name):
        authorize_url(**{**ASK, name: ""})
