"""The public holidays of the seeded office."""

from datetime import date
from importlib.metadata import version

import msgspec
import pytest
from packaging.version import Version

from cronofy_frames.sandbox.seed.public_holidays import FILE, HolidayTable, computed_holidays, holidays_of
from tests.sandbox.seed.holiday_table import YEARS, computed_table

TABLE = msgspec.json.decode(FILE.read_bytes(), type=HolidayTable)


@pytest.mark.skipif(
    Version(version("holidays")) < Version(TABLE.library), reason="the installed library is older than the table"
)
def test_the_table_is_what_the_library_computes() -> None:
    """The table has the holidays that the library holidays computes."""
    assert TABLE.regions == computed_table().regions


@pytest.mark.parametrize("years", [YEARS[:1], (YEARS[-1], YEARS[-1] + 1), (2050,)], ids=str)
def test_years_beyond_the_table_are_computed(years: tuple[int, ...]) -> None:
    """The holidays of years that the table lacks are computed, and all are in the order of days."""
    holidays = holidays_of("GB-ENG", years)
    assert list(holidays) == sorted(holidays)
    assert {day.year for day in holidays} == set(years)
    assert holidays[date(years[-1], 12, 25)] == "Christmas Day"


def test_a_region_that_the_table_lacks_is_computed() -> None:
    """The holidays of a country where none of the office's people lives are computed."""
    assert holidays_of("FR", [2026]) == computed_holidays("FR", 2026)
