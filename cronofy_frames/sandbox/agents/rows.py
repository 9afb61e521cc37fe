"""Meeting agents in their wire form."""

from __future__ import annotations

from typing import Any

from cronofy_frames.sandbox.model.state import MeetingAgent

CATEGORIES = {"transcript": "cronofy", "audio": "voice", "video": "conference"}
"""The categories of resources that the API serves, and the type of each."""


def agent_row(agent: MeetingAgent, base_url: str) -> dict[str, Any]:
    """Return an agent in its wire form, with what it has brought."""
    resources = [{"category": "cronofy", "type": "dashboard", "url": f"{base_url}/agents/{agent.sub}"}]
    if agent.state == "complete":
        resources += [
            {"category": category, "type": kind, "url": f"{base_url}/meeting_agents/{agent.sub}/resources/{category}"}
            for category, kind in CATEGORIES.items()
        ]
    return {"sub": agent.sub, "state": "created" if agent.state == "scheduled" else agent.state, "resources": resources}
