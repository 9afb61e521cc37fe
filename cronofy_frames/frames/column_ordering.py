"""Sorting of the rows of columns that were built in pieces, one column at a time to save memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cronofy_frames.frames.column_pieces import HEAP
from cronofy_frames.frames.freed_memory import return_freed_memory
from cronofy_frames.frames.tidy import Positions

_LARGE = 2**21  # bytes of a column whose pieces are worth returning at once


@dataclass(frozen=True, slots=True)
class Ordering:
    """Columns that are sorted one after the other; an interrupt loses none, and another call continues.

    Attributes
    ----------
    positions
        The positions of the rows in sorted order; None if the pieces are sorted already.
    is_large
        Whether memory is returned to the system between the columns.
    columns
        The sorted columns, by name.
    joined
        The column that is being sorted, by name: its pieces are joined and released.
    """

    positions: Positions | None
    is_large: bool = False
    columns: dict[str, Any] = field(default_factory=dict)
    joined: dict[str, Any] = field(default_factory=dict)

    def sort_all(self, names: Iterable[str], pieces: Sequence[dict[str, Any]]) -> None:
        """Sort columns, the largest first: a column is in memory twice while it is sorted."""
        self._return_memory(2 * _LARGE)
        for name in sorted(names, key=lambda name: -sum(piece[name].nbytes for piece in pieces if name in piece)):
            self.sort(name, pieces)
        self._return_memory(2 * _LARGE)

    def sort(self, name: str, pieces: Sequence[dict[str, Any]]) -> None:
        """Sort a column; its pieces are released first, so that it is in memory twice and not three times."""
        if name not in self.columns and name not in self.joined:
            self._join(name, [piece[name] for piece in pieces])
        for piece in pieces:
            piece.pop(name, None)
        if name in self.joined:
            column = self.joined[name]
            self._return_memory(column.nbytes)
            self.columns[name] = self._sorted_rows(column)
            del self.joined[name]

    def _join(self, name: str, parts: Sequence[Any]) -> None:
        is_missing = isinstance(parts[0], pa.Array) and all(part.null_count == len(part) for part in parts)
        if self.positions is None or is_missing:
            self.columns[name] = self._first_rows(whole_column(parts))
        else:
            self.joined[name] = joined_column(parts)

    def _return_memory(self, size: int) -> None:
        if self.is_large and size >= _LARGE:
            return_freed_memory()

    def _first_rows(self, column: Any) -> Any:
        """Return a column whose rows are all missing, or sorted already."""
        return column if self.positions is None else column[: len(self.positions)]

    def _sorted_rows(self, column: Any) -> Any:
        assert self.positions is not None
        if not isinstance(column, pa.Array):
            return column[self.positions]
        positions: Any = pa.array(self.positions)
        return pa.chunked_array([pc.take(column, positions, memory_pool=HEAP)])


def whole_column(pieces: Sequence[Any]) -> Any:
    """Return the pieces of a column as one column; Arrow's are not copied."""
    if isinstance(pieces[0], pa.Array | pa.ChunkedArray):
        chunks = [
            chunk for piece in pieces for chunk in (piece.chunks if isinstance(piece, pa.ChunkedArray) else [piece])
        ]
        return pa.chunked_array(chunks, type=pieces[0].type)
    return np.concatenate(pieces)


def joined_column(pieces: Sequence[Any]) -> Any:
    """Return the pieces of a column copied into one array."""
    whole = whole_column(pieces)
    return pa.concat_arrays(whole.chunks, memory_pool=HEAP) if isinstance(whole, pa.ChunkedArray) else whole
