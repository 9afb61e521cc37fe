"""What `export` wrote comes back as it was."""

import json
import warnings
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cronofy_frames.frames.decoder import attendees, decode
from cronofy_frames.frames.reading import read_calendars, read_events, read_free_busy
from cronofy_frames.frames.scheduling import read_availability_rules
from cronofy_frames.schema import AVAILABLE_PERIODS, EVENTS
from cronofy_frames.sheets.export.files import WRITERS, export
from cronofy_frames.sheets.read.reader import SheetWarning, read_sheet
from cronofy_frames.wire.client import Client
from tests.event_rows import with_compact_lists

ZONES = st.sampled_from(
    [
        *("UTC", "Europe/London", "Europe/Paris", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"),
        *("Africa/Cairo", "America/Havana", "Pacific/Apia", "Asia/Kolkata"),
    ]
)
TEXTS = st.none() | st.text(max_size=12) | st.text(st.sampled_from("'=+-@\t\r\n;,|\"a1 "), max_size=6)
NIGHTS = [datetime(2026, month, day, tzinfo=UTC) for month, day in ((3, 8), (3, 29), (4, 5), (10, 25), (11, 1))]
INSTANTS = st.one_of(
    st.datetimes(datetime(1975, 1, 1), datetime(2100, 1, 1)).map(
        lambda instant: instant.replace(tzinfo=UTC, microsecond=0)
    ),
    st.builds(
        lambda night, minutes: night + timedelta(minutes=minutes), st.sampled_from(NIGHTS), st.integers(-720, 720)
    ),
)
DAYS = st.dates(date(1975, 1, 1), date(2100, 1, 1))
PEOPLE = st.lists(st.fixed_dictionaries({"email": st.text(max_size=5)}), max_size=2)


def iso(moment: datetime) -> str:
    """Return a moment as the wire has it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@st.composite
def stretches(draw: st.DrawFn) -> dict[str, Any]:
    """Return a start and an end, or neither."""
    kind = draw(st.sampled_from(["timed", "zoned", "days", "none"]))
    if kind == "none":
        return {"deleted": True}
    if kind == "days":
        first = draw(DAYS)
        return {"start": str(first), "end": str(first + timedelta(days=draw(st.integers(1, 9))))}
    start = draw(INSTANTS)
    times = [iso(start), iso(start + timedelta(minutes=draw(st.integers(0, 3000))))]
    if kind == "timed":
        return dict(zip(("start", "end"), times, strict=True))
    return {side: {"time": time, "tzid": draw(ZONES)} for side, time in zip(("start", "end"), times, strict=True)}


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    """Return an event as the wire has it, with anything missing."""
    optional = {
        "event_id": TEXTS,
        "summary": TEXTS,
        "description": TEXTS,
        "recurring": st.booleans(),
        "event_private": st.booleans(),
        "attendees": PEOPLE,
        "categories": st.lists(st.text(max_size=4), max_size=2),
        "created": INSTANTS.map(iso),
        "updated": INSTANTS.map(iso),
        "location": st.fixed_dictionaries({"lat": st.integers(-90, 90), "long": st.floats(-180, 180).map(_short)}),
        "options": st.fixed_dictionaries({"delete": st.booleans(), "update": st.booleans()}),
    }
    return draw(st.fixed_dictionaries({}, optional=optional)) | draw(stretches())


def _short(number: float) -> float:
    return round(number, 6)


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    """Return a frame of events, at least one, in any zone."""
    rows = draw(st.lists(events(), min_size=1, max_size=5))
    rows = [{"calendar_id": "cal_1", "event_uid": f"evt_{at}", **row} for at, row in enumerate(rows)]
    return decode([json.dumps({"events": rows}).encode()], EVENTS, rows="events", tz=draw(ZONES))


def back(frame: pd.DataFrame, suffix: str, **options: Any) -> pd.DataFrame:
    """Write a frame, and read it with its labels from 0."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = read_sheet(BytesIO(WRITERS[suffix](frame, None)), **options)
    return again.set_axis(pd.RangeIndex(len(again)))


def blank_as_missing(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame in which empty texts are missing, as in a file of cells."""
    return frame.assign(**{name: frame[name].mask(frame[name] == "") for name in frame.columns[frame.dtypes == "str"]})


@settings(max_examples=40)
@given(frames())
def test_events_come_back_from_csv(frame: pd.DataFrame) -> None:
    """Columns, dtypes, zone, instants, days, lists, texts like formulas; only "" is a blank cell like any other."""
    pd.testing.assert_frame_equal(back(frame, ".csv"), blank_as_missing(frame))


@settings(max_examples=40)
@given(frames())
def test_events_come_back_from_json(frame: pd.DataFrame) -> None:
    """Blank text and missing cells stay different; the JSON of lists may have other blanks."""
    pd.testing.assert_frame_equal(back(frame, ".json"), with_compact_lists(frame))


@settings(max_examples=40)
@given(frames())
def test_events_come_back_from_parquet(frame: pd.DataFrame) -> None:
    """With what the file says of itself beside what the reader says."""
    frame.attrs = {"mine": 1, "cronofy": {"endpoint": "read_events"}}
    again = back(frame, ".parquet")
    pd.testing.assert_frame_equal(again, frame)
    assert again.attrs["mine"] == 1
    assert set(again.attrs["cronofy"]) == {"endpoint", "sheet", "problems"}


@settings(max_examples=40)
@given(st.lists(st.tuples(TEXTS, INSTANTS, st.integers(0, 10**6)), min_size=1), ZONES)
def test_a_part_of_the_columns_comes_back(rows: list[tuple[str | None, datetime, int]], tz: str) -> None:
    """Without all_day nothing says so and nothing is added, be it midnight or not; with fractions of seconds."""
    starts = pd.DatetimeIndex([start for _, start, _ in rows]).as_unit("us").tz_convert(tz)
    frame = pd.DataFrame(
        {
            "summary": pd.Series([text for text, _, _ in rows], dtype="str"),
            "start": starts,
            "end": starts + pd.to_timedelta([micros for _, _, micros in rows], unit="us").as_unit("us"),
        }
    )
    pd.testing.assert_frame_equal(back(frame, ".csv"), blank_as_missing(frame))
    pd.testing.assert_frame_equal(back(frame, ".json"), frame)
    pd.testing.assert_frame_equal(back(frame, ".parquet"), frame)


@pytest.mark.parametrize("suffix", [".csv", ".json", ".parquet"])
@pytest.mark.parametrize("tz", ["Europe/London", "Asia/Kathmandu"])
def test_frames_of_an_account_come_back(suffix: str, tz: str, client: Client) -> None:
    """Events, free and busy stretches, calendars and attendees."""
    read = read_events(client, tz=tz)
    for frame in (read, read_free_busy(client, tz=tz), read_calendars(client), attendees(read)):
        expected = blank_as_missing(frame) if suffix == ".csv" else frame
        pd.testing.assert_frame_equal(back(frame, suffix), expected)


@pytest.mark.parametrize("suffix", [".csv", ".json", ".parquet"])
def test_frames_of_availability_come_back(suffix: str, client: Client) -> None:
    """Periods at midnight stay times, and weekly rules stay texts."""
    period = {
        "available_period_id": "p",
        "start": {"time": "2026-03-02T00:00:00Z", "tzid": "Etc/UTC"},
        "end": {"time": "2026-03-03T00:00:00Z", "tzid": "Etc/UTC"},
    }
    week = [{"day": "monday", "start_time": "09:00", "end_time": "17:00"}]
    client.upsert_availability_rule(availability_rule_id="r", tzid="Europe/London", weekly_periods=week)
    periods = decode([json.dumps({"x": [period]}).encode()], AVAILABLE_PERIODS, rows="x")
    for frame in (periods, read_availability_rules(client)):
        pd.testing.assert_frame_equal(back(frame, suffix), frame)


@pytest.mark.parametrize("suffix", [".csv", ".json", ".parquet"])
def test_an_account_beside_each_row_comes_back(suffix: str) -> None:
    """The column that several clients give is ours too."""
    frame = pd.DataFrame({"account": ["ann"], "calendar_id": ["c"], "event_uid": ["e"]}, dtype="str")
    pd.testing.assert_frame_equal(back(frame, suffix), frame)


@pytest.mark.parametrize("suffix", [".csv", ".json", ".parquet"])
def test_another_zone_may_be_asked_for(suffix: str) -> None:
    """The instants are the same; whole days stay whole days; the rows keep their zone where the file names it."""
    rows = [
        {"summary": "timed", "start": "2026-07-04T08:00:00Z", "end": "2026-07-04T09:00:00Z"},
        {"summary": "day", "start": "2026-07-04", "end": "2026-07-05"},
    ]
    frame = decode([json.dumps({"events": rows}).encode()], EVENTS, rows="events", tz="Europe/London")
    again = back(frame[["summary", "start", "end", "all_day"]], suffix, tz="Asia/Tokyo").set_index("summary")
    assert again.loc["timed", "start"].isoformat() == "2026-07-04T17:00:00+09:00"
    assert again.loc["day", "end"].isoformat() == "2026-07-05T00:00:00+09:00"
    if suffix != ".parquet":
        assert again["start_tzid"].unique().tolist() == ["Europe/London"]


def test_parquet_keeps_its_index(tmp_path: Path) -> None:
    """Any index is kept, and problems name its labels."""
    path = tmp_path / "x.parquet"
    frame = pd.DataFrame({"Title": ["A", "B"], "Start": ["2026-04-03", "soon"]}, index=pd.Index(["x", "y"], name="id"))
    frame.to_parquet(path)
    with pytest.warns(SheetWarning, match="row y, start"):
        again = read_sheet(path)
    assert again.index.tolist() == ["x", "y"]
    assert again.index.name == "id"
    assert again.columns.tolist() == ["summary", "start", "end", "all_day"]


def test_parquet_of_anybody(tmp_path: Path) -> None:
    """Naive times need a zone, dates are days, texts that are numbers become text, and the unknown stays as it is."""
    path = tmp_path / "x.parquet"
    pd.DataFrame(
        {
            "Title": [7, 8],
            "Start": pd.to_datetime(["2026-04-03 00:00", "2026-04-03 09:00"]),
            "End": pd.Series([pd.Timestamp("2026-04-04", tz="UTC"), pd.NaT]),
            "when": pd.Series([date(2026, 4, 3), None]),
            "Sizes": pd.Series([1, None], dtype="Int8"),
        }
    ).to_parquet(path)
    with pytest.warns(SheetWarning, match="'when', 'Sizes'"):
        again = read_sheet(path, tz="Europe/Paris")
    assert again["summary"].tolist() == ["7", "8"]
    assert again.loc[0, "start"].isoformat() == "2026-04-03T00:00:00+02:00"
    assert again.loc[0, "end"].isoformat() == "2026-04-04T02:00:00+02:00"
    assert again["Sizes"].dtype == "Int8"
    assert again["when"].tolist() == [date(2026, 4, 3), None]


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.none() | st.booleans() | st.integers(-9, 9), max_size=3)))
def test_unknown_columns_of_json(rows: list[dict[str, Any]]) -> None:
    """All keys are columns, in the order in which they come; missing is missing; and each has one dtype."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SheetWarning)
        again = read_sheet(json.dumps(rows).encode())
    assert again.columns.tolist() == list(dict.fromkeys(name for row in rows for name in row))
    for name in again.columns:
        missing = [row.get(name) is None for row in rows]
        assert again[name].isna().tolist() == missing
        kinds = {type(row[name]) for row in rows if row.get(name) is not None}
        if kinds == {int}:
            assert again[name].dtype == ("float64" if any(missing) else "int64")
        elif kinds == {bool}:
            assert again[name].dtype == ("boolean" if any(missing) else "bool")
        else:
            assert again[name].dtype == "str"


@given(TEXTS)
@example("\x00")
@example("  ")
@example("\x1e\x1f")
def test_any_text_survives_csv(text: str | None) -> None:
    """In the last cell of the file too."""
    frame = pd.DataFrame({"event_uid": ["e"], "summary": pd.Series([text], dtype="str")})
    pd.testing.assert_frame_equal(back(frame, ".csv"), blank_as_missing(frame))


def test_a_named_index_comes_back_as_a_column(tmp_path: Path) -> None:
    """A sheet that was read, written and read again has its row numbers in a column of their own."""
    frame = read_sheet(b"Title,Start\nA,2026-04-03 09:00\n", tz="UTC")
    again = read_sheet(export(frame, tmp_path / "x.csv"))
    assert again.columns.tolist() == ["row", "summary", "start"]
    assert np.array_equal(again["start"], frame["start"])
