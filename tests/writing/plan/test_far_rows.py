"""Rows far from the others get a note in the plan."""

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from cronofy_frames.writing.apply.applying import apply
from cronofy_frames.writing.plan.planning import plan_events
from cronofy_frames.writing.plan.plans import Plan
from tests.small import WORK, small_box
from tests.writes import client_of

HOUR = timedelta(hours=1)


def plan(*starts: datetime, lengths: dict[int, timedelta] | None = None, **options: Any) -> Plan:
    """Return the plan of events that last an hour, or as long as `lengths` says for some positions."""
    ends = [start + (lengths or {}).get(at, HOUR) for at, start in enumerate(starts)]
    frame = pd.DataFrame({"summary": [f"E{at}" for at in range(len(starts))], "start": starts, "end": ends})
    return plan_events(frame, tz="Europe/London", **{"calendar": "cal_1", **options})


def notes(made: Plan) -> dict[int, str]:
    """Return the notes of a plan's rows by their position."""
    return {at: note for at, note in enumerate(made.frame()["note"]) if isinstance(note, str)}


def days(*numbers: int, month: int = 5, year: int = 2026, hour: int = 9) -> list[datetime]:
    """Return some days of a month at one hour."""
    return [datetime(year, month, number, hour) for number in numbers]


def test_a_year_far_from_the_others_is_noted() -> None:
    """A typo of decades is noted on its row and on the plan."""
    made = plan(*days(4, 5, 6), datetime(2062, 5, 7, 9))
    assert notes(made) == {3: "starts in 2062-05 and the other rows in 2026-05: check the year"}
    assert "1 row is far from the others in year, length or hour: see the notes on each" in made.notes


def test_of_two_rows_far_apart_either_may_be_meant() -> None:
    """With one row each side, both have a note."""
    assert set(notes(plan(datetime(2026, 5, 4, 9), datetime(2062, 5, 4, 9)))) == {0, 1}


def test_a_year_beside_a_plan_of_some_weeks_is_noted() -> None:
    """A row one year off is noted where the others are within 100 days, and not in a plan of years."""
    assert set(notes(plan(*days(4, 5, 6), datetime(2025, 5, 7, 9)))) == {3}
    assert notes(plan(*(datetime(year, 5, 4, 9) for year in range(2020, 2030)))) == {}


def test_a_length_over_thirty_days_is_noted() -> None:
    """A row of a year is noted, but not where half of the rows are as long."""
    year = timedelta(days=365)
    assert notes(plan(*days(4, 5, 6), lengths={1: year})) == {1: "lasts 365 days: check start and end"}
    assert notes(plan(*days(4), lengths={0: timedelta(days=31)})) == {0: "lasts 31 days: check start and end"}
    assert notes(plan(*days(4, 5), lengths={0: year, 1: year})) == {}
    assert notes(plan(*days(4, 5), lengths={0: timedelta(days=30)})) == {}


@pytest.mark.parametrize(("hour", "is_far"), [(2, True), (22, True), (7, False), (20, False)])
def test_an_hour_far_from_the_others_is_noted(hour: int, is_far: bool) -> None:
    """A night among days at work is noted, as of a time with am in place of pm, and an early or late hour is not."""
    made = plan(*days(4, 5, 6), *days(7, 8, hour=16), *days(11, hour=hour))
    expected = {5: f"starts at {hour:02}:00 and the other rows between 09:00 and 16:00: check the hour"}
    assert notes(made) == (expected if is_far else {})


def test_the_hour_is_that_of_the_zone_of_the_row() -> None:
    """Nine in Tokyo is night in London, and no exception."""
    frame = pd.DataFrame(
        {"summary": list("abcdef"), "start": days(4, 5, 6, 7, 8, 11), "end": days(4, 5, 6, 7, 8, 11, hour=10)}
    ).assign(tzid=["Europe/London"] * 5 + ["Asia/Tokyo"])
    assert notes(plan_events(frame, calendar="cal_1")) == {}


def test_shifts_and_long_plans_have_no_notes() -> None:
    """Early, late and night shifts are as many, and a few rows show nothing about hours."""
    shifts = [datetime(2026, 5, day, hour) for day in range(4, 9) for hour in (6, 14, 22)]
    assert notes(plan(*shifts)) == {}
    assert notes(plan(*days(4, 5), *days(6, hour=3))) == {}
    assert notes(plan()) == {}


def test_an_event_that_is_already_there_has_no_note() -> None:
    """What the plan does not change needs no check."""
    client, _ = client_of(small_box())
    starts = [*days(4, 5, 6), datetime(2062, 5, 7, 9)]
    made = plan(*starts, calendar=WORK, client=client)
    assert set(notes(made)) == {3}
    apply(made, client)
    assert notes(plan(*starts, calendar=WORK, client=client)) == {}
