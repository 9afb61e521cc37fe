"""Clients of the people of an organisation, whom a service account speaks for (Enterprise Connect)."""

from __future__ import annotations

import queue
import re
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from cronofy_frames.argument_types import check_label, text_list
from cronofy_frames.connecting import connect
from cronofy_frames.errors import CronofyError, Invalid, SignInError
from cronofy_frames.signin.callback_server import CallbackServer
from cronofy_frames.text import join_names, quantity, single_line
from cronofy_frames.tokens import make_store
from cronofy_frames.wire.auth import DEFAULT_SCOPE
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.credentials import TokenKeeper, Tokens, TokenStore
from cronofy_frames.wire.scopes import is_within

_EMAIL_FIELD = re.compile(r"service_account_authorizations\[([0-9]+)\]\.email")
BATCH = 50  # docs.cronofy.com/developers/api/enterprise-connect/delegated-access
_REASONS = 3  # at most, in a message
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

    People whose tokens are stored and have the scope are not asked for again, so that the same call each night costs
    nothing. For the others the service account asks Cronofy, in requests of 50; the results come to a callback URL, and
    the tokens go to the store. The mapping is what `read_events`, `run_fetch` and `Archive.sync` take.

    Source: docs.cronofy.com/developers/api/enterprise-connect/delegated-access.

    Parameters
    ----------
    service_client
        A client of the service account, with client_id and client_secret: `login(delegated_scope="read_write")`.
    emails
        The addresses of the people; space around them is left out.
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
        Some were refused or did not answer; `.partial` has the clients of the others, whose tokens are stored. Or two
        addresses are of one account, or share a token store, so that one person would be read as another. Or stored
        tokens are of another application or data centre; nothing was sent.
    ApiError
        The service account may not ask, or not with this scope; `.partial` has the clients of the people whose tokens
        were stored before.
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
    scope_text = " ".join(text_list("scope", scope, "scopes such as 'read_events'"))
    if not scope_text.strip():
        raise ValueError("scope is empty: name what the application may do, such as 'read_events', or leave it out.")
    _check_arguments(service_client, listen, seconds)
    if not (service_client.client_id and service_client.client_secret):
        raise ValueError("service_client needs client_id and client_secret, for the tokens of each person.")
    stores = {email: _store_of(store, email, environment) for email in addresses}
    loaded = {email: TokenKeeper(token_store).load() for email, token_store in stores.items()}
    _check_issuers(service_client, loaded)
    missing = [email for email, tokens in loaded.items() if not _has_scope(tokens, scope_text)]
    failures: dict[str, str] = {}
    if missing:
        if callback_url is None and urlsplit(service_client.hosts.api).hostname not in LOOPBACK:
            raise ValueError(
                "Cronofy posts the results to an address that it can reach: give callback_url=, an https address that "
                "is forwarded to this machine, and listen=, where that arrives."
            )
        delegation = _Delegation(service_client, stores, scope_text, clock)
        try:
            failures = delegation.authorize(missing, callback_url, listen, seconds)
        except CronofyError as error:
            stored = {email: stores[email] for email in addresses if email not in missing}
            error.partial = _clients_of(stored, service_client, environment)
            raise
    authorized = {email: stores[email] for email in addresses if email not in failures}
    clients = _clients_of(authorized, service_client, environment)
    if failures:
        raise _error_of(failures, clients)
    return clients


def _clients_of(
    stores: Mapping[str, TokenStore], service: Client, environment: Mapping[str, str] | None
) -> dict[str, Client]:
    """Return a client for each token store.

    Raises
    ------
    SignInError
        Two have the tokens of one account.
    """
    _check_accounts(stores)
    return {
        email: connect(
            store=store, client_id=service.client_id, client_secret=service.client_secret, environment=environment
        )
        for email, store in stores.items()
    }


def _addresses(emails: Iterable[str]) -> list[str]:
    if isinstance(emails, str):
        raise ValueError(f"emails is a list of addresses; for a single person [{emails!r}].")
    listed = list(emails) if isinstance(emails, Iterable) else [emails]
    addresses = [email.strip() if isinstance(email, str) else email for email in listed]
    if others := [email for email in addresses if not isinstance(email, str) or "@" not in email]:
        raise ValueError(f"emails are addresses, with an @; not {others[0]!r}.")
    if not addresses:
        raise ValueError("delegated_clients needs at least one address.")
    for email in addresses:
        check_label(email)
    counts = Counter(email.casefold() for email in addresses)
    if twice := [email for email in addresses if counts[email.casefold()] > 1]:
        raise ValueError(f"{twice[0]} comes twice: give each address once.")
    return addresses


def _check_arguments(service_client: Any, listen: Any, seconds: Any) -> None:
    if not isinstance(service_client, Client):
        kind = type(service_client).__name__
        raise ValueError(f"service_client is a client of the service account, as connect() returns it; not a {kind}.")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
        raise ValueError(f"seconds is a number above 0: how long to wait for the results; not {seconds!r}.")
    if not isinstance(listen, tuple | list) or [type(part) for part in listen] != [str, int]:
        raise ValueError(f"listen is a host and a port, such as ('127.0.0.1', 8000); not {listen!r}.")


def _has_scope(tokens: Tokens, scope: str) -> bool:
    """Return whether tokens are there and allow a scope; those that do not say what they allow count as such."""
    return not tokens.empty and (tokens.scope is None or is_within(scope, tokens.scope))


def _check_issuers(service: Client, loaded: Mapping[str, Tokens]) -> None:
    """Raise for tokens that were issued to another application, or in another data centre.

    Raises
    ------
    SignInError
        They could not be renewed, and the service account does not replace what it did not store.
    """
    for email, tokens in loaded.items():
        is_other = tokens.client_id not in (None, service.client_id) or tokens.api_url not in (None, service.hosts.api)
        if not tokens.empty and is_other:
            raise SignInError(
                "application",
                f"the tokens that are stored for {email} are of another application or data centre ({tokens.api_url}): "
                f"give another store=, or sign out with cf.logout({email!r}).",
            )


def _check_accounts(stores: Mapping[str, TokenStore]) -> None:
    """Raise where two addresses have the tokens of one account.

    Raises
    ------
    SignInError
        With both addresses.
    """
    addresses: dict[str, str] = {}
    for email, store in stores.items():
        sub = TokenKeeper(store).load().sub
        other = email if sub is None else addresses.setdefault(sub, email)
        if other != email:
            raise SignInError(
                "account",
                f"{other} and {email} have the tokens of one account, {sub}: give one address of a person, and with a "
                "function as store= another store for each.",
            )


def _store_of(store: Stores, email: str, environment: Mapping[str, str] | None) -> TokenStore:
    if callable(store):
        token_store = store(email)
        if not (hasattr(token_store, "load") and hasattr(token_store, "save")):
            raise ValueError(
                f"the function store= returned {token_store!r} for {email}: return a token store, such as "
                "cf.MemoryStore()."
            )
        return token_store
    if store not in ("file", "keyring", "auto"):
        raise ValueError(f"store is file, keyring, auto, or a function that returns a token store; not {store!r}.")
    return make_store(store, email, environment)


def _error_of(failures: Mapping[str, str], clients: dict[str, Client]) -> SignInError:
    by_reason: dict[str, list[str]] = {}
    for email, reason in failures.items():
        by_reason.setdefault(reason, []).append(email)
    reasons = [_reason_of(emails, reason) for reason, emails in by_reason.items()]
    count = quantity(len(failures), "person", "people")
    more = f" And {len(reasons) - _REASONS} other reasons." if len(reasons) > _REASONS else ""
    error = SignInError(
        "refused",
        single_line(
            f"{count} could not be authorized: {' '.join(reasons[:_REASONS])}{more} "
            "The same call asks again for these only; .partial has the clients of the others."
        ),
    )
    error.partial = clients
    return error


def _reason_of(emails: list[str], reason: str) -> str:
    others = f"; also {join_names(emails[1:])}" if len(emails) > 1 else ""
    return f"{emails[0]}: {reason.rstrip('.')}{others}."


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
            failures.update(self._ask(waiting, address))
            ends_at = self.clock() + seconds
            remaining = set(emails) - failures.keys()
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

    def _ask(self, waiting: Mapping[str, str], address: str) -> dict[str, str]:
        """Send the requests, and return which addresses were refused, and why.

        The results of the requests before one that fails are still taken: an error counts for those not asked for yet.

        Raises
        ------
        CronofyError
            The first request failed, so that there will be no result.
        """
        entries = [
            {"email": email, "callback_url": address, "scope": self.scope, "state": state}
            for state, email in waiting.items()
        ]
        failures: dict[str, str] = {}
        for start in range(0, len(entries), BATCH):
            try:
                failures.update(self._ask_batch(entries[start : start + BATCH]))
            except CronofyError as error:
                if start == 0:
                    raise
                return {**failures, **{entry["email"]: str(error) for entry in entries[start:]}}
        return failures

    def _ask_batch(self, entries: list[dict[str, str]]) -> dict[str, str]:
        """Send a request; one that is refused for some addresses is sent again without them."""
        try:
            self.service.authorize_with_service_account(service_account_authorizations=entries)
        except Invalid as error:
            refused = {int(match[1]) for name in error.fields if (match := _EMAIL_FIELD.fullmatch(name))}
            if not refused or len(refused) < len(error.fields) or max(refused) >= len(entries):
                raise
            others = [entry for position, entry in enumerate(entries) if position not in refused]
            failures = {entries[position]["email"]: "Cronofy takes it for no e-mail address" for position in refused}
            return {**failures, **(self._ask_batch(others) if others else {})}
        return {}

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
            tokens = known.renewed(response, datetime.now(UTC))
            TokenKeeper(self.stores[email]).save(tokens)
            # a store that cannot save is reported, and not an error; a client would have no tokens
            if TokenKeeper(self.stores[email]).load().access_token != tokens.access_token:
                return "the store did not keep the tokens: make room for them, or give another store="
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
