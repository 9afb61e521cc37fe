"""Stored accounts: their list, the search for one by name, and the application and hosts of its tokens."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cronofy_frames.errors import CronofyError, UnknownAccount
from cronofy_frames.text import single_line
from cronofy_frames.tokens import StoredAccount, account_list, find_account, lacks_home, list_accounts
from cronofy_frames.wire.credentials import Tokens, read_variable
from cronofy_frames.wire.messages import Hosts, data_center_of

if TYPE_CHECKING:
    import pandas as pd

TEXTS = ("account", "store", "profile_name", "provider_name", "sub", "scope", "data_center")


def application_for(
    tokens: Tokens, env: Mapping[str, str], *, client_id: str | None = None, client_secret: str | None = None
) -> tuple[str | None, str | None]:
    """Return client_id and client_secret for tokens: from the arguments, else the tokens, else the environment.

    The secret of the tokens is used only with their client_id. The secret of the environment is used only with the
    client_id of the environment, or with any if the environment has none.
    """
    in_env = read_variable("CRONOFY_CLIENT_ID", env)
    client = client_id or tokens.client_id or in_env
    secret = client_secret
    if not secret and tokens.client_id and tokens.client_id == client:
        secret = tokens.client_secret
    if not secret and in_env in (None, client):
        secret = read_variable("CRONOFY_CLIENT_SECRET", env)
    return client, secret or None


def hosts_for(
    tokens: Tokens, env: Mapping[str, str], *, data_center: str | None = None, base_url: str | None = None
) -> Hosts:
    """Return the hosts for tokens: from the arguments, else the tokens, else the environment."""
    if data_center or base_url or not tokens.api_url:
        return Hosts.from_configuration(data_center, env, api=base_url)
    center = data_center_of(tokens.api_url)
    app = tokens.app_url or (Hosts.of(center).app if center else tokens.api_url)
    return Hosts.from_configuration(None, {}, api=tokens.api_url, app=app)


def find_stored_account(
    env: Mapping[str, str], account: str | None = None, store: str | None = None, *, whole: bool = False
) -> StoredAccount | None:
    """Return the stored account with a name, or the only one; None if none is stored and no argument asks for one.

    Parameters
    ----------
    env
        Environment variables, which may name the folder.
    account
        Its name, or the part of the name before the @.
    store
        file or keyring, to look only there; auto looks in both.
    whole
        Whether only the whole name matches.

    Raises
    ------
    UnknownAccount
        No account matches, or several do.
    ValueError
        The store is neither file, keyring nor auto.
    """
    if store not in (None, "auto", "file", "keyring"):
        raise ValueError(f"store is memory, file, keyring, env, auto, or a token store; not {store!r}.")
    if account is None and store is None and lacks_home(env):
        return None
    accounts = [item for item in list_accounts(env) if store in (None, "auto", item.kind) or not item.kind]
    if account is not None:
        return find_account(account, accounts, whole=whole)
    if len(accounts) > 1:
        raise ambiguous_error(accounts, "logout" if whole else "connect")
    if accounts:
        return accounts[0]
    if store is None:
        return None
    raise UnknownAccount(f"No account is stored{_place(store)}; sign in with cf.login(), or cronofy-frames login.")


def _place(store: str) -> str:
    return "" if store == "auto" else f" in the store {store!r}"


def ambiguous_error(accounts: Sequence[StoredAccount], function: str) -> UnknownAccount:
    """Return the error for several stored accounts and no name; `function`, which needs one, is connect or logout."""
    first = repr(accounts[0].display_name)
    examples = {
        "connect": f"cf.connect(account={first}), or with --account in a shell",
        "logout": f"cf.logout({first}), or after cronofy-frames logout in a shell",
    }
    return UnknownAccount(
        f"Several accounts are stored: {account_list(accounts)}. Name one, as in {examples[function]}."
    )


def accounts(*, environment: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return the stored accounts, whose names `connect(account=...)` takes; nothing is sent.

    Parameters
    ----------
    environment
        Environment variables; by default those of the process.

    Returns
    -------
    DataFrame
        A row for each account: account (its name), store (file or keyring), profile_name, provider_name, sub, scope,
        data_center (or the host, if it is not Cronofy's), expires_at (`datetime64[us, UTC]`: approximately when the
        access token expires), renews (`bool`: whether it can be renewed, because a refresh token and the application
        are known), problem (why the tokens cannot be read). The others are `str`; NA is unknown.

    Examples
    --------
    >>> home = {"CRONOFY_FRAMES_HOME": str(folder / "home")}
    >>> cf.FileStore("ann@example.test", environment=home).save(cf.Tokens(access_token="a", scope="read_events"))
    >>> cf.accounts(environment=home)[["account", "store", "scope", "data_center", "renews"]]
                account store        scope data_center  renews
    0  ann@example.test  file  read_events          us   False
    """
    import pandas as pd

    env = os.environ if environment is None else environment
    rows = [_row(account, env) for account in list_accounts(env)]
    frame = pd.DataFrame(rows, columns=[*TEXTS, "expires_at", "renews", "problem"])
    dtypes = {**dict.fromkeys([*TEXTS, "problem"], "str"), "expires_at": "datetime64[us, UTC]", "renews": "bool"}
    return frame.astype(dtypes)


def _row(account: StoredAccount, env: Mapping[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {"account": single_line(account.name), "store": account.kind or None, "renews": False}
    try:
        _, tokens = account.load()
        host = hosts_for(tokens, env).api
    except (CronofyError, OSError, ValueError) as error:
        return {**row, "problem": single_line(str(error))}
    texts = {name: getattr(tokens, name) for name in ("profile_name", "provider_name", "sub", "scope")}
    return {
        **row,
        **{name: None if text is None else single_line(text) for name, text in texts.items()},
        "expires_at": tokens.expires_at,
        "data_center": data_center_of(host) or host.partition("://")[2],
        "renews": bool(tokens.refresh_token) and all(application_for(tokens, env)),
    }
