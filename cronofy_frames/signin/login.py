"""Sign-in: the request, the attempt with its code exchange, and the storage of the tokens."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from cronofy_frames.connecting import connect
from cronofy_frames.errors import CronofyError, RateLimited, ServerError, SignInError, TokenError, TransportError
from cronofy_frames.signin.answers import read_code
from cronofy_frames.signin.application import check_application, unknown_application_error
from cronofy_frames.signin.attempt import Attempt, View
from cronofy_frames.signin.consent import Consent, RunningAttempt
from cronofy_frames.signin.environment import PASTE_REDIRECT_URI, Flow, Place, Route, choose_route, detect_place
from cronofy_frames.tokens import MemoryStore, make_store
from cronofy_frames.wire.auth import DEFAULT_SCOPE, Tokens, TokenStore, authorize_url
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.messages import Hosts, NoTokenError

MAX_TRIES = 3
LONGEST_WAIT = 10  # seconds that a user may be kept waiting

SERVICE_SCOPE = ("service_account/accounts/manage", "service_account/resources/manage")


def check_timeout(timeout: float) -> None:
    """Raise ValueError for a timeout that is not a positive, finite number of seconds."""
    if not 0 < timeout <= threading.TIMEOUT_MAX:
        raise ValueError(f"timeout is seconds, more than 0 and finite; not {timeout!r}.")


@dataclass(frozen=True)
class SignInRequest:
    """The settings of a sign-in.

    Attributes
    ----------
    hosts
        The hosts of the data centre.
    scope
        The scopes to request, separated by spaces.
    client_id, client_secret
        The application; "" where it has to be entered.
    store_secret
        Whether the secret has to be stored with the tokens, because it was given and is not in the environment.
    redirect_uri
        The redirect address; None chooses one.
    flow
        How the response returns.
    store, account
        The token store or its kind, and the name of the account in it; None takes the name of the profile.
    timeout
        Seconds until an attempt fails.
    authorize_options
        More arguments of `authorize_url`.
    environment
        Environment variables.
    """

    hosts: Hosts
    scope: str
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    store_secret: bool = False
    redirect_uri: str | None = None
    flow: Flow = "auto"
    store: TokenStore | str = "file"
    account: str | None = None
    timeout: float = 300
    authorize_options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def missing(self) -> list[str]:
        """The settings that the user has to enter first."""
        return [name for name in ("client_id", "client_secret") if not getattr(self, name)]

    def with_application(self, client_id: str, client_secret: str) -> SignInRequest:
        """Return the request with the application that the user entered."""
        secret = client_secret.strip()
        typed = self.store_secret or secret != self.client_secret
        return replace(self, client_id=client_id.strip(), client_secret=secret, store_secret=typed)


def sign_in_request(
    client_id: str | None = None,
    client_secret: str | None = None,
    *,
    data_center: str | None = None,
    scope: Iterable[str] | str | None = None,
    redirect_uri: str | None = None,
    flow: Flow = "auto",
    store: TokenStore | str | None = None,
    timeout: float = 300,
    account: str | None = None,
    delegated_scope: Iterable[str] | str | None = None,
    environment: Mapping[str, str] | None = None,
    enterprise_connect: bool | None = None,
    **page: Any,
) -> SignInRequest:
    """Return a sign-in request; settings that are not given are taken from the environment.

    Raises
    ------
    ValueError
        For an unknown data centre, flow or store, an empty scope, or an invalid timeout.
    """
    env = os.environ if environment is None else environment
    check_timeout(timeout)
    service = bool(delegated_scope) if enterprise_connect is None else enterprise_connect
    default = (SERVICE_SCOPE if service else DEFAULT_SCOPE) if scope is None else scope
    scope_text = " ".join(default.split() if isinstance(default, str) else default)
    if not scope_text:
        raise ValueError("scope is empty: name what the application may do, as in scope='read_events'.")
    in_env = env.get("CRONOFY_CLIENT_ID") or None
    # the environment's secret belongs to the environment's application only
    is_environments_application = in_env is None or client_id in (None, in_env)
    shared = (env.get("CRONOFY_CLIENT_SECRET") or "") if is_environments_application else ""
    request = SignInRequest(
        hosts=Hosts.from_configuration(data_center, env),
        scope=scope_text,
        client_id=client_id or in_env or "",
        client_secret=client_secret or shared,
        store_secret=bool(client_secret) and client_secret != shared,
        redirect_uri=redirect_uri or env.get("CRONOFY_REDIRECT_URI") or None,
        flow=flow,
        store="file" if store is None else store,
        account=account,
        timeout=timeout,
        authorize_options={**page, "delegated_scope": delegated_scope, "enterprise_connect": service},
        environment=env,
    )
    choose_route(flow, request.redirect_uri, detect_place(env))  # raises for contradicting settings
    if isinstance(request.store, str):
        make_store(request.store, account or "me", env)  # raises for a store that cannot be used
    return request


def make_consent(request: SignInRequest, place: Place, *, changed: Callable[[View], None] | None = None) -> Consent:
    """Return the consent for a sign-in request, not started yet."""
    return Consent(lambda: _start_attempt(request, place), changed=changed)


def _start_attempt(request: SignInRequest, place: Place) -> RunningAttempt:
    running = RunningAttempt(
        lambda redirect_uri: _new_attempt(request, redirect_uri),
        choose_route(request.flow, request.redirect_uri, place),
        fallback=Route(request.redirect_uri or PASTE_REDIRECT_URI) if request.flow == "auto" else None,
    )
    threading.Thread(
        target=_check_early, args=(request, running.attempt), name="cronofy_frames check", daemon=True
    ).start()
    return running


def _new_attempt(request: SignInRequest, redirect_uri: str) -> Attempt:
    state = secrets.token_urlsafe(32)
    url = authorize_url(
        client_id=request.client_id,
        redirect_uri=redirect_uri,
        state=state,
        scope=request.scope,
        app_url=request.hosts.app,
        environment=request.environment,
        **request.authorize_options,
    )
    return Attempt(
        url,
        read=lambda response: read_code(response, state=state, redirect_uri=redirect_uri),
        finish=lambda code: _finish(request, code, redirect_uri),
        timeout=request.timeout,
        timeout_message=(
            f"There was no response within {request.timeout:g} seconds. Start again. If the page in the browser said "
            f"that the redirect_uri is not allowed, add {redirect_uri} to the application's redirect URIs at Cronofy, "
            "or give redirect_uri= one of them; if it did not know the client_id, check it and data_center."
        ),
    )


def _finish(request: SignInRequest, code: str, redirect_uri: str) -> tuple[Client, str]:
    """Exchange the code, store the tokens, and return a client that uses them and a message."""
    with _application_client(request) as client_of_application:
        response = _exchange_code(request, client_of_application, code, redirect_uri)
    tokens = Tokens(
        client_id=request.client_id,
        client_secret=request.client_secret if request.store_secret else None,
        api_url=request.hosts.api,
        app_url=request.hosts.app,
    ).renewed(response, datetime.now(UTC))
    store, storage_text = _store_tokens(request, tokens)
    client = connect(
        store=store,
        client_id=request.client_id,
        client_secret=request.client_secret,
        environment=request.environment,
    )
    name = tokens.profile_name or tokens.sub or "this account"
    refused = sorted(set(request.scope.split()) - set((tokens.scope or request.scope).split()))
    missing = f" The scope is smaller than requested: {', '.join(refused)} is missing." if refused else ""
    return client, f"Signed in as {name}.{missing} {storage_text}"


def _exchange_code(request: SignInRequest, client: Client, code: str, redirect_uri: str) -> dict[str, Any]:
    """Exchange the code for tokens; retry after 429 and 503, since the code is still valid then."""
    for attempt in range(1, MAX_TRIES + 1):
        try:
            return client.request_access_token(code=code, redirect_uri=redirect_uri)
        except TokenError as error:
            raise _exchange_error(request, error) from None
        except (RateLimited, ServerError) as busy:
            if attempt < MAX_TRIES and busy.status in (429, 503) and (busy.retry_after or 0) <= LONGEST_WAIT:
                client.pause(attempt)
                continue
            raise SignInError("refused", f"Cronofy answered {busy.status} and gave no tokens. Start again.") from None
        except NoTokenError:
            raise SignInError("refused", "The response of Cronofy has no access token. Start again.") from None
        except TransportError as lost:
            raise SignInError("network", f"{lost} Start again: approve again.") from None
    raise AssertionError("the last attempt returns or raises")


def _application_client(request: SignInRequest) -> Client:
    return Client(request.hosts, store=MemoryStore(), client_id=request.client_id, client_secret=request.client_secret)


def _store_tokens(request: SignInRequest, tokens: Tokens) -> tuple[TokenStore, str]:
    """Save the tokens, and return their store and a message; if that fails they stay in memory."""
    store = request.store
    if not isinstance(store, str):
        return _save_in_custom_store(store, tokens)
    name = (request.account or tokens.profile_name or tokens.sub or "me").strip() or "me"
    try:
        target = make_store(store, name, request.environment)
        other_owner = _other_owner(target.load(), tokens)
        if other_owner is not None:
            name = f"{name} {tokens.sub}"
            target = make_store(store, name, request.environment)
        target.save(tokens)
    except Exception as error:
        # the text of other errors may quote tokens
        reason = str(error) if isinstance(error, CronofyError | OSError) else type(error).__name__
        return MemoryStore(tokens), f"Its tokens could not be stored and are lost when this process ends: {reason}"
    if store in ("memory", "env"):
        return target, "Its tokens are lost when this process ends."
    condition = "" if tokens.client_secret else ", where CRONOFY_CLIENT_SECRET is set (it is not stored)"
    remark = "" if other_owner is None else f" Another account, {other_owner}, has that name and was not changed."
    return target, f"From now on cf.connect(account={name!r}), or --account in a shell, is enough{condition}.{remark}"


def _other_owner(stored: Tokens | None, tokens: Tokens) -> str | None:
    """Return whose tokens would be overwritten; None if there are none, or they belong to the same account."""
    if stored is None or stored.empty:
        return None
    is_same = all(
        value in (None, other) or other is None
        for value, other in ((stored.sub, tokens.sub), (stored.client_id, tokens.client_id))
    )
    return None if is_same else stored.profile_name or stored.sub or "another account"


def _save_in_custom_store(store: TokenStore, tokens: Tokens) -> tuple[TokenStore, str]:
    try:
        store.save(tokens)
    except Exception as error:
        # the text of a custom store may quote tokens
        reason = f"save of {type(store).__name__} raised {type(error).__name__}"
        return MemoryStore(tokens), f"Its tokens could not be stored and are lost when this process ends: {reason}."
    return store, f"Its tokens are in the {type(store).__name__} that was given."


def _exchange_error(request: SignInRequest, error: TokenError) -> SignInError:
    if error.error == "invalid_client":
        return unknown_application_error(request.hosts)
    # docs.cronofy.com/developers/faqs/invalid-grant names the second, but not its place in the body
    if error.error == "invalid_grant" or "unknown_or_used" in str(error.body):
        return SignInError(
            "code",
            "Cronofy does not accept this code: a code works once, for a few minutes, and only for the link that "
            "produced it. Start again and approve again.",
        )
    return SignInError("refused", str(error))


def _check_early(request: SignInRequest, attempt: Attempt) -> None:
    """End an attempt early if the data centre cannot be reached or does not know the application."""
    with _application_client(request) as client:
        error = check_application(client)
    if isinstance(error, SignInError):
        attempt.fail(error)
