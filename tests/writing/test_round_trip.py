"""A frame written to a calendar and read again is the same frame, in all that can be written."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cronofy_frames.frames.decoder import attendees
from cronofy_frames.frames.reading import read_events
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.sheets import export, read_sheet
from cronofy_frames.writing.apply.applying import apply
from cronofy_frames.writing.apply.bulk import write_events
from cronofy_frames.writing.plan.planning import plan_events
from tests.small import HOME, WORK, small_box
from tests.writes import client_of

ZONES = ["UTC", "Europe/London", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", "America/Havana"]
COLUMNS = [
    *("event_id", "calendar_id", "summary", "description", "start", "end", "all_day", "start_tzid", "end_tzid"),
    *("location_description", "location_lat", "location_long", "transparency", "event_private", "url"),
]

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20)
zones = st.sampled_from(ZONES)


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """One event as a person may want it, with everything that reads give back."""
    tz = draw(zones)
    row: dict[str, Any] = {
        "calendar_id": draw(st.sampled_from([WORK, HOME])),
        "summary": draw(texts),
        "description": draw(texts),
        "transparency": draw(st.sampled_from(["opaque", "transparent"])),
        "event_private": draw(st.booleans()),
        "location_description": draw(st.none() | texts.filter(bool)),
        "url": draw(st.none() | st.sampled_from(["https://example.test/a?b=c", "tel:+4930123"])),
        "all_day": draw(st.booleans()),
        "start_tzid": tz if tz != "UTC" else "Etc/UTC",
        "end_tzid": draw(zones.map(lambda zone: zone if zone != "UTC" else "Etc/UTC")),
    }
    if row["location_description"] and draw(st.booleans()):
        row["location_lat"] = round(draw(st.floats(-90, 90)), 6)
        row["location_long"] = round(draw(st.floats(-180, 180)), 6)
    first = draw(st.dates(date(2026, 1, 2), date(2027, 12, 30)))
    if row["all_day"]:
        row["end_tzid"] = row["start_tzid"]
        return {**row, "day": first, "length": timedelta(days=draw(st.integers(1, 9)))}
    at = draw(st.datetimes(datetime(2026, 1, 2), datetime(2027, 12, 30))).replace(microsecond=0)
    return {**row, "at": at, "length": timedelta(minutes=draw(st.integers(0, 4000)))}


def frame_of(drawn: list[dict[str, Any]], tz: str) -> pd.DataFrame:
    """Return events as a frame in one zone."""
    starts, ends = [], []
    for row in drawn:
        if row["all_day"]:
            start, end = (pd.Timestamp(row["day"] + more) for more in (timedelta(), row["length"]))
            shown = [time.tz_localize(tz, ambiguous=True, nonexistent="shift_forward") for time in (start, end)]
        else:
            start = pd.Timestamp(row["at"], tz="UTC")
            shown = [time.tz_convert(tz) for time in (start, start + row["length"])]
        starts.append(shown[0])
        ends.append(shown[1])
    frame = pd.DataFrame([{name: row.get(name) for name in COLUMNS if name not in ("start", "end")} for row in drawn])
    frame["event_id"] = [f"row-{n}" for n in range(len(drawn))]
    frame["start"], frame["end"] = (pd.DatetimeIndex(time).as_unit("us") for time in (starts, ends))
    frame["location_lat"], frame["location_long"] = (
        frame["location_lat"].astype(float),
        frame["location_long"].astype(float),
    )
    return frame[COLUMNS]


def tidied(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the writable columns, ordered and with one word for what is missing."""
    ordered = frame[COLUMNS].sort_values("event_id", ignore_index=True)
    return ordered.astype(object).where(ordered.notna(), None)


@settings(max_examples=60)  # the first one loads half of the package
@given(st.lists(rows(), min_size=1, max_size=5), zones)
def test_what_was_written_is_read(drawn: list[dict[str, Any]], tz: str) -> None:
    """Titles, times, days, zones and locations are read as they were written, and planned again they are unchanged."""
    frame = frame_of(drawn, tz)
    client, _ = client_of(small_box())
    done = write_events(client, frame)
    assert set(done["outcome"]) == {"created"}
    read = read_events(client, tz=tz, localized=True, include=["geo"])
    again = read.loc[read["event_id"].notna()]
    pd.testing.assert_frame_equal(tidied(again.reset_index(drop=True)), tidied(frame))
    assert plan_events(frame, client=client).counts() == {"unchanged": len(frame)}
    assert plan_events(again, client=client).counts() == {"unchanged": len(frame)}


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".json", ".parquet"])
def test_an_export_written_to_an_empty_calendar_is_the_same_calendar(
    box: Sandbox, tmp_path_factory: pytest.TempPathFactory, suffix: str
) -> None:
    """Events that are exported, read without ids and calendar, and written elsewhere have the same titles and times."""
    office = Sandbox(now="2026-03-02T09:00:00Z")
    maya, _ = client_of(office, email="maya.okafor@quillmark.test")
    events = read_events(maya, "2026-03-02", "2026-03-30", tz="Europe/London", calendars="Team")
    folder = tmp_path_factory.mktemp("there")
    moved = events.drop(columns=["calendar_id", "calendar_name", "event_uid", "event_id"])
    file = export(moved, folder / f"events{suffix}")
    client, _ = client_of(box)
    plan = plan_events(read_sheet(file), calendar=HOME, client=client)
    assert set(apply(plan, client)["outcome"]) == {"created"}
    again = read_events(client, "2026-03-02", "2026-03-30", tz="Europe/London", calendars=[HOME])
    again = again.loc[again["event_id"].notna()].reset_index(drop=True)
    same = [
        "summary",
        "description",
        "start",
        "end",
        "all_day",
        "location_description",
        "transparency",
        "event_private",
    ]
    order = ["start", "summary"]
    for frame in (events, again):
        frame["description"] = frame["description"].fillna("")
    pd.testing.assert_frame_equal(
        again[same].sort_values(order, ignore_index=True), events[same].sort_values(order, ignore_index=True)
    )
    assert set(attendees(again)["email"]) == set(attendees(events)["email"])
    assert json.loads(again["attendees"].iloc[0]) is not None
