"""Time use: each metric counted by hand, and the laws that hold between them."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import holidays as holidays_library
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cronofy_frames as cf
from cronofy_frames.frames.decoder import decode, empty
from cronofy_frames.intervals.operations import busy, gaps
from cronofy_frames.measures.catalogue import CATALOGUE, NAMES, metrics
from cronofy_frames.measures.metric_values import MetricValues
from cronofy_frames.measures.use import time_use
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.schema import EVENTS, FREE_BUSY
from tests.brute_measures import compare
from tests.event_rows import event, events, events_from_minutes, people

# what a warning says of frames without attrs has tests of its own, in tests/intervals/test_observation.py
pytestmark = pytest.mark.filterwarnings("ignore::cronofy_frames.intervals.observation.AssumedWarning")

ADDED = [
    *("scheduled_hours", "busy_hours", "conflict_hours", "meetings", "meeting_hours", "solo_hours"),
    *("after_hours_meetings", "weekend_meeting_hours", "conflicting_meeting_hours", "attendees_hours", "after_hours"),
    *("weekend_hours", "away_hours", "focus_hours", "back_to_back"),
]


WEEK = events(
    # Monday: one hour of a series, an hour and a half with an external person, half an hour of it overlapping
    event("2026-03-02 09:00", "2026-03-02 10:00", *people("ann", "bob"), organizer="ann", recurring=True),
    event(
        "2026-03-02 09:30",
        "2026-03-02 11:00",
        *people("ann", "cy@else.test"),
        organizer="ann",
        created="2026-03-01T09:30:00Z",
    ),
    # three minutes later an hour with one who declined
    event(
        "2026-03-02 11:03",
        "2026-03-02 12:03",
        *people("ann", "bob", dee="declined"),
        organizer="bob",
        created="2026-02-28T11:03:00Z",
    ),
    # Tuesday: three hours alone, two of them after work
    event("2026-03-03 16:00", "2026-03-03 19:00", created="2026-03-03T16:00:00Z"),
    # what was declined, cancelled, deleted or takes no time
    event(
        "2026-03-03 10:00",
        "2026-03-03 11:00",
        *people("bob", ann="declined"),
        organizer="bob",
        participation_status="declined",
    ),
    event("2026-03-04 10:00", "2026-03-04 11:00", *people("ann", "bob"), status="cancelled"),
    event("2026-03-04 11:00", "2026-03-04 12:00", *people("ann", "bob"), deleted=True),
    event("2026-03-04 12:00", "2026-03-04 13:00", transparency="transparent"),
    event("2026-03-05", "2026-03-06"),
    # Saturday: half an hour alone, and a meeting of half an hour
    event("2026-03-07 10:00", "2026-03-07 10:30"),
    event(
        "2026-03-07 12:00", "2026-03-07 12:30", *people("ann", "bob"), organizer="ann", created="2026-03-06T00:00:00Z"
    ),
    # Friday is a day of leave, and Thursday an afternoon of which the last hour is after work
    event("2026-03-06", "2026-03-07", extended_transparency="out_of_office"),
    event("2026-03-05 14:00", "2026-03-05 18:00", extended_transparency="out_of_office"),
    # on Wednesday a meeting after work
    event(
        "2026-03-04 17:00", "2026-03-04 18:00", *people("ann", "bob"), organizer="ann", created="2026-03-04T05:00:00Z"
    ),
)

BY_HAND = {
    "scheduled_hours": 8.5,  # 1 + 1.5 + 1 + 3 + 0.5 + 0.5 + 1
    "busy_hours": 8.0,  # 9:00-11:00 is 2, and 1 + 3 + 0.5 + 0.5 + 1
    "conflict_hours": 0.5,  # 9:30-10:00
    "meetings": 5.0,  # three on Monday, on Wednesday and on Saturday
    "meeting_hours": 4.5,  # 9:00-11:00 is 2, and 1 + 0.5 + 1
    "solo_hours": 3.5,  # Tuesday and Saturday
    "after_hours_meetings": 1.0,  # Wednesday
    "weekend_meeting_hours": 0.5,  # Saturday
    "conflicting_meeting_hours": 2.5,  # the first two on Monday, whole
    "attendees_hours": 10.0,  # 1 * 2 + 1.5 * 2 + 1 * 2, for Dee declined, and 1.5 * 2
    "recurring_share": 1 / 8.5,
    "external_share": 1.5 / 5,
    "after_hours": 3.0,  # Tuesday 17:00-19:00, and Wednesday
    "weekend_hours": 1.0,  # Saturday
    "away_hours": 11.0,  # Friday is 8, Thursday 14:00-17:00
    "focus_hours": 4.95 + 8 + 8 + 5,  # Monday 12:03-17:00, Tuesday with the hours alone, Wednesday, Thursday to 14:00
    "longest_free_block": 8.0,  # Wednesday
    "back_to_back": 1.0,  # 11:03 after 11:00
    "median_lead_time": 30.0,  # 12, 24, 36 and 48 hours; the series is left out
    "declined_share": 1 / 6,  # one of the six that are not cancelled and have people
}


@pytest.mark.parametrize("name", NAMES)
def test_each_metric_is_as_counted_by_hand(name: str) -> None:
    """`time_use` gives the numbers of `WEEK` that are worked out next to it."""
    result = time_use(WEEK, start="2026-03-02", end="2026-03-09", own_domains="x.test")
    assert len(result) == 1
    assert result[name].iloc[0] == pytest.approx(BY_HAND[name])


def test_the_catalogue_and_the_columns_have_the_same_names() -> None:
    """`metrics()` explains each column of `time_use`, in its order, and `MetricValues` has each."""
    result = time_use(WEEK)
    assert metrics()["name"].tolist() == result.columns[1:].tolist() == list(BY_HAND)
    assert all(hasattr(MetricValues, name) for name in NAMES)
    assert metrics().columns.tolist() == [*("name", "unit", "definition", "formula", "arguments", "viva", "google")]
    assert (result.dtypes.iloc[1:] == np.float64).all()
    assert all(text.endswith(".") for text in metrics()["definition"])


def busy_quarter() -> pd.DataFrame:
    """Return some thousand rows of every kind, the same every time."""
    rng, other_rng = np.random.default_rng(5), np.random.default_rng(6)
    rows = []
    for _ in range(1500):
        start = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(minutes=15 * int(rng.integers(0, 4 * 24 * 60)))
        until = start + timedelta(minutes=15 * int(rng.integers(1, 12)))
        attendees = people(
            *rng.choice(["ann", "bob", "cy@else.test", "dee"], int(rng.integers(0, 4)), replace=False).tolist()
        )
        created = (start - timedelta(hours=int(rng.integers(1, 500)))).strftime("%Y-%m-%dT%H:%M:%SZ")
        text = "%Y-%m-%d" if rng.random() < 0.02 else "%Y-%m-%d %H:%M"
        more = {
            "status": str(rng.choice(["confirmed", "tentative"])),
            "participation_status": str(rng.choice(["accepted", "declined", "tentative"], p=[0.6, 0.2, 0.2])),
            "recurring": bool(rng.random() < 0.5),
            "created": created,
            "extended_transparency": "out_of_office" if other_rng.random() < 0.1 else "opaque",
        }
        end = until + timedelta(days=1) if text == "%Y-%m-%d" else until
        rows.append(
            event(start.strftime(text), end.strftime(text), *attendees, organizer="bob" if attendees else "", **more)
        )
    return events(*rows)


CHANGES = {
    "tentative": False,
    "all_day": "busy",
    "working_hours": {"mon": ("10:00", "15:30"), "sat": ("09:00", "12:30")},
    "holidays": pd.bdate_range("2026-03-03", "2026-04-28"),
    "own_domains": ["else.test"],
    "focus": "30min",
    "away": "busy",
    "per": "account",
    "tz": "Pacific/Auckland",
}


@pytest.mark.parametrize("seed", range(12))
def test_random_calendars_are_as_counted_minute_by_minute(seed: int) -> None:
    """Two people and more with meetings, leave, overlaps and time that was not read, on nights when clocks change."""
    compare(seed)


@pytest.mark.parametrize("argument", CHANGES)
def test_the_catalogue_names_the_arguments_that_change_a_metric(argument: str) -> None:
    """An argument changes exactly those metrics whose entry in the catalogue names it."""
    frame = busy_quarter()
    if argument == "per":
        frame = pd.concat([frame.assign(account="a"), frame.iloc[::3].assign(account="b")], ignore_index=True)
    freq = "D" if argument == "away" else None  # days away show in single days only, as other days have longer blocks
    window = {"start": "2026-03-02T00:00Z", "end": "2026-05-01T00:00Z", "freq": freq, "own_domains": ["x.test"]}
    before, after = time_use(frame, **window), time_use(frame, **{**window, argument: CHANGES[argument]})
    changed = {name for name in NAMES if not before[name].equals(after[name])}
    assert changed == {metric.name for metric in CATALOGUE if argument in metric.arguments}


ZONES = st.sampled_from(["UTC", "Europe/London", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Havana"])
SPAN = st.tuples(st.integers(0, 20_160), st.integers(0, 3000), st.sampled_from("ab"), st.booleans())
ROWS = st.lists(SPAN, min_size=1, max_size=12)


WINDOW = {"start": "2026-03-23", "end": "2026-04-06"}


@settings(max_examples=20)
@given(ROWS, ZONES)
def test_days_add_up_to_weeks(rows: list[tuple[int, int, str, bool]], tz: str) -> None:
    """Metrics that add up within a day add up over days: the sum over days is the week."""
    frame = events_from_minutes(rows, tz)
    days, weeks = (time_use(frame, **WINDOW, freq=freq, metrics=ADDED) for freq in ("D", "W"))
    assert (len(days), len(weeks)) == (14, 2)
    summed = days[ADDED].to_numpy().reshape(2, 7, len(ADDED)).sum(axis=1)
    np.testing.assert_allclose(summed, weeks[ADDED].to_numpy(), atol=1e-9)


@settings(max_examples=20)
@given(ROWS, ZONES)
def test_busy_is_part_of_scheduled(rows: list[tuple[int, int, str, bool]], tz: str) -> None:
    """Busy time is at most scheduled time; the difference is conflict, and time outside work is part of busy."""
    result = time_use(events_from_minutes(rows, tz).drop(columns="account"), **WINDOW, freq="D")
    assert (result["busy_hours"] <= result["scheduled_hours"]).all()
    assert (result["busy_hours"] <= 25).all()
    assert (result["scheduled_hours"] - result["busy_hours"] == result["conflict_hours"]).all()
    assert (result["after_hours"] + result["weekend_hours"] <= result["busy_hours"] + 1e-9).all()
    assert (result[["after_hours", "weekend_hours"]] >= 0).all(axis=None)


@settings(max_examples=20)
@given(ROWS, ZONES)
def test_busy_and_free_are_those_of_the_intervals(rows: list[tuple[int, int, str, bool]], tz: str) -> None:
    """busy_hours is the length of `busy`, focus_hours that of `gaps`, in the same window."""
    frame = events_from_minutes(rows, tz).drop(columns="account")
    result = time_use(frame, **WINDOW, freq=None, focus="free").iloc[0]
    start, end = (pd.Timestamp(WINDOW[name], tz=tz) for name in ("start", "end"))
    taken = busy(frame)
    inside = (taken["end"].clip(upper=end) - taken["start"].clip(lower=start)).dt.total_seconds().clip(lower=0)
    assert result["busy_hours"] == pytest.approx(inside.sum() / 3600)
    free = gaps(frame, start, end, working_hours=("09:00", "17:00"))
    lengths = (free["end"] - free["start"]).dt.total_seconds() / 3600
    assert result["focus_hours"] == pytest.approx(lengths[lengths >= 2].sum())
    assert result["longest_free_block"] == pytest.approx(lengths.max() if len(lengths) else 0)


@settings(max_examples=15)
@given(ROWS, ZONES)
def test_hours_are_local_time(rows: list[tuple[int, int, str, bool]], tz: str) -> None:
    """Counting local minutes, also on nights when clocks change, gives the same hours."""
    frame = events_from_minutes(rows, tz).drop(columns="account")
    result = time_use(frame, **WINDOW, freq="D", holidays=[date(2026, 3, 25)])
    start, end = (pd.Timestamp(WINDOW[name], tz=tz) for name in ("start", "end"))
    clock = pd.date_range(start, end, freq="min", inclusive="left")
    taken = np.zeros(len(clock), int)
    for since, until in zip(frame["start"], frame["end"], strict=True):
        taken[(clock >= since) & (clock < until)] += 1
    day = clock.tz_localize(None).normalize()
    works = (day.day_of_week < 5) & (day != pd.Timestamp("2026-03-25"))
    at_work = works & (clock.hour >= 9) & (clock.hour < 17)
    expected = pd.DataFrame(
        {
            "scheduled_hours": taken,
            "busy_hours": taken > 0,
            "after_hours": (taken > 0) & works & ~at_work,
            "weekend_hours": (taken > 0) & ~works,
        }
    )
    counted = expected.groupby(day).sum() / 60
    np.testing.assert_allclose(result[counted.columns].to_numpy(), counted.to_numpy(), atol=1e-9)


@settings(max_examples=20)
@given(ROWS)
def test_a_group_is_measured_as_though_it_were_alone(rows: list[tuple[int, int, str, bool]]) -> None:
    """A group has the same metrics as a frame with its rows only."""
    frame = events_from_minutes(rows).drop(columns="account")
    result = time_use(frame, by="calendar_id", **WINDOW)
    for label, part in result.groupby("calendar_id"):
        alone = time_use(frame[frame["calendar_id"] == label], **WINDOW)
        pd.testing.assert_frame_equal(part.drop(columns="calendar_id").reset_index(drop=True), alone)


@settings(max_examples=20)
@given(ROWS)
def test_accounts_add_up(rows: list[tuple[int, int, str, bool]]) -> None:
    """Without by, hours and counts are the sums over accounts, the longest block is the mean, shares are of sums."""
    frame = events_from_minutes(rows).assign(
        recurring=lambda frame: pd.array(np.arange(len(frame)) % 3 == 0, "boolean")
    )
    whole, each = time_use(frame, **WINDOW, per="account"), time_use(frame, **WINDOW, by="account")
    periods = each.groupby("period", as_index=False)
    np.testing.assert_allclose(whole[ADDED], periods[ADDED].sum()[ADDED], atol=1e-9)
    np.testing.assert_allclose(whole["longest_free_block"], periods["longest_free_block"].mean()["longest_free_block"])
    series = (each["recurring_share"].fillna(0) * each["scheduled_hours"]).groupby(each["period"]).sum().to_numpy()
    shares = whole["recurring_share"].fillna(0) * whole["scheduled_hours"]
    np.testing.assert_allclose(shares, series, atol=1e-9)


@settings(max_examples=20)
@given(ROWS)
def test_scheduled_hours_are_the_sum_of_groups(rows: list[tuple[int, int, str, bool]]) -> None:
    """Sums over groups are the same for scheduled_hours, meetings and attendees_hours, and no less for busy_hours."""
    frame = events_from_minutes(rows).drop(columns="account")
    whole, groups = time_use(frame, **WINDOW), time_use(frame, by=["calendar_id", "attendees"], **WINDOW)
    summed = groups.groupby("period", as_index=False)[ADDED].sum()
    same = ["scheduled_hours", "meetings", "attendees_hours"]
    np.testing.assert_allclose(whole[same], summed[same], atol=1e-9)
    assert (whole["busy_hours"] <= summed["busy_hours"] + 1e-9).all()


@pytest.mark.parametrize(
    ("freq", "starts"),
    [
        ("D", ["2026-03-28", "2026-03-29", "2026-03-30"]),
        ("W", ["2026-03-23", "2026-03-30"]),
        ("MS", ["2026-03-01"]),
        ("QS", ["2026-01-01"]),
        (None, ["2026-03-28"]),
    ],
)
def test_periods_begin_at_local_midnight(freq: Any, starts: list[str]) -> None:
    """Each period of the window has a row with its start; rows outside the window do not count."""
    frame = events(event("2026-03-27 10:00", "2026-04-05 10:00"), tz="Europe/London")
    result = time_use(frame, freq=freq, start="2026-03-28", end="2026-03-31")
    assert result["period"].tolist() == [pd.Timestamp(text, tz="Europe/London") for text in starts]
    assert result["period"].dtype == "datetime64[us, Europe/London]"
    assert result["busy_hours"].sum() == 71  # the 29th has 23 hours


def test_a_day_that_a_zone_skipped_has_no_row() -> None:
    """Samoa had no 30 December 2011."""
    frame = events(event("2011-12-29 00:00", "2012-01-02 00:00"), tz="Pacific/Apia")
    result = time_use(frame, freq="D", start="2011-12-29", end="2012-01-01")
    assert result["period"].dt.day.tolist() == [29, 31]
    assert result["busy_hours"].tolist() == [24, 24]


def test_the_window_is_what_was_read(client: cf.Client) -> None:
    """Without bounds the periods are those of the read, also where there are no events."""
    read = cf.read_events(client, "2026-02-02", "2026-03-16")
    result = time_use(read)
    assert len(result) == 6
    assert result["busy_hours"].iloc[0] == 0
    assert result.attrs["cronofy"]["start"] == "2026-02-02T00:00:00+00:00"
    json.dumps(result.attrs)


def test_an_empty_frame_has_rows_of_zeros() -> None:
    """Without events hours and counts are 0 and shares are NaN; groups that do not occur have no rows."""
    nothing = empty(EVENTS, "Europe/London")
    result = time_use(nothing, start="2026-03-02", end="2026-03-16", own_domains="x.test")
    assert result["busy_hours"].tolist() == [0, 0]
    assert result["focus_hours"].tolist() == [40, 40]
    assert result[["recurring_share", "external_share", "median_lead_time", "declined_share"]].isna().all(axis=None)
    grouped = time_use(nothing, start="2026-03-02", end="2026-03-16", by="organizer_email")
    assert grouped.columns.tolist() == ["organizer_email", *result.columns]
    assert grouped.dtypes.iloc[1:].tolist() == result.dtypes.tolist()
    assert len(grouped) == 0
    with pytest.raises(ValueError, match="give start= and end="):
        time_use(nothing)


def test_free_busy_counts_each_row_as_a_meeting() -> None:
    """Each free/busy row is a meeting; metrics that need attendees are NaN."""
    rows = [{"start": "2026-03-02T09:00:00Z", "end": "2026-03-02T10:00:00Z", "free_busy_status": "busy"}] * 2
    result = time_use(decode([json.dumps({"free_busy": rows}).encode()], FREE_BUSY, rows="free_busy")).iloc[0]
    assert (result["meetings"], result["scheduled_hours"], result["busy_hours"]) == (2, 2, 1)
    nothing = ["attendees_hours", "recurring_share", "external_share", "median_lead_time", "declined_share"]
    assert result[nothing].isna().all()


@pytest.mark.parametrize(
    ("attendees", "organizer", "account", "meets"),
    [
        ([], "", None, False),
        ([], "bob", None, False),
        (people("ann"), "", None, False),
        (people("ann"), "ann", None, False),
        (people("ann"), "ANN@x.test", None, False),
        (people("ann"), "bob", None, True),
        (people("ann", "bob"), "", None, True),
        (people("bob"), "", "ann@x.test", True),
        (people("ann"), "", "ann@x.test", False),
        (people("ann"), "", "Ann", False),
        (people("ann", "room@resource.calendar.google.com"), "ann", None, False),
    ],
)
def test_meetings_have_two_people(
    attendees: list[dict[str, str]], organizer: str, account: str | None, meets: bool
) -> None:
    """A meeting has an attendee, and two people among attendees, organizer and account; rooms do not count."""
    more = {} if account is None else {"account": account}
    frame = events(event("2026-03-02 09:00", "2026-03-02 10:00", *attendees, organizer=organizer, **more))
    assert time_use(frame)["meetings"].tolist() == [float(meets)]


def test_rows_without_attendees_are_meetings() -> None:
    """Rows with unknown attendees count as meetings."""
    row = event("2026-03-02 09:00", "2026-03-02 10:00")
    frame = events(row, {name: value for name, value in row.items() if name != "attendees"})
    assert time_use(frame)["meetings"].tolist() == [1]
    assert time_use(frame)["attendees_hours"].tolist() == [1]


@pytest.mark.parametrize(
    ("later", "count"), [(-1, 0), (0, 1), (5, 1), (6, 0)], ids=["overlaps", "at once", "five minutes", "six"]
)
def test_back_to_back(later: int, count: int) -> None:
    """A meeting that starts 0 to 5 minutes after the end of another of the same account follows it."""
    rows = [(0, 60, "a", True), (60 + later, 30, "a", True), (60 + later, 30, "b", True), (0, 60, "b", False)]
    result = time_use(events_from_minutes(rows), by="account", freq=None)
    assert result["back_to_back"].tolist() == [count, 0]


def test_subdomains_are_internal() -> None:
    """Addresses in subdomains are internal, those that only end alike are not; declined attendees do not count."""
    guests = [people("a@eu.x.test"), people("a@notx.test"), people(**{"a@y.test": "declined"})]
    rows = [
        event(f"2026-03-0{n} 09:00", f"2026-03-0{n} 10:00", *people("ann"), *guest, organizer="ann")
        for n, guest in enumerate(guests, 2)
    ]
    assert time_use(events(*rows), freq="D", own_domains=["X.test"])["external_share"].tolist() == [0, 1, 0]


def test_own_meetings_are_not_invitations() -> None:
    """Meetings that the account organized itself, and unknown replies, are not invitations."""
    rows = [
        event("2026-03-02 09:00", "2026-03-02 10:00", *people("ann", "bob"), organizer="ann", account="ann@x.test"),
        event("2026-03-02 10:00", "2026-03-02 11:00", *people("ann", "bob"), organizer="bob", account="ann@x.test"),
        event(
            "2026-03-02 10:00",
            "2026-03-02 11:00",
            *people("ann", "bob"),
            organizer="bob",
            account="ann@x.test",
            participation_status="declined",
        ),
        event(
            "2026-03-02 11:00",
            "2026-03-02 12:00",
            *people("ann", "bob"),
            organizer="bob",
            account="ann@x.test",
            participation_status="unknown",
        ),
    ]
    assert time_use(events(*rows))["declined_share"].tolist() == [0.5]


def all_day_frame(*days: tuple[str, str], account: str | None = None) -> pd.DataFrame:
    """Return a calendar of holidays, in a zone of its own."""
    more = {} if account is None else {"account": account}
    return events(*(event(start, end, transparency="transparent", **more) for start, end in days), tz="Asia/Tokyo")


@pytest.mark.parametrize(
    "holidays",
    [
        "2026-04-03",
        date(2026, 4, 3),
        ["2026-04-03", "2026-04-03"],
        pd.DatetimeIndex(["2026-04-03"]),
        [pd.Period("2026-04-03", "D")],
        {date(2026, 4, 3): "Good Friday"},
        holidays_library.country_holidays("GB", subdiv="ENG"),
        all_day_frame(("2026-04-03", "2026-04-04")),
    ],
    ids=lambda holidays: type(holidays).__name__,
)
def test_holidays_have_no_working_hours(holidays: Any) -> None:
    """A holiday in any form counts as a weekend: there are no after hours and no focus time."""
    frame = events(event("2026-04-03 08:00", "2026-04-03 11:00"), tz="Europe/London")
    window = {"start": "2026-03-30", "end": "2026-04-06", "focus": "free"}
    result = time_use(frame, **window, holidays=holidays).iloc[0]
    assert (result["weekend_hours"], result["after_hours"], result["focus_hours"]) == (3, 0, 32)
    without = time_use(frame, **window).iloc[0]
    assert (without["weekend_hours"], without["after_hours"], without["focus_hours"]) == (0, 0, 37)


def leave(start: str, end: str, **more: Any) -> dict[str, Any]:
    """Return a row that is marked as time out of office."""
    return event(start, end, extended_transparency="out_of_office", **more)


@pytest.mark.parametrize(
    "rows",
    [
        [leave("2026-03-02", "2026-03-07")],
        [leave("2026-03-02 00:00", "2026-03-07 00:00")],
        [leave(f"2026-03-0{day} 08:00", f"2026-03-0{day} 18:00") for day in range(2, 7)],
        [leave("2026-03-02", "2026-03-05"), leave("2026-03-04", "2026-03-07")],
    ],
    ids=["days", "one span", "each day", "twice on Wednesday"],
)
@pytest.mark.parametrize("all_day", ["ignore", "busy"])
def test_leave_is_away_and_not_work(rows: list[dict[str, Any]], all_day: Any) -> None:
    """Five days of leave are 40 hours away: neither busy, nor meetings, nor focus, nor outside working hours."""
    window = {"start": "2026-03-02", "end": "2026-03-09"}
    result = time_use(events(*rows), **window, all_day=all_day).iloc[0]
    assert result["away_hours"] == 40
    hours = ["scheduled_hours", "busy_hours", "meeting_hours", "focus_hours", "after_hours", "weekend_hours"]
    assert result[hours].tolist() == [0] * len(hours)
    assert np.isnan(result["longest_free_block"])
    before = time_use(events(*rows), **window, all_day="busy", away="busy").iloc[0]
    assert before["away_hours"] == 0
    assert before["busy_hours"] in (50, 120)


def test_a_meeting_on_leave_counts_as_outside_work() -> None:
    """Half a day of leave has no working hours, a whole day is a day without any."""
    meeting = event("2026-03-03 14:00", "2026-03-03 15:00", *people("ann", "bob"))
    window = {"start": "2026-03-02", "end": "2026-03-09"}
    half = time_use(events(meeting, leave("2026-03-03 13:00", "2026-03-03 17:00")), **window).iloc[0]
    whole = time_use(events(meeting, leave("2026-03-03", "2026-03-04")), **window).iloc[0]
    assert (half["after_hours"], half["weekend_hours"], half["away_hours"], half["focus_hours"]) == (1, 0, 4, 36)
    assert (whole["after_hours"], whole["weekend_hours"], whole["away_hours"], whole["focus_hours"]) == (0, 1, 8, 32)


def test_leave_is_of_one_person() -> None:
    """The leave of one account leaves the hours of another as they are; transparent or declined rows are no leave."""
    rows = [
        leave("2026-03-02", "2026-03-07", account="ann"),
        leave("2026-03-02", "2026-03-07", account="bob", transparency="transparent"),
        leave("2026-03-02", "2026-03-07", account="bob", participation_status="declined"),
    ]
    result = time_use(events(*rows), start="2026-03-02", end="2026-03-09", by="account")
    assert result["away_hours"].tolist() == [40, 0]
    assert result["focus_hours"].tolist() == [0, 40]


def test_people_on_leave_are_not_free() -> None:
    """For busy, gaps and common_free a person on leave is not available."""
    frame = events(leave("2026-03-03 09:00", "2026-03-03 17:00"))
    assert len(busy(frame)) == 1
    assert len(gaps(frame, "2026-03-03 09:00", "2026-03-03 17:00")) == 0


def test_own_blocks_are_focus() -> None:
    """A row without another person leaves time for focus; focus='free' counts only what no row takes."""
    frame = events(
        event("2026-03-02 09:00", "2026-03-02 12:00"),
        event("2026-03-02 13:00", "2026-03-02 14:00", *people("ann", "bob")),
    )
    window = {"start": "2026-03-02", "end": "2026-03-03", "metrics": "focus_hours"}
    focus = {
        rule: time_use(frame, **window, focus=rule)["focus_hours"].iloc[0] for rule in ("2h", "free", ("free", "1h"))
    }
    assert focus == {"2h": 7, "free": 3, ("free", "1h"): 4}


def test_a_meeting_of_several_accounts_has_its_people_once() -> None:
    """attendees_hours has a meeting once in a group, and once for each account where they are groups or per says so."""
    meeting = event("2026-03-02 09:00", "2026-03-02 10:00", *people("ann", "bob"), organizer="ann", summary="x")
    frame = pd.concat(
        [events({**meeting, "account": label, "event_uid": label}) for label in ("a", "b")], ignore_index=True
    )
    options: dict[str, Any] = {"start": "2026-03-02", "end": "2026-03-03", "metrics": "attendees_hours"}
    assert time_use(frame, **options)["attendees_hours"].tolist() == [2]
    assert time_use(frame, **options, per="account")["attendees_hours"].tolist() == [4]
    assert time_use(frame, **options, by="account")["attendees_hours"].tolist() == [2, 2]
    declined = frame.assign(participation_status=["declined", "accepted"])
    assert time_use(declined, **options)["attendees_hours"].tolist() == [2]


def test_each_account_has_its_own_holidays_and_hours() -> None:
    """Frames of holidays and working hours with accounts apply to each account."""
    row = ("2026-03-03 08:00", "2026-03-03 10:00")
    frame = events(event(*row, account="ann"), event(*row, account="bob"))
    off = all_day_frame(("2026-03-03", "2026-03-04"), account="bob")
    result = time_use(frame, by="account", freq=None, holidays=off)
    assert result["after_hours"].tolist() == [1, 0]
    assert result["weekend_hours"].tolist() == [0, 2]
    rule = {"tzid": "UTC", "day": "tuesday"}
    rules = pd.DataFrame(
        [
            {"account": "ann", **rule, "start_time": "08:00", "end_time": "09:00"},
            {"account": "bob", **rule, "start_time": "12:00", "end_time": "16:00"},
        ]
    )
    result = time_use(frame, by="account", freq=None, working_hours=rules, start="2026-03-02", end="2026-03-09")
    assert result["after_hours"].tolist() == [1, 2]
    assert result["focus_hours"].tolist() == [0, 4]
    assert result["longest_free_block"].tolist() == [0, 4]
    with pytest.raises(ValueError, match="rules of several accounts"):
        time_use(frame.drop(columns="account"), working_hours=rules)


def test_work_overnight_is_work_on_both_days() -> None:
    """A night shift makes both days working days, and a block is cut at the end of a period."""
    frame = events(event("2026-03-03 05:00", "2026-03-03 07:00"))
    hours = {"mon": ("22:00", "06:00")}
    result = time_use(frame, freq="D", start="2026-03-02", end="2026-03-04", working_hours=hours, focus="free")
    assert result["after_hours"].tolist() == [0, 1]
    assert result["weekend_hours"].tolist() == [0, 0]
    assert result["focus_hours"].tolist() == [2, 5]
    assert result["longest_free_block"].tolist() == [2, 5]


def test_few_accounts_are_hidden() -> None:
    """A period has numbers only if at least min_group accounts have rows that count in it."""
    rows = [
        event("2026-03-02 09:00", "2026-03-02 10:00", organizer="bob", account="a"),
        event("2026-03-02 09:00", "2026-03-02 10:00", organizer="bob", account="b"),
        event("2026-03-03 09:00", "2026-03-03 10:00", organizer="bob", account="a"),
        event("2026-03-03 09:00", "2026-03-03 10:00", organizer="bob", account="a"),
        event("2026-03-03 09:00", "2026-03-03 10:00", organizer="bob", account="b", participation_status="declined"),
    ]
    result = time_use(events(*rows), freq="D", by="organizer_email", min_group=2)
    assert result["busy_hours"].notna().tolist() == [True, False]
    assert result.loc[1, list(NAMES)].isna().all()
    assert result.attrs["cronofy"]["hidden"] == 1
    assert "hidden" not in time_use(events(*rows)).attrs.get("cronofy", {})
    with pytest.raises(ValueError, match="no column account"):
        time_use(events(rows[0]).drop(columns="account"), min_group=2)
    for value in (0, -1, True, "2"):
        with pytest.raises(ValueError, match="at least 1"):
            time_use(events(*rows), min_group=value)  # type: ignore[arg-type]


def test_accounts_without_rows_are_free(box: Sandbox) -> None:
    """An account that was read and has no rows has free time, by account and in sums."""
    ann = cf.connect(sandbox=box)
    read = cf.read_events({"ann": ann, "twin": ann}, "2026-03-02", "2026-03-09")
    read = read[read["account"] == "ann"]
    read.attrs["cronofy"]["accounts"]["twin"]["rows"] = 0
    result = time_use(read, by="account")
    assert result["account"].tolist() == ["ann", "twin"]
    assert result["focus_hours"].iloc[1] == 40
    assert time_use(read)["focus_hours"].iloc[0] == result["focus_hours"].sum()


def test_missing_groups_are_a_group() -> None:
    """Rows with a missing group have rows of their own, last."""
    rows = [event("2026-03-02 09:00", "2026-03-02 10:00", organizer=name) for name in ("", "bob")]
    result = time_use(events(*rows), by="organizer_email")
    assert result["organizer_email"].fillna("none").tolist() == ["bob@x.test", "none"]
    assert result["busy_hours"].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("arguments", "result"),
    [
        ({"freq": "M"}, "freq is 'D'"),
        ({"by": "colour"}, "not a column to group by"),
        ({"by": "period"}, "name of a column of the result"),
        ({"metrics": ["busy_hour"]}, "choose from busy_hours"),
        ({"focus": "0h"}, "focus is a timedelta"),
        ({"focus": ("busy", "1h")}, "focus is a length"),
        ({"focus": ("free", "1")}, "focus is a timedelta"),
        ({"away": "ignore"}, "away is 'off' or 'busy'"),
        ({"per": "calendar"}, "per is 'meeting' or 'account', not"),
        ({"per": "person"}, r"plot_time_use\(per='person'\) draws"),
        ({"all_day": "free"}, "all_day is"),
        ({"own_domains": ["x.test", 3]}, "own_domains is a domain"),
        ({"own_domains": "ours"}, "own_domains is a domain"),
        ({"holidays": ["01/02/2026"]}, "a holiday is a date"),
        ({"holidays": pd.DataFrame({"date": ["2026-03-02"]})}, "has no start, end, all_day"),
        ({"working_hours": "9-5"}, "working_hours is a pair"),
        ({"tz": "London"}, "a time zone is an IANA name"),
        ({"start": "2026-03-09", "end": "2026-03-02"}, "must be after start"),
    ],
    ids=lambda options: next(iter(options)) if isinstance(options, dict) else "",
)
def test_invalid_arguments_are_refused(arguments: dict[str, Any], result: str) -> None:
    """The message says what is valid."""
    with pytest.raises(ValueError, match=result):
        time_use(WEEK.assign(period="q1"), **arguments)


def test_metrics_are_in_the_given_order() -> None:
    """Only the given metrics, one or several, each once."""
    assert time_use(WEEK, metrics=["meetings", "busy_hours", "meetings"]).columns.tolist() == [
        *("period", "meetings", "busy_hours")
    ]
    assert time_use(WEEK, metrics="meetings").columns.tolist() == ["period", "meetings"]


def test_the_frame_is_not_changed() -> None:
    """Neither the rows nor the attrs of the frame change."""
    before = WEEK.copy(deep=True)
    time_use(WEEK, min_group=None, tz="Asia/Tokyo", by="calendar_id")
    pd.testing.assert_frame_equal(WEEK, before)
    assert WEEK.attrs == before.attrs


def many(count: int, accounts: int) -> pd.DataFrame:
    """Return events over a year, by many accounts."""
    rng = np.random.default_rng(1)
    start = pd.Timestamp("2025-01-01", tz="Europe/London") + pd.to_timedelta(rng.integers(0, 35_000, count) * 15, "min")
    lists = [json.dumps(people("ann", *(f"p{n}" for n in rng.integers(0, 500, 4)))) for _ in range(5000)]
    frame = empty(EVENTS, "Europe/London").reindex(range(count))
    return frame.assign(
        account=pd.Series(rng.integers(0, accounts, count).astype(str), dtype="str"),
        start=start,
        end=start + pd.to_timedelta(rng.integers(1, 8, count) * 15, "min"),
        all_day=False,
        deleted=False,
        created=start - pd.Timedelta("3D"),
        attendees=pd.Series([lists[n] for n in rng.integers(0, len(lists), count)], dtype="str"),
        organizer_email=pd.Series([f"p{n}@x.test" for n in rng.integers(0, 500, count)], dtype="str"),
    )


@pytest.mark.parametrize("by", [None, "account", "organizer_email"])
def test_a_year_of_fifty_accounts_adds_up(by: Any) -> None:
    """A hundred thousand events by fifty accounts, week by week: every meeting is counted once."""
    result = time_use(many(100_000, 50), by=by, own_domains="x.test")
    assert result["meetings"].sum() == pytest.approx(100_000, abs=5)
