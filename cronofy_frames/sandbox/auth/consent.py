"""The pages on which a person, or an administrator, lets the application in.

Pages: docs.cronofy.com/developers/api/authorization/request-authorization,
/developers/api/enterprise-connect/request-authorization; RFC 6749, 4.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from oauthlib.common import add_params_to_uri
from oauthlib.oauth2.rfc6749 import errors

from cronofy_frames.sandbox.http.fields import is_web_address
from cronofy_frames.sandbox.http.html import Choice, form, listing, page, paragraph
from cronofy_frames.sandbox.http.routes import Question, Reply, answers
from cronofy_frames.sandbox.model.grants import CODE_LIFE, Code
from cronofy_frames.sandbox.model.state import Account, Profile
from cronofy_frames.wire.scopes import SERVICE, known_scope

_PARAMETERS = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "provider_name",
    "avoid_linking",
    "link_token",
    "delegated_scope",
)


@dataclass(frozen=True, slots=True)
class Request:
    """A request for authorization that is in order so far: it is known where the answer goes."""

    given: dict[str, str]
    service: bool

    @property
    def state(self) -> str | None:
        """What is echoed back."""
        return self.given.get("state")

    def back(self, **parameters: str) -> Reply:
        """Return to the application."""
        told = {**parameters, **({} if self.state is None else {"state": self.state})}
        return Reply(302, headers={"Location": add_params_to_uri(self.given["redirect_uri"], list(told.items()))})

    def wrong(self, error: errors.OAuth2Error) -> Reply:
        """Return to the application with an error of RFC 6749, 4.1.2.1."""
        return self.back(
            error=error.error or "", **({"error_description": error.description} if error.description else {})
        )


@answers("GET /oauth/authorize", auth="browser", note="linking by cookie is not modelled: avoid_linking has no effect")
def authorize(question: Question) -> Reply:
    """Show who asks for what, and the people who may answer."""
    return _show(question, service=False)


@answers("POST /oauth/authorize", auth="browser", sure="our reading", note="the form of that page")
def authorized(question: Question) -> Reply:
    """Return to the application with the person's answer."""
    return _decide(question, service=False)


@answers("GET /enterprise_connect/oauth/authorize", auth="browser")
def enterprise_authorize(question: Question) -> Reply:
    """Show what an application asks of a whole organisation."""
    return _show(question, service=True)


@answers("POST /enterprise_connect/oauth/authorize", auth="browser", sure="our reading", note="the form of that page")
def enterprise_authorized(question: Question) -> Reply:
    """Return to the application with the administrator's answer."""
    return _decide(question, service=True)


def _show(question: Question, *, service: bool) -> Reply:
    request = _checked(question, service=service)
    if isinstance(request, Reply):
        return request
    host = urlsplit(request.given["redirect_uri"]).netloc
    choices = _choices(_candidates(question, service=service), request.given.get("provider_name"))
    delegated = request.given.get("delegated_scope")
    return Reply(
        html=page(
            "Connect your organisation" if service else "Connect your calendar",
            paragraph(f"The application at {host} asks for access to:"),
            listing(request.given["scope"].split()),
            *([paragraph(f"It may pass on: {delegated}")] if delegated else []),
            form(request.given, legend="Who are you?", choices=choices),
        )
    )


def _decide(question: Question, *, service: bool) -> Reply:
    request = _checked(question, service=service)
    if isinstance(request, Reply):
        return request
    if question.given.get("decision") != "approve":
        return request.wrong(errors.AccessDeniedError())
    chosen = question.given.get("account")
    account = next((one for one in _candidates(question, service=service) if one.sub == chosen), None)
    if account is None:
        return _stop("Nobody was chosen: go back and say who you are.")
    return request.back(code=question.world.grants.promise(_code(question, request, account)))


def _checked(question: Question, *, service: bool) -> Request | Reply:
    """Return the request, or the answer to a wrong one; an address that is not good gets no redirect, ever."""
    given = {name: value for name in _PARAMETERS if isinstance(value := question.given.get(name), str) and value}
    once = question.repeated.isdisjoint(("client_id", "redirect_uri"))
    if not once or given.get("client_id") != question.world.client_id:
        return _stop("The client_id is missing or is not this sandbox's.")
    redirect_uri = given.get("redirect_uri", "")
    if not is_web_address(redirect_uri) or "#" in redirect_uri:
        return _stop("The redirect_uri is missing, or is not an absolute http or https address without a fragment.")
    request = Request(given, service)
    error = _error(question, given, service=service)
    return request if error is None else request.wrong(error)


def _error(question: Question, given: dict[str, str], *, service: bool) -> errors.OAuth2Error | None:
    """Return what is wrong with the rest of the request."""
    scope, delegated = given.get("scope"), given.get("delegated_scope")
    if not question.repeated.isdisjoint(_PARAMETERS):
        return errors.InvalidRequestError(description="a parameter was given more than once")
    if given.get("response_type") is None:
        return errors.InvalidRequestError(description="response_type must be specified")
    if given["response_type"] != "code":
        return errors.UnsupportedResponseTypeError(description="response_type must be code")
    if scope is None or (service and delegated is None):
        return errors.InvalidRequestError(description=f"{'delegated_scope' if scope else 'scope'} must be specified")
    known = SERVICE.issuperset(scope.split()) if service else known_scope(scope)
    if not known or (delegated is not None and not known_scope(delegated)):
        return errors.InvalidScopeError(description="a scope is not known")
    if given.get("avoid_linking", "false").lower() not in ("true", "false"):
        return errors.InvalidRequestError(description="avoid_linking must be true or false")
    link_token = given.get("link_token")
    if link_token is not None and question.world.grants.find_ticket("link", link_token) is None:
        return errors.InvalidRequestError(description="link_token is unknown or too old")
    return None


def _stop(reason: str) -> Reply:
    return Reply(400, html=page("This request cannot be answered", paragraph(reason, role="alert")))


def _candidates(question: Question, *, service: bool) -> list[Account]:
    kind = "service_account" if service else "account"
    return [account for account in question.world.accounts if account.kind == kind]


def _choices(accounts: Sequence[Account], provider_name: str | None) -> list[Choice]:
    """Return the people; the first with a profile of the provider is chosen beforehand."""
    chosen = next((one for one in accounts if _profile(one, provider_name) is not None), accounts[0])
    return [
        Choice(one.sub, f"{one.name or one.sub} ({one.email or one.sub})", chosen=one is chosen) for one in accounts
    ]


def _profile(account: Account, provider_name: str | None) -> Profile | None:
    """Return the profile of a provider, also under its free/busy name; any, where no provider is asked for."""
    wanted = (provider_name or "").removesuffix("_free_busy")
    return next((one for one in account.profiles if wanted in ("", one.provider_name, one.provider_service)), None)


def _code(question: Question, request: Request, account: Account) -> Code:
    """Return what is promised; with a link token the person's calendars go to the account that asked for it."""
    given, grants = request.given, question.world.grants
    profile = _profile(account, given.get("provider_name")) or next(iter(account.profiles), None)
    owner = account
    link = grants.find_ticket("link", given.get("link_token"))
    if link is not None:
        grants.drop_ticket(given["link_token"])
        owner = question.world.account(link.sub) or account
        _link(owner, account)
    if profile is not None:
        profile.profile_connected = True
    return Code(
        sub=owner.sub,
        scope=given["scope"],
        redirect_uri=given["redirect_uri"],
        expires=question.world.now() + CODE_LIFE,
        profile_id=profile.profile_id if profile is not None else None,
        delegated_scope=given.get("delegated_scope"),
    )


def _link(owner: Account, other: Account) -> None:
    """Let an account reach the profiles of another, and the events in them."""
    if owner is not other:
        known = {profile.profile_id for profile in owner.profiles}
        owner.profiles.extend(profile for profile in other.profiles if profile.profile_id not in known)
        owner.events.update(other.events)
