"""Clients of the people of an organisation, whom a service account speaks for (Enterprise Connect)."""

from __future__ import annotations

import queue
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from cronofy_frames.connecting import connect
from cronofy_frames.errors import CronofyError, SignInError
from cronofy_frames.signin.callback_server import CallbackServer
from cronofy_frames.text import join_names, quantity, single_line
from cronofy_frames.tokens import make_store
from cronofy_frames.wire.auth import DEFAULT_SCOPE
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.credentials import TokenKeeper, Tokens, TokenStore

BATCH = 50  # docs.cronofy.com/developers/api/enterprise-connect/delegated-access
LOOPBACK = ("127.0.0.1", "localhost", "::1")

Stores = str | Callable[[str], TokenStore]


def delegated_clients(
    service_client: Client,
    emails: Iterable[str],
    *,
    store: Stores = "file",
    scope: str | Iterable[str] = DEFAULT_SCOPE,
    callback_url: str | None = None,
    listen: tuple[str, int] = ("127.0.0.1", 0),
    seconds: float = 60.0,
    environment: Mapping[str, str] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, Client]:
    """Return a client for each person of an organisation, authorized through its service account.

    People whose tokens are stored are not asked for again, so that the same call each night costs nothing. For the
    others the service account asks Cronofy, in requests of 50; the results come to a callback URL, and the tokens go to
    the store. The mapping is what `read_events`, `run_fetch` and `Archive.sync` take.

    Source: docs.cronofy.com/developers/api/enterprise-connect/delegated-access.

    Parameters
    ----------
    service_client
        A client of the service account, with client_id and client_secret: `login(delegated_scope="read_write")`.
    emails
        The addresses of the people.
    store
        The kind of store, `file`, `keyring` or `auto`, which has an account for each address; or a function that
        returns the token store of an address.
    scope
        The scope for each person, within what was delegated to the service account.
    callback_url
        An https address that Cronofy can reach, and that is forwarded to `listen`. Not needed for a served sandbox on
        this machine.
    listen
        The host and the port at which the results are received; port 0 is a free one.
    seconds
        How long to wait for the results.
    environment
        Environment variables; by default those of the process.
    clock
        Monotonic seconds.

    Returns
    -------
    dict
        Address -> client, in the order of `emails`.

    Raises
    ------
    SignInError
        Some were refused or did not answer; `.partial` has the clients of the others, whose tokens are stored.
    ApiError
        The service account may not ask, or not with this scope.
    ValueError
        For no address, one twice, or without a callback_url where Cronofy could not reach this machine; nothing was
        sent.

    Examples
    --------
    >>> from cronofy_frames.sandbox import serve
    >>> from cronofy_frames.wire.transport import CallbackSender
    >>> sender = CallbackSender()
    >>> with serve(cf.Sandbox(deliver=sender)) as server:  # as `cronofy-frames sandbox` serves it
    ...     box, app = server.app, {"client_id": server.app.client_id, "client_secret": server.app.client_secret}
    ...     with cf.connect(base_url=server.url, access_token=box.service_account_token, **app) as service:
    ...         team = cf.delegated_clients(service, ["maya.okafor@quillmark.test"], store=lambda _: cf.MemoryStore())
    ...     for client in team.values():
    ...         client.close()
    >>> sender.close()
    >>> list(team)
    ['maya.okafor@quillmark.test']
    """
    addresses = _addresses(emails)
    if not (service_client.client_id and service_client.client_secret):
        raise ValueError("service_client needs client_id and client_secret, for the tokens of each person.")
    stores = {email: _store_of(store, email, environment) for email in addresses}
    missing = [email for email in addresses if TokenKeeper(stores[email]).load().empty]
    failures: dict[str, str] = {}
    if missing:
        if callback_url is None and urlsplit(service_client.hosts.api).hostname not in LOOPBACK:
            raise ValueError(
                "Cronofy posts the results to an address that it can reach: give callback_url=, an https address that "
                "is forwarded to this machine, and listen=, where that arrives."
            )
        scope_text = scope if isinstance(scope, str) else " ".join(scope)
        delegation = _Delegation(service_client, stores, scope_text, clock)
        failures = delegation.authorize(missing, callback_url, listen, seconds)
    clients = {
        email: connect(
            store=stores[email],
            client_id=service_client.client_id,
            client_secret=service_client.client_secret,
            environment=environment,
        )
        for email in addresses
        if email not in failures
    }
    if failures:
        raise _error_of(failures, clients)
    return clients


def _addresses(emails: Iterable[str]) -> list[str]:
    if isinstance(emails, str):
        raise ValueError(f"emails is a list of addresses; for a single person [{emails!r}].")
    addresses = list(emails)
    if others := [email for email in addresses if not isinstance(email, str) or "@" not in email]:
        raise ValueError(f"emails are addresses, with an @; not {others[0]!r}.")
    if not addresses:
        raise ValueError("delegated_clients needs at least one address.")
    folded = [email.casefold() for email in addresses]
    if twice := [email for email in addresses if folded.count(email.casefold()) > 1]:
        raise ValueError(f"{twice[0]} comes twice: give each address once.")
    return addresses


def _store_of(store: Stores, email: str, environment: Mapping[str, str] | None) -> TokenStore:
    if not isinstance(store, str):
        return store(email)
    if store not in ("file", "keyring", "auto"):
        raise ValueError(f"store is file, keyring, auto, or a function that returns a token store; not {store!r}.")
    return make_store(store, email, environment)


def _error_of(failures: Mapping[str, str], clients: dict[str, Client]) -> SignInError:
    email, reason = next(iter(failures.items()))
    others = f"; also {join_names([name for name in failures if name != email])}" if len(failures) > 1 else ""
    error = SignInError(
        "refused",
        single_line(
            f"{quantity(len(failures), 'person', 'people')} could not be authorized: {email}: {reason}{others}. "
            "The same call asks again for these only; .partial has the clients of the others."
        ),
    )
    error.partial = clients
    return error


@dataclass(frozen=True, slots=True)
class _Delegation:
    """The requests of a service account for people, and their results.

    Attributes
    ----------
    service
        The client of the service account.
    stores
        The token stores by address.
    scope
        The scope for each person.
    clock
        Monotonic seconds.
    """

    service: Client
    stores: Mapping[str, TokenStore]
    scope: str
    clock: Callable[[], float]

    def authorize(
        self, emails: list[str], callback_url: str | None, listen: tuple[str, int], seconds: float
    ) -> dict[str, str]:
        """Ask for people, store their tokens, and return why it failed for others, by address."""
        waiting = {secrets.token_urlsafe(24): email for email in emails}
        results: queue.Queue[tuple[str, Mapping[str, Any]]] = queue.Queue()

        def take(result: Mapping[str, Any]) -> bool:
            email = waiting.get(str(result.get("state")))
            if email is not None:
                results.put((email, result))
            return email is not None

        failures: dict[str, str] = {}
        with CallbackServer(listen, take) as server:
            address = callback_url or f"http://{listen[0]}:{server.port}/"
            self._ask(waiting, address)
            ends_at = self.clock() + seconds
            remaining = set(emails)
            while remaining and (left := ends_at - self.clock()) > 0:
                try:
                    email, result = results.get(timeout=min(left, 0.1))
                except queue.Empty:
                    continue
                if email in remaining:
                    remaining.discard(email)
                    if reason := self._finish(email, result, address):
                        failures[email] = reason
        late = f"there was no result within {seconds:g} seconds at {address}"
        return {email: failures.get(email, late) for email in emails if email in failures or email in remaining}

    def _ask(self, waiting: Mapping[str, str], address: str) -> None:
        entries = [
            {"email": email, "callback_url": address, "scope": self.scope, "state": state}
            for state, email in waiting.items()
        ]
        for start in range(0, len(entries), BATCH):
            self.service.authorize_with_service_account(service_account_authorizations=entries[start : start + BATCH])

    def _finish(self, email: str, result: Mapping[str, Any], address: str) -> str:
        """Exchange the code of a result and store the tokens; return why that is not possible, or an empty text."""
        code = result.get("code")
        if not isinstance(code, str) or not code:
            reasons = [result.get(name) for name in ("error_description", "error")]
            return next((reason for reason in reasons if isinstance(reason, str) and reason), "the result has no code")
        known = Tokens(
            client_id=self.service.client_id,
            client_secret=self.service.client_secret,
            api_url=self.service.hosts.api,
            app_url=self.service.hosts.app,
        )
        try:
            with self._application() as application:
                response = application.request_access_token(code=code, redirect_uri=address)
            TokenKeeper(self.stores[email]).save(known.renewed(response, datetime.now(UTC)))
        except CronofyError as error:
            return str(error)
        return ""

    def _application(self) -> Client:
        """Return a client without an account, so that the service account keeps its tokens."""
        return connect(
            store="memory",
            client_id=self.service.client_id,
            client_secret=self.service.client_secret,
            base_url=self.service.hosts.api,
        )
