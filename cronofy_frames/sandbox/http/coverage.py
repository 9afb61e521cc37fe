"""List the routes of the sandbox, how sure each contract is, and what it assumes."""

from __future__ import annotations

from typing import Any

from cronofy_frames.sandbox.http.route_modules import all_routes
from cronofy_frames.sandbox.model.assumptions import assumptions_of


def coverage() -> list[dict[str, Any]]:
    """Return one row per route that the sandbox answers: route, stage, sureness, a note and a list of assumptions."""
    return [
        {
            "route": spec.route,
            "stage": spec.stage,
            "sureness": spec.sureness,
            "note": spec.note,
            "assumptions": assumptions_of(spec.route),
        }
        for spec in all_routes().values()
    ]
