"""The modules with the sandbox's route handlers, each loaded when a request or `coverage` first needs it.

A first frame needs four of two dozen. A module is listed with the first segments of the paths that it answers, without
the version; several modules may answer paths of one segment.
"""

from __future__ import annotations

import importlib
import re

from cronofy_frames.sandbox.http.routes import ROUTES, RouteSpec

MODULES = {
    "agents.routes": ("meeting_agents", "store"),
    "auth.admin": ("applications", "application_verification"),
    "auth.consent": ("oauth", "enterprise_connect"),
    "auth.elements": ("element_tokens",),
    "auth.identity": ("userinfo", "account", "profiles"),
    "auth.oauth": ("oauth",),
    "auth.organisation": (
        "service_account_authorizations",
        "delegated_authorizations",
        "resources",
        "application_calendars",
        "link_tokens",
        "conferencing_service_authorizations",
    ),
    "auth.redirect_pages": ("permissions", "conferencing", "relink"),
    "availability.rules": ("availability_rules",),
    "availability.available_periods": ("available_periods",),
    "availability.bookable": ("bookable_events",),
    "availability.routes": ("availability", "sequenced_availability"),
    "events.attachments": ("attachments",),
    "events.calendars": ("calendars", "accessible_calendars", "permissions"),
    "events.channels": ("channels",),
    "events.read": ("events", "free_busy"),
    "events.write": ("calendars", "events"),
    "http.batch": ("batch",),
    "invites.routes": ("smart_invites",),
    "links.pages": ("rts", "sequencing", "add_to_calendar"),
    "links.routes": ("real_time_scheduling", "real_time_sequencing", "add_to_calendar"),
    "scheduler.conversations": ("scheduling_conversations",),
    "scheduler.members": ("organizational_unit_members",),
    "scheduler.requests": ("scheduling_requests",),
}
SEGMENTS = frozenset(segment for segments in MODULES.values() for segment in segments)


def first_segment(path: str) -> str:
    """Return the first segment of a path, without the version before it."""
    return re.sub(r"^/(v1/)?", "", path).partition("/")[0]


def load_routes(segment: str | None = None) -> dict[str, RouteSpec]:
    """Return the routes whose paths have a first segment, or all; their modules are imported."""
    specs = [
        spec for module, segments in MODULES.items() if segment is None or segment in segments for spec in _load(module)
    ]
    return {spec.route: spec for spec in specs if segment in (None, first_segment(spec.route.split()[1]))}


def _load(module: str) -> list[RouteSpec]:
    """Import a module with handlers, and return its routes."""
    name = importlib.import_module(f"cronofy_frames.sandbox.{module}").__name__
    return [spec for spec in list(ROUTES.values()) if spec.handler.__module__ == name]
