"""Tables of frames for a terminal, and pictures of frames in files."""

from __future__ import annotations

import shutil
import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cronofy_frames.sheets import write_file
from cronofy_frames.text import shorten, single_line

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = "%a %d %b %Y"
WIDEST = 60  # characters of a column


def table(frame: pd.DataFrame, columns: list[str]) -> str:
    """Return columns of a frame, or all, as a table as wide as the terminal; control characters have no effect."""
    if not len(frame):
        return "no rows"
    cells = pd.DataFrame({name: _pad(_column_texts(frame, name)) for name in columns or map(str, frame.columns)})
    text = cells.to_string(index=False, justify="left")
    width = shutil.get_terminal_size((120, 24)).columns if sys.stdout is not None and sys.stdout.isatty() else None
    return "\n".join(line.rstrip()[:width] for line in text.splitlines())


def _column_texts(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    column: Any = frame[name]
    texts: pd.Series[Any] = _format_values(column, name)
    is_time = name in ("start", "end") and pd.api.types.is_datetime64_any_dtype(column)
    return texts.where(~frame["all_day"], column.dt.strftime(DAY)) if is_time and "all_day" in frame else texts


def _format_values(column: Any, name: str) -> Any:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "f":
        return column.round(2).astype("str").replace("nan", "")
    if name not in ("start", "end", "period") or not pd.api.types.is_datetime64_any_dtype(column):
        return column.astype("str").fillna("").map(single_line)
    return column.dt.strftime(DAY if name == "period" else f"{DAY} %H:%M").astype("str").fillna("")


def _pad(texts: pd.Series[str]) -> pd.Series[str]:
    """Shorten and pad texts so that they are left-aligned with their heading; pandas would align them right."""
    shortened = texts.map(lambda text: shorten(text, WIDEST)).astype("str")
    return shortened.str.pad(int(shortened.str.len().max()), side="right")


def draw(frame: pd.DataFrame, path: Path, plot: Callable[..., Any] | None = None, **options: Any) -> Path:
    """Draw a picture of a frame to a file, without a screen.

    Parameters
    ----------
    frame
        The frame to draw.
    path
        The file; its suffix selects the format.
    plot
        One of the functions of `plots`; by default `plot_heatmap`.
    options
        Further arguments of that function.
    """
    # a table in a terminal should not wait for matplotlib
    from cronofy_frames.plots import new_figure, plot_heatmap

    figure, picture, target = new_figure(), BytesIO(), path.expanduser().absolute()
    (plot or plot_heatmap)(frame, ax=figure, **options)
    figure.savefig(picture, dpi=150, format=path.suffix[1:].lower())
    write_file(target, picture.getvalue())
    return target
