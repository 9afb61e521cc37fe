"""Route handlers of the token endpoint: exchange codes and refresh tokens, revoke authorizations.

Pages: docs.cronofy.com/developers/api/authorization/request-token, /refresh-token, /revoke. Errors are 400 with the
body of RFC 6749, also for invalid client credentials.
"""

from __future__ import annotations

from typing import Any

from cronofy_frames.sandbox.http.fields import ErrorResponse
from cronofy_frames.sandbox.http.routes import Request, Response, handles
from cronofy_frames.sandbox.model.grants import AuthorizationCode, Grant
from cronofy_frames.sandbox.model.state import Account
from cronofy_frames.sandbox.model.world import find_profile

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@handles(
    "POST /oauth/token",
    auth="client",
    note="codes are valid for 5 minutes; old access tokens stay valid until they expire; renew_early=False returns the "
    "same token again while it is valid for another 10 minutes",
)
def request_token(request: Request) -> Response:
    """Exchange a code or a refresh token for an access token."""
    grant_type = _require_text(request, "grant_type")
    _check_client(request)
    if grant_type == "authorization_code":
        return _exchange_code(request)
    if grant_type == "refresh_token":
        return _refresh_token(request)
    raise _oauth_error("unsupported_grant_type", "grant_type must be authorization_code or refresh_token")


@handles("POST /oauth/token/revoke", auth="client", note="a token ends its own grant, a sub all of the account's")
def revoke_authorization(request: Request) -> Response:
    """Revoke an authorization; an unknown token or sub is accepted."""
    _check_client(request)
    names = ("token", "refresh_token", "sub")
    name = next((name for name in names if request.arguments.get(name) is not None), None)
    if name is None:
        raise _oauth_error("invalid_request", "either token or sub must be specified")
    value = request.arguments[name]
    if isinstance(value, str):
        request.world.grants.revoke(**{"sub" if name == "sub" else "token": value})
    return Response(200)


def _oauth_error(error: str, description: str) -> ErrorResponse:
    return ErrorResponse(400, {"error": error, "error_description": description})


def _require_text(request: Request, name: str) -> str:
    value = request.arguments.get(name)
    if not isinstance(value, str) or not value:
        raise _oauth_error("invalid_request", f"{name} must be specified")
    return value


def _check_client(request: Request) -> None:
    world, arguments = request.world, request.arguments
    if (arguments.get("client_id"), arguments.get("client_secret")) != (world.client_id, world.client_secret):
        raise _oauth_error("invalid_client", "client_id or client_secret is wrong")


def _exchange_code(request: Request) -> Response:
    world = request.world
    code = world.grants.redeem_code(_require_text(request, "code"), _require_text(request, "redirect_uri"))
    account = None if code is None else world.account(code.sub)
    if code is None or account is None:
        raise _oauth_error("invalid_grant", "the code is unknown, used or too old, or redirect_uri differs")
    grant = world.grants.create_grant(account.sub, code.scope, lifetime=world.token_lifetime(account), code=code)
    if code.service_account is not None:
        account.authorized_by = code.service_account
    body = {**_token_body(request, grant, fresh=True), **_account_body(account, code)}
    return Response(body=body, headers=NO_STORE)


def _account_body(account: Account, code: AuthorizationCode) -> dict[str, Any]:
    """Return the ids of the account, and the profile that was connected."""
    if account.kind == "service_account":
        return {"service_account_id": account.sub}
    body: dict[str, Any] = {"account_id": account.sub, "sub": account.sub}
    profile = find_profile(account, code.profile_id)
    if profile is not None:
        body["linking_profile"] = {
            "provider_name": profile.provider_name,
            "provider_service": profile.provider_service,
            "profile_id": profile.profile_id,
            "profile_name": profile.profile_name,
        }
    return body


def _refresh_token(request: Request) -> Response:
    world = request.world
    grant = world.grants.by_refresh_token(_require_text(request, "refresh_token"))
    if grant is None:
        raise _oauth_error("invalid_grant", "the refresh token is unknown or revoked")
    return Response(body=_token_body(request, grant, fresh=world.settings.renew_early), headers=NO_STORE)


def _token_body(request: Request, grant: Grant, *, fresh: bool) -> dict[str, Any]:
    access_token, expires_in = request.world.grants.issue_token(grant, fresh=fresh)
    return {
        "token_type": "bearer",
        "access_token": access_token,
        "expires_in": expires_in,
        "refresh_token": grant.refresh_token,
        "scope": grant.scope,
    }
