"""Connect and log out: a client from tokens, a stored account, the environment or a sandbox."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import httpx

from cronofy_frames.errors import CronofyError, SignInError, UnknownAccount
from cronofy_frames.stored_accounts import application_for, find_stored_account, hosts_for
from cronofy_frames.text import single_line
from cronofy_frames.tokens import NO_HOME, EnvironmentStore, MemoryStore, StoredAccount, lacks_home, make_store
from cronofy_frames.tokens.pace_file import pace_file
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.credentials import TokenKeeper, Tokens, TokenStore
from cronofy_frames.wire.endpoint import OMITTED, Omitted
from cronofy_frames.wire.faults import Faults
from cronofy_frames.wire.limits import Limits
from cronofy_frames.wire.messages import Hosts, either_spelling
from cronofy_frames.wire.pacing import pacer_for
from cronofy_frames.wire.transport import FaultTransport, InProcessTransport

if TYPE_CHECKING:
    from cronofy_frames.sandbox import Sandbox

SANDBOX_HOST = "https://sandbox.cronofy.test"  # a name that no network resolves (RFC 6761)


def connect(
    *,
    sandbox: bool | str | Path | Sandbox | None = False,
    access_token: str | None = None,
    refresh_token: str | None = None,
    client_id: str | None = None,
    client_secret: str | None = None,
    data_center: str | None = None,
    base_url: str | None = None,
    store: TokenStore | str | None = None,
    account: str | None = None,
    pace: tuple[int, int] | Omitted | None = OMITTED,
    deadline: float = 120.0,
    patience: float = 300.0,
    max_body: int = 64_000_000,
    environment: Mapping[str, str] | None = None,
    data_centre: str | None = None,
    impersonate: str | None = None,
) -> Client:
    """Return a client for one account.

    The first of these is used: the tokens or the store given, the account named, CRONOFY_ACCESS_TOKEN and
    CRONOFY_REFRESH_TOKEN, the only stored account (`login` stores accounts), or, if none is stored, the application
    alone. Other arguments default to what is stored with the account, then to CRONOFY_CLIENT_ID,
    CRONOFY_CLIENT_SECRET, CRONOFY_DATA_CENTER, and CRONOFY_API_URL and CRONOFY_APP_URL for other hosts. Nothing is
    sent yet.

    Parameters
    ----------
    sandbox
        True for an embedded Cronofy with the calendars of a small office, without an account or a network; the path
        of an .ics file for one with that calendar; or a `Sandbox`, which several clients may share.
    access_token, refresh_token
        The tokens of the account. With a refresh token and the application, access tokens are renewed automatically.
        With a `Sandbox`, tokens that it issued.
    client_id, client_secret
        The application.
    data_center
        us, de, uk, au, ca or sg; None is us.
    base_url
        A host other than Cronofy's, such as a served sandbox.
    store
        A token store in place of the two tokens, in which renewed tokens are saved. Or the kind of store: `file` or
        `keyring` for the accounts stored there, `auto` for both, `env` for the environment's tokens, `memory` for
        none yet: the application alone.
    account
        A stored account: its name, its profile's name, its sub, or the part of a name before the @; `accounts` lists
        them. On a sandbox, the e-mail address or name of a person; None is the first person.
    pace
        Requests a second and a minute, for all clients of this process with the same application; None is no limit.
        Requests are spaced evenly, and those of other processes of this machine count too: when they were sent is in
        the folder `pace` beside the stored accounts. After a 429 all go at half the rate for a minute. By default it
        is not changed, and at first is just under Cronofy's own 50 and 500. There is no pacing with an embedded
        sandbox.
    deadline
        Seconds for a request with the whole response, and the renewal of its token, however slowly they arrive.
    patience
        Seconds that the waits between the attempts of one call may take in all, those that Retry-After asks for
        included; the waits of `pace` do not count.
    max_body
        Bytes of a response, unpacked; a larger one is an error, and is not read to its end.
    environment
        Environment variables; by default those of the process.
    data_centre
        The other spelling of data_center.
    impersonate
        For an organizational unit (Organization Connect, or an internal application): the sub of the account of that
        unit that all calls act as.

    Returns
    -------
    Client
        One method for each endpoint.

    Raises
    ------
    CronofyError
        Nothing is configured, or the stored account cannot be read.
    ValueError
        For an unknown data centre, or arguments that contradict each other.
    LookupError
        For an unknown account, or person on a sandbox, or if several are stored and none is named; the message lists
        them.

    Examples
    --------
    >>> client = cf.connect(sandbox=True)
    >>> client.user_info()["cronofy.type"]
    'account'
    """
    data_center = either_spelling(data_center, data_centre)
    limits = Limits(deadline, patience, max_body)
    if sandbox:
        options = {
            "client_id": client_id,
            "client_secret": client_secret,
            "data_center": data_center,
            "base_url": base_url,
        }
        if refused := [name for name, value in {**options, "store": store}.items() if value is not None]:
            raise ValueError(f"a sandbox has its own application and host: leave out {', '.join(refused)}.")
        return _sandbox_client(sandbox, account, Tokens(access_token, refresh_token), limits, impersonate)
    if (access_token or refresh_token) and (account is not None or store is not None):
        raise ValueError(
            "account names a stored account, or a person on a sandbox: leave it out where tokens are given."
            if account is not None
            else "give either store or tokens, as a store has tokens already."
        )
    env = os.environ if environment is None else environment
    in_memory = MemoryStore(Tokens(access_token, refresh_token)) if access_token or refresh_token else None
    token_store, tokens = _store_and_tokens(in_memory or store, account, env)
    client_id, client_secret = application_for(tokens, env, client_id=client_id, client_secret=client_secret)
    if tokens.empty and not (client_id and client_secret) and store in (None, "env"):
        raise _nothing_configured(env)
    hosts = hosts_for(tokens, env, data_center=data_center, base_url=base_url)
    application = client_id or _fingerprint(tokens)
    pacer = pacer_for(hosts.api, application, pace, shared=pace_file(hosts.api, application, env))
    return Client(
        hosts,
        store=token_store,
        client_id=client_id,
        client_secret=client_secret,
        pacer=pacer,
        limits=limits,
        impersonate=impersonate,
    )


def _store_and_tokens(
    store: TokenStore | str | None, account: str | None, env: Mapping[str, str]
) -> tuple[TokenStore, Tokens]:
    """Return where the account's tokens rest, and the tokens."""
    if store in ("memory", "env") or not isinstance(store, str | None):
        if account is not None:
            raise ValueError("account names a stored account: leave it out, or give store='file', 'keyring' or 'auto'.")
        token_store = make_store(store, environment=env) if isinstance(store, str) else store
        return token_store, TokenKeeper(token_store).load()
    if store is None and account is None:
        token_store = EnvironmentStore(env)
        if (tokens := token_store.load()) is not None:
            return token_store, tokens
    stored_account = find_stored_account(env, account, store)
    return (MemoryStore(), Tokens()) if stored_account is None else stored_account.load()


def _nothing_configured(env: Mapping[str, str]) -> SignInError:
    unknown = f" {NO_HOME}" if lacks_home(env) else ""
    return SignInError(
        "missing",
        "Nothing to connect with. To try it without an account: cf.connect(sandbox=True). To sign in with your own: "
        "cf.login(), or cronofy-frames login in a shell. With an access token: cf.connect(access_token=...), or set "
        "CRONOFY_ACCESS_TOKEN; with refresh_token, client_id and client_secret (CRONOFY_REFRESH_TOKEN, "
        f"CRONOFY_CLIENT_ID, CRONOFY_CLIENT_SECRET) it is renewed automatically.{unknown}",
    )


def _fingerprint(tokens: Tokens) -> str:
    """Return a hash that stands for an application whose client_id is unknown, so that no token is kept."""
    token = tokens.refresh_token or tokens.access_token or ""
    return hashlib.sha256(token.encode()).hexdigest()


def _sandbox_client(
    sandbox: Any, account: str | None, tokens_given: Tokens, limits: Limits, impersonate: str | None
) -> Client:
    # werkzeug and the seed data take a while to load, and a real account needs neither
    from cronofy_frames.sandbox import Sandbox

    if not isinstance(sandbox, bool | str | Path | Sandbox):
        raise TypeError(f"sandbox is True, a Sandbox, or the path of an .ics file; not {sandbox!r}.")
    box = sandbox if isinstance(sandbox, Sandbox) else Sandbox(ics=None if isinstance(sandbox, bool) else sandbox)
    tokens = tokens_given
    if not (tokens_given.access_token or tokens_given.refresh_token):
        issued = box.tokens(account) if account else {}
        person = box.account(account) if account else next(known for known in box.accounts if known.kind == "account")
        tokens = Tokens(
            issued.get("access_token", box.access_token),
            issued.get("refresh_token", box.refresh_token),
            scope=person.scope,
        )
    elif box is not sandbox or account is not None:
        raise ValueError("tokens need the Sandbox that issued them, and no account.")
    transport: httpx.BaseTransport = InProcessTransport(cast("Any", box))
    if box.faults:
        transport = FaultTransport(transport, Faults(box.faults, random.Random(0)))
    return Client(
        Hosts(SANDBOX_HOST, SANDBOX_HOST),
        store=MemoryStore(tokens),
        client_id=box.client_id,
        client_secret=box.client_secret,
        transport=transport,
        limits=limits,
        clock=box.now,
        impersonate=impersonate,
    )


def logout(
    account: str | None = None,
    *,
    revoke: bool = False,
    store: TokenStore | str | None = None,
    environment: Mapping[str, str] | None = None,
    transport: httpx.BaseTransport | None = None,
) -> str:
    """Delete the tokens of a stored account; with `revoke`, end its authorization at Cronofy first.

    Parameters
    ----------
    account
        The whole name of the stored account, its profile's name or its sub; None is the only stored one.
    revoke
        Whether to end the authorization, for every machine that has its tokens. If that fails, nothing is deleted.
    store
        A token store; or `file` or `keyring`, to look only there.
    environment
        Environment variables; by default those of the process.
    transport
        The HTTP transport; by default the network.

    Returns
    -------
    str
        The name of the account.

    Raises
    ------
    CronofyError
        The authorization could not be ended, or the tokens could not be deleted.
    LookupError
        There is no such account, or several are stored and none was named.

    Examples
    --------
    >>> home = {"CRONOFY_FRAMES_HOME": str(folder / "another home")}
    >>> cf.FileStore("ann@example.test", environment=home).save(cf.Tokens(access_token="a"))
    >>> cf.logout(environment=home)
    'ann@example.test'
    >>> len(cf.accounts(environment=home))
    0
    """
    env = os.environ if environment is None else environment
    token_store: TokenStore | None
    forget: Callable[[], None]
    if store is None or isinstance(store, str):
        stored_account = _account_to_delete(env, account, store)
        name, token_store, forget = stored_account.name, stored_account.store, stored_account.forget
    else:
        if account is not None:
            raise ValueError("give either account or store, as a store has one account.")
        name, token_store, forget = _account_name(store), store, TokenKeeper(store).forget
    # so that the tokens are not renewed meanwhile
    with nullcontext() if token_store is None else TokenKeeper(token_store).lock():
        if revoke:
            _revoke(
                stored_account.load()[1] if token_store is None else TokenKeeper(token_store).load(),
                name,
                env,
                transport,
            )
        forget()
    return name


def _account_to_delete(env: Mapping[str, str], account: str | None, store: str | None) -> StoredAccount:
    if store in ("env", "memory"):
        raise ValueError(f"store={store!r} stores nothing: unset the variables, or end the process.")
    stored_account = find_stored_account(env, account, store, whole=True)
    if stored_account is None:
        raise UnknownAccount("No account is stored, so there is none to delete.")
    return stored_account


def _account_name(store: TokenStore) -> str:
    tokens = TokenKeeper(store).load()
    if tokens.empty:
        raise UnknownAccount("This store has no tokens, so there are none to delete.")
    return str(getattr(store, "account", None) or tokens.profile_name or tokens.sub or "the account")


def _revoke(tokens: Tokens, name: str, env: Mapping[str, str], transport: httpx.BaseTransport | None) -> None:
    if tokens.empty:
        raise UnknownAccount(f"There are no tokens of {single_line(name)} to revoke: log out without revoke.")
    client_id, client_secret = application_for(tokens, env)
    if not (client_id and client_secret):
        raise CronofyError(
            "Ending an authorization needs the application: set CRONOFY_CLIENT_ID and CRONOFY_CLIENT_SECRET, or log "
            "out without revoke. Nothing was changed."
        )
    with Client(
        hosts_for(tokens, env),
        store=MemoryStore(tokens),
        client_id=client_id,
        client_secret=client_secret,
        transport=transport,
    ) as client:
        client.revoke_authorization()
