"""VTIMEZONE components, against the IANA rules and as the iCalendar library reads them back."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cronofy_frames.vtimezone import zone_component

YEAR = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "name", ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Tokyo"]
)
def test_the_component_has_the_offsets_of_the_zone(name: str) -> None:
    """Read by the iCalendar library, each hour of the period has the offset of the IANA zone."""
    zone = ZoneInfo(name)
    read = zone_component(zone, *YEAR).to_tz(lookup_tzid=False)
    hours = [YEAR[0] + timedelta(hours=hour) for hour in range(0, 365 * 24, 5)]
    walls = [hour.astimezone(zone).replace(tzinfo=None) for hour in hours]
    certain = [
        wall for wall in walls if wall.replace(tzinfo=zone, fold=1).utcoffset() == wall.replace(tzinfo=zone).utcoffset()
    ]
    assert [wall.replace(tzinfo=read).utcoffset() for wall in certain] == [
        wall.replace(tzinfo=zone).utcoffset() for wall in certain
    ]


def test_every_later_onset_has_a_line_of_its_own() -> None:
    """Each later onset has its own RDATE line, since some programs read only the first value of a line."""
    lines = (
        zone_component(ZoneInfo("Europe/Paris"), YEAR[0], YEAR[1] + timedelta(days=800)).to_ical().decode().splitlines()
    )
    onsets = [line for line in lines if line.startswith("RDATE")]
    assert len(onsets) == 4
    assert not any("," in line for line in onsets)
