"""What a token's scope is good for: which functions work with it, and what to ask for where one does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cronofy_frames.diagnostics.context import Case, Chosen
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
"""What people do most, and the endpoint that it stands on."""

FURTHER = ("create_calendar", "change_participation_status")  # endpoints that login does not ask for by itself


def alternatives(endpoint: str) -> list[str]:
    """Return the scopes of which an endpoint needs one."""
    return ENDPOINTS[endpoint].scope.split(" or ")


def lacking(scope: str) -> dict[str, str]:
    """Return the functions that a scope does not reach, each with what it lacks."""
    have = expand_scope(scope)
    wanted = {**FUNCTIONS, **{f"client.{name}": name for name in FURTHER}}
    return {what: alternatives(name)[0] for what, name in wanted.items() if have.isdisjoint(alternatives(name))}


def scopes(scope: str, kind: str, chosen: Chosen, case: Case) -> Iterator[Finding]:
    """Say which functions work."""
    if kind == "service account":
        told = f"{scope or 'not known'}: an organisation's, which reads nobody's calendars by itself"
        yield Finding(CHECK, "good", f"{told}; client.authorize_with_service_account asks for a person's")
        return
    if not scope:
        yield Finding(CHECK, "note", "Cronofy did not say what the token allows", chosen.login(case))
        return
    lack = lacking(scope)
    main = [what for what in lack if what in FUNCTIONS]
    further = [what for what in lack if what not in FUNCTIONS]
    implied = " (read_events includes read_free_busy)" if _implied(scope) else ""
    more = f"; it leaves out {' and '.join(further)}" if further and not main else ""
    if not main:
        yield Finding(CHECK, "good", f"{scope}{implied}: reading and writing work{more}")
        return
    words = list(dict.fromkeys([*scope.split(), *(lack[what] for what in main)]))
    told = f"{scope}{implied}: {', '.join(main)} will be refused"
    yield Finding(CHECK, "note", told, chosen.login(case, " ".join(words)))


def _implied(scope: str) -> bool:
    return "read_events" in scope.split() and "read_free_busy" not in scope.split()
