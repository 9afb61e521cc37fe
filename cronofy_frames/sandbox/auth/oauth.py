"""Tokens for codes, tokens for refresh tokens, and their end.

Pages: docs.cronofy.com/developers/api/authorization/request-token, /refresh-token, /revoke. Errors are 400 with
RFC 6749's body, also for a wrong client.
"""

from __future__ import annotations

from typing import Any

from cronofy_frames.sandbox.http.fields import Refused
from cronofy_frames.sandbox.http.routes import Question, Reply, answers
from cronofy_frames.sandbox.model.grants import Code, Grant
from cronofy_frames.sandbox.model.state import Account
from cronofy_frames.sandbox.model.world import profile_of

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@answers(
    "POST /oauth/token",
    auth="client",
    note="codes last 5 minutes; old access tokens stay good until they expire; renew_early=False gives the same token "
    "again while it lasts another 10 minutes",
)
def token(question: Question) -> Reply:
    """Exchange a code or a refresh token for an access token."""
    grant_type = _text(question, "grant_type")
    _check_client(question)
    if grant_type == "authorization_code":
        return _exchange(question)
    if grant_type == "refresh_token":
        return _refresh(question)
    raise _refused("unsupported_grant_type", "grant_type must be authorization_code or refresh_token")


@answers("POST /oauth/token/revoke", auth="client", note="a token ends its own grant, a sub all of the account's")
def revoke(question: Question) -> Reply:
    """End an authorization; an unknown one is as good as ended."""
    _check_client(question)
    asked = {name: value for name in ("token", "sub") if (value := question.given.get(name)) is not None}
    if not asked:
        raise _refused("invalid_request", "either token or sub must be specified")
    if isinstance(asked.get("token"), str):
        question.world.grants.revoke(token=asked["token"])
    elif isinstance(asked.get("sub"), str) and "token" not in asked:
        question.world.grants.revoke(sub=asked["sub"])
    return Reply(200)


def _refused(error: str, description: str) -> Refused:
    return Refused(400, {"error": error, "error_description": description})


def _text(question: Question, name: str) -> str:
    value = question.given.get(name)
    if not isinstance(value, str) or not value:
        raise _refused("invalid_request", f"{name} must be specified")
    return value


def _check_client(question: Question) -> None:
    world, given = question.world, question.given
    if (given.get("client_id"), given.get("client_secret")) != (world.client_id, world.client_secret):
        raise _refused("invalid_client", "client_id or client_secret is wrong")


def _exchange(question: Question) -> Reply:
    world = question.world
    code = world.grants.redeem(_text(question, "code"), _text(question, "redirect_uri"))
    account = None if code is None else world.account(code.sub)
    if code is None or account is None:
        raise _refused("invalid_grant", "the code is unknown, used or too old, or redirect_uri differs")
    grant = world.grants.give(account.sub, code.scope, life=world.life(account), code=code)
    if code.through is not None:
        account.authorized_by = code.through
    return Reply(body={**_tokens(question, grant, fresh=True), **_whose(account, code)}, headers=NO_STORE)


def _whose(account: Account, code: Code) -> dict[str, Any]:
    if account.kind == "service_account":
        return {"service_account_id": account.sub}
    told: dict[str, Any] = {"account_id": account.sub, "sub": account.sub}
    profile = profile_of(account, code.profile_id)
    if profile is not None:
        told["linking_profile"] = {
            "provider_name": profile.provider_name,
            "provider_service": profile.provider_service,
            "profile_id": profile.profile_id,
            "profile_name": profile.profile_name,
        }
    return told


def _refresh(question: Question) -> Reply:
    world = question.world
    grant = world.grants.of_refresh(_text(question, "refresh_token"))
    if grant is None:
        raise _refused("invalid_grant", "the refresh token is unknown or revoked")
    return Reply(body=_tokens(question, grant, fresh=world.manners.renew_early), headers=NO_STORE)


def _tokens(question: Question, grant: Grant, *, fresh: bool) -> dict[str, Any]:
    access_token, expires_in = question.world.grants.token(grant, fresh=fresh)
    return {
        "token_type": "bearer",
        "access_token": access_token,
        "expires_in": expires_in,
        "refresh_token": grant.refresh_token,
        "scope": grant.scope,
    }
