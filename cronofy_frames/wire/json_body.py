"""JSON of a response, decoded within limits."""

from __future__ import annotations

import json
from typing import Any

import msgspec

MOST_LEVELS = 100
"""Levels of lists and objects in a body; the API has less than twenty."""


def decode_json(content: bytes) -> Any:
    """Return decoded JSON; lone surrogates, where a provider cut a text in two, are accepted.

    Raises
    ------
    ValueError
        The content is not JSON.
    """
    try:
        body = _decode_any(content)
    except RecursionError:
        body = _TOO_DEEP
    if body is _TOO_DEEP or _is_too_deep(body):
        raise ValueError(f"it is nested deeper than {MOST_LEVELS} levels")
    return body


_TOO_DEEP = object()


def _decode_any(content: bytes) -> Any:
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return json.loads(content.decode("utf-8", errors="replace"))


def _is_too_deep(body: Any) -> bool:
    """Return whether a body is nested so deep that code which follows its levels would fail."""
    level = [body]
    for _ in range(MOST_LEVELS):
        level = [
            child
            for parent in level
            if isinstance(parent, dict | list)
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True
