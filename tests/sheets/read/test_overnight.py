"""Rows that end before their start on the same date."""

from pathlib import Path
from typing import Any

import pytest

from cronofy_frames.errors import FrameError
from cronofy_frames.sheets.read.reader import SheetWarning, read_sheet
from cronofy_frames.writing.plan.planning import plan_events
from tests.command_line import run_command

SHEETS = {
    "parts without an end date": b"Title,Date,Start time,End time\nA,2026-05-04,22:00,06:00\n",
    "parts with the same date": b"Title,Start date,Start time,End date,End time\nA,2026-05-04,22:00,2026-05-04,06:00\n",
    "dates with times": b"Title,Start,End\nA,2026-05-04 22:00,2026-05-04 06:00\n",
}


def test_an_end_before_its_start_is_a_problem_with_its_mend() -> None:
    """The problem names the header, how to write the next day, and the argument that reads such rows."""
    mend = r'the date of the next day in a column End date, or overnight=True \(in "End time"\), came 06:00'
    with pytest.warns(SheetWarning, match=f"row 2, end: expected a time after the start.*{mend}"):
        frame = read_sheet(SHEETS["parts without an end date"], tz="Europe/London")
    with pytest.raises(FrameError, match=f"row 2, end: .*{mend}"):
        plan_events(frame, calendar="cal_1")


def test_a_blank_end_date_is_named_as_the_place_of_the_next_day() -> None:
    """Where the file has a column for it, the problem says so."""
    rows = b"A,2026-05-04,22:00,,06:00\nB,2026-05-04,1:00,2026-05-04,2:00\n"
    sheet = b"Title,Start date,Start time,Ends on,End time\n" + rows
    with pytest.warns(SheetWarning, match='the next day in "Ends on", or overnight=True'):
        read_sheet(sheet, tz="UTC", columns={"Ends on": "end_date"})


@pytest.mark.parametrize("name", ["parts with the same date", "dates with times"])
def test_an_end_with_a_date_of_its_own_is_a_problem_of_the_plan(name: str) -> None:
    """An explicit date before the start stays in the frame, and the plan names both ways out."""
    frame = read_sheet(SHEETS[name], tz="Europe/London")
    assert frame["end"].dt.hour.tolist() == [6]
    with pytest.raises(FrameError, match=r"ends on the next day: its date, or overnight=True in read_sheet.*came 2026"):
        plan_events(frame, calendar="cal_1")


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=SHEETS)
def test_overnight_reads_them_as_ending_on_the_next_day(sheet: bytes) -> None:
    """With overnight=True the row lasts eight hours, into the next day."""
    frame = read_sheet(sheet, tz="Europe/London", overnight=True)
    assert frame["end"].dt.strftime("%d %H:%M").tolist() == ["05 06:00"]
    assert plan_events(frame, calendar="cal_1").counts() == {"create": 1}


@pytest.mark.parametrize(
    ("row", "end"),
    [
        ("22:00,00:00", "05 00:00"),
        ("00:00,00:00", "05 00:00"),
        ("08:00,16:00", "04 16:00"),
        ("22:00,24:00", "05 00:00"),
    ],
)
def test_midnight_as_an_end(row: str, end: str) -> None:
    """An end of 00:00 is the midnight before or after: a question with 24:00 as its answer; 24:00 is always read."""
    sheet = f"Title,Date,Start time,End time\nA,2026-05-04,{row}\n".encode()
    if row.endswith("00:00") and not row.endswith("24:00"):
        with pytest.warns(SheetWarning, match="24:00 for midnight"):
            assert read_sheet(sheet, tz="UTC")["end"].isna().all()
    frame = read_sheet(sheet, tz="UTC", overnight=True)
    assert frame["end"].dt.strftime("%d %H:%M").tolist() == [end]


def test_an_earlier_wall_time_in_another_zone_is_no_question() -> None:
    """A flight over the date line ends before its start on the clock, and after it in truth."""
    sheet = b"Title,Start,End,Start time zone,End time zone\nFlight,2026-05-04 10:00,2026-05-04 04:00,Asia/Tokyo,"
    frame = read_sheet(sheet + b"America/Los_Angeles\n", tz="UTC", overnight=True)
    assert (frame["end"] - frame["start"]).dt.total_seconds().tolist() == [10 * 3600]


def test_the_command_line_has_the_option(tmp_path: Path) -> None:
    """`plan` names --overnight, and reads such rows with it."""
    (tmp_path / "a.csv").write_bytes(SHEETS["dates with times"])
    arguments: list[Any] = ["plan", tmp_path / "a.csv", "--tz", "UTC", "--calendar", "cal_1", "--offline"]
    assert "or --overnight" in run_command(*arguments).stderr.decode()
    assert "1 create" in run_command(*arguments, "--overnight").stdout.decode()
