"""Zones in a sheet, in the argument tz= and in a frame to plan."""

import io
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pandas as pd
import pytest

from cronofy_frames.errors import FrameError
from cronofy_frames.sheets.read.reader import SheetWarning, read_sheet
from cronofy_frames.writing.plan.planning import plan_events
from cronofy_frames.zones import UnknownZone

SEVEN_UTC = datetime(2026, 7, 6, 7, tzinfo=UTC)


def csv(zone: str, header: str = "Time zone") -> bytes:
    """Return a sheet with one event at nine in a zone."""
    return f'Title,Start,End,{header}\nCall,2026-07-06 09:00,2026-07-06 10:00,"{zone}"\n'.encode()


def xlsx(zone: str, header: str) -> bytes:
    """Return the same event as a workbook."""
    book = openpyxl.Workbook()
    book.active.append(["Title", "Start", "End", header])
    book.active.append(["Call", datetime(2026, 7, 6, 9), datetime(2026, 7, 6, 10), zone])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize("zone", ["Europe/Berlin", "(UTC+01:00) Amsterdam, Berlin", "+02:00", "ROMANCE STANDARD TIME"])
@pytest.mark.parametrize("make", [csv, xlsx])
@pytest.mark.parametrize("header", ["Time zone", "Timezone", "TZ", "Zone", "UTC offset", "Start time zone"])
def test_a_zone_in_a_column_is_understood_in_every_spelling(zone: str, make: Any, header: str) -> None:
    """Cells of zones give the instant, whatever their spelling and the header of their column."""
    frame = read_sheet(make(zone, header), tz="UTC")
    assert frame["start"].iloc[0] == SEVEN_UTC


@pytest.mark.parametrize("zone", ["EST", "GMT+2", "CEST"])
def test_a_zone_with_several_meanings_is_a_problem_of_its_cell(zone: str) -> None:
    """The row has no time, and the problem names the header, the cell and the zones that it can mean."""
    with pytest.warns(SheetWarning, match=f'did you mean .* or .*in "Time zone".*{zone.replace("+", ".")}'):
        frame = read_sheet(csv(zone), tz="Europe/London")
    assert frame["start"].isna().all()
    with pytest.raises(FrameError, match=r"row 2, tzid: expected an IANA zone .*did you mean"):
        plan_events(frame, calendar="cal_1")


@pytest.mark.parametrize(("tz", "zone"), [("berlin", "Europe/Berlin"), ("ET", "America/New_York")])
def test_the_argument_tz_takes_the_same_spellings(tz: str, zone: str) -> None:
    """tz= of read_sheet and plan_events is understood as a cell is."""
    sheet = b"Title,Start,End\nCall,2026-07-06 09:00,2026-07-06 10:00\n"
    assert str(read_sheet(sheet, tz=tz)["start"].dt.tz) == zone
    frame = pd.DataFrame({"summary": ["Call"], "start": ["2026-07-06 09:00"], "end": ["2026-07-06 10:00"]})
    assert plan_events(frame, calendar="cal_1", tz=tz).tz == zone


@pytest.mark.parametrize("tz", ["EST", "GMT+2", "Mars"])
def test_the_argument_tz_refuses_what_a_cell_refuses(tz: str) -> None:
    """A zone with several meanings, and none, is an error that names the likely zones."""
    with pytest.raises(UnknownZone):
        read_sheet(csv(""), tz=tz)
    with pytest.raises(UnknownZone):
        plan_events(pd.DataFrame(), calendar="cal_1", tz=tz)


def test_est_is_no_question_where_no_time_depends_on_it() -> None:
    """Beside a column tzid, or times with an offset, a zone is only where the event is shown and stays as it is."""
    beside = read_sheet(b"summary,start,end,tzid,start_tzid\nA,2026-07-06 09:00,2026-07-06 10:00,Europe/Berlin,EST\n")
    offsets = read_sheet(b"summary,start,end,start_tzid\nA,2026-07-06T07:00Z,2026-07-06T08:00Z,EST\n")
    for frame in (beside, offsets):
        assert frame["start_tzid"].iloc[0] == "EST"
        assert frame["start"].iloc[0] == SEVEN_UTC
        assert plan_events(frame, calendar="cal_1").counts() == {"create": 1}


def test_a_frame_made_by_hand_is_asked_for_the_zone_of_its_wall_times() -> None:
    """Wall times with EST are a problem; a Windows name is understood."""
    frame = pd.DataFrame({"summary": ["A"], "start": ["2026-07-06 09:00"], "end": ["2026-07-06 10:00"]})
    with pytest.raises(FrameError, match="did you mean America/New_York"):
        plan_events(frame.assign(tzid="EST"), calendar="cal_1")
    plan = plan_events(frame.assign(tzid="w. europe standard time"), calendar="cal_1")
    assert plan.frame()["start"].iloc[0] == SEVEN_UTC


@pytest.mark.parametrize("cells", ["North,South", "Europe/Paris,North", ","])
def test_a_column_zone_of_something_else_is_not_a_time_zone(cells: str) -> None:
    """Only where every cell is like a zone, its column decides about times."""
    first, second = cells.split(",")
    times = "2026-07-06 09:00,2026-07-06 10:00"
    with pytest.warns(SheetWarning, match="'Zone'"):
        frame = read_sheet(f"Title,Start,End,Zone\nA,{times},{first}\nB,{times},{second}\n".encode(), tz="UTC")
    assert frame["start"].dt.hour.tolist() == [9, 9]
