"""Working hours as spans of time, against minute by minute."""

from datetime import time, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cronofy_frames.frames.reading import read_calendars
from cronofy_frames.frames.scheduling import read_availability_rules
from cronofy_frames.intervals.counting import timestamps
from cronofy_frames.intervals.observation import micro
from cronofy_frames.intervals.workdays import WEEKDAYS, Hours, working_time
from cronofy_frames.wire.client import Client
from tests.brute_intervals import NIGHTS, Night, covered_minutes, instant, runs, spans_of
from tests.brute_intervals import working_minutes as working_minutes

LENGTH, MARGIN = 2160, 2880


def local_spans(hours: Hours, start: str, end: str, tz: str = "Europe/London") -> list[tuple[str, str]]:
    """Return working hours as text."""
    window = [micro(pd.Timestamp(start_or_end, tz=tz)) for start_or_end in (start, end)]
    spans = working_time(hours, *window, tz=tz)
    return [
        (str(start_or_end)[:16], str(other)[:16])
        for start_or_end, other in zip(timestamps(spans.start, tz), timestamps(spans.end, tz), strict=True)
    ]


def text(minute: int) -> str:
    """Return minutes after midnight as a clock writes them."""
    return f"{minute // 60:02}:{minute % 60:02}"


stretches = st.lists(st.tuples(st.integers(0, 1439), st.integers(1, 1440)), max_size=2)


@settings(max_examples=40)
@given(st.sampled_from(NIGHTS), st.dictionaries(st.sampled_from(WEEKDAYS), stretches))
def test_hours_are_local_time(night: Night, week: dict[str, list[tuple[int, int]]]) -> None:
    """A stretch lasts from the first to the last minute with its local times, on any night."""
    hours = {day: [(text(start), text(end)) for start, end in ones] for day, ones in week.items()}
    result = working_time(hours, micro(instant(night, 0)), micro(instant(night, LENGTH)), tz=night.tz)
    frame = pd.DataFrame({"start": timestamps(result.start, night.tz), "end": timestamps(result.end, night.tz)})
    numbers = {
        WEEKDAYS.index(day): [(start, end if end > start else end + 1440) for start, end in ones]
        for day, ones in week.items()
    }
    # what is counted begins before the window and ends after it, for a stretch may
    before = night._replace(base=night.base - timedelta(minutes=MARGIN))
    expected = working_minutes(before, numbers, range(LENGTH + 2 * MARGIN))
    inside = {minute - MARGIN for minute in expected if 0 <= minute - MARGIN < LENGTH}
    assert spans_of(night, frame) == runs(inside)
    assert covered_minutes(spans_of(night, frame)) == inside


def test_a_pair_is_monday_to_friday() -> None:
    """The simple form, over a weekend."""
    assert local_spans(("09:00", "17:00"), "2026-03-05", "2026-03-10") == [
        ("2026-03-05 09:00", "2026-03-05 17:00"),
        ("2026-03-06 09:00", "2026-03-06 17:00"),
        ("2026-03-09 09:00", "2026-03-09 17:00"),
    ]


def test_days_have_names_numbers_and_several_stretches() -> None:
    """Names in any case, three letters, numbers from Monday; None and an empty list are no hours."""
    hours: Hours = {
        "Monday": ("09:00", "12:00"),
        "tue": [("9:00", "12:00"), ("13:00", "17:30")],
        2: [(time(8), time(9, 30))],
        "thursday": None,
        4: [],
    }
    assert local_spans(hours, "2026-03-02", "2026-03-09") == [
        ("2026-03-02 09:00", "2026-03-02 12:00"),
        ("2026-03-03 09:00", "2026-03-03 12:00"),
        ("2026-03-03 13:00", "2026-03-03 17:30"),
        ("2026-03-04 08:00", "2026-03-04 09:30"),
    ]


def test_nights_and_midnights() -> None:
    """An end that is not after its start is on the next day, also at the start of the window; 24:00 ends a day."""
    assert local_spans({"sun": ("22:00", "06:00")}, "2026-03-02", "2026-03-03") == [
        ("2026-03-02 00:00", "2026-03-02 06:00")
    ]
    assert local_spans({"mon": ("22:00", "24:00"), "tue": ("00:00", "01:00")}, "2026-03-02", "2026-03-04") == [
        ("2026-03-02 22:00", "2026-03-03 01:00")
    ]
    assert local_spans({"mon": ("00:00", "00:00")}, "2026-03-01", "2026-03-05") == [
        ("2026-03-02 00:00", "2026-03-03 00:00")
    ]


def test_a_night_shift_is_as_long_as_the_night() -> None:
    """Seven hours when the clocks go forward, nine when they go back."""
    for start, end, hours in (("2026-03-28", "2026-03-30", 7), ("2026-10-24", "2026-10-26", 9)):
        window = [micro(pd.Timestamp(bound, tz="Europe/London")) for bound in (start, end)]
        assert working_time({"sat": ("22:00", "06:00")}, *window, tz="Europe/London").length.tolist() == [
            hours * 3_600_000_000
        ]


def test_rules_have_zones_of_their_own() -> None:
    """Nine in New York is two in London, one when only America has changed its clocks; rules without a day are none."""
    rules = pd.DataFrame(
        {
            "tzid": pd.Series(["America/New_York", "Etc/UTC", None, "UTC"], dtype="str"),
            "day": pd.Series(["monday", "tuesday", "wednesday", None], dtype="str"),
            "start_time": pd.Series(["09:00", "09:00", "09:00", None], dtype="str"),
            "end_time": pd.Series(["10:00", "10:00", "24:00", None], dtype="str"),
        }
    )
    assert local_spans(rules, "2026-03-02", "2026-03-10") == [
        ("2026-03-02 14:00", "2026-03-02 15:00"),
        ("2026-03-03 09:00", "2026-03-03 10:00"),
        ("2026-03-04 09:00", "2026-03-05 00:00"),
        ("2026-03-09 13:00", "2026-03-09 14:00"),
    ]


def test_rules_as_they_are_read(client: Client) -> None:
    """What `read_availability_rules` returns is taken as it is, also when there are none."""
    assert local_spans(read_availability_rules(client), "2026-03-02", "2026-03-10") == []
    calendar = read_calendars(client)["calendar_id"].iloc[0]
    client.upsert_availability_rule(
        availability_rule_id="work",
        tzid="Europe/London",
        calendar_ids=[calendar],
        weekly_periods=[{"day": "monday", "start_time": "09:30", "end_time": "12:30"}],
    )
    assert local_spans(read_availability_rules(client), "2026-03-02", "2026-03-09") == [
        ("2026-03-02 09:30", "2026-03-02 12:30")
    ]


@pytest.mark.parametrize(
    ("hours", "message"),
    [
        (("09:00", "25:00"), "a time of day is text such as '09:30'"),
        (("9am", "17:00"), "'9am'"),
        (("24:00", "02:00"), "00:00"),
        (("09:00",), "a pair such as"),
        ("09:00-17:00", "a pair such as"),
        ({"mon": ["09:00", "12:00", "13:00"]}, "a pair such as"),
        ({"mon": "09:00"}, "a pair such as"),
        ({"montag": ("09:00", "17:00")}, "'montag'"),
        ({7: ("09:00", "17:00")}, "a number from 0 for Monday, not 7"),
        (pd.DataFrame({"day": ["monday"]}), "no start_time, end_time"),
    ],
)
def test_invalid_hours_are_refused(hours: Hours, message: str) -> None:
    """The message shows the expected form."""
    with pytest.raises(ValueError, match=message):
        local_spans(hours, "2026-03-02", "2026-03-03")
