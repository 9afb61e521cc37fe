"""From a frame to a file."""

import csv
import json
import os
import stat
from datetime import UTC, date, datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cronofy_frames.errors import FrameError
from cronofy_frames.frames.decoder import decode
from cronofy_frames.frames.reading import read_calendars, read_events
from cronofy_frames.schema import EVENTS
from cronofy_frames.sheets.export.files import csv_bytes, export, json_bytes
from cronofy_frames.sheets.formatting import FORMULA, escape_formulas
from cronofy_frames.sheets.read.reader import read_sheet
from cronofy_frames.wire.client import Client


def events_of(*rows: dict[str, object], tz: str = "UTC") -> pd.DataFrame:
    """Return events as they would be read."""
    records = [{"calendar_id": "cal_1", "event_uid": f"evt_{n}", **row} for n, row in enumerate(rows)]
    return decode([json.dumps({"events": records}).encode()], EVENTS, rows="events", tz=tz)


def lines(frame: pd.DataFrame, tz: str | None = None) -> list[dict[str, str]]:
    """Return a frame's CSV as a spreadsheet would read it."""
    return list(csv.DictReader(StringIO(csv_bytes(frame, tz).decode("utf-8-sig"), newline="")))


TIMED = {"summary": "A", "start": "2026-07-04T08:00:00Z", "end": "2026-07-04T09:30:00Z"}


def test_times_are_wall_times_beside_their_zone() -> None:
    """Times are wall times that a spreadsheet understands, and the zone is in its own column."""
    row = lines(events_of(TIMED, tz="Europe/Paris"))[0]
    assert (row["start"], row["end"], row["tzid"]) == ("2026-07-04 10:00:00", "2026-07-04 11:30:00", "Europe/Paris")
    assert lines(events_of(TIMED), tz="Asia/Kathmandu")[0]["start"] == "2026-07-04 13:45:00"


def test_the_zone_follows_the_end() -> None:
    """The columns are those of the frame, with tzid after end."""
    header = csv_bytes(events_of(TIMED)).decode("utf-8-sig").splitlines()[0].split(",")
    assert header == ["start", "end", "tzid", *EVENTS.names[2:]]


def test_a_repeated_wall_time_has_its_offset() -> None:
    """On the autumn night both 01:30s have an offset, and no other time has one."""
    frame = events_of(
        {"start": "2026-10-25T00:30:00Z", "end": "2026-10-25T01:30:00Z"},
        {"start": "2026-10-25T02:30:00Z", "end": "2026-10-25T03:00:00Z"},
        tz="Europe/London",
    )
    first, second = lines(frame)
    assert (first["start"], first["end"]) == ("2026-10-25 01:30:00+01:00", "2026-10-25 01:30:00+00:00")
    assert second["start"] == "2026-10-25 02:30:00"


def test_all_day_rows_have_dates() -> None:
    """Days are days in every zone, with the end exclusive."""
    frame = events_of({"start": "2026-07-04", "end": "2026-07-06"}, TIMED, tz="America/New_York")
    row = next(row for row in lines(frame, tz="Asia/Tokyo") if row["all_day"] == "True")
    assert (row["start"], row["end"]) == ("2026-07-04", "2026-07-06")


def test_missing_times_are_blank() -> None:
    """A deleted event without times is a row with blanks."""
    row = lines(events_of({"deleted": True}))[0]
    assert (row["start"], row["end"], row["created"]) == ("", "", "")


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+49 30", "-1", "@home", "\tx", "\rx", "\nx", "＝1+1", "＋49", "－1", "＠home", "'=1", "''=1", "'＝1"],
)
def test_text_that_a_spreadsheet_would_run_is_neutralised(text: str) -> None:
    """It gets an apostrophe before it."""
    assert lines(events_of({**TIMED, "summary": text}))[0]["summary"] == "'" + text


def test_headers_are_neutralised_too() -> None:
    """The name of a column may come from another person too."""
    frame = events_of(TIMED).rename(columns={"url": "=HYPERLINK(1)"})
    assert "'=HYPERLINK(1)" in lines(frame)[0]


@pytest.mark.parametrize("text", ["plain", "1-1", "'quoted'", "", "a=b", "ünï ✓", 'say "hi", twice\nover'])
def test_other_text_is_unchanged(text: str) -> None:
    """Quotes, commas, line breaks and any script are read as they were."""
    assert lines(events_of({**TIMED, "summary": text}))[0]["summary"] == text


@given(st.lists(st.text(st.sampled_from("'=+-@\t\r\n＝＋－＠a1 "), max_size=6)))
def test_neutralising_can_be_undone(texts: list[str]) -> None:
    """Taking one apostrophe from whatever matches gives the text back, whatever it was."""
    before = pd.Series(texts, dtype="str")
    after = escape_formulas(before)
    undone = after.where(~after.str.match(FORMULA).astype(bool), after.str.slice(1))
    assert undone.tolist() == before.tolist()
    assert not after.str.match(r"^[=+\-@\t\r\n＝＋－＠]").any()


def test_a_byte_order_mark_tells_utf_8() -> None:
    """It comes first in the file, as Excel needs it."""
    assert csv_bytes(events_of(TIMED)).startswith(b"\xef\xbb\xbf")


def test_lists_stay_json_text() -> None:
    """Attendees can be parsed from their cell."""
    row = lines(events_of({**TIMED, "attendees": [{"email": "a@example.test"}]}))[0]
    assert json.loads(row["attendees"]) == [{"email": "a@example.test"}]


def test_json_has_offsets_dates_and_null() -> None:
    """A list of objects that any program reads."""
    frame = events_of(TIMED, {"summary": None, "start": "2026-07-04", "end": "2026-07-05"}, tz="Asia/Kolkata")
    day, timed = json.loads(json_bytes(frame))
    assert timed["start"] == "2026-07-04T13:30:00+05:30"
    assert (day["start"], day["end"], day["summary"]) == ("2026-07-04", "2026-07-05", None)
    assert timed["deleted"] is False


def test_json_names_the_zone_beside_the_end(client: Client) -> None:
    """An offset does not tell a zone; frames without times have none, and one in the way is refused."""
    row = json.loads(json_bytes(events_of(TIMED, tz="Europe/Paris")))[0]
    assert list(row) == ["start", "end", "tzid", *EVENTS.names[2:]]
    assert (row["tzid"], row["start"]) == ("Europe/Paris", "2026-07-04T10:00:00+02:00")
    assert json.loads(json_bytes(events_of(TIMED), tz="Asia/Tokyo"))[0]["tzid"] == "Asia/Tokyo"
    assert "tzid" not in json.loads(json_bytes(read_calendars(client)))[0]
    with pytest.raises(ValueError, match="column tzid"):
        json_bytes(events_of(TIMED).assign(tzid="x"))


def test_json_has_dates_local_times_and_durations_as_texts() -> None:
    """ISO texts say what they are; as numbers they would be milliseconds of which nothing tells the unit."""
    frame = pd.DataFrame(
        {
            "day": [date(2026, 3, 1), None],
            "wall": pd.to_datetime(["2026-03-01 09:30", None]),
            "length": pd.to_timedelta(["90min", None]),
            "mixed": [datetime(2026, 3, 1, 9, tzinfo=UTC), timedelta(minutes=5)],
        }
    )
    assert json.loads(json_bytes(frame)) == [
        {
            "day": "2026-03-01",
            "wall": "2026-03-01T09:30:00",
            "length": "P0DT1H30M0S",
            "mixed": "2026-03-01T09:00:00+00:00",
        },
        {"day": None, "wall": None, "length": None, "mixed": "P0DT0H5M0S"},
    ]


def test_an_offset_with_seconds_becomes_utc() -> None:
    """ISO 8601 has no seconds in an offset, and before 1891 the clocks of Paris were 9 minutes and 21 seconds ahead."""
    frame = events_of({"start": "1890-01-01T12:00:00Z", "end": "2026-01-01T12:00:00Z"}, tz="Europe/Paris")
    row = json.loads(json_bytes(frame))[0]
    assert (row["start"], row["end"]) == ("1890-01-01T12:00:00+00:00", "2026-01-01T13:00:00+01:00")
    assert lines(frame)[0]["start"] == "1890-01-01 12:09:21"


def test_fractions_of_seconds_survive() -> None:
    """A frame made by other code keeps its microseconds."""
    frame = events_of(TIMED)
    frame["start"] += pd.Timedelta("250ms")
    assert lines(frame)[0]["start"] == "2026-07-04 08:00:00.250000"


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".json", ".ndjson", ".parquet", ".ics", ".CSV"])
def test_the_suffix_decides(suffix: str, tmp_path: Path, client: Client) -> None:
    """The path comes back, absolute, and the file is there, alone and readable."""
    written = export(read_events(client), tmp_path / f"events{suffix}")
    assert written == tmp_path / f"events{suffix}"
    assert [file.name for file in tmp_path.iterdir()] == [written.name]
    assert written.stat().st_mode & stat.S_IRUSR


def test_parquet_is_the_frame(tmp_path: Path, client: Client) -> None:
    """Dtypes and attrs come back."""
    events = read_events(client, tz="Europe/London")
    again = pd.read_parquet(BytesIO(export(events, tmp_path / "e.parquet").read_bytes()))
    pd.testing.assert_frame_equal(again, events)
    assert again.attrs == events.attrs


def test_frames_without_times_have_no_zone(client: Client) -> None:
    """Calendars are written as they are."""
    assert "tzid" not in lines(read_calendars(client))[0]


def test_what_cannot_be_written_is_refused(tmp_path: Path, client: Client) -> None:
    """Another suffix, a missing folder and a column in the way are refused with what to do."""
    calendars = read_calendars(client)
    with pytest.raises(
        ValueError, match=r"export writes \.csv, \.xlsx, \.json, \.ndjson, \.parquet, \.ics; not '.docx'"
    ):
        export(calendars, tmp_path / "x.docx")
    with pytest.raises(FileNotFoundError, match="create it, or choose another"):
        export(calendars, tmp_path / "none" / "x.csv")
    with pytest.raises(ValueError, match="column tzid"):
        csv_bytes(events_of(TIMED).assign(tzid="x"))


def test_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    """No file but Parquet could hold them, and none of ours does."""
    frame = events_of(TIMED)
    for suffix in (".csv", ".xlsx", ".json", ".parquet", ".ics"):
        with pytest.raises(ValueError, match="two columns of the frame are called 'url': rename one"):
            export(frame.rename(columns={"meeting_url": "url"}), tmp_path / f"x{suffix}")


def test_texts_of_any_dtype_are_neutralised() -> None:
    """A frame made by other code may hold text as objects or categories."""
    frame = events_of(TIMED).assign(
        mixed=pd.Series(["=1"], dtype="object"), kind=pd.Series(["=1"], dtype="category"), number=-1
    )
    row = lines(frame)[0]
    assert (row["mixed"], row["kind"], row["number"]) == ("'=1", "'=1", "-1")


def test_a_failed_export_leaves_the_old_file(tmp_path: Path) -> None:
    """A file that exists is replaced whole or not at all."""
    target = tmp_path / "events.csv"
    target.write_text("old")
    with pytest.raises(ValueError, match="column tzid"):
        export(events_of(TIMED).assign(tzid="x"), target)
    assert target.read_text() == "old"


def test_exporting_changes_no_frame() -> None:
    """The frame is the same afterwards."""
    frame = events_of({**TIMED, "summary": "=1"}, {"start": "2026-07-04", "end": "2026-07-05"})
    before = frame.copy()
    csv_bytes(frame, "Asia/Tokyo")
    json_bytes(frame)
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("name", ["event_uid", "start"])
def test_a_named_index_is_written(name: str) -> None:
    """Its labels are columns of the file."""
    assert lines(events_of(TIMED).set_index(name))[0][name]


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """The message names the requested file, not the temporary one."""
    (tmp_path / "x.csv").mkdir()
    with pytest.raises(OSError, match=r"choose another file.*x\.csv'$"):
        export(events_of(TIMED), tmp_path / "x.csv")
    assert [file.name for file in tmp_path.iterdir()] == ["x.csv"]


def test_an_export_writes_through_no_link_in_place_of_its_temporary_file(tmp_path: Path) -> None:
    """A link under the temporary name is removed, and the file that it names keeps its content."""
    other = tmp_path / "other.txt"
    other.write_text("unchanged")
    (tmp_path / f".x.csv.{os.getpid()}.part").symlink_to(other)
    assert export(events_of(TIMED), tmp_path / "x.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert other.read_text() == "unchanged"
    assert not (tmp_path / "x.csv").is_symlink()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_or_device_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    """A path such as /dev/null in the place of a file is refused, and stays what it is."""
    pipe = tmp_path / "out.csv"
    os.mkfifo(pipe)
    with pytest.raises(FrameError, match=r"out\.csv is a device or a pipe.*choose another file"):
        export(events_of(TIMED), pipe)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert list(tmp_path.iterdir()) == [pipe]


def test_lists_are_lists_in_json() -> None:
    """Attendees can be queried without parsing text in text; text that is no JSON stays."""
    people = [{"email": "ann@example.test", "status": "accepted"}]
    frame = events_of({**TIMED, "attendees": people, "categories": ["a", "b"]}, TIMED)
    rows = json.loads(json_bytes(frame))
    assert rows[0]["attendees"] == people
    assert rows[0]["categories"] == ["a", "b"]
    assert rows[1]["attendees"] is None
    other = frame.assign(attendees=pd.Series(["ann@example.test", "[1e999]"], dtype="str"))
    assert [row["attendees"] for row in json.loads(json_bytes(other))] == ["ann@example.test", "[1e999]"]


@pytest.mark.parametrize("suffix", [".json", ".csv", ".xlsx"])
@pytest.mark.parametrize("tz", ["Europe/London", "UTC"])
def test_a_frame_without_rows_has_its_columns_and_zone(tmp_path: Path, suffix: str, tz: str) -> None:
    """An export of nothing is read back with the columns and the zone that it had."""
    frame = events_of(TIMED, tz=tz).iloc[:0]
    back = read_sheet(export(frame, tmp_path / f"x{suffix}"))
    assert len(back) == 0
    assert back.columns.tolist() == frame.columns.tolist()
    assert back["start"].dtype == back["end"].dtype == frame["start"].dtype


def test_json_without_rows_is_read_by_pandas(tmp_path: Path) -> None:
    """The columns are there; there is no row."""
    path = export(events_of(TIMED).iloc[:0], tmp_path / "x.json")
    assert "summary" in pd.read_json(path, orient="split").columns
