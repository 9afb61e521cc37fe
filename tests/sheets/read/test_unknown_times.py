"""Columns with an unknown header that hold times or dates."""

from datetime import datetime, time
from io import BytesIO
from typing import Any

import pandas as pd
import pytest

from cronofy_frames.errors import FrameError
from cronofy_frames.sheets.read.reader import SheetWarning, read_sheet


def read(text: str, **options: Any) -> pd.DataFrame:
    """Read a CSV that is given as text, in London."""
    return read_sheet(text.encode(), tz="Europe/London", **options)


@pytest.mark.filterwarnings("ignore::cronofy_frames.sheets.read.reader.SheetWarning")
@pytest.mark.parametrize(
    ("text", "header", "meaning"),
    [
        ("Title,Date,Kick-off\nA,2026-05-04,19:30\n", "Kick-off", "start_time"),
        ("Title,Date,Godz\nA,2026-05-04,\nB,2026-05-05,7 pm\n", "Godz", "start_time"),
        ("Title,Start,End,Doors\nA,2026-05-04,2026-05-04,19:30\n", "Doors", "start_time"),
        ("Title,Start,Pack up\nA,2026-05-04 09:00,17:00\n", "Pack up", "end_time"),
        ("Title,Start,Last\nA,2026-05-04,2026-05-06\n", "Last", "end_date"),
        ("Title,Start,Last\nA,4 May 2026 9:00,4 May 2026 17:00\n", "Last", "end"),
    ],
)
def test_a_column_that_may_hold_times_of_the_events_is_refused(text: str, header: str, meaning: str) -> None:
    """The problem names the column, a cell, its row, and the argument that says what it means."""
    with pytest.raises(FrameError) as raised:
        read(text)
    (problem,) = raised.value.problems.to_dict("records")
    assert f'columns={{"{header}": "{meaning}"}}' in problem["expected"]
    assert f'columns={{"{header}": None}}' in problem["expected"]
    assert "(row " in problem["came"]


@pytest.mark.parametrize("meaning", ["start_time", None])
def test_the_argument_of_the_problem_answers_it(meaning: str | None) -> None:
    """With it the file is read."""
    frame = read("Title,Date,Kick-off\nA,2026-05-04,19:30\n", columns={"Kick-off": meaning})
    assert frame.loc[2, "all_day"] == (meaning is None)


def test_cells_of_workbooks_are_times_too() -> None:
    """Real times of day beside real dates are refused as text is."""
    buffer = BytesIO()
    pd.DataFrame({"Title": ["A"], "Date": [datetime(2026, 5, 4)], "Anstoß": [time(19, 30)]}).to_excel(
        buffer, index=False
    )
    with pytest.warns(SheetWarning), pytest.raises(FrameError, match='"Anstoß": "start_time"'):
        read_sheet(buffer.getvalue(), tz="Europe/London")


@pytest.mark.parametrize(
    "text",
    [
        "Title,Start,End,Booked\nA,2026-05-04 09:00,2026-05-04 10:00,2026-01-02\n",
        "Title,Date,Start time,End time,Doors\nA,2026-05-04,19:30,22:00,18:30\n",
        "Title,Start,End,all_day,Doors\nA,2026-05-04,2026-05-05,True,18:30\n",
        "Title,Date,Price\nA,2026-05-04,8.30\nB,2026-05-05,46115\n",
        "event_id,summary,Seen\ne,A,2026-05-04\n",
        "Title,Termin\nA,2026-05-04\n",
        "Name,Born\nAnn,1990-05-04\n",
    ],
)
def test_where_nothing_is_lacking_such_a_column_is_only_named(text: str) -> None:
    """Start and end are complete, or the cells can be anything, or the rows are no events to write."""
    with pytest.warns(SheetWarning, match="not known|None of the columns"):
        read(text)
