"""The table of public holidays that the sandbox's office is built with.

`python -m tests.sandbox.seed.holiday_table` makes it anew; look at what changes before you commit it.
"""

from importlib.metadata import version

import msgspec

from cronofy_frames.sandbox.seed.people import PEOPLE
from cronofy_frames.sandbox.seed.public_holidays import FILE, HolidayTable, computed_holidays

YEARS = range(2024, 2032)


def computed_table() -> HolidayTable:
    """Return the table as the installed library computes it."""
    regions = {
        person.region: {year: computed_holidays(person.region, year) for year in YEARS}
        for person in sorted(PEOPLE, key=lambda person: person.region)
    }
    return HolidayTable(version("holidays"), regions)


if __name__ == "__main__":
    FILE.write_bytes(msgspec.json.format(msgspec.json.encode(computed_table()), indent=1) + b"\n")
