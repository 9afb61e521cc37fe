"""Sends calls and waits for their answers; or keeps them.

`Client.send` is the loop around the floors below: build the request, sign it, send it, send it again where that
is safe, and read the answer.
"""

from __future__ import annotations

import logging
import os
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TypeVar

import httpx
import tenacity

from cronofy_frames import errors
from cronofy_frames.text import quantity
from cronofy_frames.wire.api import Api
from cronofy_frames.wire.auth import Bearer, Renewing
from cronofy_frames.wire.credentials import Keeping, Tokens, TokenStore, private
from cronofy_frames.wire.endpoint import ENDPOINTS, Call, Endpoint
from cronofy_frames.wire.memory_store import MemoryStore
from cronofy_frames.wire.messages import (
    Hosts,
    Page,
    body_of,
    page_request,
    path_of,
    read_body,
    read_page,
    request_of,
)
from cronofy_frames.wire.paging import Rows
from cronofy_frames.wire.retries import tries, worth_repeating
from cronofy_frames.wire.transport import Pacer

T = TypeVar("T")

log = logging.getLogger("cronofy_frames")

TIMEOUT = httpx.Timeout(30.0, connect=10.0)
LONGEST_WAIT = 60.0  # the limit counts by the minute


class Client(Api):
    """Every endpoint of Cronofy as a method; see `connect` for how to get one.

    May be used by several threads at once. Works as a context manager, and `close` ends its connections.
    Answers with tokens or secrets in them are dicts like any other, but show `<set>` in their place.

    Parameters
    ----------
    hosts
        Where the data centre is.
    store
        Where the account's tokens rest; renewed ones are saved there.
    client_id, client_secret
        The application.
    transport
        What carries requests; by default the network, through the environment's proxies.
    pacer
        Holds requests back; None for no pacing.
    sleep, jitter
        How to wait before a call is sent again, and what spreads those waits, from 0 to 1.
    clock
        The time there; a sandbox has its own.

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
        pacer: Pacer | None = None,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.hosts = hosts
        self.clock = clock
        self.client_id = client_id
        self._client_secret = client_secret
        self._store = Keeping(store if store is not None else MemoryStore())
        self._renewing = Renewing(self._store, hosts.api, client_id=client_id, client_secret=client_secret, clock=clock)
        self._pacer = pacer
        self._sent = threading.local()
        self._sleep, self._jitter = sleep, jitter
        self._transport, self._left = transport, list[httpx.Client]()
        self._connect()

    def __repr__(self) -> str:
        secret = "set" if self._client_secret else "not set"
        try:
            tokens = repr(self._tokens)
        except Exception as unreadable:  # whatever a store of the user's own raises
            tokens = f"tokens that cannot be read ({type(unreadable).__name__})"
        return f"<Client of {self.hosts.api}: {tokens}, client_id {self.client_id!r}, client_secret {secret}>"

    def _connect(self) -> None:
        # a hook and not a transport: with a transport of ours httpx would leave out the environment's proxies
        self._http = httpx.Client(transport=self._transport, timeout=TIMEOUT, event_hooks={"request": [self._before]})
        self._process = os.getpid()

    def _leave_connections(self) -> None:
        """Leave connections to the process that this one was copied from: two would read each other's answers."""
        if self._transport is None and self._process != os.getpid() and not self._http.is_closed:
            self._left.append(self._http)  # not closed, as a thread of that process may hold it
            self._connect()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all connections."""
        self._http.close()

    @property
    def _tokens(self) -> Tokens:
        return self._store.load()

    @property
    def expires_at(self) -> datetime | None:
        """About when the access token ends, in UTC; None where that is not known."""
        return self._tokens.expires_at

    @property
    def renews(self) -> bool:
        """Whether access tokens renew themselves: with a refresh token and the application."""
        return bool(self._tokens.refresh_token and self.client_id and self._client_secret)

    @property
    def signed_in(self) -> bool:
        """Whether there is an account to speak for: an access token, or what is needed to get one."""
        return bool(self._tokens.access_token) or self.renews

    def call(self, name: str, arguments: Mapping[str, Any] | None = None) -> Any:
        """Call an endpoint by its name or route, with wire arguments that nothing checks.

        This reaches what Cronofy adds before this package does.

        Parameters
        ----------
        name
            An endpoint's name, as in `read_events`, or a route, as in `GET /v1/brand_new`.
        arguments
            Under their wire names; `{name}` in a route is filled from them.

        Returns
        -------
        object
            As the named endpoint does; the decoded body for a route that is not known here.

        Examples
        --------
        >>> client.call("GET /v1/userinfo")["cronofy.type"]
        'account'
        """
        return self.send(Call(endpoint_named(name), dict(arguments or {})))

    def pause(self, attempt: int) -> None:
        """Wait as before a call that is sent again: 1, 2, 4 ... seconds, up to a minute, and a little more by chance.

        Parameters
        ----------
        attempt
            How often it was sent, from 1.
        """
        self._sleep(self._wait(attempt))

    def send(self, call: Call) -> Any:
        """Send a call and return its answer: `Rows` for a list, else the decoded body, None for an empty one."""
        call, api_key = without_key(self._filled(call))
        request, auth = request_of(call, self.hosts.api), self._auth(call.endpoint, api_key)
        log.info("%s %s", call.endpoint.name, call.endpoint.route)
        if call.endpoint.rows is not None:
            return Rows(call, self._page(call, request, auth), lambda url: self._follow(call, url, auth))
        body = self._repeated(call, lambda: read_body(self._once(call, request, auth), call))
        self._adopt(call, body)
        return private(body)

    def _before(self, _: httpx.Request) -> None:
        """Wait for one's turn, and count: renewals and repetitions are requests too."""
        if self._pacer is not None:
            self._pacer.wait()
        self._sent.count = getattr(self._sent, "count", 0) + 1

    def _follow(self, call: Call, url: str, auth: httpx.Auth | None) -> Page:
        return self._page(call, page_request(url, self.hosts.api), auth)

    def _page(self, call: Call, request: httpx.Request, auth: httpx.Auth | None) -> Page:
        before = getattr(self._sent, "count", 0)
        page = self._repeated(call, lambda: read_page(self._once(call, request, auth), call))
        return replace(page, requests=self._sent.count - before)

    def _once(self, call: Call, request: httpx.Request, auth: httpx.Auth | None) -> httpx.Response:
        self._leave_connections()
        # built anew, so that the client's time-outs and what it accepts (gzip) go along
        own = self._http.build_request(request.method, request.url, headers=request.headers, content=request.content)
        try:
            return self._http.send(own, auth=auth)
        except httpx.RequestError as lost:
            # the HTTP library quotes headers it cannot send, and a header holds the token
            raise _no_answer(call, request, lost) from (None if isinstance(lost, httpx.LocalProtocolError) else lost)

    def _repeated(self, call: Call, once: Callable[[], T]) -> T:
        attempts = tenacity.Retrying(
            retry=tenacity.retry_if_exception(worth_repeating),
            stop=lambda state: state.attempt_number >= tries(_error_of(state)),
            wait=lambda state: self._pause(_error_of(state), state.attempt_number),
            sleep=self._sleep,
            before_sleep=lambda state: _warn(call, state),
            reraise=True,
        )
        try:
            return attempts(once)
        except errors.CronofyError as error:
            # from here on: the way through the repetitions says nothing to whoever made the call
            raise error.with_traceback(None)  # noqa: B904 - it is the same error, with its own cause

    def _pause(self, error: BaseException, attempt: int) -> float:
        asked: float | None = getattr(error, "retry_after", None)
        return self._wait(attempt) if asked is None else asked

    def _wait(self, attempt: int) -> float:
        return float(min(LONGEST_WAIT, 2.0 ** (attempt - 1)) * (1 + self._jitter() / 4))

    def _filled(self, call: Call) -> Call:
        if call.endpoint.auth != "client":
            return call
        own: dict[str, Any] = {"client_id": self.client_id, "client_secret": self._client_secret}
        if call.endpoint.name == "refresh_access_token":
            own["refresh_token"] = self._tokens.refresh_token
        if call.endpoint.name == "revoke_authorization" and not {"token", "sub"} & call.arguments.keys():
            own["token"] = self._tokens.refresh_token or self._tokens.access_token
        filled = {**{name: value for name, value in own.items() if value}, **call.arguments}
        if missing := [name for name in own if name not in filled]:
            raise errors.CronofyError(
                f"{call.endpoint.name} needs {', '.join(missing)}: give it to this call, or to connect()."
            )
        return Call(call.endpoint, filled)

    def _auth(self, endpoint: Endpoint, api_key: str | None) -> httpx.Auth | None:
        if endpoint.auth == "client":
            return None
        if endpoint.auth == "application" or (endpoint.auth == "application or user" and self._client_secret):
            if not self._client_secret:
                raise errors.CronofyError(f"{endpoint.name} needs client_secret: give it to connect().")
            return Bearer(self._client_secret)
        if endpoint.auth == "admin":
            return Bearer(api_key or "")
        if not self.signed_in:
            raise errors.CronofyError(
                f"{endpoint.name} needs an access token and this client has none. Sign in with cf.login(), or "
                "cronofy-frames login in a shell; or connect(account=...) for an account that signed in, "
                "connect(access_token=...), connect(refresh_token=..., client_id=..., client_secret=...), or "
                "request_access_token first."
            )
        return self._renewing

    def _adopt(self, call: Call, body: Any) -> None:
        """Go on with the tokens that were got, as the official Node SDK does."""
        if call.endpoint.name in ("request_access_token", "refresh_access_token") and isinstance(body, dict):
            self._store.save(self._tokens.renewed(body, self.clock()))
        if call.endpoint.name == "revoke_authorization":
            gone, own = call.arguments.get("token"), self._tokens
            if gone is not None and gone in (own.access_token, own.refresh_token):
                self._store.save(Tokens())


def without_key(call: Call) -> tuple[Call, str | None]:
    """Return an admin call without its key, which goes into the header, and the key."""
    if call.endpoint.auth != "admin":
        return call, None
    said = dict(call.arguments)
    api_key = said.pop("api_key", None)
    return Call(call.endpoint, said), api_key


def endpoint_named(name: str) -> Endpoint:
    """Return the endpoint of a name or a route; a route that is not known becomes one."""
    if name in ENDPOINTS:
        return ENDPOINTS[name]
    verb, _, path = name.strip().partition(" ")
    path = path.strip()
    if verb.upper() not in ("GET", "POST", "PUT", "PATCH", "DELETE") or not path.startswith("/"):
        raise ValueError(
            f"{name!r} is neither an endpoint nor a route such as 'GET /v1/events'. "
            f"Endpoints are {', '.join(sorted(ENDPOINTS))}."
        )
    route = f"{verb.upper()} {path}"
    known = next((one for one in ENDPOINTS.values() if one.route == route), None)
    return known or Endpoint(route, verb.upper(), path, repeatable=verb.upper() == "GET", sure="our reading")


def _error_of(state: tenacity.RetryCallState) -> BaseException:
    outcome = state.outcome
    error = outcome.exception() if outcome is not None else None
    return error if error is not None else RuntimeError("a call that did not fail is not repeated")


def _warn(call: Call, state: tenacity.RetryCallState) -> None:
    error, wait = _error_of(state), state.next_action.sleep if state.next_action else 0.0
    reason = getattr(error, "status", None) or "no usable answer"
    log.warning("%s: %s; sending it again in %.1f s", call.endpoint.name, reason, wait)


def _no_answer(call: Call, request: httpx.Request, lost: httpx.RequestError) -> errors.TransportError:
    # where the lost request is not the call's own it was the renewal, and token calls are not sent twice
    renewal = lost._request is not None and lost.request.url.path != request.url.path
    what = "the renewal of the access token" if renewal else call.endpoint.name
    hopeless = isinstance(lost, httpx.UnsupportedProtocol | httpx.LocalProtocolError)
    reason = type(lost).__name__ if isinstance(lost, httpx.LocalProtocolError) else f"{type(lost).__name__}: {lost}"
    return errors.TransportError(
        f"{what} got no answer from {request.url.host}: {reason}. "
        "Check the network and proxies, and base_url or data_center.",
        call,
        again=not renewal and not hopeless,
    )


class Recorder(Api):
    """Keeps calls instead of sending them: for a dry run, or to send them as a batch.

    Attributes
    ----------
    calls
        The calls, in order.

    Examples
    --------
    >>> recorder = cf.Recorder()
    >>> recorder.delete_event("cal_1", "order-17")
    >>> recorder.entries()
    [{'method': 'DELETE', 'relative_url': '/v1/calendars/cal_1/events', 'data': {'event_id': 'order-17'}}]
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def send(self, call: Call) -> Any:
        """Keep the call, if it can be sent; the answer is None."""
        path_of(call), body_of(call)
        self.calls.append(call)

    def __repr__(self) -> str:
        names = ", ".join(sorted({call.endpoint.name for call in self.calls}))
        return f"<Recorder of {quantity(len(self.calls), 'call')}: {names}>"

    def entries(self) -> list[dict[str, Any]]:
        """Return the calls as entries for `Client.batch`.

        Raises
        ------
        ValueError
            When one of them cannot be in a batch.
        """
        if unfit := sorted({call.endpoint.name for call in self.calls if not call.endpoint.batch}):
            fit = ", ".join(name for name, row in ENDPOINTS.items() if row.batch)
            raise ValueError(f"a batch takes {fit}; not {', '.join(unfit)}. Send those one by one.")
        return [
            {"method": call.endpoint.verb, "relative_url": path_of(call), "data": body_of(call)} for call in self.calls
        ]
