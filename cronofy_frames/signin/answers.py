"""What may come back from the authorization page: an address with an answer in it, or a code by itself."""

from __future__ import annotations

import hmac
import re
from urllib.parse import parse_qsl, urlsplit

from cronofy_frames.auth import code_of
from cronofy_frames.errors import SignInError

_CODE = re.compile(r"[A-Za-z0-9._~-]{6,}")
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
    text = came.strip().strip("\"'<>").strip()
    if _CODE.fullmatch(text) and "code=" not in text:
        return text
    if "://" in text:
        _check_address(text, redirect_uri)
    elif "=" in text:
        text = "?" + text.lstrip("?&")
    else:
        raise SignInError("address", f"There is no answer in this text. {_AGAIN}")
    if not _same(dict(parse_qsl(urlsplit(text).query)).get("state", ""), state) and "state=" in text:
        raise SignInError(
            "state",
            "This answer belongs to another attempt: its state is not the one of this link. Use the link that stands "
            "here now, and approve once more. If you did not make another attempt, somebody else did: approve nothing "
            "that you did not ask for.",
        )
    try:
        return code_of(text, state=state)
    except SignInError as error:
        raise SignInError(error.reason, _words(error)) from None


def read_parameters(came: str, *, redirect_uri: str | None) -> dict[str, str]:
    """Return what a page without a code sends back: its parameters, often none.

    Raises
    ------
    SignInError
        `.reason` is denied or refused where the page said no.
    """
    text = came.strip().strip("\"'<>").strip()
    if redirect_uri is not None and "://" in text:
        _check_address(text, redirect_uri)
    told = dict(parse_qsl(urlsplit(text).query))
    if told.get("error") == "access_denied":
        raise SignInError("denied", "It was declined. Ask again with a new address when the person is ready.")
    if "error" in told:
        raise SignInError("refused", f"The page answered {told['error'][:100]}. Ask for a new address and try again.")
    return told


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _check_address(text: str, redirect_uri: str) -> None:
    """Refuse another address than the one that the page sends people back to."""
    try:
        came, wanted = urlsplit(text), urlsplit(redirect_uri)
        same = (came.scheme, came.netloc, came.path or "/") == (wanted.scheme, wanted.netloc, wanted.path or "/")
    except ValueError:
        raise SignInError("address", f"This is not an address. {_AGAIN}") from None
    if came.path.endswith("/oauth/authorize"):
        raise SignInError(
            "address", f"This is the address of the page itself: approve there first. {_AGAIN} It begins {redirect_uri}"
        )
    if not same:
        raise SignInError(
            "redirect_uri",
            f"This address belongs to another redirect_uri: after Approve the browser shows one that begins "
            f"{redirect_uri}. {_AGAIN}",
        )


def _words(error: SignInError) -> str:
    if error.reason == "denied":
        return "Access was denied in the browser. Nothing was signed in; try again when you want to allow it."
    if error.reason == "address":
        return f"There is no code in this address. {_AGAIN}"
    return str(error).replace(" of authorize_url", "").replace("authorize_url", "the request")
