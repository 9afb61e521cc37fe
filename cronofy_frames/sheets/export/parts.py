"""Frames to be exported, in parts of some thousand rows, so that memory does not grow with the frame."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from cronofy_frames.sheets.formatting import fractional_columns, with_index_columns, zone_of_times
from cronofy_frames.text import foreign_frame_text, join_names, single_line

ROWS = 5_000  # of a part: their texts take some megabytes, and a call to Arrow costs nothing beside them

Frames = pd.DataFrame | Iterable[pd.DataFrame]

PLAIN_DTYPES = frozenset({"str", "bool", "boolean", "int64", "Int64", "float64"})


@dataclass(frozen=True, slots=True)
class FramePart:
    """Some rows of a frame.

    Attributes
    ----------
    rows
        A frame of them, without `attrs`; its index is written as columns.
    zone
        The zone of all times; None for frames without times.
    fractional
        The columns of times in which the whole frame has fractions of a second.
    is_plain
        Whether all columns have a dtype of this package. If not, the part is a whole frame, because how pandas writes
        a value may depend on the others of its column.
    """

    rows: pd.DataFrame
    zone: str | None
    fractional: frozenset[Hashable] | None
    is_plain: bool


def checked_frames(frames: Frames) -> Iterator[pd.DataFrame]:
    """Yield frames that have the columns of the first; those without rows only if no frame has any.

    Raises
    ------
    ValueError
        There is no frame, one is no DataFrame, or one has other columns than the first.
    """
    first: pd.DataFrame | None = None
    has_rows = False
    is_several = isinstance(frames, Iterable) and not isinstance(frames, pd.DataFrame)
    for n, frame in enumerate(frames if is_several else (frames,), 1):
        if not isinstance(frame, pd.DataFrame):
            raise ValueError(foreign_frame_text(frame))
        shown = with_index_columns(frame)
        first = shown.iloc[:0] if first is None else first
        _check_columns(first, shown, n)
        if len(shown):
            has_rows = True
            yield shown
    if first is None:
        raise ValueError("export needs at least one frame, and the iterator has none.")
    if not has_rows:
        yield first


def _check_columns(first: pd.DataFrame, frame: pd.DataFrame, position: int) -> None:
    """Refuse a frame that does not have the columns of the first in their order, with times where it has times."""
    if frame.columns.equals(first.columns):
        untimed = list(_time_columns(first) ^ _time_columns(frame))
        if untimed:
            raise ValueError(
                f"{single_line(str(untimed[0]))} has times with a zone in only one of frame 1 and frame {position}: "
                "convert it in the other, as pd.to_datetime(frame[name], utc=True) does."
            )
        return
    differing = [*map(str, frame.columns.symmetric_difference(first.columns, sort=False))]
    difference = f"the columns differ in {single_line(join_names(differing))}" if differing else "the order differs"
    raise ValueError(
        f"frame {position} does not have the columns of the first ({difference}), and a file has one header: select "
        "the same columns of each frame, as in frame[names], or write several files."
    )


def parts_of(frames: Frames, tz: str | None, *, rows: int = ROWS) -> Iterator[FramePart]:
    """Yield the rows of frames in parts; the zone is `tz`, or that of the first frame with times."""
    zone: str | None = None
    for frame in checked_frames(frames):
        zone = zone_of_times(frame, tz) if zone is None else zone
        bare = frame.copy(deep=False)
        bare.attrs = {}
        if not _is_plain(bare):
            yield FramePart(bare, zone, None, is_plain=False)
            continue
        fractional = fractional_columns(bare)
        for first in range(0, max(len(bare), 1), rows):
            yield FramePart(bare.iloc[first : first + rows], zone, fractional, is_plain=True)


def _is_plain(frame: pd.DataFrame) -> bool:
    """Return whether all columns have a dtype of this package, and names that differ as texts."""
    return (
        len(frame.columns) > 0
        and all(isinstance(name, str) for name in frame.columns)
        and all(isinstance(dtype, pd.DatetimeTZDtype) or str(dtype) in PLAIN_DTYPES for dtype in frame.dtypes)
    )


def _time_columns(frame: pd.DataFrame) -> set[Hashable]:
    return {name for name, dtype in frame.dtypes.items() if isinstance(dtype, pd.DatetimeTZDtype)}
