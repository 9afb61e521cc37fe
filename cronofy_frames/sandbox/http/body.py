"""Parse request bodies, JSON or form: docs.cronofy.com/developers/api/ allows both everywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from cronofy_frames.sandbox.http.fields import ErrorResponse, nest_pairs


def parse_body(body: bytes, mimetype: str, *, oauth: bool) -> dict[str, Any]:
    """Return the fields of a body; with `oauth`, errors have the form of RFC 6749.

    The Content-Type header alone does not decide: clients declare JSON for an empty body, and form for a JSON one.
    """
    text = body.strip()
    if not text:
        return {}
    if "json" not in mimetype and text[:1] not in (b"{", b"["):
        return nest_pairs(parse_qsl(text.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        value = msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise _body_error("the body is not JSON", oauth=oauth) from None
    if value is None or value == []:  # PHP encodes its empty array, which has no names, as a list
        return {}
    if not isinstance(value, dict):
        raise _body_error("the body must be a JSON object", oauth=oauth)
    return value


def _body_error(description: str, *, oauth: bool) -> ErrorResponse:
    if oauth:
        return ErrorResponse(400, {"error": "invalid_request", "error_description": description})
    return ErrorResponse(422, {"errors": {"body": [{"key": "errors.invalid_format", "description": description}]}})


def repeated_names(pairs: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the names that occur more than once; RFC 6749 forbids that for its own parameters."""
    return frozenset(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
