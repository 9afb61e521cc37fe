"""Durations in place of an end."""

import io
from datetime import date, datetime, timedelta
from typing import Any

import openpyxl
import pandas as pd
import pytest

from cronofy_frames.sheets.read.durations import is_duration_header
from cronofy_frames.sheets.read.reader import SheetWarning, read_sheet


def lengths(cells: list[Any], header: str = "Duration", start: str = "2026-05-04 09:00") -> list[timedelta]:
    """Return how long the rows of a sheet last whose durations are these."""
    rows = "".join(f'A,{start},"{cell}"\n' for cell in cells)
    frame = read_sheet(f"Title,Start,{header}\n{rows}".encode(), tz="Europe/London")
    return (frame["end"] - frame["start"]).tolist()


@pytest.mark.parametrize(
    "cell",
    [
        *("90", "1:30", "01:30:00", "1h 30m", "1h30", "1 h 30 min", "90 min", "1.5 h", "1,5 Std.", "PT1H30M"),
        *("1 hour and 30 minutes", "1 Stunde 30 Minuten", "1 heure 30", "90 minuti", "1時間30分"),
    ],
)
def test_a_duration_gives_the_end(cell: str) -> None:
    """The forms that people and programs write are read."""
    assert lengths([cell]) == [timedelta(minutes=90)]


@pytest.mark.parametrize(
    ("header", "cell", "minutes"),
    [
        *(("Duration (min)", "5", 5), ("duration_hours", "1.5", 90), ("Dauer (Std.)", "2", 120), ("Durée", "0:45", 45)),
        *(("Length", "30 min", 30), ("所要時間", "60", 60), ("Duur (uur)", "1", 60), ("Duration [h:mm]", "0:30", 30)),
    ],
)
def test_the_header_can_name_the_unit(header: str, cell: str, minutes: int) -> None:
    """A number counts the unit of its header, in the languages of the exports."""
    assert lengths([cell], header) == [timedelta(minutes=minutes)]


@pytest.mark.parametrize("cell", ["8", "1.5", "90:00", "x", "0:00", "-1:00", "0.0625"])
def test_an_unclear_duration_is_a_problem(cell: str) -> None:
    """A number that can be hours or minutes, and what is no duration, leaves the end missing."""
    with pytest.warns(SheetWarning, match=r'row 2, end: expected a duration such as "90 min", 1:30 .*Duration'):
        assert pd.isna(lengths([cell])[0])


def test_a_unit_is_asked_for_where_a_number_has_none() -> None:
    """The problem of a number says where its unit can be written, and a mapped header can have it as well."""
    with pytest.warns(SheetWarning, match=r"or the unit of numbers in the header, as in Duration \(min\)"):
        lengths(["8"])
    frame = read_sheet(b"Title,Start,Hours\nA,2026-05-04T09:00Z,8\n", columns={"Hours": "duration"})
    assert (frame["end"] - frame["start"]).tolist() == [timedelta(hours=8)]


def test_numbers_are_minutes_if_one_of_them_can_be_nothing_else() -> None:
    """Beside 45 a 5 means minutes."""
    assert lengths(["45", "5"]) == [timedelta(minutes=45), timedelta(minutes=5)]


def test_a_duration_is_elapsed_time_over_a_clock_change() -> None:
    """Four hours from 23:30 before the clocks go forward end at 04:30 on the clock."""
    assert lengths(["4:00"], start="2026-03-28 23:30") == [timedelta(hours=4)]


def test_days_last_whole_days() -> None:
    """A row without a time of day lasts so many days, and anything else is a problem."""
    assert lengths(["2 days"], start="2026-05-04") == [timedelta(days=2)]
    with pytest.warns(SheetWarning, match="a whole number of days, because the row has no time of day"):
        assert pd.isna(lengths(["2 h"], start="2026-05-04")[0])


def test_an_end_of_its_own_counts_before_a_duration() -> None:
    """Blank ends are filled; where all rows have an end, the durations stay a column as in the file."""
    sheet = "Title,Start,End,Duration\nA,2026-05-04 09:00,2026-05-04 10:00,2:00\n"
    filled = read_sheet(f"{sheet}B,2026-05-04 09:00,,2:00\n".encode(), tz="UTC")
    assert filled["end"].dt.hour.tolist() == [10, 11]
    with pytest.warns(SheetWarning, match="'Duration'"):
        assert read_sheet(sheet.encode(), tz="UTC")["Duration"].tolist() == ["2:00"]


def test_durations_of_a_workbook() -> None:
    """Cells with a time, a duration above a day, and a text are read as the workbook shows them."""
    book = openpyxl.Workbook()
    book.active.append(["Title", "Date", "Time", "Duration"])
    for length in (timedelta(minutes=90), timedelta(hours=26), "45 min"):
        book.active.append(["A", date(2026, 5, 4), datetime(2026, 5, 4, 9).time(), length])
    content = io.BytesIO()
    book.save(content)
    frame = read_sheet(content.getvalue(), tz="UTC")
    expected = [timedelta(minutes=90), timedelta(hours=26), timedelta(minutes=45)]
    assert (frame["end"] - frame["start"]).tolist() == expected


@pytest.mark.parametrize("header", ["Duration (decimal)", "Length (m)", "Duration of warranty", "Dauerauftrag"])
def test_other_headers_are_no_durations(header: str) -> None:
    """Words that are not about time make another column of it."""
    assert not is_duration_header(header)
