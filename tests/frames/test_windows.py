"""Division of a read: how long events last, by which the cost of a border is estimated."""

from datetime import date
from typing import Any

import pytest

from cronofy_frames.frames.windows import mean_event_days

SINCE = date(2026, 3, 2)


def row(start: Any, end: Any) -> dict[str, Any]:
    """Return a row of the wire."""
    return {"start": start, "end": end}


@pytest.mark.parametrize(
    ("rows", "days"),
    [
        ([], 0),
        ([row("2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z")], 0),
        ([row("2026-03-02T09:00:00Z", "2026-03-04T10:00:00Z"), row("2026-03-02", "2026-03-03")], 1),
        ([row("2026-02-01", "2026-03-31"), row("2026-03-02T23:00:00Z", "2026-03-03T01:00:00Z")], 1),
        ([row("2026-02-28", "2026-03-03")], 2),
        ([row({"time": "2026-03-02", "tzid": "UTC"}, {"time": "2026-03-05", "tzid": "UTC"})], 2),
        ([row("2026-03-05", "2026-03-02"), row("2026-03-05", "2026-03-07")], 0.5),
        ([row(None, "2026-03-05"), row("soon", "2026-03-05"), {}, None], 0),
    ],
    ids=["none", "hours", "days", "running", "only running", "times with zones", "back", "unreadable"],
)
def test_events_that_run_when_a_window_begins_do_not_count(rows: list[Any], days: float) -> None:
    """Unless there are no others: of those that run at a time, more are long than of all; what has no times is 0."""
    assert mean_event_days(rows, SINCE) == days
