"""Table of the sandbox's routes, and the decorator that adds a handler to it.

Each route is in the table once, spelt as in the client's table of endpoints, with a mark of how sure its contract is.
A request for anything else is answered with 404.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, get_args

from cronofy_frames.sandbox.http.fields import ErrorResponse, RequestFields
from cronofy_frames.sandbox.model.grants import Grant
from cronofy_frames.sandbox.model.state import Account
from cronofy_frames.sandbox.model.world import World
from cronofy_frames.wire.endpoint import Stage, Sureness
from cronofy_frames.wire.scopes import expand_scope

AUTH_KINDS = frozenset({"user", "service", "application", "organization", "client", "admin", "browser"})
ORGANIZATION_SCOPE = "organizational_unit_scheduler"


@dataclass(slots=True)
class Response:
    """Response of a handler: a status with a JSON body, an HTML page or an empty body."""

    status: int = 200
    body: Any = None
    html: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Request:
    """Request as a handler gets it.

    Attributes
    ----------
    world
        State of the sandbox.
    path_args
        Values of the placeholders in the route's path, decoded.
    arguments
        Arguments from query and body; the body's wins where both have one.
    base_url
        URL at which the sandbox was reached.
    bearer
        Bearer token of the Authorization header, or None.
    repeated
        Names that occur more than once in the query.
    grant
        Authorization of the access token, or of the account that an organizational unit acts as.
    impersonate
        Sub of that account, from the header Cronofy-Impersonate.
    """

    world: World
    path_args: Mapping[str, str]
    arguments: Mapping[str, Any]
    base_url: str
    bearer: str | None = None
    repeated: frozenset[str] = frozenset()
    grant: Grant | None = None
    impersonate: str | None = None

    @cached_property
    def account(self) -> Account:
        """The account of the access token."""
        account = None if self.grant is None else self.world.account(self.grant.sub)
        if account is None:
            raise ErrorResponse(401)
        return account

    @cached_property
    def fields(self) -> RequestFields:
        """The arguments, with methods that validate them."""
        return RequestFields(self.arguments)

    @property
    def scopes(self) -> frozenset[str]:
        """Scopes of the access token, with coarse scopes expanded."""
        return expand_scope(self.grant.scope) if self.grant is not None else frozenset()

    def require_scope(self, *any_of: str) -> None:
        """Answer with 403 unless the token has one of these scopes."""
        if not self.scopes.intersection(any_of):
            raise ErrorResponse(403)


Handler = Callable[[Request], Response]


@dataclass(frozen=True, slots=True)
class RouteSpec:
    """One row of the route table.

    Attributes
    ----------
    route
        Method and path, such as `GET /v1/events`.
    handler
        Function that answers the request.
    auth
        Accepted kinds of credentials, joined by " or "; "browser" is a page for people.
    sureness
        Source of the contract.
    note
        Behaviour of the sandbox that users should know.
    batch
        Whether the route may be called in a batch.
    stage
        How far Cronofy is with it.
    """

    route: str
    handler: Handler
    auth: str
    sureness: Sureness
    note: str = ""
    batch: bool = False
    stage: Stage = ""


ROUTES: dict[str, RouteSpec] = {}


def handles(
    route: str,
    *,
    auth: str = "user",
    sureness: Sureness = "documented",
    note: str = "",
    batch: bool = False,
    stage: Stage = "",
) -> Callable[[Handler], Handler]:
    """Add the decorated handler to the route table."""
    if not AUTH_KINDS.issuperset(auth.split(" or ")) or sureness not in get_args(Sureness):
        raise ValueError(f"{route}: auth {auth!r} or sureness {sureness!r} is unknown.")
    if route in ROUTES:
        raise ValueError(f"{route} already has a handler.")

    def register(handler: Handler) -> Handler:
        ROUTES[route] = RouteSpec(route, handler, auth, sureness, note, batch, stage)
        return handler

    return register


def check_credentials(request: Request, auth: str) -> None:
    """Answer with 401 for unknown credentials and with 403 for a token of the wrong kind; set the request's grant.

    Browser pages, and calls with client_id and client_secret in the body, check their credentials themselves.
    """
    kinds = auth.split(" or ")
    if "browser" in kinds or "client" in kinds:
        return
    world = request.world
    if request.impersonate is not None and {"user", "organization"} & set(kinds):
        request.grant = _impersonated_grant(request, request.impersonate)
        return
    if {"application", "organization"} & set(kinds) and request.bearer == world.client_secret:
        return
    if "admin" in kinds and request.bearer == world.admin_api_key:
        return
    request.grant = world.grants.by_access_token(request.bearer)
    if "organization" in kinds:
        _require_organization(request)
        return
    is_service = request.account.kind == "service_account"  # 401 for an unknown token
    if ("service" if is_service else "user") not in kinds:
        raise ErrorResponse(403)


def _impersonated_grant(request: Request, sub: str) -> Grant:
    """Return the authorization of the account that an organizational unit acts as; 403 if it is not of the unit."""
    world = request.world
    if request.bearer != world.client_secret:
        request.grant = world.grants.by_access_token(request.bearer)
        _require_organization(request)
    is_person = any(person.sub == sub for person in world.people())
    grant = next(world.grants.of_account(sub), None) if is_person else None
    if grant is None:
        raise ErrorResponse(403)
    return grant


def _require_organization(request: Request) -> None:
    """Answer with 401 for an unknown token, and with 403 for one that is not an organizational unit's."""
    if request.grant is None:
        raise ErrorResponse(401)
    if ORGANIZATION_SCOPE not in request.grant.scope.split():
        raise ErrorResponse(403)
