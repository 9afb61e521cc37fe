"""The calendar of days: what each cell shows, and what is written around them."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import to_rgb

from cronofy_frames.frames.reading import read_calendars, read_events, read_free_busy
from cronofy_frames.intervals.shares import occupancy
from cronofy_frames.plots import new_figure, plot_days
from cronofy_frames.wire.client import Client
from tests.pictures import LONDON, clipped_labels, crowd, events, figure_of, key, overlapping_labels, row, title

# what a warning says of frames without attrs has tests of its own, in tests/intervals/test_observation.py
pytestmark = pytest.mark.filterwarnings("ignore::cronofy_frames.intervals.observation.AssumedWarning")


def cells(ax: Axes) -> tuple[PatchCollection, PatchCollection]:
    """Return the cells whose value is known, and those whose is not."""
    known, unknown = (collection for collection in ax.collections if isinstance(collection, PatchCollection))
    return known, unknown


def values(ax: Axes) -> np.ndarray:
    """Return the values at the colour bar, of all days."""
    (bar,) = (axes for axes in figure_of(ax).axes if axes is not ax)
    return np.asarray(bar._colorbar.mappable.get_array().filled(np.nan), float)


def test_a_cell_is_the_share_of_its_day(client: Client) -> None:
    """The review takes an hour of Thursday's 24."""
    shares = values(plot_days(read_free_busy(client, "2026-03-02", "2026-03-09"), ax=new_figure()))
    assert len(shares) == 7
    assert shares[3] == pytest.approx(100 / 24)
    assert shares[0] == 0


def test_hours_are_hours(client: Client) -> None:
    """The stand-up is a quarter of an hour, the review one hour; the bar says so."""
    ax = plot_days(read_free_busy(client, "2026-03-02", "2026-03-09"), ax=new_figure(), unit="hours")
    assert values(ax)[2:4].tolist() == [0.25, 1.0]
    assert next(axes for axes in figure_of(ax).axes if axes is not ax).get_ylabel() == "busy (hours)"


def test_only_working_hours_count(client: Client) -> None:
    """The dentist before work does not count; weekends have no working hours and are grey, as the legend explains."""
    read = read_free_busy(client, "2026-03-02", "2026-03-09")
    ax = plot_days(read, ax=new_figure(), working_hours=("09:00", "17:00"))
    shares = values(ax)
    assert shares[3] == 12.5
    assert shares[4] == 0
    assert np.isnan(shares[5:]).all()
    assert key(ax) == ["no working hours"]


def test_it_is_the_mean_of_the_accounts(client: Client) -> None:
    """Two accounts with the same calendar have the mean of one; the title has their number."""
    ann = read_free_busy(client, "2026-03-02", "2026-03-09")
    two = read_free_busy({"ann": client, "too": client}, "2026-03-02", "2026-03-09")
    for options in ({}, {"unit": "hours"}, {"working_hours": ("09:00", "17:00")}):
        ax = plot_days(two, ax=new_figure(), **options)
        np.testing.assert_allclose(values(ax), values(plot_days(ann, ax=new_figure(), **options)))
        assert title(ax).endswith("mean of 2 accounts")


def test_a_frame_of_shares_gives_the_same_picture(client: Client) -> None:
    """Events and the result of occupancy give the same picture."""
    read = read_events(client, "2026-03-02", "2026-04-20", tz=LONDON)
    direct, made = plot_days(read, ax=new_figure()), plot_days(occupancy(read, by="date"), ax=new_figure())
    np.testing.assert_allclose(values(direct), values(made))
    assert title(direct) == title(made)


def test_free_and_not_read_look_different(client: Client) -> None:
    """Days outside the read are grey and hatched; a free day has the lowest colour."""
    read = read_free_busy(client, "2026-03-02", "2026-03-09")
    ax = plot_days(read, ax=new_figure(), start="2026-03-01", end="2026-03-11")
    known, unknown = cells(ax)
    assert len(unknown.get_paths()) == 3
    assert unknown.get_hatch()
    assert key(ax) == ["not read"]
    assert not any(np.allclose(to_rgb("#E3E3E3"), shade[:3], atol=0.05) for shade in known.get_facecolor())


def test_weeks_are_rows_or_columns() -> None:
    """A month has weeks as rows and numbers in its days; a quarter has weekdays as rows."""
    month, quarter = (plot_days(crowd(1, weeks), ax=new_figure()) for weeks in (5, 13))
    assert [label.get_text() for label in month.get_xticklabels()][:2] == ["Mon", "Tue"]
    assert [text.get_text() for text in month.texts][:3] == ["5", "6", "7"]
    assert [label.get_text() for label in quarter.get_yticklabels()][:2] == ["Mon", "Tue"]
    assert not quarter.texts


def test_months_have_names_and_lines() -> None:
    """The year is with the first month of the year."""
    ax = plot_days(crowd(1, 53), ax=new_figure())
    labels = [label.get_text().strip() for label in ax.get_xticklabels()]
    assert labels[:3] == ["Jan\n2026", "Feb", "Mar"]
    assert labels[-1] == "Jan\n2027"
    assert len(labels) == 13
    lines = ax.collections[-1]
    assert len(lines.get_segments()) > 12 * 7


@pytest.mark.parametrize("first", ["monday", "sunday", "saturday"])
def test_week_start_is_respected(first: str) -> None:
    """The same days are in other cells."""
    ax = plot_days(crowd(1, 13), ax=new_figure(), week_start=first)
    assert ax.get_yticklabels()[0].get_text() == first[:3].title()


def test_days_of_23_and_25_hours_are_whole() -> None:
    """A day that is busy from midnight to midnight is 100 %, whatever the clocks do."""
    spring = row("2026-03-29", "2026-03-30")
    autumn = row("2026-10-25", "2026-10-26")
    for day in (spring, autumn):
        frame = events(day)
        assert values(plot_days(frame, ax=new_figure())).tolist() == [100.0]
        hours = (frame["end"] - frame["start"]) / pd.Timedelta("1h")
        assert values(plot_days(frame, ax=new_figure(), unit="hours")).tolist() == hours.tolist()


@pytest.mark.parametrize("people", [1, 5])
@pytest.mark.parametrize("weeks", [1, 4, 8, 26, 53])
def test_labels_have_room(people: int, weeks: int) -> None:
    """No label overlaps another or is cut off, from one week to a year."""
    for options in ({}, {"weeks": "across"}, {"working_hours": ("09:00", "17:00"), "locale": "de"}):
        ax = plot_days(crowd(people, weeks), ax=new_figure(), **options)
        assert not overlapping_labels(ax)
        assert not clipped_labels(ax)


def test_an_empty_span_is_drawn(client: Client) -> None:
    """Without rows, but with an observed window, all days are free."""
    assert (values(plot_days(read_free_busy(client, "2026-05-04", "2026-05-11"), ax=new_figure())) == 0).all()


def test_invalid_arguments_are_refused(client: Client) -> None:
    """The message says what to do instead."""
    read = read_free_busy(client, "2026-03-02", "2026-03-09")
    for frame, options, message in (
        (read_calendars(client), {}, "no columns start and end"),
        (read, {"unit": "days"}, "unit is 'share' or 'hours'"),
        (read, {"start": "2020-01-01"}, "within a year"),
        (occupancy(read), {}, "by='date'"),
        (occupancy(read, by=["calendar_id", "date"]), {}, "several shares"),
        (occupancy(read, by="date"), {"tz": "UTC"}, "cannot be applied"),
    ):
        with pytest.raises(ValueError, match=message):
            plot_days(frame, ax=new_figure(), **options)
