"""The heatmap, and what holds for all pictures."""

from collections.abc import Callable
from io import BytesIO
from itertools import combinations
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from cronofy_frames.cli.terminal import draw
from cronofy_frames.frames.reading import read_calendars, read_events, read_free_busy
from cronofy_frames.intervals.shares import occupancy
from cronofy_frames.measures.use import time_use
from cronofy_frames.plots import new_figure, plot_days, plot_heatmap, plot_time_use, plot_timeline, plot_week
from cronofy_frames.plots.canvas import PALETTE, shorten_label, tones_of
from cronofy_frames.wire.client import Client
from tests.pictures import (
    WEEK,
    clipped_labels,
    crowd,
    deuteranope_lab,
    draw_picture,
    key,
    office,
    overlapping_labels,
    title,
)
from tests.small import WORK

# what a warning says of frames without attrs has tests of its own, in tests/intervals/test_observation.py
pytestmark = pytest.mark.filterwarnings("ignore::cronofy_frames.intervals.observation.AssumedWarning")


def shares(frame: pd.DataFrame, **options: object) -> np.ndarray:
    """Return the percentages that are drawn."""
    mesh = plot_heatmap(frame, ax=new_figure(), **options).collections[0]
    return np.ma.filled(mesh.get_array().astype(float), np.nan).reshape(7, 24)


def test_the_picture_shows_the_share_of_each_hour(client: Client) -> None:
    """Over one week, Wednesday's stand-up takes a quarter of its hour and Thursday's review all of its."""
    percentages = shares(read_free_busy(client, "2026-03-02", "2026-03-09"))
    assert percentages[2, 9] == 25
    assert percentages[3, 14] == 100
    assert percentages[0].sum() == 0


def test_events_and_free_busy_give_the_same_picture(client: Client) -> None:
    """The same time is busy in both."""
    span = ("2026-03-02", "2026-03-09")
    np.testing.assert_array_equal(shares(read_events(client, *span)), shares(read_free_busy(client, *span)))


def test_axes_title_and_colour_bar_are_labelled(client: Client) -> None:
    """Hours are columns, weekdays rows from Monday; the bar has the unit, the title dates and zone."""
    ax = plot_heatmap(read_free_busy(client, "2026-03-02", "2026-03-09", tz="Europe/London"), ax=new_figure())
    assert ax.get_title(loc="left") == "Share of time busy, Mon 2 Mar 2026 to Sun 8 Mar 2026, Europe/London"
    assert ax.get_xlabel() == "hour of day"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert ax.get_ylim() == (7, 0)
    bars = [other for other in ax.figure.axes if other is not ax]
    assert [bar.get_ylabel() for bar in bars] == ["share of time busy (%)"]


def test_no_data_and_free_time_look_different(client: Client) -> None:
    """Days that were not observed show the grey background; free hours have the lowest colour."""
    percentages = shares(read_free_busy(client, "2026-03-04", "2026-03-06"))
    assert np.isnan(percentages[0]).all()
    assert percentages[2, 3] == 0


def test_an_empty_week_is_drawn_too(client: Client) -> None:
    """A read without events has an observed window, and all of it is free."""
    assert (shares(read_free_busy(client, "2026-05-04", "2026-05-11")) == 0).all()


def test_a_frame_without_a_window_is_refused(client: Client) -> None:
    """Without rows and without a window, the message names the arguments."""
    frame = read_free_busy(client, "2026-05-04", "2026-05-11")
    frame.attrs.clear()
    with pytest.raises(ValueError, match="start= and end="):
        plot_heatmap(frame)


def test_another_zone_moves_the_hours(client: Client) -> None:
    """The same busy time in Tokyo."""
    percentages = shares(read_free_busy(client, "2026-03-02", "2026-03-09"), tz="Asia/Tokyo")
    assert percentages[2, 18] == 25


def test_colour_limits_can_be_set(client: Client) -> None:
    """Shares as vmin and vmax make two pictures comparable; the colour bar is optional."""
    ax = plot_heatmap(
        read_free_busy(client), ax=new_figure(), vmin=0.1, vmax=0.5, cbar=False, cmap="Greys", title="Mine"
    )
    assert ax.collections[0].get_clim() == (10, 50)
    assert len(ax.figure.axes) == 1
    assert ax.get_title(loc="left") == "Mine"


def test_a_new_figure_is_made_when_none_is_given(client: Client) -> None:
    """As pandas and seaborn do; it can be saved."""
    ax = plot_heatmap(read_free_busy(client))
    picture = BytesIO()
    assert isinstance(ax.figure, Figure)
    ax.figure.savefig(picture)
    plt.close(ax.figure)
    assert picture.getvalue().startswith(b"\x89PNG")


def test_the_title_has_the_number_of_accounts(client: Client) -> None:
    """The title says that shares are a mean, and of how many accounts."""
    frame = read_free_busy({"ann": client, "too": client}, "2026-03-02", "2026-03-09")
    assert plot_heatmap(frame, ax=new_figure()).get_title(loc="left").endswith("mean of 2 accounts")


def test_an_old_event_does_not_extend_the_window(client: Client) -> None:
    """A read without bounds covers Cronofy's window, even if it returns managed events of other years."""
    client.create_event(
        WORK,
        event_id="old",
        summary="Old",
        start="2016-03-10T09:00:00Z",
        end="2016-03-10T10:00:00Z",
        transparency="opaque",
    )
    events = read_events(client)
    assert "old" in set(events["event_id"])
    title = plot_heatmap(events, ax=new_figure()).get_title(loc="left")
    assert title == "Share of time busy, Wed 21 Jan 2026 to Sun 20 Sep 2026, UTC"


def test_an_empty_calendar_is_drawn(client: Client) -> None:
    """A read without bounds and without rows has an observed window."""
    assert (shares(read_free_busy(client, calendars="Holidays")) == 0).all()


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        ("2026-03-04", "2026-03-01", "must be after"),
        ("x", None, "start is a date or time"),
        ("01/02/2026", None, "start"),
    ],
)
def test_an_empty_window_is_refused(client: Client, start: str, end: str, message: str) -> None:
    """It is not drawn empty."""
    with pytest.raises(ValueError, match=message):
        plot_heatmap(read_free_busy(client), start=start, end=end)


def test_a_frame_without_times_is_refused(client: Client) -> None:
    """The message says what to plot."""
    with pytest.raises(ValueError, match="pass events or free/busy"):
        plot_heatmap(read_calendars(client))


def test_a_frame_of_shares_gives_the_same_picture(client: Client) -> None:
    """Events and the result of occupancy give the same picture."""
    read = read_free_busy({"ann": client, "too": client}, *WEEK)
    np.testing.assert_array_equal(shares(read), shares(occupancy(read)))
    assert title(plot_heatmap(read, ax=new_figure())) == title(plot_heatmap(occupancy(read), ax=new_figure()))


def test_finer_cells_are_drawn(client: Client) -> None:
    """Half hours, as in a result of occupancy."""
    halves = occupancy(read_free_busy(client, *WEEK), freq="30min", by=("weekday", "time"))
    assert plot_heatmap(halves, ax=new_figure()).collections[0].get_array().size == 7 * 48


def test_shares_of_several_groups_are_refused(client: Client) -> None:
    """A picture has one group, and arguments of occupancy cannot be changed afterwards."""
    read = read_free_busy(client, *WEEK)
    with pytest.raises(ValueError, match="select one group"):
        plot_heatmap(occupancy(read, by=["calendar_id", "weekday", "hour"]))
    with pytest.raises(ValueError, match="cannot be applied to a result of occupancy"):
        plot_heatmap(occupancy(read), tz="UTC")
    with pytest.raises(ValueError, match="weekday and hour"):
        plot_heatmap(occupancy(read, by="date"))


@pytest.mark.parametrize("first", ["monday", "sunday", "saturday"])
def test_week_start_is_respected(client: Client, first: str) -> None:
    """Labels and shares are rotated together."""
    read = read_free_busy(client, *WEEK)
    ax = plot_heatmap(read, ax=new_figure(), week_start=first)
    rows = [label.get_text() for label in ax.get_yticklabels()]
    assert rows[0] == first[:3].title()
    assert shares(read, week_start=first)[rows.index("Thu"), 14] == 100


def test_grey_is_explained(client: Client) -> None:
    """Only if there is some; no colour of the scale is close to it."""
    assert key(plot_heatmap(read_free_busy(client, "2026-03-04", "2026-03-06"), ax=new_figure())) == ["not observed"]
    ax = plot_heatmap(read_free_busy(client, *WEEK), ax=new_figure())
    assert key(ax) == []


@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_no_colour_of_the_scale_is_close_to_grey(client: Client, style: str) -> None:
    """Time without data and any share look different."""
    with plt.style.context(style):
        ax = plot_heatmap(read_free_busy(client, *WEEK), ax=new_figure())
        scale = ax.collections[0].get_cmap()(np.linspace(0, 1, 64))[:, :3]
        assert np.abs(scale - tones_of(ax).unread).max(axis=1).min() > 0.04


def picture(name: str, **options: object) -> Axes:
    """Draw one of the five."""
    if name == "time_use":
        return plot_time_use(time_use(crowd(3, 4), by="account"), **options)
    plots: dict[str, Callable[..., Axes]] = {
        "heatmap": plot_heatmap,
        "days": plot_days,
        "timeline": plot_timeline,
        "week": plot_week,
    }
    return plots[name](crowd(3, 4), **options)


ALL = ["heatmap", "days", "timeline", "week", "time_use"]


@pytest.mark.parametrize("name", ALL)
def test_axes_given_are_used_and_nothing_else_is_made(name: str) -> None:
    """The given axes are returned, the figure keeps its size, pyplot has no figure and rcParams do not change."""
    figure = Figure(figsize=(6, 4))
    axes = figure.add_subplot()
    before = dict(mpl.rcParams)
    options = {"cbar": False} if name in ("heatmap", "days") else {}
    assert picture(name, ax=axes, **options) is axes
    assert figure.axes == [axes]
    assert tuple(figure.get_size_inches()) == (6, 4)
    assert not plt.get_fignums()
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", ALL)
def test_an_empty_figure_is_filled(name: str) -> None:
    """It is resized as the picture needs; a figure with axes is refused."""
    figure = Figure()
    assert picture(name, ax=figure).figure is figure
    assert figure.get_size_inches()[0] == 9
    with pytest.raises(ValueError, match="has axes already"):
        picture(name, ax=figure)


@pytest.mark.parametrize("name", ALL)
def test_it_fits_into_a_small_figure(name: str) -> None:
    """In half a page with larger letters there is no warning, and the plot keeps a good part of the figure."""
    with mpl.rc_context({"font.size": 14}):
        figure = Figure(figsize=(5.5, 4.5), layout="constrained")
        ax = draw_picture(picture(name, ax=figure.add_subplot()))
    assert ax.get_window_extent().width > figure.bbox.width / 3
    assert ax.get_window_extent().height > figure.bbox.height / 4


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_it_is_drawn_to_a_file(name: str, suffix: str, tmp_path: Path) -> None:
    """All functions and their options work without a screen."""
    plots = {"heatmap": plot_heatmap, "days": plot_days, "timeline": plot_timeline, "week": plot_week}
    frame = time_use(crowd(3, 4)) if name == "time_use" else crowd(3, 4)
    path = draw(frame, tmp_path / f"a{suffix}", plots.get(name, plot_time_use), title="Mine")
    assert path.read_bytes().startswith((b"\x89PNG", b"<?xml", b"%PDF"))


@pytest.mark.parametrize("name", ALL)
def test_days_and_months_are_named_in_any_language(name: str) -> None:
    """French, with the same code as English; a locale with a hyphen is the same as one with an underscore."""
    ax = picture(name, ax=new_figure(), locale="fr-FR")
    assert "janv." in title(ax)
    assert not overlapping_labels(ax)
    assert not clipped_labels(ax)


@pytest.mark.parametrize("name", ALL)
def test_an_unknown_locale_is_refused_with_near_names(name: str) -> None:
    """The message suggests similar locales."""
    with pytest.raises(ValueError, match="Did you mean"):
        picture(name, ax=new_figure(), locale="enn_GB")


@pytest.mark.parametrize(
    "zone", ["Europe/London", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]
)
@pytest.mark.parametrize("name", ["heatmap", "days", "timeline", "week"])
def test_zones_with_unusual_clock_changes_are_drawn(name: str, zone: str) -> None:
    """Midnights that are skipped or repeated, changes of half an hour, skipped days."""
    read = read_events(office(), "2026-03-02", "2026-04-13", tz=zone)
    plots = {"heatmap": plot_heatmap, "days": plot_days, "timeline": plot_timeline, "week": plot_week}
    assert zone in title(draw_picture(plots[name](read, ax=new_figure())))


def test_colours_differ_for_colour_blind_people() -> None:
    """Any two colours of the palette differ for deuteranopes (a CIE76 distance of 15 or more)."""
    for first, second in combinations(PALETTE, 2):
        assert np.linalg.norm(deuteranope_lab(to_rgb(first)) - deuteranope_lab(to_rgb(second))) > 15


def test_long_labels_are_shortened_in_the_middle() -> None:
    """Their beginning and their end tell them apart."""
    assert shorten_label("abcdefghij" * 3, 10) == "abcdef…hij"
