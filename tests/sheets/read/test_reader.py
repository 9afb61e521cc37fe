"""From a sheet to a frame: names, values, what is missing and what is wrong."""

import json
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cronofy_frames.errors import FrameError
from cronofy_frames.frames.decoder import decode
from cronofy_frames.schema import EVENTS
from cronofy_frames.sheets.formatting import FORMULA, escape_formulas
from cronofy_frames.sheets.read.headers import DTYPES, KNOWN_HEADERS, OUTLOOK, PARTS, TABLES, header_key
from cronofy_frames.sheets.read.reader import SheetWarning, read_sheet

GOOGLE = """Subject,Start Date,Start Time,End Date,End Time,All Day Event,Description,Location,Private
Exam,05/30/2026,10:00 AM,05/30/2026,1:00 PM,False,"50 multiple, choice",Columbia,True
Trip,06/01/2026,,06/02/2026,,True,,,
One day,06/05/2026,,,,,,,
Late,06/05/2026,9:00 PM,,11:00 PM,,,,
Open,06/05/2026,9:00 PM,,,,,,
"""
OUTLOOK_HEADERS = (
    "Subject,Start Date,Start Time,End Date,End Time,All day event,Reminder on/off,Reminder Date,Reminder Time,"
    "Meeting Organizer,Required Attendees,Optional Attendees,Meeting Resources,Billing Information,Categories,"
    "Description,Location,Mileage,Priority,Private,Sensitivity,Show time as"
)


def read(text: str, **options: Any) -> pd.DataFrame:
    """Read a CSV that stands in the test."""
    return read_sheet(text.encode(), **options)


def problems(frame: pd.DataFrame) -> list[tuple[Any, str, str]]:
    """Return where a frame's problems are and what came."""
    return [(problem["row"], problem["column"], problem["came"]) for problem in frame.attrs["cronofy"]["problems"]]


def outlook(**cells: str) -> str:
    """Return a file of Outlook's with one event, whose cells are given by their header without spaces."""
    row = {
        "Subject": "A",
        "StartDate": "2026-03-04",
        "StartTime": "9:00:00 AM",
        "EndTime": "10:00:00 AM",
        **cells,
    }
    names = OUTLOOK_HEADERS.split(",")
    return OUTLOOK_HEADERS + "\n" + ",".join(f'"{row.get(name.replace(" ", ""), "")}"' for name in names)


def read_outlook(**cells: str) -> pd.Series:
    """Return the one row of a file of Outlook's, as it stands in London."""
    with pytest.warns(SheetWarning, match="'Priority'"):
        return read(outlook(**cells), tz="Europe/London").iloc[0]


def test_googles_file_is_a_frame_of_ours() -> None:
    """Names, dtypes, zones, whole days with their last day counted in, ends on the day of the start."""
    frame = read(GOOGLE, tz="America/New_York", dayfirst=False)
    assert frame.columns.tolist() == [
        *("summary", "start", "end", "all_day", "description", "location_description", "event_private"),
    ]
    assert frame.dtypes.astype(str).tolist() == [
        *("str", "datetime64[us, America/New_York]", "datetime64[us, America/New_York]", "bool"),
        *("str", "str", "boolean"),
    ]
    assert frame["start"].dt.strftime("%m-%d %H:%M").tolist() == [
        *("05-30 10:00", "06-01 00:00", "06-05 00:00", "06-05 21:00", "06-05 21:00"),
    ]
    ends = frame["end"].dt.strftime("%m-%d %H:%M")
    assert ends[:6].tolist() == ["05-30 13:00", "06-03 00:00", "06-06 00:00", "06-05 23:00", ends.loc[6]]
    assert pd.isna(frame.loc[6, "end"])
    assert frame["all_day"].tolist() == [False, True, True, False, False]
    assert frame["event_private"].isna().tolist() == [False, True, True, True, True]


def test_outlooks_file_is_a_frame_of_ours() -> None:
    """What has a column of ours goes there, and the rest is kept and named in one warning."""
    with pytest.warns(SheetWarning) as caught:
        frame = read(outlook(EndDate="2026-03-04", Priority="Normal"), tz="Europe/London")
    assert len(caught) == 1
    assert frame.columns.tolist() == [
        *("summary", "start", "end", "all_day", "reminders", "Meeting Organizer", "attendees", "Meeting Resources"),
        *("Billing Information", "categories", "description", "location_description", "Mileage", "Priority"),
        *("event_private", "transparency", "extended_transparency"),
    ]


@pytest.mark.parametrize(
    ("word", "transparency", "extended"),
    [
        ("Free", "transparent", None),
        ("busy", "opaque", None),
        ("Tentative", "opaque", "tentative"),
        ("Out of Office", "opaque", "out_of_office"),
        ("Working Elsewhere", "opaque", "working_elsewhere"),
    ],
)
def test_how_outlook_shows_the_time(word: str, transparency: str, extended: str | None) -> None:
    """Each word has one meaning."""
    row = read_outlook(Showtimeas=word)
    assert row["transparency"] == transparency
    assert row["extended_transparency"] == extended if extended else pd.isna(row["extended_transparency"])


@pytest.mark.parametrize(("digit", "expected"), [("2", "opaque"), ("3", None), ("0", None), ("4", None)])
def test_digits_of_how_time_is_shown_are_read_where_all_versions_agree(digit: str, expected: str | None) -> None:
    """Two is busy in all versions; other digits set nothing, and are no problem."""
    with pytest.warns(SheetWarning, match="Mileage"):
        frame = read(outlook(Showtimeas=digit), tz="UTC")
    assert frame["transparency"].astype(object).where(frame["transparency"].notna(), None).tolist() == [expected]


def test_a_column_can_be_left_out() -> None:
    """None takes it away, and it has to be there."""
    frame = read("Title,Start,Priority\nA,2026-04-03T09:00Z,high\n", columns={"Priority": None})
    assert frame.columns.tolist() == ["summary", "start"]
    with pytest.raises(ValueError, match="does not have"):
        read("Title,Start\n", columns={"Priority": None})


def test_a_file_without_any_known_name_says_so() -> None:
    """What was taken for names may be none."""
    with pytest.warns(SheetWarning, match=r"None of the columns is known.*header="):
        read("2026-03-10 09:00,2026-03-10 10:00,Meeting\n")


def test_an_address_is_no_file() -> None:
    """A URL has to be downloaded first; a missing file raises FileNotFoundError."""
    with pytest.raises(ValueError, match="download"):
        read_sheet("https://example.test/a.csv")
    with pytest.raises(FileNotFoundError, match="does not exist"):
        read_sheet("nowhere.csv")


@pytest.mark.parametrize(
    ("private", "sensitivity", "expected"),
    [
        ("False", "Normal", False),
        ("False", "Private", True),
        ("", "Confidential", True),
        ("True", "Normal", True),
        ("True", "", True),
    ],
)
def test_sensitivity_and_private_are_one_column(private: str, sensitivity: str, expected: bool) -> None:
    """Either of them makes an event private."""
    assert read_outlook(Private=private, Sensitivity=sensitivity)["event_private"] == expected


def test_required_and_optional_attendees_are_one_text() -> None:
    """Those that are required come first."""
    assert read_outlook(RequiredAttendees="a@x.test;b@x.test", OptionalAttendees="c@x.test")["attendees"] == (
        "a@x.test;b@x.test; c@x.test"
    )
    assert read_outlook(OptionalAttendees="c@x.test; ")["attendees"] == "c@x.test"
    assert pd.isna(read_outlook()["attendees"])


def test_reminders_are_minutes_before_the_start() -> None:
    """As text; none where the reminder is off."""
    when = {"ReminderDate": "2026-03-03", "ReminderTime": "8:45:00 AM"}
    assert read_outlook(**{"Reminderon/off": "True"}, **when)["reminders"] == str(24 * 60 + 15)
    assert pd.isna(read_outlook(**{"Reminderon/off": "False"}, **when)["reminders"])


@pytest.mark.parametrize(
    "cells",
    [
        {"ReminderDate": "2026-03-05", "ReminderTime": "8:45:00 AM"},
        {"ReminderDate": "2026-03-03", "ReminderTime": "8:45:30 AM"},
        {},
    ],
)
def test_reminders_that_cannot_be(cells: dict[str, str]) -> None:
    """After the start, not on a minute, or on and nowhere said: a problem of the row."""
    with pytest.warns(SheetWarning):
        frame = read(outlook(**{"Reminderon/off": "True"}, **cells), tz="UTC")
    assert [(row, column) for row, column, _ in problems(frame)] == [(2, "reminders")]


def test_what_outlook_has_is_read_in_part_too() -> None:
    """Sensitivity alone says whether an event is private; a reminder without a start is no column of ours."""
    with pytest.warns(SheetWarning, match="'Reminder Date'"):
        frame = read("Subject,Sensitivity,Reminder Date\nA,Private,2026-03-03\nB,,\nC,,\n")
    assert frame.columns.tolist() == ["summary", "event_private", "Reminder Date"]
    assert frame["event_private"].isna().tolist() == [False, True, True]
    with pytest.warns(SheetWarning, match="expected Normal, Private or Confidential"):
        assert problems(read("Subject,Sensitivity\nA,Secret\n")) == [(2, "event_private", "Secret")]


@pytest.mark.parametrize("name", sorted({*DTYPES, "tzid"}))
def test_every_column_of_ours_is_known(name: str) -> None:
    """Whatever a frame of ours has is never an unknown column; nor in capitals, with spaces or hyphens."""
    assert KNOWN_HEADERS[header_key(f" {name.upper().replace('_', ' ')}\xa0")] == name
    assert KNOWN_HEADERS[header_key(name.replace("_", "-"))] == name


def test_a_name_has_one_dtype() -> None:
    """No two tables give one name to different things, or a file could not tell which it is."""
    for table in TABLES:
        for column in table.columns:
            assert DTYPES[column.name] == column.dtype


def test_no_word_hides_a_column_of_ours() -> None:
    """A plain word means something only where no column has that name."""
    for name in (*DTYPES, *PARTS, *OUTLOOK):
        assert KNOWN_HEADERS[header_key(name)] == name


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("Title", "summary"),
        ("calendar", "calendar"),
        ("Calendar name", "calendar_name"),
        ("Time Zone", "tzid"),
        ("timezone", "tzid"),
        ("tz", "tzid"),
        ("Start time zone", "start_tzid"),
        ("End Time Zone", "end_tzid"),
        ("Colour", "color"),
        ("Invitees", "attendees"),
        ("guests", "attendees"),
        ("Notes", "description"),
        ("Link", "url"),
        ("Event  ID", "event_id"),
        ("conferencing-join-url", "conferencing_join_url"),
    ],
)
def test_plain_words(word: str, name: str) -> None:
    """What people call a column has our name in the frame."""
    assert read(f"{word},location\nx,y\n").columns.tolist() == [name, "location_description"]


def test_columns_says_what_headers_mean() -> None:
    """Headers in any language become our names and the parts of times."""
    frame = read(
        "Was,Datum,Von,Bis\nTreffen,2026-04-03,9:00,10:30\n",
        columns={"Was": "summary", "Datum": "start_date", "von ": "start_time", "Bis": "end_time"},
        tz="Europe/Berlin",
    )
    assert frame.columns.tolist() == ["summary", "start", "end", "all_day"]
    assert frame.loc[2, "end"].isoformat() == "2026-04-03T10:30:00+02:00"


def test_columns_wins_over_what_a_word_means() -> None:
    """The caller knows better."""
    frame = read("Title,Subject\na,b\n", columns={"Title": "description"})
    assert frame.columns.tolist() == ["description", "summary"]


def test_columns_that_make_no_sense_are_refused() -> None:
    """A header that is not there, a target that we do not have, two of a name: the message says what there is."""
    with pytest.raises(ValueError, match="does not have; it has Was, Start"):
        read("Was,Start\n", columns={"Wo": "summary"})
    with pytest.raises(ValueError, match=r"not a known column: did you mean summary"):
        read("Was,Start\n", columns={"Was": "sumary"})
    with pytest.raises(ValueError, match=r"not a known column: give a column of a frame, such as summary"):
        read("Was,Start\n", columns={"Was": "xyzzy"})
    with pytest.raises(ValueError, match="which the file has 2 times"):
        read("Was,Was,Start\n", columns={"Was": "summary"})


@pytest.mark.parametrize(
    ("header", "both"),
    [
        ("Title,Subject", "'Title' and 'Subject' both mean summary"),
        ("start,Start", "'start' and 'Start' both mean start"),
        ("start,start_date,start_time", "both mean start"),
        ("attendees,Required Attendees", "both mean attendees"),
        ("Show time as,transparency", "both mean transparency"),
    ],
)
def test_two_columns_with_one_meaning_are_refused(header: str, both: str) -> None:
    """The message names both."""
    with pytest.raises(ValueError, match=both):
        read(f"{header}\n1,2,3\n")


def test_unknown_columns_are_kept_and_named_once() -> None:
    """Under their own name, apart from each other, in one warning."""
    with pytest.warns(
        SheetWarning, match=r"columns that are not known, .*'Foo', '=b', 'Foo \(2\)', 'column F'"
    ) as caught:
        frame = read("Title,Foo,'=b,Foo,Start,,End\nA,007,=1+1,'=x,2026-04-03,z,\n", tz="UTC")
    assert len(caught) == 1
    assert frame.loc[2, ["Foo", "=b", "Foo (2)", "column F"]].tolist() == ["007", "=1+1", "=x", "z"]
    assert frame["Foo"].dtype == "str"


def test_names_of_weekly_rules_are_times_elsewhere() -> None:
    """With availability_rule_id they are plain text, without it start_time is a time and day anything."""
    rules = read("availability_rule_id,tzid,day,start_time,end_time\nr,Europe/London,monday,09:00,17:00\n")
    assert rules.iloc[0].tolist() == ["r", "Europe/London", "monday", "09:00", "17:00"]
    assert (rules.dtypes == "str").all()
    with pytest.warns(SheetWarning, match="'Day'"):
        frame = read("Title,Day,start_date,start_time\nA,1,2026-04-03,09:00\n", tz="UTC")
    assert frame.columns.tolist() == ["summary", "Day", "start", "end", "all_day"]


def test_position_is_a_number_beside_events_alone() -> None:
    """In a list of people it is whatever it is."""
    assert read("event_uid,position,email\ne,3,a@x.test\n")["position"].dtype == "int64"
    with pytest.warns(SheetWarning, match="'Position'"):
        assert read("Name,Position\nAnn,Manager\n")["Position"].tolist() == ["Manager"]


def test_text_that_was_neutralised_is_restored() -> None:
    """Exactly what `escape_formulas` made of it comes back; what no export wrote stays."""
    texts = pd.Series(
        ["=1", "'=1", "-", "plain", "'plain'", "@a", "+49", "\tx", "\nx", "＝1", "'＝1", "＋49", "－1", "＠a"],
        dtype="str",
    )
    written = pd.DataFrame({"summary": escape_formulas(texts), "start": "2026-04-03"}).to_csv(index=False)
    assert read(written, tz="UTC")["summary"].tolist() == texts.tolist()
    assert read("summary,start\n=1+1,2026-04-03\n", tz="UTC")["summary"].tolist() == ["=1+1"]
    assert pd.Series(["'=1"]).str.match(FORMULA).all()


def test_labels_are_the_spreadsheets_row_numbers() -> None:
    """Blank rows count, and a record with line breaks is one row."""
    frame = read('Title,Notes\nA,"one\ntwo"\n\n,\nB,x\n , \nC,y\n')
    assert frame.index.tolist() == [2, 5, 7]
    assert frame.index.name == "row"
    assert read("row,Title,Start\n1,A,\n").index.name is None


def test_titles_above_the_header_are_passed_over() -> None:
    """The header is the first row with two names that are known, or the one that the caller names."""
    text = "Our plan;;\n;;\nTitle;Start;x\nA;2026-04-03;1\n"
    with pytest.warns(SheetWarning, match="'x'"):
        assert read(text, tz="UTC").index.tolist() == [4]
    assert read("a;b\nTitle;Start\nA;B\n", header=1, columns={"a": "url", "b": "color"}).index.tolist() == [2, 3]
    assert read("a,b\nc,d\n1,2\n", columns={"c": "summary", "d": "description"}).index.tolist() == [3]
    for number in (0, 2, 9):
        with pytest.raises(ValueError, match=f"header= names row {number}, .*has 4 rows"):
            read(text, header=number)


def test_a_file_without_a_header_is_still_read() -> None:
    """Its first row is taken for the names, and the warning says so."""
    with pytest.warns(SheetWarning, match="'Kick-off', '2026-04-03'"):
        frame = read("Kick-off,2026-04-03\nOffsite,2026-04-04\n")
    assert frame.loc[2].tolist() == ["Offsite", "2026-04-04"]


def test_cells_beyond_the_header_are_problems() -> None:
    """An unquoted comma in a title shifts cells, which is a problem of the row; blank columns at the end are none."""
    with pytest.warns(SheetWarning):
        frame = read("Title,Start,,\nHello, world,2026-04-03,\nB,2026-04-03,,\n", tz="UTC")
    assert problems(frame) == [(2, "column C", "2026-04-03"), (2, "start", "world")]
    assert frame.columns.tolist() == ["summary", "start", "end", "all_day"]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        *[(word, True) for word in ("True", "TRUE", "yes", "1", "x", " X\xa0", "WAHR")],
        *[(word, False) for word in ("False", "no", "0", "FAŁSZ")],
    ],
)
def test_booleans_in_words(word: str, expected: bool) -> None:
    """Case and spaces aside; a spreadsheet in another language writes its own words."""
    assert read(f"Title,event_private\nA,{word}\n")["event_private"].tolist() == [expected]


def test_values_of_the_wrong_kind_are_problems_of_their_rows() -> None:
    """They are missing in the frame, listed as plain JSON, and one warning quotes the first three."""
    text = "event_uid,Private,location_lat,position,deleted\na,perhaps,north,1.5,no\nb,True,51.5,,\nc,,1_0,x,maybe\n"
    with pytest.warns(
        SheetWarning, match=r"6 cells .*row 2, event_private: .*\"Private\".*perhaps; .*; …\. A plan"
    ) as caught:
        frame = read(text)
    assert len(caught) == 1
    assert problems(frame) == [
        *((2, "event_private", "perhaps"), (2, "location_lat", "north"), (2, "position", "1.5")),
        *((4, "location_lat", "1_0"), (4, "position", "x"), (4, "deleted", "maybe")),
    ]
    assert frame.dtypes.astype(str).tolist() == ["str", "boolean", "float64", "int64", "bool"]
    assert frame["location_lat"].isna().tolist() == [True, False, True]
    assert json.loads(json.dumps(frame.attrs)) == frame.attrs
    assert set(frame.attrs["cronofy"]["problems"][0]) == {"row", "column", "expected", "came", "value", "left", "also"}


def test_a_column_that_cannot_be_read_raises_with_all_problems() -> None:
    """Column-level ones first, then those of rows, and the frame so far."""
    text = "Title,Start,Private\nA,3/25/2026,\nB,25/12/2026 9:00,perhaps\n"
    with pytest.raises(FrameError, match="row 3 can only be day first") as raised:
        read(text, tz="UTC")
    listed_problems = raised.value.problems
    assert listed_problems.columns.tolist() == ["row", "column", "expected", "came"]
    assert listed_problems["row"].tolist() == [None, 3]
    assert listed_problems["column"].tolist() == ["start", "event_private"]
    assert "'3/25/2026' (row 2) and '25/12/2026 9:00' (row 3)" in listed_problems.loc[0, "came"]
    assert raised.value.partial["summary"].tolist() == ["A", "B"]
    assert raised.value.partial["start"].isna().all()


def test_where_a_frame_came_from() -> None:
    """The `attrs` hold the file's name, worksheet, number of rows, encoding and delimiter."""
    frame = read("Title;Start\nA;2026-04-03\n", tz="UTC")
    assert frame.attrs == {
        "cronofy": {
            "sheet": {"name": None, "worksheet": None, "rows": 1, "encoding": "utf-8", "delimiter": ";"},
            "problems": [],
        }
    }


def test_sources(tmp_path: Path) -> None:
    """A path, text of a path, bytes, a binary and a text buffer give the same frame."""
    text = "Title,Start\nA,2026-04-03\n"
    path = tmp_path / "x.csv"
    path.write_text(text)
    expected = read(text, tz="UTC")
    for source in (path, str(path), text.encode(), bytearray(text.encode()), BytesIO(text.encode()), StringIO(text)):
        pd.testing.assert_frame_equal(read_sheet(source, tz="UTC"), expected)
    with path.open("rb") as file:
        assert read_sheet(file, tz="UTC").attrs["cronofy"]["sheet"]["name"] == "x.csv"
    with pytest.raises(TypeError, match="not int"):
        read_sheet(3)


def test_arguments_that_make_no_sense_are_refused() -> None:
    """Each message says what would."""
    with pytest.raises(ValueError, match="Did you mean Europe/London"):
        read("Title\nA\n", tz="Europe/Londn")
    with pytest.raises(ValueError, match="fold is 0, 1 or None"):
        read("Title\nA\n", fold=2)
    with pytest.raises(ValueError, match="delimiter is one character"):
        read("Title\nA\n", delimiter=";;")
    with pytest.raises(ValueError, match="encoding is one that Python knows"):
        read("Title\nA\n", encoding="utf-9")
    with pytest.raises(ValueError, match="sheet= has no meaning for this file, which is text"):
        read("Title\nA\n", sheet="x")


def test_a_frame_with_only_a_header_has_its_dtypes() -> None:
    """No rows are no reason for another dtype."""
    frame = read(",".join(EVENTS.names), tz="Europe/Rome")
    empty = decode([b'{"events":[]}'], EVENTS, rows="events", tz="Europe/Rome")
    pd.testing.assert_frame_equal(frame.reset_index(drop=True), empty, check_index_type=False)
