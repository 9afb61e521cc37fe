"""State of a decoder: the pieces of columns from the pages so far, and the rows that are not converted yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from cronofy_frames.frames.row_shape import Shape


@dataclass(frozen=True, slots=True)
class DecoderState:
    """Immutable state of a decoder: it is replaced as a whole, so that an interrupt never leaves a part of a page.

    Attributes
    ----------
    shape
        The shape of the pending rows.
    pages, rows
        How many pages and rows were added.
    pieces
        Pieces of the columns, by name.
    pending, pending_bytes
        The rows that are not converted to pieces yet, and the size of their pages.
    unread
        The counts of unread fields in the rows of the pieces, by path.
    """

    shape: Shape
    pages: int = 0
    rows: int = 0
    pieces: tuple[dict[str, Any], ...] = ()
    pending: tuple[msgspec.Struct, ...] = ()
    pending_bytes: int = 0
    unread: Counter[str] = field(default_factory=Counter)

    def with_page(self, rows: Iterable[msgspec.Struct], size: int, shape: Shape) -> DecoderState:
        """Return the state with the rows of one more page, which have the shape of the pending rows."""
        pending = (*self.pending, *rows)
        count = self.rows + len(pending) - len(self.pending)
        return DecoderState(shape, self.pages + 1, count, self.pieces, pending, self.pending_bytes + size, self.unread)

    def with_piece(self, piece: dict[str, Any], unread: Counter[str]) -> DecoderState:
        """Return the state with a piece in place of the pending rows, and new counts of unread fields."""
        return DecoderState(self.shape, self.pages, self.rows, (*self.pieces, piece), unread=unread)

    def with_whole(self, columns: dict[str, Any]) -> DecoderState:
        """Return the state with all rows in one piece, which has fewer rows if some were repeated."""
        return DecoderState(self.shape, self.pages, self.rows, (columns,), unread=self.unread)
