"""An embedded sandbox of the Cronofy API, used in process or served on loopback."""

from cronofy_frames.sandbox.app import Sandbox
from cronofy_frames.sandbox.http.routes import coverage
from cronofy_frames.sandbox.server import Served, serve

__all__ = ["Sandbox", "Served", "coverage", "serve"]
