"""Where store, transport or sandbox, and client meet; and the accounts that are stored."""

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
from cronofy_frames.stored_accounts import application_of, hosts_of, stored
from cronofy_frames.text import single_line
from cronofy_frames.tokens import HOMELESS, EnvironmentStore, Kept, MemoryStore, homeless, store_named
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.credentials import TokenKeeper, Tokens, TokenStore
from cronofy_frames.wire.endpoint import OMITTED, Omitted
from cronofy_frames.wire.faults import Faults
from cronofy_frames.wire.messages import Hosts
from cronofy_frames.wire.transport import FaultTransport, InProcessTransport, pacer_for

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
    environment: Mapping[str, str] | None = None,
) -> Client:
    """Return a client for one account.

    The first of these counts: tokens or a store that are given, the account that is named, CRONOFY_ACCESS_TOKEN and
    CRONOFY_REFRESH_TOKEN, the only account that is stored (as `login` does), the application alone where none is
    stored. What else is not given is looked up with the stored account, then in CRONOFY_CLIENT_ID,
    CRONOFY_CLIENT_SECRET, CRONOFY_DATA_CENTER, and CRONOFY_API_URL and CRONOFY_APP_URL for other hosts. Nothing is
    sent yet.

    Parameters
    ----------
    sandbox
        True for an embedded Cronofy with a small office in it, needing no account and no network; the path of
        an .ics file for one with that calendar in it; or a `Sandbox` of your own, which several clients may share.
    access_token, refresh_token
        What speaks for the account. With a refresh token and the application, access tokens renew themselves.
        With a `Sandbox` of your own, tokens that it has given.
    client_id, client_secret
        The application.
    data_center
        us, de, uk, au, ca or sg; None is us.
    base_url
        Another host than Cronofy's, such as a served sandbox.
    store
        Where tokens rest and renewed ones are saved, in place of the two tokens. Or a word: `file` or `keyring` for
        the accounts that are stored there, `auto` for both, `env` for the environment's tokens, `memory` for none yet:
        the application alone.
    account
        Which stored account: what it is called, its profile's name, its sub, or what is before an @ there; `accounts`
        lists them. On a sandbox, whose calendars: an e-mail address or a name; None is the first person.
    pace
        Requests a second and a minute, for all clients of this process that speak for the same application;
        None lifts the limit for all of them. By default it stays as it is, which at first is just under
        Cronofy's own 50 and 500. Nothing is paced in process.
    environment
        Looked up in place of the process's own.

    Returns
    -------
    Client
        One method for each endpoint.

    Raises
    ------
    CronofyError
        When nothing is configured, or the stored account cannot be read.
    ValueError
        For an unknown data centre, or arguments that contradict each other.
    LookupError
        For an unknown account, or person on a sandbox, and where several are stored and none is named; the message
        lists those there are.

    Examples
    --------
    >>> client = cf.connect(sandbox=True)
    >>> client.user_info()["cronofy.type"]
    'account'
    """
    if sandbox:
        own = {"client_id": client_id, "client_secret": client_secret, "data_center": data_center, "base_url": base_url}
        if odd := [name for name, value in {**own, "store": store}.items() if value is not None]:
            raise ValueError(f"a sandbox has its own application and host: leave out {', '.join(odd)}.")
        return _sandboxed(sandbox, account, Tokens(access_token, refresh_token))
    if (access_token or refresh_token) and (account is not None or store is not None):
        raise ValueError(
            "account names a stored account, or a person on a sandbox: tokens speak for one account by themselves."
            if account is not None
            else "give either store or tokens: a store has tokens of its own."
        )
    env = os.environ if environment is None else environment
    given = MemoryStore(Tokens(access_token, refresh_token)) if access_token or refresh_token else None
    rests, tokens = _found(given or store, account, env)
    client_id, client_secret = application_of(tokens, env, client_id=client_id, client_secret=client_secret)
    if tokens.empty and not (client_id and client_secret) and store in (None, "env"):
        raise _nothing(env)
    hosts = hosts_of(tokens, env, data_center=data_center, base_url=base_url)
    pacer = pacer_for(hosts.api, client_id or _fingerprint(tokens), pace)
    return Client(hosts, store=rests, client_id=client_id, client_secret=client_secret, pacer=pacer)


def _found(store: TokenStore | str | None, account: str | None, env: Mapping[str, str]) -> tuple[TokenStore, Tokens]:
    """Return where the account's tokens rest, and the tokens."""
    if store in ("memory", "env") or not isinstance(store, str | None):
        if account is not None:
            raise ValueError("account names a stored account: leave it out, or give store='file', 'keyring' or 'auto'.")
        own = store_named(store, environment=env) if isinstance(store, str) else store
        return own, TokenKeeper(own).load()
    if store is None and account is None:
        own = EnvironmentStore(env)
        if (tokens := own.load()) is not None:
            return own, tokens
    one = stored(env, account, store)
    return (MemoryStore(), Tokens()) if one is None else one.opened()


def _nothing(env: Mapping[str, str]) -> SignInError:
    unknown = f" {HOMELESS}" if homeless(env) else ""
    return SignInError(
        "missing",
        "Nothing to connect with. To try it without an account: cf.connect(sandbox=True). To sign in with your own: "
        "cf.login(), or cronofy-frames login in a shell. With a token at hand: cf.connect(access_token=...), or set "
        "CRONOFY_ACCESS_TOKEN; with refresh_token, client_id and client_secret (CRONOFY_REFRESH_TOKEN, "
        f"CRONOFY_CLIENT_ID, CRONOFY_CLIENT_SECRET) it renews itself.{unknown}",
    )


def _fingerprint(tokens: Tokens) -> str:
    """Tell applications apart where no client_id is known, without keeping a token."""
    known = tokens.refresh_token or tokens.access_token or ""
    return hashlib.sha256(known.encode()).hexdigest()


def _sandboxed(sandbox: Any, account: str | None, given: Tokens) -> Client:
    # werkzeug and the office take a while to load, and a real account needs neither
    from cronofy_frames.sandbox import Sandbox

    if not isinstance(sandbox, bool | str | Path | Sandbox):
        raise TypeError(f"sandbox is True, a Sandbox, or the path of an .ics file; not {sandbox!r}.")
    box = sandbox if isinstance(sandbox, Sandbox) else Sandbox(ics=None if isinstance(sandbox, bool) else sandbox)
    tokens = given
    if not (given.access_token or given.refresh_token):
        known = box.tokens(account) if account else {}
        tokens = Tokens(known.get("access_token", box.access_token), known.get("refresh_token", box.refresh_token))
    elif box is not sandbox or account is not None:
        raise ValueError("tokens go with a Sandbox that has given them, and without account.")
    transport: httpx.BaseTransport = InProcessTransport(cast("Any", box))
    if box.faults:
        transport = FaultTransport(transport, Faults(box.faults, random.Random(0)))
    return Client(
        Hosts(SANDBOX_HOST, SANDBOX_HOST),
        store=MemoryStore(tokens),
        client_id=box.client_id,
        client_secret=box.client_secret,
        transport=transport,
        clock=box.now,
    )


def logout(
    account: str | None = None,
    *,
    revoke: bool = False,
    store: TokenStore | str | None = None,
    environment: Mapping[str, str] | None = None,
    transport: httpx.BaseTransport | None = None,
) -> str:
    """Forget a stored account's tokens; with `revoke`, end what was allowed at Cronofy first.

    Parameters
    ----------
    account
        What the stored account is called, its profile's name or its sub, whole; None is the only one that is stored.
    revoke
        Whether to end the authorization, for every machine that has its tokens. Where that fails they are kept.
    store
        Where the tokens rest: a store, or `file` or `keyring` to look only there.
    environment
        Looked up in place of the process's own.
    transport
        What carries the request; by default the network.

    Returns
    -------
    str
        What the account was called.

    Raises
    ------
    CronofyError
        When the authorization could not be ended, or the tokens not be removed.
    LookupError
        When there is no such account, it is gone already, or several are stored and none was named.

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
    rests: TokenStore | None
    forget: Callable[[], None]
    if store is None or isinstance(store, str):
        one = _meant(env, account, store)
        name, rests, forget = one.name, one.store, one.forget
    else:
        if account is not None:
            raise ValueError("give either account or store: a store is one account's.")
        name, rests, forget = _name(store), store, TokenKeeper(store).forget
    # nobody renews meanwhile what is about to end
    with nullcontext() if rests is None else TokenKeeper(rests).lock():
        if revoke:
            _revoke(one.opened()[1] if rests is None else TokenKeeper(rests).load(), name, env, transport)
        forget()
    return name


def _meant(env: Mapping[str, str], account: str | None, store: str | None) -> Kept:
    if store in ("env", "memory"):
        raise ValueError(f"store={store!r} keeps nothing for later: unset the variables, or end the process.")
    one = stored(env, account, store, whole=True)
    if one is None:
        raise UnknownAccount("No account is stored, so there is none to forget.")
    return one


def _name(store: TokenStore) -> str:
    tokens = TokenKeeper(store).load()
    if tokens.empty:
        raise UnknownAccount("This store holds no tokens, so there are none to forget.")
    return str(getattr(store, "account", None) or tokens.profile_name or tokens.sub or "the account")


def _revoke(tokens: Tokens, name: str, env: Mapping[str, str], transport: httpx.BaseTransport | None) -> None:
    if tokens.empty:
        raise UnknownAccount(f"There are no tokens of {single_line(name)} to end: forget it without revoke.")
    client_id, client_secret = application_of(tokens, env)
    if not (client_id and client_secret):
        raise CronofyError(
            "Ending an authorization needs the application: set CRONOFY_CLIENT_ID and CRONOFY_CLIENT_SECRET, or forget "
            "the tokens without revoke. Nothing was changed."
        )
    with Client(
        hosts_of(tokens, env),
        store=MemoryStore(tokens),
        client_id=client_id,
        client_secret=client_secret,
        transport=transport,
    ) as client:
        client.revoke_authorization()
