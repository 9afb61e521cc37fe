"""The accounts that are stored: which there are, which is meant, and whose application and hosts are theirs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cronofy_frames.errors import CronofyError, UnknownAccount
from cronofy_frames.text import single_line
from cronofy_frames.tokens import Kept, account_named, homeless, kept_accounts, listed
from cronofy_frames.wire.credentials import Tokens, read_variable
from cronofy_frames.wire.messages import Hosts, data_center_of

if TYPE_CHECKING:
    import pandas as pd

TEXTS = ("account", "store", "profile_name", "provider_name", "sub", "scope", "data_center")


def application_of(
    tokens: Tokens, env: Mapping[str, str], *, client_id: str | None = None, client_secret: str | None = None
) -> tuple[str | None, str | None]:
    """Return the application that tokens belong to: as given, as stored with them, else as the environment has it.

    A stored secret counts for the application that it is stored with and no other, and so does the environment's,
    unless it stands alone.
    """
    in_env = read_variable("CRONOFY_CLIENT_ID", env)
    own = client_id or tokens.client_id or in_env
    secret = client_secret
    if not secret and tokens.client_id and tokens.client_id == own:
        secret = tokens.client_secret
    if not secret and in_env in (None, own):
        secret = read_variable("CRONOFY_CLIENT_SECRET", env)
    return own, secret or None


def hosts_of(
    tokens: Tokens, env: Mapping[str, str], *, data_center: str | None = None, base_url: str | None = None
) -> Hosts:
    """Return the hosts that tokens belong to: as given, as stored with them, else as the environment has it."""
    if data_center or base_url or not tokens.api_url:
        return Hosts.configured(data_center, env, api=base_url)
    center = data_center_of(tokens.api_url)
    app = tokens.app_url or (Hosts.of(center).app if center else tokens.api_url)
    return Hosts.configured(None, {}, api=tokens.api_url, app=app)


def stored(
    env: Mapping[str, str], account: str | None = None, store: str | None = None, *, whole: bool = False
) -> Kept | None:
    """Return the stored account that is meant: the one of that name, or the only one; None where none need be.

    Parameters
    ----------
    env
        Says where accounts are stored.
    account
        What it is called, or the part of that before the @.
    store
        file or keyring, to look only there; auto looks in both.
    whole
        Whether the part before the @ is not enough.

    Raises
    ------
    LookupError
        When there is none of that name, or none where it was looked for by word, or several.
    """
    if store not in (None, "auto", "file", "keyring"):
        raise ValueError(f"store is memory, file, keyring, env, auto, or a store of your own; not {store!r}.")
    if account is None and store is None and homeless(env):
        return None
    kept = [one for one in kept_accounts(env) if store in (None, "auto", one.kind) or not one.kind]
    if account is not None:
        return account_named(account, kept, whole=whole)
    if len(kept) > 1:
        raise several(kept, "logout" if whole else "connect")
    if kept:
        return kept[0]
    if store is None:
        return None
    raise UnknownAccount("No account is stored there; sign in with cf.login(), or cronofy-frames login.")


def several(kept: Sequence[Kept], function: str) -> UnknownAccount:
    """Return the error for not saying which of several stored accounts is meant, to `connect` or to `logout`."""
    first = repr(kept[0].shown)
    ways = {
        "connect": f"cf.connect(account={first}), or with --account in a shell",
        "logout": f"cf.logout({first}), or after cronofy-frames logout in a shell",
    }
    return UnknownAccount(f"Several accounts are stored: {listed(kept)}. Say which, as in {ways[function]}.")


def accounts(*, environment: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return the accounts that are stored, which `connect(account=...)` takes; nothing is sent.

    Parameters
    ----------
    environment
        Looked up in place of the process's own.

    Returns
    -------
    DataFrame
        A row for each: account (its name), store (file or keyring), profile_name, provider_name, sub, scope,
        data_center (or the host, where it is none of Cronofy's), expires_at (about when the access token ends), renews
        (whether new ones can be got: a refresh token and the application are known), problem (why it cannot be read).

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
    rows = [_row(one, env) for one in kept_accounts(env)]
    frame = pd.DataFrame(rows, columns=[*TEXTS, "expires_at", "renews", "problem"])
    dtypes = {**dict.fromkeys([*TEXTS, "problem"], "str"), "expires_at": "datetime64[us, UTC]", "renews": "bool"}
    return frame.astype(dtypes)


def _row(one: Kept, env: Mapping[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {"account": single_line(one.name), "store": one.kind or None, "renews": False}
    try:
        _, tokens = one.opened()
        host = hosts_of(tokens, env).api
    except (CronofyError, OSError, ValueError) as error:
        return {**told, "problem": single_line(str(error))}
    texts = {name: getattr(tokens, name) for name in ("profile_name", "provider_name", "sub", "scope")}
    return {
        **told,
        **{name: None if text is None else single_line(text) for name, text in texts.items()},
        "expires_at": tokens.expires_at,
        "data_center": data_center_of(host) or host.partition("://")[2],
        "renews": bool(tokens.refresh_token) and all(application_of(tokens, env)),
    }
