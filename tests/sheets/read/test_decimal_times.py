"""Decimal numbers in columns of times of day, and numbers that may be dates."""

from datetime import date, time
from io import BytesIO
from typing import Any

import openpyxl
import pandas as pd
import pytest

from cronofy_frames.sheets.read.reader import SheetWarning, read_sheet


def times(cells: list[Any], *, as_workbook: bool = False) -> list[str | None]:
    """Return the times of day of the starts, with these cells in a column of their own."""
    rows = [("Title", "Date", "Start time"), *(("A", date(2026, 5, 4), cell) for cell in cells)]
    if as_workbook:
        book, buffer = openpyxl.Workbook(), BytesIO()
        for row in rows:
            book.active.append(row)
        book.save(buffer)
        content = buffer.getvalue()
    else:
        content = "\n".join(";".join(map(str, row)) for row in rows).encode()
    starts = read_sheet(content, tz="Europe/London")["start"]
    return [None if pd.isna(start) else start.strftime("%H:%M") for start in starts]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["16.30", "0.30"], ["16:30", "00:30"]),
        (["08.37", "0.15"], ["08:37", "00:15"]),
        (["00.30", "9:15", "24.00"], ["00:30", "09:15", "00:00"]),
        (["0.375", "0.5"], ["09:00", "12:00"]),
        (["0,375", "0,75"], ["09:00", "18:00"]),
        (["0", "0.00", "9:00"], ["00:00", "00:00", "09:00"]),
    ],
)
def test_decimal_texts_of_a_column_are_all_of_one_kind(cells: list[str], expected: list[str]) -> None:
    """Either clock times with a point, or shares of a day: one that can only be one of them decides for all."""
    assert times(cells) == expected


@pytest.mark.parametrize(
    "cells",
    [["0.30"], ["0.15", "0.45"], ["16.30", "0.375"], ["8.5", "16.30"], ["8.75", "0.30"], ["16,30", "0,30"], ["8,5"]],
)
def test_decimal_texts_that_are_not_clear_are_problems(cells: list[str]) -> None:
    """Each asks for a colon; none is read in one of two ways."""
    with pytest.warns(
        SheetWarning, match=r"row 2, start: expected a time of day .* with a colon.* \(in \"Start time\"\)"
    ):
        assert times(cells) == [None] * len(cells)


def test_the_columns_of_start_and_end_are_of_one_kind() -> None:
    """0.30 is a clock time beside a start at 16.30."""
    lines = "Title,Date,Start time,End date,End time\nA,2026-05-04,16.30,2026-05-05,0.30\n"
    frame = read_sheet(lines.encode(), tz="Europe/London")
    assert frame.loc[2, "end"].strftime("%H:%M") == "00:30"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([0.375, 0.5], ["09:00", "12:00"]),
        ([0.5, 0.25], ["12:00", "06:00"]),
        ([time(9), 0.3], ["09:00", "07:12"]),
        ([0, 0.0], ["00:00", "00:00"]),
    ],
)
def test_numbers_of_a_workbook_are_shares(cells: list[Any], expected: list[str]) -> None:
    """As it stores times of day."""
    assert times(cells, as_workbook=True) == expected


@pytest.mark.parametrize("cells", [[16.3, 0.3], [0.3, 0.45], [8.3, 0.375], [0.15, "16.30"]])
def test_numbers_of_a_workbook_that_a_person_may_have_typed_are_problems(cells: list[Any]) -> None:
    """0.30 is stored as 0.3, which is a share, too."""
    with pytest.warns(SheetWarning, match="with a colon"):
        assert times(cells, as_workbook=True)[0] is None


def start(cell: Any) -> str | None:
    """Return the start of a row with one cell, as text."""
    book, buffer = openpyxl.Workbook(), BytesIO()
    book.active.append(("Title", "Start"))
    book.active.append(("A", cell))
    book.save(buffer)
    value = read_sheet(buffer.getvalue(), tz="Europe/London").loc[2, "start"]
    return None if pd.isna(value) else value.isoformat(timespec="minutes")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("20260503", "2026-05-03T00:00+01:00"),
        (20260503, "2026-05-03T00:00+01:00"),
        ("20260503T0915", "2026-05-03T09:15+01:00"),
        ("20260503T081500Z", "2026-05-03T09:15+01:00"),
        ("46146", "2026-05-04T00:00+01:00"),
        (46146.375, "2026-05-04T09:00+01:00"),
        (date(1975, 5, 4), "1975-05-04T00:00+01:00"),
    ],
)
def test_numbers_that_are_clear_dates(cell: Any, expected: str) -> None:
    """Eight digits in the order of ISO 8601, the numbers of workbooks for 1990 to 2060, and any real date."""
    assert start(cell) == expected


@pytest.mark.parametrize(
    "cell",
    [
        *("20526", 20526, "40526", 40526, "030526", 30526, "03052026", "20261305", "18991231"),
        *("32000", "59000", 59000.5),
    ],
)
def test_numbers_that_may_be_other_dates_are_problems(cell: Any) -> None:
    """A date without separators in another order, or the number of a year far away."""
    with pytest.warns(SheetWarning, match="row 2, start: expected a date"):
        assert start(cell) is None
