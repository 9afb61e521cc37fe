"""Week view: a column for each day, boxes with titles for events, all-day events on top."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from cronofy_frames.frames.bounds import Bound
from cronofy_frames.frames.standard_dtypes import standard_dtypes
from cronofy_frames.intervals.counting import busy_rows
from cronofy_frames.plots.canvas import (
    TENTATIVE_HATCH,
    Target,
    Tones,
    add_legend,
    axes_of,
    group_colours,
    remove_frame,
    set_title,
    size_in_inches,
    tones_of,
    unread_patch,
    width_in_inches,
)
from cronofy_frames.plots.day_columns import DayColumns, EventBox, day_columns, event_boxes
from cronofy_frames.plots.fitted_text import FittedText
from cronofy_frames.plots.fonts import Font, use_font, with_own_fonts
from cronofy_frames.plots.language import Language, gettext_noop, language_of
from cronofy_frames.plots.names import Labels, calendar_labels, first_day, group_label
from cronofy_frames.plots.packing import Lane, pack_lanes

EDGE = 0.035  # of the width of a day: the stripe of colour
MOST_LANES = 5  # of all-day events
MOST_BOXES = 5_000
SKIPPED, REPEATED = gettext_noop("skipped: clocks go forward"), gettext_noop("comes twice: clocks go back")


@dataclass(frozen=True, slots=True)
class WeekAxes:
    """The axes of a week view, with what is drawn on them.

    Attributes
    ----------
    ax
        The axes: a day is 1 wide, an hour 1 high.
    days
        The days, from left to right.
    boxes
        The events.
    colours
        The colour of each group.
    low, high
        The first and the last hour of the day that is drawn.
    language
        The language of its words and dates.
    """

    ax: Axes
    days: DayColumns
    boxes: list[EventBox]
    colours: dict[object, str]
    low: float
    high: float
    language: Language

    @property
    def tones(self) -> Tones:
        """The colours between background and text."""
        return tones_of(self.ax)

    @property
    def line(self) -> float:
        """The height of a line of text, 0.2 inches, in hours."""
        return (self.high - self.low) / max(size_in_inches(self.ax)[1] - 1.0, 1.0) * 0.2

    @property
    def timed(self) -> list[EventBox]:
        """The boxes of events with times."""
        return [box for box in self.boxes if not box.all_day]

    def is_visible(self, box: EventBox) -> bool:
        """Return whether a box lies within the hours that are drawn, at least in part."""
        return box.high > self.low and box.low < self.high


@with_own_fonts
def plot_week(
    events: pd.DataFrame,
    *,
    ax: Target | None = None,
    week: Bound | None = None,
    start: Bound | None = None,
    days: int = 7,
    tz: str | None = None,
    hours: tuple[float, float] | None = None,
    by: str | None = None,
    tentative: bool = True,
    labels: Labels = None,
    week_start: str = "monday",
    locale: str | None = None,
    font: Font | None = None,
    title: str | None = None,
) -> Axes:
    """Plot a week as calendars do: a column for each day, overlapping events side by side, all-day events on top.

    Deleted, cancelled and declined events are left out; tentative ones are hatched, and transparent ones, which take no
    time, are empty. Events of 24 hours or longer are on top with the all-day events.

    Parameters
    ----------
    events
        Events as `read_events` returns them, or free/busy.
    ax
        Where to draw: axes, or an empty figure; by default a new figure, high enough for its hours.
    week
        Any day of the week to draw; by default the first week that was read (`attrs`), else that of the first row.
    start, days
        Instead of a week, the first day and the number of days, up to 14.
    tz
        The zone of days and hours; by default the frame's own.
    hours
        First and last hour of the day, as in `(7, 20)`; events outside are counted above and below. By default from 8
        to 18, extended to include all events.
    by
        The column that gives colours; by default the account, if there is one, else the calendar. Up to eight values
        have a colour each; of more, the seven with the most events have, and the others are grey.
    tentative
        Whether tentative rows are drawn.
    labels
        Labels for values of `by`, by default the names of calendars.
    week_start
        The first day of a week: monday, sunday, saturday.
    locale
        The language of dates, numbers and the picture's own words, as in "fr" or "pt_BR"; English by default. Words
        are translated to German, French, Spanish, Italian, Dutch, Portuguese and Japanese.
    font
        The name of an installed font, or a font file, to write with first; by default the font that matplotlib is set
        to. What it lacks is written with an installed font that has it.
    title
        Replaces the default title, which has the dates and the zone.

    Returns
    -------
    Axes
        A day is 1 wide, an hour 1 high. An hour that the clocks skip is hatched.

    Raises
    ------
    ValueError
        For a frame without times; for one without rows when no week is given and `attrs` do not say what was read;
        for hours, a day, a zone, a column or a locale that are not valid.

    Examples
    --------
    >>> events = cf.read_events(client, "2026-03-02", "2026-03-09", tz="Europe/London")
    >>> ax = cf.plot_week(events)
    >>> [label.get_text() for label in ax.get_xticklabels()][:2]
    ['Mon 2 Mar', 'Tue 3 Mar']
    """
    use_font(font)
    language, first = language_of(locale), first_day(week_start)
    by = by or next((name for name in ("account", "calendar_id") if name in events), None)
    events = standard_dtypes(events)
    busy_rows(events.iloc[:0], by, tz=tz)  # raises for a frame without times or without that column
    columns = day_columns(events, week, start, days, tz, first)
    boxes = event_boxes(events, columns, by, tentative=tentative, language=language)
    if len(boxes) > MOST_BOXES:
        raise ValueError(f"{len(boxes):,} events are too many for one picture: draw fewer days, or fewer accounts.")
    colours = group_colours(box.group for box in boxes)
    low, high = _hours_to_draw(boxes, hours)
    view = WeekAxes(axes_of(ax, min(1.2 + 0.42 * (high - low), 8.0)), columns, boxes, colours, low, high, language)
    top, bottom = _draw_outside_counts(view)
    top = _draw_all_day(view, top)
    view.ax.set_xlim(0, columns.count)
    view.ax.set_ylim(bottom, top)
    _draw_grid(view)
    _draw_timed(view)
    if len(colours) > 1:
        labels = calendar_labels(events, by, labels)
    handles = [*_group_handles(view, labels), *_kind_handles(view), *_draw_clock_changes(view), *_hatch_unread(view)]
    remove_frame(view.ax)
    add_legend(view.ax, handles, 0.3)
    default = f"{language.gettext('Events')}, {language.span(columns.start, columns.end)}, {columns.tz}"
    set_title(view.ax, title if title is not None else default)
    return view.ax


def _hours_to_draw(boxes: list[EventBox], hours: tuple[float, float] | None) -> tuple[float, float]:
    """Return the first and the last hour of the day to draw."""
    if hours is None:
        timed = [box for box in boxes if not box.all_day]
        low = min([8.0, *(np.floor(box.low) for box in timed)])
        return float(low), float(max([18.0, *(np.ceil(box.high) for box in timed)]))
    try:
        low, high = (float(hour) for hour in hours)
    except (TypeError, ValueError):
        low, high = 0.0, 0.0
    if not 0 <= low < high <= 24:
        raise ValueError(f"hours are two numbers from 0 to 24 such as (7, 20), not {hours!r}.")
    return low, high


def _draw_outside_counts(view: WeekAxes) -> tuple[float, float]:
    """Write above and below the hours how many events of each day lie outside; return the heights at top and bottom."""
    outside = [box for box in view.timed if not view.is_visible(box)]
    earlier, later = ([box for box in outside if (box.high <= view.low) is before] for before in (True, False))
    top, bottom, language = view.low, view.high, view.language
    if earlier:
        top -= view.line
        _write_counts(view, earlier, top, "▲", lambda n: language.ngettext("{count} earlier", "{count} earlier", n))
    if later:
        _write_counts(view, later, bottom, "▼", lambda n: language.ngettext("{count} later", "{count} later", n))
        bottom += view.line
    return top, bottom


def _write_counts(
    view: WeekAxes, boxes: list[EventBox], height: float, arrow: str, text_of: Callable[[int], str]
) -> None:
    """Write the number of boxes of each day in a line at a height."""
    counts = np.bincount([box.day for box in boxes], minlength=view.days.count)
    for day in np.flatnonzero(counts).tolist():
        text = f"{arrow} {text_of(int(counts[day]))}"
        FittedText(view.ax, (day, day + 1, height, height + view.line), text, color=view.tones.ink)


def _draw_all_day(view: WeekAxes, base: float) -> float:
    """Draw all-day events in lanes above a height; return the height at the top."""
    boxes = [box for box in view.boxes if box.all_day]
    if not boxes:
        return base
    lanes = pack_lanes([(box.day, box.last + 1) for box in boxes])
    more = any(lane.first >= MOST_LANES for lane in lanes)
    # lanes are filled from the first on, so a day with events beyond the last visible lane has all visible ones filled
    depth = min(max(lane.first for lane in lanes) + 1, MOST_LANES)
    floor = base - 0.3 * view.line
    for box, lane in zip(boxes, lanes, strict=True):
        if lane.first < MOST_LANES:
            y = floor - view.line * (depth - lane.first + more)
            _draw_box(view, box, (box.day + 0.02, box.last + 0.98, y, y + 0.9 * view.line))
    _write_hidden_counts(view, boxes, lanes, floor)
    view.ax.axhline(base, color=view.tones.ink, linewidth=0.8, zorder=3)
    return floor - view.line * (depth + more) - 0.15 * view.line


def _write_hidden_counts(view: WeekAxes, boxes: list[EventBox], lanes: Sequence[Lane], floor: float) -> None:
    """Write for each day how many of its all-day events have no visible lane."""
    hidden = np.zeros(view.days.count, np.int64)
    for box, lane in zip(boxes, lanes, strict=True):
        if lane.first >= MOST_LANES:
            hidden[box.day : box.last + 1] += 1
    for day in np.flatnonzero(hidden).tolist():
        text = view.language.ngettext("+ {count} more all day", "+ {count} more all day", int(hidden[day]))
        FittedText(view.ax, (day, day + 1, floor - view.line, floor), text, color=view.tones.ink)


def _draw_timed(view: WeekAxes) -> None:
    """Draw the events with times, those that overlap side by side."""
    # at least as high as a line of the smallest font
    least = (view.high - view.low) / max(size_in_inches(view.ax)[1] - 1.0, 1.0) * 0.115
    for day in range(view.days.count):
        boxes = [box for box in view.timed if box.day == day and view.is_visible(box)]
        spans = [
            (max(box.low, view.low), max(min(box.high, view.high), max(box.low, view.low) + least)) for box in boxes
        ]
        for box, (begin, end), lane in zip(boxes, spans, pack_lanes(spans), strict=True):
            width = 0.96 / lane.of
            left, right = day + 0.02 + lane.first * width, day + 0.02 + lane.end * width - 0.008
            _draw_box(view, box, (left, right, begin, min(end, view.high)))


def _draw_box(view: WeekAxes, box: EventBox, place: tuple[float, float, float, float]) -> None:
    left, right, begin, end = place
    colour = view.colours[box.group]
    view.ax.add_patch(
        Rectangle((left, begin), right - left, end - begin, zorder=2, **_style(view.tones, box.kind, colour))
    )
    stripe = min(EDGE, (right - left) / 4)
    view.ax.add_patch(Rectangle((left, begin), stripe, end - begin, facecolor=colour, linewidth=0, zorder=2.1))
    # behind the text of hatched events is the background, for lines through letters make them hard to read
    behind = {"facecolor": view.tones.background, "edgecolor": "none", "pad": 0.6, "alpha": 0.85}
    own: dict[str, Any] = {"bbox": behind} if box.kind == "tentative" else {}
    FittedText(view.ax, (left + stripe, right, begin, end), box.title, color=view.tones.ink, zorder=4, **own)


def _style(tones: Tones, kind: str, colour: Any) -> dict[str, Any]:
    if kind == "free":
        return {"facecolor": tones.background, "edgecolor": colour, "linewidth": 0.8}
    if kind == "tentative":
        edge = tones.tint(colour, 0.4)
        return {"facecolor": tones.background, "edgecolor": edge, "hatch": TENTATIVE_HATCH, "linewidth": 0.8}
    return {"facecolor": tones.tint(colour, 0.3), "edgecolor": tones.background, "linewidth": 0.8}


def _draw_grid(view: WeekAxes) -> None:
    """Draw lines for hours and days, and label both."""
    first, last = int(np.ceil(view.low)), int(view.high)
    for hour in range(first, last + 1):
        view.ax.axhline(hour, color=view.tones.line, linewidth=0.5, zorder=0.5)
    for day in range(view.days.count + 1):
        view.ax.axvline(day, color=view.tones.line, linewidth=0.8, zorder=0.5)
    inch = max(size_in_inches(view.ax)[1] - 1.0, 0.5) / (view.high - view.low)
    step = next((hours for hours in (1, 2, 3, 4, 6, 12) if hours * inch >= 0.16), 24)
    ticks = range(first, last + 1, step)
    view.ax.set_yticks(ticks, [f"{hour:02}:00" for hour in ticks], fontsize="small")
    view.ax.xaxis.tick_top()
    width = size_in_inches(view.ax)[0] / view.days.count
    view.ax.set_xticks(np.arange(view.days.count) + 0.5, _day_labels(view.days.dates, view.language, width))


def _day_labels(dates: list[pd.Timestamp], language: Language, width: float) -> list[str]:
    """Return labels for days, the longest form of which all fit into a width in inches."""
    forms = [
        [language.day(day) for day in dates],
        [language.short_day(day) for day in dates],
        [str(day.day) for day in dates],
    ]
    return next((form for form in forms if max(map(width_in_inches, form)) + 0.1 <= width), forms[-1])


def _group_handles(view: WeekAxes, labels: Labels) -> list[Artist]:
    """Return legend entries for the colours of groups; groups that share a colour have one entry."""
    if not view.colours or (len(view.colours) == 1 and labels is None):
        return []
    used = list(view.colours.values())
    handles: list[Artist] = [
        Patch(facecolor=colour, label=group_label(group, labels, view.language, 40))
        for group, colour in view.colours.items()
        if used.count(colour) == 1
    ]
    if rest := [colour for colour in used if used.count(colour) > 1]:
        label = view.language.ngettext("{count} other", "{count} others", len(rest))
        handles.append(Patch(facecolor=rest[0], label=label))
    return handles


def _kind_handles(view: WeekAxes) -> list[Artist]:
    """Return legend entries for tentative and transparent events."""
    kinds = {box.kind for box in view.boxes}
    entries: dict[Literal["tentative", "free"], str] = {
        "tentative": view.language.gettext("tentative"),
        "free": view.language.gettext("shown as free"),
    }
    return [
        Patch(**_style(view.tones, kind, view.tones.grey), label=label)
        for kind, label in entries.items()
        if kind in kinds
    ]


def _draw_clock_changes(view: WeekAxes) -> list[Artist]:
    """Hatch hours that are skipped or repeated; return their legend entries."""
    handles: dict[str, Artist] = {}
    for change in view.days.changes:
        low, high = max(change.low, view.low), min(change.high, view.high)
        if high <= low:
            continue
        hatch = "xxxx" if change.skipped else "...."
        style: dict[str, Any] = {**view.tones.unread_style, "facecolor": view.tones.background, "hatch": hatch}
        label = view.language.gettext(SKIPPED if change.skipped else REPEATED)
        view.ax.add_patch(Rectangle((change.day, low), 1, high - low, zorder=0.7, **style))
        handles[label] = Patch(label=label, **style)
    return list(handles.values())


def _hatch_unread(view: WeekAxes) -> list[Artist]:
    """Hatch time that was not read; return its legend entry."""
    unread = [(day, max(low, view.low), min(high, view.high)) for day, low, high in view.days.unread]
    visible = [(day, low, high) for day, low, high in unread if high > low]
    for day, low, high in visible:
        view.ax.add_patch(Rectangle((day, low), 1, high - low, zorder=0.6, **view.tones.unread_style))
    return [unread_patch(view.tones, view.language.gettext("not read"))] if visible else []
