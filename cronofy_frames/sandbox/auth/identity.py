"""Who a token speaks for: userinfo, account, profiles.

Pages: docs.cronofy.com/developers/api/identity/userinfo, /account, /profile.
"""

from __future__ import annotations

from typing import Any

from cronofy_frames.sandbox.http.fields import Refused
from cronofy_frames.sandbox.http.routes import Question, Reply, answers
from cronofy_frames.sandbox.model.json_rows import calendar_part, profile_row
from cronofy_frames.sandbox.model.state import Account
from cronofy_frames.sandbox.model.world import channel_row, profile_of


@answers("GET /v1/userinfo", auth="user or service")
def userinfo(question: Question) -> Reply:
    """Answer who the token speaks for."""
    return Reply(body=userinfo_of(question))


@answers("GET /v1/account", sure="from SDKs", note="403 for an application calendar")
def account(question: Question) -> Reply:
    """Answer with the account; userinfo has taken its place."""
    one = question.account
    if one.kind == "application_calendar":
        raise Refused(403, text="Not available to application calendars")
    question.need_scope("read_account")
    assert question.grant is not None
    told = {
        "account_id": one.sub,
        "email": one.email,
        "name": one.name,
        "default_tzid": one.zoneinfo,
        "scope": question.grant.scope,
    }
    return Reply(body={"account": told})


@answers("GET /v1/profiles")
def profiles(question: Question) -> Reply:
    """Answer with the connections to providers."""
    return Reply(body={"profiles": [profile_row(profile, question.base) for profile in question.account.profiles]})


@answers(
    "POST /v1/profiles/{profile_id}/revoke",
    note="the profile stays listed, not connected, with the address of a page that connects it again; channels are "
    "told profile_disconnected, which is our reading",
)
def revoke_profile(question: Question) -> Reply:
    """Disconnect one profile."""
    profile = profile_of(question.account, question.places["profile_id"])
    if profile is None:
        raise Refused(404)
    if profile.profile_connected:
        profile.profile_connected = False
        for channel in question.account.channels.values():  # every kind of notification goes to every channel
            told = {"notification": {"type": "profile_disconnected"}, "channel": channel_row(channel)}
            question.world.post(channel.callback_url, told)
    return Reply(202)


def userinfo_of(question: Question) -> dict[str, Any]:
    """Return userinfo for the account of a request, with its dotted keys."""
    one, grant = question.account, question.grant
    assert grant is not None
    authorization = {"scope": grant.scope, "status": "active"}
    if one.kind == "service_account":
        authorization["delegated_scope"] = grant.delegated_scope or ""
        service = {"provider_name": "google", "domain": one.domain}
        data: dict[str, Any] = {"authorization": authorization, "service_account": service}
    else:
        data = {"authorization": authorization, **_connections(one, question.base)}
    told: dict[str, Any] = {"sub": one.sub}
    if one.kind == "application_calendar":
        told["application_calendar_id"] = one.application_calendar_id
        data["application_calendar"] = {"application_calendar_id": one.application_calendar_id}
    else:
        told |= {"email": one.email, "name": one.name, "zoneinfo": one.zoneinfo}
    return {**told, "cronofy.type": one.kind, "cronofy.data": data}


def _connections(one: Account, base: str) -> dict[str, Any]:
    return {
        "profiles": [
            {
                **profile_row(profile, base),
                "profile_calendars": [calendar_part(calendar) for calendar in profile.calendars],
            }
            for profile in one.profiles
        ],
        "conferencing_profiles": one.conferencing_profiles,
    }
