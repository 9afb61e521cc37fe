"""Helpers of plot tests: an office, busy frames of many people, and the texts of a drawn figure."""

import functools
from itertools import combinations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from cronofy_frames.connecting import connect
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.wire.client import Client

LONDON = "Europe/London"
WEEK = ("2026-03-02", "2026-03-09")


@functools.cache
def office() -> dict[str, Client]:
    """Return a read-only client for each of the five people of the seeded office."""
    box = Sandbox(now="2026-03-02T09:00:00Z")
    return {account.name: connect(sandbox=box, account=account.email) for account in box.accounts[:5]}


def crowd(people: int, weeks: int, tz: str = LONDON) -> pd.DataFrame:
    """Return busy time of so many people over so many weeks."""
    days = pd.date_range("2026-01-05", periods=7 * weeks, freq="D")
    rows = [
        (f"Person {person:02} of the Long-named", day + pd.Timedelta(hours=8 + (person + n) % 9), False)
        for person in range(people)
        for n, day in enumerate(days)
        if (person + n) % 3
    ]
    frame = pd.DataFrame(rows, columns=["account", "start", "all_day"])
    frame["start"] = frame["start"].dt.tz_localize(tz).dt.as_unit("us")
    frame["end"] = frame["start"] + pd.Timedelta("90min")
    frame["summary"] = "Talk"
    edges = [days[0].tz_localize(tz), (days[-1] + pd.Timedelta("1D")).tz_localize(tz)]
    frame.attrs["cronofy"] = {"tz": tz, "start": edges[0].isoformat(), "end": edges[1].isoformat()}
    return frame


def row(start: str, end: str, tz: str = LONDON, **more: object) -> dict[str, object]:
    """Return an event whose times are in a zone."""
    times = {"start": pd.Timestamp(start, tz=tz), "end": pd.Timestamp(end, tz=tz)}
    return {"calendar_id": "cal", "summary": "Talk", "all_day": False, **times, **more}


def events(*rows: dict[str, object]) -> pd.DataFrame:
    """Return rows as a frame with the dtypes of a read."""
    frame = pd.DataFrame(list(rows))
    return frame.assign(start=frame["start"].dt.as_unit("us"), end=frame["end"].dt.as_unit("us"))


def draw_picture(ax: Axes) -> Axes:
    """Draw the figure without its pixels, so that every text has its position."""
    figure = figure_of(ax)
    if figure.stale:
        FigureCanvasAgg(figure)
        figure.draw_without_rendering()
    return ax


def figure_of(ax: Axes) -> Figure:
    """Return the figure that axes are in."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    return figure


def place(text: Text) -> Bbox:
    """Return the position of a drawn text, in pixels."""
    return text.get_window_extent()


def labels(ax: Axes) -> list[Text]:
    """Return all visible texts around the axes: ticks, axis labels, title and legend."""
    texts = [ax.xaxis.label, ax.yaxis.label]
    for axis in (ax.xaxis, ax.yaxis):
        low, high = sorted(axis.get_view_interval())
        # matplotlib keeps ticks outside of the axes, which it does not draw
        texts += [
            tick for at, tick in zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True) if low <= at <= high
        ]
    legend = ax.get_legend()
    texts += legend.get_texts() if legend is not None else []
    titles = [
        child for child in ax.get_children() if isinstance(child, Text) and child.get_text() == ax.get_title("left")
    ]
    return [text for text in [*texts, *titles] if text.get_visible() and text.get_text().strip()]


def overlapping_labels(ax: Axes) -> list[tuple[str, str]]:
    """Return the pairs of labels that overlap."""
    places = [(text.get_text(), place(text)) for text in labels(draw_picture(ax))]
    return [
        (first, second)
        for (first, here), (second, there) in combinations(places, 2)
        if min(here.x1, there.x1) - max(here.x0, there.x0) > 0.5
        and min(here.y1, there.y1) - max(here.y0, there.y0) > 0.5
    ]


def clipped_labels(ax: Axes) -> list[str]:
    """Return the labels that the figure cuts off."""
    page = figure_of(ax).bbox
    return [
        text.get_text()
        for text in labels(draw_picture(ax))
        if (box := place(text)).x0 < -1 or box.y0 < -1 or box.x1 > page.x1 + 1 or box.y1 > page.y1 + 1
    ]


def key(ax: Axes) -> list[str]:
    """Return the texts of the legend."""
    legend = ax.get_legend()
    return [] if legend is None else [text.get_text() for text in legend.get_texts()]


def title(ax: Axes) -> str:
    """Return the title in one line."""
    return " ".join(ax.get_title("left").split())


def deuteranope_lab(colour: tuple[float, float, float]) -> np.ndarray:
    """Return a colour as deuteranopes see it, in CIE Lab (Machado, Oliveira and Fernandes 2009, severity 1)."""
    rgb = np.array(colour)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    blind = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    linear_rgb = np.clip(np.array(blind) @ linear, 0, 1)
    xyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
    x, y, z = (np.array(xyz) @ linear_rgb) / (0.95047, 1.0, 1.08883)
    fx, fy, fz = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z))
    return np.array([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)])
