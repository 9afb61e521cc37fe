"""Compare pictures of the seeded office with baseline images that were checked by eye.

Texts are taken away, for every release of the font library sets them a little differently; the other tests read them.
`pytest --mpl-generate-path=tests/plots/baseline tests/plots/test_baselines.py` makes them anew.
"""

from collections.abc import Callable

import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from cronofy_frames.frames.reading import read_events, read_free_busy
from cronofy_frames.intervals.operations import common_free
from cronofy_frames.measures.use import time_use
from cronofy_frames.plots import plot_days, plot_heatmap, plot_time_use, plot_timeline, plot_week
from tests.pictures import LONDON, WEEK, events, office, row

# what a warning says of frames without attrs has tests of its own, in tests/intervals/test_observation.py
pytestmark = pytest.mark.filterwarnings("ignore::cronofy_frames.intervals.observation.AssumedWarning")

OPTIONS = {"baseline_dir": "baseline", "backend": "agg", "tolerance": 2, "savefig_kwargs": {"dpi": 60}}
compared = pytest.mark.mpl_image_compare(style="default", **OPTIONS)


def textless(plot: Callable[..., object], frame: pd.DataFrame, **options: object) -> Figure:
    """Draw a picture without a layout, which would depend on texts, and take the texts away."""
    figure = Figure()
    plot(frame, ax=figure, **options)
    for axes in figure.axes:
        legend = axes.get_legend()
        if legend is not None:
            legend.remove()
    for text in figure.findobj(Text):
        text.set_visible(False)
    return figure


@compared
def test_heatmap() -> Figure:
    """Three days of five people; the other weekdays were not observed."""
    return textless(plot_heatmap, read_free_busy(office(), "2026-03-04", "2026-03-07", tz=LONDON))


@compared
def test_days_down() -> Figure:
    """March on a calendar's page, and three days that were not read."""
    read = read_events(office()["Maya Okafor"], "2026-03-01", "2026-04-01", tz=LONDON)
    return textless(plot_days, read, unit="hours", end="2026-04-04")


@compared
def test_days_across() -> Figure:
    """Half a year of working hours, weekends grey."""
    read = read_events(office()["Maya Okafor"], "2026-03-02", "2026-09-01", tz=LONDON)
    return textless(plot_days, read, working_hours=("09:00", "17:00"))


@compared
def test_timeline() -> Figure:
    """Five people's week with what they have in common."""
    team, hours = read_free_busy(office(), *WEEK, tz=LONDON), ("09:00", "17:00")
    return textless(
        plot_timeline, team, working_hours=hours, free=common_free(team, duration="1h", working_hours=hours)
    )


@compared
def test_week() -> Figure:
    """Five people's working week in one calendar, from eight to seven."""
    return textless(plot_week, read_events(office(), *WEEK, tz=LONDON), start="2026-03-02", days=5, hours=(8, 19))


@compared
def test_week_of_the_clock_change() -> Figure:
    """An hour that is skipped, an event across it, whole days, and what is tentative or free."""
    frame = events(
        row("2026-03-29 00:30", "2026-03-29 03:00", status="tentative"),
        row("2026-03-29 02:30", "2026-03-29 04:00", calendar_id="other"),
        row("2026-03-27", "2026-03-30", all_day=True, transparency="transparent"),
        row("2026-03-28", "2026-03-29", all_day=True),
    )
    return textless(plot_week, frame, week="2026-03-29", hours=(0, 12))


@compared
def test_time_use_in_bars() -> Figure:
    """Busy and focus hours of three months, by person."""
    use = time_use(read_events(office(), "2026-02-02", "2026-05-01", tz=LONDON), by="account", freq="MS")
    return textless(plot_time_use, use)


@compared
def test_time_use_in_lines() -> Figure:
    """The share of series in thirteen weeks, by person."""
    use = time_use(read_events(office(), "2026-02-02", "2026-05-04", tz=LONDON), by="account")
    return textless(plot_time_use, use, metrics="recurring_share")


@compared
def test_time_use_of_one_period() -> Figure:
    """Groups at the side, three metrics."""
    use = time_use(read_events(office(), *WEEK, tz=LONDON), by="account", freq=None)
    return textless(plot_time_use, use, metrics=("busy_hours", "focus_hours", "conflict_hours"))


IN_DARK = (
    test_heatmap,
    test_days_down,
    test_days_across,
    test_timeline,
    test_week,
    test_week_of_the_clock_change,
    test_time_use_in_bars,
    test_time_use_of_one_period,
)


@pytest.mark.mpl_image_compare(style="dark_background", **OPTIONS)
@pytest.mark.parametrize("picture", IN_DARK, ids=lambda picture: picture.__name__.removeprefix("test_"))
def test_dark(picture: Callable[[], Figure]) -> Figure:
    """The same pictures in a dark style: empty is the background, and time without data is near it."""
    return picture()
