"""Exports beside plain pandas, json and icalendar: the same bytes, whatever the frame holds."""

import csv
import json
import warnings
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import icalendar
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from cronofy_frames.frames.decoder import decode
from cronofy_frames.frames.reading import read_events, to_timezone
from cronofy_frames.schema import EVENTS
from cronofy_frames.sheets import WRITERS, export
from cronofy_frames.sheets.export.calendar_file import calendar_bytes
from cronofy_frames.sheets.export.content_lines import fold_line
from cronofy_frames.sheets.export.files import STREAMED
from cronofy_frames.sheets.export.parts import ROWS, parts_of
from cronofy_frames.wire.client import Client
from tests.plain_exports import plain_csv, plain_events, plain_json, plain_ndjson

ZONES = ("UTC", "Europe/London", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Cairo")
PLAIN: dict[str, Callable[[pd.DataFrame, str], bytes]] = {
    ".csv": plain_csv,
    ".json": plain_json,
    ".ndjson": plain_ndjson,
}

TEXTS = st.none() | st.text(st.sampled_from("=+@'\"\\,;:^’\r\n\t\x00\x1f\x7f\u2028 aZ1/é東😀"), max_size=90)
NIGHTS = st.sampled_from(
    [datetime(2026, 10, 25), datetime(2026, 11, 1), datetime(2026, 4, 4, 14), datetime(1890, 1, 1)]
)
TIMES = st.datetimes(datetime(2, 1, 2), datetime(9998, 12, 1)).map(
    lambda time: time.replace(microsecond=0)
) | st.builds(lambda night, quarters: night + timedelta(minutes=15 * quarters), NIGHTS, st.integers(0, 12))
PEOPLE = st.lists(
    st.fixed_dictionaries(
        {"email": TEXTS}, optional={"display_name": TEXTS, "status": st.sampled_from(["accepted", "declined", "x"])}
    ),
    max_size=3,
)
NUMBERS = st.floats(-1e300, 1e300) | st.integers(-(2**70), 2**70)


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """Return an event as the wire has it."""
    optional = {
        **dict.fromkeys(("summary", "description", "url"), TEXTS),
        "status": st.sampled_from(["confirmed", "tentative", "other"]),
        "attendees": PEOPLE,
        "categories": st.lists(st.text(st.sampled_from("a ,;\\é"), max_size=4), max_size=2),
        "recurring": st.booleans(),
        "deleted": st.booleans(),
        "created": TIMES.map(lambda time: f"{time.isoformat()}Z"),
        "updated": TIMES.map(lambda time: f"{time.isoformat()}Z"),
        "location": st.fixed_dictionaries({"description": TEXTS, "lat": NUMBERS, "long": NUMBERS}),
    }
    row: dict[str, Any] = draw(st.fixed_dictionaries({}, optional=optional))
    start = draw(TIMES)
    end = start + timedelta(hours=draw(st.sampled_from([0, 1, 24])))
    kind = draw(st.sampled_from(["none", "day", "time", "zones"]))
    if kind == "day":
        row |= {"start": str(start.date()), "end": str(end.date() + timedelta(days=1))}
    elif kind == "time":
        row |= {"start": f"{start.isoformat()}Z", "end": f"{end.isoformat()}Z"}
    elif kind == "zones":
        for name, time in (("start", start), ("end", end)):
            row[name] = {"time": f"{time.isoformat()}Z", "tzid": draw(st.sampled_from(ZONES))}
    return row


def frame_of(records: list[dict[str, Any]], tz: str = "UTC") -> pd.DataFrame:
    """Return events as they would be read."""
    numbered = [{"calendar_id": "cal_1", "event_uid": f"evt_{n}", **row} for n, row in enumerate(records)]
    return decode([json.dumps({"events": numbered}).encode()], EVENTS, rows="events", tz=tz)


FRAMES = st.builds(frame_of, st.lists(rows(), min_size=1, max_size=6), st.sampled_from(ZONES))


@pytest.mark.parametrize("suffix", PLAIN)
@settings(max_examples=25)
@given(FRAMES, st.sampled_from(ZONES))
def test_the_bytes_are_those_of_plain_pandas(suffix: str, frame: pd.DataFrame, tz: str) -> None:
    """Formulas, quotes, control characters, days, wall times that come twice, numbers of any size."""
    assert WRITERS[suffix](frame, tz) == PLAIN[suffix](frame, tz)


@pytest.mark.parametrize("suffix", PLAIN)
@settings(max_examples=25)
@given(st.lists(st.tuples(TEXTS, st.none() | st.text(max_size=20), st.booleans()), max_size=5))
def test_other_columns_are_those_of_plain_pandas(suffix: str, cells: list[tuple[Any, Any, bool]]) -> None:
    """Objects, categories and lists that are no lists, with a column of numbers and one of times beside them."""
    frame = frame_of([{"start": "2026-07-04T08:00:00Z"}] * (len(cells) + 1))[["start", "end", "all_day"]].iloc[1:]
    frame["attendees"] = pd.Series([text for text, _, _ in cells], index=frame.index, dtype="str")
    frame["mixed"] = pd.Series([text for _, text, _ in cells], index=frame.index, dtype="object")
    frame["kind"] = pd.Series([str(flag) for _, _, flag in cells], index=frame.index, dtype="category")
    frame["count"] = range(len(frame))
    frame["large"] = pd.Series([2**60 + n for n in range(len(frame))], index=frame.index, dtype="Int64")
    if len(frame):
        assert WRITERS[suffix](frame, "UTC") == PLAIN[suffix](frame.astype({"kind": "object"}), "UTC")


@pytest.mark.parametrize(
    "text",
    [
        *("[1, 1e5, 0.10, -0, 12345678901234567890]", "[NaN]", "[1e999]", '{"a": {"b": [ ]}, "a": 1}', '["\\ud800"]'),
        *('["\\u00e9\\/\\u2028\\n"]', '"text"', "", "[", '[[{"x": null}], true]', "[" * 5000, ' [ "a" ] '),
    ],
)
def test_lists_are_written_as_json_writes_them(text: str) -> None:
    """White space, escapes, numbers and repeated keys are normalised; what JSON cannot hold stays text."""
    frame = frame_of([{"start": "2026-07-04T08:00:00Z"}]).assign(attendees=pd.Series([text], dtype="str"))
    if "ud800" not in text:
        assert WRITERS[".json"](frame, "UTC") == plain_json(frame, "UTC")
    assert (
        json.loads(WRITERS[".ndjson"](frame, "UTC"))["attendees"]
        == json.loads(WRITERS[".json"](frame, "UTC"))[0]["attendees"]
    )


def test_the_largest_numbers_are_finite_in_json() -> None:
    """JSON has no word for infinity, which the largest numbers would be when they are rounded; infinity is null."""
    numbers = pd.DataFrame({"number": [1.7976931348623157e308, -1.7976931348623157e308, float("inf"), 0.1 + 0.2]})
    written = [row["number"] for row in json.loads(WRITERS[".json"](numbers, None))]
    assert written == [1.7976931348623157e308, -1.7976931348623157e308, None, 0.3]


@pytest.mark.parametrize("name", ["text", "number", "flag"])
def test_a_single_column_has_a_line_for_each_row(name: str) -> None:
    """A blank line would be no row: a blank cell has quotes where it is alone."""
    frame = pd.DataFrame(
        {
            "text": pd.Series(["a", "", None, "b,c"], dtype="str"),
            "number": [1.5, None, 1e22, -0.0],
            "flag": pd.Series([True, None, False, None], dtype="boolean"),
        }
    )[[name]]
    assert WRITERS[".csv"](frame, None) == frame.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


@settings(max_examples=25)
@given(FRAMES, st.sampled_from(ZONES))
@example(frame_of([{"start": "2026-10-25", "summary": "\x00", "description": "\x00"}]), "UTC")
def test_calendar_events_are_those_of_icalendar(frame: pd.DataFrame, tz: str) -> None:
    """Each VEVENT has the properties, parameters and values that icalendar writes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of rows that are left out
        content = calendar_bytes(frame, tz)
    written = [event.to_ical() for event in icalendar.Calendar.from_ical(content).walk("VEVENT")]
    assert written == [icalendar.Event.from_ical(event).to_ical() for event in plain_events(frame, tz)]


@given(st.text(st.sampled_from("aé東😀\\^,"), max_size=400))
def test_lines_are_folded_between_characters(text: str) -> None:
    """No line has more than 75 octets or a part of a character, and unfolding gives the line back."""
    content = fold_line(text.encode())
    assert content.replace(b"\r\n ", b"").removesuffix(b"\r\n").decode() == text
    assert all(len(line) <= 75 and line.decode() is not None for line in content.split(b"\r\n"))


@pytest.fixture(scope="module")
def tricky() -> pd.DataFrame:
    """A frame of more rows than a part has; a formula, a quote and a fraction are in one part only."""
    count = 2 * ROWS + 7
    frame = frame_of(
        [
            {
                "summary": f"s{n}",
                "start": f"2026-10-{1 + n % 28:02}T{n % 24:02}:00:00Z",
                "created": "2026-01-01T00:00:00Z",
            }
            for n in range(count)
        ],
        "Europe/London",
    )
    frame.loc[3, "summary"], frame.loc[ROWS + 2, "summary"] = "=1", 'a "b",\n c'
    frame.loc[count - 1, "created"] += pd.Timedelta("250ms")
    return frame


@pytest.mark.parametrize("suffix", PLAIN)
def test_parts_are_written_as_one_file(suffix: str, tricky: pd.DataFrame) -> None:
    """A frame that is written in parts has the bytes that it would have as a whole."""
    assert WRITERS[suffix](tricky, "Europe/London") == PLAIN[suffix](tricky, "Europe/London")


@pytest.mark.parametrize("suffix", [".xlsx", ".ics"])
def test_parts_of_other_files_follow_each_other(suffix: str, tricky: pd.DataFrame) -> None:
    """No row is missing or in another place where a part begins."""
    if suffix == ".xlsx":
        content = WRITERS[suffix](tricky[["start", "end", "all_day", "summary", "event_uid"]], None)
        table = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()
        column = table[0].index("event_uid")
        assert [row[column] for row in table[1:]] == tricky["event_uid"].tolist()
    else:
        content = WRITERS[suffix](tricky, None)
        uids = [line.removeprefix("UID:") for line in content.decode().splitlines() if line.startswith("UID:")]
        assert uids == [f"{uid}@cronofy" for uid in tricky["event_uid"]]


def test_no_part_has_more_rows_than_memory_is_meant_for(tricky: pd.DataFrame) -> None:
    """The count of rows that are in work at a time does not grow with the frame."""
    assert [len(part.rows) for part in parts_of(tricky, None)] == [ROWS, ROWS, 7]


class Frames:
    """An iterator of frames that counts those that were taken and are still held."""

    def __init__(self, frames: list[pd.DataFrame]) -> None:
        self.frames = frames
        self.taken = 0

    def __iter__(self) -> Iterator[pd.DataFrame]:
        for frame in self.frames:
            self.taken += 1
            yield frame


@pytest.fixture
def weeks(client: Client) -> list[pd.DataFrame]:
    """Three weeks of events, one of them in another zone, and a week without any."""
    bounds = [("2026-03-02", "2026-03-09"), ("2026-03-09", "2026-03-16"), ("2026-03-16", "2026-03-23")]
    frames = [read_events(client, *week, tz="Europe/London") for week in bounds]
    return [frames[0].iloc[:0], frames[0], to_timezone(frames[1], "Asia/Tokyo"), frames[2]]


@pytest.mark.parametrize("suffix", STREAMED)
def test_an_iterator_of_frames_becomes_one_file(suffix: str, weeks: list[pd.DataFrame], tmp_path: Path) -> None:
    """The file is that of all rows in one frame, in the zone of the first."""
    path = export(iter(weeks), tmp_path / f"all{suffix}")
    whole = pd.concat([to_timezone(frame, "Europe/London") for frame in weeks], ignore_index=True)
    if suffix == ".parquet":
        pd.testing.assert_frame_equal(pd.read_parquet(path), whole)
        assert pd.read_parquet(path).attrs == {}
    else:
        whole.attrs = {}
        assert path.read_bytes() == WRITERS[suffix](whole, None)


@pytest.mark.parametrize("suffix", STREAMED)
def test_an_iterator_may_have_another_zone(suffix: str, weeks: list[pd.DataFrame], tmp_path: Path) -> None:
    """tz= holds for all frames."""
    path = export(iter(weeks), tmp_path / f"all{suffix}", tz="America/New_York")
    if suffix == ".parquet":
        assert str(pd.read_parquet(path)["start"].dtype) == "datetime64[us, America/New_York]"
    else:
        assert b"America/New_York" in path.read_bytes()


@pytest.mark.parametrize("suffix", STREAMED)
def test_frames_without_rows_become_a_file_with_columns(suffix: str, weeks: list[pd.DataFrame], tmp_path: Path) -> None:
    """An iterator of nothing but empty frames is an empty frame."""
    path = export(iter([weeks[0], weeks[0]]), tmp_path / f"none{suffix}")
    if suffix == ".parquet":
        assert pd.read_parquet(path).columns.tolist() == weeks[0].columns.tolist()
    else:
        assert path.read_bytes() == WRITERS[suffix](weeks[0], None)


@pytest.mark.parametrize("suffix", STREAMED)
def test_frames_that_do_not_fit_are_refused(suffix: str, weeks: list[pd.DataFrame], tmp_path: Path) -> None:
    """Another column, another order, no frame at all and something else are refused, and no file is left."""
    first = weeks[1]
    target = tmp_path / f"x{suffix}"
    with pytest.raises(
        ValueError, match=r"frame 2 does not have the columns of the first \(the columns differ in url\)"
    ):
        export(iter([first, first.drop(columns="url")]), target)
    with pytest.raises(ValueError, match="the order differs"):
        export(iter([first, first[first.columns[::-1]]]), target)
    with pytest.raises(ValueError, match="created has times with a zone in only one of frame 1 and frame 2"):
        export(iter([first, first.assign(created=pd.Series(None, index=first.index, dtype="object"))]), target)
    with pytest.raises(ValueError, match="at least one frame"):
        export(iter([]), target)
    with pytest.raises(ValueError, match="this is a str of builtins and not a pandas DataFrame"):
        export({"ann": first}, target)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("later", ["x", 1.5])
def test_parquet_has_one_type_for_a_column(later: object, weeks: list[pd.DataFrame], tmp_path: Path) -> None:
    """A later frame with values that do not fit it is refused by the name of its column, and no file is left."""
    frames = [weeks[1].assign(rank=1), weeks[1].assign(rank=later)]
    with pytest.raises(
        ValueError, match=r"do not fit the type .*column rank.*: give the column one type in all frames"
    ):
        export(iter(frames), tmp_path / "x.parquet")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".xlsx", ".ics"])
def test_files_that_need_all_rows_refuse_an_iterator(suffix: str, weeks: list[pd.DataFrame], tmp_path: Path) -> None:
    """The message says which formats take one."""
    with pytest.raises(
        ValueError, match=r"from one frame.*Pass cf.concat\(frames\), or write .csv, .json, .ndjson, .parquet"
    ):
        export(iter(weeks), tmp_path / f"x{suffix}")


def test_an_iterator_that_fails_leaves_no_file(weeks: list[pd.DataFrame], tmp_path: Path) -> None:
    """Its error comes through as it is, also one of a file that it reads."""

    def broken() -> Iterator[pd.DataFrame]:
        yield weeks[1]
        raise FileNotFoundError(2, "No such file", "part-2.parquet")

    with pytest.raises(FileNotFoundError, match=r"No such file: 'part-2.parquet'"):
        export(broken(), tmp_path / "x.csv")
    assert list(tmp_path.iterdir()) == []


def test_quotes_are_read_back() -> None:
    """Each cell of a file with quotes, commas and line breaks is the text that it was."""
    texts = ['a "b"', "c,d", "e\r\nf", "g\nh", "", "'", "plain"]
    frame = pd.DataFrame({"one": pd.Series(texts, dtype="str"), "two": "x"})
    lines = list(csv.reader(StringIO(WRITERS[".csv"](frame, None).decode("utf-8-sig"), newline="")))
    assert [line[0] for line in lines[1:]] == texts
