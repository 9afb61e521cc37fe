"""An embedded sandbox of the Cronofy API, used in process or served on loopback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cronofy_frames.lazy_names import lazy_names
from cronofy_frames.sandbox.app import Sandbox

if TYPE_CHECKING:
    from cronofy_frames.sandbox.http.coverage import coverage
    from cronofy_frames.sandbox.server import Served, serve

__all__ = ["Sandbox", "Served", "coverage", "serve"]

__getattr__ = lazy_names(__name__, {"Served": "server", "coverage": "http.coverage", "serve": "server"})
