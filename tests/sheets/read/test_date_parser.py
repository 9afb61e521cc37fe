"""Times as people and programs write them, and what they become."""

import warnings
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cronofy_frames.errors import FrameError
from cronofy_frames.sheets.read.date_parser import DAY, ambiguous_parts, parse_date_times, parse_times_of_day
from cronofy_frames.sheets.read.reader import SheetWarning, read_sheet

DATES = [
    *("2026-04-03", "2026/04/03", "2026.4.3", "3 Apr 2026", "03-Apr-26", "3. April 2026", "3rd April 2026"),
    *("April 3, 2026", "Apr 3 2026", "Fri, 3 Apr 2026", "Friday, April 3, 2026", "46115", "46115.0"),
    *("2026-04-03\xa0", "\u20093 \u202fApr  2026"),
]
CLOCKS = ["9:05", "09:05", "9:05 AM", "09:05am", "9:05 a.m.", "09:05:00", "09:05:00.000", "9:05\u202fAM"]


def read(text: str, **options: Any) -> pd.DataFrame:
    """Read a CSV that stands in the test."""
    return read_sheet(text.encode(), **options)


def rows(header: str, *lines: str, **options: Any) -> pd.DataFrame:
    """Read some rows under a header, in Paris unless said otherwise."""
    return read("\n".join([header, *lines]), **{"tz": "Europe/Paris", **options})


def broken(header: str, *lines: str, **options: Any) -> tuple[pd.DataFrame, list[tuple[Any, str]]]:
    """Read some rows of which some have problems, and return where."""
    with pytest.warns(SheetWarning, match="could not be read"):
        frame = rows(header, *lines, **options)
    return frame, [(problem["row"], problem["column"]) for problem in frame.attrs["cronofy"]["problems"]]


def walls(cells: list[Any], **options: Any) -> list[datetime | None]:
    """Return what cells say, as naive datetimes; None where nothing was read."""
    result = parse_date_times(cells, options.get("dayfirst"))
    return [None if micros == np.iinfo(np.int64).min else _naive(micros) for micros in result.micros.tolist()]


def _naive(micros: int) -> datetime:
    return datetime(1970, 1, 1) + timedelta(microseconds=micros)


@pytest.mark.parametrize("text", DATES)
def test_forms_of_dates(text: str) -> None:
    """Each is the third of April, without a time of day."""
    result = parse_date_times([text], None)
    assert walls([text]) == [datetime(2026, 4, 3)]
    assert not result.timed[0]


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("day", ["2026-04-03", "2026/4/3", "3 Apr 2026", "April 3, 2026", "Fri, 3-Apr-26"])
def test_forms_of_times(day: str, clock: str) -> None:
    """Any form of a date goes with any form of a time of day."""
    for between in (" ", ", ", " at "):
        assert walls([day + between + clock]) == [datetime(2026, 4, 3, 9, 5)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-04-03T09:05:06.123456", datetime(2026, 4, 3, 9, 5, 6, 123456)),
        ("2026-04-03 09:05:06,5", datetime(2026, 4, 3, 9, 5, 6, 500000)),
        ("2026-04-03 09:05:06.123456789", datetime(2026, 4, 3, 9, 5, 6, 123456)),
        ("2026-04-03 12 am", datetime(2026, 4, 3, 0)),
        ("2026-04-03 12 pm", datetime(2026, 4, 3, 12)),
        ("2026-04-03 24:00", datetime(2026, 4, 4)),
        ("46115.375", datetime(2026, 4, 3, 9)),
        ("46115,375011574", datetime(2026, 4, 3, 9, 0, 1)),
        ("0002-01-01", datetime(2, 1, 1)),
        ("9998-12-31 23:59", datetime(9998, 12, 31, 23, 59)),
    ],
)
def test_single_forms(text: str, expected: datetime) -> None:
    """Seconds and their fractions, noon and midnight, what spreadsheets count, the first and the last year."""
    assert walls([text]) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        *("nonsense", "2026-13-01", "2026-02-30", "2026-04-03 25:00", "2026-04-03 24:01", "2026-04-03 13:00 PM"),
        *("2026-04-03 0 am", "2026-04-03 9:60", "2026-04-03 9", "2026-04-03 9.30", "0001-01-01", "9999-01-01", "19999"),
        *("80001", "2026", "09:00", "3 Foo 2026", "2026-04/03", "2026-04-03 09:00 (Berlin)", "2026-04-03 09:00+25:00"),
        *("32 Apr 2026", "2026-04-03T", "Monday"),
    ],
)
def test_what_is_no_time(text: str) -> None:
    """It is never taken for something near it."""
    result = parse_date_times([text], True)
    assert result.unread.tolist() == [True]
    assert not result.present[0]
    assert not result.ambiguous[0]


@pytest.mark.parametrize(
    ("cell", "expected", "timed"),
    [
        (datetime(2026, 4, 3, 9, 5), datetime(2026, 4, 3, 9, 5), True),
        (datetime(2026, 4, 3), datetime(2026, 4, 3), True),
        (date(2026, 4, 3), datetime(2026, 4, 3), False),
        (46115, datetime(2026, 4, 3), False),
        (46115.375, datetime(2026, 4, 3, 9), True),
        (46115.37500000001, datetime(2026, 4, 3, 9), True),
        *[(cell, None, False) for cell in (True, 3, 0.5, 1e9, time(9), timedelta(1))],
    ],
)
def test_cells_of_workbooks(cell: Any, expected: datetime | None, timed: bool) -> None:
    """Real dates and times, and the numbers that spreadsheets keep for them, to the second."""
    result = parse_date_times([cell], None)
    assert walls([cell]) == [expected]
    assert result.timed.tolist() == [timed]
    assert result.unread.tolist() == [expected is None]


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)), st.sampled_from([" ", "T"]))
def test_iso_is_read_back(moment: datetime, between: str) -> None:
    """Whatever Python writes, to the microsecond, alone or among others."""
    text = moment.isoformat(between)
    assert walls([text, None, "2026-04-03", text + "Z"])[0] == moment
    assert parse_date_times([text + "Z", text], None).offset.tolist() == [0, np.iinfo(np.int64).min]


@given(st.integers(-14 * 60, 14 * 60))
def test_offsets_are_read(minutes: int) -> None:
    """East is plus, with or without a colon, in the fast way and in the slow one."""
    sign, size = "-" if minutes < 0 else "+", abs(minutes)
    offset = f"{sign}{size // 60:02d}:{size % 60:02d}"
    texts = [f"2026-04-03T09:00:00{offset}", f"2026-04-03 09:00{offset.replace(':', '')}", f"3 Apr 2026 9 am {offset}"]
    assert parse_date_times(texts, None).offset.tolist() == [minutes * 60_000_000] * 3


@given(st.dates(date(1969, 1, 1), date(2068, 12, 31)), st.booleans(), st.sampled_from("/-."), st.booleans())
def test_dayfirst_decides_the_order(day: date, dayfirst: bool, between: str, short: bool) -> None:
    """d/m/y or m/d/y, never the other one, and a year of two digits is from 1969 to 2068."""
    first, second = (day.day, day.month) if dayfirst else (day.month, day.day)
    year = f"{day.year % 100:02d}" if short else str(day.year)
    text = f"{first}{between}{second:02d}{between}{year}"
    assert walls([text, f"{text} 9:05 PM"], dayfirst=dayfirst) == [
        datetime.combine(day, time()),
        datetime.combine(day, time(21, 5)),
    ]
    assert parse_date_times([text], None).ambiguous.tolist() == [True]
    assert ambiguous_parts(text) == (first, second)


def test_a_day_that_the_told_order_does_not_have_is_a_problem_of_its_row() -> None:
    """The others are read."""
    frame, result = broken("Title,Start", "A,03/04/2026", "B,04/25/2026", dayfirst=True)
    assert result == [(3, "start")]
    assert frame["start"].dt.strftime("%d %b").tolist()[:1] == ["03 Apr"]


@pytest.mark.parametrize(
    ("cells", "evidence"),
    [
        (["3/4/2026", "5/6/2026"], r"'3/4/2026' \(row 2\) and '5/6/2026' \(row 3\); no row shows which comes first"),
        (["3/25/2026", "25/3/2026"], "row 3 can only be day first and row 2 can only be month first"),
    ],
)
def test_an_unknown_order_is_one_problem_with_its_evidence(cells: list[str], evidence: str) -> None:
    """No date shows the order, or two contradict each other."""
    with pytest.raises(FrameError, match=evidence) as raised:
        rows("Title,Start", *(f"A,{cell}" for cell in cells))
    assert len(raised.value.problems) == 1


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        *[(clock, time(9, 5)) for clock in (*CLOCKS, "9.05", "09.05", "1899-12-30 09:05")],
        *[(cell, time(9)) for cell in ("9 am", "0.375", "0,375", 0.375, 0.3750000001, time(9), timedelta(hours=9))],
        *[(cell, time(0)) for cell in ("12 am", "0", 0, "00:00", datetime(1899, 12, 31))],
        *[(cell, None) for cell in ("9", "25:00", 1, 9.3, True, "noonish", timedelta(days=2), date(2026, 4, 3))],
    ],
)
def test_times_of_day(cell: Any, expected: time | None) -> None:
    """In a column of them a point may stand for the colon, and a number is the share of a day."""
    result, beside = parse_times_of_day([cell])
    micros = None if expected is None else (expected.hour * 60 + expected.minute) * 60_000_000
    assert (result.micros[0] if result.present[0] else None) == micros
    assert result.unread.tolist() == [expected is None]
    assert beside[0] < 0


def test_a_date_beside_the_time_of_day_must_be_the_rows() -> None:
    """Workbooks keep whole moments in columns that show the time alone."""
    assert parse_times_of_day(["2026-04-03 09:00"])[1].tolist()[0] % DAY == 0
    frame, result = broken(
        "Title,Start date,Start time,End time",
        "A,2026-04-03,2026-04-03 09:00,2026-04-03 10:00",
        "B,2026-04-03,2026-04-04 09:00,",
    )
    assert result == [(3, "start")]
    assert frame.loc[2, "end"].isoformat() == "2026-04-03T10:00:00+02:00"


def test_a_column_named_start_time_alone_is_a_moment() -> None:
    """Many programs call it so; times of day alone are one problem that says what to do."""
    frame = rows("Title,Start time,End time", "A,2026-04-03 23:00,2026-04-04 01:00")
    assert (frame["end"] - frame["start"]).tolist() == [pd.Timedelta("2h")]
    with pytest.raises(FrameError, match=r'columns=\{"...": "start_date"\}.*only times of day, such as \'09:00\''):
        rows("Title,Start time", "A,09:00")


def test_beside_a_date_start_and_end_are_times_of_day() -> None:
    """As people keep lists: the day in one column, from and to in two others."""
    frame = rows("Date,Start,End,Title", "2026-04-03,9:00,10:30,A", "2026-04-06,,,B")
    assert frame.columns.tolist() == ["start", "end", "all_day", "summary"]
    assert frame["end"].dt.strftime("%d %H:%M").tolist() == ["03 10:30", "07 00:00"]
    assert frame["all_day"].tolist() == [False, True]


def test_the_zone_of_a_wall_time() -> None:
    """The offset that is written, else tzid of the row, else tz; start_tzid only says where an event is shown."""
    frame = rows(
        "Title,Start,tzid,start_tzid",
        "A,2026-04-03 09:00+05:30,Asia/Tokyo,",
        "B,2026-04-03 09:00,Asia/Tokyo,America/New_York",
        "C,2026-04-03 09:00,,America/New_York",
        tz="UTC",
    )
    assert frame["start"].dt.strftime("%H:%M").tolist() == ["03:30", "00:00", "09:00"]
    assert frame["start_tzid"].isna().tolist() == [True, False, False]
    assert "tzid" not in frame.columns


def test_without_a_column_tzid_the_zones_of_start_and_end_count() -> None:
    """An end without one has the start's, and any other time too."""
    frame = rows(
        "Title,Start,End,start_tzid,end_tzid,created",
        "A,2026-04-03 09:00,2026-04-03 09:00,Asia/Tokyo,Europe/London,2026-04-03 09:00",
        "B,2026-04-03 09:00,2026-04-03 09:00,Asia/Tokyo,,2026-04-03 09:00",
        "C,2026-04-03 09:00,2026-04-03 09:00,,,2026-04-03 09:00",
        tz="UTC",
    )
    assert frame["start"].dt.hour.tolist() == [0, 0, 9]
    assert frame["end"].dt.hour.tolist() == [8, 0, 9]
    assert frame["created"].dt.hour.tolist() == [0, 0, 9]


@pytest.mark.parametrize(
    ("zones", "tz", "expected"),
    [
        (["Asia/Tokyo", "Asia/Tokyo"], None, "Asia/Tokyo"),
        (["Asia/Tokyo", ""], "Europe/Paris", "Europe/Paris"),
        (["Asia/Tokyo", "Europe/Paris"], None, "UTC"),
        (["Tokyo Standard Time", "Asia/Tokyo"], None, "Asia/Tokyo"),
    ],
)
def test_the_zone_of_the_frame(zones: list[str], tz: str | None, expected: str) -> None:
    """The one asked for, else the one that all rows share, else UTC; each row keeps its own where they differ."""
    frame = rows("Title,Start,End,tzid", *(f"A,2026-04-03 09:00,2026-04-03 10:00,{zone}" for zone in zones), tz=tz)
    assert str(frame["start"].dtype) == f"datetime64[us, {expected}]"
    assert frame["end"].dtype == frame["start"].dtype
    several = expected in ("UTC", "Europe/Paris")
    more = ["start_tzid", "end_tzid"] if several else []
    assert frame.columns.tolist() == ["summary", "start", "end", *more]
    if several:
        assert frame["start_tzid"].tolist() == [zones[0], zones[1] or "Europe/Paris"]


def test_wall_times_without_any_zone_are_one_problem() -> None:
    """It says how to give one; dates alone need none."""
    with pytest.raises(
        FrameError, match=r"expected tz=, or a column tzid.*; start and end have wall times without a zone"
    ) as raised:
        rows("Title,Start,End", "A,2026-04-03 09:00,2026-04-03 10:00", "B,2026-04-03 09:00,2026-04-03 10:00", tz=None)
    assert len(raised.value.problems) == 1
    frame = rows("Title,Start", "A,2026-04-03", "B,2026-04-03 09:00Z", tz=None)
    assert str(frame["start"].dtype) == "datetime64[us, UTC]"


def test_an_unknown_zone_is_a_problem_of_its_row() -> None:
    """It suggests similar names; the times of the row are missing without problems of their own."""
    frame, result = broken("Title,Start,tzid", "A,2026-04-03 09:00,Europe/Londn", "B,2026-04-03 09:00,Europe/London")
    assert result == [(2, "tzid")]
    assert "did you mean Europe/London" in frame.attrs["cronofy"]["problems"][0]["expected"]
    assert frame["start"].isna().tolist() == [True, False]


def test_names_of_windows_are_zones_too() -> None:
    """They become IANA's, in the columns of zones as well."""
    frame = rows("Title,Start,start_tzid", "A,2026-04-03 09:00,W. Europe Standard Time", tz=None)
    assert frame.loc[2, "start_tzid"] == "Europe/Berlin"
    assert frame.loc[2, "start"].isoformat() == "2026-04-03T09:00:00+02:00"


def test_a_time_that_clocks_skip_is_a_problem() -> None:
    """In spring an hour does not exist, whatever fold says."""
    for fold in (None, 0, 1):
        frame, result = broken("Title,Start", "A,2026-03-29 02:30", "B,2026-03-29 03:30", fold=fold)
        assert result == [(2, "start")]
        assert "skip" in frame.attrs["cronofy"]["problems"][0]["expected"]
        assert frame["start"].isna().tolist() == [True, False]


def test_a_time_that_comes_twice_needs_an_offset_or_fold() -> None:
    """0 is the first of the two, 1 the second."""
    lines = ("A,2026-10-25 02:30", "B,2026-10-25 02:30+01:00")
    frame, result = broken("Title,Start", *lines)
    assert result == [(2, "start")]
    assert "fold=0 or 1" in frame.attrs["cronofy"]["problems"][0]["expected"]
    for fold, hour in ((0, 0), (1, 1)):
        utc = rows("Title,Start", *lines, fold=fold)["start"].dt.tz_convert("UTC")
        assert utc.dt.hour.tolist() == [hour, 1]


def test_days_never_pass_through_a_zone() -> None:
    """All-day rows stand at the midnights of the frame's zone, be they skipped or twofold, whatever tzid says."""
    frame = rows(
        "Title,Start,End,tzid",
        "A,2026-04-24,2026-04-25,Pacific/Auckland",
        "B,2026-04-25,,Pacific/Pago_Pago",
        tz="Africa/Cairo",
        last_day="excluded",
    )
    assert frame["start"].dt.strftime("%m-%d %H:%M").tolist() == ["04-24 01:00", "04-25 00:00"]
    assert frame["end"].dt.strftime("%m-%d").tolist() == ["04-25", "04-26"]
    assert frame["start_tzid"].tolist() == ["Pacific/Auckland", "Pacific/Pago_Pago"]


@pytest.mark.parametrize(
    ("line", "all_day", "end"),
    [
        ("2026-04-03,2026-04-05,", True, "04-05 00:00"),
        ("2026-04-03,,", True, "04-04 00:00"),
        ("2026-04-03,2026-04-03 10:00,", False, "04-03 10:00"),
        ("2026-04-03,2026-04-05,no", False, "04-05 00:00"),
        ("2026-04-03 00:00,2026-04-05 00:00,yes", True, "04-05 00:00"),
        ("2026-04-03 00:00,2026-04-05 00:00,", False, "04-05 00:00"),
        ("2026-04-03T00:00Z,,x", True, "04-04 00:00"),
    ],
)
def test_whole_days_in_single_columns(line: str, all_day: bool, end: str) -> None:
    """What all_day says, else whether there is any time of day; the end is exclusive, and one day where it is blank."""
    frame = rows("Start,End,All day", line)
    assert frame["all_day"].tolist() == [all_day]
    assert frame["end"].dt.strftime("%m-%d %H:%M").tolist() == [end]
    assert frame["start"].dt.strftime("%m-%d %H:%M").tolist() == ["04-03 00:00"]


@pytest.mark.parametrize(
    ("line", "all_day", "end"),
    [
        ("2026-04-03,,2026-04-05,,", True, "04-06 00:00"),
        ("2026-04-03,,,,", True, "04-04 00:00"),
        ("2026-04-03,,2026-04-03,,yes", True, "04-04 00:00"),
        ("2026-04-03,12:00 AM,2026-04-05,12:00 AM,True", True, "04-05 00:00"),
        ("2026-04-03,12:00 AM,2026-04-03,12:00 AM,True", True, "04-04 00:00"),
        ("2026-04-03,12:00 AM,,12:00 AM,True", True, "04-04 00:00"),
        ("2026-04-03,0:00,2026-04-05,,True", True, "04-06 00:00"),
        ("2026-04-03,0:00,2026-04-04,0:00,", False, "04-04 00:00"),
        ("2026-04-03,0:00,,10:00,", False, "04-03 10:00"),
        ("2026-04-03 00:00:00,,2026-04-04 00:00:00,,", True, "04-05 00:00"),
    ],
)
def test_whole_days_in_parts(line: str, all_day: bool, end: str) -> None:
    """The last day counts, unless a later midnight is given as the end; a blank last day is the first."""
    frame = rows("Start date,Start time,End date,End time,All day", line)
    assert frame["all_day"].tolist() == [all_day]
    assert frame["end"].dt.strftime("%m-%d %H:%M").tolist() == [end]
    assert frame["start"].dt.strftime("%m-%d %H:%M").tolist() == ["04-03 00:00"]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("2026-04-03,9:00,,,True", "start"),
        ("2026-04-03,,,10:00,True", "end"),
        ("2026-04-03,,,10:00,", "start"),
        ("2026-04-03,,,,False", "start"),
        (",9:00,,,", "start"),
        ("2026-04-03,9:00,2026-04-03,never,", "end"),
    ],
)
def test_parts_that_do_not_fit(line: str, column: str) -> None:
    """Times in rows of whole days, or none where there should be one: a problem of the row."""
    frame, result = broken("Start date,Start time,End date,End time,All day", line)
    assert result == [(2, column)]
    assert frame[column].isna().all()


def test_a_start_without_an_end_stays_open() -> None:
    """There is no end to be guessed, even where its day is given."""
    frame = rows("Start date,Start time,End date,End time", "2026-04-03,9:00,2026-04-04,", "2026-04-03,9:00,,")
    assert frame["end"].isna().all()
    assert not frame["all_day"].any()
    assert rows("Start date,Start time", "2026-04-03,9:00").columns.tolist() == ["start", "end", "all_day"]


def test_all_day_appears_only_where_days_are() -> None:
    """Times alone need no such column; days, or the parts of which times are made, do."""
    assert rows("Title,Start,End", "A,2026-04-03 09:00,").columns.tolist() == ["summary", "start", "end"]
    assert rows("Title,Start,Notes", "A,2026-04-03 09:00,x").columns.tolist() == ["summary", "start", "description"]
    assert rows("Start,End,Title", "2026-04-03,,A").columns.tolist() == ["start", "end", "all_day", "summary"]
    assert rows("Start,Title", "2026-04-03,A").columns.tolist() == ["start", "end", "all_day", "summary"]


@pytest.mark.parametrize("name", ["available_period_id", "participants"])
def test_periods_are_never_whole_days(name: str) -> None:
    """Their frames have no such column: a date is its midnight."""
    frame = rows(f"{name},Start,End", "p,2026-04-03,2026-04-04")
    assert frame.columns.tolist() == [name, "start", "end"]
    assert frame["end"].dt.strftime("%m-%d %H:%M").tolist() == ["04-04 00:00"]


def test_other_times_have_the_rows_zones_too() -> None:
    """Also in a sheet that has no start, where there is no event whose zones could be kept."""
    frame = rows("Title,created,tzid", "A,2026-04-03 09:00,Asia/Tokyo", "B,2026-04-03 09:00,Europe/Paris", tz=None)
    assert frame.columns.tolist() == ["summary", "created"]
    assert frame["created"].dt.hour.tolist() == [0, 7]


def test_an_end_alone_is_a_time_like_any_other() -> None:
    """It needs no start."""
    frame = rows("Title,End", "A,2026-04-03 09:00")
    assert frame["end"].dt.hour.tolist() == [9]


def test_many_rows_are_read_at_once() -> None:
    """Each form that many rows may have gives for many what it gives for one."""
    days = pd.date_range("2026-01-01", periods=400, freq="7h13min")
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%MZ", "%m/%d/%Y %I:%M %p", "%d %b %Y %H:%M"):
        texts = days.strftime(form).tolist()
        together = parse_date_times(texts, False)
        for at in range(0, 400, 37):
            alone = parse_date_times([texts[at]], False)
            assert (alone.micros[0], alone.timed[0]) == (together.micros[at], together.timed[at])
        assert together.present.all()


@pytest.mark.parametrize(
    "cell", ["2026-04-03 09:00 BST", "3 Apr 2026 9 AM EST", "2026-04-03 09:00 (ET)", "2026-04-03 9:00 Europe/London"]
)
def test_a_zone_in_a_time_belongs_in_a_column_of_its_own(cell: str) -> None:
    """The problem says where."""
    with pytest.warns(
        SheetWarning, match="row 2, start: expected a time without a zone: give .* in a column Time zone"
    ):
        rows("Title,Start", f"A,{cell}")
    with pytest.warns(SheetWarning, match="row 2, start: expected a time without a zone"):
        rows("Title,Date,Time", f"A,2026-04-03,{cell.split(' ', 3 if cell[:2] == '3 ' else 1)[-1]}")


def test_nothing_is_said_of_what_can_be_read() -> None:
    """A sheet without problems gives no warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert rows("Title,Start", "A,2026-04-03 09:00", "B,").attrs["cronofy"]["problems"] == []
