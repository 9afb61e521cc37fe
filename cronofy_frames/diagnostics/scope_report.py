"""Scope check: which functions work with the scope of a token, and which scopes are missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cronofy_frames.diagnostics.context import Credentials, Inputs
from cronofy_frames.diagnostics.report import Finding
from cronofy_frames.wire.endpoint import ENDPOINTS
from cronofy_frames.wire.scopes import expand_scope

CHECK = "scope"

FUNCTIONS: Mapping[str, str] = {
    "cf.read_calendars": "list_calendars",
    "cf.read_events": "read_events",
    "cf.read_free_busy": "free_busy",
    "cf.apply of new and changed rows": "create_event",
    "cf.apply of deletions and cf.undo": "delete_event",
}
"""The most used functions, and the endpoint that each needs."""

OPTIONAL = (
    "create_calendar",
    "change_participation_status",
)  # endpoints whose scopes login does not request by default


def alternatives(endpoint: str) -> list[str]:
    """Return the scopes of which an endpoint needs any."""
    return ENDPOINTS[endpoint].scope.split(" or ")


def missing_scopes(scope: str) -> dict[str, str]:
    """Return the functions that a scope does not allow, each with the scope that it needs."""
    granted = expand_scope(scope)
    endpoints = {**FUNCTIONS, **{f"client.{name}": name for name in OPTIONAL}}
    return {
        function: alternatives(name)[0]
        for function, name in endpoints.items()
        if granted.isdisjoint(alternatives(name))
    }


def scope_findings(scope: str, kind: str, selected: Credentials, inputs: Inputs) -> Iterator[Finding]:
    """Yield findings about which functions the scope allows."""
    if kind == "service account":
        text = f"{scope or 'not known'}: a service account's, which has no calendars itself"
        yield Finding(CHECK, "good", f"{text}; client.authorize_with_service_account requests access to a user's")
        return
    if not scope:
        yield Finding(CHECK, "note", "Cronofy did not report the scope of the token", selected.login(inputs))
        return
    missing = missing_scopes(scope)
    main_functions = [function for function in missing if function in FUNCTIONS]
    optional = [function for function in missing if function not in FUNCTIONS]
    implied = " (read_events includes read_free_busy)" if _implies_free_busy(scope) else ""
    remark = f"; it leaves out {' and '.join(optional)}" if optional and not main_functions else ""
    if not main_functions:
        yield Finding(CHECK, "good", f"{scope}{implied}: reading and writing work{remark}")
        return
    scope_names = list(dict.fromkeys([*scope.split(), *(missing[function] for function in main_functions)]))
    text = f"{scope}{implied}: {', '.join(main_functions)} will be refused"
    yield Finding(CHECK, "note", text, selected.login(inputs, " ".join(scope_names)))


def _implies_free_busy(scope: str) -> bool:
    return "read_events" in scope.split() and "read_free_busy" not in scope.split()
