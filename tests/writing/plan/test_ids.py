"""Laws of derived ids: the same row has the same id, wherever and however it is written."""

import io
import os
import subprocess
import sys
import unicodedata
import warnings
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cronofy_frames.errors import FrameError
from cronofy_frames.sheets import SheetWarning, export, read_sheet
from cronofy_frames.writing.plan.ids import PREFIX, canonical_text, derive_ids, key_columns
from cronofy_frames.writing.plan.planning import plan_events

# these may never change: a different id creates a second event in a user's calendar
TIMED = "cf1-5hnsdvezq7yzqurcuwa62dx765"
WHOLE_DAY = "cf1-he6vyjhnvdakpk4b6l4zwxccym"
OWN_KEY = "cf1-6nc43axisy4w2diukv43uzfjsy"


def ids(frame: pd.DataFrame, **options: object) -> list[str]:
    """Return the ids of a plan's rows."""
    return [step.arguments["event_id"] for step in plan_events(frame, calendar="cal_1", **options).steps()]


def meeting(
    start: object = "2031-03-04T09:00:00Z", end: object = "2031-03-04T10:00:00Z", **more: object
) -> pd.DataFrame:
    """Return a sheet of one row."""
    return pd.DataFrame({"summary": ["Kick-off"], "start": [start], "end": [end], **{k: [v] for k, v in more.items()}})


def test_golden_ids() -> None:
    """The recipe cf1 gives exactly these ids."""
    assert ids(meeting()) == [TIMED]
    assert ids(meeting(date(2031, 3, 4), date(2031, 3, 5))) == [WHOLE_DAY]
    assert ids(meeting(ticket=4711.0), key=["ticket", "summary"]) == [OWN_KEY]


def test_an_id_names_its_recipe() -> None:
    """It starts with the recipe, continues in letters and digits that every system takes, and has one length."""
    assert TIMED.startswith(PREFIX)
    assert TIMED.removeprefix(PREFIX).isalnum()
    assert TIMED.lower() == TIMED
    assert {len(first_row) for first_row in (TIMED, WHOLE_DAY, OWN_KEY)} == {30}


WRITTEN = [
    "2031-03-04T10:00:00+01:00",
    "2031-03-04 09:00Z",
    pd.Timestamp("2031-03-04 09:00", tz="UTC"),
    pd.Timestamp("2031-03-04 18:00", tz="Asia/Tokyo"),
    datetime(2031, 3, 4, 4, tzinfo=ZoneInfo("America/New_York")),
    datetime(2031, 3, 4, 9, tzinfo=UTC),
]


@pytest.mark.parametrize("start", WRITTEN, ids=str)
def test_an_instant_is_the_same_in_every_zone(start: object) -> None:
    """The form of a time and its zone do not change the id."""
    assert ids(meeting(start)) == [TIMED]


def test_the_zone_of_a_column_is_no_part_of_the_id() -> None:
    """A column of times gives the same ids in any zone, and so do wall times read in tz=."""
    start = pd.Series(pd.to_datetime(["2031-03-04 09:00"])).dt.tz_localize("UTC")
    for zone in ("UTC", "Europe/London", "Pacific/Chatham"):
        assert ids(meeting().assign(start=start.dt.tz_convert(zone))) == [TIMED]
        assert ids(meeting("2031-03-04 09:00", "2031-03-04 10:00"), tz="Europe/London") == [TIMED]


DAYS = ["2031-03-04", date(2031, 3, 4)]


@pytest.mark.parametrize("start", DAYS, ids=str)
def test_a_day_is_the_same_however_it_is_written(start: object) -> None:
    """A date, its text, and a midnight of any zone that all_day calls a day are one day."""
    assert ids(meeting(start, "2031-03-05")) == [WHOLE_DAY]
    for zone in ("UTC", "Asia/Tokyo", "America/New_York"):
        midnights = [pd.Timestamp("2031-03-04", tz=zone), pd.Timestamp("2031-03-05", tz=zone)]
        assert ids(meeting(*midnights, all_day=True)) == [WHOLE_DAY]


def test_texts_are_the_same_in_every_normal_form() -> None:
    """Unicode normal forms and spaces around a title do not change the id."""
    for form in ("NFC", "NFD"):
        title = unicodedata.normalize(form, "Café Zoë")
        assert ids(meeting().assign(summary=[f"  {title} "])) == ids(meeting().assign(summary=["Café Zoë"]))
    assert ids(meeting().assign(summary=["Cafe Zoe"])) != ids(meeting().assign(summary=["Café Zoë"]))


def test_neither_place_nor_order_is_part_of_the_id() -> None:
    """The calendar, the position of the row, its label, the order of the key and other columns do not change the id."""
    sheet = pd.concat([meeting(), meeting("2031-03-05T09:00Z", "2031-03-05T10:00Z")])
    first, second = ids(sheet)
    assert ids(sheet.iloc[::-1].assign(location_description="Room 1").reset_index(drop=True)) == [second, first]
    assert ids(sheet.assign(calendar_id=["cal_2", "cal_3"], tzid="Asia/Tokyo")) == [first, second]
    assert ids(sheet, key=["start", "summary"]) == [first, second]
    assert ids(sheet, key="start") != [first, second]


@pytest.mark.parametrize(("zone", "seed"), [("America/New_York", "0"), ("Pacific/Chatham", "1")])
def test_every_machine_gives_the_same_id(zone: str, seed: str) -> None:
    """The zone, the language and the hash seed of a machine do not change the id."""
    code = (
        "import pandas as pd; from cronofy_frames.writing.plan.planning import plan_events;"
        "f = pd.DataFrame({'summary': ['Kick-off'], 'start': ['2031-03-04 09:00'], 'end': ['2031-03-04 10:00']});"
        "print(plan_events(f, calendar='cal_1', tz='Europe/London').frame()['event_id'][0])"
    )
    environment = {
        **os.environ,
        "TZ": zone,
        "PYTHONHASHSEED": seed,
        "LC_ALL": "C",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    process = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert process.stdout.strip() == TIMED


def test_files_of_all_kinds_give_the_same_ids(tmp_path: object) -> None:
    """A sheet has the same ids as .csv, .xlsx, .parquet and .json, numbers and days in its key included."""
    start = pd.Series(pd.to_datetime(["2031-03-04 09:00", "2031-03-05 00:00", "2031-10-26 01:30"]))
    frame = pd.DataFrame(
        {
            "summary": ["Café", "=Tag", "7"],
            "start": start.dt.tz_localize("Europe/London", ambiguous=True),
            "end": (start + pd.Timedelta(days=1)).dt.tz_localize("Europe/London"),
            "all_day": [False, True, False],
            "ticket": [7, 8, 9],
        }
    )
    expected = ids(frame, key=["summary", "start", "ticket"])
    for suffix in (".csv", ".xlsx", ".parquet", ".json"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SheetWarning)
            sheet = read_sheet(export(frame, tmp_path / f"sheet{suffix}"))
        assert ids(sheet, key=["summary", "start", "ticket"]) == expected, suffix


ALIKE = [
    (7, "7"),
    (7.0, "7"),
    (np.int64(7), "7"),
    (Decimal("7.0"), "7"),
    (7.5, "7.5"),
    (-0.0, "0"),
    (1e22, "1" + "0" * 22),
    (True, "true"),
    ("TRUE", "true"),
    (" seven ", "seven"),
    (date(2031, 3, 4), "2031-03-04"),
    (datetime(2031, 3, 4), "2031-03-04"),
    (datetime(2031, 3, 4, 9, 5), "2031-03-04T09:05:00"),
    (datetime(2031, 3, 4, 9, 5, tzinfo=ZoneInfo("Asia/Tokyo")), "2031-03-04T00:05:00Z"),
]


@pytest.mark.parametrize(("value", "text"), ALIKE, ids=repr)
def test_canonical_forms(value: object, text: str) -> None:
    """A value of any type goes into an id as the text that a file without types would have."""
    value = value.item() if isinstance(value, np.generic) else value
    assert canonical_text(value) == text


@given(
    st.dictionaries(st.text(min_size=1), st.text(), min_size=1),
    st.dictionaries(st.text(min_size=1), st.text(), min_size=1),
)
def test_different_rows_have_different_ids(first_row: dict[str, str], other: dict[str, str]) -> None:
    """Names and values cannot run into each other: ids are equal where all pairs are, and nowhere else."""
    assert (_id(first_row) == _id(other)) == (first_row == other)


def _id(row: dict[str, str]) -> str:
    cells = {name: np.array([text], object) for name, text in row.items()}
    return str(derive_ids(cells)[0])


def test_a_key_column_without_a_value_is_a_problem() -> None:
    """No id is made of less than the whole key."""
    sheet = pd.concat([meeting(ticket="A"), meeting("2031-03-05T09:00Z", "2031-03-05T10:00Z", ticket=None)])
    sheet.index = [7, 8]
    with pytest.raises(FrameError) as caught:
        ids(sheet, key=["ticket"])
    assert caught.value.problems[["row", "column", "came"]].to_numpy().tolist() == [[8, "ticket", "nothing"]]


def test_a_key_needs_columns_of_the_row() -> None:
    """An unknown column, a column that says where a row goes, and no column at all are refused."""
    with pytest.raises(FrameError, match="because key= names it"):
        ids(meeting(), key="ticket")
    for bad_key in ("calendar_name", ["summary", "tzid"], []):
        with pytest.raises(ValueError, match="key="):
            key_columns(bad_key, ("summary",))


def test_equal_keys_in_a_calendar_are_a_problem() -> None:
    """It names both rows and says what to do; in two calendars they are two events."""
    sheet = pd.concat([meeting(), meeting()])
    sheet.index = [14, 15]
    with pytest.raises(FrameError, match=r"row 15, summary: .*row 14.*key=.*id"):
        ids(sheet)
    assert len(set(ids(sheet.assign(calendar_id=["cal_1", "cal_2"])))) == 1


def test_an_own_id_is_kept() -> None:
    """An event_id is sent as it is; the key is used only for rows without one."""
    sheet = pd.concat([meeting(event_id=" order-17 "), meeting(event_id=None)])
    assert ids(sheet) == [" order-17 ", TIMED]
    assert ids(meeting(event_id=17.0)) == ["17"]


def test_a_key_in_a_frame_of_plain_pandas() -> None:
    """A CSV file read by plain pandas gives the ids of the same sheet made by hand."""
    read = pd.read_csv(io.StringIO("summary,start,end\nKick-off,2031-03-04T09:00:00Z,2031-03-04T10:00:00Z\n"))
    assert ids(read) == [TIMED]
