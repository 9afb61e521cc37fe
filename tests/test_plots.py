"""From a frame to a picture: what the picture says."""

from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from cronofy_frames.client import Client
from cronofy_frames.plots import canvas, plot_heatmap
from cronofy_frames.reading import read_calendars, read_events, read_free_busy
from tests.small import WORK


def shares(frame: pd.DataFrame, **options: object) -> np.ndarray:
    """Return the percentages that are drawn."""
    mesh = plot_heatmap(frame, ax=canvas().add_subplot(), **options).collections[0]
    return np.ma.filled(mesh.get_array().astype(float), np.nan).reshape(7, 24)


def test_the_picture_shows_the_share_of_each_hour(client: Client) -> None:
    """Over one week, Wednesday's stand-up takes a quarter of its hour and Thursday's review all of its."""
    drawn = shares(read_free_busy(client, "2026-03-02", "2026-03-09"))
    assert drawn[2, 9] == 25
    assert drawn[3, 14] == 100
    assert drawn[0].sum() == 0


def test_events_and_free_busy_give_the_same_picture(client: Client) -> None:
    """What takes time is the same, whichever was read."""
    span = ("2026-03-02", "2026-03-09")
    np.testing.assert_array_equal(shares(read_events(client, *span)), shares(read_free_busy(client, *span)))


def test_axes_title_and_colour_bar_say_what_they_are(client: Client) -> None:
    """Hours across, weekdays down from Monday, the unit at the bar, span and zone in the title."""
    ax = plot_heatmap(read_free_busy(client, "2026-03-02", "2026-03-09", tz="Europe/London"), ax=canvas().add_subplot())
    assert ax.get_title(loc="left") == "Share of time busy, Mon 2 Mar 2026 to Sun 8 Mar 2026, Europe/London"
    assert ax.get_xlabel() == "hour of day"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert ax.get_ylim() == (7, 0)
    bars = [other for other in ax.figure.axes if other is not ax]
    assert [bar.get_ylabel() for bar in bars] == ["share of time busy (%)"]


def test_no_data_and_no_time_busy_look_different(client: Client) -> None:
    """Days that were not observed are left to the grey behind; free hours have the lowest colour."""
    drawn = shares(read_free_busy(client, "2026-03-04", "2026-03-06"))
    assert np.isnan(drawn[0]).all()
    assert drawn[2, 3] == 0


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
    drawn = shares(read_free_busy(client, "2026-03-02", "2026-03-09"), tz="Asia/Tokyo")
    assert drawn[2, 18] == 25


def test_colours_can_be_held_still(client: Client) -> None:
    """Vmin and vmax are shares, so that two pictures can be compared; the bar can be left out."""
    ax = plot_heatmap(
        read_free_busy(client), ax=canvas().add_subplot(), vmin=0.1, vmax=0.5, cbar=False, cmap="Greys", title="Mine"
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
    assert plot_heatmap(frame, ax=canvas().add_subplot()).get_title(loc="left").endswith("mean of 2 accounts")


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
    title = plot_heatmap(events, ax=canvas().add_subplot()).get_title(loc="left")
    assert title == "Share of time busy, Wed 21 Jan 2026 to Sun 20 Sep 2026, UTC"


def test_an_empty_calendar_is_drawn(client: Client) -> None:
    """A read without bounds and without rows says what was observed all the same."""
    assert (shares(read_free_busy(client, calendars="Holidays")) == 0).all()


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2026-03-04", "2026-03-01", "must be after"),
        ("x", None, "start is a date or time"),
        ("01/02/2026", None, "start"),
    ],
)
def test_a_span_that_makes_no_sense_is_refused(client: Client, start: str, end: str, said: str) -> None:
    """Rather than drawn empty."""
    with pytest.raises(ValueError, match=said):
        plot_heatmap(read_free_busy(client), start=start, end=end)


def test_a_frame_without_times_is_refused(client: Client) -> None:
    """The message says what to plot."""
    with pytest.raises(ValueError, match="plot events or free/busy"):
        plot_heatmap(read_calendars(client))
