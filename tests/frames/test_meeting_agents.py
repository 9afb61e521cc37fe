"""The frame of what the callbacks of meeting agents brought."""

import json

import pandas as pd
import pytest

from cronofy_frames import schema
from cronofy_frames.frames.meeting_agents import meeting_agents

EVENT = {
    "event_id": "retro",
    "summary": "Retro",
    "start": "2026-07-01T09:00:00Z",
    "end": "2026-07-01T10:00:00Z",
    "conferencing": {"provider_name": "zoom", "join_url": "https://meet.example.com/a"},
}
TRANSCRIPT = {"category": "transcript", "type": "cronofy", "url": "https://api.example.test/a"}


def callback(interaction: str, state: str, **more: object) -> dict[str, object]:
    """Return the body of a callback."""
    notification = {"type": "event_subscription", "interactions": [{"type": interaction}]}
    return {"notification": notification, "meeting_agent": {"sub": "agt_1", "state": state, **more}}


def test_each_callback_is_a_row() -> None:
    """Bytes, text and decoded bodies are taken; resources have columns, and other callbacks are counted."""
    complete = callback("meeting_agent_complete", "complete", resources=[TRANSCRIPT, {"category": "new"}]) | {
        "event": EVENT
    }
    alone = callback("meeting_agent_failed", "failed", scheduling_key="board", resources=None)
    others = [
        {"notification": {"type": "change"}},
        {"notification": {"interactions": [{"type": "conferencing_assigned"}]}},
    ]
    frame = meeting_agents([json.dumps(complete).encode(), json.dumps(alone), *others, []], tz="Europe/London")
    assert frame.columns.tolist() == schema.MEETING_AGENTS.names
    assert frame["interaction"].tolist() == ["meeting_agent_complete", "meeting_agent_failed"]
    assert frame["transcript_url"][0] == TRANSCRIPT["url"]
    assert frame["start"][0] == pd.Timestamp("2026-07-01 10:00", tz="Europe/London")
    assert frame["join_url"][0] == "https://meet.example.com/a"
    assert frame.loc[1, ["event_id", "transcript_url", "resources"]].isna().all()
    assert frame["scheduling_key"][1] == "board"
    assert frame.attrs["cronofy"]["other_callbacks"] == 3
    assert meeting_agents([]).dtypes.to_dict() == meeting_agents([complete]).dtypes.to_dict()
    with pytest.raises(ValueError, match="one is not JSON"):
        meeting_agents([b"<html>"])
