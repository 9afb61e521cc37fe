"""What all pictures have in common: where they are drawn, colours, axes, keys, text that the font can write."""

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

WIDTH = 9.0  # inches: a notebook's
# Okabe and Ito's colours, told apart by people who see no red or no green; yellow last, for it is faint on white
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#5B5B5B", "#F0E442")
BUSY, FREE = PALETTE[0], PALETTE[2]
UNSEEN, UNSEEN_LINES, LINE, INK = "#E3E3E3", "#A8A8A8", "#D0D0D0", "#222222"
UNSEEN_HATCH, HELD_HATCH = "////", "\\\\\\\\"
MOST_LINES = 4  # of a title
LETTER = 0.075  # inches: about what a letter of a label takes

Target = Axes | FigureBase


def blank() -> Figure:
    """Return a new figure that needs no screen, to be saved to a file."""
    return Figure(figsize=(WIDTH, 3.6), layout="constrained")


def axes_of(ax: Target | None, height: float) -> Axes:
    """Return the axes to draw on: those given, those of an empty figure that is made as high as needed, or new ones."""
    if isinstance(ax, FigureBase):
        if ax.axes:
            raise ValueError("the figure has axes already: give one of them as ax=.")
        if isinstance(ax, Figure):
            ax.set_size_inches(WIDTH, height)
        return ax.add_subplot()
    if ax is None:
        # pyplot is what shows a new figure in a notebook; with an ax given it is not needed
        from matplotlib import pyplot as plt

        _, ax = plt.subplots(figsize=(WIDTH, height), layout="constrained")
    return ax


def inches(ax: Axes) -> tuple[float, float]:
    """Return about how wide and how high the axes will be."""
    box = ax.get_window_extent()
    # a layout is done when the picture is drawn, and leaves less of a margin than there is before
    grown = 1.08 if ax.get_figure(root=True).get_layout_engine() is not None else 1.0  # type: ignore[union-attr]
    dpi = ax.get_figure(root=True).dpi  # type: ignore[union-attr]
    return grown * box.width / dpi, grown * box.height / dpi


def plain(ax: Axes) -> None:
    """Take away the frame and the marks of ticks."""
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.tick_params(which="both", length=0)


def entitle(ax: Axes, title: str) -> None:
    """Set the title, flush left, in as many lines as it needs."""
    across = max(int(inches(ax)[0] / (LETTER * 1.05)), 20)
    # a title that the font cannot write or that has a $ in it must not stop the picture
    lines = [line for part in title.splitlines() for line in textwrap.wrap(printable(part), across)]
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], shorten(" ".join(lines[MOST_LINES - 1 :]), across)]
    ax.set_title("\n".join(lines).replace("$", r"\$"), loc="left", fontsize="medium", pad=8)


def unseen(label: str) -> Patch:
    """Return the key to what is not known."""
    return Patch(facecolor=UNSEEN, edgecolor=UNSEEN_LINES, hatch=UNSEEN_HATCH, linewidth=0, label=label)


def explain(ax: Axes, handles: Sequence[Artist], lines: float) -> None:
    """Draw a key under the axes, so many lines of text below them."""
    if not handles:
        return
    for handle in handles:
        handle.set_label(brief(str(handle.get_label()), 40).replace("$", r"\$"))
    below = ScaledTranslation(0, -(5 + 1.4 * lines * rcParams["font.size"]) / 72, ax.figure.dpi_scale_trans)
    ax.legend(
        handles=list(handles), loc="upper left", bbox_to_anchor=(0, 0), bbox_transform=ax.transAxes + below,
        ncols=_columns([str(handle.get_label()) for handle in handles], inches(ax)[0]), frameon=False,
        fontsize="small", borderaxespad=0, borderpad=0, handlelength=2.0, handletextpad=0.8, columnspacing=2.0,
    )  # fmt: skip


def _columns(labels: Sequence[str], width: float) -> int:
    """Return in how many columns labels fit beside each other; they are filled one after the other."""
    font = font_manager.FontProperties(size="small")
    space = 4.8 * font.get_size_in_points()
    wide = [(space + text_to_path.get_text_width_height_descent(one, font, False)[0]) / 72 for one in labels]
    for columns in range(len(labels), 1, -1):
        # matplotlib gives the first columns one row more than the others
        rows, longer = divmod(len(labels), columns)
        starts = [n * rows + min(n, longer) for n in range(columns + 1)]
        if sum(max(wide[one:other]) for one, other in pairwise(starts)) <= width:
            return columns
    return 1


def tinted(colour: str, share: float) -> tuple[float, float, float]:
    """Return a colour mixed with white."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (1 - share * (1 - part) for part in parts)
    return red, green, blue


def coloured(values: Iterable[object]) -> dict[object, str]:
    """Return a colour for each value, in order; when they run out, grey for the rest."""
    known = list(dict.fromkeys(values))
    rest = "#5B5B5B"
    own = [one for one in PALETTE if one != rest] if len(known) > len(PALETTE) else list(PALETTE)
    return {value: own[at] if at < len(own) else rest for at, value in enumerate(known)}


def brief(text: str, most: int) -> str:
    """Return a text in one line that the font can write, cut in the middle where it is long."""
    return shorten(printable(text), most, tail=most - 1 - (most - 1) * 2 // 3)


def printable(text: str) -> str:
    """Return a text in one line without the signs that the font has no shape for."""
    fonts = _fonts()
    return " ".join("".join(sign if sign.isspace() or _known(fonts, sign) else " " for sign in text).split())


def known(sign: str) -> bool:
    """Tell whether the fonts that matplotlib is set to have a shape for a sign."""
    return _known(_fonts(), sign)


def _known(fonts: Sequence[str], sign: str) -> bool:
    return any(_has(path, ord(sign)) for path in fonts)


@functools.lru_cache(maxsize=4096)
def _has(path: str, code: int) -> bool:
    return code >= 32 and bool(font_manager.get_font(path).get_char_index(code))


def _fonts() -> list[str]:
    """Return the files of the fonts that text is written in: of the families that are set those that there are."""
    families = font_manager.FontProperties().get_family()
    found = [path for family in families if (path := _font(family)) is not None]
    return found or [str(font_manager.findfont(font_manager.FontProperties()))]


def _font(family: str) -> str | None:
    try:
        return str(font_manager.findfont(font_manager.FontProperties(family=[family]), fallback_to_default=False))
    except ValueError:
        return None
