"""Instants of wall times, in every zone and at every change of its clocks."""

import numpy as np
import pandas as pd
import pytest

from cronofy_frames.frames.bounds import instant
from cronofy_frames.frames.clock_changes import instants_of, midnights
from cronofy_frames.zones import zone_names

DAYS = pd.date_range("1970-01-02", "2037-12-30", unit="us")
MICROSECOND = pd.Timedelta(microseconds=1)


def walls_of(instants: pd.DatetimeIndex) -> np.ndarray:
    """Return the local times of instants."""
    return instants.tz_localize(None).to_numpy("M8[us]")


@pytest.mark.parametrize("letter", sorted({name[0] for name in zone_names()}))
def test_every_day_starts_at_the_first_instant_of_its_date(letter: str) -> None:
    """In every zone from 1970 to 2037, also at skipped and repeated midnights, no earlier instant has the date."""
    for tz in sorted(name for name in zone_names() if name[0] == letter):
        starts = midnights(DAYS, tz)
        days = DAYS.to_numpy("M8[us]")
        assert (walls_of(starts) >= days).all(), tz
        assert (walls_of(starts - MICROSECOND) < days).all(), tz


@pytest.mark.parametrize(
    ("tz", "wall", "expected"),
    [
        ("Pacific/Apia", "2011-12-30", "2011-12-31 00:00:00+14:00"),  # a day that the zone skipped
        ("Africa/Cairo", "2026-04-24", "2026-04-24 01:00:00+03:00"),  # midnight is skipped
        ("Antarctica/Troll", "2026-03-29 01:30", "2026-03-29 03:00:00+02:00"),  # two hours are skipped
        ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-04 02:30:00+11:00"),  # half an hour is skipped
        ("Pacific/Chatham", "2026-09-27 03:00", "2026-09-27 03:45:00+13:45"),
        ("America/Anchorage", "2026-03-08 02:30", "2026-03-08 03:00:00-08:00"),
        ("America/Havana", "2026-11-01 00:30", "2026-11-01 00:30:00-04:00"),  # repeated: the first of the two
    ],
)
def test_a_skipped_bound_is_the_change_of_the_clocks(tz: str, wall: str, expected: str) -> None:
    """A bound in skipped wall time is the instant at which the clocks change."""
    assert str(instant(wall, tz, "start")) == expected


def test_missing_times_stay_missing() -> None:
    """NaT is neither skipped nor repeated."""
    instants = instants_of(pd.DatetimeIndex([pd.NaT, "2026-03-29 01:30"]), "Europe/London")
    assert instants.isna().tolist() == [True, False]
