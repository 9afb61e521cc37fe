"""Metrics of time use: bars, lines, colours and units."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from cronofy_frames.frames.reading import read_events
from cronofy_frames.measures.use import time_use
from cronofy_frames.plots import new_figure, plot_time_use
from cronofy_frames.wire.client import Client
from tests.pictures import WEEK, clipped_labels, crowd, key, overlapping_labels, title

# what a warning says of frames without attrs has tests of its own, in tests/intervals/test_observation.py
pytestmark = pytest.mark.filterwarnings("ignore::cronofy_frames.intervals.observation.AssumedWarning")


def heights(ax: Axes) -> list[float]:
    """Return how high bars are, in the order in which they were drawn."""
    return [float(bar.get_height()) for bars in ax.containers for bar in bars]


def test_bars_are_the_metric() -> None:
    """Each week has a bar as high as the number in the frame, and the axis has the unit."""
    use = time_use(crowd(1, 6))
    ax = plot_time_use(use, ax=new_figure(), metrics="busy_hours")
    np.testing.assert_allclose(heights(ax), use["busy_hours"])
    assert ax.get_ylabel() == "hours a week"
    assert title(ax) == "Busy hours, Mon 5 Jan 2026 to Sun 15 Feb 2026, Europe/London"
    assert key(ax) == []


@pytest.mark.parametrize(("freq", "unit"), [("D", "hours a day"), ("W", "hours a week"), ("MS", "hours a month")])
def test_the_unit_names_the_period(freq: str, unit: str) -> None:
    """Hours a week and hours a month have different labels."""
    assert plot_time_use(time_use(crowd(1, 12), freq=freq), ax=new_figure()).get_ylabel() == unit


def test_shares_are_per_cent() -> None:
    """Shares have no period in their unit."""
    use = time_use(crowd(1, 4)).assign(recurring_share=0.25)
    ax = plot_time_use(use, ax=new_figure(), metrics="recurring_share")
    assert ax.get_ylabel() == "%"
    assert heights(ax) == [25.0] * 4


def test_groups_have_colours_and_metrics_patterns() -> None:
    """The legend has the people, then the metrics."""
    ax = plot_time_use(time_use(crowd(2, 4), by="account"), ax=new_figure())
    assert key(ax) == ["Person 00 of the Long-named", "Person 01 of the Long-named", "busy hours", "focus hours"]
    faces = [bars[0].get_facecolor() for bars in ax.containers]
    assert faces[0] == faces[1] != faces[2] == faces[3]
    assert [bool(bars[0].get_hatch()) for bars in ax.containers] == [False, True, False, True]


def test_one_period_has_groups_as_rows() -> None:
    """Bars are horizontal, labelled with their group."""
    ax = plot_time_use(time_use(crowd(5, 4), by="account", freq=None), ax=new_figure(), metrics="busy_hours")
    assert len(ax.get_yticklabels()) == 5
    assert ax.get_xlabel() == "hours"


def test_many_bars_become_lines() -> None:
    """Unless kind is bars."""
    use = time_use(crowd(5, 26), by="account")
    assert len(plot_time_use(use, ax=new_figure(), metrics="busy_hours").lines) == 5
    assert len(plot_time_use(use, ax=new_figure(), metrics="busy_hours", kind="bars").containers) == 5


def test_zero_and_not_known_look_different() -> None:
    """Zero is a line on the axis, NaN a cross with a legend entry."""
    use = time_use(crowd(1, 4))
    use.loc[1, "busy_hours"], use.loc[2, "busy_hours"] = 0.0, np.nan
    ax = plot_time_use(use, ax=new_figure(), metrics="busy_hours")
    (cross,), (zero,) = ax.lines, ax.collections
    assert cross.get_xdata().tolist() == [2.0]
    assert len(zero.get_segments()) == 1
    assert key(ax) == ["not known or hidden"]


def test_every_series_has_its_own_look() -> None:
    """Twenty people differ by colour or pattern."""
    ax = plot_time_use(time_use(crowd(20, 8), by="account"), ax=new_figure(), metrics="busy_hours")
    looks = {(line.get_color(), line.get_linestyle()) for line in ax.lines}
    assert len(looks) == len(ax.lines) == 20


@pytest.mark.parametrize("people", [1, 2, 5, 20])
@pytest.mark.parametrize("weeks", [1, 4, 26, 53])
def test_labels_have_room(people: int, weeks: int) -> None:
    """No label overlaps another or is cut off."""
    ax = plot_time_use(time_use(crowd(people, weeks), by="account"), ax=new_figure(), metrics="busy_hours")
    assert not overlapping_labels(ax)
    assert not clipped_labels(ax)


def test_invalid_arguments_are_refused(client: Client) -> None:
    """The message says what to do instead."""
    events = read_events(client, *WEEK)
    use = time_use(events)
    many = pd.concat([use.assign(calendar_id=str(n)) for n in range(40)], ignore_index=True)
    for frame, options, message in (
        (events, {}, "time_use"),
        (use, {"metrics": "busyness"}, "not a metric"),
        (use, {"metrics": ("busy_hours", "meetings")}, "one axis has one unit"),
        (use, {"metrics": ()}, "empty"),
        (use.drop(columns="focus_hours"), {}, "no focus_hours"),
        (use.iloc[:0], {}, "no rows"),
        (use, {"kind": "pie"}, "kind is"),
        (many[["calendar_id", *use.columns]], {}, "can be distinguished"),
    ):
        with pytest.raises(ValueError, match=message):
            plot_time_use(frame, ax=new_figure(), **options)
