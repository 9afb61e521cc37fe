"""OAuth consent pages, on which a person or an administrator authorizes the application.

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
from cronofy_frames.sandbox.http.html import RadioChoice, bullet_list, form, page, paragraph
from cronofy_frames.sandbox.http.routes import Request, Response, handles
from cronofy_frames.sandbox.model.grants import CODE_LIFETIME, AuthorizationCode
from cronofy_frames.sandbox.model.state import Account, Profile
from cronofy_frames.wire.scopes import SERVICE, is_known_scope

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
TRUTH_VALUES = frozenset({"true", "false", "1", "0"})
"""What avoid_linking may be; the PHP SDK writes true as 1."""


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """An authorization request with a valid client_id and redirect_uri.

    Attributes
    ----------
    parameters
        Its parameters by name.
    service
        Whether it is for a service account.
    """

    parameters: dict[str, str]
    service: bool

    @property
    def state(self) -> str | None:
        """The OAuth state, returned to the application unchanged."""
        return self.parameters.get("state")

    def redirect(self, **parameters: str) -> Response:
        """Redirect to the application with these parameters and the state."""
        if self.state is not None:
            parameters["state"] = self.state
        location = add_params_to_uri(self.parameters["redirect_uri"], list(parameters.items()))
        return Response(302, headers={"Location": location})

    def redirect_error(self, error: errors.OAuth2Error) -> Response:
        """Redirect to the application with an error of RFC 6749, 4.1.2.1."""
        description = {"error_description": error.description} if error.description else {}
        return self.redirect(error=error.error or "", **description)


@handles(
    "GET /oauth/authorize",
    auth="browser",
    note="linking by cookie is not modelled: avoid_linking has no effect; 1 and 0 are accepted from the PHP SDK",
)
def authorize_page(request: Request) -> Response:
    """Show what the application asks for, and the people who can approve it."""
    return _show_form(request, service=False)


@handles("POST /oauth/authorize", auth="browser", sureness="our reading", note="the form of that page")
def submit_authorization(request: Request) -> Response:
    """Redirect to the application with the person's decision."""
    return _submit_form(request, service=False)


@handles("GET /enterprise_connect/oauth/authorize", auth="browser")
def enterprise_authorize_page(request: Request) -> Response:
    """Show what the application asks of a whole organisation."""
    return _show_form(request, service=True)


@handles(
    "POST /enterprise_connect/oauth/authorize", auth="browser", sureness="our reading", note="the form of that page"
)
def submit_enterprise_authorization(request: Request) -> Response:
    """Redirect to the application with the administrator's decision."""
    return _submit_form(request, service=True)


def _show_form(request: Request, *, service: bool) -> Response:
    authorization = _check_request(request, service=service)
    if isinstance(authorization, Response):
        return authorization
    parameters = authorization.parameters
    host = urlsplit(parameters["redirect_uri"]).netloc
    choices = _account_choices(_candidates(request, service=service), parameters.get("provider_name"))
    delegated = parameters.get("delegated_scope")
    return Response(
        html=page(
            "Connect your organisation" if service else "Connect your calendar",
            paragraph(f"The application at {host} asks for access to:"),
            bullet_list(parameters["scope"].split()),
            *([paragraph(f"It may delegate: {delegated}")] if delegated else []),
            form(parameters, legend="Who are you?", choices=choices),
        )
    )


def _submit_form(request: Request, *, service: bool) -> Response:
    authorization = _check_request(request, service=service)
    if isinstance(authorization, Response):
        return authorization
    if request.arguments.get("decision") != "approve":
        return authorization.redirect_error(errors.AccessDeniedError())
    sub = request.arguments.get("account")
    account = next((account for account in _candidates(request, service=service) if account.sub == sub), None)
    if account is None:
        return _error_page("No account was chosen. Go back and choose who you are.")
    code = request.world.grants.store_code(_authorization_code(request, authorization, account))
    return authorization.redirect(code=code)


def _check_request(request: Request, *, service: bool) -> AuthorizationRequest | Response:
    """Return the authorization request, or the response to an invalid one; never redirect to an invalid URI."""
    arguments = request.arguments
    parameters = {name: value for name in _PARAMETERS if isinstance(value := arguments.get(name), str) and value}
    is_unique = request.repeated.isdisjoint(("client_id", "redirect_uri"))
    if not is_unique or parameters.get("client_id") != request.world.client_id:
        return _error_page("The client_id is missing or is not this sandbox's.")
    redirect_uri = parameters.get("redirect_uri", "")
    if not is_web_address(redirect_uri) or "#" in redirect_uri:
        return _error_page("The redirect_uri is missing, or is not an absolute http or https URL without a fragment.")
    authorization = AuthorizationRequest(parameters, service)
    error = _parameter_error(request, authorization)
    return authorization if error is None else authorization.redirect_error(error)


def _parameter_error(request: Request, authorization: AuthorizationRequest) -> errors.OAuth2Error | None:
    """Return the first error of the parameters other than client_id and redirect_uri."""
    parameters = authorization.parameters
    if not request.repeated.isdisjoint(_PARAMETERS):
        return errors.InvalidRequestError(description="a parameter was given more than once")
    if parameters.get("response_type") is None:
        return errors.InvalidRequestError(description="response_type must be specified")
    if parameters["response_type"] != "code":
        return errors.UnsupportedResponseTypeError(description="response_type must be code")
    error = _scope_error(authorization)
    if error is not None:
        return error
    if parameters.get("avoid_linking", "false").lower() not in TRUTH_VALUES:
        return errors.InvalidRequestError(description="avoid_linking must be true or false")
    link_token = parameters.get("link_token")
    if link_token is not None and request.world.grants.find_ticket("link", link_token) is None:
        return errors.InvalidRequestError(description="link_token is unknown or too old")
    return None


def _scope_error(authorization: AuthorizationRequest) -> errors.OAuth2Error | None:
    scope, delegated = (authorization.parameters.get(name) for name in ("scope", "delegated_scope"))
    service = authorization.service
    if scope is None or (service and delegated is None):
        return errors.InvalidRequestError(description=f"{'delegated_scope' if scope else 'scope'} must be specified")
    is_known = SERVICE.issuperset(scope.split()) if service else is_known_scope(scope)
    if not is_known or (delegated is not None and not is_known_scope(delegated)):
        return errors.InvalidScopeError(description="a scope is not known")
    return None


def _error_page(reason: str) -> Response:
    return Response(400, html=page("This request cannot be answered", paragraph(reason, role="alert")))


def _candidates(request: Request, *, service: bool) -> list[Account]:
    """Return the accounts that can approve the request."""
    kind = "service_account" if service else "account"
    return [account for account in request.world.accounts if account.kind == kind]


def _account_choices(accounts: Sequence[Account], provider_name: str | None) -> list[RadioChoice]:
    """Return a radio button per account; the first account with a profile of the provider is checked."""
    default = next((account for account in accounts if _find_profile(account, provider_name) is not None), accounts[0])
    return [
        RadioChoice(
            account.sub,
            f"{account.name or account.sub} ({account.email or account.sub})",
            checked=account is default,
        )
        for account in accounts
    ]


def _find_profile(account: Account, provider_name: str | None) -> Profile | None:
    """Return the profile of a provider, also by its free/busy name; without a provider, the first profile."""
    name = (provider_name or "").removesuffix("_free_busy")
    return next(
        (profile for profile in account.profiles if name in ("", profile.provider_name, profile.provider_service)), None
    )


def _authorization_code(request: Request, authorization: AuthorizationRequest, account: Account) -> AuthorizationCode:
    """Return a code for the account; with a link token, for the account that the token links it to."""
    parameters, grants = authorization.parameters, request.world.grants
    profile = _find_profile(account, parameters.get("provider_name")) or next(iter(account.profiles), None)
    owner = account
    ticket = grants.find_ticket("link", parameters.get("link_token"))
    if ticket is not None:
        grants.delete_ticket(parameters["link_token"])
        owner = request.world.account(ticket.sub) or account
        _link_profiles(owner, account)
    if profile is not None:
        profile.profile_connected = True
    return AuthorizationCode(
        sub=owner.sub,
        scope=parameters["scope"],
        redirect_uri=parameters["redirect_uri"],
        expires=request.world.now() + CODE_LIFETIME,
        profile_id=profile.profile_id if profile is not None else None,
        delegated_scope=parameters.get("delegated_scope"),
    )


def _link_profiles(owner: Account, other: Account) -> None:
    """Add the profiles and events of another account to an account."""
    if owner is not other:
        known = {profile.profile_id for profile in owner.profiles}
        owner.profiles.extend(profile for profile in other.profiles if profile.profile_id not in known)
        owner.events.update(other.events)
