"""Credentials of a call: which of an application's and an account's it is sent with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cronofy_frames import errors
from cronofy_frames.wire.credentials import Tokens
from cronofy_frames.wire.endpoint import Auth, Call

ORGANIZATION_SCOPE = "organizational_unit_scheduler"
NO_ACCESS_TOKEN = (
    "needs an access token and this client has none. Sign in with cf.login(), or cronofy-frames login in a shell; or "
    "connect(account=...) for an account that signed in before, connect(access_token=...), "
    "connect(refresh_token=..., client_id=..., client_secret=...), or call request_access_token first."
)


def add_application(
    call: Call, client_id: str | None, client_secret: str | None, load_tokens: Callable[[], Tokens]
) -> Call:
    """Return a call of the auth `client` with the credentials in its body that it does not have; others as they are.

    Raises
    ------
    CronofyError
        Neither the call nor the client has them.
    """
    if call.endpoint.auth != "client":
        return call
    credentials: dict[str, Any] = {"client_id": client_id, "client_secret": client_secret}
    if call.endpoint.name == "refresh_access_token":
        credentials["refresh_token"] = load_tokens().refresh_token
    if call.endpoint.name == "revoke_authorization" and not {"token", "sub"} & call.arguments.keys():
        tokens = load_tokens()
        credentials["token"] = tokens.refresh_token or tokens.access_token
    filled = {**{name: value for name, value in credentials.items() if value}, **call.arguments}
    if missing := [name for name in credentials if name not in filled]:
        raise errors.CronofyError(
            f"{call.endpoint.name} needs {', '.join(missing)}: give it to this call, or to connect()."
        )
    return replace(call, arguments=filled)


def split_api_key(call: Call) -> tuple[Call, str | None]:
    """Return an admin call without its API key, and the key, which goes into a header.

    Raises
    ------
    ValueError
        An admin call has no API key.
    """
    if call.endpoint.auth != "admin":
        return call, None
    arguments = dict(call.arguments)
    api_key = arguments.pop("api_key", None)
    if not isinstance(api_key, str) or not api_key:
        raise ValueError(f"{call.endpoint.name} needs api_key: give the administrator's key among its arguments.")
    return replace(call, arguments=arguments), api_key


def uses_secret(auth: Auth, client_secret: str | None, load_tokens: Callable[[], Tokens]) -> bool:
    """Return whether a call of this auth is sent with the client secret.

    An organizational unit's call is sent with the access token where there is one, unless its scope is known not to be
    that of an organizational unit and there is a client secret, which may be an internal application's.
    """
    if auth != "organization":
        return auth == "application" or (auth == "application or user" and bool(client_secret))
    tokens = load_tokens()
    scope = tokens.scope or ORGANIZATION_SCOPE
    return bool(client_secret) and (tokens.empty or ORGANIZATION_SCOPE not in scope.split())


def as_account(call: Call, impersonate: str | None) -> Call:
    """Return a call with the account that it acts as: its own, else the client's.

    Raises
    ------
    ValueError
        The call goes without a token that could act as an account.
    """
    if call.endpoint.auth not in ("client", "admin"):
        return replace(call, impersonate=call.impersonate or impersonate)
    if call.impersonate:
        raise ValueError(f"{call.endpoint.name} acts as no account: leave out impersonate.")
    return call
