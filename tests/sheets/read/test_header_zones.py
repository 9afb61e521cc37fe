"""Zones that headers name in brackets."""

from typing import Any

import pandas as pd
import pytest

from cronofy_frames.errors import FrameError
from cronofy_frames.sheets.read.reader import read_sheet


def read(suffix: str, **options: Any) -> pd.DataFrame:
    """Read a row from 9:00 to 10:00 on 4 May 2026, with a suffix in the header of the start."""
    return read_sheet(f"Title,Date,Start time ({suffix}),End time\nA,2026-05-04,9:00,10:00\n".encode(), **options)


@pytest.mark.parametrize(
    ("suffix", "tz", "expected"),
    [
        ("BST", "Europe/London", "09:00+01:00"),
        ("ET", "America/New_York", "09:00-04:00"),
        ("EDT", "America/New_York", "09:00-04:00"),
        ("ET", "Europe/London", "14:00+01:00"),
        ("UTC+2", "Europe/London", "08:00+01:00"),
        ("MEZ", "Europe/Berlin", "09:00+02:00"),
        ("UTC", "Europe/London", "10:00+01:00"),
        ("GMT", None, "09:00+00:00"),
        ("Europe/Berlin", None, "09:00+02:00"),
        ("Europe/Berlin", "Europe/London", "08:00+01:00"),
        ("24h", "Europe/London", "09:00+01:00"),
        ("local", "Europe/London", "09:00+01:00"),
    ],
)
def test_a_zone_in_brackets_is_the_zone_of_the_times(suffix: str, tz: str | None, expected: str) -> None:
    """An abbreviation means the zone of tz= if it has it; other words mean nothing."""
    frame = read(suffix, tz=tz)
    assert frame.loc[2, "start"].isoformat(timespec="minutes")[11:] == expected
    assert frame.loc[2, "end"] - frame.loc[2, "start"] == pd.Timedelta("1h")


@pytest.mark.parametrize(
    ("suffix", "tz"), [("EST", "Europe/London"), ("PST", None), ("CEST", "Europe/London"), ("GMT+2", "Europe/London")]
)
def test_a_zone_that_is_not_known_is_a_question(suffix: str, tz: str | None) -> None:
    """It names the header, and the two ways to answer."""
    header = f"Start time ({suffix})"
    with pytest.raises(FrameError, match="tz= with the zone of the times") as raised:
        read(suffix, tz=tz)
    assert f'columns={{"{header}": "start_time"}}' in str(raised.value)
    assert (
        read(suffix, tz="Asia/Tokyo", columns={header: "start_time"}).loc[2, "start"].isoformat()
        == "2026-05-04T09:00:00+09:00"
    )
