# mypy: disable-error-code="empty-body"
"""Endpoints of meeting agents, as methods; all are BETA."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cronofy_frames.wire.endpoint import endpoint


class MeetingAgentsApi:
    """The endpoints of meeting agents; `Api` has them among its own."""

    @endpoint(
        "POST /v1/meeting_agents",
        auth="application",
        wrapper="meeting_agent",
        stage="BETA",
        docs="/developers/api/meeting-agents/schedule",
    )
    def create_meeting_agent(
        self,
        *,
        join_url: str,
        on_behalf_of_attendee: Mapping[str, str],
        scheduling_key: str | None = None,
        join_time: str | datetime | None = None,
        display_name: str | None = None,
        subscriptions: Sequence[Mapping[str, Any]] | None = None,
    ) -> dict[str, Any] | None:
        """Send a meeting agent to an online meeting, now or at a time (BETA).

        The agent of an event is set with `meeting_agent` of `create_event`. What agents bring is announced by webhooks
        only: `cf.meeting_agents` makes a frame of them, and `download_resource` fetches the files.

        Parameters
        ----------
        join_url
            The address of the online meeting.
        on_behalf_of_attendee
            `{"email": ...}`: for whom it comes.
        scheduling_key
            The application's own id of a scheduled agent; it goes together with join_time, and cancels it.
        join_time
            When to join. Without it and scheduling_key the agent joins now.
        display_name
            The name that the agent shows in the meeting.
        subscriptions
            `{"type": "webhook", "uri": ..., "interactions": [{"type": "meeting_agent_complete"}]}` each; further types
            are meeting_agent_activated and meeting_agent_failed.

        Returns
        -------
        dict or None
            `{"meeting_agent": {"sub": ..., "state": ..., "resources": [...]}}`; None for a scheduled one.

        Raises
        ------
        Invalid
            `.fields` names each refused field.

        Examples
        --------
        >>> sent = client.create_meeting_agent(
        ...     join_url="https://meet.example.com/a", on_behalf_of_attendee={"email": "ann@example.test"}
        ... )
        >>> sent["meeting_agent"]["state"]
        'created'
        """

    @endpoint(
        "DELETE /v1/meeting_agents",
        auth="application",
        repeatable=True,
        stage="BETA",
        docs="/developers/api/meeting-agents/cancel-scheduled",
    )
    def cancel_meeting_agent(self, *, scheduling_key: str) -> None:
        """Cancel a scheduled meeting agent (BETA). It has no effect once the agent is joining.

        Parameters
        ----------
        scheduling_key
            The key that it was scheduled with.

        Raises
        ------
        NotFound
            For an unknown key (our reading).

        Examples
        --------
        >>> client.create_meeting_agent(
        ...     join_url="https://meet.example.com/a",
        ...     on_behalf_of_attendee={"email": "ann@example.test"},
        ...     scheduling_key="board-7",
        ...     join_time="2031-03-04T09:00:00Z",
        ... )
        >>> client.cancel_meeting_agent(scheduling_key="board-7")
        """
