"""Route handlers for the identity of a token: userinfo, account, profiles.

Pages: docs.cronofy.com/developers/api/identity/userinfo, /account, /profile.
"""

from __future__ import annotations

from typing import Any

from cronofy_frames.sandbox.http.fields import ErrorResponse
from cronofy_frames.sandbox.http.routes import Request, Response, handles
from cronofy_frames.sandbox.model.json_rows import calendar_fields, profile_row
from cronofy_frames.sandbox.model.state import Account
from cronofy_frames.sandbox.model.world import channel_row, find_profile


@handles("GET /v1/userinfo", auth="user or service")
def userinfo(request: Request) -> Response:
    """Return userinfo for the token."""
    return Response(body=userinfo_body(request))


@handles("GET /v1/account", sureness="from SDKs", note="403 for an application calendar")
def account_information(request: Request) -> Response:
    """Return the account of the token, as clients read it before userinfo existed."""
    account = request.account
    if account.kind == "application_calendar":
        raise ErrorResponse(403, text="Not available to application calendars")
    request.require_scope("read_account")
    assert request.grant is not None
    row = {
        "account_id": account.sub,
        "email": account.email,
        "name": account.name,
        "default_tzid": account.zoneinfo,
        "scope": request.grant.scope,
    }
    return Response(body={"account": row})


@handles("GET /v1/profiles")
def list_profiles(request: Request) -> Response:
    """Return the account's connections to calendar providers."""
    rows = [profile_row(profile, request.base_url) for profile in request.account.profiles]
    return Response(body={"profiles": rows})


@handles(
    "POST /v1/profiles/{profile_id}/revoke",
    note="the profile stays listed as disconnected, with the URL of a page that reconnects it; channels get "
    "profile_disconnected, which is our reading",
)
def revoke_profile(request: Request) -> Response:
    """Disconnect one profile."""
    profile = find_profile(request.account, request.path_args["profile_id"])
    if profile is None:
        raise ErrorResponse(404)
    if profile.profile_connected:
        profile.profile_connected = False
        for channel in request.account.channels.values():  # every kind of notification goes to every channel
            message = {"notification": {"type": "profile_disconnected"}, "channel": channel_row(channel)}
            request.world.queue_callback(channel.callback_url, message)
    return Response(202)


def userinfo_body(request: Request) -> dict[str, Any]:
    """Return userinfo for the account of a request; two of its keys contain dots."""
    account, grant = request.account, request.grant
    assert grant is not None
    authorization = {"scope": grant.scope, "status": "active"}
    if account.kind == "service_account":
        authorization["delegated_scope"] = grant.delegated_scope or ""
        service = {"provider_name": "google", "domain": account.domain}
        data: dict[str, Any] = {"authorization": authorization, "service_account": service}
    else:
        data = {"authorization": authorization, **_connections(account, request.base_url)}
    identity: dict[str, Any] = {"sub": account.sub}
    if account.kind == "application_calendar":
        identity["application_calendar_id"] = account.application_calendar_id
        data["application_calendar"] = {"application_calendar_id": account.application_calendar_id}
    else:
        identity |= {"email": account.email, "name": account.name, "zoneinfo": account.zoneinfo}
    return {**identity, "cronofy.type": account.kind, "cronofy.data": data}


def _connections(account: Account, base_url: str) -> dict[str, Any]:
    return {
        "profiles": [
            {
                **profile_row(profile, base_url),
                "profile_calendars": [calendar_fields(calendar) for calendar in profile.calendars],
            }
            for profile in account.profiles
        ],
        "conferencing_profiles": account.conferencing_profiles,
    }
