"""Secrets are removed from the bodies of responses, before they are quoted in messages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

SHORTEST = 4  # characters: a shorter secret would match in any text


def redact(body: Any, secrets: Iterable[str]) -> Any:
    """Return a response body without these secrets in any spelling: servers and proxies quote what they refuse."""
    if isinstance(body, Mapping):
        return {redact(key, secrets): redact(value, secrets) for key, value in body.items()}
    if isinstance(body, list):
        return [redact(entry, secrets) for entry in body]
    if isinstance(body, str):
        spellings = {spelling for secret in secrets if len(secret) >= SHORTEST for spelling in _spellings(secret)}
        for spelling in sorted(spellings, key=len, reverse=True):
            body = body.replace(spelling, "...")
    return body


def _spellings(secret: str) -> Iterator[str]:
    """Yield a secret as Python, JSON and URLs write it."""
    yield from (secret, repr(secret)[1:-1], json.dumps(secret)[1:-1], json.dumps(secret).replace("/", "\\/")[1:-1])
    yield from (quote(secret, errors="replace"), quote(secret, safe="", errors="replace"))
    yield quote_plus(secret, errors="replace")
