"""Scales of colours: where they end, and the bar that says so."""

from __future__ import annotations

from typing import Literal

from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.ticker import MaxNLocator

from cronofy_frames.plots.canvas import Tones, tones_of
from cronofy_frames.plots.fonts import set_fonts
from cronofy_frames.plots.language import Language

# half a day or hour, and half of a working day of eight hours: less than this never has the strongest colour
LEAST_SHARE, LEAST_HOURS = 0.5, 4.0
SMALLEST = 0.0001  # the length of the scale of a picture without busy time

ScaleEnd = float | Literal["max"] | None


def scale_end(highest: float, vmin: float, vmax: ScaleEnd, least: float) -> float:
    """Return the value with the strongest colour: the given one, else the highest, but not below the least end.

    A scale that always ended at the highest value would draw an almost empty day like a full one; vmax="max" asks for
    that.

    Raises
    ------
    ValueError
        If `vmax` is neither a number nor "max".
    """
    if vmax is None:
        return max(highest, least, vmin + SMALLEST)
    if vmax == "max":
        return max(highest, vmin + SMALLEST)
    try:
        return float(vmax)
    except (TypeError, ValueError):
        raise ValueError(f"vmax is a number, or 'max' for the highest value of the picture, not {vmax!r}.") from None


def colour_map(cmap: str | None, tones: Tones) -> str:
    """Return the given colour map, by default one whose lowest colour is that nearest to the background."""
    return cmap or ("YlGnBu_r" if tones.is_dark else "YlGnBu")


def add_colour_bar(
    ax: Axes,
    colours: ScalarMappable,
    highest: float,
    language: Language,
    *,
    label: str,
    size: str = "medium",
    aspect: float = 20,
) -> Colorbar:
    """Draw the bar of a scale beside the axes, with a tick where it ends: "50", or "50+" where values are higher."""
    bottom, top = colours.get_clim()
    assert bottom is not None
    assert top is not None
    beyond = highest > top
    bar: Colorbar = ax.figure.colorbar(
        colours, ax=ax, pad=0.02, aspect=aspect, extend="max" if beyond else "neither"
    )  # fmt: skip
    # a tick just below the end would touch the label of the end
    inner = [at for at in MaxNLocator(5).tick_values(bottom, top) if bottom <= at < top - 0.09 * (top - bottom)]
    texts = [language.number(float(f"{at:.3g}")) for at in [*inner, top]]
    bar.set_ticks([*inner, top], labels=[*texts[:-1], texts[-1] + ("+" if beyond else "")])
    bar.ax.tick_params(colors=tones_of(ax).text)
    bar.set_label(language.gettext(label), fontsize=size)
    bar.ax.yaxis.label.set_color(tones_of(ax).text)
    bar.outline.set_visible(False)
    set_fonts(bar.ax)
    return bar
