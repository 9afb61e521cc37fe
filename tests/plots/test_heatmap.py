"""The heatmap, and what holds for all pictures."""

from collections.abc import Callable
from io import BytesIO
from itertools import combinations
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from cronofy_frames.cli.terminal import draw
from cronofy_frames.frames.reading import read_calendars, read_events, read_free_busy
from cronofy_frames.intervals.shares import occupancy
from cronofy_frames.measures.use import time_use
from cronofy_frames.plots import new_figure, plot_days, plot_heatmap, plot_time_use, plot_timeline, plot_week
from cronofy_frames.plots.canvas import PALETTE, UNREAD, printable, shorten_label
from cronofy_frames.wire.client import Client
from tests.pictures import (
    LONDON,
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
    """What takes time is the same, whichever was read."""
    span = ("2026-03-02", "2026-03-09")
    np.testing.assert_array_equal(shares(read_events(client, *span)), shares(read_free_busy(client, *span)))


def test_axes_title_and_colour_bar_say_what_they_are(client: Client) -> None:
    """Hours across, weekdays down from Monday, the unit at the bar, span and zone in the title."""
    ax = plot_heatmap(read_free_busy(client, "2026-03-02", "2026-03-09", tz="Europe/London"), ax=new_figure())
    assert ax.get_title(loc="left") == "Share of time busy, Mon 2 Mar 2026 to Sun 8 Mar 2026, Europe/London"
    assert ax.get_xlabel() == "hour of day"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert ax.get_ylim() == (7, 0)
    bars = [other for other in ax.figure.axes if other is not ax]
    assert [bar.get_ylabel() for bar in bars] == ["share of time busy (%)"]


def test_no_data_and_no_time_busy_look_different(client: Client) -> None:
    """Days that were not observed are left to the grey behind; free hours have the lowest colour."""
    percentages = shares(read_free_busy(client, "2026-03-04", "2026-03-06"))
    assert np.isnan(percentages[0]).all()
    assert percentages[2, 3] == 0


def test_an_empty_week_is_drawn_too(client: Client) -> None:
    """A read that found nothing says what was observed, so all of it was free."""
    assert (shares(read_free_busy(client, "2026-05-04", "2026-05-11")) == 0).all()


def test_a_frame_that_says_nothing_is_refused(client: Client) -> None:
    """No rows and no span: the message names the arguments."""
    frame = read_free_busy(client, "2026-05-04", "2026-05-11")
    frame.attrs.clear()
    with pytest.raises(ValueError, match="start= and end="):
        plot_heatmap(frame)


def test_another_zone_moves_the_hours(client: Client) -> None:
    """The same time busy, seen from Tokyo."""
    percentages = shares(read_free_busy(client, "2026-03-02", "2026-03-09"), tz="Asia/Tokyo")
    assert percentages[2, 18] == 25


def test_colours_can_be_held_still(client: Client) -> None:
    """Vmin and vmax are shares, so that two pictures can be compared; the bar can be left out."""
    ax = plot_heatmap(
        read_free_busy(client), ax=new_figure(), vmin=0.1, vmax=0.5, cbar=False, cmap="Greys", title="Mine"
    )
    assert ax.collections[0].get_clim() == (10, 50)
    assert len(ax.figure.axes) == 1
    assert ax.get_title(loc="left") == "Mine"


def test_a_new_figure_is_made_when_none_is_given(client: Client) -> None:
    """As pandas and seaborn do; it can be saved."""
    from matplotlib import pyplot as plt

    ax = plot_heatmap(read_free_busy(client))
    picture = BytesIO()
    assert isinstance(ax.figure, Figure)
    ax.figure.savefig(picture)
    plt.close(ax.figure)
    assert picture.getvalue().startswith(b"\x89PNG")


def test_several_accounts_are_named(client: Client) -> None:
    """The title says that it is a mean, and of how many."""
    frame = read_free_busy({"ann": client, "too": client}, "2026-03-02", "2026-03-09")
    assert plot_heatmap(frame, ax=new_figure()).get_title(loc="left").endswith("mean of 2 accounts")


def test_one_old_event_does_not_thin_out_the_picture(client: Client) -> None:
    """A read without bounds speaks of Cronofy's window, whatever managed events of other years it brings."""
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
    """A read without bounds and without rows says what was observed all the same."""
    assert (shares(read_free_busy(client, calendars="Holidays")) == 0).all()


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        ("2026-03-04", "2026-03-01", "must be after"),
        ("x", None, "start is a date or time"),
        ("01/02/2026", None, "start"),
    ],
)
def test_a_span_that_makes_no_sense_is_refused(client: Client, start: str, end: str, message: str) -> None:
    """Rather than drawn empty."""
    with pytest.raises(ValueError, match=message):
        plot_heatmap(read_free_busy(client), start=start, end=end)


def test_a_frame_without_times_is_refused(client: Client) -> None:
    """The message says what to plot."""
    with pytest.raises(ValueError, match="pass events or free/busy"):
        plot_heatmap(read_calendars(client))


def test_a_frame_of_shares_gives_the_same_picture(client: Client) -> None:
    """Whether it is given events or what occupancy made of them."""
    read = read_free_busy({"ann": client, "too": client}, *WEEK)
    np.testing.assert_array_equal(shares(read), shares(occupancy(read)))
    assert title(plot_heatmap(read, ax=new_figure())) == title(plot_heatmap(occupancy(read), ax=new_figure()))


def test_finer_cells_are_drawn(client: Client) -> None:
    """Half hours, as occupancy gives them."""
    halves = occupancy(read_free_busy(client, *WEEK), freq="30min", by=("weekday", "time"))
    assert plot_heatmap(halves, ax=new_figure()).collections[0].get_array().size == 7 * 48


def test_shares_of_several_groups_are_refused(client: Client) -> None:
    """One picture is of one group; and what occupancy settled cannot be changed afterwards."""
    read = read_free_busy(client, *WEEK)
    with pytest.raises(ValueError, match="select one group"):
        plot_heatmap(occupancy(read, by=["calendar_id", "weekday", "hour"]))
    with pytest.raises(ValueError, match="cannot be applied to a result of occupancy"):
        plot_heatmap(occupancy(read), tz="UTC")
    with pytest.raises(ValueError, match="weekday and hour"):
        plot_heatmap(occupancy(read, by="date"))


@pytest.mark.parametrize("first", ["monday", "sunday", "saturday"])
def test_a_week_starts_when_it_is_said_to(client: Client, first: str) -> None:
    """The rows turn, labels and shares alike."""
    read = read_free_busy(client, *WEEK)
    ax = plot_heatmap(read, ax=new_figure(), week_start=first)
    rows = [label.get_text() for label in ax.get_yticklabels()]
    assert rows[0] == first[:3].title()
    assert shares(read, week_start=first)[rows.index("Thu"), 14] == 100


def test_grey_says_what_it_is(client: Client) -> None:
    """Only where there is some; and no colour of the scale comes near it."""
    assert key(plot_heatmap(read_free_busy(client, "2026-03-04", "2026-03-06"), ax=new_figure())) == ["not observed"]
    ax = plot_heatmap(read_free_busy(client, *WEEK), ax=new_figure())
    assert key(ax) == []
    scale = mpl.colormaps["YlGnBu"](np.linspace(0, 1, 64))[:, :3]
    assert np.abs(scale - to_rgb(UNREAD)).max(axis=1).min() > 0.04


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
    """The axes come back, the figure keeps its size, pyplot knows of no figure and rcParams stay."""
    from matplotlib import pyplot as plt

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
    """It is made as large as the picture needs; one with axes is refused."""
    figure = Figure()
    assert picture(name, ax=figure).figure is figure
    assert figure.get_size_inches()[0] == 9
    with pytest.raises(ValueError, match="has axes already"):
        picture(name, ax=figure)


@pytest.mark.parametrize("name", ALL)
def test_it_finds_room_in_a_small_place(name: str) -> None:
    """Half a page and larger letters: no warning, and what it is about keeps a good part of the page."""
    with mpl.rc_context({"font.size": 14}):
        figure = Figure(figsize=(5.5, 4.5), layout="constrained")
        ax = draw_picture(picture(name, ax=figure.add_subplot()))
    assert ax.get_window_extent().width > figure.bbox.width / 3
    assert ax.get_window_extent().height > figure.bbox.height / 4


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_it_is_drawn_to_a_file(name: str, suffix: str, tmp_path: Path) -> None:
    """With any of the functions and its options, without a screen."""
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
    """A slip is named with what may have been meant."""
    with pytest.raises(ValueError, match="Did you mean"):
        picture(name, ax=new_figure(), locale="enn_GB")


def test_a_language_that_the_font_cannot_write_is_refused() -> None:
    """Rather than drawn as boxes; the message says what to set."""
    with pytest.raises(ValueError, match=r"font\.family"):
        picture("heatmap", ax=new_figure(), locale="ja")


@pytest.mark.parametrize(
    "zone", ["Europe/London", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]
)
@pytest.mark.parametrize("name", ["heatmap", "days", "timeline", "week"])
def test_zones_with_strange_clocks_are_drawn(name: str, zone: str) -> None:
    """Midnights that do not exist or come twice, half hours, days that were skipped."""
    read = read_events(office(), "2026-03-02", "2026-04-13", tz=zone)
    plots = {"heatmap": plot_heatmap, "days": plot_days, "timeline": plot_timeline, "week": plot_week}
    assert zone in title(draw_picture(plots[name](read, ax=new_figure())))


def test_colours_are_told_apart_without_seeing_green() -> None:
    """As deuteranopes see them, any two of the palette differ plainly (a CIE76 distance of 15 or more)."""
    for first, second in combinations(PALETTE, 2):
        assert np.linalg.norm(deuteranope_lab(to_rgb(first)) - deuteranope_lab(to_rgb(second))) > 15


def test_text_is_what_the_font_can_write() -> None:
    """In one line, without signs that it lacks, and cut in the middle where it is long."""
    assert printable("  🎉 Party \n at\t5 ") == "Party at 5"
    assert shorten_label("abcdefghij" * 3, 10) == "abcdef…hij"
    assert printable(LONDON) == LONDON


def test_fonts_that_are_not_there_are_passed_over() -> None:
    """As matplotlib does: of a list of families those that the machine has."""
    for families in (["No Such Font", "DejaVu Sans"], ["No Such Font"], ["DejaVu Sans"], ["sans-serif"]):
        with mpl.rc_context({"font.family": families}):
            assert printable("Talk 会") == "Talk"
