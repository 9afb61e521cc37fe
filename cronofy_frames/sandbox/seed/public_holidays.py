"""Public holidays of the office's countries: from a table for the years around now, else from the library holidays.

That library loads all countries of the world for one, which is a tenth of the time to a first frame; and its releases
differ, while the office is the same on every machine.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import msgspec

FILE = Path(__file__).with_suffix(".json")

Holidays = dict[date, str]
"""Names of holidays by their day, in order."""


class HolidayTable(msgspec.Struct):
    """The file: the library's release that it was made with, and holidays of whole years by region and year."""

    library: str
    regions: dict[str, dict[int, Holidays]]


def holidays_of(region: str, years: Iterable[int]) -> Holidays:
    """Return the holidays of a country or a part of it, such as `DE-BE`."""
    known = msgspec.json.decode(FILE.read_bytes(), type=HolidayTable).regions.get(region, {})
    return {
        day: name
        for year in years
        for day, name in (known[year] if year in known else computed_holidays(region, year)).items()
    }


def computed_holidays(region: str, year: int) -> Holidays:
    """Return the holidays of one year as the library computes them."""
    # Imported here because it takes long, and few years need it.
    import holidays

    country, _, subdivision = region.partition("-")
    with warnings.catch_warnings():
        # The package warns that some lunar holidays are known for some years only.
        warnings.simplefilter("ignore")
        names = holidays.country_holidays(country, subdiv=subdivision or None, years=year, language="en_US")
    return dict(sorted(names.items()))
