"""Metrics of time use: bars, lines, colours and units."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from cronofy_frames.frames.reading import read_events
from cronofy_frames.measures.use import time_use
from cronofy_frames.plots import new_figure, plot_time_use
from cronofy_frames.plots.language import Language
from cronofy_frames.plots.names import group_label
from cronofy_frames.plots.use_table import UNITS
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


@pytest.mark.parametrize("people", [2, 8, 9, 20, 30])
@pytest.mark.parametrize("metrics", ["busy_hours", ("busy_hours", "focus_hours")])
@pytest.mark.parametrize("weeks", [2, 8])
def test_every_series_has_its_own_look(people: int, metrics: str | tuple[str, ...], weeks: int) -> None:
    """Up to eight people have a colour each; of more, seven have, and the legend says how many others are grey."""
    ax = plot_time_use(time_use(crowd(people, weeks), by="account"), ax=new_figure(), metrics=metrics, kind="lines")
    looks = {(line.get_color(), line.get_linestyle()) for line in ax.lines}
    colours = {line.get_color() for line in ax.lines}
    assert len(colours) == min(people, 8)
    assert len(looks) == len(ax.lines) == len(colours) * (1 if isinstance(metrics, str) else 2)
    others = [text for text in key(ax) if "others" in text]
    assert others == ([f"mean of {people - 7} others"] if people > 8 else [])
    handles = [(line.get_color(), line.get_linestyle()) for line in ax.get_legend().get_lines()]
    assert len(set(handles)) == len(handles)


@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_the_grey_of_others_is_not_that_of_metrics(style: str) -> None:
    """Their entries of the legend are far apart, on a dark background too."""
    with plt.style.context(style):
        ax = plot_time_use(time_use(crowd(20, 2), by="account"), ax=new_figure(), kind="bars")
        others, metric = ax.get_legend().get_patches()[7:9]
    assert key(ax)[7:9] == ["mean of 13 others", "busy hours"]
    assert abs(others.get_facecolor()[0] - metric.get_facecolor()[0]) > 0.2


def test_the_busiest_have_colours_and_others_their_mean() -> None:
    """The first metric decides, and values that are not known are left out of the mean."""
    use = time_use(crowd(10, 2), by="account")
    use["busy_hours"] = np.repeat([1.0, 50, 60, 2, 70, 80, 90, 3, 55, 65], 2)
    ax = plot_time_use(use, ax=new_figure(), metrics="busy_hours")
    people = [label.split()[1] for label in key(ax)[:-1]]
    assert people == ["01", "02", "04", "05", "06", "08", "09"]
    assert heights(ax)[-2:] == [2.0, 2.0]
    use.loc[0, "busy_hours"] = np.nan
    ax = plot_time_use(use, ax=new_figure(), metrics="busy_hours")
    assert "mean of up to 3 others" in key(ax)
    assert heights(ax)[-2:] == [2.5, 2.0]


def test_a_single_period_has_every_group() -> None:
    """Rows need no colours."""
    ax = plot_time_use(time_use(crowd(30, 4), by="account", freq=None), ax=new_figure())
    assert len(ax.get_yticklabels()) == 30
    assert key(ax) == ["busy hours", "focus hours"]


def test_all_metrics_of_a_unit_have_their_own_look() -> None:
    """Without groups metrics differ by colour, then by pattern."""
    use = time_use(crowd(1, 4))
    hours = [name for name in use.columns[1:] if UNITS[name] == "hours"]
    ax = plot_time_use(use, ax=new_figure(), metrics=hours, kind="lines")
    drawn = [line for line in ax.lines if line.get_linestyle() != "None"]
    assert len({(line.get_color(), line.get_linestyle()) for line in drawn}) == len(hours) > 8


@pytest.mark.parametrize(
    ("metrics", "suffix"),
    [
        ("busy_hours", "sum of 3 accounts"),
        ("longest_free_block", "mean of 3 accounts"),
        ("recurring_share", "overall share of 3 accounts"),
        (("busy_hours", "longest_free_block"), "sum (busy hours) and mean (longest free block) of 3 accounts"),
    ],
)
def test_the_title_says_how_accounts_are_combined(metrics: str | tuple[str, ...], suffix: str) -> None:
    """Of one account, or with each account on its own, nothing is combined."""
    assert title(plot_time_use(time_use(crowd(3, 4)), ax=new_figure(), metrics=metrics)).endswith(f"London, {suffix}")
    assert title(plot_time_use(time_use(crowd(1, 4)), ax=new_figure(), metrics=metrics)).endswith("London")
    by_account = time_use(crowd(3, 4), by="account")
    assert title(plot_time_use(by_account, ax=new_figure(), metrics=metrics)).endswith("London")


def test_groups_are_sums_of_the_accounts_that_they_have() -> None:
    """A calendar need not be of every account."""
    frame = crowd(3, 4).assign(calendar_id="cal")
    ax = plot_time_use(time_use(frame, by="calendar_id"), ax=new_figure(), metrics="busy_hours")
    assert title(ax).endswith("sum of up to 3 accounts")


@pytest.mark.parametrize("by", [None, "account"])
def test_the_mean_of_persons_is_the_sum_by_their_number(by: str | None) -> None:
    """The same picture of sums and of a result by account, and the axis says per person."""
    sums = time_use(crowd(3, 4))["busy_hours"]
    ax = plot_time_use(time_use(crowd(3, 4), by=by), ax=new_figure(), metrics="busy_hours", per="person")
    np.testing.assert_allclose(heights(ax), sums / 3)
    assert ax.get_ylabel() == "hours a week per person"
    assert title(ax).endswith("mean of 3 accounts")


def test_the_mean_has_the_persons_whose_value_is_known() -> None:
    """A value that is not known is not zero, and the title does not count it everywhere."""
    use = time_use(crowd(3, 2), by="account")
    use.loc[use.index[0], "busy_hours"] = np.nan
    ax = plot_time_use(use, ax=new_figure(), metrics="busy_hours", per="person")
    first = use[use["period"] == use["period"].min()]
    assert heights(ax)[0] == pytest.approx(first["busy_hours"].iloc[1:].mean())
    assert title(ax).endswith("mean of up to 3 accounts")


def test_the_mean_of_one_person_is_the_value() -> None:
    """A mean of one changes nothing, and needs no remark in the title."""
    use = time_use(crowd(1, 4))
    ax = plot_time_use(use, ax=new_figure(), metrics="busy_hours", per="person")
    np.testing.assert_allclose(heights(ax), use["busy_hours"])
    assert title(ax).endswith("London")


def test_a_mean_that_the_result_cannot_give_is_refused() -> None:
    """The message names the grouping that has it."""
    team = crowd(3, 4)
    lost = time_use(team)
    lost.attrs.clear()
    partly = time_use(team)
    origin = partly.attrs["cronofy"]
    short = {"start": origin["start"], "end": (pd.Timestamp(origin["end"]) - pd.Timedelta("7D")).isoformat()}
    partly.attrs["cronofy"] = {**origin, "accounts": {**origin["accounts"], "Person 00 of the Long-named": short}}
    for use, metrics, message in (
        (time_use(team), "recurring_share", r"recurring_share is of all accounts together: .*by=\['account'\]"),
        (time_use(team.assign(kind="x"), by="kind"), "busy_hours", r"by kind: .*by=\['kind', 'account'\]"),
        (lost, "busy_hours", "does not say of how many accounts"),
        (partly, "busy_hours", "not all accounts were read for the whole window"),
    ):
        with pytest.raises(ValueError, match=message):
            plot_time_use(use, ax=new_figure(), metrics=metrics, per="person")


@pytest.mark.parametrize("per", ["account", "meeting", "people"])
def test_the_other_meaning_of_per_is_refused(per: str) -> None:
    """In `time_use` it says how attendees_hours counts, and the message says so."""
    with pytest.raises(ValueError, match="per='person' draws" if per != "people" else "per is 'person'"):
        plot_time_use(time_use(crowd(2, 4)), ax=new_figure(), per=per)


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
    groups = [use[:1].assign(calendar_id=str(n)) for n in range(201)]
    many = pd.concat(groups, ignore_index=True)
    hours = ("busy_hours", "focus_hours", "scheduled_hours", "away_hours", "after_hours")
    two = pd.concat([time_use(crowd(1, 4)).assign(calendar_id=name) for name in "ab"], ignore_index=True)
    for frame, options, message in (
        (events, {}, "time_use"),
        (use, {"metrics": "busyness"}, "not a metric"),
        (use, {"metrics": ("busy_hours", "meetings")}, "one axis has one unit"),
        (use, {"metrics": ()}, "empty"),
        (use.drop(columns="focus_hours"), {}, "no focus_hours"),
        (use.iloc[:0], {}, "no rows"),
        (use, {"kind": "pie"}, "kind is"),
        (many[["calendar_id", *use.columns]], {}, "200 rows that can be distinguished"),
        (two[["calendar_id", *use.columns]], {"metrics": hours}, "the 4 that can be distinguished"),
    ):
        with pytest.raises(ValueError, match=message):
            plot_time_use(frame, ax=new_figure(), **options)


def test_labels_of_two_groups_are_shortened_as_a_whole() -> None:
    """A short part leaves its room to a long one, and an Arabic part keeps its direction beside the other."""
    label = group_label(("Emily Featherstone", "Work"), None, Language())
    assert label == "Emily Featherstone, Work"
    assert len(group_label(("Emily Featherstonehaugh", "Work and others"), None, Language())) <= 28
    assert group_label(("منى", "Work"), None, Language()) == "\u2068منى\u2069, Work"
