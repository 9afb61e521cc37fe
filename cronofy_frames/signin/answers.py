"""What may come back from the authorization page: an address with an answer in it, or a code by itself."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, urlsplit

from cronofy_frames.errors import SignInError
from cronofy_frames.wire.auth import code_of

DONE = "?"
"""What a person says who has nothing to paste: that they are back."""

_CODE = re.compile(r"[A-Za-z0-9_~-]{20,}")
_BARE = re.compile(r"[\w.-]+(:\d+)?(/[^\s?]*)?\?")
_WORD = re.compile(r"[a-z_]{1,60}")
_PORTS = {"http": 80, "https": 443}
_AGAIN = "Copy the whole address that the browser shows after Approve, and paste it."


def read_code(came: str, *, state: str, redirect_uri: str) -> str:
    """Return the code in what came back.

    Parameters
    ----------
    came
        The address that the browser was sent back to, its query, or the code alone, as people copy them.
    state, redirect_uri
        Of the authorization request.

    Raises
    ------
    SignInError
        `.reason` is denied or refused where the page said no to this request; address, redirect_uri or state where
        something else was given.
    """
    text = _text(came)
    if _CODE.fullmatch(text):
        return text
    try:
        return code_of("?" + _query(text, redirect_uri), state=state)
    except SignInError as error:
        raise SignInError(error.reason, _WORDS.get(error.reason, str(error))) from None


_WORDS = {
    "denied": "Access was denied in the browser. Nothing was signed in; try again when you want to allow it.",
    "state": (
        "This answer belongs to another attempt: its state is not the one of this link. Use the link that stands here "
        "now, and approve once more. If you did not make another attempt, somebody else did: approve nothing that you "
        "did not ask for."
    ),
}


def read_parameters(came: str, *, redirect_uri: str | None) -> dict[str, str]:
    """Return what a page without a code sends back: its parameters, often none.

    Raises
    ------
    SignInError
        `.reason` is denied or refused where the page said no; address or redirect_uri where something else was given.
    """
    if came == DONE:
        return {}
    told = dict(parse_qsl(_query(_text(came), redirect_uri)))
    error = told.get("error")
    if error == "access_denied":
        raise SignInError("denied", "It was declined. Ask again with a new address when the person is ready.")
    if error is not None:
        said = error if _WORD.fullmatch(error) else "an error"
        raise SignInError("refused", f"The page answered {said}. Ask for a new address and try again.")
    return {name: value for name, value in told.items() if _WORD.fullmatch(name) and value.isprintable()}


def _text(came: str) -> str:
    """Return what was copied, without what clipboards put around it."""
    text = came.strip().strip("\"'<>").strip()
    return f"http://{text}" if "://" not in text.partition("?")[0] and _BARE.match(text) else text


def _query(text: str, redirect_uri: str | None) -> str:
    """Return the query of an address that the page sends people back to, or what was copied of it."""
    if "://" not in text.partition("?")[0]:
        if "=" not in text and text.strip("?"):
            raise SignInError("address", f"There is no answer in this text. {_AGAIN}")
        return text.lstrip("?&")
    try:
        parts = urlsplit(text)
        same = redirect_uri is None or _place(parts) == _place(urlsplit(redirect_uri))
    except ValueError:
        raise SignInError("address", f"This is not an address. {_AGAIN}") from None
    if parts.path.endswith("/oauth/authorize"):
        begins = f" It begins {redirect_uri}" if redirect_uri else ""
        raise SignInError("address", f"This is the address of the page itself: approve there first. {_AGAIN}{begins}")
    if not same:
        raise SignInError(
            "redirect_uri",
            f"This address belongs to another redirect_uri: after Approve the browser shows one that begins "
            f"{redirect_uri}. {_AGAIN}",
        )
    return parts.query


def _place(parts: SplitResult) -> tuple[str, str | None, int | None, str]:
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme), parts.path or "/"
