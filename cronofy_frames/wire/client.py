"""HTTP client: sends calls, retries where that is safe, and reads the responses.

`Client.send` builds the request, signs it, sends it, retries it, and decodes the response.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TypeVar

import httpx

from cronofy_frames import errors
from cronofy_frames.wire import retries
from cronofy_frames.wire.api import Api, find_endpoint
from cronofy_frames.wire.auth import BearerAuth, RenewingAuth
from cronofy_frames.wire.boundary import Boundary
from cronofy_frames.wire.connections import new_connections
from cronofy_frames.wire.credentials import TokenKeeper, Tokens, TokenStore, hide_secrets
from cronofy_frames.wire.endpoint import Auth, Call, Endpoint, impersonation_header
from cronofy_frames.wire.limits import EXPIRES, Limits
from cronofy_frames.wire.memory_store import MemoryStore
from cronofy_frames.wire.messages import (
    Hosts,
    Page,
    no_response_error,
    page_request,
    read_body,
    read_page,
    request_of,
    require_object,
    require_token,
)
from cronofy_frames.wire.pacing import Pacer, Pacing
from cronofy_frames.wire.paging import Rows
from cronofy_frames.wire.signing import NO_ACCESS_TOKEN, add_application, as_account, split_api_key, uses_secret
from cronofy_frames.wire.sockets import OpenCalls
from cronofy_frames.wire.url_calls import UrlCalls
from cronofy_frames.wire.usage import ENDPOINT, USAGE, Meter, Usage
from cronofy_frames.wire.waiting import Waits, refuse_cancelled
from cronofy_frames.wire.watchdog import Watchdog

T = TypeVar("T")

log = logging.getLogger("cronofy_frames")

TIMEOUT = httpx.Timeout(30.0, connect=10.0)


class Client(UrlCalls, Api):
    """Every endpoint of Cronofy as a method; see `connect` for how to get one.

    May be used by several threads at once. Works as a context manager; `close` ends its calls.
    Results with tokens or secrets are ordinary dicts, whose repr shows `<set>` in place of each.

    Parameters
    ----------
    hosts
        The hosts of the data centre.
    store
        The store of the account's tokens, where renewed tokens are saved; None keeps them in memory.
    client_id, client_secret
        The application.
    transport
        The HTTP transport; None is the network, through the proxies of the environment.
    pacer
        The rate limiter; None is no limit.
    timeout
        Seconds to wait for a connection and for each part of a response; by default 10 for a connection and 30 for
        others.
    retries
        Whether calls are sent again after errors, where that is safe.
    limits
        How long a response and the waits of a call may take, and how large a body may be.
    sleep
        How to wait before a retry; None is a wait that `interrupt` ends.
    jitter
        Returns a random number from 0 to 1, which spreads those waits.
    clock
        Returns the time at the server; a sandbox has its own.
    impersonate
        The sub of the account that all calls act as, for an organizational unit; None is no other account.
    usage
        Counts what is sent.

    Examples
    --------
    >>> with cf.connect(sandbox=True) as client:
    ...     client.user_info()["cronofy.type"]
    'account'
    """

    def __init__(
        self,
        hosts: Hosts,
        *,
        store: TokenStore | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        transport: httpx.BaseTransport | None = None,
        pacer: Pacing | None = None,
        timeout: httpx.Timeout | float = TIMEOUT,
        retries: bool = True,
        limits: Limits = Limits(),  # noqa: B008 - it does not change
        sleep: Callable[[float], None] | None = None,
        jitter: Callable[[], float] = random.random,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        impersonate: str | None = None,
        usage: Usage = USAGE,
    ) -> None:
        impersonation_header(impersonate)  # an unusable value is an error here, not at the first call
        self.hosts = hosts
        self.clock = clock
        self.client_id = client_id
        self.client_secret = client_secret
        self.impersonate = impersonate
        self.store: TokenStore = store if store is not None else MemoryStore()
        self.keeper = TokenKeeper(self.store)
        self._renewing_auth = RenewingAuth(
            self.keeper, hosts.api, client_id=client_id, client_secret=client_secret, clock=clock
        )
        self.pacer: Pacing = pacer or Pacer(None)
        self._meter = Meter(usage, client_id or "")
        self._retries = retries
        self._limits, self._waits, self._calls = limits, Waits(), OpenCalls()
        self._sleep, self._jitter = sleep or self._waits.sleep, jitter
        self._transport, self._is_closed = transport, False
        self._http = new_connections(transport, limits.timeout(timeout), self._before_request, self._after_response)

    def __repr__(self) -> str:
        secret = "set" if self.client_secret else "not set"
        try:
            tokens = repr(self.tokens)
        except Exception as unreadable:  # a custom store may raise anything
            tokens = f"tokens that cannot be read ({type(unreadable).__name__})"
        return f"<Client of {self.hosts.api}: {tokens}, client_id {self.client_id!r}, client_secret {secret}>"

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all calls of this client; further calls raise an error."""
        self._is_closed = True
        self._calls.shut_down()
        self._http.close()

    def interrupt_waits(self) -> None:
        """End the waits before retries in all threads: their calls raise an error."""
        self._waits.interrupt()

    def interrupt(self) -> None:
        """End the waits and requests of all threads: their calls raise an error."""
        self._waits.interrupt()
        self._calls.shut_down()

    @property
    def tokens(self) -> Tokens:
        """The account's tokens as the store has them now."""
        return self.keeper.load()

    @property
    def expires_at(self) -> datetime | None:
        """Approximately when the access token expires, in UTC; None if that is unknown."""
        return self.tokens.expires_at

    @property
    def renews(self) -> bool:
        """Whether access tokens can be renewed: there is a refresh token, a client_id and a client_secret."""
        return bool(self.tokens.refresh_token and self.client_id and self.client_secret)

    @property
    def signed_in(self) -> bool:
        """Whether there is an access token, or one can be requested with a refresh token."""
        return bool(self.tokens.access_token) or self.renews

    def call(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        auth: Auth | None = None,
        impersonate: str | None = None,
    ) -> Any:
        """Call an endpoint by its name or route, with unchecked wire arguments.

        This reaches endpoints and arguments that this package does not know yet.

        Parameters
        ----------
        name
            An endpoint's name, as in `read_events`, or a route, as in `GET /v1/brand_new`.
        arguments
            The arguments under their wire names; `{name}` in a route is filled from them.
        auth
            The credentials: `user` and `service` are the account's access token, `application` the client secret,
            `client` client_id and client_secret in the body, `admin` the key in the argument `api_key`. By default
            those of the endpoint; a new route below a known path takes that path's, any other the access token.
        impersonate
            The sub of the account that an organizational unit acts as (the header Cronofy-Impersonate); by default the
            client's.

        Returns
        -------
        object
            The result of the named endpoint; the decoded body for an unknown route.

        Raises
        ------
        ApiError, TransportError
            The call failed.
        ValueError
            For a text that is neither an endpoint nor a route, and for an unknown auth.

        Examples
        --------
        >>> client.call("GET /v1/userinfo")["cronofy.type"]
        'account'
        >>> client.call("GET /v1/availability/brand_new", auth="application")
        Traceback (most recent call last):
        cronofy_frames.errors.NotFound: ...
        """
        return self.send(Call(find_endpoint(name, auth), dict(arguments or {}), impersonate))

    def pause(self, attempt: int) -> None:
        """Wait with exponential backoff: 1, 2, 4 ... seconds, at most 60, and up to a quarter more at random.

        Parameters
        ----------
        attempt
            The number of times that the call was sent, from 1.
        """
        self._sleep(retries.backoff(attempt, self._jitter()))

    def send(self, call: Call) -> Any:
        """Send a call and return its result: `Rows` for a list, else the decoded body, or None for an empty body."""
        call = add_application(call, self.client_id, self.client_secret, self.keeper.load)
        call, api_key = split_api_key(as_account(call, self.impersonate))
        request, auth = request_of(call, self.hosts.api), self._auth(call.endpoint, api_key)
        log.info("%s %s", call.endpoint.name, call.endpoint.route)
        if call.endpoint.rows is not None:
            first = self._fetch_page(call, request, auth)
            return Rows(call, first, lambda url: self._fetch_next(call, url, auth), url=str(request.url))
        body = self._send_with_retries(call, lambda: self._receive(call, request, auth, read_body))
        with Boundary(call, f"the response to {call.endpoint.name} could not be read"):
            if call.endpoint.name == "user_info":
                require_object(body, call)
            self._save_new_tokens(call, body)
            return hide_secrets(call.endpoint.with_wrapper(body))

    def fetch(self, call: Call, request: httpx.Request, read: Callable[[httpx.Response, Call], T]) -> T:
        """Send a request with the credentials of its endpoint, with retries, and read the response."""
        auth = self._auth(call.endpoint, None)
        return self._send_with_retries(call, lambda: self._receive(call, request, auth, read))

    def fetch_openly(self, call: Call, request: httpx.Request, read: Callable[[httpx.Response, Call], T]) -> T:
        """Send a request without credentials, with retries, and read the response."""
        return self._send_with_retries(call, lambda: self._receive(call, request, None, read))

    def own_hosts(self) -> Hosts:
        """Return the hosts that credentials may be sent to."""
        return self.hosts

    def _before_request(self, request: httpx.Request) -> None:
        """Wait for the rate limiter, and count the request: renewals and retries are requests too."""
        waited = self.pacer.wait(self._waits.sleep, patience=self._limits.patience)
        refuse_cancelled()
        self._meter.count_request(request.extensions, waited)

    def _after_response(self, response: httpx.Response) -> None:
        """Halve the rate of the application after a response with status 429, and limit the body."""
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            self.pacer.slow_down()
        self._limits.limit(response)

    def _fetch_next(self, call: Call, url: str, auth: httpx.Auth | None) -> Page:
        return self._fetch_page(call, page_request(url, self.hosts.api, call.impersonate), auth)

    def _fetch_page(self, call: Call, request: httpx.Request, auth: httpx.Auth | None) -> Page:
        before = self._meter.requests
        page = self._send_with_retries(call, lambda: self._receive(call, request, auth, read_page))
        return replace(page, requests=self._meter.requests - before)

    def _receive(
        self, call: Call, request: httpx.Request, auth: httpx.Auth | None, read: Callable[[httpx.Response, Call], T]
    ) -> T:
        """Send a request once, and read its response."""
        response = self._send_once(call, request, auth)
        self._meter.count_response(call.endpoint.name, len(response.content))
        with Boundary(call, f"the response to {call.endpoint.name} could not be read"):
            return read(response, call)

    def _send_once(self, call: Call, request: httpx.Request, auth: httpx.Auth | None) -> httpx.Response:
        if self._is_closed:
            raise errors.CronofyError("this client was closed and sends no further requests: connect again.")
        watchdog: Watchdog | None = None
        try:
            with self._calls.call() as sockets:
                # the sockets of a custom transport are unknown, and cannot be shut down
                watchdog = None if self._transport else Watchdog(self._limits.deadline, sockets.shut_down)
                with watchdog or nullcontext():
                    return self._send_within_limits(call, request, auth)
        except errors.TransportError as error:
            if watchdog is not None and watchdog.has_stopped:
                late = self._limits.too_late()
                late.args, late.call = (f"{call.endpoint.name}: {late}",), call
                raise late from None
            if error.call is None:
                error.args, error.call = (f"{call.endpoint.name}: {error}",), call
            raise

    def _send_within_limits(self, call: Call, request: httpx.Request, auth: httpx.Auth | None) -> httpx.Response:
        with Boundary(call, f"{call.endpoint.name} could not be sent, or its response could not be read"):
            expires = self._limits.tick() + self._limits.deadline
            request.extensions = {EXPIRES: expires, ENDPOINT: call.endpoint.name}
            if self._http.cookies:
                self._http.cookies.set_cookie_header(request)
            try:
                return self._http.send(request, auth=auth)
            except httpx.RequestError as error:
                # the message of httpx quotes headers that it cannot send, and a header has the token
                cause = None if isinstance(error, httpx.LocalProtocolError) else error
                raise no_response_error(call, request, error) from cause

    def _send_with_retries(self, call: Call, send_once: Callable[[], T]) -> T:
        """Send a call, with retries after errors that allow them."""
        self._meter.count_call(call.endpoint.name)
        if not self._retries:
            return send_once()
        try:
            return send_once()
        except errors.CronofyError as error:
            first = error
        return retries.send_again(
            call,
            first,
            send_once,
            sleep=self._sleep,
            jitter=self._jitter,
            patience=self._limits.patience,
            clock=self.clock,
            count=self._meter.count_retry,
        )

    def _auth(self, endpoint: Endpoint, api_key: str | None) -> httpx.Auth | None:
        if endpoint.auth == "client":
            return None
        if endpoint.auth == "admin":
            return BearerAuth(api_key or "")
        if uses_secret(endpoint.auth, self.client_secret, self.keeper.load):
            if not self.client_secret:
                raise errors.CronofyError(f"{endpoint.name} needs client_secret: give it to connect().")
            return BearerAuth(self.client_secret)
        if not self.signed_in:
            raise errors.CronofyError(f"{endpoint.name} {NO_ACCESS_TOKEN}")
        return self._renewing_auth

    def _save_new_tokens(self, call: Call, body: Any) -> None:
        """Use the tokens of a token call from now on, as the official Node SDK does, and drop revoked ones."""
        if call.endpoint.name in ("request_access_token", "refresh_access_token"):
            require_token(body, call)
            self.keeper.save(self.tokens.renewed(body, self.clock()))
        if call.endpoint.name == "revoke_authorization":
            revoked, tokens = call.arguments.get("token"), self.tokens
            if revoked is not None and revoked in (tokens.access_token, tokens.refresh_token):
                self.keeper.save(Tokens())
