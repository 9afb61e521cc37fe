"""Scheduling requests in their wire form."""

from __future__ import annotations

from typing import Any

from cronofy_frames.sandbox.model.state import SchedulingRequest

DEFAULT_DURATION = {"minutes": 30}


def request_row(row: SchedulingRequest, base_url: str) -> dict[str, Any]:
    """Return a scheduling request in its wire form."""
    url = f"{base_url}/rts/{row.token}"
    operations = {"view_url": url}
    if row.slot_selection == "complete":
        operations |= {"decline_url": f"{url}/decline", "reschedule_url": f"{url}/reschedule"}
    event = {"summary": row.event["summary"]}
    if row.start is not None and row.end is not None:
        event |= {"start": row.start, "end": row.end}
    if row.event.get("metadata") is not None:
        event["metadata"] = row.event["metadata"]
    return {
        "scheduling_request_id": row.scheduling_request_id,
        "slot_selection": row.slot_selection,
        "primary_select_url": url,
        "dashboard_url": f"{base_url}/scheduler/requests/{row.token}",
        "summary": row.event["summary"],
        "duration": row.event.get("duration") or DEFAULT_DURATION,
        **({} if row.buffer is None else {"buffer": row.buffer}),
        "recipient_operations": operations,
        "recipients": [_recipient_row(recipient, url) for recipient in row.recipients],
        "collaborator_groups": row.collaborator_groups,
        "event": event,
    }


def _recipient_row(recipient: dict[str, Any], url: str) -> dict[str, Any]:
    return {**recipient, "select_url": url if recipient["slot_selector"] else None}
