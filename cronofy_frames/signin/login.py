"""Signing in: what is asked for, the attempt, and where its tokens go."""

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
from cronofy_frames.signin.application import refusal, unknown_application
from cronofy_frames.signin.attempt import Attempt, View
from cronofy_frames.signin.consent import Consent, Visit
from cronofy_frames.signin.environment import PASTED, Flow, Place, Route, here, route
from cronofy_frames.tokens import MemoryStore, make_store
from cronofy_frames.wire.auth import DEFAULT_SCOPE, Tokens, TokenStore, authorize_url
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.messages import Hosts

TRIES = 3
LONGEST = 10  # seconds that a person may be kept waiting

SERVICE_SCOPE = ("service_account/accounts/manage", "service_account/resources/manage")


def check_timeout(timeout: float) -> None:
    """Refuse what cannot be waited for."""
    if not 0 < timeout <= threading.TIMEOUT_MAX:
        raise ValueError(f"timeout is seconds, more than 0 and finite; not {timeout!r}.")


@dataclass(frozen=True)
class Wanted:
    """What is asked for, all questions of where and how answered."""

    hosts: Hosts
    scope: str
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    secret_typed: bool = False
    redirect_uri: str | None = None
    flow: Flow = "auto"
    store: TokenStore | str = "file"
    account: str | None = None
    timeout: float = 300
    page: Mapping[str, Any] = field(default_factory=dict, repr=False)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def missing(self) -> list[str]:
        """What the person has to be asked for first."""
        return [name for name in ("client_id", "client_secret") if not getattr(self, name)]

    def given(self, client_id: str, client_secret: str) -> Wanted:
        """Return this with the application that a person typed in."""
        secret = client_secret.strip()
        typed = self.secret_typed or secret != self.client_secret
        return replace(self, client_id=client_id.strip(), client_secret=secret, secret_typed=typed)


def wanted(
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
) -> Wanted:
    """Return what is asked for, with what is not given from the environment.

    Raises
    ------
    ValueError
        For an unknown data centre, flow or store, an empty scope, or a timeout that is no time.
    """
    env = os.environ if environment is None else environment
    check_timeout(timeout)
    service = bool(delegated_scope) if enterprise_connect is None else enterprise_connect
    asked = (SERVICE_SCOPE if service else DEFAULT_SCOPE) if scope is None else scope
    words = " ".join(asked.split() if isinstance(asked, str) else asked)
    if not words:
        raise ValueError("scope is empty: say what the application may do, as in scope='read_events'.")
    in_env = env.get("CRONOFY_CLIENT_ID") or None
    # the environment's secret is that of the environment's application, and of no other
    shared = (env.get("CRONOFY_CLIENT_SECRET") or "") if in_env in (None, client_id or in_env) else ""
    asking = Wanted(
        hosts=Hosts.configured(data_center, env),
        scope=words,
        client_id=client_id or in_env or "",
        client_secret=client_secret or shared,
        secret_typed=bool(client_secret) and client_secret != shared,
        redirect_uri=redirect_uri or env.get("CRONOFY_REDIRECT_URI") or None,
        flow=flow,
        store="file" if store is None else store,
        account=account,
        timeout=timeout,
        page={**page, "delegated_scope": delegated_scope, "enterprise_connect": service},
        environment=env,
    )
    route(flow, asking.redirect_uri, here(env))  # what contradicts itself is said at once
    if isinstance(asking.store, str):
        make_store(asking.store, account or "me", env)
    return asking


def consent(asking: Wanted, place: Place, *, changed: Callable[[View], None] | None = None) -> Consent:
    """Return the sign-in, not started yet."""
    return Consent(lambda: _visit(asking, place), changed=changed)


def _visit(asking: Wanted, place: Place) -> Visit:
    visit = Visit(
        lambda redirect_uri: _attempt(asking, redirect_uri),
        route(asking.flow, asking.redirect_uri, place),
        fall_back=Route(asking.redirect_uri or PASTED) if asking.flow == "auto" else None,
    )
    threading.Thread(target=_check, args=(asking, visit.attempt), name="cronofy_frames check", daemon=True).start()
    return visit


def _attempt(asking: Wanted, redirect_uri: str) -> Attempt:
    state = secrets.token_urlsafe(32)
    url = authorize_url(
        client_id=asking.client_id,
        redirect_uri=redirect_uri,
        state=state,
        scope=asking.scope,
        app_url=asking.hosts.app,
        environment=asking.environment,
        **asking.page,
    )
    return Attempt(
        url,
        read=lambda came: read_code(came, state=state, redirect_uri=redirect_uri),
        finish=lambda code: _finish(asking, code, redirect_uri),
        timeout=asking.timeout,
        late=(
            f"Nobody answered within {asking.timeout:g} seconds. Start again. If the page in the browser said that "
            f"the redirect_uri is not allowed, add {redirect_uri} to the application's redirect URIs at Cronofy, or "
            "give redirect_uri= one that is; if it did not know the client_id, check it and data_center."
        ),
    )


def _finish(asking: Wanted, code: str, redirect_uri: str) -> tuple[Client, str]:
    """Exchange the code, keep the tokens, and return a client that uses them, with the words for it."""
    with _client(asking) as asker:
        answer = _exchanged(asking, asker, code, redirect_uri)
    tokens = Tokens(
        client_id=asking.client_id,
        client_secret=asking.client_secret if asking.secret_typed else None,
        api_url=asking.hosts.api,
        app_url=asking.hosts.app,
    ).renewed(answer, datetime.now(UTC))
    store, kept = _kept(asking, tokens)
    client = connect(
        store=store,
        client_id=asking.client_id,
        client_secret=asking.client_secret,
        environment=asking.environment,
    )
    who = tokens.profile_name or tokens.sub or "this account"
    less = sorted(set(asking.scope.split()) - set((tokens.scope or asking.scope).split()))
    missing = f" It allows less than was asked for: {', '.join(less)} is missing." if less else ""
    return client, f"Signed in as {who}.{missing} {kept}"


def _exchanged(asking: Wanted, asker: Client, code: str, redirect_uri: str) -> dict[str, Any]:
    """Exchange the code; where Cronofy takes nothing for now, the code is still good in a moment."""
    for attempt in range(1, TRIES + 1):
        try:
            answer = asker.request_access_token(code=code, redirect_uri=redirect_uri)
        except TokenError as refused:
            raise _refused(asking, refused) from None
        except (RateLimited, ServerError) as busy:
            if attempt < TRIES and busy.status in (429, 503) and (busy.retry_after or 0) <= LONGEST:
                asker.pause(attempt)
                continue
            raise SignInError("refused", f"Cronofy answered {busy.status} and gave no tokens. Start again.") from None
        except TransportError as lost:
            raise SignInError("network", f"{lost} Start again: approve once more.") from None
        if isinstance(answer, dict) and isinstance(answer.get("access_token"), str) and answer["access_token"]:
            return answer
        raise SignInError("refused", "Cronofy's answer has no access token in it. Start again.")
    raise AssertionError("the last try ends otherwise")


def _client(asking: Wanted) -> Client:
    return Client(asking.hosts, store=MemoryStore(), client_id=asking.client_id, client_secret=asking.client_secret)


def _kept(asking: Wanted, tokens: Tokens) -> tuple[TokenStore, str]:
    """Keep the tokens; where that fails they live as long as this process, for the code cannot be used again."""
    store = asking.store
    if not isinstance(store, str):
        return _given_over(store, tokens)
    name = (asking.account or tokens.profile_name or tokens.sub or "me").strip() or "me"
    try:
        rests = make_store(store, name, asking.environment)
        other = _other(rests.load(), tokens)
        if other is not None:
            name = f"{name} {tokens.sub}"
            rests = make_store(store, name, asking.environment)
        rests.save(tokens)
    except Exception as error:
        # ours say nothing of tokens; any other error might
        why = str(error) if isinstance(error, CronofyError | OSError) else type(error).__name__
        return MemoryStore(tokens), f"Its tokens could not be kept and end with this process: {why}"
    if store in ("memory", "env"):
        return rests, "Its tokens end with this process."
    needs = "" if tokens.client_secret else ", as long as CRONOFY_CLIENT_SECRET is set"
    beside = "" if other is None else f" {other} is called so here already, and was left alone."
    return rests, f"From now on cf.connect(account={name!r}) is enough{needs}.{beside}"


def _other(there: Tokens | None, tokens: Tokens) -> str | None:
    """Return whose tokens would be lost; None where it is the same person of the same application, or nobody."""
    if there is None or there.empty:
        return None
    same = all(
        one in (None, other) or other is None
        for one, other in ((there.sub, tokens.sub), (there.client_id, tokens.client_id))
    )
    return None if same else there.profile_name or there.sub or "somebody"


def _given_over(store: TokenStore, tokens: Tokens) -> tuple[TokenStore, str]:
    try:
        store.save(tokens)
    except Exception as error:
        # its text is a stranger's and may quote tokens
        why = f"save of {type(store).__name__} raised {type(error).__name__}"
        return MemoryStore(tokens), f"Its tokens could not be kept and end with this process: {why}."
    return store, f"Its tokens rest in the {type(store).__name__} that was given."


def _refused(asking: Wanted, refused: TokenError) -> SignInError:
    if refused.error == "invalid_client":
        return unknown_application(asking.hosts)
    # docs.cronofy.com/developers/faqs/invalid-grant names the second; where it stands in the body is not known
    if refused.error == "invalid_grant" or "unknown_or_used" in str(refused.body):
        return SignInError(
            "code",
            "Cronofy does not take this code: each works once, for a few minutes, and only with the link that it came "
            "from. Start again and approve once more.",
        )
    return SignInError("refused", str(refused))


def _check(asking: Wanted, attempt: Attempt) -> None:
    """Find out early whether the data centre can be reached and knows the application.

    Whatever else may be wrong, the person's own answer will show it.
    """
    with _client(asking) as asker:
        refused = refusal(asker)
    if isinstance(refused, SignInError):
        attempt.fail(refused)
