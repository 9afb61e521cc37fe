"""Frames of SQL queries: dtypes that pandas computes with, and columns that a file can have."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cronofy_frames as cf
from cronofy_frames.errors import FrameError
from tests.archiving import Office


def test_sums_and_decimals_are_numbers(team: Office) -> None:
    """DuckDB sums integers in a type that pandas has not, and its decimals would be objects."""
    team.sync()
    query = "select sum(case when recurring then 1 else 0 end) as n, count(*) * 1.5 as half from events"
    frame = team.archive.sql(query)
    assert frame.dtypes.astype(str).to_dict() == {"n": "int64", "half": "float64"}
    assert frame.to_numpy().tolist() == [[0, 6.0]]
    large = team.archive.sql("select 170141183460469231731687303715884105727 as n")
    assert large["n"].map(float).tolist() == [2.0**127]


def test_the_length_of_events_is_a_duration(team: Office) -> None:
    """The difference of two times can be added up in pandas, and a missing one is missing."""
    team.sync()
    query = 'select "end" - start as length from events union all select null order by 1'
    length = team.archive.sql(query)["length"]
    assert length.dtype == "timedelta64[us]"
    assert length.isna().tolist() == [False, False, False, False, True]
    assert length.sum() == pd.Timedelta(days=3, hours=2, minutes=15)


def test_a_length_in_months_is_refused(team: Office) -> None:
    """A month has no fixed length, so that the message says how to select it."""
    with pytest.raises(FrameError, match=r"the column 'i' has intervals of months.*select i::text"):
        team.archive.sql("select interval 1 month as i")
    assert team.archive.sql("select (interval 1 month)::text as i")["i"].tolist() == ["1 month"]


def test_columns_of_one_name_get_numbers(team: Office, tmp_path: Path) -> None:
    """A join repeats names, which neither a file nor a table in a terminal can have twice."""
    team.sync()
    frame = team.archive.sql("select 1 as a, 2 as a, 3 as a_1, 4 as a")
    assert frame.to_dict("records") == [{"a": 1, "a_1": 2, "a_1_1": 3, "a_2": 4}]
    joined = team.archive.sql("from events join versions using (event_uid)")
    assert joined.columns.is_unique
    cf.export(joined, tmp_path / "joined.parquet")


def test_dates_of_a_query_are_dates_in_json(team: Office, tmp_path: Path) -> None:
    """The days of whole-day events are those of the query, and not numbers."""
    team.sync()
    days = team.archive.sql("select start_date, end_date from events where start_date is not null")
    rows = json.loads(cf.export(days, tmp_path / "days.json").read_text())
    assert rows == [{"start_date": "2026-03-09", "end_date": "2026-03-12"}]


def test_a_query_without_columns_has_an_empty_frame(team: Office) -> None:
    """A statement without a result is a frame without rows and columns."""
    assert team.archive.sql(";").shape == (0, 0)


def test_values_of_a_frame_are_parameters(team: Office) -> None:
    """A number, time or truth that NumPy or pandas computed is one to DuckDB, in a list and by name."""
    team.sync()
    events = team.archive.events()
    moment = events["start"].max()
    numbers = [np.int64(3), np.float64(0.5), np.bool_(True), moment, moment.tz_convert(None).to_datetime64(), pd.NA]
    for parameters in (numbers, tuple(numbers), dict(zip("abcdef", numbers, strict=True))):
        marks = "$a, $b, $c, $d, $e, $f" if isinstance(parameters, dict) else "?, ?, ?, ?, ?, ?"
        row = team.archive.sql(f"select * from (values ({marks})) as t(a, b, c, d, e, f)", parameters).iloc[0]
        assert row.tolist()[:5] == [3, 0.5, True, moment, moment.tz_convert(None)]
        assert pd.isna(row["f"])
    length = np.timedelta64(90, "m")
    assert team.archive.sql("select ? as length", [length])["length"].tolist() == [pd.Timedelta(minutes=90)]
