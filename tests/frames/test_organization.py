"""Frames of an organizational unit."""

import json
from datetime import UTC, datetime

import pandas as pd
import pytest

from cronofy_frames import schema
from cronofy_frames.connecting import connect
from cronofy_frames.frames.organization import read_organizational_unit_members, read_scheduling_requests
from cronofy_frames.sandbox import Sandbox


def test_requests_become_a_frame() -> None:
    """Each request is a row with its times in the zone; one that the answer leaves out is a warning."""
    box = Sandbox(now="2026-03-04T09:00:00Z", seed=0)
    client = connect(sandbox=box)
    members = read_organizational_unit_members(client)
    assert members.columns.tolist() == schema.ORGANIZATIONAL_UNIT_MEMBERS.names
    assert members["scheduler_public_url"].isna().sum() == len(members) - 1
    ids = [
        client.create_scheduling_request(
            host={"sub": sub},
            recipients=[{"email": "guest@example.test", "slot_selector": True}],
            event={"summary": f"Interview {number}", "duration": {"minutes": 30}},
        )["scheduling_request"]["scheduling_request_id"]
        for number, sub in enumerate(members["sub"][:2])
    ]
    box.choose_time(ids[1], datetime(2026, 7, 1, 9, tzinfo=UTC))
    frame = read_scheduling_requests(client, pd.Series(ids), tz="Europe/London")
    assert frame.columns.tolist() == schema.SCHEDULING_REQUESTS.names
    assert frame["slot_selection"].tolist() == ["pending", "complete"]
    assert frame["start"].tolist() == [pd.NaT, pd.Timestamp("2026-07-01 10:00", tz="Europe/London")]
    assert frame["duration_minutes"].tolist() == [30, 30]
    assert json.loads(frame["recipients"][0])[0]["email"] == "guest@example.test"
    with pytest.warns(UserWarning, match=r"leaves out 1 request: srq_unknown\. Check the ids"):
        assert len(read_scheduling_requests(client, [*ids, "srq_unknown"])) == 2
    with pytest.raises(ValueError, match="at least one id"):
        read_scheduling_requests(client, [])
    assert read_scheduling_requests({"unit": client}, ids[0])["account"].tolist() == ["unit"]
