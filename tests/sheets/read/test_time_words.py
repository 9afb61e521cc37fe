"""Headers about the date, the time of day, the start and the end, in the words of people."""

from typing import Any

import pandas as pd
import pytest

from cronofy_frames.sheets.read.reader import SheetWarning, read_sheet
from cronofy_frames.sheets.read.time_words import suffix_of, time_name


def read(text: str, **options: Any) -> pd.DataFrame:
    """Read a CSV that is given as text, in London unless another zone is given."""
    return read_sheet(text.encode(), **{"tz": "Europe/London", **options})


@pytest.mark.parametrize(
    ("header", "name"),
    [
        *[(header, "start") for header in ("From", "begins", "Starts at", "Von", "Beginn", "Début", "Date/Time")],
        *[(header, "end") for header in ("To", "Until", "FINISH", "Ends at", "Bis", "Ende", "Fin", "Jusqu'à", "à")],
        *[(header, "start_time") for header in ("Time", "Uhrzeit", "Heure", "Time:", "Begin time", "Zeit von")],
        *[(header, "start_time") for header in ("Start Time (ET)", "Startzeit", "Heure de début", "Time of event")],
        *[(header, "end_time") for header in ("End time [BST]", "Endzeit", "Heure de fin", "Time to", "Uhrzeit bis")],
        *[
            (header, "start_date")
            for header in ("Datum", "Event date", "Date (dd/mm/yyyy)", "Date from", "Anfangsdatum")
        ],
        *[(header, "end_date") for header in ("Date to", "Enddatum", "Date de fin", "Finish date")],
        *[
            (header, None)
            for header in ("Time zone", "Title", "Event", "Start to end", "Timeline", "(BST)", "", "Deadline")
        ],
    ],
)
def test_words_about_times(header: str, name: str | None) -> None:
    """A header of words about times alone has a meaning; one with any other word has none here."""
    assert time_name(header) == name


def test_a_suffix_in_brackets_is_apart() -> None:
    """It is what the last brackets hold, and brackets elsewhere are none."""
    assert [suffix_of(header) for header in ("Start (ET)", "End [UTC] ", "(a) Start", "Start")] == ["ET", "UTC", "", ""]


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Date,Time,End", "2026-05-04,9:00 AM,10:00 AM"),
        ("Date,From,To", "2026-05-04,09:00,10:00"),
        ("Date,Start time (BST),End time (BST)", "2026-05-04,09:00,10:00"),
        ("Day,Starts at,Ends at", "2026-05-04,09:00,10:00"),
        ("Datum,Uhrzeit,Ende", "4 May 2026,09:00,10:00"),
        ("Datum,Beginn,Ende", "2026-05-04,09.00,10.00"),
        ("Date,Heure de début,Heure de fin", "2026-05-04,09:00,10:00"),
        ("Start date,Time,Finish", "2026-05-04,09:00,2026-05-04 10:00"),
        ("Begins,Finishes", "2026-05-04 09:00,2026-05-04 10:00"),
        ("Start,Until", "2026-05-04 09:00,10:00"),
        ("Start time,End time", "2026-05-04 09:00,10:00"),
        ("Starts on,Starts at,Ends at,Ends on", "2026-05-04,09:00,10:00,2026-05-04"),
        ("From,Until", "4 May 2026 9 am,4 May 2026 10 am"),
        ("Fecha,Hora de inicio,Hora de fin", "2026-05-04,9:00,10:00"),
        ("Data,Ora,Fine", "2026-05-04,9:00,10:00"),
        ("Datum,Van,Tot", "2026-05-04,9:00,10:00"),
    ],
)
def test_clock_times_beside_a_date_are_read(header: str, cells: str) -> None:
    """Whatever the columns are called, the event is from nine to ten, and not all day."""
    row = read(f"Title,{header}\nA,{cells}\n").iloc[0]
    assert (row["start"].isoformat(), row["end"].isoformat()) == (
        "2026-05-04T09:00:00+01:00",
        "2026-05-04T10:00:00+01:00",
    )
    assert not row.get("all_day", False)


def test_a_time_without_an_end_is_no_whole_day() -> None:
    """The end is missing, which a plan reports."""
    frame = read("Title,Date,Time\nA,2026-05-04,9:00 AM\nB,2026-05-06,18:30\n")
    assert frame["start"].dt.strftime("%d %H:%M").tolist() == ["04 09:00", "06 18:30"]
    assert frame["end"].isna().all()
    assert not frame["all_day"].any()


def test_words_for_other_things_are_no_times() -> None:
    """From and To can be places or people: the cells decide."""
    with pytest.warns(SheetWarning, match="not known, .*'From', 'To'"):
        frame = read("Title,Start,End,From,To\nA,2026-05-04 09:00,2026-05-04 10:00,London,Paris 75001\n")
    assert frame.columns.tolist() == ["summary", "start", "end", "From", "To"]
    with pytest.warns(SheetWarning, match="'Time'"):
        read("Title,Date,Start time,End time,Time\nA,2026-05-04,09:00,10:00,an hour\n")


@pytest.mark.parametrize(
    "header", ["Title,Date,Time", "Titel,Datum,Uhrzeit", "Title,Date,Begins", "Title,Start,Clock time"]
)
@pytest.mark.parametrize("cell", ["TBC", "0930", "9", "after lunch"])
def test_a_column_of_times_that_cannot_be_read_is_no_whole_day(header: str, cell: str) -> None:
    """Each cell is a problem that names the person's own header."""
    with pytest.warns(
        SheetWarning, match=rf"row 2, start: expected a time of day .*{header.rpartition(',')[2]}"
    ) as caught:
        frame = read(f"{header}\nA,2026-05-04,{cell}\n")
    assert len(caught) == 1
    assert frame["start"].isna().all()


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        *[("9h30", "09:30"), ("14 h", "14:00"), ("9:30 Uhr", "09:30"), ("9 Uhr", "09:00"), ("9.30 Uhr", "09:30")],
        *[("noon", "12:00"), ("12 noon", "12:00"), ("all day", None), ("ganztägig", None), ("Toute la journée", None)],
    ],
)
def test_usual_words_for_times(cell: str, expected: str | None) -> None:
    """Hours in French and German, noon, and words for a whole day."""
    row = read(f"Title,Date,Time\nA,2026-05-04,{cell}\nB,2026-05-05,10:00\n").iloc[0]
    assert (None if row["all_day"] else row["start"].strftime("%H:%M")) == expected


def test_first_and_last_day() -> None:
    """The last day is one of them."""
    frame = read("Title,First day,Last day\nA,2026-05-04,2026-05-08\n")
    assert frame.loc[2, "end"] - frame.loc[2, "start"] == pd.Timedelta("5D")


def test_hours_without_minutes_are_problems_under_any_word() -> None:
    """From 9 to 17 is no whole day; beside other times, such numbers can be anything."""
    with pytest.warns(SheetWarning, match='row 2, start: expected a time of day .*"Von"'):
        assert not read("Title,Date,Von,Bis\nA,2026-05-04,9,17\n")["all_day"].any()
    with pytest.warns(SheetWarning, match="not known, .*'From', 'To'"):
        read("Title,Date,Start,End,From,To\nA,2026-05-04,9:00,10:00,1,3\n")


def test_weekdays_are_no_dates_beside_a_date() -> None:
    """A column Day with names or numbers keeps its cells."""
    with pytest.warns(SheetWarning, match="'Day'"):
        frame = read("Title,Day,Date,Time\nA,Monday,2026-05-04,09:00\n")
    assert frame.loc[2, "Day"] == "Monday"
    assert frame.loc[2, "start"].isoformat() == "2026-05-04T09:00:00+01:00"


def test_words_about_times_make_a_header_row() -> None:
    """Titles above it are passed over, and the delimiter is detected by it."""
    frame = read("Our plan;;\nVon;Bis;Titel\n2026-05-04 09:00;2026-05-04 10:00;A\n")
    assert frame.columns.tolist() == ["start", "end", "summary"]
    assert frame.index.tolist() == [3]
