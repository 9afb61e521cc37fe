"""Words for days as bounds: what each means, where they are taken, and what happens to unknown ones."""

from datetime import UTC, datetime

import pandas as pd
import pytest

import cronofy_frames as cf
from cronofy_frames.frames.bounds import Window, instant
from tests.command_line import run_command

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)  # a Thursday
ZONE = "Europe/London"

MEANINGS = {
    "today": "2026-03-05",
    " Today ": "2026-03-05",
    "tomorrow": "2026-03-06",
    "yesterday": "2026-03-04",
    "monday": "2026-03-02",
    "Thursday": "2026-03-05",
    "sunday": "2026-03-08",
    "-7d": "2026-02-26",
    "+0d": "2026-03-05",
    "+2w": "2026-03-19",
    "-1W": "2026-02-26",
    "2026-03": "2026-03-01",
    "2026-W10": "2026-03-02",
    "2026w10": "2026-03-02",
    "2026-W10-3": "2026-03-04",
}


@pytest.mark.parametrize("word", MEANINGS)
def test_a_word_is_the_first_instant_of_its_day(word: str) -> None:
    """Weekdays are of this week, -7d and +2w count from today, a month or ISO week is its first day."""
    assert instant(word, ZONE, "start", now=NOW) == pd.Timestamp(MEANINGS[word], tz=ZONE)


def test_today_is_the_day_in_the_zone() -> None:
    """At noon in UTC the next day has begun on Kiritimati."""
    assert instant("today", "Pacific/Kiritimati", "start", now=NOW) == pd.Timestamp("2026-03-06", tz="Etc/GMT-14")


def test_monday_on_a_sunday_is_six_days_ago() -> None:
    """Weeks begin on Monday."""
    sunday = datetime(2026, 3, 8, 12, tzinfo=UTC)
    assert instant("monday", "UTC", "start", now=sunday) == pd.Timestamp("2026-03-02", tz="UTC")


def test_a_month_as_an_end_is_its_first_instant() -> None:
    """March is from 2026-03 to 2026-04, and one month as both bounds is refused with that advice."""
    assert Window.of("2026-03", "2026-04", "UTC").days == {"from": "2026-03-01", "to": "2026-04-01"}
    with pytest.raises(ValueError, match="a month ends with the first day of the next one"):
        Window.of("2026-03", "2026-03", "UTC")


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("tomorow", "today, tomorrow, yesterday, .*-7d.*; not 'tomorow'. Did you mean tomorrow"),
        ("Mondy", "Did you mean monday"),
        ("7d", "Did you mean -7d or [+]7d"),
        ("2w", "Did you mean -2w or [+]2w"),
        ("-3m", "start is a date or time such as"),
        ("-999999w", "start is a date or time such as"),
        ("2026-W54", "start is a date or time such as"),
        ("2025-W53", "start is a date or time such as"),
    ],
)
def test_unknown_words_are_refused_with_the_nearest(word: str, message: str) -> None:
    """The error lists the words, and names the nearest."""
    with pytest.raises(ValueError, match=message):
        instant(word, "UTC", "start", now=NOW)


def test_reads_take_the_clock_of_the_client() -> None:
    """Today is that of the sandbox, in the zone of the read, for each read that has bounds."""
    client = cf.connect(sandbox=cf.Sandbox(now=NOW))
    day = {"start": "2026-03-04T00:00:00-05:00", "end": "2026-03-06T00:00:00-05:00"}
    for read in (cf.read_events, cf.read_free_busy, cf.read_available_periods):
        frame = read(client, "yesterday", "tomorrow", tz="America/New_York")
        assert {name: pd.Timestamp(frame.attrs["cronofy"][name]) for name in day} == {
            name: pd.Timestamp(time) for name, time in day.items()
        }
    several = cf.read_events({"a": client}, "monday", "+1w", modified_since="-7d", tz="America/New_York")
    assert pd.Timestamp(several.attrs["cronofy"]["start"]) == pd.Timestamp("2026-03-02", tz="America/New_York")
    me = client.user_info()["sub"]
    free = cf.read_availability(client, [me], "tomorrow", "+3d", duration="1h")
    assert free["start"].min() >= pd.Timestamp("2026-03-06", tz="UTC")


def test_analysis_takes_words() -> None:
    """Functions of frames take the same words, in the zone of the frame."""
    client = cf.connect(sandbox=cf.Sandbox(now=NOW))
    events = cf.read_events(client, "2026-03", "2026-04", tz=ZONE)
    week = cf.gaps(events, start="2026-W10", end="2026-W11")
    assert len(week)
    pd.testing.assert_frame_equal(week, cf.gaps(events, start="2026-03-02", end="2026-03-09"))
    with pytest.raises(ValueError, match="Did you mean today"):
        cf.busy(events, start="todai")


def test_a_weekday_is_no_holiday() -> None:
    """A holiday is a date: `monday` would be one day, where a reader expects every Monday."""
    events = cf.read_events(cf.connect(sandbox=cf.Sandbox(now=NOW)), "2026-03-02", "2026-03-09")
    with pytest.raises(ValueError, match="a holiday is a date, not 'monday'"):
        cf.time_use(events, holidays=["monday"])


@pytest.mark.parametrize("bounds", [["--from", "-7d", "--to", "+2w"], ["--from=-7d", "--to=+2w"]])
def test_the_command_line_takes_words(bounds: list[str]) -> None:
    """A word that begins with a hyphen is the value of its option."""
    done = run_command("events", "--sandbox", "--format", "csv", *bounds)
    assert done.returncode == 0, done.stderr
    assert b"summary" in done.stdout.splitlines()[0]


def test_the_command_line_names_the_nearest_word() -> None:
    """A wrong word is wrong usage, and the help lists the words."""
    done = run_command("events", "--sandbox", "--from", "tomorow")
    assert done.returncode == 2
    assert b"Did you mean tomorrow?" in done.stderr
    help_text = " ".join(run_command("events", "--help").stdout.decode().split())
    for word in ("today", "monday (of this week)", "-7d", "+2w", "2026-W10", "2026-03"):
        assert word in help_text
