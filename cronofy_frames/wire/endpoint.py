"""The table of endpoints, and the decorator that fills it.

An endpoint's name, arguments, route, paging and documentation are written once, as a method of `Api` with an empty
body. The decorator `endpoint` records the row in `ENDPOINTS` and replaces the body: bind the arguments to a `Call`
and pass it to `self.send`. Client and sandbox read the same table.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Literal, TypeVar, cast

from cronofy_frames.keyword_suggestions import check_keywords, mark_as_checked
from cronofy_frames.schema import Table

F = TypeVar("F", bound=Callable[..., Any])

Auth = Literal[
    "user", "service", "user or service", "application", "application or user", "organization", "client", "admin"
]
"""The credentials that an endpoint takes, as docs.cronofy.com/developers/api/authentication names them.

* user, service: `Authorization: Bearer` with the access token of an account or a service account.
* application: `Authorization: Bearer` with the client secret; where a user's token is accepted too, the client
  secret is sent if there is one.
* organization: `Authorization: Bearer` with the access token of an organizational unit, or, for an internal
  application, which has none, with the client secret.
* client: `client_id` and `client_secret` in the body, no header.
* admin: `Authorization: Bearer` with an admin key.
"""

AUTHS: tuple[Auth, ...] = ("user", "service", "application", "client", "admin")
"""The credentials that a call may name in place of its endpoint's."""

SECRETS = frozenset({"access_token", "api_key", "client_secret", "code", "link_token", "refresh_token", "token"})
"""The names of arguments, and of keys in responses, whose values are secrets."""

Sureness = Literal["documented", "from SDKs", "our reading"]
"""Where the contract of an endpoint comes from."""

Stage = Literal["", "BETA", "ALPHA"]
"""How far Cronofy is with an endpoint: the interface of BETA is stable, that of ALPHA may change; "" is neither."""

IMPERSONATE = "impersonate"
"""The argument of methods that is sent as the header Cronofy-Impersonate."""


class Omitted(Enum):
    """The type of `OMITTED`."""

    OMITTED = "omitted"

    def __repr__(self) -> str:
        return "OMITTED"


OMITTED: Final = Omitted.OMITTED
"""An argument not given, where None itself has a meaning on the wire (null removes)."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One row of the table of endpoints.

    Attributes
    ----------
    name
        The method's name on `Api`.
    verb, path
        The route; `{name}` in the path is filled from the argument of that name.
    auth
        The credentials that it takes.
    rows
        Key of the list in the response; None where the response is not a list.
    table
        The columns of the frame that the list becomes.
    batch
        Whether the call may be an entry of a batch.
    repeatable
        Whether the call is idempotent, so that it may be sent again.
    fixed
        Arguments that are always sent.
    nulls
        Arguments for which None is sent as null.
    scope
        The scope that the token needs.
    forbidden
        What 403 may mean besides a missing scope.
    lookup
        The endpoint that lists the ids that this one takes.
    docs
        The documentation page, below docs.cronofy.com.
    sure
        Where the contract comes from.
    parameters
        The names of all arguments, as on the wire.
    either
        Arguments of which exactly one is given.
    other_path
        The path where the arguments in it are given, in place of `path`.
    stage
        How far Cronofy is with it.
    wrapper
        The key of the object in the response, for those that older answers or documents lack it in.
    """

    name: str
    verb: str
    path: str
    auth: Auth = "user"
    rows: str | None = None
    table: Table | None = None
    batch: bool = False
    repeatable: bool = False
    fixed: Mapping[str, Any] = field(default_factory=dict)
    nulls: frozenset[str] = frozenset()
    scope: str = ""
    forbidden: str = ""
    lookup: str = ""
    docs: str = ""
    sure: Sureness = "documented"
    parameters: tuple[str, ...] = ()
    either: tuple[str, ...] = ()
    other_path: str = ""
    stage: Stage = ""
    wrapper: str = ""

    @property
    def route(self) -> str:
        """Verb and path, as in `GET /v1/events`."""
        return f"{self.verb} {self.path}"

    def with_wrapper(self, body: Any) -> Any:
        """Return a response under its `wrapper`, whether it came so or not."""
        is_bare = bool(self.wrapper) and isinstance(body, dict) and self.wrapper not in body
        return {self.wrapper: body} if is_bare else body

    def check_either(self, names: list[str]) -> None:
        """Raise an error unless exactly one of the arguments in `either` is given."""
        if self.either and len(names) != 1:
            mistake = f"not {' and '.join(names)}" if names else "none was given"
            raise ValueError(f"{self.name} takes either {' or '.join(self.either)}: {mistake}.")

    @property
    def paged(self) -> bool:
        """Whether its response comes in pages: it takes the address of the next one."""
        return "next_page" in self.parameters


def placeholders(path: str) -> tuple[str, ...]:
    """Return the arguments that go into a path, in its order."""
    return tuple(re.findall(r"{(\w+)}", path))


_SUB = re.compile(r"[\w.@-]+", re.ASCII)


def impersonation_header(sub: str | None) -> dict[str, str]:
    """Return the header with which an organizational unit acts as an account; none without an account.

    Raises
    ------
    ValueError
        For a text that is no account's sub.
    """
    if sub is None:
        return {}
    if not isinstance(sub, str) or not _SUB.fullmatch(sub):
        raise ValueError(f"impersonate is the sub of an account, such as acc_..., not {sub!r}.")
    return {"Cronofy-Impersonate": sub}


@dataclass(frozen=True, slots=True)
class Call:
    """An endpoint and the arguments it was called with, under their wire names; nothing sent yet.

    `impersonate` is the sub of the account that an organizational unit acts as.
    """

    endpoint: Endpoint
    arguments: Mapping[str, Any]
    impersonate: str | None = None

    @property
    def path(self) -> str:
        """The path with its placeholders: the endpoint's other one where its arguments are given."""
        other = self.endpoint.other_path
        return other if other and self.arguments.keys() >= set(placeholders(other)) else self.endpoint.path

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values of the arguments that are secrets."""
        values = (self.arguments.get(name) for name in sorted(SECRETS))
        return tuple(value for value in values if isinstance(value, str) and value)

    def __repr__(self) -> str:
        """Return the names of the arguments only: a value may be a secret or the title of an event."""
        return f"<Call {self.endpoint.name}({', '.join(self.arguments)})>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the call without the secrets among its arguments; errors that travel between processes hold calls."""
        arguments = {name: value for name, value in self.arguments.items() if name not in SECRETS}
        return Call, (self.endpoint, arguments, self.impersonate)


ENDPOINTS: dict[str, Endpoint] = {}


def auth_of_path(verb: str, path: str) -> Auth:
    """Return the auth of the known path that a path lies below, the longest of them; without one `user`.

    A value fills a placeholder. Where one path has several endpoints, that of the same verb decides.
    """
    parts = path.split("/")
    above = [row for row in ENDPOINTS.values() if _lies_below(parts, row.path.split("/"))]
    row = max(above, key=lambda row: (row.path.count("/"), row.verb == verb), default=None)
    return "user" if row is None else row.auth


def _lies_below(parts: list[str], known: list[str]) -> bool:
    same = (own == other or other.startswith("{") for own, other in zip(parts, known, strict=False))
    return len(parts) >= len(known) and all(same)


def endpoint(
    route: str,
    *,
    auth: Auth = "user",
    rows: str | None = None,
    table: Table | None = None,
    batch: bool = False,
    repeatable: bool = False,
    fixed: Mapping[str, Any] | None = None,
    scope: str = "",
    forbidden: str = "",
    lookup: str = "",
    docs: str = "",
    sure: Sureness = "documented",
    either: tuple[str, ...] = (),
    other_path: str = "",
    stage: Stage = "",
    wrapper: str = "",
) -> Callable[[F], F]:
    """Declare a method of `Api` as an endpoint: record its row in `ENDPOINTS`, and give it a body that sends the call.

    Arguments that are None are left out of the call, except those whose default is `OMITTED`: there None is sent as
    null. Defaults are not sent with `next_page`, whose address holds the arguments of the first page.
    """
    verb, path = route.split()

    def declare(stub: F) -> F:
        signature = inspect.signature(stub)
        wire_names = {name: name.rstrip("_") for name in list(signature.parameters)[1:]}
        row = ENDPOINTS[stub.__name__] = Endpoint(
            name=stub.__name__,
            verb=verb,
            path=path,
            auth=auth,
            rows=rows,
            table=table,
            batch=batch,
            repeatable=repeatable,
            fixed=dict(fixed or {}),
            nulls=frozenset(
                wire_names[name] for name, parameter in signature.parameters.items() if parameter.default is OMITTED
            ),
            scope=scope,
            forbidden=forbidden,
            lookup=lookup,
            docs=docs,
            sure=sure,
            parameters=tuple(name for name in wire_names.values() if name != IMPERSONATE),
            either=either,
            other_path=other_path,
            stage=stage,
            wrapper=wrapper,
        )

        @functools.wraps(stub)
        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            check_keywords(row.name, kwargs, signature.parameters)
            try:
                bound = signature.bind(self, *args, **kwargs)
            except TypeError as error:
                raise TypeError(f"{row.name}() {error}") from None
            if bound.arguments.get("next_page") is None:
                bound.apply_defaults()
            row.check_either([name for name in either if bound.arguments.get(name) is not None])
            arguments = {wire_names[name]: bound.arguments[name] for name in list(bound.arguments)[1:]}
            impersonate = arguments.pop(IMPERSONATE, None)
            sent = {
                name: value
                for name, value in arguments.items()
                if value is not OMITTED and (value is not None or name in row.nulls)
            }
            return self.send(Call(row, sent, impersonate))

        mark_as_checked(method)
        return cast(F, method)

    return declare
