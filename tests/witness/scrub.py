"""Remove secrets, and on request personal data, from cassettes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from vcr.request import Request

HOST = "https://api.cronofy.com"
SECRETS = ("access_token", "refresh_token", "client_id", "client_secret", "code", "token", "link_token")
REQUEST_HEADERS = ("Authorization", "Content-Type")
RESPONSE_HEADERS = ("Content-Type", "Cache-Control", "Pragma", "Retry-After", "WWW-Authenticate")

PLAIN = frozenset(
    [
        "calendar_type",
        "changes_since",
        "created",
        "cronofy.type",
        "default",
        "default_tzid",
        "delegated_scope",
        "deleted",
        "end",
        "error",
        "event_status",
        "extended_transparency",
        "free_busy_status",
        "frequency",
        "from",
        "grant_type",
        "include_deleted",
        "include_geo",
        "include_managed",
        "include_moved",
        "key",
        "last_modified",
        "localized_times",
        "method",
        "only_managed",
        "participation_status",
        "permission_level",
        "provider_name",
        "provider_service",
        "scope",
        "start",
        "status",
        "time",
        "to",
        "token_type",
        "transparency",
        "type",
        "tzid",
        "updated",
        "zoneinfo",
    ]
)
"""Keys whose texts say nothing about anybody."""

KEPT = ("witness-", "https://example.test/")  # what the scenes themselves say
PLACES = {"lat": "51.5", "long": "-0.1"}
OWNERS = ("calendars", "events", "channels", "profiles", "pages")  # what stands before an id in a path
PREFIX = re.compile(r"(acc|apc|ser|pro|cal|evt_external|evt|chn|res)_")


class Scrub:
    """Replaces secrets by placeholders and the host by a fixed one; with `private`, people and their affairs too.

    The same text always becomes the same placeholder, so that pages, calendars and events still belong together.
    Applied twice it does no more than once, but for what is private.

    Parameters
    ----------
    base
        The host that was really asked.
    private
        Whether every text is replaced unless it is known to say nothing about anybody.
    """

    def __init__(self, base: str = HOST, *, private: bool = False) -> None:
        self._base, self._private = base, private
        self._placeholders: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def request(self, request: Request) -> Request:
        """Return the part of a request that is stored."""
        request.uri = self.url(request.uri)
        headers = {name: request.headers[name] for name in REQUEST_HEADERS if name in request.headers}
        if "Authorization" in headers:
            headers["Authorization"] = "Bearer <ACCESS_TOKEN>"
        request.headers = headers
        request.body = self.text(request.body)
        return request

    def response(self, response: dict[str, Any]) -> dict[str, Any]:
        """Return the part of a response that is stored."""
        headers = {name.lower(): value for name, value in response["headers"].items()}
        return {
            "status": response["status"],
            "headers": {name: headers[name.lower()] for name in RESPONSE_HEADERS if name.lower() in headers},
            "body": {"string": self.text(response["body"]["string"])},
        }

    def text(self, body: bytes | str | None) -> bytes:
        """Return a body with replacements; JSON stays JSON."""
        plain = body.decode() if isinstance(body, bytes) else body or ""
        try:
            return json.dumps(self.value(json.loads(plain)), separators=(",", ":")).encode()
        except json.JSONDecodeError:
            return self._hidden("body", plain).encode() if self._private and plain else plain.encode()

    def value(self, value: Any, key: str = "") -> Any:
        """Return the JSON value of a key with replacements."""
        if isinstance(value, Mapping):
            values = {name: self.value(item, name) for name, item in value.items()}
            return {**values, "description": value["description"]} if {"key", "description"} == value.keys() else values
        if isinstance(value, list):
            return [self.value(item, key) for item in value]
        if not isinstance(value, str):
            return value
        if key in SECRETS:
            return f"<{key.upper()}>"
        if key in ("next_page", "relative_url"):
            return self.url(value)
        if self._private:
            return self._hidden(key, value)
        return re.sub(r"\btoken=[^&\s]+", "token=<TOKEN>", value.replace(self._base, HOST))

    def url(self, url: str) -> str:
        """Return a URL on the fixed host, with ids replaced if all is private."""
        parts = urlsplit(url.replace(self._base, HOST))
        if not self._private:
            return urlunsplit(parts)
        steps = parts.path.split("/")
        for place, (before, step) in enumerate(pairwise(steps), start=1):
            if before in OWNERS and step != "pages":
                steps[place] = quote(self._hidden(before, unquote(step)), safe="@")
        query = [pair.partition("=") for pair in parts.query.split("&") if pair]
        query_text = "&".join(f"{name}={self._query_value(unquote(name), value)}" for name, _, value in query)
        return urlunsplit(parts._replace(path="/".join(steps), query=query_text))

    def _query_value(self, name: str, value: str) -> str:
        return quote(self._hidden(name.removesuffix("[]"), unquote(value)), safe="@")

    def _hidden(self, key: str, value: str) -> str:
        """Return the placeholder of a text, with the prefix of an id or the form of an address."""
        if not value or key in PLAIN or value.startswith(KEPT):
            return value
        if key in PLACES:
            return PLACES[key]
        if value not in self._placeholders:
            prefix = PREFIX.match(value)
            kind = prefix.group() if prefix else "person" if "@" in value else f"{key or 'text'} "
            self._counts[kind] = self._counts.get(kind, 0) + 1
            number = f"{kind}{self._counts[kind]}"
            self._placeholders[value] = f"{number}@example.test" if kind == "person" else number
        return self._placeholders[value]
