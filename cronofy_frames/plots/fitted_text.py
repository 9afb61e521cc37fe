"""Text that fits into its box at any size of the picture."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.text import Text
from matplotlib.transforms import Bbox, IdentityTransform

from cronofy_frames.plots.fonts import printable
from cronofy_frames.plots.language import letters_wide
from cronofy_frames.plots.line_breaks import pieces_of

PADDING = 2.0  # points
LEAST = 3  # Latin letters: a shorter beginning of a title is useless
MOST = 500  # letters
LINE_HEIGHT = 1.3  # in font sizes

Box = tuple[float, float, float, float]


class FittedText(Text):
    """Text that is wrapped, made smaller or shortened to fit into a box, and left out where nothing of it fits.

    It is fitted at each drawing, because the size of the box is only known then.

    Parameters
    ----------
    ax
        Where to draw it.
    box
        Left, right, and two heights, in the units of the axes.
    words
        The text.
    sizes
        Font sizes in points to try, from the largest.
    """

    def __init__(self, ax: Axes, box: Box, words: str, *, sizes: tuple[float, ...] = (7.5, 6.5, 5.5), **own: Any):
        super().__init__(0, 0, "", va="top", ha="left", parse_math=False, linespacing=1.1, **own)
        self.words, self.sizes, self._box = printable(words[:MOST]), sizes, box
        ax.add_artist(self)
        self.set_transform(IdentityTransform())
        self.set_in_layout(False)

    def draw(self, renderer: RendererBase, *rest: Any, **more: Any) -> None:
        """Fit the text and draw it."""
        self._fit(renderer)
        super().draw(renderer, *rest, **more)

    def get_window_extent(self, renderer: RendererBase | None = None, dpi: float | None = None) -> Bbox:
        """Return the box around the fitted text."""
        figure = self.get_figure(root=True)
        if figure is not None:
            self._fit(renderer if renderer is not None else figure._get_renderer())  # type: ignore[attr-defined]  # noqa: SLF001 - no public way
        return super().get_window_extent(renderer, dpi)

    def _fit(self, renderer: RendererBase) -> None:
        assert self.axes is not None
        left, right, first_height, second_height = self._box
        corners = self.axes.transData.transform([(left, first_height), (right, second_height)])
        pad: Any = renderer.points_to_pixels(PADDING)
        (x0, y0), (x1, y1) = (corners.min(axis=0) + pad).tolist(), (corners.max(axis=0) - pad / 2).tolist()
        right_to_left = _is_right_to_left(self.words)
        self.set_horizontalalignment("right" if right_to_left else "left")
        self.set_position((x1 - pad / 2 if right_to_left else x0, y1))
        for size in self.sizes:
            self.set_fontsize(size)
            rows = int((y1 - y0) / renderer.points_to_pixels(size * LINE_HEIGHT) + 0.2)
            lines = self._lines(renderer, x1 - x0 - pad, rows)
            if lines:
                break
        self.set_text("\n".join(lines))

    def _lines(self, renderer: RendererBase, width: float, rows: int) -> list[str]:
        """Return as many lines as there is room for; none when not even the start of a word fits."""
        lines: list[str] = []
        rest = pieces_of(self.words)
        while rest and len(lines) < rows:
            count = self._words_that_fit(renderer, rest, width)
            last = len(lines) == rows - 1 and count < len(rest)
            if last or not count:
                shortened = self._shorten(renderer, "".join(rest if last else rest[:1]).strip(), width)
                if shortened:
                    return [*lines, shortened]
                return lines if letters_wide("".join(lines)) > LEAST else []
            lines.append("".join(rest[:count]).strip())
            rest = rest[count:]
        return lines

    def _words_that_fit(self, renderer: RendererBase, words: list[str], width: float) -> int:
        return _largest(len(words), lambda n: self._width(renderer, "".join(words[:n]).strip()) <= width)

    def _shorten(self, renderer: RendererBase, text: str, width: float) -> str:
        most = _largest(len(text), lambda n: self._width(renderer, text[:n].rstrip() + "…") <= width)
        return text[:most].rstrip() + "…" if letters_wide(text[:most]) >= LEAST else ""

    def _width(self, renderer: RendererBase, text: str) -> float:
        return float(renderer.get_text_width_height_descent(text, self.get_fontproperties(), False)[0])


def _is_right_to_left(text: str) -> bool:
    """Return whether the first letter of a text is of a script that is written from right to left."""
    directions = (unicodedata.bidirectional(sign) for sign in text)
    return next((direction for direction in directions if direction in ("L", "R", "AL")), "L") != "L"


def _largest(high: int, fits: Callable[[int], bool]) -> int:
    """Return the largest number up to a limit that fits, by bisection: all smaller ones fit as well."""
    step = 1
    while step <= high and fits(step):
        step *= 2
    low, high = step // 2, min(step - 1, high)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low
