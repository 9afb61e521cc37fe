"""The boundary to what servers send: whatever goes wrong with it is an error of this package."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import httpx

from cronofy_frames.errors import CronofyError, TransportError
from cronofy_frames.wire.endpoint import Call

FOREIGN = (
    *(ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError),
    *(httpx.HTTPError, httpx.InvalidURL),
)


class Boundary:
    """A context in which foreign exceptions become a `TransportError`.

    Libraries fail in many ways on what servers send: on JSON that is nested too deep, on addresses that are none, on
    numbers without end. Callers of this package handle one family of errors.

    The original is not chained, because it may quote a header or a body with a token.

    Parameters
    ----------
    call
        The call that is sent or answered.
    subject
        What fails, as the beginning of the message.

    Raises
    ------
    TransportError
        For the exceptions that code raises on values it cannot handle. Others pass: those of token stores and of
        transports of the user's own.
    """

    def __init__(self, call: Call, subject: str) -> None:
        self._call, self._subject = call, subject

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, FOREIGN) or isinstance(error, CronofyError):
            return
        own = TransportError(
            f"{self._subject} ({type(error).__name__}). If it happens again, check base_url, and the proxies of the "
            "network.",
            self._call,
            again=False,
        )
        _forget(error)
        raise own from None


def _forget(error: BaseException) -> None:
    """Remove what an exception quotes: it stays reachable as the context of the one that replaces it."""
    error.args = ()
    if isinstance(error, UnicodeEncodeError):
        error.object = ""
    elif isinstance(error, UnicodeDecodeError):
        error.object = b""
    error.__traceback__ = None
