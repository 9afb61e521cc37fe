"""The order of day and month in a sheet, by what its dates show."""

import re
import warnings
from datetime import date, datetime
from io import BytesIO
from typing import Any

import openpyxl
import pandas as pd
import pytest

from cronofy_frames.errors import FrameError
from cronofy_frames.sheets.read.reader import SheetWarning, read_sheet


def starts(*cells: str, header: str = "Start", **options: Any) -> list[str]:
    """Return the starts of a CSV with these cells in one column, in London."""
    text = "\n".join([f"Title,{header}", *(f'A,"{cell}"' for cell in cells)])
    return read_sheet(text.encode(), **{"tz": "Europe/London", **options})["start"].dt.strftime("%Y-%m-%d").tolist()


@pytest.mark.parametrize(
    ("cells", "first", "expected"),
    [
        (["3/4/2026", "25/4/2026"], "day", ["2026-04-03", "2026-04-25"]),
        (["3/4/2026", "4/25/2026 9:00 AM"], "month", ["2026-03-04", "2026-04-25"]),
        (["03.04.26", "25.12.26"], "day", ["2026-04-03", "2026-12-25"]),
        (["25-4-2026"], "day", ["2026-04-25"]),
        (["Mon 04/05/2026", "06/05/2026"], "day", ["2026-05-04", "2026-05-06"]),
        (["Monday, 5/4/2026"], "month", ["2026-05-04"]),
        (["04.05.2026 (Mo)"], "day", ["2026-05-04"]),
        (["lundi 04/05/2026"], "day", ["2026-05-04"]),
        (["13/05/99"], "day", ["1999-05-13"]),
    ],
)
def test_dates_that_show_their_order_are_read_so(cells: list[str], first: str, expected: list[str]) -> None:
    """One line says so, with the date that shows it and its row."""
    with pytest.warns(SheetWarning, match=rf"{first} first, because \".*\" \(row \d\).*dayfirst=") as caught:
        assert starts(*cells) == expected
    assert len(caught) == 1


@pytest.mark.parametrize(
    "cells",
    [
        ["3/4/2026", "5/6/2026"],
        ["25/4/2026", "4/25/2026"],
        ["Mon 04/05/2026", "Sun 04/05/2026"],
        ["26-05-04", "26-05-05"],
    ],
)
def test_without_evidence_or_with_a_contradiction_it_is_a_question(cells: list[str]) -> None:
    """The argument answers it; a year of two digits may come first, which is no evidence."""
    with pytest.raises(FrameError, match="dayfirst=True or dayfirst=False"):
        starts(*cells)


def test_a_year_that_may_come_first_is_named() -> None:
    """Neither order of day and month would be right then."""
    with pytest.raises(FrameError, match="years of four digits in the sheet, if the year comes first"):
        starts("26/05/04 09:00")


def test_the_argument_decides() -> None:
    """Dates that the other order shows are problems then, and nothing is said of the order."""
    with pytest.warns(SheetWarning, match="row 3, start: ") as caught:
        starts("3/4/2026", "25/4/2026", dayfirst=False)
    assert len(caught) == 1


def test_the_columns_of_a_file_have_one_order() -> None:
    """A date in the column of ends shows that of the starts."""
    with pytest.warns(SheetWarning, match="day first"):
        frame = read_sheet(b"Title,Start,End\nA,3/4/2026 9:00,25/4/2026 9:00\n", tz="Europe/London")
    assert frame.loc[2, "start"].isoformat() == "2026-04-03T09:00:00+01:00"


@pytest.mark.parametrize(
    ("form", "expected"), [("dd/mm/yyyy", "2026-04-03"), ("M/D/YY", "2026-03-04"), ("TT.MM.JJJJ", "2026-04-03")]
)
def test_a_header_can_show_the_order(form: str, expected: str) -> None:
    """As people write it for others who fill in the sheet."""
    with pytest.warns(SheetWarning, match="the header says so"):
        assert starts("3/4/2026", header=f"Start date ({form})") == [expected]


def test_what_is_the_same_in_both_orders_needs_no_order() -> None:
    """5/5/2026 is read without a word."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert starts("5/5/2026", "6/6/26") == ["2026-05-05", "2026-06-06"]


@pytest.mark.parametrize(
    ("cell", "weekday"),
    [
        ("Mon, 5 May 2026 9:00", "Tuesday"),
        ("2026-05-05 (Mo)", "Tuesday"),
        ("Friday, May 4, 2026", "Monday"),
        ("Wed 2026-05-04 09:00", "Monday"),
        ("Tue 05/05/2026", None),
    ],
)
def test_a_weekday_fits_its_date_or_is_a_problem(cell: str, weekday: str | None) -> None:
    """The problem says which weekday the date is."""
    if weekday is None:
        assert starts(cell) == ["2026-05-05"]
        return
    with pytest.warns(SheetWarning, match=f"row 2, start: expected a weekday that fits .* is a {weekday}"):
        starts(cell)


def test_a_weekday_that_fits_neither_order_is_a_problem_of_its_row() -> None:
    """With the order of the others."""
    with pytest.warns(SheetWarning) as caught:
        starts("Thu 04/05/2026", "25/05/2026")
    assert "a weekday that fits the date: 2026-05-04 is a Monday" in str(caught[1].message)


def workbook(*cells: Any) -> bytes:
    """Return a workbook with these cells as starts."""
    book, buffer = openpyxl.Workbook(), BytesIO()
    for row in [("Title", "Start"), *(("A", cell) for cell in cells)]:
        book.active.append(row)
    book.save(buffer)
    return buffer.getvalue()


def test_a_column_that_is_half_converted_gives_a_warning() -> None:
    """It says what may have happened, in which rows, and how to check; dates with a later day are out of question."""
    content = workbook(date(2026, 4, 5), datetime(2026, 6, 5, 9), "13/05/2026", date(2026, 5, 20), date(2026, 5, 5))
    with pytest.warns(SheetWarning) as caught:
        frame = read_sheet(content, tz="Europe/London")
    expected = r"exchanged day and month .*row 2 is 2026-04-05 and not 2026-05-04.*rows 2, 3\)"
    assert re.search(expected, str(caught[1].message))
    assert len(caught) == 2
    assert frame["start"].dt.strftime("%m-%d").tolist() == ["04-05", "06-05", "05-13", "05-20", "05-05"]


@pytest.mark.parametrize("text", ["3/4/2026", "2026-05-13", "13 May 2026"])
def test_other_texts_beside_real_dates_give_none(text: str) -> None:
    """A text that could have been converted, or has no order, shows nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frame = read_sheet(workbook(date(2026, 4, 5), text), tz="Europe/London", dayfirst=True)
    assert isinstance(frame, pd.DataFrame)
