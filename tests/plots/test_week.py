"""A week as calendars draw it: boxes, lanes, titles, clocks."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from cronofy_frames.frames.reading import read_calendars, read_events, read_free_busy
from cronofy_frames.plots import new_figure, plot_week
from cronofy_frames.plots.fitted_text import FittedText
from cronofy_frames.plots.packing import pack_lanes
from cronofy_frames.wire.client import Client
from tests.pictures import (
    LONDON,
    WEEK,
    clipped_labels,
    crowd,
    draw_picture,
    events,
    key,
    office,
    overlapping_labels,
    place,
    row,
    title,
)

# what a warning says of frames without attrs has tests of its own, in tests/intervals/test_observation.py
pytestmark = pytest.mark.filterwarnings("ignore::cronofy_frames.intervals.observation.AssumedWarning")


def titles(ax: Axes) -> list[str]:
    """Return what the boxes are called, whole."""
    return [child.words for child in ax.get_children() if isinstance(child, FittedText)]


def boxes(ax: Axes) -> list[tuple[float, float, float, float]]:
    """Return left, right, from and to of each event's box."""
    patches = [patch for patch in ax.patches if isinstance(patch, Rectangle) and patch.get_zorder() == 2]
    return [
        (patch.get_x(), patch.get_x() + patch.get_width(), patch.get_y(), patch.get_y() + patch.get_height())
        for patch in patches
    ]


def test_a_box_lies_on_its_day_from_its_start_to_its_end() -> None:
    """A day is 1 wide, an hour 1 high."""
    ((left, right, low, high),) = boxes(plot_week(events(row("2026-03-04 09:30", "2026-03-04 11:00")), ax=new_figure()))
    assert 2 < left < right < 3
    assert (low, high) == (9.5, 11)


def test_overlapping_events_lie_side_by_side() -> None:
    """Two overlapping events share the width; neighbours have all of it."""
    ax = plot_week(
        events(
            row("2026-03-02 09:00", "2026-03-02 10:00"),
            row("2026-03-02 09:30", "2026-03-02 10:30"),
            row("2026-03-02 10:30", "2026-03-02 11:30"),
        ),
        ax=new_figure(),
    )
    first, second, third = boxes(ax)
    assert first[1] <= second[0]
    assert third[1] - third[0] > 0.9


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12)), max_size=25))
def test_lanes_never_hold_two_at_once(given_spans: list[tuple[int, int]]) -> None:
    """Overlapping spans have no lane in common, and no lane is outside the column."""
    spans = [(float(start), float(start + length)) for start, length in given_spans]
    lanes = pack_lanes(spans)
    for n, (span, here) in enumerate(zip(spans, lanes, strict=True)):
        assert 0 <= here.first < here.end <= here.of
        for earlier, there in zip(spans[:n], lanes[:n], strict=True):
            if span[0] < earlier[1] and earlier[0] < span[1]:
                assert here.end <= there.first or there.end <= here.first


def test_titles_stay_inside_their_boxes() -> None:
    """For any title, box and resolution."""
    read = read_events(office(), *WEEK, tz=LONDON)
    ax = plot_week(read.assign(summary=read["summary"].fillna("") + " and much more than that"), ax=new_figure())
    for dpi in (60, 100, 200):
        ax.figure.set_dpi(dpi)
        shown = [
            text_artist
            for text_artist in draw_picture(ax).get_children()
            if isinstance(text_artist, FittedText) and text_artist.get_text()
        ]
        assert len(shown) > 50
        for text_artist in shown:
            left, right, low, high = text_artist._box
            (x0, y0), (x1, y1) = np.sort(ax.transData.transform([(left, low), (right, high)]), axis=0)
            text = place(text_artist)
            assert x0 - 1 <= text.x0
            assert text.x1 <= x1 + 1
            assert y0 - 1 <= text.y0
            assert text.y1 <= y1 + 1


def test_a_title_with_room_is_whole() -> None:
    """A title that fits is not shortened."""
    ax = draw_picture(
        plot_week(events(row("2026-03-02 09:00", "2026-03-02 12:00", summary="Budget, second pass")), ax=new_figure())
    )
    (text,) = (text for text in ax.get_children() if isinstance(text, FittedText))
    assert " ".join(text.get_text().split()) == "Budget, second pass"


@pytest.mark.parametrize(
    "summary", ["🎉 Party", "$5 & $6", "会議 Kickoff", "a\nb\tc", "\x07bell", "x" * 5000, "", "  "]
)
def test_any_title_can_be_drawn(summary: str) -> None:
    """Missing characters, dollars and line breaks give no warning and do not break the picture."""
    frame = events(row("2026-03-02 09:00", "2026-03-02 12:00", summary=summary))
    ax = draw_picture(plot_week(frame, ax=new_figure(), title=summary))
    assert len(boxes(ax)) == 1


def test_whole_and_long_days_are_on_top() -> None:
    """All-day events, and those of 24 hours or longer, are above the hours."""
    ax = plot_week(
        events(
            row("2026-03-03", "2026-03-06", all_day=True),
            row("2026-03-02 12:00", "2026-03-04 12:00"),
            row("2026-03-02 09:00", "2026-03-02 10:00"),
        ),
        ax=new_figure(),
    )
    whole, long, timed = boxes(ax)
    assert (round(whole[0], 1), round(whole[1], 1)) == (1.0, 4.0)
    assert (round(long[0], 1), round(long[1], 1)) == (0.0, 3.0)
    assert max(whole[3], long[3]) < 8 < timed[2] == 9
    assert whole[2] != long[2]


def test_many_all_day_events_are_counted() -> None:
    """More than five a day are shown as a number."""
    rows = [row("2026-03-03", "2026-03-04", all_day=True, summary=str(n)) for n in range(8)]
    ax = plot_week(events(*rows), ax=new_figure())
    assert len(boxes(ax)) == 5
    assert "+ 3 more all day" in titles(ax)


def test_an_overnight_event_is_on_both_days() -> None:
    """It continues at the top of the next column, and the hours are extended for it."""
    ax = plot_week(events(row("2026-03-02 22:00", "2026-03-03 02:00")), ax=new_figure())
    assert [(int(left), low, high) for left, _, low, high in boxes(ax)] == [(0, 22, 24), (1, 0, 2)]


def test_events_outside_the_hours_are_counted() -> None:
    """Their number is written above or below."""
    ax = plot_week(
        events(
            row("2026-03-02 06:00", "2026-03-02 07:00"),
            row("2026-03-02 20:00", "2026-03-02 21:00"),
            row("2026-03-02 07:00", "2026-03-02 10:00"),
        ),
        ax=new_figure(),
        hours=(8, 18),
    )
    assert {"▲ 1 earlier", "▼ 1 later"} <= set(titles(ax))
    assert [(low, high) for *_, low, high in boxes(ax)] == [(8, 10)]


def test_cancelled_events_are_left_out() -> None:
    """So are declined and deleted events; tentative and transparent ones have their own look."""
    ax = plot_week(
        events(
            row("2026-03-02 09:00", "2026-03-02 10:00", summary="a", participation_status="declined"),
            row("2026-03-03 09:00", "2026-03-03 10:00", summary="b", status="cancelled"),
            row("2026-03-04 09:00", "2026-03-04 10:00", summary="c", deleted=True),
            row("2026-03-05 09:00", "2026-03-05 10:00", summary="d", status="tentative"),
            row("2026-03-06 09:00", "2026-03-06 10:00", summary="e", transparency="transparent"),
        ).assign(deleted=lambda frame: frame["deleted"].fillna(False).astype(bool)),
        ax=new_figure(),
    )
    assert titles(ax) == ["d", "e"]
    assert key(ax) == ["tentative", "shown as free"]


def test_free_busy_can_be_drawn_too(client: Client) -> None:
    """Boxes without titles have their status."""
    assert set(titles(plot_week(read_free_busy(client, *WEEK), ax=new_figure()))) == {"busy"}


def test_colours_are_explained(client: Client) -> None:
    """The legend has the names of calendars; a single colour has no entry."""
    read = read_events(client, *WEEK)
    assert key(plot_week(read, ax=new_figure())) == ["Home", "Work"]
    labels = {read["calendar_id"].iloc[0]: "Office"}
    assert "Office" in key(plot_week(read, ax=new_figure(), labels=labels))
    assert key(plot_week(read[read["calendar_id"] == read["calendar_id"].iloc[0]], ax=new_figure())) == []


@pytest.mark.parametrize("people", [2, 8, 9, 20, 30])
def test_more_groups_than_colours_are_others(people: int) -> None:
    """No two groups in the legend have the same colour, and it says how many are grey."""
    ax = plot_week(crowd(people, 1), ax=new_figure())
    legend = ax.get_legend()
    assert legend is not None
    faces = [patch.get_facecolor() for patch in legend.get_patches()]
    assert len(set(faces)) == len(faces) == min(people, 8)
    assert [text for text in key(ax) if "others" in text] == ([f"{people - 7} others"] if people > 8 else [])


def test_those_with_the_most_events_have_colours() -> None:
    """Others are grey, whatever their names."""
    rows = [
        row(f"2026-03-0{day} {hour:02}:00", f"2026-03-0{day} {hour:02}:30", calendar_id=f"{name}")
        for hour, name in enumerate("abcdefghij", 8)
        for day in range(2, 4 if name in "adg" else 7)
    ]
    assert key(plot_week(events(*rows), ax=new_figure())) == [*"bcefhij", "3 others"]


def test_an_hour_that_is_skipped_is_hatched() -> None:
    """When clocks go forward in London there is no 01:30; events across the gap span it."""
    ax = plot_week(events(row("2026-03-29 00:30", "2026-03-29 03:00")), ax=new_figure())
    assert [(low, high) for *_, low, high in boxes(ax)] == [(0.5, 3)]
    (gap,) = (patch for patch in ax.patches if isinstance(patch, Rectangle) and patch.get_hatch() == "xxxx")
    assert (gap.get_x(), gap.get_y(), gap.get_height()) == (6, 1, 1)
    assert "skipped: clocks go forward" in key(ax)


def test_an_event_that_ends_at_the_gap_stops_there() -> None:
    """An hour until the clock change is one hour high."""
    frame = events(row("2026-03-29 00:00", "2026-03-29 02:00"))
    assert (frame["end"] - frame["start"]).iloc[0] == pd.Timedelta("1h")
    assert [(low, high) for *_, low, high in boxes(plot_week(frame, ax=new_figure()))] == [(0, 1)]


def test_a_repeated_hour_is_marked() -> None:
    """Events at both 01:30s are in the same place, side by side."""
    first, second = (pd.Timestamp(f"2026-10-25T0{hour}:15Z").tz_convert(LONDON) for hour in (0, 1))
    times = [{"start": box, "end": box + pd.Timedelta("30min")} for box in (first, second)]
    ax = plot_week(events(*(row("2026-10-25", "2026-10-26") | box for box in times)), ax=new_figure())
    box, other_box = boxes(ax)
    assert box[2:] == other_box[2:] == (1.25, 1.75)
    assert box[1] <= other_box[0] or other_box[1] <= box[0]
    assert "comes twice: clocks go back" in key(ax)


def test_an_event_across_the_repeat_covers_the_hour() -> None:
    """From the first 01:45 to the second 01:15 local time covers all of 01:00 to 02:00."""
    start = pd.Timestamp("2026-10-25T00:45Z").tz_convert(LONDON)
    frame = events(row("2026-10-25", "2026-10-26") | {"start": start, "end": start + pd.Timedelta("30min")})
    assert [(low, high) for *_, low, high in boxes(plot_week(frame, ax=new_figure()))] == [(1, 2)]


@pytest.mark.parametrize(("first", "day"), [("monday", 2), ("sunday", 1), ("saturday", 28)])
def test_a_week_is_found_from_any_of_its_days(first: str, day: int) -> None:
    """The week of a Wednesday begins on the weekday on which weeks start."""
    ax = plot_week(crowd(1, 12), ax=new_figure(), week="2026-03-04", week_start=first)
    assert ax.get_xticklabels()[0].get_text().split()[1] == str(day)


def test_days_can_be_chosen() -> None:
    """Five days from a start."""
    ax = plot_week(crowd(1, 12), ax=new_figure(), start="2026-03-02", days=5)
    assert title(ax) == "Events, Mon 2 Mar 2026 to Fri 6 Mar 2026, Europe/London"
    assert len(ax.get_xticklabels()) == 5


def test_unread_time_is_hatched(client: Client) -> None:
    """A read of two days does not make the other days free."""
    ax = plot_week(read_events(client, "2026-03-04", "2026-03-06"), ax=new_figure())
    hatched = [patch.get_x() for patch in ax.patches if isinstance(patch, Rectangle) and patch.get_hatch() == "////"]
    assert hatched == [0, 1, 4, 5, 6]
    assert "not read" in key(ax)


def test_an_empty_week_is_drawn(client: Client) -> None:
    """Without rows, if the week is given."""
    ax = plot_week(read_events(client, "2026-05-04", "2026-05-11"), ax=new_figure())
    assert ax.get_xticklabels()[0].get_text() == "Mon 4 May"
    assert not boxes(ax)


@pytest.mark.parametrize("days", [1, 2, 5, 7, 14])
@pytest.mark.parametrize("people", [1, 5, 20])
def test_labels_have_room(people: int, days: int) -> None:
    """No label overlaps another or is cut off, for one day or two weeks."""
    ax = plot_week(crowd(people, 3), ax=new_figure(), start="2026-01-05", days=days)
    assert not overlapping_labels(ax)
    assert not clipped_labels(ax)


def test_invalid_arguments_are_refused(client: Client) -> None:
    """The message says what to do instead."""
    read = read_events(client, *WEEK)
    bare = read.iloc[:0].copy()
    bare.attrs.clear()
    for frame, options, message in (
        (read_calendars(client), {}, "no columns start and end"),
        (read, {"hours": (20, 7)}, "two numbers from 0 to 24"),
        (read, {"days": 40}, "from 1 to 14"),
        (read, {"week": "2026-03-02", "start": "2026-03-02"}, "not both"),
        (read, {"week_start": "moonday"}, "week_start is"),
        (bare, {}, "give week="),
    ):
        with pytest.raises(ValueError, match=message):
            plot_week(frame, ax=new_figure(), **options)
