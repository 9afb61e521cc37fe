"""Timeline: a row for each person or calendar, time across, busy and common free time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from cronofy_frames.frames.bounds import Bound, Window
from cronofy_frames.frames.standard_dtypes import standard_dtypes
from cronofy_frames.intervals.counting import BusyRows, busy_rows, micros, takes_time
from cronofy_frames.intervals.observation import Accounts, Observation
from cronofy_frames.intervals.spans import Spans, complement, union
from cronofy_frames.intervals.workdays import Hours, working_time
from cronofy_frames.plots.canvas import (
    BUSY,
    FREE,
    TENTATIVE_HATCH,
    Target,
    Tones,
    add_legend,
    axes_of,
    remove_frame,
    set_title,
    size_in_inches,
    tones_of,
    unread_patch,
)
from cronofy_frames.plots.fonts import Font, use_font, with_own_fonts
from cronofy_frames.plots.language import Language, gettext_noop, language_of
from cronofy_frames.plots.names import Labels, calendar_labels, group_label
from cronofy_frames.plots.time_axis import HOUR, set_time_axis

HATCHES = {"busy": "", "tentative": TENTATIVE_HATCH, "unknown": "...."}
KINDS = {
    "busy": gettext_noop("busy"),
    "tentative": gettext_noop("tentative"),
    "unknown": gettext_noop("not known"),
}
# in heights of a row, from its top: the strip of all-day rows, the bars of others, and bars without such a strip
STRIP, BARS, ALONE = (0.08, 0.24), (0.3, 0.92), (0.14, 0.86)

LONGEST = 2 * 366 * 86_400_000_000  # two years, in microseconds: beyond it a line is less than a day wide

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TimelineAxes:
    """The axes of a timeline, with the rows and the window drawn on them."""

    ax: Axes
    counted: BusyRows
    window: Window
    start: int
    end: int
    language: Language

    @property
    def tones(self) -> Tones:
        """The colours between background and text."""
        return tones_of(self.ax)

    def bars(self, row: int, spans: Spans, within: tuple[float, float], **style: Any) -> None:
        """Draw intervals in a row."""
        inside = spans.clip(self.start, self.end)
        if len(inside):
            across = np.stack([(inside.start - self.start) / HOUR, inside.length / HOUR], axis=1)
            # a meeting of minutes in a month would have no width: the line around it makes it visible
            style = {"linewidth": 0.4, **style}
            self.ax.broken_barh([(x, w) for x, w in across], (row + within[0], within[1] - within[0]), **style)


@with_own_fonts
def plot_timeline(
    frame: pd.DataFrame,
    *,
    ax: Target | None = None,
    by: str = "account",
    start: Bound | None = None,
    end: Bound | None = None,
    tz: str | None = None,
    working_hours: Hours | None = None,
    free: pd.DataFrame | None = None,
    tentative: bool = True,
    unknown: bool = True,
    accounts: Accounts = None,
    labels: Labels = None,
    locale: str | None = None,
    font: Font | None = None,
    title: str | None = None,
) -> Axes:
    """Plot who is busy when: a row for each person or calendar, time from left to right.

    What counts is what takes time, as in `busy`; overlaps are drawn once. All-day rows are in a strip above the
    others.

    Parameters
    ----------
    frame
        Events or free/busy, as `read_events` and `read_free_busy` return them.
    ax
        Where to draw: axes, or an empty figure; by default a new figure, high enough for its rows.
    by
        The column whose values are the rows; a frame of one account, without that column, has a row for each calendar.
    start, end
        The window to draw; by default that of the read (`attrs`), else from the first row to the last, with a warning.
    tz
        The zone of days; by default the frame's own.
    working_hours
        As in `gaps`: other time is shaded.
    free
        The result of `common_free`, to be marked; with `participants` only in their rows.
    tentative, unknown
        Whether to draw, hatched, rows that are tentative or whose status is unknown.
    accounts
        The labels of all accounts, also of those without rows; by default those of the read (`attrs`), else those with
        rows, with a warning.
    labels
        Labels for values of `by`, by default the names of calendars.
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
        The x axis is in hours since the start. Time that was not read is grey and hatched, free time is the background.

    Raises
    ------
    ValueError
        For a frame without times; for one without rows when neither `start` and `end` nor `attrs` give a window; for
        bounds, hours, a zone, a column or a locale that are not valid.

    Examples
    --------
    >>> ana, ben = (cf.connect(sandbox=box, account=account.email) for account in box.accounts[:2])
    >>> free_busy = cf.read_free_busy({"Ana": ana, "Ben": ben}, "2026-03-02", "2026-03-07", tz="Europe/London")
    >>> together = cf.common_free(free_busy, duration="1h", working_hours=("09:00", "17:00"))
    >>> ax = cf.plot_timeline(free_busy, free=together, working_hours=("09:00", "17:00"))
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['Ana', 'Ben']
    """
    use_font(font)
    language = language_of(locale)
    by = "calendar_id" if by == "account" and "account" not in frame and "calendar_id" in frame else by
    frame = standard_dtypes(frame)
    counted = busy_rows(frame, by, tz=tz, tentative=tentative, unknown=unknown, accounts=accounts)
    observed = counted.observe(start, end, bounds_may_be_wider=True)
    window, (since, until) = observed.window, observed.bounds
    if until - since > LONGEST:
        raise ValueError(
            f"{window.start} to {window.end} is too long for one picture: give start= and end= within a year."
        )
    axes = axes_of(ax, max(1.25 + 0.34 * len(counted.keys), 2.0))
    picture = TimelineAxes(axes, counted, window, since, until, language)
    set_time_axis(axes, window, language)
    rows = max(len(counted.keys), 1)
    axes.set_ylim(rows, 0)
    labels = calendar_labels(frame, by, labels)
    _label_rows(axes, [group_label(key, labels, language) for key in counted.keys[by]])
    handles = _shade_rest(picture, working_hours) + _hatch_unread(picture, observed)
    handles += _draw_bars(picture, frame) + _mark_free(picture, free, by)
    for row in range(1, rows):
        axes.axhline(row, color=picture.tones.background, linewidth=1.5, zorder=1.5)
        axes.axhline(row, color=picture.tones.line, linewidth=0.6, zorder=1.6)
    remove_frame(axes)
    add_legend(axes, handles, 0.2)
    assert window.start is not None
    assert window.end is not None
    default = f"{language.gettext('Busy time')}, {language.span(window.start, window.end)}, {window.tz}"
    set_title(axes, title if title is not None else default)
    return axes


def _label_rows(ax: Axes, labels: list[str]) -> None:
    room = 72 * size_in_inches(ax)[1] / max(len(labels), 1)
    ax.set_yticks(np.arange(len(labels)) + 0.5, [label.replace("$", r"\$") for label in labels])
    ax.tick_params("y", labelsize=max(min(9.0, 0.65 * room), 3.0))


def _shade_rest(picture: TimelineAxes, hours: Hours | None) -> list[Artist]:
    """Shade time outside working hours; return its legend entry."""
    if hours is None:
        return []
    labels = picture.counted.keys.iloc[:, 0].tolist()
    by_account = isinstance(hours, pd.DataFrame) and "account" in hours
    for row, label in enumerate(labels):
        rules = hours[hours["account"] == label] if by_account and isinstance(hours, pd.DataFrame) else hours
        worked = working_time(rules, picture.start, picture.end, tz=picture.window.tz)
        picture.bars(
            row,
            complement(worked, 1, picture.start, picture.end),
            (0, 1),
            facecolor=picture.tones.rest,
            linewidth=0,
            zorder=0.5,
        )
    label = picture.language.gettext("outside working hours")
    return [Patch(facecolor=picture.tones.rest, edgecolor=picture.tones.line, linewidth=0.5, label=label)]


def _hatch_unread(picture: TimelineAxes, observed: Observation) -> list[Artist]:
    """Hatch time that was not read; return its legend entry."""
    unread = observed.unread
    for row in np.unique(unread.group).tolist():
        spans = unread.take(unread.group == row)
        picture.bars(row, Spans.of(spans.start, spans.end), (0, 1), zorder=0.6, **picture.tones.unread_style)
    return [unread_patch(picture.tones, picture.language.gettext("not read"))] if len(unread) else []


def _draw_bars(picture: TimelineAxes, frame: pd.DataFrame) -> list[Artist]:
    """Draw the rows that take time; return the legend entries of their kinds."""
    counted = picture.counted
    certain = takes_time(frame, tentative=False)[counted.rows]
    known = takes_time(frame, tentative=True)[counted.rows]
    kinds = {"unknown": ~known, "tentative": known & ~certain, "busy": certain}
    days = _all_day(counted)
    inside = (counted.spans.end > picture.start) & (counted.spans.start < picture.end)
    handles: list[Artist] = []
    for kind, mask in kinds.items():
        for within, rows in ((STRIP, mask & days), (BARS if (days & inside).any() else ALONE, mask & ~days)):
            taken = union(counted.spans.take(rows))
            for row in np.unique(taken.group):
                spans = taken.take(taken.group == row)
                picture.bars(
                    int(row), Spans.of(spans.start, spans.end), within, zorder=2.5, **_style(picture.tones, kind)
                )
        if (mask & inside).any():
            label = picture.language.gettext(KINDS[kind])
            handles.insert(0, Patch(**_style(picture.tones, kind), linewidth=0.4, label=label))
    if (days & inside).any():
        label = picture.language.gettext("all day (thin)")
        handles.append(Patch(**_style(picture.tones, "busy"), linewidth=0, label=label))
    return handles


def _all_day(counted: BusyRows) -> Flags:
    if "all_day" not in counted.times:
        return np.zeros(len(counted.rows), np.bool_)
    mask: Flags = counted.times["all_day"].to_numpy(np.bool_, na_value=False)[counted.rows]
    return mask


def _style(tones: Tones, kind: str) -> dict[str, Any]:
    face = BUSY if kind == "busy" else tones.unread if kind == "unknown" else tones.tint(BUSY, 0.15)
    edge = tones.unread_lines if kind == "unknown" else BUSY
    return {"facecolor": face, "edgecolor": edge, "hatch": HATCHES[kind]}


def _mark_free(picture: TimelineAxes, free: pd.DataFrame | None, by: str) -> list[Artist]:
    """Mark common free time in the rows of its participants; return its legend entry."""
    if free is None:
        return []
    if not {"start", "end"} <= set(free.columns):
        raise ValueError("free is a result of common_free, with columns start and end.")
    rows = {key: row for row, key in enumerate(picture.counted.keys[by])}
    style: dict[str, Any] = {"facecolor": picture.tones.tint(FREE, 0.3), "edgecolor": FREE, "linewidth": 1.0}
    free = standard_dtypes(free)
    starts, ends = micros(free["start"]), micros(free["end"])
    people = free["participants"] if "participants" in free else pd.Series(None, index=free.index, dtype="str")
    for start, end, names in zip(starts, ends, people, strict=True):
        span = Spans.of(np.array([start]), np.array([end]))
        for name in rows if pd.isna(names) else json.loads(names):
            if name in rows:
                picture.bars(rows[name], span, (0.04, 0.96), zorder=2, **style)
    return [Patch(**style, label=picture.language.gettext("free in common"))] if len(free) else []
