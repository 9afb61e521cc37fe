"""The table of routes that the sandbox answers, and the decorator that fills it.

The law of this file: a route stands once, in the words of the client's own table of endpoints, with a
mark of how sure its contract is; what is not in the table is answered with 404.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, get_args

from cronofy_frames.sandbox.http.fields import Fields, Refused
from cronofy_frames.sandbox.model.assumptions import assumptions_of
from cronofy_frames.sandbox.model.grants import Grant
from cronofy_frames.sandbox.model.state import Account
from cronofy_frames.sandbox.model.world import World
from cronofy_frames.wire.endpoint import Sureness
from cronofy_frames.wire.scopes import spelt_out

KINDS = frozenset({"user", "service", "application", "client", "admin", "browser"})


@dataclass(slots=True)
class Reply:
    """What a handler answers: a status, and JSON, or a page of HTML, or nothing."""

    status: int = 200
    body: Any = None
    html: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Question:
    """What a handler is asked.

    Attributes
    ----------
    world
        The state.
    places
        What stands in the path, decoded.
    given
        The arguments, out of query and body; the body's count where both have one.
    base
        The address under which the sandbox was reached.
    bearer
        What the Authorization header holds; None where there is none.
    repeated
        Names that the query has more than once.
    grant
        What the access token stands for.
    """

    world: World
    places: Mapping[str, str]
    given: Mapping[str, Any]
    base: str
    bearer: str | None = None
    repeated: frozenset[str] = frozenset()
    grant: Grant | None = None

    @cached_property
    def account(self) -> Account:
        """The account that the access token speaks for."""
        account = None if self.grant is None else self.world.account(self.grant.sub)
        if account is None:
            raise Refused(401)
        return account

    @cached_property
    def fields(self) -> Fields:
        """The arguments, to be read with checks."""
        return Fields(self.given)

    @property
    def scopes(self) -> frozenset[str]:
        """What the access token allows, coarse scopes spelt out."""
        return spelt_out(self.grant.scope) if self.grant is not None else frozenset()

    def need_scope(self, *any_of: str) -> None:
        """Refuse with 403 unless the token has one of these scopes."""
        if not self.scopes.intersection(any_of):
            raise Refused(403)


Handler = Callable[[Question], Reply]


@dataclass(frozen=True, slots=True)
class Answer:
    """One row of the table.

    Attributes
    ----------
    route
        Verb and path, as in `GET /v1/events`.
    handler
        What answers it.
    auth
        What it wants to see, kinds joined by " or "; "browser" is a page for people.
    sure
        Where its contract comes from.
    note
        What a user should know of the sandbox's own way.
    batch
        Whether it may be an entry of a batch.
    """

    route: str
    handler: Handler
    auth: str
    sure: Sureness
    note: str = ""
    batch: bool = False


ANSWERS: dict[str, Answer] = {}


def answers(
    route: str, *, auth: str = "user", sure: Sureness = "documented", note: str = "", batch: bool = False
) -> Callable[[Handler], Handler]:
    """Put a handler into the table, under its route."""
    if not KINDS.issuperset(auth.split(" or ")) or sure not in get_args(Sureness) or route in ANSWERS:
        raise ValueError(f"{route} cannot be answered with auth {auth!r} and sureness {sure!r}, or is there already.")

    def enter(handler: Handler) -> Handler:
        ANSWERS[route] = Answer(route, handler, auth, sure, note, batch)
        return handler

    return enter


def authorise(question: Question, auth: str) -> None:
    """Refuse with 401 what is not recognised, with 403 a token of another kind.

    Pages for people and calls with client_id and client_secret in the body look for themselves.
    """
    kinds = auth.split(" or ")
    if "browser" in kinds or "client" in kinds:
        return
    world = question.world
    if "application" in kinds and question.bearer == world.client_secret:
        return
    if "admin" in kinds and question.bearer == world.admin_api_key:
        return
    question.grant = world.grants.of_access(question.bearer)
    service = question.account.kind == "service_account"  # 401 where the token is unknown
    if ("service" if service else "user") not in kinds:
        raise Refused(403)


def coverage() -> list[dict[str, Any]]:
    """Return what the sandbox answers, a row for each route: route, sureness, a note and a list of assumptions."""
    return [
        {"route": row.route, "sureness": row.sure, "note": row.note, "assumptions": assumptions_of(row.route)}
        for row in ANSWERS.values()
    ]
