"""Service accounts and what belongs to a whole organisation or application.

Pages: docs.cronofy.com/developers/api/enterprise-connect/delegated-access,
/developers/api-alpha/business-connect/delegated-authorization, /developers/api/calendars/application-calendars.
"""

from __future__ import annotations

from typing import Any

from cronofy_frames.sandbox.http.fields import Fields, Refused
from cronofy_frames.sandbox.http.routes import Question, Reply, answers
from cronofy_frames.sandbox.model.grants import CODE_LIFE, TICKET_LIFE, Code, Ticket
from cronofy_frames.sandbox.model.state import Account, Calendar, Profile
from cronofy_frames.sandbox.model.world import profile_of
from cronofy_frames.wire.scopes import known_scope, within

MOST_AUTHORIZATIONS = 50
_ONE = ("email", "callback_url", "scope", "state")


@answers(
    "POST /v1/service_account_authorizations",
    auth="service",
    note="the result is posted to callback_url when the request is answered; an address that nobody here has is "
    "answered with access_denied",
)
def service_account_authorizations(question: Question) -> Reply:
    """Ask for people's calendars on behalf of their organisation; answers go to the callback addresses."""
    question.need_scope("service_account/accounts/manage")
    fields = question.fields
    name = "service_account_authorizations"
    if name in fields:
        entries = fields.parts(name, required=True, most=MOST_AUTHORIZATIONS)
        if entries is not None and not entries:
            fields.refuse(name, "required", f"{name} must have at least one entry")
        if any(one in fields for one in _ONE[:3]):
            fields.refuse(name, "not_supported", f"{name} must not be mixed with the fields of a single one")
    else:
        entries = [fields]
    limit = question.grant.delegated_scope if question.grant is not None else None
    wanted = [_wanted(entry, limit) for entry in entries or []]
    fields.check()
    # the official Python client sends one state beside the list
    common = fields.text("state") if name in fields else None
    for email, callback_url, scope, state in wanted:
        _authorise(question, email, callback_url, scope, state if state is not None else common)
    return Reply(202)


def _wanted(entry: Fields, limit: str | None) -> tuple[str, str, str, str | None]:
    """Return email, callback_url, scope and state of one entry."""
    email, callback_url = entry.email("email"), entry.web_address("callback_url")
    scope, state = entry.text("scope", required=True, empty=False), entry.text("state")
    if scope is not None and not (known_scope(scope) and within(scope, limit)):
        entry.refuse("scope", "not_supported", f"scope must be known and within {limit or 'what is delegated'}")
    return email or "", callback_url or "", scope or "", state


def _authorise(question: Question, email: str, callback_url: str, scope: str, state: str | None) -> None:
    """Post a code, or why there is none, to the callback address."""
    world = question.world
    person = world.by_email(email)
    if person is None:
        told: dict[str, Any] = {
            "error": "access_denied",
            "error_key": "errors.unknown_email",
            "error_description": "There is no account with this e-mail address.",
        }
    else:
        code = Code(
            sub=person.sub,
            scope=scope,
            redirect_uri=callback_url,
            expires=world.now() + CODE_LIFE,
            profile_id=person.profiles[0].profile_id if person.profiles else None,
            through=question.account.sub,
        )
        told = {"code": world.grants.promise(code)}
    if state is not None:
        told["state"] = state
    world.post(callback_url, {"authorization": told})


@answers("POST /v1/delegated_authorizations", note="where no delegated_scope was asked for, any scope is within it")
def delegated_authorizations(question: Question) -> Reply:
    """Ask for a colleague's calendars through a profile of one's own."""
    fields, grant = question.fields, question.grant
    profile_id = fields.text("profile_id", required=True, empty=False)
    wanted = _wanted(fields, grant.delegated_scope if grant is not None else None)
    fields.check()
    if profile_of(question.account, profile_id) is None:
        raise Refused(404)
    _authorise(question, *wanted)
    return Reply(202)


@answers("GET /v1/resources", auth="service", sure="from SDKs")
def resources(question: Question) -> Reply:
    """Answer with the rooms and things of the organisation."""
    question.need_scope("service_account/resources/manage")
    return Reply(body={"resources": question.account.resources})


@answers("POST /v1/application_calendars", auth="client", note="wrong client credentials are 401")
def application_calendars(question: Question) -> Reply:
    """Make a calendar of the application's own, or find it again; answer with its tokens."""
    fields, world = question.fields, question.world
    if (fields.given.get("client_id"), fields.given.get("client_secret")) != (world.client_id, world.client_secret):
        raise Refused(401)
    calendar_id = fields.text("application_calendar_id", required=True, empty=False)
    fields.check()
    account = next((one for one in world.accounts if one.application_calendar_id == calendar_id), None)
    if account is None:
        account = _application_calendar(question, calendar_id or "")
        world.accounts.append(account)
    grant = next(world.grants.of(account.sub), None) or world.grants.give(
        account.sub, account.scope, life=world.life(account)
    )
    access_token, expires_in = world.grants.token(grant, fresh=False)
    profile = account.profiles[0]
    told = {
        "token_type": "bearer",
        "access_token": access_token,
        "expires_in": expires_in,
        "refresh_token": grant.refresh_token,
        "scope": grant.scope,
        "application_calendar_id": calendar_id,
        "sub": account.sub,
        "linking_profile": {
            "provider_name": profile.provider_name,
            "profile_id": profile.profile_id,
            "profile_name": profile.profile_name,
        },
    }
    return Reply(body=told, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})


def _application_calendar(question: Question, calendar_id: str) -> Account:
    """Return a new account with exactly one calendar, hosted by Cronofy."""
    minted = question.world.mint("application calendar", calendar_id)
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


@answers("POST /v1/link_tokens", note="good for 5 minutes")
def link_tokens(question: Question) -> Reply:
    """Answer with a token that links the next person's calendars to this account."""
    world = question.world
    ticket = Ticket("link", question.account.sub, expires=world.now() + TICKET_LIFE)
    return Reply(body={"link_token": world.grants.ticket(ticket)})


@answers("POST /v1/conferencing_service_authorizations", sure="from SDKs", note="the page connects a made-up profile")
def conferencing_service_authorizations(question: Question) -> Reply:
    """Answer with the page that connects a conferencing service."""
    fields, world = question.fields, question.world
    redirect_uri = fields.web_address("redirect_uri")
    provider_name = fields.text("provider_name") or "zoom"
    fields.check()
    ticket = Ticket("conferencing", question.account.sub, redirect_uri=redirect_uri, matter=provider_name)
    url = f"{question.base}/conferencing?token={world.grants.ticket(ticket)}"
    return Reply(body={"authorization_request": {"url": url}})
