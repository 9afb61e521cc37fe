"""Pages that a decoder has turned into pieces of columns, and the rows that wait for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from cronofy_frames.frames.row_shape import Shape


@dataclass(frozen=True, slots=True)
class Added:
    """The pages that were added to a decoder; an interrupt never leaves a part of one, as this is replaced as a whole.

    Attributes
    ----------
    shape
        The shape of the pending rows.
    pages, rows
        How many pages and rows.
    pieces
        Pieces of the columns, by name.
    pending, pending_bytes
        The rows that are no piece yet, and the size of their pages.
    unread
        In how many of the rows of the pieces fields occur that no column has, by path.
    """

    shape: Shape
    pages: int = 0
    rows: int = 0
    pieces: tuple[dict[str, Any], ...] = ()
    pending: tuple[msgspec.Struct, ...] = ()
    pending_bytes: int = 0
    unread: Counter[str] = field(default_factory=Counter)

    def with_page(self, rows: Iterable[msgspec.Struct], size: int, shape: Shape) -> Added:
        """Return these and the rows of one more page; those that are pending have the same shape."""
        pending = (*self.pending, *rows)
        count = self.rows + len(pending) - len(self.pending)
        return Added(shape, self.pages + 1, count, self.pieces, pending, self.pending_bytes + size, self.unread)

    def with_piece(self, piece: dict[str, Any], unread: Counter[str]) -> Added:
        """Return these with the pending rows as a piece, and the counts of unread fields with theirs."""
        return Added(self.shape, self.pages, self.rows, (*self.pieces, piece), unread=unread)

    def with_whole(self, columns: dict[str, Any]) -> Added:
        """Return these with all rows in one piece; it may have fewer rows than were added, as repeated ones go."""
        return Added(self.shape, self.pages, self.rows, (columns,), unread=self.unread)
