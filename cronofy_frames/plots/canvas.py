"""What all pictures share: axes, colours, titles, legends, and text that the font can write."""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Iterable, Sequence
from itertools import pairwise

from matplotlib import font_manager, rcParams
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase
from matplotlib.patches import Patch
from matplotlib.textpath import text_to_path
from matplotlib.transforms import ScaledTranslation

from cronofy_frames.text import shorten

WIDTH = 9.0  # inches: as wide as a notebook
# Okabe and Ito's colours, which colour-blind people can tell apart; yellow last, because it is faint on white
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#5B5B5B", "#F0E442")
BUSY, FREE = PALETTE[0], PALETTE[2]
UNREAD, UNREAD_LINES, LINE, INK = "#E3E3E3", "#A8A8A8", "#D0D0D0", "#222222"
UNREAD_HATCH, TENTATIVE_HATCH = "////", "\\\\\\\\"
MOST_LINES = 4  # of a title
LETTER = 0.075  # inches: about the width of a letter in a label

Target = Axes | FigureBase


def new_figure() -> Figure:
    """Return a new figure that needs no screen, to be saved to a file."""
    return Figure(figsize=(WIDTH, 3.6), layout="constrained")


def axes_of(ax: Target | None, height: float) -> Axes:
    """Return the axes to draw on: the given ones, those of an empty figure, which is resized, or new ones."""
    if isinstance(ax, FigureBase):
        if ax.axes:
            raise ValueError("the figure has axes already: pass one of them as ax=.")
        if isinstance(ax, Figure):
            ax.set_size_inches(WIDTH, height)
        return ax.add_subplot()
    if ax is None:
        # pyplot shows a new figure in a notebook; with an ax given it is not needed
        from matplotlib import pyplot as plt

        _, ax = plt.subplots(figsize=(WIDTH, height), layout="constrained")
    return ax


def size_in_inches(ax: Axes) -> tuple[float, float]:
    """Return about how wide and how high the axes will be."""
    box = ax.get_window_extent()
    # the layout is computed when the picture is drawn, with smaller margins than before
    growth = 1.08 if ax.get_figure(root=True).get_layout_engine() is not None else 1.0  # type: ignore[union-attr]
    dpi = ax.get_figure(root=True).dpi  # type: ignore[union-attr]
    return growth * box.width / dpi, growth * box.height / dpi


def remove_frame(ax: Axes) -> None:
    """Remove the frame of the axes and the marks of ticks."""
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.tick_params(which="both", length=0)


def set_title(ax: Axes, title: str) -> None:
    """Set the title, flush left, in as many lines as it needs."""
    across = max(int(size_in_inches(ax)[0] / (LETTER * 1.05)), 20)
    # a title with a $, or with characters that the font lacks, must not break the drawing
    lines = [line for part in title.splitlines() for line in textwrap.wrap(printable(part), across)]
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], shorten(" ".join(lines[MOST_LINES - 1 :]), across)]
    ax.set_title("\n".join(lines).replace("$", r"\$"), loc="left", fontsize="medium", pad=8)


def unread_patch(label: str) -> Patch:
    """Return the legend entry for time without data."""
    return Patch(facecolor=UNREAD, edgecolor=UNREAD_LINES, hatch=UNREAD_HATCH, linewidth=0, label=label)


def add_legend(ax: Axes, handles: Sequence[Artist], lines: float) -> None:
    """Draw a legend under the axes, this many lines of text below them."""
    if not handles:
        return
    for handle in handles:
        handle.set_label(shorten_label(str(handle.get_label()), 40).replace("$", r"\$"))
    below = ScaledTranslation(0, -(5 + 1.4 * lines * rcParams["font.size"]) / 72, ax.figure.dpi_scale_trans)
    ax.legend(
        handles=list(handles), loc="upper left", bbox_to_anchor=(0, 0), bbox_transform=ax.transAxes + below,
        ncols=_columns([str(handle.get_label()) for handle in handles], size_in_inches(ax)[0]), frameon=False,
        fontsize="small", borderaxespad=0, borderpad=0, handlelength=2.0, handletextpad=0.8, columnspacing=2.0,
    )  # fmt: skip


def _columns(labels: Sequence[str], width: float) -> int:
    """Return how many columns of labels fit beside each other; columns are filled one after the other."""
    font = font_manager.FontProperties(size="small")
    space = 4.8 * font.get_size_in_points()
    widths = [(space + text_to_path.get_text_width_height_descent(label, font, False)[0]) / 72 for label in labels]
    for columns in range(len(labels), 1, -1):
        # matplotlib gives the first columns one row more than the others
        rows, longer = divmod(len(labels), columns)
        starts = [n * rows + min(n, longer) for n in range(columns + 1)]
        if sum(max(widths[first:end]) for first, end in pairwise(starts)) <= width:
            return columns
    return 1


def tint(colour: str, share: float) -> tuple[float, float, float]:
    """Return a colour mixed with white."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (1 - share * (1 - part) for part in parts)
    return red, green, blue


def group_colours(values: Iterable[object]) -> dict[object, str]:
    """Return a colour for each value, in order; if there are more values than colours, grey for the rest."""
    groups = list(dict.fromkeys(values))
    rest = "#5B5B5B"
    palette = [colour for colour in PALETTE if colour != rest] if len(groups) > len(PALETTE) else list(PALETTE)
    return {value: palette[at] if at < len(palette) else rest for at, value in enumerate(groups)}


def shorten_label(text: str, longest: int) -> str:
    """Return a text in one line that the font can write; a long one has an ellipsis in the middle."""
    return shorten(printable(text), longest, tail=longest - 1 - (longest - 1) * 2 // 3)


def printable(text: str) -> str:
    """Return a text in one line without the characters that the font lacks."""
    fonts = _fonts()
    characters = (sign if sign.isspace() or _is_in_fonts(fonts, sign) else " " for sign in text)
    return " ".join("".join(characters).split())


def has_glyph(character: str) -> bool:
    """Return whether the fonts that matplotlib is set to use have a character."""
    return _is_in_fonts(_fonts(), character)


def _is_in_fonts(fonts: Sequence[str], character: str) -> bool:
    return any(_has_code(path, ord(character)) for path in fonts)


@functools.lru_cache(maxsize=4096)
def _has_code(path: str, code: int) -> bool:
    return code >= 32 and bool(font_manager.get_font(path).get_char_index(code))


def _fonts() -> list[str]:
    """Return the files of the fonts in use: the installed ones of the configured families."""
    families = font_manager.FontProperties().get_family()
    paths = [path for family in families if (path := _font(family)) is not None]
    return paths or [str(font_manager.findfont(font_manager.FontProperties()))]


def _font(family: str) -> str | None:
    try:
        return str(font_manager.findfont(font_manager.FontProperties(family=[family]), fallback_to_default=False))
    except ValueError:
        return None
