"""Where store, transport or sandbox, and client meet."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import httpx

from cronofy_frames.auth import Tokens, TokenStore
from cronofy_frames.client import Client
from cronofy_frames.endpoint import OMITTED, Omitted
from cronofy_frames.errors import CronofyError
from cronofy_frames.faults import Faults
from cronofy_frames.tokens import EnvironmentStore, MemoryStore
from cronofy_frames.transport import Faulty, InProcess, pacer_for
from cronofy_frames.wire import Hosts

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
    store: TokenStore | None = None,
    account: str | None = None,
    pace: tuple[int, int] | Omitted | None = OMITTED,
    environment: Mapping[str, str] | None = None,
) -> Client:
    """Return a client for one account.

    What is not given is looked up in the environment: CRONOFY_ACCESS_TOKEN, CRONOFY_REFRESH_TOKEN,
    CRONOFY_CLIENT_ID, CRONOFY_CLIENT_SECRET, CRONOFY_DATA_CENTER, and CRONOFY_API_URL and CRONOFY_APP_URL for
    other hosts. Nothing is sent yet.

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
        Where tokens rest and renewed ones are saved, in place of the two tokens.
    account
        On a sandbox, whose calendars: an e-mail address or a name; None is the first person.
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
        When nothing is configured.
    ValueError
        For an unknown data centre, or arguments that contradict each other.
    LookupError
        For an unknown person on a sandbox; the message lists its people.

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
    if account is not None:
        raise ValueError("account names a person on a sandbox; a token speaks for one account by itself.")
    if store is not None and (access_token or refresh_token):
        raise ValueError("give either store or tokens: a store has tokens of its own.")
    env = os.environ if environment is None else environment
    client_id = client_id or env.get("CRONOFY_CLIENT_ID") or None
    client_secret = client_secret or env.get("CRONOFY_CLIENT_SECRET") or None
    tokens = _store(store, access_token, refresh_token, env)
    if tokens.load() is None and not (client_id and client_secret) and store is None:
        raise CronofyError(
            "Nothing to connect with. To try it without an account: connect(sandbox=True). For a real account: "
            "connect(access_token=...), or set CRONOFY_ACCESS_TOKEN; with refresh_token, client_id and client_secret "
            "(CRONOFY_REFRESH_TOKEN, CRONOFY_CLIENT_ID, CRONOFY_CLIENT_SECRET) the token renews itself. "
            "authorize_url() makes the address at which a person lets the application in."
        )
    hosts = Hosts.configured(data_center, env, api=base_url)
    pacer = pacer_for(hosts.api, client_id or _fingerprint(tokens.load()), pace)
    return Client(hosts, store=tokens, client_id=client_id, client_secret=client_secret, pacer=pacer)


def _store(
    store: TokenStore | None, access_token: str | None, refresh_token: str | None, env: Mapping[str, str]
) -> TokenStore:
    if store is not None:
        return store
    if access_token or refresh_token:
        return MemoryStore(Tokens(access_token, refresh_token))
    return EnvironmentStore(env)


def _fingerprint(tokens: Tokens | None) -> str:
    """Tell applications apart where no client_id is known, without keeping a token."""
    known = (tokens.refresh_token or tokens.access_token or "") if tokens else ""
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
    transport: httpx.BaseTransport = InProcess(cast("Any", box))
    if box.faults:
        transport = Faulty(transport, Faults(box.faults, random.Random(0)))
    return Client(
        Hosts(SANDBOX_HOST, SANDBOX_HOST),
        store=MemoryStore(tokens),
        client_id=box.client_id,
        client_secret=box.client_secret,
        transport=transport,
        clock=box.now,
    )
