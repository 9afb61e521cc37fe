"""Two times in one cell: a range, or a time with an offset."""

from typing import Any

import pandas as pd
import pytest

from cronofy_frames.errors import FrameError
from cronofy_frames.sheets.read.reader import SheetWarning, read_sheet


def read(header: str, *lines: str, **options: Any) -> pd.DataFrame:
    """Read the lines of a CSV under a header, in London unless another zone is given."""
    return read_sheet("\n".join([header, *lines]).encode(), **{"tz": "Europe/London", **options})


def clocks(row: pd.Series) -> tuple[str, str]:
    """Return start and end of a row, as local times."""
    return row["start"].strftime("%d %H:%M"), row["end"].strftime("%d %H:%M")


RANGES = [
    *("09:00-10:30", "9:00 - 10:30", "09:00–10:30", "9:00 — 10:30", "9:00 AM-10:30 AM", "9am - 10:30am", "09.00-10.30"),
    *("09:00:00-10:30:00", "09:00:00-10:30", "9h-10h30", "de 9h à 10h30"),
    *("9:00 to 10:30", "from 9:00 to 10:30", "9:00 bis 10:30", "09:00-10:30 AM"),
]


@pytest.mark.parametrize("text", RANGES)
@pytest.mark.parametrize("header", ["Title,Date,Start time,End time", "Title,Date,Time"])
def test_a_range_in_a_column_of_times_is_start_and_end(text: str, header: str) -> None:
    """In any usual form, with or without a blank column for the end."""
    assert clocks(read(header, f"A,2026-05-04,{text}" + "," * (header.count(",") - 2)).iloc[0]) == (
        "04 09:00",
        "04 10:30",
    )


@pytest.mark.parametrize(
    "text", ["2026-05-04 09:00-10:30", "4 May 2026 9:00 – 10:30", "Mon 4 May 2026, 9 am - 10:30 am"]
)
@pytest.mark.parametrize("header", ["Title,Start,End", "Title,Start", "Title,Date"])
def test_a_range_after_a_date_is_start_and_end(text: str, header: str) -> None:
    """On that day; dates of which the order is not known are still a question."""
    cells = f'A,"{text}"' + "," * (header.count(",") - 1)
    assert clocks(read(header, cells).iloc[0]) == ("04 09:00", "04 10:30")
    with pytest.raises(FrameError, match="dayfirst"):
        read(header, f"A,04/05/2026 09:00–10:30{',' * (header.count(',') - 1)}")


@pytest.mark.parametrize(
    ("text", "tz", "start"),
    [
        ("2026-05-04 22:00+06:00", "Europe/London", "2026-05-04T16:00+00:00"),
        ("2026-05-04 22:00Z", "Europe/London", "2026-05-04T22:00+00:00"),
        ("2026-05-04 22:00-05:00", "America/Chicago", "2026-05-05T03:00+00:00"),
        ("2026-05-04 22:00-06:00", "America/Chicago", "2026-05-05T04:00+00:00"),
        ("2026-05-04 22:00 -0600", "Europe/London", "2026-05-05T04:00+00:00"),
        ("2026-05-04T22:00-06:00", "Europe/London", "2026-05-05T04:00+00:00"),
        ("2026-05-04 22:00:00-06:00", "Europe/London", "2026-05-05T04:00+00:00"),
        ("2026-05-04 22:00:00-06:00", None, "2026-05-05T04:00+00:00"),
    ],
)
def test_an_offset_stays_one(text: str, tz: str | None, start: str) -> None:
    """With a plus, a Z, a T or seconds, or if the zone has it in that year."""
    frame = read("Title,Start", f"A,{text}", tz=tz)
    assert frame.loc[2, "start"].tz_convert("UTC").isoformat(timespec="minutes") == start


@pytest.mark.parametrize(("zone", "expected"), [("America/Chicago", "08:00"), ("Europe/Paris", "01:00")])
def test_the_zone_of_the_row_decides(zone: str, expected: str) -> None:
    """Its column counts before tz=."""
    frame = read("Title,Start,End,tzid", f"A,2026-05-04 02:00-05:00,,{zone}")
    assert frame.loc[2, "start"].strftime("%H:%M") == expected
    assert pd.isna(frame.loc[2, "end"]) == (zone == "America/Chicago")


@pytest.mark.parametrize(
    ("header", "cells", "options"),
    [
        ("Title,Start,End", "2026-05-04 22:00-06:00,2026-05-05 06:00", {}),
        ("Title,Start,End", "2026-05-04 22:00-06:00,", {}),
        ("Title,Start,End", "2026-05-04 09:00-10:00,2026-05-04 11:00", {}),
        ("Title,Start,End", "2026-05-04 02:00-06:00,", {"tz": None}),
        ("Title,Start,End", "2026-05-04 09:00-10,2026-05-04 11:00", {}),
        ("Title,Date,Start time,End time", "2026-05-04,09:00-10:00,11:00", {}),
        ("Title,Date,Time", "2026-05-04,22:00–06:00", {}),
        ("Title,Start date,Start time,End date", "2026-05-04,09:00-10:00,2026-05-05", {}),
    ],
)
def test_a_range_that_is_not_clear_is_a_question(header: str, cells: str, options: dict[str, Any]) -> None:
    """Over midnight, beside another end, or without a zone that would tell: the problem asks whether it is meant."""
    with pytest.warns(SheetWarning, match=r"row 2, start: expected one time: is \d\d:00 to \d\d:00 .*meant\?"):
        frame = read(header, f"A,{cells}", **options)
    assert frame["start"].isna().all()


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Title,Date,Time", "2026-05-04,22:00–06:00"),
        ("Title,Start,End", "2026-05-04 22:00-06:00,"),
        ("Title,Start,End", "2026-05-04 22:00-06:00,2026-05-05 06:00"),
    ],
)
def test_a_range_over_midnight_is_read_with_overnight(header: str, cells: str) -> None:
    """It ends on the next day; the problem without the argument names it."""
    with pytest.warns(SheetWarning, match="22:00 to 06:00 of the next day meant.*overnight=True"):
        read(header, f"A,{cells}")
    assert clocks(read(header, f"A,{cells}", overnight=True).iloc[0]) == ("04 22:00", "05 06:00")


def test_an_end_or_another_time_is_never_a_range() -> None:
    """The problem names its column."""
    with pytest.warns(SheetWarning, match="row 2, end: expected one time: is 10:00 to 11:00 meant"):
        read("Title,Start,End", "A,2026-05-04 09:00,2026-05-04 10:00–11:00")
    with pytest.warns(SheetWarning, match="row 2, created: expected one time"):
        read("Title,Start,created", "A,2026-05-04 09:00,2026-05-04 10:00-11:00")


def test_an_end_that_says_the_same_is_no_contradiction() -> None:
    """A row may have the end twice."""
    frame = read("Title,Date,Time,End time", "A,2026-05-04,09:00-10:00,10:00", "B,2026-05-04,11:00,12:00")
    assert [clocks(row) for _, row in frame.iterrows()] == [("04 09:00", "04 10:00"), ("04 11:00", "04 12:00")]


def test_an_offset_of_the_zone_beside_ranges_is_a_question() -> None:
    """In a column of ranges it is probably one."""
    with pytest.warns(SheetWarning, match="row 3, start: expected one time: is 01:00 to 04:00 meant"):
        frame = read("Title,Date,Time", "A,2026-05-04,09:00-10:30", "B,2026-05-04,01:00-04:00", tz="America/New_York")
    assert frame["start"].isna().tolist() == [False, True]


def test_the_offset_of_the_start_stays_beside_a_time_of_day() -> None:
    """A column of instants of which another repeats the time is read as without it."""
    frame = read("Title,Start,End,Time", "A,2026-05-04T09:00Z,2026-05-04T10:00Z,09:00")
    assert clocks(frame.iloc[0]) == ("04 10:00", "04 11:00")


def test_a_range_beside_a_date_that_cannot_be_read() -> None:
    """The date is the problem, whatever the second time looks like."""
    with pytest.warns(SheetWarning, match="row 2, start: .*came -04-03"):
        frame = read("Title,Date,Start time,End time", "A,-04-03,09:04-03,10:00", "B,2026-04-03,09:00,10:00")
    assert frame["start"].isna().tolist() == [True, False]
