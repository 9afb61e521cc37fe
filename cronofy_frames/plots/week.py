"""A week as calendars draw it: columns of days, boxes with titles, all-day rows on top."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from cronofy_frames.frames.bounds import Bound
from cronofy_frames.intervals.counting import busy_rows
from cronofy_frames.plots.boxes import Entry, Sheet, entries, sheet_of
from cronofy_frames.plots.canvas import (
    HELD_HATCH,
    INK,
    LETTER,
    LINE,
    UNSEEN,
    UNSEEN_HATCH,
    UNSEEN_LINES,
    Target,
    axes_of,
    coloured,
    entitle,
    explain,
    inches,
    plain,
    tinted,
    unseen,
)
from cronofy_frames.plots.fitted import Fitted
from cronofy_frames.plots.names import Labels, Names, called, first_day, named
from cronofy_frames.plots.packing import packed

EDGE = 0.035  # of a day's width: the stripe of colour
MOST_LANES = 5  # of all-day rows
MOST_BOXES = 5_000


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
    title: str | None = None,
) -> Axes:
    """Plot a week as calendars draw it: columns of days, overlapping events side by side, all-day events on top.

    Deleted, cancelled and declined events are left out; what is tentative is hatched, and what takes no time
    (transparent) has a white face. Events of a day or longer are on top with those of whole days.

    Parameters
    ----------
    events
        Events as `read_events` returns them, or free/busy.
    ax
        Where to draw: axes, or a figure that is still empty; by default a new figure, as high as its hours need.
    week
        Any day of the week to draw; by default the first that was read (`attrs`), else that of the first row.
    start, days
        In place of a week, the first day and how many, up to 14.
    tz
        The zone of days and hours; by default the frame's own.
    hours
        From which hour of the day to which, as in `(7, 20)`; what lies outside is counted above and below. By default
        from 8 to 18, or as far as there are events.
    by
        The column that gives colours; by default the account, if there is one, else the calendar.
    tentative
        Whether tentative rows are drawn.
    labels
        What values of `by` are called, as in `dict(zip(calendars["calendar_id"], calendars["calendar_name"]))`.
    week_start
        The first day of a week: monday, sunday, saturday.
    locale
        The language of day and month names, as in "fr" or "pt_BR"; English by default.
    title
        In place of span and zone.

    Returns
    -------
    Axes
        A column is 1 wide, an hour 1 high. An hour that the clocks skip is grey and hatched.

    Raises
    ------
    ValueError
        For a frame without times, for one without rows when no week is given and `attrs` do not say what was read;
        for hours, a day, a zone, a column or a locale that make no sense.

    Examples
    --------
    >>> events = cf.read_events(client, "2026-03-02", "2026-03-09", tz="Europe/London")
    >>> calendars = cf.read_calendars(client)
    >>> ax = cf.plot_week(events, labels=dict(zip(calendars["calendar_id"], calendars["calendar_name"])))
    >>> [label.get_text() for label in ax.get_xticklabels()][:2]
    ['Mon 2 Mar', 'Tue 3 Mar']
    """
    names, first = named(locale), first_day(week_start)
    by = by or next((name for name in ("account", "calendar_id") if name in events), None)
    busy_rows(events.iloc[:0], by, tz=tz)  # says what is wrong with a frame that is none
    sheet = sheet_of(events, week, start, days, tz, first)
    shown = entries(events, sheet, by, tentative=tentative)
    if len(shown) > MOST_BOXES:
        raise ValueError(f"{len(shown):,} events are too many for one picture: draw fewer days, or fewer accounts.")
    colours = coloured(sorted({one.group for one in shown}, key=str))
    low, high = _hours(shown, hours)
    axes = axes_of(ax, min(1.2 + 0.42 * (high - low), 8.0))
    top, bottom = _strips(axes, sheet, shown, colours, (low, high))
    axes.set_xlim(0, sheet.days)
    axes.set_ylim(bottom, top)
    _ruled(axes, sheet, names, (low, high))
    _columns(axes, sheet, shown, colours, (low, high))
    keys = _keys(shown, colours, labels) + _clocks(axes, sheet, (low, high)) + _unread(axes, sheet, (low, high))
    plain(axes)
    explain(axes, keys, 0.3)
    entitle(axes, title if title is not None else f"Events, {names.span(sheet.start, sheet.end)}, {sheet.tz}")
    return axes


def _hours(shown: list[Entry], hours: tuple[float, float] | None) -> tuple[float, float]:
    """Return from which hour to which is drawn."""
    if hours is None:
        timed = [one for one in shown if not one.whole]
        low = min([8.0, *(np.floor(one.low) for one in timed)])
        return float(low), float(max([18.0, *(np.ceil(one.high) for one in timed)]))
    try:
        low, high = (float(hour) for hour in hours)
    except (TypeError, ValueError):
        low, high = 0.0, 0.0
    if not 0 <= low < high <= 24:
        raise ValueError(f"hours are two numbers from 0 to 24 such as (7, 20), not {hours!r}.")
    return low, high


def _strips(
    ax: Axes, sheet: Sheet, shown: list[Entry], colours: dict[object, str], hours: tuple[float, float]
) -> tuple[float, float]:
    """Draw all-day rows above the hours, and how many lie outside these; return the heights at top and bottom."""
    low, high = hours
    unit = (high - low) / max(inches(ax)[1] - 1.0, 1.0) * 0.2  # 0.2 inches
    outside = [one for one in shown if not one.whole and not (one.high > low and one.low < high)]
    top, bottom = low, high
    for above in (True, False):
        counts = np.bincount([one.day for one in outside if (one.high <= low) is above], minlength=sheet.days)
        if counts.any():
            y = top - unit if above else bottom
            for day in np.flatnonzero(counts).tolist():
                words = f"{'▲' if above else '▼'} {counts[day]} {'earlier' if above else 'later'}"
                Fitted(ax, (day, day + 1, y, y + unit), words, color=INK)
            top, bottom = (y, bottom) if above else (top, y + unit)
    whole = [one for one in shown if one.whole]
    if not whole:
        return top, bottom
    lanes = packed([(one.day, one.last + 1) for one in whole])
    # lanes are filled from the left, so what has a lane below the last shown is left over on its days
    depth = min(max(lane.first for lane in lanes) + 1, MOST_LANES)
    over = np.zeros(sheet.days, np.int64)
    floor = top - 0.3 * unit
    more = any(lane.first >= MOST_LANES for lane in lanes)
    for one, lane in zip(whole, lanes, strict=True):
        if lane.first >= MOST_LANES:
            over[one.day : one.last + 1] += 1
            continue
        y = floor - unit * (depth - lane.first + more)
        _box(ax, one, (one.day + 0.02, one.last + 0.98, y, y + 0.9 * unit), colours[one.group])
    for day in np.flatnonzero(over).tolist():
        Fitted(ax, (day, day + 1, floor - unit, floor), f"+ {over[day]} more all day", color=INK)
    ax.axhline(top, color=INK, linewidth=0.8, zorder=3)
    return floor - unit * (depth + more) - 0.15 * unit, bottom


def _columns(
    ax: Axes, sheet: Sheet, shown: list[Entry], colours: dict[object, str], hours: tuple[float, float]
) -> None:
    low, high = hours
    least = (high - low) / max(inches(ax)[1] - 1.0, 1.0) * 0.115  # a line of the smallest font
    for day in range(sheet.days):
        own = [one for one in shown if not one.whole and one.day == day and one.high > low and one.low < high]
        spans = [(max(one.low, low), max(min(one.high, high), max(one.low, low) + least)) for one in own]
        for one, (begin, end), lane in zip(own, spans, packed(spans), strict=True):
            wide = 0.96 / lane.of
            box = (day + 0.02 + lane.first * wide, day + 0.02 + lane.end * wide - 0.008, begin, min(end, high))
            _box(ax, one, box, colours[one.group])


def _box(ax: Axes, one: Entry, box: tuple[float, float, float, float], colour: str) -> None:
    left, right, begin, end = box
    ax.add_patch(Rectangle((left, begin), right - left, end - begin, zorder=2, **_style(one.kind, colour)))
    stripe = min(EDGE, (right - left) / 4)
    ax.add_patch(Rectangle((left, begin), stripe, end - begin, facecolor=colour, linewidth=0, zorder=2.1))
    Fitted(ax, (left + stripe, right, begin, end), one.title, color=INK, zorder=4)


def _style(kind: str, colour: str) -> dict[str, Any]:
    if kind == "free":
        return {"facecolor": "white", "edgecolor": colour, "linewidth": 0.8}
    if kind == "tentative":
        return {"facecolor": "white", "edgecolor": tinted(colour, 0.4), "hatch": HELD_HATCH, "linewidth": 0.8}
    return {"facecolor": tinted(colour, 0.3), "edgecolor": "white", "linewidth": 0.8}


def _ruled(ax: Axes, sheet: Sheet, names: Names, hours: tuple[float, float]) -> None:
    low, high = hours
    inch = max(inches(ax)[1] - 1.0, 0.5) / (high - low)
    every = next((n for n in (1, 2, 3, 4, 6, 12) if n * inch >= 0.16), 24)
    ticks = [hour for hour in range(int(np.ceil(low)), int(high) + 1) if (hour - int(np.ceil(low))) % every == 0]
    ax.set_yticks(ticks, [f"{hour:02}:00" for hour in ticks], fontsize="small")
    for hour in range(int(np.ceil(low)), int(high) + 1):
        ax.axhline(hour, color=LINE, linewidth=0.5, zorder=0.5)
    for day in range(sheet.days + 1):
        ax.axvline(day, color=LINE, linewidth=0.8, zorder=0.5)
    wide = inches(ax)[0] / sheet.days
    styles = [
        [names.day(day) for day in sheet.dates],
        [f"{names.days[day.day_of_week]} {day.day}" for day in sheet.dates],
        [str(day.day) for day in sheet.dates],
    ]
    told = next((one for one in styles if max(map(len, one)) * LETTER * 1.1 + 0.1 <= wide), styles[-1])
    ax.xaxis.tick_top()
    ax.set_xticks(np.arange(sheet.days) + 0.5, told)


def _keys(shown: list[Entry], colours: dict[object, str], labels: Labels) -> list[Artist]:
    keys: list[Artist] = []
    if len(colours) > 1 or (labels is not None and colours):
        rest = [group for group, colour in colours.items() if list(colours.values()).count(colour) > 1]
        for group, colour in colours.items():
            if group not in rest:
                keys.append(Patch(facecolor=colour, label=called(group, labels, 40)))
        if rest:
            keys.append(Patch(facecolor=colours[rest[0]], label=f"{len(rest)} others"))
    kinds = {one.kind for one in shown}
    grey = "#5B5B5B"
    if "tentative" in kinds:
        keys.append(Patch(**_style("tentative", grey), label="tentative"))
    if "free" in kinds:
        keys.append(Patch(**_style("free", grey), label="shown as free"))
    return keys


def _clocks(ax: Axes, sheet: Sheet, hours: tuple[float, float]) -> list[Artist]:
    """Show hours that do not exist, and those that come twice."""
    keys: dict[str, Artist] = {}
    for turn in sheet.turns:
        low, high = max(turn.low, hours[0]), min(turn.high, hours[1])
        if high <= low:
            continue
        style: dict[str, Any] = {"facecolor": "white", "edgecolor": UNSEEN_LINES, "linewidth": 0, "hatch": "xxxx"}
        if not turn.skipped:
            style |= {"hatch": "...."}
        label = "skipped: clocks go forward" if turn.skipped else "comes twice: clocks go back"
        ax.add_patch(Rectangle((turn.day, low), 1, high - low, zorder=0.7, **style))
        keys[label] = Patch(label=label, **style)
    return list(keys.values())


def _unread(ax: Axes, sheet: Sheet, hours: tuple[float, float]) -> list[Artist]:
    """Hatch what was not read."""
    style: dict[str, Any] = {"facecolor": UNSEEN, "edgecolor": UNSEEN_LINES, "hatch": UNSEEN_HATCH, "linewidth": 0}
    drawn = False
    for day, low, high in sheet.unread:
        low, high = max(low, hours[0]), min(high, hours[1])
        if high > low:
            ax.add_patch(Rectangle((day, low), 1, high - low, zorder=0.6, **style))
            drawn = True
    return [unseen("not read")] if drawn else []
