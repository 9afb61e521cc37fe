"""What `export` wrote, `read_sheet` reads as it was."""

import json
import warnings
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cronofy_frames.connecting import connect
from cronofy_frames.frames.decoder import decode
from cronofy_frames.frames.reading import (
    attendees,
    read_calendars,
    read_channels,
    read_events,
    read_free_busy,
    read_profiles,
    to_timezone,
)
from cronofy_frames.frames.scheduling import read_availability, read_availability_rules, read_available_periods
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.schema import AVAILABLE_PERIODS, EVENTS, Table
from cronofy_frames.sheets import WRITERS, read_sheet
from cronofy_frames.wire.client import Client
from tests.event_rows import with_compact_lists

ZONES = ("UTC", "Europe/London", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Cairo")
KINDS = (".csv", ".xlsx", ".json", ".parquet")


def blank_is_missing(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame without empty texts, which cells of .csv and .xlsx do not tell from missing ones."""
    texts = {name: frame[name].where(frame[name] != "") for name, dtype in frame.dtypes.items() if dtype == "str"}
    return frame.assign(**texts)


def check(frame: pd.DataFrame, kind: str, tz: str | None = None) -> None:
    """See that a frame's file is read as the frame."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = read_sheet(BytesIO(WRITERS[kind](frame, tz)))
    changes = {".csv": blank_is_missing, ".xlsx": blank_is_missing, ".json": with_compact_lists}
    expected = changes[kind](frame) if kind in changes else frame
    pd.testing.assert_frame_equal(again.reset_index(drop=True), expected)


def frame_of_rows(rows: list[dict[str, Any]], table: Table, tz: str) -> pd.DataFrame:
    """Return rows as they would be read."""
    records = [{"calendar_id": "cal_1", "event_uid": f"evt_{n}", **row} for n, row in enumerate(rows)]
    return decode([json.dumps({"rows": records}).encode()], table, rows="rows", tz=tz)


TEXTS = st.one_of(
    st.none(),
    st.sampled_from(
        ["", " ", "=1+1", "'=x", "-1", "@x", "007", "1e5", "2026-01-01", "TRUE", "#N/A", "nan", "None", "a\r\nb"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.text(st.sampled_from("_x0F5ED\r\t\n \xa0\x00\x1f\ufffe\uffff'=aé😀,;\"|"), max_size=12),
)
AUTUMN = [datetime(2026, 10, 25), datetime(2026, 11, 1), datetime(2026, 4, 4, 14), datetime(2026, 10, 29, 20)]
MOMENTS = st.one_of(
    st.datetimes(datetime(2, 1, 2), datetime(9998, 12, 30)),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(lambda time: time.replace(microsecond=0)),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(
        lambda time: datetime(time.year, time.month, time.day)
    ),
    st.builds(
        lambda night, quarters: night + timedelta(minutes=15 * quarters), st.sampled_from(AUTUMN), st.integers(0, 12)
    ),
)


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    """Return an event, many of its values missing."""
    start = draw(st.none() | MOMENTS)
    row: dict[str, Any] = {name: draw(TEXTS) for name in ("summary", "description", "url", "event_id")}
    row["attendees"] = draw(st.none() | st.lists(st.fixed_dictionaries({"email": TEXTS, "status": TEXTS}), max_size=2))
    row["location"] = draw(
        st.none() | st.fixed_dictionaries({"description": TEXTS, "lat": st.floats(-90, 90).map(str)})
    )
    row["recurring"], row["deleted"] = draw(st.sampled_from([None, True, False])), draw(st.booleans())
    row["updated"] = draw(st.none() | MOMENTS.map(lambda time: f"{time.isoformat()}Z"))
    if start is None:
        return row
    length = timedelta(hours=draw(st.sampled_from([1, 24, 36])))
    end = start + length
    if draw(st.booleans()):
        return row | {"start": str(start.date()), "end": str(end.date() + timedelta(days=1))}
    zone = draw(st.sampled_from([None, *ZONES]))
    if zone is None:
        return row | {"start": f"{start.isoformat()}Z", "end": f"{end.isoformat()}Z"}
    return row | {name: {"time": f"{at.isoformat()}Z", "tzid": zone} for name, at in (("start", start), ("end", end))}


FRAMES = st.builds(
    lambda rows, tz: frame_of_rows(rows, EVENTS, tz), st.lists(events(), min_size=1, max_size=5), st.sampled_from(ZONES)
)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40)
@given(FRAMES)
def test_events_come_back(kind: str, frame: pd.DataFrame) -> None:
    """Whole days, both 01:30s of an autumn night, texts like formulas or numbers, control characters, blanks."""
    check(frame, kind)


@pytest.mark.parametrize("kind", [".csv", ".xlsx", ".json"])
@settings(max_examples=40)
@given(st.lists(st.tuples(MOMENTS, MOMENTS), min_size=1, max_size=5), st.sampled_from(ZONES))
@example([(datetime(2026, 7, 3, 23), datetime(2026, 7, 4, 23))], "Europe/London")
def test_times_alone_come_back(kind: str, times: list[tuple[datetime, datetime]], tz: str) -> None:
    """A frame that says nothing of whole days has times alone, at midnight too."""
    rows = [
        {"available_period_id": f"p{n}", "start": f"{a.isoformat()}Z", "end": f"{b.isoformat()}Z"}
        for n, (a, b) in enumerate(times)
    ]
    check(frame_of_rows(rows, AVAILABLE_PERIODS, tz), kind)


@pytest.fixture(scope="module")
def office() -> Iterator[Client]:
    """A client of the made-up office, with availability and a channel written."""
    with connect(sandbox=Sandbox(now="2026-03-02T09:00:00Z")) as client:
        periods = [{"day": day, "start_time": "09:00", "end_time": "17:30"} for day in ("monday", "friday")]
        client.upsert_availability_rule(availability_rule_id="r1", tzid="Europe/London", weekly_periods=periods)
        client.upsert_available_period(
            available_period_id="p1", start="2026-03-03T09:00:00Z", end="2026-03-03T12:00:00Z"
        )
        client.upsert_available_period(
            available_period_id="p2", start="2026-03-04T00:00:00Z", end="2026-03-05T00:00:00Z"
        )
        client.create_notification_channel(callback_url="https://example.test/callback")
        yield client


FRAMES_READ: dict[str, Callable[[Client], pd.DataFrame]] = {
    "events": lambda client: read_events(client, tz="Europe/London", deleted=True, include=("geo", "google_ids")),
    "localized": lambda client: read_events(client, tz="America/New_York", localized=True),
    "accounts": lambda client: read_events({"a": client, "b": client}, "2026-03-02", "2026-03-09"),
    "columns": lambda client: read_events(client, tz="Asia/Kolkata")[["summary", "start", "end"]],
    "free_busy": lambda client: read_free_busy(client, tz="Europe/Berlin", include=("ids", "free")),
    "calendars": read_calendars,
    "profiles": read_profiles,
    "channels": read_channels,
    "available_periods": lambda client: read_available_periods(client, tz="Europe/London"),
    "availability_rules": read_availability_rules,
    "availability": lambda client: read_availability(
        client, [client.user_info()["sub"]], "2026-03-02", "2026-03-07", duration="1h", tz="Asia/Kathmandu"
    ),
    "attendees": lambda client: attendees(read_events(client)),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", FRAMES_READ)
def test_frames_of_the_office_come_back(name: str, kind: str, office: Client) -> None:
    """Every frame of the package, in every kind of file that can be read."""
    frame = FRAMES_READ[name](office)
    assert len(frame)
    check(frame, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_another_zone_comes_back(kind: str, office: Client) -> None:
    """Written in another zone, the frame is that of the other zone."""
    frame = read_events(office, tz="Europe/London", localized=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = read_sheet(BytesIO(WRITERS[kind](frame, "Asia/Tokyo"))).reset_index(drop=True)
    expected = to_timezone(frame, "Asia/Tokyo")
    pd.testing.assert_frame_equal(again, blank_is_missing(expected) if kind in (".csv", ".xlsx") else expected)
