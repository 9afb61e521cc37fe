"""The body of a request, JSON or form: docs.cronofy.com/developers/api/ allows both everywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from cronofy_frames.sandbox.http.fields import Refused, nest


def read_body(body: bytes, mimetype: str, *, oauth: bool) -> dict[str, Any]:
    """Return the arguments in a body; with `oauth`, what is wrong is said in the way of RFC 6749.

    The headers are not trusted: clients say JSON where they send nothing, and claim encodings that are not there.
    """
    text = body.strip()
    if not text:
        return {}
    if "json" not in mimetype and text[:1] not in (b"{", b"["):
        return nest(parse_qsl(text.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        told = msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise _refused("the body is not JSON", oauth=oauth) from None
    if told is None:
        return {}
    if not isinstance(told, dict):
        raise _refused("the body must be a JSON object", oauth=oauth)
    return told


def _refused(description: str, *, oauth: bool) -> Refused:
    if oauth:
        return Refused(400, {"error": "invalid_request", "error_description": description})
    return Refused(422, {"errors": {"body": [{"key": "errors.invalid_format", "description": description}]}})


def repeated_names(pairs: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the names that come more than once; RFC 6749 allows none of its own to."""
    return frozenset(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
