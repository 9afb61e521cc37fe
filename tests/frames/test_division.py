"""Division of a read: its parts, and how long events last, by which the cost of a border is estimated."""

from datetime import date
from typing import Any

import pytest

from cronofy_frames.frames.division import Part, mean_event_days

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


@pytest.mark.parametrize("outer", [{}, {"from": "2026-03-02"}, {"to": "2026-03-08"}, {"from": "x", "to": "y"}])
def test_the_outer_bounds_of_parts_are_those_of_the_read(outer: dict[str, str]) -> None:
    """Also where they are open, as the server knows better when its window ends."""
    whole = Part({"tzid": "Etc/UTC", **outer}, SINCE, date(2026, 3, 8))
    parts = whole.by_days(3)
    assert [(part.start, part.end) for part in parts] == [
        (date(2026, 3, day), date(2026, 3, day + 2)) for day in (2, 4, 6)
    ]
    bounds = [(part.arguments.get("from"), part.arguments.get("to")) for part in parts]
    assert bounds == [
        (outer.get("from"), "2026-03-04"),
        ("2026-03-04", "2026-03-06"),
        ("2026-03-06", outer.get("to")),
    ]
    assert {part.arguments["tzid"] for part in parts} == {"Etc/UTC"}
    assert len(whole.by_days(10)) == 6
