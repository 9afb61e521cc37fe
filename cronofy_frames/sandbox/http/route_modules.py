"""The modules with the sandbox's route handlers, each loaded when a request or `coverage` first needs it.

A first frame needs three of two dozen.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Mapping

from cronofy_frames.sandbox.http.routes import ROUTES, RouteSpec

MODULES = {
    "agents.routes": ("POST DELETE GET meeting_agents", "GET store"),
    "auth.admin": ("POST applications", "POST application_verification"),
    "auth.consent": ("GET POST oauth", "GET POST enterprise_connect"),
    "auth.elements": ("POST element_tokens",),
    "auth.identity": ("GET userinfo", "GET account", "GET POST profiles"),
    "auth.oauth": ("POST oauth",),
    "auth.organisation": (
        "POST service_account_authorizations",
        "POST delegated_authorizations",
        "GET resources",
        "POST application_calendars",
        "POST link_tokens",
        "POST conferencing_service_authorizations",
    ),
    "auth.redirect_pages": ("GET POST permissions", "GET POST conferencing", "GET POST relink"),
    "availability.rules": ("POST GET DELETE availability_rules",),
    "availability.available_periods": ("POST GET DELETE available_periods",),
    "availability.bookable": ("POST GET DELETE bookable_events",),
    "availability.routes": ("POST availability", "POST sequenced_availability"),
    "events.attachments": ("POST attachments",),
    "events.calendars": ("GET POST calendars", "GET accessible_calendars", "POST permissions"),
    "events.channels": ("POST GET DELETE channels",),
    "events.read": ("GET events", "GET free_busy"),
    "events.write": ("POST DELETE calendars", "DELETE events"),
    "http.batch": ("POST batch",),
    "invites.routes": ("POST GET smart_invites",),
    "links.pages": ("GET POST rts", "GET POST sequencing", "GET POST add_to_calendar"),
    "links.routes": ("POST GET real_time_scheduling", "POST real_time_sequencing", "POST add_to_calendar"),
    "scheduler.conversations": ("POST GET scheduling_conversations",),
    "scheduler.members": ("GET organizational_unit_members",),
    "scheduler.requests": ("POST scheduling_requests",),
}
"""Each module with the methods and first segments, after the version, of the paths that it answers."""


def _by_request(modules: Mapping[str, Iterable[str]]) -> dict[tuple[str, str], list[str]]:
    by_request: dict[tuple[str, str], list[str]] = {}
    for module, requests in modules.items():
        for *methods, segment in map(str.split, requests):
            for method in methods:
                by_request.setdefault((method, segment), []).append(module)
    return by_request


MODULES_BY_REQUEST = _by_request(MODULES)


def first_segment(path: str) -> str:
    """Return the first segment of a path, without the version before it."""
    return re.sub(r"^/(v1/)?", "", path).partition("/")[0]


def all_routes() -> dict[str, RouteSpec]:
    """Return all routes, and import their modules."""
    return {spec.route: spec for module in MODULES for spec in routes_of_module(module)}


def routes_of(method: str, segment: str) -> dict[str, RouteSpec]:
    """Return the routes with a method and a first segment, and import their modules only."""
    specs = (spec for module in MODULES_BY_REQUEST[method, segment] for spec in routes_of_module(module))
    return {spec.route: spec for spec in specs if request_of(spec) == (method, segment)}


def routes_of_module(module: str) -> list[RouteSpec]:
    """Import a module with handlers, and return its routes."""
    name = importlib.import_module(f"cronofy_frames.sandbox.{module}").__name__
    return [spec for spec in list(ROUTES.values()) if spec.handler.__module__ == name]


def request_of(spec: RouteSpec) -> tuple[str, str]:
    """Return the method of a route and the first segment of its path."""
    method, path = spec.route.split()
    return method, first_segment(path)
