"""OAuth scopes: what each scope of a token allows.

Source: docs.cronofy.com/developers/api/authorization/request-authorization.
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
"""The fine scopes that each coarse scope contains. The names are documented, their contents are our reading."""

FINE = _READ | _WRITE | {"create_calendar", "change_participation_status"}
SERVICE = frozenset(
    f"service_account/{kind}/{level}"
    for kind in ("accounts", "resources")
    for level in ("manage", "unrestricted_access")
)


def expand_scope(scope: str) -> frozenset[str]:
    """Return the fine scopes in a scope text; reading events implies reading free/busy."""
    single = {fine for word in scope.split() for fine in COARSE.get(word, (word,))}
    return frozenset(single | {"read_free_busy"} if "read_events" in single else single)


def is_within(scope: str, limit: str | None) -> bool:
    """Return whether a scope is contained in another; None contains every scope."""
    return limit is None or expand_scope(scope) <= expand_scope(limit)


def is_known_scope(scope: str) -> bool:
    """Return whether a scope text consists of scopes that an account can grant."""
    words = scope.split()
    return bool(words) and all(word in FINE or word in COARSE for word in words)
