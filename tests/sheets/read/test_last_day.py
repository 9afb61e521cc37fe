"""Whether the last day of an event of days is included in a sheet."""

from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cronofy_frames.errors import FrameError
from cronofy_frames.sheets import export
from cronofy_frames.sheets.read.reader import SheetWarning, read_sheet

HEADER = "Title,Start,End"
WEEK = "Holiday,2026-05-04,2026-05-08"
ONE_DAY = "One day,2026-05-11,2026-05-11"


def read(*lines: str, **options: Any) -> pd.DataFrame:
    """Read the lines of a CSV, in London."""
    return read_sheet("\n".join(lines).encode(), **{"tz": "Europe/London", **options})


def ends(frame: pd.DataFrame) -> list[str]:
    """Return the exclusive ends of a frame as texts."""
    return frame["end"].dt.strftime("%m-%d").tolist()


def test_a_row_of_one_day_proves_that_the_last_day_is_included() -> None:
    """A week from 4 to 8 May has five days then."""
    frame = read(HEADER, WEEK, ONE_DAY)
    assert ends(frame) == ["05-09", "05-12"]
    assert frame["all_day"].all()


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        (HEADER, WEEK),
        ("Title,From,Until", WEEK),
        ("Summary,Start,End", WEEK),
        ("Titel,Von,Bis", "A,4 May 2026,8 May 2026"),
    ],
)
def test_without_evidence_it_is_a_question(header: str, cells: str) -> None:
    """The problem names the person's own header, a cell and its row, and both answers; either reads the file."""
    with pytest.raises(FrameError, match='last_day="included" or last_day="excluded"') as raised:
        read(header, "Timed,2026-05-01 09:00,2026-05-01 10:00", cells)
    (problem,) = raised.value.problems.to_dict("records")
    assert "(row 3)" in problem["came"]
    own_header = header.split(",")[2]
    assert own_header == "End" or own_header in problem["expected"]
    assert ends(read(header, cells, last_day="included")) == ["05-09"]
    assert ends(read(header, cells, last_day="excluded")) == ["05-08"]


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("summary,start,end", WEEK),
        ("Title,Start,End,all_day", f"{WEEK},True"),
        ("event_id,Title,Start,End", f"e,{WEEK}"),
        ("calendar_id,Title,Start,End", f"c,{WEEK}"),
    ],
)
def test_columns_of_ours_mean_an_exclusive_end(header: str, cells: str) -> None:
    """People do not type them, and `export` writes them; the argument still decides."""
    assert ends(read(header, cells)) == ["05-08"]
    assert ends(read(header, cells, last_day="included")) == ["05-09"]


def test_a_column_that_says_all_day_in_other_words() -> None:
    """It means an exclusive end, unless a row starts and ends on one day."""
    assert ends(read("Title,Start,End,All day", f"{WEEK},yes")) == ["05-08"]
    assert ends(read("Title,Start,End,All day", f"{WEEK},yes", f"{ONE_DAY},yes")) == ["05-09", "05-12"]


def test_columns_for_date_and_time_include_the_last_day() -> None:
    """As in Google's files, without a question; the argument still decides."""
    lines = ("Subject,Start date,End date", WEEK)
    assert ends(read(*lines)) == ends(read(*lines, last_day="included")) == ["05-09"]
    assert ends(read(*lines, last_day="excluded")) == ["05-08"]


def test_it_only_matters_for_days() -> None:
    """Times, days without an end, and a start after its end ask for nothing."""
    frame = read(HEADER, "A,2026-05-04 09:00,2026-05-08 10:00", "B,2026-05-04,", "C,2026-05-08,2026-05-04")
    assert len(frame) == 3


@pytest.mark.parametrize("header", [HEADER, "Title,Start date,End date"])
@pytest.mark.parametrize("last", ["2026-05-05", "2026-05-01"])
def test_a_last_day_before_the_first_is_a_problem(header: str, last: str) -> None:
    """It quotes the day as it is written."""
    with pytest.warns(SheetWarning, match=f"row 3, end: expected the day of the start, or a later one.* came {last}"):
        frame = read(header, ONE_DAY, f"A,2026-05-06,{last}")
    assert frame["end"].isna().tolist() == [False, True]


def test_real_dates_of_a_workbook_are_asked_about_too() -> None:
    """A date cell is a day as its text is."""
    buffer = BytesIO()
    pd.DataFrame({"Title": ["A"], "Start": [date(2026, 5, 4)], "End": [date(2026, 5, 8)]}).to_excel(buffer, index=False)
    with pytest.raises(FrameError, match="last_day="):
        read_sheet(buffer.getvalue())
    assert ends(read_sheet(buffer.getvalue(), last_day="included")) == ["05-09"]


def test_a_date_that_ends_a_time_is_a_problem() -> None:
    """It is not known at what time of that day the event ends; a midnight that is written is a time."""
    with pytest.warns(SheetWarning, match="row 2, end: expected a time of day as well, because the start has one"):
        frame = read(HEADER, "A,2026-05-04 09:00,2026-05-05", "B,2026-05-04 09:00,2026-05-05 00:00")
    assert frame["end"].isna().tolist() == [True, False]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".json", ".parquet"])
def test_exports_are_read_back_without_a_question(suffix: str, tmp_path: Path) -> None:
    """They have all_day, or summary under this name."""
    start = pd.to_datetime(["2026-05-04"]).tz_localize("Europe/London")
    frame = pd.DataFrame({"summary": ["A"], "start": start, "end": start + pd.Timedelta("5D"), "all_day": [True]})
    assert ends(read_sheet(export(frame, tmp_path / f"x{suffix}"))) == ["05-09"]


def test_other_answers_are_refused() -> None:
    """The message has the two that there are."""
    with pytest.raises(ValueError, match='last_day is "included", "excluded" or None'):
        read(HEADER, WEEK, last_day="yes")
