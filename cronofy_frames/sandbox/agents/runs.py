"""Method of the sandbox that lets a meeting agent join its meeting and finish."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cronofy_frames.sandbox.agents.rows import agent_row
from cronofy_frames.sandbox.model.controls import Controls
from cronofy_frames.sandbox.model.state import Event, MeetingAgent

BASE_URL = "https://sandbox.cronofy.test"
STEPS = {
    "complete": (("meeting_agent_activated", "created"), ("meeting_agent_complete", "complete")),
    "failed": (("meeting_agent_activated", "created"), ("meeting_agent_failed", "failed")),
}


class AgentRuns(Controls):
    """Base class of the sandbox that runs meeting agents."""

    def run_meeting_agent(self, key: str, state: str = "complete", *, base_url: str = BASE_URL) -> MeetingAgent:
        """Let an agent join its meeting and finish, and notify its subscriptions of each step.

        Parameters
        ----------
        key
            The scheduling_key or sub of an agent, or the event_id of an event that has one.
        state
            "complete", with a transcript, sound and picture; or "failed".
        base_url
            Where the sandbox is reached, for the addresses of resources; by default in process.

        Returns
        -------
        meeting agent
            As the sandbox stores it.
        """
        if state not in STEPS:
            raise ValueError(f"state must be complete or failed, not {state!r}.")
        with self._lock:
            agent, event = self._find_agent(key)
            for interaction, step in STEPS[state]:
                agent.state = step
                self._queue_interaction(agent, event, interaction, base_url)
            self._world.change_count += 1
        self.send_out()
        return agent

    def _find_agent(self, key: str) -> tuple[MeetingAgent, Event | None]:
        """Return an agent, and its event if it has one; the agent of an event is made when it is first run."""
        agents = self._world.meeting_agents
        for agent in agents.values():
            if key in (agent.scheduling_key, agent.sub) and agent.event_uid is None:
                return agent, None
        event = next((event for event in self._events_with_agents() if key in (event.event_id, event.event_uid)), None)
        if event is None:
            raise LookupError(
                f"No meeting agent has the scheduling_key or sub {key!r}, and no event with that id has one."
            )
        settings = event.write_only["meeting_agent"]
        agent = agents.setdefault(
            event.event_uid,
            MeetingAgent(f"agt_{self._world.mint('event agent', event.event_uid)[:24]}", event.meeting_url or ""),
        )
        agent.event_uid, agent.display_name = event.event_uid, settings.get("display_name")
        agent.subscriptions = event.write_only.get("subscriptions") or []
        return agent, event

    def _events_with_agents(self) -> list[Event]:
        events = [event for account in self._world.accounts for event in account.events.values()]
        return [
            event
            for event in events
            if not event.deleted and (event.write_only.get("meeting_agent") or {}).get("profile_id") == "cronofy"
        ]

    def _queue_interaction(self, agent: MeetingAgent, event: Event | None, interaction: str, base_url: str) -> None:
        """Queue a callback: docs /developers/api/meeting-agents/callbacks; scheduling_key in it is our reading."""
        message: dict[str, Any] = {
            "notification": {"type": "event_subscription", "interactions": [{"type": interaction}]},
            "meeting_agent": agent_row(agent, base_url),
        }
        if event is not None:
            message["event"] = _event_part(event)
        if agent.scheduling_key is not None:
            message["meeting_agent"]["scheduling_key"] = agent.scheduling_key
        for subscription in agent.subscriptions:
            if interaction in _types_of(subscription):
                self._world.queue_callback(subscription["uri"], message)


def _types_of(subscription: Mapping[str, Any]) -> list[str]:
    return [interaction.get("type") for interaction in subscription.get("interactions") or []]


def _event_part(event: Event) -> dict[str, Any]:
    """Return what a callback says of the event."""
    return {
        "event_id": event.event_id,
        "summary": event.summary,
        "start": event.start,
        "end": event.end,
        "tzid": event.start_tzid,
        "conferencing": event.conferencing,
        "meeting_agent": {"profile_id": event.write_only["meeting_agent"]["profile_id"]},
    }
