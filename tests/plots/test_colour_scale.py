"""Where scales of colours end, and what their bars say."""

from collections.abc import Callable

import pandas as pd
import pytest
from matplotlib.axes import Axes

from cronofy_frames.plots import new_figure, plot_days, plot_heatmap
from tests.pictures import LONDON, clipped_labels, draw_picture, events, row

# what a warning says of frames without attrs has tests of its own, in tests/intervals/test_observation.py
pytestmark = pytest.mark.filterwarnings("ignore::cronofy_frames.intervals.observation.AssumedWarning")

Plot = Callable[..., Axes]
PLOTS = [plot_heatmap, plot_days]


def week(minutes: int) -> pd.DataFrame:
    """Return a week with one event of so many minutes on its Wednesday."""
    start = pd.Timestamp("2026-03-04 09:00")
    frame = events(row(str(start), str(start + pd.Timedelta(minutes=minutes))))
    edges = [pd.Timestamp(day, tz=LONDON).isoformat() for day in ("2026-03-02", "2026-03-09")]
    frame.attrs["cronofy"] = {"tz": LONDON, "start": edges[0], "end": edges[1]}
    return frame


def bar_labels(ax: Axes) -> list[str]:
    """Return the labels of the colour bar, from below."""
    (bar,) = [other for other in ax.figure.axes if other is not ax]
    return [label.get_text() for label in bar.get_yticklabels()]


def strongest(plot: Plot, minutes: int, **options: object) -> tuple[float, float, float]:
    """Return the colour of the busiest cell."""
    ax = draw_picture(plot(week(minutes), ax=new_figure(), **options))
    faces = ax.collections[0].get_facecolors()[:, :3]
    red, green, blue = min(faces.tolist(), key=sum)
    return red, green, blue


@pytest.mark.parametrize("plot", PLOTS)
def test_a_scale_of_shares_does_not_end_below_one_half(plot: Plot) -> None:
    """Six minutes do not look like a full hour or day, and the bar ends at 50."""
    assert sum(strongest(plot, 6)) > sum(strongest(plot, 12 * 60)) + 0.5
    labels = bar_labels(plot(week(6), ax=new_figure()))
    assert labels[0] == "0"
    assert labels[-1] == "50"


@pytest.mark.parametrize("plot", PLOTS)
def test_the_highest_value_ends_the_scale_on_request(plot: Plot) -> None:
    """With vmax="max" the busiest cell has the strongest colour, whatever its value, and the bar says which."""
    assert strongest(plot, 6, vmax="max") == strongest(plot, 23 * 60, vmax="max")
    assert bar_labels(plot(week(144), ax=new_figure(), vmax="max"))[-1] == ("100" if plot is plot_heatmap else "10")


def test_a_scale_of_hours_does_not_end_below_four() -> None:
    """Half of a working day of eight hours; longer days extend it."""
    assert bar_labels(plot_days(week(6), ax=new_figure(), unit="hours"))[-1] == "4"
    assert bar_labels(plot_days(week(450), ax=new_figure(), unit="hours"))[-1] == "7.5"
    assert bar_labels(plot_days(week(6), ax=new_figure(), unit="hours", vmax="max"))[-1] == "0.1"


@pytest.mark.parametrize("plot", PLOTS)
def test_the_bar_says_that_values_are_beyond_its_end(plot: Plot) -> None:
    """A plus sign at the end, where a given vmax is lower than the highest value."""
    assert bar_labels(plot(week(18 * 60), ax=new_figure(), vmax=0.25))[-1] == "25+"


@pytest.mark.parametrize("plot", PLOTS)
def test_an_end_that_is_no_number_is_refused(plot: Plot) -> None:
    """The message has the word that is possible."""
    with pytest.raises(ValueError, match=r"vmax is a number, or 'max'.*not 'highest'"):
        plot(week(60), ax=new_figure(), vmax="highest")


@pytest.mark.parametrize("top", [0.02, 0.111, 0.37, 0.5, 0.512, 0.999, 1.0])
@pytest.mark.parametrize("plot", PLOTS)
def test_ticks_of_the_bar_are_apart(plot: Plot, top: float) -> None:
    """Their labels differ, and none is cut off."""
    ax = plot(week(60), ax=new_figure(), vmax=top)
    labels = bar_labels(ax)
    assert len(set(labels)) == len(labels) >= 2
    assert not clipped_labels(ax)
