"""Extra columns: fields that no column has, read by path and type."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import cronofy_frames as cf
from cronofy_frames.frames.decoder import UnreadWarning
from cronofy_frames.frames.extra_columns import TYPES
from cronofy_frames.schema import CALENDARS, EVENTS, FREE_BUSY
from cronofy_frames.wire.client import Client
from tests.cronofy_server import row, rows_client

DTYPES = {"text": "str", "time": "datetime64[us, Europe/London]", "number": "Float64", "json": "str"}
EXTRA = {"custom.text": "text", "custom.time": "time", "custom.number": "number", "custom": "json"}


def read(client: Client, extra: Any, **options: Any) -> pd.DataFrame:
    """Return the events of a client with extra columns."""
    return cf.read_events(client, names=False, tz="Europe/London", extra=extra, **options)


def value_client(value: Any) -> Client:
    """Return a client with an event whose `custom.path` is a value, given as it is or in bytes of JSON."""
    page = json.dumps({"pages": {"current": 1, "total": 1}, "events": [row(1, custom={"path": "?"})]})
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return rows_client([page.encode().replace(b'"?"', text)])


def cell(kind: str, value: Any) -> Any:
    """Return a value of the wire read as a type; None where it is missing."""
    cell = read(value_client(value), {"custom.path": kind}).loc[0, "custom.path"]
    return None if pd.isna(cell) else cell


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("text", "Zoë", "Zoë"),
        ("text", "", ""),
        ("text", 12, "12"),
        ("text", b"1.50", "1.50"),
        ("text", b"12345678901234567890123", "12345678901234567890123"),
        ("text", True, "true"),
        ("text", None, None),
        ("number", 1.5, 1.5),
        ("number", -3, -3.0),
        ("number", "51.5033", 51.5033),
        ("number", 2**53, float(2**53)),
        ("number", "", None),
        ("number", None, None),
        ("time", "2026-03-02T09:00:00Z", pd.Timestamp("2026-03-02 09:00", tz="Europe/London")),
        ("time", "2026-07-02T09:00:00.25+02:00", pd.Timestamp("2026-07-02 08:00:00.25", tz="Europe/London")),
        (
            "time",
            {"time": "2026-07-02T09:00:00+02:00", "tzid": "Europe/Paris"},
            pd.Timestamp("2026-07-02 08:00", tz="Europe/London"),
        ),
        ("time", None, None),
        ("json", {"a": [1, None]}, '{"a": [1, null]}'),
        ("json", b"1.50", "1.50"),
        ("json", "text", '"text"'),
        ("json", False, "false"),
        ("json", None, None),
    ],
)
def test_a_value_is_read_as_its_type(kind: str, value: Any, expected: Any) -> None:
    """Each type takes what it can hold exactly as it was sent."""
    assert cell(kind, value) == expected


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", {"a": 1}),
        ("text", ["a"]),
        ("number", 2**53 + 1),
        ("number", str(2**53 + 1)),
        ("number", b"1e400"),
        ("number", "1_000"),
        ("number", "nan"),
        ("number", "12 apples"),
        ("number", True),
        ("number", [1]),
        ("time", "2026-03-02"),
        ("time", "2026-03-02T09:00:00"),
        ("time", {"time": "2026-03-02T09:00:00", "tzid": "Europe/Paris"}),
        ("time", {"at": "2026-03-02T09:00:00Z"}),
        ("time", 1772442000),
        ("time", "soon"),
        ("time", "0000-12-29T00:00:00Z"),
        ("time", False),
    ],
)
def test_a_value_that_its_type_cannot_hold_is_missing_and_counted(kind: str, value: Any) -> None:
    """Such a value is NA, a warning counts it with its path and type, and so does attrs."""
    with pytest.warns(UnreadWarning, match=rf"custom\.path as {kind} 1.*json reads any value"):
        events = read(value_client(value), {"custom.path": kind})
    assert events["custom.path"].isna().all()
    assert events.attrs["cronofy"]["unread"] == {"custom.path": 1}


def test_extra_columns_come_last_in_fixed_dtypes() -> None:
    """The path is the name of the column; its dtype is that of its type, with rows, without values and without rows."""
    values = {"text": "a", "time": "2026-03-02T09:00:00Z", "number": 1}
    clients = [rows_client([[row(1, custom=values)]]), rows_client([[row(1)]]), rows_client([[]])]
    for client in clients:
        events = read(client, EXTRA)
        assert events.columns.tolist() == [*EVENTS.names, *EXTRA]
        assert events.dtypes.astype(str).tolist()[-4:] == [DTYPES[kind] for kind in EXTRA.values()]
        assert events.attrs["cronofy"]["unread"] == {}


@pytest.mark.parametrize(
    "extra", [["custom.path", "mood"], ("custom.path", "mood"), {"custom.path": "json", "mood": "json"}]
)
def test_paths_alone_are_read_as_json(extra: Any) -> None:
    """A list of paths gives their JSON texts, as the type json does."""
    events = read(rows_client([[row(1, custom={"path": [1, 2]}, mood="good")]]), extra)
    assert events.loc[0, ["custom.path", "mood"]].tolist() == ["[1, 2]", '"good"']
    assert read(rows_client([[row(1, mood=1)]]), "mood").loc[0, "mood"] == "1"


def test_paths_into_objects_that_the_table_has() -> None:
    """A new key beside a known one is read, in localized times too, and the known ones are as before."""
    times = {"start": {"time": "2026-03-02T09:00:00Z", "tzid": "Etc/UTC", "sort": 7}}
    rows = [row(1, location={"description": "Room", "floor": 3}, **times), row(2, location=None)]
    events = read(rows_client([rows]), {"location.floor": "number", "start.sort": "text"})
    assert events["location.floor"].dropna().tolist() == [3.0]
    assert events.set_index("event_uid").loc["evt_001", "location_description"] == "Room"
    assert events["start.sort"].dropna().tolist() == ["7"]
    assert events["start"].notna().all()


def test_what_extra_reads_is_not_unread_and_the_rest_is() -> None:
    """Beside the path that is read, the other keys of an object are counted still."""
    client = rows_client([[row(1, twice_a={"path": 1, "other": 2})]])
    with pytest.warns(cf.UnreadFieldWarning, match=r"twice_a\.other"):
        events = read(client, {"twice_a.path": "number"})
    assert events.attrs["cronofy"]["unread"] == {"twice_a.other": 1}
    assert events.attrs["cronofy"]["extra"] == {"twice_a.path": "number"}


def test_documented_fields_without_a_column_are_read() -> None:
    """A field that frames leave out on purpose can be read too."""
    events = read(rows_client([[row(1, series_master={"event_uid": "evt_9"})]]), {"series_master.event_uid": "text"})
    assert events["series_master.event_uid"].tolist() == ["evt_9"]


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"custom": "date"}, "'date'.*text, time, number, json"),
        ({"custom": None}, "None.*text, time"),
        ({"summary": "text"}, "'summary' is already a column"),
        ({"organizer_email": "text"}, "'organizer_email' is already a column"),
        ({"account": "text"}, "'account' is already a column"),
        ({"location.description": "text"}, "already the column 'location_description'"),
        ({"event_status": "text"}, "already the column 'status'"),
        ({"start.time": "time"}, "already the column 'start'"),
        ({"start.tzid": "text"}, "already the column 'start_tzid'"),
        ({"organizer": "json"}, "in parts, organizer_email.*'organizer.newkey'"),
        ({"attendees[].rank": "text"}, "lies in the column 'attendees'"),
        ({"attendees.rank": "text"}, "lies in the column 'attendees'"),
        ({"summary.x": "text"}, "lies in the column 'summary'"),
        ({"custom..path": "text"}, "is no path"),
        ({"custom[].path": "text"}, "is no path.*A list is read as a whole"),
        ({"": "text"}, "is no path"),
        ([3], "texts; not 3"),
    ],
)
def test_what_cannot_be_an_extra_column_is_refused(extra: Any, message: str) -> None:
    """Unknown types, and paths that a column has already, are refused before anything is sent."""
    with pytest.raises(ValueError, match=message):
        read(rows_client([500]), extra)


def test_a_broken_read_and_its_continuation_have_the_columns() -> None:
    """`.partial` has extra columns, and `.resume` knows them; the two together are the whole."""
    pages: list[Any] = [[row(1, custom={"text": "a", "number": 1})], 500, [row(3, custom={"number": 3})]]
    client = rows_client(pages)
    with pytest.raises(cf.ServerError) as caught:
        read(client, EXTRA, start="2026-03-02", end="2026-03-03")
    pages[1] = [row(2, custom={"time": "2026-03-02T09:00:00Z"})]
    resumed = json.loads(json.dumps(caught.value.resume))
    rest = cf.read_events(client, names=False, resume=resumed)
    assert caught.value.partial is not None
    whole = cf.concat([caught.value.partial, rest])
    expected = read(client, EXTRA, start="2026-03-02", end="2026-03-03")
    pd.testing.assert_frame_equal(whole, expected)


def test_several_accounts_have_the_columns() -> None:
    """A mapping of clients has extra columns last too, also where no account has a row."""
    clients = {"ann": rows_client([[row(1, custom={"number": 1})]]), "bob": rows_client([[]])}
    events = cf.read_events(clients, names=False, tz="Europe/London", extra=EXTRA)
    assert events.columns.tolist() == ["account", *EVENTS.names, *EXTRA]
    assert events.dtypes.astype(str).tolist()[-4:] == [DTYPES[kind] for kind in EXTRA.values()]


def test_no_calendars_have_the_columns() -> None:
    """A read of no calendar has the columns of any other."""
    assert read(rows_client([[]]), EXTRA, calendars=[]).columns.tolist()[-4:] == list(EXTRA)


def test_concat_keeps_columns_that_only_some_frames_have() -> None:
    """Frames with and without an extra column are one frame, in which others have NA, of the same dtype."""
    first = cf.read_events(rows_client([[row(1)]]), "2026-03-02", "2026-03-03", names=False, tz="Europe/London")
    second = read(rows_client([[row(2, custom={"number": 1})]]), EXTRA, start="2026-03-02", end="2026-03-03")
    both = cf.concat([first, second])
    assert both.dtypes.astype(str).tolist()[-4:] == [DTYPES[kind] for kind in EXTRA.values()]
    assert both["custom.number"].dropna().tolist() == [1.0]


def test_times_follow_to_another_zone() -> None:
    """Extra times are in the zone of the frame, and `to_timezone` converts them with it."""
    events = read(rows_client([[row(1, custom={"time": "2026-03-02T09:00:00Z"})]]), EXTRA)
    tokyo = cf.to_timezone(events, "Asia/Tokyo")["custom.time"]
    assert tokyo.tolist() == [pd.Timestamp("2026-03-02 18:00", tz="Asia/Tokyo")]


def test_free_busy_and_calendars_have_extra_columns() -> None:
    """The same argument reads further fields of free/busy and of calendars."""
    client = rows_client([[row(1, weight=2)]], calendars=[{"calendar_id": "cal_1", "look": {"colour": "blue"}}])
    free_busy = cf.read_free_busy(client, names=False, extra={"weight": "number"})
    assert free_busy.columns.tolist() == [*FREE_BUSY.names, "weight"]
    assert free_busy["weight"].tolist() == [2.0]
    calendars = cf.read_calendars(client, extra={"look.colour": "text"})
    assert calendars.columns.tolist() == [*CALENDARS.names, "look.colour"]
    assert calendars["look.colour"].tolist() == ["blue"]
    several = cf.read_calendars({"ann": client}, extra={"look.colour": "text"})
    assert several["look.colour"].tolist() == ["blue"]


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "json", "parquet"])
def test_a_file_gives_the_columns_back(tmp_path: Path, suffix: str) -> None:
    """`read_sheet(extra=)` gives the columns that `export` wrote back equal, also times that clocks show twice."""
    values = {"text": "7", "time": "2026-10-25T01:30:00Z", "number": 1.5}
    rows = [row(1, custom=values), row(2), row(3, custom={"time": "2026-10-25T00:30:00Z", "text": "=1+1"})]
    events = read(rows_client([rows]), EXTRA)
    cf.export(events, tmp_path / f"events.{suffix}")
    again = cf.read_sheet(tmp_path / f"events.{suffix}", extra=EXTRA)
    pd.testing.assert_frame_equal(again[list(EXTRA)].reset_index(drop=True), events[list(EXTRA)])


def test_the_types_are_those_of_the_documentation() -> None:
    """There are four types."""
    assert TYPES == ("text", "time", "number", "json")
