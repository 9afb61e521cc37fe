"""Windows of a read: parsing start, end and tz, and cutting frames to them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from cronofy_frames.frames.bounds import Window, instant
from cronofy_frames.zones import zone_name


@pytest.mark.parametrize(
    "start",
    [
        "2026-03-01",
        date(2026, 3, 1),
        datetime(2026, 3, 1),
        pd.Timestamp("2026-03-01"),
        pd.Timestamp("2026-02-28 19:00", tz="America/New_York"),
        datetime(2026, 3, 1, tzinfo=UTC),
        pd.Period("2026-03", "M"),
        "2026-03-01T00:00:00Z",
    ],
)
def test_a_bound_may_come_in_any_form(start: object) -> None:
    """Text, date, datetime, Timestamp and Period give the same instant; naive values are read in tz."""
    assert instant(start, "Europe/London", "start") == pd.Timestamp("2026-03-01", tz="Europe/London")


def test_days_are_those_of_the_zone() -> None:
    """Midnights in tz are day bounds, and a time within a day also requests that day."""
    window = Window.of("2026-03-01", "2026-04-01", "America/New_York")
    assert window.days == {"from": "2026-03-01", "to": "2026-04-01"}
    assert Window.of("2026-03-01 10:00", "2026-03-01 12:00", "UTC").days == {"from": "2026-03-01", "to": "2026-03-02"}
    assert Window.of(None, None, "UTC").days == {}


def test_a_day_whose_midnight_does_not_exist_is_a_whole_day() -> None:
    """In Cairo the clocks go forward at midnight, so that day starts at 01:00."""
    window = Window.of("2026-04-24", "2026-04-25", "Africa/Cairo")
    assert window.start == pd.Timestamp("2026-04-24 01:00", tz="Africa/Cairo")
    assert window.days == {"from": "2026-04-24", "to": "2026-04-25"}
    assert Window.of("2026-04-23", "2026-04-24", "Africa/Cairo").days["to"] == "2026-04-24"


@pytest.mark.parametrize(
    ("start", "end", "tz", "message"),
    [
        ("2026-03-02", "2026-03-02", "UTC", "must be after start"),
        ("2026-03-02", "2026-03-01", "UTC", "must be after start"),
        ("soon", None, "UTC", "start is a date or time such as"),
        ("02.03.2026", None, "UTC", "start is a date or time such as"),
        ("01/02/2026", None, "UTC", "start is a date or time such as"),
        ("March", None, "UTC", "start is a date or time such as"),
        ("10:00", None, "UTC", "start is a date or time such as"),
        ("now", None, "UTC", "start is a date or time such as"),
        (20260302, None, "UTC", "start is a date or time such as"),
        ("2026-02-30", None, "UTC", "start is a date or time such as"),
        (None, None, "utc", "Did you mean UTC"),
        (None, pd.NaT, "UTC", "end is missing"),
        (None, "9999-12-31", "America/New_York", "end is in a year from 2 to 9998; not 9999-12-31. Leave it out"),
        (None, datetime.max, "UTC", "end is in a year from 2 to 9998"),
        (date.min, None, "Asia/Tokyo", "start is in a year from 2 to 9998"),
        (None, None, "Europe/Londn", "Did you mean Europe/London"),
        (None, None, "", "IANA name"),
        (None, None, "../etc/passwd", "IANA name"),
    ],
)
def test_invalid_bounds_are_refused(start: object, end: object, tz: str, message: str) -> None:
    """Empty, reversed and unreadable bounds and unknown zones are refused before any request."""
    with pytest.raises(ValueError, match=message):
        Window.of(start, end, tz)


def test_zones_are_checked_against_the_real_list() -> None:
    """Every IANA zone name is accepted."""
    assert zone_name("Asia/Kathmandu") == "Asia/Kathmandu"


def rows(*spans: tuple[str | None, str | None]) -> pd.DataFrame:
    """Return a frame with these starts and ends."""
    return pd.DataFrame(spans, columns=["start", "end"]).apply(
        lambda texts: pd.to_datetime(texts, utc=True).astype("datetime64[us, UTC]")
    )


def test_cutting_is_half_open() -> None:
    """Events that end at the start or begin at the end are out; an event of no length at the start is in."""
    frame = rows(
        ("2026-03-01 09:00", "2026-03-01 10:00"),
        ("2026-03-01 09:00", "2026-03-01 10:01"),
        ("2026-03-01 10:00", "2026-03-01 10:00"),
        ("2026-03-01 11:59", "2026-03-01 13:00"),
        ("2026-03-01 12:00", "2026-03-01 13:00"),
        ("2026-02-01 12:00", "2026-04-01 13:00"),
        (None, None),
        ("2026-02-01 12:00", None),
        (None, "2026-02-01 12:00"),
    )
    cut = Window.of("2026-03-01 10:00", "2026-03-01 12:00", "UTC").cut(frame.assign(n=range(len(frame))))
    assert cut["n"].tolist() == [1, 2, 3, 5, 6, 7, 8]
    assert cut.index.tolist() == list(range(7))
    assert cut.columns.tolist() == ["start", "end", "n"]


def test_a_zone_may_be_an_object() -> None:
    """A ZoneInfo object is accepted as tz."""
    assert zone_name(ZoneInfo("Asia/Tokyo")) == "Asia/Tokyo"
    assert zone_name(UTC) == "UTC"


def test_an_open_window_is_cronofys_default() -> None:
    """Without bounds the window is 42 days back and 201 days ahead, in tz."""
    start, end = Window.of(None, None, "Europe/London").observed_at(datetime(2026, 3, 4, 23, 30, tzinfo=UTC))
    assert (start, end) == (
        pd.Timestamp("2026-01-21", tz="Europe/London"),
        pd.Timestamp("2026-09-21", tz="Europe/London"),
    )


def test_today_is_a_day_in_the_zone() -> None:
    """The word "today" means the last midnight in tz."""
    today = instant("today", "Pacific/Kiritimati", "start")
    assert today == pd.Timestamp.now("Pacific/Kiritimati").normalize()
