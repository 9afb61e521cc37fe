"""Authorization responses: the redirect address or the code that a user pastes, and what it contains."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, urlsplit

from cronofy_frames.errors import SignInError
from cronofy_frames.wire.auth import code_of

NOTHING_TO_PASTE = "?"
"""The response of a user who has nothing to paste, and only says that they are back."""

_CODE_ALONE = re.compile(r"[A-Za-z0-9_~-]{20,}")
_WITHOUT_SCHEME = re.compile(r"[\w.-]+(:\d+)?(/[^\s?]*)?\?")
_WORD = re.compile(r"[a-z_]{1,60}")
_PORTS = {"http": 80, "https": 443}
_PASTE_AGAIN = "Copy the whole address that the browser shows after Approve, and paste it."


def read_code(response: str, *, state: str, redirect_uri: str) -> str:
    """Return the code in an authorization response.

    Parameters
    ----------
    response
        The address to which the browser was redirected, its query, or the code alone.
    state, redirect_uri
        Those of the authorization request.

    Raises
    ------
    SignInError
        `.reason` is denied or refused if the page refused this request; address, redirect_uri or state if the
        response is something else.
    """
    text = _text(response)
    if _CODE_ALONE.fullmatch(text):
        return text
    try:
        return code_of("?" + _query(text, redirect_uri), state=state)
    except SignInError as error:
        raise SignInError(error.reason, _MESSAGES.get(error.reason, str(error))) from None


_MESSAGES = {
    "denied": "Access was denied in the browser. Nothing was signed in; try again when you want to allow it.",
    "state": (
        "This response belongs to another attempt: its state is not that of this link. Open the link that is shown now "
        "and approve again. If you did not start another attempt, another person did: approve only what you asked for."
    ),
}


def read_parameters(response: str, *, redirect_uri: str | None) -> dict[str, str]:
    """Return the parameters with which a page without a code redirects, often none.

    Raises
    ------
    SignInError
        `.reason` is denied or refused if the page refused; address or redirect_uri if the response is something else.
    """
    if response == NOTHING_TO_PASTE:
        return {}
    parameters = dict(parse_qsl(_query(_text(response), redirect_uri)))
    error = parameters.get("error")
    if error == "access_denied":
        raise SignInError("denied", "The user declined. Ask the API for a new address and try again.")
    if error is not None:
        detail = error if _WORD.fullmatch(error) else "an error"
        raise SignInError("refused", f"The page answered {detail}. Ask for a new address and try again.")
    return {name: value for name, value in parameters.items() if _WORD.fullmatch(name) and value.isprintable()}


def _text(response: str) -> str:
    """Return a response without the quotes and spaces that clipboards add."""
    text = response.strip().strip("\"'<>").strip()
    return f"http://{text}" if "://" not in text.partition("?")[0] and _WITHOUT_SCHEME.match(text) else text


def _query(text: str, redirect_uri: str | None) -> str:
    """Return the query of a redirect address, or the part of it that was copied."""
    if "://" not in text.partition("?")[0]:
        if "=" not in text and text.strip("?"):
            raise SignInError("address", f"This text contains no response. {_PASTE_AGAIN}")
        return text.lstrip("?&")
    try:
        parts = urlsplit(text)
        is_same = redirect_uri is None or _base(parts) == _base(urlsplit(redirect_uri))
    except ValueError:
        raise SignInError("address", f"This is not an address. {_PASTE_AGAIN}") from None
    if parts.path.endswith("/oauth/authorize"):
        begins = f" It begins {redirect_uri}" if redirect_uri else ""
        message = f"This is the address of the page itself: approve there first. {_PASTE_AGAIN}{begins}"
        raise SignInError("address", message)
    if not is_same:
        raise SignInError(
            "redirect_uri",
            f"This address belongs to another redirect_uri: after Approve the browser shows one that begins "
            f"{redirect_uri}. {_PASTE_AGAIN}",
        )
    return parts.query


def _base(parts: SplitResult) -> tuple[str, str | None, int | None, str]:
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme), parts.path or "/"
