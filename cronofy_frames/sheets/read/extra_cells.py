"""Extra columns of a file: the fields that a read had with `extra=`, in their dtypes again.

A wall time is in the zone of its row, and is a problem where clocks there show it twice or never.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cronofy_frames.frames.extra_columns import ExtraType
from cronofy_frames.frames.timestamps import NAT, has_offset, instants
from cronofy_frames.sheets.read.values import number_column, text_column

EXPECTED = {
    "number": "a number such as 51.5",
    "time": "a date with a time of day that its zone has once, such as 2026-03-04 09:00 or 2026-03-04T09:00+01:00",
}

Mask = npt.NDArray[np.bool_]


def extra_column(cells: Any, kind: ExtraType, zones: Sequence[str], tz: str) -> tuple[pd.Series[Any], Mask]:
    """Return an extra column, and which cells cannot be read.

    Parameters
    ----------
    cells
        The cells of the file.
    kind
        The type of the column.
    zones
        The zone of the wall times of each row.
    tz
        The zone of the frame's times.
    """
    if kind == "number":
        values, unread = number_column(cells)
        return values.astype("Float64"), unread
    if kind == "time":
        return _times(cells, zones, tz)
    return text_column(cells), np.zeros(len(cells), np.bool_)


def _times(cells: Any, zones: Sequence[str], tz: str) -> tuple[pd.Series[Any], Mask]:
    if isinstance(cells, pd.Series) and isinstance(cells.dtype, pd.DatetimeTZDtype):
        return cells.dt.as_unit("us"), np.zeros(len(cells), np.bool_)
    texts = [_time_text(cell) for cell in cells]
    are_present = np.array([bool(text) for text in texts], np.bool_)
    micros = instants([text if text and has_offset(text) else None for text in texts]).micros.copy()
    positions = np.flatnonzero(are_present & (micros == NAT))
    for position in positions.tolist():
        micros[position] = _wall_instant(str(texts[position]), zones[position])
    times = pd.DatetimeIndex(micros.view("M8[us]")).tz_localize("UTC").tz_convert(tz)
    return pd.Series(times), are_present & (micros == NAT)


def _time_text(cell: Any) -> str | None:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)) or cell is pd.NaT:
        return None
    return cell.isoformat() if isinstance(cell, date) else str(cell).strip()


def _wall_instant(text: str, zone: str) -> int:
    """Return the instant of a wall time in a zone; NAT for other texts, and for one that clocks show twice or never."""
    if len(text) <= len("2026-03-04"):
        return NAT
    wall = pd.to_datetime(pd.Series([text]), format="ISO8601", errors="coerce")
    if wall.dt.tz is not None or wall.isna().all():
        return NAT
    local = wall.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT").dt.tz_convert("UTC")
    return int(local.dt.tz_localize(None).to_numpy("datetime64[us]").view(np.int64)[0])
