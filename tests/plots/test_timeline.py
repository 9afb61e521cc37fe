"""People across time: which bars are drawn, what is marked, and what is written around them."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex, to_rgb

from cronofy_frames.frames.reading import read_calendars, read_events, read_free_busy
from cronofy_frames.intervals.operations import common_free
from cronofy_frames.plots import new_figure, plot_timeline
from cronofy_frames.plots.canvas import BUSY, FREE
from cronofy_frames.wire.client import Client
from tests.pictures import LONDON, WEEK, clipped_labels, crowd, events, key, office, overlapping_labels, row, title

# what a warning says of frames without attrs has tests of its own, in tests/intervals/test_observation.py
pytestmark = pytest.mark.filterwarnings("ignore::cronofy_frames.intervals.observation.AssumedWarning")


def bars(ax: Axes, colour: object = BUSY, *, hatched: bool = False) -> list[tuple[int, float, float]]:
    """Return row, start and end in hours of all bars of a colour."""
    bars_of_colour = []
    for collection in ax.collections:
        if not isinstance(collection, PolyCollection) or bool(collection.get_hatch()) != hatched:
            continue
        if to_hex(collection.get_facecolor()[0]) == to_hex(colour):
            boxes = [path.get_extents() for path in collection.get_paths()]
            bars_of_colour += [(int(box.y0), round(box.x0, 4), round(box.x1, 4)) for box in boxes]
    return sorted(bars_of_colour)


def two() -> pd.DataFrame:
    """Return two people's Monday: overlaps, something tentative, something unknown and a whole day."""
    return events(
        row("2026-03-02 09:00", "2026-03-02 10:00", account="ann", free_busy_status="busy"),
        row("2026-03-02 09:30", "2026-03-02 11:00", account="ann", free_busy_status="busy"),
        row("2026-03-02 14:00", "2026-03-02 15:00", account="ann", free_busy_status="tentative"),
        row("2026-03-02 08:00", "2026-03-02 09:00", account="ben", free_busy_status="unknown"),
        row("2026-03-02", "2026-03-03", account="ben", all_day=True, free_busy_status="busy"),
        row("2026-03-02 16:00", "2026-03-02 17:00", account="ben", free_busy_status="free"),
    )


def test_bars_are_busy_time() -> None:
    """Overlaps are one bar, free time has none, and hours count from the start."""
    ax = plot_timeline(two(), ax=new_figure())
    assert bars(ax) == [(0, 9.0, 11.0), (1, 0.0, 24.0)]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["ann", "ben"]


def test_tentative_and_unknown_time_is_hatched() -> None:
    """Both have their own look and legend entry, and can be left out."""
    ax = plot_timeline(two(), ax=new_figure())
    assert bars(ax, "#E3E3E3", hatched=True) == [(1, 8.0, 9.0)]
    assert key(ax) == ["busy", "tentative", "not known", "all day (thin)"]
    assert key(plot_timeline(two(), ax=new_figure(), tentative=False, unknown=False)) == ["busy", "all day (thin)"]


def test_all_day_rows_lie_above_the_others() -> None:
    """An all-day event does not hide events on that day."""
    strip = next(
        path.get_extents()
        for collection in plot_timeline(two(), ax=new_figure()).collections
        if isinstance(collection, PolyCollection)
        for path in collection.get_paths()
        if path.get_extents().width == 24 and path.get_extents().height < 0.3
    )
    assert 1 < strip.y0 < strip.y1 < 1.3


def test_time_in_common_is_marked() -> None:
    """The rows of common_free are marked for the people who are free."""
    frame = two()
    free = common_free(frame, "2026-03-02", "2026-03-03", duration="1h", all_day="ignore", required=2)
    ax = plot_timeline(frame, ax=new_figure(), free=free)
    draw_picture = [(row, start) for row, start, _ in bars(ax, light(FREE))]
    assert {row for row, _ in draw_picture} == {0, 1}
    assert len(draw_picture) == 2 * len(free)
    assert "free in common" in key(ax)


def test_only_participants_are_marked() -> None:
    """If some of many people are required, only the rows of participants are marked."""
    frame = two()
    free = pd.DataFrame({"start": frame["start"][:1], "end": frame["end"][:1], "participants": ['["ben"]']})
    assert {row for row, *_ in bars(plot_timeline(frame, ax=new_figure(), free=free), light(FREE))} == {1}


def light(colour: str) -> tuple[float, float, float]:
    """Return the colour as it fills a box."""
    red, green, blue = to_rgb(colour)
    return 1 - 0.3 * (1 - red), 1 - 0.3 * (1 - green), 1 - 0.3 * (1 - blue)


def test_working_hours_stay_white() -> None:
    """Other time is shaded: on a Monday before nine and after five."""
    ax = plot_timeline(two(), ax=new_figure(), start="2026-03-02", end="2026-03-03", working_hours=("09:00", "17:00"))
    assert bars(ax, "#F1F1F1") == [(0, 0.0, 9.0), (0, 17.0, 24.0), (1, 0.0, 9.0), (1, 17.0, 24.0)]
    assert key(ax)[0] == "outside working hours"


def test_each_account_may_have_its_own_hours() -> None:
    """A frame of rules with accounts shades each row by its own rules."""
    rules = pd.DataFrame(
        {
            "account": ["ann", "ben"],
            "tzid": LONDON,
            "day": "monday",
            "start_time": ["09:00", "10:00"],
            "end_time": "12:00",
        }
    )
    ax = plot_timeline(two(), ax=new_figure(), start="2026-03-02", end="2026-03-03", working_hours=rules)
    assert bars(ax, "#F1F1F1") == [(0, 0.0, 9.0), (0, 12.0, 24.0), (1, 0.0, 10.0), (1, 12.0, 24.0)]


def test_free_and_not_read_look_different(client: Client) -> None:
    """Time outside the read is grey and hatched."""
    read = read_free_busy({"ann": client}, *WEEK)
    ax = plot_timeline(read, ax=new_figure(), start="2026-03-01", end="2026-03-09")
    assert bars(ax, "#E3E3E3", hatched=True) == [(0, 0.0, 24.0)]
    assert "not read" in key(ax)
    assert "not read" not in key(plot_timeline(read, ax=new_figure()))


def test_days_have_their_real_length() -> None:
    """Where clocks go forward a day is 23 hours wide."""
    frame = events(row("2026-03-29", "2026-03-30", account="ann"), row("2026-03-30", "2026-03-31", account="ann"))
    ax = plot_timeline(frame, ax=new_figure())
    assert ax.get_xlim() == (0, 47)
    assert [label.get_text() for label in ax.get_xticklabels()].count("00:00") <= 1
    assert any(np.allclose(line.get_xdata(), 23) for line in ax.lines)


def test_one_account_has_its_calendars_as_rows(client: Client) -> None:
    """They have their names or the given labels; ids where names were not read."""
    read = read_events(client, *WEEK)
    drawn = plot_timeline(read, ax=new_figure())
    assert [label.get_text() for label in drawn.get_yticklabels()] == ["Home", "Work"]
    labelled = plot_timeline(read, ax=new_figure(), labels={"cal_ann_home": "Private"})
    assert labelled.get_yticklabels()[0].get_text() == "Private"
    bare = plot_timeline(read_events(client, *WEEK, names=False), ax=new_figure())
    assert bare.get_yticklabels()[0].get_text() == "cal_ann_home"


def test_an_account_without_events_has_a_row(client: Client) -> None:
    """An account that was read and is free has an empty row."""
    read = read_free_busy({"ann": client, "zoe": client}, "2026-05-04", "2026-05-11", calendars="Holidays")
    ax = plot_timeline(read, ax=new_figure())
    assert [label.get_text() for label in ax.get_yticklabels()] == ["ann", "zoe"]
    assert not bars(ax)


@pytest.mark.parametrize("people", [1, 2, 5, 20])
@pytest.mark.parametrize("weeks", [1, 4, 26, 53])
def test_labels_have_room(people: int, weeks: int) -> None:
    """No label overlaps another or is cut off, for one person or twenty, one week or a year."""
    ax = plot_timeline(crowd(people, weeks), ax=new_figure(), working_hours=("09:00", "17:00"))
    assert len(ax.get_yticklabels()) == people
    assert len(ax.get_xticklabels()) > 3
    assert not overlapping_labels(ax)
    assert not clipped_labels(ax)


@pytest.mark.parametrize("hours", [3, 10, 24, 48, 72, 120])
def test_short_spans_have_labels_too(hours: int) -> None:
    """From some hours to some days."""
    end = pd.Timestamp("2026-01-06 06:30") + pd.Timedelta(hours=hours)
    ax = plot_timeline(crowd(5, 3), ax=new_figure(), start="2026-01-06 06:30", end=end)
    assert len(ax.get_xticklabels()) >= 3
    assert not overlapping_labels(ax)


def test_the_title_has_dates_and_zone() -> None:
    """Busy time, its dates and zone."""
    read = read_free_busy(office(), *WEEK, tz=LONDON)
    message = "Busy time, Mon 2 Mar 2026 to Sun 8 Mar 2026, Europe/London"
    assert title(plot_timeline(read, ax=new_figure())) == message
    assert title(plot_timeline(read, ax=new_figure(), title="Ours")) == "Ours"


def test_invalid_arguments_are_refused(client: Client) -> None:
    """The message says what to do instead."""
    read = read_free_busy(client, *WEEK)
    for frame, options, message in (
        (read_calendars(client), {}, "no columns start and end"),
        (read, {"by": "owner"}, "not a column to group by"),
        (read, {"free": read_calendars(client)}, "common_free"),
    ):
        with pytest.raises(ValueError, match=message):
            plot_timeline(frame, ax=new_figure(), **options)


def test_too_long_a_window_is_refused() -> None:
    """With a very old row it does not draw for minutes, but asks for a shorter window."""
    when = pd.to_datetime(["1950-01-01T09:00Z", "2026-01-01T09:00Z"])
    frame = pd.DataFrame({"start": when, "end": when + pd.Timedelta("1h"), "account": ["a", "a"]})
    with pytest.raises(ValueError, match="within a year"):
        plot_timeline(frame)
