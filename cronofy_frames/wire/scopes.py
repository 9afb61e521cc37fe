"""What a token's scope allows, word by word.

Page: docs.cronofy.com/developers/api/authorization/request-authorization.
"""

from __future__ import annotations

from collections.abc import Mapping

_READ = frozenset({"read_account", "list_calendars", "read_events", "read_free_busy"})
_WRITE = frozenset({"read_account", "list_calendars", "create_event", "delete_event", "event_reminders"})
_FREE_BUSY = frozenset({"read_account", "list_calendars", "read_free_busy"})

COARSE: Mapping[str, frozenset[str]] = {
    "read_only": _READ,
    "write_only": _WRITE,
    "read_write": _READ | _WRITE | {"create_calendar", "change_participation_status"},
    "free_busy": _FREE_BUSY,
    "free_busy_write": _FREE_BUSY | {"create_event", "delete_event"},
    "organizational_unit_scheduler": frozenset(),
}
"""What each coarse scope allows. The names are documented, what they spell out is our reading."""

FINE = _READ | _WRITE | {"create_calendar", "change_participation_status"}
SERVICE = frozenset(
    f"service_account/{what}/{level}"
    for what in ("accounts", "resources")
    for level in ("manage", "unrestricted_access")
)


def spelt_out(scope: str) -> frozenset[str]:
    """Return the single scopes that a scope text allows; reading events implies reading free/busy."""
    single = {fine for word in scope.split() for fine in COARSE.get(word, (word,))}
    return frozenset(single | {"read_free_busy"} if "read_events" in single else single)


def within(scope: str, limit: str | None) -> bool:
    """Say whether a scope asks for nothing beyond a limit; None is no limit."""
    return limit is None or spelt_out(scope) <= spelt_out(limit)


def known_scope(scope: str) -> bool:
    """Say whether all of a scope text are scopes that an account can grant."""
    words = scope.split()
    return bool(words) and all(word in FINE or word in COARSE for word in words)
