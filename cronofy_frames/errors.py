"""Errors that this package raises.

* CronofyError
  * TransportError: no usable response
  * ApiError: a response with an error status
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
  * SignInError: the sign-in failed
  * UnknownAccount: no such account is stored, also a LookupError

Messages say what happened and end with the next step. No message contains the value of an argument, which may be a
secret or the content of a calendar. A message is one printable line, whatever the names and texts in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from cronofy_frames.redaction import redact
from cronofy_frames.text import shorten, single_line


class EndpointInfo(Protocol):
    """What errors read of an endpoint."""

    @property
    def name(self) -> str:
        """The name of the endpoint."""

    @property
    def auth(self) -> str:
        """The credentials that it takes."""

    @property
    def scope(self) -> str:
        """The scope that it needs."""

    @property
    def forbidden(self) -> str:
        """What 403 may mean besides a missing scope."""

    @property
    def lookup(self) -> str:
        """The endpoint that lists the ids that this one takes."""


class CallInfo(Protocol):
    """What errors read of a call."""

    @property
    def endpoint(self) -> EndpointInfo:
        """The endpoint that was called."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets among its arguments."""

    @property
    def impersonate(self) -> str | None:
        """The sub of the account that the call acts as."""


class CronofyError(Exception):
    """Base class of the errors that this package raises.

    What to do: the message ends with the next step. To catch all errors of this package, catch this one.

    Attributes
    ----------
    partial
        The frame that a read had collected before it failed; None for other errors.
    resume
        Plain data to continue that read: pass it as `resume=` to the same function; None for other errors.
    """

    partial: Any = None
    resume: dict[str, Any] | None = None

    def __init__(self, *args: object) -> None:
        super().__init__(*(single_line(arg) if isinstance(arg, str) else arg for arg in args))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the error with its attributes; by default an exception is rebuilt from its message alone."""
        _drop_other_errors(self)
        return _rebuild, (type(self), self.args, self.__dict__)

    def __copy__(self) -> CronofyError:
        """Return the error without its traceback and without what led to it."""
        return _rebuild(type(self), self.args, self.__dict__)


def _drop_other_errors(error: CronofyError) -> None:
    """Delete what led to an error but our own errors: a cluster would pickle it, with the token in a request."""
    following: BaseException | None = error
    while following is not None:
        if following.__suppress_context__ or not isinstance(following.__context__, CronofyError):
            following.__context__ = None
        if following.__cause__ is not None and not isinstance(following.__cause__, CronofyError):
            following.__cause__ = None
        following = following.__cause__ or following.__context__


def _rebuild(kind: type[CronofyError], args: tuple[Any, ...], state: dict[str, Any]) -> CronofyError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error


class TransportError(CronofyError):
    """No usable response: no connection, a timeout, a body that is incomplete or not JSON.

    What to do: check the network, proxies and base_url; `cf.doctor()` tries each. Where `again` is True, the same call
    may succeed later.

    Attributes
    ----------
    call
        The call that failed.
    again
        Whether the same call may succeed if it is sent again.
    """

    def __init__(self, message: str, call: CallInfo | None = None, *, again: bool = True) -> None:
        super().__init__(message)
        self.call = call
        self.again = again


class ApiError(CronofyError):
    """A response with an error status.

    What to do: each status has a class of its own with its next step, which is the end of the message.

    Attributes
    ----------
    next_step
        What to do, where it is the same for every response of the class.
    status
        The HTTP status.
    body
        The decoded body; text where it was not JSON; None where it was empty.
    call
        The call that was refused.
    """

    next_step = "See docs.cronofy.com/developers/api/error-codes for this status."

    def __init__(self, status: int, body: Any, call: CallInfo) -> None:
        self.status = status
        self.body = body
        self.call = call
        super().__init__(f"{call.endpoint.name} was answered {status}{self.detail()}. {self.advice()}")

    def detail(self) -> str:
        """Return what the body says, for the message, without the secrets that it quotes."""
        return single_line(self._detail())

    def _detail(self) -> str:
        body = redact(self.body, self.call.secrets)
        if body is None:
            return ""
        if isinstance(body, str):
            text = shorten(body, 200)
            return " with an HTML page" if text.startswith("<") else f" with the text {text!r}"
        return f" with {shorten(str(body), 500)}"

    def advice(self) -> str:
        """Return the next step, for the message."""
        is_too_long = self.status == 414
        return "Name fewer ids: cronofy_frames.read_events reads many in groups." if is_too_long else self.next_step


class AuthError(ApiError):
    """401: the credentials were not recognised."""

    next_step = (
        "The access token is unknown, expired or revoked, or belongs to another data centre. It is renewed only where "
        "CRONOFY_CLIENT_SECRET is set, if it was set at the sign-in: check this in cron. Otherwise sign in again "
        "(cf.login(), or cronofy-frames login), or connect with a new access_token; check data_center."
    )


class TokenError(ApiError):
    """400 on a token call: the code, the refresh token or the application was refused.

    What to do: `error` names the cause, and `steps` has the next step for each. Mostly the person has to sign in again,
    or client_id, client_secret, redirect_uri or data_center are those of another application.

    Attributes
    ----------
    steps
        The next step for each code.
    error
        The code of RFC 6749, as in `invalid_grant`; "" where the response had none.
    """

    steps: Mapping[str, str] = {
        "invalid_grant": (
            "The code or refresh token is unknown, used, expired or revoked, or redirect_uri differs from that of the "
            "authorization request: send the user through the authorization page again."
        ),
        "invalid_client": "Check client_id and client_secret, and that data_center is the application's.",
        "invalid_request": "A parameter is missing or given twice: compare the call with its docstring.",
    }

    def __init__(self, status: int, body: Any, call: CallInfo) -> None:
        self.error = str(body.get("error", "")) if isinstance(body, dict) else ""
        super().__init__(status, body, call)

    def advice(self) -> str:
        """Return the next step for the code."""
        return self.steps.get(self.error, "Check client_id, client_secret and redirect_uri.")


class PaymentRequired(ApiError):
    """402: the application's subscription lacks this feature."""

    next_step = "The subscription lacks this feature: leave out the option that needs it, or ask Cronofy to add it."


class Forbidden(ApiError):
    """403: the token is valid, but its scope does not reach this far.

    What to do: the message names the scope that is missing, or the other credentials that the call takes. Sign in again
    with that scope; some calendars are read-only, or need the elevated permissions of their owner.
    """

    def advice(self) -> str:
        """Return the possible reasons."""
        endpoint = self.call.endpoint
        if endpoint.auth == "organization" or self.call.impersonate:
            return (
                "Either the token is not that of an organizational unit (its scope is organizational_unit_scheduler), "
                "or the account to act as is not of that unit. An internal application sends its client_secret: "
                "client.call(..., auth='application')."
            )
        if endpoint.auth in ("application", "application or user"):
            return "This call needs the application's client_secret: give it to connect()."
        if endpoint.auth == "service":
            return "Only a service account may do this: connect with its access token."
        reasons = [endpoint.forbidden] if endpoint.forbidden else []
        if endpoint.scope:
            reasons.insert(0, f"the token's scope lacks {endpoint.scope} (authorize again and ask for it)")
        if not reasons:
            return "This token may not do this: check whose it is, and the scope that it was authorized for."
        return f"Either {', or '.join(reasons)}." if len(reasons) > 1 else f"Probably {reasons[0]}."


class NotFound(ApiError, LookupError):
    """404: the object does not exist, or belongs to another account.

    What to do: check the ids. The message names the call that lists those of the account.
    """

    def advice(self) -> str:
        """Return which endpoint lists the ids."""
        if self.call.endpoint.lookup:
            return f"Check the ids: {self.call.endpoint.lookup}() lists those of this account."
        return "Check the ids, and that base_url ends with the host."


class Invalid(ApiError, ValueError):
    """422: an argument was refused.

    What to do: correct the fields that the message names, and send it again.

    Attributes
    ----------
    fields
        For each field a list of `{"key": ..., "description": ...}`; empty where the response names none.
    """

    def __init__(self, status: int, body: Any, call: CallInfo) -> None:
        errors = body.get("errors") if isinstance(body, dict) else None
        self.fields: dict[str, list[dict[str, Any]]] = {
            str(name): [entry if isinstance(entry, dict) else {"key": str(entry)} for entry in listed]
            for name, listed in (errors.items() if isinstance(errors, dict) else ())
            if isinstance(listed, list)
        }
        super().__init__(status, body, call)

    def _detail(self) -> str:
        """Return the fields and the reason for each."""
        if not self.fields:
            return super()._detail()
        sentences = (
            f"{shorten(name, 100)}: {shorten(str(entry.get('description') or entry.get('key', 'refused')), 300)}"
            for name, listed in redact(self.fields, self.call.secrets).items()
            for entry in listed or [{}]
        )
        return f" ({shorten('; '.join(sentences), 1_000)})"

    def advice(self) -> str:
        """Return which arguments to correct."""
        if not self.fields:
            return "The response names no field: compare the arguments with the docstring of this call."
        names = shorten(", ".join(redact(list(self.fields), self.call.secrets)), 200)
        return f"Correct {names} and send it again; `.fields` has the keys."


class Locked(ApiError):
    """423: the account or profile accepts no writes at the moment."""

    next_step = "The profile takes no writes at the moment: try again in some minutes, or ask its owner to link it."


class RateLimited(ApiError):
    """429: the application sent too many requests.

    What to do: wait as long as the message says. If it happens often, connect with a lower `pace=`, or ask Cronofy for
    a higher limit; other programs with the same application count too.

    Attributes
    ----------
    retry_after
        Seconds to wait, as the response says; None where it does not.
    """

    def __init__(self, status: int, body: Any, call: CallInfo, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(status, body, call)

    def advice(self) -> str:
        """Return how long to wait."""
        wait = "a minute" if self.retry_after is None else f"{self.retry_after:g} s"
        return (
            f"The application is over its limit (50 a second and 500 a minute by default): wait {wait}, "
            "or connect with a lower pace=."
        )


class ServerError(ApiError):
    """5xx: Cronofy, or a server in front of it, failed.

    Attributes
    ----------
    retry_after
        Seconds to wait, as the response says; None where it does not.
    """

    next_step = "Nothing is wrong with the call: try again later; status.cronofy.com says whether it is known."

    def __init__(self, status: int, body: Any, call: CallInfo, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(status, body, call)


class FrameError(CronofyError, ValueError):
    """Rows that cannot be used; nothing was sent.

    What to do: `problems` has the row as a spreadsheet shows it, the column, the value and what is expected. Mend the
    sheet, give the argument that the message names, or leave the rows out with `skip_bad=True`.

    Attributes
    ----------
    problems
        A frame with a row for each problem, or None.
    """

    def __init__(self, message: str, problems: Any = None) -> None:
        super().__init__(message)
        self.problems = problems


class SignInError(CronofyError):
    """The sign-in failed, or the result of the authorization page cannot be used.

    What to do: the message has the next step for its `reason`. Mostly it is to start again, or to add the redirect_uri
    to the list of the application.

    Attributes
    ----------
    reason
        One word: denied, state (it belongs to another attempt), address (it has no code, or is another redirect_uri),
        code (used or expired), application (not known in this data centre), refused (another refusal of the page),
        network, port, timeout, cancelled; missing, where no account ever signed in; account, where two people have the
        tokens of one.
    """

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        super().__init__(message)


class UnknownAccount(CronofyError, LookupError):
    """No stored account has this name, or more than one has.

    What to do: `cf.accounts()` lists the names. Pass one of them in full, or sign in with `cf.login()`.
    """
