"""An embedded sandbox of the Cronofy API, used in process or served on loopback."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from cronofy_frames.sandbox.app import Sandbox

if TYPE_CHECKING:
    from cronofy_frames.sandbox.http.coverage import coverage
    from cronofy_frames.sandbox.server import Served, serve

__all__ = ["Sandbox", "Served", "coverage", "serve"]

_HOMES = {"Served": "server", "coverage": "http.coverage", "serve": "server"}


def __getattr__(name: str) -> Any:
    """Load the server and the list of routes when they are first used: a sandbox in process needs neither."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"cronofy_frames.sandbox.{_HOMES[name]}"), name)
