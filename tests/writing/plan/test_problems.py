"""Laws of the checks: what Cronofy would refuse is refused before anything is sent, and nothing else is."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cronofy_frames.connecting import connect
from cronofy_frames.errors import FrameError, Invalid
from cronofy_frames.sheets import SheetWarning, read_sheet
from cronofy_frames.wire.client import Client
from cronofy_frames.writing.plan.planning import plan_available_periods, plan_deletes, plan_events
from cronofy_frames.writing.plan.plans import Plan
from tests.small import HOME, READONLY, WORK, small_box, small_office

GOOD = {"summary": "Kick-off", "start": "2026-03-10T09:00:00Z", "end": "2026-03-10T10:00:00Z"}
RULE = {"frequency": "weekly"}


@pytest.fixture(scope="module")
def ann() -> Iterator[Client]:
    """Ann's client on a small office that the tests of this file share."""
    with connect(sandbox=small_box()) as client:
        yield client


def row(**fields: Any) -> pd.DataFrame:
    """Return a sheet of one good row, changed."""
    return pd.DataFrame(
        {name: pd.Series([cell], dtype=object, index=[14]) for name, cell in {**GOOD, **fields}.items()}
    )


def problems(frame: pd.DataFrame, **fields: Any) -> pd.DataFrame:
    """Return the problems of a sheet that cannot be planned."""
    with pytest.raises(FrameError) as caught:
        plan_events(frame, **{"calendar": WORK, **fields})
    return caught.value.problems


def wire(**fields: Any) -> dict[str, Any]:
    """Return what create_event gets for a good row, changed."""
    return {"calendar_id": WORK, "event_id": "e1", **GOOD, **fields}


def recurrence(**rule: Any) -> dict[str, Any]:
    """Return a series by one rule."""
    return {"rules": [{**RULE, **rule}]}


def webhook(**more: Any) -> list[dict[str, Any]]:
    """Return a subscription."""
    return [{"type": "webhook", "uri": "https://example.org/hook", **more}]


# cells of the sheet, and the arguments that the API would get without checks
REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "no title": ({"summary": None}, {"summary": None}),
    "a long title": ({"summary": "x" * 1025}, {"summary": "x" * 1025}),
    "long notes": ({"description": "x" * 4097}, {"description": "x" * 4097}),
    "no start": ({"start": None}, {"start": None}),
    "no end": ({"end": None}, {"end": None}),
    "no time": ({"start": "soon"}, {"start": "soon"}),
    "a day that does not exist": ({"start": "2026-02-30T09:00Z"}, {"start": "2026-02-30T09:00:00Z"}),
    "a time of ours": ({"start": "10/03/2026 09:00"}, {"start": "10/03/2026 09:00"}),
    "no zone": ({"start": "2026-03-10T09:00:00"}, {"start": "2026-03-10T09:00:00"}),
    "half a second": ({"start": "2026-03-10T09:00:00.5Z"}, {"start": "2026-03-10T09:00:00.5Z"}),
    "the year 1": ({"start": "0001-01-01T00:00:00Z"}, {"start": "0001-01-01T00:00:00Z"}),
    "the year 9999": ({"end": "9999-12-31T00:00:00Z"}, {"end": "9999-12-31T00:00:00Z"}),
    "a day and a time": ({"end": "2026-03-11"}, {"end": "2026-03-11"}),
    "an end before its start": ({"end": "2026-03-10T08:00Z"}, {"end": "2026-03-10T08:00:00Z"}),
    "days that end before they start": (
        {"start": "2026-03-10", "end": "2026-03-09"},
        {"start": "2026-03-10", "end": "2026-03-09"},
    ),
    "an unknown zone": ({"tzid": "Mars/Olympus"}, {"tzid": "Mars/Olympus"}),
    "an unknown zone of the end": (
        {"end_tzid": "Mars/Olympus"},
        {"end": {"time": GOOD["end"], "tzid": "Mars/Olympus"}},
    ),
    "another transparency": ({"transparency": "glass"}, {"transparency": "glass"}),
    "another extended transparency": ({"extended_transparency": "busy"}, {"extended_transparency": "busy"}),
    "privacy of a kind": ({"event_private": "maybe"}, {"event_private": "maybe"}),
    "reminders of a kind": ({"reminders_create_only": "maybe"}, {"reminders_create_only": "maybe"}),
    "six reminders": ({"reminders": "1,2,3,4,5,6"}, {"reminders": [{"minutes": n} for n in range(6)]}),
    "a reminder after the start": ({"reminders": "-5"}, {"reminders": [{"minutes": -5}]}),
    "a reminder in half minutes": ({"reminders": 1.5}, {"reminders": [{"minutes": 1.5}]}),
    "a reminder of ages": ({"reminders": str(2**31)}, {"reminders": [{"minutes": 2**31}]}),
    "reminders in words": ({"reminders": "soon"}, {"reminders": [{"minutes": "soon"}]}),
    "a colour by name": ({"color": "red"}, {"color": "red"}),
    "an address without a scheme": ({"url": "example.org"}, {"url": "example.org"}),
    "an address with a blank": ({"url": "https://example.org/a b"}, {"url": "https://example.org/a b"}),
    "an address that cannot be parsed": ({"url": "http://[::1"}, {"url": "http://[::1"}),
    "beyond the date line": ({"location_lat": 1, "location_long": 1000}, {"location": {"lat": "1", "long": "1000"}}),
    "a latitude in words": ({"location_lat": "N", "location_long": 1}, {"location": {"lat": "N", "long": "1"}}),
    "a locale of three": ({"locale": "eng"}, {"locale": "eng"}),
    "a guest without address": ({"attendees": "Bob"}, {"attendees": {"invite": [{"email": "Bob"}]}}),
    "a guest to remove without address": (
        {"attendees_remove": "Bob"},
        {"attendees": {"remove": [{"email": "Bob"}]}},
    ),
    "guests that are no list": ({"attendees": '{"email": "a@x.org"}'}, {"attendees": {"invite": {"email": "a@x.org"}}}),
    "an explicit conference nowhere": (
        {"conferencing_profile_id": "explicit"},
        {"conferencing": {"profile_id": "explicit"}},
    ),
    "a meeting agent that is neither yes nor no": (
        {"meeting_agent": "perhaps"},
        {"meeting_agent": {"profile_id": "robot"}},
    ),
    "subscriptions that are no list": ({"subscriptions": "{}"}, {"subscriptions": {}}),
    "a subscription by post": (
        {"subscriptions": json.dumps(webhook(type="post"))},
        {"subscriptions": webhook(type="post")},
    ),
    "a subscription to nowhere": (
        {"subscriptions": json.dumps(webhook(uri="mailto:a@x.org"))},
        {"subscriptions": webhook(uri="mailto:a@x.org")},
    ),
    "attachments that are no list": ({"attachments": '"att_1"'}, {"attachments": "att_1"}),
    "an attachment without id": ({"attachments": "[{}]"}, {"attachments": [{}]}),
    "a recurrence that is no object": ({"recurrence": "[]"}, {"recurrence": []}),
    "a recurrence without rules": ({"recurrence": "{}"}, {"recurrence": {}}),
    "two rules": ({"recurrence": {"rules": [RULE, RULE]}}, {"recurrence": {"rules": [RULE, RULE]}}),
    **{
        f"a rule with {name} {value!r}": (
            {"recurrence": json.dumps(recurrence(**{name: value}))},
            {"recurrence": recurrence(**{name: value})},
        )
        for name, value in [
            ("frequency", "hourly"),
            ("frequency", None),
            ("interval", 0),
            ("interval", 1.5),
            ("count", 0),
            ("count", 2**31),
            ("until", "soon"),
            ("until", "2026-13-01"),
            ("by_day", "monday"),
            ("by_day", ["Montag"]),
            ("by_day", [{"day": "monday", "nth_of_period": 1}]),
        ]
    },
    "a rule with count and until": (
        {"recurrence": json.dumps(recurrence(count=3, until="2026-12-31"))},
        {"recurrence": recurrence(count=3, until="2026-12-31")},
    ),
    "a daily rule by day": (
        {"recurrence": json.dumps(recurrence(frequency="daily", by_day=["monday"]))},
        {"recurrence": recurrence(frequency="daily", by_day=["monday"])},
    ),
    "a monthly rule without place": (
        {"recurrence": json.dumps(recurrence(frequency="monthly", by_day=["monday"]))},
        {"recurrence": recurrence(frequency="monthly", by_day=["monday"])},
    ),
    "exceptions": (
        {"recurrence": json.dumps({**recurrence(), "exceptions": ["2026-03-17"]})},
        {"recurrence": {**recurrence(), "exceptions": ["2026-03-17"]}},
    ),
    "an empty id": ({"event_id": ""}, {"event_id": ""}),
}


@pytest.mark.parametrize(("fields", "sent"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cronofy_refuses_is_refused_here(fields: dict[str, Any], sent: dict[str, Any], ann: Client) -> None:
    """Each rule of the API has a row that both the plan and the sandbox refuse."""
    listed = problems(row(**fields))
    assert set(listed["column"]) <= {*fields, "end", "conferencing_join_url"}
    assert listed["row"].dropna().eq(14).all()
    with pytest.raises(Invalid):
        ann.call("create_event", wire(**sent))


ONLY_HERE = {
    "days that end where they start": ({"start": "2026-03-10", "end": "2026-03-10"}, "end", "the day after the last"),
    "half a place": ({"location_lat": 51.5}, "location_long", "latitude and longitude"),
    "a place beyond the pole": ({"location_lat": 91, "location_long": 0}, "location_lat", "from -90 to 90"),
    "both invited and removed": (
        {"attendees": "a@x.org", "attendees_remove": "A@X.org"},
        "attendees_remove",
        "only people that attendees does not list",
    ),
    "an event_uid for an id": ({"event_id": "evt_external_1"}, "event_id", "an id of your own"),
    "a deleted event": ({"deleted": True}, "deleted", "not deleted"),
    "a date that all_day denies": ({"start": "2026-03-10", "all_day": False}, "start", "all_day is False"),
    "a time that all_day denies": ({"all_day": True}, "start", "all_day is True"),
    "all day, perhaps": ({"all_day": "perhaps"}, "all_day", "True or False"),
    "half of a character": ({"summary": "\ud800"}, "summary", "UTF-8"),
    "JSON that breaks off": ({"tags": '[{"value": "a"'}, "tags", "JSON"),
    "an hour that clocks skip": ({"start": "2026-03-29 02:30", "tzid": "Europe/Paris"}, "start", "skip"),
    "an hour that comes twice": ({"start": "2026-10-25 02:30", "tzid": "Europe/Paris"}, "start", "twice"),
    "an offset of more than a day": ({"start": "2026-03-10T09:00:00+24:00"}, "start", "a time such as"),
    "a clock where it was forward": (
        {"start": datetime(2026, 3, 29, 2, 30, tzinfo=ZoneInfo("Europe/Paris"))},
        "start",
        "a time such as",
    ),
    "a transition without offset": (
        {"subscriptions": json.dumps(webhook(transitions=[{"before": "event_start"}]))},
        "subscriptions",
        "transitions such as",
    ),
    "a title that is a date": ({"summary": date(2026, 3, 10)}, "summary", "a text"),
    "a number for a time": ({"start": 46091.5}, "start", "a time such as"),
    "an uid without id": (
        {"event_uid": "evt_123"},
        "event_uid",
        "an event_id, because this event is your application's own",
    ),
}


@pytest.mark.parametrize(("fields", "column", "words"), ONLY_HERE.values(), ids=ONLY_HERE.keys())
def test_contradictions_are_refused_too(fields: dict[str, Any], column: str, words: str) -> None:
    """What Cronofy may accept and a person cannot have meant is a problem of its cell."""
    listed = problems(row(**fields))
    assert column in listed["column"].tolist()
    assert words in listed.loc[listed["column"] == column, "expected"].iloc[0]


def test_all_problems_come_at_once() -> None:
    """Every invalid cell is named once, in the order of the rows; the message has the first five."""
    sheet = pd.concat([row(summary=None, color="red", url="x", locale="eng"), row(end="2026-03-01T09:00Z"), row()])
    sheet.index = ["a", "b", "c"]
    with pytest.raises(FrameError) as caught:
        plan_events(sheet.assign(transparency=["x", None, "y"], start=[*sheet["start"][:2], "z"]), calendar=WORK)
    listed = caught.value.problems
    assert listed.columns.tolist() == ["row", "column", "expected", "came"]
    assert listed["row"].tolist() == ["a"] * 5 + ["b"] + ["c"] * 2
    assert not listed.duplicated(["row", "column"]).any()
    text = str(caught.value)
    assert text.startswith("8 problems in 3 of 3 rows, and nothing was sent: row a, ")
    assert text.count("expected") == 5
    assert text.endswith(
        "; and 3 more. Correct these rows, or leave them out with skip_bad=True; `.problems` lists all."
    )


def test_a_problem_reads_like_a_sentence() -> None:
    """It has the row, the column, what was expected and what came."""
    with pytest.raises(FrameError, match="row 14, end: expected a time after start, came 2026-03-01 09:00"):
        plan_events(row(end="2026-03-01 09:00", start="2026-03-02 09:00"), calendar=WORK, tz="Europe/London")


@pytest.mark.parametrize(
    ("cells", "count"), [("15. Erster 2027;9:00;12:00", 1), (";9:00;12:00", 1), ("14.01.2027;9:00;xx", 1)]
)
def test_a_time_of_day_on_the_day_of_an_unread_date_is_no_problem_of_its_own(cells: str, count: int) -> None:
    """An end that lacks only the day of its start is mended with the start."""
    lines = ["Titel;Datum;Beginnt um;Endet um", f"A;{cells}", "B;15.01.2027;9:00;12:00", "C;16.01.2027;9:00;12:00"]
    with pytest.warns(SheetWarning):
        sheet = read_sheet("\n".join(lines).encode(), tz="Europe/Berlin")
    assert len(problems(sheet)) == count
    mended = sheet.assign(start=sheet["start"].fillna(pd.Timestamp("2027-01-13 09:00", tz="Europe/Berlin")))
    assert problems(mended)["column"].tolist() == ["end"]


def test_messages_hold_no_long_texts() -> None:
    """A cell is quoted up to 80 characters on one line, and a text that is too long by its length."""
    listed = problems(row(color="red\n" * 999, description="secret " * 1000))
    assert listed["came"].str.len().le(80).all()
    assert listed.set_index("column")["came"]["description"] == "7000 characters"


def test_missing_columns_are_one_problem_each() -> None:
    """A frame without summary, start or end has one problem for each, of no row, and skip_bad does not help."""
    sheet = pd.concat([row(), row()]).drop(columns=["summary", "end"])
    for skip_bad in (False, True):
        listed = problems(sheet, skip_bad=skip_bad)
        assert listed["column"].tolist() == ["summary", "end"]
        assert listed["row"].isna().all()


def test_times_without_a_zone_are_one_problem() -> None:
    """A column of wall times asks for tz= once, whatever the number of rows; a row among others by itself."""
    sheet = pd.concat([row(start="2026-03-10 09:00", end="2026-03-10 10:00")] * 9, ignore_index=True)
    sheet["summary"] = [f"Event {n}" for n in range(9)]
    listed = problems(sheet)
    assert listed["column"].tolist() == ["start", "end"]
    assert listed["expected"].str.contains("give tz=").all()
    listed = problems(sheet.assign(tzid=["Europe/London"] * 8 + [None]))
    assert listed["row"].tolist() == [8, 8]
    assert len(plan_events(sheet, calendar=WORK, tz="Europe/London")) == 9


def test_skip_bad_leaves_rows_out() -> None:
    """Rows with problems stay in the plan, where they say why they are left out; the others are planned."""
    sheet = pd.concat([row(), row(color="red", summary="Lunch"), row(summary="Review")])
    sheet.index = [3, 4, 5]
    plan = plan_events(sheet, calendar=WORK, skip_bad=True)
    frame = plan.frame()
    assert frame["action"].to_dict() == {3: "create", 4: "skip", 5: "create"}
    assert frame.loc[4, "note"] == "color: expected a colour such as #49BED8, came red"
    assert plan.notes[-1] == "1 row has problems and is left out: see the notes on each"
    assert [step.sends for step in plan.steps()] == [True, False, True]


def test_only_frames_are_planned() -> None:
    """Anything else, and two columns of one name, are refused."""
    with pytest.raises(TypeError, match="a DataFrame, not of a list"):
        plan_events([GOOD], calendar=WORK)
    with pytest.raises(ValueError, match="two columns are called 'summary'"):
        plan_events(pd.concat([row(), row()], axis=1), calendar=WORK)
    with pytest.raises(ValueError, match="IANA"):
        plan_events(row(), calendar=WORK, tz="Londn")


def record(**fields: Any) -> dict[str, Any]:
    """Return a problem that reading a file left behind."""
    return {"row": 14, "column": "start", "expected": "a date", "came": "10/13/2026", "value": "10/13/2026", **fields}


def test_problems_of_reading_are_reported_again() -> None:
    """What read_sheet could not read is the only problem of its cell while the cell is missing."""
    sheet = row(start=None, color=None)
    sheet.attrs["cronofy"] = {
        "problems": [
            record(),
            record(column="color", came="red", left={"color": None}),
            record(row=99),
        ]
    }
    assert problems(sheet)[["row", "column", "came"]].to_numpy().tolist() == [
        [14, "start", "10/13/2026"],
        [14, "color", "red"],
    ]
    mended = row(color="#49BED8")
    mended.attrs["cronofy"] = {"problems": [record(), record(column="color"), record(column="url", left={"url": None})]}
    assert plan_events(mended, calendar=WORK).counts() == {"create": 1}


def test_problems_of_reading_beyond_the_header_stay() -> None:
    """A cell to the right of all columns has probably shifted its row, which the frame does not show."""
    sheet = row()
    sheet.attrs["cronofy"] = {"problems": [record(column="column E", expected="no cell there", came="stray", left={})]}
    assert problems(sheet)["column"].tolist() == ["column E"]


def test_the_same_id_twice_names_both_rows() -> None:
    """Two rows that write one event are a problem that names both; in two calendars they are two events."""
    sheet = pd.concat([row(event_id="e1"), row(event_id="e2"), row(event_id="e1", summary="Other")])
    sheet.index = [2, 3, 4]
    listed = problems(sheet)
    assert listed[["row", "column", "came"]].to_numpy().tolist() == [[4, "event_id", "e1"]]
    assert "row 2" in listed["expected"][0]
    assert len(plan_events(sheet.assign(calendar=[WORK, WORK, HOME]), calendar=WORK)) == 3


CALENDARS = [
    ({"calendar": "Team"}, "Work", "calendar"),
    ({"calendar_id": "cal_unknown"}, "Home", "calendar_id"),
    ({"calendar_name": "Holidays"}, "read-only", "calendar_name"),
    ({"calendar": READONLY}, "read-only", "calendar"),
]


@pytest.mark.parametrize(("fields", "words", "column"), CALENDARS, ids=str)
def test_calendars_that_cannot_be_written_to(fields: dict[str, str], words: str, column: str, ann: Client) -> None:
    """Unknown, read-only, deleted calendars and names that fit none are problems of the row that names them."""
    listed = problems(row(**fields), client=ann)
    assert listed[["row", "column"]].to_numpy().tolist() == [[14, column]]
    assert words in listed["expected"][0]


def test_a_calendar_is_looked_up_in_a_known_account_only(ann: Client) -> None:
    """A row without an account is one problem: which of the accounts has its calendar cannot be known."""
    frame = pd.concat([row(calendar="Work", account="ann"), row(calendar="Work", account=None)], ignore_index=True)
    listed = problems(frame, client={"ann": ann, "ben": ann})
    assert listed["column"].tolist() == ["account"]


def test_calendars_of_the_call_concern_no_row(ann: Client) -> None:
    """An unknown calendar=, or a name without a client to look it up, raises even with skip_bad."""
    listed = problems(row(), client=ann, calendar="Team", skip_bad=True)
    assert listed[["column", "came"]].to_numpy().tolist() == [["calendar", "Team"]]
    assert "client=" in problems(row(), calendar="Team")["expected"][0]
    assert "client=" in problems(row(calendar="Team"), calendar=None)["expected"][0]
    assert "give calendar=" in problems(row(), calendar=None)["expected"][0]


def test_two_calendars_with_one_name_are_told_apart_by_id() -> None:
    """A name that two calendars have is a problem that lists their ids; one deleted or cut off is one as well."""
    office = small_office()
    (profile,) = office.accounts[0].profiles
    profile.calendars[1].calendar_name = "Work"
    profile.calendars[2].calendar_deleted = True
    with connect(sandbox=small_box(office=office)) as client:
        assert WORK in problems(row(calendar="Work"), client=client)["expected"][0]
        assert "deleted" in problems(row(calendar="Holidays"), client=client)["expected"][0]
        assert "deleted" in problems(row(calendar=READONLY), client=client)["expected"][0]
        profile.profile_connected = False
        assert "linked again" in problems(row(), client=client)["expected"][0]


def test_what_an_account_cannot_do_is_a_problem(ann: Client) -> None:
    """A conference that neither the calendar nor the account has is refused here and by the sandbox alike."""
    for profile in ("integrated", "pro_unknown"):
        listed = problems(row(conferencing_profile_id=profile), client=ann)
        assert listed["column"].tolist() == ["conferencing_profile_id"]
        with pytest.raises(Invalid):
            ann.call("create_event", wire(conferencing={"profile_id": profile}))


PERIODS = [
    ({"end": GOOD["start"]}, "end"),
    ({"start": "2026-03-10", "end": "2026-03-11"}, "start"),
    ({"available_period_id": "x" * 65}, "available_period_id"),
    ({"available_period_id": "périod"}, "available_period_id"),
    ({"tzid": "Mars/Olympus"}, "tzid"),
]


@pytest.mark.parametrize(("fields", "column"), PERIODS, ids=str)
def test_periods_that_cronofy_refuses_are_refused_here(fields: dict[str, str], column: str, ann: Client) -> None:
    """Periods are times that last, with ids of up to 64 ASCII characters."""
    with pytest.raises(FrameError) as caught:
        plan_available_periods(row(**fields))
    assert column in caught.value.problems["column"].tolist()
    sent = {"available_period_id": "p1", "start": GOOD["start"], "end": GOOD["end"], **fields}
    if "tzid" in sent:
        sent["start"] = {"time": sent["start"], "tzid": sent.pop("tzid")}
    with pytest.raises(Invalid):
        ann.call("upsert_available_period", sent)


# cells of all kinds, of which many make no sense in their column
JUNK: Any = st.one_of(
    st.none(),
    st.sampled_from([pd.NA, pd.NaT, float("nan"), float("inf"), "", " ", "[]", "{}", "null", "\ud800", "\x00", b"x"]),
    st.text(max_size=12),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.datetimes(timezones=st.sampled_from([ZoneInfo("Europe/Paris"), ZoneInfo("UTC")]), allow_imaginary=True),
    st.decimals().filter(lambda item: not item.is_snan()),  # pandas itself cannot print those
    st.timedeltas(),
    st.lists(st.integers() | st.text(max_size=3) | st.none(), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers() | st.lists(st.none(), max_size=2), max_size=2),
    st.sampled_from(
        [np.int64(3), np.float32(0.5), np.datetime64("2026-03-10"), np.array([1, 2]), Decimal("NaN"), 10**400, 10**5000]
    ),
)
NEAR = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda item: item.replace(microsecond=0))
ZONES = st.sampled_from(["UTC", "Europe/Paris", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe"])
TIMES = st.one_of(
    NEAR.map(lambda item: f"{item:%Y-%m-%dT%H:%M:%S}Z"),
    NEAR.map(lambda item: f"{item:%Y-%m-%d %H:%M}"),
    NEAR.map(lambda item: f"{item:%Y-%m-%d}"),
    NEAR.map(datetime.date),
    NEAR,
    st.tuples(NEAR, ZONES).map(lambda item: pd.Timestamp(item[0], tz="UTC").tz_convert(item[1])),
)
PEOPLE = st.lists(
    st.sampled_from(["a@x.org", "Bob <b@y.org>", '"Doe, Jane" <c@z.org>', "ann@example.test"]), max_size=3
)
CELLS: dict[str, Any] = {
    "summary": st.text(max_size=20),
    "start": TIMES,
    "end": TIMES,
    "all_day": st.booleans() | st.sampled_from(["yes", "no"]),
    "tzid": ZONES,
    "start_tzid": ZONES,
    "end_tzid": ZONES,
    "description": st.text(max_size=30),
    "location_description": st.text(max_size=20),
    "location_lat": st.floats(-90, 90),
    "location_long": st.floats(-180, 180),
    "url": st.sampled_from(["", "https://example.org/a?b=c", "tel:+123"]),
    "reminders": st.lists(st.integers(0, 99), max_size=5) | st.integers(0, 99) | st.sampled_from(["10, 30", "[5]", ""]),
    "reminders_create_only": st.booleans(),
    "transparency": st.sampled_from(["opaque", "transparent", "unknown"]),
    "extended_transparency": st.sampled_from(["out_of_office", "tentative", "unknown"]),
    "event_private": st.booleans() | st.sampled_from(["yes", "0"]),
    "color": st.just("#49BED8"),
    "attendees": PEOPLE.map("; ".join) | st.sampled_from(["[]", '[{"email": "d@x.org", "status": "accepted"}]']),
    "attendees_remove": PEOPLE.map(", ".join),
    "conferencing_profile_id": st.sampled_from(["default", "none", "explicit"]),
    "conferencing_join_url": st.just("https://meet.example.org/1"),
    "subscriptions": st.just(json.dumps(webhook())),
    "recurrence": st.sampled_from([json.dumps(recurrence(count=3)), recurrence(by_day=["monday"])]),
    "attachments": st.just('[{"attachment_id": "att_1"}]'),
    "tags": st.just('[{"value": "a"}]'),
    "locale": st.sampled_from(["en", "DE"]),
    "event_id": st.text(min_size=1, max_size=8),
    "event_uid": st.sampled_from(["evt_external_standup", "evt_external_dentist", "evt_external_gone", "evt_1"]),
    "calendar_id": st.sampled_from([WORK, HOME, READONLY, "cal_unknown"]),
    "calendar": st.sampled_from(["Work", "Home", "Nowhere"]),
    "deleted": st.booleans(),
    "owner": st.text(max_size=5),
}
OPTIONAL = [name for name in CELLS if name not in ("summary", "start", "end")]


@st.composite
def sheets(draw: st.DrawFn, *, junk: bool) -> pd.DataFrame:
    """Draw a sheet: some columns, some rows, cells that fit and, if asked for, cells that do not."""
    names = ["summary", "start", "end", *draw(st.lists(st.sampled_from(OPTIONAL), max_size=6, unique=True))]
    count = draw(st.integers(0, 4))
    columns = {}
    for name in names:
        cell = st.one_of(st.none(), CELLS[name], CELLS[name], *([JUNK] if junk else []))
        if name in ("summary", "start", "end") and not junk:
            cell = CELLS[name]
        cells = draw(st.lists(cell, min_size=count, max_size=count))
        columns[name] = _column(cells, mixed=draw(st.booleans()))
    frame = pd.DataFrame(columns)
    if not junk and draw(st.booleans()):
        frame["start"] = pd.date_range("2026-03-10 09:00", periods=count, freq="7h", tz=draw(ZONES))
        frame["end"] = frame["start"] + timedelta(minutes=30)
    frame.index = pd.Index(
        draw(st.lists(st.integers(0, 9) | st.text(max_size=2), min_size=count, max_size=count)), dtype=object
    )
    return frame


def _column(cells: list[Any], *, mixed: bool) -> pd.Series:
    """Return cells as a column of objects, or of the dtype that pandas sees in them."""
    column = pd.Series(cells, dtype=object)
    if mixed:
        return column
    try:
        return column.infer_objects()
    except (ValueError, UnicodeEncodeError):
        return column


def plan_or_none(plans: Any, frame: pd.DataFrame, **fields: Any) -> Plan | None:
    """Return a plan, or None where the frame was refused with problems that say so."""
    try:
        return plans(frame, **fields)
    except FrameError as refused:
        error = refused
    assert len(error.problems)
    assert str(error)
    return None


@given(
    sheets(junk=True),
    st.sampled_from([None, "Europe/London"]),
    st.booleans(),
    st.sampled_from([None, ["summary", "owner"]]),
)
@settings(max_examples=120)
def test_any_frame_is_planned_or_refused(frame: pd.DataFrame, tz: str | None, skip_bad: bool, key: Any) -> None:
    """For any sheet there is a plan of all its rows or a FrameError, and never another exception."""
    plan = plan_or_none(plan_events, frame, calendar=WORK, tz=tz, skip_bad=skip_bad, key=key)
    if plan is not None:
        assert len(plan) == len(frame)
        assert plan.index.tolist() == frame.index.tolist()
        assert isinstance(plan._repr_html_(), str)
        assert len(plan.frame()) == len(frame)


@given(sheets(junk=False))
@settings(max_examples=50)
def test_what_is_planned_is_accepted(frame: pd.DataFrame) -> None:
    """The sandbox accepts every row that a plan sends, and planned again it is unchanged."""
    with connect(sandbox=small_box()) as client:
        plan = plan_events(frame, calendar="Work", client=client, tz="Europe/London", skip_bad=True)
        for step in plan.steps():
            if step.sends:
                client.call(step.call, step.arguments)
        again = plan_events(frame, calendar="Work", client=client, tz="Europe/London", skip_bad=True)
        assert set(again.counts()) <= {"unchanged", "skip"}, again.frame()["changes"].dropna().tolist()


@given(sheets(junk=True))
@settings(max_examples=40)
def test_any_frame_is_deleted_or_refused(frame: pd.DataFrame) -> None:
    """Plans of deletions and available periods raise nothing but a FrameError either."""
    for plans in (plan_deletes, plan_available_periods):
        plan = plan_or_none(plans, frame, skip_bad=True)
        assert plan is None or len(plan) == len(frame)
