"""Authentication: the authorization URL, bearer tokens and their renewal, and the HMAC of notifications. No I/O.

Renewal is an `httpx.Auth` generator: it yields requests and receives their responses.
"""

from __future__ import annotations

import base64
import hashlib
import hmac as hmac_
import os
from collections.abc import Callable, Generator, Iterable, Mapping
from datetime import UTC, datetime
from typing import cast

import httpx

from cronofy_frames.errors import CronofyError, SignInError, TokenError
from cronofy_frames.text import shorten
from cronofy_frames.wire.api import Api
from cronofy_frames.wire.credentials import SIGN_IN, TokenKeeper
from cronofy_frames.wire.credentials import Tokens as Tokens
from cronofy_frames.wire.credentials import TokenStore as TokenStore
from cronofy_frames.wire.endpoint import Call
from cronofy_frames.wire.messages import Hosts, either_spelling, read_body, request_of, require_token
from cronofy_frames.wire.usage import ENDPOINT

DEFAULT_SCOPE = ("read_account", "list_calendars", "read_events", "create_event", "delete_event")


def authorize_url(
    *,
    client_id: str,
    redirect_uri: str,
    state: str,
    scope: Iterable[str] | str = DEFAULT_SCOPE,
    data_center: str | None = None,
    app_url: str | None = None,
    environment: Mapping[str, str] | None = None,
    provider_name: str | None = None,
    avoid_linking: bool | None = None,
    link_token: str | None = None,
    delegated_scope: Iterable[str] | str | None = None,
    enterprise_connect: bool = False,
    data_centre: str | None = None,
) -> str:
    """Return the URL of the page on which a user authorizes the application.

    Source: docs.cronofy.com/developers/api/authorization/request-authorization, and
    /developers/api/enterprise-connect/request-authorization.

    Parameters
    ----------
    client_id
        The application.
    redirect_uri
        Where the browser is sent afterwards, with `code` and `state` in the query, or `error` and `state`.
    state
        A random text, to be compared with the one that comes back.
    scope
        What the application may do: a list of scopes, or a text with spaces.
    data_center
        us, de, uk, au, ca or sg; None looks up CRONOFY_DATA_CENTER, else us.
    app_url
        A host other than Cronofy's, such as a served sandbox; None looks up CRONOFY_APP_URL.
    environment
        Environment variables; by default those of the process.
    provider_name
        The provider whose page is shown at once.
    avoid_linking
        True gives each calendar account that the same user connects an account of its own.
    link_token
        Links the new calendar account to the account that `Client.link_token` was called for.
    delegated_scope
        The scopes that a service account may request for its users later.
    enterprise_connect
        True for the page on which an administrator sets up a service account.
    data_centre
        The other spelling of data_center.

    Returns
    -------
    str
        The URL.

    Raises
    ------
    ValueError
        For an unknown data centre, and for an empty client_id, redirect_uri or state.

    Examples
    --------
    >>> cf.authorize_url(client_id="c", redirect_uri="http://127.0.0.1:8765/", state="s", scope="read_events")[:41]
    'https://app.cronofy.com/oauth/authorize?r'
    """
    # oauthlib takes a while to load, and reading calendars needs none of it
    from oauthlib.common import add_params_to_uri

    if empty := [
        name
        for name, value in {"client_id": client_id, "redirect_uri": redirect_uri, "state": state}.items()
        if not value
    ]:
        raise ValueError(f"authorize_url needs {', '.join(empty)}.")
    data_center = either_spelling(data_center, data_centre)
    host = Hosts.from_configuration(data_center, os.environ if environment is None else environment, app=app_url).app
    path = "/enterprise_connect/oauth/authorize" if enterprise_connect else "/oauth/authorize"
    parameters = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": _scope_text(scope),
        "state": state,
        "provider_name": provider_name,
        "avoid_linking": None if avoid_linking is None else str(avoid_linking).lower(),
        "link_token": link_token,
        "delegated_scope": None if delegated_scope is None else _scope_text(delegated_scope),
    }
    url = add_params_to_uri(host + path, [(name, value) for name, value in parameters.items() if value is not None])
    return str(url)


def _scope_text(scopes: Iterable[str] | str) -> str:
    return scopes if isinstance(scopes, str) else " ".join(scopes)


def code_of(redirected: str, *, state: str) -> str:
    """Return the code in the URL to which the authorization page redirected.

    Parameters
    ----------
    redirected
        The whole URL, as the browser shows it.
    state
        The state of the authorization request.

    Raises
    ------
    SignInError
        The user declined, the URL has no code, or the state differs; `.reason` says which.

    Examples
    --------
    >>> cf.code_of("http://127.0.0.1:8765/?code=abc&state=s", state="s")
    'abc'
    """
    from oauthlib.oauth2 import MismatchingStateError, OAuth2Error, WebApplicationClient

    _, mark, query = redirected.strip().partition("?")
    if not query:
        raise _page_error("missing_code", "")
    try:
        # oauthlib requires https, which a loopback address does not use (RFC 8252, 7.3): only the query is read
        answer = WebApplicationClient("").parse_request_uri_response(f"https://127.0.0.1/{mark}{query}", state=state)
    except MismatchingStateError:
        raise SignInError(
            "state",
            "The state in this address is not that of the authorization request: it belongs to another attempt, or was "
            "forged. Start again from a new authorize_url.",
        ) from None
    except OAuth2Error as refused:
        raise _page_error(refused.error or "", refused.description or "") from None
    return str(answer["code"])


def _page_error(error: str, description: str) -> SignInError:
    if error == "access_denied":
        return SignInError("denied", "The user declined. Ask again, with a new authorize_url.")
    if error == "missing_code":
        return SignInError(
            "address", "This address has no code. Paste the whole address that the browser shows after Approve."
        )
    words = shorten(description, 200).rstrip(".")
    detail = f" ({words})" if words else ""
    return SignInError(
        "refused",
        f"The authorization page answered {shorten(error, 60)}{detail}. Check client_id, redirect_uri and scope.",
    )


class BearerAuth(httpx.Auth):
    """Signs requests with a fixed secret."""

    def __init__(self, secret: str) -> None:
        self._header = bearer_header(secret)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign the request."""
        request.headers["Authorization"] = self._header
        yield request


def bearer_header(secret: str) -> str:
    """Return the Authorization header for a token or secret; spaces and line ends around it are removed.

    Raises
    ------
    CronofyError
        It has characters that no token has. The message does not quote it, as that of the HTTP library would.
    """
    plain = secret.strip()
    if not (plain.isascii() and plain.isprintable()) or " " in plain:
        raise CronofyError(
            "The access token or secret contains spaces, line breaks or other characters that no token has: check "
            "where it was copied from."
        )
    return f"Bearer {plain}"


class _CallBuilder(Api):
    """Api whose methods return the call."""

    def send(self, call: Call) -> Call:
        return call


class RenewingAuth(httpx.Auth):
    """Signs requests with an access token, and renews it once when it is refused.

    Renewal is single-flight: of several threads that are refused at once, one renews and the others use its tokens.
    The same holds for processes if the store has a lock. The store is read again first, in case another renewed.

    Parameters
    ----------
    store
        The token store; new tokens are saved before they are used.
    host
        The host that renews tokens.
    client_id, client_secret
        The application.
    clock
        The time from which the lifetime of a new token counts.
    """

    requires_response_body = True

    def __init__(
        self,
        store: TokenStore | TokenKeeper,
        host: str,
        *,
        client_id: str | None,
        client_secret: str | None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store if isinstance(store, TokenKeeper) else TokenKeeper(store)
        self._host = host
        self._client_id = client_id
        self._client_secret = client_secret
        self._clock = clock

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign the request; on 401, or without an access token, renew and sign it again."""
        tried = self._store.load()
        if tried.access_token:
            response = yield self._sign(request, tried)
            if response.status_code != 401:
                return
        # httpx closes this generator when a request fails, which ends the lock too
        with self._store.lock():
            tokens = self._store.load()
            if tokens.access_token in (None, tried.access_token):
                if not (tokens.refresh_token and self._client_id and self._client_secret):
                    if tried.access_token:
                        return
                    raise CronofyError(f"There is no access token any more, and none can be requested; {SIGN_IN}.")
                tokens = yield from self._renew(tokens, request)
        yield self._sign(request, tokens)

    def _renew(self, old: Tokens, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, Tokens]:
        call = cast(
            "Call",
            _CallBuilder().refresh_access_token(
                refresh_token=old.refresh_token, client_id=self._client_id, client_secret=self._client_secret
            ),
        )
        renewal = request_of(call, self._host)
        renewal.extensions = {**request.extensions, ENDPOINT: None}  # its timeouts
        response = yield renewal
        try:
            answer = read_body(response, call)
        except TokenError as refused:
            others = self._store.load()
            if others.access_token and others.access_token != old.access_token:
                return others
            refused.args = (f"{refused} The access token cannot be renewed; {SIGN_IN}.",)
            raise
        require_token(answer, call)
        new = old.renewed(answer, self._clock())
        self._store.save(new)
        return new

    @staticmethod
    def _sign(request: httpx.Request, tokens: Tokens) -> httpx.Request:
        request.headers["Authorization"] = bearer_header(tokens.access_token or "")
        return request


def hmac_valid(hmac: str | None, body: bytes | str, client_secret: str) -> bool:
    """Return whether a push notification was sent by Cronofy, by its HMAC.

    Source: docs.cronofy.com/developers/push-notifications/authentication.

    Parameters
    ----------
    hmac
        The header `Cronofy-HMAC-SHA256`: one value, or several separated by commas, of which one must match.
    body
        The body of the notification, exactly as received.
    client_secret
        The client secret of the application.

    Returns
    -------
    bool
        False also for a missing or empty header. Values are compared in constant time.

    Examples
    --------
    >>> cf.hmac_valid(
    ...     "6r2/HjBkqymGegX0wOfifieeUXbbHwtV/LohHS+jv6c=", '{"example":"well-known"}', "pDY0Oi7TJSP2hfNmZNkm5"
    ... )
    True
    """
    content = body.encode() if isinstance(body, str) else body
    expected = base64.b64encode(hmac_.digest(client_secret.encode(), content, hashlib.sha256))
    matches = [hmac_.compare_digest(value.strip().encode(), expected) for value in (hmac or "").split(",")]
    return any(matches)
