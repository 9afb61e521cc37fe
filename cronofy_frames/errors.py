"""Everything this package raises on purpose.

* CronofyError
  * TransportError: no usable answer came
  * ApiError: Cronofy answered, and the answer was no
    * AuthError 401
    * TokenError 400, on token calls
    * PaymentRequired 402
    * Forbidden 403
    * NotFound 404, also a LookupError
    * Invalid 422, also a ValueError
    * Locked 423
    * RateLimited 429
    * ServerError 5xx
  * FrameError: rows that cannot be used, also a ValueError
  * SignInError: nobody was signed in
  * UnknownAccount: no such account is stored, also a LookupError

Messages state what came and end with the next step. No message holds an argument's value: it may be
a secret or somebody's calendar.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol
from urllib.parse import quote, quote_plus

from cronofy_frames.text import shorten, single_line

SHORTEST = 4  # characters of a secret that is looked for: what is shorter is a part of any text


def discreet(told: Any, secrets: Iterable[str]) -> Any:
    """Return an answer without these secrets, however it quotes them: servers and proxies repeat what they refuse."""
    if isinstance(told, Mapping):
        return {discreet(key, secrets): discreet(value, secrets) for key, value in told.items()}
    if isinstance(told, list):
        return [discreet(one, secrets) for one in told]
    if isinstance(told, str):
        ways = {way for secret in secrets if len(secret) >= SHORTEST for way in _ways(secret)}
        for way in sorted(ways, key=len, reverse=True):
            told = told.replace(way, "...")
    return told


def _ways(secret: str) -> Iterator[str]:
    yield from (secret, repr(secret)[1:-1], json.dumps(secret)[1:-1], json.dumps(secret).replace("/", "\\/")[1:-1])
    yield from (quote(secret, errors="replace"), quote(secret, safe="", errors="replace"))
    yield quote_plus(secret, errors="replace")


class Named(Protocol):
    """What errors need to know of an endpoint."""

    @property
    def name(self) -> str:
        """The name of the endpoint."""

    @property
    def auth(self) -> str:
        """What it wants to see."""

    @property
    def scope(self) -> str:
        """The scope that it needs."""

    @property
    def forbidden(self) -> str:
        """What else 403 may mean here."""

    @property
    def lookup(self) -> str:
        """The endpoint that lists what 404 may mean here."""


class Asked(Protocol):
    """What was asked for: a `Call`, of which errors need to know no more."""

    @property
    def endpoint(self) -> Named:
        """The endpoint that was called."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What was sent that lets somebody in."""


class CronofyError(Exception):
    """Anything this package raises on purpose.

    Attributes
    ----------
    partial
        What a read had brought when it broke, a frame; None elsewhere.
    resume
        Plain data that goes on from there: pass it as `resume=` to the same function; None elsewhere.
    """

    partial: Any = None
    resume: dict[str, Any] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Let errors travel between processes: exceptions are rebuilt from their text alone otherwise."""
        return _rebuilt, (type(self), self.args, self.__dict__)


def _rebuilt(kind: type[CronofyError], args: tuple[Any, ...], state: dict[str, Any]) -> CronofyError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error


class TransportError(CronofyError):
    """No usable answer came: no connection, a time-out, a body that broke off or is not JSON.

    Attributes
    ----------
    call
        The call that got no answer.
    again
        Whether the same call may fare better if sent again.
    """

    def __init__(self, message: str, call: Asked | None = None, *, again: bool = True) -> None:
        super().__init__(message)
        self.call = call
        self.again = again


class ApiError(CronofyError):
    """Cronofy answered, and the answer was no.

    Attributes
    ----------
    status
        The HTTP status.
    body
        The decoded body; text where it was not JSON; None where it was empty.
    call
        The call that was refused.
    """

    next_step = "See docs.cronofy.com/developers/api/error-codes for this status."

    def __init__(self, status: int, body: Any, call: Asked) -> None:
        self.status = status
        self.body = body
        self.call = call
        super().__init__(single_line(f"{call.endpoint.name} was answered {status}{self.said()}. {self.advice()}"))

    def said(self) -> str:
        """What the answer said of itself, for the message; not what it quoted of the secrets that were sent."""
        return single_line(self._said())

    def _said(self) -> str:
        told = discreet(self.body, self.call.secrets)
        if told is None:
            return ""
        if isinstance(told, str):
            text = shorten(told, 200)
            return " with an HTML page" if text.startswith("<") else f" with the text {text!r}"
        return f" with {shorten(str(told), 500)}"

    def advice(self) -> str:
        """What to do next, for the message."""
        return self.next_step


class AuthError(ApiError):
    """401: the credentials were not recognised."""

    next_step = (
        "The access token is unknown, expired or revoked, or belongs to another data centre. It renews itself with "
        "refresh_token, client_id and client_secret: of an account that signed in, CRONOFY_CLIENT_SECRET may be all "
        "that is missing. Else sign in again: cf.login(), or connect with a fresh access_token; check data_center."
    )


class TokenError(ApiError):
    """400 on a token call: the code, the refresh token or the application was refused.

    Attributes
    ----------
    error
        The code of RFC 6749, as in `invalid_grant`; "" where the answer had none.
    """

    steps: Mapping[str, str] = {
        "invalid_grant": (
            "The code or refresh token is unknown, used, expired or revoked, or redirect_uri differs from the one "
            "of the authorization request: send the person through the authorization page again."
        ),
        "invalid_client": "Check client_id and client_secret, and that data_center is the application's.",
        "invalid_request": "A parameter is missing or given twice: compare the call with its docstring.",
    }

    def __init__(self, status: int, body: Any, call: Asked) -> None:
        self.error = str(body.get("error", "")) if isinstance(body, dict) else ""
        super().__init__(status, body, call)

    def advice(self) -> str:
        """The step that fits the code."""
        return self.steps.get(self.error, "Check client_id, client_secret and redirect_uri.")


class PaymentRequired(ApiError):
    """402: the application's subscription lacks this feature."""

    next_step = "The subscription lacks this feature: leave out the option that needs it, or ask Cronofy to add it."


class Forbidden(ApiError):
    """403: the token is valid, but its scope does not reach this far."""

    def advice(self) -> str:
        """Which of the reasons may be it."""
        endpoint = self.call.endpoint
        if endpoint.auth in ("application", "application or user"):
            return "This takes the application's client_secret: give it to connect()."
        if endpoint.auth == "service":
            return "Only a service account may do this: connect with its access token."
        reasons = [endpoint.forbidden] if endpoint.forbidden else []
        if endpoint.scope:
            reasons.insert(0, f"the token's scope lacks {endpoint.scope} (authorize again and ask for it)")
        if not reasons:
            return "This token may not do this: check whose it is, and the scope that it was authorized for."
        return f"Either {', or '.join(reasons)}." if len(reasons) > 1 else f"Probably {reasons[0]}."


class NotFound(ApiError, LookupError):
    """404: there is no such thing, or it is not this account's."""

    def advice(self) -> str:
        """Where to look it up."""
        if self.call.endpoint.lookup:
            return f"Check the ids: {self.call.endpoint.lookup}() lists those of this account."
        return "Check the ids, and that base_url ends with the host."


class Invalid(ApiError, ValueError):
    """422: an argument was refused.

    Attributes
    ----------
    fields
        Per field a list of `{"key": ..., "description": ...}`; empty where the answer named none.
    """

    def __init__(self, status: int, body: Any, call: Asked) -> None:
        errors = body.get("errors") if isinstance(body, dict) else None
        self.fields: dict[str, list[dict[str, Any]]] = {
            str(name): [one if isinstance(one, dict) else {"key": str(one)} for one in listed]
            for name, listed in (errors.items() if isinstance(errors, dict) else ())
            if isinstance(listed, list)
        }
        super().__init__(status, body, call)

    def _said(self) -> str:
        """Return the fields and what is wrong with each."""
        if not self.fields:
            return super()._said()
        told = (
            f"{name}: {one.get('description') or one.get('key', 'refused')}"
            for name, listed in discreet(self.fields, self.call.secrets).items()
            for one in listed or [{}]
        )
        return " (" + "; ".join(told) + ")"

    def advice(self) -> str:
        """Which arguments to mend."""
        if not self.fields:
            return "The answer names no field: compare the arguments with this call's docstring."
        names = ", ".join(discreet(list(self.fields), self.call.secrets))
        return f"Mend {names} and send it again; `.fields` has the keys."


class Locked(ApiError):
    """423: the account or profile takes no writes for now."""

    next_step = "The profile takes no writes for now: try again in some minutes, or ask its owner to link it again."


class RateLimited(ApiError):
    """429: the application sent too many requests.

    Attributes
    ----------
    retry_after
        Seconds to wait, where the answer said so; else None.
    """

    def __init__(self, status: int, body: Any, call: Asked, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(status, body, call)

    def advice(self) -> str:
        """How long to wait."""
        wait = "a minute" if self.retry_after is None else f"{self.retry_after:g} s"
        return (
            f"The application is over its limit (50 a second and 500 a minute by default): wait {wait}, "
            "or connect with a lower pace=."
        )


class ServerError(ApiError):
    """5xx: Cronofy, or something before it, failed.

    Attributes
    ----------
    retry_after
        Seconds to wait, where the answer said so; else None.
    """

    next_step = "Nothing is wrong with the call: try again later; status.cronofy.com says whether it is known."

    def __init__(self, status: int, body: Any, call: Asked, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(status, body, call)


class FrameError(CronofyError, ValueError):
    """Rows that cannot be used; nothing was sent.

    Attributes
    ----------
    problems
        A frame with a row for each problem, or None.
    """

    def __init__(self, message: str, problems: Any = None) -> None:
        super().__init__(message)
        self.problems = problems


class SignInError(CronofyError):
    """Nobody was signed in, or what came back from the authorization page cannot be used.

    Attributes
    ----------
    reason
        One word: denied, state (it belongs to another attempt), address (there is no answer in it, or it is another
        redirect_uri), code (used or too old), application (not known in this data centre), refused (the page found
        something else), network, port, timeout, cancelled; missing, where nobody ever was.
    """

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        super().__init__(message)


class UnknownAccount(CronofyError, LookupError):
    """No stored account is called so, or more than one is."""
