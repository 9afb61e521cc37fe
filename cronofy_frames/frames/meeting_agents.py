"""Frame of what the callbacks of meeting agents brought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import pandas as pd

from cronofy_frames.frames.decoder import decode
from cronofy_frames.schema import MEETING_AGENTS
from cronofy_frames.zones import zone_name

PREFIX = "meeting_agent_"


def meeting_agents(callbacks: Iterable[Any], *, tz: str = "UTC") -> pd.DataFrame:
    """Make a frame of the callbacks of meeting agents, one row each (BETA).

    Source: docs.cronofy.com/developers/api/meeting-agents/callbacks. Callbacks of other things are left out, and
    counted in `attrs["cronofy"]["other_callbacks"]`. `hmac_valid` says whether a callback is Cronofy's.

    Parameters
    ----------
    callbacks
        The bodies of the requests: bytes or text of JSON, or decoded; or what the sandbox's `outbox` has.
    tz
        The IANA zone of the frame's times.

    Returns
    -------
    DataFrame
        interaction (meeting_agent_activated, meeting_agent_complete, meeting_agent_failed), meeting_agent_sub, state,
        event_id, summary, start, end, join_url, scheduling_key, transcript_url, audio_url, video_url, dashboard_url and
        resources (JSON list); the addresses are for `client.download_resource`.

    Raises
    ------
    ValueError
        A callback is no JSON.

    Examples
    --------
    >>> hook = {"type": "webhook", "uri": "https://example.test/", "interactions": [{"type": "meeting_agent_complete"}]}
    >>> client.create_meeting_agent(
    ...     join_url="https://meet.example.com/a", on_behalf_of_attendee={"email": "ann@example.test"},
    ...     scheduling_key="board-8", join_time="2031-03-04T09:00:00Z", subscriptions=[hook],
    ... )
    >>> agent = box.run_meeting_agent("board-8")
    >>> brought = cf.meeting_agents(box.outbox)
    >>> brought["state"].tolist()
    ['complete']
    >>> client.download_resource(brought["transcript_url"][0])[:10]
    b'transcript'
    """
    bodies = [_body(callback) for callback in callbacks]
    rows = [row for body in bodies for row in _rows(body)]
    content = msgspec.json.encode({"callbacks": rows})
    frame = decode([content], MEETING_AGENTS, rows="callbacks", tz=zone_name(tz))
    others = sum(not _interactions(body) for body in bodies)
    frame.attrs["cronofy"] = {"rows": len(frame), "other_callbacks": others, "tz": zone_name(tz)}
    return frame


def _body(callback: Any) -> Mapping[str, Any]:
    content = getattr(callback, "body", callback)
    if isinstance(content, str | bytes):
        try:
            content = msgspec.json.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise ValueError("a callback is the JSON body of a request; one is not JSON: leave it out.") from None
    return content if isinstance(content, Mapping) else {}


def _interactions(body: Mapping[str, Any]) -> list[str]:
    notification = _part(body, "notification")
    listed = notification.get("interactions")
    types = [_part({"": entry}, "").get("type") for entry in listed] if isinstance(listed, list) else []
    return [name for name in types if isinstance(name, str) and name.startswith(PREFIX)]


def _rows(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    agent = _part(body, "meeting_agent")
    listed = agent.get("resources")
    resources = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    urls = {str(entry.get("category")): entry.get("url") for entry in reversed(resources)}
    return [{**body, "interaction": interaction, "urls": urls} for interaction in _interactions(body)]


def _part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = body.get(name)
    return part if isinstance(part, Mapping) else {}
