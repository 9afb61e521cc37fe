"""Times as Cronofy writes them."""

from datetime import UTC, date, datetime

import pytest

from cronofy_frames.frames.timestamps import parse_time

NINE = datetime(2026, 3, 4, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-03-04", date(2026, 3, 4)),
        ("2026-03-04T09:00:00Z", NINE),
        ("2026-03-04T09:00", NINE),
        ("2026-03-04 10:00:00+0100", NINE),
        ("2026-03-04T09:00:00.1234567Z", NINE.replace(microsecond=123456)),
        ("2026-03-04T09:00:00 Z", NINE),
        ("2026-03-04T09:00:00 UTC", NINE),
        ("2026-03-04 08:30 -00:30", NINE),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_times_are_instants_and_dates_are_dates(text: str, time: date) -> None:
    """Also with spaces and fractions that the standard library does not read; without an offset they are UTC."""
    assert parse_time(text) == time


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        "2026-02-30",
        "2026-02-30T09:00:00Z",
        "2026-03-04T24:01:00Z",
        "2026-03-04T09:00:00+24:00",
        "0000-01-01T00:00:00Z",
        "12026-01-01T00:00:00Z",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-05:00",
        "   2026-03-04   ",
    ],
)
def test_anything_else_is_a_value_error(text: str) -> None:
    """An instant before the first year or after the last one is none, and not another one."""
    with pytest.raises(ValueError, match=r"written as 2026|isoformat|day is out of range"):
        parse_time(text)
