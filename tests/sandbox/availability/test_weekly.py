"""Weekly rules as spans of time, checked against a local clock minute by minute."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cronofy_frames.sandbox.availability.solver import AvailabilityQuery, Group, Member, find_openings
from cronofy_frames.sandbox.availability.spans import TimeSet
from cronofy_frames.sandbox.availability.weekly import (
    DAYS,
    StoredAvailability,
    WeeklyPeriod,
    WeeklyRule,
    allowed_spans,
    parse_weekly_period,
    rule_spans,
    time_of_stored_availability,
)
from cronofy_frames.sandbox.model.times import InvalidTime
from tests import brute


def moment(text: str) -> int:
    """Return the second of a time in UTC, written as `2026-03-02 09:00`."""
    return brute.epoch(datetime.fromisoformat(text).replace(tzinfo=UTC))


def window(first: str, last: str) -> tuple[int, int]:
    """Return the span from the start of one UTC day to that of another."""
    return moment(first), moment(last)


def rule(tzid: str, *texts: str) -> WeeklyRule:
    """Return a rule with periods written as `monday 09:00-17:00`."""
    parts = [text.replace("-", " ").split() for text in texts]
    return WeeklyRule(tzid, tuple(parse_weekly_period(day, start, end) for day, start, end in parts))


def span_texts(spans: TimeSet) -> list[str]:
    """Return spans as `29 01:00-02:30` with the UTC day of the start."""
    return [
        f"{datetime.fromtimestamp(start, UTC):%d %H:%M}-{datetime.fromtimestamp(end, UTC):%H:%M}"
        for start, end in spans
    ]


MARCH = window("2026-03-01", "2026-04-01")
GAP = window("2026-03-29", "2026-03-30")  # London goes from 01:00 to 02:00
TWICE = window("2026-10-24", "2026-10-26")  # on the 25th London goes back from 02:00 to 01:00


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sunday 01:30-03:30", ["29 01:00-02:30"]),
        ("sunday 00:30-01:30", ["29 00:30-01:00"]),
        ("sunday 01:15-01:45", []),
        ("sunday 00:00-02:00", ["29 00:00-01:00"]),
        ("sunday 02:00-03:00", ["29 01:00-02:00"]),
    ],
)
def test_a_wall_time_that_is_jumped_over(text: str, expected: list[str]) -> None:
    """A local time that does not exist means the first instant after the gap."""
    assert span_texts(rule_spans(rule("Europe/London", text), GAP)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sunday 01:00-02:00", ["25 00:00-02:00"]),
        ("sunday 00:30-01:30", ["24 23:30-01:30"]),
        ("sunday 01:30-02:30", ["25 00:30-02:30"]),
        ("sunday 00:00-01:00", ["24 23:00-00:00"]),
        ("sunday 02:00-03:00", ["25 02:00-03:00"]),
    ],
)
def test_a_wall_time_that_comes_twice(text: str, expected: list[str]) -> None:
    """A period lasts from the first occurrence of its start to the last occurrence of its end."""
    assert span_texts(rule_spans(rule("Europe/London", text), TWICE)) == expected


def test_office_hours_move_with_the_clock() -> None:
    """Nine to five in Chicago is an hour earlier in UTC after clocks go forward."""
    spans = rule_spans(
        rule("America/Chicago", "friday 09:00-17:00", "monday 09:00-17:00"), window("2026-03-06", "2026-03-10")
    )
    assert span_texts(spans) == ["06 15:00-23:00", "09 14:00-22:00"]


def test_a_night_is_two_periods_that_touch() -> None:
    """Periods that end at 24:00 and start at 00:00 are one span; one that ends at 23:59 leaves a gap."""
    days = window("2026-03-02", "2026-03-04")
    whole = rule_spans(rule("Etc/UTC", "monday 22:00-24:00", "tuesday 00:00-06:00"), days)
    assert span_texts(whole) == ["02 22:00-06:00"]
    holed = rule_spans(rule("Etc/UTC", "monday 22:00-23:59", "tuesday 00:00-06:00"), days)
    assert span_texts(holed) == ["02 22:00-23:59", "03 00:00-06:00"]
    query = {"duration": 3600, "periods": (days,), "interval": 1800, "response_format": "overlapping_slots"}
    midnight = moment("2026-03-02 23:30")
    across = [AvailabilityQuery(groups=(Group((Member("a", allowed=spans),)),), **query) for spans in (whole, holed)]
    assert [midnight in {slot.start for slot in find_openings(spans)} for spans in across] == [True, False]


@pytest.mark.parametrize(
    ("tzid", "day", "last", "hours"),
    [
        ("America/Havana", "2026-10-31", "saturday", 2),  # 00:00 to 01:00 on Sunday comes twice
        ("America/Havana", "2026-03-07", "saturday", 2),  # and is jumped over
        ("America/Santiago", "2026-04-04", "saturday", 3),  # 23:00 to 24:00 comes twice
        ("Africa/Cairo", "2026-04-23", "thursday", 2),  # Friday begins at 01:00
    ],
)
def test_days_touch_whatever_clocks_do_at_midnight(tzid: str, day: str, last: str, hours: int) -> None:
    """A day ends when the next one starts, even if clocks change at midnight."""
    following = DAYS[DAYS.index(last) + 1]
    near = (moment(day), moment(day) + 3 * 86_400)
    evening = rule_spans(rule(tzid, f"{last} 22:00-24:00"), near)
    morning = rule_spans(rule(tzid, f"{following} 00:00-06:00"), near)
    assert evening[0][1] == morning[0][0]
    assert evening[0][1] - evening[0][0] == hours * 3600
    both = rule_spans(rule(tzid, f"{last} 22:00-24:00", f"{following} 00:00-06:00"), near)
    assert both == ((evening[0][0], morning[0][1]),)


def test_a_weekday_is_that_of_the_zone() -> None:
    """Monday at eight in Tokyo is Sunday in UTC."""
    spans = rule_spans(rule("Asia/Tokyo", "monday 08:00-09:00"), window("2026-03-01", "2026-03-03"))
    assert span_texts(spans) == ["01 23:00-00:00"]


def test_periods_that_overlap_are_one() -> None:
    """Entries of one day are merged where they overlap, in any order."""
    spans = rule_spans(
        rule("Etc/UTC", "monday 11:00-13:00", "monday 09:00-12:00", "monday 15:00-16:00"),
        window("2026-03-02", "2026-03-03"),
    )
    assert span_texts(spans) == ["02 09:00-13:00", "02 15:00-16:00"]


def test_a_window_cuts_what_reaches_beyond_it() -> None:
    """No time outside the window is returned."""
    cut = (moment("2026-03-02 10:00"), moment("2026-03-02 11:00"))
    assert rule_spans(rule("Etc/UTC", "monday 09:00-17:00"), cut) == (cut,)
    assert rule_spans(rule("Etc/UTC", "monday 09:00-17:00"), (cut[0], cut[0])) == ()


@pytest.mark.parametrize(
    ("day", "start", "end", "says"),
    [
        ("Monday", "09:00", "10:00", "day must be one of monday"),
        ("monday", "9:00", "10:00", "start_time must be a time of day"),
        ("monday", "24:00", "24:00", "start_time must be a time of day"),
        ("monday", "09:00", "24:01", "end_time must be a time of day"),
        ("monday", "09:00", "09:00", "end_time must be after start_time"),
        ("monday", "22:00", "06:00", "end_time must be after start_time"),
        ("monday", "22:00", "00:00", "end_time must be after start_time"),
    ],
)
def test_a_period_that_is_none_is_refused(day: str, start: str, end: str, says: str) -> None:
    """An invalid day or time, and an end that is not after the start, raise ValueError."""
    with pytest.raises(ValueError, match=says):
        parse_weekly_period(day, start, end)


def test_how_a_day_may_end() -> None:
    """A period may end at 24:00."""
    assert parse_weekly_period("tuesday", "22:00", "24:00") == WeeklyPeriod(1, 22 * 60, 24 * 60)


def test_a_zone_that_is_none_is_refused() -> None:
    """A rule in an unknown time zone raises InvalidTime."""
    with pytest.raises(InvalidTime):
        rule_spans(WeeklyRule("Mars/Olympus", ()), MARCH)


LONDON, HOUSTON = rule("Europe/London", "monday 09:00-12:00"), rule("America/Chicago", "monday 09:00-12:00")
DAY = window("2026-03-02", "2026-03-03")
ONE_OFF = (
    (moment("2026-03-02 11:00"), moment("2026-03-02 13:00")),
    (moment("2026-03-05 11:00"), moment("2026-03-05 12:00")),
)


def test_rules_and_stored_periods_add_up() -> None:
    """Within the window, time of any rule and of any stored period is available."""
    stored = StoredAvailability({"london": LONDON, "houston": HOUSTON}, ONE_OFF)
    assert span_texts(time_of_stored_availability(stored, DAY)) == ["02 09:00-13:00", "02 15:00-18:00"]
    assert span_texts(time_of_stored_availability(stored, DAY, rule_ids=["houston"])) == [
        "02 11:00-13:00",
        "02 15:00-18:00",
    ]
    assert span_texts(time_of_stored_availability(stored, DAY, rule_ids=[])) == ["02 11:00-13:00"]


def test_rules_alone_or_stored_periods_alone_count() -> None:
    """Rules without periods, and periods without rules, are available time."""
    assert span_texts(time_of_stored_availability(StoredAvailability({"london": LONDON}), DAY)) == ["02 09:00-12:00"]
    assert span_texts(time_of_stored_availability(StoredAvailability(periods=ONE_OFF), DAY)) == ["02 11:00-13:00"]


def test_nothing_stored_is_never_available() -> None:
    """Without stored availability, or with no rule selected, an account is never available."""
    assert time_of_stored_availability(StoredAvailability(), DAY) == ()
    assert time_of_stored_availability(StoredAvailability({"london": LONDON}), DAY, rule_ids=[]) == ()


def test_own_periods_bound_the_managed_ones() -> None:
    """The member's periods and stored availability must both hold; without either there is no limit."""
    managed = time_of_stored_availability(StoredAvailability({"london": LONDON}), DAY)
    own = ((moment("2026-03-02 11:00"), moment("2026-03-02 14:00")),)
    assert span_texts(allowed_spans(own, managed) or ()) == ["02 11:00-12:00"]
    assert (allowed_spans(own, None), allowed_spans(None, managed)) == (own, managed)
    assert allowed_spans(None, None) is None
    assert allowed_spans((), managed) == ()


CHANGES = [  # a few days around each change of the clock in 2026, and one where nothing changes
    ("Europe/London", "2026-03-27"),
    ("Europe/London", "2026-10-23"),
    ("America/Chicago", "2026-03-06"),
    ("America/Chicago", "2026-10-30"),
    ("Australia/Lord_Howe", "2026-04-03"),
    ("Australia/Lord_Howe", "2026-10-02"),
    ("Asia/Kathmandu", "2026-03-01"),
    ("Africa/Cairo", "2026-04-22"),
    ("Africa/Cairo", "2026-10-28"),
    ("America/Santiago", "2026-04-03"),
    ("America/Santiago", "2026-09-04"),
    ("America/Havana", "2026-03-07"),
    ("America/Havana", "2026-10-31"),
]

weekly = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 1439), st.integers(1, 1440))
    .map(lambda drawn: (drawn[0], min(drawn[1:]), max(drawn[1:])))
    .filter(lambda period: period[1] < period[2]),
    min_size=1,
    max_size=5,
)
nightly = st.lists(  # where clocks change
    st.tuples(st.integers(3, 6), st.integers(0, 210), st.integers(1, 90)).map(
        lambda drawn: (drawn[0], drawn[1], sum(drawn[1:]))
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize(("tzid", "first"), CHANGES)
@settings(max_examples=12)
@given(periods=st.one_of(weekly, nightly), cut=st.integers(0, 600))
def test_periods_are_what_the_clock_on_the_wall_shows(
    tzid: str, first: str, periods: list[tuple[int, int, int]], cut: int
) -> None:
    """A rule includes exactly the minutes at which the local clock is within one of its periods."""
    begin = datetime.fromisoformat(first).replace(tzinfo=UTC) + timedelta(minutes=cut)
    end = begin + timedelta(days=3, minutes=-cut // 2)
    laid = WeeklyRule(tzid, tuple(WeeklyPeriod(*period) for period in periods))
    spans = rule_spans(laid, (brute.epoch(begin), brute.epoch(end)))
    shown = brute.wall_clock(periods, tzid, (begin, end))
    assert all(edge % 60 == 0 for span in spans for edge in span)
    assert {at for start, stop in spans for at in range(start, stop, 60)} == {brute.epoch(at) for at in shown}
