"""The table of endpoints, and the decorator that fills it.

The law of this file: an endpoint's name, arguments, route, paging and documentation stand once, as a
method of `Api` with an empty body. `endpoint` records the row and makes the body, which binds the
arguments to a `Call` and hands it to `self.send`. Client and sandbox read the same table.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Literal, TypeVar, cast

from cronofy_frames.schema import Table

F = TypeVar("F", bound=Callable[..., Any])

Auth = Literal["user", "service", "user or service", "application", "application or user", "client", "admin"]
"""What an endpoint wants to see, in the words of docs.cronofy.com/developers/api/authentication.

* user, service: `Authorization: Bearer` with the access token of an account or a service account.
* application: `Authorization: Bearer` with the client secret; where a user's token will do too, the client
  secret is taken if there is one.
* client: `client_id` and `client_secret` in the body, no header.
* admin: `Authorization: Bearer` with an admin key.
"""

SECRETS = frozenset({"access_token", "api_key", "client_secret", "code", "link_token", "refresh_token", "token"})
"""The arguments and parts of answers that let somebody in."""

Sureness = Literal["documented", "from SDKs", "our reading"]
"""Where the contract of an endpoint comes from."""


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
        What the endpoint wants to see.
    rows
        Key of the list in the answer; None where the answer is no list.
    table
        The frame that the list becomes.
    batch
        Whether the call may be an entry of a batch.
    repeatable
        Whether the same call twice does no more than once, so that it may be sent again.
    fixed
        Arguments that are always sent and never asked for.
    nulls
        Arguments for which None is sent as null.
    scope
        The scope that the token needs.
    forbidden
        What else 403 may mean.
    lookup
        The endpoint that lists the ids that this one takes.
    docs
        The page that states the contract, below docs.cronofy.com.
    sure
        How sure the contract is.
    parameters
        The names of all arguments, as on the wire.
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

    @property
    def route(self) -> str:
        """Verb and path, as in `GET /v1/events`."""
        return f"{self.verb} {self.path}"

    @property
    def in_path(self) -> tuple[str, ...]:
        """The arguments that go into the path, in its order."""
        return tuple(re.findall(r"{(\w+)}", self.path))


@dataclass(frozen=True, slots=True)
class Call:
    """An endpoint and the arguments it was called with, under their wire names; nothing sent yet."""

    endpoint: Endpoint
    arguments: Mapping[str, Any]

    @property
    def secrets(self) -> tuple[str, ...]:
        """What among the arguments lets somebody in."""
        given = (self.arguments.get(name) for name in sorted(SECRETS))
        return tuple(value for value in given if isinstance(value, str) and value)

    def __repr__(self) -> str:
        """Names only: an argument may be a secret or a stranger's title."""
        return f"<Call {self.endpoint.name}({', '.join(self.arguments)})>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Let calls travel between processes, as errors have them, but not the secrets they were made with."""
        return Call, (self.endpoint, {name: value for name, value in self.arguments.items() if name not in SECRETS})


ENDPOINTS: dict[str, Endpoint] = {}


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
) -> Callable[[F], F]:
    """Make a method of `Api` from its signature: a row in `ENDPOINTS`, and a body that sends.

    Arguments that are None are left out of the call. A parameter whose default is `OMITTED` is the
    exception: there None is sent, as null. Defaults are not sent beside a next page, which has its options
    in its address already.
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
            parameters=tuple(wire_names.values()),
        )

        @functools.wraps(stub)
        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                bound = signature.bind(self, *args, **kwargs)
            except TypeError as wrong:
                raise TypeError(f"{row.name}() {wrong}") from None
            if bound.arguments.get("next_page") is None:
                bound.apply_defaults()
            given = {wire_names[name]: bound.arguments[name] for name in list(bound.arguments)[1:]}
            return self.send(
                Call(
                    row,
                    {
                        name: value
                        for name, value in given.items()
                        if value is not OMITTED and (value is not None or name in row.nulls)
                    },
                )
            )

        return cast(F, method)

    return declare
