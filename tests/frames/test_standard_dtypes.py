"""Frames of other libraries and files: the same answer as for the frame of a read, or an error with the mend."""

import json
from collections.abc import Callable
from datetime import UTC, timedelta, timezone
from typing import Any

import dateutil.tz
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import cronofy_frames as cf
from cronofy_frames.frames.standard_dtypes import standard_dtypes
from tests.event_rows import event, events, people

WINDOW = {"start": "2026-03-23", "end": "2026-04-06"}
FRAME = events(
    event(
        "2026-03-27 09:00", "2026-03-27 10:00", *people("ann", "bob"), organizer="bob", created="2026-03-01T00:00:00Z"
    ),
    event("2026-03-30 09:30", "2026-03-30 11:00", *people("ann", bob="declined"), organizer="bob", recurring=True),
    event("2026-03-31 10:00", "2026-03-31 11:00", status="cancelled"),
    event("2026-04-01", "2026-04-03"),
    event("2026-04-03", "2026-04-04", extended_transparency="out_of_office"),
    event("2026-04-02 12:00", "2026-04-02 13:00", deleted=True),
    tz="Europe/London",
)
BOOLEANS = ["all_day", "deleted", "recurring"]


def change(**columns: Callable[[pd.Series], Any]) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Return a function that converts columns of a frame."""

    def changed(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(**{name: convert(frame[name]) for name, convert in columns.items()})

    return changed


def arrow_times(unit: str) -> Callable[[pd.Series], pd.Series]:
    """Return a function that makes Arrow timestamps of times."""
    return lambda times: times.astype(pd.ArrowDtype(pa.timestamp(unit, "Europe/London")))


def parsed(texts: pd.Series) -> pd.Series:
    """Return lists of dictionaries from JSON texts."""
    return texts.map(json.loads, na_action="ignore").astype(object)


LIST_TYPE = pd.ArrowDtype(pa.list_(pa.struct([("email", pa.string()), ("status", pa.string())])))
DATEUTIL = dateutil.tz.gettz("Europe/London")

FORMS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "Arrow timestamps": change(start=arrow_times("ns"), end=arrow_times("ms")),
    "all columns of Arrow": lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"),
    "dateutil zone": change(start=lambda times: times.dt.tz_convert(DATEUTIL), end=lambda t: t.dt.tz_convert(DATEUTIL)),
    "nanoseconds": change(start=lambda times: times.dt.as_unit("ns")),
    "text Booleans": change(**dict.fromkeys(BOOLEANS, lambda flags: flags.map({True: "True", False: "False"}))),
    "object Booleans": change(**dict.fromkeys(BOOLEANS, lambda flags: flags.astype(object))),
    "mixed Booleans": change(all_day=lambda flags: pd.Series([*flags[:-1].tolist(), str(flags.iloc[-1])], flags.index)),
    "number Booleans": change(**dict.fromkeys(BOOLEANS, lambda flags: flags.astype("Float64"))),
    "object texts": change(status=lambda texts: texts.astype(object), extended_transparency=lambda t: t.astype(object)),
    "categories": change(status=lambda t: t.astype("category"), transparency=lambda t: t.astype("category")),
    "lists": change(attendees=parsed),
    "NumPy lists": change(attendees=lambda texts: parsed(texts).map(np.array, na_action="ignore")),
    "Arrow lists": change(attendees=lambda texts: parsed(texts).astype(LIST_TYPE)),
    "number labels beside": lambda frame: pd.concat([frame, pd.DataFrame({0: range(len(frame))})], axis=1),
}


@pytest.mark.parametrize("form", FORMS)
def test_ordinary_dtypes_give_the_same_numbers(form: str) -> None:
    """Every analysis of a converted frame equals that of the frame of a read."""
    frame = FORMS[form](FRAME)
    for count in (
        lambda frame: cf.time_use(frame, **WINDOW),
        lambda frame: cf.time_use(frame, **WINDOW, all_day="busy", away="busy"),
        lambda frame: cf.occupancy(frame, **WINDOW),
        lambda frame: cf.gaps(frame, **WINDOW, working_hours=("09:00", "17:00")),
        cf.busy,
        cf.concurrency,
        lambda frame: cf.quality(frame, **WINDOW)[["check", "count"]],
    ):
        pd.testing.assert_frame_equal(count(frame), count(FRAME))


@pytest.mark.parametrize("form", FORMS)
def test_zones_convert_and_attendees_are_read_in_ordinary_dtypes(form: str) -> None:
    """`to_timezone` converts the times of a converted frame, and `attendees` lists people."""
    frame = FORMS[form](FRAME)
    expected = cf.to_timezone(FRAME, "Asia/Tokyo")
    converted = cf.to_timezone(frame, "Asia/Tokyo")
    assert converted["start"].dt.as_unit("us").tolist() == expected["start"].tolist()
    assert converted["end"].dt.as_unit("us").tolist() == expected["end"].tolist()
    people_listed = ["email", "status"]
    pd.testing.assert_frame_equal(cf.attendees(frame)[people_listed], cf.attendees(FRAME)[people_listed])


def test_addresses_alone_are_attendees() -> None:
    """A list of addresses is a list of people."""
    frame = FRAME.assign(attendees=pd.Series([["ann@x.test", "Bob"], *[None] * (len(FRAME) - 1)], dtype=object))
    assert cf.attendees(frame)[["email", "display_name"]].fillna("").to_numpy().tolist() == [
        ["ann@x.test", ""],
        ["", "Bob"],
    ]


FIXED = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    "zone", [FIXED, dateutil.tz.tzoffset(None, 3600), "+01:00"], ids=["datetime", "dateutil", "Arrow"]
)
def test_a_fixed_offset_asks_for_the_zone(zone: Any) -> None:
    """An offset does not say when clocks change: the error names tz= and to_timezone, and both give the right days."""
    times = {name: FRAME[name].dt.tz_convert(FIXED if isinstance(zone, str) else zone) for name in ("start", "end")}
    if isinstance(zone, str):
        times = {name: column.astype(pd.ArrowDtype(pa.timestamp("us", zone))) for name, column in times.items()}
    timed = FRAME.assign(**times)[~FRAME["all_day"]]
    for analysis in (cf.busy, lambda frame: cf.time_use(frame, **WINDOW), lambda frame: cf.plot_week(frame)):
        with pytest.raises(ValueError, match=r"tz='Europe/London', or convert the frame with cf.to_timezone"):
            analysis(timed)
    expected = cf.busy(FRAME[~FRAME["all_day"]])
    pd.testing.assert_frame_equal(cf.busy(timed, tz="Europe/London"), expected)
    pd.testing.assert_frame_equal(cf.busy(cf.to_timezone(timed, "Europe/London")), expected)


def test_days_of_a_fixed_offset_are_days() -> None:
    """All-day rows at the midnights of an offset keep their days in the zone given."""
    start = pd.DatetimeIndex(["2026-07-01", "2026-07-02"]).tz_localize(FIXED)
    frame = pd.DataFrame({"start": start[:1], "end": start[1:], "all_day": [True]})
    taken = cf.busy(frame, tz="America/New_York")
    assert taken["start"].tolist() == [pd.Timestamp("2026-07-01", tz="America/New_York")]


@pytest.mark.parametrize("zone", [UTC, dateutil.tz.tzutc(), dateutil.tz.UTC, timezone(timedelta(0))])
def test_every_utc_is_utc(zone: Any) -> None:
    """UTC of any library is taken."""
    frame = FRAME.assign(**{name: FRAME[name].dt.tz_convert(zone) for name in ("start", "end")})
    assert str(cf.busy(frame)["start"].dt.tz) == "UTC"


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda frame: frame.assign(all_day="maybe"), r"all_day holds 'maybe' \(row 0\).*cf.read_sheet"),
        (lambda frame: frame.assign(start=frame["start"].dt.tz_localize(None)), "tz_localize"),
        (lambda frame: frame.assign(end=frame["end"].astype("str")), r"pd.to_datetime\(frame\['end'\], utc=True\)"),
        (lambda frame: frame[["start", "end"]].set_axis([0, 1], axis=1), r"rename\(columns=\{0: 'start', 1: 'end'\}\)"),
        (
            lambda frame: frame.rename(columns={"start": "start_x", "end": "end_x"}),
            "'start_x': 'start', 'end_x': 'end'",
        ),
        (lambda frame: pd.concat([frame, frame[["start"]]], axis=1), "2 columns 'start'"),
        (lambda frame: frame["start"], "not a pandas DataFrame"),
        (lambda frame: frame.assign(attendees=5), "attendees holds 5, which is no list"),
    ],
)
def test_other_values_are_refused_with_the_mend(spoil: Callable[[pd.DataFrame], Any], message: str) -> None:
    """What leaves a doubt is an error that names the column, and the function that converts it."""
    with pytest.raises(ValueError, match=message):
        cf.time_use(spoil(FRAME), **WINDOW)


def test_created_without_a_zone_is_refused_where_it_counts() -> None:
    """A lead time from naive times would be hours off; other metrics do not need them."""
    frame = FRAME.assign(created=FRAME["created"].dt.tz_localize(None))
    cf.time_use(frame, **WINDOW, metrics="busy_hours")
    with pytest.raises(ValueError, match="created has no times with a zone"):
        cf.time_use(frame, **WINDOW, metrics="median_lead_time")


def test_times_without_a_zone_are_not_converted_in_silence() -> None:
    """`to_timezone` refuses naive starts, which it could only return as they are."""
    with pytest.raises(ValueError, match="start has no times with a zone"):
        cf.to_timezone(FRAME.assign(start=FRAME["start"].dt.tz_localize(None)), "Asia/Tokyo")


def test_groups_may_be_of_columns_with_number_labels() -> None:
    """A label that is a number is a column like any other."""
    frame = pd.concat([FRAME, pd.Series(["x", "y"] * 3, name=7)], axis=1)
    assert cf.busy(frame, by=7)[7].unique().tolist() == ["x", "y"]
    assert cf.time_use(frame, **WINDOW, by=[7], freq=None)[7].tolist() == ["x", "y"]
    assert len(cf.plot_time_use(cf.time_use(frame, **WINDOW, by=[7], freq=None)).get_yticklabels()) == 2


def test_a_frame_of_a_read_stays_as_it_is() -> None:
    """Nothing is copied where nothing has to be converted."""
    assert standard_dtypes(FRAME) is FRAME


def test_arrow_times_without_a_zone_stay_as_they_are() -> None:
    """They are no instants, and no zone is guessed for them."""
    naive = pd.ArrowDtype(pa.timestamp("us"))
    frame = pd.DataFrame({"start": pd.Series(["2026-03-04 09:00"], dtype="datetime64[us]").astype(naive)})
    assert standard_dtypes(frame)["start"].dtype == naive
