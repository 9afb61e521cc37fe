"""What all pictures share: axes, colours, titles, legends, and text that the font can write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from matplotlib import rcParams
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure, FigureBase
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Patch
from matplotlib.textpath import text_to_path
from matplotlib.transforms import ScaledTranslation

from cronofy_frames.plots.fonts import families_in_use, printable
from cronofy_frames.plots.line_breaks import pieces_of
from cronofy_frames.text import shorten

WIDTH = 9.0  # inches: as wide as a notebook
# Okabe and Ito's colours, which colour-blind people can tell apart; yellow last, because it is faint on white
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#5B5B5B", "#F0E442")
OTHERS = "#5B5B5B"  # of the groups that have no colour of their own
BUSY, FREE = PALETTE[0], PALETTE[2]
UNREAD_HATCH, TENTATIVE_HATCH = "////", "\\\\\\\\"
MOST_LINES = 4  # of a title
LONGEST = 40  # letters of a legend entry
USUAL_LABELS = 1.0  # inches: the width of the labels of rows for which a layout has room without making axes narrower
LETTER = 0.075  # inches: about the width of a letter in a label

Target = Axes | FigureBase
Rgb = tuple[float, float, float]
WHITE, BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Tones:
    """The colours of a picture that mean nothing or no data, between its background and its text.

    Nothing is drawn in a fixed light grey or white: empty is the background itself, and the less a thing matters, the
    nearer it is to the background. So a dark style keeps the meaning of shades.

    Attributes
    ----------
    background, text
        The colours of the axes.
    """

    background: Rgb
    text: Rgb

    @property
    def is_dark(self) -> bool:
        """Whether the background is dark."""
        return brightness(self.background) < 0.5

    def shade(self, share: float) -> Rgb:
        """Return the background with a share of the text; on a dark one more of it, for eyes see less there."""
        return mix(self.background, self.text, share**0.75 if self.is_dark else share)

    def tint(self, colour: str | Rgb, share: float) -> Rgb:
        """Return the background with a share of a colour; on a dark one more of it, as with shades."""
        return mix(self.background, _opaque(colour), share**0.75 if self.is_dark else share)

    @property
    def ink(self) -> Rgb:
        """The colour of small text and of strong lines."""
        return self.shade(0.867)

    @property
    def grey(self) -> Rgb:
        """The colour of marks that stand for any group."""
        return self.shade(0.643)

    @property
    def unread_lines(self) -> Rgb:
        """The colour of the hatching of time without data."""
        return self.shade(0.341)

    @property
    def line(self) -> Rgb:
        """The colour of the lines of a grid."""
        return self.shade(0.184)

    @property
    def unread(self) -> Rgb:
        """The colour of time without data."""
        return self.shade(0.11)

    @property
    def rest(self) -> Rgb:
        """The colour of time outside working hours."""
        return self.shade(0.055)

    @property
    def unread_style(self) -> dict[str, Any]:
        """The style of a patch of time without data."""
        return {"facecolor": self.unread, "edgecolor": self.unread_lines, "hatch": UNREAD_HATCH, "linewidth": 0}


def tones_of(ax: Axes) -> Tones:
    """Return the tones for axes, from their face colour and the colour of text in the style in use.

    Behind transparent axes is the figure; where that is transparent too, the background is taken to be white for dark
    text and black for light text. Text that could not be read on the background becomes black or white.
    """
    text = _opaque(rcParams["text.color"])
    behind = WHITE if brightness(text) < 0.5 else BLACK
    for colour in (ax.figure.get_facecolor(), ax.get_facecolor()):
        red, green, blue, alpha = to_rgba(colour)
        behind = mix(behind, (red, green, blue), alpha)
    if abs(brightness(text) - brightness(behind)) < 0.4:
        text = BLACK if brightness(behind) > 0.5 else WHITE
    return Tones(behind, text)


def brightness(colour: Rgb) -> float:
    """Return how bright a colour looks, from 0 to 1."""
    red, green, blue = colour
    return 0.299 * red + 0.587 * green + 0.114 * blue


def mix(first: Rgb, second: Rgb, share: float) -> Rgb:
    """Return a colour with a share of a second one."""
    red, green, blue = (a + share * (b - a) for a, b in zip(first, second, strict=True))
    return red, green, blue


def _opaque(colour: str | Rgb) -> Rgb:
    red, green, blue, _ = to_rgba(colour)
    return red, green, blue


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


def width_in_inches(text: str, size: str = "medium") -> float:
    """Return the width of a text in the fonts in use; of several lines, that of the widest."""
    font = FontProperties(family=families_in_use(), size=size)
    widths = (text_to_path.get_text_width_height_descent(line, font, False)[0] for line in text.split("\n") if line)
    return float(max(widths, default=0.0)) / 72


def _room_beside_labels(ax: Axes) -> float:
    """Return about how wide the axes will be beside the labels of their rows, in inches."""
    width = size_in_inches(ax)[0]
    if ax.get_figure(root=True).get_layout_engine() is None:  # type: ignore[union-attr]
        return width
    widest = max((width_in_inches(label.get_text()) for label in ax.get_yticklabels()), default=0.0)
    return width - max(widest - USUAL_LABELS, 0.0)


def remove_frame(ax: Axes) -> None:
    """Remove the frame of the axes and the marks of ticks."""
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.tick_params(which="both", length=0)


def set_title(ax: Axes, title: str) -> None:
    """Set the title, flush left, in as many lines as it needs."""
    room = max(_room_beside_labels(ax), 20 * LETTER)
    # a title with a $, or with characters that the font lacks, must not break the drawing
    lines = [line for part in title.splitlines() for line in _wrap(printable(part), room)]
    if len(lines) > MOST_LINES:
        rest = " ".join(lines[MOST_LINES - 1 :])
        lines = [*lines[: MOST_LINES - 1], shorten(rest, max(int(room / LETTER), LONGEST // 2))]
    ax.set_title("\n".join(lines).replace("$", r"\$"), loc="left", fontsize="medium", pad=8, color=tones_of(ax).text)


def _wrap(text: str, room: float) -> list[str]:
    """Return a text in lines of at most so many inches."""
    pieces = pieces_of(text, max(int(room / LETTER), 1))
    whole = "".join(pieces).strip()
    lines = [whole] if width_in_inches(whole) <= room else [""]
    for piece in pieces if lines == [""] else ():
        if lines[-1] and width_in_inches((lines[-1] + piece).strip()) > room:
            lines.append("")
        lines[-1] += piece
    return [line.strip() for line in lines if line.strip()]


def unread_patch(tones: Tones, label: str) -> Patch:
    """Return the legend entry for time without data."""
    return Patch(**tones.unread_style, label=label)


def add_legend(ax: Axes, handles: Sequence[Artist], lines: float) -> None:
    """Draw a legend under the axes, this many lines of text below them."""
    if not handles:
        return
    for handle in handles:
        label = str(handle.get_label())
        handle.set_label((label if len(label) <= LONGEST else shorten_label(label, LONGEST)).replace("$", r"\$"))
    below = ScaledTranslation(0, -(5 + 1.4 * lines * rcParams["font.size"]) / 72, ax.figure.dpi_scale_trans)
    ax.legend(
        handles=list(handles), loc="upper left", bbox_to_anchor=(0, 0), bbox_transform=ax.transAxes + below,
        ncols=_columns([str(handle.get_label()) for handle in handles], _room_beside_labels(ax)), frameon=False,
        fontsize="small", borderaxespad=0, borderpad=0, handlelength=2.0, handletextpad=0.8, columnspacing=2.0,
        labelcolor=tones_of(ax).text,
    )  # fmt: skip


def _columns(labels: Sequence[str], width: float) -> int:
    """Return how many columns of labels fit beside each other; columns are filled one after the other."""
    space = 4.8 * FontProperties(size="small").get_size_in_points() / 72
    widths = [space + width_in_inches(label, "small") for label in labels]
    for columns in range(len(labels), 1, -1):
        # matplotlib gives the first columns one row more than the others
        rows, longer = divmod(len(labels), columns)
        starts = [n * rows + min(n, longer) for n in range(columns + 1)]
        if sum(max(widths[first:end]) for first, end in pairwise(starts)) <= width:
            return columns
    return 1


def colours_of(count: int) -> list[str]:
    """Return the colours for so many groups: where they are not enough, the last is grey, for the others."""
    return list(PALETTE) if count <= len(PALETTE) else [*(colour for colour in PALETTE if colour != OTHERS), OTHERS]


def group_colours(values: Iterable[object]) -> dict[object, str]:
    """Return a colour for each group, in alphabetical order.

    If there are more groups than colours, those with the most values have a colour each, and the others are grey.
    """
    counts = Counter(values)
    palette = colours_of(len(counts))
    first = sorted(sorted(counts, key=str), key=lambda group: -counts[group])[: len(palette) - 1]
    named = iter(palette)
    alone = set(first) if len(counts) > len(PALETTE) else set(counts)
    return {group: next(named) if group in alone else OTHERS for group in sorted(counts, key=str)}


def shorten_label(text: str, longest: int) -> str:
    """Return a text in one line that the font can write; a long one has an ellipsis in the middle."""
    return shorten(printable(text), longest, tail=longest - 1 - (longest - 1) * 2 // 3)
