"""From a frame to a worksheet of Excel."""

import io
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from cronofy_frames.frames.decoder import decode
from cronofy_frames.frames.reading import attendees, read_calendars, read_events, read_free_busy
from cronofy_frames.schema import EVENTS
from cronofy_frames.sheets.export import workbook
from cronofy_frames.sheets.export.files import csv_bytes, export
from cronofy_frames.sheets.export.workbook import workbook_bytes
from cronofy_frames.sheets.formatting import decode_cell_text, encode_cell_text
from cronofy_frames.wire.client import Client

TIMED = {"summary": "A", "start": "2026-07-04T08:00:00Z", "end": "2026-07-04T09:30:00Z"}


def events_of(*rows: dict[str, object], tz: str = "UTC") -> pd.DataFrame:
    """Return events as they would be read."""
    records = [{"calendar_id": "cal_1", "event_uid": f"evt_{n}", **row} for n, row in enumerate(rows)]
    return decode([json.dumps({"events": records}).encode()], EVENTS, rows="events", tz=tz)


def sheet_of(frame: pd.DataFrame, tz: str | None = None) -> Any:
    """Return the worksheet that openpyxl reads from a frame's workbook."""
    return openpyxl.load_workbook(io.BytesIO(workbook_bytes(frame, tz))).active


def cells(frame: pd.DataFrame, tz: str | None = None) -> list[dict[str, Any]]:
    """Return the rows of a frame's workbook, each a dict of openpyxl's cells."""
    header, *rows = sheet_of(frame, tz).iter_rows()
    return [{name.value: cell for name, cell in zip(header, row, strict=True)} for row in rows]


def read(frame: pd.DataFrame) -> list[list[Any]]:
    """Return the rows of a frame's workbook as calamine reads them."""
    return CalamineWorkbook.from_filelike(io.BytesIO(workbook_bytes(frame))).get_sheet_by_index(0).to_python()


def test_the_columns_are_those_of_csv() -> None:
    """The frame's, with the zone beside the end."""
    frame = events_of(TIMED, tz="Europe/Paris")
    header = csv_bytes(frame).decode("utf-8-sig").splitlines()[0].split(",")
    assert [cell.value for cell in sheet_of(frame)[1]] == header


def test_times_are_real_times() -> None:
    """Excel can sort and subtract them: wall times in the zone that stands beside them."""
    row = cells(events_of(TIMED, tz="Europe/Paris"), "Asia/Kathmandu")[0]
    assert (row["start"].value, row["tzid"].value) == (datetime(2026, 7, 4, 13, 45), "Asia/Kathmandu")
    assert (row["start"].data_type, row["start"].number_format) == ("d", "yyyy-mm-dd hh:mm:ss")


def test_all_day_rows_have_real_dates() -> None:
    """Days are days in every zone, with the end exclusive; what else they have are times."""
    made = "2026-01-02T03:04:05Z"
    row = cells(events_of({"start": "2026-07-04", "end": "2026-07-06", "created": made}), "Africa/Cairo")[0]
    assert (row["start"].value, row["end"].value) == (datetime(2026, 7, 4), datetime(2026, 7, 6))
    assert (row["start"].number_format, row["created"].number_format) == ("yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss")


def test_a_day_whose_midnight_does_not_exist_is_a_date() -> None:
    """In Cairo the clocks go from 00:00 to 01:00, and the day is that day all the same."""
    frame = events_of({"start": "2026-04-24", "end": "2026-04-25"}, tz="Africa/Cairo")
    assert frame["start"][0].hour == 1
    assert cells(frame)[0]["start"].value == datetime(2026, 4, 24)


def test_a_timed_midnight_is_no_day() -> None:
    """A reader that tells days by the missing fraction reads a time, and to the eye and the second nothing is off."""
    frame = events_of({"start": "2026-07-04T00:00:00Z", "end": "2026-07-05T00:00:00Z"}, {"start": "2026-07-06"})
    header, timed, day = read(frame)
    at = header.index("start")
    assert (timed[at], type(timed[at])) == (datetime(2026, 7, 4), datetime)
    assert (day[at], type(day[at])) == (date(2026, 7, 6), date)
    assert cells(frame)[0]["start"].value == datetime(2026, 7, 4)


@pytest.mark.parametrize(
    ("start", "tz", "text"),
    [
        ("2026-10-25T00:30:00Z", "Europe/London", "2026-10-25 01:30:00+01:00"),
        ("2026-10-25T01:30:00Z", "Europe/London", "2026-10-25 01:30:00+00:00"),
        ("2026-07-04T08:00:00.25Z", "UTC", "2026-07-04 08:00:00.250000"),
        ("1900-02-28T23:59:59Z", "UTC", "1900-02-28 23:59:59"),
        ("9998-12-31T23:00:00Z", "Asia/Tokyo", "9999-01-01 08:00:00"),
        ("1899-12-31", "UTC", "1899-12-31"),
    ],
)
def test_times_that_excel_cannot_hold_are_text(start: str, tz: str, text: str) -> None:
    """A wall time that comes twice has its offset; nothing is rounded or taken for another day."""
    cell = cells(events_of({**TIMED, "start": start, "end": start}, tz=tz))[0]["start"]
    assert (cell.value, cell.data_type) == (text, "s")


@given(
    st.lists(
        st.datetimes(datetime(1900, 3, 1), datetime(9998, 12, 30)).map(lambda item: item.replace(microsecond=0)),
        min_size=1,
        max_size=20,
    )
)
@example([datetime(1900, 3, 1), datetime(9998, 12, 30, 23, 59, 59)])
def test_whole_seconds_survive(times: list[datetime]) -> None:
    """Two readers find the very second in each cell, from the first day that Excel counts right to the last."""
    frame = pd.DataFrame({"start": pd.DatetimeIndex(times, dtype="datetime64[us]").tz_localize("UTC")})
    assert [row[0] for row in read(frame)[1:]] == times
    assert [row["start"].value for row in cells(frame)] == times


def test_numbers_booleans_and_blanks() -> None:
    """Each is what it is: a missing value and an empty text are blank cells."""
    row = cells(events_of({**TIMED, "location": {"lat": "0.30000000000000004", "long": "-7"}, "description": ""}))[0]
    assert (row["location_lat"].value, row["location_long"].value) == (0.30000000000000004, -7)
    assert row["all_day"].value is False
    assert [row[name].value for name in ("description", "recurring", "created", "url")] == [None] * 4


@pytest.mark.parametrize("text", ["007", "1e5", "2026-01-01", "TRUE", "#N/A", "1/2", " ", " \n", "a\nb", "x ", "ünï ✓"])
def test_texts_stay_texts(text: str) -> None:
    """Whatever a text looks like, its cell holds that text."""
    frame = events_of({**TIMED, "summary": text})
    header, row = read(frame)
    assert row[header.index("summary")] == text
    assert cells(frame)[0]["summary"].data_type in ("s", "inlineStr")


@pytest.mark.parametrize("text", ["=1+1", "=", "+49 30", "-1", "@home", "\tx", "\rx", "\nx", "＝1", "＠a", "'=1"])
def test_no_text_is_a_formula(text: str) -> None:
    """It gets an apostrophe before it, as in .csv, in the header too."""
    frame = events_of({**TIMED, "summary": text}).rename(columns={"url": text})
    header, row = read(frame)
    assert "'" + text in header
    assert row[header.index("summary")] == "'" + text
    assert {cell.data_type for line in sheet_of(frame).iter_rows() for cell in line}.isdisjoint({"f", "e"})


def test_values_of_any_kind_are_written() -> None:
    """In a frame made by other code, a value that Excel has no cell for is exact text."""
    values = ["=1", 3, 2.5, True, None, float("inf"), float("-inf"), 2**60, -(2**60), ["=x"], pd.NaT, date(2026, 1, 2)]
    frame = pd.DataFrame({"a": pd.Series(values, dtype="object"), "b": 1})
    frame["c"] = pd.Timestamp("2026-01-01T09:00:00")
    frame["d"] = pd.Series([2**60, None], dtype="Int64")
    rows = read(frame)[1:]
    expected_cells = ["'=1", 3, 2.5, True, "", "inf", "'-inf", str(2**60), f"'-{2**60}", "['=x']", "", "2026-01-02"]
    assert [row[0] for row in rows] == expected_cells
    assert rows[0][1:] == [1, datetime(2026, 1, 1, 9), str(2**60)]


TRICKY = st.text(st.sampled_from("_x0F5ED\r\t\n \x00\x1f\ufffe\uffff'=aé😀"), max_size=24)


@given(st.lists(st.one_of(st.text(st.characters(exclude_categories=["Cs"])), TRICKY), min_size=1, max_size=10))
@example(["_x000D_", "_x005F", "_x005F\r", "\uffffx000D_", "_xFFFE_", "_xFFFE\uffff", "_xxFFFF_", "\ufffexFFFE_", "\r"])
def test_every_text_comes_back(texts: list[str]) -> None:
    """Control characters, what looks like their code, spaces alone: a reader that undoes the code finds the text."""
    frame = pd.DataFrame({"mark": "x", "text": pd.Series(["a" + text for text in texts], dtype="str")})
    assert [decode_cell_text(row[1]) for row in read(frame)[1:]] == ["a" + text for text in texts]
    alone = pd.DataFrame({"mark": "x", "text": pd.Series([text for text in texts if text.isspace()], dtype="str")})
    assert [row[1].lstrip("'") for row in read(alone)[1:]] == alone["text"].tolist()


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff")).filter(
        lambda text: "_xFFF" not in text
    )
)
def test_other_readers_find_the_text_too(text: str) -> None:
    """But for U+FFFE and U+FFFF, programs that know the code of Excel need nothing of ours."""
    frame = pd.DataFrame({"mark": "x", "text": pd.Series(["a" + text], dtype="str")})
    assert read(frame)[1][1] == "a" + text


def test_halves_of_characters_are_coded() -> None:
    """No XML holds half of a surrogate pair, which an object column may; the file can be read all the same."""
    assert read(pd.DataFrame({"a": pd.Series(["x\ud83d"], dtype="object")}))[1] == ["x_xD83D_"]
    assert decode_cell_text(encode_cell_text("\ud83d")) == "_xD83D_"


def test_the_sheet_is_laid_out(client: Client) -> None:
    """The header is bold and stays in sight, filters cover what is used, columns are as wide as what they hold."""
    frame = read_events(client)
    frame.loc[0, "description"] = "long " * 100
    sheet = sheet_of(frame)
    assert (sheet.title, sheet.freeze_panes) == ("events", "A2")
    assert sheet.auto_filter.ref == sheet.dimensions
    assert all(cell.font.bold for cell in sheet[1])
    assert not sheet["A2"].font.bold
    widths = {cell.value: sheet.column_dimensions[cell.column_letter].width for cell in sheet[1]}
    assert (widths["description"], widths["start"]) == (60, 20)
    assert all(max(8, len(name)) < width <= 60 or width == 8 for name, width in widths.items())


def test_other_frames_are_rows(client: Client) -> None:
    """Only what looks like events is called so."""
    titles = {sheet_of(frame).title for frame in (read_free_busy(client), read_calendars(client), pd.DataFrame())}
    assert titles == {"rows"}


def offers(frame: pd.DataFrame) -> dict[str, Any]:
    """Return by column what its cells offer."""
    sheet = sheet_of(frame)
    names = {cell.column_letter: cell.value for cell in sheet[1]}
    by_letter = {
        str(validation.sqref).split(":")[0].rstrip("0123456789"): validation
        for validation in sheet.data_validations.dataValidation
    }
    return {names[letter]: item for letter, item in by_letter.items()}


def test_cells_offer_the_values_that_are_known(client: Client) -> None:
    """Enumerations and Booleans, for rows to be added too; another value is only warned of."""
    events = read_events(client)
    offered = offers(events)
    assert offered["transparency"].formula1 == '"opaque,transparent,unknown"'
    assert offered["status"].formula1 == '"tentative,confirmed,cancelled,unknown"'
    assert offered["event_private"].formula1 == offered["all_day"].formula1 == '"TRUE,FALSE"'
    assert not {"tzid", "start_tzid", "end_tzid", "summary"} & set(offered)
    assert {validation.errorStyle for validation in offered.values()} == {"warning"}
    assert str(offered["all_day"].sqref).endswith(str(len(events) + 1001))
    assert offers(attendees(events))["status"].formula1.startswith('"needs_action,')
    assert offers(read_free_busy(client))["free_busy_status"].formula1 == '"tentative,busy,free,unknown"'
    assert offers(read_calendars(client))["permission_level"].formula1 == '"sandbox,unrestricted"'


def test_offers_fit_into_excel() -> None:
    """It refuses a file with a list of more than 255 characters, or with a comma inside a value."""
    assert all(len(",".join(values)) <= 255 for values in workbook.KNOWN_VALUES.values())
    assert not any("," in value for values in workbook.KNOWN_VALUES.values() for value in values)


def test_empty_frames_keep_their_header(client: Client) -> None:
    """No rows are no reason for no file."""
    frame = read_events(client).head(0)
    assert [len(read(frame)), len(read(frame)[0])] == [1, len(EVENTS.names) + 1]


def test_what_excel_cannot_hold_is_refused(tmp_path: Path) -> None:
    """Excel would cut a text and refuse the file: the message says which cell and what to do; nothing is written."""
    frame = events_of(TIMED, {**TIMED, "description": "x" * 32_768})
    with pytest.raises(ValueError, match=r"row 1, column 'description': .* 32,768 .*Shorten it, or write \.csv or "):
        export(frame, tmp_path / "x.xlsx")
    with pytest.raises(ValueError, match=r"1,048,576 rows .* Write \.csv or \.parquet\.$"):
        export(pd.DataFrame({"a": range(1_048_576)}), tmp_path / "x.xlsx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["x" * 32_767, "😀" * 16_383])
def test_the_longest_text_is_whole(text: str) -> None:
    """Up to what Excel holds, nothing is cut; characters beyond the first 65,536 count twice."""
    assert read(pd.DataFrame({"a": [text]}))[1] == [text]
    with pytest.raises(ValueError, match="Shorten it"):
        workbook_bytes(pd.DataFrame({"a": ["x" + text[0] + text]}))


def test_a_column_of_its_own_called_tzid_is_refused() -> None:
    """As in .csv: two zones in one row would be one too many."""
    with pytest.raises(ValueError, match="column tzid"):
        workbook_bytes(events_of(TIMED).assign(tzid="x"))


def test_writing_changes_no_frame() -> None:
    """The frame is the same afterwards."""
    frame = events_of({**TIMED, "summary": "=1"}, {"start": "2026-07-04", "end": "2026-07-05"})
    before = frame.copy()
    workbook_bytes(frame, "Asia/Tokyo")
    pd.testing.assert_frame_equal(frame, before)
