"""Cells that read_sheet could not read travel with the frame as data, and a plan decides by them."""

import io
import json
from typing import Any

import pandas as pd
import pytest

from cronofy_frames import FrameError, SheetWarning, plan_deletes, plan_events, read_sheet
from cronofy_frames.writing.plan.plans import Plan

CALENDAR = "cal_n23kjnwrw2_sakdnawerd3"


def read(*lines: str, tz: str | None = "UTC") -> pd.DataFrame:
    """Return the frame of a CSV file in which some cells cannot be read."""
    with pytest.warns(SheetWarning, match="could not be read"):
        return read_sheet("\n".join(lines).encode(), tz=tz)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return what travels with a frame."""
    return list(frame.attrs["cronofy"]["problems"])


def problems(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Return row, column and cell of the problems that planning a frame raises."""
    with pytest.raises(FrameError) as caught:
        plan_events(frame, calendar=CALENDAR)
    assert caught.value.problems is not None
    return list(caught.value.problems[["row", "column", "came"]].itertuples(index=False, name=None))


def plan(frame: pd.DataFrame) -> Plan:
    """Return the plan of a frame without problems."""
    return plan_events(frame, calendar=CALENDAR)


HEAD = "Title,Start,End,Private,Color"
ROW = "A,2026-04-03 09:00,2026-04-03 10:00"


def test_a_record_has_the_raw_value_and_the_cells_that_were_left() -> None:
    """A record is plain JSON: the label, the column, what was expected, and the whole cell as the file has it."""
    frame = read(HEAD, f"{ROW},{'perhaps ' * 40},")
    assert records(frame) == [
        {
            "row": 2,
            "column": "event_private",
            "expected": 'True or False (in "Private")',
            "came": ("perhaps " * 40)[:79] + "…",
            "value": "perhaps " * 40,
            "left": {"event_private": None},
            "also": [],
        }
    ]
    assert json.loads(json.dumps(frame.attrs)) == frame.attrs


def test_a_problem_holds_while_its_cell_is_missing() -> None:
    """It is gone once the cell is filled, its row is dropped or its column is dropped."""
    frame = read(HEAD, f"{ROW},perhaps,", f"{ROW.replace('A,', 'B,')},no,")
    assert problems(frame) == [(2, "event_private", "perhaps")]
    assert problems(frame.sort_index(ascending=False)) == [(2, "event_private", "perhaps")]
    filled = frame.copy()
    filled.loc[2, "event_private"] = False
    assert plan(filled).counts() == {"create": 2}
    assert plan(frame.drop(2)).counts() == {"create": 1}
    assert plan(frame.drop(columns="event_private")).counts() == {"create": 2}


def test_a_default_that_reading_fills_in_is_no_mending() -> None:
    """all_day is derived where its cell cannot be read: the problem holds until the cell is changed."""
    frame = read("Title,Start,End,all_day", "A,2026-04-03,2026-04-04,often")
    assert frame["all_day"].tolist() == [True]
    assert records(frame)[0]["left"] == {"all_day": True}
    assert problems(frame) == [(2, "all_day", "often")]
    assert plan(frame.assign(all_day=False)).counts() == {"create": 1}


def test_it_survives_a_parquet_file() -> None:
    """What could not be read is still known after the frame was kept in a file."""
    frame = read(HEAD, f"{ROW},perhaps,")
    content = io.BytesIO(frame.to_parquet())
    assert problems(pd.read_parquet(content)) == [(2, "event_private", "perhaps")]


def test_labels_of_several_levels_find_their_rows() -> None:
    """A Parquet file keeps its index, and a label of several levels is a list in JSON."""
    index = pd.MultiIndex.from_tuples([("x", 1), ("x", 2)], names=["team", "n"])
    frame = pd.DataFrame({"summary": ["A", "B"], "event_private": ["no", "perhaps"]}, index=index)
    with pytest.warns(SheetWarning, match="row x, 2, event_private"):
        frame_read = read_sheet(frame.to_parquet())
    assert records(frame_read)[0]["row"] == ["x", 2]
    times = frame_read.assign(start="2026-04-03T09:00Z", end="2026-04-03T10:00Z")
    assert problems(times) == [(("x", 2), "event_private", "perhaps")]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Europe.London", "an IANA zone such as Europe/London (did you mean Europe/London"),
        ("U.K.", "an IANA zone such as Europe/London"),
    ],
)
def test_an_unknown_zone_is_explained_by_a_whole_sentence(name: str, expected: str) -> None:
    """A full stop in the name cuts nothing off, neither when the sheet is read nor when it is planned."""
    frame = read("Title,Start,End,tzid", f"{ROW},{name}", tz=None)
    record = records(frame)[0]
    assert record["expected"].startswith(expected)
    assert record["expected"].count("(") == record["expected"].count(")")
    assert record["value"] == record["came"] == name
    with pytest.raises(FrameError) as caught:
        plan_events(frame, calendar=CALENDAR)
    assert caught.value.problems is not None
    assert caught.value.problems.to_dict("records") == [
        {"row": 2, "column": "tzid", "expected": record["expected"], "came": name}
    ]
    by_hand = pd.DataFrame({"summary": ["A"], "start": ["2026-04-03 09:00"], "end": ["2026-04-03 10:00"]})
    with pytest.raises(FrameError) as caught:
        plan_events(by_hand.assign(tzid=name), calendar=CALENDAR)
    assert caught.value.problems is not None
    assert record["expected"] in caught.value.problems["expected"].tolist()


def test_a_zone_that_cannot_be_read_is_mended_by_filling_in_the_times() -> None:
    """What is missing because of it are start and end, and they have no problems of their own."""
    frame = read("Title,Start,End,tzid", f"{ROW},U.K.", f"{ROW},UTC", tz=None)
    assert records(frame)[0]["left"] == {"start": None, "end": None}
    assert problems(frame) == [(2, "tzid", "U.K.")]
    for side in ("start", "end"):
        frame.loc[2, side] = frame.loc[3, side] + pd.Timedelta(days=1)
    assert plan(frame).counts() == {"create": 2}


@pytest.mark.parametrize(
    "written", [None, 1, [None], [{}], [{"row": 2}], [{"row": 2, "column": 1, "expected": 2, "left": 3}]]
)
def test_attrs_that_others_wrote_do_no_harm(written: Any) -> None:
    """What is no record is passed over."""
    frame = pd.DataFrame({"event_id": ["x"]})
    frame.attrs["cronofy"] = {"problems": written}
    assert plan_deletes(frame, calendar=CALENDAR).counts() == {"delete": 1}


def test_many_unread_cells_are_planned() -> None:
    """The records are not copied for each of them: thousands of unread cells are thousands of problems."""
    frame = read(HEAD, *[f"{ROW},perhaps,"] * 5000)
    with pytest.raises(FrameError, match="in 5,000 of 5,000 rows"):
        plan_events(frame, calendar=CALENDAR)
