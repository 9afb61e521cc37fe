"""Cronofy calendars as pandas DataFrames: a map of what is here; `help(cf.read_events)` explains a name.

    import cronofy_frames as cf
    client = cf.connect(sandbox=True)  # a made-up office; cf.login().result() for your account
    events = cf.read_events(client, "monday", "+7d", tz="Europe/London")

Connect     connect, login, authorize, accounts, logout, doctor
            delegated_clients, authorize_url, code_of, hmac_valid
Tokens      Tokens, TokenStore, FileStore, KeyringStore, MemoryStore, EnvironmentStore
Read        read_events, read_free_busy, read_calendars, read_profiles, read_channels
            read_availability, member_statuses, read_availability_rules, read_available_periods,
            read_bookable_events, read_scheduling_requests, read_organizational_unit_members
            stream_events, attendees, meeting_agents, to_timezone, concat, with_calendars, frame, last_error, usage
Files       export, read_sheet, pseudonymise
Write       plan_events, plan_deletes, plan_available_periods, load_plan, Plan
            apply, undo, Journal, write_events
History     Archive, notifications (extra: pip install "cronofy-frames[archive]"), plan_fetch, run_fetch
Analyse     busy, gaps, conflicts, common_free, concurrency, occupancy
            time_use, metrics, quality, quality_rows
Draw        plot_heatmap, plot_days, plot_timeline, plot_week, plot_time_use
Widgets     explore, plan_widget
Endpoints   Client (every endpoint of the API is a method), Rows, Recorder
Sandbox     Sandbox, Fault
Errors      CronofyError is the base of all: TransportError, FrameError, SignInError, UnknownAccount, and
            ApiError: AuthError, TokenError, PaymentRequired, Forbidden, NotFound, Invalid, Locked,
            RateLimited, ServerError
Warnings    SheetWarning, UnreadFieldWarning

Functions that take a frame first are methods of frames, too: `events.cronofy.busy()`. In a shell, use
`cronofy-frames --help`. Names are loaded when they are first used, so that importing the package costs next to nothing.

Each example in a docstring runs by itself, after `box = cf.Sandbox(now="2026-03-02T09:00:00Z")` and
`client = cf.connect(sandbox=box)`. In it `primary` is the id of the client's primary calendar, `folder` the
`pathlib.Path` of an empty folder, and `sheet` a frame with summary, start and end of two events.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

from cronofy_frames.accessor import register_with_pandas

HOMES = {
    "ApiError": "errors",
    "Archive": "archive",
    "AuthError": "errors",
    "Client": "wire.client",
    "CronofyError": "errors",
    "EnvironmentStore": "tokens",
    "Fault": "wire.faults",
    "FileStore": "tokens",
    "Forbidden": "errors",
    "FrameError": "errors",
    "Invalid": "errors",
    "Journal": "writing.apply.journal",
    "KeyringStore": "tokens",
    "Locked": "errors",
    "MemoryStore": "tokens",
    "NotFound": "errors",
    "PaymentRequired": "errors",
    "Plan": "writing.plan.plans",
    "RateLimited": "errors",
    "Recorder": "wire.recorder",
    "Rows": "wire.paging",
    "Sandbox": "sandbox",
    "ServerError": "errors",
    "SheetWarning": "sheets",
    "SignInError": "errors",
    "TokenError": "errors",
    "TokenStore": "wire.auth",
    "Tokens": "wire.auth",
    "TransportError": "errors",
    "UnknownAccount": "errors",
    "UnreadFieldWarning": "frames.unread_fields",
    "accounts": "stored_accounts",
    "apply": "writing.apply.applying",
    "attendees": "frames.reading",
    "authorize": "widgets.signin.login",
    "authorize_url": "wire.auth",
    "busy": "intervals",
    "code_of": "wire.auth",
    "common_free": "intervals",
    "concat": "frames.combining",
    "concurrency": "intervals",
    "conflicts": "intervals",
    "connect": "connecting",
    "delegated_clients": "signin.delegation",
    "doctor": "diagnostics",
    "explore": "widgets.explore.widget",
    "export": "sheets",
    "frame": "frames.reading",
    "gaps": "intervals",
    "hmac_valid": "wire.auth",
    "last_error": "recent_error",
    "load_plan": "writing.plan.plans",
    "login": "widgets.signin.login",
    "logout": "connecting",
    "meeting_agents": "frames.meeting_agents",
    "member_statuses": "frames.scheduling",
    "metrics": "measures",
    "notifications": "archive.notifications",
    "occupancy": "intervals",
    "plan_available_periods": "writing.plan.planning",
    "plan_deletes": "writing.plan.planning",
    "plan_events": "writing.plan.planning",
    "plan_fetch": "fetch.tasks",
    "plan_widget": "widgets.plan.widget",
    "plot_days": "plots",
    "plot_heatmap": "plots",
    "plot_time_use": "plots",
    "plot_timeline": "plots",
    "plot_week": "plots",
    "pseudonymise": "frames.pseudonyms",
    "quality": "measures",
    "quality_rows": "measures",
    "read_availability": "frames.scheduling",
    "read_availability_rules": "frames.scheduling",
    "read_available_periods": "frames.scheduling",
    "read_bookable_events": "frames.scheduling",
    "read_calendars": "frames.reading",
    "read_channels": "frames.reading",
    "read_events": "frames.reading",
    "read_free_busy": "frames.reading",
    "read_organizational_unit_members": "frames.organization",
    "read_profiles": "frames.reading",
    "read_scheduling_requests": "frames.organization",
    "read_sheet": "sheets",
    "run_fetch": "fetch.running",
    "stream_events": "frames.streaming",
    "time_use": "measures",
    "to_timezone": "frames.reading",
    "undo": "writing.apply.undoing",
    "usage": "frames.usage",
    "with_calendars": "frames.combining",
    "write_events": "writing.apply.bulk",
}

__all__ = sorted(HOMES)

register_with_pandas()


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return importlib.import_module("importlib.metadata").version("cronofy-frames")
    if name not in HOMES:
        near = (
            ""
            if name.startswith("_")
            else importlib.import_module("cronofy_frames.near_names").near_name(name, __all__)
        )
        text = f"module 'cronofy_frames' has no attribute {name!r}.{near}"
        # without an object, Python adds no suggestion of its own to the traceback
        raise AttributeError(text, name=name, obj=None)
    home = importlib.import_module(f"cronofy_frames.{HOMES[name]}")
    value = getattr(home, name)
    if sys.version_info < (3, 13):  # Python itself suggests keyword arguments from 3.13 on
        value = importlib.import_module("cronofy_frames.keyword_suggestions").with_keyword_suggestions(value, home)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [] if _is_for_help() else [*__all__, "__version__"]


def _is_for_help() -> bool:
    """Return whether `help` asks for the names: it would load all, to print thousands of lines below the map."""
    frame = sys._getframe(2)  # noqa: SLF001 - its documented alternative imports inspect
    while frame.f_globals.get("__name__") == "inspect" and frame.f_back is not None:
        frame = frame.f_back
    return frame.f_globals.get("__name__") == "pydoc"
