"""From a frame to a table in a terminal, or to a picture in a file."""

from __future__ import annotations

import shutil
import sys
from io import BytesIO
from pathlib import Path

import pandas as pd

from cronofy_frames.plots import canvas, plot_heatmap
from cronofy_frames.sheets import write

WIDEST = 60  # characters of a column


def table(frame: pd.DataFrame, columns: list[str]) -> str:
    """Return the columns that a person looks for, as wide as the terminal."""
    if not len(frame):
        return "no rows"
    shown = pd.DataFrame({name: _flush(_spelled(frame, name)) for name in columns})
    text = shown.to_string(index=False, justify="left")
    width = shutil.get_terminal_size((120, 24)).columns if sys.stdout is not None and sys.stdout.isatty() else None
    return "\n".join(line.rstrip()[:width] for line in text.splitlines())


def _spelled(frame: pd.DataFrame, name: str) -> pd.Series[str]:
    if name not in ("start", "end"):
        return frame[name].astype("str").fillna("")
    spelled: pd.Series[str]
    times, days = frame[name].dt.strftime("%a %d %b %Y %H:%M"), frame[name].dt.strftime("%a %d %b %Y")
    spelled = times.where(~frame["all_day"], days).astype("str").fillna("")
    return spelled


def _flush(texts: pd.Series[str]) -> pd.Series[str]:
    """Cut and pad texts so that they begin where their heading does; pandas sets them flush right."""
    cut = texts.where(texts.str.len() <= WIDEST, texts.str.slice(0, WIDEST - 3) + "...")
    return cut.str.pad(int(cut.str.len().max()), side="right")


def draw(frame: pd.DataFrame, path: Path) -> Path:
    """Draw the heatmap of a frame to a file, without a screen."""
    figure, picture, target = canvas(), BytesIO(), path.expanduser().absolute()
    plot_heatmap(frame, ax=figure.add_subplot())
    figure.savefig(picture, dpi=150, format=path.suffix[1:].lower())
    write(target, picture.getvalue())
    return target
