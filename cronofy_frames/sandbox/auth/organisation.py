"""Route handlers for organisations and the application: service accounts, application calendars, link tokens.

Pages: docs.cronofy.com/developers/api/enterprise-connect/delegated-access,
/developers/api-alpha/business-connect/delegated-authorization, /developers/api/calendars/application-calendars.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cronofy_frames.sandbox.http.fields import ErrorResponse, RequestFields
from cronofy_frames.sandbox.http.routes import Request, Response, handles
from cronofy_frames.sandbox.model.grants import CODE_LIFETIME, LINK_TOKEN_LIFETIME, AuthorizationCode, Ticket
from cronofy_frames.sandbox.model.state import Account, Calendar, Profile
from cronofy_frames.sandbox.model.world import find_profile
from cronofy_frames.wire.scopes import is_known_scope, is_within

MAX_AUTHORIZATIONS = 50
_LIST = "service_account_authorizations"
_REQUIRED_FIELDS = ("email", "callback_url", "scope")


@dataclass(frozen=True, slots=True)
class Delegation:
    """A request to authorize the application for one person without that person's consent page."""

    email: str
    callback_url: str
    scope: str
    state: str | None


@handles(
    "POST /v1/service_account_authorizations",
    auth="service",
    note="the result is posted to callback_url when the request is answered; an unknown e-mail address gets "
    "access_denied",
)
def service_account_authorizations(request: Request) -> Response:
    """Authorize the application for people of the organisation; results go to the callback URLs."""
    request.require_scope("service_account/accounts/manage")
    fields = request.fields
    entries = _delegation_entries(fields)
    limit = request.grant.delegated_scope if request.grant is not None else None
    delegations = [_parse_delegation(entry, limit) for entry in entries]
    fields.raise_errors()
    # the official Python client sends one state beside the list
    common_state = fields.text("state") if _LIST in fields else None
    for delegation in delegations:
        _authorize_person(request, delegation, common_state)
    return Response(202)


def _delegation_entries(fields: RequestFields) -> list[RequestFields]:
    """Return the entries of the list form, or the request itself in the form for one person."""
    if _LIST not in fields:
        return [fields]
    entries = fields.nested_list(_LIST, required=True, max_items=MAX_AUTHORIZATIONS)
    if entries is not None and not entries:
        fields.add_error(_LIST, "required", f"{_LIST} must have at least one entry")
    if any(name in fields for name in _REQUIRED_FIELDS):
        fields.add_error(_LIST, "not_supported", f"{_LIST} must not be mixed with the fields of a single one")
    return entries or []


def _parse_delegation(entry: RequestFields, limit: str | None) -> Delegation:
    email, callback_url = entry.email("email"), entry.web_address("callback_url")
    scope, state = entry.text("scope", required=True, allow_empty=False), entry.text("state")
    if scope is not None and not (is_known_scope(scope) and is_within(scope, limit)):
        entry.add_error("scope", "not_supported", f"scope must be known and within {limit or 'what is delegated'}")
    return Delegation(email or "", callback_url or "", scope or "", state)


def _authorize_person(request: Request, delegation: Delegation, common_state: str | None = None) -> None:
    """Post an authorization code, or an error, to the callback URL."""
    result = _authorization_result(request, delegation)
    state = delegation.state if delegation.state is not None else common_state
    if state is not None:
        result["state"] = state
    request.world.queue_callback(delegation.callback_url, {"authorization": result})


def _authorization_result(request: Request, delegation: Delegation) -> dict[str, Any]:
    world = request.world
    person = world.person_with_email(delegation.email)
    if person is None:
        return {
            "error": "access_denied",
            "error_key": "errors.unknown_email",
            "error_description": "There is no account with this e-mail address.",
        }
    code = AuthorizationCode(
        sub=person.sub,
        scope=delegation.scope,
        redirect_uri=delegation.callback_url,
        expires=world.now() + CODE_LIFETIME,
        profile_id=person.profiles[0].profile_id if person.profiles else None,
        service_account=request.account.sub,
    )
    return {"code": world.grants.store_code(code)}


@handles("POST /v1/delegated_authorizations", note="without a delegated_scope on the token any scope is allowed")
def delegated_authorizations(request: Request) -> Response:
    """Authorize the application for a colleague through a profile of the account."""
    fields, grant = request.fields, request.grant
    profile_id = fields.text("profile_id", required=True, allow_empty=False)
    delegation = _parse_delegation(fields, grant.delegated_scope if grant is not None else None)
    fields.raise_errors()
    if find_profile(request.account, profile_id) is None:
        raise ErrorResponse(404)
    _authorize_person(request, delegation)
    return Response(202)


@handles("GET /v1/resources", auth="service", sureness="from SDKs")
def list_resources(request: Request) -> Response:
    """Return the rooms and other resources of the organisation."""
    request.require_scope("service_account/resources/manage")
    return Response(body={"resources": request.account.resources})


@handles("POST /v1/application_calendars", auth="client", note="wrong client credentials are 401")
def application_calendars(request: Request) -> Response:
    """Create an application calendar, or find an existing one; return its tokens."""
    fields, world = request.fields, request.world
    credentials = fields.values.get("client_id"), fields.values.get("client_secret")
    if credentials != (world.client_id, world.client_secret):
        raise ErrorResponse(401)
    calendar_id = fields.text("application_calendar_id", required=True, allow_empty=False)
    fields.raise_errors()
    account = next((account for account in world.accounts if account.application_calendar_id == calendar_id), None)
    if account is None:
        account = _new_application_calendar(request, calendar_id or "")
        world.accounts.append(account)
    body = _application_calendar_body(request, account)
    return Response(body=body, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})


def _application_calendar_body(request: Request, account: Account) -> dict[str, Any]:
    world, profile = request.world, account.profiles[0]
    grant = next(world.grants.of_account(account.sub), None) or world.grants.create_grant(
        account.sub, account.scope, lifetime=world.token_lifetime(account)
    )
    access_token, expires_in = world.grants.issue_token(grant, fresh=False)
    return {
        "token_type": "bearer",
        "access_token": access_token,
        "expires_in": expires_in,
        "refresh_token": grant.refresh_token,
        "scope": grant.scope,
        "application_calendar_id": account.application_calendar_id,
        "sub": account.sub,
        "linking_profile": {
            "provider_name": profile.provider_name,
            "profile_id": profile.profile_id,
            "profile_name": profile.profile_name,
        },
    }


def _new_application_calendar(request: Request, calendar_id: str) -> Account:
    """Return a new account with one calendar hosted by Cronofy."""
    minted = request.world.mint("application calendar", calendar_id)
    calendar = Calendar(
        f"cal_{minted[:16]}_{minted[16:]}", calendar_id, calendar_primary=True, permission_level="unrestricted"
    )
    profile = Profile(f"pro_{minted[:16]}", None, "cronofy", "cronofy", calendars=[calendar])
    return Account(
        sub=f"apc_{minted[:24]}",
        kind="application_calendar",
        scope="read_write",
        profiles=[profile],
        application_calendar_id=calendar_id,
    )


@handles("POST /v1/link_tokens", stage="ALPHA", note="valid for 5 minutes")
def create_link_token(request: Request) -> Response:
    """Return a token that links the next person's calendars to this account."""
    world = request.world
    ticket = Ticket("link", request.account.sub, expires=world.now() + LINK_TOKEN_LIFETIME)
    return Response(body={"link_token": world.grants.store_ticket(ticket)})


@handles(
    "POST /v1/conferencing_service_authorizations", sureness="from SDKs", note="the page connects a made-up profile"
)
def conferencing_service_authorizations(request: Request) -> Response:
    """Return the URL of the page that connects a conferencing service."""
    fields, world = request.fields, request.world
    redirect_uri = fields.web_address("redirect_uri")
    provider_name = fields.text("provider_name") or "zoom"
    fields.raise_errors()
    ticket = Ticket("conferencing", request.account.sub, redirect_uri=redirect_uri, subject=provider_name)
    url = f"{request.base_url}/conferencing?token={world.grants.store_ticket(ticket)}"
    return Response(body={"authorization_request": {"url": url}})
