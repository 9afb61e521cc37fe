"""The table of a plan in its widget."""

import pandas as pd

from cronofy_frames.widgets.plan.table import PlanRows
from cronofy_frames.writing.plan.planning import plan_events


def test_all_day_rows_show_the_days_that_they_take() -> None:
    """The first and the last day, and no exclusive end; timed rows show their end, and need no column for days."""
    sheet = pd.DataFrame(
        {
            "summary": ["Holiday", "Call"],
            "start": ["2026-05-04", "2026-05-04T09:00Z"],
            "end": ["2026-05-09", "2026-05-04T10:00Z"],
        }
    )
    rows = PlanRows(plan_events(sheet, calendar="cal_1"))
    text = rows.html([0, 1])
    assert "Mon 4 – Fri 8 May" in text
    assert "2026-05-09" not in text
    assert "2026-05-04 10:00" in text
    assert "Days" not in rows.html([1])
