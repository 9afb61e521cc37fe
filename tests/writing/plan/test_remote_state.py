"""The remote state that a plan compares with, of sheets over hundreds of calendars."""

import pandas as pd
import pytest

import cronofy_frames as cf
from tests.wide_account import CHOSEN, client_of, wide_box


@pytest.mark.parametrize("count", [1, 50, 243])
def test_a_sheet_over_hundreds_of_calendars_is_planned(count: int) -> None:
    """Addresses stay short, and the same sheet changes nothing when it is planned again."""
    rows = [{"summary": "Stocktaking", "start": "2026-03-20 09:00", "end": "2026-03-20 10:00"} for _ in range(count)]
    sheet = pd.DataFrame(rows).assign(calendar_id=CHOSEN[:count], event_id=[f"stock {n}" for n in range(count)])
    with client_of(wide_box()) as client:
        plan = cf.plan_events(sheet, client=client, tz="Europe/London")
        cf.apply(plan, client)
        again = cf.plan_events(sheet, client=client, tz="Europe/London").frame()
    assert again["action"].unique().tolist() == ["unchanged"]
