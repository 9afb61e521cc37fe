"""Colours that follow the background of a picture."""

import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from cronofy_frames.plots import new_figure, plot_heatmap, plot_timeline, plot_week
from cronofy_frames.plots.canvas import brightness, tones_of
from tests.pictures import crowd, events, row

# what a warning says of frames without attrs has tests of its own, in tests/intervals/test_observation.py
pytestmark = pytest.mark.filterwarnings("ignore::cronofy_frames.intervals.observation.AssumedWarning")

STYLES = ["default", "dark_background", "Solarize_Light2", "ggplot", "grayscale"]


def empty_axes() -> Axes:
    """Return axes in the style in use."""
    return new_figure().add_subplot()


@pytest.mark.parametrize("style", STYLES)
def test_the_less_it_matters_the_nearer_it_is_to_the_background(style: str) -> None:
    """Outside working hours, no data, lines, hatching, marks and text go from the background to the text in order."""
    with plt.style.context(style):
        tones = tones_of(empty_axes())
    steps = (tones.rest, tones.unread, tones.line, tones.unread_lines, tones.grey, tones.ink)
    distances = [abs(brightness(step) - brightness(tones.background)) for step in steps]
    assert distances == sorted(distances)
    assert distances[0] > 0.02
    assert distances[-1] > 0.4


def test_the_tones_of_white_are_the_usual_greys() -> None:
    """With black text on white they are light greys."""
    tones = tones_of(empty_axes())
    for tone, grey in ((tones.rest, "#F1F1F1"), (tones.unread, "#E3E3E3"), (tones.ink, "#222222")):
        assert tone == pytest.approx(to_rgb(grey), abs=0.003)


@pytest.mark.parametrize(("text", "is_dark"), [("white", True), ("black", False)])
def test_a_transparent_picture_is_dark_where_its_text_is_light(text: str, is_dark: bool) -> None:
    """As on the page of a dark theme, which is behind it."""
    with plt.rc_context({"figure.facecolor": "none", "axes.facecolor": "none", "text.color": text}):
        assert tones_of(empty_axes()).is_dark is is_dark


def test_axes_are_drawn_on_the_figure_behind_them() -> None:
    """Transparent axes of a dark figure have a dark background."""
    figure = new_figure()
    figure.set_facecolor("#111111")
    ax = figure.add_subplot(facecolor="none")
    assert tones_of(ax).background == pytest.approx(to_rgb("#111111"))


def test_text_can_be_read_on_axes_of_another_style() -> None:
    """Axes made dark by hand have a light title, though the style in use has black text."""
    ax = new_figure().add_subplot(facecolor="black")
    plot_timeline(crowd(2, 1), ax=ax)
    assert ax._left_title.get_color() == (1.0, 1.0, 1.0)


@pytest.mark.parametrize(("style", "rises"), [("default", False), ("dark_background", True)])
def test_an_empty_cell_is_like_the_background(style: str, rises: bool) -> None:
    """The scale goes from dark to bright in a dark style, and from bright to dark in a light one."""
    with plt.style.context(style):
        cmap = plot_heatmap(crowd(1, 1), ax=new_figure()).collections[0].get_cmap()
    assert (brightness(cmap(0.0)[:3]) < brightness(cmap(1.0)[:3])) == rises


@pytest.mark.parametrize("style", STYLES)
def test_working_hours_and_free_events_are_the_background(style: str) -> None:
    """Time outside of working hours is shaded towards the text, and an event shown as free is empty."""
    with plt.style.context(style):
        ax = plot_timeline(crowd(1, 1), ax=new_figure(), working_hours=("09:00", "17:00"))
        shaded = [tuple(bars.get_facecolor()[0][:3]) for bars in ax.collections if bars.get_zorder() == 0.5]
        assert shaded == [pytest.approx(tones_of(ax).rest)]
        week = plot_week(
            events(row("2026-03-04 09:30", "2026-03-04 11:00", transparency="transparent")), ax=new_figure()
        )
        (box,) = [patch for patch in week.patches if patch.get_zorder() == 2]
        assert box.get_facecolor()[:3] == pytest.approx(tones_of(week).background)
