"""Tokens, the authorization page, renewal and the signature of notifications."""

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
from cronofy_frames.errors import CronofyError, TokenError, TransportError
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
    """The signature that Cronofy's documentation and its C# tests state is accepted, for text and for bytes."""
    assert hmac_valid(VECTOR, BODY, SECRET)
    assert hmac_valid(VECTOR, BODY.encode(), SECRET)


@pytest.mark.parametrize("header", [f"abc,{VECTOR}", f"{VECTOR} , abc", f" {VECTOR}"])
def test_one_of_several_signatures_is_enough(header: str) -> None:
    """With several active secrets the header has several values."""
    assert hmac_valid(header, BODY, SECRET)


@pytest.mark.parametrize("header", ["", None, ",", "abc", VECTOR[:-1], VECTOR.lower(), "é", ",".join("abc")])
def test_anything_else_is_not_valid(header: str | None) -> None:
    """A missing, empty, shortened or foreign signature is refused."""
    assert not hmac_valid(header, BODY, SECRET)


def test_a_changed_body_is_not_valid() -> None:
    """The signature holds for the bytes that came, and no others."""
    assert not hmac_valid(VECTOR, BODY + " ", SECRET)
    own = base64.b64encode(hmac.digest(b"k", b"x", hashlib.sha256)).decode()
    assert hmac_valid(own, b"x", "k")


def test_the_authorization_address_says_what_was_asked() -> None:
    """Every parameter comes back from the query as it was given."""
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
    """A service account is set up on another page, with a delegated scope."""
    url = authorize_url(
        **ASK,
        scope="service_account/accounts/manage",
        delegated_scope=["read_write"],
        enterprise_connect=True,
        app_url="http://127.0.0.1:5000/",
    )
    assert url.startswith("http://127.0.0.1:5000/enterprise_connect/oauth/authorize?")
    assert parse_qs(urlsplit(url).query)["delegated_scope"] == ["read_write"]


def test_the_code_comes_from_the_address_that_the_person_came_back_to() -> None:
    """The code is read when the state is the one that was sent."""
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
def test_an_address_without_a_good_code_says_why(query: str, message: str) -> None:
    """A foreign state, a declined consent and a missing code each have their own message."""
    with pytest.raises(CronofyError, match=message):
        code_of(f"http://127.0.0.1:8765/{query}", state="s")


def test_tokens_show_no_token() -> None:
    """The repr says whether a token is set, and not which."""
    assert "secret" not in repr(Tokens("secret-a", "secret-b"))
    assert "not set" in repr(Tokens("secret-a"))


def test_renewed_tokens_keep_what_the_answer_leaves_out() -> None:
    """A refresh answer has no sub and may have no refresh token."""
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
def test_the_end_of_a_token_counts_from_its_answer(answer: dict[str, Any], ends: datetime | None) -> None:
    """What is said in seconds becomes an instant; about another token without it nothing is known."""
    assert Tokens("a", expires_at=NOW).renewed(answer, NOW).expires_at == ends


def test_an_answer_says_whose_the_tokens_are() -> None:
    """The connected profile's names, and a service account's id for its sub; odd values are passed over."""
    profile = {"provider_name": "google", "profile_id": "pro_1", "profile_name": "ann@example.test"}
    tokens = Tokens().renewed({"access_token": "b", "sub": "acc_1", "linking_profile": profile}, NOW)
    assert (tokens.sub, tokens.profile_name, tokens.provider_name) == ("acc_1", "ann@example.test", "google")
    assert tokens.renewed({"access_token": "c", "linking_profile": None}, NOW).profile_name == "ann@example.test"
    assert Tokens().renewed({"access_token": "b", "service_account_id": "ser_1"}, NOW).sub == "ser_1"
    assert Tokens("a").renewed({"access_token": 5, "scope": ["x"], "linking_profile": "p"}, NOW) == Tokens("a")


def test_nothing_of_one_account_stays_with_another() -> None:
    """When the answer is about somebody else only the application and its hosts stay."""
    tokens = Tokens("a", "r", "s", "acc_1", NOW, "ann@example.test", "google", "c", "x", "api", "app")
    renewed = tokens.renewed({"access_token": "b", "sub": "acc_2"}, NOW)
    assert renewed == Tokens("b", sub="acc_2", client_id="c", client_secret="x", api_url="api", app_url="app")


def test_the_end_of_a_token_is_an_instant() -> None:
    """In UTC, whatever zone it is given in, and said in the repr; without a zone it is refused."""
    paris = datetime(2026, 3, 2, 11, tzinfo=timezone(timedelta(hours=1)))
    assert repr(Tokens(expires_at=paris)).endswith("sub None, expires 2026-03-02 10:00 UTC>")
    assert Tokens(expires_at=paris) == Tokens(expires_at=datetime(2026, 3, 2, 10, tzinfo=UTC))
    with pytest.raises(ValueError, match="zone"):
        Tokens(expires_at=datetime(2026, 3, 2))


def test_the_environment_is_a_store() -> None:
    """Tokens are found in the variables given; without them there are none."""
    assert EnvironmentStore({"CRONOFY_REFRESH_TOKEN": "r"}).load() == Tokens(None, "r")
    assert EnvironmentStore({"CRONOFY_ACCESS_TOKEN": ""}).load() is None


@pytest.mark.parametrize("value", [" a ", "a\n", '"a"', "'a'", ' "a" ', '" a "'])
def test_what_stands_around_a_variable_does_not_count(value: str) -> None:
    """Blanks, and the quotation marks that some shells and files leave; what is empty then is not set."""
    assert EnvironmentStore({"CRONOFY_ACCESS_TOKEN": value}).load() == Tokens("a")
    for blank in (" ", '""', "' '", "\t\n"):
        assert EnvironmentStore({"CRONOFY_ACCESS_TOKEN": blank, "CRONOFY_REFRESH_TOKEN": blank}).load() is None
        with pytest.raises(CronofyError, match="Nothing to connect with"):
            connect(environment={"CRONOFY_ACCESS_TOKEN": blank, "CRONOFY_CLIENT_ID": "c"})
    named = {"CRONOFY_ACCESS_TOKEN": "a", "CRONOFY_CLIENT_ID": f"{value}\n", "CRONOFY_CLIENT_SECRET": value}
    assert connect(environment=named).client_id == "a"


def renewing_auth(tokens: Tokens, **own: Any) -> tuple[RenewingAuth, MemoryStore]:
    """Return an auth over a store with these tokens."""
    store = MemoryStore(tokens)
    return RenewingAuth(store, HOST, **{"client_id": "c", "client_secret": "s", **own}), store


def authorization(request: httpx.Request) -> str:
    """Return what a request is signed with."""
    return request.headers.get("Authorization", "")


def test_a_good_token_is_used_as_it_is() -> None:
    """One request, signed."""
    auth, _ = renewing_auth(Tokens("a", "r"))
    flow = auth.auth_flow(httpx.Request("GET", HOST))
    assert authorization(next(flow)) == "Bearer a"
    with pytest.raises(StopIteration):
        flow.send(httpx.Response(200))


def test_a_refused_token_is_renewed_once() -> None:
    """401 brings a renewal and the request again; a second 401 is the answer."""
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


def test_without_an_access_token_one_is_got_first() -> None:
    """A refresh token alone is enough."""
    auth, _ = renewing_auth(Tokens(None, "r"))
    flow = auth.auth_flow(httpx.Request("GET", HOST))
    assert next(flow).url.path == "/oauth/token"


@pytest.mark.parametrize("own", [{"client_secret": None}, {"client_id": None}])
def test_what_cannot_be_renewed_is_not(own: dict[str, Any]) -> None:
    """Without the application the 401 is the answer."""
    auth, _ = renewing_auth(Tokens("a", "r"), **own)
    flow = auth.auth_flow(httpx.Request("GET", HOST))
    next(flow)
    with pytest.raises(StopIteration):
        flow.send(httpx.Response(401))


def test_a_token_that_somebody_else_renewed_is_taken() -> None:
    """The store is read again before renewing, so that a refresh token is not burned twice."""
    auth, store = renewing_auth(Tokens("a", "r"))
    flow = auth.auth_flow(httpx.Request("GET", HOST))
    next(flow)
    store.save(Tokens("new", "r"))
    assert authorization(flow.send(httpx.Response(401))) == "Bearer new"


def test_a_refused_renewal_is_a_token_error() -> None:
    """A revoked refresh token says so, and the lock is free again."""
    auth, _ = renewing_auth(Tokens("a", "r"))
    for _ in range(2):
        flow = auth.auth_flow(httpx.Request("GET", HOST))
        next(flow)
        flow.send(httpx.Response(401))
        with pytest.raises(TokenError, match=r"authorization page again.*sign in again: cf\.login\(\), or cronofy-f"):
            flow.send(httpx.Response(400, json={"error": "invalid_grant"}))


GRANTED = httpx.Response(200, json={"access_token": "b", "refresh_token": "r2", "expires_in": 60})


def test_a_renewed_token_is_saved_with_its_end() -> None:
    """Counted by the clock that is given, and before the token is used."""
    auth, store = renewing_auth(Tokens("a", "r"), clock=lambda: NOW)
    flow = auth.auth_flow(httpx.Request("GET", HOST))
    next(flow)
    flow.send(httpx.Response(401))
    assert authorization(flow.send(GRANTED)) == "Bearer b"
    assert store.load() == Tokens("b", "r2", expires_at=NOW + timedelta(minutes=1))


@pytest.mark.parametrize("body", ["null", "[]", "{}", '{"access_token": null}', '{"access_token": 5}', ""])
def test_an_answer_without_a_token_is_no_renewal(body: str) -> None:
    """It is an error, and the tokens stay as they were."""
    auth, store = renewing_auth(Tokens("a", "r"))
    flow = auth.auth_flow(httpx.Request("GET", HOST))
    next(flow)
    flow.send(httpx.Response(401))
    with pytest.raises(TransportError, match="has no token"):
        flow.send(httpx.Response(200, text=body))
    assert store.load() == Tokens("a", "r")


class TwoMethods:
    """A store without a lock, as somebody may write one; saving fails as often as it is told to."""

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
    """Return an auth over this store."""
    return RenewingAuth(store, HOST, client_id="c", client_secret="s", clock=lambda: NOW)


def test_what_somebody_else_saved_meanwhile_is_taken() -> None:
    """Without a lock two may renew with one refresh token; who comes too late goes on with the other's tokens."""
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
    """The request and those after it go on with the new tokens; a warning says so, and the next renewal saves."""
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


def test_what_could_not_be_saved_gives_way_to_what_somebody_saved() -> None:
    """Whoever signed in meanwhile, or out, is believed."""
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
    """A store that counts who holds it, or cannot be held."""

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
    """However the renewal's request ends, the lock is given back, and before the request goes out again."""
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
    """As on a disk that is full or cannot be written to; but who waited in vain for another is told."""
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
    """A store of somebody's own of which one method fails and quotes what it was given."""

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
def test_a_store_of_ones_own_that_fails_is_named(method: str) -> None:
    """The call ends with the store's method, the kind of what it raised, and no word of it; so does logging out."""
    store = Broken(method)
    attempts = [over(store).user_info, lambda: logout(store=store)]
    if method == "load":
        attempts += [lambda: connect(store=store, environment={})]
    for attempt in attempts:
        with pytest.raises(CronofyError, match=rf"Broken\.{method}\(\) raised RuntimeError.*fix the store") as caught:
            attempt()
        assert "planted" not in "".join(traceback.format_exception(caught.value))


def test_a_store_that_cannot_forget_says_so() -> None:
    """Logging out ends with the store's method; without it the account would seem to be gone."""
    with pytest.raises(CronofyError, match=r"Broken\.save\(\) raised RuntimeError") as caught:
        logout(store=Broken("save"))
    assert "planted" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("method", "message"), [("save", "could not save new tokens"), ("end", "could not release its lock")]
)
def test_a_call_does_not_fail_for_what_comes_after_renewal(
    caplog: pytest.LogCaptureFixture, method: str, message: str
) -> None:
    """New tokens are used though the store does not keep them or does not end its lock, and a warning says so."""
    assert over(Broken(method)).user_info() == {"sub": "acc_1"}
    assert message in caplog.text
    assert "(RuntimeError)" in caplog.text
    assert "planted" not in caplog.text


@pytest.mark.parametrize("failure", [RuntimeError("planted"), OSError(5, "planted"), CronofyError("x"), KeyError("k")])
def test_a_client_can_always_be_shown(failure: Exception) -> None:
    """A notebook shows a client whatever becomes of its store."""

    class Failing(TwoMethods):
        def load(self) -> Tokens | None:
            raise failure

    assert "cannot be read (" in repr(over(Failing(None)))
    assert "planted" not in repr(over(Failing(None)))


def test_a_lock_is_told_how_its_renewal_ended() -> None:
    """A lock that undoes what failed sees the error, as in a with statement."""
    exceptions: list[type[BaseException] | None] = []

    class Undoing(TwoMethods):
        def lock(self) -> Any:
            return self

        def __enter__(self) -> None:
            """Begin."""

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
    """An HTTP library would quote the header it cannot send; our message does not."""
    auth, _ = renewing_auth(Tokens(token))
    with pytest.raises(CronofyError, match="spaces, line breaks") as caught:
        next(auth.auth_flow(httpx.Request("GET", HOST)))
    assert "planted" not in str(caught.value)


def test_a_line_break_at_the_end_of_a_token_does_not_count() -> None:
    """As a file has it."""
    auth, _ = renewing_auth(Tokens("token\n"))
    assert authorization(next(auth.auth_flow(httpx.Request("GET", HOST)))) == "Bearer token"


def test_the_authorization_address_follows_the_environment() -> None:
    """As connect does: the data centre and the other host that the variables name, arguments first."""
    environment = {"CRONOFY_DATA_CENTER": "de", "CRONOFY_APP_URL": "http://127.0.0.1:5/"}
    assert authorize_url(**ASK, environment=environment).startswith("http://127.0.0.1:5/oauth/authorize?")
    assert authorize_url(**ASK, environment={"CRONOFY_DATA_CENTER": "de"}).startswith("https://app-de.cronofy.com/")
    assert authorize_url(**ASK, environment=environment, data_center="uk").startswith("https://app-uk.cronofy.com/")


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "state"])
def test_an_authorization_address_needs_its_parts(name: str) -> None:
    """An empty one would fail on the page, far from the mistake."""
    with pytest.raises(ValueError, match=name):
        authorize_url(**{**ASK, name: ""})
